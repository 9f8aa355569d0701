//! Storing what was looked into, and trying that before.

use std::sync::Arc;

use atrium_shared::surface::api::{ImportDone, ImportOrder, ImportState, Rehearsal};
use gloo::timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{AbortController, AbortSignal};

use super::{Import, Outcome, Progress, Rehearsed, Stage, TroubleKind};
use crate::api::{self, ApiError};
use crate::data_protocol::Take;
use crate::state::entries::{Entry, Place};
use crate::state::library::{Library, Local};

/// How often the server is asked how far it is, in milliseconds.
const POLL_MS: u32 = 250;

/// Why something was not stored.
type Refused = (String, TroubleKind);

impl Import {
    /// Has the server try to store the file and tells what that would change; nothing is stored. What is refused is told as
    /// storing would tell it.
    pub(crate) fn rehearse(self) {
        let Some(detection) = self.detection.get_untracked() else {
            return;
        };
        self.end_rehearsal();
        let ticket = self.next_ticket();
        self.trouble.set(None);
        self.rehearsal.set(Some(Rehearsed::Trying));
        let order = ImportOrder {
            rehearse: true,
            ..self.order(detection.reading.clone(), false)
        };
        let signal = self.abortable();
        spawn_local(async move {
            let work = async {
                let Some(id) = self.uploaded(signal.as_ref(), ticket).await? else {
                    return Ok(None);
                };
                self.progress.set(Some(Progress {
                    words: "The server tries what storing would change",
                    share: None,
                }));
                let tried = api::rehearse_import(&id, &order, signal.as_ref()).await;
                tried.map(Some).map_err(|error| self.told(&error))
            };
            let answer: Result<_, Refused> = work.await;
            if !self.is_current(ticket) {
                return;
            }
            self.progress.set(None);
            self.rehearsal.set(None);
            match answer {
                Ok(Some(Rehearsal::Would(done))) => {
                    self.rehearsal.set(Some(Rehearsed::Would(Arc::from(done))));
                }
                Ok(Some(Rehearsal::Refused { detail, may_accept })) => {
                    let kind = match may_accept {
                        true => TroubleKind::Question,
                        false => TroubleKind::Storing,
                    };
                    self.refuse(format!("It would not be stored: {detail}"), kind);
                }
                Ok(None) => {}
                Err((what, kind)) => self.refuse(what, kind),
            }
        });
    }

    /// What would be stored is another thing now: what was tried is past, and what is being tried is given up.
    pub(super) fn end_rehearsal(self) {
        let before = self.rehearsal.get_untracked();
        if before.is_none() {
            return;
        }
        self.rehearsal.set(None);
        if before == Some(Rehearsed::Trying) {
            self.next_ticket();
            self.progress.set(None);
            let abort = self.work.with_value(|work| work.abort.clone());
            if let Some(abort) = abort {
                abort.abort();
            }
        }
    }

    /// What gives up the request that follows.
    fn abortable(self) -> Option<AbortSignal> {
        let abort = AbortController::new().ok();
        self.work.update_value(|work| work.abort.clone_from(&abort));
        abort.map(|abort| abort.signal())
    }

    /// Sends the file to the server, unless it has it; what the server knows it by, `None` where nobody waits any more.
    async fn uploaded(
        self,
        signal: Option<&AbortSignal>,
        ticket: u64,
    ) -> Result<Option<String>, Refused> {
        let (file, upload) = self
            .work
            .with_value(|work| (work.files.first().cloned(), work.upload.clone()));
        // the server forgets uploads after a while, and what it has stored it does not store again
        if let Some(id) = upload
            && let Ok(status) = api::import_status(&id).await
            && !matches!(status.state, ImportState::Done(_))
        {
            return Ok(self.is_current(ticket).then_some(id));
        }
        let Some(file) = file else { return Ok(None) };
        self.progress.set(Some(Progress {
            words: "Sending the file to your server",
            share: None,
        }));
        self.was_sent.set(true);
        let id = api::upload(&file, signal)
            .await
            .map_err(|error| self.told(&error))?
            .id;
        if !self.is_current(ticket) {
            drop(api::cancel_import(&id).await);
            return Ok(None);
        }
        self.work
            .update_value(|work| work.upload = Some(id.clone()));
        Ok(Some(id))
    }

    /// Stores the file where it was chosen to be; with `accept` its prices are taken as they are where they do not fit.
    pub(crate) fn store(self, library: Library, accept: bool) {
        let Some(detection) = self.detection.get_untracked() else {
            return;
        };
        self.end_rehearsal();
        let ticket = self.next_ticket();
        self.trouble.set(None);
        self.stage.set(Stage::Storing);
        // what was seen is what is done: nothing is detected anew
        let order = ImportOrder {
            accept,
            ..self.order(detection.reading.clone(), false)
        };
        match self.choices.with_untracked(|choices| choices.place) {
            Place::Browser => self.store_here(library, order, ticket),
            Place::Server => self.store_there(library, order, ticket),
        }
    }

    fn store_here(self, library: Library, order: ImportOrder, ticket: u64) {
        let Some(reader) = self.work.with_value(|work| work.reader.clone()) else {
            return;
        };
        let keeps = reader.clone();
        let take = Take {
            order,
            source: self.file_name.get_untracked(),
            closures: String::new(),
        };
        let again = take.clone();
        let asked = reader.take(take, move |answer| {
            if !self.is_current(ticket) {
                return;
            }
            match answer {
                Ok(taken) => {
                    let entry = Entry::local(taken.done.set.clone());
                    let done = taken.done.clone();
                    let key = entry.key.clone();
                    library.keep(Local {
                        entry,
                        reader: keeps,
                        taken: Arc::new(*taken),
                        take: Some(again),
                    });
                    // a try of what storing would change may have sent the file
                    self.forget_upload();
                    self.finish(Place::Browser, key, done);
                }
                Err(what) => self.refuse(what, TroubleKind::Storing),
            }
        });
        self.work.update_value(|work| work.asked = asked);
    }

    fn store_there(self, library: Library, order: ImportOrder, ticket: u64) {
        let signal = self.abortable();
        spawn_local(async move {
            let work = async {
                match self.uploaded(signal.as_ref(), ticket).await? {
                    Some(id) => self.follow(&id, &order, ticket).await,
                    None => Ok(None),
                }
            };
            let answer: Result<_, Refused> = work.await;
            if !self.is_current(ticket) {
                return;
            }
            match answer {
                Ok(Some(done)) => {
                    self.work.update_value(|work| work.upload = None);
                    library.shell.fetch_catalogue();
                    self.finish(Place::Server, done.set.name.clone(), done);
                }
                Ok(None) => {}
                Err((what, kind)) => self.refuse(what, kind),
            }
        });
    }

    /// Gives the order and asks how far it is until it is done; `None` where nobody waits any more.
    async fn follow(
        self,
        id: &str,
        order: &ImportOrder,
        ticket: u64,
    ) -> Result<Option<ImportDone>, Refused> {
        let mut status = api::order_import(id, order)
            .await
            .map_err(|error| self.told(&error))?;
        loop {
            if !self.is_current(ticket) {
                return Ok(None);
            }
            match status.state {
                ImportState::Done(done) => return Ok(Some(*done)),
                ImportState::Failed { detail, may_accept } => {
                    let kind = match may_accept {
                        true => TroubleKind::Question,
                        false => TroubleKind::Storing,
                    };
                    return Err((detail, kind));
                }
                ImportState::Waiting => {}
                ImportState::Running { read, bytes } => {
                    let share = (bytes > 0).then(|| read as f64 / bytes as f64);
                    self.progress.set(Some(Progress {
                        words: "The server reads and stores",
                        share,
                    }));
                }
            }
            TimeoutFuture::new(POLL_MS).await;
            status = api::import_status(id)
                .await
                .map_err(|error| self.told(&error))?;
        }
    }

    fn told(self, error: &ApiError) -> Refused {
        self.note_away(error);
        (error.to_string(), TroubleKind::Storing)
    }

    fn finish(self, place: Place, key: String, done: ImportDone) {
        self.progress.set(None);
        self.trouble.set(None);
        let was_sent = self.was_sent.get_untracked();
        self.outcome.set(Some(Arc::new(Outcome {
            place,
            was_sent,
            key,
            done,
        })));
        self.stage.set(Stage::Done);
    }
}
