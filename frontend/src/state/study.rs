//! What is told of the run that stands: asked of the study worker once parameters have stood for a moment.

use std::rc::Rc;
use std::sync::Arc;

use atrium_shared::base::digest::Digest;
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::signal::source::Source;
use atrium_shared::surface::share::SignalTimes;
use atrium_shared::surface::sheets::{Block, Forced, Sheet};
use atrium_shared::trading::strategy::Strategy;
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage;

use super::Lab;
use super::signals::{SignalFiles, trades_signals};
use crate::study_client::{Bars, Notice, StudyClient, Teller};
use crate::study_protocol::{Answer, Question};

/// How long parameters have stood until the run is studied, in milliseconds.
const SETTLED_MS: u32 = 500;

/// The key of the sheet of fill conventions, which is asked for when it is looked at.
pub(crate) const BAND: &str = "band";
/// The key of the sheet that sets runs side by side.
pub(crate) const COMPARE: &str = "compare";

/// Why there are no finer bars.
const NONE_STORED: &str = "There is no refined convention: bars finer than these are not stored.";

/// What is known of the run that stands. Copies are handles to the same state.
#[derive(Clone, Copy)]
pub(crate) struct Study {
    /// The run that is told of.
    pub(crate) committed: RwSignal<Option<Studied>>,
    pub(crate) sheets: RwSignal<Option<Arc<Vec<Sheet>>>>,
    pub(crate) band: RwSignal<Option<Arc<Sheet>>>,
    pub(crate) comparison: RwSignal<Option<Arc<Sheet>>>,
    /// Whether the bar that was asked about lies in the right half of the chart.
    pub(crate) asked_right: RwSignal<bool>,
    /// Why it was decided so at the bar that was asked about.
    pub(crate) bar: RwSignal<Option<Arc<Sheet>>>,
    /// What would have come of a trade there.
    pub(crate) forced: RwSignal<Option<Arc<Forced>>>,
    /// The tab that is shown, by the key of its sheet.
    pub(crate) tab: RwSignal<String>,
    /// Whether something is being found out.
    pub(crate) working: RwSignal<bool>,
    /// Why something is not told.
    pub(crate) trouble: RwSignal<Option<String>>,
    /// Files of signals.
    pub(crate) signals: RwSignal<SignalFiles, LocalStorage>,
    /// What was traded last that was no file of signals, to which there is a way back.
    before_signals: StoredValue<Option<(Strategy, Source)>>,
    client: StoredValue<Option<Rc<dyn Teller>>, LocalStorage>,
    /// What starts the worker, once that has come.
    starter: StoredValue<Option<Starter>>,
    settling: StoredValue<Option<Timeout>, LocalStorage>,
    exports: StoredValue<Vec<WaitsForExport>, LocalStorage>,
}

/// Starts the worker, see [`Lab::start_teller`].
type Starter = fn(Lab) -> Rc<dyn Teller>;

/// A run that something is asked about. Its configuration is not enough to know it by: signals are a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Studied {
    pub(crate) config: RunConfig,
    /// Its digest.
    pub(crate) run: Digest,
}

/// A run that is to be written out.
struct WaitsForExport {
    of: Studied,
    then: Box<dyn FnOnce(String)>,
}

/// Said where a run that was to be written out is gone.
const GONE: &str = "The run that was to be written out is not the one that is shown any more: press the button again.";

impl Study {
    pub(super) fn new() -> Self {
        Self {
            committed: RwSignal::new(None),
            sheets: RwSignal::new(None),
            band: RwSignal::new(None),
            comparison: RwSignal::new(None),
            asked_right: RwSignal::new(true),
            bar: RwSignal::new(None),
            forced: RwSignal::new(None),
            tab: RwSignal::new("metrics".to_owned()),
            working: RwSignal::new(false),
            trouble: RwSignal::new(None),
            signals: RwSignal::new_local(SignalFiles::default()),
            before_signals: StoredValue::new(None),
            client: StoredValue::new_local(None),
            starter: StoredValue::new(None),
            settling: StoredValue::new_local(None),
            exports: StoredValue::new_local(Vec::new()),
        }
    }

    /// Forgets what belongs to other bars.
    pub(super) fn clear(self) {
        self.settling.set_value(None);
        self.committed.set(None);
        self.sheets.set(None);
        self.working.set(false);
        self.trouble.set(None);
        for sheet in [self.band, self.bar] {
            sheet.set(None);
        }
        self.forced.set(None);
        self.signals.update(SignalFiles::forget_bars);
    }

    fn with_client(self, act: impl FnOnce(&dyn Teller)) {
        let client = self.client.get_value();
        if let Some(client) = client {
            act(&*client);
        }
    }

    /// Notes what was traded where signals are traded from now on; where they are not any more, and nothing says what predicts,
    /// that is what predicted before them. Gives the configuration that this makes of `now`.
    pub(super) fn note_strategy(self, was: &RunConfig, mut now: RunConfig) -> RunConfig {
        match (trades_signals(was), trades_signals(&now)) {
            (false, true) => {
                let before = (was.strategy, was.prediction.source);
                self.before_signals.set_value(Some(before));
            }
            (true, false) if now.prediction.source == Source::None => {
                now.prediction.source = self.before_signals().1;
            }
            _ => {}
        }
        now
    }

    /// What was traded before signals were.
    pub(super) fn before_signals(self) -> (Strategy, Source) {
        let before = self.before_signals.get_value();
        let usual = PredictionConfig::default().source;
        match before {
            Some((strategy, Source::None)) => (strategy, usual),
            Some(before) => before,
            None => (Strategy::default(), usual),
        }
    }

    /// The configuration as it is remembered: signals are a file, which is not.
    pub(super) fn remembered(self, mut config: RunConfig) -> RunConfig {
        if trades_signals(&config) {
            (config.strategy, config.prediction.source) = self.before_signals();
        }
        config
    }

    /// Has a file of signals read for the bars.
    pub(super) fn read_signals(self, number: u64, bytes: Rc<[u8]>, times: SignalTimes) {
        self.with_client(|client| client.read_signals(number, bytes, times));
    }
}

impl Lab {
    /// Studies the run that is shown once it has stood for a moment.
    pub(super) fn study_soon(self) {
        let study = move || self.study_now();
        self.study
            .settling
            .set_value(Some(Timeout::new(SETTLED_MS, study)));
    }

    /// Studies the run that is shown.
    fn study_now(self) {
        let Some(studied) = self.shown_run() else {
            return;
        };
        let study = self.study;
        self.start_study();
        study.with_client(|client| client.commit(&studied.config));
        study.committed.set(Some(studied));
        study.trouble.set(None);
        study.forced.set(None);
        self.ask(Question::Sheets);
        if self.asked_bar.get_untracked().is_some() {
            self.explain();
        }
        self.compare();
        study.band.set(None);
        if study.tab.with_untracked(|tab| tab == BAND) {
            self.ask_band();
        }
    }

    /// What tells of runs has come: goes on with what was wanted meanwhile.
    pub(super) fn take_starter(self, starter: Starter) {
        self.study.starter.set_value(Some(starter));
        self.read_signals();
        if self.run.with_untracked(Option::is_some) {
            self.study_soon();
        }
    }

    /// Starts the worker.
    pub(super) fn start_teller(self) -> Rc<dyn Teller> {
        Rc::new(StudyClient::start(move |notice| self.hear_study(notice)))
    }

    fn shown_run(self) -> Option<Studied> {
        self.run.with_untracked(|run| {
            run.as_ref().map(|run| Studied {
                config: run.config,
                run: run.ran.digests.run,
            })
        })
    }

    /// Starts the worker where there is none, and gives it what the engine has: the bars that are shown, finer ones, and the
    /// signals that are traded; says whether there are bars.
    pub(super) fn start_study(self) -> bool {
        let study = self.study;
        let Some(starter) = study.starter.get_value() else {
            return false;
        };
        if study.client.with_value(Option::is_none) {
            study.client.set_value(Some(starter(self)));
        }
        let given = self.worker.with_value(|worker| {
            let worker = worker.as_ref()?;
            Some((worker.bars()?, worker.signals()))
        });
        let (Some(((data, window, wire), rows)), Some(shown)) = (given, self.shown.get_untracked())
        else {
            return false;
        };
        let set = &shown.data_set;
        let filled = set.synthetic as f64 / set.rows.max(1) as f64;
        study.with_client(|client| {
            if !client.has(&wire) {
                client.load(Bars {
                    data,
                    window,
                    filled,
                    wire,
                });
            }
            if let Some(finer) = self.finer_wire().filter(|_| !client.is_refined()) {
                client.refine(finer);
            }
            if let Some(rows) = rows.filter(|rows| !client.has_signals(rows)) {
                client.take_signals(rows);
            }
        });
        true
    }

    fn ask(self, question: Question) {
        if let Some(studied) = self.study.committed.get_untracked() {
            self.study.working.set(true);
            self.study
                .with_client(|client| client.ask(studied.config, question));
        }
    }

    /// Asks for the run that is shown as text, and hands it on.
    pub(crate) fn export(self, then: impl FnOnce(String) + 'static) {
        let Some(of) = self.shown_run() else {
            return;
        };
        self.start_study();
        let (then, read) = (Box::new(then), self.file_of(&of.config));
        self.study
            .exports
            .update_value(|waiting| waiting.push(WaitsForExport { of, then }));
        self.study
            .with_client(|client| client.ask(of.config, Question::Export { read }));
    }

    /// Looks at a sheet.
    pub(crate) fn look_at_sheet(self, key: &str) {
        self.study.tab.set(key.to_owned());
        self.study.trouble.set(None);
        if key == BAND && self.study.band.with_untracked(Option::is_none) {
            self.ask_band();
        }
    }

    /// Sets the pinned runs side by side.
    pub(super) fn compare(self) {
        let runs = self.compared();
        self.ask(Question::Compare { runs });
    }

    /// Asks why it was decided so at a bar.
    pub(crate) fn ask_bar(self, bar: Option<usize>) {
        self.asked_bar.set(bar);
        self.study.bar.set(None);
        self.study.forced.set(None);
        if bar.is_some() {
            self.explain();
        }
    }

    fn explain(self) {
        if let Some(row) = self.asked_row() {
            self.ask(Question::Bar { row });
        }
    }

    /// The bar at whose close the chosen trade was decided.
    pub(crate) fn decided_bar(self) -> Option<usize> {
        let index = self.chosen_trade.get_untracked()?;
        let at = self
            .run
            .with_untracked(|run| Some(run.as_ref()?.ran.trades.get(index)?.decided_at))?;
        self.shown.with_untracked(|shown| {
            let starts = shown.as_ref()?.series.start();
            starts.partition_point(|start| *start < at).checked_sub(1)
        })
    }

    fn asked_row(self) -> Option<u32> {
        u32::try_from(self.asked_bar.get_untracked()?).ok()
    }

    /// Asks what would have come of a trade at the bar that was asked about.
    pub(crate) fn force(self, long: bool) {
        if let Some(row) = self.asked_row() {
            self.ask(Question::Force { row, long });
        }
    }

    /// Asks for the band of conventions, with finer bars where there are some.
    pub(super) fn ask_band(self) {
        self.study.working.set(true);
        if self.wants_finer() {
            return;
        }
        self.start_study();
        let no_finer = match self.finer_wire() {
            Some(_) => String::new(),
            None => NONE_STORED.to_owned(),
        };
        self.ask(Question::Band { no_finer });
    }

    /// Asks for the band without the finer bars, which did not come.
    pub(super) fn ask_band_without(self, why: &str) {
        let no_finer =
            format!("There is no refined convention, because the finer bars did not come: {why}");
        self.ask(Question::Band { no_finer });
    }

    fn hear_study(self, notice: Notice) {
        let study = self.study;
        match notice {
            Notice::Answered {
                answer: Answer::Exported(text),
                config,
                run,
            } => self.hear_export(&text, &config, run),
            Notice::Answered { answer, run, .. } => self.hear_answer(answer, run),
            Notice::Signals { number, read } => self.hear_signals(number, read),
            Notice::Failed(why) => {
                study.exports.update_value(Vec::clear);
                study.trouble.set(Some(why));
            }
            Notice::Replaced(what) => {
                study.exports.update_value(Vec::clear);
                study.trouble.set(Some(format!(
                    "What tells of runs stopped and was started anew. It said: {what} Change a parameter to go on; if it happens again, please report what it said."
                )));
                self.read_signals_again();
            }
            Notice::Lost(what) => {
                study.exports.update_value(Vec::clear);
                self.lose_signals("what reads files of signals could not be started: reload the page to try again.");
                study.trouble.set(Some(format!(
                    "What tells of runs could not be started, so only the headline is shown: {what} Reload the page to try again."
                )));
            }
            Notice::OtherVersion => self.outdated.set(true),
        }
        let client = study.client.get_value();
        study
            .working
            .set(client.is_some_and(|client| client.is_busy()));
    }

    /// Hands a run on that was written out, to who asked for that very run.
    fn hear_export(self, text: &str, config: &RunConfig, run: Option<Digest>) {
        let exports = self.study.exports;
        let answered = exports.try_update_value(|waiting| {
            let (answered, more) = std::mem::take(waiting)
                .into_iter()
                .partition::<Vec<_>, _>(|export| export.of.config == *config);
            *waiting = more;
            answered
        });
        for WaitsForExport { of, then } in answered.unwrap_or_default() {
            match Some(of.run) == run {
                true => then(text.to_owned()),
                false => self.study.trouble.set(Some(GONE.to_owned())),
            }
        }
    }

    fn hear_answer(self, answer: Answer, run: Option<Digest>) {
        let study = self.study;
        // an answer about another run than the one that is shown is of no interest
        let shown = self.shown_run();
        if run.is_some()
            && (run != shown.map(|shown| shown.run) || study.committed.get_untracked() != shown)
        {
            return;
        }
        match answer {
            Answer::Sheets(sheets) => {
                study.sheets.set(Some(Arc::new(sheets)));
            }
            Answer::Bar(sheet) if self.asked_bar.get_untracked().is_some() => {
                study.bar.set(Some(Arc::new(sheet)));
            }
            Answer::Forced(forced) if self.asked_bar.get_untracked().is_some() => {
                if let Some((from, to)) = forced.bars {
                    self.look_at.set(Some((from as usize, to as usize)));
                }
                study.forced.set(Some(Arc::new(forced)));
            }
            Answer::Band(sheet) => {
                study.band.set(Some(Arc::new(sheet)));
            }
            Answer::Comparison(sheet) => study.comparison.set(Some(Arc::new(sheet))),
            Answer::Bar(_)
            | Answer::Forced(_)
            | Answer::Loaded
            | Answer::Signals(_)
            | Answer::Exported(_) => {}
        }
    }
}

/// How many warnings a sheet of warnings holds: those that say what to do.
pub(crate) fn warnings_in(sheet: &Sheet) -> usize {
    let notes = sheet.blocks.iter().filter_map(|block| match block {
        Block::Notes(notes) => Some(notes),
        _ => None,
    });
    notes
        .flatten()
        .filter(|note| !note.advice.is_empty())
        .count()
}
