//! The cash of the account, where quantities are found as entries fill.

use super::book::{Book, Working};
use super::{SimBroker, execution};
use crate::trading::costs::{Costs, Quote};
use crate::trading::fills::FillDialect;
use crate::trading::orders::{EntryOrder, Fill, InstId, Leg, OrderId, SizedBy};
use crate::trading::sizing::{AtFill, Sizing};

/// An account as the tool of a dialect keeps it.
pub(super) struct Account {
    dialect: FillDialect,
    sizing: Sizing,
    /// Cash after the last fill.
    balance: f64,
}

/// What an entry would be sized from.
struct Funding {
    /// Free cash.
    cash: f64,
    quote: Quote,
}

impl Account {
    pub(super) fn new(dialect: FillDialect, sizing: Sizing, cash: f64) -> Self {
        Self {
            dialect,
            sizing,
            balance: cash,
        }
    }

    /// An amount has been charged.
    pub(super) fn pay(&mut self, amount: f64) {
        self.balance -= amount;
    }

    /// An execution has been made of a bracket.
    pub(super) fn settle(&mut self, fill: &Fill, working: &Working, unit_value: f64) {
        if fill.leg != Leg::Entry {
            self.balance += profit(working, fill.lots.0, fill.price, unit_value);
        }
        self.pay(fill.costs.charged());
    }

    /// The lots of an entry that fills at a price, beside what other positions hold.
    pub(super) fn lots(
        &self,
        books: &[Book],
        book: &Book,
        working: &Working,
        costs: &Costs,
        quote: Quote,
    ) -> i64 {
        let cash = self.balance - committed(books, None);
        self.found(book, working, costs, &Funding { cash, quote })
    }

    fn found(&self, book: &Book, working: &Working, costs: &Costs, funding: &Funding) -> i64 {
        let by_mode = working.bracket.sized_by == SizedBy::Fill;
        let lots = self.sizing.at_fill(
            self.dialect,
            &AtFill {
                side: working.bracket.side,
                ordered: (!by_mode).then_some(working.unfilled),
                price: funding.quote.price,
                paid: funding.quote.executed,
                cash: funding.cash,
                lot_size: book.lot_size,
                unit_value: book.unit_value,
                commission: &costs.commission,
            },
        );
        if lots as f64 * book.lot_size < book.min_quantity {
            0
        } else {
            lots
        }
    }
}

/// What so many lots of a position earn at a price, before what is charged apart.
pub(super) fn profit(working: &Working, lots: i64, price: f64, unit_value: f64) -> f64 {
    let entered = working.entered.paid;
    working.bracket.side.sign() * lots as f64 * unit_value * (price - entered)
}

/// The cash that open positions hold, at the prices of their entries, but for one that is to be replaced.
fn committed(books: &[Book], but: Option<OrderId>) -> f64 {
    let open = books.iter().flat_map(|book| {
        let of_book = book.working.iter().map(move |working| (book, working));
        of_book.filter(|(_, working)| Some(working.bracket.order) != but)
    });
    open.fold(0.0, |sum, (book, working)| {
        let lots = working.live.map_or(0, |live| live.lots);
        sum + lots as f64 * book.unit_value * working.entered.paid
    })
}

impl SimBroker {
    /// Where the dialect reverses by one order: finds the lots of the entry that goes with an exit at a price, and joins both.
    pub(super) fn join_reversal(&mut self, inst: InstId, index: usize, price: f64) {
        // the tool knows no other commission, so nothing says how its one order would share it
        let known = self.costs.commission.fixed_and_rate().is_some();
        if !known || !self.rules.dialect.reverses_in_one_order() {
            return;
        }
        let Some(joined) = self.reversal(inst, index, price) else {
            return;
        };
        let (entering, closed, opened) = joined;
        let Some(book) = self.book(inst) else { return };
        if let Some(working) = book.working.get_mut(index) {
            working.joined = opened;
        }
        if let Some(working) = book.working.get_mut(entering) {
            working.planned = Some(opened);
            working.joined = if opened > 0 { closed } else { 0 };
        }
    }

    /// The entry that reverses a position, the lots that close and those that open.
    fn reversal(&self, inst: InstId, index: usize, price: f64) -> Option<(usize, i64, i64)> {
        let book = self.books.get(usize::from(inst.0))?;
        let leaving = book.working.get(index)?;
        let closed = leaving.live?.lots;
        let reverses = |working: &Working| {
            working.bracket.replaces == Some(leaving.bracket.order)
                && working.unfilled > 0
                && !matches!(working.bracket.entry, EntryOrder::Limit(_))
        };
        let entering = book.working.iter().position(reverses)?;
        let working = book.working.get(entering)?;
        let Some(account) = &self.account else {
            return Some((entering, closed, working.unfilled));
        };
        let side = working.bracket.side;
        let quote = execution::quote(
            &self.costs,
            &self.rules,
            book,
            (Leg::Entry, side, price, true),
        );
        let gross = profit(leaving, closed, quote.executed, book.unit_value);
        // the fixed part of the commission is the entry's to pay for: there is one order
        let (_, rate) = self.costs.commission.fixed_and_rate().unwrap_or_default();
        let closing = rate * closed as f64 * book.unit_value * quote.executed;
        let held = committed(&self.books, Some(leaving.bracket.order));
        let cash = account.balance + gross - closing - held;
        let opened = account.found(book, working, &self.costs, &Funding { cash, quote });
        Some((entering, closed, opened))
    }
}
