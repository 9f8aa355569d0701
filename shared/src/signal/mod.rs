//! What is computed from bars before anything is traded: indicators, features, predictions and their error; and what is read from
//! files in their place: predictions and signals made elsewhere.
//!
//! Everything here is causal but for `labels`: a value of bar t depends on bars up to t only. Warm-up is `None`, never
//! NaN. Nothing here knows of positions, orders or money.

pub mod indicators;
pub mod features;
pub mod prediction;
pub mod error_sigma;
pub mod labels;
pub mod baselines;
pub mod source;
pub mod signals;
pub mod table;
pub mod placing;
pub mod prediction_file;
pub mod signal_file;
