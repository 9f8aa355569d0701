//! Limits of time, of loss, of rate and of single orders.

use std::collections::BTreeMap;

use atrium_shared::base::time::Timestamp;
use atrium_shared::trading::engine::{Action, Event};
use atrium_shared::trading::orders::{Bracket, ExitReason, Level};
use atrium_shared::trading::policy::{EntryPolicy, SignalExit};
use atrium_shared::trading::risk::Halt;
use atrium_tests::drive::Entry;
use proptest::prelude::*;

use super::*;

/// Every bracket that was asked for, in order.
fn opened(recording: &Recording) -> Vec<Bracket> {
    let actions = recording.events().flat_map(|(_, actions)| actions);
    actions
        .filter_map(|action| match action {
            Action::Open(bracket) => Some(*bracket.get()),
            _ => None,
        })
        .collect()
}

/// A position ends by the close of the last bar that it may be held for.
#[test]
fn nothing_is_held_longer_than_it_may_be() {
    for_all((vary::ALL | vary::MAX_HOLD) & !vary::VOLUME, |case| {
        let Some(most) = case.config.policy.max_hold_bars else {
            return Ok(());
        };
        for trade in walked(case)?.engine.trades() {
            prop_assert!(trade.bars_held <= u64::from(most), "{trade:?}");
            let by_hold = trade.exit_reason == ExitReason::MaxHold;
            prop_assert!(!by_hold || trade.bars_held == u64::from(most), "{trade:?}");
        }
        Ok(())
    });
}

/// A signal closes nothing that was held for less than the least.
#[test]
fn signals_wait_for_the_least_hold() {
    for_all(vary::ALL | vary::OPPOSITE, |case| {
        let least = u64::from(case.config.policy.min_hold_bars);
        let at_close = case.config.policy.signal_exit == SignalExit::DecidingClose;
        for trade in walked(case)?.engine.trades() {
            let by_signal = trade.exit_reason == ExitReason::Signal;
            // the exit's own bar follows the decision, unless it fills at the deciding close itself
            let until_decision = trade.bars_held - u64::from(!at_close && trade.bars_held > 0);
            prop_assert!(!by_signal || until_decision >= least, "{trade:?}");
        }
        Ok(())
    });
}

/// Where positions leave before the session ends, none is held from one session into the next, if every bar is there.
#[test]
fn nothing_is_held_over_the_end_of_a_session() {
    let groups = vary::ALL & !(vary::VOLUME | vary::MISSING);
    for_all(groups | vary::SESSION_END, |case| {
        if !case.config.policy.exit_at_session_end {
            return Ok(());
        }
        let lead = i64::from(case.config.policy.exit_lead_s);
        for trade in walked(case)?.engine.trades() {
            let bars = &case.markets[usize::from(trade.inst.0)].bars;
            let row = |at| bars.series().start().binary_search(&at).unwrap();
            let (first, last) = (row(trade.entry_at), row(trade.exit_at));
            let session = |row: usize| bars.session()[row];
            let day = bars.calendar().session(session(first)).unwrap().unwrap();
            prop_assert!(
                session(first) == session(last),
                "{trade:?} is held overnight"
            );
            let leaves = day.close.plus_seconds(-lead);
            // the bar that contains the time of the exit is the last one of a position
            prop_assert!(
                bars.series().start()[last] < leaves || last == 0 || leaves <= day.open,
                "{trade:?} is held past {leaves}"
            );
            let at_exit = bars.end()[last] >= leaves;
            let by_time = trade.exit_reason == ExitReason::SessionEnd;
            prop_assert!(!by_time || at_exit, "{trade:?} leaves too early");
        }
        Ok(())
    });
}

/// A loss limit is noticed at the end of another calendar's bar, while a bar is in progress at whose close a position is
/// to leave: it leaves there, not at the open after it.
#[test]
fn an_exit_at_a_close_stands_against_a_breach_inside_its_bar() {
    let case = Case::new(Shape {
        seed: 5_465_162_138_256_712_482,
        bars: 186,
        instruments: 3,
        varied: 10_497_088,
    });
    let case = case.unwrap();
    let most = u64::from(case.config.policy.max_hold_bars.unwrap());
    let walked = walked(&case).unwrap();
    assert!(!walked.engine.breaches().is_empty());
    let held = walked.engine.trades().iter().map(|trade| trade.bars_held);
    assert_eq!(held.max(), Some(most));
}

#[test]
fn no_window_has_more_signals_than_it_may() {
    for_all(vary::ALL | vary::ORDER_LIMITS, |case| {
        let Some(rate) = case.config.limits.rate else {
            return Ok(());
        };
        let decided: Vec<Timestamp> = opened(&recorded(case)?)
            .iter()
            .map(|bracket| bracket.decided_at)
            .collect();
        for (index, at) in decided.iter().enumerate() {
            let since = at.plus_seconds(-i64::from(rate.window_s));
            let count = decided[..=index]
                .iter()
                .filter(|then| **then > since)
                .count();
            prop_assert!(
                count as u64 <= u64::from(rate.max_signals),
                "{count} signals at {at}"
            );
        }
        Ok(())
    });
}

/// After a breach that holds for good nothing is entered, and what was open is gone.
#[test]
fn a_breach_closes_and_bars_everything() {
    for_all(vary::ALL | vary::LOSS_LIMITS, |case| {
        let recording = recorded(case)?;
        let limits = case.config.limits;
        let initial = case.config.initial_equity;
        let floor = limits.total_loss.map(|share| initial * (1.0 - share));
        let for_good = recording.engine.breaches().iter().find(|breach| {
            matches!(breach.halt, Halt::TotalLoss | Halt::Ruin)
                || (breach.halt == Halt::DailyLoss && limits.daily_loss_for_good)
        });
        // limits are held against equity at decisions
        let mut decided = None;
        for entry in &recording.entries {
            match entry {
                Entry::Event(Event::Decide { at }, _) => decided = Some(*at),
                Entry::Mark(at, equity) if decided == Some(*at) => {
                    let broken = floor.is_some_and(|floor| *equity < floor * (1.0 - 1e-9));
                    let known = for_good.is_some_and(|breach| breach.at <= *at);
                    // what fills at the very close costs after the limits were looked at
                    let policy = case.config.policy;
                    let late = policy.entry == EntryPolicy::Close
                        || policy.signal_exit == SignalExit::DecidingClose;
                    prop_assert!(!broken || known || late, "{equity} at {at} is no breach");
                }
                _ => {}
            }
        }
        let Some(breach) = for_good else {
            return Ok(());
        };
        for bracket in opened(&recording) {
            prop_assert!(
                bracket.decided_at < breach.at,
                "{bracket:?} after {breach:?}"
            );
        }
        for trade in recording.engine.trades() {
            let bars = &case.markets[usize::from(trade.inst.0)].bars;
            let next = bars
                .series()
                .start()
                .iter()
                .find(|start| **start >= breach.at);
            let gone = case.config.fills.volume_percent.is_some()
                || next.is_none_or(|next| trade.exit_at <= *next);
            prop_assert!(gone, "{trade:?} outlives {breach:?}");
        }
        Ok(())
    });
}

/// What a single order may be, and how many there may be at once.
#[test]
fn orders_keep_within_their_limits() {
    for_all(vary::ALL | vary::ORDER_LIMITS, |case| {
        let limits = case.config.limits.pre_trade;
        let recording = recorded(case)?;
        for bracket in opened(&recording) {
            let market = &case.markets[usize::from(bracket.inst.0)];
            let row = market
                .bars
                .end()
                .binary_search(&bracket.decided_at)
                .unwrap();
            let close = market.bars.series().close()[row];
            let quantity = bracket.lots.0 as f64 * market.instrument.lot_size;
            let notional = quantity * close * market.instrument.multiplier * case.config.fx;
            let within = |value: f64, limit: Option<f64>| {
                limit.is_none_or(|limit| value <= limit * (1.0 + 1e-9))
            };
            prop_assert!(within(quantity, limits.max_quantity), "{bracket:?}");
            prop_assert!(within(notional, limits.max_notional), "{bracket:?}");
            prop_assert!(
                within(quantity, case.config.sizing.max_position),
                "{bracket:?}"
            );
            prop_assert!(quantity >= market.instrument.min_quantity * (1.0 - 1e-9));
            prop_assert!(
                notional / case.config.fx >= market.instrument.min_notional * (1.0 - 1e-9)
            );
            for level in [bracket.target, bracket.stop].into_iter().flatten() {
                if let Level::At(ticks) = level {
                    let price = ticks.0 as f64 * market.instrument.tick_size;
                    let far = (price / close - 1.0).abs() * 100.0;
                    prop_assert!(within(far, limits.price_band_percent), "{bracket:?}");
                }
            }
        }
        // lots of different bases do not add up
        let Some(most) = limits.max_positions.filter(|_| !is_acted_on(case)) else {
            return Ok(());
        };
        let mut held: BTreeMap<u64, i64> = BTreeMap::new();
        for fill in recording.fills() {
            *held.entry(fill.order.0).or_default() += signed_lots(&fill);
            let open = held.values().filter(|lots| **lots > 0).count();
            prop_assert!(
                open as u64 <= u64::from(most),
                "{open} positions at {}",
                fill.at
            );
        }
        Ok(())
    });
}
