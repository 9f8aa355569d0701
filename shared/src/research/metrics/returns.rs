//! Simple returns between closes, with their mean and deviation.

use super::stat::{Absent, Outcome};
use crate::base::math;

/// A deviation of so much, next to 1 plus the mean, is rounding noise: each return carries an error of some 1e-16.
pub(super) const NOISE: f64 = 1e-14;

/// The returns of an equity curve.
pub(super) struct Returns {
    values: Vec<f64>,
    mean: f64,
    deviation: f64,
    absent: Option<Absent>,
}

impl Returns {
    /// `equity / equity before − 1`; the first is against the initial equity, so that they compound to the total return.
    /// Absent once equity was zero or less: returns on it mean nothing.
    pub(super) fn of(initial: f64, equity: &[f64]) -> Self {
        let ruined = initial <= 0.0 || equity.iter().any(|&equity| equity <= 0.0);
        let before = core::iter::once(&initial).chain(equity);
        let values: Vec<f64> = equity
            .iter()
            .zip(before)
            .map(|(now, before)| now / before - 1.0)
            .collect();
        let mean = math::mean(&values).unwrap_or(0.0);
        let deviation = math::std_dev(&values).unwrap_or(0.0);
        let absent = if ruined {
            Some(Absent::Ruined)
        } else if values.len() < 2 {
            Some(Absent::TooFewSessions)
        } else if !mean.is_finite() || !deviation.is_finite() {
            Some(Absent::Overflow)
        } else {
            None
        };
        Self {
            values,
            mean,
            deviation,
            absent,
        }
    }

    /// The returns, two at least, every one finite.
    pub(super) fn values(&self) -> Result<&[f64], Absent> {
        self.absent.map_or(Ok(&self.values), Err)
    }

    /// Their arithmetic mean.
    pub(super) fn mean(&self) -> Outcome {
        self.absent.map_or(Ok(self.mean), Err)
    }

    /// Their sample standard deviation (ddof 1), which may be zero.
    pub(super) fn deviation(&self) -> Outcome {
        self.absent.map_or(Ok(self.deviation), Err)
    }

    /// Their sample standard deviation where it is more than rounding noise.
    pub(super) fn true_deviation(&self) -> Outcome {
        let deviation = self.deviation()?;
        if deviation <= NOISE * (1.0 + self.mean.abs()) {
            return Err(Absent::NoVariation);
        }
        Ok(deviation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_return_is_against_the_initial_equity() {
        let returns = Returns::of(100.0, &[110.0, 99.0]);
        let values = returns.values().unwrap();
        assert!((values[0] - 0.1).abs() < 1e-15 && (values[1] + 0.1).abs() < 1e-15);
        assert!(returns.mean().unwrap().abs() < 1e-15);
        assert!((returns.deviation().unwrap() - 0.02f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn without_two_of_them_or_after_ruin_there_are_none() {
        let reason = |equity: &[f64]| Returns::of(100.0, equity).values().err();
        assert_eq!(reason(&[]), Some(Absent::TooFewSessions));
        assert_eq!(reason(&[101.0]), Some(Absent::TooFewSessions));
        assert_eq!(reason(&[50.0, 0.0]), Some(Absent::Ruined));
        assert_eq!(reason(&[1e-300, 1e300, 1.0]), Some(Absent::Overflow));
        let steady = Returns::of(100.0, &[70.0, 49.0, 34.3, 24.01, 16.807]);
        assert_eq!(steady.true_deviation(), Err(Absent::NoVariation));
        assert!(steady.deviation().is_ok());
    }
}
