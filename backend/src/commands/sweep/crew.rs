//! Runs the trials of a sweep on several threads.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use atrium_shared::market::bars::Instrument;
use atrium_shared::research::backtest::{Index, Prepared};
use atrium_shared::research::sweep::{
    Results, Stretch, SweepSpec, Sweeper, run, without_data, without_runs,
};

use super::SweepFailure;

/// So many trials are run before a thread looks whether to stop, and hands over what it has.
const CHUNK: u64 = 32;
/// So often it is told how far all are.
const OFTEN: Duration = Duration::from_millis(100);

/// What all threads read.
pub(super) struct Crew<'a> {
    pub(super) spec: &'a SweepSpec,
    /// The bars, with the predictions of all trials, or with whatever these predict by.
    pub(super) prepared: &'a Prepared,
    pub(super) instrument: &'a Instrument,
    /// Set to stop.
    pub(super) stop: &'a AtomicBool,
}

type Done = Result<Stretch, SweepFailure>;

/// Nobody listens any more.
struct Gone;

impl Crew<'_> {
    /// Runs what is missing of the results, or a part of it where it is stopped. `tell` hears of each step.
    ///
    /// # Errors
    /// [`SweepFailure`] of the first trial that does not fit the bars; what was run is in the results.
    pub(super) fn run(
        &self,
        results: &mut Results,
        threads: usize,
        mut tell: impl FnMut(&Results) -> Result<(), SweepFailure>,
    ) -> Result<(), SweepFailure> {
        let jobs = Mutex::new(Jobs {
            spec: self.spec,
            missing: results.missing().into(),
        });
        let index = Index::new(self.prepared, self.instrument)?;
        thread::scope(|scope| {
            let (sender, receiver) = channel();
            for _ in 0..threads.max(1) {
                let (sender, jobs, index) = (sender.clone(), &jobs, &index);
                scope.spawn(move || match self.spec.varies_predictions() {
                    true => self.prepare_and_work(jobs, &sender),
                    false => self.work(jobs, index, &sender),
                });
            }
            drop(sender);
            let mut failed = Ok(());
            loop {
                match receiver.recv_timeout(OFTEN) {
                    Ok(Ok(stretch)) => {
                        results.take(&stretch);
                    }
                    Ok(Err(failure)) => {
                        failed = failed.and(Err(failure));
                        self.stop.store(true, Ordering::Relaxed);
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return failed,
                }
                if let Err(failure) = tell(results) {
                    failed = failed.and(Err(failure));
                    self.stop.store(true, Ordering::Relaxed);
                }
            }
        })
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Trials that all trade the same predictions.
    fn work(&self, jobs: &Mutex<Jobs<'_>>, index: &Index<'_>, sender: &Sender<Done>) {
        let mut sweeper = Sweeper::new(index);
        while let Some(trials) = self.next(jobs) {
            let done = run(self.spec, trials, &mut sweeper).map_err(SweepFailure::from);
            if send(sender, done).is_err() {
                return;
            }
        }
    }

    /// Trials of which each job has predictions of its own.
    fn prepare_and_work(&self, jobs: &Mutex<Jobs<'_>>, sender: &Sender<Done>) {
        let mut prepared = self.prepared.clone();
        while let Some(trials) = self.next(jobs) {
            let sent = match self.prepare(&mut prepared, trials) {
                Err(failure) => send(sender, Err(failure)),
                Ok(Prepare::None(stretch)) => send(sender, Ok(stretch)),
                Ok(Prepare::Ready(trials)) => match Index::new(&prepared, self.instrument) {
                    Err(failure) => send(sender, Err(failure.into())),
                    Ok(index) => self.work_through(trials, &index, sender),
                },
            };
            if sent.is_err() {
                return;
            }
        }
    }

    fn prepare(
        &self,
        prepared: &mut Prepared,
        trials: Range<u64>,
    ) -> Result<Prepare, SweepFailure> {
        if let Some(stretch) = without_runs(self.spec, trials.clone()) {
            return Ok(Prepare::None(stretch));
        }
        let (prediction, _) = self.spec.prepared_alike(trials.start);
        match prepared.predict_by(prediction) {
            Ok(()) => Ok(Prepare::Ready(trials)),
            Err(reason) if reason.lacks_data() => {
                Ok(Prepare::None(without_data(self.spec, trials)))
            }
            Err(reason) => Err(reason.into()),
        }
    }

    fn work_through(
        &self,
        trials: Range<u64>,
        index: &Index<'_>,
        sender: &Sender<Done>,
    ) -> Result<(), Gone> {
        let mut sweeper = Sweeper::new(index);
        let mut from = trials.start;
        while from < trials.end && !self.is_stopped() {
            let until = trials.end.min(from + CHUNK);
            let done = run(self.spec, from..until, &mut sweeper);
            send(sender, done.map_err(SweepFailure::from))?;
            from = until;
        }
        Ok(())
    }

    fn next(&self, jobs: &Mutex<Jobs<'_>>) -> Option<Range<u64>> {
        if self.is_stopped() {
            return None;
        }
        // a thread that panicked has taken its job whole
        jobs.lock().unwrap_or_else(PoisonError::into_inner).next()
    }
}

fn send(sender: &Sender<Done>, done: Done) -> Result<(), Gone> {
    sender.send(done).map_err(|_| Gone)
}

/// What a job comes to.
enum Prepare {
    /// Nothing can be run.
    None(Stretch),
    /// The bars are ready.
    Ready(Range<u64>),
}

/// What is left to do, in order.
struct Jobs<'a> {
    spec: &'a SweepSpec,
    missing: VecDeque<Range<u64>>,
}

impl Iterator for Jobs<'_> {
    type Item = Range<u64>;

    fn next(&mut self) -> Option<Range<u64>> {
        let Range { start, end } = self.missing.pop_front()?;
        let until = match self.spec.varies_predictions() {
            true => self.spec.prepared_alike(start).1.end,
            false => start + CHUNK,
        };
        let until = until.min(end);
        if until < end {
            self.missing.push_front(until..end);
        }
        Some(start..until)
    }
}
