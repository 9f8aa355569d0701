//! Trade the predicted move: enter when it is large against the prediction's own error and against volatility, with the
//! target at the prediction and the stop at a fraction of the distance on the other side.
//!
//! The numbers of enum variants are part of digests: they never change, and a new variant takes a new one.

use serde::{Deserialize, Serialize};

use super::{Intent, Known, NoTrade, Wish, rounded};
use crate::base::digest::Hasher;
use crate::base::units::{OutOfBounds, Ticks, within};
use crate::trading::orders::{Level, Side};

/// Which sides are traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SidePolicy {
    /// Long and short.
    Both = 0,
    /// Long only.
    LongOnly = 1,
    /// Short only.
    ShortOnly = 2,
}

impl SidePolicy {
    /// Whether a side is traded.
    pub const fn allows(self, side: Side) -> bool {
        !matches!(
            (self, side),
            (Self::LongOnly, Side::Short) | (Self::ShortOnly, Side::Long)
        )
    }
}

/// What levels are measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelAnchor {
    /// The close of the deciding bar.
    Decision = 0,
    /// The actual fill.
    Fill = 1,
}

/// What the first gate measures the move against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigmaSource {
    /// The standard deviation of the prediction's past errors.
    Error = 0,
    /// ATR(14).
    Atr = 1,
}

/// The parameters of the strategy.
///
/// With `move = pred_t − close_t`: a trade needs `|move| ≥ k_sigma_err · sigma_t` and `|move| ≥ k_atr_min_tp · ATR14_t`; its side
/// is the sign of the move, its target `close_t + move`, its stop `close_t − move / reward_risk_ratio`. Levels round to
/// ticks: targets to the harder-to-fill one, stops to the earlier one, at the decision or, anchored at the fill, where the entry
/// fills. For the levels, a predicted price that an `f32` cannot tell from a tick's is that tick's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PredictedMove {
    /// The first gate, in standard deviations of the prediction error.
    pub k_sigma_err: f64,
    /// The second gate, in average true ranges.
    pub k_atr_min_tp: f64,
    /// Target distance over stop distance.
    pub reward_risk_ratio: f64,
    /// Which sides are traded.
    pub side: SidePolicy,
    /// What levels are measured from.
    pub level_anchor: LevelAnchor,
    /// What the first gate measures against.
    pub sigma: SigmaSource,
    /// The least confidence of a prediction, from 0 to 1, that is traded; one that states none is not.
    pub min_confidence: Option<f64>,
}

impl Default for PredictedMove {
    fn default() -> Self {
        Self {
            k_sigma_err: 0.5,
            k_atr_min_tp: 1.5,
            reward_risk_ratio: 2.0,
            side: SidePolicy::Both,
            level_anchor: LevelAnchor::Decision,
            sigma: SigmaSource::Error,
            min_confidence: None,
        }
    }
}

impl PredictedMove {
    /// The decision at the close of a bar.
    ///
    /// # Errors
    /// [`NoTrade`] says which condition failed first.
    pub fn decide(&self, known: &Known<'_>) -> Result<Wish, NoTrade> {
        let (side, _) = self.gated(known)?;
        let why = NoTrade::SideNotAllowed;
        if !self.side.allows(side) {
            return Ok(Wish::Against { side, why });
        }
        Ok(match self.levels(side, known) {
            Ok(intent) => Wish::Enter(intent),
            Err(why) => Wish::Against { side, why },
        })
    }

    /// The entry that [`decide`](Self::decide) wishes for, where it does for one.
    #[inline(always)]
    pub(super) fn entry(&self, known: &Known<'_>) -> Option<Intent> {
        let (side, _) = self.gated(known).ok()?;
        if !self.side.allows(side) {
            return None;
        }
        self.levels(side, known).ok()
    }

    /// The side of a move that passes every gate, and the move; whether the side is traded is not asked.
    ///
    /// # Errors
    /// [`NoTrade`] says which gate was too high.
    pub fn gated(&self, known: &Known<'_>) -> Result<(Side, f64), NoTrade> {
        let prediction = known.prediction.ok_or(NoTrade::NoPrediction)?;
        let atr = known.atr.ok_or(NoTrade::WarmingUp)?;
        if let Some(least) = self.min_confidence {
            match prediction.confidence {
                // stored confidences are `f32`: the threshold is read as one, so that equality passes
                Some(confidence) if confidence >= f64::from(least as f32) => {}
                _ => return Err(NoTrade::BelowConfidence),
            }
        }
        let predicted_move = prediction.price - known.close;
        let size = predicted_move.abs();
        if self.k_sigma_err > 0.0 {
            let sigma = match self.sigma {
                SigmaSource::Error => prediction.sigma_err.ok_or(NoTrade::NoErrorSigma)?,
                SigmaSource::Atr => atr,
            };
            if size < self.k_sigma_err * sigma {
                return Err(NoTrade::BelowErrorGate);
            }
        }
        if size < self.k_atr_min_tp * atr {
            return Err(NoTrade::BelowAtrGate);
        }
        match predicted_move {
            up if up > 0.0 => Ok((Side::Long, up)),
            down if down < 0.0 => Ok((Side::Short, down)),
            _ => Err(NoTrade::NoMove),
        }
    }

    /// How far target and stop are from the close before they are rounded: the move, to the predicted price as a tick where an `f32`
    /// cannot tell the two apart, and `−move / reward_risk_ratio`.
    pub(crate) fn distances(&self, known: &Known<'_>) -> Option<[f64; 2]> {
        let predicted_move = known.grid.settle(known.prediction?.price) - known.close;
        Some([predicted_move, -predicted_move / self.reward_risk_ratio])
    }

    fn levels(&self, side: Side, known: &Known<'_>) -> Result<Intent, NoTrade> {
        let (close, grid) = (known.close, known.grid);
        let [to_target, to_stop] = self.distances(known).ok_or(NoTrade::NoPrediction)?;
        let target = rounded(side, close + to_target, grid);
        let stop = rounded(side, close + to_stop, grid);
        let (levels, stop_distance) = match self.level_anchor {
            LevelAnchor::Decision => (
                (Level::At(target), Level::At(stop)),
                (close - grid.price(stop)) * side.sign(),
            ),
            LevelAnchor::Fill => (
                (
                    Level::FromFill(to_target.abs()),
                    Level::FromFill(to_stop.abs()),
                ),
                to_stop.abs(),
            ),
        };
        // from a fill on a tick, the stop stands so many whole ticks away
        let least = match self.level_anchor {
            LevelAnchor::Decision => stop_distance,
            LevelAnchor::Fill => grid.price(grid.floor(stop_distance)),
        };
        if target < Ticks(1) || stop < Ticks(1) || known.is_too_close(least) {
            return Err(NoTrade::LevelsTooClose);
        }
        Ok(Intent {
            side,
            target: Some(levels.0),
            stop: Some(levels.1),
            stop_distance: Some(stop_distance),
            collar: Some(target),
            quantity: None,
        })
    }

    /// Checks every parameter.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        within("k_sigma_err", self.k_sigma_err, 0.0, 100.0)?;
        within("k_atr_min_tp", self.k_atr_min_tp, 0.0, 100.0)?;
        within("reward_risk_ratio", self.reward_risk_ratio, 0.01, 100.0)?;
        match self.min_confidence {
            Some(least) => within("min_confidence", least, 0.0, 1.0),
            None => Ok(()),
        }
    }

    /// Feeds every parameter, in order of declaration.
    pub fn feed(&self, hasher: &mut Hasher) {
        [self.k_sigma_err, self.k_atr_min_tp, self.reward_risk_ratio]
            .iter()
            .for_each(|&value| hasher.f64(value));
        hasher.code(self.side as u8);
        hasher.code(self.level_anchor as u8);
        hasher.code(self.sigma as u8);
        hasher.option_f64(self.min_confidence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::units::TickGrid;
    use crate::signal::prediction::Prediction;

    fn decide(
        strategy: PredictedMove,
        price: f64,
        sigma_err: Option<f64>,
        atr: Option<f64>,
    ) -> Result<Intent, NoTrade> {
        let grid = TickGrid::new(0.01).unwrap();
        let wish = strategy.decide(&Known {
            close: 100.0,
            prediction: Some(Prediction {
                price,
                sigma_err,
                confidence: Some(0.7),
            }),
            signal: None,
            atr,
            grid: &grid,
            least_stop: 0.01,
        })?;
        match wish {
            Wish::Enter(intent) => Ok(intent),
            Wish::Against { why, .. } => Err(why),
            Wish::Leave => panic!("the strategy never asks to leave"),
        }
    }

    #[test]
    fn gates_let_equality_pass() {
        let strategy = PredictedMove {
            k_sigma_err: 1.0,
            k_atr_min_tp: 2.0,
            ..PredictedMove::default()
        };
        assert!(decide(strategy, 102.0, Some(2.0), Some(1.0)).is_ok());
        assert_eq!(
            decide(strategy, 102.0, Some(2.000001), Some(1.0)),
            Err(NoTrade::BelowErrorGate)
        );
        assert_eq!(
            decide(strategy, 102.0, Some(2.0), Some(1.000001)),
            Err(NoTrade::BelowAtrGate)
        );
        assert_eq!(
            decide(strategy, 102.0, None, Some(1.0)),
            Err(NoTrade::NoErrorSigma)
        );
        assert_eq!(
            decide(strategy, 102.0, Some(1.0), None),
            Err(NoTrade::WarmingUp)
        );
        let open_gate = PredictedMove {
            k_sigma_err: 0.0,
            k_atr_min_tp: 0.0,
            ..strategy
        };
        assert!(decide(open_gate, 102.0, None, Some(1.0)).is_ok());
        assert_eq!(
            decide(open_gate, 100.0, None, Some(1.0)),
            Err(NoTrade::NoMove)
        );
    }

    #[test]
    fn targets_round_to_the_harder_tick_and_stops_to_the_earlier() {
        let strategy = PredictedMove {
            k_sigma_err: 0.0,
            k_atr_min_tp: 0.0,
            ..PredictedMove::default()
        };
        let long = decide(strategy, 102.003, None, Some(1.0)).unwrap();
        assert_eq!(
            (long.side, long.target, long.stop),
            (
                Side::Long,
                Some(Level::At(Ticks(10_201))),
                Some(Level::At(Ticks(9_900)))
            )
        );
        assert!((long.stop_distance.unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(long.collar, Some(Ticks(10_201)));
        let short = decide(strategy, 97.997, None, Some(1.0)).unwrap();
        assert_eq!(
            (short.side, short.target, short.stop),
            (
                Side::Short,
                Some(Level::At(Ticks(9_799))),
                Some(Level::At(Ticks(10_100)))
            )
        );
        let anchored = decide(
            PredictedMove {
                level_anchor: LevelAnchor::Fill,
                ..strategy
            },
            102.003,
            None,
            Some(1.0),
        )
        .unwrap();
        let distance = 102.003 - 100.0;
        assert_eq!(anchored.target, Some(Level::FromFill(distance)));
        assert_eq!(anchored.stop, Some(Level::FromFill(distance / 2.0)));
    }

    #[test]
    fn distances_from_the_fill_are_those_of_the_move_wherever_the_close_stands() {
        let strategy = PredictedMove {
            k_sigma_err: 0.0,
            k_atr_min_tp: 0.0,
            level_anchor: LevelAnchor::Fill,
            ..PredictedMove::default()
        };
        let grid = TickGrid::new(0.25).unwrap();
        let decided = |close: f64, predicted_move: f64| {
            let wish = strategy.decide(&Known {
                close,
                prediction: Some(Prediction {
                    price: close + predicted_move,
                    sigma_err: None,
                    confidence: None,
                }),
                signal: None,
                atr: Some(1.0),
                grid: &grid,
                least_stop: 0.25,
            });
            match wish {
                Ok(Wish::Enter(Intent {
                    target: Some(Level::FromFill(target)),
                    stop: Some(Level::FromFill(stop)),
                    stop_distance: Some(distance),
                    ..
                })) => [target, stop, distance].map(f64::to_bits),
                other => panic!("{other:?}"),
            }
        };
        for close in [100.0, 100.125, 100.0625] {
            for sign in [1.0, -1.0] {
                for size in [4.0, 4.125] {
                    let expected = [size, size / 2.0, size / 2.0].map(f64::to_bits);
                    assert_eq!(decided(close, sign * size), expected);
                }
            }
        }
    }

    #[test]
    fn a_stop_within_a_tick_and_a_side_that_is_barred_make_no_trade() {
        let open_gate = PredictedMove {
            k_sigma_err: 0.0,
            k_atr_min_tp: 0.0,
            ..PredictedMove::default()
        };
        assert_eq!(
            decide(open_gate, 100.015, None, Some(1.0)),
            Err(NoTrade::LevelsTooClose)
        );
        assert!(decide(open_gate, 100.02, None, Some(1.0)).is_ok());
        let sure = |least| PredictedMove {
            min_confidence: Some(least),
            ..open_gate
        };
        assert!(decide(sure(0.7), 100.02, None, Some(1.0)).is_ok());
        assert_eq!(
            decide(sure(0.75), 100.02, None, Some(1.0)),
            Err(NoTrade::BelowConfidence)
        );
        assert_eq!(
            decide(open_gate, -5.0, None, Some(1.0)),
            Err(NoTrade::LevelsTooClose)
        );
        let long_only = PredictedMove {
            side: SidePolicy::LongOnly,
            ..open_gate
        };
        assert_eq!(
            decide(long_only, 98.0, None, Some(1.0)),
            Err(NoTrade::SideNotAllowed)
        );
    }
}
