//! How much to trade: from what is to be risked, held or spent to whole lots, capped by what can be paid for.

mod at_fill;
mod steps;

pub use at_fill::AtFill;
pub use steps::Steps;

use serde::{Deserialize, Serialize};

use super::costs::{Costs, Traded};
use super::orders::{Side, SizedBy};
use crate::base::digest::Hasher;
use crate::base::units::{Lots, OutOfBounds, floor_near, within};
use crate::market::bars::Instrument;

/// What the size of a trade is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizingMode {
    /// By the risk: the loss at the stop is `risk_per_trade` of equity. Needs a stop.
    #[default]
    Risk,
    /// A share of equity, by notional: 0.5 is half.
    EquityFraction(f64),
    /// All that buying power pays for.
    AllIn,
    /// A quantity in units of the instrument.
    Quantity(f64),
    /// A notional in account currency.
    Notional(f64),
    /// By volatility: a move of one ATR(14) is this share of equity.
    VolatilityTarget(f64),
}

/// How large a trade is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sizing {
    /// What the size is measured by.
    pub mode: SizingMode,
    /// The share of equity that is lost when the stop fills at its level: 0.01 is one per cent.
    pub risk_per_trade: f64,
    /// Whether the costs of entry and stop count as part of that loss.
    pub risk_includes_costs: bool,
    /// Buying power as a multiple of equity.
    pub leverage: f64,
    /// Notional kept free for the gap between decision and fill, as a share of the notional.
    pub gap_buffer: f64,
    /// The largest position, in units of the instrument.
    pub max_position: Option<f64>,
}

impl Default for Sizing {
    fn default() -> Self {
        Self {
            mode: SizingMode::Risk,
            risk_per_trade: 0.01,
            risk_includes_costs: false,
            leverage: 1.0,
            gap_buffer: 0.01,
            max_position: None,
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

/// A trade to be sized, at the close of the deciding bar.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// What is traded.
    pub instrument: &'a Instrument,
    /// Account currency for one unit of the instrument's currency.
    pub fx: f64,
    /// Which way.
    pub side: Side,
    /// The close.
    pub price: f64,
    /// Distance from the close to the stop, where there is one.
    pub stop_distance: Option<f64>,
    /// ATR(14).
    pub atr: Option<f64>,
    /// A quantity that the signal itself asks for, in units of the instrument.
    pub quantity: Option<f64>,
    /// What trading costs.
    pub costs: &'a Costs,
}

impl Proposal<'_> {
    /// Account currency for a price move of 1 on one lot.
    fn unit_value(&self) -> f64 {
        self.instrument.multiplier * self.instrument.lot_size * self.fx
    }
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
    /// There is no stop to measure the risk by.
    NoStop,
    /// There is no ATR yet to measure volatility by.
    NoAtr,
}

/// Beyond 2⁵³ a number of lots is no longer exact; no market is that deep.
pub const MOST_LOTS: f64 = 9e15;

impl Sizing {
    /// Whole lots for a trade, and what limited them.
    ///
    /// By risk: `lots = floor(equity at risk · risk_per_trade / (stop_distance · multiplier · fx · lot_size))`; the other modes
    /// divide their notional by `price · multiplier · fx · lot_size`, or `equity · share` by the value of one ATR. At most
    /// `max_position`, and at most what buying power pays for:
    /// `floor((equity · leverage − committed) / (price · (1 + gap_buffer) · multiplier · fx · lot_size))`.
    ///
    /// # Errors
    /// [`Unsizable`] where the lots fall short of a minimum, are too many to count, or cannot be measured.
    #[inline(always)]
    pub fn lots(
        &self,
        funds: Funds,
        proposal: &Proposal<'_>,
    ) -> Result<(Lots, SizedBy), Unsizable> {
        let instrument = proposal.instrument;
        let unit_value = proposal.unit_value();
        let buying_power = funds.own * self.leverage - funds.committed;
        let lot_cost = proposal.price * (1.0 + self.gap_buffer) * unit_value;
        let affordable = whole(buying_power / lot_cost);
        let (mut lots, mut sized_by) = self.wanted(funds, proposal, affordable)?;
        if let Some(most) = self.max_position {
            let most = whole(most / instrument.lot_size);
            if lots > most {
                (lots, sized_by) = (most, SizedBy::MaxPosition);
            }
        }
        if lots > affordable {
            (lots, sized_by) = (affordable, SizedBy::BuyingPower);
        }
        Ok((orderable(lots, proposal)?, sized_by))
    }

    /// The most lots that an order is for whose quantity the venue finds when it fills: what the mode wants where that is known
    /// at the decision, otherwise as many as can be counted. Nothing caps it here.
    ///
    /// # Errors
    /// As [`lots`](Self::lots).
    pub fn most_lots(
        &self,
        funds: Funds,
        proposal: &Proposal<'_>,
    ) -> Result<(Lots, SizedBy), Unsizable> {
        let found_later = matches!(
            self.mode,
            SizingMode::EquityFraction(_) | SizingMode::AllIn | SizingMode::Notional(_)
        );
        if found_later && proposal.quantity.is_none() {
            return Ok((Lots(MOST_LOTS as i64), SizedBy::Fill));
        }
        let (lots, sized_by) = self.wanted(funds, proposal, MOST_LOTS)?;
        Ok((orderable(lots, proposal)?, sized_by))
    }

    /// Lots as the mode wants them, before any cap.
    #[inline(always)]
    fn wanted(
        &self,
        funds: Funds,
        proposal: &Proposal<'_>,
        affordable: f64,
    ) -> Result<(f64, SizedBy), Unsizable> {
        let by_notional =
            |notional: f64| whole(notional / (proposal.price * proposal.unit_value()));
        let by_quantity = |units: f64| whole(units / proposal.instrument.lot_size);
        if let Some(units) = proposal.quantity {
            return Ok((by_quantity(units), SizedBy::Asked));
        }
        let asked = match self.mode {
            SizingMode::Risk => return Ok((self.by_risk(funds, proposal)?, SizedBy::Risk)),
            SizingMode::EquityFraction(share) => by_notional(funds.own * share),
            SizingMode::AllIn => affordable,
            SizingMode::Quantity(units) => by_quantity(units),
            SizingMode::Notional(notional) => by_notional(notional),
            SizingMode::VolatilityTarget(share) => {
                let atr = proposal
                    .atr
                    .filter(|&atr| atr > 0.0)
                    .ok_or(Unsizable::NoAtr)?;
                whole(funds.own * share / (atr * proposal.unit_value()))
            }
        };
        Ok((asked, SizedBy::Asked))
    }

    fn by_risk(&self, funds: Funds, proposal: &Proposal<'_>) -> Result<f64, Unsizable> {
        let distance = proposal.stop_distance.ok_or(Unsizable::NoStop)?;
        let budget = funds.at_risk * self.risk_per_trade;
        let most = whole(budget / (distance * proposal.unit_value()));
        if !self.risk_includes_costs || !(1.0..=MOST_LOTS).contains(&most) {
            return Ok(most);
        }
        // costs grow with the lots but not in proportion, so the largest number that fits is searched for
        let fits =
            |lots: i64| loss_at_stop(lots as f64, distance, proposal) <= budget * (1.0 + ON_LOT);
        let (mut fit, mut too_many) = (0, most as i64 + 1);
        while too_many - fit > 1 {
            let middle = fit + (too_many - fit) / 2;
            if fits(middle) {
                fit = middle;
            } else {
                too_many = middle;
            }
        }
        Ok(fit as f64)
    }

    /// Checks every number.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        match self.mode {
            SizingMode::Risk | SizingMode::AllIn => {}
            SizingMode::EquityFraction(share) => within("equity_fraction", share, 1e-6, 1_000.0)?,
            SizingMode::Quantity(units) => within("quantity", units, 1e-12, 1e15)?,
            SizingMode::Notional(notional) => within("notional", notional, 1e-6, 1e15)?,
            SizingMode::VolatilityTarget(share) => within("volatility_target", share, 1e-6, 10.0)?,
        }
        if let Some(most) = self.max_position {
            within("max_position", most, 1e-12, 1e15)?;
        }
        within("risk_per_trade", self.risk_per_trade, 1e-6, 1.0)?;
        within("leverage", self.leverage, 0.01, 1_000.0)?;
        within("gap_buffer", self.gap_buffer, 0.0, 1.0)
    }

    /// Feeds every field. The codes are part of digests: they never change.
    pub fn feed(&self, hasher: &mut Hasher) {
        let (code, value) = match self.mode {
            SizingMode::Risk => (0, 0.0),
            SizingMode::EquityFraction(share) => (1, share),
            SizingMode::AllIn => (2, 0.0),
            SizingMode::Quantity(units) => (3, units),
            SizingMode::Notional(notional) => (4, notional),
            SizingMode::VolatilityTarget(share) => (5, share),
        };
        hasher.code(code);
        hasher.f64(value);
        hasher.code(u8::from(self.risk_includes_costs));
        [self.risk_per_trade, self.leverage, self.gap_buffer]
            .iter()
            .for_each(|&value| hasher.f64(value));
        hasher.option_f64(self.max_position);
    }
}

/// A number of lots this close to a whole one, as a share of itself, is whole: 0.3 / 0.1 is not quite 3, and 100 − 99.8 a
/// little more than 0.2.
const ON_LOT: f64 = 1e-12;

/// Lots that the instrument can be ordered in.
#[inline(always)]
fn orderable(lots: f64, proposal: &Proposal<'_>) -> Result<Lots, Unsizable> {
    let instrument = proposal.instrument;
    if lots > MOST_LOTS {
        return Err(Unsizable::TooLarge);
    }
    if lots < 1.0 || lots * instrument.lot_size < least_quantity(instrument) {
        return Err(Unsizable::Quantity);
    }
    let worth = lots * instrument.multiplier * instrument.lot_size * proposal.price;
    if worth < instrument.min_notional {
        return Err(Unsizable::Notional);
    }
    Ok(Lots(lots as i64))
}

/// The quantity from which on an instrument can be ordered.
#[inline(always)]
pub(crate) fn least_quantity(instrument: &Instrument) -> f64 {
    instrument.min_quantity * (1.0 - ON_LOT)
}

/// Whole lots, rounded down.
#[inline(always)]
pub fn whole(lots: f64) -> f64 {
    let lots = lots * (1.0 + ON_LOT);
    // as `floor`, without a call where the processor is not known to round by itself; beyond it no number has a fraction
    const EXACT: f64 = 4_503_599_627_370_496.0;
    if !(lots > 0.0 && lots < EXACT) {
        return lots.floor();
    }
    (lots as i64) as f64
}

/// As [`whole`], under the terms of [`floor_near`].
#[inline(always)]
pub fn whole_near(lots: f64) -> f64 {
    floor_near(lots * (1.0 + ON_LOT))
}

/// What a trade loses when it enters at the close and its stop fills at its level, costs included.
fn loss_at_stop(lots: f64, distance: f64, proposal: &Proposal<'_>) -> f64 {
    let (instrument, costs, price) = (proposal.instrument, proposal.costs, proposal.price);
    let exit = price - distance * proposal.side.sign();
    let quantity = lots * instrument.lot_size;
    let leg = |price: f64| {
        let tick = instrument.tick_size;
        let offset = costs.slippage.at(price, tick, proposal.atr)
            + costs.half_spread.at(price, tick, proposal.atr);
        let notional = quantity * price * instrument.multiplier * proposal.fx;
        let commission = costs.commission.charge(Traded {
            quantity,
            notional,
            month_before: 0.0,
        });
        commission + costs.conversion(notional) + offset * lots * proposal.unit_value()
    };
    distance * lots * proposal.unit_value() + leg(price) + leg(exit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trading::costs::{Commission, PriceOffset};

    fn funds(equity: f64) -> Funds {
        Funds {
            at_risk: equity,
            own: equity,
            committed: 0.0,
        }
    }

    fn proposal(instrument: &Instrument, price: f64, stop_distance: f64) -> Proposal<'_> {
        Proposal {
            instrument,
            fx: 1.0,
            side: Side::Long,
            price,
            stop_distance: Some(stop_distance),
            atr: Some(2.0),
            quantity: None,
            costs: &Costs::FREE,
        }
    }

    fn by(mode: SizingMode) -> Sizing {
        Sizing {
            mode,
            gap_buffer: 0.0,
            ..Sizing::default()
        }
    }

    #[test]
    fn whole_lots_are_those_of_rounding_down() {
        let far = [4.6e15, 1e300, f64::INFINITY];
        let near = [0.0, 0.3, 1.0, 2.999_999_999_999, 1e12 + 0.5, 4.5e15];
        for lots in near.into_iter().chain(far).flat_map(|lots| [lots, -lots]) {
            for lots in [lots.next_down(), lots, lots.next_up()] {
                let expected = (lots * (1.0 + ON_LOT)).floor();
                assert_eq!(whole(lots).to_bits(), expected.to_bits(), "{lots}");
                if lots.abs() < 2e15 {
                    let apart = whole_near(lots) - expected;
                    assert!(apart.abs() <= 0.0, "{lots}");
                }
            }
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
            sizing.lots(funds, &proposal(&share, 500.0, 2.0)),
            Ok((Lots(9), SizedBy::BuyingPower))
        );
        assert_eq!(
            sizing.lots(funds, &proposal(&share, 50.0, 2.0)),
            Ok((Lots(49), SizedBy::Risk))
        );
        let spent = Funds {
            committed: 12_000.0,
            ..funds
        };
        assert_eq!(
            sizing.lots(spent, &proposal(&share, 50.0, 2.0)),
            Err(Unsizable::Quantity)
        );
        let vast = Funds {
            at_risk: 1e300,
            own: 1e300,
            committed: 0.0,
        };
        assert_eq!(
            sizing.lots(vast, &proposal(&share, 50.0, 2.0)),
            Err(Unsizable::TooLarge)
        );
    }

    #[test]
    fn risk_sizes_until_buying_power_or_the_largest_position_caps() {
        let share = Instrument::us_share("SPY");
        let sizing = Sizing::default();
        let lots = |sizing: Sizing, price, stop| {
            sizing.lots(funds(10_000.0), &proposal(&share, price, stop))
        };
        assert_eq!(lots(sizing, 50.0, 2.0), Ok((Lots(50), SizedBy::Risk)));
        // 10,000 / 2 asks for 50 shares; 10,000 / (500 · 1.01) pays for 19
        assert_eq!(
            lots(sizing, 500.0, 2.0),
            Ok((Lots(19), SizedBy::BuyingPower))
        );
        let doubled = Sizing {
            leverage: 2.0,
            ..sizing
        };
        assert_eq!(
            lots(doubled, 500.0, 2.0),
            Ok((Lots(39), SizedBy::BuyingPower))
        );
        let small = Sizing {
            max_position: Some(12.0),
            ..sizing
        };
        assert_eq!(lots(small, 50.0, 2.0), Ok((Lots(12), SizedBy::MaxPosition)));
        assert_eq!(lots(sizing, 50.0, 101.0), Err(Unsizable::Quantity));
        let coin = Instrument::crypto_pair("BTC-USD");
        assert_eq!(
            sizing.lots(funds(10_000.0), &proposal(&coin, 40_000.0, 500.0)),
            Ok((Lots(2_000), SizedBy::Risk))
        );
        let large = Instrument {
            min_notional: 20_000.0,
            ..share.clone()
        };
        assert_eq!(
            sizing.lots(funds(10_000.0), &proposal(&large, 50.0, 2.0)),
            Err(Unsizable::Notional)
        );
    }

    #[test]
    fn every_other_mode_by_hand() {
        let share = Instrument::us_share("SPY");
        let lots = |mode| {
            let open_end = Proposal {
                stop_distance: None,
                ..proposal(&share, 50.0, 0.0)
            };
            by(mode).lots(funds(10_000.0), &open_end)
        };
        let asked = |lots| Ok((Lots(lots), SizedBy::Asked));
        assert_eq!(lots(SizingMode::Risk), Err(Unsizable::NoStop));
        assert_eq!(lots(SizingMode::EquityFraction(0.5)), asked(100));
        assert_eq!(lots(SizingMode::AllIn), asked(200));
        assert_eq!(lots(SizingMode::Quantity(7.9)), asked(7));
        assert_eq!(lots(SizingMode::Notional(1_000.0)), asked(20));
        // one ATR is 2, so 50 shares move 100 dollars
        assert_eq!(lots(SizingMode::VolatilityTarget(0.01)), asked(50));
        assert_eq!(
            lots(SizingMode::EquityFraction(2.0)),
            Ok((Lots(200), SizedBy::BuyingPower))
        );
        let own = Proposal {
            quantity: Some(3.0),
            ..proposal(&share, 50.0, 2.0)
        };
        assert_eq!(by(SizingMode::Risk).lots(funds(10_000.0), &own), asked(3));
    }

    #[test]
    fn a_lot_of_a_tenth_is_no_rounding_trap_and_fx_scales_the_risk() {
        let tenths = Instrument {
            lot_size: 0.1,
            min_quantity: 0.3,
            ..Instrument::us_share("X")
        };
        let asked = by(SizingMode::Quantity(0.3));
        assert_eq!(
            asked.lots(funds(10_000.0), &proposal(&tenths, 50.0, 2.0)),
            Ok((Lots(3), SizedBy::Asked))
        );
        let share = Instrument::us_share("SAP");
        let abroad = Proposal {
            fx: 1.25,
            ..proposal(&share, 50.0, 2.0)
        };
        assert_eq!(
            by(SizingMode::Risk).lots(funds(10_000.0), &abroad),
            Ok((Lots(40), SizedBy::Risk))
        );
    }

    #[test]
    fn risk_with_costs_is_the_most_that_fits() {
        let share = Instrument::us_share("SPY");
        let costs = Costs {
            commission: Commission::default(),
            half_spread: PriceOffset::Ticks(1.0),
            ..Costs::FREE
        };
        let sizing = Sizing {
            risk_includes_costs: true,
            ..Sizing::default()
        };
        let priced = Proposal {
            costs: &costs,
            ..proposal(&share, 50.0, 2.0)
        };
        // 48 · (2 + 0.02) + 2 = 98.96 fits into 100, 49 · 2.02 + 2 = 100.98 does not
        assert_eq!(
            sizing.lots(funds(10_000.0), &priced),
            Ok((Lots(48), SizedBy::Risk))
        );
    }
}
