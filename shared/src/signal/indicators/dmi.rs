//! Directional movement: +DI, −DI and DX.

use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::true_range::TrueRange;
use super::{History, Indicator, SessionBar};
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 14, 2);

pub(super) const ENTRY: Entry = Entry {
    name: "dmi",
    title: "Directional movement index",
    input: Input::Bars("high, low, close"),
    parameters: &[PERIOD],
    outputs: &[
        Output::new("plus_di", Unit::Index, "100 · ΣDM⁺ / ΣTR, Wilder's sums"),
        Output::new("minus_di", Unit::Index, "100 · ΣDM⁻ / ΣTR, Wilder's sums"),
        Output::new("dx", Unit::Index, "100 · |+DI − −DI| / (+DI + −DI)"),
    ],
    build: |of: &Arguments| {
        let dmi = Dmi::new(of.bars(&PERIOD))?;
        Ok(of.bars_by(dmi, SessionBar::high_low_close, |value| {
            [Some(value.plus_di), Some(value.minus_di), Some(value.dx)]
        }))
    },
};

/// A value of [`Dmi`], each from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DmiValue {
    /// Upward movement as a part of the true range.
    pub plus_di: f64,
    /// Downward movement as a part of the true range.
    pub minus_di: f64,
    /// How one-sided the movement is.
    pub dx: f64,
}

/// Wilder's directional movement of `[high, low, close]`: `+DI = 100 · ΣDM⁺ / ΣTR`, `−DI = 100 · ΣDM⁻ / ΣTR`,
/// `DX = 100 · |+DI − −DI| / (+DI + −DI)`.
///
/// The larger of `high − high_{t−1}` and `low_{t−1} − low` is the bar's movement to its side where it is above 0 and the
/// larger one; the other side's is 0. The sums of the movements and of the true range begin with the first n − 1 bars, then
/// `Σ_t = Σ_{t−1} − Σ_{t−1} / n + x_t`. Until there is a range both DIs are 0, until there is a movement DX is.
/// From 0 to 100. Lookback n bars; equals TA-Lib's `PLUS_DI`, `MINUS_DI` and `DX`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dmi {
    period: usize,
    taken: usize,
    range: TrueRange,
    /// High and low of the bar before.
    previous: Option<(f64, f64)>,
    /// Upward movement, downward movement and true range.
    sums: [f64; 3],
}

impl Dmi {
    /// Sums over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is below 2 or above 100,000.
    pub fn new(period: usize) -> Result<Self, OutOfBounds> {
        Ok(Self {
            period: PERIOD.check_bars(period)?,
            taken: 0,
            range: TrueRange::new(),
            previous: None,
            sums: [0.0; 3],
        })
    }

    /// How much of a bar is left one bar later.
    pub(super) fn kept(&self) -> f64 {
        (self.period as f64 - 1.0) / self.period as f64
    }

    fn value(&self) -> DmiValue {
        let [up, down, range] = self.sums;
        let part = |sum: f64| {
            if range > 0.0 {
                100.0 * (sum / range)
            } else {
                0.0
            }
        };
        let (plus_di, minus_di) = (part(up), part(down));
        let both = plus_di + minus_di;
        DmiValue {
            plus_di,
            minus_di,
            dx: if both > 0.0 {
                100.0 * ((plus_di - minus_di).abs() / both)
            } else {
                0.0
            },
        }
    }
}

/// The movement of a bar upwards and downwards, of which one at least is 0.
fn movement(up: f64, down: f64) -> (f64, f64) {
    if up > 0.0 && up > down {
        (up, 0.0)
    } else if down > 0.0 && down > up {
        (0.0, down)
    } else {
        (0.0, 0.0)
    }
}

impl Indicator for Dmi {
    type Input = [f64; 3];
    type Output = DmiValue;

    fn update(&mut self, bar: [f64; 3]) -> Option<DmiValue> {
        let [high, low, _] = bar;
        let range = self.range.update(bar);
        let (high_before, low_before) = self.previous.replace((high, low))?;
        let (up, down) = movement(high - high_before, low_before - low);
        let smooths = self.taken + 1 >= self.period;
        for (sum, value) in self.sums.iter_mut().zip([up, down, range?]) {
            if smooths {
                *sum -= *sum / self.period as f64;
            }
            *sum += value;
        }
        if smooths {
            return Some(self.value());
        }
        self.taken += 1;
        None
    }

    fn lookback_bars(&self) -> usize {
        self.period
    }

    fn history(&self) -> History {
        History::fading(self.lookback_bars(), self.kept(), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn movement_goes_to_the_larger_side() {
        assert_eq!(movement(2.0, 1.0), (2.0, 0.0));
        assert_eq!(movement(1.0, 2.0), (0.0, 2.0));
        assert_eq!(movement(1.0, 1.0), (0.0, 0.0));
        assert_eq!(movement(-1.0, -2.0), (0.0, 0.0));
    }

    #[test]
    fn sums_begin_a_bar_early() {
        // movements: up 2 (range 3), down 1 (range 3); sums: 2 − 2/2, 0 + 1, 3 − 3/2 + 3
        let bars = [[10.0, 8.0, 9.0], [12.0, 9.0, 11.0], [11.0, 8.0, 10.0]];
        let values = over(Dmi::new(2).unwrap(), bars);
        assert_eq!(values[1], None);
        let last = values[2].unwrap();
        let part = 100.0 * (1.0 / 4.5);
        assert_eq!((last.plus_di, last.minus_di, last.dx), (part, part, 0.0));
        let flat = over(Dmi::new(2).unwrap(), [[5.0; 3]; 4]);
        assert!(flat[3].is_some_and(|value| value.plus_di == 0.0 && value.dx == 0.0));
        assert!(Dmi::new(1).is_err());
    }
}
