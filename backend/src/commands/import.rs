//! `atrium import`: a file of bars into the store.

use std::io::Write;
use std::path::{Path, PathBuf};

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::bars::Instrument;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::surface::api::DataSet;
use atrium_shared::surface::report::count;
use serde::Serialize;

use super::{Failure, print_json};
use crate::config::Config;
use crate::import::{
    ColumnFlags, Format, ImportOptions, Imported, Labels, Preview, Understood, Zone, read_file,
    read_file_isolated,
};
use crate::store::{NewSet, Outcome, Store, check_symbol};

/// Import bars from a CSV or Parquet file
///
/// Columns are found by common names (timestamp, datetime, date, time; open, high, low, close; volume …) or named by
/// flags. One row that makes no sense refuses the whole file. The file is read into memory as a whole,
/// so one of more than 8 GiB is refused.
#[derive(Debug, clap::Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Examples:\n  \
    atrium import SPY_1m.parquet --symbol SPY\n  \
    atrium import btc.csv --symbol BTC-USD --crypto --time-column ts_ms\n  \
    atrium import spy_5m.csv --symbol SPY --time-zone exchange --labels end"
)]
pub struct Args {
    /// The file; its content tells whether it is CSV or Parquet
    file: PathBuf,
    /// The ticker to store it under
    #[arg(long)]
    symbol: String,
    /// A crypto pair: trades round the clock, in lots of 0.0001 (default: a US share)
    #[arg(long)]
    crypto: bool,
    /// The trading calendar: nyse or crypto
    #[arg(long, value_parser = super::backtest::named::<Calendar>)]
    calendar: Option<Calendar>,
    /// The smallest price step
    #[arg(long, value_name = "PRICE")]
    tick_size: Option<f64>,
    /// The quantity of one lot, which is also the smallest order
    #[arg(long, value_name = "QUANTITY")]
    lot_size: Option<f64>,
    /// The interval of the bars, such as 1min (default: the most frequent step between rows)
    #[arg(long)]
    interval: Option<BarInterval>,
    /// The zone of times that are written without one
    #[arg(long, value_enum, default_value = "utc")]
    time_zone: Zone,
    /// Whether times are the starts or the ends of the bars
    #[arg(long, value_enum, default_value = "start")]
    labels: Labels,
    #[command(flatten)]
    columns: ColumnArgs,
    /// Replace a data set of the same name that has other content
    #[arg(long)]
    replace: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct ColumnArgs {
    /// The column of times
    #[arg(long, value_name = "NAME", help_heading = "Columns")]
    time_column: Option<String>,
    /// The column of first prices
    #[arg(long, value_name = "NAME", help_heading = "Columns")]
    open_column: Option<String>,
    /// The column of highest prices
    #[arg(long, value_name = "NAME", help_heading = "Columns")]
    high_column: Option<String>,
    /// The column of lowest prices
    #[arg(long, value_name = "NAME", help_heading = "Columns")]
    low_column: Option<String>,
    /// The column of last prices
    #[arg(long, value_name = "NAME", help_heading = "Columns")]
    close_column: Option<String>,
    /// The column of traded quantities
    #[arg(long, value_name = "NAME", help_heading = "Columns")]
    volume_column: Option<String>,
}

/// What an import did, for `--json`.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    outcome: Outcome,
    data_set: &'a DataSet,
    understood: &'a Understood,
    preview: &'a Preview,
}

/// Imports the file.
///
/// # Errors
/// [`Failure`] says what is wrong with the file or why it was not stored; then the store is as it was.
pub fn run(
    args: &Args,
    config: &Config,
    program: Option<&Path>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    check_symbol(&args.symbol)?;
    let options = args.options();
    let imported = match program {
        Some(program) => read_file_isolated(program, &args.file, &options)?,
        None => read_file(&args.file, &options)?,
    };
    if !args.json {
        describe(args, &imported, out)?;
    }
    let store = Store::open(&config.base_dir)?;
    let file_name = args.file.file_name().unwrap_or_default();
    let set = NewSet {
        instrument: options.instrument,
        bars: imported.bars,
        actions: Default::default(),
        simulated: false,
        source: format!("imported from {}", file_name.to_string_lossy()),
    };
    let (card, outcome) = store.put(&set, args.replace)?;
    if args.json {
        let summary = Summary {
            outcome,
            data_set: &card,
            understood: &imported.understood,
            preview: &imported.preview,
        };
        return print_json(out, &summary);
    }
    let name = &card.name;
    match outcome {
        Outcome::Stored => writeln!(out, "Stored as {name}.")?,
        Outcome::Replaced | Outcome::Merged => {
            writeln!(out, "Stored as {name}, in place of what was there.")?
        }
        Outcome::Unchanged => {
            writeln!(
                out,
                "{name} holds exactly these bars already: nothing was changed."
            )?;
        }
    }
    writeln!(out, "Digest {}", card.digest)?;
    match imported.preview {
        Preview::Bars { interval, .. } => writeln!(
            out,
            "Next: atrium backtest --data {name} --interval {interval}"
        )?,
        Preview::NoBars { interval, .. } => writeln!(
            out,
            "A backtest on {interval} bars of {name} will be refused: the preview says why."
        )?,
    }
    Ok(())
}

/// Decode a file for another process
#[derive(Debug, clap::Args)]
pub struct DecodeArgs {
    options: String,
    file: PathBuf,
}

/// What the child of an import does.
///
/// # Errors
/// [`Failure::Output`] where nobody listens.
pub(super) fn decode(args: &DecodeArgs, out: &mut impl Write) -> Result<(), Failure> {
    crate::import::end_with_parent();
    Ok(crate::import::decode(&args.options, &args.file, out)?)
}

impl Args {
    fn options(&self) -> ImportOptions {
        let mut instrument = if self.crypto {
            Instrument::crypto_pair(&self.symbol)
        } else {
            Instrument::us_share(&self.symbol)
        };
        if let Some(calendar) = self.calendar {
            instrument.calendar = calendar;
        }
        if let Some(tick_size) = self.tick_size {
            instrument.tick_size = tick_size;
        }
        if let Some(lot_size) = self.lot_size {
            instrument.lot_size = lot_size;
            instrument.min_quantity = lot_size;
        }
        let columns = &self.columns;
        ImportOptions {
            columns: ColumnFlags([
                columns.time_column.clone(),
                columns.open_column.clone(),
                columns.high_column.clone(),
                columns.low_column.clone(),
                columns.close_column.clone(),
                columns.volume_column.clone(),
            ]),
            zone: self.time_zone,
            labels: self.labels,
            interval: self.interval,
            instrument,
        }
    }
}

/// Says how the file was understood and what is in it.
fn describe(args: &Args, imported: &Imported, out: &mut impl Write) -> Result<(), Failure> {
    let Imported {
        bars,
        understood,
        preview,
    } = imported;
    let format = match understood.format {
        Format::Csv => "CSV",
        Format::Parquet => "Parquet",
    };
    let columns: Vec<String> = understood
        .columns
        .iter()
        .map(|(field, column)| format!("{} = {column}", field.name()))
        .collect();
    let labels = match understood.labels {
        Labels::Start => "starts of bars",
        Labels::End => "ends of bars",
    };
    let interval = match understood.interval_detected {
        true => "most often that far apart",
        false => "as given",
    };
    writeln!(out, "Read {} as {format}", args.file.display())?;
    writeln!(out, "  columns   {}", columns.join(", "))?;
    writeln!(out, "  times     {}; {labels}", understood.times)?;
    writeln!(out, "  interval  {} ({interval})", bars.interval())?;
    if let (Some(first), Some(last)) = (bars.start().first(), bars.start().last()) {
        writeln!(
            out,
            "  rows      {}, {first} to {last}",
            number(bars.len() as u64)
        )?;
    }
    let calendar = args.options().instrument.calendar.name();
    match preview {
        Preview::Bars {
            interval,
            bars: cut,
            left_out,
            folded,
        } => writeln!(
            out,
            "  preview   {} {interval} bars in regular hours ({calendar} calendar); {} {} bars left out, {} closing prints folded",
            number(*cut),
            number(*left_out),
            bars.interval(),
            number(*folded)
        )?,
        Preview::NoBars { interval, no_bars } => writeln!(
            out,
            "  preview   no {interval} bars in regular hours ({calendar} calendar): {no_bars}"
        )?,
    }
    Ok(())
}

fn number(value: u64) -> String {
    count(value as f64)
}
