//! Best and worst trade, average win and average loss.

use super::stat::{Absent, Outcome};
use super::trade_sums::TradeSums;

/// The highest net profit of a trade, in account currency; negative where every trade lost.
pub(super) fn best(trades: &TradeSums) -> Outcome {
    trades.any(trades.best)
}

/// The lowest net profit of a trade, in account currency; positive where every trade earned.
pub(super) fn worst(trades: &TradeSums) -> Outcome {
    trades.any(trades.worst)
}

/// The mean net profit of the trades that earned, in account currency.
pub(super) fn average_win(trades: &TradeSums) -> Outcome {
    trades.any(0.0)?;
    if trades.wins == 0 {
        return Err(Absent::NoWinners);
    }
    Ok(trades.profit / trades.wins as f64)
}

/// The mean net profit of the trades that lost, in account currency, below 0.
pub(super) fn average_loss(trades: &TradeSums) -> Outcome {
    trades.any(0.0)?;
    if trades.losses == 0 {
        return Err(Absent::NoLosers);
    }
    Ok(trades.loss / trades.losses as f64)
}
