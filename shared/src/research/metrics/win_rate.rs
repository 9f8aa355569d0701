//! Win rate.

use super::stat::Outcome;
use super::trade_sums::TradeSums;

/// The share of trades whose net profit is above 0; a trade of exactly 0 is none.
pub(super) fn win_rate(trades: &TradeSums) -> Outcome {
    trades.mean(trades.wins as f64)
}
