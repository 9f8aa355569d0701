//! Sweeps: many configurations over the same bars, fast because most bars are never looked at.
//!
//! [`Sweeper`] runs one after the other, or as lanes, by the skipping driver of a single run and by its
//! [`Index`](super::backtest::Index). What of it stands twice, a formula for eight lanes together, a property test holds to the same bits.

mod headlines;
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
pub use missing::{AtHand, why_without};
pub use order::Order;
pub use rank::{Measure, best, plateau};
pub use results::{
    Columns, Inputs, Stretch, SweepError, identity, run, run_each, without_data, without_runs,
};
pub use spec::{Estimate, Method, SweepSpec, Use};
pub use sweeper::Sweeper;
pub use table::Results;
