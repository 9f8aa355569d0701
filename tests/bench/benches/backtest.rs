//! One backtest with the headline metrics, and what is prepared once before it.

#![expect(
    clippy::expect_used,
    reason = "a bench that cannot be set up must stop"
)]

use atrium_bench::minutes;
use atrium_shared::base::time::BarInterval;
use atrium_shared::market::bars::{Instrument, SessionBars};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::resample;
use atrium_shared::research::backtest::{Prepared, backtest};
use atrium_shared::research::run_config::RunConfig;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Simulated bars, cut to `interval`, at least `count` of them and not many more.
fn bars(interval: BarInterval, count: usize) -> SessionBars {
    let minutes = minutes(count * interval.seconds() as usize / 60);
    resample(&minutes, interval, Calendar::Nyse)
        .expect("minutes cut to any interval")
        .bars
}

fn single_backtest(c: &mut Criterion) {
    let instrument = Instrument::us_share("SIM");
    for (name, interval, count) in [
        ("10k bars of 5 min", BarInterval::minutes(5), 10_000),
        ("100k bars of 1 min", BarInterval::minutes(1), 100_000),
    ] {
        let config = RunConfig {
            interval,
            ..RunConfig::default()
        };
        let bars = bars(interval, count);
        let count = bars.series().len() as u64;
        let prepared =
            Prepared::new(bars.clone(), config.prediction).expect("the baseline predicts");
        let mut group = c.benchmark_group(format!("backtest, {name}"));
        group.throughput(Throughput::Elements(count));
        group.bench_function("run with headline metrics and digests", |b| {
            b.iter(|| backtest(&prepared, &instrument, &config).expect("the run succeeds"));
        });
        group.bench_function("prepare (predictions, error sigma, hashes)", |b| {
            b.iter(|| {
                Prepared::new(bars.clone(), config.prediction).expect("the baseline predicts")
            });
        });
        group.finish();
    }
}

criterion_group!(benches, single_backtest);
criterion_main!(benches);
