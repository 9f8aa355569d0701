//! Every metric, and those of every dialect, against what the tools themselves answer for the same curves and trades
//! (`tests/reference/metric_dialects.py`).

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says where and fails"
)]

use std::collections::BTreeMap;

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::research::metrics::{
    Absent, Benchmark, Dialect, DialectMetric, Metrics, RunData, Stat,
};
use atrium_shared::trading::orders::{ExitReason, InstId, OrderId, Side, SizedBy};
use atrium_shared::trading::portfolio::{CostParts, Trade};
use serde::Deserialize;

/// A tool's own name, or ours, → its value; none where the tool answers NaN or infinity or stops.
type Values = BTreeMap<String, Option<f64>>;

fn golden() -> Cases {
    let path = atrium_tests::repository_root().join("tests/golden/metrics_dialects.json");
    let text = std::fs::read_to_string(path).expect("the golden file is in the repository");
    serde_json::from_str(&text).expect("the golden file has the form of its test")
}

#[derive(Deserialize)]
struct Cases {
    cases: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    /// Bar starts in seconds since 1970.
    starts: Vec<i64>,
    /// Seconds a bar.
    seconds: i64,
    sessions_a_year: f64,
    first_open: f64,
    closes: Vec<f64>,
    equity: Vec<f64>,
    trades: Vec<GoldenTrade>,
    vectorbt: Values,
    backtesting_py: Values,
    quantstats: Values,
    lean: Values,
    atrium: Values,
    /// Year, month (0 for the whole year) and return.
    months: Vec<(i16, usize, f64)>,
}

#[derive(Deserialize)]
struct GoldenTrade {
    long: bool,
    entry_bar: usize,
    exit_bar: usize,
    quantity: f64,
    entry_price: f64,
    exit_price: f64,
    costs: f64,
    net_profit: f64,
}

impl GoldenTrade {
    fn trade(&self, starts: &[Timestamp]) -> Trade {
        Trade {
            inst: InstId(0),
            order: OrderId(1),
            side: if self.long { Side::Long } else { Side::Short },
            quantity: self.quantity,
            sized_by: SizedBy::Risk,
            decided_at: starts[self.entry_bar],
            entry_at: starts[self.entry_bar],
            entry_price: self.entry_price,
            target_price: None,
            stop_price: None,
            initial_risk: None,
            exit_at: starts[self.exit_bar],
            exit_price: self.exit_price,
            exit_reason: ExitReason::Flatten,
            gross_profit: self.net_profit + self.costs,
            costs: self.costs,
            cost_parts: CostParts {
                commission: self.costs,
                ..CostParts::default()
            },
            net_profit: self.net_profit,
            mae: 0.0,
            mfe: 0.0,
            bars_held: (self.exit_bar - self.entry_bar + 1) as u64,
        }
    }
}

/// The columns of a case, in the types of the program.
struct Columns {
    starts: Vec<Timestamp>,
    ends: Vec<Timestamp>,
    session_days: Vec<Day>,
    session_equity: Vec<f64>,
    trades: Vec<Trade>,
    benchmark: Benchmark,
}

impl Columns {
    fn of(case: &Case) -> Self {
        let at = |seconds: &i64| Timestamp::from_seconds(*seconds);
        let starts: Vec<Timestamp> = case.starts.iter().map(at).collect();
        let days: Vec<Day> = starts.iter().map(|start| start.utc_day()).collect();
        let closes_session: Vec<bool> = (0..days.len())
            .map(|bar| days.get(bar + 1) != days.get(bar))
            .collect();
        let closing = |bar: &usize| closes_session[*bar];
        let bars = || (0..days.len()).filter(closing);
        Self {
            ends: starts
                .iter()
                .map(|start| start.plus_seconds(case.seconds))
                .collect(),
            session_days: bars().map(|bar| days[bar]).collect(),
            session_equity: bars().map(|bar| case.equity[bar]).collect(),
            trades: case
                .trades
                .iter()
                .map(|trade| trade.trade(&starts))
                .collect(),
            benchmark: Benchmark::buy_and_hold(
                10_000.0,
                case.first_open,
                &case.closes,
                &bars().collect::<Vec<_>>(),
            ),
            starts,
        }
    }

    fn data<'a>(&'a self, case: &'a Case) -> RunData<'a> {
        let notional = case
            .trades
            .iter()
            .map(|trade| trade.quantity * (trade.entry_price + trade.exit_price));
        RunData {
            starts: &self.starts,
            ends: &self.ends,
            session_days: &self.session_days,
            trades: &self.trades,
            span: self.starts.first().copied().zip(self.ends.last().copied()),
            interval: match case.seconds {
                86_400 => BarInterval::Day,
                seconds => BarInterval::Seconds(seconds as u32),
            },
            // the cases never hold two positions at once, nor two in one bar
            bars_in_position: self.trades.iter().map(|trade| trade.bars_held).sum(),
            traded_notional: notional.sum(),
            point_values: &[1.0],
            benchmark_equity: &self.benchmark.equity,
            benchmark_session_equity: &self.benchmark.session_equity,
            ..RunData::curve(
                10_000.0,
                &case.equity,
                &self.session_equity,
                case.sessions_a_year,
            )
        }
    }
}

/// Whether a tool answers a number that nothing measured, where the program has none: LEAN, quantstats and backtesting.py say
/// 0 without trades, losses, drawdown or deviation, and quantstats calls the ruin of an account that never traded certain.
fn is_made_up(reason: Absent, golden: f64, what: &str) -> bool {
    let zero = golden == 0.0
        && matches!(
            reason,
            Absent::NoTrades
                | Absent::NoWinners
                | Absent::NoLosers
                | Absent::NoLosses
                | Absent::NoWinningSessions
                | Absent::NoVariation
                | Absent::NoDrawdown
                | Absent::ZeroDenominator
        );
    zero || what == "no trades, quantstats: risk_of_ruin"
}

#[track_caller]
fn assert_same(ours: Stat, golden: Option<f64>, what: &str) {
    match (ours, golden) {
        (Stat::Value(ours), Some(golden)) => assert!(
            (ours - golden).abs() <= 1e-9 * golden.abs() + 1e-13,
            "{what}: {ours} is not {golden}"
        ),
        (Stat::Absent(reason), Some(golden)) => assert!(
            is_made_up(reason, golden, what),
            "{what}: {} in place of {golden}",
            reason.words()
        ),
        (Stat::Value(value), None) => {
            panic!("{what}: {value}, but there is none");
        }
        (Stat::Absent(_), None) => {}
    }
}

/// Compares every metric of a dialect; `name` is what the golden file calls it. What the tool does not answer is listed.
fn assert_dialect(
    what: &str,
    metrics: &[DialectMetric],
    golden: &Values,
    name: fn(&DialectMetric) -> &'static str,
    not_asked: &[&str],
) {
    for metric in metrics {
        let name = name(metric);
        if not_asked.contains(&name) {
            continue;
        }
        let Some(value) = golden.get(name) else {
            panic!("{what}: {name} is not in the golden file");
        };
        let scale = if name.contains("[%]") { 100.0 } else { 1.0 };
        let in_their_form = match metric.stat {
            Stat::Value(value) => Stat::Value(value * scale),
            absent @ Stat::Absent(_) => absent,
        };
        assert_same(in_their_form, *value, &format!("{what}: {name}"));
    }
    for name_there in golden.keys() {
        assert!(
            metrics.iter().any(|metric| name(metric) == name_there),
            "{what}: {name_there} is not among ours"
        );
    }
}

#[test]
fn dialects_answer_what_their_tools_answer() {
    let golden: Cases = golden();
    for (name, case) in &golden.cases {
        let columns = Columns::of(case);
        let data = columns.data(case);
        let of = |dialect: Dialect| dialect.metrics(&data);
        let what = |tool| format!("{name}, {tool}");
        assert_dialect(
            &what("vectorbt"),
            &of(Dialect::Vectorbt),
            &case.vectorbt,
            |metric| metric.label,
            &[],
        );
        assert_dialect(
            &what("backtesting.py"),
            &of(Dialect::BacktestingPy),
            &case.backtesting_py,
            |metric| metric.label,
            &["Commissions [$]"],
        );
        assert_dialect(
            &what("quantstats"),
            &of(Dialect::Quantstats),
            &case.quantstats,
            |metric| metric.key,
            &[],
        );
        assert_dialect(
            &what("LEAN"),
            &of(Dialect::Lean),
            &case.lean,
            |metric| metric.key,
            &[],
        );
    }
}

#[test]
fn our_own_metrics_are_those_of_the_reference() {
    let golden: Cases = golden();
    for (name, case) in &golden.cases {
        let columns = Columns::of(case);
        let data = columns.data(case);
        let ours = Dialect::Atrium.metrics(&data);
        for (key, value) in &case.atrium {
            let metric = ours.iter().find(|metric| metric.key == key);
            let stat = metric.expect("the metric has a row").stat;
            assert_same(stat, *value, &format!("{name}: {key}"));
        }
        let mut months = 0;
        for year in Metrics::of(&data).monthly_returns {
            let columns = [year.total].into_iter().chain(year.months).enumerate();
            for (month, stat) in columns {
                let golden = case
                    .months
                    .iter()
                    .find(|row| (row.0, row.1) == (year.year, month));
                let what = format!("{name}: {} {month}", year.year);
                assert_same(stat, golden.map(|row| row.2), &what);
                months += usize::from(golden.is_some());
            }
        }
        assert_eq!(months, case.months.len(), "{name}");
    }
}
