//! Backtests: bars and predictions prepared once, a run of the engine's rules over them, and what came of it.
//!
//! A run skips from event to event where its [`Plan`] lets it, and walks every bar through the engine where not; walking is the
//! reference, and a property test holds both to the same bits.

mod closes;
mod finer;
mod traded;
mod prepared;
mod walk;
mod skip;
mod recorded;
mod judge;

pub use prepared::{Coverage, Prepared};
pub use recorded::Recorded;
pub(in crate::research) use skip::{
    Band, Candidates, Entry, Extremes, Gates, Leave, Ledger, LookedUp, Open, Run, TimeExit, band,
    known, record,
};
pub use skip::{Index, Plan, Reason, plan};
pub use traded::TradedBars;
pub(crate) use walk::{Interference, Onlooker, walk_before};
pub use walk::{Market, Walked, walk};

use serde::{Deserialize, Serialize};

use self::judge::{Course, Gathered};
use super::metrics::{Benchmark, BenchmarkMetrics, Dialect, DialectMetric, Headline, Metrics};
use super::run_config::{BadConfig, PredictionConfig, RunConfig};
use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::base::time::{BarInterval, Timestamp};
use crate::market::bars::{BadSeries, Instrument};
use crate::signal::prediction::BadPredictions;
use crate::trading::engine::EngineError;
use crate::trading::fills::Intrabar;
use crate::trading::portfolio::Trade;
use crate::trading::risk::{Breach, Halt};
use crate::trading::strategy::{NoTrade, Strategy};

/// The version of the rules: part of every run digest. It changes whenever a result could.
pub const ENGINE_VERSION: &str = "atrium-engine/6 libm/0.2.16";

/// Why a run cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RunError {
    /// There is no bar.
    #[error("there are no bars to run on: choose another data set, interval or span")]
    NoBars,
    /// The configuration makes no sense.
    #[error(transparent)]
    Config(#[from] BadConfig),
    /// The configuration asks for bars of another interval.
    #[error("the bars are {given}, but the configuration asks for {wanted}")]
    Interval {
        /// The interval of the bars.
        given: BarInterval,
        /// The interval of the configuration.
        wanted: BarInterval,
    },
    /// Instrument and bars follow different calendars.
    #[error(
        "the instrument follows the {instrument} calendar, but the bars were cut by the {bars} calendar"
    )]
    Calendar {
        /// The instrument's.
        instrument: &'static str,
        /// The bars'.
        bars: &'static str,
    },
    /// The configuration asks for other predictions than were prepared.
    #[error(
        "the predictions were made by another source or for another target than the configuration asks for: prepare them again"
    )]
    OtherPredictions,
    /// The configuration says that predictions are given, but there are none.
    #[error(
        "the source of predictions is a series, but no series is given: import a file of predictions, or choose a source that is computed from the bars"
    )]
    NoSeries,
    /// The predictions that are given are of something else than the configuration says.
    #[error(
        "the series given holds predictions of the {} {} bars ahead, but the configuration asks for source {}, target {}, horizon_bars {}: make both the same, with source series",
        given.target.name(), given.horizon_bars, wanted.source.name(), wanted.target.name(), wanted.horizon_bars
    )]
    OtherTarget {
        /// What the series is.
        given: PredictionConfig,
        /// What is asked for.
        wanted: PredictionConfig,
    },
    /// The strategy trades signals, but there are none.
    #[error(
        "the strategy trades signals, but none are given: give a file of signals, or choose another strategy"
    )]
    SignalsMissing,
    /// The configuration looks inside bars, but there are no finer ones.
    #[error(
        "fills.intrabar is refined, but no bars are given that are shorter than these: choose a longer interval, import finer bars, or choose another convention"
    )]
    FinerMissing,
    /// No signal belongs to a bar.
    #[error(
        "none of the signals belongs to a bar: signals are known by the starts of the bars at whose close they are decided, so choose bars of their interval and span"
    )]
    NoSignals,
    /// Bars that should show the path inside others are not shorter.
    #[error("{finer} bars cannot show the path inside {bars} bars: give shorter ones")]
    NotFiner {
        /// The interval of those that should be finer.
        finer: BarInterval,
        /// The interval of the bars that are decided on.
        bars: BarInterval,
    },
    /// Prices cannot be adjusted for corporate actions.
    #[error("the bars cannot be adjusted for their corporate actions: {0}")]
    Adjusted(#[from] BadSeries),
    /// The predictions make no sense.
    #[error(transparent)]
    Predictions(#[from] BadPredictions),
    /// Predictions were used for fitting.
    #[error(
        "{rows} predictions are in-sample, the first for {first}: a backtest on them would flatter. Use out-of-sample predictions (a file says which rows are by a column out_of_sample), or allow it with allow_in_sample, and the report will say so"
    )]
    InSample {
        /// How many.
        rows: u64,
        /// The first bar concerned.
        first: Timestamp,
    },
    /// The engine refused an event, which only a defect can cause.
    #[error("the engine refused an event of its own driver, please report this: {0}")]
    Engine(#[from] EngineError),
    /// A number became infinite.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
}

impl RunError {
    /// Whether data that this configuration needs are missing or unfit, so that others can be run on the same bars all the same.
    pub const fn lacks_data(&self) -> bool {
        matches!(
            self,
            Self::NoSeries
                | Self::OtherTarget { .. }
                | Self::SignalsMissing
                | Self::FinerMissing
                | Self::Predictions(_)
                | Self::InSample { .. }
        )
    }
}

/// The digests that identify a run, and what it depended on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// The content of the bars, and of their corporate actions where there are any.
    pub bars: Digest,
    /// The content of the finer bars, where there are any.
    pub finer: Option<Digest>,
    /// The predictions.
    pub predictions: Digest,
    /// The signals, where there are any.
    pub signals: Option<Digest>,
    /// The configuration and the instrument.
    pub config: Digest,
    /// Trades and equity.
    pub result: Digest,
    /// All of the above and the engine's version.
    pub run: Digest,
}

/// How often a reason kept a decision from trading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoTradeCount {
    /// The reason.
    pub reason: NoTrade,
    /// How many decisions.
    pub decisions: u64,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// The headline metrics.
    pub headline: Headline,
    /// All metrics.
    pub metrics: Metrics,
    /// Buy-and-hold over the same bars.
    pub benchmark: Benchmark,
    /// What buy-and-hold was worth.
    pub benchmark_metrics: BenchmarkMetrics,
    /// Trades whose size a cap limited, so that they risk less than intended.
    pub trades_capped: u64,
    /// Why decisions did not trade; reasons that never occurred are left out.
    pub no_trades: Vec<NoTradeCount>,
    /// Loss limits that were breached, in order of time.
    pub breaches: Vec<Breach>,
    /// When and why trading was halted.
    pub halted: Option<(Timestamp, Halt)>,
    /// Round trips, in order of exit.
    pub trades: Vec<Trade>,
    /// Equity at each bar's close, in account currency.
    pub equity: Vec<f64>,
    /// Bars in which a position was open at any time.
    pub bars_in_position: u64,
    /// The notional of all executions, in account currency.
    pub traded_notional: f64,
    /// The digests.
    pub digests: Digests,
}

impl Backtest {
    /// The metrics by the definitions of a dialect. `prepared`, `instrument` and `config` are those of the run.
    pub fn metrics_in(
        &self,
        dialect: Dialect,
        prepared: &Prepared,
        instrument: &Instrument,
        config: &RunConfig,
    ) -> Vec<DialectMetric> {
        let gathered = Gathered::new(prepared, instrument, config, self.course());
        dialect.metrics(&gathered.beside(&self.benchmark))
    }

    fn course(&self) -> Course<'_> {
        Course {
            equity: &self.equity,
            trades: &self.trades,
            bars_in_position: self.bars_in_position,
            traded_notional: self.traded_notional,
        }
    }
}

/// Runs a configuration over prepared bars.
///
/// # Errors
/// [`RunError`] where configuration and bars do not fit.
pub fn backtest(
    prepared: &Prepared,
    instrument: &Instrument,
    config: &RunConfig,
) -> Result<Backtest, RunError> {
    judge(
        prepared,
        instrument,
        config,
        Recorded::of(prepared, instrument, config)?,
    )
}

/// What a run was worth.
///
/// # Errors
/// [`RunError::NotFinite`] where a number became infinite.
pub fn judge(
    prepared: &Prepared,
    instrument: &Instrument,
    config: &RunConfig,
    run: Recorded,
) -> Result<Backtest, RunError> {
    let digests = run.digests(prepared, instrument, config)?;
    let gathered = Gathered::new(prepared, instrument, config, run.course());
    let benchmark = gathered.benchmark();
    let data = gathered.beside(&benchmark);
    let (metrics, benchmark_metrics) = (Metrics::of(&data), BenchmarkMetrics::of(&data));
    Ok(Backtest {
        headline: metrics.headline(),
        metrics,
        benchmark,
        benchmark_metrics,
        trades_capped: run.trades_capped(),
        no_trades: run.no_trades(),
        breaches: run.breaches,
        halted: run.halted,
        trades: run.trades,
        equity: run.equity,
        bars_in_position: run.bars_in_position,
        traded_notional: run.traded_notional,
        digests,
    })
}

/// The digest of what came of a run: its round trips and its equity at each bar's close.
///
/// # Errors
/// [`NotFinite`] where a number is none.
pub fn result_digest(trades: &[Trade], equity: &[f64]) -> Result<Digest, NotFinite> {
    let mut hasher = Hasher::new("atrium/result/1");
    hasher.count(trades.len());
    trades.iter().for_each(|trade| trade.feed(&mut hasher));
    hasher.f64_column(equity);
    hasher.finish()
}

/// The digests of a run. Finer bars and signals that the configuration does not read are no part of it, though they lie ready.
fn digests(
    prepared: &Prepared,
    instrument: &Instrument,
    config: &RunConfig,
    trades: &[Trade],
    equity: &[f64],
) -> Result<Digests, NotFinite> {
    let refines = config.fills.intrabar == Intrabar::Refined;
    let follows = matches!(config.strategy, Strategy::Signals(_));
    let result = result_digest(trades, equity)?;
    let (bars, predictions) = (prepared.bars_digest(), prepared.predictions_digest());
    let finer = prepared.finer_digest().filter(|_| refines);
    let signals = prepared.signals_digest().filter(|_| follows);
    let config = config.digest(instrument)?;
    let mut hasher = Hasher::new("atrium/run/2");
    hasher.text(ENGINE_VERSION);
    [bars, predictions, config, result]
        .iter()
        .for_each(|digest| hasher.digest(digest));
    for digest in [finer, signals] {
        hasher.code(u8::from(digest.is_some()));
        if let Some(digest) = &digest {
            hasher.digest(digest);
        }
    }
    Ok(Digests {
        bars,
        finer,
        predictions,
        signals,
        config,
        result,
        run: hasher.finish()?,
    })
}
