//! From the times of a file's rows to the bars at whose close they are decided.

use serde::{Deserialize, Serialize};

use super::table::BadTable;
use crate::base::time::{BarInterval, Timestamp};
use crate::market::bars::SessionBars;

/// What the time of a row stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowTime {
    /// The start of the deciding bar, by which bars are known. A daily bar is also known by the date of its session.
    #[default]
    BarStart,
    /// The end of the deciding bar. A daily bar is also known by the date of its session.
    BarEnd,
    /// The moment from which the row is known: it is decided at the first end of a bar at or after it. A row known before
    /// the first bar starts, or after the last has ended, belongs to none.
    KnownAt,
}

/// A row of a file: its line and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowAt {
    /// The number of its line, from 1.
    pub line: u64,
    /// Its time as the file has it.
    pub time: Timestamp,
}

/// What became of the rows of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// Rows with a value.
    pub rows: u64,
    /// Rows without one, left out: tools write them while they warm up.
    pub empty: u64,
    /// Rows that belong to no bar, left out.
    pub unmatched: u64,
    /// The first of those.
    pub first_unmatched: Option<RowAt>,
    /// Times were taken for starts of bars and some belong to no bar, but every one is the end of a bar: were ends meant?
    pub suits_bar_ends: bool,
    /// Columns that nothing is read from.
    #[serde(default)]
    pub passed_over: Vec<String>,
}

/// A series read from a file, and what became of the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported<T> {
    /// The series, of the rows that belong to a bar.
    pub series: T,
    /// What became of the rows.
    pub report: ImportReport,
}

/// Gathers rows by the bars they belong to.
pub(super) struct Placer<'a, T> {
    bars: &'a SessionBars,
    row_time: RowTime,
    /// Bar, line, row.
    placed: Vec<(usize, u64, T)>,
    report: ImportReport,
    first: Option<RowAt>,
    at_bar_ends: u64,
}

impl<'a, T> Placer<'a, T> {
    /// Nothing placed yet.
    pub(super) fn new(bars: &'a SessionBars, row_time: RowTime) -> Self {
        Self {
            bars,
            row_time,
            placed: Vec::new(),
            report: ImportReport::default(),
            first: None,
            at_bar_ends: 0,
        }
    }

    /// Counts a row that has no value.
    pub(super) fn pass_over(&mut self) {
        self.report.empty += 1;
    }

    /// Places a row.
    pub(super) fn place(&mut self, line: u64, time: Timestamp, row: T) {
        let at = RowAt { line, time };
        self.first.get_or_insert(at);
        self.report.rows += 1;
        if exact(self.bars.end(), time).is_some() {
            self.at_bar_ends += 1;
        }
        match bar_of(self.bars, self.row_time, time) {
            Some(bar) => self.placed.push((bar, line, row)),
            None => {
                self.report.unmatched += 1;
                self.report.first_unmatched.get_or_insert(at);
            }
        }
    }

    /// The rows with the starts of their bars, sorted.
    ///
    /// # Errors
    /// [`BadTable`] where there is no row, none belongs to a bar, or two belong to the same.
    pub(super) fn finish(mut self) -> Result<(Vec<(Timestamp, T)>, ImportReport), BadTable> {
        let first = self.first.ok_or(BadTable::NoRows)?;
        let all_at_ends = self.at_bar_ends == self.report.rows;
        let starts_meant = self.row_time == RowTime::BarStart;
        self.report.suits_bar_ends = starts_meant && self.report.unmatched > 0 && all_at_ends;
        if self.placed.is_empty() {
            return Err(BadTable::NothingMatches {
                rows: self.report.rows,
                line: first.line,
                first: first.time,
                bars: times_of(self.bars),
                advice: if self.report.suits_bar_ends {
                    "Every row is the end of a bar: say that the times are ends of bars"
                } else {
                    "Say which zone the times are in and whether they are starts or ends of bars, or choose bars of the interval and span of the file"
                },
            });
        }
        self.placed.sort_by_key(|(bar, line, _)| (*bar, *line));
        let starts = self.bars.series().start();
        let mut rows = Vec::with_capacity(self.placed.len());
        let mut previous = None;
        for (bar, line, row) in self.placed {
            let for_bar = starts.get(bar).copied().unwrap_or(first.time);
            match previous {
                Some((earlier_bar, earlier)) if earlier_bar == bar => {
                    return Err(BadTable::Twice {
                        earlier,
                        line,
                        for_bar,
                    });
                }
                _ => previous = Some((bar, line)),
            }
            rows.push((for_bar, row));
        }
        Ok((rows, self.report))
    }
}

/// The index of the bar that a row belongs to.
fn bar_of(bars: &SessionBars, row_time: RowTime, time: Timestamp) -> Option<usize> {
    let starts = bars.series().start();
    match row_time {
        RowTime::BarStart => exact(starts, time).or_else(|| daily_bar_of(bars, time)),
        // a market that never closes has a bar that starts where another ends; its date is no end
        RowTime::BarEnd => exact(bars.end(), time).or_else(|| {
            let bar = daily_bar_of(bars, time)?;
            (starts.get(bar) != Some(&time)).then_some(bar)
        }),
        RowTime::KnownAt => {
            let bar = bars.end().partition_point(|end| *end < time);
            let covered = starts.first().is_some_and(|first| *first <= time);
            (covered && bar < starts.len()).then_some(bar)
        }
    }
}

fn exact(times: &[Timestamp], time: Timestamp) -> Option<usize> {
    times.binary_search(&time).ok()
}

/// The daily bar of a date, which may be written as midnight in UTC or at any time of the exchange's day.
fn daily_bar_of(bars: &SessionBars, time: Timestamp) -> Option<usize> {
    if bars.series().interval() != BarInterval::Day {
        return None;
    }
    let day = if time.utc_day().midnight_utc() == time {
        time.utc_day()
    } else {
        bars.calendar().local_day(time)
    };
    bars.session().binary_search(&day).ok()
}

/// What the times of bars look like: "the 60min bars start at …".
fn times_of(bars: &SessionBars) -> String {
    const SHOWN: usize = 3;
    let starts = bars.series().start();
    let interval = bars.series().interval();
    let shown: Vec<String> = starts.iter().take(SHOWN).map(ToString::to_string).collect();
    match starts.last() {
        None => "there are no bars".to_owned(),
        Some(_) if starts.len() <= SHOWN => {
            format!("the {interval} bars start at {}", shown.join(", "))
        }
        Some(last) => format!(
            "the {interval} bars start at {}, … and the last at {last}",
            shown.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Day;
    use crate::market::calendar::Calendar;
    use crate::market::curate::resample;
    use crate::market::intake::{TimeZoneChoice, parse_time};
    use crate::market::simulate::{SAMPLE, Simulation, simulate};

    /// NYSE bars from 2024-01-02 on, over eight calendar days; New York is five hours behind UTC.
    fn bars(interval: BarInterval) -> SessionBars {
        let to = Day(SAMPLE.from.0 + 7);
        let minutes = simulate(&Simulation { to, ..SAMPLE }).unwrap();
        resample(&minutes, interval, Calendar::Nyse).unwrap().bars
    }

    fn found(bars: &SessionBars, row_time: RowTime, text: &str) -> Option<String> {
        let time = parse_time(text, TimeZoneChoice::Utc).unwrap();
        let bar = bar_of(bars, row_time, time)?;
        Some(bars.series().start()[bar].to_string())
    }

    #[test]
    fn a_time_is_the_start_or_the_end_of_its_bar_or_when_it_was_known() {
        let bars = bars(BarInterval::minutes(60));
        let second = Some("2024-01-02T15:30:00Z".to_owned());
        let last = Some("2024-01-02T20:30:00Z".to_owned());
        let next_day = Some("2024-01-03T14:30:00Z".to_owned());
        for (row_time, text, expected) in [
            (RowTime::BarStart, "2024-01-02 15:30", &second),
            (RowTime::BarStart, "2024-01-02 15:31", &None),
            (RowTime::BarStart, "2024-01-02 21:00", &None),
            (RowTime::BarEnd, "2024-01-02 16:30", &second),
            (RowTime::BarEnd, "2024-01-02 21:00", &last),
            (RowTime::BarEnd, "2024-01-02 14:30", &None),
            (RowTime::KnownAt, "2024-01-02 15:31", &second),
            (RowTime::KnownAt, "2024-01-02 16:30", &second),
            (RowTime::KnownAt, "2024-01-02 20:59", &last),
            (RowTime::KnownAt, "2024-01-02 21:01", &next_day),
            (RowTime::KnownAt, "2024-01-02 14:29", &None),
            (RowTime::KnownAt, "2024-01-09 21:01", &None),
        ] {
            assert_eq!(
                &found(&bars, row_time, text),
                expected,
                "{row_time:?} {text}"
            );
        }
    }

    #[test]
    fn a_daily_bar_is_known_by_its_date() {
        let days = bars(BarInterval::Day);
        let second = Some("2024-01-03T14:30:00Z".to_owned());
        for (row_time, text, expected) in [
            (RowTime::BarStart, "2024-01-03 00:00", &second),
            (RowTime::BarStart, "2024-01-03 05:00", &second),
            (RowTime::BarStart, "2024-01-03 14:30", &second),
            (RowTime::BarEnd, "2024-01-03 21:00", &second),
            (RowTime::BarEnd, "2024-01-03 00:00", &second),
            (RowTime::BarStart, "2024-01-06 00:00", &None),
            (RowTime::KnownAt, "2024-01-03 00:00", &second),
        ] {
            assert_eq!(
                &found(&days, row_time, text),
                expected,
                "{row_time:?} {text}"
            );
        }
        let mut columns = crate::market::bars::BarColumns::default();
        for day in [100, 102, 103] {
            columns.push(Day(day).midnight_utc(), [1.0; 4], 1.0);
        }
        let series = crate::market::bars::BarSeries::new(BarInterval::Day, columns).unwrap();
        let crypto = SessionBars::new(series, Calendar::Crypto).unwrap();
        let end = |day: i32| bar_of(&crypto, RowTime::BarEnd, Day(day).midnight_utc());
        // day 101 is missing, so nothing ends when day 102 begins
        assert_eq!(
            [end(101), end(102), end(103), end(104)],
            [Some(0), None, Some(1), Some(2)]
        );
    }

    #[test]
    fn rows_come_out_sorted_and_what_became_of_them_is_said() {
        let bars = bars(BarInterval::minutes(60));
        let starts = bars.series().start().to_vec();
        let mut placer = Placer::new(&bars, RowTime::BarStart);
        placer.place(2, starts[3], "third");
        placer.place(3, starts[0], "first");
        placer.pass_over();
        placer.place(5, starts[3].plus_seconds(1), "none");
        let (rows, report) = placer.finish().unwrap();
        assert_eq!(rows, [(starts[0], "first"), (starts[3], "third")]);
        assert_eq!((report.rows, report.empty, report.unmatched), (3, 1, 1));
        assert_eq!(report.first_unmatched.map(|row| row.line), Some(5));
        assert!(!report.suits_bar_ends);
    }

    #[test]
    fn ends_that_were_taken_for_starts_are_noticed() {
        let bars = bars(BarInterval::minutes(60));
        let mut placer = Placer::new(&bars, RowTime::BarStart);
        for (line, &end) in (2..).zip(bars.end()) {
            placer.place(line, end, ());
        }
        let (rows, report) = placer.finish().unwrap();
        // each session's last end is the start of no bar
        assert!(!rows.is_empty() && report.unmatched == 6 && report.suits_bar_ends);
    }

    #[test]
    fn rows_that_cannot_be_placed_are_refused() {
        let bars = bars(BarInterval::minutes(60));
        let start = bars.series().start()[4];
        let mut twice = Placer::new(&bars, RowTime::BarStart);
        twice.place(9, start, ());
        twice.place(4, start, ());
        let refused = twice.finish().unwrap_err().to_string();
        assert!(
            refused.starts_with("lines 4 and 9 both belong to the bar of 2024-01-02T18:30:00Z"),
            "{refused}"
        );
        let mut off = Placer::new(&bars, RowTime::BarStart);
        off.place(2, start.plus_seconds(60), ());
        let refused = off.finish().unwrap_err().to_string();
        assert!(
            refused.contains("the 60min bars start at 2024-01-02T14:30:00Z, "),
            "{refused}"
        );
        assert!(refused.contains("which zone"), "{refused}");
        let mut close = Placer::new(&bars, RowTime::BarStart);
        close.place(2, bars.end()[6], ());
        let refused = close.finish().unwrap_err().to_string();
        assert!(refused.contains("say that the times are ends"), "{refused}");
        let empty = Placer::<()>::new(&bars, RowTime::BarStart);
        assert_eq!(empty.finish().unwrap_err(), BadTable::NoRows);
    }
}
