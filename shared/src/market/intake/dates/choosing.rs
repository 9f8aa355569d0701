//! Choosing the rules for the dates of a file, by the days of the week that they put its bars on.

use std::collections::{BTreeMap, BTreeSet};

use super::usual::{Clocks, DailyTimes, minutes};
use super::{DAY, MINUTE, Rule, Rules, Stamp, Teller, midnight};
use crate::base::time::{Day, Timestamp};
use crate::market::calendar::Calendar;
use crate::market::intake::clock::{Local, WallClock};
use crate::market::intake::evidence::{Evidence, Minutes};
use crate::market::intake::hours::candidates;
use crate::market::intake::scout::HABIT;
use crate::market::intake::{Certainty, Choice, Habit, Labels, Stretch, Zone};
use crate::market::succession::trade_date;

/// So many bars, and so many of them on other days of the week, leave no doubt.
const ENOUGH: usize = 5;
const LEAD: usize = 2;

/// What the rows of daily bars say of their dates.
#[derive(Debug, Default)]
pub(in crate::market::intake) struct Sights {
    /// Dates without a time of day.
    dates: BTreeSet<i64>,
    /// Midnights of the clock the rows are written by.
    midnights: BTreeSet<i64>,
    /// Other times with an offset or a zone, by what they show.
    zoned_walls: BTreeSet<i64>,
    zoned: BTreeSet<i64>,
    /// Other times without a zone.
    walls: BTreeSet<i64>,
    /// Points in time.
    instants: BTreeSet<i64>,
    /// The times of day of all of them but dates.
    clocks: Clocks,
}

/// What was chosen.
pub(in crate::market::intake) struct Chosen {
    /// The zone, where the dates depend on one.
    pub(in crate::market::intake) zone: Option<Choice<Zone>>,
    pub(in crate::market::intake) labels: Choice<Labels>,
    pub(in crate::market::intake) rules: Rules,
    /// To be known at the next import.
    pub(in crate::market::intake) daily: DailyTimes,
    pub(in crate::market::intake) warnings: Vec<String>,
}

/// What is fixed, and what was chosen for imports of times in the same forms, the last one first.
#[derive(Debug, Clone)]
pub(in crate::market::intake) struct Wanted<'a> {
    pub(in crate::market::intake) zone: Option<&'a Zone>,
    pub(in crate::market::intake) labels: Option<Labels>,
    pub(in crate::market::intake) habits: Vec<&'a Habit>,
}

/// A rule for one form, and how it does.
#[derive(Debug, Clone)]
struct Told {
    rule: Rule,
    /// The zone that it is said by.
    zone: Option<Choice<Zone>>,
    days: BTreeSet<i64>,
    warning: Option<String>,
}

/// All forms, by one side.
struct Side {
    zoned: Told,
    walls: Told,
    instants: Told,
    /// The dates on which a bar can be.
    days: BTreeSet<i64>,
}

impl Sights {
    /// Of all rows but those of other intervals.
    pub(in crate::market::intake) fn of(evidence: &mut Evidence, foreign: &[Stretch]) -> Self {
        let kept = |at: &i64| {
            let day = at.div_euclid(DAY) as i32;
            !foreign.iter().any(|stretch| stretch.days.contains(&day))
        };
        let all =
            |days: &BTreeMap<i32, Minutes>| -> BTreeSet<i64> { times(days).filter(kept).collect() };
        let is_midnight = |at: &i64| at.rem_euclid(DAY) == 0;
        let (mut midnights, walls): (BTreeSet<i64>, BTreeSet<i64>) =
            all(evidence.wall.all()).into_iter().partition(is_midnight);
        // a column has dates or midnights, hardly both
        let dates = match evidence.dates * 2 > evidence.midnights {
            true => core::mem::take(&mut midnights),
            false => BTreeSet::new(),
        };
        let mut instants = all(evidence.instants.all());
        let mut zoned = BTreeSet::new();
        let mut zoned_walls = BTreeSet::new();
        let mut clocks = Clocks {
            walls: minutes(walls.iter().chain(&midnights)),
            ..Clocks::default()
        };
        for (at, wall) in &evidence.zoned {
            // to the minute, as the others are
            instants.remove(&(at.div_euclid(MINUTE) * MINUTE));
            if !kept(at) {
                continue;
            }
            clocks.zoned.extend(minutes([at]));
            clocks.shown.extend(minutes([wall]));
            if is_midnight(wall) {
                midnights.insert(*wall);
            } else {
                zoned.insert(*at);
                zoned_walls.insert(*wall);
            }
        }
        clocks.instants = minutes(&instants);
        Self {
            dates,
            midnights,
            zoned_walls,
            zoned,
            walls,
            instants,
            clocks,
        }
    }

    fn len(&self) -> usize {
        self.dates.len()
            + self.midnights.len()
            + self.zoned.len()
            + self.walls.len()
            + self.instants.len()
    }

    /// Chooses the rules and the side; what is given is kept.
    pub(in crate::market::intake) fn choose(
        &self,
        calendar: Calendar,
        wanted: Wanted<'_>,
    ) -> Chosen {
        let side = |labels| self.side(calendar, labels, &wanted);
        let start = side(Labels::Start);
        let end = side(Labels::End);
        let all = self.len();
        let lead = end.days.len().saturating_sub(start.days.len());
        let tells = all >= ENOUGH && lead >= LEAD && lead * 100 >= all;
        let labels = match wanted.labels {
            Some(labels) => Choice::given(labels),
            None if all == self.dates.len() => Choice::sure(Labels::Start, "the times are dates"),
            None if tells => Choice::sure(
                Labels::End,
                format!(
                    "{} of {all} bars are of weekdays as ends of bars, {} otherwise",
                    end.days.len(),
                    start.days.len()
                ),
            ),
            None if start.days.len() >= end.days.len() + LEAD && all >= ENOUGH => Choice::sure(
                Labels::Start,
                format!(
                    "{} of {all} bars are of weekdays as starts of bars, {} otherwise",
                    start.days.len(),
                    end.days.len()
                ),
            ),
            None => Choice::assumed(
                Labels::Start,
                "the times do not tell; starts are most common",
            ),
        };
        let mut warnings = Vec::new();
        let (taken, other) = match labels.value {
            Labels::Start => (start, end),
            Labels::End => (end, start),
        };
        let (labels, taken) = self
            .as_usual(calendar, &wanted, &labels, &taken)
            .unwrap_or((labels, taken));
        if labels.certainty == Certainty::Given && other.days.len() > taken.days.len() + 1 {
            warnings.push(format!(
                "as {}s of bars, as given, {} of {all} daily bars are of weekdays, as the other side {}",
                labels.value,
                taken.days.len(),
                other.days.len()
            ));
        }
        warnings.extend(self.moved(&taken, calendar));
        let Side {
            zoned,
            walls,
            instants,
            ..
        } = taken;
        let told = [&zoned, &walls, &instants];
        warnings.extend(told.iter().filter_map(|told| told.warning.clone()));
        let rules = Rules {
            zoned: zoned.rule,
            walls: walls.rule,
            instants: instants.rule,
        };
        Chosen {
            // a zone that is named is that of times without one, if there are some
            zone: match self.walls.is_empty() {
                true => instants.zone,
                false => walls.zone,
            },
            labels,
            daily: DailyTimes {
                rules: rules.clone(),
                clocks: self.clocks.clone(),
            },
            rules,
            warnings,
        }
    }

    /// The side and the rules of the last import whose times were written like these, where there is one, these are at its
    /// times of day, and the days of the week do not speak against it.
    fn as_usual(
        &self,
        calendar: Calendar,
        wanted: &Wanted<'_>,
        labels: &Choice<Labels>,
        taken: &Side,
    ) -> Option<(Choice<Labels>, Side)> {
        let mut habits = wanted.habits.iter();
        let (habit, daily) = habits.find_map(|habit| {
            let daily = habit.daily.as_ref()?;
            let fits = wanted.labels.is_none_or(|given| given == habit.labels)
                // none was named where it did not matter
                && (wanted.zone.is_none()
                    || habit.zone.is_none()
                    || wanted.zone == habit.zone.as_ref())
                && self.clocks.can_follow(&daily.clocks);
            fits.then_some((habit, daily))
        })?;
        let group = Group {
            calendar,
            labels: habit.labels,
            zone: None,
            guesses: false,
        };
        let zone = habit.zone.as_ref();
        let said = zone.map(|zone| match wanted.zone {
            Some(_) => Choice::given(zone.clone()),
            None => Choice::assumed(zone.clone(), HABIT),
        });
        let told = |rule: &Rule, stamps: Vec<Stamp>| {
            let told = group.told(rule.clone(), stamps.into_iter())?;
            let zone = said.clone();
            Some(Told { zone, ..told })
        };
        let rules = &daily.rules;
        let zoned = match rules.zoned {
            Rule::Written => self.zoned_walls.iter(),
            Rule::Midnights(_) | Rule::Shown(_) => self.zoned.iter(),
        };
        let zoned = zoned.map(Stamp::of_wall).collect();
        let walls = match (&rules.walls, zone) {
            (Rule::Written, _) | (_, None) => self.walls.iter().map(Stamp::of_wall).collect(),
            (_, Some(zone)) => {
                let times = group.instants_of(&self.walls, zone)?;
                times.iter().map(Stamp::of_wall).collect()
            }
        };
        let instants = self.instants.iter().map(Stamp::of_wall).collect();
        let side = self.with_midnights(
            &group,
            told(&rules.zoned, zoned)?,
            told(&rules.walls, walls)?,
            told(&rules.instants, instants)?,
        );
        let is_same = side.days == taken.days && habit.labels == labels.value;
        if is_same || side.days.len() < taken.days.len() {
            return None;
        }
        let labels = match wanted.labels {
            Some(given) => Choice::given(given),
            None => Choice::assumed(habit.labels, HABIT),
        };
        Some((labels, side))
    }

    fn side(&self, calendar: Calendar, labels: Labels, wanted: &Wanted<'_>) -> Side {
        let group = Group {
            calendar,
            labels,
            zone: wanted.zone,
            guesses: true,
        };
        let zoned = group.zoned(&self.zoned, &self.zoned_walls);
        let walls = group.walls(&self.walls);
        let of_instants = Group {
            zone: wanted.zone.filter(|_| self.walls.is_empty()),
            ..group
        };
        let instants = of_instants.instants(&self.instants);
        self.with_midnights(&group, zoned, walls, instants)
    }

    /// With what needs no rule.
    fn with_midnights(&self, group: &Group<'_>, zoned: Told, walls: Told, instants: Told) -> Side {
        let Group {
            calendar, labels, ..
        } = *group;
        let own = self.midnights.iter().map(|at| midnight(*at, labels));
        let mut days: BTreeSet<i64> = self.dates.iter().copied().chain(own).collect();
        days.retain(|at| can_be(calendar, *at));
        for told in [&zoned, &walls, &instants] {
            days.extend(&told.days);
        }
        Side {
            zoned,
            walls,
            instants,
            days,
        }
    }

    /// That dates would be better a day off.
    fn moved(&self, taken: &Side, calendar: Calendar) -> Option<String> {
        let (own, all) = (taken.days.len(), self.len());
        for (days, word) in [(-1, "earlier"), (1, "later")] {
            let moved = self.dates.iter().map(|at| at + days * DAY);
            let others = moved.filter(|at| can_be(calendar, *at)).count();
            if all == self.dates.len() && all >= ENOUGH && others >= own + LEAD {
                return Some(format!(
                    "{own} of {all} dates are weekdays, and {others} would be if each were a day {word}: check what the dates of this file stand for"
                ));
            }
        }
        None
    }
}

/// What is the same for all times of a side.
#[derive(Clone, Copy)]
struct Group<'a> {
    calendar: Calendar,
    labels: Labels,
    /// The zone that is given.
    zone: Option<&'a Zone>,
    /// Whether points in time that are midnights of a zone are taken for that where no day of the week tells.
    guesses: bool,
}

impl Group<'_> {
    /// The dates that a rule gives, of the days on which a bar can be.
    fn told(&self, rule: Rule, stamps: impl Iterator<Item = Stamp>) -> Option<Told> {
        let teller = Teller::new(&rule, self.calendar)?;
        let dates = stamps.map(|stamp| teller.date(stamp, self.calendar, self.labels));
        let days = dates.filter(|at| can_be(self.calendar, *at)).collect();
        Some(Told {
            rule,
            zone: None,
            days,
            warning: None,
        })
    }

    /// Whether bars of this market are dated by the trade date where both could be: its days begin on the evening before.
    fn prefers_trade_dates(&self) -> bool {
        matches!(self.calendar, Calendar::Forex | Calendar::Metals)
    }

    /// Whether trading begins or ends at all of these times, so that they are of its dates, whoever wrote them.
    fn are_edges(&self, times: &BTreeSet<i64>) -> bool {
        times.iter().all(|at| {
            let day = trade_date(self.calendar, Timestamp(*at));
            let session = self.calendar.session(day).ok().flatten();
            session.is_some_and(|session| [session.open.0, session.close.0].contains(at))
        })
    }

    /// The points in time that a zone's clock shows.
    fn instants_of(&self, walls: &BTreeSet<i64>, zone: &Zone) -> Option<BTreeSet<i64>> {
        let (rules, shift) = zone.rules(self.calendar).ok()?;
        let mut clock = WallClock::new(rules, shift);
        let at = |wall: &i64| match clock.local(*wall) {
            Local::One(at) => Some(at),
            Local::Gap | Local::Twice { .. } => None,
        };
        Some(walls.iter().filter_map(at).collect())
    }

    fn zoned(&self, zoned: &BTreeSet<i64>, walls: &BTreeSet<i64>) -> Told {
        let by_wall = walls.iter().map(Stamp::of_wall);
        let by_time = zoned.iter().map(Stamp::of_wall);
        let written = self.told(Rule::Written, by_wall);
        let trade = self.told(Rule::Midnights(Zone::EXCHANGE), by_time);
        let ways = match self.prefers_trade_dates() || self.are_edges(zoned) {
            true => [trade, written],
            false => [written, trade],
        };
        first_of_best(ways.into_iter().flatten()).unwrap_or_else(|| none(Rule::Written))
    }

    /// Times without a zone: those of a given zone; else as they are written, or read as UTC or the exchange's.
    fn walls(&self, walls: &BTreeSet<i64>) -> Told {
        if walls.is_empty() {
            return none(Rule::Written);
        }
        let written = || self.told(Rule::Written, walls.iter().map(Stamp::of_wall));
        // what is written without a zone is hardly another's midnight
        let group = Group {
            zone: None,
            guesses: false,
            ..*self
        };
        let read_by = |zone: &Zone| -> Option<Told> {
            let mut told = group.instants(&self.instants_of(walls, zone)?);
            told.zone = Some(Choice::assumed(zone.clone(), "daily bars do not tell"));
            Some(told)
        };
        if let Some(given) = self.zone {
            let of_trade = self.prefers_trade_dates()
                || self
                    .instants_of(walls, given)
                    .is_some_and(|times| self.are_edges(&times));
            let mut ways = [written(), read_by(given)];
            if of_trade {
                ways.reverse();
            }
            let best = first_of_best(ways.into_iter().flatten());
            let mut told = best.unwrap_or_else(|| none(Rule::Written));
            told.zone = Some(Choice::given(given.clone()));
            return told;
        }
        let mut ways = vec![written(), read_by(&Zone::UTC), read_by(&Zone::EXCHANGE)];
        if self.prefers_trade_dates() {
            ways.rotate_left(1);
        }
        let best = first_of_best(ways.into_iter().flatten());
        best.unwrap_or_else(|| none(Rule::Written))
    }

    fn instants(&self, times: &BTreeSet<i64>) -> Told {
        let usual = Rule::Midnights(Zone::UTC);
        let by = |rule: Rule| self.told(rule, times.iter().map(Stamp::of_wall));
        let Some(first) = by(usual.clone()).filter(|_| !times.is_empty()) else {
            return none(usual);
        };
        let is_midnight_of = |zone: &Zone| {
            let Ok((rules, shift)) = zone.rules(self.calendar) else {
                return false;
            };
            let clock = WallClock::new(rules, shift);
            let some = times
                .iter()
                .filter(|at| clock.shows(**at).rem_euclid(DAY) == 0);
            some.count() * 100 >= times.len() * 99
        };
        let both = |zone: &Zone| -> Vec<Told> {
            let midnights = by(Rule::Midnights(zone.clone()));
            // the trade dates of the exchange are those of its own clock
            let shown = (*zone != Zone::EXCHANGE).then(|| by(Rule::Shown(zone.clone())));
            let mut ways = [shown.flatten(), midnights];
            if self.prefers_trade_dates() || *zone == Zone::UTC {
                ways.reverse();
            }
            ways.into_iter().flatten().collect()
        };
        // midnights of UTC are dates, whatever zone is named
        let is_plain = is_midnight_of(&Zone::UTC);
        if let Some(zone) = self.zone.filter(|_| !is_plain) {
            let best = first_of_best(both(zone).into_iter()).unwrap_or(first);
            return Told {
                zone: Some(Choice::given(zone.clone())),
                ..best
            };
        }
        let mut others: Vec<Zone> = candidates();
        others.retain(|zone| *zone != Zone::UTC);
        let zones: Vec<(Zone, Told)> = (others.into_iter())
            .flat_map(|zone| {
                both(&zone)
                    .into_iter()
                    .map(move |told| (zone.clone(), told))
            })
            .collect();
        let most = zones.iter().map(|(_, told)| told.days.len()).max();
        let most = most.unwrap_or(0).max(first.days.len());
        let lead = most - first.days.len();
        let said = |zone: &Zone, days: usize| {
            format!(
                "by it {days} of {} bars are of days on which there can be some",
                times.len()
            ) + if is_midnight_of(zone) {
                ", and the times are its midnights"
            } else {
                ""
            }
        };
        // dates of the market's own sessions, whose midnights ever they are
        let is_usual = is_plain || self.are_edges(times);
        let named = zones
            .iter()
            .filter(|(zone, told)| told.days.len() == most && is_midnight_of(zone));
        let of_midnights = named.clone().next();
        let of_any = zones.iter().find(|(_, told)| told.days.len() == most);
        let chosen = match (lead, of_midnights) {
            (0, Some(found)) if !is_usual && self.guesses => Some(found),
            (0, _) => None,
            (_, Some(found)) => Some(found),
            (_, None) => of_any,
        };
        let doubt = |zone: &Zone, told: &Told| {
            let day = told.days.first().copied().unwrap_or_default();
            format!(
                "these few bars do not tell surely whose dates they have: as midnights of {zone} the first is of {}; look at the first dates, and give the time zone if they are wrong",
                Timestamp(day).utc_day()
            )
        };
        match chosen {
            None => Told {
                warning: of_midnights
                    .filter(|(_, told)| !is_usual && told.days != first.days)
                    .map(|(zone, told)| doubt(zone, told)),
                zone: (!is_plain)
                    .then(|| Choice::sure(Zone::UTC, said(&Zone::UTC, first.days.len()))),
                ..first
            },
            Some((zone, told)) => {
                let never_closes = self.calendar == Calendar::Crypto;
                let is_clear = times.len() >= ENOUGH && (lead >= LEAD || never_closes);
                let is_sure = is_clear || told.days == first.days;
                let why = said(zone, told.days.len());
                let warning = (!is_sure).then(|| doubt(zone, told));
                let choice = match is_sure {
                    true => Choice::sure(zone.clone(), why),
                    false => Choice::assumed(zone.clone(), why),
                };
                Told {
                    zone: Some(choice),
                    warning,
                    ..told.clone()
                }
            }
        }
    }
}

fn none(rule: Rule) -> Told {
    Told {
        rule,
        zone: None,
        days: BTreeSet::new(),
        warning: None,
    }
}

/// The one with the most days; of equal ones the first.
fn first_of_best(ways: impl Iterator<Item = Told>) -> Option<Told> {
    let mut best: Option<Told> = None;
    for way in ways {
        if best
            .as_ref()
            .is_none_or(|best| way.days.len() > best.days.len())
        {
            best = Some(way);
        }
    }
    best
}

/// Whether a bar of a market can be of a date: of any, or of a weekday.
pub(super) fn can_be(calendar: Calendar, midnight: i64) -> bool {
    // 1970-01-01 was a Thursday
    let weekday = (Day(midnight.div_euclid(DAY) as i32).0 + 3).rem_euclid(7);
    calendar == Calendar::Crypto || weekday < 5
}

/// The times at which bars are, to the minute.
fn times(days: &BTreeMap<i32, Minutes>) -> impl Iterator<Item = i64> {
    days.iter().flat_map(|(day, minutes)| {
        let has = |minute: &i64| {
            let word = minutes.get((minute / 64) as usize).copied().unwrap_or(0);
            (word >> (minute % 64)) & 1 == 1
        };
        let day = i64::from(*day) * DAY;
        (0..1_440)
            .filter(has)
            .map(move |minute| day + minute * MINUTE)
    })
}
