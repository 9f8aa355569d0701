//! What the page knows, in one place: pages read it, and change it only through its methods.

mod bars;
mod data;
pub(crate) mod history;
pub(crate) mod entries;
mod finer;
pub(crate) mod import;
mod instruments;
pub(crate) mod intake;
pub(crate) mod link;
pub(crate) mod pins;
pub(crate) mod library;
pub(crate) mod shell;
pub(crate) mod signals;
pub(crate) mod study;
pub(crate) mod sweep;
pub(crate) mod symbol;
pub(crate) mod words;

use std::sync::Arc;

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::bars::BarSeries;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::window::Window;
use atrium_shared::surface::api::DataSet;
use atrium_shared::surface::charts::{ChartBars, TradeMark};
use atrium_shared::surface::share::{self, BadLink, Link, SignalTimes};
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use gloo::utils::window;
use leptos::prelude::*;
use web_sys::AbortController;

use crate::browser;
use crate::choices::{Remembered, Sessions, keep_sessions, recall_sessions};
use crate::data_page_client::DataPageClient;
use crate::protocol::Ran;
use crate::worker_client::{Notice, WorkerClient};
use bars::{Uncut, Wanted};
use entries::{Catalogue, Entry, Place, Server, entries};
use finer::Finer;
use history::{History, Stood};
use intake::OwnBars;
use link::Opened;
use pins::Pin;
use signals::Supply;
use study::Study;
use sweep::SweepDesk;

/// What reads and writes links, which comes late.
#[derive(Clone, Copy)]
struct Links {
    /// Opens the link of an address.
    open: fn(Lab, &str),
    /// The fragment of an address that names a link.
    fragment: fn(&Link) -> Result<String, BadLink>,
}

/// What went wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trouble {
    /// What happened.
    pub(crate) what: String,
    /// What to do.
    pub(crate) remedy: &'static str,
    /// Whether it was that the server did not answer, which it says.
    pub(crate) away: bool,
}

/// Bars as they are shown.
pub(crate) struct Shown {
    /// What their data set is chosen by.
    pub(crate) key: String,
    /// Where it is kept.
    pub(crate) place: Place,
    /// What they are of.
    pub(crate) data_set: DataSet,
    /// The bars.
    pub(crate) series: BarSeries,
    /// The same, prepared for drawing.
    pub(crate) chart: ChartBars,
    /// The sessions that they were taken from.
    pub(crate) window: Window,
    /// How many stored bars were left out, because they lie outside the regular hours.
    pub(crate) left_out: u64,
    /// How many closing prints were folded into the last bar of their session.
    pub(crate) folded: u64,
}

impl Shown {
    /// Whether they are of a data set as it is now.
    pub(crate) fn is(&self, entry: &Entry) -> bool {
        self.key == entry.key && self.data_set == entry.set
    }
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

/// What a dialog is open for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Sets of parameters with a name.
    Presets,
    /// Taking the run elsewhere.
    Share,
    /// Runs that the server keeps.
    Runs,
    /// What the keys do.
    Help,
    /// Going to anything by its name.
    Palette,
}

/// The state of the lab. Copies are handles to the same state.
#[derive(Clone, Copy)]
pub(crate) struct Lab {
    pub(crate) server: RwSignal<Server>,
    pub(crate) catalogue: RwSignal<Catalogue>,
    /// Data sets that are kept in this browser only.
    pub(crate) locals: RwSignal<Vec<Entry>>,
    /// Everything that can be chosen: what is stored, then what is in this browser.
    pub(crate) entries: Memo<Vec<Entry>>,
    /// The key of the chosen data set.
    pub(crate) data_set: RwSignal<Option<String>>,
    /// The parameters as they stand in the controls, which may contradict one another; the interval is one of them.
    pub(crate) draft: RwSignal<RunConfig>,
    /// The parameters that stood when a gesture ended, without contradiction, on the bars that were shown.
    pub(crate) committed: RwSignal<RunConfig>,
    /// What stood before, and what was taken back.
    pub(crate) history: RwSignal<History>,
    /// The sessions that are run over; all of the data set where it is open at both ends.
    pub(crate) window: RwSignal<Window>,
    /// The link that was opened last.
    pub(crate) opened: RwSignal<Option<Opened>>,
    /// The bar that the address of the link asks about, by its start.
    linked_bar: StoredValue<Option<Timestamp>>,
    /// How the address of the link says that the times of its signals are read.
    linked_times: StoredValue<Option<SignalTimes>>,
    /// The dialog that is open.
    pub(crate) asked: RwSignal<Option<Asked>>,
    /// What is looked for among the parameters.
    pub(crate) query: RwSignal<String>,
    /// The parameter that was gone to last, by its key: its section is open.
    pub(crate) sought: RwSignal<Option<&'static str>>,
    pub(crate) shown: RwSignal<Option<Arc<Shown>>>,
    pub(crate) run: RwSignal<Option<Arc<Run>>>,
    /// The same for what is told beneath the chart: it follows once the chart is drawn, so that a dragged slider does not wait for it.
    pub(crate) told: RwSignal<Option<Arc<Run>>>,
    /// Whether bars are on their way.
    pub(crate) loading: RwSignal<bool>,
    /// Whether a run is being made.
    pub(crate) working: RwSignal<bool>,
    pub(crate) trouble: RwSignal<Option<Trouble>>,
    /// Why what is shown is not a run with the parameters as they stand, where none is on its way.
    pub(crate) stale: Memo<Option<&'static str>>,
    /// Why there is no engine, if there is none.
    pub(crate) lost: RwSignal<Option<String>>,
    /// Page, worker and server are not of one version.
    pub(crate) outdated: RwSignal<bool>,
    /// The trade that was chosen in the table, by its index.
    pub(crate) chosen_trade: RwSignal<Option<usize>>,
    /// The file of bars that was dropped on the backtest page, and how it stands.
    pub(crate) intake: RwSignal<Option<OwnBars>, LocalStorage>,
    /// The bar of the chart that was asked about.
    pub(crate) asked_bar: RwSignal<Option<usize>>,
    /// The bars that the chart is to show, first and last.
    pub(crate) look_at: RwSignal<Option<(usize, usize)>>,
    /// The bars that the chart shows, first and last, where these are not all.
    pub(crate) in_sight: RwSignal<Option<(usize, usize)>>,
    /// The times that the chart is to show, no more and no less; taken once it does.
    pub(crate) framed: RwSignal<Option<share::View>>,
    /// Runs that are kept to be compared with.
    pub(crate) pins: RwSignal<Vec<Pin>, LocalStorage>,
    /// What is told of the run that stands.
    pub(crate) study: Study,
    /// Many runs at once.
    pub(crate) sweep: SweepDesk,
    /// Whether a run was asked for while there was nothing to run on.
    missed: StoredValue<bool>,
    /// The bars that did not come.
    wanted: StoredValue<Option<Wanted>>,
    /// What stood before parameters were chosen together with bars that are still on their way.
    stood: StoredValue<Option<Stood>>,
    /// Counts requests for bars, so that an old answer is known as such.
    ticket: StoredValue<u64>,
    /// Finer bars of what is shown.
    finer: StoredValue<Finer, LocalStorage>,
    /// How often finer bars were asked for.
    finer_asked: StoredValue<u64>,
    /// Ends the request for bars that is under way.
    fetching: StoredValue<Option<AbortController>, LocalStorage>,
    /// The data set whose bars the data page was asked for, with the number of the request.
    cutting: StoredValue<Option<(u64, Entry)>>,
    /// What reads links, once that has come.
    links: StoredValue<Option<Links>>,
    /// What reads links did not come.
    unreadable: StoredValue<bool>,
    data_page: StoredValue<Option<DataPageClient>>,
    worker: StoredValue<Option<WorkerClient>, LocalStorage>,
    saving: StoredValue<Option<Timeout>, LocalStorage>,
    /// Counts the parameters as chosen once they stood for a moment.
    committing: StoredValue<Option<Timeout>, LocalStorage>,
    /// Bars of some sessions only: what is shown of them is known once the engine has cut them.
    uncut: StoredValue<Option<Uncut>, LocalStorage>,
}

impl Lab {
    /// Starts the worker and asks the server what there is.
    pub(crate) fn start() -> Self {
        Self::leave_as_noted();
        let Remembered { data_set, config } = Remembered::load();
        let (sessions, of_sweep) = match Self::is_link_named() {
            true => Sessions::default(),
            false => recall_sessions(data_set.as_deref()),
        };
        let draft = RwSignal::new(config);
        let (shown, run) = (RwSignal::new(None), RwSignal::new(None));
        let (loading, working) = (RwSignal::new(false), RwSignal::new(false));
        let study = Study::new();
        let stale = Memo::new(move |_| match loading.get() || working.get() {
            true => None,
            false => {
                let draft = draft.get();
                let supply = study.signals.with(|files| files.supply(&draft));
                why_stale(&draft, shown.get(), run.get(), supply)
            }
        });
        let catalogue = RwSignal::new(Catalogue::Loading);
        let locals = RwSignal::new(Vec::<Entry>::new());
        let lab = Self {
            server: RwSignal::new(Server::Unknown),
            catalogue,
            locals,
            entries: Memo::new(move |_| {
                catalogue.with(|catalogue| {
                    locals.with(|locals| entries(catalogue, locals.iter().cloned()))
                })
            }),
            data_set: RwSignal::new(data_set),
            draft,
            committed: RwSignal::new(config),
            history: RwSignal::new(History::default()),
            window: RwSignal::new(sessions),
            opened: RwSignal::new(None),
            linked_bar: StoredValue::new(None),
            linked_times: StoredValue::new(None),
            asked: RwSignal::new(None),
            query: RwSignal::new(String::new()),
            sought: RwSignal::new(None),
            shown,
            run,
            told: RwSignal::new(None),
            loading,
            working,
            trouble: RwSignal::new(None),
            stale,
            lost: RwSignal::new(None),
            outdated: RwSignal::new(false),
            chosen_trade: RwSignal::new(None),
            intake: RwSignal::new_local(None),
            asked_bar: RwSignal::new(None),
            look_at: RwSignal::new(None),
            in_sight: RwSignal::new(None),
            framed: RwSignal::new(None),
            pins: RwSignal::new_local(Vec::new()),
            study,
            sweep: SweepDesk::new(of_sweep),
            missed: StoredValue::new(false),
            wanted: StoredValue::new(None),
            stood: StoredValue::new(None),
            ticket: StoredValue::new(0),
            finer: StoredValue::new_local(Finer::default()),
            finer_asked: StoredValue::new(0),
            fetching: StoredValue::new_local(None),
            cutting: StoredValue::new(None),
            links: StoredValue::new(None),
            unreadable: StoredValue::new(false),
            data_page: StoredValue::new(None),
            worker: StoredValue::new_local(None),
            saving: StoredValue::new_local(None),
            committing: StoredValue::new_local(None),
            uncut: StoredValue::new_local(None),
        };
        let worker = WorkerClient::start(move |notice| lab.hear(notice));
        lab.worker.set_value(Some(worker));
        Effect::new(move |before: Option<()>| {
            lab.window.track();
            lab.sweep.window.track();
            if before.is_some() {
                lab.save_soon();
            }
        });
        lab.heartbeat();
        lab.fetch_catalogue();
        // who comes back to the page may have imported something
        EventListener::new(&window(), "focus", move |_| {
            let listing = lab
                .catalogue
                .with_untracked(|catalogue| *catalogue == Catalogue::Loading);
            if !listing && !lab.loading.get_untracked() {
                lab.fetch_catalogue();
            }
        })
        .forget();
        lab
    }

    /// The state as one word, for the page and its tests.
    pub(crate) fn word(self) -> &'static str {
        if self.trouble.with(Option::is_some) || self.lost.with(Option::is_some) {
            return "error";
        }
        let catalogue = self.catalogue.with(|catalogue| match catalogue {
            _ if !self.entries.with(Vec::is_empty) => None,
            Catalogue::Loading => Some("loading"),
            Catalogue::Failed(_) => Some("error"),
            Catalogue::Known(sets) if sets.list.is_empty() => Some("empty"),
            Catalogue::Known(_) => None,
        });
        catalogue.unwrap_or_else(|| match () {
            () if self.loading.get() => "loading",
            () if self.working.get() || self.is_untold() => "working",
            () if self.stale.get().is_some() => "stale",
            () if self.run.with(Option::is_some) => "done",
            () => "loading",
        })
    }

    /// Whether a run is on the chart that is not told yet beneath it.
    fn is_untold(self) -> bool {
        let told = self.told.get();
        self.run.with(|run| match (run, told) {
            (Some(run), Some(told)) => !Arc::ptr_eq(run, &told),
            (run, told) => run.is_some() != told.is_some(),
        })
    }

    /// Has the run told once it is drawn.
    fn tell_soon(self) {
        let tell = move || {
            if untrack(move || self.is_untold()) {
                self.told.set(self.run.get_untracked());
            }
        };
        // what nobody sees is not drawn
        if gloo::utils::document().hidden() {
            return tell();
        }
        request_animation_frame(move || set_timeout(tell, core::time::Duration::ZERO));
    }

    /// Changes parameters and runs the engine with them, if they make sense.
    pub(crate) fn change(self, change: impl FnOnce(&mut RunConfig)) {
        let was = self.draft.get_untracked();
        let mut now = was;
        change(&mut now);
        self.draft.set(self.study.note_strategy(&was, now));
        // what was chosen with bars that are still on their way is gone on from
        self.stood.set_value(None);
        self.rerun();
        self.save_soon();
        self.commit_soon();
    }

    /// Runs the engine with the parameters as they stand.
    pub(crate) fn rerun(self) {
        self.leave_other_link();
        let mut config = self.draft.get_untracked();
        // while bars of another interval are on their way, work goes on with those that are here
        if let Some(shown) = self.shown.get_untracked() {
            config.interval = shown.series.interval();
        }
        if config.validate().is_err() {
            return;
        }
        match self.supply(&config) {
            Supply::Ready if self.waits_for_finer(&config) => return,
            Supply::Ready => {}
            Supply::Awaited => {
                self.working.set(true);
                return self.read_signals();
            }
            Supply::Unfit | Supply::Missing => return,
        }
        let asked = self.with_worker(|worker| worker.run(config, browser::now()));
        if asked {
            self.working.set(true);
        }
        self.missed.set_value(!asked);
    }

    fn with_worker(self, act: impl FnOnce(&WorkerClient) -> bool) -> bool {
        self.worker
            .with_value(|worker| worker.as_ref().is_some_and(act))
    }

    fn hear(self, notice: Notice) {
        match notice {
            Notice::Loaded { again, kept } => {
                self.loading.set(self.is_fetching());
                self.show_cut(kept);
                self.commit();
                self.read_signals();
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
            } => self.take(ran, *config, equity, asked_ms),
            Notice::Failed(what) => {
                self.loading.set(self.is_fetching());
                self.fail_link();
                self.working.set(self.with_worker(WorkerClient::is_busy));
                self.fail(
                    what,
                    "Change a parameter, or choose another data set or interval.",
                );
            }
            Notice::Replaced { what, of_load } => {
                self.working.set(false);
                self.fail_link();
                let remedy = if of_load {
                    self.loading.set(self.is_fetching());
                    "Choose another data set or interval; if it happens again, please report what it said."
                } else {
                    "Change a parameter to run again; if it happens again, please report what it said."
                };
                self.fail(
                    format!("The engine stopped and was started anew. It said: {what}"),
                    remedy,
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
        let run = Arc::new(Run {
            ran,
            config,
            equity,
            marks,
            asked_ms,
        });
        self.judge(&shown, &run);
        self.run.set(Some(run));
        self.tell_soon();
        self.study_soon();
        self.working.set(self.with_worker(WorkerClient::is_busy));
    }

    fn fail(self, what: String, remedy: &'static str) {
        let away = false;
        self.trouble.set(Some(Trouble { what, remedy, away }));
    }

    /// Remembers the choices once they have stood for a moment.
    fn save_soon(self) {
        let save = Timeout::new(400, move || self.save());
        self.saving.set_value(Some(save));
    }

    /// Remembers the choices that were not remembered yet.
    pub(crate) fn save_now(self) {
        if self
            .saving
            .try_update_value(Option::take)
            .flatten()
            .is_some()
        {
            self.save();
        }
    }

    fn save(self) {
        let config = self.study.remembered(self.draft.get_untracked());
        let data_set = self.data_set.get_untracked();
        let sessions = (
            self.window.get_untracked(),
            self.sweep.window.get_untracked(),
        );
        keep_sessions(data_set.as_deref(), sessions);
        Remembered { data_set, config }.save();
    }
}

/// Why what is shown is not a run with the parameters as they stand.
fn why_stale(
    draft: &RunConfig,
    shown: Option<Arc<Shown>>,
    run: Option<Arc<Run>>,
    supply: Supply,
) -> Option<&'static str> {
    let wanted = RunConfig {
        interval: shown?.series.interval(),
        ..*draft
    };
    let is_valid = wanted.validate().is_ok();
    match (run, supply) {
        (Some(run), _) if run.config == wanted => None,
        (Some(_), _) if !is_valid => {
            Some("Results of earlier parameters: those set now contradict one another.")
        }
        (Some(_), Supply::Unfit) => Some(
            "Results of earlier parameters: those set now trade a file of signals, which are not for these bars.",
        ),
        (Some(_), Supply::Missing) => Some(
            "Results of earlier parameters: those set now trade a file of signals, and there is none. Drop one here, or choose another strategy.",
        ),
        (Some(_), _) => Some("Results of earlier parameters: the run with those set now failed."),
        (None, _) if !is_valid => Some("Nothing was run: the parameters contradict one another."),
        (None, Supply::Unfit) => {
            Some("Nothing was run: the signals of the file are not for these bars.")
        }
        (None, Supply::Missing) => Some(
            "Nothing was run: the strategy trades a file of signals, and there is none. Drop one here, or choose another strategy.",
        ),
        (None, _) => None,
    }
}
