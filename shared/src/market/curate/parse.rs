//! Reading times as people and tools write them.

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use crate::base::time::Timestamp;
use crate::market::calendar::Calendar;

/// The zone of times that are written without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeZoneChoice {
    /// Coordinated universal time.
    Utc,
    /// The local time of the exchange.
    Exchange(Calendar),
}

/// A text or number that names no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// The text matches none of the forms that are read.
    #[error(
        "{0:?} is no time: expected ISO 8601, such as 2024-03-26T13:30:00Z, or YYYY-MM-DD HH:MM[:SS], or m/d/yyyy h:mm, or seconds, milliseconds, microseconds or nanoseconds since 1970"
    )]
    Unreadable(String),
    /// The local time does not exist, or exists twice, because clocks change.
    #[error(
        "{0:?} falls into a change of clocks in the exchange's zone, so it names no single time: give times in UTC or with their offset"
    )]
    Ambiguous(String),
}

/// Forms without a zone, tried in order.
const LOCAL_FORMS: [&str; 6] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
];

/// Reads a time. A zone written in the text wins; else the time is local to `zone`. Whole numbers count from 1970 in the
/// unit their size suggests ([`time_from_epoch`]).
///
/// # Errors
/// [`BadTime`] with the text.
pub fn parse_time(text: &str, zone: TimeZoneChoice) -> Result<Timestamp, BadTime> {
    let text = text.trim();
    let unreadable = || BadTime::Unreadable(text.chars().take(60).collect());
    if let Ok(number) = text.parse::<i64>() {
        return time_from_epoch(number).ok_or_else(unreadable);
    }
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp(time.as_microsecond()));
    }
    let local = text
        .parse::<DateTime>()
        .ok()
        .or_else(|| LOCAL_FORMS.iter().find_map(|form| read_local(form, text)));
    let local = local.ok_or_else(unreadable)?;
    let zone = match zone {
        TimeZoneChoice::Utc => TimeZone::UTC,
        TimeZoneChoice::Exchange(calendar) => calendar.time_zone(),
    };
    let single = zone.into_ambiguous_zoned(local).unambiguous();
    let single = single.map_err(|_| BadTime::Ambiguous(text.chars().take(60).collect()))?;
    Ok(Timestamp(single.timestamp().as_microsecond()))
}

fn read_local(form: &str, text: &str) -> Option<DateTime> {
    strtime::parse(form, text).ok()?.to_datetime().ok()
}

/// A count since 1970 in seconds, milliseconds, microseconds or nanoseconds, whichever puts it between 1990 and 2100.
///
/// Those four ranges do not overlap, so the unit is never in doubt; `None` for a number in none of them.
pub fn time_from_epoch(number: i64) -> Option<Timestamp> {
    const FROM_1990: i64 = 631_152_000;
    const TO_2100: i64 = 4_102_444_800;
    let within = |unit: i64| number >= FROM_1990 * unit && number / unit < TO_2100;
    match number {
        _ if within(1) => Some(Timestamp::from_seconds(number)),
        _ if within(1_000) => Some(Timestamp(number * 1_000)),
        _ if within(1_000_000) => Some(Timestamp(number)),
        _ if within(1_000_000_000) => Some(Timestamp(number / 1_000)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_as_the_same_minute() {
        let exchange = TimeZoneChoice::Exchange(Calendar::Nyse);
        for (text, zone) in [
            ("2024-03-26T13:30:00Z", exchange),
            ("2024-03-26T09:30:00-04:00", TimeZoneChoice::Utc),
            ("2024-03-26 13:30:00+00:00", exchange),
            ("2024-03-26 13:30", TimeZoneChoice::Utc),
            ("2024-03-26 09:30:00", exchange),
            ("2024-03-26T09:30", exchange),
            ("3/26/2024 9:30", exchange),
            ("1711459800", exchange),
            ("1711459800000", exchange),
            ("1711459800000000", exchange),
            ("1711459800000000000", exchange),
        ] {
            let read = parse_time(text, zone).map(|time| time.to_string());
            assert_eq!(read.as_deref(), Ok("2024-03-26T13:30:00Z"), "{text}");
        }
    }

    #[test]
    fn a_time_that_names_no_minute_is_refused() {
        let exchange = TimeZoneChoice::Exchange(Calendar::Nyse);
        for text in [
            "",
            "soon",
            "2024-13-01 10:00",
            "2024-02-30",
            "12",
            "1.64E+12",
            "99999999999999999999",
        ] {
            assert!(
                matches!(parse_time(text, exchange), Err(BadTime::Unreadable(_))),
                "{text:?} was read"
            );
        }
        for text in ["2024-03-10 02:30", "2024-11-03 01:30"] {
            assert!(
                matches!(parse_time(text, exchange), Err(BadTime::Ambiguous(_))),
                "{text:?} was read"
            );
        }
    }
}
