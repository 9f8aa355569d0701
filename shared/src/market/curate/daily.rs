//! Daily bars by the date of their session.

use super::grid::daily_bar_day;
use crate::market::bars::{BadSeries, BarColumns, BarSeries};
use crate::market::calendar::Calendar;

/// Daily bars with the midnight (UTC) of their session's date as their start, which is how they are stored and written to files,
/// whatever the time of day they were stamped with.
///
/// # Errors
/// [`BadSeries`] where two bars are of one session.
pub fn by_date(bars: &BarSeries, calendar: Calendar) -> Result<BarSeries, BadSeries> {
    let mut columns = BarColumns::with_capacity(bars.len());
    for (start, prices, volume) in bars.rows() {
        let day = daily_bar_day(calendar, start);
        columns.push(day.midnight_utc(), prices, volume);
    }
    BarSeries::new(bars.interval(), columns)
}
