//! Which of two exits comes first: how far the bars of an instrument have come, and when what is asked for now fills.

use super::held::Held;
use super::slot::Slot;
use crate::base::time::Timestamp;
use crate::trading::orders::{EntryOrder, Fill, When};

/// When an exit fills, in order of time: at the open or at the close of a bar. What leaves at the very close of its decision
/// or at the open after it leaves at one price or about, and counts as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    /// The bars that end before that bar.
    pub(super) bar: u64,
    pub(super) at_close: bool,
}

/// How far the bars of an instrument have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    /// Bars that have ended.
    pub(super) bars: u64,
    /// Whether another one is in progress, so that its open has passed.
    pub(super) inside: bool,
}

impl Clock {
    /// For when an exit can be asked now that is to fill as soon as any can: for the close of a bar in progress, otherwise for
    /// the next open.
    pub(super) fn soonest(self) -> When {
        if self.inside {
            When::ThisClose
        } else {
            When::NextOpen
        }
    }

    /// When an exit fills that is asked for now.
    pub(super) fn due(self, when: When) -> Due {
        let Self { bars, inside } = self;
        match when {
            When::ThisClose => Due {
                bar: bars,
                at_close: true,
            },
            When::NextOpen | When::DecidingClose => Due {
                bar: bars + u64::from(inside),
                at_close: false,
            },
        }
    }
}

impl Slot {
    /// How far the bars have come by a time. Bars begin unannounced: one may be in progress once the last has ended and was
    /// decided on, while the market is open.
    pub(super) fn clock(&self, now: Timestamp) -> Clock {
        let calendar = self.instrument.calendar;
        let in_session = || {
            let session = calendar.session(calendar.local_day(now)).ok().flatten();
            session.is_some_and(|session| session.open < now && now <= session.close)
        };
        // the calendar is looked up only where the answer matters
        let inside = self.is_holding()
            && !self.undecided
            && self.bar.is_some_and(|bar| bar.end() < now)
            && in_session();
        Clock {
            bars: self.bars,
            inside,
        }
    }

    /// The clock when a venue reports something: that happened after all that is known, so that a bar whose beginning could
    /// be now is in progress.
    pub(super) fn clock_at_report(&self, now: Timestamp) -> Clock {
        self.clock(Timestamp(now.0.saturating_add(1)))
    }

    /// The clock when an entry execution is taken in: it shows that a bar is in progress, unless it is of an earlier one or
    /// was made at a close.
    pub(super) fn clock_at_entry(&self, fill: &Fill, now: Timestamp) -> Clock {
        let held = self.held.iter().find(|held| held.order() == fill.order);
        if held.is_some_and(|held| held.bracket().entry == EntryOrder::Close) {
            return self.clock(now);
        }
        let of_this_bar = self.bar.is_some_and(|bar| fill.at >= bar.end());
        if of_this_bar && !self.undecided {
            Clock {
                bars: self.bars,
                inside: true,
            }
        } else {
            self.clock_at_report(now)
        }
    }

    /// The clock when the last bar has just ended, or the next is about to begin.
    pub(super) fn between_bars(&self) -> Clock {
        Clock {
            bars: self.bars,
            inside: false,
        }
    }

    fn is_holding(&self) -> bool {
        self.held.iter().any(|held| matches!(held, Held::Open(_)))
    }
}
