//! Which of all zones and sides is taken: the one that fits best, what was taken before, or what is most common.

use core::cell::OnceCell;
use core::cmp::Reverse;

use super::edges::Told;
use super::{FEW, Fit, MINUTE, Sighted, candidates, usual_zones};
use crate::market::calendar::Calendar;
use crate::market::intake::clock::WallClock;
use crate::market::intake::evidence::MANY;
use crate::market::intake::scout::{ASSUMED_HABIT, HABIT, WIDE_HABIT};
use crate::market::intake::{Certainty, Choice, Labels, Zone};

/// So many sessions tell a zone.
const ENOUGH: u64 = 5;
/// By so much the exchange's zone must fit better than UTC to be proposed for few bars.
const CLEAR: f64 = 0.1;
/// So many bars out of hours are no evidence against a zone that was taken before.
const STRAY: u64 = 2;
/// So many zones that fit alike are named.
const NAMED: usize = 4;

/// What fits.
pub(in crate::market::intake) struct Fitted {
    pub(in crate::market::intake) zone: Option<Choice<Zone>>,
    pub(in crate::market::intake) labels: Choice<Labels>,
    /// What makes the zone doubtful.
    pub(in crate::market::intake) warning: Option<String>,
}

/// A zone in which bars of the interval were read before.
pub(in crate::market::intake) struct Prior<'a> {
    pub(in crate::market::intake) zone: &'a Zone,
    /// Whether that was given, or the file left no doubt.
    pub(in crate::market::intake) is_sure: bool,
    /// Whether there were bars before and after the sessions.
    pub(in crate::market::intake) is_wide: bool,
    /// Whether times were written in the same way.
    pub(in crate::market::intake) is_alike: bool,
    /// Whether such times stood for ends.
    pub(in crate::market::intake) has_ends: bool,
    /// Whether it is that of the very file, which is read as it was.
    pub(in crate::market::intake) is_same_file: bool,
}

/// A zone and a side, how they fit, and what the clock of the zone shows at the opens.
pub(super) struct Way {
    pub(super) zone: Zone,
    /// Whether files are often written in it, or one was before.
    is_usual: bool,
    pub(super) side: Labels,
    pub(super) fit: Fit,
    opens: Vec<i64>,
}

/// What is said where nothing tells the side.
const STARTS: &str = "the times do not tell; starts are most common";
/// The same, where there are bars before the opens, and neither the first nor the last bars of days tell either.
pub(in crate::market::intake) const EITHER_SIDE: &str =
    "there are bars before the sessions as well, so the times do not tell; starts are most common";
/// The same, where most sessions have no bar at their open.
pub(in crate::market::intake) const NO_EDGES: &str =
    "most sessions have no bar at their open, so the times do not tell; starts are most common";
/// What is said of a zone by which, and by no other, all bars lie where shares trade.
pub(in crate::market::intake) const EXTENDED: &str =
    "by it alone all bars lie between the beginning and the end of extended hours";
/// What is said of the side that fits with a zone that is not sure.
const FITS: &str = "the zone assumed fits with it";

impl Way {
    /// What the clock shows where a bar of so many minutes that begins at an open has its time: the same of two ways by which the same
    /// bars begin at the same time.
    fn begins(&self, minutes: i64) -> impl Iterator<Item = i64> {
        let by = match self.side {
            Labels::Start => 0,
            Labels::End => minutes * MINUTE,
        };
        self.opens.iter().map(move |open| open + by)
    }
}

impl Sighted<'_> {
    /// Chooses zone and side; what is given is kept. `zone_given` is UTC where times are points in time. `priors` are the zones of
    /// imports before, the last one first: one of them is taken where the times do not tell, and it fits as well as any.
    pub(in crate::market::intake) fn choose(
        &self,
        zone_given: Option<&Zone>,
        labels_given: Option<Labels>,
        priors: &[Prior<'_>],
    ) -> Fitted {
        let labels = || labels_given.map_or(Choice::assumed(Labels::Start, STARTS), Choice::given);
        if self.calendar == Calendar::Crypto {
            let alike = priors.iter().find(|prior| prior.is_alike);
            let why = "a market that never closes does not tell; UTC is most common";
            let zone = match alike {
                Some(prior) => Choice::assumed(prior.zone.clone(), habit(prior)),
                None => Choice::assumed(Zone::UTC, why),
            };
            let zone = zone_given.is_none().then_some(zone);
            let taken = zone.as_ref().map(|zone| &zone.value);
            return Fitted {
                warning: taken.and_then(|zone| self.skipped_hour(zone)),
                labels: labels(),
                zone,
            };
        }
        let ways = self.ways(zone_given, labels_given, priors);
        let Some(best) = best_of(ways.iter(), labels_given) else {
            let zone = zone_given.is_none();
            return Fitted {
                zone: zone.then(|| Choice::assumed(Zone::UTC, "nothing tells")),
                labels: labels(),
                warning: None,
            };
        };
        let mut fitted = match zone_given {
            Some(_) => Fitted {
                zone: None,
                labels: labels_of(best, &ways),
                warning: None,
            },
            None => self.told(best, &ways, priors, labels_given),
        };
        if labels_given.is_some() {
            fitted.labels = labels();
        }
        fitted
    }

    /// How every zone and side fits; starts come before ends, of equal zones the more common one first.
    pub(super) fn ways(
        &self,
        zone_given: Option<&Zone>,
        labels_given: Option<Labels>,
        priors: &[Prior<'_>],
    ) -> Vec<Way> {
        let sessions = self.sessions();
        let zones: Vec<Zone> = match zone_given {
            Some(zone) => vec![zone.clone()],
            None => {
                let mut zones = candidates();
                for prior in priors {
                    if !zones.contains(prior.zone) {
                        zones.push(prior.zone.clone());
                    }
                }
                zones
            }
        };
        let mut usual = usual_zones();
        usual.extend(priors.iter().map(|prior| prior.zone.clone()));
        let has_overlaps = self.has_overlaps();
        let sides: &[Labels] = match labels_given {
            Some(Labels::Start) => &[Labels::Start],
            Some(Labels::End) => &[Labels::End],
            None => &[Labels::Start, Labels::End],
        };
        // clocks that differ only where there are no bars are one
        let (first, last) = self.ends();
        let week = 7 * 1_440 * MINUTE;
        let near = first * MINUTE - week..last * MINUTE + week / 3;
        let mut ways = Vec::new();
        for zone in zones {
            let Ok((rules, shift)) = zone.rules(self.calendar) else {
                continue;
            };
            let clock = WallClock::new(rules, shift);
            let opens = sessions.iter().map(|session| session.open);
            let opens: Vec<i64> = opens
                .filter(|open| near.contains(open))
                .map(|open| clock.shows(open))
                .collect();
            let tells: Vec<OnceCell<Told>> = sessions.iter().map(|_| OnceCell::new()).collect();
            ways.extend(sides.iter().map(|&side| Way {
                zone: zone.clone(),
                is_usual: usual.contains(&zone),
                side,
                fit: self.fit(&sessions, &clock, &tells, side, has_overlaps),
                opens: opens.clone(),
            }));
        }
        ways.sort_by_key(|way| way.side == Labels::End);
        ways
    }

    /// The zone of times that are written without one, and the side with it.
    fn told(
        &self,
        best: &Way,
        ways: &[Way],
        priors: &[Prior<'_>],
        labels_given: Option<Labels>,
    ) -> Fitted {
        let (fit, calendar) = (best.fit, self.calendar.name());
        let share = (fit.inside_share() * 1_000.0).floor() / 10.0;
        let taken = |way: &Way, zone: Choice<Zone>, warning: Option<String>| Fitted {
            zone: Some(zone),
            labels: labels_of(way, ways),
            warning,
        };
        let mut others = ways.iter().filter(|other| other.opens != best.opens);
        let leads = others.all(|other| fit.leads(other.fit));
        if leads && fit.sessions >= ENOUGH && fit.is_plausible() {
            // of zones that show the same here, the one that was taken before goes on
            let same = |prior: &&Prior<'_>| {
                let mut same = ways.iter().filter(|way| way.zone == *prior.zone);
                same.any(|way| way.opens == best.opens)
            };
            let known = priors.iter().find(same);
            let zone = known.map_or(&best.zone, |prior| prior.zone);
            let why = format!(
                "{share} % of bars lie in the sessions of the {calendar} calendar and {} of {} openings are met, more than in any other zone",
                fit.edges, fit.sessions
            );
            return taken(best, Choice::sure(zone.clone(), why), None);
        }
        let mut left = None;
        for prior in priors {
            let of_prior = || ways.iter().filter(|way| way.zone == *prior.zone);
            let Some(way) = best_of(of_prior(), labels_given) else {
                continue;
            };
            // ends that nothing tells are ends all the same where they were
            let goes_on = |way: &Way| {
                let is_ends = prior.has_ends && way.side == Labels::End;
                is_ends && way.fit.goes_on(fit, prior)
            };
            if way.fit.goes_on(fit, prior) || of_prior().any(goes_on) {
                let mut fitted = taken(
                    way,
                    Choice::assumed(prior.zone.clone(), habit(prior)),
                    strayed(way, best),
                );
                if !prior.is_sure && fitted.labels.certainty == Certainty::Sure {
                    fitted.labels = Choice::assumed(way.side, FITS);
                }
                return fitted;
            }
            left.get_or_insert(way);
        }
        let mut fitted = self.assumed(best, ways, labels_given);
        if let (Some(left), Some(zone)) = (left, &fitted.zone) {
            let Fit {
                inside,
                outside,
                filled,
                sessions,
                ..
            } = left.fit;
            let why = match left.fit.fills_less(fit) {
                true => format!("{filled} of {sessions} weeks would begin and end with a bar"),
                false => format!(
                    "{outside} of {} bars would lie outside the sessions of the {calendar} calendar",
                    inside + outside
                ),
            };
            fitted.warning = Some(format!(
                "the times are read in {}, not in {} as those imported last, by which {why}: give the time zone of this file if that is wrong",
                zone.value, left.zone
            ));
        }
        fitted
    }

    /// The zone by which, and by no other, all bars lie in extended hours.
    fn extended(&self, best: &Way, ways: &[Way]) -> Option<Fitted> {
        let (fit, length) = (best.fit, self.length());
        let is_told = self.calendar == Calendar::Nyse && fit.is_extended() && fit.far == 0;
        let least = fit.sessions.div_ceil(3).max(FEW);
        let mut others = ways
            .iter()
            .filter(|way| !way.begins(length).eq(best.begins(length)));
        (is_told && others.all(|way| way.fit.far >= least)).then(|| Fitted {
            zone: Some(Choice::assumed(best.zone.clone(), EXTENDED)),
            labels: labels_of(best, ways),
            warning: Some(format!(
                "the time zone {} is assumed, as {EXTENDED}: look at the first times, and give the zone (--time-zone) if it is another",
                best.zone
            )),
        })
    }

    /// The zone that fits best, where it is not sure: UTC where that fits as well.
    fn assumed(&self, best: &Way, ways: &[Way], labels_given: Option<Labels>) -> Fitted {
        let (fit, calendar) = (best.fit, self.calendar.name());
        let share = (fit.inside_share() * 1_000.0).floor() / 10.0;
        let utc = || ways.iter().filter(|other| other.zone == Zone::UTC);
        let of_utc = utc()
            .map(|other| other.fit.score())
            .fold(0.0, |best, score| if score > best { score } else { best });
        let is_exchange = best.zone == Zone::EXCHANGE
            && fit.is_plausible()
            && fit.edges == fit.sessions
            && fit.score() - of_utc >= CLEAR;
        if is_exchange {
            let why = format!(
                "too few bars to be sure; in the exchange's time {share} % of them lie in the sessions of the {calendar} calendar and every opening is met, which UTC does not give"
            );
            return Fitted {
                zone: Some(Choice::assumed(Zone::EXCHANGE, why)),
                labels: labels_of(best, ways),
                warning: None,
            };
        }
        if let Some(extended) = self.extended(best, ways) {
            return extended;
        }
        // sessions enough, and clearly not UTC, but several zones fit alike: of equal ones the first is that of the exchange
        let is_best = fit.sessions >= ENOUGH
            && fit.is_plausible()
            && fit.inside_share() >= 0.5
            && utc().all(|other| fit.leads_utc(other.fit));
        // a part of a session lies within it by several clocks
        let is_pinned = is_best
            || fit.inside_share() >= 0.95
                && (self.calendar != Calendar::Nyse || fit.is_exact() || is_alone(best, ways));
        // ends only where they fit best of all: else they are told by the same bars that another zone has as starts
        let side = labels_given.unwrap_or(Labels::Start);
        let plain = match best.zone == Zone::UTC {
            true => Some(best),
            false => utc().find(|way| way.side == side),
        };
        let is_plain = |way: &&Way| {
            let is_as_good = way.fit.is_as_good(fit, false) && !way.fit.fills_less(fit);
            !is_pinned || !is_best && is_as_good
        };
        if let Some(plain) = plain.filter(is_plain) {
            let why = format!(
                "nothing tells it clearly; by {} {share} % of bars would lie in the sessions of the {calendar} calendar",
                best.zone
            );
            return Fitted {
                zone: Some(Choice::assumed(Zone::UTC, why)),
                labels: match plain.side {
                    Labels::Start => starts(plain.fit),
                    Labels::End => Choice::assumed(Labels::End, FITS),
                },
                warning: strayed(plain, best).or_else(|| self.unclear(plain, ways)),
            };
        }
        let why = format!(
            "other zones fit as well, or nearly; by it {share} % of bars lie in the sessions of the {calendar} calendar and {} of {} openings are met, more than in UTC",
            fit.edges, fit.sessions
        );
        Fitted {
            zone: Some(Choice::assumed(best.zone.clone(), why)),
            labels: Choice::assumed(best.side, FITS),
            warning: Some(self.doubt(best, ways)),
        }
    }

    /// What is said of bars of hours that are read as starts in UTC, as nothing tells that they are not.
    fn unclear(&self, plain: &Way, ways: &[Way]) -> Option<String> {
        let length = self.length();
        let is_other = |way: &&Way| {
            let fits = way.fit.outside <= plain.fit.outside && way.fit.missed <= plain.fit.missed;
            let is_elsewhere = !way.begins(length).eq(plain.begins(length));
            way.is_usual && fits && !way.fit.fills_less(plain.fit) && is_elsewhere
        };
        let of_side = |side: Labels| -> Vec<String> {
            let others = ways.iter().filter(|way| way.side == side);
            let names = others.filter(is_other).map(|way| way.zone.to_string());
            names.take(NAMED).collect()
        };
        let (starts, ends) = (of_side(Labels::Start), of_side(Labels::End));
        let said = |of: &str, zones: Vec<String>| {
            let zones = zones.join(", ");
            (!zones.is_empty()).then(|| format!("as {of} in {zones}"))
        };
        let others: Vec<String> = [said("starts", starts), said("ends", ends)]
            .into_iter()
            .flatten()
            .collect();
        (self.is_coarse() && !others.is_empty()).then(|| {
            format!(
                "nothing tells the clock of bars of {}: the times are assumed to be {}s in UTC, and {} they would lie in the sessions as well: look at the first times, and give the zone (--time-zone) and the side (--labels) if they are others",
                self.interval,
                plain.side,
                others.join(" or ")
            )
        })
    }

    /// What is said of a zone that was chosen only because bars lie in sessions by it.
    fn doubt(&self, best: &Way, ways: &[Way]) -> String {
        let plain = ways.iter().filter(|way| way.zone == Zone::UTC);
        let outside = plain.map(|way| way.fit.outside).min().unwrap_or(0);
        let all = best.fit.inside + best.fit.outside;
        let mut alike: Vec<String> = Vec::new();
        for way in ways {
            let marks = |fit: Fit| (fit.outside, fit.missed, fit.filled);
            let is_alike = marks(way.fit) == marks(best.fit);
            let name = way.zone.to_string();
            if is_alike && way.zone != best.zone && way.side == best.side && !alike.contains(&name)
            {
                alike.push(name);
            }
        }
        let more = if alike.len() > NAMED {
            " and others"
        } else {
            ""
        };
        alike.truncate(NAMED);
        let alike = match alike.is_empty() {
            true => String::new(),
            false => format!("; {}{more} would do as well", alike.join(", ")),
        };
        if best.fit.filled() > 0 {
            let of_utc = ways.iter().filter(|way| way.zone == Zone::UTC);
            let of_utc = of_utc.map(|way| way.fit.filled).max().unwrap_or(0);
            return format!(
                "the times are assumed to be {}s of bars in the time zone {}, as by it {} of {} weeks begin and end with a bar and {of_utc} by UTC{alike}: look at the first times, and give the zone (--time-zone) and the side (--labels) if they are others",
                best.side, best.zone, best.fit.filled, best.fit.sessions
            );
        }
        format!(
            "the time zone {} is assumed, as {} of {all} bars lie outside the sessions of the {} calendar by it and {outside} by UTC{alike}: look at the first times, and give the zone if it is another",
            best.zone,
            best.fit.outside,
            self.calendar.name()
        )
    }

    /// Whether bars lie out of sessions by one side, and none by the other, in a zone: then the side is not left to a habit.
    pub(in crate::market::intake) fn speaks_against(&self, zone: &Zone, side: Labels) -> bool {
        if self.calendar == Calendar::Crypto {
            return false;
        }
        let ways = self.ways(Some(zone), None, &[]);
        let outside = |of: Labels| {
            let way = ways.iter().find(|way| way.side == of);
            way.map_or(0, |way| way.fit.outside)
        };
        let other = match side {
            Labels::Start => Labels::End,
            Labels::End => Labels::Start,
        };
        outside(side) > 0 && outside(other) == 0
    }
}

impl Fit {
    /// Whether a zone that nothing in the file speaks for may be taken all the same beside the best one.
    fn is_as_good(self, best: Self, is_trusted: bool) -> bool {
        let more = self.outside.saturating_sub(best.outside);
        match more {
            0 => true,
            1..=STRAY => is_trusted && self.missed <= best.missed && self.met >= best.met,
            _ => false,
        }
    }

    /// Whether a zone that was taken before is still to be taken beside the best one.
    fn goes_on(self, best: Self, prior: &Prior<'_>) -> bool {
        if prior.is_same_file {
            return true;
        }
        if !prior.is_sure && self.fills_less(best) {
            return false;
        }
        if prior.is_wide {
            // bars before and after sessions are to be there; they do not make a whole session elsewhere by chance, unless they are few
            let is_beaten = self.outside > 0 && best.is_exact() && best.inside >= MANY;
            let far = self.far.saturating_sub(best.far);
            return !is_beaten && far * 10 <= self.inside + self.outside;
        }
        self.inside_share() >= 0.5 && self.is_as_good(best, prior.is_sure)
    }
}

/// The way by which bars of hours fill most sessions, then that with the least cost; of equal ones that with the most edges met,
/// then the first.
pub(super) fn best_of<'a>(
    ways: impl Iterator<Item = &'a Way> + Clone,
    labels_given: Option<Labels>,
) -> Option<&'a Way> {
    // without bars that end at closes there is no evidence of ends: a first bar may always be late
    let can_be =
        |way: &&Way| way.side == Labels::Start || labels_given.is_some() || way.fit.tells_ends();
    // over many sessions edges that are often missing lie at either end, and one more or less is chance
    let met = |fit: Fit| if fit.sessions < ENOUGH { fit.met } else { 0 };
    // hardly a file is written by a clock that is so many hours off all year, so ends by a usual one are likelier
    let best = ways.clone().filter(can_be).min_by_key(|way| {
        let Way { fit, is_usual, .. } = way;
        let filled = Reverse(fit.filled());
        (filled, fit.cost(), Reverse(met(*fit)), !is_usual)
    })?;
    // where bars lie before and after sessions both sides cost the same, but what tells tells ends
    let mut same = ways.filter(can_be).filter(|way| way.zone == best.zone);
    let ends = same.find(|way| {
        let is_wide = way.fit.wide * 2 > way.fit.sessions;
        way.side == Labels::End && is_wide && way.fit.cost() <= best.fit.cost()
    });
    Some(ends.unwrap_or(best))
}

/// Whether no other clock leaves as few bars out of sessions.
fn is_alone(best: &Way, ways: &[Way]) -> bool {
    let mut others = ways.iter().filter(|other| other.opens != best.opens);
    others.all(|other| other.fit.outside > best.fit.outside)
}

/// Starts, where nothing tells.
fn starts(fit: Fit) -> Choice<Labels> {
    let why = match fit.tells_no_side() {
        true => EITHER_SIDE,
        false if fit.edges * 2 < fit.sessions && fit.sessions >= FEW => NO_EDGES,
        false => STARTS,
    };
    Choice::assumed(Labels::Start, why)
}

/// What times stand for, by how the two sides fit in a zone.
fn labels_of(way: &Way, ways: &[Way]) -> Choice<Labels> {
    let (side, fit) = (way.side, way.fit);
    let mut others = ways
        .iter()
        .filter(|other| other.zone == way.zone && other.side != side);
    let other = others.next().map_or(0.0, |other| other.fit.score());
    let (edges, ends, sessions) = (fit.edges, fit.ends, fit.sessions);
    match side {
        Labels::Start if fit.tells_no_side() || fit.score() - other < 0.25 || sessions < 3 => {
            starts(fit)
        }
        Labels::Start if fit.wide * 2 > sessions => Choice::sure(
            side,
            format!(
                "{} of {sessions} sessions, which have bars before them, begin or end where bars that begin then do",
                fit.told - fit.ends
            ),
        ),
        Labels::Start => Choice::sure(
            side,
            format!("{edges} of {sessions} sessions have a bar at their open"),
        ),
        Labels::End => {
            let why = match fit.wide {
                0 => format!(
                    "{ends} of {sessions} sessions have a bar at their close and none at their open"
                ),
                wide => format!(
                    "{wide} of {sessions} sessions have bars before them, and of {ends} the last bar, not the first, is where trading ends or begins"
                ),
            };
            match ends {
                3.. => Choice::sure(side, why),
                _ => Choice::assumed(side, why),
            }
        }
    }
}

/// Why a zone is proposed that was taken before.
fn habit(prior: &Prior<'_>) -> &'static str {
    match (prior.is_wide, prior.is_sure) {
        (true, _) => WIDE_HABIT,
        (false, true) => HABIT,
        (false, false) => ASSUMED_HABIT,
    }
}

/// What is said of a zone that is taken although another one puts fewer bars out of sessions.
fn strayed(way: &Way, best: &Way) -> Option<String> {
    (way.fit.outside > best.fit.outside).then(|| {
        format!(
            "by the time zone assumed, {}, {} of {} bars lie outside the sessions, by {} {}: give the zone if it is that",
            way.zone,
            way.fit.outside,
            way.fit.inside + way.fit.outside,
            best.zone,
            best.fit.outside
        )
    })
}
