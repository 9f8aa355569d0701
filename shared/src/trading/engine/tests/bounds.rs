//! What is held against bounds and standing, and what a trade says of itself.

use super::*;

#[test]
fn nothing_is_entered_before_the_surroundings_are_known() {
    let mut engine =
        Engine::new(rules(), &[tradable("TEST")], 10_000.0, Standing::UNKNOWN).unwrap();
    (0..=20).for_each(|index| assert!(step(&mut engine, bar(index, 100.0)).is_empty()));
    assert!(decide(&mut engine, 20, 104.0).is_empty());
    assert_eq!(engine.no_trades()[NoTrade::NotCleared as usize], 1);
    let standing = Standing::CLEAR;
    step(
        &mut engine,
        Event::Standing {
            standing,
            at: time(21),
        },
    );
    step(&mut engine, bar(21, 100.0));
    assert_eq!(decide(&mut engine, 21, 104.0).len(), 1);
}

#[test]
fn costs_beyond_all_measure_are_refused_and_large_ones_are_not() {
    let costing = |commission| {
        let Event::Fill(mut costing) = fill(1, Leg::Entry, 1, 50, 100.0) else {
            panic!("a fill")
        };
        costing.costs = dollar(commission);
        Event::Fill(costing)
    };
    let mut engine = pending();
    assert!(matches!(
        refused(&mut engine, &costing(1.1e100)),
        EngineError::Bounds(_)
    ));
    step(&mut engine, costing(1e90));
    let mark = |equity| Event::Mark {
        at: time(22),
        equity,
    };
    assert!(!step(&mut engine, mark(None)).is_empty());
    assert!(matches!(
        refused(&mut engine, &mark(Some(f64::INFINITY))),
        EngineError::Bounds(_)
    ));
}

#[test]
fn prices_beyond_all_measure_are_refused() {
    for price in [1.1e21, f64::MAX] {
        assert!(matches!(
            refused(&mut pending(), &fill(1, Leg::Entry, 1, 50, price)),
            EngineError::Bounds(_)
        ));
    }
    let mut engine = pending();
    step(&mut engine, fill(1, Leg::Entry, 1, 50, 1e21));
    assert!(engine.equity() < 0.0 && engine.equity().is_finite());
}

/// A reversal enters where it leaves, whoever makes the rules.
#[test]
fn rules_that_reverse_at_two_times_are_refused() {
    use crate::trading::policy::{EntryPolicy, OnOpposite, SignalExit};
    for (entry, signal_exit, is_refused) in [
        (EntryPolicy::Close, SignalExit::NextOpen, true),
        (EntryPolicy::Limit, SignalExit::DecidingClose, true),
        (EntryPolicy::Close, SignalExit::DecidingClose, false),
        (EntryPolicy::Market, SignalExit::NextOpen, false),
    ] {
        let policy = OrderPolicy {
            entry,
            signal_exit,
            on_opposite: OnOpposite::Reverse,
            ..OrderPolicy::default()
        };
        let rules = Rules { policy, ..rules() };
        let made = Engine::new(rules, &[tradable("T")], 10_000.0, Standing::CLEAR);
        assert_eq!(made.is_err(), is_refused, "{entry:?} {signal_exit:?}");
        let event = command(Command::SetRules(Box::new(rules)));
        let taken = pending().step(&event, &mut Vec::new());
        assert_eq!(taken.is_err(), is_refused, "{taken:?}");
    }
}

#[test]
fn nothing_is_decided_before_the_first_bar() {
    let mut engine = Engine::new(rules(), &[tradable("TEST")], 10_000.0, Standing::CLEAR).unwrap();
    assert!(step(&mut engine, Event::Decide { at: time(0) }).is_empty());
    assert_eq!(engine.no_trades()[NoTrade::NoPrediction as usize], 0);
}

/// 20 lots at 100 and 30 at 90 are 50 at 94: at 90 they have lost 200, whatever comes after. A stop at the entry price
/// risks nothing that could be measured by.
#[test]
fn excursion_and_risk_are_of_what_was_paid() {
    let mut engine = pending();
    step(&mut engine, fill(1, Leg::Entry, 1, 20, 100.0));
    step(&mut engine, fill(1, Leg::Entry, 2, 30, 90.0));
    step(&mut engine, fill(1, Leg::Exit, 3, 50, 95.0));
    assert_eq!(engine.trades()[0].mae.to_string(), "-200");
    let mut engine = pending();
    step(&mut engine, fill(1, Leg::Entry, 1, 50, 98.0));
    step(&mut engine, fill(1, Leg::Exit, 2, 50, 99.0));
    assert_eq!(engine.trades()[0].initial_risk, None);
}

#[test]
fn rules_that_make_no_sense_are_refused_part_by_part() {
    let wrong: [fn(&mut Rules); 4] = [
        |rules| {
            rules.strategy = Strategy::PredictedMove(PredictedMove {
                reward_risk_ratio: -1.0,
                ..PredictedMove::default()
            });
        },
        |rules| rules.policy.min_stop_spreads = -1.0,
        |rules| rules.limits.total_loss = Some(-1.0),
        |rules| rules.costs.borrow_percent = -1.0,
    ];
    for change in wrong {
        let mut rules = rules();
        change(&mut rules);
        let event = command(Command::SetRules(Box::new(rules)));
        assert!(matches!(
            refused(&mut pending(), &event),
            EngineError::Bounds(_)
        ));
    }
}

/// Funds are net of what positions tie up, which is not taken off twice.
#[test]
fn available_funds_are_what_is_left_beside_positions() {
    let other = InstId(1);
    for (funds, lots) in [
        (None, 50),
        (Some(5_000.0), 50),
        (Some(1_000.0), 9),
        (Some(-1.0), 0),
    ] {
        let tradables = [tradable("A"), tradable("B")];
        let mut engine = Engine::new(rules(), &tradables, 10_000.0, Standing::CLEAR).unwrap();
        for index in 0..=20 {
            step(&mut engine, bar(index, 100.0));
            step(&mut engine, bar_of(other, index, 100.0));
        }
        assert_eq!(decide(&mut engine, 20, 104.0).len(), 1);
        step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.0));
        if let Some(available_funds) = funds {
            let at = time(21);
            step(
                &mut engine,
                Event::Account {
                    available_funds,
                    at,
                },
            );
        }
        step(&mut engine, bar_of(other, 21, 100.0));
        let value = Prediction {
            price: 104.0,
            sigma_err: None,
            confidence: None,
        };
        let for_bar = time(21);
        step(
            &mut engine,
            Event::Prediction {
                inst: other,
                for_bar,
                value,
            },
        );
        let found = match step(&mut engine, Event::Decide { at: time(22) }).as_slice() {
            [] => 0,
            [Action::Open(bracket)] => bracket.get().lots.0,
            out => panic!("{out:?}"),
        };
        // 5,000 and 1,000 pay for 49 and 9 at 101
        assert_eq!(found, lots.min(49), "{funds:?}");
    }
    // a reversal sets free what it replaces
    let mut reversing = rules();
    reversing.policy.on_opposite = crate::trading::policy::OnOpposite::Reverse;
    let mut engine = open_by(reversing);
    let (available_funds, at) = (100.0, time(21));
    step(
        &mut engine,
        Event::Account {
            available_funds,
            at,
        },
    );
    step(&mut engine, bar(21, 100.0));
    let out = decide(&mut engine, 21, 96.0);
    // 5,100 pay for 50, but 1 % of it risks only 51 / 2
    assert!(
        matches!(out.as_slice(), [_, Action::Open(bracket)] if bracket.get().lots == Lots(25)),
        "{out:?}"
    );
}
