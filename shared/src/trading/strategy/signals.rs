//! Do what signals from elsewhere say: their side, their quantity and their levels where they give them.

use serde::{Deserialize, Serialize};

use super::{Intent, Known, NoTrade, SidePolicy, Wish, rounded};
use crate::base::digest::Hasher;
use crate::base::units::{OutOfBounds, Ticks, within};
use crate::signal::signals::{Direction, Signal};
use crate::trading::orders::{Level, Side};

/// The parameters of the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Signals {
    /// Which sides are traded; a signal of the other side is passed over.
    pub side: SidePolicy,
    /// How far from the close the target lies of a signal that gives none, in per cent of the close.
    pub target_percent: Option<f64>,
    /// How far from the close the stop lies of a signal that gives none, in per cent of the close.
    pub stop_percent: Option<f64>,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            side: SidePolicy::Both,
            target_percent: None,
            stop_percent: None,
        }
    }
}

impl Signals {
    /// The decision at the close of a bar. Levels round to ticks: targets to the harder-to-fill one, stops to the earlier.
    ///
    /// # Errors
    /// [`NoTrade`] says which condition failed first.
    #[inline(always)]
    pub fn decide(&self, known: &Known<'_>) -> Result<Wish, NoTrade> {
        let signal = known.signal.ok_or(NoTrade::NoSignal)?;
        let Some(side) = side_of(signal.direction) else {
            return Ok(Wish::Leave);
        };
        if !self.side.allows(side) {
            let why = NoTrade::SideNotAllowed;
            return Ok(Wish::Against { side, why });
        }
        Ok(match self.intent(side, &signal, known) {
            Some(intent) => Wish::Enter(intent),
            None => Wish::Against {
                side,
                why: NoTrade::LevelsTooClose,
            },
        })
    }

    /// The entry that [`decide`](Self::decide) wishes for, where it does for one.
    #[inline(always)]
    pub(super) fn entry(&self, known: &Known<'_>) -> Option<Intent> {
        let signal = known.signal?;
        let side = side_of(signal.direction)?;
        if !self.side.allows(side) {
            return None;
        }
        self.intent(side, &signal, known)
    }

    /// An entry with its levels, unless they are too close.
    #[inline(always)]
    fn intent(&self, side: Side, signal: &Signal, known: &Known<'_>) -> Option<Intent> {
        let (target, stop) = self.levels(signal, side, known.close);
        let target = target.map(|price| rounded(side, price, known.grid));
        let stop = stop.map(|price| rounded(side, price, known.grid));
        let ahead = |level: Ticks| (known.grid.price(level) - known.close) * side.sign();
        let stop_distance = stop.map(|stop| -ahead(stop));
        let too_low = |level: Option<Ticks>| level.is_some_and(|level| level < Ticks(1));
        if too_low(target)
            || too_low(stop)
            || target.is_some_and(|target| ahead(target) <= 0.0)
            || stop_distance.is_some_and(|distance| known.is_too_close(distance))
        {
            return None;
        }
        Some(Intent {
            side,
            target: target.map(Level::At),
            stop: stop.map(Level::At),
            stop_distance,
            collar: target,
            quantity: signal.size,
        })
    }

    /// Target and stop of a signal before they are rounded: its own, or those so many per cent from the close.
    #[inline(always)]
    pub(crate) fn levels(
        &self,
        signal: &Signal,
        side: Side,
        close: f64,
    ) -> (Option<f64>, Option<f64>) {
        let away = |percent: f64| close * (1.0 + side.sign() * percent / 100.0);
        let target = signal.target.or_else(|| self.target_percent.map(away));
        let stop = signal
            .stop
            .or_else(|| self.stop_percent.map(|percent| away(-percent)));
        (target, stop)
    }

    /// Checks every parameter.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        if let Some(percent) = self.target_percent {
            within("target_percent", percent, 1e-6, 10_000.0)?;
        }
        match self.stop_percent {
            Some(percent) => within("stop_percent", percent, 1e-6, 10_000.0),
            None => Ok(()),
        }
    }

    /// Feeds every parameter; nothing of levels that are not set.
    pub fn feed(&self, hasher: &mut Hasher) {
        hasher.code(self.side as u8);
        if self.target_percent.is_some() || self.stop_percent.is_some() {
            hasher.text("levels");
            hasher.option_f64(self.target_percent);
            hasher.option_f64(self.stop_percent);
        }
    }
}

/// The side that a signal asks for; `None` where it asks to be out of the market.
pub(crate) fn side_of(direction: Direction) -> Option<Side> {
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

    fn decide(
        direction: Direction,
        target: Option<f64>,
        stop: Option<f64>,
    ) -> Result<Wish, NoTrade> {
        let grid = TickGrid::new(0.01).unwrap();
        let strategy = Signals {
            side: SidePolicy::LongOnly,
            ..Signals::default()
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
    fn levels_before_rounding_are_the_signals_own_or_so_many_per_cent_away() {
        let strategy = Signals {
            target_percent: Some(2.0),
            stop_percent: Some(1.0),
            ..Signals::default()
        };
        let signal = |target| Signal {
            direction: Direction::Short,
            size: None,
            target,
            stop: None,
        };
        let of = |target| strategy.levels(&signal(target), Side::Short, 200.0);
        assert_eq!(of(None), (Some(196.0), Some(202.0)));
        assert_eq!(of(Some(190.5)), (Some(190.5), Some(202.0)));
        assert_eq!(
            Signals::default().levels(&signal(None), Side::Short, 200.0),
            (None, None)
        );
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

    #[test]
    fn levels_that_a_signal_does_not_give_lie_so_many_per_cent_away() {
        let strategy = Signals {
            target_percent: Some(2.0),
            stop_percent: Some(0.995),
            ..Signals::default()
        };
        let levels = |direction, target, stop| {
            let grid = TickGrid::new(0.01).unwrap();
            let known = Known {
                close: 100.0,
                prediction: None,
                signal: Some(Signal {
                    direction,
                    size: None,
                    target,
                    stop,
                }),
                atr: None,
                grid: &grid,
                least_stop: 0.03,
            };
            match strategy.decide(&known) {
                Ok(Wish::Enter(intent)) => (intent.target, intent.stop),
                other => panic!("{other:?}"),
            }
        };
        let at = |ticks| Some(Level::At(Ticks(ticks)));
        let long = Direction::Long;
        // the stop of 99.005 rounds to the earlier tick
        assert_eq!(levels(long, None, None), (at(10_200), at(9_901)));
        assert_eq!(
            levels(Direction::Short, None, None),
            (at(9_800), at(10_099))
        );
        assert_eq!(levels(long, Some(101.0), None), (at(10_100), at(9_901)));
        let none = Signals {
            stop_percent: Some(0.0),
            ..Signals::default()
        };
        assert!(none.validate().is_err());
    }
}
