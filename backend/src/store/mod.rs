//! The store of data sets: `<base_dir>/data/<NAME>/` with its card `set.json`, the curated bars `bars.parquet`, and under
//! `raw/` a folder for each import that never changes again: `import.json`, the rows as they came in a Parquet file a month,
//! `quarantine.csv` with the rows that were refused, `duplicated.parquet` with the times that came more than once.
//!
//! A data set appears whole or not at all: it is written to a temporary folder and renamed. When one is replaced, the old
//! one is first renamed aside, and renamed back by the next program that opens the store if the new one never arrived.
//! Files of the raw layer that stay are the same files under a second name. Readers share a lock, a writer holds it alone
//! for the moment of the renames; two writers of one data set refuse each other.

mod assemble;
mod behind;
mod card;
mod change;
mod closures;
mod database;
mod error;
mod export;
mod found;
mod frames;
mod inspect;
mod jumps;
mod lock;
mod months;
mod name;
mod output;
mod owners;
mod raw;
mod rebase;
mod replace;
mod reread;
mod runs;
mod shifted;
mod spill;
mod sums;
mod symbols;
mod whose;
mod write;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::bars::BarSeries;
use atrium_shared::market::calendar::Closures;
use atrium_shared::market::curate::Curated;
use atrium_shared::market::succession::daily_bar_day;
use atrium_shared::surface::api::{DataSet, DataSetDetail, ImportRecord};

use card::{Card, ImportCard, LAYOUT, read_json, write_json};
pub use change::{Change, NewSet};
use database::Database;
pub use database::DatabaseError;
pub use error::{Clash, StoreError};
pub use export::{ExportFormat, write_bars};
pub(crate) use frames::first_line;
pub use jumps::Lift;
use lock::Lock;
pub use name::{check_symbol, data_set_name, parse_name};
pub use write::{Again, Begun, Incoming, SourceFile, Writer};

/// What became of a data set that was to be stored.
pub use atrium_shared::surface::api::ImportOutcome as Outcome;

const BARS_FILE: &str = "bars.parquet";
const CARD_FILE: &str = "set.json";

/// A data set with the bars that runs are made on.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its card.
    pub card: DataSet,
    /// Its real bars, raw; checked against the card.
    pub bars: BarSeries,
}

/// What is in the store.
#[derive(Debug, Default)]
pub struct Listing {
    /// The data sets whose cards can be read, by name.
    pub sets: Vec<DataSet>,
    /// What is wrong with the others.
    pub damaged: Vec<StoreError>,
}

/// The data sets under one base directory.
#[derive(Debug, Clone)]
pub struct Store {
    data_dir: PathBuf,
    database: Database,
}

impl Store {
    /// The store of a base directory. What an interrupted replacement left is put right; nothing is created.
    ///
    /// # Errors
    /// [`StoreError::Io`] where the folder cannot be read.
    pub fn open(base_dir: &Path) -> Result<Self, StoreError> {
        let data_dir = base_dir.join("data");
        let store = Self {
            database: Database::of(&data_dir),
            data_dir,
        };
        store.recover()?;
        store.sweep();
        Ok(store)
    }

    /// The folder of the data sets.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The folder that all of it lies in.
    pub fn base_dir(&self) -> &Path {
        self.data_dir.parent().unwrap_or(&self.data_dir)
    }

    /// The folder of a data set. The name was checked, so it is a folder of the store.
    fn folder(&self, name: &str) -> PathBuf {
        self.data_dir.join(name)
    }

    /// Every data set, by name. Temporary folders and what is no data set are left out.
    ///
    /// # Errors
    /// [`StoreError::Io`] where the folder cannot be read.
    pub fn list(&self) -> Result<Listing, StoreError> {
        let _lock = self.reading()?;
        let mut listing = Listing::default();
        for name in self.names()? {
            match self.read_card(&name) {
                Ok(card) => listing.sets.push(card.set),
                Err(error) => listing.damaged.push(error),
            }
        }
        Ok(listing)
    }

    /// The lock for reading. What another program's end between the renames left is put right first.
    fn reading(&self) -> Result<Lock, StoreError> {
        if let Err(error) = self.recover() {
            tracing::warn!("{error}");
        }
        Lock::shared(&self.data_dir)
    }

    /// The names of the folders that are data sets, sorted.
    fn names(&self) -> Result<Vec<String>, StoreError> {
        let entries = match fs::read_dir(&self.data_dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error::cannot("cannot be read", &self.data_dir)(error)),
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| parse_name(name).is_ok() && self.is_folder(name))
            .collect();
        names.sort();
        Ok(names)
    }

    /// Whether a real folder of that name is there; a link could lead out of the base directory.
    fn is_folder(&self, name: &str) -> bool {
        fs::symlink_metadata(self.folder(name)).is_ok_and(|metadata| metadata.is_dir())
    }

    /// The card of a data set.
    ///
    /// # Errors
    /// [`StoreError`] where the name makes no sense, nothing of that name is stored, or its card is damaged.
    pub fn card(&self, name: &str) -> Result<DataSet, StoreError> {
        let _lock = self.reading()?;
        self.existing(name)?;
        Ok(self.read_card(name)?.set)
    }

    fn existing(&self, name: &str) -> Result<(), StoreError> {
        parse_name(name)?;
        if self.is_folder(name) {
            return Ok(());
        }
        Err(StoreError::Unknown {
            name: name.to_owned(),
            known: self.names()?,
        })
    }

    /// The card of a data set by its name, or by its symbol where that has one data set only.
    ///
    /// # Errors
    /// As [`Store::card`]; [`StoreError::Ambiguous`] where a symbol has several.
    pub fn find(&self, name_or_symbol: &str) -> Result<DataSet, StoreError> {
        if parse_name(name_or_symbol).is_ok() {
            return self.card(name_or_symbol);
        }
        let found = self.of_symbol(name_or_symbol)?;
        match found.as_slice() {
            [name] => self.card(name),
            several => Err(StoreError::Ambiguous {
                symbol: name_or_symbol.to_owned(),
                names: several.to_vec(),
            }),
        }
    }

    /// The names of the data sets of a symbol: as it is written, else whatever the case of its letters.
    ///
    /// # Errors
    /// [`StoreError::Symbol`] for what is no symbol, [`StoreError::Unknown`] where it has none.
    pub fn of_symbol(&self, symbol: &str) -> Result<Vec<String>, StoreError> {
        check_symbol(symbol)?;
        let names = {
            let _lock = self.reading()?;
            self.names()?
        };
        let matching = |is_same: fn(&str, &str) -> bool| -> Vec<String> {
            let is_of =
                |name: &&String| parse_name(name).is_ok_and(|(other, _)| is_same(other, symbol));
            names.iter().filter(is_of).cloned().collect()
        };
        let mut found = matching(str::eq);
        if found.is_empty() {
            found = matching(str::eq_ignore_ascii_case);
        }
        if found.is_empty() {
            return Err(StoreError::Unknown {
                name: symbol.to_owned(),
                known: names,
            });
        }
        Ok(found)
    }

    /// The names of the data sets of a symbol exactly as it is written: what is changed must be what was meant.
    ///
    /// # Errors
    /// As [`Store::of_symbol`]; [`StoreError::OtherCase`] where its letters are stored in another case.
    pub(super) fn of_symbol_as_written(&self, symbol: &str) -> Result<Vec<String>, StoreError> {
        let names = self.of_symbol(symbol)?;
        let of_first = names.first().and_then(|name| parse_name(name).ok());
        match of_first {
            Some((stored, _)) if stored != symbol => Err(StoreError::OtherCase {
                symbol: symbol.to_owned(),
                stored: stored.to_owned(),
            }),
            _ => Ok(names),
        }
    }

    /// Checks that nothing is stored of a symbol in another case: symbols that differ in case alone are not kept apart.
    ///
    /// # Errors
    /// [`StoreError::OtherCase`] naming both; [`StoreError::Symbol`] for what is no symbol.
    pub fn check_case(&self, symbol: &str) -> Result<(), StoreError> {
        match self.of_symbol_as_written(symbol) {
            Ok(_) | Err(StoreError::Unknown { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A data set with the bars that runs are made on: real ones as they were traded. Its card has the corporate actions.
    ///
    /// # Errors
    /// As [`Store::card`], and [`StoreError::Damaged`] where bars and card do not agree, [`StoreError::TwoOfASession`] where
    /// daily bars are not one a session.
    pub fn load(&self, name: &str) -> Result<Stored, StoreError> {
        let (card, curated) = self.load_curated(name)?;
        let bars = curated.into_real();
        check_sessions(&card, &bars)?;
        Ok(Stored { card, bars })
    }

    /// A data set with its curated bars: raw prices, synthetic bars, spreads and corporate actions; verified against the
    /// digest of its card.
    ///
    /// # Errors
    /// As [`Store::load`].
    pub fn load_curated(&self, name: &str) -> Result<(DataSet, Curated), StoreError> {
        let _lock = self.reading()?;
        self.existing(name)?;
        let card = self.read_card(name)?;
        let path = self.folder(name).join(BARS_FILE);
        let set = card.set;
        let bars = frames::read_curated(&path, set.interval, &card.bars_sha256, &set.actions)
            .map_err(|fault| self.damaged_bars(name, &fault))?;
        let start = bars.bars().start();
        let digest = bars.digest()?;
        let same = digest == set.digest
            && start.len() as u64 == set.rows
            && start.first() == Some(&set.first)
            && start.last() == Some(&set.last);
        if !same {
            let reason = format!(
                "{BARS_FILE} holds other bars than {CARD_FILE} says ({} of digest {}, not {} of digest {})",
                start.len(),
                digest.short(),
                set.rows,
                set.digest.short()
            );
            return Err(self.damaged(name, reason));
        }
        Ok((set, bars))
    }

    fn damaged(&self, name: &str, reason: String) -> StoreError {
        StoreError::Damaged {
            name: name.to_owned(),
            folder: self.folder(name),
            reason,
        }
    }

    fn damaged_bars(&self, name: &str, fault: &frames::Fault) -> StoreError {
        self.damaged(name, format!("{BARS_FILE} cannot be read ({fault})"))
    }

    fn read_card(&self, name: &str) -> Result<Card, StoreError> {
        let damaged = |reason: String| self.damaged(name, format!("{CARD_FILE} {reason}"));
        let card: Card = read_json(&self.folder(name).join(CARD_FILE)).map_err(damaged)?;
        let set = &card.set;
        if set.name != name || data_set_name(&set.instrument.symbol, set.interval) != name {
            return Err(damaged(format!("describes {}", set.name)));
        }
        if card.layout > LAYOUT {
            return Err(damaged(format!(
                "was written by a newer version of Atrium (layout {}, this one knows {LAYOUT}): update Atrium",
                card.layout
            )));
        }
        set.instrument
            .validate()
            .map_err(|error| damaged(format!("is wrong ({error})")))?;
        Ok(card)
    }

    /// The card of a data set whose file of bars is as it was written; `None` where there is none.
    fn intact(&self, name: &str) -> Result<Option<Card>, StoreError> {
        let _lock = self.reading()?;
        match self.existing(name) {
            Err(StoreError::Unknown { .. }) => return Ok(None),
            other => other?,
        }
        let card = self.read_card(name)?;
        let written = frames::checksum(&self.folder(name).join(BARS_FILE));
        match written {
            Ok(sha256) if sha256 == card.bars_sha256 => Ok(Some(card)),
            Ok(_) => Err(self.damaged(
                name,
                format!(
                    "{BARS_FILE} cannot be read (its checksum is not that of what was written)"
                ),
            )),
            Err(error) => Err(self.damaged(name, format!("{BARS_FILE} cannot be read ({error})"))),
        }
    }

    /// The imports of a data set, oldest first; none where it was stored by the layout before.
    fn imports_of(&self, name: &str) -> Result<Vec<ImportRecord>, StoreError> {
        let imports = self.import_cards(name)?;
        Ok(imports.into_iter().map(|import| import.record).collect())
    }

    /// The same with all that was found out about their files.
    fn import_cards(&self, name: &str) -> Result<Vec<ImportCard>, StoreError> {
        let imports = raw::imports(&self.folder(name));
        imports.map_err(|reason| self.damaged(name, reason))
    }

    /// Where the rows are that an import could not use; `None` where it has none.
    pub fn quarantine(&self, name: &str, import: u32) -> Option<PathBuf> {
        parse_name(name).ok()?;
        let path = raw::folder(&self.folder(name), import).join(raw::QUARANTINE_FILE);
        path.is_file().then_some(path)
    }

    /// All that is known of a data set but its bars.
    ///
    /// # Errors
    /// As [`Store::card`].
    pub fn detail(&self, name: &str) -> Result<DataSetDetail, StoreError> {
        let _lock = self.reading()?;
        self.existing(name)?;
        Ok(DataSetDetail {
            set: self.read_card(name)?.set,
            imports: self.imports_of(name)?,
            bytes: size_of(&self.folder(name)),
            closures: self.closures_of(name)?.text().to_owned(),
        })
    }
}

/// Checks that daily bars are one a session. Former versions stored two where they were stamped differently.
///
/// # Errors
/// [`StoreError::TwoOfASession`] saying what to do.
pub fn check_sessions(set: &DataSet, bars: &BarSeries) -> Result<(), StoreError> {
    if bars.interval() != BarInterval::Day {
        return Ok(());
    }
    let days = bars.start().iter();
    let days = days.map(|start| daily_bar_day(set.instrument.calendar, *start));
    let (mut last, mut first, mut sessions) = (None, None, 0);
    for day in days {
        if last == Some(day) {
            first = first.or(last);
            sessions += 1;
        }
        last = Some(day);
    }
    match first {
        None => Ok(()),
        Some(first) => Err(StoreError::TwoOfASession {
            name: set.name.clone(),
            sessions,
            first,
        }),
    }
}

/// Writes the card of a data set and its closures into its folder.
fn write_card(
    set: &DataSet,
    bars_sha256: String,
    closures: &Closures,
    folder: &Path,
) -> Result<(), StoreError> {
    let card = Card {
        layout: LAYOUT,
        set: set.clone(),
        bars_sha256,
    };
    closures::write(closures, folder)?;
    write_json(&card, &folder.join(CARD_FILE))
}

/// The bytes of all files below a folder.
fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests;
