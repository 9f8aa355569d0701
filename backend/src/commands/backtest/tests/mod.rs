use atrium_shared::base::time::BarInterval;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::resample;
use atrium_shared::research::backtest::{Prepared, backtest};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::surface::report::RunReport;

use crate::testing::{Sandbox, set, test_data};

mod inputs;
mod reports;

fn with_data() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.store().put(&set("SIM", 150, 1), false).unwrap();
    sandbox
}

fn report(sandbox: &Sandbox, flags: &[&str]) -> RunReport {
    let words = [&["backtest", "--data", "SIM", "--json"], flags].concat();
    serde_json::from_str(&sandbox.run(&words).unwrap()).unwrap()
}

#[test]
fn json_is_the_report_of_the_shared_engine_and_nothing_else() {
    let sandbox = with_data();
    let said = sandbox
        .run(&[
            "backtest",
            "--data",
            "SIM-1min",
            "--json",
            "--leverage",
            "2",
        ])
        .unwrap();
    let stored = sandbox.store().load("SIM-1min").unwrap();
    let mut config = RunConfig::default();
    config.sizing.leverage = 2.0;
    let cut = resample(&stored.bars, config.interval, Calendar::Nyse).unwrap();
    let prepared = Prepared::new(cut.bars, config.prediction).unwrap();
    let run = backtest(&prepared, &stored.card.instrument, &config).unwrap();
    let data = atrium_shared::surface::report::DataReference {
        data_set: "SIM-1min".to_owned(),
        instrument: stored.card.instrument,
        simulated: true,
        actions: atrium_shared::market::actions::Actions::default(),
    };
    let expected = RunReport::new(data, config, &prepared, &run);
    assert!(expected.headline.trades > 0);
    assert_eq!(
        said,
        serde_json::to_string_pretty(&expected).unwrap() + "\n"
    );
}

#[test]
fn flags_override_the_file_which_overrides_the_defaults() {
    let sandbox = with_data();
    let file = sandbox.file(
        "run.json",
        r#"{"interval": "30min", "sizing": {"leverage": 3, "risk_per_trade": 0.005}}"#,
    );
    let file = file.display().to_string();
    let config = report(&sandbox, &["--config", &file, "--leverage", "4"]).config;
    let mut expected = RunConfig {
        interval: BarInterval::minutes(30),
        ..RunConfig::default()
    };
    expected.sizing.leverage = 4.0;
    expected.sizing.risk_per_trade = 0.005;
    assert_eq!(config, expected);
    // as a console of Windows writes it
    let text = std::fs::read_to_string(&file).unwrap();
    let units = core::iter::once(0xfeff).chain(text.encode_utf16());
    std::fs::write(&file, units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()).unwrap();
    let config = report(&sandbox, &["--config", &file, "--leverage", "4"]).config;
    assert_eq!(config, expected);
}

#[test]
fn the_table_says_what_matters() {
    let sandbox = with_data();
    let said = sandbox
        .run(&["backtest", "--data", "SIM", "--trades", "2"])
        .unwrap();
    let json = report(&sandbox, &[]);
    let capped = format!(
        "{} of {} trades were limited by buying power or the largest position",
        json.trades_capped, json.headline.trades
    );
    assert!(json.trades_capped > 0 && json.headline.trades > 2);
    let more = format!("… and {} more", json.headline.trades - 2);
    for part in [
        "SIM-1min · SIMULATED, not market data",
        "60min bars of SIM",
        "Total return",
        "Profit factor",
        &capped,
        "Decisions that made no trade",
        "move below the ATR gate",
        &json.digests.result.to_string(),
        &json.digests.run.to_string(),
        "Conventions\n",
        "(pessimistic)",
        &more,
    ] {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
    let without = sandbox.run(&["backtest", "--data", "SIM"]).unwrap();
    assert!(!without.contains("… and"));
}

#[test]
fn without_trades_there_is_a_hint_that_helps() {
    let sandbox = with_data();
    sandbox.store().put(&set("TINY", 0, 1), false).unwrap();
    sandbox.store().put(&set("SHORT", 6, 1), false).unwrap();
    for (line, hint) in [
        ("SIM --k-atr-min-tp 50", "lower --k-atr-min-tp"),
        ("SIM --k-sigma-err 50", "lower --k-sigma-err"),
        ("SIM --initial-equity 1", "raise --initial-equity"),
        ("TINY", "too few bars"),
        ("SHORT", "--k-sigma-err 0"),
    ] {
        let words: Vec<&str> = ["backtest", "--data"]
            .into_iter()
            .chain(line.split(' '))
            .collect();
        let said = sandbox.run(&words).unwrap();
        assert!(
            said.contains("No trades. ") && said.contains(hint),
            "{line}:\n{said}"
        );
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_its_name() {
    let sandbox = with_data();
    let bad = sandbox
        .file("bad.json", r#"{"sizing": {"leverag": 3}}"#)
        .display()
        .to_string();
    for (flags, part) in [
        (["--leverage", "NaN"], "leverage is NaN"),
        (["--leverage", "-1"], "leverage is -1"),
        (["--risk-per-trade", "2"], "risk_per_trade is 2"),
        (["--horizon-bars", "1"], "use a horizon of at least 2"),
        (["--horizon-bars", "0"], "horizon_bars is 0"),
        (["--interval", "90s"], "must be a multiple of 1min"),
        (["--interval", "soon"], "is no bar interval"),
        (["--prediction", "magic"], "there are drift, sma_cross"),
        (["--config", &bad], "unknown field `leverag`"),
        (
            ["--config", "/missing.json"],
            "/missing.json cannot be read",
        ),
        (["--data", "QQQ"], "cannot be used multiple times"),
    ] {
        let words = [&["backtest", "--data", "SIM"][..], &flags].concat();
        let error = sandbox.run(&words).unwrap_err();
        assert!(error.contains(part), "{part:?} is not in: {error}");
    }
    let unknown = sandbox.run(&["backtest", "--data", "QQQ"]).unwrap_err();
    assert!(
        unknown.contains("there is no data set QQQ: stored are SIM-1min"),
        "{unknown}"
    );
}

#[test]
fn a_configuration_is_an_object_of_known_fields() {
    let sandbox = with_data();
    for (content, part) in [
        ("[]", "it is an array, but a configuration is an object"),
        ("null", "it is null, but a configuration is an object"),
        ("\"60min\"", "it is text"),
        ("", "EOF"),
        (r#"{"sizing": []}"#, "sizing is an array"),
        (r#"{"sizing": [2]}"#, "sizing is an array"),
        (
            r#"{"strategy": {"predicted_move": []}}"#,
            "strategy: predicted_move is an array",
        ),
        (
            r#"{"costs": {"commission": {"per_share": [1, 2, 3]}}}"#,
            "costs: commission: per_share is an array",
        ),
        (r#"{"intervall": "60min"}"#, "unknown field `intervall`"),
        (
            r#"{"strategy": {"predicted_move": {"k_sigma": 1}}}"#,
            "unknown field `k_sigma`",
        ),
        (
            r#"{"costs": {"commission": {"per_share": {"rates": 1}}}}"#,
            "unknown field `rates`",
        ),
        ("{\n\"sizing\": {\"leverage\": \"2\"}}", "line 2"),
    ] {
        let file = sandbox.file("run.json", content).display().to_string();
        let words = ["backtest", "--data", "SIM", "--config", &file];
        let error = sandbox.run(&words).unwrap_err();
        assert!(
            error.contains("run.json: ") && error.contains(part),
            "{part:?} is not in: {error}"
        );
    }
}

#[test]
fn the_values_used_are_printed_to_the_last_digit() {
    let sandbox = with_data();
    let said = sandbox
        .run(&[
            "backtest",
            "--data",
            "SIM",
            "--risk-per-trade",
            "0.00025",
            "--gap-buffer",
            "0.07",
            "--commission-cap",
            "0.0123456789012345",
            "--commission-minimum",
            "0.345",
            "--initial-equity",
            "123456.789",
        ])
        .unwrap();
    for part in [
        "risk 0.025 % of equity",
        "gap buffer 7 %",
        "at least 0.345, at most 1.23456789012345 % of the notional",
        "initial equity 123456.789\n",
    ] {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
    let defaults = sandbox.run(&["backtest", "--data", "SIM"]).unwrap();
    assert!(
        defaults.contains("initial equity 10,000.00\n"),
        "{defaults}"
    );
}

#[test]
fn demo_and_list_say_that_the_bars_are_simulated() {
    let sandbox = Sandbox::new();
    let empty = sandbox.run(&["data", "list"]).unwrap();
    assert!(empty.contains("atrium demo"), "{empty}");
    assert!(
        sandbox
            .run(&["demo", "SIM"])
            .unwrap()
            .contains("Stored SIM-1min (194,700 bars")
    );
    let before = sandbox.content();
    let again = sandbox.run(&["demo", "SIM"]).unwrap();
    assert!(again.contains("Already stored"), "{again}");
    assert!(again.contains("simulated bars, not market data"), "{again}");
    assert_eq!(sandbox.content(), before);
    assert!(
        sandbox
            .run(&["data", "list"])
            .unwrap()
            .contains("  simulated")
    );
    let sets: serde_json::Value =
        serde_json::from_str(&sandbox.run(&["data", "list", "--json"]).unwrap()).unwrap();
    assert_eq!(
        sets["sets"][0]["source"],
        "simulated: generated by Atrium, not market data"
    );
    assert!(
        sandbox
            .run(&["backtest", "--data", "SIM"])
            .unwrap()
            .contains("SIMULATED")
    );
}

#[test]
fn real_bars_are_not_called_simulated() {
    let Some(file) = test_data("real_bars", "spy_1m_admf/SPY_1m.parquet") else {
        return;
    };
    let sandbox = Sandbox::new();
    let file = file.display().to_string();
    sandbox.run(&["import", &file, "--symbol", "SPY"]).unwrap();
    let said = sandbox.run(&["backtest", "--data", "SPY"]).unwrap();
    assert!(!said.to_lowercase().contains("simulated"), "{said}");
    assert!(said.contains("1,782 60min bars of SPY"), "{said}");
}
