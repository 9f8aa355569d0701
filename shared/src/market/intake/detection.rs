//! What was found out about a file, and why: shown before anything is stored.

use core::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{ClockForm, DailyTimes, DateOrder, Decimal, Field, Labels, Reading, Rejected, Zone};
use crate::base::time::{BarInterval, Timestamp};

/// The kind of a file, told by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Text, values separated.
    Csv,
    /// LEAN's text without a header, in zips whose paths name the symbol, the date and the resolution.
    Lean,
    /// Apache Parquet.
    Parquet,
    /// A SQLite database.
    Sqlite,
}

/// What a file was packed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Packing {
    /// Nothing.
    None,
    /// gzip.
    Gzip,
    /// zip.
    Zip,
}

/// How sure a choice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// The user said so.
    Given,
    /// The file leaves no doubt.
    Sure,
    /// The file does not tell, or not clearly: look at it.
    Assumed,
}

/// Something that was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice<T> {
    /// What.
    pub value: T,
    /// How sure it is.
    pub certainty: Certainty,
    /// Why, in words.
    pub evidence: String,
}

impl<T> Choice<T> {
    /// What the user said.
    pub fn given(value: T) -> Self {
        let evidence = "as given".to_owned();
        Self {
            value,
            certainty: Certainty::Given,
            evidence,
        }
    }

    /// What the file leaves no doubt about.
    pub fn sure(value: T, evidence: impl Into<String>) -> Self {
        let evidence = evidence.into();
        Self {
            value,
            certainty: Certainty::Sure,
            evidence,
        }
    }

    /// What was assumed.
    pub fn assumed(value: T, evidence: impl Into<String>) -> Self {
        let evidence = evidence.into();
        Self {
            value,
            certainty: Certainty::Assumed,
            evidence,
        }
    }
}

/// Which column was taken for a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundColumn {
    /// The field.
    pub field: Field,
    /// The column's name, or `#3` for the third column of a file without a header.
    pub column: String,
    /// Why, in words.
    pub why: String,
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeForm {
    /// `2024-03-26 09:30:00`, also with `T`, dots or slashes, without seconds or with parts of one.
    DateTime,
    /// The same with an offset, `Z` or the name of a zone.
    DateTimeZoned,
    /// `2024-03-26`
    Date,
    /// `3/26/2024 9:30`
    ShortDateTime,
    /// `3/26/2024 9:30 +00:00`, with an offset, `Z` or the name of a zone.
    ShortDateTimeZoned,
    /// `3/26/2024`
    ShortDate,
    /// `20240326 09:30`, `20240326093000`
    CompactDateTime,
    /// `20240326`
    CompactDate,
    /// `26-Mar-2024 09:30`, `Mar 26, 2024`
    NamedMonth,
    /// Seconds since 1970 UTC.
    EpochSeconds,
    /// Milliseconds since 1970 UTC.
    EpochMillis,
    /// Microseconds since 1970 UTC.
    EpochMicros,
    /// Nanoseconds since 1970 UTC.
    EpochNanos,
    /// A point in time by the file's own type.
    Utc,
    /// A date and time without a zone by the file's own type.
    Wall,
    /// Milliseconds since the midnight of the file's date, as LEAN counts.
    SinceMidnight,
}

impl TimeForm {
    /// Whether day and month are two short numbers, of which either could be the month.
    pub const fn is_short(self) -> bool {
        matches!(
            self,
            Self::ShortDate | Self::ShortDateTime | Self::ShortDateTimeZoned
        )
    }
}

/// A column that could have been the times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedOver {
    /// Its name.
    pub column: String,
    /// How many of its values are times.
    pub times: u64,
    /// Of how many rows.
    pub rows: u64,
    /// Why another was taken.
    pub why: String,
}

/// Rows of another interval in the midst of the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Which of several files, from 0.
    pub file: u32,
    /// Its first line.
    pub first_line: u64,
    /// Its last line.
    pub last_line: u64,
    /// How many rows.
    pub rows: u64,
    /// The interval that they seem to be of.
    pub interval: BarInterval,
    /// The first row's time as the file has it.
    pub first: String,
    /// The last row's time as the file has it.
    pub last: String,
    /// The days of the file's clock, since 1970, on which it lies.
    #[serde(skip, default = "no_days")]
    pub(super) days: RangeInclusive<i32>,
}

fn no_days() -> RangeInclusive<i32> {
    RangeInclusive::new(1, 0)
}

/// Where bars lie by the calendar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// Bars that start in a regular session.
    pub regular: u64,
    /// Bars of a session's day outside its hours.
    pub extended: u64,
    /// Bars of days without a session.
    pub closed: u64,
}

/// A row as it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampleRow {
    /// Its line.
    pub line: u64,
    /// The row as the file has it.
    pub text: String,
    /// The start of the bar.
    pub start: Timestamp,
    /// Open, high, low, close.
    pub prices: [f64; 4],
    /// Traded quantity.
    pub volume: f64,
    /// Ask minus bid at the close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<f64>,
}

/// Rejected rows of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What is wrong with them, in words.
    pub what: String,
    /// How many.
    pub rows: u64,
    /// The first of them.
    pub first: Rejected,
}

/// What is in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows, the header and empty lines apart.
    pub rows: u64,
    /// Rows that can be used.
    pub used: u64,
    /// Rows that cannot.
    pub rejected: u64,
    /// Rows that are not after the row before them: out of order, or the same time again.
    pub backwards: u64,
    /// Rows that have the time of another and other prices, among those compared: of files of more than half a million rows those
    /// of every second day, or fewer.
    #[serde(default)]
    pub contradicting: u64,
    /// Bars that begin before the one before them has ended, among those compared.
    #[serde(default)]
    pub overlapping: u64,
    /// The earliest start.
    pub first: Option<Timestamp>,
    /// The latest start.
    pub last: Option<Timestamp>,
}

/// What is known of a file that is not read before somebody says how: its columns and first rows, to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The kind of file.
    pub format: Format,
    /// What seems to separate values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Whether a line names the columns.
    pub has_header: bool,
    /// Every column, to choose from.
    pub columns: Vec<String>,
    /// The first rows, value by value.
    pub sample: Vec<Vec<String>>,
}

fn is_not(flag: &bool) -> bool {
    !*flag
}

/// What was found out about a file by going through all of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// The kind of file.
    pub format: Format,
    /// What it was packed in.
    pub packing: Packing,
    /// The files in it by name, where there are several: the first hundred.
    pub files: Vec<String>,
    /// How many files there are.
    pub file_count: u64,
    /// The table of a database.
    pub table: Option<Choice<String>>,
    /// The symbol that a path names, as LEAN's do, or, where none is wanted, the only one that a column names.
    pub symbol: Option<String>,
    /// The symbols that a column of the file names, and how many rows each has, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub symbols: Vec<(String, u64)>,
    /// What separates values.
    pub delimiter: Option<Choice<char>>,
    /// Whether the first line names the columns.
    pub header: Option<Choice<bool>>,
    /// What separates the whole from the parts of a number.
    pub decimal: Option<Choice<Decimal>>,
    /// Every column, to choose from.
    pub columns: Vec<String>,
    /// Which of them were taken.
    pub fields: Vec<FoundColumn>,
    /// How times are written, and how many.
    pub time_forms: Vec<(TimeForm, u64)>,
    /// Which comes first in dates such as 3/4/2024, where there are any.
    pub date_order: Option<Choice<DateOrder>>,
    /// What the digits of a column of times of day are, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Choice<ClockForm>>,
    /// Columns of times that were not taken.
    pub passed_over: Vec<PassedOver>,
    /// The zone of times that are written without one, where there are any.
    pub zone: Option<Choice<Zone>>,
    /// What times stand for.
    pub labels: Choice<Labels>,
    /// Whether they are ends of bars that are cut by the clock, so that the last of a session is as long as the others.
    #[serde(default, skip_serializing_if = "is_not")]
    pub is_by_clock: bool,
    /// How daily bars get their dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<DailyTimes>,
    /// The interval of the bars.
    pub interval: Choice<BarInterval>,
    /// Rows of another interval, which are not used.
    pub foreign: Vec<Stretch>,
    /// Where bars lie by the calendar.
    pub hours: Hours,
    /// What hints at prices that were adjusted, in words.
    pub adjustment: Option<String>,
    /// What to look at before the file is used, in words.
    pub warnings: Vec<String>,
    /// How much there is.
    pub counts: Counts,
    /// The first rows, one of each form of time, the last ones.
    pub sample: Vec<SampleRow>,
    /// Why rows are not used, the most frequent first.
    pub reasons: Vec<Reason>,
    /// Why the file as a whole is not to be used: too few rows can be. Nothing may be stored of it then.
    pub refusal: Option<String>,
    /// The choices made, as what a user would give to have them again.
    pub reading: Reading,
}
