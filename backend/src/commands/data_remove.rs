//! `atrium data remove`: a data set goes.

use std::io::Write;

use super::Failure;
use crate::config::Config;
use crate::store::{Store, StoreError, parse_name};

/// Remove a data set, the rows it was imported from included
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  atrium data remove SPY-1min --yes")]
pub struct Args {
    /// The data set by its full name
    name: String,
    /// Remove it: there is no way back
    #[arg(long)]
    yes: bool,
}

/// Removes the data set, or says what would go.
///
/// # Errors
/// [`Failure`] where there is none, or it cannot be removed.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    parse_name(&args.name)?;
    let store = Store::open(&config.base_dir)?;
    if !args.yes {
        let card = store.card(&args.name)?;
        writeln!(
            out,
            "Nothing was removed. {} has {} bars from {} to {}; add --yes to remove them and the rows they were imported from.",
            card.name, card.rows, card.first, card.last
        )?;
        return Ok(());
    }
    // a damaged data set can be removed as well
    match store.card(&args.name) {
        Ok(_) | Err(StoreError::Damaged { .. }) => store.remove(&args.name)?,
        Err(error) => return Err(error.into()),
    }
    writeln!(out, "Removed {}.", args.name)?;
    Ok(())
}
