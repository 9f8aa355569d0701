//! Bars. A bar that exists is a bar that makes sense: construction refuses the rest.

use super::calendar::{Calendar, OutsideCalendar, Session};
use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::base::digits::brief;
use crate::base::time::{BarInterval, Day, Timestamp};

pub use super::instrument::Instrument;

/// One bar: what a market did from `start` up to `end`. It is available at its end, never before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    start: Timestamp,
    end: Timestamp,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
}

impl Bar {
    /// A bar of `[open, high, low, close]`.
    ///
    /// # Errors
    /// [`BadBar`] with the offending values.
    pub fn new(
        start: Timestamp,
        end: Timestamp,
        prices: [f64; 4],
        volume: f64,
    ) -> Result<Self, BadBar> {
        check_bar(start, prices, volume)?;
        if end <= start {
            return Err(BadBar::EndsBeforeStart { start, end });
        }
        let [open, high, low, close] = prices;
        Ok(Self {
            start,
            end,
            open,
            high,
            low,
            close,
            volume,
        })
    }

    /// When the bar begins; bars are known by their start.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// When the bar is complete: `min(start + interval, session close)`.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// First price.
    pub fn open(&self) -> f64 {
        self.open
    }

    /// Highest price.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// Lowest price.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// Last price.
    pub fn close(&self) -> f64 {
        self.close
    }

    /// Traded quantity.
    pub fn volume(&self) -> f64 {
        self.volume
    }
}

/// The highest price of a bar: far above any market's, and low enough that no sum of what is made of it overflows.
pub const MAX_PRICE: f64 = 1e15;

/// Why a bar is refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BadBar {
    /// A price or the volume is NaN or infinite.
    #[error("{field} is {}, not a finite number", brief(*value))]
    NotFinite {
        /// Which column.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// A price is zero or negative.
    #[error("{field} is {}, but prices must be above 0", brief(*value))]
    NotPositive {
        /// Which column.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// A price is higher than any market's.
    #[error("{field} is {}, but prices must be at most {MAX_PRICE}", brief(*value))]
    TooHigh {
        /// Which column.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// The volume is negative.
    #[error("volume is {}, but it must not be negative", brief(*.0))]
    NegativeVolume(f64),
    /// The high is not the highest price, or the low not the lowest.
    #[error(
        "open {}, high {}, low {}, close {}: the high must be the highest of them and the low the lowest",
        brief(*open), brief(*high), brief(*low), brief(*close)
    )]
    Range {
        /// Open.
        open: f64,
        /// High.
        high: f64,
        /// Low.
        low: f64,
        /// Close.
        close: f64,
    },
    /// The bar is over before it begins.
    #[error("the bar from {start} ends at {end}, which is not after its start")]
    EndsBeforeStart {
        /// Its start.
        start: Timestamp,
        /// Its end.
        end: Timestamp,
    },
    /// The bar lies outside the years that are supported.
    #[error("time {0} is outside 1900 to 2200: is the unit of the time column right?")]
    Time(Timestamp),
}

/// Checks one row of prices and volume.
///
/// # Errors
/// [`BadBar`] with the offending values.
#[inline]
pub fn check_bar(start: Timestamp, prices: [f64; 4], volume: f64) -> Result<(), BadBar> {
    let [open, high, low, close] = prices;
    // nothing is true of a number that is none
    let is_bar = (start >= Timestamp::MIN)
        & (start <= Timestamp::MAX)
        & (low > 0.0)
        & (low <= open)
        & (low <= close)
        & (open <= high)
        & (close <= high)
        & (high <= MAX_PRICE)
        & (0.0..f64::INFINITY).contains(&volume);
    if is_bar {
        return Ok(());
    }
    fault(start, prices, volume)
}

/// What is wrong with a row.
#[cold]
fn fault(start: Timestamp, [open, high, low, close]: [f64; 4], volume: f64) -> Result<(), BadBar> {
    if start < Timestamp::MIN || start > Timestamp::MAX {
        return Err(BadBar::Time(start));
    }
    let fields = [
        ("open", open),
        ("high", high),
        ("low", low),
        ("close", close),
        ("volume", volume),
    ];
    if let Some(&(field, value)) = fields.iter().find(|(_, value)| !value.is_finite()) {
        return Err(BadBar::NotFinite { field, value });
    }
    if let Some(&(field, value)) = fields.iter().take(4).find(|(_, value)| *value <= 0.0) {
        return Err(BadBar::NotPositive { field, value });
    }
    if let Some(&(field, value)) = fields.iter().take(4).find(|(_, value)| *value > MAX_PRICE) {
        return Err(BadBar::TooHigh { field, value });
    }
    if volume < 0.0 {
        return Err(BadBar::NegativeVolume(volume));
    }
    if open > high || close > high || open < low || close < low {
        return Err(BadBar::Range {
            open,
            high,
            low,
            close,
        });
    }
    Ok(())
}

/// Why a series of bars is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadSeries {
    /// A row is no valid bar.
    #[error("bar {index} ({start}): {reason}")]
    Bar {
        /// The bar's index, from 0.
        index: usize,
        /// Its start.
        start: Timestamp,
        /// What is wrong.
        reason: BadBar,
    },
    /// Times do not strictly increase.
    #[error(
        "bar {index} starts at {start}, which is not after the bar before it ({previous}): bars must be sorted by time and each time may appear once"
    )]
    Order {
        /// The bar's index, from 0.
        index: usize,
        /// Its start.
        start: Timestamp,
        /// The start of the bar before.
        previous: Timestamp,
    },
    /// A bar begins before the one before it is over.
    #[error(
        "the bar at {start} begins before the one before it is over ({end}): is the interval of the bars right?"
    )]
    Overlap {
        /// The bar's start.
        start: Timestamp,
        /// The end of the bar before.
        end: Timestamp,
    },
    /// The columns have different lengths.
    #[error("the columns of the bars have different lengths")]
    Ragged,
    /// A bar is not part of any session.
    #[error("the bar at {0} is not inside a session of the calendar")]
    OutsideSession(Timestamp),
    /// The calendar does not cover the bars.
    #[error(transparent)]
    Calendar(#[from] OutsideCalendar),
}

/// Bars as columns, starts strictly increasing, every bar valid. Prices are raw.
#[derive(Debug, Clone, PartialEq)]
pub struct BarSeries {
    interval: BarInterval,
    start: Vec<Timestamp>,
    open: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
    volume: Vec<f64>,
}

/// The columns of a [`BarSeries`], not yet checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BarColumns {
    /// Bar starts.
    pub start: Vec<Timestamp>,
    /// First prices.
    pub open: Vec<f64>,
    /// Highest prices.
    pub high: Vec<f64>,
    /// Lowest prices.
    pub low: Vec<f64>,
    /// Last prices.
    pub close: Vec<f64>,
    /// Traded quantities.
    pub volume: Vec<f64>,
}

impl BarColumns {
    /// No rows yet, with room for some.
    pub fn with_capacity(count: usize) -> Self {
        Self {
            start: Vec::with_capacity(count),
            open: Vec::with_capacity(count),
            high: Vec::with_capacity(count),
            low: Vec::with_capacity(count),
            close: Vec::with_capacity(count),
            volume: Vec::with_capacity(count),
        }
    }

    /// Adds one row.
    pub fn push(&mut self, start: Timestamp, [open, high, low, close]: [f64; 4], volume: f64) {
        self.start.push(start);
        self.open.push(open);
        self.high.push(high);
        self.low.push(low);
        self.close.push(close);
        self.volume.push(volume);
    }
}

impl BarSeries {
    /// Checks the columns and makes a series of them.
    ///
    /// # Errors
    /// [`BadSeries`] naming the first bar that is invalid or out of order.
    pub fn new(interval: BarInterval, columns: BarColumns) -> Result<Self, BadSeries> {
        let BarColumns {
            start,
            open,
            high,
            low,
            close,
            volume,
        } = columns;
        let count = start.len();
        if [&open, &high, &low, &close, &volume]
            .iter()
            .any(|column| column.len() != count)
        {
            return Err(BadSeries::Ragged);
        }
        let series = Self {
            interval,
            start,
            open,
            high,
            low,
            close,
            volume,
        };
        let mut previous = None;
        for (index, (at, prices, traded)) in series.rows().enumerate() {
            check_bar(at, prices, traded).map_err(|reason| BadSeries::Bar {
                index,
                start: at,
                reason,
            })?;
            match previous {
                Some(previous) if at <= previous => {
                    return Err(BadSeries::Order {
                        index,
                        start: at,
                        previous,
                    });
                }
                _ => previous = Some(at),
            }
        }
        Ok(series)
    }

    /// The nominal length of the bars.
    pub fn interval(&self) -> BarInterval {
        self.interval
    }

    /// How many bars there are.
    pub fn len(&self) -> usize {
        self.start.len()
    }

    /// Whether there is no bar.
    pub fn is_empty(&self) -> bool {
        self.start.is_empty()
    }

    /// Bar starts, strictly increasing.
    pub fn start(&self) -> &[Timestamp] {
        &self.start
    }

    /// First prices.
    pub fn open(&self) -> &[f64] {
        &self.open
    }

    /// Highest prices.
    pub fn high(&self) -> &[f64] {
        &self.high
    }

    /// Lowest prices.
    pub fn low(&self) -> &[f64] {
        &self.low
    }

    /// Last prices.
    pub fn close(&self) -> &[f64] {
        &self.close
    }

    /// Traded quantities.
    pub fn volume(&self) -> &[f64] {
        &self.volume
    }

    /// Row by row: start, `[open, high, low, close]`, volume.
    pub fn rows(&self) -> impl Iterator<Item = (Timestamp, [f64; 4], f64)> + '_ {
        let prices = self
            .open
            .iter()
            .zip(&self.high)
            .zip(&self.low)
            .zip(&self.close);
        let prices = prices.map(|(((&open, &high), &low), &close)| [open, high, low, close]);
        self.start
            .iter()
            .zip(prices)
            .zip(&self.volume)
            .map(|((&start, prices), &volume)| (start, prices, volume))
    }

    /// The bars for which `keep` says so.
    pub(super) fn filtered(&self, keep: &[bool]) -> Self {
        fn column<T: Copy>(values: &[T], keep: &[bool]) -> Vec<T> {
            let kept = values.iter().zip(keep).filter(|(_, keep)| **keep);
            kept.map(|(&value, _)| value).collect()
        }
        Self {
            interval: self.interval,
            start: column(&self.start, keep),
            open: column(&self.open, keep),
            high: column(&self.high, keep),
            low: column(&self.low, keep),
            close: column(&self.close, keep),
            volume: column(&self.volume, keep),
        }
    }

    /// The content hash of the bars: interval and every column.
    ///
    /// # Errors
    /// [`NotFinite`] never occurs for a series that was constructed.
    pub fn digest(&self) -> Result<Digest, NotFinite> {
        let mut hasher = Hasher::new("atrium/bars/1");
        hasher.u64(u64::from(self.interval.seconds()));
        hasher.i64_column(self.start.iter().map(|start| start.0));
        for column in [&self.open, &self.high, &self.low, &self.close, &self.volume] {
            hasher.f64_column(column);
        }
        hasher.finish()
    }
}

/// Bars of which each belongs to a session: what indicators, the engine and the metrics run on.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionBars {
    series: BarSeries,
    calendar: Calendar,
    end: Vec<Timestamp>,
    session: Vec<Day>,
    session_closes: Vec<usize>,
}

impl SessionBars {
    /// Finds the session of every bar and, from it, the bar's end.
    ///
    /// # Errors
    /// [`BadSeries::OutsideSession`] for a bar that starts outside every session, [`BadSeries::Calendar`] where the
    /// calendar does not reach.
    pub fn new(series: BarSeries, calendar: Calendar) -> Result<Self, BadSeries> {
        let sessions = sessions_of(&series, calendar)?;
        let length = i64::from(series.interval.seconds());
        let mut end = Vec::with_capacity(series.len());
        let mut session: Vec<Day> = Vec::with_capacity(series.len());
        let mut session_closes = Vec::new();
        let mut upcoming = sessions.iter().peekable();
        for &start in &series.start {
            if let Some(&end) = end.last().filter(|&&end| start < end) {
                return Err(BadSeries::Overlap { start, end });
            }
            while upcoming
                .next_if(|candidate| candidate.close <= start)
                .is_some()
            {}
            match upcoming.peek() {
                Some(current) if current.open <= start => {
                    let by_length = start.plus_seconds(length);
                    let whole_session = matches!(series.interval, BarInterval::Day);
                    end.push(if whole_session || by_length > current.close {
                        current.close
                    } else {
                        by_length
                    });
                    if session.last().is_some_and(|day| *day != current.day) {
                        session_closes.push(session.len() - 1);
                    }
                    session.push(current.day);
                }
                _ => return Err(BadSeries::OutsideSession(start)),
            }
        }
        session_closes.extend(session.len().checked_sub(1));
        Ok(Self {
            series,
            calendar,
            end,
            session,
            session_closes,
        })
    }

    /// The bars.
    pub fn series(&self) -> &BarSeries {
        &self.series
    }

    /// The calendar that the sessions come from.
    pub fn calendar(&self) -> Calendar {
        self.calendar
    }

    /// When each bar is complete.
    pub fn end(&self) -> &[Timestamp] {
        &self.end
    }

    /// The session each bar belongs to.
    pub fn session(&self) -> &[Day] {
        &self.session
    }

    /// The last bar recorded of each session, by its number.
    pub fn session_closes(&self) -> &[usize] {
        &self.session_closes
    }

    /// One bar.
    pub fn bar(&self, index: usize) -> Option<Bar> {
        let series = &self.series;
        Some(Bar {
            start: *series.start.get(index)?,
            end: *self.end.get(index)?,
            open: *series.open.get(index)?,
            high: *series.high.get(index)?,
            low: *series.low.get(index)?,
            close: *series.close.get(index)?,
            volume: *series.volume.get(index)?,
        })
    }

    /// The bars one by one.
    pub fn bars(&self) -> impl Iterator<Item = Bar> + '_ {
        self.series.rows().zip(&self.end).map(
            |((start, [open, high, low, close], volume), &end)| Bar {
                start,
                end,
                open,
                high,
                low,
                close,
                volume,
            },
        )
    }

    /// Whether each bar is the last one recorded of its session.
    pub fn closes_session(&self) -> impl Iterator<Item = bool> + '_ {
        let next = self.session.iter().skip(1).map(Some).chain([None]);
        self.session
            .iter()
            .zip(next)
            .map(|(day, next)| next != Some(day))
    }
}

/// Every session that the bars of a series can belong to.
pub(super) fn sessions_of(
    series: &BarSeries,
    calendar: Calendar,
) -> Result<Vec<Session>, OutsideCalendar> {
    match (series.start.first(), series.start.last()) {
        // a daily bar may be stamped with midnight UTC of its date, which is the day before at the exchange
        (Some(&first), Some(&last)) => calendar.sessions(
            calendar.local_day(first).min(first.utc_day()),
            calendar.local_day(last).max(last.utc_day()),
        ),
        _ => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests;
