//! Runs one configuration after the other on the same bars.

use super::candidates::{Candidates, Gates};
use super::index::{Index, SessionExit};
use super::lanes;
use super::ledger::{Headlines, Ledger, Records};
use super::offer::common;
use super::plan::Plan;
use super::skip::{Run, Terms};
use crate::base::zone::Zone;
use crate::market::bars::SessionBars;
use crate::research::backtest::{Market, Prepared, RunError, walk};
use crate::research::metrics::{SessionHeadline, SessionRun};
use crate::research::run_config::RunConfig;
use crate::trading::portfolio::Trade;

/// What a run leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Round trips, in order of exit.
    pub trades: Vec<Trade>,
    /// Equity at each bar's close, in account currency.
    pub equity: Vec<f64>,
}

/// Runs configurations on indexed bars. What neighbours share (the bars that pass their gates, where sessions are left, when days
/// begin) is kept from one run to the next.
#[derive(Debug)]
pub struct Sweeper<'a> {
    index: &'a Index<'a>,
    candidates: Option<Candidates>,
    session_exits: Option<(u32, Vec<Option<SessionExit>>)>,
    risk_days: Option<(Zone, Vec<usize>)>,
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
            candidates: None,
            session_exits: None,
            risk_days: None,
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
        lanes.iter().for_each(|(_, config)| self.look_up(config));
        let runs = lanes.iter().zip(&mut kept).map(|((_, config), kept)| {
            kept.clear();
            Some(Run::new(index, config, self.terms(config)?, kept))
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

    /// Trades and equity of a configuration, by skipping where its [`Plan`] says so.
    ///
    /// # Errors
    /// [`RunError`] where configuration and bars do not fit.
    pub fn record(&mut self, config: &RunConfig) -> Result<Recorded, RunError> {
        let mut records = Records::default();
        self.run(config, &mut records)?;
        let Records { trades, equity, .. } = records;
        Ok(Recorded { trades, equity })
    }

    fn run(&mut self, config: &RunConfig, ledger: &mut impl Ledger) -> Result<(), RunError> {
        self.check(config)?;
        let Index {
            prepared,
            instrument,
            ..
        } = *self.index;
        if let Plan::Walk(_) = self.index.plan(config) {
            let market = Market {
                prepared,
                instrument,
            };
            let walked = walk(&[market], config)?;
            let equity = &walked.equity;
            let at = |bar: usize| equity.get(bar).copied().unwrap_or_default();
            ledger.mark(equity.len(), self.index, at);
            ledger.traded(walked.engine.into_trades());
            return Ok(());
        }
        let index = self.index;
        self.look_up(config);
        if let Some(terms) = self.terms(config) {
            Run::new(index, config, terms, ledger).go();
        }
        Ok(())
    }

    fn check(&self, config: &RunConfig) -> Result<(), RunError> {
        config.validate()?;
        self.index.prepared.check(self.index.instrument, config)
    }

    /// Looks up what a configuration needs, as far as the one before did not need the same.
    fn look_up(&mut self, config: &RunConfig) {
        let (index, policy) = (self.index, &config.policy);
        if !matches!(&self.candidates, Some(known) if known.are_of(&config.strategy)) {
            self.candidates = Some(Candidates::new(index, config));
        }
        let lead = policy.exit_lead_s;
        let is_known = matches!(&self.session_exits, Some((known, _)) if *known == lead);
        if policy.exit_at_session_end && !is_known {
            self.session_exits = Some((lead, index.session_exits(lead)));
        }
        let zone = config.limits.day_zone;
        let is_known = matches!(&self.risk_days, Some((known, _)) if *known == zone);
        if config.limits.daily_loss.is_some() && !is_known {
            self.risk_days = Some((zone, index.risk_days(zone)));
        }
    }

    /// What was looked up for a configuration.
    fn terms(&self, config: &RunConfig) -> Option<Terms<'_>> {
        let exits = self.session_exits.as_ref();
        let exits = exits.filter(|_| config.policy.exit_at_session_end);
        let days = self.risk_days.as_ref();
        let days = days.filter(|_| config.limits.daily_loss.is_some());
        Some(Terms {
            candidates: self.candidates.as_ref()?,
            session_exits: exits.map(|(_, exits)| exits.as_slice()),
            risk_days: days.map_or(&[], |(_, days)| days),
        })
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
