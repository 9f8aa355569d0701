//! Golden values from outside: what a plain reference in Python, TA-Lib, empyrical and exchange_calendars compute from the
//! same input (`tests/reference` says how), compared with the program.
//!
//! Integers, times, prices and quantities are compared exactly, amounts of money and statistics within 1e-9.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says where and fails"
)]

mod calendars;
mod features;
mod indicators;
mod market;
mod nasty;
mod runs;
mod values;

use std::fmt::Write as _;

use atrium_real_tests::spy_minutes;
use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::bars::BarSeries;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::{Resampled, resample};
use atrium_shared::research::metrics::Stat;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use sha2::{Digest as _, Sha256};

fn spy_bars(minutes: &BarSeries, interval: BarInterval) -> Resampled {
    resample(minutes, interval, Calendar::Nyse).expect("SPY is cut")
}

fn golden<T: DeserializeOwned>(file: &str) -> T {
    let path = atrium_tests::repository_root()
        .join("tests/golden")
        .join(file);
    let text = std::fs::read_to_string(&path).expect("the golden file is in the repository");
    serde_json::from_str(&text).expect("the golden file has the form of its test")
}

#[track_caller]
fn assert_close(ours: f64, golden: f64, what: &str) {
    let scale = if golden.abs() > 1.0 {
        golden.abs()
    } else {
        1.0
    };
    assert!(
        (ours - golden).abs() <= 1e-9 * scale,
        "{what}: {ours} is not {golden}"
    );
}

#[track_caller]
fn assert_stat(ours: Stat, golden: Option<f64>, what: &str) {
    match (ours.value(), golden) {
        (Some(ours), Some(golden)) => assert_close(ours, golden, what),
        (ours, golden) => assert_eq!(ours, golden, "{what}"),
    }
}

fn seconds(at: Timestamp) -> i64 {
    at.0.div_euclid(1_000_000)
}

fn sha256(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .fold(String::new(), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        })
}

/// A number that stands as text in the golden file, because a reader of JSON may round the last bit of a number.
#[derive(Debug, PartialEq)]
struct Exact(f64);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}
