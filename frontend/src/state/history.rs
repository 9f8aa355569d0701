//! Configurations that stood: the one that a gesture ended with, those before it, and the way back and forth.

use std::collections::VecDeque;

use atrium_shared::base::time::BarInterval;
use atrium_shared::research::run_config::RunConfig;
use gloo::timers::callback::Timeout;
use leptos::prelude::*;

use super::Lab;
use crate::choices::offered_intervals;

/// How long parameters have to stand before they count as chosen, in milliseconds.
const STANDS_MS: u32 = 500;
/// How many steps can be taken back.
const STEPS: usize = 200;

/// What stood before and what was taken back.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    past: VecDeque<RunConfig>,
    future: Vec<RunConfig>,
}

/// All that stands: the parameters as they are set, those that are chosen, and the way back and forth.
#[derive(Debug, Clone)]
pub(super) struct Stood {
    draft: RunConfig,
    committed: RunConfig,
    history: History,
}

impl History {
    /// Another configuration stands than `was`.
    fn commit(&mut self, was: RunConfig) {
        if self.past.len() == STEPS {
            self.past.pop_front();
        }
        self.past.push_back(was);
        self.future.clear();
    }

    /// Takes back the step that led to `now`.
    fn undo(&mut self, now: RunConfig) -> Option<RunConfig> {
        let before = self.past.pop_back()?;
        self.future.push(now);
        Some(before)
    }

    /// Takes again the step that was taken back to `now`.
    fn redo(&mut self, now: RunConfig) -> Option<RunConfig> {
        let after = self.future.pop()?;
        self.past.push_back(now);
        Some(after)
    }

    /// What stood before.
    pub(crate) fn before(&self) -> Option<&RunConfig> {
        self.past.back()
    }

    /// Whether there is a step to take back.
    pub(crate) fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is a step to take again.
    pub(crate) fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

impl Lab {
    /// What the controls say counts as chosen: a gesture ended.
    pub(crate) fn commit(self) {
        if self.take_draft() {
            self.leave_address();
        }
    }

    /// The same where the address names what is on its way, or did not come; says whether another configuration stands by it.
    pub(super) fn take_draft(self) -> bool {
        self.committing.set_value(None);
        if self.loading.get_untracked() {
            // once the bars are here, their interval is known
            return false;
        }
        let now = self.on_shown(self.draft.get_untracked());
        let was = self.committed.get_untracked();
        let is_another = now != was && now.validate().is_ok();
        if is_another {
            self.history.update(|history| history.commit(was));
            self.committed.set(now);
        }
        is_another
    }

    /// Whether parameters are set that make sense and do not count as chosen yet.
    pub(super) fn is_unsettled(self) -> bool {
        let draft = self.draft.get_untracked();
        draft != self.committed.get_untracked() && draft.validate().is_ok()
    }

    /// The same once the parameters have stood for a moment.
    pub(super) fn commit_soon(self) {
        let commit = Timeout::new(STANDS_MS, move || self.commit());
        self.committing.set_value(Some(commit));
    }

    /// Takes the last step back; parameters that contradict one another are such a step, though they never stood.
    pub(crate) fn undo(self) {
        self.commit();
        let stood = self.stands();
        let now = stood.committed;
        let before = match self.on_shown(self.draft.get_untracked()) == now {
            true => self
                .history
                .try_update(|history| history.undo(now))
                .flatten(),
            false => Some(now),
        };
        if let Some(before) = before {
            self.restore(before, stood);
        }
    }

    /// Takes the step again that was taken back.
    pub(crate) fn redo(self) {
        self.commit();
        let stood = self.stands();
        let now = stood.committed;
        let after = self
            .history
            .try_update(|history| history.redo(now))
            .flatten();
        if let Some(after) = after {
            self.restore(after, stood);
        }
    }

    /// Sets every parameter to its default; the bars stay.
    pub(crate) fn reset(self) {
        self.change(|config| {
            *config = RunConfig {
                interval: config.interval,
                ..RunConfig::default()
            };
        });
        self.commit();
    }

    /// Goes to a configuration that stood; its interval is taken where the data set has it.
    fn restore(self, mut config: RunConfig, stood: Stood) {
        self.note(stood);
        let offered = untrack(move || self.chosen())
            .is_some_and(|entry| offered_intervals(entry.set.interval).contains(&config.interval));
        if !offered {
            config.interval = self.draft.with_untracked(|draft| draft.interval);
        }
        self.put(config);
        self.leave_address();
        self.go_on();
    }

    /// All that stands.
    pub(super) fn stands(self) -> Stood {
        Stood {
            draft: self.draft.get_untracked(),
            committed: self.committed.get_untracked(),
            history: self.history.get_untracked(),
        }
    }

    /// Takes up again what stood.
    pub(super) fn put_back(self, stood: Stood) {
        self.committing.set_value(None);
        self.draft.set(stood.draft);
        self.committed.set(stood.committed);
        self.history.set(stood.history);
    }

    /// Sets the interval and nothing else; by itself it is no step.
    pub(super) fn put_interval(self, interval: BarInterval) {
        self.draft.update(|config| config.interval = interval);
        self.committed.update(|config| config.interval = interval);
    }

    /// Sets every parameter at once, as what stands.
    pub(super) fn put(self, config: RunConfig) {
        self.committing.set_value(None);
        let was = self.draft.get_untracked();
        let config = self.study.note_strategy(&was, config);
        self.draft.set(config);
        self.committed.set(config);
        self.save_soon();
    }

    /// The same as a step of its own, which can be taken back.
    pub(super) fn put_as_step(self, config: RunConfig) {
        let was = self.committed.get_untracked();
        if was != config {
            self.history.update(|history| history.commit(was));
        }
        self.put(config);
    }

    /// A configuration on the bars that are shown.
    fn on_shown(self, mut config: RunConfig) -> RunConfig {
        if let Some(shown) = self.shown.get_untracked() {
            config.interval = shown.series.interval();
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(leverage: f64) -> RunConfig {
        let mut config = RunConfig::default();
        config.sizing.leverage = leverage;
        config
    }

    #[test]
    fn steps_are_taken_back_and_again_until_another_one_is_made() {
        let mut history = History::default();
        assert!(!history.can_undo() && !history.can_redo());
        assert_eq!(history.undo(of(1.0)), None);
        history.commit(of(1.0));
        history.commit(of(2.0));
        assert_eq!(history.before(), Some(&of(2.0)));
        assert_eq!(history.undo(of(3.0)), Some(of(2.0)));
        assert_eq!(history.undo(of(2.0)), Some(of(1.0)));
        assert_eq!(history.undo(of(1.0)), None, "the first one stays");
        assert_eq!(history.redo(of(1.0)), Some(of(2.0)));
        assert!(history.can_undo() && history.can_redo());
        history.commit(of(2.0));
        assert!(!history.can_redo(), "another step was made");
        assert_eq!(history.redo(of(4.0)), None);
        assert_eq!(history.undo(of(4.0)), Some(of(2.0)));
    }

    #[test]
    fn no_more_steps_are_kept_than_are_told() {
        let mut history = History::default();
        for step in 0..STEPS + 5 {
            history.commit(of(1.0 + step as f64));
        }
        let mut now = of(0.5);
        let mut steps = 0;
        while let Some(before) = history.undo(now) {
            now = before;
            steps += 1;
        }
        assert_eq!((steps, now), (STEPS, of(6.0)));
    }
}
