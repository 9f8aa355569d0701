//! `atrium factors import`: corporate actions of a symbol, from a file.

use std::io::Write;
use std::path::PathBuf;

use atrium_shared::market::actions::parse_actions;

use super::files::{FileError, read_text};
use super::words::counted;
use super::{Failure, print_json};
use crate::config::Config;
use crate::store::Store;

/// Import splits and dividends of a symbol: a LEAN factor file, or lines of date,kind,value
///
/// The date is the first day on the new basis, the kind split (value 7 or 7:1) or dividend (value: what prices before are
/// multiplied by, 1 - amount / last close before, such as 0.998). They are kept beside the bars, whose raw prices stay as they are; backtests run on adjusted prices. What is
/// known already stays, and where both have a split or a dividend of one day the file counts.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atrium factors import aapl.csv --symbol AAPL\n  atrium factors import splits.csv --symbol NVDA --replace"
)]
pub struct Args {
    /// The file
    file: PathBuf,
    /// The symbol; all its data sets are adjusted
    #[arg(long)]
    symbol: String,
    /// Forget the corporate actions that are known
    #[arg(long)]
    replace: bool,
    /// Adjust also where prices do not jump at a split
    #[arg(long)]
    accept: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Imports the actions.
///
/// # Errors
/// [`Failure`] where the file is not understood or a data set cannot be changed.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let store = Store::open(&config.base_dir)?;
    let text = read_text(&args.file)?;
    let changed = store.adjust(&args.symbol, args.replace, args.accept, |calendar| {
        let actions = parse_actions(&text, calendar);
        actions.map_err(|bad| {
            Failure::from(FileError::new(&args.file, format!("cannot be used: {bad}")))
        })
    })?;
    if args.json {
        return print_json(out, &changed);
    }
    for card in &changed {
        writeln!(
            out,
            "{} is adjusted for {}; digest {}",
            card.name,
            counted(card.actions.list().len() as u64, "corporate action"),
            card.digest.short()
        )?;
    }
    Ok(())
}
