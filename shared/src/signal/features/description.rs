//! What a feature says of itself, in one piece: for tables, JSON and pages.

use serde::Serialize;

use super::Feature;
use super::registry::Unit;
use super::stream::StableHistory;

/// A feature as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// The canonical name.
    pub name: String,
    /// The name that people read.
    pub title: &'static str,
    /// What it reads of a bar.
    pub inputs: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// How it is computed.
    pub formula: &'static str,
    /// How many bars pass before the first value.
    pub lookback_bars: usize,
    /// How many bars must be loaded, so that it is what the full history gives, to 1e-6.
    pub stable_history: StableHistory,
}

impl Feature {
    /// What the feature says of itself.
    pub fn description(&self) -> Description {
        Description {
            name: self.name().to_owned(),
            title: self.title(),
            inputs: self.inputs(),
            unit: self.unit(),
            formula: self.formula(),
            lookback_bars: self.lookback_bars(),
            stable_history: StableHistory::of(self.history()),
        }
    }
}
