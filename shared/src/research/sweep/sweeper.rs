//! Runs one configuration after the other on the same bars.

use super::candidates::Candidates;
use super::index::{Index, SessionExit};
use super::ledger::{Headlines, Ledger, Records};
use super::plan::Plan;
use super::skip::{Run, Terms};
use crate::base::zone::Zone;
use crate::market::bars::SessionBars;
use crate::research::backtest::{Market, RunError, walk};
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
    headlines: Headlines,
}

impl<'a> Sweeper<'a> {
    /// One that has run nothing yet.
    pub fn new(index: &'a Index<'a>) -> Self {
        Self {
            index,
            candidates: None,
            session_exits: None,
            risk_days: None,
            headlines: Headlines::default(),
        }
    }

    /// The bars that it runs configurations on.
    pub fn bars(&self) -> &'a SessionBars {
        self.index.prepared.bars()
    }

    /// The headline metrics of a configuration, by skipping where its [`Plan`] says so.
    ///
    /// # Errors
    /// [`RunError`] where configuration and bars do not fit.
    pub fn headline(&mut self, config: &RunConfig) -> Result<SessionHeadline, RunError> {
        let mut headlines = core::mem::take(&mut self.headlines);
        headlines.clear();
        let done = self.run(config, &mut headlines);
        let headline = done.map(|()| self.judge(config, &headlines));
        self.headlines = headlines;
        headline
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
        config.validate()?;
        let Index {
            prepared,
            instrument,
            ..
        } = *self.index;
        prepared.check(instrument, config)?;
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
        let terms = self.terms(config);
        Run::new(index, config, terms, ledger).go();
        Ok(())
    }

    /// Looks up what a configuration needs, as far as the one before did not need the same.
    fn terms(&mut self, config: &RunConfig) -> Terms<'_> {
        let (index, policy) = (self.index, &config.policy);
        if !matches!(&self.candidates, Some(known) if known.are_of(&config.strategy)) {
            self.candidates = None;
        }
        let lead = policy.exit_lead_s;
        if !matches!(&self.session_exits, Some((known, _)) if *known == lead) {
            self.session_exits = None;
        }
        let zone = config.limits.day_zone;
        if !matches!(&self.risk_days, Some((known, _)) if *known == zone) {
            self.risk_days = None;
        }
        let candidates = self
            .candidates
            .get_or_insert_with(|| Candidates::new(index, config));
        let session_exits = policy.exit_at_session_end.then(|| {
            let exits = &mut self.session_exits;
            let (_, exits) = exits.get_or_insert_with(|| (lead, index.session_exits(lead)));
            exits.as_slice()
        });
        let risk_days: &[usize] = match config.limits.daily_loss {
            Some(_) => {
                let days = &mut self.risk_days;
                &days.get_or_insert_with(|| (zone, index.risk_days(zone))).1
            }
            None => &[],
        };
        Terms {
            candidates,
            session_exits,
            risk_days,
        }
    }

    fn judge(&self, config: &RunConfig, headlines: &Headlines) -> SessionHeadline {
        SessionHeadline::of(&SessionRun {
            initial_equity: config.initial_equity,
            session_equity: &headlines.equity,
            span: self.index.span(),
            sessions_per_year: self.index.sessions_per_year(),
            risk_free: config.risk_free,
            trades: headlines.trades,
            wins: headlines.wins,
            profit: headlines.profit,
            loss: headlines.loss,
        })
    }
}
