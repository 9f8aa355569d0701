//! Standardisation.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{FeatureMatrix, FeatureSpec};
use crate::base::digest::Digest;
use crate::base::math;
use crate::base::time::BarInterval;

/// A standard deviation below this part of the largest value is rounding, not variation.
const ROUNDING: f64 = 1e-14;

/// The standard scaler: `z = (x − mean) / σ`, with the mean and the population's standard deviation (ddof 0) of the rows it
/// was fitted on. A feature that does not vary has σ = 1.
///
/// It belongs to its features and its interval: it refuses a matrix of others. Stored, it is a part of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record", into = "Record")]
pub struct Scaler {
    features: FeatureSpec,
    interval: BarInterval,
    rows: u64,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

/// How a scaler is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    features: FeatureSpec,
    interval: BarInterval,
    rows: u64,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

/// A scaler cannot be made or used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScalerError {
    /// The rows to fit on are not in the matrix, or are none.
    #[error("rows {from} to {to} (not included) cannot be fitted on: the matrix has {rows} rows")]
    Rows {
        /// The first row.
        from: usize,
        /// The row after the last.
        to: usize,
        /// How many there are.
        rows: usize,
    },
    /// A feature varies so much that its variance is no number.
    #[error("{0} cannot be standardised: its variance is too large for a number")]
    Overflow(String),
    /// The input is not what the scaler was fitted on.
    #[error(
        "the scaler was fitted on {fitted_interval} bars with the features {fitted_hash} ({fitted}), but the input has {interval} bars with the features {hash} ({given})"
    )]
    OtherInput {
        /// The interval it was fitted on.
        fitted_interval: BarInterval,
        /// The hash of the features it was fitted on, shortened.
        fitted_hash: String,
        /// Their names.
        fitted: String,
        /// The interval of the input.
        interval: BarInterval,
        /// The hash of its features, shortened.
        hash: String,
        /// Their names.
        given: String,
    },
    /// A row has another number of values than there are features.
    #[error("the row has {given} values, but there are {features} features")]
    Width {
        /// Values in the row.
        given: usize,
        /// Features of the scaler.
        features: usize,
    },
    /// What was stored is no scaler.
    #[error("the stored scaler is damaged: {0}")]
    Damaged(&'static str),
}

impl Scaler {
    /// Fits on these rows of a matrix, which must be training rows only.
    ///
    /// # Errors
    /// [`ScalerError::Rows`] where there is no such row.
    pub fn fit(matrix: &FeatureMatrix, rows: Range<usize>) -> Result<Self, ScalerError> {
        let width = matrix.spec().features().len();
        let bad = || ScalerError::Rows {
            from: rows.start,
            to: rows.end,
            rows: matrix.rows(),
        };
        if rows.is_empty() {
            return Err(bad());
        }
        let first = rows.start.checked_mul(width).ok_or_else(bad)?;
        let last = rows.end.checked_mul(width).ok_or_else(bad)?;
        let values = matrix.values().get(first..last).ok_or_else(bad)?;
        let (mut mean, mut deviation) = (Vec::new(), Vec::new());
        for (column, name) in matrix.spec().names().enumerate() {
            let column = || values.iter().skip(column).step_by(width).copied();
            let (of_mean, of_deviation) =
                moments(column).ok_or_else(|| ScalerError::Overflow(name.to_owned()))?;
            mean.push(of_mean);
            deviation.push(of_deviation);
        }
        Ok(Self {
            features: matrix.spec().clone(),
            interval: matrix.interval(),
            rows: rows.len() as u64,
            mean,
            deviation,
        })
    }

    /// The features it was fitted on.
    pub fn features(&self) -> &FeatureSpec {
        &self.features
    }

    /// The interval it was fitted on.
    pub fn interval(&self) -> BarInterval {
        self.interval
    }

    /// How many rows it was fitted on.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The mean of each feature.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The standard deviation of each feature; 1 where it did not vary.
    pub fn deviation(&self) -> &[f64] {
        &self.deviation
    }

    /// Checks that input has the interval and the features that the scaler was fitted on.
    ///
    /// # Errors
    /// [`ScalerError::OtherInput`] that names both intervals and both lists.
    pub fn check(&self, interval: BarInterval, features: &FeatureSpec) -> Result<(), ScalerError> {
        if self.interval == interval && self.features.hash() == features.hash() {
            return Ok(());
        }
        let listed = |spec: &FeatureSpec| spec.names().collect::<Vec<_>>().join(", ");
        let short = |hash: Digest| hash.short();
        Err(ScalerError::OtherInput {
            fitted_interval: self.interval,
            fitted_hash: short(self.features.hash()),
            fitted: listed(&self.features),
            interval,
            hash: short(features.hash()),
            given: listed(features),
        })
    }

    /// The standardised values of a matrix, shape `[rows, features]`, as models take them.
    ///
    /// # Errors
    /// [`ScalerError::OtherInput`] for a matrix of other features or another interval, [`ScalerError::Overflow`] for a value so
    /// far out that no 32-bit number holds it.
    pub fn transform(&self, matrix: &FeatureMatrix) -> Result<Vec<f32>, ScalerError> {
        self.check(matrix.interval(), matrix.spec())?;
        let mut scaled = Vec::with_capacity(matrix.values().len());
        for row in matrix.values().chunks_exact(self.mean.len()) {
            self.push_row(row, &mut scaled)?;
        }
        Ok(scaled)
    }

    /// One standardised row, in the order of the columns. The caller has held its source against [`Scaler::check`].
    ///
    /// # Errors
    /// [`ScalerError::Width`] for a row of another length, [`ScalerError::Overflow`] as in [`Scaler::transform`].
    pub fn transform_row(&self, row: &[f64]) -> Result<Vec<f32>, ScalerError> {
        let mut scaled = Vec::with_capacity(row.len());
        self.push_row(row, &mut scaled)?;
        Ok(scaled)
    }

    fn push_row(&self, row: &[f64], scaled: &mut Vec<f32>) -> Result<(), ScalerError> {
        if row.len() != self.mean.len() {
            return Err(ScalerError::Width {
                given: row.len(),
                features: self.mean.len(),
            });
        }
        let scale = self.mean.iter().zip(&self.deviation);
        for (column, (value, (mean, deviation))) in row.iter().zip(scale).enumerate() {
            let z = ((value - mean) / deviation) as f32;
            if !z.is_finite() {
                let name = self.features.names().nth(column).unwrap_or_default();
                return Err(ScalerError::Overflow(name.to_owned()));
            }
            scaled.push(z);
        }
        Ok(())
    }
}

/// Mean and standard deviation of a column, in two passes over differences from its first value, so that neither a high level
/// nor a column of equal values costs digits. `None` for no values and where they overflow.
fn moments<I: Iterator<Item = f64>>(column: impl Fn() -> I) -> Option<(f64, f64)> {
    let origin = column().next()?;
    let count = column().count() as f64;
    let from_origin = column().map(|value| value - origin).sum::<f64>() / count;
    let squares: f64 = column()
        .map(|value| (value - origin) - from_origin)
        .map(|difference| difference * difference)
        .sum();
    let deviation = math::sqrt(squares / count);
    let mean = origin + from_origin;
    let largest = column()
        .map(f64::abs)
        .fold(0.0, |a, b| if b > a { b } else { a });
    let varies = deviation > ROUNDING * largest;
    (mean.is_finite() && deviation.is_finite())
        .then_some((mean, if varies { deviation } else { 1.0 }))
}

impl From<Scaler> for Record {
    fn from(scaler: Scaler) -> Self {
        Self {
            features: scaler.features,
            interval: scaler.interval,
            rows: scaler.rows,
            mean: scaler.mean,
            deviation: scaler.deviation,
        }
    }
}

impl TryFrom<Record> for Scaler {
    type Error = ScalerError;

    fn try_from(record: Record) -> Result<Self, ScalerError> {
        let width = record.features.features().len();
        if record.mean.len() != width || record.deviation.len() != width {
            return Err(ScalerError::Damaged(
                "it has not one mean and one deviation a feature",
            ));
        }
        if record.mean.iter().any(|mean| !mean.is_finite()) {
            return Err(ScalerError::Damaged("a mean is not finite"));
        }
        let good = |deviation: &f64| deviation.is_finite() && *deviation > 0.0;
        if !record.deviation.iter().all(good) {
            return Err(ScalerError::Damaged("a deviation is not above 0"));
        }
        if record.rows == 0 {
            return Err(ScalerError::Damaged("it was fitted on no row"));
        }
        Ok(Self {
            features: record.features,
            interval: record.interval,
            rows: record.rows,
            mean: record.mean,
            deviation: record.deviation,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_less_than_numbers_are_rounded_does_not_vary() {
        for level in [1.0, -1.0, 1e6, -1e6f64] {
            let of = |part: f64| {
                let values = [level, level * (1.0 + 2.0 * part)];
                moments(|| values.into_iter()).unwrap().1
            };
            for part in [0.0, 5e-16, 4e-15] {
                assert_eq!(of(part).to_bits(), 1f64.to_bits(), "{part} of {level}");
            }
            for part in [2.5e-14, 1e-10] {
                let ratio = of(part) / (part * level.abs());
                assert!((ratio - 1.0).abs() < 0.02, "{part} of {level}: {ratio}");
            }
        }
        assert_eq!(moments(std::iter::empty), None);
    }
}
