//! What is told of stored bars beside themselves: what cleaning did, their quality, their rows; and what the metadata database
//! knows of all of them.

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::bars::BadSeries;
use atrium_shared::market::calendar::Schedule;
use atrium_shared::market::curate::{
    CleanReport, Cleaning, Curated, QualityReport, QualityRule, quality,
};
use atrium_shared::market::instrument::Instrument;
use atrium_shared::surface::api::{DataSet, StoredRow, StoredRows};
use sha2::{Digest as _, Sha256};

use super::lock::Lock;
use super::{DatabaseError, Store, StoreError, frames, raw};

/// What cleaning did, and the times that came more than once.
type Cleaned = Option<(CleanReport, Vec<Timestamp>)>;

impl Store {
    /// What cleaning did to all imports together, and the times that came more than once within one of them, sorted; `None`
    /// where it is not known.
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
            report.absorb(&import.clean);
            let more = raw::duplicated(&self.folder(name), import);
            times.extend(more.map_err(|reason| self.damaged(name, reason))?);
        }
        times.sort_unstable();
        times.dedup();
        Ok(Some((report, times)))
    }

    /// How good the bars of a data set are by its calendar, or by hours with a user's own closures. Without such closures a
    /// report is made once for the same bars, imports and program.
    ///
    /// # Errors
    /// As [`Store::load`]; [`StoreError::Series`] where the calendar does not reach.
    pub fn quality(
        &self,
        name: &str,
        closures: Option<&Schedule>,
    ) -> Result<(DataSet, QualityReport), StoreError> {
        let Some(card) = self.intact(name)? else {
            self.existing(name)?;
            return Err(StoreError::Meanwhile(name.to_owned()));
        };
        let cleaned = self.cleaning(name)?;
        let key = closures.is_none().then(|| cache_key(&card.set, &cleaned));
        if let Some(key) = &key {
            match self.database.quality(key) {
                Ok(Some(report)) => return Ok((card.set, report)),
                Ok(None) => {}
                Err(error) => tracing::warn!("{error}"),
            }
        }
        let (set, bars) = self.load_curated(name)?;
        let usual = Schedule::from(set.instrument.calendar);
        let cleaning = cleaned
            .as_ref()
            .map(|(report, duplicated)| Cleaning { report, duplicated });
        let judged = quality(
            &bars,
            closures.unwrap_or(&usual),
            QualityRule::default(),
            cleaning,
        );
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

/// What a quality report depends on: bars, calendar, what cleaning did, and the very program, as what it judges by changes.
fn cache_key(set: &DataSet, cleaned: &Cleaned) -> String {
    let program = std::env::current_exe().and_then(std::fs::metadata);
    let program = program.map(|file| (file.len(), file.modified().ok()));
    let described = (
        set.digest,
        set.instrument.calendar.name(),
        cleaned,
        program.ok(),
    );
    let text = format!("{described:?}");
    frames::hexadecimal(&Sha256::digest(text))
}

/// The bars of a stretch of time as they are stored.
pub fn stored_rows(card: &DataSet, bars: &Curated, from: Timestamp, to: Timestamp) -> StoredRows {
    let start = bars.bars().start();
    let begin = start.partition_point(|at| *at < from);
    let end = start.partition_point(|at| *at < to).max(begin);
    let bases = bars
        .actions()
        .bases(card.instrument.calendar, bars.interval());
    let factor = |at: Timestamp| {
        let basis = bases.iter().find(|basis| at < basis.until);
        basis.map_or(1.0, |basis| basis.price_factor)
    };
    let rows = bars.bars().rows().enumerate().skip(begin).take(end - begin);
    let rows = rows
        .take(StoredRows::MOST)
        .map(|(index, (start, prices, volume))| StoredRow {
            start,
            prices,
            volume,
            synthetic: bars.synthetic().get(index).copied().unwrap_or_default(),
            spread: bars.spread().and_then(|column| column.get(index)).copied(),
            factor: factor(start),
        });
    StoredRows {
        rows: rows.collect(),
        more: end - begin > StoredRows::MOST,
    }
}
