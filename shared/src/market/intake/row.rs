//! Rows on their way from files to whoever looks at them: the first pass and the second one alike.

use super::delimited::{BadQuotes, Fields, shown};
use super::layout::quotes_in_words;
use super::lean::LeanLayout;
use super::{Format, IntakeError, Packing};

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Empty,
    /// Text, blanks around it removed.
    Text(&'a [u8]),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A point in time: microseconds since 1970 UTC.
    Utc(i64),
    /// A date and a time of day without a zone: microseconds since 1970 of a clock that shows UTC.
    Wall(i64),
    /// A date alone: its midnight, as above.
    Date(i64),
}

impl Cell<'_> {
    /// The value as it fits in a message.
    pub fn shown(self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => shown(text),
            Cell::Int(number) => number.to_string(),
            Cell::Float(number) => number.to_string(),
            Cell::Utc(at) => crate::base::time::Timestamp(at).to_string(),
            Cell::Wall(at) => {
                let at = crate::base::time::Timestamp(at).to_string();
                at.trim_end_matches('Z').to_owned()
            }
            Cell::Date(at) => {
                let at = crate::base::time::Timestamp(at).to_string();
                at.chars().take(10).collect()
            }
        }
    }
}

/// A row with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) line: u64,
    raw: &'a [u8],
    cells: Cells<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Cells<'a> {
    Text(Fields<'a>),
    Typed(&'a [Cell<'a>]),
}

impl<'a> Row<'a> {
    /// A row of text: its line and what that was split into.
    pub(super) fn of_text(line: u64, raw: &'a [u8], fields: Fields<'a>) -> Self {
        let cells = Cells::Text(fields);
        Self { line, raw, cells }
    }

    /// A row of a table.
    pub(super) fn of_table(line: u64, cells: &'a [Cell<'a>]) -> Self {
        let cells = Cells::Typed(cells);
        let raw = &[];
        Self { line, raw, cells }
    }

    pub(super) fn cell(&self, index: usize) -> Cell<'a> {
        match self.cells {
            Cells::Text(fields) => match fields.get(index) {
                None | Some([]) => Cell::Empty,
                Some(text) => Cell::Text(text),
            },
            Cells::Typed(cells) => cells.get(index).copied().unwrap_or(Cell::Empty),
        }
    }

    /// The bytes of its line; none where it is no text.
    pub(super) fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The row as it stands, cut where it is long.
    pub(super) fn text(&self) -> String {
        match self.cells {
            Cells::Text(_) => text_of(self.raw),
            Cells::Typed(cells) => {
                let cells: Vec<String> = cells.iter().map(|cell| cell.shown()).collect();
                text_of(cells.join(",").as_bytes())
            }
        }
    }
}

/// A line as it is kept beside its reason.
pub(super) fn text_of(line: &[u8]) -> String {
    const LONGEST: usize = 200;
    let text = String::from_utf8_lossy(line.get(..4 * LONGEST).unwrap_or(line));
    text.chars()
        .filter(|c| !c.is_control() || *c == '\t')
        .take(LONGEST)
        .collect()
}

/// What is known of a file when its first row comes.
#[derive(Debug, Clone)]
pub(super) struct FileHead {
    /// Its number, from 0.
    pub(super) index: u32,
    pub(super) path: String,
    pub(super) format: Format,
    pub(super) packing: Packing,
    pub(super) delimiter: u8,
    pub(super) has_header: bool,
    pub(super) passed_over: u64,
    pub(super) columns: Vec<String>,
    /// The symbol that the lines with the names say all columns are of.
    pub(super) symbol: Option<String>,
    pub(super) sample: Vec<Vec<Vec<u8>>>,
    pub(super) lean: Option<LeanLayout>,
}

/// Who looks at rows.
pub(super) trait Taker {
    /// A file begins.
    fn file(&mut self, head: FileHead) -> Result<(), IntakeError>;
    /// A row of it.
    fn row(&mut self, row: &Row<'_>) -> Result<(), IntakeError>;
    /// A line of it that is no row, and why.
    fn bad_line(&mut self, line: u64, text: &[u8], why: BadLine) -> Result<(), IntakeError>;
}

/// Why a line is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadLine {
    Quotes(BadQuotes),
    Fields { found: usize, expected: usize },
    TooLong,
}

impl BadLine {
    pub(super) fn in_words(self) -> String {
        match self {
            Self::Quotes(bad) => quotes_in_words(bad).to_owned(),
            Self::Fields { found, expected } => {
                let s = if found == 1 { "" } else { "s" };
                format!("the line has {found} field{s}, but there are {expected} columns")
            }
            Self::TooLong => "the line is longer than a mebibyte".to_owned(),
        }
    }

    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Quotes(_) => "quotation marks that do not pair up",
            Self::Fields { .. } => "too few or too many fields",
            Self::TooLong => "lines that are too long",
        }
    }
}
