//! What always holds of cleaning, merging, gaps, filling, cutting and adjusting, over generated rows, against plain
//! definitions of each.
//!
//! `ATRIUM_PROPTEST_CASES=30000 cargo test --profile lab -p atrium-tests --test curation` is the long run.

#![cfg(not(target_arch = "wasm32"))]
#![expect(
    clippy::float_cmp,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says why and fails"
)]

mod adjusted;
mod cleaned;
mod coarser;
mod expected;
mod filled;
mod judged;
mod parts;

use atrium_shared::market::calendar::Schedule;
use atrium_shared::market::curate::{Curated, clean};
use atrium_tests::received::{Received, Source, dirt};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};

/// Cases of a property where the environment does not say.
const CASES: u32 = 400;

/// Holds a property against rows with some kinds of dirt.
fn for_all(kinds: u32, property: impl Fn(Source, &Received) -> TestCaseResult) {
    let cases = std::env::var("ATRIUM_PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    let config = Config {
        cases: cases.unwrap_or(CASES),
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..Config::default()
    };
    let sources = (
        any::<u64>().no_shrink(),
        0u32..900,
        proptest::bits::u32::masked(kinds),
    );
    let sources = sources.prop_map(|(seed, bars, dirt)| Source { seed, bars, dirt });
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&sources, |source| property(source, &source.received()));
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// The bars of rows, with the actions of their time.
fn bars_of(received: &Received) -> Curated {
    let cleaned = clean(received.interval, &received.rows).unwrap();
    cleaned.bars.with_actions(received.actions.clone())
}

fn schedule_of(received: &Received) -> Schedule {
    Schedule::from(received.calendar)
}

/// A suite over rows that are all alike proves nothing.
#[test]
fn sources_differ_and_every_kind_of_dirt_matters() {
    for kind in (0..12).map(|bit| 1 << bit) {
        let differs = (0..60).any(|seed| {
            let rows = |dirt| {
                let source = Source {
                    seed,
                    bars: 400,
                    dirt,
                };
                format!("{:?}", source.received())
            };
            rows(dirt::AGAIN | dirt::GAPS) != rows((dirt::AGAIN | dirt::GAPS) ^ kind)
        });
        assert!(differs, "dirt {kind:#x} changes nothing");
    }
}
