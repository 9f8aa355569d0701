//! Splits that were found where newer bars overlapped older ones: of each only the time is known in which it was.
//!
//! A given split of its ratio within that time takes its place, and so do several whose ratios make it together. Bars of another
//! interval of the symbol that jump by its ratio within that time tell its day, for both data sets.

use atrium_shared::base::time::Day;
use atrium_shared::market::actions::{ActionKind, Actions, CorporateAction};
use atrium_shared::surface::api::{DataSet, InTime, SharedSplit};

use super::card::Card;
use super::jumps::{self, Prices};
use super::lock::Lock;
use super::rebase::day_of;
use super::write::bars_path;
use super::{Change, Store, StoreError, raw};

/// Ratios of splits that differ by no more than this part are one.
const SAME_RATIO: f64 = 0.01;

/// A split that was found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FoundSplit {
    /// It, on the first day that it may have been: the session after the bars stored then.
    pub(super) action: CorporateAction,
    /// The last one: that of the last bar received, or of all bars where that is not known.
    pub(super) latest: Day,
    /// The actions of its set that stand for it, by their day.
    pub(super) standing: Vec<CorporateAction>,
}

impl FoundSplit {
    /// Whether a day is within the time in which it may have been.
    pub(super) fn may_be_on(&self, day: Day) -> bool {
        self.action.first_day <= day && day <= self.latest
    }

    /// The actions of a list that stand for it: all splits of its time, where their ratios make its own, else one that has its
    /// ratio, of several the one that stands for it already.
    pub(super) fn among(&self, list: &[CorporateAction]) -> Vec<CorporateAction> {
        let splits: Vec<(CorporateAction, f64)> = list
            .iter()
            .filter(|action| self.may_be_on(action.first_day))
            .filter_map(|action| Some((*action, ratio_of(action)?)))
            .collect();
        let product: f64 = splits.iter().map(|(_, ratio)| ratio).product();
        if !splits.is_empty() && self.is_of(product) {
            return splits.into_iter().map(|(action, _)| action).collect();
        }
        let single = splits.iter().filter(|(_, ratio)| self.is_of(*ratio));
        let single: Vec<CorporateAction> = single.map(|(action, _)| *action).collect();
        let known = single.iter().find(|it| self.standing.contains(it));
        known.or(single.first()).copied().into_iter().collect()
    }

    /// Whether nothing but the finding tells its day.
    pub(super) fn is_undated(&self) -> bool {
        self.standing == [self.action]
    }

    fn is_of(&self, ratio: f64) -> bool {
        ratio_of(&self.action).is_some_and(|own| (own / ratio - 1.0).abs() <= SAME_RATIO)
    }
}

/// New shares an old share, of a split.
pub(super) fn ratio_of(action: &CorporateAction) -> Option<f64> {
    match action.kind {
        ActionKind::Split { ratio } => Some(ratio),
        ActionKind::Dividend { .. } => None,
    }
}

/// What another data set says of the day of a found split.
enum Telling {
    /// It has the split, on a day that was given or told.
    Known(Day),
    /// Its prices jump on these days by the ratio of the split.
    Jumps(Vec<Day>),
    /// They jump by it on no day.
    Unseen(InTime),
    /// Nothing: no bars of that time, or prices that are stated as adjusted.
    Nothing,
}

impl Store {
    /// The splits of a data set that were found and still stand among its actions.
    pub(super) fn found_splits(&self, card: &Card) -> Result<Vec<FoundSplit>, StoreError> {
        let set = &card.set;
        let imports = raw::imports(&self.folder(&set.name));
        let imports = imports.map_err(|reason| self.damaged(&set.name, reason))?;
        let found = imports.into_iter().filter_map(|import| {
            let action = import.record.rebase?;
            let last = import.detection.and_then(|found| found.counts.last);
            let last = last.unwrap_or(set.last);
            let mut found = FoundSplit {
                action,
                latest: day_of(set.instrument.calendar, set.interval, last),
                standing: Vec::new(),
            };
            found.standing = found.among(set.actions.list());
            (!found.standing.is_empty()).then_some(found)
        });
        Ok(found.collect())
    }

    /// Tells the data sets of a symbol the day of the splits that one of them found, where the prices of another jump at it
    /// or it was given to that one; `imported` is the set that was written. What cannot be told is said.
    ///
    /// # Errors
    /// [`StoreError`] where a data set is being written or cannot be changed; those that were changed before stay so.
    pub(super) fn share_found(&self, imported: &DataSet) -> Result<Vec<SharedSplit>, StoreError> {
        let names = self.of_symbol_as_written(&imported.instrument.symbol)?;
        let undated = |name: &String| {
            let card = self.read_card(name);
            let found = card.and_then(|card| self.found_splits(&card));
            found.is_ok_and(|found| found.iter().any(FoundSplit::is_undated))
        };
        if names.len() < 2 || !names.iter().any(undated) {
            return Ok(Vec::new());
        }
        let locks = names.iter().map(|name| self.lock_set(name));
        let _locks = locks.collect::<Result<Vec<Lock>, StoreError>>()?;
        let mut said = Vec::new();
        for name in &names {
            let Some(card) = self.kin(name, imported)? else {
                continue;
            };
            for found in self.found_splits(&card)? {
                if found.is_undated() {
                    said.extend(self.share_one(name, &found, &names, imported)?);
                }
            }
        }
        Ok(said)
    }

    /// The card of a data set of the same market that is whole.
    fn kin(&self, name: &str, of: &DataSet) -> Result<Option<Card>, StoreError> {
        let card = match self.intact(name) {
            Err(StoreError::Damaged { .. }) => None,
            card => card?,
        };
        Ok(card.filter(|card| {
            card.set.simulated == of.simulated
                && card.set.instrument.calendar == of.instrument.calendar
        }))
    }

    fn share_one(
        &self,
        name: &str,
        found: &FoundSplit,
        names: &[String],
        imported: &DataSet,
    ) -> Result<Vec<SharedSplit>, StoreError> {
        let mut told: Vec<(Card, Telling)> = Vec::new();
        for other in names.iter().filter(|other| *other != name) {
            if let Some(card) = self.kin(other, imported)? {
                let telling = self.telling(&card, found)?;
                told.push((card, telling));
            }
        }
        let days = told.iter().flat_map(|(_, telling)| match telling {
            Telling::Known(day) => std::slice::from_ref(day),
            Telling::Jumps(days) => days.as_slice(),
            Telling::Unseen(_) | Telling::Nothing => &[],
        });
        let mut days: Vec<Day> = days.copied().collect();
        days.sort_unstable();
        days.dedup();
        let mut said = Vec::new();
        let dated = match days.as_slice() {
            [day] => Some(CorporateAction {
                first_day: *day,
                ..found.action
            }),
            _ => None,
        };
        if let Some(action) = dated {
            let tells = |telling: &Telling| match telling {
                Telling::Known(_) | Telling::Jumps(_) => true,
                Telling::Unseen(_) | Telling::Nothing => false,
            };
            let by = told.iter().find(|(_, telling)| tells(telling));
            if let Some((by, _)) = by
                && self.date(name, found, &action)?
            {
                said.push(SharedSplit::Dated {
                    set: name.to_owned(),
                    by: by.set.name.clone(),
                    found: found.action,
                    action,
                });
            }
        }
        for (card, telling) in told {
            let set = card.set.name.clone();
            let (jumps, prices) = match telling {
                Telling::Known(_) | Telling::Nothing => continue,
                Telling::Unseen(prices) => (false, prices),
                Telling::Jumps(days) => {
                    let days = days.len() as u64;
                    (true, InTime::Jumps { days })
                }
            };
            match dated {
                Some(action) if jumps => {
                    let split = Actions::new(vec![action])?;
                    let change = Change {
                        actions: Some(card.set.actions.joined(&split)),
                        ..Change::default()
                    };
                    let schedule = self.schedule_after(&card, &change)?;
                    self.change_locked(&card, &change, &schedule)?;
                    said.push(SharedSplit::Given {
                        set,
                        found_in: name.to_owned(),
                        action,
                    });
                }
                _ if set == imported.name || name == imported.name => {
                    said.push(SharedSplit::Unseen {
                        set,
                        found_in: name.to_owned(),
                        action: found.action,
                        until: found.latest,
                        prices,
                    });
                }
                _ => {}
            }
        }
        Ok(said)
    }

    /// What a data set says of the day of a split that another one found.
    fn telling(&self, card: &Card, found: &FoundSplit) -> Result<Telling, StoreError> {
        let set = &card.set;
        let own = self.found_splits(card)?;
        let undated = |action: &CorporateAction| {
            let mut own = own.iter();
            own.any(|it| it.is_undated() && it.action == *action)
        };
        let standing = found.among(set.actions.list());
        match standing.as_slice() {
            [one] if !undated(one) => return Ok(Telling::Known(one.first_day)),
            [] => {}
            _ => return Ok(Telling::Nothing),
        }
        let day = |at| day_of(set.instrument.calendar, set.interval, at);
        let apart = day(set.last) < found.action.first_day || found.latest < day(set.first);
        if apart || set.basis.covers(found.action.kind) {
            return Ok(Telling::Nothing);
        }
        let bars = bars_path(&self.folder(&set.name));
        let prices = Prices::open(self, card, &bars)?;
        let sessions = prices.sessions(&found.action, found.latest)?;
        let days = prices.days_of(found, &sessions)?;
        if !days.is_empty() {
            return Ok(Telling::Jumps(days));
        }
        let last = day(set.last);
        Ok(Telling::Unseen(match jumps::steps_of(found, &sessions) {
            days if !days.is_empty() => InTime::Steps { days },
            _ if last < found.latest => InTime::LevelUntil { last },
            _ => InTime::Level,
        }))
    }

    /// Gives a found split its day; whether that was another one.
    fn date(
        &self,
        name: &str,
        found: &FoundSplit,
        action: &CorporateAction,
    ) -> Result<bool, StoreError> {
        let Some(card) = self.intact(name)?.filter(|_| *action != found.action) else {
            return Ok(false);
        };
        let given = Actions::new(vec![*action])?;
        let actions = card.set.actions.joined(&given);
        let corrected = {
            let bars = bars_path(&self.folder(name));
            let prices = Prices::open(self, &card, &bars)?;
            prices.corrected(std::slice::from_ref(found), &given, &actions)?
        };
        let change = Change {
            actions: Some(actions.filtered(|it| !corrected.found.contains(it))),
            lifts: corrected.lifts,
            ..Change::default()
        };
        let schedule = self.schedule_after(&card, &change)?;
        self.change_locked(&card, &change, &schedule)?;
        Ok(true)
    }
}
