//! Gap analysis in one pass over bars in order of time.

use std::collections::BTreeMap;

use super::pieces::{Longest, gaps_of, pieces};
use super::{Coverage, Curated, ExtendedHours, GapReport, Grid, GridOrigin, LongGap};
use crate::base::time::{BarInterval, Day, Timestamp};
use crate::market::calendar::{Calendar, OutsideCalendar, Schedule, Session};
use crate::market::curate::grid::{Place, Side};
use crate::market::curate::{DayCoverage, DayState};

/// Gap analysis of bars that are handed in part by part, in order of time. Its memory grows with the days, not with the bars.
#[derive(Debug, Clone)]
pub struct GapAnalysis {
    pub(in crate::market::curate) grid: Grid,
    align: GridOrigin,
    /// The last day that is asked for, even if no bar reaches it.
    until: Option<Day>,
    /// The first place after the last real bar of the regular hours.
    next: (usize, u32),
    /// Whether there was any real bar of the regular hours.
    begun: bool,
    /// Synthetic bars since then, by session.
    waiting: Vec<(usize, u64)>,
    /// Real and synthetic bars of each session.
    held: Vec<(u32, u32)>,
    extended_by_day: BTreeMap<Day, u32>,
    last_extended_day: Option<Day>,
    last_end: Option<Timestamp>,
    off_grid: u64,
    counts: [u64; 4],
    listed: Longest,
    long_weekday: Vec<LongGap>,
    extended: ExtendedHours,
}

impl GapAnalysis {
    /// An analysis that has seen nothing yet. How bars are cut is told by [`GridOrigin::of`].
    pub fn new(schedule: &Schedule, interval: BarInterval, align: GridOrigin) -> Self {
        Self {
            grid: Grid::new(schedule.clone(), interval, align),
            align,
            until: None,
            next: (0, 0),
            begun: false,
            waiting: Vec::new(),
            held: Vec::new(),
            extended_by_day: BTreeMap::new(),
            last_extended_day: None,
            last_end: None,
            off_grid: 0,
            counts: [0; 4],
            listed: Longest::default(),
            long_weekday: Vec::new(),
            extended: ExtendedHours::default(),
        }
    }

    /// Expects bars from one day to another, both included, even where the bars begin later or end earlier.
    ///
    /// # Errors
    /// [`OutsideCalendar`] where the calendar does not reach.
    pub fn expecting(mut self, from: Day, to: Day) -> Result<Self, OutsideCalendar> {
        self.grid.reach(from)?;
        self.until = Some(to);
        Ok(self)
    }

    /// The whole analysis of bars that are held at once.
    ///
    /// # Errors
    /// [`OutsideCalendar`] where the calendar does not reach.
    pub fn of(
        bars: &Curated,
        schedule: &Schedule,
    ) -> Result<(GapReport, Coverage), OutsideCalendar> {
        let align = GridOrigin::of(bars, schedule)?;
        let mut analysis = Self::new(schedule, bars.interval(), align);
        analysis.push(bars)?;
        analysis.finish()
    }

    /// Takes the next bars; they start after those before.
    ///
    /// # Errors
    /// [`OutsideCalendar`] where the calendar does not reach.
    pub fn push(&mut self, bars: &Curated) -> Result<(), OutsideCalendar> {
        for (&start, &synthetic) in bars.bars().start().iter().zip(bars.synthetic()) {
            self.take(start, synthetic)?;
        }
        Ok(())
    }

    /// Takes one bar and says where it stands.
    pub(in crate::market::curate) fn take(
        &mut self,
        start: Timestamp,
        synthetic: bool,
    ) -> Result<Place, OutsideCalendar> {
        let place = self.grid.place(start)?;
        match place {
            Place::Slot { session, slot, .. } if synthetic => self.take_synthetic(session, slot),
            Place::Slot {
                session,
                slot,
                on_grid,
            } => {
                self.take_real(session, slot, on_grid);
                self.note_time(start, Some(session));
            }
            Place::Outside { day, side } if !synthetic => {
                self.take_extended(day, side);
                self.note_time(start, None);
            }
            Place::Outside { .. } => {}
        }
        Ok(place)
    }

    fn take_synthetic(&mut self, session: usize, slot: u32) {
        if (session, slot) < self.next {
            return;
        }
        self.hold(session, |held| held.1 += 1);
        match self.waiting.last_mut() {
            Some((last, count)) if *last == session => *count += 1,
            _ => self.waiting.push((session, 1)),
        }
    }

    fn take_real(&mut self, session: usize, slot: u32, on_grid: bool) {
        let again = (session, slot) < self.next;
        if again || !on_grid {
            self.off_grid += 1;
        }
        if again {
            return;
        }
        if self.next != (session, slot) {
            self.close_gap((session, slot), true);
        }
        self.begun = true;
        self.waiting.clear();
        self.hold(session, |held| held.0 += 1);
        self.next = (session, slot + 1);
    }

    /// The counts of a session.
    fn hold(&mut self, session: usize, count: impl Fn(&mut (u32, u32))) {
        if self.held.len() <= session {
            self.held.resize(session + 1, (0, 0));
        }
        self.held.get_mut(session).into_iter().for_each(count);
    }

    fn take_extended(&mut self, day: Day, side: Side) {
        let count = match side {
            Side::BeforeOpen => &mut self.extended.before_open,
            Side::AfterClose => &mut self.extended.after_close,
            Side::ClosingPrint => {
                self.extended.closing_prints += 1;
                &mut self.extended.after_close
            }
            Side::NoSession => &mut self.extended.no_session,
        };
        *count += 1;
        *self.extended_by_day.entry(day).or_insert(0) += 1;
        if side != Side::ClosingPrint && self.last_extended_day != Some(day) {
            self.last_extended_day = Some(day);
            self.extended.days += 1;
        }
    }

    /// Looks at the time since the bar before.
    fn note_time(&mut self, start: Timestamp, session: Option<usize>) {
        let daily = self.grid.interval() == BarInterval::Day;
        let session = session.and_then(|index| self.grid.sessions().get(index));
        let (begin, end) = match session.filter(|_| daily) {
            Some(session) => (session.open, session.close),
            None => (
                start,
                start.plus_seconds(i64::from(self.grid.interval().seconds())),
            ),
        };
        if let Some(from) = self.last_end
            && begin.micros_since(from) > DAY_MICROS
        {
            let hours = weekday_micros(self.grid.schedule().calendar(), from, begin) / HOUR_MICROS;
            if hours >= 24 {
                self.long_weekday.push(LongGap {
                    from,
                    to: begin,
                    weekday_hours: hours as u32,
                    explained: !self.expects_any(from, begin),
                });
            }
        }
        self.last_end = Some(end);
    }

    /// Whether a bar is expected to start from one time up to another.
    fn expects_any(&self, from: Timestamp, to: Timestamp) -> bool {
        let reaches = |session: &&Session| session.close > from;
        let mut sessions = self.grid.sessions().iter().rev().take_while(reaches);
        sessions.any(|session| {
            (0..self.grid.slots(session)).any(|slot| {
                // a place that begins before the open by the clock holds no bar until then
                let start = self.grid.slot_start(session, slot).max(session.open);
                start >= from && start < to
            })
        })
    }

    /// Notes what is missing from the next place on up to another; `bounded`: a real bar stands there.
    fn close_gap(&mut self, to: (usize, u32), bounded: bool) {
        let found = pieces(&self.grid, self.next, to, &self.waiting);
        for gap in gaps_of(found, self.begun, bounded) {
            if let Some(counted) = self.counts.get_mut(gap.kind as usize) {
                *counted += 1;
            }
            self.listed.push(gap);
        }
    }

    /// What was found.
    ///
    /// # Errors
    /// [`OutsideCalendar`] where the calendar does not reach the last day that is expected.
    pub fn finish(mut self) -> Result<(GapReport, Coverage), OutsideCalendar> {
        if let Some(until) = self.until {
            self.grid.reach(until)?;
        }
        self.close_gap((self.grid.sessions().len(), 0), false);
        let coverage = self.coverage();
        let mut report = self.report();
        for day in &coverage.days {
            let state = match day.state {
                DayState::Closed => continue,
                DayState::Complete => &mut report.complete,
                DayState::Partial => &mut report.partial,
                DayState::Missing => &mut report.missing_sessions,
            };
            *state += 1;
            report.sessions += 1;
            report.expected += u64::from(day.expected);
            report.real += u64::from(day.real);
            report.synthetic += u64::from(day.synthetic);
        }
        Ok((report, coverage))
    }

    fn report(self) -> GapReport {
        let span = self.grid.span();
        let (gaps, unlisted) = self.listed.finish();
        GapReport {
            interval: self.grid.interval(),
            calendar: self.grid.schedule().calendar().name().to_owned(),
            align: self.align,
            from: span.map(|(from, _)| from),
            to: span.map(|(_, to)| to),
            sessions: 0,
            complete: 0,
            partial: 0,
            missing_sessions: 0,
            expected: 0,
            real: 0,
            synthetic: 0,
            off_grid: self.off_grid,
            counts: self.counts,
            gaps,
            unlisted,
            long_weekday: self.long_weekday,
            extended: self.extended,
        }
    }

    fn coverage(&self) -> Coverage {
        let Some((from, to)) = self.grid.span() else {
            return Coverage::default();
        };
        let mut held = self.held.iter().copied().chain(core::iter::repeat((0, 0)));
        let mut sessions = self.grid.sessions().iter().peekable();
        let days = (from.0..=to.0).map(|number| {
            let day = Day(number);
            let extended = self.extended_by_day.get(&day).copied().unwrap_or(0);
            let Some(session) = sessions.next_if(|session| session.day == day) else {
                return DayCoverage {
                    day,
                    state: DayState::Closed,
                    early_close: false,
                    expected: 0,
                    real: 0,
                    synthetic: 0,
                    extended,
                };
            };
            let expected = self.grid.slots(session);
            let (real, synthetic) = held.next().unwrap_or((0, 0));
            let state = match real {
                0 => DayState::Missing,
                _ if real >= expected => DayState::Complete,
                _ => DayState::Partial,
            };
            DayCoverage {
                day,
                state,
                early_close: session.early_close,
                expected,
                real,
                synthetic,
                extended,
            }
        });
        Coverage {
            days: days.collect(),
        }
    }
}

const HOUR_MICROS: i64 = 3_600_000_000;
const DAY_MICROS: i64 = 24 * HOUR_MICROS;

/// The time between two instants that falls on a Monday to Friday at the exchange, by its clock.
fn weekday_micros(calendar: Calendar, from: Timestamp, to: Timestamp) -> i64 {
    let zone = calendar.time_zone();
    let clock = |at: Timestamp| {
        let offset = jiff::Timestamp::from_microsecond(at.0)
            .map_or(0, |time| i64::from(zone.to_offset(time).seconds()));
        at.0 + offset * 1_000_000
    };
    // 1970-01-01 was a Thursday; weekday time since the Monday before it
    let weekdays = |at: i64| {
        let since_monday = at + 3 * DAY_MICROS;
        let week = 7 * DAY_MICROS;
        let within = since_monday.rem_euclid(week).min(5 * DAY_MICROS);
        since_monday.div_euclid(week) * 5 * DAY_MICROS + within
    };
    weekdays(clock(to)) - weekdays(clock(from))
}
