//! The basis of bars that were received: compared with those stored where both have them, and brought to that of the stored.

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::actions::{
    ActionKind, Actions, Basis, Beside as OneBarOff, CommonBar, Comparison, CorporateAction,
    PriceBasis, Rebase, factors_at, is_same_bar, is_same_volume,
};
use atrium_shared::market::bars::{BadSeries, BarColumns, BarSeries};
use atrium_shared::market::calendar::{Calendar, Schedule};
use atrium_shared::market::curate::{Beside, Conversion, Curated, apart_from, clean_beside, merge};
use atrium_shared::market::intake::{Detection, Reading};
use atrium_shared::market::succession::daily_bar_day;

use super::assemble::StoredMonths;
use super::card::Card;
use super::error::{Clash, cannot};
use super::jumps::Prices;
use super::owners::Owners;
use super::shifted;
use super::spill::Spill;
use super::sums::{Bar, is_sum};
use super::whose::Whose;
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
    /// Whether volumes come as they are stored although prices are adjusted.
    plain_volumes: bool,
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
    /// How they were read, where they came from a file.
    pub(super) reading: Option<&'a Reading>,
    /// What was found out about it.
    pub(super) detection: Option<&'a Detection>,
    /// Whether prices that nothing explains are taken as they are.
    pub(super) accept: bool,
    /// Whether nobody waits for it any more.
    pub(super) is_over: &'a dyn Fn() -> bool,
}

/// What the common bars say of the bars received.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Compared {
    /// How they come to the basis of those stored, where they are not on it.
    pub(super) found: Option<Found>,
    /// Whether common bars say that they fit.
    pub(super) told: bool,
}

/// Tells the basis of the bars received by comparing them with those stored where both have them, over all such bars.
///
/// A new split is an action on the first session after the stored bars: they were whole before it, and what was received is
/// adjusted for it. That holds only where the bars received go on after the stored ones.
///
/// What [`Comparison`] says is answered so, the first that holds:
///
/// | the common bars | and | answer |
/// |---|---|---|
/// | none, or mostly differ | the bars are those stored at other times, by another zone or side | [`Clash::Shifted`], a question |
/// | any | the stored bars were read by an older version, and would be read otherwise today, and these are not all among them | [`Clash::Misplaced`], a question |
/// | none | the stored prices are stated as adjusted, nothing is stated of these | [`Clash::Unstated`] |
/// | none | else | merged on the stated basis; a jump at the seam is said |
/// | fit a basis, or several that do not differ here | | brought to the stored basis |
/// | fit several that differ | one is stated | that one |
/// | fit several that differ | none of them is stated | [`Clash::Unclear`] |
/// | differ by a split | the received ones go on, no later action is known, no stated basis is against it, and the prices after the stored ones are the split's | the split is found |
/// | differ by a split | else | [`Clash::Ratio`], a question |
/// | differ otherwise | | [`Clash::Differs`], a question |
///
/// A question is answered by [`Incomer::accept`]: the received prices are taken as they are.
///
/// # Errors
/// [`StoreError::OtherBasis`] where the prices differ and no known action or new split explains it, or nothing tells.
pub(super) fn find(
    store: &Store,
    card: &Card,
    incomer: &Incomer<'_>,
) -> Result<Compared, StoreError> {
    let Some((first, _)) = incomer.rows.span() else {
        return Ok(Compared {
            found: None,
            told: true,
        });
    };
    let set = &card.set;
    let known = incomer.actions.bases(set.instrument.calendar, set.interval);
    let refused = |clash: Clash| StoreError::OtherBasis {
        name: set.name.clone(),
        clash,
    };
    let comparison = compare(store, card, incomer, &known)?;
    if incomer.accept {
        return answered(store, card, incomer, (comparison, known, first));
    }
    if comparison.is_unlike()
        && let Some(clash) = shifted::clash(store, card, incomer)?
    {
        return Err(refused(clash));
    }
    let misplaced = shifted::misplacement(store, card)?;
    let answer = answered(store, card, incomer, (comparison, known, first));
    let Some(clash) = misplaced else {
        return answer;
    };
    match answer {
        Err(StoreError::OtherBasis { .. }) => Err(refused(clash)),
        Ok(compared) if changes(store, card, incomer, compared.found.as_ref())? => {
            Err(refused(clash))
        }
        other => other,
    }
}

/// Whether bars received are not among those stored, or are other ones; `found` says how they come to the basis of those.
fn changes(
    store: &Store,
    card: &Card,
    incomer: &Incomer<'_>,
    found: Option<&Found>,
) -> Result<bool, StoreError> {
    let set = &card.set;
    let path = bars_path(&store.folder(&set.name));
    let calendar = set.instrument.calendar;
    let stored = StoredMonths::open(&path, card, store)?;
    for month in incomer.rows.months() {
        if (incomer.is_over)() {
            return Err(StoreError::GivenUp);
        }
        let rows = incomer.rows.with_beside(month);
        let (rows, beside) = rows.map_err(cannot("cannot be read", &path))?;
        let received = clean_beside(set.interval, &rows, &beside)?;
        let received = received.apart(calendar, &rows)?.bars;
        let before = stored.month(month, card, store)?;
        let received = match found {
            Some(found) => found.on_stored_basis(&before, received)?.0,
            None => received,
        };
        // those that overlap stored bars are set aside
        let beside = Beside {
            before: stored.last_before(month),
            after: stored.first_after(month),
        };
        let (received, _) = apart_from(&before, received, beside, calendar, &rows)?;
        let (_, report) = merge(&before, &received)?;
        if report.added + report.changed > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the common bars say, wherever the stored bars stand.
fn answered(
    store: &Store,
    card: &Card,
    incomer: &Incomer<'_>,
    (comparison, known, first): (Comparison, Vec<Basis>, Timestamp),
) -> Result<Compared, StoreError> {
    let set = &card.set;
    let calendar = set.instrument.calendar;
    let accepted = || Compared {
        found: None,
        told: false,
    };
    let refused = |clash: Clash| StoreError::OtherBasis {
        name: set.name.clone(),
        clash,
    };
    let plain_volumes = comparison.are_volumes_plain();
    let compared = comparison.finish();
    let told = compared != Rebase::NoOverlap;
    let (bases, split) = match compared {
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
        Rebase::Split { bars, bases, ratio } => match new_split(store, card, incomer, ratio)? {
            Some(split) => (bases, Some(split)),
            None if incomer.accept => return Ok(accepted()),
            None => {
                let ratio = 1.0 / ratio;
                return Err(refused(Clash::Ratio { bars, ratio }));
            }
        },
        Rebase::Other(_) if incomer.accept => return Ok(accepted()),
        Rebase::Other(difference) => {
            let whose = one_bar_off(store, card, incomer, difference.beside)?;
            return Err(refused(Clash::Differs(Box::new(difference), whose)));
        }
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
    let mut found = Found {
        basis,
        known,
        split,
        plain_volumes,
        tick: set.instrument.tick_size,
        stretches: Vec::new(),
    };
    found.stretches = found.stretches(calendar, set.interval);
    Ok(Compared {
        found: (converts || split.is_some()).then_some(found),
        told,
    })
}

/// Whose times may be wrong of bars that are those stored, but one bar off.
fn one_bar_off(
    store: &Store,
    card: &Card,
    incomer: &Incomer<'_>,
    beside: Option<OneBarOff>,
) -> Result<Option<Box<Whose>>, StoreError> {
    let (Some(reading), Some(beside)) = (incomer.reading, beside) else {
        return Ok(None);
    };
    let owners = Owners::of(store, card)?;
    let unlike = owners.unlike(incomer)?;
    let file = (reading, incomer.detection);
    let whose = Whose::one_bar_off(beside, file, unlike, &owners.imports);
    Ok(whose.map(Box::new))
}

/// The split of a ratio that all common bars have; `None` where what is stated, known or received speaks against it.
fn new_split(
    store: &Store,
    card: &Card,
    incomer: &Incomer<'_>,
    ratio: f64,
) -> Result<Option<NewSplit>, StoreError> {
    let set = &card.set;
    let calendar = set.instrument.calendar;
    let goes_on = incomer.rows.span().is_some_and(|(_, last)| last > set.last);
    let known = incomer.actions.bases(calendar, set.interval);
    let later_known = known.last().is_some_and(|basis| basis.until > set.last);
    let stated_otherwise =
        incomer.basis == PriceBasis::Raw || is_adjusted(set.basis) && incomer.basis != set.basis;
    if !goes_on || later_known || stated_otherwise {
        return Ok(None);
    }
    let action = CorporateAction {
        first_day: next_session(incomer.schedule, set.interval, set.last)?,
        kind: ActionKind::Split { ratio },
    };
    let bases = Actions::new(vec![action])?.bases(calendar, set.interval);
    let until = bases.first().map_or(set.last, |basis| basis.until);
    let path = bars_path(&store.folder(&set.name));
    let jump = Prices::open(store, card, &path)?.meeting(until, incomer.rows)?;
    let is_none = jump.and_then(|jump| jump.is_of(&action)) == Some(false);
    Ok((!is_none).then_some(NewSplit {
        action,
        ratio,
        until,
    }))
}

/// Whether prices are stated to be adjusted for something.
pub(super) fn is_adjusted(basis: PriceBasis) -> bool {
    matches!(basis, PriceBasis::Splits | PriceBasis::SplitsAndDividends)
}

/// Compares all common bars.
fn compare(
    store: &Store,
    card: &Card,
    incomer: &Incomer<'_>,
    known: &[Basis],
) -> Result<Comparison, StoreError> {
    let rows = incomer.rows;
    let path = bars_path(&store.folder(&card.set.name));
    let stored = StoredMonths::open(&path, card, store)?;
    let instrument = &card.set.instrument;
    let calendar = instrument.calendar;
    let splits = calendar == Calendar::Nyse;
    // of daily bars the session is the key, however they are stamped
    let key = |start: Timestamp| match card.set.interval {
        BarInterval::Day => i64::from(daily_bar_day(calendar, start).0),
        BarInterval::Seconds(_) => start.0,
    };
    let mut comparison = Comparison::new(instrument.tick_size, splits);
    for month in rows.months().filter(|&month| stored.has(month)) {
        if (incomer.is_over)() {
            return Err(StoreError::GivenUp);
        }
        let rows = rows.with_beside(month);
        let (rows, beside) = rows.map_err(cannot("cannot be read", &path))?;
        let received = clean_beside(card.set.interval, &rows, &beside)?.bars;
        let before = stored.month(month, card, store)?.into_real();
        let mut theirs = received.bars().rows().peekable();
        let bars: Vec<Bar> = before.rows().collect();
        for (at, &(start, prices, volume)) in bars.iter().enumerate() {
            while theirs.next_if(|row| key(row.0) < key(start)).is_some() {}
            if let Some((_, again, traded)) = theirs.next_if(|row| key(row.0) == key(start)) {
                comparison.push(&CommonBar {
                    start,
                    stored: (prices, volume),
                    received: (again, traded),
                    factors: factors_at(known, start),
                    is_last: start == card.set.last,
                    is_sum: is_sum(
                        &bars,
                        at,
                        (again, traded),
                        card.set.interval,
                        instrument.tick_size,
                    ),
                });
            }
        }
    }
    Ok(comparison)
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
pub(super) fn day_of(calendar: Calendar, interval: BarInterval, start: Timestamp) -> Day {
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
    /// rounding, the stored one stays; where its prices are, they stay, and the volume received counts.
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
            let same = known.filter(|row| is_same_bar(row.1, prices, price, self.tick));
            if same.is_some_and(|row| is_same_volume(row.2, volume, split)) {
                continue;
            }
            let converted = prices.map(|value| value / price);
            columns.push(start, same.map_or(converted, |row| row.1), volume * split);
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
        let (price, split) = match &self.split {
            Some(new) if start < new.until => (price / new.ratio, split / new.ratio),
            _ => (price, split),
        };
        (price, if self.plain_volumes { 1.0 } else { split })
    }
}

/// Whether factors are the same but for rounding.
fn is_same((price, split): (f64, f64), (other_price, other_split): (f64, f64)) -> bool {
    let near = |one: f64, other: f64| (one / other - 1.0).abs() < 1e-12;
    near(price, other_price) && near(split, other_split)
}
