//! What is said of an instrument: its units, its splits and dividends, the user's own closures. In the server's store a change
//! reaches all data sets of the symbol; in this browser it reaches one, whose file is read again.

use atrium_shared::market::actions::parse_actions;
use atrium_shared::market::calendar::{Calendar, Closures};
use atrium_shared::market::instrument::Instrument;
use atrium_shared::surface::api::{DataSet, DataSets};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::entries::{Entry, Place};
use super::library::Library;
use super::words;
use crate::api::{self, ApiError};

/// What a file says of an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// Splits and dividends: LEAN's factor files, or lines of `date,kind,value`.
    Actions,
    /// Days with hours of their own.
    Closures,
}

/// A file that says something of an instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SymbolFile {
    pub(crate) kind: FileKind,
    pub(crate) name: String,
    pub(crate) text: String,
}

impl SymbolFile {
    /// What a text is, where it holds no bars but something of an instrument.
    pub(crate) fn recognise(name: &str, text: &str) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // that a text is empty is told by who reads bars
        let says = text.lines().map(str::trim);
        if !says
            .clone()
            .any(|line| !line.is_empty() && !line.starts_with('#'))
        {
            return None;
        }
        // on which calendar decides about days, not about whether it can be read
        let kind = if parse_actions(text, Calendar::Nyse).is_ok() {
            FileKind::Actions
        } else if Closures::parse(text).is_ok_and(|closures| !closures.is_empty()) {
            FileKind::Closures
        } else {
            return None;
        };
        Some(Self {
            kind,
            name: name.to_owned(),
            text: text.to_owned(),
        })
    }
}

/// What is being said of an instrument.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Task {
    /// What its units are.
    Describe(Instrument),
    /// What stands in a file.
    Use(SymbolFile),
    /// That it has no closures of its own.
    ClearClosures,
}

/// Whom it is said of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// All stored data sets of a symbol.
    Stored(String),
    /// A data set of this browser, by its key.
    Here(String),
}

impl Target {
    /// Whom something is said of that is said of a data set.
    pub(crate) fn of(entry: &Entry) -> Self {
        match entry.place {
            Place::Server => Self::Stored(entry.set.instrument.symbol.clone()),
            Place::Browser => Self::Here(entry.key.clone()),
        }
    }

    /// What tells it from others; no symbol has a colon.
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Stored(key) | Self::Here(key) => key,
        }
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Stored(symbol) => symbol,
            Self::Here(key) => key.strip_prefix("browser:").unwrap_or(key),
        }
    }
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is being said.
    Asking,
    /// It is being done.
    Working,
    /// It was not done, and whether the same may be done in spite of it.
    Failed { words: String, may_accept: bool },
    /// It is done, and what came of it.
    Done(Vec<String>),
}

/// Something that is said of an instrument. Copies are handles to the same.
#[derive(Clone, Copy)]
pub(crate) struct SymbolDesk {
    pub(crate) task: RwSignal<Option<Task>>,
    pub(crate) target: RwSignal<Option<Target>>,
    /// Whether known splits and dividends give way.
    pub(crate) replace: RwSignal<bool>,
    pub(crate) step: RwSignal<Step>,
    /// What the focus goes back to.
    back: StoredValue<&'static str>,
    ticket: StoredValue<u64>,
}

impl SymbolDesk {
    pub(crate) fn new() -> Self {
        Self {
            task: RwSignal::new(None),
            target: RwSignal::new(None),
            replace: RwSignal::new(false),
            step: RwSignal::new(Step::Asking),
            back: StoredValue::new("data-title"),
            ticket: StoredValue::new(0),
        }
    }

    /// Begins to say something of an instrument.
    pub(crate) fn begin(self, task: Task, target: Option<Target>, back: &'static str) {
        self.ticket.update_value(|ticket| *ticket += 1);
        self.back.set_value(back);
        self.replace.set(false);
        self.target.set(target);
        self.step.set(Step::Asking);
        self.task.set(Some(task));
    }

    /// Ends it, and tells what the focus goes back to.
    pub(crate) fn close(self) -> &'static str {
        self.ticket.update_value(|ticket| *ticket += 1);
        self.task.set(None);
        self.back.get_value()
    }

    /// Whom the task may be said of: splits and dividends are held against stored prices, which only the server does.
    pub(crate) fn targets(self, library: Library) -> Vec<Target> {
        let stored_only = self
            .task
            .with(|task| matches!(task, Some(Task::Use(file)) if file.kind == FileKind::Actions));
        let mut targets = Vec::new();
        library.shell.entries.with(|entries| {
            for entry in entries {
                let target = Target::of(entry);
                let fits = !stored_only || entry.place == Place::Server;
                if fits && !targets.contains(&target) {
                    targets.push(target);
                }
            }
        });
        targets
    }

    /// Does it; with `accept` also where prices do not jump at a split.
    pub(crate) fn apply(self, library: Library, accept: bool) {
        let (Some(task), Some(target)) = (self.task.get_untracked(), self.target.get_untracked())
        else {
            return;
        };
        self.step.set(Step::Working);
        match target {
            Target::Stored(symbol) => self.apply_there(library, task, symbol, accept),
            Target::Here(key) => self.apply_here(library, task, key),
        }
    }

    fn apply_there(self, library: Library, task: Task, symbol: String, accept: bool) {
        let ticket = self.ticket.get_value();
        let of_symbol = |set: &DataSet| set.instrument.symbol == symbol;
        let before: Vec<DataSet> = library.shell.entries.with_untracked(|entries| {
            let stored = entries.iter().filter(|entry| entry.place == Place::Server);
            let sets = stored.map(|entry| entry.set.clone());
            sets.filter(of_symbol).collect()
        });
        let replace = self.replace.get_untracked();
        spawn_local(async move {
            let answer = match &task {
                Task::Describe(instrument) => api::describe(instrument).await,
                Task::ClearClosures => api::set_closures(&symbol, "").await,
                Task::Use(file) => match file.kind {
                    FileKind::Actions => api::adjust(&symbol, &file.text, replace, accept).await,
                    FileKind::Closures => api::set_closures(&symbol, &file.text).await,
                },
            };
            if answer.is_ok() {
                library.shell.fetch_catalogue();
                library.fetch_again(&Target::Stored(symbol.clone()));
            }
            if self.ticket.get_value() != ticket {
                return;
            }
            self.step.set(match answer {
                Ok(DataSets { sets, .. }) => {
                    let after = sets.iter().filter(|set| set.instrument.symbol == symbol);
                    let said = after.map(|set| {
                        let before = before.iter().find(|before| before.name == set.name);
                        came_of(&task, before, set)
                    });
                    Step::Done(said.collect())
                }
                Err(error) => Step::Failed {
                    may_accept: matches!(error, ApiError::Question(_)),
                    words: words::of_page(&error.to_string()),
                },
            });
        });
    }

    fn apply_here(self, library: Library, task: Task, key: String) {
        let ticket = self.ticket.get_value();
        let target = Target::Here(key.clone());
        let before = library.shell.entry(&key).map(|entry| entry.set);
        let said = task.clone();
        let change = move |take: &mut crate::data_protocol::Take| match task {
            Task::Describe(instrument) => {
                take.order.instrument = instrument;
                // what was said stands, be it what is usual
                take.order.step_given = true;
            }
            Task::ClearClosures => take.closures = String::new(),
            Task::Use(file) => take.closures = file.text,
        };
        library.read_again(&key, change, move |answer| {
            if answer.is_ok() {
                library.fetch_again(&target);
            }
            if self.ticket.get_value() != ticket {
                return;
            }
            self.step.set(match answer {
                Ok(set) => Step::Done(vec![came_of(&said, before.as_ref(), &set)]),
                Err(words) => Step::Failed {
                    words,
                    may_accept: false,
                },
            });
        });
    }
}

/// What came of a task for a data set.
fn came_of(task: &Task, before: Option<&DataSet>, after: &DataSet) -> String {
    let name = &after.name;
    let filled = match after.synthetic {
        1 => "1 bar is filled in".to_owned(),
        number => format!("{number} bars are filled in"),
    };
    match task {
        Task::Describe(_) if before.is_some_and(|before| before.instrument == after.instrument) => {
            format!("{name} is as it was.")
        }
        Task::Describe(_) => format!("{name} is changed."),
        Task::ClearClosures => format!("{name} goes by its calendar alone; {filled}."),
        Task::Use(file) if file.kind == FileKind::Closures => {
            let days = Closures::parse(&file.text).map_or(0, |closures| closures.days().len());
            let days = match days {
                1 => "1 day".to_owned(),
                days => format!("{days} days"),
            };
            format!("{name} has {days} with hours of their own; {filled}.")
        }
        Task::Use(_) => {
            let was = before.map_or(&[][..], |before| before.actions.list());
            let is = after.actions.list();
            let new = is.iter().filter(|action| !was.contains(action)).count();
            let gone = was.iter().filter(|action| !is.contains(action)).count();
            let of = match is.len() {
                1 => "1 split or dividend".to_owned(),
                number => format!("{number} splits and dividends"),
            };
            match (new, gone) {
                (0, 0) => format!("{name} is as it was, with {of}."),
                (new, 0) => format!("{name} has {of}, {new} of them new."),
                (new, gone) => format!("{name} has {of}, {new} of them new; {gone} gave way."),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_about_an_instrument_are_told_from_bars() {
        let kind = |text: &str| SymbolFile::recognise("file.csv", text).map(|file| file.kind);
        for (text, expected) in [
            (
                "date,kind,value\n2020-08-31,split,4:1\n",
                Some(FileKind::Actions),
            ),
            (
                "19980102,0.9,0.25,16\n20200828,1,0.25,499\n20501231,1,1,0\n",
                Some(FileKind::Actions),
            ),
            (
                "date,hours,name\n2024-12-26,closed,rest\n",
                Some(FileKind::Closures),
            ),
            ("2024-12-26\n", Some(FileKind::Closures)),
            ("\u{feff}2024-12-26\n", Some(FileKind::Closures)),
            ("\u{feff}# nothing\n", None),
            (
                "Date,Open,High,Low,Close,Volume\n2024-12-26,1,1,1,1,1\n",
                None,
            ),
            ("20241226 09:30,1,1,1,1,1\n20241226 09:31,1,1,1,1,1\n", None),
            ("1711459800,1,1,1,1,1\n", None),
            ("", None),
            ("\n# nothing\n", None),
            ("PK\u{3}\u{4}", None),
        ] {
            assert_eq!(kind(text), expected, "{text:?}");
        }
    }
}
