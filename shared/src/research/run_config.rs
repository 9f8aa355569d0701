//! Everything a run depends on beside its bars: the small configurations that each room owns, composed.

use serde::{Deserialize, Serialize};

use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::base::time::BarInterval;
use crate::base::units::{OutOfBounds, within};
use crate::market::bars::Instrument;
use crate::signal::prediction::{PredictionSeries, TargetField};
use crate::signal::source::Source;
use crate::trading::costs::Costs;
use crate::trading::engine::{Rules, Tradable};
use crate::trading::fills::{FillRules, Unsuitable};
use crate::trading::policy::{EntryPolicy, OnOpposite, OrderPolicy};
use crate::trading::risk::RiskLimits;
use crate::trading::sizing::Sizing;
use crate::trading::strategy::Strategy;

/// Where predictions come from, what they predict and which of them count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PredictionConfig {
    /// The source.
    pub source: Source,
    /// The predicted price.
    pub target: TargetField,
    /// Bars ahead.
    pub horizon_bars: u32,
    /// Whether a prediction for a bar of another session is left out. That bar starts `horizon_bars` intervals after the
    /// deciding bar, by the calendar: which bars will be missing is not known yet.
    pub intraday_only: bool,
    /// Whether predictions may be in-sample, so that the result flatters; the report then says so.
    pub allow_in_sample: bool,
}

impl Default for PredictionConfig {
    fn default() -> Self {
        Self {
            source: Source::Drift,
            target: TargetField::Open,
            horizon_bars: 4,
            intraday_only: false,
            allow_in_sample: false,
        }
    }
}

impl PredictionConfig {
    /// The largest horizon, in bars.
    pub const MAX_HORIZON_BARS: u32 = 10_000;

    /// The configuration that asks for a given series, in-sample predictions refused.
    pub fn of(series: &PredictionSeries) -> Self {
        let target = series.target();
        Self {
            source: Source::Series,
            target: target.field,
            horizon_bars: target.horizon_bars,
            ..Self::default()
        }
    }

    /// Checks the numbers, and what contradicts itself on bars of an interval; `enters_at_next_open` says whether the next
    /// open is the price of the entry.
    ///
    /// # Errors
    /// [`BadConfig`] naming the first field that is wrong.
    pub fn validate(
        &self,
        interval: BarInterval,
        enters_at_next_open: bool,
    ) -> Result<(), BadConfig> {
        let most = f64::from(Self::MAX_HORIZON_BARS);
        within("horizon_bars", f64::from(self.horizon_bars), 1.0, most)?;
        if self.horizon_bars == 1 && self.target == TargetField::Open && enters_at_next_open {
            return Err(BadConfig::PredictsTheEntry);
        }
        if self.intraday_only && interval == BarInterval::Day {
            return Err(BadConfig::NothingIntraday);
        }
        Ok(())
    }

    /// Feeds every field.
    pub fn feed(&self, hasher: &mut Hasher) {
        self.source.feed(hasher);
        hasher.code(self.target as u8);
        hasher.u64(u64::from(self.horizon_bars));
        hasher.code(u8::from(self.intraday_only));
        hasher.code(u8::from(self.allow_in_sample));
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
    /// The return a year that bears no risk, by which Sharpe and its like are measured: 0.04 is four per cent.
    pub risk_free: f64,
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
            risk_free: 0.0,
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
    /// No prediction would be left.
    #[error(
        "intraday_only leaves no prediction on 1day bars, of which each is a session: use a shorter interval, or switch intraday_only off"
    )]
    NothingIntraday,
    /// The strategy trades predictions, but there is no source of them.
    #[error(
        "the strategy trades predictions, but their source is none: choose a source, or a strategy that needs no predictions"
    )]
    NothingPredicted,
    /// A reversal would leave at one time and enter at another.
    #[error(
        "policy.on_opposite reverse enters where it leaves: use entry close with signal_exit deciding_close, or neither"
    )]
    ReversalAtTwoTimes,
    /// An option is set that means nothing in the dialect.
    #[error(transparent)]
    DialectOption(#[from] Unsuitable),
}

impl RunConfig {
    /// Checks every number and what contradicts itself.
    ///
    /// # Errors
    /// [`BadConfig`] naming the first field that is wrong.
    pub fn validate(&self) -> Result<(), BadConfig> {
        let at_next_open = self.policy.entry != EntryPolicy::Close;
        self.prediction.validate(self.interval, at_next_open)?;
        let predicts = self.prediction.source != Source::None;
        if matches!(self.strategy, Strategy::PredictedMove(_)) && !predicts {
            return Err(BadConfig::NothingPredicted);
        }
        if !self.policy.reverses_at_one_time() {
            return Err(BadConfig::ReversalAtTwoTimes);
        }
        self.rules().validate()?;
        self.fills.validate()?;
        self.suit_the_dialect()?;
        within("initial_equity", self.initial_equity, 1.0, 1e12)?;
        within("fx", self.fx, 1e-9, 1e9)?;
        within("risk_free", self.risk_free, -0.5, 0.5)?;
        Ok(())
    }

    /// Checks that every option means something in the dialect of the run.
    fn suit_the_dialect(&self) -> Result<(), Unsuitable> {
        self.fills.suit_the_dialect()?;
        let (dialect, tool) = (self.fills.dialect, &self.fills.tool);
        let unsuitable = |option| Err(Unsuitable { option, dialect });
        if tool.levels.is_some() && self.policy.trailing_stop_atr.is_some() {
            return unsuitable("policy.trailing_stop_atr beside fills.tool.levels");
        }
        if !tool.size_at_fill {
            return Ok(());
        }
        // an order says only how much it is for at most
        let check = &self.limits.pre_trade;
        if check.max_quantity.is_some() || check.max_notional.is_some() {
            return unsuitable("limits.pre_trade.max_quantity or max_notional beside size_at_fill");
        }
        let reverses = self.policy.on_opposite == OnOpposite::Reverse;
        let commission = &self.costs.commission;
        self.sizing.suit_the_fill(dialect, commission, reverses)
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

    /// The hash of the configuration and of the instrument it trades.
    ///
    /// # Errors
    /// [`NotFinite`] where a number is; [`RunConfig::validate`] excludes that.
    pub fn digest(&self, instrument: &Instrument) -> Result<Digest, NotFinite> {
        let mut hasher = Hasher::new("atrium/config/2");
        instrument.feed(&mut hasher);
        hasher.u64(u64::from(self.interval.seconds()));
        self.prediction.feed(&mut hasher);
        self.rules().feed(&mut hasher);
        self.fills.feed(&mut hasher);
        hasher.f64(self.initial_equity);
        hasher.f64(self.fx);
        hasher.f64(self.risk_free);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::zone::Zone;
    use crate::trading::costs::{Commission, PriceOffset};
    use crate::trading::fills::{
        FillDialect, FractionAnchor, FractionLevels, Intrabar, LevelExit, LimitFill, ToolOptions,
    };
    use crate::trading::policy::SignalExit;
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
    fn intraday_only_is_refused_on_daily_bars() {
        let mut config = RunConfig::default();
        config.prediction.intraday_only = true;
        assert_eq!(config.validate(), Ok(()));
        config.interval = BarInterval::Day;
        assert_eq!(config.validate(), Err(BadConfig::NothingIntraday));
    }

    #[test]
    fn predictions_may_be_left_out_only_where_none_are_traded() {
        let mut config = RunConfig::default();
        config.prediction.source = Source::None;
        assert_eq!(config.validate(), Err(BadConfig::NothingPredicted));
        config.strategy = Strategy::Signals(Signals::default());
        assert_eq!(config.validate(), Ok(()));
    }

    #[test]
    fn predictions_are_configured_in_words() {
        let written = |config: PredictionConfig| serde_json::to_string(&config).unwrap();
        assert_eq!(
            written(PredictionConfig::default()),
            r#"{"source":"drift","target":"open","horizon_bars":4,"intraday_only":false,"allow_in_sample":false}"#
        );
        let sources = Source::COMPUTED
            .into_iter()
            .chain([Source::Series, Source::None]);
        for source in sources {
            let config = PredictionConfig {
                source,
                allow_in_sample: true,
                ..PredictionConfig::default()
            };
            let read: PredictionConfig = serde_json::from_str(&written(config)).unwrap();
            assert_eq!(read, config);
            let bytes = postcard::to_allocvec(&config).unwrap();
            assert_eq!(postcard::from_bytes::<PredictionConfig>(&bytes), Ok(config));
        }
        let noise = r#"{"source": {"noise": {"seed": 18446744073709551615}}}"#;
        let read: PredictionConfig = serde_json::from_str(noise).unwrap();
        assert_eq!(read.source, Source::Noise { seed: u64::MAX });
        assert!(serde_json::from_str::<PredictionConfig>(r#"{"sauce": "drift"}"#).is_err());
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
            config.digest(&share).unwrap()
        };
        let changes: Vec<&dyn Fn(&mut RunConfig)> = vec![
            &|_| {},
            &|c| c.interval = BarInterval::minutes(30),
            &|c| c.initial_equity = 10_001.0,
            &|c| c.fx = 1.1,
            &|c| c.risk_free = 0.04,
            &|c| c.prediction.source = Source::SmaCross,
            &|c| c.prediction.source = Source::Series,
            &|c| c.prediction.source = Source::Noise { seed: 1 },
            &|c| c.prediction.source = Source::Noise { seed: 2 },
            &|c| c.prediction.horizon_bars = 5,
            &|c| c.prediction.target = TargetField::Close,
            &|c| c.prediction.intraday_only = true,
            &|c| c.prediction.allow_in_sample = true,
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
            &|c| c.policy.signal_exit = SignalExit::DecidingClose,
            &|c| c.policy.min_hold_bars = 1,
            &|c| c.policy.max_hold_bars = Some(1),
            &|c| c.policy.exit_at_session_end = true,
            &|c| c.policy.exit_lead_s = 60,
            &|c| c.policy.trailing_stop_atr = Some(2.0),
            &|c| c.policy.min_stop_spreads = 2.0,
            &|c| c.fills.dialect = FillDialect::BacktestingPy,
            &|c| c.fills.dialect = FillDialect::Vectorbt,
            &|c| peer(c, |tool| tool.size_at_fill = true),
            &|c| peer(c, |tool| tool.finalize_trades = true),
            &|c| peer(c, |tool| tool.levels = Some(FractionLevels::default())),
            &|c| peer(c, |tool| tool.levels = fraction(|l| l.stop = Some(0.01))),
            &|c| peer(c, |tool| tool.levels = fraction(|l| l.target = Some(0.01))),
            &|c| {
                c.fills.dialect = FillDialect::Vectorbt;
                c.fills.tool.level_exit = LevelExit::Close;
            },
            &|c| {
                c.fills.dialect = FillDialect::Vectorbt;
                c.fills.tool.levels = fraction(|l| l.anchor = FractionAnchor::EntryClose);
            },
            &|c| {
                c.fills.dialect = FillDialect::Vectorbt;
                c.fills.tool.levels = fraction(|l| (l.stop, l.trailing) = (Some(0.01), true));
            },
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
        digests.push(base.digest(&Instrument::us_share("QQQ")).unwrap());
        let count = digests.len();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }

    fn peer(config: &mut RunConfig, tell: impl Fn(&mut ToolOptions)) {
        config.fills.dialect = FillDialect::BacktestingPy;
        tell(&mut config.fills.tool);
    }

    fn fraction(change: impl Fn(&mut FractionLevels)) -> Option<FractionLevels> {
        let mut levels = FractionLevels::default();
        change(&mut levels);
        Some(levels)
    }

    #[test]
    fn an_option_that_means_nothing_in_the_dialect_is_named() {
        let option = |change: &dyn Fn(&mut RunConfig)| {
            let mut config = RunConfig::default();
            change(&mut config);
            match config.validate() {
                Err(BadConfig::DialectOption(Unsuitable { option, .. })) => option,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            option(&|c| c.fills.tool.size_at_fill = true),
            "fills.tool.size_at_fill"
        );
        assert_eq!(
            option(&|c| {
                c.fills.dialect = FillDialect::Vectorbt;
                c.fills.intrabar = Intrabar::Path;
            }),
            "fills.intrabar"
        );
        assert_eq!(
            option(&|c| peer(c, |tool| tool.level_exit = LevelExit::Close)),
            "fills.tool.level_exit"
        );
        assert_eq!(
            option(&|c| {
                peer(c, |tool| tool.levels = Some(FractionLevels::default()));
                c.policy.trailing_stop_atr = Some(2.0);
            }),
            "policy.trailing_stop_atr beside fills.tool.levels"
        );
        assert_eq!(
            option(&|c| {
                peer(c, |tool| tool.size_at_fill = true);
                c.limits.pre_trade.max_notional = Some(1.0);
            }),
            "limits.pre_trade.max_quantity or max_notional beside size_at_fill"
        );
        // the default commission, a share's, is none that vectorbt knows
        assert_eq!(
            option(&|c| {
                c.fills.dialect = FillDialect::Vectorbt;
                c.fills.tool.size_at_fill = true;
            }),
            "costs.commission"
        );
        let mut config = RunConfig::default();
        peer(&mut config, |tool| {
            tool.levels = fraction(|l| l.stop = Some(1.0));
        });
        assert!(matches!(config.validate(), Err(BadConfig::Bounds(_))));
    }

    fn predicted(change: impl Fn(&mut PredictedMove)) -> Strategy {
        let mut strategy = PredictedMove::default();
        change(&mut strategy);
        Strategy::PredictedMove(strategy)
    }
}
