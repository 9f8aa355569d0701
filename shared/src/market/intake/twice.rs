//! Times that a clock shows twice, because it is set back: which of the two is meant is told by the rows around them, or
//! not at all.

use super::TimeForm;
use super::reader::Values;
use crate::base::time::BarInterval;

/// A row whose time came twice.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Doubtful {
    pub(super) line: u64,
    pub(super) text: String,
    pub(super) form: TimeForm,
    /// Before the clock was set back, in microseconds since 1970 UTC.
    pub(super) early: i64,
    /// After.
    pub(super) late: i64,
    pub(super) values: Values,
}

/// The points in time of rows that follow one another; `None` where it stays open.
///
/// The clock runs through the hour, is set back and runs through it again: rows that run back once are before and after that.
/// Rows that do not run back are of the hour that joins without a gap to the row on one side, if only one does. A bar that is
/// longer than what the clock is set back by joins on both sides, and begins the first time.
pub(super) fn resolve(
    rows: &[Doubtful],
    previous: Option<i64>,
    next: Option<i64>,
    interval: BarInterval,
    is_reversed: bool,
) -> Vec<Option<i64>> {
    if is_reversed {
        let rows: Vec<Doubtful> = rows.iter().rev().cloned().collect();
        let mut times = in_order(&rows, next, previous, interval);
        times.reverse();
        return times;
    }
    in_order(rows, previous, next, interval)
}

fn in_order(
    rows: &[Doubtful],
    previous: Option<i64>,
    next: Option<i64>,
    interval: BarInterval,
) -> Vec<Option<i64>> {
    let pairs = rows.iter().zip(rows.iter().skip(1));
    let mut turns = (1..)
        .zip(pairs)
        .filter(|(_, (row, after))| after.early <= row.early);
    let (first_turn, second_turn) = (turns.next(), turns.next());
    let step = i64::from(interval.seconds()) * 1_000_000;
    let split = match (first_turn, second_turn) {
        (Some((at, _)), None) => Some(at),
        (None, _) => {
            let joins_before = rows
                .first()
                .zip(previous)
                .is_some_and(|(row, at)| row.early - at == step);
            let joins_after = rows
                .last()
                .zip(next)
                .is_some_and(|(row, at)| at - row.late == step);
            let is_longer = rows.first().is_some_and(|row| step > row.late - row.early);
            match (joins_before, joins_after) {
                // one bar holds both hours, and begins with the first
                (true, true) if is_longer => Some(rows.len()),
                (true, false) => Some(rows.len()),
                (false, true) => Some(0),
                _ => None,
            }
        }
        _ => None,
    };
    (0..)
        .zip(rows)
        .map(|(index, row)| split.map(|split| if index < split { row.early } else { row.late }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    /// Rows at these minutes of the doubtful hour; the clock is set back at hour 10.
    fn told(minutes: &[i64], previous: i64, next: i64, step: u32, is_reversed: bool) -> String {
        let row = |minute: &i64| Doubtful {
            line: 0,
            text: String::new(),
            form: TimeForm::DateTime,
            early: 9 * HOUR + minute * 60_000_000,
            late: 10 * HOUR + minute * 60_000_000,
            values: Values {
                prices: [1.0; 4],
                volume: 0.0,
                spread: None,
            },
        };
        let rows: Vec<Doubtful> = minutes.iter().map(row).collect();
        let at = |minutes: i64| Some(9 * HOUR + minutes * 60_000_000);
        let times = resolve(
            &rows,
            at(previous),
            at(next),
            BarInterval::minutes(step),
            is_reversed,
        );
        let letter = |(row, at): (&Doubtful, Option<i64>)| match at {
            None => '?',
            Some(at) if at == row.early => 'e',
            Some(_) => 'l',
        };
        rows.iter().zip(times).map(letter).collect()
    }

    #[test]
    fn the_rows_around_tell_or_it_stays_open() {
        assert_eq!(told(&[0, 30, 0, 30], -30, 120, 30, false), "eell");
        assert_eq!(told(&[30, 0, 30, 0], 120, -30, 30, true), "llee");
        assert_eq!(told(&[0, 0], -60, 120, 60, false), "el");
        // only one of the two hours is there
        assert_eq!(told(&[0, 30], -30, 300, 30, false), "ee");
        assert_eq!(told(&[0, 30], -300, 120, 30, false), "ll");
        assert_eq!(told(&[0, 30], -30, 120, 30, false), "??");
        assert_eq!(told(&[0, 30], -300, 300, 30, false), "??");
        assert_eq!(told(&[0, 30, 0, 30, 0], -30, 120, 30, false), "?????");
        // bars of four hours
        assert_eq!(told(&[0], -240, 300, 240, false), "e");
        assert_eq!(told(&[0], 300, -240, 240, true), "e");
        assert_eq!(told(&[0], -240, 480, 240, false), "e");
        assert_eq!(told(&[0], -480, 300, 240, false), "l");
        assert_eq!(told(&[0], -480, 480, 240, false), "?");
    }
}
