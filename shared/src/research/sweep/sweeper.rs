//! Runs one configuration after the other on the same bars.

use super::headlines::Headlines;
use super::lanes;
use super::offer::common;
use crate::base::zone::Zone;
use crate::market::bars::SessionBars;
use crate::research::backtest::{
    Gates, Index, LookedUp, Plan, Prepared, Recorded, Run, RunError, record,
};
use crate::research::metrics::{SessionHeadline, SessionRun};
use crate::research::run_config::RunConfig;

/// Runs configurations on indexed bars. What neighbours share (the bars that pass their gates, where sessions are left, when days
/// begin) is kept from one run to the next.
#[derive(Debug)]
pub struct Sweeper<'a> {
    index: &'a Index<'a>,
    found: LookedUp,
    headlines: Vec<Headlines>,
}

/// What lanes that are run together have in common.
type Key = (Gates, u32, Zone);

/// The most lanes that are run together: what they are compared with stays in the processor's nearest cache.
const MOST_LANES: usize = 1_024;
/// The fewest lanes of which what they have in common is asked once for all.
const LEAST_PLAIN: usize = 2;

impl<'a> Sweeper<'a> {
    /// One that has run nothing yet.
    pub fn new(index: &'a Index<'a>) -> Self {
        Self {
            index,
            found: LookedUp::default(),
            headlines: Vec::new(),
        }
    }

    /// The bars that it runs configurations on.
    pub fn bars(&self) -> &'a SessionBars {
        self.index.prepared.bars()
    }

    /// What they were prepared with.
    pub(super) fn prepared(&self) -> &'a Prepared {
        self.index.prepared
    }

    /// The headline metrics of a configuration, by skipping where its [`Plan`] says so.
    ///
    /// # Errors
    /// [`RunError`] where configuration and bars do not fit.
    pub fn headline(&mut self, config: &RunConfig) -> Result<SessionHeadline, RunError> {
        let mut kept = self.headlines.pop().unwrap_or_default();
        kept.clear();
        let done = self.run(config, &mut kept);
        let headline = done.map(|()| self.judge(config, &kept));
        self.headlines.push(kept);
        headline
    }

    /// The headline metrics of configurations, each as [`headline`](Self::headline) gives them, in their order. Those that pass the same
    /// gates are run side by side, so that many at once take less than one after the other.
    pub fn headlines(&mut self, configs: &[RunConfig]) -> Vec<Result<SessionHeadline, RunError>> {
        let keys: Vec<Option<Key>> = configs.iter().map(|config| self.key(config)).collect();
        let plain: Vec<Option<RunConfig>> = configs.iter().map(common).collect();
        let mut found: Vec<Option<Result<_, _>>> = configs.iter().map(|_| None).collect();
        for (at, (key, config)) in keys.iter().zip(configs).enumerate() {
            if found.get(at).is_none_or(Option::is_some) {
                continue;
            }
            let rest = || (at..configs.len()).filter(|&lane| found.get(lane) == Some(&None));
            let alike = || rest().filter(|&lane| key.is_some() && keys.get(lane) == Some(key));
            let same = plain.get(at).filter(|same| same.is_some());
            let plain_too = |lane: &usize| same.is_some() && plain.get(*lane) == same;
            let mut lanes: Vec<usize> = alike().filter(plain_too).take(MOST_LANES).collect();
            let is_plain = lanes.len() >= LEAST_PLAIN;
            if !is_plain {
                lanes = alike().take(MOST_LANES).collect();
            }
            let done = if lanes.len() < 2 {
                vec![(at, self.headline(config))]
            } else {
                let lanes = lanes.into_iter();
                let lanes = lanes.filter_map(|lane| Some((lane, configs.get(lane)?)));
                self.side_by_side(&lanes.collect::<Vec<_>>(), is_plain)
            };
            for (lane, headline) in done {
                let to = found.get_mut(lane);
                to.into_iter().for_each(|to| *to = Some(headline.clone()));
            }
        }
        found.into_iter().flatten().collect()
    }

    /// What a configuration that can be a lane has to have in common with others.
    fn key(&self, config: &RunConfig) -> Option<Key> {
        let policy = &config.policy;
        let skips = !matches!(self.index.plan(config), Plan::Walk(_));
        let fits = self.check(config).is_ok();
        (skips && fits && policy.trailing_stop_atr.is_none()).then(|| {
            (
                Gates::of(&config.strategy),
                policy.exit_lead_s,
                config.limits.day_zone,
            )
        })
    }

    /// Runs configurations of one key as lanes; `plain` where they have [`common`] in common.
    fn side_by_side(
        &mut self,
        lanes: &[(usize, &RunConfig)],
        plain: bool,
    ) -> Vec<(usize, Result<SessionHeadline, RunError>)> {
        let index = self.index;
        let mut kept = core::mem::take(&mut self.headlines);
        kept.resize_with(lanes.len().max(kept.len()), Headlines::default);
        let found = &mut self.found;
        lanes
            .iter()
            .for_each(|(_, config)| found.look_up(index, config));
        let runs = lanes.iter().zip(&mut kept).map(|((_, config), kept)| {
            kept.clear();
            let terms = self.found.terms(index, config)?;
            Some(Run::new(index, config, terms, kept))
        });
        if let Some(mut runs) = runs.collect::<Option<Vec<_>>>() {
            lanes::go(index, &mut runs, plain);
        }
        let judged = lanes.iter().zip(&kept);
        let judged = judged
            .map(|((lane, config), kept)| (*lane, Ok(self.judge(config, kept))))
            .collect();
        self.headlines = kept;
        judged
    }

    /// All of a run, by skipping where its [`Plan`] says so.
    ///
    /// # Errors
    /// [`RunError`] where configuration and bars do not fit.
    pub fn record(&mut self, config: &RunConfig) -> Result<Recorded, RunError> {
        self.check(config)?;
        if let Plan::Walk(_) = self.index.plan(config) {
            return self.walk(config);
        }
        record(self.index, config, &mut self.found)
    }

    fn walk(&self, config: &RunConfig) -> Result<Recorded, RunError> {
        let Index {
            prepared,
            instrument,
            ..
        } = *self.index;
        Recorded::by_walking(prepared, instrument, config)
    }

    fn run(&mut self, config: &RunConfig, headlines: &mut Headlines) -> Result<(), RunError> {
        self.check(config)?;
        let index = self.index;
        if let Plan::Walk(_) = index.plan(config) {
            let run = self.walk(config)?;
            headlines.take(&run.equity, &run.trades, index);
            return Ok(());
        }
        self.found.look_up(index, config);
        let terms = self.found.terms(index, config);
        let terms = terms.ok_or(RunError::SignalsMissing)?;
        Run::new(index, config, terms, headlines).go_on(0);
        Ok(())
    }

    fn check(&self, config: &RunConfig) -> Result<(), RunError> {
        config.validate()?;
        self.index.prepared.check(self.index.instrument, config)
    }

    fn judge(&self, config: &RunConfig, headlines: &Headlines) -> SessionHeadline {
        SessionHeadline::of(&SessionRun {
            initial_equity: config.initial_equity,
            session_equity: &headlines.equity,
            span: self.index.span(),
            sessions_per_year: self.index.sessions_per_year(),
            risk_free: config.risk_free,
            trades: headlines.sums.trades,
            wins: headlines.sums.wins,
            profit: headlines.sums.profit,
            loss: headlines.sums.loss,
        })
    }
}
