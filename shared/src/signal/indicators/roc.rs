//! Rate of change.

use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::window::Window;
use super::{History, Indicator};
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 10, 1);

pub(super) const ENTRY: Entry = Entry {
    name: "roc",
    title: "Rate of change",
    input: Input::Series,
    parameters: &[PERIOD],
    outputs: &[Output::new(
        "roc",
        Unit::Percent,
        "100 · (x_t − x_{t−n}) / x_{t−n}",
    )],
    build: |of: &Arguments| Ok(of.series(Roc::new(of.bars(&PERIOD))?, |value| [Some(value)])),
};

/// Rate of change: `ROC_t = 100 · (x_t − x_{t−n}) / x_{t−n}`, in percent.
///
/// 0 where `x_{t−n}` is 0 (a volume can be). Lookback n bars; equals TA-Lib's `ROC`.
#[derive(Debug, Clone)]
pub struct Roc {
    /// The value and those before it, back to the one it is compared with.
    window: Window,
}

impl Roc {
    /// The change over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is below 1 or above 100,000.
    pub fn new(period: usize) -> Result<Self, OutOfBounds> {
        Ok(Self {
            window: Window::new(PERIOD.check_bars(period)? + 1),
        })
    }
}

impl Indicator for Roc {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, value: f64) -> Option<f64> {
        let &before = self.window.push(value)?.first()?;
        Some(if before == 0.0 {
            0.0
        } else {
            100.0 * ((value - before) / before)
        })
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
    fn change_in_percent_of_the_value_before() {
        let values = over(Roc::new(2).unwrap(), [4.0, 0.0, 5.0, 3.0]);
        assert_eq!(values, [None, None, Some(25.0), Some(0.0)]);
        assert!(Roc::new(0).is_err());
    }
}
