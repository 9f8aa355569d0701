//! What a split of shares does to orders and positions: lots, prices and levels on the new basis.

use super::fills::on_grid;
use super::orders::{Bracket, EntryOrder, Level, Side};
use super::sizing::{MOST_LOTS, whole};
use crate::base::units::{Lots, OutOfBounds, TickGrid, Ticks, within};
use crate::market::bars::Bar;

/// A split: each share becomes `ratio` shares. A quantity is multiplied by the ratio, a price divided by it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    ratio: f64,
}

/// Lots after a split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SplitLots {
    /// Whole lots.
    pub whole: Lots,
    /// The fraction of a lot that is left over, 0 or more and below 1; it is paid in cash.
    pub fraction: f64,
}

/// A fraction of a lot below this share of the lots is the rounding of the product, and none.
const ROUNDING: f64 = 1e-12;

impl Split {
    /// A split of `ratio` new shares for an old one: 10 for 10:1, 0.1 for a reverse split 1:10.
    ///
    /// # Errors
    /// [`OutOfBounds`] where the ratio is not a number in [1e-6, 1e6].
    pub fn new(ratio: f64) -> Result<Self, OutOfBounds> {
        within("split ratio", ratio, 1e-6, 1e6)?;
        Ok(Self { ratio })
    }

    /// New shares for an old one.
    pub fn ratio(self) -> f64 {
        self.ratio
    }

    /// A price on the new basis.
    pub fn price(self, price: f64) -> f64 {
        price / self.ratio
    }

    /// Lots on the new basis; no more than can be counted.
    pub fn lots(self, lots: Lots) -> SplitLots {
        if !self.keeps(lots) {
            return SplitLots {
                whole: Lots(MOST_LOTS as i64),
                fraction: 0.0,
            };
        }
        let exact = lots.0 as f64 * self.ratio;
        let rounded = whole(exact);
        let fraction = exact - rounded;
        SplitLots {
            whole: Lots(rounded as i64),
            fraction: if fraction > exact * ROUNDING {
                fraction
            } else {
                0.0
            },
        }
    }

    /// Whether lots can still be counted after it.
    pub fn keeps(self, lots: Lots) -> bool {
        lots.0 as f64 * self.ratio <= MOST_LOTS
    }

    /// The tick of a level on the new basis: the harder-to-fill one for a target, the earlier one for a stop.
    pub fn level(self, level: Ticks, side: Side, grid: &TickGrid) -> Ticks {
        on_grid(side, self.price(grid.price(level)), grid)
    }

    /// A bar on the new basis; the same where its prices would vanish.
    pub fn bar(self, bar: &Bar) -> Bar {
        rescaled(bar, |price| self.price(price), bar.volume() * self.ratio)
    }

    /// A bracket on the new basis. A limit entry takes the tick at its price or just better than it.
    pub fn bracket(self, bracket: &Bracket, grid: &TickGrid) -> Bracket {
        let side = bracket.side;
        let level = |level| match level {
            Level::At(ticks) => Level::At(self.level(ticks, side, grid)),
            Level::FromFill(distance) => Level::FromFill(self.price(distance)),
        };
        Bracket {
            lots: self.lots(bracket.lots).whole,
            entry: match bracket.entry {
                EntryOrder::Limit(ticks) => EntryOrder::Limit(self.limit(ticks, side, grid)),
                at_market => at_market,
            },
            target: bracket.target.map(level),
            stop: bracket.stop.map(level),
            ..*bracket
        }
    }

    fn limit(self, limit: Ticks, side: Side, grid: &TickGrid) -> Ticks {
        let price = self.price(grid.price(limit));
        at_least_one(match side {
            Side::Long => grid.floor(price),
            Side::Short => grid.ceil(price),
        })
    }
}

/// A bar whose prices are another's times a factor, as a dividend's basis has it; the same where they would vanish.
pub fn discounted(bar: &Bar, factor: f64) -> Bar {
    rescaled(bar, |price| price * factor, bar.volume())
}

fn rescaled(bar: &Bar, price: impl Fn(f64) -> f64, volume: f64) -> Bar {
    let prices = [bar.open(), bar.high(), bar.low(), bar.close()].map(price);
    Bar::new(bar.start(), bar.end(), prices, volume).unwrap_or(*bar)
}

fn at_least_one(ticks: Ticks) -> Ticks {
    if ticks < Ticks(1) { Ticks(1) } else { ticks }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;
    use crate::trading::orders::{InstId, OrderId, SizedBy};

    fn split(ratio: f64) -> Split {
        Split::new(ratio).unwrap()
    }

    #[test]
    fn lots_are_whole_and_what_is_left_over_is_a_fraction() {
        for (ratio, lots, whole, fraction) in [
            (10.0, 57, 570, 0.0),
            (0.1, 30, 3, 0.0),
            // 50 · 1.1 is a little more than 55, 90 · 0.7 a little less than 63
            (1.1, 50, 55, 0.0),
            (0.7, 90, 63, 0.0),
            (0.1, 57, 5, 0.7),
            (0.1, 7, 0, 0.7),
            (1.5, 3, 4, 0.5),
            (1.0 / 3.0, 9, 3, 0.0),
            (1.0 / 7.0, 48, 6, 6.0 / 7.0),
        ] {
            let found = split(ratio).lots(Lots(lots));
            assert_eq!(found.whole, Lots(whole), "{lots} at {ratio}");
            assert!((found.fraction - fraction).abs() < 1e-9, "{found:?}");
            assert!(fraction > 0.0 || found.fraction.to_bits() == 0, "{found:?}");
        }
        let huge = Lots(9_000_000_000_000_000);
        assert_eq!(split(10.0).lots(huge).whole, huge);
        assert!(split(1.0).keeps(huge) && !split(1.1).keeps(huge));
        for bad in [0.0, -2.0, f64::NAN, 1e7] {
            assert!(Split::new(bad).is_err());
        }
        assert!((split(7.0).ratio() - 7.0).abs() < 1e-12);
    }

    #[test]
    fn a_bracket_keeps_its_meaning_on_the_new_ticks() {
        let grid = TickGrid::new(0.01).unwrap();
        let bracket = |side, entry, target, stop| Bracket {
            order: OrderId(3),
            inst: InstId(0),
            side,
            lots: Lots(57),
            entry,
            target: Some(target),
            stop: Some(stop),
            decided_at: Timestamp(5),
            sized_by: SizedBy::Risk,
            replaces: None,
        };
        let at = |ticks| Level::At(Ticks(ticks));
        let limit = |ticks| EntryOrder::Limit(Ticks(ticks));
        let by = |given: Bracket| split(10.0).bracket(&given, &grid);
        let long = by(bracket(Side::Long, limit(10_005), at(10_401), at(9_803)));
        // 10.005 is bought at 10.00, 10.401 is a target of 10.41, 9.803 a stop of 9.81
        let expected = bracket(Side::Long, limit(1_000), at(1_041), at(981));
        assert_eq!(
            long,
            Bracket {
                lots: Lots(570),
                ..expected
            }
        );
        let short = by(bracket(Side::Short, limit(10_005), at(9_609), at(10_207)));
        let expected = bracket(Side::Short, limit(1_001), at(960), at(1_020));
        assert_eq!(
            short,
            Bracket {
                lots: Lots(570),
                ..expected
            }
        );
        let from = Level::FromFill;
        let anchored = by(bracket(
            Side::Long,
            EntryOrder::Market,
            from(4.5),
            from(2.5),
        ));
        assert_eq!(
            (anchored.entry, anchored.target, anchored.stop),
            (EntryOrder::Market, Some(from(0.45)), Some(from(0.25)))
        );
        // nothing falls below the first tick
        let low = split(1e6).bracket(&bracket(Side::Long, limit(5), at(3), at(3)), &grid);
        assert_eq!(
            (low.entry, low.target, low.stop),
            (limit(1), Some(at(1)), Some(at(1)))
        );
        assert_eq!(split(1e6).level(Ticks(3), Side::Short, &grid), Ticks(1));
    }

    #[test]
    fn bars_follow() {
        let bits = |prices: [f64; 4]| prices.map(f64::to_bits);
        let bar = Bar::new(
            Timestamp(0),
            Timestamp(60),
            [100.0, 102.0, 98.0, 101.0],
            30.0,
        )
        .unwrap();
        let after = split(4.0).bar(&bar);
        let prices = [after.open(), after.high(), after.low(), after.close()];
        assert_eq!(bits(prices), bits([25.0, 25.5, 24.5, 25.25]));
        assert_eq!(after.volume().to_bits(), 120.0f64.to_bits());
        assert_eq!((after.start(), after.end()), (bar.start(), bar.end()));
        let ex = discounted(&bar, 0.5);
        let prices = [ex.open(), ex.high(), ex.low(), ex.close()];
        assert_eq!(bits(prices), bits([50.0, 51.0, 49.0, 50.5]));
        assert_eq!(ex.volume().to_bits(), bar.volume().to_bits());
    }
}
