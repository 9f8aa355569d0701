//! `atrium resample`: coarser bars of a data set, written to a file.

use std::io::Write;
use std::path::PathBuf;

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::bars::BarSeries;
use atrium_shared::market::curate::{Alignment, Hours, ResampleReport, Resampling, by_date, cut};
use serde::Serialize;

use super::files::write_whole;
use super::words::{closures_note, counted, number};
use super::{Failure, print_json};
use crate::config::Config;
use crate::store::{ExportFormat, Store, StoreError, check_sessions, write_bars};

/// Cut coarser bars of a data set and write them to a file: DateTime,Open,High,Low,Close,Volume, times in UTC
///
/// A bar holds the first open, the highest high, the lowest low, the last close and the sum of the volume. Intervals without
/// a trade give no bar. Synthetic bars are not used. A daily bar is written with the date of its session at 00:00.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atrium resample SPY 5min --out SPY_5min.csv\n  atrium resample SPY 1day --out SPY.parquet --adjusted\n  atrium resample BTC-USD 240min --align clock --hours all --out btc_4h.csv"
)]
pub struct Args {
    /// The data set, or its symbol
    data: String,
    /// The interval, a multiple of that of the data set: 5min, 15min, 60min, 240min, 1day …
    interval: BarInterval,
    /// The file to write; its ending tells the form: .csv or .parquet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Where bars begin: at the session's open, or at multiples of the interval by the clock, as pandas' resample does
    #[arg(long, value_enum, default_value = "session")]
    align: Align,
    /// Which bars are cut: those of the regular hours, with the closing print folded in, or all
    #[arg(long, value_enum, default_value = "regular")]
    hours: Which,
    /// Adjust prices and volumes for the corporate actions of the data set (default: raw, as they were traded)
    #[arg(long)]
    adjusted: bool,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Align {
    Session,
    Clock,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Which {
    Regular,
    All,
}

/// What was written, for `--json`.
#[derive(Debug, Serialize)]
struct Written<'a> {
    data_set: &'a str,
    simulated: bool,
    interval: BarInterval,
    adjusted: bool,
    rows: usize,
    left_out: usize,
    folded: usize,
    digest: atrium_shared::base::digest::Digest,
    file: &'a PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    closures: Option<String>,
}

/// Writes the file.
///
/// # Errors
/// [`Failure`] where the bars cannot be cut or the file not be written.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let format = super::data_export::format_of(&args.out, None)?;
    let store = Store::open(&config.base_dir)?;
    let card = store.find(&args.data)?;
    let (card, stored) = store.load_curated(&card.name)?;
    check_sessions(&card, stored.bars())?;
    let calendar = card.instrument.calendar;
    let how = Resampling {
        interval: args.interval,
        align: match args.align {
            Align::Session => Alignment::Session,
            Align::Clock => Alignment::Clock,
        },
        hours: match args.hours {
            Which::Regular => Hours::Regular,
            Which::All => Hours::All,
        },
    };
    let (bars, report) = cut(&stored, how, calendar)?;
    let bars = super::data_export::prices(bars, args.adjusted, calendar)?;
    let bars = match args.interval {
        BarInterval::Day => by_date(&bars, calendar).map_err(StoreError::from)?,
        BarInterval::Seconds(_) => bars,
    };
    write_file(args, format, &bars)?;
    let digest = bars.digest().map_err(StoreError::from)?;
    let ResampleReport { left_out, folded } = report;
    let closures = closures_note(&store, &card.name)?;
    if args.json {
        return print_json(
            out,
            &Written {
                data_set: &card.name,
                simulated: card.simulated,
                interval: args.interval,
                adjusted: args.adjusted,
                rows: bars.len(),
                left_out,
                folded,
                digest,
                file: &args.out,
                closures,
            },
        );
    }
    let simulated = if card.simulated {
        "\nThese are simulated bars, not market data."
    } else {
        ""
    };
    writeln!(
        out,
        "Wrote {} of {} to {} ({} left out, {} folded)\nDigest {digest}{simulated}",
        counted(bars.len() as u64, &format!("{} bar", args.interval)),
        card.name,
        args.out.display(),
        number(left_out as u64),
        counted(folded as u64, "closing print")
    )?;
    if let Some(closures) = closures {
        writeln!(out, "{closures}")?;
    }
    Ok(())
}

fn write_file(args: &Args, format: ExportFormat, bars: &BarSeries) -> Result<(), Failure> {
    write_whole(&args.out, args.force, |mut file| {
        write_bars(bars, format, &mut file)
    })?;
    Ok(())
}
