//! On which basis bars are that were received again: compared with those stored, over all common bars.

use std::collections::BTreeSet;

use super::fraction::simplest_within;
use super::{Basis, PriceBasis};
use crate::base::time::Timestamp;

/// How bars that were asked for again compare with those stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Rebase {
    /// No bar of the one is a bar of the other: nothing can be said.
    NoOverlap,
    /// The bars are those stored on these bases, as far as can be told; several where the common bars do not tell them apart.
    Known {
        /// The bases that fit.
        bases: Vec<PriceBasis>,
    },
    /// On these bases every price differs by the same ratio, which a split explains.
    Split {
        /// How many bars both have.
        bars: u64,
        /// The bases that fit, but for the ratio.
        bases: Vec<PriceBasis>,
        /// New shares an old share.
        ratio: f64,
    },
    /// Prices differ, and no known action or split explains it.
    Other(Difference),
}

/// How prices differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// How many bars both have.
    pub bars: u64,
    /// How many of them differ by more than rounding.
    pub unlike: u64,
    /// The least and the greatest ratio of closes, received to stored, of those that differ.
    pub ratios: (f64, f64),
    /// The first that differs: its start, the close stored and the close received.
    pub first: (Timestamp, f64, f64),
}

/// The price factor and the split factor of a time: what [`Comparison`] is told of the known actions.
pub fn factors_at(bases: &[Basis], start: Timestamp) -> (f64, f64) {
    let next = bases.partition_point(|basis| basis.until <= start);
    bases
        .get(next)
        .map_or((1.0, 1.0), |basis| (basis.price_factor, basis.split_factor))
}

impl PriceBasis {
    /// What the price of a bar as stored is multiplied by to be on this basis, and what its volume is divided by.
    pub fn factors(self, (price, split): (f64, f64)) -> (f64, f64) {
        match self {
            Self::Unstated | Self::Raw => (1.0, 1.0),
            Self::Splits => (split, split),
            Self::SplitsAndDividends => (price, split),
        }
    }
}

/// The bases that received bars may be on.
const WAYS: [PriceBasis; 3] = [
    PriceBasis::Raw,
    PriceBasis::Splits,
    PriceBasis::SplitsAndDividends,
];
/// A new split is believed over so many common bars,
const LEAST_BARS: u64 = 20;
/// with so many different closes,
const LEAST_PRICES: usize = 5;
/// which tell the ratio to this part of it,
const WIDEST: f64 = 0.005;
/// where it moves prices by so much,
const LEAST_MOVE: f64 = 0.1;
/// and is one of numbers up to this one,
const LARGEST_PART: u32 = 100;
/// of which the smaller is at most this.
const LARGEST_SMALLER_PART: u32 = 10;
/// One common bar of so many may differ: a correction. One always may.
const CORRECTED: u64 = 100;
/// A bar's deviation counts for no more than this in telling bases apart, so that a corrected bar does not decide it.
const MOST_DEVIATION: f64 = 1e-3;

/// Compares bars with those stored, bar by bar in any order, on each basis that the known actions allow.
#[derive(Debug, Clone)]
pub struct Comparison {
    tick: f64,
    /// Whether shares are compared: only they are split.
    splits: bool,
    bars: u64,
    closes: BTreeSet<u64>,
    ways: [Way; WAYS.len()],
}

/// What is known of one basis.
#[derive(Debug, Clone, Copy)]
struct Way {
    unlike: u64,
    /// The sum of relative deviations.
    deviation: f64,
    /// The ratios that every price allows.
    low: f64,
    high: f64,
    ratios: (f64, f64),
    first: Option<(Timestamp, f64, f64)>,
}

impl Comparison {
    /// A comparison of prices that are rounded to a tick. `splits` says whether the instrument can be split.
    pub fn new(tick: f64, splits: bool) -> Self {
        let way = Way {
            unlike: 0,
            deviation: 0.0,
            low: 0.0,
            high: f64::INFINITY,
            ratios: (f64::INFINITY, 0.0),
            first: None,
        };
        Self {
            tick,
            splits,
            bars: 0,
            closes: BTreeSet::new(),
            ways: [way; WAYS.len()],
        }
    }

    /// Takes a bar that both have: its prices as stored and as received, and the factors of [`factors_at`].
    pub fn push(
        &mut self,
        start: Timestamp,
        stored: [f64; 4],
        received: [f64; 4],
        factors: (f64, f64),
    ) {
        self.bars += 1;
        if self.closes.len() < LEAST_PRICES {
            self.closes.insert(stored[3].to_bits());
        }
        for (way, basis) in self.ways.iter_mut().zip(WAYS) {
            let factor = basis.factors(factors).0;
            way.push(start, stored, received, factor, self.tick);
        }
    }

    /// What the bars say.
    pub fn finish(self) -> Rebase {
        if self.bars == 0 {
            return Rebase::NoOverlap;
        }
        let allowed = (self.bars / CORRECTED).max(1);
        let like = |way: &Way| way.unlike <= allowed;
        let bases = self.fitting(like);
        if !bases.is_empty() {
            return Rebase::Known { bases };
        }
        let enough = self.splits && self.bars >= LEAST_BARS && self.closes.len() >= LEAST_PRICES;
        let split = |way: &Way| way.split().filter(|_| enough);
        let bases = self.fitting(|way| split(way).is_some());
        let found = bases.first().and_then(|basis| {
            let at = WAYS.iter().position(|way| way == basis)?;
            split(self.ways.get(at)?)
        });
        if let Some(ratio) = found {
            return Rebase::Split {
                bars: self.bars,
                bases,
                ratio,
            };
        }
        let [nearest, ..] = self.ways;
        let nearest =
            self.ways.iter().fold(
                nearest,
                |best, way| if way.unlike < best.unlike { *way } else { best },
            );
        Rebase::Other(Difference {
            bars: self.bars,
            unlike: nearest.unlike,
            ratios: nearest.ratios,
            first: nearest.first.unwrap_or((Timestamp::MIN, 0.0, 0.0)),
        })
    }

    /// The bases that fit, without those that fit clearly worse than the best.
    fn fitting(&self, fits: impl Fn(&Way) -> bool) -> Vec<PriceBasis> {
        let fitting: Vec<(PriceBasis, &Way)> = WAYS
            .into_iter()
            .zip(&self.ways)
            .filter(|(_, way)| fits(way))
            .collect();
        let spread = |way: &Way| way.deviation;
        let least = fitting
            .iter()
            .map(|(_, way)| spread(way))
            .fold(f64::INFINITY, lesser);
        let near = |way: &Way| spread(way) <= 2.0 * least + 1e-9 * self.bars as f64;
        let near = fitting.iter().filter(|(_, way)| near(way));
        near.map(|(basis, _)| *basis).collect()
    }
}

impl Way {
    fn push(
        &mut self,
        start: Timestamp,
        stored: [f64; 4],
        received: [f64; 4],
        factor: f64,
        tick: f64,
    ) {
        let half = tick / 2.0;
        let mut like = true;
        let mut deviation: f64 = 0.0;
        for (old, new) in stored.into_iter().zip(received) {
            let expected = old * factor;
            like &= is_like(expected, new, factor, tick);
            deviation = greater(deviation, (new / expected - 1.0).abs());
            // what either was rounded by
            let by = half * factor;
            self.low = greater(self.low, (new - half) / (expected + by));
            if expected > by {
                self.high = lesser(self.high, (new + half) / (expected - by));
            }
        }
        // of a way with a ratio of its own the deviation is none of the actions'
        self.deviation += lesser(deviation, MOST_DEVIATION);
        if !like {
            let ([.., old], [.., new]) = (stored, received);
            let ratio = new / old;
            self.unlike += 1;
            self.ratios = (lesser(self.ratios.0, ratio), greater(self.ratios.1, ratio));
            if self.first.is_none_or(|first| start < first.0) {
                self.first = Some((start, old, new));
            }
        }
    }

    /// The split that a constant ratio stands for.
    fn split(&self) -> Option<f64> {
        let known = self.low <= self.high && self.low > 0.0 && self.high.is_finite();
        if !known || self.high / self.low > 1.0 + WIDEST {
            return None;
        }
        let ratio = simplest_within(1.0 / self.high, 1.0 / self.low, LARGEST_PART)?;
        let whole = |value: f64| (value - value.round()).abs() < 1e-9 && value >= 0.5;
        let small = (1..=LARGEST_SMALLER_PART)
            .map(f64::from)
            .any(|part| whole(ratio * part) || whole(part / ratio));
        ((ratio - 1.0).abs() >= LEAST_MOVE && small).then_some(ratio)
    }
}

/// Whether a price is what is expected, but for the rounding of both to a tick. `factor` leads from stored to expected.
fn is_like(expected: f64, received: f64, factor: f64, tick: f64) -> bool {
    (received - expected).abs() <= tick * (1.0 + factor) / 2.0 + 1e-9 * expected
}

/// Whether a bar received is the one stored on a basis of that price factor, but for rounding.
pub fn is_same_bar(stored: [f64; 4], received: [f64; 4], factor: f64, tick: f64) -> bool {
    let mut pairs = stored.into_iter().zip(received);
    pairs.all(|(old, new)| is_like(old * factor, new, factor, tick))
}

fn lesser(one: f64, other: f64) -> f64 {
    if other < one { other } else { one }
}

fn greater(one: f64, other: f64) -> f64 {
    if other > one { other } else { one }
}
