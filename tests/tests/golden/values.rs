//! Indicators and statistics that a library computes too.

use std::collections::BTreeMap;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::research::metrics::{Headline, RunData};
use atrium_shared::signal::indicators::{Atr, Sma, over};
use serde::Deserialize;

use super::{assert_stat, golden, spy_bars, spy_minutes};

#[derive(Deserialize)]
struct TaLib {
    /// Indicator → pairs of bar index and value.
    spy_60min: BTreeMap<String, Vec<(usize, Option<f64>)>>,
    series: BTreeMap<String, TaLibSeries>,
}

#[derive(Deserialize)]
struct TaLibSeries {
    /// Open, high, low and close.
    bars: Vec<[f64; 4]>,
    /// Indicator → one value a bar.
    values: BTreeMap<String, Vec<Option<f64>>>,
}

/// The values of an indicator that the golden file names "sma_7" or "atr_14".
fn indicator(name: &str, bars: &[[f64; 4]]) -> Vec<Option<f64>> {
    let (kind, period) = name.split_once('_').unwrap();
    let period = period.parse().unwrap();
    match kind {
        "sma" => over(Sma::new(period).unwrap(), bars.iter().map(|bar| bar[3])),
        "atr" => over(
            Atr::new(period).unwrap(),
            bars.iter().map(|bar| [bar[1], bar[2], bar[3]]),
        ),
        other => panic!("no indicator {other}"),
    }
}

/// Equal to 1e-9 relative, at every scale, which is what requirement F1 asks for.
#[track_caller]
fn assert_same_value(ours: Option<f64>, golden: Option<f64>, what: &str) {
    match (ours, golden) {
        (Some(ours), Some(golden)) => {
            assert!(
                (ours - golden).abs() <= 1e-9 * golden.abs(),
                "{what}: {ours} is not {golden}"
            );
        }
        (ours, golden) => assert_eq!(ours, golden, "{what}"),
    }
}

#[test]
fn indicators_equal_talib_on_hard_series() {
    let golden: TaLib = golden("talib.json");
    for (series, TaLibSeries { bars, values }) in &golden.series {
        for (name, values) in values {
            let ours = indicator(name, bars);
            assert_eq!(ours.len(), values.len());
            for (index, (ours, value)) in ours.iter().zip(values).enumerate() {
                assert_same_value(
                    *ours,
                    *value,
                    &format!("{name} of {series:?} at bar {index}"),
                );
            }
        }
    }
}

#[test]
fn indicators_equal_talib_on_spy() {
    let Some(minutes) = spy_minutes() else { return };
    let bars = spy_bars(&minutes, BarInterval::minutes(60)).bars;
    let bars: Vec<[f64; 4]> = bars.series().rows().map(|(_, prices, _)| prices).collect();
    let golden: TaLib = golden("talib.json");
    for (name, values) in &golden.spy_60min {
        let ours = indicator(name, &bars);
        for (index, value) in values {
            assert_same_value(
                ours[*index],
                *value,
                &format!("{name} of SPY at bar {index}"),
            );
        }
    }
}

#[derive(Deserialize)]
struct Curves {
    curves: BTreeMap<String, Curve>,
}

#[derive(Deserialize)]
struct Curve {
    initial_equity: f64,
    equity: Vec<f64>,
    session_equity: Vec<f64>,
    span_seconds: i64,
    total_return: Option<f64>,
    cagr: Option<f64>,
    sharpe: Option<f64>,
    max_drawdown: Option<f64>,
}

#[test]
fn metrics_of_equity_curves_equal_empyrical() {
    let golden: Curves = golden("metrics.json");
    let start = Timestamp::from_seconds(1_700_000_000);
    for (name, curve) in &golden.curves {
        let ours = Headline::of(&RunData {
            span: Some((start, start.plus_seconds(curve.span_seconds))),
            ..RunData::curve(
                curve.initial_equity,
                &curve.equity,
                &curve.session_equity,
                Calendar::Nyse.sessions_per_year(),
            )
        });
        assert_stat(
            ours.total_return,
            curve.total_return,
            &format!("total return, {name}"),
        );
        assert_stat(ours.cagr, curve.cagr, &format!("CAGR, {name}"));
        assert_stat(ours.sharpe, curve.sharpe, &format!("Sharpe, {name}"));
        assert_stat(
            ours.max_drawdown,
            curve.max_drawdown,
            &format!("drawdown, {name}"),
        );
    }
}
