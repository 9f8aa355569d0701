//! Bars as Parquet files. The curated layer: start (UTC, microseconds), open, high, low, close, volume, synthetic, spread
//! where there is one, and the factor that adjusts prices. The raw layer: the rows of a month as they came, with their lines.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use atrium_shared::base::digest::{Digest, Hasher, NotFinite};
use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::actions::Actions;
use atrium_shared::market::bars::{BarColumns, BarSeries};
use atrium_shared::market::curate::Curated;
use atrium_shared::market::intake::Rows;
use polars::io::parquet::write::BatchedWriter;
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{
    BooleanChunked, Column, DataFrame, DataType, Int64Chunked, IntoSeries, LogicalType, NamedFrom,
    NewChunkedArray, ParquetCompression, ParquetReader, ParquetWriter, PolarsError, PolarsResult,
    SerReader, Series, StatisticsOptions, TimeUnit, TimeZone, UInt64Chunked,
};
use sha2::{Digest as _, Sha256};

use super::output::{Handle, Output};

const PRICES: [&str; 5] = ["open", "high", "low", "close", "volume"];
/// So many rows are read at a time where not all are held.
const SLICE: usize = 1 << 18;

/// The first line of a Polars error; the rest is advice about its own interface.
pub(crate) fn first_line(error: PolarsError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().trim().to_owned()
}

/// SHA-256 of a file in hexadecimal digits, as `sha256sum` prints it.
pub(super) fn checksum(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hexadecimal(&hasher.finalize()));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How columns are packed: at the lowest level. Zstd's usual one makes files a fifth smaller and an import a sixth slower.
fn compression() -> PolarsResult<ParquetCompression> {
    Ok(ParquetCompression::Zstd(Some(ZstdLevel::try_new(1)?)))
}

fn start_column(start: &[Timestamp]) -> Column {
    let micros = start.iter().map(|start| start.0);
    let start = Int64Chunked::from_iter_values("start".into(), micros)
        .into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
    Column::from(start.into_series())
}

fn number_column(name: &str, values: &[f64]) -> Column {
    Column::from(Series::new(name.into(), values))
}

/// What curated rows are written as. `quoted`: whether there is a spread.
fn curated_frame(bars: &Curated, factors: &[f64], quoted: bool) -> PolarsResult<DataFrame> {
    let series = bars.bars();
    let values = [
        series.open(),
        series.high(),
        series.low(),
        series.close(),
        series.volume(),
    ];
    let mut columns = vec![start_column(series.start())];
    columns.extend(
        PRICES
            .iter()
            .zip(values)
            .map(|(name, values)| number_column(name, values)),
    );
    let flags = BooleanChunked::from_slice("synthetic".into(), bars.synthetic());
    columns.push(Column::from(flags.into_series()));
    if quoted {
        let none = vec![0.0; series.len()];
        columns.push(number_column("spread", bars.spread().unwrap_or(&none)));
    }
    columns.push(number_column("factor", factors));
    DataFrame::new(series.len(), columns)
}

/// Writes curated bars part by part, as row groups.
pub(super) struct CuratedWriter {
    quoted: bool,
    file: Output,
    parts: BatchedWriter<Handle>,
}

impl CuratedWriter {
    pub(super) fn create(path: &Path, quoted: bool) -> Result<Self, Fault> {
        let file = Output::create(path)?;
        let empty = BarSeries::new(BarInterval::Day, BarColumns::default());
        let empty = Curated::plain(empty.map_err(|error| Fault::Parquet(error.to_string()))?);
        let schema = curated_frame(&empty, &[], quoted)?.schema().clone();
        let parts = ParquetWriter::new(file.handle()?)
            .with_compression(compression()?)
            .batched(&schema);
        let parts = file.told(parts)?;
        Ok(Self {
            quoted,
            file,
            parts,
        })
    }

    pub(super) fn write(&mut self, bars: &Curated, factors: &[f64]) -> Result<(), Fault> {
        if bars.bars().is_empty() {
            return Ok(());
        }
        let frame = curated_frame(bars, factors, self.quoted)?;
        self.file.told(self.parts.write_batch(&frame))
    }

    /// Ends the file and waits until it is on disk.
    pub(super) fn finish(self) -> Result<(), Fault> {
        let Self { file, parts, .. } = self;
        file.told(parts.finish())?;
        drop(parts);
        Ok(file.sync()?)
    }
}

/// Why a Parquet file cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// The file system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The content is not what it should be.
    #[error("{0}")]
    Parquet(String),
}

impl From<PolarsError> for Fault {
    fn from(error: PolarsError) -> Self {
        match error {
            PolarsError::IO { error, .. } => {
                Self::Io(io::Error::new(error.kind(), error.to_string()))
            }
            other => Self::Parquet(first_line(other)),
        }
    }
}

/// Writes rows as they came to a new file and waits until they are on disk.
pub(super) fn write_raw(rows: &Rows, path: &Path) -> Result<(), Fault> {
    let bars = &rows.bars;
    let values = [&bars.open, &bars.high, &bars.low, &bars.close, &bars.volume];
    let lines = UInt64Chunked::from_slice("line".into(), &rows.line);
    let mut columns = vec![Column::from(lines.into_series()), start_column(&bars.start)];
    columns.extend(
        PRICES
            .iter()
            .zip(values)
            .map(|(name, values)| number_column(name, values)),
    );
    if !rows.spread.is_empty() {
        columns.push(number_column("spread", &rows.spread));
    }
    let mut frame = DataFrame::new(rows.len(), columns)?;
    write_frame(&mut frame, path)
}

fn write_frame(frame: &mut DataFrame, path: &Path) -> Result<(), Fault> {
    let file = Output::create(path)?;
    let writer = ParquetWriter::new(file.handle()?)
        .with_compression(compression()?)
        // these files are read as a whole or not at all, so nobody looks for a range in them
        .with_statistics(StatisticsOptions::empty());
    file.told(writer.finish(frame))?;
    Ok(file.sync()?)
}

/// Writes the times that came more than once.
pub(super) fn write_times(times: &[Timestamp], path: &Path) -> Result<(), Fault> {
    let mut frame = DataFrame::new(times.len(), vec![start_column(times)])?;
    write_frame(&mut frame, path)
}

/// Reads what [`write_times`] wrote, or the times of what [`write_raw`] did.
pub(super) fn read_times(path: &Path) -> Result<Vec<Timestamp>, Fault> {
    let reader = ParquetReader::new(File::open(path)?);
    let frame = reader
        .with_columns(Some(vec!["start".to_owned()]))
        .finish()?;
    Ok(starts_of(&frame)?)
}

/// Reads the rows that [`write_raw`] wrote, without their lines and spreads.
pub(super) fn read_raw(path: &Path) -> Result<Rows, Fault> {
    let columns = std::iter::once("start").chain(PRICES);
    let reader = ParquetReader::new(File::open(path)?)
        .with_columns(Some(columns.map(str::to_owned).collect()));
    Ok(Rows {
        bars: columns_of(&reader.finish()?)?,
        ..Rows::default()
    })
}

/// A file of curated bars, or one of the version before, which had neither flags nor spreads.
#[derive(Debug)]
pub(super) struct CuratedFile<'a> {
    path: &'a Path,
    interval: BarInterval,
    rows: usize,
    flagged: bool,
    quoted: bool,
}

impl<'a> CuratedFile<'a> {
    /// Opens a file. One that is not as it was written is not decoded at all.
    pub(super) fn open(
        path: &'a Path,
        interval: BarInterval,
        written: &str,
    ) -> Result<Self, Fault> {
        if checksum(path)? != written {
            return Err(changed());
        }
        Self::written(path, interval)
    }

    /// Opens a file that was just written.
    pub(super) fn written(path: &'a Path, interval: BarInterval) -> Result<Self, Fault> {
        let mut reader = ParquetReader::new(File::open(path)?);
        let rows = reader.num_rows()?;
        let schema = reader.schema()?;
        Ok(Self {
            path,
            interval,
            rows,
            flagged: schema.contains("synthetic"),
            quoted: schema.contains("spread"),
        })
    }

    pub(super) fn is_quoted(&self) -> bool {
        self.quoted
    }

    fn slice(&self, from: usize, count: usize, columns: &[&str]) -> Result<DataFrame, Fault> {
        let names = columns.iter().map(|name| (*name).to_owned()).collect();
        let reader = ParquetReader::new(File::open(self.path)?)
            .with_columns(Some(names))
            .with_slice(Some((from, count)));
        Ok(reader.finish()?)
    }

    /// Goes through the rows of some columns, some at a time.
    pub(super) fn each(
        &self,
        columns: &[&str],
        mut take: impl FnMut(&DataFrame) -> PolarsResult<()>,
    ) -> Result<(), Fault> {
        for from in (0..self.rows).step_by(SLICE) {
            take(&self.slice(from, SLICE.min(self.rows - from), columns)?)?;
        }
        Ok(())
    }

    /// Goes through the starts of bars, some at a time.
    pub(super) fn each_start(&self, mut take: impl FnMut(&[Timestamp])) -> Result<(), Fault> {
        self.each(&["start"], |frame| {
            take(&starts_of(frame)?);
            Ok(())
        })
    }

    /// Goes through the starts of real bars.
    pub(super) fn each_real_start(&self, mut take: impl FnMut(Timestamp)) -> Result<(), Fault> {
        if !self.flagged {
            return self.each_start(|starts| starts.iter().copied().for_each(&mut take));
        }
        self.each(&["start", "synthetic"], |frame| {
            let starts = starts_of(frame)?;
            let flags = flags_of(frame)?;
            let real = starts.iter().zip(flags).filter(|(_, flag)| !flag);
            real.for_each(|(start, _)| take(*start));
            Ok(())
        })
    }

    /// Some of the bars.
    pub(super) fn read(
        &self,
        from: usize,
        count: usize,
        actions: &Actions,
    ) -> Result<Curated, Fault> {
        let frame = self.slice(from, count, &self.columns())?;
        curated_of(&frame, self.interval, actions)
    }

    fn columns(&self) -> Vec<&'static str> {
        let mut columns = vec!["start"];
        columns.extend(PRICES);
        columns.extend(self.flagged.then_some("synthetic"));
        columns.extend(self.quoted.then_some("spread"));
        columns
    }

    /// The digest of the curated bars, as [`Curated::digest`] gives it, with no more than one column of a slice in memory.
    pub(super) fn digest(&self, actions: &Actions) -> Result<Digest, Fault> {
        let bars = self.digest_of_bars()?;
        let mut synthetic = 0;
        let mut hasher = Hasher::new("atrium/curated/1");
        hasher.digest(&bars);
        hasher.count(self.rows);
        self.each(&["synthetic"], |frame| {
            for flagged in flags_of(frame)? {
                synthetic += usize::from(flagged);
                hasher.code(u8::from(flagged));
            }
            Ok(())
        })?;
        if synthetic == 0 && !self.quoted && actions.is_empty() {
            return Ok(bars);
        }
        hasher.code(u8::from(self.quoted));
        hasher.count(if self.quoted { self.rows } else { 0 });
        if self.quoted {
            self.feed_numbers("spread", &mut hasher)?;
        }
        actions.feed(&mut hasher);
        finish(hasher)
    }

    fn digest_of_bars(&self) -> Result<Digest, Fault> {
        let mut hasher = Hasher::new("atrium/bars/1");
        hasher.u64(u64::from(self.interval.seconds()));
        hasher.count(self.rows);
        self.each_start(|starts| starts.iter().for_each(|start| hasher.i64(start.0)))?;
        for column in PRICES {
            hasher.count(self.rows);
            self.feed_numbers(column, &mut hasher)?;
        }
        finish(hasher)
    }

    fn feed_numbers(&self, column: &str, hasher: &mut Hasher) -> Result<(), Fault> {
        self.each(&[column], |frame| {
            let values = numbers_of(frame, column)?;
            values.iter().for_each(|&value| hasher.f64(value));
            Ok(())
        })
    }
}

fn finish(hasher: Hasher) -> Result<Digest, Fault> {
    hasher
        .finish()
        .map_err(|error: NotFinite| Fault::Parquet(error.to_string()))
}

fn changed() -> Fault {
    Fault::Parquet("its checksum is not that of what was written".to_owned())
}

/// Reads all bars of a file and checks each. A file that is not as it was written is not decoded at all.
pub(super) fn read_curated(
    path: &Path,
    interval: BarInterval,
    written: &str,
    actions: &Actions,
) -> Result<Curated, Fault> {
    let bytes = std::fs::read(path)?;
    if hexadecimal(&Sha256::digest(&bytes)) != written {
        return Err(changed());
    }
    let frame = ParquetReader::new(Cursor::new(bytes)).finish()?;
    curated_of(&frame, interval, actions)
}

fn curated_of(
    frame: &DataFrame,
    interval: BarInterval,
    actions: &Actions,
) -> Result<Curated, Fault> {
    let columns = columns_of(frame)?;
    let has = |name: &str| frame.schema().contains(name);
    let synthetic = if has("synthetic") {
        flags_of(frame)?
    } else {
        vec![false; frame.height()]
    };
    let spread = has("spread")
        .then(|| numbers_of(frame, "spread"))
        .transpose()?;
    let bars = BarSeries::new(interval, columns);
    let bars = bars.map_err(|error| Fault::Parquet(error.to_string()))?;
    Curated::new(bars, synthetic, spread, actions.clone())
        .map_err(|error| Fault::Parquet(error.to_string()))
}

fn columns_of(frame: &DataFrame) -> PolarsResult<BarColumns> {
    Ok(BarColumns {
        start: starts_of(frame)?,
        open: numbers_of(frame, "open")?,
        high: numbers_of(frame, "high")?,
        low: numbers_of(frame, "low")?,
        close: numbers_of(frame, "close")?,
        volume: numbers_of(frame, "volume")?,
    })
}

fn starts_of(frame: &DataFrame) -> PolarsResult<Vec<Timestamp>> {
    let start = frame.column("start")?.datetime()?;
    if !matches!(start.dtype(), DataType::Datetime(TimeUnit::Microseconds, _)) {
        return Err(PolarsError::SchemaMismatch(
            "the column start is not in microseconds".into(),
        ));
    }
    let start = start.physical().iter();
    Ok(start.map(|at| Timestamp(at.unwrap_or(i64::MIN))).collect())
}

fn numbers_of(frame: &DataFrame, name: &str) -> PolarsResult<Vec<f64>> {
    let column = frame.column(name)?.f64()?;
    // a missing value is NaN here, which no bar accepts
    Ok(column
        .iter()
        .map(|value| value.unwrap_or(f64::NAN))
        .collect())
}

fn flags_of(frame: &DataFrame) -> PolarsResult<Vec<bool>> {
    let column = frame.column("synthetic")?.bool()?;
    Ok(column.iter().map(|value| value.unwrap_or(false)).collect())
}
