//! The orders of one instrument at the fake venue: what is true there, whatever is said of it.

use atrium_shared::base::units::{TickGrid, Ticks};
use atrium_shared::trading::engine::Action;
use atrium_shared::trading::fills;
use atrium_shared::trading::orders::{Bracket, EntryOrder, Leg, LegState, Level, OrderId, When};

use super::Faults;
use crate::draws::Draws;

pub(super) struct Book {
    grid: TickGrid,
    /// Account currency for a price move of 1 on one lot.
    pub(super) unit_value: f64,
    orders: Vec<Order>,
}

/// A bracket at the venue.
struct Order {
    bracket: Bracket,
    /// Whether the entry is worked.
    entering: bool,
    unfilled: i64,
    held: i64,
    target: Option<Level>,
    stop: Option<Level>,
    exit: Option<Exit>,
    /// Whether the stop was reached, and what is held leaves at the market.
    triggered: bool,
}

#[derive(Clone, Copy)]
struct Exit {
    when: When,
    /// What it may still close; `None` for all that is held.
    left: Option<i64>,
}

/// An execution to be made and the states that follow from it.
pub(super) struct Deal {
    pub(super) order: OrderId,
    pub(super) leg: Leg,
    pub(super) lots: i64,
    pub(super) consequences: [Option<(Leg, LegState)>; 3],
}

impl Book {
    pub(super) fn new(grid: TickGrid, unit_value: f64) -> Self {
        Self {
            grid,
            unit_value,
            orders: Vec::new(),
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.orders
            .iter()
            .all(|order| order.held == 0 && !order.entering)
    }

    /// An action arrives; what is said about it.
    pub(super) fn take(
        &mut self,
        action: &Action,
        faults: &Faults,
        draws: &mut Draws,
    ) -> Vec<(Leg, LegState)> {
        match action {
            Action::Open(bracket) => self.place(bracket.get(), faults, draws),
            Action::Amend { order, stop, .. } => {
                self.amend(*order, *stop, draws.chance(faults.reject_amend));
                let worked = self.stop_of(*order);
                let said = worked.map(|stop| (Leg::Stop, LegState::At(stop)));
                said.into_iter().collect()
            }
            Action::Exit { order, when, .. } => {
                let refused = draws.chance(faults.reject_exit);
                vec![(
                    Leg::Exit,
                    self.exit(*order, *when, refused, faults.exits_are_fixed),
                )]
            }
            Action::CancelEntry { order, .. } => {
                self.cancel(*order, draws.chance(faults.cancel_filled))
            }
        }
    }

    pub(super) fn stop_of(&self, id: OrderId) -> Option<Ticks> {
        let order = self.orders.iter().find(|order| order.bracket.order == id)?;
        match order.stop {
            Some(Level::At(stop)) if order.held > 0 => Some(stop),
            _ => None,
        }
    }

    pub(super) fn stands_without_stop(&self, id: OrderId) -> bool {
        let mut orders = self.orders.iter();
        orders.any(|order| {
            let is_bare = order.bracket.stop.is_some() && order.stop.is_none();
            order.bracket.order == id && order.held > 0 && is_bare
        })
    }

    /// Stops are given up, but for those that were reached; the brackets they were of.
    pub(super) fn give_stops_up(&mut self, share: f64, draws: &mut Draws) -> Vec<OrderId> {
        let mut given_up = Vec::new();
        for order in &mut self.orders {
            let works = order.stop.is_some() && !order.triggered;
            if works && (order.held > 0 || order.entering) && draws.chance(share) {
                order.stop = None;
                given_up.push(order.bracket.order);
            }
        }
        given_up
    }

    fn order_mut(&mut self, id: OrderId) -> Option<&mut Order> {
        self.orders
            .iter_mut()
            .find(|order| order.bracket.order == id)
    }

    fn place(
        &mut self,
        bracket: &Bracket,
        faults: &Faults,
        draws: &mut Draws,
    ) -> Vec<(Leg, LegState)> {
        let mut order = Order {
            bracket: *bracket,
            entering: true,
            unfilled: bracket.lots.0,
            held: 0,
            target: bracket.target,
            stop: bracket.stop,
            exit: None,
            triggered: false,
        };
        let mut said = vec![(Leg::Entry, LegState::Accepted)];
        if draws.chance(faults.reject_entry) {
            order.entering = false;
            said = vec![(Leg::Entry, LegState::Rejected)];
        } else if draws.chance(faults.reject_level) {
            let leg = draws.pick([Leg::Target, Leg::Stop]);
            match leg {
                Leg::Target => order.target = None,
                _ => order.stop = None,
            }
            said.push((leg, LegState::Rejected));
        }
        self.orders.push(order);
        said
    }

    fn amend(&mut self, id: OrderId, stop: Ticks, refused: bool) {
        if let Some(order) = self.order_mut(id).filter(|_| !refused)
            && !order.triggered
            && order.stop.is_some()
        {
            order.stop = Some(Level::At(stop));
        }
    }

    fn exit(&mut self, id: OrderId, when: When, refused: bool, fixed: bool) -> LegState {
        match self.order_mut(id) {
            Some(order) if order.held > 0 && !refused => {
                let left = fixed.then_some(order.held);
                order.exit = Some(Exit { when, left });
                LegState::Accepted
            }
            _ => LegState::Rejected,
        }
    }

    fn cancel(&mut self, id: OrderId, acknowledges_filled: bool) -> Vec<(Leg, LegState)> {
        match self.order_mut(id) {
            // an entry that filled to the last lot can no longer be cancelled; its executions say so
            Some(order) if order.unfilled == 0 && !acknowledges_filled => Vec::new(),
            Some(order) => {
                order.entering = false;
                vec![(Leg::Entry, LegState::Cancelled)]
            }
            None => vec![(Leg::Entry, LegState::Cancelled)],
        }
    }

    /// A price meets every order: exits first, then entries, whose levels are live from the next price on.
    pub(super) fn meet(
        &mut self,
        price: f64,
        closes: bool,
        faults: &Faults,
        draws: &mut Draws,
        deals: &mut Vec<Deal>,
    ) {
        for order in &mut self.orders {
            let leg = order.leaves_by(price, closes, &self.grid, draws);
            deals.extend(leg.map(|leg| order.leave(leg, faults, draws)));
        }
        for index in 0..self.orders.len() {
            let waits = self.waits(index);
            let Some(order) = self.orders.get_mut(index).filter(|_| !waits) else {
                continue;
            };
            if order.enters_at(price, &self.grid) {
                deals.push(order.enter(price, &self.grid, faults, draws));
            }
        }
    }

    /// Whether a bracket waits for another, which it replaces, to be closed.
    fn waits(&self, index: usize) -> bool {
        let replaced = self
            .orders
            .get(index)
            .and_then(|order| order.bracket.replaces);
        replaced.is_some_and(|id| {
            self.orders
                .iter()
                .any(|other| other.bracket.order == id && (other.held > 0 || other.entering))
        })
    }
}

impl Order {
    /// The leg by which what is held leaves at a price, if it does.
    fn leaves_by(
        &mut self,
        price: f64,
        closes: bool,
        grid: &TickGrid,
        draws: &mut Draws,
    ) -> Option<Leg> {
        if self.held == 0 {
            return None;
        }
        let sign = self.bracket.side.sign();
        let beyond = |level: Option<Level>| match level {
            Some(Level::At(ticks)) => Some((price - grid.price(ticks)) * sign),
            Some(Level::FromFill(_)) | None => None,
        };
        let stopped = self.triggered || beyond(self.stop).is_some_and(|past| past <= 0.0);
        let reached = beyond(self.target).is_some_and(|past| past >= 0.0);
        let asked = self
            .exit
            .is_some_and(|exit| closes || exit.when != When::ThisClose);
        let legs = [
            (asked, Leg::Exit),
            (stopped, Leg::Stop),
            (reached && !stopped, Leg::Target),
        ];
        // where several legs may fill, the venue takes any of them
        let first = draws.below(3) as usize;
        let mut turns = legs.iter().cycle().skip(first).take(3);
        let leg = turns.find(|(met, _)| *met).map(|(_, leg)| *leg)?;
        self.triggered |= leg == Leg::Stop;
        Some(leg)
    }

    fn leave(&mut self, leg: Leg, faults: &Faults, draws: &mut Draws) -> Deal {
        let most = match (leg, self.exit.and_then(|exit| exit.left)) {
            (Leg::Exit, Some(left)) => left.min(self.held),
            _ => self.held,
        };
        let lots = part(most, faults, draws);
        self.held -= lots;
        let mut consequences = [None; 3];
        if self.held == 0 && !self.entering {
            // one cancels all
            let others = [Leg::Target, Leg::Stop].into_iter().filter(|other| {
                *other != leg
                    && match other {
                        Leg::Target => self.target.is_some(),
                        _ => self.stop.is_some(),
                    }
            });
            for (slot, other) in consequences.iter_mut().zip(others) {
                *slot = Some((other, LegState::Cancelled));
            }
            if leg != Leg::Exit && self.exit.is_some() {
                consequences[2] = Some((Leg::Exit, LegState::Cancelled));
            }
            self.exit = None;
        }
        if let Some(Exit {
            left: Some(left), ..
        }) = &mut self.exit
            && leg == Leg::Exit
        {
            *left -= lots;
            if *left == 0 {
                self.exit = None;
                consequences[2] = Some((Leg::Exit, LegState::Cancelled));
            }
        }
        Deal {
            order: self.bracket.order,
            leg,
            lots,
            consequences,
        }
    }

    fn enters_at(&self, price: f64, grid: &TickGrid) -> bool {
        let met = match self.bracket.entry {
            EntryOrder::Market | EntryOrder::Close => true,
            EntryOrder::Limit(ticks) => {
                (grid.price(ticks) - price) * self.bracket.side.sign() >= 0.0
            }
        };
        self.entering && self.unfilled > 0 && met
    }

    fn enter(&mut self, price: f64, grid: &TickGrid, faults: &Faults, draws: &mut Draws) -> Deal {
        let lots = part(self.unfilled, faults, draws);
        let side = self.bracket.side;
        let fixed = |level: Option<Level>, leg| {
            level.map(|level| Level::At(fills::resolve(level, leg, side, price, grid)))
        };
        let mut consequences = [None; 3];
        if self.held == 0 {
            let (target, stop) = (fixed(self.target, Leg::Target), fixed(self.stop, Leg::Stop));
            // where it placed a level by itself, it says where
            for (slot, (leg, before, now)) in consequences.iter_mut().zip([
                (Leg::Target, self.target, target),
                (Leg::Stop, self.stop, stop),
            ]) {
                if let (Some(Level::FromFill(_)), Some(Level::At(ticks))) = (before, now) {
                    *slot = Some((leg, LegState::At(ticks)));
                }
            }
            (self.target, self.stop) = (target, stop);
        }
        self.held += lots;
        self.unfilled -= lots;
        self.entering = self.unfilled > 0;
        Deal {
            order: self.bracket.order,
            leg: Leg::Entry,
            lots,
            consequences,
        }
    }
}

/// All of some lots, or a part of them.
fn part(lots: i64, faults: &Faults, draws: &mut Draws) -> i64 {
    if lots > 1 && draws.chance(faults.partial) {
        draws.whole(1, lots)
    } else {
        lots
    }
}
