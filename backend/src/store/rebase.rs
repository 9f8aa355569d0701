//! The basis of bars that were received: compared with those stored where both have them, and brought to that of the stored.

use std::path::Path;

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::actions::{
    ActionKind, Actions, Basis, Comparison, CorporateAction, PriceBasis, Rebase, factors_at,
    is_same_bar,
};
use atrium_shared::market::bars::{BadSeries, BarColumns, BarSeries};
use atrium_shared::market::calendar::{Calendar, Schedule};
use atrium_shared::market::curate::{Conversion, Curated, clean, daily_bar_day};

use super::assemble::StoredMonths;
use super::card::Card;
use super::error::{Clash, cannot};
use super::months::{Month, Months};
use super::spill::Spill;
use super::write::bars_path;
use super::{Store, StoreError};

/// So many days after the last stored bar the next session is looked for.
const LOOK_AHEAD: i32 = 31;

/// On which basis the prices received are, where it is not that of those stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// Their basis by the known actions.
    pub(super) basis: PriceBasis,
    /// The known actions, by time.
    known: Vec<Basis>,
    /// A split that was not known, which explains a constant ratio.
    pub(super) split: Option<NewSplit>,
    tick: f64,
    /// Where that differs from those stored, by time.
    stretches: Vec<Stretch>,
}

/// A stretch of time in which prices are converted by the same factors.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    until: Timestamp,
    /// The trade date that begins then.
    before: Day,
    factors: (f64, f64),
}

/// A split that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NewSplit {
    pub(super) action: CorporateAction,
    ratio: f64,
    /// The first instant of its first day: what was received before it is on the later basis, what is stored on the earlier one.
    until: Timestamp,
}

/// What is received.
pub(super) struct Incomer<'a> {
    pub(super) rows: &'a Spill,
    /// What is stated of its prices.
    pub(super) basis: PriceBasis,
    /// The actions that are known of the stored bars.
    pub(super) actions: &'a Actions,
    pub(super) schedule: &'a Schedule,
}

/// Tells the basis of the bars received by comparing them with those stored where both have them, over all such bars.
///
/// A new split is an action on the first session after the stored bars: they were whole before it, and what was received is
/// adjusted for it. That holds only where the bars received go on after the stored ones.
///
/// # Errors
/// [`StoreError::OtherBasis`] where the prices differ and no known action or new split explains it, or nothing tells.
pub(super) fn find(
    store: &Store,
    card: &Card,
    incomer: &Incomer<'_>,
) -> Result<Option<Found>, StoreError> {
    let Some((first, last)) = incomer.rows.span() else {
        return Ok(None);
    };
    let set = &card.set;
    let calendar = set.instrument.calendar;
    let known = incomer.actions.bases(calendar, set.interval);
    let refused = |clash: Clash| StoreError::OtherBasis {
        name: set.name.clone(),
        clash,
    };
    let (bases, split) = match compare(store, card, incomer.rows, &known)? {
        Rebase::NoOverlap => {
            if incomer.basis == PriceBasis::Unstated && is_adjusted(set.basis) {
                return Err(refused(Clash::Unstated { stored: set.basis }));
            }
            let all = vec![
                PriceBasis::Raw,
                PriceBasis::Splits,
                PriceBasis::SplitsAndDividends,
            ];
            (all, None)
        }
        Rebase::Known { bases } => (bases, None),
        Rebase::Split { bars, bases, ratio } => {
            let later_known = known.last().is_some_and(|basis| basis.until > set.last);
            let stated_otherwise = incomer.basis == PriceBasis::Raw
                || is_adjusted(set.basis) && incomer.basis != set.basis;
            if last <= set.last || later_known || stated_otherwise {
                let ratio = 1.0 / ratio;
                return Err(refused(Clash::Ratio { bars, ratio }));
            }
            (bases, Some(ratio))
        }
        Rebase::Other(difference) => return Err(refused(Clash::Differs(difference))),
    };
    let Some(basis) = chosen(&bases, incomer.basis, &known, first) else {
        return Err(refused(Clash::Unclear));
    };
    let converts = differs(basis, PriceBasis::Raw, &known, first);
    if set.basis == PriceBasis::Raw && is_adjusted(incomer.basis) && !converts && split.is_none() {
        return Err(refused(Clash::Stated {
            stored: set.basis,
            new: incomer.basis,
        }));
    }
    let split = match split {
        Some(ratio) => {
            let action = CorporateAction {
                first_day: next_session(incomer.schedule, set.interval, set.last)?,
                kind: ActionKind::Split { ratio },
            };
            let bases = Actions::new(vec![action])?.bases(calendar, set.interval);
            let until = bases.first().map_or(set.last, |basis| basis.until);
            Some(NewSplit {
                action,
                ratio,
                until,
            })
        }
        None => None,
    };
    let mut found = Found {
        basis,
        known,
        split,
        tick: set.instrument.tick_size,
        stretches: Vec::new(),
    };
    found.stretches = found.stretches(calendar, set.interval);
    Ok((converts || split.is_some()).then_some(found))
}

/// Whether prices are stated to be adjusted for something.
pub(super) fn is_adjusted(basis: PriceBasis) -> bool {
    matches!(basis, PriceBasis::Splits | PriceBasis::SplitsAndDividends)
}

/// Compares all common bars.
fn compare(
    store: &Store,
    card: &Card,
    rows: &Spill,
    known: &[Basis],
) -> Result<Rebase, StoreError> {
    let path = bars_path(&store.folder(&card.set.name));
    let stored = StoredMonths::open(&path, card, store)?;
    let instrument = &card.set.instrument;
    let splits = instrument.calendar == Calendar::Nyse;
    let mut comparison = Comparison::new(instrument.tick_size, splits);
    for month in rows.months().filter(|&month| stored.has(month)) {
        let rows = rows.month(month).map_err(cannot("cannot be read", &path))?;
        let received = clean(card.set.interval, &rows)?.bars;
        let before = stored.month(month, card, store)?.into_real();
        let mut theirs = received.bars().rows().peekable();
        for (start, prices, _) in before.rows() {
            while theirs.next_if(|row| row.0 < start).is_some() {}
            if let Some((_, again, _)) = theirs.next_if(|row| row.0 == start) {
                comparison.push(start, prices, again, factors_at(known, start));
            }
        }
    }
    Ok(comparison.finish())
}

/// The basis of those that fit: any, where they do not differ over what was received; else the one that was stated.
fn chosen(
    bases: &[PriceBasis],
    stated: PriceBasis,
    known: &[Basis],
    first: Timestamp,
) -> Option<PriceBasis> {
    let (&one, others) = bases.split_first()?;
    if !others
        .iter()
        .any(|&other| differs(one, other, known, first))
    {
        return Some(one);
    }
    bases.contains(&stated).then_some(stated)
}

/// Whether two bases differ for a bar from `first` on.
fn differs(one: PriceBasis, other: PriceBasis, known: &[Basis], first: Timestamp) -> bool {
    known
        .iter()
        .filter(|basis| basis.until > first)
        .any(|basis| {
            let factors = (basis.price_factor, basis.split_factor);
            (one.factors(factors).0 / other.factors(factors).0 - 1.0).abs() > 1e-9
        })
}

/// The trade date of a bar.
fn day_of(calendar: Calendar, interval: BarInterval, start: Timestamp) -> Day {
    match interval {
        BarInterval::Day => daily_bar_day(calendar, start),
        BarInterval::Seconds(_) => calendar.local_day(start),
    }
}

/// The first session after that of a bar.
fn next_session(
    schedule: &Schedule,
    interval: BarInterval,
    last: Timestamp,
) -> Result<Day, StoreError> {
    let day = day_of(schedule.calendar(), interval, last);
    for ahead in 1..=LOOK_AHEAD {
        let day = Day(day.0 + ahead);
        let session = schedule.session(day).map_err(BadSeries::from)?;
        if session.is_some() {
            return Ok(day);
        }
    }
    Ok(Day(day.0 + 1))
}

impl Found {
    /// Bars of a month on the basis of those stored, and what was done to them. Where both have a bar that is the same but for
    /// rounding, the stored one stays.
    pub(super) fn on_stored_basis(
        &self,
        stored: &Curated,
        received: Curated,
    ) -> Result<(Curated, Vec<Conversion>), StoreError> {
        let mut converted: Vec<Conversion> = Vec::new();
        let mut columns = BarColumns::default();
        let mut spread = Vec::new();
        let stored = stored.real();
        let mut before = stored.rows().peekable();
        for (index, (start, prices, volume)) in received.bars().rows().enumerate() {
            let (price, split) = self.factors(start);
            self.count(start, &mut converted);
            while before.next_if(|row| row.0 < start).is_some() {}
            let known = before.next_if(|row| row.0 == start);
            if known.is_some_and(|row| is_same_bar(row.1, prices, price, self.tick)) {
                continue;
            }
            columns.push(start, prices.map(|value| value / price), volume * split);
            let quoted = received.spread().and_then(|column| column.get(index));
            spread.extend(quoted.map(|value| value / price));
        }
        let bars = BarSeries::new(received.interval(), columns)?;
        let count = bars.len();
        let spread = received.spread().is_some().then_some(spread);
        let bars = Curated::new(bars, vec![false; count], spread, received.actions().clone());
        let bars = bars.map_err(|error| StoreError::Write {
            path: "a change of basis".into(),
            reason: error.to_string(),
        })?;
        Ok((bars, converted))
    }

    /// Counts a bar that is on another basis than those stored.
    fn count(&self, start: Timestamp, converted: &mut Vec<Conversion>) {
        let at = self.stretches.partition_point(|it| it.until <= start);
        let Some(Stretch {
            before, factors, ..
        }) = self.stretches.get(at)
        else {
            return;
        };
        let (price, split) = *factors;
        if is_same((price, split), (1.0, 1.0)) {
            return;
        }
        match converted.last_mut().filter(|last| last.before == *before) {
            Some(last) => last.bars += 1,
            None => converted.push(Conversion {
                before: *before,
                prices: 1.0 / price,
                volumes: split,
                bars: 1,
            }),
        }
    }

    /// The stretches between changes of the factors. Where bars are adjusted for splits, a dividend changes none.
    fn stretches(&self, calendar: Calendar, interval: BarInterval) -> Vec<Stretch> {
        let known = self.known.iter().map(|basis| basis.until);
        let mut ends: Vec<Timestamp> = known.chain(self.split.map(|split| split.until)).collect();
        ends.sort_unstable();
        let mut stretches: Vec<Stretch> = Vec::new();
        for until in ends {
            let factors = self.factors(Timestamp(until.0.saturating_sub(1)));
            stretches.pop_if(|last| is_same(last.factors, factors));
            stretches.push(Stretch {
                until,
                before: day_of(calendar, interval, until),
                factors,
            });
        }
        stretches
    }

    /// What a stored price is multiplied by to be as received, and what a volume is divided by.
    fn factors(&self, start: Timestamp) -> (f64, f64) {
        let (price, split) = self.basis.factors(factors_at(&self.known, start));
        match &self.split {
            Some(new) if start < new.until => (price / new.ratio, split / new.ratio),
            _ => (price, split),
        }
    }
}

/// Whether factors are the same but for rounding.
fn is_same((price, split): (f64, f64), (other_price, other_split): (f64, f64)) -> bool {
    let near = |one: f64, other: f64| (one / other - 1.0).abs() < 1e-12;
    near(price, other_price) && near(split, other_split)
}

/// So far apart are two bars about a split at most that tell whether prices were adjusted for it.
const NEAR: i64 = 10 * 86_400_000_000;
/// Smaller splits than this, or their inverse, look like any other move of a price.
const TELLING: f64 = 1.5;

/// Checks that prices of which nobody stated the basis jump at the splits that they are to be adjusted for. `bars` is the file
/// that the card is of.
///
/// # Errors
/// [`StoreError::OtherBasis`] naming the first split at which they do not: they are adjusted for it already.
pub(super) fn check_jumps(
    store: &Store,
    card: &Card,
    bars: &Path,
    actions: &Actions,
) -> Result<(), StoreError> {
    let set = &card.set;
    if set.basis != PriceBasis::Unstated {
        return Ok(());
    }
    let mut stored = None;
    for action in actions.list() {
        let ActionKind::Split { ratio } = action.kind else {
            continue;
        };
        let alone = Actions::new(vec![*action])?;
        let bases = alone.bases(set.instrument.calendar, set.interval);
        let within = bases
            .first()
            .filter(|basis| set.first < basis.until && basis.until <= set.last);
        let (Some(basis), true) = (within, ratio.max(1.0 / ratio) >= TELLING) else {
            continue;
        };
        let stored = match &mut stored {
            Some(stored) => stored,
            empty => empty.insert(StoredMonths::open(bars, card, store)?),
        };
        let Some((close, open)) = about(stored, card, store, basis.until)? else {
            continue;
        };
        let jump = open / close;
        if jump.ln().abs() < (jump * ratio).ln().abs() {
            return Err(StoreError::OtherBasis {
                name: set.name.clone(),
                clash: Clash::NoJump {
                    action: *action,
                    close,
                    open,
                },
            });
        }
    }
    Ok(())
}

/// The close before a time and the open after it, where they are near.
fn about(
    stored: &StoredMonths<'_>,
    card: &Card,
    store: &Store,
    until: Timestamp,
) -> Result<Option<(f64, f64)>, StoreError> {
    let mut finder = Months::default();
    let (from, to) = (
        finder.of(Timestamp(until.0.saturating_sub(NEAR))),
        finder.of(Timestamp(until.0.saturating_add(NEAR))),
    );
    let months: Vec<Month> = stored
        .months()
        .filter(|month| (from..=to).contains(month))
        .collect();
    let (mut before, mut after) = (None, None);
    for month in months {
        for (start, [open, .., close], _) in stored.month(month, card, store)?.real().rows() {
            if start < until {
                before = Some((start, close));
            } else {
                after = after.or(Some((start, open)));
            }
        }
    }
    let near = before
        .zip(after)
        .filter(|((one, _), (next, _))| next.0 - one.0 <= NEAR);
    Ok(near.map(|((_, close), (_, open))| (close, open)))
}
