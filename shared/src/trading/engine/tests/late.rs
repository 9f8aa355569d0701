//! Events that reach the engine in an order that no simulated broker has, and what must come of them.

use super::actions::bought;
use super::*;
use crate::trading::orders::ChargeKind;

#[test]
fn an_exit_reported_before_its_entry_waits_for_it() {
    let mut engine = pending();
    assert!(step(&mut engine, fill(1, Leg::Stop, 2, 50, 98.0)).is_empty());
    assert!(engine.trades().is_empty());
    assert_eq!(engine.equity().to_string(), "10000");
    step(&mut engine, fill(1, Leg::Entry, 1, 20, 100.0));
    assert!(engine.trades().is_empty());
    step(&mut engine, fill(1, Leg::Entry, 3, 30, 100.0));
    let [trade] = engine.trades() else {
        panic!("{} trades", engine.trades().len())
    };
    assert_eq!(
        (trade.exit_reason, trade.net_profit.to_string()),
        (ExitReason::Stop, "-103".to_owned())
    );
    assert_eq!(engine.position(INST), None);
}

#[test]
fn a_fill_that_comes_after_its_order_was_cancelled_is_held_or_closed_at_once() {
    let mut engine = pending();
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    assert!(step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.0)).is_empty());
    assert!(engine.position(INST).is_some());

    // withdrawn because everything had to be closed: so must this be
    let mut engine = pending();
    let flatten = Command::Flatten {
        inst: None,
        why: ExitReason::Flatten,
        when: When::NextOpen,
    };
    step(&mut engine, command(flatten));
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    let out = step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.0));
    assert!(matches!(
        out.as_slice(),
        [Action::Exit {
            why: ExitReason::Flatten,
            ..
        }]
    ));

    // another entry is pending by now: two positions on one instrument are one too many
    let mut engine = pending();
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    step(&mut engine, bar(21, 100.0));
    assert_eq!(decide(&mut engine, 21, 104.0).len(), 1);
    let out = step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.0));
    assert!(matches!(
        out.as_slice(),
        [Action::Exit {
            order: OrderId(1),
            ..
        }]
    ));
}

#[test]
fn a_refused_exit_is_asked_for_again_at_the_next_decision() {
    let mut engine = open();
    let flatten = Command::Flatten {
        inst: Some(INST),
        why: ExitReason::LossLimit,
        when: When::NextOpen,
    };
    let asked = step(&mut engine, command(flatten));
    assert_eq!(asked.len(), 1);
    step(&mut engine, order(Leg::Exit, LegState::Rejected));
    step(&mut engine, bar(21, 100.0));
    assert_eq!(step(&mut engine, Event::Decide { at: time(22) }), asked);
}

#[test]
fn a_commission_reported_late_reaches_the_trade_and_the_cash() {
    let charge = |exec, amount| {
        Event::Charge(Charge {
            inst: INST,
            order: OrderId(1),
            exec: ExecId(exec),
            kind: ChargeKind::Commission,
            amount,
            at: time(22),
        })
    };
    let mut engine = open();
    step(&mut engine, charge(10, 0.5));
    step(&mut engine, charge(10, 0.5));
    step(&mut engine, fill(1, Leg::Stop, 2, 50, 98.5));
    step(&mut engine, charge(11, 0.25));
    step(&mut engine, charge(11, 0.25));
    let trade = engine.trades()[0];
    // 50 · −2 and commissions of 1 + 1 + 0.5 + 0.25
    assert_eq!(
        (trade.net_profit.to_string(), trade.costs.to_string()),
        ("-102.75".to_owned(), "2.75".to_owned())
    );
    assert_eq!(engine.equity().to_string(), "9897.25");
    let stranger = Event::Charge(Charge {
        inst: INST,
        order: OrderId(9),
        exec: ExecId(12),
        kind: ChargeKind::Commission,
        amount: 1.0,
        at: time(22),
    });
    assert!(matches!(
        refused(&mut engine, &stranger),
        EngineError::UnknownOrder { .. }
    ));
}

#[test]
fn a_trailing_stop_only_ever_moves_towards_the_profit() {
    let trailing = Rules {
        policy: OrderPolicy {
            trailing_stop_atr: Some(1.5),
            ..OrderPolicy::default()
        },
        ..rules()
    };
    let mut engine = open_by(trailing);
    let mut stops = Vec::new();
    for (index, close) in [(21, 101.0), (22, 100.0), (23, 102.5)] {
        step(&mut engine, bar(index, close));
        let out = step(
            &mut engine,
            Event::Decide {
                at: time(index + 1),
            },
        );
        stops.push(match out.as_slice() {
            [] => None,
            [Action::Amend { stop, .. }] => Some(stop.0),
            other => panic!("{other:?}"),
        });
    }
    // ATR is 1, then a little more: 101 − 1.5 · ATR moves the stop up from 98, 100 − 1.5 · ATR does not
    assert_eq!(
        stops.iter().map(Option::is_some).collect::<Vec<_>>(),
        [true, false, true]
    );
    assert!(
        stops[0] > Some(9_900) && stops[0] <= Some(9_950),
        "{stops:?}"
    );
    let out = step(&mut engine, fill(1, Leg::Stop, 2, 50, 100.0));
    assert!(out.is_empty());
    assert_eq!(engine.trades()[0].exit_reason, ExitReason::TrailingStop);
}

#[test]
fn an_exit_that_is_dated_back_takes_the_bar_after_it_out_of_the_position_s_life() {
    let mut engine = open();
    step(&mut engine, bar(21, 101.0));
    step(&mut engine, bar(22, 110.0));
    let excursion = engine.position(INST).unwrap().excursion;
    assert_eq!((excursion.worst, excursion.best), (0.0, 500.0));
    step(&mut engine, fill(1, Leg::Exit, 2, 50, 101.0));
    // of bar 21 the high of 101.50 counts, of bar 22 nothing
    let trade = &engine.trades()[0];
    assert_eq!((trade.mae, trade.mfe), (0.0, 50.0));
    // one of the last bar itself leaves it in
    let mut engine = open();
    step(&mut engine, bar(21, 101.0));
    step(&mut engine, fill(1, Leg::Exit, 2, 50, 101.0));
    let trade = &engine.trades()[0];
    assert_eq!((trade.mae, trade.mfe), (0.0, 50.0));
}

/// Whether a venue confirms the first stop that a position is given by trailing or not, it is one that trails.
#[test]
fn a_stop_that_comes_by_trailing_alone_is_no_first_stop() {
    for confirms in [false, true] {
        let rules = Rules {
            policy: OrderPolicy {
                trailing_stop_atr: Some(1.5),
                ..OrderPolicy::default()
            },
            ..Rules::default()
        };
        let mut engine = bought(rules, 10_000.0, 100.0, 50);
        step(&mut engine, bar(21, 100.0));
        let asked = step(&mut engine, Event::Decide { at: time(22) });
        let [Action::Amend { stop, .. }] = asked.as_slice() else {
            panic!("{asked:?}")
        };
        if confirms {
            step(&mut engine, order(Leg::Stop, LegState::At(*stop)));
        }
        step(&mut engine, fill(1, Leg::Stop, 2, 50, 98.5));
        let trade = &engine.trades()[0];
        let of = (trade.exit_reason, trade.initial_risk);
        assert_eq!(of, (ExitReason::TrailingStop, None), "{confirms}");
    }
}
