//! Profit factor.

use super::stat::{Absent, Outcome, ratio};
use super::trade_sums::TradeSums;

/// The summed net profit of trades that earned over the summed net loss of those that lost; absent without losers.
pub(super) fn profit_factor(trades: &TradeSums) -> Outcome {
    trades.any(0.0)?;
    ratio(trades.profit, -trades.loss, Absent::NoLosers)
}
