//! `atrium gaps`: what the calendar expects and a data set does not hold.

use std::io::Write;

use atrium_shared::market::bars::BadSeries;
use atrium_shared::market::curate::{Gap, GapKind, GapReport, gaps};
use atrium_shared::surface::report::count;

use super::files::ClosuresFlag;
use super::{Failure, print_json};
use crate::config::Config;
use crate::store::{Store, StoreError};

/// Compare a data set with its market's calendar: missing minutes, missing sessions, long gaps on weekdays
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atrium gaps SPY\n  atrium gaps SPY-1min --closures nyse-holidays.csv --json"
)]
pub struct Args {
    /// The data set, or its symbol
    data: String,
    #[command(flatten)]
    closures: ClosuresFlag,
    /// So many gaps are listed, the longest; JSON has all
    #[arg(long, default_value_t = 20, value_name = "COUNT")]
    list: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the gaps.
///
/// # Errors
/// [`Failure`] where the data set cannot be read or the calendar does not reach.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let store = Store::open(&config.base_dir)?;
    let card = store.find(&args.data)?;
    let schedule = args.closures.schedule(card.instrument.calendar)?;
    let (card, bars) = store.load_curated(&card.name)?;
    let report =
        gaps(&bars, &schedule).map_err(|error| StoreError::Series(BadSeries::from(error)))?;
    if args.json {
        return print_json(out, &report);
    }
    let simulated = if card.simulated { "  (simulated)" } else { "" };
    writeln!(out, "{}{simulated}", card.name)?;
    describe(&report, out)?;
    list(&report, args.list, out)
}

/// The counts of a report.
pub(super) fn describe(report: &GapReport, out: &mut impl Write) -> Result<(), Failure> {
    let number = |value: u64| count(value as f64);
    let days = match (report.from, report.to) {
        (Some(from), Some(to)) => format!("{from} to {to}"),
        _ => "none".to_owned(),
    };
    writeln!(out, "  days      {days}, {} calendar", report.calendar)?;
    writeln!(
        out,
        "  sessions  {}: {} complete, {} partial, {} missing",
        number(u64::from(report.sessions)),
        number(u64::from(report.complete)),
        number(u64::from(report.partial)),
        number(u64::from(report.missing_sessions))
    )?;
    writeln!(
        out,
        "  bars      {} expected, {} real, {} synthetic, {} missing",
        number(report.expected),
        number(report.real),
        number(report.synthetic),
        number(report.missing().saturating_sub(report.synthetic))
    )?;
    let [inside, late, early, whole] = report.counts;
    writeln!(
        out,
        "  gaps      {inside} inside sessions, {late} late opens, {early} early ends, {whole} of whole sessions"
    )?;
    let extended = &report.extended;
    let outside = extended.before_open + extended.after_close + extended.no_session;
    if outside > 0 {
        writeln!(
            out,
            "  outside   {} bars outside the regular hours: {} before the open, {} after the close ({} closing prints), {} on days without a session",
            number(outside),
            number(extended.before_open),
            number(extended.after_close),
            number(extended.closing_prints),
            number(extended.no_session)
        )?;
    }
    if report.off_grid > 0 {
        writeln!(
            out,
            "  off grid  {} bars do not start where a {} bar begins",
            number(report.off_grid),
            report.interval
        )?;
    }
    let unexplained: Vec<_> = report
        .long_weekday
        .iter()
        .filter(|gap| !gap.explained)
        .collect();
    for gap in &unexplained {
        writeln!(
            out,
            "  weekdays  {} hours without a bar from {} to {}, which the calendar does not explain",
            gap.weekday_hours, gap.from, gap.to
        )?;
    }
    Ok(())
}

fn list(report: &GapReport, most: usize, out: &mut impl Write) -> Result<(), Failure> {
    if report.gaps.is_empty() {
        writeln!(out, "No gap.")?;
        return Ok(());
    }
    let mut longest: Vec<&Gap> = report.gaps.iter().collect();
    longest.sort_by_key(|gap| core::cmp::Reverse(gap.bars));
    longest.truncate(most);
    longest.sort_by_key(|gap| gap.from);
    for gap in &longest {
        let what = match gap.kind {
            GapKind::Inside => "inside",
            GapKind::LateOpen => "late open",
            GapKind::EarlyEnd => "early end",
            GapKind::MissingSessions => "missing",
        };
        let filled = match gap.synthetic {
            0 => String::new(),
            some => format!(", {some} filled"),
        };
        writeln!(
            out,
            "{:<10} {} to {}  {} bars{filled}",
            what, gap.from, gap.to, gap.bars
        )?;
    }
    let rest = report.gaps.len() as u64 + report.unlisted - longest.len() as u64;
    if rest > 0 {
        writeln!(out, "and {} shorter ones", count(rest as f64))?;
    }
    Ok(())
}
