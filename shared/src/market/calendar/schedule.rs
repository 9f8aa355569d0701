//! A calendar with a user's own closures: when bars are to be expected.

use super::{
    Calendar, Closures, Exception, ExceptionHours, Hours, MINUTES_PER_DAY, OutsideCalendar, Session,
};
use crate::base::time::Day;

/// When a market has sessions: its calendar, and over it the closures of a user's file.
///
/// Gap analysis, quality, filling and coverage ask it what is to be expected. Cutting bars and running a strategy ask the
/// [`Calendar`]: a closures file says what is missing, it never takes bars away that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    calendar: Calendar,
    closures: Closures,
}

/// A closure that the calendar cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSchedule {
    /// The calendar has no rules for the day.
    #[error("line {line}: {outside}")]
    Outside {
        /// The line of the closures file.
        line: usize,
        /// The day and what the calendar covers.
        outside: OutsideCalendar,
    },
    /// The session would end before it begins.
    #[error(
        "line {line}: on {day} the {calendar} market would close before it opens: times are in the exchange's zone, from 00:00 to 24:00"
    )]
    Empty {
        /// The line of the closures file.
        line: usize,
        /// The day.
        day: Day,
        /// The calendar's name.
        calendar: &'static str,
    },
    /// The session would overlap the one of the day before or after.
    #[error("line {line}: the hours of {day} reach into the session of {neighbour}")]
    Overlap {
        /// The line of the closures file.
        line: usize,
        /// The day.
        day: Day,
        /// The other day.
        neighbour: Day,
    },
}

impl From<Calendar> for Schedule {
    fn from(calendar: Calendar) -> Self {
        Self {
            calendar,
            closures: Closures::default(),
        }
    }
}

impl Schedule {
    /// A calendar with closures over it.
    ///
    /// # Errors
    /// [`BadSchedule`] with the line of the first closure that the calendar cannot have.
    pub fn new(calendar: Calendar, closures: Closures) -> Result<Self, BadSchedule> {
        let schedule = Self { calendar, closures };
        for exception in schedule.closures.days() {
            schedule.check(exception)?;
        }
        Ok(schedule)
    }

    fn check(&self, exception: &Exception) -> Result<(), BadSchedule> {
        let &Exception { day, line, .. } = exception;
        let outside = |outside| BadSchedule::Outside { line, outside };
        let on = |day: i32| self.session(Day(day)).ok().flatten();
        self.calendar.session(day).map_err(outside)?;
        if exception.hours == ExceptionHours::Closed {
            return Ok(());
        }
        let session = on(day.0).filter(|session| session.open < session.close);
        let session = session.ok_or(BadSchedule::Empty {
            line,
            day,
            calendar: self.calendar.name(),
        })?;
        let before = on(day.0 - 1).filter(|before| before.close > session.open);
        let after = on(day.0 + 1).filter(|after| after.open < session.close);
        match before.or(after) {
            Some(neighbour) => Err(BadSchedule::Overlap {
                line,
                day,
                neighbour: neighbour.day,
            }),
            None => Ok(()),
        }
    }

    /// The calendar under the closures.
    pub fn calendar(&self) -> Calendar {
        self.calendar
    }

    /// The closures over the calendar.
    pub fn closures(&self) -> &Closures {
        &self.closures
    }

    /// The session of a trade date, `None` where the market is closed.
    ///
    /// # Errors
    /// [`OutsideCalendar`] where the calendar has no rules for the day.
    pub fn session(&self, day: Day) -> Result<Option<Session>, OutsideCalendar> {
        let usual = self.calendar.session(day)?;
        Ok(match self.closures.get(day) {
            None => usual,
            Some(exception) => hours_of(self.calendar, exception.hours)
                .and_then(|hours| self.calendar.session_of(day, hours)),
        })
    }

    /// Every session from `first` to `last`, both included.
    ///
    /// # Errors
    /// [`OutsideCalendar`] where a day lies beyond the calendar.
    pub fn sessions(&self, first: Day, last: Day) -> Result<Vec<Session>, OutsideCalendar> {
        let mut sessions = Vec::new();
        for day in first.0..=last.0 {
            sessions.extend(self.session(Day(day))?);
        }
        Ok(sessions)
    }
}

/// The hours of an exception, `None` where it closes the market.
fn hours_of(calendar: Calendar, exception: ExceptionHours) -> Option<Hours> {
    let usual = calendar.usual_hours();
    match exception {
        ExceptionHours::Closed => None,
        ExceptionHours::Usual => Some(usual),
        ExceptionHours::Until(close) => Some(Hours { close, ..usual }),
        ExceptionHours::Between(open, close) if open < close => Some(Hours { open, close }),
        ExceptionHours::Between(open, close) => Some(Hours {
            open: open - MINUTES_PER_DAY,
            close,
        }),
    }
}
