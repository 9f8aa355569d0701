//! Simple moving average.

use std::collections::VecDeque;

use super::{BadPeriod, Indicator, at_least};

/// Simple moving average: `SMA_t = (x_t + … + x_{t−n+1}) / n`.
///
/// The window is summed anew at each step, oldest value first: a value depends on its window alone, to the last bit, so
/// that a truncated history gives the same numbers. Lookback n − 1 bars; equals TA-Lib's `SMA`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sma {
    period: usize,
    window: VecDeque<f64>,
}

impl Sma {
    /// An average over `period` bars.
    ///
    /// # Errors
    /// [`BadPeriod`] below 1.
    pub fn new(period: usize) -> Result<Self, BadPeriod> {
        let period = at_least(1, period)?;
        Ok(Self {
            period,
            window: VecDeque::with_capacity(period),
        })
    }
}

impl Indicator for Sma {
    type Input = f64;

    fn update(&mut self, value: f64) -> Option<f64> {
        if self.window.len() == self.period {
            self.window.pop_front();
        }
        self.window.push_back(value);
        (self.window.len() == self.period)
            .then(|| self.window.iter().sum::<f64>() / self.period as f64)
    }

    fn lookback_bars(&self) -> usize {
        self.period - 1
    }
}

#[cfg(test)]
mod tests {
    use super::super::over;
    use super::*;

    #[test]
    fn averages_its_window_and_nothing_else() {
        let values = over(Sma::new(3).unwrap(), [1e16, 1.0, 2.0, 3.0, 5.0]);
        assert_eq!(&values[..2], [None, None]);
        assert_eq!(&values[3..], [Some(2.0), Some(10.0 / 3.0)]);
        assert!(Sma::new(0).is_err());
    }
}
