//! The engine: events in, actions out. Backtest, sweep, paper and live drive this one step function.

use serde::{Deserialize, Serialize};

use super::fills;
use super::orders::{Bracket, ExecId, ExitReason, Fill, InstId, Leg, LegState, OrderId, When};
use super::portfolio::{Cash, Position, Trade};
use super::risk::{self, Halt, Refused, RiskApproved};
use super::sizing::{Sizing, TooSmall};
use super::strategy::{Intent, Known, NoTrade, Strategy};
use crate::base::time::Timestamp;
use crate::base::units::{Lots, OutOfBounds, TickGrid, Ticks, within};
use crate::market::bars::{Bar, Instrument};
use crate::signal::indicators::{Atr, Indicator};
use crate::signal::prediction::Prediction;

/// What happens to an engine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// A bar has ended. It marks the account and feeds the indicators; it decides nothing.
    Bar {
        /// Which instrument.
        inst: InstId,
        /// The bar.
        bar: Bar,
    },
    /// A prediction was made at the close of a bar.
    Prediction {
        /// Which instrument.
        inst: InstId,
        /// The start of the deciding bar.
        for_bar: Timestamp,
        /// The prediction.
        value: Prediction,
    },
    /// All bars and predictions of this time are in, or the deadline for them passed: decide.
    Decide {
        /// The end of the deciding bars.
        at: Timestamp,
    },
    /// A time that was waited for has come.
    Timer {
        /// When.
        at: Timestamp,
        /// Which.
        kind: TimerKind,
    },
    /// A venue executed something.
    Fill(Fill),
    /// A venue reports the state of a leg.
    Order {
        /// Which instrument.
        inst: InstId,
        /// Which bracket.
        order: OrderId,
        /// Which leg.
        leg: Leg,
        /// Its state.
        state: LegState,
    },
    /// A venue reports what the account can still pay for.
    Account {
        /// Funds in account currency.
        available_funds: f64,
        /// When.
        at: Timestamp,
    },
    /// A person asks for something.
    Command {
        /// When.
        at: Timestamp,
        /// What.
        command: Command,
    },
}

/// A time that was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerKind {
    /// An entry that has not filled is to be withdrawn.
    EntryExpiry(InstId),
    /// A position is to be closed at the close of the bar in progress.
    SessionExit(InstId),
}

/// What a person asks for. It takes effect from the next decision on; open brackets keep their levels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Trade by other parameters.
    SetParameters {
        /// The strategy.
        strategy: Strategy,
        /// The sizing.
        sizing: Sizing,
    },
    /// Make no new entries.
    Halt,
    /// Make entries again.
    Resume,
    /// Close every position and withdraw every pending entry.
    Flatten {
        /// The reason to record.
        why: ExitReason,
        /// When the exits are to fill.
        when: When,
    },
}

/// What an engine asks of a venue.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Place a bracket.
    Open(RiskApproved<Bracket>),
    /// Move a bracket's stop.
    Amend {
        /// Which instrument.
        inst: InstId,
        /// Which bracket.
        order: OrderId,
        /// The new stop.
        stop: Ticks,
    },
    /// Close what a bracket holds.
    Exit {
        /// Which instrument.
        inst: InstId,
        /// Which bracket.
        order: OrderId,
        /// Why.
        why: ExitReason,
        /// When.
        when: When,
    },
    /// Withdraw an entry, or what is left of it.
    CancelEntry {
        /// Which instrument.
        inst: InstId,
        /// Which bracket.
        order: OrderId,
    },
}

/// Whoever carries actions out: a simulated broker, a real one, a test double.
pub trait Venue {
    /// Takes an action; what comes of it returns as events.
    fn submit(&mut self, action: &Action);
}

/// An event that cannot be. The engine is unchanged after it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EngineError {
    /// No such instrument.
    #[error("instrument {0:?} is not one of this engine's")]
    UnknownInstrument(InstId),
    /// A bar that does not follow the one before.
    #[error(
        "the bar of {start} does not come after the one of {last}: bars must arrive in order, each once"
    )]
    BarOutOfOrder {
        /// The bar's start.
        start: Timestamp,
        /// The start of the bar before it.
        last: Timestamp,
    },
    /// A fill of an order that is neither pending nor open.
    #[error("execution {exec:?} belongs to order {order:?}, which is neither pending nor open")]
    UnknownOrder {
        /// The execution.
        exec: ExecId,
        /// The order it names.
        order: OrderId,
    },
    /// A fill of more than there is.
    #[error("execution {exec:?} fills {filled:?} lots, but only {open:?} remain")]
    Overfill {
        /// The execution.
        exec: ExecId,
        /// What it fills.
        filled: Lots,
        /// What remained to fill.
        open: Lots,
    },
    /// A number that is not finite or out of bounds.
    #[error(transparent)]
    Bounds(#[from] OutOfBounds),
}

/// What an engine trades by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// The strategy.
    pub strategy: Strategy,
    /// The sizing.
    pub sizing: Sizing,
}

/// The state of one instrument's bracket.
#[derive(Debug, Clone, Copy, PartialEq)]
enum OrderState {
    Flat,
    Pending {
        bracket: Bracket,
        reserved_risk: f64,
    },
    Open {
        position: Position,
        unfilled: Lots,
        exit: Option<ExitReason>,
    },
}

struct Slot {
    grid: TickGrid,
    instrument: Instrument,
    /// Cash for a price move of 1 on one lot.
    unit_value: f64,
    atr: Atr,
    atr_value: Option<f64>,
    bars: u64,
    bar: Option<Bar>,
    prediction: Option<(Timestamp, Prediction)>,
    state: OrderState,
    /// Executions of the current and the last bracket, by which duplicates are known.
    seen: Vec<(OrderId, ExecId)>,
}

/// Bars over which the canonical volatility is averaged.
pub const ATR_PERIOD: usize = 14;

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
        if slot.bar.is_some_and(|bar| bar.start == for_bar) {
            slot.prediction = Some((for_bar, value));
        } else {
            self.late_predictions += 1;
        }
        Ok(())
    }

    fn decide(&mut self, at: Timestamp, out: &mut Vec<Action>) {
        let equity = self.equity();
        if equity <= 0.0 && self.halted.is_none() {
            self.halted = Some(Halt::Ruin);
            self.flatten(ExitReason::Flatten, When::NextOpen, out);
        }
        for index in 0..self.slots.len() {
            match self.propose(index, equity, at) {
                Ok((bracket, reserved_risk)) => {
                    self.next_order += 1;
                    if let Some(slot) = self.slots.get_mut(index) {
                        slot.state = OrderState::Pending {
                            bracket: *bracket.get(),
                            reserved_risk,
                        };
                    }
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
        let slot = self.slots.get(index).ok_or(NoTrade::NoPrediction)?;
        let bar = slot.bar.ok_or(NoTrade::NoPrediction)?;
        let prediction = slot
            .prediction
            .filter(|(for_bar, _)| *for_bar == bar.start)
            .map(|(_, value)| value);
        let known = Known {
            close: bar.close,
            prediction,
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
        let spendable = self.spendable(equity);
        let sized = self
            .rules
            .sizing
            .lots(spendable, bar.close, stop_distance, &slot.instrument);
        let (lots, sized_by) = sized.map_err(|reason| match reason {
            TooSmall::Quantity => NoTrade::BelowMinQuantity,
            TooSmall::Notional => NoTrade::BelowMinNotional,
        })?;
        let inst = InstId(index as u16);
        let bracket = Bracket {
            order: OrderId(self.next_order),
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

    /// What sizes are computed from: equity less the risk that pending entries reserve, at most the available funds.
    fn spendable(&self, equity: f64) -> f64 {
        let reserved = self.slots.iter().map(|slot| match slot.state {
            OrderState::Pending { reserved_risk, .. } => reserved_risk,
            _ => 0.0,
        });
        let free = equity - reserved.sum::<f64>();
        match self.available_funds {
            Some(funds) if funds < free => funds,
            _ => free,
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
        if slot.seen.contains(&(fill.order, fill.exec)) {
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

impl Slot {
    fn new(instrument: &Instrument) -> Result<Self, OutOfBounds> {
        instrument.validate()?;
        let atr = Atr::new(ATR_PERIOD).map_err(|_| OutOfBounds {
            name: "atr",
            value: 0.0,
            bound: "positive".to_owned(),
        })?;
        Ok(Self {
            grid: TickGrid::new(instrument.tick_size)?,
            instrument: instrument.clone(),
            unit_value: instrument.multiplier * instrument.lot_size,
            atr,
            atr_value: None,
            bars: 0,
            bar: None,
            prediction: None,
            state: OrderState::Flat,
            seen: Vec::new(),
        })
    }

    fn order(&self) -> Option<OrderId> {
        match &self.state {
            OrderState::Flat => None,
            OrderState::Pending { bracket, .. } => Some(bracket.order),
            OrderState::Open { position, .. } => Some(position.bracket.order),
        }
    }

    fn unrealised(&self) -> f64 {
        match (&self.state, &self.bar) {
            (OrderState::Open { position, .. }, Some(bar)) => {
                position.unrealised(bar.close, position.lots, self.unit_value)
            }
            _ => 0.0,
        }
    }

    fn take_bar(&mut self, bar: Bar) -> Result<(), EngineError> {
        if let Some(last) = self.bar.filter(|last| bar.start <= last.start) {
            return Err(EngineError::BarOutOfOrder {
                start: bar.start,
                last: last.start,
            });
        }
        self.atr_value = self.atr.update([bar.high, bar.low, bar.close]);
        self.bar = Some(bar);
        self.bars += 1;
        if let OrderState::Open { position, .. } = &mut self.state {
            position.extremes.take_in(bar.low, bar.high);
        }
        Ok(())
    }

    /// Takes in an entry execution.
    fn enter(&mut self, fill: &Fill) -> Result<(), EngineError> {
        let unknown = EngineError::UnknownOrder {
            exec: fill.exec,
            order: fill.order,
        };
        let within_open = |open: Lots| {
            if fill.lots.0 < 1 || fill.lots > open {
                return Err(EngineError::Overfill {
                    exec: fill.exec,
                    filled: fill.lots,
                    open,
                });
            }
            Ok(Lots(open.0 - fill.lots.0))
        };
        match &mut self.state {
            OrderState::Pending { bracket, .. } if bracket.order == fill.order => {
                let bracket = *bracket;
                let unfilled = within_open(bracket.lots)?;
                let resolve =
                    |level, leg| fills::resolve(level, leg, bracket.side, fill.price, &self.grid);
                let (target, stop) = (
                    resolve(bracket.target, Leg::Target),
                    resolve(bracket.stop, Leg::Stop),
                );
                let position = Position::open(bracket, fill, target, stop, self.bars);
                self.state = OrderState::Open {
                    position,
                    unfilled,
                    exit: None,
                };
                // what the bracket before the last one filled can no longer arrive twice
                let keep = fill.order.0.saturating_sub(1);
                self.seen.retain(|(order, _)| order.0 >= keep);
            }
            OrderState::Open {
                position, unfilled, ..
            } if position.bracket.order == fill.order => {
                *unfilled = within_open(*unfilled)?;
                position.add(fill);
            }
            _ => return Err(unknown),
        }
        self.seen.push((fill.order, fill.exec));
        Ok(())
    }

    /// Takes in an exit execution: its profit before fees, what is to be withdrawn, and the round trip it completes.
    fn leave(&mut self, fill: &Fill) -> Result<(f64, Option<Action>, Option<Trade>), EngineError> {
        let unit_value = self.unit_value;
        let OrderState::Open {
            position,
            unfilled,
            exit,
        } = &mut self.state
        else {
            return Err(EngineError::UnknownOrder {
                exec: fill.exec,
                order: fill.order,
            });
        };
        if position.bracket.order != fill.order {
            return Err(EngineError::UnknownOrder {
                exec: fill.exec,
                order: fill.order,
            });
        }
        if fill.lots.0 < 1 || fill.lots > position.lots {
            return Err(EngineError::Overfill {
                exec: fill.exec,
                filled: fill.lots,
                open: position.lots,
            });
        }
        let gross = position.reduce(fill, unit_value);
        self.seen.push((fill.order, fill.exec));
        if position.lots.0 > 0 {
            return Ok((gross, None, None));
        }
        let why = match fill.leg {
            Leg::Target => ExitReason::Target,
            Leg::Stop => ExitReason::Stop,
            Leg::Entry | Leg::Exit => exit.unwrap_or(ExitReason::Flatten),
        };
        let cancel = (unfilled.0 > 0).then_some(Action::CancelEntry {
            inst: fill.inst,
            order: fill.order,
        });
        let position = *position;
        self.state = OrderState::Flat;
        Ok((gross, cancel, Some(self.round_trip(&position, fill, why))))
    }

    fn round_trip(&self, position: &Position, last: &Fill, exit_reason: ExitReason) -> Trade {
        let bracket = &position.bracket;
        let costs = position.entry_fees + position.closed.fees;
        let (low, high) = (position.extremes.low, position.extremes.high);
        let at_low = position.unrealised(low, position.entered, self.unit_value);
        let at_high = position.unrealised(high, position.entered, self.unit_value);
        let (mae, mfe) = if at_low < at_high {
            (at_low, at_high)
        } else {
            (at_high, at_low)
        };
        Trade {
            inst: bracket.inst,
            order: bracket.order,
            side: bracket.side,
            quantity: position.entered.0 as f64 * self.instrument.lot_size,
            sized_by: bracket.sized_by,
            decided_at: bracket.decided_at,
            entry_at: position.entry_at,
            entry_price: position.entry_price,
            target_price: self.grid.price(position.target),
            stop_price: self.grid.price(position.stop),
            exit_at: last.at,
            exit_price: position.closed.price,
            exit_reason,
            gross_profit: position.closed.gross,
            costs,
            net_profit: position.closed.gross - costs,
            mae,
            mfe,
            // an exit at the close comes after its bar has been counted, every other one before
            bars_held: self.bars - position.bars_before
                + u64::from(
                    !self
                        .bar
                        .is_some_and(|bar| bar.start <= last.at && last.at < bar.end),
                ),
        }
    }

    fn cancel_entry(&mut self, inst: InstId) -> Option<Action> {
        match &self.state {
            OrderState::Pending { bracket, .. } => Some(Action::CancelEntry {
                inst,
                order: bracket.order,
            }),
            OrderState::Open {
                position, unfilled, ..
            } if unfilled.0 > 0 => Some(Action::CancelEntry {
                inst,
                order: position.bracket.order,
            }),
            _ => None,
        }
    }

    /// Asks for the position to be closed, once.
    fn exit(&mut self, inst: InstId, why: ExitReason, when: When) -> Option<Action> {
        match &mut self.state {
            OrderState::Open { position, exit, .. } if exit.is_none() => {
                *exit = Some(why);
                Some(Action::Exit {
                    inst,
                    order: position.bracket.order,
                    why,
                    when,
                })
            }
            _ => None,
        }
    }
}
