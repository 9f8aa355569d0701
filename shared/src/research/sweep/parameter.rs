//! What can be swept: numbers and choices of a configuration, by name.

use crate::research::run_config::RunConfig;
use crate::signal::prediction::TargetField;
use crate::signal::source::Source;
use crate::trading::costs::{Commission, PriceOffset};
use crate::trading::fills::{Intrabar, LimitFill};
use crate::trading::policy::{EntryPolicy, OnOpposite, SignalExit};
use crate::trading::sizing::SizingMode;
use crate::trading::strategy::{
    LevelAnchor, PredictedMove, SidePolicy, SigmaSource, Signals, Strategy,
};

/// What a change of a parameter makes anew; what comes first is varied last, so that neighbours share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The predictions.
    Predictions,
    /// The bars that pass the gates.
    Gates,
    /// The run alone.
    Run,
}

/// What the values of a parameter are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Any number.
    Number,
    /// A whole number.
    Whole,
    /// One of some words; its value is the word's place, from 0.
    Choice(&'static [&'static str]),
}

/// A parameter that can be swept.
#[derive(Clone, Copy)]
pub struct Parameter {
    /// Its name, that of the configuration's field.
    pub name: &'static str,
    /// Its values.
    pub kind: Kind,
    /// What a change makes anew.
    pub stage: Stage,
    set: fn(&mut RunConfig, f64) -> Result<(), &'static str>,
}

impl core::fmt::Debug for Parameter {
    fn fmt(&self, to: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        to.write_str(self.name)
    }
}

impl PartialEq for Parameter {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

const NO_MOVES: &str = "the strategy trades signals, which have no such parameter";
const NO_SIGNALS: &str = "the strategy trades predictions, which have no such parameter";

fn moves(config: &mut RunConfig) -> Result<&mut PredictedMove, &'static str> {
    config.strategy.predicted_move_mut().ok_or(NO_MOVES)
}

fn signals(config: &mut RunConfig) -> Result<&mut Signals, &'static str> {
    match &mut config.strategy {
        Strategy::Signals(signals) => Ok(signals),
        Strategy::PredictedMove(_) => Err(NO_SIGNALS),
    }
}

/// The variant at a place.
fn of<T: Copy>(all: &[T], place: f64) -> Result<T, &'static str> {
    all.get(place as usize)
        .copied()
        .ok_or("there is no such choice")
}

type Set = fn(&mut RunConfig, f64) -> Result<(), &'static str>;

const fn number(name: &'static str, stage: Stage, set: Set) -> Parameter {
    Parameter {
        name,
        kind: Kind::Number,
        stage,
        set,
    }
}

const fn whole(name: &'static str, stage: Stage, set: Set) -> Parameter {
    Parameter {
        kind: Kind::Whole,
        ..number(name, stage, set)
    }
}

const fn choice(
    name: &'static str,
    words: &'static [&'static str],
    stage: Stage,
    set: Set,
) -> Parameter {
    Parameter {
        kind: Kind::Choice(words),
        ..number(name, stage, set)
    }
}

const SIDES: [SidePolicy; 3] = [
    SidePolicy::Both,
    SidePolicy::LongOnly,
    SidePolicy::ShortOnly,
];
const ENTRIES: [EntryPolicy; 4] = [
    EntryPolicy::Market,
    EntryPolicy::Collared,
    EntryPolicy::Limit,
    EntryPolicy::Close,
];
const OPPOSITES: [OnOpposite; 3] = [OnOpposite::Ignore, OnOpposite::Exit, OnOpposite::Reverse];
const INTRABARS: [Intrabar; 4] = [
    Intrabar::Pessimistic,
    Intrabar::Optimistic,
    Intrabar::Path,
    Intrabar::Refined,
];

/// Every parameter that can be swept, in the order in which they are shown.
pub const PARAMETERS: [Parameter; 36] = [
    choice(
        "source",
        &["drift", "sma_cross", "persistence", "oracle"],
        Stage::Predictions,
        |config, place| {
            let sources = [
                Source::Drift,
                Source::SmaCross,
                Source::Persistence,
                Source::Oracle,
            ];
            config.prediction.source = of(&sources, place)?;
            Ok(())
        },
    ),
    choice(
        "target",
        &["open", "close"],
        Stage::Predictions,
        |config, place| {
            config.prediction.target = of(&[TargetField::Open, TargetField::Close], place)?;
            Ok(())
        },
    ),
    whole("horizon_bars", Stage::Predictions, |config, value| {
        config.prediction.horizon_bars = value as u32;
        Ok(())
    }),
    choice(
        "intraday_only",
        SWITCH,
        Stage::Predictions,
        |config, place| {
            config.prediction.intraday_only = of(&ON_OFF, place)?;
            Ok(())
        },
    ),
    number("k_sigma_err", Stage::Gates, |config, value| {
        moves(config)?.k_sigma_err = value;
        Ok(())
    }),
    number("k_atr_min_tp", Stage::Gates, |config, value| {
        moves(config)?.k_atr_min_tp = value;
        Ok(())
    }),
    choice("sigma", &["error", "atr"], Stage::Gates, |config, place| {
        moves(config)?.sigma = of(&[SigmaSource::Error, SigmaSource::Atr], place)?;
        Ok(())
    }),
    number("min_confidence", Stage::Gates, |config, value| {
        moves(config)?.min_confidence = Some(value);
        Ok(())
    }),
    choice(
        "side",
        &["both", "long_only", "short_only"],
        Stage::Run,
        |config, place| {
            let side = of(&SIDES, place)?;
            match &mut config.strategy {
                Strategy::PredictedMove(strategy) => strategy.side = side,
                Strategy::Signals(strategy) => strategy.side = side,
            }
            Ok(())
        },
    ),
    number("reward_risk_ratio", Stage::Run, |config, value| {
        moves(config)?.reward_risk_ratio = value;
        Ok(())
    }),
    choice(
        "level_anchor",
        &["decision", "fill"],
        Stage::Run,
        |config, place| {
            moves(config)?.level_anchor = of(&[LevelAnchor::Decision, LevelAnchor::Fill], place)?;
            Ok(())
        },
    ),
    number("target_percent", Stage::Run, |config, value| {
        signals(config)?.target_percent = Some(value);
        Ok(())
    }),
    number("stop_percent", Stage::Run, |config, value| {
        signals(config)?.stop_percent = Some(value);
        Ok(())
    }),
    number("risk_per_trade", Stage::Run, |config, value| {
        config.sizing.risk_per_trade = value;
        Ok(())
    }),
    number("equity_fraction", Stage::Run, |config, value| {
        config.sizing.mode = SizingMode::EquityFraction(value);
        Ok(())
    }),
    number("quantity", Stage::Run, |config, value| {
        config.sizing.mode = SizingMode::Quantity(value);
        Ok(())
    }),
    number("volatility_target", Stage::Run, |config, value| {
        config.sizing.mode = SizingMode::VolatilityTarget(value);
        Ok(())
    }),
    number("leverage", Stage::Run, |config, value| {
        config.sizing.leverage = value;
        Ok(())
    }),
    choice(
        "entry",
        &["market", "collared", "limit", "close"],
        Stage::Run,
        |config, place| {
            config.policy.entry = of(&ENTRIES, place)?;
            Ok(())
        },
    ),
    choice(
        "on_opposite",
        &["ignore", "exit", "reverse"],
        Stage::Run,
        |config, place| {
            config.policy.on_opposite = of(&OPPOSITES, place)?;
            Ok(())
        },
    ),
    choice(
        "signal_exit",
        &["next_open", "deciding_close"],
        Stage::Run,
        |config, place| {
            let exits = [SignalExit::NextOpen, SignalExit::DecidingClose];
            config.policy.signal_exit = of(&exits, place)?;
            Ok(())
        },
    ),
    whole("min_hold_bars", Stage::Run, |config, value| {
        config.policy.min_hold_bars = value as u32;
        Ok(())
    }),
    whole("max_hold_bars", Stage::Run, |config, value| {
        config.policy.max_hold_bars = Some(value as u32);
        Ok(())
    }),
    choice(
        "exit_at_session_end",
        SWITCH,
        Stage::Run,
        |config, place| {
            config.policy.exit_at_session_end = of(&ON_OFF, place)?;
            Ok(())
        },
    ),
    whole("exit_lead_s", Stage::Run, |config, value| {
        config.policy.exit_lead_s = value as u32;
        Ok(())
    }),
    number("trailing_stop_atr", Stage::Run, |config, value| {
        config.policy.trailing_stop_atr = Some(value);
        Ok(())
    }),
    number("min_stop_spreads", Stage::Run, |config, value| {
        config.policy.min_stop_spreads = value;
        Ok(())
    }),
    choice(
        "intrabar",
        &["pessimistic", "optimistic", "path", "refined"],
        Stage::Run,
        |config, place| {
            config.fills.intrabar = of(&INTRABARS, place)?;
            Ok(())
        },
    ),
    choice(
        "limit",
        &["touch", "through"],
        Stage::Run,
        |config, place| {
            config.fills.limit = of(&[LimitFill::Touch, LimitFill::Through], place)?;
            Ok(())
        },
    ),
    number("slippage_ticks", Stage::Run, |config, value| {
        config.costs.slippage = PriceOffset::Ticks(value);
        Ok(())
    }),
    number("slippage_bps", Stage::Run, |config, value| {
        config.costs.slippage = PriceOffset::Bps(value);
        Ok(())
    }),
    number("half_spread_bps", Stage::Run, |config, value| {
        config.costs.half_spread = PriceOffset::Bps(value);
        Ok(())
    }),
    number("commission_percent", Stage::Run, |config, value| {
        config.costs.commission = Commission::Percent {
            percent: value,
            fixed: 0.0,
            minimum: 0.0,
        };
        Ok(())
    }),
    number("borrow_percent", Stage::Run, |config, value| {
        config.costs.borrow_percent = value;
        Ok(())
    }),
    number("daily_loss", Stage::Run, |config, value| {
        config.limits.daily_loss = Some(value);
        Ok(())
    }),
    number("total_loss", Stage::Run, |config, value| {
        config.limits.total_loss = Some(value);
        Ok(())
    }),
];

const SWITCH: &[&str] = &["off", "on"];
const ON_OFF: [bool; 2] = [false, true];

impl Parameter {
    /// The parameter of a name.
    pub fn named(name: &str) -> Option<Self> {
        let mut all = PARAMETERS.into_iter();
        all.find(|parameter| parameter.name == name)
    }

    /// Sets it; that the result makes sense is for [`RunConfig::validate`] to say.
    ///
    /// # Errors
    /// Why a configuration has no such parameter, in words.
    pub fn set(&self, config: &mut RunConfig, value: f64) -> Result<(), &'static str> {
        (self.set)(config, value)
    }

    /// The value that a text stands for; `None` where it stands for none.
    pub fn read(&self, text: &str) -> Option<f64> {
        match self.kind {
            Kind::Choice(words) => {
                let place = words.iter().position(|word| *word == text)?;
                Some(place as f64)
            }
            Kind::Number => text.parse().ok().filter(|value: &f64| value.is_finite()),
            Kind::Whole => text.parse::<u32>().ok().map(f64::from),
        }
    }

    /// A value as it is shown.
    pub fn shown(&self, value: f64) -> String {
        match self.kind {
            Kind::Choice(words) => words
                .get(value as usize)
                .map_or_else(|| value.to_string(), |word| (*word).to_owned()),
            Kind::Number | Kind::Whole => value.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_changes_the_configuration_by_its_name() {
        let mut names: Vec<_> = PARAMETERS.iter().map(|parameter| parameter.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PARAMETERS.len());
        for parameter in PARAMETERS {
            let value = match parameter.kind {
                Kind::Choice(words) => (words.len() - 1) as f64,
                Kind::Number => 0.37,
                Kind::Whole => 7.0,
            };
            let changed =
                [Strategy::default(), Strategy::Signals(Signals::default())].map(|strategy| {
                    let base = RunConfig {
                        strategy,
                        ..RunConfig::default()
                    };
                    let mut config = base;
                    parameter.set(&mut config, value).is_ok() && config != base
                });
            assert!(changed.contains(&true), "{parameter:?}");
            let shown = parameter.shown(value);
            assert_eq!(parameter.read(&shown), Some(value), "{parameter:?} {shown}");
            assert_eq!(parameter.read("what"), None);
        }
        assert_eq!(Parameter::named("k_sigma_er"), None);
        assert!(Parameter::named("stop_percent").is_some());
    }
}
