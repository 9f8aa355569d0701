//! Storing bars that are at hand as a whole, changing what is known of stored ones, and removing them.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use atrium_shared::market::actions::{Actions, PriceBasis};
use atrium_shared::market::bars::BarSeries;
use atrium_shared::market::calendar::{Closures, Schedule};
use atrium_shared::market::curate::{Curated, FillReport, FillRule};
use atrium_shared::market::instrument::Instrument;
use atrium_shared::market::intake::{READER_VERSION, RowSink, Rows};
use atrium_shared::surface::api::{DataSet, ImportRecord};

use super::assemble::{Assembly, StoredMonths, never};
use super::card::{Card, ImportCard, write_json};
use super::closures::scheduled;
use super::error::cannot;
use super::write::{bars_path, now, write_fault};
use super::{
    Begun, Incoming, Lift, Outcome, Store, StoreError, check_symbol, data_set_name, frames, raw,
};

/// So long bars at hand wait for another writer of the same data set.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);

/// No gap is filled.
const NO_FILLING: FillRule = FillRule {
    max_fill_minutes: 0,
    measure: atrium_shared::market::curate::FillMeasure::SessionMinutes,
};

/// A data set to be stored whose bars are at hand.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSet {
    /// What was recorded.
    pub instrument: Instrument,
    /// The bars.
    pub bars: BarSeries,
    /// The corporate actions that adjust them.
    pub actions: Actions,
    /// Whether they are simulated.
    pub simulated: bool,
    /// Where they come from, in words.
    pub source: String,
}

/// What of a data set is changed; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// What was recorded; its symbol stays.
    pub instrument: Option<Instrument>,
    /// The corporate actions.
    pub actions: Option<Actions>,
    /// Which gaps are filled.
    pub fill: Option<FillRule>,
    /// The user's own closures.
    pub closures: Option<Closures>,
    /// Stretches of bars that are brought to the basis before a split.
    pub lifts: Vec<Lift>,
}

impl Store {
    /// Stores a data set as it is, no gap filled. The same content again changes nothing; other content of the same name
    /// needs `replace`.
    ///
    /// # Errors
    /// [`StoreError`] where the set cannot be stored; then the store is as it was.
    pub fn put(&self, set: &NewSet, replace: bool) -> Result<(DataSet, Outcome), StoreError> {
        check_symbol(&set.instrument.symbol)?;
        let name = data_set_name(&set.instrument.symbol, set.bars.interval());
        let curated = Curated::plain(set.bars.clone()).with_actions(set.actions.clone());
        let digest = curated.digest()?;
        match self.intact(&name) {
            Ok(None) => {}
            Ok(Some(old)) if old.set.digest == digest && old.set.instrument == set.instrument => {
                return Ok((old.set, Outcome::Unchanged));
            }
            Ok(Some(_)) | Err(StoreError::Damaged { .. }) if replace => {}
            Ok(Some(old)) => {
                return Err(StoreError::Exists {
                    name,
                    stored: old.set.rows,
                    stored_digest: old.set.digest.short(),
                    new: set.bars.len() as u64,
                    new_digest: digest.short(),
                });
            }
            Err(error) => return Err(error),
        }
        let incoming = Incoming {
            instrument: set.instrument.clone(),
            step_assumed: false,
            interval: set.bars.interval(),
            simulated: set.simulated,
            source: set.source.clone(),
            file: None,
            reading: None,
            detection: None,
            basis: PriceBasis::Raw,
            actions: Some(set.actions.clone()),
            fill: NO_FILLING,
            closures: None,
            replace: true,
            accept: true,
        };
        let mut writer = match self.begin_in_turn(&incoming)? {
            Begun::Writing(writer) => writer,
            Begun::Unchanged(again) => return Ok((again.done.set, again.done.outcome)),
        };
        if let Err(error) = writer.rows(rows_of(&set.bars)) {
            return Err(writer.finish().err().unwrap_or(StoreError::Write {
                path: self.folder(&name),
                reason: error.to_string(),
            }));
        }
        let done = writer.finish()?;
        Ok((done.set, done.outcome))
    }

    /// Begins an import as soon as nobody else is at the data set, within a time.
    fn begin_in_turn(&self, incoming: &Incoming) -> Result<Begun, StoreError> {
        let patience = Instant::now() + PATIENCE;
        loop {
            match self.begin(incoming.clone()) {
                Err(StoreError::Busy(_)) if Instant::now() < patience => thread::sleep(PAUSE),
                begun => return begun,
            }
        }
    }

    /// Changes what is known of a data set; raw rows stay as they are.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be changed; then the store is as it was.
    pub fn change(&self, name: &str, change: &Change) -> Result<(DataSet, FillReport), StoreError> {
        self.existing(name)?;
        let _lock = self.lock_set(name)?;
        let Some(card) = self.intact(name)? else {
            return Err(StoreError::Meanwhile(name.to_owned()));
        };
        let schedule = self.schedule_after(&card, change)?;
        self.change_locked(&card, change, &schedule)
    }

    /// The hours of a data set after a change.
    pub(super) fn schedule_after(
        &self,
        card: &Card,
        change: &Change,
    ) -> Result<Schedule, StoreError> {
        let set = &card.set;
        let closures = match &change.closures {
            Some(closures) => closures.clone(),
            None => self.closures_of(&set.name)?,
        };
        let instrument = change.instrument.as_ref().unwrap_or(&set.instrument);
        scheduled(&set.name, instrument.calendar, closures)
    }

    /// [`Store::change`] of a data set whose lock is held and whose card was read under it.
    pub(super) fn change_locked(
        &self,
        card: &Card,
        change: &Change,
        schedule: &Schedule,
    ) -> Result<(DataSet, FillReport), StoreError> {
        let name = card.set.name.as_str();
        let mut set = card.set.clone();
        if let Some(instrument) = &change.instrument {
            instrument.validate()?;
            instrument.validate_description()?;
            set.instrument = Instrument {
                symbol: set.instrument.symbol,
                ..instrument.clone()
            };
        }
        if let Some(actions) = &change.actions {
            set.actions.clone_from(actions);
        }
        set.fill = change.fill.unwrap_or(set.fill);
        let other_calendar = set.instrument.calendar != card.set.instrument.calendar;
        // those that cannot be read are replaced
        let closures = self.closures_of(name).ok();
        let other_closures = closures.as_ref() != Some(schedule.closures());
        if set == card.set && !other_closures && change.lifts.is_empty() {
            return Ok((set, FillReport::default()));
        }
        let rewrite = !change.lifts.is_empty();
        let refill = other_calendar || other_closures && set.fill.max_fill_minutes > 0;
        let temporary = self.temporary(name)?;
        let target = temporary.path();
        let mut report = FillReport::default();
        let bars_sha256 = if set.actions == card.set.actions
            && set.fill == card.set.fill
            && !refill
            && !rewrite
        {
            raw::link(&bars_path(&self.folder(name)), &bars_path(target))?;
            card.bars_sha256.clone()
        } else {
            let assembly = Assembly {
                lifts: &change.lifts,
                ..self.assembly(card, &set, schedule, target)
            };
            let made = assembly.write()?;
            set.rows = made.rows;
            set.synthetic = made.synthetic;
            set.first = made.first;
            set.last = made.last;
            set.digest = made.digest;
            report = made.fill;
            let folded = made.merge.folded;
            if folded > 0 {
                tracing::warn!(
                    "{name}: {folded} stored bars of sessions that had two are left out: the one stamped later stays"
                );
            }
            made.bars_sha256
        };
        self.carry_over(card, target)?;
        set.imports = set.imports.max(1);
        super::write_card(&set, bars_sha256, schedule.closures(), target)?;
        self.swap_in(target, name, true)?;
        if change.instrument.is_some()
            && let Err(error) = self.database.keep_instrument(&set.instrument)
        {
            tracing::warn!("{error}");
        }
        self.changed();
        Ok((set, report))
    }

    fn assembly<'a>(
        &'a self,
        card: &'a Card,
        set: &'a DataSet,
        schedule: &'a Schedule,
        target: &'a std::path::Path,
    ) -> Assembly<'a> {
        Assembly {
            store: self,
            target,
            interval: set.interval,
            calendar: set.instrument.calendar,
            schedule,
            fill: set.fill,
            actions: &set.actions,
            stored: Some(card),
            received: None,
            lifts: &[],
            is_over: &never,
        }
    }

    /// Removes a data set with its raw layer.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be removed or does not exist.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.existing(name)?;
        let _lock = self.lock_set(name)?;
        self.take_away(name)?;
        self.changed();
        Ok(())
    }

    /// Gives a folder being written the raw layer of what is stored. What the layout before stored becomes the first import.
    pub(super) fn carry_over(
        &self,
        card: &Card,
        target: &std::path::Path,
    ) -> Result<(), StoreError> {
        let folder = self.folder(&card.set.name);
        let old = folder.join(raw::RAW);
        if old.is_dir() {
            return raw::link_all(&old, &target.join(raw::RAW));
        }
        let first = raw::folder(target, 1);
        fs::create_dir_all(&first).map_err(cannot("cannot be created", &first))?;
        let path = bars_path(&folder);
        let stored = StoredMonths::open(&path, card, self)?;
        for month in stored.months() {
            let bars = stored.month(month, card, self)?;
            let path = first.join(format!("{}.parquet", month.name()));
            frames::write_raw(&rows_of(&bars.real()), &path).map_err(write_fault(&path))?;
        }
        let import = ImportCard {
            record: ImportRecord {
                number: 1,
                at: now(),
                source: card.set.source.clone(),
                sha256: None,
                reading: None,
                reader: READER_VERSION,
                clean: Default::default(),
                merge: Default::default(),
                rejected: 0,
                rebase: None,
            },
            bytes: None,
            detection: None,
        };
        write_json(&import, &first.join(raw::IMPORT_FILE))
    }
}

/// Bars as rows that were received.
fn rows_of(bars: &BarSeries) -> Rows {
    let mut rows = Rows::default();
    for (start, prices, volume) in bars.rows() {
        rows.bars.push(start, prices, volume);
        rows.line.push(0);
    }
    rows
}
