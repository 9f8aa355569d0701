//! Cutting bars of any interval from finer ones, aligned to the session open, never across a session.

use serde::{Deserialize, Serialize};

use crate::base::time::{BarInterval, Timestamp};
use crate::market::bars::{BadSeries, BarColumns, BarSeries, SessionBars, sessions_of};
use crate::market::calendar::{Calendar, Session};

/// Where coarser bars begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alignment {
    /// At the session's open, never across a session.
    #[default]
    Session,
    /// At multiples of the interval by the UTC clock, whatever the sessions: all bars, nothing folded.
    Clock,
}

/// Which bars are cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hours {
    /// Those of the regular sessions; a closing print folds into the last one.
    #[default]
    Regular,
    /// All.
    All,
}

/// How coarser bars are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resampling {
    /// Their interval.
    pub interval: BarInterval,
    /// Where they begin.
    #[serde(default)]
    pub align: Alignment,
    /// Which bars are cut.
    #[serde(default)]
    pub hours: Hours,
}

/// Coarser bars, and what became of the finer ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Resampled {
    /// The bars cut.
    pub bars: SessionBars,
    /// What was left out or folded.
    pub report: ResampleReport,
}

/// What became of bars that stand outside the regular hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResampleReport {
    /// Bars before an open, after a close or on a day without a session, left out.
    pub left_out: usize,
    /// Closing prints, bars of at most a minute that start exactly at a close, folded into the session's last bar.
    pub folded: usize,
}

/// Why bars cannot be cut.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ResampleError {
    /// The wanted interval is not a whole number of stored bars.
    #[error(
        "{wanted} bars cannot be cut from {stored} bars: the interval must be a multiple of {stored}"
    )]
    NotAMultiple {
        /// The interval asked for.
        wanted: BarInterval,
        /// The interval of the stored bars.
        stored: BarInterval,
    },
    /// A stored bar reaches from one of the wanted bars into the next.
    #[error(
        "the {stored} bar at {start} reaches across a boundary of {wanted} bars, which are cut from the session open: import finer bars; bars aligned to the clock cannot be cut by sessions"
    )]
    Misaligned {
        /// The stored bar's start.
        start: Timestamp,
        /// The interval of the stored bars.
        stored: BarInterval,
        /// The interval asked for.
        wanted: BarInterval,
    },
    /// The bars do not fit the calendar.
    #[error(transparent)]
    Series(#[from] BadSeries),
}

/// Cuts bars of `interval` from `base` by the calendar's sessions, in regular hours.
///
/// A bar holds the first open, the highest high, the lowest low, the last close and the summed volume of the finer bars
/// that start within it; an empty interval gives no bar. A finer bar outside the session is left out, but for a closing
/// print, which folds into the last bar of its session.
///
/// # Errors
/// [`ResampleError`] where the interval does not fit or the calendar does not reach.
pub fn resample(
    base: &BarSeries,
    interval: BarInterval,
    calendar: Calendar,
) -> Result<Resampled, ResampleError> {
    let stored = base.interval();
    let fits = match interval {
        BarInterval::Day => true,
        BarInterval::Seconds(seconds) => {
            stored != BarInterval::Day
                && seconds > 0
                && seconds.checked_rem(stored.seconds()) == Some(0)
        }
    };
    if !fits {
        return Err(ResampleError::NotAMultiple {
            wanted: interval,
            stored,
        });
    }
    let sessions = sessions_of(base, calendar).map_err(BadSeries::from)?;
    let mut cut = Cut {
        interval,
        stored,
        columns: BarColumns::default(),
        report: ResampleReport::default(),
    };
    if stored == BarInterval::Day {
        cut.take_days(base, calendar, &sessions);
    } else {
        cut.take_bars(base, &sessions)?;
    }
    let series = BarSeries::new(interval, cut.columns)?;
    Ok(Resampled {
        bars: SessionBars::new(series, calendar)?,
        report: cut.report,
    })
}

struct Cut {
    interval: BarInterval,
    stored: BarInterval,
    columns: BarColumns,
    report: ResampleReport,
}

impl Cut {
    fn take_bars(&mut self, base: &BarSeries, sessions: &[Session]) -> Result<(), ResampleError> {
        let prints_fold = self.stored.seconds() <= 60;
        let mut upcoming = sessions.iter().peekable();
        let mut past: Option<&Session> = None;
        for (start, prices, volume) in base.rows() {
            while let Some(session) = upcoming.next_if(|session| session.close <= start) {
                past = Some(session);
            }
            let current = upcoming.peek().filter(|session| session.open <= start);
            // where one session's close is the next one's open, as in a market that never closes, a bar at that time
            // opens the next session and is no closing print
            match (current, past) {
                (Some(session), _) => self.add(session, start, prices, volume)?,
                (None, Some(session)) if prints_fold && session.close == start => {
                    self.fold_closing_print(session, prices, volume);
                }
                _ => self.report.left_out += 1,
            }
        }
        Ok(())
    }

    /// Daily bars belong to the session of their date, whatever the time of day they are stamped with.
    fn take_days(&mut self, base: &BarSeries, calendar: Calendar, sessions: &[Session]) {
        for (start, prices, volume) in base.rows() {
            let midnight_utc = start.utc_day().midnight_utc() == start;
            let day = if midnight_utc {
                start.utc_day()
            } else {
                calendar.local_day(start)
            };
            match sessions.binary_search_by_key(&day, |session| session.day) {
                Ok(index) => {
                    let open = sessions.get(index).map_or(start, |session| session.open);
                    self.columns.push(open, prices, volume);
                }
                Err(_) => self.report.left_out += 1,
            }
        }
    }

    fn add(
        &mut self,
        session: &Session,
        start: Timestamp,
        prices: [f64; 4],
        volume: f64,
    ) -> Result<(), ResampleError> {
        let bar_start = match self.interval {
            BarInterval::Day => session.open,
            BarInterval::Seconds(seconds) => {
                let length = i64::from(seconds) * 1_000_000;
                Timestamp(session.open.0 + start.micros_since(session.open) / length * length)
            }
        };
        if end_within(session, start, self.stored) > end_within(session, bar_start, self.interval) {
            return Err(ResampleError::Misaligned {
                start,
                stored: self.stored,
                wanted: self.interval,
            });
        }
        if self.columns.start.last() == Some(&bar_start) {
            self.widen(prices, volume);
        } else {
            self.columns.push(bar_start, prices, volume);
        }
        Ok(())
    }

    /// A closing print belongs to the bar that ends at the close; without that bar it belongs to none.
    fn fold_closing_print(&mut self, session: &Session, prices: [f64; 4], volume: f64) {
        let last = self
            .columns
            .start
            .last()
            .filter(|start| **start >= session.open);
        if last.is_some_and(|&start| end_within(session, start, self.interval) == session.close) {
            self.report.folded += 1;
            self.widen(prices, volume);
        } else {
            self.report.left_out += 1;
        }
    }

    /// Takes one more finer bar into the last bar.
    fn widen(&mut self, [_, high, low, close]: [f64; 4], volume: f64) {
        let columns = &mut self.columns;
        if let (Some(top), Some(bottom), Some(last), Some(sum)) = (
            columns.high.last_mut(),
            columns.low.last_mut(),
            columns.close.last_mut(),
            columns.volume.last_mut(),
        ) {
            if high > *top {
                *top = high;
            }
            if low < *bottom {
                *bottom = low;
            }
            *last = close;
            *sum += volume;
        }
    }
}

/// The end of a bar of a session: its nominal end, or the close if that is earlier.
fn end_within(session: &Session, start: Timestamp, interval: BarInterval) -> Timestamp {
    let nominal = start.plus_seconds(i64::from(interval.seconds()));
    if interval == BarInterval::Day || nominal > session.close {
        session.close
    } else {
        nominal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Minute bars of the NYSE session of 2024-07-03 (early close at 13:00), from 4:00 to 20:00 New York time.
    fn early_close_day() -> BarSeries {
        let mut columns = BarColumns::default();
        let four = Timestamp::from_seconds(1_719_993_600);
        for minute in 0..960i32 {
            let price = 100.0 + f64::from(minute) / 100.0;
            columns.push(
                four.plus_seconds(i64::from(minute) * 60),
                [price, price + 0.5, price - 0.5, price + 0.25],
                10.0,
            );
        }
        BarSeries::new(BarInterval::minutes(1), columns).unwrap()
    }

    #[test]
    fn bars_align_to_the_open_and_stop_at_an_early_close() {
        let Resampled { bars, report } =
            resample(&early_close_day(), BarInterval::minutes(60), Calendar::Nyse).unwrap();
        let starts: Vec<String> = bars
            .series()
            .start()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            starts,
            [
                "2024-07-03T13:30:00Z",
                "2024-07-03T14:30:00Z",
                "2024-07-03T15:30:00Z",
                "2024-07-03T16:30:00Z"
            ]
        );
        assert_eq!(bars.end()[3].to_string(), "2024-07-03T17:00:00Z");
        // 330 minutes before the open and 419 after the closing print of 13:00
        assert_eq!(
            report,
            ResampleReport {
                left_out: 330 + 419,
                folded: 1
            }
        );
        let volumes = bars.series().volume();
        assert_eq!(volumes, [600.0, 600.0, 600.0, 310.0]);
        // the first bar opens with minute 330 and peaks with minute 389; the last one closes with the closing print, minute 540
        assert_eq!(bars.series().open()[0].to_bits(), 103.3f64.to_bits());
        assert_eq!(
            bars.series().high()[0].to_bits(),
            (100.0f64 + 3.89 + 0.5).to_bits()
        );
        assert_eq!(
            bars.series().close()[3].to_bits(),
            (100.0f64 + 5.4 + 0.25).to_bits()
        );
    }

    #[test]
    fn a_daily_bar_starts_at_the_open_and_a_wrong_multiple_is_refused() {
        let day = resample(&early_close_day(), BarInterval::Day, Calendar::Nyse)
            .unwrap()
            .bars;
        assert_eq!(
            (day.series().len(), day.end()[0].to_string().as_str()),
            (1, "2024-07-03T17:00:00Z")
        );
        let half = resample(&early_close_day(), BarInterval::Seconds(90), Calendar::Nyse);
        assert!(half.unwrap_err().to_string().contains("multiple of 1min"));
    }

    /// Bars of one price each, `step` seconds apart from `first` on.
    fn steps(first: i64, step: i64, prices: &[f64]) -> BarSeries {
        let mut columns = BarColumns::default();
        for (index, &price) in prices.iter().enumerate() {
            columns.push(
                Timestamp::from_seconds(first + index as i64 * step),
                [price; 4],
                1.0,
            );
        }
        BarSeries::new(BarInterval::Seconds(step as u32), columns).unwrap()
    }

    #[test]
    fn a_market_that_never_closes_loses_and_folds_nothing() {
        for minutes in [1, 5, 60] {
            let count = 3 * 1_440 / minutes;
            let prices: Vec<f64> = (0..count).map(|index| 100.0 + f64::from(index)).collect();
            let base = steps(1_704_067_200, i64::from(minutes) * 60, &prices);
            let Resampled { bars, report } =
                resample(&base, BarInterval::minutes(60), Calendar::Crypto).unwrap();
            assert_eq!(
                (bars.series().len(), report),
                (72, ResampleReport::default())
            );
            // the bar of midnight opens its own day
            let per_hour = 60 / minutes as usize;
            assert_eq!(
                bars.series().open()[24].to_bits(),
                prices[24 * per_hour].to_bits()
            );
            assert_eq!(
                bars.series().close()[23].to_bits(),
                prices[24 * per_hour - 1].to_bits()
            );
        }
    }

    #[test]
    fn a_closing_print_without_its_bar_is_left_out() {
        // minutes of 2024-03-26 up to 15:49 New York time, then the print of 16:00
        let open = 1_711_459_800;
        let mut columns = BarColumns::default();
        for minute in 0..380 {
            columns.push(Timestamp::from_seconds(open + minute * 60), [100.0; 4], 1.0);
        }
        columns.push(Timestamp::from_seconds(open + 390 * 60), [150.0; 4], 1.0);
        let base = BarSeries::new(BarInterval::minutes(1), columns).unwrap();
        for (interval, folded) in [
            (BarInterval::minutes(10), 0),
            (BarInterval::minutes(30), 1),
            (BarInterval::Day, 1),
        ] {
            let cut = resample(&base, interval, Calendar::Nyse).unwrap();
            assert_eq!(
                (cut.report.folded, cut.report.left_out),
                (folded, 1 - folded),
                "{interval}"
            );
        }
    }

    #[test]
    fn bars_aligned_to_the_clock_are_refused_not_relabelled() {
        let clock_hours = steps(1_711_461_600, 3_600, &[100.0; 5]);
        let said = resample(&clock_hours, BarInterval::minutes(60), Calendar::Nyse)
            .unwrap_err()
            .to_string();
        assert!(
            said.starts_with("the 60min bar at 2024-03-26T14:00:00Z reaches across"),
            "{said}"
        );
        // half hours fit both grids
        let half_hours = steps(1_711_461_600, 1_800, &[100.0; 10]);
        assert!(resample(&half_hours, BarInterval::minutes(30), Calendar::Nyse).is_ok());
    }

    #[test]
    fn a_daily_bar_belongs_to_the_session_of_its_date() {
        for (first, zone) in [(1_711_411_200, "UTC"), (1_711_425_600, "New York")] {
            let mut columns = BarColumns::default();
            // Tuesday 2024-03-26 to Monday, at midnight; Good Friday and the weekend have no session
            for day in 0..7 {
                columns.push(
                    Timestamp::from_seconds(first + day * 86_400),
                    [100.0; 4],
                    1.0,
                );
            }
            let base = BarSeries::new(BarInterval::Day, columns).unwrap();
            let cut = resample(&base, BarInterval::Day, Calendar::Nyse).unwrap();
            assert_eq!(
                (cut.bars.series().len(), cut.report.left_out),
                (4, 3),
                "{zone}"
            );
            assert_eq!(
                cut.bars.series().start()[0].to_string(),
                "2024-03-26T13:30:00Z",
                "{zone}"
            );
        }
    }
}
