//! The name, the unit and the meaning of every metric of trades.

use super::{Stat, TradeMetrics, Unit};

/// A metric of a set of trades: all, the long or the short ones.
#[derive(Debug, Clone, Copy)]
pub struct TradeDefinition {
    /// Its name in exports, which never changes.
    pub key: &'static str,
    /// Its name as shown.
    pub label: &'static str,
    /// What it is counted in.
    pub unit: Unit,
    /// What it means.
    pub meaning: &'static str,
    /// Where it is found.
    pub value: fn(&TradeMetrics) -> Stat,
}

/// Every metric of trades, in the order of reports.
pub const TRADE_CATALOG: [TradeDefinition; 16] = [
    TradeDefinition {
        key: "trades",
        label: "Trades",
        unit: Unit::Count,
        meaning: "Round trips.",
        value: |t| Stat::Value(t.trades as f64),
    },
    TradeDefinition {
        key: "win_rate",
        label: "Win rate",
        unit: Unit::Percent,
        meaning: "Share of trades that earned after costs.",
        value: |t| t.win_rate,
    },
    TradeDefinition {
        key: "profit_factor",
        label: "Profit factor",
        unit: Unit::Ratio,
        meaning: "What winning trades earned over what losing trades lost, after costs.",
        value: |t| t.profit_factor,
    },
    TradeDefinition {
        key: "expectancy",
        label: "Expectancy",
        unit: Unit::Money,
        meaning: "The average trade after costs.",
        value: |t| t.expectancy,
    },
    TradeDefinition {
        key: "expectancy_r",
        label: "Expectancy in R",
        unit: Unit::R,
        meaning: "The average trade after costs, in units of what its first stop put at stake.",
        value: |t| t.expectancy_r,
    },
    TradeDefinition {
        key: "payoff",
        label: "Payoff",
        unit: Unit::Ratio,
        meaning: "Average winner over average loser.",
        value: |t| t.payoff,
    },
    TradeDefinition {
        key: "average_win",
        label: "Average win",
        unit: Unit::Money,
        meaning: "The average winning trade after costs.",
        value: |t| t.average_win,
    },
    TradeDefinition {
        key: "average_loss",
        label: "Average loss",
        unit: Unit::Money,
        meaning: "The average losing trade after costs.",
        value: |t| t.average_loss,
    },
    TradeDefinition {
        key: "best_trade",
        label: "Best trade",
        unit: Unit::Money,
        meaning: "The highest profit after costs.",
        value: |t| t.best_trade,
    },
    TradeDefinition {
        key: "worst_trade",
        label: "Worst trade",
        unit: Unit::Money,
        meaning: "The lowest profit after costs.",
        value: |t| t.worst_trade,
    },
    TradeDefinition {
        key: "average_trade_bars",
        label: "Average trade",
        unit: Unit::Bars,
        meaning: "Average length, the bars of entry and exit included.",
        value: |t| t.average_trade_bars,
    },
    TradeDefinition {
        key: "longest_trade_bars",
        label: "Longest trade",
        unit: Unit::Bars,
        meaning: "Length of the longest trade, the bars of entry and exit included.",
        value: |t| t.longest_trade_bars,
    },
    TradeDefinition {
        key: "average_trade_seconds",
        label: "Average trade time",
        unit: Unit::Seconds,
        meaning: "Average time from the start of the entry's bar to the start of the exit's.",
        value: |t| t.average_trade_seconds,
    },
    TradeDefinition {
        key: "longest_trade_seconds",
        label: "Longest trade time",
        unit: Unit::Seconds,
        meaning: "Longest time from the start of the entry's bar to the start of the exit's.",
        value: |t| t.longest_trade_seconds,
    },
    TradeDefinition {
        key: "sqn",
        label: "SQN",
        unit: Unit::Ratio,
        meaning: "System quality number: root of the number of trades times their mean profit over its standard deviation.",
        value: |t| t.sqn,
    },
    TradeDefinition {
        key: "kelly",
        label: "Kelly",
        unit: Unit::Percent,
        meaning: "Win rate less loss rate over payoff: the share of equity whose risk would have grown it fastest.",
        value: |t| t.kelly,
    },
];
