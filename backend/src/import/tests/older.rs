//! Bars that an older version of the program stored.

use std::fs;

use serde_json::Value;

use super::{assert_says, imported};
use crate::testing::Sandbox;

/// Bars of five minutes with their ends as times, of these days of March 2024.
fn ends(days: std::ops::RangeInclusive<u32>) -> String {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for day in days {
        // in summer sessions are from 13:30 to 20:00 in UTC
        for minute in (13 * 60 + 35..=20 * 60).step_by(5) {
            let price = 100 + (minute / 5 + day) % 7;
            let (hour, minute) = (minute / 60, minute % 60);
            let time = format!("2024-03-{day}T{hour:02}:{minute:02}:00Z");
            text += &format!("{time},{price},{},{},{price}.5,10\n", price + 1, price - 1);
        }
    }
    text
}

/// Makes the only import one of the first version, to which the side was given, or which told it by itself.
fn made_old(sandbox: &Sandbox, certainty: &str) {
    let path = sandbox.base().join("data/X-5min/raw/0001/import.json");
    let mut card: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    card["detection"]["labels"]["certainty"] = certainty.into();
    card.as_object_mut().unwrap().remove("reader").unwrap();
    fs::write(&path, serde_json::to_vec(&card).unwrap()).unwrap();
}

#[test]
fn bars_that_an_older_version_stored_a_bar_late_are_asked_about() {
    for (side, is_asked) in [("start", true), ("end", false)] {
        let sandbox = Sandbox::new();
        let first = sandbox.file("first.csv", ends(18..=22));
        let next = sandbox.file("next.csv", ends(25..=28));
        imported(&sandbox, &first, &["--symbol", "X", "--labels", side]);
        made_old(&sandbox, "sure");
        let path = next.display().to_string();
        let words = ["import", &path, "--symbol", "X"];
        let before = sandbox.content();
        let told = sandbox.run(&words);
        if !is_asked {
            told.unwrap();
            continue;
        }
        assert_says(
            &told.unwrap_err(),
            &["older version", "begin where bars of 5min end", "--replace"],
        );
        assert_eq!(sandbox.content(), before);
        // what is right in place of it, or an answer
        let flags = ["--symbol", "X", "--accept"];
        let done = imported(&sandbox, &next, &flags);
        assert_eq!(done["done"]["merge"]["added"], 4 * 78);
        // which is not asked for again
        imported(
            &sandbox,
            &sandbox.file("last.csv", ends(28..=28)),
            &flags[..2],
        );
    }
}

#[test]
fn an_import_that_changes_nothing_is_not_asked_about_and_answers_nothing() {
    let sandbox = Sandbox::new();
    let first = sandbox.file("first.csv", ends(18..=22));
    imported(&sandbox, &first, &["--symbol", "X", "--labels", "start"]);
    made_old(&sandbox, "sure");
    let before = sandbox.content();
    let as_stored = ["--symbol", "X", "--labels", "start"];
    // the same file once more, and some of its days
    let some = sandbox.file("some.csv", ends(19..=20));
    for file in [&first, &some] {
        let done = imported(&sandbox, file, &as_stored);
        assert_eq!(done["done"]["outcome"], "unchanged");
        assert_eq!(sandbox.content(), before);
    }
    // a row that cannot be used makes it an import of its own, which changes no bar
    let odd = sandbox.file(
        "odd.csv",
        ends(19..=20) + "2024-03-21T14:00:00Z,1,0,2,1,1\n",
    );
    let done = imported(&sandbox, &odd, &as_stored);
    let merge = &done["done"]["merge"];
    assert_eq!(
        (&done["done"]["outcome"], &merge["unchanged"]),
        (&"merged".into(), &156.into())
    );
    // what adds a bar, or changes one, is asked about
    let more = sandbox.file("more.csv", ends(22..=25));
    let text = ends(19..=20).replacen(",10\n", ",11\n", 1);
    let other = sandbox.file("other.csv", text);
    for file in [more, other] {
        let path = file.display().to_string();
        let words = [&["import", path.as_str()], &as_stored[..]].concat();
        let told = sandbox.run(&words);
        assert_says(&told.unwrap_err(), &["older version", "--accept"]);
    }
}

#[test]
fn bars_whose_times_somebody_gave_are_not_asked_about() {
    let sandbox = Sandbox::new();
    let first = sandbox.file("first.csv", ends(18..=22));
    let next = sandbox.file("next.csv", ends(25..=28));
    imported(&sandbox, &first, &["--symbol", "X", "--labels", "start"]);
    made_old(&sandbox, "given");
    imported(&sandbox, &next, &["--symbol", "X"]);
}
