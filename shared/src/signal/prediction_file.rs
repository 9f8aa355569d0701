//! Predictions made elsewhere, read from a CSV file.

use super::placing::{Imported, Placer, RowTime};
use super::prediction::{PredictionRow, PredictionSeries, Target, TargetField, TargetKind};
use super::table::{BadTable, Column, Field, Limits, Role, Row, TIME, Table};
use crate::base::utf16::as_utf8;
use crate::market::bars::SessionBars;
use crate::market::intake::TimeZoneChoice;

/// Columns that hold a price, best first.
const PRICE: Role = Role {
    name: "predicted price",
    known: &["prediction", "pred", "predicted_price", "price"],
};
/// Columns that hold `r = ln(target / close)`, best first.
const LOG_RETURN: Role = Role {
    name: "predicted log return",
    known: &["log_return", "r"],
};
/// Columns that say whether a row was used for fitting.
const IN_SAMPLE: Role = Role {
    name: "in-sample flag",
    known: &["in_sample", "is_in_sample"],
};
/// Columns that say that a row was not.
const OUT_OF_SAMPLE: Role = Role {
    name: "out-of-sample flag",
    known: &["out_of_sample", "is_oos", "oos"],
};
/// Columns that say how sure the maker was.
const CONFIDENCE: Role = Role {
    name: "confidence",
    known: &["confidence"],
};

/// A log return beyond this is a mistake, such as a price in its place: e^10 is 22,026.
const LARGEST_LOG_RETURN: f64 = 10.0;

/// Columns named by the user; the others are found by their known names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PredictionColumns {
    /// The time.
    pub time: Option<String>,
    /// The value.
    pub value: Option<String>,
    /// Whether the value is a price or a log return, where its column's name does not say.
    pub kind: Option<TargetKind>,
    /// The in-sample flag.
    pub in_sample: Option<String>,
    /// The out-of-sample flag.
    pub out_of_sample: Option<String>,
    /// The confidence.
    pub confidence: Option<String>,
}

/// How a file of predictions is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredictionFile {
    /// The predicted price.
    pub target: TargetField,
    /// Bars ahead.
    pub horizon_bars: u32,
    /// What the times stand for.
    pub row_time: RowTime,
    /// The zone of times that are written without one.
    pub zone: TimeZoneChoice,
    /// Columns that are named otherwise.
    pub columns: PredictionColumns,
}

impl PredictionFile {
    /// A file of predictions with the usual columns, for the starts of bars, in UTC.
    pub fn of(target: TargetField, horizon_bars: u32) -> Self {
        Self {
            target,
            horizon_bars,
            row_time: RowTime::BarStart,
            zone: TimeZoneChoice::Utc,
            columns: PredictionColumns::default(),
        }
    }

    /// Reads the predictions for `bars` from a table with a line for each.
    ///
    /// Columns: the time; the value, as a price or a log return; and, where they are there, a flag of whether the row was
    /// used for fitting (without one the whole series counts as in-sample) and a confidence from 0 to 1. Others are
    /// passed over, as are rows without a value. Lines may stand in any order.
    ///
    /// # Errors
    /// [`BadTable`] with the line, the column and the value.
    pub fn read(
        &self,
        bytes: &[u8],
        bars: &SessionBars,
    ) -> Result<Imported<PredictionSeries>, BadTable> {
        let bytes = as_utf8(bytes);
        let table = Table::read(&bytes, Limits::default())?;
        let found = Found::new(&table, &self.columns)?;
        let mut placer = Placer::new(bars, self.row_time);
        table.for_each_row(|row| {
            match found.read(row)? {
                None => placer.pass_over(),
                Some(read) => {
                    placer.place(row.line(), row.field(found.time).time(self.zone)?, read)
                }
            }
            Ok(())
        })?;
        let (rows, report) = placer.finish()?;
        let row = |(for_bar, read): (_, ReadRow)| PredictionRow {
            for_bar,
            value: read.value,
            in_sample: read.in_sample,
            confidence: read.confidence,
        };
        let target = Target {
            field: self.target,
            kind: found.kind,
            horizon_bars: self.horizon_bars,
        };
        let series = PredictionSeries::new(target, rows.into_iter().map(row).collect());
        let series = series.map_err(|bad| BadTable::Series(bad.to_string()))?;
        Ok(Imported { series, report })
    }
}

/// A row but for its time.
struct ReadRow {
    value: f32,
    in_sample: bool,
    confidence: Option<f32>,
}

/// Which column is which.
struct Found<'a> {
    time: Column<'a>,
    value: Column<'a>,
    kind: TargetKind,
    /// The flag, and what it says where it is set.
    flag: Option<(Column<'a>, Flag)>,
    confidence: Option<Column<'a>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Flag {
    InSample,
    OutOfSample,
}

impl<'a> Found<'a> {
    fn new(table: &'a Table<'_>, columns: &PredictionColumns) -> Result<Self, BadTable> {
        let (value, kind) = find_value(table, columns)?;
        let in_sample = table.find(IN_SAMPLE, columns.in_sample.as_deref())?;
        let out_of_sample = table.find(OUT_OF_SAMPLE, columns.out_of_sample.as_deref())?;
        let flag = match (in_sample, out_of_sample) {
            (None, None) => None,
            (Some(column), None) => Some((column, Flag::InSample)),
            (None, Some(column)) => Some((column, Flag::OutOfSample)),
            (Some(one), Some(other)) => {
                return Err(BadTable::AmbiguousColumn {
                    role: "flag of the sample",
                    columns: format!("{} and {}", one.name(), other.name()),
                });
            }
        };
        Ok(Self {
            time: table.need(TIME, columns.time.as_deref())?,
            value,
            kind,
            flag,
            confidence: table.find(CONFIDENCE, columns.confidence.as_deref())?,
        })
    }

    /// The row; `None` where it has no value.
    fn read(&self, row: Row<'_>) -> Result<Option<ReadRow>, BadTable> {
        let column = |column: Column<'a>| row.field(column);
        let field = column(self.value);
        if field.is_empty() {
            return Ok(None);
        }
        let in_sample = match self.flag {
            None => true,
            Some((flag, meaning)) => column(flag).flag()? == (meaning == Flag::InSample),
        };
        let confidence = match self.confidence {
            None => None,
            Some(confidence) => read_confidence(column(confidence))?,
        };
        Ok(Some(ReadRow {
            value: read_value(field, self.kind)?,
            in_sample,
            confidence,
        }))
    }
}

/// The column of the values, and what they are.
fn find_value<'a>(
    table: &'a Table<'_>,
    columns: &PredictionColumns,
) -> Result<(Column<'a>, TargetKind), BadTable> {
    if let Some(name) = columns.value.as_deref() {
        let column = table.need(PRICE, Some(name))?;
        let known = |role: Role| {
            role.known
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
        };
        let kind = columns.kind.or(if known(PRICE) {
            Some(TargetKind::Price)
        } else {
            known(LOG_RETURN).then_some(TargetKind::LogReturn)
        });
        let kind = kind.ok_or_else(|| BadTable::UnknownKind {
            name: name.to_owned(),
        })?;
        return Ok((column, kind));
    }
    let of_kind = |role, kind| match columns.kind {
        Some(wanted) if wanted != kind => Ok(None),
        _ => table.find(role, None),
    };
    let price = of_kind(PRICE, TargetKind::Price)?;
    let log_return = of_kind(LOG_RETURN, TargetKind::LogReturn)?;
    match (price, log_return) {
        (Some(column), None) => Ok((column, TargetKind::Price)),
        (None, Some(column)) => Ok((column, TargetKind::LogReturn)),
        (None, None) => Err(table.missing(&[PRICE, LOG_RETURN])),
        (Some(price), Some(log_return)) => Err(BadTable::AmbiguousColumn {
            role: "prediction",
            columns: format!("{} and {}", price.name(), log_return.name()),
        }),
    }
}

fn read_value(field: Field<'_>, kind: TargetKind) -> Result<f32, BadTable> {
    let value = field.number()?;
    let stored = value as f32;
    match kind {
        TargetKind::Price if stored > 0.0 && stored.is_finite() => Ok(stored),
        TargetKind::Price => Err(field.bad("is no price: it must be above 0 and below 3e38")),
        TargetKind::LogReturn if value.abs() <= LARGEST_LOG_RETURN => Ok(stored),
        TargetKind::LogReturn => Err(field.bad(
            "is no log return, which is ln(predicted price / close) and lies between -10 and 10: is the column a price?",
        )),
    }
}

fn read_confidence(field: Field<'_>) -> Result<Option<f32>, BadTable> {
    match field.optional_number()? {
        Some(value) if !(0.0..=1.0).contains(&value) => {
            Err(field.bad("is no confidence: it must be from 0 to 1"))
        }
        value => Ok(value.map(|value| value as f32)),
    }
}

#[cfg(test)]
mod tests;
