//! How much to trade: from the risk of a trade to whole lots, capped by what can be paid for.

use serde::{Deserialize, Serialize};

use super::orders::SizedBy;
use crate::base::digest::Hasher;
use crate::base::units::{Lots, OutOfBounds, within};
use crate::market::bars::Instrument;

/// Sizing by risk.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sizing {
    /// The share of equity that is lost when the stop fills at its level: 0.01 is one per cent.
    pub risk_per_trade: f64,
    /// Buying power as a multiple of equity.
    pub leverage: f64,
    /// Notional kept free for the gap between decision and fill, as a share of the notional.
    pub gap_buffer: f64,
}

impl Default for Sizing {
    fn default() -> Self {
        Self {
            risk_per_trade: 0.01,
            leverage: 1.0,
            gap_buffer: 0.01,
        }
    }
}

/// What a trade may be sized from, in account currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Funds {
    /// The equity that risk is taken on: less what pending entries already put at risk.
    pub at_risk: f64,
    /// The equity that buying power is a multiple of.
    pub own: f64,
    /// The notional that other brackets take up.
    pub committed: f64,
}

/// Why nothing can be traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsizable {
    /// The size comes to less than one lot or the instrument's minimum quantity.
    Quantity,
    /// The size is worth less than the instrument's minimum notional.
    Notional,
    /// The size is more than can be counted.
    TooLarge,
}

impl Sizing {
    /// Whole lots for a trade that is decided at `price` with its stop `stop_distance` away, and what limited them.
    ///
    /// `lots = floor(equity at risk · risk_per_trade / (stop_distance · multiplier · fx · lot_size))`, at most what buying
    /// power pays for: `floor((equity · leverage − committed) / (price · (1 + gap_buffer) · multiplier · fx · lot_size))`.
    /// Account and instrument share a currency, so fx is 1.
    ///
    /// # Errors
    /// [`Unsizable`] where the lots fall short of a minimum, or are too many to count.
    pub fn lots(
        &self,
        funds: Funds,
        price: f64,
        stop_distance: f64,
        instrument: &Instrument,
    ) -> Result<(Lots, SizedBy), Unsizable> {
        let unit_value = instrument.multiplier * instrument.lot_size;
        let by_risk = (funds.at_risk * self.risk_per_trade / (stop_distance * unit_value)).floor();
        let buying_power = funds.own * self.leverage - funds.committed;
        let affordable = (buying_power / (price * (1.0 + self.gap_buffer) * unit_value)).floor();
        let (lots, sized_by) = if by_risk > affordable {
            (affordable, SizedBy::BuyingPower)
        } else {
            (by_risk, SizedBy::Risk)
        };
        // beyond 2⁵³ a number of lots is no longer exact; no market is that deep
        if lots > 9e15 {
            return Err(Unsizable::TooLarge);
        }
        if lots < 1.0 || lots * instrument.lot_size < instrument.min_quantity {
            return Err(Unsizable::Quantity);
        }
        if lots * unit_value * price < instrument.min_notional {
            return Err(Unsizable::Notional);
        }
        Ok((Lots(lots as i64), sized_by))
    }

    /// Checks every number.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        within("risk_per_trade", self.risk_per_trade, 1e-6, 1.0)?;
        within("leverage", self.leverage, 0.01, 1_000.0)?;
        within("gap_buffer", self.gap_buffer, 0.0, 1.0)
    }

    /// Feeds every field.
    pub fn feed(&self, hasher: &mut Hasher) {
        [self.risk_per_trade, self.leverage, self.gap_buffer]
            .iter()
            .for_each(|&value| hasher.f64(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn funds(equity: f64) -> Funds {
        Funds {
            at_risk: equity,
            own: equity,
            committed: 0.0,
        }
    }

    #[test]
    fn what_other_brackets_commit_is_not_spent_twice() {
        let share = Instrument::us_share("SPY");
        let funds = Funds {
            at_risk: 9_900.0,
            own: 10_000.0,
            committed: 5_000.0,
        };
        let sizing = Sizing::default();
        assert_eq!(
            sizing.lots(funds, 500.0, 2.0, &share),
            Ok((Lots(9), SizedBy::BuyingPower))
        );
        assert_eq!(
            sizing.lots(funds, 50.0, 2.0, &share),
            Ok((Lots(49), SizedBy::Risk))
        );
        let spent = Funds {
            committed: 12_000.0,
            ..funds
        };
        assert_eq!(
            sizing.lots(spent, 50.0, 2.0, &share),
            Err(Unsizable::Quantity)
        );
        let vast = Funds {
            at_risk: 1e300,
            own: 1e300,
            committed: 0.0,
        };
        assert_eq!(
            sizing.lots(vast, 50.0, 2.0, &share),
            Err(Unsizable::TooLarge)
        );
    }

    #[test]
    fn risk_sizes_until_buying_power_caps() {
        let share = Instrument::us_share("SPY");
        let sizing = Sizing::default();
        assert_eq!(
            sizing.lots(funds(10_000.0), 50.0, 2.0, &share),
            Ok((Lots(50), SizedBy::Risk))
        );
        // 10,000 / 2 asks for 50 shares; 10,000 / (500 · 1.01) pays for 19
        assert_eq!(
            sizing.lots(funds(10_000.0), 500.0, 2.0, &share),
            Ok((Lots(19), SizedBy::BuyingPower))
        );
        let doubled = Sizing {
            leverage: 2.0,
            ..sizing
        };
        assert_eq!(
            doubled.lots(funds(10_000.0), 500.0, 2.0, &share),
            Ok((Lots(39), SizedBy::BuyingPower))
        );
        assert_eq!(
            sizing.lots(funds(10_000.0), 50.0, 101.0, &share),
            Err(Unsizable::Quantity)
        );
        let coin = Instrument::crypto_pair("BTC-USD");
        assert_eq!(
            sizing.lots(funds(10_000.0), 40_000.0, 500.0, &coin),
            Ok((Lots(2_000), SizedBy::Risk))
        );
        let large = Instrument {
            min_notional: 20_000.0,
            ..share
        };
        assert_eq!(
            sizing.lots(funds(10_000.0), 50.0, 2.0, &large),
            Err(Unsizable::Notional)
        );
    }
}
