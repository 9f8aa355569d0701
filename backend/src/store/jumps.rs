//! What prices do at a time: whether they jump at the splits that they are to be adjusted for, and where stored bars meet
//! received ones.
//!
//! Prices that are stated as raw are held to it like those of which nothing is stated: to adjust adjusted prices again is as
//! wrong. Of a stated basis that covers splits only the true day of a found one is given. Each split is judged on prices that are adjusted for all other actions, so that one that is known on two days is seen
//! on one of them only.
//!
//! | a given split | its prices | answer |
//! |---|---|---|
//! | is known already | | nothing is looked at |
//! | below 3:2, without bars on both sides, or with sixty days between them | tell nothing | taken |
//! | a dividend of a tenth or more | do not fall so | [`Clash::NoJump`]: it may be an amount |
//! | dividends of 3 % or more, of more together than days move by chance | fall by less than half of it | [`Clash::Amounts`]: they may be amounts |
//! | any other | jump there | taken |
//! | has the ratio of one that was found earlier, in the time in which that may have been, alone or with others of that time | jump there | takes the place of what stood for it |
//! | the same | jump where that stood instead | takes its place, and the bars in between are brought to its basis: they were received adjusted |
//! | any other | do not jump | [`Clash::NoJump`], a question |

use std::collections::BTreeSet;
use std::path::Path;

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::actions::{
    ActionKind, Actions, Around, Basis, CorporateAction, Falls, Jump, Side, factors_at,
};
use atrium_shared::market::bars::{BarColumns, BarSeries};
use atrium_shared::market::calendar::{Calendar, Session};
use atrium_shared::market::curate::{Curated, Seam, clean_beside};
use atrium_shared::surface::api::DataSet;

use super::assemble::StoredMonths;
use super::card::Card;
use super::error::{Clash, cannot};
use super::found::{FoundSplit, ratio_of};
use super::months::{Month, Months};
use super::rebase::day_of;
use super::spill::Spill;
use super::{Store, StoreError};

/// The nearest sessions of a split that tells its day differ from its ratio by no more than this, as a logarithm,
const NEAR_RATIO: f64 = 0.2;
/// nor by more than this part of the split's own.
const PART_OF_RATIO: f64 = 0.25;
/// A step that may be one of several splits is at least this large, as a logarithm: a 3:2 split on a day of other moves.
const LEAST_STEP: f64 = 0.3;
/// Sessions further apart than this, in days, tell nothing of what happened between them.
const NEAR_SESSIONS: i32 = 60;

/// A stretch of bars that were received adjusted for a split which was dated wrongly: their prices are multiplied by its
/// ratio, their volumes divided by it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lift {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// What prices are multiplied by: new shares an old share, or the inverse where the split was dated too late.
    pub ratio: f64,
}

/// Stored bars whose prices are asked about.
pub(super) struct Prices<'a> {
    store: &'a Store,
    card: &'a Card,
    stored: StoredMonths<'a>,
}

impl<'a> Prices<'a> {
    pub(super) fn open(
        store: &'a Store,
        card: &'a Card,
        bars: &'a Path,
    ) -> Result<Self, StoreError> {
        let stored = StoredMonths::open(bars, card, store)?;
        Ok(Self {
            store,
            card,
            stored,
        })
    }

    /// Checks that prices jump at the splits among `new` that they are adjusted for, as part of all `actions`. `found` are
    /// the splits that were found here. `asked` says whether it may be gone on without.
    ///
    /// # Errors
    /// [`StoreError::OtherBasis`] naming the first split at which they do not: they are adjusted for it already.
    pub(super) fn check(
        &self,
        new: &Actions,
        actions: &Actions,
        found: &[FoundSplit],
        asked: bool,
    ) -> Result<(), StoreError> {
        let set = &self.card.set;
        for action in new.list() {
            let jump = self.at(action, actions)?;
            if let Some(jump) = jump
                && jump.is_of(action) == Some(false)
            {
                let is_split = matches!(action.kind, ActionKind::Split { .. });
                let about = found
                    .iter()
                    .find(|it| is_split && it.may_be_on(action.first_day));
                let found = about.map(|it| (it.action, it.latest));
                return Err(StoreError::OtherBasis {
                    name: set.name.clone(),
                    clash: Clash::NoJump {
                        action: *action,
                        close: jump.before,
                        next: jump.after,
                        asked: asked && found.is_none(),
                        found,
                    },
                });
            }
        }
        match self.falls(new, actions)? {
            Some((first, falls)) if falls.are_amounts() => Err(StoreError::OtherBasis {
                name: set.name.clone(),
                clash: Clash::Amounts {
                    first,
                    falls,
                    asked,
                },
            }),
            _ => Ok(()),
        }
    }

    /// By how much prices fall over the dividends that are seen together, with the first of them.
    fn falls(
        &self,
        new: &Actions,
        actions: &Actions,
    ) -> Result<Option<(CorporateAction, Falls)>, StoreError> {
        let (mut first, mut falls) = (None, Falls::default());
        for action in new.list().iter().filter(|it| Jump::may_tell_together(it)) {
            if let Some(jump) = self.beside(action, actions)? {
                first.get_or_insert(*action);
                falls.add(action, &jump);
            }
        }
        Ok(first.map(|first| (first, falls)))
    }

    /// How prices go on over the first instant of an action, all others being adjusted for; `None` where it is too small to be
    /// seen, or that is not among the bars.
    pub(super) fn at(
        &self,
        action: &CorporateAction,
        actions: &Actions,
    ) -> Result<Option<Jump>, StoreError> {
        match Jump::may_tell(action) {
            true => self.beside(action, actions),
            false => Ok(None),
        }
    }

    /// The same, however small it is.
    fn beside(
        &self,
        action: &CorporateAction,
        actions: &Actions,
    ) -> Result<Option<Jump>, StoreError> {
        let set = &self.card.set;
        let until = self.first_instant(action)?;
        let until = until.filter(|until| set.first < *until && *until <= set.last);
        let others = actions.filtered(|other| other != action);
        match until {
            Some(until) => self.over(until, &others),
            None => Ok(None),
        }
    }

    fn first_instant(&self, action: &CorporateAction) -> Result<Option<Timestamp>, StoreError> {
        let set = &self.card.set;
        let alone = Actions::new(vec![*action])?;
        let bases = alone.bases(set.instrument.calendar, set.interval);
        Ok(bases.first().map(|basis| basis.until))
    }

    /// How prices go on over a time, adjusted for actions.
    pub(super) fn over(
        &self,
        until: Timestamp,
        actions: &Actions,
    ) -> Result<Option<Jump>, StoreError> {
        let set = &self.card.set;
        let mut walk = Walk::new(until, set, actions);
        let months: BTreeSet<Month> = self.stored.months().collect();
        let load = |month| self.month(month);
        let around = Around {
            before: walk.before(&months, &load)?,
            after: walk.after(&months, &load)?,
        };
        Ok(around.jump())
    }

    /// How prices go on over a time from the stored bars to those received, which are as they come.
    pub(super) fn meeting(
        &self,
        until: Timestamp,
        rows: &Spill,
    ) -> Result<Option<Jump>, StoreError> {
        let set = &self.card.set;
        let mut walk = Walk::new(until, set, &Actions::default());
        let stored: BTreeSet<Month> = self.stored.months().collect();
        let received: BTreeSet<Month> = rows.months().collect();
        let load = |month| {
            let rows = rows.with_beside(month);
            let (rows, beside) = rows.map_err(cannot("cannot be read", self.store.data_dir()))?;
            Ok(clean_beside(set.interval, &rows, &beside)?.bars.into_real())
        };
        let around = Around {
            before: walk.before(&stored, &|month| self.month(month))?,
            after: walk.after(&received, &load)?,
        };
        Ok(around.jump())
    }

    fn month(&self, month: Month) -> Result<BarSeries, StoreError> {
        let bars = self.stored.month(month, self.card, self.store)?;
        Ok(bars.into_real())
    }

    /// Where stored bars meet received ones at these times, and prices jump there.
    pub(super) fn seams(
        &self,
        times: &[Timestamp],
        actions: &Actions,
    ) -> Result<Vec<Seam>, StoreError> {
        let mut seams = Vec::new();
        for &time in times {
            let jump = self.over(time, actions)?;
            let large = |jump: &Jump| jump.size() >= 1.0 / (1.0 - Seam::LEAST);
            seams.extend(jump.filter(large).map(|jump| Seam {
                last: jump.last,
                next: jump.next,
                before: jump.before,
                after: jump.after,
            }));
        }
        Ok(seams)
    }

    /// What the given splits do to those that were found. `actions` is the whole list as it will be, that of the found ones
    /// included.
    pub(super) fn corrected(
        &self,
        found: &[FoundSplit],
        given: &Actions,
        actions: &Actions,
    ) -> Result<Corrected, StoreError> {
        let mut corrected = Corrected::default();
        for one in found {
            let taking = one.among(given.list());
            if taking.is_empty() || taking == one.standing {
                continue;
            }
            let minus = |some: &[CorporateAction], others: &[CorporateAction]| {
                let left = some.iter().filter(|it| !others.contains(it));
                left.copied().collect::<Vec<CorporateAction>>()
            };
            let (coming, leaving) = (minus(&taking, &one.standing), minus(&one.standing, &taking));
            corrected.found.extend(&leaving);
            let after = actions.filtered(|it| !leaving.contains(it));
            let before = actions.filtered(|it| !coming.contains(it));
            let before = before.joined(&Actions::new(leaving.clone())?);
            let jumps = |of: &[CorporateAction], all: &Actions, as_said: bool| {
                of.iter().try_fold(true, |so_far, action| {
                    let jump = self.at(action, all)?;
                    let jumps = jump.and_then(|jump| jump.is_of(action));
                    Ok::<bool, StoreError>(so_far && jumps == Some(as_said))
                })
            };
            if jumps(&coming, &after, true)? || jumps(&leaving, &before, false)? {
                continue;
            }
            corrected.lifts.extend(self.lifts(&leaving, &coming)?);
            corrected.given.extend(coming);
        }
        Ok(corrected)
    }

    /// What brings bars from the basis of some splits to that of others.
    fn lifts(
        &self,
        from: &[CorporateAction],
        to: &[CorporateAction],
    ) -> Result<Vec<Lift>, StoreError> {
        // where a split of the one or the other begins, and what it multiplies and divides prices by until then
        let mut steps: Vec<(Timestamp, f64, f64)> = Vec::new();
        for (splits, is_leaving) in [(from, true), (to, false)] {
            for action in splits {
                if let (Some(at), Some(ratio)) = (self.first_instant(action)?, ratio_of(action)) {
                    steps.push(match is_leaving {
                        true => (at, 1.0, ratio),
                        false => (at, ratio, 1.0),
                    });
                }
            }
        }
        steps.sort_by_key(|(at, ..)| *at);
        let pairs = steps.iter().zip(steps.iter().skip(1)).enumerate();
        let lifts = pairs.map(|(index, (since, until))| {
            let later = steps.iter().skip(index + 1);
            let (up, down) =
                later.fold((1.0, 1.0), |(up, down), step| (up * step.1, down * step.2));
            Lift {
                from: since.0,
                until: until.0,
                ratio: up / down,
            }
        });
        Ok(lifts.filter(|lift| lift.from < lift.until).collect())
    }

    /// The days within the time of a split that was found in another data set on which these prices jump as it would have it,
    /// all known actions adjusted for, of the [`sessions`](Self::sessions) of that time.
    pub(super) fn days_of(
        &self,
        found: &FoundSplit,
        sessions: &[(Day, f64)],
    ) -> Result<Vec<Day>, StoreError> {
        let set = &self.card.set;
        let on = |first_day: Day| CorporateAction {
            first_day,
            ..found.action
        };
        let expected = found.action.price_factor();
        let most = NEAR_RATIO.min(PART_OF_RATIO * expected.ln().abs());
        let mut days = Vec::new();
        for (day, factor) in steps(found, sessions) {
            let off = (factor / expected).ln().abs();
            if off > most {
                continue;
            }
            let Some(at) = self.first_instant(&on(day))? else {
                continue;
            };
            let jump = self.over(at, &set.actions)?;
            if jump.and_then(|jump| jump.is_of(&on(day))) == Some(true) {
                days.push(day);
            }
        }
        Ok(days)
    }

    /// The median close of each session about the time from an action to a day, adjusted for all known actions.
    pub(super) fn sessions(
        &self,
        from: &CorporateAction,
        latest: Day,
    ) -> Result<Vec<(Day, f64)>, StoreError> {
        let set = &self.card.set;
        let from = self.first_instant(from)?.unwrap_or(set.first);
        let mut walk = Walk::new(from, set, &set.actions);
        let mut finder = Months::default();
        let least = finder.of(Timestamp(from.0.saturating_sub(Around::REACH)));
        let mut sessions: Vec<(Day, f64)> = Vec::new();
        let (mut day, mut side) = (None, Side::whole());
        for month in self.stored.months().filter(|month| *month >= least) {
            let bars = self.month(month)?;
            for (&start, &close) in bars.start().iter().zip(bars.close()) {
                let its = day_of(walk.calendar, walk.interval, start);
                if day != Some(its) {
                    let median = side.median();
                    sessions.extend(day.zip(median));
                    side = Side::whole();
                    if its > latest {
                        return Ok(sessions);
                    }
                    day = Some(its);
                }
                walk.push(start, close, &mut side);
            }
        }
        sessions.extend(day.zip(side.median()));
        Ok(sessions)
    }
}

/// By what the closes of sessions are multiplied from one to the next within the time of a split, by the day of the later one.
fn steps<'s>(
    found: &'s FoundSplit,
    sessions: &'s [(Day, f64)],
) -> impl Iterator<Item = (Day, f64)> + 's {
    let pairs = sessions.iter().zip(sessions.iter().skip(1));
    let near = pairs.filter(|((earlier, _), (day, _))| {
        found.may_be_on(*day) && day.0 - earlier.0 <= NEAR_SESSIONS
    });
    near.map(|((_, before), (day, close))| (*day, close / before))
}

/// The days within the time of a split on which closes jump by less than its ratio, each the way that the split does and
/// together by its ratio: it was several splits. None where they are not.
pub(super) fn steps_of(found: &FoundSplit, sessions: &[(Day, f64)]) -> Vec<Day> {
    let expected = found.action.price_factor().ln();
    let large = |(_, factor): &(Day, f64)| {
        let step = factor.ln();
        step.signum() == expected.signum() && step.abs() >= LEAST_STEP
    };
    let large: Vec<(Day, f64)> = steps(found, sessions).filter(large).collect();
    let together: f64 = large.iter().map(|(_, factor)| factor.ln()).sum();
    let most = NEAR_RATIO.min(PART_OF_RATIO * expected.abs());
    match large.len() > 1 && (together - expected).abs() <= most {
        true => large.into_iter().map(|(day, _)| day).collect(),
        false => Vec::new(),
    }
}

/// What [`Prices::corrected`] says.
#[derive(Debug, Default)]
pub(super) struct Corrected {
    /// The found splits that another one takes the place of.
    pub(super) found: Vec<CorporateAction>,
    /// Those that take it although prices do not jump there yet.
    pub(super) given: Vec<CorporateAction>,
    pub(super) lifts: Vec<Lift>,
}

/// Goes through bars away from a time.
struct Walk {
    until: Timestamp,
    calendar: Calendar,
    interval: BarInterval,
    bases: Vec<Basis>,
    /// The session that was asked for last.
    known: Option<(Day, Option<Session>)>,
}

/// What gives the bars of a month.
type Load<'l> = dyn Fn(Month) -> Result<BarSeries, StoreError> + 'l;

impl Walk {
    fn new(until: Timestamp, set: &DataSet, actions: &Actions) -> Self {
        let calendar = set.instrument.calendar;
        Self {
            until,
            calendar,
            interval: set.interval,
            bases: actions.bases(calendar, set.interval),
            known: None,
        }
    }

    fn before(&mut self, months: &BTreeSet<Month>, load: &Load<'_>) -> Result<Side, StoreError> {
        let until = self.until;
        let mut side = Side::default();
        let mut finder = Months::default();
        let at = finder.of(until);
        let least = finder.of(Timestamp(until.0.saturating_sub(Around::REACH)));
        // a hole may be longer than what tells a split: then the nearest months are all there is
        for (index, &month) in months.range(..=at).rev().enumerate() {
            if index > 1 && month < least {
                break;
            }
            let bars = load(month)?;
            let rows = bars.start().iter().zip(bars.close()).rev();
            for (&start, &close) in rows.skip_while(|(start, _)| **start >= until) {
                if side.is_full() {
                    return Ok(side);
                }
                self.push(start, close, &mut side);
            }
        }
        Ok(side)
    }

    fn after(&mut self, months: &BTreeSet<Month>, load: &Load<'_>) -> Result<Side, StoreError> {
        let until = self.until;
        let mut side = Side::default();
        let mut finder = Months::default();
        let at = finder.of(until);
        let most = finder.of(Timestamp(until.0.saturating_add(Around::REACH)));
        for (index, &month) in months.range(at..).enumerate() {
            if index > 1 && month > most {
                break;
            }
            let bars = load(month)?;
            let rows = bars.start().iter().zip(bars.close());
            for (&start, &close) in rows.skip_while(|(start, _)| **start < until) {
                if side.is_full() {
                    return Ok(side);
                }
                self.push(start, close, &mut side);
            }
        }
        Ok(side)
    }

    fn push(&mut self, start: Timestamp, close: f64, side: &mut Side) {
        let day = day_of(self.calendar, self.interval, start);
        let regular = self.interval == BarInterval::Day || self.is_regular(day, start);
        let (factor, _) = factors_at(&self.bases, start);
        side.push(start, day, regular, close * factor);
    }

    fn is_regular(&mut self, day: Day, start: Timestamp) -> bool {
        let session = match self.known {
            Some((known, session)) if known == day => session,
            _ => self.calendar.session(day).ok().flatten(),
        };
        self.known = Some((day, session));
        session.is_some_and(|session| session.open <= start && start < session.close)
    }
}

/// Bars with stretches brought to the basis before a split. Synthetic ones of a month that is changed are left out: they are
/// made anew.
pub(super) fn lifted(bars: Curated, lifts: &[Lift]) -> Result<Curated, StoreError> {
    let ratio = |start: Timestamp| -> f64 {
        let within = |lift: &&Lift| lift.from <= start && start < lift.until;
        lifts.iter().filter(within).map(|lift| lift.ratio).product()
    };
    let start = bars.bars().start();
    let untouched = |ratio: f64| ratio.to_bits() == 1f64.to_bits();
    if start.iter().all(|&start| untouched(ratio(start))) {
        return Ok(bars);
    }
    let mut columns = BarColumns::default();
    let mut spread = Vec::new();
    for (index, (start, prices, volume)) in bars.bars().rows().enumerate() {
        if bars.synthetic().get(index) == Some(&true) {
            continue;
        }
        let ratio = ratio(start);
        columns.push(start, prices.map(|price| price * ratio), volume / ratio);
        let quoted = bars.spread().and_then(|column| column.get(index));
        spread.extend(quoted.map(|value| value * ratio));
    }
    let spread = bars.spread().is_some().then_some(spread);
    let series = BarSeries::new(bars.interval(), columns)?;
    let real = vec![false; series.len()];
    let lifted = Curated::new(series, real, spread, bars.actions().clone());
    lifted.map_err(|error| StoreError::Write {
        path: "a change of basis".into(),
        reason: error.to_string(),
    })
}
