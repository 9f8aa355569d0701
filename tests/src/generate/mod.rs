//! Generated cases: markets and configurations drawn from a seed, over every option of a run.
//!
//! A [`Shape`] says how large a case is and which groups of options differ from the plain ones ([`vary`]). Each group draws
//! from a stream of its own, so that a failing case can be made smaller (fewer bars, fewer instruments, fewer groups)
//! while the rest of it stays the same. Equal shapes give equal cases on every machine, in WASM too.

mod config;
mod market;

pub use config::skippable;
pub(crate) use market::raw;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::actions::{Actions, BadAction};
use atrium_shared::market::bars::{BadSeries, BarColumns, BarSeries, Instrument, SessionBars};
use atrium_shared::market::curate::ResampleError;
use atrium_shared::research::backtest::{Market, Prepared, RunError};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::signal::prediction::{BadPredictions, PredictionSeries};
use atrium_shared::signal::signals::{BadSignals, SignalSeries};
use atrium_shared::signal::source::Source;
use atrium_shared::trading::engine::Tradable;
use atrium_shared::trading::strategy::Strategy;

/// Groups of options that a case may vary, as bits of [`Shape::varied`].
pub mod vary {
    /// Gaps between bars and sudden jumps.
    pub const GAPS: u32 = 1;
    /// Stretches in which the price stands still.
    pub const FLAT: u32 = 1 << 1;
    /// Bars that are missing.
    pub const MISSING: u32 = 1 << 2;
    /// Prices that stand on no tick.
    pub const OFF_GRID: u32 = 1 << 3;
    /// Ticks, lots, multipliers, minima of other sizes.
    pub const UNITS: u32 = 1 << 4;
    /// Tiny and huge prices.
    pub const SCALE: u32 = 1 << 5;
    /// Another calendar, another interval, days on which clocks change or sessions are short.
    pub const CALENDAR: u32 = 1 << 6;
    /// Other sources of predictions, other targets.
    pub const SOURCE: u32 = 1 << 7;
    /// Signals instead of predictions.
    pub const SIGNALS: u32 = 1 << 8;
    /// Gates, ratios, sides, anchors.
    pub const STRATEGY: u32 = 1 << 9;
    /// Sizing modes and caps.
    pub const SIZING: u32 = 1 << 10;
    /// How a position is entered.
    pub const ENTRY: u32 = 1 << 11;
    /// What opposite signals do, and how long a position is held at least.
    pub const OPPOSITE: u32 = 1 << 12;
    /// How long a position is held at most.
    pub const MAX_HOLD: u32 = 1 << 13;
    /// Exits before the session ends.
    pub const SESSION_END: u32 = 1 << 14;
    /// Trailing stops.
    pub const TRAILING: u32 = 1 << 15;
    /// Intrabar conventions, finer bars among them, and limits that must be traded through.
    pub const INTRABAR: u32 = 1 << 16;
    /// Partial fills by volume.
    pub const VOLUME: u32 = 1 << 17;
    /// Commissions.
    pub const COMMISSION: u32 = 1 << 18;
    /// Slippage and spread.
    pub const OFFSETS: u32 = 1 << 19;
    /// Borrowing, financing, conversion and a rate of exchange.
    pub const CARRY: u32 = 1 << 20;
    /// Loss limits.
    pub const LOSS_LIMITS: u32 = 1 << 21;
    /// Rate limits and checks of single orders.
    pub const ORDER_LIMITS: u32 = 1 << 22;
    /// The fill rules of other programs.
    pub const DIALECT: u32 = 1 << 23;
    /// What the programs of the other fill rules can be told beside: sizes found at the fill, levels as fractions, the price of
    /// exits by level, trades finalised at the end.
    pub const TOOL: u32 = 1 << 24;
    /// Splits and dividends between sessions.
    pub const ACTIONS: u32 = 1 << 25;
    /// How many groups there are.
    pub const GROUPS: usize = 26;
    /// Every group.
    pub const ALL: u32 = (1 << GROUPS) - 1;
}

/// What a case is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The seed of every draw.
    pub seed: u64,
    /// How many bars each instrument has, about.
    pub bars: u32,
    /// How many instruments there are.
    pub instruments: u16,
    /// Which groups of options vary: bits of [`vary`].
    pub varied: u32,
}

impl Shape {
    /// Whether a group varies.
    pub const fn varies(&self, group: u32) -> bool {
        self.varied & group != 0
    }
}

/// A market with what is made at the closes of its bars.
#[derive(Debug, Clone)]
pub struct GeneratedMarket {
    /// The instrument.
    pub instrument: Instrument,
    /// Its bars, raw.
    pub bars: SessionBars,
    /// The corporate actions between them.
    pub actions: Actions,
    /// Bars a quarter as long, of which these were cut; some of them may be missing.
    pub finer: BarSeries,
    /// Predictions, where the configuration asks for a series.
    pub predictions: Option<PredictionSeries>,
    /// Signals, where the configuration trades them.
    pub signals: Option<SignalSeries>,
    /// Both, ready to be walked.
    pub prepared: Prepared,
}

/// A generated case.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it was made from.
    pub shape: Shape,
    /// The configuration.
    pub config: RunConfig,
    /// The markets, one at least.
    pub markets: Vec<GeneratedMarket>,
}

/// Why a case could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The bars make no sense.
    #[error(transparent)]
    Bars(#[from] BadSeries),
    /// The bars could not be cut.
    #[error(transparent)]
    Resample(#[from] ResampleError),
    /// The predictions make no sense.
    #[error(transparent)]
    Predictions(#[from] BadPredictions),
    /// The signals make no sense.
    #[error(transparent)]
    Signals(#[from] BadSignals),
    /// The corporate actions make no sense.
    #[error(transparent)]
    Actions(#[from] BadAction),
    /// They do not fit each other.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Case {
    /// Makes the case of a shape.
    ///
    /// # Errors
    /// [`CaseError`] never occurs for a shape with bars and instruments; that it does not is part of the properties.
    pub fn new(shape: Shape) -> Result<Self, CaseError> {
        let interval = market::interval(&shape);
        let mut markets = Vec::new();
        let mut config = RunConfig::default();
        for index in 0..shape.instruments.max(1) {
            let drawn = market::draw(&shape, index, interval)?;
            if index == 0 {
                config = config::draw(&shape, interval, &drawn);
            }
            markets.push(market::prepare(drawn, &config)?);
        }
        Ok(Self {
            shape,
            config,
            markets,
        })
    }

    /// The markets as a walk takes them.
    pub fn markets(&self) -> Vec<Market<'_>> {
        let market = |market| {
            let GeneratedMarket {
                instrument,
                prepared,
                ..
            }: &GeneratedMarket = market;
            Market {
                prepared,
                instrument,
            }
        };
        self.markets.iter().map(market).collect()
    }

    /// The instruments as the engine takes them.
    pub fn tradables(&self) -> Vec<Tradable> {
        let instruments = self.markets.iter().map(|market| &market.instrument);
        instruments
            .map(|instrument| self.config.tradable(instrument))
            .collect()
    }

    /// The same case without what comes after a time; `None` where a market has no bar that ends by then. What was given
    /// from outside (predictions of a series, signals) is cut, what is computed from bars is computed from what is left.
    ///
    /// # Errors
    /// As [`Case::new`].
    pub fn until(&self, at: Timestamp) -> Result<Option<Self>, CaseError> {
        let mut markets = Vec::new();
        for market in &self.markets {
            let count = market.bars.end().iter().filter(|end| **end <= at).count();
            if count == 0 {
                return Ok(None);
            }
            let calendar = market.instrument.calendar;
            let bars = SessionBars::new(first(market.bars.series(), count)?, calendar)?;
            let finer = market.finer.start().iter().filter(|start| **start < at);
            let drawn = market::Drawn {
                instrument: market.instrument.clone(),
                actions: market.actions.clone(),
                finer: first(&market.finer, finer.count())?,
                bars,
                predictions: market.predictions.clone(),
                signals: market.signals.clone(),
            };
            markets.push(market::prepare(drawn, &self.config)?);
        }
        Ok(Some(Self {
            shape: self.shape,
            config: self.config,
            markets,
        }))
    }

    /// Whether the predictions look ahead.
    pub fn looks_ahead(&self) -> bool {
        self.config.prediction.source == Source::Oracle
            && matches!(self.config.strategy, Strategy::PredictedMove(_))
    }
}

/// The first rows of a series.
fn first(series: &BarSeries, count: usize) -> Result<BarSeries, BadSeries> {
    let mut columns = BarColumns::default();
    for (start, prices, volume) in series.rows().take(count) {
        columns.push(start, prices, volume);
    }
    BarSeries::new(series.interval(), columns)
}

/// A quarter of an interval, of which finer bars are made.
fn quarter(interval: BarInterval) -> BarInterval {
    match interval {
        BarInterval::Day => BarInterval::minutes(60),
        BarInterval::Seconds(seconds) => BarInterval::Seconds((seconds / 4).max(1)),
    }
}
