//! Levels that a venue refuses or gives up, exits that it refuses, and entries that it reports too late: nothing stays open
//! without a stop or longer than it may.

use super::unheard::{cancel, exit, flatten_at, leaving_at_the_close, seconds_after};
use super::*;
use crate::market::calendar::Calendar;

const MORNING: i64 = 1_700_058_600;

/// A minute of a session of the New York Stock Exchange, of which the last is 389.
fn minute(index: i64) -> Timestamp {
    Timestamp::from_seconds(MORNING + index * 60)
}

fn minute_bar(index: i64) -> Event {
    let prices = [100.0, 100.5, 99.5, 100.0];
    let bar = Bar::new(minute(index), minute(index + 1), prices, 1.0).unwrap();
    Event::Bar { inst: INST, bar }
}

/// An engine in a market that never closes, or in one that is closed, with the order of [`pending_by`].
fn pending_in(calendar: Calendar, rules: Rules) -> Engine {
    let instrument = Instrument {
        calendar,
        ..Instrument::us_share("TEST")
    };
    let tradables = [Tradable {
        instrument,
        fx: 1.0,
    }];
    let mut engine = Engine::new(rules, &tradables, 10_000.0, Standing::CLEAR).unwrap();
    (0..=20).for_each(|index| assert!(step(&mut engine, bar(index, 100.0)).is_empty()));
    assert_eq!(decide(&mut engine, 20, 104.0).len(), 1);
    engine
}

fn open_in(calendar: Calendar) -> Engine {
    let mut engine = pending_in(calendar, rules());
    assert!(step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.0)).is_empty());
    engine
}

fn closing(until: Timestamp) -> Event {
    Event::Timer {
        at: time(21),
        kind: TimerKind::SessionExit { inst: INST, until },
    }
}

fn held_for(bars: u32) -> Rules {
    let policy = OrderPolicy {
        max_hold_bars: Some(bars),
        ..OrderPolicy::default()
    };
    Rules { policy, ..rules() }
}

#[test]
fn an_entry_without_its_stop_is_withdrawn_and_closed_where_it_fills_all_the_same() {
    for lost in [
        order(Leg::Stop, LegState::Cancelled),
        order(Leg::Stop, LegState::Rejected),
        order(Leg::Target, LegState::Rejected),
    ] {
        let mut engine = pending();
        assert_eq!(step(&mut engine, lost.clone()), [cancel(1)]);
        assert!(step(&mut engine, lost.clone()).is_empty());
        assert_eq!(
            step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.0)),
            [exit(ExitReason::Flatten, When::ThisClose)],
            "{lost:?}"
        );
        // and where it was said to be gone
        let mut engine = pending();
        step(&mut engine, order(Leg::Entry, LegState::Cancelled));
        assert!(step(&mut engine, lost.clone()).is_empty());
        assert_eq!(
            step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.0)),
            [exit(ExitReason::Flatten, When::ThisClose)],
            "{lost:?}"
        );
    }
    // a target that is gone leaves the stop
    let mut engine = pending();
    assert!(step(&mut engine, order(Leg::Target, LegState::Cancelled)).is_empty());
    assert!(step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.0)).is_empty());
}

/// In the last minute of a session the next open is that of another day.
#[test]
fn without_its_stop_a_position_is_not_held_over_night() {
    for (state, is_over) in [
        (LegState::Cancelled, false),
        (LegState::Rejected, false),
        (LegState::Cancelled, true),
    ] {
        let tradables = [tradable("TEST")];
        let mut engine = Engine::new(rules(), &tradables, 10_000.0, Standing::CLEAR).unwrap();
        (360..=388).for_each(|index| assert!(step(&mut engine, minute_bar(index)).is_empty()));
        let value = Prediction {
            price: 104.0,
            sigma_err: None,
            confidence: None,
        };
        let for_bar = minute(388);
        step(
            &mut engine,
            Event::Prediction {
                inst: INST,
                for_bar,
                value,
            },
        );
        let out = step(&mut engine, Event::Decide { at: minute(389) });
        assert_eq!(out.len(), 1);
        let Event::Fill(mut entry) = fill(1, Leg::Entry, 1, 50, 100.0) else {
            panic!("a fill")
        };
        entry.at = minute(389).plus_seconds(1);
        assert!(step(&mut engine, Event::Fill(entry)).is_empty());
        // an execution after the session's close tells that it is over, though its last bar has not been heard of
        let when = if is_over {
            let Event::Fill(mut part) = fill(1, Leg::Target, 2, 10, 104.0) else {
                panic!("a fill")
            };
            part.at = minute(390).plus_seconds(1);
            assert!(step(&mut engine, Event::Fill(part)).is_empty());
            When::NextOpen
        } else {
            When::ThisClose
        };
        assert_eq!(
            step(&mut engine, order(Leg::Stop, state)),
            [exit(ExitReason::Flatten, when)]
        );
    }
}

/// A stop that is given up after the bar, before its decision: the next open comes first.
#[test]
fn a_bar_that_is_to_be_decided_on_is_not_in_progress() {
    let mut engine = open_in(Calendar::Crypto);
    step(&mut engine, bar(21, 100.0));
    let mark = Event::Mark {
        at: seconds_after(22, 1),
        equity: None,
    };
    step(&mut engine, mark);
    assert_eq!(
        step(&mut engine, order(Leg::Stop, LegState::Cancelled)),
        [exit(ExitReason::Flatten, When::NextOpen)]
    );
    // nor does an entry at the very close of that bar show another
    let mut engine = pending_in(Calendar::Crypto, rules());
    assert_eq!(step(&mut engine, flatten_at(time(21))), [cancel(1)]);
    step(&mut engine, bar(21, 100.0));
    let Event::Fill(mut entry) = fill(1, Leg::Entry, 1, 50, 100.0) else {
        panic!("a fill")
    };
    entry.at = time(22);
    assert_eq!(
        step(&mut engine, Event::Fill(entry)),
        [exit(ExitReason::LossLimit, When::NextOpen)]
    );
}

#[test]
fn an_exit_at_the_open_after_a_bar_in_progress_gives_way_to_one_at_its_close() {
    let mut engine = open_in(Calendar::Crypto);
    let inside = seconds_after(21, 30);
    assert_eq!(
        step(&mut engine, flatten_at(inside)),
        [exit(ExitReason::LossLimit, When::NextOpen)]
    );
    assert_eq!(
        step(&mut engine, order(Leg::Stop, LegState::Rejected)),
        [exit(ExitReason::Flatten, When::ThisClose)]
    );
}

/// The open passes and the venue refuses the exit that was to fill there: the close of the session's last bar is left.
#[test]
fn a_refused_exit_is_asked_for_again_at_once_while_there_is_time() {
    let refused = || order(Leg::Exit, LegState::Rejected);
    let mut engine = open_in(Calendar::Crypto);
    assert_eq!(
        step(&mut engine, flatten_at(time(21))),
        [exit(ExitReason::LossLimit, When::NextOpen)]
    );
    assert!(step(&mut engine, closing(time(22))).is_empty());
    assert_eq!(
        step(&mut engine, refused()),
        [exit(ExitReason::LossLimit, When::ThisClose)]
    );
    // but once in a bar, and then at its decision
    assert!(step(&mut engine, refused()).is_empty());
    step(&mut engine, bar(21, 100.0));
    let next = [exit(ExitReason::LossLimit, When::NextOpen)];
    assert_eq!(step(&mut engine, Event::Decide { at: time(22) }), next);
    assert_eq!(
        step(&mut engine, refused()),
        [exit(ExitReason::LossLimit, When::ThisClose)]
    );
    // the exit at the session's end itself
    let mut engine = open_in(Calendar::Crypto);
    let at_close = [exit(ExitReason::SessionEnd, When::ThisClose)];
    assert_eq!(step(&mut engine, closing(time(22))), at_close);
    assert_eq!(step(&mut engine, refused()), at_close);
    assert!(step(&mut engine, flatten_at(seconds_after(21, 30))).is_empty());
    // one for a close to come stays one for that close
    let mut engine = leaving_at_the_close(Calendar::Nyse);
    assert_eq!(
        step(&mut engine, refused()),
        [exit(ExitReason::MaxHold, When::ThisClose)]
    );
    // nothing is asked for where nothing is to leave
    let mut engine = open_in(Calendar::Crypto);
    assert!(step(&mut engine, refused()).is_empty());
}

/// An exit that is asked for anew, because more was entered, is no longer one that was refused.
#[test]
fn a_refused_exit_that_was_renewed_is_under_way() {
    let mut engine = pending_in(Calendar::Crypto, rules());
    step(&mut engine, fill(1, Leg::Entry, 1, 20, 100.0));
    let next = exit(ExitReason::LossLimit, When::NextOpen);
    let out = step(&mut engine, flatten_at(seconds_after(21, 30)));
    assert_eq!(out, [cancel(1), next]);
    let refused = || order(Leg::Exit, LegState::Rejected);
    assert_eq!(step(&mut engine, refused()), [next]);
    assert!(step(&mut engine, refused()).is_empty());
    assert_eq!(step(&mut engine, fill(1, Leg::Entry, 2, 10, 100.0)), [next]);
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    step(&mut engine, bar(21, 100.0));
    assert!(step(&mut engine, Event::Decide { at: time(22) }).is_empty());
}

/// An entry of bar 21 that is reported when that bar is over: it was held for that bar.
#[test]
fn an_entry_reported_after_its_bar_leaves_no_bar_too_late() {
    use ExitReason::{MaxHold, SessionEnd};
    let late = |calendar, rules, decided: bool, ends: bool| {
        let mut engine = pending_in(calendar, rules);
        if ends {
            step(&mut engine, closing(time(22)));
        }
        step(&mut engine, bar(21, 100.0));
        if decided {
            step(&mut engine, Event::Decide { at: time(22) });
        }
        let out = step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.0));
        (engine, out)
    };
    let (day, night) = (Calendar::Crypto, Calendar::Nyse);
    for (rules, ends, why) in [(rules(), true, SessionEnd), (held_for(1), false, MaxHold)] {
        for (calendar, decided, when) in [
            (day, false, When::NextOpen),
            (night, false, When::NextOpen),
            (night, true, When::NextOpen),
            // bar 22 is in progress by then
            (day, true, When::ThisClose),
        ] {
            let (_, out) = late(calendar, rules, decided, ends);
            assert_eq!(out, [exit(why, when)], "{calendar:?} {decided}");
        }
    }
    // one that may be held for another bar leaves at its close, and one for three a bar later
    let this_close = [exit(MaxHold, When::ThisClose)];
    for calendar in [day, night] {
        let (_, out) = late(calendar, held_for(2), true, false);
        assert_eq!(out, this_close);
        let (mut engine, out) = late(calendar, held_for(2), false, false);
        assert_eq!(out, this_close);
        assert!(step(&mut engine, Event::Decide { at: time(22) }).is_empty());
        let (mut engine, out) = late(calendar, held_for(3), false, false);
        assert!(out.is_empty());
        assert!(step(&mut engine, Event::Decide { at: time(22) }).is_empty());
        step(&mut engine, bar(22, 100.0));
        assert_eq!(
            step(&mut engine, Event::Decide { at: time(23) }),
            this_close
        );
        step(&mut engine, bar(23, 100.0));
        let Event::Fill(mut last) = fill(1, Leg::Exit, 2, 50, 100.0) else {
            panic!("a fill")
        };
        last.at = time(23);
        step(&mut engine, Event::Fill(last));
        assert_eq!(engine.trades()[0].bars_held, 3);
    }
    // rules that shorten the hold close at the next open what was held for longer
    let mut engine = open();
    for index in 21..23 {
        step(&mut engine, bar(index, 100.0));
        assert!(
            step(
                &mut engine,
                Event::Decide {
                    at: time(index + 1)
                }
            )
            .is_empty()
        );
    }
    let shorter = Command::SetRules(Box::new(held_for(2)));
    step(&mut engine, command(shorter));
    step(&mut engine, bar(23, 100.0));
    assert_eq!(
        step(&mut engine, Event::Decide { at: time(24) }),
        [exit(MaxHold, When::NextOpen)]
    );
}
