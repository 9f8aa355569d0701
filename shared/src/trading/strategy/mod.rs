//! Strategies, one a file: what to do at a decision, from what is known at the close of a bar.
//!
//! To add one: write its file with its configuration and a pure `decide`, and add its variant and its lines here.

mod predicted_move;
mod signals;

pub use predicted_move::{LevelAnchor, PredictedMove, SidePolicy, SigmaSource};
pub use signals::Signals;
pub(crate) use signals::side_of;

use serde::{Deserialize, Serialize};

use super::orders::{Level, Side};
use super::sizing::Unsizable;
use crate::base::digest::Hasher;
use crate::base::units::{OutOfBounds, TickGrid, Ticks};
use crate::signal::prediction::Prediction;
use crate::signal::signals::Signal;

/// A strategy with its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Trade the predicted move with a bracket.
    PredictedMove(PredictedMove),
    /// Do what signals from elsewhere say.
    Signals(Signals),
}

impl Default for Strategy {
    fn default() -> Self {
        Self::PredictedMove(PredictedMove::default())
    }
}

/// What a strategy knows at the close of a bar. Prices are adjusted, in the instrument's currency.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The bar's close.
    pub close: f64,
    /// The prediction made at this close.
    pub prediction: Option<Prediction>,
    /// The signal given at this close.
    pub signal: Option<Signal>,
    /// ATR(14) as of this bar.
    pub atr: Option<f64>,
    /// The instrument's price grid.
    pub grid: &'a TickGrid,
    /// The least distance of a stop from the close.
    pub least_stop: f64,
}

impl Known<'_> {
    /// Whether a stop so far from the close is too close to it. A distance within rounding of the least one is not.
    fn is_too_close(&self, stop_distance: f64) -> bool {
        stop_distance < self.nearest_stop()
    }

    /// The distance from which on a stop is not too close.
    pub(crate) fn nearest_stop(&self) -> f64 {
        self.least_stop * (1.0 - 1e-6)
    }
}

/// What a strategy wants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wish {
    /// To be in the market.
    Enter(Intent),
    /// To be out of it.
    Leave,
    /// A side that may not be entered: it closes a position of the other side, where opposite signals do.
    Against {
        /// The side.
        side: Side,
        /// Why it may not be entered.
        why: NoTrade,
    },
}

/// A trade that a strategy wants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intent {
    /// Which way.
    pub side: Side,
    /// Where to take profit, if anywhere.
    pub target: Option<Level>,
    /// Where to give up, if anywhere.
    pub stop: Option<Level>,
    /// The price distance from the close to the stop, or from the fill where the stop is measured from it, which the size is computed
    /// from.
    pub stop_distance: Option<f64>,
    /// The target's price as seen from the decision, beyond which a collared entry is not made.
    pub collar: Option<Ticks>,
    /// The quantity asked for, in units of the instrument; the run's sizing decides where it is absent.
    pub quantity: Option<f64>,
}

/// Why there is no trade at a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoTrade {
    /// No prediction exists for the bar.
    NoPrediction,
    /// No signal exists for the bar.
    NoSignal,
    /// An indicator is still warming up.
    WarmingUp,
    /// Fewer than 30 prediction errors are known.
    NoErrorSigma,
    /// The prediction is less sure than it has to be.
    BelowConfidence,
    /// The predicted move is zero.
    NoMove,
    /// The move is smaller than `k_sigma_err` standard deviations of the prediction error.
    BelowErrorGate,
    /// The move is smaller than `k_atr_min_tp` average true ranges.
    BelowAtrGate,
    /// The strategy does not trade this side.
    SideNotAllowed,
    /// The stop is closer than it may be, or a level lies on the wrong side of the close or at or below zero.
    LevelsTooClose,
    /// A signal asks to be out of the market, and there is no position.
    NothingToLeave,
    /// A position or a pending entry exists already.
    PositionOpen,
    /// An opposite signal came before the position was held long enough.
    MinHold,
    /// Positions are being closed for the end of the session.
    SessionEnding,
    /// The size is measured by the risk, and there is no stop.
    NoStop,
    /// The size falls short of one lot or of the instrument's minimum quantity.
    BelowMinQuantity,
    /// The size falls short of the instrument's minimum notional.
    BelowMinNotional,
    /// The size is more lots than can be counted.
    TooLarge,
    /// As many signals as are allowed were traded within the window.
    RateLimited,
    /// A loss limit of the account is breached.
    LossLimit,
    /// Trading is halted.
    Halted,
    /// The order is larger than an order may be.
    OverQuantityLimit,
    /// The order is worth more than an order may be.
    OverNotionalLimit,
    /// A price of the order lies too far from the last one.
    OutsidePriceBand,
    /// As many positions are open as may be.
    OverPositionLimit,
    /// The market is closed.
    SessionClosed,
    /// The last bar is too old to trade on.
    StaleData,
    /// The same decision was already traded.
    DuplicateOrder,
    /// The account or the mode of trading is not the configured one.
    NotCleared,
}

impl NoTrade {
    /// How many reasons there are.
    pub const COUNT: usize = 29;

    /// Every reason, in the order in which they are shown.
    pub const ALL: [Self; Self::COUNT] = [
        Self::NoPrediction,
        Self::NoSignal,
        Self::WarmingUp,
        Self::NoErrorSigma,
        Self::BelowConfidence,
        Self::NoMove,
        Self::BelowErrorGate,
        Self::BelowAtrGate,
        Self::SideNotAllowed,
        Self::LevelsTooClose,
        Self::NothingToLeave,
        Self::PositionOpen,
        Self::MinHold,
        Self::SessionEnding,
        Self::NoStop,
        Self::BelowMinQuantity,
        Self::BelowMinNotional,
        Self::TooLarge,
        Self::RateLimited,
        Self::LossLimit,
        Self::Halted,
        Self::OverQuantityLimit,
        Self::OverNotionalLimit,
        Self::OutsidePriceBand,
        Self::OverPositionLimit,
        Self::SessionClosed,
        Self::StaleData,
        Self::DuplicateOrder,
        Self::NotCleared,
    ];

    /// The reason in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoPrediction => "no prediction for the bar",
            Self::NoSignal => "no signal for the bar",
            Self::WarmingUp => "indicators warming up",
            Self::NoErrorSigma => "fewer than 30 known prediction errors",
            Self::BelowConfidence => "confidence below the threshold",
            Self::NoMove => "predicted move is zero",
            Self::BelowErrorGate => "move below the error gate",
            Self::BelowAtrGate => "move below the ATR gate",
            Self::SideNotAllowed => "side not allowed",
            Self::LevelsTooClose => "stop too close, or a level on the wrong side",
            Self::NothingToLeave => "nothing to close",
            Self::PositionOpen => "position already open",
            Self::MinHold => "held too short for a signal to close it",
            Self::SessionEnding => "session about to end",
            Self::NoStop => "no stop to size the trade by",
            Self::BelowMinQuantity => "size below one lot or the minimum quantity",
            Self::BelowMinNotional => "size below the minimum notional",
            Self::TooLarge => "size too large to count",
            Self::RateLimited => "too many signals in the last hour",
            Self::LossLimit => "loss limit breached",
            Self::Halted => "trading halted",
            Self::OverQuantityLimit => "order over the quantity limit",
            Self::OverNotionalLimit => "order over the notional limit",
            Self::OutsidePriceBand => "order price outside the band",
            Self::OverPositionLimit => "as many positions as allowed",
            Self::SessionClosed => "market closed",
            Self::StaleData => "data too old",
            Self::DuplicateOrder => "duplicate order",
            Self::NotCleared => "account or mode not confirmed",
        }
    }
}

impl From<Unsizable> for NoTrade {
    fn from(why: Unsizable) -> Self {
        match why {
            Unsizable::Quantity => Self::BelowMinQuantity,
            Unsizable::Notional => Self::BelowMinNotional,
            Unsizable::TooLarge => Self::TooLarge,
            Unsizable::NoStop => Self::NoStop,
            Unsizable::NoAtr => Self::WarmingUp,
        }
    }
}

/// The tick that a target or a stop rounds to: targets to the harder-to-fill one, stops to the earlier. For a long position both go up: the harder target and the earlier stop.
#[inline(always)]
fn rounded(side: Side, price: f64, grid: &TickGrid) -> Ticks {
    match side {
        Side::Long => grid.ceil(price),
        Side::Short => grid.floor(price),
    }
}

impl Strategy {
    /// The parameters of the predicted move, where that is the strategy.
    pub fn predicted_move(&self) -> Option<&PredictedMove> {
        match self {
            Self::PredictedMove(strategy) => Some(strategy),
            Self::Signals(_) => None,
        }
    }

    /// The same, to be changed.
    pub fn predicted_move_mut(&mut self) -> Option<&mut PredictedMove> {
        match self {
            Self::PredictedMove(strategy) => Some(strategy),
            Self::Signals(_) => None,
        }
    }

    /// Which way what is known points, where it points anywhere: every wish has this side, `None` to be out of the market.
    /// Neither side policy nor levels are asked.
    ///
    /// # Errors
    /// [`NoTrade`] says why there is no wish.
    pub fn direction(&self, known: &Known<'_>) -> Result<Option<Side>, NoTrade> {
        match self {
            Self::PredictedMove(strategy) => strategy.gated(known).map(|(side, _)| Some(side)),
            Self::Signals(_) => {
                let signal = known.signal.ok_or(NoTrade::NoSignal)?;
                Ok(signals::side_of(signal.direction))
            }
        }
    }

    /// Which sides are entered.
    pub fn sides(&self) -> SidePolicy {
        match self {
            Self::PredictedMove(strategy) => strategy.side,
            Self::Signals(strategy) => strategy.side,
        }
    }

    /// What to do with what is known.
    ///
    /// # Errors
    /// [`NoTrade`] says why there is nothing to do.
    #[inline(always)]
    pub fn decide(&self, known: &Known<'_>) -> Result<Wish, NoTrade> {
        match self {
            Self::PredictedMove(strategy) => strategy.decide(known),
            Self::Signals(strategy) => strategy.decide(known),
        }
    }

    /// The entry that [`decide`](Self::decide) wishes for, where it does for one: for a driver that looks for entries alone.
    #[inline(always)]
    pub fn entry(&self, known: &Known<'_>) -> Option<Intent> {
        match self {
            Self::PredictedMove(strategy) => strategy.entry(known),
            Self::Signals(strategy) => strategy.entry(known),
        }
    }

    /// Checks every parameter.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        match self {
            Self::PredictedMove(strategy) => strategy.validate(),
            Self::Signals(strategy) => strategy.validate(),
        }
    }

    /// Feeds the strategy and its parameters.
    pub fn feed(&self, hasher: &mut Hasher) {
        match self {
            Self::PredictedMove(strategy) => {
                hasher.text("predicted_move");
                strategy.feed(hasher);
            }
            Self::Signals(strategy) => {
                hasher.text("signals");
                strategy.feed(hasher);
            }
        }
    }
}
