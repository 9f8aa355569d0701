//! What the page and a data worker say to each other: JSON, so that the page reads what the server and the worker say of
//! bars by one piece of code, and beside it the file or bytes.
//!
//! A message is a JavaScript array of a text and, with some, an attachment. One worker reads every file: it is started soon
//! after the page and never again, so that files are read while the server is away.

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::curate::{Coverage, QualityReport};
use atrium_shared::market::intake::{Detection, Format, Reading, Seen};
use atrium_shared::surface::api::{ImportDone, ImportOrder, ImportRecord, StoredRows};
use js_sys::{Array, ArrayBuffer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};

use crate::protocol::BadMessage;

/// The version of these messages.
pub const PROTOCOL: u32 = 5;

/// Something that is asked for, with the number that its answers carry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The number.
    pub number: u64,
    /// Which file it is about, by a number that the page gives.
    pub file: u64,
    /// What.
    pub ask: Ask,
}

/// What the page asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Ask {
    /// Go through the files as one and say what is in them. Attached, the first time: an array of the files.
    Preview {
        /// What is fixed.
        reading: Reading,
        /// Whose rows are wanted, where there are those of several symbols.
        symbol: String,
        /// Whether a person said so.
        symbol_given: bool,
    },
    /// Read the files, clean the bars and keep them in place of those kept before.
    Take(Box<Take>),
    /// Make the bars of an instrument of the demo, and keep them.
    Simulate {
        /// Its ticker.
        symbol: String,
    },
    /// Stop what was begun for the file.
    Cancel,
    /// The same, and forget the file and its bars.
    Forget,
    /// Cut bars for a run. Answered with bars in wire form.
    Bars {
        /// Their interval; all real bars as they are kept where there is none.
        interval: Option<BarInterval>,
    },
    /// The kept bars of a stretch of time as they are.
    Rows {
        /// The first start.
        from: Timestamp,
        /// The first start after the last.
        to: Timestamp,
    },
    /// Write out the kept bars as CSV. Answered with its bytes.
    Csv,
}

/// What is done with the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Take {
    /// How it is read and what its bars are of: what a server would be told.
    pub order: ImportOrder,
    /// The name of the file.
    pub source: String,
    /// The user's own closures over the calendar: the file, whole; empty where there are none.
    pub closures: String,
}

/// What the worker says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// It has started.
    Ready {
        /// [`PROTOCOL`] of the worker's build.
        protocol: u32,
    },
    /// It is at work.
    Progress {
        /// The number of the request.
        number: u64,
        /// How much of the file it has gone through, 0 to 1.
        share: f64,
        /// What it is doing.
        doing: Doing,
    },
    /// It has done what was asked.
    Done {
        /// The number of the request.
        number: u64,
        /// What came of it.
        answer: Answer,
    },
    /// It could not, or was told to stop.
    Failed {
        /// The number of the request.
        number: u64,
        /// What was wrong and what to do.
        message: String,
    },
    /// It is about to stop for good, by a defect.
    Panicked {
        /// What it says of it.
        message: String,
    },
}

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doing {
    /// Finding out what is in the file.
    Detecting,
    /// Reading rows.
    Reading,
    /// Sorting and joining rows, looking for what is missing or odd.
    Curating,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// Of [`Ask::Preview`].
    Previewed(Box<Detection>),
    /// Of [`Ask::Preview`]: the file is of a kind that this worker does not read.
    Foreign(Format),
    /// Of [`Ask::Preview`]: the files cannot be read so.
    Unread(Unread),
    /// Of [`Ask::Take`].
    Taken(Box<Taken>),
    /// Of [`Ask::Bars`]. Attached: the bars.
    Bars {
        /// Bars left out, because they lie outside the regular hours.
        left_out: u64,
        /// Closing prints folded into the last bar of their session.
        folded: u64,
    },
    /// Of [`Ask::Rows`].
    Rows(StoredRows),
    /// Bytes are attached.
    Bytes,
}

/// Why files cannot be read, and what is known of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// What is wrong and what to do.
    pub words: String,
    /// Columns and first rows, where there are any.
    pub seen: Option<Box<Seen>>,
}

/// Bars that were read from a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// What was done: what a server would say of it.
    pub done: ImportDone,
    /// The same for the history; none of bars that were made here.
    pub record: Option<ImportRecord>,
    /// How complete each day is.
    pub coverage: Coverage,
    /// What is missing and what is odd.
    pub quality: QualityReport,
}

/// A message ready to be posted, and the list of what it transfers.
///
/// # Errors
/// [`BadMessage`] where it cannot be written, which no message that exists can cause.
pub fn pack<T: Serialize>(
    message: &T,
    attachment: Option<JsValue>,
) -> Result<(Array, Array), BadMessage> {
    let text = serde_json::to_string(message).map_err(|_| BadMessage)?;
    let (parts, transfer) = (Array::of1(&text.into()), Array::new());
    if let Some(attachment) = attachment {
        // a file is handed on by reference
        if attachment.is_instance_of::<ArrayBuffer>() {
            transfer.push(&attachment);
        }
        parts.push(&attachment);
    }
    Ok((parts, transfer))
}

/// The message and the attachment in what was received.
///
/// # Errors
/// [`BadMessage`] where it is none.
pub fn unpack<T: DeserializeOwned>(data: &JsValue) -> Result<(T, JsValue), BadMessage> {
    let parts: &Array = data.dyn_ref().ok_or(BadMessage)?;
    let text = parts.get(0).as_string().ok_or(BadMessage)?;
    let message = serde_json::from_str(&text).map_err(|_| BadMessage)?;
    Ok((message, parts.get(1)))
}
