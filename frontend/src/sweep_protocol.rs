//! What the page and the workers of sweeps say to each other, packed as the messages of the engine's worker are.

use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::sweep::{Columns, Inputs, Method};
use atrium_shared::research::window::Window;
use atrium_shared::surface::report::DataReference;
use serde::{Deserialize, Serialize};

/// The version of these messages. Page and worker are separate files, so a browser's cache may mix two builds.
pub const PROTOCOL: u32 = 1;

/// What the page asks for. Messages are taken in the order in which they come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Take these bars. Attached: the bars as the server sent them.
    Load {
        /// What the bars are of.
        data: DataReference,
        /// The sessions that trials see.
        window: Window,
    },
    /// Take signals for the bars. Attached: [`SignalRows`](crate::protocol::SignalRows).
    Signals,
    /// Take finer bars of the same market. Attached: the bars in wire form.
    Finer,
    /// Be ready for the trials of a sweep.
    Begin {
        /// The number by which it is known.
        sweep: u64,
        /// What is varied.
        base: Box<RunConfig>,
        /// How, as [`Axis::read`](atrium_shared::research::sweep::Axis::read) reads it.
        axes: Vec<String>,
        /// How trials are drawn.
        method: Method,
    },
    /// Run trials of the sweep that was begun last, in this order, for about so long: what could not be run is asked for again.
    Run {
        /// The number of the sweep.
        sweep: u64,
        /// Which.
        trials: Vec<u64>,
        /// For how long, in milliseconds; at least one is run.
        budget_ms: f64,
    },
    /// Run a trial for its equity.
    Record {
        /// The number of the sweep.
        sweep: u64,
        /// Which.
        trial: u64,
    },
}

/// What a worker answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The worker has started. This variant stays first and as it is, so that any two builds understand it.
    Ready {
        /// [`PROTOCOL`] of the worker's build.
        protocol: u32,
        /// The version of the worker's engine.
        engine: String,
    },
    /// It is ready for a sweep.
    Begun {
        /// Which.
        sweep: u64,
        /// What it runs on.
        inputs: Inputs,
        /// How many bars that is.
        bars: u64,
    },
    /// Trials were run: the first of those that were asked for, as many as there are in the columns.
    Ran {
        /// The number of the sweep.
        sweep: u64,
        /// How long that took, in milliseconds.
        milliseconds: f64,
        /// What came of them.
        columns: Columns,
    },
    /// A trial was run for its equity. Attached, as `f64`: equity at each bar's close; the bars' starts in microseconds; their
    /// sessions in days since 1970.
    Recorded {
        /// The number of the sweep.
        sweep: u64,
        /// Which.
        trial: u64,
        /// How many round trips.
        trades: u64,
    },
    /// The sweep cannot be run.
    Failed {
        /// Which.
        sweep: u64,
        /// Why, and what to do.
        message: String,
    },
    /// The worker is about to stop for good, by a defect.
    Panicked {
        /// What it says of it.
        message: String,
    },
}
