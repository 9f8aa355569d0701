//! Reading Parquet. Numbers and times keep their types; text is read as in CSV.

use std::io::Cursor;
use std::path::Path;

use polars::prelude::{Column, DataType, ParquetReader, PolarsError, PolarsResult, SerReader};

use super::columns::{self, ColumnFlags};
use super::rows::{Numbers, Table, Times, Unit};
use super::{Field, Format, ImportError};
use crate::store::first_line;

/// Reads the six columns.
pub(super) fn read(path: &Path, bytes: Vec<u8>, flags: &ColumnFlags) -> Result<Table, ImportError> {
    let unreadable = |error: PolarsError| ImportError::Parquet {
        path: path.to_path_buf(),
        reason: first_line(error),
    };
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let schema = reader.schema().map_err(unreadable)?;
    let names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
    let places = columns::find(&names, flags)?;
    let wanted = places.map(|index| names.get(index).cloned().unwrap_or_default());
    let mut distinct = wanted.to_vec();
    distinct.sort();
    distinct.dedup();
    let reader = reader.with_columns(Some(distinct));
    let frame = reader.finish().map_err(unreadable)?;
    if frame.height() == 0 {
        return Err(ImportError::NoRows(path.to_path_buf()));
    }
    let column = |name: &String| frame.column(name).cloned().map_err(unreadable);
    let number = |(field, name): (Field, &String)| numbers(&column(name)?, field);
    let [time, open, high, low, close, volume] = &wanted;
    Ok(Table {
        format: Format::Parquet,
        rows: frame.height(),
        times: times(&column(time)?)?,
        numbers: [
            number((Field::Open, open))?,
            number((Field::High, high))?,
            number((Field::Low, low))?,
            number((Field::Close, close))?,
            number((Field::Volume, volume))?,
        ],
        names: Field::ALL.into_iter().zip(wanted).collect(),
        place: Box::new(|row| format!("row {}", row + 1)),
    })
}

fn times(column: &Column) -> Result<Times, ImportError> {
    let dtype = column.dtype();
    let wrong = || {
        wrong_type(
            column,
            Field::Time,
            "a date and time, a whole number or text",
        )
    };
    let as_integers = || -> PolarsResult<_> { Ok(column.cast(&DataType::Int64)?.i64()?.clone()) };
    if let Some(unit) = Unit::of(dtype) {
        return Ok(Times::Counted {
            values: as_integers().map_err(|_| wrong())?,
            unit,
            zoned: matches!(dtype, DataType::Datetime(_, Some(_))),
        });
    }
    match dtype {
        DataType::String => Ok(Times::Text(column.str().map_err(|_| wrong())?.clone())),
        _ if dtype.is_integer() => Ok(Times::Epoch(as_integers().map_err(|_| wrong())?)),
        _ => Err(wrong()),
    }
}

fn numbers(column: &Column, field: Field) -> Result<Numbers, ImportError> {
    let wrong = || wrong_type(column, field, "a number or text");
    match column.dtype() {
        DataType::String => Ok(Numbers::Text(column.str().map_err(|_| wrong())?.clone())),
        dtype if dtype.is_primitive_numeric() => {
            let cast = column.cast(&DataType::Float64).map_err(|_| wrong())?;
            Ok(Numbers::Float(cast.f64().map_err(|_| wrong())?.clone()))
        }
        _ => Err(wrong()),
    }
}

fn wrong_type(column: &Column, field: Field, needed: &'static str) -> ImportError {
    ImportError::ColumnType {
        field,
        column: column.name().to_string(),
        found: column.dtype().to_string(),
        needed,
    }
}
