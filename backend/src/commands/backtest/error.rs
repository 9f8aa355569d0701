//! Why a backtest cannot be made.

use std::path::PathBuf;

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::curate::ResampleError;
use atrium_shared::research::backtest::RunError;
use atrium_shared::signal::table::BadTable;
use atrium_shared::surface::share::{BadLink, Fingerprint};

use crate::outputs::OutputError;

/// Why a backtest cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// A file that a flag names cannot be read.
    #[error("{flag} {} cannot be read: {source}", path.display())]
    Read {
        /// The flag.
        flag: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What a flag names is a folder, a pipe or a device.
    #[error("{flag} {} is {what}, not a file", path.display())]
    NoFile {
        /// The flag.
        flag: &'static str,
        /// What should be a file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The configuration file is no configuration.
    #[error("--config {}: {reason}; `atrium backtest --help` shows a whole configuration", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Where and what.
        reason: String,
    },
    /// A file of predictions or signals is refused.
    #[error("{flag} {}: {reason}{}", path.display(), advice(reason))]
    Table {
        /// The flag.
        flag: &'static str,
        /// The file.
        path: PathBuf,
        /// Where and what.
        reason: BadTable,
    },
    /// Flags contradict each other or the configuration.
    #[error("{0}")]
    Flags(String),
    /// The bars cannot be cut.
    #[error("--interval: {0}")]
    Resample(#[from] ResampleError),
    /// The stored bars do not show the path inside those of the run.
    #[error(
        "fills.intrabar is refined, but the stored bars of {data_set} are {stored}, no finer than the {interval} bars of the run: choose a longer --interval, import finer bars, or choose a convention that needs none, as in --set fills.intrabar=pessimistic"
    )]
    NotFiner {
        /// The data set.
        data_set: String,
        /// Its interval.
        stored: BarInterval,
        /// The interval of the run.
        interval: BarInterval,
    },
    /// The link cannot be opened.
    #[error("--link: {0}")]
    Link(#[from] BadLink),
    /// The data set of a link is not in the store.
    #[error(
        "the link is to a run on {name} ({symbol}, content {content}), which is not stored here: {advice}"
    )]
    NotHere {
        /// Its name where the link was made.
        name: String,
        /// Its symbol.
        symbol: String,
        /// Its content.
        content: Fingerprint,
        /// How to get it.
        advice: String,
    },
    /// The run cannot be made.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The files of the run cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// The flags that put right what a table leaves open.
fn advice(reason: &BadTable) -> &'static str {
    match reason {
        BadTable::MissingColumn { .. }
        | BadTable::NoSuchColumn { .. }
        | BadTable::AmbiguousColumn { .. } => " (--column says which, as in --column time=MyTime)",
        BadTable::UnknownKind { .. } => " (--value-kind price or --value-kind log_return)",
        BadTable::NothingMatches { .. } => {
            " (--time-zone exchange, --row-time bar_end or known_at, --interval)"
        }
        _ => "",
    }
}
