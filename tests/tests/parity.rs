//! The parity suite: one corpus, identical digests natively, in WASM under Node and in Chromium.
//!
//! The golden file is written natively (`ATRIUM_WRITE_GOLDEN=1 cargo test --profile lab -p atrium-tests --test parity`); a
//! change of it is a change of the engine's rules and needs a new engine version.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says why and fails"
)]

use atrium_tests::corpus::{Outcome, cases, feature_digests};
use atrium_tests::curation::curation_digests;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn golden() -> Vec<Outcome> {
    serde_json::from_str(include_str!("../golden/parity.json")).expect("the golden file is JSON")
}

fn compare(every: usize) -> Vec<Outcome> {
    let golden = golden();
    let outcomes: Vec<Outcome> = cases()
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

/// Every eighth case: what Chromium runs.
#[test]
fn browser_subset() {
    assert_eq!(compare(8).len(), 11);
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
