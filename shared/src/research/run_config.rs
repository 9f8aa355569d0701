//! Everything a run depends on beside its bars: the small configurations that each room owns, composed.

use serde::{Deserialize, Serialize};

use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::base::time::BarInterval;
use crate::base::units::{OutOfBounds, within};
use crate::market::bars::Instrument;
use crate::signal::baselines::Baseline;
use crate::signal::prediction::TargetField;
use crate::trading::costs::Costs;
use crate::trading::engine::{Rules, Tradable};
use crate::trading::fills::FillRules;
use crate::trading::policy::{EntryPolicy, OrderPolicy};
use crate::trading::risk::RiskLimits;
use crate::trading::sizing::Sizing;
use crate::trading::strategy::Strategy;

/// Where predictions come from and what they predict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PredictionConfig {
    /// The source.
    pub source: Baseline,
    /// The predicted price.
    pub target: TargetField,
    /// Bars ahead.
    pub horizon_bars: u32,
}

impl Default for PredictionConfig {
    fn default() -> Self {
        Self {
            source: Baseline::Drift,
            target: TargetField::Open,
            horizon_bars: 4,
        }
    }
}

/// The configuration of a run. A field that is left out has its default; a field that is not known is an error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunConfig {
    /// The interval of the bars that are decided on.
    pub interval: BarInterval,
    /// The predictions.
    pub prediction: PredictionConfig,
    /// The strategy.
    pub strategy: Strategy,
    /// The sizing.
    pub sizing: Sizing,
    /// How intentions become orders, and when a position ends by other than its levels.
    pub policy: OrderPolicy,
    /// How the simulated broker reads bars.
    pub fills: FillRules,
    /// The costs.
    pub costs: Costs,
    /// The limits of the account.
    pub limits: RiskLimits,
    /// Account equity at the start, in account currency.
    pub initial_equity: f64,
    /// Account currency for one unit of the instrument's currency, the same throughout the run.
    pub fx: f64,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            interval: BarInterval::minutes(60),
            prediction: PredictionConfig::default(),
            strategy: Strategy::default(),
            sizing: Sizing::default(),
            policy: OrderPolicy::default(),
            fills: FillRules::default(),
            costs: Costs::default(),
            limits: RiskLimits::default(),
            initial_equity: 10_000.0,
            fx: 1.0,
        }
    }
}

/// A configuration that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadConfig {
    /// A number is out of its bounds.
    #[error(transparent)]
    Bounds(#[from] OutOfBounds),
    /// The prediction is of the price that the entry pays.
    #[error(
        "target open with horizon_bars 1 predicts the open at which the entry fills, so there is nothing to earn: use a horizon of at least 2, or target close"
    )]
    PredictsTheEntry,
}

impl RunConfig {
    /// The largest horizon, in bars.
    pub const MAX_HORIZON_BARS: u32 = 10_000;

    /// Checks every number and what contradicts itself.
    ///
    /// # Errors
    /// [`BadConfig`] naming the first field that is wrong.
    pub fn validate(&self) -> Result<(), BadConfig> {
        let horizon = self.prediction.horizon_bars;
        within(
            "horizon_bars",
            f64::from(horizon),
            1.0,
            f64::from(Self::MAX_HORIZON_BARS),
        )?;
        let at_next_open = self.policy.entry != EntryPolicy::Close;
        if horizon == 1 && self.prediction.target == TargetField::Open && at_next_open {
            return Err(BadConfig::PredictsTheEntry);
        }
        self.rules().validate()?;
        self.fills.validate()?;
        within("initial_equity", self.initial_equity, 1.0, 1e12)?;
        within("fx", self.fx, 1e-9, 1e9)?;
        Ok(())
    }

    /// What the engine trades by.
    pub fn rules(&self) -> Rules {
        Rules {
            strategy: self.strategy,
            sizing: self.sizing,
            policy: self.policy,
            limits: self.limits,
            costs: self.costs,
        }
    }

    /// An instrument as a run of this configuration trades it.
    pub fn tradable(&self, instrument: &Instrument) -> Tradable {
        Tradable {
            instrument: instrument.clone(),
            fx: self.fx,
        }
    }

    /// The hash of the configuration and of the instrument it trades. `predicts` says whether the predictions come from
    /// `prediction`; a series that was given has its own hash, and `prediction` then means nothing.
    ///
    /// # Errors
    /// [`NotFinite`] where a number is; [`RunConfig::validate`] excludes that.
    pub fn digest(&self, instrument: &Instrument, predicts: bool) -> Result<Digest, NotFinite> {
        let mut hasher = Hasher::new("atrium/config/2");
        instrument.feed(&mut hasher);
        hasher.u64(u64::from(self.interval.seconds()));
        hasher.code(u8::from(predicts));
        if predicts {
            hasher.text(self.prediction.source.name());
            hasher.code(self.prediction.target as u8);
            hasher.u64(u64::from(self.prediction.horizon_bars));
        }
        self.rules().feed(&mut hasher);
        self.fills.feed(&mut hasher);
        hasher.f64(self.initial_equity);
        hasher.f64(self.fx);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::zone::Zone;
    use crate::trading::costs::{Commission, PriceOffset};
    use crate::trading::fills::{Intrabar, LimitFill};
    use crate::trading::policy::OnOpposite;
    use crate::trading::risk::RateLimit;
    use crate::trading::sizing::SizingMode;
    use crate::trading::strategy::{LevelAnchor, PredictedMove, SidePolicy, SigmaSource, Signals};

    #[test]
    fn predicting_the_entry_price_is_refused() {
        let mut config = RunConfig::default();
        assert_eq!(config.validate(), Ok(()));
        config.prediction.horizon_bars = 1;
        assert_eq!(config.validate(), Err(BadConfig::PredictsTheEntry));
        config.prediction.target = TargetField::Close;
        assert_eq!(config.validate(), Ok(()));
        config.prediction.horizon_bars = 0;
        assert!(
            config
                .validate()
                .unwrap_err()
                .to_string()
                .starts_with("horizon_bars is 0")
        );
    }

    #[test]
    fn what_is_left_out_has_its_default_and_what_is_unknown_is_an_error() {
        let read: RunConfig = serde_json::from_str(r#"{"sizing": {"leverage": 2.0}}"#).unwrap();
        let mut expected = RunConfig::default();
        expected.sizing.leverage = 2.0;
        assert_eq!(read, expected);
        assert!(serde_json::from_str::<RunConfig>(r#"{"sizing": {"leverag": 2.0}}"#).is_err());
        let written = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<RunConfig>(&written).unwrap(), read);
        assert_eq!(
            postcard::from_bytes::<RunConfig>(&postcard::to_allocvec(&read).unwrap()).unwrap(),
            read
        );
    }

    #[test]
    fn every_field_changes_the_digest() {
        let share = Instrument::us_share("SPY");
        let base = RunConfig::default();
        let digest = |change: &dyn Fn(&mut RunConfig)| {
            let mut config = base;
            change(&mut config);
            assert!(config == base || config.validate().is_ok());
            config.digest(&share, true).unwrap()
        };
        let changes: Vec<&dyn Fn(&mut RunConfig)> = vec![
            &|_| {},
            &|c| c.interval = BarInterval::minutes(30),
            &|c| c.initial_equity = 10_001.0,
            &|c| c.fx = 1.1,
            &|c| c.prediction.source = Baseline::SmaCross,
            &|c| c.prediction.horizon_bars = 5,
            &|c| c.prediction.target = TargetField::Close,
            &|c| c.strategy = Strategy::Signals(Signals::default()),
            &|c| c.strategy = predicted(|s| s.k_sigma_err = 0.6),
            &|c| c.strategy = predicted(|s| s.k_atr_min_tp = 1.6),
            &|c| c.strategy = predicted(|s| s.reward_risk_ratio = 2.1),
            &|c| c.strategy = predicted(|s| s.side = SidePolicy::LongOnly),
            &|c| c.strategy = predicted(|s| s.level_anchor = LevelAnchor::Fill),
            &|c| c.strategy = predicted(|s| s.sigma = SigmaSource::Atr),
            &|c| c.strategy = predicted(|s| s.min_confidence = Some(0.0)),
            &|c| c.sizing.mode = SizingMode::AllIn,
            &|c| c.sizing.mode = SizingMode::EquityFraction(0.5),
            &|c| c.sizing.mode = SizingMode::Quantity(0.5),
            &|c| c.sizing.mode = SizingMode::Notional(0.5),
            &|c| c.sizing.mode = SizingMode::VolatilityTarget(0.5),
            &|c| c.sizing.risk_per_trade = 0.02,
            &|c| c.sizing.risk_includes_costs = true,
            &|c| c.sizing.leverage = 1.5,
            &|c| c.sizing.gap_buffer = 0.0,
            &|c| c.sizing.max_position = Some(1.0),
            &|c| c.policy.entry = EntryPolicy::Limit,
            &|c| c.policy.entry = EntryPolicy::Collared,
            &|c| c.policy.on_opposite = OnOpposite::Exit,
            &|c| c.policy.min_hold_bars = 1,
            &|c| c.policy.max_hold_bars = Some(1),
            &|c| c.policy.exit_at_session_end = true,
            &|c| c.policy.exit_lead_s = 60,
            &|c| c.policy.trailing_stop_atr = Some(2.0),
            &|c| c.policy.min_stop_spreads = 2.0,
            &|c| c.fills.intrabar = Intrabar::Path,
            &|c| c.fills.limit = LimitFill::Through,
            &|c| c.fills.volume_percent = Some(10.0),
            &|c| c.costs.commission = Commission::None,
            &|c| c.costs.commission = Commission::PerContract { rate: 1.0 },
            &|c| c.costs.commission = Commission::PerTrade { amount: 1.0 },
            &|c| c.costs.slippage = PriceOffset::Ticks(1.0),
            &|c| c.costs.slippage = PriceOffset::Bps(1.0),
            &|c| c.costs.half_spread = PriceOffset::Ticks(1.0),
            &|c| c.costs.borrow_percent = 1.0,
            &|c| c.costs.financing_percent = 1.0,
            &|c| c.costs.conversion_bps = 1.0,
            &|c| c.limits.daily_loss = Some(0.05),
            &|c| c.limits.daily_loss_for_good = true,
            &|c| c.limits.total_loss = Some(0.05),
            &|c| c.limits.day_zone = Zone::Prague,
            &|c| c.limits.profit_target = Some(0.05),
            &|c| c.limits.min_trading_days = Some(4),
            &|c| c.limits.rate = Some(RateLimit::default()),
            &|c| c.limits.pre_trade.max_quantity = Some(1.0),
            &|c| c.limits.pre_trade.max_notional = Some(1.0),
            &|c| c.limits.pre_trade.price_band_percent = Some(1.0),
            &|c| c.limits.pre_trade.max_positions = Some(1),
            &|c| c.limits.pre_trade.max_data_age_s = Some(1),
        ];
        let mut digests: Vec<Digest> = changes.iter().map(|change| digest(*change)).collect();
        digests.push(base.digest(&Instrument::us_share("QQQ"), true).unwrap());
        digests.push(base.digest(&share, false).unwrap());
        let count = digests.len();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }

    fn predicted(change: impl Fn(&mut PredictedMove)) -> Strategy {
        let mut strategy = PredictedMove::default();
        change(&mut strategy);
        Strategy::PredictedMove(strategy)
    }
}
