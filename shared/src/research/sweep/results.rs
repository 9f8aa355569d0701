//! The results of a sweep as columns, put together from stretches of trials that may be run anywhere and in any order.

use core::ops::Range;

use serde::{Deserialize, Serialize};

use super::spec::SweepSpec;
use super::sweeper::Sweeper;
use crate::base::digest::{Digest, Hasher, NotFinite};
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

/// The headline metrics of trials, a column each. Those of a trial whose configuration makes no sense are absent, so that a grid
/// may hold combinations that are none.
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
const TOGETHER: u64 = 256;

/// Runs neighbouring trials, all of which trade the predictions that the sweeper's bars were prepared with.
///
/// # Errors
/// [`SweepError`] naming the first trial that does not fit the bars.
pub fn run(
    spec: &SweepSpec,
    trials: Range<u64>,
    sweeper: &mut Sweeper<'_>,
) -> Result<Stretch, SweepError> {
    let mut columns = Columns::default();
    let mut from = trials.start;
    while from < trials.end {
        let until = trials.end.min(from + TOGETHER);
        let configs: Vec<_> = (from..until).map(|trial| spec.config(trial).ok()).collect();
        let sound: Vec<_> = configs.iter().flatten().copied().collect();
        let mut headlines = sweeper.headlines(&sound).into_iter();
        for (trial, config) in (from..until).zip(configs) {
            match config.and_then(|_| headlines.next()) {
                Some(Ok(headline)) => columns.push(&headline),
                Some(Err(reason)) => return Err(SweepError::Run { trial, reason }),
                None => columns.push_none(),
            }
        }
        from = until;
    }
    Ok(Stretch { trials, columns })
}

/// The hash of everything that decides what comes of a sweep on prepared bars: what was kept under it need not be run again.
///
/// # Errors
/// [`NotFinite`] where a value is.
pub fn identity(spec: &SweepSpec, prepared: &Prepared) -> Result<Digest, NotFinite> {
    let mut hasher = Hasher::new("atrium/sweep-run/1");
    hasher.text(ENGINE_VERSION);
    hasher.digest(&spec.digest()?);
    hasher.digest(&prepared.bars_digest());
    hasher.digest(&prepared.predictions_digest());
    for digest in [prepared.signals_digest(), prepared.finer_digest()] {
        hasher.count(digest.iter().count());
        digest.iter().for_each(|digest| hasher.digest(digest));
    }
    hasher.finish()
}

/// Neighbouring trials of which none makes sense, so that no bars are needed to say so; `None` where one does.
pub fn without_runs(spec: &SweepSpec, trials: Range<u64>) -> Option<Stretch> {
    let mut columns = Columns::default();
    for trial in trials.clone() {
        match spec.config(trial) {
            Ok(_) => return None,
            Err(_) => columns.push_none(),
        }
    }
    Some(Stretch { trials, columns })
}

impl Columns {
    fn push(&mut self, headline: &SessionHeadline) {
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

    fn push_none(&mut self) {
        let none = Stat::Absent(Absent::NoRun);
        for column in [
            &mut self.final_equity,
            &mut self.total_return,
            &mut self.cagr,
            &mut self.sharpe,
            &mut self.max_drawdown_session,
            &mut self.win_rate,
            &mut self.profit_factor,
        ] {
            column.push(none);
        }
        self.trades.push(0);
    }

    fn append(&mut self, mut later: Self) {
        self.final_equity.append(&mut later.final_equity);
        self.total_return.append(&mut later.total_return);
        self.cagr.append(&mut later.cagr);
        self.sharpe.append(&mut later.sharpe);
        self.max_drawdown_session
            .append(&mut later.max_drawdown_session);
        self.trades.append(&mut later.trades);
        self.win_rate.append(&mut later.win_rate);
        self.profit_factor.append(&mut later.profit_factor);
    }

    /// How many trials they hold.
    pub fn len(&self) -> usize {
        self.trades.len()
    }

    /// Whether they hold none.
    pub fn is_empty(&self) -> bool {
        self.trades.is_empty()
    }
}

/// The results of a sweep so far. Stretches come in any order; what was run once need not be run again.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    trials: u64,
    /// In order, none touching another.
    done: Vec<Stretch>,
}

impl Results {
    /// Those of a sweep of which nothing has been run.
    pub fn new(spec: &SweepSpec) -> Self {
        Self {
            trials: spec.trials(),
            done: Vec::new(),
        }
    }

    /// Takes a stretch in; one that holds a trial that is known already, or none of the sweep, is passed over. Whether it was taken.
    pub fn take(&mut self, stretch: Stretch) -> bool {
        let Range { start, end } = stretch.trials;
        let fits = start < end && end <= self.trials && stretch.columns.len() as u64 == end - start;
        let at = self.done.partition_point(|done| done.trials.start < start);
        let before = at.checked_sub(1).and_then(|before| self.done.get(before));
        let after = self.done.get(at);
        let meets = before.is_some_and(|before| before.trials.end > start)
            || after.is_some_and(|after| after.trials.start < end);
        if !fits || meets {
            return false;
        }
        self.done.insert(at, stretch);
        self.join(at + 1);
        self.join(at);
        true
    }

    /// Joins a stretch to the one before where they touch.
    fn join(&mut self, at: usize) {
        let Some([before, later]) = at
            .checked_sub(1)
            .and_then(|before| self.done.get(before..=at))
        else {
            return;
        };
        if before.trials.end == later.trials.start {
            let later = self.done.remove(at);
            if let Some(before) = self.done.get_mut(at - 1) {
                before.trials.end = later.trials.end;
                before.columns.append(later.columns);
            }
        }
    }

    /// The trials that have not been run.
    pub fn missing(&self) -> Vec<Range<u64>> {
        let mut from = 0;
        let mut missing = Vec::new();
        for done in &self.done {
            if from < done.trials.start {
                missing.push(from..done.trials.start);
            }
            from = done.trials.end;
        }
        if from < self.trials {
            missing.push(from..self.trials);
        }
        missing
    }

    /// What has been run, in order.
    pub fn done(&self) -> &[Stretch] {
        &self.done
    }

    /// The columns of all trials; `None` while some are missing.
    pub fn columns(&self) -> Option<&Columns> {
        match self.done.as_slice() {
            [all] if all.trials == (0..self.trials) => Some(&all.columns),
            _ => None,
        }
    }

    /// How many trials have been run.
    pub fn count(&self) -> u64 {
        let counts = self
            .done
            .iter()
            .map(|done| done.trials.end - done.trials.start);
        counts.sum()
    }

    /// The hash of every number of what has been run.
    ///
    /// # Errors
    /// [`NotFinite`] where one is.
    pub fn digest(&self) -> Result<Digest, NotFinite> {
        let mut hasher = Hasher::new("atrium/sweep-results/2");
        hasher.u64(self.trials);
        for Stretch { trials, columns } in &self.done {
            hasher.u64(trials.start);
            hasher.u64(trials.end);
            for stats in [
                &columns.final_equity,
                &columns.total_return,
                &columns.cagr,
                &columns.sharpe,
                &columns.max_drawdown_session,
                &columns.win_rate,
                &columns.profit_factor,
            ] {
                stats
                    .iter()
                    .for_each(|stat| hasher.option_f64(stat.value()));
            }
            columns.trades.iter().for_each(|&count| hasher.u64(count));
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::axis::Axis;
    use super::super::spec::Method;
    use super::*;
    use crate::research::run_config::RunConfig;

    fn headline(trial: u64) -> SessionHeadline {
        let stat = Stat::Value(trial as f64);
        SessionHeadline {
            final_equity: trial as f64,
            total_return: stat,
            cagr: stat,
            sharpe: stat,
            max_drawdown_session: stat,
            trades: trial,
            win_rate: stat,
            profit_factor: stat,
        }
    }

    fn stretch(trials: Range<u64>) -> Stretch {
        let mut columns = Columns::default();
        trials
            .clone()
            .for_each(|trial| columns.push(&headline(trial)));
        Stretch { trials, columns }
    }

    #[test]
    fn stretches_come_in_any_order_and_each_trial_once() {
        let axis = Axis::read("k_sigma_err=0:9:1").unwrap();
        let spec = SweepSpec::new(RunConfig::default(), vec![axis], Method::Grid).unwrap();
        let whole = |order: &[Range<u64>]| {
            let mut results = Results::new(&spec);
            for trials in order {
                assert!(results.take(stretch(trials.clone())));
            }
            assert_eq!(results.missing(), []);
            assert_eq!(
                results.columns().unwrap().trades,
                (0..10).collect::<Vec<_>>()
            );
            results.digest().unwrap()
        };
        assert_eq!(whole(&[0..3, 3..10]), whole(&[4..7, 0..1, 7..10, 1..4]));

        let mut results = Results::new(&spec);
        assert!(results.take(stretch(2..4)) && results.take(stretch(6..7)));
        assert_eq!(results.missing(), [0..2, 4..6, 7..10]);
        for refused in [3..5, 1..3, 2..4, 0..9, 9..11] {
            assert!(!results.take(stretch(refused)));
        }
        assert_eq!((results.done().len(), results.columns()), (2, None));
    }
}
