//! Metric dialects: the same run by the definitions of another tool, so that a report can be reconciled with one that the
//! tool made. Only definitions are other; fills, costs and the equity curve are the run's own.
//!
//! Where a tool answers infinity, NaN or a zero for what is not defined, the statistic is absent here with the reason. A
//! tool's per cent are shares here, with [`Unit::Percent`]; a tool's durations are seconds.

mod series;
mod vectorbt;
mod backtesting_py;
mod lean;
mod quantstats;

use serde::{Deserialize, Serialize};

use super::stat::{Absent, Outcome};
use super::trade_sums::TradeSums;
use super::{BenchmarkMetrics, CATALOG, Metrics, RunData, Stat, TRADE_CATALOG, Unit, win_rate};

/// Whose definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Our own.
    #[default]
    Atrium,
    /// vectorbt 1.2: returns between bar closes, a year of 365 days.
    Vectorbt,
    /// backtesting.py 0.6.6: geometric returns by UTC day.
    BacktestingPy,
    /// LEAN: returns by session, yearly rates by compounding their mean.
    Lean,
    /// quantstats 0.0.86: returns by session.
    Quantstats,
}

/// A metric as a dialect defines it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DialectMetric {
    /// Its name in exports, which never changes.
    pub key: &'static str,
    /// The tool's own name for it.
    pub label: &'static str,
    /// What it is counted in.
    #[serde(skip)]
    pub unit: Unit,
    /// The definition.
    pub meaning: &'static str,
    /// The value.
    pub stat: Stat,
}

impl DialectMetric {
    fn new(
        key: &'static str,
        label: &'static str,
        unit: Unit,
        outcome: Outcome,
        meaning: &'static str,
    ) -> Self {
        Self {
            key,
            label,
            unit,
            meaning,
            stat: outcome.into(),
        }
    }
}

/// Rows that vectorbt and backtesting.py have in common: the share of trades that won, the best and the worst by their
/// returns.
fn won_best_and_worst(trades: &TradeSums, returns: &[f64]) -> [DialectMetric; 3] {
    let extremes = series::extremes(returns, Absent::NoTrades);
    [
        DialectMetric::new(
            "win_rate",
            "Win Rate [%]",
            Unit::Percent,
            win_rate::win_rate(trades),
            "Share of trades with a net profit above 0.",
        ),
        DialectMetric::new(
            "best_trade",
            "Best Trade [%]",
            Unit::Percent,
            extremes.map(|(best, _)| best),
            "The highest net profit over the notional of the entry.",
        ),
        DialectMetric::new(
            "worst_trade",
            "Worst Trade [%]",
            Unit::Percent,
            extremes.map(|(_, worst)| worst),
            "The lowest net profit over the notional of the entry.",
        ),
    ]
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 5] = [
        Self::Atrium,
        Self::Vectorbt,
        Self::BacktestingPy,
        Self::Lean,
        Self::Quantstats,
    ];

    /// Its name in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Atrium => "atrium",
            Self::Vectorbt => "vectorbt",
            Self::BacktestingPy => "backtesting_py",
            Self::Lean => "lean",
            Self::Quantstats => "quantstats",
        }
    }

    /// The run's metrics by the definitions of this dialect, in the tool's own order.
    pub fn metrics(self, run: &RunData<'_>) -> Vec<DialectMetric> {
        match self {
            Self::Atrium => atrium(run),
            Self::Vectorbt => vectorbt::metrics(run),
            Self::BacktestingPy => backtesting_py::metrics(run),
            Self::Lean => lean::metrics(run),
            Self::Quantstats => quantstats::metrics(run),
        }
    }
}

fn atrium(run: &RunData<'_>) -> Vec<DialectMetric> {
    let (metrics, benchmark) = (Metrics::of(run), BenchmarkMetrics::of(run));
    let of_run = CATALOG.iter().map(|row| DialectMetric {
        key: row.key,
        label: row.label,
        unit: row.unit,
        meaning: row.meaning,
        stat: (row.value)(&metrics, &benchmark),
    });
    let of_trades = TRADE_CATALOG.iter().map(|row| DialectMetric {
        key: row.key,
        label: row.label,
        unit: row.unit,
        meaning: row.meaning,
        stat: (row.value)(&metrics.trades.all),
    });
    of_run.chain(of_trades).collect()
}
