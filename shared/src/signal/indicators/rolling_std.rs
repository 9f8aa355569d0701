//! Rolling standard deviation.

use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::window::{Deviation, Window};
use super::{History, Indicator};
use crate::base::math;
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 20, 2);

pub(super) const ENTRY: Entry = Entry {
    name: "rolling_std",
    title: "Rolling standard deviation",
    input: Input::Series,
    parameters: &[PERIOD],
    outputs: &[Output::new(
        "rolling_std",
        Unit::Input,
        "√(Σ (x_i − mean)² / n)",
    )],
    build: |of: &Arguments| Ok(of.series(RollingStd::new(of.bars(&PERIOD))?, |value| [Some(value)])),
};

/// Rolling standard deviation of the population (ddof 0): `σ_t = √(Σ (x_i − mean)² / n)` over the last n values, in the unit of
/// its input.
///
/// Two passes over differences from the newest value, so that neither a high level nor a long run costs digits; a window of
/// equal values has exactly 0. Lookback n − 1 bars; equals TA-Lib's `STDDEV` where that does not lose its digits to the
/// difference of two large sums.
#[derive(Debug, Clone)]
pub struct RollingStd {
    window: Window,
}

impl RollingStd {
    /// A deviation over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is below 2 or above 100,000.
    pub fn new(period: usize) -> Result<Self, OutOfBounds> {
        Ok(Self {
            window: Window::new(PERIOD.check_bars(period)?),
        })
    }
}

impl Indicator for RollingStd {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, value: f64) -> Option<f64> {
        let window = self.window.push(value)?;
        Some(math::sqrt(Deviation::of(window)?.variance(window)))
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
    fn deviation_of_the_population() {
        let values = over(
            RollingStd::new(4).unwrap(),
            [1e15 + 1.0, 1.0, 3.0, 5.0, 7.0],
        );
        assert_eq!(&values[..3], [None; 3]);
        assert_eq!(values[4], Some(math::sqrt((9.0 + 1.0 + 1.0 + 9.0) / 4.0)));
        assert!(RollingStd::new(1).is_err());
    }
}
