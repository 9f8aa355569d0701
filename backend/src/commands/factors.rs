//! `atrium factors import`: corporate actions of a symbol, from a file.

use std::io::Write;
use std::path::PathBuf;

use atrium_shared::market::actions::parse_actions;
use atrium_shared::surface::api::DataSet;

use super::files::{ClosuresFlag, FileError, read_text};
use super::{Failure, print_json};
use crate::config::Config;
use crate::store::{Change, Store};

/// Import splits and dividends of a symbol: a LEAN factor file, or lines of date,kind,value
///
/// The date is the first day on the new basis, the kind split (value 7 or 7:1) or dividend (value: what prices before are
/// multiplied by). They are kept beside the bars, whose raw prices stay as they are; backtests run on adjusted prices. What is
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
    #[command(flatten)]
    closures: ClosuresFlag,
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
    let mut changed: Vec<DataSet> = Vec::new();
    for name in store.of_symbol(&args.symbol)? {
        let card = store.card(&name)?;
        let calendar = card.instrument.calendar;
        let refused = |error: &dyn std::error::Error| {
            FileError::new(&args.file, format!("cannot be used: {error}"))
        };
        let read = parse_actions(&text, calendar).map_err(|error| refused(&error))?;
        let actions = if args.replace {
            read
        } else {
            card.actions.joined(&read)
        };
        let change = Change {
            actions: Some(actions),
            ..Change::default()
        };
        let schedule = args.closures.schedule(calendar)?;
        changed.push(store.change(&name, &change, &schedule)?.0);
    }
    if args.json {
        return print_json(out, &changed);
    }
    for card in &changed {
        writeln!(
            out,
            "{} is adjusted for {} corporate actions; digest {}",
            card.name,
            card.actions.list().len(),
            card.digest.short()
        )?;
    }
    Ok(())
}
