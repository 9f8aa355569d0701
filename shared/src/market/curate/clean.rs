//! Cleaning: rows in the order received become bars in order of time, each time once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Curated;
use crate::base::time::Timestamp;
use crate::market::bars::{RejectKind, Rejected};

/// What cleaning gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Cleaned {
    /// The bars: raw prices, nothing synthetic, no actions.
    pub bars: Curated,
    /// What was done.
    pub report: CleanReport,
    /// The rows that are no valid bars, in the order received.
    pub rejected: Vec<Rejected>,
    /// The times that more than one row carried, sorted, each once.
    pub duplicated: Vec<Timestamp>,
}

/// What cleaning did. Reports of parts (months, files) add up by [`CleanReport::absorb`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CleanReport {
    /// Rows received.
    pub rows: u64,
    /// Bars kept.
    pub kept: u64,
    /// Rows dropped because a later row with the same time is the same in every column.
    pub exact_duplicates: u64,
    /// Rows dropped because a later row with the same time differs: the last received counts.
    pub conflicting_duplicates: u64,
    /// Distinct times that more than one row carried.
    pub duplicated_times: u64,
    /// Valid rows that start before the row received before them.
    pub out_of_order: u64,
    /// Rows refused, by what is wrong.
    pub rejected: BTreeMap<RejectKind, u64>,
    /// The first conflicts by time, at most [`CleanReport::EXAMPLES`].
    pub conflicts: Vec<Conflict>,
}

/// Two rows with one time that differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    /// The time.
    pub start: Timestamp,
    /// What was kept: open, high, low, close, volume.
    pub kept: [f64; 5],
    /// What was dropped.
    pub dropped: [f64; 5],
    /// The line of what was kept.
    pub kept_line: u64,
    /// The line of what was dropped.
    pub dropped_line: u64,
}

impl CleanReport {
    /// So many conflicts are listed.
    pub const EXAMPLES: usize = 20;
}
