//! Why files are not imported.

use std::io;
use std::path::{Path, PathBuf};

use atrium_shared::market::intake::{IntakeError, Seen};

use crate::store::StoreError;

/// Why files are not imported. Every message says what was wrong, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read.
    #[error("{} cannot be read: {source}; check the path", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is a pipe, a device or a socket.
    #[error(
        "{} is not a regular file but a pipe, a device or a socket: write its content to a file first and import that",
        .0.display()
    )]
    NoFile(PathBuf),
    /// There is no file to import.
    #[error("{} {reason}", path.display())]
    NoFiles {
        /// The folder.
        path: PathBuf,
        /// What was looked for.
        reason: String,
    },
    /// A file is not read.
    #[error("{name}: {source}")]
    File {
        /// The file.
        name: String,
        /// Why.
        source: IntakeError,
        /// What is known of it, where it was looked into.
        seen: Option<Box<Seen>>,
    },
    /// Too few of the rows can be used.
    #[error("{name}: {reason}; nothing was stored")]
    Refused {
        /// The file.
        name: String,
        /// Why, with the first lines concerned.
        reason: String,
    },
    /// A table cannot be read.
    #[error("{name} {reason}")]
    Table {
        /// The file.
        name: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The process that decodes a file stopped.
    #[error(
        "{name} cannot be imported: the process that decodes it stopped ({reason}), so the file is damaged or does not fit in memory"
    )]
    Decoder {
        /// The file.
        name: String,
        /// How it ended.
        reason: String,
    },
    /// Trades and quotes do not mix.
    #[error(
        "the data set {name} holds {}, and these are {}: they are not merged; use another symbol, or --replace",
        kind(*is_quoted), kind(!is_quoted)
    )]
    OtherKind {
        /// The data set.
        name: String,
        /// Whether the stored bars are of quotes.
        is_quoted: bool,
    },
    /// Whoever watched ended it.
    #[error("the import was cancelled: nothing was stored")]
    Cancelled,
    /// The store took no more rows and says nothing.
    #[error("the store took no more rows: nothing was stored")]
    Stopped,
    /// It cannot be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn kind(is_quoted: bool) -> &'static str {
    if is_quoted {
        "bars of quotes"
    } else {
        "bars of trades"
    }
}

impl ImportError {
    pub(super) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read {
            path: path.to_path_buf(),
            source,
        }
    }

    pub(super) fn of(name: &str, source: IntakeError) -> Self {
        Self::File {
            name: name.to_owned(),
            source,
            seen: None,
        }
    }

    /// The same with what is known of the file.
    pub(super) fn having_seen(self, known: Option<Seen>) -> Self {
        match self {
            Self::File { name, source, .. } => Self::File {
                name,
                source,
                seen: known.map(Box::new),
            },
            other => other,
        }
    }

    /// What is known of a file that was not read: its columns and first rows.
    pub fn seen(&self) -> Option<&Seen> {
        match self {
            Self::File { seen, .. } => seen.as_deref(),
            _ => None,
        }
    }

    /// Whether the file may be read if somebody says more of it.
    pub fn asks_for_more(&self) -> bool {
        self.seen().is_some_and(|seen| !seen.sample.is_empty()) || self.asks_for_table()
    }

    /// Whether somebody has to say which table of a database it is.
    pub fn asks_for_table(&self) -> bool {
        matches!(self, Self::Table { reason, .. } if reason.contains("say which") || reason.contains("has no table"))
    }

    pub(super) fn table(name: &str, reason: impl Into<String>) -> Self {
        Self::Table {
            name: name.to_owned(),
            reason: reason.into(),
        }
    }
}
