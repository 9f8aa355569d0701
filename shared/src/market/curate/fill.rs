//! Filling short gaps with flagged synthetic bars.

use serde::{Deserialize, Serialize};

use super::Gap;

/// How the length of a gap is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillMeasure {
    /// Minutes of sessions between the two real bars; a wholly missing session is never filled.
    #[default]
    SessionMinutes,
    /// Minutes by the clock between the two real bars, nights and weekends included.
    ClockMinutes,
}

/// Which gaps are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FillRule {
    /// The longest gap that is filled, in minutes; 0 fills none.
    pub max_fill_minutes: u32,
    /// How a gap is measured.
    pub measure: FillMeasure,
}

impl Default for FillRule {
    fn default() -> Self {
        Self {
            max_fill_minutes: 30,
            measure: FillMeasure::SessionMinutes,
        }
    }
}

impl FillRule {
    /// Up to 48 hours by the clock: what earlier tools did. Missing sessions among the week are filled too.
    pub const FORTY_EIGHT_HOURS: Self = Self {
        max_fill_minutes: 48 * 60,
        measure: FillMeasure::ClockMinutes,
    };
}

/// What was filled and what was left. Only expected bars of sessions between two real bars are ever filled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillReport {
    /// Gaps filled.
    pub gaps_filled: u64,
    /// Synthetic bars made.
    pub bars_added: u64,
    /// Gaps left.
    pub gaps_left: u64,
    /// Bars missing in them.
    pub bars_left: u64,
    /// Sessions without any real bar that were left.
    pub sessions_left: u32,
    /// The gaps left, by time; of very many only the longest.
    pub left: Vec<Gap>,
}
