//! What lanes wait for: prices that end a position, or a bar. A value a lane in each column, so that a bar is compared with several
//! lanes at a time.
//!
//! Prices are kept in single precision, which twice as many of fit together: a band as a slightly narrower one, a bar as a slightly
//! wider one. So a bar that breaks out of a band is never missed, and one that does not may seem to; whoever is told of it looks closely.

use crate::research::backtest::{Band, Extremes};

/// Lanes that are compared together.
const WIDE: usize = 16;
/// So many times as many make up a word.
const WORD: usize = 4;
/// No price leaves it: that of a lane without a position in the market.
const IDLE: [f32; 2] = [f32::NEG_INFINITY, f32::INFINITY];
/// The bar of a lane that waits for none, and of a search that found none.
pub(super) const NEVER: usize = usize::MAX;

/// What lanes wait for.
#[derive(Debug)]
pub(super) struct Watch {
    /// Out of which prices each lane's position breaks.
    below: Vec<f32>,
    above: Vec<f32>,
    /// The bar that each lane waits for, whatever the prices are.
    due: Vec<usize>,
    /// None is due before it.
    pub(super) soonest: usize,
    /// A bit for each of the lanes that are compared together. As constants, compilers would take them apart.
    bits: [u32; WIDE],
    /// Which lanes a bar breaks out of the bands of, a bit a lane: those of a chunk and of the three before it.
    broken: Vec<u64>,
}

#[expect(
    clippy::indexing_slicing,
    reason = "lanes are numbered below their count, and all columns have one value each; these are the innermost writes"
)]
impl Watch {
    /// For nothing yet.
    #[inline(never)]
    pub(super) fn new(lanes: usize) -> Self {
        // those beyond the last stay idle
        let wide = lanes.next_multiple_of(WORD * WIDE);
        Self {
            below: vec![IDLE[0]; wide],
            above: vec![IDLE[1]; wide],
            due: vec![NEVER; lanes],
            soonest: NEVER,
            bits: core::array::from_fn(|lane| 1 << lane),
            broken: vec![0; wide / WIDE],
        }
    }

    /// The first bar from one on that may meet a lane; `until` where none does before it.
    #[inline(always)]
    pub(super) fn first_met(&self, extremes: &Extremes<'_>, from: usize, until: usize) -> usize {
        extremes.first_break(from, until, self.narrowest())
    }

    /// The band that no price leaves without leaving that of a lane.
    #[inline(always)]
    fn narrowest(&self) -> Band {
        let (mut highest, mut lowest) = ([IDLE[0]; WIDE], [IDLE[1]; WIDE]);
        let (belows, _) = self.below.as_chunks::<WIDE>();
        let (aboves, _) = self.above.as_chunks::<WIDE>();
        for (below, above) in belows.iter().zip(aboves) {
            for lane in 0..WIDE {
                let (below, above) = (below[lane], above[lane]);
                let (most, least) = (&mut highest[lane], &mut lowest[lane]);
                *most = if below > *most { below } else { *most };
                *least = if above < *least { above } else { *least };
            }
        }
        let [mut below, mut above] = IDLE;
        for (most, least) in highest.into_iter().zip(lowest) {
            below = if most > below { most } else { below };
            above = if least < above { least } else { above };
        }
        Band {
            below: f64::from(below),
            above: f64::from(above),
        }
    }

    /// Moves the lanes that wait for a bar to those that it meets.
    #[inline(always)]
    pub(super) fn take_due(&mut self, bar: usize, met: &mut Vec<usize>) {
        self.soonest = NEVER;
        for lane in 0..self.due.len() {
            let due = self.due[lane];
            if due <= bar {
                met.push(lane);
                // not to be met twice
                self.idle(lane, NEVER);
            } else if due < self.soonest {
                self.soonest = due;
            }
        }
    }

    /// Adds the lanes whose bands a bar breaks out of. They are found without a branch, which would be foreseen too seldom.
    #[inline(always)]
    pub(super) fn take_broken(&mut self, (low, high): (f64, f64), met: &mut Vec<usize>) {
        let (low, high) = (at_most(low), at_least(high));
        let (belows, _) = self.below.as_chunks::<WIDE>();
        let (aboves, _) = self.above.as_chunks::<WIDE>();
        let mut word = 0;
        for ((below, above), broken) in belows.iter().zip(aboves).zip(&mut self.broken) {
            let mut bits = 0;
            for lane in 0..WIDE {
                let breaks = (low <= below[lane]) | (high >= above[lane]);
                bits |= if breaks { self.bits[lane] } else { 0 };
            }
            // each word follows from the one before, so that compilers look across lanes and not across chunks of them
            word = word >> WIDE | u64::from(bits) << (64 - WIDE);
            *broken = word;
        }
        let (words, _) = self.broken.as_chunks::<WORD>();
        for (number, &[.., mut word]) in words.iter().enumerate() {
            while word != 0 {
                met.push(number * WORD * WIDE + word.trailing_zeros() as usize);
                word &= word - 1;
            }
        }
    }

    /// Waits for a bar alone.
    #[inline(always)]
    pub(super) fn idle(&mut self, lane: usize, until: usize) {
        self.set(lane, IDLE, until);
    }

    /// Waits for prices that end a position, or for its time.
    #[inline(always)]
    pub(super) fn prices(&mut self, lane: usize, band: Band, until: usize) {
        self.set(lane, [at_least(band.below), at_most(band.above)], until);
    }

    #[inline(always)]
    fn set(&mut self, lane: usize, [below, above]: [f32; 2], until: usize) {
        (self.below[lane], self.above[lane]) = (below, above);
        self.due[lane] = until;
        if until < self.soonest {
            self.soonest = until;
        }
    }
}

/// Twice as far apart as a number and the nearest of single precision, as a share of it.
const APART: f64 = f32::EPSILON as f64;
const MOST: f64 = f32::MAX as f64;
/// More than what is lost of the smallest numbers.
const LEAST: f64 = f32::MIN_POSITIVE as f64;

/// A number of single precision that is not below a price, within the largest ones.
#[inline(always)]
fn at_least(price: f64) -> f32 {
    let above = price + (price.abs() * APART + LEAST);
    // what is no number came of −∞
    let above = if above > -MOST { above } else { -MOST };
    (if above < MOST { above } else { MOST }) as f32
}

/// A number of single precision that is not above a price, within the largest ones.
#[inline(always)]
fn at_most(price: f64) -> f32 {
    -at_least(-price)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::Random;

    #[test]
    fn no_price_in_single_precision_is_on_the_wrong_side() {
        let mut random = Random::new(5, 0);
        let near = [0.0, 0.01, 1.0, 520.58, 64_123.45, 1e-9, 1e30, 3.4e38, 1e300];
        let drawn = (0..10_000).map(|_| random.uniform() * 1_000.0);
        for price in near
            .into_iter()
            .chain(drawn)
            .flat_map(|p| [p, -p, p.next_up()])
        {
            let within = if price < MOST { price } else { MOST };
            let within = if within > -MOST { within } else { -MOST };
            let (least, most) = (f64::from(at_least(price)), f64::from(at_most(price)));
            assert!(most <= within && within <= least, "{price}: {most} {least}");
            assert!(
                least - most <= within.abs() * 4e-7 + 3e-38,
                "{price}: {most} {least}"
            );
        }
        let infinite = f64::INFINITY;
        assert!(at_least(-infinite) <= -f32::MAX && at_most(infinite) >= f32::MAX);
    }

    #[test]
    fn a_bar_meets_every_lane_whose_band_it_breaks_out_of_and_hardly_another() {
        let mut random = Random::new(6, 0);
        let mut lanes_met = 0;
        for lanes in [1, 2, 15, 16, 17, 63, 64, 65, 300] {
            let mut watch = Watch::new(lanes);
            let mut tick = |from: f64| from + (random.uniform() * 40.0).floor() / 100.0;
            let bands: Vec<Option<Band>> = (0..lanes)
                .map(|lane| {
                    let (below, above) = (tick(99.6), tick(100.1));
                    (lane % 3 > 0).then_some(Band { below, above })
                })
                .collect();
            for (lane, band) in bands.iter().enumerate() {
                if let Some(band) = *band {
                    watch.prices(lane, band, NEVER);
                }
            }
            for _ in 0..50 {
                let (low, high) = (tick(99.6), tick(100.1));
                let mut met = Vec::new();
                watch.take_broken((low, high), &mut met);
                let breaks = |band: &Option<Band>| {
                    band.is_some_and(|band| low <= band.below || high >= band.above)
                };
                let expected: Vec<usize> =
                    (0..lanes).filter(|&lane| breaks(&bands[lane])).collect();
                assert_eq!(met, expected);
                lanes_met += met.len();
            }
        }
        assert!(lanes_met > 1_000);
    }
}
