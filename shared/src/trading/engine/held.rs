//! The states of a bracket inside an engine: pending, open, or gone but for what may still be reported of it.

use super::clock::{Clock, Due};
use super::messages::Action;
use crate::base::units::{Lots, Ticks};
use crate::market::bars::Bar;
use crate::trading::orders::{Bracket, ExitReason, Fill, InstId, Leg, OrderId, When};
use crate::trading::portfolio::{Excursion, Position};

/// A bracket that is pending or open.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "an instrument has one or two, and a box would allocate for every order"
)]
pub(super) enum Held {
    Pending(Pending),
    Open(Open),
}

/// What of an entry has not filled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rest {
    pub(super) lots: Lots,
    pub(super) state: RestState,
    /// Cash that it will put at risk, should it fill.
    pub(super) at_risk: f64,
}

/// Whether the rest of an entry may still fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RestState {
    Working,
    /// It was asked to be withdrawn, last when so many bars had ended; nobody has confirmed that yet.
    Withdrawn {
        bars: u64,
    },
    /// The venue said that it is gone.
    Over,
}

/// A bracket of which nothing is open, and whose entry, or what is left of it, may still fill; or one that is gone, of which
/// a fill may still be reported.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pending {
    pub(super) bracket: Bracket,
    pub(super) rest: Rest,
    /// Why it is to be closed at once should it fill after all.
    pub(super) leaving: Option<ExitReason>,
}

/// A bracket with an open position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Open {
    pub(super) position: Position,
    pub(super) rest: Rest,
    pub(super) exit: Option<Exit>,
    /// Why it is to be closed at once.
    pub(super) leaving: Option<ExitReason>,
    /// Whether the latest signal wants to be out of it.
    pub(super) unwanted: bool,
    pub(super) trail: Trail,
    /// The position's excursion before the last bar.
    excursion_before: Excursion,
}

/// Where the stop of a position was moved to, and what the venue says of that.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Trail {
    /// The stop that was asked for last.
    pub(super) asked: Option<Ticks>,
    /// The stop nearest to the profit at which the venue said that it works.
    pub(super) confirmed: Option<Ticks>,
}

/// An exit that was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Exit {
    pub(super) why: ExitReason,
    pub(super) when: When,
    pub(super) due: Due,
    /// Whether it has to be asked for again, because the venue refused it.
    pub(super) again: bool,
    /// The bars that had ended when it was last asked for again at once.
    pub(super) retried: Option<u64>,
}

impl Exit {
    /// Whether it fills no later than one that is due at a time and is asked for only now.
    fn is_before(&self, due: Due) -> bool {
        // of two opens or two closes the one that was asked for first is never the later one
        self.due.at_close == due.at_close || self.due < due
    }
}

impl Rest {
    /// Whether some of it may fill, for all that is known.
    pub(super) fn may_fill(&self) -> bool {
        self.lots.0 > 0 && self.state != RestState::Over
    }

    /// Lots that may fill.
    fn outstanding(self) -> i64 {
        if self.may_fill() { self.lots.0 } else { 0 }
    }

    /// Cash that is reserved for it.
    pub(super) fn reserved_risk(&self) -> f64 {
        if self.may_fill() { self.at_risk } else { 0.0 }
    }

    /// What is left of it after an execution.
    pub(super) fn less(self, filled: Lots) -> Self {
        let left = self.lots.0 - filled.0;
        Self {
            lots: Lots(left),
            at_risk: self.at_risk / self.lots.0 as f64 * left as f64,
            ..self
        }
    }

    /// Asks for it to be withdrawn, unless there is nothing to withdraw.
    pub(super) fn withdraw(
        &mut self,
        inst: InstId,
        order: OrderId,
        bars: u64,
        out: &mut Vec<Action>,
    ) {
        if self.may_fill() {
            self.state = RestState::Withdrawn { bars };
            out.push(Action::CancelEntry { inst, order });
        }
    }

    /// Whether a bar has passed since it was asked to be withdrawn, and nobody answered.
    fn unanswered(&self, bars: u64) -> bool {
        matches!(self.state, RestState::Withdrawn { bars: asked } if asked < bars)
    }
}

impl Held {
    pub(super) fn bracket(&self) -> &Bracket {
        match self {
            Self::Pending(pending) => &pending.bracket,
            Self::Open(open) => &open.position.bracket,
        }
    }

    pub(super) fn order(&self) -> OrderId {
        self.bracket().order
    }

    /// What of the entry has not filled.
    pub(super) fn rest(&self) -> &Rest {
        match self {
            Self::Pending(pending) => &pending.rest,
            Self::Open(open) => &open.rest,
        }
    }

    /// The same, to be changed.
    pub(super) fn rest_mut(&mut self) -> &mut Rest {
        match self {
            Self::Pending(pending) => &mut pending.rest,
            Self::Open(open) => &mut open.rest,
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
        self.lots().0 + self.rest().outstanding()
    }

    /// Asks once more for what is left of an entry to be withdrawn, where nobody answered.
    pub(super) fn withdraw_again(&mut self, inst: InstId, bars: u64, out: &mut Vec<Action>) {
        let order = self.order();
        let rest = self.rest_mut();
        if rest.unanswered(bars) {
            rest.withdraw(inst, order, bars, out);
        }
    }
}

impl Open {
    pub(super) fn new(position: Position, rest: Rest, leaving: Option<ExitReason>) -> Self {
        Self {
            position,
            rest,
            exit: None,
            leaving,
            unwanted: false,
            trail: Trail::default(),
            excursion_before: Excursion::default(),
        }
    }

    /// Whether an exit is under way that fills before the close of the bar to come.
    pub(super) fn leaves_first(&self) -> bool {
        self.exit.is_some_and(|exit| exit.when != When::ThisClose)
    }

    /// A bar has passed while the position was open; `bars` had ended before it.
    pub(super) fn live_through(&mut self, bar: &Bar, bars: u64, unit_value: f64) {
        self.excursion_before = self.position.excursion;
        self.position.live_through_bar(bar, bars, unit_value);
    }

    /// Takes in an exit execution, and its profit. One that is dated before the last bar takes that bar out of the position's
    /// life.
    pub(super) fn reduce(&mut self, fill: &Fill, last: Option<&Bar>, unit_value: f64) -> f64 {
        if last.is_some_and(|bar| fill.at < bar.start()) {
            self.position.excursion = self.excursion_before;
        }
        self.position.reduce(fill, unit_value)
    }

    /// Asks for the position to be closed, and for the rest of its entry to be withdrawn. An exit that is under way stands,
    /// unless the new one fills earlier or it has to be asked for again.
    pub(super) fn ask_exit(
        &mut self,
        inst: InstId,
        why: ExitReason,
        when: When,
        clock: Clock,
        out: &mut Vec<Action>,
    ) {
        let due = clock.due(when);
        if self
            .exit
            .is_some_and(|exit| !exit.again && exit.is_before(due))
        {
            return;
        }
        let order = self.position.bracket.order;
        if self.rest.state == RestState::Working {
            self.rest.withdraw(inst, order, clock.bars, out);
        }
        self.exit = Some(Exit {
            why,
            when,
            due,
            again: false,
            retried: self.exit.and_then(|exit| exit.retried),
        });
        out.push(Action::Exit {
            inst,
            order,
            why,
            when,
        });
    }

    /// Asks again for an exit that the venue refused, or that ought to have filled by the last close and has not: it may have
    /// got lost, and where it did not, asking again changes nothing.
    pub(super) fn ask_again(&mut self, inst: InstId, clock: Clock, out: &mut Vec<Action>) {
        if self
            .exit
            .is_some_and(|exit| exit.again || exit.due.bar < clock.bars)
        {
            self.renew_exit(inst, clock, out);
        }
    }

    /// The venue refused the exit, or gave it up: it is asked for again at once, but only once in a bar, lest a venue that
    /// refuses it always is asked without end.
    pub(super) fn exit_refused(&mut self, inst: InstId, clock: Clock, out: &mut Vec<Action>) {
        let Some(exit) = &mut self.exit else { return };
        exit.again = true;
        if exit.retried.replace(clock.bars) != Some(clock.bars) {
            self.renew_exit(inst, clock, out);
        }
    }

    /// Asks for the exit that is under way once more: for the time for which it was asked, or, where that has passed, for the
    /// soonest to come.
    pub(super) fn renew_exit(&mut self, inst: InstId, clock: Clock, out: &mut Vec<Action>) {
        let Some(exit) = &mut self.exit else { return };
        exit.again = true;
        let soonest = clock.soonest();
        let (why, when) = if exit.due < clock.due(soonest) {
            (exit.why, soonest)
        } else {
            (exit.why, exit.when)
        };
        self.ask_exit(inst, why, when, clock, out);
    }

    /// Asks for an exit at the close of the last bar for which the position may be held; where that is over, as soon as can be.
    pub(super) fn limit_hold(
        &mut self,
        inst: InstId,
        most: Option<u32>,
        clock: Clock,
        out: &mut Vec<Action>,
    ) {
        let Some(most) = most.map(u64::from) else {
            return;
        };
        let with_this_one = clock.bars - self.position.bars_before + 1;
        if with_this_one < most {
            return;
        }
        let when = if with_this_one == most {
            When::ThisClose
        } else {
            clock.soonest()
        };
        self.ask_exit(inst, ExitReason::MaxHold, when, clock, out);
    }

    /// Asks for the stop to be moved.
    pub(super) fn amend(&mut self, inst: InstId, stop: Ticks, out: &mut Vec<Action>) {
        self.trail.asked = Some(stop);
        self.position.stop = Some(stop);
        out.push(Action::Amend {
            inst,
            order: self.position.bracket.order,
            stop,
        });
    }

    /// The venue says at which price it works a level. A stop farther from the profit than an earlier one was overtaken by it.
    pub(super) fn works_at(&mut self, leg: Leg, level: Ticks) {
        let side = self.position.bracket.side;
        let overtaken = |known| side.is_nearer(known, level);
        match leg {
            Leg::Target => self.position.target = Some(level),
            Leg::Stop if !self.trail.confirmed.is_some_and(overtaken) => {
                // where nothing was moved yet, this is where the stop stands from the first
                if self.trail == Trail::default() && !self.position.trailed() {
                    self.position.first_stop = Some(level);
                }
                self.trail.confirmed = Some(level);
                self.position.stop_works_at(level);
            }
            Leg::Stop | Leg::Entry | Leg::Exit => {}
        }
    }

    /// The stop that was asked for and that the venue does not work.
    pub(super) fn refused_stop(&self) -> Option<Ticks> {
        self.trail
            .asked
            .filter(|asked| self.position.stop != Some(*asked))
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
