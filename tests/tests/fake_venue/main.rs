//! The engine at a venue with faults: late, partial, duplicated, reordered, lost and refused replies, amendments and
//! cancellations that race with fills, on a seeded schedule.
//!
//! `ATRIUM_PROPTEST_CASES` sets how many schedules are tried.

#![cfg(not(target_arch = "wasm32"))]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says why and fails"
)]

mod races;
mod shadow;
mod trading;

use std::collections::{BTreeMap, BTreeSet};

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::bars::Bar;
use atrium_shared::trading::engine::{Action, Engine, Event, Tradable};
use atrium_shared::trading::orders::{InstId, Leg, Side};
use atrium_shared::trading::risk::Standing;
use atrium_tests::fake_venue::{Faults, Session, Snapshot, signed_lots};
use atrium_tests::generate::{Case, Shape, vary};

use shadow::{Races, Shadow};
use trading::{trade, wind_up};

/// Schedules that are tried where the environment does not say.
const SCHEDULES: u64 = 400;

fn schedules() -> u64 {
    std::env::var("ATRIUM_PROPTEST_CASES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(SCHEDULES)
}

/// The case of a schedule: rules and bars of every kind, on one interval.
fn case(seed: u64) -> Case {
    let odd = seed % 3;
    let varied = match odd {
        0 => vary::OPPOSITE | vary::ENTRY,
        1 => {
            let left_out = vary::CALENDAR | vary::DIALECT | vary::TOOL;
            vary::ALL & !(left_out | vary::SCALE | vary::OFF_GRID)
        }
        _ => (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32 & vary::ALL & !vary::CALENDAR,
    };
    Case::new(Shape {
        seed,
        bars: 60 + (seed % 90) as u32,
        instruments: 1 + (seed % 2) as u16,
        varied,
    })
    .unwrap_or_else(|error| panic!("schedule {seed}: {error}"))
}

/// An engine traded through a schedule, and what it was to trade.
fn session(seed: u64, faults: Faults) -> (Case, Session) {
    let case = case(seed);
    let session = Session::new(
        case.config.rules(),
        &case.tradables(),
        case.config.initial_equity,
        seed,
        faults,
    );
    (case, session.unwrap())
}

fn unit_value(tradable: &Tradable) -> f64 {
    tradable.instrument.multiplier * tradable.instrument.lot_size * tradable.fx
}

/// Cash and worth of everything that traded, which is the scale of its rounding errors.
fn cash(case: &Case, session: &Session) -> (f64, f64) {
    let tradables = case.tradables();
    let ledger = session.venue.ledger();
    let (mut cash, mut scale) = (case.config.initial_equity, case.config.initial_equity);
    let sides = opened(session);
    for fill in &ledger.executions {
        let side = sides[&fill.order.0];
        let worth =
            fill.lots.0 as f64 * fill.price * unit_value(&tradables[usize::from(fill.inst.0)]);
        let buys = (fill.leg == Leg::Entry) == (side == Side::Long);
        cash += if buys { -worth } else { worth } - fill.costs.charged();
        scale += worth;
    }
    let charged: f64 = ledger.charges.iter().map(|charge| charge.amount).sum();
    (cash - charged, scale)
}

/// Equity by the venue's own ledger, marked at the last bars that the engine was told of.
fn marked(case: &Case, session: &Session) -> (f64, f64) {
    let tradables = case.tradables();
    let (mut equity, scale) = cash(case, session);
    let sides = opened(session);
    for fill in &session.venue.ledger().executions {
        let bars = session
            .taken
            .iter()
            .rev()
            .filter_map(|(event, _)| match event {
                Event::Bar { inst, bar } if *inst == fill.inst => Some(bar.close()),
                _ => None,
            });
        let mark = bars.into_iter().next().unwrap_or(0.0);
        let side = sides[&fill.order.0];
        let unit = unit_value(&tradables[usize::from(fill.inst.0)]);
        equity += side.sign() * signed_lots(fill) as f64 * mark * unit;
    }
    (equity, scale)
}

/// The side of every bracket that was asked for.
fn opened(session: &Session) -> BTreeMap<u64, Side> {
    let actions = session.taken.iter().flat_map(|(_, actions)| actions);
    actions
        .filter_map(|action| match action {
            Action::Open(bracket) => Some((bracket.get().order.0, bracket.get().side)),
            _ => None,
        })
        .collect()
}

#[track_caller]
fn assert_near(what: &str, seed: u64, found: f64, expected: f64, scale: f64) {
    assert!(
        (found - expected).abs() <= 1e-9 * scale,
        "schedule {seed}: {what} is {found}, not {expected}"
    );
}

/// The engine knows where the venue works each stop.
#[track_caller]
fn stops_agree(case: &Case, session: &Session, seed: u64) {
    for inst in (0..case.markets.len()).map(|index| InstId(index as u16)) {
        let Some(position) = session.engine.position(inst) else {
            continue;
        };
        let order = position.bracket.order;
        if let Some(stop) = session.venue.stop_of(inst, order) {
            assert_eq!(position.stop, Some(stop), "schedule {seed}: {order:?}");
        }
    }
}

/// No position stands at the venue without its stop and without an exit that was asked for.
#[track_caller]
fn nothing_stands_bare(session: &Session, seed: u64) {
    let actions = session.taken.iter().flat_map(|(_, actions)| actions);
    let (mut opened, mut left) = (Vec::new(), BTreeSet::new());
    for action in actions {
        match action {
            Action::Open(bracket) => opened.push(*bracket.get()),
            Action::Exit { order, .. } => {
                left.insert(order.0);
            }
            Action::Amend { .. } | Action::CancelEntry { .. } => {}
        }
    }
    for bracket in opened {
        let bare = session
            .venue
            .stands_without_stop(bracket.inst, bracket.order);
        assert!(
            !bare || left.contains(&bracket.order.0),
            "schedule {seed}: {:?} stands without its stop",
            bracket.order
        );
    }
}

/// Once everything has arrived, the engine's account is the venue's; until then it never does what it must not.
#[test]
fn when_all_is_told_the_engine_and_the_venue_agree() {
    let (mut traded, mut trades, mut quiet) = (0, 0, 0);
    let mut races = Races::default();
    for seed in 0..schedules() {
        let (case, mut session) = session(seed, Faults::drawn(seed));
        trading::trade_and(&case, &mut session, seed, |session| {
            if session.venue.is_quiet() {
                let (equity, scale) = marked(&case, session);
                assert_near("equity", seed, session.engine.equity(), equity, scale);
                stops_agree(&case, session, seed);
                nothing_stands_bare(session, seed);
                quiet += 1;
            }
        });
        assert!(wind_up(&case, &mut session), "schedule {seed} does not end");
        let refused = session.refused.first();
        assert!(refused.is_none(), "schedule {seed}: {refused:?}");
        let shadow = Shadow::check(seed, &session);
        races = races.plus(&shadow.races);
        let (cash, scale) = cash(&case, &session);
        assert_near("cash", seed, session.engine.balance(), cash, scale);
        let earned: f64 = session
            .engine
            .trades()
            .iter()
            .map(|trade| trade.net_profit)
            .sum();
        assert_near(
            "profit",
            seed,
            earned,
            cash - case.config.initial_equity,
            scale,
        );
        let mut held = BTreeMap::<u64, i64>::new();
        for fill in &session.venue.ledger().executions {
            let held = held.entry(fill.order.0).or_default();
            *held += signed_lots(fill);
            assert!(
                *held >= 0,
                "schedule {seed}: more left than was held, {fill:?}"
            );
        }
        traded += u64::from(!session.engine.trades().is_empty());
        trades += session.engine.trades().len();
    }
    assert!(
        traded * 2 > schedules(),
        "{traded} schedules trade, {trades} trades"
    );
    assert!(
        quiet > schedules() && races.least() * 50 > schedules(),
        "{quiet} {races:?}"
    );
}

fn replay(case: &Case, events: &[(Event, Vec<Action>)]) -> Engine {
    let initial = case.config.initial_equity;
    let mut engine = Engine::new(
        case.config.rules(),
        &case.tradables(),
        initial,
        Standing::CLEAR,
    )
    .unwrap();
    for (event, actions) in events {
        let mut out = Vec::new();
        engine.step(event, &mut out).unwrap();
        assert_eq!(&out, actions, "{:?}: {event:?}", case.shape);
    }
    engine
}

/// What was recorded gives a fresh engine the same actions, event by event, and the same end, although refused events are
/// left out: an error leaves no trace, seen or unseen.
#[test]
fn recorded_events_replay_to_the_same_actions_and_the_same_end() {
    for seed in 0..schedules() {
        let (case, mut session) = session(seed, Faults::drawn(seed));
        trade(&case, &mut session, seed);
        trading::disturb(&case, &mut session, seed);
        for refusal in &session.refused {
            assert!(!refusal.left_a_trace, "schedule {seed}: {refusal:?}");
        }
        let engine = replay(&case, &session.taken);
        let count = case.markets.len();
        assert_eq!(
            Snapshot::of(&engine, count),
            session.snapshot(),
            "schedule {seed}"
        );
        assert_eq!(engine.trades(), session.engine.trades(), "schedule {seed}");
        // a truncated recording is a recording
        replay(&case, &session.taken[..session.taken.len() / 2]);
    }
}

/// Executions and charges that are reported again, at any later time, change nothing.
#[test]
fn duplicates_change_nothing() {
    for seed in 0..schedules() / 2 {
        let (case, mut session) = session(seed, Faults::drawn(seed));
        trade(&case, &mut session, seed);
        let mut draws = atrium_tests::draws::Draws::new(seed, 9);
        let mut engine = replay(&case, &[]);
        let mut earlier: Vec<&Event> = Vec::new();
        for (event, actions) in &session.taken {
            let mut out = Vec::new();
            engine.step(event, &mut out).unwrap();
            assert_eq!(&out, actions, "schedule {seed}: {event:?}");
            if matches!(event, Event::Fill(_) | Event::Charge(_)) {
                earlier.push(event);
            }
            for _ in 0..2 {
                if earlier.is_empty() || draws.chance(0.8) {
                    continue;
                }
                let again = earlier[draws.below(earlier.len() as u64) as usize];
                let before = Snapshot::of(&engine, case.markets.len());
                let mut out = Vec::new();
                assert_eq!(engine.step(again, &mut out), Ok(()));
                assert!(out.is_empty(), "schedule {seed}: {again:?} again");
                assert_eq!(before, Snapshot::of(&engine, case.markets.len()));
            }
        }
        assert_eq!(
            Snapshot::of(&engine, case.markets.len()),
            session.snapshot()
        );
    }
}

/// Where reports are lost for good, nothing is known of an order and nothing new is opened in its place; the engine does
/// not panic, and does what the shadow allows.
#[test]
fn what_is_lost_for_good_leaves_its_instrument_blocked() {
    for seed in 0..schedules() {
        let faults = Faults {
            lose_report: 0.1,
            lose_action: 0.1,
            lose_cancel: 0.1,
            loses_for_good: true,
            ..Faults::drawn(seed)
        };
        let (case, mut session) = session(seed, faults);
        trade(&case, &mut session, seed);
        wind_up(&case, &mut session);
        Shadow::check(seed, &session);
    }
}

/// A flat bar of an hour.
fn flat_bar(index: i64, price: f64) -> Bar {
    let start = Timestamp::from_seconds(1_700_000_000 + index * 3_600);
    let prices = [price, price + 0.5, price - 0.5, price];
    Bar::new(start, start.plus_seconds(3_600), prices, 1.0).unwrap()
}

const INST: InstId = InstId(0);
