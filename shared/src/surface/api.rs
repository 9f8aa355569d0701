//! Messages between the server and the browser.

use serde::{Deserialize, Serialize};

use crate::base::digest::Digest;
use crate::base::time::{BarInterval, Timestamp};
use crate::market::bars::Instrument;

/// `GET /health`: the server is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Always "ok".
    pub status: String,
    /// The version of the program.
    pub version: String,
    /// The version of the engine; the page's must be the same for digests to agree.
    pub engine: String,
}

/// `GET /api/datasets`: what is in the store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DataSets {
    /// The data sets that can be used, by name.
    pub sets: Vec<DataSet>,
    /// What is wrong with the others, and what to do about it: one sentence each, with the name.
    pub damaged: Vec<String>,
}

/// A stored data set, as listed by `GET /api/datasets`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataSet {
    /// Its name in the store, such as "SPY-1min".
    pub name: String,
    /// What was recorded.
    pub instrument: Instrument,
    /// The interval of the stored bars.
    pub interval: BarInterval,
    /// How many bars are stored.
    pub rows: u64,
    /// The start of the first bar.
    pub first: Timestamp,
    /// The start of the last bar.
    pub last: Timestamp,
    /// The content hash of the stored bars.
    pub digest: Digest,
    /// Whether the bars are simulated.
    pub simulated: bool,
    /// Where they came from, in words.
    pub source: String,
}

/// An error, as RFC 9457 problem details (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A short summary of the kind of problem.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong, where, and what to do.
    pub detail: String,
}
