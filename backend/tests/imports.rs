//! Importing as a user does it: a dry run ends as the import would, the same file again changes nothing, what `--replace` takes
//! away is said, and a file that is known is read as it was.

#![allow(clippy::unwrap_used)] // the helpers of an integration test are tests too, which clippy.toml cannot tell

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use support::{OPEN, bars, json, output, said, stored, text};

/// Every file of the data sets with its bytes, but for locks and the metadata database.
fn content(base: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn gather(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().into_string().unwrap();
            match entry.path() {
                path if path.is_dir() => gather(&path, found),
                _ if name.starts_with(".lock") || name.starts_with("atrium.db") => {}
                path => {
                    found.insert(path.clone(), fs::read(path).unwrap());
                }
            }
        }
    }
    let mut found = BTreeMap::new();
    gather(&base.join("data"), &mut found);
    found
}

/// The rows of `bars`, changed.
fn changed(text: &str, change: impl Fn(usize, &str) -> Option<String>) -> String {
    let mut lines = text.lines();
    let head = lines.next().unwrap();
    let rows = lines
        .enumerate()
        .filter_map(|(index, row)| change(index, row));
    let rows: Vec<String> = rows.collect();
    format!("{head}\n{}\n", rows.join("\n"))
}

/// Prices times a factor.
fn scaled(row: &str, factor: f64) -> String {
    let fields: Vec<&str> = row.split(',').collect();
    let [start, prices @ .., volume] = <[&str; 6]>::try_from(fields).unwrap();
    let scaled = |price: &&str| (price.parse::<f64>().unwrap() * factor).to_string();
    let prices: Vec<String> = prices.iter().map(scaled).collect();
    format!("{start},{},{volume}", prices.join(","))
}

fn import<'a>(file: &'a str, flags: &[&'a str]) -> Vec<&'a str> {
    [&["import", file, "--symbol", "SPY"][..], flags].concat()
}

#[test]
fn a_dry_run_ends_as_the_import_would_and_stores_nothing() {
    let whole = bars(0..0);
    let files = [
        ("same.csv", bars(100..160)),
        ("more.csv", whole.clone()),
        // another price at some of the bars that both have
        (
            "corrected.csv",
            changed(&whole, |index, row| {
                let factor = if index == 20 { 1.000_5 } else { 1.0 };
                Some(scaled(row, factor))
            }),
        ),
        // at all of them, by a ratio that no split has
        (
            "other.csv",
            changed(&whole, |_, row| Some(scaled(row, 1.01))),
        ),
        // less than half of the rows can be used
        (
            "broken.csv",
            changed(&whole, |index, row| match index % 3 {
                0 => Some(row.to_owned()),
                _ => Some(row.replace(',', ",x")),
            }),
        ),
        ("empty.csv", String::new()),
        ("words.csv", "no bars in here\n".to_owned()),
        (
            "far.csv",
            changed(&whole, |_, row| {
                let (start, rest) = row.split_once(',').unwrap();
                let later = start.parse::<i64>().unwrap() + 30 * 365 * 86_400;
                Some(format!("{later},{rest}"))
            }),
        ),
        (
            "quotes.csv",
            changed(&whole, |_, row| Some(row.replace("100,", "abc,"))),
        ),
    ];
    let cases: [(&str, &[&str], bool); 15] = [
        ("same.csv", &["--max-fill", "0"], true),
        ("same.csv", &[], true),
        ("more.csv", &["--max-fill", "0"], true),
        ("more.csv", &["--replace"], true),
        ("corrected.csv", &[], true),
        ("other.csv", &[], false),
        ("other.csv", &["--accept"], true),
        ("other.csv", &["--replace", "--max-fill", "0"], true),
        ("more.csv", &["--calendar", "crypto"], false),
        ("more.csv", &["--interval", "1h"], false),
        ("broken.csv", &[], false),
        ("empty.csv", &[], false),
        ("words.csv", &[], false),
        ("far.csv", &[], false),
        ("nowhere.csv", &[], false),
    ];
    for (name, flags, is_stored) in cases {
        // into what is stored, and where nothing is
        for is_first in [false, true] {
            let made = match is_first {
                false => stored(),
                true => tempfile::tempdir().unwrap(),
            };
            let base = made.path();
            for (name, text) in &files {
                fs::write(base.join(name), text).unwrap();
            }
            let file = base.join(name);
            let words = import(file.to_str().unwrap(), flags);
            let before = content(base);
            let dry = output(base, &[&words[..], &["--dry-run"]].concat());
            assert_eq!(content(base), before, "{name} {flags:?} stored something");
            let done = output(base, &words);
            let told = format!("{name} {flags:?} {is_first}: {}", text(&done.stderr));
            assert_eq!(dry.status.code(), done.status.code(), "{told}");
            assert_eq!(text(&dry.stderr), text(&done.stderr), "{told}");
            if !is_first {
                assert_eq!(done.status.success(), is_stored, "{told}");
            }
            // what the import says of bars the dry run said before, in the same words
            let of_bars = |out: &str| -> Vec<String> {
                let known = ["  bars ", "  changed ", "  gaps ", "  cleaned "];
                let lines = out
                    .lines()
                    .filter(|line| known.iter().any(|it| line.starts_with(it)));
                lines.map(str::to_owned).collect()
            };
            if done.status.success() && !is_first {
                assert_eq!(
                    of_bars(text(&dry.stdout)),
                    of_bars(text(&done.stdout)),
                    "{told}"
                );
            }
            assert!(
                !done.status.success() || content(base) != before || name == "same.csv",
                "{told}"
            );
        }
    }
}

#[test]
fn a_dry_run_says_what_would_change() {
    let base = stored();
    let base = base.path();
    let file = base.join("more.csv");
    let whole = bars(0..0);
    let corrected = changed(&whole, |index, row| {
        Some(scaled(row, if index == 20 { 1.000_5 } else { 1.0 }))
    });
    fs::write(&file, corrected).unwrap();
    let words = |flags: &[&'static str]| -> Vec<String> {
        let file = file.to_str().unwrap();
        let words = import(file, &[flags, &["--dry-run", "--max-fill", "0"]].concat());
        words.into_iter().map(str::to_owned).collect()
    };
    let run = |flags: &[&'static str]| {
        let words = words(flags);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        said(base, &words)
    };
    let merged = run(&[]);
    for part in [
        "Nothing was stored (--dry-run); it would be merged into SPY-1min.",
        "bars       60 added, 329 unchanged, 1 changed",
    ] {
        assert!(merged.contains(part), "{part}: {merged}");
    }
    let replaced = run(&["--replace"]);
    let gone = "it would be stored as SPY-1min, in place of what was there: 1 import, 330 bars, 2024-03-26T13:30:00Z to 2024-03-26T19:59:00Z.";
    assert!(replaced.contains(gone), "{replaced}");
    let words = words(&[]);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let tried = json(base, &words);
    assert_eq!(
        (
            &tried["dry_run"],
            &tried["done"]["outcome"],
            &tried["done"]["merge"]["added"]
        ),
        (&true.into(), &"merged".into(), &60.into())
    );
    let known = base.join("spy.csv");
    let known = import(known.to_str().unwrap(), &["--dry-run", "--max-fill", "0"]);
    let known = said(base, &known);
    assert!(
        known.contains("was imported before, as import 1 of SPY-1min, and would change nothing"),
        "{known}"
    );
}

#[test]
fn the_same_file_again_changes_nothing_and_is_said_to() {
    let base = stored();
    let base = base.path();
    let before = content(base);
    let same = base.join("spy.csv");
    // by another name, too: it is known by what is in it
    let copy = base.join("copy.csv");
    fs::copy(&same, &copy).unwrap();
    for (file, flags) in [
        (&same, &["--max-fill", "0"][..]),
        (&copy, &["--max-fill", "0"]),
        (&same, &["--max-fill", "0", "--replace"]),
    ] {
        let again = said(base, &import(file.to_str().unwrap(), flags));
        assert!(again.contains("nothing was changed"), "{again}");
        assert!(content(base) == before, "{flags:?}");
    }
    // the same bars in another file are an import that changes no bar
    let spaced = base.join("spaced.csv");
    fs::write(&spaced, fs::read_to_string(&same).unwrap() + "\n").unwrap();
    let again = said(
        base,
        &import(spaced.to_str().unwrap(), &["--max-fill", "0"]),
    );
    assert!(again.contains("nothing was changed"), "{again}");
    assert!(content(base) == before);
    let shown = json(base, &["data", "show", "SPY"]);
    assert_eq!(shown["imports"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_is_replaced_is_gone_as_a_whole_and_counted() {
    let base = stored();
    let base = base.path();
    let more = base.join("more.csv");
    fs::write(&more, bars(0..0)).unwrap();
    said(base, &import(more.to_str().unwrap(), &["--max-fill", "0"]));
    let few = base.join("few.csv");
    let rows = changed(&bars(0..0), |index, row| {
        (index < 30).then(|| scaled(row, 2.0))
    });
    fs::write(&few, rows).unwrap();
    let done = said(
        base,
        &import(few.to_str().unwrap(), &["--max-fill", "0", "--replace"]),
    );
    let gone = "in place of what was there: 2 imports, 390 bars, 2024-03-26T13:30:00Z to 2024-03-26T19:59:00Z.";
    assert!(done.contains(gone), "{done}");
    let shown = json(base, &["data", "show", "SPY"]);
    assert_eq!(
        (
            &shown["set"]["rows"],
            shown["imports"].as_array().map(Vec::len)
        ),
        (&29.into(), Some(1))
    );
    assert_eq!(shown["imports"][0]["source"], "imported from few.csv");
    let out = base.join("out.csv");
    said(
        base,
        &["data", "export", "SPY", "--out", out.to_str().unwrap()],
    );
    let written = fs::read_to_string(out).unwrap();
    assert_eq!(
        written.lines().nth(1),
        Some("2024-03-26T13:30:00Z,200,201,199,200,100")
    );
    let raw = fs::read_dir(base.join("data/SPY-1min/raw")).unwrap();
    let raw: Vec<_> = raw.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(raw, ["0001"]);
    // a first import replaces nothing, and says so
    let new = output(
        base,
        &[
            "import",
            few.to_str().unwrap(),
            "--symbol",
            "QQQ",
            "--replace",
            "--json",
        ],
    );
    let new: serde_json::Value = serde_json::from_slice(&new.stdout).unwrap();
    assert_eq!(
        (&new["done"]["outcome"], &new["done"]["replaced"]),
        (&"stored".into(), &serde_json::Value::Null)
    );
}

/// Minute bars of some days of a market that never closes, by a clock that is ahead of UTC, without a zone.
fn by_a_clock(days: std::ops::Range<i64>, ahead_hours: i64) -> String {
    later(days, 3_600 * ahead_hours)
}

/// The same, by a clock that is so many seconds ahead.
fn later(days: std::ops::Range<i64>, seconds: i64) -> String {
    let mut rows = "time,open,high,low,close,volume\n".to_owned();
    for minute in days.start * 1_440..days.end * 1_440 {
        let price = 100.0 + (minute * minute % 997) as f64 / 10.0;
        let at = OPEN + 60 * minute + seconds;
        let at = atrium_shared::base::time::Timestamp::from_seconds(at).to_string();
        let at = at.trim_end_matches('Z').replace('T', " ");
        rows += &format!("{at},{price},{price},{price},{price},10\n");
    }
    rows
}

/// Writes a file into a folder and gives its path.
fn written(folder: &Path, name: &str, text: String) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_file_that_is_known_is_read_as_it_was_whatever_came_after_it() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    let write = |name: &str, text: String| written(base, name, text);
    let first = write("first.csv", by_a_clock(0..2, 3));
    let second = write("second.csv", by_a_clock(2..4, -5));
    let words = |file: &'static str| file;
    let crypto = [
        "--symbol",
        "COIN",
        "--crypto",
        "--time-zone",
        words("UTC+3"),
    ];
    said(base, &[&["import", &first][..], &crypto].concat());
    // the last import before the file comes again has another clock
    let other = ["--symbol", "COIN", "--crypto", "--time-zone", "UTC-5"];
    said(base, &[&["import", &second][..], &other].concat());
    let before = content(base);
    let plain = ["--symbol", "COIN", "--crypto"];
    for (file, zone) in [(&first, "UTC+3h"), (&second, "UTC-5h")] {
        let words = [&["import", file][..], &plain].concat();
        let dry = json(base, &[&words[..], &["--dry-run"]].concat());
        let read = &dry["detection"]["zone"];
        assert_eq!(read["value"], zone, "{read}");
        let again = said(base, &words);
        assert!(
            again.contains("was imported before") || again.contains("nothing was changed"),
            "{again}"
        );
        assert!(content(base) == before, "{file}");
    }
    // another file in the same form is read as the last one was
    let third = write("third.csv", by_a_clock(4..5, -5));
    let words = [&["import", third.as_str()][..], &plain, &["--dry-run"]].concat();
    assert_eq!(json(base, &words)["detection"]["zone"]["value"], "UTC-5h");
    // read otherwise by a flag, the same file is a question
    let words = [&["import", first.as_str()][..], &other].concat();
    let asked = output(base, &words);
    assert_eq!(asked.status.code(), Some(1), "{}", text(&asked.stdout));
    let asked = text(&asked.stderr);
    assert!(
        asked.contains("stored this same file with times that were read otherwise"),
        "{asked}"
    );
    assert!(content(base) == before);
}

#[test]
fn a_file_by_another_clock_is_told_by_the_bars_that_are_stored() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    let write = |name: &str, text: String| written(base, name, text);
    let crypto = ["--symbol", "COIN", "--crypto"];
    let first = write("first.csv", by_a_clock(0..2, 0));
    said(base, &[&["import", &first][..], &crypto].concat());
    let before = content(base);
    // half of it is stored already, and its clock is three hours ahead
    let ahead = write("ahead.csv", by_a_clock(1..3, 3));
    let words = [&["import", &ahead][..], &crypto].concat();
    for flags in [&[][..], &["--dry-run"]] {
        let asked = output(base, &[&words[..], flags].concat());
        assert_eq!(asked.status.code(), Some(1), "{}", text(&asked.stdout));
        let asked = text(&asked.stderr);
        for part in [
            "do if the times are of the zone",
            "not utc",
            "(--time-zone)",
            "--accept",
        ] {
            assert!(asked.to_lowercase().contains(part), "{part}: {asked}");
        }
    }
    assert!(content(base) == before);
    let asked = output(base, &words);
    let asked = text(&asked.stderr);
    let (_, zone) = asked.split_once("give the time zone ").unwrap();
    let (zone, _) = zone.split_once(" (--time-zone)").unwrap();
    let done = said(base, &[&words[..], &["--time-zone", zone]].concat());
    assert!(
        done.contains("1,440 added, 1,440 unchanged, 0 changed"),
        "{done}"
    );
    // as ends of bars
    let late = write("late.csv", later(2..3, 60));
    let words = [&["import", &late][..], &crypto, &["--time-zone", "utc"]].concat();
    let asked = output(base, &words);
    let asked = text(&asked.stderr);
    assert!(
        asked.contains("give end as what times stand for (--labels)"),
        "{asked}"
    );
    let done = said(base, &[&words[..], &["--labels", "end"]].concat());
    assert!(done.contains("nothing was changed"), "{done}");
}

/// Imports a file that is asked about, after one that was read wrongly; what is said, then what came of both: the first one as told by
/// `flags`, which the question names, the second as it is read by `own`, where it would be read like the first.
fn mended(
    wrong: &str,
    (right, own): (&str, &[&str]),
    flags: impl Fn(&str) -> Vec<String>,
) -> (String, String) {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    let crypto = ["--symbol", "COIN", "--crypto"];
    let wrong = written(base, "wrong.csv", wrong.to_owned());
    let wrong = [&["import", &wrong][..], &crypto].concat();
    said(base, &wrong);
    let before = content(base);
    let right = written(base, "right.csv", right.to_owned());
    let right = [&["import", &right][..], &crypto].concat();
    let asked = output(base, &right);
    assert_eq!(asked.status.code(), Some(1), "{}", text(&asked.stdout));
    assert!(content(base) == before);
    let asked = text(&asked.stderr);
    let flags = flags(asked);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    said(base, &[&wrong[..], &flags, &["--replace"]].concat());
    (asked.to_owned(), said(base, &[&right[..], own].concat()))
}

#[test]
fn times_that_were_stored_wrongly_are_told_from_those_of_a_right_file() {
    let plain = by_a_clock(1..3, 0);
    let in_utc = plain.replace(":00,", ":00Z,");
    // two hours ahead, and read as UTC: that was assumed, and the second file leaves no doubt
    let zone = |asked: &str| {
        let (_, zone) = asked.split_once("again with the time zone ").expect(asked);
        let (zone, _) = zone.split_once(" (--time-zone)").expect(asked);
        ["--time-zone", zone].map(str::to_owned).to_vec()
    };
    let (asked, done) = mended(&by_a_clock(0..2, 2), (&in_utc, &[]), zone);
    for part in [
        "the times of import 1 (wrong.csv) are of the zone ",
        "that was assumed then, and the times of this file leave no doubt: import its file again",
        "in place of what is stored (--replace), then this one;",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    assert!(!asked.contains("written anew"), "{asked}");
    let merged = "1,440 added, 1,440 unchanged, 0 changed";
    assert!(done.contains(merged), "{done}");
    // ends of bars that were read as starts; the second file's are read as starts already
    let end = |_: &str| ["--labels", "end"].map(str::to_owned).to_vec();
    let (asked, done) = mended(&later(0..2, 60), (&plain, &["--labels", "start"]), end);
    for part in [
        "the times of import 1 (wrong.csv) are ends of bars",
        "import its file again with end as what times stand for (--labels) in place of what",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    assert!(!asked.contains("give start"), "{asked}");
    assert!(done.contains(merged), "{done}");
    // where both were assumed, either may be wrong
    let (asked, done) = mended(
        &by_a_clock(0..2, 2),
        (&plain, &["--time-zone", "utc"]),
        zone,
    );
    for part in [
        "do if the times are of the zone ",
        "give the time zone ",
        ", or, if it is import 1 (wrong.csv) that was read wrongly, import its file again",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    assert!(done.contains(merged), "{done}");
}

#[test]
fn a_dry_run_says_where_the_refused_rows_of_a_known_file_are() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    let file = written(base, "odd.csv", by_a_clock(0..1, 0) + "garbage\n");
    let words = ["import", &file, "--symbol", "COIN", "--crypto"];
    let dry = [&words[..], &["--dry-run"]].concat();
    let first = said(base, &dry);
    assert!(
        first.contains("1 row could not be used; not kept"),
        "{first}"
    );
    let stored = said(base, &words);
    let again = said(base, &dry);
    for said in [stored, again] {
        assert!(said.contains("1 row could not be used; see "), "{said}");
    }
}

#[test]
fn a_single_row_after_days_is_said_to_be_taken_for_one() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    let days: Vec<String> = (4..9)
        .map(|day| format!("2024-03-{day:02},10,11,9,10,100\n"))
        .collect();
    let path = base.join("days.csv");
    fs::write(
        &path,
        format!("date,open,high,low,close,volume\n{}", days.concat()),
    )
    .unwrap();
    let first = said(base, &import(path.to_str().unwrap(), &[]));
    assert!(!first.contains("a single row"), "{first}");
    fs::write(
        &path,
        "date,open,high,low,close,volume\n2024-03-15,10,14,8,12,900\n",
    )
    .unwrap();
    let told = said(base, &import(path.to_str().unwrap(), &["--dry-run"]));
    assert!(
        told.contains(
            "a single row does not tell whether it is the bar of a day, a week or a month"
        ),
        "{told}"
    );
    let given = said(
        base,
        &import(path.to_str().unwrap(), &["--dry-run", "--interval", "1day"]),
    );
    assert!(!given.contains("a single row"), "{given}");
}

#[test]
fn what_cannot_be_written_is_called_by_its_own_name() {
    let base = stored();
    let base = base.path();
    let target = base.join("no/such/out.csv");
    let target = target.to_str().unwrap();
    for words in [
        &["data", "export", "SPY", "--out", target][..],
        &["resample", "SPY", "30min", "--out", target],
    ] {
        let refused = support::refused(base, words);
        assert!(
            refused.contains("no/such/out.csv cannot be written: No such file or directory"),
            "{refused}"
        );
        assert!(!refused.contains(".tmp-"), "{refused}");
    }
}
