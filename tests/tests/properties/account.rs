//! The account equation, recomputed from executions, charges and closes alone.

use std::collections::BTreeMap;

use atrium_shared::trading::engine::Event;
use atrium_shared::trading::orders::{Fill, InstId, OrderId, Side};
use atrium_tests::drive::{Call, Entry};
use atrium_tests::fake_venue::signed_lots;
use proptest::prelude::*;

use super::*;

/// An account that knows nothing of brackets: cash flows and signed positions.
#[derive(Default)]
struct Book {
    cash: f64,
    /// Signed lots of each instrument: above 0 long.
    lots: BTreeMap<u16, i64>,
    /// Last closes.
    marks: BTreeMap<u16, f64>,
    sides: BTreeMap<u64, Side>,
    open: BTreeMap<u64, (u16, i64)>,
    turnover: f64,
}

impl Book {
    fn take_fill(&mut self, case: &Case, fill: &Fill) {
        let side = self.sides[&fill.order.0];
        let signed = if buys(side, fill.leg) {
            fill.lots.0
        } else {
            -fill.lots.0
        };
        let unit = unit_value(case, fill.inst);
        *self.lots.entry(fill.inst.0).or_default() += signed;
        self.cash -= signed as f64 * fill.price * unit + fill.costs.charged();
        self.turnover += fill.lots.0 as f64 * fill.price * unit;
        let open = self.open.entry(fill.order.0).or_insert((fill.inst.0, 0));
        open.1 += signed_lots(fill);
    }

    /// Whole lots stay, the fraction is sold, or bought back, at a price of the new basis.
    fn split(&mut self, case: &Case, inst: InstId, ratio: f64, price: f64) {
        for (order, (of, lots)) in &mut self.open {
            if *of != inst.0 || *lots == 0 {
                continue;
            }
            let sign = self.sides[order].sign();
            let after = after_split(*lots, ratio);
            let fraction = *lots as f64 * ratio - after as f64;
            self.cash += sign * fraction * price * unit_value(case, inst);
            *self.lots.entry(inst.0).or_default() += sign as i64 * (after - *lots);
            *lots = after;
        }
        self.marks.entry(inst.0).and_modify(|mark| *mark /= ratio);
    }

    fn dividend(&mut self, case: &Case, inst: InstId, factor: f64) {
        let lots = self.lots.get(&inst.0).copied().unwrap_or(0);
        if let Some(mark) = self.marks.get_mut(&inst.0) {
            self.cash += lots as f64 * *mark * (1.0 - factor) * unit_value(case, inst);
            *mark *= factor;
        }
    }

    fn equity(&self, case: &Case) -> f64 {
        self.lots.iter().fold(self.cash, |equity, (inst, lots)| {
            let mark = self.marks.get(inst).copied().unwrap_or(0.0);
            equity + *lots as f64 * mark * unit_value(case, InstId(*inst))
        })
    }
}

/// Whole lots after a split.
fn after_split(lots: i64, ratio: f64) -> i64 {
    (lots as f64 * ratio * (1.0 + 1e-12)).floor() as i64
}

#[test]
fn equity_is_cash_and_positions_at_their_marks_at_every_bar() {
    for_all(vary::ALL, |case| {
        let recording = recorded(case)?;
        let mut book = Book {
            cash: case.config.initial_equity,
            ..Book::default()
        };
        let initial = case.config.initial_equity;
        for entry in &recording.entries {
            match entry {
                Entry::Event(Event::Fill(fill), _) => book.take_fill(case, fill),
                Entry::Event(Event::Charge(charge), _) => book.cash -= charge.amount,
                Entry::Event(
                    Event::Split {
                        inst, ratio, price, ..
                    },
                    _,
                ) => book.split(case, *inst, *ratio, *price),
                Entry::Event(Event::Dividend { inst, factor, .. }, _) => {
                    book.dividend(case, *inst, *factor);
                }
                Entry::Event(Event::Bar { inst, bar }, _) => {
                    book.marks.insert(inst.0, bar.close());
                }
                Entry::Mark(at, equity) => {
                    let expected = book.equity(case);
                    prop_assert!(
                        near(*equity, expected, initial + book.turnover),
                        "equity at {at} is {equity}, not {expected}"
                    );
                }
                Entry::Event(..) | Entry::Call(_) => {}
            }
            if let Entry::Event(_, actions) = entry {
                for action in actions {
                    if let atrium_shared::trading::engine::Action::Open(bracket) = action {
                        let bracket = bracket.get();
                        book.sides.insert(bracket.order.0, bracket.side);
                    }
                }
            }
        }
        Ok(())
    });
}

/// Per cent a year on what is held over, for each calendar day between sessions, at the last close.
#[test]
fn nights_are_charged_by_the_day_and_only_for_what_is_held() {
    for_all(vary::ALL | vary::CARRY, |case| {
        let recording = recorded(case)?;
        let costs = case.config.costs;
        let (mut held, mut sides) = (BTreeMap::<OrderId, (InstId, i64)>::new(), BTreeMap::new());
        let mut marks = BTreeMap::new();
        let mut due: Vec<(OrderId, f64)> = Vec::new();
        for entry in &recording.entries {
            match entry {
                Entry::Call(Call::Carry(inst, nights, _)) => {
                    prop_assert!(due.is_empty(), "a night was not charged: {due:?}");
                    for (order, (of, lots)) in &held {
                        let percent = match sides[order] {
                            Side::Long => costs.financing_percent,
                            Side::Short => costs.borrow_percent,
                        };
                        let mark: f64 = marks.get(inst).copied().unwrap_or(0.0);
                        let worth = *lots as f64 * unit_value(case, *inst) * mark;
                        let amount = percent / 100.0 / 365.0 * nights * worth;
                        if of == inst && amount > 0.0 {
                            due.push((*order, amount));
                        }
                    }
                }
                Entry::Event(Event::Charge(charge), _) => {
                    prop_assert!(!due.is_empty(), "{charge:?} is owed by nobody");
                    let (order, amount) = due.remove(0);
                    prop_assert_eq!(order, charge.order);
                    prop_assert!(near(amount, charge.amount, amount), "{charge:?}: {amount}");
                }
                Entry::Event(Event::Fill(fill), _) => {
                    let lots = held.entry(fill.order).or_insert((fill.inst, 0));
                    lots.1 += signed_lots(fill);
                }
                Entry::Event(Event::Bar { inst, bar }, _) => {
                    marks.insert(*inst, bar.close());
                }
                Entry::Event(Event::Split { inst, ratio, .. }, _) => {
                    marks.entry(*inst).and_modify(|mark| *mark /= ratio);
                    for (of, lots) in held.values_mut() {
                        if of == inst {
                            *lots = after_split(*lots, *ratio);
                        }
                    }
                }
                Entry::Event(..) | Entry::Call(_) | Entry::Mark(..) => {}
            }
            held.retain(|_, (_, lots)| *lots != 0);
            if let Entry::Event(_, actions) = entry {
                for action in actions {
                    if let atrium_shared::trading::engine::Action::Open(bracket) = action {
                        sides.insert(bracket.get().order, bracket.get().side);
                    }
                }
            }
        }
        prop_assert!(due.is_empty(), "a night was not charged: {due:?}");
        Ok(())
    });
}
