//! `atrium data show`: all that is known of a data set.

use std::io::Write;

use atrium_shared::market::calendar::Closures;
use atrium_shared::surface::api::DataSetDetail;

use super::words::{counted, number};
use super::{Failure, print_json};
use crate::config::Config;
use crate::store::Store;

/// So many stretches of an import that were brought to another basis are printed.
const STRETCHES: usize = 5;

/// Show a data set: its span, source, adjustment, corporate actions, imports
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  atrium data show SPY --json")]
pub struct Args {
    /// The data set, or its symbol
    data: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints what is known.
///
/// # Errors
/// [`Failure`] where the data set cannot be read.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let store = Store::open(&config.base_dir)?;
    let card = store.find(&args.data)?;
    let detail = store.detail(&card.name)?;
    if args.json {
        return print_json(out, &detail);
    }
    describe(&detail, out)
}

fn describe(detail: &DataSetDetail, out: &mut impl Write) -> Result<(), Failure> {
    let set = &detail.set;
    let simulated = if set.simulated { "  (simulated)" } else { "" };
    writeln!(out, "{}{simulated}", set.name)?;
    writeln!(
        out,
        "  instrument  {} {}, {}, {} calendar",
        set.instrument.security_type,
        set.instrument.symbol,
        set.instrument.currency,
        set.instrument.calendar.name()
    )?;
    writeln!(
        out,
        "  bars        {} of {}, {} to {}",
        number(set.rows),
        set.interval,
        set.first,
        set.last
    )?;
    writeln!(
        out,
        "  synthetic   {} (gaps of at most {} minutes filled)",
        number(set.synthetic),
        set.fill.max_fill_minutes
    )?;
    writeln!(
        out,
        "  spread      {}",
        if set.spread {
            "for each bar"
        } else {
            "not known"
        }
    )?;
    writeln!(
        out,
        "  adjustment  {} by the source; {} here",
        set.basis,
        counted(set.actions.list().len() as u64, "corporate action")
    )?;
    for action in set.actions.list() {
        writeln!(out, "              {action}")?;
    }
    let closures = Closures::parse(&detail.closures).unwrap_or_default();
    let days = closures.days().len() as u64;
    writeln!(out, "  closures    {} of its own", counted(days, "day"))?;
    let rejected = counted(set.rejected, "row");
    writeln!(out, "  quarantine  {rejected}")?;
    writeln!(out, "  digest      {}", set.digest)?;
    writeln!(
        out,
        "  on disk     {} KiB",
        number(detail.bytes.div_ceil(1_024))
    )?;
    for import in &detail.imports {
        let merge = &import.merge;
        writeln!(
            out,
            "  import {:<4} {}  {}: {} added, {} changed, {} unchanged, {} refused",
            import.number,
            import.at,
            import.source,
            number(merge.added),
            number(merge.changed),
            number(merge.unchanged),
            number(import.rejected)
        )?;
        if let Some(rebase) = &import.rebase {
            writeln!(out, "              found a change of basis: {rebase}")?;
        }
        for seam in &merge.seams {
            writeln!(out, "              {seam}")?;
        }
        for stretch in merge.converted.iter().take(STRETCHES) {
            writeln!(out, "              converted {stretch}")?;
        }
        if let Some(more @ 1..) = merge.converted.len().checked_sub(STRETCHES) {
            let more = counted(more as u64, "later stretch");
            writeln!(out, "              and {more} converted")?;
        }
    }
    if detail.imports.is_empty() {
        writeln!(
            out,
            "  imports     {}: stored by an earlier version",
            set.source
        )?;
    }
    Ok(())
}
