//! How lists and bars come from the server, and what holds while they do not.

use std::sync::Arc;

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::bars::{BarColumns, BarSeries};
use atrium_shared::research::backtest::ENGINE_VERSION;
use atrium_shared::research::window::Window;
use atrium_shared::surface::charts::ChartBars;
use atrium_shared::surface::report::DataReference;
use atrium_shared::surface::wire;
use gloo::timers::callback::Timeout;
use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::AbortController;

use super::entries::{Catalogue, Entry, Place, Server, Sets};
use super::finer::Finer;
use super::{Lab, Shown, Trouble};
use crate::api::{self, ApiError, Bars};
use crate::bridge::{ToApp, ToPage};
use crate::choices::offered_intervals;
use crate::data_page_client::DataPageClient;

/// Bars of which only some sessions are shown.
pub(super) struct Uncut {
    entry: Entry,
    series: BarSeries,
    left_out: u64,
    folded: u64,
}

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
        }
        let entry = untrack(move || self.chosen());
        let interval = self.draft.with_untracked(|config| config.interval);
        let is_shown = self.shown.with_untracked(|shown| {
            shown.as_ref().is_some_and(|shown| {
                entry.as_ref().is_some_and(|entry| shown.is(entry))
                    && shown.series.interval() == interval
            })
        });
        if !is_shown {
            self.choose_data_set(key);
        }
    }

    /// Goes on with another data set; the interval is kept where it can be.
    pub(crate) fn choose_data_set(self, key: String) {
        if self.data_set.get_untracked().as_ref() != Some(&key) {
            // other bars have other sessions, and are another run
            self.window.set(Window::default());
            self.leave_address();
        }
        self.data_set.set(Some(key));
        let Some(Entry { set, .. }) = untrack(move || self.chosen()) else {
            return;
        };
        let offered = offered_intervals(set.interval);
        let now = self.draft.with_untracked(|config| config.interval);
        if !offered.contains(&now) {
            let usual = BarInterval::minutes(60);
            let interval = if offered.contains(&usual) {
                usual
            } else {
                set.interval
            };
            self.draft.update(|config| config.interval = interval);
        }
        self.fetch_bars();
    }

    /// Goes on with bars of another interval.
    pub(crate) fn choose_interval(self, interval: BarInterval) {
        if self.draft.with_untracked(|config| config.interval) != interval {
            self.draft.update(|config| config.interval = interval);
            self.fetch_bars();
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

    /// Tries again what failed.
    pub(crate) fn retry(self) {
        self.trouble.set(None);
        if let Some(Some((key, interval))) = self.wanted.try_update_value(Option::take) {
            self.data_set.set(Some(key));
            self.draft.update(|config| config.interval = interval);
        }
        if self.entries.with_untracked(Vec::is_empty) {
            self.fetch_catalogue();
        } else {
            self.fetch_bars();
        }
    }

    pub(super) fn fetch_bars(self) {
        self.leave_other_link();
        let Some(entry) = untrack(move || self.chosen()) else {
            return;
        };
        let interval = self.draft.with_untracked(|config| config.interval);
        let ticket = self.ticket.get_value() + 1;
        self.ticket.set_value(ticket);
        let abort = AbortController::new().ok();
        self.fetching.update_value(|fetching| {
            if let Some(before) = fetching.take() {
                before.abort();
            }
            fetching.clone_from(&abort);
        });
        self.wanted.set_value(None);
        self.trouble.set(None);
        self.loading.set(true);
        self.save_soon();
        if entry.place == Place::Browser {
            return self.cut_here(entry, interval, ticket);
        }
        spawn_local(async move {
            let signal = abort.map(|abort| abort.signal());
            let answer = api::bars(&entry.set.name, interval, signal.as_ref()).await;
            if self.ticket.get_value() != ticket {
                return;
            }
            self.fetching.set_value(None);
            match answer {
                Ok(bars) if bars.stored != entry.set.digest.to_string() => {
                    // the data set was replaced since it was listed
                    self.loading.set(false);
                    self.fetch_catalogue();
                }
                Ok(bars) => {
                    self.server.set(Server::Connected);
                    self.show(entry, bars);
                }
                Err(error) => {
                    self.note_away(&error);
                    self.stay(error.to_string(), error == ApiError::Away);
                }
            }
        });
    }

    /// Has the bars of a data set of this browser cut by the data page, which keeps them.
    fn cut_here(self, entry: Entry, interval: BarInterval, ticket: u64) {
        let key = entry.key.clone();
        self.cutting.set_value(Some((ticket, entry)));
        let message = ToPage::Bars {
            ticket,
            key,
            interval: Some(interval),
        };
        let data_page = self.data_page.get_value();
        // it is here, for it named the data set
        if let Some(data_page) = data_page {
            data_page.tell(&message);
        }
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

    /// Goes on with bars that were cut here, unless others were asked for meanwhile.
    fn take_cut(self, ticket: u64, bars: Result<Bars, String>) {
        if self.is_finer(ticket) {
            return self.take_finer(ticket, bars.map(|bars| bars.wire));
        }
        if self.ticket.get_value() != ticket {
            return;
        }
        // a newer request may wait for its own answer: only that takes it
        let take =
            |cutting: &mut Option<(u64, Entry)>| cutting.take_if(|(number, _)| *number == ticket);
        let Some((_, entry)) = self.cutting.try_update_value(take).flatten() else {
            return;
        };
        self.fetching.set_value(None);
        match bars {
            Ok(bars) => self.show(entry, bars),
            Err(what) => self.stay(what, false),
        }
    }

    /// Whether bars are asked for: those that were asked for before are of no interest any more.
    pub(super) fn is_fetching(self) -> bool {
        self.fetching.with_value(Option::is_some)
    }

    /// Bars did not come: what is shown stays, and with it the choices that it was made by.
    fn stay(self, what: String, away: bool) {
        self.loading.set(false);
        self.fail_link();
        let remedy = if let Some(shown) = self.shown.get_untracked() {
            let interval = self.draft.with_untracked(|config| config.interval);
            let key = self.data_set.get_untracked();
            self.wanted.set_value(key.map(|key| (key, interval)));
            self.data_set.set(Some(shown.key.clone()));
            self.window.set(shown.window);
            self.draft
                .update(|config| config.interval = shown.series.interval());
            self.save_soon();
            "What was shown stays. Try again, or choose another data set or interval."
        } else {
            "Try again, or choose another data set or interval."
        };
        self.trouble.set(Some(Trouble { what, remedy, away }));
    }

    /// Takes down what is shown: it belongs to other bars.
    fn clear(self) {
        self.trouble.set(None);
        self.working.set(false);
        self.chosen_trade.set(None);
        self.asked_bar.set(None);
        self.study.clear();
        self.finer.set_value(Finer::default());
        self.run.set(None);
        self.told.set(None);
        self.shown.set(None);
    }

    fn show(self, entry: Entry, bars: Bars) {
        let Bars {
            wire,
            left_out,
            folded,
            ..
        } = bars;
        let series = match wire::decode(&wire) {
            Ok(series) => series,
            Err(error) => return self.stay(error.to_string(), false),
        };
        let Entry {
            key,
            place,
            set: data_set,
        } = entry;
        let data = DataReference {
            data_set: data_set.name.clone(),
            instrument: data_set.instrument.clone(),
            simulated: data_set.simulated,
            actions: data_set.actions.clone(),
        };
        self.clear();
        let window = self.window.get_untracked();
        let uncut = Uncut {
            entry: Entry {
                key,
                place,
                set: data_set,
            },
            series,
            left_out,
            folded,
        };
        if window == Window::default() {
            self.put_up(uncut, window);
        } else {
            self.uncut.set_value(Some(uncut));
        }
        self.with_worker(|worker| {
            worker.load(data, window, wire);
            true
        });
    }

    fn put_up(self, uncut: Uncut, window: Window) {
        let Uncut {
            entry: Entry { key, place, set },
            series,
            left_out,
            folded,
        } = uncut;
        self.shown.set(Some(Arc::new(Shown {
            key,
            place,
            chart: ChartBars::new(&series),
            data_set: set,
            series,
            window,
            left_out,
            folded,
        })));
    }

    /// Shows the bars that the engine kept of those it was given: a first one and how many.
    pub(super) fn show_cut(self, (first, count): (u64, u64)) {
        let Some(mut uncut) = self.uncut.try_update_value(Option::take).flatten() else {
            return;
        };
        let mut columns = BarColumns::default();
        let rows = uncut.series.rows().skip(first as usize);
        for (start, prices, volume) in rows.take(count as usize) {
            columns.push(start, prices, volume);
        }
        match BarSeries::new(uncut.series.interval(), columns) {
            Ok(series) => {
                uncut.series = series;
                self.put_up(uncut, self.window.get_untracked());
            }
            Err(error) => self.stay(error.to_string(), false),
        }
    }

    fn note_away(self, error: &ApiError) {
        if *error == ApiError::Away {
            self.server.set(Server::Away);
        }
    }

    /// Asks the server every few seconds whether it is there.
    pub(super) fn heartbeat(self) {
        spawn_local(async move {
            let answer = api::health().await;
            let state = match &answer {
                Err(ApiError::Away) => Server::Away,
                _ => Server::Connected,
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
                let is_away = |trouble: &Option<Trouble>| {
                    trouble.as_ref().is_some_and(|trouble| trouble.away)
                };
                if self.trouble.with_untracked(is_away) {
                    self.trouble.set(None);
                }
                if !self.loading.get_untracked() {
                    self.fetch_catalogue();
                }
            }
            let pause_s = if state == Server::Away {
                RETRY_S
            } else {
                HEARTBEAT_S
            };
            Timeout::new(pause_s * 1_000, move || self.heartbeat()).forget();
        });
    }
}
