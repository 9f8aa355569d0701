//! What a run leaves behind, before it is judged.

use super::judge::{Course, Gathered};
use super::skip::{self, Index, LookedUp, Plan};
use super::{Digests, Market, NoTradeCount, Prepared, RunError, Walked, digests, walk};
use crate::base::digest::NotFinite;
use crate::base::time::Timestamp;
use crate::market::bars::Instrument;
use crate::research::metrics::Headline;
use crate::research::run_config::RunConfig;
use crate::trading::portfolio::Trade;
use crate::trading::risk::{Breach, Halt};
use crate::trading::strategy::NoTrade;

/// What a run leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Round trips, in order of exit.
    pub trades: Vec<Trade>,
    /// Equity at each bar's close, in account currency.
    pub equity: Vec<f64>,
    /// How often each reason of [`NoTrade::ALL`] kept a decision from trading.
    pub no_trades: [u64; NoTrade::COUNT],
    /// Loss limits that were breached, in order of time.
    pub breaches: Vec<Breach>,
    /// When and why trading was halted.
    pub halted: Option<(Timestamp, Halt)>,
    /// Bars in which a position was open at any time.
    pub bars_in_position: u64,
    /// The notional of all executions, in account currency.
    pub traded_notional: f64,
}

impl From<Walked> for Recorded {
    fn from(walked: Walked) -> Self {
        Self {
            no_trades: *walked.engine.no_trades(),
            breaches: walked.engine.breaches().to_vec(),
            trades: walked.engine.into_trades(),
            equity: walked.equity,
            halted: walked.halted,
            bars_in_position: walked.bars_in_position,
            traded_notional: walked.traded_notional,
        }
    }
}

impl Recorded {
    /// Runs a configuration over prepared bars: by skipping where its [`Plan`] says so.
    ///
    /// # Errors
    /// [`RunError`] where configuration and bars do not fit.
    pub fn of(
        prepared: &Prepared,
        instrument: &Instrument,
        config: &RunConfig,
    ) -> Result<Self, RunError> {
        if let Plan::Walk(_) = prepared.plan(config) {
            return Self::by_walking(prepared, instrument, config);
        }
        config.validate()?;
        prepared.check(instrument, config)?;
        let index = Index::new(prepared, instrument)?;
        skip::record(&index, config, &mut LookedUp::default())
    }

    /// The same by walking every bar through the engine, whatever the plan says.
    ///
    /// # Errors
    /// [`RunError`] where configuration and bars do not fit.
    pub fn by_walking(
        prepared: &Prepared,
        instrument: &Instrument,
        config: &RunConfig,
    ) -> Result<Self, RunError> {
        let market = Market {
            prepared,
            instrument,
        };
        Ok(walk(&[market], config)?.into())
    }

    /// The headline metrics alone. `prepared`, `instrument` and `config` are those of the run.
    pub fn headline(
        &self,
        prepared: &Prepared,
        instrument: &Instrument,
        config: &RunConfig,
    ) -> Headline {
        let gathered = Gathered::new(prepared, instrument, config, self.course());
        Headline::of(&gathered.alone())
    }

    /// The digests of the run. `prepared`, `instrument` and `config` are its own.
    ///
    /// # Errors
    /// [`NotFinite`] where a number is none.
    pub fn digests(
        &self,
        prepared: &Prepared,
        instrument: &Instrument,
        config: &RunConfig,
    ) -> Result<Digests, NotFinite> {
        digests(prepared, instrument, config, &self.trades, &self.equity)
    }

    /// Why decisions did not trade; reasons that never occurred are left out.
    pub fn no_trades(&self) -> Vec<NoTradeCount> {
        let reasons = NoTrade::ALL.iter().zip(self.no_trades);
        let counted = reasons.filter(|(_, decisions)| *decisions > 0);
        counted
            .map(|(&reason, decisions)| NoTradeCount { reason, decisions })
            .collect()
    }

    /// Trades whose size a cap limited, so that they risk less than intended.
    pub fn trades_capped(&self) -> u64 {
        let is_capped = |trade: &&Trade| trade.sized_by.is_cap();
        self.trades.iter().filter(is_capped).count() as u64
    }

    pub(super) fn course(&self) -> Course<'_> {
        Course {
            equity: &self.equity,
            trades: &self.trades,
            bars_in_position: self.bars_in_position,
            traded_notional: self.traded_notional,
        }
    }
}
