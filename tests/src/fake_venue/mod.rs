//! A venue that answers as live ones do: late, in parts, twice, out of order, or not at all.
//!
//! [`FakeVenue`] takes the engine's actions and carries them out against prices that are handed to it one by one. Time is
//! counted in steps, a price or a pause each. Actions take steps to arrive and reports take steps to return; what is
//! delayed, lost, doubled or refused is drawn from a seed by [`Faults`]. The [`Ledger`] is the truth: every execution
//! and charge, reported or not.
//!
//! What the venue promises, as any adapter of a real one has to:
//!
//! - the legs of a bracket share one one-cancels-all group: no more leaves than is held, whatever was asked for;
//! - a bracket that replaces another enters only once nothing of that one is held;
//! - an exit closes what its bracket holds, later executions of its entry included; [`Faults::exits_are_fixed`] makes it
//!   one of a fixed quantity, which is reported as cancelled when it is filled and something is still held;
//! - an exit or a cancellation that comes too late is answered by the state that it found, an amendment by the stop that is
//!   worked after it;
//! - what was lost on the way is known after [`FakeVenue::recover`], which stands for a reconnection.

mod book;
mod post;
mod session;

pub use session::{Refusal, Session, Snapshot};

use atrium_shared::base::time::Timestamp;
use atrium_shared::base::units::{Lots, OutOfBounds, TickGrid, Ticks};
use atrium_shared::trading::engine::{Action, Event, Tradable, Venue};
use atrium_shared::trading::orders::{
    Charge, ChargeKind, ExecId, Fill, FillCosts, InstId, Leg, LegState, OrderId,
};

use crate::draws::Draws;
use book::{Book, Deal};
use post::Post;

/// What goes wrong at a venue, and how often; shares are from 0 to 1, delays in steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Faults {
    /// The most steps that an action takes to arrive.
    pub action_delay: u64,
    /// The most steps that a report takes to return, usually.
    pub report_delay: u64,
    /// Reports that take up to `straggler_delay` steps more, so that later ones overtake them.
    pub straggler: f64,
    /// How much more they take.
    pub straggler_delay: u64,
    /// Reports that come a second time.
    pub duplicate: f64,
    /// Actions that never arrive, but for cancellations.
    pub lose_action: f64,
    /// Cancellations that never arrive; nothing is known of them later, so they have to be asked for again.
    pub lose_cancel: f64,
    /// Reports that never return, unless the venue is asked again.
    pub lose_report: f64,
    /// Whether what is lost is lost for good: [`FakeVenue::recover`] then brings nothing back.
    pub loses_for_good: bool,
    /// Executions of a part only.
    pub partial: f64,
    /// Entries that are refused.
    pub reject_entry: f64,
    /// Exits that are refused.
    pub reject_exit: f64,
    /// Brackets of which the stop or the target is refused.
    pub reject_level: f64,
    /// Amendments that are refused; the level that stays is reported.
    pub reject_amend: f64,
    /// Stops that the venue gives up at a price, of positions and of entries that have not filled; it says so.
    pub lose_stop: f64,
    /// Cancellations that come after the last lot of their entry has filled and are acknowledged all the same.
    pub cancel_filled: f64,
    /// States that are reported as unknown first.
    pub unknown: f64,
    /// Executions whose commission is reported by itself, later.
    pub late_commission: f64,
    /// Whether such a commission may overtake the execution that it belongs to.
    pub charges_overtake: bool,
    /// Whether an exit is for what is held when it arrives, and no more.
    pub exits_are_fixed: bool,
}

impl Faults {
    /// Everything at once, whole and in order.
    pub const NONE: Self = Self {
        action_delay: 0,
        report_delay: 0,
        straggler: 0.0,
        straggler_delay: 0,
        duplicate: 0.0,
        lose_action: 0.0,
        lose_cancel: 0.0,
        lose_report: 0.0,
        loses_for_good: false,
        partial: 0.0,
        reject_entry: 0.0,
        reject_exit: 0.0,
        reject_level: 0.0,
        reject_amend: 0.0,
        lose_stop: 0.0,
        cancel_filled: 0.0,
        unknown: 0.0,
        late_commission: 0.0,
        charges_overtake: false,
        exits_are_fixed: false,
    };

    /// Faults of a seed: some kinds, each mild or grave. What is lost is never lost for good.
    pub fn drawn(seed: u64) -> Self {
        let mut draws = Draws::new(seed, 1);
        let mut share = || draws.pick([0.0, 0.0, 0.05, 0.2, 0.5]);
        let mut faults = Self {
            straggler: share(),
            duplicate: share(),
            lose_action: share() / 4.0,
            lose_report: share() / 4.0,
            partial: share(),
            reject_entry: share() / 2.0,
            reject_exit: share(),
            reject_level: share() / 2.0,
            reject_amend: share(),
            cancel_filled: share(),
            unknown: share(),
            late_commission: share(),
            lose_cancel: share(),
            ..Self::NONE
        };
        faults.action_delay = draws.pick([0, 1, 3, 8]);
        faults.report_delay = draws.pick([0, 1, 3, 8]);
        faults.straggler_delay = draws.pick([2, 6, 20]);
        faults.exits_are_fixed = draws.chance(0.3);
        faults.charges_overtake = draws.chance(0.3);
        faults.lose_stop = draws.pick([0.0, 0.0, 0.01, 0.05]);
        faults
    }
}

/// What happened at the venue, reported or not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ledger {
    /// Every execution, in order.
    pub executions: Vec<Fill>,
    /// Every charge, in order.
    pub charges: Vec<Charge>,
}

impl Ledger {
    /// What a bracket holds, in lots: entries less exits.
    pub fn held(&self, order: OrderId) -> i64 {
        let of = self.executions.iter().filter(|fill| fill.order == order);
        of.map(signed_lots).sum()
    }
}

/// Lots of an execution: those of an entry count up, those of an exit down.
pub fn signed_lots(fill: &Fill) -> i64 {
    match fill.leg {
        Leg::Entry => fill.lots.0,
        Leg::Target | Leg::Stop | Leg::Exit => -fill.lots.0,
    }
}

/// A venue with faults.
pub struct FakeVenue {
    books: Vec<Book>,
    faults: Faults,
    draws: Draws,
    post: Post,
    ledger: Ledger,
    now: u64,
    next_exec: u64,
}

impl FakeVenue {
    /// A venue for the instruments of an engine, in their order.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the tick of an instrument is.
    pub fn new(seed: u64, tradables: &[Tradable], faults: Faults) -> Result<Self, OutOfBounds> {
        let books = tradables.iter().map(|tradable| {
            let instrument = &tradable.instrument;
            Ok(Book::new(
                TickGrid::new(instrument.tick_size)?,
                instrument.multiplier * instrument.lot_size * tradable.fx,
            ))
        });
        Ok(Self {
            books: books.collect::<Result<_, _>>()?,
            faults,
            draws: Draws::new(seed, 2),
            post: Post::default(),
            ledger: Ledger::default(),
            now: 0,
            next_exec: 1,
        })
    }

    /// What really happened.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// From now on other things go wrong, or none.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// Whether everything has arrived: neither actions nor reports are on their way, or lost.
    pub fn is_quiet(&self) -> bool {
        self.post.is_quiet()
    }

    /// Whether the venue still works or holds something.
    pub fn is_idle(&self) -> bool {
        self.books.iter().all(Book::is_idle)
    }

    /// Where the stop of a bracket that is held really is; `None` where it has none.
    pub fn stop_of(&self, inst: InstId, order: OrderId) -> Option<Ticks> {
        self.books.get(usize::from(inst.0))?.stop_of(order)
    }

    /// Whether a bracket holds something, was to have a stop and has none: it was refused or given up.
    pub fn stands_without_stop(&self, inst: InstId, order: OrderId) -> bool {
        let book = self.books.get(usize::from(inst.0));
        book.is_some_and(|book| book.stands_without_stop(order))
    }

    /// A step: an instrument trades at a price, which is the session's or bar's last one where `closes` says so.
    pub fn trade(&mut self, inst: InstId, price: f64, closes: bool, at: Timestamp) {
        self.pass();
        let Some(book) = self.books.get_mut(usize::from(inst.0)) else {
            return;
        };
        let mut deals = Vec::new();
        book.meet(price, closes, &self.faults, &mut self.draws, &mut deals);
        let given_up = book.give_stops_up(self.faults.lose_stop, &mut self.draws);
        for deal in deals {
            self.execute(inst, deal, price, at);
        }
        for order in given_up {
            self.say(inst, order, Leg::Stop, LegState::Cancelled);
        }
    }

    /// A step without a trade.
    pub fn pass(&mut self) {
        self.now += 1;
        for action in self.post.arrivals(self.now) {
            self.carry_out(&action);
        }
    }

    /// Hands out the reports that have arrived by now.
    pub fn deliver(&mut self, out: &mut Vec<Event>) {
        out.extend(self.post.reports(self.now));
    }

    /// The connection is back: what was lost is reported again, and what became of actions that never arrived.
    pub fn recover(&mut self) {
        if !self.faults.loses_for_good {
            self.post.recover(self.now);
            for (inst, order) in self.post.lost_amendments() {
                if let Some(stop) = self.stop_of(inst, order) {
                    self.say(inst, order, Leg::Stop, LegState::At(stop));
                }
            }
        }
    }

    fn execute(&mut self, inst: InstId, deal: Deal, price: f64, at: Timestamp) {
        let Some(unit_value) = self
            .books
            .get(usize::from(inst.0))
            .map(|book| book.unit_value)
        else {
            return;
        };
        let commission = 0.01 * deal.lots as f64 * unit_value;
        let apart = self.draws.chance(self.faults.late_commission);
        let fill = Fill {
            inst,
            order: deal.order,
            leg: deal.leg,
            exec: self.next_exec(),
            lots: Lots(deal.lots),
            price,
            costs: FillCosts {
                commission: if apart { 0.0 } else { commission },
                ..FillCosts::default()
            },
            at,
        };
        self.ledger.executions.push(fill);
        let due = self.report(Event::Fill(fill), 0);
        if apart {
            let charge = Charge {
                inst,
                order: deal.order,
                exec: self.next_exec(),
                kind: ChargeKind::Commission,
                amount: commission,
                at,
            };
            self.ledger.charges.push(charge);
            match due {
                Some(due) => {
                    let overtakes = self.faults.charges_overtake;
                    self.report(Event::Charge(charge), if overtakes { 0 } else { due });
                }
                None if self.faults.charges_overtake => {
                    self.report(Event::Charge(charge), 0);
                }
                // what belongs to a lost execution is lost with it, lest it come first
                None => self.post.lose_report(Event::Charge(charge)),
            }
        }
        for (leg, state) in deal.consequences.into_iter().flatten() {
            self.say(inst, deal.order, leg, state);
        }
    }

    /// Names of executions are unique but neither dense nor rising, as a venue's are.
    fn next_exec(&mut self) -> ExecId {
        let number = self.next_exec;
        self.next_exec += 1;
        ExecId(number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// Reports the state of a leg, perhaps as unknown first.
    fn say(&mut self, inst: InstId, order: OrderId, leg: Leg, state: LegState) {
        let event = |state| Event::Order {
            inst,
            order,
            leg,
            state,
        };
        if self.draws.chance(self.faults.unknown) {
            self.report(event(LegState::Unknown), 0);
        }
        self.report(event(state), 0);
    }

    /// Sends a report, not to arrive before a step; when it arrives, `None` where it is lost.
    fn report(&mut self, event: Event, not_before: u64) -> Option<u64> {
        let Faults {
            report_delay,
            straggler,
            straggler_delay,
            duplicate,
            lose_report,
            ..
        } = self.faults;
        if self.draws.chance(lose_report) {
            self.post.lose_report(event);
            return None;
        }
        let mut delay = self.draws.below(report_delay + 1);
        if self.draws.chance(straggler) {
            delay += 1 + self.draws.below(straggler_delay);
        }
        let due = (self.now + delay).max(not_before);
        if self.draws.chance(duplicate) {
            let later = 1 + self.draws.below(straggler_delay + 1);
            self.post.send_report(due + later, event.clone());
        }
        self.post.send_report(due, event);
        Some(due)
    }

    fn carry_out(&mut self, action: &Action) {
        let (inst, order) = named(action);
        let Some(book) = self.books.get_mut(usize::from(inst.0)) else {
            return;
        };
        let said = book.take(action, &self.faults, &mut self.draws);
        for (leg, state) in said {
            self.say(inst, order, leg, state);
        }
    }
}

/// The instrument and the bracket that an action is about.
pub fn named(action: &Action) -> (InstId, OrderId) {
    match action {
        Action::Open(bracket) => (bracket.get().inst, bracket.get().order),
        Action::Amend { inst, order, .. }
        | Action::Exit { inst, order, .. }
        | Action::CancelEntry { inst, order } => (*inst, *order),
    }
}

impl Venue for FakeVenue {
    fn submit(&mut self, action: &Action) {
        let lost = match action {
            Action::CancelEntry { .. } => self.faults.lose_cancel,
            Action::Open(_) | Action::Amend { .. } | Action::Exit { .. } => self.faults.lose_action,
        };
        if self.draws.chance(lost) {
            self.post.lose_action(action);
            return;
        }
        let due = self.now + self.draws.below(self.faults.action_delay + 1);
        self.post.send_action(due, action);
    }
}
