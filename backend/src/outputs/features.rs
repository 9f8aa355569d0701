//! A feature matrix as a file: Parquet or CSV, a row for each bar, with what it was made of.
//!
//! Parquet carries that in the file's own metadata, under the key `atrium`, as JSON; beside a CSV file, which has no place for it,
//! stands a file of the same name and `.json`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use atrium_shared::base::digest::Digest;
use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::signal::features::{Dropped, FeatureMatrix, FeatureSpec};
use polars::io::parquet::write::KeyValueMetadata;
use polars::prelude::{
    Column, DataFrame, Int64Chunked, IntoSeries, NamedFrom, NewChunkedArray, ParquetWriter,
    PolarsResult, Series, TimeUnit, TimeZone,
};
use serde::{Deserialize, Serialize};

use super::{OutputError, temporary};
use crate::store::first_line;

/// The key of the metadata in a Parquet file.
pub const METADATA_KEY: &str = "atrium";

/// The column of row keys: the start of each row's bar.
pub const START: &str = "start";

/// A kind of file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Apache Parquet.
    #[default]
    Parquet,
    /// Text with commas, and a JSON file beside it.
    Csv,
}

impl Format {
    /// The ending of its files' names.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }

    /// The kind that a file's name ends in.
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?;
        [Self::Parquet, Self::Csv]
            .into_iter()
            .find(|format| ending.eq_ignore_ascii_case(format.ending()))
    }
}

/// What a file of features was made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The data set.
    pub data_set: String,
    /// Whether its bars are simulated.
    pub simulated: bool,
    /// The interval of the bars that the features were computed from.
    pub interval: BarInterval,
    /// The features with their hash.
    pub features: FeatureSpec,
    /// The digest of the data set.
    pub data_digest: Digest,
    /// The digest of the bars that were cut from it.
    pub bars_digest: Digest,
    /// The digest of the matrix: of the features' hash, the interval, the row keys and the values.
    pub matrix_digest: Digest,
    /// How many rows there are.
    pub rows: usize,
    /// The bars that gave no row.
    pub dropped: Dropped,
    /// Which program wrote the file.
    pub program: String,
}

/// Writes a matrix to a file, and returns the paths of what was written.
///
/// # Errors
/// [`OutputError`] where it cannot be written; then a file that was there is as it was.
pub fn write(
    path: &Path,
    format: Format,
    matrix: &FeatureMatrix,
    manifest: &Manifest,
) -> Result<Vec<PathBuf>, OutputError> {
    let refused = |reason: String| OutputError::File {
        path: path.to_path_buf(),
        source: std::io::Error::other(reason),
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(|source| OutputError::Folder {
        folder: folder.to_path_buf(),
        source,
    })?;
    let described = serde_json::to_string_pretty(manifest).map_err(|e| refused(e.to_string()))?;
    let mut files = vec![match format {
        Format::Parquet => {
            let bytes = parquet(matrix, &described).map_err(|e| refused(first_line(e)))?;
            (temporary(folder, &bytes)?, path.to_path_buf())
        }
        Format::Csv => (
            temporary(folder, csv(matrix).as_bytes())?,
            path.to_path_buf(),
        ),
    }];
    if format == Format::Csv {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".json");
        let text = described + "\n";
        files.push((temporary(folder, text.as_bytes())?, PathBuf::from(beside)));
    }
    let mut paths = Vec::new();
    for (temporary, path) in files {
        temporary
            .persist(&path)
            .map_err(|error| OutputError::File {
                path: path.clone(),
                source: error.error,
            })?;
        paths.push(path);
    }
    Ok(paths)
}

fn parquet(matrix: &FeatureMatrix, described: &str) -> PolarsResult<Vec<u8>> {
    let micros = matrix.start().iter().map(|start| start.0);
    let start = Int64Chunked::from_iter_values(START.into(), micros)
        .into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
    let mut columns = vec![Column::from(start.into_series())];
    for (index, name) in matrix.spec().names().enumerate() {
        let values: Vec<f64> = matrix.column(index).collect();
        columns.push(Column::from(Series::new(name.into(), values)));
    }
    let mut frame = DataFrame::new(matrix.rows(), columns)?;
    let metadata = vec![(METADATA_KEY.to_owned(), described.to_owned())];
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata)))
        .finish(&mut frame)?;
    Ok(bytes)
}

/// A line of names, then a line a row: the bar's start as ISO 8601 in UTC, then every digit that a number has.
fn csv(matrix: &FeatureMatrix) -> String {
    let mut text = START.to_owned();
    for name in matrix.spec().names() {
        text.push(',');
        text.push_str(name);
    }
    text.push('\n');
    let width = matrix.spec().features().len();
    for (start, row) in matrix
        .start()
        .iter()
        .zip(matrix.values().chunks_exact(width))
    {
        push_row(&mut text, *start, row);
    }
    text
}

fn push_row(text: &mut String, start: Timestamp, row: &[f64]) {
    // writing to text cannot fail
    let _ = write!(text, "{start}");
    for value in row {
        let _ = write!(text, ",{value}");
    }
    text.push('\n');
}
