//! The quality of bars: how many are there, what is odd about them, and one score.

mod analysis;
mod offenders;
mod scale;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Alignment, CleanReport, Coverage, Curated, GapReport};
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
    /// begins, and no bad print), 0 to 1; absent where nothing is expected.
    pub score: Option<f64>,
    /// What is missing.
    pub gaps: GapReport,
    /// What cleaning found, where the rows before cleaning are known.
    pub cleaning: Option<CleanReport>,
    /// Expected bars whose time came more than once.
    pub duplicated: u64,
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
    let align = Alignment::of(bars.bars(), schedule)?;
    let mut analysis = QualityAnalysis::new(schedule, bars.interval(), align, bars.actions(), rule);
    let duplicated = cleaning.map_or(&[][..], |cleaning| cleaning.duplicated);
    analysis.push(bars, duplicated)?;
    let (mut report, coverage) = analysis.finish(cleaning.map(|cleaning| cleaning.report))?;
    report.digest = bars.digest().ok();
    Ok((report, coverage))
}
