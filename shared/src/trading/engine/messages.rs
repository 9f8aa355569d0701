//! What passes between an engine and the world: events in, actions out.

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::base::units::{Lots, OutOfBounds, Ticks};
use crate::market::bars::Bar;
use crate::signal::prediction::Prediction;
use crate::trading::orders::{
    Bracket, ExecId, ExitReason, Fill, InstId, Leg, LegState, OrderId, When,
};
use crate::trading::risk::RiskApproved;
use crate::trading::sizing::Sizing;
use crate::trading::strategy::Strategy;

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
