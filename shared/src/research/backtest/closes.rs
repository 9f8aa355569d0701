//! When the session of a bar closes.

use crate::base::time::{Day, Timestamp};
use crate::market::calendar::Calendar;

/// The close of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) at: Timestamp,
    /// Whether the next session opens at that very time, as in a market that never closes.
    pub(super) reopens_at_once: bool,
}

/// Looks closes up, session by session.
pub(super) struct Closes {
    calendar: Calendar,
    last: Option<(Day, Option<Close>)>,
}

impl Closes {
    pub(super) fn new(calendar: Calendar) -> Self {
        Self {
            calendar,
            last: None,
        }
    }

    /// The close of a day's session; `None` where the calendar has none.
    pub(super) fn of(&mut self, day: Day) -> Option<Close> {
        match self.last {
            Some((known, close)) if known == day => close,
            _ => {
                let close = self.look_up(day);
                self.last = Some((day, close));
                close
            }
        }
    }

    fn look_up(&self, day: Day) -> Option<Close> {
        let session = |day| self.calendar.session(day).ok().flatten();
        let at = session(day)?.close;
        let next = session(Day(day.0.saturating_add(1)));
        Some(Close {
            at,
            reopens_at_once: next.is_some_and(|next| next.open == at),
        })
    }
}
