//! What really happened after each bar: the only code that looks ahead.
//!
//! Labels are what models are fitted to and what the oracle, a reference that no strategy can reach, predicts. Nothing
//! that decides may use them.

use super::prediction::TargetField;
use crate::base::math;
use crate::market::bars::BarSeries;

/// The actual log return of each bar's target, `ln(target of bar t + h / close_t)`; `None` for the last h bars, whose
/// outcome is not recorded.
///
/// `horizon_bars` is h; a horizon of 0 has no meaning and gives no label.
pub fn log_returns(bars: &BarSeries, field: TargetField, horizon_bars: u32) -> Vec<Option<f64>> {
    if horizon_bars == 0 {
        return vec![None; bars.len()];
    }
    let targets = match field {
        TargetField::Open => bars.open(),
        TargetField::Close => bars.close(),
    };
    let actual = targets.iter().skip(horizon_bars as usize).map(Some);
    let actual = actual.chain(core::iter::repeat(None));
    bars.close()
        .iter()
        .zip(actual)
        .map(|(close, target)| Some(math::ln(target? / close)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::{BarInterval, Timestamp};
    use crate::market::bars::BarColumns;

    #[test]
    fn a_label_is_the_return_to_the_target_h_bars_ahead() {
        let mut columns = BarColumns::default();
        for (t, (open, close)) in [(10.0, 11.0), (12.0, 13.0), (14.0, 15.0)]
            .iter()
            .enumerate()
        {
            let start = Timestamp::from_seconds(t as i64 * 60);
            columns.push(start, [*open, 20.0, 5.0, *close], 1.0);
        }
        let bars = BarSeries::new(BarInterval::minutes(1), columns).unwrap();
        let expected = |from: f64, to: f64| Some(math::ln(to / from));
        assert_eq!(
            log_returns(&bars, TargetField::Open, 1),
            [expected(11.0, 12.0), expected(13.0, 14.0), None]
        );
        assert_eq!(
            log_returns(&bars, TargetField::Close, 2),
            [expected(11.0, 15.0), None, None]
        );
        assert_eq!(log_returns(&bars, TargetField::Close, 7), [None; 3]);
        assert_eq!(log_returns(&bars, TargetField::Close, 0), [None; 3]);
    }
}
