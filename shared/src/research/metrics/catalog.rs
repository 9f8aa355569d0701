//! The name, the unit and the meaning of every metric of the whole run: what tables, pages and exports show beside the number.

use super::{BenchmarkMetrics, Metrics, Stat};

/// What a metric is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share, shown in per cent.
    Percent,
    /// A number without a unit.
    Ratio,
    /// How many.
    Count,
    /// An amount in account currency.
    Money,
    /// Bars.
    Bars,
    /// Days of 24 hours.
    Days,
    /// Seconds, shown as days, hours and minutes.
    Seconds,
    /// Units of the initial risk of a trade.
    R,
}

impl Unit {
    /// The unit as it is named beside a number.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Percent => "%",
            Self::Ratio | Self::Count => "",
            Self::Money => "account currency",
            Self::Bars => "bars",
            Self::Days => "days",
            Self::Seconds => "time",
            Self::R => "R",
        }
    }
}

/// What a metric speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// What was earned.
    Returns,
    /// At what risk.
    Risk,
    /// What trades were like.
    Trades,
    /// Buy-and-hold, and how the run relates to it.
    Benchmark,
    /// What trading cost.
    Costs,
}

impl Group {
    /// Every group, in the order of reports.
    pub const ALL: [Self; 5] = [
        Self::Returns,
        Self::Risk,
        Self::Trades,
        Self::Benchmark,
        Self::Costs,
    ];

    /// Its heading.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Returns => "Returns",
            Self::Risk => "Risk",
            Self::Trades => "Trades",
            Self::Benchmark => "Benchmark",
            Self::Costs => "Costs",
        }
    }
}

/// A metric of the whole run.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// Its name in exports, which never changes.
    pub key: &'static str,
    /// Its name as shown.
    pub label: &'static str,
    /// What it speaks of.
    pub group: Group,
    /// What it is counted in.
    pub unit: Unit,
    /// What it means.
    pub meaning: &'static str,
    /// Where it is found.
    pub value: fn(&Metrics, &BenchmarkMetrics) -> Stat,
}

/// Every metric of the whole run, group by group, in the order of reports.
pub const CATALOG: [Definition; 40] = [
    Definition {
        key: "total_return",
        label: "Total return",
        group: Group::Returns,
        unit: Unit::Percent,
        meaning: "Final equity over initial equity, less one.",
        value: |m, _| m.returns.total_return,
    },
    Definition {
        key: "annual_return",
        label: "Annual return",
        group: Group::Returns,
        unit: Unit::Percent,
        meaning: "Total return compounded to a year by the calendar's sessions a year.",
        value: |m, _| m.returns.annual_return,
    },
    Definition {
        key: "cagr",
        label: "CAGR",
        group: Group::Returns,
        unit: Unit::Percent,
        meaning: "Compound annual growth rate over years of 365.25 days.",
        value: |m, _| m.returns.cagr,
    },
    Definition {
        key: "final_equity",
        label: "Final equity",
        group: Group::Returns,
        unit: Unit::Money,
        meaning: "Equity at the end, in account currency.",
        value: |m, _| Stat::Value(m.returns.final_equity),
    },
    Definition {
        key: "volatility",
        label: "Volatility",
        group: Group::Risk,
        unit: Unit::Percent,
        meaning: "Standard deviation of returns between session closes, annualised by the calendar's sessions a year.",
        value: |m, _| m.risk.volatility,
    },
    Definition {
        key: "sharpe",
        label: "Sharpe",
        group: Group::Risk,
        unit: Unit::Ratio,
        meaning: "Mean over standard deviation of returns between session closes, annualised by the calendar's sessions a year; risk-free rate 0.",
        value: |m, _| m.risk.sharpe,
    },
    Definition {
        key: "sortino",
        label: "Sortino",
        group: Group::Risk,
        unit: Unit::Ratio,
        meaning: "As Sharpe, but over the downside deviation: the root mean square of negative returns, counted over all returns.",
        value: |m, _| m.risk.sortino,
    },
    Definition {
        key: "calmar",
        label: "Calmar",
        group: Group::Risk,
        unit: Unit::Ratio,
        meaning: "CAGR over the size of the deepest drawdown.",
        value: |m, _| m.risk.calmar,
    },
    Definition {
        key: "max_drawdown",
        label: "Max drawdown",
        group: Group::Risk,
        unit: Unit::Percent,
        meaning: "The deepest fall of equity from its highest point before, at bar closes.",
        value: |m, _| m.risk.max_drawdown,
    },
    Definition {
        key: "max_drawdown_bars",
        label: "Max drawdown length",
        group: Group::Risk,
        unit: Unit::Bars,
        meaning: "Bars from the peak before the deepest fall to its recovery, or to the end.",
        value: |m, _| m.risk.max_drawdown_bars,
    },
    Definition {
        key: "max_drawdown_days",
        label: "Max drawdown days",
        group: Group::Risk,
        unit: Unit::Days,
        meaning: "The same in calendar days.",
        value: |m, _| m.risk.max_drawdown_days,
    },
    Definition {
        key: "longest_drawdown_bars",
        label: "Longest drawdown",
        group: Group::Risk,
        unit: Unit::Bars,
        meaning: "The most bars that equity lay below a peak.",
        value: |m, _| m.risk.longest_drawdown_bars,
    },
    Definition {
        key: "longest_drawdown_days",
        label: "Longest drawdown days",
        group: Group::Risk,
        unit: Unit::Days,
        meaning: "The same in calendar days.",
        value: |m, _| m.risk.longest_drawdown_days,
    },
    Definition {
        key: "max_drawdown_session",
        label: "Max drawdown, sessions",
        group: Group::Risk,
        unit: Unit::Percent,
        meaning: "The deepest fall at session closes alone, as sweeps report it.",
        value: |m, _| m.risk.max_drawdown_session,
    },
    Definition {
        key: "ulcer_index",
        label: "Ulcer index",
        group: Group::Risk,
        unit: Unit::Percent,
        meaning: "Root mean square of the drawdowns at all bar closes.",
        value: |m, _| m.risk.ulcer_index,
    },
    Definition {
        key: "var_95",
        label: "VaR 95 %",
        group: Group::Risk,
        unit: Unit::Percent,
        meaning: "Historical value at risk: one session return in twenty is this or worse.",
        value: |m, _| m.risk.var_95,
    },
    Definition {
        key: "cvar_95",
        label: "CVaR 95 %",
        group: Group::Risk,
        unit: Unit::Percent,
        meaning: "Historical expected shortfall: the mean of the worst twentieth of session returns.",
        value: |m, _| m.risk.cvar_95,
    },
    Definition {
        key: "tail_ratio",
        label: "Tail ratio",
        group: Group::Risk,
        unit: Unit::Ratio,
        meaning: "The 95th percentile of session returns over the size of the 5th.",
        value: |m, _| m.risk.tail_ratio,
    },
    Definition {
        key: "skew",
        label: "Skew",
        group: Group::Risk,
        unit: Unit::Ratio,
        meaning: "Third standardised moment of session returns: below 0 where losses reach farther than gains.",
        value: |m, _| m.risk.skew,
    },
    Definition {
        key: "kurtosis",
        label: "Kurtosis",
        group: Group::Risk,
        unit: Unit::Ratio,
        meaning: "Fourth standardised moment of session returns, raw: 3 for a normal distribution, more where extremes are more frequent.",
        value: |m, _| m.risk.kurtosis,
    },
    Definition {
        key: "exposure",
        label: "Exposure",
        group: Group::Trades,
        unit: Unit::Percent,
        meaning: "Share of bars in which a position was open, those of entry and exit included.",
        value: |m, _| m.activity.exposure,
    },
    Definition {
        key: "turnover",
        label: "Turnover",
        group: Group::Trades,
        unit: Unit::Ratio,
        meaning: "Half of all that was bought and sold, over mean equity: how often equity was turned over.",
        value: |m, _| m.activity.turnover,
    },
    Definition {
        key: "annual_turnover",
        label: "Turnover a year",
        group: Group::Trades,
        unit: Unit::Ratio,
        meaning: "Turnover over the years of the run.",
        value: |m, _| m.activity.annual_turnover,
    },
    Definition {
        key: "alpha",
        label: "Alpha",
        group: Group::Benchmark,
        unit: Unit::Percent,
        meaning: "Jensen's alpha to buy-and-hold: the intercept of the regression of session returns, times the sessions a year.",
        value: |m, _| m.benchmark.alpha,
    },
    Definition {
        key: "beta",
        label: "Beta",
        group: Group::Benchmark,
        unit: Unit::Ratio,
        meaning: "Slope of the regression of session returns on those of buy-and-hold.",
        value: |m, _| m.benchmark.beta,
    },
    Definition {
        key: "benchmark_total_return",
        label: "Buy and hold",
        group: Group::Benchmark,
        unit: Unit::Percent,
        meaning: "Total return of the instrument bought at the first open with the whole initial equity, without costs.",
        value: |_, b| b.total_return,
    },
    Definition {
        key: "benchmark_cagr",
        label: "Buy and hold CAGR",
        group: Group::Benchmark,
        unit: Unit::Percent,
        meaning: "Its compound annual growth rate.",
        value: |_, b| b.cagr,
    },
    Definition {
        key: "benchmark_volatility",
        label: "Buy and hold volatility",
        group: Group::Benchmark,
        unit: Unit::Percent,
        meaning: "Its annualised standard deviation of returns between session closes.",
        value: |_, b| b.volatility,
    },
    Definition {
        key: "benchmark_sharpe",
        label: "Buy and hold Sharpe",
        group: Group::Benchmark,
        unit: Unit::Ratio,
        meaning: "Its annualised Sharpe ratio.",
        value: |_, b| b.sharpe,
    },
    Definition {
        key: "benchmark_max_drawdown",
        label: "Buy and hold max drawdown",
        group: Group::Benchmark,
        unit: Unit::Percent,
        meaning: "Its deepest fall from the highest point before, at bar closes.",
        value: |_, b| b.max_drawdown,
    },
    Definition {
        key: "benchmark_max_drawdown_session",
        label: "Buy and hold max drawdown, sessions",
        group: Group::Benchmark,
        unit: Unit::Percent,
        meaning: "The same at session closes.",
        value: |_, b| b.max_drawdown_session,
    },
    Definition {
        key: "benchmark_final_equity",
        label: "Buy and hold final equity",
        group: Group::Benchmark,
        unit: Unit::Money,
        meaning: "Its equity at the end, in account currency.",
        value: |_, b| Stat::Value(b.final_equity),
    },
    Definition {
        key: "costs",
        label: "Costs",
        group: Group::Costs,
        unit: Unit::Money,
        meaning: "All costs of all trades.",
        value: |m, _| m.costs.total,
    },
    Definition {
        key: "commission",
        label: "Commission",
        group: Group::Costs,
        unit: Unit::Money,
        meaning: "Commissions and fees.",
        value: |m, _| m.costs.commission,
    },
    Definition {
        key: "slippage",
        label: "Slippage",
        group: Group::Costs,
        unit: Unit::Money,
        meaning: "What executions were worse than the price that was met.",
        value: |m, _| m.costs.slippage,
    },
    Definition {
        key: "spread",
        label: "Spread",
        group: Group::Costs,
        unit: Unit::Money,
        meaning: "The half spreads paid.",
        value: |m, _| m.costs.spread,
    },
    Definition {
        key: "borrow",
        label: "Borrow",
        group: Group::Costs,
        unit: Unit::Money,
        meaning: "Borrowing what was sold short.",
        value: |m, _| m.costs.borrow,
    },
    Definition {
        key: "financing",
        label: "Financing",
        group: Group::Costs,
        unit: Unit::Money,
        meaning: "Financing of positions held.",
        value: |m, _| m.costs.financing,
    },
    Definition {
        key: "conversion",
        label: "Conversion",
        group: Group::Costs,
        unit: Unit::Money,
        meaning: "Currency conversion.",
        value: |m, _| m.costs.conversion,
    },
    Definition {
        key: "cost_share",
        label: "Costs of gross profit",
        group: Group::Costs,
        unit: Unit::Percent,
        meaning: "All costs over what trades earned before costs.",
        value: |m, _| m.costs.share_of_gross_profit,
    },
];
