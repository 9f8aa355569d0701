//! What is kept of a run: for a sweep the profits of its trades and equity at session closes, for a report whole trades and equity at
//! every bar.

use super::candidates::Candidates;
use super::index::Index;
use crate::base::units::Ticks;
use crate::trading::orders::{Bracket, ChargeKind, ExitReason, Fill};
use crate::trading::portfolio::{Position, Trade, Unit};
use crate::trading::strategy::NoTrade;

/// An entry that has filled.
#[derive(Debug, Clone, Copy)]
pub(in crate::research) struct Entry<'a> {
    pub(in crate::research) bracket: &'a Bracket,
    pub(in crate::research) fill: &'a Fill,
    pub(in crate::research) target: Option<Ticks>,
    pub(in crate::research) stop: Option<Ticks>,
    /// Bars that had ended before it.
    pub(in crate::research) bars_before: usize,
}

/// An exit that has filled.
#[derive(Debug, Clone, Copy)]
pub(in crate::research) struct Leave {
    pub(in crate::research) fill: Fill,
    pub(in crate::research) why: ExitReason,
    /// The profit by the executed prices.
    pub(in crate::research) gross: f64,
    /// Bars that had begun by then.
    pub(in crate::research) begun: usize,
    /// Bars that the position was open in to their ends: those from its entry to before this one.
    pub(in crate::research) lived: usize,
    /// The stop as it was moved last.
    pub(in crate::research) stop: Option<Ticks>,
}

/// Keeps what it is told in the order in which it happens.
pub(in crate::research) trait Ledger {
    /// Whether it is told of decisions that did not trade.
    const COUNTS: bool;

    fn entered(&mut self, entry: Entry<'_>, unit: &Unit);
    fn charged(&mut self, kind: ChargeKind, amount: f64);
    /// `first` is the first bar in which the position was open.
    fn left(&mut self, first: usize, leave: &Leave, index: &Index<'_>, unit: &Unit);
    /// Equity is `equity(close)` at the closes before `until` that were not marked yet.
    fn mark(&mut self, until: usize, index: &Index<'_>, equity: impl Fn(f64) -> f64);
    /// So many decisions did not trade for a reason that no gate gives.
    fn refused(&mut self, reason: NoTrade, decisions: u64);
}

/// What a whole run leaves, as long as it goes on.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) equity: Vec<f64>,
    pub(super) trades: Vec<Trade>,
    pub(super) no_trades: [u64; NoTrade::COUNT],
    pub(super) bars_in_position: u64,
    pub(super) traded_notional: f64,
    position: Option<Position>,
}

impl Records {
    /// Of a run over so many bars, at each of whose closes gates are asked, whatever is held.
    pub(super) fn of(bars: usize, candidates: &Candidates) -> Self {
        Self {
            equity: Vec::with_capacity(bars),
            no_trades: *candidates.shut(),
            ..Self::default()
        }
    }

    fn traded(&mut self, fill: &Fill, unit: &Unit) {
        self.traded_notional += fill.lots.0 as f64 * fill.price * unit.value;
    }
}

impl Ledger for Records {
    const COUNTS: bool = true;

    fn entered(&mut self, entry: Entry<'_>, unit: &Unit) {
        let before = entry.bars_before as u64;
        let Entry {
            bracket,
            fill,
            target,
            stop,
            ..
        } = entry;
        self.traded(fill, unit);
        self.position = Some(Position::open(*bracket, fill, target, stop, before));
    }

    fn charged(&mut self, kind: ChargeKind, amount: f64) {
        if let Some(position) = &mut self.position {
            position.costs.add_charge(kind, amount);
        }
    }

    fn left(&mut self, first: usize, leave: &Leave, index: &Index<'_>, unit: &Unit) {
        let Some(mut position) = self.position.take() else {
            return;
        };
        position.stop = leave.stop;
        if first < leave.lived
            && let Some(bar) = index.bar(first)
        {
            position.live_through_bar(&bar, first as u64, unit.value);
        }
        let after = first + 1;
        if after < leave.lived {
            // what a position is worth rises and falls with the price, also as it is rounded: the two furthest prices stand for all
            let (low, high) = index.extremes.range(after, leave.lived);
            position.live_through(low, unit.value);
            position.live_through(high, unit.value);
        }
        position.reduce(&leave.fill, unit.value);
        self.traded(&leave.fill, unit);
        self.bars_in_position += (leave.begun - first) as u64;
        let begun = leave.begun as u64;
        let trade = position.round_trip(&leave.fill, leave.why, begun, unit);
        self.trades.push(trade);
    }

    // one loop for all that call it, rather than one in each
    #[inline(never)]
    fn mark(&mut self, until: usize, index: &Index<'_>, equity: impl Fn(f64) -> f64) {
        let closes = index.closes().get(self.equity.len()..until);
        let closes = closes.unwrap_or_default().iter();
        self.equity.extend(closes.map(|&close| equity(close)));
    }

    fn refused(&mut self, reason: NoTrade, decisions: u64) {
        if let Some(count) = self.no_trades.get_mut(reason as usize) {
            *count += decisions;
        }
    }
}
