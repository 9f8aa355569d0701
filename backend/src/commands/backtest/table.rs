//! The report of a run as people read it.

use std::io::{self, Write};
use std::path::PathBuf;

use atrium_shared::market::curate::ResampleReport;
use atrium_shared::surface::conventions::conventions;
use atrium_shared::surface::report::{
    RowsReport, RunReport, account_notes, cautions, count, money,
};
use atrium_shared::surface::words::{ParameterNames, hint};
use atrium_shared::trading::orders::Side;
use atrium_shared::trading::portfolio::Trade;

use super::{Made, metrics};
use crate::commands::words::counted;

/// Prints the whole report.
pub(super) fn print(
    out: &mut impl Write,
    made: &Made,
    shown: metrics::Shown,
    trades: usize,
) -> io::Result<()> {
    let report = &made.report;
    data(out, report, made.cut)?;
    if let Some(closures) = &made.closures {
        writeln!(out, "{closures}")?;
    }
    if let Some(read) = &made.read {
        rows(out, read)?;
    }
    for caution in cautions(report) {
        writeln!(out, "{caution}")?;
    }
    writeln!(out)?;
    let foreign = made.foreign_metrics.as_ref();
    if let Some(foreign) = foreign {
        writeln!(out, "Metrics as {} defines them", foreign.dialect.name())?;
    }
    metrics::print(out, report, shown, foreign)?;
    writeln!(out)?;
    costs_and_account(out, report)?;
    no_trades(out, report)?;
    round_trips(out, &report.round_trips, trades)?;
    writeln!(out, "Digests")?;
    writeln!(out, "  result  {}", report.digests.result)?;
    writeln!(out, "  run     {}  ({})", report.digests.run, report.engine)?;
    writeln!(out, "  link    {}", made.link)?;
    writeln!(out)?;
    if let Some(verdict) = &made.verdict {
        verdict
            .words()
            .iter()
            .try_for_each(|words| writeln!(out, "{words}"))?;
        writeln!(out)?;
    }
    writeln!(out, "Conventions")?;
    for (subject, words) in conventions(&report.config) {
        let words = match foreign {
            Some(foreign) if subject == METRICS => format!("dialect {}", foreign.dialect.name()),
            _ => words,
        };
        writeln!(out, "  {subject:<9} {words}")?;
    }
    written(out, &made.written)
}

/// The convention that names the dialect.
const METRICS: &str = "Metrics";

fn written(out: &mut impl Write, files: &[PathBuf]) -> io::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nWritten")?;
    files
        .iter()
        .try_for_each(|file| writeln!(out, "  {}", file.display()))
}

/// What became of the rows of a file.
fn rows(out: &mut impl Write, read: &RowsReport) -> io::Result<()> {
    let number = |value: u64| count(value as f64);
    let report = &read.report;
    write!(
        out,
        "{} {} from {}",
        number(report.rows - report.unmatched),
        read.what.name(),
        read.file
    )?;
    if report.empty > 0 {
        write!(out, "; {} without a value", counted(report.empty, "row"))?;
    }
    if report.unmatched > 0 {
        write!(
            out,
            "; {} of {} left out for belonging to no bar",
            number(report.unmatched),
            counted(report.rows, "row")
        )?;
        if let Some(first) = report.first_unmatched {
            write!(out, ", the first is line {}, {}", first.line, first.time)?;
        }
    }
    if !report.passed_over.is_empty() {
        write!(out, "; passed over: {}", report.passed_over.join(", "))?;
    }
    writeln!(out)?;
    if report.suits_bar_ends {
        writeln!(
            out,
            "The times were read as starts of bars, but each is the end of one: if ends are meant, add --row-time bar_end."
        )?;
    }
    Ok(())
}

fn data(out: &mut impl Write, report: &RunReport, cut: ResampleReport) -> io::Result<()> {
    let simulated = match report.data.simulated {
        true => " · SIMULATED, not market data",
        false => "",
    };
    writeln!(out, "{}{simulated}", report.data.data_set)?;
    let number = |value: usize| count(value as f64);
    write!(
        out,
        "{} {} bars of {}",
        count(report.bars as f64),
        report.config.interval,
        report.data.instrument.symbol
    )?;
    if let (Some(first), Some(last)) = (report.first_bar, report.last_bar_end) {
        write!(out, ", {first} to {last}")?;
    }
    writeln!(
        out,
        ", regular hours of the {} calendar ({} stored bars outside them left out, {} closing prints folded)",
        report.data.instrument.calendar.name(),
        number(cut.left_out),
        number(cut.folded)
    )
}

fn costs_and_account(out: &mut impl Write, report: &RunReport) -> io::Result<()> {
    if let Some(costs) = metrics::costs(report) {
        writeln!(out, "{costs}.")?;
    }
    let (capped, trades) = (report.trades_capped, report.headline.trades);
    if capped > 0 {
        writeln!(
            out,
            "{} of {} trades were limited by buying power or the largest position, so they are smaller than intended.",
            count(capped as f64),
            count(trades as f64)
        )?;
    }
    for note in account_notes(report) {
        writeln!(out, "{note}")?;
    }
    if trades == 0 {
        writeln!(
            out,
            "No trades. {}",
            hint(&report.no_trades, &ParameterNames::OPTIONS)
        )?;
    }
    Ok(())
}

fn no_trades(out: &mut impl Write, report: &RunReport) -> io::Result<()> {
    if report.no_trades.is_empty() {
        return Ok(());
    }
    writeln!(out, "Decisions that made no trade")?;
    for entry in &report.no_trades {
        let decisions = count(entry.decisions as f64);
        writeln!(out, "  {decisions:>9}  {}", entry.reason.words())?;
    }
    writeln!(out)
}

fn round_trips(out: &mut impl Write, trades: &[Trade], shown: usize) -> io::Result<()> {
    if shown == 0 || trades.is_empty() {
        return Ok(());
    }
    writeln!(out, "Trades")?;
    let width = shown.min(trades.len()).to_string().len();
    for (number, trade) in (1..).zip(trades.iter().take(shown)) {
        writeln!(out, "  {number:>width$}  {}", round_trip(trade))?;
    }
    if trades.len() > shown {
        writeln!(out, "  … and {} more", count((trades.len() - shown) as f64))?;
    }
    writeln!(out)
}

/// A round trip in a line.
pub(in crate::commands) fn round_trip(trade: &Trade) -> String {
    let side = match trade.side {
        Side::Long => "long",
        Side::Short => "short",
    };
    format!(
        "{side:<5} {:>10} at {} {}, out {} {} ({}), net {}",
        trade.quantity,
        trade.entry_at,
        trade.entry_price,
        trade.exit_at,
        trade.exit_price,
        trade.exit_reason.name(),
        money(trade.net_profit)
    )
}
