//! A sweep as the page knows it: what is set, how far it is, what came of it. What does the work comes late.

mod desk;
mod keep;
mod linked;
mod pace;
mod setup;
mod works;

use std::any::Any;
use std::rc::Rc;

use atrium_shared::base::digest::Digest;
use atrium_shared::base::time::{Day, Timestamp};
use atrium_shared::research::sweep::{Estimate, Inputs, Measure, Results, SweepSpec};
use atrium_shared::research::window::Window;
use atrium_shared::surface::api::DataSet;
use atrium_shared::surface::kept_sweep::KeptSummary;
use atrium_shared::surface::share::{Link, SignalTimes, SweepPart};
use leptos::prelude::*;

use super::Lab;
use super::entries::Place;

/// How a sweep stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stage {
    /// Nothing was run since the page was opened, or since other bars are shown.
    Idle,
    /// It waits for bars or workers.
    Waiting,
    /// Trials are being run.
    Running,
    /// It was stopped; what is missing can be run.
    Cancelled,
    /// Every trial was run.
    Done,
    /// It cannot go on, and why.
    Failed(String),
}

/// How far a sweep is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Progress {
    /// Trials that were run.
    pub(crate) done: u64,
    /// All trials.
    pub(crate) trials: u64,
    /// How long trials have been run, in milliseconds; time while it was stopped is not counted.
    pub(crate) elapsed_ms: f64,
    /// Trials a second.
    pub(crate) rate_per_s: f64,
    /// How long it will take, in seconds, once that can be said.
    pub(crate) left_s: Option<f64>,
    /// Workers that run trials.
    pub(crate) workers: usize,
    /// Workers that are in the middle of something.
    pub(crate) busy: usize,
}

/// An axis as it stands in the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AxisText {
    /// The key of the parameter.
    pub(crate) key: &'static str,
    /// Its values: `start:end:step` or `value,value,…`.
    pub(crate) text: String,
}

/// How trials are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum MethodText {
    /// Every combination.
    #[default]
    Grid,
    /// Each value by itself.
    Random,
    /// So that each axis goes through its whole range.
    LatinHypercube,
}

/// What stands in the form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Setup {
    pub(crate) axes: Vec<AxisText>,
    pub(crate) method: MethodText,
    /// How many trials are drawn; of no effect on a grid.
    pub(crate) trials: u64,
    /// The seed of the draws.
    pub(crate) seed: u64,
    /// What trials are ranked and coloured by.
    pub(crate) measure: Measure,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            axes: Vec::new(),
            method: MethodText::Grid,
            trials: 1_000,
            seed: 1,
            measure: Measure::Sharpe,
        }
    }
}

/// What is said of the sweep of a link that trades signals where there are none.
pub(crate) const NEEDS_FILE: &str = "The sweep of this link trades signals of a file, which no link holds: drop it on this page or choose it by “Own file”, then run the sweep again. Run again without it, the trials that need it have no results.";

/// What a sweep would be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimated {
    /// Trials, steps, sets of predictions.
    pub(crate) of: Estimate,
    /// Bars of the sessions that are run over.
    pub(crate) bars: u64,
    /// How long it takes with the workers that are chosen, in seconds, where that is known.
    pub(crate) seconds: Option<f64>,
}

/// A sweep that was begun, and what came of it so far.
pub(crate) struct Sweep {
    pub(crate) spec: SweepSpec,
    /// What the data set is chosen by.
    pub(crate) key: String,
    /// Where it is kept.
    pub(crate) place: Place,
    /// The data set whose bars are run over.
    pub(crate) data_set: DataSet,
    /// The sessions that are run over.
    pub(crate) window: Window,
    /// How many bars that is.
    pub(crate) bars: u64,
    /// How the times of the signals are read that are at hand.
    pub(crate) times: SignalTimes,
    pub(crate) results: Results,
    /// What it runs on, once a worker told.
    pub(crate) inputs: Option<Inputs>,
}

/// What became of keeping a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// There was nothing to keep.
    Nothing,
    /// It is being sent to the server.
    Busy,
    /// So many trials are kept on the server, where `atrium sweep` finds them.
    Stored(u64),
    /// The data set is one of this browser: that so many were run is noted in the browser.
    Listed(u64),
    /// The server is away: so many are sent once it is back, and until then it is noted in the browser that they were run.
    Away(u64),
    /// They could not be kept, and why.
    Failed(String),
}

/// A trial run once more for what a table of results does not hold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) trial: u64,
    /// The bars' starts.
    pub(crate) starts: Vec<Timestamp>,
    /// The session of each bar.
    pub(crate) sessions: Vec<Day>,
    /// Equity at each bar's close, in account currency.
    pub(crate) equity: Vec<f64>,
    /// How many round trips.
    pub(crate) trades: u64,
}

/// What a link says of a sweep and what came of it.
#[derive(Debug, Clone)]
struct Expected {
    part: SweepPart,
    /// The data set and the sessions.
    link: Link,
    results: Digest,
}

/// What a sweep waits for before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaited {
    /// Finer bars.
    Finer,
    /// The file of signals that is held, read for the bars that are shown.
    Signals,
}

/// Goes on with what waited, or says why it cannot.
type GoOn = fn(Lab, Result<(), String>);
/// Reads what an address says of a sweep; says whether that could be read.
type Follower = fn(Lab, &str) -> bool;

/// The state of the sweep. Copies are handles to the same state.
#[derive(Clone, Copy)]
pub(crate) struct SweepDesk {
    /// What stands in the form.
    pub(crate) setup: RwSignal<Setup>,
    pub(crate) stage: RwSignal<Stage>,
    /// Told at most once a frame.
    pub(crate) progress: RwSignal<Progress>,
    /// Grows when results came or another sweep was begun, at most once a frame.
    pub(crate) version: RwSignal<u64>,
    /// How many workers are to run trials.
    pub(crate) workers: RwSignal<usize>,
    /// The sessions that are run over; `None`: those of the backtest page.
    pub(crate) window: RwSignal<Option<Window>>,
    /// The trial that was asked for last, once it was run again.
    pub(crate) recorded: RwSignal<Option<Rc<Recorded>>, LocalStorage>,
    pub(crate) keeping: RwSignal<Keeping>,
    /// The digest of what came of the sweep, as `atrium sweep` tells it, a moment after every trial was run.
    pub(crate) digest: RwSignal<Option<Digest>>,
    /// The sweeps of the data set that are kept, once they were asked for.
    pub(crate) listed: RwSignal<Vec<KeptSummary>>,
    /// Whether the server told which it keeps; else the list is of this browser alone.
    pub(crate) server_listed: RwSignal<bool>,
    /// What the link that was opened last says came of its sweep.
    expected: RwSignal<Option<Expected>>,
    /// What reads links of sweeps, once that has come.
    follower: StoredValue<Option<Follower>>,
    /// What does the work, once it was asked for.
    works: StoredValue<Option<Rc<dyn Any>>, LocalStorage>,
    /// What a sweep that did not begin waits for.
    waits: StoredValue<Option<(Awaited, GoOn)>>,
}

impl SweepDesk {
    /// A desk over these sessions.
    pub(super) fn new(window: Option<Window>) -> Self {
        Self {
            setup: RwSignal::new(Setup::default()),
            stage: RwSignal::new(Stage::Idle),
            progress: RwSignal::new(Progress::default()),
            version: RwSignal::new(0),
            workers: RwSignal::new(1),
            window: RwSignal::new(window),
            recorded: RwSignal::new_local(None),
            keeping: RwSignal::new(Keeping::Nothing),
            digest: RwSignal::new(None),
            listed: RwSignal::new(Vec::new()),
            server_listed: RwSignal::new(true),
            expected: RwSignal::new(None),
            follower: StoredValue::new(None),
            works: StoredValue::new_local(None),
            waits: StoredValue::new(None),
        }
    }

    /// Whether the link that was opened last states what came of a sweep.
    pub(crate) fn states_results(self) -> bool {
        self.expected.with_untracked(Option::is_some)
    }

    /// Puts what an address says of a sweep into the form; says whether it could, or had nothing to put there.
    pub(super) fn follow(self, lab: Lab, address: &str) -> bool {
        let follow = self.follower.get_value();
        follow.is_none_or(|follow| follow(lab, address))
    }

    /// Whether an axis of the form chooses signals; tracked.
    pub(crate) fn chooses_signals(self) -> bool {
        let is_one = |axis: &AxisText| {
            axis.key == "strategy" && axis.text.split(',').any(|value| value.trim() == "signals")
        };
        self.setup.with(|setup| setup.axes.iter().any(is_one))
    }

    /// What a sweep may wait for came, or did not.
    pub(super) fn go_on(self, lab: Lab, what: Awaited, came: Result<(), String>) {
        if self.awaits(what)
            && let Some((_, go_on)) = self.take_waiting()
        {
            go_on(lab, came);
        }
    }

    /// Whether a sweep waits for it.
    pub(super) fn awaits(self, what: Awaited) -> bool {
        let waits = self.waits.get_value();
        waits.is_some_and(|(awaited, _)| awaited == what)
    }

    /// Other bars are chosen: a sweep that waits will not begin.
    pub(super) fn give_up_waiting(self) {
        if self.take_waiting().is_some() {
            self.stage.set(Stage::Idle);
        }
    }

    fn take_waiting(self) -> Option<(Awaited, GoOn)> {
        self.waits.try_update_value(Option::take).flatten()
    }
}
