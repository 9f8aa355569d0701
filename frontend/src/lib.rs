//! The browser lab: pages, charts and the engine worker.
//!
//! Six programs are made of this crate. `app` is the shell and the backtest page: it fetches bars, shows and asks.
//! `engine_worker` runs the engine beside it, so that the page never waits for a run; they speak [`protocol`] and nothing else.
//! `study_worker` tells of a run that stands: metrics, returns, single decisions, conventions; they speak [`study_protocol`].
//! `sweep_worker` runs trials of a sweep, several of it at once; they speak [`sweep_protocol`].
//! `data_page` is the page of its name, which the app loads into its document, so that nobody waits for it before the first
//! picture; they speak `bridge`. `data_worker` reads a file that was dropped on that page and answers for its bars; it speaks
//! [`data_protocol`].

#![allow(
    unreachable_pub,
    reason = "the component macro writes pub where a component has none"
)]

mod api;
mod app;
mod bridge;
mod browser;
mod choices;
mod keys;
mod memory;
pub mod late;
mod latest;
mod pages;
mod parts;
pub mod data_page;
mod data_page_client;
pub mod data_protocol;
pub mod data_worker;
mod data_client;
pub mod protocol;
mod state;
mod study_client;
pub mod study_protocol;
pub mod study_worker;
mod sweep_pool;
pub mod sweep_protocol;
pub mod sweep_worker;
mod theme;
pub mod worker;
mod worker_bars;
mod worker_client;
mod worker_host;
mod worker_scope;

/// Starts the page; `file` has what comes after its first picture.
pub fn start(file: late::File) {
    app::start(file);
}
