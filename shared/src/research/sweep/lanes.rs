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
        (0..count).for_each(|lane| lanes.proceed(lane, 0, 0));
        lanes.pass_over();
    }

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
            met.iter().for_each(|&lane| self.attend(lane, bar));
            bar += 1;
        }
    }

    /// The band that no price leaves without leaving that of a lane.
    fn band(&self) -> Band {
        let mut band = IDLE;
        for (&below, &above) in self.below.iter().zip(&self.above) {
            band.below = if below > band.below {
                below
            } else {
                band.below
            };
            band.above = if above < band.above {
                above
            } else {
                band.above
            };
        }
        band
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "lanes are numbered below their count, and all columns have one value each; these are the innermost writes"
)]
impl<L: Ledger> Lanes<'_, '_, L> {
    /// Moves the lanes that wait for a bar to those that it meets.
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
    fn attend(&mut self, lane: usize, bar: usize) {
        let Some(held) = self.held[lane] else {
            return;
        };
        let run = &mut self.runs[lane];
        match run.exit_in(&held.open, held.time, bar) {
            Some(exit) => {
                let from = run.settle(&held.open, &exit);
                self.proceed(lane, from, bar + 1);
            }
            None => self.watch(lane, held),
        }
    }

    /// Finds the next position of a lane from a close on at which it holds nothing; the bars before `next` have been passed over.
    fn proceed(&mut self, lane: usize, from: usize, next: usize) {
        let run = &mut self.runs[lane];
        let Some(open) = run.next_position(from) else {
            run.end();
            self.held[lane] = None;
            self.idle(lane, NEVER);
            return;
        };
        let time = run.time_exit(&open);
        let held = Held { open, time };
        self.held[lane] = Some(held);
        // the bar of an entry inside its range is read in its own way
        if open.first == next && !open.inside {
            self.watch(lane, held);
        } else {
            self.idle(lane, open.first);
        }
    }

    /// Waits for a bar alone.
    fn idle(&mut self, lane: usize, until: usize) {
        (self.below[lane], self.above[lane]) = (IDLE.below, IDLE.above);
        self.wait(lane, until);
    }

    /// Waits for prices that end a position, or for its time.
    fn watch(&mut self, lane: usize, held: Held) {
        let band = self.runs[lane].band(&held.open);
        (self.below[lane], self.above[lane]) = (band.below, band.above);
        self.wait(lane, held.time.bar);
    }

    fn wait(&mut self, lane: usize, until: usize) {
        self.due[lane] = until;
        if until < self.soonest {
            self.soonest = until;
        }
    }
}

/// Adds the lanes whose bands a bar breaks out of. Most stretches of lanes have none, which is found without a branch between them.
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
