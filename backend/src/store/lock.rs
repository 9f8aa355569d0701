//! The lock of a store, between programs: many readers, or one writer.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::StoreError;

const LOCK_FILE: &str = ".lock";

/// Held until dropped. Where the file system knows no locks, or allows no writing, there is none.
pub(super) struct Lock(
    #[expect(dead_code, reason = "the lock is held as long as the file is open")] Option<File>,
);

impl Lock {
    /// For reading. Waits for a writer.
    pub(super) fn shared(data_dir: &Path) -> Result<Self, StoreError> {
        let file = open(data_dir).filter(|file| file.lock_shared().is_ok());
        Ok(Self(file))
    }

    /// For the renames of a writer. Waits for all others.
    pub(super) fn exclusive(data_dir: &Path) -> Result<Self, StoreError> {
        let file = open(data_dir).filter(|file| file.lock().is_ok());
        Ok(Self(file))
    }

    /// For putting right what was interrupted: `None` where somebody is at work.
    pub(super) fn exclusive_now(data_dir: &Path) -> Option<Self> {
        let Some(file) = open(data_dir) else {
            return Some(Self(None));
        };
        match file.try_lock() {
            Ok(()) | Err(TryLockError::Error(_)) => Some(Self(Some(file))),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

fn open(data_dir: &Path) -> Option<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(data_dir.join(LOCK_FILE)).ok()
}
