//! Cards: what `set.json` and `raw/NNNN/import.json` say.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use atrium_shared::market::intake::Detection;
use atrium_shared::surface::api::{DataSet, ImportRecord};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use super::error::unwritable;

/// The layout that is written. Data sets of layout 1 had no raw layer; they are read, and get one when they are written again.
pub(super) const LAYOUT: u32 = 2;

/// What `set.json` holds.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Card {
    /// The layout of the folder.
    #[serde(default = "first_layout")]
    pub(super) layout: u32,
    #[serde(flatten)]
    pub(super) set: DataSet,
    /// The checksum of the file of bars, so that a damaged file is told before it is decoded.
    pub(super) bars_sha256: String,
}

fn first_layout() -> u32 {
    1
}

/// What `import.json` holds.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct ImportCard {
    #[serde(flatten)]
    pub(super) record: ImportRecord,
    /// The size of the file, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<u64>,
    /// What was found out about the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) detection: Option<Detection>,
}

/// Writes a new file of JSON and waits until it is on disk.
pub(super) fn write_json(value: &impl Serialize, path: &Path) -> Result<(), StoreError> {
    let write = || -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(value)?;
        text.push(b'\n');
        let mut file = File::create_new(path)?;
        file.write_all(&text)?;
        file.sync_all()
    };
    write().map_err(unwritable(path))
}

/// Reads a file of JSON; why not, in words.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot be read ({error})"))?;
    serde_json::from_str(&text).map_err(|error| format!("is no card ({error})"))
}
