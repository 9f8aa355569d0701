//! Bars as a Parquet file: columns start (UTC, microseconds), open, high, low, close and volume.

use std::fs::File;
use std::io::{self, Cursor, Write};
use std::path::Path;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::bars::{BarColumns, BarSeries};
use polars::prelude::{
    Column, DataFrame, DataType, Int64Chunked, IntoSeries, LogicalType, NamedFrom, NewChunkedArray,
    ParquetReader, ParquetWriter, PolarsError, PolarsResult, SerReader, Series, TimeUnit, TimeZone,
};
use sha2::{Digest as _, Sha256};

const COLUMNS: [&str; 6] = ["start", "open", "high", "low", "close", "volume"];

/// The first line of a Polars error; the rest is advice about its own interface.
pub(crate) fn first_line(error: PolarsError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().trim().to_owned()
}

/// Writes bars to a new file and waits until they are on disk; the checksum of the file.
pub(crate) fn write_bars(bars: &BarSeries, path: &Path) -> Result<String, String> {
    let mut frame = frame_of(bars).map_err(first_line)?;
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .finish(&mut frame)
        .map_err(first_line)?;
    let write = || -> io::Result<()> {
        let mut file = File::create_new(path)?;
        file.write_all(&bytes)?;
        file.sync_all()
    };
    write().map_err(|error| error.to_string())?;
    Ok(checksum(&bytes))
}

/// SHA-256 in hexadecimal digits, as `sha256sum` prints it.
fn checksum(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
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

/// Reads bars back and checks each. A file that is not as it was written is not decoded at all.
pub(crate) fn read_bars(
    path: &Path,
    interval: BarInterval,
    written: &str,
) -> Result<BarSeries, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    if checksum(&bytes) != written {
        return Err("its checksum is not that of what was written".to_owned());
    }
    let wanted = COLUMNS.map(str::to_owned).to_vec();
    let reader = ParquetReader::new(Cursor::new(bytes)).with_columns(Some(wanted));
    let columns = reader.finish().and_then(|frame| columns_of(&frame));
    BarSeries::new(interval, columns.map_err(first_line)?).map_err(|error| error.to_string())
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
