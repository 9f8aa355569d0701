//! Executions and charges: what they do to the brackets of an instrument, each taken in once, in whatever order they come.

use super::held::{Held, Open, Pending, RestState};
use super::messages::{Action, EngineError};
use super::slot::Slot;
use crate::base::units::{Lots, TickGrid};
use crate::trading::fills;
use crate::trading::orders::{
    Bracket, Charge, EntryOrder, ExecId, ExitReason, Fill, InstId, Leg, OrderId,
};
use crate::trading::portfolio::{Position, Trade, Unit};

/// So many brackets are remembered after the venue said that their entries are gone, in case a fill of theirs is reported
/// later still. A fill of an older one is [`EngineError::UnknownOrder`], at which a driver halts and reconciles.
const GONE: usize = 64;

/// What an exit execution led to.
pub(super) struct Left {
    pub(super) gross: f64,
    pub(super) cancel: Option<Action>,
    pub(super) trade: Option<Trade>,
}

impl Slot {
    /// Whether an execution was taken in already.
    pub(super) fn knows(&self, exec: ExecId) -> bool {
        self.seen.has(exec)
    }

    /// Takes in an entry execution.
    ///
    /// # Errors
    /// [`EngineError`] where no such entry can be open, or not so much of it; nothing has changed then.
    pub(super) fn enter(&mut self, fill: &Fill) -> Result<(), EngineError> {
        let order = fill.order;
        let late = self
            .gone
            .iter()
            .position(|gone| gone.bracket.order == order);
        let held = self.held.iter().find(|held| held.order() == order);
        let rest = match (held, late.and_then(|late| self.gone.get(late))) {
            (Some(held), _) => *held.rest(),
            (None, Some(gone)) => gone.rest,
            (None, None) => return Err(unknown(fill)),
        };
        if fill.lots.0 < 1 || fill.lots > rest.lots {
            return Err(overfill(fill, rest.lots));
        }
        let rest = rest.less(fill.lots);
        let (grid, unit_value) = (self.grid, self.unit_value);
        let begun = self.bars_until(fill.at);
        let bars = self.bars;
        let open_position = |bracket: Bracket| {
            // a position that is entered at a close lives from the bar after it
            let before = match bracket.entry {
                EntryOrder::Close => bars,
                EntryOrder::Market | EntryOrder::Limit(_) => begun.saturating_sub(1),
            };
            open_position(bracket, fill, &grid, before)
        };
        self.seen.keep(fill.exec);
        match self.held_mut(order) {
            Some(Held::Open(open)) => {
                open.position.add(fill, unit_value);
                open.rest = rest;
            }
            Some(held) => {
                if let Held::Pending(pending) = *held {
                    let position = open_position(pending.bracket);
                    *held = Held::Open(Open::new(position, rest, pending.leaving));
                }
            }
            None => {
                if let Some(gone) = late.and_then(|late| self.gone.remove(late)) {
                    let position = open_position(gone.bracket);
                    let alone = self.held.is_empty();
                    let leaving = gone.leaving.or((!alone).then_some(ExitReason::Flatten));
                    self.held
                        .push(Held::Open(Open::new(position, rest, leaving)));
                }
            }
        }
        if !self.early_charges.is_empty() {
            self.settle_charges(order);
        }
        Ok(())
    }

    /// Takes in an exit execution, or keeps it until the entry that it closes is reported: `None` then.
    ///
    /// # Errors
    /// [`EngineError`] where nothing so large can be open; nothing has changed then.
    pub(super) fn leave(&mut self, fill: &Fill) -> Result<Option<Left>, EngineError> {
        let waiting: i64 = self
            .early
            .iter()
            .filter(|early| early.order == fill.order)
            .map(|early| early.lots.0)
            .sum();
        let held = self.held.iter().find(|held| held.order() == fill.order);
        let (open, to_come) = match held {
            Some(held) => (held.lots(), held.rest().lots),
            None => match self
                .gone
                .iter()
                .find(|gone| gone.bracket.order == fill.order)
            {
                Some(gone) => (Lots(0), gone.rest.lots),
                None => return Err(unknown(fill)),
            },
        };
        let at_most = Lots(open.0 + to_come.0 - waiting);
        if fill.lots.0 < 1 || fill.lots > at_most {
            return Err(overfill(fill, at_most));
        }
        self.seen.keep(fill.exec);
        if fill.lots > open {
            self.early.push(*fill);
            return Ok(None);
        }
        Ok(Some(self.close(fill)))
    }

    /// The next exit that waited for its entry and can be taken in now.
    pub(super) fn early_exit(&mut self, order: OrderId) -> Option<(Fill, Left)> {
        let open = self.held.iter().find(|held| held.order() == order)?.lots();
        let index = self
            .early
            .iter()
            .position(|early| early.order == order && early.lots <= open)?;
        let fill = self.early.remove(index);
        let left = self.close(&fill);
        Some((fill, left))
    }

    /// Takes in an exit execution of what is open.
    pub(super) fn close(&mut self, fill: &Fill) -> Left {
        let nothing = Left {
            gross: 0.0,
            cancel: None,
            trade: None,
        };
        let unit_value = self.unit_value;
        let Some(index) = self.index_of(fill.order) else {
            return nothing;
        };
        let Some(Held::Open(open)) = self.held.get_mut(index) else {
            return nothing;
        };
        let gross = open.reduce(fill, self.bar.as_ref(), unit_value);
        if open.position.lots.0 > 0 || self.early.iter().any(|early| early.order == fill.order) {
            return Left { gross, ..nothing };
        }
        let open = *open;
        self.held.remove(index);
        let mut cancel = Vec::new();
        let mut rest = open.rest;
        rest.withdraw(fill.inst, fill.order, self.bars, &mut cancel);
        self.keep_rest(Pending {
            bracket: open.position.bracket,
            rest,
            leaving: Some(ExitReason::Flatten),
        });
        let why = open.reason_of(fill.leg);
        let trade = self.round_trip(&open.position, fill, why);
        Left {
            gross,
            cancel: cancel.pop(),
            trade: Some(trade),
        }
    }

    /// Keeps what is left of an entry of which nothing is open: it bars others while it may fill, and is remembered after.
    fn keep_rest(&mut self, pending: Pending) {
        if pending.rest.may_fill() {
            self.held.push(Held::Pending(pending));
        } else if pending.rest.lots.0 > 0 {
            let waits = |gone: &Pending| {
                let mut early = self.early.iter();
                early.any(|exit| exit.order == gone.bracket.order)
            };
            // an exit that waits for its entry shows that there was one
            if self.gone.len() >= GONE
                && let Some(oldest) = self.gone.iter().position(|gone| !waits(gone))
            {
                self.gone.remove(oldest);
            }
            self.gone.push_back(pending);
        }
    }

    /// An entry is over: withdrawn, expired or refused. What is reported of it later is still taken in.
    pub(super) fn entry_over(&mut self, order: OrderId) {
        let Some(index) = self.index_of(order) else {
            return;
        };
        if let Some(held) = self.held.get_mut(index) {
            held.rest_mut().state = RestState::Over;
        }
        if let Some(Held::Pending(pending)) = self.held.get(index).copied() {
            self.held.remove(index);
            self.keep_rest(pending);
        }
    }

    /// The venue works an entry that was said to be over: it is withdrawn once more, and bars others until it is.
    pub(super) fn entry_works(&mut self, inst: InstId, order: OrderId, out: &mut Vec<Action>) {
        let alone = self.held.is_empty();
        let late = self
            .gone
            .iter()
            .position(|gone| gone.bracket.order == order);
        if let Some(gone) = late.and_then(|late| self.gone.remove(late)) {
            let leaving = gone.leaving.or((!alone).then_some(ExitReason::Flatten));
            self.held.push(Held::Pending(Pending { leaving, ..gone }));
        }
        let bars = self.bars;
        if let Some(held) = self.held_mut(order)
            && held.rest().state == RestState::Over
        {
            let rest = held.rest_mut();
            rest.state = RestState::Withdrawn { bars };
            rest.withdraw(inst, order, bars, out);
        }
    }

    fn round_trip(&self, position: &Position, last: &Fill, exit_reason: ExitReason) -> Trade {
        let unit = Unit {
            grid: self.grid,
            lot_size: self.instrument.lot_size,
            value: self.unit_value,
        };
        position.round_trip(last, exit_reason, self.bars_until(last.at), &unit)
    }

    /// Whether a charge was taken in already.
    pub(super) fn knows_charge(&self, exec: ExecId) -> bool {
        self.seen_charges.has(exec)
    }

    /// Takes in a charge to an open position; whether it is open.
    pub(super) fn charge(&mut self, charge: &Charge) -> bool {
        let Some(Held::Open(open)) = self.held_mut(charge.order) else {
            return false;
        };
        open.position.costs.add_charge(charge.kind, charge.amount);
        self.remember_charge(charge);
        true
    }

    /// Keeps a charge to a bracket of which nothing is open, and whose entry may still be reported; whether there is one.
    pub(super) fn charge_early(&mut self, charge: &Charge) -> bool {
        let is_gone = |gone: &Pending| gone.bracket.order == charge.order;
        let is_it = self.index_of(charge.order).is_some() || self.gone.iter().any(is_gone);
        if is_it {
            self.early_charges.push(*charge);
            self.remember_charge(charge);
        }
        is_it
    }

    /// A charge has been taken in.
    pub(super) fn remember_charge(&mut self, charge: &Charge) {
        self.seen_charges.keep(charge.exec);
    }

    /// Charges that waited for the entry of a bracket become costs of its position.
    fn settle_charges(&mut self, order: OrderId) {
        let (settled, waiting): (Vec<Charge>, Vec<Charge>) =
            core::mem::take(&mut self.early_charges)
                .into_iter()
                .partition(|charge| charge.order == order);
        self.early_charges = waiting;
        if let Some(Held::Open(open)) = self.held_mut(order) {
            for charge in settled {
                open.position.costs.add_charge(charge.kind, charge.amount);
            }
        }
    }
}

fn open_position(bracket: Bracket, fill: &Fill, grid: &TickGrid, bars: u64) -> Position {
    let resolve = |level, leg| fills::resolve(level, leg, bracket.side, fill.price, grid);
    let target = bracket.target.map(|level| resolve(level, Leg::Target));
    let stop = bracket.stop.map(|level| resolve(level, Leg::Stop));
    Position::open(bracket, fill, target, stop, bars)
}

fn unknown(fill: &Fill) -> EngineError {
    EngineError::UnknownOrder {
        exec: fill.exec,
        order: fill.order,
    }
}

fn overfill(fill: &Fill, open: Lots) -> EngineError {
    EngineError::Overfill {
        exec: fill.exec,
        filled: fill.lots,
        open,
    }
}
