//! Reading CSV. Every column is read as text, so that a bad value can be shown as it stands, with its line.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::{CsvReadOptions, DataFrame, PlSmallStr, SerReader};

use super::columns::{self, ColumnFlags};
use super::rows::{Numbers, Table, Times};
use super::{Field, Format, ImportError};
use crate::store::first_line;

const QUOTE: u8 = b'"';
/// What may separate values; the one that the header has most of is taken.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the six columns.
pub(super) fn read(path: &Path, bytes: Vec<u8>, flags: &ColumnFlags) -> Result<Table, ImportError> {
    let bytes: Arc<[u8]> = bytes.into();
    check_text(path, &bytes)?;
    let layout = Layout::of(path, &bytes)?;
    let unreadable = |reason: String| ImportError::Csv {
        path: path.to_path_buf(),
        reason,
    };
    let header = layout.header(&bytes).map_err(unreadable)?;
    let names: Vec<String> = header
        .get_column_names()
        .iter()
        .map(ToString::to_string)
        .collect();
    let places = columns::find(&names, flags)?;
    layout.check_shape(path)?;
    if layout.rows == 0 {
        return Err(ImportError::NoRows(path.to_path_buf()));
    }
    let name_at = |index: usize| names.get(index).cloned().unwrap_or_default();
    let wanted: Vec<String> = places.iter().map(|&index| name_at(index)).collect();
    let frame = layout.rows_of(&bytes, &wanted).map_err(unreadable)?;
    if frame.height() != layout.rows {
        return Err(unreadable(
            "its quotes do not match, so its lines cannot be told apart".to_owned(),
        ));
    }
    let text = |name: &String| {
        let column = frame
            .column(name)
            .and_then(|column| Ok(column.str()?.clone()));
        column.map_err(|error| unreadable(first_line(error)))
    };
    let [time, numbers @ ..] = places.map(name_at);
    let [open, high, low, close, volume] = numbers.each_ref().map(text);
    Ok(Table {
        format: Format::Csv,
        names: Field::ALL.into_iter().zip(wanted).collect(),
        rows: layout.rows,
        times: Times::Text(text(&time)?),
        numbers: [open?, high?, low?, close?, volume?].map(Numbers::Text),
        place: Box::new(move |row| format!("line {}", layout.line_of_row(&bytes, row))),
    })
}

/// The first line that is not UTF-8 is named.
fn check_text(path: &Path, bytes: &[u8]) -> Result<(), ImportError> {
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(()),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            Err(ImportError::NotText {
                path: path.to_path_buf(),
                line: 1 + before.iter().filter(|&&byte| byte == b'\n').count(),
            })
        }
    }
}

/// How a file is cut into lines and fields.
struct Layout {
    separator: u8,
    /// The line of the header, from 1.
    header_line: usize,
    /// The bytes of the header.
    header: std::ops::Range<usize>,
    /// How many fields the header has.
    width: usize,
    /// How many rows follow; blank lines at the end are none.
    rows: usize,
    /// The first row that has not as many fields as the header: its line and its fields.
    ragged: Option<(usize, usize)>,
}

impl Layout {
    fn of(path: &Path, bytes: &[u8]) -> Result<Self, ImportError> {
        let empty = || ImportError::Empty(path.to_path_buf());
        let skipped = bytes
            .strip_prefix(BYTE_ORDER_MARK)
            .map_or(0, |_| BYTE_ORDER_MARK.len());
        let mut records = Records::new(bytes, skipped, b',');
        let header = records
            .find(|record| !record.is_blank(bytes))
            .ok_or_else(empty)?;
        let text = bytes.get(header.range.clone()).unwrap_or_default();
        if text.trim_ascii().contains(&b'\r') {
            return Err(ImportError::CarriageReturns(path.to_path_buf()));
        }
        let count = |separator: &u8| text.iter().filter(|byte| *byte == separator).count();
        // of equal counts the first one wins
        let separator = SEPARATORS
            .into_iter()
            .rev()
            .max_by_key(count)
            .unwrap_or(b',');
        let mut layout = Self {
            separator,
            header_line: header.line,
            width: 1,
            rows: 0,
            ragged: None,
            header: header.range,
        };
        layout.width = Records::new(bytes, layout.header.start, separator)
            .next()
            .map_or(1, |record| record.fields);
        layout.measure(bytes);
        Ok(layout)
    }

    /// The records after the header, with the line of each.
    fn records<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = Record> + 'a {
        let lines_before = self.header_line - 1;
        Records::new(bytes, self.header.start, self.separator)
            .skip(1)
            .map(move |record| Record {
                line: record.line + lines_before,
                ..record
            })
    }

    /// Counts the rows and finds the first ragged one, in one pass.
    fn measure(&mut self, bytes: &[u8]) {
        let mut blank_lines = 0;
        let mut ragged = None;
        for record in self.records(bytes) {
            let is_blank = record.is_blank(bytes);
            if record.fields != self.width || is_blank {
                let fields = if is_blank { 0 } else { record.fields };
                ragged = ragged.or(Some((record.line, fields)));
            }
            if is_blank {
                blank_lines += 1;
            } else {
                self.rows += blank_lines + 1;
                blank_lines = 0;
                self.ragged = ragged;
            }
        }
    }

    /// Every row must have as many fields as the header.
    fn check_shape(&self, path: &Path) -> Result<(), ImportError> {
        match self.ragged {
            None => Ok(()),
            Some((line, fields)) => Err(ImportError::Ragged {
                path: path.to_path_buf(),
                line,
                fields,
                expected: self.width,
            }),
        }
    }

    fn line_of_row(&self, bytes: &[u8], row: usize) -> usize {
        self.records(bytes).nth(row).map_or(0, |record| record.line)
    }

    fn options(&self) -> CsvReadOptions {
        let separator = self.separator;
        CsvReadOptions::default()
            .with_infer_schema_length(Some(0))
            .map_parse_options(|options| options.with_separator(separator))
    }

    /// A frame without rows that has the columns' names.
    fn header(&self, bytes: &[u8]) -> Result<DataFrame, String> {
        let mut header = bytes.get(self.header.clone()).unwrap_or_default().to_vec();
        header.push(b'\n');
        let reader = self
            .options()
            .into_reader_with_file_handle(Cursor::new(header));
        reader.finish().map_err(first_line)
    }

    /// The rows of some columns, as text.
    fn rows_of(&self, bytes: &Arc<[u8]>, names: &[String]) -> Result<DataFrame, String> {
        let mut wanted: Vec<PlSmallStr> = names.iter().map(|name| name.as_str().into()).collect();
        wanted.sort();
        wanted.dedup();
        let options = self
            .options()
            .with_columns(Some(wanted.into()))
            .with_n_rows(Some(self.rows));
        let content = bytes.get(self.header.start..).unwrap_or_default();
        let reader = options.into_reader_with_file_handle(Cursor::new(content));
        reader.finish().map_err(first_line)
    }
}

/// A record: a line, or several where a line break is quoted.
struct Record {
    range: std::ops::Range<usize>,
    line: usize,
    fields: usize,
}

impl Record {
    fn is_blank(&self, bytes: &[u8]) -> bool {
        let text = bytes.get(self.range.clone()).unwrap_or_default();
        text.iter().all(u8::is_ascii_whitespace)
    }
}

/// Cuts bytes into records.
struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
    separator: u8,
}

impl<'a> Records<'a> {
    fn new(bytes: &'a [u8], at: usize, separator: u8) -> Self {
        Self {
            bytes,
            at,
            line: 1,
            separator,
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let (mut fields, mut breaks, mut quoted, mut length) = (1, 0, false, rest.len());
        for (index, &byte) in rest.iter().enumerate() {
            match byte {
                QUOTE => quoted = !quoted,
                b'\n' if !quoted => {
                    length = index;
                    break;
                }
                b'\n' => breaks += 1,
                _ if byte == self.separator && !quoted => fields += 1,
                _ => {}
            }
        }
        let record = Record {
            range: self.at..self.at + length,
            line: self.line,
            fields,
        };
        self.line += breaks + 1;
        self.at += length + 1;
        Some(record)
    }
}
