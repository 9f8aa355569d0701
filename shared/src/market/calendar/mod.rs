//! Trading calendars: when a market has a session, when that opens and closes, and how many sessions a year has.

mod closures;
mod forex;
mod holidays;
mod metals;
mod nyse;
mod schedule;

pub use closures::{BadClosure, BadClosures, Closures, Exception, ExceptionHours};
pub use schedule::{BadHours, BadSchedule, Schedule};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::base::time::{Day, Timestamp};
use crate::base::zone::Zone;

/// Time zones are compiled in: the host's own data never decides.
static NEW_YORK: TimeZone = jiff::tz::get!("America/New_York");

/// A market's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Calendar {
    /// The New York Stock Exchange: 9:30 to 16:00 New York time, with holidays and early closes.
    Nyse,
    /// Spot forex, 24x5: a trade date runs from 17:00 New York time of the evening before to 17:00, Monday's from Sunday
    /// evening on; closed on Christmas Day and New Year's Day.
    Forex,
    /// Spot gold and silver, 23x5: a trade date runs from 18:00 New York time of the evening before to 17:00; closed on New
    /// Year's Day, Good Friday and Christmas Day, with early closes on holidays of the United States.
    Metals,
    /// Crypto: every day from 00:00 to 24:00 UTC.
    Crypto,
}

/// One trading session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// The trade date, which names the session: the local date of its close, where it opens on the evening before.
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
            Self::Forex => "forex",
            Self::Metals => "metals",
            Self::Crypto => "crypto",
        }
    }

    /// Every calendar.
    pub const ALL: [Self; 4] = [Self::Nyse, Self::Forex, Self::Metals, Self::Crypto];

    /// Sessions a year, by which statistics are annualised: the field's round numbers for shares, forex and crypto, and for
    /// metals the 261 weekdays of a year less three closed ones.
    pub const fn sessions_per_year(self) -> f64 {
        match self {
            Self::Nyse => 252.0,
            Self::Forex => 260.0,
            Self::Metals => 258.0,
            Self::Crypto => 365.0,
        }
    }

    /// The zone of the exchange's local time.
    pub fn time_zone(self) -> TimeZone {
        match self {
            Self::Nyse | Self::Forex | Self::Metals => NEW_YORK.clone(),
            Self::Crypto => TimeZone::UTC,
        }
    }

    /// The trade date at a time: the exchange's local date, or the next one from the evening on where sessions begin on the
    /// evening before (forex from 17:00, metals from 18:00 New York time).
    pub fn local_day(self, at: Timestamp) -> Day {
        // what is left of the local day when a session of the next trade date begins
        let ahead = match self {
            Self::Crypto => return at.utc_day(),
            Self::Nyse => 0,
            Self::Forex | Self::Metals => -self.usual_hours().open,
        };
        match jiff::Timestamp::from_microsecond(at.0) {
            Ok(time) => {
                let local = NEW_YORK.to_datetime(time);
                let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
                let day = Day::from_date(local.date());
                Day(day.0 + (minute + ahead) / MINUTES_PER_DAY)
            }
            Err(_) => at.utc_day(),
        }
    }

    /// [`Calendar::local_day`] of many times in order: the zone's rules are asked once a trade date.
    pub fn local_days(self, times: &[Timestamp]) -> Vec<Day> {
        let begins = match self {
            Self::Crypto => return times.iter().map(|at| at.utc_day()).collect(),
            Self::Nyse => 0,
            Self::Forex | Self::Metals => self.usual_hours().open,
        };
        let mut today: Option<(Day, Timestamp, Option<Timestamp>)> = None;
        let day_of = |&at: &Timestamp| match today {
            Some((day, from, Some(until))) if from <= at && at < until => day,
            _ => {
                let day = self.local_day(at);
                today = Some((day, at, local_time(&NEW_YORK, Day(day.0 + 1), begins)));
                day
            }
        };
        times.iter().map(day_of).collect()
    }

    /// The zone of [`Calendar::time_zone`].
    pub const fn zone(self) -> Zone {
        match self {
            Self::Nyse | Self::Forex | Self::Metals => Zone::NewYork,
            Self::Crypto => Zone::Utc,
        }
    }

    /// The session of a trade date, `None` where the market is closed.
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
        let hours = match self {
            Self::Nyse => day.date().and_then(nyse::hours),
            Self::Forex => day.date().and_then(forex::hours),
            Self::Metals => day.date().and_then(metals::hours),
            Self::Crypto => Some(AROUND_THE_CLOCK),
        };
        Ok(hours.and_then(|hours| self.session_of(day, hours)))
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
            Self::Forex | Self::Metals | Self::Crypto => {
                (Timestamp::MIN.utc_day(), Timestamp::MAX.utc_day())
            }
        }
    }

    /// The hours of an ordinary day.
    fn usual_hours(self) -> Hours {
        match self {
            Self::Nyse => nyse::USUAL,
            Self::Forex => forex::USUAL,
            Self::Metals => metals::USUAL,
            Self::Crypto => AROUND_THE_CLOCK,
        }
    }

    /// The session with given hours.
    fn session_of(self, day: Day, hours: Hours) -> Option<Session> {
        let at = |minutes: i32| match self {
            Self::Crypto => Some(day.midnight_utc().plus_seconds(i64::from(minutes) * 60)),
            Self::Nyse | Self::Forex | Self::Metals => local_time(&NEW_YORK, day, minutes),
        };
        Some(Session {
            day,
            open: at(hours.open)?,
            close: at(hours.close)?,
            early_close: hours.close < self.usual_hours().close,
        })
    }
}

const MINUTES_PER_DAY: i32 = 1_440;

/// A day of a market that never closes.
const AROUND_THE_CLOCK: Hours = Hours::new((0, 0), (24, 0));

/// Trading hours in minutes of local time from the midnight at which the trade date begins; below 0 on the evening before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hours {
    open: i32,
    close: i32,
}

impl Hours {
    /// From one hour and minute to another of the same day.
    const fn new(open: (i32, i32), close: (i32, i32)) -> Self {
        Self {
            open: open.0 * 60 + open.1,
            close: close.0 * 60 + close.1,
        }
    }

    /// From an hour and minute of the evening before.
    const fn from_eve(open: (i32, i32), close: (i32, i32)) -> Self {
        let hours = Self::new(open, close);
        Self {
            open: hours.open - MINUTES_PER_DAY,
            ..hours
        }
    }

    /// The same, but closing at another hour and minute.
    const fn closing_at(self, (hour, minute): (i32, i32)) -> Self {
        Self {
            close: hour * 60 + minute,
            ..self
        }
    }
}

/// Local minutes from the midnight of a date as UTC.
fn local_time(zone: &TimeZone, day: Day, minutes: i32) -> Option<Timestamp> {
    let date: Date = Day(day.0.checked_add(minutes.div_euclid(MINUTES_PER_DAY))?).date()?;
    let minute = minutes.rem_euclid(MINUTES_PER_DAY);
    let at = date.at((minute / 60) as i8, (minute % 60) as i8, 0, 0);
    let at = zone.to_timestamp(at).ok()?;
    Some(Timestamp(at.as_microsecond()))
}

#[cfg(test)]
mod tests;
