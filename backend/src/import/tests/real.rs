//! Files of real market data, through the command line into a store of their own.

use atrium_shared::base::time::Timestamp;
use serde_json::Value;

use super::{assert_says, imported};
use crate::testing::{Sandbox, test_data};

fn counts(done: &Value) -> [u64; 5] {
    let of = |value: &Value| value.as_u64().unwrap();
    let clean = &done["done"]["clean"];
    [
        of(&done["detection"]["counts"]["rows"]),
        of(&clean["kept"]),
        of(&clean["exact_duplicates"]),
        of(&clean["conflicting_duplicates"]),
        of(&done["done"]["rejected"]),
    ]
}

#[test]
fn real_files_give_the_known_counts_and_a_second_time_nothing() {
    // file, flags, data set, [rows, kept, exact duplicates, conflicts, rejected], first, last
    type Case<'a> = (&'a str, &'a [&'a str], &'a str, [u64; 5], &'a str, &'a str);
    let expected: [Case<'_>; 6] = [
        (
            "spy_1m_admf/SPY_1m.parquet",
            &[],
            "SPY-1min",
            [102_236, 102_236, 0, 0, 0],
            "2024-03-26T13:30:00Z",
            "2025-04-02T19:23:00Z",
        ),
        (
            "us_5m_stratback/NVDA_5m.csv",
            &[],
            "NVDA-5min",
            [25_662, 25_159, 503, 0, 0],
            "2022-02-02T14:30:00Z",
            "2023-05-17T19:55:00Z",
        ),
        (
            "us_5m_stratback/AAPL_5m.csv",
            &[],
            "AAPL-5min",
            [18_564, 18_295, 269, 0, 0],
            "2022-02-02T14:30:00Z",
            "2023-01-09T20:55:00Z",
        ),
        (
            "xagusd_simom1/XAGUSD_H1.csv",
            &["--max-fill", "0"],
            "XAGUSD-60min",
            [51_175, 48_249, 0, 0, 2_926],
            "2018-03-18T22:00:00Z",
            "2026-05-15T20:00:00Z",
        ),
        (
            "binance_1m/BTCUSDT_1m_2023.csv.gz",
            &[],
            "BTCUSDT-1min",
            [525_520, 525_520, 0, 0, 0],
            "2023-01-01T00:00:00Z",
            "2023-12-31T23:59:00Z",
        ),
        (
            "lean/Data/equity/usa/daily/aapl.zip",
            &["--basis", "raw"],
            "AAPL-1day",
            [5_849, 5_849, 0, 0, 0],
            "1998-01-02T00:00:00Z",
            "2021-03-31T00:00:00Z",
        ),
    ];
    let sandbox = Sandbox::new();
    for (file, flags, name, rows, first, last) in expected {
        let Some(path) = test_data("real_files", file) else {
            return;
        };
        let done = imported(&sandbox, &path, flags);
        assert_eq!(
            (&done["name"], counts(&done)),
            (&name.into(), rows),
            "{file}"
        );
        let set = &done["done"]["set"];
        assert_eq!(
            (&set["first"], &set["last"]),
            (&first.into(), &last.into()),
            "{file}"
        );
        assert_eq!(done["done"]["outcome"], "stored");
        let again = imported(&sandbox, &path, flags);
        assert_eq!(again["done"]["outcome"], "unchanged", "{file}");
    }
}

#[test]
fn dirty_files_are_understood_as_their_read_me_says() {
    let sandbox = Sandbox::new();
    let Some(nvda) = test_data("dirty_files", "us_5m_stratback/NVDA_5m.csv") else {
        return;
    };
    // by its local times it is the same file
    let by_epoch = imported(&sandbox, &nvda, &[]);
    let by_date = imported(
        &sandbox,
        &nvda,
        &["--symbol", "LOCAL", "--column", "time=date"],
    );
    assert_eq!(by_date["detection"]["zone"]["value"], "America/Los_Angeles");
    assert_eq!(by_date["detection"]["zone"]["certainty"], "sure");
    assert_eq!(
        by_date["done"]["set"]["digest"],
        by_epoch["done"]["set"]["digest"]
    );
    let aapl = nvda.with_file_name("AAPL_5m.csv");
    let found = &imported(&sandbox, &aapl, &[])["detection"];
    assert_eq!(found["fields"][0]["column"], "date");
    assert_eq!(
        found["time_forms"],
        serde_json::json!([["date_time", 3_666], ["short_date_time", 14_898]])
    );
    assert_eq!(
        (
            &found["passed_over"][0]["column"],
            &found["passed_over"][0]["times"]
        ),
        (&"datetime".into(), &3_666.into())
    );
    assert_says(
        &found["passed_over"][0]["why"].to_string(),
        &["1.64E+12", "lost its last digits"],
    );
    let Some(silver) = test_data("dirty_files", "xagusd_simom1/XAGUSD_H1.csv") else {
        return;
    };
    let done = imported(&sandbox, &silver, &[]);
    let found = &done["detection"];
    assert_eq!(found["zone"]["value"], "America/New_York+7h");
    assert_eq!(
        (
            &found["foreign"][0]["rows"],
            &found["foreign"][0]["interval"]
        ),
        (&2_926.into(), &"1day".into())
    );
    assert_says(&found["foreign"][0]["last"].to_string(), &["2018-02-28"]);
    let quarantine = std::fs::read_to_string(done["quarantine_file"].as_str().unwrap()).unwrap();
    assert_eq!(quarantine.lines().count(), 2_927);
    // what was set aside can be had as what it is
    let rows: Vec<String> = std::fs::read_to_string(&silver)
        .unwrap()
        .lines()
        .take(2_927)
        .map(str::to_owned)
        .collect();
    let days = sandbox.file("XAGUSD_days.csv", rows.join("\n"));
    let done = imported(&sandbox, &days, &[]);
    assert_eq!(
        (&done["name"], &done["done"]["set"]["rows"]),
        (&"XAGUSD-1day".into(), &2_926.into())
    );
}

#[test]
fn the_five_minute_file_is_what_the_minutes_are_cut_to() {
    let (Some(minutes), Some(five)) = (
        test_data("five_minutes", "spy_1m_admf/SPY_1m.parquet"),
        test_data("five_minutes", "spy_1m_admf/SPY_5m.csv"),
    ) else {
        return;
    };
    let sandbox = Sandbox::new();
    imported(&sandbox, &minutes, &["--max-fill", "0"]);
    let done = imported(&sandbox, &five, &["--max-fill", "0"]);
    assert_eq!(done["done"]["set"]["rows"], 20_769);
    let out = sandbox
        .file("x", "")
        .with_file_name("cut.csv")
        .display()
        .to_string();
    let words = [
        "resample", "SPY-1min", "5min", "--align", "clock", "--hours", "all", "--out", &out,
        "--json",
    ];
    let cut: Value = serde_json::from_str(&sandbox.run(&words).unwrap()).unwrap();
    assert_eq!(cut["digest"], done["done"]["set"]["digest"]);
}

#[test]
fn folders_of_lean_are_read_by_symbol_trades_and_quotes_apart() {
    let Some(one) = test_data(
        "lean",
        "lean/Data/equity/usa/minute/aapl/20140609_trade.zip",
    ) else {
        return;
    };
    let sandbox = Sandbox::new();
    let folder = one.parent().unwrap();
    let trades = imported(&sandbox, folder, &["--basis", "raw"]);
    assert_eq!(trades["detection"]["file_count"], 3);
    let fields = trades["detection"]["fields"].as_array().unwrap();
    let why = |field: &str| &fields.iter().find(|it| it["field"] == field).unwrap()["why"];
    assert_eq!(why("close"), "LEAN's order, divided by 10,000");
    assert_eq!(why("volume"), "LEAN's order");
    assert_eq!(counts(&trades), [2_303, 2_303, 0, 0, 0]);
    // the bad print of 4:00 is kept as it is
    let rows = sandbox.store().load_curated("AAPL-1min").unwrap().1;
    let bad = rows
        .bars()
        .rows()
        .find(|row| row.0.to_string() == "2014-06-09T08:00:00Z")
        .unwrap();
    assert_eq!((bad.1[0], bad.1[2]), (645.57, 92.23));
    // one file of the three, again
    assert_eq!(
        imported(&sandbox, &one, &["--basis", "raw"])["done"]["outcome"],
        "unchanged"
    );
    let path = folder.display().to_string();
    let said = sandbox.run(&["import", &path, "--quotes"]).unwrap_err();
    assert_says(
        &said,
        &["AAPL-1min holds bars of trades, and these are bars of quotes"],
    );
    let quotes = imported(&sandbox, folder, &["--quotes", "--replace"]);
    assert_eq!(counts(&quotes), [2_512, 2_512, 0, 0, 0]);
    assert_eq!(quotes["done"]["set"]["spread"], true);
    let data = folder.ancestors().nth(4).unwrap();
    let said = sandbox
        .run(&["import", &data.display().to_string()])
        .unwrap_err();
    assert_says(
        &said,
        &["LEAN's files of several symbols", "AAPL", "--symbol"],
    );
    let euro = imported(&sandbox, data, &["--symbol", "EURUSD", "--max-fill", "0"]);
    assert_eq!(
        (
            &euro["detection"]["file_count"],
            &euro["done"]["set"]["rows"]
        ),
        (&15.into(), &18_184.into())
    );
    assert_eq!(euro["done"]["set"]["instrument"]["calendar"], "forex");
}

/// The commands of the README over Apple's split 7:1 of 2014-06-09, whose first print, hours before the open, is bad.
#[test]
fn a_factor_file_adjusts_apples_minutes_days_and_hours() {
    let Some(one) = test_data(
        "lean",
        "lean/Data/equity/usa/minute/aapl/20140609_trade.zip",
    ) else {
        return;
    };
    let equity = one.ancestors().nth(3).unwrap();
    let path = |part: &str| equity.join(part).display().to_string();
    let sandbox = Sandbox::new();
    let run = |words: &[&str]| sandbox.run(words).unwrap();
    run(&["import", &path("minute/aapl")]);
    let factors = path("factor_files/aapl.csv");
    let said = run(&["factors", "import", &factors, "--symbol", "AAPL"]);
    assert_says(&said, &["AAPL-1min is adjusted for 39 corporate actions"]);
    let said = run(&["quality", "AAPL"]);
    assert_says(&said, &["1 bad print", "2014-06-09T08:00:00Z", "645.57"]);
    // a set that comes later has them too
    for (file, interval) in [("daily/aapl.zip", "1day"), ("hour/aapl.zip", "60min")] {
        let said = run(&["import", &path(file), "--interval", interval]);
        assert_says(&said, &["39 corporate actions known before of AAPL"]);
    }
    let returns = |name: &str, regular: bool| {
        let (set, curated) = sandbox.store().load_curated(name).unwrap();
        let calendar = set.instrument.calendar;
        let bars = curated.into_adjusted(calendar).unwrap();
        let within = |start: Timestamp| {
            let session = calendar.session(calendar.local_day(start)).unwrap();
            session.is_some_and(|session| session.open <= start && start < session.close)
        };
        let rows = bars.rows().filter(|row| !regular || within(row.0));
        let closes: Vec<(Timestamp, f64)> =
            rows.map(|(start, prices, _)| (start, prices[3])).collect();
        let pairs = closes.iter().zip(&closes[1..]);
        pairs
            .map(|(one, next)| (next.0, (next.1 / one.1 - 1.0).abs()))
            .collect::<Vec<_>>()
    };
    let minutes = returns("AAPL-1min", true);
    assert_eq!(minutes.len(), 3 * 390 - 1);
    assert!(minutes.iter().all(|(_, size)| *size < 0.01));
    let large = |name: &str, most: f64| -> Vec<String> {
        let large = returns(name, false)
            .into_iter()
            .filter(|(_, size)| *size > most);
        large
            .map(|(start, _)| start.utc_day().to_string())
            .collect()
    };
    assert_eq!(large("AAPL-1day", 0.2), ["2000-09-29"]);
    assert_eq!(large("AAPL-60min", 0.4), ["2000-09-29"]);
}
