//! Statistics that a library computes too.

use std::collections::BTreeMap;

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::research::metrics::{Headline, RunData};
use serde::Deserialize;

use super::{assert_stat, golden};

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
