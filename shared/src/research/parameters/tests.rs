use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;
use crate::market::bars::Instrument;
use crate::research::run_config::BadConfig;

/// Ids, keys and codes as links know them. Lines are only ever added.
const PINNED: &str = include_str!("ids.txt");

fn at(key: &str) -> &'static Parameter {
    all().find(|parameter| parameter.key == key).unwrap()
}

/// A configuration with one more thing set.
fn with(key: &str, text: &str) -> RunConfig {
    let mut config = RunConfig::default();
    let parameter = at(key);
    let value = parameter.parse(text).unwrap();
    parameter.choose(&mut config, value).unwrap();
    config
}

/// A configuration for each thing that can be chosen or switched on.
fn every_shape() -> Vec<RunConfig> {
    let mut shapes = vec![RunConfig::default()];
    for parameter in all() {
        let choices = parameter.choices().iter();
        let mut values: Vec<_> = choices.map(|choice| Value::Choice(choice.code)).collect();
        values.extend(parameter.when_on);
        if matches!(parameter.kind, Kind::Flag { .. }) {
            values.push(Value::Flag(true));
        }
        for value in values {
            let mut config = RunConfig::default();
            parameter.choose(&mut config, value).unwrap();
            assert_eq!(parameter.get(&config), Some(value), "{}", parameter.key);
            shapes.push(config);
        }
    }
    shapes
}

#[test]
fn ids_keys_and_codes_are_those_of_every_link_that_was_ever_made() {
    let mut by_id_order: Vec<&Parameter> = all().collect();
    by_id_order.sort_by_key(|parameter| parameter.id);
    let now: Vec<String> = by_id_order
        .iter()
        .map(|parameter| {
            let choices = parameter.choices().iter();
            let codes = choices.map(|choice| format!(" {}={}", choice.code, choice.name));
            format!(
                "{} {}{}",
                parameter.id,
                parameter.key,
                codes.collect::<String>()
            )
        })
        .collect();
    assert_eq!(now, PINNED.lines().collect::<Vec<_>>());
    let mut ids: Vec<u16> = all().map(|parameter| parameter.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), now.len());
    assert!(all().all(|parameter| by_id(parameter.id).unwrap().key == parameter.key));
}

#[test]
fn what_others_are_a_part_of_comes_before_them() {
    let mut seen: Vec<u16> = Vec::new();
    for parameter in all() {
        if let Some(under) = parameter.under {
            assert!(seen.contains(&under.id), "{}", parameter.key);
            assert!(parameter.key.starts_with(by_id(under.id).unwrap().key));
            assert!(by_id(under.id).unwrap().check(under.value).is_ok());
        }
        if let Some(on) = parameter.when_on {
            assert_eq!(parameter.check(on), Ok(()), "{}", parameter.key);
        }
        seen.push(parameter.id);
    }
}

fn leaves(path: &str, value: &Json, found: &mut Vec<(String, Json)>) {
    match value {
        Json::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let path = match path {
                    "" => name.clone(),
                    path => format!("{path}.{name}"),
                };
                leaves(&path, value, found);
            }
        }
        leaf => found.push((path.to_owned(), leaf.clone())),
    }
}

/// Every field of a configuration is a parameter under its own path, with the value that stands there, and the other way round.
fn assert_complete(config: &RunConfig) {
    let mut found = Vec::new();
    leaves("", &serde_json::to_value(config).unwrap(), &mut found);
    for (path, leaf) in &found {
        let parameter = named(path).unwrap_or_else(|| panic!("no parameter {path}"));
        assert_eq!(parameter.key, path);
        let value = parameter.get(config).unwrap();
        let text = parameter.text(value);
        match leaf {
            Json::Null => assert!(
                matches!(value, Value::Absent | Value::Flag(false)),
                "{path}"
            ),
            Json::String(name) => assert_eq!(&text, name, "{path}"),
            Json::Number(number) => {
                let told: f64 = text.parse().unwrap();
                assert_eq!(number.as_f64().unwrap().to_bits(), told.to_bits(), "{path}");
            }
            Json::Bool(on) => assert_eq!(value, Value::Flag(*on), "{path}"),
            other => panic!("{path}: {other}"),
        }
    }
    for parameter in all().filter(|parameter| parameter.get(config).is_some()) {
        let key = parameter.key;
        let stands = |path: &str| path == key || path.starts_with(&format!("{key}."));
        assert!(
            found.iter().any(|(path, _)| stands(path)),
            "{key} is no field"
        );
    }
}

#[test]
fn every_field_of_a_configuration_is_a_parameter() {
    every_shape().iter().for_each(assert_complete);
}

#[test]
fn nothing_can_be_chosen_that_is_not_offered() {
    for parameter in all().filter(|parameter| !parameter.choices().is_empty()) {
        let mut config = RunConfig::default();
        if let Some(under) = parameter.under {
            by_id(under.id)
                .unwrap()
                .choose(&mut config, under.value)
                .unwrap();
        }
        let mut json = serde_json::to_value(config).unwrap();
        let mut place = &mut json;
        for name in parameter.key.split('.') {
            place = &mut place[name];
        }
        *place = Json::String("nothing like this".to_owned());
        let said = serde_json::from_value::<RunConfig>(json)
            .unwrap_err()
            .to_string();
        let (_, expected) = said.split_once("expected").unwrap();
        let names: Vec<_> = expected.split('`').skip(1).step_by(2).collect();
        let mut offered: Vec<_> = parameter
            .choices()
            .iter()
            .map(|choice| choice.name)
            .collect();
        offered.sort_unstable();
        let mut known = names.clone();
        known.sort_unstable();
        assert_eq!(known, offered, "{}", parameter.key);
    }
}

#[test]
fn bounds_are_those_of_the_configuration() {
    let complains = |config: &RunConfig| matches!(config.validate(), Err(BadConfig::Bounds(_)));
    let mut bounded = 0;
    for parameter in all() {
        let mut config = RunConfig::default();
        if let Some(under) = parameter.under {
            by_id(under.id)
                .unwrap()
                .choose(&mut config, under.value)
                .unwrap();
        }
        let put = |value: Value| {
            let mut config = config;
            match parameter.kind {
                Kind::Number { place, .. } | Kind::Whole { place, .. } => {
                    value.put(place(&mut config).unwrap());
                }
                _ => unreachable!(),
            }
            complains(&config)
        };
        match parameter.kind {
            Kind::Number { range, .. } => {
                for inside in [range.low, range.high, range.slider_low, range.slider_high] {
                    assert!(!put(Value::Number(inside)), "{} at {inside}", parameter.key);
                    assert_eq!(parameter.check(Value::Number(inside)), Ok(()));
                }
                for outside in [range.low.next_down(), range.high.next_up(), f64::NAN] {
                    assert!(
                        put(Value::Number(outside)),
                        "{} at {outside}",
                        parameter.key
                    );
                    assert!(parameter.check(Value::Number(outside)).is_err());
                }
                bounded += 1;
            }
            Kind::Whole { range, .. } => {
                for inside in [range.low, range.high, range.slider_low, range.slider_high] {
                    assert!(!put(Value::Whole(inside)), "{} at {inside}", parameter.key);
                    assert_eq!(parameter.check(Value::Whole(inside)), Ok(()));
                }
                let below = range.low.checked_sub(1);
                let above = range
                    .high
                    .checked_add(1)
                    .filter(|&count| count <= u64::from(u32::MAX));
                for outside in [below, above].into_iter().flatten() {
                    let seen = put(Value::Whole(outside));
                    // a count that means nothing at 0 is not refused by the configuration
                    assert!(seen, "{} at {outside}", parameter.key);
                    assert!(parameter.check(Value::Whole(outside)).is_err());
                }
            }
            _ => {}
        }
    }
    assert!(bounded > 40);
}

#[test]
fn a_value_is_written_as_it_is_read() {
    for config in every_shape() {
        for parameter in all() {
            let Some(value) = parameter.get(&config) else {
                continue;
            };
            let text = parameter.text(value);
            assert_eq!(
                parameter.parse(&text),
                Ok(value),
                "{}={text}",
                parameter.key
            );
            let given = parameter.given(value);
            assert_eq!(parameter.parse(&given), Ok(value), "{given}");
            assert_ne!(given, "null", "{}", parameter.key);
        }
    }
    let seed = at("prediction.source.noise.seed");
    assert_eq!(
        seed.parse("18446744073709551615"),
        Ok(Value::Whole(u64::MAX))
    );
    assert_eq!(at("interval").parse("1day"), Ok(Value::Whole(86_400)));
    assert_eq!(with("interval", "30s").interval.seconds(), 30);
    assert_eq!(at("risk_free").parse("-0"), Ok(Value::Number(0.0)));
    let Ok(Value::Number(zero)) = at("risk_free").parse("-0") else {
        panic!()
    };
    assert!(zero.is_sign_positive());
}

#[test]
fn a_bad_value_says_what_it_could_be() {
    for (key, text, said) in [
        (
            "policy.entry",
            "never",
            "policy.entry=never: must be one of market, collared, limit, close",
        ),
        (
            "sizing.leverage",
            "much",
            "sizing.leverage=much: must be a number from 0.01 to 1000",
        ),
        (
            "sizing.leverage",
            "2000",
            "sizing.leverage=2000: is 2000, but must be a number from 0.01 to 1000",
        ),
        (
            "sizing.leverage",
            "inf",
            "sizing.leverage=inf: is inf, but must be a number",
        ),
        (
            "policy.max_hold_bars",
            "0",
            "policy.max_hold_bars=0: is 0, but must be a whole number from 1 to 1000000000",
        ),
        (
            "policy.max_hold_bars",
            "1.5",
            "must be a whole number from 1 to 1000000000, or none",
        ),
        (
            "interval",
            "2day",
            "interval=2day: must be an interval such as 1min",
        ),
        (
            "policy.exit_at_session_end",
            "maybe",
            "must be true or false",
        ),
    ] {
        let error = at(key).parse(text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let mut config = RunConfig::default();
    let error = at("costs.slippage.ticks")
        .set(&mut config, Value::Number(1.0))
        .unwrap_err();
    let said = "costs.slippage.ticks: is a part of costs.slippage ticks, which is not chosen";
    assert_eq!(error.to_string(), said);
    assert_eq!(config, RunConfig::default());
    assert!(
        at("sizing.leverage")
            .set(&mut config, Value::Flag(true))
            .is_err()
    );
    assert!(
        at("sizing.leverage")
            .set(&mut config, Value::Absent)
            .is_err()
    );
    assert!(
        at("policy.entry")
            .set(&mut config, Value::Choice(77))
            .is_err()
    );
    assert_eq!(config, RunConfig::default());
}

#[test]
fn the_end_of_a_key_names_it_where_no_other_ends_so() {
    let key = |name: &str| named(name).map(|parameter| parameter.key);
    assert_eq!(
        key("k_sigma_err"),
        Some("strategy.predicted_move.k_sigma_err")
    );
    assert_eq!(
        key("predicted_move.side"),
        Some("strategy.predicted_move.side")
    );
    assert_eq!(key("leverage"), Some("sizing.leverage"));
    assert_eq!(key("strategy"), Some("strategy"));
    // two sides, two ticks, and none of nothing
    assert_eq!(key("side"), None);
    assert_eq!(key("ticks"), None);
    assert_eq!(key(""), None);
    assert_eq!(key("everage"), None);
}

#[test]
fn choosing_again_what_is_chosen_keeps_its_parts() {
    let mut config = with("costs.commission.per_share.rate", "0.01");
    at("costs.commission")
        .set(&mut config, Value::Choice(1))
        .unwrap();
    assert_eq!(config, with("costs.commission.per_share.rate", "0.01"));
    at("limits.rate")
        .set(&mut config, Value::Flag(true))
        .unwrap();
    at("limits.rate.max_signals")
        .set(&mut config, Value::Whole(3))
        .unwrap();
    at("limits.rate")
        .set(&mut config, Value::Flag(true))
        .unwrap();
    assert_eq!(
        at("limits.rate.max_signals").get(&config),
        Some(Value::Whole(3))
    );
}

#[test]
fn what_may_be_absent_is_absent_where_its_choice_is_chosen_anew() {
    let mut seen = 0;
    for parameter in all().filter(|parameter| parameter.when_on.is_some()) {
        let Some(under) = parameter.under else {
            continue;
        };
        let other = by_id(under.id).unwrap();
        let mut config = RunConfig::default();
        // chosen anew, whatever the defaults are
        if let Some(another) = other
            .choices()
            .iter()
            .find(|c| Value::Choice(c.code) != under.value)
        {
            other.set(&mut config, Value::Choice(another.code)).unwrap();
        }
        other.choose(&mut config, under.value).unwrap();
        assert_eq!(
            parameter.get(&config),
            Some(Value::Absent),
            "{}",
            parameter.key
        );
        seen += 1;
    }
    assert!(seen >= 3);
}

#[test]
fn what_has_no_effect_says_so() {
    let applies = |key: &str, config: &RunConfig| at(key).applies(config);
    let plain = RunConfig::default();
    assert!(applies("sizing.risk_per_trade", &plain));
    assert!(!applies(
        "sizing.risk_per_trade",
        &with("sizing.mode", "all_in")
    ));
    assert!(!applies("policy.exit_lead_s", &plain));
    assert!(applies(
        "policy.exit_lead_s",
        &with("policy.exit_at_session_end", "true")
    ));
    assert!(!applies("fills.tool.size_at_fill", &plain));
    assert!(!applies(
        "fills.intrabar",
        &with("fills.dialect", "vectorbt")
    ));
    assert!(!applies("costs.slippage.ticks", &plain));
    assert!(!applies(
        "strategy.predicted_move.side",
        &with("strategy", "signals")
    ));
}

#[test]
fn what_nobody_changed_is_known_also_of_parts_of_a_choice() {
    let default = |key: &str| at(key).text(at(key).default_value().unwrap());
    assert_eq!(default("sizing.leverage"), "1");
    assert_eq!(default("policy.max_hold_bars"), "null");
    assert_eq!(default("costs.commission.percent.percent"), "0.1");
    assert_eq!(default("fills.tool.levels.stop"), "null");
    for config in every_shape() {
        for (parameter, _) in changes(&RunConfig::default(), &config) {
            assert!(parameter.default_value().is_some(), "{}", parameter.key);
        }
    }
}

#[test]
fn steps_are_decimal() {
    let step = |key: &str, value: f64| at(key).on_step(value).to_string();
    assert_eq!(
        step("strategy.predicted_move.k_sigma_err", 0.1 + 0.2),
        "0.3"
    );
    assert_eq!(step("sizing.risk_per_trade", 0.012_400_1), "0.012");
    assert_eq!(step("policy.min_hold_bars", 3.4), "3");
    assert_eq!(step("risk_free", -0.000_1), "0");
}

/// A value that a parameter can have.
fn any_value(parameter: &'static Parameter) -> BoxedStrategy<Value> {
    let value = match parameter.kind {
        Kind::Number { range, .. } => prop_oneof![
            (range.slider_low..=range.slider_high).prop_map(Value::Number),
            Just(Value::Number(range.low)),
            Just(Value::Number(range.high)),
        ]
        .boxed(),
        Kind::Whole { range, .. } => (range.low..=range.high).prop_map(Value::Whole).boxed(),
        Kind::Interval => (1..=86_400u64).prop_map(Value::Whole).boxed(),
        Kind::Flag { .. } => any::<bool>().prop_map(Value::Flag).boxed(),
        Kind::Choice { choices, .. } => (0..choices.len())
            .prop_map(|index| Value::Choice(choices[index].code))
            .boxed(),
    };
    match parameter.when_on {
        Some(_) => prop_oneof![1 => Just(Value::Absent), 3 => value].boxed(),
        None => value,
    }
}

/// Any configuration that the registry can make, whether it makes sense or not.
fn any_config() -> impl proptest::strategy::Strategy<Value = RunConfig> {
    let values: Vec<_> = all()
        .map(|parameter| prop::option::of(any_value(parameter)))
        .collect();
    values.prop_map(|values| {
        let mut config = RunConfig::default();
        for (parameter, value) in all().zip(values) {
            // parts come after what they are a part of, so the last choice stands
            let exists = parameter.get(&config).is_some();
            if let Some(value) = value.filter(|_| exists) {
                parameter.set(&mut config, value).unwrap();
            }
        }
        config
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn one_configuration_becomes_another_by_what_they_do_not_share(
        from in any_config(),
        to in any_config(),
    ) {
        let mut made = from;
        for (parameter, value) in changes(&from, &to) {
            parameter.set(&mut made, value).unwrap();
        }
        prop_assert_eq!(made, to);
        let share = Instrument::us_share("SPY");
        prop_assert_eq!(made.digest(&share), to.digest(&share));
        prop_assert!(changes(&to, &to).is_empty());
        prop_assert_eq!(differences(&from, &to).is_empty(), from == to);
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,12}") {
        for parameter in all() {
            if let Ok(value) = parameter.parse(&text) {
                prop_assert_eq!(parameter.check(value), Ok(()));
            }
        }
    }
}

#[test]
fn every_field_of_generated_configurations_is_a_parameter() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..100 {
        let tree = any_config().new_tree(&mut runner).unwrap();
        assert_complete(&proptest::strategy::ValueTree::current(&tree));
    }
}

/// A configuration that makes sense: what would spoil it is left as it was.
pub(crate) fn any_valid_config() -> impl proptest::strategy::Strategy<Value = RunConfig> {
    let values: Vec<_> = all()
        .map(|parameter| prop::option::weighted(0.3, any_value(parameter)))
        .collect();
    values.prop_map(|values| {
        let mut config = RunConfig::default();
        for (parameter, value) in all().zip(values) {
            let mut changed = config;
            let set = value.is_some_and(|value| parameter.set(&mut changed, value).is_ok());
            if set && changed.validate().is_ok() {
                config = changed;
            }
        }
        config
    })
}
