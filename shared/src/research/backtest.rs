//! The backtest driver: walks bars, feeds the engine, carries its actions to the simulated broker.

use serde::{Deserialize, Serialize};

use super::metrics::{Headline, RunData};
use super::run_config::{BadConfig, PredictionConfig, RunConfig};
use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::base::time::{BarInterval, Timestamp};
use crate::market::bars::{Bar, Instrument, SessionBars};
use crate::signal::error_sigma::ErrorSigma;
use crate::signal::prediction::{BadPredictions, Prediction, PredictionSeries, TargetField};
use crate::trading::engine::{Action, Command, Engine, EngineError, Event, Rules, Venue};
use crate::trading::orders::{ExitReason, InstId, SizedBy, When};
use crate::trading::portfolio::Trade;
use crate::trading::risk::Halt;
use crate::trading::sim::SimBroker;
use crate::trading::strategy::NoTrade;

/// The version of the rules: part of every run digest. It changes whenever a result could.
pub const ENGINE_VERSION: &str = "atrium-engine/1 libm/0.2.16";

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
    /// The predictions make no sense.
    #[error(transparent)]
    Predictions(#[from] BadPredictions),
    /// Predictions were used for fitting.
    #[error(
        "{rows} predictions are in-sample, the first for {first}: a backtest on them would flatter; use out-of-sample predictions"
    )]
    InSample {
        /// How many.
        rows: usize,
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

/// Bars with their predictions: everything of a run that does not depend on the parameters of strategy, sizing and costs,
/// so that a slider reruns the engine alone.
#[derive(Debug, Clone)]
pub struct Prepared {
    bars: SessionBars,
    bars_digest: Digest,
    predictions: Vec<Option<Prediction>>,
    predictions_digest: Digest,
    /// Where the predictions come from; `None` for a series that was given.
    source: Option<PredictionConfig>,
}

impl Prepared {
    /// Bars, each predicted by a baseline.
    ///
    /// # Errors
    /// [`RunError`] where there are no bars or the predictions make no sense.
    pub fn new(bars: SessionBars, source: PredictionConfig) -> Result<Self, RunError> {
        let series = source
            .source
            .predict(bars.series(), source.target, source.horizon_bars)?;
        Ok(Self {
            source: Some(source),
            ..Self::with_predictions(bars, &series)?
        })
    }

    /// Bars with a given series of predictions.
    ///
    /// # Errors
    /// [`RunError::NoBars`]; [`RunError::InSample`] where a prediction was used for fitting.
    pub fn with_predictions(
        bars: SessionBars,
        series: &PredictionSeries,
    ) -> Result<Self, RunError> {
        if bars.series().is_empty() {
            return Err(RunError::NoBars);
        }
        let mut in_sample = series.rows().iter().filter(|row| row.in_sample);
        if let Some(first) = in_sample.next() {
            return Err(RunError::InSample {
                rows: 1 + in_sample.count(),
                first: first.for_bar,
            });
        }
        Ok(Self {
            bars_digest: bars.series().digest()?,
            predictions: align(&bars, series)?,
            predictions_digest: series.digest()?,
            source: None,
            bars,
        })
    }

    /// Predicts the same bars by another baseline; on an error the old predictions stay.
    ///
    /// # Errors
    /// [`RunError::Predictions`] where the new ones make no sense.
    pub fn predict_by(&mut self, source: PredictionConfig) -> Result<(), RunError> {
        if self.source == Some(source) {
            return Ok(());
        }
        let series =
            source
                .source
                .predict(self.bars.series(), source.target, source.horizon_bars)?;
        let (predictions, digest) = (align(&self.bars, &series)?, series.digest()?);
        self.predictions = predictions;
        self.predictions_digest = digest;
        self.source = Some(source);
        Ok(())
    }

    /// The bars.
    pub fn bars(&self) -> &SessionBars {
        &self.bars
    }

    /// The prediction at each bar's close.
    pub fn predictions(&self) -> &[Option<Prediction>] {
        &self.predictions
    }

    /// Whether a configuration and an instrument ask for what is prepared.
    fn check(&self, instrument: &Instrument, config: &RunConfig) -> Result<(), RunError> {
        let calendars = (instrument.calendar.name(), self.bars.calendar().name());
        if calendars.0 != calendars.1 {
            return Err(RunError::Calendar {
                instrument: calendars.0,
                bars: calendars.1,
            });
        }
        let given = self.bars.series().interval();
        if given != config.interval {
            return Err(RunError::Interval {
                given,
                wanted: config.interval,
            });
        }
        match self.source {
            Some(source) if source != config.prediction => Err(RunError::OtherPredictions),
            _ => Ok(()),
        }
    }
}

/// The prediction of each bar as a price, with the error deviation known at its close.
fn align(
    bars: &SessionBars,
    series: &PredictionSeries,
) -> Result<Vec<Option<Prediction>>, RunError> {
    let target = series.target();
    if target.field == TargetField::Open && target.horizon_bars == 1 {
        return Err(BadConfig::PredictsTheEntry.into());
    }
    let mut sigma = ErrorSigma::new(target);
    let mut rows = series.rows().iter().peekable();
    let mut step = |start, open, close| {
        while rows.next_if(|row| row.for_bar < start).is_some() {}
        let row = rows.next_if(|row| row.for_bar == start);
        let sigma_err = sigma.update(open, close, row);
        let Some(row) = row else { return Ok(None) };
        let price = target.price(row.value, close);
        if !price.is_finite() {
            return Err(BadPredictions::NoPrice {
                for_bar: start,
                value: row.value,
            }
            .into());
        }
        Ok(Some(Prediction { price, sigma_err }))
    };
    bars.series()
        .rows()
        .map(|(start, [open, _, _, close], _)| step(start, open, close))
        .collect()
}

/// The digests that identify a run, and what it depended on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// The content of the bars.
    pub bars: Digest,
    /// The predictions.
    pub predictions: Digest,
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
    /// Trades whose size a cap limited, so that they risk less than intended.
    pub trades_capped: u64,
    /// Why decisions did not trade; reasons that never occurred are left out.
    pub no_trades: Vec<NoTradeCount>,
    /// When and why trading was halted.
    pub halted: Option<(Timestamp, Halt)>,
    /// Round trips, in order of exit.
    pub trades: Vec<Trade>,
    /// Equity at each bar's close, in account currency.
    pub equity: Vec<f64>,
    /// The digests.
    pub digests: Digests,
}

/// Runs the engine over prepared bars.
///
/// # Errors
/// [`RunError`] where configuration and bars do not fit.
pub fn backtest(
    prepared: &Prepared,
    instrument: &Instrument,
    config: &RunConfig,
) -> Result<Backtest, RunError> {
    config.validate()?;
    prepared.check(instrument, config)?;
    let bars = &prepared.bars;
    let walked = walk(prepared, instrument, config)?;
    let session_equity: Vec<f64> = walked
        .equity
        .iter()
        .zip(bars.closes_session())
        .filter(|(_, last)| *last)
        .map(|(&equity, _)| equity)
        .collect();
    let span = bars
        .series()
        .start()
        .first()
        .copied()
        .zip(bars.end().last().copied());
    let no_trades = NoTrade::ALL
        .iter()
        .zip(walked.engine.no_trades())
        .filter(|(_, count)| **count > 0);
    let no_trades = no_trades
        .map(|(&reason, &decisions)| NoTradeCount { reason, decisions })
        .collect();
    let trades = walked.engine.into_trades();
    let headline = Headline::of(&RunData {
        initial_equity: config.initial_equity,
        equity: &walked.equity,
        session_equity: &session_equity,
        trades: &trades,
        span,
        sessions_per_year: bars.calendar().sessions_per_year(),
    });
    let trades_capped = trades
        .iter()
        .filter(|trade| trade.sized_by != SizedBy::Risk)
        .count() as u64;
    let digests = digests(
        prepared,
        config.digest(instrument, prepared.source.is_some())?,
        &trades,
        &walked.equity,
    )?;
    Ok(Backtest {
        headline,
        trades_capped,
        no_trades,
        halted: walked.halted,
        trades,
        equity: walked.equity,
        digests,
    })
}

fn digests(
    prepared: &Prepared,
    config: Digest,
    trades: &[Trade],
    equity: &[f64],
) -> Result<Digests, NotFinite> {
    let mut hasher = Hasher::new("atrium/result/1");
    hasher.count(trades.len());
    trades.iter().for_each(|trade| trade.feed(&mut hasher));
    hasher.f64_column(equity);
    let result = hasher.finish()?;
    let (bars, predictions) = (prepared.bars_digest, prepared.predictions_digest);
    let mut hasher = Hasher::new("atrium/run/1");
    hasher.text(ENGINE_VERSION);
    [bars, predictions, config, result]
        .iter()
        .for_each(|digest| hasher.digest(digest));
    Ok(Digests {
        bars,
        predictions,
        config,
        result,
        run: hasher.finish()?,
    })
}

struct Walked {
    engine: Engine,
    equity: Vec<f64>,
    halted: Option<(Timestamp, Halt)>,
}

/// One pass over the bars: open, path, bar, prediction, decision, orders.
fn walk(
    prepared: &Prepared,
    instrument: &Instrument,
    config: &RunConfig,
) -> Result<Walked, RunError> {
    const INST: InstId = InstId(0);
    let instruments = core::slice::from_ref(instrument);
    let rules = Rules {
        strategy: config.strategy,
        sizing: config.sizing,
    };
    let mut run = Run {
        engine: Engine::new(rules, instruments, config.initial_equity).map_err(BadConfig::from)?,
        broker: SimBroker::new(instruments, config.costs).map_err(BadConfig::from)?,
        events: Vec::new(),
        actions: Vec::new(),
    };
    let count = prepared.bars.series().len();
    let mut equity = Vec::with_capacity(count);
    let mut halted = None;
    for (index, (bar, prediction)) in prepared.bars.bars().zip(&prepared.predictions).enumerate() {
        run.broker.open(INST, &bar, &mut run.events);
        run.deliver()?;
        run.broker.path(INST, &bar, &mut run.events);
        run.deliver()?;
        run.step(&Event::Bar { inst: INST, bar })?;
        if index + 1 == count {
            run.close_all(INST, &bar)?;
        } else {
            if let Some(value) = *prediction {
                run.step(&Event::Prediction {
                    inst: INST,
                    for_bar: bar.start(),
                    value,
                })?;
            }
            run.step(&Event::Decide { at: bar.end() })?;
        }
        equity.push(run.engine.equity());
        if halted.is_none() {
            halted = run.engine.halted().map(|why| (bar.end(), why));
        }
    }
    Ok(Walked {
        engine: run.engine,
        equity,
        halted,
    })
}

struct Run {
    engine: Engine,
    broker: SimBroker,
    events: Vec<Event>,
    actions: Vec<Action>,
}

impl Run {
    /// One step of the engine; its actions go to the broker.
    fn step(&mut self, event: &Event) -> Result<(), EngineError> {
        self.engine.step(event, &mut self.actions)?;
        self.actions
            .drain(..)
            .for_each(|action| self.broker.submit(&action));
        Ok(())
    }

    /// What the broker reported goes to the engine.
    fn deliver(&mut self) -> Result<(), EngineError> {
        let mut events = core::mem::take(&mut self.events);
        for event in events.drain(..) {
            self.step(&event)?;
        }
        self.events = events;
        Ok(())
    }

    /// The data ends: what is open is closed at the last close.
    fn close_all(&mut self, inst: InstId, bar: &Bar) -> Result<(), EngineError> {
        let flatten = Command::Flatten {
            why: ExitReason::EndOfData,
            when: When::ThisClose,
        };
        self.step(&Event::Command {
            at: bar.end(),
            command: flatten,
        })?;
        self.broker.close(inst, bar, &mut self.events);
        self.deliver()
    }
}
