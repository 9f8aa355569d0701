//! The page's side of the engine worker: starts it, feeds it the newest configuration, replaces it when it fails.

use std::cell::RefCell;
use std::rc::Rc;

use atrium_shared::research::backtest::ENGINE_VERSION;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::window::Window;
use atrium_shared::surface::report::DataReference;
use js_sys::{ArrayBuffer, Float64Array, Uint8Array};

use crate::latest::Latest;
use crate::protocol::{PROTOCOL, Ran, Reply, Request, pack, unpack};
use crate::worker_host::{End, Host};

/// Where the build puts the worker.
const WORKER: &str = "/engine_worker_loader.js";

/// What the page learns from the worker.
pub(crate) enum Notice {
    /// Bars are loaded: runs may be asked for.
    Loaded {
        /// By a worker that replaced one that failed.
        again: bool,
        /// Which of them a run sees: the first, and how many.
        kept: (u64, u64),
    },
    /// A run is done; it is newer than every run before.
    Ran {
        ran: Box<Ran>,
        config: Box<RunConfig>,
        equity: Vec<f64>,
        /// When it was asked for, in milliseconds of the page's clock.
        asked_ms: f64,
    },
    /// A request could not be met.
    Failed(String),
    /// The worker failed and was replaced.
    Replaced {
        /// What it said.
        what: String,
        /// Whether it failed of the bars it was given, which are not loaded again; else they are.
        of_load: bool,
    },
    /// There is no worker any more.
    Lost(String),
    /// The worker is of another build than the page.
    OtherVersion,
}

/// A handle to the worker.
#[derive(Clone)]
pub(crate) struct WorkerClient {
    inner: Rc<RefCell<Inner>>,
    tell: Rc<dyn Fn(Notice)>,
}

struct Inner {
    host: Host,
    bars: Option<Bars>,
    /// Signals for these bars.
    signals: Option<Rc<[u8]>>,
    /// Finer bars of the same market.
    finer: Option<Rc<[u8]>>,
    /// Whether the bars were loaded before, by a worker that failed.
    again: bool,
    loading: Option<u64>,
    runs: Latest<Job>,
}

/// A run that was asked for.
#[derive(Debug, Clone, Copy)]
struct Job {
    config: RunConfig,
    /// When, in milliseconds of the page's clock.
    asked_ms: f64,
}

#[derive(Clone)]
struct Bars {
    data: DataReference,
    window: Window,
    wire: Rc<[u8]>,
}

impl WorkerClient {
    /// Starts the worker. `tell` hears everything of it.
    pub(crate) fn start(tell: impl Fn(Notice) + 'static) -> Self {
        let inner = Inner {
            host: Host::new(WORKER),
            bars: None,
            signals: None,
            finer: None,
            again: false,
            loading: None,
            runs: Latest::new(),
        };
        let client = Self {
            inner: Rc::new(RefCell::new(inner)),
            tell: Rc::new(tell),
        };
        client.spawn();
        client
    }

    /// Gives the worker other bars, of which runs see the sessions of `window`; runs that were asked for before are forgotten.
    pub(crate) fn load(&self, data: DataReference, window: Window, wire: Vec<u8>) {
        let mut inner = self.inner.borrow_mut();
        inner.bars = Some(Bars {
            data,
            window,
            wire: wire.into(),
        });
        inner.again = false;
        inner.signals = None;
        inner.finer = None;
        inner.load();
    }

    /// Asks for a run; of several that wait only the newest is made. Says whether there are bars to run on: while they are
    /// loading nothing is asked, the caller asks again when they have been.
    pub(crate) fn run(&self, config: RunConfig, asked_ms: f64) -> bool {
        let mut inner = self.inner.borrow_mut();
        let can = inner.host.is_ready() && inner.loading.is_none() && inner.bars.is_some();
        if can {
            let job = inner.runs.ask(Job { config, asked_ms });
            inner.post_run(job);
        }
        can
    }

    /// Whether there are bars to run on, or on their way to the worker.
    pub(crate) fn has_bars(&self) -> bool {
        self.inner.borrow().bars.is_some()
    }

    /// Whether the worker is taking bars in.
    pub(crate) fn is_loading(&self) -> bool {
        self.inner.borrow().loading.is_some()
    }

    /// Whether a run is being made.
    pub(crate) fn is_busy(&self) -> bool {
        self.inner.borrow().runs.is_busy()
    }

    /// Gives the worker signals for the bars it has, as the study worker read them.
    pub(crate) fn take_signals(&self, rows: Rc<[u8]>) {
        let mut inner = self.inner.borrow_mut();
        inner.signals = Some(rows);
        inner.post_signals();
    }

    /// Gives the worker finer bars of the market of those it has.
    pub(crate) fn refine(&self, wire: Rc<[u8]>) {
        let mut inner = self.inner.borrow_mut();
        inner.finer = Some(wire);
        inner.post_finer();
    }

    /// The bars that it was given, as they came.
    pub(crate) fn bars(&self) -> Option<(DataReference, Window, Rc<[u8]>)> {
        let inner = self.inner.borrow();
        let bars = inner.bars.as_ref()?;
        Some((bars.data.clone(), bars.window, bars.wire.clone()))
    }

    /// The signals that it was given, as they came.
    pub(crate) fn signals(&self) -> Option<Rc<[u8]>> {
        self.inner.borrow().signals.clone()
    }

    fn spawn(&self) {
        let (hearing, failing) = (self.clone(), self.clone());
        let started = self.inner.borrow_mut().host.start(
            move |data| match unpack::<Reply>(data) {
                Ok((reply, attachment)) => hearing.hear(reply, attachment),
                Err(_) => (hearing.tell)(Notice::OtherVersion),
            },
            move |what| failing.replace(what),
        );
        if let Err(why) = started {
            (self.tell)(Notice::Lost(why));
        }
    }

    fn hear(&self, reply: Reply, attachment: Option<ArrayBuffer>) {
        let notice = match reply {
            Reply::Ready { protocol, engine } => {
                if protocol != PROTOCOL || engine != ENGINE_VERSION {
                    Some(Notice::OtherVersion)
                } else {
                    let mut inner = self.inner.borrow_mut();
                    inner.host.begin();
                    inner.load();
                    None
                }
            }
            Reply::Loaded { generation, kept } => {
                let mut inner = self.inner.borrow_mut();
                let awaited = inner.loading == Some(generation);
                if awaited {
                    inner.loading = None;
                }
                let again = inner.again;
                awaited.then_some(Notice::Loaded { again, kept })
            }
            Reply::Ran(ran) => self.hear_run(ran, attachment),
            Reply::Failed {
                generation,
                message,
            } => self.hear_failure(generation, message),
            Reply::Panicked { message } => {
                self.replace(&message);
                None
            }
        };
        if let Some(notice) = notice {
            (self.tell)(notice);
        }
    }

    fn hear_run(&self, ran: Box<Ran>, attachment: Option<ArrayBuffer>) -> Option<Notice> {
        let mut inner = self.inner.borrow_mut();
        let Job { config, asked_ms } = inner.runs.answered(ran.generation)?;
        let job = inner.runs.next();
        inner.post_run(job);
        let equity = attachment.map_or_else(Vec::new, |buffer| Float64Array::new(&buffer).to_vec());
        Some(Notice::Ran {
            ran,
            config: Box::new(config),
            equity,
            asked_ms,
        })
    }

    fn hear_failure(&self, generation: u64, message: String) -> Option<Notice> {
        let mut inner = self.inner.borrow_mut();
        let of_load = inner.loading == Some(generation);
        if of_load {
            inner.loading = None;
            inner.bars = None;
        }
        let of_run = inner.runs.answered(generation).is_some();
        let job = inner.runs.next();
        inner.post_run(job);
        (of_load || of_run).then_some(Notice::Failed(message))
    }

    /// Replaces a worker that failed. The configuration that was being run is not run again: it may be what it failed of.
    fn replace(&self, message: &str) {
        let (end, of_load) = {
            let mut inner = self.inner.borrow_mut();
            let end = inner.host.end();
            let of_load = end == End::AtWork && inner.loading.take().is_some();
            if of_load {
                // it may be these bars that it failed of
                inner.bars = None;
            }
            inner.again = true;
            inner.runs.forget();
            (end, of_load)
        };
        let what = message.to_owned();
        match end {
            End::Lost => return (self.tell)(Notice::Lost(what)),
            End::AtWork => (self.tell)(Notice::Replaced { what, of_load }),
            End::Stillborn => {}
        }
        self.spawn();
    }
}

impl Inner {
    fn load(&mut self) {
        self.runs.forget();
        let (true, Some(bars)) = (self.host.is_ready(), self.bars.clone()) else {
            return;
        };
        let generation = self.runs.number();
        self.loading = Some(generation);
        let request = Request::Load {
            generation,
            data: bars.data,
            window: bars.window,
        };
        self.post(&request, Some(Uint8Array::from(&*bars.wire).buffer()));
        self.post_signals();
        self.post_finer();
    }

    fn post_finer(&self) {
        if let (true, Some(wire)) = (self.host.is_ready(), &self.finer) {
            self.post(&Request::Finer, Some(Uint8Array::from(&**wire).buffer()));
        }
    }

    fn post_signals(&self) {
        if let (true, Some(rows)) = (self.host.is_ready(), &self.signals) {
            self.post(&Request::Signals, Some(Uint8Array::from(&**rows).buffer()));
        }
    }

    fn post_run(&self, job: Option<(u64, Job)>) {
        if let Some((generation, Job { config, .. })) = job {
            let config = Box::new(config);
            self.post(&Request::Run { generation, config }, None);
        }
    }

    fn post(&self, request: &Request, attachment: Option<ArrayBuffer>) {
        self.host.post(pack(request, attachment));
    }
}
