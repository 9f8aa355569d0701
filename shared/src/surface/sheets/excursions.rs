//! How far trades went against and for their holder while they were open.

use std::collections::BTreeSet;

use super::plot::{Axes, AxisWords, Plot, write_to};
use super::{Block, Cell, Head, Judged, Note, Row, Sheet, Table, Tone};
use crate::surface::numbers::{count, fixed};
use crate::trading::portfolio::Trade;

/// A trade's worst, best and last result, in one unit.
#[derive(Debug, Clone, Copy)]
struct Excursion {
    worst: f64,
    best: f64,
    end: f64,
    won: bool,
}

pub(super) fn sheet(judged: &Judged<'_>) -> Sheet {
    let trades = &judged.report.round_trips;
    let block = match measured(trades) {
        Some((unit, points)) => Block::Plot(scatter(unit, &points)),
        None => Block::Notes(vec![Note::even(
            "No trade was made, so there are no excursions to show.",
        )]),
    };
    Sheet {
        key: "excursions".to_owned(),
        title: "MAE and MFE".to_owned(),
        blocks: vec![block],
    }
}

/// The excursions of all trades: in R where every trade has a first stop, else in account currency.
fn measured(trades: &[Trade]) -> Option<(&'static str, Vec<Excursion>)> {
    if trades.is_empty() {
        return None;
    }
    let risk = |trade: &Trade| trade.initial_risk.filter(|risk| *risk > 0.0);
    let in_r = trades.iter().all(|trade| risk(trade).is_some());
    let of = |trade: &Trade| {
        let unit = risk(trade).filter(|_| in_r).unwrap_or(1.0);
        Excursion {
            worst: -trade.mae / unit,
            best: trade.mfe / unit,
            end: trade.gross_profit / unit,
            won: trade.net_profit > 0.0,
        }
    };
    let unit = if in_r { "R" } else { "account currency" };
    Some((unit, trades.iter().map(of).collect()))
}

fn scatter(unit: &str, points: &[Excursion]) -> Plot {
    let most = |read: fn(&Excursion) -> f64| {
        points
            .iter()
            .map(read)
            .fold(0.0, |most, value| if value > most { value } else { most })
    };
    let (worst, best) = (
        format!("worst while open (MAE), {unit}"),
        format!("best while open (MFE), {unit}"),
    );
    let mut axes = Axes::new(
        (0.0, most(|point| point.worst)),
        (0.0, most(|point| point.best)),
        &AxisWords {
            name: &worst,
            text: &fixed,
        },
        &AxisWords {
            name: &best,
            text: &fixed,
        },
    );
    for (name, tone, won) in [("× lost", Tone::Bad, false), ("○ won", Tone::Good, true)] {
        // of points that would cover one another one is drawn
        let mut seen = BTreeSet::new();
        let mut path = String::new();
        for point in points.iter().filter(|point| point.won == won) {
            let (x, y) = (axes.at_x(point.worst), axes.at_y(point.best));
            if !seen.insert(((x * 2.0) as i32, (y * 2.0) as i32)) {
                continue;
            }
            match won {
                true => write_to(
                    &mut path,
                    format_args!("M{:.1} {y:.1}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0", x - 2.5),
                ),
                false => write_to(
                    &mut path,
                    format_args!("M{:.1} {:.1}l4 4m0-4l-4 4", x - 2.0, y - 2.0),
                ),
            }
        }
        axes.draw(name, tone, false, path);
    }
    let won = points.iter().filter(|point| point.won).count();
    Plot {
        key: "excursions".to_owned(),
        title: "How far trades went".to_owned(),
        summary: format!(
            "{} trades, {} of them won; the worst went {} {unit} against, the best {} {unit} for the position before costs.",
            count(points.len() as f64),
            count(won as f64),
            fixed(most(|point| point.worst), 2),
            fixed(most(|point| point.best), 2),
        ),
        twin: twin(unit, points),
        shapes: axes.shapes,
        labels: axes.labels,
    }
}

/// The value below which a share of sorted values lies: the nearest rank.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

fn twin(unit: &str, points: &[Excursion]) -> Table {
    let row = |name: &str, holds: fn(&Excursion) -> bool| {
        let chosen: Vec<&Excursion> = points.iter().filter(|point| holds(point)).collect();
        let sorted = |read: fn(&Excursion) -> f64| {
            let mut values: Vec<f64> = chosen.iter().map(|point| read(point)).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let (worst, best) = (sorted(|point| point.worst), sorted(|point| point.best));
        let given_back = sorted(|point| point.best - point.end);
        let cell = |values: &[f64], share| match quantile(values, share) {
            Some(value) => Cell::number(value, |value| fixed(value, 2)),
            None => Cell::nothing("None: no such trade."),
        };
        Row::of(vec![
            Cell::text(name),
            Cell::number(chosen.len() as f64, count),
            cell(&worst, 0.5),
            cell(&worst, 0.9),
            cell(&best, 0.5),
            cell(&best, 0.9),
            cell(&given_back, 0.5),
        ])
    };
    Table {
        key: "excursions-table".to_owned(),
        title: "Excursions".to_owned(),
        about: format!("In {unit}, before costs. Each trade's own are in the table of trades."),
        heads: vec![
            Head::text("Trades"),
            Head::number("How many", ""),
            Head::number(
                "MAE, median",
                "Maximum adverse excursion: the worst result while the trade was open.",
            ),
            Head::number("MAE, 90 %", "Nine trades in ten went no further against."),
            Head::number(
                "MFE, median",
                "Maximum favourable excursion: the best result while the trade was open.",
            ),
            Head::number("MFE, 90 %", "Nine trades in ten went no further for."),
            Head::number(
                "Given back, median",
                "Best result while open less the result at the end.",
            ),
        ],
        rows: vec![
            row("All", |_| true),
            row("Won", |point| point.won),
            row("Lost", |point| !point.won),
        ],
    }
}
