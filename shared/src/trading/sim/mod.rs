//! The simulated broker: the order book of one account against recorded bars.
//!
//! It owns price exits, as a real broker's bracket does; it never decides. A fill is stamped with the start of the bar in
//! which it happens, because a bar does not tell when within it.

mod account;
mod book;
mod execution;
mod whole_bar;
mod basis;
#[cfg(test)]
mod tests;

use account::Account;
use book::{Book, Working};
use execution::{Execution, Month, next};

use super::costs::Costs;
use super::engine::{Action, Event, Tradable, Venue};
use super::fills::{self, FillRules, Intrabar, Prices};
use super::orders::{Charge, ChargeKind, EntryOrder, InstId, Leg, LegState, Side, When};
use super::sizing::Sizing;
use crate::base::time::Timestamp;
use crate::base::units::OutOfBounds;
use crate::market::bars::Bar;

/// A broker that fills against bars.
///
/// A driver calls, for each bar of an instrument: [`open`](Self::open), [`path`](Self::path), and, once the engine has had the
/// bar, [`close`](Self::close); after a decision [`settle`](Self::settle).
pub struct SimBroker {
    books: Vec<Book>,
    costs: Costs,
    rules: FillRules,
    next_exec: u64,
    month: Month,
    /// The account, where quantities are found from it.
    account: Option<Account>,
}

impl SimBroker {
    /// A broker for the instruments of an engine, in their order.
    ///
    /// # Errors
    /// [`OutOfBounds`] where an instrument, a cost or a rule is out of its bounds.
    pub fn new(
        tradables: &[Tradable],
        costs: Costs,
        rules: FillRules,
    ) -> Result<Self, OutOfBounds> {
        costs.validate()?;
        rules.validate()?;
        let books = tradables.iter().map(Book::new);
        Ok(Self {
            books: books.collect::<Result<_, _>>()?,
            costs,
            rules,
            next_exec: 1,
            month: Month::default(),
            account: None,
        })
    }

    /// A broker that finds the quantity of each entry as it fills, as the tool of its dialect does, from an account that starts
    /// with so much cash. Its engine is told so by `Engine::leave_sizes_to_the_venue`.
    pub fn with_account(mut self, sizing: Sizing, cash: f64) -> Self {
        self.account = Some(Account::new(self.rules.dialect, sizing, cash));
        self
    }

    /// A night or more has passed since the last bar: what open positions cost for holding them over.
    pub fn carry(&mut self, inst: InstId, days: f64, at: Timestamp, out: &mut Vec<Event>) {
        let Some(book) = self.books.get(usize::from(inst.0)) else {
            return;
        };
        let close = book.last.map_or(0.0, |(_, close)| close);
        for working in &book.working {
            let Some(live) = &working.live else { continue };
            let side = working.bracket.side;
            let value = live.lots as f64 * book.unit_value * close;
            let amount = self.costs.carry(side, value, days);
            if amount > 0.0 {
                if let Some(account) = &mut self.account {
                    account.pay(amount);
                }
                out.push(Event::Charge(Charge {
                    inst,
                    order: working.bracket.order,
                    exec: next(&mut self.next_exec),
                    kind: match side {
                        Side::Long => ChargeKind::Financing,
                        Side::Short => ChargeKind::Borrow,
                    },
                    amount,
                    at,
                }));
            }
        }
    }

    /// The open of a bar meets pending orders: exits, then entries fill at it, and so does a level it gapped through. `atr` is
    /// ATR(14) as of the bar before.
    pub fn open(&mut self, inst: InstId, bar: &Bar, atr: Option<f64>, out: &mut Vec<Event>) {
        let volume_percent = self.rules.volume_percent;
        let Some(book) = self.book(inst) else { return };
        book.begin(bar, atr, volume_percent);
        if book.is_idle() {
            return;
        }
        out.append(&mut book.replies);
        if self.rules.dialect.reads_whole_bars() {
            self.meet_bar(inst, bar, out);
        } else {
            self.meet_open(inst, bar.open(), bar.start(), out);
        }
    }

    /// The range of a bar meets the levels of open positions and the prices of limit entries. `finer` are the bars inside it, in
    /// order, where the convention asks for them and they add up to the bar.
    pub fn path(
        &mut self,
        inst: InstId,
        bar: &Bar,
        finer: Option<&[Prices]>,
        out: &mut Vec<Event>,
    ) {
        if self.book(inst).is_none_or(|book| book.working.is_empty()) {
            return;
        }
        let whole = Prices {
            open: bar.open(),
            high: bar.high(),
            low: bar.low(),
        };
        let steps = match (self.rules.intrabar, finer) {
            (Intrabar::Refined, Some(finer)) => finer,
            _ => core::slice::from_ref(&whole),
        };
        for (index, prices) in steps.iter().enumerate() {
            if index > 0 {
                self.reopen(inst, prices.open, bar.start(), out);
            }
            self.meet_range(inst, *prices, bar.start(), out);
        }
    }

    /// The close of a bar meets exits that wait for it. `last` says that the data ends with it: what waits for the next open is
    /// then closed here, whatever the volume; a tool that finalises trades dates it back to the last price at which an order
    /// could have filled.
    pub fn close(&mut self, inst: InstId, bar: &Bar, last: bool, out: &mut Vec<Event>) {
        let Some(book) = self.book(inst) else { return };
        let before = book.last.replace((bar.start(), bar.close()));
        if last {
            book.volume_left = None;
        }
        for index in 0..book.working.len() {
            let Some(book) = self.book(inst) else { return };
            let Some(live) = book.live_mut(index) else {
                continue;
            };
            let waits = live.exit == Some(When::ThisClose) || (last && live.exit.is_some());
            if !waits {
                continue;
            }
            let lots = live.lots;
            let (at, price) = match (live.exit, before) {
                _ if !(last && self.rules.tool.finalize_trades) => (bar.start(), bar.close()),
                (Some(When::DecidingClose), Some(before)) => before,
                _ => (bar.start(), bar.open()),
            };
            let execution = Execution {
                leg: Leg::Exit,
                lots,
                price,
                pays: true,
                at,
            };
            self.execute(inst, index, execution, out);
        }
        self.tend_levels(inst, bar, out);
        self.sweep(inst);
    }

    /// What was decided at the close of a bar and is to fill there: entries at that very close.
    pub fn settle(&mut self, inst: InstId, bar: &Bar, out: &mut Vec<Event>) {
        let Some(book) = self.book(inst) else { return };
        let count = book.working.len();
        let refuses = book.left_by_level && self.rules.dialect.levels_before_signals();
        for index in 0..count {
            self.leave_at_decision(inst, index, bar, out);
        }
        for index in 0..count {
            let Some(book) = self.book(inst) else { return };
            let closes = |working: &&Working| {
                working.bracket.entry == EntryOrder::Close && working.unfilled > 0
            };
            let waits = book.entry(index).is_none();
            let Some(working) = book.working.get(index).filter(closes) else {
                continue;
            };
            let execution = Execution {
                leg: Leg::Entry,
                lots: working.unfilled,
                price: bar.close(),
                pays: true,
                at: bar.start(),
            };
            let order = working.bracket.order;
            if !refuses && !waits {
                self.execute(inst, index, execution, out);
            }
            let Some(working) = self.book(inst).and_then(|book| book.working.get_mut(index)) else {
                return;
            };
            if core::mem::take(&mut working.unfilled) > 0 {
                out.push(Event::Order {
                    inst,
                    order,
                    leg: Leg::Entry,
                    state: LegState::Cancelled,
                });
            }
        }
        if self.rules.dialect.places_levels_at_once() {
            self.tend_levels(inst, bar, out);
        }
        self.sweep(inst);
    }

    /// Whether an entry, or a part of one, is waiting to fill.
    pub fn has_pending_entry(&self, inst: InstId) -> bool {
        self.books
            .get(usize::from(inst.0))
            .is_some_and(|book| book.working.iter().any(|working| working.unfilled > 0))
    }

    /// Answers to actions that were not given out with fills yet.
    pub fn replies(&mut self, inst: InstId, out: &mut Vec<Event>) {
        if let Some(book) = self.book(inst) {
            out.append(&mut book.replies);
        }
    }

    fn book(&mut self, inst: InstId) -> Option<&mut Book> {
        self.books.get_mut(usize::from(inst.0))
    }

    /// Drops brackets of which nothing works any more.
    fn sweep(&mut self, inst: InstId) {
        if let Some(book) = self.book(inst) {
            book.working
                .retain(|working| working.live.is_some() || working.unfilled > 0);
        }
    }

    /// A price at which the market opens, or reopens, meets every order of an instrument.
    fn meet_open(&mut self, inst: InstId, open: f64, at: Timestamp, out: &mut Vec<Event>) {
        let count = self.book(inst).map_or(0, |book| book.working.len());
        for index in 0..count {
            self.leave_at_open(inst, index, open, at, out);
        }
        for index in 0..count {
            if self.enter_at_open(inst, index, open, at, out) {
                self.leave_at_open(inst, index, open, at, out);
            }
        }
        self.sweep(inst);
    }

    /// The first price of a finer bar meets levels and limit entries. Orders for the open of a bar are for that of the bar as
    /// a whole: one that was asked for since waits for the next.
    fn reopen(&mut self, inst: InstId, open: f64, at: Timestamp, out: &mut Vec<Event>) {
        let limit = self.rules.limit;
        let count = self.book(inst).map_or(0, |book| book.working.len());
        for index in 0..count {
            let waiting = self.book(inst).and_then(|book| book.entry(index));
            if let Some((working, _)) = waiting
                && matches!(working.bracket.entry, EntryOrder::Limit(_))
            {
                self.enter_at_open(inst, index, open, at, out);
            }
            let Some((side, live, levels)) = self.book(inst).and_then(|book| book.live(index))
            else {
                continue;
            };
            let exit = if live.triggered {
                Some((Leg::Stop, open))
            } else {
                fills::exit_at_open(side, open, levels, limit)
            };
            self.leave(inst, index, exit, live.lots, at, out);
        }
        self.sweep(inst);
    }

    fn leave_at_open(
        &mut self,
        inst: InstId,
        index: usize,
        open: f64,
        at: Timestamp,
        out: &mut Vec<Event>,
    ) {
        let limit = self.rules.limit;
        let Some((side, live, levels)) = self.book(inst).and_then(|book| book.live(index)) else {
            return;
        };
        let exit = match (live.exit, live.triggered) {
            (Some(When::NextOpen), _) => Some((Leg::Exit, open)),
            (_, true) => Some((Leg::Stop, open)),
            _ => fills::exit_at_open(side, open, levels, limit),
        };
        self.leave(inst, index, exit, live.lots, at, out);
    }

    fn leave(
        &mut self,
        inst: InstId,
        index: usize,
        exit: Option<(Leg, f64)>,
        lots: i64,
        at: Timestamp,
        out: &mut Vec<Event>,
    ) {
        let Some((leg, price)) = exit else { return };
        let execution = Execution {
            leg,
            lots,
            price,
            pays: self.rules.pays(leg),
            at,
        };
        self.execute(inst, index, execution, out);
        if let Some(book) = self.book(inst) {
            book.left_by_level |= leg != Leg::Exit;
        }
        // a stop that was reached is a market order from then on
        if leg == Leg::Stop
            && let Some(live) = self.book(inst).and_then(|book| book.live_mut(index))
        {
            live.triggered = true;
        }
    }

    /// Exits that were decided at a close and fill there.
    fn leave_at_decision(&mut self, inst: InstId, index: usize, bar: &Bar, out: &mut Vec<Event>) {
        let Some(live) = self.book(inst).and_then(|book| book.live_mut(index)) else {
            return;
        };
        if live.exit != Some(When::DecidingClose) {
            return;
        }
        let lots = live.lots;
        // what the volume leaves over goes on at the next open
        live.exit = Some(When::NextOpen);
        self.join_reversal(inst, index, bar.close());
        self.leave(
            inst,
            index,
            Some((Leg::Exit, bar.close())),
            lots,
            bar.start(),
            out,
        );
    }

    /// Whether an entry filled at an open, in part or whole.
    fn enter_at_open(
        &mut self,
        inst: InstId,
        index: usize,
        open: f64,
        at: Timestamp,
        out: &mut Vec<Event>,
    ) -> bool {
        let rule = self.rules.limit;
        let Some((working, grid)) = self.book(inst).and_then(|book| book.entry(index)) else {
            return false;
        };
        let (price, pays) = match working.bracket.entry {
            EntryOrder::Market => (open, true),
            EntryOrder::Limit(ticks) => {
                let limit_price = grid.price(ticks);
                match fills::limit_at_open(working.bracket.side, open, limit_price, rule) {
                    Some(price) => (price, false),
                    None => return false,
                }
            }
            EntryOrder::Close => return false,
        };
        let execution = Execution {
            leg: Leg::Entry,
            lots: working.unfilled,
            price,
            pays,
            at,
        };
        self.execute(inst, index, execution, out)
    }

    /// A range of prices meets every order of an instrument.
    fn meet_range(&mut self, inst: InstId, prices: Prices, at: Timestamp, out: &mut Vec<Event>) {
        let (intrabar, limit) = (self.rules.intrabar, self.rules.limit);
        let count = self.book(inst).map_or(0, |book| book.working.len());
        for index in 0..count {
            let entered = self.enter_in_range(inst, index, prices, at, out);
            let Some((side, live, mut levels)) = self.book(inst).and_then(|book| book.live(index))
            else {
                continue;
            };
            if self.rules.dialect.reads_whole_bars() {
                // the levels were held against the whole bar already
                continue;
            }
            if entered {
                // the range says nothing of what came after the entry, so only the worse is assumed
                levels.target = None;
            }
            let exit = fills::exit_in_range(side, prices, levels, intrabar, limit);
            if !live.triggered {
                self.leave(inst, index, exit, live.lots, at, out);
            }
        }
        self.sweep(inst);
    }

    /// Whether a limit entry filled inside a range.
    fn enter_in_range(
        &mut self,
        inst: InstId,
        index: usize,
        prices: Prices,
        at: Timestamp,
        out: &mut Vec<Event>,
    ) -> bool {
        let rule = self.rules.limit;
        let Some((working, grid)) = self.book(inst).and_then(|book| book.entry(index)) else {
            return false;
        };
        let EntryOrder::Limit(ticks) = working.bracket.entry else {
            return false;
        };
        let price = grid.price(ticks);
        if !fills::limit_in_range(working.bracket.side, prices, price, rule) {
            return false;
        }
        let execution = Execution {
            leg: Leg::Entry,
            lots: working.unfilled,
            price,
            pays: false,
            at,
        };
        self.execute(inst, index, execution, out)
    }
}

impl Venue for SimBroker {
    fn submit(&mut self, action: &Action) {
        let inst = match action {
            Action::Open(bracket) => bracket.get().inst,
            Action::Amend { inst, .. }
            | Action::Exit { inst, .. }
            | Action::CancelEntry { inst, .. } => *inst,
        };
        let Some(book) = self.book(inst) else { return };
        match *action {
            Action::Open(bracket) => book.working.push(Working::new(*bracket.get())),
            Action::Amend { order, stop, .. } => {
                let stop = book.grid.price(stop);
                if let Some(live) = book.live_of(order) {
                    live.levels.stop = Some(stop);
                }
            }
            Action::Exit { order, when, .. } => {
                if let Some(live) = book.live_of(order) {
                    live.exit = Some(when);
                }
            }
            Action::CancelEntry { order, .. } => {
                let is_it =
                    |working: &&mut Working| working.bracket.order == order && working.unfilled > 0;
                let Some(working) = book.working.iter_mut().find(is_it) else {
                    return;
                };
                working.unfilled = 0;
                book.replies.push(Event::Order {
                    inst,
                    order,
                    leg: Leg::Entry,
                    state: LegState::Cancelled,
                });
                self.sweep(inst);
            }
        }
    }
}
