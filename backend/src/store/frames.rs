//! Bars as a Parquet file: columns start (UTC, microseconds), open, high, low, close and volume.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::bars::{BarColumns, BarSeries};
use polars::prelude::{
    Column, DataFrame, DataType, Int64Chunked, IntoSeries, LogicalType, NamedFrom, NewChunkedArray,
    ParquetReader, ParquetWriter, PolarsError, PolarsResult, SerReader, Series, TimeUnit, TimeZone,
};

const COLUMNS: [&str; 6] = ["start", "open", "high", "low", "close", "volume"];

/// Runs a call into Polars. Where a damaged or hostile file makes it panic, that is an error like any other.
pub(crate) fn guarded<T>(call: impl FnOnce() -> PolarsResult<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(first_line(&error)),
        Err(_) => Err("its structure makes no sense".to_owned()),
    }
}

/// The first line of a Polars error; the rest is advice about its own interface.
fn first_line(error: &PolarsError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().trim().to_owned()
}

/// Writes bars to a new file and waits until they are on disk.
pub(crate) fn write_bars(bars: &BarSeries, path: &Path) -> Result<(), String> {
    let mut frame = guarded(|| frame_of(bars))?;
    let mut file = File::create_new(path).map_err(|error| error.to_string())?;
    guarded(|| ParquetWriter::new(&mut file).finish(&mut frame))?;
    file.sync_all().map_err(|error| error.to_string())
}

fn frame_of(bars: &BarSeries) -> PolarsResult<DataFrame> {
    let micros = bars.start().iter().map(|start| start.0);
    let start = Int64Chunked::from_iter_values("start".into(), micros)
        .into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
    let values = |name: &str, values: &[f64]| Column::from(Series::new(name.into(), values));
    DataFrame::new(
        bars.len(),
        vec![
            Column::from(start.into_series()),
            values("open", bars.open()),
            values("high", bars.high()),
            values("low", bars.low()),
            values("close", bars.close()),
            values("volume", bars.volume()),
        ],
    )
}

/// Reads bars back and checks each.
pub(crate) fn read_bars(path: &Path, interval: BarInterval) -> Result<BarSeries, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let wanted = COLUMNS.map(str::to_owned).to_vec();
    let columns = guarded(|| {
        let reader = ParquetReader::new(file).with_columns(Some(wanted));
        columns_of(&reader.finish()?)
    })?;
    BarSeries::new(interval, columns).map_err(|error| error.to_string())
}

fn columns_of(frame: &DataFrame) -> PolarsResult<BarColumns> {
    let values = |name: &str| -> PolarsResult<Vec<f64>> {
        let column = frame.column(name)?.f64()?;
        // a missing value is NaN here, which no bar accepts
        Ok(column
            .iter()
            .map(|value| value.unwrap_or(f64::NAN))
            .collect())
    };
    let start = frame.column("start")?.datetime()?;
    if !matches!(start.dtype(), DataType::Datetime(TimeUnit::Microseconds, _)) {
        return Err(PolarsError::SchemaMismatch(
            "the column start is not in microseconds".into(),
        ));
    }
    let start = start.physical().iter();
    Ok(BarColumns {
        start: start.map(|at| Timestamp(at.unwrap_or(i64::MIN))).collect(),
        open: values("open")?,
        high: values("high")?,
        low: values("low")?,
        close: values("close")?,
        volume: values("volume")?,
    })
}
