//! Bars as other people's files have them: which column is which, how times and numbers are written, in which zone, and
//! what each row says.
//!
//! A file is gone through twice, each time in chunks of any size. The first pass, [`Scout`], gathers evidence and ends in a
//! [`Plan`]; the second, [`Reader`], reads rows by the plan, hands them over in batches and ends in a [`Detection`], which
//! says what was chosen, why, and what came of it. Nothing is kept but what is said of a whole file, so a file larger than
//! memory is read as well. A row that cannot be used is handed over as [`Rejected`], with its line and its reason, and the
//! rest go on. [`read_all`] does both passes over files that are in memory.

mod book;
mod candidates;
mod clock;
mod columns;
mod date_order;
mod dates;
mod delimited;
mod detection;
mod epoch;
mod error;
mod evidence;
mod guess;
mod hours;
mod layout;
mod lean;
mod looks;
mod numbers;
mod plan;
mod prose;
mod reader;
mod reading;
mod row;
mod rows;
mod runs;
mod scout;
mod shifted;
mod symbols;
mod tally;
mod times;
mod times_of_day;
mod twice;
mod unpack;
mod walk;
mod zone;

/// The version of the rules by which files are read: the same file may say something else by another one.
pub const READER_VERSION: u32 = 9;

pub use columns::names_bars;
pub use dates::DailyTimes;
pub use detection::{
    Certainty, Choice, Counts, Detection, Format, FoundColumn, Hours, Packing, PassedOver, Reason,
    SampleRow, Seen, Stretch, TimeForm,
};
pub use epoch::time_from_epoch;
pub use error::IntakeError;
pub use guess::{guess_instrument, of_symbol};
pub use hours::misplaced;
pub use lean::{LeanMarket, LeanPath, select as select_lean};
pub use plan::Plan;
pub use reader::Reader;
pub use reading::{ClockForm, ColumnNames, DateOrder, Decimal, Field, Habit, Labels, Reading};
pub use row::Cell;
pub use rows::{Rejected, RowSink, Rows, SinkError};
pub use scout::Scout;
pub use shifted::{Priced, Shifted, are_shifted, shifted};
pub use symbols::names_symbols;
pub use times::{BadTime, TimeZoneChoice, parse_time};
pub use unpack::Limits;

pub use zone::{BadZone, Zone};

/// What files are handed to: the first pass and the second one alike, in the same order.
pub trait Feed {
    /// A file begins; its path tells LEAN's files.
    ///
    /// # Errors
    /// [`IntakeError`] as [`Feed::push`].
    fn open(&mut self, path: &str) -> Result<(), IntakeError>;

    /// Some of its bytes, in chunks of any size.
    ///
    /// # Errors
    /// [`IntakeError`] where the file as a whole cannot be read.
    fn push(&mut self, bytes: &[u8]) -> Result<(), IntakeError>;

    /// It is complete.
    ///
    /// # Errors
    /// [`IntakeError`] as [`Feed::push`].
    fn close(&mut self) -> Result<(), IntakeError>;

    /// In place of a file's bytes: a table begins, whose rows are handed over with typed values. `sample` holds the first
    /// rows as text.
    ///
    /// # Errors
    /// [`IntakeError`] as [`Feed::push`].
    fn table(
        &mut self,
        path: &str,
        format: Format,
        columns: &[String],
        sample: Vec<Vec<Vec<u8>>>,
    ) -> Result<(), IntakeError>;

    /// A row of the table, by its number from 1.
    ///
    /// # Errors
    /// [`IntakeError`] as [`Feed::push`].
    fn row(&mut self, line: u64, cells: &[Cell<'_>]) -> Result<(), IntakeError>;
}

/// Reads files that are in memory: path and bytes of each, the rows to a sink.
///
/// # Errors
/// [`IntakeError`] where the files as a whole cannot be read. Where [`Detection::refusal`] says why, what the sink was given
/// must not be used.
pub fn read_all<S: RowSink>(
    files: &[(&str, &[u8])],
    reading: &Reading,
    limits: Limits,
    sink: S,
) -> Result<(Detection, S), IntakeError> {
    fn hand_over(files: &[(&str, &[u8])], feed: &mut impl Feed) -> Result<(), IntakeError> {
        for (path, bytes) in files {
            feed.open(path)?;
            for chunk in bytes.chunks(1 << 16) {
                feed.push(chunk)?;
            }
            feed.close()?;
        }
        Ok(())
    }
    let mut scout = Scout::new(reading.clone(), limits);
    hand_over(files, &mut scout)?;
    let mut reader = Reader::new(&scout.finish()?, sink)?;
    hand_over(files, &mut reader)?;
    reader.finish()
}

/// Rows kept in memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kept {
    /// Rows in the file's order.
    pub rows: Rows,
    /// Rows that are not used.
    pub rejected: Vec<Rejected>,
}

impl RowSink for Kept {
    fn rows(&mut self, rows: Rows) -> Result<(), SinkError> {
        self.rows.absorb(rows);
        Ok(())
    }

    fn rejected(&mut self, rejected: Rejected) -> Result<(), SinkError> {
        self.rejected.push(rejected);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
