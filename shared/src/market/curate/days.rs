//! Rows of days among shorter bars, told by what they say: the open, high, low and close that the other bars of a day have together.

use crate::base::time::{BarInterval, Timestamp};

const DAY: i64 = 86_400;
/// So many other bars make a day.
const LEAST: usize = 4;
/// A day's range is more than so many times that of its bars, as their median has it,
const RANGES: f64 = 2.0;
/// and where nothing is said of volumes so many times;
const RANGES_ALONE: f64 = 3.0;
/// where they are, its own is so many times the largest of its bars.
const VOLUMES: f64 = 1.5;
/// Where a bar is expected at its time and no other stands there, it is that bar, unless its volume is this part of the sum of all others at
/// least: an opening bar may move as far as all that follow it, where those hardly move, but not so much is traded in it. The row of a day
/// that stands beside them need not have their sum: brokers count the ticks of days in their own way.
const ALL: f64 = 0.9;

/// What is looked at of a row: its start, open, high, low and close, and volume.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bar {
    pub(super) start: Timestamp,
    pub(super) prices: [f64; 4],
    pub(super) volume: f64,
}

/// Which of the rows, sorted by time, say in one what the others of the day that begins or ends with them say, and how many those are.
/// Of rows with one time the last counts, as it does of bars; of a day's row that comes twice neither counts for the other. What is
/// found depends on the rows of the day before and of the day after, no others. Takes `n log n` steps at most.
pub(super) fn days_among(
    interval: BarInterval,
    count: usize,
    row: impl Fn(usize) -> Bar,
) -> Vec<(usize, usize)> {
    if interval == BarInterval::Day || count <= LEAST {
        return Vec::new();
    }
    let times = Times::of(count, &row);
    let mut search = Search {
        times: &times,
        extremes: None,
    };
    // what begins with a row, and what ends with it: up to where its day may last
    let (mut until, mut from) = (0, 0);
    let (mut beginning, mut ending) = (Vec::new(), Vec::new());
    for time in 0..times.len() {
        let start = times.bar(time).start;
        let (last, first) = (start.plus_seconds(DAY - 1), start.plus_seconds(1 - DAY));
        for (at, day, other) in times.rows(time) {
            if search.is_next(&day, other, time.checked_add(1), 0) {
                while until < times.len() && times.bar(until).start <= last {
                    until += 1;
                }
                beginning.extend(search.sum(at, day, [other, None], time + 1..until));
            }
            if search.is_next(&day, other, time.checked_sub(1), 3) {
                while times.bar(from).start < first {
                    from += 1;
                }
                ending.extend(search.sum(at, day, [None, other], from..time));
            }
        }
    }
    let mut found = times.far_larger(&beginning);
    found.extend(times.far_larger(&ending));
    // of a row that is both, the day that begins with it
    found.sort_by_key(|(at, _)| *at);
    found.dedup_by_key(|(at, _)| *at);
    found
}

/// Rows by their times.
struct Times<'a, F> {
    row: &'a F,
    /// The place of the last row of each time, where some times have several.
    ends: Option<Vec<usize>>,
    count: usize,
}

impl<'a, F: Fn(usize) -> Bar> Times<'a, F> {
    fn of(count: usize, row: &'a F) -> Self {
        let start = |at: usize| row(at).start;
        let is_last = |at: &usize| at + 1 == count || start(*at) != start(at + 1);
        let ends = match (0..count).all(|at| is_last(&at)) {
            true => None,
            false => Some((0..count).filter(is_last).collect()),
        };
        Self { row, ends, count }
    }

    fn len(&self) -> usize {
        self.ends.as_ref().map_or(self.count, Vec::len)
    }

    fn end(&self, time: usize) -> usize {
        let ends = self.ends.as_ref();
        ends.map_or(time, |ends| ends.get(time).copied().unwrap_or(self.count))
    }

    /// The bar of a time: its last row.
    fn bar(&self, time: usize) -> Bar {
        (self.row)(self.end(time))
    }

    /// The bar that starts then.
    fn at(&self, start: Timestamp) -> Option<Bar> {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from.midpoint(to);
            match self.bar(middle).start < start {
                true => from = middle + 1,
                false => to = middle,
            }
        }
        let found = (from < self.len()).then(|| self.bar(from));
        found.filter(|bar| bar.start == start)
    }

    /// The rows of a time, each with its place and with what the bar of that time is without it.
    fn rows(&self, time: usize) -> impl Iterator<Item = (usize, Bar, Option<Bar>)> {
        let end = self.end(time);
        let begin = time.checked_sub(1).map_or(0, |before| self.end(before) + 1);
        let bar = (self.row)(end);
        let is_bar =
            move |other: &Bar| other.prices.map(f64::to_bits) == bar.prices.map(f64::to_bits);
        let mut earlier = (begin..end).rev().map(self.row);
        let other = earlier.find(|other| !is_bar(other));
        (begin..=end).map(move |at| {
            let row = (self.row)(at);
            (at, row, if is_bar(&row) { other } else { Some(bar) })
        })
    }

    /// Those sums whose range is so much larger than that of their bars, as the median has it, and how many bars they have.
    fn far_larger(&self, sums: &[Sum]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        // days that overlap share what is known of their bars
        for together in sums.chunk_by(|one, next| next.bars.start < one.bars.end) {
            let (Some(first), Some(last)) = (together.first(), together.last()) else {
                continue;
            };
            let from = first.bars.start;
            let sizes = (from..last.bars.end).map(|time| Range::of(&self.bar(time)).size());
            let mut sizes = Sizes::of(sizes.collect());
            for sum in together {
                sizes.slide(sum.bars.start - from..sum.bars.end - from);
                let count = sum.bars.len() + usize::from(sum.other.is_some());
                let usual = sizes.median(sum.other);
                // differences of prices are rounded
                if usual > 0.0 && sum.size > sum.least * usual * (1.0 + 1e-6) {
                    found.push((sum.at, count));
                }
            }
        }
        found
    }
}

/// A row that has the open, high, low and close of the bars of a day.
struct Sum {
    at: usize,
    size: f64,
    /// So many times the range of the others it has to have.
    least: f64,
    /// The times of the bars, but for its own.
    bars: core::ops::Range<usize>,
    /// The range of the bar that has its own time.
    other: Option<f64>,
}

/// The search for rows that are sums.
struct Search<'a, F> {
    times: &'a Times<'a, F>,
    /// Made once they are needed, which is seldom.
    extremes: Option<Extremes>,
}

impl<F: Fn(usize) -> Bar> Search<'_, F> {
    /// Whether a day may begin or end with the bar beside its row: whether that has its open or its close, and is smaller.
    fn is_next(&self, day: &Bar, other: Option<Bar>, beside: Option<usize>, price: usize) -> bool {
        let of = |bar: &Bar| bar.prices.get(price).copied().map(f64::to_bits);
        let beside = beside.filter(|beside| *beside < self.times.len());
        let bar = other.or_else(|| beside.map(|beside| self.times.bar(beside)));
        bar.is_some_and(|bar| of(&bar) == of(day) && Range::of(&bar).size() < Range::of(day).size())
    }

    /// The sum that a row is, if it is one of these bars and one of its own time, which is the first or the last of them.
    fn sum(
        &mut self,
        at: usize,
        day: Bar,
        [first, last]: [Option<Bar>; 2],
        bars: core::ops::Range<usize>,
    ) -> Option<Sum> {
        let other = first.or(last);
        if bars.len() + usize::from(other.is_some()) < LEAST {
            return None;
        }
        let times = self.times;
        let first = first.unwrap_or_else(|| times.bar(bars.start));
        let last = last.unwrap_or_else(|| times.bar(bars.end - 1));
        let ([open, .., close], [begins, ..], [.., ends]) = (day.prices, first.prices, last.prices);
        if (open.to_bits(), close.to_bits()) != (begins.to_bits(), ends.to_bits()) {
            return None;
        }
        let extremes = self.extremes.get_or_insert_with(|| Extremes::of(times));
        let mut all = extremes.within(bars.clone(), times);
        if let Some(other) = &other {
            all = all.with(Extreme::of(other));
        }
        let whole = Range::of(&day);
        // none is higher or lower, and none has all of it alone
        let ends = |high: f64, low: f64| (high.to_bits(), low.to_bits());
        let is_whole =
            ends(all.high, all.low) == ends(whole.high, whole.low) && all.size < whole.size();
        let is_traded = all.volume > 0.0;
        if !is_whole || is_traded && day.volume < VOLUMES * all.volume {
            return None;
        }
        let is_alone = other.is_none();
        if is_traded && is_alone && day.volume < ALL * all.traded && self.is_expected(&day, &all) {
            return None;
        }
        Some(Sum {
            at,
            size: whole.size(),
            least: if is_traded { RANGES } else { RANGES_ALONE },
            bars,
            other: other.map(|other| Range::of(&other).size()),
        })
    }

    /// Whether a bar stands at the same time of the day before or of the day after: one that is no row of a day by what was traded in it,
    /// beside the bars of this one.
    fn is_expected(&self, day: &Bar, all: &Extreme) -> bool {
        let times = self.times;
        let bars = [-DAY, DAY].map(|later| times.at(day.start.plus_seconds(later)));
        let mut bars = bars.into_iter().flatten();
        bars.any(|bar| bar.volume < VOLUMES * all.volume)
    }
}

/// High and low of a bar.
#[derive(Clone, Copy)]
struct Range {
    high: f64,
    low: f64,
}

impl Range {
    fn of(row: &Bar) -> Self {
        let [_, high, low, _] = row.prices;
        Self { high, low }
    }

    fn size(self) -> f64 {
        self.high - self.low
    }
}

/// The highest high of some bars, their lowest low, their largest range and volume, and the sum of their volumes.
#[derive(Debug, Clone, Copy)]
struct Extreme {
    high: f64,
    low: f64,
    size: f64,
    volume: f64,
    traded: f64,
}

impl Extreme {
    const NONE: Self = Self {
        high: f64::NEG_INFINITY,
        low: f64::INFINITY,
        size: 0.0,
        volume: 0.0,
        traded: 0.0,
    };

    fn of(bar: &Bar) -> Self {
        let range = Range::of(bar);
        Self {
            high: range.high,
            low: range.low,
            size: range.size(),
            volume: bar.volume,
            traded: bar.volume,
        }
    }

    fn with(self, other: Self) -> Self {
        Self {
            high: larger(self.high, other.high),
            low: smaller(self.low, other.low),
            size: larger(self.size, other.size),
            volume: larger(self.volume, other.volume),
            traded: self.traded + other.traded,
        }
    }
}

/// The larger of two numbers, of which none is NaN.
fn larger(one: f64, other: f64) -> f64 {
    if one < other { other } else { one }
}

/// The smaller of two numbers, of which none is NaN.
fn smaller(one: f64, other: f64) -> f64 {
    if other < one { other } else { one }
}

/// So many bars make a block.
const BLOCK: usize = 64;

/// The extremes of blocks of bars, and of two such together, up to all: a tree in which the children of `n` are `2n` and `2n + 1`.
struct Extremes {
    tree: Vec<Extreme>,
    blocks: usize,
}

impl Extremes {
    fn of<F: Fn(usize) -> Bar>(times: &Times<'_, F>) -> Self {
        let blocks = times.len() / BLOCK;
        let mut tree = vec![Extreme::NONE; blocks];
        tree.extend((0..blocks).map(|block| scan(times, block * BLOCK..(block + 1) * BLOCK)));
        for node in (1..blocks).rev() {
            let child = |at: usize| tree.get(at).copied().unwrap_or(Extreme::NONE);
            let both = child(2 * node).with(child(2 * node + 1));
            if let Some(slot) = tree.get_mut(node) {
                *slot = both;
            }
        }
        Self { tree, blocks }
    }

    /// Those of the bars of some times.
    fn within<F: Fn(usize) -> Bar>(
        &self,
        bars: core::ops::Range<usize>,
        times: &Times<'_, F>,
    ) -> Extreme {
        let (first, last) = (bars.start.div_ceil(BLOCK), bars.end / BLOCK);
        if first >= last {
            return scan(times, bars);
        }
        let mut all = scan(times, bars.start..first * BLOCK);
        all = all.with(scan(times, last * BLOCK..bars.end));
        let (mut left, mut right) = (first + self.blocks, last + self.blocks);
        let node = |at: usize| self.tree.get(at).copied().unwrap_or(Extreme::NONE);
        while left < right {
            if left % 2 == 1 {
                all = all.with(node(left));
                left += 1;
            }
            if right % 2 == 1 {
                right -= 1;
                all = all.with(node(right));
            }
            (left, right) = (left / 2, right / 2);
        }
        all
    }
}

fn scan<F: Fn(usize) -> Bar>(times: &Times<'_, F>, bars: core::ops::Range<usize>) -> Extreme {
    let bars = bars.map(|time| Extreme::of(&times.bar(time)));
    bars.fold(Extreme::NONE, Extreme::with)
}

/// The ranges of the bars within a window that slides over them, by size: how many there are up to each, as sums of a tree by the
/// lowest bit of their rank (Fenwick's).
struct Sizes {
    sorted: Vec<f64>,
    /// The rank of each bar, from 1.
    ranks: Vec<usize>,
    counts: Vec<usize>,
    window: core::ops::Range<usize>,
}

impl Sizes {
    fn of(sizes: Vec<f64>) -> Self {
        let size = |at: &usize| sizes.get(*at).copied().unwrap_or_default();
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by(|one, other| size(one).total_cmp(&size(other)));
        let mut ranks = vec![0; sizes.len()];
        for (rank, at) in (1..).zip(&order) {
            if let Some(slot) = ranks.get_mut(*at) {
                *slot = rank;
            }
        }
        Self {
            sorted: order.iter().map(size).collect(),
            ranks,
            counts: vec![0; sizes.len() + 1],
            window: 0..0,
        }
    }

    /// Moves the window on: neither end moves back.
    fn slide(&mut self, to: core::ops::Range<usize>) {
        for at in self.window.end..to.end {
            self.count(at, |count| count + 1);
        }
        for at in self.window.start..to.start {
            self.count(at, |count| count - 1);
        }
        self.window = to;
    }

    fn count(&mut self, at: usize, change: impl Fn(usize) -> usize) {
        let mut rank = self.ranks.get(at).copied().unwrap_or(self.counts.len());
        while let Some(count) = self.counts.get_mut(rank) {
            *count = change(*count);
            rank += rank & rank.wrapping_neg();
        }
    }

    /// The range that so many of the window are not larger than, but for equal ones.
    fn after(&self, smaller: usize) -> Option<f64> {
        let mut left = smaller;
        let (mut rank, mut step) = (
            0,
            self.sorted
                .len()
                .checked_ilog2()
                .map_or(0, |bits| 1 << bits),
        );
        while step > 0 {
            if let Some(&count) = self.counts.get(rank + step).filter(|count| **count <= left) {
                (rank, left) = (rank + step, left - count);
            }
            step /= 2;
        }
        self.sorted.get(rank).copied()
    }

    /// The median of the window, the larger of two, together with another range.
    fn median(&self, other: Option<f64>) -> f64 {
        let Some(other) = other else {
            return self.after(self.window.len() / 2).unwrap_or_default();
        };
        let middle = self.window.len().div_ceil(2);
        let above = self.after(middle).unwrap_or(f64::INFINITY);
        let below = middle.checked_sub(1).and_then(|below| self.after(below));
        larger(smaller(other, above), below.unwrap_or(0.0))
    }
}

#[cfg(test)]
mod tests;
