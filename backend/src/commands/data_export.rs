//! `atrium data export`: a data set as a file.

use std::io::Write;
use std::path::{Path, PathBuf};

use atrium_shared::base::digest::Digest;
use atrium_shared::market::bars::BarSeries;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::Curated;
use serde::Serialize;

use super::files::{FileError, write_whole};
use super::words::counted;
use super::{Failure, print_json};
use crate::config::Config;
use crate::store::{ExportFormat, Store, StoreError, write_bars};

/// Write the bars of a data set to a file: DateTime,Open,High,Low,Close,Volume, times in UTC
///
/// All real bars as they are stored, those outside the regular hours included.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atrium data export SPY --out SPY.csv\n  atrium data export SPY-1min --out SPY.parquet --adjusted"
)]
pub struct Args {
    /// The data set, or its symbol
    data: String,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Its form (default: by its ending, .csv or .parquet)
    #[arg(long, value_enum)]
    format: Option<ExportFormat>,
    /// Adjust prices and volumes for the corporate actions (default: raw, as they were traded)
    #[arg(long)]
    adjusted: bool,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was written, for `--json`.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    data_set: &'a str,
    simulated: bool,
    adjusted: bool,
    rows: usize,
    digest: Digest,
    file: &'a Path,
}

/// The form of a file by what was asked for, or by how it ends.
pub(super) fn format_of(
    path: &Path,
    given: Option<ExportFormat>,
) -> Result<ExportFormat, FileError> {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    let known = [ExportFormat::Csv, ExportFormat::Parquet];
    let by_ending = known
        .into_iter()
        .find(|format| format.extension().eq_ignore_ascii_case(ending));
    given.or(by_ending).ok_or_else(|| {
        FileError::new(
            path,
            "does not tell its form: let it end in .csv or .parquet",
        )
    })
}

/// The real bars, raw or adjusted.
pub(super) fn prices(
    bars: Curated,
    adjusted: bool,
    calendar: Calendar,
) -> Result<BarSeries, StoreError> {
    if adjusted {
        return Ok(bars.adjusted_for_files(calendar)?);
    }
    Ok(bars.real().into_owned())
}

/// Writes the file.
///
/// # Errors
/// [`Failure`] where the data set cannot be read or the file not be written.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let format = format_of(&args.out, args.format)?;
    let store = Store::open(&config.base_dir)?;
    let card = store.find(&args.data)?;
    let (card, bars) = store.load_curated(&card.name)?;
    let bars = prices(bars, args.adjusted, card.instrument.calendar)?;
    write_whole(&args.out, args.force, |mut file| {
        write_bars(&bars, format, &mut file)
    })?;
    if args.json {
        let summary = Summary {
            data_set: &card.name,
            simulated: card.simulated,
            adjusted: args.adjusted,
            rows: bars.len(),
            digest: bars.digest().map_err(StoreError::from)?,
            file: &args.out,
        };
        return print_json(out, &summary);
    }
    let simulated = if card.simulated {
        " These are simulated bars, not market data."
    } else {
        ""
    };
    writeln!(
        out,
        "Wrote {} of {} to {}.{simulated}",
        counted(bars.len() as u64, "bar"),
        card.name,
        args.out.display()
    )?;
    Ok(())
}
