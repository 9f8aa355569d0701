//! Reading files of bars, CSV or Parquet, into a checked series. Strict: one bad row refuses the whole file.

mod columns;
mod csv;
mod error;
mod interval;
mod isolated;
mod labels;
mod parquet;
mod rows;

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::bars::{BarSeries, Instrument};
use atrium_shared::market::curate::{ResampleError, resample};
use atrium_shared::market::intake::TimeZoneChoice;
use serde::{Deserialize, Serialize};

pub use columns::{ColumnFlags, Field};
pub use error::{ImportError, RowProblem};
pub use isolated::read_file_isolated;
pub(crate) use isolated::{COMMAND as DECODE_COMMAND, answer as decode, end_with_parent};

/// The zone of times that are written without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Zone {
    /// UTC.
    Utc,
    /// The exchange's local time.
    Exchange,
}

/// What the times of a file stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Labels {
    /// The start of each bar.
    Start,
    /// The end of each bar.
    End,
}

/// How to read a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportOptions {
    /// Columns named by the user.
    pub columns: ColumnFlags,
    /// The zone of times without one.
    pub zone: Zone,
    /// What times stand for.
    pub labels: Labels,
    /// The interval, where it is not to be told from the times.
    pub interval: Option<BarInterval>,
    /// What was recorded.
    pub instrument: Instrument,
}

/// The kind of a file, told by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// Text, values separated.
    #[serde(rename = "csv")]
    Csv,
    /// Apache Parquet.
    #[serde(rename = "parquet")]
    Parquet,
}

/// How a file was understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Understood {
    /// Its kind.
    pub format: Format,
    /// The column of each field.
    pub columns: Vec<(Field, String)>,
    /// How the times are written, in words.
    pub times: String,
    /// What they stand for.
    pub labels: Labels,
    /// Whether the interval was told from the times.
    pub interval_detected: bool,
}

/// What can be run on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Preview {
    /// Regular-hours bars of a coarser interval, or of the stored one.
    Bars {
        /// Their interval.
        interval: BarInterval,
        /// How many there are.
        bars: u64,
        /// Stored bars that are outside the sessions.
        left_out: u64,
        /// Closing prints that fold into the last bar of their session.
        folded: u64,
    },
    /// The stored bars do not fit into the sessions.
    NoBars {
        /// The interval that was tried.
        interval: BarInterval,
        /// Why there are none of it.
        no_bars: String,
    },
}

/// The bars of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The bars.
    pub bars: BarSeries,
    /// How the file was understood.
    pub understood: Understood,
    /// What can be run on.
    pub preview: Preview,
}

/// Reads a file of bars.
///
/// # Errors
/// [`ImportError`] says what is wrong, where, and what to do. Nothing is stored by this function.
pub fn read_file(path: &Path, options: &ImportOptions) -> Result<Imported, ImportError> {
    options.instrument.validate()?;
    let bytes = content(path)?;
    let table = match format_of(path, &bytes)? {
        Format::Csv => csv::read(path, bytes, &options.columns)?,
        Format::Parquet => parquet::read(path, bytes, &options.columns)?,
    };
    let zone = match options.zone {
        Zone::Utc => TimeZoneChoice::Utc,
        Zone::Exchange => TimeZoneChoice::Exchange(options.instrument.calendar),
    };
    let columns = table.bars(zone)?;
    let (interval, interval_detected) = interval::choose(&columns.start, options.interval)?;
    let bars = BarSeries::new(
        interval,
        labels::to_starts(
            columns,
            interval,
            options.labels,
            options.instrument.calendar,
        )?,
    )?;
    let preview = preview(&bars, &options.instrument)?;
    Ok(Imported {
        bars,
        preview,
        understood: Understood {
            format: table.format,
            times: table.times_in_words(options.zone),
            columns: table.names,
            labels: options.labels,
            interval_detected,
        },
    })
}

/// The largest file that is read, in bytes: 8 GiB, as it is held in memory as a whole.
const MAX_SIZE: u64 = 8 << 30;

/// The bytes of a file. What is no file, such as a pipe or a device, might never end and is not even opened.
fn content(path: &Path) -> Result<Vec<u8>, ImportError> {
    let unreadable = |source| ImportError::read(path, source);
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(ImportError::Folder(path.to_path_buf()));
    }
    if !metadata.is_file() {
        return Err(ImportError::NoFile(path.to_path_buf()));
    }
    let too_large = || ImportError::TooLarge {
        path: path.to_path_buf(),
        limit: MAX_SIZE >> 30,
    };
    if metadata.len() > MAX_SIZE {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let mut file = File::open(path).map_err(unreadable)?.take(MAX_SIZE + 1);
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    bytes
        .try_reserve_exact(size)
        .map_err(|full| unreadable(full.into()))?;
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    // it may grow while it is read
    if bytes.len() as u64 > MAX_SIZE {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Tells the format by the first bytes. A name that promises Parquet must keep its promise.
fn format_of(path: &Path, bytes: &[u8]) -> Result<Format, ImportError> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let named_parquet = extension.is_some_and(|extension| {
        ["parquet", "pq"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    });
    let starts_with = |magic: &[u8]| bytes.starts_with(magic);
    if bytes.is_empty() {
        Err(ImportError::Empty(path.to_path_buf()))
    } else if starts_with(b"PAR1") {
        Ok(Format::Parquet)
    } else if named_parquet {
        Err(ImportError::Parquet {
            path: path.to_path_buf(),
            reason: "it does not begin as a Parquet file does".to_owned(),
        })
    } else if starts_with(b"\x1f\x8b")
        || starts_with(b"PK\x03\x04")
        || starts_with(b"\x28\xb5\x2f\xfd")
    {
        Err(ImportError::Compressed(path.to_path_buf()))
    } else {
        Ok(Format::Csv)
    }
}

/// Cuts sixty-minute bars, or bars of the stored interval where those do not fit, to show what can be run on.
fn preview(bars: &BarSeries, instrument: &Instrument) -> Result<Preview, ImportError> {
    let stored = bars.interval();
    let hour = BarInterval::minutes(60);
    let fits = stored != BarInterval::Day && hour.seconds().is_multiple_of(stored.seconds());
    let interval = if fits { hour } else { stored };
    let cut = match resample(bars, interval, instrument.calendar) {
        Err(misaligned @ ResampleError::Misaligned { .. }) => {
            return Ok(Preview::NoBars {
                interval,
                no_bars: misaligned.to_string(),
            });
        }
        other => other?,
    };
    let count = cut.bars.series().len();
    if count == 0 {
        return Err(ImportError::OutsideSessions {
            rows: bars.len(),
            calendar: instrument.calendar.name(),
            first: bars.start().first().copied().unwrap_or(Timestamp::MIN),
        });
    }
    Ok(Preview::Bars {
        interval,
        bars: count as u64,
        left_out: cut.report.left_out as u64,
        folded: cut.report.folded as u64,
    })
}

#[cfg(test)]
mod tests;
