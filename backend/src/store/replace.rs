//! Giving a finished folder its name so that a data set appears whole, and putting right what an interruption left.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::TempDir;

use super::error::cannot;
use super::lock::Lock;
use super::{Store, StoreError, parse_name};
// folders being written; what an interruption leaves of them is never read
use crate::temporary::PREFIX as TEMPORARY;

/// The old data set, while the new one takes its place.
const ASIDE: &str = ".old-";

impl Store {
    /// A new folder to write a data set in, gone with the value unless it is swapped in. The caller holds the lock of the
    /// set, so that other such folders of it are left from interruptions: they go.
    pub(super) fn temporary(&self, name: &str) -> Result<TempDir, StoreError> {
        let data_dir = self.data_dir();
        let prefix = format!("{TEMPORARY}{name}-");
        for entry in fs::read_dir(data_dir).into_iter().flatten().flatten() {
            let stale = entry.file_name();
            if stale
                .to_str()
                .is_some_and(|stale| is_temporary(stale, &prefix))
                && let Err(error) = remove(&entry.path())
            {
                tracing::warn!("{} cannot be removed: {error}", entry.path().display());
            }
        }
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // as any folder, not for its owner only as temporary ones are
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        builder
            .prefix(&prefix)
            .tempdir_in(data_dir)
            .map_err(cannot("cannot be written to", data_dir))
    }

    /// Gives a finished folder its name. The old data set is renamed aside first and removed last.
    pub(super) fn swap_in(
        &self,
        finished: &Path,
        name: &str,
        may_replace: bool,
    ) -> Result<(), StoreError> {
        let (target, aside) = (
            self.folder(name),
            self.data_dir().join(format!("{ASIDE}{name}")),
        );
        sync_folders(finished);
        let _lock = Lock::exclusive(self.data_dir())?;
        self.put_right(name)?;
        let replaces = fs::symlink_metadata(&target).is_ok();
        if replaces && !may_replace {
            return Err(StoreError::Meanwhile(name.to_owned()));
        }
        if replaces {
            fs::rename(&target, &aside).map_err(cannot("cannot be renamed", &target))?;
        }
        if let Err(source) = fs::rename(finished, &target) {
            if replaces {
                fs::rename(&aside, &target).map_err(cannot("cannot be renamed back", &aside))?;
            }
            return Err(cannot("cannot be written", &target)(source));
        }
        sync_folder(self.data_dir());
        if replaces && let Err(error) = remove(&aside) {
            tracing::warn!("{} cannot be removed: {error}", aside.display());
        }
        Ok(())
    }

    /// Removes a data set: from one moment to the next it is gone.
    pub(super) fn take_away(&self, name: &str) -> Result<(), StoreError> {
        let target = self.folder(name);
        let gone = self.temporary(name)?;
        let _lock = Lock::exclusive(self.data_dir())?;
        let aside = gone.path().join("set");
        fs::rename(&target, &aside).map_err(cannot("cannot be removed", &target))?;
        sync_folder(self.data_dir());
        remove(gone.path()).map_err(cannot("cannot be removed", gone.path()))
    }

    /// Removes the folders that interrupted writers left. Those of writers at work are locked, and stay.
    pub(super) fn sweep(&self) {
        for entry in fs::read_dir(self.data_dir())
            .into_iter()
            .flatten()
            .flatten()
        {
            let left = entry.file_name();
            let name = left.to_str().and_then(|it| it.strip_prefix(TEMPORARY));
            let name = name.and_then(|it| Some(it.rsplit_once('-')?.0));
            let Some(name) = name.filter(|name| parse_name(name).is_ok()) else {
                continue;
            };
            if let Some(_lock) = Lock::of_left(self.data_dir(), name)
                && let Err(error) = remove(&entry.path())
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!("{} cannot be removed: {error}", entry.path().display());
            }
        }
    }

    /// Puts right every replacement that was interrupted, unless a writer is at work.
    pub(super) fn recover(&self) -> Result<(), StoreError> {
        let aside = self.set_aside();
        if aside.is_empty() {
            return Ok(());
        }
        let Some(_lock) = Lock::exclusive_now(self.data_dir()) else {
            return Ok(());
        };
        self.set_aside()
            .iter()
            .try_for_each(|name| self.put_right(name))
    }

    /// The names of data sets of which an old one stands aside.
    fn set_aside(&self) -> Vec<String> {
        let entries = fs::read_dir(self.data_dir()).into_iter().flatten();
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let names = names.filter_map(|name| Some(name.strip_prefix(ASIDE)?.to_owned()));
        names.filter(|name| parse_name(name).is_ok()).collect()
    }

    /// If the new data set never arrived, the old one comes back; if it did, the old one goes.
    fn put_right(&self, name: &str) -> Result<(), StoreError> {
        let (target, aside) = (
            self.folder(name),
            self.data_dir().join(format!("{ASIDE}{name}")),
        );
        if fs::symlink_metadata(&aside).is_err() {
            return Ok(());
        }
        if fs::symlink_metadata(&target).is_ok() {
            return remove(&aside).map_err(cannot("cannot be removed", &aside));
        }
        tracing::warn!("a replacement of {name} was interrupted: the old data set is back");
        fs::rename(&aside, &target).map_err(cannot("cannot be renamed back", &aside))
    }
}

/// Whether a folder's name is the prefix and the random letters that follow it. Those of SPY-1min-… do not begin SPY-1.
fn is_temporary(name: &str, prefix: &str) -> bool {
    let random = name.strip_prefix(prefix);
    random.is_some_and(|random| random.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// Removes a folder, or a link without what it leads to.
fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

/// Waits until the names in a folder are on disk. Not every system can; what is in the files is on disk already.
fn sync_folder(path: &Path) {
    if let Err(error) = File::open(path).and_then(|folder| folder.sync_all()) {
        tracing::debug!("{} cannot be waited for: {error}", path.display());
    }
}

fn sync_folders(path: &Path) {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            sync_folders(&entry.path());
        }
    }
    sync_folder(path);
}
