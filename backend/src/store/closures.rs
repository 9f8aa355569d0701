//! A user's own closures: the file `closures.csv` beside the card of a data set, whole. They say what gaps are filled by and
//! held against, so each data set has those that it was filled by.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use atrium_shared::market::calendar::{Calendar, Closures, Schedule};

use super::error::unwritable;
use super::lock::Lock;
use super::{Incoming, Store, StoreError};

const CLOSURES_FILE: &str = "closures.csv";

impl Store {
    /// The closures of a data set; none where the user gave none.
    ///
    /// # Errors
    /// As [`Store::card`]; [`StoreError::Closures`] where they cannot be read.
    pub fn closures(&self, name: &str) -> Result<Closures, StoreError> {
        let _lock = self.reading()?;
        self.existing(name)?;
        self.closures_of(name)
    }

    /// The closures of a symbol as it is written: those of its recorded bars, else of its simulated ones.
    ///
    /// # Errors
    /// As [`Store::closures`]; [`StoreError::Unknown`] where it has no data set.
    pub fn closures_of_symbol(&self, symbol: &str) -> Result<Closures, StoreError> {
        let mut simulated = None;
        for name in self.of_symbol_as_written(symbol)? {
            if !self.card(&name)?.simulated {
                return self.closures(&name);
            }
            simulated.get_or_insert(name);
        }
        simulated.map_or(Ok(Closures::default()), |name| self.closures(&name))
    }

    /// When bars of a data set are to be expected: its calendar with its closures over it.
    ///
    /// # Errors
    /// As [`Store::closures`]; [`StoreError::Closures`] where the calendar cannot have them.
    pub fn schedule(&self, name: &str) -> Result<Schedule, StoreError> {
        let _lock = self.reading()?;
        self.existing(name)?;
        let calendar = self.read_card(name)?.set.instrument.calendar;
        scheduled(name, calendar, self.closures_of(name)?)
    }

    /// The closures of a data set, whose folder is locked.
    pub(super) fn closures_of(&self, name: &str) -> Result<Closures, StoreError> {
        let bad = |reason: String| StoreError::Closures {
            name: name.to_owned(),
            reason,
        };
        let path = self.folder(name).join(CLOSURES_FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Closures::default()),
            Err(error) => return Err(bad(format!("{CLOSURES_FILE}: {error}"))),
        };
        Closures::parse(&text).map_err(|error| bad(format!("{CLOSURES_FILE}, {error}")))
    }

    /// The closures that new bars are filled by: those that come with them, else those of the data set, else those of another
    /// one of the symbol.
    pub(super) fn closures_for(
        &self,
        name: &str,
        incoming: &Incoming,
    ) -> Result<Closures, StoreError> {
        if let Some(given) = &incoming.closures {
            return Ok(given.clone());
        }
        if self.is_folder(name) {
            return self.closures_of(name);
        }
        let _lock = Lock::shared(self.data_dir())?;
        for other in self.names()? {
            let Ok(card) = self.read_card(&other) else {
                continue;
            };
            let is_of = card.set.instrument.symbol == incoming.instrument.symbol;
            if is_of && card.set.simulated == incoming.simulated {
                return self.closures_of(&other);
            }
        }
        Ok(Closures::default())
    }
}

/// A calendar with closures over it.
pub(super) fn scheduled(
    name: &str,
    calendar: Calendar,
    closures: Closures,
) -> Result<Schedule, StoreError> {
    Schedule::new(calendar, closures).map_err(|bad| StoreError::Closures {
        name: name.to_owned(),
        reason: format!("{bad} (with the {} calendar)", calendar.name()),
    })
}

/// Writes the closures of a data set into its folder, where there are any.
pub(super) fn write(closures: &Closures, folder: &Path) -> Result<(), StoreError> {
    if closures.is_empty() {
        return Ok(());
    }
    let path = folder.join(CLOSURES_FILE);
    let write = || -> io::Result<()> {
        let mut file = File::create_new(&path)?;
        file.write_all(closures.text().as_bytes())?;
        file.sync_all()
    };
    write().map_err(unwritable(&path))
}
