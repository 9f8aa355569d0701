//! The New York Stock Exchange: holidays by rule, with the closures and early closes that no rule gives.
//!
//! Source: the exchange's published holidays and hours; checked in the tests against the 8,324 sessions of exchange_calendars'
//! XNYS from 1990 to 2023, its later ones to 2035, and apart from both against what the exchange announced for 2025 to 2028.

use jiff::civil::{Date, Weekday, date};

use super::Hours;
use super::holidays::{good_friday, is_nth, observed, observed_forward};
use crate::base::time::Day;

/// 1990-01-01.
pub(super) const FIRST_DAY: Day = Day(7_305);
/// 2035-12-31.
pub(super) const LAST_DAY: Day = Day(24_105);

/// 9:30 to 16:00 New York time.
pub(super) const USUAL: Hours = Hours::new((9, 30), (16, 0));

/// Closed for an event that no rule gives: mourning, attack, storm.
const SPECIAL_CLOSURES: [Date; 11] = [
    date(1994, 4, 27),
    date(2001, 9, 11),
    date(2001, 9, 12),
    date(2001, 9, 13),
    date(2001, 9, 14),
    date(2004, 6, 11),
    date(2007, 1, 2),
    date(2012, 10, 29),
    date(2012, 10, 30),
    date(2018, 12, 5),
    date(2025, 1, 9),
];

/// Trading hours of a day, `None` where the exchange is closed.
pub(super) fn hours(day: Date) -> Option<Hours> {
    if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
        || is_holiday(day)
        || SPECIAL_CLOSURES.contains(&day)
    {
        return None;
    }
    Some(match early_close(day) {
        Some(close) => USUAL.closing_at(close),
        None => USUAL,
    })
}

fn is_holiday(day: Date) -> bool {
    let (year, month) = (day.year(), day.month());
    match month {
        1 => observed_forward(day, 1) || (year >= 1998 && is_nth(day, 3, Weekday::Monday)),
        2 => is_nth(day, 3, Weekday::Monday),
        3 | 4 => Some(day) == good_friday(year),
        5 => is_nth(day, -1, Weekday::Monday),
        6 => year >= 2022 && observed(day, 19),
        7 => observed(day, 4),
        9 => is_nth(day, 1, Weekday::Monday),
        11 => is_nth(day, 4, Weekday::Thursday),
        12 => observed(day, 25),
        _ => false,
    }
}

/// The time of an early close, `None` on an ordinary day.
fn early_close(day: Date) -> Option<(i32, i32)> {
    let (year, month, dom, weekday) = (day.year(), day.month(), day.day(), day.weekday());
    let (one, two) = ((13, 0), (14, 0));
    let by_rule = match (month, dom) {
        (7, 3) => {
            year >= 1995
                && matches!(
                    weekday,
                    Weekday::Monday | Weekday::Tuesday | Weekday::Thursday
                )
                || year >= 2013 && weekday == Weekday::Wednesday
        }
        (7, 5) => (1995..2013).contains(&year) && weekday == Weekday::Friday,
        (11, _) => {
            year >= 1993
                && day
                    .yesterday()
                    .is_ok_and(|eve| is_nth(eve, 4, Weekday::Thursday))
        }
        (12, 24) => year >= 1993,
        _ => false,
    };
    let exceptional = match (year, month, dom) {
        (1997 | 2003, 12, 26) | (1999, 12, 31) => Some(one),
        (1990..=1992, 12, 24) | (1992, 11, 27) => Some(two),
        _ => None,
    };
    exceptional.or(by_rule.then_some(one))
}
