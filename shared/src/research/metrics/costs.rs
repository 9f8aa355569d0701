//! What trading cost, part by part.

use serde::{Deserialize, Serialize};

use super::stat::{Absent, Outcome, Stat, ratio};
use crate::trading::portfolio::Trade;

/// The costs of all trades, in account currency, each 0 or more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CostMetrics {
    /// All of them.
    pub total: Stat,
    /// Commissions and fees.
    pub commission: Stat,
    /// Slippage.
    pub slippage: Stat,
    /// The half spreads paid.
    pub spread: Stat,
    /// Borrowing what was sold short.
    pub borrow: Stat,
    /// Financing of positions held.
    pub financing: Stat,
    /// Currency conversion.
    pub conversion: Stat,
    /// All costs over the profit before costs of all trades, as a share; absent where that profit is not above 0.
    pub share_of_gross_profit: Stat,
}

impl CostMetrics {
    /// One pass over the trades.
    pub fn of(trades: &[Trade]) -> Self {
        let mut parts = [0.0; 6];
        let (mut total, mut gross) = (0.0, 0.0);
        for trade in trades {
            let paid = &trade.cost_parts;
            let of_trade = [
                paid.commission,
                paid.slippage,
                paid.spread,
                paid.borrow,
                paid.financing,
                paid.conversion,
            ];
            for (sum, part) in parts.iter_mut().zip(of_trade) {
                *sum += part;
            }
            total += trade.costs;
            gross += trade.gross_profit;
        }
        let [commission, slippage, spread, borrow, financing, conversion] =
            parts.map(|sum| Stat::from(Ok(sum)));
        Self {
            total: Stat::from(Ok(total)),
            commission,
            slippage,
            spread,
            borrow,
            financing,
            conversion,
            share_of_gross_profit: share(total, gross, trades.is_empty()).into(),
        }
    }
}

fn share(total: f64, gross: f64, no_trades: bool) -> Outcome {
    if no_trades {
        return Err(Absent::NoTrades);
    }
    if gross <= 0.0 {
        return Err(Absent::NoGrossProfit);
    }
    ratio(total, gross, Absent::NoGrossProfit)
}

#[cfg(test)]
mod tests {
    use super::super::tests::trade;
    use super::*;
    use crate::trading::portfolio::CostParts;

    #[test]
    fn parts_are_summed_over_trades() {
        let paid = |commission, slippage| Trade {
            gross_profit: 10.0,
            costs: commission + slippage,
            cost_parts: CostParts {
                commission,
                slippage,
                ..CostParts::default()
            },
            ..trade(0.0)
        };
        let costs = CostMetrics::of(&[paid(1.0, 0.25), paid(2.0, 0.75)]);
        assert_eq!(
            (costs.total, costs.commission),
            (Stat::Value(4.0), Stat::Value(3.0))
        );
        assert_eq!(
            (costs.slippage, costs.borrow),
            (Stat::Value(1.0), Stat::Value(0.0))
        );
        assert_eq!(costs.share_of_gross_profit, Stat::Value(0.2));
        let reason = |trades: &[Trade]| CostMetrics::of(trades).share_of_gross_profit;
        assert_eq!(reason(&[]), Stat::Absent(Absent::NoTrades));
        let lost = Trade {
            gross_profit: -1.0,
            ..trade(-1.0)
        };
        assert_eq!(reason(&[lost]), Stat::Absent(Absent::NoGrossProfit));
    }
}
