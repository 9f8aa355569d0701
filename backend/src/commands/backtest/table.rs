//! The report of a run as people read it.

use std::io::{self, Write};

use atrium_shared::market::curate::ResampleReport;
use atrium_shared::surface::conventions::conventions;
use atrium_shared::surface::report::{RunReport, count, money};
use atrium_shared::surface::words::{ParameterNames, hint};
use atrium_shared::trading::orders::Side;
use atrium_shared::trading::portfolio::Trade;

use super::{Made, metrics};

/// Prints the whole report.
pub(super) fn print(
    out: &mut impl Write,
    made: &Made,
    shown: metrics::Shown,
    trades: usize,
) -> io::Result<()> {
    let report = &made.report;
    data(out, report, made.cut)?;
    writeln!(out)?;
    metrics::print(out, report, shown, &made.dialect)?;
    writeln!(out)?;
    sizing_and_halt(out, report)?;
    no_trades(out, report)?;
    round_trips(out, &report.round_trips, trades)?;
    writeln!(out, "Digests")?;
    writeln!(out, "  result  {}", report.digests.result)?;
    writeln!(out, "  run     {}  ({})", report.digests.run, report.engine)?;
    writeln!(out)?;
    writeln!(out, "Conventions")?;
    for (subject, words) in conventions(&report.config) {
        writeln!(out, "  {subject:<9} {words}")?;
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

fn sizing_and_halt(out: &mut impl Write, report: &RunReport) -> io::Result<()> {
    let (capped, trades) = (report.trades_capped, report.headline.trades);
    if capped > 0 {
        writeln!(
            out,
            "{} of {} trades were limited by buying power, so they risk less than risk_per_trade.",
            count(capped as f64),
            count(trades as f64)
        )?;
    }
    if let Some(at) = report.halted_at {
        writeln!(out, "Trading was halted at {at}.")?;
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
    for trade in trades.iter().take(shown) {
        writeln!(out, "  {}", round_trip(trade))?;
    }
    if trades.len() > shown {
        writeln!(out, "  … and {} more", count((trades.len() - shown) as f64))?;
    }
    writeln!(out)
}

fn round_trip(trade: &Trade) -> String {
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
