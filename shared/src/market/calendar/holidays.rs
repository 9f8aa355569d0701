//! The rules by which holidays of the United States fall on days.

use jiff::civil::{Date, Weekday};

/// A fixed holiday is kept on Friday when it falls on a Saturday and on Monday when it falls on a Sunday.
pub(super) fn observed(day: Date, holiday: i8) -> bool {
    observed_forward(day, holiday) || (day.day() == holiday - 1 && day.weekday() == Weekday::Friday)
}

/// New Year's Day is not moved back: 31 December closes the books.
pub(super) fn observed_forward(day: Date, holiday: i8) -> bool {
    day.day() == holiday || (day.day() == holiday + 1 && day.weekday() == Weekday::Monday)
}

pub(super) fn is_nth(day: Date, nth: i8, weekday: Weekday) -> bool {
    day.nth_weekday_of_month(nth, weekday)
        .is_ok_and(|found| found == day)
}

/// Two days before Easter Sunday (Gregorian computus, Meeus).
pub(super) fn good_friday(year: i16) -> Option<Date> {
    let year = i32::from(year);
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    let easter = Date::new(year as i16, (n / 31) as i8, (n % 31 + 1) as i8).ok()?;
    easter.checked_sub(jiff::Span::new().days(2)).ok()
}
