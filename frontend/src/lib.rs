//! The browser lab: pages, charts and the engine worker.
//!
//! Two programs are made of this crate. `app` is the page: it fetches bars, shows and asks. `engine_worker` runs the
//! engine beside it, so that the page never waits for a run. They speak [`protocol`] and nothing else.

#![allow(
    unreachable_pub,
    reason = "the component macro writes pub where a component has none"
)]

mod api;
mod app;
mod browser;
mod choices;
mod latest;
mod pages;
mod parts;
pub mod protocol;
mod state;
mod theme;
pub mod worker;
mod worker_client;

/// Starts the page.
pub fn start() {
    app::start();
}
