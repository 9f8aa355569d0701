//! Average true range.

use super::{BadPeriod, Indicator, at_least};

/// Wilder's average true range, the lab's canonical volatility.
///
/// `TR_t = max(high, close_{t−1}) − min(low, close_{t−1})`, from the second bar on; the first value is the mean of the first
/// n true ranges, then `ATR_t = (ATR_{t−1} · (n − 1) + TR_t) / n`. In price units. Lookback n bars; equals TA-Lib's `ATR`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Atr {
    period: usize,
    previous_close: Option<f64>,
    ranges: usize,
    /// The sum of the first ranges, then the average.
    value: f64,
}

impl Atr {
    /// An average over `period` bars.
    ///
    /// # Errors
    /// [`BadPeriod`] below 1.
    pub fn new(period: usize) -> Result<Self, BadPeriod> {
        Ok(Self {
            period: at_least(1, period)?,
            previous_close: None,
            ranges: 0,
            value: 0.0,
        })
    }
}

impl Indicator for Atr {
    type Input = [f64; 3];

    fn update(&mut self, [high, low, close]: [f64; 3]) -> Option<f64> {
        let previous = self.previous_close.replace(close)?;
        let top = if previous > high { previous } else { high };
        let bottom = if previous < low { previous } else { low };
        let range = top - bottom;
        let period = self.period as f64;
        if self.ranges < self.period {
            self.ranges += 1;
            self.value += range;
            if self.ranges < self.period {
                return None;
            }
            self.value /= period;
        } else {
            self.value = (self.value * (period - 1.0) + range) / period;
        }
        Some(self.value)
    }

    fn lookback_bars(&self) -> usize {
        self.period
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn seeds_with_a_mean_and_smooths_as_wilder_did() {
        // true ranges from the second bar on: 2 (10 to 12), 3 (gap up from 11 to 14), 4 (gap down from 13 to 9)
        let bars = [
            [11.0, 9.0, 10.0],
            [12.0, 11.0, 11.0],
            [14.0, 13.0, 13.0],
            [10.0, 9.0, 9.5],
        ];
        let values = over(Atr::new(2).unwrap(), bars);
        assert_eq!(values, [None, None, Some(2.5), Some((2.5 + 4.0) / 2.0)]);
        assert!(Atr::new(0).is_err());
    }
}
