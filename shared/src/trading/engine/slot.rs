//! One instrument of an engine: its last bar, its volatility, and the brackets that are pending or open.

use std::collections::VecDeque;

use super::clock::Clock;
use super::held::{Held, Pending, RestState};
use super::messages::{Action, EngineError, Tradable};
use super::seen::Seen;
use crate::base::time::Timestamp;
use crate::base::units::{OutOfBounds, TickGrid, Ticks, within};
use crate::market::bars::{Bar, Instrument};
use crate::signal::indicators::{Atr, Indicator};
use crate::signal::prediction::Prediction;
use crate::signal::signals::Signal;
use crate::trading::orders::{Charge, ExitReason, Fill, InstId, Leg, Level, OrderId, When};

/// Bars over which the canonical volatility is averaged.
pub const ATR_PERIOD: usize = 14;

#[derive(Clone)]
pub(super) struct Slot {
    pub(super) grid: TickGrid,
    pub(super) instrument: Instrument,
    pub(super) fx: f64,
    /// Account currency for a price move of 1 on one lot.
    pub(super) unit_value: f64,
    pub(super) atr: Atr,
    pub(super) atr_value: Option<f64>,
    pub(super) bars: u64,
    pub(super) bar: Option<Bar>,
    /// Whether the last bar is still to be decided on.
    pub(super) undecided: bool,
    /// What was made at the close of the last bar.
    pub(super) prediction: Option<Prediction>,
    pub(super) signal: Option<Signal>,
    /// Brackets that are pending or open: one, but for a reversal or a fill that came late.
    pub(super) held: Vec<Held>,
    pub(super) gone: VecDeque<Pending>,
    /// Exits that were reported before the entries they close.
    pub(super) early: Vec<Fill>,
    /// Charges that were reported before the entry they belong to.
    pub(super) early_charges: Vec<Charge>,
    /// Executions taken in: by them duplicates are known.
    pub(super) seen: Seen,
    /// Charges taken in; they may bear the names of executions.
    pub(super) seen_charges: Seen,
    /// When the last order was decided on.
    pub(super) last_decided: Option<Timestamp>,
    /// The close of the session for whose end positions are being closed.
    pub(super) closing_until: Option<Timestamp>,
    /// The last split and the last dividend.
    pub(super) split_at: Option<Timestamp>,
    pub(super) dividend_at: Option<Timestamp>,
}

impl Slot {
    pub(super) fn new(tradable: &Tradable) -> Result<Self, OutOfBounds> {
        let instrument = &tradable.instrument;
        instrument.validate()?;
        within("fx", tradable.fx, 1e-9, 1e9)?;
        let atr = Atr::new(ATR_PERIOD).map_err(|_| OutOfBounds {
            name: "atr",
            value: 0.0,
            bound: "positive".to_owned(),
        })?;
        Ok(Self {
            grid: TickGrid::new(instrument.tick_size)?,
            instrument: instrument.clone(),
            fx: tradable.fx,
            unit_value: instrument.multiplier * instrument.lot_size * tradable.fx,
            atr,
            atr_value: None,
            bars: 0,
            bar: None,
            undecided: false,
            prediction: None,
            signal: None,
            held: Vec::new(),
            gone: VecDeque::new(),
            early: Vec::new(),
            early_charges: Vec::new(),
            seen: Seen::default(),
            seen_charges: Seen::default(),
            last_decided: None,
            closing_until: None,
            split_at: None,
            dividend_at: None,
        })
    }

    /// The notional of what is held, at the last close.
    pub(super) fn tied_up(&self) -> f64 {
        let Some(bar) = &self.bar else { return 0.0 };
        let lots = self.held.iter().map(|held| held.lots().0 as f64);
        lots.fold(0.0, |sum, lots| sum + lots * self.unit_value * bar.close())
    }

    /// The notional that pending and open brackets take up at the last close, but for one that is being replaced.
    pub(super) fn committed(&self, replaced: Option<OrderId>) -> f64 {
        let Some(bar) = &self.bar else { return 0.0 };
        let others = self
            .held
            .iter()
            .filter(|held| Some(held.order()) != replaced);
        others.fold(0.0, |sum, held| {
            sum + held.committed_lots() as f64 * self.unit_value * bar.close()
        })
    }

    pub(super) fn unrealised(&self) -> f64 {
        let Some(bar) = &self.bar else { return 0.0 };
        self.held.iter().fold(0.0, |sum, held| match held {
            Held::Open(open) => {
                let position = &open.position;
                sum + position.unrealised(bar.close(), position.lots, self.unit_value)
            }
            Held::Pending(_) => sum,
        })
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
        self.signal = None;
        for held in &mut self.held {
            if let Held::Open(open) = held {
                open.live_through(&bar, self.bars, self.unit_value);
            }
        }
        self.bars += 1;
        Ok(())
    }

    pub(super) fn index_of(&self, order: OrderId) -> Option<usize> {
        self.held.iter().position(|held| held.order() == order)
    }

    pub(super) fn held_mut(&mut self, order: OrderId) -> Option<&mut Held> {
        self.held.iter_mut().find(|held| held.order() == order)
    }

    /// The venue says at which price it works a level. Where that is heard before the entry's execution, the level no longer waits
    /// for the fill.
    pub(super) fn works_at(&mut self, order: OrderId, leg: Leg, level: Ticks) {
        let gone = self.gone.iter_mut();
        let waiting = match self.held.iter_mut().find(|held| held.order() == order) {
            Some(Held::Open(open)) => return open.works_at(leg, level),
            Some(Held::Pending(pending)) => Some(pending),
            None => gone.filter(|gone| gone.bracket.order == order).last(),
        };
        let Some(Pending { bracket, .. }) = waiting else {
            return;
        };
        let of_leg = match leg {
            Leg::Target => &mut bracket.target,
            Leg::Stop => &mut bracket.stop,
            Leg::Entry | Leg::Exit => return,
        };
        if let Some(Level::FromFill(_)) = of_leg {
            *of_leg = Some(Level::At(level));
        }
    }

    /// The venue refused a level of a bracket, or gave its stop up: the position must not stay open, nor be opened, and where
    /// an entry is reported all the same it is closed at once. A venue that withdraws the stop because the position is closed
    /// has nothing left to close.
    pub(super) fn lose_protection(
        &mut self,
        inst: InstId,
        order: OrderId,
        clock: Clock,
        out: &mut Vec<Action>,
    ) {
        let why = ExitReason::Flatten;
        match self.held_mut(order) {
            Some(Held::Open(open)) => open.ask_exit(inst, why, clock.soonest(), clock, out),
            Some(Held::Pending(pending)) => {
                pending.leaving = pending.leaving.or(Some(why));
                if pending.rest.state == RestState::Working {
                    pending.rest.withdraw(inst, order, clock.bars, out);
                }
            }
            None => {
                let gone = self.gone.iter_mut();
                for gone in gone.filter(|gone| gone.bracket.order == order) {
                    gone.leaving = gone.leaving.or(Some(why));
                }
            }
        }
    }

    /// How many bars have begun by the time of an execution: one at the close comes after its bar has been counted, one before
    /// the last bar is dated back, every other is of the bar in progress.
    pub(super) fn bars_until(&self, at: Timestamp) -> u64 {
        match &self.bar {
            Some(bar) if at < bar.start() => self.bars.saturating_sub(1),
            Some(bar) if at < bar.end() => self.bars,
            _ => self.bars + 1,
        }
    }

    /// Asks for pending entries, or what is left of them, to be withdrawn. `leaving` says why a fill that comes all the same
    /// is to be closed at once; an entry that merely expired is kept.
    pub(super) fn cancel_entries(
        &mut self,
        inst: InstId,
        leaving: Option<ExitReason>,
        out: &mut Vec<Action>,
    ) {
        let bars = self.bars;
        for held in &mut self.held {
            if let Held::Pending(pending) = held {
                pending.leaving = pending.leaving.or(leaving);
            }
            let order = held.order();
            held.rest_mut().withdraw(inst, order, bars, out);
        }
    }

    /// Asks for every position to be closed, each once.
    pub(super) fn exit_all(
        &mut self,
        inst: InstId,
        why: ExitReason,
        when: When,
        clock: Clock,
        out: &mut Vec<Action>,
    ) {
        for held in &mut self.held {
            if let Held::Open(open) = held {
                open.ask_exit(inst, why, when, clock, out);
            }
        }
    }
}
