//! The corpus of the parity suite: markets and configurations whose digests must be the same natively and in WASM.

mod actions;
mod chosen;

use atrium_shared::base::digest::{Digest, Hasher};
use atrium_shared::base::time::{BarInterval, Day};
use atrium_shared::market::actions::{ActionKind, Actions, BadAction, CorporateAction};
use atrium_shared::market::bars::{BadSeries, BarSeries, Instrument};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::{ResampleError, resample};
use atrium_shared::market::simulate::{SAMPLE, Simulation, simulate};
use atrium_shared::research::backtest::{
    ENGINE_VERSION, Market, Plan, Prepared, Recorded, RunError, TradedBars, backtest,
    result_digest, walk,
};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::signal::features::{
    FeatureError, FeatureMatrix, FeatureSpec, Scaler, ScalerError, every_feature,
};
use atrium_shared::trading::portfolio::Trade;
use serde::{Deserialize, Serialize};

use crate::generate::{raw, skippable};

/// One run of the corpus.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What tells it from the others.
    pub name: String,
    /// The markets, one at least.
    pub markets: Vec<CaseMarket>,
    /// The configuration.
    pub config: RunConfig,
}

/// A market of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseMarket {
    /// How prices are simulated: those of one basis, where there are corporate actions.
    pub simulation: Simulation,
    /// What is traded.
    pub instrument: Instrument,
    /// Its corporate actions.
    pub actions: Actions,
}

/// What came of a case, as the golden file keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The case.
    pub name: String,
    /// How many trades.
    pub trades: u64,
    /// Final equity, every digit.
    pub final_equity: String,
    /// The result digest.
    pub result: String,
    /// The run digest.
    pub run: String,
}

/// Why a case did not run.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The market could not be simulated.
    #[error(transparent)]
    Market(#[from] BadSeries),
    /// The bars could not be cut.
    #[error(transparent)]
    Resample(#[from] ResampleError),
    /// The run failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The corporate actions are refused.
    #[error(transparent)]
    Action(#[from] BadAction),
    /// The features cannot be computed.
    #[error(transparent)]
    Features(#[from] FeatureError),
    /// The scaler cannot be fitted.
    #[error(transparent)]
    Scaler(#[from] ScalerError),
}

impl CaseMarket {
    fn prepared(&self, config: &RunConfig) -> Result<Prepared, CaseError> {
        let minutes: BarSeries = simulate(&self.simulation)?;
        let calendar = self.instrument.calendar;
        let minutes = if self.actions.is_empty() {
            minutes
        } else {
            raw(minutes, calendar, &self.actions)?
        };
        let bars = resample(&minutes, config.interval, calendar)?.bars;
        let traded = TradedBars::new(bars, self.actions.clone());
        Ok(Prepared::new(traded, config.prediction)?)
    }
}

impl Case {
    /// Simulates the markets, cuts their bars and runs the engine: the trades.
    ///
    /// # Errors
    /// [`CaseError`] where a step fails; none does in the corpus.
    pub fn trades(&self) -> Result<Vec<Trade>, CaseError> {
        let prepared = self.prepared()?;
        let walked = walk(&self.beside(&prepared), &self.config)?;
        Ok(walked.engine.into_trades())
    }

    /// Runs the case and keeps what the golden file keeps: of one market its backtest, of several the walk and the content that
    /// it depends on.
    ///
    /// # Errors
    /// As [`Case::trades`].
    pub fn outcome(&self) -> Result<Outcome, CaseError> {
        let prepared = self.prepared()?;
        if let ([only], [market]) = (prepared.as_slice(), self.markets.as_slice()) {
            let run = backtest(only, &market.instrument, &self.config)?;
            return Ok(Outcome {
                name: self.name.clone(),
                trades: run.headline.trades,
                final_equity: run.headline.final_equity.to_string(),
                result: run.digests.result.to_string(),
                run: run.digests.run.to_string(),
            });
        }
        let walked = walk(&self.beside(&prepared), &self.config)?;
        let trades = walked.engine.trades();
        let mut hasher = Hasher::new("atrium/parity/result/1");
        hasher.count(trades.len());
        trades.iter().for_each(|trade| trade.feed(&mut hasher));
        hasher.f64_column(&walked.equity);
        let result = hasher.finish().map_err(RunError::from)?;
        let mut hasher = Hasher::new("atrium/parity/run/1");
        for (prepared, market) in prepared.iter().zip(&self.markets) {
            hasher.digest(&prepared.bars().series().digest().map_err(RunError::from)?);
            market.actions.feed(&mut hasher);
            let config = self.config.digest(&market.instrument);
            hasher.digest(&config.map_err(RunError::from)?);
        }
        hasher.digest(&result);
        hasher.text(ENGINE_VERSION);
        Ok(Outcome {
            name: self.name.clone(),
            trades: trades.len() as u64,
            final_equity: walked.engine.equity().to_string(),
            result: result.to_string(),
            run: hasher.finish().map_err(RunError::from)?.to_string(),
        })
    }

    /// The digests of the results by skipping from event to event, as a sweep does, and by walking, without the options that only
    /// walking knows; `None` where the case has several markets or corporate actions.
    ///
    /// # Errors
    /// [`CaseError`] where it cannot be run.
    pub fn skipped_and_walked(&self) -> Result<Option<[Digest; 2]>, CaseError> {
        let prepared = self.prepared()?;
        let ([only], [market]) = (prepared.as_slice(), self.markets.as_slice()) else {
            return Ok(None);
        };
        let config = skippable(self.config);
        if matches!(only.plan(&config), Plan::Walk(_)) {
            return Ok(None);
        }
        let skipped = Recorded::of(only, &market.instrument, &config)?;
        let walked = Recorded::by_walking(only, &market.instrument, &config)?;
        let digest =
            |run: &Recorded| result_digest(&run.trades, &run.equity).map_err(RunError::from);
        Ok(Some([digest(&skipped)?, digest(&walked)?]))
    }

    fn prepared(&self) -> Result<Vec<Prepared>, CaseError> {
        let markets = self.markets.iter();
        markets
            .map(|market| market.prepared(&self.config))
            .collect()
    }

    fn beside<'a>(&'a self, prepared: &'a [Prepared]) -> Vec<Market<'a>> {
        let both = prepared.iter().zip(&self.markets);
        both.map(|(prepared, market)| Market {
            prepared,
            instrument: &market.instrument,
        })
        .collect()
    }
}

/// The corpus: 72 cases over intervals, sources, horizons, gates, ratios, sides, anchors, sizes, costs, prices and ticks,
/// 16 over what the programs of other fill dialects can be told, and 20 over splits and dividends, the last of them with several
/// instruments on one account.
///
/// # Errors
/// [`CaseError`] where an action is refused; none is.
pub fn cases() -> Result<Vec<Case>, CaseError> {
    let (plain, told) = ((0..72).map(chosen::case), (72..88).map(chosen::tool_case));
    let over_actions = (88..108).map(actions::case);
    plain.chain(told).map(Ok).chain(over_actions).collect()
}

/// The digest of feature matrices over the corpus's first market: every feature there is, at four intervals, with a split.
///
/// # Errors
/// [`CaseError`] where a step fails; none does.
pub fn feature_digests() -> Result<Vec<String>, CaseError> {
    let minutes = simulate(&chosen::simulation(0, BarInterval::minutes(60)))?;
    let split = CorporateAction {
        first_day: Day(SAMPLE.from.0 + 30),
        kind: ActionKind::Split { ratio: 7.0 },
    };
    let actions = Actions::new(vec![split])?;
    let every = FeatureSpec::new("every", every_feature())?;
    let mut digests = Vec::new();
    for interval in [1, 5, 30, 60].map(BarInterval::minutes) {
        let bars = resample(&minutes, interval, Calendar::Nyse)?.bars;
        for spec in [&every, &FeatureSpec::set("A")?] {
            let matrix = FeatureMatrix::compute(spec, &bars, &actions)?;
            let digest = matrix.digest().map_err(FeatureError::from)?;
            let scaler = Scaler::fit(&matrix, 0..matrix.rows() / 2)?;
            let mut hasher = Hasher::new("atrium/scaled/1");
            let scaled = scaler.transform(&matrix)?;
            scaled
                .iter()
                .for_each(|&value| hasher.f64(f64::from(value)));
            let scaled = hasher.finish().map_err(FeatureError::from)?;
            digests.push(format!("{interval} {} {digest} {scaled}", spec.name()));
        }
    }
    Ok(digests)
}
