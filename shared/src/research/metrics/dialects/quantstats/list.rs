//! The statistics of quantstats by its own names, in its order.

use super::Facts;
use crate::base::math;
use crate::research::metrics::RunData;
use crate::research::metrics::dialects::DialectMetric as Metric;
use crate::research::metrics::dialects::Unit::{Count, Days, Percent, Ratio};
use crate::research::metrics::dialects::series;
use crate::research::metrics::stat::Absent;

pub(in super::super) fn metrics(run: &RunData<'_>) -> Vec<Metric> {
    let facts = Facts::new(run);
    let mut metrics = of_growth(&facts);
    metrics.extend(of_drawdowns(&facts));
    metrics.extend(of_distribution(&facts));
    metrics.extend(of_sessions(&facts));
    metrics.extend(of_bets(&facts));
    metrics.extend(of_benchmark(&facts));
    metrics
}

fn of_growth(facts: &Facts<'_>) -> Vec<Metric> {
    let volatility = facts
        .returns
        .deviation()
        .map(|deviation| deviation * math::sqrt(facts.run.sessions_per_year));
    let adjusted = facts.sortino().map(|sortino| sortino / math::sqrt(2.0));
    vec![
        Metric::new(
            "comp",
            "Cumulative Return",
            Percent,
            facts.total(),
            "Compounded session returns.",
        ),
        Metric::new(
            "cagr",
            "CAGR﹪",
            Percent,
            facts.cagr(),
            "Growth to the power of sessions a year over sessions, less one.",
        ),
        Metric::new(
            "volatility",
            "Volatility (ann.)",
            Percent,
            volatility,
            "Standard deviation (ddof 1) of session returns times the root of the sessions a year.",
        ),
        Metric::new(
            "sharpe",
            "Sharpe",
            Ratio,
            facts.sharpe(),
            "Mean over standard deviation (ddof 1) of session returns, times the root of the sessions a year.",
        ),
        Metric::new(
            "sortino",
            "Sortino",
            Ratio,
            facts.sortino(),
            "Mean over the root mean square of negative session returns, counted over all, times the root of the sessions a year.",
        ),
        Metric::new(
            "adjusted_sortino",
            "Sortino/√2",
            Ratio,
            adjusted,
            "Sortino over the root of 2.",
        ),
        Metric::new(
            "omega",
            "Omega",
            Ratio,
            facts.omega(),
            "Summed positive over summed negative session returns.",
        ),
        Metric::new(
            "gain_to_pain_ratio",
            "Gain/Pain Ratio",
            Ratio,
            facts.gain_to_pain(),
            "Summed session returns over summed negative ones.",
        ),
    ]
}

fn of_drawdowns(facts: &Facts<'_>) -> Vec<Metric> {
    let deepest = facts.values().map(|_| facts.drawdowns.deepest.share);
    vec![
        Metric::new(
            "max_drawdown",
            "Max Drawdown",
            Percent,
            deepest,
            "The deepest fall from a peak at session closes.",
        ),
        Metric::new(
            "longest_drawdown_days",
            "Longest DD Days",
            Days,
            facts.longest_drawdown_days(),
            "Days from the first to the last session of the longest drawdown, both counted.",
        ),
        Metric::new(
            "calmar",
            "Calmar",
            Ratio,
            facts.calmar(),
            "CAGR over the deepest drawdown.",
        ),
        Metric::new(
            "recovery_factor",
            "Recovery Factor",
            Ratio,
            facts.recovery_factor(),
            "The size of summed session returns over the deepest drawdown.",
        ),
        Metric::new(
            "ulcer_index",
            "Ulcer Index",
            Ratio,
            facts.ulcer_index(),
            "Root of summed squared drawdowns at session closes over sessions less one.",
        ),
        Metric::new(
            "ulcer_performance_index",
            "Ulcer Performance Index",
            Ratio,
            facts.ulcer_performance(),
            "Cumulative return over ulcer index.",
        ),
        Metric::new(
            "serenity_index",
            "Serenity Index",
            Ratio,
            facts.serenity(),
            "Summed session returns over ulcer index times pitfall, the normal shortfall of drawdowns in deviations of returns.",
        ),
    ]
}

fn of_distribution(facts: &Facts<'_>) -> Vec<Metric> {
    let skew = facts.values().and_then(series::unbiased_skew);
    let kurtosis = facts.values().and_then(series::unbiased_excess_kurtosis);
    vec![
        Metric::new(
            "skew",
            "Skew",
            Ratio,
            skew,
            "Skewness of session returns, corrected for the sample's size.",
        ),
        Metric::new(
            "kurtosis",
            "Kurtosis",
            Ratio,
            kurtosis,
            "Excess kurtosis of session returns, corrected for the sample's size.",
        ),
        Metric::new(
            "value_at_risk",
            "Daily Value-at-Risk",
            Percent,
            facts.value_at_risk(),
            "The 5th percentile of a normal distribution of the same mean and deviation.",
        ),
        Metric::new(
            "conditional_value_at_risk",
            "Expected Shortfall (cVaR)",
            Percent,
            facts.shortfall(),
            "The mean of that distribution below its 5th percentile.",
        ),
        Metric::new(
            "tail_ratio",
            "Tail Ratio",
            Ratio,
            facts.tail_ratio(),
            "The 95th percentile of session returns over the size of the 5th.",
        ),
        Metric::new(
            "outlier_win_ratio",
            "Outlier Win Ratio",
            Ratio,
            facts.outlier_win(),
            "The 99th percentile over the mean of returns of 0 or more.",
        ),
        Metric::new(
            "outlier_loss_ratio",
            "Outlier Loss Ratio",
            Ratio,
            facts.outlier_loss(),
            "The 1st percentile over the mean of negative returns.",
        ),
    ]
}

fn of_sessions(facts: &Facts<'_>) -> Vec<Metric> {
    let extremes = facts
        .values()
        .and_then(|values| series::extremes(values, Absent::NoSessions));
    vec![
        Metric::new(
            "best",
            "Best Day",
            Percent,
            extremes.map(|(best, _)| best),
            "The highest session return.",
        ),
        Metric::new(
            "worst",
            "Worst Day",
            Percent,
            extremes.map(|(_, worst)| worst),
            "The lowest session return.",
        ),
        Metric::new(
            "win_rate",
            "Win Days",
            Percent,
            facts.win_rate(),
            "Share of gains among sessions with a return other than 0.",
        ),
        Metric::new(
            "avg_win",
            "Avg. Win",
            Percent,
            facts.average_win(),
            "The mean positive session return.",
        ),
        Metric::new(
            "avg_loss",
            "Avg. Loss",
            Percent,
            facts.average_loss(),
            "The mean negative session return.",
        ),
        Metric::new(
            "consecutive_wins",
            "Max Consecutive Wins",
            Count,
            facts.streak(|value| value > 0.0),
            "The most gains in a row.",
        ),
        Metric::new(
            "consecutive_losses",
            "Max Consecutive Losses",
            Count,
            facts.streak(|value| value < 0.0),
            "The most losses in a row.",
        ),
    ]
}

fn of_bets(facts: &Facts<'_>) -> Vec<Metric> {
    let sense = facts
        .omega()
        .and_then(|factor| Ok(factor * facts.tail_ratio()?));
    let cpc = facts
        .omega()
        .and_then(|factor| Ok(factor * facts.win_rate()? * facts.payoff()?));
    vec![
        Metric::new(
            "payoff_ratio",
            "Payoff Ratio",
            Ratio,
            facts.payoff(),
            "Average win over the size of the average loss.",
        ),
        Metric::new(
            "profit_factor",
            "Profit Factor",
            Ratio,
            facts.omega(),
            "Summed gains over summed losses.",
        ),
        Metric::new(
            "common_sense_ratio",
            "Common Sense Ratio",
            Ratio,
            sense,
            "Profit factor times tail ratio.",
        ),
        Metric::new(
            "cpc_index",
            "CPC Index",
            Ratio,
            cpc,
            "Profit factor times win rate times payoff ratio.",
        ),
        Metric::new(
            "kelly_criterion",
            "Kelly Criterion",
            Percent,
            facts.kelly(),
            "Win rate less loss rate over payoff ratio.",
        ),
        Metric::new(
            "risk_of_ruin",
            "Risk of Ruin",
            Percent,
            facts.risk_of_ruin(),
            "Loss rate over one plus win rate, to the power of the sessions.",
        ),
        Metric::new(
            "exposure",
            "Time in Market",
            Percent,
            facts.exposure(),
            "Share of sessions with a return other than 0, rounded up to whole per cent.",
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
            "The intercept of the regression on the benchmark's returns, times the sessions a year.",
        ),
        Metric::new(
            "beta",
            "Beta",
            Ratio,
            facts.beta(),
            "The slope of that regression.",
        ),
        Metric::new(
            "r_squared",
            "R^2",
            Ratio,
            facts.r_squared(),
            "The squared correlation with the benchmark's returns.",
        ),
        Metric::new(
            "information_ratio",
            "Information Ratio",
            Ratio,
            facts.information_ratio(),
            "Mean over deviation of the difference to the benchmark's returns, not annualised.",
        ),
        Metric::new(
            "treynor_ratio",
            "Treynor Ratio",
            Ratio,
            facts.treynor(),
            "Cumulative return less the risk-free rate, over beta.",
        ),
    ]
}
