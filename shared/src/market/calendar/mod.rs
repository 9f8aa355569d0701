//! Trading calendars: when a market has a session, when that opens and closes, and how many sessions a year has.

mod nyse;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::base::time::{Day, Timestamp};

/// Time zones are compiled in: the host's own data never decides.
static NEW_YORK: TimeZone = jiff::tz::get!("America/New_York");

/// A market's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Calendar {
    /// The New York Stock Exchange: 9:30 to 16:00 New York time, with holidays and early closes.
    Nyse,
    /// Crypto: every day from 00:00 to 24:00 UTC.
    Crypto,
}

/// One trading session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// The exchange's local date, which names the session.
    pub day: Day,
    /// The time of the open.
    pub open: Timestamp,
    /// The time of the close, which is not part of the session.
    pub close: Timestamp,
    /// Whether the session closes earlier than usual.
    pub early_close: bool,
}

/// A day for which the calendar has no rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{day} is outside the {calendar} calendar, which covers {from} to {to}: leave out the bars beyond it, or choose another calendar"
)]
pub struct OutsideCalendar {
    /// The day in question.
    pub day: Day,
    /// The calendar's name.
    pub calendar: &'static str,
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub to: Day,
}

impl Calendar {
    /// The calendar's name in configurations and digests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nyse => "nyse",
            Self::Crypto => "crypto",
        }
    }

    /// Sessions a year, by which statistics are annualised.
    pub const fn sessions_per_year(self) -> f64 {
        match self {
            Self::Nyse => 252.0,
            Self::Crypto => 365.0,
        }
    }

    /// The zone of the exchange's local time.
    pub fn time_zone(self) -> TimeZone {
        match self {
            Self::Nyse => NEW_YORK.clone(),
            Self::Crypto => TimeZone::UTC,
        }
    }

    /// The exchange's local date at a time.
    pub fn local_day(self, at: Timestamp) -> Day {
        match self {
            Self::Crypto => at.utc_day(),
            Self::Nyse => match jiff::Timestamp::from_microsecond(at.0) {
                Ok(time) => Day::from_date(NEW_YORK.to_datetime(time).date()),
                Err(_) => at.utc_day(),
            },
        }
    }

    /// The session of a day, `None` where the market is closed.
    ///
    /// # Errors
    /// [`OutsideCalendar`] where the calendar has no rules for the day.
    pub fn session(self, day: Day) -> Result<Option<Session>, OutsideCalendar> {
        let (from, to) = self.span();
        if day < from || day > to {
            return Err(OutsideCalendar {
                day,
                calendar: self.name(),
                from,
                to,
            });
        }
        Ok(match self {
            Self::Crypto => Some(Session {
                day,
                open: day.midnight_utc(),
                close: Day(day.0 + 1).midnight_utc(),
                early_close: false,
            }),
            Self::Nyse => day.date().and_then(nyse::hours).and_then(|hours| {
                let at = |time: Time| local_time(&NEW_YORK, day.date()?, time);
                Some(Session {
                    day,
                    open: at(hours.open)?,
                    close: at(hours.close)?,
                    early_close: hours.early,
                })
            }),
        })
    }

    /// Every session from `first` to `last`, both included.
    ///
    /// # Errors
    /// [`OutsideCalendar`] where a day lies beyond the calendar.
    pub fn sessions(self, first: Day, last: Day) -> Result<Vec<Session>, OutsideCalendar> {
        let mut sessions = Vec::new();
        for day in first.0..=last.0 {
            sessions.extend(self.session(Day(day))?);
        }
        Ok(sessions)
    }

    /// The first and last day that the calendar has rules for.
    fn span(self) -> (Day, Day) {
        match self {
            Self::Nyse => (nyse::FIRST_DAY, nyse::LAST_DAY),
            Self::Crypto => (Timestamp::MIN.utc_day(), Timestamp::MAX.utc_day()),
        }
    }
}

/// A local date and time as UTC.
fn local_time(zone: &TimeZone, date: Date, time: Time) -> Option<Timestamp> {
    let at = zone.to_timestamp(date.to_datetime(time)).ok()?;
    Some(Timestamp(at.as_microsecond()))
}
