//! What a sweep does: nothing of it may be called by what is shown first, because it comes late.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use atrium_shared::base::time::{Day, Timestamp};
use atrium_shared::research::sweep::{Order, Results, Use};
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use web_sys::Blob;

use super::desk::bars_in;
use super::pace::{Clock, Pace};
use super::{Awaited, GoOn, Keeping, NEEDS_FILE, Progress, Recorded, Stage, Sweep, SweepDesk};
use crate::browser;
use crate::state::Lab;
use crate::sweep_pool::{Bars, Notice, SweepPool};

/// How long a sweep has run until it is said how long it will take, in milliseconds.
const SURE_MS: f64 = 300.0;
/// So many times as long as the first frame took that shows results the page is left alone before it is told of more: some frames
/// follow, a canvas each.
const FREE: f64 = 8.0;
/// Results are told of at least so often, in milliseconds.
const MOST_APART_MS: f64 = 500.0;

/// What does the work.
pub(super) struct Works {
    pub(super) lab: Lab,
    pub(super) desk: SweepDesk,
    pub(super) pool: SweepPool,
    pub(super) sweep: RefCell<Option<Sweep>>,
    /// The bars of the sweep.
    bars: RefCell<Option<Bars>>,
    /// The number of the sweep.
    pub(super) number: Cell<u64>,
    /// The sweep and how many trials of it were kept last.
    pub(super) kept: Cell<(u64, u64)>,
    /// Sweeps with their numbers whose place another one took before they were packed.
    pub(super) former: RefCell<Vec<(u64, Sweep)>>,
    /// What waits for the server, with the number of its sweep.
    pub(super) unsent: RefCell<Vec<(u64, Blob)>>,
    clock: Cell<Clock>,
    /// Whether something is to be told with the next frame.
    tells: Cell<bool>,
    /// How long it took to show what was told last, in milliseconds.
    shown_ms: Cell<f64>,
    pub(super) pace: Cell<Option<Pace>>,
}

impl Works {
    /// Gets ready to work; no worker is started.
    pub(super) fn new(desk: SweepDesk, lab: Lab) -> Rc<Self> {
        Rc::new_cyclic(|works: &std::rc::Weak<Works>| {
            let works = works.clone();
            let hear = move |notice| {
                if let Some(works) = works.upgrade() {
                    works.hear(notice);
                }
            };
            Works {
                lab,
                desk,
                pool: SweepPool::new(hear),
                sweep: RefCell::new(None),
                bars: RefCell::new(None),
                number: Cell::new(0),
                kept: Cell::new((0, 0)),
                former: RefCell::default(),
                unsent: RefCell::default(),
                clock: Cell::default(),
                tells: Cell::new(false),
                shown_ms: Cell::new(0.0),
                pace: Cell::new(None),
            }
        })
    }

    /// Begins the sweep in the form, or waits for the signals or finer bars that it needs.
    pub(super) fn start(self: &Rc<Self>) -> Result<(), String> {
        let (lab, desk) = (self.lab, self.desk);
        if lab.awaits_link() {
            return Err("The run of the link that is varied is not here yet: what is said of the link tells what it needs. Dismiss that to sweep another run.".to_owned());
        }
        let spec = desk.spec(lab)?;
        let no_bars = "The bars are still on their way: wait a moment and run it again.";
        let shown = lab
            .shown
            .get()
            .filter(|_| !lab.loading.get())
            .ok_or(no_bars)?;
        if spec.signals() != Use::Never && lab.wants_signals_read()? {
            self.wait(Awaited::Signals, |lab, came| match came {
                Ok(()) => lab.sweep.start(lab),
                Err(why) => lab.sweep.stage.set(Stage::Failed(why)),
            });
            lab.read_signals();
            return Ok(());
        }
        let has_file = lab.study.signals.with(|files| files.held.is_some());
        if spec.signals() != Use::Never && !has_file && desk.is_of_link(&spec) {
            // who wants it without the file runs it once more
            let is_said = |stage: &Stage| matches!(stage, Stage::Failed(why) if why == NEEDS_FILE);
            if !desk.stage.with(is_said) {
                return Err(NEEDS_FILE.to_owned());
            }
        }
        if spec.looks_inside_bars() && lab.wants_finer() {
            self.wait(Awaited::Finer, |lab, came| match came {
                Ok(()) => lab.sweep.start(lab),
                Err(why) => lab.sweep.stage.set(Stage::Failed(format!(
                    "The finer bars that decide inside bars did not come: {why}"
                ))),
            });
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
        let before = self.number.get();
        self.number.set(before + 1);
        let former = self.sweep.replace(Some(Sweep {
            key: shown.key.clone(),
            place: shown.place,
            data_set: shown.data_set.clone(),
            window,
            bars: bars.count,
            times: lab.held_times(),
            results: Results::new(&spec),
            inputs: None,
            spec,
        }));
        if let Some(former) = former {
            self.keep_former(before, former);
        }
        self.bars.replace(Some(bars));
        self.clock.set(Clock::default());
        desk.recorded.set(None);
        desk.keeping.set(Keeping::Nothing);
        self.run();
        Ok(())
    }

    fn wait(&self, what: Awaited, go_on: GoOn) {
        self.desk.waits.set_value(Some((what, go_on)));
        self.desk.stage.set(Stage::Waiting);
    }

    /// The signals that the sweep was begun with.
    pub(super) fn signals(&self) -> Option<Rc<[u8]>> {
        self.bars.borrow().as_ref()?.signals.clone()
    }

    pub(super) fn resume(&self) {
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
        desk.digest.set(None);
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

    pub(super) fn stop(&self) {
        let stage = self.desk.stage.get_untracked();
        if !matches!(stage, Stage::Running | Stage::Waiting) {
            return;
        }
        let was_awaited = self.desk.take_waiting().is_some();
        self.pool.stop();
        self.stop_clock();
        // what was not begun cannot be gone on with
        self.desk.stage.set(match was_awaited {
            true => Stage::Idle,
            false => Stage::Cancelled,
        });
        // that it stopped is seen before what was run last is drawn
        self.tell_soon();
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
            before_ms: clock.elapsed_ms(),
            ran: 0,
        });
    }

    /// No worker has anything left to do.
    fn settle(&self) {
        let is_whole = (self.sweep.borrow().as_ref())
            .is_some_and(|sweep| sweep.results.count() == sweep.spec.trials());
        match self.desk.stage.get_untracked() {
            Stage::Running | Stage::Waiting if is_whole => {
                self.stop_clock();
                self.desk.stage.set(Stage::Done);
            }
            // what a worker did not tell of can be run again
            Stage::Running => {
                self.stop_clock();
                self.desk.stage.set(Stage::Cancelled);
            }
            _ => {}
        }
        self.tell();
        if !matches!(
            self.desk.stage.get_untracked(),
            Stage::Running | Stage::Waiting
        ) {
            self.desk.keep();
        }
    }

    /// Learns how long trials take.
    fn learn(&self, milliseconds: f64, trials: usize, bars: u64) {
        let before = self.pace.get().unwrap_or_default();
        self.pace
            .set(Some(before.learn(milliseconds, trials, bars)));
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
        let elapsed_ms = clock.elapsed_ms();
        let rate_per_s = match span_ms {
            Some(span_ms) if span_ms > 0.0 => clock.ran as f64 / span_ms * 1_000.0,
            Some(_) => 0.0,
            None if done > 0 && before.rate_per_s > 0.0 => before.rate_per_s,
            // it was over before anything was told of it
            None if elapsed_ms > 0.0 => done as f64 / elapsed_ms * 1_000.0,
            None => 0.0,
        };
        let is_sure = span_ms.is_some_and(|span| span >= SURE_MS) && rate_per_s > 0.0;
        self.desk.progress.set(Progress {
            done,
            trials,
            elapsed_ms,
            rate_per_s,
            left_s: is_sure.then(|| (trials - done) as f64 / rate_per_s),
            workers,
            busy,
        });
        self.desk.version.update(|version| *version += 1);
    }
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
