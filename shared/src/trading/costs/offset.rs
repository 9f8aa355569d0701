//! How far from the quoted price an order fills: slippage and half of the spread.

use serde::{Deserialize, Serialize};

use crate::base::digest::Hasher;
use crate::base::units::{OutOfBounds, within};

/// A distance between prices, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceOffset {
    /// None.
    #[default]
    None,
    /// So many ticks of the instrument; a fraction of a tick is an average over many fills.
    Ticks(f64),
    /// So many basis points (1/10,000) of the price.
    Bps(f64),
    /// So many ATR(14), as of the last close.
    Atr(f64),
}

impl PriceOffset {
    /// The distance in price units at a price; an offset in ATR is 0 while the indicator warms up.
    #[inline(always)]
    pub fn at(&self, price: f64, tick: f64, atr: Option<f64>) -> f64 {
        match *self {
            Self::None => 0.0,
            Self::Ticks(ticks) => ticks * tick,
            Self::Bps(bps) => bps / 10_000.0 * price,
            Self::Atr(multiple) => atr.map_or(0.0, |atr| multiple * atr),
        }
    }

    /// Checks the number.
    ///
    /// # Errors
    /// [`OutOfBounds`] where it is negative or beyond any market.
    pub fn validate(&self, name: &'static str) -> Result<(), OutOfBounds> {
        match *self {
            Self::None => Ok(()),
            Self::Ticks(ticks) => within(name, ticks, 0.0, 10_000.0),
            Self::Bps(bps) => within(name, bps, 0.0, 5_000.0),
            Self::Atr(multiple) => within(name, multiple, 0.0, 10.0),
        }
    }

    /// Feeds the model. The codes are part of digests: they never change.
    pub fn feed(&self, hasher: &mut Hasher) {
        let (code, value) = match *self {
            Self::None => (0, 0.0),
            Self::Ticks(ticks) => (1, ticks),
            Self::Bps(bps) => (2, bps),
            Self::Atr(multiple) => (3, multiple),
        };
        hasher.code(code);
        hasher.f64(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_model_by_hand() {
        let at = |offset: PriceOffset, atr| (offset.at(200.0, 0.25, atr) * 1e9).round() / 1e9;
        assert_eq!(at(PriceOffset::None, None).to_string(), "0");
        assert_eq!(at(PriceOffset::Ticks(1.5), None).to_string(), "0.375");
        assert_eq!(at(PriceOffset::Bps(5.0), None).to_string(), "0.1");
        assert_eq!(at(PriceOffset::Atr(0.1), Some(3.0)).to_string(), "0.3");
        assert_eq!(at(PriceOffset::Atr(0.1), None).to_string(), "0");
        assert!(PriceOffset::Bps(-1.0).validate("slippage").is_err());
    }
}
