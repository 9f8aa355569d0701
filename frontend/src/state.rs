//! What the page knows, in one place: pages read it, and change it only through its methods.

use std::sync::Arc;

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::bars::BarSeries;
use atrium_shared::research::backtest::ENGINE_VERSION;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::surface::api::DataSet;
use atrium_shared::surface::charts::{ChartBars, TradeMark};
use atrium_shared::surface::report::DataReference;
use atrium_shared::surface::wire;
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage as Local;
use leptos::task::spawn_local;

use crate::api::{self, ApiError};
use crate::browser;
use crate::choices::{Remembered, offered_intervals};
use crate::protocol::Ran;
use crate::worker_client::{Notice, WorkerClient};

/// How often the server is asked whether it is there, in seconds.
const HEARTBEAT_S: u32 = 15;
/// The same while it is not.
const RETRY_S: u32 = 3;

/// Where the server stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    /// Not asked yet.
    Unknown,
    /// It answers.
    Connected,
    /// It does not answer; work in the browser goes on.
    Away,
}

/// The list of data sets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Catalogue {
    /// Asked for.
    Loading,
    /// Known; possibly empty.
    Known(Vec<DataSet>),
    /// Not to be had.
    Failed(String),
}

/// What went wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trouble {
    /// What happened.
    pub(crate) what: String,
    /// What to do.
    pub(crate) remedy: &'static str,
}

/// Bars as they are shown.
pub(crate) struct Shown {
    /// What they are of.
    pub(crate) data_set: DataSet,
    /// The bars.
    pub(crate) series: BarSeries,
    /// The same, prepared for drawing.
    pub(crate) chart: ChartBars,
}

/// A run as it is shown.
pub(crate) struct Run {
    /// Its numbers.
    pub(crate) ran: Box<Ran>,
    /// The parameters it was made with.
    pub(crate) config: RunConfig,
    /// Equity at each bar's close.
    pub(crate) equity: Vec<f64>,
    /// Its trades, by bar.
    pub(crate) marks: Vec<TradeMark>,
    /// When it was asked for, in milliseconds of the page's clock.
    pub(crate) asked_ms: f64,
}

/// The state of the lab. Copies are handles to the same state.
#[derive(Clone, Copy)]
pub(crate) struct Lab {
    pub(crate) server: RwSignal<Server>,
    pub(crate) catalogue: RwSignal<Catalogue>,
    /// The name of the chosen data set.
    pub(crate) data_set: RwSignal<Option<String>>,
    /// The parameters as they stand in the controls, which may contradict one another; the interval is one of them.
    pub(crate) draft: RwSignal<RunConfig>,
    pub(crate) shown: RwSignal<Option<Arc<Shown>>>,
    pub(crate) run: RwSignal<Option<Arc<Run>>>,
    /// Whether bars are on their way.
    pub(crate) loading: RwSignal<bool>,
    /// Whether a run is being made.
    pub(crate) working: RwSignal<bool>,
    pub(crate) trouble: RwSignal<Option<Trouble>>,
    /// Why there is no engine, if there is none.
    pub(crate) lost: RwSignal<Option<String>>,
    /// Page, worker and server are not of one version.
    pub(crate) outdated: RwSignal<bool>,
    /// The trade that was chosen in the table, by its index.
    pub(crate) chosen_trade: RwSignal<Option<usize>>,
    /// Whether a run was asked for while there was nothing to run on.
    missed: StoredValue<bool>,
    /// Counts requests for bars, so that an old answer is known as such.
    ticket: StoredValue<u64>,
    worker: StoredValue<Option<WorkerClient>, Local>,
    waiting_for_export: StoredValue<Option<WaitsForExport>, Local>,
    saving: StoredValue<Option<Timeout>, Local>,
}

type WaitsForExport = Box<dyn FnOnce(String)>;

impl Lab {
    /// Starts the worker and asks the server what there is.
    pub(crate) fn start() -> Self {
        let Remembered { data_set, config } = Remembered::load();
        let lab = Self {
            server: RwSignal::new(Server::Unknown),
            catalogue: RwSignal::new(Catalogue::Loading),
            data_set: RwSignal::new(data_set),
            draft: RwSignal::new(config),
            shown: RwSignal::new(None),
            run: RwSignal::new(None),
            loading: RwSignal::new(false),
            working: RwSignal::new(false),
            trouble: RwSignal::new(None),
            lost: RwSignal::new(None),
            outdated: RwSignal::new(false),
            chosen_trade: RwSignal::new(None),
            missed: StoredValue::new(false),
            ticket: StoredValue::new(0),
            worker: StoredValue::new_local(None),
            waiting_for_export: StoredValue::new_local(None),
            saving: StoredValue::new_local(None),
        };
        let worker = WorkerClient::start(move |notice| lab.hear(notice));
        lab.worker.set_value(Some(worker));
        lab.heartbeat();
        lab.fetch_catalogue();
        lab
    }

    /// The state as one word, for the page and its tests.
    pub(crate) fn word(self) -> &'static str {
        if self.trouble.with(Option::is_some) || self.lost.with(Option::is_some) {
            return "error";
        }
        let catalogue = self.catalogue.with(|catalogue| match catalogue {
            Catalogue::Loading => Some("loading"),
            Catalogue::Failed(_) => Some("error"),
            Catalogue::Known(list) if list.is_empty() => Some("empty"),
            Catalogue::Known(_) => None,
        });
        catalogue.unwrap_or_else(|| match () {
            () if self.loading.get() => "loading",
            () if self.working.get() => "working",
            () if self.run.with(Option::is_some) => "done",
            () => "loading",
        })
    }

    /// Asks for the list of data sets and goes on with the one that was chosen, or the first.
    pub(crate) fn fetch_catalogue(self) {
        self.catalogue.set(Catalogue::Loading);
        spawn_local(async move {
            match api::data_sets().await {
                Ok(list) => {
                    self.server.set(Server::Connected);
                    let chosen = self.data_set.get_untracked();
                    let known = |name: &String| list.iter().any(|set| set.name == *name);
                    let chosen = chosen
                        .filter(known)
                        .or_else(|| list.first().map(|set| set.name.clone()));
                    self.catalogue.set(Catalogue::Known(list));
                    if let Some(name) = chosen {
                        self.choose_data_set(name);
                    }
                }
                Err(error) => {
                    self.note_away(&error);
                    self.catalogue.set(Catalogue::Failed(error.to_string()));
                }
            }
        });
    }

    /// Goes on with another data set; the interval is kept where it can be.
    pub(crate) fn choose_data_set(self, name: String) {
        self.data_set.set(Some(name));
        let Some(data_set) = self.chosen_data_set() else {
            return;
        };
        let offered = offered_intervals(data_set.interval);
        let now = self.draft.with_untracked(|config| config.interval);
        if !offered.contains(&now) {
            let usual = BarInterval::minutes(60);
            let interval = if offered.contains(&usual) {
                usual
            } else {
                data_set.interval
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
    pub(crate) fn chosen_data_set(self) -> Option<DataSet> {
        let name = self.data_set.get()?;
        self.catalogue.with(|catalogue| match catalogue {
            Catalogue::Known(list) => list.iter().find(|set| set.name == name).cloned(),
            _ => None,
        })
    }

    /// Changes parameters and runs the engine with them, if they make sense.
    pub(crate) fn change(self, change: impl FnOnce(&mut RunConfig)) {
        self.draft.update(change);
        self.rerun();
        self.save_soon();
    }

    /// Runs the engine with the parameters as they stand.
    pub(crate) fn rerun(self) {
        let config = self.draft.get_untracked();
        if config.validate().is_err() {
            return;
        }
        let asked = self.with_worker(|worker| worker.run(config, browser::now()));
        if asked {
            self.working.set(true);
        }
        self.missed.set_value(!asked);
    }

    /// Asks for the last run as text, and hands it on.
    pub(crate) fn export(self, then: impl FnOnce(String) + 'static) {
        self.waiting_for_export.set_value(Some(Box::new(then)));
        self.with_worker(|worker| {
            worker.export();
            true
        });
    }

    /// Tries again what failed.
    pub(crate) fn retry(self) {
        self.trouble.set(None);
        match self.catalogue.get_untracked() {
            Catalogue::Known(list) if !list.is_empty() => self.fetch_bars(),
            _ => self.fetch_catalogue(),
        }
    }

    fn with_worker(self, act: impl FnOnce(&WorkerClient) -> bool) -> bool {
        self.worker
            .with_value(|worker| worker.as_ref().is_some_and(act))
    }

    fn fetch_bars(self) {
        let Some(data_set) = untrack(move || self.chosen_data_set()) else {
            return;
        };
        let interval = self.draft.with_untracked(|config| config.interval);
        let ticket = self.ticket.get_value() + 1;
        self.ticket.set_value(ticket);
        self.with_worker(|worker| {
            worker.forget();
            true
        });
        self.clear();
        self.loading.set(true);
        self.save_soon();
        spawn_local(async move {
            let answer = api::bars(&data_set.name, interval).await;
            if self.ticket.get_value() != ticket {
                return;
            }
            match answer {
                Ok(bytes) => self.show(data_set, bytes),
                Err(error) => {
                    self.loading.set(false);
                    self.note_away(&error);
                    self.fail(
                        error.to_string(),
                        "Try again, or choose another data set or interval.",
                    );
                }
            }
        });
    }

    /// Takes down what is shown: it belongs to other bars.
    fn clear(self) {
        self.trouble.set(None);
        self.working.set(false);
        self.chosen_trade.set(None);
        self.run.set(None);
        self.shown.set(None);
    }

    fn show(self, data_set: DataSet, bytes: Vec<u8>) {
        self.server.set(Server::Connected);
        let series = match wire::decode(&bytes) {
            Ok(series) => series,
            Err(error) => {
                self.loading.set(false);
                return self.fail(
                    error.to_string(),
                    "Reload the page; if it happens again, import the data anew.",
                );
            }
        };
        let data = DataReference {
            data_set: data_set.name.clone(),
            instrument: data_set.instrument.clone(),
            simulated: data_set.simulated,
        };
        self.shown.set(Some(Arc::new(Shown {
            chart: ChartBars::new(&series),
            data_set,
            series,
        })));
        self.with_worker(|worker| {
            worker.load(data, bytes);
            true
        });
    }

    fn hear(self, notice: Notice) {
        match notice {
            Notice::Loaded { again } => {
                self.loading.set(false);
                // the configuration that a worker failed of is not run again unless it was asked for
                if !again || self.missed.get_value() {
                    self.rerun();
                }
            }
            Notice::Ran {
                ran,
                config,
                equity,
                asked_ms,
            } => self.take(ran, config, equity, asked_ms),
            Notice::Exported(text) => {
                let then = self.waiting_for_export.try_update_value(Option::take);
                if let Some(Some(then)) = then {
                    then(text);
                }
            }
            Notice::Failed(what) => {
                self.loading.set(false);
                self.working.set(self.with_worker(WorkerClient::is_busy));
                self.fail(
                    what,
                    "Change a parameter, or choose another data set or interval.",
                );
            }
            Notice::Replaced(what) => {
                self.working.set(false);
                self.fail(
                    format!("The engine stopped and was started anew. It said: {what}"),
                    "Change a parameter to run again; if it happens again, please report what it said.",
                );
            }
            Notice::Lost(what) => {
                self.working.set(false);
                self.loading.set(false);
                self.lost.set(Some(what));
            }
            Notice::OtherVersion => self.outdated.set(true),
        }
    }

    fn take(self, ran: Box<Ran>, config: RunConfig, equity: Vec<f64>, asked_ms: f64) {
        let Some(shown) = self.shown.get_untracked() else {
            return;
        };
        let marks = ran
            .trades
            .iter()
            .filter_map(|trade| TradeMark::new(trade, shown.series.start()))
            .collect();
        self.trouble.set(None);
        self.chosen_trade.set(None);
        self.run.set(Some(Arc::new(Run {
            ran,
            config,
            equity,
            marks,
            asked_ms,
        })));
        self.working.set(self.with_worker(WorkerClient::is_busy));
    }

    fn fail(self, what: String, remedy: &'static str) {
        self.trouble.set(Some(Trouble { what, remedy }));
    }

    fn note_away(self, error: &ApiError) {
        if *error == ApiError::Away {
            self.server.set(Server::Away);
        }
    }

    /// Asks the server every few seconds whether it is there.
    fn heartbeat(self) {
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
            let missed = self
                .catalogue
                .with_untracked(|catalogue| matches!(catalogue, Catalogue::Failed(_)));
            if was == Server::Away && state == Server::Connected && missed {
                self.retry();
            }
            let pause_s = if state == Server::Away {
                RETRY_S
            } else {
                HEARTBEAT_S
            };
            Timeout::new(pause_s * 1_000, move || self.heartbeat()).forget();
        });
    }

    /// Remembers the choices once they have stood for a moment.
    fn save_soon(self) {
        let save = move || {
            let config = self.draft.get_untracked();
            let data_set = self.data_set.get_untracked();
            Remembered { data_set, config }.save();
        };
        self.saving.set_value(Some(Timeout::new(400, save)));
    }
}
