use super::*;
use crate::base::time::{BarInterval, Day};
use crate::market::actions::Actions;
use crate::market::bars::Instrument;
use crate::market::calendar::Calendar;
use crate::market::curate::resample;
use crate::market::simulate::{SAMPLE, Simulation, simulate};
use crate::research::backtest::backtest;
use crate::research::explain::{explain, what_if};
use crate::research::metrics::{CATALOG, TRADE_CATALOG};
use crate::research::run_config::RunConfig;
use crate::research::study::conventions_band;
use crate::surface::numbers::count;
use crate::surface::report::DataReference;
use crate::trading::fills::Intrabar;
use crate::trading::orders::Side;
use crate::trading::portfolio::Trade;

struct Made {
    prepared: Prepared,
    run: Backtest,
    report: RunReport,
}

fn made(days: i32, change: impl FnOnce(&mut RunConfig)) -> Made {
    let market = Simulation {
        to: Day(SAMPLE.from.0 + days),
        ..SAMPLE
    };
    let minutes = simulate(&market).unwrap();
    let mut config = RunConfig {
        interval: BarInterval::minutes(60),
        ..RunConfig::default()
    };
    change(&mut config);
    let bars = resample(&minutes, config.interval, Calendar::Nyse)
        .unwrap()
        .bars;
    let prepared = Prepared::new(bars, config.prediction).unwrap();
    let instrument = Instrument::us_share("SIM");
    let run = backtest(&prepared, &instrument, &config).unwrap();
    let data = DataReference {
        data_set: "SIM-1min".to_owned(),
        instrument,
        simulated: true,
        actions: Actions::default(),
    };
    let report = RunReport::new(data, config, &prepared, &run);
    Made {
        prepared,
        run,
        report,
    }
}

impl Made {
    fn judged(&self) -> Judged<'_> {
        Judged {
            prepared: &self.prepared,
            run: &self.run,
            report: &self.report,
            filled: 0.02,
        }
    }
}

fn open_gates(config: &mut RunConfig) {
    let gates = config.strategy.predicted_move_mut().unwrap();
    (gates.k_sigma_err, gates.k_atr_min_tp) = (0.0, 0.2);
}

fn table<'a>(sheets: &'a [Sheet], key: &str) -> &'a Table {
    let tables = sheets.iter().flat_map(|sheet| &sheet.blocks);
    let mut tables = tables.filter_map(|block| match block {
        Block::Table(table) => Some(table),
        Block::Plot(plot) => Some(&plot.twin),
        Block::Notes(_) => None,
    });
    tables.find(|table| table.key == key).unwrap()
}

fn row<'a>(table: &'a Table, name: &str) -> &'a Row {
    let mut rows = table.rows.iter();
    rows.find(|row| row.cells[0].text == name)
        .unwrap_or_else(|| panic!("{name} is not in {}", table.key))
}

#[test]
fn every_metric_is_shown_with_its_value_and_its_meaning() {
    let made = made(120, open_gates);
    let sheets = sheets(&made.judged());
    let run = table(&sheets, "run");
    let trades = table(&sheets, "trades-by-side");
    let costs = table(&sheets, "costs");
    for metric in &CATALOG {
        if metric.key.starts_with("benchmark_")
            || metric.group == crate::research::metrics::Group::Costs
        {
            continue;
        }
        let cells = &row(run, metric.label).cells;
        assert_eq!(cells[0].note, metric.meaning);
        let stat = (metric.value)(&made.run.metrics, &made.run.benchmark_metrics);
        assert_eq!(cells[1].value, stat.value(), "{}", metric.key);
        assert_eq!(cells[1].note.is_empty(), stat.value().is_some());
    }
    for metric in &TRADE_CATALOG {
        assert_eq!(row(trades, metric.label).cells.len(), 4);
    }
    // the parts are all of the costs, and the sides all of each part
    let value = |name: &str, column: usize| row(costs, name).cells[column].value.unwrap();
    let parts = [
        "Commission",
        "Spread",
        "Slippage",
        "Borrow",
        "Financing",
        "Conversion",
    ];
    let sum: f64 = parts.iter().map(|name| value(name, 1)).sum();
    assert!((sum - value("All costs", 1)).abs() < 1e-9 * sum && sum > 0.0);
    assert!((value("All costs", 2) + value("All costs", 3) - sum).abs() < 1e-9 * sum);
    assert!(run.about.contains("252 sessions a year") && run.about.contains("risk-free rate 0 %"));
    assert_eq!(
        row(run, "Sharpe").cells[2].value,
        made.run.benchmark_metrics.sharpe.value()
    );
    assert!(row(run, "Skew").cells[2].text.is_empty());
}

#[test]
fn rows_are_as_wide_as_their_heads_and_every_plot_has_a_twin() {
    let made = made(120, open_gates);
    for sheet in sheets(&made.judged()) {
        assert!(!sheet.blocks.is_empty(), "{}", sheet.key);
        for block in &sheet.blocks {
            let table = match block {
                Block::Notes(_) => continue,
                Block::Table(table) => table,
                Block::Plot(plot) => {
                    let drawn = plot.shapes.iter().filter(|shape| !shape.name.is_empty());
                    assert!(
                        drawn.clone().count() == 2
                            && drawn.clone().all(|shape| !shape.path.is_empty())
                    );
                    assert!(!plot.summary.is_empty() && plot.labels.len() > 6);
                    let inside = |label: &Label| {
                        (0.0..=480.0).contains(&label.x) && (0.0..=240.0).contains(&label.y)
                    };
                    assert!(plot.labels.iter().all(inside), "{:?}", plot.labels);
                    assert!(
                        !plot
                            .shapes
                            .iter()
                            .any(|shape| shape.path.contains("NaN") || shape.path.contains("inf"))
                    );
                    &plot.twin
                }
            };
            assert!(!table.rows.is_empty(), "{}", table.key);
            for row in &table.rows {
                let wide = row.cells.len();
                assert!(
                    wide == table.heads.len() || wide == 1,
                    "{} {row:?}",
                    table.key
                );
            }
        }
    }
}

#[test]
fn returns_and_drawdowns_are_those_of_the_run() {
    let made = made(200, open_gates);
    let sheets = sheets(&made.judged());
    let sessions: f64 = table(&sheets, "distribution-table")
        .rows
        .iter()
        .map(|row| row.cells[1].value.unwrap())
        .sum();
    let closes = made
        .prepared
        .bars()
        .closes_session()
        .filter(|last| *last)
        .count();
    assert!((sessions - closes as f64).abs() < 1e-9);
    let deepest = &table(&sheets, "drawdowns").rows[0];
    assert_eq!(
        deepest.cells[1].value,
        made.run.metrics.risk.max_drawdown.value()
    );
    assert_eq!(
        deepest.cells[5].value,
        made.run.metrics.risk.max_drawdown_bars.value()
    );
    let (from, to) = deepest.bars.unwrap();
    assert!(f64::from(to - from) >= deepest.cells[5].value.unwrap() - 1.0);
    let months = table(&sheets, "months");
    assert_eq!(months.heads.len(), 14);
    let largest = months
        .rows
        .iter()
        .flat_map(|row| &row.cells)
        .filter_map(|cell| cell.heat);
    assert_eq!(largest.map(i8::abs).max(), Some(4));
    let excursions = table(&sheets, "excursions-table");
    assert_eq!(
        row(excursions, "All").cells[1].value,
        Some(made.run.trades.len() as f64)
    );
}

#[test]
fn warnings_say_what_to_do() {
    let few = made(60, |config| {
        config.strategy.predicted_move_mut().unwrap().k_atr_min_tp = 6.0;
        config.fills.intrabar = Intrabar::Optimistic;
    });
    let said = warnings(&few.judged());
    for words in [
        "SIMULATED",
        "FEW TRADES",
        "SHORT SAMPLE",
        "GAPS: 2.00 %",
        "OPTIMISTIC",
    ] {
        let note = said.iter().find(|note| note.text.starts_with(words));
        assert!(
            !note
                .unwrap_or_else(|| panic!("{words}: {said:?}"))
                .advice
                .is_empty()
        );
    }
    let oracle = made(60, |config| {
        config.prediction.source = crate::signal::source::Source::Oracle;
    });
    assert!(warnings(&oracle.judged())[0].text.starts_with("ORACLE"));
}

#[test]
fn a_bar_tells_its_decision_and_a_forced_trade_its_consequences() {
    let made = made(120, |_| {});
    let (judged, instrument, config) = (
        made.judged(),
        &made.report.data.instrument,
        &made.report.config,
    );
    let last = made.prepared.bars().series().len() - 1;
    let quiet = (200..last)
        .find(|&row| {
            let explanation = explain(&made.prepared, instrument, config, row)
                .unwrap()
                .unwrap();
            let sheet = bar_sheet(Some(&explanation), &judged, row);
            explanation.decision.held.is_none()
                && matches!(&sheet.blocks[0], Block::Notes(notes) if notes[0].text.contains("gate"))
        })
        .unwrap();
    let nothing = bar_sheet(None, &judged, last);
    assert!(
        matches!(&nothing.blocks[..], [Block::Notes(notes)] if notes[0].text.contains("last bar"))
    );
    let forced = what_if(&made.prepared, instrument, config, (quiet, Side::Long)).unwrap();
    let told = what_if_blocks(&judged, &forced, Side::Long, quiet);
    let Block::Notes(notes) = &told.blocks[0] else {
        panic!("notes first")
    };
    assert!(notes[0].text.starts_with("COUNTERFACTUAL"));
    assert_eq!(
        told.bars.is_some(),
        notes[1].text.contains("would have ended by")
    );
    let sheet = [Sheet {
        key: String::new(),
        title: String::new(),
        blocks: told.blocks,
    }];
    let change = row(table(&sheet, "forced-headline"), "Final equity").cells[3]
        .value
        .unwrap();
    assert!(
        (change - (forced.headline.final_equity - made.run.headline.final_equity)).abs() < 1e-9
    );
}

#[test]
fn a_forced_trade_tells_how_many_others_have_another_size() {
    let made = made(120, open_gates);
    let (judged, instrument, config) = (
        made.judged(),
        &made.report.data.instrument,
        &made.report.config,
    );
    let before = &made.report.round_trips;
    let resized = |after: &[Trade]| {
        let is_other_size = |trade: &&Trade| {
            before.iter().any(|was| {
                (was.entry_at, was.exit_at, was.side) == (trade.entry_at, trade.exit_at, trade.side)
                    && was.quantity.to_bits() != trade.quantity.to_bits()
            })
        };
        after.iter().filter(is_other_size).count()
    };
    let bars = made.prepared.bars().series().len();
    let found = (100..bars).step_by(7).find_map(|row| {
        let forced = what_if(&made.prepared, instrument, config, (row, Side::Long)).ok()?;
        let other = resized(&forced.trades);
        (other > 0 && forced.trades != *before).then_some((row, forced, other))
    });
    let (row, forced, other) = found.unwrap();
    let told = what_if_blocks(&judged, &forced, Side::Long, row);
    let Some(Block::Notes(beside)) = told.blocks.last() else {
        panic!("what is beside it comes last")
    };
    let said = &beside[0].text;
    let words = format!("and {} have another size.", count(other as f64));
    assert!(said.ends_with(&words), "{said}");
}

#[test]
fn a_band_lists_its_flips_and_says_why_nothing_is_refined() {
    let made = made(120, open_gates);
    let band = conventions_band(
        &made.prepared,
        &made.report.data.instrument,
        &made.report.config,
    )
    .unwrap();
    let sheet = band_sheet(&band, made.prepared.bars().series(), "No finer bars.");
    let Block::Notes(notes) = &sheet.blocks[0] else {
        panic!("notes first")
    };
    assert_eq!(notes[1].text, "No finer bars.");
    let sheets = [sheet];
    let metrics = table(&sheets, "band");
    assert_eq!(metrics.heads.len(), 6);
    let total = row(metrics, "Total return");
    let (low, high) = (total.cells[1].value.unwrap(), total.cells[2].value.unwrap());
    assert!(low < high && total.cells[3].value.unwrap() >= low);
    assert_eq!(table(&sheets, "flips").rows.len(), band.flips.len());
    assert!(table(&sheets, "flips").rows[0].bars.is_some());
}

#[test]
fn runs_side_by_side_show_only_what_differs() {
    let one = made(60, |_| {});
    let two = made(60, |config| {
        config.sizing.risk_per_trade = 0.0025;
        config.policy.max_hold_bars = Some(9);
    });
    let compared = |made: &Made, name: &str| Compared {
        name: name.to_owned(),
        pin: name.parse().unwrap_or(0),
        data: "SIM".to_owned(),
        config: made.report.config,
        headline: made.run.headline,
        digest: made.run.digests.run.short(),
        curve: vec![
            (0.0, 0.0),
            (1e8, made.run.headline.total_return.value().unwrap()),
        ],
    };
    let runs = [compared(&one, "1"), compared(&two, "This run")];
    let sheets = [comparison_sheet(&runs)];
    let differing = table(&sheets, "compared-configurations");
    let texts: Vec<Vec<&str>> = differing
        .rows
        .iter()
        .map(|row| {
            row.cells[1..]
                .iter()
                .map(|cell| cell.text.as_str())
                .collect()
        })
        .collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(
        texts.contains(&vec!["1 %", "0.25 %"]) && texts.contains(&vec!["none", "9 bars"]),
        "{texts:?}"
    );
    // a pin has its colour whatever else is compared, and times are months
    let plots = sheets[0].blocks.iter().filter_map(|block| match block {
        Block::Plot(plot) => Some(plot),
        _ => None,
    });
    for plot in plots {
        let lines = plot.shapes.iter().map(|shape| shape.line);
        assert_eq!(lines.filter(|line| *line > 0).collect::<Vec<_>>(), [1, 5]);
        let texts: Vec<&str> = plot
            .labels
            .iter()
            .map(|label| label.text.as_str())
            .collect();
        assert!(
            texts.contains(&"1970-07") || texts.contains(&"1971"),
            "{texts:?}"
        );
        assert!(
            !texts.iter().any(|text| text.contains("1970.")),
            "{texts:?}"
        );
    }
    let trades = row(table(&sheets, "compared-metrics"), "Trades");
    assert_eq!(trades.cells[2].value, Some(two.run.trades.len() as f64));
    assert!(matches!(
        &comparison_sheet(&runs[..1]).blocks[..],
        [Block::Notes(_)]
    ));
}
