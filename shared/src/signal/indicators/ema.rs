//! Exponential moving average.

use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::{History, Indicator};
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 20, 2);

pub(super) const ENTRY: Entry = Entry {
    name: "ema",
    title: "Exponential moving average",
    input: Input::Series,
    parameters: &[PERIOD],
    outputs: &[Output::new(
        "ema",
        Unit::Input,
        "EMA_{t−1} + 2 / (n + 1) · (x_t − EMA_{t−1})",
    )],
    build: |of: &Arguments| Ok(of.series(Ema::new(of.bars(&PERIOD))?, |value| [Some(value)])),
};

/// Exponential moving average: `EMA_t = EMA_{t−1} + k · (x_t − EMA_{t−1})` with `k = 2 / (n + 1)`, in the unit of its input.
///
/// The first value is the mean of the first n. Lookback n − 1 bars; equals TA-Lib's `EMA`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ema {
    period: usize,
    weight: f64,
    taken: usize,
    /// The sum of the first values, then the average.
    value: f64,
}

impl Ema {
    /// An average over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is below 2 or above 100,000.
    pub fn new(period: usize) -> Result<Self, OutOfBounds> {
        let period = PERIOD.check_bars(period)?;
        Ok(Self {
            period,
            weight: 2.0 / (period as f64 + 1.0),
            taken: 0,
            value: 0.0,
        })
    }

    /// How much of a value is left one bar later.
    pub(super) fn kept(&self) -> f64 {
        1.0 - self.weight
    }
}

impl Indicator for Ema {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, value: f64) -> Option<f64> {
        if self.taken < self.period {
            self.taken += 1;
            self.value += value;
            if self.taken < self.period {
                return None;
            }
            self.value /= self.period as f64;
        } else {
            self.value += (value - self.value) * self.weight;
        }
        Some(self.value)
    }

    fn lookback_bars(&self) -> usize {
        self.period - 1
    }

    fn history(&self) -> History {
        History::fading(self.lookback_bars(), self.kept(), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn starts_with_a_mean_and_moves_by_a_part_of_the_gap() {
        let values = over(Ema::new(3).unwrap(), [1.0, 2.0, 6.0, 5.0, 4.0]);
        assert_eq!(values, [None, None, Some(3.0), Some(4.0), Some(4.0)]);
        assert!(Ema::new(1).is_err());
    }
}
