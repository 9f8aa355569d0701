//! A change of basis: the same bars received again with all prices times one ratio.

use atrium_shared::base::time::{Day, Timestamp};
use atrium_shared::market::actions::{ActionKind, CorporateAction, Rebase, detect_rebase};
use atrium_shared::market::bars::{BarColumns, BarSeries};
use atrium_shared::market::calendar::{OutsideCalendar, Schedule};
use atrium_shared::market::curate::{Curated, clean};

use super::assemble::StoredMonths;
use super::card::Card;
use super::error::cannot;
use super::months::Month;
use super::spill::Spill;
use super::write::bars_path;
use super::{Store, StoreError};

/// So many common bars are compared, the last ones.
const COMPARED: usize = 50_000;
/// So many days after the last stored bar the next session is looked for.
const LOOK_AHEAD: i32 = 31;

/// How the prices received differ from those stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// The action that explains it.
    pub(super) action: CorporateAction,
    /// The last stored bar: what was received up to here is on the later basis, what is stored on the earlier one.
    until: Timestamp,
}

/// Compares the bars received with those stored where both have them.
///
/// The ratio is an action on the first session after the stored bars: they were whole before it, and what was received is
/// adjusted for it. That holds only where the bars received go on after the stored ones.
pub(super) fn find(
    store: &Store,
    card: &Card,
    rows: &Spill,
    schedule: &Schedule,
) -> Result<Option<Found>, StoreError> {
    let Some((_, last)) = rows.span() else {
        return Ok(None);
    };
    let path = bars_path(&store.folder(&card.set.name));
    let stored = StoredMonths::open(&path, card, store)?;
    let common: Vec<Month> = rows.months().filter(|&month| stored.has(month)).collect();
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for month in common.into_iter().rev() {
        let rows = rows.month(month).map_err(cannot("cannot be read", &path))?;
        let received = clean(card.set.interval, &rows)?.bars;
        let before = stored.month(month, card, store)?;
        let (one, other) = shared_bars(&before, &received);
        old.push(one);
        new.push(other);
        if old.iter().map(|bars| bars.start.len()).sum::<usize>() >= COMPARED {
            break;
        }
    }
    let series = |mut parts: Vec<BarColumns>| {
        parts.reverse();
        let mut all = BarColumns::default();
        for part in parts {
            append(&mut all, part);
        }
        BarSeries::new(card.set.interval, all)
    };
    let tick = card.set.instrument.tick_size;
    match detect_rebase(&series(old)?, &series(new)?, tick) {
        Rebase::Changed { action, .. } if last > card.set.last => {
            let first_day = next_session(schedule, card.set.last)?;
            Ok(Some(Found {
                action: CorporateAction {
                    first_day,
                    kind: action,
                },
                until: card.set.last,
            }))
        }
        Rebase::Changed { bars, ratio, .. } => Err(StoreError::OtherBasis {
            name: card.set.name.clone(),
            bars,
            ratio,
        }),
        Rebase::NoOverlap | Rebase::Same { .. } | Rebase::Inconsistent { .. } => Ok(None),
    }
}

fn append(all: &mut BarColumns, part: BarColumns) {
    all.start.extend(part.start);
    all.open.extend(part.open);
    all.high.extend(part.high);
    all.low.extend(part.low);
    all.close.extend(part.close);
    all.volume.extend(part.volume);
}

/// The bars that both have: as the one has them and as the other.
fn shared_bars(one: &Curated, other: &Curated) -> (BarColumns, BarColumns) {
    let one = one.real();
    let (mut left, mut right) = (BarColumns::default(), BarColumns::default());
    let mut theirs = other.bars().rows().peekable();
    for (start, prices, volume) in one.rows() {
        while theirs.next_if(|row| row.0 < start).is_some() {}
        if let Some((_, again, traded)) = theirs.next_if(|row| row.0 == start) {
            left.push(start, prices, volume);
            right.push(start, again, traded);
        }
    }
    (left, right)
}

/// The first session after that of a bar.
fn next_session(schedule: &Schedule, last: Timestamp) -> Result<Day, StoreError> {
    let day = schedule.calendar().local_day(last);
    let outside = |error: OutsideCalendar| atrium_shared::market::bars::BadSeries::from(error);
    for ahead in 1..=LOOK_AHEAD {
        let day = Day(day.0 + ahead);
        if schedule.session(day).map_err(outside)?.is_some() {
            return Ok(day);
        }
    }
    Ok(Day(day.0 + 1))
}

impl Found {
    /// Bars of a month on the basis of those stored. Where both have a bar the stored one stays.
    pub(super) fn on_stored_basis(
        &self,
        stored: &Curated,
        received: Curated,
    ) -> Result<Curated, StoreError> {
        let (price, split) = match self.action.kind {
            ActionKind::Split { ratio } => (ratio, ratio),
            ActionKind::Dividend { factor } => (1.0 / factor, 1.0),
        };
        let mut columns = BarColumns::default();
        let mut spread = Vec::new();
        let have = stored.bars().start();
        for (index, (start, prices, volume)) in received.bars().rows().enumerate() {
            let real = have.binary_search(&start).ok();
            let real = real
                .and_then(|at| stored.synthetic().get(at))
                .is_some_and(|made| !made);
            if real {
                continue;
            }
            let earlier = start <= self.until;
            let (price, split) = if earlier { (price, split) } else { (1.0, 1.0) };
            columns.push(start, prices.map(|value| value * price), volume / split);
            let quoted = received.spread().and_then(|column| column.get(index));
            spread.extend(quoted.map(|value| value * price));
        }
        let bars = BarSeries::new(received.interval(), columns)?;
        let count = bars.len();
        let spread = received.spread().is_some().then_some(spread);
        Curated::new(bars, vec![false; count], spread, received.actions().clone()).map_err(
            |error| StoreError::Write {
                path: "a change of basis".into(),
                reason: error.to_string(),
            },
        )
    }
}
