//! Reading tables from text: comma, semicolon or tab separated, the first line naming the columns, fields quoted as
//! RFC 4180 has it. The same in the browser and in the server; whatever the bytes are, the worst that comes is an error.

mod error;
mod field;

pub use error::BadTable;
pub use field::{Field, Row};

use std::borrow::Cow;

/// How much of a table is read at most, so that a wrong file cannot take all memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The size of the text.
    pub bytes: usize,
    /// The rows below the first line.
    pub rows: u64,
    /// The columns.
    pub columns: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            rows: 5_000_000,
            columns: 1_000,
        }
    }
}

/// A table whose first line was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<'a> {
    columns: Vec<Cow<'a, str>>,
    delimiter: char,
    /// What follows the first line.
    body: &'a str,
    /// The number of the first line of the body.
    body_line: u64,
    limits: Limits,
}

/// One of a table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column<'a> {
    index: usize,
    name: &'a str,
}

impl<'a> Column<'a> {
    /// Its name.
    pub fn name(&self) -> &'a str {
        self.name
    }
}

/// What a column holds, in words, and the names under which it is found in any case, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// In words.
    pub name: &'static str,
    /// In lower case.
    pub known: &'static [&'static str],
}

/// The times that rows are for.
pub const TIME: Role = Role {
    name: "time",
    known: &[
        "time",
        "timestamp",
        "datetime",
        "date",
        "ts",
        "ts_ms",
        "index",
    ],
};

impl<'a> Table<'a> {
    /// Reads the names of the columns. The separator is whichever of comma, semicolon and tab the first line has most of;
    /// empty lines before it are passed over.
    ///
    /// # Errors
    /// [`BadTable`] where the bytes are no text, too many, or begin with no names.
    pub fn read(bytes: &'a [u8], limits: Limits) -> Result<Self, BadTable> {
        if bytes.len() > limits.bytes {
            let (bytes, most) = (bytes.len(), limits.bytes);
            return Err(BadTable::TooLarge { bytes, most });
        }
        let text = core::str::from_utf8(bytes).map_err(|error| {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let lines = valid.iter().filter(|byte| **byte == b'\n').count();
            BadTable::NotText {
                line: 1 + lines as u64,
            }
        })?;
        let mut body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut line = 1;
        let first = loop {
            let (first, rest) = body.split_once('\n').unwrap_or((body, ""));
            body = rest;
            if !first.trim().is_empty() {
                break first;
            }
            if rest.is_empty() {
                return Err(BadTable::Empty);
            }
            line += 1;
        };
        let first = first.strip_suffix('\r').unwrap_or(first);
        let delimiter = delimiter_of(first);
        let mut columns = Vec::new();
        split(first, delimiter, line, limits.columns, &mut columns)?;
        Ok(Self {
            columns,
            delimiter,
            body,
            body_line: line + 1,
            limits,
        })
    }

    /// The column of a role: the one that was named, which must be there exactly, or the first of the known names.
    ///
    /// # Errors
    /// [`BadTable`] where a name that was given does not exist, or two columns have the same name.
    pub fn find(&self, role: Role, given: Option<&str>) -> Result<Option<Column<'_>>, BadTable> {
        let places = |is_it: &dyn Fn(&str) -> bool| -> Vec<Column<'_>> {
            let named = self.columns.iter().enumerate();
            let named = named.map(|(index, name)| Column { index, name });
            named.filter(|column| is_it(column.name)).collect()
        };
        let found = match given {
            Some(wanted) => places(&|name| name == wanted),
            None => role
                .known
                .iter()
                .map(|known| places(&|name| name.eq_ignore_ascii_case(known)))
                .find(|found| !found.is_empty())
                .unwrap_or_default(),
        };
        match (found.as_slice(), given) {
            ([column], _) => Ok(Some(*column)),
            ([], None) => Ok(None),
            ([], Some(name)) => Err(BadTable::NoSuchColumn {
                role: role.name,
                name: shown(name),
                columns: self.listed(),
            }),
            (several, _) => Err(BadTable::AmbiguousColumn {
                role: role.name,
                columns: listed(several.iter().map(|column| column.name)),
            }),
        }
    }

    /// As [`Table::find`], for a column that must be there.
    ///
    /// # Errors
    /// As there, and [`BadTable::MissingColumn`].
    pub fn need(&self, role: Role, given: Option<&str>) -> Result<Column<'_>, BadTable> {
        self.find(role, given)?.ok_or_else(|| self.missing(&[role]))
    }

    /// The names of the columns that are none of these, as they fit in a message.
    pub fn others<'b>(&self, used: impl IntoIterator<Item = Column<'b>>) -> Vec<String> {
        let used: Vec<usize> = used.into_iter().map(|column| column.index).collect();
        let columns = self.columns.iter().enumerate();
        let others = columns.filter(|(index, name)| !used.contains(index) && !name.is_empty());
        others.map(|(_, name)| shown(name)).collect()
    }

    /// The error for a table that has none of these.
    pub fn missing(&self, roles: &[Role]) -> BadTable {
        let known: Vec<&str> = roles.iter().flat_map(|role| role.known).copied().collect();
        BadTable::MissingColumn {
            role: roles.first().map_or("value", |role| role.name),
            known: known.join(" or "),
            columns: self.listed(),
        }
    }

    fn listed(&self) -> String {
        listed(self.columns.iter().map(AsRef::as_ref))
    }

    /// Takes every row in turn, empty lines left out, up to the first error.
    ///
    /// # Errors
    /// [`BadTable`] for a line that is no row, or whatever `take` returns.
    pub fn for_each_row(
        &self,
        mut take: impl FnMut(Row<'_>) -> Result<(), BadTable>,
    ) -> Result<(), BadTable> {
        let mut fields = Vec::with_capacity(self.columns.len());
        let mut rows = 0;
        for (text, line) in self.body.split('\n').zip(self.body_line..) {
            let text = text.strip_suffix('\r').unwrap_or(text);
            if text.trim().is_empty() {
                continue;
            }
            rows += 1;
            if rows > self.limits.rows {
                return Err(BadTable::TooMany {
                    line,
                    what: "rows",
                    most: self.limits.rows,
                });
            }
            fields.clear();
            split(text, self.delimiter, line, self.limits.columns, &mut fields)?;
            let (found, expected) = (fields.len(), self.columns.len());
            if found != expected {
                return Err(BadTable::Fields {
                    line,
                    found,
                    expected,
                });
            }
            let fields = &fields;
            take(Row { line, fields })?;
        }
        Ok(())
    }
}

/// The separator that stands most often in a line outside quotes.
fn delimiter_of(line: &str) -> char {
    let count = |wanted: char| {
        let mut quoted = false;
        line.chars()
            .filter(|&c| {
                quoted ^= c == '"';
                c == wanted && !quoted
            })
            .count()
    };
    let mut best = (',', count(','));
    for candidate in [';', '\t'] {
        let found = count(candidate);
        if found > best.1 {
            best = (candidate, found);
        }
    }
    best.0
}

/// Splits a line into its fields, blanks around them removed.
fn split<'a>(
    text: &'a str,
    delimiter: char,
    line: u64,
    most: usize,
    fields: &mut Vec<Cow<'a, str>>,
) -> Result<(), BadTable> {
    let mut rest = Some(text);
    while let Some(text) = rest {
        if fields.len() == most {
            let most = most as u64;
            let what = "columns";
            return Err(BadTable::TooMany { line, what, most });
        }
        let inside =
            text.trim_start_matches(|c: char| c == ' ' || (c == '\t' && delimiter != '\t'));
        let (field, after) = match inside.strip_prefix('"') {
            Some(inside) => {
                let (field, after) = unquote(inside).ok_or(BadTable::Quotes { line })?;
                let after = after.trim_start_matches(' ');
                let next = after.strip_prefix(delimiter);
                if next.is_none() && !after.trim().is_empty() {
                    return Err(BadTable::Quotes { line });
                }
                (field, next)
            }
            None => match text.split_once(delimiter) {
                Some((field, after)) => (Cow::Borrowed(field.trim()), Some(after)),
                None => (Cow::Borrowed(text.trim()), None),
            },
        };
        fields.push(field);
        rest = after;
    }
    Ok(())
}

/// A quoted field, after its opening mark, and what follows its closing mark.
fn unquote(inside: &str) -> Option<(Cow<'_, str>, &str)> {
    let (first, mut after) = inside.split_once('"')?;
    if !after.starts_with('"') {
        return Some((Cow::Borrowed(first), after));
    }
    let mut field = first.to_owned();
    while let Some(doubled) = after.strip_prefix('"') {
        let (more, rest) = doubled.split_once('"')?;
        field.push('"');
        field.push_str(more);
        after = rest;
    }
    Some((Cow::Owned(field), after))
}

/// A text as it fits in a message.
fn shown(text: &str) -> String {
    const WIDTH: usize = 60;
    text.chars()
        .filter(|c| !c.is_control())
        .take(WIDTH)
        .collect()
}

/// Names as they fit in a message.
fn listed<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    const SHOWN: usize = 20;
    let more = names.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = names.take(SHOWN).map(shown).collect();
    if more > 0 {
        shown.push(format!("… and {more} more"));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests;
