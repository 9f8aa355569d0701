//! Whole runs: every trade, equity and the headline metrics.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::bars::Instrument;
use atrium_shared::research::backtest::{Backtest, Prepared, backtest};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::trading::portfolio::Trade;
use serde::{Deserialize, Serialize};

use super::{Exact, assert_close, assert_stat, golden, seconds, sha256, spy_bars, spy_minutes};

/// The name of a variant as it stands in JSON.
fn word<T: Serialize>(variant: &T) -> String {
    serde_json::to_value(variant)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

#[derive(Deserialize)]
struct Runs {
    runs: BTreeMap<String, Run>,
}

#[derive(Deserialize)]
struct Run {
    config: RunConfig,
    trades: usize,
    /// Trades that a cap sized.
    capped: u64,
    /// The bar at whose close equity was found not to be above zero.
    halted_bar: Option<usize>,
    sum_of_net_profit: f64,
    trades_sha256: String,
    first: Vec<GoldenTrade>,
    last: Vec<GoldenTrade>,
    /// Pairs of bar index and equity at its close.
    equity: Vec<(usize, f64)>,
    metrics: GoldenMetrics,
}

#[derive(Deserialize)]
struct GoldenTrade {
    entry_at: Timestamp,
    exit_at: Timestamp,
    side: String,
    quantity: f64,
    entry_price: Exact,
    exit_price: Exact,
    target_price: Exact,
    stop_price: Exact,
    exit_reason: String,
    costs: f64,
    net_profit: f64,
    mae: f64,
    mfe: f64,
    bars_held: u64,
    sized_by: String,
}

#[derive(Deserialize)]
struct GoldenMetrics {
    total_return: Option<f64>,
    cagr: Option<f64>,
    sharpe: Option<f64>,
    max_drawdown: Option<f64>,
    win_rate: Option<f64>,
    profit_factor: Option<f64>,
}

/// One line a trade of everything that is compared exactly; prices by their bits.
fn trades_text(trades: &[Trade]) -> String {
    let mut text = String::new();
    for trade in trades {
        let [entry, exit, target, stop] = [
            trade.entry_price,
            trade.exit_price,
            trade.target_price.unwrap(),
            trade.stop_price.unwrap(),
        ]
        .map(f64::to_bits);
        writeln!(
            text,
            "{} {} {} {} {entry:016x} {exit:016x} {target:016x} {stop:016x} {} {} {}",
            seconds(trade.entry_at),
            seconds(trade.exit_at),
            word(&trade.side),
            trade.quantity,
            word(&trade.exit_reason),
            trade.bars_held,
            word(&trade.sized_by),
        )
        .unwrap();
    }
    text
}

#[track_caller]
fn assert_same_trade(ours: &Trade, golden: &GoldenTrade, what: &str) {
    assert_eq!(
        (ours.entry_at, ours.exit_at),
        (golden.entry_at, golden.exit_at),
        "{what}"
    );
    let names = [
        word(&ours.side),
        word(&ours.exit_reason),
        word(&ours.sized_by),
    ];
    assert_eq!(
        names,
        [&golden.side, &golden.exit_reason, &golden.sized_by].map(Clone::clone),
        "{what}"
    );
    assert_eq!(
        ours.quantity.to_bits(),
        golden.quantity.to_bits(),
        "{what}: quantity"
    );
    for (name, ours, golden) in [
        ("entry", ours.entry_price, &golden.entry_price),
        ("exit", ours.exit_price, &golden.exit_price),
        ("target", ours.target_price.unwrap(), &golden.target_price),
        ("stop", ours.stop_price.unwrap(), &golden.stop_price),
    ] {
        assert_eq!(Exact(ours), *golden, "{what}: {name} price");
    }
    assert_eq!(ours.bars_held, golden.bars_held, "{what}: bars held");
    assert_close(ours.costs, golden.costs, &format!("{what}: costs"));
    assert_close(
        ours.net_profit,
        golden.net_profit,
        &format!("{what}: net profit"),
    );
    assert_close(ours.mae, golden.mae, &format!("{what}: MAE"));
    assert_close(ours.mfe, golden.mfe, &format!("{what}: MFE"));
}

fn assert_same_run(ours: &Backtest, golden: &Run, ends: &[Timestamp], name: &str) {
    let trades = &ours.trades;
    for (number, (ours, golden)) in trades.iter().zip(&golden.first).enumerate() {
        assert_same_trade(ours, golden, &format!("{name}, trade {}", number + 1));
    }
    assert_eq!(trades.len(), golden.trades, "{name}");
    for (ours, golden) in trades.iter().rev().zip(golden.last.iter().rev()) {
        assert_same_trade(
            ours,
            golden,
            &format!("{name}, trade of {}", golden.entry_at),
        );
    }
    assert_eq!(
        sha256(&trades_text(trades)),
        golden.trades_sha256,
        "{name}: a trade between the first and the last differs"
    );
    assert_eq!(ours.trades_capped, golden.capped, "{name}");
    assert_eq!(
        ours.halted.map(|(at, _)| at),
        golden.halted_bar.map(|bar| ends[bar]),
        "{name}"
    );
    let net: f64 = trades.iter().map(|trade| trade.net_profit).sum();
    assert_close(
        net,
        golden.sum_of_net_profit,
        &format!("{name}: sum of net profit"),
    );
    for &(bar, equity) in &golden.equity {
        assert_close(
            ours.equity[bar],
            equity,
            &format!("{name}: equity at bar {bar}"),
        );
    }
    let (ours, metrics) = (&ours.headline, &golden.metrics);
    assert_eq!(ours.trades, golden.trades as u64, "{name}");
    assert_stat(
        ours.total_return,
        metrics.total_return,
        &format!("{name}: total return"),
    );
    assert_stat(ours.cagr, metrics.cagr, &format!("{name}: CAGR"));
    assert_stat(ours.sharpe, metrics.sharpe, &format!("{name}: Sharpe"));
    assert_stat(
        ours.max_drawdown,
        metrics.max_drawdown,
        &format!("{name}: drawdown"),
    );
    assert_stat(
        ours.win_rate,
        metrics.win_rate,
        &format!("{name}: win rate"),
    );
    assert_stat(
        ours.profit_factor,
        metrics.profit_factor,
        &format!("{name}: profit factor"),
    );
}

#[test]
fn spy_runs_are_those_of_the_reference() {
    let Some(minutes) = spy_minutes() else { return };
    let golden: Runs = golden("spy_runs.json");
    assert_eq!(golden.runs["defaults, drift"].config, RunConfig::default());
    let share = Instrument::us_share("SPY");
    for (name, run) in &golden.runs {
        let bars = spy_bars(&minutes, run.config.interval).bars;
        let prepared = Prepared::new(bars, run.config.prediction).unwrap();
        let ours = backtest(&prepared, &share, &run.config).unwrap();
        assert_same_run(&ours, run, prepared.bars().end(), name);
    }
}
