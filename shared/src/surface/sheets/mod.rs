//! What came of a run, as sheets of words, numbers and small plots that are ready to be shown: whoever shows them needs no
//! knowledge of what they are about.

mod bar;
mod compare;
mod band;
mod drawdowns;
mod excursions;
mod metrics;
mod plot;
mod returns;
mod warnings;

pub use band::band_sheet;
pub use bar::{Forced, bar_sheet, what_if_blocks};
pub use compare::{Compared, comparison_sheet};
pub use plot::{Label, Plot, Shape};
pub use warnings::warnings;

use serde::{Deserialize, Serialize};

use super::numbers::{DASH, fixed};
use super::report::RunReport;
use crate::research::backtest::{Backtest, Prepared};
use crate::trading::portfolio::Trade;

/// A sheet: what one tab shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// What it is known by.
    pub key: String,
    /// Its name.
    pub title: String,
    /// What it holds, in order.
    pub blocks: Vec<Block>,
}

/// A part of a sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Block {
    /// Sentences.
    Notes(Vec<Note>),
    /// A table.
    Table(Table),
    /// A plot with a table that says the same.
    Plot(Plot),
}

/// A sentence with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Whether it is good news, bad news or neither.
    pub tone: Tone,
    /// What is said.
    pub text: String,
    /// What to do; may be empty.
    pub advice: String,
}

/// Whether something is good, bad or neither; never told by colour alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// Neither.
    #[default]
    Even,
    /// Good.
    Good,
    /// Bad.
    Bad,
}

/// A table whose first column names its rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What it is known by.
    pub key: String,
    /// Its name.
    pub title: String,
    /// What has to be known to read it; may be empty.
    pub about: String,
    /// Its columns.
    pub heads: Vec<Head>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its name.
    pub text: String,
    /// What it means; may be empty.
    pub meaning: String,
    /// Whether it holds numbers.
    pub number: bool,
}

/// A row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its cells; one alone names the rows after it.
    pub cells: Vec<Cell>,
    /// The bars that it is about, first and last.
    pub bars: Option<(u32, u32)>,
}

/// A cell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// What is shown.
    pub text: String,
    /// What it means, or why there is no value; may be empty.
    pub note: String,
    /// Its value with every digit, where it is a number.
    pub value: Option<f64>,
    /// Whether it is good or bad.
    pub tone: Tone,
    /// How strongly it stands out among its like, from −4 to 4.
    pub heat: Option<i8>,
}

impl Note {
    fn even(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Even,
            text: text.into(),
            advice: String::new(),
        }
    }

    fn bad(text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            tone: Tone::Bad,
            text: text.into(),
            advice: advice.into(),
        }
    }
}

impl Head {
    fn text(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }

    fn number(text: &str, meaning: &str) -> Self {
        Self {
            text: text.to_owned(),
            meaning: meaning.to_owned(),
            number: true,
        }
    }
}

impl Row {
    fn of(cells: Vec<Cell>) -> Self {
        Self { cells, bars: None }
    }

    /// A row that names those after it.
    fn heading(text: &str) -> Self {
        Self::of(vec![Cell::text(text)])
    }
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    fn explained(text: impl Into<String>, note: impl Into<String>) -> Self {
        Self {
            note: note.into(),
            ..Self::text(text)
        }
    }

    fn number(value: f64, show: impl Fn(f64) -> String) -> Self {
        Self {
            value: Some(value),
            ..Self::text(show(value))
        }
    }

    /// A number whose sign is good or bad.
    fn signed(value: f64, show: impl Fn(f64) -> String) -> Self {
        Self {
            tone: Tone::of(value),
            ..Self::number(value, show)
        }
    }

    fn nothing(why: impl Into<String>) -> Self {
        Self::explained(DASH, why)
    }
}

impl Tone {
    fn of(value: f64) -> Self {
        match value {
            value if value > 0.0 => Self::Good,
            value if value < 0.0 => Self::Bad,
            _ => Self::Even,
        }
    }
}

/// A run with all that sheets are made from.
#[derive(Clone, Copy)]
pub struct Judged<'a> {
    /// Its bars and predictions.
    pub prepared: &'a Prepared,
    /// What came of it.
    pub run: &'a Backtest,
    /// Its report.
    pub report: &'a RunReport,
    /// The share of the stored bars that were filled in.
    pub filled: f64,
}

/// All that is told of a run: metrics, returns, excursions, drawdowns, warnings.
pub fn sheets(judged: &Judged<'_>) -> Vec<Sheet> {
    vec![
        metrics::sheet(judged),
        returns::sheet(judged),
        excursions::sheet(judged),
        drawdowns::sheet(judged),
        warnings::sheet(judged),
    ]
}

/// The bars of a trade, of the bars that start at `starts`.
fn bars_of(trade: &Trade, starts: &[crate::base::time::Timestamp]) -> Option<(u32, u32)> {
    let at = |time| {
        let after = starts.partition_point(|start| *start <= time);
        u32::try_from(after.checked_sub(1)?).ok()
    };
    Some((at(trade.entry_at)?, at(trade.exit_at)?))
}

/// A number with as many decimals as tell it apart from others of its size, for what has no unit of its own.
fn short(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        size if size >= 1_000.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    fixed(value, decimals)
}

#[cfg(test)]
mod tests;
