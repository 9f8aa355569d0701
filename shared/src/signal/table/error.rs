//! What can be wrong with a table.

use crate::base::time::Timestamp;

/// Why a table is refused. Lines count from 1, the line of column names.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadTable {
    /// The file is too large.
    #[error("the file has {bytes} bytes, but at most {most} are read: cut it into parts")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// There are too many rows or columns.
    #[error(
        "line {line}: there are more than {most} {what}, which is the most that is read: cut the file into parts"
    )]
    TooMany {
        /// Where the limit was passed.
        line: u64,
        /// Rows or columns.
        what: &'static str,
        /// The limit.
        most: u64,
    },
    /// The bytes are no text.
    #[error("line {line} is no text in UTF-8 or UTF-16: save the table as CSV in UTF-8")]
    NotText {
        /// The first line concerned.
        line: u64,
    },
    /// There is nothing.
    #[error("the file is empty: its first line must name the columns, and rows must follow")]
    Empty,
    /// There are column names, but nothing below.
    #[error("the file has no row with a value below the names of its columns")]
    NoRows,
    /// A quoted field does not end, or something follows its end.
    #[error(
        "line {line}: the quotation marks do not pair up; a field that holds one is quoted and doubles it, and a field ends on its line"
    )]
    Quotes {
        /// The line.
        line: u64,
    },
    /// A line has more or fewer fields than there are columns.
    #[error("line {line} has {found} fields, but the first line names {expected} columns")]
    Fields {
        /// The line.
        line: u64,
        /// Its fields.
        found: usize,
        /// The columns.
        expected: usize,
    },
    /// A column is missing.
    #[error(
        "no column is called {known}, so the {role} is missing; the columns are {columns}: rename one in the first line, or say which it is"
    )]
    MissingColumn {
        /// What it would hold.
        role: &'static str,
        /// The names it could have.
        known: String,
        /// The columns there are.
        columns: String,
    },
    /// A column that was asked for does not exist.
    #[error("there is no column {name:?} for the {role}; the columns are {columns}")]
    NoSuchColumn {
        /// What it should hold.
        role: &'static str,
        /// The name asked for.
        name: String,
        /// The columns there are.
        columns: String,
    },
    /// It is not clear which column is meant, or how.
    #[error("{columns} could each be the {role}: say which it is, or rename the others")]
    AmbiguousColumn {
        /// What it would hold.
        role: &'static str,
        /// The columns in question.
        columns: String,
    },
    /// The values of a column that was asked for could mean two things.
    #[error("is column {name:?} a price or a log return? Its name does not say: say which it is")]
    UnknownKind {
        /// The column.
        name: String,
    },
    /// A field cannot be read.
    #[error("line {line}, column {column:?}: {reason}")]
    Field {
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// The value and what is wrong with it.
        reason: String,
    },
    /// Two rows are decided on the same bar.
    #[error(
        "lines {earlier} and {line} both belong to the bar of {for_bar}, but a bar has one row at most: remove one of them"
    )]
    Twice {
        /// The first of them.
        earlier: u64,
        /// The second.
        line: u64,
        /// The start of the bar.
        for_bar: Timestamp,
    },
    /// No row belongs to a bar.
    #[error(
        "none of the {rows} rows belongs to a bar: the first is for {first} (line {line}), but {bars}. {advice}"
    )]
    NothingMatches {
        /// How many rows there are.
        rows: u64,
        /// The line of the first.
        line: u64,
        /// Its time.
        first: Timestamp,
        /// What the times of the bars look like.
        bars: String,
        /// What to do.
        advice: &'static str,
    },
    /// The rows make no series.
    #[error("{0}")]
    Series(String),
}
