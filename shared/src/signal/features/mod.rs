//! What a model is fed: features of bars, each a causal value with a name, a unit, a formula and the history it needs; the list
//! of them that a model was trained on; the matrix of their values; and the scaler.
//!
//! Every output of every registered indicator is a feature: `sma_7`, `rsi_14`, `bb_upper_20_2`, `sma_20:volume`. What no
//! indicator gives is a file here and a line in [`FEATURES`]. A value depends on its bar and those before it; [`check_look_ahead`]
//! proves it for anything that is computed from bars. ARCHITECTURE.md says how to add one.
//!
//! Features run on adjusted prices: those of the first bar's basis, as the signals of a run do. So a split or a dividend
//! changes nothing before it, though an adjusted chart, which is on the last basis, shows other prices: by one factor for all
//! bars. The scale of prices and volumes is that of the first bar: bars that begin before another split have another one, while
//! ratios, indices and times are the same.
//!
//! ```
//! use atrium_shared::market::calendar::Calendar;
//! use atrium_shared::market::curate::resample;
//! use atrium_shared::market::simulate::{SAMPLE, simulate};
//! use atrium_shared::base::time::BarInterval;
//! use atrium_shared::market::actions::Actions;
//! use atrium_shared::signal::features::{FeatureMatrix, FeatureSpec, Scaler};
//!
//! let minutes = simulate(&SAMPLE)?;
//! let bars = resample(&minutes, BarInterval::minutes(60), Calendar::Nyse)?.bars;
//! let spec = FeatureSpec::parse("close, SMA_7, rsi_14, DayOfWeek")?;
//! assert_eq!(spec.names().collect::<Vec<_>>(), ["close", "sma_7", "rsi_14", "day_of_week"]);
//!
//! let matrix = FeatureMatrix::compute(&spec, &bars, &Actions::default())?;
//! assert_eq!(matrix.dropped().warm_up, 14);
//! let scaler = Scaler::fit(&matrix, 0..matrix.rows() * 7 / 10)?;
//! assert_eq!(scaler.transform(&matrix)?.len(), matrix.rows() * 4);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bar;
mod close_to_sma;
mod day_of_week;
mod description;
mod error;
mod feature;
mod hour;
mod look_ahead;
mod matrix;
mod price;
mod registry;
mod scaler;
mod sets;
mod spec;
mod stable;
mod stream;

pub use bar::{FeatureBar, feature_bars};
pub use description::Description;
pub use error::FeatureError;
pub use feature::{Feature, every_feature};
pub use look_ahead::{
    BarColumn, Hidden, LookAheadError, LookAheadReport, Violation, check_look_ahead,
};
pub use matrix::{Dropped, FeatureMatrix, Undefined};
pub use registry::{Entry, StreamingFeature, Unit};
pub use scaler::{Scaler, ScalerError};
pub use sets::{FeatureSet, SETS};
pub use spec::FeatureSpec;
pub use stable::{StabilityReport, Unstable, check_stable_history};
pub use stream::{FeatureStream, StableHistory};

/// Every feature that is no indicator, in the order in which they are offered.
pub static FEATURES: [Entry; 8] = [
    price::OPEN,
    price::HIGH,
    price::LOW,
    price::CLOSE,
    price::VOLUME,
    close_to_sma::ENTRY,
    hour::ENTRY,
    day_of_week::ENTRY,
];

#[cfg(test)]
mod tests;
