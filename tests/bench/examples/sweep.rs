//! Times sweeps by skipping beside walking, in one run: the fastest of some rounds each by the clock, and what the processor gave on
//! the mean.

use std::time::Instant;

use atrium_bench::Columns;

/// Nanoseconds that the processor has given this thread, where the system says so.
fn processor_ns() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok()
}

/// The fastest of some rounds by the clock, the mean of all by the processor, in milliseconds, and what the last gave.
struct Timed<T> {
    clock: f64,
    processor: f64,
    given: Option<T>,
}

fn fastest<T>(rounds: u32, mut round: impl FnMut() -> T) -> Timed<T> {
    let mut best = Timed {
        clock: f64::INFINITY,
        processor: f64::NAN,
        given: None,
    };
    let processor = processor_ns();
    for _ in 0..rounds {
        let clock = Instant::now();
        best.given = Some(round());
        best.clock = best.clock.min(clock.elapsed().as_secs_f64() * 1e3);
    }
    // the system counts in steps of some milliseconds, so that one round says little
    if let (Some(before), Some(after)) = (processor, processor_ns()) {
        best.processor = (after - before) / 1e6 / f64::from(rounds);
    }
    best
}

fn compare(name: &str, columns: &Columns, walked: usize) {
    let index = columns.index();
    let laid = fastest(5, || columns.index().len());
    let found = fastest(5, || {
        columns.sweeper(&index);
    });
    let mut sweeper = columns.sweeper(&index);
    let skip = fastest(40, || columns.skip(&mut sweeper, 0..columns.len()));
    let half = columns.len() / 2;
    let mut second = columns.sweeper(&index);
    let both = fastest(40, || {
        std::thread::scope(|threads| {
            let other = threads.spawn(|| columns.skip(&mut second, half..columns.len()));
            columns.skip(&mut sweeper, 0..half) + other.join().unwrap_or_default()
        })
    });
    assert_eq!(both.given, skip.given);
    let walk = fastest(3, || columns.walk(0..walked));
    let same = columns.skip(&mut sweeper, 0..walked);
    assert_eq!(Some(same), walk.given, "{name}");
    let whole = walk.processor / walked as f64 * columns.len() as f64;
    let trades = skip.given.unwrap_or_default();
    println!(
        "{name}: {} columns, {} orders; index {:.2} ms, entries and first column {:.3} ms; skip {:.3} ms by the clock, {:.3} ms of the processor ({:.1} ns a trade); on two threads {:.3} ms; walk {whole:.1} ms of the processor ({walked} columns measured): {:.0} x",
        columns.len(),
        trades * 2,
        laid.processor,
        found.processor,
        skip.clock,
        skip.processor,
        skip.processor * 1e6 / trades as f64,
        both.clock,
        whole / skip.processor
    );
}

fn main() {
    compare("10k bars", &Columns::many(25, 40), 20);
    compare("1M bars", &Columns::long(), 2);
}
