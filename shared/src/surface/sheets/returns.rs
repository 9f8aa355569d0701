//! Returns by month, and how those of sessions are distributed.

use super::plot::{Axes, AxisWords, Plot, write_to};
use super::{Block, Cell, Head, Judged, Note, Row, Sheet, Table, Tone};
use crate::research::metrics::{Stat, YearReturns};
use crate::surface::charts::value_ticks;
use crate::surface::numbers::{count, fixed, percent};
use crate::surface::report::shown;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
/// About how many columns a distribution has.
const COLUMNS: usize = 28;

pub(super) fn sheet(judged: &Judged<'_>) -> Sheet {
    let returns = session_returns(judged);
    let mut blocks = vec![Block::Table(monthly(
        &judged.report.metrics.monthly_returns,
    ))];
    match distribution(judged, &returns) {
        Some(plot) => blocks.push(Block::Plot(plot)),
        None => blocks.push(Block::Notes(vec![Note::even(
            "Fewer than two sessions: there is no distribution of returns yet.",
        )])),
    }
    Sheet {
        key: "returns".to_owned(),
        title: "Returns".to_owned(),
        blocks,
    }
}

fn monthly(years: &[YearReturns]) -> Table {
    let all = || {
        years
            .iter()
            .flat_map(|year| year.months)
            .filter_map(|stat| stat.value())
    };
    // the largest month sets the scale, so that one scale holds for the whole table
    let most = all().fold(0.0f64, |most, value| {
        if value.abs() > most {
            value.abs()
        } else {
            most
        }
    });
    let cell = |stat: Stat| match stat {
        Stat::Value(value) => Cell {
            heat: Some(heat(value, most)),
            ..Cell::signed(value, |value| signed_percent(value, 1))
        },
        Stat::Absent(why) => Cell::nothing(format!("None: {}.", why.words())),
    };
    let mut heads = vec![Head::text("Year")];
    heads.extend(MONTHS.map(|month| Head::number(month, "")));
    heads.push(Head::number(
        "Year",
        "The whole year, as far as the run covers it.",
    ));
    Table {
        key: "months".to_owned(),
        title: "Returns by month".to_owned(),
        about: "In per cent, from session close to session close; the deeper the colour, the larger the month.".to_owned(),
        heads,
        rows: years
            .iter()
            .map(|year| {
                let mut cells = vec![Cell::text(year.year.to_string())];
                cells.extend(year.months.map(cell));
                cells.push(match year.total {
                    Stat::Value(value) => Cell::signed(value, |value| signed_percent(value, 1)),
                    Stat::Absent(why) => Cell::nothing(format!("None: {}.", why.words())),
                });
                Row::of(cells)
            })
            .collect(),
    }
}

/// A share in per cent without its unit, with its sign, so that it reads without its colour.
fn signed_percent(share: f64, decimals: usize) -> String {
    let text = fixed(share * 100.0, decimals);
    match text.starts_with('\u{2212}') || text.bytes().all(|c| matches!(c, b'0' | b'.')) {
        true => text,
        false => format!("+{text}"),
    }
}

/// How deep the colour of a value is among values of at most `most`, from −4 to 4.
fn heat(value: f64, most: f64) -> i8 {
    if most <= 0.0 || value == 0.0 {
        return 0;
    }
    let steps = (value.abs() / most * 4.0).ceil().clamp(1.0, 4.0) as i8;
    if value > 0.0 { steps } else { -steps }
}

/// Returns between session closes, the first from the initial equity.
fn session_returns(judged: &Judged<'_>) -> Vec<f64> {
    let closes = judged
        .run
        .equity
        .iter()
        .zip(judged.prepared.bars().closes_session())
        .filter_map(|(&equity, closes)| closes.then_some(equity));
    let mut before = judged.report.config.initial_equity;
    let mut returns = Vec::new();
    for equity in closes {
        if before <= 0.0 {
            break;
        }
        returns.push(equity / before - 1.0);
        before = equity;
    }
    returns
}

/// Values counted in columns of equal width that begin at multiples of it: the left edges with their counts, and the width.
fn binned(values: &[f64], most: usize) -> Option<(Vec<(f64, u32)>, f64)> {
    let low = values.iter().copied().min_by(f64::total_cmp)?;
    let high = values.iter().copied().max_by(f64::total_cmp)?;
    let (ticks, _) = value_ticks(low, high, most);
    let width = match ticks.as_slice() {
        [first, second, ..] => second - first,
        _ => return None,
    };
    let first = (low / width).floor();
    let columns = (high / width).floor() - first + 1.0;
    let mut bins: Vec<(f64, u32)> = (0..columns as usize)
        .map(|index| ((first + index as f64) * width, 0))
        .collect();
    for value in values {
        let index = ((value / width).floor() - first) as usize;
        if let Some(bin) = bins.get_mut(index) {
            bin.1 += 1;
        }
    }
    Some((bins, width))
}

fn distribution(judged: &Judged<'_>, returns: &[f64]) -> Option<Plot> {
    if returns.len() < 2 {
        return None;
    }
    let (bins, width) = binned(returns, COLUMNS)?;
    let tallest = bins.iter().map(|bin| bin.1).max()?;
    let (low, high) = (bins.first()?.0, bins.last()?.0 + width);
    let mut axes = Axes::new(
        (low * 100.0, high * 100.0),
        (0.0, f64::from(tallest)),
        &AxisWords {
            name: "return of a session, %",
            text: &fixed,
        },
        &AxisWords {
            name: "sessions",
            // a part of a session is none
            text: &|value, decimals| match decimals {
                0 => count(value),
                _ => String::new(),
            },
        },
    );
    let bottom = axes.at_y(0.0);
    for (name, tone, holds) in [
        ("below 0", Tone::Bad, (|edge| edge < 0.0) as fn(f64) -> bool),
        ("0 and above", Tone::Good, |edge| edge >= 0.0),
    ] {
        let mut path = String::new();
        for &(edge, many) in bins.iter().filter(|(edge, _)| holds(*edge + width * 1e-9)) {
            if many == 0 {
                continue;
            }
            let (left, right) = (
                axes.at_x(edge * 100.0) + 0.5,
                axes.at_x((edge + width) * 100.0) - 0.5,
            );
            let top = axes.at_y(f64::from(many));
            write_to(
                &mut path,
                format_args!("M{left:.1} {bottom:.1}V{top:.1}H{right:.1}V{bottom:.1}z"),
            );
        }
        axes.draw(name, tone, true, path);
    }
    let risk = &judged.report.metrics.risk;
    let mean = returns.iter().sum::<f64>() / returns.len() as f64;
    let up = returns.iter().filter(|value| **value > 0.0).count();
    let text = |stat: Stat| {
        stat.value().map_or_else(
            || "none".to_owned(),
            |value| shown(value, crate::research::metrics::Unit::Ratio),
        )
    };
    let summary = format!(
        "{} sessions: {} up, mean {}, from {} to {}, skew {}, kurtosis {}.",
        count(returns.len() as f64),
        count(up as f64),
        signed_percent(mean, 3) + " %",
        percent(returns.iter().copied().min_by(f64::total_cmp)?),
        percent(returns.iter().copied().max_by(f64::total_cmp)?),
        text(risk.skew),
        text(risk.kurtosis),
    );
    Some(Plot {
        key: "distribution".to_owned(),
        title: "Distribution of session returns".to_owned(),
        summary,
        twin: twin(&bins, width, returns.len()),
        shapes: axes.shapes,
        labels: axes.labels,
    })
}

fn twin(bins: &[(f64, u32)], width: f64, all: usize) -> Table {
    Table {
        key: "distribution-table".to_owned(),
        title: "Distribution of session returns".to_owned(),
        about: String::new(),
        heads: vec![
            Head::text("From, up to"),
            Head::number("Sessions", ""),
            Head::number("Share", ""),
        ],
        rows: bins
            .iter()
            .map(|&(edge, many)| {
                Row::of(vec![
                    Cell::text(format!("{} to {}", percent(edge), percent(edge + width))),
                    Cell::number(f64::from(many), count),
                    Cell::number(f64::from(many) / all as f64, percent),
                ])
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_one_column_and_edges_belong_to_the_right() {
        let values = [-0.021, -0.01, -0.0001, 0.0, 0.0049, 0.0051, 0.03];
        let (bins, width) = binned(&values, 12).unwrap();
        assert!((width - 0.005).abs() < 1e-12);
        assert_eq!(bins.iter().map(|bin| bin.1).sum::<u32>(), 7);
        let of = |edge: f64| {
            bins.iter()
                .find(|bin| (bin.0 - edge).abs() < 1e-9)
                .unwrap()
                .1
        };
        assert_eq!(
            (of(-0.025), of(-0.01), of(-0.005), of(0.0), of(0.005)),
            (1, 1, 1, 2, 1)
        );
        assert_eq!(binned(&[1.0, 1.0], 12), None, "no extent");
    }

    #[test]
    fn months_read_without_their_colour() {
        assert_eq!(signed_percent(0.0123, 1), "+1.2");
        assert_eq!(signed_percent(-0.0123, 1), "\u{2212}1.2");
        assert_eq!(signed_percent(0.0, 1), "0.0");
        assert_eq!(
            [0.1, 0.26, -0.1, 0.0].map(|value| heat(value, 0.4)),
            [1, 3, -1, 0]
        );
        assert_eq!(heat(-0.4, 0.4), -4);
    }
}
