//! Points in time, days and bar intervals. All times are UTC; time zones enter through calendars and parsing only.

use core::fmt;
use core::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::civil;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// A point in time: microseconds since 1970-01-01T00:00:00Z. Shown, and written in JSON, as ISO 8601 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The earliest time that bars may carry: 1900-01-01.
    pub const MIN: Self = Self(-2_208_988_800 * MICROS_PER_SECOND);
    /// The latest time that bars may carry: 2200-01-01. Both bounds are exact in an `f64`.
    pub const MAX: Self = Self(7_258_118_400 * MICROS_PER_SECOND);

    /// The time `seconds` after the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * MICROS_PER_SECOND)
    }

    /// This time plus `seconds` (saturating).
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(
            self.0
                .saturating_add(seconds.saturating_mul(MICROS_PER_SECOND)),
        )
    }

    /// Microseconds from `earlier` to this time.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The UTC day this time falls on.
    pub const fn utc_day(self) -> Day {
        Day(self.0.div_euclid(MICROS_PER_SECOND * SECONDS_PER_DAY) as i32)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (
            self.0.div_euclid(MICROS_PER_SECOND),
            self.0.rem_euclid(MICROS_PER_SECOND),
        );
        // a year of more than four digits would not be read again
        let day = civil::civil(seconds.div_euclid(SECONDS_PER_DAY));
        if !(0..=9_999).contains(&day.0) {
            return write!(f, "{} µs after 1970", self.0);
        }
        let (year, month, day) = day;
        let second = seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        if micros > 0 {
            let digits = format!("{micros:06}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Self);
        }
        let text = String::deserialize(deserializer)?;
        match civil::read_time(&text) {
            Some(micros) => Ok(Self(micros)),
            None => Err(serde::de::Error::custom(BadTimestamp::of(&text))),
        }
    }
}

/// A text that names no point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time: write it with its offset from UTC, such as 2024-03-26T13:30:00Z")]
struct BadTimestamp(String);

impl BadTimestamp {
    fn of(text: &str) -> Self {
        Self(text.chars().take(40).collect())
    }
}

/// A calendar day: days since 1970-01-01. A session is named by the exchange's local date. Shown, and written in JSON, as
/// YYYY-MM-DD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day of a civil date.
    pub fn from_date(date: Date) -> Self {
        let (year, month, day) = (date.year(), date.month(), date.day());
        // at most seven million days
        Self(civil::day_number(year.into(), month.into(), day.into()) as i32)
    }

    /// The civil date of this day; `None` beyond the years −9999 to 9999.
    pub fn date(self) -> Option<Date> {
        civil::date(self.0.into())
    }

    /// Midnight UTC at which this day begins.
    pub const fn midnight_utc(self) -> Timestamp {
        Timestamp::from_seconds(self.0 as i64 * SECONDS_PER_DAY)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match civil::civil(self.0.into()) {
            (year @ 0..=9_999, month, day) => write!(f, "{year:04}-{month:02}-{day:02}"),
            _ => write!(f, "day {}", self.0),
        }
    }
}

impl FromStr for Day {
    type Err = BadDay;

    fn from_str(text: &str) -> Result<Self, BadDay> {
        match civil::read_day(text) {
            Some(day) => Ok(Self(day as i32)),
            None => Err(BadDay(text.chars().take(40).collect())),
        }
    }
}

/// A text that names no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no day: write it as YYYY-MM-DD, such as 2024-03-26")]
pub struct BadDay(pub String);

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i32(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i32::deserialize(deserializer).map(Self);
        }
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The nominal length of a bar: whole seconds below a day, or one session.
///
/// Written "30s", "1min", "60min", "1day"; "1h" and "4h" are read as minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BarInterval {
    /// A number of seconds, 1 to 86,399.
    Seconds(u32),
    /// One bar a session.
    Day,
}

/// A text that names no bar interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no bar interval: write a number and a unit below a day, such as 1min, 5min, 60min or 30s, or 1day"
)]
pub struct BadInterval(pub String);

impl BarInterval {
    /// An interval of whole minutes.
    pub const fn minutes(minutes: u32) -> Self {
        Self::Seconds(minutes * 60)
    }

    /// The nominal length in seconds; a session counts as 86,400.
    pub const fn seconds(self) -> u32 {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::Day => SECONDS_PER_DAY as u32,
        }
    }
}

impl fmt::Display for BarInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day => write!(f, "1day"),
            Self::Seconds(s) if s % 60 == 0 => write!(f, "{}min", s / 60),
            Self::Seconds(s) => write!(f, "{s}s"),
        }
    }
}

impl FromStr for BarInterval {
    type Err = BadInterval;

    fn from_str(text: &str) -> Result<Self, BadInterval> {
        let bad = || BadInterval(text.chars().take(40).collect());
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let (number, unit) = text.split_at(digits);
        let number: u32 = number.parse().map_err(|_| bad())?;
        let unit_seconds = match unit {
            "s" => 1,
            "min" => 60,
            "h" => 3_600,
            "day" if number == 1 => return Ok(Self::Day),
            _ => return Err(bad()),
        };
        match number.checked_mul(unit_seconds) {
            Some(seconds) if seconds > 0 && i64::from(seconds) < SECONDS_PER_DAY => {
                Ok(Self::Seconds(seconds))
            }
            _ => Err(bad()),
        }
    }
}

impl Serialize for BarInterval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BarInterval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_read_as_they_are_written() {
        for text in ["1s", "30s", "1min", "5min", "60min", "240min", "1day"] {
            assert_eq!(text.parse::<BarInterval>().unwrap().to_string(), text);
        }
        assert_eq!("4h".parse::<BarInterval>().unwrap().to_string(), "240min");
        for bad in [
            "",
            "min",
            "0min",
            "2day",
            "1440min",
            "-5min",
            "5 min",
            "99999999999min",
            "5",
            "5m\u{e9}",
        ] {
            assert!(bad.parse::<BarInterval>().is_err(), "{bad:?} was read");
        }
    }

    #[test]
    fn times_are_shown_as_jiff_shows_them() {
        let step = 86_400 * 1_000_003;
        let mut micros = -62_167_219_200_000_000_i64;
        while micros < 253_402_207_200_000_000 {
            for micros in [micros, micros + 500_000, micros - micros.rem_euclid(1_000)] {
                if let Ok(time) = jiff::Timestamp::from_microsecond(micros)
                    && micros >= -62_167_219_200_000_000
                {
                    assert_eq!(Timestamp(micros).to_string(), time.to_string());
                }
            }
            micros += step * 977;
        }
        assert_eq!(
            Timestamp(i64::MAX).to_string(),
            format!("{} µs after 1970", i64::MAX)
        );
        assert_eq!(Day(i32::MIN).to_string(), format!("day {}", i32::MIN));
    }

    #[test]
    fn times_and_days_are_shown_in_utc() {
        let time = Timestamp::from_seconds(1_711_459_800);
        assert_eq!(time.to_string(), "2024-03-26T13:30:00Z");
        assert_eq!(time.utc_day().to_string(), "2024-03-26");
        assert_eq!(Day::from_date(Date::constant(1969, 12, 31)), Day(-1));
        assert_eq!(Timestamp(-1).utc_day(), Day(-1));
        assert_eq!("2024-03-26".parse::<Day>(), Ok(Day(19_808)));
        assert!(
            "2024-02-30"
                .parse::<Day>()
                .is_err_and(|bad| bad.to_string().contains("YYYY-MM-DD"))
        );
    }
}
