//! Runs side by side that differ in parameters alone: one pass over the bars finds where the position of each ends.
//!
//! A lane is a parameter set. What is asked at every bar lies in columns, a value a lane, so that lanes are compared several at a
//! time; everything else is what a [`Run`] alone does, so that each gives what it gives alone.

use super::extremes::Band;
use super::index::Index;
use super::ledger::Ledger;
use super::open::{Open, TimeExit};
use super::skip::Run;

/// Lanes that are compared together.
const WIDE: usize = 8;
/// No price leaves it: that of a lane without a position in the market.
const IDLE: Band = Band {
    below: f64::NEG_INFINITY,
    above: f64::INFINITY,
};
/// The bar of a lane that has ended.
const NEVER: usize = usize::MAX;

/// Runs side by side.
pub(super) struct Lanes<'r, 'a, L> {
    index: &'a Index<'a>,
    runs: &'r mut [Run<'a, L>],
    held: Vec<Option<Held>>,
    /// Out of which prices each lane's position breaks.
    below: Vec<f64>,
    above: Vec<f64>,
    /// The bar that each lane waits for, whatever the prices are.
    due: Vec<usize>,
    /// None is due before it.
    soonest: usize,
}

/// The position of a lane.
#[derive(Debug, Clone, Copy)]
struct Held {
    open: Open,
    time: TimeExit,
}

impl<'r, 'a, L: Ledger> Lanes<'r, 'a, L> {
    /// Runs all to the end of the data.
    pub(super) fn go(index: &'a Index<'a>, runs: &'r mut [Run<'a, L>]) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("bmi2")
        {
            #[expect(
                unsafe_code,
                reason = "the processor was asked for what the function needs"
            )]
            // SAFETY: both features were detected just now.
            unsafe {
                return Self::go_avx2(index, runs);
            }
        }
        Self::go_anywhere(index, runs);
    }

    /// The same instructions of the language for a processor with wider registers; nothing is contracted or put in another order.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn go_avx2(index: &'a Index<'a>, runs: &'r mut [Run<'a, L>]) {
        Self::go_anywhere(index, runs);
    }

    #[inline(always)]
    fn go_anywhere(index: &'a Index<'a>, runs: &'r mut [Run<'a, L>]) {
        let count = runs.len();
        let mut lanes = Self {
            index,
            runs,
            held: vec![None; count],
            below: vec![IDLE.below; count],
            above: vec![IDLE.above; count],
            due: vec![NEVER; count],
            soonest: NEVER,
        };
        for lane in 0..count {
            lanes.proceed(lane, 0, 0);
        }
        lanes.pass_over();
    }

    #[inline(always)]
    fn pass_over(&mut self) {
        let extremes = &self.index.extremes;
        let mut met = Vec::with_capacity(self.runs.len());
        let mut bar = 0;
        // whether the bar before had something for a lane: then this one is likely to
        let mut busy = false;
        while self.soonest != NEVER {
            if !busy {
                bar = extremes.first_break(bar, self.soonest, self.band());
            }
            met.clear();
            if bar >= self.soonest {
                self.take_due(bar, &mut met);
            }
            let (low, high) = extremes.of(bar);
            broken(&self.below, &self.above, (low, high), &mut met);
            busy = !met.is_empty();
            for &lane in &met {
                self.attend(lane, bar);
            }
            bar += 1;
        }
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "lanes are numbered below their count, and all columns have one value each; these are the innermost writes"
)]
impl<L: Ledger> Lanes<'_, '_, L> {
    /// The band that no price leaves without leaving that of a lane.
    #[inline(always)]
    fn band(&self) -> Band {
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
    fn take_due(&mut self, bar: usize, met: &mut Vec<usize>) {
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

    /// A bar meets the position of a lane.
    #[inline(always)]
    fn attend(&mut self, lane: usize, bar: usize) {
        let (run, Some(held)) = (&mut self.runs[lane], &self.held[lane]) else {
            return;
        };
        match run.exit_in(&held.open, held.time, bar) {
            Some(exit) => {
                let from = run.settle(&held.open, &exit);
                self.proceed(lane, from, bar + 1);
            }
            None => {
                let (band, until) = (run.band(&held.open), held.time.bar);
                self.watch(lane, band, until);
            }
        }
    }

    /// Finds the next position of a lane from a close on at which it holds nothing; the bars before `next` have been passed over.
    #[inline(always)]
    fn proceed(&mut self, lane: usize, mut from: usize, next: usize) {
        let run = &mut self.runs[lane];
        let open = loop {
            match run.next_position(from) {
                // what a signal or a loss limit ended before it was looked at has left its lane behind the others
                Some(open) if open.first < next => from = run.hold(&open),
                found => break found,
            }
        };
        let Some(open) = open else {
            run.end();
            self.held[lane] = None;
            self.idle(lane, NEVER);
            return;
        };
        let time = run.time_exit(&open);
        let band = run.band(&open);
        self.held[lane] = Some(Held { open, time });
        // the bar of an entry inside its range is read in its own way
        if open.first == next && !open.inside {
            self.watch(lane, band, time.bar);
        } else {
            self.idle(lane, open.first);
        }
    }

    /// Waits for a bar alone.
    #[inline(always)]
    fn idle(&mut self, lane: usize, until: usize) {
        (self.below[lane], self.above[lane]) = (IDLE.below, IDLE.above);
        self.wait(lane, until);
    }

    /// Waits for prices that end a position, or for its time.
    #[inline(always)]
    fn watch(&mut self, lane: usize, band: Band, until: usize) {
        (self.below[lane], self.above[lane]) = (band.below, band.above);
        self.wait(lane, until);
    }

    #[inline(always)]
    fn wait(&mut self, lane: usize, until: usize) {
        self.due[lane] = until;
        if until < self.soonest {
            self.soonest = until;
        }
    }
}

/// Adds the lanes whose bands a bar breaks out of. Most stretches of lanes have none, which is found without a branch between them.
#[expect(clippy::indexing_slicing, reason = "chunks have so many lanes")]
#[inline(always)]
fn broken(below: &[f64], above: &[f64], (low, high): (f64, f64), met: &mut Vec<usize>) {
    let breaks = |below: f64, above: f64| (low <= below) | (high >= above);
    let (belows, last_belows) = below.as_chunks::<WIDE>();
    let (aboves, last_aboves) = above.as_chunks::<WIDE>();
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
    let rest = below.len() - last_belows.len();
    for (lane, (&below, &above)) in last_belows.iter().zip(last_aboves).enumerate() {
        if breaks(below, above) {
            met.push(rest + lane);
        }
    }
}
