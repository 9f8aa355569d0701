//! What is printed and written of a run.

use std::fs;

use atrium_shared::signal::source::Source;

use super::*;

#[test]
fn metrics_are_printed_as_they_are_asked_for() {
    let sandbox = with_data();
    let print = |flag, which| {
        let words = ["backtest", "--data", "SIM", flag, which];
        sandbox.run(&words).unwrap()
    };
    for (flag, which, parts) in [
        (
            "--metrics",
            "headline",
            ["this run   buy and hold", "Total return", "Win rate"],
        ),
        (
            "--metrics",
            "all",
            ["Ulcer index", "Buy and hold", "Returns by month"],
        ),
        (
            "--dialect",
            "atrium",
            ["this run   buy and hold", "Total return", "dialect atrium"],
        ),
        (
            "--dialect",
            "vectorbt",
            ["Omega Ratio", "Total Fees Paid", "dialect vectorbt"],
        ),
        (
            "--dialect",
            "backtesting_py",
            ["Exposure Time [%]", "SQN", "# Trades"],
        ),
        (
            "--dialect",
            "lean",
            ["Profit-Loss Ratio", "Treynor Ratio", "Net Profit"],
        ),
        (
            "--dialect",
            "quantstats",
            ["Serenity Index", "CPC Index", "R^2"],
        ),
    ] {
        let said = print(flag, which);
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in:\n{said}");
        }
    }
    let both = [
        "backtest",
        "--data",
        "SIM",
        "--metrics",
        "all",
        "--dialect",
        "lean",
    ];
    let refused = sandbox.run(&both).unwrap_err();
    assert!(refused.contains("leave one of them out"), "{refused}");
    let unknown = sandbox
        .run(&["backtest", "--data", "SIM", "--dialect", "excel"])
        .unwrap_err();
    assert!(unknown.contains("backtesting_py"), "{unknown}");
    let json = sandbox
        .run(&["backtest", "--data", "SIM", "--json", "--dialect", "lean"])
        .unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["foreign_metrics"]["dialect"], "lean");
    let metrics = value["foreign_metrics"]["metrics"].as_array().unwrap();
    assert!(metrics.len() > 10 && metrics[0]["key"].is_string());
    assert!(value["headline"].is_object());
}

#[test]
fn costs_are_split_and_buy_and_hold_stands_beside() {
    let sandbox = with_data();
    let flags = ["--set", "costs.slippage.ticks=1"];
    let said = sandbox
        .run(&[&["backtest", "--data", "SIM"], &flags[..]].concat())
        .unwrap();
    let json = report(&sandbox, &flags);
    let total = json.metrics.costs.total.value().unwrap();
    let line = said
        .lines()
        .find(|line| line.starts_with("Costs "))
        .unwrap();
    let total = atrium_shared::surface::report::money(total);
    assert!(
        line.starts_with(&format!("Costs {total}: commission ")),
        "{line}"
    );
    assert!(
        line.contains(", slippage ") && !line.contains("borrow"),
        "{line}"
    );
    let free = sandbox
        .run(&["backtest", "--data", "SIM", "--no-commission"])
        .unwrap();
    assert!(
        !free.contains("Costs 0") && !free.contains("\nCosts "),
        "{free}"
    );
    let held = atrium_shared::surface::report::money(json.benchmark.final_equity);
    let line = said
        .lines()
        .find(|line| line.contains("Final equity"))
        .unwrap();
    assert!(line.ends_with(&held), "{line}");
}

#[test]
fn sources_are_labelled_and_seeds_differ() {
    let sandbox = with_data();
    let said = |flags: &[&str]| {
        sandbox
            .run(&[&["backtest", "--data", "SIM"], flags].concat())
            .unwrap()
    };
    let oracle = said(&["--prediction", "oracle", "--intraday-only"]);
    assert!(
        oracle.contains("ORACLE: the predictions look ahead"),
        "{oracle}"
    );
    assert!(oracle.contains("(intraday_only)"), "{oracle}");
    assert!(said(&["--prediction", "persistence"]).contains("No trades. "));
    let noise = |seed| {
        let flags = [
            "--prediction",
            "noise",
            "--seed",
            seed,
            "--k-atr-min-tp",
            "0.5",
        ];
        let json = report(&sandbox, &flags);
        let parsed = seed.parse().unwrap();
        assert_eq!(
            json.config.prediction.source,
            Source::Noise { seed: parsed }
        );
        json.digests.result
    };
    assert_eq!(noise("7"), noise("7"));
    assert_ne!(noise("7"), noise("8"));
}

#[test]
fn a_halt_says_why() {
    let sandbox = with_data();
    let words = [
        "backtest",
        "--data",
        "SIM",
        "--set",
        "limits.daily_loss=0.003",
    ];
    let goals = [
        "--set",
        "limits.profit_target=0.5",
        "--set",
        "limits.min_trading_days=4",
    ];
    let said = sandbox.run(&[&words[..], &goals].concat()).unwrap();
    for part in [
        "the limit of the daily loss was breached (equity was ",
        "nothing was opened till the next day.",
        "The profit target of 50 % was not reached: equity was never above ",
        " trading days; at least 4 are asked for.",
    ] {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
    assert!(!said.contains("account was lost"), "{said}");
    let total = [
        "backtest",
        "--data",
        "SIM",
        "--set",
        "limits.total_loss=0.005",
    ];
    let said = sandbox.run(&total).unwrap();
    assert!(said.contains("nothing was opened from then on."), "{said}");
}

/// Names of the files in a folder.
fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn files_are_written_where_they_are_asked_for() {
    let sandbox = with_data();
    let saved = sandbox.base().join("backtests");
    sandbox.run(&["backtest", "--data", "SIM"]).unwrap();
    assert!(!saved.exists(), "nothing is written unless it is asked for");
    let said = sandbox
        .run(&["backtest", "--data", "SIM", "--save"])
        .unwrap();
    let json = report(&sandbox, &[]);
    let stem = crate::outputs::stem(&json);
    let expected = ["chart.png", "equity.csv", "metrics.json", "trades.csv"];
    let expected = expected.map(|ending| format!("{stem}-{ending}"));
    assert_eq!(names(&saved), expected);
    for name in &expected {
        let path = saved.join(name).display().to_string();
        assert!(said.contains(&path), "{path} is not in:\n{said}");
    }
    let other = sandbox.base().join("elsewhere");
    let folder = other.display().to_string();
    let words = [
        "backtest", "--data", "SIM", "--json", "--dark", "--out", &folder,
    ];
    let value: serde_json::Value = serde_json::from_str(&sandbox.run(&words).unwrap()).unwrap();
    assert_eq!(value["written"].as_array().unwrap().len(), 4);
    assert_eq!(names(&other), expected);
    let read = |folder: &std::path::Path, at: usize| fs::read(folder.join(&expected[at])).unwrap();
    assert_ne!(read(&saved, 0), read(&other, 0), "light and dark");
    for table in 1..4 {
        assert_eq!(read(&saved, table), read(&other, table));
    }
}

#[test]
fn a_run_of_signals_is_named_by_them() {
    let sandbox = with_data();
    let file = sandbox.file(
        "signals.csv",
        "time,side,size\n2024-01-03T15:30:00Z,buy,1\n",
    );
    let file = file.display().to_string();
    let flags = ["--signals", &file, "--set", "sizing.mode.quantity=1"];
    let json = report(&sandbox, &flags);
    let stem = crate::outputs::stem(&json);
    let id = json.digests.run.short();
    let middle = "SIM-60min-signals-0.01-20240102-";
    assert!(stem.starts_with(middle) && stem.ends_with(&id), "{stem}");
    sandbox
        .run(&[&["backtest", "--data", "SIM", "--save"], &flags[..]].concat())
        .unwrap();
    assert_eq!(names(&sandbox.base().join("backtests")).len(), 4);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    let sandbox = with_data();
    let file = sandbox.file("taken", "x").display().to_string();
    let refused = sandbox
        .run(&["backtest", "--data", "SIM", "--out", &file])
        .unwrap_err();
    assert!(
        refused.contains(&format!("{file} cannot be written to: ")),
        "{refused}"
    );
    for (flags, part) in [
        (&["--dark"][..], "--out"),
        (&["--save", "--out", "x"], "cannot be used with"),
    ] {
        let words = [&["backtest", "--data", "SIM"], flags].concat();
        let refused = sandbox.run(&words).unwrap_err();
        assert!(refused.contains(part), "{refused}");
    }
}

#[test]
fn the_examples_of_the_help_are_true() {
    let sandbox = Sandbox::new();
    sandbox.store().put(&set("SPY", 60, 1), false).unwrap();
    let forecasts = "time,price,oos\n2024-01-02T15:30:00Z,190,1\n";
    let signals = "time,side,size\n2024-01-02T15:12:00Z,buy,1\n";
    let results = sandbox.base().join("results").display().to_string();
    let files = [
        ("forecasts.csv", sandbox.file("forecasts.csv", forecasts)),
        ("signals.csv", sandbox.file("signals.csv", signals)),
    ];
    let link = ["link", "--data", "SPY", "--as", "text"];
    let link = sandbox.run(&link).unwrap().trim_end().to_owned();
    let examples = crate::commands::backtest::flags::EXAMPLES;
    let lines = examples
        .lines()
        .filter_map(|line| line.trim().strip_prefix("atrium "));
    let mut count = 0;
    for line in lines {
        let place = |word: &str| {
            let named = files.iter().find(|(name, _)| *name == word);
            match named {
                Some((_, path)) => path.display().to_string(),
                None if word == "results" => results.clone(),
                None if word == "LINK" => link.clone(),
                None => word.to_owned(),
            }
        };
        let words: Vec<String> = line.split(' ').map(place).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let said = sandbox
            .run(&words)
            .unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(said.contains("SPY"), "{line}: {said}");
        count += 1;
    }
    assert_eq!(count, 6);
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_entered_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = with_data();
    let closed = sandbox.base().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::write(closed.join("signals.csv"), "time,side\n").unwrap();
    let allow = |mode| fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).unwrap();
    allow(0o000);
    if fs::read_dir(&closed).is_ok() {
        println!("SKIPPED: this user may enter every folder");
        return;
    }
    for (flag, name, part) in [
        ("--out", "out", "cannot be written to"),
        ("--signals", "signals.csv", "cannot be read"),
    ] {
        let path = closed.join(name).display().to_string();
        let refused = sandbox
            .run(&["backtest", "--data", "SIM", flag, &path])
            .unwrap_err();
        assert!(
            refused.contains(&path) && refused.contains(part),
            "{refused}"
        );
    }
    allow(0o700);
}
