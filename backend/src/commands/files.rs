//! Small files that flags name: closures, corporate actions. And the files that commands write.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use atrium_shared::base::utf16::as_utf8;
use atrium_shared::market::calendar::{Calendar, Closures, Schedule};

use crate::temporary::{PREFIX, plain};

/// The most that is read of such a file.
const MOST: u64 = 16 * 1_024 * 1_024;

/// A file that a flag names cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{} {what}", path.display())]
pub struct FileError {
    path: PathBuf,
    what: String,
}

impl FileError {
    /// What is wrong with a file.
    pub(super) fn new(path: &Path, what: impl Into<String>) -> Self {
        Self {
            path: path.to_path_buf(),
            what: what.into(),
        }
    }

    fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::new(path, format!("cannot be read: {error}; check the path"))
    }
}

/// Reads a small text file, which is not even opened where it might never end.
pub(super) fn read_text(path: &Path) -> Result<String, FileError> {
    let metadata = fs::metadata(path).map_err(|error| FileError::unreadable(path, &error))?;
    if !metadata.is_file() {
        return Err(FileError::new(
            path,
            "is not a file that can be read as a whole",
        ));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| FileError::unreadable(path, &error))?;
    let read = file.take(MOST + 1).read_to_end(&mut bytes);
    read.map_err(|error| FileError::unreadable(path, &error))?;
    if bytes.len() as u64 > MOST {
        return Err(FileError::new(
            path,
            "is larger than 16 MiB, which no such file is",
        ));
    }
    String::from_utf8(as_utf8(&bytes).into_owned())
        .map_err(|_| FileError::new(path, "is no text in UTF-8 or UTF-16"))
}

/// A user's own closures.
#[derive(Debug, Default, clap::Args)]
pub(super) struct ClosuresFlags {
    /// Days on which the market keeps other hours than its calendar says: a CSV file of date, hours (empty or closed, open,
    /// 13:00, 09:30-13:00) and name (default: those kept with the symbol, by import or instrument set)
    #[arg(long, value_name = "FILE")]
    closures: Option<PathBuf>,
    /// No such days, whatever is kept with the symbol
    #[arg(long, conflicts_with = "closures")]
    no_closures: bool,
}

impl ClosuresFlags {
    /// The closures that are given; `None` where the flags say nothing.
    pub(super) fn given(&self) -> Result<Option<Closures>, FileError> {
        let Some(path) = &self.closures else {
            return Ok(self.no_closures.then(Closures::default));
        };
        let closures = Closures::parse(&read_text(path)?);
        closures.map(Some).map_err(|bad| unusable(path, &bad))
    }

    /// The hours of a calendar with the closures that are given over it.
    pub(super) fn schedule(&self, calendar: Calendar) -> Result<Option<Schedule>, FileError> {
        let Some(closures) = self.given()? else {
            return Ok(None);
        };
        let path = self.closures.as_deref().unwrap_or(Path::new(""));
        let schedule = Schedule::new(calendar, closures);
        schedule.map(Some).map_err(|bad| unusable(path, &bad))
    }
}

fn unusable(path: &Path, bad: &impl Display) -> FileError {
    FileError::new(path, format!("cannot be used: {bad}"))
}

/// Checks that a file can be written, before the work is done that it is to hold.
///
/// # Errors
/// [`FileError`] where its name is none, something is there that stays, or its folder cannot be written to.
pub(super) fn check_target(path: &Path, force: bool) -> Result<(), FileError> {
    if path == Path::new("-") {
        return Err(FileError::new(
            path,
            "is no name of a file: nothing is written to the terminal; give a name",
        ));
    }
    check_place(path, force)?;
    // what can be made and removed can be written
    let made = tempfile::Builder::new()
        .prefix(PREFIX)
        .tempfile_in(folder_of(path));
    made.map(drop).map_err(|error| unwritable(path, error))
}

fn check_place(path: &Path, force: bool) -> Result<(), FileError> {
    let Ok(metadata) = fs::metadata(path) else {
        return Ok(());
    };
    if !metadata.is_file() {
        return Err(FileError::new(
            path,
            "is there and is no file: choose another name",
        ));
    }
    match force {
        true => Ok(()),
        false => Err(FileError::new(
            path,
            "is there already: choose another name, or add --force to replace it",
        )),
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn unwritable(path: &Path, error: io::Error) -> FileError {
    use io::ErrorKind as Kind;
    let error = plain(error);
    let advice = match error.kind() {
        Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => {
            "; make room there, or choose another folder"
        }
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem => {
            "; choose a folder that may be written to"
        }
        Kind::NotFound => "; choose a folder that is there",
        _ => "",
    };
    FileError::new(path, format!("cannot be written: {error}{advice}"))
}

/// Writes a file so that it appears whole or not at all. What is there stays unless `force`.
pub(crate) fn write_whole(
    path: &Path,
    force: bool,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FileError> {
    check_place(path, force)?;
    let folder = folder_of(path);
    let unwritable = |error: io::Error| unwritable(path, error);
    let mut file = tempfile::Builder::new()
        .prefix(PREFIX)
        .tempfile_in(folder)
        .map_err(unwritable)?;
    let mut buffer = io::BufWriter::new(file.as_file_mut());
    write(&mut buffer)
        .and_then(|()| buffer.flush())
        .map_err(unwritable)?;
    drop(buffer);
    file.as_file().sync_all().map_err(unwritable)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // as any file, not for its owner only as temporary ones are
        let open = fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(open).map_err(unwritable)?;
    }
    file.persist(path)
        .map_err(|error| unwritable(error.error))?;
    Ok(())
}
