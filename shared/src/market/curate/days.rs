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

/// What is looked at of a row: its start, open, high, low and close, and volume.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bar {
    pub(super) start: Timestamp,
    pub(super) prices: [f64; 4],
    pub(super) volume: f64,
}

/// Which of the rows, sorted by time, say in one what the others of the day that begins or ends with them say, and how many those are.
/// Looked for within months in UTC, so that parts of whole months may be cleaned one by one.
pub(super) fn days_among(
    interval: BarInterval,
    count: usize,
    row: impl Fn(usize) -> Bar,
) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    if interval == BarInterval::Day || count <= LEAST {
        return found;
    }
    let (mut before, mut day) = (None, row(0));
    for at in 0..count {
        let after = (at + 1 < count).then(|| row(at + 1));
        if let Some(bars) = bars_of(day, at, count, [before, after], &row) {
            found.push((at, bars));
        }
        before = Some(day);
        if let Some(after) = after {
            day = after;
        }
    }
    found
}

/// How many bars a row is the sum of, if it is; `beside` are those before and after it.
fn bars_of(
    day: Bar,
    at: usize,
    count: usize,
    [before, after]: [Option<Bar>; 2],
    row: &impl Fn(usize) -> Bar,
) -> Option<usize> {
    let size = Range::of(&day).size();
    // a bar of the same time may stand on either side
    let same_time = |other: &Bar| other.start == day.start;
    let begins = before.filter(same_time).or(after);
    let ends = after.filter(same_time).or(before);
    let is_part = |other: Option<Bar>, price: usize| {
        let of = |bar: Bar| bar.prices.get(price).copied().map(f64::to_bits);
        other.is_some_and(|other| of(other) == of(day) && Range::of(&other).size() < size)
    };
    let (begins, ends) = (is_part(begins, 0), is_part(ends, 3));
    let forwards = || {
        let end = day.start.plus_seconds(DAY - 1);
        let same = (0..at)
            .rev()
            .take_while(|&other| same_time(&row(other)))
            .last();
        let bars = (same.unwrap_or(at)..count)
            .filter(|&other| other != at)
            .map(row)
            .take_while(|other| other.start <= end && is_same_month(day, *other));
        sum_of(day, bars)
    };
    let backwards = || {
        let begin = day.start.plus_seconds(1 - DAY);
        let same = (at + 1..count)
            .take_while(|&other| same_time(&row(other)))
            .last();
        let turned = |mut bar: Bar| {
            bar.prices.swap(0, 3);
            bar
        };
        let bars = (0..=same.unwrap_or(at))
            .rev()
            .filter(|&other| other != at)
            .map(row)
            .take_while(|other| other.start >= begin && is_same_month(day, *other));
        sum_of(turned(day), bars.map(turned))
    };
    let found = begins.then(forwards).flatten();
    found.or_else(|| ends.then(backwards).flatten())
}

/// Whether bars begin in the same month.
fn is_same_month(one: Bar, other: Bar) -> bool {
    let month = |bar: Bar| {
        let date = bar.start.utc_day().date();
        date.map(|date| (date.year(), date.month()))
    };
    month(one) == month(other)
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

/// How many bars there are, where a row is their sum; its open is that of the first one.
fn sum_of(day: Bar, bars: impl Iterator<Item = Bar>) -> Option<usize> {
    let whole = Range::of(&day);
    let [.., close] = day.prices;
    let mut last: Option<f64> = None;
    let (mut high, mut low, mut volume) = (false, false, 0.0);
    let mut sizes: Vec<f64> = Vec::new();
    for bar in bars {
        let range = Range::of(&bar);
        if range.high > whole.high || range.low < whole.low || range.size() >= whole.size() {
            return None;
        }
        // none is higher or lower
        high |= range.high >= whole.high;
        low |= range.low <= whole.low;
        if bar.volume > volume {
            volume = bar.volume;
        }
        last = Some(bar.prices[3]);
        sizes.push(range.size());
    }
    let ends = last.is_some_and(|last| last.to_bits() == close.to_bits());
    if !high || !low || !ends || sizes.len() < LEAST {
        return None;
    }
    sizes.sort_by(f64::total_cmp);
    let usual = sizes.get(sizes.len() / 2).copied().unwrap_or_default();
    let least = match volume > 0.0 {
        true if day.volume < VOLUMES * volume => return None,
        true => RANGES,
        false => RANGES_ALONE,
    };
    // differences of prices are rounded
    (usual > 0.0 && whole.size() > least * usual * (1.0 + 1e-6)).then_some(sizes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hours of a day from one hour on, and their sum at another.
    fn hours(day: i64, from: i64, count: i64) -> Vec<Bar> {
        let bar = |index: i64| {
            let open = 1_300.0 + (index * 7 % 11) as f64;
            Bar {
                start: Timestamp::from_seconds(day * DAY + (from + index) * 3_600),
                prices: [open, open + 2.0, open - 1.5, open + 0.5],
                volume: 100.0 + (index % 5) as f64,
            }
        };
        (0..count).map(bar).collect()
    }

    fn sum(bars: &[Bar], start: Timestamp, volume: f64) -> Bar {
        let high = bars.iter().map(|bar| bar.prices[1]).max_by(f64::total_cmp);
        let low = bars.iter().map(|bar| bar.prices[2]).min_by(f64::total_cmp);
        let (open, close) = (bars[0].prices[0], bars[bars.len() - 1].prices[3]);
        Bar {
            start,
            prices: [open, high.unwrap(), low.unwrap(), close],
            volume,
        }
    }

    fn found(bars: &[Bar], odd: Bar) -> Vec<(usize, usize)> {
        let mut all = bars.to_vec();
        all.push(odd);
        all.sort_by_key(|bar| bar.start);
        days_among(BarInterval::minutes(60), all.len(), |at| all[at])
    }

    #[test]
    fn a_row_of_a_day_is_found_wherever_it_stands() {
        let mut bars = hours(19_800, 1, 23);
        bars.extend(hours(19_801, 1, 23));
        let day = &bars[..23];
        let at = |hours: i64| Timestamp::from_seconds(19_800 * DAY + hours * 3_600);
        // before its hours, at the time of the first and of the last one, and after them
        assert_eq!(found(&bars, sum(day, at(0), 250.0)), [(0, 23)]);
        assert_eq!(found(&bars, sum(day, at(1), 250.0)), [(1, 23)]);
        assert_eq!(found(&bars, sum(day, at(23), 250.0)), [(23, 23)]);
        assert_eq!(found(&bars, sum(day, at(24), 250.0)), [(23, 23)]);
        // a bar that moved as much as all others, but not as they did together, or of which no more was traded
        let mut other = sum(day, at(0), 250.0);
        other.prices[3] += 0.25;
        assert_eq!(found(&bars, other), []);
        assert_eq!(found(&bars, sum(day, at(0), 104.0)), []);
        // of part of a day
        assert_eq!(found(&bars, sum(&day[..9], at(0), 250.0)), []);
        // a month is cleaned by itself: what is left of the day on its first or last one counts
        let first = hours(19_783, 0, 20);
        let at = Timestamp::from_seconds(19_783 * DAY + 20 * 3_600);
        assert_eq!(found(&first, sum(&first, at, 250.0)), [(20, 20)]);
        let month = hours(19_814, 1, 20);
        let end = Timestamp::from_seconds(19_814 * DAY - 3_600);
        assert_eq!(found(&month, sum(&month, end, 250.0)), []);
    }

    #[test]
    fn no_bar_of_a_price_that_hardly_moves_is_a_day() {
        let flat = |index: i64| Bar {
            start: Timestamp::from_seconds(19_800 * DAY + index * 3_600),
            prices: [1.0, 1.0001, 1.0, 1.0001],
            volume: 5.0,
        };
        let bars: Vec<Bar> = (0..23).map(flat).collect();
        let mut odd = flat(0);
        odd.start = Timestamp::from_seconds(19_800 * DAY - 3_600);
        (odd.prices, odd.volume) = ([1.0, 1.0001, 0.9999, 1.0001], 20.0);
        assert_eq!(found(&bars, odd), []);
    }
}
