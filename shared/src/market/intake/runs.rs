//! Rows of another interval in the midst of the others, such as daily rows before the hours begin. Found in one pass, without
//! the interval being known: for every usual interval, stretches of rows that are that far apart and at the same phase.

use super::Stretch;
use crate::base::time::{BarInterval, Timestamp};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
const HOUR: i64 = 3_600 * SECOND;
/// Daily rows may be at two times of day, at least and at most so far apart: as far as clocks differ, not as openings from closes.
const LEAST_APART: i64 = 2 * HOUR;
const MOST_APART: i64 = 4 * HOUR;

/// The intervals that bars usually have, in seconds.
pub(super) const USUAL: [u32; 16] = [
    1, 5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 86_400,
];

/// So many rows make a stretch. A market with few trades may have some bars far apart, but not so many at one phase.
const LEAST: u64 = 20;
/// At the beginning or the end of a file whose other rows are evenly apart so many rows of days do.
const LEAST_AT_EDGE: u64 = 2;
/// So many stretches are kept for an interval; there are more only of the file's own, or of a finer one.
const MOST: usize = 200;

/// A stretch of rows.
#[derive(Debug, Clone, Copy)]
struct Run {
    file: u32,
    first_line: u64,
    last_line: u64,
    rows: u64,
    first: i64,
    last: i64,
    /// The line and the time of the row before the last.
    before_last: (u64, i64),
    /// How far the first row is from the one before, and the line and the time of the one after.
    step: i64,
    second: (u64, i64),
    /// How long after the first row's time of day a second row of each day is.
    also_at: Option<i64>,
}

#[derive(Debug, Clone, Default)]
struct OfInterval {
    current: Option<Run>,
    runs: Vec<Run>,
    is_full: bool,
    /// Shorter stretches at the beginning and at the end of a file, and the line where it begins.
    edges: Vec<Run>,
    begins: Option<(u32, u64)>,
}

/// A row, and how far the one beside it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lone {
    pub(super) at: i64,
    pub(super) step: i64,
    file: u32,
    line: u64,
}

/// Stretches of rows that are at least so far apart, and of rows that are closer together.
#[derive(Debug, Clone)]
pub(super) struct Runs {
    apart: [OfInterval; USUAL.len()],
    /// Rows at one step; the step, and the rows so far.
    even: Option<(i64, Run)>,
    evens: Vec<(i64, Run)>,
    previous: Option<(i64, u64)>,
    /// The first row, and the last one.
    first: Option<Lone>,
    last: Option<Lone>,
}

impl Default for Runs {
    fn default() -> Self {
        Self {
            apart: core::array::from_fn(|_| OfInterval::default()),
            even: None,
            evens: Vec::new(),
            previous: None,
            first: None,
            last: None,
        }
    }
}

impl Runs {
    /// Takes the time of a row, and how far it is from the row before.
    pub(super) fn add(&mut self, at: i64, step: Option<i64>, file: u32, line: u64) {
        let step = step.map_or(0, i64::saturating_abs);
        let lone = Lone {
            at,
            step,
            file,
            line,
        };
        let row = Run::of(lone);
        match &mut self.first {
            None => self.first = Some(lone),
            Some(first) if first.step == 0 => first.step = step,
            Some(_) => {}
        }
        self.last = Some(lone);
        for (usual, of) in USUAL.into_iter().zip(&mut self.apart) {
            of.add(i64::from(usual) * SECOND, step, row);
        }
        self.add_even(step, row);
        self.previous = Some((at, line));
    }

    fn add_even(&mut self, step: i64, row: Run) {
        match &mut self.even {
            Some((of, run)) if *of == step && step > 0 => run.extend(row),
            _ => {
                self.keep_even();
                self.even = match self.previous.filter(|_| step > 0) {
                    Some((at, line)) => {
                        let mut run = Run {
                            first_line: line,
                            last_line: line,
                            first: at,
                            last: at,
                            ..row
                        };
                        run.extend(row);
                        Some((step, run))
                    }
                    None => None,
                };
            }
        }
    }

    fn keep_even(&mut self) {
        const MOST_EVEN: usize = 50_000;
        if let Some((step, run)) = self.even.take()
            && run.rows >= LEAST
            && self.evens.len() < MOST_EVEN
        {
            self.evens.push((step, run));
        }
    }

    /// No more rows follow the last one.
    pub(super) fn finish(&mut self) {
        for of in &mut self.apart {
            of.end();
        }
        self.keep_even();
        self.previous = None;
    }

    /// The stretches of another interval than that of the file, by line.
    pub(super) fn foreign(&self, step: i64) -> Vec<Stretch> {
        let mut found: Vec<Stretch> = Vec::new();
        let coarser = USUAL.into_iter().zip(&self.apart).rev();
        let coarser =
            coarser.filter(|(usual, of)| i64::from(*usual) * SECOND > step && !of.is_full);
        for (usual, of) in coarser {
            let runs = of.runs.iter().filter(|run| run.is_of_days(step));
            let new: Vec<Stretch> = runs.map(|run| run.stretch(usual)).collect();
            found.extend(
                new.into_iter()
                    .filter(|new| !found.iter().any(|known| known.overlaps(new)))
                    .collect::<Vec<_>>(),
            );
        }
        let finer = self
            .evens
            .iter()
            .filter(|(of, _)| *of < step && *of % SECOND == 0);
        if finer.clone().count() <= MOST {
            let new = finer.map(|(of, run)| run.stretch((*of / SECOND) as u32));
            let new: Vec<Stretch> = new
                .filter(|new| !found.iter().any(|known| known.overlaps(new)))
                .collect();
            found.extend(new);
        }
        found.sort_by_key(|stretch| (stretch.file, stretch.first_line));
        found
    }
}

impl Runs {
    /// The stretches of days that are too short to be any elsewhere than at the beginning or the end of a file whose bars are evenly a
    /// step apart.
    pub(super) fn edges(&self, step: i64) -> Vec<Stretch> {
        let days = USUAL.into_iter().zip(&self.apart).next_back();
        let Some((usual, of)) = days.filter(|(usual, _)| i64::from(*usual) * SECOND > step) else {
            return Vec::new();
        };
        // the last bar before the days may be at their time of day
        let whole = of.edges.iter().map(|run| match run.step {
            0 => *run,
            before if before > step => *run,
            _ => run.without_first(),
        });
        let enough = whole.filter(|run| run.rows >= LEAST_AT_EDGE && run.is_of_days(step));
        enough.map(|run| run.stretch(usual)).collect()
    }

    /// The first row and the last one, where there are others between them.
    pub(super) fn ends(&self) -> [Option<Lone>; 2] {
        [self.first, self.last]
    }
}

impl Lone {
    /// It alone, as a row of a day.
    pub(super) fn stretch(self) -> Stretch {
        Run::of(self).stretch(86_400)
    }
}

impl OfInterval {
    /// A row belongs to a stretch if it has the phase of the stretch and the row after it is as far away. Of days there may be
    /// two rows each, a few hours apart: two exports in one file.
    fn add(&mut self, usual: i64, step: i64, row: Run) {
        self.begins.get_or_insert((row.file, row.first_line));
        match &mut self.current {
            Some(run) if step >= usual && run.phase(usual, row.first) == 0 => run.extend(row),
            Some(run) if run.has_second(usual, step, row.first) => {
                run.note_second(row.first);
                run.extend(row);
            }
            Some(_) if step >= usual => {
                self.keep(0);
                self.current = Some(row);
            }
            _ => {
                // the last row is too close to this one
                self.keep(1);
                self.current = Some(row);
            }
        }
    }

    fn end(&mut self) {
        let last = self.current;
        let kept = self.runs.len();
        self.keep(0);
        // at the beginning as well: then there is nothing else
        if let Some(run) = last.filter(|run| self.runs.len() == kept && !self.is_first(run)) {
            self.keep_edge(run);
        }
        self.begins = None;
    }

    fn keep_edge(&mut self, run: Run) {
        if self.edges.len() < MOST {
            self.edges.push(run);
        }
    }

    fn is_first(&self, run: &Run) -> bool {
        self.begins == Some((run.file, run.first_line))
    }

    fn keep(&mut self, too_many: u64) {
        let Some(run) = self.current.take() else {
            return;
        };
        let rows = run.rows - too_many;
        if rows < LEAST {
            if rows >= LEAST_AT_EDGE && self.is_first(&run) {
                self.keep_edge(match too_many {
                    0 => run,
                    _ => run.without_last(),
                });
            }
            return;
        }
        self.is_full |= self.runs.len() >= MOST;
        if !self.is_full {
            self.runs.push(if too_many == 0 {
                run
            } else {
                run.without_last()
            });
        }
    }
}

impl Run {
    /// Of one row.
    fn of(row: Lone) -> Self {
        let Lone {
            at,
            step,
            file,
            line,
        } = row;
        Self {
            file,
            first_line: line,
            last_line: line,
            rows: 1,
            first: at,
            last: at,
            before_last: (line, at),
            step,
            second: (line, at),
            also_at: None,
        }
    }

    /// How far a time is from the first one, but for whole intervals.
    fn phase(&self, usual: i64, at: i64) -> i64 {
        (at - self.first).rem_euclid(usual)
    }

    /// Whether a row, one step after the last one, is at one of two times of day of daily rows; the second one is among the first
    /// rows.
    fn has_second(&self, usual: i64, step: i64, at: i64) -> bool {
        let phase = self.phase(DAY, at);
        let is_near = phase <= MOST_APART || phase >= DAY - MOST_APART;
        let is_known = match self.also_at {
            Some(also) => phase == 0 || phase == also,
            None => self.rows < 3 && phase % HOUR == 0 && is_near,
        };
        usual == DAY && step >= LEAST_APART && is_known
    }

    /// Remembers the second time of day of daily rows.
    fn note_second(&mut self, at: i64) {
        let phase = self.phase(DAY, at);
        if phase != 0 {
            self.also_at = Some(phase);
        }
    }

    /// Whether daily rows at two times of day are further apart than the bars of the file, so that they are none of these.
    fn is_of_days(&self, step: i64) -> bool {
        self.also_at.is_none_or(|also| also.min(DAY - also) > step)
    }

    fn without_last(self) -> Self {
        Self {
            last_line: self.before_last.0,
            last: self.before_last.1,
            rows: self.rows - 1,
            ..self
        }
    }

    fn without_first(self) -> Self {
        Self {
            first_line: self.second.0,
            first: self.second.1,
            rows: self.rows - 1,
            ..self
        }
    }

    fn extend(&mut self, row: Self) {
        if self.rows == 1 {
            self.second = (row.last_line, row.last);
        }
        self.before_last = (self.last_line, self.last);
        self.last_line = row.last_line;
        self.last = row.last;
        self.rows += 1;
    }

    fn stretch(&self, seconds: u32) -> Stretch {
        let shown = |at: i64| {
            let at = Timestamp(at).to_string();
            at.trim_end_matches('Z').replace('T', " ")
        };
        Stretch {
            file: self.file,
            first_line: self.first_line,
            last_line: self.last_line,
            rows: self.rows,
            interval: match seconds {
                86_400.. => BarInterval::Day,
                seconds => BarInterval::Seconds(seconds),
            },
            first: shown(self.first),
            last: shown(self.last),
            days: (self.first.min(self.last).div_euclid(DAY) as i32)
                ..=(self.first.max(self.last).div_euclid(DAY) as i32),
        }
    }
}

impl Stretch {
    /// Whether a line lies in it.
    pub(super) fn holds(&self, file: u32, line: u64) -> bool {
        file == self.file && (self.first_line..=self.last_line).contains(&line)
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.file == other.file
            && self.first_line <= other.last_line
            && other.first_line <= self.last_line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of rows at these seconds, a line each.
    fn of(times: &[i64]) -> Runs {
        let mut runs = Runs::default();
        let mut previous = None;
        for (line, &seconds) in (1..).zip(times) {
            let at = seconds * SECOND;
            let step = previous.replace(at).map(|previous| at - previous);
            runs.add(at, step, 0, line);
        }
        runs.finish();
        runs
    }

    fn foreign(times: &[i64], step: i64) -> Vec<(u64, u64, u64, String)> {
        let found = of(times).foreign(step * SECOND);
        found
            .iter()
            .map(|s| (s.first_line, s.last_line, s.rows, s.interval.to_string()))
            .collect()
    }

    const D: i64 = 86_400;

    #[test]
    fn daily_rows_before_and_after_hours_are_found_to_the_line() {
        let days = |from: i64, count: i64| (0..count).map(move |day| (from + day) * D);
        let hours =
            |from: i64, count: i64| (0..count).map(move |hour| from * D + 3_600 + hour * 3_600);
        let before: Vec<i64> = days(0, 50).chain(hours(60, 900)).collect();
        assert_eq!(foreign(&before, 3_600), [(1, 50, 50, "1day".to_owned())]);
        let joined: Vec<i64> = days(0, 50).chain(hours(50, 900)).collect();
        assert_eq!(foreign(&joined, 3_600), [(1, 50, 50, "1day".to_owned())]);
        let after: Vec<i64> = hours(0, 900).chain(days(100, 30)).collect();
        assert_eq!(foreign(&after, 3_600), [(901, 930, 30, "1day".to_owned())]);
        // a weekend now and then makes no stretch, nor do rows that are merely rare
        let weeks: Vec<i64> = (0..30).flat_map(|week| hours(week * 7, 110)).collect();
        assert_eq!(foreign(&weeks, 3_600), []);
        let rare: Vec<i64> = (0..2_000).map(|row| row * 60 * (1 + row % 7)).collect();
        assert_eq!(foreign(&rare, 60), []);
    }

    #[test]
    fn daily_rows_at_two_times_of_day_are_found() {
        // of two clocks, then of one, and from a day on hours, which begin with the row of the day
        let first = [10_800, D + 10_800].into_iter();
        let both = (2..40).flat_map(|day| [day * D, day * D + 10_800]);
        let one = (40..90).map(|day| day * D);
        let days: Vec<i64> = first.chain(both).chain(one).collect();
        let hours = (0..900).map(|hour| 90 * D + hour * 3_600);
        let times: Vec<i64> = days.iter().copied().chain(hours).collect();
        assert_eq!(foreign(&times, 3_600), [(1, 128, 128, "1day".to_owned())]);
        // two bars of each day are those of the file, and so are an opening and a close
        let four: Vec<i64> = (0..60)
            .flat_map(|day| [day * D, day * D + 14_400])
            .collect();
        assert_eq!(foreign(&four, 14_400), []);
        let edges = (0..60).flat_map(|day| [day * D, day * D + 23_400]);
        let minutes = (0..9_000).map(|minute| 90 * D + minute * 60);
        let times: Vec<i64> = edges.chain(minutes).collect();
        assert_eq!(
            foreign(&times, 60)
                .iter()
                .filter(|it| it.3 == "1day")
                .count(),
            0
        );
    }

    #[test]
    fn a_few_rows_of_days_are_found_at_the_beginning_and_at_the_end() {
        let edges = |times: &[i64], step: i64| {
            let found = of(times).edges(step * SECOND);
            let lines = found.iter().map(|it| (it.first_line, it.last_line));
            lines.collect::<Vec<_>>()
        };
        let minutes = |day: i64| (0..390).map(move |minute| day * D + 48_600 + minute * 60);
        let sessions = || (0..5).flat_map(minutes);
        let midnights = |from: i64, count: i64| (from..from + count).map(|day| day * D);
        let after: Vec<i64> = sessions().chain(midnights(5, 3)).collect();
        assert_eq!(edges(&after, 60), [(1_951, 1_953)]);
        let before: Vec<i64> = midnights(-4, 4).chain(sessions()).collect();
        assert_eq!(edges(&before, 60), [(1, 4)]);
        // of a market that never closes the last minute is at midnight as well
        let always: Vec<i64> = (0..=2_880).map(|minute| minute * 60).collect();
        let days: Vec<i64> = always.iter().copied().chain(midnights(3, 2)).collect();
        assert_eq!(edges(&days, 60), [(2_882, 2_883)]);
        // sessions alone, and a single row
        let one: Vec<i64> = sessions().chain(midnights(5, 1)).collect();
        for none in [sessions().collect::<Vec<i64>>(), always, one] {
            assert_eq!(edges(&none, 60), []);
        }
    }

    #[test]
    fn minutes_in_a_file_of_hours_are_found() {
        let hours = (0..500).map(|hour| hour * 3_600);
        let minutes = (0..120).map(|minute| 600 * 3_600 + minute * 60);
        let times: Vec<i64> = hours.chain(minutes).collect();
        assert_eq!(foreign(&times, 3_600), [(501, 620, 120, "1min".to_owned())]);
    }
}
