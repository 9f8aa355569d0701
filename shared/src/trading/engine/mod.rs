//! The engine: events in, actions out. Backtest, sweep, paper and live drive this one step function.

mod messages;
mod clock;
mod seen;
mod held;
mod slot;
mod executions;
mod decide;
mod basis;
#[cfg(test)]
mod tests;

pub use decide::{Decision, Gates, HeldThen, Outcome, Planned};
pub use messages::{Action, Command, EngineError, Event, Rules, TimerKind, Tradable, Venue};
pub use slot::ATR_PERIOD;

use executions::Left;
use held::Held;
use slot::Slot;

use crate::base::time::Timestamp;
use crate::base::units::{OutOfBounds, within};
use crate::market::bars::MAX_PRICE;
use crate::signal::prediction::Prediction;
use crate::signal::signals::Signal;
use crate::trading::orders::{Charge, ExitReason, Fill, InstId, Leg, LegState, OrderId, When};
use crate::trading::portfolio::{Cash, Position, Trade};
use crate::trading::risk::{Breach, Halt, RiskState, Standing};
use crate::trading::strategy::NoTrade;

/// The highest price of an execution: what slippage and spread may add to that of a bar is far less.
const MAX_FILL_PRICE: f64 = MAX_PRICE * 1e6;

/// The engine of one account.
#[derive(Clone)]
pub struct Engine {
    rules: Rules,
    slots: Vec<Slot>,
    cash: Cash,
    /// What the venue said could be paid for, with what positions tied up then: funds are net of positions, and what those
    /// commit is taken off where an order is sized.
    funds_when_flat: Option<f64>,
    standing: Standing,
    /// The latest time that an event has told.
    now: Timestamp,
    next_order: u64,
    risk: RiskState,
    trades: Vec<Trade>,
    no_trades: [u64; NoTrade::COUNT],
    late_predictions: u64,
    /// Whether the venue finds quantities as entries fill.
    venue_sizes: bool,
}

impl Engine {
    /// An engine that has seen nothing yet. `standing` is what the venue's surroundings allow at the start: a simulated one's
    /// allow all ([`Standing::CLEAR`]), of a live one nothing is known before it was asked ([`Standing::UNKNOWN`]).
    ///
    /// # Errors
    /// [`OutOfBounds`] where a parameter or a field of an instrument is out of its bounds.
    pub fn new(
        rules: Rules,
        tradables: &[Tradable],
        initial_equity: f64,
        standing: Standing,
    ) -> Result<Self, OutOfBounds> {
        within("initial_equity", initial_equity, 1.0, 1e12)?;
        within(
            "number of instruments",
            tradables.len() as f64,
            1.0,
            f64::from(u16::MAX),
        )?;
        rules.validate()?;
        let slots = tradables.iter().map(Slot::new);
        Ok(Self {
            rules,
            slots: slots.collect::<Result<_, _>>()?,
            cash: Cash {
                initial: initial_equity,
                balance: initial_equity,
            },
            funds_when_flat: None,
            standing,
            now: Timestamp::MIN,
            next_order: 1,
            risk: RiskState::new(initial_equity),
            trades: Vec::new(),
            no_trades: [0; NoTrade::COUNT],
            late_predictions: 0,
            venue_sizes: false,
        })
    }

    /// From now on the venue finds quantities as entries fill: orders say only how much at most, which can be more than
    /// anybody could pay for. Only for simulated brokers that do so, never for a venue that would take such an order
    /// as it stands.
    pub fn leave_sizes_to_the_venue(&mut self) {
        self.venue_sizes = true;
    }

    /// Takes one event; actions are appended to `out`.
    ///
    /// # Errors
    /// [`EngineError`] for an event that cannot be; the engine is unchanged then.
    pub fn step(&mut self, event: &Event, out: &mut Vec<Action>) -> Result<(), EngineError> {
        self.take(event, out)?;
        if let Some(at) = event.at().filter(|at| *at > self.now) {
            self.now = at;
        }
        Ok(())
    }

    fn take(&mut self, event: &Event, out: &mut Vec<Action>) -> Result<(), EngineError> {
        match *event {
            Event::Bar { inst, bar } => self.slot_mut(inst)?.take_bar(bar),
            Event::Prediction {
                inst,
                for_bar,
                value,
            } => self.take_prediction(inst, for_bar, value),
            Event::Signal {
                inst,
                for_bar,
                signal,
            } => self.take_signal(inst, for_bar, signal),
            Event::Decide { at } => {
                self.decide(at, out);
                Ok(())
            }
            Event::Mark { at, equity } => {
                let equity = equity.unwrap_or_else(|| self.equity());
                cash("equity", equity)?;
                self.hold_against_limits(equity, at, out);
                Ok(())
            }
            Event::Timer { kind, .. } => self.take_timer(kind, out),
            Event::Fill(fill) => self.take_fill(&fill, out),
            Event::Charge(charge) => self.take_charge(&charge),
            Event::Split {
                inst,
                ratio,
                price,
                at,
            } => self.take_split(inst, ratio, price, at, out),
            Event::Dividend { inst, factor, at } => self.take_dividend(inst, factor, at),
            Event::Order {
                inst,
                order,
                leg,
                state,
            } => self.take_order_state(inst, order, leg, state, out),
            Event::Account {
                available_funds, ..
            } => {
                cash("available_funds", available_funds)?;
                // a margin call leaves nothing to trade with
                let free = if available_funds < 0.0 {
                    0.0
                } else {
                    available_funds
                };
                let tied_up = self.slots.iter().map(Slot::tied_up);
                let tied_up = tied_up.fold(0.0, |sum, notional| sum + notional);
                self.funds_when_flat = Some(free + tied_up / self.rules.sizing.leverage);
                Ok(())
            }
            Event::Standing { standing, .. } => {
                self.standing = standing;
                Ok(())
            }
            Event::Command { at, ref command } => self.take_command(command, at, out),
        }
    }

    /// Equity marked at the last closes: `balance + Σ signed quantity · (mark − entry) · multiplier · fx`.
    pub fn equity(&self) -> f64 {
        self.slots
            .iter()
            .fold(self.cash.balance, |equity, slot| equity + slot.unrealised())
    }

    /// Cash after the last fill.
    pub fn balance(&self) -> f64 {
        self.cash.balance
    }

    /// Round trips so far, in order of their exits.
    pub fn trades(&self) -> &[Trade] {
        &self.trades
    }

    /// Why trading is halted, if it is: the gravest reason.
    pub fn halted(&self) -> Option<Halt> {
        self.risk.halted()
    }

    /// Loss limits that were breached, in order of time.
    pub fn breaches(&self) -> &[Breach] {
        self.risk.breaches()
    }

    /// How often each reason of [`NoTrade::ALL`] kept a decision from trading.
    pub fn no_trades(&self) -> &[u64; NoTrade::COUNT] {
        &self.no_trades
    }

    /// Predictions and signals that came for another bar than the last, and were not traded.
    pub fn late_predictions(&self) -> u64 {
        self.late_predictions
    }

    /// The open position of an instrument; while it is being reversed, the one that is closing.
    pub fn position(&self, inst: InstId) -> Option<&Position> {
        let slot = self.slots.get(usize::from(inst.0))?;
        slot.held.iter().find_map(|held| match held {
            Held::Open(open) => Some(&open.position),
            Held::Pending(_) => None,
        })
    }

    /// ATR(14) of an instrument as of its last bar, `None` while it warms up.
    pub fn atr(&self, inst: InstId) -> Option<f64> {
        self.slots.get(usize::from(inst.0))?.atr_value
    }

    /// Takes the trades out, for a driver that is done.
    pub fn into_trades(self) -> Vec<Trade> {
        self.trades
    }

    fn slot_mut(&mut self, inst: InstId) -> Result<&mut Slot, EngineError> {
        self.slots
            .get_mut(usize::from(inst.0))
            .ok_or(EngineError::UnknownInstrument(inst))
    }

    fn take_prediction(
        &mut self,
        inst: InstId,
        for_bar: Timestamp,
        value: Prediction,
    ) -> Result<(), EngineError> {
        within("prediction", value.price, f64::MIN, f64::MAX)?;
        if let Some(sigma) = value.sigma_err {
            within("sigma_err", sigma, 0.0, f64::MAX)?;
        }
        if let Some(confidence) = value.confidence {
            within("confidence", confidence, 0.0, 1.0)?;
        }
        let slot = self.slot_mut(inst)?;
        if slot.undecided && slot.bar.is_some_and(|bar| bar.start() == for_bar) {
            slot.prediction = Some(value);
        } else {
            self.late_predictions += 1;
        }
        Ok(())
    }

    fn take_signal(
        &mut self,
        inst: InstId,
        for_bar: Timestamp,
        signal: Signal,
    ) -> Result<(), EngineError> {
        for (name, value) in [
            ("size", signal.size),
            ("target", signal.target),
            ("stop", signal.stop),
        ] {
            if let Some(value) = value {
                within(name, value, f64::MIN_POSITIVE, f64::MAX)?;
            }
        }
        let slot = self.slot_mut(inst)?;
        if slot.undecided && slot.bar.is_some_and(|bar| bar.start() == for_bar) {
            slot.signal = Some(signal);
        } else {
            self.late_predictions += 1;
        }
        Ok(())
    }

    fn take_timer(&mut self, kind: TimerKind, out: &mut Vec<Action>) -> Result<(), EngineError> {
        // timers come before the bar they fall in
        match kind {
            TimerKind::EntryExpiry(inst) => self.slot_mut(inst)?.cancel_entries(inst, None, out),
            TimerKind::SessionExit { inst, until } => {
                let slot = self.slot_mut(inst)?;
                slot.closing_until = Some(until);
                let clock = slot.between_bars();
                slot.exit_all(inst, ExitReason::SessionEnd, When::ThisClose, clock, out);
            }
            TimerKind::SessionExitMissed(inst) => {
                let slot = self.slot_mut(inst)?;
                let clock = slot.between_bars();
                slot.exit_all(inst, ExitReason::SessionEnd, When::NextOpen, clock, out);
            }
            TimerKind::RiskDay => self.risk.roll_day(self.cash.balance, &self.rules.limits),
        }
        Ok(())
    }

    fn take_fill(&mut self, fill: &Fill, out: &mut Vec<Action>) -> Result<(), EngineError> {
        within("fill price", fill.price, f64::MIN_POSITIVE, MAX_FILL_PRICE)?;
        let costs = fill.costs;
        cash("commission", costs.commission)?;
        cash("conversion", costs.conversion)?;
        cash("slippage", costs.slippage)?;
        cash("spread", costs.spread)?;
        let inst = fill.inst;
        let slot = self
            .slots
            .get_mut(usize::from(inst.0))
            .ok_or(EngineError::UnknownInstrument(inst))?;
        if slot.knows(fill.exec) {
            return Ok(());
        }
        match fill.leg {
            Leg::Entry => {
                slot.enter(fill)?;
                self.cash.balance -= fill.costs.charged();
                self.settle_entry(fill, out);
            }
            Leg::Target | Leg::Stop | Leg::Exit => {
                if let Some(left) = slot.leave(fill)? {
                    self.settle_exit(fill, left, out);
                }
            }
        }
        Ok(())
    }

    /// What an entry leads to at once: exits that waited for it, and an exit where there is reason to be out again.
    fn settle_entry(&mut self, fill: &Fill, out: &mut Vec<Action>) {
        while let Some((exit, left)) = self
            .slots
            .get_mut(usize::from(fill.inst.0))
            .and_then(|slot| slot.early_exit(fill.order))
        {
            self.settle_exit(&exit, left, out);
        }
        let breached = match self.risk.halted() {
            Some(Halt::Ruin) => Some(ExitReason::Flatten),
            Some(Halt::DailyLoss | Halt::TotalLoss) => Some(ExitReason::LossLimit),
            Some(Halt::Command) | None => None,
        };
        let max_hold = self.rules.policy.max_hold_bars;
        let Some(slot) = self.slots.get_mut(usize::from(fill.inst.0)) else {
            return;
        };
        let closing = slot.closing_until;
        let clock = slot.clock_at_entry(fill, self.now);
        let Some(Held::Open(open)) = slot.held_mut(fill.order) else {
            return;
        };
        open.renew_exit(fill.inst, clock, out);
        let decided_at = open.position.bracket.decided_at;
        let closing = closing.is_some_and(|until| decided_at < until);
        let session_end = closing.then_some(ExitReason::SessionEnd);
        if let Some(why) = breached.or(open.leaving).or(session_end) {
            open.ask_exit(fill.inst, why, clock.soonest(), clock, out);
        }
        open.limit_hold(fill.inst, max_hold, clock, out);
    }

    fn settle_exit(&mut self, fill: &Fill, left: Left, out: &mut Vec<Action>) {
        self.cash.balance += left.gross - fill.costs.charged();
        out.extend(left.cancel);
        self.trades.extend(left.trade);
    }

    fn take_charge(&mut self, charge: &Charge) -> Result<(), EngineError> {
        cash("charge", charge.amount)?;
        let slot = self
            .slots
            .get_mut(usize::from(charge.inst.0))
            .ok_or(EngineError::UnknownInstrument(charge.inst))?;
        if slot.knows_charge(charge.exec) {
            return Ok(());
        }
        if !slot.charge(charge) {
            let mut done = self.trades.iter_mut().rev();
            if let Some(trade) = done.find(|trade| trade.order == charge.order) {
                trade.charge_late(charge.kind, charge.amount);
                slot.remember_charge(charge);
            } else if !slot.charge_early(charge) {
                return Err(EngineError::UnknownOrder {
                    exec: charge.exec,
                    order: charge.order,
                });
            }
        }
        self.cash.balance -= charge.amount;
        Ok(())
    }

    fn take_order_state(
        &mut self,
        inst: InstId,
        order: OrderId,
        leg: Leg,
        state: LegState,
        out: &mut Vec<Action>,
    ) -> Result<(), EngineError> {
        let now = self.now;
        let slot = self.slot_mut(inst)?;
        let clock = slot.clock_at_report(now);
        let refused = match (state, leg) {
            (LegState::Accepted, Leg::Entry) => {
                slot.entry_works(inst, order, out);
                return Ok(());
            }
            (LegState::At(level), _) => {
                slot.works_at(order, leg, level);
                return Ok(());
            }
            (LegState::Accepted | LegState::Unknown, _) => return Ok(()),
            (LegState::Cancelled, _) => false,
            (LegState::Rejected, _) => true,
        };
        match leg {
            Leg::Entry => slot.entry_over(order),
            Leg::Exit => {
                if let Some(Held::Open(open)) = slot.held_mut(order) {
                    open.exit_refused(inst, clock, out);
                }
            }
            Leg::Stop => slot.lose_protection(inst, order, clock, out),
            Leg::Target if refused => slot.lose_protection(inst, order, clock, out),
            Leg::Target => {}
        }
        Ok(())
    }

    fn take_command(
        &mut self,
        command: &Command,
        at: Timestamp,
        out: &mut Vec<Action>,
    ) -> Result<(), EngineError> {
        match *command {
            Command::SetRules(ref rules) => {
                rules.validate()?;
                self.rules = **rules;
            }
            Command::Halt => self.risk.commanded = true,
            Command::Resume => self.risk.commanded = false,
            Command::Flatten { inst, why, when } => {
                if let Some(inst) = inst {
                    self.slot_mut(inst)?;
                }
                self.flatten(inst, why, when, at, out);
            }
        }
        Ok(())
    }

    fn flatten(
        &mut self,
        only: Option<InstId>,
        why: ExitReason,
        when: When,
        at: Timestamp,
        out: &mut Vec<Action>,
    ) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let inst = InstId(index as u16);
            if only.is_some_and(|only| only != inst) {
                continue;
            }
            slot.cancel_entries(inst, Some(why), out);
            let clock = slot.clock(at);
            slot.exit_all(inst, why, when, clock, out);
        }
    }
}

/// Checks an amount of account currency. An order has at most 9 · 10¹⁵ lots, each worth 10²⁷ at the most where its price is
/// 1, so that nothing a market can make of it comes near the bound, and sums of such amounts stay finite.
fn cash(name: &'static str, amount: f64) -> Result<(), OutOfBounds> {
    within(name, amount, -1e100, 1e100)
}
