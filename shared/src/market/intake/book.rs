//! What the rows of a file say together: which of them contradict each other, having one time and different prices, and which
//! begin before the one before them has ended. Told whatever order the rows come in.

use std::collections::BTreeMap;

use crate::base::time::{BarInterval, Timestamp};
use crate::market::calendar::Calendar;
use crate::market::curate::Succession;

const DAY: i64 = 86_400_000_000;
/// Times are told apart by so many microseconds.
const UNIT: i64 = 25;
/// So many rows are looked at, which take 8 MiB; of more, those of every second day, every fourth day and so on.
const MOST: u64 = 1 << 19;
/// So many pairs of contradicting rows are compared.
const MOST_PAIRS: usize = 10_000;
/// So many rows may contradict others, or overlap them, whatever their share: some mended by hand are no sign of two series.
const FEW: u64 = 10;
/// Closes of contradicting rows are of one ratio where they are so close to the median.
const SAME_RATIO: f64 = 0.005;
/// No split is nearer to 1.
const LEAST_SPLIT: f64 = 1.02;

/// One row.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Since midnight UTC, in units.
    at: u32,
    /// Stands for the prices.
    prices: u32,
    close: f32,
    line: u32,
}

/// Two rows that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Contradiction {
    pub(super) at: Timestamp,
    /// Line and close of each; the second is the later one in the file.
    pub(super) rows: [(u32, f32); 2],
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Found {
    pub(super) rows: u64,
    /// Rows with the time of another and other prices.
    pub(super) contradicting: u64,
    /// The first of them by time.
    pub(super) pairs: Vec<Contradiction>,
    /// Bars that begin before the one before them has ended.
    pub(super) overlapping: u64,
    /// The first of them, and the one before.
    pub(super) overlap: Option<(Timestamp, Timestamp)>,
}

impl Found {
    /// More than a hundredth of the rows contradict others: a file of one instrument repeats rows, or mends some, but does not
    /// say two things of every hundredth bar.
    pub(super) fn contradicts_itself(&self) -> bool {
        self.is_much(self.contradicting)
    }

    /// More than a hundredth of the bars overlap.
    pub(super) fn is_two_grids(&self) -> bool {
        self.is_much(self.overlapping)
    }

    fn is_much(&self, count: u64) -> bool {
        count > FEW && count.saturating_mul(100) > self.rows
    }

    /// By what the closes of contradicting rows differ, where most differ by one ratio, as before and after a split: the larger
    /// over the smaller.
    pub(super) fn ratio(&self) -> Option<f64> {
        let of = |pair: &Contradiction| {
            let [(_, one), (_, other)] = pair.rows;
            f64::from(one) / f64::from(other)
        };
        let mut ratios: Vec<f64> = self.pairs.iter().map(of).collect();
        ratios.sort_by(f64::total_cmp);
        let median = ratios.get(ratios.len() / 2).copied()?;
        let agree = ratios
            .iter()
            .filter(|ratio| (*ratio / median - 1.0).abs() <= SAME_RATIO);
        let agree = agree.count();
        let ratio = if median < 1.0 { 1.0 / median } else { median };
        (agree >= 2 && agree * 2 > ratios.len() && ratio >= LEAST_SPLIT).then_some(ratio)
    }
}

/// Rows by day.
#[derive(Debug)]
pub(super) struct Book {
    calendar: Calendar,
    interval: BarInterval,
    days: BTreeMap<i32, Vec<Entry>>,
    current: (i32, Vec<Entry>),
    rows: u64,
    /// The days whose number it divides are looked at.
    stride: i32,
}

impl Book {
    pub(super) fn new(calendar: Calendar, interval: BarInterval) -> Self {
        Self {
            calendar,
            interval,
            days: BTreeMap::new(),
            current: (0, Vec::new()),
            rows: 0,
            stride: 1,
        }
    }

    pub(super) fn add(&mut self, start: Timestamp, prices: [f64; 4], line: u64) {
        let day = start.0.div_euclid(DAY) as i32;
        if day.rem_euclid(self.stride) != 0 {
            return;
        }
        if self.rows >= MOST {
            self.thin();
            if self.rows >= MOST || day.rem_euclid(self.stride) != 0 {
                return;
            }
        }
        self.rows += 1;
        if self.current.0 != day {
            self.flush();
            self.current.0 = day;
        }
        let [.., close] = prices;
        self.current.1.push(Entry {
            at: (start.0.rem_euclid(DAY) / UNIT) as u32,
            prices: mark(prices),
            close: close as f32,
            line: u32::try_from(line).unwrap_or(u32::MAX),
        });
    }

    /// Looks at half of the days only.
    fn thin(&mut self) {
        const LONGEST: i32 = 1 << 20;
        self.flush();
        if self.stride < LONGEST {
            self.stride *= 2;
        }
        let stride = self.stride;
        self.days.retain(|day, _| day.rem_euclid(stride) == 0);
        self.rows = self.days.values().map(|day| day.len() as u64).sum();
    }

    fn flush(&mut self) {
        let (day, mut entries) = core::mem::take(&mut self.current);
        if !entries.is_empty() {
            entries.shrink_to_fit();
            let known = self.days.entry(day).or_default();
            if known.is_empty() {
                *known = entries;
            } else {
                known.append(&mut entries);
            }
        }
    }

    pub(super) fn finish(mut self) -> Found {
        self.flush();
        let mut found = Found {
            rows: self.rows,
            ..Found::default()
        };
        let mut succession = Succession::new(self.calendar, self.interval);
        for (day, mut entries) in self.days {
            entries.sort_by_key(|entry| entry.at);
            for same_time in entries.chunk_by(|one, other| one.at == other.at) {
                let Some((last, earlier)) = same_time.split_last() else {
                    continue;
                };
                let at = Timestamp(i64::from(day) * DAY + i64::from(last.at) * UNIT);
                if let Err((before, _)) = succession.take(at) {
                    found.overlapping += 1;
                    found.overlap.get_or_insert((before, at));
                }
                for entry in earlier.iter().filter(|entry| entry.prices != last.prices) {
                    found.contradicting += 1;
                    if found.pairs.len() < MOST_PAIRS {
                        let rows = [(entry.line, entry.close), (last.line, last.close)];
                        found.pairs.push(Contradiction { at, rows });
                    }
                }
            }
        }
        found
    }
}

/// A number that other prices hardly have.
fn mark(prices: [f64; 4]) -> u32 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = prices.iter().fold(0u64, |mixed, price| {
        (mixed.rotate_left(23) ^ price.to_bits()).wrapping_mul(ODD)
    });
    (mixed >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_711_459_800_000_000;

    fn book(rows: impl Iterator<Item = (i64, f64)>) -> Found {
        let mut book = Book::new(Calendar::Nyse, BarInterval::minutes(1));
        for (line, (minute, close)) in (1..).zip(rows) {
            let start = Timestamp(START + minute * 60_000_000);
            book.add(start, [close; 4], line);
        }
        book.finish()
    }

    #[test]
    fn rows_that_repeat_others_contradict_nothing() {
        let found = book((0..600).map(|row| (row % 300, 100.0 + (row % 300) as f64)));
        assert_eq!((found.rows, found.contradicting), (600, 0));
        assert!(!found.contradicts_itself());
    }

    #[test]
    fn two_symbols_in_any_order_contradict_each_other() {
        let mixed = (0..600).map(|row| {
            (
                row / 2,
                if row % 2 == 0 {
                    100.0
                } else {
                    250.0 + row as f64
                },
            )
        });
        let after = (0..600).map(|row| {
            (
                row % 300,
                if row < 300 { 100.0 } else { 250.0 + row as f64 },
            )
        });
        for found in [book(mixed), book(after)] {
            assert_eq!(found.contradicting, 300);
            assert!(found.contradicts_itself());
            assert_eq!(found.ratio(), None);
        }
    }

    #[test]
    fn a_few_mended_rows_are_borne_unless_they_are_of_another_basis() {
        let mended = (0..310).map(|row| {
            (
                row % 300,
                100.0 + if row < 300 { 0.0 } else { (row % 7) as f64 },
            )
        });
        let found = book(mended);
        assert!(found.contradicting > 0 && !found.contradicts_itself());
        assert_eq!(found.ratio(), None);
        let split = (0..303).map(|row| {
            let price = 100.0 + (row % 300) as f64;
            (row % 300, if row < 300 { price } else { price / 4.0 })
        });
        let found = book(split);
        assert!(!found.contradicts_itself());
        let ratio = found.ratio().unwrap();
        assert!((ratio - 4.0).abs() < 1e-6, "{ratio}");
        assert_eq!(found.pairs[0].rows[1], (301, 25.0));
    }
}
