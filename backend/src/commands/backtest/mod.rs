//! `atrium backtest`: a run over stored bars, by the same engine as everywhere.

mod error;
mod config_file;
mod flags;
mod inputs;
mod metrics;
mod options;
mod table;

use std::io::Write;
use std::path::PathBuf;

use atrium_shared::market::curate::{ResampleReport, resample};
use atrium_shared::research::backtest::backtest;
use atrium_shared::research::metrics::Dialect;
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::surface::report::{DataReference, RunReport};
use serde::Serialize;

use super::{Failure, print_json};
use crate::config::Config;
use crate::outputs;
use crate::picture::{Look, Picture};
use crate::store::{Store, Stored};
pub use error::BacktestError;
pub(super) use flags::named;

/// Run a backtest on stored bars
///
/// Flags override the configuration file, which overrides the defaults.
#[derive(Debug, clap::Args)]
#[command(
    allow_negative_numbers = true,
    after_help = flags::EXAMPLES,
    after_long_help = flags::long_help()
)]
pub struct Args {
    /// The data set, or just its symbol where that has one data set only
    #[arg(long, value_name = "NAME")]
    data: String,
    /// A JSON file with a run configuration; what it leaves out has its default
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    overrides: flags::Overrides,
    #[command(flatten)]
    files: inputs::Files,
    #[command(flatten)]
    printed: Printed,
    #[command(flatten)]
    written: Written,
}

/// What is printed.
#[derive(Debug, clap::Args)]
struct Printed {
    /// Print the whole report as JSON and nothing else
    #[arg(long, help_heading = "Report")]
    json: bool,
    /// Print the first N trades, too
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Report")]
    trades: usize,
    /// How many metrics to print (default: headline)
    #[arg(long, value_enum, value_name = "WHICH", help_heading = "Report")]
    metrics: Option<metrics::Shown>,
    /// Whose definitions of the metrics to print: atrium, vectorbt, backtesting_py, lean or quantstats (default: atrium)
    #[arg(long, value_name = "TOOL", value_parser = named::<Dialect>, help_heading = "Report")]
    dialect: Option<Dialect>,
}

/// What is written.
#[derive(Debug, clap::Args)]
struct Written {
    /// Write trades, equity, metrics and a picture of the run into this folder
    #[arg(long, value_name = "DIR", group = "written", help_heading = "Report")]
    out: Option<PathBuf>,
    /// Write them into the folder backtests of the base directory
    #[arg(
        long,
        group = "written",
        conflicts_with = "out",
        help_heading = "Report"
    )]
    save: bool,
    /// Draw the picture light on dark
    #[arg(long, requires = "written", help_heading = "Report")]
    dark: bool,
}

/// Runs the backtest.
///
/// # Errors
/// [`Failure`] where the data set, the configuration or the output cannot be used.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let run_config = configured(args)?;
    let foreign = args.printed.foreign()?;
    let store = Store::open(&config.base_dir)?;
    let card = store.find(&args.data)?;
    let stored = store.load(&card.name)?;
    let folder = args.written.folder(config);
    let look = match args.written.dark {
        true => Look::Dark,
        false => Look::Light,
    };
    let made = make(
        stored,
        run_config,
        &args.files,
        foreign,
        folder.zip(Some(look)),
    )?;
    if args.printed.json {
        return print_json(out, &made);
    }
    let shown = args.printed.metrics.unwrap_or_default();
    Ok(table::print(out, &made, shown, args.printed.trades)?)
}

/// The configuration of the run, checked.
fn configured(args: &Args) -> Result<RunConfig, BacktestError> {
    let mut config = match &args.config {
        Some(path) => config_file::read(path)?,
        None => RunConfig::default(),
    };
    args.files.choose(&mut config);
    args.overrides
        .apply(&mut config)
        .and_then(|()| args.files.check(&config))
        .map_err(BacktestError::Flags)?;
    config
        .validate()
        .map_err(|bad| BacktestError::Run(bad.into()))?;
    Ok(config)
}

impl Printed {
    /// The other tool whose metrics are asked for.
    fn foreign(&self) -> Result<Option<Dialect>, BacktestError> {
        let foreign = self.dialect.filter(|dialect| *dialect != Dialect::Atrium);
        match (foreign, self.metrics) {
            (Some(dialect), Some(_)) => Err(BacktestError::Flags(format!(
                "--metrics chooses among the metrics of atrium, but --dialect {} prints that tool's own list: leave one of them out",
                dialect.name()
            ))),
            _ => Ok(foreign),
        }
    }
}

impl Written {
    /// The folder to write into, if there is one.
    fn folder(&self, config: &Config) -> Option<PathBuf> {
        let saved = || config.base_dir.join("backtests");
        self.out.clone().or_else(|| self.save.then(saved))
    }
}

/// A report with what is printed beside it; as JSON one object.
#[derive(Debug, Serialize)]
struct Made {
    #[serde(flatten)]
    report: RunReport,
    #[serde(skip)]
    cut: ResampleReport,
    /// What was read from a file, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<inputs::Rows>,
    /// The metrics of another tool, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    foreign_metrics: Option<metrics::Foreign>,
    /// The files that were written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    written: Vec<PathBuf>,
}

/// Runs, and writes the files of the run into the folder given.
fn make(
    stored: Stored,
    config: RunConfig,
    files: &inputs::Files,
    dialect: Option<Dialect>,
    written: Option<(PathBuf, Look)>,
) -> Result<Made, BacktestError> {
    let instrument = &stored.card.instrument;
    let cut = resample(&stored.bars, config.interval, instrument.calendar)?;
    let (prepared, read) = files.prepare(cut.bars, &stored, &config)?;
    let run = backtest(&prepared, instrument, &config)?;
    let foreign_metrics = dialect.map(|dialect| metrics::Foreign {
        dialect,
        metrics: run.metrics_in(dialect, &prepared, instrument, &config),
    });
    let data = DataReference {
        data_set: stored.card.name.clone(),
        instrument: instrument.clone(),
        simulated: stored.card.simulated,
        actions: stored.card.actions.clone(),
    };
    let report = RunReport::new(data, config, &prepared, &run);
    let written = match written {
        Some((folder, look)) => {
            let picture = Picture {
                report: &report,
                bars: prepared.bars(),
                equity: &run.equity,
                benchmark: &run.benchmark.equity,
            };
            outputs::write(&folder, &picture, look)?
        }
        None => Vec::new(),
    };
    Ok(Made {
        report,
        cut: cut.report,
        read,
        foreign_metrics,
        written,
    })
}

#[cfg(test)]
mod tests;
