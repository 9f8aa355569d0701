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
use crate::trading::strategy::Strategy;

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
    rows: Vec<Row>,
    pub(super) extremes: Extremes<'a>,
    /// Bars before the first that has an ATR.
    warm_up: usize,
    /// Which way signals point, where none of them gives more than that: a byte a bar is read faster than a whole signal.
    directions: Option<Vec<Option<Direction>>>,
    sessions: Vec<Session>,
}

/// All of a bar that an event asks for, in one line of the processor's cache: events lie far apart, so that each column would be
/// another trip to memory.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Row {
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    /// 0 while it warms up.
    atr: f64,
    start: Timestamp,
    end: Timestamp,
    session: u32,
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
        let mut average = Atr::new(ATR_PERIOD).map_err(bounds)?;
        let (sessions, session_of) = sessions(bars.session());
        let mut warm_up = 0;
        let row = |(bar, session): (Bar, u32)| {
            let [high, low, close] = [bar.high(), bar.low(), bar.close()];
            let atr = average.update([high, low, close]);
            warm_up += usize::from(atr.is_none());
            Row {
                open: bar.open(),
                high,
                low,
                close,
                atr: atr.unwrap_or_default(),
                start: bar.start(),
                end: bar.end(),
                session,
            }
        };
        let rows = bars.bars().zip(session_of).map(row).collect();
        Ok(Self {
            prepared,
            instrument,
            grid,
            tick: grid.price(Ticks(1)),
            bars,
            rows,
            extremes: Extremes::new(series.low(), series.high()),
            warm_up,
            directions: directions(prepared.signals()),
            sessions,
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
        self.rows.len()
    }

    /// Whether there are none; prepared data always has some.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
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
        let row = self.rows.get(bar).filter(|_| bar >= self.warm_up)?;
        Some(row.atr)
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

    /// Whether signals give nothing beside their directions, or the strategy does not follow them.
    pub(super) fn gives_bare_signals(&self, strategy: &Strategy) -> bool {
        self.directions.is_some() || strategy.predicted_move().is_some()
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
        self.rows[bar].start
    }

    pub(super) fn end(&self, bar: usize) -> Timestamp {
        self.rows[bar].end
    }

    pub(super) fn close(&self, bar: usize) -> f64 {
        self.rows[bar].close
    }

    pub(super) fn prices(&self, bar: usize) -> Prices {
        let Row {
            open, high, low, ..
        } = self.rows[bar];
        Prices { open, high, low }
    }

    pub(super) fn session_of(&self, bar: usize) -> usize {
        self.rows[bar].session as usize
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
