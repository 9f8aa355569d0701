//! `atrium quality`: how good the bars of a data set are, as a score with its reasons.

use std::io::Write;

use atrium_shared::market::curate::{OffenderKind, QualityReport};
use atrium_shared::surface::report::fixed;

use super::files::ClosuresFlags;
use super::words::{counted, number};
use super::{Failure, print_json};
use crate::config::Config;
use crate::store::Store;

/// Judge a data set: gaps, duplicates, zero ranges, outliers, bad prints, stale runs, synthetic bars
///
/// The score is the share of the bars that the calendar expects which are real, came once, and make sense.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atrium quality SPY\n  atrium quality SPY-1min --min-score 0.995 --json || echo 'not good enough'"
)]
pub struct Args {
    /// The data set, or its symbol
    data: String,
    #[command(flatten)]
    closures: ClosuresFlags,
    /// Fail (exit code 1) where the score is below this, from 0 to 1
    #[arg(long, value_name = "SCORE", value_parser = score)]
    min_score: Option<f64>,
    /// So many of the worst offenders are listed; JSON has fifty
    #[arg(long, default_value_t = 10, value_name = "COUNT")]
    list: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The quality is not what was asked for.
#[derive(Debug, thiserror::Error)]
#[error("the quality of {name} is {}, below the {least} that --min-score asks for", score.map_or("unknown, as no bar is expected".to_owned(), |score| fixed(score, 6)))]
pub struct BelowScore {
    name: String,
    score: Option<f64>,
    least: f64,
}

fn score(text: &str) -> Result<f64, String> {
    let value: Option<f64> = text.parse().ok();
    let value = value.filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "a score is a number from 0 to 1, such as 0.995".to_owned())
}

/// Prints the report.
///
/// # Errors
/// [`Failure`] where the data set cannot be read or judged, or its score is too low; the report is printed then, too.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let store = Store::open(&config.base_dir)?;
    let card = store.find(&args.data)?;
    let others = args.closures.schedule(card.instrument.calendar)?;
    let (card, report) = store.quality(&card.name, others.as_ref())?;
    if args.json {
        print_json(out, &report)?;
    } else {
        let simulated = if card.simulated { "  (simulated)" } else { "" };
        writeln!(out, "{}{simulated}", card.name)?;
        describe(&report, args.list, out)?;
    }
    match args.min_score {
        Some(least) if report.score.is_none_or(|score| score < least) => {
            Err(Failure::Quality(BelowScore {
                name: card.name,
                score: report.score,
                least,
            }))
        }
        _ => Ok(()),
    }
}

fn describe(report: &QualityReport, most: usize, out: &mut impl Write) -> Result<(), Failure> {
    let score = report
        .score
        .map_or("none: the calendar expects no bar".to_owned(), |score| {
            fixed(score, 6)
        });
    writeln!(out, "  score     {score}")?;
    if let (Some(first), Some(last)) = (report.first, report.last) {
        writeln!(
            out,
            "  rows      {}, {first} to {last}",
            number(report.rows)
        )?;
    }
    super::gaps::describe(&report.gaps, most, out)?;
    match &report.cleaning {
        Some(clean) => writeln!(
            out,
            "  cleaning  {} received, {} repeated, {} contradicted by a later row, {} out of order, {} refused",
            counted(clean.rows, "row"),
            number(clean.exact_duplicates),
            number(clean.conflicting_duplicates),
            number(clean.out_of_order),
            number(clean.rejected)
        )?,
        None => writeln!(out, "  cleaning  not known: stored by an earlier version")?,
    }
    writeln!(
        out,
        "  odd       {}, {} without volume, {}, {}, {} ({}), {} % synthetic",
        counted(report.zero_range, "zero range"),
        number(report.zero_volume),
        counted(report.outlier_returns, "outlier return"),
        counted(report.bad_prints, "bad print"),
        counted(report.stale_runs, "stale run"),
        counted(report.stale_bars, "bar"),
        fixed(report.synthetic_share * 100.0, 3)
    )?;
    if report.on_closed_days > 0 {
        writeln!(
            out,
            "  closures  {} on days that they close",
            counted(report.on_closed_days, "bar")
        )?;
    }
    for offender in report.worst.iter().take(most) {
        writeln!(
            out,
            "{:<16} {}  {}",
            word(offender.kind),
            offender.at,
            offender.why
        )?;
    }
    Ok(())
}

fn word(kind: OffenderKind) -> &'static str {
    match kind {
        OffenderKind::MissingSessions => "missing sessions",
        OffenderKind::Gap => "gap",
        OffenderKind::BadPrint => "bad print",
        OffenderKind::PossibleSplit => "possible split",
        OffenderKind::OutlierReturn => "outlier",
        OffenderKind::StaleRun => "stale run",
        OffenderKind::Conflict => "conflict",
        OffenderKind::ClosedDay => "closed day",
    }
}
