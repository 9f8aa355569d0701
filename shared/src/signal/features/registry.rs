//! What a feature says of itself.

use serde::Serialize;

use super::FeatureBar;
use crate::base::units::OutOfBounds;
use crate::signal::indicators::{self, History, Parameter, Source};

/// A feature that is no output of an indicator.
#[derive(Debug)]
pub struct Entry {
    /// The name in lists and tables.
    pub name: &'static str,
    /// Other names that it is found by.
    pub aliases: &'static [&'static str],
    /// The name that people read.
    pub title: &'static str,
    /// What it reads of a bar.
    pub inputs: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// How it is computed, in a line.
    pub formula: &'static str,
    /// Its parameters, in the order in which its name carries them.
    pub parameters: &'static [Parameter],
    /// Builds it of as many values as it has parameters, each within its bounds.
    pub(super) build: Build,
}

/// Builds a feature of its parameters.
pub(super) type Build = fn(&[f64]) -> Result<Box<dyn StreamingFeature>, OutOfBounds>;

/// A feature as a streaming state machine.
pub trait StreamingFeature: Send {
    /// Takes a finished bar; the value as of its end, `None` while warming up and where the formula gives none.
    fn update(&mut self, bar: &FeatureBar) -> Option<f64>;

    /// Takes bars one after the other and adds their values to `values`: [`StreamingFeature::update`] without a call through a
    /// pointer for each bar.
    fn update_each(&mut self, bars: &[FeatureBar], values: &mut Vec<Option<f64>>) {
        values.extend(bars.iter().map(|bar| self.update(bar)));
    }

    /// How many bars pass before the first value.
    fn lookback_bars(&self) -> usize;

    /// Which bars a value depends on.
    fn history(&self) -> History;
}

/// What a feature is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// The adjusted price of one unit of the instrument.
    Price,
    /// Adjusted traded quantity.
    Volume,
    /// Hundredths: 1 is 1 percent.
    Percent,
    /// A pure number of which 1 is the whole.
    Ratio,
    /// The points of an oscillator, such as 0 to 100.
    Index,
    /// An hour of the day, 0 to 23.
    Hour,
    /// A day of the week, Monday = 0 to Sunday = 6.
    Weekday,
}

impl Unit {
    /// The unit of an indicator's output that runs on a column.
    pub(super) fn of_output(unit: indicators::Unit, source: Source) -> Self {
        match (unit, source) {
            (indicators::Unit::Input, Source::Volume) | (indicators::Unit::Volume, _) => {
                Self::Volume
            }
            (indicators::Unit::Input | indicators::Unit::Price, _) => Self::Price,
            (indicators::Unit::Percent, _) => Self::Percent,
            (indicators::Unit::Ratio, _) => Self::Ratio,
            (indicators::Unit::Index, _) => Self::Index,
        }
    }

    /// The unit in a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Volume => "volume",
            Self::Percent => "percent",
            Self::Ratio => "ratio",
            Self::Index => "index",
            Self::Hour => "hour",
            Self::Weekday => "weekday",
        }
    }
}
