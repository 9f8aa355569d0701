//! Files of signals: the one that is traded or could be, one that was brought to take its place, and what a run waits for.

use std::rc::Rc;

use atrium_shared::research::run_config::RunConfig;
use atrium_shared::signal::source::Source;
use atrium_shared::surface::share::SignalTimes;
use atrium_shared::trading::strategy::{Signals, Strategy};
use gloo::utils::window;
use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::*;

use super::Lab;
use super::sweep::Awaited;
use crate::pages::Page;
use crate::study_protocol::{FileRead, SignalsRead};
use crate::worker_client::WorkerClient;

/// A file of signals, and how its times are read.
#[derive(Debug, Clone)]
pub(crate) struct SignalFile {
    pub(crate) name: String,
    pub(crate) bytes: Rc<[u8]>,
    pub(crate) times: SignalTimes,
}

/// How far the reading of a file is, for the bars that are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Nobody asked for it yet.
    Unread,
    /// It is under way, by its number.
    UnderWay(u64),
    /// It is read: what became of its rows.
    Read(Rc<SignalsRead>),
    /// It cannot be read for these bars, and why.
    Refused(String),
}

impl Reading {
    const fn is_to_come(&self) -> bool {
        matches!(self, Self::Unread | Self::UnderWay(_))
    }
}

/// A file and how far its reading is.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) file: SignalFile,
    pub(crate) reading: Reading,
}

/// The files there are. A run that trades signals trades those of `held`: another file takes its place once it is read, so a
/// bad one changes nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct SignalFiles {
    pub(crate) held: Option<Loaded>,
    pub(crate) offered: Option<Loaded>,
    last: u64,
}

/// Whether a run has the signals that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Supply {
    /// It has them, or needs none.
    Ready,
    /// They are being read.
    Awaited,
    /// Those of the file are not for these bars.
    Unfit,
    /// There is no file.
    Missing,
}

/// What came of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// Nobody waits for it any more.
    Nothing,
    /// Another file is held now.
    Another,
    /// The file that is held was read for other bars.
    Again,
    /// It was refused.
    Refused,
}

/// Whether a run trades the signals of a file.
pub(crate) fn trades_signals(config: &RunConfig) -> bool {
    matches!(config.strategy, Strategy::Signals(_))
}

impl SignalFiles {
    /// Takes in a file that is to be traded.
    fn offer(&mut self, file: SignalFile) {
        let reading = Reading::Unread;
        self.offered = Some(Loaded { file, reading });
    }

    /// Other bars are shown, for which nothing was read yet. What was refused was so for those before.
    pub(super) fn forget_bars(&mut self) {
        if let Some(held) = &mut self.held {
            held.reading = Reading::Unread;
        }
        self.offered = self
            .offered
            .take()
            .filter(|offered| offered.reading.is_to_come());
        if let Some(offered) = &mut self.offered {
            offered.reading = Reading::Unread;
        }
    }

    /// What was under way has to be asked for again.
    fn forget_readings(&mut self) {
        for loaded in [&mut self.held, &mut self.offered].into_iter().flatten() {
            if loaded.reading.is_to_come() {
                loaded.reading = Reading::Unread;
            }
        }
    }

    /// The file that is to be read now, with the number of its reading: what was brought, else what is held, where that is
    /// wanted.
    fn next(&mut self, wants_held: bool) -> Option<(u64, SignalFile)> {
        let is_to_come = |loaded: &&mut Loaded| loaded.reading.is_to_come();
        let loaded = match self.offered.as_mut().filter(is_to_come) {
            Some(offered) => Some(offered),
            None => self.held.as_mut().filter(|_| wants_held),
        };
        let loaded = loaded.filter(|loaded| loaded.reading == Reading::Unread)?;
        self.last += 1;
        loaded.reading = Reading::UnderWay(self.last);
        Some((self.last, loaded.file.clone()))
    }

    /// Hears of a reading: what became of the rows, or why there are none.
    fn hear(&mut self, number: u64, read: Result<SignalsRead, String>) -> Heard {
        let is_it = |loaded: &Loaded| loaded.reading == Reading::UnderWay(number);
        let reading = match read {
            Ok(read) => Reading::Read(Rc::new(read)),
            Err(why) => Reading::Refused(why),
        };
        let is_read = matches!(reading, Reading::Read(_));
        if let Some(mut offered) = self.offered.take_if(|offered| is_it(offered)) {
            offered.reading = reading;
            let place = match is_read {
                true => &mut self.held,
                false => &mut self.offered,
            };
            *place = Some(offered);
            return if is_read {
                Heard::Another
            } else {
                Heard::Refused
            };
        }
        match self.held.as_mut().filter(|held| is_it(held)) {
            Some(held) => {
                held.reading = reading;
                if is_read {
                    Heard::Again
                } else {
                    Heard::Refused
                }
            }
            None => Heard::Nothing,
        }
    }

    /// Nothing is read any more.
    fn refuse_all(&mut self, why: &str) {
        for loaded in [&mut self.held, &mut self.offered].into_iter().flatten() {
            if loaded.reading.is_to_come() {
                loaded.reading = Reading::Refused(why.to_owned());
            }
        }
    }

    /// Whether a run has what it needs.
    pub(crate) fn supply(&self, config: &RunConfig) -> Supply {
        let reading =
            |loaded: &Option<Loaded>| loaded.as_ref().map(|loaded| loaded.reading.clone());
        let is_offered = reading(&self.offered).is_some_and(|reading| reading.is_to_come());
        match reading(&self.held) {
            _ if !trades_signals(config) => Supply::Ready,
            Some(Reading::Read(_)) => Supply::Ready,
            Some(Reading::Unread | Reading::UnderWay(_)) => Supply::Awaited,
            _ if is_offered => Supply::Awaited,
            Some(Reading::Refused(_)) => Supply::Unfit,
            None => Supply::Missing,
        }
    }

    /// The file whose signals are traded where any are, and how it was read for the bars that are shown.
    fn read(&self) -> Option<FileRead> {
        let held = self.held.as_ref()?;
        match &held.reading {
            Reading::Read(read) => Some(FileRead {
                name: held.file.name.clone(),
                times: held.file.times,
                report: read.report.clone(),
            }),
            _ => None,
        }
    }

    /// Whether there are signals for the bars that are shown.
    fn has_signals(&self) -> bool {
        let held = self.held.as_ref();
        held.is_some_and(|held| matches!(held.reading, Reading::Read(_)))
    }
}

impl Lab {
    /// Trades the signals of a file in place of predictions, once it is read.
    pub(crate) fn use_signals(self, file: SignalFile) {
        self.study.signals.update(|files| files.offer(file));
        self.read_signals();
    }

    /// Says why a file is not read.
    pub(crate) fn refuse_signals(self, name: String, why: &str) {
        let file = SignalFile {
            name,
            bytes: Rc::from([]),
            times: SignalTimes::default(),
        };
        let reading = Reading::Refused(why.to_owned());
        self.study
            .signals
            .update(|files| files.offered = Some(Loaded { file, reading }));
        // what is held may have waited for the file that this one takes the place of
        self.read_signals();
    }

    /// Lets go of a file that was refused.
    pub(crate) fn dismiss_signals(self) {
        self.study.signals.update(|files| files.offered = None);
        // what is held may have waited for it
        self.read_signals();
    }

    /// Trades the signals of the file that is held.
    pub(crate) fn trade_signals(self) {
        self.change(|config| {
            if !trades_signals(config) {
                config.strategy = Strategy::Signals(Signals::default());
            }
            config.prediction.source = Source::None;
        });
    }

    /// Whether there are signals that a sweep could trade and that are not read for the bars that are shown.
    ///
    /// # Errors
    /// Why they cannot be.
    pub(super) fn wants_signals_read(self) -> Result<bool, String> {
        self.study.signals.with_untracked(|files| {
            let is_coming =
                |reading: &Reading| matches!(reading, Reading::Unread | Reading::UnderWay(_));
            if (files.offered.as_ref()).is_some_and(|offered| is_coming(&offered.reading)) {
                return Ok(true);
            }
            let held = files.held.as_ref();
            match held.map(|held| (&held.reading, &held.file.name)) {
                Some((Reading::Unread | Reading::UnderWay(_), _)) => Ok(true),
                Some((Reading::Refused(why), name)) => Err(format!(
                    "The signals of {name} cannot be traded here: {why}"
                )),
                Some((Reading::Read(_), _)) | None => Ok(false),
            }
        })
    }

    /// Whether signals are for an axis of the sweep in the form alone, while its page is open: the run that it varies trades none;
    /// tracked but for the page.
    pub(crate) fn are_of_sweep(self) -> bool {
        let hash = window().location().hash().unwrap_or_default();
        Page::from_hash(&hash) == Page::Sweep
            && self.sweep.chooses_signals()
            && !self.draft.with(trades_signals)
    }

    /// A sweep that waits for signals goes on where these are read, or cannot be.
    fn tell_sweep(self) {
        match self.wants_signals_read() {
            Ok(true) => {}
            Ok(false) => self.sweep.go_on(self, Awaited::Signals, Ok(())),
            Err(why) => self.sweep.go_on(self, Awaited::Signals, Err(why)),
        }
    }

    /// Lets go of the file that is held, and goes back to what was traded before its signals, where these are traded.
    pub(crate) fn drop_signals(self) {
        self.study.signals.update(|files| files.held = None);
        if self.draft.with_untracked(trades_signals) {
            let before = self.study.before_signals();
            self.change(|config| (config.strategy, config.prediction.source) = before);
        }
    }

    /// How the file was read whose signals a run trades.
    pub(super) fn file_of(self, config: &RunConfig) -> Option<FileRead> {
        self.study
            .signals
            .with_untracked(SignalFiles::read)
            .filter(|_| trades_signals(config))
    }

    /// Whether the engine has signals for the bars that are shown.
    pub(super) fn has_signals(self) -> bool {
        self.study.signals.with_untracked(SignalFiles::has_signals)
    }

    /// Whether a run with the parameters as they stand has the signals it needs.
    pub(super) fn supply(self, config: &RunConfig) -> Supply {
        self.study
            .signals
            .with_untracked(|files| files.supply(config))
    }

    /// Has the file read that is to be read next, unless other bars are on their way, or those of a link are waited for: then it
    /// is read for those.
    pub(super) fn read_signals(self) {
        let wants_held = self.draft.with_untracked(trades_signals)
            || self.link_wants_signals()
            || self.sweep.awaits(Awaited::Signals);
        let is_idle = !self.loading.get_untracked() && self.shown.with_untracked(Option::is_some);
        if !is_idle || untrack(|| self.link_awaits_bars()) || !self.start_study() {
            return;
        }
        let mut files = self.study.signals.get_untracked();
        if let Some((number, file)) = files.next(wants_held) {
            self.study.signals.set(files);
            self.study.read_signals(number, file.bytes, file.times);
        }
    }

    /// Has what was being read asked for again: what read it is another one now.
    pub(super) fn read_signals_again(self) {
        self.study.signals.update(SignalFiles::forget_readings);
        self.read_signals();
    }

    /// Nothing reads files of signals any more.
    pub(super) fn lose_signals(self, why: &str) {
        self.study.signals.update(|files| files.refuse_all(why));
        self.go_on_without_signals();
        self.tell_sweep();
    }

    /// Hears of a file that was read, with its rows for the engine, or why it was not.
    pub(super) fn hear_signals(
        self,
        number: u64,
        read: Result<(SignalsRead, Option<ArrayBuffer>), String>,
    ) {
        let (read, rows) = match read {
            Ok((read, rows)) => (
                Ok(read),
                rows.map_or_else(Vec::new, |rows| Uint8Array::new(&rows).to_vec()),
            ),
            Err(why) => (Err(why), Vec::new()),
        };
        let heard = self
            .study
            .signals
            .try_update(|files| files.hear(number, read));
        let is_another = heard == Some(Heard::Another);
        match heard {
            Some(Heard::Another | Heard::Again) => {
                self.trade_rows(rows.into());
                match is_another {
                    _ if self.run_with_signals() => {}
                    true if untrack(move || self.are_of_sweep()) => {}
                    true => self.trade_signals(),
                    false => self.rerun(),
                }
            }
            Some(Heard::Refused) => {
                self.read_signals();
                self.go_on_without_signals();
            }
            Some(Heard::Nothing) | None => self.read_signals(),
        }
        self.tell_sweep();
    }

    /// Has the signals traded that were read: the engine has them from now on, and by it what tells of its runs, see
    /// [`Lab::start_study`]. Nothing else gives either of them signals.
    fn trade_rows(self, rows: Rc<[u8]>) {
        self.with_worker(|worker| {
            worker.take_signals(rows);
            true
        });
        self.start_study();
    }

    /// What waited for signals does not wait any more, or is run with those there are.
    fn go_on_without_signals(self) {
        if self.draft.with_untracked(trades_signals) {
            self.working.set(self.with_worker(WorkerClient::is_busy));
            self.rerun();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use atrium_shared::signal::placing::ImportReport;

    fn file(name: &str) -> SignalFile {
        SignalFile {
            name: name.to_owned(),
            bytes: Rc::from([]),
            times: SignalTimes::default(),
        }
    }

    fn traded() -> RunConfig {
        RunConfig {
            strategy: Strategy::Signals(Signals::default()),
            ..RunConfig::default()
        }
    }

    fn read() -> Result<SignalsRead, String> {
        Ok(SignalsRead {
            words: "3 signals.".to_owned(),
            report: ImportReport::default(),
        })
    }

    fn bad() -> Result<SignalsRead, String> {
        Err("line 2".to_owned())
    }

    fn name(loaded: &Option<Loaded>) -> Option<&str> {
        loaded.as_ref().map(|loaded| loaded.file.name.as_str())
    }

    /// Files of which one is read.
    fn held() -> SignalFiles {
        let mut files = SignalFiles::default();
        files.offer(file("good"));
        assert_eq!(files.next(false).unwrap().0, 1);
        assert_eq!(files.hear(1, read()), Heard::Another);
        files
    }

    #[test]
    fn only_a_run_that_trades_signals_waits_for_them() {
        let (signals, predictions) = (traded(), RunConfig::default());
        let mut files = SignalFiles::default();
        assert_eq!(files.supply(&signals), Supply::Missing);
        files.offer(file("good"));
        assert_eq!(files.supply(&signals), Supply::Awaited);
        assert_eq!(files.supply(&predictions), Supply::Ready);
        let (number, _) = files.next(false).unwrap();
        assert!(files.next(false).is_none(), "one reading at a time");
        assert_eq!(files.supply(&signals), Supply::Awaited);
        assert_eq!(files.hear(number, bad()), Heard::Refused);
        assert_eq!(files.supply(&signals), Supply::Missing);
        assert_eq!(files.supply(&predictions), Supply::Ready);
    }

    #[test]
    fn a_bad_file_leaves_the_one_that_is_traded() {
        let mut files = held();
        files.offer(file("bad"));
        let (number, _) = files.next(true).unwrap();
        assert_eq!(
            files.supply(&traded()),
            Supply::Ready,
            "it goes on meanwhile"
        );
        assert_eq!(files.hear(number, bad()), Heard::Refused);
        assert_eq!(name(&files.held), Some("good"));
        assert_eq!(name(&files.offered), Some("bad"));
        assert_eq!(files.supply(&traded()), Supply::Ready);
        files.offer(file("better"));
        let (number, _) = files.next(true).unwrap();
        assert_eq!(files.hear(number, read()), Heard::Another);
        assert_eq!(name(&files.held), Some("better"));
        assert_eq!(name(&files.offered), None);
    }

    #[test]
    fn other_bars_have_what_is_held_read_anew_where_it_is_wanted() {
        let mut files = held();
        files.forget_bars();
        assert_eq!(files.supply(&traded()), Supply::Awaited);
        assert_eq!(files.supply(&RunConfig::default()), Supply::Ready);
        assert!(files.next(false).is_none(), "nobody wants it");
        let (number, _) = files.next(true).unwrap();
        assert_eq!(files.hear(number, bad()), Heard::Refused);
        assert_eq!(files.supply(&traded()), Supply::Unfit);
        assert_eq!(files.supply(&RunConfig::default()), Supply::Ready);
        // and back
        files.forget_bars();
        let (number, _) = files.next(true).unwrap();
        assert_eq!(files.hear(number, read()), Heard::Again);
        assert_eq!(files.supply(&traded()), Supply::Ready);
    }

    #[test]
    fn an_answer_of_earlier_bars_or_of_another_file_is_none() {
        let mut files = held();
        files.offer(file("first"));
        let (first, _) = files.next(true).unwrap();
        files.offer(file("second"));
        let (second, _) = files.next(true).unwrap();
        assert_eq!(files.hear(first, read()), Heard::Nothing);
        assert_eq!(name(&files.held), Some("good"));
        files.forget_bars();
        assert_eq!(files.hear(second, read()), Heard::Nothing);
        let (third, asked) = files.next(true).unwrap();
        assert_eq!(asked.name, "second", "what was brought comes first");
        assert_eq!(files.hear(third, bad()), Heard::Refused);
        let (_, asked) = files.next(true).unwrap();
        assert_eq!(asked.name, "good", "what is traded waited for it");
    }

    #[test]
    fn a_reading_that_broke_off_is_asked_for_again_or_given_up() {
        let mut files = held();
        files.forget_bars();
        let (number, _) = files.next(true).unwrap();
        files.forget_readings();
        assert_eq!(files.hear(number, read()), Heard::Nothing);
        assert_eq!(files.next(true).unwrap().0, number + 1);
        files.refuse_all("nothing reads it");
        assert_eq!(files.supply(&traded()), Supply::Unfit);
        assert_eq!(files.hear(number + 1, read()), Heard::Nothing);
    }
}
