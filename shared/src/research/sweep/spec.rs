//! Which configurations a sweep runs, and in which order.

use core::ops::Range;

use serde::{Deserialize, Serialize};

use super::axis::{Axis, Stage};
use super::bad::BadSweep;
use super::canonical::{LOOKED_AT, canonical};
use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::base::random::Random;
use crate::research::parameters::Value;
use crate::research::run_config::{PredictionConfig, RunConfig};
use crate::signal::source::Source;
use crate::trading::fills::Intrabar;
use crate::trading::strategy::Strategy;

/// How trials are drawn from the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// Every combination, the last axis changing fastest.
    Grid,
    /// So many combinations, each value drawn by itself.
    Random {
        /// How many.
        trials: u64,
        /// The seed of the draws.
        seed: u64,
    },
    /// So many combinations, of which each stretch of each axis gets its share: McKay, Beckman, Conover 1979.
    LatinHypercube {
        /// How many.
        trials: u64,
        /// The seed of the draws.
        seed: u64,
    },
}

/// A sweep: a configuration, what of it is varied, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepSpec {
    base: RunConfig,
    axes: Vec<Axis>,
    method: Method,
    trials: u64,
}

/// How many trials need something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// None.
    Never,
    /// Some, by the values of an axis.
    Sometimes,
    /// All.
    Always,
}

/// How much a sweep is, known before it is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Configurations.
    pub trials: u64,
    /// Bars that walking would take.
    pub bar_steps: u64,
    /// Sets of predictions that have to be made.
    pub preparations: u64,
}

impl SweepSpec {
    /// The most trials of a sweep: what a table of them takes memory for.
    pub const MOST: u64 = 100_000_000;

    /// A sweep. Axes keep the order in which they are given, but for those of which a change costs much, which come first and so
    /// change least often; a value that an axis has twice counts once.
    ///
    /// # Errors
    /// [`BadSweep`] where an axis is empty or doubled, there are too many trials, or the first trial makes no sense.
    pub fn new(base: RunConfig, axes: Vec<Axis>, method: Method) -> Result<Self, BadSweep> {
        let mut axes = axes;
        axes.sort_by_key(Axis::stage);
        axes.iter_mut().for_each(Axis::merge);
        for (number, axis) in axes.iter().enumerate() {
            axis.check()?;
            if axis.parameter.key == "interval" {
                return Err(BadSweep::OtherBars(axis.parameter.key));
            }
            let mut others = axes.iter().skip(number + 1);
            if others.any(|other| other.parameter.id == axis.parameter.id) {
                return Err(BadSweep::Twice(axis.name()));
            }
        }
        let product = || {
            let mut counts = axes.iter().map(|axis| axis.values.len() as u64);
            counts.try_fold(1u64, u64::checked_mul)
        };
        let trials = match method {
            Method::Grid => product(),
            Method::Random { trials, .. } | Method::LatinHypercube { trials, .. } => Some(trials),
        };
        let too_many = |trials| BadSweep::TooMany { trials };
        let trials = match trials {
            Some(trials) if (1..=Self::MOST).contains(&trials) => trials,
            Some(trials) => return Err(too_many(trials.to_string())),
            None => return Err(too_many(format!("more than {}", u64::MAX))),
        };
        let spec = Self {
            base: canonical(&base, &axes),
            axes,
            method,
            trials,
        };
        spec.check_some()?;
        Ok(spec)
    }

    /// That one of the first trials makes sense: a sweep of which none does is a mistake, whose reason is said.
    fn check_some(&self) -> Result<(), BadSweep> {
        let mut reason = None;
        for trial in 0..self.trials.min(LOOKED_AT) {
            match self.config(trial) {
                Ok(_) => return Ok(()),
                Err(bad) => reason = reason.or(Some(bad)),
            }
        }
        reason.map_or(Ok(()), Err)
    }

    /// The configuration of which the axes vary some values. What they overwrite in every trial has a value of its axis, whatever it
    /// was, so that sweeps of the same trials are equal.
    pub fn base(&self) -> &RunConfig {
        &self.base
    }

    /// How trials are drawn.
    pub fn method(&self) -> Method {
        self.method
    }

    /// How many trials there are.
    pub fn trials(&self) -> u64 {
        self.trials
    }

    /// The axes, those first that change least often.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// What the sweep comes to on so many bars.
    ///
    /// Of drawn trials each may need predictions of its own where an axis varies them, as neighbours seldom share them.
    pub fn estimate(&self, bars: u64) -> Estimate {
        let sources = self.axes.iter();
        let sources = sources.filter(|axis| axis.stage() == Stage::Predictions);
        let sets = match self.method {
            Method::Random { .. } | Method::LatinHypercube { .. } if self.varies_predictions() => {
                self.trials
            }
            _ => sources.fold(1u64, |sets, axis| {
                sets.saturating_mul(axis.values.len() as u64)
            }),
        };
        Estimate {
            trials: self.trials,
            bar_steps: self.trials.saturating_mul(bars),
            preparations: sets.min(self.trials),
        }
    }

    /// The values of a trial, an axis each.
    pub fn values(&self, trial: u64) -> Vec<Value> {
        match self.method {
            Method::Grid => self.on_grid(trial),
            Method::Random { seed, .. } => {
                let mut draws = Random::new(seed, trial);
                self.axes
                    .iter()
                    .map(|axis| axis.at(draws.uniform()))
                    .collect()
            }
            Method::LatinHypercube { seed, .. } => {
                let mut draws = Random::new(seed, trial);
                (0..)
                    .zip(&self.axes)
                    .map(|(number, axis)| {
                        let stretch = permuted(trial, self.trials, seed, number);
                        axis.at((stretch as f64 + draws.uniform()) / self.trials as f64)
                    })
                    .collect()
            }
        }
    }

    fn on_grid(&self, trial: u64) -> Vec<Value> {
        let mut left = trial;
        let mut values: Vec<Value> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let count = axis.values.len() as u64;
                let place = left % count;
                left /= count;
                axis.value(place)
            })
            .collect();
        values.reverse();
        values
    }

    /// The configuration of a trial.
    ///
    /// # Errors
    /// [`BadSweep`] where it makes no sense.
    pub fn config(&self, trial: u64) -> Result<RunConfig, BadSweep> {
        let config = self.set(trial, |_| true)?;
        config
            .validate()
            .map_err(|reason| BadSweep::Config { trial, reason })?;
        Ok(config)
    }

    /// The base with the values that a trial has on some axes, whether or not it makes sense.
    fn set(&self, trial: u64, which: impl Fn(&Axis) -> bool) -> Result<RunConfig, BadSweep> {
        let mut config = self.base;
        let values = self.values(trial);
        let mut settings: Vec<_> = self.axes.iter().zip(values).collect();
        // what others are a part of has the lower id
        settings.sort_by_key(|(axis, _)| axis.parameter.id);
        for (axis, value) in settings.into_iter().filter(|(axis, _)| which(axis)) {
            axis.parameter.set(&mut config, value)?;
        }
        Ok(config)
    }

    /// The predictions that a trial trades, and the neighbours from it on that trade the same, so that one sweeper can run them.
    pub fn prepared_alike(&self, from: u64) -> (PredictionConfig, Range<u64>) {
        let prediction = self.prediction(from);
        let varies = self.varies_predictions();
        let mut until = from + 1;
        while until < self.trials && (!varies || self.prediction(until) == prediction) {
            until = if varies { until + 1 } else { self.trials };
        }
        // a trial that cannot be run needs none
        (prediction.unwrap_or(self.base.prediction), from..until)
    }

    /// The predictions that a trial trades; `None` where it makes no sense.
    pub fn prediction_of(&self, trial: u64) -> Option<PredictionConfig> {
        let config = self.config(trial).ok()?;
        Some(config.prediction)
    }

    /// How many trials look inside bars, so that they need finer ones.
    pub fn finer_bars(&self) -> Use {
        let refines = |config: &RunConfig| config.fills.intrabar == Intrabar::Refined;
        self.uses("fills.intrabar", refines)
    }

    /// Whether a trial may look inside bars, so that finer ones are needed.
    pub fn looks_inside_bars(&self) -> bool {
        self.finer_bars() != Use::Never
    }

    /// How many trials trade signals from a file.
    pub fn signals(&self) -> Use {
        let trades = |config: &RunConfig| matches!(config.strategy, Strategy::Signals(_));
        self.uses("strategy", trades)
    }

    /// How many trials trade predictions that are given.
    pub fn series(&self) -> Use {
        let trades = |config: &RunConfig| config.prediction.source == Source::Series;
        self.uses("prediction.source", trades)
    }

    /// How many trials have something that the parameter of a key decides.
    fn uses(&self, key: &str, has: impl Fn(&RunConfig) -> bool) -> Use {
        let mut axes = self.axes.iter();
        let Some(axis) = axes.find(|axis| axis.parameter.key == key) else {
            return match has(&self.base) {
                true => Use::Always,
                false => Use::Never,
            };
        };
        let has = |value: &Value| {
            let mut tried = self.base;
            axis.parameter.set(&mut tried, *value).is_ok() && has(&tried)
        };
        match axis.values.iter().filter(|value| has(value)).count() {
            0 => Use::Never,
            all if all == axis.values.len() => Use::Always,
            _ => Use::Sometimes,
        }
    }

    fn prediction(&self, trial: u64) -> Option<PredictionConfig> {
        let of = |axis: &Axis| axis.stage() == Stage::Predictions;
        Some(self.set(trial, of).ok()?.prediction)
    }

    /// Whether trials trade different predictions.
    pub fn varies_predictions(&self) -> bool {
        let mut axes = self.axes.iter();
        axes.any(|axis| axis.stage() == Stage::Predictions)
    }

    /// The trials of a grid that are at most one step away from a trial on each axis, in any combination of steps, without itself;
    /// none of drawn trials, or where there would be more than ten thousand.
    pub fn neighbours(&self, trial: u64) -> Vec<u64> {
        const MOST: u64 = 10_000;
        let near = |place: u64, count: u64| place.saturating_sub(1)..=(place + 1).min(count - 1);
        let mut left = trial;
        let mut counts = self.axes.iter().rev().map(|axis| {
            let count = axis.values.len() as u64;
            let place = left % count;
            left /= count;
            near(place, count).count() as u64
        });
        let together = counts.try_fold(1u64, u64::checked_mul);
        if self.method != Method::Grid || together.is_none_or(|count| count > MOST + 1) {
            return Vec::new();
        }
        let mut left = trial;
        let mut all = vec![0];
        let mut stride = 1;
        for axis in self.axes.iter().rev() {
            let count = axis.values.len() as u64;
            let place = left % count;
            left /= count;
            all = near(place, count)
                .flat_map(|place| all.iter().map(move |of_others| of_others + place * stride))
                .collect();
            stride *= count;
        }
        all.retain(|other| *other != trial);
        all.sort_unstable();
        all
    }

    /// The hash of everything that decides which configurations are run, and in which order.
    ///
    /// # Errors
    /// [`NotFinite`] where a value is.
    pub fn digest(&self) -> Result<Digest, NotFinite> {
        let mut hasher = Hasher::new("atrium/sweep/2");
        let (code, trials, seed) = match self.method {
            Method::Grid => (0, self.trials, 0),
            Method::Random { trials, seed } => (1, trials, seed),
            Method::LatinHypercube { trials, seed } => (2, trials, seed),
        };
        hasher.code(code);
        hasher.u64(trials);
        hasher.u64(seed);
        hasher.u64(u64::from(self.base.interval.seconds()));
        self.base.prediction.feed(&mut hasher);
        self.base.rules().feed(&mut hasher);
        self.base.fills.feed(&mut hasher);
        for value in [self.base.initial_equity, self.base.fx, self.base.risk_free] {
            hasher.f64(value);
        }
        hasher.count(self.axes.len());
        for axis in &self.axes {
            hasher.text(axis.parameter.key);
            hasher.count(axis.values.len());
            for value in &axis.values {
                hasher.text(&axis.parameter.text(*value));
            }
        }
        hasher.finish()
    }
}

/// The place of a number below `count` in an order of an axis that is drawn, without the order being written down.
///
/// A Feistel network of six rounds permutes the numbers of as many bits as `count` needs; one that leads beyond `count` is led on
/// until it is below, which keeps it a permutation (Black, Rogaway 2002).
fn permuted(number: u64, count: u64, seed: u64, axis: u64) -> u64 {
    let half = (64 - count.saturating_sub(1).leading_zeros())
        .div_ceil(2)
        .max(1);
    let mask = (1u64 << half) - 1;
    let mut at = number;
    loop {
        let (mut left, mut right) = (at >> half & mask, at & mask);
        for round in 0..6u64 {
            let key = seed ^ mixed(axis.wrapping_mul(6).wrapping_add(round + 1));
            (left, right) = (right, left ^ (mixed(right ^ key) & mask));
        }
        at = left << half | right;
        if at < count {
            return at;
        }
    }
}

/// Sixty-four bits of which each depends on all that were given (the finaliser of SplitMix64, Steele, Lea, Flood 2014).
fn mixed(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(text: &str) -> Axis {
        Axis::read(text).unwrap()
    }

    fn spec(axes: &[&str], method: Method) -> Result<SweepSpec, BadSweep> {
        let axes = axes.iter().map(|text| axis(text)).collect();
        SweepSpec::new(RunConfig::default(), axes, method)
    }

    fn numbers(spec: &SweepSpec, trial: u64) -> Vec<f64> {
        let number = |value| match value {
            Value::Number(number) => number,
            Value::Whole(count) => count as f64,
            other => panic!("{other:?} is no number"),
        };
        spec.values(trial).into_iter().map(number).collect()
    }

    #[test]
    fn a_grid_counts_its_last_axis_fastest_and_what_costs_much_slowest() {
        let spec = spec(
            &[
                "reward_risk_ratio=1,2,3",
                "k_sigma_err=0,1",
                "horizon_bars=4,5",
            ],
            Method::Grid,
        )
        .unwrap();
        assert_eq!(spec.trials(), 12);
        let names: Vec<_> = spec.axes().iter().map(|axis| axis.name()).collect();
        assert_eq!(names, ["horizon_bars", "k_sigma_err", "reward_risk_ratio"]);
        assert_eq!(numbers(&spec, 0), [4.0, 0.0, 1.0]);
        assert_eq!(numbers(&spec, 1), [4.0, 0.0, 2.0]);
        assert_eq!(numbers(&spec, 3), [4.0, 1.0, 1.0]);
        assert_eq!(numbers(&spec, 11), [5.0, 1.0, 3.0]);
        assert_eq!(spec.config(11).unwrap().prediction.horizon_bars, 5);
        let estimate = spec.estimate(1_000);
        assert_eq!((estimate.bar_steps, estimate.preparations), (12_000, 2));
        let alike = |from| spec.prepared_alike(from);
        assert_eq!((alike(0).1, alike(0).0.horizon_bars), (0..6, 4));
        assert_eq!((alike(8).1, alike(8).0.horizon_bars), (8..12, 5));
    }

    #[test]
    fn draws_depend_on_the_seed_and_the_trial_alone() {
        let axes = ["k_sigma_err=0:9:1", "reward_risk_ratio=1:10:1"];
        let of = |method| spec(&axes, method).unwrap();
        let random = |trials, seed| of(Method::Random { trials, seed });
        assert_eq!(random(10, 1).values(7), random(50, 1).values(7));
        assert_ne!(
            (0..10).map(|t| random(10, 1).values(t)).collect::<Vec<_>>(),
            (0..10).map(|t| random(10, 2).values(t)).collect::<Vec<_>>()
        );
        let latin = of(Method::LatinHypercube {
            trials: 10,
            seed: 1,
        });
        for (axis, first) in [(0, 0.0), (1, 1.0)] {
            let mut seen: Vec<f64> = (0..10).map(|trial| numbers(&latin, trial)[axis]).collect();
            seen.sort_by(f64::total_cmp);
            let all: Vec<f64> = (0..10).map(|step| first + f64::from(step)).collect();
            assert_eq!(seen, all, "each value of an axis once");
        }
        assert_ne!(latin.digest().unwrap(), random(10, 1).digest().unwrap());
    }

    #[test]
    fn a_latin_hypercube_draws_from_each_stretch_once_without_writing_them_down() {
        for count in [1, 2, 3, 10, 1_000, 4_097] {
            for axis in 0..3 {
                let mut all: Vec<u64> = (0..count)
                    .map(|number| permuted(number, count, 7, axis))
                    .collect();
                let ordered = all.is_sorted();
                all.sort_unstable();
                assert_eq!(all, (0..count).collect::<Vec<_>>());
                assert!(!ordered || count < 10, "{count} {axis}");
            }
        }
        // axes and seeds have orders of their own
        let order = |seed, axis| -> Vec<u64> {
            (0..100)
                .map(|number| permuted(number, 100, seed, axis))
                .collect()
        };
        assert_ne!(order(1, 0), order(1, 1));
        assert_ne!(order(1, 0), order(2, 0));
        // what is far too large to be written down
        let most = Method::LatinHypercube {
            trials: SweepSpec::MOST,
            seed: 1,
        };
        let spec = spec(&["k_sigma_err=0:9:1"], most).unwrap();
        assert!(spec.values(SweepSpec::MOST - 1).len() == 1);
    }

    #[test]
    fn trials_that_make_no_sense_are_left_out_unless_all_are() {
        let spec = spec(&["horizon_bars=1,2,3"], Method::Grid).unwrap();
        assert!(spec.config(0).is_err() && spec.config(1).is_ok());
        assert_eq!(spec.prepared_alike(0).1, 0..1);
        let drawn = Method::Random {
            trials: 50,
            seed: 1,
        };
        let axes = ["horizon_bars=2,3", "k_sigma_err=0,1"];
        let of = |method| {
            let axes = axes.map(axis).to_vec();
            SweepSpec::new(RunConfig::default(), axes, method).unwrap()
        };
        assert_eq!(of(drawn).estimate(10).preparations, 50);
        assert_eq!(of(Method::Grid).estimate(10).preparations, 2);
    }

    #[test]
    fn what_trials_need_is_known_by_the_values_of_axes() {
        let of = |text: &str| {
            let spec = spec(&[text], Method::Grid).unwrap();
            (spec.signals(), spec.series(), spec.finer_bars())
        };
        let (never, some, all) = (Use::Never, Use::Sometimes, Use::Always);
        assert_eq!(of("k_sigma_err=1"), (never, never, never));
        assert_eq!(of("strategy=signals"), (all, never, never));
        assert_eq!(of("strategy=predicted_move,signals"), (some, never, never));
        assert_eq!(of("prediction.source=series,drift"), (never, some, never));
        assert_eq!(of("prediction.source=series"), (never, all, never));
        assert_eq!(of("intrabar=refined,path"), (never, never, some));
    }

    #[test]
    fn a_value_that_is_given_twice_is_run_once() {
        let twice = Axis {
            values: vec![Value::Number(1.0), Value::Number(-0.0), Value::Number(0.0)],
            ..axis("k_sigma_err=1")
        };
        let twice = SweepSpec::new(RunConfig::default(), vec![twice], Method::Grid).unwrap();
        assert_eq!(
            twice,
            spec(&["k_sigma_err=1,0,1,-0"], Method::Grid).unwrap()
        );
        assert_eq!(twice.trials(), 2);
    }

    #[test]
    fn what_cannot_be_run_is_said_before_it_is() {
        let said = |axes: &[&str], method| spec(axes, method).unwrap_err().to_string();
        let wide = "k_sigma_err=0:50:0.001";
        let wide = [wide, "k_atr_min_tp=0:50:0.001"];
        assert!(said(&wide, Method::Grid).starts_with("the sweep has 2500100001 trials"));
        let none = Method::Random { trials: 0, seed: 0 };
        assert!(said(&["k_sigma_err=1"], none).starts_with("the sweep has 0 trials"));
        let twice = ["k_sigma_err=1", "k_sigma_err=2"];
        assert!(said(&twice, Method::Grid).starts_with("k_sigma_err is swept twice"));
        let signals = ["stop_percent=1"];
        assert!(said(&signals, Method::Grid).contains("is a part of strategy signals"));
        let wrong = ["horizon_bars=1"];
        assert!(said(&wrong, Method::Grid).starts_with("trial 0 cannot be run: target open"));
        assert!(said(&["interval=5min,60min"], Method::Grid).starts_with("interval is not swept"));
        let parts = ["slippage.ticks=1,2", "slippage=ticks"];
        let spec = spec(&parts, Method::Grid).unwrap();
        assert_eq!(spec.trials(), 2);
    }
}
