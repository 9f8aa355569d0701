//! A run as a command line.

use super::Window;
use crate::research::parameters::{self, Parameter, Value};
use crate::research::run_config::RunConfig;
use crate::signal::source::Source;

/// The command line that makes a run, ready for a shell. Where it needs a file, FILE stands in its place.
pub fn command_line(data_set: &str, window: Window, config: &RunConfig) -> String {
    let mut words = vec!["atrium backtest --data".to_owned(), quoted(data_set)];
    for (flag, day) in [("--from", window.from), ("--to", window.to)] {
        words.extend(day.map(|day| format!("{flag} {day}")));
    }
    let trades_signals = config.strategy.predicted_move().is_none();
    let mut base = RunConfig::default();
    // what a file says by itself
    if trades_signals {
        words.push("--signals FILE".to_owned());
        base.prediction.source = Source::None;
        base.strategy = crate::trading::strategy::Strategy::Signals(Default::default());
    } else if config.prediction.source == Source::Series {
        words.push("--predictions FILE".to_owned());
        base.prediction.source = Source::Series;
    }
    let changed = parameters::changes(&base, config);
    let settings = changed
        .iter()
        .filter(|(parameter, value)| !is_implied(parameter, *value, &changed))
        .map(|(parameter, value)| {
            let setting = format!("{}={}", parameter.key, parameter.text(*value));
            format!("--set {}", quoted(&setting))
        });
    words.extend(settings);
    words.join(" ")
}

/// Whether something that is set chooses this by itself.
fn is_implied(
    parameter: &Parameter,
    value: Value,
    changed: &[(&'static Parameter, Value)],
) -> bool {
    changed.iter().any(|(other, _)| {
        let under = other.under;
        under.is_some_and(|under| under.id == parameter.id && under.value == value)
    })
}

/// A word that a shell takes for one.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:+,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
