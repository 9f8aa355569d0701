//! Predictions that need no model: the measure every model has to beat. Every row is out-of-sample.

use serde::{Deserialize, Serialize};

use super::indicators::{Atr, Indicator, Sma};
use super::prediction::{
    BadPredictions, PredictionRow, PredictionSeries, Target, TargetField, TargetKind,
};
use crate::base::math;
use crate::market::bars::BarSeries;

/// A baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// `r = h · mean of the last 10 log returns`.
    Drift,
    /// `r = sign(SMA_7 − SMA_21) · 2 · ATR_14 / close`.
    SmaCross,
}

impl Baseline {
    /// Every baseline, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Drift, Self::SmaCross];

    /// The name in configurations and flags.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drift => "drift",
            Self::SmaCross => "sma_cross",
        }
    }

    /// The baseline's log-return predictions for every bar past its warm-up.
    ///
    /// # Errors
    /// [`BadPredictions`] where the horizon is 0 or a value overflows `f32`.
    pub fn predict(
        self,
        bars: &BarSeries,
        field: TargetField,
        horizon_bars: u32,
    ) -> Result<PredictionSeries, BadPredictions> {
        let target = Target {
            field,
            kind: TargetKind::LogReturn,
            horizon_bars,
        };
        let returns = match self {
            Self::Drift => drift(bars, horizon_bars),
            Self::SmaCross => sma_cross(bars),
        };
        let rows = bars
            .start()
            .iter()
            .zip(returns)
            .filter_map(|(&for_bar, r)| {
                r.map(|r| PredictionRow {
                    for_bar,
                    value: r as f32,
                    in_sample: false,
                })
            });
        PredictionSeries::new(target, rows.collect())
    }
}

fn drift(bars: &BarSeries, horizon_bars: u32) -> Vec<Option<f64>> {
    const LOOKBACK: usize = 10;
    let mut average = Sma::new(LOOKBACK).ok();
    let mut previous = None;
    let step = |&close: &f64| {
        let before: f64 = previous.replace(close)?;
        let mean = average.as_mut()?.update(math::ln(close / before))?;
        Some(f64::from(horizon_bars) * mean)
    };
    bars.close().iter().map(step).collect()
}

fn sma_cross(bars: &BarSeries) -> Vec<Option<f64>> {
    let (Ok(mut fast), Ok(mut slow), Ok(mut atr)) = (Sma::new(7), Sma::new(21), Atr::new(14))
    else {
        return vec![None; bars.len()];
    };
    let step = |(_, [_, high, low, close], _): (_, [f64; 4], f64)| {
        // every state machine takes every bar, warm or not
        let (fast, slow, atr) = (
            fast.update(close),
            slow.update(close),
            atr.update([high, low, close]),
        );
        let gap = fast? - slow?;
        let sign = if gap > 0.0 {
            1.0
        } else if gap < 0.0 {
            -1.0
        } else {
            0.0
        };
        Some(sign * 2.0 * atr? / close)
    };
    bars.rows().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::{BarInterval, Timestamp};
    use crate::market::bars::BarColumns;

    fn rising(count: i64, growth: f64) -> BarSeries {
        let mut columns = BarColumns::default();
        for t in 0..count {
            let price = 100.0 * math::exp(growth * t as f64);
            columns.push(
                Timestamp::from_seconds(t * 60),
                [price, price + 1.0, price - 1.0, price],
                1.0,
            );
        }
        BarSeries::new(BarInterval::minutes(1), columns).unwrap()
    }

    #[test]
    fn drift_extends_the_mean_return() {
        let series = Baseline::Drift
            .predict(&rising(30, 0.001), TargetField::Open, 4)
            .unwrap();
        assert_eq!(series.rows().len(), 20);
        assert_eq!(series.rows()[0].for_bar, Timestamp::from_seconds(600));
        assert!((f64::from(series.rows()[0].value) - 0.004).abs() < 1e-9);
    }

    #[test]
    fn sma_cross_points_the_way_of_the_fast_average() {
        let up = Baseline::SmaCross
            .predict(&rising(40, 0.001), TargetField::Open, 4)
            .unwrap();
        assert_eq!(up.rows()[0].for_bar, Timestamp::from_seconds(20 * 60));
        assert!(up.rows().iter().all(|row| row.value > 0.0));
        let down = Baseline::SmaCross
            .predict(&rising(40, -0.001), TargetField::Open, 4)
            .unwrap();
        assert!(down.rows().iter().all(|row| row.value < 0.0));
    }
}
