//! LEAN: the statistics of its backtest results.
//!
//! LEAN is no package that can be called from a test: this is written from its documentation and its published sources, and
//! pinned against a transcription in Python that shares nothing with this file. Daily performance is the return between
//! session closes, the first against the starting capital. A year's performance compounds the mean of them. A trade that
//! earned nothing counts as lost; rates of trades are over the capital that the trades before had left. Years have 365
//! days. LEAN answers 0 where a statistic is not defined, and rounds what it shows; here it is absent, and not rounded.
//! Not here: the probabilistic Sharpe ratio, value at risk, capacity and portfolio turnover.

use super::DialectMetric as Metric;
use super::Unit::{Count, Money, Percent, Ratio};
use super::series;
use crate::base::math;
use crate::research::metrics::RunData;
use crate::research::metrics::basis::Basis;
use crate::research::metrics::drawdown;
use crate::research::metrics::returns::Returns;
use crate::research::metrics::stat::{Absent, Outcome, ratio};

const DAYS_PER_YEAR: f64 = 365.0;
const MICROS_PER_DAY: f64 = 86_400e6;

pub(super) fn metrics(run: &RunData<'_>) -> Vec<Metric> {
    let facts = Facts::new(run);
    let mut metrics = of_trades(&facts);
    metrics.extend(of_rates(&facts));
    metrics.extend(of_equity(&facts));
    metrics.extend(of_risk(&facts));
    metrics.extend(of_benchmark(&facts));
    metrics
}

struct Facts<'a> {
    run: &'a RunData<'a>,
    returns: Returns,
    benchmark: Returns,
    trades: TradeRates,
}

/// Trades as rates of the capital before them.
#[derive(Default)]
struct TradeRates {
    count: f64,
    wins: f64,
    losses: f64,
    profit: f64,
    loss: f64,
}

impl TradeRates {
    fn of(run: &RunData<'_>) -> Self {
        let mut rates = Self::default();
        let mut capital = run.initial_equity;
        for trade in run.trades {
            let rate = trade.net_profit / capital;
            if trade.net_profit > 0.0 {
                rates.profit += rate;
                rates.wins += 1.0;
            } else {
                rates.loss += rate;
                rates.losses += 1.0;
            }
            rates.count += 1.0;
            capital += trade.net_profit;
        }
        rates
    }

    fn average_win(&self) -> Outcome {
        ratio(self.profit, self.wins, Absent::NoWinners)
    }

    fn average_loss(&self) -> Outcome {
        ratio(self.loss, self.losses, Absent::NoLosers)
    }

    /// 0 where no trade earned.
    fn profit_loss_ratio(&self) -> Outcome {
        let loss = self.average_loss()?.abs();
        let win = if self.wins > 0.0 {
            self.average_win()?
        } else {
            0.0
        };
        ratio(win, loss, Absent::NoLosers)
    }

    fn win_rate(&self) -> Outcome {
        ratio(self.wins, self.count, Absent::NoTrades)
    }

    fn loss_rate(&self) -> Outcome {
        ratio(self.losses, self.count, Absent::NoTrades)
    }

    fn expectancy(&self) -> Outcome {
        Ok(self.win_rate()? * self.profit_loss_ratio()? - self.loss_rate()?)
    }
}

impl<'a> Facts<'a> {
    fn new(run: &'a RunData<'a>) -> Self {
        Self {
            run,
            returns: Returns::of(run.initial_equity, run.session_equity),
            benchmark: Returns::of(run.initial_equity, run.benchmark_session_equity),
            trades: TradeRates::of(run),
        }
    }

    fn final_equity(&self) -> f64 {
        let last = self.run.session_equity.last();
        last.copied().unwrap_or(self.run.initial_equity)
    }

    fn compounding(&self) -> Outcome {
        let (first, last) = self.run.span.ok_or(Absent::NoTimes)?;
        let years = last.micros_since(first) as f64 / MICROS_PER_DAY / DAYS_PER_YEAR;
        let growth = self.final_equity() / self.run.initial_equity;
        if growth <= 0.0 {
            return Err(Absent::Ruined);
        }
        Ok(math::pow(growth, ratio(1.0, years, Absent::NoTimes)?) - 1.0)
    }

    /// `(1 + mean)^(sessions a year) − 1`.
    fn performance(&self, returns: &Returns) -> Outcome {
        Ok(math::pow(1.0 + returns.mean()?, self.run.sessions_per_year) - 1.0)
    }

    fn annual_deviation(&self) -> Outcome {
        Ok(self.returns.deviation()? * math::sqrt(self.run.sessions_per_year))
    }

    fn sharpe(&self) -> Outcome {
        self.returns.true_deviation()?;
        let excess = self.performance(&self.returns)? - self.run.risk_free;
        ratio(excess, self.annual_deviation()?, Absent::NoVariation)
    }

    /// Over the deviation of the negative returns among themselves.
    fn sortino(&self) -> Outcome {
        let values = self.returns.values()?.iter().copied();
        let losses: Vec<f64> = values.filter(|&value| value < 0.0).collect();
        if losses.is_empty() {
            return Err(Absent::NoLosses);
        }
        let downside = series::true_deviation(&losses)?;
        let excess = self.performance(&self.returns)? - self.run.risk_free;
        Ok(excess / downside / math::sqrt(self.run.sessions_per_year))
    }

    fn beta(&self) -> Outcome {
        let theirs = self.benchmark.values().map_err(|_| Absent::NoBenchmark)?;
        series::slope(self.returns.values()?, theirs)
    }

    fn alpha(&self) -> Outcome {
        let risk_free = self.run.risk_free;
        let ours = self.performance(&self.returns)?;
        let theirs = self.performance(&self.benchmark)?;
        Ok(ours - (risk_free + self.beta()? * (theirs - risk_free)))
    }

    fn tracking_error(&self) -> Outcome {
        let (ours, theirs) = (
            self.returns.values()?,
            self.benchmark.values().map_err(|_| Absent::NoBenchmark)?,
        );
        if ours.len() != theirs.len() {
            return Err(Absent::NoBenchmark);
        }
        let pairs = ours.iter().zip(theirs);
        let active: Vec<f64> = pairs.map(|(ours, theirs)| ours - theirs).collect();
        Ok(series::true_deviation(&active)? * math::sqrt(self.run.sessions_per_year))
    }

    fn information_ratio(&self) -> Outcome {
        let active = self.performance(&self.returns)? - self.performance(&self.benchmark)?;
        ratio(active, self.tracking_error()?, Absent::NoVariation)
    }

    fn treynor(&self) -> Outcome {
        let excess = self.performance(&self.returns)? - self.run.risk_free;
        ratio(excess, self.beta()?, Absent::ZeroDenominator)
    }
}

fn of_trades(facts: &Facts<'_>) -> Vec<Metric> {
    let trades = &facts.trades;
    vec![
        Metric::new(
            "total_trades",
            "Total Trades",
            Count,
            Ok(trades.count),
            "Round trips; LEAN's orders are not counted here.",
        ),
        Metric::new(
            "average_win",
            "Average Win",
            Percent,
            trades.average_win(),
            "The mean profit of winners over the capital before each.",
        ),
        Metric::new(
            "average_loss",
            "Average Loss",
            Percent,
            trades.average_loss(),
            "The mean loss of losers over the capital before each.",
        ),
        Metric::new(
            "profit_loss_ratio",
            "Profit-Loss Ratio",
            Ratio,
            trades.profit_loss_ratio(),
            "Average win over the size of the average loss.",
        ),
    ]
}

fn of_rates(facts: &Facts<'_>) -> Vec<Metric> {
    let trades = &facts.trades;
    let fees: f64 = facts
        .run
        .trades
        .iter()
        .map(|trade| trade.cost_parts.commission)
        .sum();
    vec![
        Metric::new(
            "win_rate",
            "Win Rate",
            Percent,
            trades.win_rate(),
            "Share of trades with a net profit above 0.",
        ),
        Metric::new(
            "loss_rate",
            "Loss Rate",
            Percent,
            trades.loss_rate(),
            "Share of trades with a net profit of 0 or less.",
        ),
        Metric::new(
            "expectancy",
            "Expectancy",
            Ratio,
            trades.expectancy(),
            "Win rate times profit-loss ratio, less loss rate.",
        ),
        Metric::new(
            "total_fees",
            "Total Fees",
            Money,
            Ok(fees),
            "Commissions of all trades.",
        ),
    ]
}

fn of_equity(facts: &Facts<'_>) -> Vec<Metric> {
    let run = facts.run;
    let deepest = drawdown::max_drawdown_session(&Basis::new(run)).map(f64::abs);
    let profit = facts.final_equity() / run.initial_equity - 1.0;
    vec![
        Metric::new(
            "start_equity",
            "Start Equity",
            Money,
            Ok(run.initial_equity),
            "Starting capital.",
        ),
        Metric::new(
            "end_equity",
            "End Equity",
            Money,
            Ok(facts.final_equity()),
            "Equity at the last session close.",
        ),
        Metric::new(
            "net_profit",
            "Net Profit",
            Percent,
            Ok(profit),
            "End over start equity, less one.",
        ),
        Metric::new(
            "compounding_annual_return",
            "Compounding Annual Return",
            Percent,
            facts.compounding(),
            "Growth compounded over years of 365 days.",
        ),
        Metric::new(
            "drawdown",
            "Drawdown",
            Percent,
            deepest,
            "The deepest fall from a peak at session closes, positive.",
        ),
    ]
}

fn of_risk(facts: &Facts<'_>) -> Vec<Metric> {
    let variance = facts
        .annual_deviation()
        .map(|deviation| deviation * deviation);
    vec![
        Metric::new(
            "sharpe_ratio",
            "Sharpe Ratio",
            Ratio,
            facts.sharpe(),
            "A year's performance less the risk-free rate over the annual standard deviation.",
        ),
        Metric::new(
            "sortino_ratio",
            "Sortino Ratio",
            Ratio,
            facts.sortino(),
            "The same over the annual standard deviation of negative returns among themselves.",
        ),
        Metric::new(
            "annual_standard_deviation",
            "Annual Standard Deviation",
            Ratio,
            facts.annual_deviation(),
            "Standard deviation (ddof 1) of session returns times the root of the sessions a year.",
        ),
        Metric::new(
            "annual_variance",
            "Annual Variance",
            Ratio,
            variance,
            "Its square.",
        ),
    ]
}

fn of_benchmark(facts: &Facts<'_>) -> Vec<Metric> {
    vec![
        Metric::new(
            "alpha",
            "Alpha",
            Ratio,
            facts.alpha(),
            "A year's performance less beta times that of the benchmark, each less the risk-free rate.",
        ),
        Metric::new(
            "beta",
            "Beta",
            Ratio,
            facts.beta(),
            "Covariance with the benchmark's session returns over their variance.",
        ),
        Metric::new(
            "information_ratio",
            "Information Ratio",
            Ratio,
            facts.information_ratio(),
            "A year's performance less that of the benchmark, over the tracking error.",
        ),
        Metric::new(
            "tracking_error",
            "Tracking Error",
            Ratio,
            facts.tracking_error(),
            "The annual standard deviation of the difference to the benchmark's session returns.",
        ),
        Metric::new(
            "treynor_ratio",
            "Treynor Ratio",
            Ratio,
            facts.treynor(),
            "A year's performance less the risk-free rate, over beta.",
        ),
    ]
}
