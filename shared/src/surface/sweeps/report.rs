//! What is told of a sweep: one form for the command line's `--json` and the page's export.

use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use crate::base::digest::{Digest, NotFinite};
use crate::research::metrics::{Absent, Stat};
use crate::research::parameters::Value;
use crate::research::sweep::{Axis, Measure, Results, SweepSpec, best, plateau};

/// A sweep and its best trials; as JSON one object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepReport {
    /// The name of the data set.
    pub data_set: String,
    /// Whether its bars are simulated.
    pub simulated: bool,
    /// That the data set has closures, if it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closures: Option<String>,
    /// What was varied.
    pub axes: Vec<String>,
    /// How many trials it has.
    pub trials: u64,
    /// How many of them were run.
    pub done: u64,
    /// Those of them that have no run: their values contradict each other, or their data are missing.
    pub without_run: u64,
    /// Those of them whose data are missing.
    pub without_data: u64,
    /// What contradicts what, in the first trial of which that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contradiction: Option<String>,
    /// What is missing, of the first trial of which that is so; who knows the data says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// The first trial whose data are missing.
    #[serde(skip)]
    pub first_without_data: Option<u64>,
    /// The link to the sweep, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Whether the results are those that the link states by which it was opened, if it was and that states some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as_link: Option<bool>,
    /// What trials are ranked by.
    pub by: &'static str,
    /// The best, the best first.
    pub best: Vec<TrialReport>,
    /// The hash of all results.
    pub digest: Digest,
}

/// One trial.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrialReport {
    /// Its number.
    pub trial: u64,
    /// Its values by the keys of their parameters.
    pub parameters: Named<Given>,
    /// Its results; what is absent is null.
    pub metrics: Named<Metric>,
    /// The median of its neighbours on the grid, one step away on any of the axes or on several at once, over its own value.
    pub plateau: Option<f64>,
    /// A link that runs it.
    pub link: String,
    /// Its values as they are written.
    #[serde(skip)]
    pub texts: Vec<String>,
}

/// Things by their names; as JSON an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Named<T>(pub Vec<(&'static str, T)>);

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (name, one) in &self.0 {
            map.serialize_entry(name, one)?;
        }
        map.end()
    }
}

/// What a parameter was set to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Given {
    /// A whole number.
    Whole(u64),
    /// A number.
    Number(f64),
    /// Anything else, as it is written.
    Text(String),
}

/// What a measure came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Metric {
    /// A count.
    Whole(u64),
    /// A number, if there is one.
    Number(Option<f64>),
}

impl SweepReport {
    /// The report of a sweep of a data set with the `top` best by a measure; `link` gives the link of a trial.
    ///
    /// # Errors
    /// What `link` refuses, or a number that is not finite.
    pub fn new<E: From<NotFinite>>(
        data: (&str, bool),
        spec: &SweepSpec,
        results: &Results,
        (measure, top): (Measure, usize),
        link: impl Fn(u64) -> Result<String, E>,
    ) -> Result<Self, E> {
        let trial = |trial| TrialReport::new(spec, results, measure, trial, link(trial)?);
        let best = best(results, measure, top).into_iter().map(trial);
        let (mut without_run, mut without_data) = (0, 0);
        let (mut contradicted, mut first_without_data) = (None, None);
        results.each(Measure::FinalEquity, |trial, stat| match stat {
            Stat::Absent(Absent::NoRun) => {
                without_run += 1;
                contradicted.get_or_insert(trial);
            }
            Stat::Absent(Absent::NoData) => {
                without_run += 1;
                without_data += 1;
                first_without_data.get_or_insert(trial);
            }
            _ => {}
        });
        let contradiction = contradicted.and_then(|trial| spec.config(trial).err());
        Ok(Self {
            data_set: data.0.to_owned(),
            simulated: data.1,
            closures: None,
            axes: spec.axes().iter().map(Axis::brief).collect(),
            trials: spec.trials(),
            done: results.count(),
            without_run,
            without_data,
            contradiction: contradiction.map(|bad| bad.to_string()),
            missing: None,
            first_without_data,
            link: None,
            same_as_link: None,
            by: measure.name(),
            best: best.collect::<Result<_, E>>()?,
            digest: results.digest()?,
        })
    }
}

impl TrialReport {
    fn new<E>(
        spec: &SweepSpec,
        results: &Results,
        measure: Measure,
        trial: u64,
        link: String,
    ) -> Result<Self, E> {
        let values = spec.values(trial);
        let set = || spec.axes().iter().zip(&values);
        let given = |(axis, value): (&Axis, &Value)| {
            let given = match value {
                Value::Number(number) => Given::Number(*number),
                Value::Whole(count) => Given::Whole(*count),
                other => Given::Text(axis.parameter.text(*other)),
            };
            (axis.parameter.key, given)
        };
        let metric = |of: Measure| {
            let value = results.stat(of, trial).and_then(Stat::value);
            let metric = match value {
                Some(count) if of == Measure::Trades => Metric::Whole(count as u64),
                value => Metric::Number(value),
            };
            (of.name(), metric)
        };
        Ok(Self {
            trial,
            parameters: Named(set().map(given).collect()),
            metrics: Named(Measure::ALL.map(metric).to_vec()),
            plateau: plateau(spec, results, measure, trial).value(),
            link,
            texts: set()
                .map(|(axis, value)| axis.parameter.text(*value))
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{grid, results};
    use super::*;

    #[test]
    fn a_report_is_one_object_with_the_best_first() {
        let spec = grid(&["k_sigma_err=0,0.5", "entry=limit,market"]);
        let results = results(&spec, |trial| (trial != 1).then_some(trial as f64 / 4.0));
        let link = |trial| Ok::<_, NotFinite>(format!("link {trial}"));
        let report =
            SweepReport::new(("SPY", false), &spec, &results, (Measure::Sharpe, 2), link).unwrap();
        let json = serde_json::to_value(&report).unwrap();
        let digest = results.digest().unwrap();
        assert_eq!(json["digest"], serde_json::to_value(digest).unwrap());
        assert_eq!(
            (json["done"].as_u64(), json["without_run"].as_u64()),
            (Some(4), Some(1))
        );
        assert_eq!(json["best"].as_array().unwrap().len(), 2);
        let first = &json["best"][0];
        assert_eq!(first["trial"], 3);
        assert_eq!(
            first["parameters"]["strategy.predicted_move.k_sigma_err"],
            0.5
        );
        assert_eq!(first["parameters"]["policy.entry"], "market");
        assert_eq!(first["metrics"]["sharpe"], 0.75);
        assert_eq!(first["metrics"]["trades"].as_u64(), Some(3));
        assert_eq!(first["link"], "link 3");
        assert!(json.get("closures").is_none());
        assert_eq!(json["without_data"], 0);
        assert!(json.get("missing").is_none());
        // what refuses a link refuses the report
        let refused = SweepReport::new(
            ("SPY", false),
            &spec,
            &results,
            (Measure::Sharpe, 2),
            |_| Err::<String, _>(NotFinite),
        );
        assert!(refused.is_err());
    }
}
