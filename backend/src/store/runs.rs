//! Saved runs. They are in the metadata database alone: what is lost with it is lost.

use atrium_shared::base::digest::Hasher;
use atrium_shared::surface::saved_runs::{SaveRun, SavedRun};

use super::write::now;
use super::{DatabaseError, Store};

impl Store {
    /// The saved runs, the latest first.
    ///
    /// # Errors
    /// [`DatabaseError`] where the metadata database cannot be used.
    pub fn saved_runs(&self) -> Result<Vec<SavedRun>, DatabaseError> {
        self.database.saved_runs()
    }

    /// Saves a run that was checked.
    ///
    /// # Errors
    /// [`DatabaseError`] where the metadata database cannot be used; then nothing is saved.
    pub fn save_run(&self, run: SaveRun) -> Result<SavedRun, DatabaseError> {
        let created = now();
        let mut hasher = Hasher::new("atrium/saved-run/1");
        hasher.i64(created.0);
        hasher.u64(u64::from(std::process::id()));
        [&run.name, &run.note, &run.link]
            .iter()
            .for_each(|text| hasher.text(text));
        let digest = hasher.finish().map(|digest| digest.to_string());
        let id = digest.unwrap_or_default().chars().take(32).collect();
        let saved = SavedRun {
            id,
            name: run.name,
            note: run.note,
            link: run.link,
            created,
        };
        self.database.save_run(&saved)?;
        Ok(saved)
    }

    /// Forgets a saved run; whether there was one.
    ///
    /// # Errors
    /// [`DatabaseError`] where the metadata database cannot be used.
    pub fn forget_run(&self, id: &str) -> Result<bool, DatabaseError> {
        self.database.forget_run(id)
    }
}
