//! Our side of `peers/bars.py`: writes the bars of the comparison, and times cleaning, gap analysis, resampling and feature
//! set A on them.
//!
//! `bars_peer write BARS.csv` writes a million simulated minute bars, and beside them `BARS.csv.sessions` with the sessions of
//! their exchange; `bars_peer time BARS.csv` prints what came out and one JSON object of names and seconds, medians;
//! `bars_peer memory BARS.csv TASK` does one task once and prints the largest resident memory of the process in MiB.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a small tool that prints, and stops where it cannot go on"
)]

use std::fmt::Write as _;
use std::io::BufRead as _;
use std::time::Instant;

use atrium_bench::minutes;
use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::actions::Actions;
use atrium_shared::market::bars::{BarSeries, SessionBars};
use atrium_shared::market::calendar::{Calendar, Schedule};
use atrium_shared::market::curate::{Curated, clean, gaps, resample};
use atrium_shared::market::intake::Rows;
use atrium_shared::signal::features::{FeatureMatrix, FeatureSpec};

const RUNS: usize = 15;

fn main() {
    let mut words = std::env::args().skip(1);
    let (command, path) = (words.next(), words.next());
    let path = path.expect("the path of the bars");
    match (command.as_deref(), words.next()) {
        (Some("write"), None) => write(&path),
        (Some("time"), None) => println!("{}", time(&Tasks::of(read(&path)))),
        (Some("memory"), Some(task)) => {
            // only what the task needs is kept
            let rows = read(&path);
            let done = match task.as_str() {
                "load" => rows.len() as f64,
                task => Tasks::of(rows).run(task).0,
            };
            println!("{done} {:.0}", peak_mebibytes());
        }
        _ => panic!("write, time or memory"),
    }
}

/// Starts in microseconds since 1970. Out of order, some rows twice, some missing.
fn write(path: &str) {
    let bars = minutes(1_000_000);
    let mut text = "start,open,high,low,close,volume\n".to_owned();
    let rows: Vec<_> = bars.rows().collect();
    let kept = rows.iter().enumerate();
    let kept: Vec<_> = kept
        .filter(|(index, _)| index * 7_919 % 1_000 >= 3)
        .map(|(_, row)| *row)
        .collect();
    let mut line = |(start, [open, high, low, close], volume): (Timestamp, [f64; 4], f64)| {
        writeln!(text, "{},{open},{high},{low},{close},{volume}", start.0).expect("text grows");
    };
    for block in kept.chunks(1_000).rev() {
        block.iter().for_each(|row| line(*row));
    }
    kept.iter().step_by(1_009).for_each(|row| line(*row));
    for &(start, [open, high, low, _], volume) in kept.iter().step_by(997) {
        line((start, [open, high, low, open], volume));
    }
    std::fs::write(path, text).expect("the bars can be written");
    let days = rows.first().zip(rows.last());
    let (first, last) = days.map(|(first, last)| (first.0, last.0)).expect("bars");
    let nyse = Calendar::Nyse;
    let sessions = nyse.sessions(nyse.local_day(first), nyse.local_day(last));
    let mut text = "open,close\n".to_owned();
    for session in sessions.expect("the calendar reaches them") {
        writeln!(text, "{},{}", session.open.0, session.close.0).expect("text grows");
    }
    std::fs::write(format!("{path}.sessions"), text).expect("the sessions can be written");
}

fn read(path: &str) -> Rows {
    let file = std::fs::File::open(path).expect("the bars");
    let mut rows = Rows::default();
    for line in std::io::BufReader::new(file).lines().skip(1) {
        let line = line.expect("text");
        let (start, numbers) = line.split_once(',').expect("a time");
        let mut numbers = numbers.split(',').map(|n| n.parse().expect("a number"));
        let mut next = || numbers.next().expect("six columns");
        let start = Timestamp(start.parse().expect("a time"));
        rows.bars
            .push(start, [next(), next(), next(), next()], next());
    }
    rows
}

/// What is timed.
struct Tasks {
    rows: Rows,
    bars: Curated,
    schedule: Schedule,
    set_a: FeatureSpec,
}

const MINUTE: BarInterval = BarInterval::minutes(1);
const HOUR: BarInterval = BarInterval::minutes(60);

impl Tasks {
    const NAMES: [&'static str; 5] = ["clean", "gaps", "resample", "set A 60min", "set A 1min"];

    fn of(rows: Rows) -> Self {
        Self {
            bars: clean(MINUTE, &rows).expect("bars").bars,
            rows,
            schedule: Schedule::from(Calendar::Nyse),
            set_a: FeatureSpec::set("A").expect("set A is known"),
        }
    }

    fn matrix(&self, interval: BarInterval) -> FeatureMatrix {
        let cut = cut(self.bars.bars(), interval);
        FeatureMatrix::compute(&self.set_a, &cut, &Actions::default()).expect("rows")
    }

    /// Does a task; a number and a sum that the peers have to find as well.
    fn run(&self, task: &str) -> (f64, f64) {
        let sum = |values: &[f64]| values.iter().sum();
        match task {
            "clean" => {
                let cleaned = clean(MINUTE, &self.rows).expect("bars");
                let report = cleaned.report;
                let again = report.exact_duplicates + report.conflicting_duplicates;
                (again as f64, sum(cleaned.bars.bars().close()))
            }
            "gaps" => {
                let report = gaps(&self.bars, &self.schedule).expect("a calendar");
                let found: u64 = report.counts.iter().sum();
                (found as f64, report.missing() as f64)
            }
            "resample" => {
                let cut = cut(self.bars.bars(), HOUR);
                (cut.series().len() as f64, sum(cut.series().close()))
            }
            "set A 60min" => values(&self.matrix(HOUR)),
            "set A 1min" => values(&self.matrix(MINUTE)),
            _ => panic!("no task {task}"),
        }
    }
}

fn cut(bars: &BarSeries, interval: BarInterval) -> SessionBars {
    resample(bars, interval, Calendar::Nyse).expect("bars").bars
}

fn values(matrix: &FeatureMatrix) -> (f64, f64) {
    (matrix.rows() as f64, matrix.column(4).sum())
}

fn time(tasks: &Tasks) -> String {
    let mut seconds = serde_json::Map::new();
    let mut found = serde_json::Map::new();
    for name in Tasks::NAMES {
        let (count, sum) = tasks.run(name);
        found.insert(name.to_owned(), vec![count, sum].into());
        seconds.insert(name.to_owned(), median(|| tasks.run(name)).into());
    }
    format!(
        "{}\n{}",
        serde_json::Value::from(found),
        serde_json::Value::from(seconds)
    )
}

fn median(mut run: impl FnMut() -> (f64, f64)) -> f64 {
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

/// The largest resident memory of this process, as Linux counts it; 0 elsewhere.
fn peak_mebibytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kibibytes
        .and_then(|number| number.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1_024.0
}
