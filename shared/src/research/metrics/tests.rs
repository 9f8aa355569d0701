//! What the tests of the statistics share, and properties of all of them together.

use super::*;
use crate::trading::orders::{ExitReason, InstId, OrderId, Side, SizedBy};
use crate::trading::portfolio::CostParts;
use proptest::prelude::*;

/// A run from 100 with a close at each session's end.
pub(super) fn run<'a>(equity: &'a [f64], trades: &'a [Trade], days: i64) -> RunData<'a> {
    let start = Timestamp::from_seconds(1_700_000_000);
    RunData {
        trades,
        span: Some((start, start.plus_seconds(days * 86_400))),
        ..RunData::curve(100.0, equity, equity, 252.0)
    }
}

/// A long trade of one unit over one bar with a net profit.
pub(super) fn trade(net_profit: f64) -> Trade {
    let at = Timestamp::from_seconds(1_700_000_000);
    Trade {
        inst: InstId(0),
        order: OrderId(1),
        side: Side::Long,
        quantity: 1.0,
        sized_by: SizedBy::Risk,
        decided_at: at,
        entry_at: at,
        entry_price: 100.0,
        target_price: Some(110.0),
        stop_price: Some(95.0),
        initial_risk: Some(5.0),
        exit_at: at,
        exit_price: 100.0 + net_profit,
        exit_reason: ExitReason::Flatten,
        gross_profit: net_profit,
        costs: 0.0,
        cost_parts: CostParts::default(),
        net_profit,
        mae: 0.0,
        mfe: 0.0,
        bars_held: 1,
    }
}

/// Every statistic of every dialect, and those of each side.
fn every_stat(run: &RunData<'_>) -> Vec<(&'static str, Stat)> {
    let metrics = Metrics::of(run);
    let dialects = Dialect::ALL.iter().flat_map(|dialect| dialect.metrics(run));
    let mut stats: Vec<_> = dialects.map(|metric| (metric.key, metric.stat)).collect();
    for side in [metrics.trades.long, metrics.trades.short] {
        stats.extend(
            TRADE_CATALOG
                .iter()
                .map(|row| (row.key, (row.value)(&side))),
        );
    }
    for year in &metrics.monthly_returns {
        stats.push(("year", year.total));
        stats.extend(year.months.map(|month| ("month", month)));
    }
    stats
}

fn assert_finite_or_absent(run: &RunData<'_>) {
    for (key, stat) in every_stat(run) {
        if let Stat::Value(value) = stat {
            assert!(value.is_finite(), "{key} is {value}");
        }
    }
    assert_eq!(Metrics::of(run).headline(), Headline::of(run));
}

#[test]
fn a_run_of_nothing_is_all_absent_and_finite() {
    let nothing = RunData {
        span: None,
        ..run(&[], &[], 0)
    };
    let headline = Headline::of(&nothing);
    assert_eq!(headline.sharpe, Stat::Absent(Absent::TooFewSessions));
    assert_eq!(headline.cagr, Stat::Absent(Absent::ShorterThan30Days));
    assert_eq!(headline.win_rate, Stat::Absent(Absent::NoTrades));
    assert_eq!(headline.profit_factor, Stat::Absent(Absent::NoTrades));
    assert_eq!(
        (headline.total_return, headline.max_drawdown),
        (Stat::Value(0.0), Stat::Value(0.0))
    );
    assert_eq!(headline.final_equity.to_bits(), 100.0f64.to_bits());
    assert_finite_or_absent(&nothing);
}

#[test]
fn keys_of_a_dialect_are_its_own() {
    for dialect in Dialect::ALL {
        let mut keys: Vec<_> = dialect
            .metrics(&run(&[], &[], 0))
            .iter()
            .map(|metric| metric.key)
            .collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count, "{}", dialect.name());
    }
}

#[test]
fn sides_are_counted_apart() {
    let short = Trade {
        side: Side::Short,
        ..trade(-2.0)
    };
    let trades = TradesBySide::of(&[trade(3.0), short, trade(1.0)]);
    assert_eq!(
        (trades.all.trades, trades.long.trades, trades.short.trades),
        (3, 2, 1)
    );
    assert_eq!(trades.long.expectancy, Stat::Value(2.0));
    assert_eq!(trades.short.payoff, Stat::Absent(Absent::NoWinners));
}

/// Amounts of every size that an account or a defect can come to.
fn amount() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 50.0..150.0f64,
        2 => -1e3..1e3f64,
        1 => Just(100.0),
        1 => Just(0.0),
        1 => Just(1e-300),
        1 => Just(-1e-300),
        1 => Just(1e300),
        1 => Just(-1e300),
        1 => Just(f64::MAX),
        1 => Just(f64::MIN_POSITIVE),
    ]
}

fn curve() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        3 => prop::collection::vec(amount(), 0..60),
        2 => prop::collection::vec(90.0..110.0f64, 0..60),
        1 => (amount(), 0..60usize).prop_map(|(value, count)| vec![value; count]),
    ]
}

fn trades() -> impl Strategy<Value = Vec<Trade>> {
    let one = (amount(), amount(), any::<bool>(), 0..50u64, 0..10i64).prop_map(
        |(net, risk, long, bars, days)| {
            let flat = trade(net);
            Trade {
                side: if long { Side::Long } else { Side::Short },
                initial_risk: (risk > 0.0).then_some(risk),
                entry_price: if risk > 0.0 { risk } else { 100.0 },
                bars_held: bars,
                exit_at: flat.entry_at.plus_seconds(days * 86_400),
                costs: risk.abs(),
                ..flat
            }
        },
    );
    prop::collection::vec(one, 0..20)
}

proptest! {
    #[test]
    fn every_metric_is_finite_or_absent(
        equity in curve(),
        held in curve(),
        trades in trades(),
        bars_a_session in 1..5usize,
        hours_a_bar in 1..100i64,
        traded_notional in amount(),
        risk_free in -0.5..0.5f64,
    ) {
        let start = Timestamp::from_seconds(1_700_000_000);
        let time = |bar: usize| start.plus_seconds(bar as i64 * hours_a_bar * 3_600);
        let starts: Vec<_> = (0..equity.len()).map(time).collect();
        let ends: Vec<_> = (1..=equity.len()).map(time).collect();
        let closes = |curve: &[f64]| -> Vec<f64> {
            curve.iter().skip(bars_a_session - 1).step_by(bars_a_session).copied().collect()
        };
        let (session_equity, benchmark_session_equity) = (closes(&equity), closes(&held));
        let session_days: Vec<Day> = ends.iter().skip(bars_a_session - 1).step_by(bars_a_session).map(|end| end.utc_day()).collect();
        assert_finite_or_absent(&RunData {
            starts: &starts,
            ends: &ends,
            session_days: &session_days,
            session_equity: &session_equity,
            benchmark_equity: &held,
            benchmark_session_equity: &benchmark_session_equity,
            span: starts.first().copied().zip(ends.last().copied()),
            bars_in_position: equity.len() as u64 / 2,
            traded_notional,
            risk_free,
            point_values: &[1.0],
            ..run(&equity, &trades, 0)
        });
    }

    #[test]
    fn metrics_do_not_depend_on_the_currency(
        equity in prop::collection::vec(90.0..110.0f64, 30..60),
        power in -20..20i32,
    ) {
        let scale = math::pow(2.0, f64::from(power));
        let scaled: Vec<f64> = equity.iter().map(|value| value * scale).collect();
        let data = run(&equity, &[], 100);
        let in_other = RunData { initial_equity: 100.0 * scale, ..run(&scaled, &[], 100) };
        prop_assert_eq!(Metrics::of(&data).risk, Metrics::of(&in_other).risk);
    }

    #[test]
    fn drawdowns_bound_one_another(equity in prop::collection::vec(50.0..150.0f64, 2..60)) {
        let risk = Metrics::of(&run(&equity, &[], 100)).risk;
        let value = |stat: Stat| stat.value().unwrap();
        prop_assert!(value(risk.ulcer_index) <= -value(risk.max_drawdown) + 1e-15);
        prop_assert!(value(risk.max_drawdown_bars) <= value(risk.longest_drawdown_bars));
        prop_assert!(value(risk.longest_drawdown_bars) <= equity.len() as f64);
        prop_assert_eq!(risk.max_drawdown, risk.max_drawdown_session);
    }
}
