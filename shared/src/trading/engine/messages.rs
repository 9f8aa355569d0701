//! What passes between an engine and the world: events in, actions out.

use serde::{Deserialize, Serialize};

use crate::base::digest::Hasher;
use crate::base::time::Timestamp;
use crate::base::units::{Lots, OutOfBounds, Ticks};
use crate::market::bars::{Bar, Instrument};
use crate::signal::prediction::Prediction;
use crate::signal::signals::Signal;
use crate::trading::costs::Costs;
use crate::trading::orders::{
    Bracket, Charge, ExecId, ExitReason, Fill, InstId, Leg, LegState, OrderId, When,
};
use crate::trading::policy::OrderPolicy;
use crate::trading::risk::{RiskApproved, RiskLimits, Standing};
use crate::trading::sizing::Sizing;
use crate::trading::strategy::Strategy;

/// What an engine trades by.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// What to do at a decision.
    pub strategy: Strategy,
    /// How large a trade is.
    pub sizing: Sizing,
    /// How intentions become orders, and when a position ends by other than its levels.
    pub policy: OrderPolicy,
    /// The limits of the account.
    pub limits: RiskLimits,
    /// What trading costs, as far as decisions depend on it: the spread, and costs counted as risk.
    pub costs: Costs,
}

impl Rules {
    /// Checks every number.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        self.strategy.validate()?;
        self.sizing.validate()?;
        self.policy.validate()?;
        self.limits.validate()?;
        self.costs.validate()
    }

    /// Feeds every part.
    pub fn feed(&self, hasher: &mut Hasher) {
        self.strategy.feed(hasher);
        self.sizing.feed(hasher);
        self.policy.feed(hasher);
        self.limits.feed(hasher);
        self.costs.feed(hasher);
    }
}

/// An instrument as one account trades it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tradable {
    /// The instrument.
    pub instrument: Instrument,
    /// Account currency for one unit of the instrument's currency.
    pub fx: f64,
}

/// What happens to an engine.
#[derive(Debug, Clone, PartialEq)]
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
    /// A signal from elsewhere was given at the close of a bar.
    Signal {
        /// Which instrument.
        inst: InstId,
        /// The start of the deciding bar.
        for_bar: Timestamp,
        /// The signal.
        signal: Signal,
    },
    /// All bars and predictions of this time are in, or the deadline for them passed: decide.
    Decide {
        /// The end of the deciding bars.
        at: Timestamp,
    },
    /// The account is marked between decisions, as a watchdog does and as a run does at its last close: loss limits are
    /// held against it, nothing is decided.
    Mark {
        /// When.
        at: Timestamp,
        /// Equity at the prices of this time; at the last closes where it is absent.
        equity: Option<f64>,
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
    /// A venue charged something outside an execution.
    Charge(Charge),
    /// Shares were split, before anything else of the first bar on the new basis. What is held and what works is restated
    /// (quantities times the ratio, prices and levels divided by it, on ticks), by the venue too, and what is reported from
    /// now on is on the new basis. Fractions of a lot are paid in cash. A second one of the same time changes nothing.
    Split {
        /// Which instrument.
        inst: InstId,
        /// New shares for an old one.
        ratio: f64,
        /// The price of the new basis at which fractions are paid: the open of its first bar.
        price: f64,
        /// When.
        at: Timestamp,
    },
    /// Shares trade without a dividend from now on: who is long receives `quantity · last close · (1 − factor)`, who is short
    /// pays it. Orders and levels stay. After a split of the same day. A second one of the same time changes nothing.
    Dividend {
        /// Which instrument.
        inst: InstId,
        /// What prices before it are multiplied by: `1 − amount / last close`.
        factor: f64,
        /// When.
        at: Timestamp,
    },
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
        /// Funds in account currency, net of what positions tie up.
        available_funds: f64,
        /// When.
        at: Timestamp,
    },
    /// What the venue's surroundings allow has changed.
    Standing {
        /// What they allow now.
        standing: Standing,
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

impl Event {
    /// When it happened, as far as it says.
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Bar { bar, .. } => Some(bar.end()),
            Self::Decide { at }
            | Self::Mark { at, .. }
            | Self::Timer { at, .. }
            | Self::Account { at, .. }
            | Self::Standing { at, .. }
            | Self::Split { at, .. }
            | Self::Dividend { at, .. }
            | Self::Command { at, .. } => Some(*at),
            Self::Fill(fill) => Some(fill.at),
            Self::Charge(charge) => Some(charge.at),
            Self::Prediction { .. } | Self::Signal { .. } | Self::Order { .. } => None,
        }
    }
}

/// A time that was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerKind {
    /// An entry that has not filled is to be withdrawn.
    EntryExpiry(InstId),
    /// The bar in progress is the last in which positions may be held: they are closed at its close, and no entry is decided
    /// on before the session is over.
    SessionExit {
        /// Which instrument.
        inst: InstId,
        /// The session's close.
        until: Timestamp,
    },
    /// A session is over whose positions could not be closed in time, because its last bars are missing: they are closed at the
    /// next open.
    SessionExitMissed(InstId),
    /// A day begins for the daily loss limit.
    RiskDay,
}

/// What a person asks for. It takes effect from the next decision on; open brackets keep their levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Trade by other rules.
    SetRules(Box<Rules>),
    /// Make no new entries.
    Halt,
    /// Make entries again.
    Resume,
    /// Close every position and withdraw every pending entry.
    Flatten {
        /// Of one instrument, or of all.
        inst: Option<InstId>,
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
    /// Move a bracket's stop. A venue that refuses says where it works the stop ([`LegState::At`]); it may say so where it does
    /// as asked.
    Amend {
        /// Which instrument.
        inst: InstId,
        /// Which bracket.
        order: OrderId,
        /// The new stop.
        stop: Ticks,
    },
    /// Close what a bracket holds when this fills, however much that is by then. It replaces an exit of the same bracket that
    /// was asked for before, and is asked for again while the position is not known to be closed, in case it got lost: a
    /// venue never works two exits of a bracket, nor closes more than it holds.
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
    /// Withdraw an entry, or what is left of it. It is asked for again until the venue says that the entry is gone, or all of
    /// it has filled.
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
    /// A fill or a charge of an order that this engine never placed, or that was done long ago.
    #[error("execution {exec:?} belongs to order {order:?}, of which nothing can be open")]
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
