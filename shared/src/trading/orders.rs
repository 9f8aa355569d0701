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

    /// Whether a stop is nearer to the profit than another.
    pub fn is_nearer(self, stop: Ticks, than: Ticks) -> bool {
        match self {
            Self::Long => stop > than,
            Self::Short => stop < than,
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// At a price fixed by the decision.
    At(Ticks),
    /// At a distance in price from the first execution of the entry that the venue makes, in the direction of the leg. The venue
    /// anchors it and rounds the level then, once; where executions may be reported in another order, it says where the legs stand
    /// ([`LegState::At`]).
    FromFill(f64),
}

/// What limited the size of a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizedBy {
    /// The risk per trade: as intended.
    Risk = 0,
    /// The buying power: a cap, the trade is smaller than intended.
    BuyingPower = 1,
    /// The largest position allowed: a cap, the trade is smaller than intended.
    MaxPosition = 2,
    /// The quantity, share or notional that was asked for: as intended.
    Asked = 3,
    /// The cash when the entry filled: as intended, in the dialect of a tool that sizes so.
    Fill = 4,
}

impl SizedBy {
    /// Whether a cap made the trade smaller than intended.
    pub const fn is_cap(self) -> bool {
        matches!(self, Self::BuyingPower | Self::MaxPosition)
    }
}

/// How an entry is to fill. Every entry is for the next bar only, except one at the close of the deciding bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryOrder {
    /// At the open, whatever it is.
    Market,
    /// At this price or better.
    Limit(Ticks),
    /// At the close of the deciding bar itself: optimistic, for dialects that need it.
    Close,
}

/// An entry with its protective levels, frozen at the decision. It expires at the end of the next bar.
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
    /// How the entry is to fill.
    pub entry: EntryOrder,
    /// Where to take profit, if anywhere.
    pub target: Option<Level>,
    /// Where to give up, if anywhere.
    pub stop: Option<Level>,
    /// The end of the deciding bar.
    pub decided_at: Timestamp,
    /// What limited the quantity.
    pub sized_by: SizedBy,
    /// A bracket whose exit has to fill first: this one reverses it.
    pub replaces: Option<OrderId>,
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
    /// The stop was reached after it had been trailed.
    TrailingStop = 5,
    /// The position was held for as long as it may be.
    MaxHold = 6,
    /// A signal asked for it.
    Signal = 7,
    /// A loss limit of the account was breached.
    LossLimit = 8,
    /// A split left less than one lot of it, which was paid in cash.
    CashInLieu = 9,
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
            Self::TrailingStop => "trailing stop",
            Self::MaxHold => "maximum hold",
            Self::Signal => "signal",
            Self::LossLimit => "loss limit",
            Self::CashInLieu => "cash in lieu",
        }
    }
}

/// When an exit of the engine's own is to fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// At the open of the next bar.
    NextOpen,
    /// At the very close at which it was decided: optimistic, for dialects that need it.
    DecidingClose,
    /// At the close of the bar in progress; asked for at a bar's close, of the bar that begins then.
    ThisClose,
}

/// What the venue says of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegState {
    /// The venue works it. Where an entry was said to be gone before, it is not.
    Accepted,
    /// The venue works it at this level: what became of an amendment, which it took or refused, or where it placed or moved a
    /// level by itself.
    At(Ticks),
    /// It is gone, by request or expiry. A stop that is replaced in order to be moved is not gone.
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
    /// At what price, slippage and spread included.
    pub price: f64,
    /// What the execution cost.
    pub costs: FillCosts,
    /// When.
    pub at: Timestamp,
}

/// What an execution cost, in account currency.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct FillCosts {
    /// Commission and fees, charged apart from the price; negative is a rebate.
    pub commission: f64,
    /// Currency conversion, charged apart from the price.
    pub conversion: f64,
    /// What slippage took, already in the price; 0 where it is not known.
    pub slippage: f64,
    /// What the spread took, already in the price; 0 where it is not known.
    pub spread: f64,
}

impl FillCosts {
    /// What is charged apart from the price.
    pub fn charged(&self) -> f64 {
        let Self {
            commission,
            conversion,
            // in the price already
            slippage: _,
            spread: _,
        } = self;
        commission + conversion
    }
}

/// What an account is charged for outside an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeKind {
    /// Commission that a broker reports later than the execution.
    Commission,
    /// Borrowing the shares of a short position.
    Borrow,
    /// Financing a long position.
    Financing,
}

/// An amount charged to the account on behalf of a bracket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Charge {
    /// Which instrument.
    pub inst: InstId,
    /// Which bracket.
    pub order: OrderId,
    /// The venue's name for it; a second charge of the same name changes nothing.
    pub exec: ExecId,
    /// What for.
    pub kind: ChargeKind,
    /// Account currency; negative is a credit.
    pub amount: f64,
    /// When.
    pub at: Timestamp,
}
