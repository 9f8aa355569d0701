//! Kelly criterion.

use super::payoff::payoff;
use super::stat::{Absent, Outcome, ratio};
use super::trade_sums::TradeSums;
use super::win_rate::win_rate;

/// `W − (1 − W) / payoff` with the win rate `W`: the share of equity whose risk would have grown it fastest, had each
/// trade been a bet of that payoff (Kelly 1956); below 0 where no bet should have been made. Absent without winners or
/// without losers.
pub(super) fn kelly(trades: &TradeSums) -> Outcome {
    let wins = win_rate(trades)?;
    Ok(wins - ratio(1.0 - wins, payoff(trades)?, Absent::NoWinners)?)
}

#[cfg(test)]
mod tests {
    use super::super::profit_factor::profit_factor;
    use super::super::tests::trade;
    use super::super::trade_profit::{average_loss, average_win, best, worst};
    use super::*;
    use crate::trading::portfolio::Trade;

    fn sums(profits: &[f64]) -> TradeSums {
        let trades: Vec<Trade> = profits.iter().map(|&net| trade(net)).collect();
        TradeSums::of(&trades)
    }

    #[test]
    fn half_of_the_bets_win_twice_the_stake() {
        let trades = sums(&[20.0, -10.0, 30.0, -15.0]);
        assert_eq!(win_rate(&trades), Ok(0.5));
        assert_eq!(
            (average_win(&trades), average_loss(&trades)),
            (Ok(25.0), Ok(-12.5))
        );
        assert_eq!((best(&trades), worst(&trades)), (Ok(30.0), Ok(-15.0)));
        assert_eq!(payoff(&trades), Ok(2.0));
        assert_eq!(profit_factor(&trades), Ok(2.0));
        assert_eq!(kelly(&trades), Ok(0.25));
    }

    #[test]
    fn one_sided_results_have_no_payoff() {
        let won = sums(&[1.0, 2.0]);
        assert_eq!(
            (payoff(&won), kelly(&won)),
            (Err(Absent::NoLosers), Err(Absent::NoLosers))
        );
        assert_eq!(profit_factor(&won), Err(Absent::NoLosers));
        let lost = sums(&[-1.0, -2.0]);
        assert_eq!(
            (payoff(&lost), kelly(&lost)),
            (Err(Absent::NoWinners), Err(Absent::NoWinners))
        );
        assert_eq!((profit_factor(&lost), win_rate(&lost)), (Ok(0.0), Ok(0.0)));
        let none = sums(&[]);
        for statistic in [win_rate, payoff, kelly, profit_factor, best, worst] {
            assert_eq!(statistic(&none), Err(Absent::NoTrades));
        }
    }
}
