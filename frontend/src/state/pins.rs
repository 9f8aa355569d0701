//! Runs that are kept to be compared with.

use std::sync::Arc;

use atrium_shared::base::digest::Digest;
use atrium_shared::base::time::Timestamp;
use atrium_shared::market::bars::BarSeries;
use atrium_shared::research::metrics::Headline;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::window::Window;
use atrium_shared::surface::sheets::Compared;
use leptos::prelude::*;

use super::signals::{SignalFile, trades_signals};
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
    /// What it was made on, in words.
    pub(crate) data: String,
    /// The content of its data set.
    content: Digest,
    /// The file whose signals it traded, if it did.
    file: Option<SignalFile>,
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
    fn new(number: usize, shown: &Shown, run: &Run, file: Option<SignalFile>) -> Self {
        Self {
            number,
            key: shown.key.clone(),
            data: data_words(shown, run, file.as_ref()),
            content: shown.data_set.digest,
            file,
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

    /// What is compared, where some of what it was made on may be another `since`.
    fn compared(&self, since: Option<&str>) -> Compared {
        Compared {
            name: self.name(),
            pin: u8::try_from(self.number).unwrap_or(u8::MAX),
            data: match since {
                Some(since) => format!("{} ({since})", self.data),
                None => self.data.clone(),
            },
            config: self.config,
            headline: self.headline,
            digest: self.digest.chars().take(12).collect(),
            curve: self.curve.clone(),
        }
    }
}

/// What a run was made on, in words: the bars, their sessions where they are not all of the data set, and the signals where it trades
/// some, which are known again by the beginning of their digest.
fn data_words(shown: &Shown, run: &Run, file: Option<&SignalFile>) -> String {
    let mut words = format!("{} {}", shown.data_set.name, shown.series.interval());
    if let Some(sessions) = shown.window.words() {
        words += &format!(", {sessions}");
    }
    if let Some((file, digest)) = file.zip(run.ran.digests.signals) {
        words += &format!(", signals of {} ({})", file.name, digest.short());
    }
    words
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
            pins.push(Pin::new(number, &shown, &run, self.traded_file(&run)));
            pins.sort_by_key(|pin| pin.number);
        });
        self.compare();
    }

    /// The file whose signals a run trades.
    fn traded_file(self, run: &Run) -> Option<SignalFile> {
        let held = self
            .study
            .signals
            .with_untracked(|files| Some(files.held.as_ref()?.file.clone()));
        held.filter(|_| trades_signals(&run.config))
    }

    /// Why a pinned run cannot be made again though its bars are here: the file whose signals it traded is not the one that is held
    /// now, or is read in another way; tracked.
    fn file_since(self, pin: &Pin) -> Option<&'static str> {
        let of = pin.file.as_ref()?;
        self.study.signals.with(|files| match &files.held {
            None => Some("its file of signals is not here any more"),
            Some(held) if held.file.bytes != of.bytes => {
                Some("its file of signals is another than the one here now")
            }
            Some(held) if held.file.times != of.times => {
                Some("its file of signals is read in another way now")
            }
            Some(_) => None,
        })
    }

    /// What a pinned run was made on that is another now; tracked.
    pub(crate) fn pin_since(self, pin: &Pin) -> Option<&'static str> {
        let entry = self.entry(&pin.key);
        match entry.is_some_and(|entry| entry.set.digest != pin.content) {
            true => Some("its bars were changed since"),
            false => self.file_since(pin),
        }
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
        if let Some(since) = untrack(|| self.file_since(&pin)) {
            return self.fail(
                format!("{} cannot be made again: {since}.", pin.name()),
                "Bring that file again, read as it was then, and go back.",
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
        let compare = |pin: &Pin| pin.compared(untrack(|| self.pin_since(pin)));
        let mut compared: Vec<Compared> = self
            .pins
            .with_untracked(|pins| pins.iter().map(compare).collect());
        if let (Some(shown), Some(run)) = (self.shown.get_untracked(), self.run.get_untracked()) {
            let pinned = self.pins.with_untracked(|pins| {
                let digest = run.ran.digests.run.to_string();
                pins.iter().any(|pin| pin.digest == digest)
            });
            if !pinned {
                compared.push(Compared {
                    name: "This run".to_owned(),
                    pin: 0,
                    data: data_words(&shown, &run, self.traded_file(&run).as_ref()),
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
