//! `atrium data remove`: a data set goes.

use std::io::Write;

use serde::Serialize;

use super::words::counted;
use super::{Failure, print_json};
use crate::config::Config;
use crate::store::{Store, StoreError, parse_name};

/// Remove a data set, the rows it was imported from included
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atrium data remove SPY-1min\n  atrium data remove SPY-1min --yes --json"
)]
pub struct Args {
    /// The data set by its full name
    name: String,
    /// Remove it: there is no way back (without this, nothing is removed and it is said what would go)
    #[arg(long)]
    yes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was done, for `--json`.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    data_set: &'a str,
    removed: bool,
}

/// Removes the data set, or says what would go.
///
/// # Errors
/// [`Failure`] where there is none, or it cannot be removed.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    parse_name(&args.name)?;
    let store = Store::open(&config.base_dir)?;
    let held = match store.card(&args.name) {
        Ok(card) => format!(
            "{} has {} from {} to {}",
            card.name,
            counted(card.rows, "bar"),
            card.first,
            card.last
        ),
        // a damaged data set can be removed as well
        Err(StoreError::Damaged { name, .. }) => format!("{name} is damaged"),
        Err(error) => return Err(error.into()),
    };
    if args.yes {
        store.remove(&args.name)?;
    }
    if args.json {
        let summary = Summary {
            data_set: &args.name,
            removed: args.yes,
        };
        return print_json(out, &summary);
    }
    if args.yes {
        writeln!(out, "Removed {}.", args.name)?;
    } else {
        writeln!(
            out,
            "Nothing was removed. {held}; add --yes to remove it with the rows that it was imported from."
        )?;
    }
    Ok(())
}
