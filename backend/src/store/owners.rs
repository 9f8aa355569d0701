//! Of which import the stored bars are: of bars at one time those of the last import count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::curate::clean_beside;
use atrium_shared::market::intake::{Priced, Rows};
use atrium_shared::market::succession::daily_bar_day;

use super::assemble::StoredMonths;
use super::card::{Card, ImportCard};
use super::error::cannot;
use super::months::{Month, Months};
use super::rebase::Incomer;
use super::write::bars_path;
use super::{Store, StoreError, frames, raw};

/// One of so many of the bars that an import has in common with those received differ at least, where its times may be wrong.
const DIFFER: u64 = 10;

/// A stored bar and its import, by its place in [`Owners::imports`].
pub(super) type Owned = (Priced, Option<usize>);

/// The imports of a data set, and where their rows lie.
pub(super) struct Owners<'a> {
    store: &'a Store,
    card: &'a Card,
    folder: PathBuf,
    /// By number.
    pub(super) imports: Vec<ImportCard>,
}

impl<'a> Owners<'a> {
    pub(super) fn of(store: &'a Store, card: &'a Card) -> Result<Self, StoreError> {
        let name = &card.set.name;
        Ok(Self {
            store,
            card,
            folder: store.folder(name),
            imports: store.import_cards(name)?,
        })
    }

    /// Of which import each of some stored bars of a month is, by its place in [`Owners::imports`]: the last one that has a bar at its
    /// time. Rows that were set aside are no bars.
    pub(super) fn of_bars(
        &self,
        month: Month,
        starts: &[Timestamp],
    ) -> Result<Vec<Option<usize>>, StoreError> {
        let set = &self.card.set;
        // of daily bars the session is the key, however they are stamped
        let key = |start: Timestamp| match set.interval {
            BarInterval::Day => i64::from(daily_bar_day(set.instrument.calendar, start).0),
            BarInterval::Seconds(_) => start.0,
        };
        let mut owners = vec![None; starts.len()];
        for (at, import) in self.imports.iter().enumerate().rev() {
            if owners.iter().all(Option::is_some) {
                break;
            }
            let times = match import.record.rejected {
                0 => self.of_raw(import, month, frames::read_times)?,
                _ => self.bars_received(import, month)?,
            };
            let mut times: Vec<i64> = times.unwrap_or_default().into_iter().map(key).collect();
            times.sort_unstable();
            for (owner, &start) in owners.iter_mut().zip(starts) {
                if owner.is_none() && times.binary_search(&key(start)).is_ok() {
                    *owner = Some(at);
                }
            }
        }
        Ok(owners)
    }

    /// What an import has of a month in the raw layer; `None` where it has nothing.
    fn of_raw<T>(
        &self,
        import: &ImportCard,
        month: Month,
        read: impl Fn(&Path) -> Result<T, frames::Fault>,
    ) -> Result<Option<T>, StoreError> {
        let path = raw::folder(&self.folder, import.record.number);
        let path = path.join(format!("{}.parquet", month.name()));
        if !path.exists() {
            return Ok(None);
        }
        read(&path).map(Some).map_err(|fault| {
            let reason = format!("{} cannot be read ({fault})", path.display());
            self.store.damaged(&self.card.set.name, reason)
        })
    }

    /// When the bars start that an import's rows of a month were cleaned to.
    fn bars_received(
        &self,
        import: &ImportCard,
        month: Month,
    ) -> Result<Option<Vec<Timestamp>>, StoreError> {
        let set = &self.card.set;
        let Some(rows) = self.of_raw(import, month, frames::read_raw)? else {
            return Ok(None);
        };
        let mut beside = Rows::default();
        for other in month.neighbours() {
            let all = self.of_raw(import, other, frames::read_raw)?;
            let bars = all.unwrap_or_default().bars;
            let ends = bars.open.iter().zip(&bars.close);
            let prices = bars.high.iter().zip(&bars.low).zip(ends);
            let rows = bars.start.iter().zip(prices).zip(&bars.volume);
            let mut finder = Months::default();
            for ((start, ((high, low), (open, close))), volume) in rows {
                if finder.beside(*start) == Some(month) {
                    beside
                        .bars
                        .push(*start, [*open, *high, *low, *close], *volume);
                }
            }
        }
        let cleaned = clean_beside(set.interval, &rows, &beside)?;
        let cleaned = cleaned.apart(set.instrument.calendar, &rows)?;
        Ok(Some(cleaned.bars.bars().start().to_vec()))
    }

    /// The imports that some bars are of, the last ones first.
    pub(super) fn near(&self, bars: &[Owned]) -> Vec<&ImportCard> {
        let numbers: BTreeSet<usize> = bars.iter().filter_map(|(_, owner)| *owner).collect();
        let cards = numbers.iter().rev();
        cards.filter_map(|&at| self.imports.get(at)).collect()
    }

    /// Those of some bars that are of some imports.
    pub(super) fn bars_of(&self, cards: &[&ImportCard], bars: &[Owned]) -> Vec<Priced> {
        let is_of = |import: &ImportCard| {
            let mut cards = cards.iter();
            cards.any(|card| card.record.number == import.record.number)
        };
        let places: Vec<bool> = self.imports.iter().map(is_of).collect();
        let is_theirs = |owner: usize| places.get(owner).copied().unwrap_or_default();
        let theirs = bars
            .iter()
            .filter(|(_, owner)| owner.is_some_and(is_theirs));
        theirs.map(|(bar, _)| *bar).collect()
    }

    /// The imports whose bars differ from those received at the same times, the last ones first.
    pub(super) fn unlike(&self, incomer: &Incomer<'_>) -> Result<Vec<&ImportCard>, StoreError> {
        let (set, rows) = (&self.card.set, incomer.rows);
        let path = bars_path(&self.folder);
        let stored = StoredMonths::open(&path, self.card, self.store)?;
        let mut counts: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
        for month in rows.months().filter(|&month| stored.has(month)) {
            if (incomer.is_over)() {
                return Err(StoreError::GivenUp);
            }
            let received = rows.with_beside(month);
            let (received, beside) = received.map_err(cannot("cannot be read", &path))?;
            let received = clean_beside(set.interval, &received, &beside)?.bars;
            let known = stored.month(month, self.card, self.store)?.into_real();
            let mut again = received.bars().rows().peekable();
            let (mut starts, mut differ) = (Vec::new(), Vec::new());
            for (start, prices, _) in known.rows() {
                while again.next_if(|row| row.0 < start).is_some() {}
                if let Some((_, now, _)) = again.next_if(|row| row.0 == start) {
                    starts.push(start);
                    differ.push(now.map(f64::to_bits) != prices.map(f64::to_bits));
                }
            }
            let owners = self.of_bars(month, &starts)?;
            for (owner, differs) in owners.into_iter().zip(differ) {
                let Some(owner) = owner else { continue };
                let (unlike, bars) = counts.entry(owner).or_default();
                *unlike += u64::from(differs);
                *bars += 1;
            }
        }
        let unlike = |(_, (unlike, bars)): &(&usize, &(u64, u64))| *unlike * DIFFER >= *bars;
        let found = counts.iter().rev().filter(unlike);
        let cards = found.filter_map(|(at, _)| self.imports.get(*at));
        Ok(cards.collect())
    }
}
