//! A printed command line makes the run that it was printed for, whatever differs from the defaults.

use atrium_shared::base::time::Day;
use atrium_shared::research::parameters::{Kind, Parameter, Value, all};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::signal::prediction::TargetKind;
use atrium_shared::signal::source::Source;
use atrium_shared::surface::share::{RowsRead, Window, command_line_of_file};
use atrium_shared::trading::fills::FillDialect;
use atrium_shared::trading::sizing::SizingMode;
use atrium_shared::trading::strategy::{Signals, Strategy};
use clap::Parser;

use super::{Chosen, inputs};
use crate::testing::shell_words;

/// The flags of a run, as `atrium backtest`, `link` and `explain` have them.
#[derive(Parser)]
struct Line {
    #[command(flatten)]
    chosen: Chosen,
}

fn parsed(line: &str) -> Chosen {
    let words = shell_words(line);
    assert_eq!(words[..2], ["atrium", "backtest"], "{line}");
    let parsed = Line::try_parse_from(&words[1..]);
    parsed
        .unwrap_or_else(|error| panic!("{line}: {error}"))
        .chosen
}

/// Values of a parameter that are not all its default.
fn values(parameter: &Parameter) -> Vec<Value> {
    let mut values: Vec<Value> = match &parameter.kind {
        Kind::Number { range, .. } => [range.slider_low + range.step, range.slider_high]
            .map(Value::Number)
            .into(),
        Kind::Whole { range, .. } => [range.slider_low + range.step, range.slider_high]
            .map(Value::Whole)
            .into(),
        Kind::Interval => [60, 900, 86_400].map(Value::Whole).into(),
        Kind::Flag { .. } => [true, false].map(Value::Flag).into(),
        Kind::Choice { choices, .. } => {
            let codes = choices.iter().map(|choice| Value::Choice(choice.code));
            codes.collect()
        }
    };
    values.extend(parameter.when_on);
    values
}

/// Configurations that differ in each option, from what a run without a file has, one with signals, one with predictions and those
/// in the dialects of other tools, where alone some options mean something.
fn configurations() -> Vec<RunConfig> {
    let mut signals = RunConfig {
        strategy: Strategy::Signals(Signals::default()),
        ..RunConfig::default()
    };
    signals.prediction.source = Source::None;
    let mut series = RunConfig::default();
    series.prediction.source = Source::Series;
    let peer = |dialect: FillDialect| {
        let mut config = RunConfig::default();
        config.fills.dialect = dialect;
        config.sizing.mode = SizingMode::AllIn;
        config.sizing.leverage = 1.0;
        config
    };
    let bases = [
        RunConfig::default(),
        signals,
        series,
        peer(FillDialect::BacktestingPy),
        peer(FillDialect::Vectorbt),
    ];
    let mut all_of_them: Vec<RunConfig> = bases
        .into_iter()
        .filter(|base| base.validate().is_ok())
        .collect();
    for base in bases {
        for parameter in all() {
            for value in values(parameter) {
                let mut config = base;
                parameter.choose(&mut config, value).unwrap();
                // some options go with others only, and a run has one file with rows
                let is_signals = config.strategy.predicted_move().is_none();
                let has_two = is_signals && config.prediction.source == Source::Series;
                if config.validate().is_ok() && config != base && !has_two {
                    all_of_them.push(config);
                }
            }
        }
    }
    all_of_them
}

#[test]
fn a_command_line_makes_the_configuration_that_it_was_made_of() {
    let configs = configurations();
    let mut stated: Vec<&str> = Vec::new();
    for config in &configs {
        let window = Window::default();
        let line = command_line_of_file("SPY-1min", window, config, &RowsRead::default());
        let chosen = parsed(&line);
        let read = chosen.configured(|files, config| files.check(config));
        assert_eq!(read.unwrap(), *config, "{line}");
        assert_eq!(chosen.data.as_deref(), Some("SPY-1min"), "{line}");
        assert!(chosen.link.is_none() && chosen.config.is_none(), "{line}");
        let defaults = RunConfig::default();
        let changed = all().filter(|one| one.get(config) != one.get(&defaults));
        stated.extend(changed.map(|one| one.key));
    }
    for parameter in all() {
        assert!(stated.contains(&parameter.key), "{}", parameter.key);
    }
    assert!(configs.len() > 300, "{}", configs.len());
}

#[test]
fn a_command_line_has_the_data_set_and_the_sessions() {
    let days = [None, Some(Day(19_723)), Some(Day(19_753))];
    for (from, to) in [(0, 0), (1, 0), (0, 2), (1, 2)] {
        let window = Window {
            from: days[from],
            to: days[to],
        };
        let config = RunConfig::default();
        for name in ["SPY-1min", "my bars' file", "a $(b) \"c\""] {
            let line = command_line_of_file(name, window, &config, &RowsRead::default());
            let chosen = parsed(&line);
            assert_eq!(chosen.window().unwrap(), window, "{line}");
            assert_eq!(chosen.data.as_deref(), Some(name), "{line}");
        }
    }
}

#[test]
fn a_command_line_says_how_its_file_is_read() {
    let config = |flag: &str| {
        let mut config = RunConfig::default();
        match flag {
            "--signals" => {
                config.strategy = Strategy::Signals(Signals::default());
                config.prediction.source = Source::None;
            }
            _ => config.prediction.source = Source::Series,
        }
        config
    };
    let times = [
        "",
        "--row-time bar_start",
        "--row-time bar_end",
        "--row-time known_at --time-zone exchange",
        "--time-zone utc",
        "--time-zone exchange",
    ];
    let columns = ["", "--column time=Date", "--column 'time=at, local'"];
    let mut lines = 0;
    for flag in ["--signals", "--predictions"] {
        for times in times {
            for columns in columns {
                for kind in ["", "--value-kind price", "--value-kind log_return"] {
                    if flag == "--signals" && !kind.is_empty() {
                        continue;
                    }
                    let given = format!(
                        "atrium backtest --data SPY {flag} 'my file.csv' {times} {columns} {kind}"
                    );
                    let files = parsed(&given).files;
                    let window = Window::default();
                    let line = command_line_of_file("SPY", window, &config(flag), &files.words());
                    let again = parsed(&line).files;
                    // what is by default is not stated
                    let plain = |files: &inputs::Files| files.of_link(None);
                    assert_eq!(again.times(), files.times(), "{given}: {line}");
                    assert_eq!(again.words(), files.words(), "{given}: {line}");
                    assert_eq!(plain(&again).words(), plain(&files).words());
                    assert!(line.contains("'my file.csv'"), "{line}");
                    lines += 1;
                }
            }
        }
    }
    assert_eq!(lines, 6 * 3 * (1 + 3));
    for kind in [TargetKind::Price, TargetKind::LogReturn] {
        let name = serde_json::to_value(kind).unwrap();
        let given = format!(
            "atrium backtest --data SPY --predictions f.csv --value-kind {}",
            name.as_str().unwrap()
        );
        let flag = parsed(&given).files.words().flags;
        assert_eq!(flag, [("--value-kind", name.as_str().unwrap().to_owned())]);
    }
}
