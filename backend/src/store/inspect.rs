//! What is told of stored bars beside themselves: what cleaning did, their quality, their rows; and what the metadata database
//! knows of all of them.

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::bars::BadSeries;
use atrium_shared::market::calendar::Schedule;
use atrium_shared::market::curate::{CleanReport, Cleaning, QualityReport, QualityRule, quality};
use atrium_shared::market::instrument::Instrument;
use atrium_shared::market::intake::{Habit, READER_VERSION};
use atrium_shared::surface::api::{DataSet, ImportRecord};
use sha2::{Digest as _, Sha256};

use super::lock::Lock;
use super::{DatabaseError, Store, StoreError, frames, parse_name, raw};

/// What cleaning did, and the times that came more than once.
type Cleaned = Option<(CleanReport, Vec<Timestamp>)>;

impl Store {
    /// What cleaning did to all imports together, rows that were set aside before it counted as refused, and the times that came
    /// more than once within one of them, sorted; `None` where it is not known.
    ///
    /// # Errors
    /// As [`Store::card`].
    pub fn cleaning(
        &self,
        name: &str,
    ) -> Result<Option<(CleanReport, Vec<Timestamp>)>, StoreError> {
        let _lock = Lock::shared(&self.data_dir)?;
        self.existing(name)?;
        let imports = self.imports_of(name)?;
        if imports.is_empty() {
            return Ok(None);
        }
        let (mut report, mut times) = (CleanReport::default(), Vec::new());
        for import in &imports {
            let ImportRecord { clean, merge, .. } = import;
            // bars that begin within stored ones are among those that cleaning kept
            let merged = merge.added + merge.unchanged + merge.changed;
            let beside = clean.kept.saturating_sub(merged);
            let after = clean.rejected + clean.overlapping + beside;
            let before = import.rejected.saturating_sub(after);
            report.absorb(&import.clean.clone().after(before));
            let more = raw::duplicated(&self.folder(name), import);
            times.extend(more.map_err(|reason| self.damaged(name, reason))?);
        }
        times.sort_unstable();
        times.dedup();
        Ok(Some((report, times)))
    }

    /// How good the bars of a data set are by its calendar and closures, or by other hours. Without others a report is made once
    /// for the same bars, closures, imports and program.
    ///
    /// # Errors
    /// As [`Store::load`] and [`Store::schedule`]; [`StoreError::Series`] where the calendar does not reach.
    pub fn quality(
        &self,
        name: &str,
        others: Option<&Schedule>,
    ) -> Result<(DataSet, QualityReport), StoreError> {
        let Some(card) = self.intact(name)? else {
            self.existing(name)?;
            return Err(StoreError::Meanwhile(name.to_owned()));
        };
        let cleaned = self.cleaning(name)?;
        let schedule = match others {
            Some(others) => others.clone(),
            None => self.schedule(name)?,
        };
        let key = cache_key(&card.set, &schedule, &cleaned);
        let key = others.is_none().then_some(key);
        if let Some(key) = &key {
            match self.database.quality(key) {
                Ok(Some(report)) => return Ok((card.set, report)),
                Ok(None) => {}
                Err(error) => tracing::warn!("{error}"),
            }
        }
        let (set, bars) = self.load_curated(name)?;
        let cleaning = cleaned
            .as_ref()
            .map(|(report, duplicated)| Cleaning { report, duplicated });
        let judged = quality(&bars, &schedule, QualityRule::default(), cleaning);
        let (report, _) = judged.map_err(BadSeries::from)?;
        // the set may have been replaced since its card was read
        if let Some(key) = key
            && set == card.set
            && let Err(error) = self.database.keep_quality(&key, set.digest, &report)
        {
            // only the next one takes longer
            tracing::debug!("{error}");
        }
        Ok((set, report))
    }

    /// Every instrument known: those of the data sets, and those a user described whose data sets are gone; by symbol.
    ///
    /// # Errors
    /// [`StoreError::Io`] where the store cannot be read.
    pub fn instruments(&self) -> Result<Vec<Instrument>, StoreError> {
        let sets = self.list()?.sets.into_iter();
        let mut known: Vec<Instrument> = sets.map(|set| set.instrument).collect();
        known.extend(self.described());
        // the sort is stable: of one symbol the first is that of a data set
        known.sort_by(|one, other| one.symbol.cmp(&other.symbol));
        known.dedup_by(|later, first| later.symbol == first.symbol);
        Ok(known)
    }

    /// The instrument of a symbol as it is written: of its recorded bars, or as a user described it.
    ///
    /// # Errors
    /// As [`Store::instruments`].
    pub fn instrument(&self, symbol: &str) -> Result<Option<Instrument>, StoreError> {
        let mut sets = self.list()?.sets.into_iter();
        let stored = sets.find(|set| set.instrument.symbol == symbol && !set.simulated);
        if let Some(set) = stored {
            return Ok(Some(set.instrument));
        }
        let mut described = self.described().into_iter();
        Ok(described.find(|instrument| instrument.symbol == symbol))
    }

    /// How the times of the imports into the data sets of a symbol were read, of each data set the last one first; nothing where
    /// they cannot be told. Where files of that checksum were imported by the same rules, theirs alone.
    pub fn habits(&self, symbol: &str, sha256: &str) -> Vec<Habit> {
        /// Of so many imports the last ones are looked at.
        const MOST: usize = 30;
        let Ok(_lock) = self.reading() else {
            return Vec::new();
        };
        let mut all = Vec::new();
        let mut same = None;
        for name in self.names().unwrap_or_default() {
            let Ok((stored, interval)) = parse_name(&name) else {
                continue;
            };
            if stored != symbol {
                continue;
            }
            let imports = raw::imports(&self.folder(&name)).unwrap_or_default();
            for (index, import) in imports.into_iter().rev().enumerate() {
                let record = import.record;
                let is_same =
                    record.sha256.as_deref() == Some(sha256) && record.reader == READER_VERSION;
                if index >= MOST && !is_same {
                    continue;
                }
                let habit = record
                    .reading
                    .and_then(|reading| Habit::of(&reading, import.detection.as_ref()));
                let Some(habit) = habit else {
                    continue;
                };
                let habit = Habit {
                    interval,
                    is_same_file: is_same,
                    ..habit
                };
                match is_same {
                    true => same = same.or(Some(habit)),
                    false => all.push(habit),
                }
            }
        }
        same.map_or(all, |same| vec![same])
    }

    /// What users said of instruments; nothing where the database cannot be used.
    fn described(&self) -> Vec<Instrument> {
        let described = self.database.instruments();
        described.unwrap_or_else(|error| {
            tracing::warn!("{error}");
            Vec::new()
        })
    }

    /// Makes the index in the metadata database what the cards say, where it differs.
    ///
    /// # Errors
    /// [`DatabaseError`] where the database cannot be used. No bars are concerned.
    pub fn reindex(&self) -> Result<(), DatabaseError> {
        let Ok(listing) = self.list() else {
            return Ok(());
        };
        let known = self.database.index()?;
        let names: Vec<&str> = listing.sets.iter().map(|set| set.name.as_str()).collect();
        let mut changed = Vec::new();
        for set in &listing.sets {
            let card = serde_json::to_string(set).unwrap_or_default();
            if known
                .iter()
                .any(|(name, known)| *name == set.name && *known == card)
            {
                continue;
            }
            let imports = self.imports_of(&set.name).unwrap_or_default();
            changed.push((set.clone(), card, imports));
        }
        let gone = known.into_iter().map(|(name, _)| name);
        let gone: Vec<String> = gone
            .filter(|name| !names.contains(&name.as_str()))
            .collect();
        if changed.is_empty() && gone.is_empty() {
            return Ok(());
        }
        self.database.write_index(&changed, &gone)
    }

    /// What is done after every change. A database that cannot be used undoes no change.
    pub(super) fn changed(&self) {
        if let Err(error) = self.reindex() {
            tracing::warn!("{error}");
        }
    }
}

/// What a quality report depends on: bars, hours, what cleaning did, and the very program, as what it judges by changes.
fn cache_key(set: &DataSet, schedule: &Schedule, cleaned: &Cleaned) -> String {
    let program = std::env::current_exe().and_then(std::fs::metadata);
    let program = program.map(|file| (file.len(), file.modified().ok()));
    let described = (
        set.digest,
        schedule.calendar().name(),
        schedule.closures().days(),
        cleaned,
        program.ok(),
    );
    let text = format!("{described:?}");
    frames::hexadecimal(&Sha256::digest(text))
}
