//! The configuration of a run as JSON, made from the registry of parameters: their keys are the paths of its fields.

use atrium_shared::research::parameters::{Kind, Parameter, Value, all};
use atrium_shared::research::run_config::RunConfig;

/// A value, or what it has inside.
enum Node {
    Leaf(String),
    Map(Vec<(&'static str, Node)>),
}

/// Every option of a configuration, as `atrium backtest --config` reads it.
pub(super) fn configuration(config: &RunConfig) -> String {
    let mut fields = Vec::new();
    for parameter in all() {
        if let Some(value) = parameter.get(config) {
            put(&mut fields, parameter.key, leaf(parameter, value));
        }
    }
    let mut text = String::new();
    write(&Node::Map(fields), 0, &mut text);
    text
}

/// Puts a value at a path; what has parts is stated by them.
fn put(fields: &mut Vec<(&'static str, Node)>, path: &'static str, value: String) {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    let found = fields.iter_mut().find(|(other, _)| *other == name);
    match (found, rest) {
        (Some((_, Node::Map(inner))), Some(rest)) => put(inner, rest, value),
        (Some((_, node)), Some(rest)) => {
            let mut inner = Vec::new();
            put(&mut inner, rest, value);
            *node = Node::Map(inner);
        }
        (Some((_, node)), None) => *node = Node::Leaf(value),
        (None, Some(rest)) => {
            let mut inner = Vec::new();
            put(&mut inner, rest, value);
            fields.push((name, Node::Map(inner)));
        }
        (None, None) => fields.push((name, Node::Leaf(value))),
    }
}

fn leaf(parameter: &Parameter, value: Value) -> String {
    let text = parameter.text(value);
    match (&parameter.kind, value) {
        (Kind::Choice { .. } | Kind::Interval, _) => format!("\"{text}\""),
        // a flag that has parts stands for whether they are there
        (_, Value::Flag(false)) if has_parts(parameter) => "null".to_owned(),
        _ => text,
    }
}

fn has_parts(parameter: &Parameter) -> bool {
    let is_part = |other: &Parameter| other.under.is_some_and(|under| under.id == parameter.id);
    all().any(is_part)
}

fn write(node: &Node, depth: usize, text: &mut String) {
    let fields = match node {
        Node::Leaf(value) => return text.push_str(value),
        Node::Map(fields) => fields,
    };
    let mut before = "{\n";
    for (name, inner) in fields {
        text.push_str(before);
        before = ",\n";
        text.push_str(&"  ".repeat(depth + 1));
        text.push('"');
        text.push_str(name);
        text.push_str("\": ");
        write(inner, depth + 1, text);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use atrium_shared::research::parameters::{Value, named};

    /// What parameters are set to that are not at their defaults.
    fn with(settings: &[(&str, &str)]) -> RunConfig {
        let mut config = RunConfig::default();
        for (key, text) in settings {
            let parameter = named(key).unwrap();
            let value = parameter.parse(text).unwrap();
            parameter.choose(&mut config, value).unwrap();
        }
        config
    }

    #[test]
    fn what_is_written_reads_as_the_same_configuration() {
        let mut configs = vec![RunConfig::default()];
        // each choice, each flag and each thing that may be absent, by itself
        for parameter in all() {
            let choices = parameter.choices().iter();
            let mut values: Vec<Value> = choices.map(|one| Value::Choice(one.code)).collect();
            if matches!(parameter.kind, Kind::Flag { .. }) {
                values.extend([Value::Flag(true), Value::Flag(false)]);
            }
            values.extend(parameter.when_on);
            for value in values {
                let mut config = RunConfig::default();
                parameter.choose(&mut config, value).unwrap();
                configs.push(config);
            }
        }
        configs.push(with(&[
            ("prediction.source.noise.seed", "18446744073709551615"),
            ("interval", "1day"),
            ("costs.commission.percent.percent", "0.05"),
            ("sizing.mode.equity_fraction", "0.3"),
            ("limits.rate.max_signals", "7"),
            ("fx", "0.000000001"),
            ("initial_equity", "1000000000000"),
        ]));
        assert!(configs.len() > 90);
        for config in configs {
            let text = configuration(&config);
            let read: RunConfig = serde_json::from_str(&text).unwrap();
            assert_eq!(read, config, "{text}");
        }
    }
}
