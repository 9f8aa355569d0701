//! Bars that are those stored, but at other times: the file's zone or side is another one.

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::curate::clean_beside;
use atrium_shared::market::intake::{
    Certainty, Priced, READER_VERSION, are_shifted, misplaced, shifted,
};

use super::assemble::StoredMonths;
use super::card::{Card, ImportCard};
use super::error::{Clash, cannot};
use super::months::{Month, Months};
use super::owners::{Owned, Owners};
use super::rebase::Incomer;
use super::whose::{Fix, ReadAlike, StoredFix, Whose, by_reading};
use super::write::bars_path;
use super::{Store, StoreError};

/// No two clocks are further apart, in microseconds.
const FURTHEST: i64 = 26 * 3_600 * 1_000_000;
/// So many months tell it, the last ones that both have.
const MOST_MONTHS: usize = 3;
/// Imports that were read in so many ways, the last ones, are tried to be read otherwise.
const MOST_READINGS: usize = 2;

/// How the times of what was received, or those of a stored import, have to be read for the bars to be the same; `None` where they
/// are not.
pub(super) fn clash(
    store: &Store,
    card: &Card,
    incomer: &Incomer<'_>,
) -> Result<Option<Clash>, StoreError> {
    let (set, rows) = (&card.set, incomer.rows);
    let (Some(reading), Some((first, last))) = (incomer.reading, rows.span()) else {
        return Ok(None);
    };
    let (from, to) = (
        Timestamp(first.0.saturating_sub(FURTHEST)).max(set.first),
        Timestamp(last.0.saturating_add(FURTHEST)).min(set.last),
    );
    if from > to || set.interval == BarInterval::Day {
        return Ok(None);
    }
    let path = bars_path(&store.folder(&set.name));
    let stored = StoredMonths::open(&path, card, store)?;
    let mut finder = Months::default();
    let within = finder.of(from)..=finder.of(to);
    let mut months: Vec<Month> = stored.months().filter(|it| within.contains(it)).collect();
    let months = months.split_off(months.len().saturating_sub(MOST_MONTHS));
    let owners = Owners::of(store, card)?;
    let (mut known, mut again): (Vec<Owned>, Vec<Priced>) = (Vec::new(), Vec::new());
    for month in months {
        let bars = stored.month(month, card, store)?.into_real();
        let of = owners.of_bars(month, bars.start())?;
        known.extend(bars.rows().zip(of));
        let received = rows.with_beside(month);
        let (received, beside) = received.map_err(cannot("cannot be read", &path))?;
        let received = clean_beside(set.interval, &received, &beside)?.bars;
        again.extend(received.bars().rows());
    }
    // what lies further from the others than any two clocks cannot be one of them
    keep_near(&mut again, &known, |bar| bar.0, |(bar, _)| bar.0);
    keep_near(&mut known, &again, |(bar, _)| bar.0, |bar| bar.0);
    let all: Vec<Priced> = known.iter().map(|(bar, _)| *bar).collect();
    let own = shifted(reading, set.interval, &all, &again);
    let mut first = own.clone();
    let mut fixes = Vec::new();
    for way in by_reading(owners.near(&known))
        .into_iter()
        .take(MOST_READINGS)
    {
        let then = way.reading;
        let theirs = owners.bars_of(&way.cards, &known);
        let Some(found) = shifted(then, set.interval, &again, &theirs) else {
            continue;
        };
        let is_one = |card: &&ImportCard| {
            let bars = owners.bars_of(&[card], &known);
            are_shifted(then, set.interval, &again, &bars, &found)
        };
        let cards: Vec<&ImportCard> = way.cards.into_iter().filter(is_one).collect();
        if !cards.is_empty() {
            let way = ReadAlike {
                reading: then,
                cards,
            };
            fixes.push(StoredFix::new(&way, Fix::from(&found), &owners.imports));
            first = first.or(Some(found));
        }
    }
    let file = (reading, incomer.detection);
    let whose = Whose::of(own.as_ref().map(Fix::from), file, fixes);
    Ok(first.zip(whose).map(|(found, whose)| Clash::Shifted {
        same_now: found.same_now,
        bars: found.bars,
        same: found.same,
        whose: Box::new(whose),
    }))
}

/// Whether the last months of stored bars, which an older version read without being told how, stand where a file of them would not
/// put them today. Where the present version added or changed bars, that was right or an answer, and it is not asked again.
pub(super) fn misplacement(store: &Store, card: &Card) -> Result<Option<Clash>, StoreError> {
    let set = &card.set;
    let imports = store.import_cards(&set.name)?;
    let is_given = |import: &ImportCard| {
        import.detection.as_ref().is_none_or(|found| {
            let zone = found.zone.as_ref().map(|zone| zone.certainty);
            let sides = [Some(found.labels.certainty), zone];
            sides.into_iter().flatten().all(|it| it == Certainty::Given)
        })
    };
    // what changed nothing was not asked about
    let changed =
        |import: &&ImportCard| import.record.merge.added + import.record.merge.changed > 0;
    let is_old = imports
        .iter()
        .rfind(changed)
        .or(imports.last())
        .is_some_and(|import| import.record.reader < READER_VERSION);
    if !is_old || set.interval == BarInterval::Day || imports.iter().all(is_given) {
        return Ok(None);
    }
    let path = bars_path(&store.folder(&set.name));
    let stored = StoredMonths::open(&path, card, store)?;
    let months: Vec<Month> = stored.months().collect();
    let mut starts: Vec<Timestamp> = Vec::new();
    for &month in months.iter().rev().take(MOST_MONTHS).rev() {
        let bars = stored.month(month, card, store)?.into_real();
        starts.extend(bars.rows().map(|(start, ..)| start));
    }
    let why = misplaced(set.instrument.calendar, set.interval, starts);
    Ok(why.map(Clash::Misplaced))
}

/// Keeps the bars that are not further from others, by time, than any two clocks.
fn keep_near<T, U>(
    bars: &mut Vec<T>,
    others: &[U],
    start: impl Fn(&T) -> Timestamp,
    other: impl Fn(&U) -> Timestamp,
) {
    let ends = others.first().zip(others.last());
    let near = ends.map(|(first, last)| {
        let (first, last) = (other(first), other(last));
        first.0.saturating_sub(FURTHEST)..=last.0.saturating_add(FURTHEST)
    });
    bars.retain(|bar| {
        near.as_ref()
            .is_some_and(|near| near.contains(&start(bar).0))
    });
}
