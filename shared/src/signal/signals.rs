//! Signals that were made elsewhere: at which bar to be long, short or flat.

use serde::{Deserialize, Serialize};

/// Where a signal wants to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Long.
    Long = 0,
    /// Short.
    Short = 1,
    /// Out of the market.
    Flat = 2,
}

/// A signal as the engine meets it, at the close of its bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal {
    /// Where it wants to be.
    pub direction: Direction,
    /// The quantity it asks for, in units of the instrument; the run's sizing decides where it is absent.
    pub size: Option<f64>,
    /// The price at which to take profit.
    pub target: Option<f64>,
    /// The price at which to give up.
    pub stop: Option<f64>,
}
