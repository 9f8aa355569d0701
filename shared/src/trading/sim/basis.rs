//! Corporate actions at the simulated broker: its book goes over to the new basis as the engine does.

use super::SimBroker;
use super::account::profit;
use super::book::{Book, Working};
use crate::base::units::{Lots, TickGrid};
use crate::trading::engine::Event;
use crate::trading::fills::{Levels, on_grid};
use crate::trading::orders::{InstId, Leg, LegState};
use crate::trading::split::Split;

impl SimBroker {
    /// Shares were split, before anything else of the first bar on the new basis: what is held and what works is restated.
    /// Fractions of a lot are paid at a price of the new basis. The engine gets `Event::Split` beside it.
    pub fn split(&mut self, inst: InstId, split: Split, price: f64, out: &mut Vec<Event>) {
        let fractions = self.rules.tool.levels.is_some();
        let Some(book) = self.books.get_mut(usize::from(inst.0)) else {
            return;
        };
        let mut paid = 0.0;
        for working in &mut book.working {
            paid += working.split(split, price, &book.grid, book.unit_value, fractions);
        }
        book.last = book.last.map(|(at, close)| (at, split.price(close)));
        if fractions {
            book.say_levels(inst, out);
        }
        if let Some(account) = &mut self.account {
            account.pay(-paid);
        }
    }

    /// Shares trade without a dividend from now on: what is held is paid it, what is short pays it. The engine gets
    /// `Event::Dividend` beside it.
    pub fn dividend(&mut self, inst: InstId, factor: f64) {
        let (Some(book), Some(account)) = (self.books.get(usize::from(inst.0)), &mut self.account)
        else {
            return;
        };
        let close = book.last.map_or(0.0, |(_, close)| close);
        for working in &book.working {
            let lots = working.live.map_or(0, |live| live.lots) as f64;
            let each = close * (1.0 - factor) * book.unit_value;
            account.pay(-(working.bracket.side.sign() * lots * each));
        }
    }
}

impl Book {
    /// Levels that are fractions of a price stand between ticks, so where they stand is said anew.
    fn say_levels(&self, inst: InstId, out: &mut Vec<Event>) {
        for working in &self.working {
            let Some(live) = &working.live else { continue };
            let side = working.bracket.side;
            for (leg, level) in [
                (Leg::Target, live.levels.target),
                (Leg::Stop, live.levels.stop),
            ] {
                if let Some(price) = level {
                    out.push(Event::Order {
                        inst,
                        order: working.bracket.order,
                        leg,
                        state: LegState::At(on_grid(side, price, &self.grid)),
                    });
                }
            }
        }
    }
}

impl Working {
    /// Restates a bracket; what is paid for a fraction of a lot, or for all where less than one lot is left.
    fn split(
        &mut self,
        split: Split,
        price: f64,
        grid: &TickGrid,
        unit_value: f64,
        fractions: bool,
    ) -> f64 {
        let side = self.bracket.side;
        let whole = |lots: i64| split.lots(Lots(lots)).whole.0;
        self.entered.order_price = split.price(self.entered.order_price);
        self.entered.paid = split.price(self.entered.paid);
        let mut paid = 0.0;
        if let Some(live) = &mut self.live {
            let level = |level: f64| match fractions {
                true => split.price(level),
                false => grid.price(on_grid(side, split.price(level), grid)),
            };
            let after = split.lots(Lots(live.lots));
            live.lots = after.whole.0;
            live.levels = Levels {
                target: live.levels.target.map(level),
                stop: live.levels.stop.map(level),
            };
            live.best = live.best.map(|best| split.price(best));
            paid = after.fraction * profit(self, 1, price, unit_value);
        }
        self.live = self.live.filter(|live| live.lots > 0);
        self.bracket = split.bracket(&self.bracket, grid);
        self.unfilled = whole(self.unfilled);
        paid
    }
}
