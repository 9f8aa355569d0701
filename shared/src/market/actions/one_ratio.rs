//! Whether bars that were received again differ from those stored by one ratio, however near to 1 that is: prices that were adjusted
//! anew, for a dividend that came since, or those of another source. Corrections are not of one ratio.

/// A ratio is told where rounding leaves no more than this part of it open.
const WIDEST: f64 = 0.005;
/// So many bars of one ratio are enough where all differ,
const FEW: u64 = 2;
/// and so many where those after them do not.
const SOME: u64 = 5;
/// One of so many may differ otherwise, and one that was not complete or was corrected,
const CORRECTED: u64 = 20;
/// and one of so many may be too low for its prices to change.
const ALIKE: u64 = 10;
/// The ratios that rounding allows are so many times closer to each other than to 1.
const TOLD: f64 = 2.0;
/// What known actions leave, as a part of what they do, is their own rounding.
const LEFT: f64 = 0.02;

/// The ratios, received to stored, that rounded prices allow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ratios {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Ratios {
    pub(super) const ANY: Self = Self {
        low: 0.0,
        high: f64::INFINITY,
    };

    pub(super) fn narrow(&mut self, other: Self) {
        self.low = greater(self.low, other.low);
        self.high = lesser(self.high, other.high);
    }

    /// Whether there is any.
    pub(super) fn are_any(self) -> bool {
        self.low <= self.high
    }

    /// How far they are apart.
    pub(super) fn width(self) -> f64 {
        self.high - self.low
    }

    /// The middle, where there is a ratio at all and it is known to [`WIDEST`].
    pub(super) fn one(self) -> Option<f64> {
        let known = self.low <= self.high && self.low > 0.0 && self.high.is_finite();
        let told = known && self.high / self.low <= 1.0 + WIDEST;
        told.then_some((self.low + self.high) / 2.0)
    }
}

/// The ratio of the bars that differ.
#[derive(Debug, Clone, Copy)]
pub(super) struct OneRatio {
    ratios: Ratios,
    /// Bars of that ratio.
    bars: u64,
    /// Bars that differ otherwise.
    others: u64,
    /// Bars that do not differ: all, and those before the last one of the ratio.
    alike: u64,
    within: u64,
    /// The most that known actions change a price by.
    known: f64,
}

impl OneRatio {
    pub(super) const NONE: Self = Self {
        ratios: Ratios::ANY,
        bars: 0,
        others: 0,
        alike: 0,
        within: 0,
        known: 0.0,
    };

    /// Takes a bar, the ratios that its prices allow, whether they differ by more than rounding, and the factor of known actions.
    pub(super) fn push(&mut self, allowed: Ratios, differs: bool, factor: f64) {
        let known = (factor - 1.0).abs();
        if known > self.known {
            self.known = known;
        }
        if !differs {
            self.alike += 1;
            return;
        }
        let mut ratios = self.ratios;
        ratios.narrow(allowed);
        if !ratios.are_any() {
            if !allowed.are_any() || self.others < self.bars {
                self.others += 1;
                return;
            }
            // the ones before may have been the odd ones
            self.others += self.bars;
            self.bars = 0;
            ratios = allowed;
        }
        self.ratios = ratios;
        self.bars += 1;
        self.within = self.alike;
    }

    /// The ratio, received to expected, where all bars have it, or all up to some time.
    pub(super) fn told(&self) -> Option<f64> {
        let ratio = self.ratios.one()?;
        let away = (ratio - 1.0).abs();
        let least = match self.alike {
            0 => FEW,
            _ => SOME,
        };
        let is_one = self.bars >= least
            && self.others.saturating_sub(1) * CORRECTED <= self.bars
            && self.others < self.bars
            && self.within * ALIKE <= self.bars;
        let is_told = self.ratios.width() * TOLD <= away && away > LEFT * self.known;
        (is_one && is_told).then_some(ratio)
    }
}

pub(super) fn lesser(one: f64, other: f64) -> f64 {
    if other < one { other } else { one }
}

pub(super) fn greater(one: f64, other: f64) -> f64 {
    if other > one { other } else { one }
}
