//! Where finer bars go, one after the other.

use super::{Alignment, Hours, ResampleError, ResampleReport, Resampling};
use crate::base::time::{BarInterval, Day, Timestamp};
use crate::market::actions::Basis;
use crate::market::bars::{BadSeries, BarColumns, BarSeries, sessions_of};
use crate::market::calendar::{Calendar, Session};
use crate::market::curate::curated::{Bases, CuratedRow};
use crate::market::curate::grid::DayFinder;
use crate::market::succession::daily_bar_day;

/// The bars cut so far.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) bars: BarColumns,
    pub(super) synthetic: Vec<bool>,
    pub(super) spread: Vec<f64>,
}

/// Cutting in one pass.
pub(super) struct Cutting {
    how: Resampling,
    stored: BarInterval,
    calendar: Calendar,
    sessions: Vec<Session>,
    /// The first session that was not over at the last bar.
    current: usize,
    days: DayFinder,
    /// Midnight UTC of the first day, from which the clock counts.
    midnight: Timestamp,
    bases: Vec<Basis>,
    /// The factor of the last bar cut, where a bar may reach over a change of it.
    factor: f64,
    /// The part of a day that the last bar outside the sessions belongs to.
    part: Option<(Day, bool)>,
    columns: Columns,
    report: ResampleReport,
}

impl Cutting {
    pub(super) fn new(
        base: &BarSeries,
        how: Resampling,
        calendar: Calendar,
    ) -> Result<Self, ResampleError> {
        let stored = base.interval();
        let fits = match how.interval {
            BarInterval::Day => true,
            BarInterval::Seconds(seconds) => {
                stored != BarInterval::Day
                    && seconds > 0
                    && seconds.checked_rem(stored.seconds()) == Some(0)
            }
        };
        if !fits {
            return Err(ResampleError::NotAMultiple {
                wanted: how.interval,
                stored,
            });
        }
        let unbound = how.align == Alignment::Clock && how.hours == Hours::All;
        let sessions = if unbound {
            Vec::new()
        } else {
            sessions_of(base, calendar).map_err(BadSeries::from)?
        };
        let first = base.start().first().copied().unwrap_or(Timestamp(0));
        // whole bars of finer ones without a gap, and a part of one at the end of each session; where most are missing, more
        let whole = u64::from(stored.seconds()) * base.len() as u64;
        let whole = whole / u64::from(how.interval.seconds().max(1));
        let room = usize::try_from(whole).unwrap_or(0) + sessions.len();
        Ok(Self {
            how,
            stored,
            calendar,
            sessions,
            current: 0,
            days: DayFinder::new(calendar),
            midnight: first.utc_day().midnight_utc(),
            bases: Vec::new(),
            factor: 1.0,
            part: None,
            columns: Columns::with_capacity(room.min(base.len())),
            report: ResampleReport::default(),
        })
    }

    /// Refuses clock-aligned bars that would reach over a change of basis.
    pub(super) fn mind(&mut self, bases: Vec<Basis>) {
        self.bases = bases;
    }

    pub(super) fn finish(self) -> (Columns, ResampleReport) {
        (self.columns, self.report)
    }

    /// Takes the next finer bar.
    pub(super) fn take(&mut self, row: &CuratedRow) -> Result<(), ResampleError> {
        if self.stored == BarInterval::Day {
            return self.take_daily(row);
        }
        let start = row.start;
        let over = |session: &Session| session.close <= start;
        while self.sessions.get(self.current).is_some_and(over) {
            self.current += 1;
        }
        let session = self.sessions.get(self.current).copied();
        let session = session.filter(|session| session.open <= start);
        match (self.how.align, session) {
            (Alignment::Clock, Some(_)) => self.take_by_clock(row),
            (Alignment::Clock, None) if self.how.hours == Hours::All => self.take_by_clock(row),
            (Alignment::Session, Some(session)) => self.take_in_session(&session, row),
            (Alignment::Session, None) => {
                self.take_outside(row);
                Ok(())
            }
            (Alignment::Clock, None) => {
                self.leave_out(row);
                Ok(())
            }
        }
    }

    /// Daily bars belong to the session of their date, whatever the time of day they are stamped with.
    fn take_daily(&mut self, row: &CuratedRow) -> Result<(), ResampleError> {
        let Resampling { align, hours, .. } = self.how;
        let day = daily_bar_day(self.calendar, row.start);
        let found = self
            .sessions
            .binary_search_by_key(&day, |session| session.day);
        let session = found.ok().and_then(|index| self.sessions.get(index));
        let bar_start = match (align, hours, session) {
            (Alignment::Clock, Hours::All, _) | (Alignment::Clock, Hours::Regular, Some(_)) => {
                return self.take_by_clock(row);
            }
            (Alignment::Session, _, Some(session)) => session.open,
            (Alignment::Session, Hours::All, None) => day.midnight_utc(),
            (_, Hours::Regular, None) => {
                self.leave_out(row);
                return Ok(());
            }
        };
        // two bars of one day stay two, and are refused as a series
        self.columns.push(bar_start, row.prices, row, row.synthetic);
        Ok(())
    }

    fn clock_start(&self, start: Timestamp) -> Timestamp {
        let length = i64::from(self.how.interval.seconds()) * 1_000_000;
        let since = start.micros_since(self.midnight);
        Timestamp(self.midnight.0 + since.div_euclid(length) * length)
    }

    fn take_by_clock(&mut self, row: &CuratedRow) -> Result<(), ResampleError> {
        let bar_start = self.clock_start(row.start);
        if !self.bases.is_empty() && !row.synthetic {
            let (factor, _) = Bases::new(&self.bases).at(row.start);
            let real = self.columns.synthetic.last() == Some(&false);
            let goes_on = real && self.columns.bars.start.last() == Some(&bar_start);
            if goes_on && factor.to_bits() != self.factor.to_bits() {
                return Err(ResampleError::AcrossAction { start: bar_start });
            }
            self.factor = factor;
        }
        self.add(bar_start, row);
        Ok(())
    }

    fn take_in_session(
        &mut self,
        session: &Session,
        row: &CuratedRow,
    ) -> Result<(), ResampleError> {
        let bar_start = match self.how.interval {
            BarInterval::Day => session.open,
            BarInterval::Seconds(seconds) => {
                let length = i64::from(seconds) * 1_000_000;
                let last = self.columns.bars.start.last();
                // what follows the last bar of this session closely is found without a division
                match last.map(|last| (*last, row.start.micros_since(*last))) {
                    Some((last, since)) if last >= session.open && since < length => last,
                    Some((last, since)) if last >= session.open && since < 2 * length => {
                        Timestamp(last.0 + length)
                    }
                    _ => {
                        let since = row.start.micros_since(session.open);
                        Timestamp(session.open.0 + since / length * length)
                    }
                }
            }
        };
        let end = end_within(session, row.start, self.stored);
        if end > end_within(session, bar_start, self.how.interval) {
            return Err(ResampleError::Misaligned {
                start: row.start,
                stored: self.stored,
                wanted: self.how.interval,
            });
        }
        self.add(bar_start, row);
        Ok(())
    }

    /// A bar outside the regular hours: a closing print folds, others are left out or cut apart.
    fn take_outside(&mut self, row: &CuratedRow) {
        let start = row.start;
        let past = self.current.checked_sub(1);
        let past = past.and_then(|index| self.sessions.get(index)).copied();
        // where one session's close is the next one's open, as in a market that never closes, a bar at that time opens the
        // next session and does not come here
        let closed = past.filter(|session| self.stored.seconds() <= 60 && session.close == start);
        match (closed, self.how.hours) {
            (Some(session), _) if !row.synthetic && self.folds_into_last(&session, start) => {
                self.report.folded += 1;
                self.widen(row);
            }
            (_, Hours::Regular) => self.leave_out(row),
            (_, Hours::All) => self.take_extended(past, row),
        }
    }

    fn take_extended(&mut self, past: Option<Session>, row: &CuratedRow) {
        let start = row.start;
        let day = self.days.day(start);
        let next = self.sessions.get(self.current).copied();
        let of_day = |session: &Session| session.day == day;
        let (before, after) = (next.filter(of_day), past.filter(of_day));
        let part = (day, after.is_some());
        let bar_start = match (self.how.interval, before.or(after)) {
            (BarInterval::Day, Some(session)) => session.open,
            (BarInterval::Day, None) => day.midnight_utc(),
            (BarInterval::Seconds(_), None) => self.clock_start(start),
            (BarInterval::Seconds(seconds), Some(session)) => {
                let length = i64::from(seconds) * 1_000_000;
                let steps = start.micros_since(session.open).div_euclid(length);
                let cell = Timestamp(session.open.0 + steps * length);
                if after.is_some() {
                    cell.max(session.close)
                } else {
                    cell
                }
            }
        };
        // cells of two days may overlap: a bar never reaches from one into the other
        let last = self.columns.bars.start.last().copied();
        let apart = last.is_some_and(|last| bar_start <= last)
            && self.part != Some(part)
            && self.how.interval != BarInterval::Day;
        self.part = Some(part);
        self.add(
            if apart {
                start
            } else {
                last.map_or(bar_start, |last| bar_start.max(last))
            },
            row,
        );
    }

    fn leave_out(&mut self, row: &CuratedRow) {
        self.report.left_out += usize::from(!row.synthetic);
    }

    /// A closing print belongs to the bar that ends at the close; without that bar it belongs to none.
    fn folds_into_last(&self, session: &Session, start: Timestamp) -> bool {
        let real = self.columns.synthetic.last() == Some(&false);
        let last = self.columns.bars.start.last();
        real && last.is_some_and(|&last| {
            last >= session.open && end_within(session, last, self.how.interval) == start
        })
    }

    /// Takes a finer bar into the bar that starts at a time.
    fn add(&mut self, bar_start: Timestamp, row: &CuratedRow) {
        let goes_on = self.columns.bars.start.last() == Some(&bar_start);
        let columns = &mut self.columns;
        match (goes_on, row.synthetic) {
            (true, true) => {}
            (true, false) if columns.synthetic.last() == Some(&true) => {
                columns.replace_last(row);
            }
            (true, false) => self.widen(row),
            (false, false) => columns.push(bar_start, row.prices, row, false),
            (false, true) => {
                // nothing is repeated where nothing came before
                if let Some(&close) = columns.bars.close.last() {
                    columns.push(bar_start, [close; 4], row, true);
                }
            }
        }
    }

    /// Takes one more finer bar into the last bar.
    fn widen(&mut self, row: &CuratedRow) {
        let [_, high, low, close] = row.prices;
        let Columns { bars, spread, .. } = &mut self.columns;
        if let (Some(top), Some(bottom), Some(last), Some(sum)) = (
            bars.high.last_mut(),
            bars.low.last_mut(),
            bars.close.last_mut(),
            bars.volume.last_mut(),
        ) {
            if high > *top {
                *top = high;
            }
            if low < *bottom {
                *bottom = low;
            }
            *last = close;
            *sum += row.volume;
        }
        if let (Some(last), Some(now)) = (spread.last_mut(), row.spread) {
            *last = now;
        }
    }
}

impl Columns {
    fn with_capacity(count: usize) -> Self {
        Self {
            bars: BarColumns::with_capacity(count),
            synthetic: Vec::with_capacity(count),
            spread: Vec::new(),
        }
    }

    fn push(&mut self, start: Timestamp, prices: [f64; 4], row: &CuratedRow, synthetic: bool) {
        self.bars.push(start, prices, row.volume);
        self.synthetic.push(synthetic);
        self.spread.extend(row.spread);
    }

    /// The first real bar of a bar that was synthetic so far.
    fn replace_last(&mut self, row: &CuratedRow) {
        let start = self.bars.start.pop();
        for column in [
            &mut self.bars.open,
            &mut self.bars.high,
            &mut self.bars.low,
            &mut self.bars.close,
            &mut self.bars.volume,
        ] {
            column.pop();
        }
        self.synthetic.pop();
        if row.spread.is_some() {
            self.spread.pop();
        }
        if let Some(start) = start {
            self.push(start, row.prices, row, false);
        }
    }
}

/// The end of a bar of a session: its nominal end, or the close if that is earlier.
fn end_within(session: &Session, start: Timestamp, interval: BarInterval) -> Timestamp {
    let nominal = start.plus_seconds(i64::from(interval.seconds()));
    if interval == BarInterval::Day || nominal > session.close {
        session.close
    } else {
        nominal
    }
}
