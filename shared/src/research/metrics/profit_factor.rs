//! Profit factor.

use super::{Absent, RunData, Stat};

/// The summed net profit of trades that earned over the summed net loss of those that lost; absent without losers.
pub(super) fn profit_factor(run: &RunData<'_>) -> Stat {
    if run.trades.is_empty() {
        return Stat::Absent(Absent::NoTrades);
    }
    let net = run.trades.iter().map(|trade| trade.net_profit);
    let profit: f64 = net.clone().filter(|&net| net > 0.0).sum();
    let loss: f64 = net.filter(|&net| net < 0.0).sum();
    if loss < 0.0 {
        Stat::finite(profit / -loss)
    } else {
        Stat::Absent(Absent::NoLosers)
    }
}
