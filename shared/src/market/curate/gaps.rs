//! Gap analysis: what the calendar expects and the bars do not hold.

mod analysis;
mod pieces;

use serde::{Deserialize, Serialize};

use super::grid::Grid;
use super::{Coverage, Curated, GridOrigin};
use crate::base::time::{BarInterval, Day, Timestamp};
use crate::market::calendar::{OutsideCalendar, Schedule};

pub use analysis::GapAnalysis;
pub(super) use pieces::{Longest, Piece, gaps_of, pieces};

/// Where in a session bars are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// Between two bars of a session, or of sessions that join without a break.
    Inside,
    /// From the open to the session's first bar.
    LateOpen,
    /// From the session's last bar to the close.
    EarlyEnd,
    /// Whole sessions, one after the other.
    MissingSessions,
}

/// Expected bars in a row that are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Where in the session.
    pub kind: GapKind,
    /// The session of the first missing bar.
    pub day: Day,
    /// The start of the first missing bar.
    pub from: Timestamp,
    /// The end of the last missing bar.
    pub to: Timestamp,
    /// How many bars are missing.
    pub bars: u64,
    /// How many of them are there as synthetic bars.
    pub synthetic: u64,
    /// Session seconds without a real bar.
    pub seconds: u64,
    /// Whole sessions without a real bar.
    pub sessions: u32,
}

/// More than a day of weekday time between two bars, whatever the calendar says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LongGap {
    /// The end of the bar before.
    pub from: Timestamp,
    /// The start of the bar after.
    pub to: Timestamp,
    /// Hours between them that fall on a Monday to Friday at the exchange, rounded down.
    pub weekday_hours: u32,
    /// Whether the calendar expects no bar in between.
    pub explained: bool,
}

/// Real bars outside the regular hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtendedHours {
    /// Before the open of a session of their day.
    pub before_open: u64,
    /// After the close of a session of their day.
    pub after_close: u64,
    /// On a day without a session.
    pub no_session: u64,
    /// Of those after the close: bars of at most a minute that start exactly at the close.
    pub closing_prints: u64,
    /// Days with any other than a closing print.
    pub days: u32,
}

/// What the calendar expects and the bars do not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapReport {
    /// The interval of the bars.
    pub interval: BarInterval,
    /// The calendar's name.
    pub calendar: String,
    /// Where bars are expected to begin.
    pub align: GridOrigin,
    /// The first day looked at; absent without bars.
    pub from: Option<Day>,
    /// The last day looked at; absent without bars.
    pub to: Option<Day>,
    /// Sessions that the calendar has in that time.
    pub sessions: u32,
    /// Of those, complete ones: every expected bar is there and real.
    pub complete: u32,
    /// Of those, sessions with some real bar missing.
    pub partial: u32,
    /// Of those, sessions without any real bar.
    pub missing_sessions: u32,
    /// Bars that the calendar expects.
    pub expected: u64,
    /// Expected bars that are there and real.
    pub real: u64,
    /// Expected bars that are there and synthetic.
    pub synthetic: u64,
    /// Real bars of the regular hours that do not start on the grid of the interval, or share their place with another.
    pub off_grid: u64,
    /// How many gaps there are of each kind, in the order inside, late open, early end, missing sessions.
    pub counts: [u64; 4],
    /// The gaps by time; of very many only the longest.
    pub gaps: Vec<Gap>,
    /// Gaps that are counted but not listed.
    pub unlisted: u64,
    /// Long gaps on weekdays, explained by the calendar or not, by time.
    pub long_weekday: Vec<LongGap>,
    /// Bars outside the regular hours.
    pub extended: ExtendedHours,
}

impl GapReport {
    /// Expected bars without a real bar.
    pub fn missing(&self) -> u64 {
        self.expected.saturating_sub(self.real)
    }

    /// So many gaps are listed.
    pub const LISTED: usize = 5_000;
}

/// Compares bars with what a schedule expects between the first and the last of them.
///
/// For bars that are too many to be held at once, or where coverage is wanted as well, see [`GapAnalysis`].
///
/// # Errors
/// [`OutsideCalendar`] where the calendar does not reach.
pub fn gaps(bars: &Curated, schedule: &Schedule) -> Result<GapReport, OutsideCalendar> {
    Ok(GapAnalysis::of(bars, schedule)?.0)
}

/// A state for each day from the first bar to the last.
///
/// # Errors
/// [`OutsideCalendar`] where the calendar does not reach.
pub fn coverage(bars: &Curated, schedule: &Schedule) -> Result<Coverage, OutsideCalendar> {
    Ok(GapAnalysis::of(bars, schedule)?.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::bars::{BarColumns, BarSeries};
    use crate::market::calendar::Calendar;

    /// Hours by the clock, the first of a session beginning at its open, on the days about a holiday.
    #[test]
    fn a_holiday_explains_a_long_time_without_hours_by_the_clock() {
        for (days, explained) in [
            // Memorial Day lies between
            (["2024-05-24", "2024-05-28"], true),
            // a Monday that is no holiday
            (["2024-05-17", "2024-05-21"], false),
        ] {
            let mut columns = BarColumns::default();
            for day in days {
                let day = day.parse().unwrap();
                let session = Calendar::Nyse.session(day).unwrap().unwrap();
                columns.push(session.open, [10.0; 4], 1.0);
                for hour in 0..6 {
                    let start = session.open.plus_seconds(1_800 + 3_600 * hour);
                    columns.push(start, [10.0; 4], 1.0);
                }
            }
            let series = BarSeries::new(BarInterval::minutes(60), columns).unwrap();
            let report = gaps(&Curated::plain(series), &Schedule::from(Calendar::Nyse)).unwrap();
            assert_eq!(report.align, GridOrigin::Clock);
            let found: Vec<bool> = report
                .long_weekday
                .iter()
                .map(|gap| gap.explained)
                .collect();
            assert_eq!(found, [explained], "{days:?}");
        }
    }
}
