//! Runs side by side: their headline metrics, and what in their configurations differs.

use serde::{Deserialize, Serialize};

use super::plot::{Axes, AxisWords, Plot, write_to};
use super::{Block, Cell, Head, Note, Row, Sheet, Table, Tone};
use crate::base::time::{BarInterval, Timestamp};
use crate::research::metrics::Headline;
use crate::research::parameters::{Parameter, Unit, Value, all};
use crate::research::run_config::RunConfig;
use crate::surface::charts::stamp;
use crate::surface::numbers::{DASH, exact_percent, fixed, percent};
use crate::surface::report::{headline_rows, headline_value};

/// A run that is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// What it is called.
    pub name: String,
    /// The number of the pin, by which its line is drawn here as on the chart; 0 of the run that is shown.
    pub pin: u8,
    /// What it was made on.
    pub data: String,
    /// Its configuration.
    pub config: RunConfig,
    /// Its headline metrics.
    pub headline: Headline,
    /// Its digest, short.
    pub digest: String,
    /// Its equity in few points: seconds since 1970, growth since the start as a share.
    pub curve: Vec<(f64, f64)>,
}

/// Runs side by side.
pub fn comparison_sheet(runs: &[Compared]) -> Sheet {
    let blocks = match runs.len() {
        0 | 1 => vec![Block::Notes(vec![Note::even(
            "Nothing is pinned yet. Pin a run by the button above the chart, change parameters, and both are set side by side here; up to four can be pinned.",
        )])],
        _ => vec![
            Block::Table(metrics(runs)),
            Block::Table(configurations(runs)),
            Block::Plot(curves(runs)),
        ],
    };
    Sheet {
        key: "compare".to_owned(),
        title: "Comparison".to_owned(),
        blocks,
    }
}

/// The number of the line of the run that is shown; those before are of pins.
const LINE_OF_SHOWN: u8 = 5;

/// Equity of all runs over the same time.
fn curves(runs: &[Compared]) -> Plot {
    let points = || runs.iter().flat_map(|run| run.curve.iter());
    let range = |read: fn(&(f64, f64)) -> f64| {
        let values = || points().map(read);
        let low = values().min_by(f64::total_cmp).unwrap_or(0.0);
        (low, values().max_by(f64::total_cmp).unwrap_or(1.0))
    };
    const YEAR_S: f64 = 365.25 * 86_400.0;
    let year = |seconds: f64| 1970.0 + seconds / YEAR_S;
    let (from, to) = range(|point| point.0);
    let (low, high) = range(|point| point.1);
    let mut axes = Axes::new(
        (year(from), year(to)),
        (low * 100.0, high * 100.0),
        &AxisWords {
            name: "time",
            text: &|year, decimals| {
                let day = Timestamp::from_seconds(((year - 1970.0) * YEAR_S) as i64).to_string();
                let letters = match decimals {
                    0 => return format!("{:.0}", year),
                    // a tenth of a year is more than a month
                    1 => 7,
                    _ => 10,
                };
                day.get(..letters).unwrap_or(&day).to_owned()
            },
        },
        &AxisWords {
            name: "growth, %",
            text: &fixed,
        },
    );
    for run in runs {
        let mut path = String::new();
        for (place, (at, growth)) in run.curve.iter().enumerate() {
            let command = if place == 0 { 'M' } else { 'L' };
            let (x, y) = (axes.at_x(year(*at)), axes.at_y(growth * 100.0));
            write_to(&mut path, format_args!("{command}{x:.1} {y:.1}"));
        }
        axes.draw(&run.name, Tone::Even, false, path);
        if let Some(shape) = axes.shapes.last_mut() {
            shape.line = match run.pin {
                0 => LINE_OF_SHOWN,
                pin => pin,
            };
        }
    }
    let growth = |run: &Compared| run.curve.last().map_or(0.0, |point| point.1);
    let said: Vec<String> = runs
        .iter()
        .map(|run| format!("{} {}", run.name, percent(growth(run))))
        .collect();
    Plot {
        key: "curves".to_owned(),
        title: "Equity".to_owned(),
        summary: format!("Growth since the start: {}.", said.join(", ")),
        twin: years(runs),
        shapes: axes.shapes,
        labels: axes.labels,
    }
}

/// Growth at the end of each tenth of the time.
fn years(runs: &[Compared]) -> Table {
    let ends = |run: &Compared| {
        run.curve
            .first()
            .zip(run.curve.last())
            .map(|(a, b)| (a.0, b.0))
    };
    let from = runs
        .iter()
        .filter_map(ends)
        .map(|ends| ends.0)
        .min_by(f64::total_cmp);
    let to = runs
        .iter()
        .filter_map(ends)
        .map(|ends| ends.1)
        .max_by(f64::total_cmp);
    let (from, to) = (from.unwrap_or(0.0), to.unwrap_or(0.0));
    let row = |tenth: u8| {
        let until = from + (to - from) * f64::from(tenth) / 10.0;
        let at = Timestamp::from_seconds(until as i64);
        let mut cells = vec![Cell::text(stamp(at, BarInterval::Day))];
        cells.extend(runs.iter().map(|run| {
            let before = run.curve.iter().take_while(|point| point.0 <= until);
            match before.last() {
                Some((_, growth)) => Cell::number(*growth, percent),
                None => Cell::nothing("This run begins later."),
            }
        }));
        Row::of(cells)
    };
    Table {
        key: "curves-table".to_owned(),
        title: "Equity".to_owned(),
        about: String::new(),
        heads: heads("Until", runs, true),
        rows: (1..=10).map(row).collect(),
    }
}

fn heads(first: &str, runs: &[Compared], number: bool) -> Vec<Head> {
    let mut heads = vec![Head::text(first)];
    heads.extend(runs.iter().map(|run| Head {
        text: run.name.clone(),
        meaning: String::new(),
        number,
    }));
    heads
}

fn metrics(runs: &[Compared]) -> Table {
    let columns: Vec<_> = runs
        .iter()
        .map(|run| headline_rows(&run.headline))
        .collect();
    let mut rows = vec![Row::of(
        core::iter::once(Cell::text("Data"))
            .chain(runs.iter().map(|run| Cell::text(run.data.clone())))
            .collect(),
    )];
    let named = columns.first().into_iter().flatten().enumerate();
    rows.extend(named.map(|(index, metric)| {
        let mut cells = vec![Cell::explained(metric.label, metric.meaning)];
        cells.extend(columns.iter().zip(runs).map(|(column, run)| {
            let shown = column.get(index);
            Cell {
                text: shown.map_or_else(|| DASH.to_owned(), |row| row.text.clone()),
                note: shown
                    .and_then(|row| row.absent)
                    .map_or(String::new(), |why| format!("None: {why}.")),
                value: headline_value(&run.headline, metric.key),
                ..Cell::default()
            }
        }));
        Row::of(cells)
    }));
    rows.push(Row::of(
        core::iter::once(Cell::explained(
            "Run",
            "The beginning of the run's digest: equal digests are equal runs.",
        ))
        .chain(runs.iter().map(|run| Cell::text(run.digest.clone())))
        .collect(),
    ));
    Table {
        key: "compared-metrics".to_owned(),
        title: "Headline metrics".to_owned(),
        about: String::new(),
        heads: heads("Metric", runs, true),
        rows,
    }
}

fn configurations(runs: &[Compared]) -> Table {
    let differs = |parameter: &&Parameter| {
        let mut values = runs.iter().map(|run| parameter.get(&run.config));
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    let row = |parameter: &'static Parameter| {
        let mut cells = vec![Cell::explained(parameter.label, parameter.meaning)];
        cells.extend(runs.iter().map(|run| {
            parameter.get(&run.config).map_or_else(
                || Cell::nothing("It does not exist in this configuration."),
                |value| Cell::text(value_words(parameter, value)),
            )
        }));
        Row::of(cells)
    };
    let rows: Vec<Row> = all().filter(differs).map(row).collect();
    let about = match rows.is_empty() {
        true if runs
            .windows(2)
            .any(|pair| pair.first().map(|run| &run.data) != pair.last().map(|run| &run.data)) =>
        {
            "The configurations are equal; the data are not, see what each was made on."
        }
        true => "The configurations are equal.",
        false => "Every parameter that is not the same in all of them.",
    };
    Table {
        key: "compared-configurations".to_owned(),
        title: "What differs".to_owned(),
        about: about.to_owned(),
        heads: heads("Parameter", runs, false),
        rows,
    }
}

/// A value as people read it.
fn value_words(parameter: &Parameter, value: Value) -> String {
    let suffix = match parameter.unit.suffix() {
        "" => String::new(),
        suffix => format!(" {suffix}"),
    };
    match value {
        Value::Absent => "none".to_owned(),
        Value::Flag(on) => if on { "on" } else { "off" }.to_owned(),
        Value::Number(share) if parameter.unit == Unit::Share => exact_percent(share),
        Value::Choice(code) => {
            let choice = parameter
                .choices()
                .iter()
                .find(|choice| choice.code == code);
            choice.map_or_else(|| parameter.text(value), |choice| choice.label.to_owned())
        }
        Value::Number(_) | Value::Whole(_) => format!("{}{suffix}", parameter.text(value)),
    }
}
