//! What is computed from bars before anything is traded: indicators, predictions and their error.
//!
//! Everything here is causal: a value of bar t depends on bars up to t only. Warm-up is `None`, never NaN. Nothing here
//! knows of positions, orders or money.

pub mod indicators;
pub mod prediction;
pub mod error_sigma;
pub mod baselines;
pub mod signals;
