//! What was run of a sweep is kept, and goes on from there.

use std::path::PathBuf;

use atrium_shared::base::digest::Digest;
use atrium_shared::research::sweep::{Inputs, Results, SweepSpec};
use atrium_shared::surface::kept_sweep::Head;
use atrium_shared::surface::share::Link;

use super::SweepFailure;
use crate::sweeps::{SweepFileError, SweepFiles};

/// The file of a sweep.
pub(super) struct Keeper<'a> {
    pub(super) files: SweepFiles,
    pub(super) spec: &'a SweepSpec,
    pub(super) inputs: Inputs,
    pub(super) identity: Digest,
    /// The configuration that is varied, its data set and its sessions.
    pub(super) link: Link,
}

impl Keeper<'_> {
    /// Where it is.
    pub(super) fn path(&self) -> PathBuf {
        self.files.path(&self.link.data.name, &self.identity)
    }

    /// What was run before; nothing where there is no file.
    ///
    /// # Errors
    /// [`SweepFailure::Kept`] where the file is none of this sweep.
    pub(super) fn read(&self) -> Result<Results, SweepFailure> {
        let kept = self.files.read(&self.link.data.name, &self.identity);
        let kept = kept.map_err(|reason| self.bad(reason))?;
        Ok(kept.map_or_else(|| Results::new(self.spec), |kept| kept.results))
    }

    /// Keeps what was run.
    ///
    /// # Errors
    /// [`SweepFailure`] where the file cannot be written.
    pub(super) fn write(&self, results: &Results) -> Result<(), SweepFailure> {
        let bytes = Head::of(self.spec, &self.link, self.inputs, results)
            .and_then(|head| head.encode(results));
        let bytes = bytes.map_err(|reason| {
            let path = self.path();
            self.bad(SweepFileError::Bad { path, reason })
        })?;
        let name = &self.link.data.name;
        let written = self.files.write(name, &self.identity, &bytes);
        written.map_err(|reason| self.bad(reason))
    }

    fn bad(&self, reason: SweepFileError) -> SweepFailure {
        SweepFailure::Kept {
            path: self.path(),
            reason: Box::new(reason),
        }
    }
}
