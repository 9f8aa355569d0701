//! The store of data sets: `<base_dir>/data/<NAME>/` with `bars.parquet` and its card, `set.json`.
//!
//! A data set appears whole or not at all: it is written to a temporary folder and renamed. When one is replaced, the old
//! one is first renamed aside, and renamed back by the next program that opens the store if the new one never arrived.
//! Readers share a lock, a writer holds it alone for the moment of the renames.

mod frames;
mod lock;
mod name;
mod replace;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use atrium_shared::market::bars::{BarSeries, Instrument};
use atrium_shared::surface::api::DataSet;

pub(crate) use frames::first_line;
use lock::Lock;
pub use name::{check_symbol, data_set_name, parse_name};

const BARS_FILE: &str = "bars.parquet";
const CARD_FILE: &str = "set.json";

/// Something in the store cannot be used, or cannot be stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No symbol.
    #[error(
        "{0:?} is no symbol: use letters, digits, '.', '_' and '-', at most 32 of them, starting with a letter or a digit"
    )]
    Symbol(String),
    /// No name of a data set.
    #[error("{0:?} is no name of a data set: names are a symbol and an interval, such as SPY-1min")]
    Name(String),
    /// There is no such data set.
    #[error("there is no data set {name}: {}", known_sets(known))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A symbol has several data sets.
    #[error("{symbol} has several data sets: name one of {}", names.join(", "))]
    Ambiguous {
        /// The symbol.
        symbol: String,
        /// Its data sets.
        names: Vec<String>,
    },
    /// What is stored cannot be what was stored.
    #[error(
        "the data set {name} is damaged: {reason}; store it again (`atrium import` with --replace, or `atrium demo` for the sample), or remove the folder {}",
        folder.display()
    )]
    Damaged {
        /// The data set.
        name: String,
        /// Its folder.
        folder: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A different data set of that name exists.
    #[error(
        "the data set {name} exists with other content ({stored} bars, digest {stored_digest}; the new ones are {new} bars, digest {new_digest}): nothing was changed; add --replace to replace it"
    )]
    Exists {
        /// The data set.
        name: String,
        /// How many bars are stored.
        stored: u64,
        /// The digest of the stored bars, shortened.
        stored_digest: String,
        /// How many bars were to be stored.
        new: u64,
        /// Their digest, shortened.
        new_digest: String,
    },
    /// Another program stored a data set of that name in the meantime.
    #[error(
        "{0} was stored by another program in the meantime: look at it, and run this again with --replace to replace it"
    )]
    Meanwhile(String),
    /// There is nothing to store.
    #[error("there are no bars to store")]
    Empty,
    /// The file system refused.
    #[error("{} {what}: {source}", path.display())]
    Io {
        /// What could not be done: "cannot be written".
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Bars could not be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A number is not finite.
    #[error(transparent)]
    NotFinite(#[from] atrium_shared::base::digest::NotFinite),
}

fn known_sets(known: &[String]) -> String {
    if known.is_empty() {
        "nothing is stored yet; run `atrium import` on a file of bars, or `atrium demo` for simulated ones"
            .to_owned()
    } else {
        format!("stored are {}", known.join(", "))
    }
}

/// What `set.json` holds.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Card {
    #[serde(flatten)]
    set: DataSet,
    /// The checksum of the file of bars, so that a damaged file is told before it is decoded.
    bars_sha256: String,
}

/// A data set with its bars.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its card.
    pub card: DataSet,
    /// Its bars, checked against the card.
    pub bars: BarSeries,
}

/// A data set to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSet {
    /// What was recorded.
    pub instrument: Instrument,
    /// The bars.
    pub bars: BarSeries,
    /// Whether they are simulated.
    pub simulated: bool,
    /// Where they come from, in words.
    pub source: String,
}

impl NewSet {
    /// The card that describes the set.
    fn card(&self) -> Result<DataSet, StoreError> {
        check_symbol(&self.instrument.symbol)?;
        let start = self.bars.start();
        let (Some(&first), Some(&last)) = (start.first(), start.last()) else {
            return Err(StoreError::Empty);
        };
        Ok(DataSet {
            name: data_set_name(&self.instrument.symbol, self.bars.interval()),
            instrument: self.instrument.clone(),
            interval: self.bars.interval(),
            rows: self.bars.len() as u64,
            first,
            last,
            digest: self.bars.digest()?,
            simulated: self.simulated,
            source: self.source.clone(),
        })
    }
}

/// What became of a data set that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is new.
    Stored,
    /// The same content was there already.
    Unchanged,
    /// It took the place of another.
    Replaced,
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
}

impl Store {
    /// The store of a base directory. What an interrupted replacement left is put right; nothing is created.
    ///
    /// # Errors
    /// [`StoreError::Io`] where the folder cannot be read.
    pub fn open(base_dir: &Path) -> Result<Self, StoreError> {
        let store = Self {
            data_dir: base_dir.join("data"),
        };
        store.recover()?;
        Ok(store)
    }

    /// The folder of the data sets.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
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
        let _lock = Lock::shared(&self.data_dir)?;
        let mut listing = Listing::default();
        for name in self.names()? {
            match self.read_card(&name) {
                Ok(card) => listing.sets.push(card.set),
                Err(error) => listing.damaged.push(error),
            }
        }
        Ok(listing)
    }

    /// The names of the folders that are data sets, sorted.
    fn names(&self) -> Result<Vec<String>, StoreError> {
        let entries = match fs::read_dir(&self.data_dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => {
                return Err(StoreError::Io {
                    what: "cannot be read",
                    path: self.data_dir.clone(),
                    source,
                });
            }
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
        let _lock = Lock::shared(&self.data_dir)?;
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
        check_symbol(name_or_symbol)?;
        let names = self.names()?;
        let of_symbol = |name: &&String| {
            parse_name(name).is_ok_and(|(symbol, _)| symbol.eq_ignore_ascii_case(name_or_symbol))
        };
        let found: Vec<&String> = names.iter().filter(of_symbol).collect();
        match found.as_slice() {
            [name] => self.card(name),
            [] => Err(StoreError::Unknown {
                name: name_or_symbol.to_owned(),
                known: names,
            }),
            several => Err(StoreError::Ambiguous {
                symbol: name_or_symbol.to_owned(),
                names: several.iter().map(ToString::to_string).collect(),
            }),
        }
    }

    /// A data set with its bars, verified against the digest of its card.
    ///
    /// # Errors
    /// As [`Store::card`], and [`StoreError::Damaged`] where bars and card do not agree.
    pub fn load(&self, name: &str) -> Result<Stored, StoreError> {
        let _lock = Lock::shared(&self.data_dir)?;
        self.existing(name)?;
        let card = self.read_card(name)?;
        self.read_bars(card)
    }

    fn read_bars(&self, card: Card) -> Result<Stored, StoreError> {
        let Card {
            set: card,
            bars_sha256,
        } = card;
        let folder = self.folder(&card.name);
        let damaged = |reason: String| StoreError::Damaged {
            name: card.name.clone(),
            folder: folder.clone(),
            reason,
        };
        let path = folder.join(BARS_FILE);
        let bars = frames::read_bars(&path, card.interval, &bars_sha256)
            .map_err(|reason| damaged(format!("{BARS_FILE} cannot be read ({reason})")))?;
        let start = bars.start();
        let same = bars.digest()? == card.digest
            && bars.len() as u64 == card.rows
            && start.first() == Some(&card.first)
            && start.last() == Some(&card.last);
        if !same {
            return Err(damaged(format!(
                "{BARS_FILE} holds other bars than {CARD_FILE} says ({} of digest {}, not {} of digest {})",
                bars.len(),
                bars.digest()?.short(),
                card.rows,
                card.digest.short()
            )));
        }
        Ok(Stored { card, bars })
    }

    fn read_card(&self, name: &str) -> Result<Card, StoreError> {
        let folder = self.folder(name);
        let path = folder.join(CARD_FILE);
        let damaged = |reason: String| StoreError::Damaged {
            name: name.to_owned(),
            folder: folder.clone(),
            reason: format!("{CARD_FILE} {reason}"),
        };
        let text = fs::read_to_string(&path)
            .map_err(|error| damaged(format!("cannot be read ({error})")))?;
        let card: Card = serde_json::from_str(&text)
            .map_err(|error| damaged(format!("is no card of a data set ({error})")))?;
        let set = &card.set;
        if set.name != name || data_set_name(&set.instrument.symbol, set.interval) != name {
            return Err(damaged(format!("describes {}", set.name)));
        }
        set.instrument
            .validate()
            .map_err(|error| damaged(format!("is wrong ({error})")))?;
        Ok(card)
    }

    /// Stores a data set. The same content again changes nothing; other content of the same name needs `replace`.
    ///
    /// # Errors
    /// [`StoreError`] where the set cannot be stored; then the store is as it was.
    pub fn put(&self, set: &NewSet, replace: bool) -> Result<(DataSet, Outcome), StoreError> {
        let card = set.card()?;
        let outcome = match self.load(&card.name) {
            Err(StoreError::Unknown { .. }) => Outcome::Stored,
            Ok(old) if old.card.digest == card.digest && old.card.instrument == card.instrument => {
                return Ok((old.card, Outcome::Unchanged));
            }
            Ok(_) | Err(StoreError::Damaged { .. }) if replace => Outcome::Replaced,
            Ok(old) => {
                return Err(StoreError::Exists {
                    name: card.name,
                    stored: old.card.rows,
                    stored_digest: old.card.digest.short(),
                    new: card.rows,
                    new_digest: card.digest.short(),
                });
            }
            Err(error) => return Err(error),
        };
        self.write(&card, &set.bars, replace)?;
        Ok((card, outcome))
    }
}

#[cfg(test)]
mod tests;
