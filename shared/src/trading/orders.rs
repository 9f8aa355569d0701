//! Orders: what is asked of a venue, before anything has happened.
//!
//! The numbers of enum variants are part of digests: they never change, and a new variant takes a new one.

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::base::units::{Lots, Ticks};

/// An instrument of one engine, by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstId(pub u16);

/// A bracket order of one engine. Numbered from 1, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(pub u64);

/// An execution, as the venue names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExecId(pub u64);

/// Long or short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Bought first, sold later.
    Long = 0,
    /// Sold first, bought back later.
    Short = 1,
}

impl Side {
    /// 1 for long, −1 for short.
    pub const fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
        }
    }
}

/// One of the orders that make up a bracket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Leg {
    /// The order that opens the position.
    Entry,
    /// The take-profit limit.
    Target,
    /// The protective stop.
    Stop,
    /// An order of the engine's own that closes the position; it joins the bracket's one-cancels-all group.
    Exit,
}

/// A price level of a bracket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// At a price fixed by the decision.
    At(Ticks),
    /// At a distance from the actual fill, in the direction of the leg; the venue anchors it.
    FromFill(Ticks),
}

/// What limited the size of a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizedBy {
    /// The risk per trade: as intended.
    Risk = 0,
    /// The buying power: a cap, the trade risks less than intended.
    BuyingPower = 1,
}

/// A market entry with its protective levels, frozen at the decision. It expires at the end of the next bar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bracket {
    /// The engine's number for it.
    pub order: OrderId,
    /// What to trade.
    pub inst: InstId,
    /// Which way.
    pub side: Side,
    /// How much.
    pub lots: Lots,
    /// Where to take profit.
    pub target: Level,
    /// Where to give up.
    pub stop: Level,
    /// The end of the deciding bar.
    pub decided_at: Timestamp,
    /// What limited the quantity.
    pub sized_by: SizedBy,
}

/// Why a position was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitReason {
    /// The target was reached.
    Target = 0,
    /// The stop was reached.
    Stop = 1,
    /// The session ended.
    SessionEnd = 2,
    /// A person or a risk limit asked to flatten.
    Flatten = 3,
    /// The data ended.
    EndOfData = 4,
}

impl ExitReason {
    /// The reason as it is shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Stop => "stop",
            Self::SessionEnd => "session end",
            Self::Flatten => "flatten",
            Self::EndOfData => "end of data",
        }
    }
}

/// When an exit of the engine's own is to fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// At the open of the next bar.
    NextOpen,
    /// At the close of the bar in progress.
    ThisClose,
}

/// What the venue says of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegState {
    /// The venue works it.
    Accepted,
    /// It is gone, by request or expiry.
    Cancelled,
    /// The venue refused it.
    Rejected,
    /// Nobody knows: it must be asked for before anything is done about it.
    Unknown,
}

/// An execution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fill {
    /// Which instrument.
    pub inst: InstId,
    /// Which bracket.
    pub order: OrderId,
    /// Which of its legs.
    pub leg: Leg,
    /// The venue's name for the execution; a second fill of the same name changes nothing.
    pub exec: ExecId,
    /// How much.
    pub lots: Lots,
    /// At what price.
    pub price: f64,
    /// Commission and fees in account currency, 0 or more.
    pub fee: f64,
    /// When.
    pub at: Timestamp,
}
