//! Values as colours: a ramp that is even to the eye, and where a value stands on it.

use super::survey::Spread;
use crate::research::sweep::Measure;

/// Where values stand on a ramp, from −1 to 1.
///
/// Measures that have a middle by their meaning (a Sharpe ratio of 0, a profit factor of 1, the equity of the beginning) are
/// laid out about it, as far to both sides, so that the same distance is the same strength of colour; a profit factor by its
/// logarithm, as 2 is as good as 1/2 is bad. Others go from 0, their least value, to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColourScale {
    measure: Measure,
    low: f64,
    high: f64,
    /// What has the colour in the middle; none where the least has it.
    middle: Option<f64>,
}

impl ColourScale {
    /// The scale of a measure whose values are spread so.
    pub fn new(measure: Measure, spread: Spread, initial_equity: f64) -> Self {
        let middle = match measure {
            Measure::Sharpe | Measure::TotalReturn | Measure::Cagr => Some(0.0),
            Measure::ProfitFactor => Some(1.0),
            Measure::FinalEquity => Some(initial_equity),
            Measure::MaxDrawdownSession | Measure::Trades | Measure::WinRate => None,
        };
        Self {
            measure,
            low: spread.low,
            high: spread.high,
            middle,
        }
    }

    /// The value at which the ramp begins and the one at which it ends: what is beyond has the colour of the end.
    pub fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// What has the colour in the middle, where it has a meaning.
    pub fn middle(&self) -> Option<f64> {
        self.middle
    }

    fn along(&self, value: f64) -> f64 {
        match self.measure {
            // a run without a win has 0, whose logarithm is none
            Measure::ProfitFactor => libm::log(if value > 1e-3 { value } else { 1e-3 }),
            _ => value,
        }
    }

    /// Where a value stands, from −1 to 1.
    pub fn position(&self, value: f64) -> f64 {
        let (low, high) = (self.along(self.low), self.along(self.high));
        let share = match self.middle {
            Some(middle) => {
                let middle = self.along(middle);
                let (below, above) = (middle - low, high - middle);
                let reach = if above > below { above } else { below };
                (self.along(value) - middle) / reach
            }
            None => (self.along(value) - low) / (high - low),
        };
        match share.is_finite() {
            true => share.clamp(if self.middle.is_some() { -1.0 } else { 0.0 }, 1.0),
            // all values are the same
            false => 0.0,
        }
    }

    /// Values evenly along the scale as it is shown, the least first, with where they stand.
    pub fn samples(&self, count: usize) -> Vec<(f64, f64)> {
        let (low, high) = (self.along(self.low), self.along(self.high));
        let last = count.saturating_sub(1).max(1) as f64;
        (0..count)
            .map(|step| {
                let along = low + (high - low) * step as f64 / last;
                let value = match self.measure {
                    Measure::ProfitFactor => libm::exp(along),
                    _ => along,
                };
                (value, self.position(value))
            })
            .collect()
    }
}

/// Colours from −1 over 0 to 1, by red, green and blue.
#[derive(Debug, Clone, PartialEq)]
pub struct Ramp(Vec<[u8; 3]>);

/// The colours of one side, without the middle.
const SIDE: i32 = 255;

impl Ramp {
    /// The ramp between three colours, mixed in Oklab, in which equal steps look equal (Ottosson 2020).
    pub fn new(low: [u8; 3], middle: [u8; 3], high: [u8; 3]) -> Self {
        let [low, middle, high] = [low, middle, high].map(oklab);
        let mixed = |step: i32| {
            let (end, share) = match step < 0 {
                true => (low, -step),
                false => (high, step),
            };
            let share = f64::from(share) / f64::from(SIDE);
            let mut lab = [0.0; 3];
            for ((slot, from), to) in lab.iter_mut().zip(middle).zip(end) {
                *slot = from + (to - from) * share;
            }
            rgb(lab)
        };
        Self((-SIDE..=SIDE).map(mixed).collect())
    }

    /// The colour at a position from −1 to 1.
    pub fn colour(&self, position: f64) -> [u8; 3] {
        let steps = (position.clamp(-1.0, 1.0) * f64::from(SIDE)).round() as i32 + SIDE;
        let at = usize::try_from(steps).unwrap_or(0);
        self.0.get(at).copied().unwrap_or_default()
    }

    /// Whether black is read better than white on the colour at a position.
    pub fn is_light(&self, position: f64) -> bool {
        let [lightness, ..] = oklab(self.colour(position));
        lightness > 0.62
    }
}

/// The bytes of a picture (red, green, blue, opacity) of values in rows from above, a pixel each; where there is none the pixel is
/// clear.
pub fn pixels(
    values: impl Iterator<Item = Option<f64>>,
    scale: &ColourScale,
    ramp: &Ramp,
) -> Vec<u8> {
    let pixel = |value: Option<f64>| match value {
        Some(value) => {
            let [red, green, blue] = ramp.colour(scale.position(value));
            [red, green, blue, 255]
        }
        None => [0; 4],
    };
    values.flat_map(pixel).collect()
}

fn oklab(colour: [u8; 3]) -> [f64; 3] {
    let [r, g, b] = colour.map(|channel| {
        let value = f64::from(channel) / 255.0;
        match value <= 0.040_45 {
            true => value / 12.92,
            false => libm::pow((value + 0.055) / 1.055, 2.4),
        }
    });
    let l = libm::cbrt(0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b);
    let m = libm::cbrt(0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b);
    let s = libm::cbrt(0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b);
    [
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    ]
}

fn rgb([lightness, a, b]: [f64; 3]) -> [u8; 3] {
    let cube = |value: f64| value * value * value;
    let l = cube(lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b);
    let m = cube(lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b);
    let s = cube(lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b);
    let linear = [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ];
    linear.map(|value| {
        let value = value.clamp(0.0, 1.0);
        let encoded = match value <= 0.003_130_8 {
            true => value * 12.92,
            false => 1.055 * libm::pow(value, 1.0 / 2.4) - 0.055,
        };
        (encoded * 255.0).round() as u8
    })
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact by their definition")]
mod tests {
    use super::*;

    const LOW: [u8; 3] = [0xa6, 0x3f, 0x00];
    const MIDDLE: [u8; 3] = [0xf1, 0xf1, 0xef];
    const HIGH: [u8; 3] = [0x0f, 0x4f, 0x9e];

    fn spread(low: f64, high: f64) -> Spread {
        Spread::between(low, high)
    }

    #[test]
    fn colours_come_back_from_oklab() {
        for colour in [LOW, MIDDLE, HIGH, [0; 3], [255; 3], [12, 200, 77]] {
            assert_eq!(rgb(oklab(colour)), colour);
        }
        // pure red by Ottosson's table
        let [l, a, b] = oklab([255, 0, 0]);
        assert!((l - 0.628).abs() < 1e-3 && (a - 0.225).abs() < 1e-3 && (b - 0.126).abs() < 1e-3);
    }

    #[test]
    fn equal_steps_look_equal() {
        let ramp = Ramp::new(LOW, MIDDLE, HIGH);
        assert_eq!(ramp.colour(-1.0), LOW);
        assert_eq!(ramp.colour(0.0), MIDDLE);
        assert_eq!(ramp.colour(1.0), HIGH);
        assert_eq!(ramp.colour(7.0), HIGH);
        let away = |a: f64, b: f64| {
            let (a, b) = (oklab(ramp.colour(a)), oklab(ramp.colour(b)));
            let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
            libm::sqrt(squares.sum::<f64>())
        };
        for end in [-1.0, 1.0] {
            let whole = away(0.0, end);
            for step in 0..10 {
                let (from, to) = (f64::from(step) * 0.1 * end, f64::from(step + 1) * 0.1 * end);
                let share = away(from, to) / whole;
                assert!((share - 0.1).abs() < 0.012, "{from} to {to}: {share}");
            }
        }
        assert!(ramp.is_light(0.0) && !ramp.is_light(1.0) && !ramp.is_light(-1.0));
    }

    #[test]
    fn measures_with_a_middle_are_laid_out_about_it() {
        let sharpe = ColourScale::new(Measure::Sharpe, spread(-0.5, 2.0), 1.0);
        assert_eq!(sharpe.position(0.0), 0.0);
        assert_eq!(sharpe.position(2.0), 1.0);
        assert_eq!(sharpe.position(-0.5), -0.25);
        assert_eq!(sharpe.position(9.0), 1.0);
        let factor = ColourScale::new(Measure::ProfitFactor, spread(0.5, 2.0), 1.0);
        assert_eq!(factor.position(1.0), 0.0);
        assert!((factor.position(0.5) + 1.0).abs() < 1e-12);
        assert_eq!(factor.position(0.0), -1.0);
        let trades = ColourScale::new(Measure::Trades, spread(10.0, 30.0), 1.0);
        assert_eq!(trades.position(10.0), 0.0);
        assert_eq!(trades.position(20.0), 0.5);
        // one value, or none that differ
        let flat = ColourScale::new(Measure::Trades, spread(3.0, 3.0), 1.0);
        assert_eq!(flat.position(3.0), 0.0);
        let samples = sharpe.samples(5);
        assert_eq!(samples.first(), Some(&(-0.5, -0.25)));
        assert_eq!(samples.last(), Some(&(2.0, 1.0)));
    }

    #[test]
    fn a_pixel_a_value_and_none_where_there_is_none() {
        let ramp = Ramp::new(LOW, MIDDLE, HIGH);
        let scale = ColourScale::new(Measure::Sharpe, spread(-1.0, 1.0), 1.0);
        let bytes = pixels([Some(1.0), None, Some(0.0)].into_iter(), &scale, &ramp);
        assert_eq!(bytes.len(), 12);
        assert_eq!(bytes[..4], [HIGH[0], HIGH[1], HIGH[2], 255]);
        assert_eq!(bytes[4..8], [0; 4]);
        assert_eq!(bytes[8..], [MIDDLE[0], MIDDLE[1], MIDDLE[2], 255]);
    }
}
