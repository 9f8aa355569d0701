//! Which configurations a sweep runs, and in which order.

use core::ops::Range;

use super::parameter::{Kind, Parameter, Stage};
use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::base::random::Random;
use crate::research::run_config::{BadConfig, PredictionConfig, RunConfig};

/// The values of one parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The parameter.
    pub parameter: Parameter,
    /// Its values, in order.
    pub values: Vec<f64>,
}

/// How trials are drawn from the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// Why a sweep cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadSweep {
    /// There is no such parameter.
    #[error("there is no parameter {0} to sweep")]
    Unknown(String),
    /// Values that cannot be read.
    #[error(
        "{text} is no value of {name}: write values as 1,2,3 or as start:end:step, numbers or the words of a choice"
    )]
    Value {
        /// The parameter.
        name: &'static str,
        /// What was written.
        text: String,
    },
    /// An axis that has no values, or too many.
    #[error(
        "{name} would have {count} values, but an axis has 1 to {}",
        Axis::MOST
    )]
    Count {
        /// The parameter.
        name: &'static str,
        /// How many.
        count: String,
    },
    /// A parameter twice.
    #[error("{0} is swept twice: give all of its values in one axis")]
    Twice(&'static str),
    /// More trials than can be kept.
    #[error(
        "the sweep has {trials} trials, but 1 to {} can be run: take fewer values, or draw trials at random",
        SweepSpec::MOST
    )]
    TooMany {
        /// How many.
        trials: String,
    },
    /// A configuration without the parameter.
    #[error("{name} cannot be swept: {why}")]
    NoSuchParameter {
        /// The parameter.
        name: &'static str,
        /// Why.
        why: &'static str,
    },
    /// A configuration of the sweep makes no sense.
    #[error("trial {trial} cannot be run: {reason}")]
    Config {
        /// Its number.
        trial: u64,
        /// Why.
        reason: BadConfig,
    },
}

impl Axis {
    /// The most values of an axis.
    pub const MOST: usize = 100_000;

    /// Reads `name=start:end:step` or `name=value,value,…`.
    ///
    /// # Errors
    /// [`BadSweep`] where the name is unknown or a value cannot be read.
    pub fn read(text: &str) -> Result<Self, BadSweep> {
        let (name, values) = text
            .split_once('=')
            .ok_or_else(|| BadSweep::Unknown(text.to_owned()))?;
        let unknown = || BadSweep::Unknown(name.to_owned());
        let parameter = Parameter::named(name.trim()).ok_or_else(unknown)?;
        let bad = |text: &str| BadSweep::Value {
            name: parameter.name,
            text: text.to_owned(),
        };
        let read = |text: &str| parameter.read(text.trim()).ok_or_else(|| bad(text));
        let parts: Vec<&str> = values.split(':').collect();
        let values = match parts.as_slice() {
            [from, to, step] if !matches!(parameter.kind, Kind::Choice(_)) => {
                range(read(from)?, read(to)?, read(step)?).ok_or_else(|| bad(values))?
            }
            [list] => list.split(',').map(read).collect::<Result<_, _>>()?,
            _ => return Err(bad(values)),
        };
        let axis = Self { parameter, values };
        axis.check()?;
        Ok(axis)
    }

    fn check(&self) -> Result<(), BadSweep> {
        let count = self.values.len();
        if (1..=Self::MOST).contains(&count) {
            return Ok(());
        }
        Err(BadSweep::Count {
            name: self.parameter.name,
            count: count.to_string(),
        })
    }

    /// The value a share of the way along, from 0 to below 1.
    fn at(&self, share: f64) -> f64 {
        let count = self.values.len();
        let place = ((share * count as f64) as usize).min(count.saturating_sub(1));
        self.values.get(place).copied().unwrap_or(0.0)
    }
}

/// `from`, `from + step` and so on to `to`, included where a step meets it but for rounding; `None` where that never ends.
fn range(from: f64, to: f64, step: f64) -> Option<Vec<f64>> {
    let steps = (to - from) / step;
    if !steps.is_finite() || steps < -1e-9 || steps > Axis::MOST as f64 {
        return None;
    }
    let count = (steps + 1e-9).floor() as u64 + 1;
    let value = |number: u64| nearest_decimal(from + number as f64 * step);
    Some((0..count).map(value).collect())
}

/// The number that a person means: 0.1 · 3 is 0.3.
fn nearest_decimal(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// A sweep: a configuration, what of it is varied, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepSpec {
    base: RunConfig,
    axes: Vec<Axis>,
    method: Method,
    trials: u64,
    /// Of each axis the stretch that each trial draws from, where the method has such.
    stretches: Vec<Vec<u64>>,
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
    /// change least often.
    ///
    /// # Errors
    /// [`BadSweep`] where an axis is empty or doubled, there are too many trials, or the first trial makes no sense.
    pub fn new(base: RunConfig, axes: Vec<Axis>, method: Method) -> Result<Self, BadSweep> {
        let mut axes = axes;
        axes.sort_by_key(|axis| axis.parameter.stage);
        for (number, axis) in axes.iter().enumerate() {
            axis.check()?;
            let mut others = axes.iter().skip(number + 1);
            if others.any(|other| other.parameter == axis.parameter) {
                return Err(BadSweep::Twice(axis.parameter.name));
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
        let stretches = match method {
            Method::LatinHypercube { seed, .. } => (0..axes.len() as u64)
                .map(|axis| shuffled(trials, seed, axis))
                .collect(),
            Method::Grid | Method::Random { .. } => Vec::new(),
        };
        let spec = Self {
            base,
            axes,
            method,
            trials,
            stretches,
        };
        spec.config(0)?;
        Ok(spec)
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
    pub fn estimate(&self, bars: u64) -> Estimate {
        let sources = self.axes.iter();
        let sources = sources.filter(|axis| axis.parameter.stage == Stage::Predictions);
        let sets = sources.fold(1u64, |sets, axis| {
            sets.saturating_mul(axis.values.len() as u64)
        });
        Estimate {
            trials: self.trials,
            bar_steps: self.trials.saturating_mul(bars),
            preparations: sets.min(self.trials),
        }
    }

    /// The values of a trial, an axis each.
    pub fn values(&self, trial: u64) -> Vec<f64> {
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
                let stretches = self.axes.iter().zip(&self.stretches);
                stretches
                    .map(|(axis, stretches)| {
                        let stretch = usize::try_from(trial).ok().and_then(|t| stretches.get(t));
                        let place = stretch.copied().unwrap_or(0) as f64 + draws.uniform();
                        axis.at(place / self.trials as f64)
                    })
                    .collect()
            }
        }
    }

    fn on_grid(&self, trial: u64) -> Vec<f64> {
        let mut left = trial;
        let mut values: Vec<f64> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let count = axis.values.len() as u64;
                let place = left % count;
                left /= count;
                axis.values.get(place as usize).copied().unwrap_or(0.0)
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
        let mut config = self.base;
        for (axis, value) in self.axes.iter().zip(self.values(trial)) {
            let name = axis.parameter.name;
            axis.parameter
                .set(&mut config, value)
                .map_err(|why| BadSweep::NoSuchParameter { name, why })?;
        }
        config
            .validate()
            .map_err(|reason| BadSweep::Config { trial, reason })?;
        Ok(config)
    }

    /// The predictions that a trial trades, and the neighbours from it on that trade the same, so that one sweeper can run them.
    ///
    /// # Errors
    /// As [`config`](Self::config).
    pub fn prepared_alike(&self, from: u64) -> Result<(PredictionConfig, Range<u64>), BadSweep> {
        let prediction = self.config(from)?.prediction;
        let mut axes = self.axes.iter();
        let varies = axes.any(|axis| axis.parameter.stage == Stage::Predictions);
        let mut until = from + 1;
        while until < self.trials && (!varies || self.config(until)?.prediction == prediction) {
            until = if varies { until + 1 } else { self.trials };
        }
        Ok((prediction, from..until))
    }

    /// The hash of everything that decides which configurations are run, and in which order.
    ///
    /// # Errors
    /// [`NotFinite`] where a value is.
    pub fn digest(&self) -> Result<Digest, NotFinite> {
        let mut hasher = Hasher::new("atrium/sweep/1");
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
            hasher.text(axis.parameter.name);
            hasher.f64_column(&axis.values);
        }
        hasher.finish()
    }
}

/// The numbers below `count` in an order that is drawn (Fisher and Yates), for an axis.
fn shuffled(count: u64, seed: u64, axis: u64) -> Vec<u64> {
    // streams of trials count up from 0, those of axes down from the end
    let mut draws = Random::new(seed, u64::MAX - axis);
    let mut order: Vec<u64> = (0..count).collect();
    for last in (1..order.len()).rev() {
        let other = (draws.uniform() * (last + 1) as f64) as usize;
        order.swap(last, other.min(last));
    }
    order
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

    #[test]
    fn axes_are_read_as_people_write_them() {
        let values = |text: &str| axis(text).values;
        assert_eq!(
            values("k_sigma_err=0:0.5:0.1"),
            [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
        );
        assert_eq!(values("reward_risk_ratio=1, 1.5,2"), [1.0, 1.5, 2.0]);
        assert_eq!(values("max_hold_bars=2:8:3"), [2.0, 5.0, 8.0]);
        assert_eq!(values("k_atr_min_tp=2:1:-0.5"), [2.0, 1.5, 1.0]);
        assert_eq!(values("entry=limit,market"), [2.0, 0.0]);
        for bad in [
            "k_sigma=1",
            "k_sigma_err",
            "k_sigma_err=",
            "k_sigma_err=1:2",
            "k_sigma_err=0:1:0",
            "k_sigma_err=0:1:-1",
            "k_sigma_err=0:1:1e-9",
            "k_sigma_err=inf",
            "entry=limit:market:1",
            "entry=at_once",
            "max_hold_bars=1.5",
        ] {
            assert!(Axis::read(bad).is_err(), "{bad}");
        }
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
        let names: Vec<_> = spec.axes().iter().map(|axis| axis.parameter.name).collect();
        assert_eq!(names, ["horizon_bars", "k_sigma_err", "reward_risk_ratio"]);
        assert_eq!(spec.values(0), [4.0, 0.0, 1.0]);
        assert_eq!(spec.values(1), [4.0, 0.0, 2.0]);
        assert_eq!(spec.values(3), [4.0, 1.0, 1.0]);
        assert_eq!(spec.values(11), [5.0, 1.0, 3.0]);
        assert_eq!(spec.config(11).unwrap().prediction.horizon_bars, 5);
        let estimate = spec.estimate(1_000);
        assert_eq!((estimate.bar_steps, estimate.preparations), (12_000, 2));
        let alike = |from| spec.prepared_alike(from).unwrap();
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
            let mut seen: Vec<f64> = (0..10).map(|trial| latin.values(trial)[axis]).collect();
            seen.sort_by(f64::total_cmp);
            let all: Vec<f64> = (0..10).map(|step| first + f64::from(step)).collect();
            assert_eq!(seen, all, "each value of an axis once");
        }
        assert_ne!(latin.digest().unwrap(), random(10, 1).digest().unwrap());
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
        assert!(said(&signals, Method::Grid).starts_with("stop_percent cannot be swept: "));
        let wrong = ["leverage=0"];
        assert!(said(&wrong, Method::Grid).starts_with("trial 0 cannot be run: leverage is 0"));
    }
}
