//! Rows and fields, and what a field's text can be read as.

use std::borrow::Cow;

use super::{BadTable, Column, shown};
use crate::base::time::Timestamp;
use crate::market::intake::{TimeZoneChoice, parse_time};

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    pub(super) line: u64,
    pub(super) fields: &'a [Cow<'a, str>],
}

impl<'a> Row<'a> {
    /// The number of its line.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Its field in a column of the same table.
    pub fn field(&self, column: Column<'a>) -> Field<'a> {
        Field {
            line: self.line,
            column: column.name,
            text: self.fields.get(column.index).map_or("", |text| text.trim()),
        }
    }
}

/// One field, with where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    pub(super) line: u64,
    pub(super) column: &'a str,
    pub(super) text: &'a str,
}

impl<'a> Field<'a> {
    /// The text without surrounding blanks.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Whether it has no value: nothing, or one of the words that tools write for nothing.
    pub fn is_empty(&self) -> bool {
        const NOTHING: [&str; 7] = ["", "nan", "null", "none", "na", "n/a", "<na>"];
        let is_it = |word: &&str| self.text.eq_ignore_ascii_case(word);
        NOTHING.iter().any(is_it)
    }

    /// The error for this field; `reason` says what it should be.
    pub fn bad(&self, reason: &str) -> BadTable {
        BadTable::Field {
            line: self.line,
            column: shown(self.column),
            reason: format!("{:?} {reason}", shown(self.text)),
        }
    }

    /// As a time.
    ///
    /// # Errors
    /// [`BadTable::Field`] where it is none, or lies outside 1900 to 2200.
    pub fn time(&self, zone: TimeZoneChoice) -> Result<Timestamp, BadTable> {
        let time = parse_time(self.text, zone).map_err(|error| BadTable::Field {
            line: self.line,
            column: shown(self.column),
            reason: error.to_string(),
        })?;
        if time < Timestamp::MIN || time > Timestamp::MAX {
            return Err(self.bad("is outside the years 1900 to 2200"));
        }
        Ok(time)
    }

    /// As a finite number with a point for decimals.
    ///
    /// # Errors
    /// [`BadTable::Field`] where it is none.
    pub fn number(&self) -> Result<f64, BadTable> {
        let number = self.text.parse::<f64>().ok();
        let number = number.filter(|number| number.is_finite());
        number.ok_or_else(|| {
            self.bad("is no finite number: write digits with a point for decimals, such as 104.25")
        })
    }

    /// As a finite number; `None` where there is no value.
    ///
    /// # Errors
    /// As [`Field::number`].
    pub fn optional_number(&self) -> Result<Option<f64>, BadTable> {
        if self.is_empty() {
            return Ok(None);
        }
        self.number().map(Some)
    }

    /// As yes or no.
    ///
    /// # Errors
    /// [`BadTable::Field`] where it is neither.
    pub fn flag(&self) -> Result<bool, BadTable> {
        let is_one_of = |words: [&str; 5]| words.iter().any(|w| self.text.eq_ignore_ascii_case(w));
        if is_one_of(["1", "true", "yes", "t", "1.0"]) {
            Ok(true)
        } else if is_one_of(["0", "false", "no", "f", "0.0"]) {
            Ok(false)
        } else {
            Err(self.bad("is neither yes nor no: write true or false, or 1 or 0"))
        }
    }
}
