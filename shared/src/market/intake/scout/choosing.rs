//! What follows from the evidence of a whole file: symbol, decimal sign, interval and zone.

use super::*;
use crate::market::calendar::Calendar;
use crate::market::intake::columns::zone_in_name;
use crate::market::intake::delimited::shown;

impl Work {
    /// The column of symbols and the one whose rows are read, where there are several.
    pub(super) fn choose_symbol(
        &self,
        columns: &[String],
        detection: &mut Detection,
    ) -> Option<(usize, String)> {
        let several = self.symbols.several()?;
        detection.symbols = several.to_vec();
        let wanted = self
            .symbol
            .as_deref()
            .and_then(|symbol| self.symbols.wanted(symbol));
        match &wanted {
            Some((column, symbol)) => detection.warnings.push(format!(
                "only the rows of {symbol} are read: the column {} names {} symbols",
                columns.get(*column).map(String::as_str).unwrap_or_default(),
                several.len()
            )),
            None => detection.refusal = Some(self.symbols.in_words(columns)),
        }
        wanted
    }

    pub(super) fn decimal(&self, head: &FileHead) -> Choice<Decimal> {
        let Styles {
            point,
            comma,
            with_comma,
        } = self.styles;
        match self.reading.decimal {
            Some(given) => Choice::given(given),
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

    /// The interval, and the step in microseconds by which rows of others are told.
    pub(super) fn interval(
        &self,
        chosen: &Candidate,
    ) -> Result<(Choice<BarInterval>, i64), IntakeError> {
        let step = chosen.evidence.step_of_most();
        let seconds = |step: i64| step as f64 / 1e6;
        let micros = |interval: BarInterval| i64::from(interval.seconds()) * 1_000_000;
        match (self.reading.interval, step) {
            (Some(given), Some((step, ..))) if step < micros(given) => {
                let seconds = seconds(step);
                Err(IntakeError::IntervalTooLong { given, seconds })
            }
            (Some(given), _) => Ok((Choice::given(given), micros(given))),
            (None, None) if let Some(usual) = self.usual_interval(&chosen.evidence, None) => {
                let length = micros(usual.value);
                Ok((usual, length))
            }
            (None, None) => {
                let rows = if self.rows == 1 {
                    "a single row"
                } else {
                    "rows that all have the same time"
                };
                Err(IntakeError::NoInterval { rows })
            }
            (None, Some((step, count, all))) => {
                let whole = u32::try_from(step / 1_000_000)
                    .ok()
                    .filter(|_| step % 1_000_000 == 0);
                let interval = match whole {
                    // clocks may have changed between two days
                    Some(82_800 | 86_400 | 90_000) => BarInterval::Day,
                    Some(1..=43_200) if !chosen.evidence.is_common(step) => {
                        return Err(IntakeError::FewSteps {
                            seconds: seconds(step),
                            count,
                            all,
                        });
                    }
                    // what is longer than half a day are rows that part a day otherwise
                    Some(seconds @ 1..=43_200) => BarInterval::Seconds(seconds),
                    _ if let Some(usual) = self.usual_interval(&chosen.evidence, Some(step)) => {
                        let length = micros(usual.value);
                        return Ok((usual, length));
                    }
                    _ => {
                        return Err(IntakeError::OddInterval {
                            seconds: seconds(step),
                        });
                    }
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

    /// The zone, where the dates of daily bars depend on one, the side, and what makes them doubtful.
    pub(super) fn dates(
        &self,
        chosen: &mut Candidate,
        foreign: &[crate::market::intake::Stretch],
    ) -> dates::Chosen {
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
    /// can be. A date alone, or midnights where markets are closed, are of no shorter bars than days.
    fn usual_interval(
        &self,
        evidence: &Evidence,
        step: Option<i64>,
    ) -> Option<Choice<BarInterval>> {
        /// Holidays beside a weekend.
        const MOST_DAYS: i64 = 5;
        const DAY: i64 = 86_400_000_000;
        let interval = self.habits.first()?.interval;
        if self.habits.iter().any(|habit| habit.interval != interval) {
            return None;
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
        let can_be = match (interval, self.reading.calendar) {
            (BarInterval::Day, _) => true,
            (BarInterval::Seconds(_), Calendar::Crypto) => evidence.dates < evidence.times,
            (BarInterval::Seconds(_), _) => evidence.midnights < evidence.times,
        };
        (is_near && can_be).then(|| Choice::assumed(interval, HABIT))
    }

    /// Imports of bars of an interval that were written like these, the last one first.
    fn habits_like(&self, evidence: &Evidence, interval: BarInterval) -> Vec<&Habit> {
        let forms = || evidence.forms.keys().copied();
        let habits = self.habits.iter();
        habits
            .filter(|habit| habit.interval == interval && habit.is_of(forms()))
            .collect()
    }

    /// The zone, where any time is without one, and the side, of bars shorter than a day.
    pub(super) fn zone(
        &self,
        chosen: &mut Candidate,
        interval: &Choice<BarInterval>,
        foreign: &[crate::market::intake::Stretch],
        name: &str,
    ) -> (Option<Choice<Zone>>, Choice<Labels>) {
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
        let mut fitted = self.fitted(&sighted, known, interval.value, habits.first().copied());
        if (fitted.labels.value, fitted.labels.certainty) == (Labels::End, Certainty::Sure)
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
        (zone, fitted.labels)
    }

    /// What the times tell; where they do not, what was chosen before: `alike` is the last import that was written like them.
    pub(super) fn fitted(
        &self,
        sighted: &Sighted<'_>,
        known: Option<&Zone>,
        interval: BarInterval,
        alike: Option<&Habit>,
    ) -> Fitted {
        let labels = self.reading.labels;
        let mut fitted = sighted.choose(known, labels);
        let is_assumed = fitted
            .zone
            .as_ref()
            .is_some_and(|zone| zone.certainty == Certainty::Assumed);
        // a zone may be that of all files of a symbol, the side is that of one source
        let mut others = self.habits.iter().filter(|it| it.interval == interval);
        let zone = alike
            .and_then(|habit| habit.zone.as_ref())
            .or_else(|| others.find_map(|habit| habit.zone.as_ref()));
        if let (true, Some(zone)) = (is_assumed, zone) {
            fitted = sighted.choose(Some(zone), labels);
            fitted.zone = Some(Choice::assumed(zone.clone(), HABIT));
        }
        if let (Some(habit), Certainty::Assumed) = (alike, fitted.labels.certainty) {
            fitted.labels = Choice::assumed(habit.labels, HABIT);
        }
        fitted
    }
}
