//! `atrium data list`: what is stored.

use std::io::Write;

use atrium_shared::surface::api::DataSets;
use atrium_shared::surface::report::count;

use super::{Failure, print_json};
use crate::config::Config;
use crate::store::Store;

/// List the stored data sets
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  atrium data list --json")]
pub struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Lists the data sets; damaged ones are named on stderr, or in the JSON.
///
/// # Errors
/// [`Failure`] where the store cannot be read or the list not be printed.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let store = Store::open(&config.base_dir)?;
    let listing = store.list()?;
    if args.json {
        let sets = DataSets {
            sets: listing.sets,
            damaged: listing.damaged.iter().map(ToString::to_string).collect(),
        };
        return print_json(out, &sets);
    }
    for damage in &listing.damaged {
        tracing::error!("{damage}");
    }
    if listing.sets.is_empty() {
        writeln!(
            out,
            "No data set in {}. Run `atrium import` on a file of bars, or `atrium demo` for simulated ones.",
            store.data_dir().display()
        )?;
    }
    let names = listing.sets.iter().map(|set| set.name.len());
    let width = names.max().unwrap_or_default();
    for set in &listing.sets {
        let rows = count(set.rows as f64);
        let digest = set.digest.short();
        let (name, first, last) = (&set.name, set.first, set.last);
        let simulated = if set.simulated { "  simulated" } else { "" };
        writeln!(
            out,
            "{name:width$}  {rows:>9} bars  {first} to {last}  digest {digest}{simulated}"
        )?;
    }
    Ok(())
}
