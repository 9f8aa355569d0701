//! The simulated broker by itself.

use super::execution::quote;
use super::*;
use crate::base::time::Timestamp;
use crate::market::bars::Instrument;
use crate::signal::prediction::Prediction;
use crate::trading::costs::PriceOffset;
use crate::trading::engine::{Engine, Rules};
use crate::trading::policy::{EntryPolicy, OnOpposite, OrderPolicy, SignalExit};
use crate::trading::risk::Standing;
use crate::trading::strategy::{PredictedMove, Strategy};

const INST: InstId = InstId(0);

fn tradable(tick_size: f64) -> Tradable {
    Tradable {
        instrument: Instrument {
            tick_size,
            ..Instrument::us_share("TEST")
        },
        fx: 1.0,
    }
}

/// However far a sale slips, it is made at a price.
#[test]
fn a_sale_that_slips_beyond_nothing_is_made_at_the_last_tick() {
    let costs = Costs {
        slippage: PriceOffset::Atr(10.0),
        ..Costs::FREE
    };
    for (price, tick, least) in [(1e6, 1e-9, 1e-9), (1e12, 0.01, 0.01), (1e-3, 0.01, 1e-3)] {
        let mut book = Book::new(&tradable(tick)).unwrap();
        book.atr = Some(price);
        let of = (Leg::Stop, Side::Long, price, true);
        let found = quote(&costs, &FillRules::default(), &book, of);
        assert_eq!(found.executed.to_string(), least.to_string());
    }
}

/// A reversal whose exit was not heard waits at a close as it does at an open, and is given up there.
#[test]
fn an_entry_that_reverses_another_waits_at_the_close_too() {
    let strategy = PredictedMove {
        k_sigma_err: 0.0,
        ..PredictedMove::default()
    };
    let policy = OrderPolicy {
        entry: EntryPolicy::Close,
        signal_exit: SignalExit::DecidingClose,
        on_opposite: OnOpposite::Reverse,
        ..OrderPolicy::default()
    };
    let rules = Rules {
        strategy: Strategy::PredictedMove(strategy),
        policy,
        ..Rules::default()
    };
    for heard in [false, true] {
        let tradables = [tradable(0.01)];
        let mut engine = Engine::new(rules, &tradables, 10_000.0, Standing::CLEAR).unwrap();
        let mut broker = SimBroker::new(&tradables, Costs::FREE, FillRules::default()).unwrap();
        let mut filled = Vec::new();
        for index in 0..=21 {
            let start = Timestamp::from_seconds(1_700_000_000 + index * 60);
            let prices = [100.0, 100.5, 99.5, 100.0];
            let bar = Bar::new(start, start.plus_seconds(60), prices, 1.0).unwrap();
            let mut actions = Vec::new();
            let value = Prediction {
                price: match index {
                    20 => 104.0,
                    21 => 96.0,
                    _ => 100.0,
                },
                sigma_err: None,
                confidence: None,
            };
            for event in [
                Event::Bar { inst: INST, bar },
                Event::Prediction {
                    inst: INST,
                    for_bar: start,
                    value,
                },
                Event::Decide { at: bar.end() },
            ] {
                engine.step(&event, &mut actions).unwrap();
            }
            for action in &actions {
                if heard || !matches!(action, Action::Exit { .. }) {
                    broker.submit(action);
                }
            }
            let mut events = Vec::new();
            broker.settle(INST, &bar, &mut events);
            for event in &events {
                engine.step(event, &mut Vec::new()).unwrap();
                filled.extend(match event {
                    Event::Fill(fill) => Some((fill.order.0, fill.leg)),
                    _ => None,
                });
            }
        }
        let legs = [(1, Leg::Entry), (1, Leg::Exit), (2, Leg::Entry)];
        let all = if heard { 3 } else { 1 };
        assert_eq!(filled, legs[..all]);
        assert!(!broker.has_pending_entry(INST));
    }
}
