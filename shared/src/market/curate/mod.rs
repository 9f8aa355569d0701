//! The rules that make rows fit for use: reading times, cutting intervals. The server and the browser run the same ones.

mod resample;

pub use resample::{ResampleError, ResampleReport, Resampled, resample};
