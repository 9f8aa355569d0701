//! Commodity channel index.

use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::rounding::is_rounding;
use super::window::{Deviation, Window, sum_of};
use super::{History, Indicator, SessionBar, typical};
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 14, 2);
/// What Lambert divides by, so that most values lie within ±100.
const SCALE: f64 = 0.015;

pub(super) const ENTRY: Entry = Entry {
    name: "cci",
    title: "Commodity channel index",
    input: Input::Bars("high, low, close"),
    parameters: &[PERIOD],
    outputs: &[Output::new(
        "cci",
        Unit::Index,
        "(p − mean) / (0.015 · mean of |p_i − mean|), p the typical price",
    )],
    build: |of: &Arguments| {
        let cci = Cci::new(of.bars(&PERIOD))?;
        Ok(of.bars_by(cci, SessionBar::high_low_close, |value| [Some(value)]))
    },
};

/// Lambert's commodity channel index of `[high, low, close]`: `CCI_t = (p_t − mean) / (0.015 · mean of |p_i − mean|)` over the
/// last n typical prices `p = (high + low + close) / 3`.
///
/// Without a unit, mostly within ±100; 0 where the deviations are no more than rounding (1e-14 of the mean). Lookback n − 1 bars; equals TA-Lib's `CCI`.
#[derive(Debug, Clone)]
pub struct Cci {
    window: Window,
}

impl Cci {
    /// An index over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is below 2 or above 100,000.
    pub fn new(period: usize) -> Result<Self, OutOfBounds> {
        Ok(Self {
            window: Window::new(PERIOD.check_bars(period)?),
        })
    }
}

impl Indicator for Cci {
    type Input = [f64; 3];
    type Output = f64;

    fn update(&mut self, bar: [f64; 3]) -> Option<f64> {
        let window = self.window.push(typical(bar))?;
        let deviation = Deviation::of(window)?;
        let total = sum_of(window, |value| deviation.each(value).abs());
        let level = deviation.mean().abs();
        Some(
            if is_rounding(deviation.newest, level) || is_rounding(total, level) {
                0.0
            } else {
                deviation.newest / (SCALE * (total / window.len() as f64))
            },
        )
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
    fn deviation_in_units_of_the_usual_one() {
        // typical prices 1, 2, 6: mean 3, mean deviation 2
        let values = over(Cci::new(3).unwrap(), [[1.0; 3], [2.0; 3], [6.0; 3]]);
        assert_eq!(values, [None, None, Some(3.0 / (0.015 * 2.0))]);
        assert_eq!(
            over(Cci::new(2).unwrap(), [[0.1; 3], [0.1, 0.1, 0.1 + 1e-17]])[1],
            Some(0.0)
        );
        assert!(Cci::new(1).is_err());
    }
}
