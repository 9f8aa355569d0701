//! Files of tables, whose values have types: Parquet and SQLite. Whoever decodes one hands rows over in frames, so that it
//! makes no difference whether that is this process or another one.

mod frames;
mod parquet;
mod sqlite;

use std::path::Path;

use atrium_shared::market::intake::{Choice, Feed, Format, Reading};
use serde::{Deserialize, Serialize};

use super::input::InputFile;
use super::{ImportError, isolated};
pub(super) use frames::{Frames, Head, Rows};

/// What a decoder is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) format: Format,
    /// What the file is called in messages.
    pub(super) name: String,
    /// The table of a database, where it is known.
    pub(super) table: Option<String>,
}

/// Who takes frames.
pub(super) type Emit<'e> = dyn FnMut(&[u8]) -> Result<(), ImportError> + 'e;

/// Decodes a file.
pub(super) fn decode(
    path: &Path,
    request: &Request,
    emit: &mut Emit<'_>,
) -> Result<(), ImportError> {
    match request.format {
        Format::Sqlite => sqlite::decode(path, request, emit),
        _ => parquet::decode(path, request, emit),
    }
}

/// Hands the rows of a file to a pass: the table that was taken, where the file is a database.
pub(super) fn hand_over<F: Feed>(
    decoder: Option<&Path>,
    file: &InputFile,
    format: Format,
    reading: &Reading,
    feed: &mut F,
    progress: &mut dyn FnMut(u64) -> Result<(), ImportError>,
) -> Result<Option<Choice<String>>, ImportError> {
    let request = Request {
        format,
        name: file.name.clone(),
        table: reading.table.clone().filter(|_| format == Format::Sqlite),
    };
    let mut frames = Frames::new(file, feed, progress);
    match decoder {
        Some(program) => {
            let mut take = |frame: Option<&[u8]>| match frame {
                Some(frame) => frames.take(frame),
                None => frames.wait(),
            };
            isolated::decode(program, &file.path, &request, &mut take)?;
        }
        None => decode(&file.path, &request, &mut |frame| frames.take(frame))?,
    }
    frames.finish()
}
