//! What is known when: the engine's driver and a second one agree, the future changes nothing, a recording can be replayed.

use atrium_shared::base::time::Timestamp;
use atrium_shared::trading::engine::{Action, Engine, Event};
use atrium_shared::trading::orders::ExitReason;
use atrium_shared::trading::portfolio::Trade;
use atrium_shared::trading::risk::Standing;
use atrium_tests::draws::Draws;
use atrium_tests::drive::{Entry, Recording};
use atrium_tests::fake_venue::Snapshot;
use proptest::prelude::*;

use super::*;

/// A walk and the engine stepped by hand make the same of a case, to the last bit.
#[test]
fn step_by_step_equals_the_walk() {
    for_all(vary::ALL, |case| {
        let (walked, recording) = (walked(case)?, recorded(case)?);
        prop_assert_eq!(walked.engine.trades(), recording.engine.trades());
        prop_assert_eq!(&walked.fills, &recording.fills());
        let (at, equity): (Vec<_>, Vec<_>) = recording
            .marks()
            .map(|(at, equity)| (at, equity.to_bits()))
            .unzip();
        prop_assert_eq!(&walked.marked_at, &at);
        let bits: Vec<u64> = walked
            .equity
            .iter()
            .map(|equity| equity.to_bits())
            .collect();
        prop_assert_eq!(bits, equity);
        prop_assert_eq!(walked.halted, recording.halted);
        prop_assert_eq!(walked.bars_in_position, recording.bars_in_position);
        prop_assert_eq!(walked.unrefined_bars, recording.unrefined_bars);
        let count = case.markets.len();
        prop_assert_eq!(
            Snapshot::of(&walked.engine, count),
            Snapshot::of(&recording.engine, count)
        );
        prop_assert!(near(
            walked.traded_notional,
            turnover(case, &walked.fills),
            walked.traded_notional
        ));
        Ok(())
    });
}

fn fresh(case: &Case) -> Engine {
    let rules = case.config.rules();
    let equity = case.config.initial_equity;
    let mut engine = Engine::new(rules, &case.tradables(), equity, Standing::CLEAR).unwrap();
    if case.config.fills.tool.size_at_fill {
        engine.leave_sizes_to_the_venue();
    }
    engine
}

/// Recorded events give a fresh engine the same actions and the same end; executions that come twice change nothing.
#[test]
fn a_recording_replays_to_the_same_end_and_duplicates_change_nothing() {
    for_all(vary::ALL, |case| {
        let recording = recorded(case)?;
        let (mut engine, mut doubled) = (fresh(case), fresh(case));
        let mut draws = Draws::new(case.shape.seed, 3);
        let mut earlier: Vec<&Event> = Vec::new();
        let mut out = Vec::new();
        for (event, actions) in recording.events() {
            out.clear();
            prop_assert_eq!(engine.step(event, &mut out), Ok(()));
            prop_assert_eq!(out.as_slice(), actions);
            out.clear();
            prop_assert_eq!(doubled.step(event, &mut out), Ok(()));
            prop_assert_eq!(out.as_slice(), actions);
            if matches!(event, Event::Split { .. } | Event::Dividend { .. }) {
                out.clear();
                prop_assert_eq!(doubled.step(event, &mut out), Ok(()));
                prop_assert!(out.is_empty(), "{:?} again gave {:?}", event, out);
            }
            if matches!(event, Event::Fill(_) | Event::Charge(_)) {
                earlier.push(event);
            }
            if !earlier.is_empty() && draws.chance(0.1) {
                let again = earlier[draws.below(earlier.len() as u64) as usize];
                out.clear();
                prop_assert_eq!(doubled.step(again, &mut out), Ok(()));
                prop_assert!(out.is_empty(), "{:?} again gave {:?}", again, out);
            }
        }
        for engine in [&engine, &doubled] {
            let count = case.markets.len();
            prop_assert_eq!(
                Snapshot::of(engine, count),
                Snapshot::of(&recording.engine, count)
            );
            prop_assert_eq!(engine.trades(), recording.engine.trades());
        }
        Ok(())
    });
}

/// What was asked for up to the last mark before a time, and equity until then.
fn before(recording: &Recording, cut: Timestamp) -> (Vec<Action>, Vec<(Timestamp, u64)>) {
    let (mut actions, mut marks, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    for entry in &recording.entries {
        match entry {
            Entry::Mark(at, equity) if *at < cut => {
                marks.push((*at, equity.to_bits()));
                actions.append(&mut asked);
            }
            Entry::Mark(..) => break,
            Entry::Event(_, new) => asked.extend_from_slice(new),
            Entry::Call(_) => {}
        }
    }
    (actions, marks)
}

/// What comes after a bar changes neither decisions, nor equity, nor trades before it.
#[test]
fn what_comes_later_changes_nothing_earlier() {
    for_all(vary::ALL, |case| {
        let mut draws = Draws::new(case.shape.seed, 4);
        let ends = case.markets[0].bars.end();
        let at = ends[draws.below(ends.len() as u64) as usize];
        let Some(cut) = case
            .until(at)
            .map_err(|e| TestCaseError::fail(e.to_string()))?
        else {
            return Ok(());
        };
        if case.looks_ahead() {
            return Ok(());
        }
        // a market's last bar closes positions and decides nothing, so the two agree until the first such bar
        let last_bars = cut.markets.iter().map(|market| {
            let bars = &market.bars;
            bars.series().start().last().copied().unwrap()
        });
        let until = last_bars.min().unwrap();
        let (long, short) = (recorded(case)?, recorded(&cut)?);
        let (actions, marks) = before(&long, until);
        let (fewer, marked) = before(&short, until);
        prop_assert_eq!(marks, marked);
        prop_assert_eq!(actions, fewer);
        let dates_back = case.config.fills.tool.finalize_trades;
        let closed = |recording: &Recording| -> Vec<_> {
            let before = |trade: &&Trade| {
                // where the data ends depends on what comes later, and so does what is then dated back
                if dates_back && trade.exit_reason == ExitReason::EndOfData {
                    return false;
                }
                let bars = &case.markets[usize::from(trade.inst.0)].bars;
                let row = bars.series().start().binary_search(&trade.exit_at);
                bars.end()[row.unwrap()] <= until
            };
            let trades = recording.engine.trades().iter();
            trades.filter(before).copied().collect()
        };
        prop_assert_eq!(closed(&long), closed(&short));
        Ok(())
    });
}

/// No order is placed before its indicators are warm: 14 bars of true range after the first, and 30 known errors where the
/// gate measures against them.
#[test]
fn nothing_is_done_before_the_warm_up_is_over() {
    use atrium_shared::trading::strategy::{SigmaSource, Strategy};
    for_all(vary::ALL & !vary::SIGNALS, |case| {
        let Strategy::PredictedMove(strategy) = case.config.strategy else {
            return Ok(());
        };
        let by_error = strategy.k_sigma_err > 0.0 && strategy.sigma == SigmaSource::Error;
        let horizon = case.config.prediction.horizon_bars as usize;
        for (event, actions) in recorded(case)?.events() {
            for action in actions {
                let Action::Open(bracket) = action else {
                    continue;
                };
                prop_assert!(matches!(event, Event::Decide { .. }), "{event:?}");
                let bracket = bracket.get();
                let prepared = &case.markets[usize::from(bracket.inst.0)].prepared;
                let ends = prepared.bars().end();
                let row = ends.binary_search(&bracket.decided_at).unwrap();
                prop_assert!(row >= 14, "{bracket:?} at bar {row}");
                let predictions = prepared.predictions();
                let known = predictions[..(row + 1).saturating_sub(horizon)].iter();
                let known = known.filter(|prediction| prediction.is_some()).count();
                prop_assert!(!by_error || known >= 30, "{bracket:?} with {known} errors");
            }
        }
        Ok(())
    });
}
