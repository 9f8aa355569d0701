//! Whether a feature remembers as far back as it says, and no further.

use core::fmt;

use serde::Serialize;

use super::bar::{FeatureBar, feature_bars};
use super::stream::{FeatureStream, StableHistory};
use super::{Feature, FeatureError, FeatureSpec};
use crate::base::time::Timestamp;
use crate::market::actions::Actions;
use crate::market::bars::SessionBars;

/// How far a value from its history alone may be from that of all bars, as a part of the value where that is above 1.
const TOLERANCE: f64 = 1e-6;

/// What was checked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StabilityReport {
    /// How many values were computed from their history alone.
    pub values: u64,
    /// The largest difference from the value of all bars, as a part of the value where that is above 1.
    pub largest_difference: f64,
}

/// A value that another history changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unstable {
    /// Which feature.
    pub feature: String,
    /// The bar's index.
    pub bar: usize,
    /// The bar's start.
    pub start: Timestamp,
    /// Its value from all bars.
    pub of_all: Option<f64>,
    /// Its value from the history that it declares.
    pub of_history: Option<f64>,
    /// That history.
    pub history: StableHistory,
}

impl fmt::Display for Unstable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said =
            |value: Option<f64>| value.map_or("no value".to_owned(), |value| value.to_string());
        let session = if self.history.whole_session {
            " and the whole session"
        } else {
            ""
        };
        write!(
            f,
            "{} is unstable: at bar {} ({}) it is {} from all bars, but {} from the {} bars{session} that it says it needs",
            self.feature,
            self.bar,
            self.start,
            said(self.of_all),
            said(self.of_history),
            self.history.bars
        )
    }
}

/// Computes features anew from the history that each declares, at up to `points` bars, and compares with all bars.
///
/// # Errors
/// [`FeatureError`] where the features cannot be computed; the inner error is the first value that differs by more than 1e-6
/// (as a part of the value where that is above 1).
pub fn check_stable_history(
    spec: &FeatureSpec,
    bars: &SessionBars,
    actions: &Actions,
    points: usize,
) -> Result<Result<StabilityReport, Unstable>, FeatureError> {
    let seen: Vec<FeatureBar> = feature_bars(bars, actions).collect();
    let whole = spec.columns(bars, actions)?;
    let mut report = StabilityReport {
        values: 0,
        largest_difference: 0.0,
    };
    for (feature, column) in spec.features().iter().zip(&whole) {
        let history = StableHistory::of(feature.history());
        let first = history.bars.saturating_sub(1);
        let step = seen
            .len()
            .saturating_sub(first)
            .div_ceil(points.max(1))
            .max(1);
        for bar in (first..seen.len()).step_by(step) {
            let of_all = column.values.get(bar).copied().flatten();
            let of_history = last_value(feature, &seen, bar, history)?;
            let difference = match (of_all, of_history) {
                (Some(all), Some(part)) => relative(all, part),
                (None, None) => 0.0,
                _ => f64::INFINITY,
            };
            if difference > TOLERANCE {
                return Ok(Err(Unstable {
                    feature: feature.name().to_owned(),
                    bar,
                    start: bars
                        .series()
                        .start()
                        .get(bar)
                        .copied()
                        .unwrap_or(Timestamp::MIN),
                    of_all,
                    of_history,
                    history,
                }));
            }
            report.values += 1;
            if difference > report.largest_difference {
                report.largest_difference = difference;
            }
        }
    }
    Ok(Ok(report))
}

fn relative(of_all: f64, of_history: f64) -> f64 {
    let size = if of_all.abs() > 1.0 {
        of_all.abs()
    } else {
        1.0
    };
    (of_all - of_history).abs() / size
}

/// The value at a bar, computed from its history alone.
fn last_value(
    feature: &Feature,
    bars: &[FeatureBar],
    bar: usize,
    history: StableHistory,
) -> Result<Option<f64>, FeatureError> {
    let mut first = (bar + 1).saturating_sub(history.bars);
    if history.whole_session {
        let session = bars.get(bar).map(|bar| bar.bar.session);
        let same = |at: usize| bars.get(at).map(|bar| bar.bar.session) == session;
        while first > 0 && same(first - 1) {
            first -= 1;
        }
    }
    let mut stream = FeatureStream::new(core::slice::from_ref(feature))?;
    let mut last = None;
    for bar in bars.get(first..=bar).unwrap_or_default() {
        last = stream.update(bar).first().copied().flatten();
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::{BarInterval, Day};
    use crate::market::bars::{BarColumns, BarSeries};
    use crate::market::calendar::Calendar;

    /// Bars of one price, but for one bar which lies `above` it just before the history of the last one begins.
    fn remembered(level: f64, above: f64, history: usize) -> SessionBars {
        let mut columns = BarColumns::default();
        for index in 0..=history {
            let start = Day(20_000).midnight_utc().plus_seconds(60 * index as i64);
            let price = if index == 0 { level + above } else { level };
            columns.push(start, [price; 4], 1.0);
        }
        let series = BarSeries::new(BarInterval::minutes(1), columns).unwrap();
        SessionBars::new(series, Calendar::Crypto).unwrap()
    }

    #[test]
    fn a_millionth_is_the_most_that_a_forgotten_bar_may_change() {
        let spec = FeatureSpec::parse("ema_5").unwrap();
        let history = spec.stable_history().bars;
        for level in [0.5, 100.0] {
            let check = |above: f64| {
                let bars = remembered(level, above, history);
                check_stable_history(&spec, &bars, &Actions::default(), usize::MAX).unwrap()
            };
            // the average is linear in what it remembers: a small bar tells by how much a larger one counts
            let small = check(level * 1e-3).unwrap().largest_difference;
            assert!(small > 0.0 && small < 1e-7, "{small}");
            let counts = |difference: f64| level * 1e-3 * difference / small;
            let most = check(counts(0.95e-6)).unwrap().largest_difference;
            assert!((most / 0.95e-6 - 1.0).abs() < 0.02, "{level}: {most}");
            let unstable = check(counts(1.05e-6)).unwrap_err();
            assert_eq!((unstable.bar, unstable.history.bars), (history, history));
        }
    }

    #[test]
    fn differences_are_parts_of_values_above_one() {
        for (of_all, of_history, expected) in [
            (0.25, 0.5, 0.25),
            (1.0, 1.5, 0.5),
            (2.0, 2.5, 0.25),
            (-4.0, -3.0, 0.25),
        ] {
            assert_eq!(
                relative(of_all, of_history).to_bits(),
                f64::to_bits(expected)
            );
        }
    }
}
