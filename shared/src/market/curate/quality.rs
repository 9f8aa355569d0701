//! The quality of bars: how many are there, what is odd about them, and one score.

mod analysis;
mod offenders;
mod scale;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CleanReport, Coverage, Curated, GapReport, GridOrigin};
use crate::base::digest::Digest;
use crate::base::time::Timestamp;
use crate::market::calendar::{OutsideCalendar, Schedule};

pub use analysis::QualityAnalysis;

/// From where on something counts as odd.
///
/// Robust deviation: 1.4826 · median of the absolute returns that are not 0 (the median absolute deviation, about 0, of a
/// normal distribution), for each half hour since the session's open apart, so that a lively open is not held against a quiet
/// noon. Returns over a break (a night, a weekend) are a group of their own. A group of fewer than 50 is judged by all.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QualityRule {
    /// A return is an outlier beyond so many robust deviations of its time of the session.
    pub return_deviations: f64,
    /// A bar is a bad print where its range reaches so many robust deviations beyond the closes before and after it.
    pub print_deviations: f64,
    /// One unchanged price for so many session minutes, and at least three bars, is a stale run.
    pub stale_minutes: u32,
    /// A gap of so many session minutes is an offender.
    pub gap_minutes: u32,
    /// So many worst offenders are listed.
    pub offenders: u32,
}

impl Default for QualityRule {
    fn default() -> Self {
        Self {
            return_deviations: 20.0,
            print_deviations: 150.0,
            stale_minutes: 30,
            gap_minutes: 30,
            offenders: 50,
        }
    }
}

/// What is wrong at some time. Gaps, stale runs and conflicts of the report are counted where they reach their limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OffenderKind {
    /// A session, or several, without any real bar. Value: bars missing.
    MissingSessions,
    /// A long gap inside a session. Value: bars missing.
    Gap,
    /// A price that the closes before and after do not bear out. Value: the ratio to the nearer of them, less 1.
    BadPrint,
    /// A change of price that looks like a split. Value: the ratio.
    PossibleSplit,
    /// A return far outside what is usual at its time. Value: the return.
    OutlierReturn,
    /// An unchanged price for long. Value: bars.
    StaleRun,
    /// A time that came with two different bars. Value: how far the closes differ, as a share.
    Conflict,
    /// A day that the user's own closures close, with bars. Value: how many.
    ClosedDay,
}

/// One of the worst offenders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offender {
    /// When: the bar's start, or where it begins.
    pub at: Timestamp,
    /// What is wrong.
    pub kind: OffenderKind,
    /// How much; its meaning is that of the kind.
    pub value: f64,
    /// How many times over its limit it is: what offenders are sorted by.
    pub severity: f64,
    /// Why, in words, with the numbers.
    pub why: String,
}

/// The quality of bars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualityReport {
    /// The digest of the bars looked at, where they were at hand as a whole.
    pub digest: Option<Digest>,
    /// Bars looked at.
    pub rows: u64,
    /// The start of the first bar.
    pub first: Option<Timestamp>,
    /// The start of the last bar.
    pub last: Option<Timestamp>,
    /// Share of expected bars that are real, unique (their time came once) and consistent (valid, where a bar of the interval
    /// begins, and no bad print), 0 to 1; absent where nothing is expected. Bars on days that the user's own closures close are
    /// taken off: a closure makes no data set better than its bars.
    pub score: Option<f64>,
    /// What is missing.
    pub gaps: GapReport,
    /// What cleaning found, where the rows before cleaning are known.
    pub cleaning: Option<CleanReport>,
    /// Expected bars whose time came more than once.
    pub duplicated: u64,
    /// Real bars on days that the user's own closures close.
    #[serde(default, skip_serializing_if = "is_none")]
    pub on_closed_days: u64,
    /// Real bars whose high is their low.
    pub zero_range: u64,
    /// Real bars without volume.
    pub zero_volume: u64,
    /// Returns from bar to bar that are outliers.
    pub outlier_returns: u64,
    /// Bars with a price that their neighbours do not bear out.
    pub bad_prints: u64,
    /// Runs of an unchanged price.
    pub stale_runs: u64,
    /// Bars in them.
    pub stale_bars: u64,
    /// Share of all bars that are synthetic.
    pub synthetic_share: f64,
    /// How many offenders there are of each kind.
    pub offenders_by_kind: BTreeMap<OffenderKind, u64>,
    /// The worst, worst first.
    pub worst: Vec<Offender>,
    /// The rule that was applied.
    pub rule: QualityRule,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

/// What cleaning found, for a quality report.
#[derive(Debug, Clone, Copy)]
pub struct Cleaning<'a> {
    /// What was done.
    pub report: &'a CleanReport,
    /// The times that came more than once, sorted.
    pub duplicated: &'a [Timestamp],
}

/// Judges bars in one pass. Returns are of adjusted prices; synthetic bars only count as such.
///
/// For bars that are too many to be held at once see [`QualityAnalysis`].
///
/// # Errors
/// [`OutsideCalendar`] where the calendar does not reach.
pub fn quality(
    bars: &Curated,
    schedule: &Schedule,
    rule: QualityRule,
    cleaning: Option<Cleaning<'_>>,
) -> Result<(QualityReport, Coverage), OutsideCalendar> {
    let align = GridOrigin::of(bars, schedule)?;
    let mut analysis = QualityAnalysis::new(schedule, bars.interval(), align, bars.actions(), rule);
    let duplicated = cleaning.map_or(&[][..], |cleaning| cleaning.duplicated);
    analysis.push(bars, duplicated)?;
    let (mut report, coverage) = analysis.finish(cleaning.map(|cleaning| cleaning.report))?;
    report.digest = bars.digest().ok();
    Ok((report, coverage))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::BarInterval;
    use crate::market::bars::{BarColumns, BarSeries};
    use crate::market::calendar::Calendar;

    #[test]
    fn a_closure_on_a_day_with_bars_raises_no_score() {
        let days = ["20", "21", "22", "23", "24", "28", "29", "30", "31"];
        let sessions = days.map(|day| {
            let day = format!("2024-05-{day}").parse().unwrap();
            Calendar::Nyse.session(day).unwrap().unwrap()
        });
        let closures = "2024-05-29,closed,not so";
        let schedule = Schedule::read(Calendar::Nyse, closures).unwrap();
        for (interval, a_day) in [(BarInterval::minutes(30), 13), (BarInterval::Day, 1)] {
            let mut columns = BarColumns::default();
            for session in sessions {
                for place in 0..a_day {
                    let start = match interval {
                        BarInterval::Day => session.day.midnight_utc(),
                        _ => session.open.plus_seconds(1_800 * place),
                    };
                    columns.push(start, [10.0, 11.0, 9.0, 10.0], 1.0);
                }
            }
            let bars = Curated::plain(BarSeries::new(interval, columns).unwrap());
            let judged = |schedule: &Schedule| {
                quality(&bars, schedule, QualityRule::default(), None)
                    .unwrap()
                    .0
            };
            let plain = judged(&Schedule::from(Calendar::Nyse));
            assert_eq!((plain.score, plain.on_closed_days), (Some(1.0), 0));
            let closed = judged(&schedule);
            assert_eq!(closed.on_closed_days, a_day as u64);
            assert_eq!(closed.score, Some(7.0 / 8.0), "{interval}");
            assert_eq!(
                closed.offenders_by_kind.get(&OffenderKind::ClosedDay),
                Some(&1)
            );
            let worst = &closed.worst[0];
            assert_eq!(
                (worst.kind, worst.value),
                (OffenderKind::ClosedDay, a_day as f64)
            );
            assert_eq!(worst.at.utc_day().to_string(), "2024-05-29");
            assert!(worst.why.contains("your closures close"), "{}", worst.why);
        }
    }
}
