//! Which of the two short numbers of a date is the month. A number above 12 is none; where there is no such, the wrong order puts
//! rows on days on which the market is closed, tears them apart by months, or lets them run backwards.

use std::collections::BTreeSet;

use super::candidates::{Alone, Candidate, Known};
use super::scout::HABIT;
use super::{Choice, DateOrder};
use crate::base::time::Day;
use crate::market::calendar::Calendar;

/// No market closes for so many days, and days of one month are further apart as months of one day.
const LONG_GAP: i32 = 14;

/// The way that was chosen.
#[derive(Debug)]
pub(super) struct Ordered {
    pub(super) candidate: Candidate,
    /// The order, where there are short dates.
    pub(super) order: Option<Choice<DateOrder>>,
    /// That it is doubtful.
    pub(super) warning: Option<String>,
    /// That rows are written in both orders.
    pub(super) refusal: Option<String>,
}

/// What looks wrong about the dates by one order.
#[derive(Debug, Clone)]
struct Odd {
    days: BTreeSet<i32>,
    /// Whether no two rows are of one day.
    is_daily: bool,
    /// Days on which the market is closed.
    closed: u64,
    /// Long gaps between days.
    gaps: u64,
    /// Rows that run backwards.
    turns: u64,
}

impl Odd {
    fn of(candidate: &mut Candidate, calendar: Calendar) -> Self {
        let evidence = &mut candidate.evidence;
        let days = evidence.days();
        let closed = days.iter().filter(|day| is_closed(calendar, **day));
        let pairs = days.iter().zip(days.iter().skip(1));
        let gaps = pairs.filter(|(day, next)| **next - **day >= LONG_GAP);
        Self {
            is_daily: days.len() as u64 == evidence.times,
            closed: closed.count() as u64,
            gaps: gaps.count() as u64,
            turns: evidence.backwards.min(evidence.forwards),
            days,
        }
    }

    fn all(&self) -> u64 {
        self.closed + self.gaps + self.turns
    }

    /// Whether it is clearly the better one of two.
    fn beats(&self, other: &Self) -> bool {
        let leads = |own: u64, others: u64| others >= own + 2 && others >= own * 3;
        // daily rows of one order are monthly ones of the other: only weekdays tell which they are
        let may_be_months = self.is_daily && other.gaps * 2 >= other.days.len() as u64;
        // a month between two days of bars of hours is enough
        let is_torn = !self.is_daily
            && self.gaps == 0
            && other.gaps > 0
            && self.all() <= other.closed + other.turns;
        let is_better = is_torn || leads(self.all(), other.all());
        is_better && (!may_be_months || leads(self.closed, other.closed))
    }
}

fn is_closed(calendar: Calendar, day: i32) -> bool {
    // 1970-01-01 was a Thursday
    let is_sunday = (day + 3).rem_euclid(7) == 6;
    // the week of these begins on the evening of Sunday
    let begins = is_sunday && matches!(calendar, Calendar::Forex | Calendar::Metals);
    !begins && matches!(calendar.session(Day(day)), Ok(None))
}

/// The better one of two ways that differ in the order of month and day; of equal ones the usual one, if there is one.
pub(super) fn choose_order(by_month: Candidate, by_day: Candidate, known: Known<'_>) -> Ordered {
    let (month, day) = (by_month.evidence.times, by_day.evidence.times);
    let refusal = both_orders(by_month.alone, by_day.alone, known.files);
    if month == day && refusal.is_none() {
        return by_days(by_month, by_day, known);
    }
    let (candidate, value) = match month >= day {
        true => (by_month, DateOrder::Month),
        false => (by_day, DateOrder::Day),
    };
    let why = format!(
        "dates by it: {}, by the other order: {}",
        month.max(day),
        month.min(day)
    );
    Ordered {
        candidate,
        order: Some(match refusal {
            None => Choice::sure(value, why),
            Some(_) => Choice::assumed(value, why),
        }),
        warning: None,
        refusal,
    }
}

/// Why rows that read by one order only, beside some that read by the other only, are not read.
fn both_orders(by_month: Alone, by_day: Alone, files: &[String]) -> Option<String> {
    let place = |alone: Alone| {
        let (file, line) = alone.first;
        let file = files.get(file as usize).filter(|_| files.len() > 1);
        match file {
            Some(file) => format!("{file}, line {line}"),
            None => format!("line {line}"),
        }
    };
    (by_month.rows > 0 && by_day.rows > 0).then(|| {
        format!(
            "dates are written in two orders: {} rows read only with the month first (the first in {}), {} only with the day first (the first in {}), so those that read both ways may be of either; import the parts one after the other, each with its order of dates, or give the order, month or day, if the other rows are wrong and are to be left out",
            by_month.rows,
            place(by_month),
            by_day.rows,
            place(by_day)
        )
    })
}

/// The same where every row reads by both.
fn by_days(mut by_month: Candidate, mut by_day: Candidate, known: Known<'_>) -> Ordered {
    let mut month = Odd::of(&mut by_month, known.calendar);
    let mut day = Odd::of(&mut by_day, known.calendar);
    // what runs backwards by both tells nothing
    let turns = month.turns.min(day.turns);
    month.turns -= turns;
    day.turns -= turns;
    let better = match month.all().cmp(&day.all()) {
        core::cmp::Ordering::Less => Some(DateOrder::Month),
        core::cmp::Ordering::Greater => Some(DateOrder::Day),
        core::cmp::Ordering::Equal => None,
    };
    let is_clear = month.beats(&day) || day.beats(&month);
    let usual = known.usual;
    let points = by_month.has_points.then_some(DateOrder::Day);
    let odd = |own: &Odd, other: &Odd| {
        format!(
            "closed days, long gaps and steps backwards by it: {}, by the other order: {}",
            own.all(),
            other.all()
        )
    };
    let why = match better {
        Some(DateOrder::Day) => odd(&day, &month),
        _ => odd(&month, &day),
    };
    let order = match (better, usual, points) {
        (Some(better), ..) if is_clear => Choice::sure(better, why),
        (_, Some(usual), _) => Choice::assumed(usual, HABIT),
        (Some(better), None, _) => Choice::assumed(better, why),
        (None, None, Some(points)) => Choice::assumed(
            points,
            "no day is above 12; with points the day is most often first",
        ),
        (None, None, None) => {
            Choice::assumed(DateOrder::Month, "no day is above 12, so nothing tells")
        }
    };
    let (own, other) = match order.value {
        DateOrder::Month => (&month, &day),
        DateOrder::Day => (&day, &month),
    };
    let is_habit = usual == Some(order.value) && better.is_none_or(|better| better == order.value);
    let is_doubtful = match is_clear {
        true => usual.is_some_and(|usual| usual != order.value),
        false => !is_habit && own.days != other.days,
    };
    let first = |odd: &Odd| odd.days.first().map(|day| Day(*day).to_string());
    let warning = is_doubtful.then(|| {
        let before = match usual {
            Some(usual) if better.is_some_and(|better| better != usual) => {
                format!(", while those imported before had the {usual} first")
            }
            _ => String::new(),
        };
        let told = match better {
            Some(_) => odd(own, other),
            None => "nothing tells".to_owned(),
        };
        format!(
            "no day of the dates is above 12: they are read with the {} first{before} ({told}), so that the earliest is {}, and not {}; look at it, and give the order of dates, month or day, if it is wrong",
            order.value,
            first(own).unwrap_or_default(),
            first(other).unwrap_or_default()
        )
    });
    Ordered {
        candidate: match order.value {
            DateOrder::Month => by_month,
            DateOrder::Day => by_day,
        },
        order: Some(order),
        warning,
        refusal: None,
    }
}

#[cfg(test)]
mod tests;
