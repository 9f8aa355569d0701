//! The metrics of a run as people read them: the headline, all of them, or another tool's.

use std::io::{self, Write};

use atrium_shared::research::metrics::{Dialect, DialectMetric, Stat};
use atrium_shared::surface::report::{
    DASH, MetricRow, RunReport, dialect_rows, headline_rows, metric_rows, monthly_rows, shown,
    trade_rows,
};
use serde::Serialize;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// How many of them are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum Shown {
    /// The few that are looked at first, those of buy-and-hold beside them
    #[default]
    Headline,
    /// All, with those of long and short trades, and returns by month
    All,
}

/// The metrics of another tool.
#[derive(Debug, Serialize)]
pub(super) struct Foreign {
    /// Whose definitions.
    pub(super) dialect: Dialect,
    /// The tool's own list.
    pub(super) metrics: Vec<DialectMetric>,
}

/// Prints what was asked for.
pub(super) fn print(
    out: &mut impl Write,
    report: &RunReport,
    shown: Shown,
    foreign: Option<&Foreign>,
) -> io::Result<()> {
    match (foreign, shown) {
        (Some(foreign), _) => rows(out, &dialect_rows(&foreign.metrics), 30),
        (None, Shown::Headline) => headline(out, report),
        (None, Shown::All) => all(out, report),
    }
}

/// The headline with buy-and-hold beside it, and what the trades cost.
fn headline(out: &mut impl Write, report: &RunReport) -> io::Result<()> {
    writeln!(
        out,
        "  {:<14} {:>14} {:>14}",
        "", "this run", "buy and hold"
    )?;
    let held = &report.benchmark;
    for row in headline_rows(&report.headline) {
        let beside = match row.key {
            "total_return" => held.total_return,
            "cagr" => held.cagr,
            "sharpe" => held.sharpe,
            "max_drawdown" => held.max_drawdown,
            "final_equity" => Stat::Value(held.final_equity),
            _ => {
                line(out, &row, 14, None)?;
                continue;
            }
        };
        let text = beside.value().map(|value| shown(value, row.unit));
        let text = text.unwrap_or_else(|| DASH.to_owned());
        line(out, &row, 14, Some(&text))?;
    }
    Ok(())
}

/// One metric, with what stands beside it and why there is no value.
fn line(
    out: &mut impl Write,
    row: &MetricRow,
    width: usize,
    beside: Option<&str>,
) -> io::Result<()> {
    write!(out, "  {:<width$} {:>14}", row.label, row.text)?;
    if let Some(beside) = beside {
        write!(out, " {beside:>14}")?;
    }
    if let Some(why) = row.absent {
        write!(out, "  ({why})")?;
    }
    writeln!(out)
}

fn rows(out: &mut impl Write, rows: &[MetricRow], width: usize) -> io::Result<()> {
    rows.iter().try_for_each(|row| line(out, row, width, None))
}

fn all(out: &mut impl Write, report: &RunReport) -> io::Result<()> {
    for (group, of_group) in metric_rows(&report.metrics, &report.benchmark) {
        writeln!(out, "{}", group.name())?;
        rows(out, &of_group, 35)?;
        writeln!(out)?;
    }
    writeln!(
        out,
        "{:<21} {:>14} {:>14} {:>14}",
        "Trades by side", "all", "long", "short"
    )?;
    for row in trade_rows(&report.metrics.trades) {
        let [all, long, short] = [&row.all, &row.long, &row.short].map(|row| &row.text);
        writeln!(
            out,
            "  {:<19} {all:>14} {long:>14} {short:>14}",
            row.all.label
        )?;
    }
    writeln!(out)?;
    write!(out, "Returns by month")?;
    for (index, month) in MONTHS.iter().enumerate() {
        let width = if index == 0 { 3 } else { 9 };
        write!(out, " {month:>width$}")?;
    }
    writeln!(out, " {:>9}", "year")?;
    for year in monthly_rows(&report.metrics.monthly_returns) {
        write!(out, "  {:<8}", year.year)?;
        for month in &year.months {
            write!(out, " {month:>9}")?;
        }
        writeln!(out, " {:>9}", year.total)?;
    }
    Ok(())
}

/// What the trades cost, part by part; parts of nothing are left out.
pub(super) fn costs(report: &RunReport) -> Option<String> {
    let costs = &report.metrics.costs;
    let amount = |stat: Stat| stat.value().filter(|value| *value > 0.0);
    let unit = atrium_shared::research::metrics::Unit::Money;
    let total = shown(amount(costs.total)?, unit);
    let parts = [
        ("commission", costs.commission),
        ("slippage", costs.slippage),
        ("spread", costs.spread),
        ("borrow", costs.borrow),
        ("financing", costs.financing),
        ("conversion", costs.conversion),
    ];
    let parts = parts
        .into_iter()
        .filter_map(|(name, stat)| Some(format!("{name} {}", shown(amount(stat)?, unit))));
    let parts: Vec<String> = parts.collect();
    Some(format!("Costs {total}: {}", parts.join(", ")))
}
