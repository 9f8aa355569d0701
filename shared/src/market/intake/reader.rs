//! The second pass over a file: rows by the plan, batch by batch.

use super::candidates::read_time;
use super::clock::{Local, WallClock};
use super::dates::{Dating, Form, midnight};
use super::hours::{Finder, Place};
use super::layout::Fixed;
use super::lean::LeanPath;
use super::numbers::number_of;
use super::plan::{Plan, Shape};
use super::row::{BadLine, Cell, FileHead, Row, Taker, text_of};
use super::symbols;
use super::tally::Tally;
use super::times::Moment;
use super::twice::{Doubtful, resolve};
use super::walk::Walk;
use super::{
    Decimal, Detection, Feed, Format, IntakeError, Labels, Rejected, RowSink, Rows, Stretch,
    TimeForm,
};
use crate::base::time::{BarInterval, Timestamp};
use crate::market::bars::check_bar;

const DAY: i64 = 86_400_000_000;
/// So many rows make a batch.
const BATCH: usize = 8_192;
/// So many rows wait at most for what tells which of two times they mean.
const MOST_DOUBTFUL: usize = 20_000;

/// The second pass.
#[derive(Debug)]
pub struct Reader<S> {
    walk: Walk,
    work: Work<S>,
}

impl<S: RowSink> Reader<S> {
    /// Begins. The same files must follow as in the first pass.
    ///
    /// # Errors
    /// [`IntakeError`] where the plan was made for other zones than there are.
    pub fn new(plan: &Plan, sink: S) -> Result<Self, IntakeError> {
        let reading = &plan.detection.reading;
        let fixed = Fixed {
            delimiter: reading.delimiter,
            header: reading.header.filter(|_| plan.detection.file_count == 1),
            columns: reading.columns.clone(),
        };
        let zone = plan
            .detection
            .zone
            .as_ref()
            .map(|zone| zone.value.rules(reading.calendar));
        let (rules, shift) = match zone {
            Some(rules) => rules.map_err(|bad| IntakeError::Given(bad.to_string()))?,
            None => (jiff::tz::TimeZone::UTC, 0),
        };
        let labels = plan.detection.labels.value;
        let dating = Dating::new(&plan.rules, reading.calendar, labels);
        Ok(Self {
            walk: Walk::new(fixed, reading.lean, plan.limits),
            work: Work {
                shape: plan.shape.clone(),
                labels,
                interval: plan.detection.interval.value,
                columns: plan.detection.columns.clone(),
                dating: dating.ok_or(IntakeError::Changed)?,
                is_written: plan.rules.walls_are_written(),
                clock: WallClock::new(rules, shift),
                finder: Finder::new(reading.calendar),
                tally: Tally::new(plan.detection.clone()),
                foreign: plan.detection.foreign.clone(),
                next_foreign: 0,
                file: 0,
                path: String::new(),
                midnight: 0,
                has_files: plan.detection.file_count > 1,
                doubtful: Vec::new(),
                previous: None,
                batch: Rows::default(),
                sink,
            },
        })
    }

    /// Every file was handed over: what was found out, and who took the rows. Where [`Detection::refusal`] says why, what was
    /// taken must not be used.
    ///
    /// # Errors
    /// [`IntakeError::Sink`] where the last rows are not taken.
    pub fn finish(mut self) -> Result<(Detection, S), IntakeError> {
        self.walk.settle(&mut self.work)?;
        self.work.settle(None)?;
        self.work.hand_over()?;
        let Work { tally, sink, .. } = self.work;
        Ok((tally.finish(), sink))
    }

    /// What was read so far: rows, and rows among them that are not used.
    pub fn progress(&self) -> (u64, u64) {
        self.work.tally.progress()
    }
}

impl<S: RowSink> Feed for Reader<S> {
    fn open(&mut self, path: &str) -> Result<(), IntakeError> {
        self.walk.open(path);
        Ok(())
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), IntakeError> {
        self.walk.push(bytes, &mut self.work)
    }

    fn close(&mut self) -> Result<(), IntakeError> {
        self.walk.close(&mut self.work)
    }

    fn table(
        &mut self,
        path: &str,
        format: Format,
        columns: &[String],
        sample: Vec<Vec<Vec<u8>>>,
    ) -> Result<(), IntakeError> {
        self.walk
            .table(path, format, columns.to_vec(), sample, &mut self.work)
    }

    fn row(&mut self, line: u64, cells: &[Cell<'_>]) -> Result<(), IntakeError> {
        self.walk.row(line, cells, &mut self.work)
    }
}

#[derive(Debug)]
struct Work<S> {
    shape: Shape,
    labels: Labels,
    interval: BarInterval,
    columns: Vec<String>,
    clock: WallClock,
    dating: Dating,
    /// Whether daily bars without a zone are of the dates that are written.
    is_written: bool,
    finder: Finder,
    tally: Tally,
    foreign: Vec<Stretch>,
    next_foreign: usize,
    file: u32,
    path: String,
    /// Of the date that the path of a LEAN file names.
    midnight: i64,
    has_files: bool,
    /// Rows whose time came twice, until those after them tell which.
    doubtful: Vec<Doubtful>,
    /// The last row's point in time as the file labels it.
    previous: Option<i64>,
    batch: Rows,
    sink: S,
}

/// What a row says but for its time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Values {
    pub(super) prices: [f64; 4],
    pub(super) volume: f64,
    pub(super) spread: Option<f64>,
}

/// Why a row is not used: the kind, and the reason in words.
type Bad = (&'static str, String);

impl<S: RowSink> Taker for Work<S> {
    fn file(&mut self, head: FileHead) -> Result<(), IntakeError> {
        self.settle(None)?;
        self.previous = None;
        self.file = head.index;
        let is_lean = matches!(self.shape, Shape::Lean { .. });
        if is_lean != head.lean.is_some() {
            return Err(IntakeError::Changed);
        }
        self.midnight = LeanPath::of(&head.path)
            .and_then(|path| path.date)
            .unwrap_or(0);
        self.path = if self.has_files {
            head.path
        } else {
            String::new()
        };
        self.tally.new_file(Some(head.index), &self.path);
        Ok(())
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), IntakeError> {
        if let Shape::Bars {
            symbol: Some((column, wanted)),
            ..
        } = &self.shape
            && !symbols::is_of(&row.cell(*column).shown(), wanted)
        {
            return Ok(());
        }
        match self.read(row) {
            Ok(read) => self.place(row, read),
            Err(_) if self.repeats_names(row) => {
                let reason = "it names the columns once more".to_owned();
                self.reject(
                    row.line,
                    row.text(),
                    "lines that name the columns again",
                    reason,
                )
            }
            Err((kind, reason)) => self.reject(row.line, row.text(), kind, reason),
        }
    }

    fn bad_line(&mut self, line: u64, text: &[u8], why: BadLine) -> Result<(), IntakeError> {
        self.reject(line, text_of(text), why.kind(), why.in_words())
    }
}

impl<S: RowSink> Work<S> {
    /// Whether a row has the names of the columns in place of time and close.
    fn repeats_names(&self, row: &Row<'_>) -> bool {
        let Shape::Bars { time, numbers, .. } = &self.shape else {
            return false;
        };
        let is_name = |index: usize| self.columns.get(index) == Some(&row.cell(index).shown());
        let [.., close, _] = numbers;
        is_name(*time) && close.is_some_and(is_name)
    }

    fn read(&mut self, row: &Row<'_>) -> Result<(Moment, TimeForm, Values), Bad> {
        while self
            .foreign
            .get(self.next_foreign)
            .is_some_and(|stretch| (stretch.file, stretch.last_line) < (self.file, row.line))
        {
            self.next_foreign += 1;
        }
        if let Some(stretch) = self.foreign.get(self.next_foreign)
            && stretch.holds(self.file, row.line)
        {
            let (among, other) = (self.interval, stretch.interval);
            let reason = match stretch.rows {
                1 => format!("a {other} bar among {among} bars"),
                several => format!("one of {several} rows of {other} bars among {among} bars"),
            };
            return Err(("rows of another interval", reason));
        }
        match &self.shape {
            Shape::Bars {
                time,
                clock,
                order,
                numbers,
                decimal,
                ..
            } => {
                let (time, clock) = (row.cell(*time), clock.map(|clock| clock.cell(row)));
                let (moment, form) = read_time(time, clock, *order)
                    .map_err(|bad| ("times that cannot be read", bad))?;
                let values = values(row, numbers, *decimal)?;
                Ok((moment, form, values))
            }
            Shape::Lean {
                scale, has_quotes, ..
            } => {
                let (moment, form) = self.lean_time(row.cell(0))?;
                let values = if *has_quotes {
                    quotes(row, *scale)?
                } else {
                    trades(row, *scale)?
                };
                Ok((moment, form, values))
            }
        }
    }

    fn lean_time(&self, cell: Cell<'_>) -> Result<(Moment, TimeForm), Bad> {
        if self.midnight == 0 {
            return read_time(cell, None, super::DateOrder::Month)
                .map_err(|bad| ("times that cannot be read", bad));
        }
        let text = cell.shown();
        let millis = text
            .parse::<i64>()
            .ok()
            .filter(|millis| (0..=86_400_000).contains(millis));
        match millis {
            Some(millis) => Ok((
                Moment::Wall(self.midnight + millis * 1_000),
                TimeForm::SinceMidnight,
            )),
            None => Err((
                "times that cannot be read",
                format!("time {text:?} is no count of milliseconds of a day"),
            )),
        }
    }

    /// Finds the point in time of a row.
    fn place(
        &mut self,
        row: &Row<'_>,
        read: (Moment, TimeForm, Values),
    ) -> Result<(), IntakeError> {
        let (moment, form, values) = read;
        let line = row.line;
        let date = self.date_of(moment);
        let local = match moment {
            _ if let Some(date) = date => Local::One(date),
            Moment::Utc(at) | Moment::Zoned { at, .. } => Local::One(at),
            Moment::Date(at) | Moment::Wall(at) => self.clock.local(at),
            Moment::Clock(_) => {
                return self.reject(
                    line,
                    row.text(),
                    "times that cannot be read",
                    "time has no date".to_owned(),
                );
            }
        };
        match local {
            Local::One(at) => {
                if !self.doubtful.is_empty() {
                    self.settle(Some(at))?;
                }
                self.previous = Some(at);
                let bar = match date {
                    Some(date) => self.daily(date, values),
                    None => self.bar(at, values),
                };
                match bar {
                    Ok((start, place)) => {
                        self.tally.sample(row, form, start, values);
                        self.keep(line, form, start, place, values)
                    }
                    Err(reason) => self.reject(line, row.text(), "rows that are no bars", reason),
                }
            }
            Local::Gap => {
                let reason = "its time never was: clocks were set forward over it".to_owned();
                self.reject(line, row.text(), "times in a change of clocks", reason)
            }
            Local::Twice { early, late } => {
                if self.doubtful.len() >= MOST_DOUBTFUL {
                    self.settle(None)?;
                }
                let text = row.text();
                self.doubtful.push(Doubtful {
                    line,
                    text,
                    form,
                    early,
                    late,
                    values,
                });
                Ok(())
            }
        }
    }
}

impl<S: RowSink> Work<S> {
    /// The date of a daily bar, as its midnight; `None` where its time falls into a change of clocks.
    fn date_of(&mut self, moment: Moment) -> Option<i64> {
        match moment {
            _ if self.interval != BarInterval::Day => None,
            Moment::Date(at) => Some(at),
            Moment::Wall(wall) | Moment::Zoned { wall, .. } if wall % DAY == 0 => {
                Some(midnight(wall, self.labels))
            }
            Moment::Zoned { at, wall } => Some(self.dating.date(Form::Zoned, at, wall)),
            Moment::Utc(at) => Some(self.dating.date(Form::Utc, at, at)),
            Moment::Wall(wall) if self.is_written => Some(self.dating.date(Form::Wall, wall, wall)),
            Moment::Wall(wall) => match self.clock.local(wall) {
                Local::One(at) => Some(self.dating.date(Form::Wall, at, wall)),
                Local::Gap | Local::Twice { .. } => None,
            },
            Moment::Clock(_) => None,
        }
    }

    /// A daily bar, known by the date of its session.
    fn daily(&mut self, date: i64, values: Values) -> Result<(Timestamp, Place), String> {
        let start = Timestamp(date);
        check_bar(start, values.prices, values.volume).map_err(|bad| bad.to_string())?;
        Ok((start, self.finder.place(start, self.interval)))
    }

    /// The start of a row's bar, where the row is one.
    fn bar(&mut self, at: i64, values: Values) -> Result<(Timestamp, Place), String> {
        let at = Timestamp(at);
        if at < Timestamp::MIN || at > Timestamp::MAX {
            return Err(format!("time {at} is outside 1900 to 2200"));
        }
        if self.interval == BarInterval::Day {
            return self.daily(self.dating.date(Form::Wall, at.0, at.0), values);
        }
        let start = match (self.labels, &self.shape) {
            (Labels::End, Shape::Bars { is_by_clock, .. }) => {
                self.finder.start_of(at, self.interval, *is_by_clock)
            }
            (Labels::End, Shape::Lean { .. }) => self.finder.start_of(at, self.interval, false),
            (
                Labels::Start,
                Shape::Lean {
                    is_clock_hours: true,
                    ..
                },
            ) => self.finder.covered(at, self.interval),
            (Labels::Start, _) => at,
        };
        check_bar(start, values.prices, values.volume).map_err(|bad| bad.to_string())?;
        Ok((start, self.finder.place(start, self.interval)))
    }

    fn keep(
        &mut self,
        line: u64,
        form: TimeForm,
        start: Timestamp,
        place: Place,
        values: Values,
    ) -> Result<(), IntakeError> {
        self.tally.keep(form, start, place, (line, values.prices));
        self.batch.bars.push(start, values.prices, values.volume);
        self.batch.spread.extend(values.spread);
        self.batch.line.push(line);
        if self.batch.len() >= BATCH {
            self.hand_over()?;
        }
        Ok(())
    }

    fn reject(
        &mut self,
        line: u64,
        text: String,
        kind: &'static str,
        reason: String,
    ) -> Result<(), IntakeError> {
        // what is not used comes after what was read before it
        let rejected = Rejected {
            file: self.path.clone(),
            line,
            reason,
            text,
        };
        self.tally.reject(kind, &rejected);
        Ok(self.sink.rejected(rejected)?)
    }

    fn hand_over(&mut self) -> Result<(), IntakeError> {
        if !self.batch.is_empty() {
            self.sink.rows(core::mem::take(&mut self.batch))?;
        }
        Ok(())
    }

    /// Decides on the rows whose time came twice, now that the point in time of the row after them is known.
    fn settle(&mut self, next: Option<i64>) -> Result<(), IntakeError> {
        if self.doubtful.is_empty() {
            return Ok(());
        }
        let doubtful = core::mem::take(&mut self.doubtful);
        let is_reversed = matches!(
            self.shape,
            Shape::Bars {
                is_reversed: true,
                ..
            }
        );
        let times = resolve(&doubtful, self.previous, next, self.interval, is_reversed);
        for (row, at) in doubtful.into_iter().zip(times) {
            let bar = match at {
                None => Err((
                    "times in a change of clocks",
                    "its time came twice, as clocks were set back, and the rows around it do not tell which is meant".to_owned(),
                )),
                Some(at) => {
                    self.previous = Some(at);
                    self.bar(at, row.values).map_err(|reason| ("rows that are no bars", reason))
                }
            };
            match bar {
                Ok((start, place)) => self.keep(row.line, row.form, start, place, row.values)?,
                Err((kind, reason)) => self.reject(row.line, row.text, kind, reason)?,
            }
        }
        Ok(())
    }
}

const NUMBER: &str = "numbers that cannot be read";
const NAMES: [&str; 5] = ["open", "high", "low", "close", "volume"];

fn values(row: &Row<'_>, columns: &[Option<usize>; 5], decimal: Decimal) -> Result<Values, Bad> {
    let mut all = [0.0; 5];
    for ((slot, column), name) in all.iter_mut().zip(columns).zip(NAMES) {
        if let Some(column) = column {
            *slot = value(row.cell(*column), name, decimal)?;
        }
    }
    let [open, high, low, close, volume] = all;
    Ok(Values {
        prices: [open, high, low, close],
        volume,
        spread: None,
    })
}

fn value(cell: Cell<'_>, name: &str, decimal: Decimal) -> Result<f64, Bad> {
    if matches!(cell, Cell::Empty) {
        return Err((NUMBER, format!("{name} is empty")));
    }
    number_of(cell, name == "volume", decimal).ok_or_else(|| {
        (
            NUMBER,
            format!("{name} is {:?}, which is no number", cell.shown()),
        )
    })
}

fn scaled(cell: Cell<'_>, name: &str, scale: f64) -> Result<f64, Bad> {
    Ok(value(cell, name, Decimal::Point)? / scale)
}

fn trades(row: &Row<'_>, scale: f64) -> Result<Values, Bad> {
    let mut prices = [0.0; 4];
    for ((slot, index), name) in prices.iter_mut().zip(1..).zip(NAMES) {
        *slot = scaled(row.cell(index), name, scale)?;
    }
    Ok(Values {
        prices,
        volume: value(row.cell(5), "volume", Decimal::Point)?,
        spread: None,
    })
}

/// Numbers of so many parts are exact as counts of these.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Bid and ask as counts of one part, and how many parts are 1: so their mean and their difference are those of the decimals
/// as written, rounded once. Without an exact part, the numbers themselves.
fn in_parts(bid: Cell<'_>, ask: Cell<'_>, [one, other]: [f64; 2], scale: f64) -> ([f64; 2], f64) {
    let places = |cell: Cell<'_>| match cell {
        Cell::Text(text) => match text.iter().position(|byte| *byte == b'.') {
            Some(mark) => text.len() - mark - 1,
            None => 0,
        },
        _ => 0,
    };
    let is_plain = |cell| matches!(cell, Cell::Text(text) if text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.'));
    let places = places(bid).max(places(ask)).min(20);
    // products of ten are exact so far
    let parts = (0..places).fold(scale, |parts, _| parts * 10.0);
    let counts = [one, other].map(|value| (value * parts).round());
    let is_exact = parts <= 1e15 && counts.iter().all(|count| *count < EXACT / 2.0);
    match is_exact && is_plain(bid) && is_plain(ask) {
        true => (counts, parts),
        false => ([one, other], 1.0),
    }
}

/// Bid in columns 2 to 5, ask in columns 7 to 10, each followed by its size.
fn quotes(row: &Row<'_>, scale: f64) -> Result<Values, Bad> {
    let side = |first: usize, side: &str| {
        let mut prices = [0.0; 4];
        for ((slot, index), name) in prices.iter_mut().zip(first..).zip(NAMES) {
            *slot = match row.cell(index) {
                Cell::Empty => return Err((NUMBER, format!("there is no {side}"))),
                cell => scaled(cell, &format!("{side} {name}"), scale)?,
            };
        }
        Ok(prices)
    };
    let (bid, ask) = (side(1, "bid")?, side(6, "ask")?);
    let mut prices = [0.0; 4];
    let mut spread = 0.0;
    for (index, ((slot, bid), ask)) in prices.iter_mut().zip(bid).zip(ask).enumerate() {
        let (one, other) = (row.cell(1 + index), row.cell(6 + index));
        let ([bid, ask], parts) = in_parts(one, other, [bid, ask], scale);
        *slot = (bid + ask) / (2.0 * parts);
        // that of the close counts
        spread = (ask - bid) / parts;
    }
    Ok(Values {
        prices,
        volume: 0.0,
        spread: Some(spread),
    })
}
