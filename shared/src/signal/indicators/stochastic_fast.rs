//! Fast stochastic oscillator.

use super::extreme::Range;
use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::rounding::is_rounding;
use super::sma::Sma;
use super::{History, Indicator, SessionBar};
use crate::base::units::OutOfBounds;

const K_PERIOD: Parameter = Parameter::bars("k_period", 5, 1);
const D_PERIOD: Parameter = Parameter::bars("d_period", 3, 1);

pub(super) const ENTRY: Entry = Entry {
    name: "stochastic_fast",
    title: "Fast stochastic oscillator",
    input: Input::Bars("high, low, close"),
    parameters: &[K_PERIOD, D_PERIOD],
    outputs: &[
        Output::new(
            "fast_k",
            Unit::Index,
            "100 · (close − lowest low) / (highest high − lowest low)",
        ),
        Output::new("fast_d", Unit::Index, "SMA(fast %K) over d_period"),
    ],
    build: |of: &Arguments| {
        let fast = StochasticFast::new(of.bars(&K_PERIOD), of.bars(&D_PERIOD))?;
        Ok(of.bars_by(fast, SessionBar::high_low_close, |value| {
            [Some(value.k), Some(value.d)]
        }))
    },
};

/// A value of a stochastic oscillator, both from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StochasticValue {
    /// %K.
    pub k: f64,
    /// %D, the average of %K.
    pub d: f64,
}

/// Where the close stands between the lowest low and the highest high of the last n bars: 0 to 100, and 0 without
/// a range of more than rounding.
#[derive(Debug, Clone)]
pub(super) struct PlaceInRange(Range);

impl PlaceInRange {
    pub(super) fn new(period: usize) -> Self {
        Self(Range::new(period))
    }

    pub(super) fn period(&self) -> usize {
        self.0.period()
    }

    pub(super) fn push(&mut self, [high, low, close]: [f64; 3]) -> Option<f64> {
        let (highest, lowest) = self.0.push(high, low)?;
        let range = highest - lowest;
        Some(if is_rounding(range, highest.abs() + lowest.abs()) {
            0.0
        } else {
            100.0 * ((close - lowest) / range)
        })
    }
}

/// Fast stochastic oscillator of `[high, low, close]`: `%K = 100 · (close − lowest low) / (highest high − lowest low)` over the
/// last `k_period` bars, `%D = SMA(%K)` over `d_period`.
///
/// From 0 to 100; where there is no range %K is 0. Lookback `k_period + d_period − 2` bars for both; equals TA-Lib's `STOCHF`
/// with simple averages.
#[derive(Debug, Clone)]
pub struct StochasticFast {
    k: PlaceInRange,
    d: Sma,
}

impl StochasticFast {
    /// A range over `k_period` bars, averaged over `d_period`.
    ///
    /// # Errors
    /// [`OutOfBounds`] where a period is below 1 or above 100,000.
    pub fn new(k_period: usize, d_period: usize) -> Result<Self, OutOfBounds> {
        Ok(Self {
            k: PlaceInRange::new(K_PERIOD.check_bars(k_period)?),
            d: Sma::new(D_PERIOD.check_bars(d_period)?)?,
        })
    }
}

impl Indicator for StochasticFast {
    type Input = [f64; 3];
    type Output = StochasticValue;

    fn update(&mut self, bar: [f64; 3]) -> Option<StochasticValue> {
        let k = self.k.push(bar)?;
        let d = self.d.update(k)?;
        Some(StochasticValue { k, d })
    }

    fn lookback_bars(&self) -> usize {
        self.k.period() - 1 + self.d.lookback_bars()
    }

    fn history(&self) -> History {
        History::Bars(self.lookback_bars() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn the_close_stands_in_the_range() {
        let bars = [[12.0, 8.0, 9.0], [10.0, 9.0, 9.0], [12.0, 9.0, 12.0]];
        let values = over(StochasticFast::new(2, 2).unwrap(), bars);
        assert_eq!(&values[..2], [None, None]);
        let last = values[2].unwrap();
        assert_eq!((last.k, last.d), (100.0, (25.0 + 100.0) / 2.0));
        let flat = over(StochasticFast::new(1, 1).unwrap(), [[5.0; 3]]);
        assert!(flat[0].is_some_and(|value| value.k == 0.0));
        assert!(StochasticFast::new(0, 1).is_err() && StochasticFast::new(1, 0).is_err());
    }
}
