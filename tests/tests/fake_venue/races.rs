//! Races by hand, one each: what overtakes what, and what the engine does about it.

use atrium_shared::market::bars::Instrument;
use atrium_shared::signal::prediction::Prediction;
use atrium_shared::trading::engine::{Rules, TimerKind};
use atrium_shared::trading::orders::{ExitReason, LegState, OrderId};
use atrium_shared::trading::policy::{EntryPolicy, OrderPolicy};
use atrium_shared::trading::strategy::{PredictedMove, Strategy};

use super::*;

/// An engine that has just sent an order: 50 lots long, target 104, stop 98.
fn ordered(policy: OrderPolicy, faults: Faults) -> Session {
    let strategy = PredictedMove {
        k_sigma_err: 0.0,
        ..PredictedMove::default()
    };
    let rules = Rules {
        strategy: Strategy::PredictedMove(strategy),
        policy,
        ..Rules::default()
    };
    let tradable = Tradable {
        instrument: Instrument::us_share("TEST"),
        fx: 1.0,
    };
    let mut session = Session::new(rules, &[tradable], 10_000.0, 1, faults).unwrap();
    (0..20).for_each(|index| session.bar(INST, flat_bar(index, 100.0)));
    assert_eq!(decide(&mut session, 20, 100.0, 104.0), 1);
    session
}

/// One more bar, a prediction at its close, the decision; how many brackets it opened.
fn decide(session: &mut Session, index: i64, price: f64, predicted: f64) -> usize {
    let bar = flat_bar(index, price);
    session.bar(INST, bar);
    let value = Prediction {
        price: predicted,
        sigma_err: None,
        confidence: None,
    };
    session.step(Event::Prediction {
        inst: INST,
        for_bar: bar.start(),
        value,
    });
    session.step(Event::Decide { at: bar.end() });
    let last = session.taken.last().map(|(_, actions)| actions);
    let opens = last.into_iter().flatten();
    opens
        .filter(|action| matches!(action, Action::Open(_)))
        .count()
}

fn asked(session: &Session) -> Vec<Action> {
    let actions = session.taken.iter().flat_map(|(_, actions)| actions);
    actions.copied().collect()
}

fn limit() -> OrderPolicy {
    OrderPolicy {
        entry: EntryPolicy::Limit,
        ..OrderPolicy::default()
    }
}

fn at(session: &Session) -> Timestamp {
    let bars = session.taken.iter().rev();
    bars.filter_map(|(event, _)| match event {
        Event::Bar { bar, .. } => Some(bar.end()),
        _ => None,
    })
    .next()
    .unwrap()
}

const DEAF: Faults = Faults {
    lose_report: 1.0,
    ..Faults::NONE
};
const MUTE: Faults = Faults {
    lose_action: 1.0,
    ..Faults::NONE
};

/// The entry fills, its report is lost, and so the cancellation that the expiry asks for is never answered: the instrument
/// is blocked until the connection is back.
#[test]
fn a_lost_execution_blocks_its_instrument_until_it_is_known() {
    let mut session = ordered(limit(), Faults::NONE);
    session.venue.set_faults(DEAF);
    for index in 21..26 {
        assert_eq!(decide(&mut session, index, 100.0, 104.0), 0);
    }
    assert!(session.engine.position(INST).is_none());
    assert_eq!(session.venue.ledger().held(OrderId(1)), 50);
    session.venue.set_faults(Faults::NONE);
    session.venue.recover();
    session.trade(INST, 100.0, false, at(&session));
    let position = session.engine.position(INST).unwrap();
    assert_eq!((position.bracket.order, position.lots.0), (OrderId(1), 50));
    assert!(session.refused.is_empty());
}

/// The entry does not fill, and the answer to its cancellation is lost: blocked, and asked for again at each expiry.
#[test]
fn a_lost_answer_to_a_cancellation_blocks_until_the_next_one() {
    let mut session = ordered(limit(), Faults::NONE);
    session.venue.set_faults(DEAF);
    for index in 21..24 {
        assert_eq!(decide(&mut session, index, 110.0, 120.0), 0);
    }
    session.venue.set_faults(Faults::NONE);
    assert_eq!(decide(&mut session, 24, 110.0, 120.0), 1);
    let cancels = asked(&session).into_iter();
    let cancels = cancels.filter(|action| matches!(action, Action::CancelEntry { .. }));
    assert_eq!(cancels.count(), 3);
}

/// An unknown state says nothing: the instrument stays blocked.
#[test]
fn an_unknown_state_changes_nothing() {
    let mut session = ordered(limit(), MUTE);
    let before = session.snapshot();
    for leg in [Leg::Entry, Leg::Target, Leg::Stop, Leg::Exit] {
        session.step(Event::Order {
            inst: INST,
            order: OrderId(1),
            leg,
            state: LegState::Unknown,
        });
    }
    assert_eq!(session.snapshot(), before);
    assert_eq!(decide(&mut session, 21, 100.0, 104.0), 0);
}

/// The cancellation is acknowledged before the execution that it came too late for: the position is taken in, and stays.
#[test]
fn an_execution_that_its_cancellation_overtakes_is_kept() {
    let partly = Faults {
        partial: 1.0,
        ..Faults::NONE
    };
    let mut session = ordered(OrderPolicy::default(), Faults::NONE);
    session.venue.set_faults(Faults {
        lose_report: 1.0,
        ..partly
    });
    // a part fills, nobody hears of it; the rest is cancelled, and that is heard
    session.trade(INST, 100.0, false, at(&session));
    let held = session.venue.ledger().held(OrderId(1));
    assert!(held > 0 && held < 50, "{held}");
    session.venue.set_faults(Faults::NONE);
    session.step(Event::Timer {
        at: at(&session),
        kind: TimerKind::EntryExpiry(INST),
    });
    session.venue.pass();
    let mut reports = Vec::new();
    session.venue.deliver(&mut reports);
    reports.into_iter().for_each(|event| session.step(event));
    assert!(session.engine.position(INST).is_none());
    session.venue.recover();
    session.trade(INST, 100.0, false, at(&session));
    assert_eq!(session.engine.position(INST).unwrap().lots.0, held);
    assert!(session.refused.is_empty());
}

/// The stop fills while an amendment of it is on its way, which comes too late: one exit, at the old stop.
#[test]
fn a_stop_that_fills_while_an_amendment_is_on_its_way_fills_once() {
    let policy = OrderPolicy {
        trailing_stop_atr: Some(1.0),
        ..OrderPolicy::default()
    };
    let mut session = ordered(policy, Faults::NONE);
    session.trade(INST, 100.0, false, at(&session));
    session.venue.set_faults(MUTE);
    decide(&mut session, 21, 102.0, 102.0);
    let amended = asked(&session);
    assert!(
        matches!(amended.last(), Some(Action::Amend { .. })),
        "{amended:?}"
    );
    session.venue.set_faults(Faults::NONE);
    for price in [101.0, 98.0, 97.0, 99.0] {
        session.trade(INST, price, false, at(&session));
    }
    let [trade] = session.engine.trades() else {
        panic!("{:?}", session.engine.trades())
    };
    assert_eq!(
        (trade.exit_price.to_string(), trade.quantity.to_string()),
        ("98".to_owned(), "50".to_owned())
    );
    assert_eq!(session.venue.ledger().executions.len(), 2);
}

/// A refused exit is asked for again at once, but once in a bar, and at the next decision.
#[test]
fn a_refused_exit_is_asked_for_again() {
    let policy = OrderPolicy {
        max_hold_bars: Some(2),
        ..OrderPolicy::default()
    };
    let mut session = ordered(policy, Faults::NONE);
    session.venue.set_faults(Faults {
        reject_exit: 1.0,
        ..Faults::NONE
    });
    for index in 21..24 {
        decide(&mut session, index, 100.0, 100.0);
    }
    let exits = |session: &Session| {
        let exits = asked(session).into_iter();
        exits
            .filter(|action| matches!(action, Action::Exit { .. }))
            .count()
    };
    // at the close of bar 21, and twice of each bar in which it was refused
    assert_eq!(exits(&session), 5);
    session.venue.set_faults(Faults::NONE);
    decide(&mut session, 24, 100.0, 100.0);
    decide(&mut session, 25, 100.0, 100.0);
    let [trade] = session.engine.trades() else {
        panic!("{:?}", session.engine.trades())
    };
    assert_eq!(trade.exit_reason, ExitReason::MaxHold);
}
