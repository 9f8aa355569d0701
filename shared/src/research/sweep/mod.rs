//! Sweeps: many configurations over the same bars, fast because most bars are never looked at.
//!
//! [`Index`] lays prepared bars out once; [`plan()`] says how a configuration is run; [`Sweeper`] runs one after the other. Nothing here
//! is a second engine: the skipping driver calls the rules that [`Engine::step`](crate::trading::engine::Engine::step) and the
//! simulated broker call, and a property test holds both to the same bits.

mod plan;
mod extremes;
mod index;
mod candidates;
mod ledger;
mod skip;
mod open;
mod watch;
mod offer;
mod plain;
mod lanes;
mod sweeper;
mod axis;
mod bad;
mod canonical;
mod spec;
mod results;
mod missing;
mod table;
mod digesting;
mod rank;
mod order;

pub use axis::{Axis, Stage};
pub use bad::{BadRange, BadSweep};
pub use digesting::Digesting;
pub use index::Index;
pub use missing::{AtHand, why_without};
pub use order::Order;
pub use plan::{Plan, Reason, plan};
pub use rank::{Measure, best, plateau};
pub use results::{
    Columns, Inputs, Stretch, SweepError, identity, run, run_each, without_data, without_runs,
};
pub use spec::{Estimate, Method, SweepSpec, Use};
pub use sweeper::{Recorded, Sweeper};
pub use table::Results;
