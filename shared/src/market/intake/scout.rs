//! The first pass over a file: evidence from every row, and the choices that follow from it.

mod choosing;
mod ending;
mod volumes;
mod whose;

use super::candidates::{
    Candidate, Known, choose_times, count_alone, is_short, passed_over, read_time,
};
use super::columns::{
    NUMBERS, NumberColumns, TimeColumn, find_numbers, found, holds_times, time_columns,
};
use super::date_order::Ordered;
use super::dates;
use super::evidence::Evidence;
use super::hours::{Fitted, Prior, Sighted};
use super::layout::Fixed;
use super::looks::Looks;
use super::numbers::{Styles, is_none};
use super::plan::{Plan, Shape};
use super::row::{BadLine, Cell, FileHead, Row, Taker};
use super::symbols::Symbols;
use super::times_of_day::{ClockColumn, ClockSights, EITHER};
use super::unpack::Limits;
use super::walk::Walk;
use super::{
    Certainty, Choice, ClockForm, Counts, DateOrder, Decimal, Detection, Feed, Field, Format,
    FoundColumn, Habit, Hours, IntakeError, Labels, Reading, Zone,
};
use crate::base::time::BarInterval;
use choosing::a_row_alone;
pub(super) use choosing::{ASSUMED_HABIT, HABIT, WIDE_HABIT};
use whose::Names;

/// The first pass.
#[derive(Debug)]
pub struct Scout {
    walk: Walk,
    work: Work,
}

impl Scout {
    /// Begins; what the reading fixes is not looked for.
    pub fn new(reading: Reading, limits: Limits) -> Self {
        let fixed = Fixed {
            delimiter: reading.delimiter,
            header: reading.header,
            columns: reading.columns.clone(),
        };
        Self {
            walk: Walk::new(fixed, reading.lean, limits),
            work: Work {
                reading,
                habits: Vec::new(),
                limits,
                first: None,
                numbers: [const { None }; 5],
                adjusted: None,
                candidates: Vec::new(),
                clock: None,
                clocks: ClockSights::default(),
                has_volumes: false,
                volumes: Vec::new(),
                symbol: None,
                is_symbol_given: false,
                symbols: Symbols::default(),
                first_bad: None,
                places: Vec::new(),
                styles: Styles::default(),
                looks: Looks::default(),
                rows: 0,
                files: Vec::new(),
                named: Names::default(),
                path: String::new(),
                file: 0,
                file_count: 0,
            },
        }
    }

    /// Proposes what was chosen before, the last import first, where the times of the files do not tell.
    #[must_use]
    pub fn with_habits(mut self, habits: Vec<Habit>) -> Self {
        self.work.habits = habits;
        self
    }

    /// Says whose rows are wanted, where a column names several symbols. What the name of a file proposed is asked about where a
    /// column says otherwise; what a person gave (`is_given`) is taken.
    #[must_use]
    pub fn with_symbol(mut self, symbol: &str, is_given: bool) -> Self {
        self.work.symbol = Some(symbol.to_owned());
        self.work.is_symbol_given = is_given;
        self
    }
}

impl Feed for Scout {
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
struct Work {
    reading: Reading,
    habits: Vec<Habit>,
    limits: Limits,
    first: Option<FileHead>,
    numbers: NumberColumns,
    /// The column of adjusted closes, and how many of how many differ from the close.
    adjusted: Option<(usize, u64, u64)>,
    candidates: Vec<Candidate>,
    /// The column of times of day, and what is seen of it.
    clock: Option<usize>,
    clocks: ClockSights,
    /// Whether any row has a volume.
    has_volumes: bool,
    /// Columns that may hold volumes, that which is taken first, and whether any value of each is not 0; empty where one was
    /// given.
    volumes: Vec<(usize, bool)>,
    /// Whose rows are wanted, where there are those of several.
    symbol: Option<String>,
    /// Whether a person said so.
    is_symbol_given: bool,
    symbols: Symbols,
    /// The first line that is no row.
    first_bad: Option<(u64, BadLine)>,
    /// The columns of numbers in the file at hand.
    places: Vec<usize>,
    styles: Styles,
    looks: Looks,
    rows: u64,
    files: Vec<String>,
    /// What names of files tell.
    named: Names,
    /// The file at hand.
    path: String,
    file: u32,
    file_count: u64,
}

impl Taker for Work {
    fn file(&mut self, head: FileHead) -> Result<(), IntakeError> {
        let before = core::mem::replace(&mut self.path, head.path.clone());
        self.clocks.end_file(&before);
        self.looks.new_file();
        self.file = head.index;
        self.file_count += 1;
        if self.files.len() < 100 {
            self.files.push(head.path.clone());
        }
        self.see_name(&head);
        for candidate in &mut self.candidates {
            candidate.evidence.new_file();
        }
        if self.first.is_none() {
            let head = self.first.insert(head).clone();
            match &head.lean {
                None => self.first_file(&head)?,
                // without a path only the times tell how far apart bars are
                Some(lean) if lean.path.is_none() => self.candidates.push(Candidate::of_lean()),
                Some(_) => {}
            }
            return Ok(());
        }
        let first = self
            .first
            .as_ref()
            .map(|first| (first.lean.is_some(), first.columns.as_slice()));
        let (was_lean, columns) = first.unwrap_or_default();
        let other = |reason: String| IntakeError::OtherColumns {
            path: head.path.clone(),
            reason,
        };
        if was_lean != head.lean.is_some() {
            return Err(other("not all are LEAN's".to_owned()));
        }
        // a file without names beside one with names has its columns in the same order
        let has_names = |columns: &[String]| columns.first().is_some_and(|first| first != "#1");
        let both = has_names(columns) && has_names(&head.columns);
        if columns.len() != head.columns.len() || (both && head.columns != columns) {
            return Err(other(super::columns::listed(&head.columns)));
        }
        Ok(())
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), IntakeError> {
        self.rows += 1;
        self.symbols.take(row);
        if let Some(Some((index, _))) = self.numbers.get(4) {
            let name = self
                .first
                .as_ref()
                .and_then(|head| head.columns.get(*index));
            self.has_volumes |= match row.cell(*index) {
                Cell::Empty => false,
                Cell::Float(number) if number.is_nan() => false,
                // the names of the columns may come again
                Cell::Text(text) => !is_none(text) && name.is_none_or(|it| it.as_bytes() != text),
                _ => true,
            };
        }
        self.see_volumes(row);
        for &index in &self.places {
            if let Cell::Text(text) = row.cell(index) {
                self.styles.count(text);
            }
        }
        if let (Some((adjusted, differ, all)), Some(Some((close, _)))) =
            (&mut self.adjusted, self.numbers.get(3))
        {
            *all += 1;
            *differ += u64::from(row.cell(*adjusted) != row.cell(*close));
        }
        if let Some(clock) = self.clock {
            self.clocks.take(row.cell(clock), row.line);
        }
        let file = self.file;
        let all = self.candidates.len();
        let mut by_day: Vec<Candidate> = Vec::new();
        for (own, candidate) in self.candidates.iter_mut().enumerate() {
            let time = row.cell(candidate.column.time);
            let clock = candidate.clock.map(|clock| clock.cell(row));
            let read = read_time(time, clock, candidate.order);
            if candidate.may_be_by_day && is_short(&read, time, clock) {
                let mut other = candidate.twin_by_day(own, all + by_day.len(), time);
                other.take(read_time(time, clock, DateOrder::Day), file, row.line);
                by_day.push(other);
            }
            candidate.take(read, file, row.line);
        }
        self.candidates.extend(by_day);
        count_alone(&mut self.candidates, file, row.line);
        self.see_look(row);
        Ok(())
    }

    fn bad_line(&mut self, line: u64, _: &[u8], why: BadLine) -> Result<(), IntakeError> {
        self.first_bad.get_or_insert((line, why));
        self.rows += 1;
        Ok(())
    }
}

impl Work {
    /// Finds the columns of the first file.
    fn first_file(&mut self, head: &FileHead) -> Result<(), IntakeError> {
        let given = &self.reading.columns;
        let numbers = |decimal| find_numbers(&head.columns, given, &head.sample, decimal);
        self.numbers = match self.reading.decimal {
            Some(decimal) => numbers(decimal)?,
            None => {
                numbers(Decimal::Point).or_else(|bad| numbers(Decimal::Comma).map_err(|_| bad))?
            }
        };
        let columns = time_columns(&head.columns, given, &self.numbers, &head.sample)?;
        let order = self.reading.date_order;
        let ways = |column: TimeColumn| -> Vec<Candidate> {
            let clocks = column
                .clock
                .map(|index| ClockColumn::ways(index, &head.sample, self.reading.clock));
            let clocks = match clocks {
                Some(clocks) => clocks.into_iter().map(Some).collect(),
                None => vec![None],
            };
            let way = |clock| Candidate {
                column: column.clone(),
                clock,
                order: order.unwrap_or(DateOrder::Month),
                may_be_by_day: order.is_none(),
                ..Candidate::of_lean()
            };
            clocks.into_iter().map(way).collect()
        };
        self.candidates = columns.into_iter().flat_map(ways).collect();
        self.clock = self.candidates.iter().find_map(|it| it.column.clock);
        self.volumes = volumes::candidates(&self.numbers, given, &head.columns);
        self.places = self
            .numbers
            .iter()
            .flatten()
            .map(|(index, _)| *index)
            .collect();
        let times: Vec<usize> = (self.candidates.iter())
            .flat_map(|candidate| [Some(candidate.column.time), candidate.column.clock])
            .flatten()
            .collect();
        let is_time = |index| times.contains(&index) && holds_times(&head.sample, index);
        let is_taken = |index| self.places.contains(&index) || is_time(index);
        self.symbols = Symbols::of(&head.columns, head.symbol.clone(), is_taken);
        let adjusted = |name: &String| super::columns::plain(name).starts_with("adjclose");
        self.adjusted = head
            .columns
            .iter()
            .position(adjusted)
            .map(|index| (index, 0, 0));
        Ok(())
    }

    fn finish(mut self) -> Result<Plan, IntakeError> {
        let head = self.first.take().ok_or(IntakeError::Empty)?;
        if self.rows == 0 {
            return Err(IntakeError::NoRows);
        }
        let (limits, mut detection) = (self.limits, self.detection(&head));
        let mut rules = dates::Rules::default();
        let shape = match &head.lean {
            Some(lean) => {
                let told = match lean.path {
                    None if self.reading.interval.is_none() => Some(self.spacing()?),
                    _ => None,
                };
                super::plan::lean(&mut detection, lean, told)?
            }
            None => self.bars(&head, &mut detection, &mut rules)?,
        };
        Ok(Plan {
            detection,
            shape,
            rules,
            limits,
        })
    }

    /// The interval of LEAN's rows whose path does not name it, by how far they are apart.
    fn spacing(&mut self) -> Result<Choice<BarInterval>, IntakeError> {
        let rows = "rows whose path does not name their resolution, as LEAN's paths do";
        let none = IntakeError::NoInterval { rows };
        let Some(mut lean) = self.candidates.pop() else {
            return Err(none);
        };
        lean.evidence.finish();
        if lean.evidence.step_of_most().is_none() {
            return Err(none);
        }
        self.interval(&mut lean).map(|(interval, _)| interval)
    }

    /// What is known of the files whatever is in them.
    fn detection(&self, head: &FileHead) -> Detection {
        let is_text = matches!(head.format, Format::Csv | Format::Lean);
        let delimiter = char::from(head.delimiter);
        let mut reading = self.reading.clone();
        let mut warnings = Vec::new();
        if head.passed_over > 0 {
            warnings.push(format!(
                "lines before the names of the columns were passed over: {}",
                head.passed_over
            ));
        }
        if is_text {
            reading.delimiter = Some(delimiter);
            reading.header = Some(head.has_header);
        }
        Detection {
            format: head.format,
            packing: head.packing,
            files: self.files.clone(),
            file_count: self.file_count,
            table: None,
            symbol: None,
            symbols: Vec::new(),
            delimiter: is_text.then(|| match self.reading.delimiter {
                Some(given) => Choice::given(given),
                None => Choice::sure(delimiter, "the lines have the same number of values by it"),
            }),
            header: is_text.then(|| match self.reading.header {
                Some(given) => Choice::given(given),
                None if head.has_header => Choice::sure(true, "a line names the columns"),
                None => Choice::sure(false, "the first line holds values"),
            }),
            decimal: None,
            columns: head.columns.clone(),
            fields: Vec::new(),
            time_forms: Vec::new(),
            date_order: None,
            clock: None,
            passed_over: Vec::new(),
            zone: None,
            labels: Choice::assumed(Labels::Start, ""),
            is_by_clock: false,
            daily: None,
            interval: Choice::assumed(BarInterval::minutes(1), ""),
            foreign: Vec::new(),
            hours: Hours::default(),
            adjustment: None,
            warnings,
            counts: Counts::default(),
            sample: Vec::new(),
            reasons: Vec::new(),
            refusal: None,
            reading,
        }
    }

    /// The choices for a table of bars.
    fn bars(
        mut self,
        head: &FileHead,
        detection: &mut Detection,
        rules: &mut dates::Rules,
    ) -> Result<Shape, IntakeError> {
        for candidate in &mut self.candidates {
            candidate.evidence.finish();
        }
        let decimal = self.decimal(head);
        if let ([.., volume], false) = (&mut self.numbers, self.has_volumes) {
            // a column without any value is none
            *volume = None;
        }
        let no_row = self
            .first_bad
            .map(|(line, bad)| format!("line {line}: {}", bad.in_words()));
        self.clocks.end_file(&self.path);
        let usual_clock = self.usual_clock();
        let clock = (self.clocks).choose(
            &mut self.candidates,
            self.reading.calendar,
            self.reading.clock,
            usual_clock,
        )?;
        if let Some(clock) = clock.as_ref().filter(|it| it.evidence == EITHER) {
            detection.warnings.push(format!(
                "times of day are read as {}, and would read as well the other way: look at the first times",
                clock.value
            ));
        }
        let known = Known {
            calendar: self.reading.calendar,
            given: self.reading.date_order,
            usual: self.usual_order(),
            files: &self.files,
        };
        let Ordered {
            candidate: mut chosen,
            order,
            warning,
            refusal,
        } = choose_times(&mut self.candidates, known, no_row)?;
        detection.warnings.extend(warning);
        detection.refusal = refusal;
        let columns = &head.columns;
        detection.warnings.extend(self.fill_volumes(columns));
        let mut fields: Vec<FoundColumn> = Vec::new();
        fields.push(found(
            columns,
            Field::Time,
            chosen.column.time,
            &chosen.column.why,
        ));
        if let Some(clock) = chosen.column.clock {
            fields.push(found(
                columns,
                Field::Clock,
                clock,
                "its values are times of day",
            ));
        }
        for (field, place) in NUMBERS.into_iter().zip(&self.numbers) {
            fields.extend(
                place
                    .as_ref()
                    .map(|(index, why)| found(columns, field, *index, why)),
            );
        }
        detection.passed_over = passed_over(&self.candidates, columns, &chosen, self.rows);
        let (interval, step) = self.interval(&mut chosen)?;
        let looks = self.day_looks(&mut chosen, decimal.value);
        detection.foreign = chosen.evidence.foreign(step, looks);
        if chosen.evidence.times == 1
            && interval.value == BarInterval::Day
            && interval.certainty == Certainty::Assumed
        {
            let warning = "a single row does not tell whether it is the bar of a day, a week or a month: it is taken for a day's, as the bars that are stored are";
            detection.warnings.push(warning.to_owned());
        }
        detection.warnings.extend(a_row_alone(&interval));
        let fitted = match interval.value {
            BarInterval::Day => {
                let chosen = self.dates(&mut chosen, &detection.foreign);
                detection.warnings.extend(chosen.warnings);
                *rules = chosen.rules;
                detection.daily = Some(chosen.daily);
                (chosen.zone, chosen.labels, false)
            }
            BarInterval::Seconds(_) => {
                let name = columns.get(chosen.column.time).map_or("", String::as_str);
                let (fitted, is_by_clock) =
                    self.zone(&mut chosen, &interval, &detection.foreign, name);
                self.set_lone_days_aside(&mut chosen, step, looks, &fitted, &mut detection.foreign);
                detection.warnings.extend(fitted.warning);
                let note = self.side_note(&fitted.labels);
                detection.warnings.extend(note.map(str::to_owned));
                (fitted.zone, fitted.labels, is_by_clock)
            }
        };
        detection.adjustment = self.adjusted.and_then(|(index, differ, all)| {
            let name = columns.get(index)?;
            (differ > 0).then(|| format!("{name} differs from the close in {differ} of {all} rows: open, high, low and close are taken as they are, without that adjustment"))
        });
        if self.numbers.get(4).is_some_and(Option::is_none) {
            detection.warnings.push("there is no column of volumes: every volume is 0, so limits on the share of volume fill nothing".to_owned());
        }
        if chosen.evidence.is_reversed() {
            detection
                .warnings
                .push("the newest rows come first".to_owned());
        }
        let reading = &mut detection.reading;
        for field in &fields {
            reading.columns.set(field.field, field.column.clone());
        }
        reading.decimal = Some(decimal.value);
        // an order that was given refuses short dates even where it reads none
        let read_by = order.as_ref().map(|order| order.value);
        reading.date_order = read_by.or(reading.date_order);
        reading.zone = fitted.0.as_ref().map(|zone| zone.value.clone());
        reading.labels = Some(fitted.1.value);
        reading.interval = Some(interval.value);
        reading.clock = clock.as_ref().map(|clock| clock.value);
        let is_one = chosen.evidence.comes_once();
        let shape = Shape::Bars {
            time: chosen.column.time,
            clock: chosen.clock,
            order: chosen.order,
            numbers: self
                .numbers
                .each_ref()
                .map(|place| place.as_ref().map(|(index, _)| *index)),
            decimal: decimal.value,
            is_reversed: chosen.evidence.is_reversed(),
            is_by_clock: fitted.2,
            symbol: self.choose_symbol(columns, is_one, detection),
        };
        detection.decimal =
            (head.format == Format::Csv || decimal.value == Decimal::Billionths).then_some(decimal);
        detection.fields = fields;
        detection.clock = clock;
        detection.time_forms = chosen.evidence.forms.into_iter().collect();
        detection.date_order = order;
        (detection.zone, detection.labels, detection.is_by_clock) = fitted;
        detection.interval = interval;
        Ok(shape)
    }
}

#[cfg(test)]
mod tests;
