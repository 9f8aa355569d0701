//! What is wrong with the demo's bars is what curation reports, and no more.

use super::*;
use crate::market::calendar::Schedule;
use crate::market::curate::{Curated, OffenderKind, QualityReport, QualityRule, quality};

fn report(symbol: &str, with_actions: bool) -> QualityReport {
    let Simulated { bars, actions } = simulated(symbol).clone();
    let curated = Curated::plain(bars);
    let curated = if with_actions {
        curated.with_actions(actions)
    } else {
        curated
    };
    let schedule = Schedule::from(calendar(symbol));
    quality(&curated, &schedule, QualityRule::default(), None)
        .unwrap()
        .0
}

fn offenders(report: &QualityReport, kind: OffenderKind) -> Vec<Timestamp> {
    let of_kind = report.worst.iter().filter(|offender| offender.kind == kind);
    of_kind.map(|offender| offender.at).collect()
}

#[test]
fn the_bad_tick_is_reported_and_nothing_else_is_called_one() {
    for (demo, _) in ALL.iter() {
        let report = report(demo.symbol, true);
        let expected: &[Timestamp] = if demo.symbol == "SIMA" {
            &[time("2024-10-16T15:23:00Z")]
        } else {
            &[]
        };
        let found = offenders(&report, OffenderKind::BadPrint);
        assert_eq!(
            (report.bad_prints as usize, &found[..]),
            (expected.len(), expected),
            "{}",
            demo.symbol
        );
    }
}

#[test]
fn the_split_is_suspected_only_where_its_action_is_missing() {
    for with_actions in [true, false] {
        let report = report("SIMA", with_actions);
        let found = offenders(&report, OffenderKind::PossibleSplit);
        let expected: &[Timestamp] = if with_actions {
            &[]
        } else {
            &[time("2025-03-10T13:30:00Z")]
        };
        assert_eq!(found, expected);
    }
}

#[test]
fn the_halt_and_the_outage_are_gaps_and_the_rest_is_whole() {
    for (demo, simulated) in ALL.iter() {
        let report = report(demo.symbol, true);
        let (missing, at) = match demo.symbol {
            "SIMB" => (35, vec![time("2024-09-18T14:42:00Z")]),
            "SIMBTCUSD" => (80, vec![time("2024-05-14T03:10:00Z")]),
            _ => (0, Vec::new()),
        };
        assert_eq!(report.gaps.missing(), missing, "{}", demo.symbol);
        assert_eq!(offenders(&report, OffenderKind::Gap), at, "{}", demo.symbol);
        let whole = simulated.bars.len() as f64;
        let expected = (whole - report.bad_prints as f64) / (whole + missing as f64);
        let score = report.score.unwrap();
        assert!((score - expected).abs() < 1e-12, "{} {score}", demo.symbol);
    }
}
