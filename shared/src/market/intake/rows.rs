//! What reading a file gives: rows in batches, and rows that cannot be used.

use serde::{Deserialize, Serialize};

use crate::market::bars::BarColumns;

/// A row that is not used, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Which of several files, by name; empty where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// The line of a text file, or the row of a table, from 1; 0 where rows have no place.
    pub line: u64,
    /// Why, in words.
    pub reason: String,
    /// The row as it stands, cut where it is long.
    pub text: String,
}

/// Rows as they were read: the order is the file's, so times may repeat or run backwards; each row by itself is a valid
/// bar, known by its start in UTC.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// The bars.
    pub bars: BarColumns,
    /// Ask minus bid at the close, in price units, for each bar of a file of quotes; else empty.
    pub spread: Vec<f64>,
    /// The line of each bar.
    pub line: Vec<u64>,
}

impl Rows {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.bars.start.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.bars.start.is_empty()
    }

    /// Adds the rows of another batch.
    pub fn absorb(&mut self, mut other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        let (bars, more) = (&mut self.bars, &mut other.bars);
        bars.start.append(&mut more.start);
        bars.open.append(&mut more.open);
        bars.high.append(&mut more.high);
        bars.low.append(&mut more.low);
        bars.close.append(&mut more.close);
        bars.volume.append(&mut more.volume);
        self.spread.append(&mut other.spread);
        self.line.append(&mut other.line);
    }
}

/// Who takes the rows could not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SinkError(pub String);

/// Who takes rows, batch by batch, in the file's order.
pub trait RowSink {
    /// Takes some rows.
    ///
    /// # Errors
    /// [`SinkError`] ends the reading.
    fn rows(&mut self, rows: Rows) -> Result<(), SinkError>;

    /// Takes a row that is not used.
    ///
    /// # Errors
    /// [`SinkError`] ends the reading.
    fn rejected(&mut self, rejected: Rejected) -> Result<(), SinkError>;
}
