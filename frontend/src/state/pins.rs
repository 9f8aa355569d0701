//! Runs that are kept to be compared with.

use std::sync::Arc;

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::bars::BarSeries;
use atrium_shared::research::metrics::Headline;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::window::Window;
use atrium_shared::surface::sheets::Compared;
use leptos::prelude::*;

use super::{Lab, Run, Shown};

/// How many runs may be pinned.
pub(crate) const MOST_PINS: usize = 4;

/// A run that was pinned.
#[derive(Clone)]
pub(crate) struct Pin {
    /// Its number from 1, which names it and gives it its colour; freed numbers are given again.
    pub(crate) number: usize,
    /// What its bars are chosen by.
    pub(crate) key: String,
    /// What its bars are, in words.
    pub(crate) data: String,
    pub(crate) config: RunConfig,
    /// The sessions that it was made over.
    window: Window,
    pub(crate) headline: Headline,
    /// The digest of the run.
    pub(crate) digest: String,
    /// The starts of its first and last bar.
    pub(crate) span: Option<(Timestamp, Timestamp)>,
    /// Equity at each bar's close.
    pub(crate) equity: Arc<Vec<f64>>,
    /// The same as it is compared.
    curve: Vec<(f64, f64)>,
}

/// The starts of the first and the last bar.
fn span(series: &BarSeries) -> Option<(Timestamp, Timestamp)> {
    series
        .start()
        .first()
        .copied()
        .zip(series.start().last().copied())
}

/// How many points a curve has at most when it is compared.
const POINTS: usize = 240;

/// Equity over time in few points: seconds since 1970 and growth since the start, as a share.
fn curve(shown: &Shown, run: &Run) -> Vec<(f64, f64)> {
    let initial = run.config.initial_equity;
    let all = shown.series.start().iter().zip(&run.equity);
    let step = run.equity.len().div_ceil(POINTS).max(1);
    let last = all.clone().next_back();
    let points = all.step_by(step).chain(last);
    points
        .map(|(start, equity)| (start.0 as f64 / 1e6, equity / initial - 1.0))
        .collect()
}

impl Pin {
    fn new(number: usize, shown: &Shown, run: &Run) -> Self {
        Self {
            number,
            key: shown.key.clone(),
            data: data_words(shown),
            config: run.config,
            window: shown.window,
            headline: run.ran.headline,
            digest: run.ran.digests.run.to_string(),
            span: span(&shown.series),
            equity: Arc::new(run.equity.clone()),
            curve: curve(shown, run),
        }
    }

    /// Whether it was made on these bars, so that its equity stands on their axis.
    pub(crate) fn is_of(&self, shown: &Shown) -> bool {
        let bars = (self.config.interval, self.equity.len(), self.span);
        let series = &shown.series;
        self.key == shown.key && bars == (series.interval(), series.len(), span(series))
    }

    /// What it is called.
    pub(crate) fn name(&self) -> String {
        format!("Pin {}", self.number)
    }

    /// What is compared.
    pub(super) fn compared(&self) -> Compared {
        Compared {
            name: self.name(),
            pin: u8::try_from(self.number).unwrap_or(u8::MAX),
            data: self.data.clone(),
            config: self.config,
            headline: self.headline,
            digest: self.digest.chars().take(12).collect(),
            curve: self.curve.clone(),
        }
    }
}

/// What bars are, in words, with their sessions where they are not all of the data set.
fn data_words(shown: &Shown) -> String {
    let bars = format!("{} {}", shown.data_set.name, shown.series.interval());
    match window_words(shown.window) {
        Some(sessions) => format!("{bars}, {sessions}"),
        None => bars,
    }
}

/// The sessions that are run over, where they are not all.
pub(crate) fn window_words(window: Window) -> Option<String> {
    let words = match (window.from, window.to) {
        (None, None) => return None,
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("up to {to}"),
        (Some(from), Some(to)) => format!("{from} to {to}"),
    };
    Some(words)
}

impl Lab {
    /// Whether the run that is shown can be pinned.
    pub(crate) fn may_pin(self) -> bool {
        let digest = self.run_digest();
        self.pins.with(|pins| {
            pins.len() < MOST_PINS
                && digest.is_some_and(|digest| pins.iter().all(|pin| pin.digest != digest))
        })
    }

    fn run_digest(self) -> Option<String> {
        self.run
            .with(|run| run.as_ref().map(|run| run.ran.digests.run.to_string()))
    }

    /// Pins the run that is shown.
    pub(crate) fn pin(self) {
        if !untrack(move || self.may_pin()) {
            return;
        }
        let (Some(shown), Some(run)) = (self.shown.get_untracked(), self.run.get_untracked())
        else {
            return;
        };
        self.pins.update(|pins| {
            let taken = |number: &usize| pins.iter().any(|pin| pin.number == *number);
            let number = (1..=MOST_PINS).find(|number| !taken(number));
            let number = number.unwrap_or(MOST_PINS);
            pins.push(Pin::new(number, &shown, &run));
            pins.sort_by_key(|pin| pin.number);
        });
        self.compare();
    }

    /// Goes back to a pinned run: its bars and its parameters.
    pub(crate) fn go_to_pin(self, number: usize) {
        let pin = self
            .pins
            .with_untracked(|pins| pins.iter().find(|pin| pin.number == number).cloned());
        let Some(pin) = pin else {
            return;
        };
        if untrack(|| self.entry(&pin.key)).is_none() {
            return self.fail(
                format!(
                    "{} cannot be made again: its data set is not here any more ({}).",
                    pin.name(),
                    pin.data
                ),
                "Import it again, or choose another data set.",
            );
        }
        self.go_to(pin.config, pin.key, pin.window);
    }

    /// Lets a pinned run go.
    pub(crate) fn unpin(self, number: usize) {
        self.pins
            .update(|pins| pins.retain(|pin| pin.number != number));
        self.compare();
    }

    /// What is set side by side: the pinned runs, and the one that is shown where it is another.
    pub(super) fn compared(self) -> Vec<Compared> {
        let mut compared: Vec<Compared> = self
            .pins
            .with_untracked(|pins| pins.iter().map(Pin::compared).collect());
        if let (Some(shown), Some(run)) = (self.shown.get_untracked(), self.run.get_untracked()) {
            let pinned = self.pins.with_untracked(|pins| {
                let digest = run.ran.digests.run.to_string();
                pins.iter().any(|pin| pin.digest == digest)
            });
            if !pinned {
                compared.push(Compared {
                    name: "This run".to_owned(),
                    pin: 0,
                    data: data_words(&shown),
                    config: run.config,
                    headline: run.ran.headline,
                    digest: run.ran.digests.run.short(),
                    curve: curve(&shown, &run),
                });
            }
        }
        compared
    }
}
