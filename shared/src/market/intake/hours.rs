//! In which zone the clock runs and which side of a bar its time stands for, told by holding the times against the
//! sessions of the market: bars of a session begin at its open and end at its close.

mod choosing;
mod edges;
mod skipped;
mod standing;

use core::cell::OnceCell;
use std::collections::BTreeMap;

use super::clock::WallClock;
use super::evidence::Minutes;
use super::{Labels, Zone};
use crate::base::time::{BarInterval, Day, Timestamp};
use crate::market::calendar::{Calendar, Session};

use edges::{Edges, Told};

pub(super) use choosing::{EITHER_SIDE, EXTENDED, Fitted, NO_EDGES, Prior};
pub use standing::misplaced;

const MINUTE: i64 = 60_000_000;
/// In minutes. Markets that trade on open at full hours.
const HOUR: i64 = 60;
/// Sessions open on half hours, so no shorter bar of a clock's grid reaches over an open.
const HALF_HOUR_S: u32 = 1_800;
/// Shares trade from 4:00 to 20:00: so much before the open and after the close, in minutes.
const BEFORE_OPEN: i64 = 330;
const AFTER_CLOSE: i64 = 240;
/// So many days before the first one there is a session that ended, of a week or of a day: since when the market was closed.
const LONGEST_CLOSURE: i32 = 8;
/// So many days after the last one there is a session again.
const AHEAD: i32 = 5;
/// So many sessions are looked at, spread evenly.
const LOOKED_AT: usize = 800;

/// An opening or a closing without a bar weighs a quarter of the bars of so many minutes, and a quarter of a bar at least.
const MISSED: i64 = 30;

/// So many sessions tell more than chance.
const FEW: u64 = 3;

/// Zones in which files are often written, after that of the exchange and UTC. Eastern European brokers run with New York, and
/// vendors of currencies write New York's time without summer time.
const ZONES: [&str; 18] = [
    "America/New_York",
    "America/New_York+7h",
    "UTC-5h",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "Europe/Moscow",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
    "America/Sao_Paulo",
    "America/Toronto",
];

/// Minutes with bars, shorter than a day, by day of the file's clock, and what is known of them.
pub(super) struct Sighted<'a> {
    pub(super) days: &'a BTreeMap<i32, Minutes>,
    pub(super) calendar: Calendar,
    pub(super) interval: BarInterval,
}

/// How well a zone and a side fit.
#[derive(Debug, Clone, Copy, Default)]
struct Fit {
    inside: u64,
    outside: u64,
    /// Outside of extended hours as well.
    far: u64,
    sessions: u64,
    /// Sessions whose edges are where they should be.
    edges: u64,
    /// Openings after the first bar, and closings before the last one, without a bar.
    missed: u64,
    /// What each of these weighs, in quarters of a bar.
    weight: u64,
    /// Openings and closings with a bar.
    met: u64,
    /// Bars that overlap the one before, though no edge of a session cuts them short.
    overlapping: u64,
    /// Sessions with bars at the open and before it, whose open does not tell the side.
    wide: u64,
    /// Sessions that tell the side, and those that tell ends: by edges of trading where enough do.
    told: u64,
    ends: u64,
    /// Whether any edge of trading tells ends.
    is_firm: bool,
    /// Of sessions that are whole bars long, and bars longer than an hour: those whose first bar begins at the open, and whose last one
    /// ends at the close.
    filled: u64,
}

impl Fit {
    fn share(of: u64, all: u64) -> f64 {
        if all == 0 {
            0.0
        } else {
            of as f64 / all as f64
        }
    }

    fn inside_share(self) -> f64 {
        Self::share(self.inside, self.inside + self.outside)
    }

    /// What the best one has least of: bars outside of sessions, those outside of extended hours twice, bars that overlap, and
    /// openings and closings without a bar, in quarters of a bar. The latter weigh little: where a first bar is always late,
    /// another zone that meets the opening puts bars of whole hours outside.
    fn cost(self) -> u64 {
        (self.outside + self.far + self.overlapping) * 4 + self.missed * self.weight
    }

    /// Whether times stand for ends: so nearly all sessions say that tell, and they are a quarter of those that have no bars
    /// before the open, and a tenth of all; half hours alone, on which bars of one session lie by chance, say so twice.
    fn tells_ends(self) -> bool {
        if !self.is_firm && self.ends < 2 {
            return false;
        }
        let narrow = self.sessions.saturating_sub(self.wide);
        let are_enough = self.ends * 4 >= narrow && self.ends * 10 >= self.sessions;
        self.ends > 0 && self.ends * 10 >= self.told * 9 && are_enough
    }

    /// Whether most sessions have bars before them, and hardly any tells the side.
    fn tells_no_side(self) -> bool {
        let starts = self.told.saturating_sub(self.ends);
        self.wide * 2 > self.sessions && (starts < FEW || starts * 10 < self.told * 9)
    }

    /// Whether bars fill sessions, and nothing else.
    fn is_exact(self) -> bool {
        self.sessions > 0 && self.outside == 0 && self.met == 2 * self.sessions
    }

    /// How many sessions bars of hours fill to the minute, where those are not few. Bars of hours lie in sessions by several
    /// clocks, but they begin and end with them by one only.
    fn filled(self) -> u64 {
        match self.filled * 3 >= self.sessions {
            true => self.filled,
            false => 0,
        }
    }

    /// Whether bars of hours fill clearly fewer sessions than by another.
    fn fills_less(self, other: Self) -> bool {
        self.filled * 10 < other.filled() * 9
    }

    /// Whether it fits clearly better than another.
    fn leads(self, other: Self) -> bool {
        self.leads_by(other, |fit| fit.cost() / 4)
    }

    /// Whether it fits clearly better than UTC, which is taken where nothing tells.
    fn leads_utc(self, utc: Self) -> bool {
        self.leads_by(utc, |fit| fit.outside + fit.far + fit.missed)
    }

    fn leads_by(self, other: Self, misfits: impl Fn(Self) -> u64) -> bool {
        let (own, others) = (misfits(self), misfits(other));
        let lead = others.saturating_sub(own);
        let odd = match self.is_extended() {
            true => own.saturating_sub(self.outside),
            false => own,
        };
        lead >= 15 && lead * 200 >= self.inside + self.outside && lead * 20 >= odd
    }

    /// Whether most sessions have bars before them, and nearly all bars lie in extended hours: then those out of sessions are to be
    /// there.
    fn is_extended(self) -> bool {
        self.wide * 2 > self.sessions && self.far * 100 <= self.inside + self.outside
    }

    /// Whether there are sessions, and bars where bars are to be.
    fn is_plausible(self) -> bool {
        let is_close = self.score() >= 2.0 || self.inside_share() >= 0.95;
        self.sessions > 0 && self.inside_share() >= 0.3 && is_close
    }

    /// From 0 to 3.
    fn score(self) -> f64 {
        let all = self.inside + self.outside;
        self.inside_share()
            + Self::share(all - self.far, all)
            + Self::share(self.edges, self.sessions)
    }
}

/// One session, or several without a break between them, and whether the market was closed before.
struct Sighting {
    open: i64,
    close: i64,
    closed_since: Option<i64>,
}

impl Sighted<'_> {
    /// The sessions that are looked at.
    fn sessions(&self) -> Vec<Sighting> {
        let all = self.of_calendar();
        let stride = all.len().div_ceil(LOOKED_AT).max(1);
        all.into_iter().step_by(stride).collect()
    }

    /// All sessions near the times.
    fn of_calendar(&self) -> Vec<Sighting> {
        let (Some((&first, _)), Some((&last, _))) =
            (self.days.first_key_value(), self.days.last_key_value())
        else {
            return Vec::new();
        };
        let length = i64::from(self.interval.seconds()) * 1_000_000;
        let mut all: Vec<Sighting> = Vec::new();
        let session = |day: i32| self.calendar.session(Day(day)).ok().flatten();
        for session in
            (first.saturating_sub(LONGEST_CLOSURE)..=last.saturating_add(AHEAD)).filter_map(session)
        {
            let closed_since = match all.last_mut() {
                // a market that trades on does not close, nor does one that pauses for less than a bar
                Some(before) if session.open.0 - before.close < length => {
                    before.close = session.close.0;
                    continue;
                }
                Some(before) => Some(before.close),
                None => None,
            };
            all.push(Sighting {
                open: session.open.0,
                close: session.close.0,
                closed_since,
            });
        }
        // the last one may go on
        let after = last.saturating_add(AHEAD + 1)..=last.saturating_add(AHEAD + 7);
        if let Some(end) = all.last_mut() {
            for session in after.filter_map(session) {
                if session.open.0 - end.close >= length {
                    break;
                }
                end.close = session.close.0;
            }
        }
        all
    }

    /// Bars on the clock's grid may begin before the open, or end after the close: what counts is that they overlap. What the edges of
    /// each session tell by the clock does not depend on the side, and is found once.
    fn fit(
        &self,
        sessions: &[Sighting],
        clock: &WallClock,
        tells: &[OnceCell<Told>],
        side: Labels,
        has_overlaps: bool,
    ) -> Fit {
        let length = self.length();
        // of a bar that begins at minute 0, what its time says
        let label = match side {
            Labels::Start => 0,
            Labels::End => length,
        };
        let (first, last) = self.ends();
        let is_coarse = self.is_coarse();
        let (mut firm, mut firm_ends) = (0, 0);
        let mut fit = Fit {
            weight: u64::try_from(MISSED / length).unwrap_or(0).max(1),
            ..Fit::default()
        };
        for (session, told) in sessions.iter().zip(tells) {
            let minute = |at: i64| clock.shows(at).div_euclid(MINUTE);
            let (open, close) = (minute(session.open), minute(session.close));
            let count = |from: i64, to: i64| self.count(from + label, to + label);
            let inside = count(open - length + 1, close);
            fit.inside += inside;
            let Some(since) = session.closed_since.map(minute) else {
                continue;
            };
            // a long closure, before the data begin, is empty anyway
            let since = since.max(open - 6 * 1_440);
            fit.outside += count(since, open - length + 1);
            let (far_from, far_to) = match self.calendar {
                Calendar::Nyse => (since + AFTER_CLOSE, open - BEFORE_OPEN),
                _ => (since, open),
            };
            fit.far += count(far_from, far_to - length + 1);
            if inside > 0 {
                fit.sessions += 1;
                // a bar that holds the open, one before it, and one up to the close
                let opens = count(open - length + 1, open + 1) > 0;
                let begins_before = count(open - 2 * length + 1, open - length + 1) > 0;
                let closes = count(close - length, close) > 0;
                let edges = Edges {
                    open,
                    close,
                    length,
                    first,
                    is_utc: clock.shows(session.open) == session.open,
                };
                let told = told.get_or_init(|| edges.told(self));
                let is_end = told.side == Some(Labels::End);
                let is_met = match side {
                    Labels::Start => opens,
                    Labels::End if told.is_wide => is_end,
                    Labels::End => opens && closes && !begins_before,
                };
                fit.edges += u64::from(is_met);
                fit.met += u64::from(opens) + u64::from(closes);
                if is_coarse && (close - open) % length == 0 {
                    let is_cut = |at: i64| count(at - length + 1, at) == 0 && count(at, at + 1) > 0;
                    let is_alone = count(open - length, open) + count(close, close + length) == 0;
                    fit.filled += u64::from(is_alone && is_cut(open) && is_cut(close - length));
                }
                fit.wide += u64::from(told.is_wide);
                fit.told += u64::from(told.side.is_some());
                fit.ends += u64::from(is_end);
                firm += u64::from(told.is_firm);
                firm_ends += u64::from(told.is_firm && is_end);
                if has_overlaps {
                    fit.overlapping += edges.overlapping(self, side);
                }
                // of sessions that are not there as a whole the edges do not tell
                let opens_late = !opens && first < open + label;
                let closes_early = !closes && close + label <= last;
                fit.missed += u64::from(opens_late) + u64::from(closes_early);
            }
        }
        fit.is_firm = firm_ends > 0;
        if firm >= FEW && firm * 10 >= fit.sessions {
            (fit.told, fit.ends) = (firm, firm_ends);
        }
        fit
    }

    /// Whether bars are so long that they lie in the weeks of a market, which trades on from day to day, by several clocks.
    fn is_coarse(&self) -> bool {
        let trades_on = matches!(self.calendar, Calendar::Forex | Calendar::Metals);
        trades_on && self.length() > HOUR
    }

    /// The minutes since 1970 of the first and of the last bar.
    fn ends(&self) -> (i64, i64) {
        let minute = |(day, minutes): (&i32, &Minutes), last: bool| {
            let has = |minute: &i64| ones(minutes, *minute, minute + 1) > 0;
            let found = match last {
                false => (0..1_440).find(has),
                true => (0..1_440).rfind(has),
            };
            i64::from(*day) * 1_440 + found.unwrap_or(0)
        };
        let first = self.days.first_key_value().map(|day| minute(day, false));
        let last = self.days.last_key_value().map(|day| minute(day, true));
        (first.unwrap_or(0), last.unwrap_or(0))
    }

    /// How many bars there are from one minute since 1970 up to another.
    fn count(&self, from: i64, to: i64) -> u64 {
        let mut count = 0;
        let mut at = from;
        while at < to {
            let day = at.div_euclid(1_440);
            let end = to.min((day + 1) * 1_440);
            if let Some(minutes) = i32::try_from(day).ok().and_then(|day| self.days.get(&day)) {
                count += ones(minutes, at - day * 1_440, end - day * 1_440);
            }
            at = end;
        }
        count
    }
}

/// The first minute of a day with a bar, from one on up to another.
fn first_one(minutes: &Minutes, from: i64, to: i64) -> Option<i64> {
    let mut index = from.max(0) / 64;
    let mut skipped = from.max(0) % 64;
    while index * 64 < to {
        let word = usize::try_from(index).ok().and_then(|at| minutes.get(at))?;
        let left = word & (u64::MAX << skipped);
        if left != 0 {
            let found = index * 64 + i64::from(left.trailing_zeros());
            return (found < to).then_some(found);
        }
        (index, skipped) = (index + 1, 0);
    }
    None
}

fn ones(minutes: &Minutes, from: i64, to: i64) -> u64 {
    let (from, to) = (from.clamp(0, 1_440), to.clamp(0, 1_440));
    if from >= to {
        return 0;
    }
    let (first, last) = (from / 64, (to - 1) / 64);
    let words = (first..=last).zip(minutes.iter().skip(first as usize));
    let count = |(index, word): (i64, &u64)| {
        let above = if index == first { from % 64 } else { 0 };
        let below = if index == last { 63 - (to - 1) % 64 } else { 0 };
        u64::from((word & (u64::MAX << above) & (u64::MAX >> below)).count_ones())
    };
    words.map(count).sum()
}

/// Zones in which files are often written, that of the exchange first.
fn usual_zones() -> Vec<Zone> {
    let mut all = vec![Zone::EXCHANGE, Zone::UTC];
    all.extend(ZONES.iter().filter_map(|name| name.parse().ok()));
    all
}

/// Zones to try, the usual ones first.
pub(super) fn candidates() -> Vec<Zone> {
    let mut all = usual_zones();
    all.extend(
        (-12..=14)
            .filter(|hours| *hours != 0)
            .map(|hours: i32| Zone::UTC.shifted(hours * 3_600)),
    );
    all
}

/// Where a bar lies by the calendar, remembered from the bar before.
#[derive(Debug, Clone)]
pub(super) struct Finder {
    calendar: Calendar,
    known: Option<(Day, Option<Session>)>,
}

/// Where a bar lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Regular,
    Extended,
    Closed,
}

impl Finder {
    pub(super) fn new(calendar: Calendar) -> Self {
        Self {
            calendar,
            known: None,
        }
    }

    fn session(&mut self, at: Timestamp) -> Option<Session> {
        if let Some((_, Some(session))) = self.known
            && session.open <= at
            && at < session.close
        {
            return Some(session);
        }
        let day = self.calendar.local_day(at);
        match self.known {
            Some((known, session)) if known == day => session,
            _ => {
                let session = self.calendar.session(day).ok().flatten();
                self.known = Some((day, session));
                session
            }
        }
    }

    /// Where a bar that starts then lies: in the regular hours where any part of it does.
    pub(super) fn place(&mut self, start: Timestamp, interval: BarInterval) -> Place {
        if interval == BarInterval::Day && start.utc_day().midnight_utc() == start {
            return match self.calendar.session(start.utc_day()) {
                Ok(Some(_)) => Place::Regular,
                _ => Place::Closed,
            };
        }
        let session = self.session(start);
        if let Some(session) = session
            && session.open <= start
            && start < session.close
        {
            return Place::Regular;
        }
        // a bar by the clock may begin before what is traded of it: before an open, or on the evening before a trade date
        let end = start.plus_seconds(i64::from(interval.seconds()));
        let reaches = |session: Session| start < session.close && session.open < end;
        let is_long = interval != BarInterval::Day && interval.seconds() > HALF_HOUR_S;
        if is_long && (session.is_some_and(reaches) || self.ends_within(end).is_some_and(reaches)) {
            return Place::Regular;
        }
        match session {
            Some(_) => Place::Extended,
            None => Place::Closed,
        }
    }

    /// The session of the trade date on which a bar ends; what is remembered stays that of its start.
    fn ends_within(&self, end: Timestamp) -> Option<Session> {
        let day = self.calendar.local_day(Timestamp(end.0 - 1));
        match self.known {
            Some((known, session)) if known == day => session,
            _ => self.calendar.session(day).ok().flatten(),
        }
    }

    /// The start of the bar that ends at `end`.
    ///
    /// It is the bar of the session grid, `open + k·interval` to `min(open + (k + 1)·interval, close)`, whose end that is; so
    /// the last bar of a session may be a short one. Where no bar of the grid ends then, or bars are cut by the clock, it starts
    /// an interval earlier.
    pub(super) fn start_of(
        &mut self,
        end: Timestamp,
        interval: BarInterval,
        is_by_clock: bool,
    ) -> Timestamp {
        let length = i64::from(interval.seconds());
        if is_by_clock {
            return end.plus_seconds(-length);
        }
        let on_grid = self.session(Timestamp(end.0 - 1)).and_then(|session| {
            let is_within = session.open < end && end <= session.close;
            if !is_within {
                return None;
            }
            // the last boundary before the end
            let bars = (end.micros_since(session.open) - 1).checked_div(length * 1_000_000)?;
            let start = session.open.plus_seconds(bars * length);
            (start.plus_seconds(length).min(session.close) == end).then_some(start)
        });
        on_grid.unwrap_or_else(|| end.plus_seconds(-length))
    }

    /// Where the clock hour of a bar holds the open, the open: such a bar covers what is traded of its hour.
    pub(super) fn covered(&mut self, start: Timestamp, interval: BarInterval) -> Timestamp {
        let end = start.plus_seconds(i64::from(interval.seconds()));
        match self.session(Timestamp(end.0 - 1)) {
            Some(session) if start < session.open && session.open < end => session.open,
            _ => start,
        }
    }
}

#[cfg(test)]
mod tests;
