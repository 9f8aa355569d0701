//! Ranges as they are written, and those that are proposed for a parameter.

use crate::research::parameters::{self, Kind, Parameter, Value, all};
use crate::research::run_config::RunConfig;
use crate::research::sweep::Axis;

/// A range as it is written: `start:end:step`. Its parts are texts, so that what is half written stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RangeText {
    /// The first value.
    pub from: String,
    /// The value that is not passed.
    pub to: String,
    /// How far values are apart.
    pub step: String,
}

impl RangeText {
    /// The parts of a text; `None` where it is a list of values.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(':').map(|part| part.trim().to_owned());
        let (from, to, step) = (parts.next()?, parts.next()?, parts.next()?);
        parts.next().is_none().then_some(Self { from, to, step })
    }

    /// The range as [`Axis::read`] takes it behind the name.
    pub fn text(&self) -> String {
        format!("{}:{}:{}", self.from, self.to, self.step)
    }
}

/// The most values that are proposed.
const MOST: f64 = 11.0;

/// Choices that need a file, or that trade nothing: who has the file writes them.
const NOT_PROPOSED: [(&str, &[&str]); 2] = [
    ("prediction.source", &["series", "none"]),
    ("strategy", &["signals"]),
];

/// Values to begin with for a parameter: its usual range in about ten round steps, all choices that can be run on bars alone, on
/// and off. The value that it has need not be among them.
pub fn proposed_values(parameter: &Parameter) -> String {
    match &parameter.kind {
        Kind::Number { range, .. } => {
            let (low, high) = (range.slider_low, range.slider_high);
            range_words(parameter, low, high, range.step)
        }
        Kind::Whole { range, .. } => {
            let (low, high) = (range.slider_low as f64, range.slider_high as f64);
            range_words(parameter, low, high, range.step as f64)
        }
        Kind::Flag { .. } => "false,true".to_owned(),
        Kind::Interval => String::new(),
        Kind::Choice { choices, .. } => {
            let left_out = NOT_PROPOSED.iter().find(|(key, _)| *key == parameter.key);
            let left_out = left_out.map_or(&[][..], |(_, names)| names);
            let names = choices.iter().map(|choice| choice.name);
            let names: Vec<&str> = names.filter(|name| !left_out.contains(name)).collect();
            names.join(",")
        }
    }
}

fn range_words(parameter: &Parameter, low: f64, high: f64, smallest: f64) -> String {
    let step = round_step((high - low) / (MOST - 1.0), smallest);
    let whole = matches!(parameter.kind, Kind::Whole { .. });
    let step = if whole { step.ceil() } else { step };
    // from a round number on, where there is one in the range
    let from = match low / step {
        steps if (steps - steps.round()).abs() < 1e-9 => low,
        _ if low < step / 2.0 => low,
        steps => steps.ceil() * step,
    };
    let short = |value: f64| -> f64 { format!("{value:.9e}").parse().unwrap_or(value) };
    format!("{}:{}:{}", short(from), short(high), short(step))
}

/// 1, 2 or 5 times a power of ten, not below what is wanted nor below the smallest step.
fn round_step(wanted: f64, smallest: f64) -> f64 {
    let wanted = if wanted > smallest { wanted } else { smallest };
    if !(wanted.is_finite() && wanted > 0.0) {
        return 1.0;
    }
    let mut power = 1.0;
    while power * 10.0 <= wanted {
        power *= 10.0;
    }
    while power > wanted {
        power /= 10.0;
    }
    let steps = [1.0, 2.0, 5.0, 10.0].map(|times| times * power);
    let fits = steps.into_iter().find(|step| *step >= wanted * 0.999_999);
    fits.unwrap_or(wanted)
}

/// What is proposed where nothing was chosen yet, the best known first.
const FIRST: [&str; 5] = [
    "strategy.predicted_move.k_atr_min_tp",
    "strategy.predicted_move.reward_risk_ratio",
    "strategy.signals.stop_percent",
    "strategy.signals.target_percent",
    "policy.max_hold_bars",
];

/// Two axes to begin with on a configuration: keys and values.
pub fn proposed_axes(config: &RunConfig) -> Vec<(&'static str, String)> {
    let known = FIRST.into_iter().filter_map(parameters::named);
    let numbers = all().filter(|parameter| matches!(parameter.kind, Kind::Number { .. }));
    let mut chosen: Vec<&'static Parameter> = Vec::new();
    for parameter in known.chain(numbers) {
        let is_there = parameter.get(config).is_some();
        let is_new = chosen.iter().all(|other| other.id != parameter.id);
        if is_there && is_new && chosen.len() < 2 {
            chosen.push(parameter);
        }
    }
    let axis = |parameter: &'static Parameter| (parameter.key, proposed_values(parameter));
    chosen.into_iter().map(axis).collect()
}

/// The values of an axis as they are written shortest: as a range where it gives the very same values, else one by one.
pub fn axis_text(axis: &Axis) -> String {
    let parameter = axis.parameter;
    let text = |value: &Value| parameter.text(*value);
    if let [Value::Number(_) | Value::Whole(_), second, .., last] = axis.values.as_slice() {
        let number = |value: &Value| match value {
            Value::Number(number) => Some(*number),
            Value::Whole(count) => Some(*count as f64),
            _ => None,
        };
        let first = axis.values.first();
        let step = first.and_then(number).zip(number(second));
        let range = step.zip(first).map(|((a, b), first)| {
            let step: f64 = format!("{:.9e}", b - a).parse().unwrap_or(b - a);
            format!("{}:{}:{step}", text(first), text(last))
        });
        let same = |range: &String| {
            let read = Axis::read(&format!("{}={range}", parameter.key));
            read.is_ok_and(|read| read.values == axis.values)
        };
        if let Some(range) = range.filter(same) {
            return range;
        }
    }
    let texts: Vec<String> = axis.values.iter().map(text).collect();
    texts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::research::sweep::{BadSweep, Method, SweepSpec, Use};
    use crate::trading::strategy::{Signals, Strategy};

    #[test]
    fn every_parameter_has_values_to_begin_with() {
        for parameter in all().filter(|one| !matches!(one.kind, Kind::Interval)) {
            let text = proposed_values(parameter);
            let axis = Axis::read(&format!("{}={text}", parameter.key))
                .unwrap_or_else(|bad: BadSweep| panic!("{}={text}: {bad}", parameter.key));
            let least = if parameter.key == "strategy" { 1 } else { 2 };
            assert!(
                (least..=22).contains(&axis.values.len()),
                "{}={text}: {} values",
                parameter.key,
                axis.values.len()
            );
            // whatever is proposed can be run on bars alone
            let sweep = SweepSpec::new(RunConfig::default(), vec![axis], Method::Grid);
            if let Ok(sweep) = sweep {
                assert_eq!((sweep.series(), sweep.signals()), (Use::Never, Use::Never));
            }
        }
        let of = |name| proposed_values(parameters::named(name).unwrap());
        assert_eq!(of("k_atr_min_tp"), "0:5:0.5");
        assert_eq!(of("reward_risk_ratio"), "0.5:5:0.5");
    }

    #[test]
    fn two_axes_are_proposed_whatever_is_traded() {
        let keys = |config: &RunConfig| -> Vec<&str> {
            proposed_axes(config).iter().map(|(key, _)| *key).collect()
        };
        assert_eq!(
            keys(&RunConfig::default()),
            [
                "strategy.predicted_move.k_atr_min_tp",
                "strategy.predicted_move.reward_risk_ratio"
            ]
        );
        let signals = RunConfig {
            strategy: Strategy::Signals(Signals::default()),
            ..RunConfig::default()
        };
        let of_signals = keys(&signals);
        assert_eq!(of_signals.len(), 2);
        assert!(of_signals[0].contains("signals"), "{of_signals:?}");
    }

    #[test]
    fn axes_are_written_as_ranges_where_these_are_the_same() {
        for (written, text) in [
            ("k_sigma_err=0:0.5:0.1", "0:0.5:0.1"),
            ("k_sigma_err=0:0.55:0.1", "0:0.5:0.1"),
            ("k_sigma_err=0.1,0.2,0.4", "0.1,0.2,0.4"),
            ("k_sigma_err=1", "1"),
            ("k_sigma_err=1,2", "1,2"),
            ("max_hold_bars=none,4,8", "null,4,8"),
            ("max_hold_bars=2:8:3", "2:8:3"),
            ("k_atr_min_tp=2:1:-0.5", "2:1:-0.5"),
            ("entry=limit,market", "limit,market"),
        ] {
            let axis = Axis::read(written).unwrap();
            assert_eq!(axis_text(&axis), text);
            let again = Axis::read(&format!("{}={text}", axis.parameter.key)).unwrap();
            assert_eq!(again, axis);
        }
    }

    #[test]
    fn ranges_are_three_parts() {
        let range = RangeText::read("0: 2 :0.1").unwrap();
        assert_eq!(range.text(), "0:2:0.1");
        for list in ["", "1,2", "0:1", "0:1:2:3"] {
            assert_eq!(RangeText::read(list), None, "{list}");
        }
    }
}
