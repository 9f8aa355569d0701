//! From columns as a file has them to checked bars, row by row.

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::bars::{BadBar, BarColumns, check_bar};
use atrium_shared::market::intake::{TimeZoneChoice, parse_time, time_from_epoch};
use polars::prelude::{DataType, Float64Chunked, Int64Chunked, StringChunked, TimeUnit};

use super::{Field, Format, ImportError, RowProblem, Zone};

/// How many bad rows are described.
const SHOWN: usize = 5;

/// The six columns of a file.
pub(super) struct Table {
    pub(super) format: Format,
    pub(super) names: Vec<(Field, String)>,
    pub(super) rows: usize,
    pub(super) times: Times,
    /// Open, high, low, close, volume.
    pub(super) numbers: [Numbers; 5],
    /// Where a row is in the file, from its index.
    pub(super) place: Box<dyn Fn(usize) -> String>,
}

/// A column of times.
pub(super) enum Times {
    /// As text.
    Text(StringChunked),
    /// Counted from 1970, the unit told by size.
    Epoch(Int64Chunked),
    /// Counted from 1970 in a stated unit; `zoned` if they are points in time, else a local date and time.
    Counted {
        values: Int64Chunked,
        unit: Unit,
        zoned: bool,
    },
}

/// The unit of counted times.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Days,
    Millis,
    Micros,
    Nanos,
}

impl Unit {
    pub(super) fn of(dtype: &DataType) -> Option<Self> {
        match dtype {
            DataType::Date => Some(Self::Days),
            DataType::Datetime(TimeUnit::Milliseconds, _) => Some(Self::Millis),
            DataType::Datetime(TimeUnit::Microseconds, _) => Some(Self::Micros),
            DataType::Datetime(TimeUnit::Nanoseconds, _) => Some(Self::Nanos),
            _ => None,
        }
    }

    fn micros(self, count: i64) -> Option<i64> {
        match self {
            Self::Days => count.checked_mul(86_400_000_000),
            Self::Millis => count.checked_mul(1_000),
            Self::Micros => Some(count),
            Self::Nanos => Some(count.div_euclid(1_000)),
        }
    }
}

/// A column of numbers.
pub(super) enum Numbers {
    /// As text.
    Text(StringChunked),
    /// As numbers.
    Float(Float64Chunked),
}

type Cells<'a, T> = Box<dyn Iterator<Item = Result<T, String>> + 'a>;

impl Table {
    /// How the times are written, in words.
    pub(super) fn times_in_words(&self, zone: Zone) -> String {
        let local = match zone {
            Zone::Utc => "UTC where no zone is written",
            Zone::Exchange => "exchange time where no zone is written",
        };
        match &self.times {
            Times::Text(_) => format!("text, {local}"),
            Times::Epoch(_) => "counted from 1970 UTC".to_owned(),
            Times::Counted { zoned: true, .. } => "points in time".to_owned(),
            Times::Counted { zoned: false, .. } => match zone {
                Zone::Utc => "date and time without a zone, read as UTC".to_owned(),
                Zone::Exchange => "date and time without a zone, read as exchange time".to_owned(),
            },
        }
    }

    /// Reads and checks every row.
    ///
    /// # Errors
    /// [`ImportError::BadRows`] with the first bad rows and how many there are.
    pub(super) fn bars(&self, zone: TimeZoneChoice) -> Result<BarColumns, ImportError> {
        let mut columns = BarColumns::default();
        let (mut first, mut total) = (Vec::new(), 0);
        let mut previous: Option<(Timestamp, usize)> = None;
        let mut times = self.times.cells(zone);
        let mut numbers = self.numbers.each_ref().map(Numbers::cells);
        for index in 0..self.rows {
            let time = times.next().unwrap_or_else(|| Err(EMPTY.to_owned()));
            let read = numbers.each_mut().map(|column| column.next());
            let row = row(time, read).map_err(Problem::Cell);
            match row.and_then(|row| in_order(row, previous)) {
                Ok((start, prices, volume)) => {
                    previous = Some((start, index));
                    columns.push(start, prices, volume);
                }
                Err(problem) => {
                    total += 1;
                    // finding a place reads the file up to there, so only those shown are found
                    if first.len() < SHOWN {
                        first.push(RowProblem {
                            place: (self.place)(index),
                            reason: problem.in_words(&self.place),
                        });
                    }
                }
            }
        }
        if total == 0 {
            return Ok(columns);
        }
        Err(ImportError::BadRows {
            total,
            rows: self.rows,
            first,
        })
    }
}

const EMPTY: &str = "is empty";

/// A bar: its start, its prices and its volume.
type Row = (Timestamp, [f64; 4], f64);

/// One row, its bar checked.
fn row(
    time: Result<Timestamp, String>,
    numbers: [Option<Result<f64, String>>; 5],
) -> Result<Row, String> {
    let start = time.map_err(|reason| format!("time {reason}"))?;
    let mut values = [0.0; 5];
    let fields = Field::ALL.into_iter().skip(1);
    for ((slot, number), field) in values.iter_mut().zip(numbers).zip(fields) {
        let value = number.unwrap_or_else(|| Err(EMPTY.to_owned()));
        *slot = value.map_err(|reason| format!("{} {reason}", field.name()))?;
    }
    let [open, high, low, close, volume] = values;
    let prices = [open, high, low, close];
    check_bar(start, prices, volume).map_err(|bad: BadBar| bad.to_string())?;
    Ok((start, prices, volume))
}

/// Why a row cannot be used.
enum Problem {
    /// A value is missing, unreadable or impossible.
    Cell(String),
    /// Its time is not after that of the last good row.
    Order {
        start: Timestamp,
        before: Timestamp,
        /// The index of that row.
        index: usize,
    },
}

impl Problem {
    fn in_words(self, place: impl Fn(usize) -> String) -> String {
        match self {
            Self::Cell(reason) => reason,
            Self::Order {
                start,
                before,
                index,
            } if start == before => {
                format!("time {start} is there already, in {}", place(index))
            }
            Self::Order {
                start,
                before,
                index,
            } => format!(
                "time {start} is before that of {} ({before}): rows must be sorted by time",
                place(index)
            ),
        }
    }
}

/// Times must strictly increase.
fn in_order(row: Row, previous: Option<(Timestamp, usize)>) -> Result<Row, Problem> {
    let start = row.0;
    match previous {
        Some((before, index)) if start <= before => Err(Problem::Order {
            start,
            before,
            index,
        }),
        _ => Ok(row),
    }
}

impl Times {
    fn cells(&self, zone: TimeZoneChoice) -> Cells<'_, Timestamp> {
        match self {
            Self::Text(column) => Box::new(column.iter().map(move |text| {
                let text = text.filter(|text| !text.trim().is_empty());
                parse_time(text.ok_or(EMPTY)?, zone).map_err(|bad| bad.to_string())
            })),
            Self::Epoch(column) => Box::new(column.iter().map(|count| {
                let count = count.ok_or(EMPTY)?;
                time_from_epoch(count).ok_or_else(|| {
                    format!("{count} is no count of seconds, milliseconds, microseconds or nanoseconds since 1970 of a time between 1990 and 2100")
                })
            })),
            Self::Counted { values, unit, zoned } => Box::new(values.iter().map(move |count| {
                counted(count.ok_or(EMPTY)?, *unit, *zoned, zone)
            })),
        }
    }
}

fn counted(count: i64, unit: Unit, zoned: bool, zone: TimeZoneChoice) -> Result<Timestamp, String> {
    let micros = unit
        .micros(count)
        .filter(|&micros| (Timestamp::MIN.0..=Timestamp::MAX.0).contains(&micros));
    let at = Timestamp(micros.ok_or_else(|| format!("{count} is outside 1900 to 2200"))?);
    if zoned || zone == TimeZoneChoice::Utc {
        return Ok(at);
    }
    // the wall clock of a local time is that of the same count read as UTC
    let wall_clock = at.to_string();
    parse_time(wall_clock.trim_end_matches('Z'), zone).map_err(|bad| bad.to_string())
}

impl Numbers {
    fn cells(&self) -> Cells<'_, f64> {
        match self {
            Self::Text(column) => {
                Box::new(column.iter().map(|text| number(text.unwrap_or_default())))
            }
            Self::Float(column) => Box::new(
                column
                    .iter()
                    .map(|value| value.ok_or_else(|| EMPTY.to_owned())),
            ),
        }
    }
}

fn number(text: &str) -> Result<f64, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(EMPTY.to_owned());
    }
    text.parse().map_err(|_| {
        let short: String = text.chars().take(40).collect();
        format!(
            "is {short:?}, which is no number (written like 521.23, without thousands separators)"
        )
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use polars::prelude::NewChunkedArray;

    use super::*;

    #[test]
    fn the_place_of_a_bad_row_is_looked_for_only_where_it_is_shown() {
        // a file that holds itself twice
        let half: Vec<i64> = (0..1_000)
            .map(|minute| 1_711_459_800 + 60 * minute)
            .collect();
        let prices = || Float64Chunked::from_slice("p".into(), &[1.0; 2_000]);
        let asked = Rc::new(Cell::new(0));
        let counter = Rc::clone(&asked);
        let table = Table {
            format: Format::Csv,
            names: Vec::new(),
            rows: 2_000,
            times: Times::Epoch(Int64Chunked::from_slice("t".into(), &half.repeat(2))),
            numbers: [(); 5].map(|()| Numbers::Float(prices())),
            place: Box::new(move |row| {
                counter.set(counter.get() + 1);
                format!("line {}", row + 2)
            }),
        };
        let error = table.bars(TimeZoneChoice::Utc).unwrap_err().to_string();
        assert!(error.starts_with("1000 of 2000 rows"), "{error}");
        assert!(
            error.contains("line 1002: time 2024-03-26T13:30:00Z is before that of line 1001"),
            "{error}"
        );
        assert!(error.contains("and 995 more"), "{error}");
        assert_eq!(asked.get(), 2 * SHOWN);
    }
}
