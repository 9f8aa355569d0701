//! Properties of every run, over generated markets and configurations.
//!
//! The usual number of cases is small; `ATRIUM_PROPTEST_CASES=100000 cargo test --profile lab -p atrium-tests --test properties`
//! is the long run. Cases come in the same order every time, so that a longer run holds every shorter one; a failure names
//! the shape that shows it, made as small as possible.

#![cfg(not(target_arch = "wasm32"))]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says why and fails"
)]

mod account;
mod actions;
mod causal;
mod costs;
mod explained;
mod fills;
mod limits;
mod trades;

use atrium_shared::market::bars::Bar;
use atrium_shared::research::backtest::{RunError, Walked, walk};
use atrium_shared::trading::orders::{Fill, InstId, Leg, Side};
use atrium_tests::drive::{Recording, record};
use atrium_tests::fake_venue::signed_lots;
use atrium_tests::generate::{Case, Shape, vary};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};

/// Cases of a property where the environment does not say.
const CASES: u32 = 192;

/// Holds a property against cases that vary the groups of a mask.
fn for_all(groups: u32, property: impl Fn(&Case) -> TestCaseResult) {
    let cases = std::env::var("ATRIUM_PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    let config = Config {
        cases: cases.unwrap_or(CASES),
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..Config::default()
    };
    let shapes = (
        any::<u64>().no_shrink(),
        1u32..240,
        1u16..=3,
        proptest::bits::u32::masked(groups),
    );
    let shapes = shapes.prop_map(|(seed, bars, instruments, varied)| Shape {
        seed,
        bars,
        instruments,
        varied,
    });
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&shapes, |shape| {
        let case = Case::new(shape)
            .map_err(|error| TestCaseError::fail(format!("no case of this shape: {error}")))?;
        property(&case)
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// The run of a case, recorded.
fn recorded(case: &Case) -> Result<Recording, TestCaseError> {
    record(case).map_err(failed)
}

/// The run of a case by the engine's own driver.
fn walked(case: &Case) -> Result<Walked, TestCaseError> {
    walk(&case.markets(), &case.config).map_err(failed)
}

/// A run that was broken off, which no valid configuration may be.
fn failed(error: RunError) -> TestCaseError {
    TestCaseError::fail(format!("the run failed: {error}"))
}

/// The bar of an instrument that a fill is stamped with, and its row.
fn bar_of(case: &Case, fill: &Fill) -> Result<(usize, Bar), TestCaseError> {
    let bars = &case.markets[usize::from(fill.inst.0)].bars;
    let row = bars.series().start().binary_search(&fill.at);
    let row = row.map_err(|_| TestCaseError::fail(format!("{fill:?} is stamped with no bar")))?;
    Ok((row, bars.bar(row).unwrap()))
}

/// Whether a split or a dividend falls between the bars of a case.
fn is_acted_on(case: &Case) -> bool {
    let mut markets = case.markets.iter();
    markets.any(|market| !market.prepared.changes().is_empty())
}

/// Account currency for a price move of 1 on one lot of an instrument.
fn unit_value(case: &Case, inst: InstId) -> f64 {
    let instrument = &case.markets[usize::from(inst.0)].instrument;
    instrument.multiplier * instrument.lot_size * case.config.fx
}

/// Whether a fill buys, given the side of its bracket.
fn buys(side: Side, leg: Leg) -> bool {
    (leg == Leg::Entry) == (side == Side::Long)
}

/// Whether two amounts agree within a share of a scale.
fn near(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-9 * scale.abs()
}

/// The largest position of a run, by its worth; the scale of rounding beside that of the account.
fn turnover(case: &Case, fills: &[Fill]) -> f64 {
    let worth = |fill: &Fill| fill.lots.0 as f64 * fill.price * unit_value(case, fill.inst);
    fills.iter().map(worth).sum()
}

/// A suite that trades nothing proves nothing.
#[test]
fn generated_cases_trade_and_every_group_of_options_matters() {
    let (mut trading, mut trades) = (0, 0);
    for seed in 0..100 {
        let shape = Shape {
            seed,
            bars: 150,
            instruments: 1,
            varied: [0, vary::ALL, 0, vary::ALL & !vary::SIGNALS][seed as usize % 4],
        };
        let case = Case::new(shape).unwrap();
        let count = walked(&case).unwrap().engine.trades().len();
        trading += usize::from(count > 0);
        trades += count;
    }
    assert!(
        trading > 60 && trades > 500,
        "{trading} of 100, {trades} trades"
    );
    for group in (0..vary::GROUPS).map(|bit| 1 << bit) {
        let differs = (0..40).any(|seed| {
            let shape = |varied| Shape {
                seed,
                bars: 150,
                instruments: 2,
                varied,
            };
            let result = |varied| {
                let case = Case::new(shape(varied)).unwrap();
                walked(&case).unwrap().equity
            };
            result(vary::VOLUME | vary::COMMISSION)
                != result((vary::VOLUME | vary::COMMISSION) ^ group)
        });
        assert!(differs, "group {group:#x} changes nothing");
    }
}
