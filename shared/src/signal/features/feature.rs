//! One feature: its name, read and written, and what it is.

use core::fmt;
use core::str::FromStr;

use super::registry::{Entry, StreamingFeature, Unit};
use super::{FEATURES, FeatureError};
use crate::signal::indicators::{
    self, BarIndicator, History, INDICATORS, Input, Output, Parameter, Source,
};

/// A feature with its parameters, known by its canonical name.
///
/// A name is `NAME[_PARAMETER…][:COLUMN]`: the output of an indicator or a feature of [`FEATURES`], its parameters in their
/// order, and the column that an indicator of one series runs on where that is not the close. Parameters that are left out
/// have their defaults. Read in any case; the canonical name is in lower case and carries every parameter, but for a
/// period of one bar that is the default: `SMA_7` is `sma_7`, `rsi` is `rsi_14`, `log_return_1` is `log_return`.
#[derive(Debug, Clone)]
pub struct Feature {
    kind: Kind,
    parameters: Vec<f64>,
    name: String,
    lookback_bars: usize,
    history: History,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Own(&'static Entry),
    Indicator {
        entry: &'static indicators::Entry,
        output: usize,
        /// None where the indicator always reads the same columns.
        source: Option<Source>,
    },
}

/// A feature, or the indicator of which it is an output, ready to run.
pub(super) enum Built {
    Own(Box<dyn StreamingFeature>),
    Indicator(Box<dyn BarIndicator>),
}

impl Feature {
    /// The canonical name, which is the name of its column.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name that people read, such as "Relative strength index".
    pub fn title(&self) -> &'static str {
        match self.kind {
            Kind::Own(entry) => entry.title,
            Kind::Indicator { entry, .. } => entry.title,
        }
    }

    /// What it reads of a bar.
    pub fn inputs(&self) -> &'static str {
        match self.kind {
            Kind::Own(entry) => entry.inputs,
            Kind::Indicator { entry, source, .. } => match entry.input {
                Input::Bars(columns) => columns,
                Input::Series => source.unwrap_or_default().name(),
            },
        }
    }

    /// Its unit.
    pub fn unit(&self) -> Unit {
        match (self.kind, self.output()) {
            (Kind::Own(entry), _) => entry.unit,
            (Kind::Indicator { source, .. }, Some(output)) => {
                Unit::of_output(output.unit, source.unwrap_or_default())
            }
            (Kind::Indicator { .. }, None) => Unit::Ratio,
        }
    }

    /// How it is computed, in a line: n, k and m are its parameters, x is what it reads.
    pub fn formula(&self) -> &'static str {
        match self.kind {
            Kind::Own(entry) => entry.formula,
            Kind::Indicator { .. } => self.output().map_or("", |output| output.formula),
        }
    }

    /// Its parameters by name.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        let names = self
            .kind
            .parameters()
            .iter()
            .map(|parameter| parameter.name);
        names.zip(self.parameters.iter().copied())
    }

    /// How many bars pass before the first value.
    pub fn lookback_bars(&self) -> usize {
        self.lookback_bars
    }

    /// Which bars a value depends on.
    pub fn history(&self) -> History {
        self.history
    }

    fn output(&self) -> Option<&'static Output> {
        match self.kind {
            Kind::Own(_) => None,
            Kind::Indicator { entry, output, .. } => entry.outputs.get(output),
        }
    }

    /// Which output of its indicator it is; 0 for a feature of its own.
    pub(super) fn output_index(&self) -> usize {
        match self.kind {
            Kind::Own(_) => 0,
            Kind::Indicator { output, .. } => output,
        }
    }

    /// Whether both can be outputs of one state machine.
    pub(super) fn shares_state_with(&self, other: &Self) -> bool {
        let same = match (self.kind, other.kind) {
            (
                Kind::Indicator {
                    entry: a,
                    source: from_a,
                    ..
                },
                Kind::Indicator {
                    entry: b,
                    source: from_b,
                    ..
                },
            ) => a.name == b.name && from_a == from_b,
            _ => false,
        };
        let pairs = self.parameters.iter().zip(&other.parameters);
        same && pairs.into_iter().all(|(a, b)| a.to_bits() == b.to_bits())
    }

    /// A state machine that computes it.
    pub(super) fn build(&self) -> Result<Built, FeatureError> {
        self.kind.build(&self.name, &self.parameters)
    }
}

impl PartialEq for Feature {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Feature {}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Kind {
    const fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::Own(entry) => entry.parameters,
            Self::Indicator { entry, .. } => entry.parameters,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Own(entry) => entry.name,
            Self::Indicator { entry, output, .. } => {
                entry.outputs.get(output).map_or("", |output| output.name)
            }
        }
    }

    fn build(self, text: &str, parameters: &[f64]) -> Result<Built, FeatureError> {
        match self {
            Self::Own(entry) => {
                let bounds = |reason| FeatureError::Bounds {
                    text: text.to_owned(),
                    reason,
                };
                for (parameter, &value) in entry.parameters.iter().zip(parameters) {
                    parameter.check(value).map_err(bounds)?;
                }
                (entry.build)(parameters).map(Built::Own).map_err(bounds)
            }
            Self::Indicator { entry, source, .. } => {
                let names = entry.parameters.iter().map(|parameter| parameter.name);
                let given: Vec<(&str, f64)> = names.zip(parameters.iter().copied()).collect();
                let built = entry.build(source, &given);
                built
                    .map(Built::Indicator)
                    .map_err(|reason| FeatureError::Build {
                        text: text.to_owned(),
                        reason,
                    })
            }
        }
    }

    /// The canonical name.
    fn named(self, parameters: &[f64]) -> String {
        let mut name = self.name().to_owned();
        let mut defaults = self.parameters().iter().map(|parameter| parameter.default);
        let one_bar = parameters
            .first()
            .is_some_and(|value| value.to_bits() == 1f64.to_bits());
        let default = parameters.iter().all(|value| {
            defaults
                .next()
                .is_some_and(|known| known.to_bits() == value.to_bits())
        });
        if !(one_bar && default) {
            for value in parameters {
                name.push('_');
                name.push_str(&value.to_string());
            }
        }
        if let Self::Indicator {
            source: Some(source),
            ..
        } = self
            && source != Source::default()
        {
            name.push(':');
            name.push_str(source.name());
        }
        name
    }
}

/// Every feature with its default parameters, on the close where it can choose: what can be offered. An indicator whose
/// level depends on every bar since the first is none.
pub fn every_feature() -> Vec<Feature> {
    let own = FEATURES.iter().map(Kind::Own);
    let of_indicators = INDICATORS.iter().flat_map(|entry| {
        (0..entry.outputs.len()).map(move |output| Kind::Indicator {
            entry,
            output,
            source: None,
        })
    });
    own.chain(of_indicators)
        .filter_map(|kind| kind.name().parse().ok())
        .collect()
}

fn known_names() -> String {
    let names: Vec<&str> = FEATURES
        .iter()
        .map(|entry| entry.name)
        .chain(
            INDICATORS
                .iter()
                .flat_map(|entry| entry.outputs.iter().map(|output| output.name)),
        )
        .collect();
    names.join(", ")
}

/// The feature or output of a name, which may be an alias.
fn kind_of(name: &str) -> Option<Kind> {
    let own = FEATURES
        .iter()
        .find(|entry| entry.name == name || entry.aliases.contains(&name));
    if let Some(entry) = own {
        return Some(Kind::Own(entry));
    }
    INDICATORS.iter().find_map(|entry| {
        let output = entry
            .outputs
            .iter()
            .position(|output| output.name == name)?;
        let source = (entry.input == Input::Series).then(Source::default);
        Some(Kind::Indicator {
            entry,
            output,
            source,
        })
    })
}

/// At most so much of a wrong name is repeated in a message.
const SHOWN: usize = 60;

impl FromStr for Feature {
    type Err = FeatureError;

    fn from_str(text: &str) -> Result<Self, FeatureError> {
        let shown = || text.trim().chars().take(SHOWN).collect::<String>();
        let lower = text.trim().to_ascii_lowercase();
        let (words, column) = match lower.split_once(':') {
            Some((words, column)) => (words, Some(column)),
            None => (lower.as_str(), None),
        };
        let (name, given) = split_parameters(words);
        let mut kind = kind_of(name).ok_or_else(|| FeatureError::Unknown {
            text: shown(),
            known: known_names(),
        })?;
        if let Some(column) = column {
            kind = on_column(kind, column, shown)?;
        }
        let known = kind.parameters();
        if given.len() > known.len() {
            let names: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
            return Err(FeatureError::TooManyParameters {
                text: shown(),
                feature: kind.name(),
                given: given.len(),
                known: if names.is_empty() {
                    "none".to_owned()
                } else {
                    names.join(", ")
                },
            });
        }
        let defaults = known
            .iter()
            .skip(given.len())
            .map(|parameter| parameter.default);
        let parameters: Vec<f64> = given.iter().copied().chain(defaults).collect();
        let built = kind.build(&shown(), &parameters)?;
        let (lookback_bars, history) = match &built {
            Built::Own(feature) => (feature.lookback_bars(), feature.history()),
            Built::Indicator(indicator) => (indicator.lookback_bars(), indicator.history()),
        };
        let name = kind.named(&parameters);
        if history == History::Everything {
            return Err(FeatureError::NoStableHistory(name));
        }
        Ok(Self {
            kind,
            parameters,
            name,
            lookback_bars,
            history,
        })
    }
}

/// A name and the numbers behind it: "bb_upper_20_2" is "bb_upper" and 20, 2.
fn split_parameters(words: &str) -> (&str, Vec<f64>) {
    let mut name = words;
    let mut numbers = Vec::new();
    while let Some((before, last)) = name.rsplit_once('_') {
        let digits = !last.is_empty() && last.chars().all(|c| c.is_ascii_digit() || c == '.');
        match last.parse::<f64>() {
            Ok(number) if digits => numbers.push(number),
            _ => break,
        }
        name = before;
    }
    numbers.reverse();
    (name, numbers)
}

fn on_column(kind: Kind, column: &str, shown: impl Fn() -> String) -> Result<Kind, FeatureError> {
    let chosen = Source::ALL
        .into_iter()
        .find(|source| source.name() == column);
    match (kind, chosen) {
        (
            Kind::Indicator {
                entry,
                output,
                source: Some(_),
            },
            Some(chosen),
        ) => Ok(Kind::Indicator {
            entry,
            output,
            source: Some(chosen),
        }),
        (
            Kind::Indicator {
                source: Some(_), ..
            },
            None,
        ) => Err(FeatureError::UnknownSource {
            text: shown(),
            source_name: column.chars().take(SHOWN).collect(),
            known: Source::ALL.map(Source::name).join(", "),
        }),
        _ => Err(FeatureError::NoSource {
            text: shown(),
            feature: kind.name(),
            inputs: match kind {
                Kind::Own(entry) => entry.inputs,
                Kind::Indicator { entry, .. } => match entry.input {
                    Input::Bars(columns) => columns,
                    Input::Series => "one column",
                },
            },
        }),
    }
}
