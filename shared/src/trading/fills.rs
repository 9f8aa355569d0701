//! Where orders fill inside a bar: pure functions of prices and levels, called by every driver.

use super::orders::{Leg, Level, Side};
use crate::base::units::{TickGrid, Ticks};

/// The tick of a level once the entry has filled. Distances round to the harder-to-fill tick for a target and to the
/// earlier one for a stop.
pub fn resolve(level: Level, leg: Leg, side: Side, entry_price: f64, grid: &TickGrid) -> Ticks {
    let distance = match level {
        Level::At(ticks) => return ticks,
        Level::FromFill(distance) => grid.price(distance),
    };
    match (leg, side) {
        (Leg::Stop, Side::Long) => grid.ceil(entry_price - distance),
        (Leg::Stop, Side::Short) => grid.floor(entry_price + distance),
        (_, Side::Long) => grid.ceil(entry_price + distance),
        (_, Side::Short) => grid.floor(entry_price - distance),
    }
}

/// The exit of a position at an open that lies at or beyond one of its levels: a gap through a level fills at the open.
pub fn exit_at_open(side: Side, open: f64, target: f64, stop: f64) -> Option<(Leg, f64)> {
    let (stopped, reached) = match side {
        Side::Long => (open <= stop, open >= target),
        Side::Short => (open >= stop, open <= target),
    };
    if stopped {
        Some((Leg::Stop, open))
    } else if reached {
        Some((Leg::Target, open))
    } else {
        None
    }
}

/// The exit of a position inside a bar by the pessimistic rule: where both levels lie in the range, the stop comes first.
pub fn exit_in_range(
    side: Side,
    high: f64,
    low: f64,
    target: f64,
    stop: f64,
) -> Option<(Leg, f64)> {
    let (stopped, reached) = match side {
        Side::Long => (low <= stop, high >= target),
        Side::Short => (high >= stop, low <= target),
    };
    if stopped {
        Some((Leg::Stop, stop))
    } else if reached {
        Some((Leg::Target, target))
    } else {
        None
    }
}
