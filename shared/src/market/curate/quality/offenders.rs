//! The worst offenders, each with its time, its value and why, in words.

use std::collections::BTreeMap;

use super::analysis::Stale;
use super::scale::Move;
use super::{CleanReport, GapReport, Offender, OffenderKind, QualityRule};
use crate::base::digits::brief;
use crate::base::time::BarInterval;
use crate::market::calendar::Session;
use crate::market::curate::{Gap, GapKind};

/// Prices that jump by one of these, or fall to one part of it, look like a split.
const SPLIT_RATIOS: [f64; 17] = [
    1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 50.0, 100.0,
];
/// Within this share of it: what a stock moves over a night.
const SPLIT_TOLERANCE: f64 = 0.02;
/// A larger move over a night is seldom the market's.
const MAYBE_ACTION: f64 = 0.25;
/// Closes of one time that differ by this share are at the limit.
const CONFLICT_LIMIT: f64 = 0.001;

/// Gathers offenders.
pub(super) struct Offenders<'a> {
    rule: &'a QualityRule,
    found: Vec<Offender>,
    counts: BTreeMap<OffenderKind, u64>,
}

impl<'a> Offenders<'a> {
    pub(super) fn new(rule: &'a QualityRule) -> Self {
        Self {
            rule,
            found: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    fn count(&mut self, kind: OffenderKind, count: u64) {
        if count > 0 {
            *self.counts.entry(kind).or_insert(0) += count;
        }
    }

    /// Takes the largest returns beyond their limit, of `count` in all.
    pub(super) fn returns(&mut self, moves: &[(Move, f64)], count: u64) {
        let found: Vec<Offender> = moves
            .iter()
            .map(|(moved, limit)| outlier(moved, *limit))
            .collect();
        let split = |offender: &&Offender| offender.kind == OffenderKind::PossibleSplit;
        let splits = found.iter().filter(split).count() as u64;
        self.count(OffenderKind::PossibleSplit, splits);
        self.count(OffenderKind::OutlierReturn, count.saturating_sub(splits));
        self.found.extend(found);
    }

    /// Takes the largest bad prints, of `count` in all.
    pub(super) fn prints(&mut self, moves: &[(Move, f64)], count: u64) {
        self.count(OffenderKind::BadPrint, count);
        let found = moves.iter().map(|(moved, limit)| Offender {
            at: moved.at,
            kind: OffenderKind::BadPrint,
            value: moved.size,
            severity: moved.size / limit,
            why: format!(
                "the {} {} is {:.2} % {} the closes around it, {} being the nearer",
                if moved.price > moved.reference {
                    "high"
                } else {
                    "low"
                },
                digits(moved.price),
                100.0 * (moved.price / moved.reference - 1.0).abs(),
                if moved.price > moved.reference {
                    "above"
                } else {
                    "below"
                },
                digits(moved.reference),
            ),
        });
        self.found.extend(found);
    }

    pub(super) fn stale(&mut self, stale: &Stale) {
        self.count(OffenderKind::StaleRun, stale.runs);
        let found = stale.longest.iter().map(|&(bars, from, price)| Offender {
            at: from,
            kind: OffenderKind::StaleRun,
            value: bars as f64,
            severity: bars as f64 / stale.limit as f64,
            why: format!("{bars} bars in a row at {}, unchanged", digits(price)),
        });
        self.found.extend(found);
    }

    /// Takes missing sessions and long gaps.
    pub(super) fn gaps(&mut self, gaps: &GapReport) {
        let limit = u64::from(self.rule.gap_minutes.max(1)) * 60;
        for gap in &gaps.gaps {
            let kind = match gap.kind {
                GapKind::MissingSessions => OffenderKind::MissingSessions,
                _ if gap.seconds < limit => continue,
                _ => OffenderKind::Gap,
            };
            self.count(kind, 1);
            self.found.push(Offender {
                at: gap.from,
                kind,
                value: gap.bars as f64,
                severity: gap.seconds as f64 / limit as f64,
                why: gap_words(gap),
            });
        }
    }

    pub(super) fn conflicts(&mut self, cleaning: Option<&CleanReport>) {
        let count = cleaning.map_or(0, |report| report.conflicting_duplicates);
        self.count(OffenderKind::Conflict, count);
        let conflicts = cleaning.map_or(&[][..], |report| &report.conflicts);
        let found = conflicts.iter().map(|conflict| {
            let [.., kept, _] = conflict.kept;
            let [.., dropped, _] = conflict.dropped;
            let value = (kept / dropped - 1.0).abs();
            Offender {
                at: conflict.start,
                kind: OffenderKind::Conflict,
                value,
                severity: value / CONFLICT_LIMIT,
                why: format!(
                    "two bars for this time: closes {} in line {} and {} in line {}; the later counts",
                    digits(dropped),
                    conflict.dropped_line,
                    digits(kept),
                    conflict.kept_line,
                ),
            }
        });
        self.found.extend(found);
    }

    /// Takes days that the user's own closures close, with their bars and the session that the calendar has there.
    pub(super) fn closed_days(&mut self, days: &[(u64, Session)], interval: BarInterval) {
        self.count(OffenderKind::ClosedDay, days.len() as u64);
        let limit = i64::from(self.rule.gap_minutes.max(1)) * 60_000_000;
        let found = days.iter().map(|&(bars, session)| {
            let (at, length) = match interval {
                BarInterval::Day => (
                    session.day.midnight_utc(),
                    session.close.micros_since(session.open),
                ),
                BarInterval::Seconds(seconds) => (session.open, i64::from(seconds) * 1_000_000),
            };
            Offender {
                at,
                kind: OffenderKind::ClosedDay,
                value: bars as f64,
                severity: bars as f64 * length as f64 / limit as f64,
                why: format!(
                    "{} on a day that your closures close: the day was open, or these are bars of another market",
                    plural(bars, "bar")
                ),
            }
        });
        self.found.extend(found);
    }

    /// How many there are of each kind, and the worst, worst first.
    pub(super) fn finish(mut self) -> (BTreeMap<OffenderKind, u64>, Vec<Offender>) {
        self.found.sort_by(|one, other| {
            let order = other.severity.total_cmp(&one.severity);
            order
                .then(one.at.cmp(&other.at))
                .then(one.kind.cmp(&other.kind))
        });
        self.found.truncate(self.rule.offenders as usize);
        (self.counts, self.found)
    }
}

/// A return beyond its limit.
fn outlier(moved: &Move, limit: f64) -> Offender {
    let Move {
        at,
        size,
        reference,
        price,
        over_break,
    } = *moved;
    let change = price / reference - 1.0;
    let said = format!(
        "{} by {:.2} % from {} to {}",
        if change < 0.0 { "fell" } else { "rose" },
        100.0 * change.abs(),
        digits(reference),
        digits(price),
    );
    let near = |ratio: &&f64| ((1.0 + size) / **ratio - 1.0).abs() < SPLIT_TOLERANCE;
    let split = SPLIT_RATIOS.iter().find(near).filter(|_| over_break);
    let (kind, value, why) = match split {
        Some(&ratio) if change < 0.0 => (
            OffenderKind::PossibleSplit,
            ratio,
            format!("{said}: looks like a split {ratio}:1 that the data set has no action for"),
        ),
        Some(&ratio) => (
            OffenderKind::PossibleSplit,
            1.0 / ratio,
            format!(
                "{said}: looks like a reverse split 1:{ratio} that the data set has no action for"
            ),
        ),
        None if over_break && size > MAYBE_ACTION => (
            OffenderKind::OutlierReturn,
            change,
            format!("{said}; a split or dividend would explain it, but the data set has none here"),
        ),
        None => (
            OffenderKind::OutlierReturn,
            change,
            format!(
                "{said}; from {:.2} % on it is an outlier here",
                100.0 * limit
            ),
        ),
    };
    Offender {
        at,
        kind,
        value,
        severity: size / limit,
        why,
    }
}

fn gap_words(gap: &Gap) -> String {
    let bars = plural(gap.bars, "bar");
    match gap.kind {
        GapKind::MissingSessions => {
            format!(
                "{} missing, {bars}",
                plural(u64::from(gap.sessions), "session")
            )
        }
        GapKind::Inside => format!("{bars} missing up to {}", gap.to),
        GapKind::LateOpen => format!("{bars} missing from the open to {}", gap.to),
        GapKind::EarlyEnd => format!("{bars} missing up to the close at {}", gap.to),
    }
}

fn plural(count: u64, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// A price with at most six decimals.
fn digits(price: f64) -> String {
    const PARTS: f64 = 1e6;
    brief((price * PARTS).round() / PARTS)
}
