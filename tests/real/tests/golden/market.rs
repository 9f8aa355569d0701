//! Bars cut by the exchange's sessions.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::bars::BarSeries;
use atrium_shared::market::curate::{ResampleReport, Resampled};
use serde::Deserialize;

use super::{Exact, golden, seconds, sha256, spy_bars, spy_minutes};

#[derive(Deserialize)]
struct Cuts {
    intervals: BTreeMap<String, Cut>,
}

#[derive(Deserialize)]
struct Cut {
    bars: usize,
    left_out: usize,
    folded: usize,
    first: Vec<GoldenBar>,
    last: Vec<GoldenBar>,
    sha256: String,
}

/// Start, open, high, low, close and volume.
#[derive(Debug, PartialEq, Deserialize)]
struct GoldenBar(Timestamp, Exact, Exact, Exact, Exact, f64);

/// One line a bar: start in seconds since 1970, then the bits of open, high, low, close and volume.
fn canonical_text(bars: &BarSeries) -> String {
    let mut text = String::new();
    for (start, [open, high, low, close], volume) in bars.rows() {
        let [open, high, low, close, volume] = [open, high, low, close, volume].map(f64::to_bits);
        writeln!(
            text,
            "{} {open:016x} {high:016x} {low:016x} {close:016x} {volume:016x}",
            seconds(start)
        )
        .unwrap();
    }
    text
}

#[test]
fn spy_bars_of_every_interval_are_those_of_the_reference() {
    let Some(minutes) = spy_minutes() else { return };
    assert_eq!(minutes.len(), 102_236);
    let golden: Cuts = golden("spy_resample.json");
    for (interval, cut) in &golden.intervals {
        let Resampled { bars, report } = spy_bars(&minutes, interval.parse().unwrap());
        let series = bars.series();
        assert_eq!(series.len(), cut.bars, "{interval}");
        assert_eq!(
            report,
            ResampleReport {
                left_out: cut.left_out,
                folded: cut.folded
            },
            "{interval}"
        );
        let rows: Vec<_> = series
            .rows()
            .map(|(start, prices, volume)| {
                let [open, high, low, close] = prices.map(Exact);
                GoldenBar(start, open, high, low, close, volume)
            })
            .collect();
        assert_eq!(&rows[..cut.first.len()], &cut.first[..], "{interval}");
        assert_eq!(
            &rows[rows.len() - cut.last.len()..],
            &cut.last[..],
            "{interval}"
        );
        assert_eq!(sha256(&canonical_text(series)), cut.sha256, "{interval}");
    }
    assert_eq!(golden.intervals["60min"].bars, 1_782);
}
