//! Reading times as people and tools write them. The form is told by the shape of each text by itself, so a column may mix
//! several; only the order of month and day has to be known beforehand.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::clock::{Local, WallClock};
use super::delimited::shown;
use super::epoch::{epoch, epoch_of_float};
use super::{DateOrder, TimeForm};
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
    /// A number that a spreadsheet rounded.
    #[error(
        "{0:?} lost its last digits, as spreadsheets do to long numbers, so it names no time: use another column, or get the file again"
    )]
    LostDigits(String),
    /// A date of which only the last digits of the year are written.
    #[error(
        "{0:?} has a year of two digits, which tells neither the century nor which of the numbers it is: have it written with four, as in 2024-03-26"
    )]
    ShortYear(String),
    /// A spreadsheet's own number of a day.
    #[error(
        "{0:?} is no time; if it is the number of a day as a spreadsheet counts them, {1}, have the column shown as dates (YYYY-MM-DD HH:MM) there and save it again"
    )]
    DayNumber(String, String),
}

/// What a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// A point in time: microseconds since 1970 UTC.
    Utc(i64),
    /// A point in time, and what the clock showed by which it is written with a zone other than UTC, as microseconds since 1970 of a clock
    /// that shows UTC.
    Zoned { at: i64, wall: i64 },
    /// A date and a time of day without a zone, as microseconds since 1970 of a clock that shows UTC.
    Wall(i64),
    /// A date alone: its midnight, as above.
    Date(i64),
    /// A time of day alone: microseconds since midnight.
    Clock(i64),
}

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Reads a time. A zone written in the text wins; else the time is local to `zone`. Whole numbers count from 1970 in the
/// unit their size suggests ([`time_from_epoch`]).
///
/// # Errors
/// [`BadTime`] with the text, also where the time is one that no bar can have.
pub fn parse_time(text: &str, zone: TimeZoneChoice) -> Result<Timestamp, BadTime> {
    let text = text.trim_ascii();
    let unreadable = || BadTime::Unreadable(shown(text.as_bytes()));
    let within = |at: i64| {
        let at = Timestamp(at);
        let is_time = (Timestamp::MIN..=Timestamp::MAX).contains(&at);
        is_time.then_some(at).ok_or_else(unreadable)
    };
    let (moment, _) = moment(text.as_bytes(), DateOrder::Month)?;
    let wall = match moment {
        Moment::Utc(at) | Moment::Zoned { at, .. } => return within(at),
        Moment::Clock(_) => return Err(unreadable()),
        Moment::Wall(at) | Moment::Date(at) => at,
    };
    let rules = match zone {
        TimeZoneChoice::Utc => return within(wall),
        TimeZoneChoice::Exchange(calendar) => calendar.time_zone(),
    };
    match WallClock::new(rules, 0).local(wall) {
        Local::One(at) => within(at),
        Local::Gap | Local::Twice { .. } => Err(BadTime::Ambiguous(shown(text.as_bytes()))),
    }
}

/// Reads one text, without blanks around it.
pub(super) fn moment(text: &[u8], order: DateOrder) -> Result<(Moment, TimeForm), BadTime> {
    let mut cursor = Cursor { rest: text };
    let read = match text.first() {
        Some(byte) if byte.is_ascii_digit() => from_digits(&mut cursor, text, order),
        Some(byte) if byte.is_ascii_alphabetic() => from_name(&mut cursor),
        _ => None,
    };
    match read {
        Some(Ok(read)) => Ok(read),
        Some(Err(bad)) => Err(bad),
        None => Err(unread(text)),
    }
}

/// What a text is that names no time, as far as it can be told.
fn unread(text: &[u8]) -> BadTime {
    let has_short_year = || -> Option<()> {
        let mut cursor = Cursor { rest: text };
        match cursor.month() {
            Some(_) => cursor.one_of(b" -.").and_then(|()| cursor.short())?,
            None => {
                cursor.short()?;
                cursor.one_of(b"/.- ")?;
                cursor.month().or_else(|| cursor.short())?
            }
        };
        cursor.one_of(b"/.-, ")?;
        cursor.blanks();
        let (_, digits) = cursor.number()?;
        (digits == 2 && matches!(cursor.peek(), None | Some(b' ' | b',' | b'T'))).then_some(())
    };
    if has_short_year().is_some() {
        return BadTime::ShortYear(shown(text));
    }
    match day_number(text) {
        Some(day) => BadTime::DayNumber(shown(text), day),
        None => BadTime::Unreadable(shown(text)),
    }
}

/// The day, and the minute, that a spreadsheet shows for a number, where that is one of 1955 to 2064.
fn day_number(text: &[u8]) -> Option<String> {
    /// 1970-01-01, counted from the day before 1900, with a day in 1900 that never was.
    const EPOCH: f64 = 25_569.0;
    let number: f64 = core::str::from_utf8(text).ok()?.parse().ok()?;
    let is_day = (20_000.0..60_000.0).contains(&number) && text.len() >= 5;
    let micros = ((number - EPOCH) * 1_440.0).round() * 60e6;
    let at = Timestamp(micros as i64).to_string();
    is_day.then(|| at.replace('T', " ").chars().take(16).collect())
}

type Read = Option<Result<(Moment, TimeForm), BadTime>>;

fn from_digits(cursor: &mut Cursor<'_>, text: &[u8], order: DateOrder) -> Read {
    let (first, digits) = cursor.number()?;
    match (digits, cursor.peek()) {
        (_, None) => whole_number(first, digits, text).map(Ok),
        (9.., Some(b'.')) => decimals(first, cursor, text),
        (_, Some(b'e' | b'E')) => exponent(text),
        (1.., Some(b'.')) if exponent_follows(cursor.rest) => exponent(text),
        (4, Some(mark @ (b'-' | b'/' | b'.'))) => {
            cursor.skip(1);
            let month = cursor.short()?;
            cursor.expect(mark)?;
            let day = days(first, month, cursor.short()?)?;
            rest_of(cursor, day, text, [TimeForm::DateTime, TimeForm::Date])
        }
        (8, Some(_)) => {
            let day = compact_day(first)?;
            rest_of(
                cursor,
                day,
                text,
                [TimeForm::CompactDateTime, TimeForm::CompactDate],
            )
        }
        (1 | 2, Some(b':')) => {
            let clock = cursor.clock_after(first)?;
            cursor
                .is_done()
                .then_some(Ok((Moment::Clock(clock), TimeForm::DateTime)))
        }
        (1 | 2, Some(mark @ (b'/' | b'.' | b'-' | b' '))) => {
            cursor.skip(1);
            if let Some(month) = cursor.month() {
                cursor.one_of(b"-/. ,")?;
                cursor.blanks();
                let day = days(cursor.year()?, month, first)?;
                return rest_of(cursor, day, text, [TimeForm::NamedMonth; 2]);
            }
            let second = cursor.short()?;
            cursor.expect(mark).filter(|()| mark != b' ')?;
            let year = cursor.year()?;
            let day = match order {
                DateOrder::Month => days(year, first, second)?,
                DateOrder::Day => days(year, second, first)?,
            };
            rest_of(
                cursor,
                day,
                text,
                [TimeForm::ShortDateTime, TimeForm::ShortDate],
            )
        }
        _ => None,
    }
}

/// `Mar 26, 2024 09:30`
fn from_name(cursor: &mut Cursor<'_>) -> Read {
    let text = cursor.rest;
    let month = cursor.month()?;
    cursor.one_of(b" -.")?;
    cursor.blanks();
    let day = cursor.short()?;
    cursor.one_of(b", -")?;
    cursor.blanks();
    let day = days(cursor.year()?, month, day)?;
    rest_of(cursor, day, text, [TimeForm::NamedMonth; 2])
}

/// Digits alone: a count since 1970, `20240326`, `202403260930` or `20240326093000`. None of these ranges overlap.
fn whole_number(number: i64, digits: usize, text: &[u8]) -> Option<(Moment, TimeForm)> {
    if let Some((at, form)) = epoch(number) {
        return Some((Moment::Utc(at), form));
    }
    match digits {
        8 => Some((Moment::Date(compact_day(number)?), TimeForm::CompactDate)),
        12 | 14 => {
            let (date, clock) = text.split_at_checked(8)?;
            let (date, _) = Cursor { rest: date }.number()?;
            let clock = Cursor { rest: clock }.compact_clock()?;
            let at = compact_day(date)? + clock;
            Some((Moment::Wall(at), TimeForm::CompactDateTime))
        }
        _ => None,
    }
}

/// A count since 1970 with decimals.
fn decimals(whole: i64, cursor: &mut Cursor<'_>, text: &[u8]) -> Read {
    cursor.skip(1);
    let micros = cursor.fraction();
    if !cursor.is_done() {
        return exponent_follows(cursor.rest).then(|| Err(BadTime::LostDigits(shown(text))));
    }
    let (at, form) = epoch(whole)?;
    let more = match form {
        TimeForm::EpochSeconds => micros,
        TimeForm::EpochMillis => micros / 1_000,
        _ => 0,
    };
    Some(Ok((Moment::Utc(at + more), form)))
}

/// `1.6438122E+12`: a time only where no digit of the whole number is left out.
fn exponent(text: &[u8]) -> Read {
    let plain = core::str::from_utf8(text).ok()?;
    let number: f64 = plain.parse().ok()?;
    let (digits, power) = plain.split_once(['e', 'E'])?;
    let power: usize = power.trim_start_matches('+').parse().ok()?;
    let decimals = digits
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.len());
    if decimals < power {
        return Some(Err(BadTime::LostDigits(shown(text))));
    }
    let (at, form) = epoch_of_float(number)?;
    Some(Ok((Moment::Utc(at), form)))
}

/// Whether digits, a mark and digits end in an exponent, as in `1.64E+12`.
fn exponent_follows(rest: &[u8]) -> bool {
    let mut after = rest
        .iter()
        .skip_while(|byte| byte.is_ascii_digit() || **byte == b'.');
    matches!(after.next(), Some(b'e' | b'E'))
}

/// What follows a date: nothing, or a time of day and perhaps a zone.
fn rest_of(cursor: &mut Cursor<'_>, day: i64, text: &[u8], forms: [TimeForm; 2]) -> Read {
    let [with_clock, alone] = forms;
    if cursor.is_done() {
        return Some(Ok((Moment::Date(day), alone)));
    }
    cursor.one_of(b" Tt_,-")?;
    cursor.blanks();
    let is_compact = with_clock == TimeForm::CompactDateTime;
    let clock = match cursor.number()? {
        (hour, 1 | 2) if cursor.peek() == Some(b':') => cursor.clock_after(hour)?,
        (number, digits @ (4 | 6)) if is_compact => clock_of(number, digits)?,
        _ => return None,
    };
    let wall = day + clock;
    cursor.blanks();
    if cursor.is_done() {
        return Some(Ok((Moment::Wall(wall), with_clock)));
    }
    let at = match cursor.offset() {
        Some(offset) => wall - offset * SECOND,
        None => match named_zone(cursor, wall)? {
            Local::One(at) => at,
            Local::Gap | Local::Twice { .. } => {
                return Some(Err(BadTime::Ambiguous(shown(text))));
            }
        },
    };
    // what is written in UTC may be another clock's midnight
    let moment = match wall == at {
        true => Moment::Utc(at),
        false => Moment::Zoned { at, wall },
    };
    let form = match with_clock {
        TimeForm::ShortDateTime => TimeForm::ShortDateTimeZoned,
        _ => TimeForm::DateTimeZoned,
    };
    Some(Ok((moment, form)))
}

/// A zone by its name or one of the abbreviations that RFC 2822 defines.
fn named_zone(cursor: &Cursor<'_>, wall: i64) -> Option<Local> {
    let name = core::str::from_utf8(cursor.rest).ok()?;
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let hours = match name {
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        _ => {
            let rules: TimeZone = TimeZoneDatabase::bundled().get(name).ok()?;
            return Some(WallClock::new(rules, 0).local(wall));
        }
    };
    Some(Local::One(wall - hours * 3_600 * SECOND))
}

/// Midnight of a date, in microseconds since 1970; `None` for a date that does not exist.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    const LENGTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let index = usize::try_from(month - 1).ok()?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = LENGTHS.get(index)? + i64::from(is_leap && month == 2);
    if !(1..=length).contains(&day) || !(1..=9_999).contains(&year) {
        return None;
    }
    // years that begin in March, so that the leap day is the last one
    let shifted = year - i64::from(month <= 2);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let of_era = shifted.rem_euclid(400) * 365 + shifted.rem_euclid(400) / 4
        - shifted.rem_euclid(400) / 100
        + of_year;
    Some((shifted.div_euclid(400) * 146_097 + of_era - 719_468) * DAY)
}

fn compact_day(number: i64) -> Option<i64> {
    days(number / 10_000, number / 100 % 100, number % 100)
}

/// The microseconds since midnight of `hhmm` or `hhmmss`.
fn clock_of(number: i64, digits: usize) -> Option<i64> {
    let seconds = if digits == 4 { number * 100 } else { number };
    clock(seconds / 10_000, seconds / 100 % 100, seconds % 100)
}

fn clock(hour: i64, minute: i64, second: i64) -> Option<i64> {
    let is_midnight = hour == 24 && minute == 0 && second == 0;
    let is_clock = hour < 24 && minute < 60 && second < 60;
    (is_clock || is_midnight).then_some((hour * 3_600 + minute * 60 + second) * SECOND)
}

/// What is left of a text.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<()> {
        let byte = self.peek().filter(|byte| bytes.contains(byte))?;
        self.expect(byte)
    }

    /// As many digits as there are, at most nineteen, and how many.
    fn number(&mut self) -> Option<(i64, usize)> {
        let mut value = 0i64;
        let mut digits = 0;
        for byte in self.rest.iter().take_while(|byte| byte.is_ascii_digit()) {
            value = value.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
            digits += 1;
        }
        self.skip(digits);
        (digits > 0).then_some((value, digits))
    }

    /// One or two digits.
    fn short(&mut self) -> Option<i64> {
        self.number()
            .filter(|(_, digits)| *digits <= 2)
            .map(|(value, _)| value)
    }

    /// Four digits.
    fn year(&mut self) -> Option<i64> {
        self.number()
            .filter(|(_, digits)| *digits == 4)
            .map(|(value, _)| value)
    }

    /// Digits after a mark as microseconds; what is finer is cut off.
    fn fraction(&mut self) -> i64 {
        let mut unit = 100_000;
        let mut micros = 0;
        let mut digits = 0;
        for byte in self.rest.iter().take_while(|byte| byte.is_ascii_digit()) {
            micros += i64::from(byte - b'0') * unit;
            unit /= 10;
            digits += 1;
        }
        self.skip(digits);
        micros
    }

    /// `:mm[:ss[.ffffff]] [am|pm]` after an hour.
    fn clock_after(&mut self, mut hour: i64) -> Option<i64> {
        self.expect(b':')?;
        let two = |cursor: &mut Self| cursor.number().filter(|(_, digits)| *digits == 2);
        let (minute, _) = two(self)?;
        let (mut second, mut micros) = (0, 0);
        if self.expect(b':').is_some() {
            (second, _) = two(self)?;
            if self.one_of(b".,").is_some() {
                micros = self.fraction();
            }
        }
        let after = self.rest.trim_ascii_start();
        if let [half @ (b'a' | b'A' | b'p' | b'P'), b'm' | b'M', rest @ ..] = after
            && !rest.first().is_some_and(u8::is_ascii_alphabetic)
        {
            self.rest = rest;
            let is_hour = (1..=12).contains(&hour);
            hour = is_hour.then_some(hour % 12)?
                + if half.eq_ignore_ascii_case(&b'p') {
                    12
                } else {
                    0
                };
        }
        Some(clock(hour, minute, second)? + micros)
    }

    /// `hhmm` or `hhmmss` to the end.
    fn compact_clock(&mut self) -> Option<i64> {
        let (number, digits) = self.number()?;
        (self.is_done() && (digits == 4 || digits == 6)).then_some(())?;
        clock_of(number, digits)
    }

    /// A month by its English name.
    fn month(&mut self) -> Option<i64> {
        const MONTHS: [&[u8; 3]; 12] = [
            b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov",
            b"dec",
        ];
        let letters = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let name = self.rest.get(..letters.min(3))?;
        let index = MONTHS
            .iter()
            .position(|month| name.eq_ignore_ascii_case(*month))?;
        (letters <= 9).then(|| self.skip(letters))?;
        i64::try_from(index + 1).ok()
    }

    /// `Z`, `UTC`, `+05:30`, `-0400`, `+02`, each to the end or before a zone in brackets; in seconds.
    fn offset(&mut self) -> Option<i64> {
        let text = self.rest;
        let name = [b"UTC".as_slice(), b"GMT", b"utc", b"gmt", b"Z", b"z"];
        let prefix = name.into_iter().find(|name| text.starts_with(name));
        let mut rest = text.get(prefix.map_or(0, <[u8]>::len)..)?;
        let mut seconds = 0;
        if let [sign @ (b'+' | b'-'), after @ ..] = rest {
            let mut cursor = Cursor { rest: after };
            let (hours, minutes, more) = match cursor.number()? {
                (hours, 1 | 2) if cursor.expect(b':').is_some() => {
                    let minutes = cursor.short()?;
                    let more = cursor.expect(b':').map(|()| cursor.short());
                    (hours, minutes, more.unwrap_or(Some(0))?)
                }
                (hours, 1 | 2) => (hours, 0, 0),
                (number, 4) => (number / 100, number % 100, 0),
                _ => return None,
            };
            (hours <= 23 && minutes <= 59 && more <= 59).then_some(())?;
            seconds = hours * 3_600 + minutes * 60 + more;
            seconds = if *sign == b'-' { -seconds } else { seconds };
            rest = cursor.rest;
        } else if prefix.is_none() {
            return None;
        }
        match rest {
            [] => {}
            [b'[', .., b']'] => {}
            _ => return None,
        }
        self.rest = &[];
        Some(seconds)
    }
}

#[cfg(test)]
mod tests;
