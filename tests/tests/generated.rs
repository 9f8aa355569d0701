//! Generated cases give the same bits natively and in WASM: one digest over the results of many of them.
//!
//! The golden file is written natively (`ATRIUM_WRITE_GOLDEN=1 cargo test --profile lab -p atrium-tests --test generated`). It
//! changes with the rules of the engine, as the parity suite's does, and with the generator.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says why and fails"
)]

use atrium_shared::base::digest::Hasher;
use atrium_shared::research::backtest::walk;
use atrium_tests::generate::{Case, Shape, vary};
use serde::{Deserialize, Serialize};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const CASES: u64 = 200;
/// Cases that share a line of the golden file, so that a difference is soon found.
const TOGETHER: u64 = 10;

/// What came of some cases.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Folded {
    first_seed: u64,
    trades: u64,
    digest: String,
}

/// Every other case varies every group of options, half of these but for signals, in whose place predictions are; the others vary
/// half of the groups.
fn shape(seed: u64) -> Shape {
    let half = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    Shape {
        seed,
        bars: 40 + (seed % 7) as u32 * 30,
        instruments: 1 + (seed % 3) as u16,
        varied: match seed % 4 {
            0 => vary::ALL,
            2 => vary::ALL & !vary::SIGNALS,
            _ => half as u32 & vary::ALL,
        },
    }
}

fn fold(first_seed: u64) -> Folded {
    let mut hasher = Hasher::new("atrium/generated/1");
    let mut trades = 0;
    for seed in first_seed..first_seed + TOGETHER {
        let case = Case::new(shape(seed)).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let walked = walk(&case.markets(), &case.config);
        let walked = walked.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        for market in &case.markets {
            hasher.digest(&market.bars.series().digest().expect("bars are finite"));
        }
        for trade in walked.engine.trades() {
            trade.feed(&mut hasher);
        }
        hasher.f64_column(&walked.equity);
        trades += walked.engine.trades().len() as u64;
    }
    Folded {
        first_seed,
        trades,
        digest: hasher.finish().expect("results are finite").to_string(),
    }
}

fn all() -> Vec<Folded> {
    (0..CASES).step_by(TOGETHER as usize).map(fold).collect()
}

#[test]
fn every_digest_is_the_golden_one() {
    let found = all();
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("ATRIUM_WRITE_GOLDEN").is_some() {
        let text = serde_json::to_string_pretty(&found).expect("digests are JSON");
        std::fs::write(
            atrium_tests::repository_root().join("tests/golden/generated.json"),
            text + "\n",
        )
        .expect("the golden file can be written");
        return;
    }
    let golden: Vec<Folded> =
        serde_json::from_str(include_str!("../golden/generated.json")).expect("it is JSON");
    assert_eq!(found, golden);
    let trades: u64 = found.iter().map(|folded| folded.trades).sum();
    assert!(trades > 500, "{trades}");
}
