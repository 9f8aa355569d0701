//! The commands of the command line, one a file. Each parses into what it means, calls the library and prints.
//!
//! To add one: write its file with its arguments and a `run`, and add its variant and its line here.

pub mod backtest;
pub mod config_show;
pub mod data_export;
pub mod data_list;
pub mod data_remove;
pub mod data_show;
pub mod demo;
pub mod explain;
pub mod factors;
pub mod features;
mod files;
pub mod gaps;
pub mod import;
pub mod instrument;
pub mod link;
pub mod quality;
pub mod resample;
pub mod serve;
pub mod sweep;
mod words;

pub use files::FileError;
pub(crate) use files::write_whole;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use atrium_shared::market::curate::ResampleError;
use clap::{Parser, Subcommand};

use crate::config::{Config, ConfigError, Flags, LogLevel, Surroundings, load};
use crate::import::ImportError;
use crate::store::StoreError;

/// A research lab for machine-learned trading strategies.
#[derive(Debug, Parser)]
#[command(
    name = "atrium",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Flags of every command.
#[derive(Debug, clap::Args)]
struct Common {
    /// The folder that data sets are stored under (default: the folder of the nearest atrium.toml, from the working
    /// folder upwards, or else the working folder)
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help_heading = "Common options"
    )]
    base_dir: Option<PathBuf>,
    /// What is logged to stderr: off, error, warn, info, debug or trace
    #[arg(
        long,
        global = true,
        value_name = "LEVEL",
        help_heading = "Common options"
    )]
    log_level: Option<LogLevel>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(import::Args),
    Backtest(backtest::Args),
    Link(link::Args),
    Sweep(sweep::Args),
    Explain(explain::Args),
    Features(features::Args),
    /// Look at what is stored, write it to files, remove it
    #[command(subcommand)]
    Data(DataCommand),
    /// Look at instruments and change them
    #[command(subcommand)]
    Instrument(InstrumentCommand),
    /// Corporate actions
    #[command(subcommand)]
    Factors(FactorsCommand),
    Gaps(gaps::Args),
    Quality(quality::Args),
    Resample(resample::Args),
    Demo(demo::Args),
    Serve(serve::Args),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    #[command(name = crate::import::DECODE_COMMAND, hide = true)]
    Decode(import::DecodeArgs),
}

#[derive(Debug, Subcommand)]
enum DataCommand {
    List(data_list::Args),
    Show(data_show::Args),
    Export(data_export::Args),
    Remove(data_remove::Args),
}

#[derive(Debug, Subcommand)]
enum InstrumentCommand {
    Show(instrument::ShowArgs),
    Set(instrument::SetArgs),
}

#[derive(Debug, Subcommand)]
enum FactorsCommand {
    Import(factors::Args),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    Show(config_show::Args),
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file cannot be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A file cannot be imported so, and a flag may help.
    #[error("{error} ({flags})")]
    Advised {
        /// Why not.
        error: ImportError,
        /// The flags.
        flags: &'static str,
    },
    /// What a file is of cannot be told.
    #[error(
        "the name of {0} does not tell what it is of, as a symbol in capital letters at its beginning or a pair such as EURUSD does, or could be of two, and no column names one symbol that can be taken: give the symbol, as in --symbol SPY"
    )]
    NoSymbol(String),
    /// No field of a column.
    #[error(
        "--column {0}: write a field and a column's name, as in --column time=Date; the fields are time, clock, open, high, low, close and volume"
    )]
    Column(String),
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The backtest cannot be made.
    #[error(transparent)]
    Backtest(#[from] backtest::BacktestError),
    /// The sweep cannot be made.
    #[error(transparent)]
    Sweep(#[from] sweep::SweepFailure),
    /// The run is not the one that the link was made of.
    #[error("{0}")]
    OtherRun(String),
    /// A file that a flag names cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// Bars cannot be cut.
    #[error(transparent)]
    Resample(#[from] ResampleError),
    /// More bars are missing than allowed.
    #[error(transparent)]
    Gaps(#[from] gaps::TooManyMissing),
    /// The bars are not good enough.
    #[error(transparent)]
    Quality(#[from] quality::BelowScore),
    /// Features cannot be made.
    #[error(transparent)]
    Features(#[from] features::FeaturesError),
    /// The demo cannot be made.
    #[error(transparent)]
    Demo(#[from] demo::DemoError),
    /// The server cannot run.
    #[error(transparent)]
    Serve(#[from] serve::ServeError),
    /// The result cannot be printed.
    #[error("the result cannot be printed: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    /// Whether the reader of the output went away, as `head` does: that is no failure.
    pub fn is_closed_output(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// What the program ends with: 130, as shells have it, where Ctrl-C stopped it.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Sweep(sweep::SweepFailure::Stopped { .. }) => 130,
            _ => 1,
        }
    }
}

impl Cli {
    /// Runs the command, printing its result to `out`.
    ///
    /// # Errors
    /// [`Failure`] with a message for the user.
    pub fn run(self, surroundings: &Surroundings, out: &mut impl Write) -> Result<(), Failure> {
        // the child that decodes a file needs no configuration
        if let Command::Decode(args) = &self.command {
            return import::decode(args, out);
        }
        let mut flags = Flags {
            base_dir: self.common.base_dir,
            log_level: self.common.log_level,
            ..Flags::default()
        };
        if let Command::Serve(args) = &self.command {
            args.set(&mut flags);
        }
        let loaded = load(surroundings, &flags)?;
        log_to_stderr(loaded.config.log_level);
        let config = &loaded.config;
        match self.command {
            Command::Import(args) => {
                import::run(&args, config, surroundings.program.as_deref(), out)
            }
            Command::Backtest(args) => backtest::run(&args, config, out),
            Command::Sweep(args) => sweep::run(&args, config, out),
            Command::Link(args) => link::run(&args, config, out),
            Command::Explain(args) => explain::run(&args, config, out),
            Command::Features(args) => features::run(&args, config, out),
            Command::Decode(args) => import::decode(&args, out),
            Command::Data(command) => command.run(config, out),
            Command::Instrument(InstrumentCommand::Show(args)) => {
                instrument::show(&args, config, out)
            }
            Command::Instrument(InstrumentCommand::Set(args)) => {
                instrument::set(&args, config, out)
            }
            Command::Factors(FactorsCommand::Import(args)) => factors::run(&args, config, out),
            Command::Gaps(args) => gaps::run(&args, config, out),
            Command::Quality(args) => quality::run(&args, config, out),
            Command::Resample(args) => resample::run(&args, config, out),
            Command::Demo(args) => demo::run(&args, config, out),
            Command::Serve(args) => {
                // what the port is without this command's flag
                let port = None;
                let linked = load(surroundings, &Flags { port, ..flags });
                let linked = linked.map_or(config.port, |it| it.config.port);
                serve::run(&args, config, linked, surroundings.program.as_deref(), out)
            }
            Command::Config(ConfigCommand::Show(args)) => config_show::run(&args, &loaded, out),
        }
    }
}

impl DataCommand {
    fn run(self, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
        match self {
            Self::List(args) => data_list::run(&args, config, out),
            Self::Show(args) => data_show::run(&args, config, out),
            Self::Export(args) => data_export::run(&args, config, out),
            Self::Remove(args) => data_remove::run(&args, config, out),
        }
    }
}

fn log_to_stderr(level: LogLevel) {
    let filter = tracing_subscriber::EnvFilter::new(level.name());
    let logger = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .without_time()
        .with_target(false);
    // a second command in the same process, as in tests, keeps the first one's logger
    drop(logger.try_init());
}

/// Prints a value as JSON, alone on the output.
fn print_json(out: &mut impl Write, value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
    Ok(writeln!(out, "{text}")?)
}
