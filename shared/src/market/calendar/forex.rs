//! Spot forex: around the clock from Sunday evening to Friday evening in New York.
//!
//! Interbank convention: a trade date ends at 17:00 New York time and begins at that time of the evening before, in summer
//! and winter. The market rests on Christmas Day and New Year's Day alone. Venues differ on the Monday after either
//! falls on a Sunday, and on a few hours of the days around; here they count as open, so that bars which exist are
//! kept. A closures file says what a venue does.

use jiff::civil::{Date, Weekday};

use super::Hours;

/// 17:00 of the evening before to 17:00 New York time.
pub(super) const USUAL: Hours = Hours::from_eve((17, 0), (17, 0));

/// Trading hours of a trade date, `None` where the market is closed.
pub(super) fn hours(day: Date) -> Option<Hours> {
    let rests = matches!((day.month(), day.day()), (1, 1) | (12, 25));
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    (!rests && !weekend).then_some(USUAL)
}
