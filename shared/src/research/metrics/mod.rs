//! What a run was worth, one statistic a file. A statistic that is not defined is absent with a reason, never a made-up
//! number.
//!
//! A statistic of the equity curve is a function of [`Basis`], one of the trades a function of [`TradeSums`]; both hold what
//! several of them share, so that a run is judged in a few passes. [`CATALOG`] and [`TRADE_CATALOG`] name and explain every
//! one; [`Dialect`] recomputes a run the way another tool does.

mod stat;
mod returns;
mod drawdown;
mod basis;
mod tails;
mod trade_sums;

mod total_return;
mod annual_return;
mod cagr;
mod volatility;
mod sharpe;
mod sortino;
mod calmar;
mod ulcer_index;
mod value_at_risk;
mod expected_shortfall;
mod skew;
mod kurtosis;
mod tail_ratio;
mod exposure;
mod turnover;
mod win_rate;
mod profit_factor;
mod expectancy;
mod trade_profit;
mod payoff;
mod kelly;
mod sqn;
mod trade_length;
mod beta;
mod alpha;
mod costs;
mod monthly;

mod session_headline;
mod groups;
mod benchmark;
mod catalog;
mod trade_catalog;
mod dialects;

pub use benchmark::{Benchmark, BenchmarkMetrics};
pub use catalog::{CATALOG, Definition, Group, Unit};
pub use costs::CostMetrics;
pub use dialects::{Dialect, DialectMetric};
pub use drawdown::{Fall, falls};
pub use groups::{
    ActivityMetrics, BenchmarkComparison, ReturnMetrics, RiskMetrics, TradeMetrics, TradesBySide,
};
pub use monthly::YearReturns;
pub use session_headline::{SessionHeadline, SessionRun};
pub use stat::{Absent, Stat};
pub use trade_catalog::{TRADE_CATALOG, TradeDefinition};

use serde::{Deserialize, Serialize};

use self::basis::Basis;
use self::returns::Returns;
use self::trade_sums::TradeSums;
use crate::base::math;
use crate::base::time::{BarInterval, Day, Timestamp};
use crate::trading::portfolio::Trade;

/// What statistics are computed from. What is not known may be left empty: statistics that need it are absent.
#[derive(Debug, Clone, Copy)]
pub struct RunData<'a> {
    /// Equity before the first bar.
    pub initial_equity: f64,
    /// Equity at each bar's close.
    pub equity: &'a [f64],
    /// The start of each bar.
    pub starts: &'a [Timestamp],
    /// The end of each bar.
    pub ends: &'a [Timestamp],
    /// Equity at each session's close.
    pub session_equity: &'a [f64],
    /// The day of each session.
    pub session_days: &'a [Day],
    /// Round trips, in order of exit.
    pub trades: &'a [Trade],
    /// The start of the first bar and the end of the last.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The nominal length of a bar.
    pub interval: BarInterval,
    /// Sessions a year.
    pub sessions_per_year: f64,
    /// The risk-free rate, as a share a year, compounded; 0 unless given.
    pub risk_free: f64,
    /// Bars in which a position was open at any time.
    pub bars_in_position: u64,
    /// The notional of all executions, entries and exits, in account currency.
    pub traded_notional: f64,
    /// Cash in account currency for a price move of 1 on a quantity of 1, by instrument.
    pub point_values: &'a [f64],
    /// Equity of buy-and-hold at each bar's close.
    pub benchmark_equity: &'a [f64],
    /// Equity of buy-and-hold at each session's close.
    pub benchmark_session_equity: &'a [f64],
}

impl<'a> RunData<'a> {
    /// An equity curve alone, at bar and at session closes, without trades, times or benchmark.
    pub fn curve(
        initial_equity: f64,
        equity: &'a [f64],
        session_equity: &'a [f64],
        sessions_per_year: f64,
    ) -> Self {
        Self {
            initial_equity,
            equity,
            starts: &[],
            ends: &[],
            session_equity,
            session_days: &[],
            trades: &[],
            span: None,
            interval: BarInterval::Day,
            sessions_per_year,
            risk_free: 0.0,
            bars_in_position: 0,
            traded_notional: 0.0,
            point_values: &[],
            benchmark_equity: &[],
            benchmark_session_equity: &[],
        }
    }

    /// The risk-free rate of one session, which compounds to the yearly one.
    fn session_risk_free(&self) -> f64 {
        math::pow(1.0 + self.risk_free, 1.0 / self.sessions_per_year) - 1.0
    }
}

/// The headline metrics, in dialect `atrium`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Headline {
    /// Equity at the end, in account currency.
    pub final_equity: f64,
    /// `final equity / initial equity − 1`.
    pub total_return: Stat,
    /// Compound annual growth rate.
    pub cagr: Stat,
    /// Annualised Sharpe ratio of session returns.
    pub sharpe: Stat,
    /// The deepest fall from a peak at bar closes, 0 or less.
    pub max_drawdown: Stat,
    /// How many round trips.
    pub trades: u64,
    /// The share of trades with a net profit above 0.
    pub win_rate: Stat,
    /// Gross profit over gross loss of trades, net of costs.
    pub profit_factor: Stat,
}

impl Headline {
    /// Computes the headline alone, for callers that rank many runs.
    pub fn of(run: &RunData<'_>) -> Self {
        let basis = Basis::new(run);
        let trades = TradeSums::of(run.trades);
        Self {
            final_equity: basis.final_equity(),
            total_return: total_return::total_return(&basis).into(),
            cagr: cagr::cagr(&basis).into(),
            sharpe: sharpe::sharpe(&basis).into(),
            max_drawdown: drawdown::max_drawdown(&basis).into(),
            trades: trades.count,
            win_rate: win_rate::win_rate(&trades).into(),
            profit_factor: profit_factor::profit_factor(&trades).into(),
        }
    }
}

/// All metrics, in dialect `atrium`, by group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// What was earned.
    pub returns: ReturnMetrics,
    /// At what risk.
    pub risk: RiskMetrics,
    /// How much was traded.
    pub activity: ActivityMetrics,
    /// What trades were like: all, the long and the short ones.
    pub trades: TradesBySide,
    /// How the run relates to buy-and-hold.
    pub benchmark: BenchmarkComparison,
    /// What trading cost.
    pub costs: CostMetrics,
    /// Returns by month, one row a year.
    pub monthly_returns: Vec<YearReturns>,
}

impl Metrics {
    /// Computes all of them.
    pub fn of(run: &RunData<'_>) -> Self {
        let basis = Basis::new(run);
        let benchmark = Returns::of(run.initial_equity, run.benchmark_session_equity);
        Self {
            returns: ReturnMetrics::of(&basis),
            risk: RiskMetrics::of(&basis),
            activity: ActivityMetrics::of(&basis),
            trades: TradesBySide::of(run.trades),
            benchmark: BenchmarkComparison::of(&basis, &benchmark),
            costs: CostMetrics::of(run.trades),
            monthly_returns: monthly::monthly_returns(run),
        }
    }

    /// The headline among them: equal to [`Headline::of`] the same run.
    pub fn headline(&self) -> Headline {
        Headline {
            final_equity: self.returns.final_equity,
            total_return: self.returns.total_return,
            cagr: self.returns.cagr,
            sharpe: self.risk.sharpe,
            max_drawdown: self.risk.max_drawdown,
            trades: self.trades.all.trades,
            win_rate: self.trades.all.win_rate,
            profit_factor: self.trades.all.profit_factor,
        }
    }
}

#[cfg(test)]
mod tests;
