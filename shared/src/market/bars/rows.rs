//! Rows as a source gave them, before anyone has judged them, and those that were refused.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::BadBar;
use crate::base::time::Timestamp;

/// One row of a source whose fields were read, in the order received; not yet known to be a valid bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BarRow {
    /// The row's line in its file, from 1.
    pub line: u64,
    /// The bar's start.
    pub start: Timestamp,
    /// `[open, high, low, close]`.
    pub prices: [f64; 4],
    /// Traded quantity.
    pub volume: f64,
    /// Ask less bid at the bar's close, in price units, where the source quotes both sides.
    pub spread: Option<f64>,
}

/// What is wrong with a row that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectKind {
    /// The row has too few or too many fields, or is no text.
    Fields,
    /// The time cannot be read, or does not exist in its zone.
    Time,
    /// A price or the volume is no number.
    Number,
    /// A price or the volume is NaN or infinite.
    NotFinite,
    /// A price is zero or negative.
    NotPositive,
    /// The volume is negative.
    NegativeVolume,
    /// The high is not the highest price, or the low not the lowest.
    Range,
    /// The row is of another interval than the file.
    Interval,
}

impl fmt::Display for RejectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fields => "fields",
            Self::Time => "time",
            Self::Number => "no number",
            Self::NotFinite => "not finite",
            Self::NotPositive => "price not above 0",
            Self::NegativeVolume => "negative volume",
            Self::Range => "high or low inconsistent",
            Self::Interval => "other interval",
        })
    }
}

impl From<&BadBar> for RejectKind {
    fn from(bad: &BadBar) -> Self {
        match bad {
            BadBar::NotFinite { .. } => Self::NotFinite,
            BadBar::NotPositive { .. } => Self::NotPositive,
            BadBar::NegativeVolume(_) => Self::NegativeVolume,
            BadBar::Range { .. } => Self::Range,
            BadBar::EndsBeforeStart { .. } | BadBar::Time(_) => Self::Time,
        }
    }
}

/// A row that goes to the quarantine instead of the bars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The row's line in its file, from 1.
    pub line: u64,
    /// What is wrong, to count by.
    pub kind: RejectKind,
    /// What is wrong, in words with the value.
    pub reason: String,
    /// The row as it stands in the file, or its fields where the file is no text.
    pub text: String,
}
