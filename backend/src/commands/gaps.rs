//! `atrium gaps`: what the calendar expects and a data set does not hold.

use std::io::Write;

use atrium_shared::market::bars::BadSeries;
use atrium_shared::market::curate::{Gap, GapKind, GapReport, gaps};
use atrium_shared::surface::report::count;

use super::files::ClosuresFlags;
use super::words::{counted, number};
use super::{Failure, print_json};
use crate::config::Config;
use crate::store::{Store, StoreError};

/// More bars are missing than was asked for.
#[derive(Debug, thiserror::Error)]
#[error(
    "{name} has no real bar for {} of the {} bars that the calendar expects, more than the {} that --max-missing allows",
    count(*missing as f64), count(*expected as f64), count(*most as f64)
)]
pub struct TooManyMissing {
    name: String,
    missing: u64,
    expected: u64,
    most: u64,
}

/// Compare a data set with its market's calendar: missing minutes, missing sessions, long gaps on weekdays
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atrium gaps SPY\n  atrium gaps SPY-1min --closures nyse-holidays.csv --json\n  atrium gaps SPY --max-missing 0 || echo 'not complete'"
)]
pub struct Args {
    /// The data set, or its symbol
    data: String,
    #[command(flatten)]
    closures: ClosuresFlags,
    /// Fail (exit code 1) where more of the bars that the calendar expects are not there as real ones; filled ones count as missing
    #[arg(long, value_name = "COUNT")]
    max_missing: Option<u64>,
    /// So many gaps are listed, the longest; JSON lists the 5,000 longest and counts the others as "unlisted"
    #[arg(long, default_value_t = 20, value_name = "COUNT")]
    list: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the gaps.
///
/// # Errors
/// [`Failure`] where the data set cannot be read, the calendar does not reach, or more bars are missing than allowed; the gaps
/// are printed then, too.
pub fn run(args: &Args, config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let store = Store::open(&config.base_dir)?;
    let card = store.find(&args.data)?;
    let schedule = match args.closures.schedule(card.instrument.calendar)? {
        Some(given) => given,
        None => store.schedule(&card.name)?,
    };
    let (card, bars) = store.load_curated(&card.name)?;
    let report =
        gaps(&bars, &schedule).map_err(|error| StoreError::Series(BadSeries::from(error)))?;
    if args.json {
        print_json(out, &report)?;
    } else {
        let simulated = if card.simulated { "  (simulated)" } else { "" };
        writeln!(out, "{}{simulated}", card.name)?;
        describe(&report, args.list, out)?;
        list(&report, args.list, out)?;
    }
    match args.max_missing {
        Some(most) if report.missing() > most => Err(Failure::Gaps(TooManyMissing {
            name: card.name,
            missing: report.missing(),
            expected: report.expected,
            most,
        })),
        _ => Ok(()),
    }
}

/// The counts of a report, and at most so many of the long gaps on weekdays.
pub(super) fn describe(
    report: &GapReport,
    most: usize,
    out: &mut impl Write,
) -> Result<(), Failure> {
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
        "  gaps      {} inside sessions, {}, {}, {} of whole sessions",
        number(inside),
        counted(late, "late open"),
        counted(early, "early end"),
        number(whole)
    )?;
    let extended = &report.extended;
    let outside = extended.before_open + extended.after_close + extended.no_session;
    if outside > 0 {
        writeln!(
            out,
            "  outside   {} outside the regular hours: {} before the open, {} after the close ({}), {} on days without a session",
            counted(outside, "bar"),
            number(extended.before_open),
            number(extended.after_close),
            counted(extended.closing_prints, "closing print"),
            number(extended.no_session)
        )?;
    }
    if report.off_grid > 0 {
        writeln!(
            out,
            "  off grid  {} not start where a {} bar begins",
            match report.off_grid {
                1 => "1 bar does".to_owned(),
                several => format!("{} do", counted(several, "bar")),
            },
            report.interval
        )?;
    }
    let unexplained: Vec<_> = report
        .long_weekday
        .iter()
        .filter(|gap| !gap.explained)
        .collect();
    for gap in unexplained.iter().take(most) {
        writeln!(
            out,
            "  weekdays  {} hours without a bar from {} to {}, which the calendar does not explain",
            gap.weekday_hours, gap.from, gap.to
        )?;
    }
    let more = unexplained.len().saturating_sub(most) as u64;
    if more > 0 {
        writeln!(out, "            and {} of that kind", number(more))?;
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
            "{:<10} {} to {}  {}{filled}",
            what,
            gap.from,
            gap.to,
            counted(gap.bars, "bar")
        )?;
    }
    let rest = report.gaps.len() as u64 + report.unlisted - longest.len() as u64;
    if rest > 0 {
        writeln!(out, "and {}", counted(rest, "shorter one"))?;
    }
    Ok(())
}
