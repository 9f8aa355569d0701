//! Writing a data set: rows are taken as they come, then months are cleaned, merged with what is stored, filled and written
//! one by one, their raw rows beside that. Memory holds some months and a batch, never the whole.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::actions::{Actions, PriceBasis};
use atrium_shared::market::calendar::{Closures, Schedule};
use atrium_shared::market::curate::{CleanReport, FillRule, MergeError, MergeReport, Seam};
use atrium_shared::market::instrument::Instrument;
use atrium_shared::market::intake::{
    Detection, READER_VERSION, Reading, Rejected, RowSink, Rows, SinkError,
};
use atrium_shared::market::price_step::{PriceStep, PriceSteps};
use atrium_shared::surface::api::{
    DataSet, ImportDone, ImportOutcome, ImportRecord, Replaced, SharedSplit,
};
use tempfile::TempDir;

use super::assemble::{Assembly, Received, never};
use super::card::{Card, ImportCard, LAYOUT, write_json};
use super::closures::scheduled;
use super::error::{Clash, cannot, unwritable};
use super::jumps::Prices;
use super::lock::Lock;
use super::raw::{self, Quarantine};
use super::rebase::{self, Compared, Incomer};
use super::reread::{again, check_times};
use super::spill::Spill;
use super::{BARS_FILE, Store, StoreError, check_symbol, data_set_name, frames};
use crate::temporary::as_meant;

/// A file that bars come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// What is to be stored, but for its bars.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    /// What was recorded.
    pub instrument: Instrument,
    /// Whether its price step was only assumed: prices that show a finer one tell it, where the data set is new.
    pub step_assumed: bool,
    /// The interval of the bars.
    pub interval: BarInterval,
    /// Whether they are simulated.
    pub simulated: bool,
    /// Where they come from: the file's name, or words.
    pub source: String,
    /// The file that they come from, where there is one.
    pub file: Option<SourceFile>,
    /// How the file is read.
    pub reading: Option<Reading>,
    /// What was found out about the file.
    pub detection: Option<Detection>,
    /// For what the prices were adjusted.
    pub basis: PriceBasis,
    /// Corporate actions that adjust the prices. Merged, they are joined to those known; a data set that is replaced has these
    /// alone, and without any those known of the one before.
    pub actions: Option<Actions>,
    /// Which gaps are filled.
    pub fill: FillRule,
    /// The user's own closures, by which gaps are filled; `None` takes those known of the symbol.
    pub closures: Option<Closures>,
    /// Whether a data set of that name is replaced; otherwise the bars are merged into it.
    pub replace: bool,
    /// Whether prices that do not fit are taken as they are, where that is a question ([`StoreError::may_accept`]).
    pub accept: bool,
}

/// Whether there is anything to write.
#[derive(Debug)]
pub enum Begun {
    /// The same file, read in the same way, was stored before: nothing needs to be done.
    Unchanged(Box<Again>),
    /// The rows are wanted.
    Writing(Box<Writer>),
}

/// A file that was imported before.
#[derive(Debug, Clone, PartialEq)]
pub struct Again {
    /// What is there.
    pub done: ImportDone,
    /// The number of the import.
    pub import: u32,
    /// How many stored bars later imports gave other values; some of them may be of this file.
    pub changed_since: u64,
}

/// Takes the rows of an import. Nothing is stored before [`Writer::finish`]; dropped, it leaves no trace.
#[derive(Debug)]
pub struct Writer {
    store: Store,
    name: String,
    incoming: Incoming,
    /// The market's hours, with the user's own closures.
    schedule: Schedule,
    /// What is stored and stays.
    stored: Option<Card>,
    /// The corporate actions known of what is replaced, and of the symbol.
    known: Actions,
    /// Whether a folder is there, damaged or not.
    occupied: bool,
    number: u32,
    rows: Spill,
    steps: PriceSteps,
    quarantine: Quarantine,
    failed: Option<StoreError>,
    temporary: TempDir,
    _lock: Lock,
}

impl Store {
    /// Begins an import. Another one of the same data set is refused until this one ends.
    ///
    /// # Errors
    /// [`StoreError`] where the set cannot be stored; then the store is as it was.
    pub fn begin(&self, incoming: Incoming) -> Result<Begun, StoreError> {
        check_symbol(&incoming.instrument.symbol)?;
        incoming.instrument.validate()?;
        incoming.instrument.validate_description()?;
        self.check_case(&incoming.instrument.symbol)?;
        let name = data_set_name(&incoming.instrument.symbol, incoming.interval);
        let lock = self.lock_set(&name)?;
        let found = self.intact(&name);
        let (occupied, stored) = match found {
            Ok(stored) => (stored.is_some(), stored),
            // damage is mended by storing it anew
            Err(StoreError::Damaged { .. }) if incoming.replace => (true, None),
            Err(error) => return Err(error),
        };
        let closures = self.closures_for(&name, &incoming)?;
        let schedule = scheduled(&name, incoming.instrument.calendar, closures)?;
        let imports = match &stored {
            Some(card) => self.imports_of(&card.set.name)?,
            None => Vec::new(),
        };
        if let Some(card) = &stored {
            check_fit(card, &incoming)?;
            let again = again(card, &imports, &incoming);
            let hours = || self.closures_of(&name);
            if let Some(again) = again
                && hours()? == *schedule.closures()
            {
                return Ok(Begun::Unchanged(Box::new(again)));
            }
            check_times(card, &imports, &incoming)?;
        }
        let known = self.known_actions(&name, occupied, &incoming)?;
        let stored = stored.filter(|_| !incoming.replace);
        let number = match &stored {
            // what the layout before stored becomes the first import
            Some(_) if imports.is_empty() => 2,
            Some(_) => imports.iter().map(|it| it.number).max().unwrap_or(0) + 1,
            None => 1,
        };
        let instrument = stored.as_ref().map(|card| &card.set.instrument);
        let steps = PriceSteps::new(instrument.unwrap_or(&incoming.instrument).tick_size);
        let temporary = self.temporary(&name)?;
        let own = raw::folder(temporary.path(), number);
        std::fs::create_dir_all(&own).map_err(cannot("cannot be created", &own))?;
        Ok(Begun::Writing(Box::new(Writer {
            store: self.clone(),
            name,
            schedule,
            stored,
            known,
            occupied,
            number,
            rows: Spill::new(temporary.path().join("rows")),
            steps,
            quarantine: Quarantine::new(own.join(raw::QUARANTINE_FILE)),
            failed: None,
            temporary,
            incoming,
            _lock: lock,
        })))
    }

    /// Tells the symbol's data sets the days of found splits. What was stored stays, whatever becomes of that.
    fn share(&self, done: &mut ImportDone) {
        match self.share_found(&done.set) {
            Ok(shared) => done.shared = shared,
            Err(error) => done.shared.push(SharedSplit::Failed {
                reason: error.to_string(),
            }),
        }
        if !done.shared.is_empty()
            && let Ok(set) = self.card(&done.set.name)
        {
            done.set = set;
        }
    }

    /// The lock for writing a data set; makes the folder of data sets.
    pub(super) fn lock_set(&self, name: &str) -> Result<Lock, StoreError> {
        let data_dir = self.data_dir();
        std::fs::create_dir_all(data_dir).map_err(cannot("cannot be created", data_dir))?;
        let lock = Lock::of_set(data_dir, name)?;
        self.recover()?;
        Ok(lock)
    }
}

/// Checks that new bars can be one data set with what is stored.
fn check_fit(card: &Card, incoming: &Incoming) -> Result<(), StoreError> {
    if incoming.replace {
        return Ok(());
    }
    if card.set.simulated != incoming.simulated {
        return Err(StoreError::Mixed {
            name: card.set.name.clone(),
            stored_simulated: card.set.simulated,
        });
    }
    let (stored, new) = (card.set.instrument.calendar, incoming.instrument.calendar);
    if stored != new {
        return Err(StoreError::OtherCalendar {
            name: card.set.name.clone(),
            stored: stored.name(),
            new: new.name(),
        });
    }
    let (stored, new) = (card.set.basis, incoming.basis);
    if rebase::is_adjusted(stored) && new != PriceBasis::Unstated && new != stored {
        return Err(StoreError::OtherBasis {
            name: card.set.name.clone(),
            clash: Clash::Stated { stored, new },
        });
    }
    Ok(())
}

impl RowSink for Writer {
    fn rows(&mut self, rows: Rows) -> Result<(), SinkError> {
        let stored = self.rows.is_quoted();
        if self.rows.len() > 0 && !rows.is_empty() && rows.spread.is_empty() == stored {
            return Err(self.fail(MergeError::Spread { stored }.into()));
        }
        self.steps.look_at(&rows.bars);
        let path = self.temporary.path();
        let taken = self.rows.push(&rows).map_err(unwritable(path));
        taken.map_err(|error| self.fail(error))
    }

    fn rejected(&mut self, rejected: Rejected) -> Result<(), SinkError> {
        let taken = self.quarantine.push(rejected);
        taken.map_err(|error| self.fail(error))
    }
}

impl Writer {
    fn fail(&mut self, error: StoreError) -> SinkError {
        let said = SinkError(error.to_string());
        self.failed = Some(error);
        said
    }

    /// Keeps what was found out about the file, which is only known once its last row was read.
    pub fn describe(&mut self, detection: Detection) {
        self.incoming.detection = Some(detection);
    }

    /// The name of the data set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Stores what was taken.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be stored; then the store is as it was.
    pub fn finish(mut self) -> Result<ImportDone, StoreError> {
        let (record, bars_sha256, mut done) = self.assemble(&never)?;
        let store = self.store.clone();
        self.place(record, bars_sha256, &mut done)?;
        if done.outcome != ImportOutcome::Unchanged {
            store.share(&mut done);
        }
        Ok(done)
    }

    /// What storing would make of what was taken; nothing is stored, and no other data set of the symbol is looked at. It ends
    /// soon where `is_over` says that nobody waits for it any more, so that others come to the data set.
    ///
    /// # Errors
    /// As [`Writer::finish`]; [`StoreError::GivenUp`] where it is over.
    pub fn rehearse(mut self, is_over: &dyn Fn() -> bool) -> Result<ImportDone, StoreError> {
        let (record, _, mut done) = self.assemble(is_over)?;
        self.settle(&record, &mut done);
        Ok(done)
    }

    /// Writes what is to be stored beside what is: the record, the checksum of the bars, and what came of it.
    fn assemble(
        &mut self,
        is_over: &dyn Fn() -> bool,
    ) -> Result<(ImportRecord, String, ImportDone), StoreError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.rows.len() == 0 && self.stored.is_none() {
            return Err(StoreError::Empty);
        }
        let stored = self.stored.as_ref().map(|card| &card.set);
        let basis = stored.map_or(self.incoming.basis, |set| set.basis);
        // what a stated basis covers must not be adjusted for again
        let given = self.incoming.actions.as_ref().unwrap_or(&self.known);
        let given = given.filtered(|action| !basis.covers(action.kind));
        let mut actions = stored.map_or(given.clone(), |set| set.actions.joined(&given));
        let Compared {
            found: rebase,
            told,
        } = self.compare(&actions, is_over)?;
        let split = rebase.as_ref().and_then(|rebase| rebase.split);
        let split = split.map(|split| split.action);
        if let Some(action) = split {
            actions = actions.joined(&Actions::new(vec![action])?);
        }
        let own = raw::folder(self.temporary.path(), self.number);
        let is_new = self.stored.is_none();
        let price_step = self.steps.told(is_new && self.incoming.step_assumed);
        let mut instrument = match &self.stored {
            Some(card) => card.set.instrument.clone(),
            None => self.incoming.instrument.clone(),
        };
        if let Some(PriceStep::Taken { step, .. }) = price_step {
            instrument.tick_size = step;
        }
        let assembly = Assembly {
            store: &self.store,
            target: self.temporary.path(),
            interval: self.incoming.interval,
            calendar: instrument.calendar,
            schedule: &self.schedule,
            fill: self.incoming.fill,
            actions: &actions,
            stored: self.stored.as_ref(),
            received: Some(Received {
                rows: &self.rows,
                raw: &own,
                rebase: rebase.as_ref(),
                quarantine: &mut self.quarantine,
            }),
            lifts: &[],
            is_over,
        };
        let mut made = assembly.write()?;
        let (rejected, quarantine) = self.quarantine.finish()?;
        let clean = CleanReport {
            out_of_order: self.rows.out_of_order(),
            ..made.clean.clone()
        };
        let set = DataSet {
            name: self.name.clone(),
            instrument,
            interval: self.incoming.interval,
            rows: made.rows,
            first: made.first,
            last: made.last,
            digest: made.digest,
            simulated: self.incoming.simulated,
            source: match self.number {
                ..2 => self.incoming.source.clone(),
                last => format!("{}, the last of {last} imports", self.incoming.source),
            },
            synthetic: made.synthetic,
            spread: made.quoted,
            basis: self.basis_of_all(&made.merge, rebase.is_some()),
            actions,
            fill: self.incoming.fill,
            imports: self.number,
            rejected: rejected + self.stored.as_ref().map_or(0, |card| card.set.rejected),
        };
        let card = Card {
            layout: LAYOUT,
            set: set.clone(),
            bars_sha256: made.bars_sha256.clone(),
        };
        made.merge.seams = self.judge(&card, told)?;
        let record = ImportRecord {
            number: self.number,
            at: now(),
            source: self.incoming.source.clone(),
            sha256: self.incoming.file.as_ref().map(|file| file.sha256.clone()),
            reading: self.incoming.reading.clone(),
            reader: READER_VERSION,
            clean: clean.clone(),
            merge: made.merge.clone(),
            rejected,
            rebase: split,
        };
        let done = ImportDone {
            outcome: ImportOutcome::Stored,
            set,
            clean,
            merge: made.merge.clone(),
            fill: made.fill.clone(),
            rebase: record.rebase,
            rejected,
            quarantine,
            shared: Vec::new(),
            replaced: None,
            price_step,
        };
        Ok((record, made.bars_sha256, done))
    }

    /// What the bars that both have say, where bars are merged.
    fn compare(
        &self,
        actions: &Actions,
        is_over: &dyn Fn() -> bool,
    ) -> Result<Compared, StoreError> {
        let Some(card) = &self.stored else {
            return Ok(Compared {
                found: None,
                told: true,
            });
        };
        let incomer = Incomer {
            rows: &self.rows,
            basis: self.incoming.basis,
            actions,
            schedule: &self.schedule,
            reading: self.incoming.reading.as_ref(),
            detection: self.incoming.detection.as_ref(),
            accept: self.incoming.accept,
            is_over,
        };
        rebase::find(&self.store, card, &incomer)
    }

    /// Whether the prices that were written can be: they jump at the splits that nobody checked yet. Where no common
    /// bar says that stored and received ones fit, how they meet.
    fn judge(&self, card: &Card, told: bool) -> Result<Vec<Seam>, StoreError> {
        let actions = &card.set.actions;
        let known = self.stored.is_none() && self.incoming.actions.is_none() && !actions.is_empty();
        // a split that stands on a wrong day is seen where prices of its first days are taken as they are
        let found = match &self.stored {
            Some(stored) if self.incoming.accept => self.store.found_splits(stored)?,
            _ => Vec::new(),
        };
        if !known && told && found.is_empty() {
            return Ok(Vec::new());
        }
        let bars = bars_path(self.temporary.path());
        let prices = Prices::open(&self.store, card, &bars)?;
        // prices of which nothing is stated would be adjusted twice: that is not taken for an answer
        let is_raw = self.incoming.basis == PriceBasis::Raw;
        if known && !(is_raw && self.incoming.accept) {
            prices.check(actions, actions, &[], is_raw)?;
        }
        for split in found.iter().flat_map(|found| &found.standing) {
            let jump = prices.at(split, actions)?;
            if jump.and_then(|jump| jump.is_of(split)) == Some(false) {
                return Err(StoreError::OtherBasis {
                    name: card.set.name.clone(),
                    clash: Clash::FoundElsewhere(*split),
                });
            }
        }
        let (Some(stored), Some((first, last)), false) = (&self.stored, self.rows.span(), told)
        else {
            return Ok(Vec::new());
        };
        let mut times = Vec::new();
        if first > stored.set.first {
            times.push(first);
        }
        if last < stored.set.last {
            times.push(Timestamp(last.0.saturating_add(1)));
        }
        prices.seams(&times, actions)
    }

    /// For what the prices of the whole set are adjusted: what was stated of the stored ones, unless all were received again.
    fn basis_of_all(&self, merge: &MergeReport, converted: bool) -> PriceBasis {
        match &self.stored {
            Some(card)
                if card.set.basis == PriceBasis::Unstated && merge.kept == 0 && !converted =>
            {
                self.incoming.basis
            }
            Some(card) => card.set.basis,
            None => self.incoming.basis,
        }
    }

    /// What becomes of the data set by what was written: whether all is there already, and what is in place of what.
    fn settle(&self, record: &ImportRecord, done: &mut ImportDone) {
        let before = match &self.stored {
            Some(card) => Some(card.clone()),
            None if self.occupied => self.store.intact(&self.name).ok().flatten(),
            None => None,
        };
        let closures = self.schedule.closures();
        if let Some(card) = &before
            && card.set.digest == done.set.digest
            && card.set.instrument == done.set.instrument
            && card.set.fill == done.set.fill
            && card.set.basis == done.set.basis
            && record.rejected == 0
            && card.set.simulated == done.set.simulated
            && self.store.closures_of(&self.name).ok().as_ref() == Some(closures)
        {
            done.outcome = ImportOutcome::Unchanged;
            done.set = card.set.clone();
            return;
        }
        done.outcome = match (&self.stored, self.occupied) {
            (Some(_), _) => ImportOutcome::Merged,
            (None, true) => ImportOutcome::Replaced,
            (None, false) => ImportOutcome::Stored,
        };
        if done.outcome == ImportOutcome::Replaced {
            done.replaced = before.map(|card| Replaced::of(&card.set));
        }
    }

    /// Writes the cards and swaps the folder in, unless all is there already.
    fn place(
        self,
        record: ImportRecord,
        bars_sha256: String,
        done: &mut ImportDone,
    ) -> Result<(), StoreError> {
        self.settle(&record, done);
        if done.outcome == ImportOutcome::Unchanged {
            return Ok(());
        }
        let closures = self.schedule.closures();
        let own = raw::folder(self.temporary.path(), self.number);
        let card = ImportCard {
            record,
            bytes: self.incoming.file.as_ref().map(|file| file.bytes),
            detection: self.incoming.detection.clone(),
        };
        write_json(&card, &own.join(raw::IMPORT_FILE))?;
        self.rows
            .clear()
            .map_err(cannot("cannot be removed", self.temporary.path()))?;
        if let Some(stored) = &self.stored {
            self.store.carry_over(stored, self.temporary.path())?;
        }
        super::write_card(&done.set, bars_sha256, closures, self.temporary.path())?;
        let may_replace = self.occupied || self.incoming.replace;
        self.store
            .swap_in(self.temporary.path(), &self.name, may_replace)?;
        self.store.changed();
        Ok(())
    }
}

/// The time by this machine's clock.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(0)))
}

/// Where the bars of a data set lie.
pub(super) fn bars_path(folder: &std::path::Path) -> PathBuf {
    folder.join(BARS_FILE)
}

/// Why a file of bars cannot be written.
pub(super) fn write_fault(path: &std::path::Path) -> impl FnOnce(frames::Fault) -> StoreError {
    let path = as_meant(path);
    move |fault| match fault {
        frames::Fault::Io(source) => unwritable(&path)(source),
        frames::Fault::Parquet(reason) => StoreError::Write { path, reason },
    }
}
