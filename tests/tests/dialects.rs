//! Trade for trade with backtesting.py 0.6.6 and vectorbt 1.2: the same signals on the same bars, by the dialect of each.
//! `tests/reference/dialects` runs the peers and says what they do.

#![cfg(not(target_arch = "wasm32"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says where and fails"
)]

use std::collections::BTreeMap;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::bars::{BarColumns, BarSeries, Instrument, SessionBars};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::research::backtest::{Backtest, Prepared, backtest};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::signal::signals::{Direction, Signal, SignalRow, SignalSeries};
use atrium_shared::trading::costs::{Commission, Costs, PriceOffset};
use atrium_shared::trading::fills::FillDialect;
use atrium_shared::trading::policy::{EntryPolicy, OnOpposite, SignalExit};
use atrium_shared::trading::strategy::{Signals, Strategy};
use serde::Deserialize;
use serde_json::Value;

/// Deciding bar, side, size, target and stop in ticks.
type GivenSignal = (usize, String, Option<f64>, Option<i64>, Option<i64>);
/// Entry bar, exit bar, side, size, entry price, exit price, net profit, commission.
type GoldenTrade = (usize, usize, String, String, String, String, String, String);

#[derive(Deserialize)]
struct Series {
    /// Seconds since 1970.
    start: i64,
    step_seconds: i64,
    ticks_per_unit: f64,
    bars: Vec<[i64; 4]>,
    signals: BTreeMap<String, Vec<GivenSignal>>,
}

#[derive(Deserialize)]
struct Golden {
    runs: BTreeMap<String, Run>,
}

#[derive(Deserialize)]
struct Run {
    signals: String,
    rule: Value,
    trades: Vec<GoldenTrade>,
    final_equity: Value,
}

fn golden<T: for<'a> Deserialize<'a>>(file: &str) -> T {
    let path = atrium_tests::repository_root()
        .join("tests/golden/dialects")
        .join(file);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        other => other.as_f64().unwrap_or(0.0),
    }
}

/// The configuration that a peer's switches come to, where ours has them all.
fn config(rule: &Value, dialect: FillDialect) -> Result<RunConfig, &'static str> {
    let is = |key: &str, word: &str| rule[key] == word;
    if rule["levels"]["kind"] != "price" {
        return Err("levels as fractions of a price");
    }
    if rule["sizing"]["kind"] != "signal" {
        return Err("sizes found at the fill");
    }
    if !is("level_exit_price", "level") || rule["slippage_on_levels"] == true {
        return Err("levels that fill elsewhere");
    }
    if !is("last_bar", "left_open") {
        return Err("positions closed a bar early");
    }
    if number(&rule["initial_equity"]) < 1e6 {
        return Err("orders that cannot be paid");
    }
    let fixed = number(&rule["commission"]["fixed"]);
    if fixed > 0.0 && rule["reverse_in_one_order"] == true {
        return Err("one order for a reversal");
    }
    let mut config = RunConfig {
        strategy: Strategy::Signals(Signals::default()),
        initial_equity: number(&rule["initial_equity"]),
        costs: Costs {
            commission: commission(&rule["commission"]),
            slippage: PriceOffset::Bps(number(&rule["slippage"]) * 1e4),
            half_spread: PriceOffset::Bps(number(&rule["entry_spread"]) * 5e3),
            ..Costs::FREE
        },
        ..RunConfig::default()
    };
    config.fills.dialect = dialect;
    config.policy.min_stop_spreads = 0.0;
    config.policy.entry = match rule["entry"].as_str().unwrap() {
        "next_open" => EntryPolicy::Market,
        "close" => {
            config.policy.signal_exit = SignalExit::DecidingClose;
            EntryPolicy::Close
        }
        "limit" => EntryPolicy::Limit,
        _ => return Err("another entry"),
    };
    config.policy.on_opposite = match rule["on_opposite"].as_str().unwrap() {
        "ignore" => OnOpposite::Ignore,
        "exit" => OnOpposite::Exit,
        _ => OnOpposite::Reverse,
    };
    Ok(config)
}

fn commission(model: &Value) -> Commission {
    match &model["per_share"] {
        Value::Null => Commission::Percent {
            percent: number(&model["fraction"]) * 100.0,
            fixed: number(&model["fixed"]),
            minimum: 0.0,
        },
        share => Commission::PerShare {
            rate: number(&share["rate"]),
            minimum: number(&share["minimum"]),
            cap_fraction: number(&share["cap_fraction"]),
        },
    }
}

fn time(series: &Series, bar: usize) -> Timestamp {
    Timestamp::from_seconds(series.start + series.step_seconds * bar as i64)
}

fn run(series: &Series, run: &Run, config: &RunConfig) -> Backtest {
    let mut columns = BarColumns::default();
    for (index, ticks) in series.bars.iter().enumerate() {
        let prices = ticks.map(|ticks| ticks as f64 / series.ticks_per_unit);
        columns.push(time(series, index), prices, 1e9);
    }
    let bars = BarSeries::new(BarInterval::minutes(60), columns).unwrap();
    let bars = SessionBars::new(bars, Calendar::Crypto).unwrap();
    let price = |ticks: i64| ticks as f64 / series.ticks_per_unit;
    let rows = series.signals[&run.signals]
        .iter()
        .map(|(bar, side, size, target, stop)| {
            let direction = match side.as_str() {
                "long" => Direction::Long,
                "short" => Direction::Short,
                _ => Direction::Flat,
            };
            SignalRow {
                for_bar: time(series, *bar),
                signal: Signal {
                    direction,
                    size: *size,
                    target: target.map(price),
                    stop: stop.map(price),
                },
            }
        });
    let signals = SignalSeries::new(rows.collect()).unwrap();
    let prepared = Prepared::new(bars, config.prediction).unwrap();
    let prepared = prepared.with_signals(&signals).unwrap();
    let instrument = Instrument {
        calendar: Calendar::Crypto,
        ..Instrument::us_share("TEST")
    };
    backtest(&prepared, &instrument, config).unwrap()
}

#[track_caller]
fn assert_near(ours: f64, peer: f64, what: &str) {
    let scale = if peer.abs() > 1.0 { peer.abs() } else { 1.0 };
    assert!(
        (ours - peer).abs() <= 1e-9 * scale,
        "{what}: {ours} is not {peer}"
    );
}

fn compare(file: &str, dialect: FillDialect, at_least: usize) {
    let series: Series = golden("series.json");
    let golden: Golden = golden(file);
    let mut compared = 0;
    let mut trades = 0;
    for (name, peer) in &golden.runs {
        let config = match config(&peer.rule, dialect) {
            Ok(config) => config,
            Err(reason) => {
                println!("not expressed: {name} ({reason})");
                continue;
            }
        };
        let ours = run(&series, peer, &config);
        for (index, (ours, peer)) in ours.trades.iter().zip(&peer.trades).enumerate() {
            let what = format!("{file}, {name}, trade {index}");
            let (entry, exit, side, size, entry_price, exit_price, net, costs) = peer;
            assert_eq!(
                (ours.entry_at, ours.exit_at),
                (time(&series, *entry), time(&series, *exit)),
                "{what}"
            );
            let long = f64::from(u8::from(side == "long")) * 2.0 - 1.0;
            assert_near(ours.side.sign(), long, &what);
            assert_near(ours.quantity, size.parse().unwrap(), &what);
            assert_near(ours.entry_price, entry_price.parse().unwrap(), &what);
            assert_near(ours.exit_price, exit_price.parse().unwrap(), &what);
            assert_near(ours.net_profit, net.parse().unwrap(), &what);
            assert_near(ours.cost_parts.commission, costs.parse().unwrap(), &what);
        }
        assert_eq!(ours.trades.len(), peer.trades.len(), "{file}, {name}");
        assert_near(ours.headline.final_equity, number(&peer.final_equity), name);
        compared += 1;
        trades += peer.trades.len();
    }
    println!("{file}: {compared} runs, {trades} trades agree");
    assert!(compared >= at_least);
}

#[test]
fn trades_are_those_of_backtesting_py() {
    compare("backtesting.json", FillDialect::BacktestingPy, 18);
}

#[test]
fn trades_are_those_of_vectorbt() {
    compare("vectorbt.json", FillDialect::Vectorbt, 12);
}
