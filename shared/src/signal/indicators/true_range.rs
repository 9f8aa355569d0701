//! True range.

use super::registry::{Arguments, Entry, Input, Output, Unit};
use super::{History, Indicator, SessionBar};

pub(super) const ENTRY: Entry = Entry {
    name: "true_range",
    title: "True range",
    input: Input::Bars("high, low, close"),
    parameters: &[],
    outputs: &[Output::new(
        "true_range",
        Unit::Price,
        "max(high, close_{t−1}) − min(low, close_{t−1})",
    )],
    build: |of: &Arguments| {
        Ok(
            of.bars_by(TrueRange::new(), SessionBar::high_low_close, |value| {
                [Some(value)]
            }),
        )
    },
};

/// True range: `TR_t = max(high, close_{t−1}) − min(low, close_{t−1})`, in price units, of `[high, low, close]`.
///
/// Lookback 1 bar; equals TA-Lib's `TRANGE`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TrueRange {
    previous_close: Option<f64>,
}

impl TrueRange {
    /// No bar seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn rescale(&mut self, factor: f64) {
        self.previous_close = self.previous_close.map(|close| close * factor);
    }
}

impl Indicator for TrueRange {
    type Input = [f64; 3];
    type Output = f64;

    fn update(&mut self, [high, low, close]: [f64; 3]) -> Option<f64> {
        let previous = self.previous_close.replace(close)?;
        let top = if previous > high { previous } else { high };
        let bottom = if previous < low { previous } else { low };
        Some(top - bottom)
    }

    fn lookback_bars(&self) -> usize {
        1
    }

    fn history(&self) -> History {
        History::Bars(2)
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn a_gap_belongs_to_the_range() {
        let bars = [
            [11.0, 9.0, 10.0],
            [12.0, 9.5, 12.0],
            [15.0, 14.0, 14.0],
            [9.0, 8.0, 8.0],
        ];
        assert_eq!(
            over(TrueRange::new(), bars),
            [None, Some(2.5), Some(3.0), Some(6.0)]
        );
    }
}
