//! Whether whoever asked still waits. The future of a request is dropped when its client goes away, but work that it began on
//! another thread is not: that asks here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Held by the future of a request.
#[derive(Debug, Default)]
pub(super) struct Asker(Arc<AtomicBool>);

/// Held by the work.
#[derive(Debug, Clone)]
pub(super) struct Waiting(Arc<AtomicBool>);

impl Asker {
    /// What its work asks.
    pub(super) fn waiting(&self) -> Waiting {
        Waiting(Arc::clone(&self.0))
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Waiting {
    /// Whether nobody waits for the answer any more.
    pub(super) fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
