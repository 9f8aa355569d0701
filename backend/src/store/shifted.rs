//! Bars that are those stored, but at other times: the file's zone or side is another one.

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::curate::clean_beside;
use atrium_shared::market::intake::{Priced, Reading, Shifted, shifted};

use super::assemble::StoredMonths;
use super::card::Card;
use super::error::{Clash, cannot};
use super::months::{Month, Months};
use super::rebase::Incomer;
use super::whose::{Fix, Whose};
use super::write::bars_path;
use super::{Store, StoreError};

/// No two clocks are further apart, in microseconds.
const FURTHEST: i64 = 26 * 3_600 * 1_000_000;
/// So many months tell it, the last ones that both have.
const MOST_MONTHS: usize = 3;
/// Imports that were read in so many ways are tried to be read otherwise.
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
    let (mut known, mut again): (Vec<Priced>, Vec<Priced>) = (Vec::new(), Vec::new());
    for month in months {
        let bars = stored.month(month, card, store)?.into_real();
        known.extend(bars.rows().map(|(start, prices, _)| (start, prices)));
        let received = rows.with_beside(month);
        let (received, beside) = received.map_err(cannot("cannot be read", &path))?;
        let received = clean_beside(set.interval, &received, &beside)?.bars;
        let received = received.bars().rows();
        again.extend(received.map(|(start, prices, _)| (start, prices)));
    }
    // what lies further from the others than any two clocks cannot be one of them
    keep_near(&mut again, &known);
    keep_near(&mut known, &again);
    let own = shifted(reading, set.interval, &known, &again);
    let imports = store.import_cards(&set.name)?;
    let mut tried: Vec<(Reading, Option<Shifted>)> = Vec::new();
    let mut of_stored = |then: &Reading| {
        let is_like = |known: &Reading| (&known.zone, known.labels) == (&then.zone, then.labels);
        if let Some((_, found)) = tried.iter().find(|(known, _)| is_like(known)) {
            return found.as_ref().map(Fix::from);
        }
        let found = match tried.len() {
            ..MOST_READINGS => shifted(then, set.interval, &again, &known),
            _ => None,
        };
        tried.push((then.clone(), found));
        tried.last()?.1.as_ref().map(Fix::from)
    };
    let file = (reading, incomer.detection);
    let whose = Whose::of(own.as_ref().map(Fix::from), file, &imports, &mut of_stored);
    let found = own.or_else(|| tried.into_iter().find_map(|(_, found)| found));
    Ok(found.zip(whose).map(|(found, whose)| Clash::Shifted {
        same_now: found.same_now,
        bars: found.bars,
        same: found.same,
        whose: Box::new(whose),
    }))
}

/// Keeps the bars that are not further from others, by time, than any two clocks.
fn keep_near(bars: &mut Vec<Priced>, others: &[Priced]) {
    let near = others.first().zip(others.last()).map(|(first, last)| {
        first.0.0.saturating_sub(FURTHEST)..=last.0.0.saturating_add(FURTHEST)
    });
    bars.retain(|(start, _)| near.as_ref().is_some_and(|near| near.contains(&start.0)));
}
