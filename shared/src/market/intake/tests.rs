//! Tests of reading whole files.

mod beside;
mod pieces;

use super::*;
use crate::base::time::{BarInterval, Timestamp};
use crate::market::calendar::Calendar;

fn read(files: &[(&str, &[u8])], reading: &Reading) -> Result<(Detection, Kept), String> {
    read_all(files, reading, Limits::default(), Kept::default()).map_err(|error| error.to_string())
}

fn nyse(text: &str) -> (Detection, Kept) {
    read(
        &[("file.csv", text.as_bytes())],
        &Reading::detect(Calendar::Nyse),
    )
    .unwrap_or_else(|bad| panic!("{bad}"))
}

#[test]
fn a_plain_file_is_read() {
    let (detection, kept) = nyse(
        "timestamp,open,high,low,close,volume\n2024-03-26 13:30:00+00:00,521.23,521.44,520.88,521.36,888901\n2024-03-26 13:35:00+00:00,521.35,521.43,520.97,521.09,551002\n",
    );
    assert_eq!(detection.counts.used, 2);
    assert_eq!(kept.rows.bars.start[0].to_string(), "2024-03-26T13:30:00Z");
    assert_eq!(detection.interval.value.to_string(), "5min");
    assert_eq!(detection.zone, None);
}

/// Bars of every weekday of so many days from 2024-03-25, a Monday, from one minute of the day to another, without a zone.
fn local(days: std::ops::Range<u32>, minutes: std::ops::Range<u32>, step: usize) -> String {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for day in days.filter(|day| day % 7 < 5) {
        let date = crate::base::time::Day(19_807 + day as i32);
        for minute in minutes.clone().step_by(step) {
            let (hour, minute) = (minute / 60, minute % 60);
            text += &format!("{date} {hour:02}:{minute:02}:00,10,11,9,10,5\n");
        }
    }
    text
}

fn of(calendar: Calendar, text: &str, habits: Vec<Habit>) -> Detection {
    let scout = Scout::new(Reading::detect(calendar), Limits::default());
    let mut scout = scout.with_habits(habits);
    scout.open("file.csv").unwrap();
    scout.push(text.as_bytes()).unwrap();
    scout.close().unwrap();
    scout.finish().unwrap().detection().clone()
}

fn zone(detection: &Detection) -> (String, Certainty) {
    let zone = detection.zone.as_ref().unwrap();
    (zone.value.to_string(), zone.certainty)
}

#[test]
fn few_sessions_that_fit_the_exchange_are_proposed_in_its_time() {
    let exchange = ("exchange".to_owned(), Certainty::Assumed);
    let utc = ("UTC".to_owned(), Certainty::Assumed);
    for days in [1, 2, 4] {
        for (minutes, step, expected) in [
            (570..960, 1, &exchange),
            (570..960, 30, &exchange),
            // extended hours
            (240..1_200, 1, &exchange),
            // 9:30 to 16:00 in New York, written in UTC
            (810..1_200, 1, &utc),
            // the middle of a session tells nothing
            (630..900, 1, &utc),
        ] {
            let found = of(
                Calendar::Nyse,
                &local(0..days, minutes.clone(), step),
                vec![],
            );
            assert_eq!(
                &zone(&found),
                expected,
                "{days} days, {minutes:?} by {step}"
            );
        }
    }
    // a market that hardly closes does not tell either
    let midweek = of(Calendar::Forex, &local(1..3, 0..1_440, 1), vec![]);
    assert_eq!(zone(&midweek), utc);
    // many sessions tell
    let (exchange, _) = exchange;
    let found = of(Calendar::Nyse, &local(0..14, 570..960, 1), vec![]);
    assert_eq!(zone(&found), (exchange, Certainty::Sure));
}

#[test]
fn where_times_do_not_tell_the_last_import_is_proposed() {
    let habit = |minutes| Habit {
        interval: BarInterval::minutes(minutes),
        zone: Some("Europe/Berlin".parse().unwrap()),
        is_zone_sure: true,
        is_wide: false,
        is_by_clock: false,
        labels: Labels::End,
        date_order: None,
        clock: None,
        forms: vec![TimeForm::DateTime],
        daily: None,
        is_same_file: false,
    };
    let assumed = ("Europe/Berlin".to_owned(), Certainty::Assumed);
    for (calendar, text) in [
        (Calendar::Forex, local(1..3, 0..1_440, 1)),
        (Calendar::Crypto, local(0..3, 0..1_440, 1)),
        (Calendar::Nyse, local(0..2, 1_020..1_260, 1)),
    ] {
        let found = of(calendar, &text, vec![habit(5), habit(1)]);
        assert_eq!(zone(&found), assumed, "{calendar:?}");
        let labels = &found.labels;
        assert_eq!(
            (labels.value, labels.certainty),
            (Labels::End, Certainty::Assumed)
        );
        assert!(labels.evidence.contains("last import"), "{labels:?}");
        assert_eq!(found.reading.zone, Some("Europe/Berlin".parse().unwrap()));
        assert_eq!(found.reading.labels, Some(Labels::End));
        // of another interval
        let other = of(calendar, &text, vec![habit(5)]);
        assert_eq!(
            (zone(&other).0.as_str(), other.labels.value),
            ("UTC", Labels::Start)
        );
    }
    // what tells is believed
    let found = of(Calendar::Nyse, &local(0..14, 570..960, 1), vec![habit(1)]);
    assert_eq!(zone(&found), ("exchange".to_owned(), Certainty::Sure));
    assert_eq!(found.labels.value, Labels::Start);
    // so is what is given
    let given = Reading {
        zone: Some(Zone::UTC),
        labels: Some(Labels::Start),
        ..Reading::detect(Calendar::Forex)
    };
    let mut scout = Scout::new(given, Limits::default()).with_habits(vec![habit(1)]);
    scout.open("file.csv").unwrap();
    scout.push(local(1..3, 0..1_440, 1).as_bytes()).unwrap();
    scout.close().unwrap();
    let plan = scout.finish().unwrap();
    assert_eq!(zone(plan.detection()), ("UTC".to_owned(), Certainty::Given));
    assert_eq!(plan.detection().labels.certainty, Certainty::Given);
}

fn refused(files: &[(&str, &[u8])], calendar: Calendar) -> String {
    let (detection, _) = read(files, &Reading::detect(calendar)).unwrap();
    detection.refusal.expect("a refusal")
}

fn for_symbol(text: &str, symbol: &str) -> (Detection, Kept) {
    let scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
    let mut scout = scout.with_symbol(symbol, true);
    let hand_over = |feed: &mut dyn FnMut(&[u8])| feed(text.as_bytes());
    scout.open("file.csv").unwrap();
    hand_over(&mut |bytes| scout.push(bytes).unwrap());
    scout.close().unwrap();
    let mut reader = Reader::new(&scout.finish().unwrap(), Kept::default()).unwrap();
    reader.open("file.csv").unwrap();
    hand_over(&mut |bytes| reader.push(bytes).unwrap());
    reader.close().unwrap();
    reader.finish().unwrap()
}

#[test]
fn rows_of_several_symbols_are_told_apart_or_refused() {
    let mut text = "ts,symbol,open,high,low,close,volume\n".to_owned();
    for row in 0..600 {
        let (symbol, price) = if row % 2 == 0 {
            ("AAA", 100)
        } else {
            ("BBB", 200)
        };
        let ts = 1_711_459_800 + row / 2 * 60;
        text += &format!("{ts},{symbol},{price},{price},{price},{price},1\n");
    }
    let (detection, kept) = for_symbol(&text, "aaa");
    assert_eq!(detection.refusal, None);
    assert_eq!(detection.counts.used, 300);
    assert!(
        kept.rows
            .bars
            .close
            .iter()
            .all(|close| close.to_bits() == 100.0_f64.to_bits())
    );
    assert!(
        !detection.warnings.iter().any(|it| it.contains("newest")),
        "{:?}",
        detection.warnings
    );
    let (detection, _) = for_symbol(&text, "CCC");
    let said = detection.refusal.unwrap();
    assert!(said.contains("AAA (300), BBB (300)"), "{said}");
    let (detection, _) = for_symbol(&text.replace("symbol", "kind"), "AAA");
    let said = detection.refusal.unwrap();
    assert!(
        said.starts_with("300 of the 600 rows have the time of another row"),
        "{said}"
    );
}

#[test]
fn compact_times_of_day_beside_dates_are_read() {
    let rows = |clock: &dyn Fn(u32) -> String| -> String {
        (0..90)
            .map(|row| format!("AAPL,1,20240326,{},10,11,9,10,5\n", clock(570 + row)))
            .collect()
    };
    let head = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\n";
    let six = rows(&|minute| format!("{:02}{:02}00", minute / 60, minute % 60));
    let four = rows(&|minute| format!("{:02}{:02}", minute / 60, minute % 60));
    let short = rows(&|minute| format!("{}{:02}", minute / 60, minute % 60));
    for text in [&six, &four, &short] {
        let found = of(Calendar::Nyse, &format!("{head}{text}"), vec![]);
        assert_eq!(found.interval.value, BarInterval::minutes(1), "{text}");
        let kept = nyse(&format!("{head}{text}")).1;
        assert_eq!(kept.rows.len(), 90);
        let first = kept.rows.bars.start[0].to_string();
        assert!(
            first.starts_with("2024-03-26T") && first.ends_with(":30:00Z"),
            "{first}"
        );
    }
    // without names only six digits tell
    let found = of(Calendar::Nyse, &six, vec![]);
    assert_eq!(found.interval.value, BarInterval::minutes(1));
}

#[test]
fn two_files_on_different_bases_are_refused_with_their_ratio() {
    let file = |days: std::ops::Range<i32>, factor: f64| -> String {
        let mut text = "Date,Open,High,Low,Close,Volume\n".to_owned();
        for day in days.filter(|day| day % 7 < 5) {
            let date = crate::base::time::Day(19_807 + day);
            let price = (100.0 + f64::from(day)) * factor;
            text += &format!("{date},{price},{price},{price},{price},5\n");
        }
        text
    };
    let (old, tail) = (file(0..400, 1.0), file(390..500, 0.25));
    let both = [("v0.csv", old.as_bytes()), ("tail.csv", tail.as_bytes())];
    let said = refused(&both, Calendar::Nyse);
    assert!(
        said.contains("by the factor 4:") && said.contains("one after the other"),
        "{said}"
    );
    // one common row does not tell, but is said
    let one = file(399..500, 0.25);
    let both = [("v0.csv", old.as_bytes()), ("tail.csv", one.as_bytes())];
    let (detection, _) = read(&both, &Reading::detect(Calendar::Nyse)).unwrap();
    assert_eq!(detection.refusal, None);
    assert!(
        detection
            .warnings
            .iter()
            .any(|it| it.contains("differ much"))
    );
    // a tail on the same basis is none
    let same = file(390..500, 1.0);
    let both = [("v0.csv", old.as_bytes()), ("tail.csv", same.as_bytes())];
    let (detection, _) = read(&both, &Reading::detect(Calendar::Nyse)).unwrap();
    assert_eq!(
        (detection.refusal, detection.counts.contradicting),
        (None, 0)
    );
}

#[test]
fn daily_bars_have_one_key_a_session_whatever_their_stamp() {
    for stamp in ["", "T13:30:00Z", " 00:00:00-04:00", " 16:00:00"] {
        let mut text = "time,open,high,low,close,volume\n".to_owned();
        for day in (0..40).filter(|day| day % 7 < 5) {
            let date = crate::base::time::Day(19_807 + day);
            text += &format!("{date}{stamp},10,11,9,10,5\n");
        }
        let (detection, kept) = nyse(&text);
        assert_eq!(detection.interval.value, BarInterval::Day);
        let starts = &kept.rows.bars.start;
        assert!(
            starts.iter().all(|at| at.utc_day().midnight_utc() == *at),
            "{stamp}"
        );
        assert_eq!(starts[0].to_string(), "2024-03-25T00:00:00Z", "{stamp}");
        assert_eq!(detection.hours.closed, 1, "Good Friday, {stamp}");
    }
}

#[test]
fn bars_cut_in_two_ways_are_refused() {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for day in (0..21).filter(|day| day % 7 < 5) {
        let date = crate::base::time::Day(19_807 + day);
        for hour in 14..20 {
            text +=
                &format!("{date}T{hour}:00:00Z,10,11,9,10,5\n{date}T{hour}:30:00Z,10,11,9,10,5\n");
        }
    }
    let given = Reading {
        interval: Some(BarInterval::minutes(30)),
        ..Reading::detect(Calendar::Nyse)
    };
    let (detection, _) = read(&[("half.csv", text.as_bytes())], &given).unwrap();
    assert_eq!(detection.refusal, None);
    // one file by the clock, one by the session
    let part = |minute: &str| -> String {
        text.lines()
            .filter(|line| line.starts_with("time") || line.contains(minute))
            .map(|line| format!("{line}\n"))
            .collect()
    };
    let (clock, session) = (part(":00:00Z"), part(":30:00Z"));
    let both = [
        ("clock.csv", clock.as_bytes()),
        ("session.csv", session.as_bytes()),
    ];
    let said = refused(&both, Calendar::Nyse);
    assert!(
        said.contains("begin before the 60min bar before them has ended"),
        "{said}"
    );
}

#[test]
fn hours_that_fit_the_exchange_are_not_taken_for_utc() {
    // 9:30 to 15:30 by the hour: the ends of bars in Chicago fit as well
    let found = of(Calendar::Nyse, &local(0..120, 570..960, 60), vec![]);
    assert_eq!(zone(&found), ("exchange".to_owned(), Certainty::Assumed));
    assert_eq!(found.labels.value, Labels::Start);
    // most bars out of hours in a zone that nobody named are not taken
    let text = local(0..3, 300..900, 60);
    let said = refused(&[("f.csv", text.as_bytes())], Calendar::Nyse);
    assert!(
        said.contains("without a zone") && said.contains("give the zone"),
        "{said}"
    );
    let given = Reading {
        zone: Some(Zone::UTC),
        ..Reading::detect(Calendar::Nyse)
    };
    let (detection, _) = read(&[("f.csv", text.as_bytes())], &given).unwrap();
    assert_eq!(detection.refusal, None);
}

#[test]
fn an_empty_column_of_volumes_is_none_and_names_that_come_again_are_told() {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for minute in 30..60 {
        text += &format!("2024-03-26T13:{minute}:00Z,10,11,9,10,\n");
    }
    text += "time,open,high,low,close,volume\n";
    let (detection, kept) = nyse(&text);
    assert_eq!((detection.counts.used, kept.rows.bars.volume[0]), (30, 0.0));
    assert!(
        detection
            .warnings
            .iter()
            .any(|it| it.contains("no column of volumes"))
    );
    assert_eq!(
        detection.reasons[0].what,
        "lines that name the columns again"
    );
}

#[test]
fn dates_that_do_not_tell_their_order_are_read_as_the_last_import_was() {
    let text = "time,open,high,low,close,volume\n07/06/2023 00:00,10,11,9,10,5\n07/06/2023 01:00,10,11,9,10,5\n07/06/2023 02:00,10,11,9,10,5\n";
    let habit = |order| Habit {
        interval: BarInterval::minutes(60),
        zone: None,
        is_zone_sure: false,
        is_wide: false,
        is_by_clock: false,
        labels: Labels::Start,
        date_order: order,
        clock: None,
        forms: vec![TimeForm::ShortDateTime],
        daily: None,
        is_same_file: false,
    };
    for (order, expected) in [
        (Some(DateOrder::Day), DateOrder::Day),
        (Some(DateOrder::Month), DateOrder::Month),
        (None, DateOrder::Month),
    ] {
        let found = of(Calendar::Crypto, text, vec![habit(order)]);
        let read = found.date_order.unwrap();
        assert_eq!((read.value, read.certainty), (expected, Certainty::Assumed));
        assert_eq!(found.reading.date_order, Some(expected));
    }
    // a single row, and rows over a weekend, are of the data set there is
    let one = "time,open,high,low,close,volume\n2023-06-09,10,11,9,10,5\n";
    let daily = Habit {
        interval: BarInterval::Day,
        ..habit(None)
    };
    for text in [one.to_owned(), one.to_owned() + "2023-06-12,10,11,9,10,5\n"] {
        let found = of(Calendar::Nyse, &text, vec![daily.clone()]);
        assert_eq!(found.interval.value, BarInterval::Day);
        assert_eq!(found.interval.certainty, Certainty::Assumed);
    }
}

#[test]
fn what_is_known_is_there_where_a_file_is_not_read() {
    let text = "Datum;Zeit;Er\u{f6}ffnung;Hoch;Tief;Schluss\n26.03.2024;09:30;10;11;9;10\n";
    let mut scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
    scout.open("semi.csv").unwrap();
    let pushed = scout.push(text.as_bytes()).and_then(|()| scout.close());
    assert!(pushed.is_err());
    let seen = scout.so_far().unwrap();
    assert_eq!((seen.delimiter, seen.columns.len()), (Some(';'), 6));
    assert_eq!(
        seen.sample,
        [["26.03.2024", "09:30", "10", "11", "9", "10"]]
    );
}

#[test]
fn lean_rows_without_a_path_tell_their_interval_by_spacing() {
    let mut text = String::new();
    for day in (0..28).filter(|day| day % 7 < 5) {
        let date = crate::base::time::Day(19_807 + day)
            .to_string()
            .replace('-', "");
        text += &format!("{date} 00:00,100000,110000,90000,100000,5\n");
    }
    let given = Reading {
        lean: Some(LeanMarket::Equity),
        ..Reading::detect(Calendar::Nyse)
    };
    let (detection, _) = read(&[("aapl.csv", text.as_bytes())], &given).unwrap();
    assert_eq!(detection.interval.value, BarInterval::Day);
    assert_eq!(detection.interval.certainty, Certainty::Sure);
}

#[test]
fn a_change_of_clocks_taken_for_utc_is_hinted_at() {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    // 2024-11-02 and 03 by the clock of New York, an hour of which comes twice
    for minute in 0..12_000_i64 {
        let wall = if minute < 1_440 + 120 {
            minute
        } else {
            minute - 60
        };
        let at = Timestamp::from_seconds(1_730_505_600 + wall * 60).to_string();
        let price = 100 + minute % 50;
        text += &format!(
            "{},{price},{price},{price},{price},5\n",
            at.trim_end_matches('Z')
        );
    }
    let (detection, _) = read(
        &[("btc.csv", text.as_bytes())],
        &Reading::detect(Calendar::Crypto),
    )
    .unwrap();
    assert_eq!(detection.refusal, None);
    let warnings = detection.warnings.join("; ");
    assert!(warnings.contains("clocks are set back"), "{warnings}");
}

/// Rows of a table whose values have types, read for NYSE.
fn table_rows(columns: &[&str], rows: &[Vec<Cell<'_>>]) -> (Detection, Rows) {
    let names: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
    let shown = |row: &Vec<Cell<'_>>| row.iter().map(|cell| cell.shown().into_bytes()).collect();
    let sample: Vec<Vec<Vec<u8>>> = rows.iter().take(200).map(shown).collect();
    let feed = |pass: &mut dyn Feed| {
        pass.table("bars.db", Format::Sqlite, &names, sample.clone())
            .unwrap();
        for (line, row) in (1..).zip(rows) {
            pass.row(line, row).unwrap();
        }
    };
    let mut scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
    feed(&mut scout);
    let plan = scout.finish().unwrap();
    let mut reader = Reader::new(&plan, Kept::default()).unwrap();
    feed(&mut reader);
    let (detection, kept) = reader.finish().unwrap();
    (detection, kept.rows)
}

#[test]
fn whole_numbers_are_times_of_day_by_their_column() {
    let rows = |clock: &dyn Fn(i64) -> i64| -> Vec<Vec<Cell<'static>>> {
        let of = |minute: i64| {
            let mut row = vec![Cell::Int(20_240_326), Cell::Int(clock(minute))];
            row.extend([10.0, 11.0, 9.0, 10.0, 5.0].map(Cell::Float));
            row
        };
        (570..960).map(of).collect()
    };
    let columns = ["date", "time", "open", "high", "low", "close", "volume"];
    let hhmm = rows(&|minute| minute / 60 * 100 + minute % 60);
    let hhmmss = rows(&|minute| (minute / 60 * 100 + minute % 60) * 100);
    let floats: Vec<Vec<Cell<'static>>> = (hhmm.iter())
        .map(|row| {
            let float = |cell: &Cell<'static>| match cell {
                Cell::Int(number @ 0..=2_400) => Cell::Float(*number as f64),
                other => *other,
            };
            row.iter().map(float).collect()
        })
        .collect();
    for rows in [hhmm, hhmmss, floats] {
        let (detection, read) = table_rows(&columns, &rows);
        assert_eq!(detection.interval.value, BarInterval::minutes(1));
        assert_eq!(detection.counts.rejected, 0);
        let first = read.bars.start[0].to_string();
        assert_eq!((first.as_str(), read.len()), ("2024-03-26T13:30:00Z", 390));
    }
    // minutes of a market that never closes, whose seconds are written: few digits are seconds
    let day: Vec<Vec<Cell<'_>>> = (0..1_440)
        .map(|minute| {
            let clock = (minute / 60 * 100 + minute % 60) * 100;
            let mut row = vec![Cell::Int(20_240_326), Cell::Int(clock)];
            row.extend([10.0, 11.0, 9.0, 10.0, 5.0].map(Cell::Float));
            row
        })
        .collect();
    let (detection, read) = table_rows(&columns, &day);
    assert_eq!(detection.interval.value, BarInterval::minutes(1));
    assert_eq!((read.len(), detection.counts.rejected), (1_440, 0));
}

#[test]
fn a_column_of_volumes_without_numbers_is_none() {
    let words = ["NaN", "-", "null"].map(|word| Cell::Text(word.as_bytes()));
    for nothing in [Cell::Empty, Cell::Float(f64::NAN)]
        .into_iter()
        .chain(words)
    {
        let rows: Vec<Vec<Cell<'_>>> = (0..60)
            .map(|minute| {
                let mut row = vec![Cell::Utc((1_711_459_800 + minute * 60) * 1_000_000)];
                row.extend([10.0, 11.0, 9.0, 10.0].map(Cell::Float));
                row.push(nothing);
                row
            })
            .collect();
        let columns = ["time", "open", "high", "low", "close", "volume"];
        let (detection, read) = table_rows(&columns, &rows);
        assert_eq!((read.len(), read.bars.volume[0]), (60, 0.0));
        assert!(detection.warnings[0].contains("no column of volumes"));
    }
}

#[test]
fn sunday_stumps_of_currencies_are_told_as_such() {
    let mut text = "Date,Open,High,Low,Close\n".to_owned();
    // days of UTC, Sundays among them
    for day in (0..210).filter(|day| day % 7 != 5) {
        text += &format!("{},1.1,1.2,1.0,1.1\n", crate::base::time::Day(19_807 + day));
    }
    let advice = |calendar| {
        let reading = Reading::detect(calendar);
        let (detection, _) = read(&[("EURUSD.csv", text.as_bytes())], &reading).unwrap();
        detection.warnings.join("; ")
    };
    let said = advice(Calendar::Forex);
    assert!(said.contains("30 of 180 bars"), "{said}");
    assert!(
        said.contains("days of this market end at 17:00 in New York"),
        "{said}"
    );
    assert!(!said.contains("crypto"), "{said}");
    assert!(advice(Calendar::Nyse).contains("the crypto calendar"));
}

#[test]
fn what_leans_names_say_is_not_said_of_a_path_and_mids_are_those_of_the_decimals() {
    let quotes = "34200000,1.32733,1.32735,1.3273,1.32733,10,1.32734,1.32738,1.32731,1.32738,12\n34260000,0.1,0.1,0.1,0.1,10,0.3,0.3,0.3,0.3,12\n";
    let name = "20140501_eurusd_minute_quote.csv";
    let (detection, kept) = read(
        &[(name, quotes.as_bytes())],
        &Reading::detect(Calendar::Forex),
    )
    .unwrap();
    let evidence = &detection.interval.evidence;
    assert_eq!(evidence, "as the path or the name in the zip says");
    assert_eq!(kept.rows.bars.open, [1.327_335, 0.2]);
    assert_eq!(kept.rows.bars.high, [1.327_365, 0.2]);
    assert_eq!(kept.rows.spread, [0.000_05, 0.2]);
}
