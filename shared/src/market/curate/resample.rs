//! Cutting bars of any interval from finer ones, aligned to the session open and never across a session, or by the clock.

mod cutting;

use serde::{Deserialize, Serialize};

use self::cutting::Cutting;
use super::Curated;
use super::curated::CuratedRow;
use crate::base::time::{BarInterval, Timestamp};
use crate::market::bars::{BadSeries, BarSeries, SessionBars};
use crate::market::calendar::Calendar;

/// Where coarser bars begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alignment {
    /// At the session's open, never across a session.
    #[default]
    Session,
    /// At multiples of the interval since midnight UTC of the first day, whatever the sessions, as pandas' `resample` does:
    /// nothing is folded.
    Clock,
}

/// Which bars are cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hours {
    /// Those of the regular sessions; a closing print folds into the last one.
    #[default]
    Regular,
    /// All. Aligned to the session, what comes before the open is cut backwards from it and what comes after the close
    /// anew from there; a day's bar holds all of the day.
    All,
}

/// How coarser bars are cut. Clock-aligned bars of all hours are those of pandas.
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
    /// A clock-aligned bar would hold prices from before and after a corporate action.
    #[error(
        "the bar at {start} would hold prices from before and after a split or dividend: adjust the bars first, or cut them by sessions"
    )]
    AcrossAction {
        /// The start of the coarser bar.
        start: Timestamp,
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
    let how = Resampling {
        interval,
        align: Alignment::Session,
        hours: Hours::Regular,
    };
    let mut cutting = Cutting::new(base, how, calendar)?;
    for (start, prices, volume) in base.rows() {
        cutting.take(&CuratedRow {
            start,
            prices,
            volume,
            spread: None,
            synthetic: false,
        })?;
    }
    let (columns, report) = cutting.finish();
    let series = BarSeries::new(interval, columns.bars)?;
    Ok(Resampled {
        bars: SessionBars::new(series, calendar)?,
        report,
    })
}

/// Cuts bars from curated ones, by sessions or by the clock, in regular or all hours.
///
/// Only real bars are aggregated. A bar of which nothing but synthetic bars is there is synthetic itself: it repeats the
/// close before it and has no volume. A spread is that of the last real bar in it.
///
/// # Errors
/// [`ResampleError`] where the interval does not fit or the calendar does not reach.
pub fn cut(
    base: &Curated,
    how: Resampling,
    calendar: Calendar,
) -> Result<(Curated, ResampleReport), ResampleError> {
    let mut cutting = Cutting::new(base.bars(), how, calendar)?;
    cutting.mind(base.actions().bases(calendar));
    for row in base.rows() {
        cutting.take(&row)?;
    }
    let (columns, report) = cutting.finish();
    let series = BarSeries::new(how.interval, columns.bars)?;
    let spread = base.spread().map(|_| columns.spread);
    let actions = base.actions().clone();
    Ok((
        Curated::of_parts(series, columns.synthetic, spread, actions),
        report,
    ))
}

#[cfg(test)]
mod tests;
