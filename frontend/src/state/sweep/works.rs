//! What a sweep does: nothing of it may be called by what is shown first, because it comes late.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use atrium_shared::base::digest::Digest;
use atrium_shared::base::time::{Day, Timestamp};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::sweep::{Order, Results, SweepSpec};
use atrium_shared::research::window::Window;
use gloo::timers::callback::Timeout;
use gloo::utils::window;
use leptos::prelude::*;

use super::{Estimated, Keeping, Progress, Recorded, Setup, Stage, Sweep, SweepDesk};
use crate::browser;
use crate::pages::Page;
use crate::state::{Lab, Shown};
use crate::sweep_pool::{Bars, Notice, SweepPool};

/// How long a sweep has run until it is said how long it will take, in milliseconds.
const SURE_MS: f64 = 300.0;
/// So many times as long as it took to show results the page is left alone before it is told of more.
const FREE: f64 = 3.0;
/// Results are told of at least so often, in milliseconds.
const MOST_APART_MS: f64 = 500.0;
/// Results of so many trials are hashed at once on the page; of more it would be felt.
const HASHED: u64 = 50_000;

/// What does the work.
pub(super) struct Works {
    pub(super) lab: Lab,
    pub(super) desk: SweepDesk,
    pool: SweepPool,
    pub(super) sweep: RefCell<Option<Sweep>>,
    /// The bars of the sweep.
    bars: RefCell<Option<Bars>>,
    /// The number of the sweep.
    pub(super) number: Cell<u64>,
    /// The sweep and how many trials of it were kept last.
    pub(super) kept: Cell<(u64, u64)>,
    clock: Cell<Clock>,
    /// Whether something is to be told with the next frame.
    tells: Cell<bool>,
    /// How long it took to show what was told last, in milliseconds.
    shown_ms: Cell<f64>,
    pace: Cell<Option<Pace>>,
}

/// When a sweep ran.
#[derive(Debug, Clone, Copy, Default)]
struct Clock {
    /// Since when it runs, in milliseconds of the page; `None` while it does not.
    since_ms: Option<f64>,
    /// How long it ran before.
    before_ms: f64,
    /// How many trials were run since.
    ran: u64,
}

/// How long trials take one worker.
#[derive(Debug, Clone, Copy, Default)]
struct Pace {
    milliseconds: f64,
    trials: f64,
    bars: f64,
}

impl Pace {
    /// The time of so many trials on so many bars, in milliseconds of one worker.
    fn of(self, trials: u64, bars: u64) -> Option<f64> {
        let a_trial = self.milliseconds / self.trials;
        let more_bars = bars as f64 / self.bars;
        Some(a_trial * more_bars * trials as f64).filter(|time| time.is_finite())
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
            if let Some(setup) = Setup::remembered() {
                self.setup.set(setup);
            }
        }
        drop(self.works(lab));
        Effect::new(move |_| {
            lab.shown.track();
            self.listed.set(Vec::new());
            self.list(lab);
        });
        Effect::new(move |before: Option<()>| {
            self.setup.with(|setup| match before {
                Some(()) => setup.remember(),
                None => {}
            });
        });
    }

    fn works(self, lab: Lab) -> Rc<Works> {
        if let Some(works) = self.known_works() {
            return works;
        }
        let works = Rc::new_cyclic(|works: &std::rc::Weak<Works>| {
            let works = works.clone();
            let hear = move |notice| {
                if let Some(works) = works.upgrade() {
                    works.hear(notice);
                }
            };
            Works {
                lab,
                desk: self,
                pool: SweepPool::new(hear),
                sweep: RefCell::new(None),
                bars: RefCell::new(None),
                number: Cell::new(0),
                kept: Cell::new((0, 0)),
                clock: Cell::default(),
                tells: Cell::new(false),
                shown_ms: Cell::new(0.0),
                pace: Cell::new(None),
            }
        });
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
    fn spec(self, lab: Lab) -> Result<SweepSpec, String> {
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

    /// The digest of what came of the sweep, as `atrium sweep` tells it; `None` where it is not whole, or so large that the page
    /// would stand still meanwhile.
    pub(crate) fn digest(self) -> Option<Digest> {
        self.with(|sweep| {
            let results = &sweep?.results;
            let is_whole = results.count() == results.trials() && results.count() <= HASHED;
            results.digest().ok().filter(|_| is_whole)
        })
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

    /// Sets the parameters of the backtest page, and its sessions, to those of a trial, and goes there.
    pub(crate) fn open_trial(self, lab: Lab, trial: u64) {
        let of = self.with(|sweep| {
            let sweep = sweep?;
            let config = sweep.spec.config(trial).ok()?;
            Some((config, sweep.key.clone(), sweep.window))
        });
        if let Some((config, key, sessions)) = of {
            lab.go_to(config, key, sessions);
            drop(window().location().set_hash(Page::BACKTEST));
        }
    }
}

/// How many of the bars that are shown lie in some sessions, as far as days tell: a session that begins on the evening before is
/// counted with that day.
fn bars_in(shown: &Shown, sessions: Window) -> u64 {
    let starts = shown.series.start();
    let from = sessions.from.map_or(0, |first| {
        starts.partition_point(|start| start.utc_day() < first)
    });
    let until = sessions.to.map_or(starts.len(), |last| {
        starts.partition_point(|start| start.utc_day() <= last)
    });
    until.saturating_sub(from) as u64
}

impl Lab {
    /// Makes the run of a configuration over some sessions of a data set, as one step that can be taken back.
    fn go_to(self, config: RunConfig, key: String, sessions: Window) {
        let is_shown = self.shown.with_untracked(|shown| {
            shown.as_ref().is_some_and(|shown| {
                shown.key == key
                    && shown.window == sessions
                    && shown.series.interval() == config.interval
            })
        });
        self.data_set.set(Some(key));
        self.window.set(sessions);
        self.put_as_step(config);
        match is_shown {
            true => self.rerun(),
            false => self.fetch_bars(),
        }
    }
}

impl Works {
    /// Begins the sweep in the form, or waits for the finer bars that it needs.
    fn start(&self) -> Result<(), String> {
        let (lab, desk) = (self.lab, self.desk);
        let spec = desk.spec(lab)?;
        let no_bars = "The bars are still on their way: wait a moment and run it again.";
        let shown = lab.shown.get().ok_or(no_bars)?;
        if spec.looks_inside_bars() && lab.wants_finer() {
            desk.waits.set_value(Some(|lab, came| match came {
                Ok(()) => lab.sweep.start(lab),
                Err(why) => lab.sweep.stage.set(Stage::Failed(format!(
                    "The finer bars that decide inside bars did not come: {why}"
                ))),
            }));
            desk.stage.set(Stage::Waiting);
            return Ok(());
        }
        let of_worker = lab.worker.with_value(|worker| {
            let worker = worker.as_ref()?;
            Some((worker.bars()?, worker.signals()))
        });
        let ((data, _, wire), signals) = of_worker.ok_or(no_bars)?;
        let window = desk.sessions(lab);
        let bars = Bars {
            data,
            window,
            wire,
            signals,
            finer: lab.finer_wire().filter(|_| spec.looks_inside_bars()),
            count: bars_in(&shown, window),
        };
        self.number.set(self.number.get() + 1);
        self.sweep.replace(Some(Sweep {
            key: shown.key.clone(),
            place: shown.place,
            data_set: shown.data_set.clone(),
            window,
            bars: bars.count,
            results: Results::new(&spec),
            inputs: None,
            spec,
        }));
        self.bars.replace(Some(bars));
        self.clock.set(Clock::default());
        desk.recorded.set(None);
        desk.keeping.set(Keeping::Nothing);
        self.run();
        Ok(())
    }

    fn resume(&self) {
        let is_whole = |sweep: &Sweep| sweep.results.count() == sweep.spec.trials();
        let has_more = (self.sweep.borrow().as_ref()).is_some_and(|sweep| !is_whole(sweep));
        let stage = self.desk.stage.get_untracked();
        if has_more && !matches!(stage, Stage::Running | Stage::Waiting) {
            self.run();
        }
    }

    /// Has everything run that is missing.
    fn run(&self) {
        let spec = self.sweep.borrow().as_ref().map(|sweep| sweep.spec.clone());
        let bars = self.bars.borrow().clone();
        let (Some(spec), Some(bars)) = (spec, bars) else {
            return;
        };
        let (desk, order) = (self.desk, Order::new(&spec));
        // what was run before is asked for by its number, so that nothing is kept of it here
        let is_missing = move |trial: &u64| {
            desk.with(|sweep| sweep.is_none_or(|sweep| !sweep.results.has(*trial)))
        };
        let missing = Box::new(order.filter(is_missing));
        desk.stage.set(Stage::Waiting);
        let workers = desk
            .workers
            .get_untracked()
            .clamp(1, SweepDesk::MOST_WORKERS);
        self.pool
            .run((self.number.get(), &spec), bars, workers, missing);
        self.tell_soon();
    }

    fn stop(&self) {
        let stage = self.desk.stage.get_untracked();
        if !matches!(stage, Stage::Running | Stage::Waiting) {
            return;
        }
        self.desk.waits.set_value(None);
        self.pool.stop();
        self.stop_clock();
        self.desk.stage.set(Stage::Cancelled);
        self.tell();
    }

    fn hear(&self, notice: Notice) {
        match notice {
            Notice::Begun { inputs, bars } => {
                if let Some(sweep) = self.sweep.borrow_mut().as_mut() {
                    (sweep.inputs, sweep.bars) = (Some(inputs), bars);
                }
                self.note_running();
            }
            Notice::Ran {
                trials,
                columns,
                milliseconds,
            } => {
                self.note_running();
                let Some(bars) = self.take(&trials, &columns) else {
                    return;
                };
                self.learn(milliseconds, trials.len(), bars);
                self.tell_soon();
            }
            Notice::Recorded {
                trial,
                trades,
                column,
            } => {
                let recorded = recorded(trial, trades, &column);
                self.desk.recorded.set(Some(Rc::new(recorded)));
            }
            Notice::Idle => self.settle(),
            Notice::Failed(why) => {
                self.stop_clock();
                self.desk.stage.set(Stage::Failed(why));
                self.tell();
            }
            Notice::OtherVersion => self.lab.outdated.set(true),
        }
    }

    /// Takes results in; of how many bars they are.
    fn take(
        &self,
        trials: &[u64],
        columns: &atrium_shared::research::sweep::Columns,
    ) -> Option<u64> {
        let mut sweep = self.sweep.borrow_mut();
        let sweep = sweep.as_mut()?;
        let taken = sweep.results.put(trials, columns);
        let mut clock = self.clock.get();
        clock.ran += taken;
        self.clock.set(clock);
        Some(sweep.bars)
    }

    /// The first worker is at it.
    fn note_running(&self) {
        if self.desk.stage.get_untracked() == Stage::Waiting {
            let clock = self.clock.get();
            self.clock.set(Clock {
                since_ms: Some(browser::now()),
                ran: 0,
                ..clock
            });
            self.desk.stage.set(Stage::Running);
        }
    }

    fn stop_clock(&self) {
        let clock = self.clock.get();
        self.clock.set(Clock {
            since_ms: None,
            before_ms: elapsed(clock),
            ran: 0,
        });
    }

    /// No worker has anything left to do.
    fn settle(&self) {
        let is_whole = (self.sweep.borrow().as_ref())
            .is_some_and(|sweep| sweep.results.count() == sweep.spec.trials());
        let stage = self.desk.stage.get_untracked();
        if is_whole && matches!(stage, Stage::Running | Stage::Waiting) {
            self.stop_clock();
            self.desk.stage.set(Stage::Done);
        }
        self.tell();
        if !matches!(
            self.desk.stage.get_untracked(),
            Stage::Running | Stage::Waiting
        ) {
            self.desk.keep();
        }
    }

    /// Learns how long trials take, what came last counting most.
    fn learn(&self, milliseconds: f64, trials: usize, bars: u64) {
        let before = self.pace.get().unwrap_or_default();
        self.pace.set(Some(Pace {
            milliseconds: 0.9 * before.milliseconds + milliseconds,
            trials: 0.9 * before.trials + trials as f64,
            bars: bars as f64,
        }));
    }

    /// Tells with the next frame, or later where what is drawn of it takes long: the page is to be free most of the time.
    fn tell_soon(&self) {
        if self.tells.replace(true) {
            return;
        }
        let desk = self.desk;
        let wait_ms = (FREE * self.shown_ms.get()).min(MOST_APART_MS);
        Timeout::new(wait_ms as u32, move || {
            request_animation_frame(move || {
                if let Some(works) = desk.known_works().filter(|works| works.tells.get()) {
                    works.tell();
                }
            });
        })
        .forget();
    }

    /// Measures how long it takes until what is told now is seen.
    fn time_showing(&self) {
        let (desk, begun) = (self.desk, browser::now());
        // what follows from signals is done by then, what is drawn with a frame is not
        Timeout::new(0, move || {
            let followed_ms = browser::now() - begun;
            request_animation_frame(move || {
                let begun = browser::now();
                Timeout::new(0, move || {
                    if let Some(works) = desk.known_works() {
                        works.shown_ms.set(followed_ms + browser::now() - begun);
                    }
                })
                .forget();
            });
        })
        .forget();
    }

    fn tell(&self) {
        self.tells.set(false);
        self.time_showing();
        let clock = self.clock.get();
        let (done, trials) = match self.sweep.borrow().as_ref() {
            Some(sweep) => (sweep.results.count(), sweep.spec.trials()),
            None => (0, 0),
        };
        let (workers, busy) = self.pool.workers();
        let span_ms = clock.since_ms.map(|since| browser::now() - since);
        let before = self.desk.progress.get_untracked();
        let rate_per_s = match span_ms {
            Some(span_ms) if span_ms > 0.0 => clock.ran as f64 / span_ms * 1_000.0,
            Some(_) => 0.0,
            None if done > 0 => before.rate_per_s,
            None => 0.0,
        };
        let is_sure = span_ms.is_some_and(|span| span >= SURE_MS) && rate_per_s > 0.0;
        self.desk.progress.set(Progress {
            done,
            trials,
            elapsed_ms: elapsed(clock),
            rate_per_s,
            left_s: is_sure.then(|| (trials - done) as f64 / rate_per_s),
            workers,
            busy,
        });
        self.desk.version.update(|version| *version += 1);
    }
}

/// How long a sweep ran, in milliseconds.
fn elapsed(clock: Clock) -> f64 {
    let span = clock.since_ms.map_or(0.0, |since| browser::now() - since);
    clock.before_ms + span
}

/// The columns of a trial that was run for its equity.
fn recorded(trial: u64, trades: u64, column: &[f64]) -> Recorded {
    let bars = column.len() / 3;
    let part = |number: usize| {
        let part = column.get(number * bars..(number + 1) * bars);
        part.unwrap_or_default().iter()
    };
    Recorded {
        trial,
        trades,
        equity: part(0).copied().collect(),
        starts: part(1).map(|at| Timestamp(*at as i64)).collect(),
        sessions: part(2).map(|day| Day(*day as i32)).collect(),
    }
}
