//! Where sessions begin, and where bars are missing within one.
//!
//! Closed sessions take no room on the axis of bars, so a mark says where one session ends and the next begins. Bars that are
//! missing take no room either: the store may have filled them with synthetic ones, but those never reach a run or a chart.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::DrawingBackend;
use plotters::style::Color;

use super::frame::Frame;
use super::theme::Theme;
use super::{Canvas, pen};
use crate::base::time::{BarInterval, Day, Timestamp};
use crate::market::bars::BarSeries;
use crate::market::calendar::Calendar;

/// With less room than this for each visible session, in CSS pixels, none is marked.
const SESSION_PX: f64 = 28.0;
/// The height of the mark of missing bars at the foot of the prices, in CSS pixels.
const GAP_PX: f64 = 8.0;

/// Bars that are missing within a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingBars {
    /// The bar before which they are missing.
    pub before: usize,
    /// How many.
    pub count: u64,
}

/// The sessions of a series.
#[derive(Debug, Clone, Default)]
pub struct Sessions {
    days: Vec<Day>,
    /// First bars of sessions, ascending.
    begins: Vec<usize>,
    missing: Vec<MissingBars>,
}

impl Sessions {
    /// Finds the trade date of every bar. Within one, a bar that starts later than its interval after the one before has
    /// others missing before it.
    pub fn new(series: &BarSeries, calendar: Calendar) -> Self {
        let days = calendar.local_days(series.start());
        let mut begins = Vec::new();
        let mut missing = Vec::new();
        let length = i64::from(series.interval().seconds()) * 1_000_000;
        let mut previous: Option<(Day, Timestamp)> = None;
        for (index, (&day, &start)) in days.iter().zip(series.start()).enumerate() {
            match previous {
                Some((before, at)) if before == day && length > 0 => {
                    let count = start.micros_since(at) / length - 1;
                    missing.extend(u64::try_from(count).ok().filter(|count| *count > 0).map(
                        |count| MissingBars {
                            before: index,
                            count,
                        },
                    ));
                }
                _ => begins.push(index),
            }
            previous = Some((day, start));
        }
        // each daily bar is a session of its own, which says nothing
        if series.interval() == BarInterval::Day {
            begins.clear();
        }
        Self {
            days,
            begins,
            missing,
        }
    }

    /// The trade date of each bar.
    pub fn days(&self) -> &[Day] {
        &self.days
    }

    /// How many bars are missing just before a bar.
    pub fn missing_before(&self, bar: usize) -> Option<u64> {
        let place = self.missing.binary_search_by_key(&bar, |gap| gap.before);
        self.missing.get(place.ok()?).map(|gap| gap.count)
    }

    /// How many bars are missing in a stretch of them.
    pub fn missing_within(&self, bars: core::ops::Range<usize>) -> u64 {
        self.seen(&bars).iter().map(|gap| gap.count).sum()
    }

    fn seen(&self, bars: &core::ops::Range<usize>) -> &[MissingBars] {
        // what is missing before the first visible bar lies outside
        let from = self.missing.partition_point(|gap| gap.before <= bars.start);
        let to = self.missing.partition_point(|gap| gap.before < bars.end);
        self.missing.get(from..to.max(from)).unwrap_or_default()
    }
}

/// Marks where sessions begin, where there is room, and where bars are missing. Returns how many of each were drawn.
///
/// # Errors
/// What the backend refuses.
pub fn draw_sessions<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    frame: &Frame,
    sessions: &Sessions,
    theme: &Theme,
) -> Result<(usize, usize), DrawingAreaErrorKind<DB::ErrorType>> {
    let bars = frame.view.bars();
    let from = sessions.begins.partition_point(|bar| *bar <= bars.start);
    let to = sessions.begins.partition_point(|bar| *bar < bars.end);
    let begins = sessions.begins.get(from..to.max(from)).unwrap_or_default();
    let thin = frame.px(1.0);
    let mut drawn = (0, 0);
    if f64::from(frame.price.width()) >= begins.len() as f64 * SESSION_PX * frame.scale {
        let (dash, gap) = (frame.px(2.0), frame.px(4.0));
        for &bar in begins {
            let x = frame.x(bar as f64);
            let mut y = frame.price.top;
            while y < frame.panes_bottom() {
                let end = (y + dash).min(frame.panes_bottom());
                pen::fill(canvas, (x, y), (x + thin, end), theme.hairline)?;
                y += dash + gap;
            }
            drawn.0 += 1;
        }
    }
    let mut last = None;
    for gap in sessions.seen(&bars) {
        let x = frame.x(gap.before as f64);
        // one mark a pixel
        if last == Some(x) || x >= frame.price.right {
            continue;
        }
        last = Some(x);
        let top = frame.price.bottom - frame.px(GAP_PX);
        let colour = theme.tag.mix(0.8);
        pen::fill(canvas, (x, top), (x + 2 * thin, frame.price.bottom), colour)?;
        drawn.1 += 1;
    }
    Ok(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::bars::BarColumns;

    fn series(minutes: &[i64], interval: BarInterval) -> BarSeries {
        // 2024-03-26 13:30 UTC, the open in New York
        let open = Timestamp::from_seconds(1_711_459_800);
        let mut columns = BarColumns::default();
        for minute in minutes {
            columns.push(open.plus_seconds(minute * 60), [10.0; 4], 1.0);
        }
        BarSeries::new(interval, columns).unwrap()
    }

    #[test]
    fn bars_are_missing_only_within_a_session() {
        let bars = series(&[0, 1, 5, 6, 1_440, 1_442], BarInterval::minutes(1));
        let sessions = Sessions::new(&bars, Calendar::Nyse);
        assert_eq!(sessions.begins, [0, 4]);
        let missing: Vec<(usize, u64)> = sessions
            .missing
            .iter()
            .map(|gap| (gap.before, gap.count))
            .collect();
        assert_eq!(missing, [(2, 3), (5, 1)]);
        assert_eq!(sessions.missing_before(2), Some(3));
        assert_eq!(sessions.missing_before(4), None);
        assert_eq!(sessions.missing_within(0..6), 4);
        assert_eq!(sessions.missing_within(2..5), 0);
        assert_eq!(sessions.days().len(), 6);
        let days = Sessions::new(&series(&[0, 1_440], BarInterval::Day), Calendar::Nyse);
        assert!(days.begins.is_empty() && days.missing.is_empty());
    }
}
