//! A run as a command line.

use super::Window;
use crate::research::parameters::{self, Parameter, Value};
use crate::research::run_config::RunConfig;
use crate::signal::source::Source;
use crate::trading::strategy::Strategy;

/// The command line that makes a run, ready for a shell. Where it needs a file, FILE stands in its place.
pub fn command_line(data_set: &str, window: Window, config: &RunConfig) -> String {
    let file = RowsFile::of(config);
    let settings = settings(&file.base(), config);
    let mut words = opening("backtest", data_set, window, file);
    words.extend(settings.iter().map(Stated::flag));
    words.join(" ")
}

/// The file with rows that a command line names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::surface) enum RowsFile {
    None,
    Signals,
    Predictions,
}

/// An option that a command line states.
pub(in crate::surface) struct Stated {
    pub(in crate::surface) parameter: &'static Parameter,
    pub(in crate::surface) value: Value,
}

impl Stated {
    /// `--set name=value`.
    pub(in crate::surface) fn flag(&self) -> String {
        let setting = format!("{}={}", self.parameter.key, self.parameter.text(self.value));
        format!("--set {}", quoted(&setting))
    }
}

impl RowsFile {
    fn of(config: &RunConfig) -> Self {
        match config.strategy {
            Strategy::Signals(_) => Self::Signals,
            _ if config.prediction.source == Source::Series => Self::Predictions,
            Strategy::PredictedMove(_) => Self::None,
        }
    }

    /// The configuration before anything is set: the defaults, with what the file says by itself.
    pub(in crate::surface) fn base(self) -> RunConfig {
        let mut base = RunConfig::default();
        match self {
            Self::None => {}
            Self::Signals => {
                base.prediction.source = Source::None;
                base.strategy = Strategy::Signals(Default::default());
            }
            Self::Predictions => base.prediction.source = Source::Series,
        }
        base
    }
}

/// The command, data set, sessions and file.
pub(in crate::surface) fn opening(
    command: &str,
    data_set: &str,
    window: Window,
    file: RowsFile,
) -> Vec<String> {
    let mut words = vec![format!("atrium {command} --data"), quoted(data_set)];
    for (flag, day) in [("--from", window.from), ("--to", window.to)] {
        words.extend(day.map(|day| format!("{flag} {day}")));
    }
    match file {
        RowsFile::None => {}
        RowsFile::Signals => words.push("--signals FILE".to_owned()),
        RowsFile::Predictions => words.push("--predictions FILE".to_owned()),
    }
    words
}

/// What has to be stated, in order, to make one configuration of another; a choice that its part chooses is not.
pub(in crate::surface) fn settings(base: &RunConfig, config: &RunConfig) -> Vec<Stated> {
    let changed = parameters::changes(base, config);
    let stated = changed
        .iter()
        .filter(|(parameter, value)| !is_implied(parameter, *value, &changed));
    let stated = stated.map(|&(parameter, value)| Stated { parameter, value });
    stated.collect()
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
