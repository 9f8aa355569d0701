//! Flags that override a run configuration.

use atrium_shared::base::time::BarInterval;
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::signal::prediction::TargetField;
use atrium_shared::signal::source::Source;
use atrium_shared::trading::costs::Commission;
use atrium_shared::trading::strategy::{LevelAnchor, SidePolicy, SigmaSource, Strategy};
use serde::de::value::{Error as NameError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

use super::options;

/// Every flag; what is not given keeps its value.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Overrides {
    /// The interval of the bars that are decided on, such as 60min
    #[arg(long)]
    interval: Option<BarInterval>,
    /// Where predictions come from: drift, sma_cross, persistence (which never trades), noise, or oracle (which looks ahead)
    #[arg(long, value_name = "SOURCE", value_parser = computed, help_heading = "Prediction")]
    prediction: Option<Source>,
    /// What the noise depends on: another number, other noise (default: 1)
    #[arg(long, value_name = "N", help_heading = "Prediction")]
    seed: Option<u64>,
    /// The predicted price: open or close
    #[arg(long, value_parser = named::<TargetField>, help_heading = "Prediction")]
    target: Option<TargetField>,
    /// Bars ahead
    #[arg(long, value_name = "N", help_heading = "Prediction")]
    horizon_bars: Option<u32>,
    /// Leave out predictions for a bar of another session
    #[arg(long, help_heading = "Prediction")]
    intraday_only: bool,
    /// Use predictions that were made with the data they are judged on; the report then says so
    #[arg(long, help_heading = "Prediction")]
    allow_in_sample: bool,
    /// Gate: the least move, in standard deviations of the prediction error
    #[arg(long, value_name = "X", help_heading = "Strategy")]
    k_sigma_err: Option<f64>,
    /// Gate: the least move, in average true ranges
    #[arg(long, value_name = "X", help_heading = "Strategy")]
    k_atr_min_tp: Option<f64>,
    /// Target distance over stop distance
    #[arg(long, value_name = "X", help_heading = "Strategy")]
    reward_risk_ratio: Option<f64>,
    /// Which sides are traded: both, long_only or short_only
    #[arg(long, value_parser = named::<SidePolicy>, help_heading = "Strategy")]
    side: Option<SidePolicy>,
    /// What levels are measured from: decision or fill
    #[arg(long, value_name = "ANCHOR", value_parser = named::<LevelAnchor>, help_heading = "Strategy")]
    level_anchor: Option<LevelAnchor>,
    /// What the first gate measures against: error or atr
    #[arg(long, value_parser = named::<SigmaSource>, help_heading = "Strategy")]
    sigma: Option<SigmaSource>,
    /// The share of equity lost when the stop fills: 0.01 is one per cent
    #[arg(long, value_name = "SHARE", help_heading = "Sizing")]
    risk_per_trade: Option<f64>,
    /// Buying power as a multiple of equity
    #[arg(long, value_name = "X", help_heading = "Sizing")]
    leverage: Option<f64>,
    /// Notional kept free for the gap between decision and fill, as a share
    #[arg(long, value_name = "SHARE", help_heading = "Sizing")]
    gap_buffer: Option<f64>,
    /// Account equity at the start
    #[arg(long, value_name = "AMOUNT", help_heading = "Sizing")]
    initial_equity: Option<f64>,
    /// Commission a share
    #[arg(long, value_name = "AMOUNT", help_heading = "Costs")]
    commission_rate: Option<f64>,
    /// The least that an order costs
    #[arg(long, value_name = "AMOUNT", help_heading = "Costs")]
    commission_minimum: Option<f64>,
    /// The most that an order costs, as a share of its notional
    #[arg(long, value_name = "SHARE", help_heading = "Costs")]
    commission_cap: Option<f64>,
    /// No commission
    #[arg(
        long,
        help_heading = "Costs",
        conflicts_with_all = ["commission_rate", "commission_minimum", "commission_cap"]
    )]
    no_commission: bool,
    /// Any option of the configuration, such as policy.entry=limit or costs.slippage.ticks=1; the end of its name is enough
    /// where no other ends so, as in max_hold_bars=12; may be given more than once
    #[arg(long = "set", value_name = "OPTION=VALUE")]
    set: Vec<String>,
}

/// Reads a name as it stands in a configuration; what it could be is listed where it is none.
pub(in crate::commands) fn named<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let deserializer: StrDeserializer<'_, NameError> = text.into_deserializer();
    T::deserialize(deserializer).map_err(|error| error.to_string())
}

/// Reads the name of a source that is computed from bars.
fn computed(name: &str) -> Result<Source, String> {
    let found = Source::named(name, 1).filter(|source| Source::COMPUTED.contains(source));
    found.ok_or_else(|| {
        let names = Source::COMPUTED.map(Source::name).join(", ");
        let elsewhere = match name {
            "series" => "; predictions made elsewhere are given with --predictions FILE",
            "none" => "; signals that need no predictions are given with --signals FILE",
            _ => "",
        };
        format!("there are {names}{elsewhere}")
    })
}

/// The examples of both helps.
pub(super) const EXAMPLES: &str = "Examples:
  atrium backtest --data SPY-1min --interval 60min --k-atr-min-tp 1 --trades 10
  atrium backtest --data SPY --predictions forecasts.csv --target close --horizon-bars 3 --save
  atrium backtest --data SPY --signals signals.csv --row-time known_at --metrics all
  atrium backtest --data SPY --from 2024-01-01 --to 2024-12-31 --set max_hold_bars=12
  atrium backtest --data SPY --set fills.intrabar=refined --out results --json
  atrium backtest --link LINK";

/// The examples, and the default configuration as a file would give it.
pub(super) fn long_help() -> String {
    let defaults = serde_json::to_string_pretty(&RunConfig::default()).unwrap_or_default();
    format!(
        "{EXAMPLES}\n\n\
         The options for --set:\n{}\n\
         The defaults, as a file for --config gives them:\n{defaults}",
        options::list()
    )
}

fn set<T>(slot: &mut T, flag: Option<T>) {
    if let Some(value) = flag {
        *slot = value;
    }
}

impl Overrides {
    /// Puts what was given into the configuration.
    ///
    /// # Errors
    /// A message where a flag changes a part of a commission that the configuration has not.
    pub(super) fn apply(&self, config: &mut RunConfig) -> Result<(), String> {
        let source = self.prediction.iter();
        let source = source.map(|source| ("--prediction", "prediction.source", source.name()));
        let settings = self.set.iter().filter_map(|text| text.split_once('='));
        let settings = settings.map(|(name, text)| ("--set", name, text));
        options::agree(source.chain(settings))?;
        set(&mut config.interval, self.interval);
        self.apply_prediction(&mut config.prediction)?;
        self.apply_strategy(&mut config.strategy)?;
        set(&mut config.sizing.risk_per_trade, self.risk_per_trade);
        set(&mut config.sizing.leverage, self.leverage);
        set(&mut config.sizing.gap_buffer, self.gap_buffer);
        set(&mut config.initial_equity, self.initial_equity);
        self.apply_commission(&mut config.costs.commission)?;
        self.set
            .iter()
            .try_for_each(|assignment| options::assign(config, assignment))
    }

    fn apply_prediction(&self, prediction: &mut PredictionConfig) -> Result<(), String> {
        set(&mut prediction.source, self.prediction);
        set(&mut prediction.target, self.target);
        set(&mut prediction.horizon_bars, self.horizon_bars);
        prediction.intraday_only |= self.intraday_only;
        prediction.allow_in_sample |= self.allow_in_sample;
        match (&mut prediction.source, self.seed) {
            (_, None) => Ok(()),
            (Source::Noise { seed }, Some(given)) => {
                *seed = given;
                Ok(())
            }
            (other, Some(_)) => Err(format!(
                "--seed is for noise, but the predictions come from {}: add --prediction noise, or leave it out",
                other.name()
            )),
        }
    }

    fn apply_strategy(&self, strategy: &mut Strategy) -> Result<(), String> {
        let given = self.k_sigma_err.is_some()
            || self.k_atr_min_tp.is_some()
            || self.reward_risk_ratio.is_some()
            || self.level_anchor.is_some()
            || self.sigma.is_some();
        let strategy = match strategy {
            Strategy::PredictedMove(strategy) => strategy,
            Strategy::Signals(_) if given => {
                return Err(
                    "the run trades signals, which have no gates and bring their own levels: leave --k-sigma-err, --k-atr-min-tp, --reward-risk-ratio, --level-anchor and --sigma out".to_owned(),
                );
            }
            Strategy::Signals(signals) => {
                set(&mut signals.side, self.side);
                return Ok(());
            }
        };
        set(&mut strategy.k_sigma_err, self.k_sigma_err);
        set(&mut strategy.k_atr_min_tp, self.k_atr_min_tp);
        set(&mut strategy.reward_risk_ratio, self.reward_risk_ratio);
        set(&mut strategy.side, self.side);
        set(&mut strategy.level_anchor, self.level_anchor);
        set(&mut strategy.sigma, self.sigma);
        Ok(())
    }

    fn apply_commission(&self, commission: &mut Commission) -> Result<(), String> {
        if self.no_commission {
            *commission = Commission::None;
            return Ok(());
        }
        let flags = [
            self.commission_rate,
            self.commission_minimum,
            self.commission_cap,
        ];
        match commission {
            _ if flags.iter().all(Option::is_none) => Ok(()),
            Commission::PerShare {
                rate,
                minimum,
                cap_fraction,
            } => {
                set(rate, self.commission_rate);
                set(minimum, self.commission_minimum);
                set(cap_fraction, self.commission_cap);
                Ok(())
            }
            _ => Err(
                "the configuration has no commission per share that --commission-… could change: give it one in the file, or leave the flags out".to_owned(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        overrides: Overrides,
    }

    fn applied(line: &str, mut config: RunConfig) -> Result<RunConfig, String> {
        let words = std::iter::once("atrium").chain(line.split_whitespace());
        let line = Line::try_parse_from(words).map_err(|error| error.to_string())?;
        line.overrides.apply(&mut config)?;
        Ok(config)
    }

    #[test]
    fn every_flag_reaches_its_field() {
        let line = "--interval 30min --prediction sma_cross --target close --horizon-bars 7 --intraday-only --allow-in-sample --k-sigma-err 0.25 \
                    --k-atr-min-tp 0.75 --reward-risk-ratio 3 --side long_only --level-anchor fill --sigma atr \
                    --risk-per-trade 0.02 --leverage 4 --gap-buffer 0.03 --initial-equity 50000 \
                    --commission-rate 0.01 --commission-minimum 2 --commission-cap 0.5";
        let file = r#"{"interval": "30min",
            "prediction": {"source": "sma_cross", "target": "close", "horizon_bars": 7,
                "intraday_only": true, "allow_in_sample": true},
            "strategy": {"predicted_move": {"k_sigma_err": 0.25, "k_atr_min_tp": 0.75, "reward_risk_ratio": 3,
                "side": "long_only", "level_anchor": "fill", "sigma": "atr"}},
            "sizing": {"risk_per_trade": 0.02, "leverage": 4, "gap_buffer": 0.03},
            "costs": {"commission": {"per_share": {"rate": 0.01, "minimum": 2, "cap_fraction": 0.5}}},
            "initial_equity": 50000}"#;
        let expected: RunConfig = serde_json::from_str(file).unwrap();
        assert_eq!(applied(line, RunConfig::default()).unwrap(), expected);
        assert_eq!(applied("", expected).unwrap(), expected);
        let free = applied("--no-commission", expected).unwrap();
        assert_eq!(free.costs.commission, Commission::None);
        let refused = applied("--commission-rate 1", free).unwrap_err();
        assert!(refused.contains("no commission"), "{refused}");
    }

    #[test]
    fn noise_has_a_seed_and_nothing_else_has() {
        let source = |line: &str| {
            let applied = applied(line, RunConfig::default());
            applied.map(|config| config.prediction.source)
        };
        assert_eq!(source("--prediction noise"), Ok(Source::Noise { seed: 1 }));
        let seeded = source("--seed 18446744073709551615 --prediction noise");
        assert_eq!(seeded, Ok(Source::Noise { seed: u64::MAX }));
        assert_eq!(source("--prediction oracle"), Ok(Source::Oracle));
        assert_eq!(source("--prediction persistence"), Ok(Source::Persistence));
        for (line, part) in [
            ("--seed 3", "--seed is for noise"),
            ("--prediction series", "--predictions FILE"),
            ("--prediction none", "--signals FILE"),
            (
                "--prediction magic",
                "there are drift, sma_cross, persistence, noise, oracle",
            ),
        ] {
            let error = source(line).unwrap_err();
            assert!(error.contains(part), "{line}: {error}");
        }
    }

    #[test]
    fn signals_have_sides_but_no_gates() {
        let signals = r#"{"strategy": {"signals": {}}, "prediction": {"source": "none"}}"#;
        let config: RunConfig = serde_json::from_str(signals).unwrap();
        let short = applied("--side short_only", config).unwrap();
        assert!(matches!(short.strategy, Strategy::Signals(s) if s.side == SidePolicy::ShortOnly));
        let refused = applied("--k-sigma-err 1", config).unwrap_err();
        assert!(refused.contains("no gates"), "{refused}");
    }

    #[test]
    fn a_name_that_is_none_lists_what_could_be() {
        let error = applied("--side long", RunConfig::default()).unwrap_err();
        assert!(
            error.contains("long_only") && error.contains("--side"),
            "{error}"
        );
        assert!(applied("--no-commission --commission-rate 1", RunConfig::default()).is_err());
    }
}
