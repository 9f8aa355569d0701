//! The files of an import: one, several, or those of a folder.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use atrium_shared::market::intake::{Format, LeanPath, select_lean};

use super::ImportError;

/// So many files are imported together at most.
const MOST_FILES: usize = 100_000;
/// How deep folders are looked into.
const DEEPEST: usize = 8;
/// Endings of files that may hold bars.
const ENDINGS: [&str; 12] = [
    ".csv", ".tsv", ".txt", ".prn", ".gz", ".zip", ".parquet", ".pq", ".sqlite", ".sqlite3", ".db",
    ".db3",
];

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text, packed or not.
    Text,
    /// Rows that a decoder hands over.
    Parquet,
    /// Rows that a decoder hands over.
    Sqlite,
}

impl Kind {
    /// The format of a file of tables.
    pub(super) fn table(self) -> Option<Format> {
        match self {
            Self::Text => None,
            Self::Parquet => Some(Format::Parquet),
            Self::Sqlite => Some(Format::Sqlite),
        }
    }
}

/// A file to be imported.
#[derive(Debug, Clone)]
pub(super) struct InputFile {
    pub(super) path: PathBuf,
    /// What it is called in messages, and by what LEAN's files are told.
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) kind: Kind,
    changed: Option<SystemTime>,
}

impl InputFile {
    /// What is no file, such as a pipe, might never end and is not even opened.
    fn find(path: &Path, name: String) -> Result<Self, ImportError> {
        let unreadable = |source| ImportError::read(path, source);
        let metadata = fs::metadata(path).map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(ImportError::NoFile(path.to_path_buf()));
        }
        let mut first = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(16).read_to_end(&mut first).map_err(unreadable)?;
        let kind = match first.as_slice() {
            [b'P', b'A', b'R', b'1', ..] => Kind::Parquet,
            b"SQLite format 3\0" => Kind::Sqlite,
            _ => Kind::Text,
        };
        let named_parquet = [".parquet", ".pq"].iter().any(|end| ends_with(&name, end));
        if named_parquet && kind != Kind::Parquet {
            let reason = "is not a Parquet file, which its name promises: it does not begin as one does; get it again, or rename it";
            return Err(ImportError::table(&name, reason));
        }
        Ok(Self {
            path: path.to_path_buf(),
            name,
            bytes: metadata.len(),
            kind,
            changed: changed(&metadata),
        })
    }

    /// Whether nobody wrote to it since it was found.
    pub(super) fn is_as_found(&self) -> bool {
        fs::metadata(&self.path)
            .is_ok_and(|now| now.len() == self.bytes && changed(&now) == self.changed)
    }
}

fn changed(metadata: &Metadata) -> Option<SystemTime> {
    metadata.modified().ok()
}

fn ends_with(name: &str, end: &str) -> bool {
    let at = name.len().saturating_sub(end.len());
    name.get(at..)
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// What is to be imported.
#[derive(Debug, Clone)]
pub struct Input {
    files: Vec<InputFile>,
    decoder: Option<PathBuf>,
}

impl Input {
    /// One file, under the name that its user knows it by. `decoder` is this program, of which a child decodes Parquet and
    /// SQLite; without it that is done in this process.
    ///
    /// # Errors
    /// [`ImportError`] where it cannot be read.
    pub fn file(path: &Path, name: &str, decoder: Option<&Path>) -> Result<Self, ImportError> {
        Ok(Self {
            files: vec![InputFile::find(path, name.to_owned())?],
            decoder: decoder.map(Path::to_path_buf),
        })
    }

    /// Files and folders together. Of folders laid out as LEAN lays them out the files of `symbol` are taken, of the finest
    /// resolution there is, trades unless `quotes` are asked for; of others every file that may hold bars.
    ///
    /// # Errors
    /// [`ImportError`] where one cannot be read, or a folder has no file to import.
    pub fn gather(
        paths: &[PathBuf],
        symbol: Option<&str>,
        quotes: bool,
        decoder: Option<&Path>,
    ) -> Result<Self, ImportError> {
        let mut found = Vec::new();
        for path in paths {
            if path.is_dir() {
                found.extend(of_folder(path, symbol, quotes)?);
            } else {
                found.push(path.clone());
            }
        }
        let files = found
            .iter()
            .map(|path| InputFile::find(path, name_of(path)));
        Ok(Self {
            files: files.collect::<Result<_, _>>()?,
            decoder: decoder.map(Path::to_path_buf),
        })
    }

    pub(super) fn files(&self) -> &[InputFile] {
        &self.files
    }

    pub(super) fn decoder(&self) -> Option<&Path> {
        self.decoder.as_deref()
    }

    /// The bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The name of the file; of several the first one's, and how many more there are.
    pub fn name(&self) -> String {
        match self.files.as_slice() {
            [] => String::new(),
            [one] => one.name.clone(),
            [first, rest @ ..] => format!("{} and {} more", first.name, rest.len()),
        }
    }

    /// The names of the files, each of which may tell what it is of.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str())
    }
}

/// The name of a file; of LEAN's the path from the market on, which says what is in it.
fn name_of(path: &Path) -> String {
    let full = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    for path in [path, full.as_path()] {
        let text = path.to_string_lossy().replace('\\', "/");
        let lower = text.to_ascii_lowercase();
        let begins = ["equity/", "forex/", "cfd/", "crypto/", "cryptofuture/"];
        let at = begins.iter().filter_map(|market| {
            let at = lower.rfind(market)?;
            (at == 0 || lower.get(..at).is_some_and(|before| before.ends_with('/'))).then_some(at)
        });
        if let Some(lean) = at.max().and_then(|at| text.get(at..))
            && LeanPath::of(lean).is_some()
        {
            return lean.to_owned();
        }
    }
    path.file_name().map_or_else(
        || full.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// The files of a folder that are to be imported, sorted by path.
fn of_folder(
    folder: &Path,
    symbol: Option<&str>,
    quotes: bool,
) -> Result<Vec<PathBuf>, ImportError> {
    let mut all = Vec::new();
    walk(folder, 0, &mut all)?;
    all.sort();
    let nothing = |reason: String| ImportError::NoFiles {
        path: folder.to_path_buf(),
        reason,
    };
    if all.is_empty() {
        return Err(nothing("has no files of bars in it".to_owned()));
    }
    let names: Vec<String> = all.iter().map(|path| name_of(path)).collect();
    let lean: Vec<LeanPath> = names.iter().filter_map(|name| LeanPath::of(name)).collect();
    if lean.is_empty() {
        return Ok(all);
    }
    let mut symbols: Vec<String> = lean
        .into_iter()
        .map(|path| path.symbol.to_ascii_uppercase())
        .collect();
    symbols.sort();
    symbols.dedup();
    let symbol = match (symbol, symbols.as_slice()) {
        (Some(symbol), _) => symbol,
        (None, [only]) => only,
        (None, several) => {
            let some: Vec<&str> = several.iter().take(20).map(String::as_str).collect();
            return Err(nothing(format!(
                "holds LEAN's files of several symbols ({}{}): name one of them",
                some.join(", "),
                if several.len() > some.len() {
                    ", …"
                } else {
                    ""
                }
            )));
        }
    };
    let chosen = select_lean(&names, symbol, quotes);
    let chosen: Vec<PathBuf> = chosen
        .into_iter()
        .filter_map(|index| all.get(index).cloned())
        .collect();
    if chosen.is_empty() {
        return Err(nothing(format!("holds none of LEAN's files of {symbol}")));
    }
    Ok(chosen)
}

/// Every file below a folder that may hold bars; links are not followed.
fn walk(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), ImportError> {
    let unreadable = |source| ImportError::read(folder, source);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        if kind.is_dir() && depth < DEEPEST {
            walk(&entry.path(), depth + 1, found)?;
        } else if kind.is_file() && ENDINGS.iter().any(|end| ends_with(&name, end)) {
            found.push(entry.path());
        }
        if found.len() > MOST_FILES {
            return Err(ImportError::NoFiles {
                path: folder.to_path_buf(),
                reason: format!(
                    "holds more than {MOST_FILES} files: import a part of it at a time"
                ),
            });
        }
    }
    Ok(())
}
