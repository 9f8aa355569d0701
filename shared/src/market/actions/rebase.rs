//! Finding a change of basis: the same bars asked for twice, with prices that differ by a constant ratio.

use serde::{Deserialize, Serialize};

use super::ActionKind;
use super::fraction::simplest_within;
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

/// Ratios nearer to 1 than this are no action: no dividend worth the name is smaller.
const LEAST: f64 = 0.000_5;

/// Compares bars asked for again (`new`) with those stored (`old`), by their common starts.
///
/// A ratio is constant where every price of every common bar agrees with it to a `tick` (both series are rounded to it). It is
/// a split where a fraction of whole numbers up to 100 fits that well and moves prices by a tenth or more, otherwise a
/// dividend. Ask for bars of several prices: a single flat bar fits any ratio.
pub fn detect_rebase(old: &BarSeries, new: &BarSeries, tick: f64) -> Rebase {
    let pairs = common_prices(old, new);
    if pairs.is_empty() {
        return Rebase::NoOverlap;
    }
    let bars = pairs.len() / 4;
    let Some(bounds) = bounds_of(&pairs, tick) else {
        return match unlike(&pairs, tick) {
            0 => Rebase::Same { bars },
            unlike => Rebase::Inconsistent { bars, unlike },
        };
    };
    let (low, high) = bounds;
    let ratio = (low + high) / 2.0;
    if (low..=high).contains(&1.0) || (ratio - 1.0).abs() < LEAST {
        return Rebase::Same { bars };
    }
    let split = simplest_within(1.0 / high, 1.0 / low, LARGEST_PART)
        .filter(|split| (split - 1.0).abs() >= 0.1);
    let action = match split {
        Some(ratio) => ActionKind::Split { ratio },
        None => ActionKind::Dividend { factor: ratio },
    };
    Rebase::Changed {
        bars,
        ratio,
        action,
    }
}

/// The largest number in a split's ratio that is believed without being told.
const LARGEST_PART: u32 = 100;

/// Old and new price, four a bar, of the bars that both have.
fn common_prices(old: &BarSeries, new: &BarSeries) -> Vec<(f64, f64)> {
    let mut pairs = Vec::new();
    let mut stored = old.rows().peekable();
    for (start, prices, _) in new.rows() {
        while stored.next_if(|(time, ..)| *time < start).is_some() {}
        if let Some((_, before, _)) = stored.next_if(|(time, ..)| *time == start) {
            pairs.extend(before.into_iter().zip(prices));
        }
    }
    pairs
}

/// The ratios, new to old, that every pair allows, where each price is rounded to a tick.
fn bounds_of(pairs: &[(f64, f64)], tick: f64) -> Option<(f64, f64)> {
    let half = tick / 2.0;
    let (mut low, mut high) = (0.0, f64::INFINITY);
    for &(old, new) in pairs {
        let least = (new - half) / (old + half);
        let most = if old > half {
            (new + half) / (old - half)
        } else {
            f64::INFINITY
        };
        if least > low {
            low = least;
        }
        if most < high {
            high = most;
        }
    }
    (low <= high && high.is_finite() && low > 0.0).then_some((low, high))
}

/// Bars that disagree with the median ratio by more than a tick of either basis; the median is of rounded prices itself.
fn unlike(pairs: &[(f64, f64)], tick: f64) -> usize {
    let mut ratios: Vec<f64> = pairs.iter().map(|(old, new)| new / old).collect();
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(ratios.len() / 2).copied().unwrap_or(1.0);
    let agrees = |&(old, new): &(f64, f64)| (new - old * median).abs() <= tick * (1.0 + median);
    pairs
        .chunks(4)
        .filter(|bar| !bar.iter().all(agrees))
        .count()
}
