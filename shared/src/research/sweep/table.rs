//! The results of a sweep, put together from trials that may be run anywhere and in any order.

use core::ops::Range;

use super::digesting::Digesting;
use super::rank::Measure;
use super::results::{Columns, Stretch};
use super::spec::SweepSpec;
use crate::base::digest::{Digest, NotFinite};
use crate::research::metrics::Stat;

/// So many trials share a page.
pub(super) const PAGE: u64 = 4_096;
/// Bits of a word.
const WORD: usize = 64;

/// The results of a sweep so far. Trials come in any order, each in constant time; what was run once need not be run again. Memory
/// is that of the pages in which a trial was run.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    trials: u64,
    pages: Vec<Option<Box<Page>>>,
    count: u64,
}

/// Neighbouring trials of which one was run.
#[derive(Debug, Clone, PartialEq)]
struct Page {
    columns: Columns,
    /// A bit a trial: whether it was run.
    done: Vec<u64>,
}

impl Page {
    fn new(trials: usize) -> Self {
        Self {
            columns: Columns::none(trials),
            done: vec![0; trials.div_ceil(WORD)],
        }
    }

    fn has(&self, place: usize) -> bool {
        let word = self.done.get(place / WORD).copied().unwrap_or(0);
        word >> (place % WORD) & 1 == 1
    }

    /// Notes that a trial was run; whether it was not known.
    fn note(&mut self, place: usize) -> bool {
        let is_new = place < self.columns.len() && !self.has(place);
        if let Some(word) = self.done.get_mut(place / WORD).filter(|_| is_new) {
            *word |= 1 << (place % WORD);
        }
        is_new
    }
}

/// The page of a trial, and its place there.
fn place(trial: u64) -> (usize, usize) {
    let page = usize::try_from(trial / PAGE).unwrap_or(usize::MAX);
    (page, (trial % PAGE) as usize)
}

impl Results {
    /// Those of a sweep of which nothing has been run.
    pub fn new(spec: &SweepSpec) -> Self {
        let trials = spec.trials();
        Self {
            trials,
            pages: vec![None; place(trials.div_ceil(PAGE) * PAGE).0],
            count: 0,
        }
    }

    /// How many trials the sweep has.
    pub fn trials(&self) -> u64 {
        self.trials
    }

    /// How many trials have been run.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether a trial has been run.
    pub fn has(&self, trial: u64) -> bool {
        let (page, place) = place(trial);
        self.page(page).is_some_and(|page| page.has(place))
    }

    fn page(&self, page: usize) -> Option<&Page> {
        self.pages.get(page)?.as_deref()
    }

    /// Takes trials in, in the order of the columns; those that are known already, or none of the sweep, are passed over. How many
    /// were taken.
    pub fn put(&mut self, trials: &[u64], columns: &Columns) -> u64 {
        if trials.len() != columns.len() || !columns.are_whole() {
            return 0;
        }
        let mut taken = 0;
        for (at, trial) in trials.iter().enumerate() {
            taken += u64::from(self.put_one(*trial, columns, at));
        }
        self.count += taken;
        taken
    }

    fn put_one(&mut self, trial: u64, columns: &Columns, at: usize) -> bool {
        if trial >= self.trials {
            return false;
        }
        let (number, place) = place(trial);
        let first = trial - trial % PAGE;
        let trials = PAGE.min(self.trials - first) as usize;
        let Some(page) = self.pages.get_mut(number) else {
            return false;
        };
        let page = page.get_or_insert_with(|| Box::new(Page::new(trials)));
        let is_new = page.note(place);
        if is_new {
            page.columns.copy(place, columns, at);
        }
        is_new
    }

    /// Takes a stretch in; one that holds a trial that is known already, or none of the sweep, is passed over. Whether it was taken.
    pub fn take(&mut self, stretch: &Stretch) -> bool {
        let Stretch { trials, columns } = stretch;
        let fits = trials.start < trials.end
            && trials.end <= self.trials
            && columns.len() as u64 == trials.end - trials.start
            && columns.are_whole();
        if !fits || trials.clone().any(|trial| self.has(trial)) {
            return false;
        }
        for (at, trial) in trials.clone().enumerate() {
            self.count += u64::from(self.put_one(trial, columns, at));
        }
        true
    }

    /// The trials that have not been run.
    pub fn missing(&self) -> Vec<Range<u64>> {
        self.ranges(false)
    }

    /// The trials that have been run.
    pub fn done(&self) -> Vec<Range<u64>> {
        self.ranges(true)
    }

    /// The longest ranges of trials that were run, or were not.
    fn ranges(&self, done: bool) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        let mut add = |range: Range<u64>| match ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => ranges.push(range),
        };
        for (number, page) in (0..).zip(&self.pages) {
            let first: u64 = number * PAGE;
            let end = self.trials.min(first + PAGE);
            match page {
                None if !done => add(first..end),
                None => {}
                Some(page) => {
                    let places = (first..end).zip(0..);
                    let wanted = places.filter(|(_, place)| page.has(*place) == done);
                    wanted.for_each(|(trial, _)| add(trial..trial + 1));
                }
            }
        }
        ranges
    }

    /// The columns that hold a range, with the places there.
    pub(super) fn parts(
        &self,
        trials: Range<u64>,
    ) -> impl Iterator<Item = (&Columns, Range<usize>)> {
        let pages = trials.start / PAGE..trials.end.div_ceil(PAGE);
        pages.filter_map(move |number| {
            let first = number * PAGE;
            let from = trials.start.max(first) - first;
            let until = trials.end.min(first + PAGE) - first;
            let page = self.page(place(first).0)?;
            Some((&page.columns, from as usize..until as usize))
        })
    }

    /// What has been run, as stretches in order.
    pub fn stretches(&self) -> Vec<Stretch> {
        let done = self.done().into_iter();
        done.map(|trials| self.stretch(trials)).collect()
    }

    /// What came of neighbouring trials, all of which were run.
    pub fn stretch(&self, trials: Range<u64>) -> Stretch {
        let mut columns = Columns::default();
        for (from, places) in self.parts(trials.clone()) {
            columns.extend(from, places);
        }
        Stretch { trials, columns }
    }

    /// The trials that have been run, in ranges of some thousand at most.
    pub fn pieces(&self) -> Vec<Range<u64>> {
        let cut = |range: Range<u64>| {
            let pages = range.start / PAGE..range.end.div_ceil(PAGE);
            pages.map(move |page| {
                let (first, end) = (page * PAGE, (page + 1) * PAGE);
                range.start.max(first)..range.end.min(end)
            })
        };
        self.done().into_iter().flat_map(cut).collect()
    }

    /// A measure of a trial; `None` where it has not been run.
    pub fn stat(&self, measure: Measure, trial: u64) -> Option<Stat> {
        let (page, place) = place(trial);
        let page = self.page(page).filter(|page| page.has(place))?;
        page.columns.stat(measure, place)
    }

    /// A measure of every trial that has been run, in order.
    pub fn each(&self, measure: Measure, mut tell: impl FnMut(u64, Stat)) {
        for (number, page) in (0..).zip(&self.pages) {
            let Some(page) = page else { continue };
            let first: u64 = number * PAGE;
            for (trial, place) in (first..).zip(0..page.columns.len()) {
                let stat = page.columns.stat(measure, place);
                if let Some(stat) = stat.filter(|_| page.has(place)) {
                    tell(trial, stat);
                }
            }
        }
    }

    /// The hash of every number of what has been run, in whatever order that was.
    ///
    /// # Errors
    /// [`NotFinite`] where one is.
    pub fn digest(&self) -> Result<Digest, NotFinite> {
        let mut digesting = Digesting::new(self);
        while !digesting.step(self) {}
        digesting.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::axis::Axis;
    use super::super::spec::Method;
    use super::*;
    use crate::research::metrics::SessionHeadline;
    use crate::research::run_config::RunConfig;

    fn headline(trial: u64) -> SessionHeadline {
        let stat = Stat::Value(trial as f64);
        SessionHeadline {
            final_equity: trial as f64,
            total_return: stat,
            cagr: stat,
            sharpe: stat,
            max_drawdown_session: stat,
            trades: trial,
            win_rate: stat,
            profit_factor: stat,
        }
    }

    fn columns(trials: impl Iterator<Item = u64>) -> Columns {
        let mut columns = Columns::default();
        trials.for_each(|trial| columns.push(&headline(trial)));
        columns
    }

    fn stretch(trials: Range<u64>) -> Stretch {
        let columns = columns(trials.clone());
        Stretch { trials, columns }
    }

    fn sweep(values: &str) -> SweepSpec {
        let axes = vec![Axis::read(&format!("k_sigma_err={values}")).unwrap()];
        SweepSpec::new(RunConfig::default(), axes, Method::Grid).unwrap()
    }

    #[test]
    fn stretches_come_in_any_order_and_each_trial_once() {
        let spec = sweep("0:9:1");
        let whole = |order: &[Range<u64>]| {
            let mut results = Results::new(&spec);
            for trials in order {
                assert!(results.take(&stretch(trials.clone())));
            }
            assert_eq!((results.missing(), results.count()), (vec![], 10));
            assert_eq!(results.stretches(), [stretch(0..10)]);
            results.digest().unwrap()
        };
        assert_eq!(whole(&[0..3, 3..10]), whole(&[4..7, 0..1, 7..10, 1..4]));

        let mut results = Results::new(&spec);
        assert!(results.take(&stretch(2..4)) && results.take(&stretch(6..7)));
        assert_eq!(results.missing(), [0..2, 4..6, 7..10]);
        for refused in [3..5, 1..3, 2..4, 0..9, 9..11, 5..5] {
            assert!(!results.take(&stretch(refused)));
        }
        assert_eq!((results.done(), results.count()), (vec![2..4, 6..7], 3));
    }

    #[test]
    fn single_trials_of_many_pages_come_in_any_order() {
        let spec = sweep("0:30:0.001");
        let trials = spec.trials();
        assert_eq!(trials, 30_001);
        let mut results = Results::new(&spec);
        // 7,001 shares no factor with the count, so that this goes through all
        let shuffled: Vec<u64> = (0..trials).map(|number| number * 7_001 % trials).collect();
        for some in shuffled.chunks(100) {
            let taken = results.put(some, &columns(some.iter().copied()));
            assert_eq!(taken, some.len() as u64);
            assert_eq!(results.put(some, &columns(some.iter().copied())), 0);
        }
        let mut whole = Results::new(&spec);
        assert!(whole.take(&stretch(0..trials)));
        assert!(results == whole);
        assert_eq!(results.digest(), whole.digest());
        assert_eq!(
            results.stat(Measure::Sharpe, 20_000),
            Some(Stat::Value(20_000.0))
        );
        let mut some = Results::new(&spec);
        assert_eq!(some.put(&[5_000, 40_000], &columns([1, 2].into_iter())), 1);
        assert_eq!(some.put(&[6_000], &columns([1, 2].into_iter())), 0);
        let mut torn = columns([1].into_iter());
        torn.sharpe.clear();
        assert_eq!(some.put(&[6_000], &torn), 0);
        assert_eq!(some.done(), std::slice::from_ref(&(5_000..5_001)));
        assert_eq!(some.missing(), [0..5_000, 5_001..30_001]);
        assert_eq!(some.stat(Measure::Sharpe, 4_999), None);
        let mut part = Results::new(&spec);
        assert!(part.take(&stretch(4_000..9_000)) && part.take(&stretch(9_001..9_002)));
        assert_eq!(
            part.stretches(),
            [stretch(4_000..9_000), stretch(9_001..9_002)]
        );
        let pieces = part.pieces();
        assert_eq!(
            pieces,
            [4_000..4_096, 4_096..8_192, 8_192..9_000, 9_001..9_002]
        );
        for piece in pieces {
            assert_eq!(part.stretch(piece.clone()), stretch(piece));
        }
        let mut seen = Vec::new();
        some.each(Measure::Trades, |trial, stat| seen.push((trial, stat)));
        assert_eq!(seen, [(5_000, Stat::Value(1.0))]);
    }
}
