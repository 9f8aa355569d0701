//! Cleaning: rows in the order received become bars in order of time, each time once.

use serde::{Deserialize, Serialize};

use super::Curated;
use super::days::{Bar, days_among};
use crate::base::digits::brief;
use crate::base::time::{BarInterval, Timestamp};
use crate::market::actions::Actions;
use crate::market::bars::{BadSeries, BarColumns, BarSeries, check_bar};
use crate::market::intake::{Rejected, Rows};

/// What cleaning gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Cleaned {
    /// The bars: raw prices, nothing synthetic, no actions.
    pub bars: Curated,
    /// What was done.
    pub report: CleanReport,
    /// The rows that are no valid bars, in the order received.
    pub rejected: Vec<Rejected>,
    /// The times that more than one row carried, sorted, each once.
    pub duplicated: Vec<Timestamp>,
}

/// What cleaning did. Reports of parts (months, files) add up by [`CleanReport::absorb`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CleanReport {
    /// Rows received.
    pub rows: u64,
    /// Bars kept.
    pub kept: u64,
    /// Rows dropped because the row that counts for their time is the same in every column.
    pub exact_duplicates: u64,
    /// Rows dropped because a later row with the same time differs: the last received counts.
    pub conflicting_duplicates: u64,
    /// Distinct times that more than one row carried.
    pub duplicated_times: u64,
    /// Valid rows that start before the row received before them, among those cleaned together.
    pub out_of_order: u64,
    /// Rows refused: they are no valid bars, or rows of days among shorter ones.
    pub rejected: u64,
    /// Bars set aside because they begin before the one before them has ended: they are not of the same series.
    #[serde(default, skip_serializing_if = "is_none")]
    pub overlapping: u64,
    /// The first conflicts by time, at most [`CleanReport::EXAMPLES`].
    pub conflicts: Vec<Conflict>,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

/// Two rows with one time that differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    /// The time.
    pub start: Timestamp,
    /// What was kept: open, high, low, close, volume.
    pub kept: [f64; 5],
    /// What was dropped.
    pub dropped: [f64; 5],
    /// The line of what was kept; 0 where lines are not known.
    pub kept_line: u64,
    /// The line of what was dropped; 0 where lines are not known.
    pub dropped_line: u64,
}

impl CleanReport {
    /// So many conflicts are listed.
    pub const EXAMPLES: usize = 20;

    /// The report with rows that were received as well and set aside before: they could not be read, or are of another interval.
    pub fn after(mut self, set_aside: u64) -> Self {
        self.rows += set_aside;
        self.rejected += set_aside;
        self
    }

    /// Adds the report of another part, later in time.
    pub fn absorb(&mut self, other: &Self) {
        self.rows += other.rows;
        self.kept += other.kept;
        self.exact_duplicates += other.exact_duplicates;
        self.conflicting_duplicates += other.conflicting_duplicates;
        self.duplicated_times += other.duplicated_times;
        self.out_of_order += other.out_of_order;
        self.rejected += other.rejected;
        self.overlapping += other.overlapping;
        let room = Self::EXAMPLES.saturating_sub(self.conflicts.len());
        self.conflicts.extend(other.conflicts.iter().take(room));
    }
}

/// One row, as it is compared and sorted.
#[derive(Clone, Copy)]
struct Row {
    start: Timestamp,
    prices: [f64; 4],
    volume: f64,
    spread: f64,
    line: u64,
}

impl Row {
    /// The row at an index, which is that of a row.
    fn of(rows: &Rows, index: usize) -> Self {
        let value = |column: &[f64]| column.get(index).copied().unwrap_or_default();
        let bars = &rows.bars;
        Self {
            start: bars.start.get(index).copied().unwrap_or(Timestamp(0)),
            prices: [&bars.open, &bars.high, &bars.low, &bars.close].map(|column| value(column)),
            volume: value(&bars.volume),
            spread: value(&rows.spread),
            line: rows.line.get(index).copied().unwrap_or_default(),
        }
    }

    fn values(&self) -> [f64; 5] {
        let [open, high, low, close] = self.prices;
        [open, high, low, close, self.volume]
    }

    fn same(&self, other: &Self) -> bool {
        let bits = |row: &Self| row.values().map(|value| (value + 0.0).to_bits());
        bits(self) == bits(other) && self.spread.to_bits() == other.spread.to_bits()
    }
}

/// Makes bars of rows in the order received: sorts them, keeps the last received of each time, and sets rows aside that are
/// no valid bars, or that say in one what the bars of a day say together.
///
/// Cleaning is by time alone, so that parts that share no time (months) may be cleaned one by one, by [`clean_beside`]. Bars that
/// were cleaned come out of another cleaning as they are.
///
/// # Errors
/// [`BadSeries::Ragged`] where the columns have different lengths.
pub fn clean(interval: BarInterval, rows: &Rows) -> Result<Cleaned, BadSeries> {
    clean_beside(interval, rows, &Rows::default())
}

/// Cleans a part of some rows as it would be cleaned with all of them. `beside` are the rows of the last day before the part, in UTC, and
/// of the first one after it: a day may lie in two parts, and a row of it is known by all its bars.
///
/// # Errors
/// As [`clean`].
pub fn clean_beside(
    interval: BarInterval,
    rows: &Rows,
    beside: &Rows,
) -> Result<Cleaned, BadSeries> {
    let (mut valid, mut rejected) = sift(rows)?;
    let row = |&(_, index): &(Timestamp, usize)| Row::of(rows, index);
    let mut report = CleanReport {
        rows: rows.len() as u64,
        ..CleanReport::default()
    };
    let backwards = valid
        .iter()
        .zip(valid.iter().skip(1))
        .filter(|((start, _), (next, _))| next < start);
    report.out_of_order = backwards.count() as u64;
    let sorted = report.out_of_order == 0;
    if !sorted {
        // by time, then in the order received; sorting the rows themselves would move four times as much
        valid.sort_by_key(|(start, _)| *start);
    }
    let days = days_of(interval, rows, &valid, beside)?;
    for &(place, bars) in &days {
        let Some(day) = valid.get(place).map(row) else {
            continue;
        };
        rejected.push(Rejected {
            file: String::new(),
            line: day.line,
            reason: format!(
                "its open, high, low and close are those of the other {bars} bars of a day together: a row of a day, not a {interval} bar"
            ),
            text: row_text(day.start, day.prices, day.volume),
        });
    }
    if !days.is_empty() {
        let (mut place, mut days) = (0..valid.len(), days.iter().peekable());
        valid.retain(|_| {
            let place = place.next();
            days.next_if(|(day, _)| Some(*day) == place).is_none()
        });
        rejected.sort_by_key(|rejected| rejected.line);
    }
    report.rejected = rejected.len() as u64;
    let quoted = !rows.spread.is_empty();
    let mut kept = Kept::with_capacity(valid.len());
    let mut duplicated = Vec::new();
    for same_time in valid.chunk_by(|(start, _), (next, _)| start == next) {
        let Some((last, earlier)) = same_time.split_last() else {
            continue;
        };
        let last = row(last);
        kept.push(&last, quoted);
        if earlier.is_empty() {
            continue;
        }
        duplicated.push(last.start);
        for row in earlier.iter().map(row) {
            if row.same(&last) {
                report.exact_duplicates += 1;
                continue;
            }
            report.conflicting_duplicates += 1;
            if report.conflicts.len() < CleanReport::EXAMPLES {
                report.conflicts.push(Conflict {
                    start: last.start,
                    kept: last.values(),
                    dropped: row.values(),
                    kept_line: last.line,
                    dropped_line: row.line,
                });
            }
        }
    }
    report.kept = kept.columns.start.len() as u64;
    report.duplicated_times = duplicated.len() as u64;
    let series = BarSeries::new(interval, kept.columns)?;
    let synthetic = vec![false; series.len()];
    let spread = (quoted && !series.is_empty()).then_some(kept.spread);
    Ok(Cleaned {
        bars: Curated::of_parts(series, synthetic, spread, Actions::default()),
        report,
        rejected,
        duplicated,
    })
}

/// The places of the valid rows, sorted by time, that are rows of days, and of how many bars each.
fn days_of(
    interval: BarInterval,
    rows: &Rows,
    valid: &Places,
    beside: &Rows,
) -> Result<Vec<(usize, usize)>, BadSeries> {
    let mut near = sift(beside)?.0;
    near.sort_by_key(|(start, _)| *start);
    let first = valid.first().map(|(start, _)| *start);
    let before = near.partition_point(|(start, _)| first.is_some_and(|first| *start < first));
    let own = before..before + valid.len();
    let bar = |place: usize| {
        let (of, place) = match place {
            place if own.contains(&place) => (rows, valid.get(place - own.start)),
            place if place < own.start => (beside, near.get(place)),
            place => (beside, near.get(place - valid.len())),
        };
        let row = Row::of(of, place.map_or(usize::MAX, |it| it.1));
        Bar {
            start: row.start,
            prices: row.prices,
            volume: row.volume,
        }
    };
    let mut found = days_among(interval, near.len() + valid.len(), bar);
    found.retain(|(place, _)| own.contains(place));
    for (place, _) in &mut found {
        *place -= own.start;
    }
    Ok(found)
}

#[derive(Default)]
struct Kept {
    columns: BarColumns,
    spread: Vec<f64>,
}

impl Kept {
    fn with_capacity(count: usize) -> Self {
        Self {
            columns: BarColumns::with_capacity(count),
            spread: Vec::new(),
        }
    }

    fn push(&mut self, row: &Row, quoted: bool) {
        self.columns.push(row.start, row.prices, row.volume);
        if quoted {
            self.spread.push(row.spread);
        }
    }
}

/// Valid rows: when each starts and where it stands.
type Places = Vec<(Timestamp, usize)>;

/// A bar as a line of text, to know it by.
pub(super) fn row_text(start: Timestamp, prices: [f64; 4], volume: f64) -> String {
    let [open, high, low, close] = prices.map(brief);
    format!("{start},{open},{high},{low},{close},{}", brief(volume))
}

/// Parts valid rows from those that are no bars.
fn sift(rows: &Rows) -> Result<(Places, Vec<Rejected>), BadSeries> {
    let BarColumns {
        start,
        open,
        high,
        low,
        close,
        volume,
    } = &rows.bars;
    let count = start.len();
    let ragged = [open, high, low, close, volume]
        .iter()
        .any(|column| column.len() != count);
    let odd = |length: usize| length != 0 && length != count;
    if ragged || odd(rows.spread.len()) || odd(rows.line.len()) {
        return Err(BadSeries::Ragged);
    }
    let mut valid = Vec::with_capacity(count);
    let mut rejected = Vec::new();
    let prices = open.iter().zip(high).zip(low).zip(close);
    let times = start.iter().zip(volume);
    for (index, ((((&open, &high), &low), &close), (&start, &volume))) in
        prices.zip(times).enumerate()
    {
        let row = Row {
            start,
            prices: [open, high, low, close],
            volume,
            spread: rows.spread.get(index).copied().unwrap_or(0.0),
            line: rows.line.get(index).copied().unwrap_or(0),
        };
        let bad_spread = !row.spread.is_finite() || row.spread < 0.0;
        let reason = match check_bar(start, row.prices, volume) {
            Err(bad) => bad.to_string(),
            Ok(()) if bad_spread => {
                format!(
                    "the spread is {}, but it must be a number of at least 0",
                    row.spread
                )
            }
            Ok(()) => {
                valid.push((start, index));
                continue;
            }
        };
        rejected.push(Rejected {
            file: String::new(),
            line: row.line,
            reason,
            text: row_text(start, [open, high, low, close], volume),
        });
    }
    Ok((valid, rejected))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hours of eight days over the end of March 2024 in UTC, each from 22:00 of the evening before, and a row of each day before or
    /// with its first hour; by number of the row.
    fn market(at_first: i64) -> Rows {
        let mut rows = Rows::default();
        for day in 0..8_i64 {
            let open = 1_711_490_400 + day * 86_400;
            let price = |hour: i64| 2_000.0 + ((day * 23 + hour) * 7 % 19) as f64;
            let hours: Vec<[f64; 4]> = (0..23)
                .map(|hour| {
                    [
                        price(hour),
                        price(hour) + 2.5,
                        price(hour) - 2.0,
                        price(hour) + 0.5,
                    ]
                })
                .collect();
            let mut highs: Vec<f64> = hours.iter().map(|bar| bar[1]).collect();
            let mut lows: Vec<f64> = hours.iter().map(|bar| bar[2]).collect();
            highs.sort_by(f64::total_cmp);
            lows.sort_by(f64::total_cmp);
            let whole = [hours[0][0], *highs.last().unwrap(), lows[0], hours[22][3]];
            let start = |hour: i64| Timestamp::from_seconds(open + hour * 3_600);
            rows.bars.push(start(at_first), whole, 2_300.0);
            for (hour, prices) in (0..).zip(hours) {
                rows.bars.push(start(hour), prices, 100.0);
            }
        }
        rows.line = (1..=rows.bars.start.len() as u64).collect();
        rows
    }

    fn part(rows: &Rows, of: impl Fn(Timestamp) -> bool) -> Rows {
        let mut some = Rows::default();
        for index in 0..rows.len() {
            let row = Row::of(rows, index);
            if of(row.start) {
                some.bars.push(row.start, row.prices, row.volume);
                some.line.push(row.line);
            }
        }
        some
    }

    #[test]
    fn rows_of_days_over_the_end_of_a_part_are_found_as_in_the_whole() {
        let hour = BarInterval::minutes(60);
        for at_first in [-1, 0] {
            let rows = market(at_first);
            let whole = clean(hour, &rows).unwrap();
            assert_eq!((whole.report.rejected, whole.report.kept), (8, 8 * 23));
            // at every hour of the middle days: 2024-04-01 is one of these
            for border in
                (60..130).map(|hour| Timestamp::from_seconds(1_711_490_400 + hour * 3_600))
            {
                let near = |at: Timestamp, from: i64, to: i64| {
                    (border.plus_seconds(from)..border.plus_seconds(to)).contains(&at)
                };
                let early = part(&rows, |at| at < border);
                let late = part(&rows, |at| at >= border);
                let after = part(&rows, |at| near(at, 0, 86_400));
                let before = part(&rows, |at| near(at, -86_400, 0));
                let early = clean_beside(hour, &early, &after).unwrap();
                let late = clean_beside(hour, &late, &before).unwrap();
                let mut report = early.report;
                report.absorb(&late.report);
                assert_eq!(report, whole.report, "{border}");
                let rejected = [early.rejected, late.rejected].concat();
                assert_eq!(rejected, whole.rejected, "{border}");
                let starts = [early.bars.bars().start(), late.bars.bars().start()].concat();
                assert_eq!(starts, whole.bars.bars().start());
            }
        }
    }

    #[test]
    fn rows_that_come_twice_are_cleaned_to_what_they_are_once() {
        for at_first in [-1, 0] {
            let mut rows = market(at_first);
            let once = clean(BarInterval::minutes(60), &rows).unwrap();
            let again = rows.clone();
            rows.absorb(again);
            let twice = clean(BarInterval::minutes(60), &rows).unwrap();
            assert_eq!(twice.bars, once.bars);
            assert_eq!(
                (twice.report.rejected, twice.report.exact_duplicates),
                (16, 8 * 23)
            );
        }
    }
}
