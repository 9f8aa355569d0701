//! Runs side by side that differ in parameters alone: one pass over the bars finds where the position of each ends.
//!
//! A lane is a parameter set. What is asked at every bar lies in columns ([`Watch`]); everything else is what a [`Run`] alone does, so
//! that each gives what it gives alone.

use super::headlines::Headlines;
use super::plain::Plain;
use super::watch::{NEVER, Watch};
use crate::research::backtest::{Index, Open, Run, TimeExit};

/// Runs side by side.
pub(super) struct Lanes<'r, 'a> {
    index: &'a Index<'a>,
    runs: &'r mut [Run<'a, Headlines>],
    held: Vec<Option<Held>>,
    watch: Watch,
}

/// The position of a lane.
#[derive(Debug, Clone, Copy)]
struct Held {
    open: Open,
    time: TimeExit,
}

/// Runs all to the end of the data; `plain` where their configurations have in common what [`Plain`] lanes do.
pub(super) fn go<'a>(index: &'a Index<'a>, runs: &mut [Run<'a, Headlines>], plain: bool) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("bmi2") {
        #[expect(
            unsafe_code,
            reason = "the processor was asked for what the function needs"
        )]
        // SAFETY: both features were detected just now.
        unsafe {
            return go_avx2(index, runs, plain);
        }
    }
    #[cfg(target_arch = "wasm32")]
    go_simd128(index, runs, plain);
    #[cfg(not(target_arch = "wasm32"))]
    go_anywhere(index, runs, plain);
}

/// Several values in each instruction; a module that has such instructions is refused whole by a browser that has them not, so that none is asked.
#[cfg(target_arch = "wasm32")]
#[target_feature(enable = "simd128")]
fn go_simd128<'a>(index: &'a Index<'a>, runs: &mut [Run<'a, Headlines>], plain: bool) {
    go_anywhere(index, runs, plain);
}

/// The same instructions of the language for a processor with wider registers; nothing is contracted or put in another order.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn go_avx2<'a>(index: &'a Index<'a>, runs: &mut [Run<'a, Headlines>], plain: bool) {
    go_anywhere(index, runs, plain);
}

#[inline(always)]
fn go_anywhere<'a>(index: &'a Index<'a>, runs: &mut [Run<'a, Headlines>], plain: bool) {
    if plain && let Some(mut lanes) = Plain::of(index, runs) {
        return lanes.pass_over();
    }
    let count = runs.len();
    let mut lanes = Lanes {
        index,
        runs,
        held: vec![None; count],
        watch: Watch::new(count),
    };
    for lane in 0..count {
        lanes.proceed(lane, 0, 0);
    }
    lanes.pass_over();
}

impl Lanes<'_, '_> {
    #[inline(always)]
    fn pass_over(&mut self) {
        let extremes = &self.index.extremes;
        let mut met = Vec::with_capacity(self.runs.len());
        let mut bar = 0;
        // whether the bar before had something for a lane: then this one is likely to
        let mut busy = false;
        while self.watch.soonest != NEVER {
            if !busy {
                bar = self.watch.first_met(extremes, bar, self.watch.soonest);
            }
            met.clear();
            if bar >= self.watch.soonest {
                self.watch.take_due(bar, &mut met);
            }
            self.watch.take_broken(extremes.of(bar), &mut met);
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
impl Lanes<'_, '_> {
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
                self.watch.prices(lane, band, until);
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
            self.watch.idle(lane, NEVER);
            return;
        };
        let time = run.time_exit(&open);
        let band = run.band(&open);
        self.held[lane] = Some(Held { open, time });
        // the bar of an entry inside its range is read in its own way
        if open.first == next && !open.inside {
            self.watch.prices(lane, band, time.bar);
        } else {
            self.watch.idle(lane, open.first);
        }
    }
}
