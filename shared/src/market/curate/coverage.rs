//! Coverage: for each day, whether the bars that the calendar expects are there.

use serde::{Deserialize, Serialize};

use crate::base::time::Day;

/// What is stored of a day's session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// The calendar has no session.
    Closed,
    /// Every expected bar is there and real.
    Complete,
    /// Some expected bars are missing or synthetic.
    Partial,
    /// No expected bar is there and real.
    Missing,
}

/// One day at the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCoverage {
    /// The exchange's local date, which names its session.
    pub day: Day,
    /// What is stored of the session.
    pub state: DayState,
    /// Whether the session closes earlier than usual.
    pub early_close: bool,
    /// Bars that the calendar expects.
    pub expected: u32,
    /// Expected bars that are there and real.
    pub real: u32,
    /// Expected bars that are there and synthetic.
    pub synthetic: u32,
    /// Bars outside the regular hours, closing prints included.
    pub extended: u32,
}

impl DayCoverage {
    /// Expected bars that are not there, or only synthetic.
    pub fn missing(&self) -> u32 {
        self.expected.saturating_sub(self.real)
    }
}

/// Every day from the first to the last that was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The days, without a hole, weekends and holidays included.
    pub days: Vec<DayCoverage>,
}
