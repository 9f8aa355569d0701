//! What follows from the evidence of a whole file: decimal sign, interval and zone.

use super::*;
use crate::base::time::Timestamp;
use crate::market::calendar::Calendar;
use crate::market::intake::Stretch;
use crate::market::intake::clock::{Local, WallClock};
use crate::market::intake::columns::{plain, zone_in_name};
use crate::market::intake::delimited::shown;
use crate::market::intake::evidence::MANY;
use crate::market::intake::hours::{EITHER_SIDE, Finder, NO_EDGES, Place};
use crate::market::intake::looks::DayLooks;
use crate::market::intake::runs::Lone;

/// Why a habit is proposed.
pub(in crate::market::intake) const HABIT: &str =
    "the times do not tell; so it was for the last import that was written like this";
/// The same, where it was only assumed for that one, too.
pub(in crate::market::intake) const ASSUMED_HABIT: &str =
    "the times do not tell; so it was assumed for the last import that was written like this";
/// The same, where that one had bars before and after the sessions as well, so that most bars may lie there.
pub(in crate::market::intake) const WIDE_HABIT: &str = "the times do not tell; so it was for the last import that was written like this, which had bars before and after the sessions as well";

/// Why the interval of stored bars is taken where no row is after another.
const A_ROW_LIKE_BEFORE: &str =
    "no row is after another, which would tell; so it is for the bars that are stored";

/// What is said where bars lie before the sessions and nothing tells the side.
const EITHER_SIDE_NOTE: &str = "the times do not tell whether they are starts or ends of bars, as there are bars before the sessions as well: they are read as starts; where they are ends, say so (--labels end)";

/// The same, where most sessions have no bar at their open.
const NO_EDGES_NOTE: &str = "the times do not tell whether they are starts or ends of bars, as most sessions have no bar at their open: they are read as starts; where they are ends, say so (--labels end)";

/// Why ends are proposed where bars lie before the sessions, so that starts would be as likely.
const ENDS_BY_HABIT: &str = "the times do not tell, as there are bars before the sessions as well; so it was for the last import that was written like this";

/// What is said of them: the same writing may be that of another source.
const ENDS_BY_HABIT_NOTE: &str = "the times do not tell whether they are starts or ends of bars, as there are bars before the sessions as well: they are read as ends, as those of the last import that was written like this; where they are starts, say so (--labels start)";

/// What is said of one row that is taken for a bar as long as those stored.
pub(super) fn a_row_alone(interval: &Choice<BarInterval>) -> Option<String> {
    let is_short = interval.value != BarInterval::Day;
    (is_short && interval.evidence == A_ROW_LIKE_BEFORE).then(|| {
        format!(
            "a single row does not tell how long its bar is: it is taken for one of {}, as the bars that are stored are; give the interval if it is another (--interval)",
            interval.value
        )
    })
}

/// Why bars are of four hours that are 150 minutes apart.
const CUT_SHORT: &str = "two rows a session, 150 minutes apart: ends of bars of four hours, of which the close cuts the second one short";

/// The interval of bars of which most are missing.
fn illiquid(grid: u32, own: u64, all: u64) -> Choice<BarInterval> {
    let interval = BarInterval::Seconds(grid);
    let why = format!(
        "rows are as far apart as they happen to be, always by multiples of {interval}, and {own} of {all} by just that, as where most bars of a market are missing"
    );
    Choice::assumed(interval, why)
}

/// Rows this far apart are of weeks or months: no two sessions that follow each other are.
const LONG_STEP: i64 = 6 * 86_400_000_000;

/// Whether the name of a column of times says that they are the ends of bars.
fn names_ends(name: &str) -> bool {
    const NAMES: [&str; 8] = [
        "closetime",
        "timeclose",
        "endtime",
        "timeend",
        "barend",
        "end",
        "windowend",
        "periodend",
    ];
    NAMES.contains(&plain(name).as_str())
}

impl Work {
    pub(super) fn decimal(&self, head: &FileHead) -> Choice<Decimal> {
        let Styles {
            point,
            comma,
            with_comma,
        } = self.styles;
        match self.reading.decimal {
            Some(given) => Choice::given(given),
            None if self.has_fixed_points(head) => Choice::sure(
                Decimal::Billionths,
                "prices are whole numbers, as Databento writes billionths",
            ),
            None if with_comma == 0 => Choice::sure(Decimal::Point, "no number has a comma"),
            None if point > comma => {
                Choice::sure(Decimal::Point, "more numbers read so than with a comma")
            }
            None if comma > point => {
                Choice::sure(Decimal::Comma, "more numbers read so than with a point")
            }
            None if head.delimiter == b',' => {
                Choice::assumed(Decimal::Point, "commas could part thousands or decimals")
            }
            None => Choice::assumed(Decimal::Comma, "commas could part thousands or decimals"),
        }
    }

    /// Whether the columns are those of Databento, and no price has a decimal mark: with it they write decimals.
    fn has_fixed_points(&self, head: &FileHead) -> bool {
        let is_there = |name: &str| head.columns.iter().any(|it| plain(it) == name);
        let is_whole = |text: &Vec<u8>| text.iter().all(|it| it.is_ascii_digit() || *it == b'-');
        let prices = || self.numbers.iter().take(4).flatten();
        let cells = head.sample.iter();
        let mut cells = cells.flat_map(|row| prices().filter_map(|(index, _)| row.get(*index)));
        is_there("rtype")
            && is_there("publisherid")
            && !head.sample.is_empty()
            && cells.all(is_whole)
    }

    /// The interval, and the step in microseconds by which rows of others are told.
    pub(super) fn interval(
        &self,
        chosen: &mut Candidate,
    ) -> Result<(Choice<BarInterval>, i64), IntakeError> {
        let step = chosen.evidence.step_of_most();
        let seconds = |step: i64| step as f64 / 1e6;
        let micros = |interval: BarInterval| i64::from(interval.seconds()) * 1_000_000;
        let with_length = |choice: Choice<BarInterval>| {
            let length = micros(choice.value);
            (choice, length)
        };
        let is_long = |step: i64| step >= LONG_STEP;
        if let Some(choice) = step.and_then(|(step, ..)| self.cut_short(chosen, step)) {
            return Ok(with_length(choice));
        }
        match (self.reading.interval, step) {
            (Some(given), Some((step, ..))) if step < micros(given) => {
                let seconds = seconds(step);
                Err(IntakeError::IntervalTooLong { given, seconds })
            }
            (Some(BarInterval::Day) | None, Some((step, ..))) if is_long(step) => {
                Err(IntakeError::LongSteps {
                    days: (seconds(step) / 86_400.0).round(),
                })
            }
            (Some(given), _) => Ok((Choice::given(given), micros(given))),
            (None, None) => match self.usual_interval(&mut chosen.evidence, None)? {
                Some(usual) => Ok(with_length(usual)),
                None if self.rows == 1 => Err(IntakeError::NoInterval {
                    rows: "a single row",
                }),
                None => Err(IntakeError::NoInterval {
                    rows: "rows that all have the same time",
                }),
            },
            (None, Some((step, count, all))) => {
                let whole = u32::try_from(step / 1_000_000)
                    .ok()
                    .filter(|_| step % 1_000_000 == 0);
                let few = |grid: Option<u32>| IntakeError::FewSteps {
                    seconds: seconds(step),
                    count,
                    all,
                    grid: grid.map(BarInterval::Seconds),
                };
                let interval = match whole {
                    // clocks may have changed between two days
                    Some(82_800 | 86_400 | 90_000) => BarInterval::Day,
                    Some(1..=43_200) if let Some(stored) = self.sparse(&chosen.evidence) => {
                        self.check_longer(&mut chosen.evidence, stored.value)?;
                        return Ok(with_length(stored));
                    }
                    Some(1..=43_200) if !chosen.evidence.is_common(step) => {
                        return match chosen.evidence.grid() {
                            Some((grid, own)) if own > 0 && all >= MANY => {
                                Ok(with_length(illiquid(grid, own, all)))
                            }
                            grid => Err(few(grid.map(|(grid, _)| grid))),
                        };
                    }
                    // what is longer than half a day are rows that part a day otherwise
                    Some(seconds @ 1..=43_200) => BarInterval::Seconds(seconds),
                    _ => match self.usual_interval(&mut chosen.evidence, Some(step))? {
                        Some(usual) => return Ok(with_length(usual)),
                        None => {
                            return Err(IntakeError::OddInterval {
                                seconds: seconds(step),
                            });
                        }
                    },
                };
                let why = format!("{count} of {all} rows are that far from the row before");
                let choice = if count * 2 > all {
                    Choice::sure(interval, why)
                } else {
                    Choice::assumed(interval, why)
                };
                Ok((choice, step))
            }
        }
    }

    /// Four hours, where the rows of sessions are ends of bars of which the close cuts the second one short: 13:30 and 16:00. How far
    /// those are apart is no interval.
    fn cut_short(&self, chosen: &Candidate, step: i64) -> Option<Choice<BarInterval>> {
        const FOUR_HOURS: BarInterval = BarInterval::minutes(240);
        const REST: i64 = 150 * 60_000_000;
        /// So many sessions tell it,
        const ENOUGH: u64 = 3;
        let is_given = match self.reading.interval {
            Some(given) if given != FOUR_HOURS => return None,
            given => given.is_some(),
        };
        let is_stored = self.habits.iter().any(|it| it.interval == FOUR_HOURS);
        let is_told = self.reading.calendar == Calendar::Nyse && step == REST;
        let twos = chosen.evidence.twos(step).filter(|_| is_told)?;
        if is_given {
            return Some(Choice::given(FOUR_HOURS));
        }
        (twos >= ENOUGH || is_stored).then(|| match twos >= ENOUGH {
            true => Choice::sure(FOUR_HOURS, CUT_SHORT),
            false => Choice::assumed(FOUR_HOURS, CUT_SHORT),
        })
    }

    /// The interval of stored bars of which these are some, where rows are as far apart as they happen to be.
    fn sparse(&self, evidence: &Evidence) -> Option<Choice<BarInterval>> {
        let intervals = self.habits.iter().map(|habit| habit.interval);
        let stored = intervals.filter_map(|interval| match interval {
            BarInterval::Seconds(seconds) => Some(seconds),
            BarInterval::Day => None,
        });
        let divides = |seconds: &u32| evidence.are_multiples_of(i64::from(*seconds) * 1_000_000);
        let longest = stored.filter(divides).max()?;
        (!evidence.is_even()).then(|| {
            let interval = BarInterval::Seconds(longest);
            let why = format!(
                "rows are as far apart as they happen to be, by multiples of the {interval} of stored bars"
            );
            Choice::assumed(interval, why)
        })
    }

    /// Whether rows that are read as some of the stored bars may not be longer ones, which are not stored.
    ///
    /// # Errors
    /// [`IntakeError::MaybeLonger`] where all are whole longer bars apart, at times where such bars begin.
    fn check_longer(
        &self,
        evidence: &mut Evidence,
        stored: BarInterval,
    ) -> Result<(), IntakeError> {
        /// Intervals in which files come, in minutes.
        const LONGER: [u32; 5] = [240, 60, 30, 15, 5];
        let fits = |minutes: &u32| {
            let longer = BarInterval::minutes(*minutes);
            longer.seconds() > stored.seconds() && evidence.are_whole(*minutes)
        };
        let is_same_file = self.habits.iter().any(|habit| habit.is_same_file);
        match LONGER.into_iter().find(fits).map(BarInterval::minutes) {
            Some(longer) if !is_same_file => Err(IntakeError::MaybeLonger { longer, stored }),
            _ => Ok(()),
        }
    }

    /// The zone, where the dates of daily bars depend on one, the side, and what makes them doubtful.
    pub(super) fn dates(&self, chosen: &mut Candidate, foreign: &[Stretch]) -> dates::Chosen {
        let sights = dates::Sights::of(&mut chosen.evidence, foreign);
        let wanted = dates::Wanted {
            zone: self.reading.zone.as_ref(),
            labels: self.reading.labels,
            habits: self.habits_like(&chosen.evidence, BarInterval::Day),
        };
        sights.choose(self.reading.calendar, wanted)
    }

    /// The order of dates by which the data sets of the symbol were read last that had short ones.
    pub(super) fn usual_order(&self) -> Option<DateOrder> {
        self.usual(|habit| habit.date_order)
    }

    /// The form of times of day by which the data sets of the symbol were read last that had such in digits.
    pub(super) fn usual_clock(&self) -> Option<ClockForm> {
        self.usual(|habit| habit.clock)
    }

    /// What the last imports that had it chose, where those of all intervals agree.
    fn usual<T: PartialEq>(&self, of: impl Fn(&Habit) -> Option<T>) -> Option<T> {
        let mut seen = Vec::new();
        let mut usual = None;
        for habit in &self.habits {
            let Some(value) = of(habit).filter(|_| !seen.contains(&habit.interval)) else {
                continue;
            };
            seen.push(habit.interval);
            if usual.get_or_insert_with(|| of(habit)) != &Some(value) {
                return None;
            }
        }
        usual.flatten()
    }

    /// The interval of the only data set of the symbol, where there is one row, or rows are as far apart as the nearest sessions
    /// can be.
    ///
    /// # Errors
    /// [`IntakeError::MaybeDaily`] where that is shorter than a day, and the rows may be of days as well.
    fn usual_interval(
        &self,
        evidence: &mut Evidence,
        step: Option<i64>,
    ) -> Result<Option<Choice<BarInterval>>, IntakeError> {
        /// Holidays beside a weekend.
        const MOST_DAYS: i64 = 5;
        const DAY: i64 = 86_400_000_000;
        let Some(interval) = self.habits.first().map(|habit| habit.interval) else {
            return Ok(None);
        };
        if self.habits.iter().any(|habit| habit.interval != interval) {
            return Ok(None);
        }
        let length = i64::from(interval.seconds()) * 1_000_000;
        let is_near = step.is_none_or(|step| {
            // clocks may have changed between two days
            let shift = match interval {
                BarInterval::Day => 3_600_000_000,
                BarInterval::Seconds(_) => 0,
            };
            let over = (step + shift).rem_euclid(length);
            step > length && over <= 2 * shift && step <= MOST_DAYS * DAY + shift
        });
        if !is_near {
            return Ok(None);
        }
        let is_same_file = self.habits.iter().all(|habit| habit.is_same_file);
        if interval != BarInterval::Day && !is_same_file && evidence.may_be_daily() {
            return Err(IntakeError::MaybeDaily { stored: interval });
        }
        let why = match step {
            Some(_) => HABIT,
            None => A_ROW_LIKE_BEFORE,
        };
        Ok(Some(Choice::assumed(interval, why)))
    }

    /// Imports of bars of an interval that were written like these, the last one first.
    fn habits_like(&self, evidence: &Evidence, interval: BarInterval) -> Vec<&Habit> {
        let forms = || evidence.forms.keys().copied();
        let habits = self.habits.iter();
        habits
            .filter(|habit| habit.interval == interval && habit.is_of(forms()))
            .collect()
    }

    /// The zone, where any time is without one, and the side, of bars shorter than a day; and whether they are ends of bars that
    /// are cut by the clock.
    pub(super) fn zone(
        &self,
        chosen: &mut Candidate,
        interval: &Choice<BarInterval>,
        foreign: &[Stretch],
        name: &str,
    ) -> (Fitted, bool) {
        let walls = chosen.evidence.walls;
        let days = if walls > 0 {
            &mut chosen.evidence.wall
        } else {
            &mut chosen.evidence.instants
        };
        let mut days = days.all().clone();
        for stretch in foreign {
            days.retain(|day, _| !stretch.days.contains(day));
        }
        let sighted = Sighted {
            days: &days,
            calendar: self.reading.calendar,
            interval: interval.value,
        };
        let given = self.reading.zone.as_ref();
        let named = zone_in_name(name).filter(|_| given.is_none());
        let known = match walls {
            0 => Some(&Zone::UTC),
            _ => given.or(named.as_ref()),
        };
        let habits = self.habits_like(&chosen.evidence, interval.value);
        let cut_short = (interval.evidence == CUT_SHORT).then_some(Labels::End);
        // ends that are written as the last second or thousandth before them are none
        let is_told = names_ends(name) && chosen.evidence.is_of_minutes();
        let told = is_told.then_some(Labels::End);
        let side = self.reading.labels.or(cut_short).or(told);
        let mut fitted = self.fitted(&sighted, known, side, interval.value, &habits);
        if let (Some(ends), None) = (cut_short, self.reading.labels) {
            fitted.labels = Choice::sure(ends, CUT_SHORT);
        }
        if let (Some(ends), None, None) = (told, cut_short, self.reading.labels) {
            let why = format!("the column is called {}", shown(name.as_bytes()));
            fitted.labels = Choice::sure(ends, why);
        }
        let is_given = fitted.labels.certainty == Certainty::Given;
        if fitted.labels.value == Labels::End
            && !is_given
            && self.reading.calendar == Calendar::Forex
            && chosen.evidence.is_cut_by_days()
        {
            let why = "the file is cut by whole days of its clock, so the times do not tell; starts are most common";
            fitted.labels = match habits.first() {
                Some(habit) => Choice::assumed(habit.labels, HABIT),
                None => Choice::assumed(Labels::Start, why),
            };
        }
        let zone = match given {
            _ if walls == 0 => None,
            Some(given) => Some(Choice::given(given.clone())),
            None => named.map_or(fitted.zone, |zone| {
                let why = format!("the column is called {}", shown(name.as_bytes()));
                Some(Choice::assumed(zone, why))
            }),
        };
        let mut fitted = Fitted { zone, ..fitted };
        let read_in = fitted.zone.as_ref().map_or(&Zone::UTC, |zone| &zone.value);
        let against = self.against_given(&sighted, read_in);
        if let Some(against) = against {
            let before = fitted.warning.map(|before| format!("{before}; "));
            fitted.warning = Some(before.unwrap_or_default() + &against);
        }
        let read_in = fitted.zone.as_ref().map_or(&Zone::UTC, |zone| &zone.value);
        let is_end = fitted.labels.value == Labels::End;
        // the last ends of a day alone are cut as those before them were
        let was_by_clock = || {
            let mut ends = habits.iter().filter(|it| it.labels == Labels::End);
            ends.next().is_some_and(|habit| habit.is_by_clock)
        };
        let told = sighted.is_cut_by_clock(read_in);
        let is_by_clock = is_end && told.unwrap_or_else(was_by_clock);
        (fitted, is_by_clock)
    }

    /// What is said of a side that was given, where the times in the zone that they are read in leave no doubt that it is the other.
    fn against_given(&self, sighted: &Sighted<'_>, zone: &Zone) -> Option<String> {
        let given = self.reading.labels?;
        let told = sighted.choose(Some(zone), None, &[]).labels;
        let is_other = told.certainty == Certainty::Sure && told.value != given;
        let (given, other) = match given {
            Labels::Start => ("starts", "ends"),
            Labels::End => ("ends", "starts"),
        };
        let is_told = is_other && self.reading.calendar == Calendar::Nyse;
        is_told.then(|| {
            format!(
                "the times are read as {given} of bars, as given, but look like {other}: {}",
                told.evidence
            )
        })
    }

    /// What is said of a side that is assumed for want of edges.
    pub(super) fn side_note(&self, labels: &Choice<Labels>) -> Option<&'static str> {
        match labels.evidence.as_str() {
            EITHER_SIDE => Some(EITHER_SIDE_NOTE),
            ENDS_BY_HABIT => Some(ENDS_BY_HABIT_NOTE),
            NO_EDGES if self.reading.calendar == Calendar::Nyse => Some(NO_EDGES_NOTE),
            _ => None,
        }
    }

    /// Remembers what a row looks like, where that may tell whether it is a bar.
    pub(super) fn see_look(&mut self, row: &Row<'_>) {
        let apart = self.candidates.iter();
        let apart = apart.filter_map(|it| it.evidence.runs.apart()).max();
        let columns = self.numbers.each_ref();
        let [_, high, low, _, volume] = columns.map(|it| it.as_ref().map(|(index, _)| *index));
        self.looks.take(row, self.file, [high, low, volume], apart);
    }

    /// What tells rows of days from bars.
    pub(super) fn day_looks(&self, chosen: &mut Candidate, decimal: Decimal) -> DayLooks<'_> {
        DayLooks {
            looks: &self.looks,
            decimal,
            bars_a_day: chosen.evidence.a_day(),
        }
    }

    /// The first and the last row, where each stands alone at midnight and looks like a day, and not within a session.
    pub(super) fn set_lone_days_aside(
        &self,
        chosen: &mut Candidate,
        step: i64,
        looks: DayLooks<'_>,
        fitted: &Fitted,
        foreign: &mut Vec<Stretch>,
    ) {
        let calendar = self.reading.calendar;
        let zone = fitted.zone.as_ref().map_or(&Zone::UTC, |zone| &zone.value);
        let Some((rules, shift)) = zone
            .rules(calendar)
            .ok()
            .filter(|_| calendar != Calendar::Crypto)
        else {
            return;
        };
        let mut clock = WallClock::new(rules, shift);
        let mut finder = Finder::new(calendar);
        let interval = BarInterval::minutes(1);
        let mut is_traded = |row: &Lone| match clock.local(row.at) {
            Local::One(at) => finder.place(Timestamp(at), interval) == Place::Regular,
            Local::Gap | Local::Twice { .. } => true,
        };
        let lone = chosen.evidence.lone_midnights(step).into_iter();
        let lone = lone.filter(|row| !is_traded(row)).map(Lone::stretch);
        let new: Vec<Stretch> = lone
            .filter(|new| looks.are(new) && !foreign.iter().any(|known| known.overlaps(new)))
            .collect();
        foreign.extend(new);
        foreign.sort_by_key(|stretch| (stretch.file, stretch.first_line));
    }

    /// What the times tell but for a side that is known; where they do not, what was chosen before: `alike` are the imports that were
    /// written like them, the last one first.
    fn fitted(
        &self,
        sighted: &Sighted<'_>,
        known: Option<&Zone>,
        side: Option<Labels>,
        interval: BarInterval,
        alike: &[&Habit],
    ) -> Fitted {
        let others = self.habits.iter().filter(|it| it.interval == interval);
        let mut priors: Vec<Prior<'_>> = Vec::new();
        // a zone may be that of all files of a symbol, the side is that of one source
        let habits = alike.iter().copied().chain(others);
        for (index, habit) in habits.enumerate() {
            let Some(zone) = &habit.zone else {
                continue;
            };
            match priors.iter_mut().find(|prior| prior.zone == zone) {
                Some(prior) => {
                    prior.is_sure |= habit.is_zone_sure;
                    prior.is_wide |= habit.is_wide;
                }
                None => priors.push(Prior {
                    zone,
                    is_sure: habit.is_zone_sure,
                    is_wide: habit.is_wide,
                    is_alike: index < alike.len(),
                    has_ends: index < alike.len() && habit.labels == Labels::End,
                    is_same_file: habit.is_same_file,
                }),
            }
        }
        let mut fitted = sighted.choose(known, side, &priors);
        let zone = fitted.zone.as_ref().map(|zone| &zone.value).or(known);
        let of_zone = |habit: &&&Habit| known.is_some() || habit.zone.as_ref() == zone;
        if let (Some(habit), Some(zone), Certainty::Assumed) =
            (alike.iter().find(of_zone), zone, fitted.labels.certainty)
        {
            // where bars lay out of sessions before, they are no evidence against the side
            let may_be_against = !habit.is_same_file && !habit.is_wide;
            let is_against = may_be_against && sighted.speaks_against(zone, habit.labels);
            let is_either = fitted.labels.evidence == EITHER_SIDE;
            let why = match is_either && habit.labels == Labels::End {
                true => ENDS_BY_HABIT,
                false => HABIT,
            };
            fitted.labels = match is_against {
                false => Choice::assumed(habit.labels, why),
                true => Choice::assumed(
                    match habit.labels {
                        Labels::Start => Labels::End,
                        Labels::End => Labels::Start,
                    },
                    "by the side that the last import had, more bars would lie outside the sessions",
                ),
            };
        }
        fitted
    }
}
