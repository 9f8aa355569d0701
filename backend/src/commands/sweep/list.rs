//! `atrium sweep --list`: which sweeps of a data set are kept.

use std::io::Write;

use crate::commands::words::{counted, number};
use crate::commands::{Failure, print_json};
use crate::config::Config;
use crate::sweeps::SweepFiles;

use super::SweepFailure;

/// Prints the sweeps of a data set that are kept, the latest first.
pub(super) fn print(
    data_set: &str,
    json: bool,
    config: &Config,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let listed = SweepFiles::of(&config.base_dir).list(data_set);
    let listed = listed.map_err(|reason| SweepFailure::List(Box::new(reason)))?;
    if json {
        return print_json(out, &listed);
    }
    for damage in &listed.damaged {
        tracing::error!("{damage}");
    }
    let done: u64 = listed.sweeps.iter().map(|sweep| sweep.done).sum();
    writeln!(
        out,
        "{data_set}: {} kept, {} run",
        counted(listed.sweeps.len() as u64, "sweep"),
        counted(done, "trial")
    )?;
    for sweep in &listed.sweeps {
        let id: String = sweep.identity.to_string().chars().take(16).collect();
        let best = sweep.best_sharpe;
        let best = best.map_or_else(String::new, |best| format!(", best Sharpe {best:.2}"));
        writeln!(
            out,
            "  {id}  {}  {} of {}{best}",
            sweep.kept,
            number(sweep.done),
            counted(sweep.trials, "trial"),
        )?;
        for axis in &sweep.axes {
            writeln!(out, "      {axis}")?;
        }
        if let Some(interval) = sweep.interval {
            let sessions = sweep.window.words();
            let sessions = sessions.as_deref().unwrap_or("all sessions");
            let words = [format!("{interval} bars"), sessions.to_owned()];
            let words = [&words[..], &sweep.base].concat();
            writeln!(out, "      on {}", words.join(", "))?;
        }
    }
    Ok(())
}
