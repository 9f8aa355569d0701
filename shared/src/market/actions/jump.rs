//! Whether prices jump where they are to be adjusted.
//!
//! One bad print must not decide, so a jump is judged by medians of closes on both sides. Nor may one session: a split that is
//! dated a session early or late jumps by the medians of many sessions too, so the nearest session of each side must jump as
//! well.

use super::{ActionKind, CorporateAction};
use crate::base::math::ln;
use crate::base::time::{Day, Timestamp};

/// So many closes of each side are looked at.
const CLOSES: usize = 9;
/// Closes further apart than this, in microseconds, tell nothing of what happened between them.
const NEAR: i64 = 60 * 86_400_000_000;
/// Smaller splits than this, or their inverse, look like any other move of a price,
const TELLING: f64 = 1.5;
/// and so do smaller dividends than a tenth: few are larger, but amounts that are given for factors are.
const TELLING_OF_DIVIDENDS: f64 = 1.0 / 0.9;
/// Those below a fifth are seen where either the closes beside them or the sessions fall.
const SURELY_TOLD: f64 = 1.25;
/// Of several together, at least this much each, as a logarithm,
const TELLING_TOGETHER: f64 = 0.03;
/// prices tell whether they fell, where they are to fall by this times the square root of their number: days move by less than
/// half of it by chance.
const TELLING_SUM: f64 = 0.1;

/// The closes on one side of a time, the nearest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Side {
    /// Whether all closes count, not only the nearest.
    whole: bool,
    regular: Vec<(Timestamp, Day, f64)>,
    /// Where no bar is of the regular hours.
    any: Vec<(Timestamp, Day, f64)>,
}

impl Side {
    /// Takes the next bar away from the time: its start, its trade date, whether it is of the regular hours, and its close.
    pub fn push(&mut self, start: Timestamp, day: Day, regular: bool, close: f64) {
        if regular {
            self.regular.push((start, day, close));
        } else if self.whole || self.any.len() < CLOSES {
            self.any.push((start, day, close));
        }
    }

    /// One that is not a side but a session, of which all closes count.
    pub fn whole() -> Self {
        Self {
            whole: true,
            ..Self::default()
        }
    }

    /// The median close.
    pub fn median(&self) -> Option<f64> {
        median(self.closes().iter().map(|(.., close)| *close).collect())
    }

    /// Whether no more are needed.
    pub fn is_full(&self) -> bool {
        self.regular.len() >= CLOSES
    }

    fn closes(&self) -> &[(Timestamp, Day, f64)] {
        if self.regular.is_empty() {
            &self.any
        } else {
            &self.regular
        }
    }

    /// The median of all closes, and that of those of the nearest session.
    fn medians(&self) -> Option<(f64, f64)> {
        let closes = self.closes();
        let (_, nearest, _) = closes.first()?;
        let of_session = closes.iter().filter(|(_, day, _)| day == nearest);
        let session = median(of_session.map(|(.., close)| *close).collect())?;
        let all = median(closes.iter().map(|(.., close)| *close).collect())?;
        Some((all, session))
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get(values.len().saturating_sub(1) / 2)?;
    Some((lower + upper) / 2.0)
}

/// How far a ratio is from 1, up or down.
fn away(ratio: f64) -> f64 {
    if ratio < 1.0 { 1.0 / ratio } else { ratio }
}

/// The closes about a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Around {
    /// Those before it.
    pub before: Side,
    /// Those from it on.
    pub after: Side,
}

/// How prices go on over a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jump {
    /// The last start before it.
    pub last: Timestamp,
    /// The first start from it on.
    pub next: Timestamp,
    /// The median close before it.
    pub before: f64,
    /// The median close from it on.
    pub after: f64,
    /// The change of the median close between the nearest sessions.
    sessions: f64,
}

impl Around {
    /// How prices go on; `None` where a side has no bar.
    pub fn jump(&self) -> Option<Jump> {
        let (last, ..) = self.before.closes().first()?;
        let (next, ..) = self.after.closes().first()?;
        let (before, session_before) = self.before.medians()?;
        let (after, session_after) = self.after.medians()?;
        Some(Jump {
            last: *last,
            next: *next,
            before,
            after,
            sessions: session_after / session_before,
        })
    }

    /// How far from a time bars are looked for, in microseconds.
    pub const REACH: i64 = NEAR;
}

impl Jump {
    /// New price an old price.
    pub fn change(&self) -> f64 {
        self.after / self.before
    }

    /// The larger price over the smaller.
    pub fn size(&self) -> f64 {
        away(self.change())
    }

    fn is_near(&self) -> bool {
        self.next.0.saturating_sub(self.last.0) <= NEAR
    }

    /// Whether an action is large enough to be seen in prices.
    pub fn may_tell(action: &CorporateAction) -> bool {
        let least = match action.kind {
            ActionKind::Split { .. } => TELLING,
            ActionKind::Dividend { .. } => TELLING_OF_DIVIDENDS,
        };
        away(action.price_factor()) >= least
    }

    /// Whether an action is a dividend that tells together with others, see [`Falls`].
    pub fn may_tell_together(action: &CorporateAction) -> bool {
        matches!(action.kind, ActionKind::Dividend { .. })
            && ln(away(action.price_factor())) >= TELLING_TOGETHER
    }

    /// Whether prices jump as an action would have it; `None` where that cannot be told: the action is too small, or the bars
    /// are too far apart.
    pub fn is_of(&self, action: &CorporateAction) -> Option<bool> {
        let expected = action.price_factor();
        if !Self::may_tell(action) || !self.is_near() {
            return None;
        }
        let jumps = |change: f64| away(change / expected) <= away(change);
        // a day's move may hide half of a small one from either
        match away(expected) < SURELY_TOLD {
            true => Some(jumps(self.change()) || jumps(self.sessions)),
            false => Some(jumps(self.change()) && jumps(self.sessions)),
        }
    }
}

/// By how much prices fall on the days of several dividends, and by how much they are to, as logarithms.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Falls {
    /// How many dividends.
    pub dividends: u64,
    /// By how much prices are to fall.
    pub expected: f64,
    /// By how much they do.
    pub seen: f64,
}

impl Falls {
    /// Adds a dividend and how prices go on over it, if its bars are not too far apart.
    pub fn add(&mut self, action: &CorporateAction, jump: &Jump) {
        if jump.is_near() {
            self.dividends += 1;
            self.expected -= ln(action.price_factor());
            self.seen -= ln(jump.sessions);
        }
    }

    /// Whether prices fall by less than half of what they are to, where that is more than chance: then the values may be amounts.
    pub fn are_amounts(&self) -> bool {
        let is_told = self.expected >= TELLING_SUM * (self.dividends as f64).sqrt();
        is_told && self.seen < self.expected / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(ratio: f64) -> CorporateAction {
        CorporateAction {
            first_day: Day(10),
            kind: ActionKind::Split { ratio },
        }
    }

    /// Closes a minute apart, `day` sessions away from the time.
    fn around(before: &[(i32, f64)], after: &[(i32, f64)]) -> Around {
        let mut around = Around::default();
        for (index, &(day, close)) in before.iter().enumerate() {
            let start = Timestamp::from_seconds(-60 * (index as i64 + 1));
            around.before.push(start, Day(day), true, close);
        }
        for (index, &(day, close)) in after.iter().enumerate() {
            let start = Timestamp::from_seconds(60 * index as i64);
            around.after.push(start, Day(day), true, close);
        }
        around
    }

    #[test]
    fn dividends_of_a_tenth_are_seen_in_prices() {
        let dividend = |factor: f64| CorporateAction {
            first_day: Day(10),
            kind: ActionKind::Dividend { factor },
        };
        let told = |after: f64, factor: f64| {
            let jump = around(&[(9, 100.0); 9], &[(10, after); 9]).jump().unwrap();
            jump.is_of(&dividend(factor))
        };
        // an amount of 75 cents that was given for a factor
        assert_eq!(told(99.5, 0.75), Some(false));
        assert_eq!(told(76.0, 0.75), Some(true));
        assert_eq!(told(99.5, 0.9), Some(false));
        assert_eq!(told(99.5, 0.91), None);
    }

    #[test]
    fn smaller_dividends_are_seen_together() {
        let falls = |changes: &[(f64, f64)]| {
            let mut falls = Falls::default();
            for &(after, factor) in changes {
                let action = CorporateAction {
                    first_day: Day(10),
                    kind: ActionKind::Dividend { factor },
                };
                let jump = around(&[(9, 100.0); 9], &[(10, after); 9]).jump().unwrap();
                assert!(Jump::may_tell_together(&action), "{factor}");
                falls.add(&action, &jump);
            }
            falls
        };
        // amounts of 95 cents of a share of 180 dollars, and dividends of 5 % on days of other moves
        let amounts = falls(&[(99.5, 0.95), (101.0, 0.95), (98.9, 0.95), (99.7, 0.95)]);
        assert!(amounts.are_amounts(), "{amounts:?}");
        let dividends = falls(&[(96.5, 0.95), (93.0, 0.95), (97.5, 0.95), (94.0, 0.95)]);
        assert!(!dividends.are_amounts(), "{dividends:?}");
        // one alone is within what days move
        assert!(!falls(&[(100.5, 0.95)]).are_amounts());
        let small = CorporateAction {
            first_day: Day(10),
            kind: ActionKind::Dividend { factor: 0.98 },
        };
        assert!(!Jump::may_tell_together(&small));
    }

    #[test]
    fn one_bad_print_does_not_decide() {
        let before = [(9, 645.0); 9];
        let mut after = [(10, 92.0); 9];
        after[0].1 = 645.57;
        let jump = around(&before, &after).jump().unwrap();
        assert_eq!(jump.is_of(&split(7.0)), Some(true));
        assert!((jump.change() - 92.0 / 645.0).abs() < 1e-12);
        // nor one outside the hours, where there are others
        let mut odd = around(&before, &[(10, 92.0); 3]);
        for _ in 0..9 {
            odd.after.push(Timestamp(0), Day(10), false, 645.0);
        }
        assert_eq!(odd.jump().unwrap().is_of(&split(7.0)), Some(true));
        let flat = around(&before, &[(10, 645.0); 9]).jump().unwrap();
        assert_eq!(flat.is_of(&split(7.0)), Some(false));
    }

    #[test]
    fn a_split_that_is_dated_a_session_late_does_not_jump() {
        let sessions = |from: i32, level: f64| -> Vec<(i32, f64)> {
            (0..9).map(|day| (from - day, level)).collect()
        };
        let mut before = sessions(9, 400.0);
        let after: Vec<(i32, f64)> = (10..19).map(|day| (day, 100.0)).collect();
        let right = around(&before, &after).jump().unwrap();
        assert_eq!(right.is_of(&split(4.0)), Some(true));
        before[0].1 = 100.0;
        let late = around(&before, &after).jump().unwrap();
        assert!((late.change() - 0.25).abs() < 1e-12);
        assert_eq!(late.is_of(&split(4.0)), Some(false));
    }

    #[test]
    fn what_cannot_be_told_is_not_said() {
        let near = around(&[(9, 100.0)], &[(10, 100.0)]).jump().unwrap();
        assert_eq!(near.is_of(&split(1.25)), None);
        assert_eq!(near.is_of(&split(0.5)), Some(false));
        let mut far = Around::default();
        far.before.push(Timestamp(-NEAR), Day(0), true, 100.0);
        far.after.push(Timestamp(1), Day(70), true, 100.0);
        assert_eq!(far.jump().unwrap().is_of(&split(4.0)), None);
        assert_eq!(around(&[], &[(10, 1.0)]).jump(), None);
    }
}
