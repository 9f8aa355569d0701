//! What the data page knows of the app, and what it asks of it.

use js_sys::{ArrayBuffer, Function};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::entries::{Catalogue, Entry, Server, Sets, entries};
use super::library::Local;
use crate::bridge::ToApp;
use crate::protocol::pack;

/// The app, as the data page sees it. Copies are handles to the same.
#[derive(Clone, Copy)]
pub(crate) struct Shell {
    pub(crate) server: RwSignal<Server>,
    pub(crate) catalogue: RwSignal<Catalogue>,
    /// Data sets that are kept in this browser only.
    pub(crate) locals: RwSignal<Vec<Local>, LocalStorage>,
    /// Everything that can be chosen.
    pub(crate) entries: Memo<Vec<Entry>>,
    /// Takes messages to the app.
    app: StoredValue<Function, LocalStorage>,
}

impl Shell {
    pub(crate) fn new(app: Function) -> Self {
        let catalogue = RwSignal::new(Catalogue::Loading);
        let locals = RwSignal::new_local(Vec::<Local>::new());
        let all = Memo::new(move |_| {
            catalogue.with(|catalogue| {
                locals.with(|locals| {
                    let locals = locals.iter().map(|local| local.entry.clone());
                    entries(catalogue, locals)
                })
            })
        });
        Self {
            server: RwSignal::new(Server::Unknown),
            catalogue,
            locals,
            entries: all,
            app: StoredValue::new_local(app),
        }
    }

    /// A data set by its key.
    pub(crate) fn entry(self, key: &str) -> Option<Entry> {
        self.entries
            .with(|entries| entries.iter().find(|entry| entry.key == key).cloned())
    }

    /// Has the backtest page go on with a data set.
    pub(crate) fn choose_data_set(self, key: String) {
        self.tell(&ToApp::Choose { key }, None);
    }

    /// Has the server asked anew what is stored.
    pub(crate) fn fetch_catalogue(self) {
        self.tell(&ToApp::List, None);
    }

    /// Changes what is kept in this browser.
    pub(crate) fn change_locals(self, change: impl FnOnce(&mut Vec<Local>)) {
        self.locals.update(change);
        let sets = self
            .locals
            .with_untracked(|locals| locals.iter().map(|local| local.entry.set.clone()).collect());
        self.tell(&ToApp::Locals(Sets::of(sets)), None);
    }

    pub(crate) fn tell(self, message: &ToApp, attachment: Option<ArrayBuffer>) {
        if let Ok((parts, _)) = pack(message, attachment) {
            // a defect in the app shows itself there
            let app = self.app.get_value();
            drop(app.call1(&JsValue::NULL, &parts));
        }
    }
}
