//! The rules that make rows fit for use: cleaning, merging, filling, cutting, and telling what is missing or odd. The server
//! and the browser run the same ones, over bars in memory or handed in month by month.

mod parse;
mod curated;
mod clean;
mod merge;
mod coverage;
mod gaps;
mod fill;
mod quality;
mod resample;

pub use clean::{CleanReport, Cleaned, Conflict};
pub use coverage::{Coverage, DayCoverage, DayState};
pub use curated::{BadCurated, Curated};
pub use fill::{FillMeasure, FillReport, FillRule};
pub use gaps::{ExtendedHours, Gap, GapKind, GapReport, LongGap};
pub use merge::{BarChange, MergeReport};
pub use parse::{BadTime, TimeZoneChoice, parse_time, time_from_epoch};
pub use quality::{Offender, OffenderKind, QualityReport, QualityRule};
pub use resample::{
    Alignment, Hours, ResampleError, ResampleReport, Resampled, Resampling, resample,
};
