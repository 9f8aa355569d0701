//! A worker of a sweep with what it was given, and what nobody was given yet.

use std::collections::VecDeque;

use atrium_shared::research::sweep::SweepSpec;

use crate::protocol::pack;
use crate::sweep_protocol::Request;
use crate::worker_host::Host;

/// Where the build puts the worker.
pub(super) const WORKER: &str = "/sweep_worker_loader.js";
/// How long a batch is to take, in milliseconds: the page stays free between two of them, and two are what a worker goes on with when
/// the sweep is stopped.
pub(super) const BATCH_MS: f64 = 8.0;
/// How many trials the first batch of a worker has.
const FIRST: usize = 4;
/// The most trials of a batch.
const MOST: usize = 4_096;
/// The most trials that one worker keeps to itself because they trade the same predictions.
const GROUP: usize = 2_048;

/// A worker, and what it was given.
pub(super) struct Slot {
    pub(super) id: u64,
    pub(super) host: Host,
    /// What it keeps to itself, the next at the end.
    pub(super) group: Vec<u64>,
    /// What it was asked for, in order.
    pub(super) asked: VecDeque<Vec<u64>>,
    /// How long a trial takes, in milliseconds, as far as that is known.
    pub(super) trial_ms: Option<f64>,
    /// How often it failed since it last answered.
    pub(super) failures: u32,
}

impl Slot {
    /// A worker that is not started yet.
    pub(super) fn new(id: u64) -> Self {
        Self {
            id,
            host: Host::new(WORKER),
            group: Vec::new(),
            asked: VecDeque::new(),
            trial_ms: None,
            failures: 0,
        }
    }

    pub(super) fn post(&self, request: &Option<Request>) {
        if let Some(request) = request.as_ref().filter(|_| self.host.is_ready()) {
            self.host.post(pack(request, None));
        }
    }

    pub(super) fn forget(&mut self) {
        self.group.clear();
        self.asked.clear();
    }

    /// What it was asked for is to be asked for again.
    pub(super) fn take_back(&mut self) {
        let asked: Vec<u64> = self.asked.drain(..).flatten().collect();
        self.group.extend(asked.into_iter().rev());
    }

    /// All that it has not run.
    pub(super) fn take_all(&mut self) -> Vec<u64> {
        self.take_back();
        let mut all = core::mem::take(&mut self.group);
        all.reverse();
        all
    }

    /// How many trials a batch has.
    pub(super) fn batch(&self) -> usize {
        match self.trial_ms {
            Some(trial_ms) => ((BATCH_MS / trial_ms.max(1e-6)) as usize).clamp(1, MOST),
            None => FIRST,
        }
    }

    /// Learns from a batch how long a trial takes.
    pub(super) fn learn(&mut self, milliseconds: f64, trials: usize) {
        if trials == 0 {
            return;
        }
        let now = milliseconds / trials as f64;
        // what came last counts for half, so that a costly region is known after a batch or two
        let known = self.trial_ms.map_or(now, |known| (known + now) / 2.0);
        self.trial_ms = Some(known);
    }
}

pub(super) type Trials = Box<dyn Iterator<Item = u64>>;

/// The trials that nobody was given yet.
#[derive(Default)]
pub(super) struct Source {
    trials: Option<std::iter::Peekable<Trials>>,
    /// What was given and is to be given again, first of all.
    returned: Vec<u64>,
    /// Where trials differ in their predictions, by which they are told apart.
    spec: Option<SweepSpec>,
}

impl Source {
    pub(super) fn new(trials: Trials, spec: &SweepSpec) -> Self {
        Self {
            trials: Some(trials.peekable()),
            returned: Vec::new(),
            spec: spec.varies_predictions().then(|| spec.clone()),
        }
    }

    pub(super) fn give_back(&mut self, trials: Vec<u64>) {
        self.returned.extend(trials);
    }

    pub(super) fn is_spent(&mut self) -> bool {
        let trials = self.trials.as_mut();
        self.returned.is_empty() && trials.is_none_or(|trials| trials.peek().is_none())
    }

    /// Trials for one worker, the first at the end: so many, or all that come next and trade the same predictions.
    pub(super) fn group(&mut self, count: usize) -> Vec<u64> {
        let mut group: Vec<u64> = Vec::new();
        if !self.returned.is_empty() {
            group = core::mem::take(&mut self.returned);
        } else if let Some(trials) = &mut self.trials {
            match &self.spec {
                None => group.extend(trials.by_ref().take(count)),
                Some(spec) => {
                    let first = trials.peek().and_then(|trial| spec.prediction_of(*trial));
                    let alike = |trial: &u64| {
                        let prediction = spec.prediction_of(*trial);
                        prediction.is_none() || first.is_none() || prediction == first
                    };
                    while group.len() < GROUP {
                        let Some(trial) = trials.next_if(alike) else {
                            break;
                        };
                        group.push(trial);
                    }
                }
            }
        }
        group.reverse();
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use atrium_shared::research::run_config::RunConfig;
    use atrium_shared::research::sweep::Axis;
    use atrium_shared::research::sweep::{Method, Order};
    use atrium_shared::signal::source::Source as Predicted;

    fn spec(axes: &[&str], source: Option<Predicted>) -> SweepSpec {
        let mut base = RunConfig::default();
        if let Some(source) = source {
            base.prediction.source = source;
        }
        let axes = axes.iter().map(|text| Axis::read(text).unwrap()).collect();
        SweepSpec::new(base, axes, Method::Grid).unwrap()
    }

    fn source(spec: &SweepSpec) -> Source {
        Source::new(Box::new(Order::new(spec)), spec)
    }

    #[test]
    fn a_worker_gets_as_many_as_it_can_run_in_time() {
        let mut slot = Slot::new(1);
        assert_eq!(slot.batch(), FIRST);
        slot.learn(2.0, 4);
        assert_eq!(slot.batch(), 16);
        slot.learn(15.0, 10);
        assert_eq!(slot.batch(), 8);
        slot.learn(900.0, 1);
        assert_eq!(slot.batch(), 1);
        slot.learn(0.0, 0);
        assert_eq!(slot.batch(), 1);
        slot.asked.extend([vec![3, 1], vec![4]]);
        slot.group = vec![9, 7];
        assert_eq!(slot.take_all(), [3, 1, 4, 7, 9]);
    }

    #[test]
    fn trials_are_given_in_order_and_once() {
        let spec = spec(&["k_sigma_err=0:2:0.1", "reward_risk_ratio=1:3:0.5"], None);
        let mut source = source(&spec);
        let mut given = Vec::new();
        loop {
            let mut group = source.group(16);
            if group.is_empty() {
                break;
            }
            group.reverse();
            given.extend(group);
        }
        assert_eq!(given, Order::new(&spec).collect::<Vec<_>>());
        source.give_back(vec![8, 5]);
        assert_eq!(source.group(1), [5, 8], "the first is at the end");
        assert!(source.group(1).is_empty());
    }

    #[test]
    fn a_worker_keeps_trials_of_the_same_predictions() {
        let noise = Some(Predicted::Noise { seed: 1 });
        let spec = spec(&["noise.seed=1:3:1", "k_sigma_err=0:2:0.5"], noise);
        let mut source = source(&spec);
        let mut all = 0;
        loop {
            let group = source.group(4);
            let Some(first) = group.last() else { break };
            let prediction = spec.prediction_of(*first);
            for trial in &group {
                assert_eq!(spec.prediction_of(*trial), prediction);
            }
            all += group.len();
        }
        assert_eq!(all, 15);
    }
}
