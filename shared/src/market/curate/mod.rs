//! The rules that make rows fit for use: reading times, cutting intervals. The server and the browser run the same ones.

mod parse;
mod resample;

pub use parse::{BadTime, TimeZoneChoice, parse_time, time_from_epoch};
pub use resample::{ResampleError, ResampleReport, Resampled, resample};
