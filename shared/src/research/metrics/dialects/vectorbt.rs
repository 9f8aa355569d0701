//! vectorbt 1.2: `Portfolio.stats()` and `returns_stats()` with their defaults.
//!
//! Returns are those between bar closes, the first against the initial equity. A year has 365 days, so `365 days / bar` is
//! the factor by which they are annualised, sessions or not. The first peak of the drawdown is the first bar's close,
//! where ours is the initial equity. Trade returns are net profits over the notional of the entry. The benchmark is bought
//! at the first close, not at the open. A drawdown that is over counts one bar less than one that is not.

use super::DialectMetric as Metric;
use super::Unit::{Count, Money, Percent, Ratio, Seconds};
use super::{series, won_best_and_worst};
use crate::base::math;
use crate::research::metrics::RunData;
use crate::research::metrics::drawdown::Drawdowns;
use crate::research::metrics::returns::NOISE;
use crate::research::metrics::stat::{Absent, Outcome, ratio};
use crate::research::metrics::tails::percentile;
use crate::research::metrics::trade_sums::TradeSums;
use crate::research::metrics::{expectancy, profit_factor};
use crate::trading::portfolio::Trade;

const YEAR_SECONDS: f64 = 365.0 * 86_400.0;

pub(super) fn metrics(run: &RunData<'_>) -> Vec<Metric> {
    let facts = Facts::new(run);
    let mut metrics = of_equity(&facts);
    metrics.extend(of_trades(&facts));
    metrics.extend(of_winners_and_losers(&facts));
    metrics.extend(of_returns(&facts));
    metrics.extend(of_distribution(&facts));
    metrics
}

struct Facts<'a> {
    run: &'a RunData<'a>,
    /// Returns between bar closes.
    returns: Vec<f64>,
    /// The same of the benchmark, from the first close.
    benchmark: Vec<f64>,
    /// Drawdowns from the first close on.
    drawdowns: Drawdowns,
    trades: TradeSums,
    trade_returns: Vec<f64>,
    bars_a_year: f64,
}

impl<'a> Facts<'a> {
    fn new(run: &'a RunData<'a>) -> Self {
        let first = run.equity.first().copied();
        let bought = run.benchmark_equity.first().copied();
        let from_first_close = RunData {
            initial_equity: first.unwrap_or(run.initial_equity),
            ..*run
        };
        Self {
            run,
            returns: returns(run.initial_equity, run.equity),
            benchmark: returns(bought.unwrap_or(1.0), run.benchmark_equity),
            drawdowns: Drawdowns::of(&from_first_close),
            trades: TradeSums::of(run.trades),
            trade_returns: series::trade_returns(run),
            bars_a_year: YEAR_SECONDS / f64::from(run.interval.seconds()),
        }
    }

    fn total(&self) -> Outcome {
        Ok(self.growth()? - 1.0)
    }

    fn growth(&self) -> Outcome {
        let last = self.run.equity.last().ok_or(Absent::NoBars)?;
        Ok(last / self.run.initial_equity)
    }

    fn annualised(&self) -> Outcome {
        let growth = self.growth()?;
        if growth <= 0.0 {
            return Err(Absent::Ruined);
        }
        Ok(math::pow(growth, self.bars_a_year / self.returns.len() as f64) - 1.0)
    }

    fn mean(&self) -> Outcome {
        series::mean(&self.returns, Absent::NoBars)
    }

    fn sharpe(&self) -> Outcome {
        let deviation = series::true_deviation(&self.returns)?;
        Ok(self.mean()? / deviation * math::sqrt(self.bars_a_year))
    }

    fn sortino(&self) -> Outcome {
        if self.returns.len() < 2 {
            return Err(Absent::TooFewSessions);
        }
        let downside = series::downside(&self.returns)?;
        Ok(self.mean()? / downside * math::sqrt(self.bars_a_year))
    }

    fn omega(&self) -> Outcome {
        let (gains, losses) = series::gains_and_losses(&self.returns);
        ratio(gains, -losses, Absent::NoLosses)
    }

    fn calmar(&self) -> Outcome {
        ratio(
            self.annualised()?,
            self.deepest_drawdown()?,
            Absent::NoDrawdown,
        )
    }

    fn deepest_drawdown(&self) -> Outcome {
        let deepest = self.drawdowns.deepest.share;
        if deepest < 0.0 {
            Ok(-deepest)
        } else {
            Err(Absent::NoDrawdown)
        }
    }

    fn longest_drawdown(&self) -> Outcome {
        let bars = self.longest_drawdown_bars().ok_or(Absent::NoDrawdown)?;
        Ok(bars as f64 * f64::from(self.run.interval.seconds()))
    }

    /// The longest drawdown by vectorbt's count: from the bar after the peak to the bar of the recovery, which is not
    /// counted, or to the last bar, which is.
    fn longest_drawdown_bars(&self) -> Option<usize> {
        let equity = self.run.equity;
        let (mut peak_index, mut peak) = (0, *equity.first()?);
        let mut longest = None;
        for (index, &value) in equity.iter().enumerate() {
            if value >= peak {
                if index > peak_index + 1 {
                    longest = longest.max(Some(index - peak_index - 1));
                }
                (peak_index, peak) = (index, value);
            }
        }
        let running = equity.len() - 1 - peak_index;
        longest.max((running > 0).then_some(running))
    }

    fn percentile(&self, share: f64) -> Outcome {
        if self.returns.is_empty() {
            return Err(Absent::NoBars);
        }
        Ok(percentile(&mut self.returns.clone(), share))
    }

    fn tail_ratio(&self) -> Outcome {
        let low = self.percentile(0.05)?.abs();
        if low <= NOISE {
            return Err(Absent::ZeroDenominator);
        }
        Ok(self.percentile(0.95)?.abs() / low)
    }

    fn beta(&self) -> Outcome {
        series::slope(&self.returns, &self.benchmark)
    }

    fn alpha(&self) -> Outcome {
        let of_benchmark = series::mean(&self.benchmark, Absent::NoBenchmark)?;
        let intercept = self.mean()? - self.beta()? * of_benchmark;
        Ok(math::pow(1.0 + intercept, self.bars_a_year) - 1.0)
    }

    fn benchmark_return(&self) -> Outcome {
        let held = self.run.benchmark_equity;
        let (first, last) = held.first().zip(held.last()).ok_or(Absent::NoBenchmark)?;
        Ok(last / first - 1.0)
    }

    fn average_return(&self, pass: fn(f64) -> bool, none: Absent) -> Outcome {
        self.trades.any(0.0)?;
        series::mean_where(&self.trade_returns, pass, none)
    }

    fn average_seconds(&self, pass: fn(&Trade) -> bool, none: Absent) -> Outcome {
        self.trades.any(0.0)?;
        let trades = self.run.trades.iter().filter(|trade| pass(trade));
        let count = trades.clone().count() as f64;
        let bars: u64 = trades.map(|trade| trade.bars_held.saturating_sub(1)).sum();
        let seconds = bars as f64 * f64::from(self.run.interval.seconds());
        ratio(seconds, count, none)
    }

    fn fees(&self) -> f64 {
        let paid = self
            .run
            .trades
            .iter()
            .map(|trade| trade.cost_parts.commission);
        paid.sum()
    }
}

/// `(now − before) / before`, with the sign turned where `before` is negative.
fn returns(initial: f64, equity: &[f64]) -> Vec<f64> {
    let before = core::iter::once(&initial).chain(equity);
    let step = |(&now, &before): (&f64, &f64)| {
        if before == 0.0 && now == 0.0 {
            return 0.0;
        }
        (now - before) / before.abs()
    };
    equity.iter().zip(before).map(step).collect()
}

fn of_equity(facts: &Facts<'_>) -> Vec<Metric> {
    let run = facts.run;
    let last = run.equity.last().copied().ok_or(Absent::NoBars);
    vec![
        Metric::new(
            "start_value",
            "Start Value",
            Money,
            Ok(run.initial_equity),
            "Initial equity.",
        ),
        Metric::new(
            "end_value",
            "End Value",
            Money,
            last,
            "Equity at the last close.",
        ),
        Metric::new(
            "total_return",
            "Total Return [%]",
            Percent,
            facts.total(),
            "End over start value, less one.",
        ),
        Metric::new(
            "benchmark_return",
            "Benchmark Return [%]",
            Percent,
            facts.benchmark_return(),
            "Last over first close, less one.",
        ),
        Metric::new(
            "total_fees_paid",
            "Total Fees Paid",
            Money,
            Ok(facts.fees()),
            "Commissions of all trades.",
        ),
        Metric::new(
            "max_drawdown",
            "Max Drawdown [%]",
            Percent,
            facts.deepest_drawdown(),
            "The deepest fall from a peak at bar closes, positive.",
        ),
        Metric::new(
            "max_drawdown_duration",
            "Max Drawdown Duration",
            Seconds,
            facts.longest_drawdown(),
            "The longest drawdown, in bars times the bar's nominal length.",
        ),
    ]
}

fn of_trades(facts: &Facts<'_>) -> Vec<Metric> {
    let count = Metric::new(
        "total_trades",
        "Total Trades",
        Count,
        Ok(facts.trades.count as f64),
        "Round trips.",
    );
    let mut metrics = vec![count];
    metrics.extend(won_best_and_worst(&facts.trades, &facts.trade_returns));
    metrics
}

fn of_winners_and_losers(facts: &Facts<'_>) -> Vec<Metric> {
    let trades = &facts.trades;
    let won = |trade: &Trade| trade.net_profit > 0.0;
    let lost = |trade: &Trade| trade.net_profit < 0.0;
    vec![
        Metric::new(
            "avg_winning_trade",
            "Avg Winning Trade [%]",
            Percent,
            facts.average_return(|r| r > 0.0, Absent::NoWinners),
            "The mean return of winning trades.",
        ),
        Metric::new(
            "avg_losing_trade",
            "Avg Losing Trade [%]",
            Percent,
            facts.average_return(|r| r < 0.0, Absent::NoLosers),
            "The mean return of losing trades.",
        ),
        Metric::new(
            "avg_winning_trade_duration",
            "Avg Winning Trade Duration",
            Seconds,
            facts.average_seconds(won, Absent::NoWinners),
            "Bars from entry to exit times the bar's nominal length, over winning trades.",
        ),
        Metric::new(
            "avg_losing_trade_duration",
            "Avg Losing Trade Duration",
            Seconds,
            facts.average_seconds(lost, Absent::NoLosers),
            "Bars from entry to exit times the bar's nominal length, over losing trades.",
        ),
        Metric::new(
            "profit_factor",
            "Profit Factor",
            Ratio,
            profit_factor::profit_factor(trades),
            "Summed profit of winners over summed loss of losers.",
        ),
        Metric::new(
            "expectancy",
            "Expectancy",
            Money,
            expectancy::expectancy(trades),
            "The mean net profit of a trade.",
        ),
    ]
}

fn of_returns(facts: &Facts<'_>) -> Vec<Metric> {
    let returns = &facts.returns;
    let annual = math::sqrt(facts.bars_a_year);
    let volatility = series::deviation(returns).map(|deviation| deviation * annual);
    vec![
        Metric::new(
            "sharpe_ratio",
            "Sharpe Ratio",
            Ratio,
            facts.sharpe(),
            "Mean over standard deviation (ddof 1) of bar returns, times the root of the bars a year.",
        ),
        Metric::new(
            "calmar_ratio",
            "Calmar Ratio",
            Ratio,
            facts.calmar(),
            "Annualized return over the deepest drawdown.",
        ),
        Metric::new(
            "omega_ratio",
            "Omega Ratio",
            Ratio,
            facts.omega(),
            "Summed positive bar returns over summed negative ones.",
        ),
        Metric::new(
            "sortino_ratio",
            "Sortino Ratio",
            Ratio,
            facts.sortino(),
            "Mean over the root mean square of negative bar returns, counted over all, times the root of the bars a year.",
        ),
        Metric::new(
            "annualized_return",
            "Annualized Return [%]",
            Percent,
            facts.annualised(),
            "Total growth to the power of bars a year over bars, less one.",
        ),
        Metric::new(
            "annualized_volatility",
            "Annualized Volatility [%]",
            Percent,
            volatility,
            "Standard deviation (ddof 1) of bar returns times the root of the bars a year.",
        ),
    ]
}

fn of_distribution(facts: &Facts<'_>) -> Vec<Metric> {
    let returns = &facts.returns;
    let sense = facts
        .tail_ratio()
        .and_then(|tails| Ok(tails * (1.0 + facts.annualised()?)));
    vec![
        Metric::new(
            "skew",
            "Skew",
            Ratio,
            series::unbiased_skew(returns),
            "Skewness of bar returns, corrected for the sample's size.",
        ),
        Metric::new(
            "kurtosis",
            "Kurtosis",
            Ratio,
            series::unbiased_excess_kurtosis(returns),
            "Excess kurtosis of bar returns, corrected for the sample's size.",
        ),
        Metric::new(
            "tail_ratio",
            "Tail Ratio",
            Ratio,
            facts.tail_ratio(),
            "The 95th percentile of bar returns over the size of the 5th.",
        ),
        Metric::new(
            "common_sense_ratio",
            "Common Sense Ratio",
            Ratio,
            sense,
            "Tail ratio times one plus the annualized return.",
        ),
        Metric::new(
            "value_at_risk",
            "Value at Risk",
            Percent,
            facts.percentile(0.05),
            "The 5th percentile of bar returns.",
        ),
        Metric::new(
            "alpha",
            "Alpha",
            Percent,
            facts.alpha(),
            "The mean of what bar returns exceed beta times the benchmark's by, compounded over the bars of a year.",
        ),
        Metric::new(
            "beta",
            "Beta",
            Ratio,
            facts.beta(),
            "Slope of the regression of bar returns on those of the benchmark.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::research::metrics::tests::run;

    #[test]
    fn a_drawdown_that_is_over_counts_one_bar_less() {
        let bars = |equity: &[f64]| Facts::new(&run(equity, &[], 1)).longest_drawdown_bars();
        assert_eq!(bars(&[100.0, 90.0, 95.0, 100.0]), Some(2));
        assert_eq!(bars(&[100.0, 90.0, 95.0, 99.0]), Some(3));
        assert_eq!(bars(&[90.0, 91.0]), None);
        assert_eq!(bars(&[]), None);
    }
}
