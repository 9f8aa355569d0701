//! How a text file is laid out: what separates its values, which line names its columns, where its rows begin. Told from its
//! first lines.

use super::columns::{MOST_COLUMNS, names_columns, names_times};
use super::delimited::{BadQuotes, Splitter, shown};
use super::numbers::number;
use super::symbols::names_symbols;
use super::{ColumnNames, Decimal, IntakeError};

/// So many lines, or so many bytes of them, tell the layout.
pub(super) const LINES: usize = 200;
pub(super) const BYTES: usize = 1 << 16;

/// What is fixed beforehand.
#[derive(Debug, Clone, Default)]
pub(super) struct Fixed {
    pub(super) delimiter: Option<char>,
    pub(super) header: Option<bool>,
    pub(super) columns: ColumnNames,
}

/// A line that was kept.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) number: u64,
    pub(super) text: Vec<u8>,
    pub(super) is_cut: bool,
}

/// The layout of a file.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) delimiter: u8,
    /// The columns' names, or `#1` and so on.
    pub(super) columns: Vec<String>,
    pub(super) has_header: bool,
    /// How many of the kept lines come before the first row.
    pub(super) skipped: usize,
    /// The lines before the header that were passed over, blank ones apart.
    pub(super) passed_over: u64,
    /// The symbol that the lines with the names say all columns are of.
    pub(super) symbol: Option<String>,
    /// The fields of the first rows.
    pub(super) sample: Vec<Vec<Vec<u8>>>,
}

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Tells the layout from a file's first lines.
pub(super) fn layout(lines: &mut [Kept], fixed: &Fixed) -> Result<Layout, IntakeError> {
    check_text(lines)?;
    if let Some(first) = lines.first_mut()
        && let Some(text) = first.text.strip_prefix(b"\xef\xbb\xbf")
    {
        first.text = text.to_vec();
    }
    let mut delimiter = delimiter_given(fixed)?;
    let mut used = 0;
    // a spreadsheet's own word for the separator
    if let Some(first) = lines.first().map(|line| line.text.trim_ascii())
        && let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separator] = first
    {
        delimiter = delimiter.or(Some(*separator));
        used = 1;
    }
    let rest = lines.get(used..).unwrap_or_default();
    let delimiter = delimiter.unwrap_or_else(|| delimiter_of(rest, fixed));
    let mut splitter = Splitter::new(delimiter);
    let is_row = |line: &&Kept| !line.text.trim_ascii().is_empty() && !line.text.starts_with(b"#");
    let header = match fixed.header {
        Some(false) => None,
        Some(true) => {
            let first = || rest.iter().position(|line| is_row(&line));
            header_among(rest, &mut splitter, fixed).or_else(first)
        }
        None => header_among(rest, &mut splitter, fixed),
    };
    let first = match header {
        Some(at) => Some(at),
        None => rest.iter().position(|line| is_row(&line)),
    };
    let Some(first) = first else {
        return Err(IntakeError::Empty);
    };
    let line = rest.get(first).ok_or(IntakeError::Empty)?;
    let fields = splitter.split(&line.text).map_err(|_| quotes(line))?;
    let width = fields.len();
    if width > MOST_COLUMNS || line.is_cut {
        return Err(IntakeError::TooManyColumns {
            line: line.number,
            columns: width,
            most: MOST_COLUMNS,
        });
    }
    let mut columns: Vec<String> = if header.is_some() {
        let name = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
        fields.iter().map(name).collect()
    } else {
        (1..=width).map(|number| format!("#{number}")).collect()
    };
    let before = rest.get(..first).unwrap_or_default();
    let mut skipped = used + first + usize::from(header.is_some());
    let mut symbol = None;
    if header.is_some() {
        let levels = Levels::of(before, lines.get(skipped..).unwrap_or_default(), delimiter);
        skipped += levels.lines;
        symbol = levels.symbol;
        if let (Some(first), Some(index)) = (columns.first_mut(), levels.index) {
            *first = index;
        }
    }
    let sample = lines.get(skipped..).unwrap_or_default();
    let sample = sample.iter().filter_map(|line| {
        let fields = splitter
            .split(&line.text)
            .ok()
            .filter(|fields| fields.len() == width)?;
        Some(fields.iter().map(<[u8]>::to_vec).collect())
    });
    Ok(Layout {
        delimiter,
        columns,
        has_header: header.is_some(),
        passed_over: before.iter().filter(is_row).count() as u64,
        symbol,
        sample: sample.collect(),
        skipped,
    })
}

/// What lines beside the one that names the columns say of them, as pandas writes names of several levels: whose each column is, as in
/// `Ticker,SPY,SPY`, and how the first column is called, as in `Date,,`.
#[derive(Debug, Default)]
struct Levels {
    /// How many lines after the names belong to them.
    lines: usize,
    symbol: Option<String>,
    index: Option<String>,
}

impl Levels {
    fn of(before: &[Kept], after: &[Kept], delimiter: u8) -> Self {
        let mut splitter = Splitter::new(delimiter);
        let mut levels = Self::default();
        // whose they are may stand above the names as well
        if let Some(line) = before.last() {
            levels.take(line, &mut splitter);
            levels.index = None;
        }
        for line in after.iter().take(2) {
            if !levels.take(line, &mut splitter) {
                break;
            }
            levels.lines += 1;
        }
        levels.symbol = levels.symbol.filter(|symbol| !symbol.is_empty());
        levels
    }

    /// Takes a line; whether it is one of names.
    fn take(&mut self, line: &Kept, splitter: &mut Splitter) -> bool {
        let Ok(fields) = splitter.split(&line.text) else {
            return false;
        };
        let mut fields = fields.iter();
        let Some(name) = fields.next().map(String::from_utf8_lossy) else {
            return false;
        };
        let others: Vec<&[u8]> = fields.collect();
        if others.is_empty() {
            return false;
        }
        if others.iter().all(|other| other.is_empty()) {
            let is_index = self.index.is_none() && names_times(&name);
            if is_index {
                self.index = Some(name.into_owned());
            }
            return is_index;
        }
        let is_symbols = self.symbol.is_none()
            && names_symbols(&name)
            && others.iter().all(|other| !other.is_empty());
        if let (true, Some((one, rest))) = (is_symbols, others.split_first()) {
            // of several, columns of one are to be chosen
            let is_one = rest.iter().all(|other| other == one);
            self.symbol = Some(if is_one { shown(one) } else { String::new() });
        }
        is_symbols
    }
}

/// Whether the first line with anything in it names columns of bars.
pub(super) fn names_at_once(lines: &[Kept]) -> bool {
    let mut lines = lines.iter();
    let Some(first) = lines.find(|line| !line.text.trim_ascii().is_empty()) else {
        return false;
    };
    let text = first.text.strip_prefix(b"\xef\xbb\xbf");
    let text = text.unwrap_or(&first.text);
    DELIMITERS.into_iter().chain([b' ']).any(|delimiter| {
        let mut splitter = Splitter::new(delimiter);
        splitter.split(text).is_ok_and(|fields| {
            let fields: Vec<&[u8]> = fields.iter().collect();
            names_columns(fields.into_iter(), &ColumnNames::default())
        })
    })
}

fn quotes(line: &Kept) -> IntakeError {
    IntakeError::NotText {
        line: line.number,
        what: "its quotation marks do not pair up",
    }
}

fn delimiter_given(fixed: &Fixed) -> Result<Option<u8>, IntakeError> {
    match fixed.delimiter {
        None => Ok(None),
        Some(c)
            if c.is_ascii()
                && !c.is_ascii_alphanumeric()
                && !matches!(c, '"' | '.' | '-' | ':') =>
        {
            Ok(Some(c as u8))
        }
        Some(c) => Err(IntakeError::Given(format!(
            "{c:?} cannot separate values: use a comma, a semicolon, a tab, a bar or a blank"
        ))),
    }
}

/// Zeros and other bytes that no text has.
fn check_text(lines: &[Kept]) -> Result<(), IntakeError> {
    if lines.is_empty() {
        return Err(IntakeError::Empty);
    }
    for line in lines {
        let is_strange = |byte: &&u8| **byte < 32 && **byte != b'\t';
        if line.text.iter().filter(is_strange).count() > 0 {
            let what = "it has bytes that stand for no letters";
            return Err(IntakeError::NotText {
                line: line.number,
                what,
            });
        }
    }
    Ok(())
}

/// The separator by which most lines have the same number of fields, that of the first line among them.
fn delimiter_of(lines: &[Kept], fixed: &Fixed) -> u8 {
    const LEAST: usize = 5;
    let rows = || {
        lines
            .iter()
            .filter(|line| !line.text.trim_ascii().is_empty())
    };
    let score = |delimiter: u8| {
        let mut splitter = Splitter::new(delimiter);
        let widths: Vec<usize> = rows()
            .map(|line| splitter.split(&line.text).map_or(0, |fields| fields.len()))
            .collect();
        let most = |width: &usize| widths.iter().filter(|other| *other == width).count();
        let width = widths
            .iter()
            .copied()
            .max_by_key(|width| (most(width), *width))
            .unwrap_or(0);
        let names = rows().take(30).any(|line| {
            splitter.split(&line.text).is_ok_and(|fields| {
                names_columns(
                    fields.iter().collect::<Vec<_>>().into_iter(),
                    &fixed.columns,
                )
            })
        });
        let first = widths.first() == Some(&width);
        (width >= LEAST, names, first, most(&width), width)
    };
    // of equal ones the first wins
    let best = DELIMITERS
        .into_iter()
        .rev()
        .max_by_key(|delimiter| score(*delimiter));
    match best {
        Some(best) if score(best).0 || score(best).1 => best,
        _ if score(b' ').0 => b' ',
        Some(best) => best,
        None => b',',
    }
}

/// The line that names the columns: the first with at least three of the names of prices; else the first line, where no
/// field of it is a number.
fn header_among(lines: &[Kept], splitter: &mut Splitter, fixed: &Fixed) -> Option<usize> {
    const LOOKED_AT: usize = 40;
    let mut first = None;
    for (index, line) in lines.iter().take(LOOKED_AT).enumerate() {
        if line.text.trim_ascii().is_empty() {
            continue;
        }
        let Ok(fields) = splitter.split(&line.text) else {
            continue;
        };
        let fields: Vec<&[u8]> = fields.iter().collect();
        if names_columns(fields.iter().copied(), &fixed.columns) {
            return Some(index);
        }
        let numbers = fields
            .iter()
            .filter(|field| number(field, Decimal::Point).is_some())
            .count();
        first = first.or_else(|| (!line.text.starts_with(b"#")).then_some((index, numbers == 0)));
    }
    first
        .filter(|(_, is_text)| *is_text)
        .map(|(index, _)| index)
}

/// What is wrong with the quotation marks of a line, in words.
pub(super) const fn quotes_in_words(bad: BadQuotes) -> &'static str {
    match bad {
        BadQuotes::Open => "a quotation mark has no end",
        BadQuotes::After => "something follows the end of a quoted field",
    }
}
