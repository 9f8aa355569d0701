//! What holds for every indicator of the registry, those to come included.

use super::*;
use crate::base::time::{Day, Timestamp};
use proptest::prelude::*;

const SESSION: i32 = 60;

/// A bar built from whole ticks, so that equal prices, flat bars and silence come up often.
fn bar(index: usize, ticks: [i32; 4], volume: u32) -> SessionBar {
    let mut sorted = ticks;
    sorted.sort_unstable();
    let price = |ticks: i32| 50.0 + f64::from(ticks) * 0.01;
    SessionBar {
        start: Timestamp::from_seconds(60 * index as i64),
        session: Day(index as i32 / SESSION),
        open: price(ticks[0]),
        high: price(sorted[3]),
        low: price(sorted[0]),
        close: price(ticks[3]),
        volume: f64::from(volume),
    }
}

/// A walk that moves at every bar and trades at every bar.
fn lively(count: usize) -> Vec<SessionBar> {
    let mut at = 0;
    let step = |t: usize| {
        let noise = (t as i32).wrapping_mul(1_103_515_245).wrapping_add(12_345) >> 16;
        at += noise % 20 * 2 + 1; // odd: it never stays
        bar(
            t,
            [at - 3, at + 9, at - 11, at],
            100 + noise.unsigned_abs() % 900,
        )
    };
    (0..count).map(step).collect()
}

/// Any bars: still or wild, traded or not.
fn any_bars(count: usize) -> impl Strategy<Value = Vec<SessionBar>> {
    let still = (Just([0i32; 3]), 0u32..3);
    let moving = ([-20i32..20, -20..20, -20..20], 0u32..1_000);
    prop::collection::vec(prop_oneof![still, moving], count).prop_map(|rows| {
        let mut at = 0;
        let mut step = |(index, (moves, volume)): (usize, ([i32; 3], u32))| {
            let open = at;
            at = (at + moves[0]).clamp(-4_000, 4_000);
            bar(index, [open, at + moves[1], at + moves[2], at], volume)
        };
        rows.into_iter().enumerate().map(&mut step).collect()
    })
}

/// Every indicator with its defaults and with every parameter at its least.
fn builds() -> Vec<(String, Box<dyn BarIndicator>)> {
    let mut builds = Vec::new();
    for entry in &INDICATORS {
        let least: Vec<_> = entry
            .parameters
            .iter()
            .map(|parameter| (parameter.name, parameter.low))
            .collect();
        for given in [&[][..], &least] {
            let indicator = entry.build(None, given).expect(entry.name);
            builds.push((format!("{} {given:?}", entry.name), indicator));
        }
    }
    builds
}

fn bits(columns: &[Vec<Option<f64>>]) -> Vec<Vec<Option<u64>>> {
    let of =
        |column: &Vec<Option<f64>>| column.iter().map(|value| value.map(f64::to_bits)).collect();
    columns.iter().map(of).collect()
}

#[test]
fn the_first_value_comes_after_the_lookback() {
    let bars = lively(300);
    for (name, mut indicator) in builds() {
        let lookback = indicator.lookback_bars();
        for column in over_bars(indicator.as_mut(), bars.iter().copied()) {
            let first = column.iter().position(Option::is_some);
            assert_eq!(first, Some(lookback), "{name}");
            assert!(column[lookback..].iter().all(Option::is_some), "{name}");
        }
    }
}

#[test]
fn entries_describe_what_is_built() {
    let mut names = Vec::new();
    for entry in &INDICATORS {
        let mut indicator = entry.build(None, &[]).unwrap();
        let values = indicator.update(&bar(0, [0; 4], 1)).len();
        assert_eq!(values, entry.outputs.len(), "{}", entry.name);
        assert_eq!(find(entry.name).unwrap().name, entry.name);
        for parameter in entry.parameters {
            assert!(parameter.check(parameter.default).is_ok());
            for bad in [parameter.low - 1.0, parameter.high + 1.0, f64::NAN] {
                let error = entry.build(None, &[(parameter.name, bad)]).err().unwrap();
                let start = format!("{}: {} is {bad}, but must be", entry.name, parameter.name);
                assert!(error.to_string().starts_with(&start), "{error}");
            }
        }
        names.extend(entry.outputs.iter().map(|output| output.name));
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "two outputs share a name");
}

#[test]
fn a_wrong_request_is_told_what_is_right() {
    let error = |name: &str, source, given: &[(&str, f64)]| {
        let built = find(name).and_then(|entry| entry.build(source, given));
        built
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    assert!(
        error("smma", None, &[]).starts_with("there is no indicator \"smma\"; there are: sma, ema")
    );
    assert_eq!(
        error("macd", None, &[("period", 5.0)]),
        "macd has no parameter \"period\"; it has: fast, slow, signal"
    );
    assert_eq!(
        error("obv", None, &[("period", 5.0)]),
        "obv has no parameter \"period\"; it has: none"
    );
    assert_eq!(
        error("sma", None, &[("period", 2.5)]),
        "sma: period is 2.5, but must be a whole number from 1 to 100000"
    );
    assert_eq!(
        error("sma", None, &[("period", 2.0), ("period", 3.0)]),
        "sma: the parameter period is given more than once"
    );
    assert_eq!(
        error("atr", Some(Source::Volume), &[]),
        "atr always reads high, low, close: leave out the source volume"
    );
    assert_eq!(
        error("macd", None, &[("fast", 30.0)]),
        "macd: fast is 30, but must be below slow, which is 26"
    );
}

#[test]
fn a_series_indicator_runs_on_the_column_that_is_chosen() {
    let bars = lively(40);
    for source in Source::ALL {
        let mut built = find("sma")
            .unwrap()
            .build(Some(source), &[("period", 3.0)])
            .unwrap();
        let by_name = over_bars(built.as_mut(), bars.iter().copied());
        let direct = over(Sma::new(3).unwrap(), bars.iter().map(|bar| source.of(bar)));
        assert_eq!(bits(&by_name), bits(&[direct]), "{}", source.name());
    }
}

/// Runs on the last bars that a value's history asks for, and tells how far the last value is off, as a part of `scale`.
fn truncated(indicator: &mut dyn BarIndicator, bars: &[SessionBar]) -> Vec<Option<f64>> {
    over_bars(indicator, bars.iter().copied())
        .iter()
        .filter_map(|column| column.last().copied())
        .collect()
}

#[test]
fn a_truncated_history_gives_the_same_value() {
    let bars = lively(1_500);
    for ((name, mut whole), (_, mut part)) in builds().into_iter().zip(builds()) {
        let history = whole.history();
        let whole = truncated(whole.as_mut(), &bars);
        let count = match history {
            History::Bars(count) | History::Fading(count) => count,
            History::Session => bars.len() % SESSION as usize,
            History::Everything => continue,
        };
        let part = truncated(part.as_mut(), &bars[bars.len() - count..]);
        for (whole, part) in whole.iter().zip(&part) {
            if matches!(history, History::Fading(_)) {
                let (whole, part) = (whole.unwrap(), part.unwrap());
                assert!(
                    (whole - part).abs() < 1e-6 * 50.0,
                    "{name}: {whole} and {part}"
                );
            } else {
                let bits = |value: &Option<f64>| value.map(f64::to_bits);
                assert_eq!(bits(whole), bits(part), "{name}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_to_come_changes_nothing(bars in any_bars(160), other in any_bars(160), cut in 0usize..160) {
        let changed: Vec<_> = bars[..cut].iter().chain(&other[cut..]).copied().collect();
        for ((name, mut one), (_, mut two)) in builds().into_iter().zip(builds()) {
            let one = over_bars(one.as_mut(), bars.iter().copied());
            let two = over_bars(two.as_mut(), changed.iter().copied());
            for (one, two) in bits(&one).iter().zip(bits(&two)) {
                prop_assert_eq!(&one[..cut], &two[..cut], "{}", name);
            }
        }
    }

    #[test]
    fn bar_by_bar_gives_what_the_whole_series_gives(bars in any_bars(160)) {
        for entry in &INDICATORS {
            let mut streaming = entry.build(None, &[]).unwrap();
            let mut batch = entry.build(None, &[]).unwrap();
            let batch = bits(&over_bars(batch.as_mut(), bars.iter().copied()));
            for (index, bar) in bars.iter().enumerate() {
                let values = streaming.update(bar);
                for (value, column) in values.iter().zip(&batch) {
                    prop_assert_eq!(value.map(f64::to_bits), column[index], "{}", entry.name);
                }
            }
        }
    }

    #[test]
    fn values_are_finite_and_never_early(bars in any_bars(160)) {
        for (name, mut indicator) in builds() {
            let lookback = indicator.lookback_bars();
            for column in over_bars(indicator.as_mut(), bars.iter().copied()) {
                for (index, value) in column.iter().enumerate() {
                    let sane = value.is_none_or(|value| value.is_finite() && index >= lookback);
                    prop_assert!(sane, "{}: {:?} at bar {}", name, value, index);
                }
            }
        }
    }
}
