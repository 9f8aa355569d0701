//! Average true range.

use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::true_range::TrueRange;
use super::wilder::Wilder;
use super::{History, Indicator, SessionBar};
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 14, 1);

pub(super) const ENTRY: Entry = Entry {
    name: "atr",
    title: "Average true range",
    input: Input::Bars("high, low, close"),
    parameters: &[PERIOD],
    outputs: &[Output::new(
        "atr",
        Unit::Price,
        "(ATR_{t−1} · (n − 1) + TR_t) / n",
    )],
    build: |of: &Arguments| {
        let atr = Atr::new(of.bars(&PERIOD))?;
        Ok(of.bars_by(atr, SessionBar::high_low_close, |value| [Some(value)]))
    },
};

/// Wilder's average true range, the lab's canonical volatility, of `[high, low, close]`.
///
/// The first value is the mean of the first n true ranges (see [`TrueRange`]), then
/// `ATR_t = (ATR_{t−1} · (n − 1) + TR_t) / n`. In price units. Lookback n bars; equals TA-Lib's `ATR`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Atr {
    range: TrueRange,
    average: Wilder,
}

impl Atr {
    /// An average over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is below 1 or above 100,000.
    pub fn new(period: usize) -> Result<Self, OutOfBounds> {
        Ok(Self {
            range: TrueRange::new(),
            average: Wilder::new(PERIOD.check_bars(period)?),
        })
    }
}

impl Atr {
    /// Takes all prices seen so far times a factor, as a split or a dividend has them.
    pub fn rescale(&mut self, factor: f64) {
        self.range.rescale(factor);
        self.average.rescale(factor);
    }
}

impl Indicator for Atr {
    type Input = [f64; 3];
    type Output = f64;

    fn update(&mut self, bar: [f64; 3]) -> Option<f64> {
        self.average.push(self.range.update(bar)?)
    }

    fn lookback_bars(&self) -> usize {
        self.average.period()
    }

    fn history(&self) -> History {
        History::fading(self.lookback_bars(), self.average.kept(), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn seeds_with_a_mean_and_smooths_as_wilder_did() {
        // true ranges from the second bar on: 2 (10 to 12), 3 (gap up from 11 to 14), 4 (gap down from 13 to 9)
        let bars = [
            [11.0, 9.0, 10.0],
            [12.0, 11.0, 11.0],
            [14.0, 13.0, 13.0],
            [10.0, 9.0, 9.5],
        ];
        let values = over(Atr::new(2).unwrap(), bars);
        assert_eq!(values, [None, None, Some(2.5), Some((2.5 + 4.0) / 2.0)]);
        assert!(Atr::new(0).is_err());
    }

    #[test]
    fn goes_on_over_a_split_as_if_all_prices_were_on_the_new_basis() {
        let bars = [
            [11.0, 9.0, 10.0],
            [12.0, 11.0, 11.0],
            [14.0, 13.0, 13.0],
            [10.0, 9.0, 9.5],
            [11.0, 8.0, 9.0],
        ];
        let quarter = |bar: [f64; 3]| bar.map(|price| price / 4.0);
        let expected = over(Atr::new(2).unwrap(), bars.map(quarter));
        // while the first values are summed, and after
        for first in 1..5 {
            let mut atr = Atr::new(2).unwrap();
            let mut last = None;
            for (index, bar) in bars.into_iter().enumerate() {
                if index == first {
                    atr.rescale(0.25);
                }
                last = atr.update(if index < first { bar } else { quarter(bar) });
            }
            assert_eq!(last, expected[4], "split before bar {first}");
        }
    }
}
