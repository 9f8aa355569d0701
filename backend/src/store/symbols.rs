//! Changes of all data sets of a symbol: what it is, and its corporate actions. Everything is checked before anything changes.

use atrium_shared::market::actions::Actions;
use atrium_shared::market::calendar::{Calendar, Schedule};
use atrium_shared::market::instrument::Instrument;
use atrium_shared::surface::api::DataSet;

use super::{Change, Store, StoreError};

impl Store {
    /// Changes the instrument of a symbol in all its data sets: `change` is given each as it is. The symbol stays.
    ///
    /// # Errors
    /// [`StoreError`] where the symbol has no data set, or an instrument makes no sense; then nothing is changed.
    pub fn describe(
        &self,
        symbol: &str,
        change: impl Fn(&Instrument) -> Instrument,
    ) -> Result<Vec<DataSet>, StoreError> {
        let mut changes = Vec::new();
        for name in self.of_symbol(symbol)? {
            let instrument = change(&self.card(&name)?.instrument);
            instrument.validate()?;
            instrument.validate_description()?;
            let schedule = Schedule::from(instrument.calendar);
            let change = Change {
                instrument: Some(instrument),
                ..Change::default()
            };
            changes.push((name, change, schedule));
        }
        self.change_all(changes)
    }

    /// Adjusts all data sets of a symbol for corporate actions. Those known already stay, unless `replace`; where both have a
    /// split or a dividend of one day, the new one counts. `read` gives the actions, and the hours that gaps are filled by,
    /// for a calendar.
    ///
    /// # Errors
    /// [`StoreError`] where the symbol has no data set or one cannot be changed, and what `read` says; then nothing is changed.
    pub fn adjust<E: From<StoreError>>(
        &self,
        symbol: &str,
        replace: bool,
        read: impl Fn(Calendar) -> Result<(Actions, Schedule), E>,
    ) -> Result<Vec<DataSet>, E> {
        let mut changes = Vec::new();
        for name in self.of_symbol(symbol)? {
            let card = self.card(&name)?;
            let (actions, schedule) = read(card.instrument.calendar)?;
            let actions = if replace {
                actions
            } else {
                card.actions.joined(&actions)
            };
            let change = Change {
                actions: Some(actions),
                ..Change::default()
            };
            changes.push((name, change, schedule));
        }
        Ok(self.change_all(changes)?)
    }

    fn change_all(
        &self,
        changes: Vec<(String, Change, Schedule)>,
    ) -> Result<Vec<DataSet>, StoreError> {
        let changed = changes
            .iter()
            .map(|(name, change, schedule)| Ok(self.change(name, change, schedule)?.0));
        changed.collect()
    }
}
