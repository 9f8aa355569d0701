//! Predictions are data: a stored series, quantised to `f32`, hashed, each row flagged in-sample or not.
//!
//! The numbers of enum variants are part of digests: they never change, and a new variant takes a new one.

use serde::{Deserialize, Serialize};

use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::base::math;
use crate::base::time::Timestamp;

/// Which price of the bar `horizon_bars` ahead is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetField {
    /// The open.
    Open = 0,
    /// The close.
    Close = 1,
}

impl TargetField {
    /// The name in configurations and flags.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Close => "close",
        }
    }
}

/// How a prediction is expressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// As a price.
    Price = 0,
    /// As `r = ln(target / close_t)`; the predicted price is `close_t · e^r`.
    LogReturn = 1,
}

/// What is predicted: a price of the bar `horizon_bars` after the deciding bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Open or close.
    pub field: TargetField,
    /// Price or log return.
    pub kind: TargetKind,
    /// Bars ahead, at least 1; real bars, across sessions.
    pub horizon_bars: u32,
}

impl Target {
    /// Feeds the target.
    pub fn feed(&self, hasher: &mut Hasher) {
        hasher.code(self.field as u8);
        hasher.code(self.kind as u8);
        hasher.u64(u64::from(self.horizon_bars));
    }

    /// The predicted price of a stored value, given the close of the deciding bar.
    pub fn price(&self, value: f32, close: f64) -> f64 {
        match self.kind {
            TargetKind::Price => f64::from(value),
            TargetKind::LogReturn => close * math::exp(f64::from(value)),
        }
    }
}

/// One row of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PredictionRow {
    /// The start of the deciding bar.
    pub for_bar: Timestamp,
    /// The value, in the target's kind.
    pub value: f32,
    /// Whether the row was used for fitting, early stopping or correction.
    pub in_sample: bool,
    /// How sure its maker is of the direction, from 0 to 1; `None` where it does not say.
    pub confidence: Option<f32>,
}

/// A prediction as the engine meets it, at the close of its bar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The predicted price.
    pub price: f64,
    /// The standard deviation of past errors, in price units; `None` below 30 known errors.
    pub sigma_err: Option<f64>,
    /// How sure its maker is of the direction, from 0 to 1; `None` where it does not say.
    pub confidence: Option<f64>,
}

/// Why a series of predictions is refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BadPredictions {
    /// A value is NaN or infinite.
    #[error(
        "the prediction for {0} is not a finite number: leave the row out, or mend it where it was made"
    )]
    NotFinite(Timestamp),
    /// A log return is so large that the price it predicts is none.
    #[error(
        "the prediction for {for_bar} is a log return of {value}, which makes no price: a shorter horizon or mended bars give a sensible one"
    )]
    NoPrice {
        /// The deciding bar.
        for_bar: Timestamp,
        /// The value.
        value: f32,
    },
    /// A predicted price is zero or negative.
    #[error("the prediction for {for_bar} is a price of {value}, but prices must be above 0")]
    NotPositive {
        /// The deciding bar.
        for_bar: Timestamp,
        /// The value.
        value: f32,
    },
    /// A confidence is no probability.
    #[error(
        "the prediction for {for_bar} has a confidence of {value}, but must have one from 0 to 1"
    )]
    Confidence {
        /// The deciding bar.
        for_bar: Timestamp,
        /// The value.
        value: f32,
    },
    /// Rows do not strictly increase in time.
    #[error(
        "the prediction for {0} does not come after the one before it: rows must be sorted and each bar may appear once"
    )]
    Order(Timestamp),
    /// The horizon is zero.
    #[error("a horizon of 0 bars predicts nothing: horizon_bars must be at least 1")]
    Horizon,
}

/// Predictions for the bars of one series, sorted by deciding bar.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictionSeries {
    target: Target,
    rows: Vec<PredictionRow>,
}

impl PredictionSeries {
    /// Checks the rows and makes a series of them.
    ///
    /// # Errors
    /// [`BadPredictions`] naming the first row that is wrong.
    pub fn new(target: Target, rows: Vec<PredictionRow>) -> Result<Self, BadPredictions> {
        if target.horizon_bars == 0 {
            return Err(BadPredictions::Horizon);
        }
        rows.iter().try_for_each(|row| check(target.kind, row))?;
        let unsorted = rows
            .iter()
            .zip(rows.iter().skip(1))
            .find(|(row, next)| next.for_bar <= row.for_bar);
        if let Some((_, next)) = unsorted {
            return Err(BadPredictions::Order(next.for_bar));
        }
        Ok(Self { target, rows })
    }

    /// What is predicted.
    pub fn target(&self) -> Target {
        self.target
    }

    /// The rows, sorted by deciding bar.
    pub fn rows(&self) -> &[PredictionRow] {
        &self.rows
    }

    /// The content hash: target and rows.
    ///
    /// # Errors
    /// [`NotFinite`] never occurs for a series that was constructed.
    pub fn digest(&self) -> Result<Digest, NotFinite> {
        let mut hasher = Hasher::new("atrium/predictions/2");
        self.target.feed(&mut hasher);
        hasher.i64_column(self.rows.iter().map(|row| row.for_bar.0));
        let values: Vec<f64> = self.rows.iter().map(|row| f64::from(row.value)).collect();
        hasher.f64_column(&values);
        for row in &self.rows {
            hasher.code(u8::from(row.in_sample));
            hasher.code(u8::from(row.confidence.is_some()));
            if let Some(confidence) = row.confidence {
                hasher.f64(f64::from(confidence));
            }
        }
        hasher.finish()
    }
}

/// Checks a row by itself.
fn check(kind: TargetKind, row: &PredictionRow) -> Result<(), BadPredictions> {
    let PredictionRow { for_bar, value, .. } = *row;
    if !value.is_finite() {
        return Err(BadPredictions::NotFinite(for_bar));
    }
    if kind == TargetKind::Price && value <= 0.0 {
        return Err(BadPredictions::NotPositive { for_bar, value });
    }
    match row.confidence {
        Some(value) if !(0.0..=1.0).contains(&value) => {
            Err(BadPredictions::Confidence { for_bar, value })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(minute: i64, value: f32) -> PredictionRow {
        PredictionRow {
            for_bar: Timestamp::from_seconds(minute * 60),
            value,
            in_sample: false,
            confidence: None,
        }
    }

    fn target(kind: TargetKind) -> Target {
        Target {
            field: TargetField::Close,
            kind,
            horizon_bars: 2,
        }
    }

    #[test]
    fn a_row_that_makes_no_sense_is_named() {
        let series = |kind, rows: &[PredictionRow]| {
            let made = PredictionSeries::new(target(kind), rows.to_vec());
            made.map(|_| ()).map_err(|bad| bad.to_string())
        };
        assert_eq!(
            series(TargetKind::Price, &[row(1, 5.0), row(2, 5.0)]),
            Ok(())
        );
        assert_eq!(series(TargetKind::LogReturn, &[row(1, -0.1)]), Ok(()));
        for (kind, rows, words) in [
            (
                TargetKind::LogReturn,
                vec![row(1, f32::NAN)],
                "00:01:00Z is not a finite",
            ),
            (TargetKind::Price, vec![row(1, 0.0)], "a price of 0"),
            (
                TargetKind::Price,
                vec![row(2, 1.0), row(2, 1.0)],
                "does not come after",
            ),
            (
                TargetKind::Price,
                vec![row(2, 1.0), row(1, 1.0)],
                "does not come after",
            ),
        ] {
            let refused = series(kind, &rows).unwrap_err();
            assert!(refused.contains(words), "{refused}");
        }
        for confidence in [-0.1, 1.1, f32::NAN] {
            let row = PredictionRow {
                confidence: Some(confidence),
                ..row(1, 1.0)
            };
            let refused = series(TargetKind::Price, &[row]).unwrap_err();
            assert!(refused.contains("a confidence of"), "{refused}");
        }
        let blind = Target {
            horizon_bars: 0,
            ..target(TargetKind::Price)
        };
        assert_eq!(
            PredictionSeries::new(blind, Vec::new()),
            Err(BadPredictions::Horizon)
        );
    }

    #[test]
    fn every_field_of_a_row_changes_the_digest() {
        let digest = |kind, row: PredictionRow| {
            let series = PredictionSeries::new(target(kind), vec![row]).unwrap();
            series.digest().unwrap()
        };
        let base = row(1, 0.5);
        let rows = [
            base,
            row(2, 0.5),
            row(1, 0.25),
            PredictionRow {
                in_sample: true,
                ..base
            },
            PredictionRow {
                confidence: Some(0.0),
                ..base
            },
            PredictionRow {
                confidence: Some(0.5),
                ..base
            },
        ];
        let mut digests: Vec<Digest> = rows
            .iter()
            .map(|&row| digest(TargetKind::Price, row))
            .collect();
        digests.push(digest(TargetKind::LogReturn, base));
        let count = digests.len();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }
}
