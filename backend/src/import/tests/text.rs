//! CSV files, and what does not depend on the format.

use std::path::Path;

use atrium_shared::base::time::BarInterval;

use super::{GOOD, assert_says, refused, refused_text, with_line};
use crate::testing::Sandbox;

#[test]
fn a_good_file_is_described_and_stored() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("good.csv", GOOD).display().to_string();
    let said = sandbox.run(&["import", &path, "--symbol", "SPY"]).unwrap();
    assert_says(
        &said,
        &[
            "as CSV",
            "time = timestamp, open = open",
            "starts of bars",
            "1min (most often that far apart)",
            "5, 2024-03-26T13:30:00Z to 2024-03-26T13:34:00Z",
            "1 60min bars in regular hours (nyse calendar)",
            "Stored as SPY-1min",
        ],
    );
    let stored = sandbox.store().load("SPY-1min").unwrap();
    assert_eq!(stored.bars.close(), [100.5, 101.0, 100.75, 100.75, 102.0]);
    assert_eq!(stored.card.source, "imported from good.csv");
    assert!(!stored.card.simulated);
    let again = sandbox.run(&["import", &path, "--symbol", "SPY"]).unwrap();
    assert_says(
        &again,
        &["holds exactly these bars already: nothing was changed"],
    );
    let other = sandbox.file("other.csv", with_line(6, "2024-03-26T13:34:00Z,1,1,1,1,1"));
    let other = other.display().to_string();
    let refused = sandbox
        .run(&["import", &other, "--symbol", "SPY"])
        .unwrap_err();
    assert_says(&refused, &["exists with other content", "--replace"]);
    assert_eq!(sandbox.store().load("SPY-1min").unwrap(), stored);
    let replaced = sandbox
        .run(&["import", &other, "--symbol", "SPY", "--replace"])
        .unwrap();
    assert_says(&replaced, &["in place of what was there"]);
}

#[test]
fn json_is_alone_on_the_output() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("good.csv", GOOD).display().to_string();
    let said = sandbox
        .run(&["import", &path, "--symbol", "SPY", "--json"])
        .unwrap();
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(json["outcome"], "stored");
    assert_eq!(json["data_set"]["rows"], 5);
    assert_eq!(json["preview"]["bars"], 1);
    assert_eq!(json["understood"]["format"], "csv");
}

#[test]
fn the_same_bars_in_many_spellings_have_one_digest() {
    let sandbox = Sandbox::new();
    let local = GOOD.replace("T13:", " 09:").replace('Z', "");
    let naive = GOOD.replace('T', " ").replace(":00Z", "");
    let ends = GOOD
        .replace(":34:", ":35:")
        .replace(":33:", ":34:")
        .replace(":32:", ":33:")
        .replace(":31:", ":32:")
        .replace(":30:", ":31:");
    let epoch: String = GOOD
        .replace("timestamp", "ts_ms")
        .lines()
        .enumerate()
        .map(|(index, line)| match line.split_once("Z,") {
            Some((_, rest)) => format!(
                "{},{rest}\n",
                1_711_459_800_000 + 60_000 * (index as i64 - 1)
            ),
            None => format!("{line}\n"),
        })
        .collect();
    let spelled: [(&str, String, &[&str]); 10] = [
        ("crlf", GOOD.replace('\n', "\r\n"), &[]),
        ("mark", format!("\u{feff}{GOOD}"), &[]),
        ("blank lines around", format!("\n\n{GOOD}\n\r\n\n"), &[]),
        ("no last line break", GOOD.trim_end().to_owned(), &[]),
        ("semicolons", GOOD.replace(',', ";"), &[]),
        ("tabs and spaces", GOOD.replace(',', " \t"), &[]),
        (
            "quotes",
            GOOD.replace("2024-03-26T13:31:00Z", "\"2024-03-26T13:31:00Z\""),
            &[],
        ),
        ("exchange", local, &["--time-zone", "exchange"]),
        ("utc without zone", naive, &[]),
        ("epoch", epoch, &[]),
    ];
    let digest = |content: &str, flags: &[&str]| {
        let path = sandbox.file("spelled.csv", content).display().to_string();
        let words = [
            &["import", &path, "--symbol", "SPY", "--replace", "--json"],
            flags,
        ]
        .concat();
        let said = sandbox
            .run(&words)
            .unwrap_or_else(|error| panic!("{content}\n{error}"));
        let json: serde_json::Value = serde_json::from_str(&said).unwrap();
        json["data_set"]["digest"].as_str().unwrap().to_owned()
    };
    let expected = digest(GOOD, &[]);
    for (what, content, flags) in &spelled {
        assert_eq!(digest(content, flags), expected, "{what}");
    }
    assert_eq!(digest(&ends, &["--labels", "end"]), expected);
    let renamed = GOOD
        .replace("timestamp,open", "When,First price")
        .replace("volume", "tick_volume");
    let flags = [
        "--time-column",
        "When",
        "--open-column",
        "First price",
        "--volume-column",
        "tick_volume",
    ];
    assert_eq!(digest(&renamed, &flags), expected);
    assert_ne!(
        digest(
            &with_line(6, "2024-03-26T13:34:00Z,100.75,103,100,102,8"),
            &[]
        ),
        expected
    );
}

#[test]
fn files_that_are_none_are_refused() {
    let sandbox = Sandbox::new();
    let said = |path: &Path| refused(&sandbox, path, &[]);
    let folder = sandbox.base().parent().unwrap().to_path_buf();
    assert_says(&said(&folder), &["is a folder"]);
    assert_says(
        &said(&folder.join("missing.csv")),
        &["missing.csv cannot be read", "check the path"],
    );
    assert_says(
        &said(&sandbox.file("empty.csv", "")),
        &["empty.csv is empty"],
    );
    assert_says(
        &said(&sandbox.file("blank.csv", "\n \n\r\n")),
        &["is empty"],
    );
    assert_says(&said(&sandbox.file("mark.csv", "\u{feff}")), &["is empty"]);
    let header = "timestamp,open,high,low,close,volume\n";
    assert_says(
        &said(&sandbox.file("header.csv", header)),
        &["header.csv has no rows"],
    );
    assert_says(
        &said(&sandbox.file("gz.csv", b"\x1f\x8b\x08\x00abc")),
        &["is compressed"],
    );
    assert_says(
        &said(&sandbox.file("a.zip", b"PK\x03\x04abc")),
        &["is compressed"],
    );
    assert_says(
        &said(&sandbox.file("text.parquet", GOOD)),
        &["not a Parquet file", "does not begin"],
    );
    let noise: Vec<u8> = (0..5_000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    assert_says(
        &said(&sandbox.file("noise.csv", &noise)),
        &["noise.csv, line", "not UTF-8"],
    );
    assert_says(
        &said(&sandbox.file("noise.txt", "a\0b\n\0\0")),
        &["no column for time"],
    );
    assert!(sandbox.store().list().unwrap().sets.is_empty());
}

#[test]
fn columns_that_cannot_be_told_are_named() {
    assert_says(
        &refused_text(GOOD.replace("volume", "trades"), &[]),
        &[
            "no column for volume was found",
            "trades",
            "--volume-column",
        ],
    );
    assert_says(
        &refused_text(GOOD, &["--close-column", "adj close"]),
        &[
            "--close-column adj close: there is no such column",
            "timestamp, open",
        ],
    );
    let headless: String = GOOD.lines().skip(1).collect::<Vec<_>>().join("\n");
    assert_says(
        &refused_text(headless, &[]),
        &["no column for time; open", "100.5"],
    );
    let wide: Vec<String> = (0..20_000).map(|i| format!("c{i}")).collect();
    let row = vec!["1"; 20_000].join(",");
    let error = refused_text(format!("{}\n{row}\n{row}\n", wide.join(",")), &[]);
    assert_says(&error, &["no column for time", "and 19980 more"]);
    assert!(error.len() < 1_000);
}

#[test]
fn a_wide_file_with_the_right_columns_is_read() {
    let sandbox = Sandbox::new();
    let extra = |with: &dyn Fn(usize) -> String| (0..3_000).map(with).collect::<String>();
    let mut lines = GOOD.lines();
    let mut wide = format!(
        "{}{}\n",
        lines.next().unwrap(),
        extra(&|i| format!(",c{i}"))
    );
    lines.for_each(|line| wide.push_str(&format!("{line}{}\n", extra(&|_| ",x".to_owned()))));
    let path = sandbox.file("wide.csv", wide).display().to_string();
    sandbox.run(&["import", &path, "--symbol", "SPY"]).unwrap();
    assert_eq!(sandbox.store().load("SPY-1min").unwrap().card.rows, 5);
}

#[test]
fn bad_values_are_shown_with_their_line() {
    let cases = [
        (
            "2024-03-26T13:31:00Z,NaN,102,100,101,20",
            "open is NaN, not a finite number",
        ),
        (
            "2024-03-26T13:31:00Z,100.5,inf,100,101,20",
            "high is inf, not a finite number",
        ),
        (
            "2024-03-26T13:31:00Z,100.5,102,-100,101,20",
            "low is -100, but prices must be above 0",
        ),
        (
            "2024-03-26T13:31:00Z,100.5,102,100,0,20",
            "close is 0, but prices must be above 0",
        ),
        ("2024-03-26T13:31:00Z,100.5,102,100,101,-1", "volume is -1"),
        (
            "2024-03-26T13:31:00Z,100.5,99,100,101,20",
            "the high must be the highest",
        ),
        ("2024-03-26T13:31:00Z,,102,100,101,20", "open is empty"),
        (
            "2024-03-26T13:31:00Z,100.5,102,100,one,20",
            "close is \"one\", which is no number",
        ),
        (",100.5,102,100,101,20", "time is empty"),
        (
            "yesterday,100.5,102,100,101,20",
            "time \"yesterday\" is no time",
        ),
        (
            "2024-02-30 13:31,100.5,102,100,101,20",
            "\"2024-02-30 13:31\"",
        ),
        ("1850-03-26T13:31:00Z,100.5,102,100,101,20", "1850"),
        (
            "2024-03-26T13:30:00Z,100.5,102,100,101,20",
            "is there already, in line 2",
        ),
        (
            "2024-03-26T13:29:00Z,100.5,102,100,101,20",
            "is before that of line 2",
        ),
    ];
    for (line, expected) in cases {
        let error = refused_text(with_line(3, line), &[]);
        assert_says(
            &error,
            &[
                "1 of 5 rows cannot be used, so nothing was imported",
                "line 3:",
                expected,
            ],
        );
    }
    // blank lines before the header and a quoted line break are counted
    let shifted = format!(
        "\n\n{}",
        with_line(3, "\"2024-03-26T13:31:00Z\n\",100.5,102,100,101,20")
    );
    let error = refused_text(shifted.replace("103,100,102,7", "103,100,102,x"), &[]);
    assert_says(&error, &["line 9: volume is \"x\""]);
    let blank = refused_text(with_line(4, ""), &[]);
    assert_says(
        &blank,
        &["line 4: the line has 0 fields, but the header names 6"],
    );
    let thousands = refused_text(
        with_line(5, "2024-03-26T13:33:00Z,1,000.75,100.75,100.75,100.75,5"),
        &[],
    );
    assert_says(
        &thousands,
        &["line 5: the line has 7 fields, but the header names 6"],
    );
    let short = refused_text(with_line(5, "2024-03-26T13:33:00Z,100"), &[]);
    assert_says(&short, &["line 5: the line has 2 fields"]);
    let open_quote = refused_text(
        with_line(3, "\"2024-03-26T13:31:00Z,100.5,102,100,101,20"),
        &[],
    );
    assert_says(&open_quote, &["line 3: the line has 1 fields"]);
}

#[test]
fn of_many_bad_rows_the_first_are_shown_and_all_are_counted() {
    let mut text = GOOD.to_owned();
    (0..30).for_each(|_| text.push_str("2024-03-26T13:34:00Z,1,1,1,1,1\n"));
    let error = refused_text(text, &[]);
    assert_says(
        &error,
        &["30 of 35 rows", "line 7:", "line 11:", "and 25 more"],
    );
    assert!(!error.contains("line 12:"), "{error}");
}

#[test]
fn times_that_name_two_moments_or_none_are_refused() {
    let at = |time: &str| with_line(3, &format!("{time},100.5,102,100,101,20")).replace('Z', "");
    for time in ["2024-11-03 01:30", "2024-03-10 02:30"] {
        let error = refused_text(at(time), &["--time-zone", "exchange"]);
        assert_says(&error, &["line 3:", time, "change of clocks", "offset"]);
    }
}

#[test]
fn text_in_another_encoding_names_its_line() {
    let mut bytes = GOOD.as_bytes().to_vec();
    bytes.extend_from_slice(b"2024-03-26T13:35:00Z,1,1,1,1,1,\xe9\n");
    assert_says(
        &refused_text(bytes, &[]),
        &["line 7: this is not UTF-8 text"],
    );
    let utf16: Vec<u8> = GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16 = [vec![0xff, 0xfe], utf16].concat();
    assert_says(
        &refused_text(utf16, &[]),
        &["line 1: this is not UTF-8 text"],
    );
}

#[test]
fn what_cannot_be_run_on_is_refused() {
    let night = GOOD.replace("T13:", "T03:");
    assert_says(
        &refused_text(&night, &[]),
        &[
            "none of the 5 bars is inside a session of the nyse calendar",
            "2024-03-26T03:30:00Z",
            "--time-zone",
        ],
    );
    let sandbox = Sandbox::new();
    let path = sandbox.file("night.csv", &night).display().to_string();
    sandbox
        .run(&["import", &path, "--symbol", "BTC-USD", "--crypto"])
        .unwrap();
    let stored = sandbox.store().load("BTC-USD-1min").unwrap();
    assert_eq!(
        stored.card.instrument.lot_size.to_bits(),
        0.0001f64.to_bits()
    );
    assert_says(
        &refused_text(GOOD.replace("2024-", "1980-"), &[]),
        &["outside the nyse calendar"],
    );
    assert_says(
        &refused_text(GOOD, &["--interval", "60min"]),
        &["--interval 60min", "60 s apart"],
    );
    assert_says(
        &refused_text(GOOD, &["--interval", "1 hour"]),
        &["is no bar interval"],
    );
    assert_says(
        &refused_text(GOOD, &["--tick-size", "0"]),
        &["tick_size is 0"],
    );
    assert_says(
        &refused_text(GOOD, &["--lot-size", "NaN"]),
        &["lot_size is NaN"],
    );
    let one: String = GOOD.lines().take(2).collect::<Vec<_>>().join("\n");
    assert_says(&refused_text(one, &[]), &["single row", "--interval 1min"]);
}

#[test]
fn the_interval_may_be_given_and_names_the_set() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("good.csv", GOOD).display().to_string();
    sandbox
        .run(&["import", &path, "--symbol", "SPY", "--interval", "30s"])
        .unwrap();
    let stored = sandbox.store().load("SPY-30s").unwrap();
    assert_eq!(stored.bars.interval(), BarInterval::Seconds(30));
}
