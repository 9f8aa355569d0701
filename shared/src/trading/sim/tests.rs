//! The simulated broker by itself.

use super::execution::quote;
use super::*;
use crate::base::time::Timestamp;
use crate::base::units::{Lots, Ticks};
use crate::market::bars::Instrument;
use crate::signal::prediction::Prediction;
use crate::trading::costs::PriceOffset;
use crate::trading::engine::{Engine, Rules};
use crate::trading::fills::{FillDialect, FractionAnchor, FractionLevels};
use crate::trading::orders::{Bracket, Level, OrderId, SizedBy};
use crate::trading::policy::{EntryPolicy, OnOpposite, OrderPolicy, SignalExit};
use crate::trading::risk::Standing;
use crate::trading::split::Split;
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

fn day(index: i64, price: f64) -> Bar {
    let start = Timestamp::from_seconds(1_700_000_000 + index * 86_400);
    Bar::new(start, start.plus_seconds(86_400), [price; 4], 1.0).unwrap()
}

/// A bracket of fifty lots, long, without levels.
fn bracket(entry: EntryOrder) -> Bracket {
    Bracket {
        order: OrderId(1),
        inst: INST,
        side: Side::Long,
        lots: Lots(50),
        entry,
        target: None,
        stop: None,
        decided_at: Timestamp(0),
        sized_by: SizedBy::Asked,
        replaces: None,
    }
}

/// Levels that are fractions of an entry's price, and placed at the close after it, follow a split between the two.
#[test]
fn the_price_of_an_entry_is_restated_before_levels_are_measured_from_it() {
    // 0.05 of half a spread, the whole of it paid at the entry: ordered at 100, filled at 100.10
    let costs = Costs {
        half_spread: PriceOffset::Ticks(5.0),
        ..Costs::FREE
    };
    // after 2:1, two per cent below 50 and below 50.05, on the earlier tick
    for (anchor, stop) in [
        (FractionAnchor::Order, 4_900),
        (FractionAnchor::Fill, 4_905),
    ] {
        let mut rules = FillRules {
            dialect: FillDialect::BacktestingPy,
            ..FillRules::default()
        };
        rules.tool.levels = Some(FractionLevels {
            stop: Some(0.02),
            anchor,
            ..FractionLevels::default()
        });
        let mut broker = SimBroker::new(&[tradable(0.01)], costs, rules).unwrap();
        broker.books[0]
            .working
            .push(Working::new(bracket(EntryOrder::Close)));
        let mut events = Vec::new();
        broker.settle(INST, &day(0, 100.0), &mut events);
        assert!(matches!(events.as_slice(), [Event::Fill(_)]), "{events:?}");
        events.clear();
        broker.split(INST, Split::new(2.0).unwrap(), 50.0, &mut events);
        let next = day(1, 50.0);
        broker.open(INST, &next, None, &mut events);
        broker.path(INST, &next, None, &mut events);
        broker.close(INST, &next, false, &mut events);
        let placed = Event::Order {
            inst: INST,
            order: OrderId(1),
            leg: Leg::Stop,
            state: LegState::At(Ticks(stop)),
        };
        assert_eq!(events, [placed], "{anchor:?}");
        // a level that stays where it is is not said again
        events.clear();
        let later = day(2, 50.0);
        broker.open(INST, &later, None, &mut events);
        broker.path(INST, &later, None, &mut events);
        broker.close(INST, &later, false, &mut events);
        assert!(events.is_empty(), "{events:?}");
    }
}

/// Levels on ticks are restated by the engine and the broker alike, so nothing is said of them.
#[test]
fn a_split_of_levels_on_ticks_is_no_news() {
    let mut broker = SimBroker::new(&[tradable(0.01)], Costs::FREE, FillRules::default()).unwrap();
    let mut working = Working::new(bracket(EntryOrder::Market));
    working.bracket.stop = Some(Level::At(Ticks(9_801)));
    broker.books[0].working.push(working);
    let mut events = Vec::new();
    broker.open(INST, &day(0, 100.0), None, &mut events);
    broker.close(INST, &day(0, 100.0), false, &mut events);
    assert!(matches!(events.as_slice(), [Event::Fill(_)]), "{events:?}");
    events.clear();
    broker.split(INST, Split::new(2.0).unwrap(), 50.0, &mut events);
    assert!(events.is_empty(), "{events:?}");
    // 98.01 is 49.005 after it, and 49.01 the earlier tick
    let stop = |broker: &SimBroker| broker.books[0].working[0].live.unwrap().levels.stop;
    assert_eq!(stop(&broker), Some(49.01));
}
