//! How long trades last.
//!
//! In bars, those of entry and exit included; and in seconds from the start of the bar of the first entry execution to
//! the start of the bar of the last exit, because fills are stamped with the start of their bar. So a trade that opens and
//! closes within one bar lasts 1 bar and 0 seconds.

use super::stat::Outcome;
use super::trade_sums::TradeSums;

/// The mean length of a trade, in bars.
pub(super) fn average_bars(trades: &TradeSums) -> Outcome {
    trades.mean(trades.bars as f64)
}

/// The length of the longest trade, in bars.
pub(super) fn longest_bars(trades: &TradeSums) -> Outcome {
    trades.any(trades.longest_bars as f64)
}

/// The mean length of a trade, in seconds.
pub(super) fn average_seconds(trades: &TradeSums) -> Outcome {
    trades.mean(trades.seconds)
}

/// The length of the trade that lasted longest, in seconds.
pub(super) fn longest_seconds(trades: &TradeSums) -> Outcome {
    trades.any(trades.longest_seconds)
}

#[cfg(test)]
mod tests {
    use super::super::tests::trade;
    use super::*;
    use crate::trading::portfolio::Trade;

    #[test]
    fn in_bars_and_in_seconds() {
        let lasting = |bars_held, seconds| {
            let trade = trade(1.0);
            Trade {
                bars_held,
                exit_at: trade.entry_at.plus_seconds(seconds),
                ..trade
            }
        };
        let trades = [lasting(1, 0), lasting(4, 10_800)];
        let sums = TradeSums::of(&trades);
        assert_eq!(
            (average_bars(&sums), longest_bars(&sums)),
            (Ok(2.5), Ok(4.0))
        );
        assert_eq!(
            (average_seconds(&sums), longest_seconds(&sums)),
            (Ok(5_400.0), Ok(10_800.0))
        );
        assert!(average_bars(&TradeSums::default()).is_err());
    }
}
