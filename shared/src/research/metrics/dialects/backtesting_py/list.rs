//! The statistics of backtesting.py by its own names, in its order.

use super::{Facts, MICROS, geometric_mean};
use crate::research::metrics::basis::Basis;
use crate::research::metrics::dialects::DialectMetric as Metric;
use crate::research::metrics::dialects::Unit::{Count, Money, Percent, Ratio, Seconds};
use crate::research::metrics::dialects::{series, won_best_and_worst};
use crate::research::metrics::stat::Absent;
use crate::research::metrics::{RunData, exposure, kelly, sqn};

pub(in super::super) fn metrics(run: &RunData<'_>) -> Vec<Metric> {
    let facts = Facts::new(run);
    let mut metrics = of_equity(&facts);
    metrics.extend(of_days(&facts));
    metrics.extend(of_drawdowns(&facts));
    metrics.extend(of_trades(&facts));
    metrics.extend(of_trade_ratios(&facts));
    metrics
}

fn of_equity(facts: &Facts<'_>) -> Vec<Metric> {
    let run = facts.run;
    let highest = series::extremes(run.equity, Absent::NoBars).map(|(highest, _)| highest);
    let commission: f64 = run
        .trades
        .iter()
        .map(|trade| trade.cost_parts.commission)
        .sum();
    vec![
        Metric::new(
            "exposure_time",
            "Exposure Time [%]",
            Percent,
            exposure::exposure(&Basis::new(run)),
            "Share of bars in a position, those of entry and exit included.",
        ),
        Metric::new(
            "equity_final",
            "Equity Final [$]",
            Money,
            facts.last(),
            "Equity at the last close.",
        ),
        Metric::new(
            "equity_peak",
            "Equity Peak [$]",
            Money,
            highest,
            "The highest equity at a close.",
        ),
        Metric::new(
            "commissions",
            "Commissions [$]",
            Money,
            Ok(commission),
            "Commissions of all trades.",
        ),
        Metric::new(
            "return",
            "Return [%]",
            Percent,
            facts.total(),
            "Equity at the last over the first close, less one.",
        ),
        Metric::new(
            "buy_and_hold_return",
            "Buy & Hold Return [%]",
            Percent,
            facts.market(),
            "The last over the first close, less one.",
        ),
    ]
}

fn of_days(facts: &Facts<'_>) -> Vec<Metric> {
    vec![
        Metric::new(
            "return_ann",
            "Return (Ann.) [%]",
            Percent,
            facts.annualised(),
            "The geometric mean of day returns, compounded to a year.",
        ),
        Metric::new(
            "volatility_ann",
            "Volatility (Ann.) [%]",
            Percent,
            facts.volatility(),
            "The deviation of a year's compounded return, from mean and variance of day returns.",
        ),
        Metric::new(
            "cagr",
            "CAGR [%]",
            Percent,
            facts.cagr(),
            "Growth compounded over years of 365.25 days between the first and the last bar's start.",
        ),
        Metric::new(
            "sharpe_ratio",
            "Sharpe Ratio",
            Ratio,
            facts.sharpe(),
            "Annual return less the risk-free rate over annual volatility.",
        ),
        Metric::new(
            "sortino_ratio",
            "Sortino Ratio",
            Ratio,
            facts.sortino(),
            "Annual return less the risk-free rate over the annualised root mean square of negative day returns.",
        ),
        Metric::new(
            "calmar_ratio",
            "Calmar Ratio",
            Ratio,
            facts.calmar(),
            "Annual return over the deepest drawdown.",
        ),
        Metric::new(
            "alpha",
            "Alpha [%]",
            Percent,
            facts.alpha(),
            "Return less beta times the market's, over the whole run.",
        ),
        Metric::new(
            "beta",
            "Beta",
            Ratio,
            facts.beta(),
            "Slope of the regression of log returns of bars on the market's.",
        ),
    ]
}

fn of_drawdowns(facts: &Facts<'_>) -> Vec<Metric> {
    vec![
        Metric::new(
            "max_drawdown",
            "Max. Drawdown [%]",
            Percent,
            Ok(0.0 - facts.deepest),
            "The deepest fall from a peak at bar closes.",
        ),
        Metric::new(
            "avg_drawdown",
            "Avg. Drawdown [%]",
            Percent,
            facts.average_drawdown(),
            "The mean depth of drawdowns.",
        ),
        Metric::new(
            "max_drawdown_duration",
            "Max. Drawdown Duration",
            Seconds,
            facts.longest_drawdown_seconds(),
            "The longest time from a peak to its recovery or the end.",
        ),
        Metric::new(
            "avg_drawdown_duration",
            "Avg. Drawdown Duration",
            Seconds,
            facts.average_drawdown_seconds(),
            "The mean of these times.",
        ),
    ]
}

fn of_trades(facts: &Facts<'_>) -> Vec<Metric> {
    let trades = &facts.trades;
    let longest = trades
        .any(trades.longest_seconds * MICROS)
        .and_then(|t| facts.rounded(t));
    let average = trades
        .mean(trades.seconds * MICROS)
        .and_then(|t| facts.rounded(t));
    let count = Metric::new(
        "trades",
        "# Trades",
        Count,
        Ok(trades.count as f64),
        "Round trips.",
    );
    let mut metrics = vec![count];
    metrics.extend(won_best_and_worst(trades, &facts.trade_returns));
    metrics.extend([
        Metric::new(
            "avg_trade",
            "Avg. Trade [%]",
            Percent,
            geometric_mean(&facts.trade_returns, Absent::NoTrades),
            "The geometric mean of trade returns.",
        ),
        Metric::new(
            "max_trade_duration",
            "Max. Trade Duration",
            Seconds,
            longest,
            "The longest time between the starts of the bars of entry and exit.",
        ),
        Metric::new(
            "avg_trade_duration",
            "Avg. Trade Duration",
            Seconds,
            average,
            "The mean of these times.",
        ),
    ]);
    metrics
}

fn of_trade_ratios(facts: &Facts<'_>) -> Vec<Metric> {
    let (trades, returns) = (&facts.trades, &facts.trade_returns);
    vec![
        Metric::new(
            "profit_factor",
            "Profit Factor",
            Ratio,
            facts.profit_factor(),
            "Summed positive over summed negative trade returns.",
        ),
        Metric::new(
            "expectancy",
            "Expectancy [%]",
            Percent,
            series::mean(returns, Absent::NoTrades),
            "The mean trade return.",
        ),
        Metric::new(
            "sqn",
            "SQN",
            Ratio,
            sqn::sqn(trades),
            "Root of the number of trades times mean over deviation (ddof 1) of net profits.",
        ),
        Metric::new(
            "kelly_criterion",
            "Kelly Criterion",
            Ratio,
            kelly::kelly(trades),
            "Win rate less loss rate over payoff, in cash.",
        ),
    ]
}
