//! The results of sweeps as they are kept: a file for each sweep under the folder `sweeps`, by data set. They say how many trials a
//! data set has seen, and let a sweep that was stopped go on.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use atrium_shared::base::digest::Digest;
use atrium_shared::research::backtest::ENGINE_VERSION;
use atrium_shared::research::sweep::{Axis, Results, Stretch, SweepSpec};
use serde::{Deserialize, Serialize};

use super::SweepFailure;
use crate::commands::files::write_whole;

/// What the files begin with.
const MARK: &[u8; 8] = b"ATRSWP1\n";

/// A sweep as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    engine: String,
    identity: Digest,
    /// What was varied, as it was written, for those who look at the file.
    axes: Vec<String>,
    trials: u64,
    done: Vec<Stretch>,
    /// Of the results.
    digest: Digest,
}

/// The file of a sweep.
pub(super) struct Keeper<'a> {
    spec: &'a SweepSpec,
    identity: Digest,
    path: PathBuf,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(spec: &'a SweepSpec, identity: Digest, base: &Path, data_set: &str) -> Self {
        let name: String = identity.to_string().chars().take(16).collect();
        let folder = base.join("sweeps").join(data_set);
        Self {
            spec,
            identity,
            path: folder.join(format!("{name}.sweep")),
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What was run before; nothing where there is no file.
    ///
    /// # Errors
    /// [`SweepFailure::Kept`] where the file is none of this sweep.
    pub(super) fn read(&self) -> Result<Results, SweepFailure> {
        let mut results = Results::new(self.spec);
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(results),
            Err(error) => return Err(self.bad(error.to_string())),
        };
        let body = bytes.strip_prefix(MARK);
        let body = body.ok_or_else(|| self.bad("it is no file of a sweep".to_owned()))?;
        let kept: Kept = postcard::from_bytes(body).map_err(|bad| self.bad(bad.to_string()))?;
        let taken = kept.done.iter().all(|stretch| results.take(stretch));
        let digest = results.digest().map_err(|bad| self.bad(bad.to_string()))?;
        if kept.identity != self.identity || !taken || digest != kept.digest {
            return Err(self.bad("it is damaged, or of another sweep".to_owned()));
        }
        Ok(results)
    }

    /// Keeps what was run.
    ///
    /// # Errors
    /// [`SweepFailure`] where the file cannot be written.
    pub(super) fn write(&self, results: &Results) -> Result<(), SweepFailure> {
        let unwritable = |reason: String| self.bad(reason);
        let kept = Kept {
            engine: ENGINE_VERSION.to_owned(),
            identity: self.identity,
            axes: (self.spec.axes().iter()).map(Axis::brief).collect(),
            trials: self.spec.trials(),
            done: results.stretches(),
            digest: results
                .digest()
                .map_err(|bad| unwritable(bad.to_string()))?,
        };
        let body = postcard::to_allocvec(&kept).map_err(|bad| unwritable(bad.to_string()))?;
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(|error| unwritable(error.to_string()))?;
        }
        write_whole(&self.path, true, |file: &mut dyn Write| {
            file.write_all(MARK)?;
            file.write_all(&body)
        })?;
        Ok(())
    }

    fn bad(&self, reason: String) -> SweepFailure {
        SweepFailure::Kept {
            path: self.path.clone(),
            reason,
        }
    }
}
