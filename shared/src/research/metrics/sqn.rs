//! System quality number.

use super::stat::Outcome;
use super::trade_sums::TradeSums;
use crate::base::math;

/// `√n · mean / standard deviation (ddof 1)` of the net profits of n trades (Tharp): the t statistic of the mean. Absent
/// below two trades and where profits do not vary.
pub(super) fn sqn(trades: &TradeSums) -> Outcome {
    let deviation = trades.deviation()?;
    Ok(math::sqrt(trades.count as f64) * (trades.net / trades.count as f64) / deviation)
}

#[cfg(test)]
mod tests {
    use super::super::Absent;
    use super::super::tests::trade;
    use super::*;

    #[test]
    fn four_trades_by_hand() {
        let trades = [trade(1.0), trade(3.0), trade(1.0), trade(3.0)];
        // mean 2, deviation √(4/3)
        let value = sqn(&TradeSums::of(&trades)).unwrap();
        assert!((value - 2.0 * 2.0 / (4.0f64 / 3.0).sqrt()).abs() < 1e-12);
        let one = TradeSums::of(&trades[..1]);
        assert_eq!(sqn(&one), Err(Absent::TooFewTrades));
    }
}
