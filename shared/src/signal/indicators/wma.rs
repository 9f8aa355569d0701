//! Weighted moving average.

use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::window::Window;
use super::{History, Indicator};
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 20, 1);

pub(super) const ENTRY: Entry = Entry {
    name: "wma",
    title: "Weighted moving average",
    input: Input::Series,
    parameters: &[PERIOD],
    outputs: &[Output::new(
        "wma",
        Unit::Input,
        "(n · x_t + … + 1 · x_{t−n+1}) / (n (n + 1) / 2)",
    )],
    build: |of: &Arguments| Ok(of.series(Wma::new(of.bars(&PERIOD))?, |value| [Some(value)])),
};

/// Weighted moving average: `WMA_t = (n · x_t + (n − 1) · x_{t−1} + … + x_{t−n+1}) / (n (n + 1) / 2)`, in the unit of its
/// input.
///
/// Summed anew at each step, as [`Sma`](super::Sma) is. Lookback n − 1 bars; equals TA-Lib's `WMA`.
#[derive(Debug, Clone)]
pub struct Wma {
    window: Window,
    /// The sum of the weights.
    weights: f64,
}

impl Wma {
    /// An average over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is below 1 or above 100,000.
    pub fn new(period: usize) -> Result<Self, OutOfBounds> {
        let period = PERIOD.check_bars(period)?;
        Ok(Self {
            window: Window::new(period),
            weights: period as f64 * (period as f64 + 1.0) / 2.0,
        })
    }
}

impl Indicator for Wma {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, value: f64) -> Option<f64> {
        let (mut weight, mut sum) = (0.0, 0.0);
        for value in self.window.push(value)? {
            weight += 1.0;
            sum += weight * value;
        }
        Some(sum / self.weights)
    }

    fn lookback_bars(&self) -> usize {
        self.window.period() - 1
    }

    fn history(&self) -> History {
        History::Bars(self.window.period())
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn the_newest_value_weighs_most() {
        let values = over(Wma::new(3).unwrap(), [1.0, 2.0, 6.0, 0.0]);
        assert_eq!(
            values,
            [None, None, Some((1.0 + 4.0 + 18.0) / 6.0), Some(14.0 / 6.0)]
        );
        assert!(Wma::new(0).is_err());
    }
}
