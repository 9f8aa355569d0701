//! Changes of all data sets of a symbol: what it is, and its corporate actions. Everything is checked before anything changes.

use atrium_shared::market::actions::{Actions, CorporateAction};
use atrium_shared::market::calendar::{Calendar, Closures};
use atrium_shared::market::instrument::Instrument;
use atrium_shared::surface::api::DataSet;

use super::card::Card;
use super::jumps::Prices;
use super::lock::Lock;
use super::write::bars_path;
use super::{Change, Incoming, Store, StoreError};

impl Store {
    /// Changes the instrument of a symbol in all its data sets: `change` is given each as it is. The symbol stays. So do the
    /// user's own closures, unless others are given; where they change, gaps are filled anew.
    ///
    /// # Errors
    /// [`StoreError`] where the symbol has no data set, one is being written, an instrument makes no sense, or its calendar
    /// cannot have the closures; then nothing is changed.
    pub fn describe(
        &self,
        symbol: &str,
        closures: Option<&Closures>,
        change: impl Fn(&Instrument) -> Instrument,
    ) -> Result<Vec<DataSet>, StoreError> {
        self.change_all(symbol, |card| {
            let instrument = change(&card.set.instrument);
            instrument.validate()?;
            instrument.validate_description()?;
            Ok(Change {
                instrument: Some(instrument),
                closures: closures.cloned(),
                ..Change::default()
            })
        })
    }

    /// Adjusts all data sets of a symbol for corporate actions. Those known already stay, unless `replace`; where both have a
    /// split or a dividend of one day, the new one counts. What the stated basis of a data set covers is left out there: it
    /// would be adjusted for twice; not so the true day of a split that was found. A split of the ratio of one that was found, within the time in which that
    /// may have been, takes its place, as do several whose ratios make it, and the bars in between are brought to their basis. `read` gives the actions for a calendar.
    ///
    /// # Errors
    /// [`StoreError`] where the symbol has no data set, one is being written or cannot be changed, or prices do not jump at a
    /// split, unless `accept`, and what `read` says; then nothing is changed.
    pub fn adjust<E: From<StoreError>>(
        &self,
        symbol: &str,
        replace: bool,
        accept: bool,
        read: impl Fn(Calendar) -> Result<Actions, E>,
    ) -> Result<Vec<DataSet>, E> {
        self.change_all(symbol, |card| {
            let set = &card.set;
            let actions = read(set.instrument.calendar)?;
            let found = self.found_splits(card)?;
            // what the basis covers is no action here, unless it is the true day of a split that was found against the bars
            let taking = found.iter().flat_map(|it| it.among(actions.list()));
            let taking: Vec<CorporateAction> = taking.collect();
            let given = actions
                .filtered(|action| !set.basis.covers(action.kind) || taking.contains(action));
            // those of a kind that the basis covers were found against the stored bars themselves
            let stays = |action: &CorporateAction| !replace || set.basis.covers(action.kind);
            let actions = set.actions.filtered(stays).joined(&given);
            let new = given.filtered(|action| !set.actions.list().contains(action));
            let change = |actions, lifts| Change {
                actions: Some(actions),
                lifts,
                ..Change::default()
            };
            if new.is_empty() {
                return Ok(change(actions, Vec::new()));
            }
            let bars = bars_path(&self.folder(&set.name));
            let prices = Prices::open(self, card, &bars)?;
            let corrected = prices.corrected(&found, &given, &actions)?;
            let actions = actions.filtered(|action| !corrected.found.contains(action));
            let unseen = new.filtered(|action| !corrected.given.contains(action));
            if !accept {
                prices.check(&unseen, &actions, &found, true)?;
            }
            Ok(change(actions, corrected.lifts))
        })
    }

    /// The corporate actions known of a symbol, for bars that are not merged into others: they are facts of the symbol,
    /// whatever became of its bars. What the set that is replaced knows counts most. Splits that were found in other sets are
    /// left out while their day is not known: [`Store::share_found`] looks for it.
    pub(super) fn known_actions(
        &self,
        name: &str,
        occupied: bool,
        incoming: &Incoming,
    ) -> Result<Actions, StoreError> {
        if occupied && !incoming.replace || incoming.actions.is_some() {
            return Ok(Actions::default());
        }
        let _lock = Lock::shared(self.data_dir())?;
        let mut known = Actions::default();
        for other in self.names()? {
            // the card may be whole where the bars are damaged
            let Ok(card) = self.read_card(&other) else {
                continue;
            };
            let set = &card.set;
            let is_same = set.instrument.symbol == incoming.instrument.symbol
                && set.simulated == incoming.simulated
                && set.instrument.calendar == incoming.instrument.calendar;
            if !is_same {
                continue;
            }
            if other == name {
                known = known.joined(&set.actions);
                continue;
            }
            let found = self.found_splits(&card).unwrap_or_default();
            let is_found = |action: &CorporateAction| {
                let mut found = found.iter();
                found.any(|it| it.is_undated() && it.action == *action)
            };
            let given = set.actions.filtered(|action| !is_found(action));
            known = given.joined(&known);
        }
        Ok(known)
    }

    /// Changes all data sets of a symbol. All are locked before any is read, so that nobody changes one in between, and all
    /// changes are known before the first is made.
    fn change_all<E: From<StoreError>>(
        &self,
        symbol: &str,
        of: impl Fn(&Card) -> Result<Change, E>,
    ) -> Result<Vec<DataSet>, E> {
        let names = self.of_symbol_as_written(symbol)?;
        let locks = names.iter().map(|name| self.lock_set(name));
        let _locks = locks.collect::<Result<Vec<Lock>, StoreError>>()?;
        let mut changes = Vec::new();
        for name in names {
            let Some(card) = self.intact(&name)? else {
                return Err(StoreError::Meanwhile(name).into());
            };
            let change = of(&card)?;
            let schedule = self.schedule_after(&card, &change)?;
            changes.push((card, change, schedule));
        }
        let changed = changes
            .iter()
            .map(|(card, change, schedule)| Ok(self.change_locked(card, change, schedule)?.0));
        changed.collect()
    }
}
