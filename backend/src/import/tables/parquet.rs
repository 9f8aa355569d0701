//! Decoding Parquet. Numbers and times keep their types; values that no bar has are shown in place of being read.

use std::fs::File;
use std::path::Path;

use atrium_shared::market::intake::{Cell, Format};
use polars::prelude::{
    ArrowDataType, Column, DataFrame, DataType, ParquetReader, PolarsError, PolarsResult,
    SerReader, TimeUnit,
};

use super::{Emit, Head, Request, Rows};
use crate::import::ImportError;
use crate::store::first_line;

/// So many rows are decoded at a time; a row group is decoded as a whole.
const SLICE: usize = 1 << 16;

const DAY: i64 = 86_400_000_000;

/// Decodes a file.
pub(super) fn decode(
    path: &Path,
    request: &Request,
    emit: &mut Emit<'_>,
) -> Result<(), ImportError> {
    let unreadable = |error: PolarsError| {
        let reason = first_line(error);
        ImportError::table(
            &request.name,
            format!(
                "is not a Parquet file that can be read: {reason}; if it was copied or downloaded, get it again"
            ),
        )
    };
    let open = || File::open(path).map_err(|source| ImportError::read(path, source));
    let mut reader = ParquetReader::new(open()?);
    let mut schema = reader.schema().map_err(unreadable)?;
    let mut metadata = reader.get_metadata().map_err(unreadable)?.clone();
    // texts that the writer had as categories (pandas and Polars call them so) are texts by the file itself
    if schema
        .iter_values()
        .any(|field| matches!(field.dtype, ArrowDataType::Dictionary(..)))
    {
        let mut plain = (*metadata).clone();
        plain.key_value_metadata = None;
        metadata = plain.into();
        reader = ParquetReader::new(open()?);
        reader.set_metadata(metadata.clone());
        schema = reader.schema().map_err(unreadable)?;
    }
    let count = reader.num_rows().map_err(unreadable)?;
    let columns: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
    let kinds: Vec<Option<String>> = schema
        .iter()
        .map(|(name, field)| passed_over(name, &field.dtype))
        .collect();
    let wanted = columns
        .iter()
        .zip(&kinds)
        .filter(|(_, kind)| kind.is_none());
    let wanted: Vec<String> = wanted.map(|(name, _)| name.clone()).collect();
    let head = Head {
        format: Format::Parquet,
        columns: columns.clone(),
        rows: Some(count as u64),
        table: None,
    };
    let mut rows = Rows::begin(&head, emit)?;
    if wanted.is_empty() {
        return Err(ImportError::table(
            &request.name,
            "has no column of numbers, texts or times: there are no bars in it",
        ));
    }
    for from in (0..count).step_by(SLICE) {
        let mut reader = ParquetReader::new(open()?);
        reader.set_metadata(metadata.clone());
        let reader = reader
            .with_columns(Some(wanted.clone()))
            .with_slice(Some((from, SLICE.min(count - from))));
        let frame = reader.finish().map_err(unreadable)?;
        let mut cells = Vec::with_capacity(columns.len());
        for (name, kind) in columns.iter().zip(&kinds) {
            cells.push(match kind {
                Some(kind) if kind.is_empty() => {
                    Box::new(std::iter::repeat(Cell::Empty)) as Cells<'_>
                }
                Some(kind) => Box::new(std::iter::repeat(Cell::Text(kind.as_bytes()))),
                None => cells_of(&frame, name).map_err(unreadable)?,
            });
        }
        for _ in 0..frame.height() {
            for column in &mut cells {
                rows.cell(column.next().unwrap_or(Cell::Empty));
            }
            rows.end_row()?;
        }
    }
    rows.finish()
}

/// What to show in place of values of a type that no bar has; nothing where there are none.
fn passed_over(name: &str, dtype: &ArrowDataType) -> Option<String> {
    use ArrowDataType as Type;
    match dtype {
        Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => None,
        Type::UInt8 | Type::UInt16 | Type::UInt32 | Type::UInt64 => None,
        Type::Float32 | Type::Float64 | Type::Utf8 | Type::LargeUtf8 | Type::Utf8View => None,
        Type::Timestamp(..) | Type::Date32 | Type::Date64 => None,
        Type::Null => Some(String::new()),
        other => {
            let kind = format!("{other:?}");
            let kind: String = kind.chars().take_while(|c| c.is_alphanumeric()).collect();
            Some(match other {
                // as short as what is shown of a value
                Type::Decimal32(..) | Type::Decimal64(..) | Type::Decimal(..) => {
                    format!("a {kind}: save {name} as float64 (pandas: .astype(float))")
                }
                _ => format!("a value of type {kind}"),
            })
        }
    }
}

type Cells<'a> = Box<dyn Iterator<Item = Cell<'a>> + 'a>;

/// The values of a column.
fn cells_of<'a>(frame: &'a DataFrame, name: &str) -> PolarsResult<Cells<'a>> {
    let column = frame.column(name)?;
    Ok(match column.dtype() {
        DataType::String => Box::new(column.str()?.iter().map(|text| match text.map(str::trim) {
            None | Some("") => Cell::Empty,
            Some(text) => Cell::Text(text.as_bytes()),
        })),
        DataType::Float64 => Box::new(
            column
                .f64()?
                .iter()
                .map(|value| value.map_or(Cell::Empty, Cell::Float)),
        ),
        DataType::Int64 => Box::new(
            column
                .i64()?
                .iter()
                .map(|value| value.map_or(Cell::Empty, Cell::Int)),
        ),
        DataType::Datetime(unit, zone) => {
            let (unit, zoned) = (*unit, zone.is_some());
            let counts = column.datetime()?.physical().iter();
            Box::new(counts.map(
                move |count| match count.and_then(|count| micros(count, unit)) {
                    None => Cell::Empty,
                    Some(at) if zoned => Cell::Utc(at),
                    Some(at) => Cell::Wall(at),
                },
            ))
        }
        DataType::Date => {
            let days = column.date()?.physical().iter();
            Box::new(
                days.map(|day| day.map_or(Cell::Empty, |day| Cell::Date(i64::from(day) * DAY))),
            )
        }
        _ => of_other_numbers(column)?,
    })
}

/// Whole numbers and fractions of other widths.
fn of_other_numbers<'a>(column: &Column) -> PolarsResult<Cells<'a>> {
    if column.dtype().is_integer() {
        let wide = column.cast(&DataType::Int64)?.i64()?.clone();
        let values: Vec<Option<i64>> = wide.iter().collect();
        return Ok(Box::new(
            values
                .into_iter()
                .map(|value| value.map_or(Cell::Empty, Cell::Int)),
        ));
    }
    let wide = column.cast(&DataType::Float64)?.f64()?.clone();
    let values: Vec<Option<f64>> = wide.iter().collect();
    Ok(Box::new(
        values
            .into_iter()
            .map(|value| value.map_or(Cell::Empty, Cell::Float)),
    ))
}

fn micros(count: i64, unit: TimeUnit) -> Option<i64> {
    match unit {
        TimeUnit::Milliseconds => count.checked_mul(1_000),
        TimeUnit::Microseconds => Some(count),
        TimeUnit::Nanoseconds => Some(count.div_euclid(1_000)),
    }
}
