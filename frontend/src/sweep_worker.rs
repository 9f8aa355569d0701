//! A worker of sweeps: keeps bars and what was laid out of them, runs trials, answers.
//!
//! What trials share borrows from the bars, from one message to the next. So the work is one function that waits for messages where
//! it needs them, and a message drives it on until it waits again.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use atrium_shared::research::backtest::{ENGINE_VERSION, Index, RunError};
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::research::sweep::{
    AtHand, Axis, Columns, Inputs, Method, SweepSpec, Sweeper, Use, run_each, without_data,
};
use atrium_shared::trading::strategy::{Signals, Strategy};
use js_sys::{Float64Array, Uint8Array};

use crate::protocol::{pack, unpack};
use crate::sweep_protocol::{PROTOCOL, Reply, Request};
use crate::worker::NO_FINER;
use crate::worker_bars::WorkerBars;
use crate::worker_scope;

/// Trials are run between two looks at the clock for about so long, in milliseconds.
const LOOK_MS: f64 = 1.0;
/// The most trials between two looks.
const MOST_UNSEEN: usize = 64;

/// Starts the worker: says that it is ready, then answers.
pub fn start() {
    let ready = Reply::Ready {
        protocol: PROTOCOL,
        engine: ENGINE_VERSION.to_owned(),
    };
    let mut desk = Desk::new(post, worker_scope::now);
    worker_scope::start(
        pack(&ready, None),
        |message| pack(&Reply::Panicked { message }, None),
        move |message| match unpack::<Request>(message) {
            Ok((request, attachment)) => {
                let bytes = attachment.map(|buffer| Uint8Array::new(&buffer).to_vec());
                desk.hear(request, bytes.unwrap_or_default());
            }
            Err(bad) => post(failed(0, &bad), None),
        },
    );
}

fn post(reply: Reply, column: Option<Vec<f64>>) {
    let column = column.map(|values| Float64Array::from(values.as_slice()).buffer());
    worker_scope::post(pack(&reply, column));
}

fn failed(sweep: u64, message: &dyn ToString) -> Reply {
    let message = message.to_string();
    Reply::Failed { sweep, message }
}

type Message = (Request, Vec<u8>);

/// Where a message waits to be taken.
#[derive(Clone, Default)]
struct Inbox(Rc<RefCell<Option<Message>>>);

impl Inbox {
    async fn next(&self) -> Message {
        poll_fn(|_| match self.0.borrow_mut().take() {
            Some(message) => Poll::Ready(message),
            None => Poll::Pending,
        })
        .await
    }
}

/// The worker's work, between two messages.
struct Desk {
    inbox: Inbox,
    work: Pin<Box<dyn Future<Output = ()>>>,
}

impl Desk {
    /// One that answers by `post`; `now` gives milliseconds.
    fn new(
        post: impl Fn(Reply, Option<Vec<f64>>) + 'static,
        now: impl Fn() -> f64 + 'static,
    ) -> Self {
        let inbox = Inbox::default();
        let work = Box::pin(work(inbox.clone(), post, now));
        Self { inbox, work }
    }

    /// Takes a message, and works until the next is needed.
    fn hear(&mut self, request: Request, attached: Vec<u8>) {
        self.inbox.0.replace(Some((request, attached)));
        let mut context = Context::from_waker(Waker::noop());
        // it waits for messages only, and so never ends
        let _ = self.work.as_mut().poll(&mut context);
    }
}

/// Takes messages for ever.
async fn work(inbox: Inbox, post: impl Fn(Reply, Option<Vec<f64>>), now: impl Fn() -> f64) {
    let mut bench = Bench::default();
    let mut job = None;
    let mut message = None;
    loop {
        let Some(mut current) = job.take() else {
            let (request, attached) = match message.take() {
                Some(message) => message,
                None => inbox.next().await,
            };
            match bench.take(request, &attached) {
                Taken::Job(next) => job = Some(next),
                Taken::Reply(reply) => post(reply, None),
                Taken::Quietly => {}
            }
            continue;
        };
        let laid = match bench.lay(&current) {
            Ok(laid) => laid,
            Err(error) => {
                match bench.pass_over(&mut current, error, now()) {
                    Some(reply) => post(reply, None),
                    None => job = Some(current),
                }
                continue;
            }
        };
        let index = match Index::new(laid.prepared, laid.instrument) {
            Ok(index) => index,
            Err(error) => {
                post(failed(current.sweep, &error), None);
                continue;
            }
        };
        let mut sweeper = Sweeper::new(&index);
        loop {
            match current.work(laid.spec, laid.prediction, &mut sweeper, &now) {
                Worked::Reply(reply, column) => post(reply, column),
                Worked::OtherPredictions => {
                    job = Some(current);
                    break;
                }
            }
            let next = inbox.next().await;
            match Job::of(&next.0).filter(|job| job.sweep == current.sweep) {
                Some(next) => current = next,
                None => {
                    message = Some(next);
                    break;
                }
            }
        }
    }
}

/// What the worker keeps.
#[derive(Default)]
struct Bench {
    bars: Option<WorkerBars>,
    /// Why there are no bars.
    trouble: Option<String>,
    begun: Option<(u64, SweepSpec)>,
}

/// What a message comes to.
enum Taken {
    Job(Job),
    Reply(Reply),
    Quietly,
}

/// All that trials of the same predictions share.
struct Laid<'a> {
    spec: &'a SweepSpec,
    prediction: PredictionConfig,
    prepared: &'a atrium_shared::research::backtest::Prepared,
    instrument: &'a atrium_shared::market::instrument::Instrument,
}

impl Bench {
    fn take(&mut self, request: Request, attached: &[u8]) -> Taken {
        if let Some(job) = Job::of(&request) {
            return match &self.begun {
                Some((sweep, _)) if *sweep == job.sweep => Taken::Job(job),
                // it was told that this sweep could not be begun
                _ => Taken::Quietly,
            };
        }
        match request {
            Request::Load { data, window } => {
                self.begun = None;
                match WorkerBars::load(data, window, attached) {
                    Ok((bars, _)) => (self.bars, self.trouble) = (Some(bars), None),
                    Err(why) => (self.bars, self.trouble) = (None, Some(why)),
                }
                Taken::Quietly
            }
            Request::Signals => {
                self.bars
                    .iter_mut()
                    .for_each(|bars| bars.take_signals(attached));
                Taken::Quietly
            }
            Request::Finer => {
                self.bars
                    .iter_mut()
                    .for_each(|bars| bars.take_finer(attached));
                Taken::Quietly
            }
            Request::Begin {
                sweep,
                base,
                axes,
                method,
            } => Taken::Reply(match self.begin(sweep, *base, &axes, method) {
                Ok(reply) => reply,
                Err(message) => Reply::Failed { sweep, message },
            }),
            Request::Run { .. } | Request::Record { .. } => Taken::Quietly,
        }
    }

    fn begin(
        &mut self,
        sweep: u64,
        base: RunConfig,
        axes: &[String],
        method: Method,
    ) -> Result<Reply, String> {
        self.begun = None;
        let axes: Result<Vec<Axis>, _> = axes.iter().map(|text| Axis::read(text)).collect();
        let spec = SweepSpec::new(base, axes.map_err(told)?, method).map_err(told)?;
        let no_bars = self.trouble.clone();
        let no_bars = || no_bars.unwrap_or_else(|| told(RunError::NoBars));
        let bars = self.bars.as_mut().ok_or_else(no_bars)?;
        let instrument = bars.data.instrument.clone();
        let prepared = bars.prepared_for(&traded(&spec));
        match AtHand::of(prepared).lacks_for_all(&spec) {
            None => {}
            Some(RunError::FinerMissing) => return Err(NO_FINER.to_owned()),
            Some(other) => return Err(told(other)),
        }
        if !spec.varies_predictions() {
            let prediction = spec.base().prediction;
            prepared.predict_by(prediction).map_err(told)?;
        }
        let inputs = Inputs::of(&spec, prepared, &instrument).map_err(told)?;
        let bars = prepared.bars().series().len() as u64;
        self.begun = Some((sweep, spec));
        Ok(Reply::Begun {
            sweep,
            inputs,
            bars,
        })
    }

    /// Lays out what the next trial of a job needs.
    fn lay(&mut self, job: &Job) -> Result<Laid<'_>, RunError> {
        let (Some(bars), Some((_, spec))) = (&mut self.bars, &self.begun) else {
            return Err(RunError::NoBars);
        };
        let strategy = traded(spec);
        let prepared = bars.prepared_for(&strategy);
        // trials that make no sense need none
        let prediction = job.prediction(spec).unwrap_or(prepared.source());
        prepared.predict_by(prediction)?;
        let (prepared, data) = bars.prepared_of(&strategy);
        Ok(Laid {
            spec,
            prediction,
            prepared,
            instrument: &data.instrument,
        })
    }
}

impl Bench {
    /// Passes over trials of a job whose predictions cannot be had, as far as they are the next ones. The answer, where no others
    /// are left or the job cannot go on.
    fn pass_over(&self, job: &mut Job, error: RunError, at: f64) -> Option<Reply> {
        let sweep = job.sweep;
        let (
            What::Run {
                trials,
                columns,
                begun_ms,
                ..
            },
            Some((_, spec)),
            true,
        ) = (&mut job.what, &self.begun, error.lacks_data())
        else {
            return Some(failed(sweep, &error));
        };
        let mut lacking = None;
        while let Some(&trial) = trials.get(columns.len()) {
            let prediction = spec.prediction_of(trial);
            if prediction.is_some_and(|own| *lacking.get_or_insert(own) != own) {
                return None;
            }
            columns.append(&without_data(spec, trial..trial + 1).columns);
        }
        Some(Reply::Ran {
            sweep,
            milliseconds: at - begun_ms.unwrap_or(at),
            columns: core::mem::take(columns),
        })
    }
}

/// The strategy by which bars are chosen: those with signals where a trial trades these.
fn traded(spec: &SweepSpec) -> Strategy {
    match spec.signals() {
        Use::Never => spec.base().strategy,
        _ => Strategy::Signals(Signals::default()),
    }
}

fn told(error: impl ToString) -> String {
    error.to_string()
}

/// Trials that are to be run.
struct Job {
    sweep: u64,
    what: What,
}

enum What {
    Run {
        trials: Vec<u64>,
        budget_ms: f64,
        columns: Columns,
        begun_ms: Option<f64>,
    },
    Record(u64),
}

/// What came of working on a job.
enum Worked {
    Reply(Reply, Option<Vec<f64>>),
    /// The next trial trades other predictions than those that are laid out.
    OtherPredictions,
}

impl Job {
    fn of(request: &Request) -> Option<Self> {
        match request {
            Request::Run {
                sweep,
                trials,
                budget_ms,
            } => Some(Self {
                sweep: *sweep,
                what: What::Run {
                    trials: trials.clone(),
                    budget_ms: *budget_ms,
                    columns: Columns::default(),
                    begun_ms: None,
                },
            }),
            Request::Record { sweep, trial } => Some(Self {
                sweep: *sweep,
                what: What::Record(*trial),
            }),
            _ => None,
        }
    }

    /// The predictions of the next trial that makes sense.
    fn prediction(&self, spec: &SweepSpec) -> Option<PredictionConfig> {
        match &self.what {
            What::Run {
                trials, columns, ..
            } => {
                let left = trials.get(columns.len()..).unwrap_or_default();
                left.iter().find_map(|trial| spec.prediction_of(*trial))
            }
            What::Record(trial) => spec.prediction_of(*trial),
        }
    }

    fn work(
        &mut self,
        spec: &SweepSpec,
        prediction: PredictionConfig,
        sweeper: &mut Sweeper<'_>,
        now: &impl Fn() -> f64,
    ) -> Worked {
        let sweep = self.sweep;
        let fits = |trial: u64| {
            !spec.varies_predictions()
                || spec
                    .prediction_of(trial)
                    .is_none_or(|needed| needed == prediction)
        };
        let (trials, budget_ms, columns, begun_ms) = match &mut self.what {
            What::Run {
                trials,
                budget_ms,
                columns,
                begun_ms,
            } => (trials, *budget_ms, columns, begun_ms),
            What::Record(trial) if !fits(*trial) => return Worked::OtherPredictions,
            What::Record(trial) => return record(spec, sweep, *trial, sweeper),
        };
        let begun = *begun_ms.get_or_insert_with(now);
        let (mut unseen, mut last) = (1, now());
        loop {
            let left = trials.get(columns.len()..).unwrap_or_default();
            let like = left.iter().copied().take_while(|trial| fits(*trial));
            let some: Vec<u64> = like.take(unseen).collect();
            let is_over = !columns.is_empty() && last - begun >= budget_ms;
            if left.is_empty() || is_over {
                let milliseconds = last - begun;
                let columns = core::mem::take(columns);
                let ran = Reply::Ran {
                    sweep,
                    milliseconds,
                    columns,
                };
                return Worked::Reply(ran, None);
            }
            if some.is_empty() {
                return Worked::OtherPredictions;
            }
            match run_each(spec, some.into_iter(), sweeper) {
                Ok(ran) => columns.append(&ran),
                Err(error) => return Worked::Reply(failed(sweep, &error), None),
            }
            let at = now();
            if at - last < LOOK_MS / 2.0 {
                unseen = (2 * unseen).min(MOST_UNSEEN);
            } else if at - last > LOOK_MS {
                unseen = (unseen / 2).max(1);
            }
            last = at;
        }
    }
}

/// Runs a trial for its equity.
fn record(spec: &SweepSpec, sweep: u64, trial: u64, sweeper: &mut Sweeper<'_>) -> Worked {
    let recorded = spec.config(trial).map_err(told);
    let recorded = recorded.and_then(|config| sweeper.record(&config).map_err(told));
    match recorded {
        Err(message) => Worked::Reply(Reply::Failed { sweep, message }, None),
        Ok(recorded) => {
            let bars = sweeper.bars();
            let mut column = recorded.equity;
            column.extend(bars.series().start().iter().map(|start| start.0 as f64));
            column.extend(bars.session().iter().map(|day| f64::from(day.0)));
            let trades = recorded.trades.len() as u64;
            let reply = Reply::Recorded {
                sweep,
                trial,
                trades,
            };
            Worked::Reply(reply, Some(column))
        }
    }
}

#[cfg(test)]
mod tests;
