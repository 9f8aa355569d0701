//! How a size comes about, step by step, for whoever asks why it is what it is.

use serde::{Deserialize, Serialize};

use super::{Funds, Proposal, Sizing, SizingMode, Unsizable, whole};
use crate::trading::orders::SizedBy;

/// The way to a size. Amounts are in account currency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Steps {
    /// The equity that risk is taken on: less what pending entries put at risk.
    pub equity_at_risk: f64,
    /// The equity that buying power is a multiple of.
    pub equity: f64,
    /// The notional that other brackets take up.
    pub committed: f64,
    /// What may be lost at the stop, where the size is measured by it.
    pub risk_budget: Option<f64>,
    /// What a lot loses at the stop, costs left out, where the size is measured by it.
    pub risk_per_lot: Option<f64>,
    /// Lots as the mode wants them, before any cap.
    pub wanted_lots: f64,
    /// `equity · leverage − committed`.
    pub buying_power: f64,
    /// What a lot takes up of it, the gap buffer included.
    pub notional_per_lot: f64,
    /// Lots that buying power pays for.
    pub affordable_lots: f64,
    /// The largest position, in lots, where there is one.
    pub most_lots: Option<f64>,
    /// Lots after the caps; what falls short of the instrument's minimum is not ordered.
    pub lots: f64,
    /// What limited them.
    pub sized_by: SizedBy,
}

impl Sizing {
    /// The way to what [`Sizing::lots`] answers, minima left out.
    ///
    /// # Errors
    /// [`Unsizable`] where the mode cannot measure the trade.
    pub fn steps(&self, funds: Funds, proposal: &Proposal<'_>) -> Result<Steps, Unsizable> {
        let unit_value = proposal.unit_value();
        let buying_power = funds.own * self.leverage - funds.committed;
        let notional_per_lot = proposal.price * (1.0 + self.gap_buffer) * unit_value;
        let affordable_lots = whole(buying_power / notional_per_lot);
        let (wanted_lots, wanted_by) = self.wanted(funds, proposal, affordable_lots)?;
        let lot_size = proposal.instrument.lot_size;
        let most_lots = self.max_position.map(|most| whole(most / lot_size));
        let (mut lots, mut sized_by) = (wanted_lots, wanted_by);
        if let Some(most) = most_lots.filter(|&most| lots > most) {
            (lots, sized_by) = (most, SizedBy::MaxPosition);
        }
        if lots > affordable_lots {
            (lots, sized_by) = (affordable_lots, SizedBy::BuyingPower);
        }
        let by_risk = self.mode == SizingMode::Risk && proposal.quantity.is_none();
        let distance = proposal.stop_distance.filter(|_| by_risk);
        Ok(Steps {
            equity_at_risk: funds.at_risk,
            equity: funds.own,
            committed: funds.committed,
            risk_budget: by_risk.then_some(funds.at_risk * self.risk_per_trade),
            risk_per_lot: distance.map(|distance| distance * unit_value),
            wanted_lots,
            buying_power,
            notional_per_lot,
            affordable_lots,
            most_lots,
            lots,
            sized_by,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::market::bars::Instrument;
    use crate::trading::costs::{Commission, Costs, PriceOffset};
    use crate::trading::orders::Side;

    proptest! {
        #[test]
        fn the_steps_end_where_the_size_does(
            mode in prop_oneof![
                Just(SizingMode::Risk),
                Just(SizingMode::AllIn),
                (0.1..3.0).prop_map(SizingMode::EquityFraction),
                (0.1..500.0).prop_map(SizingMode::Quantity),
                (1.0..50_000.0).prop_map(SizingMode::Notional),
                (0.001..0.1).prop_map(SizingMode::VolatilityTarget),
            ],
            risk_per_trade in 0.0001..0.2,
            risk_includes_costs in any::<bool>(),
            leverage in 0.5..5.0,
            max_position in prop::option::of(0.5..300.0),
            (own, reserved, committed) in (10.0..100_000.0, 0.0..500.0, 0.0..20_000.0),
            price in 1.0..500.0,
            stop_distance in prop::option::of(0.01..20.0),
            atr in prop::option::of(0.0..10.0),
            quantity in prop::option::weighted(0.2, 0.1..200.0),
        ) {
            let share = Instrument::us_share("SPY");
            let costs = Costs {
                commission: Commission::default(),
                slippage: PriceOffset::Ticks(1.0),
                ..Costs::FREE
            };
            let sizing = Sizing {
                mode,
                risk_per_trade,
                risk_includes_costs,
                leverage,
                max_position,
                ..Sizing::default()
            };
            let funds = Funds { at_risk: own - reserved, own, committed };
            let proposal = Proposal {
                instrument: &share,
                fx: 1.0,
                side: Side::Long,
                price,
                stop_distance,
                atr,
                quantity,
                costs: &costs,
            };
            match (sizing.lots(funds, &proposal), sizing.steps(funds, &proposal)) {
                (Ok((lots, sized_by)), Ok(steps)) => {
                    prop_assert_eq!(steps.lots.to_bits(), (lots.0 as f64).to_bits());
                    prop_assert_eq!(steps.sized_by, sized_by);
                    if let (Some(budget), Some(risk)) = (steps.risk_budget, steps.risk_per_lot) {
                        prop_assert!(steps.wanted_lots * risk <= budget * 1.000_001);
                        let one_more = (steps.wanted_lots + 1.0) * risk;
                        prop_assert!(risk_includes_costs || one_more > budget * 0.999_999);
                    }
                }
                // a minimum of the instrument
                (Err(Unsizable::Quantity), Ok(steps)) => prop_assert!(steps.lots < 1.0),
                (Err(said), Err(also)) => prop_assert_eq!(said, also),
                (said, steps) => prop_assert!(false, "{said:?} {steps:?}"),
            }
        }
    }
}
