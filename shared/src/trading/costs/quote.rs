//! At which price an execution is made, and what it costs.

use super::Costs;
use crate::trading::orders::{FillCosts, Leg, Side};

/// An execution to be priced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// Which leg of a bracket.
    pub leg: Leg,
    /// The side of the bracket.
    pub side: Side,
    /// The market's price.
    pub price: f64,
    /// Whether it pays slippage and half of the spread: market and stop orders do.
    pub pays: bool,
    /// Whether the whole spread is paid at the entry, and none at the exit.
    pub spread_at_entry: bool,
    /// The size of a tick, below which nothing is sold.
    pub tick: f64,
    /// ATR(14) as of the last close.
    pub atr: Option<f64>,
}

/// The price of an execution, and what it concedes to the market.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quote {
    /// The price before slippage and spread.
    pub price: f64,
    /// The price with both.
    pub executed: f64,
    /// What slippage takes, in price units.
    pub slippage: f64,
    /// What the spread takes, in price units.
    pub spread: f64,
}

impl Costs {
    /// The price at which an execution is made.
    #[inline(always)]
    pub fn quote(&self, asked: Asked) -> Quote {
        let Asked {
            leg,
            side,
            price,
            pays,
            spread_at_entry,
            tick,
            atr,
        } = asked;
        let buys = (leg == Leg::Entry) == (side == Side::Long);
        let half = self.half_spread.at(price, tick, atr);
        let (slip, half) = match (spread_at_entry, pays) {
            (true, _) => (0.0, if leg == Leg::Entry { 2.0 * half } else { 0.0 }),
            (false, true) => (self.slippage.at(price, tick, atr), half),
            (false, false) => (0.0, 0.0),
        };
        let concession = slip + half;
        let (executed, paid) = if buys {
            (price + concession, concession)
        } else if price - concession >= tick {
            (price - concession, concession)
        } else {
            // a sale cannot be made at nothing: the last tick is what is left
            let least = if price < tick { price } else { tick };
            (least, price - least)
        };
        let share = if concession > 0.0 {
            paid / concession
        } else {
            0.0
        };
        Quote {
            price,
            executed,
            slippage: slip * share,
            spread: half * share,
        }
    }

    /// What an execution costs that was quoted: `units` is the cash for a price move of 1 on all of it.
    #[inline(always)]
    pub fn of_fill(&self, quote: &Quote, units: f64, commission: f64) -> FillCosts {
        FillCosts {
            commission,
            conversion: self.conversion(units * quote.executed),
            slippage: quote.slippage * units,
            spread: quote.spread * units,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trading::costs::PriceOffset;

    const COSTS: Costs = Costs {
        slippage: PriceOffset::Ticks(2.0),
        half_spread: PriceOffset::Ticks(1.0),
        conversion_bps: 100.0,
        ..Costs::FREE
    };

    fn asked(leg: Leg, side: Side, price: f64) -> Asked {
        Asked {
            leg,
            side,
            price,
            pays: true,
            spread_at_entry: false,
            tick: 1.0,
            atr: None,
        }
    }

    #[test]
    fn who_buys_pays_more_and_who_sells_gets_less() {
        let executed = |leg, side| COSTS.quote(asked(leg, side, 10.0)).executed.to_bits();
        for (leg, side, expected) in [
            (Leg::Entry, Side::Long, 13.0f64),
            (Leg::Stop, Side::Long, 7.0),
            (Leg::Entry, Side::Short, 7.0),
            (Leg::Exit, Side::Short, 13.0),
        ] {
            assert_eq!(executed(leg, side), expected.to_bits());
        }
        let limit = Asked {
            pays: false,
            ..asked(Leg::Target, Side::Long, 10.0)
        };
        assert_eq!(COSTS.quote(limit).executed.to_bits(), 10.0f64.to_bits());
    }

    #[test]
    fn nothing_is_sold_below_the_last_tick() {
        let quote = COSTS.quote(asked(Leg::Stop, Side::Long, 2.5));
        assert_eq!(quote.executed.to_bits(), 1.0f64.to_bits());
        // what was conceded is shared as it would have been
        assert!((quote.slippage - 1.0).abs() < 1e-12 && (quote.spread - 0.5).abs() < 1e-12);
        let costs = COSTS.of_fill(&quote, 4.0, 0.25);
        let parts = [
            costs.commission,
            costs.conversion,
            costs.slippage,
            costs.spread,
        ];
        for (part, expected) in parts.into_iter().zip([0.25, 0.04, 4.0, 2.0]) {
            assert!((part - expected).abs() < 1e-12, "{costs:?}");
        }
    }
}
