//! Trades as a list: its columns, which of them are shown, and in which order.

use atrium_shared::base::time::BarInterval;
use atrium_shared::surface::charts::stamp;
use atrium_shared::surface::report::{DASH, count, fixed, money};
use atrium_shared::surface::words::{price, quantity};
use atrium_shared::trading::orders::{ExitReason, Side};
use atrium_shared::trading::portfolio::Trade;

use crate::parts::number::signs;

/// A column: its heading, whether it is a number, its text, and what it is sorted by.
pub(super) struct Column {
    pub(super) head: &'static str,
    pub(super) number: bool,
    pub(super) text: fn(&Trade, &Units) -> String,
    pub(super) key: fn(&Trade) -> f64,
}

/// The units that texts are given in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Units {
    pub(super) interval: BarInterval,
    pub(super) tick_size: f64,
    pub(super) lot_size: f64,
}

pub(super) const COLUMNS: [Column; 13] = [
    Column {
        head: "Side",
        number: false,
        text: |trade, _| match trade.side {
            Side::Long => "▲ Long".to_owned(),
            Side::Short => "▼ Short".to_owned(),
        },
        key: |trade| f64::from(trade.side as u8),
    },
    Column {
        head: "Entry, UTC",
        number: false,
        text: |trade, units| stamp(trade.entry_at, units.interval),
        key: |trade| trade.entry_at.0 as f64,
    },
    Column {
        head: "Price",
        number: true,
        text: |trade, units| price(trade.entry_price, units.tick_size),
        key: |trade| trade.entry_price,
    },
    Column {
        head: "Exit, UTC",
        number: false,
        text: |trade, units| stamp(trade.exit_at, units.interval),
        key: |trade| trade.exit_at.0 as f64,
    },
    Column {
        head: "Price",
        number: true,
        text: |trade, units| price(trade.exit_price, units.tick_size),
        key: |trade| trade.exit_price,
    },
    Column {
        head: "Exit by",
        number: false,
        text: |trade, _| trade.exit_reason.name().to_owned(),
        key: |trade| f64::from(trade.exit_reason as u8),
    },
    Column {
        head: "Quantity",
        number: true,
        text: |trade, units| {
            let cap = if trade.sized_by.is_cap() { " c" } else { "" };
            format!("{}{cap}", quantity(trade.quantity, units.lot_size))
        },
        key: |trade| trade.quantity,
    },
    Column {
        head: "Bars",
        number: true,
        text: |trade, _| count(trade.bars_held as f64),
        key: |trade| trade.bars_held as f64,
    },
    Column {
        head: "MAE",
        number: true,
        text: |trade, _| money(trade.mae),
        key: |trade| trade.mae,
    },
    Column {
        head: "MFE",
        number: true,
        text: |trade, _| money(trade.mfe),
        key: |trade| trade.mfe,
    },
    Column {
        head: "Costs",
        number: true,
        text: |trade, _| money(trade.costs),
        key: |trade| trade.costs,
    },
    Column {
        head: "R",
        number: true,
        text: |trade, _| r_multiple(trade).map_or_else(|| DASH.to_owned(), |r| fixed(r, 2)),
        key: |trade| r_multiple(trade).unwrap_or(f64::NEG_INFINITY),
    },
    Column {
        head: "Net profit",
        number: true,
        text: |trade, _| money(trade.net_profit),
        key: |trade| trade.net_profit,
    },
];

/// Net profit in units of what the first stop put at stake.
fn r_multiple(trade: &Trade) -> Option<f64> {
    let risk = trade.initial_risk.filter(|risk| *risk > 0.0)?;
    Some(trade.net_profit / risk)
}

/// Which trades are shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Filter {
    pub(super) side: Option<Side>,
    pub(super) exit: Option<ExitReason>,
    /// Those that won, or those that did not.
    pub(super) won: Option<bool>,
    /// A text that any cell holds.
    pub(super) text: String,
}

impl Filter {
    fn lets_pass(&self, trade: &Trade, units: Option<&Units>) -> bool {
        self.side.is_none_or(|side| side == trade.side)
            && self.exit.is_none_or(|exit| exit == trade.exit_reason)
            && self.won.is_none_or(|won| won == (trade.net_profit > 0.0))
            && (self.text.is_empty()
                || units.is_none_or(|units| {
                    let wanted = plain(&self.text);
                    let holds =
                        |column: &Column| plain(&(column.text)(trade, units)).contains(&wanted);
                    COLUMNS.iter().any(holds)
                }))
    }
}

/// A text as it is looked for: in any case, with the minus that keyboards have, and without what parts thousands.
fn plain(text: &str) -> String {
    let kept = |c: &char| !matches!(c, ',' | '\u{a0}' | '\u{202f}' | '\u{2009}');
    let kept: String = text.chars().filter(kept).collect();
    signs(&kept).to_lowercase()
}

/// A column by its place, and whether the largest comes first.
pub(super) type Sort = Option<(usize, bool)>;

/// The trades that are shown, in their order; `None` where it is all of them as they are.
pub(super) fn order(
    trades: &[Trade],
    filter: &Filter,
    sort: Sort,
    units: Option<&Units>,
) -> Option<Vec<u32>> {
    if sort.is_none() && *filter == Filter::default() {
        return None;
    }
    let passes =
        |(index, trade): (usize, &Trade)| filter.lets_pass(trade, units).then_some(index as u32);
    let mut order: Vec<u32> = trades.iter().enumerate().filter_map(passes).collect();
    if let Some((column, descending)) = sort
        && let Some(column) = COLUMNS.get(column)
    {
        let key = |index: &u32| trades.get(*index as usize).map_or(0.0, column.key);
        order.sort_by(|a, b| match descending {
            true => key(b).total_cmp(&key(a)),
            false => key(a).total_cmp(&key(b)),
        });
    }
    Some(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use atrium_shared::base::time::Timestamp;
    use atrium_shared::trading::orders::{InstId, OrderId, SizedBy};
    use atrium_shared::trading::portfolio::CostParts;

    fn trade(net_profit: f64, side: Side, exit_reason: ExitReason) -> Trade {
        Trade {
            inst: InstId(0),
            order: OrderId(1),
            side,
            quantity: 10.0,
            sized_by: SizedBy::Risk,
            decided_at: Timestamp(0),
            entry_at: Timestamp(0),
            entry_price: 100.0,
            target_price: None,
            stop_price: None,
            initial_risk: Some(50.0),
            exit_at: Timestamp(60_000_000),
            exit_price: 101.0,
            exit_reason,
            gross_profit: net_profit,
            costs: 0.0,
            cost_parts: CostParts::default(),
            net_profit,
            mae: 0.0,
            mfe: 0.0,
            bars_held: 1,
        }
    }

    const UNITS: Units = Units {
        interval: BarInterval::minutes(60),
        tick_size: 0.01,
        lot_size: 1.0,
    };

    #[test]
    fn trades_are_sorted_and_filtered_and_keep_their_numbers() {
        let trades = [
            trade(5.0, Side::Long, ExitReason::Target),
            trade(-7.0, Side::Short, ExitReason::Stop),
            trade(9.0, Side::Short, ExitReason::Target),
            trade(5.0, Side::Long, ExitReason::EndOfData),
        ];
        let order = |filter: Filter, sort| super::order(&trades, &filter, sort, Some(&UNITS));
        assert_eq!(order(Filter::default(), None), None);
        let profit = COLUMNS.len() - 1;
        assert_eq!(
            order(Filter::default(), Some((profit, true))),
            Some(vec![2, 0, 3, 1])
        );
        assert_eq!(
            order(Filter::default(), Some((profit, false))),
            Some(vec![1, 0, 3, 2])
        );
        let filter = |change: fn(&mut Filter)| {
            let mut filter = Filter::default();
            change(&mut filter);
            order(filter, None).unwrap()
        };
        assert_eq!(filter(|filter| filter.side = Some(Side::Short)), [1, 2]);
        assert_eq!(filter(|filter| filter.won = Some(false)), [1]);
        assert_eq!(
            filter(|filter| filter.exit = Some(ExitReason::Target)),
            [0, 2]
        );
        assert_eq!(filter(|filter| filter.text = "end of".to_owned()), [3]);
        assert_eq!(
            filter(|filter| filter.text = "0.18".to_owned()),
            [2],
            "9 of 50 at stake"
        );
        assert_eq!(filter(|filter| filter.text = "-7.00".to_owned()), [1]);
        let large = [trade(-1_234.5, Side::Long, ExitReason::Stop)];
        for text in ["-1234.5", "1,234.50", "\u{2212}1,234"] {
            let text = text.to_owned();
            let filter = Filter {
                text,
                ..Filter::default()
            };
            assert_eq!(
                super::order(&large, &filter, None, Some(&UNITS)),
                Some(vec![0])
            );
        }
    }
}
