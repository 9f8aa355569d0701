//! What a parameter is set to: checked, read from text and written as text.

use super::{Kind, Parameter, Slot};
use crate::base::time::BarInterval;
use crate::base::units::within;

/// What a parameter is set to. The order of the variants is part of links: it never changes.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Value {
    /// Nothing, where that can be.
    Absent,
    /// A number.
    Number(f64),
    /// A whole number; of an interval, its seconds.
    Whole(u64),
    /// On or off.
    Flag(bool),
    /// The code of a choice.
    Choice(u8),
}

/// A value that a parameter cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}{}: {reason}", given(.text))]
pub struct BadValue {
    /// The key of the parameter.
    pub key: &'static str,
    /// The text that was given, where it was one.
    pub text: Option<String>,
    /// What is wrong, and what it could be.
    pub reason: String,
}

fn given(text: &Option<String>) -> String {
    let text = text.as_ref();
    text.map_or(String::new(), |text| {
        format!("={}", text.chars().take(60).collect::<String>())
    })
}

/// What stands for nothing.
const NOTHING: [&str; 3] = ["null", "none", "off"];

pub(super) fn interval(seconds: u64) -> BarInterval {
    match u32::try_from(seconds) {
        Ok(seconds) if seconds < BarInterval::Day.seconds() => BarInterval::Seconds(seconds),
        _ => BarInterval::Day,
    }
}

impl Value {
    /// A number; −0 is 0.
    pub(super) fn number(value: f64) -> Self {
        Self::Number(value + 0.0)
    }

    /// Puts a value that was checked into its place.
    pub(super) fn put(self, slot: Slot<'_>) {
        let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        match (slot, self) {
            (Slot::Number(place), Self::Number(value)) => *place = value + 0.0,
            (Slot::NumberOrNone(place), Self::Number(value)) => *place = Some(value + 0.0),
            (Slot::NumberOrNone(place), _) => *place = None,
            (Slot::Whole(place), Self::Whole(count)) => *place = small(count),
            (Slot::WholeOrNone(place), Self::Whole(count)) => *place = Some(small(count)),
            (Slot::WholeOrNone(place), _) => *place = None,
            (Slot::Large(place), Self::Whole(count)) => *place = count,
            (Slot::Number(_) | Slot::Whole(_) | Slot::Large(_), _) => {}
        }
    }
}

impl Parameter {
    /// Checks that a value is of its kind and within its bounds.
    ///
    /// # Errors
    /// [`BadValue`] says what it could be.
    pub fn check(&self, value: Value) -> Result<(), BadValue> {
        let bounded = |value: f64, low: f64, high: f64| {
            within(self.key, value, low, high).map_err(|wrong| {
                let said = wrong.to_string();
                let reason = said.strip_prefix(self.key).unwrap_or(&said).trim_start();
                self.wrong(reason.to_owned())
            })
        };
        match (&self.kind, value) {
            (_, Value::Absent) if self.when_on.is_some() => Ok(()),
            (Kind::Number { range, .. }, Value::Number(value)) => {
                bounded(value, range.low, range.high)
            }
            (Kind::Whole { range, .. }, Value::Whole(count)) => {
                if (range.low..=range.high).contains(&count) {
                    return Ok(());
                }
                let (low, high) = (range.low, range.high);
                Err(self.wrong(format!(
                    "is {count}, but must be a whole number from {low} to {high}"
                )))
            }
            (Kind::Interval, Value::Whole(seconds)) => {
                let day = u64::from(BarInterval::Day.seconds());
                if (1..=day).contains(&seconds) {
                    return Ok(());
                }
                Err(self.wrong(format!(
                    "is {seconds} s, but bars are of a second at least and of a session at most"
                )))
            }
            (Kind::Flag { .. }, Value::Flag(_)) => Ok(()),
            (Kind::Choice { choices, .. }, Value::Choice(code)) => {
                let known = choices.iter().any(|choice| choice.code == code);
                known.then_some(()).ok_or_else(|| self.wrong_kind())
            }
            _ => Err(self.wrong_kind()),
        }
    }

    /// Reads a value as it stands in a configuration or on a command line: `0.5`, `7`, `true`, `long_only`, `60min`; `null`,
    /// `none` or `off` for nothing.
    ///
    /// # Errors
    /// [`BadValue`] says what it could be.
    pub fn parse(&self, text: &str) -> Result<Value, BadValue> {
        let value = match &self.kind {
            _ if self.when_on.is_some() && NOTHING.contains(&text) => Some(Value::Absent),
            Kind::Number { .. } => text.parse().ok().map(Value::number),
            Kind::Whole { .. } => text.parse().ok().map(Value::Whole),
            Kind::Interval => {
                let interval = text.parse::<BarInterval>().ok();
                interval.map(|interval| Value::Whole(u64::from(interval.seconds())))
            }
            Kind::Flag { .. } => match text {
                "true" | "on" => Some(Value::Flag(true)),
                "false" | "off" => Some(Value::Flag(false)),
                _ => None,
            },
            Kind::Choice { choices, .. } => {
                let choice = choices.iter().find(|choice| choice.name == text);
                choice.map(|choice| Value::Choice(choice.code))
            }
        };
        let said = |bad: BadValue| BadValue {
            text: Some(text.to_owned()),
            ..bad
        };
        let value = value.ok_or_else(|| said(self.wrong_kind()))?;
        self.check(value).map(|()| value).map_err(said)
    }

    /// A value as [`Parameter::parse`] reads it.
    pub fn text(&self, value: Value) -> String {
        match (&self.kind, value) {
            (_, Value::Absent) => "null".to_owned(),
            (_, Value::Number(number)) => number.to_string(),
            (Kind::Interval, Value::Whole(seconds)) => interval(seconds).to_string(),
            (_, Value::Whole(count)) => count.to_string(),
            (_, Value::Flag(on)) => on.to_string(),
            (_, Value::Choice(code)) => {
                let choice = self.choices().iter().find(|choice| choice.code == code);
                choice.map_or_else(|| code.to_string(), |choice| choice.name.to_owned())
            }
        }
    }

    /// A value as people write it, which [`Parameter::parse`] reads as well: `none` for nothing.
    pub fn given(&self, value: Value) -> String {
        match value {
            Value::Absent => "none".to_owned(),
            other => self.text(other),
        }
    }

    /// The nearest number on the step of its slider, counted from the slider's beginning, and as short as the step is.
    pub fn on_step(&self, value: f64) -> f64 {
        let (from, step) = match &self.kind {
            Kind::Number { range, .. } => (range.slider_low, range.step),
            Kind::Whole { range, .. } => (range.slider_low as f64, range.step as f64),
            _ => return value,
        };
        let decimals = |number: f64| {
            let text = number.to_string();
            text.split_once('.').map_or(0, |(_, digits)| digits.len())
        };
        let digits = decimals(step).max(decimals(from));
        let stepped = from + ((value - from) / step).round() * step;
        // a decimal step is no binary fraction: 3 · 0.1 is not 0.3
        format!("{stepped:.digits$}").parse().unwrap_or(stepped) + 0.0
    }

    pub(super) fn wrong_kind(&self) -> BadValue {
        self.wrong(format!("must be {}", self.could_be()))
    }

    /// What it may be, in words.
    pub fn could_be(&self) -> String {
        let nothing = match self.when_on {
            Some(_) => ", or none",
            None => "",
        };
        let could_be = match &self.kind {
            Kind::Number { range, .. } => format!("a number from {} to {}", range.low, range.high),
            Kind::Whole { range, .. } => {
                format!("a whole number from {} to {}", range.low, range.high)
            }
            Kind::Interval => "an interval such as 1min, 60min or 1day".to_owned(),
            Kind::Flag { .. } => "true or false".to_owned(),
            Kind::Choice { choices, .. } => {
                let names: Vec<_> = choices.iter().map(|choice| choice.name).collect();
                format!("one of {}", names.join(", "))
            }
        };
        format!("{could_be}{nothing}")
    }

    pub(super) fn not_there(&self) -> BadValue {
        let parent = self.under.and_then(|under| {
            let other = super::by_id(under.id)?;
            Some(format!("{} {}", other.key, other.text(under.value)))
        });
        self.wrong(match parent {
            Some(parent) => format!("is a part of {parent}, which is not chosen"),
            None => "does not exist in this configuration".to_owned(),
        })
    }

    fn wrong(&self, reason: String) -> BadValue {
        BadValue {
            key: self.key,
            text: None,
            reason,
        }
    }
}
