//! Names of executions that were taken in.

use crate::trading::orders::ExecId;

/// Names that were seen, in order: most are newer than all before them.
#[derive(Default, Clone)]
pub(super) struct Seen {
    sorted: Vec<ExecId>,
}

impl Seen {
    pub(super) fn has(&self, exec: ExecId) -> bool {
        match self.sorted.last() {
            Some(last) if *last >= exec => self.sorted.binary_search(&exec).is_ok(),
            _ => false,
        }
    }

    pub(super) fn keep(&mut self, exec: ExecId) {
        if let Err(index) = self.sorted.binary_search(&exec) {
            self.sorted.insert(index, exec);
        }
    }
}
