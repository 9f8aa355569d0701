//! What is merged and what is asked about: coins far below a price step of cents, corrections of cheap shares, and which import is
//! said to have been read wrongly where others were read as it was.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // the helpers of an integration test are tests too, which clippy.toml cannot tell

mod support;

use std::fs;
use std::ops::Range;
use std::path::Path;

use support::{json, output, said, text};

/// 2024-03-01T00:00:00Z
const MARCH: i64 = 1_709_251_200;
const FIVE: i64 = 300;

/// The time of a row and the rest of it, by its number.
type RowAt<'a> = &'a dyn Fn(i64) -> (String, String);

/// Numbers below 1 that look like chance, the same each time.
fn chance(at: i64, salt: u64) -> f64 {
    let mixed = (at as u64 ^ salt << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 40) as f64 / (1_u64 << 24) as f64
}

/// Open, high, low, close and volume of a bar of five minutes about a price, written with so many decimals.
fn bar(at: i64, price: f64, decimals: usize) -> String {
    let level = |at: i64| price * (1.0 + 0.02 * chance(at / 40, 7) + 0.004 * chance(at, 1));
    let (open, close) = (level(at), level(at + 1));
    let high = open.max(close) * (1.0 + 0.002 * chance(at, 2));
    let low = open.min(close) * (1.0 - 0.002 * chance(at, 3));
    let volume = 100 + at.rem_euclid(97);
    format!("{open:.decimals$},{high:.decimals$},{low:.decimals$},{close:.decimals$},{volume}")
}

/// A time so many seconds since 1970 as a file writes it that shows another clock than UTC's.
fn shown(seconds: i64, ahead_hours: i64, mark: &str) -> String {
    let time = atrium_shared::base::time::Timestamp::from_seconds(seconds + 3_600 * ahead_hours);
    let text = time.to_string().replace('T', " ");
    format!("{}{mark}", text.trim_end_matches('Z'))
}

/// Bars of five minutes, counted from March 2024 on; each row is what `row` says of its bar.
fn file(bars: Range<i64>, row: impl Fn(i64) -> (String, String)) -> String {
    let mut all = "time,open,high,low,close,volume\n".to_owned();
    for at in bars {
        let (time, values) = row(at);
        all += &format!("{time},{values}\n");
    }
    all
}

fn written(base: &Path, name: &str, text: &str) -> String {
    let path = base.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What is asked of an import, which changes nothing.
fn asked(base: &Path, words: &[&str]) -> String {
    let out = output(base, words);
    assert_eq!(out.status.code(), Some(1), "{}", text(&out.stdout));
    text(&out.stderr).to_owned()
}

fn import<'a>(file: &'a str, flags: &[&'a str]) -> Vec<&'a str> {
    [&["import", file][..], flags].concat()
}

#[test]
fn bars_of_a_cheap_coin_at_wrong_times_or_of_another_market_are_asked_about() {
    for (price, decimals) in [(0.08, 5), (0.55, 4), (0.000_012_3, 8)] {
        for flags in [&[][..], &["--tick-size", "0.01"]] {
            let base = tempfile::tempdir().unwrap();
            let base = base.path();
            let flags = [&["--symbol", "DOGEUSDT"][..], flags].concat();
            let in_utc = |at: i64| shown(MARCH + FIVE * at, 0, "");
            let right = |at: i64| (in_utc(at), bar(at, price, decimals));
            let first = written(base, "first.csv", &file(0..1_500, right));
            said(base, &import(&first, &flags));
            let digest = || json(base, &["data", "show", "DOGEUSDT"])["set"]["digest"].to_string();
            let before = digest();
            let other_clock = |at: i64| {
                let time = shown(MARCH + FIVE * at, -5, "");
                (time, bar(at, price, decimals))
            };
            let dearer = |at: i64| (in_utc(at), bar(at + 77_777, price * 1.08, decimals));
            let late = |at: i64| (in_utc(at), bar(at - 1, price, decimals));
            let rows: [(&str, RowAt<'_>, &str); 3] = [
                ("clock.csv", &other_clock, "(--time-zone)"),
                ("late.csv", &late, "(--labels)"),
                ("dearer.csv", &dearer, "differ in price from those stored"),
            ];
            for (name, row, part) in rows {
                let wrong = written(base, name, &file(1_000..1_900, row));
                let asked = asked(base, &import(&wrong, &flags));
                assert!(asked.contains(part), "{price} {name}: {asked}");
                assert_eq!(digest(), before);
            }
            // a correction is merged, and so is what goes on
            let corrected = |at: i64| {
                let values = bar(at, price, decimals);
                let (values, volume) = values.rsplit_once(',').unwrap();
                let more = if at == 1_200 { "9999" } else { volume };
                (in_utc(at), format!("{values},{more}"))
            };
            let more = written(base, "more.csv", &file(1_000..1_900, corrected));
            let done = json(base, &import(&more, &flags));
            let merge = &done["done"]["merge"];
            assert_eq!(
                (&merge["added"], &merge["changed"]),
                (&400.into(), &1.into())
            );
        }
    }
}

#[test]
fn the_price_step_of_a_new_coin_is_that_of_its_prices_unless_one_is_stated() {
    let right = |price: f64, decimals: usize| {
        file(0..600, move |at| {
            (shown(MARCH + FIVE * at, 0, "Z"), bar(at, price, decimals))
        })
    };
    for (symbol, price, decimals, flags, tick, part) in [
        (
            "DOGEUSDT",
            0.08,
            5,
            &[][..],
            1e-5,
            "price step 0.00001, as the prices show; 0.01 is usual, but too coarse",
        ),
        (
            "SHIBUSDT",
            0.000_012_3,
            8,
            &["--crypto"],
            1e-8,
            "price step 0.00000001, as",
        ),
        ("BTCUSDT", 60_000.0, 2, &[], 0.01, ""),
        ("BTCUSDT", 60_000.0, 1, &[], 0.01, ""),
        (
            "DOGEUSDT",
            0.08,
            5,
            &["--tick-size", "0.01"],
            0.01,
            "price step 0.01 is coarse for these prices",
        ),
        // as floats of 32 bits are written
        ("XRPUSDT", 0.55, 16, &[], 0.01, "price step 0.01 is coarse"),
        ("SPY", 512.0, 2, &[], 0.01, ""),
        ("CHEAP", 0.4, 4, &[], 0.01, "price step 0.01 is coarse"),
    ] {
        let base = tempfile::tempdir().unwrap();
        let base = base.path();
        let file = written(base, "bars.csv", &right(price, decimals));
        let words = [&["import", &file, "--symbol", symbol][..], flags].concat();
        let tried = said(base, &[&words[..], &["--dry-run"]].concat());
        let told = said(base, &words);
        for told in [tried, told] {
            match part {
                "" => assert!(!told.contains("  price step "), "{symbol}: {told}"),
                part => assert!(
                    told.contains(part) && told.contains("--tick-size"),
                    "{symbol}: {told}"
                ),
            }
        }
        let shown = json(base, &["data", "show", symbol]);
        assert_eq!(
            shown["set"]["instrument"]["tick_size"], tick,
            "{symbol} {flags:?}"
        );
        // what is known of it holds for what comes later, and the same again changes nothing
        let again = said(base, &[&words[..], &["--replace"]].concat());
        assert!(again.contains("nothing was changed"), "{symbol}: {again}");
    }
}

#[test]
fn corrections_of_a_cheap_share_are_no_sums_of_its_bars() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    // minutes of four sessions that move by a cent or two, 14:30 to 21:00 UTC
    let rows = |corrected: bool| {
        let row = |at: i64| {
            let (day, minute) = (at / 390, at % 390);
            let cents = |at: i64| 5.0 + (chance(at, 4) * 3.0).floor() / 100.0;
            let (open, close) = (cents(at), cents(at + 1));
            let is_one = corrected && at % 20 == 7;
            let more = if is_one { 0.02 } else { 0.0 };
            let high = open.max(close) + (chance(at, 5) * 2.0).floor() / 100.0 + more;
            let low = open.min(close) - (chance(at, 6) * 2.0).floor() / 100.0;
            let volume = (100 + at % 31) * if is_one { 13 } else { 10 };
            let time = shown(MARCH + 86_400 * day + 52_200 + 60 * minute, 0, "Z");
            let values = format!("{open:.2},{high:.2},{low:.2},{close:.2},{volume}");
            (time, values)
        };
        // the first of March 2024 is a Friday
        file(0..390, row) + file(3 * 390..6 * 390, row).split_once('\n').unwrap().1
    };
    let first = written(base, "first.csv", &rows(false));
    let abc = ["--symbol", "ABC"];
    said(base, &import(&first, &abc));
    let again = written(base, "again.csv", &rows(true));
    let done = json(base, &import(&again, &abc));
    assert_eq!(done["done"]["merge"]["changed"], 78);
}

/// A minute of a share that hardly moves, from 2025-01-13 on, sessions only: its time and its values, to cents.
fn minute(at: i64, values_of: i64, price: f64) -> (String, String) {
    let level = |at: i64| {
        let slow = (at as f64 / 60.0).sin() / 150.0;
        price * (1.0 + slow + 0.0006 * chance(at, 1))
    };
    let (open, close) = (level(values_of), level(values_of + 1));
    let high = open.max(close) * (1.0 + 0.0004 * chance(values_of, 2));
    let low = open.min(close) * (1.0 - 0.0004 * chance(values_of, 3));
    let volume = 1_000.0 + (80_000.0 * chance(values_of, 4)).round();
    let (day, minute) = (at / 390, at % 390);
    let monday = 1_736_726_400;
    let time = shown(monday + 86_400 * day + 52_200 + 60 * minute, 0, "Z");
    let values = format!("{open:.2},{high:.2},{low:.2},{close:.2},{volume}");
    (time, values)
}

#[test]
fn minutes_of_a_share_that_come_one_bar_late_change_nothing_though_a_dividend_is_known() {
    for price in [29.5, 8.4, 2.5] {
        for is_known in [false, true] {
            let base = tempfile::tempdir().unwrap();
            let base = base.path();
            let right = |at: i64| minute(at, at, price);
            let first = written(base, "first.csv", &file(0..1_560, right));
            let abc = ["--symbol", "ABC"];
            said(
                base,
                &[&import(&first, &abc)[..], &["--basis", "raw"]].concat(),
            );
            if is_known {
                let actions = written(base, "actions.csv", "2025-01-21,dividend,0.999\n");
                said(base, &["factors", "import", &actions, "--symbol", "ABC"]);
            }
            let digest = || json(base, &["data", "show", "ABC"])["set"]["digest"].to_string();
            let before = digest();
            for (name, by) in [("late.csv", -1), ("hour.csv", -60)] {
                let moved = file(780..1_900, |at| minute(at, at + by, price));
                let moved = written(base, name, &moved);
                asked(base, &import(&moved, &abc));
                assert_eq!(digest(), before, "{price} {name}");
            }
            // adjusted for it, at their times and a minute late
            let adjusted = |at: i64, by: i64| {
                let (time, values) = minute(at, at + by, price);
                let mut values: Vec<String> = values.split(',').map(str::to_owned).collect();
                for value in values.iter_mut().take(4) {
                    *value = format!("{:.4}", value.parse::<f64>().unwrap() * 0.999);
                }
                (time, values.join(","))
            };
            if is_known {
                let late = file(780..1_900, |at| adjusted(at, -1));
                let late = written(base, "adjusted_late.csv", &late);
                asked(base, &import(&late, &abc));
                assert_eq!(digest(), before, "{price} adjusted");
                let right = file(780..1_560, |at| adjusted(at, 0));
                let right = written(base, "adjusted.csv", &right);
                let done = json(base, &import(&right, &abc));
                assert_eq!(done["done"]["merge"]["changed"], 0, "{price}");
            }
            // every tenth is corrected by a cent
            let corrected = |at: i64| {
                let (time, values) = right(at);
                if at % 10 != 3 {
                    return (time, values);
                }
                let mut values: Vec<&str> = values.split(',').collect();
                let high = format!("{:.2}", values[1].parse::<f64>().unwrap() + 0.01);
                values[1] = &high;
                (time, values.join(","))
            };
            let more = written(base, "more.csv", &file(780..1_900, corrected));
            let done = json(base, &import(&more, &abc));
            let merge = &done["done"]["merge"];
            assert_eq!(
                (&merge["added"], &merge["changed"]),
                (&340.into(), &78.into()),
                "{price}"
            );
        }
    }
}

/// A coin's bars of some days since March 2024, as a clock shows them that is so many hours ahead, with a mark after each time.
fn coin(days: Range<i64>, ahead_hours: i64, mark: &str) -> String {
    file(288 * days.start..288 * days.end, |at| {
        let time = shown(MARCH + FIVE * at, ahead_hours, mark);
        (time, bar(at, 60_000.0, 2))
    })
}

/// Which of the right bars are not stored at their times.
fn misplaced(base: &Path, right: &str) -> usize {
    let out = base.join("out.csv");
    let out = out.to_str().unwrap();
    said(
        base,
        &["data", "export", "COIN-5min", "--out", out, "--force"],
    );
    let stored = fs::read_to_string(out).unwrap();
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let time = fields[0].replace('T', " ").trim_end_matches('Z').to_owned();
        let prices: Vec<f64> = fields[1..5].iter().map(|it| it.parse().unwrap()).collect();
        (time, prices)
    };
    let stored: Vec<(String, Vec<f64>)> = stored.lines().skip(1).map(row).collect();
    let right = right
        .lines()
        .filter(|line| !line.starts_with("time"))
        .map(row);
    right.filter(|row| !stored.contains(row)).count()
}

const COIN: [&str; 3] = ["--symbol", "COIN", "--crypto"];

#[test]
fn only_imports_that_the_compared_bars_are_of_are_said_to_be_read_wrongly() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    // New York's clock before it changes, read as UTC; then another day of UTC, read so as well
    let wrong = written(base, "wrong.csv", &coin(0..3, -5, ""));
    let other = written(base, "other.csv", &coin(5..8, 0, ""));
    said(base, &import(&wrong, &COIN));
    said(base, &import(&other, &COIN));
    let right = written(base, "right.csv", &coin(0..3, 0, "Z"));
    let asked = asked(base, &import(&right, &COIN));
    for part in [
        "the times of import 1 (wrong.csv) are of the zone ",
        "import its file again with the time zone ",
        "in place of what is stored (--replace), then those of the other imports in their order, which that removes as well, with times read as they were: 2 (other.csv, UTC, starts), then this one",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    let (_, zone) = asked.split_once("again with the time zone ").unwrap();
    let (zone, _) = zone.split_once(" (--time-zone)").unwrap();
    let mended = [
        &import(&wrong, &COIN)[..],
        &["--time-zone", zone, "--replace"],
    ]
    .concat();
    said(base, &mended);
    let utc = [&import(&other, &COIN)[..], &["--time-zone", "utc"]].concat();
    said(base, &utc);
    said(base, &import(&right, &COIN));
    let all = coin(0..3, 0, "") + &coin(5..8, 0, "");
    assert_eq!(misplaced(base, &all), 0);
}

#[test]
fn all_imports_that_were_read_wrongly_are_named() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    for (name, days, ahead) in [("a.csv", 0..2, -5), ("b.csv", 2..4, -5), ("c.csv", 6..8, 0)] {
        let file = written(base, name, &coin(days, ahead, ""));
        said(base, &import(&file, &COIN));
    }
    let right = written(base, "right.csv", &coin(0..4, 0, "Z"));
    let asked = asked(base, &import(&right, &COIN));
    for part in [
        "the times of imports 1 (a.csv) and 2 (b.csv) are of the zone ",
        "import the first of their files again with the time zone ",
        "(--replace) and the others so after it, then those of the other imports in their order, which that removes as well, with times read as they were: 3 (c.csv, UTC, starts), then this one",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
}

#[test]
fn of_bars_that_are_one_bar_off_only_the_import_that_they_are_of_is_named() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    let start = [&COIN[..], &["--labels", "start"]].concat();
    // ends of bars that were read as starts, few, so that no clock is looked for; then starts, read as such
    let ends = file(0..12, |at| {
        let time = shown(MARCH + FIVE * (at + 1), 0, "Z");
        (time, bar(at, 60_000.0, 2))
    });
    let wrong = written(base, "ends.csv", &ends);
    let other = written(base, "other.csv", &coin(1..2, 0, "Z"));
    said(base, &import(&wrong, &start));
    said(base, &import(&other, &start));
    let starts = file(0..12, |at| {
        (shown(MARCH + FIVE * at, 0, "Z"), bar(at, 60_000.0, 2))
    });
    let right = written(base, "right.csv", &starts);
    let asked = asked(base, &import(&right, &start));
    assert!(
        asked.contains("the times of import 1 (ends.csv) are ends of bars"),
        "{asked}"
    );
    assert!(
        asked.contains("with times read as they were: 2 (other.csv, starts)"),
        "{asked}"
    );
}
