//! What is kept of a run: for a sweep the profits of its trades and equity at session closes, for a report whole trades and equity at
//! every bar.

use super::index::Index;
use crate::base::units::Ticks;
use crate::trading::orders::{Bracket, ChargeKind, ExitReason, Fill};
use crate::trading::portfolio::{CostParts, Position, Trade, Unit};

/// An entry that has filled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) bracket: &'a Bracket,
    pub(super) fill: &'a Fill,
    pub(super) target: Option<Ticks>,
    pub(super) stop: Option<Ticks>,
    /// Bars that had ended before it.
    pub(super) bars_before: usize,
}

/// An exit that has filled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leave {
    pub(super) fill: Fill,
    pub(super) why: ExitReason,
    /// The profit by the executed prices.
    pub(super) gross: f64,
    /// Bars that had begun by then.
    pub(super) begun: usize,
    /// Bars that the position was open in to their ends: those from its entry to before this one.
    pub(super) lived: usize,
    /// The stop as it was moved last.
    pub(super) stop: Option<Ticks>,
}

/// Keeps what it is told in the order in which it happens.
pub(super) trait Ledger {
    fn entered(&mut self, entry: Entry<'_>);
    fn charged(&mut self, kind: ChargeKind, amount: f64);
    /// `first` is the first bar in which the position was open.
    fn left(&mut self, first: usize, leave: &Leave, index: &Index<'_>, unit: &Unit);
    /// Equity is `equity(bar)` at the closes before `until` that were not marked yet.
    fn mark(&mut self, until: usize, index: &Index<'_>, equity: impl Fn(usize) -> f64);
    /// All trades of a run that was walked.
    fn traded(&mut self, trades: Vec<Trade>);
}

/// What the headline metrics are computed from.
#[derive(Debug, Clone, Default)]
pub(super) struct Headlines {
    /// Equity at session closes.
    pub(super) equity: Vec<f64>,
    pub(super) sums: Sums,
    costs: CostParts,
}

/// What trades came to, added up in order of exit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) trades: u64,
    pub(super) wins: u64,
    /// Summed net profit of the wins.
    pub(super) profit: f64,
    /// Summed net profit of the losses, 0 or less.
    pub(super) loss: f64,
}

impl Sums {
    /// Which of the two sums a profit belongs to is not foreseeable: adding 0 to the other, which is never −0, needs no branch.
    #[inline(always)]
    pub(super) fn take(&mut self, net: f64) {
        self.trades += 1;
        self.wins += u64::from(net > 0.0);
        self.profit += if net > 0.0 { net } else { 0.0 };
        self.loss += if net < 0.0 { net } else { 0.0 };
    }
}

impl Headlines {
    pub(super) fn clear(&mut self) {
        let mut equity = core::mem::take(&mut self.equity);
        equity.clear();
        *self = Self {
            equity,
            ..Self::default()
        };
    }
}

impl Ledger for Headlines {
    fn entered(&mut self, entry: Entry<'_>) {
        self.costs = CostParts::default();
        self.costs.add_fill(entry.fill);
    }

    fn charged(&mut self, kind: ChargeKind, amount: f64) {
        self.costs.add_charge(kind, amount);
    }

    fn left(&mut self, _: usize, leave: &Leave, _: &Index<'_>, _: &Unit) {
        self.costs.add_fill(&leave.fill);
        self.sums.take(0.0 + leave.gross - self.costs.charged());
    }

    fn traded(&mut self, trades: Vec<Trade>) {
        let profits = trades.iter().map(|trade| trade.net_profit);
        profits.for_each(|net| self.sums.take(net));
    }

    fn mark(&mut self, until: usize, index: &Index<'_>, equity: impl Fn(usize) -> f64) {
        while let Some(session) = index.sessions().get(self.equity.len()) {
            if session.last >= until {
                break;
            }
            self.equity.push(equity(session.last));
        }
    }
}

/// What a whole run leaves: its trades, and equity at every bar's close.
#[derive(Debug, Clone, Default)]
pub(super) struct Records {
    pub(super) equity: Vec<f64>,
    pub(super) trades: Vec<Trade>,
    position: Option<Position>,
}

impl Ledger for Records {
    fn entered(&mut self, entry: Entry<'_>) {
        let before = entry.bars_before as u64;
        let Entry {
            bracket,
            fill,
            target,
            stop,
            ..
        } = entry;
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
        for bar in first..leave.lived {
            if let Some(lived) = index.bar(bar) {
                position.live_through_bar(&lived, bar as u64, unit.value);
            }
        }
        position.reduce(&leave.fill, unit.value);
        let begun = leave.begun as u64;
        let trade = position.round_trip(&leave.fill, leave.why, begun, unit);
        self.trades.push(trade);
    }

    fn traded(&mut self, trades: Vec<Trade>) {
        self.trades = trades;
    }

    fn mark(&mut self, until: usize, _: &Index<'_>, equity: impl Fn(usize) -> f64) {
        self.equity.extend((self.equity.len()..until).map(equity));
    }
}
