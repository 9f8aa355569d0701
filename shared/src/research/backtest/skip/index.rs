//! What of a run's bars no swept parameter changes, laid out for skipping.

use super::candidates::Candidates;
use super::extremes::{Extremes, Levels};
use super::plan::Plan;
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
pub(in crate::research) struct Session {
    pub(in crate::research) first: usize,
    pub(in crate::research) last: usize,
    pub(in crate::research) day: Day,
    /// When it closes by the calendar.
    close: Option<Timestamp>,
}

/// Prepared data of an instrument, laid out for skipping. What is O(bars) of it is made once and stays with the data.
#[derive(Debug, Clone)]
pub struct Index<'a> {
    pub(in crate::research) prepared: &'a Prepared,
    pub(in crate::research) instrument: &'a Instrument,
    pub(in crate::research) grid: TickGrid,
    pub(in crate::research) tick: f64,
    bars: &'a SessionBars,
    rows: &'a [Row],
    pub(in crate::research) extremes: Extremes<'a>,
    warm_up: usize,
    /// Which way signals point, where none of them gives more than that: a byte a bar is read faster than a whole signal.
    directions: Option<&'a [Option<Direction>]>,
    sessions: &'a [Session],
}

/// Bars, indicators and sessions, laid out for skipping.
#[derive(Debug, Clone)]
pub(in crate::research) struct Laid {
    rows: Vec<Row>,
    levels: Levels,
    /// Bars before the first that has an ATR.
    warm_up: usize,
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

impl Laid {
    /// Lays bars out: O(bars).
    ///
    /// # Errors
    /// None, as the period of the ATR is one.
    pub(in crate::research) fn of(bars: &SessionBars) -> Result<Self, OutOfBounds> {
        let series = bars.series();
        let mut average = Atr::new(ATR_PERIOD)?;
        let (sessions, session_of) = sessions(bars);
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
            rows,
            levels: Levels::of(series.low(), series.high()),
            warm_up,
            sessions,
        })
    }
}

impl<'a> Index<'a> {
    /// Lays prepared data out, unless they were before.
    ///
    /// # Errors
    /// [`RunError`] where the instrument makes no sense.
    pub fn new(prepared: &'a Prepared, instrument: &'a Instrument) -> Result<Self, RunError> {
        let bounds = |error: OutOfBounds| RunError::Config(error.into());
        instrument.validate().map_err(bounds)?;
        let grid = TickGrid::new(instrument.tick_size).map_err(bounds)?;
        let bars = prepared.bars();
        let series = bars.series();
        let laid = prepared.laid().map_err(bounds)?;
        Ok(Self {
            prepared,
            instrument,
            grid,
            tick: grid.price(Ticks(1)),
            bars,
            rows: &laid.rows,
            extremes: Extremes::new(series.low(), series.high(), &laid.levels),
            warm_up: laid.warm_up,
            directions: prepared.directions(),
            sessions: &laid.sessions,
        })
    }

    /// How a configuration is run on this data.
    pub fn plan(&self, config: &RunConfig) -> Plan {
        self.prepared.plan(config)
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
    pub(in crate::research) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let first = self.bars.series().start().first().copied();
        first.zip(self.bars.end().last().copied())
    }

    pub(in crate::research) fn sessions_per_year(&self) -> f64 {
        self.bars.calendar().sessions_per_year()
    }

    pub(in crate::research) fn sessions(&self) -> &[Session] {
        self.sessions
    }

    /// The bars at whose close signals point somewhere; `None` where there are no signals.
    pub(super) fn signalled(&self) -> Option<&'a Candidates> {
        self.prepared.signalled()
    }

    /// All closes.
    pub(in crate::research) fn closes(&self) -> &'a [f64] {
        self.bars.series().close()
    }

    /// ATR(14) as of a bar.
    pub(in crate::research) fn atr(&self, bar: usize) -> Option<f64> {
        let row = self.rows.get(bar).filter(|_| bar >= self.warm_up)?;
        Some(row.atr)
    }

    /// ATR(14) as of the bar before, by which a bar's executions are quoted.
    pub(in crate::research) fn atr_before(&self, bar: usize) -> Option<f64> {
        self.atr(bar.checked_sub(1)?)
    }

    pub(in crate::research) fn prediction(&self, bar: usize) -> Option<Prediction> {
        self.prepared.predictions().get(bar).copied().flatten()
    }

    pub(in crate::research) fn signal(&self, bar: usize) -> Option<Signal> {
        let Some(directions) = self.directions else {
            return self.prepared.signals().get(bar).copied().flatten();
        };
        let direction = directions.get(bar).copied().flatten()?;
        Some(bare(direction))
    }

    /// Whether signals give nothing beside their directions, or the strategy does not follow them.
    pub(in crate::research) fn gives_bare_signals(&self, strategy: &Strategy) -> bool {
        self.directions.is_some() || strategy.predicted_move().is_some()
    }

    pub(in crate::research) fn bar(&self, bar: usize) -> Option<Bar> {
        self.bars.bar(bar)
    }

    pub(in crate::research) fn last_bar(&self) -> usize {
        self.len().saturating_sub(1)
    }

    /// When the configuration's exits before a session's end are due, a session each.
    pub(super) fn session_exits(&self, lead_s: u32) -> Vec<Option<SessionExit>> {
        let exit = |session: &Session| {
            let until = session.close?;
            let due = until.plus_seconds(-i64::from(lead_s));
            let rows = self.rows.get(session.first..=session.last)?;
            let before = rows.partition_point(|row| row.end < due);
            Some(SessionExit {
                bar: (before < rows.len()).then_some(session.first + before),
                until,
            })
        };
        self.sessions.iter().map(exit).collect()
    }

    /// The bars before whose open a new day of the daily loss limit begins.
    pub(super) fn risk_days(&self, zone: Zone) -> Vec<usize> {
        let following = |at: Timestamp| zone.midnight(Day(zone.day(at).0 + 1));
        let mut rolls = Vec::new();
        let Some(first) = self.rows.first() else {
            return rolls;
        };
        let mut midnight = following(first.start);
        let mut bar = 1;
        while let Some(rows) = self.rows.get(bar..) {
            bar += rows.partition_point(|row| row.end <= midnight);
            let Some(row) = self.rows.get(bar) else {
                break;
            };
            rolls.push(bar);
            midnight = following(Timestamp(row.end.0 - 1));
            bar += 1;
        }
        rolls
    }
}

/// Where positions of a session are closed before its end.
#[derive(Debug, Clone, Copy)]
pub(in crate::research) struct SessionExit {
    /// The bar at whose close they are; `None` where it is missing, so that they leave at the next session's first open.
    pub(in crate::research) bar: Option<usize>,
    /// The session's close.
    pub(in crate::research) until: Timestamp,
}

#[expect(
    clippy::indexing_slicing,
    reason = "bars are numbered below `len`, sessions by their own list; these are the innermost reads"
)]
impl Index<'_> {
    pub(in crate::research) fn start(&self, bar: usize) -> Timestamp {
        self.rows[bar].start
    }

    pub(in crate::research) fn end(&self, bar: usize) -> Timestamp {
        self.rows[bar].end
    }

    pub(in crate::research) fn close(&self, bar: usize) -> f64 {
        self.rows[bar].close
    }

    pub(in crate::research) fn prices(&self, bar: usize) -> Prices {
        let Row {
            open, high, low, ..
        } = self.rows[bar];
        Prices { open, high, low }
    }

    pub(in crate::research) fn session_of(&self, bar: usize) -> usize {
        self.rows[bar].session as usize
    }

    pub(in crate::research) fn session(&self, session: usize) -> Session {
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
pub(in crate::research) fn directions(
    signals: &[Option<Signal>],
) -> Option<Vec<Option<Direction>>> {
    let is_bare = |signal: &Signal| *signal == bare(signal.direction);
    let all = !signals.is_empty() && signals.iter().flatten().all(is_bare);
    let direction = |signal: &Option<Signal>| signal.map(|signal| signal.direction);
    all.then(|| signals.iter().map(direction).collect())
}

/// The bars of each session, and the session of each bar.
fn sessions(bars: &SessionBars) -> (Vec<Session>, Vec<u32>) {
    let calendar = bars.calendar();
    let days = bars.session();
    let mut sessions: Vec<Session> = Vec::new();
    let mut session_of = Vec::with_capacity(days.len());
    for (bar, &day) in days.iter().enumerate() {
        match sessions.last_mut() {
            Some(session) if session.day == day => session.last = bar,
            _ => sessions.push(Session {
                first: bar,
                last: bar,
                day,
                close: calendar.session(day).ok().flatten().map(|on| on.close),
            }),
        }
        session_of.push((sessions.len() - 1) as u32);
    }
    (sessions, session_of)
}
