//! Cutting bars of any interval from finer ones, aligned to the session open, never across a session.

use crate::base::time::{BarInterval, Day, Timestamp};
use crate::market::bars::{BadSeries, BarColumns, BarSeries, SessionBars, sessions_of};
use crate::market::calendar::{Calendar, Session};

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
            stored != BarInterval::Day && seconds % stored.seconds() == 0
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
        columns: BarColumns::default(),
        report: ResampleReport::default(),
        last_session: None,
    };
    let prints_fold = stored.seconds() <= 60;
    let mut upcoming = sessions.iter().peekable();
    for (start, prices, volume) in base.rows() {
        while upcoming.next_if(|session| session.close < start).is_some() {}
        match upcoming.peek() {
            Some(session) if start == session.close && prints_fold => {
                cut.fold_closing_print(session, prices, volume)
            }
            Some(session) if session.open <= start && start < session.close => {
                cut.add(session, start, prices, volume)
            }
            _ => cut.report.left_out += 1,
        }
    }
    let series = BarSeries::new(interval, cut.columns)?;
    Ok(Resampled {
        bars: SessionBars::new(series, calendar)?,
        report: cut.report,
    })
}

struct Cut {
    interval: BarInterval,
    columns: BarColumns,
    report: ResampleReport,
    last_session: Option<Day>,
}

impl Cut {
    fn add(&mut self, session: &Session, start: Timestamp, prices: [f64; 4], volume: f64) {
        let bar_start = match self.interval {
            BarInterval::Day => session.open,
            BarInterval::Seconds(seconds) => {
                let length = i64::from(seconds) * 1_000_000;
                Timestamp(session.open.0 + start.micros_since(session.open) / length * length)
            }
        };
        self.last_session = Some(session.day);
        if self.columns.start.last() == Some(&bar_start) {
            self.widen(prices, volume);
        } else {
            self.columns.push(bar_start, prices, volume);
        }
    }

    fn fold_closing_print(&mut self, session: &Session, prices: [f64; 4], volume: f64) {
        if self.last_session == Some(session.day) {
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
}
