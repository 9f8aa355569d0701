//! `--set`: any option of a run by its name.

use atrium_shared::research::parameters;
use atrium_shared::research::run_config::RunConfig;
use serde_json::{Map, Value};

/// Sets one option: `policy.entry=limit`, `costs.slippage.ticks=1`, `limits.daily_loss=null`, or by the end of its name where no
/// other ends so: `k_atr_min_tp=1`. What it is a part of is chosen with it.
///
/// # Errors
/// A message where the name is of no option, or the value is none for it.
pub(super) fn assign(config: &mut RunConfig, assignment: &str) -> Result<(), String> {
    let (name, text) = assignment.split_once('=').ok_or_else(|| {
        format!("--set {assignment}: write an option and a value, such as policy.entry=limit")
    })?;
    let Some(parameter) = parameters::named(name) else {
        return assign_part(config, name, text)
            .map_err(|reason| format!("--set {assignment}: {}", unknown(name, &reason)));
    };
    let mut changed = *config;
    let done = parameter
        .parse(text)
        .and_then(|value| parameter.choose(&mut changed, value));
    match done {
        Ok(()) => {
            *config = changed;
            Ok(())
        }
        // a part as a whole, such as limits.rate={"max_signals": 3}, or none of it
        Err(bad) => match serde_json::from_str(text) {
            Ok(Value::Object(_) | Value::Null) => assign_part(config, parameter.key, text)
                .map_err(|reason| format!("--set {assignment}: {reason}")),
            _ => Err(format!("--set {bad}")),
        },
    }
}

/// Checks that no two settings contradict each other, in whatever order they stand: a part of a choice and another value of that
/// choice, or parts of two values of it.
///
/// # Errors
/// A message that names both.
pub(super) fn agree<'a>(
    settings: impl Iterator<Item = (&'a str, &'a str, &'a str)>,
) -> Result<(), String> {
    // what each chooses: the flag, whether it does so by a part, the id of the choice and its value
    let mut chosen: Vec<(String, bool, u16, parameters::Value)> = Vec::new();
    for (flag, name, text) in settings {
        let Some(parameter) = parameters::named(name) else {
            continue;
        };
        let flag = format!(
            "{flag} {}",
            if flag == "--set" {
                format!("{name}={text}")
            } else {
                text.to_owned()
            }
        );
        let own = parameter
            .parse(text)
            .ok()
            .map(|value| (flag.clone(), false, parameter.id, value));
        let under = parameter
            .under
            .map(|under| (flag, true, under.id, under.value));
        for one in [own, under].into_iter().flatten() {
            let other = chosen.iter().find(|(_, is_part, id, value)| {
                *id == one.2 && *value != one.3 && (*is_part || one.1)
            });
            if let Some(other) = other {
                let (part, whole) = if one.1 { (&one, other) } else { (other, &one) };
                let choice = parameters::by_id(part.2);
                let choice = choice.map_or(String::new(), |choice| {
                    format!("{} {}", choice.key, choice.text(part.3))
                });
                return Err(format!(
                    "{} is a part of {choice}, which {} does not choose: leave one of them out",
                    part.0, whole.0
                ));
            }
            chosen.push(one);
        }
    }
    Ok(())
}

/// Every option with what it may be, a line each.
pub(super) fn list() -> String {
    let line = |parameter: &parameters::Parameter| {
        format!("  {}: {}\n", parameter.key, parameter.could_be())
    };
    parameters::all().map(line).collect()
}

/// Sets a whole part of the configuration: the field of a path to what stands there in JSON.
fn assign_part(config: &mut RunConfig, path: &str, text: &str) -> Result<(), String> {
    let given = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut root = serde_json::to_value(*config).map_err(|error| error.to_string())?;
    let mut place = &mut root;
    for name in path.split('.') {
        let Value::Object(fields) = place else {
            // what was a plain word or absent becomes a part: "limits.rate" null → {…}
            *place = Value::Object(Map::from_iter([(name.to_owned(), Value::Null)]));
            place = place.get_mut(name).ok_or("nothing can be set there")?;
            continue;
        };
        // of several kinds one holds at a time, so that another takes the place of the one before
        if fields.len() == 1 && !fields.contains_key(name) {
            fields.clear();
        }
        place = fields.entry(name).or_insert(Value::Null);
    }
    *place = given;
    *config = serde_json::from_value(root).map_err(|error| error.to_string())?;
    Ok(())
}

/// What to say of a name that is of no option: which ones it may mean, if any.
fn unknown(name: &str, reason: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    match (parameters::nearest(name), parameters::nearest(last)) {
        (parameters::Near::Several(keys), _) | (_, parameters::Near::Several(keys)) => {
            format!("{name} is not one option: write {}", keys.join(" or "))
        }
        (parameters::Near::Like(keys), _) if !keys.is_empty() => {
            format!("{reason}; near it is {}", keys.join(", "))
        }
        _ => format!("{reason}; `atrium backtest --help` shows every option"),
    }
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
            "max_hold_bars=8",
            "costs.slippage.ticks=1.5",
            "costs.commission.per_trade.amount=4.95",
            "equity_fraction=0.5",
            "limits.daily_loss=0.05",
            "limits.day_zone=Europe/Prague",
            "limits.pre_trade.max_positions=2",
            "strategy.predicted_move.min_confidence=0.6",
            "interval=15min",
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
        assert_eq!(config.interval.to_string(), "15min");
        assign(&mut config, "limits.daily_loss=null").unwrap();
        assert_eq!(config.limits.daily_loss, None);
        assign(&mut config, "costs.slippage=none").unwrap();
        assert_eq!(config.costs.slippage, PriceOffset::None);
        assign(&mut config, "costs.commission=none").unwrap();
        assert_eq!(config.costs.commission, Commission::None);
        assign(&mut config, "strategy.signals={}").unwrap();
        assert!(config.strategy.predicted_move().is_none());
        assign(&mut config, "strategy=predicted_move").unwrap();
        assert!(config.strategy.predicted_move().is_some());
    }

    #[test]
    fn parts_can_be_set_as_a_whole() {
        let mut config = RunConfig::default();
        for assignment in [
            r#"limits.rate={"max_signals": 3}"#,
            r#"costs.commission={"percent": {"percent": 0.2}}"#,
            r#"sizing={"leverage": 3}"#,
            r#"fills.tool={"finalize_trades": true}"#,
        ] {
            assign(&mut config, assignment).unwrap();
        }
        assert_eq!(config.limits.rate.map(|rate| rate.max_signals), Some(3));
        assert!(matches!(
            config.costs.commission,
            Commission::Percent { .. }
        ));
        assert_eq!(config.sizing.leverage.to_string(), "3");
        assert!(config.fills.tool.finalize_trades);
        assign(&mut config, "limits.rate=null").unwrap();
        assert_eq!(config.limits.rate, None);
    }

    #[test]
    fn parts_of_what_is_not_chosen_are_refused_in_whatever_order() {
        let agreed = |settings: &[(&str, &str, &str)]| agree(settings.iter().copied());
        let (drift, seed) = (
            ("--set", "prediction.source", "drift"),
            ("--set", "noise.seed", "1"),
        );
        let said = "--set noise.seed=1 is a part of prediction.source noise, which --set prediction.source=drift does not choose: leave one of them out";
        assert_eq!(agreed(&[drift, seed]).unwrap_err(), said);
        assert_eq!(agreed(&[seed, drift]).unwrap_err(), said);
        let flag = ("--prediction", "prediction.source", "drift");
        let said = agreed(&[flag, seed]).unwrap_err();
        assert!(
            said.contains("which --prediction drift does not choose"),
            "{said}"
        );
        let (ticks, bps) = (
            ("--set", "costs.slippage.ticks", "1"),
            ("--set", "costs.slippage.bps", "1"),
        );
        assert!(agreed(&[ticks, bps]).is_err());
        let noise = ("--set", "prediction.source", "noise");
        for fine in [
            &[seed][..],
            &[noise, seed],
            &[seed, noise],
            &[drift, noise],
            &[ticks, seed],
        ] {
            assert_eq!(agreed(fine), Ok(()));
        }
    }

    #[test]
    fn what_is_no_option_or_no_value_says_so_and_changes_nothing() {
        let mut config = RunConfig::default();
        for (assignment, what) in [
            ("policy.entry", "write an option and a value"),
            ("policy.entri=1", "unknown field `entri`"),
            (
                "policy.entry=never",
                "policy.entry=never: must be one of market, collared, limit, close",
            ),
            (
                "leverage=much",
                "sizing.leverage=much: must be a number from 0.01 to 1000",
            ),
            ("sizing.leverage=5000", "is 5000, but must be"),
            ("nothing.there=1", "unknown field `nothing`"),
            (
                "side=both",
                "side is not one option: write strategy.predicted_move.side or strategy.signals.side",
            ),
            ("=1", "unknown field"),
        ] {
            let error = assign(&mut config, assignment).unwrap_err();
            assert!(error.contains(what), "{assignment}: {error}");
        }
        assert_eq!(config, RunConfig::default());
    }
}
