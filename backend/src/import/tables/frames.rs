//! Rows on their way from a decoder: a head, then rows, some at a time, each value by its type.

use atrium_shared::market::intake::{Cell, Choice, Feed, Format, IntakeError};
use serde::{Deserialize, Serialize};

use super::Emit;
use crate::import::ImportError;
use crate::import::input::InputFile;

/// So many rows make a frame.
pub(in crate::import) const ROWS: usize = 2_048;
/// A frame is handed over when it has so many bytes.
const BYTES: usize = 1 << 20;
/// So many rows are shown to whoever finds the columns.
const SAMPLE: usize = 200;

const HEAD: u8 = b'H';
const BODY: u8 = b'R';

/// What comes before the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::import) struct Head {
    pub(in crate::import) format: Format,
    pub(in crate::import) columns: Vec<String>,
    /// How many rows there are, where that is known.
    pub(in crate::import) rows: Option<u64>,
    /// The table of a database.
    pub(in crate::import) table: Option<Choice<String>>,
}

/// Makes frames.
pub(in crate::import) struct Rows<'e, 'f> {
    frame: Vec<u8>,
    rows: usize,
    emit: &'e mut Emit<'f>,
}

impl<'e, 'f> Rows<'e, 'f> {
    /// Hands over the head.
    pub(in crate::import) fn begin(
        head: &Head,
        emit: &'e mut Emit<'f>,
    ) -> Result<Self, ImportError> {
        let json = serde_json::to_vec(head);
        let json = json.map_err(|error| {
            ImportError::table(
                "the table",
                format!("has a head that cannot be written: {error}"),
            )
        })?;
        let mut frame = vec![HEAD];
        frame.extend(json);
        emit(&frame)?;
        Ok(Self {
            frame: vec![BODY],
            rows: 0,
            emit,
        })
    }

    /// Adds a value to the row at hand.
    pub(in crate::import) fn cell(&mut self, cell: Cell<'_>) {
        let frame = &mut self.frame;
        let mut number = |tag: u8, bytes: [u8; 8]| {
            frame.push(tag);
            frame.extend(bytes);
        };
        match cell {
            Cell::Empty => frame.push(0),
            Cell::Text(text) => {
                // what is longer is no value of a bar
                let text = text.get(..1 << 16).unwrap_or(text);
                frame.push(1);
                frame.extend((text.len() as u32).to_le_bytes());
                frame.extend(text);
            }
            Cell::Int(value) => number(2, value.to_le_bytes()),
            Cell::Float(value) => number(3, value.to_le_bytes()),
            Cell::Utc(at) => number(4, at.to_le_bytes()),
            Cell::Wall(at) => number(5, at.to_le_bytes()),
            Cell::Date(at) => number(6, at.to_le_bytes()),
        }
    }

    /// The row is complete.
    pub(in crate::import) fn end_row(&mut self) -> Result<(), ImportError> {
        self.rows += 1;
        if self.rows >= ROWS || self.frame.len() >= BYTES {
            return self.flush();
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ImportError> {
        if self.rows > 0 {
            (self.emit)(&self.frame)?;
        }
        self.rows = 0;
        self.frame.truncate(1);
        Ok(())
    }

    /// All rows are there.
    pub(in crate::import) fn finish(mut self) -> Result<(), ImportError> {
        self.flush()
    }
}

/// Takes frames apart and hands rows to a pass.
pub(in crate::import) struct Frames<'a, F> {
    file: &'a InputFile,
    feed: &'a mut F,
    progress: &'a mut dyn FnMut(u64) -> Result<(), ImportError>,
    head: Option<Head>,
    begun: bool,
    line: u64,
    /// How much of the file was gone through, as far as can be told.
    read: u64,
}

impl<'a, F: Feed> Frames<'a, F> {
    pub(in crate::import) fn new(
        file: &'a InputFile,
        feed: &'a mut F,
        progress: &'a mut dyn FnMut(u64) -> Result<(), ImportError>,
    ) -> Self {
        Self {
            file,
            feed,
            progress,
            head: None,
            begun: false,
            line: 0,
            read: 0,
        }
    }

    /// No frame has come for a while.
    pub(in crate::import) fn wait(&mut self) -> Result<(), ImportError> {
        (self.progress)(self.read)
    }

    fn garbled(&self) -> ImportError {
        ImportError::Decoder {
            name: self.file.name.clone(),
            reason: "its answer makes no sense".to_owned(),
        }
    }

    fn failed(&self, source: IntakeError) -> ImportError {
        ImportError::of(&self.file.name, source)
    }

    /// Takes a frame.
    pub(in crate::import) fn take(&mut self, frame: &[u8]) -> Result<(), ImportError> {
        match (frame.split_first(), &self.head) {
            (Some((&HEAD, json)), None) => {
                self.head = Some(serde_json::from_slice(json).map_err(|_| self.garbled())?);
                Ok(())
            }
            (Some((&BODY, body)), Some(head)) => {
                let (width, rows) = (head.columns.len(), head.rows);
                self.rows(body, width)?;
                let all = rows.unwrap_or(0).max(self.line).max(1);
                let share = self.line as f64 / all as f64;
                if rows.is_some() {
                    self.read = (share * self.file.bytes as f64) as u64;
                }
                (self.progress)(self.read)
            }
            _ => Err(self.garbled()),
        }
    }

    fn rows(&mut self, body: &[u8], width: usize) -> Result<(), ImportError> {
        let mut cells = Vec::new();
        let mut rest = body;
        while !rest.is_empty() {
            let (cell, after) = next_cell(rest).ok_or_else(|| self.garbled())?;
            cells.push(cell);
            rest = after;
        }
        if width == 0 || cells.len() % width != 0 {
            return Err(self.garbled());
        }
        if !self.begun {
            let sample = cells.chunks(width).take(SAMPLE);
            let text = |cell: &Cell<'_>| cell.shown().into_bytes();
            self.begin(sample.map(|row| row.iter().map(text).collect()).collect())?;
        }
        for row in cells.chunks(width) {
            self.line += 1;
            let taken = self.feed.row(self.line, row);
            taken.map_err(|source| ImportError::of(&self.file.name, source))?;
        }
        Ok(())
    }

    fn begin(&mut self, sample: Vec<Vec<Vec<u8>>>) -> Result<(), ImportError> {
        self.begun = true;
        let Some(head) = &self.head else {
            return Err(self.garbled());
        };
        let begun = self
            .feed
            .table(&self.file.name, head.format, &head.columns, sample);
        begun.map_err(|source| self.failed(source))
    }

    /// The decoder is done: the table of a database.
    pub(in crate::import) fn finish(mut self) -> Result<Option<Choice<String>>, ImportError> {
        if !self.begun {
            return Err(self.failed(IntakeError::NoRows));
        }
        Ok(self.head.take().and_then(|head| head.table))
    }
}

fn next_cell(bytes: &[u8]) -> Option<(Cell<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    if tag == 0 {
        return Some((Cell::Empty, rest));
    }
    if tag == 1 {
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (text, rest) = rest.split_at_checked(length)?;
        let text = text.trim_ascii();
        let cell = if text.is_empty() {
            Cell::Empty
        } else {
            Cell::Text(text)
        };
        return Some((cell, rest));
    }
    let (&value, rest) = rest.split_first_chunk::<8>()?;
    let number = i64::from_le_bytes(value);
    let cell = match tag {
        2 => Cell::Int(number),
        3 => Cell::Float(f64::from_le_bytes(value)),
        4 => Cell::Utc(number),
        5 => Cell::Wall(number),
        6 => Cell::Date(number),
        _ => return None,
    };
    Some((cell, rest))
}
