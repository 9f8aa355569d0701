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
use atrium_shared::research::backtest::{Market, Prepared, backtest, walk};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::signal::signals::{Direction, Signal, SignalRow, SignalSeries};
use atrium_shared::trading::costs::{Commission, Costs, PriceOffset};
use atrium_shared::trading::fills::{
    FillDialect, FractionAnchor, FractionLevels, LevelExit, ToolOptions,
};
use atrium_shared::trading::orders::{InstId, Side};
use atrium_shared::trading::policy::{EntryPolicy, OnOpposite, SignalExit};
use atrium_shared::trading::portfolio::Trade;
use atrium_shared::trading::sizing::SizingMode;
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
    /// Entry bar, side, size and entry price of what is open at the end.
    open: Vec<(usize, String, String, String)>,
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

/// The configuration that a peer's switches come to.
fn config(rule: &Value, dialect: FillDialect) -> RunConfig {
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
    config.fills.tool = ToolOptions {
        size_at_fill: true,
        levels: levels(&rule["levels"]),
        level_exit: match (
            rule["level_exit_price"].as_str(),
            &rule["slippage_on_levels"],
        ) {
            (Some("close"), _) => LevelExit::Close,
            (_, Value::Bool(true)) => LevelExit::Market,
            _ => LevelExit::Limit,
        },
        finalize_trades: rule["last_bar"] == "previous_fill_point",
    };
    config.sizing.leverage = number(&rule["leverage"]);
    config.sizing.mode = sizing(&rule["sizing"]);
    config.policy.min_stop_spreads = 0.0;
    config.policy.entry = match rule["entry"].as_str().unwrap() {
        "next_open" => EntryPolicy::Market,
        "close" => {
            config.policy.signal_exit = SignalExit::DecidingClose;
            EntryPolicy::Close
        }
        "limit" => EntryPolicy::Limit,
        other => panic!("entry {other}"),
    };
    config.policy.on_opposite = match rule["on_opposite"].as_str().unwrap() {
        "ignore" => OnOpposite::Ignore,
        "exit" => OnOpposite::Exit,
        "reverse" => OnOpposite::Reverse,
        other => panic!("on_opposite {other}"),
    };
    config
}

fn sizing(sizing: &Value) -> SizingMode {
    match sizing["kind"].as_str().unwrap() {
        "signal" => SizingMode::Risk,
        "notional" => SizingMode::Notional(number(&sizing["notional"])),
        "fraction" => match number(&sizing["fraction"]) {
            most if most >= 1.0 - f64::EPSILON => SizingMode::AllIn,
            share => SizingMode::EquityFraction(share),
        },
        other => panic!("sizing {other}"),
    }
}

fn levels(levels: &Value) -> Option<FractionLevels> {
    let anchor = match levels["anchor"].as_str()? {
        "fill" => FractionAnchor::Fill,
        "order" => FractionAnchor::Order,
        "entry_close" => FractionAnchor::EntryClose,
        other => panic!("anchor {other}"),
    };
    Some(FractionLevels {
        stop: levels["stop"].as_f64(),
        target: levels["target"].as_f64(),
        anchor,
        trailing: levels["trail"] == true,
    })
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

/// The bars with the signals of a run, and the instrument in the lots that the peer trades.
fn market(series: &Series, run: &Run, config: &RunConfig) -> (Prepared, Instrument) {
    let by_mode = run.rule["sizing"]["kind"] != "signal";
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
                    size: size.filter(|_| !by_mode),
                    target: target.map(price),
                    stop: stop.map(price),
                },
            }
        });
    let signals = SignalSeries::new(rows.collect()).unwrap();
    let prepared = Prepared::new(bars, config.prediction).unwrap();
    let prepared = prepared.with_signals(&signals).unwrap();
    // vectorbt buys any quantity
    let whole = run.rule["sizing"]["lot"] == 1.0 || config.fills.dialect != FillDialect::Vectorbt;
    let lot_size = if whole { 1.0 } else { 1e-10 };
    let instrument = Instrument {
        calendar: Calendar::Crypto,
        lot_size,
        min_quantity: lot_size,
        ..Instrument::us_share("TEST")
    };
    (prepared, instrument)
}

#[track_caller]
fn assert_near(ours: f64, peer: f64, what: &str) {
    let scale = if peer.abs() > 1.0 { peer.abs() } else { 1.0 };
    assert!(
        (ours - peer).abs() <= 1e-9 * scale,
        "{what}: {ours} is not {peer}"
    );
}

fn compare_trade(series: &Series, ours: &Trade, peer: &GoldenTrade, what: &str) {
    let (entry, exit, side, size, entry_price, exit_price, net, costs) = peer;
    assert_eq!(
        (ours.entry_at, ours.exit_at),
        (time(series, *entry), time(series, *exit)),
        "{what}"
    );
    assert_eq!(ours.side == Side::Long, side == "long", "{what}");
    assert_near(ours.quantity, size.parse().unwrap(), what);
    assert_near(ours.entry_price, entry_price.parse().unwrap(), what);
    assert_near(ours.exit_price, exit_price.parse().unwrap(), what);
    assert_near(ours.net_profit, net.parse().unwrap(), what);
    assert_near(ours.cost_parts.commission, costs.parse().unwrap(), what);
}

/// Compares every run of a golden file, what it leaves open included.
fn compare(file: &str, dialect: FillDialect, expected: (usize, usize)) {
    let series: Series = golden("series.json");
    let golden: Golden = golden(file);
    let mut trades = 0;
    for (name, peer) in &golden.runs {
        let config = config(&peer.rule, dialect);
        let (prepared, instrument) = market(&series, peer, &config);
        let ours = backtest(&prepared, &instrument, &config).unwrap();
        for (index, (ours, peer)) in ours.trades.iter().zip(&peer.trades).enumerate() {
            let what = format!("{file}, {name}, trade {index}");
            compare_trade(&series, ours, peer, &what);
        }
        assert_eq!(ours.trades.len(), peer.trades.len(), "{file}, {name}");
        assert_near(ours.headline.final_equity, number(&peer.final_equity), name);
        let market = [Market {
            prepared: &prepared,
            instrument: &instrument,
        }];
        let walked = walk(&market, &config).unwrap();
        let left = walked.engine.position(InstId(0));
        assert_eq!(left.is_some(), !peer.open.is_empty(), "{file}, {name}");
        if let (Some(ours), [(entry, side, size, price)]) = (left, peer.open.as_slice()) {
            assert_eq!(ours.entry_at, time(&series, *entry), "{file}, {name}");
            assert_eq!(ours.bracket.side == Side::Long, side == "long", "{name}");
            let quantity = ours.lots.0 as f64 * instrument.lot_size;
            assert_near(quantity, size.parse().unwrap(), name);
            assert_near(ours.entry_price, price.parse().unwrap(), name);
        }
        trades += peer.trades.len();
    }
    println!("{file}: {} runs, {trades} trades", golden.runs.len());
    assert_eq!((golden.runs.len(), trades), expected, "{file}");
}

#[test]
fn trades_are_those_of_backtesting_py() {
    compare("backtesting.json", FillDialect::BacktestingPy, (33, 4_166));
}

#[test]
fn trades_are_those_of_vectorbt() {
    compare("vectorbt.json", FillDialect::Vectorbt, (35, 4_675));
}
