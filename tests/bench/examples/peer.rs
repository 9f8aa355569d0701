//! Our native side of `peers/peers.py`: `peer write BARS.csv` writes the bars of the comparison; `peer time BARS.csv` prints
//! the number of trades as backtesting.py fills them and one JSON object of names and seconds, medians.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a small tool that prints, and stops where it cannot go on"
)]

use std::time::Instant;

use atrium_bench::{Comparison, bars_as_csv};

const RUNS: usize = 200;

fn main() {
    let mut words = std::env::args().skip(1);
    let (command, path) = (words.next(), words.next());
    let path = path.expect("the path of the bars");
    match command.as_deref() {
        Some("write") => std::fs::write(path, bars_as_csv()).expect("the bars can be written"),
        Some("time") => time(&std::fs::read_to_string(path).expect("the bars")),
        _ => panic!("write or time"),
    }
}

fn time(csv: &str) {
    let comparison = Comparison::of(csv);
    println!("{} trades", comparison.trades_as_backtesting_py());
    let seconds = serde_json::json!({
        "atrium native, every metric and both digests": median(|| comparison.whole()),
        "atrium native, run alone": median(|| comparison.alone()),
        "atrium native by walking, every metric and both digests": median(|| comparison.whole_by_walking()),
    });
    println!("{seconds}");
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
