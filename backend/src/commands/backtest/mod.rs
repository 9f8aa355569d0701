//! `atrium backtest`: a run over stored bars, by the same engine as everywhere.

mod error;
mod chosen;
mod config_file;
mod flags;
mod inputs;
mod metrics;
mod options;
mod table;

use std::io::Write;
use std::path::PathBuf;

use atrium_shared::market::curate::ResampleReport;
use atrium_shared::research::metrics::Dialect;
use atrium_shared::surface::report::{DataReference, RowsReport, RunReport};
use atrium_shared::surface::share::Verdict;
use serde::Serialize;

use super::{Failure, print_json};
use crate::config::Config;
use crate::outputs;
use crate::picture::{Look, Picture};
pub(super) use chosen::{Chosen, LinkTo, Ran, Varied};
pub use error::BacktestError;
pub(super) use flags::named;
pub(super) use table::round_trip;

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
    #[command(flatten)]
    chosen: Chosen,
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
/// [`Failure`] where the data set, the configuration or the output cannot be used; [`Failure::OtherRun`], after all is
/// printed, where the run is not that of the link.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let foreign = args.printed.foreign()?;
    let folder = args.written.folder(config);
    let look = match args.written.dark {
        true => Look::Dark,
        false => Look::Light,
    };
    let ran = args.chosen.run(config)?;
    let made = make(ran, config, foreign, folder.zip(Some(look)))?;
    if args.printed.json {
        print_json(out, &made)?;
    } else {
        let shown = args.printed.metrics.unwrap_or_default();
        table::print(out, &made, shown, args.printed.trades)?;
    }
    match &made.verdict {
        Some(verdict) if verdict.differs() => {
            let said = verdict.words();
            Err(Failure::OtherRun(
                said.into_iter().next().unwrap_or_default(),
            ))
        }
        _ => Ok(()),
    }
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
    /// That the data set has closures, if it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    closures: Option<String>,
    /// A link to the run.
    #[serde(skip)]
    link: String,
    /// What was read from a file, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<RowsReport>,
    /// The metrics of another tool, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    foreign_metrics: Option<metrics::Foreign>,
    /// The files that were written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    written: Vec<PathBuf>,
    /// Whether the run is that of the link, where one was given.
    #[serde(rename = "link", skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
}

/// Reports a run, and writes its files into the folder given.
fn make(
    ran: Ran,
    config: &Config,
    dialect: Option<Dialect>,
    written: Option<(PathBuf, Look)>,
) -> Result<Made, BacktestError> {
    let Ran {
        card,
        prepared,
        run,
        ..
    } = &ran;
    let foreign_metrics = dialect.map(|dialect| metrics::Foreign {
        dialect,
        metrics: run.metrics_in(dialect, prepared, &card.instrument, &ran.link.config),
    });
    let data = DataReference {
        data_set: card.name.clone(),
        instrument: card.instrument.clone(),
        simulated: card.simulated,
        actions: card.actions.clone(),
    };
    let report = RunReport::new(data, ran.link.config, prepared, run);
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
        link: ran.link.url(config)?,
        report,
        cut: ran.cut,
        closures: ran.closures,
        read: ran.read,
        foreign_metrics,
        written,
        verdict: ran.verdict,
    })
}

#[cfg(test)]
mod tests;
