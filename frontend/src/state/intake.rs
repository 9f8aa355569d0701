//! A file of bars that was dropped on the backtest or the sweep page: the data page's program reads it, and what is run there goes on
//! with it.

use gloo::utils::window;
use js_sys::Array;
use leptos::prelude::*;
use web_sys::File;

use super::Lab;
use super::signals::SignalFile;
use crate::bridge::{Intake, ToPage};
use crate::pages::Page;

/// A file of bars and how it stands.
#[derive(Debug, Clone)]
pub(crate) struct OwnBars {
    /// What it is called.
    pub(crate) name: String,
    /// How it stands.
    pub(crate) state: Intake,
    /// The address of the page that it was dropped on.
    page: &'static str,
    /// A file of signals that was dropped with it, which is traded on it.
    signals: Option<SignalFile>,
}

impl Lab {
    /// Has files of bars read in this browser, as one; the run goes on with what is in them, and with signals that came with them.
    pub(crate) fn use_bars(self, files: &[File], signals: Option<SignalFile>) {
        let Some(first) = files.first() else { return };
        let name = match files.len() {
            1 => first.name(),
            more => format!("{} and {} more", first.name(), more - 1),
        };
        let state = Intake::Reading {
            words: "Looking through the file".to_owned(),
            share: None,
        };
        self.intake.set(Some(OwnBars {
            name,
            state,
            page: match page() {
                Page::Sweep => Page::SWEEP,
                _ => Page::BACKTEST,
            },
            signals,
        }));
        let Some(data_page) = self.data_page.get_value() else {
            return self.hear_intake(Intake::Failed);
        };
        data_page.take(files.iter().collect::<Array>());
    }

    /// Gives up the file that is being read.
    pub(crate) fn give_bars_up(self) {
        if let Some(data_page) = self.data_page.get_value() {
            data_page.tell(&ToPage::GiveUp);
        }
        self.intake.set(None);
    }

    /// Hears how a file stands that was handed over.
    pub(crate) fn hear_intake(self, state: Intake) {
        match &state {
            Intake::GivenUp => return self.intake.set(None),
            Intake::Question => go_to(Page::DATA),
            Intake::Taken { key, .. } => {
                let is_under_way = self.loading.get_untracked()
                    && self
                        .data_set
                        .with_untracked(|chosen| chosen.as_ref() == Some(key));
                if !is_under_way {
                    self.choose_data_set(key.clone());
                }
                let own = self.intake.try_update_untracked(|own| {
                    own.as_mut().map(|own| (own.page, own.signals.take()))
                });
                let (page, signals) = own.flatten().unwrap_or((Page::BACKTEST, None));
                go_to(page);
                // whose signals they are follows from the page
                if let Some(signals) = signals {
                    self.use_signals(signals);
                }
            }
            Intake::Reading { .. } | Intake::Failed => {}
        }
        self.intake.update(|own| {
            if let Some(own) = own {
                own.state = state;
            }
        });
    }
}

/// The page that is shown.
fn page() -> Page {
    Page::from_hash(&window().location().hash().unwrap_or_default())
}

/// Goes to a page, unless it is shown.
fn go_to(address: &str) {
    if page() != Page::from_hash(address) {
        // it fails for an address that is none only
        drop(window().location().set_hash(address));
    }
}
