//! Writing a data set so that it appears whole, and putting right what an interruption left.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use atrium_shared::market::bars::BarSeries;
use atrium_shared::surface::api::DataSet;

use super::lock::Lock;
use super::{BARS_FILE, CARD_FILE, Card, Store, StoreError, frames, parse_name};

/// Folders being written. What an interruption leaves of them is never read.
const TEMPORARY: &str = ".tmp-";
/// The old data set, while the new one takes its place.
const ASIDE: &str = ".old-";

impl Store {
    /// Writes a data set in place of what may be there under its name.
    pub(super) fn write(
        &self,
        set: &DataSet,
        bars: &BarSeries,
        may_replace: bool,
    ) -> Result<(), StoreError> {
        let data_dir = self.data_dir();
        fs::create_dir_all(data_dir).map_err(cannot("cannot be created", data_dir))?;
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // as any folder, not for its owner only as temporary ones are
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let temporary = builder
            .prefix(TEMPORARY)
            .tempdir_in(data_dir)
            .map_err(cannot("cannot be written to", data_dir))?;
        let path = temporary.path().join(BARS_FILE);
        let written = frames::write_bars(bars, &path);
        let bars_sha256 = written.map_err(|reason| StoreError::Write { path, reason })?;
        let card = Card {
            set: set.clone(),
            bars_sha256,
        };
        write_card(&card, &temporary.path().join(CARD_FILE))?;
        self.swap_in(temporary.path(), &set.name, may_replace)
    }

    /// Gives a finished folder its name. The old data set is renamed aside first and removed last.
    pub(super) fn swap_in(
        &self,
        finished: &Path,
        name: &str,
        may_replace: bool,
    ) -> Result<(), StoreError> {
        let (target, aside) = (
            self.folder(name),
            self.data_dir().join(format!("{ASIDE}{name}")),
        );
        let _lock = Lock::exclusive(self.data_dir())?;
        self.put_right(name)?;
        let replaces = fs::symlink_metadata(&target).is_ok();
        if replaces && !may_replace {
            return Err(StoreError::Meanwhile(name.to_owned()));
        }
        if replaces {
            fs::rename(&target, &aside).map_err(cannot("cannot be renamed", &target))?;
        }
        if let Err(source) = fs::rename(finished, &target) {
            if replaces {
                fs::rename(&aside, &target).map_err(cannot("cannot be renamed back", &aside))?;
            }
            return Err(cannot("cannot be written", &target)(source));
        }
        if replaces && let Err(error) = remove(&aside) {
            tracing::warn!("{} cannot be removed: {error}", aside.display());
        }
        Ok(())
    }

    /// Puts right every replacement that was interrupted, unless a writer is at work.
    pub(super) fn recover(&self) -> Result<(), StoreError> {
        let aside = self.set_aside();
        if aside.is_empty() {
            return Ok(());
        }
        let Some(_lock) = Lock::exclusive_now(self.data_dir()) else {
            return Ok(());
        };
        self.set_aside()
            .iter()
            .try_for_each(|name| self.put_right(name))
    }

    /// The names of data sets of which an old one stands aside.
    fn set_aside(&self) -> Vec<String> {
        let entries = fs::read_dir(self.data_dir()).into_iter().flatten();
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let names = names.filter_map(|name| Some(name.strip_prefix(ASIDE)?.to_owned()));
        names.filter(|name| parse_name(name).is_ok()).collect()
    }

    /// If the new data set never arrived, the old one comes back; if it did, the old one goes.
    fn put_right(&self, name: &str) -> Result<(), StoreError> {
        let (target, aside) = (
            self.folder(name),
            self.data_dir().join(format!("{ASIDE}{name}")),
        );
        if fs::symlink_metadata(&aside).is_err() {
            return Ok(());
        }
        if fs::symlink_metadata(&target).is_ok() {
            return remove(&aside).map_err(cannot("cannot be removed", &aside));
        }
        tracing::warn!("a replacement of {name} was interrupted: the old data set is back");
        fs::rename(&aside, &target).map_err(cannot("cannot be renamed back", &aside))
    }
}

/// Removes a folder, or a link without what it leads to.
fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

fn write_card(card: &Card, path: &Path) -> Result<(), StoreError> {
    let write = || -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(card)?;
        text.push(b'\n');
        let mut file = File::create_new(path)?;
        file.write_all(&text)?;
        file.sync_all()
    };
    write().map_err(cannot("cannot be written", path))
}

fn cannot(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path: PathBuf = path.to_path_buf();
    move |source| StoreError::Io { what, path, source }
}
