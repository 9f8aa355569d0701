//! Why nothing was traded at a bar, or what was; and what would have come of a trade there.

use serde::{Deserialize, Serialize};

use super::{Block, Cell, Head, Judged, Note, Row, Sheet, Table, Tone, bars_of};
use crate::market::bars::Instrument;
use crate::research::explain::{Explanation, WhatIf};
use crate::research::metrics::Headline;
use crate::surface::charts::stamp;
use crate::surface::explained;
use crate::surface::numbers::{DASH, count, money};
use crate::surface::report::{headline_rows, headline_value, shown};
use crate::surface::words::{price, quantity};
use crate::trading::engine::Outcome;
use crate::trading::orders::Side;
use crate::trading::portfolio::Trade;

/// What a trade that was forced made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forced {
    /// The words.
    pub blocks: Vec<Block>,
    /// The bars of the trade, first and last, where one came of it.
    pub bars: Option<(u32, u32)>,
}

/// A decision as a sheet.
pub fn bar_sheet(explanation: Option<&Explanation>, judged: &Judged<'_>, row: usize) -> Sheet {
    let series = judged.prepared.bars().series();
    let start = series.start().get(row);
    let named = start.map_or_else(String::new, |start| stamp(*start, series.interval()));
    let instrument = &judged.report.data.instrument;
    let blocks = match explanation {
        Some(explanation) => vec![
            Block::Notes(vec![Note {
                tone: match explanation.decision.outcome {
                    Outcome::Enters(_) => Tone::Good,
                    _ => Tone::Even,
                },
                text: explained::verdict(explanation, instrument),
                advice: String::new(),
            }]),
            Block::Table(Table {
                key: "decision".to_owned(),
                title: "What it was decided from".to_owned(),
                about: String::new(),
                heads: vec![Head::text("Subject"), Head::text("Numbers")],
                rows: explained::rows(explanation, instrument, &judged.report.config)
                    .into_iter()
                    .map(|(subject, words)| Row::of(vec![Cell::text(subject), Cell::text(words)]))
                    .collect(),
            }),
        ],
        None => vec![Block::Notes(vec![Note::even(
            "Nothing is decided at the last bar: the run ends with its close.",
        )])],
    };
    Sheet {
        key: "bar".to_owned(),
        title: format!("Bar of {named} UTC"),
        blocks,
    }
}

/// What came of a run in which a trade was forced at a bar, beside the run itself.
pub fn what_if_blocks(judged: &Judged<'_>, forced: &WhatIf, side: Side, row: usize) -> Forced {
    let (report, bars) = (judged.report, judged.prepared.bars());
    let instrument = &report.data.instrument;
    let decided = bars.end().get(row).copied();
    let own = forced
        .trades
        .iter()
        .find(|trade| Some(trade.decided_at) == decided && trade.side == side);
    let wanted = match side {
        Side::Long => "long",
        Side::Short => "short",
    };
    let mut notes = vec![Note::even(
        "COUNTERFACTUAL: another run than these parameters make. It has no digests, and no link can be made of it.",
    )];
    notes.push(match (forced.forced, own) {
        (Outcome::NoTrade(reason), _) => Note::bad(
            format!(
                "A {wanted} trade was not placed all the same: {}.",
                reason.words()
            ),
            "",
        ),
        (_, Some(trade)) => Note {
            tone: Tone::of(trade.net_profit),
            text: format!(
                "The {wanted} trade would have ended by {} with {} net.",
                trade.exit_reason.name(),
                money(trade.net_profit)
            ),
            advice: String::new(),
        },
        (_, None) => Note::even(format!(
            "The {wanted} order was placed, and no trade came of it."
        )),
    });
    let mut blocks = vec![Block::Notes(notes)];
    if !matches!(forced.forced, Outcome::NoTrade(_)) {
        blocks.extend(own.map(|trade| Block::Table(trade_table(trade, judged, instrument))));
        blocks.push(Block::Table(headlines(&report.headline, &forced.headline)));
        blocks.push(Block::Notes(vec![others(
            &report.round_trips,
            &forced.trades,
            own,
        )]));
    }
    Forced {
        bars: own.and_then(|trade| bars_of(trade, bars.series().start())),
        blocks,
    }
}

fn trade_table(trade: &Trade, judged: &Judged<'_>, instrument: &Instrument) -> Table {
    let interval = judged.prepared.bars().series().interval();
    let at = |price_at: f64| price(price_at, instrument.tick_size);
    let level = |level: Option<f64>| level.map_or_else(|| "none".to_owned(), at);
    let rows = [
        (
            "Entry",
            format!(
                "{} at {}",
                stamp(trade.entry_at, interval),
                at(trade.entry_price)
            ),
        ),
        (
            "Exit",
            format!(
                "{} at {}",
                stamp(trade.exit_at, interval),
                at(trade.exit_price)
            ),
        ),
        (
            "Target, stop",
            format!("{}, {}", level(trade.target_price), level(trade.stop_price)),
        ),
        (
            "Quantity",
            format!("{} units", quantity(trade.quantity, instrument.lot_size)),
        ),
        (
            "Profit",
            format!(
                "{} before costs of {}: {} net",
                money(trade.gross_profit),
                money(trade.costs),
                money(trade.net_profit)
            ),
        ),
        ("Bars", count(trade.bars_held as f64)),
    ];
    Table {
        key: "forced-trade".to_owned(),
        title: "Its trade".to_owned(),
        about: String::new(),
        heads: vec![Head::text("Subject"), Head::text("Numbers")],
        rows: rows
            .into_iter()
            .map(|(subject, words)| Row::of(vec![Cell::text(subject), Cell::text(words)]))
            .collect(),
    }
}

fn headlines(before: &Headline, after: &Headline) -> Table {
    let rows = headline_rows(before).into_iter().zip(headline_rows(after));
    Table {
        key: "forced-headline".to_owned(),
        title: "What changed in the headline".to_owned(),
        about: String::new(),
        heads: vec![
            Head::text("Metric"),
            Head::number("This run", ""),
            Head::number("With the trade", ""),
            Head::number("Change", ""),
        ],
        rows: rows
            .map(|(was, is)| {
                let change = headline_value(after, was.key)
                    .zip(headline_value(before, was.key))
                    .map(|(after, before)| after - before);
                Row::of(vec![
                    Cell::explained(was.label, was.meaning),
                    Cell::text(was.text),
                    Cell::text(is.text),
                    match change {
                        Some(change) => Cell::number(change, |change| shown(change, was.unit)),
                        None => Cell::text(DASH),
                    },
                ])
            })
            .collect(),
    }
}

/// How many other trades came or went with the one that was forced, and how many have another size.
fn others(before: &[Trade], after: &[Trade], own: Option<&Trade>) -> Note {
    let key = |trade: &Trade| (trade.entry_at, trade.exit_at, trade.side as u8);
    let missing = |of: &[Trade], among: &[Trade]| {
        let known: std::collections::BTreeSet<_> = among.iter().map(key).collect();
        of.iter()
            .filter(|trade| !known.contains(&key(trade)))
            .count()
    };
    let own = own.is_some_and(|own| !before.iter().any(|trade| key(trade) == key(own)));
    let (gone, come) = (missing(before, after), missing(after, before));
    let known: std::collections::BTreeMap<_, _> = before
        .iter()
        .map(|trade| (key(trade), trade.quantity))
        .collect();
    let is_other_size = |trade: &&Trade| {
        let was = known.get(&key(trade));
        was.is_some_and(|was| was.to_bits() != trade.quantity.to_bits())
    };
    let resized = after.iter().filter(is_other_size).count();
    Note::even(format!(
        "Beside it {} trades of this run are not made or end otherwise, {} others are made in their place, and {} have another size.",
        count(gone as f64),
        count(come.saturating_sub(usize::from(own)) as f64),
        count(resized as f64)
    ))
}
