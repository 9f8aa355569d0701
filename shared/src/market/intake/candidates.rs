//! Ways to read the times of a file, each held against every row, and the choice among them.

use super::columns::{TimeColumn, found};
use super::date_order::{Ordered, choose_order};
use super::epoch::{epoch, epoch_of_float};
use super::evidence::Evidence;
use super::row::Cell;
use super::times::{BadTime, Moment, moment};
use super::times_of_day::{ClockCell, ClockColumn};
use super::{Choice, DateOrder, Field, FoundColumn, IntakeError, PassedOver, TimeForm};
use crate::market::calendar::Calendar;

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

/// Rows that one way reads and its twin by the other order of month and day does not.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Alone {
    pub(super) rows: u64,
    /// The file and the line of the first of them.
    pub(super) first: (u32, u64),
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
    /// The place of the same way by the other order, once a short date was seen.
    pub(super) twin: Option<usize>,
    /// Whether the first short date is written with points.
    pub(super) has_points: bool,
    /// Whether the row at hand reads so.
    pub(super) reads: bool,
    pub(super) alone: Alone,
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
            twin: None,
            has_points: false,
            reads: false,
            alone: Alone::default(),
            evidence: Evidence::default(),
        }
    }

    /// The same way by the other order, where a row has the first short date: what came before has none, so it reads alike.
    pub(super) fn twin_by_day(&mut self, own: usize, twin: usize, time: Cell<'_>) -> Self {
        self.may_be_by_day = false;
        self.twin = Some(twin);
        self.has_points =
            matches!(time, Cell::Text(text) if text.iter().take(3).any(|byte| *byte == b'.'));
        Self {
            column: self.column.clone(),
            order: DateOrder::Day,
            twin: Some(own),
            evidence: self.evidence.clone(),
            ..*self
        }
    }

    /// Takes what a row says.
    pub(super) fn take(&mut self, read: Result<(Moment, TimeForm), String>, file: u32, line: u64) {
        self.reads = read.is_ok();
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
    match read {
        Ok((_, form)) => form.is_short(),
        Err(_) => read_time(time, clock, DateOrder::Day).is_ok_and(|(_, form)| form.is_short()),
    }
}

/// Counts a row for those that read it while their twins do not.
pub(super) fn count_alone(candidates: &mut [Candidate], file: u32, line: u64) {
    for index in 0..candidates.len() {
        let twin = |candidate: &Candidate| candidates.get(candidate.twin?).map(|twin| twin.reads);
        let is_alone = candidates
            .get(index)
            .is_some_and(|candidate| candidate.reads && twin(candidate) == Some(false));
        if let Some(candidate) = candidates.get_mut(index).filter(|_| is_alone) {
            if candidate.alone.rows == 0 {
                candidate.alone.first = (file, line);
            }
            candidate.alone.rows += 1;
        }
    }
}

/// What is known beside the candidates themselves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) calendar: Calendar,
    /// The order of month and day that was given, and the one that is usual where nothing tells.
    pub(super) given: Option<DateOrder>,
    pub(super) usual: Option<DateOrder>,
    /// The names of the files.
    pub(super) files: &'a [String],
}

/// The column of times and the order of month and day in it. `no_row` is what is wrong with the first line that is no row.
pub(super) fn choose_times(
    candidates: &mut Vec<Candidate>,
    known: Known<'_>,
    no_row: Option<String>,
) -> Result<Ordered, IntakeError> {
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
    let is_near = |candidate: &&Candidate| {
        candidate.evidence.times.saturating_mul(100) >= most.saturating_mul(99)
    };
    let near = || candidates.iter().filter(is_near);
    // where rows are a day apart, a column in which they are not is of something else, such as the time of a download
    let are_days = near().any(|candidate| candidate.evidence.is_a_row_a_day());
    let time = near()
        .filter(|candidate| !are_days || candidate.evidence.is_a_row_a_day())
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
    Ok(match of_column.next() {
        Some(second) => choose_order(first, second, known),
        None => {
            let has_short = first.evidence.forms.keys().any(|form| form.is_short());
            let order = known.given.filter(|_| has_short).map(Choice::given);
            Ordered {
                candidate: first,
                order,
                warning: None,
                refusal: None,
            }
        }
    })
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
                _ if chosen.evidence.is_a_row_a_day() && !candidate.evidence.is_a_row_a_day() => {
                    "by another column rows are a day apart, by it they are not".to_owned()
                }
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
