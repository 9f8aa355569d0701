//! Money flow index.

use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::rounding::is_rounding;
use super::window::{Window, sum_of};
use super::{History, Indicator, typical};
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 14, 2);

pub(super) const ENTRY: Entry = Entry {
    name: "mfi",
    title: "Money flow index",
    input: Input::Bars("high, low, close, volume"),
    parameters: &[PERIOD],
    outputs: &[Output::new(
        "mfi",
        Unit::Index,
        "100 · F⁺ / (F⁺ + F⁻), sums of typical price · volume where it rose and fell",
    )],
    build: |of: &Arguments| {
        let mfi = Mfi::new(of.bars(&PERIOD))?;
        let input = |bar: &super::SessionBar| [bar.high, bar.low, bar.close, bar.volume];
        Ok(of.bars_by(mfi, input, |value| [Some(value)]))
    },
};

/// Money flow index of `[high, low, close, volume]`: `MFI = 100 · F⁺ / (F⁺ + F⁻)`, from 0 to 100.
///
/// A bar's flow is `p · volume` with the typical price `p = (high + low + close) / 3`; it belongs to F⁺ where p rose since the
/// bar before, to F⁻ where it fell, and to neither where it stayed (or moved by no more than rounding, 1e-14 of the two prices).
/// F are the sums over the last n bars, summed anew at each step; where nothing flowed it is 0. Lookback n bars; equals
/// TA-Lib's `MFI` from its release 0.8 on, before which rounding counted as a move.
#[derive(Debug, Clone)]
pub struct Mfi {
    previous: Option<f64>,
    /// Flows with their sign.
    flows: Window,
}

impl Mfi {
    /// An index over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is below 2 or above 100,000.
    pub fn new(period: usize) -> Result<Self, OutOfBounds> {
        Ok(Self {
            previous: None,
            flows: Window::new(PERIOD.check_bars(period)?),
        })
    }
}

impl Indicator for Mfi {
    type Input = [f64; 4];
    type Output = f64;

    fn update(&mut self, [high, low, close, volume]: [f64; 4]) -> Option<f64> {
        let price = typical([high, low, close]);
        let previous = self.previous.replace(price)?;
        let flow = if is_rounding(price - previous, price.abs() + previous.abs()) {
            0.0
        } else if price > previous {
            price * volume
        } else {
            -(price * volume)
        };
        let flows = self.flows.push(flow)?;
        let rising = sum_of(flows, |flow| if flow > 0.0 { flow } else { 0.0 });
        let all = sum_of(flows, f64::abs);
        Some(if all > 0.0 {
            100.0 * (rising / all)
        } else {
            0.0
        })
    }

    fn lookback_bars(&self) -> usize {
        self.flows.period()
    }

    fn history(&self) -> History {
        History::Bars(self.flows.period() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn rising_flow_as_a_part_of_all() {
        let bar = |price: f64, volume: f64| [price, price, price, volume];
        // flows: +20, −3, 0
        let bars = [bar(1.0, 7.0), bar(2.0, 10.0), bar(1.0, 3.0), bar(1.0, 9.0)];
        let values = over(Mfi::new(2).unwrap(), bars);
        let expected = 100.0 * (20.0 / 23.0);
        assert_eq!(values, [None, None, Some(expected), Some(0.0)]);
        let dry = over(
            Mfi::new(2).unwrap(),
            [bar(1.0, 0.0), bar(2.0, 0.0), bar(3.0, 0.0)],
        );
        assert_eq!(dry[2], Some(0.0));
        assert!(Mfi::new(1).is_err());
    }
}
