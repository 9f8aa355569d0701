//! The months of a data set, one by one: what is stored, merged with what was received, filled and written.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread;

use atrium_shared::base::digest::Digest;
use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::actions::{Actions, Basis};
use atrium_shared::market::bars::{BadSeries, BarColumns, BarSeries};
use atrium_shared::market::calendar::{Calendar, Schedule};
use atrium_shared::market::curate::{
    Beside, CleanReport, Curated, FillReport, FillRule, Filler, GridOrigin, MergeError,
    MergeReport, apart_from, clean_beside, keyed_by_date, merge,
};
use atrium_shared::market::intake::{Rejected, Rows};
use atrium_shared::market::succession::daily_bar_day;
use atrium_shared::surface::api::DataSet;

use super::behind::Behind;
use super::card::Card;
use super::error::cannot;
use super::frames::{self, CuratedFile, CuratedWriter};
use super::jumps::{Lift, lifted};
use super::months::{Month, Months};
use super::raw::{self, Quarantine};
use super::rebase::Found;
use super::spill::Spill;
use super::write::{bars_path, write_fault};
use super::{Store, StoreError};

/// What is to be written.
pub(super) struct Assembly<'a> {
    pub(super) store: &'a Store,
    /// The folder to write to.
    pub(super) target: &'a Path,
    pub(super) interval: BarInterval,
    pub(super) calendar: Calendar,
    pub(super) schedule: &'a Schedule,
    pub(super) fill: FillRule,
    pub(super) actions: &'a Actions,
    /// What is stored and stays.
    pub(super) stored: Option<&'a Card>,
    pub(super) received: Option<Received<'a>>,
    /// Stretches of what is stored that are brought to another basis.
    pub(super) lifts: &'a [Lift],
    /// Whether nobody waits for it any more.
    pub(super) is_over: &'a dyn Fn() -> bool,
}

/// Of what has to be done, whoever waits.
pub(super) const fn never() -> bool {
    false
}

/// What was received.
pub(super) struct Received<'a> {
    pub(super) rows: &'a Spill,
    /// Its folder of the raw layer.
    pub(super) raw: &'a Path,
    /// How its prices differ from those stored.
    pub(super) rebase: Option<&'a Found>,
    pub(super) quarantine: &'a mut Quarantine,
}

/// What was written.
pub(super) struct Made {
    pub(super) rows: u64,
    pub(super) synthetic: u64,
    pub(super) quoted: bool,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) digest: Digest,
    pub(super) bars_sha256: String,
    pub(super) clean: CleanReport,
    pub(super) merge: MergeReport,
    pub(super) fill: FillReport,
}

/// What is stored, by month. Daily bars have the key that is theirs today, whatever they were stamped with when they were stored.
pub(super) struct StoredMonths<'a> {
    file: CuratedFile<'a>,
    months: BTreeMap<Month, Stretch>,
}

/// Where the bars of a month stand in the file.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: usize,
    count: usize,
    /// The start of the first one, and of the last.
    first: Timestamp,
    last: Timestamp,
}

impl<'a> StoredMonths<'a> {
    /// Opens the bars of a card and finds where its months are.
    pub(super) fn open(path: &'a Path, card: &Card, store: &Store) -> Result<Self, StoreError> {
        let damaged = |fault: frames::Fault| store.damaged_bars(&card.set.name, &fault);
        let file =
            CuratedFile::open(path, card.set.interval, &card.bars_sha256).map_err(damaged)?;
        let mut months: BTreeMap<Month, Stretch> = BTreeMap::new();
        let (mut finder, mut index) = (Months::default(), 0);
        let mut last = Timestamp::MIN;
        file.each_start(|starts| {
            for &start in starts {
                // the parts of the file are those of its order, whatever its stamps
                last = last.max(key(&card.set, start));
                let stretch = months.entry(finder.of(last)).or_insert(Stretch {
                    from: index,
                    count: 0,
                    first: last,
                    last,
                });
                stretch.count += 1;
                stretch.last = last;
                index += 1;
            }
        })
        .map_err(damaged)?;
        Ok(Self { file, months })
    }

    pub(super) fn months(&self) -> impl Iterator<Item = Month> + '_ {
        self.months.keys().copied()
    }

    /// The start of the first bar after a month.
    pub(super) fn first_after(&self, month: Month) -> Option<Timestamp> {
        use std::ops::Bound::{Excluded, Unbounded};
        let later = self.months.range((Excluded(month), Unbounded)).next();
        later.map(|(_, stretch)| stretch.first)
    }

    /// The start of the last bar before a month.
    pub(super) fn last_before(&self, month: Month) -> Option<Timestamp> {
        let earlier = self.months.range(..month).next_back();
        earlier.map(|(_, stretch)| stretch.last)
    }

    pub(super) fn has(&self, month: Month) -> bool {
        self.months.contains_key(&month)
    }

    /// How many of the bars that a month's file has are not among its bars: those of sessions that had two.
    fn folded(&self, month: Month, bars: &Curated) -> u64 {
        let stored = self.months.get(&month).map_or(0, |it| it.count);
        stored.saturating_sub(bars.bars().len()) as u64
    }

    /// The bars of a month.
    pub(super) fn month(
        &self,
        month: Month,
        card: &Card,
        store: &Store,
    ) -> Result<Curated, StoreError> {
        let stretch = self.months.get(&month);
        let (from, count) = stretch.map_or((0, 0), |it| (it.from, it.count));
        let bars = self.file.read(from, count, &Actions::default());
        let bars = bars.map_err(|fault| store.damaged_bars(&card.set.name, &fault))?;
        match card.set.interval {
            BarInterval::Day => Ok(keyed_by_date(&bars, card.set.instrument.calendar)?),
            BarInterval::Seconds(_) => Ok(bars),
        }
    }
}

/// The start of a stored bar: of a daily one its session's date.
fn key(set: &DataSet, start: Timestamp) -> Timestamp {
    match set.interval {
        BarInterval::Day => daily_bar_day(set.instrument.calendar, start).midnight_utc(),
        BarInterval::Seconds(_) => start,
    }
}

impl Assembly<'_> {
    /// Writes the raw rows that were received and all curated bars.
    pub(super) fn write(self) -> Result<Made, StoreError> {
        let stored_path = self
            .stored
            .map(|card| bars_path(&self.store.folder(&card.set.name)));
        let stored = match (&stored_path, self.stored) {
            (Some(path), Some(card)) => Some(StoredMonths::open(path, card, self.store)?),
            _ => None,
        };
        let received = self.received.as_ref().filter(|it| it.rows.len() > 0);
        let received = received.map(|it| it.rows.is_quoted());
        let stored_quoted = stored.as_ref().map(|it| it.file.is_quoted());
        // months of the one and of the other would be one file
        if let (Some(stored), Some(received)) = (stored_quoted, received)
            && stored != received
        {
            return Err(MergeError::Spread { stored }.into());
        }
        let quoted = received.or(stored_quoted).unwrap_or_default();
        let path = bars_path(self.target);
        let run = Run {
            output: writing(&path, quoted)?,
            path,
            raw_rows: None,
            bases: self.actions.bases(self.calendar, self.interval),
            origin: None,
            filler: None,
            tally: Tally::default(),
            duplicated: Vec::new(),
            clean: CleanReport::default(),
            merge: MergeReport::default(),
            overlap: Overlap::default(),
            last_received: None,
            last: None,
            quoted,
            assembly: self,
        };
        run.all(stored)
    }
}

/// Bars and the price factor of each.
type Factored = (Curated, Vec<f64>);

/// Writes curated bars to a new file.
fn writing(path: &Path, quoted: bool) -> Result<Behind<Factored>, StoreError> {
    let mut output = CuratedWriter::create(path, quoted).map_err(write_fault(path))?;
    let file = path.to_path_buf();
    Behind::start(path, move |parts: Receiver<Factored>| {
        for (bars, factors) in parts {
            let written = output.write(&bars, &factors);
            written.map_err(write_fault(&file))?;
        }
        output.finish().map_err(write_fault(&file))
    })
}

/// The raw rows of a month, and the file that they become.
type RawMonth = (PathBuf, Arc<Rows>);

/// Writes raw rows, a file for each month.
fn writing_raw(folder: &Path) -> Result<Behind<RawMonth>, StoreError> {
    Behind::start(folder, |months: Receiver<RawMonth>| {
        for (path, rows) in months {
            frames::write_raw(&rows, &path).map_err(write_fault(&path))?;
        }
        Ok(())
    })
}

/// The months being written.
struct Run<'a> {
    assembly: Assembly<'a>,
    quoted: bool,
    path: PathBuf,
    output: Behind<Factored>,
    /// Once there are any.
    raw_rows: Option<Behind<RawMonth>>,
    bases: Vec<Basis>,
    /// How the bars are cut, where the first month may not tell.
    origin: Option<GridOrigin>,
    filler: Option<Filler>,
    tally: Tally,
    duplicated: Vec<Timestamp>,
    clean: CleanReport,
    merge: MergeReport,
    overlap: Overlap,
    /// The start of the last bar received, and of the last one of all, in the months before.
    last_received: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// Bars received that overlap stored ones.
#[derive(Default)]
struct Overlap {
    received: u64,
    overlapping: u64,
    first: Option<String>,
}

impl Overlap {
    fn add(&mut self, received: u64, overlapping: &[Rejected]) {
        self.received += received;
        self.overlapping += overlapping.len() as u64;
        if let (None, Some(first)) = (&self.first, overlapping.first()) {
            self.first = Some(format!("{}: {}", first.text, first.reason));
        }
    }

    /// More than a hundredth are bars that are cut in another way.
    fn check(&mut self) -> Result<(), StoreError> {
        match self.first.take() {
            Some(first) if self.overlapping * 100 > self.received => {
                Err(StoreError::from(MergeError::Overlap {
                    overlapping: self.overlapping,
                    received: self.received,
                    first,
                }))
            }
            _ => Ok(()),
        }
    }
}

#[derive(Default)]
struct Tally {
    rows: u64,
    synthetic: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Run<'_> {
    fn all(mut self, stored: Option<StoredMonths<'_>>) -> Result<Made, StoreError> {
        let mut months: Vec<Month> = Vec::new();
        months.extend(stored.iter().flat_map(StoredMonths::months));
        months.extend(
            self.assembly
                .received
                .iter()
                .flat_map(|it| it.rows.months()),
        );
        months.sort_unstable();
        months.dedup();
        self.origin = self.origin(stored.as_ref(), &months)?;
        for month in months {
            if (self.assembly.is_over)() {
                return Err(StoreError::GivenUp);
            }
            let (received, rows) = self.received(month)?;
            let bars = match (&stored, self.assembly.stored) {
                (Some(stored), Some(card)) => {
                    let old = stored.month(month, card, self.assembly.store)?;
                    self.merge.folded += stored.folded(month, &old);
                    let old = lifted(old, self.assembly.lifts)?;
                    self.merged(old, received, stored.first_after(month), &rows)?
                }
                _ => {
                    self.merge.added += received.bars().len() as u64;
                    received
                }
            };
            let start = bars.bars().start();
            self.last = start.last().copied().or(self.last);
            self.put(bars)?;
        }
        self.finish()
    }

    /// How all bars are cut, of those that are so long that one season does not tell by which clock.
    fn origin(
        &self,
        stored: Option<&StoredMonths<'_>>,
        months: &[Month],
    ) -> Result<Option<GridOrigin>, StoreError> {
        let interval = self.assembly.interval;
        if self.assembly.fill.max_fill_minutes == 0 || GridOrigin::is_plain(interval) {
            return Ok(None);
        }
        let mut starts = Vec::new();
        if let (Some(stored), Some(card)) = (stored, self.assembly.stored) {
            let read = stored.file.each_real_start(|start| starts.push(start));
            read.map_err(|fault| self.assembly.store.damaged_bars(&card.set.name, &fault))?;
        }
        if let Some(received) = &self.assembly.received {
            for &month in months {
                let rows = received.rows.month(month);
                let rows = rows.map_err(cannot("cannot be read", self.assembly.target))?;
                starts.extend(rows.bars.start);
            }
        }
        let origin = GridOrigin::among(&starts, interval, self.assembly.schedule);
        Ok(Some(origin.map_err(BadSeries::from)?))
    }

    /// The cleaned rows of a month, and the rows; what they were stays in the raw layer.
    fn received(&mut self, month: Month) -> Result<(Curated, Arc<Rows>), StoreError> {
        let interval = self.assembly.interval;
        let empty = || BarSeries::new(interval, BarColumns::default()).map(Curated::plain);
        let Some(received) = &mut self.assembly.received else {
            return Ok((empty()?, Arc::default()));
        };
        let temporary = cannot("cannot be read", self.assembly.target);
        let (rows, beside) = received.rows.with_beside(month).map_err(temporary)?;
        let rows = Arc::new(rows);
        if rows.is_empty() {
            return Ok((empty()?, rows));
        }
        let path = received.raw.join(format!("{}.parquet", month.name()));
        let writer = match self.raw_rows.take() {
            Some(writer) => writer,
            None => writing_raw(received.raw)?,
        };
        let writer = self.raw_rows.insert(writer);
        writer.push((path, Arc::clone(&rows)))?;
        let cleaned = clean_beside(interval, &rows, &beside)?;
        let cleaned = cleaned.apart_after(self.last_received, self.assembly.calendar, &rows)?;
        let start = cleaned.bars.bars().start();
        self.last_received = start.last().copied().or(self.last_received);
        for rejected in cleaned.rejected {
            received.quarantine.push(rejected)?;
        }
        self.clean.absorb(&cleaned.report);
        self.duplicated.extend(cleaned.duplicated);
        Ok((cleaned.bars, rows))
    }

    /// Stored and received bars of a month; `after` is the first stored bar after it, `rows` what they were.
    fn merged(
        &mut self,
        old: Curated,
        new: Curated,
        after: Option<Timestamp>,
        rows: &Rows,
    ) -> Result<Curated, StoreError> {
        let rebase = self.assembly.received.as_ref().and_then(|it| it.rebase);
        let new = match rebase {
            Some(rebase) => rebase.on_stored_basis(&old, new)?,
            None => (new, Vec::new()),
        };
        let (new, converted) = new;
        let received = new.bars().len() as u64;
        let beside = Beside {
            before: self.last,
            after,
        };
        let (new, overlapping) = apart_from(&old, new, beside, self.assembly.calendar, rows)?;
        self.overlap.add(received, &overlapping);
        if let Some(received) = &mut self.assembly.received {
            for rejected in overlapping {
                received.quarantine.push(rejected)?;
            }
        }
        let (bars, report) = merge(&old, &new)?;
        self.merge.absorb(&MergeReport {
            converted,
            ..report
        });
        Ok(bars)
    }

    /// Fills a month and writes what is ready.
    fn put(&mut self, bars: Curated) -> Result<(), StoreError> {
        if self.assembly.fill.max_fill_minutes == 0 {
            return self.write(bars);
        }
        let mut filler = match self.filler.take() {
            Some(filler) => filler,
            None => {
                let schedule = self.assembly.schedule;
                let origin = match self.origin {
                    Some(origin) => origin,
                    None => GridOrigin::of(&bars, schedule).map_err(BadSeries::from)?,
                };
                Filler::new(schedule, self.assembly.interval, origin, self.assembly.fill)
            }
        };
        let ready = filler.push(&bars)?;
        self.filler = Some(filler);
        self.write(ready)
    }

    fn write(&mut self, bars: Curated) -> Result<(), StoreError> {
        let start = bars.bars().start();
        let tally = &mut self.tally;
        tally.rows += start.len() as u64;
        tally.synthetic += bars.synthetic_count() as u64;
        tally.first = tally.first.or(start.first().copied());
        tally.last = start.last().copied().or(tally.last);
        let mut bases = self.bases.iter().peekable();
        let factor = |at: &Timestamp| {
            while bases.next_if(|basis| basis.until <= *at).is_some() {}
            bases.peek().map_or(1.0, |basis| basis.price_factor)
        };
        let factors: Vec<f64> = start.iter().map(factor).collect();
        self.output.push((bars, factors))
    }

    fn finish(mut self) -> Result<Made, StoreError> {
        self.overlap.check()?;
        let mut fill = FillReport::default();
        if let Some(filler) = self.filler.take() {
            let (rest, report) = filler.finish(Actions::default())?;
            fill = report;
            self.write(rest)?;
        }
        let Self {
            assembly,
            path,
            output,
            raw_rows,
            tally,
            ..
        } = self;
        let (Some(first), Some(last)) = (tally.first, tally.last) else {
            return Err(StoreError::Empty);
        };
        output.finish()?;
        if let Some(received) = &assembly.received
            && !self.duplicated.is_empty()
        {
            let path = received.raw.join(raw::DUPLICATED_FILE);
            frames::write_times(&self.duplicated, &path).map_err(write_fault(&path))?;
        }
        let file = CuratedFile::written(&path, assembly.interval).map_err(write_fault(&path))?;
        // the one is of bytes, the other of what they unpack to: each is as long
        let (digest, bars_sha256) = thread::scope(|scope| {
            let cannot = || cannot("cannot be read", &path);
            let checksum = thread::Builder::new().name("checksum".to_owned());
            let checksum = checksum.spawn_scoped(scope, || frames::checksum(&path));
            let checksum = checksum.map_err(cannot())?;
            let digest = file.digest(assembly.actions).map_err(write_fault(&path))?;
            let checksum = checksum.join().unwrap_or_else(|cause| resume_unwind(cause));
            Ok::<_, StoreError>((digest, checksum.map_err(cannot())?))
        })?;
        raw_rows.map_or(Ok(()), Behind::finish)?;
        Ok(Made {
            rows: tally.rows,
            synthetic: tally.synthetic,
            quoted: self.quoted,
            first,
            last,
            digest,
            bars_sha256,
            clean: self.clean,
            merge: self.merge,
            fill,
        })
    }
}
