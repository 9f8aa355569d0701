//! Ways to read the times of a file, each held against every row, and the choice among them.

use super::columns::{TimeColumn, found};
use super::epoch::{epoch, epoch_of_float};
use super::evidence::Evidence;
use super::row::Cell;
use super::scout::HABIT;
use super::times::{BadTime, Moment, moment};
use super::times_of_day::{ClockCell, ClockColumn};
use super::{Certainty, Choice, DateOrder, Field, FoundColumn, IntakeError, PassedOver, TimeForm};

/// Reads what a value says of time; with a clock, a date and a time of day become one.
pub(super) fn read_time(
    time: Cell<'_>,
    clock: Option<ClockCell<'_>>,
    order: DateOrder,
) -> Result<(Moment, TimeForm), String> {
    let read = |cell: Cell<'_>| {
        match cell {
        Cell::Empty => Err("time is empty".to_owned()),
        Cell::Text(text) => moment(text, order).map_err(|bad: BadTime| format!("time {bad}")),
        Cell::Int(number) => moment(number.to_string().as_bytes(), order)
            .map_err(|_| format!("time {number} is no count of seconds, milliseconds, microseconds or nanoseconds since 1970 of a time between 1990 and 2100")),
        Cell::Float(number) => epoch_of_float(number)
            .map(|(at, form)| (Moment::Utc(at), form))
            .ok_or_else(|| format!("time {number} is no count since 1970")),
        Cell::Utc(at) => Ok((Moment::Utc(at), TimeForm::Utc)),
        Cell::Wall(at) => Ok((Moment::Wall(at), TimeForm::Wall)),
        Cell::Date(at) => Ok((Moment::Date(at), TimeForm::Date)),
    }
    };
    if let Cell::Int(number) = time
        && let Some((at, form)) = epoch(number)
    {
        return Ok((Moment::Utc(at), form));
    }
    let (date, form) = read(time)?;
    let Some(clock) = clock else {
        return match date {
            Moment::Clock(_) => Err(format!(
                "time {:?} is a time of day without a date",
                time.shown()
            )),
            _ => Ok((date, form)),
        };
    };
    match (date, read(clock.cell)) {
        (Moment::Date(midnight), Ok((Moment::Clock(after), _))) => {
            Ok((Moment::Wall(midnight + after), with_clock(form)))
        }
        (Moment::Date(midnight), _) => match clock.since_midnight() {
            Some(after) => Ok((Moment::Wall(midnight + after), with_clock(form))),
            None => Err(format!("the time of day {:?} is none", clock.cell.shown())),
        },
        _ => Err(format!("the date {:?} is none", time.shown())),
    }
}

fn with_clock(form: TimeForm) -> TimeForm {
    match form {
        TimeForm::ShortDate => TimeForm::ShortDateTime,
        TimeForm::CompactDate => TimeForm::CompactDateTime,
        TimeForm::Date => TimeForm::DateTime,
        other => other,
    }
}

/// One way to read the times.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) column: TimeColumn,
    /// The column of the time of day, and what its digits are.
    pub(super) clock: Option<ClockColumn>,
    pub(super) order: DateOrder,
    /// No short date was seen yet, and which of their numbers is the month is not given.
    pub(super) may_be_by_day: bool,
    pub(super) evidence: Evidence,
}

impl Candidate {
    /// The first column of LEAN's rows.
    pub(super) fn of_lean() -> Self {
        Self {
            column: TimeColumn {
                time: 0,
                clock: None,
                rank: 0,
                why: String::new(),
            },
            clock: None,
            order: DateOrder::Month,
            may_be_by_day: false,
            evidence: Evidence::default(),
        }
    }

    /// Takes what a row says.
    pub(super) fn take(&mut self, read: Result<(Moment, TimeForm), String>, file: u32, line: u64) {
        match read {
            Ok((moment, form)) => self.evidence.add(moment, form, file, line),
            Err(bad) if self.evidence.unread.is_none() => self.evidence.unread = Some(bad),
            Err(_) => {}
        }
    }

    /// Fewer is better: columns with a known name, with times of day, with points in time.
    fn preference(&self) -> (bool, bool, bool, usize) {
        let Evidence {
            times,
            walls,
            midnights,
            ..
        } = self.evidence;
        let rank = self.column.rank;
        (rank >= 100, midnights == times, walls > 0, rank)
    }
}

/// Whether a value is a short date, by month or by day.
pub(super) fn is_short(
    read: &Result<(Moment, TimeForm), String>,
    time: Cell<'_>,
    clock: Option<ClockCell<'_>>,
) -> bool {
    let is = |form: TimeForm| matches!(form, TimeForm::ShortDate | TimeForm::ShortDateTime);
    match read {
        Ok((_, form)) => is(*form),
        Err(_) => read_time(time, clock, DateOrder::Day).is_ok_and(|(_, form)| is(form)),
    }
}

/// The column of times and the order of month and day in it, by the one that is usual where nothing tells. `no_row` is what is wrong with the first line that is no row.
pub(super) fn choose_times(
    candidates: &mut Vec<Candidate>,
    given: Option<DateOrder>,
    usual: Option<DateOrder>,
    no_row: Option<String>,
) -> Result<(Candidate, Option<Choice<DateOrder>>), IntakeError> {
    let most = candidates
        .iter()
        .map(|candidate| candidate.evidence.times)
        .max();
    let most = most.unwrap_or(0);
    if most == 0 {
        let reasons = candidates
            .iter()
            .filter_map(|candidate| candidate.evidence.unread.clone());
        let mut reasons: Vec<String> = reasons.take(3).collect();
        if reasons.is_empty() {
            reasons.extend(no_row);
        }
        return Err(IntakeError::NoTimes {
            reason: reasons.join("; "),
        });
    }
    // a few bad values do not make a worse column better
    let is_near = |candidate: &Candidate| {
        candidate.evidence.times.saturating_mul(100) >= most.saturating_mul(99)
    };
    let near = candidates.iter().filter(|candidate| is_near(candidate));
    let time = near
        .min_by_key(|candidate| candidate.preference())
        .map_or(0, |best| best.column.time);
    let (of_column, others): (Vec<Candidate>, Vec<Candidate>) = core::mem::take(candidates)
        .into_iter()
        .partition(|candidate| candidate.column.time == time);
    *candidates = others;
    let mut of_column = of_column.into_iter();
    let Some(first) = of_column.next() else {
        return Err(IntakeError::NoRows);
    };
    let has_short = |candidate: &Candidate| {
        let forms = &candidate.evidence.forms;
        forms.contains_key(&TimeForm::ShortDate) || forms.contains_key(&TimeForm::ShortDateTime)
    };
    let Some(second) = of_column.next() else {
        let order = given.filter(|_| has_short(&first)).map(Choice::given);
        return Ok((first, order));
    };
    let (by_month, by_day) = (first.evidence.times, second.evidence.times);
    let turns = |candidate: &Candidate| {
        candidate
            .evidence
            .backwards
            .min(candidate.evidence.forwards)
    };
    let (month_turns, day_turns) = (turns(&first), turns(&second));
    let chosen = if by_month != by_day {
        let why = format!(
            "dates by it: {}, by the other order: {}",
            by_month.max(by_day),
            by_month.min(by_day)
        );
        if by_month > by_day {
            (first, DateOrder::Month, Certainty::Sure, why)
        } else {
            (second, DateOrder::Day, Certainty::Sure, why)
        }
    } else if month_turns != day_turns {
        let why = format!(
            "rows that run backwards by it: {}, by the other order: {}",
            month_turns.min(day_turns),
            month_turns.max(day_turns)
        );
        if month_turns < day_turns {
            (first, DateOrder::Month, Certainty::Sure, why)
        } else {
            (second, DateOrder::Day, Certainty::Sure, why)
        }
    } else if let Some(usual) = usual {
        let candidate = match usual {
            DateOrder::Month => first,
            DateOrder::Day => second,
        };
        (candidate, usual, Certainty::Assumed, HABIT.to_owned())
    } else {
        (
            first,
            DateOrder::Month,
            Certainty::Assumed,
            "no day is above 12, so nothing tells".to_owned(),
        )
    };
    let (candidate, value, certainty, evidence) = chosen;
    Ok((
        candidate,
        Some(Choice {
            value,
            certainty,
            evidence,
        }),
    ))
}

/// Why the others were not taken.
pub(super) fn passed_over(
    others: &[Candidate],
    columns: &[String],
    chosen: &Candidate,
    rows: u64,
) -> Vec<PassedOver> {
    let mut seen = Vec::new();
    let others = others.iter().filter(|candidate| {
        let is_new = !seen.contains(&candidate.column.time);
        seen.push(candidate.column.time);
        is_new
    });
    others
        .map(|candidate| {
            let Evidence { times, unread, .. } = &candidate.evidence;
            let FoundColumn { column, .. } = found(columns, Field::Time, candidate.column.time, "");
            let why = match unread {
                Some(bad) if *times < chosen.evidence.times => bad.clone(),
                _ => "another column tells more".to_owned(),
            };
            PassedOver {
                column,
                times: *times,
                rows,
                why,
            }
        })
        .collect()
}
