//! Why a file is not imported.

use std::fmt;
use std::path::{Path, PathBuf};

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::base::units::OutOfBounds;
use atrium_shared::market::bars::BadSeries;
use atrium_shared::market::curate::ResampleError;

use super::Field;

/// Why a file is not imported. Every message says what was wrong, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{} cannot be read: {source}; check the path", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is a folder.
    #[error("{} is a folder: name one file in it", .0.display())]
    Folder(PathBuf),
    /// It is a pipe, a device or a socket.
    #[error(
        "{} is not a regular file but a pipe, a device or a socket: write its content to a file first and import that",
        .0.display()
    )]
    NoFile(PathBuf),
    /// It is larger than what is read.
    #[error(
        "{} is larger than {limit} GiB, the most that is imported, as a file is held in memory as a whole: split it by time and import the parts under symbols of their own, or import longer bars",
        path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit, in GiB.
        limit: u64,
    },
    /// It has no content.
    #[error("{} is empty: there is nothing to import", .0.display())]
    Empty(PathBuf),
    /// It is packed.
    #[error("{} is compressed: unpack it first and import the CSV or Parquet file in it", .0.display())]
    Compressed(PathBuf),
    /// It is no Parquet file that can be read.
    #[error(
        "{} is not a Parquet file that can be read: {reason}; if it was copied or downloaded, get it again",
        path.display()
    )]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It is no CSV file that can be read.
    #[error("{} is not a CSV file that can be read: {reason}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It is not text.
    #[error(
        "{}, line {line}: this is not UTF-8 text; save the file as UTF-8, or check that it is a CSV or Parquet file",
        path.display()
    )]
    NotText {
        /// The file.
        path: PathBuf,
        /// Where.
        line: usize,
    },
    /// A line has too many or too few fields.
    #[error(
        "{}, line {line}: the line has {fields} fields, but the header names {expected}; nothing was imported",
        path.display()
    )]
    Ragged {
        /// The file.
        path: PathBuf,
        /// Where.
        line: usize,
        /// How many fields there are.
        fields: usize,
        /// How many there should be.
        expected: usize,
    },
    /// Its lines end in carriage returns only.
    #[error(
        "{}: its lines end in carriage returns (CR) alone, so it reads as a single line; save it with line feeds (LF or CR LF) as line ends",
        .0.display()
    )]
    CarriageReturns(PathBuf),
    /// Several columns have the same known name.
    #[error(
        "{count} columns could be {}: {columns}; name the right one with {}",
        field.name(),
        field.flag()
    )]
    AmbiguousColumn {
        /// Which field.
        field: Field,
        /// How many columns.
        count: usize,
        /// The columns, as many as fit in a message.
        columns: String,
    },
    /// Columns are not there under a known name.
    #[error(
        "no column for {} was found (looked for: {}); the columns are: {columns}; name them with {}",
        fields(missing, Field::name),
        fields(missing, Field::known_names),
        fields(missing, Field::flag)
    )]
    MissingColumns {
        /// What was not found.
        missing: Vec<Field>,
        /// The columns of the file, as many as fit in a message.
        columns: String,
    },
    /// A named column is not there.
    #[error("{} {name}: there is no such column; the columns are: {columns}", field.flag())]
    NoSuchColumn {
        /// Which field it was for.
        field: Field,
        /// The name given.
        name: String,
        /// The columns of the file, as many as fit in a message.
        columns: String,
    },
    /// A column has a type that cannot be what it is meant for.
    #[error("the column {column} is of type {found}, but {} needs {needed}", field.name())]
    ColumnType {
        /// Which field.
        field: Field,
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// What would do.
        needed: &'static str,
    },
    /// There is no row.
    #[error("{} has no rows: there is nothing to import", .0.display())]
    NoRows(PathBuf),
    /// Rows make no sense.
    #[error("{total} of {rows} rows cannot be used, so nothing was imported:{}{}; mend the file, or leave those rows out", first.iter().map(|problem| format!("\n  {problem}")).collect::<String>(), more(first.len(), *total))]
    BadRows {
        /// How many rows cannot be used.
        total: usize,
        /// How many rows there are.
        rows: usize,
        /// The first of them.
        first: Vec<RowProblem>,
    },
    /// One row tells no interval.
    #[error("the interval cannot be told from a single row: give it, as in --interval 1min")]
    OneRow,
    /// The step between bars is no interval.
    #[error(
        "the rows are most often {0} s apart, which is no interval that bars can have (whole seconds, up to a day): check the time column, or give --interval"
    )]
    OddInterval(f64),
    /// The interval given is longer than the step between bars.
    #[error(
        "--interval {given}: the rows are most often {step_seconds} s apart, so they cannot be {given} bars; leave --interval out to use the step"
    )]
    IntervalTooLong {
        /// What was given.
        given: BarInterval,
        /// What the times say.
        step_seconds: f64,
    },
    /// No bar is inside a session.
    #[error(
        "none of the {rows} bars is inside a session of the {calendar} calendar (the first is at {first}): if the times are local to the exchange use --time-zone exchange, if they are of another zone write them with their offset, if the market trades round the clock use --crypto or --calendar crypto"
    )]
    OutsideSessions {
        /// How many bars.
        rows: usize,
        /// The calendar.
        calendar: &'static str,
        /// The first bar.
        first: Timestamp,
    },
    /// The process that decodes the file stopped.
    #[error(
        "{} cannot be imported: the process that decodes it stopped ({reason}), so the file is damaged or does not fit in memory",
        path.display()
    )]
    Decoder {
        /// The file.
        path: PathBuf,
        /// How it stopped.
        reason: String,
    },
    /// The process that decodes the file refused it.
    #[error("{0}")]
    Refused(String),
    /// The instrument makes no sense.
    #[error(transparent)]
    Instrument(#[from] OutOfBounds),
    /// The bars are no series.
    #[error(transparent)]
    Series(#[from] BadSeries),
    /// The bars do not fit the calendar.
    #[error(transparent)]
    Resample(#[from] ResampleError),
}

impl ImportError {
    pub(super) fn read(path: &Path, source: std::io::Error) -> Self {
        Self::Read {
            path: path.to_path_buf(),
            source,
        }
    }
}

fn fields(fields: &[Field], show: impl Fn(Field) -> &'static str) -> String {
    let shown: Vec<&str> = fields.iter().map(|&field| show(field)).collect();
    shown.join("; ")
}

fn more(shown: usize, total: usize) -> String {
    if total > shown {
        format!("\n  … and {} more", total - shown)
    } else {
        String::new()
    }
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// Where: "line 7".
    pub place: String,
    /// What.
    pub reason: String,
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}
