//! Our side of `peers/features.py`: writes the bars of the comparison, and times resampling and feature set A on them.
//!
//! `features_peer write BARS.csv` writes a million simulated minute bars; `features_peer time BARS.csv` prints what came out and
//! one JSON object of names and seconds, medians.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a small tool that prints, and stops where it cannot go on"
)]

use std::fmt::Write as _;
use std::time::Instant;

use atrium_bench::minutes;
use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::actions::Actions;
use atrium_shared::market::bars::{BarColumns, BarSeries};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::resample;
use atrium_shared::signal::features::{FeatureMatrix, FeatureSpec};

const RUNS: usize = 15;

fn main() {
    let mut words = std::env::args().skip(1);
    let (command, path) = (words.next(), words.next());
    let path = path.expect("the path of the bars");
    match command.as_deref() {
        Some("write") => std::fs::write(path, csv()).expect("the bars can be written"),
        Some("time") => println!(
            "{}",
            time(&std::fs::read_to_string(path).expect("the bars"))
        ),
        _ => panic!("write or time"),
    }
}

/// Starts in microseconds since 1970.
fn csv() -> String {
    let mut text = "start,open,high,low,close,volume\n".to_owned();
    for (start, [open, high, low, close], volume) in minutes(1_000_000).rows() {
        writeln!(text, "{},{open},{high},{low},{close},{volume}", start.0).expect("text grows");
    }
    text
}

fn read(text: &str) -> BarSeries {
    let mut columns = BarColumns::default();
    for line in text.lines().skip(1) {
        let (start, numbers) = line.split_once(',').expect("a time");
        let mut numbers = numbers.split(',').map(|n| n.parse().expect("a number"));
        let mut next = || numbers.next().expect("six columns");
        let start = Timestamp(start.parse().expect("a time"));
        columns.push(start, [next(), next(), next(), next()], next());
    }
    BarSeries::new(BarInterval::minutes(1), columns).expect("bars")
}

fn time(text: &str) -> String {
    let bars = read(text);
    let spec = FeatureSpec::set("A").expect("set A is known");
    let mut seconds = serde_json::Map::new();
    let mut checks = String::new();
    for (interval, name) in [(60, "atrium 60min"), (1, "atrium 1min")] {
        let matrix = || {
            let cut =
                resample(&bars, BarInterval::minutes(interval), Calendar::Nyse).expect("bars");
            FeatureMatrix::compute(&spec, &cut.bars, &Actions::default()).expect("rows")
        };
        let of = matrix();
        let sums: Vec<f64> = (0..spec.features().len())
            .map(|column| of.column(column).sum())
            .collect();
        writeln!(checks, "{name}: {} rows, sums {sums:?}", of.rows()).expect("text grows");
        seconds.insert(name.to_owned(), median(|| matrix().rows()).into());
    }
    format!("{checks}{}", serde_json::Value::from(seconds))
}

fn median(mut run: impl FnMut() -> usize) -> f64 {
    let mut seconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(run());
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds.get(RUNS / 2).copied().unwrap_or(0.0)
}
