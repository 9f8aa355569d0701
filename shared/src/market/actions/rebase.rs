//! On which basis bars are that were received again: compared with those stored, over all common bars.
//!
//! The common bars decide. On each basis that the known actions allow (raw, adjusted for splits, adjusted for splits and
//! dividends), a common bar is one of four things. It is *like* the stored one where every price agrees but for rounding; a
//! *correction* where one price at least agrees and the others leave its level, the median of its four ratios, within a tenth
//! ([`MOST_CORRECTED`]), or where the level itself is within a thousandth; *moved* where its level is another one; and *far*
//! where that is more than a tenth away. What was asked for again at its end is often a correction: the last bar was not
//! complete. Where more than one bar in a hundred has another length, by its range and its volume together
//! ([`CommonBar::is_last`] apart), none are corrections: a day that has the time of its first hour has its open as well. Nor
//! are they where high and low of more than a fifth differ, and of more than ten, and not at one ratio: that is another source,
//! or other bars; nor where they are those stored, but of the bar before or after ([`Difference::beside`]), or the sum of several ([`Difference::sum`]). The rules, for each basis, the first that holds:
//!
//! | common bars | what they say | answer |
//! |---|---|---|
//! | none | nothing | [`Rebase::NoOverlap`]: merged, the seam is looked at |
//! | none far; moved are none, or one in a hundred, not from the first on at one ratio; of fewer than a hundred one, where another agrees or nothing can be split | corrections | [`Rebase::Known`]: the last received counts |
//! | all at one ratio that moves prices by a tenth or more, told to half a percent, a fraction of numbers up to 100 whose smaller is at most 10; twenty bars and five closes at least | a split | [`Rebase::Split`] |
//! | the same over fewer, closes that are not all one, three different prices, and the smaller number at most 2 | a split: the last stored session may be one bar | [`Rebase::Split`] |
//! | anything else | prices that nothing explains | [`Rebase::Other`]: a question |
//!
//! Of several bases that fit, those count that fit best. Only shares are split. A ratio of less than a tenth over all common
//! bars may be a dividend, a correction or another source; which one, the bars do not tell, so that is a question too.

use std::collections::BTreeSet;

use super::beside::{Beside, OneOff, differs};
use super::fraction::simplest_within;
use super::one_ratio::{OneRatio, Ratios, greater, lesser};
use super::step::Steps;
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
    /// In how many open, high, low and close differ.
    pub columns: [u64; 4],
    /// The ratio that all prices share, received to stored, where there is one; or nearly all, or all up to some time.
    pub shared: Option<f64>,
    /// The least and the greatest ratio of closes, received to stored, of those that differ.
    pub ratios: (f64, f64),
    /// The first that differs: its start, the close stored and the close received.
    pub first: (Timestamp, f64, f64),
    /// Where those that differ are the bars stored before or after them, one bar off.
    pub beside: Option<Beside>,
    /// The first that is the sum of several stored bars, where so many are that they are of a longer interval.
    pub sum: Option<Timestamp>,
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
pub(super) const WAYS: [PriceBasis; 3] = [
    PriceBasis::Raw,
    PriceBasis::Splits,
    PriceBasis::SplitsAndDividends,
];
/// A new split is believed over so many common bars,
const LEAST_BARS: u64 = 20;
/// with so many different closes,
const LEAST_PRICES: usize = 5;
/// where it moves prices by so much,
const LEAST_MOVE: f64 = 0.1;
/// and is one of numbers up to this one,
const LARGEST_PART: u32 = 100;
/// of which the smaller is at most this.
const LARGEST_SMALLER_PART: u32 = 10;
/// Over fewer bars, the last stored session say, the smaller one is at most this,
const LARGEST_SMALLER_PART_OF_FEW: u32 = 2;
/// and so many prices are different.
const LEAST_DIFFERENT: usize = 3;
/// One common bar of so many may have moved: a correction.
const CORRECTED: u64 = 100;
/// No correction moves a bar by more than this part.
const MOST_CORRECTED: f64 = 0.1;
/// A bar whose level is the same to this part has not moved.
const SAME_LEVEL: f64 = 1e-3;
/// A bar whose range and volume are so many times those stored, or so small a part, is of another length,
const OTHER_RANGE: f64 = 3.0;
/// and its volume.
const OTHER_VOLUME: f64 = 5.0;
/// More bars than these,
const SOME: u64 = 10;
/// and one of so many, differ in their range where they are of another source.
const MANY: u64 = 5;
/// One of so many of the bars that differ is the sum of several stored ones, where they are of a longer interval,
const SUMS: u64 = 10;
/// and of so many where the volume is the sum as well: prices alone are that by chance, where bars are corrected.
const TRADED_SUMS: u64 = 100;
/// A bar's deviation counts for no more than this in telling bases apart, so that a corrected bar does not decide it.
const MOST_DEVIATION: f64 = 1e-3;

/// Compares bars with those stored, bar by bar in order of time, on each basis that the known actions allow.
#[derive(Debug, Clone)]
pub struct Comparison {
    tick: f64,
    /// Whether shares are compared: only they are split.
    splits: bool,
    bars: u64,
    closes: BTreeSet<u64>,
    prices: BTreeSet<u64>,
    /// How many bars with a volume are on another price, and of how many of them the volume is the stored one.
    volumes: (u64, u64),
    /// How many bars are of another length than those stored.
    others: u64,
    sums: Sums,
    /// Of how many bars it can be told whether they are exactly those stored ([`differs`]), and how many are not.
    told: u64,
    differ: u64,
    one_off: OneOff,
    ways: [Way; WAYS.len()],
}

/// A bar that stored and received ones have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CommonBar {
    /// Its start.
    pub start: Timestamp,
    /// Open, high, low and close as stored, and the volume.
    pub stored: ([f64; 4], f64),
    /// The same as received.
    pub received: ([f64; 4], f64),
    /// What [`factors_at`] says of its start.
    pub factors: (f64, f64),
    /// Whether it is the last one stored, which may not have been complete.
    pub is_last: bool,
    /// Whether what was received is the sum of the stored bars of a longer interval, this one among them.
    pub is_sum: bool,
}

impl CommonBar {
    /// Whether range and volume are so much larger or smaller that it is a bar of another length: a day at the time of its first
    /// hour, whose open is the same. Without volumes the range tells, where it is larger.
    fn is_of_other_length(&self, step: f64) -> bool {
        let (stored, volume) = self.stored;
        let (received, again) = self.received;
        // a step is more of a price that is adjusted
        let least = step / lesser(stored[3], received[3]);
        let range =
            |[_, high, low, close]: [f64; 4]| (greater((high - low) / close, least), high > low);
        let ((old, is_told), (new, _)) = (range(stored), range(received));
        let none = volume <= 0.0 && again <= 0.0;
        // as it came, or adjusted for known splits: a reverse one leaves a small part of it
        let plain = again * self.factors.1;
        let (least, most) = (lesser(again, plain), greater(again, plain));
        let is_larger = new > OTHER_RANGE * old
            && (none && is_told || volume > 0.0 && least > OTHER_VOLUME * volume);
        let is_smaller = old > OTHER_RANGE * new && volume > OTHER_VOLUME * most && again > 0.0;
        is_larger || is_smaller
    }
}

/// How many bars are the sum of several stored ones.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    first: Option<Timestamp>,
    bars: u64,
    /// Those that have a volume.
    traded: u64,
}

impl Sums {
    fn push(&mut self, bar: &CommonBar) {
        self.first.get_or_insert(bar.start);
        self.bars += 1;
        self.traded += u64::from(bar.received.1 > 0.0);
    }

    /// Whether what was received is of a longer interval, where so many bars differ.
    fn tell(self, unlike: u64) -> bool {
        let is_part = |count: u64, of: u64| count > 0 && count * of >= unlike;
        is_part(self.bars, SUMS) || is_part(self.traded, TRADED_SUMS)
    }
}

/// What is known of one basis.
#[derive(Debug, Clone, Copy)]
struct Way {
    unlike: u64,
    columns: [u64; 4],
    /// Bars whose high and low both differ.
    ranges: u64,
    /// Bars whose level is another one, and how many of them by more than a correction.
    moved: u64,
    far: u64,
    /// How many of the first bars have moved, without one between them that has not.
    leading: u64,
    /// The sum of relative deviations.
    deviation: f64,
    /// The ratios that every price allows.
    all: Ratios,
    /// Those that every price of bars that have moved allows.
    of_moved: Ratios,
    /// The ratio of those that differ, where they have one.
    one_ratio: OneRatio,
    ratios: (f64, f64),
    first: Option<(Timestamp, f64, f64)>,
}

impl Comparison {
    /// A comparison of prices that are rounded to a tick, or to the finer step that they show ([`Steps`]). `splits` says whether the
    /// instrument can be split.
    pub fn new(tick: f64, splits: bool) -> Self {
        let way = Way {
            unlike: 0,
            columns: [0; 4],
            ranges: 0,
            moved: 0,
            far: 0,
            leading: 0,
            deviation: 0.0,
            all: Ratios::ANY,
            of_moved: Ratios::ANY,
            one_ratio: OneRatio::NONE,
            ratios: (f64::INFINITY, 0.0),
            first: None,
        };
        Self {
            tick,
            splits,
            bars: 0,
            closes: BTreeSet::new(),
            prices: BTreeSet::new(),
            volumes: (0, 0),
            others: 0,
            sums: Sums::default(),
            told: 0,
            differ: 0,
            one_off: OneOff::default(),
            ways: [way; WAYS.len()],
        }
    }

    /// Takes a bar that both have.
    pub fn push(&mut self, bar: &CommonBar) {
        let (stored, volume) = bar.stored;
        let (received, volume_again) = bar.received;
        if self.closes.len() < LEAST_PRICES {
            self.closes.insert(stored[3].to_bits());
        }
        if self.prices.len() < LEAST_DIFFERENT {
            self.prices.extend(stored.map(f64::to_bits));
        }
        if volume > 0.0 && !is_same_bar(stored, received, 1.0, self.tick) {
            self.volumes.0 += 1;
            self.volumes.1 += u64::from(is_same_volume(volume, volume_again, 1.0));
        }
        let steps = Steps::of(stored, received, self.tick, bar.factors != (1.0, 1.0));
        for (way, basis) in self.ways.iter_mut().zip(WAYS) {
            let rounding = Rounding {
                factor: basis.factors(bar.factors).0,
                steps,
                tick: self.tick,
            };
            way.push(bar.start, stored, received, rounding, self.bars);
        }
        self.one_off
            .push(bar.stored, bar.received, self.tick, bar.factors);
        if let Some(is_other) = differs(bar.stored, bar.received) {
            self.told += 1;
            self.differ += u64::from(is_other);
        }
        self.others += u64::from(!bar.is_last && bar.is_of_other_length(steps.finest()));
        if bar.is_sum {
            self.sums.push(bar);
        }
        self.bars += 1;
    }

    /// Whether volumes come as they are stored although prices are adjusted: sources differ in that.
    pub fn are_volumes_plain(&self) -> bool {
        let (moved, plain) = self.volumes;
        2 * plain > moved
    }

    /// Whether most bars that both have differ on each basis, or exactly, be it by rounding or by what was traded; or there are none.
    pub fn is_unlike(&self) -> bool {
        let are_unlike = self.ways.iter().all(|way| 2 * way.unlike >= self.bars);
        are_unlike || 2 * self.differ >= self.told
    }

    /// What the bars say.
    pub fn finish(self) -> Rebase {
        if self.bars == 0 {
            return Rebase::NoOverlap;
        }
        let unlike = self.ways.iter().map(|way| way.unlike).min();
        let are_sums = self.sums.tell(unlike.unwrap_or_default());
        let is_of_others = self.others > self.bars / CORRECTED || are_sums;
        let beside = self.one_off.told();
        let bases = self.fitting(|way| way.is_corrected(self.bars, self.splits));
        if !bases.is_empty() && !is_of_others && beside.is_none() {
            return Rebase::Known { bases };
        }
        let split = |way: &Way| self.split(way);
        // what a basis fits, but for where its bars stand, is no split
        let bases = match bases.is_empty() {
            true => self.fitting(|way| split(way).is_some()),
            false => Vec::new(),
        };
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
            columns: nearest.columns,
            shared: nearest.all.one().or(nearest.one_ratio.told()),
            ratios: nearest.ratios,
            first: nearest.first.unwrap_or((Timestamp::MIN, 0.0, 0.0)),
            beside,
            sum: self.sums.first.filter(|_| are_sums),
        })
    }

    /// The split that the constant ratio of a basis stands for.
    fn split(&self, way: &Way) -> Option<f64> {
        let many = self.bars >= LEAST_BARS && self.closes.len() >= LEAST_PRICES;
        let least_closes = LEAST_PRICES.min(usize::try_from(self.bars).unwrap_or(LEAST_PRICES));
        let few = self.closes.len() >= least_closes && self.prices.len() >= LEAST_DIFFERENT;
        let largest = match (self.splits, many, few) {
            (true, true, _) => LARGEST_SMALLER_PART,
            (true, false, true) => LARGEST_SMALLER_PART_OF_FEW,
            _ => return None,
        };
        way.split(largest)
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

/// How the prices of a bar are rounded.
#[derive(Debug, Clone, Copy)]
struct Rounding {
    /// What leads from stored to received prices.
    factor: f64,
    steps: Steps,
    tick: f64,
}

impl Rounding {
    /// The most that an expected and a received price were rounded by: half a tick, or a whole step of those that are finer, as
    /// who writes more digits than trade has seldom rounds from exact numbers.
    fn most(self) -> (f64, f64) {
        let half = self.tick / 2.0;
        let by = |step: f64| lesser(step, half);
        let Steps { stored, received } = self.steps;
        (by(stored) * self.factor, by(received))
    }
}

impl Way {
    fn push(
        &mut self,
        start: Timestamp,
        stored: [f64; 4],
        received: [f64; 4],
        rounding: Rounding,
        before: u64,
    ) {
        let Rounding { factor, .. } = rounding;
        let (by, half) = rounding.most();
        let mut like = [true; 4];
        let mut ratios = [1.0; 4];
        let mut allowed = Ratios::ANY;
        let mut deviation: f64 = 0.0;
        let pairs = stored.into_iter().zip(received);
        for (((old, new), like), ratio) in pairs.zip(&mut like).zip(&mut ratios) {
            let expected = old * factor;
            *like = is_like(expected, new, rounding.steps.apart(factor));
            *ratio = new / expected;
            deviation = greater(deviation, (*ratio - 1.0).abs());
            allowed.narrow(Ratios {
                low: (new - half) / (expected + by),
                high: if expected > by {
                    (new + half) / (expected - by)
                } else {
                    f64::INFINITY
                },
            });
        }
        self.all.narrow(allowed);
        // of a way with a ratio of its own the deviation is none of the actions'
        self.deviation += lesser(deviation, MOST_DEVIATION);
        let differs = like != [true; 4];
        self.one_ratio.push(allowed, differs, factor);
        if !differs {
            return;
        }
        let ([.., old], [.., new]) = (stored, received);
        let ratio = new / old;
        self.unlike += 1;
        for (count, like) in self.columns.iter_mut().zip(like) {
            *count += u64::from(!like);
        }
        let [_, high, low, _] = like;
        self.ranges += u64::from(!high && !low);
        self.ratios = (lesser(self.ratios.0, ratio), greater(self.ratios.1, ratio));
        self.first.get_or_insert((start, old, new));
        let away = (level(ratios) - 1.0).abs();
        let anchored = like.contains(&true);
        let far = away > MOST_CORRECTED;
        if away > SAME_LEVEL && !anchored || far {
            self.leading += u64::from(self.leading == before);
            self.moved += 1;
            self.far += u64::from(far);
            self.of_moved.narrow(allowed);
        }
    }

    /// Whether what differs are corrections.
    fn is_corrected(&self, bars: u64, splits: bool) -> bool {
        let drifts = self.moved > 1 && self.leading == self.moved && self.of_moved.one().is_some();
        let allowed = match bars {
            0..CORRECTED if self.moved < bars || !splits => 1,
            _ => bars / CORRECTED,
        };
        // a constant ratio is told apart by its size
        let is_other = self.ranges > SOME && self.ranges * MANY > bars && self.all.one().is_none();
        let is_scaled = self.one_ratio.told().is_some();
        self.far == 0 && self.moved <= allowed && !(splits && drifts) && !is_other && !is_scaled
    }

    /// The split that a constant ratio stands for, one of whose numbers is at most `largest`.
    fn split(&self, largest: u32) -> Option<f64> {
        self.all.one()?;
        let ratio = simplest_within(1.0 / self.all.high, 1.0 / self.all.low, LARGEST_PART)?;
        let whole = |value: f64| (value - value.round()).abs() < 1e-9 && value >= 0.5;
        let small = (1..=largest)
            .map(f64::from)
            .any(|part| whole(ratio * part) || whole(part / ratio));
        ((ratio - 1.0).abs() >= LEAST_MOVE && small).then_some(ratio)
    }
}

/// The median of four ratios.
fn level(mut ratios: [f64; 4]) -> f64 {
    ratios.sort_by(f64::total_cmp);
    let [_, one, other, _] = ratios;
    (one + other) / 2.0
}

/// Whether a price is what is expected, but for rounding, which may set them so far apart.
fn is_like(expected: f64, received: f64, apart: f64) -> bool {
    (received - expected).abs() <= apart + 1e-9 * expected
}

/// Whether a bar received is the one stored on a basis of that price factor, but for rounding: to a tick, or to the finer step that
/// its prices show.
pub fn is_same_bar(stored: [f64; 4], received: [f64; 4], factor: f64, tick: f64) -> bool {
    let is_other = factor.to_bits() != 1.0_f64.to_bits();
    let apart = Steps::of(stored, received, tick, is_other).apart(factor);
    let mut pairs = stored.into_iter().zip(received);
    pairs.all(|(old, new)| is_like(old * factor, new, apart))
}

/// Whether a volume received is the one stored on a basis of that split factor, but for rounding to whole units.
pub fn is_same_volume(stored: f64, received: f64, factor: f64) -> bool {
    let again = received * factor;
    (again - stored).abs() <= (1.0 + factor) / 2.0 + 1e-6 * stored
}
