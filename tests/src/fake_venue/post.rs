//! What is on its way between an engine and a venue, in order of arrival.

use std::collections::BTreeMap;

use atrium_shared::trading::engine::{Action, Event};
use atrium_shared::trading::orders::{InstId, Leg, LegState, OrderId};

use super::named;

/// Messages by the step in which they arrive and the order in which they were sent.
#[derive(Default)]
pub(super) struct Post {
    actions: BTreeMap<(u64, u64), Action>,
    reports: BTreeMap<(u64, u64), Event>,
    lost: Vec<Event>,
    /// Brackets whose stop was to be moved by an action that got lost.
    lost_amendments: Vec<(InstId, OrderId)>,
    sent: u64,
    /// When the last action arrives: those sent after it arrive no earlier.
    last_arrival: u64,
}

impl Post {
    pub(super) fn is_quiet(&self) -> bool {
        self.actions.is_empty()
            && self.reports.is_empty()
            && self.lost.is_empty()
            && self.lost_amendments.is_empty()
    }

    /// Sends an action. Actions share one connection, so that none overtakes another.
    pub(super) fn send_action(&mut self, due: u64, action: &Action) {
        self.sent += 1;
        let due = due.max(self.last_arrival);
        self.last_arrival = due;
        self.actions.insert((due, self.sent), *action);
    }

    pub(super) fn send_report(&mut self, due: u64, event: Event) {
        self.sent += 1;
        self.reports.insert((due, self.sent), event);
    }

    pub(super) fn lose_report(&mut self, event: Event) {
        self.lost.push(event);
    }

    /// An action gets lost; asked later, the venue knows of no such order.
    pub(super) fn lose_action(&mut self, action: &Action) {
        let (inst, order) = named(action);
        let leg = match action {
            Action::Open(_) => Leg::Entry,
            Action::Exit { .. } => Leg::Exit,
            Action::Amend { .. } => {
                self.lost_amendments.push((inst, order));
                return;
            }
            // an entry that is still wanted gone is withdrawn once more
            Action::CancelEntry { .. } => return,
        };
        self.lost.push(Event::Order {
            inst,
            order,
            leg,
            state: LegState::Cancelled,
        });
    }

    /// The brackets whose amendments got lost, each once they are asked about.
    pub(super) fn lost_amendments(&mut self) -> Vec<(InstId, OrderId)> {
        core::mem::take(&mut self.lost_amendments)
    }

    /// Everything that was lost is sent again, in the order in which it was lost.
    pub(super) fn recover(&mut self, now: u64) {
        for event in core::mem::take(&mut self.lost) {
            self.send_report(now, event);
        }
    }

    pub(super) fn arrivals(&mut self, now: u64) -> Vec<Action> {
        due(&mut self.actions, now)
    }

    pub(super) fn reports(&mut self, now: u64) -> Vec<Event> {
        due(&mut self.reports, now)
    }
}

fn due<T>(waiting: &mut BTreeMap<(u64, u64), T>, now: u64) -> Vec<T> {
    let later = waiting.split_off(&(now + 1, 0));
    core::mem::replace(waiting, later).into_values().collect()
}
