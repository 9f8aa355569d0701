//! The deepest stays of equity below a peak.

use super::{Block, Cell, Head, Judged, Note, Row, Sheet, Table};
use crate::research::metrics::{Fall, falls};
use crate::surface::charts::stamp;
use crate::surface::numbers::{count, percent};

/// How many are listed.
const MOST: usize = 20;

pub(super) fn sheet(judged: &Judged<'_>) -> Sheet {
    let mut all = falls(judged.report.config.initial_equity, &judged.run.equity);
    let many = all.len();
    all.sort_by(|a, b| a.share.total_cmp(&b.share).then(a.trough.cmp(&b.trough)));
    all.truncate(MOST);
    let block = match all.is_empty() {
        true => Block::Notes(vec![Note::even(
            "Equity never closed a bar below an earlier peak.",
        )]),
        false => Block::Table(table(judged, &all, many)),
    };
    Sheet {
        key: "drawdowns".to_owned(),
        title: "Drawdowns".to_owned(),
        blocks: vec![block],
    }
}

fn table(judged: &Judged<'_>, deepest: &[Fall], many: usize) -> Table {
    let series = judged.prepared.bars().series();
    let (starts, interval) = (series.start(), series.interval());
    let at = |bar: usize| {
        let text = starts.get(bar).map(|start| stamp(*start, interval));
        Cell::text(text.unwrap_or_default())
    };
    let row = |(index, fall): (usize, &Fall)| {
        let last = fall.recovered.unwrap_or(starts.len().saturating_sub(1));
        let bar = |bar: usize| u32::try_from(bar).ok();
        Row {
            cells: vec![
                Cell::text((index + 1).to_string()),
                Cell::signed(fall.share, percent),
                match fall.peak {
                    Some(peak) => at(peak),
                    None => Cell::explained("the start", "The initial equity was the peak."),
                },
                at(fall.trough),
                match fall.recovered {
                    Some(recovered) => at(recovered),
                    None => Cell::text("not yet"),
                },
                Cell::number(fall.bars as f64, count),
            ],
            bars: bar(fall.peak.unwrap_or(0)).zip(bar(last)),
        }
    };
    Table {
        key: "drawdowns".to_owned(),
        title: "The deepest drawdowns".to_owned(),
        about: format!(
            "At the closes of bars, which are named by their starts in UTC; {} in all. Choose one to see it on the chart.",
            count(many as f64)
        ),
        heads: vec![
            Head::text("Rank"),
            Head::number(
                "Depth",
                "The lowest equity over the peak before it, less one.",
            ),
            Head::text("Peak"),
            Head::text("Trough"),
            Head::text("Recovered"),
            Head::number(
                "Bars",
                "From the peak to the close that regained it, or to the end.",
            ),
        ],
        rows: deepest.iter().enumerate().map(row).collect(),
    }
}
