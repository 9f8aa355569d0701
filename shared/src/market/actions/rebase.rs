//! Finding a change of basis: the same bars asked for twice, with prices that differ by a constant ratio.

use serde::{Deserialize, Serialize};

use super::ActionKind;
use crate::market::bars::BarSeries;

/// How bars that were asked for again compare with those stored.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rebase {
    /// No bar of the one is a bar of the other: nothing can be said.
    NoOverlap,
    /// Prices are the same, but for a tick.
    Same {
        /// How many bars both have.
        bars: usize,
    },
    /// Every price differs by the same ratio: what was stored is on an older basis.
    Changed {
        /// How many bars both have.
        bars: usize,
        /// New price an old price, as measured.
        ratio: f64,
        /// The action that explains it.
        action: ActionKind,
    },
    /// Prices differ, and not by one ratio: a corrected history, or another instrument.
    Inconsistent {
        /// How many bars both have.
        bars: usize,
        /// How many of them differ by more than a tick from the ratio of most.
        unlike: usize,
    },
}

/// Compares bars asked for again (`new`) with those stored (`old`), by their common starts.
///
/// A ratio is constant where every price of every common bar agrees with it to a `tick` of either basis. It is a split where
/// it is a fraction of small whole numbers to that precision, otherwise a dividend.
pub fn detect_rebase(_old: &BarSeries, _new: &BarSeries, _tick: f64) -> Rebase {
    Rebase::NoOverlap
}
