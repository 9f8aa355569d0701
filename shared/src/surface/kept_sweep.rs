//! A sweep as it is kept: in a file of the store, or in a message from the page that has it kept there.
//!
//! What is kept says how many trials a data set has seen, which decides how far the best of them can be believed, and lets a sweep
//! that was stopped go on.

mod packing;

pub use packing::{Packed, Packing};

use flate2::Crc;
use serde::{Deserialize, Serialize};

use super::share::{BadLink, Link};
use crate::base::digest::{Digest, NotFinite};
use crate::base::time::{BarInterval, Timestamp};
use crate::research::backtest::ENGINE_VERSION;
use crate::research::parameters::{Kind, Parameter, changes};
use crate::research::run_config::RunConfig;
use crate::research::sweep::{
    Axis, BadSweep, Inputs, Measure, Method, Results, Stretch, SweepSpec, best, identity,
};
use crate::research::window::Window;

/// What the bytes begin with: the last digit is the version of their form.
const MARK: &[u8; 8] = b"ATRSWP2\n";

/// What is said of a sweep beside its results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the engine that ran it.
    pub engine: String,
    /// The hash of everything that decides what comes of it.
    pub identity: Digest,
    /// What it ran on.
    pub inputs: Inputs,
    /// The configuration that is varied, its data set and its sessions, as the text of a link.
    pub link: String,
    /// What is varied, as [`Axis::read`] reads it.
    pub axes: Vec<String>,
    /// How trials are drawn.
    pub method: Method,
    /// How many trials it has.
    pub trials: u64,
    /// How many of them were run.
    pub done: u64,
    /// The highest Sharpe ratio, and the trial that has it.
    pub best_sharpe: Option<(u64, f64)>,
    /// The digest of the results.
    pub results: Digest,
}

/// A sweep with what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptSweep {
    /// What is said of it.
    pub head: Head,
    /// What it is.
    pub spec: SweepSpec,
    /// Its data set and its sessions.
    pub link: Link,
    /// What came of it.
    pub results: Results,
}

/// Why bytes are no sweep that can be kept or gone on with.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadKept {
    /// They are something else, or of another version of Atrium.
    #[error("it is no sweep as this version of Atrium keeps them")]
    Form,
    /// They were changed, or contradict themselves.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// It was run by another engine, whose results are others.
    #[error("it was run by {0}, and this is {ENGINE_VERSION}: run it again")]
    Engine(String),
    /// Its configuration, data set or sessions are none.
    #[error(transparent)]
    Link(#[from] BadLink),
    /// What is varied makes no sense.
    #[error(transparent)]
    Sweep(#[from] BadSweep),
    /// A number is none.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
}

impl Head {
    /// What is said of a sweep of the configuration of a link.
    ///
    /// # Errors
    /// [`BadKept`] where the link cannot be written.
    pub fn of(
        spec: &SweepSpec,
        link: &Link,
        inputs: Inputs,
        results: &Results,
    ) -> Result<Self, BadKept> {
        Self::with_digest(spec, link, inputs, results, results.digest()?)
    }

    /// The same of results whose digest is known.
    fn with_digest(
        spec: &SweepSpec,
        link: &Link,
        inputs: Inputs,
        results: &Results,
        digest: Digest,
    ) -> Result<Self, BadKept> {
        let best = best(results, Measure::Sharpe, 1);
        let sharpe = |trial: u64| Some((trial, results.stat(Measure::Sharpe, trial)?.value()?));
        Ok(Self {
            engine: ENGINE_VERSION.to_owned(),
            identity: identity(spec, &inputs)?,
            inputs,
            link: link.text()?,
            axes: spec.axes().iter().map(Axis::text).collect(),
            method: spec.method(),
            trials: spec.trials(),
            done: results.count(),
            best_sharpe: best.first().and_then(|trial| sharpe(*trial)),
            results: digest,
        })
    }

    /// The bytes of a sweep with these results.
    ///
    /// # Errors
    /// [`BadKept`] where it cannot be written, which no sweep that exists can cause.
    pub fn encode(&self, results: &Results) -> Result<Vec<u8>, BadKept> {
        let mut packing = Packing::of_head(self.clone());
        let mut bytes = Vec::new();
        loop {
            match packing.step(results)? {
                Packed::More => {}
                Packed::Part(part) => bytes.extend(part),
                Packed::Whole => return Ok(bytes),
            }
        }
    }
}

impl KeptSweep {
    /// Takes in what another one of the same sweep has more. How many trials that is.
    ///
    /// # Errors
    /// [`BadKept`] where it is of another sweep.
    pub fn take(&mut self, other: &Self) -> Result<u64, BadKept> {
        if other.head.identity != self.head.identity {
            return Err(BadKept::Damaged("it is of another sweep"));
        }
        let mut taken = 0;
        for Stretch { trials, columns } in other.results.stretches() {
            let trials: Vec<u64> = trials.collect();
            taken += self.results.put(&trials, &columns);
        }
        self.head = Head::of(&self.spec, &self.link, self.head.inputs, &self.results)?;
        Ok(taken)
    }

    /// The bytes.
    ///
    /// # Errors
    /// As [`Head::encode`].
    pub fn encode(&self) -> Result<Vec<u8>, BadKept> {
        self.head.encode(&self.results)
    }

    /// Reads bytes, which may come from anybody: a sweep that is returned is one.
    ///
    /// # Errors
    /// [`BadKept`] says what is wrong with them.
    pub fn decode(bytes: &[u8]) -> Result<Self, BadKept> {
        let (told, sum) = bytes.split_last_chunk::<4>().ok_or(BadKept::Form)?;
        let (head, rest) = split(told)?;
        if checksum(told) != *sum {
            return Err(BadKept::Damaged("its checksum does not fit"));
        }
        let done: Vec<Stretch> =
            postcard::from_bytes(rest).map_err(|_| BadKept::Damaged("its results end early"))?;
        if head.engine != ENGINE_VERSION {
            return Err(BadKept::Engine(head.engine));
        }
        let link = Link::read(&head.link)?;
        let axes = head.axes.iter().map(|text| Axis::read(text));
        let spec = SweepSpec::new(link.config, axes.collect::<Result<_, _>>()?, head.method)?;
        if spec.trials() != head.trials || identity(&spec, &head.inputs)? != head.identity {
            return Err(BadKept::Damaged("it is not the sweep that it says"));
        }
        let mut results = Results::new(&spec);
        if !done.iter().all(|stretch| results.take(stretch)) {
            return Err(BadKept::Damaged("its results are not of its trials"));
        }
        if Head::of(&spec, &link, head.inputs, &results)? != head {
            return Err(BadKept::Damaged("its results are not those that it says"));
        }
        Ok(Self {
            head,
            spec,
            link,
            results,
        })
    }
}

/// What bytes say of a sweep, without its results; the first of them are enough.
///
/// # Errors
/// [`BadKept::Form`] where they are none.
pub fn head(bytes: &[u8]) -> Result<Head, BadKept> {
    Ok(split(bytes)?.0)
}

/// CRC-32 (ISO 3309): the digest of results leaves out why a value is absent.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

fn split(bytes: &[u8]) -> Result<(Head, &[u8]), BadKept> {
    let body = bytes.strip_prefix(MARK).ok_or(BadKept::Form)?;
    postcard::take_from_bytes(body).map_err(|_| BadKept::Form)
}

/// `GET /api/sweeps?set=`: a sweep that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptSummary {
    /// The data set.
    pub set: String,
    /// The hash of everything that decides what comes of it.
    pub identity: Digest,
    /// The version of the engine that ran it; one that is not this one's has other results.
    pub engine: String,
    /// What is varied, briefly.
    pub axes: Vec<String>,
    /// The interval of the bars that were run on; `None` where an earlier version noted the sweep, which says nothing of what
    /// follows either.
    #[serde(default)]
    pub interval: Option<BarInterval>,
    /// The sessions that were run over.
    #[serde(default)]
    pub window: Window,
    /// What is the same in all trials and not the default, as on a command line.
    #[serde(default)]
    pub base: Vec<String>,
    /// How many trials it has.
    pub trials: u64,
    /// How many of them were run.
    pub done: u64,
    /// The highest Sharpe ratio.
    pub best_sharpe: Option<f64>,
    /// When it was kept last.
    pub kept: Timestamp,
}

/// `GET /api/sweeps?set=`: the sweeps that are kept, the latest first. `POST /api/sweeps` with the bytes of a [`KeptSweep`] keeps one,
/// together with what is kept of the same sweep already, and answers with its [`KeptSummary`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct KeptSweeps {
    /// The sweeps.
    pub sweeps: Vec<KeptSummary>,
    /// What is wrong with those that cannot be listed.
    pub damaged: Vec<String>,
}

impl KeptSummary {
    /// What a head says of a sweep of a data set that was kept at a time.
    pub fn of(head: &Head, set: String, kept: Timestamp) -> Self {
        let brief = |text: &String| Axis::read(text).map_or(text.clone(), |axis| axis.brief());
        let link = Link::read(&head.link).ok();
        let (interval, window) = link.as_ref().map_or((None, Window::default()), |link| {
            (Some(link.config.interval), link.window)
        });
        Self {
            set,
            identity: head.identity,
            engine: head.engine.clone(),
            axes: head.axes.iter().map(brief).collect(),
            interval,
            window,
            base: link.map_or_else(Vec::new, |link| base(&link.config, &head.axes)),
            trials: head.trials,
            done: head.done,
            best_sharpe: head.best_sharpe.map(|(_, sharpe)| sharpe),
            kept,
        }
    }
}

/// What of a configuration is not the default, but for its interval and for what axes vary.
fn base(config: &RunConfig, axes: &[String]) -> Vec<String> {
    let varies = |parameter: &Parameter| {
        let mut keys = axes.iter().filter_map(|axis| axis.split_once('='));
        keys.any(|(key, _)| key == parameter.key)
    };
    changes(&RunConfig::default(), config)
        .into_iter()
        .filter(|(parameter, _)| !matches!(parameter.kind, Kind::Interval) && !varies(parameter))
        .map(|(parameter, value)| format!("{}={}", parameter.key, parameter.given(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest::Hasher;
    use crate::base::time::Day;
    use crate::research::metrics::{Absent, Stat};
    use crate::research::sweep::Columns;
    use crate::surface::share::{DataSetId, Fingerprint};

    fn digest(text: &str) -> Digest {
        Hasher::new(text).finish().unwrap()
    }

    fn kept(trials: core::ops::Range<u64>) -> KeptSweep {
        let axes = vec![Axis::read("k_sigma_err=0:9:1").unwrap()];
        let spec = SweepSpec::new(RunConfig::default(), axes, Method::Grid).unwrap();
        let mut results = Results::new(&spec);
        let stats = |trials: &core::ops::Range<u64>| -> Vec<Stat> {
            let stat = |trial| match trial {
                3 => Stat::Absent(Absent::NoTrades),
                trial => Stat::Value(-(trial as f64)),
            };
            trials.clone().map(stat).collect()
        };
        let columns = Columns {
            final_equity: stats(&trials),
            total_return: stats(&trials),
            cagr: stats(&trials),
            sharpe: stats(&trials),
            max_drawdown_session: stats(&trials),
            trades: trials.clone().collect(),
            win_rate: stats(&trials),
            profit_factor: stats(&trials),
        };
        assert!(results.take(&Stretch { trials, columns }));
        let link = Link {
            data: DataSetId {
                name: "SPY-1min".to_owned(),
                symbol: "SPY".to_owned(),
                content: Fingerprint([7; 8]),
            },
            config: *spec.base(),
            window: Window::default(),
            seal: None,
            view: None,
        };
        let inputs = Inputs {
            bars: digest("bars"),
            instrument: digest("instrument"),
            predictions: digest("predictions"),
            signals: None,
            finer: None,
        };
        KeptSweep {
            head: Head::of(&spec, &link, inputs, &results).unwrap(),
            spec,
            link,
            results,
        }
    }

    #[test]
    fn what_is_kept_is_read_as_it_was_and_two_parts_become_one() {
        let mut first = kept(2..5);
        let bytes = first.encode().unwrap();
        assert_eq!(KeptSweep::decode(&bytes).unwrap(), first);
        // the head is read from the first bytes alone
        assert_eq!(head(&bytes[..bytes.len() - 100]).unwrap(), first.head);
        assert_eq!(
            (first.head.done, first.head.best_sharpe),
            (3, Some((2, -2.0)))
        );
        assert_eq!(first.take(&kept(0..4)), Ok(2));
        assert_eq!(first, kept(0..5));
        assert_eq!(first.head.best_sharpe.unwrap().0, 0);
    }

    #[test]
    fn a_summary_tells_interval_sessions_and_base() {
        let mut kept = kept(2..5);
        let told = |kept: &KeptSweep| {
            let head = Head::of(&kept.spec, &kept.link, kept.head.inputs, &kept.results);
            KeptSummary::of(&head.unwrap(), "SPY-1min".to_owned(), Timestamp(0))
        };
        let plain = told(&kept);
        let interval = RunConfig::default().interval;
        assert_eq!(
            (plain.interval, plain.window, &plain.base[..]),
            (Some(interval), Window::default(), &[][..])
        );
        kept.link.window.from = Some(Day(19_800));
        kept.link.config.interval = BarInterval::minutes(15);
        kept.link.config.sizing.leverage = 2.0;
        // what is varied is told by the axes
        let axis = Axis::read("k_sigma_err=1").unwrap();
        axis.parameter
            .set(&mut kept.link.config, axis.values[0])
            .unwrap();
        let other = told(&kept);
        assert_eq!(other.interval, Some(BarInterval::minutes(15)));
        assert_eq!(other.window, kept.link.window);
        assert_eq!(other.base, ["sizing.leverage=2"]);
        // one that an earlier version noted says nothing of it
        let mut noted = serde_json::to_value(&other).unwrap();
        let fields = noted.as_object_mut().unwrap();
        for name in ["interval", "window", "base"] {
            fields.remove(name).unwrap();
        }
        let noted: KeptSummary = serde_json::from_value(noted).unwrap();
        assert_eq!((noted.interval, noted.base), (None, Vec::new()));
    }

    #[test]
    fn what_was_changed_is_no_sweep() {
        let bytes = kept(2..5).encode().unwrap();
        for at in 0..bytes.len() {
            for bit in [1, 0x10, 0x80] {
                let mut other = bytes.clone();
                other[at] ^= bit;
                assert!(KeptSweep::decode(&other).is_err(), "byte {at}, bit {bit}");
            }
        }
        for end in 0..bytes.len() {
            assert!(KeptSweep::decode(&bytes[..end]).is_err());
        }
        let mut other = kept(2..5);
        other.head.engine = "atrium-engine/0".to_owned();
        let read = KeptSweep::decode(&other.encode().unwrap());
        assert_eq!(read, Err(BadKept::Engine("atrium-engine/0".to_owned())));
        // more trials than there are, said of no more
        other = kept(2..5);
        other.head.trials = u64::MAX;
        assert!(KeptSweep::decode(&other.encode().unwrap()).is_err());
    }
}
