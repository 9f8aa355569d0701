//! The standard deviation of a prediction's past errors, as far as they were known at each bar.

use std::collections::VecDeque;

use super::prediction::{PredictionRow, Target, TargetField, TargetKind};
use crate::base::math;

/// How many errors the deviation looks back on.
pub const WINDOW: usize = 100;
/// With fewer known errors than this there is no deviation.
pub const LEAST: usize = 30;

/// Streaming standard deviation (ddof 1) of the last 100 out-of-sample errors `e_s = actual_{s+h} − pred_s` with s + h ≤ t.
///
/// For log returns the errors are returns and the result is multiplied by close_t. In price units; `None` with fewer than
/// 30 known errors. Fed bar by bar, with the prediction made at that bar's close.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorSigma {
    target: Target,
    /// Predictions whose outcome is not known yet, oldest first: one slot a bar, the close and the value.
    waiting: VecDeque<(f64, Option<f32>)>,
    errors: VecDeque<f64>,
}

impl ErrorSigma {
    /// No errors known yet.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            waiting: VecDeque::new(),
            errors: VecDeque::with_capacity(WINDOW),
        }
    }

    /// How many errors are known and count, [`WINDOW`] at most.
    pub fn errors_known(&self) -> usize {
        self.errors.len()
    }

    /// Takes a finished bar and the prediction made at its close; the deviation as of that close.
    pub fn update(
        &mut self,
        open: f64,
        close: f64,
        prediction: Option<&PredictionRow>,
    ) -> Option<f64> {
        let actual = match self.target.field {
            TargetField::Open => open,
            TargetField::Close => close,
        };
        let known = if self.waiting.len() == self.target.horizon_bars as usize {
            self.waiting.pop_front()
        } else {
            None
        };
        if let Some((close_then, Some(value))) = known {
            let error = match self.target.kind {
                TargetKind::Price => actual - f64::from(value),
                TargetKind::LogReturn => math::ln(actual / close_then) - f64::from(value),
            };
            if self.errors.len() == WINDOW {
                self.errors.pop_front();
            }
            self.errors.push_back(error);
        }
        let scored = prediction.filter(|row| !row.in_sample).map(|row| row.value);
        self.waiting.push_back((close, scored));
        if self.errors.len() < LEAST {
            return None;
        }
        let deviation = math::std_dev(self.errors.make_contiguous())?;
        Some(match self.target.kind {
            TargetKind::Price => deviation,
            TargetKind::LogReturn => deviation * close,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;

    #[test]
    fn an_error_counts_once_its_outcome_has_closed_and_not_before() {
        let target = Target {
            field: TargetField::Close,
            kind: TargetKind::Price,
            horizon_bars: 3,
        };
        let mut sigma = ErrorSigma::new(target);
        let mut first = None;
        for t in 0..200i64 {
            // the price is 100 + t, and every prediction for t + 3 is off by −1 or +1 in turn
            let price = 100.0 + t as f64;
            let value = price + 3.0 + if t % 2 == 0 { 1.0 } else { -1.0 };
            let row = PredictionRow {
                for_bar: Timestamp(t),
                value: value as f32,
                in_sample: t < 10,
                confidence: None,
            };
            let known = sigma.update(price, price, Some(&row));
            if first.is_none() && known.is_some() {
                first = Some(t);
            }
            if t == 199 {
                assert_eq!(
                    known,
                    math::std_dev(
                        &(0..100)
                            .map(|i| f64::from(i % 2) * 2.0 - 1.0)
                            .collect::<Vec<_>>()
                    )
                );
            }
        }
        // the first ten are in-sample; the thirtieth scored prediction is made at 39 and known at 42
        assert_eq!(first, Some(42));
    }

    #[test]
    fn errors_of_log_returns_are_returns_and_the_deviation_is_a_price() {
        let target = Target {
            field: TargetField::Open,
            kind: TargetKind::LogReturn,
            horizon_bars: 1,
        };
        let mut sigma = ErrorSigma::new(target);
        let mut known = None;
        for t in 0..60i64 {
            // a still price of 50, predicted to move by −1 % or +1 % in turn
            let row = PredictionRow {
                for_bar: Timestamp(t),
                value: if t % 2 == 0 { 0.01 } else { -0.01 },
                in_sample: false,
                confidence: None,
            };
            known = sigma.update(50.0, 50.0, Some(&row));
        }
        let value = f64::from(0.01f32);
        let errors: Vec<f64> = (0..59)
            .map(|t| if t % 2 == 0 { -value } else { value })
            .collect();
        let deviation = math::std_dev(&errors).unwrap();
        assert_eq!(known.map(f64::to_bits), Some((deviation * 50.0).to_bits()));
    }
}
