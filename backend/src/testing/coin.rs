//! Bars of a coin: the tests of the pages, which are a crate of their own, read this file, too.

/// Five-minute bars at 8 cents as CSV, whose prices have five decimals.
pub(crate) fn at_8_cents() -> String {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for at in 0..600 {
        let (hour, minute) = (at / 12 % 24, at % 12 * 5);
        let [open, close] = [at, at + 1].map(|at| 8_000 + at * 37 % 211);
        let (high, low) = (open.max(close) + 3, open.min(close) - 3);
        let time = format!("2024-03-{:02}T{hour:02}:{minute:02}:00Z", 4 + at / 288);
        text += &format!("{time},0.0{open},0.0{high},0.0{low},0.0{close},5\n");
    }
    text
}
