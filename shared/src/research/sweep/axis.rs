//! The values of one parameter that a sweep goes through.

use std::collections::BTreeSet;

use super::bad::{BadRange, BadSweep};
use crate::research::parameters::{self, Group, Kind, Parameter, Value};

/// The values of one parameter.
#[derive(Clone)]
pub struct Axis {
    /// The parameter.
    pub parameter: &'static Parameter,
    /// Its values, in order.
    pub values: Vec<Value>,
}

impl core::fmt::Debug for Axis {
    fn fmt(&self, to: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(to, "{}={:?}", self.parameter.key, self.values)
    }
}

impl PartialEq for Axis {
    fn eq(&self, other: &Self) -> bool {
        self.parameter.id == other.parameter.id && self.values == other.values
    }
}

/// What a change of a parameter makes anew; what comes first is varied last, so that neighbours share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The predictions.
    Predictions,
    /// The bars that pass the gates.
    Gates,
    /// The run alone.
    Run,
}

/// The parameters that decide which bars pass the gates, by the ends of their keys.
const GATES: [&str; 5] = [
    "k_sigma_err",
    "k_atr_min_tp",
    "sigma",
    "min_confidence",
    "side",
];

impl Axis {
    /// The most values of an axis.
    pub const MOST: usize = 100_000;

    /// Reads `name=start:end:step` or `name=value,value,…`; a name is the key of a parameter or the end of one. A value that is
    /// written twice counts once.
    ///
    /// # Errors
    /// [`BadSweep`] where the name is unknown or a value cannot be one of the parameter.
    pub fn read(text: &str) -> Result<Self, BadSweep> {
        let (name, values) = match text.split_once('=') {
            Some((name, values)) => (name.trim(), Some(values)),
            None => (text.trim(), None),
        };
        let unknown = || BadSweep::Unknown(name.to_owned());
        let parameter = parameters::named(name).ok_or_else(unknown)?;
        let values = values.ok_or_else(|| BadSweep::NoValues(name.to_owned()))?;
        let counted = matches!(parameter.kind, Kind::Number { .. } | Kind::Whole { .. });
        let parts: Vec<&str> = values.split(':').map(str::trim).collect();
        let values = match parts.as_slice() {
            [from, to, step] if counted => {
                let values = match parameter.kind {
                    Kind::Whole { .. } => whole_range(parameter, [from, to, step]),
                    _ => range(parameter, [from, to, step]),
                };
                values.map_err(|reason| BadSweep::Range {
                    name: parameter.key,
                    text: parts.join(":"),
                    reason,
                })?
            }
            _ => values
                .split(',')
                .map(|text| parameter.parse(text.trim()))
                .collect::<Result<_, _>>()?,
        };
        let mut axis = Self { parameter, values };
        axis.check()?;
        axis.merge();
        Ok(axis)
    }

    /// Drops values that came before.
    pub(super) fn merge(&mut self) {
        let mut seen = BTreeSet::new();
        self.values.retain(|value| {
            seen.insert(match *value {
                Value::Absent => (0, 0),
                // adding 0 makes 0 of −0
                Value::Number(number) => (1, (number + 0.0).to_bits()),
                Value::Whole(count) => (2, count),
                Value::Flag(on) => (3, u64::from(on)),
                Value::Choice(code) => (4, u64::from(code)),
            })
        });
    }

    pub(super) fn check(&self) -> Result<(), BadSweep> {
        let count = self.values.len();
        if (1..=Self::MOST).contains(&count) {
            return Ok(());
        }
        Err(BadSweep::Count {
            name: self.parameter.key,
            count: count.to_string(),
        })
    }

    /// The end of the parameter's key.
    pub fn name(&self) -> &'static str {
        let key = self.parameter.key;
        key.rsplit_once('.').map_or(key, |(_, name)| name)
    }

    /// The key of the parameter and all its values, as [`Axis::read`] reads them.
    pub fn text(&self) -> String {
        let values = self.values.iter();
        let values: Vec<String> = values.map(|value| self.parameter.text(*value)).collect();
        format!("{}={}", self.parameter.key, values.join(","))
    }

    /// The key of the parameter and its values as people write them, of many the first and the last.
    pub fn brief(&self) -> String {
        const MOST: usize = 8;
        let text = |value: &Value| self.parameter.given(*value);
        let key = self.parameter.key;
        match self.values.as_slice() {
            [first, second, .., last] if self.values.len() > MOST => format!(
                "{key}={},{},…,{} ({} values)",
                text(first),
                text(second),
                text(last),
                self.values.len()
            ),
            few => format!(
                "{key}={}",
                few.iter().map(text).collect::<Vec<_>>().join(",")
            ),
        }
    }

    /// What a change of it makes anew.
    pub fn stage(&self) -> Stage {
        match self.parameter.group {
            Group::Prediction => Stage::Predictions,
            Group::Strategy if GATES.contains(&self.name()) => Stage::Gates,
            _ => Stage::Run,
        }
    }

    /// The value at a place, the last one beyond the end.
    pub(super) fn value(&self, place: u64) -> Value {
        let values = self.values.iter();
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let value = self.values.get(place).or(values.last());
        value.copied().unwrap_or(Value::Absent)
    }

    /// The value a share of the way along, from 0 to below 1.
    pub(super) fn at(&self, share: f64) -> Value {
        self.value((share * self.values.len() as f64) as u64)
    }
}

/// A value of a range, which has to be one of the parameter.
fn value(parameter: &Parameter, text: String) -> Result<Value, BadRange> {
    parameter.parse(&text).map_err(|_| BadRange::Beyond {
        value: text,
        could_be: parameter.could_be(),
    })
}

/// `from`, `from + step` and so on to `to`, included where a step meets it but for rounding.
fn range(parameter: &Parameter, [from, to, step]: [&str; 3]) -> Result<Vec<Value>, BadRange> {
    let number = |text: &str| {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| BadRange::NoNumber(text.to_owned()))
    };
    let (from, to, step) = (number(from)?, number(to)?, number(step)?);
    if step == 0.0 {
        return Err(BadRange::NoStep);
    }
    let steps = (to - from) / step;
    if steps < -1e-9 {
        return Err(BadRange::Away);
    }
    let steps = (steps + 1e-9).floor();
    let text = |number: f64| match number {
        first if first < 1.0 => from.to_string(),
        number => nearest_decimal(from + number * step).to_string(),
    };
    // what is out of bounds is the cause, however many values lead there
    value(parameter, text(0.0))?;
    value(parameter, text(steps))?;
    if steps >= Axis::MOST as f64 {
        return Err(BadRange::Many);
    }
    let numbers = (0..=steps as u64).map(|number| number as f64);
    numbers
        .map(|number| value(parameter, text(number)))
        .collect()
}

/// The same of whole numbers, however large.
fn whole_range(parameter: &Parameter, [from, to, step]: [&str; 3]) -> Result<Vec<Value>, BadRange> {
    let number = |text: &str| {
        let number = text.parse::<i64>().ok().map(i128::from);
        number.ok_or_else(|| match text.parse::<f64>() {
            Ok(_) => BadRange::NoWhole(text.to_owned()),
            Err(_) => BadRange::NoNumber(text.to_owned()),
        })
    };
    let (from, to, step) = (number(from)?, number(to)?, number(step)?);
    let steps = (to - from).checked_div(step).ok_or(BadRange::NoStep)?;
    if (to - from) * step < 0 {
        return Err(BadRange::Away);
    }
    let text = |number: i128| (from + number * step).to_string();
    value(parameter, text(0))?;
    value(parameter, text(steps))?;
    if steps >= Axis::MOST as i128 {
        return Err(BadRange::Many);
    }
    (0..=steps)
        .map(|number| value(parameter, text(number)))
        .collect()
}

/// The number that a person means: 0.1 · 3 is 0.3.
fn nearest_decimal(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_read_as_people_write_them() {
        let values = |text: &str| -> Vec<String> {
            let axis = Axis::read(text).unwrap();
            assert_eq!(Axis::read(&axis.text()).unwrap(), axis);
            let texts = axis.values.iter().map(|value| axis.parameter.text(*value));
            texts.collect()
        };
        assert_eq!(
            values("k_sigma_err=0:0.5:0.1"),
            ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]
        );
        assert_eq!(values("reward_risk_ratio=1, 1.5,2"), ["1", "1.5", "2"]);
        assert_eq!(values("max_hold_bars=2:8:3"), ["2", "5", "8"]);
        assert_eq!(values("k_atr_min_tp=2:1:-0.5"), ["2", "1.5", "1"]);
        assert_eq!(values("entry=limit,market"), ["limit", "market"]);
        assert_eq!(values("max_hold_bars=none,5"), ["null", "5"]);
        let none = Axis::read("max_hold_bars=none,5").unwrap();
        assert_eq!(none.brief(), "policy.max_hold_bars=none,5");
        assert_eq!(
            values("noise.seed=1000000000001:1000000000003:1"),
            ["1000000000001", "1000000000002", "1000000000003"]
        );
        for bad in [
            "max_hold_bars=8:2:3",
            "max_hold_bars=2:8:0",
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
            "leverage=0",
            "max_hold_bars=1.5",
        ] {
            assert!(Axis::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_range_is_what_is_said() {
        for (text, what) in [
            (
                "k_sigma_err=0:1000000000:1",
                "1000000000 is out of bounds: it must be a number from 0 to",
            ),
            ("k_sigma_err=-1:1:1", "-1 is out of bounds"),
            ("k_sigma_err=0:9:0.00001", "more than 100000 values"),
            ("k_sigma_err=0:1:0", "the step is 0"),
            ("k_sigma_err=0:1:-0.1", "the step leads away from the end"),
            ("k_sigma_err=0:one:0.1", "\"one\" is no number"),
            ("k_sigma_err=0:inf:0.1", "\"inf\" is no number"),
            ("max_hold_bars=8:2:3", "the step leads away from the end"),
            ("max_hold_bars=1:4:0.5", "\"0.5\" is no whole number"),
            (
                "max_hold_bars=1:9000000000:1",
                "9000000000 is out of bounds",
            ),
            ("noise.seed=1:9000000000:1", "more than 100000 values"),
        ] {
            let said = Axis::read(text).unwrap_err().to_string();
            assert!(said.contains(what), "{text}: {said}");
            assert!(said.contains(text.split_once('=').unwrap().1), "{said}");
        }
        // one value more would be too many
        let most = Axis::read("noise.seed=1:100000:1").unwrap();
        assert_eq!(most.values.len(), Axis::MOST);
        assert!(Axis::read("noise.seed=0:100000:1").is_err());
    }

    #[test]
    fn what_is_no_parameter_is_told_with_those_that_are_near() {
        for (text, what) in [
            (
                "k_sigma_err",
                "k_sigma_err has no values: write k_sigma_err=",
            ),
            (
                "k_sigma_er=1",
                "there is no parameter k_sigma_er; near it is strategy.predicted_move.k_sigma_err",
            ),
            (
                "side=both",
                "side is not one parameter: write strategy.predicted_move.side or strategy.signals.side",
            ),
            ("target=1", "prediction.target"),
            ("prediction=drift", "prediction.source"),
            ("commission_rate=1", "costs.commission.per_share.rate"),
            (
                "qqqqqqqqqqqq=1",
                "there is no parameter qqqqqqqqqqqq: write the name of a field, such as k_sigma_err",
            ),
            ("=1", "write the name of a field"),
        ] {
            let said = Axis::read(text).unwrap_err().to_string();
            assert!(said.contains(what), "{text}: {said}");
        }
    }

    #[test]
    fn a_value_that_is_written_twice_counts_once() {
        let text = |text: &str| Axis::read(text).unwrap().text();
        assert_eq!(
            text("k_sigma_err=1,0,1.0,-0,2,0"),
            "strategy.predicted_move.k_sigma_err=1,0,2"
        );
        assert_eq!(
            text("max_hold_bars=none,4,off,4"),
            "policy.max_hold_bars=null,4"
        );
        assert_eq!(text("entry=limit,limit"), "policy.entry=limit");
    }
}
