//! The results of sweeps as they are kept: a file for each sweep under the folder `sweeps`, by data set. They say how many trials a
//! data set has seen, and let a sweep that was stopped go on, whether the command line ran it or the page.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use atrium_shared::base::digest::Digest;
use atrium_shared::base::time::Timestamp;
use atrium_shared::surface::kept_sweep::{BadKept, KeptSummary, KeptSweep, KeptSweeps, head};

use crate::commands::{FileError, write_whole};

/// What such files are called.
const SUFFIX: &str = "sweep";
/// The most of a file that is read for what it says of its sweep: the values of its axes are part of that.
const HEAD: u64 = 16 * 1_024 * 1_024;

/// The files of kept sweeps.
#[derive(Debug, Clone)]
pub struct SweepFiles {
    folder: PathBuf,
}

/// A file of a sweep cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SweepFileError {
    /// It cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be written as a whole.
    #[error(transparent)]
    Write(#[from] FileError),
    /// It is no sweep, or another one.
    #[error("{}: {reason}", path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: BadKept,
    },
}

impl SweepFiles {
    /// Those of a base directory.
    pub fn of(base_dir: &Path) -> Self {
        Self {
            folder: base_dir.join("sweeps"),
        }
    }

    /// Where a sweep of a data set is kept.
    pub fn path(&self, data_set: &str, identity: &Digest) -> PathBuf {
        let name: String = identity.to_string().chars().take(16).collect();
        let folder = self.folder.join(data_set);
        folder.join(format!("{name}.{SUFFIX}"))
    }

    /// A sweep of a data set; `None` where it is not kept.
    ///
    /// # Errors
    /// [`SweepFileError`] where its file is none of it.
    pub fn read(
        &self,
        data_set: &str,
        identity: &Digest,
    ) -> Result<Option<KeptSweep>, SweepFileError> {
        let path = self.path(data_set, identity);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SweepFileError::Io { path, source }),
        };
        match KeptSweep::decode(&bytes) {
            Ok(kept) if kept.head.identity == *identity => Ok(Some(kept)),
            Ok(_) => Err(SweepFileError::Bad {
                path,
                reason: BadKept::Damaged("it is of another sweep"),
            }),
            Err(reason) => Err(SweepFileError::Bad { path, reason }),
        }
    }

    /// Keeps the bytes of a sweep in place of what was kept of it.
    ///
    /// # Errors
    /// [`SweepFileError`] where the file cannot be written.
    pub fn write(
        &self,
        data_set: &str,
        identity: &Digest,
        bytes: &[u8],
    ) -> Result<(), SweepFileError> {
        let path = self.path(data_set, identity);
        if let Some(folder) = path.parent() {
            let cannot = |source| SweepFileError::Io {
                path: folder.to_path_buf(),
                source,
            };
            fs::create_dir_all(folder).map_err(cannot)?;
        }
        write_whole(&path, true, |file| file.write_all(bytes))?;
        Ok(())
    }

    /// The sweeps of a data set, the latest first.
    ///
    /// # Errors
    /// [`SweepFileError`] where the folder cannot be read.
    pub fn list(&self, data_set: &str) -> Result<KeptSweeps, SweepFileError> {
        let folder = self.folder.join(data_set);
        let cannot = |source| SweepFileError::Io {
            path: folder.clone(),
            source,
        };
        let mut found = KeptSweeps::default();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(cannot(error)),
        };
        for entry in entries {
            let path = entry.map_err(cannot)?.path();
            if path.extension().is_none_or(|suffix| suffix != SUFFIX) {
                continue;
            }
            match summary(&path, data_set) {
                Ok(summary) => found.sweeps.push(summary),
                Err(error) => found.damaged.push(error.to_string()),
            }
        }
        found
            .sweeps
            .sort_by_key(|sweep| core::cmp::Reverse(sweep.kept));
        found.damaged.sort();
        Ok(found)
    }
}

/// What a file says of its sweep.
fn summary(path: &Path, data_set: &str) -> Result<KeptSummary, SweepFileError> {
    let cannot = |source| SweepFileError::Io {
        path: path.to_path_buf(),
        source,
    };
    let file = File::open(path).map_err(cannot)?;
    let changed = file.metadata().and_then(|metadata| metadata.modified());
    let since = changed
        .map_err(cannot)?
        .duration_since(std::time::UNIX_EPOCH);
    let micros = since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(0));
    let mut bytes = Vec::new();
    file.take(HEAD).read_to_end(&mut bytes).map_err(cannot)?;
    let head = head(&bytes).map_err(|reason| SweepFileError::Bad {
        path: path.to_path_buf(),
        reason,
    })?;
    Ok(KeptSummary::of(
        &head,
        data_set.to_owned(),
        Timestamp(micros),
    ))
}
