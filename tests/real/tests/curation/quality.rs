//! The quality report finds what is known to be wrong with the files, and next to nothing else.

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::actions::{Actions, parse_factor_file};
use atrium_shared::market::calendar::{Calendar, Schedule};
use atrium_shared::market::curate::{
    Cleaning, OffenderKind, QualityReport, QualityRule, clean, quality,
};
use atrium_shared::market::intake::Rows;

use super::{calendar, cleaned, minute, source};

fn report(name: &str) -> Option<QualityReport> {
    let cleaned = cleaned(name)?;
    let cleaning = Cleaning {
        report: &cleaned.report,
        duplicated: &cleaned.duplicated,
    };
    let schedule = Schedule::from(calendar(name));
    let rule = QualityRule::default();
    let (report, _) = quality(&cleaned.bars, &schedule, rule, Some(cleaning)).unwrap();
    Some(report)
}

fn count(report: &QualityReport, kind: OffenderKind) -> u64 {
    report.offenders_by_kind.get(&kind).copied().unwrap_or(0)
}

#[test]
fn a_score_is_the_share_of_bars_that_are_there_once_and_sound() {
    for (name, unsound) in [
        ("SPY_1m", 36),
        // 78 and 29 bars missing; 468 times came more than once, none of them outside the sessions
        ("NVDA_5m", 78 + 29 + 468),
        ("AAPL_5m", 35 + 234),
        ("BTCUSDT_2023", 80),
        ("BTCUSDT_2024", 0),
        ("ETHUSDT_2024", 0),
    ] {
        let Some(report) = report(name) else { return };
        let expected = report.gaps.expected as f64;
        let score = (expected - f64::from(unsound)) / expected;
        assert_eq!(
            report.score.map(f64::to_bits),
            Some(score.to_bits()),
            "{name}"
        );
        // the wicks of crypto are violent and real
        assert_eq!(report.bad_prints, 0, "{name}");
        let worst = report.worst.windows(2);
        assert!(
            worst
                .clone()
                .all(|pair| pair[0].severity >= pair[1].severity)
        );
    }
}

#[test]
fn the_worst_are_those_that_are_known() {
    let Some(nvda) = report("NVDA_5m") else {
        return;
    };
    let found: Vec<(String, &str)> = nvda
        .worst
        .iter()
        .map(|offender| (offender.at.to_string(), offender.why.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (
                "2023-02-10T14:30:00Z".to_owned(),
                "1 session missing, 78 bars"
            ),
            (
                "2022-11-23T18:05:00Z".to_owned(),
                "29 bars missing up to 2022-11-23T20:30:00Z"
            ),
        ]
    );
    let Some(bitcoin) = report("BTCUSDT_2023") else {
        return;
    };
    let stale = bitcoin
        .worst
        .iter()
        .find(|offender| offender.kind == OffenderKind::StaleRun);
    assert_eq!(stale.unwrap().value.to_bits(), 72.0f64.to_bits());
    assert_eq!(count(&bitcoin, OffenderKind::Gap), 1);
    let Some(spy) = report("SPY_1m") else { return };
    // 2024-09-18 14:00 New York time: the rate decision
    assert_eq!(
        spy.worst
            .iter()
            .map(|offender| offender.at.to_string())
            .next()
            .unwrap(),
        "2024-09-18T18:00:00Z"
    );
    assert_eq!((spy.outlier_returns, spy.worst.len()), (2, 3));
    let Some(spoiled) = report("SPY_1m spoiled") else {
        return;
    };
    assert_eq!(count(&spoiled, OffenderKind::Conflict), 102);
}

fn aapl(rows: &Rows, interval: BarInterval, actions: Actions) -> QualityReport {
    let bars = clean(interval, rows).unwrap().bars.with_actions(actions);
    let schedule = Schedule::from(Calendar::Nyse);
    quality(&bars, &schedule, QualityRule::default(), None)
        .unwrap()
        .0
}

fn actions() -> Option<Actions> {
    let path = atrium_tests::test_data("lean/Data/equity/usa/factor_files/aapl.csv")?;
    let text = std::fs::read_to_string(path).unwrap();
    Some(parse_factor_file(&text, Calendar::Nyse).unwrap())
}

#[test]
fn the_bad_print_of_aapl_is_found_and_its_split_without_factors() {
    let dates = ["20140605", "20140606", "20140609"];
    let Some(rows) = source::lean_minutes("aapl", &dates) else {
        return;
    };
    let Some(actions) = actions() else { return };
    let adjusted = aapl(&rows, minute(), actions);
    let worst = &adjusted.worst[0];
    assert_eq!(
        (worst.kind, worst.at.to_string().as_str()),
        (OffenderKind::BadPrint, "2014-06-09T08:00:00Z")
    );
    assert!(
        worst.why.starts_with("the high 645.57 is 598.22 % above"),
        "{}",
        worst.why
    );
    assert_eq!((adjusted.bad_prints, adjusted.outlier_returns), (1, 0));

    let raw = aapl(&rows, minute(), Actions::default());
    let worst = &raw.worst[0];
    assert_eq!(
        (worst.kind, worst.value),
        (OffenderKind::PossibleSplit, 7.0)
    );
    assert_eq!(worst.at.to_string(), "2014-06-09T08:00:00Z");
}

#[test]
fn daily_bars_of_aapl_hold_one_crash_and_three_bad_lows() {
    let Some(rows) = source::lean_daily("aapl") else {
        return;
    };
    let Some(actions) = actions() else { return };
    let found = aapl(&rows, BarInterval::Day, actions);
    let worst: Vec<(OffenderKind, String)> = found
        .worst
        .iter()
        .map(|offender| (offender.kind, offender.at.to_string()))
        .collect();
    let bad = |day: &str| (OffenderKind::BadPrint, format!("{day}T04:00:00Z"));
    assert_eq!(
        worst,
        [
            bad("2009-09-21"),
            (OffenderKind::BadPrint, "2011-01-03T05:00:00Z".to_owned()),
            bad("2010-08-31"),
            (
                OffenderKind::OutlierReturn,
                "2000-09-29T04:00:00Z".to_owned()
            ),
        ]
    );
}
