//! What a trade says of itself, against the executions that made it.

use std::ops::RangeInclusive;

use atrium_shared::trading::costs::Costs;
use atrium_shared::trading::portfolio::Trade;
use proptest::prelude::*;

use super::*;

#[test]
fn net_is_gross_less_costs_and_trades_add_up_to_the_final_equity() {
    for_all(vary::ALL, |case| {
        let walked = walked(case)?;
        let scale = case.config.initial_equity + turnover(case, &walked.fills);
        let mut sum = case.config.initial_equity;
        for trade in walked.engine.trades() {
            sum += trade.net_profit;
            let parts = trade.cost_parts;
            prop_assert!(
                near(trade.net_profit, trade.gross_profit - trade.costs, scale),
                "{trade:?}"
            );
            let total = parts.commission
                + parts.slippage
                + parts.spread
                + parts.borrow
                + parts.financing
                + parts.conversion;
            prop_assert_eq!(total.to_bits(), trade.costs.to_bits());
            let least = [
                parts.commission,
                parts.slippage,
                parts.spread,
                parts.borrow,
                parts.financing,
                parts.conversion,
            ];
            prop_assert!(least.iter().all(|part| *part >= 0.0), "{trade:?}");
            if case.config.costs == Costs::FREE {
                prop_assert_eq!(trade.costs.to_bits(), 0.0f64.to_bits());
            }
        }
        if case.config.fills.closes_at_end() {
            let last = walked.equity.last().copied().unwrap();
            prop_assert!(near(sum, last, scale), "{sum} is not {last}");
            let balance = walked.engine.balance();
            prop_assert_eq!(balance.to_bits(), last.to_bits());
        }
        Ok(())
    });
}

/// Quantity, average prices, gross profit and costs, from the executions of the trade's bracket.
#[test]
fn a_trade_is_the_sum_of_its_executions() {
    for_all(vary::ALL & !vary::ACTIONS, |case| {
        let walked = walked(case)?;
        for trade in walked.engine.trades() {
            let of = |fill: &&Fill| fill.order == trade.order;
            let fills: Vec<&Fill> = walked.fills.iter().filter(of).collect();
            let unit = unit_value(case, trade.inst);
            let lot_size = case.markets[usize::from(trade.inst.0)].instrument.lot_size;
            let sums = |entry: bool| {
                let legs = fills
                    .iter()
                    .filter(|fill| (fill.leg == Leg::Entry) == entry);
                legs.fold((0i64, 0.0), |(lots, worth), fill| {
                    (lots + fill.lots.0, worth + fill.lots.0 as f64 * fill.price)
                })
            };
            let ((lots, bought), (left, sold)) = (sums(true), sums(false));
            prop_assert_eq!(lots, left);
            let quantity = lots as f64 * lot_size;
            prop_assert_eq!(trade.quantity.to_bits(), quantity.to_bits());
            let worth = bought + sold;
            prop_assert!(
                near(trade.entry_price * lots as f64, bought, worth),
                "{trade:?}"
            );
            prop_assert!(
                near(trade.exit_price * lots as f64, sold, worth),
                "{trade:?}"
            );
            let concession: f64 = fills
                .iter()
                .map(|fill| fill.costs.slippage + fill.costs.spread)
                .sum();
            let gross = trade.side.sign() * (sold - bought) * unit + concession;
            prop_assert!(
                near(trade.gross_profit, gross, worth * unit),
                "{trade:?}: {gross}"
            );
            let charged: f64 = fills.iter().map(|fill| fill.costs.commission).sum();
            prop_assert!(near(
                trade.cost_parts.commission,
                charged,
                worth * unit + charged
            ));
        }
        Ok(())
    });
}

/// A number of whole steps, within a millionth of one.
fn is_whole(value: f64, step: f64) -> bool {
    let steps = value / step;
    (steps - steps.round()).abs() < 1e-6 + 1e-12 * steps.abs()
}

#[test]
fn quantities_are_whole_lots_and_levels_stand_on_ticks() {
    for_all(vary::ALL, |case| {
        for trade in walked(case)?.engine.trades() {
            let instrument = &case.markets[usize::from(trade.inst.0)].instrument;
            prop_assert!(trade.quantity > 0.0 && is_whole(trade.quantity, instrument.lot_size));
            for level in [trade.target_price, trade.stop_price].into_iter().flatten() {
                prop_assert!(
                    level > 0.0 && is_whole(level, instrument.tick_size),
                    "{trade:?}"
                );
            }
        }
        Ok(())
    });
}

/// Lows and highs of a trade's bars.
fn bars_of<'a>(
    case: &'a Case,
    trade: &Trade,
    rows: RangeInclusive<usize>,
) -> impl Iterator<Item = [f64; 2]> + 'a {
    let series = case.markets[usize::from(trade.inst.0)].bars.series();
    let lows = series.low()[rows.clone()].iter();
    lows.zip(&series.high()[rows])
        .map(|(low, high)| [*low, *high])
}

/// The bars of a trade, and what it was worth in them.
fn check_life(case: &Case, trade: &Trade, fills: &[Fill]) -> TestCaseResult {
    use atrium_shared::trading::policy::EntryPolicy;
    let bars = &case.markets[usize::from(trade.inst.0)].bars;
    let row = |at| bars.series().start().binary_search(&at).unwrap();
    let (first, last) = (row(trade.entry_at), row(trade.exit_at));
    // a position that is opened at a close lives from the next bar on
    let lived_from = first + usize::from(case.config.policy.entry == EntryPolicy::Close);
    let at_decision = last + 1 == lived_from;
    let held = if at_decision {
        0
    } else {
        last + 1 - lived_from
    };
    prop_assert!(trade.bars_held == held as u64, "{trade:?}: {held} bars");
    prop_assert!(first <= last && trade.decided_at <= bars.end()[first]);
    let unit = unit_value(case, trade.inst);
    let lots = trade.quantity / case.markets[usize::from(trade.inst.0)].instrument.lot_size;
    let slack = 1e-9 * lots * trade.entry_price * unit;
    prop_assert!(trade.mae <= slack && trade.mfe >= -slack, "{trade:?}");
    let mine: Vec<&Fill> = fills
        .iter()
        .filter(|fill| fill.order == trade.order)
        .collect();
    let (mut held, mut basis, mut realised) = (0.0, 0.0, 0.0);
    let (mut worst, mut best) = (0.0f64, 0.0f64);
    for (index, fill) in mine.iter().enumerate() {
        let lots = fill.lots.0 as f64;
        if fill.leg == Leg::Entry {
            basis = (basis * held + fill.price * lots) / (held + lots);
            held += lots;
        } else {
            realised += trade.side.sign() * lots * (fill.price - basis) * unit;
            held -= lots;
        }
        let worth = |price: f64| realised + trade.side.sign() * held * (price - basis) * unit;
        let now = worth(fill.price);
        prop_assert!(
            trade.mae <= now + slack && trade.mfe >= now - slack,
            "{trade:?}"
        );
        // so much is held until the next execution
        let until = mine.get(index + 1).map_or(last, |next| row(next.at));
        let bars = row(fill.at)..=until;
        let ranges = bars_of(case, trade, bars).flat_map(|[low, high]| [worth(low), worth(high)]);
        for worth in ranges.chain([now]) {
            (worst, best) = (worst.min(worth), best.max(worth));
        }
    }
    prop_assert!(
        trade.mae >= worst - slack && trade.mfe <= best + slack,
        "{trade:?}: {worst} to {best}"
    );
    Ok(())
}

#[test]
fn lives_and_excursions_are_those_of_the_bars() {
    for_all(vary::ALL & !vary::ACTIONS, |case| {
        let walked = walked(case)?;
        let trades = walked.engine.trades();
        trades
            .iter()
            .try_for_each(|trade| check_life(case, trade, &walked.fills))?;
        let sorted = trades.iter().zip(trades.iter().skip(1));
        for (trade, next) in sorted {
            prop_assert!(case.markets.len() > 1 || trade.exit_at <= next.exit_at);
            prop_assert!(case.markets.len() > 1 || trade.exit_at <= next.entry_at);
        }
        let held: u64 = trades.iter().map(|trade| trade.bars_held).sum();
        if case.config.fills.closes_at_end() {
            prop_assert!(walked.bars_in_position <= held + trades.len() as u64);
        }
        Ok(())
    });
}
