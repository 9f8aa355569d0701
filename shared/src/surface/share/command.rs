//! A run as a command line.

use serde::{Deserialize, Serialize};

use super::Window;
use crate::research::parameters::{self, Parameter, Value};
use crate::research::run_config::RunConfig;
use crate::signal::placing::{ImportReport, RowTime};
use crate::signal::source::Source;
use crate::surface::report::{RowsKind, RowsReport, RowsZone};
use crate::trading::strategy::Strategy;

/// How the times of a file with rows are read. It is no part of a link's text; an address has it behind that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalTimes {
    /// What they stand for.
    pub row_time: RowTime,
    /// Whether those without a zone are of the exchange's; else they are UTC.
    pub of_exchange: bool,
}

/// The word for the exchange's zone.
const EXCHANGE: &str = "exchange";

/// What stands behind the link of an address for how the times of its file are read.
const BEHIND: &str = "&times=";

impl SignalTimes {
    /// The flags of the command line that read them so, with their values; none for what is read so by default.
    pub fn flags(self) -> Vec<(&'static str, String)> {
        let row_time = (self.row_time != RowTime::default())
            .then(|| ("--row-time", row_time_word(self.row_time).to_owned()));
        let zone = self
            .of_exchange
            .then(|| ("--time-zone", EXCHANGE.to_owned()));
        row_time.into_iter().chain(zone).collect()
    }

    /// What is told of a file that was read so.
    pub fn report(self, what: RowsKind, file: String, report: ImportReport) -> RowsReport {
        RowsReport {
            what,
            file,
            row_time: self.row_time,
            time_zone: match self.of_exchange {
                true => RowsZone::Exchange,
                false => RowsZone::Utc,
            },
            report,
        }
    }

    /// How the times are read by what stands behind the link of an address; `None` where that says nothing of it, or nothing that
    /// is known.
    pub fn in_address(address: &str) -> Option<Self> {
        let (_, behind) = address.split_once(BEHIND)?;
        Self::of_word(behind.split('&').next()?)
    }

    /// What stands behind the link of an address: `&times=bar_end`, or nothing for what is read so by default.
    pub fn behind_link(self) -> String {
        match self == Self::default() {
            true => String::new(),
            false => format!("{BEHIND}{}", self.word()),
        }
    }

    /// One word for it: `bar_end`, or `bar_end,exchange`.
    pub fn word(self) -> String {
        let row_time = row_time_word(self.row_time);
        match self.of_exchange {
            true => format!("{row_time},{EXCHANGE}"),
            false => row_time.to_owned(),
        }
    }

    /// What a word of [`SignalTimes::word`] says; `None` for any other.
    pub fn of_word(word: &str) -> Option<Self> {
        let (row_time, zone) = word
            .split_once(',')
            .map_or((word, None), |(row_time, zone)| (row_time, Some(zone)));
        let known = [RowTime::BarStart, RowTime::BarEnd, RowTime::KnownAt];
        let row_time = known
            .into_iter()
            .find(|known| row_time_word(*known) == row_time)?;
        let of_exchange = match zone {
            None => false,
            Some(EXCHANGE) => true,
            Some(_) => return None,
        };
        Some(Self {
            row_time,
            of_exchange,
        })
    }
}

const fn row_time_word(row_time: RowTime) -> &'static str {
    match row_time {
        RowTime::BarStart => "bar_start",
        RowTime::BarEnd => "bar_end",
        RowTime::KnownAt => "known_at",
    }
}

/// The file with rows that a command line names, and how it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowsRead {
    /// The file; FILE stands in its place where it is not known.
    pub file: Option<String>,
    /// The flags that say how it is read, each a flag and its value.
    pub flags: Vec<(&'static str, String)>,
}

impl From<SignalTimes> for RowsRead {
    fn from(times: SignalTimes) -> Self {
        Self {
            file: None,
            flags: times.flags(),
        }
    }
}

impl RowsRead {
    /// The words that name it after `flag`.
    fn words(&self, flag: &'static str) -> Vec<String> {
        let file = self.file.as_deref().unwrap_or("FILE");
        let mut words = vec![format!("{flag} {}", quoted(file))];
        let how = self.flags.iter();
        words.extend(how.map(|(flag, value)| format!("{flag} {}", quoted(value))));
        words
    }
}

/// The command line that makes a run, ready for a shell. Where it needs a file, FILE stands in its place, which is read by
/// default.
pub fn command_line(data_set: &str, window: Window, config: &RunConfig) -> String {
    command_line_of_file(data_set, window, config, &RowsRead::default())
}

/// The same where the file that it needs is this one.
pub fn command_line_of_file(
    data_set: &str,
    window: Window,
    config: &RunConfig,
    read: &RowsRead,
) -> String {
    let file = RowsFile::of(config);
    let settings = settings(&file.base(), config);
    let mut words = opening("backtest", data_set, window, (file, read));
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
    (file, read): (RowsFile, &RowsRead),
) -> Vec<String> {
    let mut words = vec![format!("atrium {command} --data"), quoted(data_set)];
    for (flag, day) in [("--from", window.from), ("--to", window.to)] {
        words.extend(day.map(|day| format!("{flag} {day}")));
    }
    match file {
        RowsFile::None => {}
        RowsFile::Signals => words.extend(read.words("--signals")),
        RowsFile::Predictions => words.extend(read.words("--predictions")),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_times_are_read_is_one_word() {
        for row_time in [RowTime::BarStart, RowTime::BarEnd, RowTime::KnownAt] {
            for of_exchange in [false, true] {
                let times = SignalTimes {
                    row_time,
                    of_exchange,
                };
                assert_eq!(SignalTimes::of_word(&times.word()), Some(times));
                let address = format!("#/backtest?c=1.x.00000000{}", times.behind_link());
                let said = (times != SignalTimes::default()).then_some(times);
                assert_eq!(SignalTimes::in_address(&address), said);
                assert_eq!(SignalTimes::in_address(&(address + "&bar=1")), said);
            }
        }
        assert!(SignalTimes::default().flags().is_empty());
        for word in ["", "noon", "bar_end,", "bar_end,utc", "bar_end,exchange,"] {
            assert_eq!(SignalTimes::of_word(word), None, "{word}");
            let address = format!("#/backtest?c=1.x.00000000&times={word}");
            assert_eq!(SignalTimes::in_address(&address), None, "{word}");
        }
    }
}
