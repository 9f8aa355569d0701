//! Payoff ratio.

use super::stat::{Absent, Outcome, ratio};
use super::trade_profit::{average_loss, average_win};
use super::trade_sums::TradeSums;

/// `average win / |average loss|`, net of costs. Absent without winners or without losers.
pub(super) fn payoff(trades: &TradeSums) -> Outcome {
    ratio(
        average_win(trades)?,
        -average_loss(trades)?,
        Absent::NoLosers,
    )
}
