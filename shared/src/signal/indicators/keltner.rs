//! Keltner channel.

use super::atr::Atr;
use super::donchian::Channel;
use super::ema::Ema;
use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::{History, Indicator, SessionBar};
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 20, 2);
const ATR_PERIOD: Parameter = Parameter::bars("atr_period", 10, 1);
const RANGES: Parameter = Parameter::factor("ranges", 2.0, 0.01, 100.0);

pub(super) const ENTRY: Entry = Entry {
    name: "keltner",
    title: "Keltner channel",
    input: Input::Bars("high, low, close"),
    parameters: &[PERIOD, ATR_PERIOD, RANGES],
    outputs: &[
        Output::new("keltner_upper", Unit::Price, "EMA_n(close) + k · ATR_m"),
        Output::new("keltner_middle", Unit::Price, "EMA_n(close)"),
        Output::new("keltner_lower", Unit::Price, "EMA_n(close) − k · ATR_m"),
    ],
    build: |of: &Arguments| {
        let channel = Keltner::new(of.bars(&PERIOD), of.bars(&ATR_PERIOD), of.factor(&RANGES))?;
        Ok(of.bars_by(channel, SessionBar::high_low_close, |value| {
            [value.upper, value.middle, value.lower].map(Some)
        }))
    },
};

/// Keltner channel of `[high, low, close]`: `middle = EMA_n(close)`, `upper` and `lower = middle ± k · ATR_m`, in price units.
///
/// Lookback `max(n − 1, m)` bars; composed of TA-Lib's `EMA` and `ATR`, which has no such function itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Keltner {
    average: Ema,
    atr: Atr,
    ranges: f64,
}

impl Keltner {
    /// Lines `ranges` average true ranges over `atr_period` bars away from an average over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where `period` is not from 2 to 100,000, `atr_period` not from 1 to 100,000, or `ranges` not from 0.01
    /// to 100.
    pub fn new(period: usize, atr_period: usize, ranges: f64) -> Result<Self, OutOfBounds> {
        PERIOD.check_bars(period)?;
        ATR_PERIOD.check_bars(atr_period)?;
        Ok(Self {
            average: Ema::new(period)?,
            atr: Atr::new(atr_period)?,
            ranges: RANGES.check(ranges)?,
        })
    }
}

impl Indicator for Keltner {
    type Input = [f64; 3];
    type Output = Channel;

    fn update(&mut self, bar: [f64; 3]) -> Option<Channel> {
        let [_, _, close] = bar;
        let (middle, atr) = (self.average.update(close), self.atr.update(bar));
        let (middle, distance) = (middle?, self.ranges * atr?);
        Some(Channel {
            upper: middle + distance,
            middle,
            lower: middle - distance,
        })
    }

    fn lookback_bars(&self) -> usize {
        self.average.lookback_bars().max(self.atr.lookback_bars())
    }

    fn history(&self) -> History {
        self.average.history().and(self.atr.history())
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn an_average_with_ranges_around_it() {
        // true range 2 at the second bar; mean of 1 and 3
        let bars = [[1.0, 1.0, 1.0], [3.0, 1.0, 3.0]];
        let values = over(Keltner::new(2, 1, 1.5).unwrap(), bars);
        let channel = Channel {
            upper: 5.0,
            middle: 2.0,
            lower: -1.0,
        };
        assert_eq!(values, [None, Some(channel)]);
        assert!(Keltner::new(20, 0, 2.0).is_err() && Keltner::new(20, 10, f64::NAN).is_err());
    }
}
