//! Bollinger bands.

use super::registry::{Arguments, Entry, Input, Output, Parameter, Unit};
use super::window::{Deviation, Window, sum_of};
use super::{History, Indicator};
use crate::base::math;
use crate::base::units::OutOfBounds;

const PERIOD: Parameter = Parameter::bars("period", 20, 2);
const DEVIATIONS: Parameter = Parameter::factor("deviations", 2.0, 0.01, 100.0);

pub(super) const ENTRY: Entry = Entry {
    name: "bollinger",
    title: "Bollinger bands",
    input: Input::Series,
    parameters: &[PERIOD, DEVIATIONS],
    outputs: &[
        Output::new("bb_upper", Unit::Input, "mean + k · σ of the last n"),
        Output::new("bb_middle", Unit::Input, "mean of the last n"),
        Output::new("bb_lower", Unit::Input, "mean − k · σ of the last n"),
        Output::new("bb_width", Unit::Ratio, "(upper − lower) / middle"),
        Output::new("bb_percent", Unit::Ratio, "(x − lower) / (upper − lower)"),
    ],
    build: |of: &Arguments| {
        let bands = Bollinger::new(of.bars(&PERIOD), of.factor(&DEVIATIONS))?;
        Ok(of.series(bands, |value| {
            let bands = [value.upper, value.middle, value.lower].map(Some);
            let [upper, middle, lower] = bands;
            [upper, middle, lower, value.width, value.percent]
        }))
    },
};

/// A value of [`Bollinger`]. The four that feature sets use are `upper`, `lower`, `width` and `percent`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BollingerValue {
    /// `middle + k σ`, in the unit of the input.
    pub upper: f64,
    /// The simple average, in the unit of the input.
    pub middle: f64,
    /// `middle − k σ`, in the unit of the input.
    pub lower: f64,
    /// BandWidth `(upper − lower) / middle`, a ratio; none where the middle is 0 (that of volumes can be).
    pub width: Option<f64>,
    /// %b `(x − lower) / (upper − lower)`, a ratio: 0 on the lower band, 1 on the upper one; none where the bands meet.
    pub percent: Option<f64>,
}

/// Bollinger bands: `middle = SMA_n`, `upper` and `lower = middle ± k · σ_n`, with the standard deviation of the population
/// (ddof 0), and from them BandWidth and %b.
///
/// %b is computed as `1/2 + (x − mean) / (2 k σ)`, which loses no digits where the bands are close together. Lookback n − 1
/// bars; the three bands equal TA-Lib's `BBANDS` with a simple average and k deviations on both sides.
#[derive(Debug, Clone)]
pub struct Bollinger {
    window: Window,
    deviations: f64,
}

impl Bollinger {
    /// Bands `deviations` standard deviations away from an average over `period` bars.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the period is not from 2 to 100,000 or the deviations not from 0.01 to 100.
    pub fn new(period: usize, deviations: f64) -> Result<Self, OutOfBounds> {
        Ok(Self {
            window: Window::new(PERIOD.check_bars(period)?),
            deviations: DEVIATIONS.check(deviations)?,
        })
    }
}

impl Indicator for Bollinger {
    type Input = f64;
    type Output = BollingerValue;

    fn update(&mut self, value: f64) -> Option<BollingerValue> {
        let window = self.window.push(value)?;
        let middle = sum_of(window, |value| value) / window.len() as f64;
        let deviation = Deviation::of(window)?;
        let distance = self.deviations * math::sqrt(deviation.variance(window));
        Some(BollingerValue {
            upper: middle + distance,
            middle,
            lower: middle - distance,
            width: (middle != 0.0).then(|| 2.0 * distance / middle),
            percent: (distance > 0.0).then(|| 0.5 + deviation.newest / (2.0 * distance)),
        })
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
    fn bands_width_and_place() {
        let values = over(Bollinger::new(2, 2.0).unwrap(), [1.0, 3.0, 3.0]);
        assert_eq!(values[0], None);
        let bands = BollingerValue {
            upper: 4.0,
            middle: 2.0,
            lower: 0.0,
            width: Some(2.0),
            percent: Some(0.75),
        };
        assert_eq!(values[1], Some(bands));
        let flat = values[2].unwrap();
        assert_eq!((flat.width, flat.percent), (Some(0.0), None));
        let error = Bollinger::new(20, -1.0).unwrap_err().to_string();
        assert_eq!(
            error,
            "deviations is -1, but must be a number from 0.01 to 100"
        );
    }
}
