//! Finer bars of the market that is shown: fetched once something looks inside bars, for runs and for what is told of them.

use std::rc::Rc;
use std::sync::Arc;

use atrium_shared::research::run_config::RunConfig;
use atrium_shared::trading::fills::Intrabar;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::entries::Place;
use super::study::BAND;
use super::sweep::Awaited;
use super::{Lab, Shown};
use crate::api;
use crate::bridge::ToPage;

/// Numbers of requests for finer bars are far from those for the bars that are shown.
const FINER: u64 = 1 << 32;

/// Finer bars of what is shown.
#[derive(Debug, Clone, Default)]
pub(super) enum Finer {
    /// Nothing looked inside bars yet.
    #[default]
    Unasked,
    /// They are on their way.
    Asked(u64),
    /// They are here, in wire form.
    Here(Rc<[u8]>),
}

/// Whether a run looks inside bars.
fn refines(config: &RunConfig) -> bool {
    config.fills.intrabar == Intrabar::Refined
}

/// Whether bars are kept that are finer than those that are shown.
fn has_finer(shown: &Shown) -> bool {
    shown.data_set.interval.seconds() < shown.series.interval().seconds()
}

impl Lab {
    /// Whether a run has to wait for finer bars, which are asked for if nobody did. Where there are none, the engine says so.
    pub(super) fn waits_for_finer(self, config: &RunConfig) -> bool {
        let Some(shown) = self.shown.get_untracked() else {
            return false;
        };
        if !refines(config) || !has_finer(&shown) || self.finer_wire().is_some() {
            return false;
        }
        self.working.set(true);
        self.fetch_finer(&shown);
        true
    }

    /// Asks for finer bars for what is told of a run; says whether there can be some that are not here yet.
    pub(super) fn wants_finer(self) -> bool {
        let Some(shown) = self.shown.get_untracked() else {
            return false;
        };
        let wants = has_finer(&shown) && self.finer_wire().is_none();
        if wants {
            self.fetch_finer(&shown);
        }
        wants
    }

    /// The finer bars, if they are here.
    pub(super) fn finer_wire(self) -> Option<Rc<[u8]>> {
        self.finer.with_value(|finer| match finer {
            Finer::Here(wire) => Some(wire.clone()),
            _ => None,
        })
    }

    fn fetch_finer(self, shown: &Arc<Shown>) {
        if self
            .finer
            .with_value(|finer| matches!(finer, Finer::Asked(_)))
        {
            return;
        }
        // a number of its own for each request: while other bars are on their way, those for the ones that are still shown and for the
        // ones that come would share the number of these
        self.finer_asked.update_value(|asked| *asked += 1);
        let ticket = FINER + self.finer_asked.get_value();
        self.finer.set_value(Finer::Asked(ticket));
        if shown.place == Place::Browser {
            let message = ToPage::Bars {
                ticket,
                key: shown.key.clone(),
                interval: None,
            };
            if let Some(page) = self.data_page.get_value() {
                page.tell(&message);
            }
            return;
        }
        let (name, content) = (
            shown.data_set.name.clone(),
            shown.data_set.digest.to_string(),
        );
        spawn_local(async move {
            let answer = match api::stored_bars(&name).await {
                Ok((_, stored)) if stored != content => {
                    Err("The data set was changed meanwhile: choose it again.".to_owned())
                }
                Ok((wire, _)) => Ok(wire),
                Err(error) => Err(error.to_string()),
            };
            self.take_finer(ticket, answer);
        });
    }

    /// Whether a request was one for finer bars.
    pub(super) fn is_finer(self, ticket: u64) -> bool {
        ticket >= FINER
    }

    /// Goes on with finer bars, unless others are shown meanwhile.
    pub(super) fn take_finer(self, ticket: u64, wire: Result<Vec<u8>, String>) {
        let awaited = self
            .finer
            .with_value(|finer| matches!(finer, Finer::Asked(asked) if *asked == ticket));
        if !awaited {
            return;
        }
        let is_for_run = self.draft.with_untracked(refines);
        let is_for_band = self.study.tab.with_untracked(|tab| tab == BAND);
        match wire {
            Ok(wire) => {
                let wire: Rc<[u8]> = wire.into();
                self.finer.set_value(Finer::Here(wire.clone()));
                self.with_worker(|worker| {
                    worker.refine(wire);
                    true
                });
                if is_for_band {
                    self.ask_band();
                }
                if is_for_run {
                    self.rerun();
                }
                self.sweep.go_on(self, Awaited::Finer, Ok(()));
            }
            Err(why) => {
                self.finer.set_value(Finer::Unasked);
                self.sweep.go_on(self, Awaited::Finer, Err(why.clone()));
                if is_for_band {
                    self.ask_band_without(&why);
                }
                if is_for_run {
                    self.working.set(false);
                    self.fail_link();
                    self.fail(
                        format!("The finer bars that decide inside bars did not come: {why}"),
                        "Try again, or choose another convention.",
                    );
                }
            }
        }
    }
}
