//! Work of the page that follows from new results: each piece has a task of its own, so that what is pressed or typed is heard between.

use std::collections::VecDeque;

use gloo::timers::callback::Timeout;
use leptos::prelude::*;

/// What waits for its turn. Copies are handles to the same.
#[derive(Clone, Copy)]
pub(super) struct Turns(StoredValue<VecDeque<Turn>>);

/// A piece of work.
#[derive(Clone, Copy)]
pub(super) struct Turn {
    queue: Turns,
    awaited: StoredValue<bool>,
    work: Callback<()>,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self(StoredValue::new(VecDeque::new()))
    }

    /// A piece of work, which is done when it is asked for; nothing that it reads is tracked.
    pub(super) fn of(self, work: impl Fn() + Send + Sync + 'static) -> Turn {
        Turn {
            queue: self,
            awaited: StoredValue::new(false),
            work: Callback::new(move |()| untrack(&work)),
        }
    }

    fn go_on(self) {
        Timeout::new(0, move || {
            let turn = self.0.try_update_value(|waiting| {
                let turn = waiting.pop_front();
                (turn, waiting.is_empty())
            });
            // the page may be gone by then
            let Some((Some(turn), is_last)) = turn else {
                return;
            };
            if turn
                .awaited
                .try_update_value(|awaited| *awaited = false)
                .is_some()
            {
                turn.work.run(());
            }
            if !is_last {
                self.go_on();
            }
        })
        .forget();
    }
}

impl Turn {
    /// Has it done, once however often it is asked for until then.
    pub(super) fn soon(self) {
        if self.awaited.try_get_value() != Some(false) {
            return;
        }
        self.awaited.set_value(true);
        let is_first = self.queue.0.try_update_value(|waiting| {
            waiting.push_back(self);
            waiting.len() == 1
        });
        if is_first == Some(true) {
            self.queue.go_on();
        }
    }
}
