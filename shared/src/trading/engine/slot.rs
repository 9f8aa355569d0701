//! One instrument of an engine: its last bar, its volatility, and the state of its bracket.

use super::messages::{Action, EngineError};
use crate::base::units::{Lots, OutOfBounds, TickGrid};
use crate::market::bars::{Bar, Instrument};
use crate::signal::indicators::{Atr, Indicator};
use crate::signal::prediction::Prediction;
use crate::trading::fills;
use crate::trading::orders::{Bracket, ExecId, ExitReason, Fill, InstId, Leg, OrderId, When};
use crate::trading::portfolio::{CostParts, Position, Trade};

/// The state of one instrument's bracket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum OrderState {
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

pub(super) struct Slot {
    pub(super) grid: TickGrid,
    pub(super) instrument: Instrument,
    /// Cash for a price move of 1 on one lot.
    pub(super) unit_value: f64,
    atr: Atr,
    pub(super) atr_value: Option<f64>,
    bars: u64,
    pub(super) bar: Option<Bar>,
    /// Whether the last bar is still to be decided on.
    pub(super) undecided: bool,
    /// The prediction made at the close of the last bar.
    pub(super) prediction: Option<Prediction>,
    pub(super) state: OrderState,
    /// The bracket before the current one.
    last_order: Option<OrderId>,
    /// Executions of the current and the last bracket, by which duplicates are known.
    seen: Vec<(OrderId, ExecId)>,
}

/// Bars over which the canonical volatility is averaged.
pub const ATR_PERIOD: usize = 14;

impl Slot {
    pub(super) fn new(instrument: &Instrument) -> Result<Self, OutOfBounds> {
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
            undecided: false,
            prediction: None,
            state: OrderState::Flat,
            last_order: None,
            seen: Vec::new(),
        })
    }

    pub(super) fn order(&self) -> Option<OrderId> {
        match &self.state {
            OrderState::Flat => None,
            OrderState::Pending { bracket, .. } => Some(bracket.order),
            OrderState::Open { position, .. } => Some(position.bracket.order),
        }
    }

    /// The notional that a pending or open bracket takes up, at the last close.
    pub(super) fn committed(&self) -> f64 {
        let lots = match &self.state {
            OrderState::Flat => return 0.0,
            OrderState::Pending { bracket, .. } => bracket.lots.0,
            OrderState::Open {
                position, unfilled, ..
            } => position.lots.0 + unfilled.0,
        };
        self.bar
            .map_or(0.0, |bar| lots as f64 * self.unit_value * bar.close())
    }

    pub(super) fn unrealised(&self) -> f64 {
        match (&self.state, &self.bar) {
            (OrderState::Open { position, .. }, Some(bar)) => {
                position.unrealised(bar.close(), position.lots, self.unit_value)
            }
            _ => 0.0,
        }
    }

    pub(super) fn take_bar(&mut self, bar: Bar) -> Result<(), EngineError> {
        if let Some(last) = self.bar.filter(|last| bar.start() <= last.start()) {
            return Err(EngineError::BarOutOfOrder {
                start: bar.start(),
                last: last.start(),
            });
        }
        self.atr_value = self.atr.update([bar.high(), bar.low(), bar.close()]);
        self.bar = Some(bar);
        self.undecided = true;
        self.prediction = None;
        self.bars += 1;
        if let OrderState::Open { position, .. } = &mut self.state {
            position.extremes.take_in(bar.low(), bar.high());
        }
        Ok(())
    }

    /// Whether an execution was taken in already.
    pub(super) fn knows(&self, fill: &Fill) -> bool {
        self.seen.contains(&(fill.order, fill.exec))
    }

    /// Takes in an entry execution.
    pub(super) fn enter(&mut self, fill: &Fill) -> Result<(), EngineError> {
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
                let kept = [self.last_order, Some(fill.order)];
                self.seen.retain(|(order, _)| kept.contains(&Some(*order)));
                self.last_order = Some(fill.order);
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
    pub(super) fn leave(
        &mut self,
        fill: &Fill,
    ) -> Result<(f64, Option<Action>, Option<Trade>), EngineError> {
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
        let at_stop = position.unrealised(
            self.grid.price(position.first_stop),
            position.entered,
            self.unit_value,
        );
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
            initial_risk: (at_stop < 0.0).then_some(-at_stop),
            exit_at: last.at,
            exit_price: position.closed.price,
            exit_reason,
            gross_profit: position.closed.gross,
            costs,
            cost_parts: CostParts {
                commission: costs,
                ..CostParts::default()
            },
            net_profit: position.closed.gross - costs,
            mae,
            mfe,
            // an exit at the close comes after its bar has been counted, every other one before
            bars_held: self.bars - position.bars_before
                + u64::from(
                    !self
                        .bar
                        .is_some_and(|bar| bar.start() <= last.at && last.at < bar.end()),
                ),
        }
    }

    pub(super) fn cancel_entry(&mut self, inst: InstId) -> Option<Action> {
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
    pub(super) fn exit(&mut self, inst: InstId, why: ExitReason, when: When) -> Option<Action> {
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
