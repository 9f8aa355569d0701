//! The metrics of a run beside buy-and-hold, of its trades by side, its costs by part, and the conventions they follow.

use super::{Block, Cell, Head, Judged, Row, Sheet, Table, Tone};
use crate::research::metrics::{CostMetrics, Group, Stat, Unit};
use crate::surface::conventions::conventions;
use crate::surface::numbers::{count, exact_percent};
use crate::surface::report::{MetricRow, metric_rows, shown, trade_rows};
use crate::trading::orders::Side;
use crate::trading::portfolio::Trade;

pub(super) fn sheet(judged: &Judged<'_>) -> Sheet {
    Sheet {
        key: "metrics".to_owned(),
        title: "Metrics".to_owned(),
        blocks: vec![
            Block::Table(run_table(judged)),
            Block::Table(trades_table(judged)),
            Block::Table(costs_table(judged)),
            Block::Table(conventions_table(judged)),
        ],
    }
}

/// Metrics of the whole run; those of buy-and-hold stand beside their like.
fn run_table(judged: &Judged<'_>) -> Table {
    let report = judged.report;
    let groups = metric_rows(&report.metrics, &report.benchmark);
    let held = || {
        let of_benchmark = groups
            .iter()
            .filter(|(group, _)| *group == Group::Benchmark);
        of_benchmark.flat_map(|(_, rows)| rows)
    };
    let beside = |key: &str| {
        let wanted = format!("benchmark_{key}");
        let found = held().find(|row| row.key == wanted);
        found.map_or_else(Cell::default, |row| {
            value_cell(row, stat_of(judged, row.key))
        })
    };
    let mut rows = Vec::new();
    for (group, metrics) in &groups {
        if *group == Group::Costs {
            continue;
        }
        rows.push(Row::heading(group_name(*group)));
        for metric in metrics {
            if metric.key.starts_with("benchmark_") {
                continue;
            }
            rows.push(Row::of(vec![
                Cell::explained(metric.label, metric.meaning),
                value_cell(metric, stat_of(judged, metric.key)),
                beside(metric.key),
            ]));
        }
    }
    let calendar = judged.prepared.bars().calendar();
    Table {
        key: "run".to_owned(),
        title: "The whole run".to_owned(),
        about: format!(
            "Annualised with {} sessions a year ({} calendar), risk-free rate {} a year; returns are those between session closes.",
            count(calendar.sessions_per_year()),
            calendar.name(),
            exact_percent(report.config.risk_free)
        ),
        heads: vec![
            Head::text("Metric"),
            Head::number("Strategy", ""),
            Head::number(
                "Buy and hold",
                "The instrument bought at the first open with the whole initial equity, without costs.",
            ),
        ],
        rows,
    }
}

fn group_name(group: Group) -> &'static str {
    match group {
        Group::Returns => "Return",
        Group::Risk => "Risk",
        Group::Trades => "Activity",
        Group::Benchmark => "Against buy and hold",
        Group::Costs => "Costs",
    }
}

/// The value of a metric with every digit.
fn stat_of(judged: &Judged<'_>, key: &str) -> Stat {
    use crate::research::metrics::CATALOG;
    let found = CATALOG.iter().find(|metric| metric.key == key);
    found.map_or(Stat::Value(f64::NAN), |metric| {
        (metric.value)(&judged.report.metrics, &judged.report.benchmark)
    })
}

fn value_cell(row: &MetricRow, stat: Stat) -> Cell {
    let is_signed = matches!(
        row.key,
        "total_return" | "cagr" | "annual_return" | "sharpe" | "sortino" | "alpha"
    );
    let value = stat.value().filter(|_| row.absent.is_none());
    Cell {
        text: row.text.clone(),
        note: row
            .absent
            .map_or(String::new(), |why| format!("None: {why}.")),
        value,
        tone: value.filter(|_| is_signed).map_or(Tone::Even, Tone::of),
        heat: None,
    }
}

fn trades_table(judged: &Judged<'_>) -> Table {
    let rows = trade_rows(&judged.report.metrics.trades).into_iter();
    let cell = |row: &MetricRow| Cell {
        text: row.text.clone(),
        note: row
            .absent
            .map_or(String::new(), |why| format!("None: {why}.")),
        ..Cell::default()
    };
    Table {
        key: "trades-by-side".to_owned(),
        title: "Trades by side".to_owned(),
        about: "Profits are net of all costs. R is what the first stop put at stake.".to_owned(),
        heads: vec![
            Head::text("Metric"),
            Head::number("All", ""),
            Head::number("Long", "Trades that were bought first."),
            Head::number("Short", "Trades that were sold first."),
        ],
        rows: rows
            .map(|row| {
                Row::of(vec![
                    Cell::explained(row.all.label, row.all.meaning),
                    cell(&row.all),
                    cell(&row.long),
                    cell(&row.short),
                ])
            })
            .collect(),
    }
}

fn costs_table(judged: &Judged<'_>) -> Table {
    let trades = &judged.report.round_trips;
    let of_side = |side: Side| -> CostMetrics {
        let chosen: Vec<Trade> = trades
            .iter()
            .filter(|trade| trade.side == side)
            .copied()
            .collect();
        CostMetrics::of(&chosen)
    };
    let all = &judged.report.metrics.costs;
    let (long, short) = (of_side(Side::Long), of_side(Side::Short));
    type Pick = fn(&CostMetrics) -> Stat;
    let parts: [(&str, &str, Pick); 8] = [
        ("Commission", "Commissions and fees.", |c| c.commission),
        ("Spread", "The half spreads paid.", |c| c.spread),
        (
            "Slippage",
            "What executions were worse than the price that was met.",
            |c| c.slippage,
        ),
        ("Borrow", "Borrowing what was sold short.", |c| c.borrow),
        ("Financing", "Financing of positions held.", |c| c.financing),
        ("Conversion", "Currency conversion.", |c| c.conversion),
        ("All costs", "All of them together.", |c| c.total),
        (
            "Of gross profit",
            "All costs over what trades earned before costs.",
            |c| c.share_of_gross_profit,
        ),
    ];
    let row = |(name, meaning, pick): (&str, &str, Pick)| {
        let unit = match name {
            "Of gross profit" => Unit::Percent,
            _ => Unit::Money,
        };
        let cell = |costs: &CostMetrics| match pick(costs) {
            Stat::Value(value) => Cell::number(value, |value| shown(value, unit)),
            Stat::Absent(why) => Cell::nothing(format!("None: {}.", why.words())),
        };
        Row::of(vec![
            Cell::explained(name, meaning),
            cell(all),
            cell(&long),
            cell(&short),
        ])
    };
    Table {
        key: "costs".to_owned(),
        title: "Costs".to_owned(),
        about: "In account currency; they are taken off every profit above.".to_owned(),
        heads: vec![
            Head::text("Part"),
            Head::number("All", ""),
            Head::number("Long", ""),
            Head::number("Short", ""),
        ],
        rows: parts.into_iter().map(row).collect(),
    }
}

fn conventions_table(judged: &Judged<'_>) -> Table {
    Table {
        key: "conventions".to_owned(),
        title: "Conventions of this run".to_owned(),
        about: String::new(),
        heads: vec![Head::text("Subject"), Head::text("What holds")],
        rows: conventions(&judged.report.config)
            .into_iter()
            .map(|(subject, words)| Row::of(vec![Cell::text(subject), Cell::text(words)]))
            .collect(),
    }
}
