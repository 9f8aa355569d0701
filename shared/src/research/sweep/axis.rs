//! The values of one parameter that a sweep goes through.

use super::spec::BadSweep;
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

    /// Reads `name=start:end:step` or `name=value,value,…`; a name is the key of a parameter or the end of one.
    ///
    /// # Errors
    /// [`BadSweep`] where the name is unknown or a value cannot be one of the parameter.
    pub fn read(text: &str) -> Result<Self, BadSweep> {
        let (name, values) = text
            .split_once('=')
            .ok_or_else(|| BadSweep::Unknown(text.to_owned()))?;
        let unknown = || BadSweep::Unknown(name.to_owned());
        let parameter = parameters::named(name.trim()).ok_or_else(unknown)?;
        let counted = matches!(parameter.kind, Kind::Number { .. } | Kind::Whole { .. });
        let parts: Vec<&str> = values.split(':').collect();
        let values = match parts.as_slice() {
            [from, to, step] if counted => {
                let texts = match parameter.kind {
                    Kind::Whole { .. } => whole_range(from, to, step),
                    _ => range(from, to, step),
                };
                let texts = texts.ok_or_else(|| BadSweep::Range {
                    name: parameter.key,
                    text: values.to_owned(),
                })?;
                let values = texts.iter().map(|text| parameter.parse(text));
                values.collect::<Result<_, _>>()?
            }
            _ => values
                .split(',')
                .map(|text| parameter.parse(text.trim()))
                .collect::<Result<_, _>>()?,
        };
        let axis = Self { parameter, values };
        axis.check()?;
        Ok(axis)
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

    /// The key of the parameter and its values, of many the first and the last.
    pub fn brief(&self) -> String {
        const MOST: usize = 8;
        let text = |value: &Value| self.parameter.text(*value);
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

/// `from`, `from + step` and so on to `to`, included where a step meets it but for rounding; `None` where that never ends.
fn range(from: &str, to: &str, step: &str) -> Option<Vec<String>> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let (from, to, step) = (number(from)?, number(to)?, number(step)?);
    let steps = (to - from) / step;
    if !steps.is_finite() || steps < -1e-9 || steps > Axis::MOST as f64 {
        return None;
    }
    let count = (steps + 1e-9).floor() as u64 + 1;
    let value = |number: u64| match number {
        0 => from,
        _ => nearest_decimal(from + number as f64 * step),
    };
    Some((0..count).map(|number| value(number).to_string()).collect())
}

/// The same of whole numbers, however large.
fn whole_range(from: &str, to: &str, step: &str) -> Option<Vec<String>> {
    let number = |text: &str| text.trim().parse::<i64>().ok().map(i128::from);
    let (from, to, step) = (number(from)?, number(to)?, number(step)?);
    let steps = (to - from).checked_div(step)?;
    if !(0..=Axis::MOST as i128).contains(&steps) || (to - from) * step < 0 {
        return None;
    }
    let value = |number: i128| (from + number * step).to_string();
    Some((0..=steps).map(value).collect())
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
}
