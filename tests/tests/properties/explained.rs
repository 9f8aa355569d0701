//! What an engine says of a decision before it is made is what it then decides, and its numbers are the reason.

use atrium_shared::research::backtest::{Market, backtest};
use atrium_shared::research::explain::{explain, what_if};
use atrium_shared::trading::engine::{Action, Decision, Engine, Event, Gates, Outcome};
use atrium_shared::trading::orders::{Bracket, ExitReason, InstId, Level, Side};
use atrium_shared::trading::policy::{EntryPolicy, SignalExit};
use atrium_shared::trading::risk::Standing;
use atrium_shared::trading::strategy::{NoTrade, Strategy};
use atrium_tests::drive::record;
use atrium_tests::generate::{Case, vary};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::{failed, for_all};

#[test]
fn what_is_explained_is_what_is_decided() {
    for_all(vary::ALL, |case| {
        let mut engine = engine_of(case)?;
        let recording = record(case).map_err(failed)?;
        for (event, asked) in recording.events() {
            let explained = match event {
                Event::Decide { at } => (0..case.markets.len())
                    .filter_map(|index| {
                        let inst = InstId(index as u16);
                        Some((inst, engine.explain(inst, *at)?))
                    })
                    .collect(),
                _ => Vec::new(),
            };
            let before = *engine.no_trades();
            let mut out = Vec::new();
            let taken = engine.step(event, &mut out);
            prop_assert!(taken.is_ok());
            prop_assert_eq!(&out, asked);
            let mut told = before;
            for (inst, decision) in explained {
                if let Outcome::NoTrade(reason) = decision.outcome {
                    told[reason as usize] += 1;
                }
                hold_to(case, &decision)?;
                hold_against(inst, &decision, &out)?;
            }
            prop_assert_eq!(&told, engine.no_trades());
        }
        Ok(())
    });
}

fn engine_of(case: &Case) -> Result<Engine, TestCaseError> {
    let (rules, equity) = (case.config.rules(), case.config.initial_equity);
    let engine = Engine::new(rules, &case.tradables(), equity, Standing::CLEAR);
    let mut engine = engine.map_err(|error| TestCaseError::fail(error.to_string()))?;
    if case.config.fills.tool.size_at_fill {
        engine.leave_sizes_to_the_venue();
    }
    Ok(engine)
}

/// What was asked of the venue is what was explained.
fn hold_against(inst: InstId, decision: &Decision, out: &[Action]) -> TestCaseResult {
    let opened: Vec<Bracket> = out
        .iter()
        .filter_map(|action| match action {
            Action::Open(approved) if approved.get().inst == inst => Some(*approved.get()),
            _ => None,
        })
        .collect();
    match decision.outcome {
        Outcome::Enters(bracket) => prop_assert_eq!(opened, vec![bracket]),
        Outcome::Leaves => {
            prop_assert!(opened.is_empty());
            prop_assert!(decision.held.is_some_and(|held| held.entry_price.is_some()));
        }
        Outcome::NoTrade(_) => {
            prop_assert!(opened.is_empty());
            // a position that is closed by a signal after all was held too short before
            let signal = ExitReason::Signal;
            let leaves = out
                .iter()
                .any(|action| matches!(action, Action::Exit { inst: of, why, .. } if *of == inst && *why == signal));
            prop_assert!(!leaves || decision.held.is_some_and(|held| held.entry_price.is_some()));
        }
    }
    Ok(())
}

/// The reason is the one that the numbers give.
fn hold_to(case: &Case, decision: &Decision) -> TestCaseResult {
    if let Some(gates) = decision.gates {
        let size = gates.predicted_move.abs();
        let by_error = gates.error_gate.is_some_and(|needed| size < needed);
        let by_atr = gates.atr_gate.is_some_and(|needed| size < needed);
        match decision.outcome {
            Outcome::NoTrade(NoTrade::BelowErrorGate) => prop_assert!(by_error),
            Outcome::NoTrade(NoTrade::BelowAtrGate) => prop_assert!(!by_error && by_atr),
            Outcome::NoTrade(NoTrade::NoErrorSigma) => prop_assert!(gates.sigma.is_none()),
            Outcome::NoTrade(NoTrade::NoMove) => prop_assert!(size <= 0.0),
            Outcome::NoTrade(NoTrade::BelowConfidence) => prop_assert!(is_unsure(decision, gates)),
            Outcome::NoTrade(NoTrade::NoPrediction) => prop_assert!(false),
            Outcome::NoTrade(NoTrade::WarmingUp) => {}
            _ => prop_assert!(!by_error && !by_atr && !is_unsure(decision, gates)),
        }
    } else if case.config.strategy.predicted_move().is_some() {
        prop_assert_eq!(decision.outcome, Outcome::NoTrade(NoTrade::NoPrediction));
    }
    if let Some(planned) = decision.levels
        && planned.from_fill
        && let (Some(distance), Some(raw)) = (planned.stop_distance, planned.raw_stop)
    {
        let of_move = (decision.close - raw).abs();
        prop_assert!((distance - of_move).abs() <= 1e-9 * decision.close);
    }
    if let Some(planned) = decision.levels
        && let Outcome::Enters(bracket) = decision.outcome
    {
        prop_assert_eq!(planned.side, bracket.side);
        let sign = planned.side.sign();
        let market = &case.markets[usize::from(bracket.inst.0)];
        let tick = market.instrument.tick_size;
        let is_ahead = |level: Option<f64>| level.is_none_or(|l| (l - decision.close) * sign > 0.0);
        prop_assert!(is_ahead(planned.target));
        if let Some(distance) = planned.stop_distance {
            prop_assert!(distance >= decision.least_stop * (1.0 - 1e-6));
            // the size is of the distance that the stop has, but for one anchored at the fill, which is not rounded yet
            let stop = planned.stop.unwrap_or(f64::NAN);
            let off = ((decision.close - stop) * sign - distance).abs();
            let is_exact = matches!(bracket.stop, Some(Level::At(_)));
            let most = if is_exact { 0.0 } else { tick };
            prop_assert!(off <= most + 1e-9 * decision.close);
        }
        // a level is rounded once
        for (raw, level) in [
            (planned.raw_target, planned.target),
            (planned.raw_stop, planned.stop),
        ] {
            prop_assert_eq!(raw.is_some(), level.is_some());
            if let (Some(raw), Some(level)) = (raw, level) {
                prop_assert!((raw - level).abs() < tick + 1e-9 * raw.abs());
            }
        }
    }
    if let Some(steps) = decision.sizing {
        match decision.outcome {
            Outcome::Enters(bracket) => {
                prop_assert_eq!(steps.lots.to_bits(), (bracket.lots.0 as f64).to_bits());
                prop_assert_eq!(steps.sized_by, bracket.sized_by);
            }
            Outcome::NoTrade(NoTrade::TooLarge) => prop_assert!(steps.lots > 9e15),
            Outcome::NoTrade(NoTrade::NoStop) => prop_assert!(false),
            _ => {}
        }
    }
    if matches!(
        decision.outcome,
        Outcome::NoTrade(NoTrade::PositionOpen | NoTrade::MinHold)
    ) {
        prop_assert!(decision.held.is_some());
        prop_assert!(decision.sizing.is_none());
    }
    Ok(())
}

fn is_unsure(decision: &Decision, gates: Gates) -> bool {
    let confidence = decision
        .prediction
        .and_then(|prediction| prediction.confidence);
    let least = gates.min_confidence.map(|least| f64::from(least as f32));
    least.is_some_and(|least| confidence.is_none_or(|confidence| confidence < least))
}

/// A bar of a case, by a share of its length.
fn some_row(case: &Case, share: u64) -> usize {
    let count = case.markets[0].bars.series().len() as u64;
    (share % count.max(1)) as usize
}

/// The case as a run over its first instrument alone.
fn alone(case: &Case) -> Market<'_> {
    Market {
        prepared: &case.markets[0].prepared,
        instrument: &case.markets[0].instrument,
    }
}

#[test]
fn a_run_is_explained_bar_by_bar() {
    for_all(vary::ALL, |case| {
        let Market {
            prepared,
            instrument,
        } = alone(case);
        let mut reasons = [0u64; NoTrade::COUNT];
        let count = prepared.bars().series().len();
        // whole runs only where they are short: a run for every bar
        let rows: Vec<usize> = match count <= 40 {
            true => (0..=count).collect(),
            false => vec![some_row(case, case.shape.seed)],
        };
        for &row in &rows {
            let said = explain(prepared, instrument, &case.config, row).map_err(failed)?;
            prop_assert_eq!(said.is_some(), row + 1 < count, "bar {} of {}", row, count);
            let Some(said) = said else { continue };
            prop_assert_eq!(
                said.decision.close.to_bits(),
                prepared.bars().series().close()[row].to_bits()
            );
            prop_assert_eq!(
                said.errors_known >= 30,
                said.decision
                    .prediction
                    .is_some_and(|p| p.sigma_err.is_some())
                    || (said.errors_known >= 30 && said.decision.prediction.is_none())
            );
            if let Outcome::NoTrade(reason) = said.decision.outcome {
                reasons[reason as usize] += 1;
            }
        }
        if rows.len() == count + 1 {
            let run = backtest(prepared, instrument, &case.config).map_err(failed)?;
            let told = NoTrade::ALL
                .iter()
                .zip(reasons)
                .filter(|(_, decisions)| *decisions > 0);
            let told: Vec<(NoTrade, u64)> = told
                .map(|(reason, decisions)| (*reason, decisions))
                .collect();
            let counted: Vec<(NoTrade, u64)> = run
                .no_trades
                .iter()
                .map(|n| (n.reason, n.decisions))
                .collect();
            prop_assert_eq!(told, counted);
        }
        Ok(())
    });
}

#[test]
fn a_forced_trade_changes_nothing_before_it() {
    for_all(vary::ALL & !vary::SOURCE, |case| {
        let Market {
            prepared,
            instrument,
        } = alone(case);
        let run = backtest(prepared, instrument, &case.config).map_err(failed)?;
        let row = some_row(case, case.shape.seed);
        let said = explain(prepared, instrument, &case.config, row).map_err(failed)?;
        for side in [Side::Long, Side::Short] {
            let forced =
                what_if(prepared, instrument, &case.config, (row, side)).map_err(failed)?;
            let (was, is) = (&run.equity[..=row], &forced.equity[..=row]);
            // what fills at the very close is paid for there
            let policy = &case.config.policy;
            let fills_there = policy.entry == EntryPolicy::Close
                || policy.signal_exit == SignalExit::DecidingClose;
            let until = if fills_there { row } else { row + 1 };
            prop_assert_eq!(&was[..until], &is[..until]);
            let Some(said) = &said else {
                prop_assert_eq!(&forced.equity, &run.equity);
                continue;
            };
            match forced.forced {
                Outcome::Enters(bracket) => {
                    prop_assert_eq!(bracket.side, side);
                    prop_assert_eq!(bracket.decided_at, said.at);
                    if said.decision.outcome == forced.forced {
                        // what would have been traded anyway
                        prop_assert_eq!(&forced.trades, &run.trades);
                        prop_assert_eq!(&forced.equity, &run.equity);
                    }
                }
                Outcome::NoTrade(reason) => {
                    // what the gates refuse is what was lifted
                    let lifted = [
                        NoTrade::BelowErrorGate,
                        NoTrade::BelowAtrGate,
                        NoTrade::NoErrorSigma,
                        NoTrade::BelowConfidence,
                        NoTrade::SideNotAllowed,
                        NoTrade::NoSignal,
                    ];
                    prop_assert!(!lifted.contains(&reason), "{:?}", reason);
                    let predicts = matches!(case.config.strategy, Strategy::PredictedMove(_));
                    if predicts && said.decision.prediction.is_none() {
                        prop_assert_eq!(reason, NoTrade::NoPrediction);
                    }
                }
                Outcome::Leaves => prop_assert!(said.decision.held.is_some()),
            }
        }
        Ok(())
    });
}
