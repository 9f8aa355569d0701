//! What leaves the core: messages, reports, charts. Nothing here computes a result; it only gives it a form.

pub mod wire;
pub mod numbers;
pub mod report;
pub mod words;
pub mod conventions;
pub mod explained;
pub mod csv;
pub mod share;
pub mod saved_runs;
pub mod kept_sweep;
pub mod api;
pub mod charts;
pub mod sheets;
pub mod sweeps;
