//! Writing on a thread of its own, while what is written next is made ready: packing bars takes as long.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::StoreError;
use super::error::cannot;

/// So much waits to be written, besides what is.
const WAITING: usize = 1;

/// Has parts written in their order. Dropped, it waits until nothing is written any more, so that their folder can be removed.
#[derive(Debug)]
pub(super) struct Behind<Part> {
    thread: Option<Thread<Part>>,
}

#[derive(Debug)]
struct Thread<Part> {
    parts: SyncSender<Part>,
    ended: JoinHandle<Result<(), StoreError>>,
}

impl<Part: Send + 'static> Behind<Part> {
    /// Starts the thread that writes to a path: `write` is given the parts until there are no more.
    ///
    /// # Errors
    /// [`StoreError`] where there can be no thread.
    pub(super) fn start(
        path: &Path,
        write: impl FnOnce(Receiver<Part>) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Self, StoreError> {
        let (parts, waiting) = sync_channel(WAITING);
        let ended = thread::Builder::new()
            .name("writing".to_owned())
            .spawn(move || write(waiting))
            .map_err(cannot("cannot be written by a thread", path))?;
        let thread = Some(Thread { parts, ended });
        Ok(Self { thread })
    }

    /// Hands a part on, which waits where others are being written.
    ///
    /// # Errors
    /// [`StoreError`] where an earlier one could not be written.
    pub(super) fn push(&mut self, part: Part) -> Result<(), StoreError> {
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        // it listens no more where it failed
        if thread.parts.send(part).is_err() {
            return thread.end();
        }
        self.thread = Some(thread);
        Ok(())
    }

    /// Waits until everything is on disk.
    ///
    /// # Errors
    /// [`StoreError`] where something could not be written.
    pub(super) fn finish(mut self) -> Result<(), StoreError> {
        self.thread.take().map_or(Ok(()), Thread::end)
    }
}

impl<Part> Drop for Behind<Part> {
    fn drop(&mut self) {
        if let Some(Thread { parts, ended }) = self.thread.take() {
            drop(parts);
            // something else failed before, and is told
            drop(ended.join());
        }
    }
}

impl<Part> Thread<Part> {
    fn end(self) -> Result<(), StoreError> {
        drop(self.parts);
        match self.ended.join() {
            Ok(written) => written,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    /// Adds numbers up, slowly, up to one that it refuses.
    fn adding(sum: &Arc<AtomicU64>) -> Behind<u64> {
        let sum = Arc::clone(sum);
        Behind::start(Path::new("sum"), move |parts| {
            for part in parts {
                if part == 13 {
                    return Err(StoreError::Empty);
                }
                thread::sleep(Duration::from_millis(2));
                sum.fetch_add(part, Ordering::Relaxed);
            }
            Ok(())
        })
        .unwrap()
    }

    #[test]
    fn all_parts_are_written_when_it_ends_or_is_dropped() {
        let sum = Arc::new(AtomicU64::new(0));
        let mut writer = adding(&sum);
        (1..10).for_each(|part| writer.push(part).unwrap());
        writer.finish().unwrap();
        assert_eq!(sum.load(Ordering::Relaxed), 45);
        let mut dropped = adding(&sum);
        dropped.push(5).unwrap();
        drop(dropped);
        assert_eq!(sum.load(Ordering::Relaxed), 50);
    }

    #[test]
    fn what_cannot_be_written_is_said_by_a_later_part_or_at_the_end() {
        let sum = Arc::new(AtomicU64::new(0));
        let mut writer = adding(&sum);
        writer.push(13).unwrap();
        assert!(matches!(writer.finish(), Err(StoreError::Empty)));
        let mut writer = adding(&sum);
        let refused = (13..99).find_map(|part| writer.push(part).err());
        assert!(matches!(refused, Some(StoreError::Empty)));
        assert_eq!(sum.load(Ordering::Relaxed), 0);
    }
}
