//! Corporate actions: splits and dividends, the factors that carry raw prices over them, and finding a change of basis.
//!
//! `adjusted = raw · factor(day)`. The factor is 1 from the last action on; each action multiplies it for every day before
//! its first day. Series and predictions run on adjusted prices, orders, ticks and commissions on raw ones.

mod action_file;
mod beside;
mod factor_file;
mod first_basis;
mod fraction;
mod jump;
mod one_ratio;
mod price_basis;
mod rebase;
mod step;

use core::fmt;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use crate::base::digest::Hasher;
use crate::base::time::{BarInterval, Day, Timestamp};

pub use action_file::parse_actions;
pub use beside::Beside;
pub use factor_file::{BadFactorFile, parse_factor_file};
pub use first_basis::{BasisChange, Scale, scales};
pub use jump::{Around, Falls, Jump, Side};
pub use price_basis::PriceBasis;
pub use rebase::{
    CommonBar, Comparison, Difference, Rebase, factors_at, is_same_bar, is_same_volume,
};
pub use step::Steps;

/// What happened to the shares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Each share became `ratio` shares: 7 for 7:1, 0.1 for a reverse split 1:10.
    Split {
        /// New shares an old share.
        ratio: f64,
    },
    /// A distribution: what prices before it are multiplied by, `1 − amount / last close before it`.
    Dividend {
        /// The factor, seldom below 0.9.
        factor: f64,
    },
}

/// One corporate action.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CorporateAction {
    /// The first session on the new basis (the ex-date).
    pub first_day: Day,
    /// What happened.
    pub kind: ActionKind,
}

impl CorporateAction {
    /// What prices before the first day are multiplied by.
    pub fn price_factor(&self) -> f64 {
        match self.kind {
            ActionKind::Split { ratio } => 1.0 / ratio,
            ActionKind::Dividend { factor } => factor,
        }
    }

    /// What prices before the first day are multiplied by for a split, 1 for a dividend.
    fn split_factor(&self) -> f64 {
        match self.kind {
            ActionKind::Split { ratio } => 1.0 / ratio,
            ActionKind::Dividend { .. } => 1.0,
        }
    }

    /// Splits come before dividends of the same day.
    fn order(&self) -> (Day, u8) {
        let kind = match self.kind {
            ActionKind::Split { .. } => 0,
            ActionKind::Dividend { .. } => 1,
        };
        (self.first_day, kind)
    }
}

impl fmt::Display for CorporateAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ActionKind::Split { ratio } if ratio >= 1.0 => {
                write!(f, "split {ratio}:1 on {}", self.first_day)
            }
            ActionKind::Split { ratio } => {
                write!(f, "reverse split 1:{} on {}", 1.0 / ratio, self.first_day)
            }
            ActionKind::Dividend { factor } => {
                write!(f, "dividend, factor {factor}, on {}", self.first_day)
            }
        }
    }
}

/// Why a corporate action is refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BadAction {
    /// The ratio or factor is no usable number.
    #[error(
        "{first_day}: a split's ratio or a dividend's factor must be a number from 0.000001 to 1000000, not {value}"
    )]
    Factor {
        /// The action's first day.
        first_day: Day,
        /// The value.
        value: f64,
    },
    /// Two actions of the same kind on one day.
    #[error(
        "{0} has two splits, or two dividends: join them into one by multiplying their factors"
    )]
    Twice(Day),
    /// All of them together leave nothing of the first prices, or make them larger than any.
    #[error(
        "all splits and dividends together multiply the first prices by {0:e}: that must be a number from 1e-15 to 1e15"
    )]
    Together(f64),
}

/// The corporate actions of an instrument, in order of their first day; at most one of a kind a day.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<CorporateAction>", into = "Vec<CorporateAction>")]
pub struct Actions {
    actions: Vec<CorporateAction>,
    /// For each action, what days before it are multiplied by: price factor and split factor.
    before: Vec<(f64, f64)>,
}

impl TryFrom<Vec<CorporateAction>> for Actions {
    type Error = BadAction;

    fn try_from(actions: Vec<CorporateAction>) -> Result<Self, BadAction> {
        Self::new(actions)
    }
}

impl From<Actions> for Vec<CorporateAction> {
    fn from(actions: Actions) -> Self {
        actions.actions
    }
}

impl Actions {
    /// Sorts and checks actions given in any order.
    ///
    /// # Errors
    /// [`BadAction`] naming the day.
    pub fn new(mut actions: Vec<CorporateAction>) -> Result<Self, BadAction> {
        for action in &actions {
            let value = match action.kind {
                ActionKind::Split { ratio } => ratio,
                ActionKind::Dividend { factor } => factor,
            };
            if !(1e-6..=1e6).contains(&value) {
                return Err(BadAction::Factor {
                    first_day: action.first_day,
                    value,
                });
            }
        }
        actions.sort_by_key(CorporateAction::order);
        let twice = actions
            .iter()
            .zip(actions.iter().skip(1))
            .find(|(one, next)| one.order() == next.order());
        if let Some((action, _)) = twice {
            return Err(BadAction::Twice(action.first_day));
        }
        Ok(Self::of_checked(actions))
    }

    /// The actions that a choice keeps.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&CorporateAction) -> bool) -> Self {
        let kept = self.actions.iter().filter(|action| keep(action));
        Self::of_checked(kept.copied().collect())
    }

    /// Of checked actions in their order.
    fn of_checked(actions: Vec<CorporateAction>) -> Self {
        let mut before = Vec::with_capacity(actions.len());
        let (mut price, mut split) = (1.0, 1.0);
        for action in actions.iter().rev() {
            price *= action.price_factor();
            split *= action.split_factor();
            before.push((price, split));
        }
        before.reverse();
        Self { actions, before }
    }

    /// The actions, by their first day.
    pub fn list(&self) -> &[CorporateAction] {
        &self.actions
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// `adjusted price = raw price · factor` for a session's day.
    pub fn factor(&self, day: Day) -> f64 {
        self.before(day).0
    }

    /// The part of [`Actions::factor`] that is splits: `adjusted volume = raw volume / split_factor`.
    pub fn split_factor(&self, day: Day) -> f64 {
        self.before(day).1
    }

    fn before(&self, day: Day) -> (f64, f64) {
        let next = self
            .actions
            .partition_point(|action| action.first_day <= day);
        self.before.get(next).copied().unwrap_or((1.0, 1.0))
    }

    /// These actions and `later` ones; where both have one of a kind on a day, the later one counts.
    pub fn joined(&self, later: &Self) -> Self {
        let kept = self.actions.iter().filter(|action| {
            let order = action.order();
            later
                .actions
                .binary_search_by_key(&order, CorporateAction::order)
                .is_err()
        });
        let mut all: Vec<CorporateAction> = kept.chain(&later.actions).copied().collect();
        all.sort_by_key(CorporateAction::order);
        // every action was checked, and no two share a day and a kind
        Self::of_checked(all)
    }

    /// Feeds every action to a digest.
    pub fn feed(&self, hasher: &mut Hasher) {
        hasher.count(self.actions.len());
        for action in &self.actions {
            hasher.i64(i64::from(action.first_day.0));
            let (code, value) = match action.kind {
                ActionKind::Split { ratio } => (0, ratio),
                ActionKind::Dividend { factor } => (1, factor),
            };
            hasher.code(code);
            hasher.f64(value);
        }
    }

    /// The times at which the basis of bars of an interval changes, each with the price factor and split factor that hold until
    /// then, by time. From the last one on both are 1.
    pub fn bases(&self, calendar: Calendar, interval: BarInterval) -> Vec<Basis> {
        let mut bases: Vec<Basis> = Vec::with_capacity(self.actions.len());
        for (action, &(price_factor, split_factor)) in self.actions.iter().zip(&self.before) {
            let day = action.first_day;
            let until = match interval {
                BarInterval::Day => first_daily_start(calendar, day),
                BarInterval::Seconds(_) => first_instant(calendar, day),
            };
            if bases.last().is_none_or(|last| last.until < until) {
                bases.push(Basis {
                    until,
                    price_factor,
                    split_factor,
                });
            }
        }
        bases
    }
}

/// Actions as the lines of a file have them, so that the line of a bad one is known.
#[derive(Debug, Default)]
struct Gathered {
    actions: Vec<CorporateAction>,
    seen: BTreeSet<(Day, u8)>,
}

impl Gathered {
    /// Takes one more.
    fn push(&mut self, action: CorporateAction) -> Result<(), BadAction> {
        Actions::new(vec![action])?;
        if !self.seen.insert(action.order()) {
            return Err(BadAction::Twice(action.first_day));
        }
        self.actions.push(action);
        Ok(())
    }

    fn finish(self) -> Result<Actions, BadAction> {
        let actions = Actions::new(self.actions)?;
        let (first, _) = actions.before.first().copied().unwrap_or((1.0, 1.0));
        match (1e-15..=1e15).contains(&first) {
            true => Ok(actions),
            false => Err(BadAction::Together(first)),
        }
    }
}

/// A stretch of time with one basis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Basis {
    /// The first instant of the next basis.
    pub until: Timestamp,
    /// `adjusted = raw · price_factor` before that.
    pub price_factor: f64,
    /// The part of it that is splits.
    pub split_factor: f64,
}

/// The first instant of a day at the exchange: extended hours before the open are on the day's basis.
fn first_instant(calendar: Calendar, day: Day) -> Timestamp {
    let midnight = day.date().and_then(|date| {
        let zoned = date.to_zoned(calendar.time_zone()).ok()?;
        Some(Timestamp(zoned.timestamp().as_microsecond()))
    });
    midnight.unwrap_or_else(|| day.midnight_utc())
}

/// The earliest start with which a daily bar of a day is stamped: midnight UTC, midnight at the exchange or the open, which may
/// be on the evening before.
fn first_daily_start(calendar: Calendar, day: Day) -> Timestamp {
    let session = calendar.session(day).ok().flatten();
    let open = session.map_or(Timestamp::MAX, |session| session.open);
    first_instant(calendar, day)
        .min(day.midnight_utc())
        .min(open)
}

#[cfg(test)]
mod tests;
