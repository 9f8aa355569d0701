//! Which date a daily bar is of.
//!
//! A daily bar is known by the date of its session. A row names it in one of three ways: as a date; as a midnight of the clock it
//! is written by, with or without an offset; or as a point in time. Of a point in time the date depends on whose midnight it
//! is: 23:00 UTC is midnight in Berlin, hence the next day's date, and the evening of the same day in New York. So one zone is
//! chosen for all rows, by the dates it puts them on.

use std::collections::{BTreeMap, BTreeSet};

use super::clock::{Local, WallClock};
use super::evidence::{Evidence, Minutes};
use super::hours::candidates;
use super::{Certainty, Choice, Labels, Stretch, Zone};
use crate::base::time::{Day, Timestamp};
use crate::market::calendar::Calendar;
use crate::market::succession::trade_date;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440 * MINUTE;

/// The dates of points in time by the clock of a zone.
#[derive(Debug, Clone)]
pub(super) struct Dating {
    clock: WallClock,
    calendar: Calendar,
}

impl Dating {
    pub(super) fn new(clock: WallClock, calendar: Calendar) -> Self {
        Self { clock, calendar }
    }

    /// The midnight, as microseconds since 1970 of a clock that shows UTC, of the date of the bar that a point in time labels.
    ///
    /// A midnight of the clock begins the bar of the date it shows, or ends that of the day before. At any other time it is the
    /// trade date of the calendar.
    pub(super) fn date(&self, at: i64, labels: Labels) -> i64 {
        let shown = self.clock.shows(at);
        if shown.rem_euclid(DAY) == 0 {
            return midnight(shown, labels);
        }
        let within = match labels {
            Labels::Start => at,
            Labels::End => at.saturating_sub(1),
        };
        trade_date(self.calendar, Timestamp(within))
            .midnight_utc()
            .0
    }
}

/// The date that a midnight labels.
pub(super) fn midnight(at: i64, labels: Labels) -> i64 {
    match labels {
        Labels::Start => at,
        Labels::End => at.saturating_sub(DAY),
    }
}

/// What the rows of daily bars say of their dates.
#[derive(Debug, Default)]
pub(super) struct Sights {
    /// Midnights of the clock the rows are written by.
    midnights: BTreeSet<i64>,
    /// Points in time.
    instants: BTreeSet<i64>,
    /// Dates with a time of day, without a zone.
    walls: BTreeSet<i64>,
    /// Dates without a time of day.
    dates: BTreeSet<i64>,
}

/// What a zone and a side make of the rows.
#[derive(Debug, Clone, Default)]
struct Dated {
    /// The dates that a session is of.
    sessions: BTreeSet<i64>,
    /// How many points in time are midnights.
    midnights: usize,
}

/// One way to read the rows.
struct Way {
    zone: Zone,
    labels: Labels,
    dated: Dated,
}

/// What was chosen.
pub(super) struct Chosen {
    /// The zone, where the dates depend on one.
    pub(super) zone: Option<Choice<Zone>>,
    pub(super) labels: Choice<Labels>,
    pub(super) warnings: Vec<String>,
}

impl Sights {
    /// Of all rows but those of other intervals.
    pub(super) fn of(evidence: &mut Evidence, foreign: &[Stretch]) -> Self {
        let is_foreign = |at: &i64| {
            let day = at.div_euclid(DAY) as i32;
            foreign.iter().any(|stretch| stretch.days.contains(&day))
        };
        let written = evidence.written.clone();
        let (days, midnights): (BTreeSet<i64>, BTreeSet<i64>) =
            times(evidence.wall.all()).partition(|at| at.rem_euclid(DAY) != 0);
        let instants = times(evidence.instants.all());
        let mut sights = Self {
            instants: instants.filter(|at| !written.contains_key(at)).collect(),
            walls: days,
            ..Self::default()
        };
        // a column has dates or midnights, hardly both
        match evidence.dates * 2 > evidence.midnights {
            true => sights.dates = midnights,
            false => sights.midnights = midnights,
        }
        for set in [
            &mut sights.instants,
            &mut sights.walls,
            &mut sights.dates,
            &mut sights.midnights,
        ] {
            set.retain(|at| !is_foreign(at));
        }
        let written = written
            .into_iter()
            .filter(|(at, _)| !is_foreign(at))
            .map(|(_, wall)| wall);
        sights.midnights.extend(written);
        sights
    }

    /// How many dates there are at most.
    fn len(&self) -> usize {
        self.midnights.len() + self.instants.len() + self.walls.len() + self.dates.len()
    }

    fn by(&self, zone: &Zone, calendar: Calendar, labels: Labels) -> Option<Dated> {
        let (rules, shift) = zone.rules(calendar).ok()?;
        let mut clock = WallClock::new(rules, shift);
        let dating = Dating::new(clock.clone(), calendar);
        let mut days = self.dates.clone();
        days.extend(self.midnights.iter().map(|at| midnight(*at, labels)));
        days.extend(self.instants.iter().map(|at| dating.date(*at, labels)));
        for wall in &self.walls {
            if let Local::One(at) = clock.local(*wall) {
                days.insert(dating.date(at, labels));
            }
        }
        days.retain(|at| has_session(calendar, *at));
        let is_midnight = |at: &&i64| clock.shows(**at).rem_euclid(DAY) == 0;
        Some(Dated {
            sessions: days,
            midnights: self.instants.iter().filter(is_midnight).count(),
        })
    }

    /// Chooses the zone and the side that put the bars on the most sessions; what is given is kept. A zone that is given counts
    /// for times without one, and for points in time if they are its midnights.
    pub(super) fn choose(
        &self,
        calendar: Calendar,
        zone_given: Option<&Zone>,
        labels_given: Option<Labels>,
    ) -> Chosen {
        let is_given = |zone: &Zone| {
            let is_its = || {
                let dated = self.by(zone, calendar, Labels::Start);
                dated.is_some_and(|dated| is_most(dated.midnights, self.instants.len()))
            };
            !self.walls.is_empty() || is_its()
        };
        let given = zone_given.filter(|zone| is_given(zone));
        let zones = match given {
            Some(zone) => vec![zone.clone()],
            None if self.instants.is_empty() && self.walls.is_empty() => vec![Zone::UTC],
            None => {
                let mut all = vec![Zone::UTC];
                all.extend(candidates().into_iter().filter(|zone| *zone != Zone::UTC));
                all
            }
        };
        let sides: &[Labels] = match labels_given {
            Some(Labels::Start) => &[Labels::Start],
            Some(Labels::End) => &[Labels::End],
            None => &[Labels::Start, Labels::End],
        };
        let sides = sides.iter().copied();
        // of equal ones the first wins
        let ways: Vec<Way> = sides
            .flat_map(|labels| zones.iter().map(move |zone| (zone.clone(), labels)))
            .filter_map(|(zone, labels)| {
                let dated = self.by(&zone, calendar, labels)?;
                Some(Way {
                    zone,
                    labels,
                    dated,
                })
            })
            .collect();
        let Some(best) = self.best(&ways, calendar) else {
            return Chosen {
                zone: None,
                labels: labels_given.map_or_else(unknown_side, Choice::given),
                warnings: Vec::new(),
            };
        };
        let zone = (zones.len() > 1 || given.is_some()).then(|| match given {
            Some(zone) => Choice::given(zone.clone()),
            None => self.zone_choice(best, &ways, calendar),
        });
        // all are midnights in UTC, or dates: nothing was chosen
        let is_plain = self.walls.is_empty()
            && best.zone == Zone::UTC
            && best.dated.midnights == self.instants.len();
        Chosen {
            warnings: self.warnings(best, &ways, calendar, labels_given),
            zone: zone.filter(|zone| !is_plain || zone.certainty == Certainty::Given),
            labels: match labels_given {
                Some(labels) => Choice::given(labels),
                None => self.side(best, &ways),
            },
        }
    }

    /// The first way unless another puts clearly more bars on sessions; in a market that never closes, the zone whose midnights
    /// most points in time are.
    fn best<'w>(&self, ways: &'w [Way], calendar: Calendar) -> Option<&'w Way> {
        let first = ways.first()?;
        let key = |way: &Way| {
            let midnights = match calendar {
                Calendar::Crypto if is_most(way.dated.midnights, self.instants.len()) => 1,
                _ => 0,
            };
            (way.dated.sessions.len(), midnights)
        };
        let most = ways.iter().rev().max_by_key(|way| key(way))?;
        let (lead, midnights) = (
            most.dated.sessions.len() - first.dated.sessions.len(),
            key(most).1 > key(first).1,
        );
        let is_clear = lead > 0 && lead * 100 >= self.len();
        Some(if is_clear || midnights { most } else { first })
    }

    fn zone_choice(&self, best: &Way, ways: &[Way], calendar: Calendar) -> Choice<Zone> {
        let (times, all) = (self.instants.len(), self.len());
        let zone = best.zone.clone();
        let midnights = format!(
            "{} of {times} times are midnights by it",
            best.dated.midnights
        );
        let of_days = format!(
            "by it {} of {all} bars are of days with a session",
            best.dated.sessions.len()
        );
        let why = match best.dated.midnights {
            0 => of_days,
            _ => format!("{midnights}, and {of_days}"),
        };
        match self.rival(best, ways, calendar) {
            None => Choice::sure(zone, why),
            Some(other) => Choice::assumed(
                zone,
                format!("{why}; other dates by {} fit as well", other.zone),
            ),
        }
    }

    /// Another zone that fits as well, with other dates.
    fn rival<'w>(&self, best: &Way, ways: &'w [Way], calendar: Calendar) -> Option<&'w Way> {
        // times of trading are those of their session, whose midnights ever they are
        let is_traded = self.instants.iter().all(|at| {
            let at = Timestamp(*at);
            let session = calendar.session(trade_date(calendar, at)).ok().flatten();
            session.is_some_and(|session| session.open <= at && at <= session.close)
        });
        let is_plausible = |way: &Way| match self.walls.is_empty() {
            true => !is_traded && is_most(way.dated.midnights, self.instants.len()),
            false => true,
        };
        let mut same_side = ways.iter().filter(|way| way.labels == best.labels);
        same_side.find(|way| {
            way.dated.sessions.len() >= best.dated.sessions.len()
                && way.dated.sessions != best.dated.sessions
                && is_plausible(way)
        })
    }

    fn side(&self, best: &Way, ways: &[Way]) -> Choice<Labels> {
        let others = ways.iter().filter(|way| way.labels != best.labels);
        let others = others.map(|way| way.dated.sessions.len()).max();
        let (own, others) = (best.dated.sessions.len(), others.unwrap_or(0));
        let why = |side: &str| {
            format!(
                "{own} of {} bars are of days with a session as {side}, {others} otherwise",
                self.len()
            )
        };
        match best.labels {
            Labels::End => Choice::sure(Labels::End, why("ends of bars")),
            Labels::Start if self.len() == self.dates.len() => {
                Choice::sure(Labels::Start, "the times are dates")
            }
            Labels::Start if own > others => Choice::sure(Labels::Start, why("starts of bars")),
            Labels::Start => unknown_side(),
        }
    }

    /// What makes the dates doubtful.
    fn warnings(
        &self,
        best: &Way,
        ways: &[Way],
        calendar: Calendar,
        labels_given: Option<Labels>,
    ) -> Vec<String> {
        let mut warnings = Vec::new();
        let (own, all) = (best.dated.sessions.len(), self.len());
        if let Some(other) = self.rival(best, ways, calendar)
            && !self.instants.is_empty()
        {
            warnings.push(format!(
                "these bars do not tell whether their dates are those of {} or of {}: look at the first dates, and give the time zone if they are wrong",
                best.zone, other.zone
            ));
        }
        let is_clear = |other: usize| other > own && (other - own) * 100 >= all;
        if let Some(side) = labels_given {
            let (side, other) = match side {
                Labels::Start => ("starts", Labels::End),
                Labels::End => ("ends", Labels::Start),
            };
            let others = self.by(&best.zone, calendar, other);
            let others = others.map_or(0, |dated| dated.sessions.len());
            if is_clear(others) {
                warnings.push(format!(
                    "as {side} of bars, as given, {own} of {all} daily bars are of days with a session of the {} calendar, as the other side {others}",
                    calendar.name()
                ));
            }
        }
        for (days, word) in [(-1, "earlier"), (1, "later")] {
            let moved = self.dates.iter().map(|at| at + days * DAY);
            let others = moved.filter(|at| has_session(calendar, *at)).count();
            if !self.dates.is_empty() && is_clear(others) && own * 100 < all * 99 {
                warnings.push(format!(
                    "{own} of {all} dates are of days with a session of the {} calendar, and {others} would be if each were a day {word}: check what the dates of this file stand for",
                    calendar.name()
                ));
            }
        }
        warnings
    }
}

fn unknown_side() -> Choice<Labels> {
    Choice::assumed(
        Labels::Start,
        "the times do not tell; starts are most common",
    )
}

/// Whether some are (nearly) all of so many, and any.
fn is_most(some: usize, all: usize) -> bool {
    some > 0 && some * 100 >= all * 99
}

fn has_session(calendar: Calendar, midnight: i64) -> bool {
    let day = Day(midnight.div_euclid(DAY) as i32);
    calendar.session(day).ok().flatten().is_some()
}

/// The times at which bars are, to the minute.
fn times(days: &BTreeMap<i32, Minutes>) -> impl Iterator<Item = i64> {
    days.iter().flat_map(|(day, minutes)| {
        let has = |minute: &i64| {
            let word = minutes.get((minute / 64) as usize).copied().unwrap_or(0);
            word >> (minute % 64) & 1 == 1
        };
        let day = i64::from(*day) * DAY;
        (0..1_440)
            .filter(has)
            .map(move |minute| day + minute * MINUTE)
    })
}

#[cfg(test)]
mod tests;
