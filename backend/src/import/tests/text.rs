//! Hostile text.

use super::{GOOD, assert_says, imported, refused_text, with_line};
use crate::testing::Sandbox;

#[test]
fn files_that_hold_no_bars_are_refused_with_what_they_are() {
    let cases: [(&str, Vec<u8>, &[&str]); 9] = [
        ("nothing", Vec::new(), &["bad.csv: it is empty"]),
        (
            "a header",
            b"timestamp,open,high,low,close,volume\n".to_vec(),
            &["it has no rows"],
        ),
        ("blank lines", b"\n\n\n".to_vec(), &["bad.csv: it"]),
        ("zeros", vec![0; 100_000], &["line 1 is no text"]),
        (
            "noise",
            (0..100_000u32)
                .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
                .collect(),
            &["bad.csv: "],
        ),
        (
            "a picture",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(),
            &["bad.csv: "],
        ),
        (
            "prose",
            b"Dear reader,\nthese are no bars,\nbut a letter.\n".to_vec(),
            &["bad.csv: "],
        ),
        (
            "another table",
            b"name,city\nAnn,Bath\nBob,York\n".to_vec(),
            &["no column for", "--column"],
        ),
        (
            "one bar",
            with_line(1, "timestamp,open,high,low,close,volume")
                .lines()
                .take(2)
                .collect::<Vec<_>>()
                .join("\n")
                .into_bytes(),
            &[
                "the interval cannot be told from a single row",
                "--interval",
            ],
        ),
    ];
    for (what, content, parts) in cases {
        let said = refused_text(content, &[]);
        assert_says(&said, parts);
        assert!(said.len() < 2_000, "{what}: {}", said.len());
    }
}

#[test]
fn a_million_columns_and_endless_lines_are_refused() {
    let mut columns = GOOD.to_owned();
    columns.insert_str(6, &",x".repeat(1_000_000));
    let said = refused_text(columns, &[]);
    assert_says(&said, &["line 1 has", "fields"]);
    assert!(said.len() < 500);
    // a line without an end is no row, and is not held as a whole
    let endless = format!("{GOOD}{}\n", "1".repeat(8 << 20));
    let sandbox = Sandbox::new();
    let file = sandbox.file("X_1.csv", endless);
    let done = imported(&sandbox, &file, &[]);
    assert_eq!(
        (&done["done"]["set"]["rows"], &done["done"]["rejected"]),
        (&5.into(), &1.into())
    );
    assert_says(
        &done["done"]["quarantine"][0]["reason"].to_string(),
        &["longer than a mebibyte"],
    );
}

#[test]
fn bad_values_are_named_and_too_many_refuse_the_file() {
    for (line, reason) in [
        ("2024-03-26T13:31:00Z,NaN,102,100,101,20", "open"),
        ("2024-03-26T13:31:00Z,100.5,inf,100,101,20", "high"),
        ("2024-03-26T13:31:00Z,100.5,102,100,101,-20", "volume"),
        ("2024-03-26T13:31:00Z,100.5,99,100,101,20", "high"),
        ("2024-03-26T13:31:00Z,0,102,0,101,20", "open"),
        ("2024-03-26T13:31:00Z,1e308,1e309,100,101,20", "high"),
        ("2024-03-26T13:31:00Z,,102,100,101,20", "open is empty"),
        ("2024-02-30T13:31:00Z,100.5,102,100,101,20", "time"),
        ("9999-03-26T13:31:00Z,100.5,102,100,101,20", "time"),
        ("yesterday,100.5,102,100,101,20", "time"),
        (
            "2024-03-26T13:31:00Z,\"100.5,102,100,101,20",
            "quotation mark",
        ),
        ("2024-03-26T13:31:00Z,100.5,102,100,101,20,7", "7 fields"),
    ] {
        let sandbox = Sandbox::new();
        let file = sandbox.file("X_1.csv", with_line(3, line));
        let done = imported(&sandbox, &file, &[]);
        assert_eq!(
            (&done["done"]["clean"]["kept"], &done["done"]["rejected"]),
            (&4.into(), &1.into()),
            "{line}"
        );
        let rejected = &done["done"]["quarantine"][0];
        assert_eq!(rejected["line"], 3, "{line}");
        assert_says(&rejected["reason"].to_string(), &[reason]);
    }
    let nan = GOOD
        .replace(",102,", ",NaN,")
        .replace(",101,", ",NaN,")
        .replace(",101.5,", ",NaN,");
    let said = refused_text(nan, &[]);
    assert_says(
        &said,
        &[
            "less than half of the 5 rows can be used",
            "line 2",
            "nothing was stored",
            "--dry-run",
        ],
    );
}

#[test]
fn reversed_and_repeated_rows_are_sorted_and_counted() {
    let sandbox = Sandbox::new();
    let mut lines: Vec<&str> = GOOD.lines().collect();
    lines[1..].reverse();
    let file = sandbox.file("X_1.csv", lines.join("\n"));
    let reversed = imported(&sandbox, &file, &["--symbol", "A"]);
    let file = sandbox.file("X_2.csv", GOOD);
    let straight = imported(&sandbox, &file, &["--symbol", "B"]);
    assert_eq!(
        reversed["done"]["set"]["digest"],
        straight["done"]["set"]["digest"]
    );
    let rest = GOOD
        .lines()
        .skip(1)
        .collect::<Vec<_>>()
        .join("\n")
        .replace("100,102,7", "100,102.5,7");
    let file = sandbox.file("X_3.csv", format!("{GOOD}{rest}\n"));
    let twice = imported(&sandbox, &file, &["--symbol", "C"]);
    let clean = &twice["done"]["clean"];
    let counts = [
        "rows",
        "kept",
        "exact_duplicates",
        "conflicting_duplicates",
        "out_of_order",
    ];
    assert_eq!(
        counts.map(|name| clean[name].as_u64().unwrap()),
        [10, 5, 4, 1, 1]
    );
    assert_eq!(clean["conflicts"][0]["kept"][3], 102.5);
}

#[test]
fn clocks_that_change_lose_no_row_and_make_none_up() {
    // 2024-03-10, New York: 2:00 to 3:00 never was; 2024-11-03: 1:00 to 2:00 came twice
    let rows = |date: &str, times: &[&str]| {
        let rows = times
            .iter()
            .map(|time| format!("{date} {time},1,1,1,1,1\n"));
        format!(
            "time,open,high,low,close,volume\n{}",
            rows.collect::<String>()
        )
    };
    let sandbox = Sandbox::new();
    let flags = [
        "--symbol",
        "X",
        "--crypto",
        "--time-zone",
        "America/New_York",
        "--replace",
        "--max-fill",
        "0",
    ];
    let gap = rows(
        "2024-03-10",
        &[
            "01:00", "01:30", "02:00", "02:30", "03:00", "03:30", "04:00",
        ],
    );
    let done = imported(&sandbox, &sandbox.file("gap.csv", gap), &flags);
    assert_eq!(
        (&done["done"]["set"]["rows"], &done["done"]["rejected"]),
        (&5.into(), &2.into())
    );
    assert_says(
        &done["done"]["quarantine"][0]["reason"].to_string(),
        &["its time never was"],
    );
    let twice = rows(
        "2024-11-03",
        &["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"],
    );
    let done = imported(&sandbox, &sandbox.file("twice.csv", twice), &flags);
    assert_eq!(
        (&done["done"]["set"]["rows"], &done["done"]["rejected"]),
        (&6.into(), &0.into())
    );
    assert_eq!(done["done"]["set"]["first"], "2024-11-03T04:30:00Z");
    assert_eq!(done["done"]["set"]["last"], "2024-11-03T07:00:00Z");
    // what is not told by the rows around it is not guessed
    let open = rows(
        "2024-11-03",
        &["00:30", "01:00", "01:30", "02:00", "02:30", "03:00"],
    );
    let done = imported(&sandbox, &sandbox.file("open.csv", open), &flags);
    assert_eq!(
        (&done["done"]["set"]["rows"], &done["done"]["rejected"]),
        (&4.into(), &2.into())
    );
    assert_says(
        &done["done"]["quarantine"][0]["reason"].to_string(),
        &["came twice"],
    );
}

#[test]
fn what_was_found_can_be_overridden() {
    let sandbox = Sandbox::new();
    let text = "when|a|b|c|d|e\n4.3.2024 15:30|1,5|2|1|1,5|3\n4.3.2024 15:31|1,5|2|1|1,5|3\n";
    let file = sandbox.file("odd.txt", text);
    let mut flags = vec![
        "--symbol",
        "X",
        "--delimiter",
        "|",
        "--decimal",
        "comma",
        "--date-order",
        "day",
        "--time-zone",
        "Europe/Berlin",
        "--labels",
        "end",
    ];
    for column in [
        "time=when",
        "open=a",
        "high=b",
        "low=#4",
        "close=d",
        "volume=e",
    ] {
        flags.extend(["--column", column]);
    }
    let done = imported(&sandbox, &file, &flags);
    assert_eq!(done["done"]["set"]["first"], "2024-03-04T14:29:00Z");
    assert_eq!(done["detection"]["zone"]["certainty"], "given");
    let path = file.display().to_string();
    for (flag, value, part) in [
        (
            "--column",
            "close=zz",
            "there is no column \"zz\" for close",
        ),
        ("--column", "klose=d", "the fields are time, clock, open"),
        ("--time-zone", "Mars/Olympus", "is no time zone"),
        ("--labels", "middle", "write start or end"),
        ("--interval", "5min", "they cannot be 5min bars"),
        ("--delimiter", ";;", "one character"),
    ] {
        // a flag that is there already is given once only, but for columns, of which the last one counts
        let at = flags
            .iter()
            .position(|it| *it == flag && flag != "--column");
        let mut words = vec!["import", &path, "--dry-run"];
        for (index, word) in flags.iter().enumerate() {
            if at.is_none_or(|at| index != at && index != at + 1) {
                words.push(word);
            }
        }
        words.extend([flag, value]);
        let said = sandbox.run(&words).unwrap_err();
        assert_says(&said, &[part]);
    }
}

#[test]
fn what_was_found_is_told_where_a_file_is_not_read() {
    let sandbox = Sandbox::new();
    let path = sandbox.file(
        "semi.csv",
        "Datum;Zeit;Er\u{f6}ffnung;Hoch;Tief;Schluss\n26.03.2024;09:30;10;11;9;10,5\n",
    );
    let path = path.display().to_string();
    for dry in [&["--dry-run"][..], &[]] {
        let words = [&["import", &path, "--symbol", "X"], dry].concat();
        let (out, ended) = sandbox.told(&words);
        let said = ended.unwrap_err();
        assert_says(&said, &["no column for", "--column FIELD=NAME"]);
        let parts = [
            "Found so far, as text:",
            "separated by ';'",
            "#1 Datum, #2 Zeit, #3 Er\u{f6}ffnung",
            "26.03.2024 | 09:30 | 10",
        ];
        assert_says(&out, &parts);
    }
    // JSON is one value or none
    let (out, ended) = sandbox.told(&["import", &path, "--symbol", "X", "--json"]);
    assert!(ended.is_err() && out.is_empty(), "{out}");
}

/// What an import of rows at some times says.
fn told_of(sandbox: &Sandbox, name: &str, starts: &[&str], price: &str) -> String {
    let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
    for start in starts {
        text += &format!("{start}Z,{price},{price},{price},{price},5\n");
    }
    let path = sandbox.file(name, text).display().to_string();
    let (out, ended) = sandbox.told(&["import", &path, "--symbol", &name[..3]]);
    ended.unwrap_or_else(|bad| panic!("{bad}"));
    out
}

#[test]
fn numbers_are_shown_short() {
    let sandbox = Sandbox::new();
    let minutes = ["2024-03-26T13:30:00", "2024-03-26T13:31:00"];
    let out = told_of(&sandbox, "TNY.csv", &minutes, "1e-300");
    assert!(out.lines().all(|line| line.len() < 300), "{out}");
    assert_says(&out, &["O 1e-300 H 1e-300"]);
}

#[test]
fn a_run_is_proposed_only_where_one_can_be_made() {
    let sandbox = Sandbox::new();
    let at = |hours: [&str; 3]| hours.map(|hour| format!("2024-03-26T{hour}:00"));
    let days = [25, 26, 27].map(|day| format!("2024-03-{day}T00:00:00"));
    for (name, starts, runs) in [
        ("MIN.csv", at(["13:30", "13:31", "13:32"]), true),
        ("SES.csv", at(["13:30", "14:30", "15:30"]), true),
        ("CLO.csv", at(["13:00", "14:00", "15:00"]), false),
        ("DAY.csv", days, false),
    ] {
        let starts = starts.each_ref().map(String::as_str);
        let out = told_of(&sandbox, name, &starts, "10");
        assert_eq!(out.contains("atrium backtest"), runs, "{out}");
        assert_says(&out, &["Next: atrium quality"]);
    }
}

#[test]
fn a_symbol_that_is_given_is_taken_whatever_a_column_says() {
    let sandbox = Sandbox::new();
    let of = |column: &str, named: &str| {
        let mut lines = GOOD.lines();
        let head = lines.next().unwrap_or_default();
        let rows: Vec<String> = lines.map(|row| format!("{named},{row}")).collect();
        format!("{column},{head}\n{}\n", rows.join("\n"))
    };
    let path = sandbox.file("META.csv", of("Symbol", "FB"));
    let import = ["import", path.to_str().unwrap()];
    for flags in [&[][..], &["--dry-run"]] {
        let asked = sandbox.run(&[&import[..], flags].concat()).unwrap_err();
        let parts = [
            "all rows are of FB by the column Symbol, but the file's name says META",
            "FB if they are of that, or META if they are of it all the same",
        ];
        assert_says(&asked, &parts);
    }
    assert!(sandbox.store().card("META-1min").is_err());
    let given = ["--symbol", "META"];
    let said = sandbox.run(&[&import[..], &given, &["--dry-run"]].concat());
    assert_says(&said.unwrap(), &["are taken as those of META, as given"]);
    let said = sandbox.run(&[&import[..], &given].concat()).unwrap();
    assert_says(
        &said,
        &[
            "are taken as those of META, as given",
            "Stored META.csv as META-1min",
        ],
    );
    let said = sandbox.run(&[&import[..], &["--symbol", "FB"]].concat());
    let said = said.unwrap();
    assert!(!said.contains("are taken as"), "{said}");
    // a column that holds no tickers is none of symbols
    let path = sandbox.file("AAPL.csv", of("market", "NASDAQ"));
    let said = sandbox.run(&["import", path.to_str().unwrap()]).unwrap();
    assert!(!said.contains("NASDAQ by"), "{said}");
}
