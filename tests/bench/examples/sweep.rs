//! Times sweeps by skipping beside walking, in one run: the fastest of some rounds each.

use std::time::Instant;

use atrium_bench::Columns;
use atrium_shared::research::sweep::Sweeper;

/// The fastest of some rounds, in milliseconds, and what they gave.
fn fastest<T>(rounds: u32, mut round: impl FnMut() -> T) -> (f64, Option<T>) {
    let mut best = (f64::INFINITY, None);
    for _ in 0..rounds {
        let before = Instant::now();
        let given = round();
        let ms = before.elapsed().as_secs_f64() * 1e3;
        if ms < best.0 {
            best = (ms, Some(given));
        }
    }
    best
}

fn compare(name: &str, columns: &Columns, walked: usize) {
    let (laid, _) = fastest(5, || columns.index().len());
    let index = columns.index();
    let (skip, trades) = fastest(20, || {
        columns.skip(&mut Sweeper::new(&index), 0..columns.len())
    });
    let (walk, checked) = fastest(3, || columns.walk(0..walked));
    let same = columns.skip(&mut Sweeper::new(&index), 0..walked);
    assert_eq!(Some(same), checked, "{name}");
    let whole = walk / walked as f64 * columns.len() as f64;
    let trades = trades.unwrap_or_default();
    println!(
        "{name}: {} columns, {} orders; index {laid:.2} ms; skip {skip:.3} ms ({:.1} ns a trade); walk {whole:.1} ms ({walked} columns measured), {:.0} x",
        columns.len(),
        trades * 2,
        skip * 1e6 / trades as f64,
        whole / skip
    );
}

fn main() {
    compare("10k bars", &Columns::many(25, 40), 20);
    compare("1M bars", &Columns::long(), 2);
}
