//! What lanes wait for: prices that end a position, or a bar. A value a lane in each column, so that a bar is compared with several
//! lanes at a time.

use super::extremes::{Band, Extremes};

/// Lanes that are compared together.
const WIDE: usize = 8;
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
}

#[expect(
    clippy::indexing_slicing,
    reason = "lanes are numbered below their count, and all columns have one value each; these are the innermost writes"
)]
impl Watch {
    /// For nothing yet.
    pub(super) fn new(lanes: usize) -> Self {
        Self {
            below: vec![IDLE.below; lanes],
            above: vec![IDLE.above; lanes],
            due: vec![NEVER; lanes],
            soonest: NEVER,
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
        let mut take = |lane: usize, below: f64, above: f64| {
            let (most, least) = (&mut highest[lane], &mut lowest[lane]);
            *most = if below > *most { below } else { *most };
            *least = if above < *least { above } else { *least };
        };
        let (belows, last_belows) = self.below.as_chunks::<WIDE>();
        let (aboves, last_aboves) = self.above.as_chunks::<WIDE>();
        for (below, above) in belows.iter().zip(aboves) {
            for lane in 0..WIDE {
                take(lane, below[lane], above[lane]);
            }
        }
        for (&below, &above) in last_belows.iter().zip(last_aboves) {
            take(0, below, above);
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

    /// Adds the lanes whose bands a bar breaks out of. Most stretches of lanes have none, which is found without a branch between them.
    #[inline(always)]
    pub(super) fn take_broken(&self, (low, high): (f64, f64), met: &mut Vec<usize>) {
        let breaks = |below: f64, above: f64| (low <= below) | (high >= above);
        let (belows, last_belows) = self.below.as_chunks::<WIDE>();
        let (aboves, last_aboves) = self.above.as_chunks::<WIDE>();
        for (number, (below, above)) in belows.iter().zip(aboves).enumerate() {
            let mut bits = 0u8;
            for lane in 0..WIDE {
                bits |= u8::from(breaks(below[lane], above[lane])) << lane;
            }
            while bits != 0 {
                met.push(number * WIDE + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
        let rest = self.below.len() - last_belows.len();
        for (lane, (&below, &above)) in last_belows.iter().zip(last_aboves).enumerate() {
            if breaks(below, above) {
                met.push(rest + lane);
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
