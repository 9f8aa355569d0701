//! The worst offenders, each with its time, its value and why, in words.

use super::analysis::Stale;
use super::scale::Move;
use super::{CleanReport, GapReport, Offender, OffenderKind, QualityRule};
use crate::market::curate::GapKind;

/// Prices that jump by one of these, or fall to one part of it, look like a split.
const SPLIT_RATIOS: [f64; 17] = [
    1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 50.0, 100.0,
];
/// Within this share of it: what a stock moves over a night.
const SPLIT_TOLERANCE: f64 = 0.02;
/// Closes of one time that differ by this share are at the limit.
const CONFLICT_LIMIT: f64 = 0.001;

/// Gathers offenders.
pub(super) struct Offenders<'a> {
    rule: &'a QualityRule,
    found: Vec<Offender>,
}

impl<'a> Offenders<'a> {
    pub(super) fn new(rule: &'a QualityRule) -> Self {
        Self {
            rule,
            found: Vec::new(),
        }
    }

    /// Takes moves beyond their limit and says how many of them look like splits.
    pub(super) fn returns(&mut self, moves: &[(Move, f64)]) -> u64 {
        let mut splits = 0;
        for (moved, limit) in moves {
            let Move {
                at,
                size,
                reference,
                price,
                over_break,
                ..
            } = *moved;
            let change = price / reference - 1.0;
            let said = format!(
                "{} by {:.2} % from {} to {}",
                if change < 0.0 { "fell" } else { "rose" },
                100.0 * change.abs(),
                digits(reference),
                digits(price),
            );
            let split = SPLIT_RATIOS
                .iter()
                .find(|ratio| over_break && ((1.0 + size) / **ratio - 1.0).abs() < SPLIT_TOLERANCE);
            let (kind, value, why) = match split {
                Some(&ratio) => {
                    splits += 1;
                    let (kind, value) = if change < 0.0 {
                        (format!("a split {ratio}:1"), ratio)
                    } else {
                        (format!("a reverse split 1:{ratio}"), 1.0 / ratio)
                    };
                    let why = format!(
                        "{said}: looks like {kind} that the data set has no corporate action for"
                    );
                    (OffenderKind::PossibleSplit, value, why)
                }
                None => {
                    let why = format!(
                        "{said}; from {:.2} % on it is an outlier here",
                        100.0 * limit
                    );
                    (OffenderKind::OutlierReturn, change, why)
                }
            };
            self.found.push(Offender {
                at,
                kind,
                value,
                severity: size / limit,
                why,
            });
        }
        splits
    }

    pub(super) fn prints(&mut self, moves: &[(Move, f64)]) {
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
        let found = stale.longest.iter().map(|&(bars, from, price)| Offender {
            at: from,
            kind: OffenderKind::StaleRun,
            value: bars as f64,
            severity: bars as f64 / stale.limit as f64,
            why: format!("{bars} bars in a row at {}, unchanged", digits(price)),
        });
        self.found.extend(found);
    }

    /// Takes missing sessions and long gaps, and says how many of each there are.
    pub(super) fn gaps(&mut self, gaps: &GapReport) -> (u64, u64) {
        let limit = u64::from(self.rule.gap_minutes.max(1)) * 60;
        let (mut missing, mut long) = (0, 0);
        for gap in &gaps.gaps {
            let whole = gap.kind == GapKind::MissingSessions;
            if !whole && gap.seconds < limit {
                continue;
            }
            *(if whole { &mut missing } else { &mut long }) += 1;
            let bars = plural(gap.bars, "bar");
            let place = match gap.kind {
                GapKind::MissingSessions => {
                    format!(
                        "{} missing, {bars}",
                        plural(u64::from(gap.sessions), "session")
                    )
                }
                GapKind::Inside => format!("{bars} missing up to {}", gap.to),
                GapKind::LateOpen => format!("{bars} missing from the open to {}", gap.to),
                GapKind::EarlyEnd => format!("{bars} missing up to the close at {}", gap.to),
            };
            self.found.push(Offender {
                at: gap.from,
                kind: if whole {
                    OffenderKind::MissingSessions
                } else {
                    OffenderKind::Gap
                },
                value: gap.bars as f64,
                severity: gap.seconds as f64 / limit as f64,
                why: place,
            });
        }
        (missing, long)
    }

    pub(super) fn conflicts(&mut self, cleaning: Option<&CleanReport>) {
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

    /// The worst, worst first.
    pub(super) fn worst(mut self) -> Vec<Offender> {
        self.found.sort_by(|one, other| {
            let order = other.severity.total_cmp(&one.severity);
            order
                .then(one.at.cmp(&other.at))
                .then(one.kind.cmp(&other.kind))
        });
        self.found.truncate(self.rule.offenders as usize);
        self.found
    }
}

fn plural(count: u64, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// A price with at most six decimals, none of them a trailing 0.
fn digits(price: f64) -> String {
    let text = format!("{price:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
