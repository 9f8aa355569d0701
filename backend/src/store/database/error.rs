//! Why the metadata database cannot be used. Bars and cards are files of their own: none of this touches them.

use std::path::{Path, PathBuf};

use sqlx::migrate::MigrateError;

/// The metadata database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Another program has it.
    #[error(
        "the metadata database {} is locked by another program: no bars are concerned; close what has it open",
        .0.display()
    )]
    Locked(PathBuf),
    /// It is no database, or not one of Atrium's.
    #[error(
        "the metadata database {} is damaged ({reason}): no bars are concerned, the data sets are files of their own; rename or remove that file, and the next change makes it anew from them, all but saved runs",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A later version of Atrium wrote it.
    #[error(
        "the metadata database {} was written by a newer version of Atrium (migration {version}): no bars are concerned; update Atrium",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The migration that is not known.
        version: i64,
    },
    /// It cannot be opened, read or written.
    #[error(
        "the metadata database {} cannot be used ({reason}): no bars are concerned",
        path.display()
    )]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// The result codes of SQLite that tell what to do, by their lowest byte.
const BUSY: i64 = 5;
const LOCKED: i64 = 6;
const CORRUPT: i64 = 11;
const NOT_A_DATABASE: i64 = 26;

impl DatabaseError {
    pub(super) fn unusable(path: &Path, reason: impl ToString) -> Self {
        Self::Unusable {
            path: path.to_path_buf(),
            reason: reason.to_string(),
        }
    }

    fn damaged(path: &Path, reason: impl ToString) -> Self {
        Self::Damaged {
            path: path.to_path_buf(),
            reason: reason.to_string(),
        }
    }

    /// What an error of the driver means.
    pub(super) fn of(path: &Path, error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(refusal) => {
                let code = refusal.code().and_then(|code| code.parse::<i64>().ok());
                match code.map(|code| code & 0xff) {
                    Some(BUSY | LOCKED) => Self::Locked(path.to_path_buf()),
                    Some(CORRUPT | NOT_A_DATABASE) => Self::damaged(path, refusal.message()),
                    _ => Self::unusable(path, refusal.message()),
                }
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::damaged(path, error),
            _ => Self::unusable(path, error),
        }
    }

    /// What an error of a migration means.
    pub(super) fn of_migration(path: &Path, error: &MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                match Self::of(path, error) {
                    Self::Unusable { path, reason } => Self::Damaged { path, reason },
                    told => told,
                }
            }
            MigrateError::VersionMissing(version) => Self::Newer {
                path: path.to_path_buf(),
                version: *version,
            },
            other => Self::damaged(path, other),
        }
    }
}
