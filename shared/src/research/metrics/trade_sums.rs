//! What the statistics of trades share: counts and sums over all, the long or the short trades.

use super::stat::{Absent, Outcome};
use crate::base::math;
use crate::trading::orders::Side;
use crate::trading::portfolio::Trade;

/// Sums over round trips. Profits are net of all costs, in account currency; a win is a net profit above 0, a loss one
/// below 0, and what is neither counts among the trades alone.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TradeSums {
    pub(super) count: u64,
    pub(super) wins: u64,
    pub(super) losses: u64,
    /// Summed profit of the wins.
    pub(super) profit: f64,
    /// Summed profit of the losses, 0 or less.
    pub(super) loss: f64,
    pub(super) net: f64,
    pub(super) best: f64,
    pub(super) worst: f64,
    /// Sum of squared distances of profits from their mean.
    pub(super) squares: f64,
    pub(super) bars: u64,
    pub(super) longest_bars: u64,
    pub(super) seconds: f64,
    pub(super) longest_seconds: f64,
    /// Sum of profits in units of the initial risk, over `at_risk` trades.
    pub(super) r: f64,
    /// Trades whose stop put cash at stake.
    pub(super) at_risk: u64,
}

impl TradeSums {
    /// Over all trades.
    pub(super) fn of(trades: &[Trade]) -> Self {
        let mut sums = Self::default();
        trades.iter().for_each(|trade| sums.take(trade));
        trades.iter().for_each(|trade| sums.take_square(trade));
        sums
    }

    /// Over all, the long and the short trades, in two passes.
    pub(super) fn by_side(trades: &[Trade]) -> [Self; 3] {
        let [mut all, mut long, mut short] = [Self::default(); 3];
        for trade in trades {
            all.take(trade);
            match trade.side {
                Side::Long => long.take(trade),
                Side::Short => short.take(trade),
            }
        }
        for trade in trades {
            all.take_square(trade);
            match trade.side {
                Side::Long => long.take_square(trade),
                Side::Short => short.take_square(trade),
            }
        }
        [all, long, short]
    }

    /// Takes in the distance of a profit from the mean of all that were taken in before.
    fn take_square(&mut self, trade: &Trade) {
        let distance = trade.net_profit - self.net / self.count as f64;
        self.squares += distance * distance;
    }

    fn take(&mut self, trade: &Trade) {
        let net = trade.net_profit;
        if self.count == 0 || net > self.best {
            self.best = net;
        }
        if self.count == 0 || net < self.worst {
            self.worst = net;
        }
        self.count += 1;
        self.net += net;
        if net > 0.0 {
            self.wins += 1;
            self.profit += net;
        } else if net < 0.0 {
            self.losses += 1;
            self.loss += net;
        }
        self.bars += trade.bars_held;
        self.longest_bars = self.longest_bars.max(trade.bars_held);
        let seconds = trade.exit_at.micros_since(trade.entry_at) as f64 / 1e6;
        self.seconds += seconds;
        if seconds > self.longest_seconds {
            self.longest_seconds = seconds;
        }
        if let Some(risk) = trade.initial_risk.filter(|&risk| risk > 0.0) {
            self.at_risk += 1;
            self.r += net / risk;
        }
    }

    /// Something of the trades, absent where there are none.
    pub(super) fn any(&self, value: f64) -> Outcome {
        if self.count == 0 {
            return Err(Absent::NoTrades);
        }
        Ok(value)
    }

    /// The mean of a sum over all trades.
    pub(super) fn mean(&self, sum: f64) -> Outcome {
        self.any(sum / self.count as f64)
    }

    /// The sample standard deviation (ddof 1) of profits, where it is more than rounding noise.
    pub(super) fn deviation(&self) -> Outcome {
        self.any(0.0)?;
        if self.count < 2 {
            return Err(Absent::TooFewTrades);
        }
        let deviation = math::sqrt(self.squares / (self.count - 1) as f64);
        let size = (self.profit - self.loss) / self.count as f64;
        if deviation <= 1e-12 * size {
            return Err(Absent::NoVariation);
        }
        if !deviation.is_finite() {
            return Err(Absent::Overflow);
        }
        Ok(deviation)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::trade;
    use super::*;

    #[test]
    fn a_trade_of_zero_is_neither_win_nor_loss() {
        let trades = [trade(0.0), trade(-5.0), trade(15.0)];
        let sums = TradeSums::of(&trades);
        assert_eq!((sums.count, sums.wins, sums.losses), (3, 1, 1));
        assert_eq!((sums.profit, sums.loss, sums.net), (15.0, -5.0, 10.0));
        assert_eq!((sums.best, sums.worst), (15.0, -5.0));
    }

    #[test]
    fn the_deviation_needs_two_different_trades() {
        let deviation = |profits: &[f64]| {
            let trades: Vec<Trade> = profits.iter().map(|&net| trade(net)).collect();
            TradeSums::of(&trades).deviation()
        };
        assert_eq!(deviation(&[]), Err(Absent::NoTrades));
        assert_eq!(deviation(&[1.0]), Err(Absent::TooFewTrades));
        assert_eq!(deviation(&[0.1, 0.1, 0.1]), Err(Absent::NoVariation));
        assert_eq!(deviation(&[0.0, 0.0]), Err(Absent::NoVariation));
        assert!((deviation(&[1.0, 3.0]).unwrap() - 2f64.sqrt()).abs() < 1e-15);
    }
}
