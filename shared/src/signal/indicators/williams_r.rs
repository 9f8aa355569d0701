//! Williams %R.

use super::extreme::Range;
use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::rounding::is_rounding;
use super::{History, Indicator, SessionBar};
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 14, 2);

pub(super) const ENTRY: Entry = Entry {
    name: "williams_r",
    title: "Williams %R",
    input: Input::Bars("high, low, close"),
    parameters: &[PERIOD],
    outputs: &[Output::new(
        "williams_r",
        Unit::Index,
        "−100 · (highest high − close) / (highest high − lowest low)",
    )],
    build: |of: &Arguments| {
        let williams = WilliamsR::new(of.bars(&PERIOD))?;
        Ok(of.bars_by(williams, SessionBar::high_low_close, |value| [Some(value)]))
    },
};

/// Williams %R of `[high, low, close]`: `%R = −100 · (highest high − close) / (highest high − lowest low)` over the last n bars.
///
/// From −100 to 0, and 0 where there is no range. Lookback n − 1 bars; equals TA-Lib's `WILLR`.
#[derive(Debug, Clone)]
pub struct WilliamsR {
    range: Range,
}

impl WilliamsR {
    /// A range over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is below 2 or above 100,000.
    pub fn new(period: usize) -> Result<Self, OutOfBounds> {
        Ok(Self {
            range: Range::new(PERIOD.check_bars(period)?),
        })
    }
}

impl Indicator for WilliamsR {
    type Input = [f64; 3];
    type Output = f64;

    fn update(&mut self, [high, low, close]: [f64; 3]) -> Option<f64> {
        let (highest, lowest) = self.range.push(high, low)?;
        let range = highest - lowest;
        Some(if is_rounding(range, highest.abs() + lowest.abs()) {
            0.0
        } else {
            -100.0 * ((highest - close) / range)
        })
    }

    fn lookback_bars(&self) -> usize {
        self.range.period() - 1
    }

    fn history(&self) -> History {
        History::Bars(self.range.period())
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn the_close_stands_below_the_high() {
        let bars = [
            [12.0, 8.0, 9.0],
            [10.0, 9.0, 9.0],
            [9.0, 9.0, 9.0],
            [9.0; 3],
        ];
        let values = over(WilliamsR::new(2).unwrap(), bars);
        assert_eq!(values, [None, Some(-75.0), Some(-100.0), Some(0.0)]);
        assert!(WilliamsR::new(1).is_err());
    }
}
