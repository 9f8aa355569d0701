//! What rows look like beside the others: whether one moved and was traded as a day is, not as a bar.

use core::ops::RangeInclusive;
use std::collections::{BTreeMap, VecDeque};

use super::numbers::{number, quantity};
use super::row::{Cell, Row};
use super::{Decimal, Stretch};

/// So many rows tell what is usual.
const SAMPLE: usize = 512;
/// So many of them at least.
const FEWEST: usize = 20;
/// So many rows at the beginning and at the end of a file may be days.
const AT_EDGE: usize = 20;
/// So many rows are kept for what they may be.
const MOST: usize = 20_000;
/// A day moves more than so many times the median of the bars, and where volumes do not tell so many times,
const RANGES: f64 = 2.0;
const RANGES_ALONE: f64 = 3.0;
/// more than all but so many hundredths of them,
const RARE: usize = 5;
/// and at least so many hundredths of what is traded in a day are traded in it, more than in all but as few bars.
const TRADED: f64 = 25.0;
/// The same of each of two that stand together, which need not be rare for that.
const TRADED_BY_TWO: f64 = 50.0;
/// Several that are traded nearly as a whole day is need not have moved far.
const WHOLE: f64 = 60.0;
const RANGES_OF_WHOLE: f64 = 1.25;

/// Below so many bars a day, one is most of a day at times.
const BARS_OF_DAYS: f64 = 3.0;

/// Where a row stands: its file and its line.
type At = (u32, u64);

/// A number as it stands, read once it is known what its mark is.
#[derive(Debug, Clone)]
enum Raw {
    None,
    Number(f64),
    Text(Vec<u8>),
}

impl Raw {
    /// A longer text is no number.
    const LONGEST: usize = 40;

    fn of(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Int(number) => Self::Number(number as f64),
            Cell::Float(number) => Self::Number(number),
            Cell::Text(text) if text.len() <= Self::LONGEST => Self::Text(text.to_vec()),
            _ => Self::None,
        }
    }

    /// Takes the place of what it was, in the room that this had.
    fn put(&mut self, cell: Cell<'_>) {
        match (&mut *self, cell) {
            (Self::Text(room), Cell::Text(text)) if text.len() <= Self::LONGEST => {
                room.clear();
                room.extend_from_slice(text);
            }
            (known, cell) => *known = Self::of(cell),
        }
    }

    fn read(&self, how: fn(&[u8], Decimal) -> Option<f64>, decimal: Decimal) -> Option<f64> {
        match self {
            Self::None => None,
            Self::Number(number) => Some(*number),
            Self::Text(text) => how(text, decimal),
        }
    }
}

/// High, low and volume of a row.
#[derive(Debug, Clone)]
struct Look {
    at: At,
    raw: [Raw; 3],
}

impl Look {
    /// Its range and its volume.
    fn read(&self, decimal: Decimal) -> Option<(f64, f64)> {
        let [high, low, volume] = &self.raw;
        let range = high.read(number, decimal)? - low.read(number, decimal)?;
        let volume = volume.read(quantity, decimal).unwrap_or(0.0);
        (range.is_finite() && volume.is_finite()).then_some((range, volume))
    }
}

/// Some rows of all, and those that may be days: the first and the last ones that stand apart.
#[derive(Debug, Clone, Default)]
pub(super) struct Looks {
    sample: Vec<Look>,
    seen: u64,
    /// Every so manieth row is in the sample; a power of two, as its exponent.
    every: u32,
    edges: BTreeMap<At, Look>,
    last_apart: VecDeque<Look>,
    /// The row before.
    before: Option<Look>,
    in_file: usize,
}

impl Looks {
    /// A file begins.
    pub(super) fn new_file(&mut self) {
        for look in core::mem::take(&mut self.last_apart) {
            self.keep(look);
        }
        self.before = None;
        self.in_file = 0;
    }

    fn keep(&mut self, look: Look) {
        if self.edges.len() < MOST {
            self.edges.insert(look.at, look);
        }
    }

    /// Takes a row whose high, low and volume are in these columns, and how far from the row before it is, where it stands apart from
    /// it.
    pub(super) fn take(
        &mut self,
        row: &Row<'_>,
        file: u32,
        columns: [Option<usize>; 3],
        apart: Option<i64>,
    ) {
        const DAYS_APART: i64 = 20 * 3_600 * 1_000_000;
        let is_sampled = self.seen & ((1 << self.every) - 1) == 0;
        let is_first = self.in_file < AT_EDGE;
        self.seen += 1;
        self.in_file += 1;
        // the row before the second one of many days may be the first of them
        if apart.is_some_and(|step| step >= DAYS_APART)
            && let Some(before) = self.before.clone()
        {
            self.keep(before);
        }
        let at = (file, row.line);
        match &mut self.before {
            Some(before) => {
                before.at = at;
                for (raw, column) in before.raw.iter_mut().zip(columns) {
                    match column {
                        Some(column) => raw.put(row.cell(column)),
                        None => *raw = Raw::None,
                    }
                }
            }
            none => {
                let raw =
                    columns.map(|column| column.map_or(Raw::None, |at| Raw::of(row.cell(at))));
                *none = Some(Look { at, raw });
            }
        }
        if !is_sampled && !is_first && apart.is_none() {
            return;
        }
        let raw = columns.map(|column| column.map_or(Raw::None, |at| Raw::of(row.cell(at))));
        let look = Look { at, raw };
        if is_sampled {
            self.sample.push(look.clone());
            if self.sample.len() > SAMPLE {
                let mut is_odd = true;
                self.sample.retain(|_| {
                    is_odd = !is_odd;
                    !is_odd
                });
                self.every += 1;
            }
        }
        if is_first {
            self.keep(look);
        } else if apart.is_some() {
            self.last_apart.push_back(look);
            if self.last_apart.len() > AT_EDGE {
                self.last_apart.pop_front();
            }
        }
    }
}

/// What tells rows of days from bars.
#[derive(Debug, Clone, Copy)]
pub(super) struct DayLooks<'a> {
    pub(super) looks: &'a Looks,
    /// How numbers are written.
    pub(super) decimal: Decimal,
    /// How many bars there are of a day, in the mean.
    pub(super) bars_a_day: f64,
}

impl DayLooks<'_> {
    /// Whether a row looks like a day.
    pub(super) fn is_one(&self, file: u32, line: u64) -> bool {
        self.are_most((file, line)..=(file, line), 1)
    }

    /// Whether most rows of a stretch look like days.
    pub(super) fn are(&self, stretch: &Stretch) -> bool {
        let at = |line: u64| (stretch.file, line);
        self.are_most(at(stretch.first_line)..=at(stretch.last_line), stretch.rows)
    }

    fn are_most(&self, within: RangeInclusive<At>, rows: u64) -> bool {
        let Looks {
            sample,
            edges,
            last_apart,
            ..
        } = self.looks;
        let last = last_apart.iter().filter(|look| within.contains(&look.at));
        let known = edges
            .range(within.clone())
            .map(|(_, look)| look)
            .chain(last);
        let known: BTreeMap<At, (f64, f64)> = known
            .filter_map(|look| Some((look.at, look.read(self.decimal)?)))
            .collect();
        if known.is_empty() {
            return false;
        }
        let others = sample.iter().filter(|look| !within.contains(&look.at));
        let usual = Usual::of(others.filter_map(|look| look.read(self.decimal)).unzip());
        let Some(usual) = usual else { return false };
        let is_day = |row: &&(f64, f64)| usual.is_day(**row, self.bars_a_day, rows == 1);
        if known.values().filter(is_day).count() as u64 * 2 > rows {
            return true;
        }
        // a day of calm times moves no farther than some bars of others do
        let (mut ranges, mut volumes): (Vec<f64>, Vec<f64>) = known.into_values().unzip();
        let is_known = ranges.len() as u64 * 2 > rows;
        let traded = match rows {
            0 | 1 => return false,
            2 => TRADED_BY_TWO,
            _ => TRADED,
        };
        let middle = [&mut ranges, &mut volumes].map(|values| {
            values.sort_by(f64::total_cmp);
            values.get((values.len() - 1) / 2).copied()
        });
        let [Some(range), Some(volume)] = middle else {
            return false;
        };
        // the first and the last two bars of a set whose sessions have two are no days
        let is_long = rows > 2 || self.bars_a_day >= BARS_OF_DAYS || range > usual.rare_range;
        is_known && is_long && usual.are_days((range, volume), self.bars_a_day, traded)
    }
}

/// What is usual of bars.
struct Usual {
    range: f64,
    rare_range: f64,
    volume: f64,
    rare_volume: f64,
}

impl Usual {
    fn of((mut ranges, mut volumes): (Vec<f64>, Vec<f64>)) -> Option<Self> {
        if ranges.len() < FEWEST {
            return None;
        }
        ranges.sort_by(f64::total_cmp);
        volumes.sort_by(f64::total_cmp);
        let rare = ranges.len() - 1 - ranges.len() * RARE / 100;
        let mean = volumes.iter().sum::<f64>() / volumes.len() as f64;
        Some(Self {
            range: ranges.get(ranges.len() / 2).copied()?,
            rare_range: ranges.get(rare).copied()?,
            volume: mean,
            rare_volume: volumes.get(rare).copied()?,
        })
    }

    /// Whether rows moved in the middle as days do, and were traded so, by so many hundredths of a day at least.
    fn are_days(&self, (range, volume): (f64, f64), bars_a_day: f64, traded: f64) -> bool {
        // most bars of a thin market do not move
        let usual = match self.range > 0.0 {
            true => self.range,
            false => self.rare_range,
        };
        let ranges = |least: f64| usual > 0.0 && range > least * usual;
        let is_traded = |least: f64| volume * 100.0 >= self.volume * bars_a_day * least;
        match self.volume > 0.0 {
            true => {
                ranges(RANGES) && is_traded(traded) || ranges(RANGES_OF_WHOLE) && is_traded(WHOLE)
            }
            false => ranges(RANGES_ALONE),
        }
    }

    /// Whether a row moved as a day does, and was traded so; of several together it is enough that they moved far.
    fn is_day(&self, (range, volume): (f64, f64), bars_a_day: f64, is_alone: bool) -> bool {
        let has_volumes = self.volume > 0.0;
        let is_traded = has_volumes
            && volume > self.rare_volume
            && volume * 100.0 >= self.volume * bars_a_day * TRADED;
        let is_far = range > RANGES_ALONE * self.range && !(has_volumes && is_alone);
        range > self.rare_range && (is_far || is_traded && range > RANGES * self.range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_no_days_beside_bars_that_do_not_move() {
        let still = |moving: usize| {
            let ranges = (0..100).map(|at| if at < moving { 1.0 } else { 0.0 });
            Usual::of((ranges.collect(), vec![0.0; 100])).unwrap()
        };
        // none moves: nothing is known of how far a day does
        assert!(!still(0).are_days((1.0, 0.0), 390.0, TRADED));
        assert!(!still(3).are_days((1.0, 0.0), 390.0, TRADED));
        // a tenth does
        assert!(!still(10).are_days((2.0, 0.0), 390.0, TRADED));
        assert!(still(10).are_days((4.0, 0.0), 390.0, TRADED));
    }
}
