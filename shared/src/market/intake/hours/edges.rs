//! Which side of a bar the times of one session stand for, by what its edges tell, and by what grid its bars are cut.

use super::{AFTER_CLOSE, BEFORE_OPEN, MINUTE, Sighted, Sighting};
use crate::market::calendar::Calendar;
use crate::market::intake::clock::WallClock;
use crate::market::intake::{Labels, Zone};

/// Trading begins and ends at half hours, whatever the hours are.
const HALF_HOUR: i64 = 30;
/// Bars up to this length, in minutes, are short enough that half hours are rare among them.
const SHORT: i64 = 15;

/// The edges of one session, in minutes of the file's clock, and how long bars are.
pub(super) struct Edges {
    pub(super) open: i64,
    pub(super) close: i64,
    pub(super) length: i64,
    /// The first minute of the file with a bar.
    pub(super) first: i64,
    /// Whether the clock shows UTC.
    pub(super) is_utc: bool,
}

/// What the times of one session tell.
pub(super) struct Told {
    /// Whether there are bars at the open and before it as well, so that the open tells nothing.
    pub(super) is_wide: bool,
    /// The side, where anything tells it.
    pub(super) side: Option<Labels>,
    /// Whether that are edges of trading, not half hours alone, on which bars of thin trading lie by chance.
    pub(super) is_firm: bool,
}

impl Edges {
    /// What times say as they are written, whatever they stand for.
    ///
    /// Without bars before the open, a bar at the open is a start, and one at the close and none at the open is an end, where most
    /// bars between are there, and the first one comes right after the open, or the file begins before it and its rows do not go on
    /// past the close. With bars
    /// before it, the first rule that holds: of shares, a time where extended hours begin is a start, one where they end an end;
    /// a day whose last bar is the one before the close has starts; and one whose first and last bar both lie on a half hour, or a bar
    /// from it, has what makes these its edges, which is the weakest of them.
    pub(super) fn told(&self, sighted: &Sighted<'_>) -> Told {
        let Self {
            open,
            close,
            length,
            ..
        } = *self;
        let has = |from: i64, to: i64| sighted.count(from, to) > 0;
        let at_open = has(open - length + 1, open + 1);
        // bars by the clock may end after the close
        let at_close = has(close, close + length);
        // shares trade before the open now and then, other markets up to it or not at all
        let before = match sighted.calendar {
            Calendar::Nyse => open - BEFORE_OPEN.max(length),
            _ => open - length,
        };
        let is_wide = at_open && has(before - length + 1, open - length + 1);
        // a file that begins within a session has no bar at its open, and where rows go on past the close there is one at it, as
        // where the print of the close has a row of its own
        let goes_on = has(close + length, close + 2 * length);
        let begins_after = has(open + 1, open + length + 1);
        // where few bars are traded, one after the open is chance, and one at the close of every session the print of an auction
        let is_dense = || sighted.count(open, close + 1) as i64 * length * 2 >= close - open;
        let is_whole = (begins_after || self.first <= open && !goes_on) && is_dense();
        let firm = match (at_open, at_close) {
            _ if is_wide => self.of_wide(sighted, at_close),
            (true, _) => Some(Labels::Start),
            (false, true) if self.may_be_a_week_of_utc(sighted) => None,
            (false, true) if is_whole => Some(Labels::End),
            (false, _) => None,
        };
        let weak = || is_wide.then(|| self.of_half_hours(sighted)).flatten();
        Told {
            is_wide,
            is_firm: firm.is_some(),
            side: firm.or_else(weak),
        }
    }

    /// Whether hours that end with the week of currencies in summer may as well be those that begin from 22:00 to 22:00 UTC, where the
    /// market is taken to open and to close all year.
    fn may_be_a_week_of_utc(&self, sighted: &Sighted<'_>) -> bool {
        const SUMMER: i64 = 21 * 60;
        self.is_utc
            && sighted.calendar == Calendar::Forex
            && self.length == super::HOUR
            && self.open.rem_euclid(1_440) == SUMMER
    }

    fn of_wide(&self, sighted: &Sighted<'_>, at_close: bool) -> Option<Labels> {
        let Self {
            open,
            close,
            length,
            ..
        } = *self;
        let has = |from: i64, to: i64| sighted.count(from, to) > 0;
        let (first, last) = (open - BEFORE_OPEN, close + AFTER_CLOSE);
        if sighted.calendar == Calendar::Nyse {
            let begins = has(first - length + 1, first + 1);
            let ends = has(last, last + length);
            match (begins, ends) {
                (true, false) => return Some(Labels::Start),
                (false, true) => return Some(Labels::End),
                _ => {}
            }
        }
        let ends_before = !at_close && has(close - length, close) && !has(close, last + length);
        ends_before.then_some(Labels::Start)
    }

    fn of_half_hours(&self, sighted: &Sighted<'_>) -> Option<Labels> {
        let Self {
            open,
            close,
            length,
            ..
        } = *self;
        if length > SHORT {
            return None;
        }
        let (first, last) = (open - BEFORE_OPEN, close + AFTER_CLOSE);
        let first = sighted.first(first, open)? - open;
        let last = sighted.last(close - length, last + 1)? - close;
        let side = (first.rem_euclid(HALF_HOUR), last.rem_euclid(HALF_HOUR));
        match side {
            (0, last) if last == HALF_HOUR - length => Some(Labels::Start),
            (first, 0) if first == length => Some(Labels::End),
            _ => None,
        }
    }

    /// How many bars of a session overlap the one before although neither the open nor the close cuts them short.
    pub(super) fn overlapping(&self, sighted: &Sighted<'_>, side: Labels) -> u64 {
        let Self {
            open,
            close,
            length,
            ..
        } = *self;
        // of starts the first may be cut off by the open, of ends the last by the close
        let (from, to, cut) = match side {
            Labels::Start => (open, close, open),
            Labels::End => (open + 1, close + 1, close),
        };
        let mut before: Option<i64> = None;
        let mut count = 0;
        let mut at = from;
        while let Some(found) = sighted.first(at, to) {
            let overlaps = before.is_some_and(|before| found - before < length);
            let is_cut = found == cut || before == Some(cut);
            count += u64::from(overlaps && !is_cut);
            before = Some(found);
            at = found + 1;
        }
        count
    }
}

impl Sighted<'_> {
    /// Whether ends of bars are cut by the clock in a zone, not by sessions: most that lie within sessions are off the grid that
    /// begins at the open. `None` where none lies within one: ends at closes and after them tell nothing.
    pub(in crate::market::intake) fn is_cut_by_clock(&self, zone: &Zone) -> Option<bool> {
        let (rules, shift) = zone.rules(self.calendar).ok()?;
        let length = self.length();
        let clock = WallClock::new(rules, shift);
        let (mut on, mut off) = (0_u64, 0_u64);
        for Sighting { open, close, .. } in self.of_calendar() {
            let minute = |at: i64| clock.shows(at).div_euclid(MINUTE);
            let (open, close) = (minute(open), minute(close));
            let mut at = open + 1;
            while let Some(end) = self.first(at, close) {
                match (end - open) % length {
                    0 => on += 1,
                    _ => off += 1,
                }
                at = end + 1;
            }
        }
        (on + off > 0).then_some(off > on)
    }

    /// How long bars are, in minutes, at least one.
    pub(super) fn length(&self) -> i64 {
        (i64::from(self.interval.seconds()) / 60).max(1)
    }

    /// Whether any two times are closer than bars are long.
    pub(super) fn has_overlaps(&self) -> bool {
        let length = self.length();
        let mut before: Option<i64> = None;
        let mut is_close = false;
        if length > 1 {
            for (day, minutes) in self.days {
                let from = i64::from(*day) * 1_440;
                let mut at = 0;
                while let Some(found) = super::first_one(minutes, at, 1_440) {
                    let minute = from + found;
                    is_close |= before.is_some_and(|before| minute - before < length);
                    before = Some(minute);
                    at = found + 1;
                }
            }
        }
        is_close
    }

    /// The first minute since 1970 with a bar, from one on up to another.
    fn first(&self, from: i64, to: i64) -> Option<i64> {
        let mut at = from;
        while at < to {
            let day = at.div_euclid(1_440);
            let end = to.min((day + 1) * 1_440);
            let minutes = i32::try_from(day).ok().and_then(|day| self.days.get(&day));
            let found =
                minutes.and_then(|of| super::first_one(of, at - day * 1_440, end - day * 1_440));
            if let Some(found) = found {
                return Some(day * 1_440 + found);
            }
            at = end;
        }
        None
    }

    /// The last one.
    fn last(&self, from: i64, to: i64) -> Option<i64> {
        (from..to).rev().find(|&at| self.count(at, at + 1) > 0)
    }
}
