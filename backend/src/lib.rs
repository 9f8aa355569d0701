//! The command line and the server of Atrium.
//!
//! Glue around the pure core: files, configuration, HTTP. What a bar, a backtest or a digest *is* stands in
//! `atrium-shared` and is only called from here.

pub mod commands;
pub mod config;
pub mod import;
pub mod outputs;
pub mod picture;
pub mod server;
mod stopping;
pub mod store;
pub mod sweeps;
mod temporary;

#[cfg(test)]
mod testing;
