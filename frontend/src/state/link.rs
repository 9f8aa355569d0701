//! Links: how one is opened, what is asked before, and whether the run is the one that it was made of.

mod address;

use atrium_shared::base::digest::Digest;
use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::research::backtest::ENGINE_VERSION;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::window::Window;
use atrium_shared::signal::source::Source;
use atrium_shared::surface::api::DataSet;
use atrium_shared::surface::share::{
    BARS_WITHOUT_ASKING, BadLink, DataSetId, Fingerprint, Link, Seal, SignalTimes, Verdict, View,
    bars_to_walk,
};
use atrium_shared::trading::strategy::Strategy;
use leptos::prelude::*;

use self::address::{bar_in, bar_parameter, forget_left, in_address};
use super::entries::{Catalogue, Entry};
use super::signals::SignalFiles;
use super::{Lab, Links, Run, Shown};

/// What is known of the link that was opened last.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Opened {
    /// It cannot be read, and why.
    Bad(String),
    /// It says what to run.
    Link(Box<Link>, Stage),
}

/// How far a link is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stage {
    /// Which data sets there are is not known yet.
    Waiting,
    /// Its data set is not here.
    Missing,
    /// Its run needs a file that is not in it.
    NeedsFile(Needed),
    /// Its run goes through so many bars that nobody should be surprised by it.
    Ask(u64),
    /// Its run is on its way.
    Running,
    /// Its run could not be made; what went wrong is said beside.
    Failed,
    /// The server was away when its bars were asked for: it is opened again once that is back.
    Away,
    /// Something else was chosen before its run was made.
    Left,
    /// Its run was made.
    Done {
        /// What came of it.
        verdict: Verdict,
        /// The digest of the run that was judged, which says whether it is that one that is shown.
        run: Digest,
    },
}

/// A file that a run needs, and that no link holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needed {
    /// Signals, which this page reads.
    Signals,
    /// Predictions, which it does not.
    Predictions,
}

/// The data set of a link: the one of its content, best of its name, else the one of its name.
fn find(entries: &[Entry], wanted: &DataSetId) -> Option<Entry> {
    let is_it = |entry: &&Entry| Fingerprint::from(&entry.set.digest) == wanted.content;
    let is_named = |entry: &&Entry| entry.set.name == wanted.name;
    let by_both = entries.iter().find(|entry| is_it(entry) && is_named(entry));
    by_both
        .or_else(|| entries.iter().find(is_it))
        .or_else(|| entries.iter().find(is_named))
        .cloned()
}

/// How many bars of an interval a data set makes, at most.
fn bars_of(set: &DataSet, interval: BarInterval) -> u64 {
    let stored = u64::from(set.interval.seconds());
    let wanted = u64::from(interval.seconds());
    set.rows
        .saturating_mul(stored)
        .div_ceil(wanted.max(1))
        .min(set.rows)
}

/// How many bars a run on a data set goes through.
fn cost(set: &DataSet, config: &RunConfig) -> u64 {
    // without a calendar a session is a day, which is more bars than there are
    bars_to_walk(config, bars_of(set, config.interval), set.rows)
}

/// What a run needs from a file.
fn needed(config: &RunConfig) -> Option<Needed> {
    match (&config.strategy, config.prediction.source) {
        (Strategy::Signals(_), _) => Some(Needed::Signals),
        (_, Source::Series) => Some(Needed::Predictions),
        _ => None,
    }
}

impl Lab {
    /// Opens the link in the address, if there is one; what reads it may still be on its way.
    pub(crate) fn follow_address(self) {
        if let (Some(text), Some(links)) = (in_address(), self.links.get_value()) {
            // what is wrong with either leaves all as it is
            if self.sweep.follow(self, &text) {
                (links.open)(self, &text);
            }
        }
    }

    /// What comes late has come: what tells of runs, and what reads links.
    pub(crate) fn take_late(self) {
        self.links.set_value(Some(Links {
            open: |lab, text| lab.open_link(text),
            fragment: Link::fragment,
        }));
        self.sweep.take_late();
        self.take_starter(Self::start_teller);
        self.follow_address();
        let listed = self
            .catalogue
            .with_untracked(|catalogue| matches!(catalogue, Catalogue::Known(_)));
        let idle = !self.loading.get_untracked() && self.shown.with_untracked(Option::is_none);
        // the list may have waited for the link, and that may have come to nothing
        if listed && idle {
            self.settle();
        }
    }

    /// Whether a link was opened whose run is not what is set, because something is missing or was not confirmed.
    pub(super) fn awaits_link(self) -> bool {
        self.opened.with_untracked(|opened| {
            let stage = match opened {
                Some(Opened::Link(_, stage)) => stage,
                _ => return false,
            };
            match stage {
                // until something else is chosen
                Stage::Failed => in_address().is_some(),
                Stage::Running | Stage::Left | Stage::Done { .. } => false,
                _ => true,
            }
        })
    }

    /// What reads links did not come: goes on without the one in the address.
    pub(crate) fn do_without_late(self) {
        if self.awaits_reader() && self.shown.with_untracked(Option::is_none) {
            self.unreadable.set_value(true);
            self.settle();
        }
    }

    /// Whether there is a link in the address that cannot be read yet.
    pub(super) fn awaits_reader(self) -> bool {
        let has_reader = self.links.with_value(Option::is_some);
        !has_reader && !self.unreadable.get_value() && in_address().is_some()
    }

    /// Opens a link: whatever is wrong with it is said, and the lab stays as it was.
    pub(crate) fn open_link(self, text: &str) {
        forget_left();
        match Link::read(text) {
            Err(bad) => self.opened.set(Some(Opened::Bad(bad.to_string()))),
            Ok(link) => {
                self.linked_bar.set_value(bar_in(text));
                self.linked_times.set_value(SignalTimes::in_address(text));
                self.opened
                    .set(Some(Opened::Link(Box::new(link), Stage::Waiting)));
                self.resolve_link();
            }
        }
    }

    /// Goes on with a link that waits for its data set. Says whether its bars are on their way.
    pub(super) fn resolve_link(self) -> bool {
        let Some(Opened::Link(link, stage)) = self.opened.get_untracked() else {
            return false;
        };
        if !matches!(stage, Stage::Waiting | Stage::Missing | Stage::Away) {
            return false;
        }
        let listed = self
            .catalogue
            .with_untracked(|catalogue| *catalogue != Catalogue::Loading);
        let found = self
            .entries
            .with_untracked(|entries| find(entries, &link.data));
        let stage = match found {
            None if listed => Stage::Missing,
            None => Stage::Waiting,
            Some(_) if needed(&link.config) == Some(Needed::Predictions) => {
                Stage::NeedsFile(Needed::Predictions)
            }
            Some(entry) => match cost(&entry.set, &link.config) {
                // what was away was asked before
                bars if bars > BARS_WITHOUT_ASKING && stage != Stage::Away => Stage::Ask(bars),
                _ => {
                    self.run_link();
                    return true;
                }
            },
        };
        self.opened.set(Some(Opened::Link(link, stage)));
        false
    }

    /// Runs what the link says: its data set is here, and what had to be asked was answered.
    pub(crate) fn run_link(self) {
        let Some(Opened::Link(link, _)) = self.opened.get_untracked() else {
            return;
        };
        let Some(entry) = self
            .entries
            .with_untracked(|entries| find(entries, &link.data))
        else {
            return self.opened.set(Some(Opened::Link(link, Stage::Missing)));
        };
        let (config, window) = (link.config, link.window);
        let signals = needed(&config) == Some(Needed::Signals);
        let stage = match signals {
            true => Stage::NeedsFile(Needed::Signals),
            false => Stage::Running,
        };
        self.opened.set(Some(Opened::Link(link, stage)));
        self.note(self.stands());
        self.data_set.set(Some(entry.key.clone()));
        self.window.set(window);
        match signals {
            // a file of signals is read for bars, so these come first
            true => self.put_interval(config.interval),
            false => self.put_as_step(config),
        }
        if signals && self.shows_chosen() {
            self.keep_bars();
            if self.has_signals() {
                self.run_with_signals();
            }
            return;
        }
        self.go_on();
    }

    /// Opens the link again whose bars did not come, if it is that which went wrong last; says whether it does.
    pub(super) fn open_again(self) -> bool {
        let opens = match self.opened.get_untracked() {
            Some(Opened::Link(_, Stage::Away)) => true,
            Some(Opened::Link(link, Stage::Failed)) => self.misses_bars_of(&link),
            _ => false,
        };
        if opens {
            self.run_link();
        }
        opens
    }

    /// Lets the link go that was opened last; what is shown stays.
    pub(crate) fn dismiss_link(self) {
        self.opened.set(None);
        // its bars are not waited for any more, by a file either
        self.wanted.set_value(None);
        self.read_signals();
    }

    /// Whether the bars that are shown are those of a link.
    fn shows_bars_of(self, link: &Link) -> bool {
        let entry = self
            .entries
            .with_untracked(|entries| find(entries, &link.data));
        self.shown.with_untracked(|shown| {
            shown.as_ref().zip(entry).is_some_and(|(shown, entry)| {
                shown.is(&entry)
                    && shown.window == link.window
                    && shown.series.interval() == link.config.interval
            })
        })
    }

    /// Whether the bars of a link are shown or on their way.
    pub(crate) fn has_bars_of(self, link: &Link) -> bool {
        self.loading.get()
            || (self.shown.with(Option::is_some) && untrack(|| self.shows_bars_of(link)))
    }

    /// Makes the run of a link that waits for signals, once some have been read for its bars, and again where they were read in
    /// another way; says whether it does.
    pub(super) fn run_with_signals(self) -> bool {
        let Some(Opened::Link(link, stage)) = self.opened.get_untracked() else {
            return false;
        };
        let waits = match stage {
            Stage::NeedsFile(needed) => needed == Needed::Signals,
            Stage::Done { .. } => {
                needed(&link.config) == Some(Needed::Signals) && untrack(move || self.shows_link())
            }
            _ => false,
        };
        if !waits || !self.shows_bars_of(&link) {
            return false;
        }
        let config = link.config;
        self.opened.set(Some(Opened::Link(link, Stage::Running)));
        self.put_as_step(config);
        self.rerun();
        true
    }

    /// Holds a run against the link that it was asked for by.
    pub(super) fn judge(self, shown: &Shown, run: &Run) {
        let Some(Opened::Link(link, Stage::Running)) = self.opened.get_untracked() else {
            return;
        };
        // one that was under way may come before it
        if run.config != link.config || !self.shows_bars_of(&link) {
            return;
        }
        let verdict = Verdict::compare(link.seal.as_ref(), ENGINE_VERSION, &run.ran.digests);
        self.look_as_linked(&link, shown);
        if verdict == Verdict::Match {
            self.name_link(&link);
        }
        let run = run.ran.digests.run;
        self.opened
            .set(Some(Opened::Link(link, Stage::Done { verdict, run })));
    }

    /// A link whose run is on its way is left once something else is chosen than it says: that run will not come.
    pub(super) fn leave_other_link(self) {
        let Some(Opened::Link(link, stage)) = self.opened.get_untracked() else {
            return;
        };
        let is_left = match stage {
            Stage::Running => !self.is_chosen(&link),
            Stage::Away => true,
            _ => false,
        };
        if is_left {
            self.opened.set(Some(Opened::Link(link, Stage::Left)));
            // a file may have waited for its bars
            self.read_signals();
        }
    }

    /// The bars of a link that were asked for did not come.
    pub(super) fn miss_link(self, away: bool) {
        let Some(Opened::Link(link, stage)) = self.opened.get_untracked() else {
            return;
        };
        let is_awaited = match stage {
            Stage::Running => true,
            Stage::NeedsFile(Needed::Signals) => self.are_bars_chosen(&link),
            _ => false,
        };
        if is_awaited {
            let stage = if away { Stage::Away } else { Stage::Failed };
            self.opened.set(Some(Opened::Link(link, stage)));
        }
    }

    /// Whether what is chosen is what a link says.
    fn is_chosen(self, link: &Link) -> bool {
        self.are_bars_chosen(link) && self.draft.get_untracked() == link.config
    }

    /// Whether the bars that are chosen are those of a link.
    fn are_bars_chosen(self, link: &Link) -> bool {
        let entry = self
            .entries
            .with_untracked(|entries| find(entries, &link.data));
        self.data_set.get_untracked() == entry.map(|entry| entry.key)
            && self.window.get_untracked() == link.window
            && self.draft.with_untracked(|draft| draft.interval) == link.config.interval
    }

    /// Whether a link waits for signals that are read for the bars that are shown.
    pub(super) fn link_wants_signals(self) -> bool {
        match self.opened.get_untracked() {
            Some(Opened::Link(link, Stage::NeedsFile(Needed::Signals))) => {
                self.shows_bars_of(&link)
            }
            _ => false,
        }
    }

    /// Whether a file of signals is kept for a link until the server has its bars.
    pub(crate) fn link_awaits_bars(self) -> bool {
        self.opened.with(|opened| match opened {
            Some(Opened::Link(link, Stage::Away)) => needed(&link.config) == Some(Needed::Signals),
            _ => false,
        })
    }

    /// The run of a link that is on its way did not come.
    pub(super) fn fail_link(self) {
        if let Some(Opened::Link(link, Stage::Running)) = self.opened.get_untracked() {
            self.opened.set(Some(Opened::Link(link, Stage::Failed)));
        }
    }

    /// Whether the run that is shown is the one that was held against the link.
    pub(crate) fn shows_link(self) -> bool {
        let shown = self
            .run
            .with(|run| run.as_ref().map(|run| run.ran.digests.run));
        self.opened.with(|opened| match opened {
            Some(Opened::Link(_, Stage::Done { run, .. })) => shown.as_ref() == Some(run),
            _ => false,
        })
    }

    /// The link to the run that is shown.
    pub(crate) fn link(self) -> Option<Link> {
        let shown = self.shown.get()?;
        let run = self.run.get()?;
        Some(Link {
            data: DataSetId {
                name: shown.data_set.name.clone(),
                symbol: shown.data_set.instrument.symbol.clone(),
                content: (&shown.data_set.digest).into(),
            },
            config: run.config,
            window: shown.window,
            seal: Some(Seal::of(ENGINE_VERSION, &run.ran.digests)),
            view: None,
        })
    }

    /// What the chart shows of the run, where it is not all of it.
    fn seen(self) -> Option<View> {
        let (first, last) = self.in_sight.get()?;
        self.shown.with(|shown| {
            let starts = shown.as_ref()?.series.start();
            let (from, to) = (*starts.get(first)?, *starts.get(last)?);
            Some(View { from, to })
        })
    }

    /// What a link with the view shows who opens it, in words; `None` where that is all of the run.
    pub(crate) fn view_words(self) -> Option<String> {
        let (seen, asked) = (self.in_sight.get(), self.asked_bar.get());
        let stamp = |bar: usize| {
            self.shown
                .with(|shown| shown.as_ref()?.chart.marks.stamp(bar))
                .unwrap_or_default()
        };
        let seen = seen.map(|(first, last)| format!("sees {} to {}", stamp(first), stamp(last)));
        let asked = asked.map(|bar| format!("is told of the bar of {}", stamp(bar)));
        let parts: Vec<String> = seen.into_iter().chain(asked).collect();
        (!parts.is_empty()).then(|| format!("Who opens it {} UTC.", parts.join(", and ")))
    }

    /// The start of the bar that is asked about.
    fn asked_time(self) -> Option<Timestamp> {
        let bar = self.asked_bar.get()?;
        self.shown
            .with(|shown| shown.as_ref()?.series.start().get(bar).copied())
    }

    /// How the times of the signals are read that are at hand; as by default where none are.
    pub(in crate::state) fn held_times(self) -> SignalTimes {
        let signals = self.study.signals;
        let times = signals.with_untracked(|files| Some(files.held.as_ref()?.file.times));
        times.unwrap_or_default()
    }

    /// How the times of the signals are read that are traded; `None` where none are.
    pub(crate) fn traded_times(self, config: &RunConfig) -> Option<SignalTimes> {
        let times = |files: &SignalFiles| files.held.as_ref().map(|held| held.file.times);
        self.study
            .signals
            .with(times)
            .filter(|_| needed(config) == Some(Needed::Signals))
    }

    /// How the times of a file are to be read that a link waits for, or that a sweep of its run may trade, where that says it.
    pub(crate) fn times_of_link(self) -> Option<SignalTimes> {
        let waits = self.opened.with_untracked(|opened| match opened {
            Some(Opened::Link(_, Stage::NeedsFile(Needed::Signals) | Stage::Away)) => true,
            Some(Opened::Link(link, stage)) if needed(&link.config).is_none() => {
                *stage == Stage::Running || untrack(|| self.shows_link())
            }
            _ => false,
        });
        self.linked_times.get_value().filter(|_| waits)
    }

    /// What stands behind the link of a run for how the times of its signals are read, where that is not by default.
    fn times_behind(self, config: &RunConfig) -> String {
        let times = self.traded_times(config);
        times.map_or_else(String::new, SignalTimes::behind_link)
    }

    /// The fragment of an address that names the run that is shown, with how the times of its signals are read; on demand with
    /// what the chart shows of it, and with the bar that is asked about. What stands behind the link is no part of it.
    pub(crate) fn fragment(self, with_view: bool) -> Option<Result<String, BadLink>> {
        let mut link = self.link()?;
        let mut asked = self.times_behind(&link.config);
        if with_view {
            link.view = self.seen();
            asked += &self.asked_time().map_or_else(String::new, bar_parameter);
        }
        Some(link.fragment().map(|fragment| fragment + &asked))
    }

    /// Looks at what the link was made to show.
    fn look_as_linked(self, link: &Link, shown: &Shown) {
        if link.view.is_some() {
            self.framed.set(link.view);
        }
        if let Some(at) = self.linked_bar.get_value() {
            let bar = shown.series.start().binary_search(&at).ok();
            self.ask_bar(bar);
        }
    }

    /// Goes on over all sessions of the data set.
    pub(crate) fn leave_window(self) {
        self.window.set(Window::default());
        self.leave_address();
        self.go_on();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use atrium_shared::base::digest::{Digest, Hasher};
    use atrium_shared::trading::fills::Intrabar;

    fn digest(of: &str) -> Digest {
        Hasher::new(of).finish().unwrap()
    }

    fn entry(name: &str, content: &str, minutes: u32, rows: u64) -> Entry {
        let set = serde_json::json!({
            "name": name,
            "instrument": atrium_shared::market::instrument::Instrument::us_share("SPY"),
            "interval": BarInterval::minutes(minutes),
            "rows": rows,
            "first": "2024-01-02T14:30:00Z",
            "last": "2024-01-03T14:30:00Z",
            "digest": digest(content),
            "simulated": false,
            "source": "a test",
        });
        Entry::stored(serde_json::from_value(set).unwrap())
    }

    #[test]
    fn a_data_set_is_looked_for_by_content_then_by_name() {
        let entries = [
            entry("SPY-1min", "other", 1, 10),
            entry("copy", "wanted", 1, 10),
            entry("SPY", "wanted", 1, 10),
        ];
        let wanted = |name: &str, content: &str| DataSetId {
            name: name.to_owned(),
            symbol: "SPY".to_owned(),
            content: (&digest(content)).into(),
        };
        let found = |name, content| find(&entries, &wanted(name, content)).map(|entry| entry.key);
        assert_eq!(found("SPY-1min", "wanted").as_deref(), Some("copy"));
        assert_eq!(found("SPY", "wanted").as_deref(), Some("SPY"));
        assert_eq!(found("SPY-1min", "gone").as_deref(), Some("SPY-1min"));
        assert_eq!(found("QQQ-1min", "gone"), None);
    }

    #[test]
    fn the_cost_of_a_run_is_known_before_it() {
        let set = entry("SPY-1min", "x", 1, 6_000_000).set;
        let mut config = RunConfig::default();
        assert_eq!(cost(&set, &config), 100_000);
        config.fills.intrabar = Intrabar::Refined;
        assert_eq!(cost(&set, &config), 6_100_000);
        config.fills.intrabar = Intrabar::Pessimistic;
        config.interval = BarInterval::minutes(1);
        assert!(cost(&set, &config) > BARS_WITHOUT_ASKING);
        config.interval = BarInterval::Seconds(1);
        assert_eq!(cost(&set, &config), 6_000_000);
    }

    #[test]
    fn what_a_link_cannot_hold_is_known() {
        let mut config = RunConfig::default();
        assert_eq!(needed(&config), None);
        config.prediction.source = Source::Series;
        assert_eq!(needed(&config), Some(Needed::Predictions));
        config.strategy = Strategy::Signals(Default::default());
        assert_eq!(needed(&config), Some(Needed::Signals));
    }
}
