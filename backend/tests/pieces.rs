//! Importing what is not of one piece: histories that were adjusted anew, rows of days and sums among shorter bars, symbols that only a
//! column names, names over several lines.

#![allow(clippy::unwrap_used)] // the helpers of an integration test are tests too, which clippy.toml cannot tell

mod support;

use std::fs;
use std::path::Path;

use support::{OPEN, bars, json, output, refused, stored, text};

/// The rows of `bars`, with prices times what a row's number says.
fn scaled(text: &str, factor: impl Fn(usize) -> f64) -> String {
    let mut lines = text.lines();
    let mut all = format!("{}\n", lines.next().unwrap());
    for (index, row) in lines.enumerate() {
        let fields: Vec<&str> = row.split(',').collect();
        let [start, prices @ .., volume] = <[&str; 6]>::try_from(fields).unwrap();
        let prices = prices.map(|price| {
            let price = price.parse::<f64>().unwrap() * factor(index);
            format!("{price:.4}")
        });
        all += &format!("{start},{},{volume}\n", prices.join(","));
    }
    all
}

fn write(base: &Path, name: &str, text: &str) -> String {
    let file = base.join(name);
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn digest(base: &Path, name: &str) -> String {
    let shown = json(base, &["data", "show", name]);
    shown.pointer("/set/digest").unwrap().to_string()
}

#[test]
fn a_history_that_was_adjusted_anew_is_asked_about_and_corrections_are_not() {
    let whole = bars(100..160);
    for (name, factor) in [("dividend", 0.9991), ("tiny", 1.0006)] {
        let made = stored();
        let base = made.path();
        let file = write(base, &format!("{name}.csv"), &scaled(&whole, |_| factor));
        let before = digest(base, "SPY-1min");
        let words = ["import", &file, "--symbol", "SPY"];
        let out = output(base, &words);
        assert_eq!(out.status.code(), Some(1), "{name}");
        let said = text(&out.stderr);
        for part in [
            &format!("by one ratio, {factor:.6}")[..],
            "--accept",
            "--replace",
        ] {
            assert!(said.contains(part), "{said}");
        }
        assert_eq!(digest(base, "SPY-1min"), before);
        let done = json(base, &["import", &file, "--symbol", "SPY", "--accept"]);
        assert_eq!(done["done"]["merge"]["changed"], 330);
    }
    // prices that are corrected, each in its own way, and one bar by a ratio
    let handful = |index: usize| match index {
        20 | 70 | 120 | 121 | 200 => 1.0 + index as f64 / 150_000.0,
        _ => 1.0,
    };
    let made = stored();
    let file = write(made.path(), "some.csv", &scaled(&whole, handful));
    let done = json(made.path(), &["import", &file, "--symbol", "SPY"]);
    assert_eq!(done["done"]["merge"]["changed"], 5);
}

#[test]
fn a_bar_of_five_minutes_is_none_of_one() {
    let made = stored();
    let base = made.path();
    let price = |minute: i64| 100.0 + (minute % 7) as f64 / 4.0;
    let (high, low) = (price(13) + 0.5, price(14) - 0.5);
    let row = format!(
        "timestamp,open,high,low,close,volume\n{},{},{high},{low},{},{}\n",
        OPEN + 600,
        price(10),
        price(14),
        560
    );
    let file = write(base, "five.csv", &row);
    let before = digest(base, "SPY-1min");
    let out = output(base, &["import", &file, "--symbol", "SPY"]);
    assert_eq!(out.status.code(), Some(1));
    let told = text(&out.stderr);
    assert!(
        told.contains("is the sum of several of those stored") && told.contains("--interval"),
        "{told}"
    );
    assert_eq!(digest(base, "SPY-1min"), before);
    let done = json(
        base,
        &["import", &file, "--symbol", "SPY", "--interval", "5min"],
    );
    assert_eq!(done["name"], "SPY-5min");
}

#[test]
fn a_row_of_a_day_among_hours_is_set_aside_with_its_line() {
    let made = tempfile::tempdir().unwrap();
    let base = made.path();
    let mut file = "time,open,high,low,close,volume\n".to_owned();
    let at = |day: usize, hour: usize| {
        let open = 2_000.0 + ((day * 23 + hour) * 7 % 19) as f64;
        [open, open + 2.5, open - 2.0, open + 0.5]
    };
    for day in 18..23 {
        let hours: Vec<[f64; 4]> = (1..24).map(|hour| at(day, hour)).collect();
        if day == 21 {
            let high = hours
                .iter()
                .map(|bar| bar[1])
                .max_by(f64::total_cmp)
                .unwrap();
            let low = hours
                .iter()
                .map(|bar| bar[2])
                .min_by(f64::total_cmp)
                .unwrap();
            let (open, close) = (hours[0][0], hours[22][3]);
            file += &format!("2024-03-{day} 00:00:00,{open},{high},{low},{close},2300\n");
        }
        for (hour, [open, high, low, close]) in (1..).zip(hours) {
            file += &format!("2024-03-{day} {hour:02}:00:00,{open},{high},{low},{close},100\n");
        }
    }
    let file = write(base, "XAUUSD_H1.csv", &file);
    let zone = ["--time-zone", "America/New_York+7h"];
    let done = json(base, &[&["import", &file][..], &zone].concat());
    assert_eq!(
        (&done["done"]["set"]["rows"], &done["done"]["rejected"]),
        (&115.into(), &1.into())
    );
    let row = &done["done"]["quarantine"][0];
    assert_eq!(row["line"], 2 + 3 * 23);
    let reason = row["reason"].as_str().unwrap();
    assert!(reason.contains("other 23 bars of a day"), "{reason}");
    let refused = |rows: u64, rejected: u64| {
        let cleaning = &json(base, &["quality", "XAUUSD"])["cleaning"];
        assert_eq!(
            (&cleaning["rows"], &cleaning["rejected"]),
            (&rows.into(), &rejected.into())
        );
    };
    refused(116, 1);
    // rows that are none count as received
    let more = "time,open,high,low,close,volume\n2024-03-22 23:00:00,2000,2003,1999,2001,1\n2024-03-25 01:00:00,2000,2003,1999,2001,1\nnone,1,1,1,1,1\n2024-03-25 02:00:00,2000,2003,1999,2001,1\n2024-03-25 03:00:00,2000,2003,1999,2001,1\n2024-03-25 04:00:00,2000,2003,1999,2001,1\n";
    let more = write(base, "XAUUSD_H1 more.csv", more);
    let done = json(base, &[&["import", &more][..], &zone].concat());
    assert_eq!(done["done"]["rejected"], 1, "{done}");
    refused(122, 2);
}

#[test]
fn a_row_of_the_first_day_of_a_month_is_found_which_begins_in_the_month_before_in_utc() {
    let made = tempfile::tempdir().unwrap();
    let base = made.path();
    let at = |row: usize| {
        let open = 2_000.0 + (row * 7 % 19) as f64;
        [open, open + 2.5, open - 2.0, open + 0.5]
    };
    let mut file = "time,open,high,low,close,volume\n".to_owned();
    let days = [
        "03-26", "03-27", "03-28", "04-01", "04-02", "04-03", "04-04",
    ];
    for (index, day) in days.iter().enumerate() {
        let hours: Vec<[f64; 4]> = (0..23).map(|hour| at(index * 23 + hour)).collect();
        let highest = hours.iter().map(|bar| bar[1]).fold(0.0, f64::max);
        let lowest = hours.iter().map(|bar| bar[2]).fold(1e9, f64::min);
        let (first, last) = (hours[0][0], hours[22][3]);
        for (hour, [open, high, low, close]) in (1..).zip(hours) {
            file += &format!("2024-{day} {hour:02}:00:00,{open},{high},{low},{close},100\n");
            // with the first hour, and after it: of one time the last row counts
            if (*day, hour) == ("04-01", 1) {
                file += &format!("2024-{day} 01:00:00,{first},{highest},{lowest},{last},2300\n");
            }
        }
    }
    let path = write(base, "XAUUSD_H1.csv", &file);
    let zone = ["--time-zone", "America/New_York+7h"];
    let done = json(base, &[&["import", &path][..], &zone].concat());
    assert_eq!(done["done"]["rejected"], 1, "{done}");
    assert_eq!(done["done"]["quarantine"][0]["line"], 3 + 3 * 23);
    // what is stored is compared with what remains of the same rows
    let path = write(base, "XAUUSD_H1 again.csv", &format!("{file}\n"));
    let again = json(base, &[&["import", &path][..], &zone].concat());
    assert_eq!(again["done"]["merge"]["changed"], 0, "{again}");
}

#[test]
fn the_only_symbol_of_a_column_needs_no_flag() {
    let made = tempfile::tempdir().unwrap();
    let base = made.path();
    let rows = |symbols: &[&str]| {
        let mut text = "symbol,timestamp,open,high,low,close,volume\n".to_owned();
        for minute in 0..30 {
            for symbol in symbols {
                let at = OPEN + 60 * minute;
                text += &format!("{symbol},{at},10,11,9,10.5,100\n");
            }
        }
        text
    };
    let one = write(base, "bars.csv", &rows(&["AAPL"]));
    let done = json(base, &["import", &one]);
    assert_eq!(done["done"]["set"]["name"], "AAPL-1min");
    // another one is asked for
    let two = write(base, "minutes.csv", &rows(&["MSFT", "NVDA"]));
    let told = refused(base, &["import", &two]);
    assert!(
        told.contains("MSFT (30), NVDA (30)") && told.contains("--symbol"),
        "{told}"
    );
    let done = json(base, &["import", &two, "--symbol", "NVDA"]);
    assert_eq!(done["done"]["set"]["name"], "NVDA-1min");
    assert_eq!(done["done"]["set"]["rows"], 30);
    let none = write(base, "none.csv", &bars(0..0));
    assert!(refused(base, &["import", &none]).contains("--symbol SPY"));
}

#[test]
fn a_day_of_yfinance_is_added_and_the_source_says_how_many_there_were() {
    let made = tempfile::tempdir().unwrap();
    let base = made.path();
    let head = "Price,Close,High,Low,Open,Volume\nTicker,SPY,SPY,SPY,SPY,SPY\nDate,,,,,\n";
    let row = |day: usize| {
        let open = 500.0 + (day * 7 % 5) as f64;
        format!(
            "2024-03-{day},{},{},{},{open},1000\n",
            open + 0.5,
            open + 1.0,
            open - 1.0
        )
    };
    let days: String = (11..16).map(row).collect();
    let file = write(base, "spy.csv", &format!("{head}{days}"));
    let done = json(base, &["import", &file]);
    assert_eq!(
        (&done["done"]["set"]["name"], &done["done"]["rejected"]),
        (&"SPY-1day".into(), &0.into())
    );
    let next = write(base, "spy_next.csv", &format!("{head}{}", row(18)));
    let done = json(base, &["import", &next]);
    assert_eq!(done["done"]["merge"]["added"], 1);
    let source = "imported from spy_next.csv, the last of 2 imports";
    assert_eq!(done["done"]["set"]["source"], source);
}

#[test]
fn files_of_several_symbols_are_no_data_set() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    let folder = base.join("files");
    fs::create_dir(&folder).unwrap();
    // days that do not overlap, which by themselves would be one history
    write(&folder, "BTCUSDT_1m.csv", &bars(0..200));
    write(&folder, "ETHUSDT_1m.csv", &bars(200..400));
    let folder = folder.to_str().unwrap();
    let refused = |words: &[&str]| {
        let out = output(base, words);
        assert_eq!(out.status.code(), Some(1), "{words:?}");
        text(&out.stderr).to_owned()
    };
    let said = refused(&["import", folder]);
    let words = "BTCUSDT_1m.csv is of BTCUSDT by its name and ETHUSDT_1m.csv of ETHUSDT";
    assert!(said.contains(words), "{said}");
    // the symbol of one of them does not choose it, nor make the other one its bars
    let said = refused(&["import", folder, "--symbol", "BTCUSDT", "--crypto"]);
    assert!(said.contains(words), "{said}");
    let stated = json(base, &["import", folder, "--symbol", "COINS", "--crypto"]);
    assert_eq!(stated["done"]["set"]["instrument"]["symbol"], "COINS");
}
