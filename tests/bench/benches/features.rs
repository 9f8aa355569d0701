//! From a million minute bars to the matrix that a model is fed.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot be set up must stop"
)]

use atrium_bench::minutes;
use atrium_shared::base::time::BarInterval;
use atrium_shared::market::actions::Actions;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::resample;
use atrium_shared::signal::features::{FeatureMatrix, FeatureSpec, Scaler, every_feature};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn features(c: &mut Criterion) {
    let minutes = minutes(1_000_000);
    let set_a = FeatureSpec::set("A").expect("set A is known");
    let every = FeatureSpec::new("every", every_feature()).expect("every feature once");
    let none = Actions::default();
    let mut group = c.benchmark_group("1M minute bars");
    group.sample_size(10);
    group.throughput(Throughput::Elements(minutes.len() as u64));
    for interval in [1, 60].map(BarInterval::minutes) {
        for (name, spec) in [("set A", &set_a), ("every feature", &every)] {
            group.bench_function(format!("resample to {interval}, {name}"), |b| {
                b.iter(|| {
                    let cut = resample(&minutes, interval, Calendar::Nyse).expect("bars are cut");
                    FeatureMatrix::compute(spec, &cut.bars, &none).expect("there are rows")
                });
            });
        }
    }
    let bars = resample(&minutes, BarInterval::minutes(1), Calendar::Nyse).expect("bars are cut");
    let matrix = FeatureMatrix::compute(&set_a, &bars.bars, &none).expect("there are rows");
    group.bench_function("digest of set A", |b| {
        b.iter(|| matrix.digest().expect("finite"))
    });
    group.bench_function("fit and apply the scaler of set A", |b| {
        b.iter(|| {
            let scaler = Scaler::fit(&matrix, 0..matrix.rows() * 7 / 10).expect("rows");
            scaler.transform(&matrix).expect("its own matrix")
        });
    });
    group.finish();
}

criterion_group!(benches, features);
criterion_main!(benches);
