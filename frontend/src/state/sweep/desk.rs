//! What the page asks of a sweep: nothing of it may be called by what is shown first, because it comes late.

use std::rc::Rc;

use atrium_shared::research::backtest::RunError;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::sweep::{AtHand, SweepSpec};
use atrium_shared::research::window::Window;
use gloo::utils::window;
use leptos::prelude::*;

use super::works::Works;
use super::{Estimated, NEEDS_FILE, Setup, Stage, Sweep, SweepDesk};
use crate::pages::Page;
use crate::state::entries::Server;
use crate::state::link::Opened;
use crate::state::signals::trades_signals;
use crate::state::{Lab, Shown};
use crate::worker_client::WorkerClient;

impl Sweep {
    /// What a trial needs and the page does not have. Nobody brings a series of predictions to it.
    pub(crate) fn lacks(&self, trial: u64) -> Option<RunError> {
        let inputs = self.inputs?;
        let at_hand = AtHand {
            signals: inputs.signals.is_some(),
            series: false,
            finer: inputs.finer.is_some(),
        };
        at_hand.lacks(&self.spec.config(trial).ok()?)
    }
}

impl SweepDesk {
    /// The most workers.
    pub(crate) const MOST_WORKERS: usize = 16;
    /// The most trials that are run here: what a browser's memory holds.
    pub(crate) const MOST_TRIALS: u64 = 2_000_000;

    /// Gets ready for the page, which calls this as it is built: what stood in the form before stands there again, and is
    /// remembered while the page is open.
    pub(crate) fn open(self, lab: Lab) {
        if self.works.with_value(Option::is_none) {
            let cores = window().navigator().hardware_concurrency() as usize;
            let most = Self::MOST_WORKERS;
            self.workers.set(cores.saturating_sub(1).clamp(1, most));
            // a link may have filled it in before
            let is_untouched = self
                .setup
                .with_untracked(|setup| *setup == Setup::default());
            if let Some(setup) = Setup::remembered().filter(|_| is_untouched) {
                self.setup.set(setup);
            }
        }
        drop(self.works(lab));
        Effect::new(move |before: Option<Option<String>>| {
            let key = lab
                .shown
                .with(|shown| shown.as_ref().map(|shown| shown.key.clone()));
            // dates that were picked on other bars mean nothing on these: neither on those that stood here before, nor, where
            // the page was left and other bars chosen meanwhile, on those that the sweep was begun on
            let of_sweep = || self.with(|sweep| Some(sweep?.key.clone()));
            let was = before.flatten().or_else(of_sweep);
            if was.is_some() && key.is_some() && was != key {
                self.window.set(None);
                // why a sweep of other bars failed is nothing to say of these
                self.forget_failure();
            }
            self.listed.set(Vec::new());
            self.list(lab);
            key
        });
        Effect::new(move |was: Option<Server>| {
            let server = lab.server.get();
            if server == Server::Connected {
                untrack(move || {
                    self.send_waiting();
                    if was == Some(Server::Away) {
                        self.list(lab);
                    }
                });
            }
            server
        });
        Effect::new(move |_| {
            let has_file = lab.study.signals.with(|files| files.held.is_some());
            if has_file {
                self.forget_need();
            }
        });
        Effect::new(move |before: Option<()>| {
            // a link that was waited for may be let go of with a form that is not its own any more
            let is_bad = lab
                .opened
                .with(|opened| matches!(opened, Some(Opened::Bad(_))));
            self.setup.with(|setup| {
                if before.is_some() {
                    setup.remember();
                    // with the link, what was changed would be lost when the page is loaded again
                    if setup.is_not_linked() && !lab.awaits_link() && !is_bad {
                        self.forget_need();
                        lab.leave_address();
                    }
                }
            });
        });
    }

    /// Says no more that the sweep of a link needs a file.
    pub(super) fn forget_need(self) {
        let needs = |stage: &Stage| matches!(stage, Stage::Failed(why) if why == NEEDS_FILE);
        if self.stage.with_untracked(needs) {
            self.forget_failure();
        }
    }

    /// Says no more why a sweep failed.
    pub(super) fn forget_failure(self) {
        let has_failed = |stage: &Stage| matches!(stage, Stage::Failed(_));
        if self.stage.with_untracked(has_failed) {
            let is_whole = |sweep: &Sweep| sweep.results.count() == sweep.spec.trials();
            self.stage
                .set(match self.with(|sweep| sweep.map(is_whole)) {
                    Some(true) => Stage::Done,
                    Some(false) => Stage::Cancelled,
                    None => Stage::Idle,
                });
        }
    }

    fn works(self, lab: Lab) -> Rc<Works> {
        if let Some(works) = self.known_works() {
            return works;
        }
        let works = Works::new(self, lab);
        self.works.set_value(Some(works.clone()));
        works
    }

    pub(super) fn known_works(self) -> Option<Rc<Works>> {
        let works = self.works.get_value()?;
        works.downcast().ok()
    }

    /// The configuration that is varied: that of the backtest page, on the bars that are shown; tracked.
    pub(crate) fn base(lab: Lab) -> Option<RunConfig> {
        let interval = lab
            .shown
            .with(|shown| shown.as_ref().map(|shown| shown.series.interval()))?;
        let committed = lab.committed.get();
        Some(RunConfig {
            interval,
            ..committed
        })
    }

    /// The sweep in the form; tracked.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub(super) fn spec(self, lab: Lab) -> Result<SweepSpec, String> {
        let base = Self::base(lab).ok_or("There are no bars yet: choose a data set.")?;
        let spec = self.setup.with(|setup| setup.spec(base));
        let spec = spec.map_err(|bad| bad.to_string())?;
        if spec.trials() > Self::MOST_TRIALS {
            return Err(format!(
                "The sweep has {} trials, and a browser runs {} at most: take fewer values, draw trials at random, or run it by atrium sweep.",
                spec.trials(),
                Self::MOST_TRIALS
            ));
        }
        Ok(spec)
    }

    /// The sessions that the sweep in the form runs over; tracked.
    pub(crate) fn sessions(self, lab: Lab) -> Window {
        self.window.get().unwrap_or_else(|| lab.window.get())
    }

    /// What the sweep in the form would be; tracked.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub(crate) fn estimate(self, lab: Lab) -> Result<Estimated, String> {
        self.version.track();
        let spec = self.spec(lab)?;
        let sessions = self.sessions(lab);
        let bars = lab
            .shown
            .with(|shown| shown.as_ref().map_or(0, |shown| bars_in(shown, sessions)));
        let of = spec.estimate(bars);
        let pace = self.known_works().and_then(|works| works.pace.get());
        let milliseconds = pace.and_then(|pace| pace.of(of.trials, bars));
        let workers = self.workers.get().max(1) as f64;
        Ok(Estimated {
            of,
            bars,
            seconds: milliseconds.map(|milliseconds| milliseconds / 1_000.0 / workers),
        })
    }

    /// Begins the sweep in the form.
    pub(crate) fn start(self, lab: Lab) {
        let works = self.works(lab);
        if let Err(why) = untrack(|| works.start()) {
            self.stage.set(Stage::Failed(why));
        }
    }

    /// Stops; what was run stays.
    pub(crate) fn cancel(self) {
        if let Some(works) = self.known_works() {
            works.stop();
        }
    }

    /// Runs what is missing of the sweep that was stopped.
    pub(crate) fn resume(self, lab: Lab) {
        self.works(lab).resume();
    }

    /// Reads what was begun last; untracked, [`SweepDesk::version`] tells of changes.
    pub(crate) fn with<T>(self, read: impl FnOnce(Option<&Sweep>) -> T) -> T {
        match self.known_works() {
            Some(works) => read(works.sweep.borrow().as_ref()),
            None => read(None),
        }
    }

    /// Runs a trial once more for its equity, which comes as [`SweepDesk::recorded`].
    pub(crate) fn record(self, trial: u64) {
        let makes_sense = self.with(|sweep| {
            sweep.is_some_and(|sweep| {
                trial < sweep.spec.trials() && sweep.spec.config(trial).is_ok()
            })
        });
        match self.known_works() {
            Some(works) if makes_sense => works.pool.record(trial),
            _ => self.recorded.set(None),
        }
    }

    /// Why a run of the sweep could not be made again as it was, if so: its bars or its signals are others by now; tracked.
    pub(crate) fn is_outdated(self, lab: Lab) -> Option<&'static str> {
        let entries = lab.entries;
        let now = lab.shown.with(|shown| {
            let shown = shown.as_ref()?;
            Some((shown.key.clone(), shown.data_set.digest))
        });
        lab.study.signals.track();
        let held = self.known_works()?.signals();
        let current = lab
            .worker
            .with_value(|worker| worker.as_ref().and_then(WorkerClient::signals));
        self.with(|sweep| {
            let sweep = sweep?;
            let of = sweep.data_set.digest;
            let stored = entries.with(|entries| {
                let mut entries = entries.iter();
                let entry = entries.find(|entry| entry.key == sweep.key);
                entry.map(|entry| entry.set.digest)
            });
            let shown = now.filter(|(key, _)| *key == sweep.key);
            let is_replaced =
                stored.is_some_and(|now| now != of) || shown.is_some_and(|(_, now)| now != of);
            match () {
                () if is_replaced => Some("These are results of bars that were changed since."),
                () if needs_signals(&sweep.spec) && held != current => {
                    Some("These are results of other signals than those that are traded now.")
                }
                () => None,
            }
        })
    }

    /// Sets the parameters of the backtest page, and its sessions, to those of a trial, and goes there; not where that would be another
    /// run than the sweep's.
    ///
    /// # Errors
    /// Why it would be.
    pub(crate) fn open_trial(self, lab: Lab, trial: u64) -> Result<(), &'static str> {
        if let Some(why) = untrack(|| self.is_outdated(lab)) {
            return Err(why);
        }
        let of = self.with(|sweep| {
            let sweep = sweep?;
            let config = sweep.spec.config(trial).ok()?;
            Some((config, sweep.key.clone(), sweep.window))
        });
        if let Some((config, key, sessions)) = of {
            lab.go_to(config, key, sessions);
            drop(window().location().set_hash(Page::BACKTEST));
        }
        Ok(())
    }
}

/// Whether a trial trades a file of signals.
fn needs_signals(spec: &SweepSpec) -> bool {
    let mut axes = spec.axes().iter();
    trades_signals(spec.base()) || axes.any(|axis| axis.parameter.key == "strategy")
}

/// How many of the bars that are shown lie in some sessions, as far as days tell: a session that begins on the evening before is
/// counted with that day.
pub(super) fn bars_in(shown: &Shown, sessions: Window) -> u64 {
    let starts = shown.series.start();
    let from = sessions.from.map_or(0, |first| {
        starts.partition_point(|start| start.utc_day() < first)
    });
    let until = sessions.to.map_or(starts.len(), |last| {
        starts.partition_point(|start| start.utc_day() <= last)
    });
    until.saturating_sub(from) as u64
}
