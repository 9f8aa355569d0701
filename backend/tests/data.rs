//! The commands around stored data: what they print, their exit codes.

#![allow(clippy::unwrap_used)] // the helpers of an integration test are tests too, which clippy.toml cannot tell

mod support;

use std::fs;

use serde_json::Value;
use support::{OPEN, json, output, refused, said, stored, text};

#[test]
fn a_data_set_is_listed_shown_exported_and_removed() {
    let base = stored();
    let base = base.path();
    let list = json(base, &["data", "list"])["sets"].take();
    assert_eq!(
        (&list[0]["name"], &list[0]["rows"]),
        (&"SPY-1min".into(), &330.into())
    );
    let shown = json(base, &["data", "show", "spy"]);
    assert_eq!(shown["imports"][0]["clean"]["exact_duplicates"], 1);
    assert_eq!(shown["set"]["digest"], list[0]["digest"]);
    let shown = said(base, &["data", "show", "SPY-1min"]);
    for part in [
        "330 of 1min",
        "nyse calendar",
        "330 added",
        "imported from spy.csv",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let out = base.join("out.csv");
    let file = out.to_str().unwrap();
    let done = json(base, &["data", "export", "SPY", "--out", file]);
    assert_eq!(
        (&done["rows"], &done["digest"]),
        (&330.into(), &list[0]["digest"])
    );
    let written = fs::read_to_string(&out).unwrap();
    assert!(written.starts_with(
        "DateTime,Open,High,Low,Close,Volume\n2024-03-26T13:30:00Z,100,100.5,99.5,100,100\n"
    ));
    assert_eq!(written.lines().count(), 331);
    // what is there stays, unless it is said
    let there = refused(base, &["data", "export", "SPY", "--out", file]);
    assert!(there.contains("--force"), "{there}");
    said(base, &["data", "export", "SPY", "--out", file, "--force"]);
    let parquet = base.join("out.parquet");
    said(
        base,
        &["data", "export", "SPY", "--out", parquet.to_str().unwrap()],
    );
    assert!(fs::read(&parquet).unwrap().starts_with(b"PAR1"));
    // what was exported is what comes in again
    let again = json(
        base,
        &[
            "import",
            parquet.to_str().unwrap(),
            "--symbol",
            "AGAIN",
            "--max-fill",
            "0",
        ],
    );
    assert_eq!(
        json(base, &["data", "show", "AGAIN"])["set"]["digest"],
        list[0]["digest"],
        "{again}"
    );
    for words in [
        &["data", "export", "SPY", "--out", "bars.xlsx"][..],
        &["data", "export", "SPY", "--out", "no/such/folder/x.csv"],
        &["data", "export", "IWM", "--out", "x.csv"],
        &["data", "show", "../SPY-1min"],
        &["data", "remove", "SPY", "--yes"],
        &["data", "remove", "IWM-1min", "--yes"],
        &["data", "remove", "../SPY-1min", "--yes"],
    ] {
        refused(base, words);
    }
    assert!(said(base, &["data", "remove", "SPY-1min"]).contains("add --yes"));
    assert_eq!(
        json(base, &["data", "remove", "SPY-1min"])["removed"],
        false
    );
    assert_eq!(
        json(base, &["data", "remove", "SPY-1min", "--yes"])["removed"],
        true
    );
    assert!(!base.join("data/SPY-1min").exists());
    // a damaged one can be removed, too
    fs::write(base.join("data/AGAIN-1min/set.json"), "{").unwrap();
    let damaged = json(base, &["data", "list"])["damaged"].take();
    assert!(
        damaged[0].as_str().unwrap().contains("AGAIN-1min"),
        "{damaged}"
    );
    assert!(said(base, &["data", "remove", "AGAIN-1min"]).contains("is damaged"));
    said(base, &["data", "remove", "AGAIN-1min", "--yes"]);
    let none = serde_json::json!({"sets": [], "damaged": []});
    assert_eq!(json(base, &["data", "list"]), none);
}

#[test]
fn instruments_are_shown_and_changed() {
    let base = stored();
    let base = base.path();
    let set = [
        "instrument",
        "set",
        "SPY",
        "--exchange",
        "ARCA",
        "--lot-size",
        "100",
        "--min-quantity",
        "100",
    ];
    let changed = json(base, &set);
    assert_eq!(changed["SPY-1min"]["exchange"], "ARCA");
    assert_eq!(json(base, &["instrument", "show", "SPY"]), changed);
    assert_eq!(changed["SPY-1min"]["tick_size"], 0.01);
    assert!(said(base, &["instrument", "show", "SPY"]).contains("exchange       ARCA"));
    let preset = json(
        base,
        &[
            "instrument",
            "set",
            "SPY",
            "--preset",
            "future",
            "--multiplier",
            "5",
        ],
    );
    assert_eq!(
        (
            &preset["SPY-1min"]["multiplier"],
            &preset["SPY-1min"]["symbol"]
        ),
        (&5.0.into(), &"SPY".into())
    );
    for (words, part) in [
        (
            &["instrument", "show", "IWM"][..],
            "there is no data set IWM",
        ),
        (
            &["instrument", "set", "spy", "--currency", "EUR"],
            "spy is stored already as SPY",
        ),
        (
            &["instrument", "set", "SPY", "--tick-size", "-1"],
            "tick_size",
        ),
        (
            &["instrument", "set", "SPY", "--currency", "dollars"],
            "the currency",
        ),
        (
            &["instrument", "set", "../x", "--currency", "USD"],
            "is no symbol",
        ),
    ] {
        assert!(refused(base, words).contains(part), "{words:?}");
    }
    assert_eq!(json(base, &["instrument", "show", "SPY"]), preset);
    let usage = output(base, &["instrument", "set", "SPY", "--calendar", "moon"]);
    assert_eq!(usage.status.code(), Some(2));
}

#[test]
fn factors_adjust_and_raw_prices_stay() {
    let base = stored();
    let base = base.path();
    let csv = |name: &str, flags: &[&str]| {
        let out = base.join(name);
        let words = ["data", "export", "SPY", "--out", out.to_str().unwrap()];
        said(base, &[&words[..], flags].concat());
        fs::read_to_string(out).unwrap()
    };
    let before = csv("before.csv", &[]);
    // a LEAN factor file: its row's date is the last day on the old basis
    let file = base.join("spy.factors.csv");
    fs::write(&file, "20240326,1,0.25\n20501231,1,1\n").unwrap();
    let words = [
        "factors",
        "import",
        file.to_str().unwrap(),
        "--symbol",
        "SPY",
    ];
    let changed = json(base, &words);
    assert_eq!(
        changed[0]["actions"].as_array().map(Vec::len),
        Some(1),
        "{changed}"
    );
    assert!(said(base, &["data", "show", "SPY"]).contains("1 corporate action here"));
    assert_eq!(csv("raw.csv", &[]), before);
    let adjusted = csv("adjusted.csv", &["--adjusted"]);
    assert!(
        adjusted.contains("\n2024-03-26T13:30:00Z,25,25.125,24.875,25,400\n"),
        "{adjusted}"
    );
    let raw = base.join("data/SPY-1min/raw/0001");
    assert!(raw.join("2024-03.parquet").exists() && raw.join("import.json").exists());
    fs::write(&file, "date,kind,value\n2024-03-27,split,nonsense\n").unwrap();
    let said = refused(base, &words);
    assert!(
        said.contains("spy.factors.csv") && said.contains("line 2"),
        "{said}"
    );
    refused(
        base,
        &["factors", "import", "no-such-file.csv", "--symbol", "SPY"],
    );
    refused(
        base,
        &[
            "factors",
            "import",
            file.to_str().unwrap(),
            "--symbol",
            "IWM",
        ],
    );
}

#[test]
fn bars_on_a_new_basis_are_told_and_adjust_what_was_stored() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    // two sessions, then the second and a third one after a split of 2:1
    let session = |day: i64, factor: f64| {
        (0..390).map(move |minute| {
            let price = (100.0 + (minute % 11) as f64 + day as f64) * factor;
            let at = OPEN + 86_400 * day + 60 * minute;
            format!("{at},{price},{price},{price},{price},{}\n", 100.0 / factor)
        })
    };
    let write = |name: &str, rows: Vec<String>| {
        let path = base.join(name);
        fs::write(
            &path,
            format!("timestamp,open,high,low,close,volume\n{}", rows.concat()),
        )
        .unwrap();
        path.to_str().unwrap().to_owned()
    };
    let old = write("old.csv", session(0, 1.0).chain(session(1, 1.0)).collect());
    let new = write("new.csv", session(1, 0.5).chain(session(2, 0.5)).collect());
    said(base, &["import", &old, "--symbol", "SPL"]);
    let done = said(base, &["import", &new, "--symbol", "SPL"]);
    assert!(done.contains("basis"), "{done}");
    let shown = json(base, &["data", "show", "SPL"]);
    assert_eq!(
        shown["set"]["actions"].as_array().map(Vec::len),
        Some(1),
        "{shown}"
    );
    assert_eq!(shown["set"]["rows"], 3 * 390);
    assert!(!shown["imports"][1]["rebase"].is_null());
    let out = base.join("adjusted.csv");
    said(
        base,
        &[
            "data",
            "export",
            "SPL",
            "--adjusted",
            "--out",
            out.to_str().unwrap(),
        ],
    );
    let adjusted = fs::read_to_string(out).unwrap();
    assert!(
        adjusted.contains("2024-03-26T13:30:00Z,50,50,50,50,200\n"),
        "{adjusted}"
    );
}

#[test]
fn gaps_and_quality_tell_and_the_exit_code_says_whether_it_is_enough() {
    let base = stored();
    let base = base.path();
    let report = json(base, &["gaps", "SPY"]);
    assert_eq!(
        (&report["expected"], &report["real"]),
        (&390.into(), &330.into())
    );
    assert_eq!(report["gaps"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&report["gaps"][0]["bars"], &report["partial"]),
        (&60.into(), &1.into())
    );
    assert!(said(base, &["gaps", "SPY"]).contains("inside"));
    let few = output(base, &["gaps", "SPY", "--max-missing", "59"]);
    assert_eq!(few.status.code(), Some(1));
    assert!(
        text(&few.stdout).contains("inside"),
        "{}",
        text(&few.stdout)
    );
    assert!(
        text(&few.stderr).contains("60 of the 390 bars") && text(&few.stderr).contains("the 59"),
        "{}",
        text(&few.stderr)
    );
    let few = output(base, &["gaps", "SPY", "--max-missing", "0", "--json"]);
    assert_eq!(few.status.code(), Some(1));
    assert_eq!(
        serde_json::from_slice::<Value>(&few.stdout).unwrap(),
        report
    );
    said(base, &["gaps", "SPY", "--max-missing", "60"]);
    let help = said(base, &["gaps", "--help"]);
    let listed = atrium_shared::market::curate::GapReport::LISTED;
    let listed = atrium_shared::surface::report::count(listed as f64);
    assert!(help.contains(&format!("the {listed} longest")), "{help}");
    assert_eq!(
        output(base, &["gaps", "SPY", "--max-missing", "few"])
            .status
            .code(),
        Some(2)
    );
    // a closure that a user knows of explains it: the session ended at 11:10
    let closures = base.join("closures.csv");
    fs::write(&closures, "2024-03-26,11:10\n").unwrap();
    let file = closures.to_str().unwrap();
    let report = json(base, &["gaps", "SPY", "--closures", file]);
    assert_eq!(
        (&report["expected"], report["gaps"].as_array().map(Vec::len)),
        (&100.into(), Some(0))
    );
    // as a console of Windows writes it
    let units = "\u{feff}2024-03-26,11:10\r\n".encode_utf16();
    fs::write(
        &closures,
        units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
    )
    .unwrap();
    assert_eq!(json(base, &["gaps", "SPY", "--closures", file]), report);
    fs::write(&closures, b"2024-03-26,\xff\xff\n").unwrap();
    let wrong = refused(base, &["gaps", "SPY", "--closures", file]);
    assert!(wrong.contains("is no text in UTF-8 or UTF-16"), "{wrong}");
    fs::write(&closures, "someday\n").unwrap();
    let wrong = refused(base, &["gaps", "SPY", "--closures", file]);
    assert!(wrong.contains("closures.csv cannot be used"), "{wrong}");
    let report = json(base, &["quality", "SPY"]);
    let score = report["score"].as_f64().unwrap();
    assert!(score > 0.8 && score < 330.0 / 390.0, "{score}");
    assert_eq!(
        (
            &report["zero_volume"],
            &report["cleaning"]["exact_duplicates"]
        ),
        (&1.into(), &1.into())
    );
    let low = output(base, &["quality", "SPY", "--min-score", "0.9"]);
    assert_eq!(low.status.code(), Some(1));
    assert!(text(&low.stdout).contains("score"), "{}", text(&low.stdout));
    assert!(
        text(&low.stderr).contains("below the 0.9"),
        "{}",
        text(&low.stderr)
    );
    let low = output(base, &["quality", "SPY", "--min-score", "0.9", "--json"]);
    assert_eq!(low.status.code(), Some(1));
    assert_eq!(
        serde_json::from_slice::<Value>(&low.stdout).unwrap(),
        report
    );
    said(base, &["quality", "SPY", "--min-score", "0.8"]);
    for score in ["1.5", "-0.1", "NaN", "good"] {
        let words = ["quality", "SPY", &format!("--min-score={score}")];
        assert_eq!(output(base, &words).status.code(), Some(2), "{score}");
    }
    refused(base, &["quality", "IWM"]);
    refused(base, &["gaps", "IWM"]);
}

#[test]
fn coarser_bars_are_cut_and_written() {
    let base = stored();
    let base = base.path();
    let out = base.join("out.csv");
    let file = out.to_str().unwrap();
    let done = json(base, &["resample", "SPY", "30min", "--out", file]);
    // 60 of 390 minutes are missing: from 11:10 to 12:10 one whole half hour and two thirds of another two
    assert_eq!(done["rows"], 12);
    let written = fs::read_to_string(&out).unwrap();
    let first = written.lines().nth(1).unwrap();
    // the sum of 100 … 129, less the 105 of the minute without volume
    assert_eq!(first, "2024-03-26T13:30:00Z,100,102,99.5,100.25,3330");
    for (words, part) in [
        (&["resample", "SPY", "30min", "--out", file][..], "--force"),
        (
            &["resample", "SPY", "90s", "--out", "x.csv"],
            "multiple of 1min",
        ),
        (
            &["resample", "SPY", "30min", "--out", "x.txt"],
            ".csv or .parquet",
        ),
        (
            &["resample", "IWM", "30min", "--out", "x.csv"],
            "there is no data set",
        ),
    ] {
        let said = refused(base, words);
        assert!(said.contains(part), "{words:?}: {said}");
    }
    let usage = output(base, &["resample", "SPY", "soon", "--out", "x.csv"]);
    assert_eq!(usage.status.code(), Some(2));
    let words = [
        "resample", "SPY", "1h", "--align", "clock", "--hours", "all", "--out", file, "--force",
    ];
    assert_eq!(json(base, &words)["rows"], 7);
    assert!(
        fs::read_to_string(&out)
            .unwrap()
            .contains("\n2024-03-26T13:00:00Z,100,")
    );
}

#[test]
fn closures_are_kept_with_the_symbol_until_they_are_taken_away() {
    let base = stored();
    let base = base.path();
    let expected =
        |flags: &[&str]| json(base, &[&["gaps", "SPY"], flags].concat())["expected"].take();
    let score = |flags: &[&str]| json(base, &[&["quality", "SPY"], flags].concat())["score"].take();
    let usual = (expected(&[]), score(&[]));
    assert_eq!(usual.0, 390);
    // the session ended at 11:10
    let file = base.join("closures.csv");
    fs::write(&file, "2024-03-26,11:10,my broker rests\n").unwrap();
    let file = file.to_str().unwrap();
    let once = (
        expected(&["--closures", file]),
        score(&["--closures", file]),
    );
    assert_eq!(once.0, 100);
    assert_eq!((expected(&[]), score(&[])), usual);
    let set = json(base, &["instrument", "set", "SPY", "--closures", file]);
    let text = fs::read_to_string(file).unwrap();
    assert_eq!(set["SPY-1min"]["closures"].as_str(), Some(text.as_str()));
    assert_eq!(json(base, &["instrument", "show", "SPY"]), set);
    assert!(said(base, &["instrument", "show", "SPY"]).contains("own closures   1 day\n"));
    assert!(said(base, &["data", "show", "SPY"]).contains("closures    1 day of its own\n"));
    assert_eq!((expected(&[]), score(&[])), once);
    // they change no bars that are used, which each command that uses some says
    let (cut, note) = (base.join("cut.csv"), "do not change which bars are used");
    let cut = [
        "resample",
        "SPY",
        "5min",
        "--force",
        "--out",
        cut.to_str().unwrap(),
    ];
    let uses: [&[&str]; 3] = [&cut, &["features", "SPY"], &["backtest", "--data", "SPY"]];
    for words in uses {
        assert!(said(base, words).contains(note), "{words:?}");
    }
    assert!(
        json(base, &cut)["closures"]
            .as_str()
            .unwrap()
            .contains(note)
    );
    // for one call the calendar alone
    let none = ["--no-closures"];
    assert_eq!((expected(&none), score(&none)), usual);
    let both = ["gaps", "SPY", "--closures", file, "--no-closures"];
    assert_eq!(output(base, &both).status.code(), Some(2));
    let unset = json(base, &["instrument", "set", "SPY", "--no-closures"]);
    assert_eq!(unset["SPY-1min"].get("closures"), None);
    for words in uses {
        assert!(!said(base, words).contains(note), "{words:?}");
    }
    assert_eq!((expected(&[]), score(&[])), usual);
    // an import brings them as well, and one without keeps them
    let bars = base.join("again.csv");
    let out = bars.to_str().unwrap();
    said(base, &["data", "export", "SPY", "--out", out]);
    said(
        base,
        &["import", out, "--symbol", "SPY", "--closures", file],
    );
    assert_eq!(expected(&[]), once.0);
    said(base, &["import", out, "--symbol", "SPY", "--replace"]);
    assert_eq!(expected(&[]), once.0);
    said(base, &["import", out, "--symbol", "SPY", "--no-closures"]);
    assert_eq!(expected(&[]), usual.0);
    fs::write(file, "2024-03-26,8:00\n").unwrap();
    let before = json(base, &["data", "show", "SPY"]);
    for words in [
        &["import", out, "--symbol", "SPY", "--closures", file][..],
        &["instrument", "set", "SPY", "--closures", file],
        &["quality", "SPY", "--closures", file],
    ] {
        let wrong = refused(base, words);
        assert!(wrong.contains("cannot be used: line 1"), "{wrong}");
    }
    assert_eq!(json(base, &["data", "show", "SPY"]), before);
}

#[test]
fn prices_that_were_converted_and_actions_that_stay_are_said() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    let day = |day: i64, factor: f64| {
        (0..390).map(move |minute| {
            let price = (100.0 + (minute % 11) as f64) * factor;
            let at = OPEN + 86_400 * day + 60 * minute;
            format!("{at},{price},{price},{price},{price},{}\n", 100.0 / factor)
        })
    };
    let write = |name: &str, rows: Vec<String>| {
        let path = base.join(name);
        let head = "timestamp,open,high,low,close,volume\n";
        fs::write(&path, format!("{head}{}", rows.concat())).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let raw = write("raw.csv", day(0, 1.0).chain(day(1, 0.25)).collect());
    let vendor = write(
        "vendor.csv",
        day(0, 0.25)
            .chain(day(1, 0.25))
            .chain(day(2, 0.25))
            .collect(),
    );
    let actions = base.join("actions.csv");
    fs::write(&actions, "date,kind,value\n2024-03-27,split,4\n").unwrap();
    said(base, &["import", &raw, "--symbol", "SPL", "--basis", "raw"]);
    let actions = actions.to_str().unwrap();
    let done = said(base, &["factors", "import", actions, "--symbol", "SPL"]);
    assert!(done.contains("adjusted for 1 corporate action;"), "{done}");
    let done = said(base, &["import", &vendor, "--symbol", "SPL"]);
    let line = "converted  adjusted for known actions, so stored as traded: 390 bars before 2024-03-27: \
                prices multiplied by 4, volumes divided by 4\n";
    assert!(done.contains(line), "{done}");
    let shown = said(base, &["data", "show", "SPL"]);
    assert!(
        shown.contains("converted 390 bars before 2024-03-27"),
        "{shown}"
    );
    let words = [
        "import",
        &raw,
        "--symbol",
        "SPL",
        "--basis",
        "raw",
        "--replace",
    ];
    let done = said(base, &words);
    assert!(
        done.contains("actions    1 corporate action known before"),
        "{done}"
    );
    let shown = json(base, &["data", "show", "SPL"]);
    assert_eq!(shown["set"]["actions"].as_array().map(Vec::len), Some(1));
}
