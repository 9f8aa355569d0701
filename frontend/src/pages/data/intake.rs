//! Files of bars that were dropped on another page: used in this browser at once where nothing is to be asked; else this page
//! shows how they are read.

use atrium_shared::surface::api::ImportDone;
use atrium_shared::surface::report::count;
use leptos::prelude::*;
use web_sys::File;

use super::import::needs_a_look;
use super::look_into;
use super::words::{many, span_words};
use crate::bridge::{Intake, ToApp};
use crate::state::entries::Place;
use crate::state::import::Stage;
use crate::state::library::{Library, Onward};

/// Looks into files that are to be used in this browser.
pub(crate) fn take(library: Library, files: Vec<File>) {
    library.desk.close();
    library.onward.set(Onward::Come);
    look_into(library, files, Place::Browser);
}

/// Goes on with other files: those that another page waits for are given up.
pub(super) fn leave(library: Library) {
    if library.onward.get_untracked() != Onward::No {
        library.onward.set(Onward::No);
        library.shell.tell(&ToApp::Intake(Intake::GivenUp), None);
    }
}

/// Keeps the page told that files were dropped on, and goes on by itself where nothing is to be asked.
pub(crate) fn follow(library: Library) {
    Effect::new(move |_| {
        let Some(intake) = step(library) else {
            return;
        };
        match &intake {
            Intake::Question => library.onward.set(Onward::Asked),
            Intake::Taken { .. } | Intake::GivenUp | Intake::Failed => {
                library.onward.set(Onward::No);
            }
            Intake::Reading { .. } => {}
        }
        library.shell.tell(&ToApp::Intake(intake), None);
    });
}

/// What is to be told; stores what can be stored.
fn step(library: Library) -> Option<Intake> {
    let (import, onward) = (library.import, library.onward);
    let stage = import.stage.get();
    let is_unhindered = import.trouble.with(Option::is_none);
    let asks_else = library.desk.task.with(Option::is_some);
    match (onward.get(), stage) {
        (Onward::No, _) => None,
        // a file that says something of an instrument is no file of bars: this page shows what it says
        (_, _) if asks_else => {
            onward.set(Onward::No);
            library.shell.tell(&ToApp::Intake(Intake::Question), None);
            Some(Intake::GivenUp)
        }
        (Onward::Come, Stage::Detecting) => {
            onward.set(Onward::Reading);
            None
        }
        // the server is storing another file, which cannot be given up: that is said there
        (Onward::Come, Stage::Storing) if !is_unhindered => Some(Intake::Question),
        (Onward::Come, _) => None,
        (_, Stage::Idle) => Some(Intake::GivenUp),
        (_, Stage::Done) => taken(library),
        (Onward::Asked, _) => None,
        (Onward::Reading, Stage::Foreign(_) | Stage::Refused) => Some(Intake::Question),
        (Onward::Reading, Stage::Ready) if !is_unhindered => Some(Intake::Question),
        (Onward::Reading, Stage::Ready) if !import.checking.get() && import.has_asked.get() => {
            if needs_a_look(library) {
                return Some(Intake::Question);
            }
            untrack(move || import.store(library, false));
            None
        }
        (Onward::Reading, Stage::Detecting | Stage::Ready | Stage::Storing) => {
            let progress = import.progress.get();
            progress.map(|progress| Intake::Reading {
                words: progress.words.to_owned(),
                share: progress.share,
            })
        }
    }
}

fn taken(library: Library) -> Option<Intake> {
    let outcome = library.import.outcome.get()?;
    // who had it stored on the server goes on from there
    if outcome.place == Place::Server {
        return Some(Intake::GivenUp);
    }
    Some(Intake::Taken {
        key: outcome.key.clone(),
        words: words(&outcome.done, outcome.was_sent),
    })
}

/// What came of the rows.
fn words(done: &ImportDone, was_sent: bool) -> String {
    let bars = many(done.set.rows, "bar", "bars");
    let mut words = format!("{bars}, {}", span_words(done.set.first, done.set.last));
    if done.set.synthetic > 0 {
        words += &format!(
            ", of which {} fill gaps for pictures alone",
            count(done.set.synthetic as f64)
        );
    }
    if done.rejected > 0 {
        words += &format!("; {} not used", many(done.rejected, "row", "rows"));
    }
    words
        + match was_sent {
            true => ".",
            false => ". Read in this browser, and nothing of it leaves it.",
        }
}
