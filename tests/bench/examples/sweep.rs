//! Times sweeps: our side of `peers/sweeps.py`, and skipping beside walking.
//!
//! `sweep` alone times the workloads by skipping and, some of their columns, by walking, in one run. `sweep write NAME FOLDER`
//! writes bars, entries and columns of a workload for the peers; `sweep time NAME` prints what it takes as JSON, seconds and MiB;
//! `sweep agree NAME DIALECT COLUMN…` walks columns as another tool trades them; `sweep grow` times how the cost grows.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a small tool that prints, and stops where it cannot go on"
)]

use std::path::Path;
use std::time::Instant;

use atrium_bench::Columns;
use atrium_shared::signal::signals::Direction;
use atrium_shared::trading::fills::FillDialect;
use serde_json::{Value, json};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match *words {
        [] => {
            compare("dense", 20);
            compare("long", 2);
        }
        ["write", name, folder] => write(&Columns::named(name), Path::new(folder), name),
        ["time", name] => println!("{}", time(&Columns::named(name))),
        ["agree", name, dialect, ref columns @ ..] => {
            let columns = columns.iter().map(|n| n.parse().expect("a column"));
            println!("{}", agree(&Columns::named(name), dialect, columns));
        }
        ["grow"] => println!("{}", grow()),
        _ => panic!("write NAME FOLDER, time NAME, agree NAME DIALECT COLUMN…, grow, or nothing"),
    }
}

/// The fastest of some rounds, in seconds, and what the last gave.
fn fastest<T>(rounds: u32, mut round: impl FnMut() -> T) -> (f64, T) {
    let mut best = f64::INFINITY;
    let mut given = None;
    for _ in 0..rounds.max(1) {
        let clock = Instant::now();
        given = Some(round());
        best = best.min(clock.elapsed().as_secs_f64());
    }
    (best, given.expect("a round"))
}

/// How many rounds take about a second.
fn rounds(columns: &Columns) -> u32 {
    match columns.len() * columns.series().len() {
        ..50_000_000 => 60,
        50_000_000..500_000_000 => 5,
        _ => 2,
    }
}

/// Columns on two threads, each with a sweeper of its own.
fn on_two(
    columns: &Columns,
    sweepers: [&mut atrium_shared::research::sweep::Sweeper<'_>; 2],
) -> u64 {
    let half = columns.len() / 2;
    let [first, second] = sweepers;
    std::thread::scope(|threads| {
        let other = threads.spawn(|| columns.skip(second, half..columns.len()));
        columns.skip(first, 0..half) + other.join().expect("the run succeeds")
    })
}

fn time(columns: &Columns) -> Value {
    let rounds = rounds(columns);
    // what is laid out stays with the bars, so that it can be timed but once
    let (index_s, index) = fastest(1, || columns.index());
    let (entries_s, mut first) = fastest(3, || columns.sweeper(&index));
    let mut second = columns.sweeper(&index);
    let before = reset_peak();
    let (one_s, trades) = fastest(rounds, || columns.skip(&mut first, 0..columns.len()));
    let (two_s, both) = fastest(rounds, || on_two(columns, [&mut first, &mut second]));
    assert_eq!(trades, both);
    let peak = memory_of("VmHWM:");
    json!({
        "columns": columns.len(),
        "bars": columns.series().len(),
        "orders": trades * 2,
        "index": index_s,
        "entries and one column": entries_s,
        "one core": one_s,
        "two cores": two_s,
        "MiB": peak,
        "MiB of the sweep": peak - before,
    })
}

/// Lowers the largest memory that the system remembers to what is held now, in MiB.
fn reset_peak() -> f64 {
    // where the system has no such file, the peak is that of the whole process
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    memory_of("VmRSS:")
}

fn memory_of(row: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(row));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kibibytes.unwrap_or(f64::NAN) / 1024.0
}

/// `NAME.bars`: open, high, low and close as columns of little-endian `f64`, then starts in microseconds as `i64`; `NAME.entries`: 1 long, −1 short,
/// 0 none, a byte a bar; `NAME.columns`: stop and target in per cent, `f64`.
fn write(columns: &Columns, folder: &Path, name: &str) {
    let series = columns.series();
    let prices = [series.open(), series.high(), series.low(), series.close()];
    let mut bars: Vec<u8> = Vec::new();
    for column in prices {
        bars.extend(column.iter().flat_map(|price| price.to_le_bytes()));
    }
    bars.extend(
        series
            .start()
            .iter()
            .flat_map(|start| start.0.to_le_bytes()),
    );
    let entry = |direction: &Option<Direction>| match direction {
        Some(Direction::Long) => 1i8,
        Some(Direction::Short) => -1,
        _ => 0,
    };
    let entries = columns.entries().iter().map(|e| entry(e) as u8).collect();
    let levels = columns.levels().iter();
    let levels = levels.flat_map(|&(stop, target)| [stop, target]);
    let levels = levels.flat_map(f64::to_le_bytes).collect();
    for (ending, bytes) in [("bars", bars), ("entries", entries), ("columns", levels)] {
        std::fs::write(folder.join(format!("{name}.{ending}")), bytes).expect("a file");
    }
}

fn agree(columns: &Columns, dialect: &str, which: impl Iterator<Item = usize>) -> Value {
    let dialect = match dialect {
        "vectorbt" => FillDialect::Vectorbt,
        "backtesting_py" => FillDialect::BacktestingPy,
        _ => panic!("no dialect {dialect}"),
    };
    let walked = which.map(|column| columns.walk_as(dialect, column));
    walked
        .map(|walked| json!([walked.trades, walked.final_equity]))
        .collect()
}

/// Times a sweep on one thread, in milliseconds, beside what it grows with.
fn grow() -> Value {
    let of = |columns: &Columns| {
        let index = columns.index();
        let mut sweeper = columns.sweeper(&index);
        let before = reset_peak();
        let run = || columns.skip(&mut sweeper, 0..columns.len());
        let (seconds, trades) = fastest(rounds(columns).min(20), run);
        json!({
            "bars": columns.series().len(),
            "columns": columns.len(),
            "trades": trades,
            "ms": seconds * 1e3,
            "MiB of the sweep": memory_of("VmHWM:") - before,
        })
    };
    let bars = [10_000, 31_623, 100_000, 316_228, 1_000_000];
    let columns = [(2, 5), (10, 10), (25, 40), (100, 100)];
    let every = [1, 10, 100, 1_000, 10_000];
    json!({
        "bars, an entry at each": bars.map(|bars| of(&Columns::long(bars, 1, 8))),
        "bars, 100 entries in all": bars.map(|bars| of(&Columns::long(bars, bars / 100, 8))),
        "columns": columns.map(|(stops, targets)| of(&Columns::five_minutes(10_000, 1, stops, targets))),
        "trades": every.map(|every| of(&Columns::long(1_000_000, every, 8))),
    })
}

fn compare(name: &str, walked: usize) {
    let columns = Columns::named(name);
    let (laid, index) = fastest(1, || columns.index());
    let (found, mut sweeper) = fastest(5, || columns.sweeper(&index));
    let (one, trades) = fastest(60, || columns.skip(&mut sweeper, 0..columns.len()));
    let mut second = columns.sweeper(&index);
    let (two, _) = fastest(60, || on_two(&columns, [&mut sweeper, &mut second]));
    let walk = || (0..walked).map(|column| columns.walk(column).trades).sum();
    let (walk, same): (f64, u64) = fastest(3, walk);
    assert_eq!(columns.skip(&mut sweeper, 0..walked), same, "{name}");
    let whole = walk / walked as f64 * columns.len() as f64;
    println!(
        "{name}: {} columns, {} orders; index {:.2} ms, entries and first column {:.3} ms; one thread {:.3} ms ({:.1} ns a trade), two {:.3} ms; walk {:.1} ms ({walked} columns measured): {:.0} x",
        columns.len(),
        trades * 2,
        laid * 1e3,
        found * 1e3,
        one * 1e3,
        one * 1e9 / trades as f64,
        two * 1e3,
        whole * 1e3,
        whole / one
    );
}
