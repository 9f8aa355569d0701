//! The rules that make rows fit for use: cleaning, merging, filling, cutting, and telling what is missing or odd. The server
//! and the browser run the same ones, over bars in memory or handed in month by month.

mod curated;
mod origin;
mod grid;
mod days;
mod clean;
mod apart;
mod merge;
mod coverage;
mod daily;
mod gaps;
mod fill;
mod quality;
mod resample;

pub use apart::{Beside, apart_from};
pub use clean::{CleanReport, Cleaned, Conflict, clean, clean_beside};
pub use coverage::{Coverage, DayCoverage, DayState};
pub use curated::{BadCurated, Curated};
pub use daily::{by_date, keyed_by_date};
pub use fill::{FillMeasure, FillReport, FillRule, Filler, fill};
pub use gaps::{ExtendedHours, Gap, GapAnalysis, GapKind, GapReport, LongGap, coverage, gaps};
pub use merge::{BarChange, Conversion, MergeError, MergeReport, Seam, merge};
pub use origin::GridOrigin;
pub use quality::{
    Cleaning, Offender, OffenderKind, QualityAnalysis, QualityReport, QualityRule, quality,
};
pub use resample::{
    Alignment, Hours, ResampleError, ResampleReport, Resampled, Resampling, cut, resample,
};
