//! The engine: events in, actions out. Backtest, sweep, paper and live drive this one step function.

mod messages;
mod slot;
#[cfg(test)]
mod tests;

pub use messages::{Action, Command, EngineError, Event, TimerKind, Venue};
pub use slot::ATR_PERIOD;

use slot::{OrderState, Slot};

use crate::base::time::Timestamp;
use crate::base::units::{Lots, OutOfBounds, within};
use crate::market::bars::Instrument;
use crate::signal::prediction::Prediction;
use crate::trading::orders::{Bracket, ExitReason, Fill, InstId, Leg, LegState, OrderId, When};
use crate::trading::portfolio::{Cash, Position, Trade};
use crate::trading::risk::{self, Halt, Refused, RiskApproved};
use crate::trading::sizing::{Funds, Sizing, Unsizable};
use crate::trading::strategy::{Intent, Known, NoTrade, Strategy};

/// What an engine trades by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// The strategy.
    pub strategy: Strategy,
    /// The sizing.
    pub sizing: Sizing,
}

/// The engine of one account.
pub struct Engine {
    rules: Rules,
    slots: Vec<Slot>,
    cash: Cash,
    available_funds: Option<f64>,
    next_order: u64,
    halted: Option<Halt>,
    trades: Vec<Trade>,
    no_trades: [u64; NoTrade::COUNT],
    late_predictions: u64,
}

impl Engine {
    /// An engine that has seen nothing yet.
    ///
    /// # Errors
    /// [`OutOfBounds`] where a parameter or a field of an instrument is out of its bounds.
    pub fn new(
        rules: Rules,
        instruments: &[Instrument],
        initial_equity: f64,
    ) -> Result<Self, OutOfBounds> {
        within("initial_equity", initial_equity, 1.0, 1e12)?;
        within(
            "number of instruments",
            instruments.len() as f64,
            1.0,
            f64::from(u16::MAX),
        )?;
        rules.strategy.validate()?;
        rules.sizing.validate()?;
        let slots = instruments
            .iter()
            .map(Slot::new)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            rules,
            slots,
            cash: Cash {
                initial: initial_equity,
                balance: initial_equity,
            },
            available_funds: None,
            next_order: 1,
            halted: None,
            trades: Vec::new(),
            no_trades: [0; NoTrade::COUNT],
            late_predictions: 0,
        })
    }

    /// Takes one event; actions are appended to `out`.
    ///
    /// # Errors
    /// [`EngineError`] for an event that cannot be; the engine is unchanged then.
    pub fn step(&mut self, event: &Event, out: &mut Vec<Action>) -> Result<(), EngineError> {
        match *event {
            Event::Bar { inst, bar } => self.slot_mut(inst)?.take_bar(bar),
            Event::Prediction {
                inst,
                for_bar,
                value,
            } => self.take_prediction(inst, for_bar, value),
            Event::Decide { at } => {
                self.decide(at, out);
                Ok(())
            }
            Event::Timer { kind, .. } => self.take_timer(kind, out),
            Event::Fill(fill) => self.take_fill(&fill, out),
            Event::Order {
                inst,
                order,
                leg,
                state,
            } => self.take_order_state(inst, order, leg, state, out),
            Event::Account {
                available_funds, ..
            } => {
                within("available_funds", available_funds, 0.0, 1e15)?;
                self.available_funds = Some(available_funds);
                Ok(())
            }
            Event::Command { command, .. } => self.take_command(command, out),
        }
    }

    /// Equity marked at the last closes: `balance + Σ signed quantity · (mark − entry) · multiplier · fx`.
    pub fn equity(&self) -> f64 {
        self.slots
            .iter()
            .fold(self.cash.balance, |equity, slot| equity + slot.unrealised())
    }

    /// Round trips so far, in order of their exits.
    pub fn trades(&self) -> &[Trade] {
        &self.trades
    }

    /// Why trading is halted, if it is.
    pub fn halted(&self) -> Option<Halt> {
        self.halted
    }

    /// How often each reason of [`NoTrade::ALL`] kept a decision from trading.
    pub fn no_trades(&self) -> &[u64; NoTrade::COUNT] {
        &self.no_trades
    }

    /// Predictions that came for another bar than the last, and were not traded.
    pub fn late_predictions(&self) -> u64 {
        self.late_predictions
    }

    /// The open position of an instrument.
    pub fn position(&self, inst: InstId) -> Option<&Position> {
        match &self.slots.get(usize::from(inst.0))?.state {
            OrderState::Open { position, .. } => Some(position),
            _ => None,
        }
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
        let slot = self.slot_mut(inst)?;
        if slot.undecided && slot.bar.is_some_and(|bar| bar.start() == for_bar) {
            slot.prediction = Some(value);
        } else {
            self.late_predictions += 1;
        }
        Ok(())
    }

    fn decide(&mut self, at: Timestamp, out: &mut Vec<Action>) {
        let equity = self.equity();
        if equity <= 0.0 && self.halted != Some(Halt::Ruin) {
            self.halted = Some(Halt::Ruin);
            self.flatten(ExitReason::Flatten, When::NextOpen, out);
        }
        for index in 0..self.slots.len() {
            let proposed = self.propose(index, equity, at);
            let Some(slot) = self.slots.get_mut(index).filter(|slot| slot.undecided) else {
                continue;
            };
            // a bar is decided on once, whatever comes after
            slot.undecided = false;
            match proposed {
                Ok((bracket, reserved_risk)) => {
                    self.next_order += 1;
                    slot.state = OrderState::Pending {
                        bracket: *bracket.get(),
                        reserved_risk,
                    };
                    out.push(Action::Open(bracket));
                }
                Err(reason) => {
                    if let Some(count) = self.no_trades.get_mut(reason as usize) {
                        *count += 1;
                    }
                }
            }
        }
    }

    /// The bracket that the rules want for an instrument now, and the cash it puts at risk.
    fn propose(
        &self,
        index: usize,
        equity: f64,
        at: Timestamp,
    ) -> Result<(RiskApproved<Bracket>, f64), NoTrade> {
        let slot = self
            .slots
            .get(index)
            .filter(|slot| slot.undecided)
            .ok_or(NoTrade::NoPrediction)?;
        let bar = slot.bar.ok_or(NoTrade::NoPrediction)?;
        let known = Known {
            close: bar.close(),
            prediction: slot.prediction,
            atr: slot.atr_value,
            grid: &slot.grid,
        };
        let Intent {
            side,
            target,
            stop,
            stop_distance,
        } = self.rules.strategy.decide(&known)?;
        if slot.state != OrderState::Flat {
            return Err(NoTrade::PositionOpen);
        }
        if self.halted.is_some() {
            return Err(NoTrade::Halted);
        }
        let funds = self.funds(equity);
        let sized = self
            .rules
            .sizing
            .lots(funds, bar.close(), stop_distance, &slot.instrument);
        let (lots, sized_by) = sized.map_err(|reason| match reason {
            Unsizable::Quantity => NoTrade::BelowMinQuantity,
            Unsizable::Notional => NoTrade::BelowMinNotional,
            Unsizable::TooLarge => NoTrade::TooLarge,
        })?;
        let inst = InstId(index as u16);
        let order = OrderId(self.next_order);
        let bracket = Bracket {
            order,
            inst,
            side,
            lots,
            target,
            stop,
            decided_at: at,
            sized_by,
        };
        let approved = risk::approve(bracket, self.halted).map_err(|refused| match refused {
            Refused::Halted => NoTrade::Halted,
            Refused::Malformed => NoTrade::LevelsTooClose,
        })?;
        Ok((approved, lots.0 as f64 * stop_distance * slot.unit_value))
    }

    /// What a new trade may be sized from: equity less the risk that pending entries reserve, at most the available
    /// funds, and the notional that other brackets leave free.
    fn funds(&self, equity: f64) -> Funds {
        let reserved = self.slots.iter().map(|slot| match slot.state {
            OrderState::Pending { reserved_risk, .. } => reserved_risk,
            _ => 0.0,
        });
        let at_most = |value: f64| match self.available_funds {
            Some(funds) if funds < value => funds,
            _ => value,
        };
        Funds {
            at_risk: at_most(equity - reserved.sum::<f64>()),
            own: at_most(equity),
            committed: self.slots.iter().map(Slot::committed).sum(),
        }
    }

    fn take_timer(&mut self, kind: TimerKind, out: &mut Vec<Action>) -> Result<(), EngineError> {
        match kind {
            TimerKind::EntryExpiry(inst) => {
                let slot = self.slot_mut(inst)?;
                out.extend(slot.cancel_entry(inst));
            }
            TimerKind::SessionExit(inst) => {
                let slot = self.slot_mut(inst)?;
                out.extend(slot.cancel_entry(inst));
                out.extend(slot.exit(inst, ExitReason::SessionEnd, When::ThisClose));
            }
        }
        Ok(())
    }

    fn take_fill(&mut self, fill: &Fill, out: &mut Vec<Action>) -> Result<(), EngineError> {
        within("fill price", fill.price, f64::MIN_POSITIVE, f64::MAX)?;
        within("fee", fill.fee, -1e12, 1e12)?;
        let inst = fill.inst;
        let slot = self
            .slots
            .get_mut(usize::from(inst.0))
            .ok_or(EngineError::UnknownInstrument(inst))?;
        if slot.knows(fill) {
            return Ok(());
        }
        match fill.leg {
            Leg::Entry => {
                slot.enter(fill)?;
                self.cash.balance -= fill.fee;
            }
            Leg::Target | Leg::Stop | Leg::Exit => {
                let (gross, cancel, trade) = slot.leave(fill)?;
                self.cash.balance += gross - fill.fee;
                out.extend(cancel);
                self.trades.extend(trade);
            }
        }
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
        let slot = self.slot_mut(inst)?;
        if slot.order() != Some(order) || matches!(state, LegState::Accepted | LegState::Unknown) {
            return Ok(());
        }
        match (&mut slot.state, leg) {
            (OrderState::Pending { .. }, Leg::Entry) => slot.state = OrderState::Flat,
            (OrderState::Open { unfilled, .. }, Leg::Entry) => *unfilled = Lots(0),
            (OrderState::Open { exit, .. }, Leg::Exit) => *exit = None,
            // a refused stop or target leaves the position unprotected: it must not stay open
            (OrderState::Open { .. }, Leg::Target | Leg::Stop) if state == LegState::Rejected => {
                out.extend(slot.exit(inst, ExitReason::Flatten, When::NextOpen));
            }
            _ => {}
        }
        Ok(())
    }

    fn take_command(&mut self, command: Command, out: &mut Vec<Action>) -> Result<(), EngineError> {
        match command {
            Command::SetParameters { strategy, sizing } => {
                strategy.validate()?;
                sizing.validate()?;
                self.rules = Rules { strategy, sizing };
            }
            Command::Halt => self.halted = self.halted.or(Some(Halt::Command)),
            Command::Resume if self.halted == Some(Halt::Command) => self.halted = None,
            Command::Resume => {}
            Command::Flatten { why, when } => self.flatten(why, when, out),
        }
        Ok(())
    }

    fn flatten(&mut self, why: ExitReason, when: When, out: &mut Vec<Action>) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let inst = InstId(index as u16);
            out.extend(slot.cancel_entry(inst));
            out.extend(slot.exit(inst, why, when));
        }
    }
}
