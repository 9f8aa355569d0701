//! Expectancy.

use super::stat::{Absent, Outcome};
use super::trade_sums::TradeSums;

/// The mean net profit of a trade, in account currency: `W · average win − L · |average loss|` with the shares `W` and `L`
/// of wins and losses.
pub(super) fn expectancy(trades: &TradeSums) -> Outcome {
    trades.mean(trades.net)
}

/// The mean net profit of a trade in units of R, the cash that its first stop put at stake (Tharp), over the trades whose
/// stop did. Absent where none had such a stop.
pub(super) fn expectancy_r(trades: &TradeSums) -> Outcome {
    trades.any(0.0)?;
    if trades.at_risk == 0 {
        return Err(Absent::NoInitialRisk);
    }
    Ok(trades.r / trades.at_risk as f64)
}

#[cfg(test)]
mod tests {
    use super::super::tests::trade;
    use super::*;
    use crate::trading::portfolio::Trade;

    #[test]
    fn in_cash_and_in_risk() {
        let risked = |net, risk| Trade {
            initial_risk: risk,
            ..trade(net)
        };
        let trades = [
            risked(20.0, Some(10.0)),
            risked(-10.0, Some(10.0)),
            risked(5.0, None),
        ];
        let sums = TradeSums::of(&trades);
        assert_eq!(expectancy(&sums), Ok(5.0));
        assert_eq!(expectancy_r(&sums), Ok(0.5));
        let unprotected = TradeSums::of(&trades[2..]);
        assert_eq!(expectancy_r(&unprotected), Err(Absent::NoInitialRisk));
        let none = TradeSums::default();
        assert_eq!(expectancy(&none), Err(Absent::NoTrades));
        assert_eq!(expectancy_r(&none), Err(Absent::NoTrades));
    }
}
