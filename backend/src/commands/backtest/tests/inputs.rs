//! Predictions and signals from files, and finer bars.

use std::path::Path;

use atrium_shared::market::bars::SessionBars;
use atrium_shared::signal::prediction::TargetField;
use atrium_shared::signal::source::Source;

use super::*;

/// The bars that a run decides on.
fn hours(sandbox: &Sandbox) -> SessionBars {
    let stored = sandbox.store().load("SIM-1min").unwrap();
    let cut = resample(&stored.bars, BarInterval::minutes(60), Calendar::Nyse);
    cut.unwrap().bars
}

/// The predictions of the drift baseline as a file, with another column appended.
fn drift(sandbox: &Sandbox, column: &str, value: &str) -> String {
    let bars = hours(sandbox);
    let series = Source::Drift.predict(bars.series(), TargetField::Open, 4);
    let mut text = format!("time,log_return,{column}\n");
    for row in series.unwrap().unwrap().rows() {
        text.push_str(&format!("{},{},{value}\n", row.for_bar, row.value));
    }
    text
}

fn run(sandbox: &Sandbox, flags: &[&str]) -> Result<String, String> {
    sandbox.run(&[&["backtest", "--data", "SIM"], flags].concat())
}

fn written(sandbox: &Sandbox, content: impl AsRef<[u8]>) -> String {
    sandbox.file("rows.csv", content).display().to_string()
}

#[test]
fn predictions_from_a_file_are_those_that_were_written() {
    let sandbox = with_data();
    let file = written(&sandbox, drift(&sandbox, "out_of_sample", "1"));
    let (ours, theirs) = (
        report(&sandbox, &[]),
        report(&sandbox, &["--predictions", &file]),
    );
    assert_eq!(theirs.config.prediction.source, Source::Series);
    assert_eq!(theirs.digests.predictions, ours.digests.predictions);
    assert_eq!(theirs.round_trips, ours.round_trips);
    assert!(!ours.round_trips.is_empty());
    // the same file as prices under other names, in the exchange's time, known at the ends of the bars
    let bars = hours(&sandbox);
    let mut text = "When;Guess;oos\n".to_owned();
    for (end, close) in bars.end().iter().zip(bars.series().close()) {
        let local = end.plus_seconds(-5 * 3_600).to_string();
        text.push_str(&format!(
            "{};{};1\n",
            local.trim_end_matches('Z'),
            close * 1.01
        ));
    }
    let winter: Vec<&str> = text.lines().take(200).collect();
    let file = written(&sandbox, winter.join("\n"));
    let flags = [
        "--predictions",
        &file,
        "--row-time",
        "bar_end",
        "--time-zone",
        "exchange",
        "--column",
        "time=When",
        "--column",
        "value=Guess",
        "--value-kind",
        "price",
        "--target",
        "close",
        "--horizon-bars",
        "3",
    ];
    let prices = report(&sandbox, &flags);
    let prediction = prices.config.prediction;
    assert_eq!(
        (prediction.target, prediction.horizon_bars),
        (TargetField::Close, 3)
    );
    assert!(!prices.round_trips.is_empty());
    let said = run(&sandbox, &flags).unwrap();
    assert!(said.contains("199 predictions from "), "{said}");
}

#[test]
fn in_sample_predictions_are_refused_or_said() {
    let sandbox = with_data();
    for (column, value) in [("in_sample", "1"), ("out_of_sample", "0"), ("note", "x")] {
        let file = written(&sandbox, drift(&sandbox, column, value));
        let refused = run(&sandbox, &["--predictions", &file]).unwrap_err();
        assert!(
            refused.contains("are in-sample") && refused.contains("(--allow-in-sample)"),
            "{refused}"
        );
        let flags = ["--predictions", &file, "--allow-in-sample"];
        let said = run(&sandbox, &flags).unwrap();
        assert!(said.contains("IN-SAMPLE: "), "{said}");
        let json = report(&sandbox, &flags);
        assert!(json.coverage.in_sample_rows > 100);
    }
}

#[test]
fn signals_from_a_file_are_traded() {
    let sandbox = with_data();
    let bars = hours(&sandbox);
    let (starts, closes) = (bars.series().start(), bars.series().close());
    let mut text = "time,side,size,tp,sl\n".to_owned();
    for (bar, side, up) in [(10, "buy", 1.0), (50, "sell", -1.0), (90, "long", 1.0)] {
        let close = closes[bar];
        let (target, stop) = (close + up, close - up);
        text.push_str(&format!("{},{side},3,{target:.2},{stop:.2}\n", starts[bar]));
    }
    text.push_str(&format!(
        "{},,,,\n1999-01-04T15:00:00Z,buy,,,\n",
        starts[100]
    ));
    let file = written(&sandbox, &text);
    let flags = ["--signals", &file, "--set", "sizing.mode.quantity=3"];
    let json = report(&sandbox, &flags);
    assert_eq!(json.config.prediction.source, Source::None);
    assert_eq!(json.round_trips.len(), 3);
    let decided: Vec<_> = json
        .round_trips
        .iter()
        .map(|trade| trade.decided_at)
        .collect();
    assert_eq!(decided, [10, 50, 90].map(|bar| bars.end()[bar]));
    let said = run(&sandbox, &flags).unwrap();
    for part in [
        "3 signals from ",
        "; 1 row without a value; 1 of 4 rows left out for belonging to no bar, the first is line 6, 1999-01-04T15:00:00Z\n",
        "signals from a file, long and short",
    ] {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
    let long = report(&sandbox, &[&flags[..], &["--side", "long_only"]].concat());
    assert_eq!(long.round_trips.len(), 2);
    // as JSON, what became of the rows stands beside the report
    let words = [&["backtest", "--data", "SIM", "--json"], &flags[..]].concat();
    let value: serde_json::Value = serde_json::from_str(&sandbox.run(&words).unwrap()).unwrap();
    assert_eq!(value["read"]["unmatched"], 1);
    assert_eq!(value["read"]["what"], "signals");
}

#[test]
fn ends_that_were_read_as_starts_are_pointed_out() {
    let sandbox = with_data();
    let bars = hours(&sandbox);
    // 60-minute bars: the end of one is the start of the next, but for the last of a session
    let mut text = "time,side,size\n".to_owned();
    for end in bars.end().iter().take(14) {
        text.push_str(&format!("{end},buy,1\n"));
    }
    let file = written(&sandbox, &text);
    let said = run(&sandbox, &["--signals", &file]).unwrap();
    assert!(said.contains("add --row-time bar_end."), "{said}");
    let said = run(&sandbox, &["--signals", &file, "--row-time", "bar_end"]).unwrap();
    assert!(
        said.contains("14 signals from") && !said.contains("add --row-time"),
        "{said}"
    );
}

#[test]
fn files_that_cannot_be_used_are_refused_with_their_place() {
    let sandbox = with_data();
    let good = drift(&sandbox, "oos", "1");
    let bad_line = good.replacen(",1\n2024", ",1\nsoon", 1);
    let bad_value = good.replacen(",1\n", ",maybe\n", 1);
    let doubled = {
        let second = good.lines().nth(1).unwrap();
        format!("{good}{second}\n")
    };
    for (content, part) in [
        (String::new(), "the file is empty"),
        ("time,log_return\n".to_owned(), "no row with a value"),
        ("a,b\n1,2\n".to_owned(), "(--column says which"),
        ("time,x\n2024-01-02,2\n".to_owned(), "predicted price"),
        (bad_line, "line 3, column \"time\""),
        (bad_value, "line 2, column \"oos\""),
        (doubled, "both belong to the bar of"),
        (
            "time,r\n2001-01-02T15:00:00Z,0.1\n".to_owned(),
            "--time-zone exchange",
        ),
        (
            "time,price\n2024-01-02T15:30:00Z,-3\n".to_owned(),
            "is no price",
        ),
        (
            "time,r\n2024-01-02T15:30:00Z,180.5\n".to_owned(),
            "is the column a price?",
        ),
    ] {
        let file = written(&sandbox, &content);
        let refused = run(&sandbox, &["--predictions", &file]).unwrap_err();
        let place = format!("--predictions {file}: ");
        assert!(
            refused.starts_with(&place) && refused.contains(part),
            "{part}: {refused}"
        );
    }
    let binary = written(&sandbox, b"time,r\n\xff\xfe\x00");
    let refused = run(&sandbox, &["--predictions", &binary]).unwrap_err();
    assert!(refused.contains("line 2 is no text"), "{refused}");
    for (content, part) in [
        (
            "time,side\n2024-01-02T15:30:00Z,up\n",
            "line 2, column \"side\": \"up\"",
        ),
        (
            "time,side,tp\n2024-01-02T15:30:00Z,buy,cheap\n",
            "line 2, column \"tp\"",
        ),
        ("time\n2024-01-02T15:30:00Z\n", "side"),
    ] {
        let file = written(&sandbox, content);
        let refused = run(&sandbox, &["--signals", &file]).unwrap_err();
        assert!(refused.contains(part), "{part}: {refused}");
    }
}

#[test]
fn what_is_no_file_is_not_read() {
    let sandbox = with_data();
    let folder = sandbox.base().display().to_string();
    for (flags, part) in [
        (
            ["--predictions", "/nowhere.csv"],
            "--predictions /nowhere.csv cannot be read",
        ),
        (
            ["--signals", "/nowhere.csv"],
            "--signals /nowhere.csv cannot be read",
        ),
        (["--signals", &folder], "is a folder, not a file"),
        (["--predictions", &folder], "is a folder, not a file"),
    ] {
        let refused = run(&sandbox, &flags).unwrap_err();
        assert!(refused.contains(part), "{part}: {refused}");
    }
    #[cfg(unix)]
    if Path::new("/dev/zero").exists() {
        let refused = run(&sandbox, &["--signals", "/dev/zero"]).unwrap_err();
        assert!(refused.contains("a pipe or a device"), "{refused}");
    }
}

#[test]
fn flags_of_files_contradict_what_they_must() {
    let sandbox = with_data();
    let file = written(&sandbox, "time,side,size\n2024-01-02T15:30:00Z,buy,1\n");
    let series = sandbox.file("series.json", r#"{"prediction": {"source": "series"}}"#);
    let series = series.display().to_string();
    for (line, part) in [
        (
            format!("--signals {file} --predictions {file}"),
            "cannot be used with",
        ),
        (
            format!("--signals {file} --prediction drift"),
            "cannot be used with",
        ),
        (
            format!("--predictions {file} --prediction drift"),
            "cannot be used with",
        ),
        (
            format!("--signals {file} --k-sigma-err 1"),
            "which have no gates",
        ),
        (
            format!("--signals {file} --value-kind price"),
            "cannot be used with",
        ),
        (
            format!("--signals {file} --column size"),
            "the roles are time, side, size, target, stop",
        ),
        (
            format!("--signals {file} --column valu=x"),
            "the roles are time, side",
        ),
        (
            format!("--signals {file} --column size=Lots"),
            "no column \"Lots\"",
        ),
        (
            format!("--signals {file} --set strategy.predicted_move.side=both"),
            "leave --signals out, or choose another strategy",
        ),
        (
            format!("--predictions {file} --set prediction.source=drift"),
            "leave --predictions out, or choose another source",
        ),
        (
            "--set strategy.signals={}".to_owned(),
            "name it with --signals",
        ),
        (
            format!("--config {series}"),
            "name its file with --predictions",
        ),
        ("--row-time bar_end".to_owned(), "--row-time"),
        (format!("--signals {file} --row-time noon"), "known_at"),
    ] {
        let flags: Vec<&str> = line.split(' ').collect();
        let refused = run(&sandbox, &flags).unwrap_err();
        assert!(refused.contains(part), "{line}: {refused}");
    }
}

#[test]
fn stored_bars_show_the_path_where_they_are_asked_for() {
    let sandbox = with_data();
    let flags = ["--set", "fills.intrabar=refined"];
    let refined = report(&sandbox, &flags);
    assert!(refined.digests.finer.is_some());
    assert_eq!(refined.coverage.unrefined_bars, 0);
    assert!(report(&sandbox, &[]).digests.finer.is_none());
    let refused = run(
        &sandbox,
        &["--set", "fills.intrabar=refined", "--interval", "1min"],
    );
    let refused = refused.unwrap_err();
    assert!(
        refused.contains("the stored bars of SIM-1min are 1min, no finer than the 1min bars"),
        "{refused}"
    );
    assert!(
        refused.contains("--set fills.intrabar=pessimistic"),
        "{refused}"
    );
}
