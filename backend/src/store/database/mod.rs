//! The metadata database `data/atrium.db`: an index of the cards, the history of imports, what a user said of instruments,
//! quality reports that were made once, saved runs. It is opened for each use and closed again, so that a file that is removed, replaced
//! or locked concerns no later use. The cards are the truth: a database that is lost is made again from them.

mod error;
mod runs;
mod tables;

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use atrium_shared::base::digest::Digest;
use atrium_shared::market::curate::QualityReport;
use atrium_shared::market::instrument::Instrument;
use atrium_shared::surface::api::{DataSet, ImportRecord};
use atrium_shared::surface::saved_runs::SavedRun;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

pub use error::DatabaseError;

use super::lock::Lock;
use super::write::now;

const FILE: &str = "atrium.db";
/// So long another program's transaction is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// The migrations, in order.
const MIGRATIONS: [(i64, &str, &str); 3] = [
    (
        1,
        "cards",
        include_str!("../../../migrations/0001_cards.sql"),
    ),
    (
        2,
        "quality",
        include_str!("../../../migrations/0002_quality.sql"),
    ),
    (
        3,
        "saved_runs",
        include_str!("../../../migrations/0003_saved_runs.sql"),
    ),
];

/// The metadata database of a store.
#[derive(Debug, Clone)]
pub(super) struct Database {
    data_dir: PathBuf,
}

impl Database {
    pub(super) fn of(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_path_buf(),
        }
    }

    /// The file.
    pub(super) fn path(&self) -> PathBuf {
        self.data_dir.join(FILE)
    }

    /// The cards as the index has them, by name, as JSON.
    pub(super) fn index(&self) -> Result<Vec<(String, String)>, DatabaseError> {
        self.with(async |connection| tables::index(connection).await)
    }

    /// Makes the index what the cards are: `changed` are written with their imports, what is not among `names` goes.
    pub(super) fn write_index(
        &self,
        changed: &[(DataSet, String, Vec<ImportRecord>)],
        gone: &[String],
    ) -> Result<(), DatabaseError> {
        self.with(async |connection| {
            let mut transaction = connection.begin().await?;
            for (set, card, imports) in changed {
                tables::put_set(&mut transaction, set, card).await?;
                for import in imports {
                    tables::put_import(&mut transaction, &set.name, import).await?;
                }
            }
            for name in gone {
                tables::remove_set(&mut transaction, name).await?;
            }
            tables::forget_quality(&mut transaction).await?;
            transaction.commit().await
        })
    }

    /// Keeps what a user said of an instrument.
    pub(super) fn keep_instrument(&self, instrument: &Instrument) -> Result<(), DatabaseError> {
        self.with(async |connection| tables::put_instrument(connection, instrument, now()).await)
    }

    /// What users said of instruments, by symbol.
    pub(super) fn instruments(&self) -> Result<Vec<Instrument>, DatabaseError> {
        if !self.path().exists() {
            return Ok(Vec::new());
        }
        self.with(async |connection| tables::instruments(connection).await)
    }

    /// A quality report that was made before. One that cannot be read is none.
    pub(super) fn quality(&self, key: &str) -> Result<Option<QualityReport>, DatabaseError> {
        if !self.path().exists() {
            return Ok(None);
        }
        let found = self.with(async |connection| tables::quality(connection, key).await)?;
        Ok(found.and_then(|report| serde_json::from_str(&report).ok()))
    }

    /// Keeps a quality report.
    pub(super) fn keep_quality(
        &self,
        key: &str,
        digest: Digest,
        report: &QualityReport,
    ) -> Result<(), DatabaseError> {
        let report = serde_json::to_string(report)
            .map_err(|error| DatabaseError::unusable(&self.path(), error))?;
        self.with(async |connection| {
            tables::put_quality(connection, key, &digest.to_string(), &report, now()).await
        })
    }

    /// The saved runs, the latest first.
    pub(super) fn saved_runs(&self) -> Result<Vec<SavedRun>, DatabaseError> {
        if !self.path().exists() {
            return Ok(Vec::new());
        }
        self.with(async |connection| runs::all(connection).await)
    }

    /// Saves a run.
    pub(super) fn save_run(&self, run: &SavedRun) -> Result<(), DatabaseError> {
        std::fs::create_dir_all(&self.data_dir)
            .map_err(|error| DatabaseError::unusable(&self.path(), error))?;
        self.with(async |connection| runs::put(connection, run).await)
    }

    /// Forgets a saved run; whether there was one.
    pub(super) fn forget_run(&self, id: &str) -> Result<bool, DatabaseError> {
        if !self.path().exists() {
            return Ok(false);
        }
        self.with(async |connection| runs::remove(connection, id).await)
    }

    /// Opens the database, makes or migrates it where needed, and works with it. Programs take turns. On a thread of its own:
    /// the driver is asynchronous, and a thread that runs the server's tasks must not wait for it.
    fn with<T: Send>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, sqlx::Error> + Send,
    ) -> Result<T, DatabaseError> {
        let path = self.path();
        let unusable = |error: io::Error| DatabaseError::unusable(&path, error);
        let run = || {
            let _turn = Lock::of_database(&self.data_dir);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(unusable)?;
            runtime.block_on(async {
                let mut connection = open(&path).await?;
                let done = work(&mut connection).await;
                let done = done.map_err(|error| DatabaseError::of(&path, &error));
                let closed = connection.close().await;
                done.and_then(|done| match closed {
                    Ok(()) => Ok(done),
                    Err(error) => Err(DatabaseError::of(&path, &error)),
                })
            })
        };
        thread::scope(|scope| match scope.spawn(run).join() {
            Ok(done) => done,
            Err(_) => Err(DatabaseError::unusable(&path, "its driver failed")),
        })
    }
}

async fn open(path: &Path) -> Result<SqliteConnection, DatabaseError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .busy_timeout(PATIENCE)
        .disable_statement_logging();
    let connected = options.connect().await;
    let mut connection = connected.map_err(|error| DatabaseError::of(path, &error))?;
    let migrations = MIGRATIONS.map(|(version, name, sql)| {
        Migration::new(
            version,
            name.into(),
            MigrationType::Simple,
            sql.into(),
            false,
        )
    });
    let migrator = Migrator {
        migrations: Cow::Owned(migrations.to_vec()),
        ..Migrator::DEFAULT
    };
    match migrator.run(&mut connection).await {
        Ok(()) => Ok(connection),
        Err(error) => Err(DatabaseError::of_migration(path, &error)),
    }
}
