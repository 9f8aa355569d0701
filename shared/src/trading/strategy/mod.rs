//! Strategies, one a file: what to do at a decision, from what is known at the close of a bar.
//!
//! To add one: write its file with its configuration and a pure `decide`, and add its variant and its lines here.

mod predicted_move;

pub use predicted_move::{LevelAnchor, PredictedMove, SidePolicy, SigmaSource};

use serde::{Deserialize, Serialize};

use super::orders::{Level, Side};
use crate::base::digest::Hasher;
use crate::base::units::{OutOfBounds, TickGrid};
use crate::signal::prediction::Prediction;

/// A strategy with its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Trade the predicted move with a bracket.
    PredictedMove(PredictedMove),
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
    /// ATR(14) as of this bar.
    pub atr: Option<f64>,
    /// The instrument's price grid.
    pub grid: &'a TickGrid,
}

/// A trade that a strategy wants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intent {
    /// Which way.
    pub side: Side,
    /// Where to take profit.
    pub target: Level,
    /// Where to give up.
    pub stop: Level,
    /// The price distance from the close to the stop, which the size is computed from.
    pub stop_distance: f64,
}

/// Why there is no trade at a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoTrade {
    /// No prediction exists for the bar.
    NoPrediction,
    /// An indicator is still warming up.
    WarmingUp,
    /// Fewer than 30 prediction errors are known.
    NoErrorSigma,
    /// The predicted move is zero.
    NoMove,
    /// The move is smaller than `k_sigma_err` standard deviations of the prediction error.
    BelowErrorGate,
    /// The move is smaller than `k_atr_min_tp` average true ranges.
    BelowAtrGate,
    /// The strategy does not trade this side.
    SideNotAllowed,
    /// The stop would be closer than one tick, or a level at or below zero.
    LevelsTooClose,
    /// A position or a pending entry exists already.
    PositionOpen,
    /// The size falls short of one lot or of the instrument's minimum quantity.
    BelowMinQuantity,
    /// The size falls short of the instrument's minimum notional.
    BelowMinNotional,
    /// The size is more lots than can be counted.
    TooLarge,
    /// Trading is halted.
    Halted,
}

impl NoTrade {
    /// How many reasons there are.
    pub const COUNT: usize = 13;

    /// Every reason, in the order in which they are checked and shown.
    pub const ALL: [Self; Self::COUNT] = [
        Self::NoPrediction,
        Self::WarmingUp,
        Self::NoErrorSigma,
        Self::NoMove,
        Self::BelowErrorGate,
        Self::BelowAtrGate,
        Self::SideNotAllowed,
        Self::LevelsTooClose,
        Self::PositionOpen,
        Self::BelowMinQuantity,
        Self::BelowMinNotional,
        Self::TooLarge,
        Self::Halted,
    ];

    /// The reason in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoPrediction => "no prediction for the bar",
            Self::WarmingUp => "indicators warming up",
            Self::NoErrorSigma => "fewer than 30 known prediction errors",
            Self::NoMove => "predicted move is zero",
            Self::BelowErrorGate => "move below the error gate",
            Self::BelowAtrGate => "move below the ATR gate",
            Self::SideNotAllowed => "side not allowed",
            Self::LevelsTooClose => "stop closer than one tick",
            Self::PositionOpen => "position already open",
            Self::BelowMinQuantity => "size below one lot or the minimum quantity",
            Self::BelowMinNotional => "size below the minimum notional",
            Self::TooLarge => "size too large to count",
            Self::Halted => "trading halted",
        }
    }
}

impl Strategy {
    /// What to do with what is known.
    ///
    /// # Errors
    /// [`NoTrade`] says why there is nothing to do.
    pub fn decide(&self, known: &Known<'_>) -> Result<Intent, NoTrade> {
        match self {
            Self::PredictedMove(strategy) => strategy.decide(known),
        }
    }

    /// Checks every parameter.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        match self {
            Self::PredictedMove(strategy) => strategy.validate(),
        }
    }

    /// Feeds the strategy and its parameters.
    pub fn feed(&self, hasher: &mut Hasher) {
        match self {
            Self::PredictedMove(strategy) => {
                hasher.text("predicted_move");
                strategy.feed(hasher);
            }
        }
    }
}
