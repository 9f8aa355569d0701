//! Which date a daily bar is of.
//!
//! A daily bar is known by the date of its session. A row names it as a date; as a midnight of the clock it is written by; or as
//! another time, of which the date depends on whose clock counts: 23:00 UTC is midnight in Berlin, hence the next day's date, and
//! the evening of the same day in New York. So a rule is chosen for all rows that are written alike, by the days of the week that
//! it puts them on; holidays do not count, as each exchange has its own. Where these do not tell, the last import does.

mod choosing;
mod usual;

use serde::{Deserialize, Serialize};

use super::clock::WallClock;
use super::{Labels, Zone};
use crate::base::time::Timestamp;
use crate::market::calendar::Calendar;
use crate::market::succession::trade_date;

pub(super) use choosing::{Chosen, Sights, Wanted};
pub use usual::DailyTimes;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440 * MINUTE;

/// Whose date a time is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Rule {
    /// That of the clock it is written by.
    Written,
    /// A midnight of a zone begins the date that its clock shows; any other time is of the calendar's trade date.
    Midnights(Zone),
    /// The date that the clock of a zone shows.
    Shown(Zone),
}

/// The rules of the times of a file, by how they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rules {
    /// With an offset or a zone.
    zoned: Rule,
    /// Without a zone.
    walls: Rule,
    /// Points in time.
    instants: Rule,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            zoned: Rule::Written,
            walls: Rule::Written,
            instants: Rule::Midnights(Zone::UTC),
        }
    }
}

impl Rules {
    /// Whether times without a zone are of the dates that are written.
    pub(super) fn walls_are_written(&self) -> bool {
        self.walls == Rule::Written
    }
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Zoned,
    Wall,
    Utc,
}

/// A time of a daily bar: the point in time, and what the clock showed that it is written by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Stamp {
    at: i64,
    wall: i64,
}

impl Stamp {
    /// Of a time whose clock does not matter.
    fn of_wall(at: &i64) -> Self {
        Self { at: *at, wall: *at }
    }
}

/// Gives times their dates.
#[derive(Debug, Clone)]
pub(super) struct Dating {
    calendar: Calendar,
    labels: Labels,
    zoned: Teller,
    walls: Teller,
    instants: Teller,
}

/// A rule with the clock that it reads.
#[derive(Debug, Clone)]
enum Teller {
    Written,
    Midnights(WallClock),
    Shown(WallClock),
}

impl Dating {
    /// `None` where a rule names a zone that is none.
    pub(super) fn new(rules: &Rules, calendar: Calendar, labels: Labels) -> Option<Self> {
        let teller = |rule| Teller::new(rule, calendar);
        Some(Self {
            calendar,
            labels,
            zoned: teller(&rules.zoned)?,
            walls: teller(&rules.walls)?,
            instants: teller(&rules.instants)?,
        })
    }

    /// The midnight, as microseconds since 1970 of a clock that shows UTC, of the date of the bar that a time labels.
    pub(super) fn date(&self, form: Form, at: i64, wall: i64) -> i64 {
        let teller = match form {
            Form::Zoned => &self.zoned,
            Form::Wall => &self.walls,
            Form::Utc => &self.instants,
        };
        teller.date(Stamp { at, wall }, self.calendar, self.labels)
    }
}

impl Teller {
    fn new(rule: &Rule, calendar: Calendar) -> Option<Self> {
        let clock = |zone: &Zone| {
            let (rules, shift) = zone.rules(calendar).ok()?;
            Some(WallClock::new(rules, shift))
        };
        Some(match rule {
            Rule::Written => Self::Written,
            Rule::Midnights(zone) => Self::Midnights(clock(zone)?),
            Rule::Shown(zone) => Self::Shown(clock(zone)?),
        })
    }

    fn date(&self, stamp: Stamp, calendar: Calendar, labels: Labels) -> i64 {
        // what ends at a midnight is of the day before
        let before = i64::from(labels == Labels::End);
        let midnight = |shown: i64| (shown - before).div_euclid(DAY) * DAY;
        match self {
            Self::Written => midnight(stamp.wall),
            Self::Shown(clock) => midnight(clock.shows(stamp.at)),
            Self::Midnights(clock) => {
                let shown = clock.shows(stamp.at);
                match shown.rem_euclid(DAY) {
                    0 => midnight(shown),
                    _ => {
                        trade_date(calendar, Timestamp(stamp.at - before))
                            .midnight_utc()
                            .0
                    }
                }
            }
        }
    }
}

/// The date that a midnight labels.
pub(super) fn midnight(at: i64, labels: Labels) -> i64 {
    match labels {
        Labels::Start => at,
        Labels::End => at.saturating_sub(DAY),
    }
}

#[cfg(test)]
mod tests;
