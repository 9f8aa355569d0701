//! Where orders fill: inside their bar, no better than they asked for, no more than the volume allows, each in its own market.

use std::collections::{BTreeMap, BTreeSet};

use atrium_shared::trading::costs::Costs;
use atrium_shared::trading::engine::{Action, Event};
use atrium_shared::trading::fills::LevelExit;
use atrium_shared::trading::orders::{Bracket, EntryOrder};
use atrium_shared::trading::policy::EntryPolicy;
use atrium_tests::drive::Entry;
use proptest::prelude::*;

use super::*;

/// Every bracket that was asked for, by its number.
fn brackets(recording: &Recording) -> BTreeMap<u64, Bracket> {
    let actions = recording.events().flat_map(|(_, actions)| actions);
    actions
        .filter_map(|action| match action {
            Action::Open(bracket) => Some((bracket.get().order.0, *bracket.get())),
            _ => None,
        })
        .collect()
}

/// The price of a fill before slippage and spread.
fn raw(case: &Case, fill: &Fill, side: Side) -> f64 {
    let units = fill.lots.0 as f64 * unit_value(case, fill.inst);
    let paid = (fill.costs.slippage + fill.costs.spread) / units;
    if buys(side, fill.leg) {
        fill.price - paid
    } else {
        fill.price + paid
    }
}

#[test]
fn before_costs_no_fill_lies_outside_its_bar() {
    for_all(vary::ALL, |case| {
        let recording = recorded(case)?;
        let brackets = brackets(&recording);
        for fill in recording.fills() {
            let (_, bar) = bar_of(case, &fill)?;
            let bracket = &brackets[&fill.order.0];
            let price = raw(case, &fill, bracket.side);
            let slack = 1e-9 * bar.high();
            prop_assert!(
                price >= bar.low() - slack && price <= bar.high() + slack,
                "{fill:?} at {price} before costs in {bar:?}"
            );
            let at = |expected: f64| (price - expected).abs() <= slack;
            let right = match (fill.leg, bracket.entry) {
                (Leg::Entry, EntryOrder::Market) => at(bar.open()),
                (Leg::Entry, EntryOrder::Close) => at(bar.close()),
                (Leg::Exit, _) => at(bar.open()) || at(bar.close()),
                (Leg::Entry, EntryOrder::Limit(ticks)) => {
                    let tick = case.markets[usize::from(fill.inst.0)].instrument.tick_size;
                    let limit = ticks.0 as f64 * tick;
                    // a split before the fill moves the limit
                    is_acted_on(case) || (price - limit) * bracket.side.sign() <= slack
                }
                (Leg::Target | Leg::Stop, _) => true,
            };
            prop_assert!(
                right,
                "{fill:?} of {bracket:?} at {price} before costs in {bar:?}"
            );
        }
        Ok(())
    });
}

/// The same to the last bit, where nothing is paid.
#[test]
fn without_costs_no_fill_lies_outside_its_bar_by_a_bit() {
    for_all(vary::ALL, |case| {
        let mut case = case.clone();
        case.config.costs = Costs::FREE;
        for fill in walked(&case)?.fills {
            let (_, bar) = bar_of(&case, &fill)?;
            prop_assert!(
                fill.price >= bar.low() && fill.price <= bar.high(),
                "{fill:?} in {bar:?}"
            );
            prop_assert_eq!(fill.costs.charged().to_bits(), 0.0f64.to_bits());
        }
        Ok(())
    });
}

/// Targets fill at their price or better, stops at theirs or worse, but where a tool leaves at the close of a bar that met one.
#[test]
fn no_level_fills_on_its_wrong_side() {
    for_all(vary::ALL & !vary::VOLUME, |case| {
        let tool = case.config.fills.tool;
        if tool.level_exit == LevelExit::Close {
            return Ok(());
        }
        let recording = recorded(case)?;
        let brackets = brackets(&recording);
        let trades = recording.engine.trades();
        for fill in recording.fills() {
            let Some(trade) = trades.iter().find(|trade| trade.order == fill.order) else {
                continue;
            };
            let side = brackets[&fill.order.0].side;
            let price = raw(case, &fill, side);
            // levels that are fractions of a price stand between ticks, and are stated on them
            let tick = case.markets[usize::from(fill.inst.0)].instrument.tick_size;
            let slack = 1e-9 * price.abs() + tool.levels.map_or(0.0, |_| tick);
            let past = |level: Option<f64>| level.map(|level| (price - level) * side.sign());
            match fill.leg {
                Leg::Target => prop_assert!(
                    past(trade.target_price).unwrap() >= -slack,
                    "{fill:?} of {trade:?}"
                ),
                Leg::Stop => prop_assert!(
                    past(trade.stop_price).unwrap() <= slack,
                    "{fill:?} of {trade:?}"
                ),
                Leg::Entry | Leg::Exit => {}
            }
        }
        Ok(())
    });
}

/// One execution is one instrument's, stamped with a bar of its own; a bracket never holds more than it asked for, less than
/// nothing, or anything while another of its instrument does.
#[test]
fn brackets_and_instruments_keep_to_themselves() {
    for_all(vary::ALL, |case| {
        let recording = recorded(case)?;
        let brackets = brackets(&recording);
        let fills = recording.fills();
        let ids: BTreeSet<_> = fills.iter().map(|fill| fill.exec).collect();
        prop_assert_eq!(ids.len(), fills.len());
        let mut held: BTreeMap<u64, i64> = BTreeMap::new();
        let mut entered: BTreeMap<u64, i64> = BTreeMap::new();
        for fill in &fills {
            let bracket = &brackets[&fill.order.0];
            prop_assert_eq!(bracket.inst, fill.inst);
            bar_of(case, fill)?;
            let lots = held.entry(fill.order.0).or_default();
            *lots += signed_lots(fill);
            prop_assert!(fill.lots.0 > 0, "{fill:?}");
            prop_assert!(*lots >= 0 || is_acted_on(case), "{fill:?}");
            // lots of different bases do not add up
            if is_acted_on(case) {
                continue;
            }
            if fill.leg == Leg::Entry {
                let entered = entered.entry(fill.order.0).or_default();
                *entered += fill.lots.0;
                prop_assert!(*entered <= bracket.lots.0, "{fill:?} of {bracket:?}");
            }
            let mine = held
                .iter()
                .filter(|(order, lots)| **lots > 0 && brackets[order].inst == fill.inst);
            prop_assert!(
                mine.count() <= 1,
                "two positions of {:?} at {}",
                fill.inst,
                fill.at
            );
        }
        if case.config.fills.closes_at_end() && !is_acted_on(case) {
            prop_assert!(
                held.values().all(|lots| *lots == 0),
                "{held:?} are left open"
            );
        }
        Ok(())
    });
}

/// Where a share of the volume caps fills, no bar gives more, but for the one with which the data ends.
#[test]
fn no_bar_gives_more_than_its_volume_allows() {
    for_all(vary::ALL | vary::VOLUME, |case| {
        let Some(percent) = case.config.fills.volume_percent else {
            return Ok(());
        };
        let mut taken: BTreeMap<(u16, usize), f64> = BTreeMap::new();
        for fill in walked(case)?.fills {
            let (row, _) = bar_of(case, &fill)?;
            let lot_size = case.markets[usize::from(fill.inst.0)].instrument.lot_size;
            *taken.entry((fill.inst.0, row)).or_default() += fill.lots.0 as f64 * lot_size;
        }
        for ((inst, row), quantity) in taken {
            let bars = &case.markets[usize::from(inst)].bars;
            let allowed = percent / 100.0 * bars.series().volume()[row];
            let is_last = row + 1 == bars.series().len();
            prop_assert!(
                is_last || quantity <= allowed * (1.0 + 1e-9),
                "{quantity} of {allowed} in bar {row} of instrument {inst}"
            );
        }
        Ok(())
    });
}

/// An order lives from the bar after its decision: no fill is earlier, and no entry later than the next bar.
#[test]
fn orders_are_eligible_from_the_next_bar_and_entries_for_that_one_only() {
    for_all(vary::ALL, |case| {
        let recording = recorded(case)?;
        let brackets = brackets(&recording);
        for fill in recording.fills() {
            let (row, _) = bar_of(case, &fill)?;
            let bracket = &brackets[&fill.order.0];
            let ends = case.markets[usize::from(fill.inst.0)].bars.end();
            let decided = ends.binary_search(&bracket.decided_at).unwrap();
            let due = decided + usize::from(case.config.policy.entry != EntryPolicy::Close);
            prop_assert!(row >= due, "{fill:?} of {bracket:?}");
            prop_assert!(
                fill.leg != Leg::Entry || row == due,
                "{fill:?} of {bracket:?}"
            );
        }
        Ok(())
    });
}

/// A bar has one decision, of all instruments that end with it, and none of an instrument that has just had its last.
#[test]
fn decisions_come_once_a_time() {
    for_all(vary::ALL, |case| {
        let recording = recorded(case)?;
        let mut last = None;
        for entry in &recording.entries {
            if let Entry::Event(Event::Decide { at }, _) = entry {
                prop_assert!(last.is_none_or(|last| last < *at));
                last = Some(*at);
            }
        }
        for bracket in brackets(&recording).values() {
            let ends = case.markets[usize::from(bracket.inst.0)].bars.end();
            prop_assert!(ends.last().is_some_and(|end| bracket.decided_at < *end));
        }
        Ok(())
    });
}
