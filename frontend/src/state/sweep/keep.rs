//! What was run is kept: on the server beside the data set, or, where that cannot be, as a list in this browser, so that it is known
//! how many trials a data set has seen.

use std::rc::Rc;

use atrium_shared::base::time::Timestamp;
use atrium_shared::surface::kept_sweep::{Head, KeptSummary, KeptSweeps, Packed, Packing};
use atrium_shared::surface::share::{DataSetId, Link};
use gloo::timers::future::TimeoutFuture;
use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Blob;

use super::works::Works;
use super::{Keeping, Sweep, SweepDesk};
use crate::api::{self, ApiError};
use crate::browser;
use crate::memory::Memory;
use crate::state::Lab;
use crate::state::entries::Place;

/// How long a sweep may be packed at a stretch, in milliseconds: the page answers between two stretches.
const STRETCH_MS: f64 = 8.0;
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
        self.desk.keeping.set(Keeping::Busy);
        self.spawn_keeping(keeping);
    }

    /// Keeps what was run of a sweep whose place another one takes: its trials count, too.
    pub(super) fn keep_former(self: &Rc<Self>, number: u64, sweep: Sweep) {
        let keeping = (number, sweep.results.count());
        let is_told = self.kept.get() == keeping;
        let stands = self.desk.keeping.get_untracked();
        let is_kept = is_told && matches!(stands, Keeping::Stored(_) | Keeping::Listed(_));
        if keeping.1 == 0 || is_kept {
            return;
        }
        self.former.borrow_mut().push((number, sweep));
        // else it is being packed, and goes on with what is put here
        if !(is_told && stands == Keeping::Busy) {
            self.clone().spawn_keeping(keeping);
        }
    }

    fn spawn_keeping(self: Rc<Self>, keeping: (u64, u64)) {
        let (number, count) = keeping;
        let desk = self.desk;
        spawn_local(async move {
            let sent = self.send(keeping).await;
            let is_other = |(of, sweep): &(u64, Sweep)| (*of, sweep.results.count()) != keeping;
            self.former.borrow_mut().retain(is_other);
            self.unsent.borrow_mut().retain(|(of, _)| *of != number);
            let is_current = (self.number.get(), self.kept.get()) == (number, keeping);
            let kept = match sent {
                Ok(()) => Keeping::Stored(count),
                Err(Unkept::OfBrowser) => Keeping::Listed(count),
                Err(Unkept::Away(blob)) => {
                    self.unsent.borrow_mut().push((number, blob));
                    // from then on it is asked whether it is back
                    self.lab.note_away(&ApiError::Away);
                    Keeping::Away(count)
                }
                Err(Unkept::MoreOfIt) => Keeping::Nothing,
                Err(Unkept::Failed(why)) => Keeping::Failed(why),
            };
            // what became of an earlier sweep, or of fewer results, is nothing to tell of
            if is_current {
                if !matches!(kept, Keeping::Stored(_) | Keeping::Listed(_)) {
                    // it is tried again with the next results, by hand, or once the server is back
                    self.kept.set((0, 0));
                }
                desk.keeping.set(kept);
            }
            desk.list(self.lab);
        });
    }

    /// Sends the earlier sweeps that wait for the server; the last one is kept as it stands.
    fn send_former(self: &Rc<Self>) {
        let current = self.number.get();
        let waiting = self.unsent.take();
        let former: Vec<_> = waiting
            .into_iter()
            .filter(|(of, _)| *of != current)
            .collect();
        if former.is_empty() {
            return;
        }
        let works = self.clone();
        spawn_local(async move {
            for (number, blob) in former {
                if let Err(ApiError::Away) = api::keep_sweep(blob.clone()).await {
                    works.unsent.borrow_mut().push((number, blob));
                    works.lab.note_away(&ApiError::Away);
                }
            }
            works.desk.list(works.lab);
        });
    }

    /// Packs what was run, a little at a time, tells its digest, and sends it.
    async fn send(&self, kept: (u64, u64)) -> Result<(), Unkept> {
        let (mut packing, set, of_browser) = self.with_kept(kept, |sweep| {
            let inputs = sweep
                .inputs
                .ok_or_else(|| Unkept::Failed("no worker has told what it ran on".to_owned()))?;
            let packing = Packing::new(&sweep.spec, &link(sweep), inputs, &sweep.results);
            let set = sweep.data_set.name.clone();
            Ok((packing, set, sweep.place == Place::Browser))
        })?;
        // the parts of a blob stay apart: nothing is copied while the page waits
        let parts = Array::new();
        let mut tells = true;
        loop {
            let began = browser::now();
            while browser::now() - began < STRETCH_MS {
                let step = self.with_kept(kept, |sweep| {
                    let step = packing.step(&sweep.results);
                    step.map_err(|bad| Unkept::Failed(bad.to_string()))
                })?;
                if let Some(head) = packing.head().filter(|_| tells) {
                    tells = false;
                    let is_whole = head.done == head.trials;
                    // a former one is told of no more
                    if kept.0 == self.number.get() {
                        self.desk.digest.set(is_whole.then_some(head.results));
                    }
                    if of_browser {
                        note_here(&summary(head, set));
                        return Err(Unkept::OfBrowser);
                    }
                }
                match step {
                    Packed::More => {}
                    Packed::Part(bytes) => drop(parts.push(&Uint8Array::from(bytes.as_slice()))),
                    Packed::Whole => return post(&packing, &parts, set).await,
                }
            }
            TimeoutFuture::new(0).await;
        }
    }

    /// Reads the sweep, unless more was run of it.
    fn with_kept<T>(
        &self,
        (number, count): (u64, u64),
        read: impl FnOnce(&Sweep) -> Result<T, Unkept>,
    ) -> Result<T, Unkept> {
        let (current, former) = (self.sweep.borrow(), self.former.borrow());
        let sweep = match number == self.number.get() {
            true => current.as_ref(),
            false => {
                let mut former = former.iter();
                former.find_map(|(of, sweep)| (*of == number).then_some(sweep))
            }
        };
        let sweep = sweep.filter(|sweep| sweep.results.count() == count);
        sweep.map_or(Err(Unkept::MoreOfIt), read)
    }
}

/// Sends a sweep of a data set; where the server does not take it, it is listed here.
async fn post(packing: &Packing, parts: &Array, set: String) -> Result<(), Unkept> {
    let blob = Blob::new_with_u8_array_sequence(parts);
    let blob = blob.map_err(|_| Unkept::Failed("the browser has no room for it".to_owned()))?;
    let Err(error) = api::keep_sweep(blob.clone()).await else {
        return Ok(());
    };
    // its trials count, whatever becomes of them
    if let Some(head) = packing.head() {
        note_here(&summary(head, set));
    }
    Err(match error {
        ApiError::Away => Unkept::Away(blob),
        other => Unkept::Failed(other.to_string()),
    })
}

fn summary(head: &Head, set: String) -> KeptSummary {
    let now = Timestamp((js_sys::Date::now() * 1_000.0) as i64);
    KeptSummary::of(head, set, now)
}

/// Why a sweep is not kept on the server.
enum Unkept {
    /// Its bars are of this browser: it is in the browser's list.
    OfBrowser,
    /// The server is away: it is in the browser's list until that is back; what is to be sent then.
    Away(Blob),
    /// More was run of it: that is kept in turn.
    MoreOfIt,
    Failed(String),
}

/// Where the browser lists the sweeps of a data set.
fn key(set: &str) -> String {
    format!("atrium.sweeps.{set}")
}

/// The sweeps of a data set that this browser lists.
fn listed_here(set: &str) -> Vec<KeptSummary> {
    Memory::Browser.get(&key(set)).unwrap_or_default()
}

/// Puts a sweep into the browser's list. A browser that keeps nothing is none to be told of.
fn note_here(sweep: &KeptSummary) {
    let mut all = listed_here(&sweep.set);
    all.retain(|known| known.identity != sweep.identity);
    all.insert(0, sweep.clone());
    all.truncate(MOST_LISTED);
    Memory::Browser.set(&key(&sweep.set), &all);
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
            let told = match place {
                Place::Server => api::kept_sweeps(&set).await.ok(),
                Place::Browser => Some(KeptSweeps::default()),
            };
            let is_told = told.is_some();
            let mut sweeps = told.unwrap_or_default();
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
                self.server_listed.set(is_told);
            }
        });
    }

    /// Tries again to keep what was run.
    pub(crate) fn keep(self) {
        if let Some(works) = self.known_works() {
            works.keep();
        }
    }

    /// Sends what waited for the server: it is back.
    pub(super) fn send_waiting(self) {
        if let Some(works) = self.known_works() {
            works.send_former();
        }
        if self
            .keeping
            .with_untracked(|keeping| matches!(keeping, Keeping::Away(_)))
        {
            self.keep();
        }
    }
}
