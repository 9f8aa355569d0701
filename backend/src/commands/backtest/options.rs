//! `--set`: any option of a run configuration by its path.

use atrium_shared::research::run_config::RunConfig;
use serde_json::{Map, Value};

/// Sets one option: `policy.entry=limit`, `costs.slippage.ticks=1`, `limits.daily_loss=null`.
///
/// # Errors
/// A message where the path names no option, or the value is none for it.
pub(super) fn assign(config: &mut RunConfig, assignment: &str) -> Result<(), String> {
    let (path, text) = assignment.split_once('=').ok_or_else(|| {
        format!("--set {assignment}: write a path and a value, such as policy.entry=limit")
    })?;
    let mut root = serde_json::to_value(*config).map_err(|error| error.to_string())?;
    let mut place = &mut root;
    for name in path.split('.') {
        // what was a plain word or absent becomes an object: slippage "none" → {"ticks": 1}
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(fields) = place else {
            return Err(format!("--set {path}: nothing can be set there"));
        };
        // of several kinds one holds at a time, so that another takes the place of the one before
        if fields.len() == 1 && !fields.contains_key(name) && !is_part(name) {
            fields.clear();
        }
        place = fields.entry(name).or_insert(Value::Null);
    }
    *place = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    *config = serde_json::from_value(root).map_err(|error| {
        format!("--set {assignment}: {error}; `atrium backtest --help` shows every option")
    })?;
    Ok(())
}

/// Whether a name is a part of the configuration as a whole rather than one kind among several.
fn is_part(name: &str) -> bool {
    serde_json::to_value(RunConfig::default())
        .ok()
        .and_then(|value| value.as_object().map(|fields| fields.contains_key(name)))
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use atrium_shared::base::zone::Zone;
    use atrium_shared::trading::costs::{Commission, PriceOffset};
    use atrium_shared::trading::policy::EntryPolicy;
    use atrium_shared::trading::sizing::SizingMode;

    use super::*;

    #[test]
    fn every_kind_of_option_can_be_set() {
        let mut config = RunConfig::default();
        for assignment in [
            "policy.entry=limit",
            "policy.max_hold_bars=8",
            "costs.slippage.ticks=1.5",
            "costs.commission.per_trade.amount=4.95",
            "sizing.mode.equity_fraction=0.5",
            "limits.daily_loss=0.05",
            "limits.day_zone=Europe/Prague",
            "limits.pre_trade.max_positions=2",
            "strategy.predicted_move.min_confidence=0.6",
        ] {
            assign(&mut config, assignment).unwrap();
        }
        assert_eq!(config.policy.entry, EntryPolicy::Limit);
        assert_eq!(config.policy.max_hold_bars, Some(8));
        assert_eq!(config.costs.slippage, PriceOffset::Ticks(1.5));
        assert_eq!(
            config.costs.commission,
            Commission::PerTrade { amount: 4.95 }
        );
        assert_eq!(config.sizing.mode, SizingMode::EquityFraction(0.5));
        assert_eq!(config.limits.day_zone, Zone::Prague);
        assert_eq!(config.limits.pre_trade.max_positions, Some(2));
        assign(&mut config, "limits.daily_loss=null").unwrap();
        assert_eq!(config.limits.daily_loss, None);
        assign(&mut config, "costs.slippage=none").unwrap();
        assert_eq!(config.costs.slippage, PriceOffset::None);
        assign(&mut config, "costs.commission=none").unwrap();
        assert_eq!(config.costs.commission, Commission::None);
        assign(&mut config, "strategy.signals={}").unwrap();
        assert!(config.strategy.predicted_move().is_none());
    }

    #[test]
    fn what_is_no_option_or_no_value_says_so_and_changes_nothing() {
        let mut config = RunConfig::default();
        for (assignment, what) in [
            ("policy.entry", "write a path and a value"),
            ("policy.entri=limit", "unknown field `entri`"),
            ("policy.entry=never", "unknown variant `never`"),
            ("sizing.leverage=much", "invalid type"),
            ("nothing.there=1", "unknown field `nothing`"),
            ("=1", "unknown field"),
        ] {
            let error = assign(&mut config, assignment).unwrap_err();
            assert!(error.contains(what), "{assignment}: {error}");
        }
        assert_eq!(config, RunConfig::default());
    }
}
