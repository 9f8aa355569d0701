//! A calendar with a user's own closures: when bars are to be expected.

use super::{
    BadClosures, Calendar, Closures, Exception, ExceptionHours, Hours, MINUTES_PER_DAY,
    OutsideCalendar, Session,
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

/// A closures file that cannot be used with a calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHours {
    /// A line is not understood.
    #[error(transparent)]
    Closures(#[from] BadClosures),
    /// The calendar cannot have a closure.
    #[error(transparent)]
    Schedule(#[from] BadSchedule),
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

    /// A calendar with the closures of a file over it; an empty text is none.
    ///
    /// # Errors
    /// [`BadHours`] with the first line that is not understood, or that the calendar cannot have.
    pub fn read(calendar: Calendar, closures: &str) -> Result<Self, BadHours> {
        Ok(Self::new(calendar, Closures::parse(closures)?)?)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(calendar: Calendar, text: &str) -> Result<Schedule, BadSchedule> {
        Schedule::new(calendar, Closures::parse(text).unwrap())
    }

    fn hours(schedule: &Schedule, on: &str) -> String {
        let day = Day::from_date(on.parse().unwrap());
        match schedule.session(day).unwrap() {
            None => "closed".to_owned(),
            Some(session) => {
                assert_eq!(session.day, day);
                let early = if session.early_close { " early" } else { "" };
                format!("{} {}{early}", session.open, session.close)
            }
        }
    }

    #[test]
    fn closures_override_the_calendar_in_both_directions() {
        let text = "2024-03-25\n2024-03-26,13:00\n2024-03-29,open\n2024-03-30,10:00-12:30\n2024-07-03,open\n2024-07-05,17:30\n";
        let own = schedule(Calendar::Nyse, text).unwrap();
        for (on, expected) in [
            ("2024-03-25", "closed"),
            (
                "2024-03-26",
                "2024-03-26T13:30:00Z 2024-03-26T17:00:00Z early",
            ),
            ("2024-03-27", "2024-03-27T13:30:00Z 2024-03-27T20:00:00Z"),
            // Good Friday and a Saturday
            ("2024-03-29", "2024-03-29T13:30:00Z 2024-03-29T20:00:00Z"),
            (
                "2024-03-30",
                "2024-03-30T14:00:00Z 2024-03-30T16:30:00Z early",
            ),
            // an early close that was none, and a late one
            ("2024-07-03", "2024-07-03T13:30:00Z 2024-07-03T20:00:00Z"),
            ("2024-07-05", "2024-07-05T13:30:00Z 2024-07-05T21:30:00Z"),
        ] {
            assert_eq!(hours(&own, on), expected, "{on}");
        }
        let days = |schedule: &Schedule| {
            let from = Day::from_date("2024-03-25".parse().unwrap());
            schedule.sessions(from, Day(from.0 + 6)).unwrap().len()
        };
        assert_eq!((days(&own), days(&Schedule::from(Calendar::Nyse))), (5, 4));
        let gold = schedule(Calendar::Metals, "2024-12-31,13:00\n2025-01-02,19:00-17:00").unwrap();
        assert_eq!(
            hours(&gold, "2024-12-31"),
            "2024-12-30T23:00:00Z 2024-12-31T18:00:00Z early"
        );
        assert_eq!(
            hours(&gold, "2025-01-02"),
            "2025-01-02T00:00:00Z 2025-01-02T22:00:00Z"
        );
    }

    #[test]
    fn a_closure_that_the_calendar_cannot_have_is_refused() {
        for (calendar, text, said) in [
            (
                Calendar::Nyse,
                "2024-01-02\n2036-01-02",
                "line 2: 2036-01-02 is outside the nyse calendar",
            ),
            (
                Calendar::Nyse,
                "2024-01-02,09:30",
                "line 1: on 2024-01-02 the nyse market would close before it opens",
            ),
            (
                Calendar::Forex,
                "2024-01-03,18:00",
                "line 1: the hours of 2024-01-03 reach into the session of 2024-01-04",
            ),
            (
                Calendar::Metals,
                "2024-01-03,16:00-15:00",
                "line 1: the hours of 2024-01-03 reach into the session of 2024-01-02",
            ),
        ] {
            let found = schedule(calendar, text).unwrap_err().to_string();
            assert!(found.starts_with(said), "{found}");
            let read = Schedule::read(calendar, text).unwrap_err();
            assert_eq!(read.to_string(), found);
        }
        let read = Schedule::read(Calendar::Nyse, "2024-01-02\nsoon").unwrap_err();
        assert!(read.to_string().starts_with("line 2: \"soon\" is no date"));
        let read = Schedule::read(Calendar::Nyse, "");
        assert_eq!(read, Ok(Schedule::from(Calendar::Nyse)));
    }
}
