//! Bars that are read as a whole, as the other dialects have it.

use super::SimBroker;
use super::book::Working;
use crate::market::bars::Bar;
use crate::trading::engine::Event;
use crate::trading::fills::{self, Prices};
use crate::trading::orders::{EntryOrder, InstId, Leg, LegState, When};

impl SimBroker {
    /// A bar that is read as a whole meets every order of an instrument, as the dialect has it.
    pub(super) fn meet_bar(&mut self, inst: InstId, bar: &Bar, out: &mut Vec<Event>) {
        let count = self.book(inst).map_or(0, |book| book.working.len());
        if self.rules.dialect.levels_before_signals() {
            for index in 0..count {
                self.leave_by_bar(inst, index, bar, out);
            }
            self.drop_signals(inst, out);
        }
        for index in 0..count {
            let waits = self.book(inst).and_then(|book| book.live(index));
            if let Some((_, live, _)) =
                waits.filter(|(_, live, _)| live.exit == Some(When::NextOpen))
            {
                let exit = Some((Leg::Exit, bar.open()));
                self.leave(inst, index, exit, live.lots, bar.start(), out);
            }
        }
        for index in 0..count {
            self.enter_at_open(inst, index, bar.open(), bar.start(), out);
        }
        if !self.rules.dialect.levels_before_signals() {
            for index in 0..count {
                self.leave_by_bar(inst, index, bar, out);
            }
        }
        self.sweep(inst);
    }

    /// A level that a whole bar meets ends a position, unless a limit entry opened it on that bar.
    fn leave_by_bar(&mut self, inst: InstId, index: usize, bar: &Bar, out: &mut Vec<Event>) {
        let Some(book) = self.book(inst) else { return };
        let is_limit = |working: &Working| matches!(working.bracket.entry, EntryOrder::Limit(_));
        let too_fresh = |working: &Working| working.fresh && is_limit(working);
        if book.working.get(index).is_none_or(too_fresh) {
            return;
        }
        let Some((side, live, levels)) = book.live(index) else {
            return;
        };
        let prices = Prices {
            open: bar.open(),
            high: bar.high(),
            low: bar.low(),
        };
        let exit = fills::exit_in_bar(side, prices, levels);
        self.leave(inst, index, exit, live.lots, bar.start(), out);
    }

    /// Where a level has just ended a position, the signal that was to reverse it is lost.
    fn drop_signals(&mut self, inst: InstId, out: &mut Vec<Event>) {
        let Some(book) = self.book(inst).filter(|book| book.left_by_level) else {
            return;
        };
        for working in book
            .working
            .iter_mut()
            .filter(|w| w.bracket.replaces.is_some())
        {
            if core::mem::take(&mut working.unfilled) > 0 {
                out.push(Event::Order {
                    inst,
                    order: working.bracket.order,
                    leg: Leg::Entry,
                    state: LegState::Cancelled,
                });
            }
        }
    }
}
