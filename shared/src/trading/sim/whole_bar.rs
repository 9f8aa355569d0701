//! Bars that are read as a whole, as the other dialects have it.

use super::SimBroker;
use super::book::Working;
use crate::market::bars::Bar;
use crate::trading::engine::Event;
use crate::trading::fills::{self, FractionAnchor, LevelExit, Levels, Prices};
use crate::trading::orders::{EntryOrder, InstId, Leg, LegState, Side, When};

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
                self.join_reversal(inst, index, bar.open());
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

    /// At a bar's close: levels that are fractions of a price are placed where a position opened on it, and trail where it was
    /// open before.
    pub(super) fn tend_levels(&mut self, inst: InstId, bar: &Bar, out: &mut Vec<Event>) {
        let Some(rule) = self.rules.tool.levels else {
            return;
        };
        let Some(book) = self.book(inst) else { return };
        for working in &mut book.working {
            let (side, fresh, entered) = (working.bracket.side, working.fresh, working.entered);
            let Some(live) = &mut working.live else {
                continue;
            };
            let before = live.levels;
            match live.best {
                None => {
                    let anchor = match rule.anchor {
                        FractionAnchor::Fill => entered.paid,
                        FractionAnchor::Order => entered.order_price,
                        FractionAnchor::EntryClose => bar.close(),
                    };
                    let fraction = |leg| rule.level(leg, side, anchor);
                    live.best = Some(anchor);
                    live.levels = Levels {
                        target: before.target.or(fraction(Leg::Target)),
                        stop: before.stop.or(fraction(Leg::Stop)),
                    };
                    live.trails = rule.trailing && before.stop.is_none();
                }
                Some(best) if live.trails && !fresh => {
                    let reached = match side {
                        Side::Long => bar.high(),
                        Side::Short => bar.low(),
                    };
                    let improved = (reached - best) * side.sign() > 0.0;
                    let best = if improved { reached } else { best };
                    live.best = Some(best);
                    live.levels.stop = rule.level(Leg::Stop, side, best);
                }
                Some(_) => {}
            }
            let now = live.levels;
            for (leg, level, before) in [
                (Leg::Target, now.target, before.target),
                (Leg::Stop, now.stop, before.stop),
            ] {
                if let Some(price) = level.filter(|_| level != before) {
                    out.push(Event::Order {
                        inst,
                        order: working.bracket.order,
                        leg,
                        state: LegState::At(fills::on_grid(side, price, &book.grid)),
                    });
                }
            }
        }
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
        let exit = match self.rules.tool.level_exit {
            LevelExit::Close => exit.map(|(leg, _)| (leg, bar.close())),
            LevelExit::Limit | LevelExit::Market => exit,
        };
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
