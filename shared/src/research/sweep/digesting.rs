//! The hash of a sweep's results.

use core::ops::Range;

use super::results::Columns;
use super::table::{PAGE, Results};
use crate::base::digest::{Digest, Hasher, NotFinite};

/// The hash of results that is made a little at a time, for who must not stand still meanwhile.
pub struct Digesting {
    hasher: Hasher,
    done: Vec<Range<u64>>,
    /// Where it is: the range, its column, the trial.
    range: usize,
    column: usize,
    trial: Option<u64>,
}

impl Digesting {
    /// Begins that of [`Results::digest`]; the results must stay as they are until it is made.
    pub fn new(results: &Results) -> Self {
        let mut hasher = Hasher::new("atrium/sweep-results/2");
        hasher.u64(results.trials());
        Self {
            hasher,
            done: results.done(),
            range: 0,
            column: 0,
            trial: None,
        }
    }

    /// Feeds a column of some thousand trials; whether that was the last.
    pub fn step(&mut self, results: &Results) -> bool {
        let Some(range) = self.done.get(self.range).cloned() else {
            return true;
        };
        let from = self.trial.unwrap_or(range.start);
        if self.column == 0 && from == range.start {
            self.hasher.u64(range.start);
            self.hasher.u64(range.end);
        }
        let until = range.end.min((from / PAGE + 1) * PAGE);
        for (columns, places) in results.parts(from..until) {
            match columns.stats().get(self.column) {
                Some(stats) => {
                    let stats = stats.get(places).unwrap_or_default().iter();
                    stats.for_each(|stat| self.hasher.option_f64(stat.value()));
                }
                None => {
                    let counts = columns.trades.get(places).unwrap_or_default();
                    counts.iter().for_each(|count| self.hasher.u64(*count));
                }
            }
        }
        self.trial = Some(until).filter(|until| *until < range.end);
        if self.trial.is_none() {
            self.column += 1;
        }
        if self.column > Columns::STATS {
            (self.range, self.column) = (self.range + 1, 0);
        }
        self.range >= self.done.len()
    }

    /// The hash, once a step said that it was the last.
    ///
    /// # Errors
    /// [`NotFinite`] where a number is.
    pub fn finish(self) -> Result<Digest, NotFinite> {
        self.hasher.finish()
    }
}
