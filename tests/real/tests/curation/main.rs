//! Curation of real bars against pandas: what `tests/reference/curation.py` counts and hashes, and what `data/README.md` of the
//! test data says by hand.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says where and fails"
)]

mod actions;
mod files;
mod quality;
mod source;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::{Cleaned, Curated, clean};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

#[derive(Deserialize)]
struct Golden {
    files: BTreeMap<String, Value>,
    aapl: Value,
    silver: Value,
}

fn golden() -> Golden {
    let path = atrium_tests::repository_root().join("tests/golden/curation.json");
    let text = std::fs::read_to_string(path).expect("the golden file is in the repository");
    serde_json::from_str(&text).expect("the golden file has the form of its test")
}

/// A file by the golden file's name for it, cleaned; `None` where the test data are absent.
fn cleaned(name: &str) -> Option<Cleaned> {
    let (file, spoiled) = name
        .strip_suffix(" spoiled")
        .map_or((name, false), |file| (file, true));
    let (mut rows, interval) = source::read(file)?;
    if spoiled {
        rows = source::spoiled(&rows);
    }
    Some(clean(interval, &rows).expect("columns of one length"))
}

fn calendar(name: &str) -> Calendar {
    if name.contains("USDT") {
        Calendar::Crypto
    } else {
        Calendar::Nyse
    }
}

/// One line a bar: start in seconds since 1970, then the bits of open, high, low, close and volume; with a flag where asked.
fn canonical_text(bars: &Curated, flags: bool) -> String {
    let mut text = String::new();
    for ((start, [open, high, low, close], volume), synthetic) in
        bars.bars().rows().zip(bars.synthetic())
    {
        let [open, high, low, close, volume] = [open, high, low, close, volume].map(f64::to_bits);
        let seconds = start.0.div_euclid(1_000_000);
        write!(
            text,
            "{seconds} {open:016x} {high:016x} {low:016x} {close:016x} {volume:016x}"
        )
        .unwrap();
        if flags {
            write!(text, " {}", u8::from(*synthetic)).unwrap();
        }
        text.push('\n');
    }
    text
}

fn sha256(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .fold(String::new(), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        })
}

fn minute() -> BarInterval {
    BarInterval::minutes(1)
}
