//! Costs: at a fixed list of orders they change no fill's place and improve no trade.

use std::collections::BTreeMap;

use atrium_shared::trading::costs::Costs;
use atrium_shared::trading::engine::{Action, Event};
use atrium_shared::trading::orders::Level;
use atrium_tests::drive::carry_out;
use proptest::prelude::*;

use super::*;

/// Cash of each bracket: its executions and charges.
fn profits(case: &Case, events: &[Event], sides: &BTreeMap<u64, Side>) -> BTreeMap<u64, f64> {
    let mut profits = BTreeMap::new();
    for event in events {
        let (order, cash) = match event {
            Event::Fill(fill) => {
                let worth = fill.lots.0 as f64 * fill.price * unit_value(case, fill.inst);
                let sign = if buys(sides[&fill.order.0], fill.leg) {
                    -1.0
                } else {
                    1.0
                };
                (fill.order.0, sign * worth - fill.costs.charged())
            }
            Event::Charge(charge) => (charge.order.0, -charge.amount),
            _ => continue,
        };
        *profits.entry(order).or_default() += cash;
    }
    profits
}

#[test]
fn at_a_fixed_order_list_costs_never_improve_a_trade() {
    for_all(
        vary::ALL | vary::COMMISSION | vary::OFFSETS | vary::CARRY,
        |case| {
            let recording = recorded(case)?;
            let (mut sides, mut anchored) = (BTreeMap::new(), BTreeMap::new());
            for action in recording.events().flat_map(|(_, actions)| actions) {
                if let Action::Open(bracket) = action {
                    let bracket = bracket.get();
                    sides.insert(bracket.order.0, bracket.side);
                    let from_fill = |level| matches!(level, Some(Level::FromFill(_)));
                    let from_fill = from_fill(bracket.target) || from_fill(bracket.stop);
                    anchored.insert(bracket.order.0, from_fill);
                }
            }
            // levels that are measured from the fill move with what the fill paid, and so does a size that is found there
            let tool = case.config.fills.tool;
            let moves = tool.size_at_fill || tool.levels.is_some();
            if moves || anchored.values().any(|from_fill| *from_fill) {
                return Ok(());
            }
            let fail = |error| TestCaseError::fail(format!("{error}"));
            let carry = |costs| {
                carry_out(case, &recording.entries, costs)
                    .map_err(|error: atrium_shared::research::backtest::RunError| fail(error))
            };
            let (paid, free) = (carry(case.config.costs)?, carry(Costs::FREE)?);
            let places = |events: &[Event]| -> Vec<_> {
                let place = |event: &Event| match event {
                    Event::Fill(fill) => Some((fill.order, fill.leg as u8, fill.lots, fill.at)),
                    _ => None,
                };
                events.iter().filter_map(place).collect()
            };
            prop_assert_eq!(places(&paid), places(&free));
            let fills = recording.fills();
            let scale = turnover(case, &fills);
            let (with, without) = (profits(case, &paid, &sides), profits(case, &free, &sides));
            for (order, profit) in &with {
                let best = without[order];
                prop_assert!(
                    *profit <= best + 1e-9 * scale,
                    "bracket {order} makes {profit} with costs and {best} without"
                );
            }
            Ok(())
        },
    );
}
