//! `atrium import`: files of bars into the store.

mod flags;
mod progress;
mod shown;

use std::io::Write;
use std::path::{Path, PathBuf};

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::curate::resample;
use atrium_shared::market::intake::{Detection, IntakeError, Rejected};
use atrium_shared::surface::api::ImportDone;
use serde::Serialize;
use tempfile::TempDir;

use super::{Failure, print_json};
use crate::config::Config;
use crate::import::{ImportError, Imported, Step, habits, import, preview, rehearse};
use crate::store::{Store, data_set_name};
use crate::temporary;
pub use flags::Args;
use progress::Meter;

/// What an import did, for `--json`.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    dry_run: bool,
    /// What the bars are, or would be, stored as.
    name: &'a str,
    detection: &'a Detection,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<&'a ImportDone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quarantine_file: Option<&'a PathBuf>,
}

/// Imports files, or says what they are.
///
/// # Errors
/// [`Failure`] says what is wrong with a file or why it was not stored; then the store is as it was.
pub fn run(
    args: &Args,
    config: &Config,
    program: Option<&Path>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let input = args.input(program)?;
    let store = Store::open(&config.base_dir)?;
    let order = args.order(&input, &store)?;
    let mut meter = Meter::new(args.json);
    if args.dry_run {
        let symbol = order.instrument.symbol.as_str();
        let habits = |sha256: &str| habits(&store, symbol, sha256, order.replace);
        let symbol = (symbol, order.symbol_given);
        let mut watch = |step: Step<'_>| meter.tell(&step);
        let found = preview(&input, &order.reading, symbol, &habits, &mut watch);
        meter.clear();
        let detection = found.map_err(|error| refused(error, args.json, out))?;
        if !args.json {
            shown::detection(&input.name(), &order.instrument, &detection, out)?;
        }
        let tried = match &detection.refusal {
            Some(reason) => Err(ImportError::Refused {
                name: input.name(),
                reason: reason.clone(),
            }),
            None => {
                let (_place, store) = rehearsal_store(&store, &config.base_dir)?;
                rehearse(&input, &order, &store, &mut |step| meter.tell(&step))
            }
        };
        meter.clear();
        let name = data_set_name(&order.instrument.symbol, detection.interval.value);
        let done = tried.as_ref().ok();
        if args.json {
            let summary = Summary {
                dry_run: true,
                name: &name,
                detection: &detection,
                done: done.map(|tried| &tried.done),
                quarantine_file: None,
            };
            print_json(out, &summary)?;
        }
        let tried = tried.map_err(|error| refused(error, args.json, out))?;
        if !args.json {
            shown::rehearsed(&name, &tried, out)?;
        }
        return Ok(());
    }
    let mut said = Ok(());
    let done = import(&input, &order, &store, &mut |step| {
        let going = meter.tell(&step);
        if let (Step::Found(detection), false) = (&step, args.json) {
            meter.clear();
            said = shown::detection(&input.name(), &order.instrument, detection, out);
        }
        going
    });
    meter.clear();
    said?;
    let Imported {
        detection,
        done,
        quarantine,
        before,
    } = done.map_err(|error| refused(error, args.json, out))?;
    if args.json {
        let summary = Summary {
            dry_run: false,
            name: &done.set.name,
            detection: &detection,
            done: Some(&done),
            quarantine_file: quarantine.as_ref(),
        };
        return print_json(out, &summary);
    }
    let runs = can_run(&store, &done);
    shown::outcome(
        &input.name(),
        &done,
        (before, runs),
        quarantine.as_deref(),
        out,
    )
}

/// The store that an import is tried against, which may refuse its bars: where there is none, one of its own that goes with the
/// value, so that a dry run makes no folder.
fn rehearsal_store(store: &Store, base: &Path) -> Result<(Option<TempDir>, Store), Failure> {
    if store.data_dir().exists() {
        return Ok((None, store.clone()));
    }
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix(temporary::PREFIX);
    // beside what an import would write, where that can be
    let place = builder.tempdir_in(base).or_else(|_| builder.tempdir());
    let place = place.map_err(temporary::plain).map_err(Failure::Output)?;
    let store = Store::open(place.path())?;
    Ok((Some(place), store))
}

/// Whether a run can be made of the bars: it goes from bar to bar within sessions, which daily bars do not have and which bars
/// by the clock may reach over.
fn can_run(store: &Store, done: &ImportDone) -> bool {
    /// Shorter bars begin at the open by the clock, too.
    const SHORT: u32 = 1_800;
    match done.set.interval {
        BarInterval::Day => false,
        BarInterval::Seconds(seconds) if seconds <= SHORT => true,
        BarInterval::Seconds(_) => store.load_curated(&done.set.name).is_ok_and(|(set, bars)| {
            let real = bars.into_real();
            resample(&real, set.interval, set.instrument.calendar).is_ok()
        }),
    }
}

/// An error with the flag that helps, after what was found in the file.
fn refused(error: ImportError, json: bool, out: &mut impl Write) -> Failure {
    match error
        .seen()
        .filter(|_| !json)
        .map(|seen| shown::seen(seen, out))
    {
        Some(Err(failure)) => failure,
        _ => advised(error),
    }
}

/// An error with the flag that helps.
fn advised(error: ImportError) -> Failure {
    let flags = match &error {
        ImportError::File { source, .. } => match source {
            IntakeError::MissingColumns { .. }
            | IntakeError::AmbiguousColumn { .. }
            | IntakeError::NoSuchColumn { .. } => {
                "--column FIELD=NAME, as in --column close=Last or --column volume=#6"
            }
            IntakeError::NoTimes { .. } => "--column time=NAME, --date-order month or day",
            IntakeError::NoInterval { .. }
            | IntakeError::OddInterval { .. }
            | IntakeError::FewSteps { .. }
            | IntakeError::MaybeDaily { .. } => "--interval",
            IntakeError::Clocks(_) => "--clock-form",
            _ => return Failure::Import(error),
        },
        ImportError::Refused { .. } => {
            "--column, --delimiter, --decimal, --date-order, --time-zone, --labels, --clock-form, --interval, --symbol; --dry-run shows what comes of it"
        }
        error if error.asks_for_table() => "--table",
        ImportError::NoFiles { reason, .. } if reason.contains("name one") => "--symbol",
        _ => return Failure::Import(error),
    };
    Failure::Advised { error, flags }
}

/// Decode a file for another process
#[derive(Debug, clap::Args)]
pub struct DecodeArgs {
    request: String,
    file: PathBuf,
}

/// What the child of an import does.
///
/// # Errors
/// [`Failure::Output`] where nobody listens.
pub(super) fn decode(args: &DecodeArgs, out: &mut impl Write) -> Result<(), Failure> {
    crate::import::end_with_parent();
    Ok(crate::import::decode(&args.request, &args.file, out)?)
}

/// A row that could not be used, in a line.
fn rejected_line(rejected: &Rejected) -> String {
    let Rejected {
        file,
        line,
        reason,
        text,
    } = rejected;
    let file = if file.is_empty() {
        String::new()
    } else {
        format!("{file}, ")
    };
    format!("{file}line {line}: {reason}: {text}")
}
