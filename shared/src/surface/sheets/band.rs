//! A run by every fill convention: each metric as a band, and the trades that win by one and lose by another.

use super::{Block, Cell, Head, Note, Row, Sheet, Table, short};
use crate::base::time::Timestamp;
use crate::market::bars::BarSeries;
use crate::research::metrics::{CATALOG, Definition, Group, Stat};
use crate::research::study::{Band, ConventionsBand, Flip};
use crate::surface::charts::stamp;
use crate::surface::numbers::{count, money};
use crate::surface::report::shown;
use crate::trading::fills::Intrabar;
use crate::trading::orders::Side;

/// More flips than this are counted and not listed.
const MOST_FLIPS: usize = 500;

fn name(convention: Intrabar) -> &'static str {
    match convention {
        Intrabar::Pessimistic => "Pessimistic",
        Intrabar::Optimistic => "Optimistic",
        Intrabar::Path => "Path",
        Intrabar::Refined => "Refined",
    }
}

fn meaning(convention: Intrabar) -> &'static str {
    match convention {
        Intrabar::Pessimistic => "Where one bar reaches both levels, the stop is first.",
        Intrabar::Optimistic => "Where one bar reaches both levels, the target is first.",
        Intrabar::Path => {
            "Where one bar reaches both levels, the one at the extreme nearer to the open is first."
        }
        Intrabar::Refined => {
            "Finer bars show which level came first; where they do not, the stop is."
        }
    }
}

/// The band as a sheet. `series` are the bars of the run; `finer` says why there is no refined convention, where there is none.
pub fn band_sheet(band: &ConventionsBand, series: &BarSeries, finer: &str) -> Sheet {
    let mut notes = vec![sensitivity(band)];
    if !finer.is_empty() {
        notes.push(Note::even(finer));
    }
    let mut blocks = vec![Block::Notes(notes), Block::Table(metrics(band))];
    if !band.flips.is_empty() {
        blocks.push(Block::Table(flips(band, series)));
    }
    Sheet {
        key: "band".to_owned(),
        title: "Fill conventions".to_owned(),
        blocks,
    }
}

/// How much depends on the convention, in a sentence.
fn sensitivity(band: &ConventionsBand) -> Note {
    let find = |key: &str| band.metrics.iter().find(|metric| metric.key == key);
    let range = find("total_return").and_then(|metric| metric.low.zip(metric.high));
    let of = definition("total_return").map(|definition| definition.unit);
    let text = match (range, of) {
        (Some((low, high)), Some(unit)) if low.total_cmp(&high).is_eq() => format!(
            "Nobody knows which level a bar met first where it met both. The total return is {} by every convention; {} trades win by one and lose by another.",
            shown(low, unit),
            count(band.flips.len() as f64)
        ),
        (Some((low, high)), Some(unit)) => format!(
            "Nobody knows which level a bar met first where it met both. By convention the total return lies between {} and {}; {} trades win by one convention and lose by another.",
            shown(low, unit),
            shown(high, unit),
            count(band.flips.len() as f64)
        ),
        _ => "Nobody knows which level a bar met first where it met both.".to_owned(),
    };
    match range.is_some_and(|(low, high)| low < 0.0 && high > 0.0) {
        true => Note::bad(
            text,
            "The sign of the result depends on the convention: use finer bars, or levels further apart.",
        ),
        false => Note::even(text),
    }
}

fn definition(key: &str) -> Option<&'static Definition> {
    CATALOG.iter().find(|definition| definition.key == key)
}

fn metrics(band: &ConventionsBand) -> Table {
    let mut heads = vec![
        Head::text("Metric"),
        Head::number("Low", "The least by any convention."),
        Head::number("High", "The largest by any convention."),
    ];
    let each = band.conventions.iter();
    heads.extend(each.map(|convention| Head::number(name(*convention), meaning(*convention))));
    let row = |metric: &Band| {
        let definition = definition(&metric.key)?;
        // what buy-and-hold was worth does not depend on the convention
        if definition.group == Group::Benchmark && metric.key.starts_with("benchmark_") {
            return None;
        }
        let number = |value: Option<f64>| match value {
            Some(value) => Cell::number(value, |value| shown(value, definition.unit)),
            None => Cell::nothing("None by any convention."),
        };
        let mut cells = vec![
            Cell::explained(definition.label, definition.meaning),
            number(metric.low),
            number(metric.high),
        ];
        cells.extend(metric.by_convention.iter().map(|stat| match *stat {
            Stat::Value(value) => Cell::number(value, |value| shown(value, definition.unit)),
            Stat::Absent(why) => Cell::nothing(format!("None: {}.", why.words())),
        }));
        Some(Row::of(cells))
    };
    let mut rows: Vec<Row> = band.metrics.iter().filter_map(row).collect();
    let mut alone = vec![
        Cell::explained(
            "Trades of its own",
            "Trades that another convention does not make: an exit at another time leaves room for other entries.",
        ),
        Cell::default(),
        Cell::default(),
    ];
    alone.extend(
        band.unmatched
            .iter()
            .map(|many| Cell::number(*many as f64, short)),
    );
    rows.push(Row::of(alone));
    Table {
        key: "band".to_owned(),
        title: "Each metric as a band".to_owned(),
        about: String::new(),
        heads,
        rows,
    }
}

fn flips(band: &ConventionsBand, series: &BarSeries) -> Table {
    let mut heads = vec![Head::text("Entry, UTC"), Head::text("Side")];
    let each = band.conventions.iter();
    heads.extend(each.map(|convention| Head::number(name(*convention), meaning(*convention))));
    let bar = |at: Timestamp| {
        let after = series.start().partition_point(|start| *start <= at);
        u32::try_from(after.checked_sub(1)?).ok()
    };
    let row = |flip: &Flip| {
        let mut cells = vec![
            Cell::text(stamp(flip.entry_at, series.interval())),
            Cell::text(match flip.side {
                Side::Long => "▲ Long",
                Side::Short => "▼ Short",
            }),
        ];
        cells.extend(flip.by_convention.iter().map(|(reason, net)| {
            Cell::signed(*net, |net| format!("{} {}", reason.name(), money(net)))
        }));
        Row {
            cells,
            bars: bar(flip.entry_at).map(|bar| (bar, bar)),
        }
    };
    let listed = band.flips.len().min(MOST_FLIPS);
    Table {
        key: "flips".to_owned(),
        title: "Trades whose outcome flips".to_owned(),
        about: format!(
            "{} of {}, with how each ended and its net profit. Choose one to see it on the chart.",
            count(listed as f64),
            count(band.flips.len() as f64)
        ),
        heads,
        rows: band.flips.iter().take(MOST_FLIPS).map(row).collect(),
    }
}
