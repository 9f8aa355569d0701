//! Spot gold and silver: 23 hours a day with a break from 17:00 to 18:00 New York time, as on CME Globex.
//!
//! Closed on New Year's Day, Good Friday and Christmas Day as Globex keeps them. On holidays of the United States, on the
//! day after Thanksgiving and on Christmas Eve trading ends early; these times are what the exchange published for
//! recent years and what a broker's hourly bars of 2018 to 2026 and another's of 2014 to 2019 show. Venues differ by
//! minutes: of two times the later one is taken, so that bars which exist are kept. A closures file says what a venue does.

use jiff::civil::{Date, Weekday};

use super::Hours;
use super::holidays::{good_friday, is_nth, observed, observed_forward};

/// 18:00 of the evening before to 17:00 New York time.
pub(super) const USUAL: Hours = Hours::from_eve((18, 0), (17, 0));

/// Trading hours of a trade date, `None` where the market is closed.
pub(super) fn hours(day: Date) -> Option<Hours> {
    if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) || is_closed(day) {
        return None;
    }
    Some(match early_close(day) {
        Some(close) => USUAL.closing_at(close),
        None => USUAL,
    })
}

fn is_closed(day: Date) -> bool {
    match day.month() {
        1 => observed_forward(day, 1),
        3 | 4 => Some(day) == good_friday(day.year()),
        12 => observed(day, 25),
        _ => false,
    }
}

/// The New York time of an early close, `None` on an ordinary day.
fn early_close(day: Date) -> Option<(i32, i32)> {
    let year = day.year();
    let after_thanksgiving = day.month() == 11
        && day
            .yesterday()
            .is_ok_and(|eve| is_nth(eve, 4, Weekday::Thursday));
    if after_thanksgiving {
        return Some(if year >= 2024 { (14, 45) } else { (13, 45) });
    }
    if (day.month(), day.day()) == (12, 24) {
        return Some((13, 45));
    }
    // before a weekend nothing reopens in the evening, and the close stayed at 13:00
    let late = year >= 2022 && day.weekday() != Weekday::Friday;
    is_short(day).then_some(if late { (14, 30) } else { (13, 0) })
}

/// Whether a holiday of the United States ends the session early.
fn is_short(day: Date) -> bool {
    let year = day.year();
    match day.month() {
        1 => year >= 1998 && is_nth(day, 3, Weekday::Monday),
        2 => is_nth(day, 3, Weekday::Monday),
        5 => is_nth(day, -1, Weekday::Monday),
        6 => year >= 2022 && observed(day, 19),
        7 => observed(day, 4),
        9 => is_nth(day, 1, Weekday::Monday),
        11 => is_nth(day, 4, Weekday::Thursday),
        _ => false,
    }
}
