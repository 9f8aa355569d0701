//! On-balance volume.

use super::registry::{Arguments, Entry, Input, Output, Unit};
use super::{History, Indicator};

pub(super) const ENTRY: Entry = Entry {
    name: "obv",
    title: "On-balance volume",
    input: Input::Bars("close, volume"),
    parameters: &[],
    outputs: &[Output::new(
        "obv",
        Unit::Volume,
        "OBV_{t−1} ± volume, by the sign of close − close_{t−1}",
    )],
    build: |of: &Arguments| {
        let input = |bar: &super::SessionBar| [bar.close, bar.volume];
        Ok(of.bars_by(Obv::new(), input, |value| [Some(value)]))
    },
};

/// On-balance volume of `[close, volume]`: the volume of the bars that closed higher less that of the bars that closed lower.
///
/// `OBV_0 = volume_0`, then plus volume where `close_t > close_{t−1}`, minus where below, else unchanged. In units of volume.
/// Its level depends on the first bar, only its changes mean something. Lookback 0; equals TA-Lib's `OBV`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Obv {
    previous_close: Option<f64>,
    value: f64,
}

impl Obv {
    /// No bar seen yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Indicator for Obv {
    type Input = [f64; 2];
    type Output = f64;

    fn update(&mut self, [close, volume]: [f64; 2]) -> Option<f64> {
        match self.previous_close.replace(close) {
            None => self.value = volume,
            Some(previous) if close > previous => self.value += volume,
            Some(previous) if close < previous => self.value -= volume,
            Some(_) => {}
        }
        Some(self.value)
    }

    fn lookback_bars(&self) -> usize {
        0
    }

    fn history(&self) -> History {
        History::Everything
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn volume_counts_with_the_sign_of_the_move() {
        let bars = [[10.0, 5.0], [11.0, 3.0], [11.0, 9.0], [9.0, 4.0]];
        let values = over(Obv::new(), bars);
        assert_eq!(values, [Some(5.0), Some(8.0), Some(8.0), Some(4.0)]);
    }
}
