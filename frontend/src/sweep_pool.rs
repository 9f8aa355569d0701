//! The page's side of the workers of sweeps: starts as many as are wanted, gives each bars and small batches of trials, replaces
//! those that fail.

mod slot;

use std::cell::RefCell;
use std::rc::Rc;

use atrium_shared::research::backtest::ENGINE_VERSION;
use atrium_shared::research::sweep::{Axis, Columns, Inputs, SweepSpec};
use atrium_shared::research::window::Window;
use atrium_shared::surface::report::DataReference;
use js_sys::{ArrayBuffer, Float64Array, Uint8Array};

use crate::protocol::{pack, unpack};
use crate::sweep_protocol::{PROTOCOL, Reply, Request};
use crate::worker_host::End;
use slot::{BATCH_MS, Slot, Source, Trials};

/// How many batches a worker has, one under way and one behind it, so that it never waits for the page.
const AT_ONCE: usize = 2;
/// The most bars that all workers keep together, each its own.
const BARS: u64 = 8_000_000;
/// How often in a row a worker may fail of the same batch.
const FAILURES: u32 = 2;

/// What the page learns from the workers.
pub(crate) enum Notice {
    /// A worker is ready for the sweep.
    Begun { inputs: Inputs, bars: u64 },
    /// Trials were run.
    Ran {
        trials: Vec<u64>,
        columns: Columns,
        /// How long the worker took, in milliseconds.
        milliseconds: f64,
    },
    /// A trial was run for its equity: the columns are those of [`Reply::Recorded`].
    Recorded {
        trial: u64,
        trades: u64,
        column: Vec<f64>,
    },
    /// No worker has anything left to do.
    Idle,
    /// The sweep cannot go on, and why.
    Failed(String),
    /// The workers are of another build than the page.
    OtherVersion,
}

/// Bars as they are given to the workers.
#[derive(Clone)]
pub(crate) struct Bars {
    pub(crate) data: DataReference,
    pub(crate) window: Window,
    pub(crate) wire: Rc<[u8]>,
    pub(crate) signals: Option<Rc<[u8]>>,
    pub(crate) finer: Option<Rc<[u8]>>,
    /// How many there are.
    pub(crate) count: u64,
}

impl Bars {
    fn are(&self, other: &Self) -> bool {
        let same = |one: &Option<Rc<[u8]>>, other: &Option<Rc<[u8]>>| match (one, other) {
            (Some(one), Some(other)) => Rc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        Rc::ptr_eq(&self.wire, &other.wire)
            && self.window == other.window
            && self.data == other.data
            && same(&self.signals, &other.signals)
            && same(&self.finer, &other.finer)
    }
}

/// A handle to the workers.
#[derive(Clone)]
pub(crate) struct SweepPool {
    inner: Rc<RefCell<Inner>>,
    tell: Rc<dyn Fn(Notice)>,
}

struct Inner {
    bars: Option<Bars>,
    /// The sweep that workers are ready for, or become.
    begun: Option<(u64, SweepSpec)>,
    trials: Source,
    slots: Vec<Slot>,
    last_slot: u64,
    wanted: usize,
    /// The trial that is to be run for its equity.
    recording: Option<u64>,
}

impl SweepPool {
    /// No workers yet. `tell` hears everything of them.
    pub(crate) fn new(tell: impl Fn(Notice) + 'static) -> Self {
        let inner = Inner {
            bars: None,
            begun: None,
            trials: Source::default(),
            slots: Vec::new(),
            last_slot: 0,
            wanted: 0,
            recording: None,
        };
        Self {
            inner: Rc::new(RefCell::new(inner)),
            tell: Rc::new(tell),
        }
    }

    /// Runs trials of a sweep on bars by so many workers. What was under way of another sweep is not told of any more.
    pub(crate) fn run(
        &self,
        (sweep, spec): (u64, &SweepSpec),
        bars: Bars,
        workers: usize,
        trials: Trials,
    ) {
        let is_new = {
            let mut inner = self.inner.borrow_mut();
            let other_bars = !inner.bars.as_ref().is_some_and(|known| known.are(&bars));
            let is_new = inner.begun.as_ref().map(|(known, _)| *known) != Some(sweep);
            inner.wanted = workers.min(usize::try_from(BARS / bars.count.max(1)).unwrap_or(1));
            inner.trials = Source::new(trials, spec);
            if other_bars {
                inner.bars = Some(bars);
                inner.slots.iter().for_each(|slot| inner.post_bars(slot));
            }
            if is_new || other_bars {
                inner.begun = Some((sweep, spec.clone()));
                inner.recording = None;
                let begin = inner.begin();
                for slot in &mut inner.slots {
                    slot.forget();
                    slot.post(&begin);
                }
            }
            is_new
        };
        self.have_workers();
        if !is_new {
            self.give_all();
        }
    }

    /// Gives no more trials to the workers. What they are in the middle of is still told.
    pub(crate) fn stop(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.trials = Source::default();
        inner.slots.iter_mut().for_each(|slot| slot.group.clear());
    }

    /// Has a trial of the sweep run for its equity; of several the last.
    pub(crate) fn record(&self, trial: u64) {
        let mut inner = self.inner.borrow_mut();
        if inner.begun.is_some() && inner.recording.replace(trial).is_none() {
            inner.post_recording();
        }
    }

    /// How many workers there are, and how many are in the middle of something.
    pub(crate) fn workers(&self) -> (usize, usize) {
        let inner = self.inner.borrow();
        let busy = inner.slots.iter().filter(|slot| !slot.asked.is_empty());
        (inner.slots.len(), busy.count())
    }

    /// Starts workers that are missing, and ends those that are too many.
    fn have_workers(&self) {
        let missing: Vec<u64> = {
            let mut inner = self.inner.borrow_mut();
            let wanted = inner.wanted.max(1);
            while inner.slots.len() > wanted {
                let Some(mut slot) = inner.slots.pop() else {
                    break;
                };
                inner.trials.give_back(slot.take_all());
                // should it have been asked for a trial's equity, another worker can be
                inner.recording = None;
                // its host ends the worker once nothing calls it any more
                wasm_bindgen_futures::spawn_local(async move { drop(slot) });
            }
            (inner.slots.len()..wanted)
                .map(|_| inner.add_slot())
                .collect()
        };
        missing.into_iter().for_each(|slot| self.spawn(slot));
    }

    fn spawn(&self, id: u64) {
        let (hearing, failing) = (self.clone(), self.clone());
        let started = self.inner.borrow_mut().slot(id).map(|slot| {
            slot.host.start(
                move |data| match unpack::<Reply>(data) {
                    Ok((reply, attachment)) => hearing.hear(id, reply, attachment),
                    Err(_) => (hearing.tell)(Notice::OtherVersion),
                },
                move |what| failing.replace(id, what),
            )
        });
        if let Some(Err(why)) = started {
            self.lose(id, why);
        }
    }

    fn hear(&self, id: u64, reply: Reply, attached: Option<ArrayBuffer>) {
        let notice = match reply {
            Reply::Ready { protocol, engine } => {
                if protocol != PROTOCOL || engine != ENGINE_VERSION {
                    Some(Notice::OtherVersion)
                } else {
                    self.inner.borrow_mut().welcome(id);
                    None
                }
            }
            Reply::Begun {
                sweep,
                inputs,
                bars,
            } => self
                .is_current(sweep)
                .then_some(Notice::Begun { inputs, bars }),
            Reply::Ran {
                sweep,
                milliseconds,
                columns,
            } => {
                let mut inner = self.inner.borrow_mut();
                inner.take(id, sweep, milliseconds, columns)
            }
            Reply::Recorded {
                sweep,
                trial,
                trades,
            } => {
                let mut inner = self.inner.borrow_mut();
                let is_last = inner.recording.take_if(|wanted| *wanted == trial).is_some();
                inner.post_recording();
                let column = attached.map(|buffer| Float64Array::new(&buffer).to_vec());
                let recorded = column.map(|column| Notice::Recorded {
                    trial,
                    trades,
                    column,
                });
                recorded.filter(|_| is_last && inner.is_current(sweep))
            }
            Reply::Failed { sweep, message } => {
                let is_current = self.is_current(sweep);
                if is_current {
                    self.give_up();
                }
                is_current.then_some(Notice::Failed(message))
            }
            Reply::Panicked { message } => return self.replace(id, &message),
        };
        if let Some(notice) = notice {
            (self.tell)(notice);
        }
        self.give(id);
    }

    fn is_current(&self, sweep: u64) -> bool {
        self.inner.borrow().is_current(sweep)
    }

    /// Gives a worker trials; tells when nobody has any left.
    fn give(&self, id: u64) {
        let is_idle = {
            let mut inner = self.inner.borrow_mut();
            !inner.give(id) && inner.is_idle()
        };
        if is_idle {
            (self.tell)(Notice::Idle);
        }
    }

    fn give_all(&self) {
        let ids: Vec<u64> = {
            let inner = self.inner.borrow();
            inner.slots.iter().map(|slot| slot.id).collect()
        };
        ids.into_iter().for_each(|id| self.give(id));
    }

    /// Forgets the sweep.
    fn give_up(&self) {
        self.stop();
        let mut inner = self.inner.borrow_mut();
        inner.begun = None;
        inner.recording = None;
        inner.slots.iter_mut().for_each(Slot::forget);
    }

    /// Replaces a worker that failed. Its trials are run again, unless it failed of them twice.
    fn replace(&self, id: u64, message: &str) {
        let (end, failures) = {
            let mut inner = self.inner.borrow_mut();
            // what it was to run for its equity may be what it failed of
            inner.recording = None;
            let Some(slot) = inner.slot(id) else { return };
            let end = slot.host.end();
            slot.failures += u32::from(end == End::AtWork);
            slot.take_back();
            (end, slot.failures)
        };
        if end == End::Lost {
            return self.lose(id, message.to_owned());
        }
        if failures >= FAILURES {
            self.give_up();
            let what = format!(
                "A worker stopped twice at the same trials. It said: {message} Take other values, and please report what it said."
            );
            (self.tell)(Notice::Failed(what));
            if let Some(slot) = self.inner.borrow_mut().slot(id) {
                slot.failures = 0;
            }
        }
        self.spawn(id);
    }

    /// Goes on without a worker that cannot be started.
    fn lose(&self, id: u64, why: String) {
        let is_last = {
            let mut inner = self.inner.borrow_mut();
            let lost = inner.slots.iter().position(|slot| slot.id == id);
            if let Some(mut slot) = lost.map(|lost| inner.slots.remove(lost)) {
                inner.trials.give_back(slot.take_all());
            }
            inner.wanted = inner.slots.len();
            inner.slots.is_empty()
        };
        if is_last {
            self.give_up();
            let what = format!(
                "No worker could be started: {why} Workers come from the server: see that it runs, then run the sweep again."
            );
            return (self.tell)(Notice::Failed(what));
        }
        self.give_all();
    }
}

impl Inner {
    fn is_current(&self, sweep: u64) -> bool {
        self.begun
            .as_ref()
            .is_some_and(|(begun, _)| *begun == sweep)
    }

    fn slot(&mut self, id: u64) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.id == id)
    }

    fn add_slot(&mut self) -> u64 {
        self.last_slot += 1;
        self.slots.push(Slot::new(self.last_slot));
        self.last_slot
    }

    /// Gives everything that is known to a worker that has started.
    fn welcome(&mut self, id: u64) {
        let begin = self.begin();
        let Some(slot) = self.slot(id) else { return };
        slot.host.begin();
        if let Some(slot) = self.slots.iter().find(|slot| slot.id == id) {
            self.post_bars(slot);
            slot.post(&begin);
        }
        self.post_recording();
    }

    fn post_bars(&self, slot: &Slot) {
        let Some(bars) = self.bars.as_ref().filter(|_| slot.host.is_ready()) else {
            return;
        };
        let load = Request::Load {
            data: bars.data.clone(),
            window: bars.window,
        };
        let with = |request: &Request, bytes: &[u8]| {
            slot.host
                .post(pack(request, Some(Uint8Array::from(bytes).buffer())));
        };
        with(&load, &bars.wire);
        if let Some(rows) = &bars.signals {
            with(&Request::Signals, rows);
        }
        if let Some(finer) = &bars.finer {
            with(&Request::Finer, finer);
        }
    }

    fn begin(&self) -> Option<Request> {
        let (sweep, spec) = self.begun.as_ref()?;
        Some(Request::Begin {
            sweep: *sweep,
            base: Box::new(*spec.base()),
            axes: spec.axes().iter().map(Axis::text).collect(),
            method: spec.method(),
        })
    }

    /// Asks a worker that is there for the equity that is wanted.
    fn post_recording(&self) {
        let ready = self.slots.iter().find(|slot| slot.host.is_ready());
        if let (Some(slot), Some(trial), Some((sweep, _))) = (ready, self.recording, &self.begun) {
            let sweep = *sweep;
            slot.post(&Some(Request::Record { sweep, trial }));
        }
    }

    /// Gives a worker as much as it may have; whether it has something to do.
    fn give(&mut self, id: u64) -> bool {
        let Some((sweep, _)) = self.begun else {
            return false;
        };
        while let Some(trials) = self.next_batch(id) {
            let Some(slot) = self.slot(id) else { break };
            slot.asked.push_back(trials.clone());
            slot.post(&Some(Request::Run {
                sweep,
                trials,
                budget_ms: 1.5 * BATCH_MS,
            }));
        }
        self.slot(id).is_some_and(|slot| !slot.asked.is_empty())
    }

    /// Whether every trial that was to be run was told of.
    fn is_idle(&mut self) -> bool {
        let mut slots = self.slots.iter();
        slots.all(|slot| slot.asked.is_empty() && slot.group.is_empty()) && self.trials.is_spent()
    }

    /// The next batch of a worker, unless it has enough or none are left.
    fn next_batch(&mut self, id: u64) -> Option<Vec<u64>> {
        let at = self.slots.iter().position(|slot| slot.id == id)?;
        let slot = self.slots.get_mut(at)?;
        if !slot.host.is_ready() || slot.asked.len() >= AT_ONCE {
            return None;
        }
        let count = slot.batch();
        if slot.group.is_empty() {
            slot.group = self.trials.group(count);
        }
        if slot.group.is_empty() {
            // what the others would come to last
            let fullest = self.slots.iter_mut().max_by_key(|slot| slot.group.len())?;
            let half = fullest.group.len() / 2;
            let taken: Vec<u64> = fullest.group.drain(..half).collect();
            self.slots.get_mut(at)?.group = taken;
        }
        let group = &mut self.slots.get_mut(at)?.group;
        let rest = group.len().saturating_sub(count);
        let mut batch = group.split_off(rest);
        batch.reverse();
        (!batch.is_empty()).then_some(batch)
    }

    /// Takes what a worker ran.
    fn take(&mut self, id: u64, sweep: u64, milliseconds: f64, columns: Columns) -> Option<Notice> {
        let is_current = self.is_current(sweep);
        let slot = self.slot(id).filter(|_| is_current)?;
        let mut trials = slot.asked.pop_front()?;
        slot.failures = 0;
        let left = trials.split_off(columns.len().min(trials.len()));
        slot.learn(milliseconds, columns.len());
        if !left.is_empty() {
            // the predictions of these are at hand here
            self.trials.give_back(left);
        }
        Some(Notice::Ran {
            trials,
            columns,
            milliseconds,
        })
    }
}
