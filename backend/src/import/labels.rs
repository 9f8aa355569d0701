//! From times as a file writes them to the starts of bars.

use std::iter::Peekable;
use std::slice::Iter;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::bars::{BadSeries, BarColumns};
use atrium_shared::market::calendar::{Calendar, Session};

use super::{ImportError, Labels};

/// Puts the start of each bar in the place of its label.
///
/// The bar that ends at a label `t` is the one of the session grid, `open + k·interval` to
/// `min(open + (k + 1)·interval, close)`, whose end is `t`; so the last bar of a session may be a short one. Where no bar
/// of the grid ends at `t`, the bar starts at `t − interval`; but a daily bar is known by the date of its session, so its date
/// stays.
///
/// # Errors
/// [`ImportError::Series`] where the calendar does not reach.
pub(super) fn to_starts(
    mut columns: BarColumns,
    interval: BarInterval,
    labels: Labels,
    calendar: Calendar,
) -> Result<BarColumns, ImportError> {
    let (Labels::End, Some(&first), Some(&last)) =
        (labels, columns.start.first(), columns.start.last())
    else {
        return Ok(columns);
    };
    // a close at midnight belongs to the day before
    let days = (
        calendar.local_day(Timestamp(first.0 - 1)),
        calendar.local_day(last),
    );
    let sessions = calendar.sessions(days.0, days.1).map_err(BadSeries::from)?;
    let mut upcoming = sessions.iter().peekable();
    for at in &mut columns.start {
        let start = start_on_grid(*at, interval, &mut upcoming);
        *at = match (start, interval) {
            (Some(start), _) => start,
            (None, BarInterval::Day) => *at,
            (None, _) => at.plus_seconds(-i64::from(interval.seconds())),
        };
    }
    Ok(columns)
}

/// The start of the bar of the session grid that ends at `end`, if there is one. Ends must not decrease from call to call.
fn start_on_grid(
    end: Timestamp,
    interval: BarInterval,
    upcoming: &mut Peekable<Iter<'_, Session>>,
) -> Option<Timestamp> {
    while upcoming.next_if(|session| session.close < end).is_some() {}
    let session = upcoming.peek().filter(|session| session.open < end)?;
    if interval == BarInterval::Day {
        return (session.close == end).then_some(session.open);
    }
    let length = i64::from(interval.seconds()) * 1_000_000;
    // the last boundary before the end
    let bars = (end.micros_since(session.open) - 1).checked_div(length)?;
    let start = Timestamp(session.open.0 + bars * length);
    let nominal = start.plus_seconds(i64::from(interval.seconds()));
    (nominal.min(session.close) == end).then_some(start)
}

#[cfg(test)]
mod tests {
    use atrium_shared::market::intake::{TimeZoneChoice, parse_time};

    use super::*;

    /// The starts of bars that end at these times of 2024.
    fn starts(ends: &[&str], interval: BarInterval, calendar: Calendar) -> Vec<String> {
        let mut columns = BarColumns::default();
        for end in ends {
            let end = parse_time(&format!("2024-{end}"), TimeZoneChoice::Utc).unwrap();
            columns.push(end, [1.0; 4], 1.0);
        }
        let columns = to_starts(columns, interval, Labels::End, calendar).unwrap();
        let short = |start: &Timestamp| start.to_string().chars().skip(5).take(11).collect();
        columns.start.iter().map(short).collect()
    }

    #[test]
    fn a_short_last_bar_starts_on_the_grid_of_its_session() {
        let hour = BarInterval::minutes(60);
        assert_eq!(
            starts(
                &["03-26T14:30", "03-26T19:30", "03-26T20:00", "03-27T14:30"],
                hour,
                Calendar::Nyse
            ),
            ["03-26T13:30", "03-26T18:30", "03-26T19:30", "03-27T13:30"]
        );
        // an early close
        assert_eq!(
            starts(&["07-03T16:30", "07-03T17:00"], hour, Calendar::Nyse),
            ["07-03T15:30", "07-03T16:30"]
        );
        let seven = BarInterval::minutes(7 * 60);
        assert_eq!(
            starts(
                &["03-26T07:00", "03-26T21:00", "03-27T00:00", "03-27T07:00"],
                seven,
                Calendar::Crypto
            ),
            ["03-26T00:00", "03-26T14:00", "03-26T21:00", "03-27T00:00"]
        );
    }

    #[test]
    fn where_no_bar_of_the_grid_ends_the_interval_is_subtracted() {
        let minutes = BarInterval::minutes;
        // before the open, at the open, on the clock, after the close, on a Sunday
        assert_eq!(
            starts(
                &[
                    "03-26T12:00",
                    "03-26T13:30",
                    "03-26T15:00",
                    "03-26T20:15",
                    "03-31T15:00"
                ],
                minutes(60),
                Calendar::Nyse
            ),
            [
                "03-26T11:00",
                "03-26T12:30",
                "03-26T14:00",
                "03-26T19:15",
                "03-31T14:00"
            ]
        );
        // the closing print
        assert_eq!(
            starts(&["03-26T20:00", "03-26T20:01"], minutes(1), Calendar::Nyse),
            ["03-26T19:59", "03-26T20:00"]
        );
    }

    #[test]
    fn a_daily_bar_that_ends_at_the_close_starts_at_the_open() {
        let day = BarInterval::Day;
        assert_eq!(
            starts(&["03-26T20:00", "07-03T17:00"], day, Calendar::Nyse),
            ["03-26T13:30", "07-03T13:30"]
        );
        // a date stays: the session of the day before would be given tomorrow's prices
        assert_eq!(
            starts(&["03-26T00:00", "03-27T00:00"], day, Calendar::Nyse),
            ["03-26T00:00", "03-27T00:00"]
        );
        assert_eq!(
            starts(&["03-26T00:00", "03-27T00:00"], day, Calendar::Crypto),
            ["03-25T00:00", "03-26T00:00"]
        );
    }
}
