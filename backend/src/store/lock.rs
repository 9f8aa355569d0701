//! Locks between programs. Of the store: many readers, or one writer for the moment of its renames. Of a data set: one
//! writer from its first row to the last rename.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::StoreError;

const LOCK_FILE: &str = ".lock";

/// Held until dropped. Where the file system knows no locks, or allows no writing, there is none.
#[derive(Debug)]
pub(super) struct Lock(
    #[expect(dead_code, reason = "the lock is held as long as the file is open")] Option<File>,
);

impl Lock {
    /// For reading. Waits for a writer.
    pub(super) fn shared(data_dir: &Path) -> Result<Self, StoreError> {
        let file = open(data_dir, LOCK_FILE).filter(|file| file.lock_shared().is_ok());
        Ok(Self(file))
    }

    /// For the renames of a writer. Waits for all others.
    pub(super) fn exclusive(data_dir: &Path) -> Result<Self, StoreError> {
        let file = open(data_dir, LOCK_FILE).filter(|file| file.lock().is_ok());
        Ok(Self(file))
    }

    /// For putting right what was interrupted: `None` where somebody is at work.
    pub(super) fn exclusive_now(data_dir: &Path) -> Option<Self> {
        try_lock(data_dir, LOCK_FILE)
    }

    /// For a use of the metadata database. Waits for all others.
    pub(super) fn of_database(data_dir: &Path) -> Self {
        let file = open(data_dir, &format!("{LOCK_FILE}-database"));
        Self(file.filter(|file| file.lock().is_ok()))
    }

    /// For writing a data set.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where another program, or another thread, is writing it.
    pub(super) fn of_set(data_dir: &Path, name: &str) -> Result<Self, StoreError> {
        try_lock(data_dir, &format!("{LOCK_FILE}-{name}"))
            .ok_or_else(|| StoreError::Busy(name.to_owned()))
    }

    /// For removing what a writer of a data set left: `None` where one is at work, and where the file system cannot tell.
    pub(super) fn of_left(data_dir: &Path, name: &str) -> Option<Self> {
        let file = open(data_dir, &format!("{LOCK_FILE}-{name}"))?;
        file.try_lock().is_ok().then_some(Self(Some(file)))
    }
}

fn try_lock(data_dir: &Path, name: &str) -> Option<Lock> {
    let Some(file) = open(data_dir, name) else {
        return Some(Lock(None));
    };
    match file.try_lock() {
        Ok(()) | Err(TryLockError::Error(_)) => Some(Lock(Some(file))),
        Err(TryLockError::WouldBlock) => None,
    }
}

fn open(data_dir: &Path, name: &str) -> Option<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(data_dir.join(name)).ok()
}
