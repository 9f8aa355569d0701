//! `atrium link`: a run in a text that can be sent, and what it says.

use std::io::Write;

use super::backtest::{BacktestError, Chosen};
use super::{Failure, print_json};
use crate::config::Config;

/// Print a link to a run
///
/// The run is made once, and the link says what came of it: whoever opens it, on the page or with `atrium backtest --link`, makes
/// the run again and sees whether it is the same. The data itself is not in the link, only its name and its hash.
#[derive(Debug, clap::Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Examples:
  atrium link --data SPY --interval 60min --k-atr-min-tp 1
  atrium link --data SPY --set costs.slippage.ticks=1 --as text
  atrium link --link LINK --as command"
)]
pub struct Args {
    #[command(flatten)]
    chosen: Chosen,
    /// How to print it: url, of the page that this machine serves at the port that is configured (ATRIUM_PORT, or port in
    /// atrium.toml); text, the link alone; command, a command line that makes the
    /// run; config, the configuration as JSON
    #[arg(
        long = "as",
        value_enum,
        value_name = "FORM",
        default_value = "url",
        hide_possible_values = true
    )]
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A URL.
    Url,
    /// The link alone.
    Text,
    /// A command line.
    Command,
    /// The configuration.
    Config,
}

/// Makes the run and prints its link.
///
/// # Errors
/// [`Failure`] where the run cannot be made.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let ran = args.chosen.run(config)?;
    let link = &ran.link.link;
    let text = match args.form {
        Form::Url => ran.link.url(config).map_err(BacktestError::Link)?,
        Form::Text => link.text().map_err(BacktestError::Link)?,
        Form::Command => ran.command_line(),
        Form::Config => return print_json(out, &link.config),
    };
    Ok(writeln!(out, "{text}")?)
}

#[cfg(test)]
mod tests;
