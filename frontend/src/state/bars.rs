//! Which bars are chosen, those that are on their way, and those that are shown.
//!
//! A data set, the sessions of it and an interval are chosen; what is chosen is on its way unless it is shown. Whoever chooses
//! sets these and calls [`Lab::go_on`], which alone begins a request for bars or ends the one that is under way.

use std::sync::Arc;

use atrium_shared::base::time::{BarInterval, Day};
use atrium_shared::market::bars::{BarColumns, BarSeries};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::window::Window;
use atrium_shared::surface::charts::ChartBars;
use atrium_shared::surface::report::DataReference;
use atrium_shared::surface::share::Link;
use atrium_shared::surface::wire;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::AbortController;

use super::entries::{Entry, Place, Server};
use super::finer::Finer;
use super::history::Stood;
use super::link::{Opened, Stage};
use super::{Lab, Shown, Trouble};
use crate::api::{self, ApiError, Bars};
use crate::bridge::ToPage;
use crate::choices::offered_intervals;
use crate::worker_client::WorkerClient;

/// Said where bars did not come because the server is away: the one line on the page that says the latter.
const AWAY: &str = "The server does not answer, so the bars that were chosen did not come.";

/// Bars that did not come, so that they can be asked for again.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    key: String,
    window: Window,
    config: RunConfig,
    /// Whether the parameters were chosen with them.
    with_parameters: bool,
    /// The parameters that stood once they had not come.
    stood: RunConfig,
}

/// Bars of which only some sessions are shown.
pub(super) struct Uncut {
    entry: Entry,
    series: BarSeries,
    window: Window,
    left_out: u64,
    folded: u64,
}

impl Lab {
    /// Goes on with the bars that are chosen: with those that are shown where it is these, whatever else was on its way; else once
    /// they came.
    pub(super) fn go_on(self) {
        if !self.shows_chosen() || !self.with_worker(WorkerClient::has_bars) {
            return self.fetch_bars();
        }
        self.keep_bars();
        self.commit();
        self.rerun();
    }

    /// Whether the bars that are shown are those that are chosen.
    pub(super) fn shows_chosen(self) -> bool {
        let entry = untrack(move || self.chosen());
        let interval = self.draft.with_untracked(|config| config.interval);
        let window = self.window.get_untracked();
        self.shown.with_untracked(|shown| {
            shown.as_ref().zip(entry).is_some_and(|(shown, entry)| {
                shown.is(&entry) && shown.window == window && shown.series.interval() == interval
            })
        })
    }

    /// The bars that are shown are chosen: what is on its way is of no interest any more.
    pub(super) fn keep_bars(self) {
        self.abort_request();
        self.stood.set_value(None);
        self.loading.set(self.with_worker(WorkerClient::is_loading));
        self.read_signals();
    }

    /// Ends the request for bars that is under way, if there is one: an answer that is on its way is an old one.
    fn abort_request(self) {
        self.ticket.update_value(|ticket| *ticket += 1);
        self.cutting.set_value(None);
        self.wanted.set_value(None);
        if let Some(before) = self.fetching.try_update_value(Option::take).flatten() {
            before.abort();
        }
    }

    /// Makes the run of a configuration over some sessions of a data set, as one step that can be taken back. Where the bars do
    /// not come, what stands now comes back.
    pub(super) fn go_to(self, config: RunConfig, key: String, window: Window) {
        self.note(self.stands());
        self.data_set.set(Some(key));
        self.window.set(window);
        self.put_as_step(config);
        self.leave_address();
        self.go_on();
    }

    /// Whether the bars that did not come are those of a link.
    pub(super) fn misses_bars_of(self, link: &Link) -> bool {
        self.wanted.with_value(|wanted| {
            wanted.as_ref().is_some_and(|wanted| {
                let name = untrack(|| self.entry(&wanted.key)).map(|entry| entry.set.name);
                name.as_ref() == Some(&link.data.name)
                    && wanted.window == link.window
                    && wanted.config.interval == link.config.interval
            })
        })
    }

    /// Notes what stands, before parameters are chosen together with bars.
    pub(super) fn note(self, stood: Stood) {
        // where others are on their way still, what is shown is from before those
        if self.stood.with_value(Option::is_none) {
            self.stood.set_value(Some(stood));
        }
    }

    /// Takes all sessions, on the sweep page too.
    pub(super) fn leave_sessions(self) {
        self.window.set(Window::default());
        self.sweep.window.set(None);
    }

    /// Takes all sessions where those that were chosen are not among the bars that are there now.
    pub(super) fn leave_sessions_without_bars(self) {
        let Some(Entry { set, .. }) = untrack(move || self.chosen()) else {
            return;
        };
        // a session may begin on the evening before
        let (first, last) = (set.first.utc_day(), Day(set.last.utc_day().0 + 1));
        let has_none = |window: &Window| window.misses(first, last);
        let of_sweep = |window: &Option<Window>| window.as_ref().is_some_and(has_none);
        if self.window.with_untracked(has_none) {
            self.window.set(Window::default());
        }
        if self.sweep.window.with_untracked(of_sweep) {
            self.sweep.window.set(None);
        }
    }

    /// Goes on with another data set; the interval is kept where it can be.
    pub(crate) fn choose_data_set(self, key: String) {
        if self.data_set.get_untracked().as_ref() != Some(&key) {
            // other bars have other sessions, and are another run
            match self.shown.with_untracked(Option::is_some) {
                true => self.window.set(Window::default()),
                // those of the sweep are of bars that did not come yet
                false => self.leave_sessions(),
            }
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
        self.go_on();
    }

    /// Goes on with bars of another interval.
    pub(crate) fn choose_interval(self, interval: BarInterval) {
        if self.draft.with_untracked(|config| config.interval) != interval {
            self.draft.update(|config| config.interval = interval);
            self.go_on();
        }
    }

    /// Tries again what failed.
    pub(crate) fn retry(self) {
        self.trouble.set(None);
        if self.open_again() {
            return;
        }
        self.want_again();
        if self.entries.with_untracked(Vec::is_empty) {
            self.fetch_catalogue();
        } else {
            self.fetch_bars();
        }
    }

    /// Chooses the bars again that did not come, and with them what was chosen with them.
    fn want_again(self) {
        if let Some(Some(wanted)) = self.wanted.try_update_value(Option::take) {
            self.data_set.set(Some(wanted.key));
            self.window.set(wanted.window);
            match wanted.with_parameters {
                true => {
                    self.note(self.stands());
                    self.put_as_step(wanted.config);
                }
                false => {
                    let interval = wanted.config.interval;
                    self.draft.update(|config| config.interval = interval);
                }
            }
        }
    }

    /// Goes on with the bars that did not come while the server was away, unless something else was set meanwhile.
    pub(super) fn want_missed(self) {
        let stands = self.draft.get_untracked();
        let is_as_it_was =
            |wanted: &Option<Wanted>| wanted.as_ref().is_some_and(|wanted| wanted.stood == stands);
        // a link opens its own
        let is_of_link =
            |opened: &Option<Opened>| matches!(opened, Some(Opened::Link(_, Stage::Away)));
        if self.wanted.with_value(is_as_it_was) && !self.opened.with_untracked(is_of_link) {
            self.want_again();
            // not once the list has come: until then what is chosen would not be what is shown
            self.go_on();
        }
    }

    fn fetch_bars(self) {
        self.leave_other_link();
        let Some(entry) = untrack(move || self.chosen()) else {
            return;
        };
        let interval = self.draft.with_untracked(|config| config.interval);
        let abort = AbortController::new().ok();
        self.abort_request();
        self.fetching.set_value(abort.clone());
        let ticket = self.ticket.get_value();
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

    /// Goes on with bars that were cut here, unless others were asked for meanwhile.
    pub(super) fn take_cut(self, ticket: u64, bars: Result<Bars, String>) {
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

    /// Bars did not come: what is shown stays, and with it the choices and, where these were chosen with the bars, the parameters
    /// that it was made by.
    fn stay(self, what: String, away: bool) {
        self.loading.set(false);
        self.miss_link(away);
        let stood = self.stood.try_update_value(Option::take).flatten();
        let remedy = if let Some(shown) = self.shown.get_untracked() {
            let key = self.data_set.get_untracked();
            let (window, config) = (self.window.get_untracked(), self.draft.get_untracked());
            let with_parameters = stood.is_some();
            self.data_set.set(Some(shown.key.clone()));
            self.window.set(shown.window);
            let interval = shown.series.interval();
            match stood {
                // the address may name the link whose bars did not come, which is opened once they do
                Some(stood) => {
                    self.put_back(stood);
                    self.put_interval(interval);
                    self.take_draft();
                }
                // what was changed while the bars were on their way was run on those that are shown
                None => {
                    self.put_interval(interval);
                    self.commit();
                }
            }
            self.wanted.set_value(key.map(|key| Wanted {
                key,
                window,
                config,
                with_parameters,
                stood: self.draft.get_untracked(),
            }));
            self.save_soon();
            self.read_signals();
            match away {
                true => {
                    "What was shown stays, and what is loaded here goes on working: parameters, runs, links to copy, files of your own. Try again, or choose another data set or interval."
                }
                false => "What was shown stays. Try again, or choose another data set or interval.",
            }
        } else {
            "Try again, or choose another data set or interval."
        };
        let what = match away {
            true => AWAY.to_owned(),
            false => what,
        };
        self.trouble.set(Some(Trouble { what, remedy, away }));
    }

    /// Takes down what is shown: it belongs to other bars.
    pub(super) fn clear(self) {
        self.trouble.set(None);
        self.working.set(false);
        // bars that wait for the engine are no longer wanted: a load that failed left them here
        self.uncut.set_value(None);
        self.sweep.give_up_waiting();
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
        // dates that were picked for the sweep are of the bars before
        let is_other = |shown: &Option<Arc<Shown>>| shown.as_ref().is_some_and(|it| it.key != key);
        if self.shown.with_untracked(is_other) {
            self.sweep.window.set(None);
        }
        self.clear();
        self.stood.set_value(None);
        let window = self.window.get_untracked();
        let uncut = Uncut {
            entry: Entry {
                key,
                place,
                set: data_set,
            },
            series,
            window,
            left_out,
            folded,
        };
        if window == Window::default() {
            self.put_up(uncut);
        } else {
            self.uncut.set_value(Some(uncut));
        }
        self.with_worker(|worker| {
            worker.load(data, window, wire);
            true
        });
    }

    fn put_up(self, uncut: Uncut) {
        let Uncut {
            entry: Entry { key, place, set },
            series,
            window,
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
                self.put_up(uncut);
            }
            Err(error) => self.stay(error.to_string(), false),
        }
    }
}
