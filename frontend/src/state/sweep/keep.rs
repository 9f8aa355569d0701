//! What was run is kept: on the server beside the data set, or, where that cannot be, as a list in this browser, so that it is known
//! how many trials a data set has seen.

use std::rc::Rc;

use atrium_shared::base::time::Timestamp;
use atrium_shared::surface::kept_sweep::{Head, KeptSummary, KeptSweeps};
use atrium_shared::surface::share::{DataSetId, Link};
use gloo::storage::{LocalStorage, Storage};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::works::Works;
use super::{Keeping, Sweep, SweepDesk};
use crate::api::{self, ApiError};
use crate::state::Lab;
use crate::state::entries::Place;

/// So many trials are sent at once: more would be felt while they are packed.
const AT_ONCE: u64 = 40_960;
/// The most parts of a sweep: with each of them the server writes the whole anew.
const MOST_PARTS: u64 = 20;
/// The most sweeps of a data set that are listed in the browser; of older ones the count of trials is lost.
const MOST_LISTED: usize = 100;

/// The link of a sweep's configuration.
pub(super) fn link(sweep: &Sweep) -> Link {
    Link {
        data: DataSetId {
            name: sweep.data_set.name.clone(),
            symbol: sweep.data_set.instrument.symbol.clone(),
            content: (&sweep.data_set.digest).into(),
        },
        config: *sweep.spec.base(),
        window: sweep.window,
        seal: None,
        view: None,
    }
}

impl Works {
    /// Keeps what was run, unless nothing was since.
    pub(super) fn keep(self: Rc<Self>) {
        let count = self
            .sweep
            .borrow()
            .as_ref()
            .map_or(0, |sweep| sweep.results.count());
        let keeping = (self.number.get(), count);
        if count == 0 || self.kept.replace(keeping) == keeping {
            return;
        }
        let desk = self.desk;
        desk.keeping.set(Keeping::Busy);
        spawn_local(async move {
            desk.keeping.set(match self.send(keeping.0).await {
                Ok(()) => Keeping::Stored(count),
                Err(Unkept::OfBrowser) => Keeping::Listed(count),
                Err(Unkept::OtherSweep) => return,
                Err(Unkept::Failed(why)) => {
                    // it is tried again with the next results, or by hand
                    self.kept.set((0, 0));
                    Keeping::Failed(why)
                }
            });
            desk.list(self.lab);
        });
    }

    /// Sends everything that was run, a part after the other.
    async fn send(&self, number: u64) -> Result<(), Unkept> {
        let mut from = 0;
        loop {
            // one expression, so that nothing is borrowed while the answer is waited for
            let part = match self.sweep.borrow().as_ref() {
                Some(sweep) if self.number.get() == number => part(sweep, from)?,
                _ => return Err(Unkept::OtherSweep),
            };
            let Some(bytes) = part.bytes else {
                return Ok(());
            };
            match api::keep_sweep(&bytes).await {
                Ok(_) => from = part.until,
                Err(ApiError::Away) => {
                    note_here(&part.summary);
                    return Err(Unkept::OfBrowser);
                }
                Err(error) => return Err(Unkept::Failed(error.to_string())),
            }
        }
    }
}

/// Why a sweep is not kept on the server.
enum Unkept {
    /// Its bars are of this browser, or the server is away: it is in the browser's list.
    OfBrowser,
    /// Another one was begun.
    OtherSweep,
    Failed(String),
}

/// A part of a sweep to be kept.
struct Part {
    /// Nothing where nothing is left.
    bytes: Option<Vec<u8>>,
    until: u64,
    summary: KeptSummary,
}

/// The next part of a sweep.
fn part(sweep: &Sweep, from: u64) -> Result<Part, Unkept> {
    let failed = |error: &dyn ToString| Unkept::Failed(error.to_string());
    let inputs = sweep
        .inputs
        .ok_or_else(|| failed(&"no worker has told what it ran on"))?;
    let head = |results| {
        let head = Head::of(&sweep.spec, &link(sweep), inputs, results);
        head.map_err(|error| failed(&error))
    };
    let mut at = from;
    let trials = sweep.spec.trials();
    let at_once = AT_ONCE.max(trials.div_ceil(MOST_PARTS));
    let some = loop {
        let some = sweep.results.within(at..trials.min(at + at_once));
        at += at_once;
        if some.count() > 0 || at >= trials {
            break some;
        }
    };
    let head_of_part = head(&some)?;
    let now = Timestamp((js_sys::Date::now() * 1_000.0) as i64);
    let name = sweep.data_set.name.clone();
    if sweep.place == Place::Browser {
        let mut summary = KeptSummary::of(&head_of_part, name, now);
        summary.done = sweep.results.count();
        note_here(&summary);
        return Err(Unkept::OfBrowser);
    }
    let bytes = match some.count() {
        0 => None,
        _ => Some(head_of_part.encode(&some).map_err(|error| failed(&error))?),
    };
    let mut summary = KeptSummary::of(&head_of_part, name, now);
    summary.done = sweep.results.count();
    Ok(Part {
        bytes,
        until: at,
        summary,
    })
}

/// Where the browser lists the sweeps of a data set.
fn key(set: &str) -> String {
    format!("atrium.sweeps.{set}")
}

/// The sweeps of a data set that this browser lists.
fn listed_here(set: &str) -> Vec<KeptSummary> {
    LocalStorage::get(key(set)).unwrap_or_default()
}

/// Puts a sweep into the browser's list. A browser that keeps nothing is none to be told of.
fn note_here(sweep: &KeptSummary) {
    let mut all = listed_here(&sweep.set);
    all.retain(|known| known.identity != sweep.identity);
    all.insert(0, sweep.clone());
    all.truncate(MOST_LISTED);
    drop(LocalStorage::set(key(&sweep.set), all));
}

impl SweepDesk {
    /// Asks which sweeps of the data set that is shown are kept: [`SweepDesk::listed`] tells.
    pub(crate) fn list(self, lab: Lab) {
        let Some(shown) = lab.shown.get_untracked() else {
            return;
        };
        let set = shown.data_set.name.clone();
        let place = shown.place;
        spawn_local(async move {
            let mut sweeps = match place {
                Place::Server => api::kept_sweeps(&set).await.unwrap_or_default(),
                Place::Browser => KeptSweeps::default(),
            };
            for here in listed_here(&set) {
                let is_known = |known: &KeptSummary| known.identity == here.identity;
                if !sweeps.sweeps.iter().any(is_known) {
                    sweeps.sweeps.push(here);
                }
            }
            // the page may have been left meanwhile, and other bars be shown
            let is_shown = lab
                .shown
                .with_untracked(|now| now.as_ref().is_some_and(|now| now.data_set.name == set));
            if is_shown {
                self.listed.set(sweeps.sweeps);
            }
        });
    }

    /// Tries again to keep what was run.
    pub(crate) fn keep(self) {
        if let Some(works) = self.known_works() {
            works.keep();
        }
    }
}
