//! The states of a bracket inside an engine: pending, open, or gone but for what may still be reported of it.

use super::messages::Action;
use crate::base::units::Lots;
use crate::market::bars::Bar;
use crate::trading::orders::{Bracket, EntryOrder, ExitReason, InstId, Leg, OrderId, When};
use crate::trading::portfolio::Position;

/// A bracket that is pending or open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Held {
    Pending(Pending),
    Open(Open),
}

/// A bracket whose entry has not filled yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pending {
    pub(super) bracket: Bracket,
    /// Cash that it will put at risk.
    pub(super) reserved_risk: f64,
    /// Why it is to be closed at once should it fill after all.
    pub(super) leaving: Option<ExitReason>,
}

/// A bracket with an open position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Open {
    pub(super) position: Position,
    /// What of the entry has not filled.
    pub(super) unfilled: Lots,
    /// Whether the rest of the entry is no longer worked.
    pub(super) entry_done: bool,
    pub(super) exit: Option<Exit>,
    /// Why it is to be closed at once.
    pub(super) leaving: Option<ExitReason>,
    /// Whether the latest signal wants to be out of it.
    pub(super) unwanted: bool,
    /// Whether the venue gave its stop up, so that nothing protects it.
    pub(super) unprotected: bool,
    /// Cash that the rest of the entry will put at risk for each lot.
    pub(super) risk_per_lot: f64,
}

/// An exit that was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Exit {
    pub(super) why: ExitReason,
    pub(super) when: When,
    /// Whether it has to be asked for again, because the venue refused it.
    pub(super) again: bool,
}

/// A bracket whose entry was withdrawn before all of it filled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gone {
    pub(super) bracket: Bracket,
    pub(super) unfilled: Lots,
    pub(super) leaving: Option<ExitReason>,
}

impl Held {
    pub(super) fn order(&self) -> OrderId {
        match self {
            Self::Pending(pending) => pending.bracket.order,
            Self::Open(open) => open.position.bracket.order,
        }
    }

    /// What of the entry may still fill, reported or not.
    pub(super) fn unfilled(&self) -> Lots {
        match self {
            Self::Pending(pending) => pending.bracket.lots,
            Self::Open(open) => open.unfilled,
        }
    }

    /// What is open.
    pub(super) fn lots(&self) -> Lots {
        match self {
            Self::Pending(_) => Lots(0),
            Self::Open(open) => open.position.lots,
        }
    }

    /// Lots that are open or may soon be.
    pub(super) fn committed_lots(&self) -> i64 {
        match self {
            Self::Pending(pending) => pending.bracket.lots.0,
            Self::Open(open) if open.entry_done => open.position.lots.0,
            Self::Open(open) => open.position.lots.0 + open.unfilled.0,
        }
    }
}

impl Open {
    pub(super) fn new(
        position: Position,
        unfilled: Lots,
        leaving: Option<ExitReason>,
        risk_per_lot: f64,
        entry_works: bool,
    ) -> Self {
        Self {
            position,
            unfilled,
            entry_done: !entry_works || unfilled.0 == 0,
            exit: None,
            leaving,
            unwanted: false,
            unprotected: false,
            risk_per_lot,
        }
    }

    /// Cash that the rest of the entry will put at risk.
    pub(super) fn reserved_risk(&self) -> f64 {
        if self.entry_done {
            0.0
        } else {
            self.risk_per_lot * self.unfilled.0 as f64
        }
    }

    /// Whether an exit is under way that fills before the close of the bar to come.
    pub(super) fn leaves_first(&self) -> bool {
        self.exit.is_some_and(|exit| exit.when != When::ThisClose)
    }

    /// A bar has passed while the position was open; `bars` had ended before it. What an entry inside the bar missed of it
    /// is not known, so only its close counts then.
    pub(super) fn live_through(&mut self, bar: &Bar, bars: u64, unit_value: f64) {
        let position = &mut self.position;
        let entered_inside = position.bars_before == bars
            && matches!(position.bracket.entry, EntryOrder::Limit(_))
            && position.entry_price.to_bits() != bar.open().to_bits();
        let (low, high) = if entered_inside {
            (bar.close(), bar.close())
        } else {
            (bar.low(), bar.high())
        };
        position.live_through(low, unit_value);
        position.live_through(high, unit_value);
    }

    /// Asks for the position to be closed, and for the rest of its entry to be withdrawn. An exit that is under way stands,
    /// unless the new one is to fill earlier or it has to be asked for again.
    pub(super) fn ask_exit(
        &mut self,
        inst: InstId,
        why: ExitReason,
        when: When,
        out: &mut Vec<Action>,
    ) {
        if self
            .exit
            .is_some_and(|exit| !exit.again && rank(exit.when) <= rank(when))
        {
            return;
        }
        let order = self.position.bracket.order;
        if self.unfilled.0 > 0 && !self.entry_done && self.exit.is_none() {
            out.push(Action::CancelEntry { inst, order });
        }
        self.exit = Some(Exit {
            why,
            when,
            again: false,
        });
        out.push(Action::Exit {
            inst,
            order,
            why,
            when,
        });
    }

    /// Asks again for an exit that the venue refused.
    pub(super) fn ask_again(&mut self, inst: InstId, out: &mut Vec<Action>) {
        if let Some(Exit {
            why, again: true, ..
        }) = self.exit
        {
            self.ask_exit(inst, why, When::NextOpen, out);
        }
    }

    /// Asks for the exit that is under way once more, because more is held than when it was asked for.
    pub(super) fn renew_exit(&self, inst: InstId, out: &mut Vec<Action>) {
        if let Some(exit) = self.exit {
            out.push(Action::Exit {
                inst,
                order: self.position.bracket.order,
                why: exit.why,
                when: exit.when,
            });
        }
    }

    /// Why a position ended whose last execution came from a leg.
    pub(super) fn reason_of(&self, leg: Leg) -> ExitReason {
        match leg {
            Leg::Target => ExitReason::Target,
            Leg::Stop if self.position.trailed() => ExitReason::TrailingStop,
            Leg::Stop => ExitReason::Stop,
            Leg::Entry | Leg::Exit => self.exit.map_or(ExitReason::Flatten, |exit| exit.why),
        }
    }
}

/// Which of two exits fills first; what leaves at a close or at the open after it leaves at one price or about.
fn rank(when: When) -> u8 {
    match when {
        When::DecidingClose | When::NextOpen => 0,
        When::ThisClose => 1,
    }
}
