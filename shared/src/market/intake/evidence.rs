//! What the times of a whole file tell: how they are written, how far apart they are, at which minutes of which days bars
//! are, which rows are of another interval. It takes memory by days, not by rows.

use std::collections::{BTreeMap, BTreeSet};

use super::looks::DayLooks;
use super::runs::{Lone, Runs, USUAL};
use super::times::Moment;
use super::{Stretch, TimeForm};

const DAY: i64 = 86_400_000_000;
const MINUTE: i64 = 60_000_000;
/// So many steps that are all multiples of an interval are not so by chance, and others that are not are those between sessions.
pub(super) const MANY: u64 = 20;
/// More daily bars than a century and more has days.
const MOST_ZONED: usize = 50_000;

/// The minutes of a day at which bars are.
pub(super) type Minutes = [u64; 23];

/// Minutes by day.
#[derive(Debug, Clone, Default)]
pub(super) struct Days {
    days: BTreeMap<i32, Minutes>,
    current: Option<(i32, Minutes)>,
}

impl Days {
    pub(super) fn add(&mut self, at: i64) {
        let day = at.div_euclid(DAY) as i32;
        let minute = (at.rem_euclid(DAY) / MINUTE) as usize;
        if self.current.is_none_or(|(current, _)| current != day) {
            self.flush();
            self.current = Some((day, [0; 23]));
        }
        if let Some((_, minutes)) = &mut self.current
            && let Some(word) = minutes.get_mut(minute / 64)
        {
            *word |= 1 << (minute % 64);
        }
    }

    fn flush(&mut self) {
        if let Some((day, minutes)) = self.current.take() {
            let known = self.days.entry(day).or_insert([0; 23]);
            for (known, new) in known.iter_mut().zip(minutes) {
                *known |= new;
            }
        }
    }

    /// Every day with its minutes.
    pub(super) fn all(&mut self) -> &BTreeMap<i32, Minutes> {
        self.flush();
        &self.days
    }
}

/// What was seen of one column of times, read in one way.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    /// Values that are times.
    pub(super) times: u64,
    /// How they are written.
    pub(super) forms: BTreeMap<TimeForm, u64>,
    /// Times without a zone.
    pub(super) wall: Days,
    /// Points in time.
    pub(super) instants: Days,
    /// How many values without a zone there are.
    pub(super) walls: u64,
    /// How many of them are dates, or midnight.
    pub(super) midnights: u64,
    /// How many of them are dates.
    pub(super) dates: u64,
    /// Those points in time that are written with an offset or a zone, and what their clocks showed: as many as daily bars can be.
    pub(super) zoned: Vec<(i64, i64)>,
    /// Steps from one row to the next, without their sign.
    steps: BTreeMap<i64, u64>,
    /// Rows that are later than the one before, earlier, and not later.
    pub(super) forwards: u64,
    earlier: u64,
    pub(super) backwards: u64,
    pub(super) runs: Runs,
    previous: Option<i64>,
    last_form: Option<(TimeForm, u64)>,
    /// The first value that is no time, and why.
    pub(super) unread: Option<String>,
}

impl Evidence {
    /// A file begins: from the last row of the one before no step is taken.
    pub(super) fn new_file(&mut self) {
        self.runs.finish();
        self.previous = None;
    }

    /// Whether each minute has a row at most: then the rows are of one series, whatever a column says that parts them.
    pub(super) fn comes_once(&mut self) -> bool {
        let days = self.wall.all().values().chain(self.instants.all().values());
        let minutes = days.flatten().map(|word| u64::from(word.count_ones()));
        minutes.sum::<u64>() == self.times
    }

    /// Whether the last time is that of a whole minute.
    pub(super) fn is_of_minutes(&self) -> bool {
        self.previous.is_none_or(|at| at % MINUTE == 0)
    }

    /// Takes one value.
    pub(super) fn add(&mut self, moment: Moment, form: TimeForm, file: u32, line: u64) {
        let at = match moment {
            Moment::Utc(at) => {
                self.instants.add(at);
                at
            }
            Moment::Zoned { at, wall } => {
                self.instants.add(at);
                if self.zoned.len() < MOST_ZONED {
                    self.zoned.push((at, wall));
                }
                at
            }
            Moment::Wall(at) | Moment::Date(at) => {
                self.walls += 1;
                self.dates += u64::from(matches!(moment, Moment::Date(_)));
                self.midnights += u64::from(at % DAY == 0);
                self.wall.add(at);
                at
            }
            Moment::Clock(_) => return,
        };
        self.times += 1;
        match &mut self.last_form {
            Some((last, count)) if *last == form => *count += 1,
            _ => {
                self.flush_form();
                self.last_form = Some((form, 1));
            }
        }
        let step = self
            .previous
            .replace(at)
            .map(|previous| at.saturating_sub(previous));
        self.runs.add(at, step, file, line);
        match step {
            Some(step) if step != 0 => {
                if step > 0 {
                    self.forwards += 1;
                } else {
                    self.earlier += 1;
                    self.backwards += 1;
                }
                self.step(step.saturating_abs());
            }
            Some(_) => self.backwards += 1,
            None => {}
        }
    }

    /// Counts a step; so many different ones are told apart.
    fn step(&mut self, step: i64) {
        const MOST: usize = 4_096;
        if self.steps.len() < MOST || self.steps.contains_key(&step) {
            *self.steps.entry(step).or_default() += 1;
        }
    }

    fn flush_form(&mut self) {
        if let Some((form, count)) = self.last_form.take() {
            *self.forms.entry(form).or_default() += count;
        }
    }

    /// All rows are in.
    pub(super) fn finish(&mut self) {
        self.runs.finish();
        self.flush_form();
    }

    /// The most frequent step, the shorter of two equally frequent, and how many of how many steps it is.
    pub(super) fn step_of_most(&self) -> Option<(i64, u64, u64)> {
        let all = self.steps.values().sum();
        // of equal counts the last one wins, so from long to short
        let longest_first = self.steps.iter().rev();
        let most = longest_first.max_by_key(|(_, count)| **count);
        most.map(|(step, count)| (*step, *count, all))
    }

    /// Whether a step may be the interval: whether enough others are whole multiples of it, as they are where bars are missing,
    /// and it is that of a quarter itself, or all are.
    pub(super) fn is_common(&self, step: i64) -> bool {
        let all: u64 = self.steps.values().sum();
        let multiples = self.steps.iter().filter(|(other, _)| *other % step == 0);
        let own = self.steps.get(&step).copied().unwrap_or(0);
        multiples.map(|(_, count)| count).sum::<u64>() * 4 >= all
            && (own * 4 >= all || self.are_multiples_of(step))
    }

    /// Whether every row is a multiple of a length from the row before.
    pub(super) fn are_multiples_of(&self, length: i64) -> bool {
        self.steps.keys().all(|step| step % length == 0)
    }

    /// The longest usual interval from a minute on of which every step is a multiple, in seconds, and how many steps are that long:
    /// what bars are of where most are missing. Ticks are by chance on the grid of their second.
    pub(super) fn grid(&self) -> Option<(u32, u64)> {
        let mut longest_first = USUAL.into_iter().rev().filter(|usual| *usual >= 60);
        let micros = |seconds: u32| i64::from(seconds) * 1_000_000;
        let grid = longest_first.find(|usual| self.are_multiples_of(micros(*usual)))?;
        let own = self.steps.get(&micros(grid)).copied().unwrap_or(0);
        Some((grid, own))
    }

    /// Whether every row is at a time where bars of so many minutes begin or end, whatever the zone, and whole such bars from the
    /// row before.
    pub(super) fn are_whole(&mut self, minutes: u32) -> bool {
        // zones and sessions are half hours apart
        let grid = (minutes as usize).min(30);
        let is_on = |of: &Minutes| {
            let has = |minute: &usize| {
                of.get(minute / 64)
                    .is_some_and(|word| word >> (minute % 64) & 1 == 1)
            };
            (0..1_440).filter(has).all(|minute| minute % grid == 0)
        };
        self.are_multiples_of(i64::from(minutes) * MINUTE)
            && self.wall.all().values().all(is_on)
            && self.instants.all().values().all(is_on)
    }

    /// Whether rows come in twos, a step apart, and the twos at least half a day from each other; and how many twos there are.
    pub(super) fn twos(&self, step: i64) -> Option<u64> {
        let of = |wanted: &dyn Fn(i64) -> bool| {
            let steps = self.steps.iter().filter(|(other, _)| wanted(**other));
            steps.map(|(_, count)| count).sum::<u64>()
        };
        let (twos, between) = (of(&|other| other == step), of(&|other| other >= DAY / 2));
        let all: u64 = self.steps.values().sum();
        (twos + between == all && twos <= between + 1).then_some(twos)
    }

    /// Whether rows enough tell the interval: most are equally far apart, and of few all are multiples of that.
    pub(super) fn is_even(&self) -> bool {
        /// So many that are equal by chance.
        const CHANCE: u64 = 3;
        self.step_of_most().is_some_and(|(step, count, all)| {
            let all_fit = all >= MANY || self.are_multiples_of(step);
            count * 2 > all && all > CHANCE && all_fit
        })
    }

    /// Whether the rows may be days: whether each is whole days from the row before, or each is at a time of day that is midnight,
    /// an open or a close somewhere, which are whole and half hours, or just before it.
    pub(super) fn may_be_daily(&mut self) -> bool {
        const HOUR: i64 = 60 * MINUTE;
        let is_whole = |step: &i64| (step + HOUR).rem_euclid(DAY) <= 2 * HOUR;
        if !self.steps.is_empty() && self.steps.keys().all(is_whole) {
            return true;
        }
        let is_edge = |minute: usize| matches!(minute % 30, 0 | 29);
        let are_edges = |minutes: &Minutes| {
            let has = |minute: &usize| {
                let word = minutes.get(minute / 64).copied().unwrap_or(0);
                word >> (minute % 64) & 1 == 1
            };
            (0..1_440).filter(has).all(is_edge)
        };
        self.wall.all().values().all(are_edges) && self.instants.all().values().all(are_edges)
    }

    /// The stretches of another interval than that of the file, which is a step, by line.
    pub(super) fn foreign(&self, step: i64, looks: DayLooks<'_>) -> Vec<Stretch> {
        let is_day = |file: u32, line: u64| looks.is_one(file, line);
        let mut found = self.runs.foreign(step, &is_day);
        if self.is_even() {
            let edges = self.runs.edges(step, &is_day).into_iter();
            let new: Vec<Stretch> = edges
                .filter(|new| looks.are(new) && !found.iter().any(|known| known.overlaps(new)))
                .collect();
            found.extend(new);
            found.sort_by_key(|stretch| (stretch.file, stretch.first_line));
        }
        found
    }

    /// The first and the last row, where they alone are at midnight, as rows of days are, an hour at least and two steps from the row
    /// beside them, in a file whose rows are evenly apart.
    pub(super) fn lone_midnights(&mut self, step: i64) -> Vec<Lone> {
        let apart = (60 * MINUTE).max(2 * step);
        let is_midnight = |minutes: &&Minutes| minutes.first().is_some_and(|word| word & 1 == 1);
        let walls = self.wall.all().values().filter(is_midnight).count();
        let midnights = walls + self.instants.all().values().filter(is_midnight).count();
        let is_lone = |row: &Lone| row.at % DAY == 0 && row.step >= apart;
        let found: Vec<Lone> = match self.is_even() {
            true => (self.runs.ends().into_iter().flatten())
                .filter(is_lone)
                .collect(),
            false => Vec::new(),
        };
        match found.len() == midnights {
            true => found,
            false => Vec::new(),
        }
    }

    /// How many rows there are a day, of days that have any.
    pub(super) fn a_day(&mut self) -> f64 {
        let days = self.wall.all().len() + self.instants.all().len();
        self.times as f64 / days.max(1) as f64
    }

    /// Whether nearly every row has a time of its own, and most are a day or more apart.
    pub(super) fn is_a_row_a_day(&self) -> bool {
        // clocks may have changed between two days
        const SHORTEST: i64 = 23 * 60 * MINUTE;
        let repeated = self.backwards - self.earlier;
        let are_days = self
            .step_of_most()
            .is_some_and(|(step, count, all)| step >= SHORTEST && count * 2 > all);
        self.times >= 3 && repeated * 100 <= self.times && are_days
    }

    /// Whether rows are of the days from Monday to Friday only, by the clock that they are written by, and most weeks begin at its
    /// midnight: then the file was cut by days, and where a week begins does not tell what times stand for.
    pub(super) fn is_cut_by_days(&mut self) -> bool {
        let mut firsts: BTreeMap<i32, i64> = BTreeMap::new();
        let mut take = |wall: i64| {
            let first = firsts.entry(wall.div_euclid(DAY) as i32).or_insert(DAY);
            *first = (*first).min(wall.rem_euclid(DAY));
        };
        self.zoned.iter().for_each(|(_, wall)| take(*wall));
        for (day, minutes) in self.wall.all() {
            let is_midnight = minutes.first().is_some_and(|word| word & 1 == 1);
            take(i64::from(*day) * DAY + i64::from(!is_midnight));
        }
        // 1970-01-01 was a Thursday
        let weekday = |day: &i32| (day + 3).rem_euclid(7);
        let mondays = firsts.iter().filter(|(day, _)| weekday(day) == 0);
        let (all, cut) = mondays.fold((0, 0), |(all, cut), (_, first)| {
            (all + 1, cut + u64::from(*first == 0))
        });
        all > 0 && cut * 4 >= all * 3 && firsts.keys().all(|day| weekday(day) < 5)
    }

    /// The days on which there are rows, by the clock that they are written by.
    pub(super) fn days(&mut self) -> BTreeSet<i32> {
        let mut days: BTreeSet<i32> = self.wall.all().keys().copied().collect();
        let zoned = self
            .zoned
            .iter()
            .map(|(_, wall)| wall.div_euclid(DAY) as i32);
        match self.walls + self.zoned.len() as u64 == self.times {
            true => days.extend(zoned),
            false => days.extend(self.instants.all().keys()),
        }
        days
    }

    /// Whether the newest rows come first.
    pub(super) fn is_reversed(&self) -> bool {
        self.earlier > self.forwards
    }
}
