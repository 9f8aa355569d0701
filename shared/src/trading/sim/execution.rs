//! One execution: how much of it the volume allows, at which price, and what it costs.

use super::SimBroker;
use super::book::{Book, Entered, Working};
use crate::base::time::Timestamp;
use crate::base::units::Lots;
use crate::trading::costs::{Asked, Commission, Costs, Quote, Traded};
use crate::trading::engine::Event;
use crate::trading::fills::FillRules;
use crate::trading::orders::{ExecId, Fill, InstId, Leg, LegState, Side};

/// Shares traded in a calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Month {
    /// Year and month, as one number.
    key: i32,
    pub(super) shares: f64,
}

/// One execution to be made.
#[derive(Clone, Copy)]
pub(super) struct Execution {
    pub(super) leg: Leg,
    pub(super) lots: i64,
    /// The price before slippage and spread.
    pub(super) price: f64,
    /// Whether it pays slippage and spread: market and stop orders do.
    pub(super) pays: bool,
    pub(super) at: Timestamp,
}

/// The price at which a leg of a bracket of a side executes, given the market's and whether it pays slippage and spread.
pub(super) fn quote(
    costs: &Costs,
    rules: &FillRules,
    book: &Book,
    (leg, side, price, pays): (Leg, Side, f64, bool),
) -> Quote {
    costs.quote(Asked {
        leg,
        side,
        price,
        pays,
        spread_at_entry: rules.dialect.spread_at_entry(),
        tick: book.tick,
        atr: book.atr,
    })
}

impl SimBroker {
    /// Makes an execution, as far as the volume goes and, where quantities are found at the fill, the cash; whether anything
    /// filled.
    pub(super) fn execute(
        &mut self,
        inst: InstId,
        index: usize,
        execution: Execution,
        out: &mut Vec<Event>,
    ) -> bool {
        let Execution { leg, price, at, .. } = execution;
        let Some((quote, wanted)) = self.quoted(inst, index, &execution) else {
            return false;
        };
        let Self {
            books,
            costs,
            next_exec,
            month,
            account,
            ..
        } = self;
        let Some(book) = books.get_mut(usize::from(inst.0)) else {
            return false;
        };
        let lots = book.take_volume(wanted);
        let Some(working) = book.working.get_mut(index) else {
            return false;
        };
        let found = account.is_some() && leg == Leg::Entry;
        if lots > 0 {
            let units = lots as f64 * book.unit_value;
            let notional = units * quote.executed;
            let traded = Traded {
                quantity: lots as f64 * book.lot_size,
                notional,
                month_before: 0.0,
            };
            let fill = Fill {
                inst,
                order: working.bracket.order,
                leg,
                exec: next(next_exec),
                lots: Lots(lots),
                price: quote.executed,
                costs: costs.of_fill(
                    &quote,
                    units,
                    commission(working, leg, (lots, traded), costs, month, at),
                ),
                at,
            };
            if leg == Leg::Entry {
                working.entered = Entered {
                    order_price: price,
                    paid: quote.executed,
                };
            }
            if let Some(account) = account {
                account.settle(&fill, working, book.unit_value);
            }
            working.apply(&fill, &book.grid);
            out.push(Event::Fill(fill));
        }
        // what was ordered at most is more than what the cash came to
        if found && core::mem::take(&mut working.unfilled) > 0 {
            out.push(Event::Order {
                inst,
                order: working.bracket.order,
                leg: Leg::Entry,
                state: LegState::Cancelled,
            });
        }
        lots > 0
    }

    /// The price of an execution, and the lots that it is to be of.
    fn quoted(&self, inst: InstId, index: usize, execution: &Execution) -> Option<(Quote, i64)> {
        let book = self.books.get(usize::from(inst.0))?;
        let working = book.working.get(index)?;
        let Execution {
            leg, price, pays, ..
        } = *execution;
        let side = working.bracket.side;
        let quote = quote(&self.costs, &self.rules, book, (leg, side, price, pays));
        let lots = match &self.account {
            Some(account) if leg == Leg::Entry => working
                .planned
                .unwrap_or_else(|| account.lots(&self.books, book, working, &self.costs, quote)),
            _ => execution.lots,
        };
        Some((quote, lots))
    }
}

/// The commission of an execution: of the whole order so far less what was charged before, or its share of an order that
/// closes one trade and opens another.
fn commission(
    working: &mut Working,
    leg: Leg,
    (lots, traded): (i64, Traded),
    costs: &Costs,
    month: &mut Month,
    at: Timestamp,
) -> f64 {
    let joined = core::mem::take(&mut working.joined);
    let tally = working.tally(leg);
    let before = charged(&costs.commission, *tally);
    if tally.quantity <= 0.0 {
        tally.month_before = month.before(&costs.commission, at);
    }
    tally.quantity += traded.quantity;
    tally.notional += traded.notional;
    month.shares += traded.quantity;
    if joined > 0 {
        let share = lots as f64 / (lots + joined) as f64;
        let whole = Traded {
            quantity: traded.quantity / share,
            notional: traded.notional / share,
            month_before: tally.month_before,
        };
        return costs.commission.charge(whole) * share;
    }
    charged(&costs.commission, *tally) - before
}

impl Month {
    /// Shares traded in the month of a time, where a commission depends on them.
    fn before(&mut self, commission: &Commission, at: Timestamp) -> f64 {
        if !matches!(commission, Commission::IbTiered { .. }) {
            return 0.0;
        }
        let key = at.utc_day().date().map_or(0, |date| {
            i32::from(date.year()) * 12 + i32::from(date.month())
        });
        if key != self.key {
            *self = Self { key, shares: 0.0 };
        }
        self.shares
    }
}

fn charged(commission: &Commission, traded: Traded) -> f64 {
    if traded.quantity > 0.0 {
        commission.charge(traded)
    } else {
        0.0
    }
}

pub(super) fn next(exec: &mut u64) -> ExecId {
    let id = ExecId(*exec);
    *exec += 1;
    id
}
