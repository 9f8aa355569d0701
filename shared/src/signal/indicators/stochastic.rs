//! Slow stochastic oscillator.

use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::sma::Sma;
use super::stochastic_fast::{PlaceInRange, StochasticValue};
use super::{History, Indicator, SessionBar};
use crate::base::units::OutOfBounds;

const FAST_K: Parameter = Parameter::bars("fast_k_period", 5, 1);
const SLOW_K: Parameter = Parameter::bars("slow_k_period", 3, 1);
const SLOW_D: Parameter = Parameter::bars("slow_d_period", 3, 1);

pub(super) const ENTRY: Entry = Entry {
    name: "stochastic",
    title: "Slow stochastic oscillator",
    input: Input::Bars("high, low, close"),
    parameters: &[FAST_K, SLOW_K, SLOW_D],
    outputs: &[
        Output::new("slow_k", Unit::Index, "SMA(fast %K) over slow_k_period"),
        Output::new("slow_d", Unit::Index, "SMA(slow %K) over slow_d_period"),
    ],
    build: |of: &Arguments| {
        let slow = Stochastic::new(of.bars(&FAST_K), of.bars(&SLOW_K), of.bars(&SLOW_D))?;
        Ok(of.bars_by(slow, SessionBar::high_low_close, |value| {
            [Some(value.k), Some(value.d)]
        }))
    },
};

/// Slow stochastic oscillator of `[high, low, close]`: `%K = SMA(fast %K)` over `slow_k_period`, `%D = SMA(%K)` over
/// `slow_d_period`, where fast %K is that of [`StochasticFast`](super::StochasticFast) over `fast_k_period` bars.
///
/// From 0 to 100. Lookback `fast_k_period + slow_k_period + slow_d_period − 3` bars for both; equals TA-Lib's `STOCH` with
/// simple averages.
#[derive(Debug, Clone)]
pub struct Stochastic {
    fast_k: PlaceInRange,
    k: Sma,
    d: Sma,
}

impl Stochastic {
    /// A range over `fast_k_period` bars, averaged over `slow_k_period` and again over `slow_d_period`.
    ///
    /// # Errors
    /// [`OutOfBounds`] where a period is below 1 or above 100,000.
    pub fn new(
        fast_k_period: usize,
        slow_k_period: usize,
        slow_d_period: usize,
    ) -> Result<Self, OutOfBounds> {
        Ok(Self {
            fast_k: PlaceInRange::new(FAST_K.check_bars(fast_k_period)?),
            k: Sma::new(SLOW_K.check_bars(slow_k_period)?)?,
            d: Sma::new(SLOW_D.check_bars(slow_d_period)?)?,
        })
    }
}

impl Indicator for Stochastic {
    type Input = [f64; 3];
    type Output = StochasticValue;

    fn update(&mut self, bar: [f64; 3]) -> Option<StochasticValue> {
        let k = self.k.update(self.fast_k.push(bar)?)?;
        let d = self.d.update(k)?;
        Some(StochasticValue { k, d })
    }

    fn lookback_bars(&self) -> usize {
        self.fast_k.period() - 1 + self.k.lookback_bars() + self.d.lookback_bars()
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
    fn both_lines_are_averages() {
        // fast %K over one bar: 25, 75, 50; slow %K: 50, 62.5
        let bars = [[4.0, 0.0, 1.0], [4.0, 0.0, 3.0], [4.0, 0.0, 2.0]];
        let values = over(Stochastic::new(1, 2, 2).unwrap(), bars);
        assert_eq!(&values[..2], [None, None]);
        let last = values[2].unwrap();
        assert_eq!((last.k, last.d), (62.5, 56.25));
        let error = Stochastic::new(5, 0, 3).unwrap_err().to_string();
        assert!(
            error.starts_with("slow_k_period is 0, but must be"),
            "{error}"
        );
    }
}
