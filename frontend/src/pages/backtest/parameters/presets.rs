//! Sets of parameters with a name: those that come with Atrium, and those that somebody kept in this browser.

use atrium_shared::research::run_config::RunConfig;
use serde::{Deserialize, Serialize};

use crate::choices::{Settings, pairs, set_all, settings};
use crate::memory::Memory;

/// A set of parameters that comes with Atrium.
pub(super) struct Preset {
    pub(super) name: &'static str,
    /// What it is for.
    pub(super) sentence: &'static str,
    /// Keys and values as on a command line; nothing else is changed, unless there are none: then all goes back to its default.
    settings: &'static [(&'static str, &'static str)],
}

/// What comes with Atrium.
pub(super) const PRESETS: [Preset; 7] = [
    Preset {
        name: "Baseline",
        sentence: "Every parameter at its default.",
        settings: &[],
    },
    Preset {
        name: "Wide stops, few trades",
        sentence: "Waits for large moves and gives each trade room: a stop as far as the target, at half the risk.",
        settings: &[
            ("strategy.predicted_move.k_sigma_err", "1"),
            ("strategy.predicted_move.k_atr_min_tp", "2.5"),
            ("strategy.predicted_move.reward_risk_ratio", "1"),
            ("sizing.risk_per_trade", "0.005"),
        ],
    },
    Preset {
        name: "Tight stops, many trades",
        sentence: "Takes small moves with near stops: many trades, of which costs take much.",
        settings: &[
            ("strategy.predicted_move.k_sigma_err", "0.25"),
            ("strategy.predicted_move.k_atr_min_tp", "0.75"),
            ("strategy.predicted_move.reward_risk_ratio", "3"),
            ("sizing.risk_per_trade", "0.0025"),
        ],
    },
    Preset {
        name: "Costs of Interactive Brokers, tiered",
        sentence: "Shares by the tiered price list, a tick of half-spread, a tick of slippage, and a fee for borrowing.",
        settings: &[
            ("costs.commission", "ib_tiered"),
            ("costs.half_spread.ticks", "1"),
            ("costs.slippage.ticks", "1"),
            ("costs.borrow_percent", "1"),
        ],
    },
    Preset {
        name: "Conservative fills",
        sentence: "The stop counts where both levels lie in a bar, limits have to be traded through, and orders take a twentieth of the volume at most.",
        settings: &[
            ("fills.dialect", "atrium"),
            ("fills.intrabar", "pessimistic"),
            ("fills.limit", "through"),
            ("fills.volume_percent", "5"),
            ("policy.entry", "market"),
            ("policy.signal_exit", "next_open"),
        ],
    },
    Preset {
        name: "Flat overnight",
        sentence: "Predicts within the session only and closes every position a quarter of an hour before its end.",
        settings: &[
            ("prediction.intraday_only", "true"),
            ("policy.exit_at_session_end", "true"),
            ("policy.exit_lead_s", "900"),
        ],
    },
    Preset {
        name: "Limits of a funded account (FTMO)",
        sentence: "Trading pauses at a loss of 5 % a day and ends at 10 % in all; 10 % profit and four trading days are reported.",
        settings: &[
            ("limits.daily_loss", "0.05"),
            ("limits.total_loss", "0.1"),
            ("limits.profit_target", "0.1"),
            ("limits.min_trading_days", "4"),
            ("limits.day_zone", "Europe/Prague"),
        ],
    },
];

impl Preset {
    /// The configuration that it makes of another one.
    pub(super) fn of(&self, config: &RunConfig) -> RunConfig {
        let mut made = *config;
        if self.settings.is_empty() {
            made = RunConfig {
                interval: config.interval,
                ..RunConfig::default()
            };
        }
        // that each of these can be set is a test's to show
        drop(set_all(&mut made, self.settings.iter().copied()));
        made
    }
}

/// A set of parameters that somebody kept: what differs from the defaults, but for the interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) name: String,
    settings: Settings,
}

pub(super) const KEY: &str = "atrium.presets.1";
/// The most characters of a name.
pub(super) const MAX_NAME: usize = 60;

impl Kept {
    pub(super) fn new(name: &str, config: &RunConfig) -> Self {
        let base = RunConfig {
            interval: config.interval,
            ..RunConfig::default()
        };
        Self {
            name: name.to_owned(),
            settings: settings(&base, config),
        }
    }

    /// The configuration that it is, on the bars of another one.
    ///
    /// # Errors
    /// What this Atrium does not know of it.
    pub(super) fn on(&self, config: &RunConfig) -> Result<RunConfig, String> {
        let mut made = RunConfig {
            interval: config.interval,
            ..RunConfig::default()
        };
        set_all(&mut made, pairs(&self.settings))?;
        Ok(made)
    }
}

/// What is kept of `list` once a preset is: one of the same name is replaced.
pub(super) fn with(mut list: Vec<Kept>, one: Kept) -> Vec<Kept> {
    list.retain(|other| other.name != one.name);
    list.push(one);
    list
}

/// What is kept of `list` once the preset of a name is forgotten.
pub(super) fn without(mut list: Vec<Kept>, name: &str) -> Vec<Kept> {
    list.retain(|other| other.name != name);
    list
}

/// What was kept, by name; nothing where nothing that makes sense is stored.
pub(super) fn load() -> Vec<Kept> {
    Memory::Browser.get(KEY).unwrap_or_default()
}

/// Stores what is kept; says whether the browser did.
pub(super) fn store(kept: &[Kept]) -> bool {
    Memory::Browser.set(KEY, kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use atrium_shared::research::parameters::differences;
    use atrium_shared::trading::costs::Commission;

    #[test]
    fn every_preset_can_be_set_and_makes_sense() {
        for preset in &PRESETS {
            let mut config = RunConfig::default();
            let set = set_all(&mut config, preset.settings.iter().copied());
            assert_eq!(set, Ok(()), "{}", preset.name);
            assert_eq!(config.validate(), Ok(()), "{}", preset.name);
            assert_eq!(preset.of(&RunConfig::default()), config);
            let changed = differences(&RunConfig::default(), &config).len();
            assert_eq!(changed == 0, preset.settings.is_empty(), "{}", preset.name);
        }
    }

    #[test]
    fn the_baseline_is_all_defaults_and_the_others_keep_what_they_do_not_name() {
        let config = RunConfig {
            initial_equity: 25_000.0,
            ..RunConfig::default()
        };
        let [baseline, wide, ..] = &PRESETS;
        assert_eq!(baseline.of(&config), RunConfig::default());
        assert!((wide.of(&config).initial_equity - 25_000.0).abs() < 1e-9);
    }

    #[test]
    fn what_was_kept_comes_back_on_other_bars() {
        let mut config = RunConfig::default();
        config.costs.commission = Commission::PerTrade { amount: 2.5 };
        config.policy.max_hold_bars = Some(7);
        let kept = Kept::new("mine", &config);
        assert_eq!(kept.on(&RunConfig::default()), Ok(config));
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<Kept>(&text).unwrap(), kept);
        let unknown = Kept {
            name: "newer".to_owned(),
            settings: vec![("no.such".to_owned(), "1".to_owned())],
        };
        assert!(unknown.on(&config).unwrap_err().contains("no.such"));
    }
}
