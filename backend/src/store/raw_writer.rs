//! Writing the raw rows of months on a thread of its own, while their bars are cleaned and filled: packing them takes as long.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use atrium_shared::market::intake::Rows;

use super::error::cannot;
use super::write::write_fault;
use super::{StoreError, frames};

/// So many months wait to be written, besides the one that is.
const WAITING: usize = 1;

/// The raw rows of a month, and the file that they become.
type RawMonth = (PathBuf, Arc<Rows>);

/// Writes months in their order. Dropped, it waits until nothing is written any more, so that their folder can be removed.
#[derive(Debug, Default)]
pub(super) struct RawWriter {
    thread: Option<Thread>,
}

#[derive(Debug)]
struct Thread {
    months: SyncSender<RawMonth>,
    ended: JoinHandle<Result<(), StoreError>>,
}

impl RawWriter {
    /// Hands on the rows of a month, which wait where others are being written; the first ones start the thread.
    ///
    /// # Errors
    /// [`StoreError`] where these rows cannot be handed on, or earlier ones could not be written.
    pub(super) fn push(&mut self, path: PathBuf, rows: Arc<Rows>) -> Result<(), StoreError> {
        let thread = match self.thread.take() {
            Some(thread) => thread,
            None => Thread::start().map_err(cannot("cannot be written by a thread", &path))?,
        };
        // it listens no more where it failed
        if thread.months.send((path, rows)).is_err() {
            return thread.end();
        }
        self.thread = Some(thread);
        Ok(())
    }

    /// Waits until all rows are on disk.
    ///
    /// # Errors
    /// [`StoreError`] where some could not be written.
    pub(super) fn finish(mut self) -> Result<(), StoreError> {
        self.thread.take().map_or(Ok(()), Thread::end)
    }
}

impl Drop for RawWriter {
    fn drop(&mut self) {
        if let Some(Thread { months, ended }) = self.thread.take() {
            drop(months);
            // something else failed before, and is told
            drop(ended.join());
        }
    }
}

impl Thread {
    fn start() -> io::Result<Self> {
        let (months, waiting) = sync_channel(WAITING);
        let ended = thread::Builder::new()
            .name("raw rows".to_owned())
            .spawn(move || write(&waiting))?;
        Ok(Self { months, ended })
    }

    fn end(self) -> Result<(), StoreError> {
        drop(self.months);
        match self.ended.join() {
            Ok(written) => written,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

fn write(months: &Receiver<RawMonth>) -> Result<(), StoreError> {
    for (path, rows) in months {
        frames::write_raw(&rows, &path).map_err(write_fault(&path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use atrium_shared::base::time::Timestamp;

    use super::*;

    fn rows(count: usize) -> Arc<Rows> {
        let mut rows = Rows::default();
        for row in 0..count {
            let start = Timestamp::from_seconds(60 * row as i64);
            rows.bars.push(start, [1.0, 2.0, 0.5, 1.5], 7.0);
            rows.line.push(row as u64);
        }
        Arc::new(rows)
    }

    #[test]
    fn all_months_are_there_when_it_ends_or_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let path = |month: usize| dir.path().join(format!("{month}.parquet"));
        let mut writer = RawWriter::default();
        for month in 0..9 {
            writer.push(path(month), rows(1_000)).unwrap();
        }
        writer.finish().unwrap();
        let mut dropped = RawWriter::default();
        dropped.push(path(9), rows(50_000)).unwrap();
        drop(dropped);
        for month in 0..10 {
            assert!(frames::read_times(&path(month)).is_ok(), "{month}");
        }
        RawWriter::default().finish().unwrap();
    }

    #[test]
    fn what_cannot_be_written_is_said_by_a_later_month_or_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing").join("1.parquet");
        let mut writer = RawWriter::default();
        writer.push(missing.clone(), rows(1)).unwrap();
        let refused = writer.finish().unwrap_err().to_string();
        assert!(refused.contains("cannot be written"), "{refused}");
        let mut writer = RawWriter::default();
        let pushed = (0..9).find_map(|_| writer.push(missing.clone(), rows(1)).err());
        assert_eq!(pushed.unwrap().to_string(), refused);
    }
}
