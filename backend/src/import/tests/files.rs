//! What is no file, several files, folders, and the store around an import.

use std::fs;
use std::ops::ControlFlow;

use atrium_shared::market::instrument::Instrument;
use atrium_shared::market::intake::Reading;

use super::super::*;
use super::{GOOD, assert_says, imported, refused, with_line};
use crate::testing::Sandbox;

#[test]
fn what_is_no_file_says_so() {
    let sandbox = Sandbox::new();
    let missing = sandbox.base().join("missing.csv");
    assert_says(
        &refused(&sandbox, &missing, &[]),
        &["missing.csv cannot be read", "check the path"],
    );
    let folder = sandbox.file("x", "").parent().unwrap().join("folder");
    fs::create_dir(&folder).unwrap();
    assert_says(
        &refused(&sandbox, &folder, &[]),
        &["has no files of bars in it"],
    );
    #[cfg(unix)]
    {
        let device = std::path::Path::new("/dev/zero");
        assert_says(
            &refused(&sandbox, device, &[]),
            &["/dev/zero is not a regular file"],
        );
    }
    let named = sandbox.file("bars.parquet", GOOD);
    assert_says(
        &refused(&sandbox, &named, &[]),
        &["bars.parquet is not a Parquet file"],
    );
}

#[test]
fn the_name_tells_the_symbol_or_it_is_asked_for() {
    let sandbox = Sandbox::new();
    let file = sandbox.file("SPY_1m.csv", GOOD);
    assert_eq!(imported(&sandbox, &file, &[])["name"], "SPY-1min");
    let other = sandbox.file("bars.csv", GOOD).display().to_string();
    let said = sandbox.run(&["import", &other]).unwrap_err();
    assert_says(
        &said,
        &["bars.csv does not tell what it is of", "--symbol SPY"],
    );
    assert_says(
        &sandbox
            .run(&["import", &other, "--symbol", "../x"])
            .unwrap_err(),
        &["is no symbol"],
    );
}

#[test]
fn the_same_file_again_changes_nothing_and_says_so() {
    let sandbox = Sandbox::new();
    let file = sandbox.file("SPY_1m.csv", GOOD);
    assert_eq!(imported(&sandbox, &file, &[])["done"]["outcome"], "stored");
    let before = sandbox.content();
    let path = file.display().to_string();
    let said = sandbox.run(&["import", &path]).unwrap();
    assert_says(
        &said,
        &["SPY-1min holds all of SPY_1m.csv already: nothing was changed."],
    );
    // nor does the same content under another name, or in another form
    let copy = sandbox.file("SPY_copy.csv", GOOD.replace('\n', "\r\n").replace(',', ";"));
    assert_eq!(
        imported(&sandbox, &copy, &[])["done"]["outcome"],
        "unchanged"
    );
    assert_eq!(sandbox.content(), before);
}

#[test]
fn an_overlap_is_merged_and_says_what_changed() {
    let sandbox = Sandbox::new();
    let file = sandbox.file("SPY_1.csv", GOOD);
    imported(&sandbox, &file, &[]);
    let later = with_line(6, "2024-03-26T13:34:00Z,100.75,103,100,102.5,7")
        + "\n2024-03-26T13:35:00Z,102,102,102,102,1\n";
    let later = sandbox.file("SPY_2.csv", later).display().to_string();
    let said = sandbox.run(&["import", &later]).unwrap();
    assert_says(
        &said,
        &[
            "Merged SPY_2.csv into SPY-1min",
            "1 added, 4 unchanged, 1 changed",
            "changed    2024-03-26T13:34:00Z: 100.75 103 100 102.5, volume 7 was 100.75 103 100 102, volume 7\n",
            "6 bars",
        ],
    );
    let first = sandbox.store().detail("SPY-1min").unwrap();
    assert_eq!(first.imports.len(), 2);
}

#[test]
fn rows_that_cannot_be_used_are_kept_with_their_reason() {
    let sandbox = Sandbox::new();
    let bad = with_line(3, "2024-03-26T13:31:00Z,100.5,102,100,NaN,20");
    let file = sandbox.file("SPY_1m.csv", bad + "\nnonsense\n");
    let done = imported(&sandbox, &file, &[]);
    assert_eq!(done["done"]["rejected"], 2);
    let quarantine = fs::read_to_string(done["quarantine_file"].as_str().unwrap()).unwrap();
    let lines: Vec<&str> = quarantine.lines().collect();
    assert_eq!(lines.len(), 3, "{quarantine}");
    assert_says(lines[1], &[",3,", "close", "NaN"]);
    assert_says(lines[2], &[",7,", "the line has 1 field", "nonsense"]);
    let path = file.display().to_string();
    let said = sandbox
        .run(&["import", &path, "--replace", "--max-fill", "0"])
        .unwrap();
    assert_says(
        &said,
        &[
            "2 rows could not be used",
            "quarantine.csv",
            "line 3: close",
        ],
    );
}

#[test]
fn a_dry_run_stores_nothing_and_shows_what_was_found() {
    let sandbox = Sandbox::new();
    let file = sandbox.file("SPY_1m.csv", GOOD).display().to_string();
    let said = sandbox.run(&["import", &file, "--dry-run"]).unwrap();
    assert_says(
        &said,
        &[
            "time = timestamp",
            "volume = volume",
            "1min",
            "5 can be used",
            "line 2: 2024-03-26T13:30:00Z,100,101",
            "Nothing was stored",
            "SPY-1min",
        ],
    );
    assert!(!sandbox.base().exists());
    // what is found and what is stored are one
    let dry = sandbox
        .run(&["import", &file, "--dry-run", "--json"])
        .unwrap();
    let dry: serde_json::Value = serde_json::from_str(&dry).unwrap();
    let stored = imported(&sandbox, std::path::Path::new(&file), &[]);
    assert_eq!(dry["detection"], stored["detection"]);
    assert_eq!(
        (&dry["dry_run"], &stored["dry_run"]),
        (&true.into(), &false.into())
    );
}

#[test]
fn a_folder_and_several_files_are_one_import() {
    let sandbox = Sandbox::new();
    let one = sandbox.file("SPY_1.csv", GOOD);
    let two = sandbox.file("SPY_2.csv", GOOD.replace("2024-03-26", "2024-03-27"));
    let paths = [&one, &two].map(|path| path.display().to_string());
    let said = sandbox
        .run(&["import", &paths[0], &paths[1], "--json"])
        .unwrap();
    let done: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (
            &done["detection"]["file_count"],
            &done["done"]["set"]["rows"]
        ),
        (&2.into(), &10.into())
    );
    let folder = one.parent().unwrap().join("folder");
    fs::create_dir(&folder).unwrap();
    fs::rename(&one, folder.join("SPY_1.csv")).unwrap();
    fs::rename(&two, folder.join("SPY_2.csv")).unwrap();
    fs::write(folder.join("notes.md"), "no bars").unwrap();
    let again = imported(&sandbox, &folder, &["--symbol", "SPY"]);
    assert_eq!(again["done"]["outcome"], "unchanged");
    // other columns are another kind of file
    fs::write(
        folder.join("SPY_3.csv"),
        "t,o,h,l,c\n1711459800,1,1,1,1\n1711459860,1,1,1,1\n",
    )
    .unwrap();
    let said = refused(&sandbox, &folder, &[]);
    assert_says(
        &said,
        &["SPY_3.csv has other columns than the files before it"],
    );
}

#[test]
fn words_beside_bars_are_passed_over_and_named() {
    let sandbox = Sandbox::new();
    let words = "Thank you for buying data.\nTimes are in US Eastern, from 09:30 to 16:00.\n";
    let above = sandbox.file("x", "");
    for folder in ["in", "of"] {
        fs::create_dir(above.with_file_name(folder)).unwrap();
    }
    let file = sandbox.file("in/SPY_1m.csv", GOOD);
    let readme = sandbox.file("in/README.txt", words);
    let folder = file.parent().unwrap();
    let note = "README.txt holds no bars and was passed over";
    let has_note = |done: &serde_json::Value| {
        let notes = done["detection"]["warnings"].as_array().unwrap();
        let told = |it: &serde_json::Value| it.as_str().is_some_and(|it| it.starts_with(note));
        notes.iter().filter(|it| told(it)).count() == 1
    };
    let done = imported(&sandbox, folder, &["--dry-run"]);
    assert!(has_note(&done), "{done}");
    let done = imported(&sandbox, folder, &[]);
    assert_eq!(
        (&done["name"], &done["done"]["rejected"]),
        (&"SPY-1min".into(), &0.into())
    );
    assert!(has_note(&done), "{done}");
    // alone it is no file of bars, and it asks which columns there are
    assert_says(
        &refused(&sandbox, &readme, &[]),
        &["README.txt: no column for", "--column FIELD=NAME"],
    );
    // a name that only words have is no symbol
    let other = sandbox.file("of/bars.csv", GOOD);
    sandbox.file("of/ORDER.txt", words);
    let folder = other.parent().unwrap().display().to_string();
    let said = sandbox.run(&["import", &folder]).unwrap_err();
    assert_says(
        &said,
        &["only ORDER.txt says ORDER by its name", "--symbol"],
    );
    sandbox
        .run(&["import", &folder, "--symbol", "QQQ"])
        .unwrap();
}

#[test]
fn whoever_watches_sees_progress_and_can_end_it() {
    let sandbox = Sandbox::new();
    let mut rows = "timestamp,open,high,low,close,volume\n".to_owned();
    for minute in 0..50_000 {
        rows.push_str(&format!(
            "{},100,101,99,100.5,10\n",
            1_711_459_800 + 60 * minute
        ));
    }
    let path = sandbox.file("X_1.csv", rows);
    let input = Input::file(&path, "X_1.csv", None).unwrap();
    let order = Order::of(Instrument::crypto_pair("X"));
    for last in [Stage::Looking, Stage::Reading, Stage::Storing] {
        let mut seen = Vec::new();
        let done = import(&input, &order, &sandbox.store(), &mut |step| match step {
            Step::Progress { stage, read, bytes } => {
                assert!(read <= bytes && bytes == input.bytes());
                seen.push((stage, read));
                let is_end = stage == last && (read > 0 || stage == Stage::Storing);
                if is_end {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            }
            Step::Found(_) => ControlFlow::Continue(()),
        });
        assert!(matches!(done, Err(ImportError::Cancelled)), "{last:?}");
        assert!(seen.iter().any(|(stage, _)| *stage == last));
        assert!(sandbox.store().list().unwrap().sets.is_empty());
        let left = fs::read_dir(sandbox.store().data_dir());
        let left = left
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name());
        let left: Vec<_> = left
            .filter(|name| !name.to_string_lossy().starts_with(".lock"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_refused() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("X_1.csv", GOOD);
    let input = Input::file(&path, "X_1.csv", None).unwrap();
    let mut changed = false;
    let seen = preview(
        &input,
        &Reading::detect(atrium_shared::market::calendar::Calendar::Nyse),
        ("X", true),
        &|_| Vec::new(),
        &mut |step| {
            if let Step::Progress {
                stage: Stage::Reading,
                ..
            } = step
                && !changed
            {
                changed = true;
                fs::write(&path, GOOD.replace("100.5", "100.50")).unwrap();
            }
            ControlFlow::Continue(())
        },
    );
    assert_says(
        &seen.unwrap_err().to_string(),
        &["X_1.csv", "it changed while it was read"],
    );
}

#[test]
fn trades_and_quotes_are_not_merged() {
    let sandbox = Sandbox::new();
    let lean = sandbox
        .file("x", "")
        .parent()
        .unwrap()
        .join("forex/oanda/minute/eurusd");
    fs::create_dir_all(&lean).unwrap();
    let quotes = "0,1.1,1.2,1.0,1.15,0,1.11,1.21,1.01,1.16,0\n60000,1.1,1.2,1.0,1.15,0,1.11,1.21,1.01,1.16,0\n";
    fs::write(lean.join("20140501_eurusd_minute_quote.csv"), quotes).unwrap();
    let done = imported(&sandbox, &lean, &[]);
    assert_eq!(done["name"], "EURUSD-1min");
    assert_eq!(done["detection"]["counts"]["used"], 2);
    let trades = GOOD.replace("2024-03-26", "2014-05-01");
    let trades = sandbox
        .file("EURUSD_trades.csv", trades)
        .display()
        .to_string();
    let said = sandbox.run(&["import", &trades]).unwrap_err();
    assert_says(
        &said,
        &[
            "EURUSD-1min holds bars of quotes, and these are bars of trades",
            "--replace",
        ],
    );
    sandbox.run(&["import", &trades, "--replace"]).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_to_says_so() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("SPY_1.csv", GOOD).display().to_string();
    // even root may not make folders there
    let said = sandbox
        .run(&["import", &path, "--base-dir", "/sys/kernel"])
        .unwrap_err();
    assert_says(&said, &["/sys/kernel/data cannot be", "--base-dir"]);
}

#[test]
fn what_is_there_in_place_of_a_folder_is_no_crash() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.base()).unwrap();
    fs::write(sandbox.base().join("data"), "a file").unwrap();
    let path = sandbox.file("SPY_1.csv", GOOD).display().to_string();
    let said = sandbox.run(&["import", &path]).unwrap_err();
    assert_says(&said, &["data cannot be"]);
    assert_eq!(fs::read(sandbox.base().join("data")).unwrap(), b"a file");
}

#[test]
fn a_change_of_basis_is_told_as_the_action_that_it_is() {
    let sandbox = Sandbox::new();
    let file = |name: &str, minutes: i64, scale: f64| {
        let mut text = "ts,open,high,low,close,volume\n".to_owned();
        for minute in 0..minutes {
            let (at, price) = (1_711_459_800 + 60 * minute, 400.0 + (minute % 17) as f64);
            let [open, high, low, close] =
                [price, price + 4.0, price - 4.0, price + 2.0].map(|price| price / scale);
            text += &format!("{at},{open},{high},{low},{close},100\n");
        }
        sandbox.file(name, text).display().to_string()
    };
    sandbox
        .run(&["import", &file("SPY_1.csv", 200, 1.0)])
        .unwrap();
    let said = sandbox
        .run(&["import", &file("SPY_2.csv", 250, 4.0)])
        .unwrap();
    assert_says(
        &said,
        &["by a constant ratio: kept as split 4:1 on 2024-03-27\n"],
    );
}

#[test]
fn a_symbol_in_other_letters_is_not_stored_beside_the_first() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("bars.csv", GOOD).display().to_string();
    sandbox.run(&["import", &path, "--symbol", "VND"]).unwrap();
    let before = sandbox.content();
    for more in [&[][..], &["--replace"], &["--interval", "5min"]] {
        let words = [&["import", &path, "--symbol", "vnd"], more].concat();
        let error = sandbox.run(&words).unwrap_err();
        assert_says(&error, &["vnd is stored already as VND", "write it as VND"]);
    }
    assert_eq!(sandbox.content(), before);
    let again = ["import", &path, "--symbol", "VND"];
    assert_says(&sandbox.run(&again).unwrap(), &["holds all of"]);
}

#[test]
fn a_file_of_short_lines_is_refused_with_a_reason() {
    let short = "time,open,high,low,close\n2024-03-26,1,2\n2024-03-27,1,2\n";
    assert_says(
        &super::refused_text(short, &[]),
        &[
            "no column holds times that can be read: line 2: the line has 3 fields, but there are 5 columns",
        ],
    );
}

#[test]
fn prices_that_do_not_fit_are_asked_about_and_a_jump_where_bars_meet_is_said() {
    let sandbox = Sandbox::new();
    let file = |name: &str, days: std::ops::Range<u32>, factor: f64| {
        let mut text = "date,open,high,low,close,volume\n".to_owned();
        for day in days {
            let price = (100.0 + f64::from(day % 7)) * factor;
            let prices = [price, price + 1.0, price - 1.0, price + 0.5];
            let [open, high, low, close] = prices.map(|price| format!("{price:.4}"));
            text += &format!("2024-03-{day:02},{open},{high},{low},{close},1000\n");
        }
        sandbox.file(name, text).display().to_string()
    };
    let import = |path: &str, flags: &[&str]| {
        let words = [
            &["import", path, "--symbol", "ASK", "--interval", "1day"],
            flags,
        ]
        .concat();
        sandbox.run(&words)
    };
    import(&file("one.csv", 4..9, 1.0), &[]).unwrap();
    let other = file("two.csv", 5..8, 1.01);
    let refused = import(&other, &[]).unwrap_err();
    assert_says(&refused, &["3 of the 3 bars", "--accept", "--replace"]);
    assert_says(
        &import(&other, &["--accept"]).unwrap(),
        &["0 added, 0 unchanged, 3 changed"],
    );
    let said = import(&file("three.csv", 18..23, 0.25), &[]).unwrap();
    let seam =
        "stored and received bars meet between 2024-03-08T00:00:00Z and 2024-03-18T00:00:00Z";
    assert_says(&said, &[seam]);
    assert_says(&sandbox.run(&["data", "show", "ASK"]).unwrap(), &[seam]);
}
