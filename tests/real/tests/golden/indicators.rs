//! Indicators, as TA-Lib and their definitions in extended precision give them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use atrium_shared::base::time::BarInterval;
use atrium_shared::signal::indicators::{INDICATORS, SessionBar, Source, Unit, find, over_bars};
use serde::Deserialize;

use super::{golden, nasty, seconds, sha256, spy_bars, spy_minutes};

/// "rsi(period=14)" → output → pairs of bar index and value.
type Values = BTreeMap<String, BTreeMap<String, Vec<(usize, Option<f64>)>>>;

#[derive(Deserialize)]
struct TaLib {
    /// The hash of each nasty series.
    digests: BTreeMap<String, String>,
    spy_1min: Values,
    spy_60min: Values,
    /// The same under "walk: rsi(period=14)".
    nasty: Values,
}

impl TaLib {
    /// What is known of a nasty series.
    fn of_series(&self, series: &str) -> Values {
        let of = |key: &String| Some(key.strip_prefix(series)?.strip_prefix(": ")?.to_owned());
        let all = self.nasty.iter();
        all.filter_map(|(key, outputs)| Some((of(key)?, outputs.clone())))
            .collect()
    }
}

/// Name, source and parameters of a request such as "sma(period=20, source=volume)".
fn parsed(request: &str) -> (&str, Option<Source>, Vec<(&str, f64)>) {
    let (name, rest) = request.strip_suffix(')').unwrap().split_once('(').unwrap();
    let (mut source, mut parameters) = (None, Vec::new());
    for word in rest.split(", ").filter(|word| !word.is_empty()) {
        match word.split_once('=').unwrap() {
            ("source", column) => {
                source = Source::ALL.into_iter().find(|one| one.name() == column);
                assert!(source.is_some(), "{request}");
            }
            (parameter, value) => parameters.push((parameter, value.parse().unwrap())),
        }
    }
    (name, source, parameters)
}

/// The size of what a value is computed from: the largest input of its lookback, or 1 where it has no unit of the input.
fn input_size(unit: Unit, source: Source, window: &[SessionBar]) -> f64 {
    let column = match unit {
        Unit::Input => source,
        Unit::Price => Source::High,
        Unit::Volume => Source::Volume,
        Unit::Percent | Unit::Ratio | Unit::Index => return 1.0,
    };
    window
        .iter()
        .map(|bar| column.of(bar))
        .fold(0.0, |a, b| if b > a { b } else { a })
}

/// Compares every request on a series: equal to 1e-9 of the value, or to 1e-12 of its input.
fn compare(series: &str, bars: &[SessionBar], golden: &Values) {
    for (request, outputs) in golden {
        let (name, source, parameters) = parsed(request);
        let entry = find(name).unwrap();
        let mut indicator = entry.build(source, &parameters).unwrap();
        let lookback = indicator.lookback_bars();
        let columns = over_bars(indicator.as_mut(), bars.iter().copied());
        assert_eq!(outputs.len(), entry.outputs.len(), "{request}");
        for (output, ours) in entry.outputs.iter().zip(&columns) {
            assert!(
                ours.iter().take(lookback).all(Option::is_none),
                "{request} of {series}"
            );
            for &(index, value) in &outputs[output.name] {
                let at = format!("{} of {request} of {series} at bar {index}", output.name);
                let (Some(ours), Some(value)) = (ours[index], value) else {
                    assert_eq!(ours[index], value, "{at}");
                    continue;
                };
                let window = &bars[index.saturating_sub(lookback)..=index];
                let size = input_size(output.unit, source.unwrap_or_default(), window);
                let (by_value, by_input) = (1e-9 * value.abs(), 1e-12 * size);
                let allowed = if by_value > by_input {
                    by_value
                } else {
                    by_input
                };
                assert!(
                    (ours - value).abs() <= allowed,
                    "{at}: {ours} is not {value}"
                );
            }
        }
    }
}

#[test]
fn every_indicator_has_golden_values() {
    let golden: TaLib = golden("talib.json");
    let mut all: Vec<Values> = golden
        .digests
        .keys()
        .map(|key| golden.of_series(key))
        .collect();
    all.extend([golden.spy_1min, golden.spy_60min]);
    for values in &all {
        for entry in &INDICATORS {
            let found = values.keys().any(|request| parsed(request).0 == entry.name);
            assert!(found, "{} is in no golden series", entry.name);
        }
    }
}

#[test]
fn indicators_equal_talib_on_hard_series() {
    let golden: TaLib = golden("talib.json");
    let series = nasty::all();
    assert_eq!(series.len(), golden.digests.len());
    for (name, bars) in &series {
        let mut text = String::new();
        for bar in bars {
            let _ = write!(text, "{}", seconds(bar.start));
            for value in [bar.open, bar.high, bar.low, bar.close, bar.volume] {
                let _ = write!(text, " {:016x}", value.to_bits());
            }
            text.push('\n');
        }
        assert_eq!(sha256(&text), golden.digests[*name], "{name}");
        compare(name, bars, &golden.of_series(name));
    }
}

#[test]
fn indicators_equal_talib_on_spy() {
    let Some(minutes) = spy_minutes() else { return };
    let golden: TaLib = golden("talib.json");
    for (interval, values) in [(1, &golden.spy_1min), (60, &golden.spy_60min)] {
        let bars = spy_bars(&minutes, BarInterval::minutes(interval)).bars;
        let bars: Vec<SessionBar> = SessionBar::of(&bars).collect();
        compare(&format!("SPY {interval}min"), &bars, values);
    }
}
