//! Average directional movement index.

use super::dmi::Dmi;
use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::wilder::Wilder;
use super::{History, Indicator, SessionBar};
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 14, 2);

pub(super) const ENTRY: Entry = Entry {
    name: "adx",
    title: "Average directional movement index",
    input: Input::Bars("high, low, close"),
    parameters: &[PERIOD],
    outputs: &[Output::new("adx", Unit::Index, "Wilder's average of DX")],
    build: |of: &Arguments| {
        let adx = Adx::new(of.bars(&PERIOD))?;
        Ok(of.bars_by(adx, SessionBar::high_low_close, |value| [Some(value)]))
    },
};

/// Wilder's average directional movement index of `[high, low, close]`: Wilder's average of DX (see [`Dmi`]), from 0 to 100.
///
/// The first value is the mean of the first n DX, then `ADX_t = (ADX_{t−1} · (n − 1) + DX_t) / n`. Lookback 2 n − 1 bars; equals
/// TA-Lib's `ADX`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adx {
    dmi: Dmi,
    average: Wilder,
}

impl Adx {
    /// An index over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is below 2 or above 100,000.
    pub fn new(period: usize) -> Result<Self, OutOfBounds> {
        Ok(Self {
            dmi: Dmi::new(PERIOD.check_bars(period)?)?,
            average: Wilder::new(period),
        })
    }
}

impl Indicator for Adx {
    type Input = [f64; 3];
    type Output = f64;

    fn update(&mut self, bar: [f64; 3]) -> Option<f64> {
        self.average.push(self.dmi.update(bar)?.dx)
    }

    fn lookback_bars(&self) -> usize {
        2 * self.average.period() - 1
    }

    fn history(&self) -> History {
        History::fading(self.lookback_bars(), self.dmi.kept(), 2)
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn a_steady_rise_is_all_one_way() {
        let bars = (0..10).map(|t| {
            let price = 10.0 + f64::from(t);
            [price + 1.0, price, price + 0.5]
        });
        let values = over(Adx::new(3).unwrap(), bars);
        assert_eq!(&values[..5], [None; 5]);
        assert!(values[5..].iter().all(|value| *value == Some(100.0)));
        assert_eq!(over(Adx::new(2).unwrap(), [[5.0; 3]; 4])[3], Some(0.0));
        assert!(Adx::new(1).is_err());
    }
}
