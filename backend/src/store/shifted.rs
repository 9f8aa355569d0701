//! Bars that are those stored, but at other times: the file's zone or side is another one.

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::curate::clean;
use atrium_shared::market::intake::{Priced, Reading, shifted};

use super::assemble::StoredMonths;
use super::card::Card;
use super::error::{Clash, cannot};
use super::months::{Month, Months};
use super::spill::Spill;
use super::write::bars_path;
use super::{Store, StoreError};

/// No two clocks are further apart, in microseconds.
const FURTHEST: i64 = 26 * 3_600 * 1_000_000;
/// So many months tell it, the last ones that both have.
const MOST_MONTHS: usize = 3;

/// How the times of what was received have to be read for its bars to be those stored; `None` where they are not.
pub(super) fn clash(
    store: &Store,
    card: &Card,
    rows: &Spill,
    reading: Option<&Reading>,
) -> Result<Option<Clash>, StoreError> {
    let set = &card.set;
    let (Some(reading), Some((first, last))) = (reading, rows.span()) else {
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
        let received = rows.month(month).map_err(cannot("cannot be read", &path))?;
        let received = clean(set.interval, &received)?.bars;
        let received = received.bars().rows();
        again.extend(received.map(|(start, prices, _)| (start, prices)));
    }
    // what lies further from the stored bars than any two clocks cannot be one of them
    let near = known.first().zip(known.last()).map(|(first, last)| {
        first.0.0.saturating_sub(FURTHEST)..=last.0.0.saturating_add(FURTHEST)
    });
    again.retain(|(start, _)| near.as_ref().is_some_and(|near| near.contains(&start.0)));
    let found = shifted(reading, set.interval, &known, &again);
    Ok(found.map(|found| Clash::Shifted {
        found: Box::new(found),
        zone: reading.zone.clone(),
    }))
}
