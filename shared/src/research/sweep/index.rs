//! What of a run's bars no swept parameter changes, laid out for skipping.

use super::extremes::Extremes;
use super::plan::{Plan, Reason, plan};
use crate::base::time::{Day, Timestamp};
use crate::base::units::{OutOfBounds, TickGrid, Ticks};
use crate::base::zone::Zone;
use crate::market::bars::{Bar, Instrument, SessionBars};
use crate::research::backtest::{Prepared, RunError};
use crate::research::run_config::RunConfig;
use crate::signal::indicators::{Atr, Indicator};
use crate::signal::prediction::Prediction;
use crate::signal::signals::{Direction, Signal};
use crate::trading::engine::ATR_PERIOD;
use crate::trading::fills::Prices;

/// The bars of one session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) day: Day,
}

/// Bars, indicators and sessions of prepared data, laid out for skipping: O(bars), made once for all trials.
#[derive(Debug, Clone)]
pub struct Index<'a> {
    pub(super) prepared: &'a Prepared,
    pub(super) instrument: &'a Instrument,
    pub(super) grid: TickGrid,
    pub(super) tick: f64,
    bars: &'a SessionBars,
    open: &'a [f64],
    high: &'a [f64],
    low: &'a [f64],
    close: &'a [f64],
    pub(super) extremes: Extremes<'a>,
    /// ATR from the first bar that has one.
    atr: Vec<f64>,
    warm_up: usize,
    /// Which way signals point, where none of them gives more than that: a byte a bar is read faster than a whole signal.
    directions: Option<Vec<Option<Direction>>>,
    sessions: Vec<Session>,
    session_of: Vec<u32>,
}

impl<'a> Index<'a> {
    /// Lays prepared data out.
    ///
    /// # Errors
    /// [`RunError`] where the instrument makes no sense.
    pub fn new(prepared: &'a Prepared, instrument: &'a Instrument) -> Result<Self, RunError> {
        let bounds = |error: OutOfBounds| RunError::Config(error.into());
        instrument.validate().map_err(bounds)?;
        let grid = TickGrid::new(instrument.tick_size).map_err(bounds)?;
        let bars = prepared.bars();
        let series = bars.series();
        let (high, low, close) = (series.high(), series.low(), series.close());
        let mut average = Atr::new(ATR_PERIOD).map_err(bounds)?;
        let ranges = high.iter().zip(low).zip(close);
        let atr: Vec<f64> = ranges
            .filter_map(|((high, low), close)| average.update([*high, *low, *close]))
            .collect();
        let (sessions, session_of) = sessions(bars.session());
        Ok(Self {
            prepared,
            instrument,
            grid,
            tick: grid.price(Ticks(1)),
            bars,
            open: series.open(),
            high,
            low,
            close,
            extremes: Extremes::new(low, high),
            warm_up: series.len() - atr.len(),
            atr,
            directions: directions(prepared.signals()),
            sessions,
            session_of,
        })
    }

    /// How a configuration is run on this data.
    pub fn plan(&self, config: &RunConfig) -> Plan {
        match plan(config) {
            walks @ Plan::Walk(_) => walks,
            _ if !self.prepared.changes().is_empty() => Plan::Walk(Reason::CorporateActions),
            skips => skips,
        }
    }

    /// How many bars there are.
    pub fn len(&self) -> usize {
        self.close.len()
    }

    /// Whether there are none; prepared data always has some.
    pub fn is_empty(&self) -> bool {
        self.close.is_empty()
    }

    /// The start of the first bar and the end of the last.
    pub(super) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let first = self.bars.series().start().first().copied();
        first.zip(self.bars.end().last().copied())
    }

    pub(super) fn sessions_per_year(&self) -> f64 {
        self.bars.calendar().sessions_per_year()
    }

    pub(super) fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// ATR(14) as of a bar.
    pub(super) fn atr(&self, bar: usize) -> Option<f64> {
        self.atr.get(bar.checked_sub(self.warm_up)?).copied()
    }

    /// ATR(14) as of the bar before, by which a bar's executions are quoted.
    pub(super) fn atr_before(&self, bar: usize) -> Option<f64> {
        self.atr(bar.checked_sub(1)?)
    }

    pub(super) fn prediction(&self, bar: usize) -> Option<Prediction> {
        self.prepared.predictions().get(bar).copied().flatten()
    }

    pub(super) fn signal(&self, bar: usize) -> Option<Signal> {
        let Some(directions) = &self.directions else {
            return self.prepared.signals().get(bar).copied().flatten();
        };
        let direction = directions.get(bar).copied().flatten()?;
        Some(bare(direction))
    }

    pub(super) fn bar(&self, bar: usize) -> Option<Bar> {
        self.bars.bar(bar)
    }

    pub(super) fn last_bar(&self) -> usize {
        self.len().saturating_sub(1)
    }

    /// When the configuration's exits before a session's end are due, a session each.
    pub(super) fn session_exits(&self, lead_s: u32) -> Vec<Option<SessionExit>> {
        let calendar = self.bars.calendar();
        let exit = |session: &Session| {
            let until = calendar.session(session.day).ok().flatten()?.close;
            let due = until.plus_seconds(-i64::from(lead_s));
            let mut bars = session.first..=session.last;
            Some(SessionExit {
                bar: bars.find(|&bar| self.end(bar) >= due),
                until,
            })
        };
        self.sessions.iter().map(exit).collect()
    }

    /// The bars before whose open a new day of the daily loss limit begins.
    pub(super) fn risk_days(&self, zone: Zone) -> Vec<usize> {
        let following = |at: Timestamp| zone.midnight(Day(zone.day(at).0 + 1));
        let mut next: Option<Timestamp> = None;
        let mut rolls = Vec::new();
        for bar in 0..self.len() {
            match next {
                None => next = Some(following(self.start(bar))),
                Some(midnight) if midnight < self.end(bar) => {
                    rolls.push(bar);
                    next = Some(following(Timestamp(self.end(bar).0 - 1)));
                }
                Some(_) => {}
            }
        }
        rolls
    }
}

/// Where positions of a session are closed before its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct SessionExit {
    /// The bar at whose close they are; `None` where it is missing, so that they leave at the next session's first open.
    pub(super) bar: Option<usize>,
    /// The session's close.
    pub(super) until: Timestamp,
}

#[expect(
    clippy::indexing_slicing,
    reason = "bars are numbered below `len`, sessions by their own list; these are the innermost reads"
)]
impl Index<'_> {
    pub(super) fn start(&self, bar: usize) -> Timestamp {
        self.bars.series().start()[bar]
    }

    pub(super) fn end(&self, bar: usize) -> Timestamp {
        self.bars.end()[bar]
    }

    pub(super) fn close(&self, bar: usize) -> f64 {
        self.close[bar]
    }

    pub(super) fn prices(&self, bar: usize) -> Prices {
        Prices {
            open: self.open[bar],
            high: self.high[bar],
            low: self.low[bar],
        }
    }

    pub(super) fn session_of(&self, bar: usize) -> usize {
        self.session_of[bar] as usize
    }

    pub(super) fn session(&self, session: usize) -> Session {
        self.sessions[session]
    }
}

/// A signal that gives its direction alone.
fn bare(direction: Direction) -> Signal {
    Signal {
        direction,
        size: None,
        target: None,
        stop: None,
    }
}

/// The directions of signals that give nothing else; `None` where one does, or there are none.
fn directions(signals: &[Option<Signal>]) -> Option<Vec<Option<Direction>>> {
    let is_bare = |signal: &Signal| *signal == bare(signal.direction);
    let all = !signals.is_empty() && signals.iter().flatten().all(is_bare);
    let direction = |signal: &Option<Signal>| signal.map(|signal| signal.direction);
    all.then(|| signals.iter().map(direction).collect())
}

/// The bars of each session, and the session of each bar.
fn sessions(days: &[Day]) -> (Vec<Session>, Vec<u32>) {
    let mut sessions: Vec<Session> = Vec::new();
    let mut session_of = Vec::with_capacity(days.len());
    for (bar, &day) in days.iter().enumerate() {
        match sessions.last_mut() {
            Some(session) if session.day == day => session.last = bar,
            _ => sessions.push(Session {
                first: bar,
                last: bar,
                day,
            }),
        }
        session_of.push((sessions.len() - 1) as u32);
    }
    (sessions, session_of)
}
