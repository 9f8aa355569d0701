//! A sweep comes to the same numbers natively and in WASM, in whatever order and parts its trials are run.
//!
//! The golden digest is written natively (`ATRIUM_WRITE_GOLDEN=1 cargo test --profile lab -p atrium-tests --test sweeps`); a change of
//! it is a change of the engine's rules and needs a new engine version.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on says why and fails"
)]

use atrium_shared::base::time::{BarInterval, Day};
use atrium_shared::market::bars::Instrument;
use atrium_shared::market::curate::resample;
use atrium_shared::market::simulate::{SAMPLE, Simulation, simulate};
use atrium_shared::research::backtest::{Index, Prepared, TradedBars};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::sweep::{
    Axis, Columns, Inputs, Measure, Method, Order, Results, SweepSpec, Sweeper, best, identity,
    run, run_each,
};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The sweep: a thousand trials.
fn spec() -> SweepSpec {
    let config = RunConfig {
        interval: BarInterval::minutes(5),
        ..RunConfig::default()
    };
    let axes = [
        "k_sigma_err=0:0.9:0.1",
        "k_atr_min_tp=0:1.8:0.2",
        "reward_risk_ratio=0.5:5:0.5",
    ];
    let axes = axes.map(|text| Axis::read(text).expect("an axis"));
    SweepSpec::new(config, axes.to_vec(), Method::Grid).expect("a sweep")
}

/// Ten thousand bars of the simulated sample.
fn prepared(spec: &SweepSpec, instrument: &Instrument) -> Prepared {
    let market = Simulation {
        to: Day(SAMPLE.from.0 + 190),
        ..SAMPLE
    };
    let minutes = simulate(&market).expect("a market");
    let interval = spec.base().interval;
    let cut = resample(&minutes, interval, instrument.calendar).expect("bars");
    let traded = TradedBars::new(cut.bars, Default::default());
    Prepared::new(traded, spec.base().prediction).expect("predictions")
}

#[test]
fn a_sweep_is_the_same_everywhere_and_however_it_is_split() {
    let (spec, instrument) = (spec(), Instrument::us_share("SIM"));
    let prepared = prepared(&spec, &instrument);
    let bars = prepared.bars().series().len();
    assert_eq!(spec.trials(), 1_000);
    assert!((9_900..10_400).contains(&bars), "{bars} bars");
    let index = Index::new(&prepared, &instrument).expect("an index");

    let mut whole = Results::new(&spec);
    let stretch = run(&spec, 0..1_000, &mut Sweeper::new(&index)).expect("it runs");
    assert!(whole.take(&stretch));
    // some of its trials trade, and they differ
    let ranked = best(&whole, Measure::Sharpe, 1_000);
    let value = |trial: u64| {
        whole
            .stat(Measure::Sharpe, trial)
            .and_then(|stat| stat.value())
    };
    let mut values: Vec<f64> = ranked.iter().filter_map(|trial| value(*trial)).collect();
    values.dedup();
    assert!(values.len() > 300, "{} values", values.len());

    // as workers take them: from coarse to fine, in batches of all sizes, by whoever is free
    let mut sweepers = [0; 3].map(|_| Sweeper::new(&index));
    let (mut parts, mut order) = (Results::new(&spec), Order::new(&spec));
    for number in 0.. {
        let batch: Vec<u64> = order.by_ref().take(1 + number * 7 % 23).collect();
        if batch.is_empty() {
            break;
        }
        let sweeper = sweepers.get_mut(number % 3).expect("one of three");
        let columns: Columns = run_each(&spec, batch.iter().copied(), sweeper).expect("it runs");
        assert_eq!(parts.put(&batch, &columns), batch.len() as u64);
    }
    assert!(parts.missing().is_empty());
    assert!(parts == whole);

    let digest = whole.digest().expect("numbers").to_string();
    assert_eq!(parts.digest().expect("numbers").to_string(), digest);
    let inputs = Inputs::of(&spec, &prepared, &instrument).expect("numbers");
    let identity = identity(&spec, &inputs).expect("numbers");
    let text = format!("{identity}\n{digest}\n");
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("ATRIUM_WRITE_GOLDEN").is_some() {
        let path = atrium_tests::repository_root().join("tests/golden/sweep.txt");
        return std::fs::write(path, text).expect("the golden file can be written");
    }
    assert_eq!(text, include_str!("../golden/sweep.txt"));
}
