//! Runs trials: what came of them, as columns.

use core::ops::Range;

use serde::{Deserialize, Serialize};

use super::missing::AtHand;
use super::spec::{SweepSpec, Use};
use super::sweeper::Sweeper;
use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::market::instrument::Instrument;
use crate::research::backtest::{ENGINE_VERSION, Prepared, RunError};
use crate::research::metrics::{Absent, SessionHeadline, Stat};

/// Why a stretch of trials could not be run.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SweepError {
    /// A trial does not fit the bars.
    #[error("trial {trial} cannot be run: {reason}")]
    Run {
        /// Its number.
        trial: u64,
        /// Why.
        reason: RunError,
    },
}

/// The headline metrics of trials, a column each. Those of a trial whose configuration makes no sense, or whose data are missing,
/// are absent, so that a grid may hold combinations that are none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Columns {
    /// Equity at the end.
    pub final_equity: Vec<Stat>,
    /// `final equity / initial equity − 1`.
    pub total_return: Vec<Stat>,
    /// Compound annual growth rate.
    pub cagr: Vec<Stat>,
    /// Annualised Sharpe ratio of session returns.
    pub sharpe: Vec<Stat>,
    /// The deepest fall from a peak at session closes.
    pub max_drawdown_session: Vec<Stat>,
    /// How many round trips.
    pub trades: Vec<u64>,
    /// The share of trades with a net profit above 0.
    pub win_rate: Vec<Stat>,
    /// Gross profit over gross loss.
    pub profit_factor: Vec<Stat>,
}

/// The results of some neighbouring trials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// Which.
    pub trials: Range<u64>,
    /// What came of them.
    pub columns: Columns,
}

/// Trials that are handed to a sweeper at once.
const TOGETHER: usize = 256;

/// Runs neighbouring trials, all of which trade the predictions that the sweeper's bars were prepared with.
///
/// # Errors
/// [`SweepError`] naming the first trial that does not fit the bars.
pub fn run(
    spec: &SweepSpec,
    trials: Range<u64>,
    sweeper: &mut Sweeper<'_>,
) -> Result<Stretch, SweepError> {
    let columns = run_each(spec, trials.clone(), sweeper)?;
    Ok(Stretch { trials, columns })
}

/// Runs trials in the order in which they are named, all of which trade the predictions that the sweeper's bars were prepared with.
///
/// # Errors
/// As [`run`].
pub fn run_each(
    spec: &SweepSpec,
    trials: impl Iterator<Item = u64>,
    sweeper: &mut Sweeper<'_>,
) -> Result<Columns, SweepError> {
    let mut columns = Columns::default();
    let at_hand = AtHand::of(sweeper.prepared());
    let mut trials = trials.peekable();
    while trials.peek().is_some() {
        let some: Vec<u64> = trials.by_ref().take(TOGETHER).collect();
        let sound = |trial| {
            let config = spec.config(trial).map_err(|_| Absent::NoRun)?;
            match at_hand.lacks(&config) {
                Some(_) => Err(Absent::NoData),
                None => Ok(config),
            }
        };
        let configs: Vec<_> = some.iter().map(|&trial| sound(trial)).collect();
        let sound: Vec<_> = configs.iter().flatten().copied().collect();
        let mut headlines = sweeper.headlines(&sound).into_iter();
        for (trial, config) in some.into_iter().zip(configs) {
            let headline = config.map(|_| headlines.next());
            match headline {
                Ok(Some(Ok(headline))) => columns.push(&headline),
                Ok(Some(Err(reason))) if reason.lacks_data() => columns.push_none(Absent::NoData),
                Ok(Some(Err(reason))) => return Err(SweepError::Run { trial, reason }),
                Ok(None) => columns.push_none(Absent::NoRun),
                Err(why) => columns.push_none(why),
            }
        }
    }
    Ok(columns)
}

/// What a sweep runs on, by digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The bars.
    pub bars: Digest,
    /// The instrument.
    pub instrument: Digest,
    /// The predictions that all trials trade; where these vary, the series among them that was given.
    pub predictions: Digest,
    /// The signals, where a trial trades any.
    pub signals: Option<Digest>,
    /// The finer bars, where a trial looks inside bars.
    pub finer: Option<Digest>,
}

impl Inputs {
    /// Those of a sweep: what is prepared beyond what it needs does not count. Where trials trade different predictions those that
    /// are prepared may be any.
    ///
    /// # Errors
    /// [`NotFinite`] where a number of the instrument or of a series is.
    pub fn of(
        spec: &SweepSpec,
        prepared: &Prepared,
        instrument: &Instrument,
    ) -> Result<Self, NotFinite> {
        let mut hasher = Hasher::new("atrium/instrument/1");
        instrument.feed(&mut hasher);
        Ok(Self {
            bars: prepared.bars_digest(),
            instrument: hasher.finish()?,
            predictions: predictions(spec, prepared)?,
            signals: prepared
                .signals_digest()
                .filter(|_| spec.signals() != Use::Never),
            finer: prepared.finer_digest().filter(|_| spec.looks_inside_bars()),
        })
    }
}

/// What is traded beside what follows from bars and configurations.
fn predictions(spec: &SweepSpec, prepared: &Prepared) -> Result<Digest, NotFinite> {
    if !spec.varies_predictions() {
        return Ok(prepared.predictions_digest());
    }
    let given = prepared.given_digest()?;
    let given = given.filter(|_| spec.series() != Use::Never);
    let mut hasher = Hasher::new("atrium/sweep-predictions/1");
    hasher.count(given.iter().count());
    given.iter().for_each(|digest| hasher.digest(digest));
    hasher.finish()
}

/// The hash of everything that decides what comes of a sweep: what was kept under it need not be run again.
///
/// # Errors
/// [`NotFinite`] where a value is.
pub fn identity(spec: &SweepSpec, inputs: &Inputs) -> Result<Digest, NotFinite> {
    let mut hasher = Hasher::new("atrium/sweep-run/3");
    hasher.text(ENGINE_VERSION);
    hasher.digest(&spec.digest()?);
    hasher.digest(&inputs.bars);
    hasher.digest(&inputs.instrument);
    hasher.digest(&inputs.predictions);
    for digest in [inputs.signals, inputs.finer] {
        hasher.count(digest.iter().count());
        digest.iter().for_each(|digest| hasher.digest(digest));
    }
    hasher.finish()
}

/// Neighbouring trials of which none makes sense, so that no bars are needed to say so; `None` where one does.
pub fn without_runs(spec: &SweepSpec, trials: Range<u64>) -> Option<Stretch> {
    let none = trials.clone().all(|trial| spec.config(trial).is_err());
    none.then(|| without_data(spec, trials))
}

/// Neighbouring trials whose data are missing, as far as they make sense.
pub fn without_data(spec: &SweepSpec, trials: Range<u64>) -> Stretch {
    let mut columns = Columns::default();
    for trial in trials.clone() {
        columns.push_none(match spec.config(trial) {
            Ok(_) => Absent::NoData,
            Err(_) => Absent::NoRun,
        });
    }
    Stretch { trials, columns }
}

impl Columns {
    pub(super) fn push(&mut self, headline: &SessionHeadline) {
        self.final_equity.push(Stat::Value(headline.final_equity));
        self.total_return.push(headline.total_return);
        self.cagr.push(headline.cagr);
        self.sharpe.push(headline.sharpe);
        self.max_drawdown_session
            .push(headline.max_drawdown_session);
        self.trades.push(headline.trades);
        self.win_rate.push(headline.win_rate);
        self.profit_factor.push(headline.profit_factor);
    }

    /// Adds a trial that was not run.
    fn push_none(&mut self, why: Absent) {
        for column in self.stats_mut() {
            column.push(Stat::Absent(why));
        }
        self.trades.push(0);
    }

    /// So many trials of which none was run.
    pub(super) fn none(count: usize) -> Self {
        let mut columns = Self::default();
        for column in columns.stats_mut() {
            column.resize(count, NONE);
        }
        columns.trades.resize(count, 0);
        columns
    }

    /// How many columns there are beside the trades.
    pub(super) const STATS: usize = 7;

    /// Every column but the trades, in the order of digests.
    pub(super) fn stats(&self) -> [&Vec<Stat>; Self::STATS] {
        [
            &self.final_equity,
            &self.total_return,
            &self.cagr,
            &self.sharpe,
            &self.max_drawdown_session,
            &self.win_rate,
            &self.profit_factor,
        ]
    }

    fn stats_mut(&mut self) -> [&mut Vec<Stat>; Self::STATS] {
        [
            &mut self.final_equity,
            &mut self.total_return,
            &mut self.cagr,
            &mut self.sharpe,
            &mut self.max_drawdown_session,
            &mut self.win_rate,
            &mut self.profit_factor,
        ]
    }

    /// Puts a trial of others at a place; nothing where either does not exist.
    pub(super) fn copy(&mut self, place: usize, from: &Self, at: usize) {
        for (to, from) in self.stats_mut().into_iter().zip(from.stats()) {
            if let (Some(to), Some(from)) = (to.get_mut(place), from.get(at)) {
                *to = *from;
            }
        }
        if let (Some(to), Some(from)) = (self.trades.get_mut(place), from.trades.get(at)) {
            *to = *from;
        }
    }

    /// Adds some trials of others.
    pub(super) fn extend(&mut self, from: &Self, places: Range<usize>) {
        for (to, from) in self.stats_mut().into_iter().zip(from.stats()) {
            to.extend_from_slice(from.get(places.clone()).unwrap_or_default());
        }
        let trades = from.trades.get(places).unwrap_or_default();
        self.trades.extend_from_slice(trades);
    }

    /// Adds all trials of others.
    pub fn append(&mut self, later: &Self) {
        self.extend(later, 0..later.len());
    }

    /// How many trials they hold.
    pub fn len(&self) -> usize {
        self.trades.len()
    }

    /// Whether they hold none.
    pub fn is_empty(&self) -> bool {
        self.trades.is_empty()
    }

    /// Whether every column has as many trials as the others, which those that were read from somewhere need not have.
    pub fn are_whole(&self) -> bool {
        let mut columns = self.stats().into_iter();
        columns.all(|column| column.len() == self.trades.len())
    }
}

/// What stands for a trial that was not run, or makes no sense.
const NONE: Stat = Stat::Absent(Absent::NoRun);
