//! The page's side of the study worker: starts it, feeds it bars, asks one thing at a time and the newest of each kind.

use std::cell::RefCell;
use std::mem::discriminant;
use std::rc::Rc;

use atrium_shared::base::digest::Digest;
use atrium_shared::research::backtest::ENGINE_VERSION;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::window::Window;
use atrium_shared::surface::report::DataReference;
use atrium_shared::surface::share::SignalTimes;
use js_sys::{ArrayBuffer, Uint8Array};

use crate::protocol::{pack, unpack};
use crate::study_protocol::{Answer, PROTOCOL, Question, Reply, Request, SignalsRead};
use crate::worker_host::{End, Host};

/// Where the build puts the worker.
const WORKER: &str = "/study_worker_loader.js";

/// What the page learns from the worker.
pub(crate) enum Notice {
    /// Something was answered.
    Answered {
        answer: Answer,
        /// What the run was made with that was asked about.
        config: Box<RunConfig>,
        /// The digest of the run that is told of, where it is told of one.
        run: Option<Digest>,
    },
    /// A file of signals was read: what became of its rows, and these; or why it cannot be. Nothing trades them by that.
    Signals {
        /// The number of the reading.
        number: u64,
        read: Result<(SignalsRead, Option<ArrayBuffer>), String>,
    },
    /// Something could not be answered.
    Failed(String),
    /// The worker failed and was replaced.
    Replaced(String),
    /// There is no worker any more.
    Lost(String),
    /// The worker is of another build than the page.
    OtherVersion,
}

/// Bars as they are given to the worker.
#[derive(Clone)]
pub(crate) struct Bars {
    pub(crate) data: DataReference,
    pub(crate) window: Window,
    pub(crate) filled: f64,
    pub(crate) wire: Rc<[u8]>,
}

/// A file of signals that is to be read.
#[derive(Debug, Clone, PartialEq)]
struct SignalsJob {
    number: u64,
    bytes: Rc<[u8]>,
    times: SignalTimes,
}

/// Something that is to be done, in the order in which it was asked for.
#[derive(Debug, Clone, PartialEq)]
enum Job {
    Load,
    Finer,
    Signals(SignalsJob),
    Rows,
    Ask(Box<RunConfig>, Question),
}

impl Job {
    /// Whether a newer one makes another of no interest.
    fn replaces(&self, other: &Self) -> bool {
        match (self, other) {
            // each was asked for by hand
            (
                Self::Ask(newer, Question::Export { .. }),
                Self::Ask(older, Question::Export { .. }),
            ) => newer == older,
            (Self::Ask(_, newer), Self::Ask(_, older)) => {
                discriminant(newer) == discriminant(older)
            }
            _ => discriminant(self) == discriminant(other),
        }
    }

    /// Whether it is about a run that is no longer looked at. What is to be written out was asked for by hand.
    fn is_past(&self, config: &RunConfig) -> bool {
        match self {
            Self::Ask(_, Question::Export { .. }) => false,
            Self::Ask(asked, _) => **asked != *config,
            _ => false,
        }
    }
}

/// What waits, and what is under way: one job at a time.
#[derive(Debug, Default)]
struct Queue {
    last: u64,
    in_flight: Option<(u64, Job)>,
    waiting: Vec<Job>,
}

impl Queue {
    fn ask(&mut self, job: Job) {
        self.waiting.retain(|waiting| !job.replaces(waiting));
        self.waiting.push(job);
    }

    /// The next job, to go out now.
    fn next(&mut self) -> Option<(u64, Job)> {
        if self.in_flight.is_some() || self.waiting.is_empty() {
            return None;
        }
        self.last += 1;
        self.in_flight = Some((self.last, self.waiting.remove(0)));
        self.in_flight.clone()
    }

    /// The job that an answer is of; `None` where it is of no interest any more.
    fn answered(&mut self, generation: u64) -> Option<Job> {
        let awaited = self
            .in_flight
            .take_if(|(expected, _)| *expected == generation);
        awaited.map(|(_, job)| job)
    }

    fn forget(&mut self) {
        self.in_flight = None;
        self.waiting.clear();
    }
}

/// What is asked of the worker by the state: what does it comes late.
pub(crate) trait Teller {
    /// Gives the worker other bars; what was asked before is forgotten.
    fn load(&self, bars: Bars);
    /// Whether the worker was given these bars.
    fn has(&self, wire: &Rc<[u8]>) -> bool;
    /// Gives the worker finer bars of the same market.
    fn refine(&self, wire: Rc<[u8]>);
    /// Whether it has finer bars.
    fn is_refined(&self) -> bool;
    /// Has a file of signals read for the bars; the reading has a number.
    fn read_signals(&self, number: u64, bytes: Rc<[u8]>, times: SignalTimes);
    /// Gives the worker the signals that are traded on these bars.
    fn take_signals(&self, rows: Rc<[u8]>);
    /// Whether the worker was given these signals.
    fn has_signals(&self, rows: &Rc<[u8]>) -> bool;
    /// Whether something is under way.
    fn is_busy(&self) -> bool;
    /// Asks about a run; of several of one kind that wait only the newest is answered.
    fn ask(&self, config: RunConfig, question: Question);
    /// Drops what waits about other runs.
    fn commit(&self, config: &RunConfig);
}

/// A handle to the worker.
#[derive(Clone)]
pub(crate) struct StudyClient {
    inner: Rc<RefCell<Inner>>,
    tell: Rc<dyn Fn(Notice)>,
}

struct Inner {
    host: Host,
    bars: Option<Bars>,
    finer: Option<Rc<[u8]>>,
    /// The signals that are traded.
    rows: Option<Rc<[u8]>>,
    queue: Queue,
}

impl StudyClient {
    /// Starts the worker. `tell` hears everything of it.
    pub(crate) fn start(tell: impl Fn(Notice) + 'static) -> Self {
        let inner = Inner {
            host: Host::new(WORKER),
            bars: None,
            finer: None,
            rows: None,
            queue: Queue::default(),
        };
        let client = Self {
            inner: Rc::new(RefCell::new(inner)),
            tell: Rc::new(tell),
        };
        client.spawn();
        client
    }

    fn add(&self, job: Job) {
        let mut inner = self.inner.borrow_mut();
        inner.queue.ask(job);
        inner.post_next();
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

    fn hear(&self, reply: Reply, attached: Option<ArrayBuffer>) {
        let notice = match reply {
            Reply::Ready { protocol, engine } => {
                let same = protocol == PROTOCOL && engine == ENGINE_VERSION;
                if same {
                    let mut inner = self.inner.borrow_mut();
                    inner.host.begin();
                    inner.post_next();
                }
                (!same).then_some(Notice::OtherVersion)
            }
            Reply::Done {
                generation,
                run,
                answer,
            } => self
                .settle(generation)
                .map(|job| met(job, answer, run, attached)),
            Reply::Failed {
                generation,
                message,
            } => self.settle(generation).map(|job| match job {
                Job::Signals(SignalsJob { number, .. }) => Notice::Signals {
                    number,
                    read: Err(message),
                },
                _ => Notice::Failed(message),
            }),
            Reply::Panicked { message } => {
                self.replace(&message);
                None
            }
        };
        if let Some(notice) = notice {
            (self.tell)(notice);
        }
    }

    /// Takes the job that was met or not, and sends the next.
    fn settle(&self, generation: u64) -> Option<Job> {
        let mut inner = self.inner.borrow_mut();
        let job = inner.queue.answered(generation)?;
        inner.post_next();
        Some(job)
    }

    /// Replaces a worker that failed. What it was asked last is not asked again: it may be what it failed of.
    fn replace(&self, message: &str) {
        let mut broken = None;
        let end = {
            let mut inner = self.inner.borrow_mut();
            let end = inner.host.end();
            match inner.queue.in_flight.take() {
                Some((_, Job::Load)) => inner.bars = None,
                Some((_, Job::Finer)) => inner.finer = None,
                Some((_, Job::Rows)) => inner.rows = None,
                Some((_, Job::Signals(job))) => broken = Some(job.number),
                Some((_, Job::Ask(..))) | None => {}
            }
            inner.load();
            end
        };
        let what = message.to_owned();
        if let Some(number) = broken {
            let read = Err(format!("what reads it stopped. It said: {what}"));
            (self.tell)(Notice::Signals { number, read });
        }
        match end {
            End::Lost => return (self.tell)(Notice::Lost(what)),
            End::AtWork => (self.tell)(Notice::Replaced(what)),
            End::Stillborn => {}
        }
        self.spawn();
    }
}

/// What is told of a job that was met.
fn met(job: Job, answer: Answer, run: Option<Digest>, attached: Option<ArrayBuffer>) -> Notice {
    let config = match (job, &answer) {
        (Job::Signals(SignalsJob { number, .. }), Answer::Signals(read)) => {
            let read = Ok((read.clone(), attached));
            return Notice::Signals { number, read };
        }
        (Job::Ask(config, _), _) => config,
        _ => Box::default(),
    };
    Notice::Answered {
        answer,
        config,
        run,
    }
}

impl Teller for StudyClient {
    fn load(&self, bars: Bars) {
        let mut inner = self.inner.borrow_mut();
        inner.bars = Some(bars);
        // these are of other bars
        inner.finer = None;
        inner.rows = None;
        inner.load();
    }

    fn has(&self, wire: &Rc<[u8]>) -> bool {
        let inner = self.inner.borrow();
        inner
            .bars
            .as_ref()
            .is_some_and(|bars| Rc::ptr_eq(&bars.wire, wire))
    }

    fn refine(&self, wire: Rc<[u8]>) {
        self.inner.borrow_mut().finer = Some(wire);
        self.add(Job::Finer);
    }

    fn is_refined(&self) -> bool {
        self.inner.borrow().finer.is_some()
    }

    fn read_signals(&self, number: u64, bytes: Rc<[u8]>, times: SignalTimes) {
        self.add(Job::Signals(SignalsJob {
            number,
            bytes,
            times,
        }));
    }

    fn take_signals(&self, rows: Rc<[u8]>) {
        self.inner.borrow_mut().rows = Some(rows);
        self.add(Job::Rows);
    }

    fn has_signals(&self, rows: &Rc<[u8]>) -> bool {
        let inner = self.inner.borrow();
        inner
            .rows
            .as_ref()
            .is_some_and(|known| Rc::ptr_eq(known, rows))
    }

    fn is_busy(&self) -> bool {
        self.inner.borrow().queue.in_flight.is_some()
    }

    fn ask(&self, config: RunConfig, question: Question) {
        self.add(Job::Ask(Box::new(config), question));
    }

    fn commit(&self, config: &RunConfig) {
        let queue = &mut self.inner.borrow_mut().queue;
        queue.waiting.retain(|job| !job.is_past(config));
    }
}

impl Inner {
    /// Has everything that is known given to the worker.
    fn load(&mut self) {
        self.queue.forget();
        if self.bars.is_none() {
            return;
        }
        self.queue.ask(Job::Load);
        if self.finer.is_some() {
            self.queue.ask(Job::Finer);
        }
        if self.rows.is_some() {
            self.queue.ask(Job::Rows);
        }
        self.post_next();
    }

    fn post_next(&mut self) {
        if !self.host.is_ready() || self.bars.is_none() {
            return;
        }
        let Some((generation, job)) = self.queue.next() else {
            return;
        };
        let (request, bytes) = match job {
            Job::Load => {
                let Some(Bars {
                    data,
                    window,
                    filled,
                    wire,
                }) = self.bars.clone()
                else {
                    return;
                };
                let load = Request::Load {
                    generation,
                    data,
                    window,
                    filled,
                };
                (load, Some(wire))
            }
            Job::Finer => (Request::Finer { generation }, self.finer.clone()),
            Job::Signals(SignalsJob { bytes, times, .. }) => {
                (Request::Signals { generation, times }, Some(bytes))
            }
            Job::Rows => (Request::Rows { generation }, self.rows.clone()),
            Job::Ask(config, question) => {
                let ask = Request::Ask {
                    generation,
                    config,
                    question,
                };
                (ask, None)
            }
        };
        let attached = bytes.map(|bytes| Uint8Array::from(&*bytes).buffer());
        self.host.post(pack(&request, attached));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_signals() -> Job {
        Job::Signals(SignalsJob {
            number: 1,
            bytes: Rc::from([]),
            times: SignalTimes::default(),
        })
    }

    fn about(bars: u32, risk: f64) -> Job {
        let mut config = RunConfig::default();
        config.sizing.risk_per_trade = risk;
        Job::Ask(Box::new(config), Question::Bar { row: bars })
    }

    #[test]
    fn the_newest_of_a_kind_is_asked_and_an_answer_counts_once() {
        let mut queue = Queue::default();
        queue.ask(about(1, 0.01));
        assert_eq!(queue.next(), Some((1, about(1, 0.01))));
        queue.ask(about(2, 0.01));
        queue.ask(of_signals());
        queue.ask(about(3, 0.01));
        assert_eq!(queue.next(), None, "one at a time");
        assert_eq!(queue.answered(1), Some(about(1, 0.01)));
        assert_eq!(queue.answered(1), None);
        assert_eq!(queue.next(), Some((2, of_signals())));
        assert_eq!(queue.answered(2), Some(of_signals()));
        assert_eq!(queue.next(), Some((3, about(3, 0.01))));
        queue.forget();
        assert_eq!(queue.answered(3), None, "of other bars");
    }

    #[test]
    fn every_run_that_is_to_be_written_out_is() {
        let (one, other) = (about(1, 0.5), about(1, 0.25));
        let export = |job: Job| match job {
            Job::Ask(config, _) => Job::Ask(config, Question::Export { read: None }),
            job => job,
        };
        let mut queue = Queue::default();
        for job in [one.clone(), other, one] {
            queue.ask(export(job));
        }
        assert_eq!(queue.waiting.len(), 2, "the same one once");
    }

    #[test]
    fn what_waits_about_an_earlier_run_is_dropped_but_for_an_export() {
        let newer = RunConfig::default();
        assert!(about(1, 0.5).is_past(&newer));
        assert!(!about(1, newer.sizing.risk_per_trade).is_past(&newer));
        let Job::Ask(older, _) = about(1, 0.5) else {
            panic!("it asks")
        };
        assert!(!Job::Ask(older, Question::Export { read: None }).is_past(&newer));
        assert!(!of_signals().is_past(&newer));
    }
}
