//! How lists come from the server and from the data page, and whether the server is there.

use atrium_shared::research::backtest::ENGINE_VERSION;
use gloo::timers::callback::Timeout;
use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::entries::{Catalogue, Entry, Server, Sets};
use super::{Lab, Trouble};
use crate::api::{self, ApiError, Bars};
use crate::bridge::ToApp;
use crate::data_page_client::DataPageClient;

/// How often the server is asked whether it is there, in seconds.
const HEARTBEAT_S: u32 = 15;
/// The same while it is not.
const RETRY_S: u32 = 3;

impl Lab {
    /// Asks for the list of data sets and goes on with the one that was chosen, or the first. A list that is known stays
    /// until there is a newer one.
    pub(crate) fn fetch_catalogue(self) {
        let known = move || {
            self.catalogue
                .with_untracked(|catalogue| matches!(catalogue, Catalogue::Known(_)))
        };
        if !known() {
            self.catalogue.set(Catalogue::Loading);
        }
        spawn_local(async move {
            match api::data_sets().await {
                Ok(sets) => {
                    if self.server.get_untracked() == Server::Away {
                        self.note_back();
                    }
                    self.server.set(Server::Connected);
                    self.take_sets(sets);
                }
                Err(error) => {
                    self.note_away(&error);
                    if !known() {
                        self.catalogue.set(Catalogue::Failed(error.to_string()));
                        self.resolve_link();
                    }
                }
            }
        });
    }

    fn take_sets(self, sets: Sets) {
        let list = Catalogue::Known(sets);
        if self
            .catalogue
            .with_untracked(|catalogue| *catalogue != list)
        {
            self.catalogue.set(list);
        }
        self.settle();
    }

    /// Goes on with the data set that was chosen, or with the first where that is not there any more.
    pub(super) fn settle(self) {
        if self.awaits_reader() || self.resolve_link() {
            return;
        }
        let chosen = self.data_set.get_untracked();
        let chosen = self.entries.with_untracked(|entries| {
            let known = |key: &String| entries.iter().any(|entry| entry.key == *key);
            let first = || entries.first().map(|entry| entry.key.clone());
            chosen.filter(known).or_else(first)
        });
        let Some(key) = chosen else {
            return self.clear();
        };
        if self.data_set.get_untracked().as_ref() != Some(&key) {
            self.data_set.set(Some(key.clone()));
            self.leave_sessions();
        }
        if !Self::is_link_named() {
            self.leave_sessions_without_bars();
        }
        if !self.shows_chosen() {
            self.choose_data_set(key);
        }
    }

    /// The chosen data set, if it is in the list.
    pub(crate) fn chosen(self) -> Option<Entry> {
        let key = self.data_set.get()?;
        self.entry(&key)
    }

    /// A data set by its key.
    pub(crate) fn entry(self, key: &str) -> Option<Entry> {
        self.entries
            .with(|entries| entries.iter().find(|entry| entry.key == key).cloned())
    }

    /// Names the program that keeps the bars of this browser.
    pub(crate) fn reach_data_page(self, data_page: DataPageClient) {
        self.data_page.set_value(Some(data_page));
    }

    /// Hears the data page.
    pub(crate) fn hear_data_page(self, message: ToApp, attachment: Option<ArrayBuffer>) {
        match message {
            ToApp::Locals(sets) => {
                self.locals
                    .set(sets.list.into_iter().map(Entry::local).collect());
                self.settle();
            }
            ToApp::Choose { key } => self.choose_data_set(key),
            ToApp::List => self.fetch_catalogue(),
            ToApp::Bars {
                ticket,
                left_out,
                folded,
            } => {
                let wire = attachment.map_or_else(Vec::new, |wire| Uint8Array::new(&wire).to_vec());
                let bars = Bars {
                    wire,
                    stored: String::new(),
                    left_out,
                    folded,
                };
                self.take_cut(ticket, Ok(bars));
            }
            ToApp::NoBars { ticket, why } => self.take_cut(ticket, Err(why)),
            ToApp::Intake(intake) => self.hear_intake(intake),
        }
    }

    /// The server is back: what did not come for want of it comes now.
    fn note_back(self) {
        let is_away =
            |trouble: &Option<Trouble>| trouble.as_ref().is_some_and(|trouble| trouble.away);
        if self.trouble.with_untracked(is_away) {
            self.trouble.set(None);
            self.want_missed();
        }
    }

    pub(super) fn note_away(self, error: &ApiError) {
        if *error == ApiError::Away {
            self.server.set(Server::Away);
        }
    }

    /// Asks the server every few seconds whether it is there.
    pub(super) fn heartbeat(self) {
        spawn_local(async move {
            let answer = api::health().await;
            // a host of files answers, too, and is no server of Atrium's
            let state = match &answer {
                Ok(_) => Server::Connected,
                Err(_) => Server::Away,
            };
            let was = self.server.get_untracked();
            if was != state {
                self.server.set(state);
            }
            if let Ok(health) = &answer
                && health.engine != ENGINE_VERSION
            {
                self.outdated.set(true);
            }
            if was == Server::Away && state == Server::Connected {
                // asked before: bars that are fetched again from here on are no reason to go without the list
                let waits = self.loading.get_untracked();
                self.note_back();
                if !waits {
                    self.fetch_catalogue();
                }
            }
            // one that ended may be back at any moment; one that is none of Atrium's hardly becomes one
            let pause_s = if matches!(answer, Err(ApiError::Away)) {
                RETRY_S
            } else {
                HEARTBEAT_S
            };
            Timeout::new(pause_s * 1_000, move || self.heartbeat()).forget();
        });
    }
}
