//! A new file that Parquet is written to.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::PolarsResult;

use super::frames::Fault;

/// A new file. It remembers why the file system refused a write, of which the Parquet writer keeps words only.
#[derive(Debug)]
pub(super) struct Output {
    file: File,
    refused: Arc<Mutex<Option<io::Error>>>,
}

impl Output {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: File::create_new(path)?,
            refused: Arc::default(),
        })
    }

    /// Another handle to it, for a writer.
    pub(super) fn handle(&self) -> io::Result<Self> {
        Ok(Self {
            file: self.file.try_clone()?,
            refused: Arc::clone(&self.refused),
        })
    }

    /// What became of something written to a handle.
    pub(super) fn told<T>(&self, written: PolarsResult<T>) -> Result<T, Fault> {
        written.map_err(|error| {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            match refused.take() {
                Some(refused) => Fault::Io(refused),
                None => error.into(),
            }
        })
    }

    /// Waits until it is on disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn remember<T>(&self, done: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &done {
            let copy = match error.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::new(error.kind(), error.to_string()),
            };
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(copy);
        }
        done
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = self.file.write(bytes);
        self.remember(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.file.flush();
        self.remember(done)
    }
}
