//! What an indicator says of itself, so that pages, features and links can offer it and build it by name.

use super::{History, INDICATORS, Indicator, SessionBar};
use crate::base::units::{OutOfBounds, within};

/// The longest period that any indicator takes, which is TA-Lib's too.
const LONGEST: f64 = 100_000.0;

/// One indicator of the registry.
#[derive(Debug)]
pub struct Entry {
    /// The name in configurations and links.
    pub name: &'static str,
    /// The name that people read.
    pub title: &'static str,
    /// What it reads of a bar.
    pub input: Input,
    /// Its parameters, in the order of its constructor.
    pub parameters: &'static [Parameter],
    /// What it gives at each bar, in this order. No two indicators share the name of an output.
    pub outputs: &'static [Output],
    pub(super) build: fn(&Arguments) -> Result<Box<dyn BarIndicator>, OutOfBounds>,
}

/// What an indicator reads of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// One column, which the user chooses ([`Source`]).
    Series,
    /// These columns, always the same.
    Bars(&'static str),
}

/// A column of bars that an indicator of one series can run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// First prices.
    Open,
    /// Highest prices.
    High,
    /// Lowest prices.
    Low,
    /// Last prices.
    #[default]
    Close,
    /// Traded quantities.
    Volume,
    /// Typical prices `(high + low + close) / 3`.
    Typical,
}

impl Source {
    /// Every source, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::Open,
        Self::High,
        Self::Low,
        Self::Close,
        Self::Volume,
        Self::Typical,
    ];

    /// The name in configurations and links.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
            Self::Typical => "typical",
        }
    }

    /// The value of this column in a bar.
    pub fn of(self, bar: &SessionBar) -> f64 {
        match self {
            Self::Open => bar.open,
            Self::High => bar.high,
            Self::Low => bar.low,
            Self::Close => bar.close,
            Self::Volume => bar.volume,
            Self::Typical => bar.typical(),
        }
    }
}

/// A parameter of an indicator: its name, default and bounds, which its constructor checks too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// The name in configurations and links.
    pub name: &'static str,
    /// The value where none is given.
    pub default: f64,
    /// The least value.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
    /// Whether it counts bars and so must be a whole number.
    pub whole: bool,
}

impl Parameter {
    /// A number of bars, from `least` to 100,000.
    pub(in crate::signal) const fn bars(name: &'static str, default: usize, least: usize) -> Self {
        Self {
            name,
            default: default as f64,
            low: least as f64,
            high: LONGEST,
            whole: true,
        }
    }

    /// Any number from `low` to `high`.
    pub(super) const fn factor(name: &'static str, default: f64, low: f64, high: f64) -> Self {
        Self {
            name,
            default,
            low,
            high,
            whole: false,
        }
    }

    /// `value`, if it is one that this parameter can have.
    ///
    /// # Errors
    /// [`OutOfBounds`] with the name, the value and the bounds.
    pub fn check(&self, value: f64) -> Result<f64, OutOfBounds> {
        within(self.name, value, self.low, self.high)?;
        if self.whole && value.fract() != 0.0 {
            return Err(OutOfBounds {
                name: self.name,
                value,
                bound: format!("a whole number from {} to {}", self.low, self.high),
            });
        }
        Ok(value)
    }

    /// The same for a number of bars.
    pub(super) fn check_bars(&self, value: usize) -> Result<usize, OutOfBounds> {
        self.check(value as f64)?;
        Ok(value)
    }
}

/// An output of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// The name of its column.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// How it is computed, in a line; the docstring of the indicator has the rest.
    pub formula: &'static str,
}

impl Output {
    pub(super) const fn new(name: &'static str, unit: Unit, formula: &'static str) -> Self {
        Self {
            name,
            unit,
            formula,
        }
    }
}

/// What a value is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The unit of the series that it runs on.
    Input,
    /// The price of one unit of the instrument.
    Price,
    /// Traded quantity.
    Volume,
    /// Hundredths: 1 is 1 percent.
    Percent,
    /// A pure number of which 1 is the whole.
    Ratio,
    /// The points of an oscillator, such as 0 to 100.
    Index,
}

/// An indicator that takes whole bars and has any number of outputs: what the registry builds.
pub trait BarIndicator: Send {
    /// Takes a finished bar; one value for each output of its [`Entry`], `None` while warming up and where the formula
    /// gives none.
    fn update(&mut self, bar: &SessionBar) -> &[Option<f64>];

    /// Takes bars one after the other and adds their values to `values`, bar by bar: [`BarIndicator::update`] without a call through
    /// a pointer for each bar. How many outputs there are.
    fn update_each(&mut self, bars: &[SessionBar], values: &mut Vec<Option<f64>>) -> usize;

    /// How many bars pass before the first values.
    fn lookback_bars(&self) -> usize;

    /// Which bars a value depends on.
    fn history(&self) -> History;
}

/// What a registered indicator is built from: its parameters, within their bounds, and the column it runs on.
pub(super) struct Arguments<'a> {
    source: Source,
    given: &'a [(&'a str, f64)],
}

impl Arguments<'_> {
    /// A parameter, or its default.
    pub(super) fn factor(&self, parameter: &Parameter) -> f64 {
        self.given
            .iter()
            .find(|(name, _)| *name == parameter.name)
            .map_or(parameter.default, |(_, value)| *value)
    }

    /// A parameter that counts bars, or its default.
    pub(super) fn bars(&self, parameter: &Parameter) -> usize {
        self.factor(parameter) as usize
    }

    /// An indicator of one series, run on the chosen column.
    pub(super) fn series<I, const N: usize>(
        &self,
        indicator: I,
        outputs: fn(I::Output) -> [Option<f64>; N],
    ) -> Box<dyn BarIndicator>
    where
        I: Indicator<Input = f64> + Send + 'static,
    {
        let source = self.source;
        boxed(indicator, move |bar| source.of(bar), outputs)
    }

    /// An indicator of bars, which `input` takes apart.
    pub(super) fn bars_by<I, const N: usize>(
        &self,
        indicator: I,
        input: fn(&SessionBar) -> I::Input,
        outputs: fn(I::Output) -> [Option<f64>; N],
    ) -> Box<dyn BarIndicator>
    where
        I: Indicator + Send + 'static,
        I::Input: 'static,
    {
        boxed(indicator, input, outputs)
    }
}

/// An indicator between the bar it takes its input from and the list that its outputs go to.
struct Adapter<I: Indicator, F, const N: usize> {
    indicator: I,
    input: F,
    outputs: fn(I::Output) -> [Option<f64>; N],
    values: [Option<f64>; N],
}

impl<I, F, const N: usize> BarIndicator for Adapter<I, F, N>
where
    I: Indicator + Send,
    F: Fn(&SessionBar) -> I::Input + Send,
{
    fn update(&mut self, bar: &SessionBar) -> &[Option<f64>] {
        let value = self.indicator.update((self.input)(bar));
        self.values = value.map_or([None; N], self.outputs);
        &self.values
    }

    fn update_each(&mut self, bars: &[SessionBar], values: &mut Vec<Option<f64>>) -> usize {
        for bar in bars {
            let value = self.indicator.update((self.input)(bar));
            values.extend(value.map_or([None; N], self.outputs));
        }
        N
    }

    fn lookback_bars(&self) -> usize {
        self.indicator.lookback_bars()
    }

    fn history(&self) -> History {
        self.indicator.history()
    }
}

fn boxed<I, F, const N: usize>(
    indicator: I,
    input: F,
    outputs: fn(I::Output) -> [Option<f64>; N],
) -> Box<dyn BarIndicator>
where
    I: Indicator + Send + 'static,
    F: Fn(&SessionBar) -> I::Input + Send + 'static,
{
    Box::new(Adapter {
        indicator,
        input,
        outputs,
        values: [None; N],
    })
}

/// Why an indicator was not built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BuildError {
    /// No indicator has the name.
    #[error("there is no indicator {name:?}; there are: {known}")]
    NoIndicator {
        /// The name asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// The indicator has no such parameter.
    #[error("{indicator} has no parameter {name:?}; it has: {known}")]
    NoParameter {
        /// The indicator.
        indicator: &'static str,
        /// The name asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// A parameter is given more than once.
    #[error("{indicator}: the parameter {name} is given more than once")]
    Twice {
        /// The indicator.
        indicator: &'static str,
        /// The parameter.
        name: &'static str,
    },
    /// A column was chosen for an indicator that always reads the same ones.
    #[error("{indicator} always reads {columns}: leave out the source {source_name}")]
    NoSource {
        /// The indicator.
        indicator: &'static str,
        /// What it reads.
        columns: &'static str,
        /// The column that was chosen.
        source_name: &'static str,
    },
    /// A parameter is out of its bounds.
    #[error("{indicator}: {reason}")]
    Bounds {
        /// The indicator.
        indicator: &'static str,
        /// Which parameter, its value and its bounds.
        reason: OutOfBounds,
    },
}

/// Names in a row; "none" without any.
fn listed(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

impl Entry {
    /// Builds the indicator. A parameter that is not given has its default, a source that is not given is the close.
    ///
    /// # Errors
    /// [`BuildError`] for a parameter that it does not have, that is given twice or that is out of its bounds, and for a
    /// source where it takes none.
    pub fn build(
        &self,
        source: Option<Source>,
        given: &[(&str, f64)],
    ) -> Result<Box<dyn BarIndicator>, BuildError> {
        if let (Input::Bars(columns), Some(source)) = (self.input, source) {
            return Err(BuildError::NoSource {
                indicator: self.name,
                columns,
                source_name: source.name(),
            });
        }
        let bounds = |reason| BuildError::Bounds {
            indicator: self.name,
            reason,
        };
        for (index, &(name, value)) in given.iter().enumerate() {
            let Some(parameter) = self.parameters.iter().find(|known| known.name == name) else {
                return Err(BuildError::NoParameter {
                    indicator: self.name,
                    name: name.to_owned(),
                    known: listed(self.parameters.iter().map(|known| known.name)),
                });
            };
            if given.iter().take(index).any(|(before, _)| *before == name) {
                return Err(BuildError::Twice {
                    indicator: self.name,
                    name: parameter.name,
                });
            }
            parameter.check(value).map_err(bounds)?;
        }
        let source = source.unwrap_or_default();
        (self.build)(&Arguments { source, given }).map_err(bounds)
    }
}

/// The indicator of a name.
///
/// # Errors
/// [`BuildError::NoIndicator`] with the names that exist.
pub fn find(name: &str) -> Result<&'static Entry, BuildError> {
    INDICATORS
        .iter()
        .find(|entry| entry.name == name)
        .ok_or_else(|| BuildError::NoIndicator {
            name: name.to_owned(),
            known: listed(INDICATORS.iter().map(|entry| entry.name)),
        })
}

/// The columns of an indicator over a series of bars: one for each output, one value for each bar.
pub fn over_bars(
    indicator: &mut dyn BarIndicator,
    bars: impl IntoIterator<Item = SessionBar>,
) -> Vec<Vec<Option<f64>>> {
    let mut columns = Vec::new();
    for bar in bars {
        let values = indicator.update(&bar);
        columns.resize_with(values.len(), Vec::new);
        for (column, value) in columns.iter_mut().zip(values) {
            column.push(*value);
        }
    }
    columns
}
