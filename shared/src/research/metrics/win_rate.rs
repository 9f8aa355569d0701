//! Win rate.

use super::{Absent, RunData, Stat};

/// The share of trades whose net profit is above 0.
pub(super) fn win_rate(run: &RunData<'_>) -> Stat {
    if run.trades.is_empty() {
        return Stat::Absent(Absent::NoTrades);
    }
    let wins = run
        .trades
        .iter()
        .filter(|trade| trade.net_profit > 0.0)
        .count();
    Stat::finite(wins as f64 / run.trades.len() as f64)
}
