//! A new file that Parquet is written to.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::PolarsResult;

use super::frames::Fault;

/// So many bytes are written at once: the Parquet writer hands numbers on byte by byte.
const BUFFER: usize = 1 << 16;

/// A new file. It remembers why the file system refused a write, of which the Parquet writer keeps words only.
#[derive(Debug)]
pub(super) struct Output {
    file: File,
    refused: Refused,
}

/// Writes to an [`Output`]; what it still holds is written when it is dropped.
pub(super) type Handle = BufWriter<Remembering<File>>;

/// Writes, and remembers why that was refused.
#[derive(Debug)]
pub(super) struct Remembering<W> {
    out: W,
    refused: Refused,
}

/// Why a write was refused, if one was.
#[derive(Debug, Clone, Default)]
pub(super) struct Refused(Arc<Mutex<Option<io::Error>>>);

impl Output {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: File::create_new(path)?,
            refused: Refused::default(),
        })
    }

    /// A handle to it, for a writer.
    pub(super) fn handle(&self) -> io::Result<Handle> {
        let handle = self.refused.of(self.file.try_clone()?);
        Ok(BufWriter::with_capacity(BUFFER, handle))
    }

    /// What became of something written to a handle.
    pub(super) fn told<T>(&self, written: PolarsResult<T>) -> Result<T, Fault> {
        written.map_err(|error| self.refused.take().map_or_else(|| error.into(), Fault::Io))
    }

    /// Waits until it is on disk. No handle to it is left: the last bytes are written when one is dropped, and refused here.
    pub(super) fn sync(&self) -> io::Result<()> {
        match self.refused.take() {
            Some(refused) => Err(refused),
            None => self.file.sync_all(),
        }
    }
}

impl Refused {
    /// A writer that is remembered.
    pub(super) fn of<W: Write>(&self, out: W) -> Remembering<W> {
        Remembering {
            out,
            refused: self.clone(),
        }
    }

    /// Why the last write that was refused was.
    pub(super) fn take(&self) -> Option<io::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn remember<T>(&self, done: io::Result<T>) -> io::Result<T> {
        // what was interrupted is written again
        if let Err(error) = &done
            && error.kind() != io::ErrorKind::Interrupted
        {
            let copy = match error.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::new(error.kind(), error.to_string()),
            };
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(copy);
        }
        done
    }
}

impl<W: Write> Write for Remembering<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = self.out.write(bytes);
        self.refused.remember(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.out.flush();
        self.refused.remember(done)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_last_bytes_are_refused_where_the_disk_is_full() {
        let full = Output {
            file: File::create("/dev/full").unwrap(),
            refused: Refused::default(),
        };
        let mut handle = full.handle().unwrap();
        handle.write_all(b"held back").unwrap();
        drop(handle);
        let refused = full.sync().unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::StorageFull);
    }
}
