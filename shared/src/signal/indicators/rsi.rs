//! Relative strength index.

use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::wilder::Wilder;
use super::{History, Indicator};
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 14, 2);

pub(super) const ENTRY: Entry = Entry {
    name: "rsi",
    title: "Relative strength index",
    input: Input::Series,
    parameters: &[PERIOD],
    outputs: &[Output::new(
        "rsi",
        Unit::Index,
        "100 · G / (G + L), Wilder's averages of the rises and the falls",
    )],
    build: |of: &Arguments| Ok(of.series(Rsi::new(of.bars(&PERIOD))?, |value| [Some(value)])),
};

/// Wilder's relative strength index: `RSI_t = 100 · G_t / (G_t + L_t)`, from 0 to 100.
///
/// G and L are Wilder's averages of the rises and of the falls `|x_t − x_{t−1}|`: the mean of the first n, then
/// `A_t = (A_{t−1} · (n − 1) + x_t) / n`. Where nothing ever moved it is 0. Lookback n bars; equals TA-Lib's `RSI`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rsi {
    previous: Option<f64>,
    gains: Wilder,
    losses: Wilder,
}

impl Rsi {
    /// An index over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is below 2 or above 100,000.
    pub fn new(period: usize) -> Result<Self, OutOfBounds> {
        let average = Wilder::new(PERIOD.check_bars(period)?);
        Ok(Self {
            previous: None,
            gains: average,
            losses: average,
        })
    }
}

impl Indicator for Rsi {
    type Input = f64;
    type Output = f64;

    fn update(&mut self, value: f64) -> Option<f64> {
        let change = value - self.previous.replace(value)?;
        let rose = change > 0.0;
        let gain = self.gains.push(if rose { change } else { 0.0 });
        let loss = self.losses.push(if rose { 0.0 } else { -change });
        let (gain, loss) = (gain?, loss?);
        let moved = gain + loss;
        Some(if moved > 0.0 {
            100.0 * (gain / moved)
        } else {
            0.0
        })
    }

    fn lookback_bars(&self) -> usize {
        self.gains.period()
    }

    fn history(&self) -> History {
        History::fading(self.lookback_bars(), self.gains.kept(), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn rises_as_a_part_of_all_moves() {
        // rises 3 and falls 1 in the first two moves; then the averages 1.5 and 0.5 take in a fall of 1
        let values = over(Rsi::new(2).unwrap(), [1.0, 4.0, 3.0, 2.0]);
        assert_eq!(values, [None, None, Some(75.0), Some(50.0)]);
        assert_eq!(over(Rsi::new(2).unwrap(), [7.0; 4])[3], Some(0.0));
        assert!(Rsi::new(1).is_err());
    }
}
