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
/// How far the first row of a file is from the one before.
const NONE_BEFORE: i64 = i64::MAX;
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
    /// How many rows after the first one are at its phase.
    in_phase: u64,
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

    /// The stretches of another interval than that of the file, by line; `is_day` tells of a line whether it looks like a day.
    pub(super) fn foreign(&self, step: i64, is_day: &impl Fn(u32, u64) -> bool) -> Vec<Stretch> {
        let mut found: Vec<Stretch> = Vec::new();
        let coarser = USUAL.into_iter().zip(&self.apart).rev();
        let coarser =
            coarser.filter(|(usual, of)| i64::from(*usual) * SECOND > step && !of.is_full);
        for (usual, of) in coarser {
            let runs = of.runs.iter().filter(|run| run.rows >= LEAST);
            let runs = runs.map(|run| match i64::from(usual) * SECOND == DAY {
                true => run.without_bar(step, is_day),
                false => *run,
            });
            let runs = runs.filter(|run| run.is_of_days(step));
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
    pub(super) fn edges(&self, step: i64, is_day: &impl Fn(u32, u64) -> bool) -> Vec<Stretch> {
        let days = USUAL.into_iter().zip(&self.apart).next_back();
        let Some((usual, of)) = days.filter(|(usual, _)| i64::from(*usual) * SECOND > step) else {
            return Vec::new();
        };
        let whole = of.edges.iter().map(|run| run.without_bar(step, is_day));
        let enough = whole.filter(|run| {
            let least = if run.begins_with_a_day() {
                1
            } else {
                LEAST_AT_EDGE
            };
            run.rows >= least && run.is_of_days(step)
        });
        enough.map(|run| run.stretch(usual)).collect()
    }

    /// How far the last row is from the one before, where that is further than a bar of an hour, or an hour to midnight.
    pub(super) fn apart(&self) -> Option<i64> {
        let is_apart =
            |row: &Lone| row.step >= LEAST_APART || row.at % DAY == 0 && row.step >= HOUR;
        self.last.filter(is_apart).map(|row| row.step)
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
        let mut row = row;
        if self.begins.is_none() {
            self.begins = Some((row.file, row.first_line));
            row.step = NONE_BEFORE;
        }
        if let Some(run) = &mut self.current {
            if run.take(usual, step, row) {
                return;
            }
            if let Some(mut later) = run.without_first()
                && later.take(usual, step, row)
            {
                *run = later;
                return;
            }
        }
        // where it is closer than that, the row before is too close to it
        self.keep(u64::from(step < usual));
        self.current = Some(row);
    }

    fn end(&mut self) {
        let last = self.current;
        self.keep(0);
        // at the beginning as well: then there is nothing else
        if let Some(run) = last.filter(|run| run.rows >= LEAST_AT_EDGE && !self.is_first(run)) {
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
            if run.rows >= LEAST_AT_EDGE && self.is_first(&run) {
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
            in_phase: 0,
        }
    }

    /// Takes a row that is one step after the last one, if it belongs to it.
    fn take(&mut self, usual: i64, step: i64, row: Self) -> bool {
        if step >= usual && self.phase(usual, row.first) == 0 {
            self.in_phase += 1;
        } else if self.has_second(usual, step, row.first) {
            self.note_second(row.first);
        } else {
            return false;
        }
        self.extend(row);
        true
    }

    /// The same from its second row on, where so far all but the first one are at another time of day: then that one may be the last
    /// bar before the days.
    fn without_first(&self) -> Option<Self> {
        let is_short = (2..=3).contains(&self.rows) && self.in_phase == 0;
        (is_short && self.also_at.is_some()).then(|| Self {
            first_line: self.second.0,
            first: self.second.1,
            second: (self.last_line, self.last),
            rows: self.rows - 1,
            step: self.second.1.saturating_sub(self.first).saturating_abs(),
            also_at: None,
            in_phase: self.rows - 2,
            ..*self
        })
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
        match phase {
            0 => self.in_phase += 1,
            _ => self.also_at = Some(phase),
        }
    }

    /// Whether daily rows at two times of day are further apart than the bars of the file, so that they are none of these.
    fn is_of_days(&self, step: i64) -> bool {
        self.also_at.is_none_or(|also| also.min(DAY - also) > step)
    }

    /// The same without its last row, which may be the only one at the second time of day: then it is the first bar after the days.
    fn without_last(self) -> Self {
        let is_in_phase = self.rows > 1 && self.phase(DAY, self.last) == 0;
        let in_phase = self.in_phase - u64::from(is_in_phase && self.in_phase > 0);
        Self {
            also_at: self.also_at.filter(|_| in_phase + 2 < self.rows),
            in_phase,
            last_line: self.before_last.0,
            last: self.before_last.1,
            rows: self.rows - 1,
            ..self
        }
    }

    /// The same without its first row, where that follows the row before as bars of the file do: the last bar before the days may be
    /// at their time of day, or as far from it as a second row of each day.
    fn without_bar(self, step: i64, is_day: &impl Fn(u32, u64) -> bool) -> Self {
        let is_bar = self.step <= step && !is_day(self.file, self.first_line);
        if !is_bar {
            return self;
        }
        Self {
            first_line: self.second.0,
            first: self.second.1,
            rows: self.rows - 1,
            // the others may all be at one time of day
            also_at: self.also_at.filter(|_| self.in_phase > 0),
            ..self
        }
    }

    /// Whether it begins with the first row of a file and that is at midnight, as rows of days are.
    fn begins_with_a_day(&self) -> bool {
        self.step == NONE_BEFORE && self.first % DAY == 0
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
mod tests;
