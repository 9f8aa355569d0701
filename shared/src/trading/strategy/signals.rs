//! Do what signals from elsewhere say: their side, their quantity and their levels where they give them.

use serde::{Deserialize, Serialize};

use super::{Intent, Known, NoTrade, SidePolicy, Wish, rounded};
use crate::base::digest::Hasher;
use crate::base::units::Ticks;
use crate::signal::signals::Direction;
use crate::trading::orders::{Level, Side};

/// The parameters of the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Signals {
    /// Which sides are traded; a signal of the other side is passed over.
    pub side: SidePolicy,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            side: SidePolicy::Both,
        }
    }
}

impl Signals {
    /// The decision at the close of a bar. Levels round to ticks: targets to the harder-to-fill one, stops to the earlier.
    ///
    /// # Errors
    /// [`NoTrade`] says which condition failed first.
    pub fn decide(&self, known: &Known<'_>) -> Result<Wish, NoTrade> {
        let signal = known.signal.ok_or(NoTrade::NoSignal)?;
        let Some(side) = side_of(signal.direction) else {
            return Ok(Wish::Leave);
        };
        if !self.side.allows(side) {
            let why = NoTrade::SideNotAllowed;
            return Ok(Wish::Against { side, why });
        }
        let target = signal.target.map(|price| rounded(side, price, known.grid));
        let stop = signal.stop.map(|price| rounded(side, price, known.grid));
        let ahead = |level: Ticks| (known.grid.price(level) - known.close) * side.sign();
        let stop_distance = stop.map(|stop| -ahead(stop));
        let too_low = |level: Option<Ticks>| level.is_some_and(|level| level < Ticks(1));
        if too_low(target)
            || too_low(stop)
            || target.is_some_and(|target| ahead(target) <= 0.0)
            || stop_distance.is_some_and(|distance| known.is_too_close(distance))
        {
            let why = NoTrade::LevelsTooClose;
            return Ok(Wish::Against { side, why });
        }
        Ok(Wish::Enter(Intent {
            side,
            target: target.map(Level::At),
            stop: stop.map(Level::At),
            stop_distance,
            collar: target,
            quantity: signal.size,
        }))
    }

    /// Feeds every parameter.
    pub fn feed(&self, hasher: &mut Hasher) {
        hasher.code(self.side as u8);
    }
}

/// The side that a signal asks for; `None` where it asks to be out of the market.
pub(super) fn side_of(direction: Direction) -> Option<Side> {
    match direction {
        Direction::Flat => None,
        Direction::Long => Some(Side::Long),
        Direction::Short => Some(Side::Short),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::units::TickGrid;
    use crate::signal::signals::Signal;

    fn decide(
        direction: Direction,
        target: Option<f64>,
        stop: Option<f64>,
    ) -> Result<Wish, NoTrade> {
        let grid = TickGrid::new(0.01).unwrap();
        let strategy = Signals {
            side: SidePolicy::LongOnly,
        };
        strategy.decide(&Known {
            close: 100.0,
            prediction: None,
            signal: Some(Signal {
                direction,
                size: Some(5.0),
                target,
                stop,
            }),
            atr: None,
            grid: &grid,
            least_stop: 0.03,
        })
    }

    #[test]
    fn sides_levels_and_sizes_are_taken_as_they_come() {
        let Ok(Wish::Enter(intent)) = decide(Direction::Long, Some(101.001), Some(98.999)) else {
            panic!("no entry")
        };
        assert_eq!(
            (intent.target, intent.stop, intent.quantity),
            (
                Some(Level::At(Ticks(10_101))),
                Some(Level::At(Ticks(9_900))),
                Some(5.0)
            )
        );
        assert!((intent.stop_distance.unwrap() - 1.0).abs() < 1e-9);
        assert_eq!(decide(Direction::Flat, None, None), Ok(Wish::Leave));
        assert_eq!(
            decide(Direction::Short, None, None),
            Ok(Wish::Against {
                side: Side::Short,
                why: NoTrade::SideNotAllowed
            })
        );
        for (target, stop) in [
            (Some(99.0), None),
            (Some(100.0), None),
            (None, Some(100.5)),
            (None, Some(99.98)),
            (Some(-3.0), None),
        ] {
            assert_eq!(
                decide(Direction::Long, target, stop),
                Ok(Wish::Against {
                    side: Side::Long,
                    why: NoTrade::LevelsTooClose
                })
            );
        }
        assert!(decide(Direction::Long, None, Some(99.97)).is_ok());
    }
}
