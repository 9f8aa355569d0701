//! Deciding: what the engine does once all bars and predictions of a time are in.

mod explain;

pub use explain::{Decision, Gates, HeldThen, Outcome, Planned};

use super::held::{Held, Open, Pending, Rest, RestState};
use super::messages::{Action, Rules};
use super::slot::Slot;
use super::{Engine, Halt};
use crate::base::time::Timestamp;
use crate::base::units::Ticks;
use crate::trading::orders::{Bracket, ExitReason, InstId, OrderId, When};
use crate::trading::policy::{EntryPolicy, OnOpposite, OrderPolicy, SignalExit};
use crate::trading::risk::{self, Facts, RiskApproved};
use crate::trading::sizing::{Funds, Proposal};
use crate::trading::strategy::{Intent, Known, NoTrade, Wish};

/// An order that passed every check, with what has to be remembered of it.
struct Order {
    bracket: RiskApproved<Bracket>,
    reserved_risk: f64,
}

impl Engine {
    pub(super) fn decide(&mut self, at: Timestamp, out: &mut Vec<Action>) {
        let equity = self.begin_decisions(at, out);
        for index in 0..self.slots.len() {
            self.decide_slot(index, equity, at, out);
        }
    }

    /// What comes before anything new is decided; the equity that it is decided by.
    fn begin_decisions(&mut self, at: Timestamp, out: &mut Vec<Action>) -> f64 {
        let equity = self.equity();
        self.hold_against_limits(equity, at, out);
        let policy = self.rules.policy;
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if slot.undecided && !slot.held.is_empty() {
                manage(slot, InstId(index as u16), &policy, out);
            }
        }
        equity
    }

    /// The decision on an instrument's last bar, if it is still to be made.
    fn decide_slot(&mut self, index: usize, equity: f64, at: Timestamp, out: &mut Vec<Action>) {
        if !self.slots.get(index).is_some_and(|slot| slot.undecided) {
            return;
        }
        let decided = self.decide_on(index, equity, at, out);
        let policy = self.rules.policy;
        if let Some(slot) = self.slots.get_mut(index) {
            // a bar is decided on once, whatever comes after
            slot.undecided = false;
            leave_unwanted(slot, InstId(index as u16), &policy, out);
        }
        if let Err(reason) = decided
            && let Some(count) = self.no_trades.get_mut(reason as usize)
        {
            *count += 1;
        }
    }

    /// Closes everything where equity has just breached a loss limit.
    pub(super) fn hold_against_limits(
        &mut self,
        equity: f64,
        at: Timestamp,
        out: &mut Vec<Action>,
    ) {
        if self.risk.mark(equity, at, &self.rules.limits) {
            let why = match self.risk.halted() {
                Some(Halt::Ruin) => ExitReason::Flatten,
                _ => ExitReason::LossLimit,
            };
            self.flatten(None, why, When::NextOpen, at, out);
        }
    }

    /// One instrument's decision.
    fn decide_on(
        &mut self,
        index: usize,
        equity: f64,
        at: Timestamp,
        out: &mut Vec<Action>,
    ) -> Result<(), NoTrade> {
        let slot = self.slots.get_mut(index).ok_or(NoTrade::NoPrediction)?;
        let wish = wish(slot, &self.rules)?;
        let inst = InstId(index as u16);
        let policy = self.rules.policy;
        let clock = slot.between_bars();
        let replaces = match (slot.held.as_mut_slice(), wish) {
            ([], Wish::Enter(_)) => None,
            ([], Wish::Against { why, .. }) => return Err(why),
            ([], Wish::Leave) => return Err(NoTrade::NothingToLeave),
            ([Held::Open(open)], wish) if !open.leaves_first() => {
                let bars_held = slot.bars - open.position.bars_before;
                let order = open.position.bracket.order;
                answer(open, wish, &policy, bars_held)?;
                open.ask_exit(inst, ExitReason::Signal, signal_exit(&policy), clock, out);
                // what may still fill of the old entry must not meet the new one
                let reverses = policy.on_opposite == OnOpposite::Reverse && !open.rest.may_fill();
                match wish {
                    Wish::Enter(_) if reverses => Some(order),
                    _ => return Ok(()),
                }
            }
            _ => return Err(NoTrade::PositionOpen),
        };
        let Wish::Enter(intent) = wish else {
            return Ok(());
        };
        let order = self.order(index, &intent, replaces, equity, at)?;
        self.next_order += 1;
        let slot = self.slots.get_mut(index).ok_or(NoTrade::NoPrediction)?;
        let confidence = slot.prediction.and_then(|prediction| prediction.confidence);
        self.risk.count_signal(at, confidence, &self.rules.limits);
        slot.last_decided = Some(at);
        slot.held.push(Held::Pending(Pending {
            bracket: *order.bracket.get(),
            rest: Rest {
                lots: order.bracket.get().lots,
                state: RestState::Working,
                at_risk: order.reserved_risk,
            },
            leaving: None,
        }));
        out.push(Action::Open(order.bracket));
        Ok(())
    }

    /// The order that carries out an intent, once it passed every check.
    fn order(
        &mut self,
        index: usize,
        intent: &Intent,
        replaces: Option<OrderId>,
        equity: f64,
        at: Timestamp,
    ) -> Result<Order, NoTrade> {
        let funds = self.funds(equity, replaces);
        let halted = self.risk.halted();
        let others = self.slots.iter().flat_map(|slot| &slot.held);
        let positions = others.filter(|held| Some(held.order()) != replaces).count() as u64;
        let slot = self.slots.get(index).ok_or(NoTrade::NoPrediction)?;
        let bar = slot.bar.ok_or(NoTrade::NoPrediction)?;
        // an entry at the close of the session's last bar would be held over
        let at_close = self.rules.policy.entry == EntryPolicy::Close;
        if slot
            .closing_until
            .is_some_and(|until| at < until || (at == until && at_close))
        {
            return Err(NoTrade::SessionEnding);
        }
        let proposal = proposal(slot, intent, &self.rules).ok_or(NoTrade::NoPrediction)?;
        let sized = match self.venue_sizes {
            false => self.rules.sizing.lots(funds, &proposal),
            true => self.rules.sizing.most_lots(funds, &proposal),
        };
        let (lots, sized_by) = sized?;
        let bracket = Bracket {
            order: OrderId(self.next_order),
            inst: InstId(index as u16),
            side: intent.side,
            lots,
            entry: self.rules.policy.entry.order(
                intent.side,
                intent.collar,
                bar.close(),
                &slot.grid,
            ),
            target: intent.target,
            stop: intent.stop,
            decided_at: at,
            sized_by,
            replaces,
        };
        let facts = Facts {
            instrument: &slot.instrument,
            fx: slot.fx,
            grid: &slot.grid,
            last: bar.close(),
            last_end: bar.end(),
            positions,
            duplicate: slot.last_decided == Some(at),
            standing: self.standing,
            halted,
        };
        let approved = risk::approve(bracket, &facts, &self.rules.limits.pre_trade)?;
        let confidence = slot.prediction.and_then(|prediction| prediction.confidence);
        let at_stake = intent.stop_distance.unwrap_or(0.0) * lots.0 as f64 * slot.unit_value;
        if !self.risk.has_room(at, confidence, &self.rules.limits) {
            return Err(NoTrade::RateLimited);
        }
        Ok(Order {
            bracket: approved,
            reserved_risk: at_stake,
        })
    }

    /// What a new trade may be sized from: equity less the risk that pending entries reserve, at most what the available funds
    /// come to where nothing is held, and the notional that other brackets take up.
    fn funds(&self, equity: f64, replaces: Option<OrderId>) -> Funds {
        let held = self.slots.iter().flat_map(|slot| &slot.held);
        let reserved = held.fold(0.0, |sum, held| sum + held.rest().reserved_risk());
        let at_most = |value: f64| match self.funds_when_flat {
            Some(funds) if funds < value => funds,
            _ => value,
        };
        Funds {
            at_risk: at_most(equity - reserved),
            own: at_most(equity),
            committed: self
                .slots
                .iter()
                .fold(0.0, |sum, slot| sum + slot.committed(replaces)),
        }
    }
}

/// A trade to be sized at the close of a slot's last bar.
fn proposal<'a>(slot: &'a Slot, intent: &Intent, rules: &'a Rules) -> Option<Proposal<'a>> {
    Some(Proposal {
        instrument: &slot.instrument,
        fx: slot.fx,
        side: intent.side,
        price: slot.bar?.close(),
        stop_distance: intent.stop_distance,
        atr: slot.atr_value,
        quantity: intent.quantity,
        costs: &rules.costs,
    })
}

/// What the strategy wants at the close of a slot's last bar.
fn wish(slot: &Slot, rules: &Rules) -> Result<Wish, NoTrade> {
    let known = known(slot, rules).ok_or(NoTrade::NoPrediction)?;
    rules.strategy.decide(&known)
}

/// What the strategy knows at the close of a slot's last bar.
fn known<'a>(slot: &'a Slot, rules: &Rules) -> Option<Known<'a>> {
    let bar = slot.bar?;
    let tick = slot.grid.price(Ticks(1));
    let policy = &rules.policy;
    Some(Known {
        close: bar.close(),
        prediction: slot.prediction,
        signal: slot.signal,
        atr: slot.atr_value,
        grid: &slot.grid,
        least_stop: policy.least_stop(&rules.costs, bar.close(), tick, slot.atr_value),
    })
}

/// What a wish means for the open position: that it is to be closed, or the reason why it is not.
fn answer(
    open: &mut Open,
    wish: Wish,
    policy: &OrderPolicy,
    bars_held: u64,
) -> Result<(), NoTrade> {
    let side = match wish {
        Wish::Leave => None,
        Wish::Enter(intent) => Some(intent.side),
        Wish::Against { side, .. } => Some(side),
    };
    match side {
        Some(side) if side == open.position.bracket.side => {
            // the signal takes back one that asked to be out
            open.unwanted = false;
            return Err(NoTrade::PositionOpen);
        }
        Some(_) if policy.on_opposite == OnOpposite::Ignore => return Err(NoTrade::PositionOpen),
        Some(_) | None => open.unwanted = true,
    }
    if bars_held < u64::from(policy.min_hold_bars) {
        return Err(NoTrade::MinHold);
    }
    Ok(())
}

/// When a signal's exit fills.
fn signal_exit(policy: &OrderPolicy) -> When {
    match policy.signal_exit {
        SignalExit::NextOpen => When::NextOpen,
        SignalExit::DecidingClose => When::DecidingClose,
    }
}

/// What brackets need at a close before anything new is decided: entries that nobody confirmed to be withdrawn, exits that
/// were refused or got lost, the longest hold, the trailing stop.
fn manage(slot: &mut Slot, inst: InstId, policy: &OrderPolicy, out: &mut Vec<Action>) {
    let (clock, atr, grid) = (slot.between_bars(), slot.atr_value, slot.grid);
    let Some(close) = slot.bar.map(|bar| bar.close()) else {
        return;
    };
    for held in &mut slot.held {
        held.withdraw_again(inst, clock.bars, out);
        let Held::Open(open) = held else { continue };
        open.ask_again(inst, clock, out);
        open.limit_hold(inst, policy.max_hold_bars, clock, out);
        // one that was asked for counts, though the venue may have refused it
        let now = open.trail.asked.or(open.position.stop);
        let side = open.position.bracket.side;
        if !open.leaves_first()
            && let Some(stop) = policy
                .trailed_stop(side, now, close, atr, &grid)
                .or_else(|| open.refused_stop())
        {
            open.amend(inst, stop, out);
        }
    }
}

/// A signal that came before a position was held long enough closes it once it has been, unless a later one took it back.
fn leave_unwanted(slot: &mut Slot, inst: InstId, policy: &OrderPolicy, out: &mut Vec<Action>) {
    let clock = slot.between_bars();
    for held in &mut slot.held {
        let Held::Open(open) = held else { continue };
        let bars_held = clock.bars - open.position.bars_before;
        if open.unwanted && bars_held >= u64::from(policy.min_hold_bars) {
            open.ask_exit(inst, ExitReason::Signal, signal_exit(policy), clock, out);
        }
    }
}
