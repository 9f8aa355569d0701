//! What a venue did not hear, refused, or said too late, and which of two exits comes first.

use super::*;
use crate::market::calendar::Calendar;
use crate::trading::orders::ChargeKind;
use crate::trading::strategy::LevelAnchor;

pub(super) const FLATTEN: Command = Command::Flatten {
    inst: None,
    why: ExitReason::LossLimit,
    when: When::NextOpen,
};

pub(super) fn flatten_at(at: Timestamp) -> Event {
    let command = FLATTEN;
    Event::Command { at, command }
}

pub(super) fn exit(why: ExitReason, when: When) -> Action {
    Action::Exit {
        inst: INST,
        order: OrderId(1),
        why,
        when,
    }
}

pub(super) fn cancel(order: u64) -> Action {
    Action::CancelEntry {
        inst: INST,
        order: OrderId(order),
    }
}

fn state(order: u64, leg: Leg, state: LegState) -> Event {
    Event::Order {
        inst: INST,
        order: OrderId(order),
        leg,
        state,
    }
}

pub(super) fn seconds_after(index: i64, seconds: i64) -> Timestamp {
    time(index).plus_seconds(seconds)
}

/// An engine with 50 lots of a market that never closes, or of a share, which asked at the close of bar 21 to leave at the
/// close of bar 22: it may hold for two bars.
pub(super) fn leaving_at_the_close(calendar: Calendar) -> Engine {
    let mut held_for_two = rules();
    held_for_two.policy.max_hold_bars = Some(2);
    let instrument = Instrument {
        calendar,
        ..Instrument::us_share("TEST")
    };
    let tradable = Tradable {
        instrument,
        fx: 1.0,
    };
    let mut engine = Engine::new(held_for_two, &[tradable], 10_000.0, Standing::CLEAR).unwrap();
    (0..=20).for_each(|index| assert!(step(&mut engine, bar(index, 100.0)).is_empty()));
    assert_eq!(decide(&mut engine, 20, 104.0).len(), 1);
    step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.0));
    step(&mut engine, bar(21, 100.0));
    let out = step(&mut engine, Event::Decide { at: time(22) });
    assert_eq!(out, [exit(ExitReason::MaxHold, When::ThisClose)]);
    engine
}

#[test]
fn of_two_exits_the_one_that_fills_first_stands() {
    let sooner = [exit(ExitReason::LossLimit, When::NextOpen)];
    // bar 22 is in progress: its close comes before the next open
    let mut engine = leaving_at_the_close(Calendar::Crypto);
    assert!(step(&mut engine, flatten_at(seconds_after(22, 30))).is_empty());
    // it has not begun yet: its open comes first
    let mut engine = leaving_at_the_close(Calendar::Crypto);
    assert_eq!(step(&mut engine, flatten_at(time(22))), sooner);
    // the market is closed, so that no bar can be in progress
    let mut engine = leaving_at_the_close(Calendar::Nyse);
    assert_eq!(step(&mut engine, flatten_at(seconds_after(22, 30))), sooner);
    // neither has it at the very open of a session, and after its close no longer
    let day = |seconds: i64| Timestamp::from_seconds(1_700_058_600 + seconds);
    let (open, close) = (day(0), day(23_400));
    for (at, is_inside) in [
        (open, false),
        (open.plus_seconds(1), true),
        (close, true),
        (close.plus_seconds(1), false),
    ] {
        let mut engine = leaving_at_the_close(Calendar::Nyse);
        assert_eq!(step(&mut engine, flatten_at(at)).is_empty(), is_inside);
    }
    // bar 22 is over and the exit did not fill at its close
    let mut engine = leaving_at_the_close(Calendar::Crypto);
    step(&mut engine, bar(22, 100.0));
    assert_eq!(step(&mut engine, flatten_at(seconds_after(23, 1))), []);
    assert_eq!(
        step(&mut engine, Event::Decide { at: time(23) }),
        [exit(ExitReason::MaxHold, When::NextOpen)]
    );
    // an exit for the open after a bar in progress gives way to one for its close, and to no other
    let mut engine = open_by(rules());
    let session_exit = Event::Timer {
        at: time(21),
        kind: TimerKind::SessionExit {
            inst: INST,
            until: time(30),
        },
    };
    step(&mut engine, order(Leg::Stop, LegState::Rejected));
    assert!(step(&mut engine, session_exit).is_empty());
}

/// A stop is refused while a bar is in progress: the exit that was to fill at its close stands.
#[test]
fn without_its_stop_a_position_leaves_at_the_close_that_it_was_to_leave_at() {
    let mut engine = leaving_at_the_close(Calendar::Crypto);
    let mark = Event::Mark {
        at: seconds_after(22, 30),
        equity: None,
    };
    step(&mut engine, mark);
    assert!(step(&mut engine, order(Leg::Stop, LegState::Rejected)).is_empty());
    // what a venue says comes after the decision, when the next bar has begun
    let mut engine = leaving_at_the_close(Calendar::Crypto);
    assert!(step(&mut engine, order(Leg::Stop, LegState::Rejected)).is_empty());
    // but where the market is closed
    let mut engine = leaving_at_the_close(Calendar::Nyse);
    assert_eq!(
        step(&mut engine, order(Leg::Stop, LegState::Rejected)),
        [exit(ExitReason::Flatten, When::NextOpen)]
    );
}

/// An entry that was to be withdrawn fills all the same: it leaves at the close of the bar in progress, where that comes before
/// the next open.
#[test]
fn a_stray_entry_leaves_at_the_close_of_a_bar_in_progress() {
    let closing = TimerKind::SessionExit {
        inst: INST,
        until: time(22),
    };
    let close_entry = Rules {
        policy: OrderPolicy {
            entry: crate::trading::policy::EntryPolicy::Close,
            ..OrderPolicy::default()
        },
        ..rules()
    };
    for (rules, filled_at, when) in [
        (rules(), time(21), When::ThisClose),
        (rules(), time(20), When::NextOpen),
        (close_entry, time(21), When::NextOpen),
    ] {
        let mut engine = pending_by(rules);
        let timer = Event::Timer {
            at: time(21),
            kind: closing,
        };
        step(&mut engine, timer);
        step(&mut engine, flatten_at(time(21)));
        let Event::Fill(mut stray) = fill(1, Leg::Entry, 1, 50, 100.0) else {
            panic!("a fill")
        };
        stray.at = filled_at;
        assert_eq!(
            step(&mut engine, Event::Fill(stray)),
            [exit(ExitReason::LossLimit, when)]
        );
    }
}

#[test]
fn an_exit_that_may_have_got_lost_is_asked_for_again_once_a_bar() {
    let mut engine = open();
    let asked = [exit(ExitReason::LossLimit, When::NextOpen)];
    assert_eq!(step(&mut engine, flatten_at(time(21))), asked);
    for index in 21..24 {
        step(&mut engine, bar(index, 100.0));
        let at = time(index + 1);
        assert_eq!(step(&mut engine, Event::Decide { at }), asked);
        assert!(step(&mut engine, flatten_at(at)).is_empty());
        assert!(step(&mut engine, Event::Decide { at }).is_empty());
    }
    // whichever of them fills, the position is closed once
    step(&mut engine, fill(1, Leg::Exit, 2, 50, 99.0));
    assert_eq!(
        engine.trades().first().map(|trade| trade.exit_reason),
        Some(ExitReason::LossLimit)
    );
    step(&mut engine, bar(24, 100.0));
    assert!(step(&mut engine, Event::Decide { at: time(25) }).is_empty());
}

#[test]
fn more_that_is_entered_renews_the_exit_for_a_time_to_come() {
    let mut engine = pending();
    step(&mut engine, fill(1, Leg::Entry, 1, 20, 100.0));
    let session_exit = Event::Timer {
        at: time(21),
        kind: TimerKind::SessionExit {
            inst: INST,
            until: time(22),
        },
    };
    let at_close = exit(ExitReason::SessionEnd, When::ThisClose);
    assert_eq!(step(&mut engine, session_exit), [cancel(1), at_close]);
    let more = |exec| {
        let Event::Fill(mut more) = fill(1, Leg::Entry, exec, 10, 100.0) else {
            panic!("a fill")
        };
        more.at = time(21);
        Event::Fill(more)
    };
    assert_eq!(step(&mut engine, more(2)), [at_close]);
    step(&mut engine, bar(21, 100.0));
    assert_eq!(
        step(&mut engine, more(3)),
        [exit(ExitReason::SessionEnd, When::NextOpen)]
    );
}

/// What is left of an entry bars its instrument and commits its cash until the venue says that it is gone.
#[test]
fn the_rest_of_an_entry_is_withdrawn_until_the_venue_says_so() {
    let mut engine = pending();
    step(&mut engine, fill(1, Leg::Entry, 1, 20, 100.0));
    let out = step(&mut engine, fill(1, Leg::Stop, 2, 20, 98.0));
    assert_eq!(out, [cancel(1)]);
    assert_eq!(engine.trades().len(), 1);
    // asked in bar 21, and again at each decision that follows a whole bar without an answer
    for index in 21..24 {
        step(&mut engine, bar(index, 100.0));
        assert_eq!(decide(&mut engine, index, 104.0), [cancel(1)]);
    }
    assert_eq!(engine.no_trades()[NoTrade::PositionOpen as usize], 3);
    // an expiry asks too, and the decision after it need not
    step(&mut engine, bar(24, 100.0));
    let expiry = Event::Timer {
        at: time(25),
        kind: TimerKind::EntryExpiry(INST),
    };
    assert_eq!(step(&mut engine, expiry), [cancel(1)]);
    assert!(decide(&mut engine, 24, 104.0).is_empty());
    // a stray fill is closed at once
    let mut stray = engine_with_a_stray_fill();
    assert_eq!(stray.trades().len(), 1);
    step(&mut stray, fill(1, Leg::Exit, 4, 10, 99.0));
    assert_eq!(stray.trades().len(), 2);
    assert_eq!(stray.position(INST), None);
    // once it is gone the instrument is free
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    step(&mut engine, bar(25, 100.0));
    assert!(matches!(
        decide(&mut engine, 25, 104.0).as_slice(),
        [Action::Open(_)]
    ));
}

fn engine_with_a_stray_fill() -> Engine {
    let mut engine = pending();
    step(&mut engine, fill(1, Leg::Entry, 1, 20, 100.0));
    step(&mut engine, fill(1, Leg::Stop, 2, 20, 98.0));
    let out = step(&mut engine, fill(1, Leg::Entry, 3, 10, 100.0));
    assert_eq!(out, [exit(ExitReason::Flatten, When::ThisClose)]);
    assert!(matches!(
        refused(&mut engine, &fill(1, Leg::Entry, 5, 21, 100.0)),
        EngineError::Overfill { open: Lots(20), .. }
    ));
    engine
}

/// A reversal waits until nothing of the old entry can fill any more.
#[test]
fn no_reversal_while_the_old_entry_may_still_fill() {
    let reversing = Rules {
        policy: OrderPolicy {
            on_opposite: crate::trading::policy::OnOpposite::Reverse,
            ..OrderPolicy::default()
        },
        ..rules()
    };
    for confirmed in [false, true] {
        let mut engine = pending_by(reversing);
        step(&mut engine, fill(1, Leg::Entry, 1, 20, 100.0));
        step(&mut engine, bar(21, 100.0));
        if confirmed {
            step(&mut engine, order(Leg::Entry, LegState::Cancelled));
        }
        let out = decide(&mut engine, 21, 96.0);
        let opens = out.iter().any(|action| matches!(action, Action::Open(_)));
        assert!(out.contains(&exit(ExitReason::Signal, When::NextOpen)));
        assert_eq!(opens, confirmed, "{out:?}");
        assert_eq!(out.contains(&cancel(1)), !confirmed, "{out:?}");
    }
}

#[test]
fn an_entry_that_works_after_all_is_withdrawn_again_and_bars_its_instrument() {
    let accepted = || order(Leg::Entry, LegState::Accepted);
    let mut engine = pending();
    assert!(step(&mut engine, accepted()).is_empty());
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    assert_eq!(step(&mut engine, accepted()), [cancel(1)]);
    assert!(step(&mut engine, accepted()).is_empty());
    step(&mut engine, bar(21, 100.0));
    assert_eq!(decide(&mut engine, 21, 104.0), [cancel(1)]);
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    step(&mut engine, bar(22, 100.0));
    assert_eq!(decide(&mut engine, 22, 104.0).len(), 1);
    // beside another one it must not stay
    assert_eq!(step(&mut engine, accepted()), [cancel(1)]);
    assert_eq!(
        step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.0)),
        [exit(ExitReason::Flatten, When::NextOpen)]
    );
    // one that nobody minds is kept where it stands alone
    let mut engine = pending();
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    step(&mut engine, accepted());
    assert!(step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.0)).is_empty());
    // one that comes back beside another is not
    let mut engine = pending();
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    step(&mut engine, bar(21, 100.0));
    assert_eq!(decide(&mut engine, 21, 104.0).len(), 1);
    step(&mut engine, accepted());
    assert_eq!(
        step(&mut engine, fill(1, Leg::Entry, 1, 50, 100.0)),
        [exit(ExitReason::Flatten, When::NextOpen)]
    );
    // of a position, whose rest was said to be gone
    let mut engine = pending();
    step(&mut engine, fill(1, Leg::Entry, 1, 20, 100.0));
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    assert_eq!(step(&mut engine, accepted()), [cancel(1)]);
    // and of one that filled to the last lot nothing is left
    let mut engine = open();
    assert!(step(&mut engine, accepted()).is_empty());
}

/// Orders 1 to `count`, each withdrawn unfilled; the engine after them.
fn withdrawn(count: u64) -> Engine {
    let mut engine = pending();
    for number in 1..=count {
        step(&mut engine, state(number, Leg::Entry, LegState::Cancelled));
        if number < count {
            let index = 20 + number as i64;
            step(&mut engine, bar(index, 100.0));
            assert_eq!(decide(&mut engine, index, 104.0).len(), 1);
        }
    }
    engine
}

#[test]
fn sixty_four_withdrawn_entries_are_remembered_and_older_ones_that_are_known_to_have_filled() {
    let mut engine = withdrawn(65);
    assert!(matches!(
        refused(&mut engine, &fill(1, Leg::Entry, 1, 50, 100.0)),
        EngineError::UnknownOrder { .. }
    ));
    step(&mut engine, fill(2, Leg::Entry, 2, 50, 100.0));
    assert_eq!(
        engine.position(INST).map(|position| position.bracket.order),
        Some(OrderId(2))
    );
    // an exit that was reported shows that there was an entry, which is waited for
    let mut engine = pending();
    step(&mut engine, order(Leg::Entry, LegState::Cancelled));
    step(&mut engine, fill(1, Leg::Stop, 1, 50, 98.0));
    for number in 2..=80 {
        let index = 19 + number as i64;
        step(&mut engine, bar(index, 100.0));
        assert_eq!(decide(&mut engine, index, 104.0).len(), 1);
        step(&mut engine, state(number, Leg::Entry, LegState::Rejected));
    }
    step(&mut engine, fill(1, Leg::Entry, 2, 50, 100.0));
    assert_eq!(engine.trades().len(), 1);
}

#[test]
fn a_charge_reaches_the_trade_although_the_rest_of_its_entry_is_pending() {
    let mut engine = pending();
    step(&mut engine, fill(1, Leg::Entry, 1, 20, 100.0));
    step(&mut engine, fill(1, Leg::Stop, 2, 20, 98.0));
    let charge = Charge {
        inst: INST,
        order: OrderId(1),
        exec: ExecId(9),
        kind: ChargeKind::Commission,
        amount: 0.5,
        at: time(22),
    };
    step(&mut engine, Event::Charge(charge));
    assert_eq!(engine.trades()[0].net_profit.to_string(), "-42.5");
}

fn trailing() -> Engine {
    let trailing = Rules {
        policy: OrderPolicy {
            trailing_stop_atr: Some(1.5),
            ..OrderPolicy::default()
        },
        ..rules()
    };
    open_by(trailing)
}

fn next(engine: &mut Engine, index: i64, close: f64) -> Vec<Action> {
    step(engine, bar(index, close));
    step(
        engine,
        Event::Decide {
            at: time(index + 1),
        },
    )
}

fn amended(out: &[Action]) -> Option<Ticks> {
    match out {
        [] => None,
        [Action::Amend { stop, .. }] => Some(*stop),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refused_trailing_stop_is_asked_for_again() {
    let mut engine = trailing();
    let worked_at = |ticks| order(Leg::Stop, LegState::At(ticks));
    let first = amended(&next(&mut engine, 21, 101.0)).unwrap();
    step(&mut engine, worked_at(Ticks(9_800)));
    assert_eq!(engine.position(INST).unwrap().stop, Some(Ticks(9_800)));
    // the close is lower now, the stop that was earned is not
    assert_eq!(amended(&next(&mut engine, 22, 100.5)), Some(first));
    step(&mut engine, worked_at(first));
    assert_eq!(engine.position(INST).unwrap().stop, Some(first));
    assert_eq!(amended(&next(&mut engine, 23, 100.5)), None);
    // a report that was overtaken says nothing new
    step(&mut engine, worked_at(Ticks(9_800)));
    assert_eq!(engine.position(INST).unwrap().stop, Some(first));
    // refused once more: a stop that moved on meanwhile is asked for instead
    let second = amended(&next(&mut engine, 24, 102.0)).unwrap();
    step(&mut engine, worked_at(first));
    let third = amended(&next(&mut engine, 25, 103.0)).unwrap();
    assert!(first < second && second < third);
    // the old stop fills: that is what the trade says
    step(&mut engine, worked_at(first));
    step(&mut engine, fill(1, Leg::Stop, 2, 50, 99.0));
    let price = engine.trades()[0].stop_price;
    assert_eq!(price, Some(first.0 as f64 / 100.0));
}

#[test]
fn levels_stand_where_the_venue_says() {
    let mut engine = trailing();
    let at = |engine: &Engine| {
        let position = engine.position(INST).unwrap();
        (position.target, position.stop, position.first_stop)
    };
    let (target, stop, first) = at(&engine);
    assert_eq!((stop, first), (Some(Ticks(9_800)), stop));
    // a level of a leg that has none says nothing
    step(&mut engine, order(Leg::Exit, LegState::At(Ticks(9_700))));
    step(&mut engine, order(Leg::Entry, LegState::At(Ticks(9_700))));
    assert_eq!(at(&engine), (target, stop, first));
    step(&mut engine, order(Leg::Stop, LegState::At(Ticks(9_700))));
    let first = Some(Ticks(9_700));
    assert_eq!(at(&engine), (target, first, first));
    step(&mut engine, order(Leg::Target, LegState::At(Ticks(10_900))));
    let moved = (Some(Ticks(10_900)), first, first);
    assert_eq!(at(&engine), moved);
    // one that the venue moved by itself is not asked back
    assert_eq!(amended(&next(&mut engine, 21, 96.0)), None);
    assert_eq!(at(&engine), moved);
    let mut engine = pending();
    step(&mut engine, order(Leg::Stop, LegState::At(Ticks(9_700))));
    step(&mut engine, order(Leg::Target, LegState::At(Ticks(9_700))));
    assert_eq!(engine.position(INST), None);
}

/// Executions may be reported in another order than they were made: the venue anchored at 100.50, the engine hears of 100.70 first.
#[test]
fn distances_are_of_the_fill_that_the_venue_says() {
    let anchored = |engine: &mut Engine| {
        (0..=20).for_each(|index| assert!(step(engine, bar(index, 100.0)).is_empty()));
        let out = decide(engine, 20, 104.0);
        let [Action::Open(bracket)] = out.as_slice() else {
            panic!("{out:?}")
        };
        let levels = (bracket.get().target, bracket.get().stop);
        let from = |distance| Some(Level::FromFill(distance));
        assert_eq!(levels, (from(4.0), from(2.0)));
    };
    let mut by_fill = rules();
    if let Some(strategy) = by_fill.strategy.predicted_move_mut() {
        strategy.level_anchor = LevelAnchor::Fill;
    }
    let new = || {
        let standing = Standing::CLEAR;
        let mut engine = Engine::new(by_fill, &[tradable("TEST")], 10_000.0, standing).unwrap();
        anchored(&mut engine);
        engine
    };
    let said = |engine: &mut Engine| {
        step(engine, order(Leg::Target, LegState::At(Ticks(10_450))));
        step(engine, order(Leg::Stop, LegState::At(Ticks(9_850))));
    };
    let filled = |engine: &mut Engine| {
        step(engine, fill(1, Leg::Entry, 2, 30, 100.7));
        step(engine, fill(1, Leg::Entry, 1, 20, 100.5));
    };
    let levels = |engine: &Engine| {
        let position = engine.position(INST).unwrap();
        (position.target, position.stop, position.first_stop)
    };
    let true_levels = (Some(Ticks(10_450)), Some(Ticks(9_850)), Some(Ticks(9_850)));
    let mut late = new();
    filled(&mut late);
    let believed = (Some(Ticks(10_470)), Some(Ticks(9_870)), Some(Ticks(9_870)));
    assert_eq!(levels(&late), believed);
    said(&mut late);
    assert_eq!(levels(&late), true_levels);
    let mut early = new();
    said(&mut early);
    filled(&mut early);
    assert_eq!(levels(&early), true_levels);
    // also where the entry was said to be gone before it filled
    let mut gone = new();
    step(&mut gone, order(Leg::Entry, LegState::Cancelled));
    said(&mut gone);
    filled(&mut gone);
    assert_eq!(levels(&gone), true_levels);
}

#[test]
fn what_is_done_to_the_last_lot_is_not_waited_for() {
    let mut engine = open();
    step(&mut engine, fill(1, Leg::Stop, 2, 50, 98.0));
    assert!(matches!(
        refused(&mut engine, &fill(1, Leg::Entry, 3, 1, 100.0)),
        EngineError::UnknownOrder { .. }
    ));
}
