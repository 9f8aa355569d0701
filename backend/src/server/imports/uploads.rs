//! The uploads that the server holds: each in a folder of its own below `data/.uploads-…`, gone when it is stored, given up,
//! forgotten for long, or when the server ends.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use atrium_shared::surface::api::{ImportState, ImportStatus};
use axum::http::StatusCode;
use tempfile::TempDir;

use super::super::problem::Failure;
use super::receive::unwritable;

/// The file that an upload is written to.
pub(super) type Sink = File;

const PREFIX: &str = ".uploads-";
const LOCK: &str = ".lock";
/// The longest name of a file, in bytes.
const MAX_NAME: usize = 255;

/// How much is taken.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Limits {
    /// Bytes of a file.
    pub(in super::super) bytes: u64,
    /// Uploads at a time.
    pub(in super::super) count: usize,
    /// So long the next bytes of a body are waited for.
    pub(in super::super) silence: Duration,
    /// So long an upload is kept that nobody asks about,
    pub(in super::super) idle: Duration,
    /// and so long where others need its place: that of a tab that was closed or loaded again.
    pub(in super::super) idle_in_need: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 30,
            count: 16,
            silence: Duration::from_secs(60),
            idle: Duration::from_secs(3_600),
            idle_in_need: Duration::from_secs(120),
        }
    }
}

/// Every upload.
#[derive(Debug)]
pub(in super::super) struct Uploads {
    data_dir: PathBuf,
    limits: Limits,
    /// This server's folder, made with the first upload, and its lock.
    folder: Mutex<Option<(TempDir, File)>>,
    /// Those that are complete.
    kept: Mutex<HashMap<String, Arc<Upload>>>,
    /// Those on their way, too, but none that is stored.
    count: Arc<AtomicU64>,
}

/// One upload.
#[derive(Debug)]
pub(super) struct Upload {
    id: String,
    name: String,
    folder: TempDir,
    bytes: AtomicU64,
    read: AtomicU64,
    given_up: AtomicBool,
    /// Whether its bars are being stored, from where there is no way back.
    storing: AtomicBool,
    touched: Mutex<Instant>,
    state: Mutex<ImportState>,
    /// Counts it as long as it has a file.
    place: Mutex<Option<Place>>,
}

/// One of those that are counted.
#[derive(Debug)]
struct Place(Arc<AtomicU64>);

impl Place {
    /// One more; `None` where there are as many.
    fn take(count: &Arc<AtomicU64>, most: usize) -> Option<Self> {
        let place = Self(Arc::clone(count));
        (count.fetch_add(1, Ordering::Relaxed) < most as u64).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Checks that a name is one of a file, not of a path.
pub(super) fn check_name(name: &str) -> Result<(), Failure> {
    let is_odd = |c: char| matches!(c, '/' | '\\') || c.is_control();
    let is_dots = name.trim_start_matches('.').is_empty();
    if is_dots || name.len() > MAX_NAME || name.contains(is_odd) {
        return Err(Failure::bad_request(format!(
            "{:?} is no name of a file: give its name alone, without folders, as ?name=SPY.csv",
            name.chars().take(64).collect::<String>()
        )));
    }
    Ok(())
}

/// The name on disk: what readers tell kinds of files by stays, what a file system could take amiss goes.
fn safe_name(name: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') {
            c
        } else {
            '_'
        }
    };
    name.trim_start_matches('.').chars().map(safe).collect()
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Uploads {
    pub(in super::super) fn new(data_dir: &Path, limits: Limits) -> Self {
        Self {
            data_dir: data_dir.to_path_buf(),
            limits,
            folder: Mutex::default(),
            kept: Mutex::default(),
            count: Arc::default(),
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Makes room for an upload.
    pub(super) fn begin(&self, name: &str) -> Result<(Upload, Sink), Failure> {
        self.sweep();
        let place = || Place::take(&self.count, self.limits.count);
        let place = place().or_else(|| {
            self.forget_one();
            place()
        });
        let place = place.ok_or_else(|| {
            let detail = "too many files are waiting to be imported: store or give up some of them, or wait some minutes";
            Failure::new(StatusCode::TOO_MANY_REQUESTS, "Too many uploads", detail)
        })?;
        let upload = Upload {
            id: random_name(),
            name: name.to_owned(),
            folder: self.folder()?,
            bytes: AtomicU64::new(0),
            read: AtomicU64::new(0),
            given_up: AtomicBool::new(false),
            storing: AtomicBool::new(false),
            touched: Mutex::new(Instant::now()),
            state: Mutex::new(ImportState::Waiting),
            place: Mutex::new(Some(place)),
        };
        let file = File::create_new(upload.path()).map_err(unwritable)?;
        Ok((upload, file))
    }

    /// A folder for one upload.
    fn folder(&self) -> Result<TempDir, Failure> {
        let mut folder = lock(&self.folder);
        let failed = unwritable;
        if let Some((folder, _)) = folder.as_ref() {
            return tempfile::tempdir_in(folder.path()).map_err(failed);
        }
        fs::create_dir_all(&self.data_dir).map_err(failed)?;
        clear_abandoned(&self.data_dir);
        let made = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(&self.data_dir);
        let made = made.map_err(failed)?;
        let held = File::create_new(made.path().join(LOCK)).map_err(failed)?;
        // where the file system knows no locks, another server may take the folder for abandoned when it starts
        if let Err(error) = held.try_lock() {
            tracing::debug!("uploads cannot be locked: {error}");
        }
        let (made, _) = folder.insert((made, held));
        tempfile::tempdir_in(made.path()).map_err(failed)
    }

    /// Keeps an upload that is complete.
    pub(super) fn keep(&self, upload: Upload) -> Arc<Upload> {
        let upload = Arc::new(upload);
        lock(&self.kept).insert(upload.id.clone(), Arc::clone(&upload));
        upload
    }

    /// An upload by what it is known by.
    pub(super) fn get(&self, id: &str) -> Result<Arc<Upload>, Failure> {
        self.sweep();
        let found = lock(&self.kept).get(id).cloned();
        let upload = found.ok_or_else(|| {
            Failure::not_found("there is no such upload: it was stored, given up, or forgotten after an hour, or after minutes where many others waited; send the file again")
        })?;
        *lock(&upload.touched) = Instant::now();
        Ok(upload)
    }

    /// Forgets an upload; its file goes as soon as nobody reads it.
    pub(super) fn forget(&self, id: &str) {
        let gone = lock(&self.kept).remove(id);
        drop(gone);
    }

    /// Forgets the uploads that nobody asked about for long.
    pub(in super::super) fn sweep(&self) {
        let idle = self.limits.idle;
        let old = |upload: &Upload| {
            let running = matches!(*lock(&upload.state), ImportState::Running { .. });
            !running && lock(&upload.touched).elapsed() >= idle
        };
        let mut gone = Vec::new();
        lock(&self.kept).retain(|_, upload| {
            let keep = !old(upload);
            if !keep {
                gone.push(Arc::clone(upload));
            }
            keep
        });
        // files are removed while the list is free again
        drop(gone);
    }

    /// Forgets the upload that nobody asked about for longest, where it has a place that others need.
    fn forget_one(&self) {
        let idle = |upload: &Upload| lock(&upload.touched).elapsed();
        let mut kept = lock(&self.kept);
        let waits = |upload: &Upload| waiting(&lock(&upload.state)).is_ok();
        let longest = kept.values().filter(|upload| waits(upload));
        let longest = longest.max_by_key(|upload| idle(upload));
        let old = longest.filter(|upload| idle(upload) >= self.limits.idle_in_need);
        let gone = old.map(|upload| upload.id.clone());
        let gone = gone.and_then(|id| kept.remove(&id));
        drop(kept);
        drop(gone);
    }

    /// Gives all up, as the server ends.
    pub(in super::super) fn close(&self) {
        let all: Vec<_> = lock(&self.kept).drain().collect();
        for (_, upload) in &all {
            // what is being stored is stored or not, as a whole, also where the server ends
            upload.give_up().ok();
        }
        drop(all);
        drop(lock(&self.folder).take());
    }
}

/// Removes what servers left that ended without having the chance to.
pub(in super::super) fn clear_abandoned(data_dir: &Path) {
    for entry in fs::read_dir(data_dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_uploads = name.to_str().is_some_and(|name| name.starts_with(PREFIX));
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_uploads || !is_folder || is_held(&entry.path()) {
            continue;
        }
        if let Err(error) = fs::remove_dir_all(entry.path()) {
            tracing::warn!("{} cannot be removed: {error}", entry.path().display());
        }
    }
}

/// Whether a server that runs has that folder.
fn is_held(folder: &Path) -> bool {
    match File::open(folder.join(LOCK)) {
        Ok(file) => matches!(file.try_lock(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

/// A name that nobody can guess.
fn random_name() -> String {
    let part = || RandomState::new().hash_one(Instant::now());
    format!("{:016x}{:016x}", part(), part())
}

impl Upload {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The name that it came by.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The file.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join(safe_name(&self.name))
    }

    /// Its file has come, with so many bytes.
    pub(super) fn received(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Tells how much of the file was read.
    pub(super) fn progress(&self, read: u64) {
        self.read.store(read.min(self.bytes()), Ordering::Relaxed);
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Gives it up, where that still stops it.
    pub(super) fn give_up(&self) -> Result<(), Failure> {
        // the lock keeps this and the begin of storing apart
        let _state = lock(&self.state);
        if self.storing.load(Ordering::Relaxed) {
            let detail = "the bars of this file are being stored, which cannot be stopped any more: wait until that is done, then remove the data set if it is not wanted";
            return Err(Failure::new(StatusCode::CONFLICT, "Being stored", detail));
        }
        self.given_up.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Begins to store what was read, from where it cannot be given up any more; false where it was given up before.
    pub(super) fn begin_storing(&self) -> bool {
        let _state = lock(&self.state);
        let go_on = !self.is_given_up();
        self.storing.store(go_on, Ordering::Relaxed);
        go_on
    }

    pub(super) fn status(&self) -> ImportStatus {
        let state = match &*lock(&self.state) {
            ImportState::Running { .. } => ImportState::Running {
                read: self.read.load(Ordering::Relaxed),
                bytes: self.bytes(),
            },
            state => state.clone(),
        };
        ImportStatus {
            id: self.id.clone(),
            file: self.name.clone(),
            state,
        }
    }

    /// Checks that the file is there and nobody stores it.
    pub(super) fn check_waiting(&self) -> Result<(), Failure> {
        waiting(&lock(&self.state))
    }

    /// Begins to store it.
    pub(super) fn start(&self) -> Result<(), Failure> {
        let mut state = lock(&self.state);
        waiting(&state)?;
        self.progress(0);
        *state = ImportState::Running {
            read: 0,
            bytes: self.bytes(),
        };
        Ok(())
    }

    /// It is stored, or not. What is stored needs its file and its place no more.
    pub(super) fn end(&self, state: ImportState) {
        if matches!(state, ImportState::Done(_)) {
            if let Err(error) = fs::remove_file(self.path()) {
                tracing::warn!("an upload cannot be removed: {error}");
            }
            drop(lock(&self.place).take());
        }
        *lock(&self.touched) = Instant::now();
        let mut current = lock(&self.state);
        self.storing.store(false, Ordering::Relaxed);
        *current = state;
    }
}

fn waiting(state: &ImportState) -> Result<(), Failure> {
    let detail = match state {
        ImportState::Waiting | ImportState::Failed { .. } => return Ok(()),
        ImportState::Running { .. } => "this file is being stored: wait until that is done",
        ImportState::Done(_) => {
            "this file was stored already: send it again to read it in another way"
        }
    };
    Err(Failure::new(StatusCode::CONFLICT, "Not waiting", detail))
}
