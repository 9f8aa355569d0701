//! Everything a run depends on beside its bars: the small configurations that each room owns, composed.

use serde::{Deserialize, Serialize};

use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::base::time::BarInterval;
use crate::base::units::{OutOfBounds, within};
use crate::market::bars::Instrument;
use crate::signal::baselines::Baseline;
use crate::signal::prediction::TargetField;
use crate::trading::costs::Costs;
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
    /// The costs.
    pub costs: Costs,
    /// Account equity at the start, in account currency.
    pub initial_equity: f64,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            interval: BarInterval::minutes(60),
            prediction: PredictionConfig::default(),
            strategy: Strategy::default(),
            sizing: Sizing::default(),
            costs: Costs::default(),
            initial_equity: 10_000.0,
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
        if horizon == 1 && self.prediction.target == TargetField::Open {
            return Err(BadConfig::PredictsTheEntry);
        }
        self.strategy.validate()?;
        self.sizing.validate()?;
        self.costs.validate()?;
        within("initial_equity", self.initial_equity, 1.0, 1e12)?;
        Ok(())
    }

    /// The hash of the configuration and of the instrument it trades. `predicts` says whether the predictions come from
    /// `prediction`; a series that was given has its own hash, and `prediction` then means nothing.
    ///
    /// # Errors
    /// [`NotFinite`] where a number is; [`RunConfig::validate`] excludes that.
    pub fn digest(&self, instrument: &Instrument, predicts: bool) -> Result<Digest, NotFinite> {
        let mut hasher = Hasher::new("atrium/config/1");
        instrument.feed(&mut hasher);
        hasher.u64(u64::from(self.interval.seconds()));
        hasher.code(u8::from(predicts));
        if predicts {
            hasher.text(self.prediction.source.name());
            hasher.code(self.prediction.target as u8);
            hasher.u64(u64::from(self.prediction.horizon_bars));
        }
        self.strategy.feed(&mut hasher);
        self.sizing.feed(&mut hasher);
        self.costs.feed(&mut hasher);
        hasher.f64(self.initial_equity);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let mut others = vec![
            RunConfig {
                interval: BarInterval::minutes(30),
                ..base
            },
            RunConfig {
                initial_equity: 10_001.0,
                ..base
            },
        ];
        others.push(RunConfig {
            prediction: PredictionConfig {
                source: Baseline::SmaCross,
                ..base.prediction
            },
            ..base
        });
        others.push(RunConfig {
            prediction: PredictionConfig {
                horizon_bars: 5,
                ..base.prediction
            },
            ..base
        });
        others.push(RunConfig {
            prediction: PredictionConfig {
                target: TargetField::Close,
                ..base.prediction
            },
            ..base
        });
        others.push(RunConfig {
            sizing: Sizing {
                leverage: 1.5,
                ..base.sizing
            },
            ..base
        });
        others.push(RunConfig {
            costs: Costs {
                commission: crate::trading::costs::Commission::None,
            },
            ..base
        });
        let Strategy::PredictedMove(strategy) = base.strategy;
        let changed = crate::trading::strategy::PredictedMove {
            k_sigma_err: 0.6,
            ..strategy
        };
        others.push(RunConfig {
            strategy: Strategy::PredictedMove(changed),
            ..base
        });
        let mut digests: Vec<Digest> = others
            .iter()
            .map(|config| config.digest(&share, true).unwrap())
            .collect();
        digests.push(base.digest(&share, true).unwrap());
        digests.push(base.digest(&Instrument::us_share("QQQ"), true).unwrap());
        digests.push(base.digest(&share, false).unwrap());
        let count = digests.len();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }
}
