//! How rows are to be read: what the first pass chose, for the second one.

use super::columns::NUMBERS;
use super::dates::Rules;
use super::lean::LeanLayout;
use super::times_of_day::ClockColumn;
use super::unpack::Limits;
use super::{
    Choice, DateOrder, Decimal, Detection, Field, FoundColumn, IntakeError, LeanMarket, TimeForm,
    Zone,
};
use crate::base::time::BarInterval;

/// What the first pass over a file chose.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub(super) detection: Detection,
    pub(super) shape: Shape,
    /// Whose dates the times of daily bars are of.
    pub(super) rules: Rules,
    pub(super) limits: Limits,
}

impl Plan {
    /// What was found out so far: the choices, without counts and rows, which the second pass adds.
    pub fn detection(&self) -> &Detection {
        &self.detection
    }

    /// Names the table of a database that the rows come from.
    pub fn set_table(&mut self, table: Choice<String>) {
        self.detection.reading.table = Some(table.value.clone());
        self.detection.table = Some(table);
    }
}

/// Where in a row what is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// Columns of their own.
    Bars {
        time: usize,
        clock: Option<ClockColumn>,
        order: DateOrder,
        /// Open, high, low, close, volume.
        numbers: [Option<usize>; 5],
        decimal: Decimal,
        is_reversed: bool,
        /// Whether times are ends of bars that are cut by the clock, so that the last of a session is as long as the others.
        is_by_clock: bool,
        /// The column that names symbols, and whose rows are read.
        symbol: Option<(usize, String)>,
    },
    /// As LEAN has them.
    Lean {
        /// What a price is divided by.
        scale: f64,
        has_quotes: bool,
        /// A clock hour that holds the open begins at the open.
        is_clock_hours: bool,
    },
}

/// Where LEAN's files say what they are.
const NAMED: &str = "as the path or the name in the zip says";

/// The choices for LEAN's files. `told` is the interval by how far rows are apart, for files whose path does not name it.
pub(super) fn lean(
    detection: &mut Detection,
    lean: &LeanLayout,
    told: Option<Choice<BarInterval>>,
) -> Result<Shape, IntakeError> {
    let calendar = detection.reading.calendar;
    let why = if lean.is_sure {
        NAMED
    } else {
        "as the values look; the path does not say"
    };
    let choice = |zone: Zone| match &detection.reading.zone {
        Some(given) => Choice::given(given.clone()),
        None if lean.is_sure => Choice::sure(zone, format!("LEAN's files of this market, {why}")),
        None => Choice::assumed(zone, format!("LEAN's files of this market, {why}")),
    };
    let new_york = "America/New_York".parse::<Zone>().unwrap_or(Zone::EXCHANGE);
    let zone = choice(if lean.is_equity { new_york } else { Zone::UTC });
    let interval = match (&lean.path, detection.reading.interval, told) {
        (_, Some(given), _) => Choice::given(given),
        (Some(path), None, _) => Choice::sure(path.interval, NAMED),
        (None, None, Some(told)) => told,
        (None, None, None) => {
            let rows = "rows whose path does not name their resolution, as LEAN's paths do";
            return Err(IntakeError::NoInterval { rows });
        }
    };
    let has_date = lean.path.as_ref().is_some_and(|path| path.date.is_some());
    let is_equity = lean.is_equity;
    let times = |position: usize, field: Field, why: &str| FoundColumn {
        field,
        column: format!("#{}", position + 1),
        why: why.to_owned(),
    };
    let mut fields = vec![times(0, Field::Time, "LEAN's first column")];
    let prices = if lean.has_quotes {
        "the middle of bid and ask"
    } else if is_equity {
        "LEAN's order, divided by 10,000"
    } else {
        "LEAN's order"
    };
    let taken = if lean.has_quotes { 4 } else { 5 };
    let fields_of_numbers = NUMBERS.into_iter().take(taken).enumerate();
    fields.extend(fields_of_numbers.map(|(index, field)| {
        let is_volume = field == Field::Volume;
        times(
            index + 1,
            field,
            if is_volume { "LEAN's order" } else { prices },
        )
    }));
    if lean.has_quotes {
        detection.warnings.push(
            "these are quotes: prices are the middle of bid and ask, nothing was traded, so every volume is 0".to_owned(),
        );
    }
    if lean.is_by_prices {
        detection.warnings.push(
            "the rows are read as those of shares that were taken out of a zip of LEAN's, whose prices are 10,000ths, as their times are written as there and all prices are whole multiples of 100: where the prices are meant as they stand, say that the file is none of LEAN's (--lean none)".to_owned(),
        );
    }
    let is_clock_hours = is_equity && interval.value.seconds() == 3_600;
    if is_clock_hours {
        detection.warnings.push(
            "these are clock hours, the first of a session is what is traded of it: longer bars of sessions are cut from minutes, a day from these as well".to_owned(),
        );
    }
    detection.symbol = lean
        .path
        .as_ref()
        .map(|path| path.symbol.to_ascii_uppercase());
    let form = if has_date {
        TimeForm::SinceMidnight
    } else {
        TimeForm::CompactDateTime
    };
    detection.time_forms = vec![(form, 0)];
    detection.fields = fields;
    let reading = &mut detection.reading;
    reading.lean = Some(if is_equity {
        LeanMarket::Equity
    } else {
        LeanMarket::Other
    });
    reading.calendar = calendar;
    reading.zone = Some(zone.value.clone());
    let labels = reading.labels.unwrap_or(super::Labels::Start);
    detection.labels = match reading.labels {
        Some(given) => Choice::given(given),
        None => Choice::sure(labels, "LEAN's times are starts"),
    };
    reading.labels = Some(labels);
    reading.interval = Some(interval.value);
    detection.zone = Some(zone);
    detection.interval = interval;
    Ok(Shape::Lean {
        scale: if is_equity { 10_000.0 } else { 1.0 },
        has_quotes: lean.has_quotes,
        is_clock_hours,
    })
}
