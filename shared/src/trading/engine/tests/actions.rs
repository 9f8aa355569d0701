//! Splits and dividends, as a live driver may send them.

use super::*;
use crate::signal::signals::Direction;
use crate::trading::strategy::Signals;

fn split(ratio: f64, price: f64, index: i64) -> Event {
    Event::Split {
        inst: INST,
        ratio,
        price,
        at: time(index),
    }
}

fn dividend(factor: f64, index: i64) -> Event {
    Event::Dividend {
        inst: INST,
        factor,
        at: time(index),
    }
}

/// Lots, entry price, target, stop, first stop.
fn held(engine: &Engine) -> (i64, f64, Option<Ticks>, Option<Ticks>, Option<Ticks>) {
    let position = engine.position(INST).unwrap();
    let Position {
        lots,
        entry_price,
        target,
        stop,
        first_stop,
        ..
    } = position;
    (lots.0, *entry_price, *target, *stop, *first_stop)
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

/// An engine that a signal without levels has made buy so many lots, at the close of its quiet bars.
pub(super) fn bought(rules: Rules, equity: f64, close: f64, lots: i64) -> Engine {
    let rules = Rules {
        strategy: Strategy::Signals(Signals::default()),
        ..rules
    };
    let mut engine = Engine::new(rules, &[tradable("TEST")], equity, Standing::CLEAR).unwrap();
    (0..=20).for_each(|index| assert!(step(&mut engine, bar(index, close)).is_empty()));
    let signal = Signal {
        direction: Direction::Long,
        size: Some(lots as f64),
        target: None,
        stop: None,
    };
    let said = Event::Signal {
        inst: INST,
        for_bar: time(20),
        signal,
    };
    step(&mut engine, said);
    let opened = step(&mut engine, Event::Decide { at: time(21) });
    assert!(matches!(opened.as_slice(), [Action::Open(_)]), "{opened:?}");
    step(&mut engine, fill(1, Leg::Entry, 1, lots, close));
    engine
}

#[test]
fn a_split_into_more_lots_than_can_be_counted_is_refused() {
    let mut engine = bought(rules(), 1e12, 1.0, 9_000_000_001);
    assert!(matches!(
        refused(&mut engine, &split(1e6, 1e-6, 21)),
        EngineError::Bounds(_)
    ));
    // one that is refused does not count as known
    step(&mut engine, split(1e5, 1e-5, 21));
    let lots = held(&engine).0 as f64 / 900_000_000_100_000.0;
    // lots are rounded to a trillionth of their number
    assert!((lots - 1.0).abs() < 2e-12, "{lots}");
}

#[test]
fn a_split_restates_what_is_held_once_and_leaves_equity_as_it_was() {
    let mut engine = open();
    let (equity, atr) = (engine.equity(), engine.atr(INST).unwrap());
    assert!(step(&mut engine, split(4.0, 25.0, 21)).is_empty());
    let after = (
        200,
        25.125,
        Some(Ticks(2_600)),
        Some(Ticks(2_450)),
        Some(Ticks(2_450)),
    );
    assert_eq!(held(&engine), after);
    assert!(near(engine.equity(), equity));
    assert!(near(engine.atr(INST).unwrap(), atr / 4.0));
    let position = engine.position(INST).unwrap();
    assert_eq!(
        (position.entered, position.bracket.lots),
        (Lots(200), Lots(200))
    );
    // the same again, and one that is older, change nothing
    step(&mut engine, split(4.0, 25.0, 21));
    step(&mut engine, split(2.0, 25.0, 20));
    assert_eq!(held(&engine), after);
    // 50 bought at 100.50 with a dollar of commission are sold as 200 at 26, with another
    step(&mut engine, fill(1, Leg::Target, 2, 200, 26.0));
    let trade = &engine.trades()[0];
    assert!(near(trade.quantity, 200.0) && near(trade.entry_price, 25.125));
    assert!(near(trade.net_profit, 175.0 - 2.0), "{}", trade.net_profit);
    assert!(near(trade.initial_risk.unwrap(), 125.0));
}

#[test]
fn a_split_of_a_part_that_was_sold_keeps_what_was_earned() {
    let mut engine = open();
    step(&mut engine, fill(1, Leg::Exit, 2, 10, 102.0));
    step(&mut engine, split(0.1, 1_000.0, 21));
    // 40 at 100.50 are 4 at 1005
    assert_eq!(held(&engine).0, 4);
    step(&mut engine, fill(1, Leg::Exit, 3, 4, 1_010.0));
    let trade = &engine.trades()[0];
    assert!(near(trade.gross_profit, 10.0 * 1.5 + 4.0 * 5.0));
    // one of five was sold at 1020, four at 1010
    assert!(near(trade.exit_price, 1_012.0) && near(trade.quantity, 5.0));
}

#[test]
fn what_waits_at_the_venue_is_restated_too() {
    let mut engine = pending();
    step(&mut engine, split(0.1, 1_000.0, 21));
    // 50 were ordered: 5 are left, and no more than that may fill
    assert!(matches!(
        refused(&mut engine, &fill(1, Leg::Entry, 1, 6, 1_005.0)),
        EngineError::Overfill { open: Lots(5), .. }
    ));
    step(&mut engine, fill(1, Leg::Entry, 1, 5, 1_005.0));
    let levels = (Some(Ticks(104_000)), Some(Ticks(98_000)));
    assert_eq!((held(&engine).2, held(&engine).3), levels);
    // an entry that is gone, and fills all the same
    let mut engine = pending();
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    step(&mut engine, split(0.1, 1_000.0, 21));
    step(&mut engine, fill(1, Leg::Entry, 1, 5, 1_005.0));
    assert_eq!((held(&engine).2, held(&engine).3), levels);
    // one that comes to less than a lot is none
    let mut engine = pending();
    step(&mut engine, split(0.01, 10_000.0, 21));
    assert!(matches!(
        refused(&mut engine, &fill(1, Leg::Entry, 1, 1, 10_050.0)),
        EngineError::UnknownOrder { .. }
    ));
    // an exit that was reported before its entry
    let mut engine = pending();
    step(&mut engine, fill(1, Leg::Stop, 2, 50, 98.0));
    step(&mut engine, split(2.0, 50.0, 21));
    step(&mut engine, fill(1, Leg::Entry, 1, 100, 50.25));
    let trade = &engine.trades()[0];
    assert!(near(trade.exit_price, 49.0) && near(trade.quantity, 100.0));
}

#[test]
fn what_is_left_of_an_entry_and_an_exit_under_way_go_on() {
    let mut engine = pending();
    step(&mut engine, fill(1, Leg::Entry, 1, 20, 100.0));
    let exit = command(Command::Flatten {
        inst: None,
        why: ExitReason::Flatten,
        when: When::NextOpen,
    });
    assert_eq!(step(&mut engine, exit).len(), 2);
    step(&mut engine, split(2.0, 50.0, 21));
    assert!(matches!(
        refused(&mut engine, &fill(1, Leg::Entry, 2, 61, 50.0)),
        EngineError::Overfill { open: Lots(60), .. }
    ));
    step(&mut engine, fill(1, Leg::Exit, 3, 40, 50.0));
    assert!(engine.position(INST).is_none());
}

#[test]
fn a_trailing_stop_is_asked_for_and_confirmed_on_the_new_basis() {
    let trailing = Rules {
        policy: OrderPolicy {
            trailing_stop_atr: Some(1.5),
            ..OrderPolicy::default()
        },
        ..rules()
    };
    let mut engine = open_by(trailing);
    step(&mut engine, bar(21, 101.0));
    let asked = step(&mut engine, Event::Decide { at: time(22) });
    let [Action::Amend { stop, .. }] = asked.as_slice() else {
        panic!("{asked:?}")
    };
    step(&mut engine, order(Leg::Stop, LegState::At(*stop)));
    step(&mut engine, split(2.0, 50.5, 22));
    let now = held(&engine).3.unwrap();
    assert_eq!(now, Ticks((stop.0 + 1) / 2));
    // a venue that rounds otherwise is believed, and asked for what was earned
    step(
        &mut engine,
        order(Leg::Stop, LegState::At(Ticks(now.0 - 3))),
    );
    assert_eq!(held(&engine).3, Some(Ticks(now.0 - 3)));
    // what the venue works is what was asked for: nothing is asked again
    step(&mut engine, order(Leg::Stop, LegState::At(now)));
    step(&mut engine, bar(22, 50.4));
    let again = step(&mut engine, Event::Decide { at: time(23) });
    assert!(again.is_empty(), "{again:?}");
}

#[test]
fn a_position_of_less_than_a_lot_is_paid_out_and_the_rest_of_its_entry_withdrawn() {
    let mut engine = pending();
    step(&mut engine, fill(1, Leg::Entry, 1, 5, 100.0));
    let out = step(&mut engine, split(0.1, 1_010.0, 21));
    assert!(
        matches!(out.as_slice(), [Action::CancelEntry { .. }]),
        "{out:?}"
    );
    let trade = &engine.trades()[0];
    assert_eq!(trade.exit_reason, ExitReason::CashInLieu);
    assert!(near(trade.exit_price, 101.0) && near(trade.gross_profit, 5.0));
    assert!(near(engine.balance(), 10_000.0 - 1.0 + 5.0));
    // 45 were still to fill: 4 now may, all the same
    assert!(matches!(
        refused(&mut engine, &fill(1, Leg::Entry, 2, 5, 1_000.0)),
        EngineError::Overfill { open: Lots(4), .. }
    ));
}

#[test]
fn a_dividend_is_paid_once_and_leaves_equity_as_it_was() {
    let mut engine = open();
    let (equity, balance) = (engine.equity(), engine.balance());
    let atr = engine.atr(INST).unwrap();
    let before = held(&engine);
    // a hundredth of the last close of 100, on 50
    step(&mut engine, dividend(0.99, 21));
    assert!(near(engine.balance(), balance + 50.0));
    assert!(near(engine.equity(), equity));
    assert!(near(engine.atr(INST).unwrap(), atr * 0.99));
    assert_eq!(held(&engine), before);
    step(&mut engine, dividend(0.99, 21));
    assert!(near(engine.balance(), balance + 50.0));
    // a split of the same time is another event
    step(&mut engine, split(2.0, 50.0, 21));
    assert_eq!(held(&engine).0, 100);
    step(&mut engine, fill(1, Leg::Exit, 2, 100, 49.0));
    let trade = &engine.trades()[0];
    assert!(near(trade.gross_profit, 100.0 * (49.0 - 50.25) + 50.0));
    assert!(near(trade.net_profit, trade.gross_profit - 2.0));
}

#[test]
fn what_is_no_action_changes_nothing() {
    let mut engine = open();
    let before = (held(&engine), engine.equity(), engine.atr(INST));
    for bad in [
        split(0.0, 100.0, 21),
        split(f64::NAN, 100.0, 21),
        split(1e7, 100.0, 21),
        split(2.0, 0.0, 21),
        split(2.0, f64::INFINITY, 21),
        dividend(0.0, 21),
        dividend(f64::NAN, 21),
    ] {
        assert!(matches!(refused(&mut engine, &bad), EngineError::Bounds(_)));
        assert_eq!((held(&engine), engine.equity(), engine.atr(INST)), before);
    }
    let elsewhere = Event::Split {
        inst: InstId(7),
        ratio: 2.0,
        price: 50.0,
        at: time(21),
    };
    assert!(matches!(
        refused(&mut engine, &elsewhere),
        EngineError::UnknownInstrument(_)
    ));
    // before any bar there is nothing to pay or to restate
    let mut fresh = Engine::new(rules(), &[tradable("TEST")], 10_000.0, Standing::CLEAR).unwrap();
    step(&mut fresh, split(2.0, 50.0, 0));
    step(&mut fresh, dividend(0.9, 0));
    assert!(near(fresh.equity(), 10_000.0));
}
