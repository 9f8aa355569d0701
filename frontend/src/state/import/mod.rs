//! Files coming in: looked into, changed in how it is read, then stored on the server or kept in this browser.

mod choices;
mod storing;

use std::sync::Arc;

use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::intake::{
    Detection, Reading, Seen, guess_instrument, names_symbols, of_symbol,
};
use atrium_shared::surface::api::{ImportOrder, Instruments};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{AbortController, File};

use super::entries::Place;
use super::instruments;
use super::shell::Shell;
use super::words;
use crate::api::{self, ApiError};
use crate::data_client::{FileReader, Previewed};
use crate::data_protocol::{Doing, Unread};

pub(crate) use choices::{Choices, Outcome, Progress, Rehearsed, Stage, Trouble, TroubleKind};

/// An import. Copies are handles to the same.
#[derive(Clone, Copy)]
pub(crate) struct Import {
    shell: Shell,
    pub(crate) stage: RwSignal<Stage>,
    pub(crate) file_name: RwSignal<String>,
    pub(crate) file_bytes: RwSignal<f64>,
    /// How many files there are.
    pub(crate) file_count: RwSignal<usize>,
    pub(crate) detection: RwSignal<Option<Arc<Detection>>>,
    /// What is known of files that cannot be read so.
    pub(crate) seen: RwSignal<Option<Arc<Seen>>>,
    pub(crate) choices: RwSignal<Choices>,
    /// Whether the file is looked into once more, because a choice changed.
    pub(crate) checking: RwSignal<bool>,
    pub(crate) progress: RwSignal<Option<Progress>>,
    pub(crate) trouble: RwSignal<Option<Trouble>>,
    pub(crate) outcome: RwSignal<Option<Arc<Outcome>>>,
    /// What storing would do, where that was asked for and nothing was chosen since.
    pub(crate) rehearsal: RwSignal<Option<Rehearsed>>,
    /// Whether anything of the file was sent to the server.
    pub(crate) was_sent: RwSignal<bool>,
    /// The instruments that the server knows, as far as it said.
    known: StoredValue<Instruments>,
    /// Whether the server has said which instruments it knows, or that it is away.
    pub(crate) has_asked: RwSignal<bool>,
    /// Counts how often it was asked.
    asked: StoredValue<u64>,
    work: StoredValue<Work, LocalStorage>,
    /// Counts what was begun, so that an answer to something older is known as such.
    ticket: StoredValue<u64>,
}

/// What an import holds on to.
#[derive(Default)]
struct Work {
    files: Vec<File>,
    reader: Option<FileReader>,
    /// The reader's request that is under way.
    asked: u64,
    /// What the server knows the upload by.
    upload: Option<String>,
    /// Whether it is the server that looks into the file, as the browser does not read it.
    is_foreign: bool,
    abort: Option<AbortController>,
}

impl Import {
    pub(crate) fn new(shell: Shell) -> Self {
        Self {
            shell,
            stage: RwSignal::new(Stage::Idle),
            file_name: RwSignal::new(String::new()),
            file_bytes: RwSignal::new(0.0),
            file_count: RwSignal::new(0),
            detection: RwSignal::new(None),
            seen: RwSignal::new(None),
            choices: RwSignal::new(Choices::new(of_symbol(""), Place::Server)),
            checking: RwSignal::new(false),
            progress: RwSignal::new(None),
            trouble: RwSignal::new(None),
            outcome: RwSignal::new(None),
            rehearsal: RwSignal::new(None),
            was_sent: RwSignal::new(false),
            known: StoredValue::new(Instruments::new()),
            has_asked: RwSignal::new(false),
            asked: StoredValue::new(0),
            work: StoredValue::new_local(Work::default()),
            ticket: StoredValue::new(0),
        }
    }

    /// Looks into files, which are read as one. What was under way before is given up; where it cannot be, that goes on instead.
    pub(crate) fn begin(self, mut files: Vec<File>, place: Place) {
        files.sort_by_key(File::name);
        self.close(move || self.look_into(files, place));
    }

    fn look_into(self, files: Vec<File>, place: Place) {
        let Some(first) = files.first().map(File::name) else {
            return;
        };
        let mut guessed = files
            .iter()
            .filter_map(|file| guess_instrument(&file.name()));
        // where names propose several instruments, the files are asked about
        let guessed = guessed
            .next()
            .filter(|one| guessed.all(|other| other.symbol == one.symbol));
        let instrument = guessed.unwrap_or_else(|| of_symbol(""));
        let several = files.len() > 1;
        self.file_name.set(match files.len() {
            0 | 1 => first,
            2 => format!("{first} and another file"),
            more => format!("{first} and {} more files", more - 1),
        });
        self.file_count.set(files.len());
        self.file_bytes
            .set(files.iter().map(|file| file.size()).sum());
        let place = if several { Place::Browser } else { place };
        self.choices.set(Choices::new(instrument, place));
        self.stage.set(Stage::Detecting);
        let reader = FileReader::start(files.clone(), move |doing, share| {
            let words = match doing {
                Doing::Detecting => "Looking through the file",
                Doing::Reading => "Reading rows",
                Doing::Curating => "Sorting, joining and checking bars",
            };
            let share = (doing != Doing::Curating).then_some(share);
            self.progress.set(Some(Progress { words, share }));
        });
        self.work.update_value(|work| {
            work.files = files;
            work.reader = Some(reader);
        });
        self.look();
        self.ask_known();
    }

    /// Asks the server which instruments it knows. Without an answer the usual units of a market are proposed.
    fn ask_known(self) {
        self.has_asked.set(false);
        let asked = self.asked.get_value() + 1;
        self.asked.set_value(asked);
        spawn_local(async move {
            if let Ok(known) = api::instruments().await {
                self.known.set_value(known);
                self.propose_known();
            }
            // files that came later wait for an answer of their own
            if self.asked.get_value() == asked {
                self.has_asked.set(true);
            }
        });
    }

    /// Goes on with what the server knows of the symbol, unless a person has said otherwise already.
    fn propose_known(self) {
        let is_looked_into = matches!(
            self.stage.get_untracked(),
            Stage::Detecting | Stage::Ready | Stage::Foreign(_)
        );
        // what is sent to the server, it knows by itself
        let is_sent = self.work.with_value(|work| work.is_foreign);
        let (now, is_said) = self
            .choices
            .with_untracked(|choices| (choices.instrument.clone(), choices.step_given));
        let is_usual = now == instruments::usual(&now.symbol, now.calendar);
        if is_looked_into && !is_sent && is_usual && !is_said {
            self.choose_symbol(&now.symbol);
        }
    }

    /// Goes on with another symbol, and with all that is known of it. Where that is another market, the file is looked into
    /// once more.
    pub(crate) fn choose_symbol(self, symbol: &str) {
        let before = self
            .choices
            .with_untracked(|choices| choices.instrument.clone());
        let (instrument, keeps_units) = self.known.with_value(|known| {
            let keeps_units = instruments::keeps_units(&before, symbol, known);
            (instruments::renamed(&before, symbol, known), keeps_units)
        });
        if instrument == before {
            return;
        }
        self.end_rehearsal();
        // where rows are of several symbols, those of this one are read
        let is_one_of_several = self
            .detection
            .with_untracked(|found| found.as_ref().is_some_and(|it| !it.symbols.is_empty()));
        let moved = instrument.calendar != before.calendar;
        // a step that was said of this one is not said of one of other units
        let keeps_units =
            keeps_units && instrument.tick_size.to_bits() == before.tick_size.to_bits();
        self.choices.update(|choices| {
            choices.reading.calendar = instrument.calendar;
            choices.instrument = instrument;
            choices.step_given &= keeps_units;
        });
        if moved || is_one_of_several {
            self.look();
        }
    }

    /// Goes on with the symbol that the person gave, which may be the one of the file's name: that is an answer where a column of
    /// the file names another one.
    pub(crate) fn give_symbol(self, symbol: &str) {
        let was_given = self
            .choices
            .with_untracked(|choices| choices.symbol_given && choices.instrument.symbol == symbol);
        // what could not be read may have wanted the symbol
        let is_unread = self.trouble.with_untracked(is_unread);
        if was_given && !is_unread {
            return;
        }
        self.choices.update(|choices| choices.symbol_given = true);
        let before = self.ticket.get_value();
        self.choose_symbol(symbol);
        let is_looked_into = self.ticket.get_value() != before;
        let may_say_otherwise = self.detection.with_untracked(|found| {
            found.as_ref().is_some_and(|found| {
                found.refusal.is_some() || found.columns.iter().any(|name| names_symbols(name))
            })
        });
        if (may_say_otherwise || is_unread) && !is_looked_into {
            self.look();
        }
    }

    /// Looks into the file once more as everything stands: what was in the way may be gone.
    pub(crate) fn look_again(self) {
        self.look();
    }

    /// Gives up what is under way, forgets the file and goes on with `then`. Bars that the server is storing cannot be given up:
    /// then that is said, and the import goes on.
    pub(crate) fn close(self, then: impl FnOnce() + 'static) {
        let upload = self.work.with_value(|work| work.upload.clone());
        let is_storing = move || self.stage.get_untracked() == Stage::Storing;
        let Some(id) = upload.filter(|_| is_storing()) else {
            self.forget();
            return then();
        };
        let ticket = self.ticket.get_value();
        spawn_local(async move {
            let answer = api::cancel_import(&id).await;
            if !self.is_current(ticket) {
                return;
            }
            match answer {
                Err(ApiError::Busy(words)) if is_storing() => {
                    let kind = TroubleKind::Storing;
                    self.trouble.set(Some(Trouble { words, kind }));
                }
                // what came of it meanwhile is there to be seen
                _ if !is_storing() => {}
                _ => {
                    self.work.update_value(|work| work.upload = None);
                    self.forget();
                    then();
                }
            }
        });
    }

    fn forget(self) {
        self.next_ticket();
        self.forget_upload();
        let before = self.work.try_update_value(core::mem::take);
        if let Some(abort) = before.and_then(|work| work.abort) {
            abort.abort();
        }
        self.was_sent.set(false);
        self.stage.set(Stage::Idle);
        self.detection.set(None);
        self.seen.set(None);
        self.checking.set(false);
        self.progress.set(None);
        self.trouble.set(None);
        self.outcome.set(None);
        self.rehearsal.set(None);
    }

    /// Has the server forget the file, where it was sent.
    fn forget_upload(self) {
        let upload = self.work.try_update_value(|work| work.upload.take());
        if let Some(id) = upload.flatten() {
            spawn_local(async move {
                // the server forgets uploads by itself after a while
                drop(api::cancel_import(&id).await);
            });
        }
    }

    /// Whether it was the server that looked into the file.
    pub(crate) fn is_sent(self) -> bool {
        self.detection.track();
        self.trouble.track();
        self.work
            .with_value(|work| work.is_foreign && work.upload.is_some())
    }

    /// Changes a choice that decides how the file is read, and looks into it once more.
    pub(crate) fn reread(self, change: impl FnOnce(&mut Choices)) {
        // what is being stored is stored as it was chosen
        if self.stage.get_untracked() == Stage::Storing {
            return;
        }
        self.choices.update(change);
        self.look();
    }

    /// Goes on with another market: its usual units, its zone, its hours.
    pub(crate) fn choose_market(self, calendar: Calendar) {
        let known = self.known.get_value();
        self.reread(|choices| {
            let symbol = choices.instrument.symbol.clone();
            choices.instrument = instruments::on_market(&symbol, calendar, &known);
            choices.step_given = false;
            choices.reading.calendar = calendar;
        });
    }

    /// What the server, or the worker, is told to do by the choices as they stand.
    fn order(self, reading: Reading, dry_run: bool) -> ImportOrder {
        self.known.with_value(|known| {
            self.choices
                .with_untracked(|choices| choices.order(known, reading, dry_run))
        })
    }

    /// Looks into the file by the choices as they stand.
    fn look(self) {
        self.end_rehearsal();
        let ticket = self.next_ticket();
        self.trouble.set(None);
        self.checking.set(true);
        let upload = |work: &Work| work.upload.clone().filter(|_| work.is_foreign);
        if let Some(id) = self.work.with_value(upload) {
            return self.look_there(id, ticket);
        }
        let (reading, symbol) = self.choices.with_untracked(|choices| {
            let symbol = choices.instrument.symbol.clone();
            (choices.reading.clone(), (symbol, choices.symbol_given))
        });
        let (reader, before) = self
            .work
            .with_value(|work| (work.reader.clone(), work.asked));
        let Some(reader) = reader else { return };
        reader.cancel(before);
        let asked = reader.preview(reading, symbol, move |answer| {
            if !self.is_current(ticket) {
                return;
            }
            self.checking.set(false);
            self.progress.set(None);
            match answer {
                Ok(Previewed::Detected(detection)) => self.take_detection(*detection),
                Ok(Previewed::Foreign(format)) => self.stage.set(Stage::Foreign(format)),
                Ok(Previewed::Unread(unread)) => self.unread(unread),
                Err(words) => self.unread(Unread { words, seen: None }),
            }
        });
        self.work.update_value(|work| work.asked = asked);
    }

    fn look_there(self, id: String, ticket: u64) {
        let reading = self
            .choices
            .with_untracked(|choices| choices.reading.clone());
        let order = self.order(reading, true);
        spawn_local(async move {
            let answer = api::preview_import(&id, &order).await;
            if !self.is_current(ticket) {
                return;
            }
            self.checking.set(false);
            match answer {
                Ok(preview) => self.take_detection(preview.detection),
                Err(error) => self.unread_there(error),
            }
        });
    }

    /// Sends a file that only the server reads to it, and shows what it finds.
    pub(crate) fn send(self) {
        let ticket = self.next_ticket();
        self.stage.set(Stage::Detecting);
        self.progress.set(Some(Progress {
            words: "Sending the file to your server",
            share: None,
        }));
        let abort = AbortController::new().ok();
        self.work.update_value(|work| {
            work.is_foreign = true;
            work.abort.clone_from(&abort);
        });
        let Some(file) = self.work.with_value(|work| work.files.first().cloned()) else {
            return;
        };
        self.was_sent.set(true);
        spawn_local(async move {
            let signal = abort.map(|abort| abort.signal());
            let answer = api::upload(&file, signal.as_ref()).await;
            if !self.is_current(ticket) {
                return;
            }
            self.progress.set(None);
            match answer {
                Ok(preview) => {
                    self.work
                        .update_value(|work| work.upload = Some(preview.id));
                    self.choices.update(|choices| {
                        choices.instrument = preview.instrument;
                        choices.step_given = false;
                        choices.reading.calendar = choices.instrument.calendar;
                        choices.place = Place::Server;
                    });
                    self.take_detection(preview.detection);
                }
                Err(error) => self.unread_there(error),
            }
        });
    }

    /// The server cannot read the file so. An upload that waits is looked into again there.
    fn unread_there(self, error: ApiError) {
        self.note_away(&error);
        let ApiError::Unread { unread, upload } = error else {
            let words = error.to_string();
            return self.unread(Unread { words, seen: None });
        };
        if upload.is_some() {
            self.work.update_value(|work| {
                work.upload = upload;
                work.is_foreign = true;
            });
            self.choices.update(|choices| choices.place = Place::Server);
        }
        self.unread(unread);
    }

    /// Where the server does not answer, the app asks whether it is there, and says so at once if it is not.
    fn note_away(self, error: &ApiError) {
        if *error == ApiError::Away {
            self.shell.fetch_catalogue();
        }
    }

    fn take_detection(self, detection: Detection) {
        let is_first = self.detection.with_untracked(Option::is_none);
        let symbol = detection.symbol.as_ref().filter(|_| is_first);
        let symbol = symbol.map(|symbol| symbol.to_uppercase());
        self.detection.set(Some(Arc::new(detection)));
        self.seen.set(None);
        self.stage.set(Stage::Ready);
        let Some(symbol) = symbol else { return };
        let before = self.choices.with_untracked(|choices| {
            let instrument = &choices.instrument;
            (*instrument == of_symbol("")).then_some(instrument.calendar)
        });
        let Some(before) = before else {
            return self.choose_symbol(&symbol);
        };
        // the names of the files proposed none and nobody said one: the market, too, is the symbol's
        let usual = of_symbol(&symbol);
        let instrument = self
            .known
            .with_value(|known| instruments::renamed(&usual, &symbol, known));
        let calendar = instrument.calendar;
        self.choices.update(|choices| {
            choices.reading.calendar = calendar;
            choices.instrument = instrument;
        });
        if calendar != before {
            self.look();
        }
    }

    /// The file cannot be read so. The choices stay to be changed, and what was found before.
    fn unread(self, Unread { words, seen }: Unread) {
        let known = self.detection.with_untracked(Option::is_some);
        // a reason without what is known leaves that as it was
        if let Some(seen) = seen {
            self.seen.set(Some(Arc::new(*seen)));
        }
        self.refuse(words, TroubleKind::Reading);
        self.stage
            .set(if known { Stage::Ready } else { Stage::Refused });
    }

    /// The bars were not stored: the choices stay to be changed.
    fn refuse(self, words: String, kind: TroubleKind) {
        self.progress.set(None);
        let words = words::of_page(&words);
        self.trouble.set(Some(Trouble { words, kind }));
        self.stage.set(Stage::Ready);
    }

    /// Another choice was made that decides nothing about the reading: what storing by the one before met is past.
    pub(crate) fn choose(self, change: impl FnOnce(&mut Choices)) {
        self.end_rehearsal();
        self.choices.update(change);
        let is_past = |trouble: &Option<Trouble>| trouble.is_some() && !is_unread(trouble);
        if self.trouble.with_untracked(is_past) && self.stage.get_untracked() == Stage::Ready {
            self.trouble.set(None);
        }
    }

    fn next_ticket(self) -> u64 {
        let ticket = self.ticket.get_value() + 1;
        self.ticket.set_value(ticket);
        ticket
    }

    fn is_current(self, ticket: u64) -> bool {
        self.ticket.get_value() == ticket
    }
}

/// Whether the file could not be read as it was to be.
fn is_unread(trouble: &Option<Trouble>) -> bool {
    trouble
        .as_ref()
        .is_some_and(|trouble| trouble.kind == TroubleKind::Reading)
}
