//! Costs, a small model each, in account currency. Every trade states what each of them took.
//!
//! Market and stop orders pay slippage and half of the spread, in their price; limit orders, targets among them, fill at
//! their price or better and pay neither. Commission and conversion are charged on each execution, borrow and financing
//! for each calendar day that a position is held over.
//!
//! To add one: write its file with a pure function and its parameters, and give [`Costs`] a field for it.

mod commission;
mod offset;
mod quote;

pub use commission::{Commission, Traded};
pub use offset::PriceOffset;
pub use quote::{Asked, Quote};

use serde::{Deserialize, Serialize};

use super::orders::Side;
use crate::base::digest::Hasher;
use crate::base::units::{OutOfBounds, within};

/// Everything that a trade costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Costs {
    /// The broker's commission.
    pub commission: Commission,
    /// How much worse than the quoted price a market or stop order fills.
    pub slippage: PriceOffset,
    /// Half of the difference between bid and ask, paid by market and stop orders.
    pub half_spread: PriceOffset,
    /// Per cent a year on the value of short positions, accrued daily (365 days).
    pub borrow_percent: f64,
    /// Per cent a year on the value of long positions, accrued daily (365 days).
    pub financing_percent: f64,
    /// Basis points of each execution's notional, where the instrument is in another currency than the account.
    pub conversion_bps: f64,
}

const DAYS_A_YEAR: f64 = 365.0;

impl Costs {
    /// No costs at all.
    pub const FREE: Self = Self {
        commission: Commission::None,
        slippage: PriceOffset::None,
        half_spread: PriceOffset::None,
        borrow_percent: 0.0,
        financing_percent: 0.0,
        conversion_bps: 0.0,
    };

    /// What holding a position worth `value` over `days` calendar days costs.
    pub fn carry(&self, side: Side, value: f64, days: f64) -> f64 {
        let percent = match side {
            Side::Long => self.financing_percent,
            Side::Short => self.borrow_percent,
        };
        percent / 100.0 * value * days / DAYS_A_YEAR
    }

    /// What converting a notional costs.
    pub fn conversion(&self, notional: f64) -> f64 {
        self.conversion_bps / 10_000.0 * notional
    }

    /// The whole spread at a price.
    pub fn spread(&self, price: f64, tick: f64, atr: Option<f64>) -> f64 {
        2.0 * self.half_spread.at(price, tick, atr)
    }

    /// Checks every number.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        self.commission.validate()?;
        self.slippage.validate("slippage")?;
        self.half_spread.validate("half_spread")?;
        within("borrow_percent", self.borrow_percent, 0.0, 1_000.0)?;
        within("financing_percent", self.financing_percent, 0.0, 1_000.0)?;
        within("conversion_bps", self.conversion_bps, 0.0, 10_000.0)
    }

    /// Feeds every model.
    pub fn feed(&self, hasher: &mut Hasher) {
        self.commission.feed(hasher);
        self.slippage.feed(hasher);
        self.half_spread.feed(hasher);
        hasher.f64(self.borrow_percent);
        hasher.f64(self.financing_percent);
        hasher.f64(self.conversion_bps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holding_costs_by_the_calendar_day() {
        let costs = Costs {
            borrow_percent: 3.65,
            financing_percent: 7.3,
            conversion_bps: 2.0,
            ..Costs::FREE
        };
        assert!((costs.carry(Side::Short, 10_000.0, 3.0) - 3.0).abs() < 1e-12);
        assert!((costs.carry(Side::Long, 10_000.0, 1.0) - 2.0).abs() < 1e-12);
        assert!((costs.conversion(10_000.0) - 2.0).abs() < 1e-12);
        let wrong = Costs {
            borrow_percent: -1.0,
            ..costs
        };
        assert!(wrong.validate().is_err());
    }
}
