//! Research: whole runs over recorded data, and what they are worth.
//!
//! Drivers feed the engine and gather what comes of it; statistics judge the result. Nothing here decides a trade.

pub mod run_config;
pub mod parameters;
pub mod window;
pub mod metrics;
pub mod backtest;
pub mod sweep;
pub mod explain;
pub mod study;
