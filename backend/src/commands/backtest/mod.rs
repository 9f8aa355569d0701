//! `atrium backtest`: a run over stored bars, by the same engine as everywhere.

mod flags;
mod metrics;
mod options;
mod table;

use std::io::Write;
use std::path::{Path, PathBuf};

use atrium_shared::market::curate::{ResampleError, ResampleReport, resample};
use atrium_shared::research::backtest::{Prepared, RunError, backtest};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::surface::report::{DataReference, MetricRow, RunReport, dialect_rows};

use serde_json::Value;

use super::{Failure, print_json};
use crate::config::Config;
use crate::store::{Store, Stored};
pub(super) use flags::named;

/// Run a backtest on stored bars
///
/// Flags override the configuration file, which overrides the defaults.
#[derive(Debug, clap::Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Example:\n  atrium backtest --data SPY-1min --interval 60min --k-atr-min-tp 1 --trades 10",
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
    /// Print the whole report as JSON and nothing else
    #[arg(long)]
    json: bool,
    /// Print the first N trades, too
    #[arg(long, value_name = "N", default_value_t = 0)]
    trades: usize,
    /// Which metrics to print
    #[arg(long, value_enum, value_name = "WHICH", default_value = "headline")]
    metrics: metrics::Shown,
}

/// Why a backtest cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// The configuration file cannot be read.
    #[error("--config {} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The configuration file is no configuration.
    #[error("--config {}: {reason}; `atrium backtest --help` shows a whole configuration", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Where and what.
        reason: String,
    },
    /// Flags contradict the configuration.
    #[error("{0}")]
    Flags(String),
    /// The bars cannot be cut.
    #[error("--interval: {0}")]
    Resample(#[from] ResampleError),
    /// The run cannot be made.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Runs the backtest.
///
/// # Errors
/// [`Failure`] where the data set, the configuration or the output cannot be used.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let mut run_config = match &args.config {
        Some(path) => read_config(path)?,
        None => RunConfig::default(),
    };
    args.overrides
        .apply(&mut run_config)
        .map_err(BacktestError::Flags)?;
    run_config
        .validate()
        .map_err(|bad| BacktestError::Run(bad.into()))?;
    let store = Store::open(&config.base_dir)?;
    let card = store.find(&args.data)?;
    let stored = store.load(&card.name)?;
    let made = report(stored, run_config, args.metrics)?;
    if args.json {
        return print_json(out, &made.report);
    }
    Ok(table::print(out, &made, args.metrics, args.trades)?)
}

fn read_config(path: &Path) -> Result<RunConfig, BacktestError> {
    let text = std::fs::read_to_string(path).map_err(|source| BacktestError::Read {
        path: path.to_path_buf(),
        source,
    })?;
    let unusable = |reason| BacktestError::Config {
        path: path.to_path_buf(),
        reason,
    };
    let value = serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    check_objects(&value).map_err(unusable)?;
    // from the text once more, so that messages name their line
    serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))
}

/// Every part of a configuration is an object of named fields. An array would be read as the fields in their order, an
/// empty one as all defaults.
fn check_objects(value: &Value) -> Result<(), String> {
    let Value::Object(fields) = value else {
        return Err(format!(
            "it is {}, but a configuration is an object of named fields, such as {{\"interval\": \"60min\"}}",
            kind(value)
        ));
    };
    for (name, field) in fields {
        match field {
            Value::Array(_) => {
                return Err(format!(
                    "{name} is an array, but no field of a configuration is one: write an object of named fields"
                ));
            }
            Value::Object(_) => check_objects(field).map_err(|inner| format!("{name}: {inner}"))?,
            _ => {}
        }
    }
    Ok(())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A report with what is printed beside it.
struct Made {
    report: RunReport,
    cut: ResampleReport,
    /// The metrics of another tool, if they were asked for.
    dialect: Vec<MetricRow>,
}

fn report(stored: Stored, config: RunConfig, shown: metrics::Shown) -> Result<Made, BacktestError> {
    let Stored { card, bars } = stored;
    let cut = resample(&bars, config.interval, card.instrument.calendar)?;
    let prepared = Prepared::new(cut.bars, config.prediction)?;
    let run = backtest(&prepared, &card.instrument, &config)?;
    let dialect = shown.dialect().map_or_else(Vec::new, |dialect| {
        dialect_rows(&run.metrics_in(dialect, &prepared, &card.instrument, &config))
    });
    let data = DataReference {
        data_set: card.name,
        instrument: card.instrument,
        simulated: card.simulated,
    };
    Ok(Made {
        report: RunReport::new(data, config, &prepared, &run),
        cut: cut.report,
        dialect,
    })
}

#[cfg(test)]
mod tests;
