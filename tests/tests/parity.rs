//! The parity suite: one corpus, identical digests natively, in WASM under Node and in Chromium.
//!
//! The golden file is written natively (`ATRIUM_WRITE_GOLDEN=1 cargo test --profile lab -p atrium-tests --test parity`); a
//! change of it is a change of the engine's rules and needs a new engine version.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says why and fails"
)]

use atrium_shared::trading::orders::ExitReason;
use atrium_shared::trading::portfolio::Trade;
use atrium_tests::corpus::{Case, Outcome, cases, feature_digests};
use atrium_tests::curation::curation_digests;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn golden() -> Vec<Outcome> {
    serde_json::from_str(include_str!("../golden/parity.json")).expect("the golden file is JSON")
}

fn compare(every: usize) -> Vec<Outcome> {
    let golden = golden();
    let outcomes: Vec<Outcome> = cases()
        .expect("the corpus is made")
        .iter()
        .step_by(every)
        .map(|case| {
            case.outcome()
                .unwrap_or_else(|error| panic!("{}: {error}", case.name))
        })
        .collect();
    for (outcome, expected) in outcomes.iter().zip(golden.iter().step_by(every)) {
        assert_eq!(outcome, expected);
    }
    outcomes
}

#[test]
fn every_digest_is_the_golden_one() {
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("ATRIUM_WRITE_GOLDEN").is_some() {
        let outcomes: Vec<Outcome> = cases()
            .expect("the corpus is made")
            .iter()
            .map(|case| case.outcome().expect("the corpus runs"))
            .collect();
        let text = serde_json::to_string_pretty(&outcomes).expect("outcomes are JSON");
        std::fs::write(
            atrium_tests::repository_root().join("tests/golden/parity.json"),
            text + "\n",
        )
        .expect("the golden file can be written");
        return;
    }
    let outcomes = compare(1);
    assert_eq!(outcomes.len(), golden().len());
    assert!(outcomes.len() >= 50);
    // a corpus that trades nothing would prove nothing
    assert!(outcomes.iter().filter(|outcome| outcome.trades > 0).count() >= 60);
}

#[test]
fn feature_matrices_are_the_golden_ones() {
    let digests = feature_digests().expect("the features are computed");
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("ATRIUM_WRITE_GOLDEN").is_some() {
        let path = atrium_tests::repository_root().join("tests/golden/feature_digests.txt");
        std::fs::write(path, digests.join("\n") + "\n").expect("the golden file can be written");
        return;
    }
    let golden: Vec<&str> = include_str!("../golden/feature_digests.txt")
        .lines()
        .collect();
    assert_eq!(golden.len(), 8);
    assert_eq!(digests, golden);
}

#[test]
fn what_is_read_and_curated_is_the_golden_one() {
    let digests = curation_digests().expect("the corpus is curated");
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("ATRIUM_WRITE_GOLDEN").is_some() {
        let path = atrium_tests::repository_root().join("tests/golden/curation_digests.txt");
        std::fs::write(path, digests.join("\n") + "\n").expect("the golden file can be written");
        return;
    }
    let golden: Vec<&str> = include_str!("../golden/curation_digests.txt")
        .lines()
        .collect();
    assert_eq!(golden.len(), 34);
    assert_eq!(digests, golden);
}

/// The second path of the engine, on every target: a sweep's skipping gives what walking gives.
#[test]
fn skipping_gives_what_walking_gives() {
    let mut results = Vec::new();
    for case in cases().expect("the corpus is made") {
        let both = case
            .skipped_and_walked()
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        if let Some([skipped, walked]) = both {
            assert_eq!(skipped, walked, "{}", case.name);
            results.push(walked.to_string());
        }
    }
    results.sort_unstable();
    results.dedup();
    assert!(results.len() >= 60, "{} results", results.len());
}

/// Every eighth case: what Chromium runs.
#[test]
fn browser_subset() {
    assert_eq!(compare(8).len(), 14);
}

/// Corporate actions that nothing meets would prove nothing.
#[test]
fn actions_meet_positions() {
    let (mut held_over, mut paid_out) = (0, 0);
    let cases = cases().expect("the corpus is made");
    let over_actions = |case: &&Case| case.markets.iter().all(|m| !m.actions.is_empty());
    for case in cases.iter().filter(over_actions) {
        let trades = case
            .trades()
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let is_over = |trade: &&Trade| {
            let market = case.markets.get(usize::from(trade.inst.0));
            market.is_some_and(|market| {
                let day = |at| market.instrument.calendar.local_day(at);
                let (from, to) = (day(trade.entry_at), day(trade.exit_at));
                let mut actions = market.actions.list().iter();
                actions.any(|action| from < action.first_day && action.first_day <= to)
            })
        };
        let of_case = trades.iter().filter(is_over).count();
        assert!(of_case > 0, "{}: no trade meets an action", case.name);
        held_over += of_case;
        let in_cash = |trade: &&Trade| trade.exit_reason == ExitReason::CashInLieu;
        paid_out += trades.iter().filter(in_cash).count();
    }
    assert!(held_over >= 100 && paid_out > 0, "{held_over} {paid_out}");
}

/// Another version of `libm` may round differently, so the engine's version must name the one that is built.
#[test]
fn the_engine_version_names_the_pinned_libm() {
    let manifest = include_str!("../../Cargo.toml");
    let version = atrium_shared::research::backtest::ENGINE_VERSION;
    let libm = version
        .rsplit_once("libm/")
        .map(|(_, libm)| libm)
        .expect("it names libm");
    assert!(
        manifest.contains(&format!("libm = \"={libm}\"")),
        "{version}"
    );
}
