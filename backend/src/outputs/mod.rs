//! The files of a run: its trades and its equity as tables, its report, and its picture; and tables of features.
//!
//! Each is written under a temporary name and renamed when all of them are whole, so that nothing is ever half there. Files
//! of the same run are replaced by themselves.

pub mod features;
mod name;
mod tables;

pub use name::stem;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::picture::{Look, Picture, PictureError, png};
use crate::temporary::{PREFIX, plain};

/// Why the files of a run are not written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The folder cannot be made or written to.
    #[error("{} cannot be written to: {source}; choose another folder with --out", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

/// Writes the files of a run into a folder, which is made where it does not exist, and returns their paths: trades, equity,
/// metrics and picture.
///
/// # Errors
/// [`OutputError`] where one cannot be written; then none is there that was not there before, unless the failure came with
/// the last renames.
pub fn write(
    folder: &Path,
    picture: &Picture<'_>,
    look: Look,
) -> Result<Vec<PathBuf>, OutputError> {
    let report = picture.report;
    let stem = stem(report);
    fs::create_dir_all(folder).map_err(|source| OutputError::Folder {
        folder: folder.to_path_buf(),
        source,
    })?;
    let metrics = serde_json::to_string_pretty(report).map_err(|error| OutputError::File {
        path: folder.join(format!("{stem}-metrics.json")),
        source: error.into(),
    })?;
    let contents = [
        (
            "trades.csv",
            tables::trades(&report.round_trips).into_bytes(),
        ),
        ("equity.csv", tables::equity(picture).into_bytes()),
        ("metrics.json", (metrics + "\n").into_bytes()),
        ("chart.png", png(picture, look)?),
    ];
    let mut finished = Vec::new();
    for (ending, content) in contents {
        let path = folder.join(format!("{stem}-{ending}"));
        finished.push((temporary(folder, &content)?, path));
    }
    let mut paths = Vec::new();
    for (temporary, path) in finished {
        let renamed = temporary.persist(&path);
        renamed.map_err(|error| OutputError::File {
            path: path.clone(),
            source: error.error,
        })?;
        paths.push(path);
    }
    Ok(paths)
}

/// A whole file under a name that nobody reads; it is gone with the value.
fn temporary(folder: &Path, content: &[u8]) -> Result<TempPath, OutputError> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // as any file, not for its owner only as temporary ones are
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let written = || -> io::Result<NamedTempFile> {
        let mut file = builder.prefix(PREFIX).tempfile_in(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    let mut written = written;
    let file = written().map_err(|source| OutputError::Folder {
        folder: folder.to_path_buf(),
        source: plain(source),
    })?;
    Ok(file.into_temp_path())
}

#[cfg(test)]
mod tests;
