//! Commands, the funds of the account, and its halts.

use super::*;
use crate::trading::sizing::Sizing;

#[test]
fn commands_halt_resume_flatten_and_change_parameters() {
    let mut engine = pending();
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    step(&mut engine, command(Command::Halt));
    step(&mut engine, bar(21, 100.0));
    assert!(decide(&mut engine, 21, 104.0).is_empty());
    assert_eq!(
        (
            engine.halted(),
            engine.no_trades()[NoTrade::Halted as usize]
        ),
        (Some(Halt::Command), 1)
    );
    step(&mut engine, command(Command::Resume));
    step(&mut engine, bar(22, 100.0));
    let half = Sizing {
        risk_per_trade: 0.005,
        ..Sizing::default()
    };
    let smaller = Rules {
        sizing: half,
        ..rules()
    };
    step(&mut engine, command(Command::SetRules(Box::new(smaller))));
    let out = decide(&mut engine, 22, 104.0);
    assert!(
        matches!(out.as_slice(), [Action::Open(bracket)] if bracket.get().lots == Lots(25)),
        "{out:?}"
    );
    let flatten = Command::Flatten {
        inst: None,
        why: ExitReason::Flatten,
        when: When::NextOpen,
    };
    assert!(matches!(
        step(&mut engine, command(flatten.clone())).as_slice(),
        [Action::CancelEntry { .. }]
    ));
    let mut engine = open();
    assert!(matches!(
        step(&mut engine, command(flatten.clone())).as_slice(),
        [Action::Exit { .. }]
    ));
    let bad = Sizing {
        leverage: f64::NAN,
        ..half
    };
    let event = command(Command::SetRules(Box::new(Rules {
        sizing: bad,
        ..rules()
    })));
    assert!(matches!(
        refused(&mut engine, &event),
        EngineError::Bounds(_)
    ));
}

#[test]
fn available_funds_cap_the_size() {
    let mut engine = pending();
    step(&mut engine, order(Leg::Entry, LegState::Rejected));
    step(
        &mut engine,
        Event::Account {
            available_funds: 1_000.0,
            at: time(21),
        },
    );
    step(&mut engine, bar(21, 100.0));
    let out = decide(&mut engine, 21, 104.0);
    assert!(
        matches!(out.as_slice(), [Action::Open(bracket)] if bracket.get().lots == Lots(5)),
        "{out:?}"
    );
}

#[test]
fn a_lost_account_is_halted_for_good_and_flattened() {
    let mut engine = open();
    // 50 lots from 100.5 to an unheard-of price: the loss exceeds the account through the fee alone
    let ruin = Fill {
        inst: INST,
        order: OrderId(1),
        leg: Leg::Stop,
        exec: ExecId(2),
        lots: Lots(10),
        price: 98.0,
        costs: dollar(1e5),
        at: time(21),
    };
    step(&mut engine, Event::Fill(ruin));
    step(&mut engine, bar(21, 98.0));
    let out = step(&mut engine, Event::Decide { at: time(22) });
    assert!(
        matches!(
            out.as_slice(),
            [Action::Exit {
                why: ExitReason::Flatten,
                ..
            }]
        ),
        "{out:?}"
    );
    assert_eq!(engine.halted(), Some(Halt::Ruin));
    step(&mut engine, command(Command::Resume));
    assert_eq!(engine.halted(), Some(Halt::Ruin));
}
