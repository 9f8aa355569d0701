//! The metrics of a run as people read them: the headline, all of them, or another tool's.

use std::io::{self, Write};

use atrium_shared::research::metrics::Dialect;
use atrium_shared::surface::report::{
    MetricRow, RunReport, headline_rows, metric_rows, monthly_rows, trade_rows,
};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Which metrics are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Shown {
    /// The few that are looked at first
    Headline,
    /// All, with those of long and short trades, and returns by month
    All,
    /// As vectorbt 1.2 defines them
    Vectorbt,
    /// As backtesting.py 0.6.6 defines them
    BacktestingPy,
    /// As LEAN defines them
    Lean,
    /// As quantstats 0.0.86 defines them
    Quantstats,
}

impl Shown {
    /// The tool whose definitions are asked for, if it is another one's.
    pub(super) const fn dialect(self) -> Option<Dialect> {
        match self {
            Self::Headline | Self::All => None,
            Self::Vectorbt => Some(Dialect::Vectorbt),
            Self::BacktestingPy => Some(Dialect::BacktestingPy),
            Self::Lean => Some(Dialect::Lean),
            Self::Quantstats => Some(Dialect::Quantstats),
        }
    }
}

/// Prints what was asked for; `dialect` holds the rows of another tool, if one was.
pub(super) fn print(
    out: &mut impl Write,
    report: &RunReport,
    shown: Shown,
    dialect: &[MetricRow],
) -> io::Result<()> {
    match shown {
        Shown::Headline => rows(out, &headline_rows(&report.headline), 14),
        Shown::All => all(out, report),
        _ => rows(out, dialect, 30),
    }
}

fn rows(out: &mut impl Write, rows: &[MetricRow], width: usize) -> io::Result<()> {
    for row in rows {
        let why = row
            .absent
            .map(|why| format!("  ({why})"))
            .unwrap_or_default();
        writeln!(out, "  {:<width$} {:>14}{why}", row.label, row.text)?;
    }
    Ok(())
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
