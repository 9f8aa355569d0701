//! Log return.

use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::window::Window;
use super::{History, Indicator};
use crate::base::math;
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 1, 1);

pub(super) const ENTRY: Entry = Entry {
    name: "log_return",
    title: "Log return",
    input: Input::Series,
    parameters: &[PERIOD],
    outputs: &[Output::new("log_return", Unit::Ratio, "ln(x_t / x_{t−n})")],
    build: |of: &Arguments| Ok(of.series(LogReturn::new(of.bars(&PERIOD))?, |value| [Some(value)])),
};

/// Log return: `r_t = ln(x_t / x_{t−n})`, a ratio (0.01 is about 1 percent).
///
/// There is none where one of the two is not above 0 (a volume need not be). Lookback n bars; equals the natural logarithm of
/// TA-Lib's `ROCR`.
#[derive(Debug, Clone)]
pub struct LogReturn {
    /// The value and those before it, back to the one it is compared with.
    window: Window,
}

impl LogReturn {
    /// The return over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is below 1 or above 100,000.
    pub fn new(period: usize) -> Result<Self, OutOfBounds> {
        Ok(Self {
            window: Window::new(PERIOD.check_bars(period)? + 1),
        })
    }
}

impl Indicator for LogReturn {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, value: f64) -> Option<f64> {
        let &before = self.window.push(value)?.first()?;
        (value > 0.0 && before > 0.0).then(|| math::ln(value / before))
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
    fn logarithm_of_the_ratio() {
        let values = over(LogReturn::new(1).unwrap(), [2.0, 4.0, 0.0, 1.0, 1.0]);
        assert_eq!(values, [None, Some(math::ln(2.0)), None, None, Some(0.0)]);
        assert!(LogReturn::new(0).is_err());
    }
}
