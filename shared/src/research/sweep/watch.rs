//! What lanes wait for: prices that end a position, or a bar. A value a lane in each column, so that a bar is compared with several
//! lanes at a time.

use super::extremes::{Band, Extremes};

/// Lanes that are compared together.
const WIDE: usize = 16;
/// So many times as many make up a word.
const WORD: usize = 4;
/// No price leaves it: that of a lane without a position in the market.
const IDLE: Band = Band {
    below: f64::NEG_INFINITY,
    above: f64::INFINITY,
};
/// The bar of a lane that waits for none, and of a search that found none.
pub(super) const NEVER: usize = usize::MAX;

/// What lanes wait for.
#[derive(Debug)]
pub(super) struct Watch {
    /// Out of which prices each lane's position breaks.
    below: Vec<f64>,
    above: Vec<f64>,
    /// The bar that each lane waits for, whatever the prices are.
    due: Vec<usize>,
    /// None is due before it.
    pub(super) soonest: usize,
    /// A bit for each of the lanes that are compared together. As constants, compilers would take them apart.
    bits: [u64; WIDE],
    /// Which lanes a bar breaks out of the bands of, a bit a lane.
    broken: Vec<u16>,
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
        let wide = lanes.next_multiple_of(WIDE);
        Self {
            below: vec![IDLE.below; wide],
            above: vec![IDLE.above; wide],
            due: vec![NEVER; lanes],
            soonest: NEVER,
            bits: core::array::from_fn(|lane| 1 << lane),
            broken: vec![0; (wide / WIDE).next_multiple_of(WORD)],
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
        let (mut highest, mut lowest) = ([IDLE.below; WIDE], [IDLE.above; WIDE]);
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
        let mut band = IDLE;
        for (most, least) in highest.into_iter().zip(lowest) {
            band.below = if most > band.below { most } else { band.below };
            band.above = if least < band.above {
                least
            } else {
                band.above
            };
        }
        band
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
        let (belows, _) = self.below.as_chunks::<WIDE>();
        let (aboves, _) = self.above.as_chunks::<WIDE>();
        for ((below, above), broken) in belows.iter().zip(aboves).zip(&mut self.broken) {
            let mut bits = 0;
            for lane in 0..WIDE {
                let breaks = (low <= below[lane]) | (high >= above[lane]);
                bits |= if breaks { self.bits[lane] } else { 0 };
            }
            *broken = bits as u16;
        }
        let (words, _) = self.broken.as_chunks::<WORD>();
        for (number, &[first, second, third, last]) in words.iter().enumerate() {
            let halves = [(first, second), (third, last)];
            let [low, high] = halves.map(|(low, high)| u64::from(low) | u64::from(high) << WIDE);
            let mut word = low | high << (2 * WIDE);
            while word != 0 {
                met.push(number * WORD * WIDE + word.trailing_zeros() as usize);
                word &= word - 1;
            }
        }
    }

    /// Waits for a bar alone.
    #[inline(always)]
    pub(super) fn idle(&mut self, lane: usize, until: usize) {
        self.prices(lane, IDLE, until);
    }

    /// Waits for prices that end a position, or for its time.
    #[inline(always)]
    pub(super) fn prices(&mut self, lane: usize, band: Band, until: usize) {
        (self.below[lane], self.above[lane]) = (band.below, band.above);
        self.due[lane] = until;
        if until < self.soonest {
            self.soonest = until;
        }
    }
}
