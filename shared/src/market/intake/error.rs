//! Why a file is not read.

use super::{Field, SinkError};
use crate::base::time::BarInterval;

/// Why a file as a whole is not read. Every message says what was wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IntakeError {
    /// It has no content.
    #[error("it is empty: there is nothing to read")]
    Empty,
    /// There is no row.
    #[error("it has no rows: there is nothing to read")]
    NoRows,
    /// It is of a kind that is not read, or packed so that it is not.
    #[error(
        "it is {what}, which is not read here: {then}; CSV is read, also in gzip or zip, Parquet and SQLite"
    )]
    NotRead {
        /// What it is.
        what: &'static str,
        /// What to do.
        then: &'static str,
    },
    /// It is damaged.
    #[error("it is damaged: {reason}; copy or download it again")]
    Damaged {
        /// How it is known.
        reason: &'static str,
    },
    /// An entry of a zip is encrypted.
    #[error("{name} in the zip is locked by a password: unpack it first")]
    Encrypted {
        /// The entry.
        name: String,
    },
    /// An entry of a zip is packed in a way that is not read.
    #[error("{name} in the zip is packed by method {method}, which is not read: unpack it first")]
    Method {
        /// The entry.
        name: String,
        /// The number of the method.
        method: usize,
    },
    /// It unpacks to far more than bars do.
    #[error(
        "its {packed} bytes read so far unpacked to {unpacked}, which no file of bars does: it is made to fill memory or disk; if it is not, unpack it first"
    )]
    Grows {
        /// The bytes read.
        packed: u64,
        /// What they became.
        unpacked: u64,
    },
    /// There are too many files in it.
    #[error("it holds more than {most} files: unpack it and read the parts one by one")]
    TooManyFiles {
        /// The limit.
        most: u64,
    },
    /// It is no text.
    #[error("line {line} is no text: {what}; save the table as CSV in UTF-8")]
    NotText {
        /// The first line concerned.
        line: u64,
        /// What is there.
        what: &'static str,
    },
    /// It has too many columns.
    #[error("line {line} has {columns} fields, but a table of bars has at most {most}")]
    TooManyColumns {
        /// The line.
        line: u64,
        /// How many.
        columns: usize,
        /// The limit.
        most: usize,
    },
    /// Several columns have the same known name.
    #[error(
        "{count} columns could be {}: {columns}; say which one it is, by its name or by its position, as in #2",
        field.name()
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
        "no column for {} was found (looked for: {}); the columns are: {columns}; say which one it is",
        fields(missing, |field| field.name().to_owned()),
        fields(missing, Field::known_names)
    )]
    MissingColumns {
        /// What was not found.
        missing: Vec<Field>,
        /// The columns of the file, as many as fit in a message.
        columns: String,
    },
    /// A named column is not there.
    #[error("there is no column {name:?} for {}: the columns are: {columns}", field.name())]
    NoSuchColumn {
        /// Which field it was for.
        field: Field,
        /// The name given.
        name: String,
        /// The columns of the file, as many as fit in a message.
        columns: String,
    },
    /// No value of any column is a time.
    #[error("no column holds times that can be read: {reason}")]
    NoTimes {
        /// The columns tried and what is wrong with them.
        reason: String,
    },
    /// One of several files has other columns than the first.
    #[error(
        "{path} has other columns than the files before it ({reason}): read the files of one kind at a time"
    )]
    OtherColumns {
        /// The file.
        path: String,
        /// What is missing.
        reason: String,
    },
    /// Times of day in digits of two kinds.
    #[error("{0}")]
    Clocks(String),
    /// The interval cannot be told.
    #[error("the interval cannot be told from {rows}: give it, such as 1min")]
    NoInterval {
        /// What there is, in words.
        rows: &'static str,
    },
    /// The step between bars is no interval.
    #[error(
        "the rows are most often {seconds} s apart, which is no interval that bars can have (whole seconds up to half a day, or a day): check the column of times, or give the interval"
    )]
    OddInterval {
        /// The step.
        seconds: f64,
    },
    /// The step between rows is that of weeks or months.
    #[error(
        "the rows are most often {days} days apart, as weekly or monthly bars are, which are not stored: import daily or shorter bars"
    )]
    LongSteps {
        /// The step.
        days: f64,
    },
    /// One row, or rows days apart, that may be days as well as bars of the stored interval.
    #[error(
        "the interval cannot be told: its rows may be daily bars as well as the {stored} bars that are stored of this symbol; give the interval, 1day or {stored}"
    )]
    MaybeDaily {
        /// The interval of the stored bars.
        stored: BarInterval,
    },
    /// A few rows that may be longer bars as well as some of the stored bars.
    #[error(
        "the interval cannot be told: its few rows are all {longer} or multiples of it apart, so they may be {longer} bars as well as some of the {stored} bars that are stored of this symbol; give the interval, {longer} or {stored}"
    )]
    MaybeLonger {
        /// The interval that they may have.
        longer: crate::base::time::BarInterval,
        /// The interval of the stored bars.
        stored: crate::base::time::BarInterval,
    },
    /// The most frequent step between rows is that of few.
    #[error(
        "the rows are as far apart as they happen to be: {seconds} s, which is most frequent, are {count} of {all} steps, and most others are no multiple of it; {}",
        of_grid(*grid)
    )]
    FewSteps {
        /// The step.
        seconds: f64,
        /// How many steps are so long.
        count: u64,
        /// Of how many.
        all: u64,
        /// The longest usual interval, of a minute or more, of which all are multiples.
        grid: Option<BarInterval>,
    },
    /// The interval given is longer than the step between bars.
    #[error(
        "the rows are most often {seconds} s apart, so they cannot be {given} bars: leave the interval to be told from them"
    )]
    IntervalTooLong {
        /// What was given.
        given: BarInterval,
        /// The step.
        seconds: f64,
    },
    /// Something was given that cannot be.
    #[error("{0}")]
    Given(String),
    /// The second pass sees something else than the first.
    #[error("it changed while it was read: read it again")]
    Changed,
    /// Who takes the rows could not.
    #[error(transparent)]
    Sink(#[from] SinkError),
}

/// What to do where no step is that of many rows.
fn of_grid(grid: Option<BarInterval>) -> String {
    match grid {
        Some(grid) => format!(
            "all are multiples of {grid}: where these are {grid} bars of a market in which most are missing, give that interval, {grid}; else check which column is the time"
        ),
        None => "check which column is the time, or give the interval".to_owned(),
    }
}

fn fields(fields: &[Field], show: impl Fn(Field) -> String) -> String {
    let shown: Vec<String> = fields.iter().map(|&field| show(field)).collect();
    shown.join("; ")
}
