//! The engine alone, one event at a time: what a backtest's driver never sends, and what must leave no trace.

mod account;
mod actions;
mod bounds;
mod late;
mod protection;
mod unheard;

use super::*;
use crate::base::units::{Lots, Ticks};
use crate::market::bars::{Bar, Instrument};
use crate::trading::orders::{ExecId, FillCosts, Level, OrderId, Side};
use crate::trading::policy::OrderPolicy;
use crate::trading::strategy::{PredictedMove, Strategy};

const INST: InstId = InstId(0);

fn time(index: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + index * 60)
}

fn bar(index: i64, close: f64) -> Event {
    bar_of(INST, index, close)
}

fn bar_of(inst: InstId, index: i64, close: f64) -> Event {
    let prices = [close, close + 0.5, close - 0.5, close];
    let bar = Bar::new(time(index), time(index + 1), prices, 1.0).unwrap();
    Event::Bar { inst, bar }
}

fn step(engine: &mut Engine, event: Event) -> Vec<Action> {
    let mut out = Vec::new();
    engine.step(&event, &mut out).unwrap();
    out
}

fn fill(order: u64, leg: Leg, exec: u64, lots: i64, price: f64) -> Event {
    Event::Fill(Fill {
        inst: INST,
        order: OrderId(order),
        leg,
        exec: ExecId(exec),
        lots: Lots(lots),
        price,
        costs: dollar(1.0),
        at: time(21),
    })
}

fn dollar(commission: f64) -> FillCosts {
    FillCosts {
        commission,
        ..FillCosts::default()
    }
}

fn tradable(symbol: &str) -> Tradable {
    Tradable {
        instrument: Instrument::us_share(symbol),
        fx: 1.0,
    }
}

fn rules() -> Rules {
    let strategy = PredictedMove {
        k_sigma_err: 0.0,
        ..PredictedMove::default()
    };
    Rules {
        strategy: Strategy::PredictedMove(strategy),
        ..Rules::default()
    }
}

fn order(leg: Leg, state: LegState) -> Event {
    Event::Order {
        inst: INST,
        order: OrderId(1),
        leg,
        state,
    }
}

fn command(command: Command) -> Event {
    Event::Command {
        at: time(0),
        command,
    }
}

/// An engine that has just asked for 50 lots long, target 104, stop 98, by a prediction at the close of bar 20.
fn pending() -> Engine {
    pending_by(rules())
}

fn pending_by(rules: Rules) -> Engine {
    let mut engine = Engine::new(rules, &[tradable("TEST")], 10_000.0, Standing::CLEAR).unwrap();
    (0..=20).for_each(|index| assert!(step(&mut engine, bar(index, 100.0)).is_empty()));
    let out = decide(&mut engine, 20, 104.0);
    let [Action::Open(bracket)] = out.as_slice() else {
        panic!("{out:?}")
    };
    let bracket = bracket.get();
    assert_eq!(
        (bracket.order, bracket.side, bracket.lots),
        (OrderId(1), Side::Long, Lots(50))
    );
    assert_eq!(
        (bracket.target, bracket.stop),
        (
            Some(Level::At(Ticks(10_400))),
            Some(Level::At(Ticks(9_800)))
        )
    );
    engine
}

fn open() -> Engine {
    open_by(rules())
}

fn open_by(rules: Rules) -> Engine {
    let mut engine = pending_by(rules);
    assert!(step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.5)).is_empty());
    engine
}

fn decide(engine: &mut Engine, index: i64, price: f64) -> Vec<Action> {
    let value = Prediction {
        price,
        sigma_err: None,
        confidence: None,
    };
    assert!(
        step(
            engine,
            Event::Prediction {
                inst: INST,
                for_bar: time(index),
                value
            }
        )
        .is_empty()
    );
    step(
        engine,
        Event::Decide {
            at: time(index + 1),
        },
    )
}

/// Checks that an event is refused and changes nothing that can be seen.
#[track_caller]
fn refused(engine: &mut Engine, event: &Event) -> EngineError {
    let before = (
        engine.equity().to_bits(),
        engine.position(INST).copied(),
        engine.trades().len(),
    );
    let mut out = Vec::new();
    let error = engine.step(event, &mut out).unwrap_err();
    assert_eq!(
        before,
        (
            engine.equity().to_bits(),
            engine.position(INST).copied(),
            engine.trades().len()
        )
    );
    assert!(out.is_empty());
    error
}

#[test]
fn executions_add_up_and_a_duplicate_changes_nothing() {
    let mut engine = pending();
    step(&mut engine, fill(1, Leg::Entry, 1, 20, 100.0));
    step(&mut engine, fill(1, Leg::Entry, 1, 20, 100.0));
    step(&mut engine, fill(1, Leg::Entry, 2, 30, 101.0));
    let position = *engine.position(INST).unwrap();
    assert_eq!(
        (position.lots, position.entry_price.to_string()),
        (Lots(50), "100.6".to_owned())
    );
    step(&mut engine, fill(1, Leg::Target, 3, 10, 104.0));
    step(&mut engine, fill(1, Leg::Target, 3, 10, 104.0));
    assert!(engine.trades().is_empty());
    step(&mut engine, fill(1, Leg::Target, 4, 40, 104.0));
    let [trade] = engine.trades() else {
        panic!("{} trades", engine.trades().len())
    };
    assert!((trade.net_profit - (50.0 * 3.4 - 4.0)).abs() < 1e-9);
    assert!((engine.equity() - 10_000.0 - trade.net_profit).abs() < 1e-9);
    // a late copy of the last execution, after the position is gone
    step(&mut engine, fill(1, Leg::Target, 4, 40, 104.0));
    assert_eq!(engine.trades().len(), 1);
}

#[test]
fn what_cannot_be_is_refused_and_leaves_no_trace() {
    let mut engine = pending();
    assert!(matches!(
        refused(&mut engine, &fill(1, Leg::Entry, 1, 51, 100.0)),
        EngineError::Overfill { .. }
    ));
    assert!(matches!(
        refused(&mut engine, &fill(1, Leg::Entry, 1, 0, 100.0)),
        EngineError::Overfill { .. }
    ));
    assert!(matches!(
        refused(&mut engine, &fill(2, Leg::Entry, 1, 50, 100.0)),
        EngineError::UnknownOrder { .. }
    ));
    assert!(matches!(
        refused(&mut engine, &fill(2, Leg::Stop, 1, 50, 98.0)),
        EngineError::UnknownOrder { .. }
    ));
    assert!(matches!(
        refused(&mut engine, &fill(1, Leg::Stop, 1, 51, 98.0)),
        EngineError::Overfill { .. }
    ));
    assert!(matches!(
        refused(&mut engine, &fill(1, Leg::Entry, 1, 50, f64::NAN)),
        EngineError::Bounds(_)
    ));
    assert!(matches!(
        refused(&mut engine, &bar(20, 100.0)),
        EngineError::BarOutOfOrder { .. }
    ));
    let mut engine = open();
    assert!(matches!(
        refused(&mut engine, &fill(1, Leg::Stop, 2, 51, 98.0)),
        EngineError::Overfill { .. }
    ));
    assert!(matches!(
        refused(&mut engine, &fill(1, Leg::Entry, 2, 1, 98.0)),
        EngineError::Overfill { .. }
    ));
    let elsewhere = Event::Decide { at: time(0) };
    assert!(step(&mut engine, elsewhere).is_empty());
    let stranger = Event::Order {
        inst: InstId(7),
        order: OrderId(1),
        leg: Leg::Stop,
        state: LegState::Rejected,
    };
    assert_eq!(
        refused(&mut engine, &stranger),
        EngineError::UnknownInstrument(InstId(7))
    );
    let bad = Event::Account {
        available_funds: f64::NAN,
        at: time(0),
    };
    assert!(matches!(refused(&mut engine, &bad), EngineError::Bounds(_)));
}

#[test]
fn a_prediction_for_another_bar_is_never_traded() {
    let mut engine = pending();
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    step(&mut engine, bar(21, 100.0));
    assert!(decide(&mut engine, 20, 104.0).is_empty());
    assert_eq!(engine.late_predictions(), 1);
    // and a prediction is spent with its bar
    step(&mut engine, bar(22, 100.0));
    assert!(step(&mut engine, Event::Decide { at: time(23) }).is_empty());
}

#[test]
fn an_entry_that_the_venue_cancels_or_rejects_frees_the_instrument() {
    for state in [LegState::Cancelled, LegState::Rejected] {
        let mut engine = pending();
        step(&mut engine, order(Leg::Entry, LegState::Accepted));
        step(&mut engine, bar(21, 100.0));
        assert!(
            decide(&mut engine, 21, 104.0).is_empty(),
            "a pending entry bars another"
        );
        step(&mut engine, order(Leg::Entry, LegState::Unknown));
        step(&mut engine, bar(22, 100.0));
        assert!(
            decide(&mut engine, 22, 104.0).is_empty(),
            "an unknown state bars another"
        );
        step(&mut engine, order(Leg::Entry, state));
        step(&mut engine, bar(23, 100.0));
        assert_eq!(decide(&mut engine, 23, 104.0).len(), 1);
    }
}

#[test]
fn a_position_that_loses_its_protection_is_closed_once() {
    let mut engine = open();
    let exit = Action::Exit {
        inst: INST,
        order: OrderId(1),
        why: ExitReason::Flatten,
        when: When::NextOpen,
    };
    assert_eq!(
        step(&mut engine, order(Leg::Stop, LegState::Rejected)),
        [exit]
    );
    assert!(step(&mut engine, order(Leg::Target, LegState::Rejected)).is_empty());
    // a refused exit is asked for again
    assert_eq!(
        step(&mut engine, order(Leg::Exit, LegState::Rejected)),
        [exit]
    );
    assert!(step(&mut engine, order(Leg::Stop, LegState::Rejected)).is_empty());
    step(&mut engine, fill(1, Leg::Exit, 2, 50, 99.0));
    assert_eq!(
        engine.trades().first().map(|trade| trade.exit_reason),
        Some(ExitReason::Flatten)
    );
}

#[test]
fn timers_withdraw_entries_and_close_positions() {
    let timer = |kind| Event::Timer { at: time(30), kind };
    let cancel = Action::CancelEntry {
        inst: INST,
        order: OrderId(1),
    };
    assert_eq!(
        step(&mut pending(), timer(TimerKind::EntryExpiry(INST))),
        [cancel]
    );
    assert!(step(&mut open(), timer(TimerKind::EntryExpiry(INST))).is_empty());
    let exit = Action::Exit {
        inst: INST,
        order: OrderId(1),
        why: ExitReason::SessionEnd,
        when: When::ThisClose,
    };
    let session_exit = timer(TimerKind::SessionExit {
        inst: INST,
        until: time(31),
    });
    assert_eq!(step(&mut open(), session_exit.clone()), [exit]);
    // an entry that fills in the bar of the exit leaves with it
    let mut engine = pending();
    assert!(step(&mut engine, session_exit.clone()).is_empty());
    assert_eq!(step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.5)), [exit]);
    // and none is decided on before the session is over
    let mut engine = pending();
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    step(&mut engine, session_exit);
    step(&mut engine, bar(21, 100.0));
    assert!(decide(&mut engine, 21, 104.0).is_empty());
    assert_eq!(engine.no_trades()[NoTrade::SessionEnding as usize], 1);
    step(&mut engine, bar(30, 100.0));
    assert_eq!(decide(&mut engine, 30, 104.0).len(), 1);
}

#[test]
fn what_is_left_of_a_partly_filled_entry_is_withdrawn_with_the_exit() {
    let mut engine = pending();
    step(&mut engine, fill(1, Leg::Entry, 1, 20, 100.0));
    let out = step(&mut engine, fill(1, Leg::Stop, 2, 20, 98.0));
    assert_eq!(
        out,
        [Action::CancelEntry {
            inst: INST,
            order: OrderId(1)
        }]
    );
    assert_eq!(
        engine
            .trades()
            .first()
            .map(|trade| trade.quantity.to_string()),
        Some("20".to_owned())
    );
}

#[test]
fn a_bar_is_decided_on_once_and_only_while_it_is_the_last() {
    let mut engine = pending();
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    // the bar was decided on: neither a second decision nor a prediction after it trades
    assert!(step(&mut engine, Event::Decide { at: time(21) }).is_empty());
    assert!(decide(&mut engine, 20, 104.0).is_empty());
    assert_eq!(engine.late_predictions(), 1);
}

#[test]
fn two_instruments_share_an_account_and_neither_trades_on_the_others_time() {
    let other = InstId(1);
    let mut engine = Engine::new(
        rules(),
        &[tradable("A"), tradable("B")],
        10_000.0,
        Standing::CLEAR,
    )
    .unwrap();
    for index in 0..=20 {
        step(&mut engine, bar_of(INST, index, 100.0));
        step(&mut engine, bar_of(other, index, 100.0));
    }
    let value = Prediction {
        price: 104.0,
        sigma_err: None,
        confidence: None,
    };
    for inst in [INST, other] {
        step(
            &mut engine,
            Event::Prediction {
                inst,
                for_bar: time(20),
                value,
            },
        );
    }
    let out = step(&mut engine, Event::Decide { at: time(21) });
    let lots: Vec<_> = out
        .iter()
        .map(|action| match action {
            Action::Open(bracket) => (bracket.get().inst, bracket.get().order, bracket.get().lots),
            _ => panic!("{action:?}"),
        })
        .collect();
    // the first takes half of the buying power; its 100 at risk are reserved, which leaves 9,900 to risk 1 % of
    assert_eq!(
        lots,
        [(INST, OrderId(1), Lots(50)), (other, OrderId(2), Lots(49))]
    );
    // only the first has a new bar: the second must not decide on its old one
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    let cancelled = Event::Order {
        inst: other,
        order: OrderId(2),
        leg: Leg::Entry,
        state: LegState::Cancelled,
    };
    step(&mut engine, cancelled);
    step(&mut engine, bar_of(INST, 21, 100.0));
    step(
        &mut engine,
        Event::Prediction {
            inst: INST,
            for_bar: time(21),
            value,
        },
    );
    step(
        &mut engine,
        Event::Prediction {
            inst: other,
            for_bar: time(20),
            value,
        },
    );
    assert_eq!(step(&mut engine, Event::Decide { at: time(22) }).len(), 1);
}

#[test]
fn a_late_duplicate_changes_nothing_although_another_instrument_traded_since() {
    let mut engine = open();
    step(&mut engine, fill(1, Leg::Stop, 2, 50, 98.0));
    step(&mut engine, bar(21, 100.0));
    // orders 2 to 4 go elsewhere; this instrument's next is 5
    engine.next_order = 5;
    assert_eq!(decide(&mut engine, 21, 104.0).len(), 1);
    step(&mut engine, fill(5, Leg::Entry, 3, 49, 100.0));
    let before = engine.equity().to_bits();
    step(&mut engine, fill(1, Leg::Stop, 2, 50, 98.0));
    assert_eq!(
        (before, engine.trades().len()),
        (engine.equity().to_bits(), 1)
    );
}
