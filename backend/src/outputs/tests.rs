use std::collections::BTreeMap;

use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::resample;
use atrium_shared::research::backtest::{Backtest, Prepared, backtest};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::surface::report::{DataReference, RunReport};

use super::*;
use crate::testing::set;

struct Run {
    prepared: Prepared,
    run: Backtest,
    report: RunReport,
}

fn made(symbol: &str, change: impl FnOnce(&mut RunConfig)) -> Run {
    let mut config = RunConfig::default();
    change(&mut config);
    let set = set(symbol, 60, 1);
    let cut = resample(&set.bars, config.interval, Calendar::Nyse).unwrap();
    let prepared = Prepared::new(cut.bars, config.prediction).unwrap();
    let run = backtest(&prepared, &set.instrument, &config).unwrap();
    let data = DataReference {
        data_set: format!("{symbol}-1min"),
        instrument: set.instrument,
        simulated: true,
        actions: atrium_shared::market::actions::Actions::default(),
    };
    let report = RunReport::new(data, config, &prepared, &run);
    Run {
        prepared,
        run,
        report,
    }
}

impl Run {
    fn picture(&self) -> Picture<'_> {
        Picture {
            report: &self.report,
            bars: self.prepared.bars(),
            equity: &self.run.equity,
            benchmark: &self.run.benchmark.equity,
        }
    }
}

fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read(path).unwrap())
    });
    files.collect()
}

/// Columns by name, each with its fields.
fn columns(csv: &str) -> BTreeMap<String, Vec<String>> {
    let mut lines = csv.lines().map(|line| line.split(','));
    let names: Vec<&str> = lines.next().unwrap().collect();
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines {
        let fields: Vec<&str> = line.collect();
        assert_eq!(fields.len(), names.len());
        for (name, field) in names.iter().zip(fields) {
            columns
                .entry((*name).to_owned())
                .or_default()
                .push(field.to_owned());
        }
    }
    columns
}

#[test]
fn names_and_columns_are_what_they_are() {
    let run = made("SIM", |_| {});
    let id = run.report.digests.run.short();
    let stem = format!("SIM-60min-0.5-1.5-0.01-2-20240102-20240301-{id}");
    assert_eq!(super::stem(&run.report), stem);
    let folder = tempfile::tempdir().unwrap();
    let paths = write(folder.path(), &run.picture(), Look::Light).unwrap();
    let endings = ["trades.csv", "equity.csv", "metrics.json", "chart.png"];
    let expected = endings.map(|ending| folder.path().join(format!("{stem}-{ending}")));
    assert_eq!(paths, expected);
    let first_line = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        text.lines().next().unwrap().to_owned()
    };
    assert_eq!(
        first_line(&paths[0]),
        "trade,side,quantity,sized_by,decided_at_utc,entry_at_utc,entry_price,target_price,stop_price,initial_risk,exit_at_utc,exit_price,exit_reason,gross_profit,commission,slippage,spread,borrow,financing,conversion,costs,net_profit,mae,mfe,bars_held"
    );
    assert_eq!(
        first_line(&paths[1]),
        "bar_end_utc,equity,benchmark,drawdown"
    );
}

#[test]
fn tables_hold_every_digit_of_the_run() {
    let run = made("SIM", |_| {});
    let trades = columns(&tables::trades(&run.run.trades));
    assert!(run.run.trades.len() > 3);
    let number = |column: &BTreeMap<String, Vec<String>>, name: &str, row: usize| {
        column[name][row].parse::<f64>().unwrap().to_bits()
    };
    for (row, trade) in run.run.trades.iter().enumerate() {
        for (name, value) in [
            ("quantity", trade.quantity),
            ("entry_price", trade.entry_price),
            ("target_price", trade.target_price.unwrap()),
            ("exit_price", trade.exit_price),
            ("commission", trade.cost_parts.commission),
            ("net_profit", trade.net_profit),
            ("mae", trade.mae),
        ] {
            assert_eq!(number(&trades, name, row), value.to_bits(), "{name}");
        }
        assert_eq!(trades["trade"][row], (row + 1).to_string());
        let entry = format!("{}Z", trades["entry_at_utc"][row].replace(' ', "T"));
        assert_eq!(entry, trade.entry_at.to_string());
    }
    let equity = columns(&tables::equity(&run.picture()));
    assert_eq!(equity["equity"].len(), run.run.equity.len());
    let last = run.run.equity.len() - 1;
    assert_eq!(
        number(&equity, "equity", last),
        run.run.equity[last].to_bits()
    );
    let held = run.run.benchmark.equity[last].to_bits();
    assert_eq!(number(&equity, "benchmark", last), held);
    let deepest = equity["drawdown"]
        .iter()
        .map(|text| text.parse::<f64>().unwrap());
    let deepest = deepest.fold(0.0, f64::min);
    assert_eq!(
        Some(deepest.to_bits()),
        run.report.headline.max_drawdown.value().map(f64::to_bits)
    );
}

#[test]
fn the_same_run_replaces_its_files_and_another_stands_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a/b");
    let run = made("SIM", |_| {});
    let paths = write(&target, &run.picture(), Look::Light).unwrap();
    let before = content(&target);
    assert_eq!(before.len(), 4, "and nothing temporary");
    fs::write(&paths[0], "damaged").unwrap();
    write(&target, &run.picture(), Look::Light).unwrap();
    assert_eq!(content(&target), before);
    let read: RunReport = serde_json::from_slice(&fs::read(&paths[2]).unwrap()).unwrap();
    assert_eq!(read, run.report);
    let other = made("SIM", |config| config.sizing.leverage = 2.0);
    write(&target, &other.picture(), Look::Dark).unwrap();
    let both = content(&target);
    assert_eq!(both.len(), 8);
    assert!(before.iter().all(|(name, bytes)| both[name] == *bytes));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&paths[0]).unwrap().permissions().mode();
        assert_eq!(mode & 0o400, 0o400);
        assert_eq!(mode & 0o111, 0, "{mode:o}");
    }
}

#[test]
fn what_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = made("SIM", |_| {});
    // a file where the folder should be
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    for target in [file.clone(), file.join("below")] {
        let refused = write(&target, &run.picture(), Look::Light).unwrap_err();
        let said = refused.to_string();
        assert!(
            said.contains("cannot be written to: ") && said.contains("--out"),
            "{said}"
        );
        assert!(said.contains(&target.display().to_string()), "{said}");
    }
    // a folder where a file should be
    let target = folder.path().join("out");
    let first = target.join(format!("{}-trades.csv", super::stem(&run.report)));
    fs::create_dir_all(&first).unwrap();
    let refused = write(&target, &run.picture(), Look::Light).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("-trades.csv cannot be written"),
        "{refused}"
    );
    assert_eq!(
        fs::read_dir(&target).unwrap().count(),
        1,
        "nothing temporary is left"
    );
}
