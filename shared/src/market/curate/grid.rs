//! Where a bar stands among the bars that a schedule expects.

use super::GridOrigin;
use crate::base::time::{BarInterval, Day, Timestamp};
use crate::market::calendar::{Calendar, OutsideCalendar, Schedule, Session};
use crate::market::succession::daily_bar_day;

/// Where a bar stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the `slot`-th place of a session, both counted from 0.
    Slot {
        session: usize,
        slot: u32,
        /// Whether the bar starts where the place does.
        on_grid: bool,
    },
    /// Outside the regular hours of a day.
    Outside { day: Day, side: Side },
}

/// Where outside the regular hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    BeforeOpen,
    AfterClose,
    /// A bar of at most a minute that starts at the close.
    ClosingPrint,
    NoSession,
}

/// The places of bars of one interval, session after session, as far as bars were looked at.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    schedule: Schedule,
    interval: BarInterval,
    origin: GridOrigin,
    days: DayFinder,
    /// Sessions from the first day on.
    sessions: Vec<Session>,
    first_day: Option<Day>,
    /// When the session of the day before closed.
    closed_before: Option<Timestamp>,
    /// The next day whose session has not been asked for.
    next_day: Day,
    /// The first session that was not over at the last bar.
    current: usize,
}

impl Grid {
    pub(super) fn new(schedule: Schedule, interval: BarInterval, origin: GridOrigin) -> Self {
        let origin = match interval {
            BarInterval::Day => GridOrigin::Session,
            BarInterval::Seconds(_) => origin,
        };
        Self {
            days: DayFinder::new(schedule.calendar()),
            schedule,
            interval,
            origin,
            sessions: Vec::new(),
            first_day: None,
            closed_before: None,
            next_day: Day(0),
            current: 0,
        }
    }

    pub(super) fn interval(&self) -> BarInterval {
        self.interval
    }

    pub(super) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    pub(super) fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// The open of the session that the last bar is in or comes before; after the last session, of that one.
    pub(super) fn reference_open(&self) -> Timestamp {
        let session = self.sessions.get(self.current).or(self.sessions.last());
        session.map_or(Timestamp(0), |session| session.open)
    }

    /// The first and last day that was asked for.
    pub(super) fn span(&self) -> Option<(Day, Day)> {
        self.first_day
            .map(|first| (first, Day(self.next_day.0 - 1)))
    }

    /// Asks for the sessions up to a day; the first call says where they begin.
    pub(super) fn reach(&mut self, day: Day) -> Result<(), OutsideCalendar> {
        if self.first_day.is_none() {
            self.first_day = Some(day);
            self.next_day = day;
            let before = self.schedule.session(Day(day.0.saturating_sub(1)));
            self.closed_before = before.ok().flatten().map(|session| session.close);
        }
        while self.next_day <= day {
            self.sessions.extend(self.schedule.session(self.next_day)?);
            self.next_day = Day(self.next_day.0 + 1);
        }
        Ok(())
    }

    /// The place of a bar; bars come in order of their starts.
    pub(super) fn place(&mut self, start: Timestamp) -> Result<Place, OutsideCalendar> {
        if self.interval == BarInterval::Day {
            return self.place_daily(start);
        }
        // within a session that is known nothing else needs to be asked
        if let Some(place) = self.slot_of(start) {
            return Ok(place);
        }
        let day = self.days.day(start);
        self.reach(day)?;
        while self
            .sessions
            .get(self.current)
            .is_some_and(|session| session.close <= start)
        {
            self.current += 1;
        }
        self.reach_open_after(start, day)?;
        if let Some(place) = self.slot_of(start) {
            return Ok(place);
        }
        let next = self.sessions.get(self.current);
        let past = self
            .current
            .checked_sub(1)
            .and_then(|index| self.sessions.get(index));
        let side = match (next, past) {
            (_, Some(past)) if past.close == start && self.interval.seconds() <= 60 => {
                Side::ClosingPrint
            }
            (Some(next), _) if next.day == day => Side::BeforeOpen,
            (_, Some(past)) if past.day == day => Side::AfterClose,
            _ => Side::NoSession,
        };
        Ok(Place::Outside { day, side })
    }

    /// By the clock, a bar before an open may reach into a session that belongs to a later day.
    fn reach_open_after(&mut self, start: Timestamp, day: Day) -> Result<(), OutsideCalendar> {
        let later = self.days.day(Timestamp(start.0 + self.length() - 1));
        if self.origin != GridOrigin::Session
            && later > day
            && self.sessions.get(self.current).is_none()
        {
            let session = self.schedule.session(later)?;
            let opens_within =
                |session: Session| self.origin.when(self.first_cell(&session)) <= start;
            if session.is_some_and(opens_within) {
                self.reach(later)?;
            }
        }
        Ok(())
    }

    fn slot_of(&self, start: Timestamp) -> Option<Place> {
        let session = self.sessions.get(self.current)?;
        let first = self.first_cell(session);
        let begins = || self.origin.when(first).min(session.open);
        if start >= session.close || (start < session.open && start < begins()) {
            return None;
        }
        let length = self.length();
        let since = self.origin.shows(start) - first;
        Some(Place::Slot {
            session: self.current,
            // between an open and the first place after it a bar stands for that place
            slot: (since.max(0) / length) as u32,
            on_grid: since % length == 0 || start == session.open,
        })
    }

    /// A daily bar belongs to the session of its date, whatever the time of day it is stamped with.
    fn place_daily(&mut self, start: Timestamp) -> Result<Place, OutsideCalendar> {
        let day = daily_bar_day(self.schedule.calendar(), start);
        self.reach(day)?;
        while self
            .sessions
            .get(self.current)
            .is_some_and(|session| session.day < day)
        {
            self.current += 1;
        }
        Ok(match self.sessions.get(self.current) {
            Some(session) if session.day == day => Place::Slot {
                session: self.current,
                slot: 0,
                on_grid: true,
            },
            _ => Place::Outside {
                day,
                side: Side::NoSession,
            },
        })
    }

    fn length(&self) -> i64 {
        i64::from(self.interval.seconds()) * 1_000_000
    }

    /// What the grid's clock shows at the start of a session's first place. By the clock, a place that reaches over the open is the
    /// session's first one, unless it is the last one of the session before.
    fn first_cell(&self, session: &Session) -> i64 {
        if self.origin == GridOrigin::Session {
            return session.open.0;
        }
        let length = self.length();
        let open = self.origin.shows(session.open);
        let cell = open.div_euclid(length) * length;
        if cell < open && self.closed_before(session) > Some(self.origin.when(cell)) {
            return cell + length;
        }
        cell
    }

    /// When the session before one closed, as far as it is known.
    fn closed_before(&self, session: &Session) -> Option<Timestamp> {
        let index = self
            .sessions
            .partition_point(|other| other.day < session.day);
        match index.checked_sub(1) {
            Some(before) => self.sessions.get(before).map(|before| before.close),
            None => self.closed_before,
        }
    }

    /// How many places a session has.
    pub(super) fn slots(&self, session: &Session) -> u32 {
        if self.interval == BarInterval::Day {
            return 1;
        }
        let length = self.length();
        let lasts = self.origin.shows(session.close) - self.first_cell(session);
        (lasts.max(0) as u64).div_ceil(length as u64) as u32
    }

    /// When a place begins; the place after the last one begins at the close.
    pub(super) fn slot_start(&self, session: &Session, slot: u32) -> Timestamp {
        if self.interval == BarInterval::Day && slot > 0 {
            return session.close;
        }
        self.cell_start(session, slot).min(session.close)
    }

    fn cell_start(&self, session: &Session, slot: u32) -> Timestamp {
        let shown = self.first_cell(session) + i64::from(slot) * self.length();
        self.origin.when(shown)
    }

    /// Until when a bar may hold what was traded: to the end of its place, where it begins with that, else for a whole interval,
    /// also where it begins at an open. By the clock, the last place of a session ends where it would without a close.
    pub(super) fn covers_until(&self, start: Timestamp, place: Place) -> Timestamp {
        let nominal = Timestamp(start.0 + self.length());
        let Place::Slot { session, slot, .. } = place else {
            return nominal;
        };
        match self.sessions.get(session) {
            Some(session) if self.cell_start(session, slot) == start => match self.origin {
                GridOrigin::Session => self.slot_start(session, slot + 1),
                GridOrigin::Clock | GridOrigin::Local { .. } => self.cell_start(session, slot + 1),
            },
            _ => nominal,
        }
    }

    /// Session seconds from the begin of one place to the begin of another.
    pub(super) fn seconds_between(&self, session: &Session, from: u32, to: u32) -> u64 {
        let begin = self.slot_start(session, from).max(session.open);
        let end = self.slot_start(session, to).max(session.open);
        end.micros_since(begin).max(0) as u64 / 1_000_000
    }
}

/// Tells trade dates, asking for the time zone once an hour: dates and clocks change on whole hours.
#[derive(Debug, Clone)]
pub(super) struct DayFinder {
    calendar: Calendar,
    known: Option<(i64, Day)>,
}

impl DayFinder {
    const HOUR: i64 = 3_600_000_000;

    pub(super) fn new(calendar: Calendar) -> Self {
        Self {
            calendar,
            known: None,
        }
    }

    pub(super) fn day(&mut self, at: Timestamp) -> Day {
        let hour = at.0.div_euclid(Self::HOUR);
        match self.known {
            Some((known, day)) if known == hour => day,
            _ => {
                let day = self.calendar.local_day(at);
                self.known = Some((hour, day));
                day
            }
        }
    }
}
