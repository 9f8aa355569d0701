//! Donchian channel.

use super::extreme::Range;
use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::{History, Indicator, SessionBar};
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 20, 1);

pub(super) const ENTRY: Entry = Entry {
    name: "donchian",
    title: "Donchian channel",
    input: Input::Bars("high, low"),
    parameters: &[PERIOD],
    outputs: &[
        Output::new("donchian_upper", Unit::Price, "highest high of the last n"),
        Output::new(
            "donchian_middle",
            Unit::Price,
            "(highest high + lowest low of the last n) / 2",
        ),
        Output::new("donchian_lower", Unit::Price, "lowest low of the last n"),
    ],
    build: |of: &Arguments| {
        let channel = Donchian::new(of.bars(&PERIOD))?;
        let input = |bar: &SessionBar| [bar.high, bar.low];
        Ok(of.bars_by(channel, input, |value| {
            [value.upper, value.middle, value.lower].map(Some)
        }))
    },
};

/// A channel around the price, in price units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Channel {
    /// The upper line.
    pub upper: f64,
    /// The line between them.
    pub middle: f64,
    /// The lower line.
    pub lower: f64,
}

/// Donchian channel of `[high, low]`: the highest high and the lowest low of the last n bars, this one included, and
/// `middle = (upper + lower) / 2`. In price units.
///
/// A breakout is a close beyond the channel of the bar before. Lookback n − 1 bars; the lines equal TA-Lib's `MAX` of the highs
/// and `MIN` of the lows.
#[derive(Debug, Clone)]
pub struct Donchian {
    range: Range,
}

impl Donchian {
    /// A channel over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is below 1 or above 100,000.
    pub fn new(period: usize) -> Result<Self, OutOfBounds> {
        Ok(Self {
            range: Range::new(PERIOD.check_bars(period)?),
        })
    }
}

impl Indicator for Donchian {
    type Input = [f64; 2];
    type Output = Channel;

    fn update(&mut self, [high, low]: [f64; 2]) -> Option<Channel> {
        let (upper, lower) = self.range.push(high, low)?;
        Some(Channel {
            upper,
            middle: (upper + lower) / 2.0,
            lower,
        })
    }

    fn lookback_bars(&self) -> usize {
        self.range.period() - 1
    }

    fn history(&self) -> History {
        History::Bars(self.range.period())
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn highest_and_lowest_of_the_window() {
        let values = over(
            Donchian::new(2).unwrap(),
            [[9.0, 1.0], [5.0, 4.0], [6.0, 5.0]],
        );
        let channel = |upper, middle, lower| Channel {
            upper,
            middle,
            lower,
        };
        let expected = [
            None,
            Some(channel(9.0, 5.0, 1.0)),
            Some(channel(6.0, 5.0, 4.0)),
        ];
        assert_eq!(values, expected);
        assert!(Donchian::new(0).is_err());
    }
}
