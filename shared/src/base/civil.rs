//! Dates of the Gregorian calendar by day numbers, and times as text: the few forms that the core writes and reads.
//!
//! jiff does the same and much more; what it says of texts that it cannot read would be in every program that reads a time.

use jiff::civil::Date;

/// Days in 400 years, after which the calendar repeats.
const DAYS_PER_ERA: i64 = 146_097;
/// The day number of 0000-03-01: years are counted from March, so that a leap day is the last of its year.
const MARCH_OF_YEAR_0: i64 = -719_468;

/// The day number of a date, 0 at 1970-01-01; the month is 1 to 12.
pub(super) fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    // March to January have 31, 30, 31, 30, 31 days, twice, and 31
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year + MARCH_OF_YEAR_0
}

/// Year, month and day of a day number.
pub(super) fn civil(day: i64) -> (i64, i64, i64) {
    let day = day - MARCH_OF_YEAR_0;
    let (era, of_era) = (day.div_euclid(DAYS_PER_ERA), day.rem_euclid(DAYS_PER_ERA));
    let years = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * years + years / 4 - years / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = (from_march + 2) % 12 + 1;
    let year = era * 400 + years + i64::from(month <= 2);
    (year, month, of_year - (153 * from_march + 2) / 5 + 1)
}

/// The date of a day number; `None` beyond the years −9999 to 9999.
pub(super) fn date(day: i64) -> Option<Date> {
    let (year, month, day) = civil(day);
    let year = i16::try_from(year).ok()?;
    Date::new(year, month as i8, day as i8).ok()
}

/// Reads fields of a text from its beginning on.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    /// A number of so many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        if !number.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.0 = rest;
        Some(number.iter().fold(0, |value, digit| {
            value * 10 + i64::from(digit.saturating_sub(b'0'))
        }))
    }

    /// One of some letters, if it comes next.
    fn one_of(&mut self, letters: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        if !letters.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(*first)
    }

    /// YYYY-MM-DD as a day number.
    fn day(&mut self) -> Option<i64> {
        let year = self.number(4)?;
        self.one_of(b"-")?;
        let month = self.number(2)?;
        self.one_of(b"-")?;
        let day = self.number(2)?;
        let number = day_number(year, month, day);
        // a day that its month does not have is another one
        ((1..=12).contains(&month) && civil(number) == (year, month, day)).then_some(number)
    }

    /// HH:MM, HH:MM:SS or with a fraction, in microseconds; what a fraction says beyond them is left out.
    fn time(&mut self) -> Option<i64> {
        let hour = self.number(2).filter(|hour| *hour < 24)?;
        self.one_of(b":")?;
        let minute = self.number(2).filter(|minute| *minute < 60)?;
        let mut second = 0;
        let mut micros = 0;
        if self.one_of(b":").is_some() {
            // a leap second is read as the one before it
            second = self.number(2).filter(|second| *second <= 60)?.min(59);
            if self.one_of(b".,").is_some() {
                micros = self.fraction()?;
            }
        }
        Some(((hour * 60 + minute) * 60 + second) * 1_000_000 + micros)
    }

    /// One to nine digits of a fraction of a second, in microseconds.
    fn fraction(&mut self) -> Option<i64> {
        let digits = self
            .0
            .iter()
            .take_while(|digit| digit.is_ascii_digit())
            .count();
        if !(1..=9).contains(&digits) {
            return None;
        }
        let value = self.number(digits)?;
        let nanos = value * 10_i64.pow(9 - digits as u32);
        Some(nanos / 1_000)
    }

    /// Z, or ±HH, ±HH:MM or ±HHMM, in seconds ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hours = self.number(2).filter(|hours| *hours < 24)?;
        let minutes = match (self.one_of(b":"), self.0.is_empty()) {
            (None, true) => 0,
            _ => self.number(2).filter(|minutes| *minutes < 60)?,
        };
        Some(sign * (hours * 60 + minutes) * 60)
    }
}

/// Reads YYYY-MM-DD as a day number.
pub(super) fn read_day(text: &str) -> Option<i64> {
    let mut fields = Fields(text.as_bytes());
    let day = fields.day()?;
    fields.0.is_empty().then_some(day)
}

/// Reads a time with its offset from UTC, such as 2024-03-26T13:30:00Z (RFC 3339), in microseconds since 1970.
pub(super) fn read_time(text: &str) -> Option<i64> {
    let mut fields = Fields(text.as_bytes());
    let day = fields.day()?;
    fields.one_of(b"Tt ")?;
    let time = fields.time()?;
    let offset = fields.offset()?;
    let micros = day * 86_400_000_000 + time - offset * 1_000_000;
    fields.0.is_empty().then_some(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_those_of_jiff() {
        let mut date_of_jiff = Date::MIN;
        let epoch = Date::constant(1970, 1, 1);
        loop {
            let (year, month, day) = (
                i64::from(date_of_jiff.year()),
                i64::from(date_of_jiff.month()),
                i64::from(date_of_jiff.day()),
            );
            let number = day_number(year, month, day);
            assert_eq!(civil(number), (year, month, day));
            if day == 1 {
                let hours = date_of_jiff.duration_since(epoch).as_hours();
                assert_eq!(number, hours / 24, "{date_of_jiff}");
                assert_eq!(date(number), Some(date_of_jiff));
            }
            match date_of_jiff.tomorrow() {
                Ok(next) => {
                    let next_number =
                        day_number(next.year().into(), next.month().into(), next.day().into());
                    assert_eq!(next_number, number + 1);
                    date_of_jiff = next;
                }
                Err(_) => break assert_eq!(date(number + 1), None),
            }
        }
        assert_eq!(date(day_number(-9999, 1, 1) - 1), None);
    }

    #[test]
    fn times_are_read_as_jiff_reads_them() {
        for text in [
            "2024-03-26T13:30:00Z",
            "2024-03-26t13:30:00z",
            "2024-03-26 13:30Z",
            "2024-02-29T23:59:59.999999999+05:30",
            "1899-12-31T00:00:00-0330",
            "2024-03-26T13:30:00.5+01",
            "2024-12-31T23:59:60Z",
            "0000-01-01T00:00:00Z",
            "9999-12-30T21:59:59.123456Z",
        ] {
            let read: jiff::Timestamp = text.parse().unwrap();
            assert_eq!(read_time(text), Some(read.as_microsecond()), "{text}");
        }
        for bad in [
            "",
            "2024-03-26",
            "2024-03-26T13:30:00",
            "2024-02-30T13:30:00Z",
            "2024-13-01T13:30:00Z",
            "2024-00-01T13:30:00Z",
            "2024-03-26T24:00:00Z",
            "2024-03-26T13:60:00Z",
            "2024-03-26T13:30:61Z",
            "2024-03-26T13:30:00.Z",
            "2024-03-26T13:30:00.0000000001Z",
            "2024-03-26T13:30:00Z ",
            "2024-03-26T13:30:00+01:",
            "2024-03-26T13:30:00+01:60",
            "24-03-26T13:30:00Z",
            "2024-3-26T13:30:00Z",
            "2024-03-26T13:30:00é",
        ] {
            assert!(bad.parse::<jiff::Timestamp>().is_err(), "{bad}");
            assert_eq!(read_time(bad), None, "{bad}");
        }
    }
}
