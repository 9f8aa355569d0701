//! What of a run the headline metrics are computed from.

use crate::research::backtest::{Entry, Index, Leave, Ledger};
use crate::trading::orders::ChargeKind;
use crate::trading::portfolio::{CostParts, Trade, Unit};
use crate::trading::strategy::NoTrade;

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

    /// Takes in a run that was walked: equity at its closes, and its trades.
    pub(super) fn take(&mut self, equity: &[f64], trades: &[Trade], index: &Index<'_>) {
        let closes = index.sessions().iter();
        self.equity
            .extend(closes.filter_map(|session| equity.get(session.last)));
        trades
            .iter()
            .for_each(|trade| self.sums.take(trade.net_profit));
    }
}

impl Ledger for Headlines {
    const COUNTS: bool = false;

    fn entered(&mut self, entry: Entry<'_>, _: &Unit) {
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

    fn mark(&mut self, until: usize, index: &Index<'_>, equity: impl Fn(f64) -> f64) {
        while let Some(session) = index.sessions().get(self.equity.len()) {
            if session.last >= until {
                break;
            }
            self.equity.push(equity(index.close(session.last)));
        }
    }

    fn refused(&mut self, _: NoTrade, _: u64) {}
}
