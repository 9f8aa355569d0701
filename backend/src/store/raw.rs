//! The raw layer of a data set: a folder an import, never changed once it is there.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::intake::Rejected;
use atrium_shared::surface::api::ImportRecord;

use super::card::{ImportCard, read_json};
use super::error::{cannot, unwritable};
use super::{StoreError, frames};

/// The raw layer within a data set.
pub(super) const RAW: &str = "raw";
pub(super) const IMPORT_FILE: &str = "import.json";
pub(super) const QUARANTINE_FILE: &str = "quarantine.csv";
pub(super) const DUPLICATED_FILE: &str = "duplicated.parquet";

/// So many rejected rows are kept for the answer.
const FIRST: usize = 20;

/// The folder of an import by its number, from 1.
pub(super) fn folder(set: &Path, number: u32) -> PathBuf {
    set.join(RAW).join(format!("{number:04}"))
}

/// Every import of a data set, by number. What is no import is left out; an import whose card cannot be read is an error.
pub(super) fn imports(set: &Path) -> Result<Vec<ImportCard>, String> {
    let entries = match fs::read_dir(set.join(RAW)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{RAW} cannot be read ({error})")),
    };
    let mut cards = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path().join(IMPORT_FILE);
        let card = read_json::<ImportCard>(&path);
        cards.push(card.map_err(|reason| {
            format!(
                "{RAW}/{}/{IMPORT_FILE} {reason}",
                entry.file_name().to_string_lossy()
            )
        })?);
    }
    cards.sort_by_key(|card| card.record.number);
    Ok(cards)
}

/// The times that came more than once within an import.
pub(super) fn duplicated(set: &Path, import: &ImportRecord) -> Result<Vec<Timestamp>, String> {
    let path = folder(set, import.number).join(DUPLICATED_FILE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    frames::read_times(&path)
        .map_err(|fault| format!("{} cannot be read ({fault})", path.display()))
}

/// Links every file below a folder into another, or copies it where links are not possible.
pub(super) fn link_all(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(to).map_err(cannot("cannot be created", to))?;
    let entries = fs::read_dir(from).map_err(cannot("cannot be read", from))?;
    for entry in entries {
        let entry = entry.map_err(cannot("cannot be read", from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry
            .file_type()
            .map_err(cannot("cannot be read", &source))?;
        if kind.is_dir() {
            link_all(&source, &target)?;
        } else if kind.is_file() {
            link(&source, &target)?;
        }
    }
    Ok(())
}

/// Gives a file a second name, or copies it.
pub(super) fn link(source: &Path, target: &Path) -> Result<(), StoreError> {
    if fs::hard_link(source, target).is_ok() {
        return Ok(());
    }
    fs::copy(source, target).map_err(unwritable(target))?;
    File::open(target)
        .and_then(|file| file.sync_all())
        .map_err(unwritable(target))
}

/// The quarantine of an import: `file,line,reason,text`, as CSV. It is made with the first row.
#[derive(Debug)]
pub(super) struct Quarantine {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    count: u64,
    first: Vec<Rejected>,
}

impl Quarantine {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            file: None,
            count: 0,
            first: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, rejected: Rejected) -> Result<(), StoreError> {
        self.write(&rejected).map_err(unwritable(&self.path))?;
        self.count += 1;
        if self.first.len() < FIRST {
            self.first.push(rejected);
        }
        Ok(())
    }

    fn write(&mut self, rejected: &Rejected) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            empty => {
                let mut file = BufWriter::new(File::create_new(&self.path)?);
                writeln!(file, "file,line,reason,text")?;
                empty.insert(file)
            }
        };
        let Rejected {
            file: name,
            line,
            reason,
            text,
        } = rejected;
        writeln!(
            file,
            "{},{line},{},{}",
            quoted(name),
            quoted(reason),
            quoted(text)
        )
    }

    /// Waits until the rows are on disk: how many there are, and the first of them.
    pub(super) fn finish(&mut self) -> Result<(u64, Vec<Rejected>), StoreError> {
        if let Some(mut file) = self.file.take() {
            let written = file.flush().and_then(|()| file.get_ref().sync_all());
            written.map_err(unwritable(&self.path))?;
        }
        Ok((self.count, std::mem::take(&mut self.first)))
    }
}

/// A field of CSV.
fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
