//! Bars written out for other programs: CSV in the canonical form `DateTime,Open,High,Low,Close,Volume`, or Parquet.

use std::io::{self, Write};

use atrium_shared::market::bars::BarSeries;
use atrium_shared::surface::csv::BarsAsCsv;
use polars::prelude::{
    Column, DataFrame, Int64Chunked, IntoSeries, NamedFrom, NewChunkedArray, ParquetWriter, Series,
    TimeUnit, TimeZone,
};

use super::output::Refused;

/// The form of a file of bars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportFormat {
    /// Comma-separated values; times in UTC.
    #[default]
    Csv,
    /// Apache Parquet; times in UTC, in microseconds.
    Parquet,
}

impl ExportFormat {
    /// How such files end.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

const NUMBERS: [&str; 5] = ["Open", "High", "Low", "Close", "Volume"];

/// Writes bars in canonical form. Numbers are written with the digits that read back as the same number.
///
/// # Errors
/// [`io::Error`] where they cannot be written.
pub fn write_bars(bars: &BarSeries, format: ExportFormat, out: &mut impl Write) -> io::Result<()> {
    match format {
        ExportFormat::Csv => write!(out, "{}", BarsAsCsv(bars)),
        ExportFormat::Parquet => {
            let mut frame = frame(bars).map_err(io::Error::other)?;
            let refused = Refused::default();
            let written = ParquetWriter::new(refused.of(out)).finish(&mut frame);
            written
                .map(|_| ())
                .map_err(|error| refused.take().unwrap_or_else(|| io::Error::other(error)))
        }
    }
}

fn frame(bars: &BarSeries) -> Result<DataFrame, polars::prelude::PolarsError> {
    let micros = bars.start().iter().map(|start| start.0);
    let start = Int64Chunked::from_iter_values("DateTime".into(), micros)
        .into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
    let values = [
        bars.open(),
        bars.high(),
        bars.low(),
        bars.close(),
        bars.volume(),
    ];
    let mut columns = vec![Column::from(start.into_series())];
    let numbers = NUMBERS.iter().zip(values);
    columns.extend(numbers.map(|(name, values)| Column::from(Series::new((*name).into(), values))));
    DataFrame::new(bars.len(), columns)
}
