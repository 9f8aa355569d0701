//! Markets as they are recorded: calendars, instruments, bars, and the rules that make bars fit for use.
//!
//! This wing says when an exchange is open and what a valid bar is. It never looks at prices to predict anything, and it
//! never reads a file: the server and the browser hand it rows.

pub mod calendar;
pub mod instrument;
pub mod bars;
pub mod price_step;
pub mod succession;
pub mod actions;
pub mod intake;
pub mod curate;
pub mod simulate;
