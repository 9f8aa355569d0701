//! Merging bars that overlap: the last received counts, and what changed is said.

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;

/// What a merge did to the stored bars. Reports of parts add up by [`MergeReport::absorb`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MergeReport {
    /// Bars that were not there before.
    pub added: u64,
    /// Bars received again, the same in every column.
    pub unchanged: u64,
    /// Bars received again with other values, which now count.
    pub changed: u64,
    /// Stored bars that were not received again.
    pub kept: u64,
    /// The first changes by time, at most [`MergeReport::EXAMPLES`].
    pub examples: Vec<BarChange>,
}

/// A bar that was received again with other values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BarChange {
    /// The bar's start.
    pub start: Timestamp,
    /// What was stored: open, high, low, close, volume.
    pub stored: [f64; 5],
    /// What counts now.
    pub received: [f64; 5],
}

impl MergeReport {
    /// So many changes are listed.
    pub const EXAMPLES: usize = 20;
}
