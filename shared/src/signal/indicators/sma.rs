//! Simple moving average.

use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::window::{Window, sum_of};
use super::{History, Indicator};
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 20, 1);

pub(super) const ENTRY: Entry = Entry {
    name: "sma",
    title: "Simple moving average",
    input: Input::Series,
    parameters: &[PERIOD],
    outputs: &[Output::new("sma", Unit::Input, "(x_t + … + x_{t−n+1}) / n")],
    build: |of: &Arguments| Ok(of.series(Sma::new(of.bars(&PERIOD))?, |value| [Some(value)])),
};

/// Simple moving average: `SMA_t = (x_t + … + x_{t−n+1}) / n`, in the unit of its input.
///
/// The window is summed anew at each step: a value depends on its window alone, to the last bit, so that a truncated
/// history gives the same numbers. Lookback n − 1 bars; equals TA-Lib's `SMA`.
#[derive(Debug, Clone)]
pub struct Sma {
    window: Window,
}

impl Sma {
    /// An average over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is below 1 or above 100,000.
    pub fn new(period: usize) -> Result<Self, OutOfBounds> {
        Ok(Self {
            window: Window::new(PERIOD.check_bars(period)?),
        })
    }
}

impl Indicator for Sma {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, value: f64) -> Option<f64> {
        let window = self.window.push(value)?;
        Some(sum_of(window, |value| value) / window.len() as f64)
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
    fn averages_its_window_and_nothing_else() {
        let values = over(Sma::new(3).unwrap(), [1e16, 1.0, 2.0, 3.0, 5.0]);
        assert_eq!(&values[..2], [None, None]);
        assert_eq!(&values[3..], [Some(2.0), Some(10.0 / 3.0)]);
        assert!(Sma::new(0).is_err());
    }
}
