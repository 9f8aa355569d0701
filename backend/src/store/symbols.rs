//! Changes of all data sets of a symbol: what it is, and its corporate actions. Everything is checked before anything changes.

use atrium_shared::market::actions::{Actions, CorporateAction};
use atrium_shared::market::calendar::{Calendar, Schedule};
use atrium_shared::market::instrument::Instrument;
use atrium_shared::surface::api::DataSet;

use super::card::Card;
use super::lock::Lock;
use super::rebase::check_jumps;
use super::{Change, Store, StoreError};

impl Store {
    /// Changes the instrument of a symbol in all its data sets: `change` is given each as it is. The symbol stays.
    ///
    /// # Errors
    /// [`StoreError`] where the symbol has no data set, one is being written, or an instrument makes no sense; then nothing is
    /// changed.
    pub fn describe(
        &self,
        symbol: &str,
        change: impl Fn(&Instrument) -> Instrument,
    ) -> Result<Vec<DataSet>, StoreError> {
        self.change_all(symbol, |card| {
            let instrument = change(&card.set.instrument);
            instrument.validate()?;
            instrument.validate_description()?;
            let schedule = Schedule::from(instrument.calendar);
            let change = Change {
                instrument: Some(instrument),
                ..Change::default()
            };
            Ok((change, schedule))
        })
    }

    /// Adjusts all data sets of a symbol for corporate actions. Those known already stay, unless `replace`; where both have a
    /// split or a dividend of one day, the new one counts. What the stated basis of a data set covers is left out there: it
    /// would be adjusted for twice. `read` gives the actions, and the hours that gaps are filled by, for a calendar.
    ///
    /// # Errors
    /// [`StoreError`] where the symbol has no data set, one is being written or cannot be changed, or prices of which no basis
    /// was stated do not jump at a split, and what `read` says; then nothing is changed.
    pub fn adjust<E: From<StoreError>>(
        &self,
        symbol: &str,
        replace: bool,
        read: impl Fn(Calendar) -> Result<(Actions, Schedule), E>,
    ) -> Result<Vec<DataSet>, E> {
        self.change_all(symbol, |card| {
            let set = &card.set;
            let (actions, schedule) = read(set.instrument.calendar)?;
            let given = actions.filtered(|action| !set.basis.covers(action.kind));
            // those of a kind that the basis covers were found against the stored bars themselves
            let stays = |action: &CorporateAction| !replace || set.basis.covers(action.kind);
            let actions = set.actions.filtered(stays).joined(&given);
            let new = given.filtered(|action| !set.actions.list().contains(action));
            check_jumps(self, card, &new)?;
            let change = Change {
                actions: Some(actions),
                ..Change::default()
            };
            Ok((change, schedule))
        })
    }

    /// Changes all data sets of a symbol. All are locked before any is read, so that nobody changes one in between, and all
    /// changes are known before the first is made.
    fn change_all<E: From<StoreError>>(
        &self,
        symbol: &str,
        of: impl Fn(&Card) -> Result<(Change, Schedule), E>,
    ) -> Result<Vec<DataSet>, E> {
        let names = self.of_symbol(symbol)?;
        let locks = names.iter().map(|name| self.lock_set(name));
        let _locks = locks.collect::<Result<Vec<Lock>, StoreError>>()?;
        let mut changes = Vec::new();
        for name in names {
            let Some(card) = self.intact(&name)? else {
                return Err(StoreError::Meanwhile(name).into());
            };
            let (change, schedule) = of(&card)?;
            changes.push((card, change, schedule));
        }
        let changed = changes
            .iter()
            .map(|(card, change, schedule)| Ok(self.change_locked(card, change, schedule)?.0));
        changed.collect()
    }
}
