//! Sessions of every calendar against exchange_calendars and against the hours at which real bars exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use atrium_shared::base::time::{Day, Timestamp};
use atrium_shared::market::calendar::{Calendar, Session};
use atrium_shared::market::curate::{TimeZoneChoice, parse_time};
use serde::Deserialize;

use super::{golden, seconds};

/// Date, open and close in seconds since 1970.
type Row = (String, i64, i64);

fn row(session: &Session) -> Row {
    let (open, close) = (seconds(session.open), seconds(session.close));
    (session.day.to_string(), open, close)
}

fn day(text: &str) -> Day {
    Day::from_date(text.parse().unwrap())
}

/// The sessions of a file of exchange_calendars; `None` where the test data are absent.
fn recorded(file: &str) -> Option<Vec<Row>> {
    let path = atrium_tests::test_data(&format!("nyse_calendar/{file}"))?;
    let text = fs::read_to_string(path).unwrap();
    let at = |text: &str| seconds(parse_time(text, TimeZoneChoice::Utc).unwrap());
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        (fields[0][..10].to_owned(), at(fields[1]), at(fields[2]))
    };
    Some(text.lines().skip(1).map(row).collect())
}

/// Our sessions from the first to the last day of other ones.
fn ours(calendar: Calendar, other: &[Row]) -> Vec<Row> {
    let (first, last) = (day(&other[0].0), day(&other[other.len() - 1].0));
    let sessions = calendar.sessions(first, last).unwrap();
    sessions.iter().map(row).collect()
}

#[test]
fn nyse_sessions_to_2023_are_the_recorded_ones() {
    let Some(recorded) = recorded("xnys.csv") else {
        return;
    };
    assert_eq!(recorded.len(), 8_324);
    // the calendar begins with the year, the file with its first session
    assert_eq!(Calendar::Nyse.session(day("1990-01-01")), Ok(None));
    assert_eq!(ours(Calendar::Nyse, &recorded), recorded);
}

#[derive(Deserialize)]
struct Sessions {
    sessions: Vec<Row>,
}

#[test]
fn nyse_sessions_from_2023_to_2035_are_those_of_exchange_calendars() {
    let golden: Sessions = golden("nyse.json");
    assert_eq!(golden.sessions.len(), 3_253);
    assert_eq!(golden.sessions[3_252].0, "2035-12-31");
    assert_eq!(ours(Calendar::Nyse, &golden.sessions), golden.sessions);
}

#[test]
fn crypto_sessions_are_the_days_that_are_always_open() {
    let Some(recorded) = recorded("24-7.csv") else {
        return;
    };
    assert_eq!(recorded.len(), 366);
    assert_eq!(ours(Calendar::Crypto, &recorded), recorded);
}

#[test]
fn forex_trades_on_every_weekday_but_two() {
    let Some(recorded) = recorded("24-5.csv") else {
        return;
    };
    let rests = ["2018-01-01", "2018-12-25"];
    let expected: Vec<&String> = recorded
        .iter()
        .map(|(day, ..)| day)
        .filter(|day| !rests.contains(&day.as_str()))
        .collect();
    let sessions = ours(Calendar::Forex, &recorded);
    let ours: Vec<&String> = sessions.iter().map(|(day, ..)| day).collect();
    assert_eq!(ours, expected);
}

/// Wherever shares close at 16:00 in New York, forex and metals close an hour later; the clocks of New York thereby come from
/// exchange_calendars, in 33 years of summer and winter.
#[test]
fn forex_and_metals_close_an_hour_after_shares() {
    let Some(recorded) = recorded("xnys.csv") else {
        return;
    };
    let mut compared = [0, 0];
    for (date, open, close) in recorded {
        if close - open != 6 * 3_600 + 1_800 {
            continue;
        }
        let markets = [(Calendar::Forex, 24), (Calendar::Metals, 23)];
        for ((calendar, hours), count) in markets.into_iter().zip(&mut compared) {
            let session = calendar.session(day(&date)).unwrap().unwrap();
            if session.early_close {
                continue;
            }
            let close = close + 3_600;
            assert_eq!(row(&session), (date.clone(), close - hours * 3_600, close));
            *count += 1;
        }
    }
    assert_eq!(compared, [8_255, 8_253]);
}

/// The starts of a broker's hourly bars from 2018-03-20 on by trade date. Its clock is seven hours ahead of New York, so
/// that its date is the trade date.
fn hourly_starts(file: &str) -> Option<BTreeMap<Day, Vec<Timestamp>>> {
    let path = atrium_tests::test_data(&format!("xagusd_simom1/{file}"))?;
    let text = fs::read_to_string(path).unwrap();
    let mut days: BTreeMap<Day, Vec<Timestamp>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let time = line.split(',').next().unwrap();
        let on = day(&time[..10]);
        if on < day("2018-03-20") {
            continue;
        }
        // local midnight of the trade date is the seventh hour of the broker's day, and no clock changes on a weekday
        let noon = format!("{} 12:00:00", &time[..10]);
        let zone = TimeZoneChoice::Exchange(Calendar::Metals);
        let noon = parse_time(&noon, zone).unwrap();
        let hour: i64 = time[11..13].parse().unwrap();
        let start = noon.plus_seconds((hour - 19) * 3_600);
        days.entry(on).or_default().push(start);
    }
    Some(days)
}

#[test]
fn gold_and_silver_trade_when_the_metals_calendar_says() {
    for file in ["XAUUSD_H1.csv", "XAGUSD_H1.csv"] {
        let Some(days) = hourly_starts(file) else {
            return;
        };
        let (first, last) = (*days.keys().next().unwrap(), *days.keys().last().unwrap());
        let sessions = Calendar::Metals.sessions(first, last).unwrap();
        let expected: BTreeSet<Day> = sessions.iter().map(|session| session.day).collect();
        let traded: BTreeSet<Day> = days.keys().copied().collect();
        assert_eq!(traded, expected, "{file}");
        let mut late = Vec::new();
        for session in &sessions {
            let starts = &days[&session.day];
            let (open, last) = (starts[0], *starts.last().unwrap());
            assert!(open >= session.open, "{file} {}", session.day);
            // an hour that starts with an early close holds its last prints; some venues close an hour before others
            if last > session.close {
                late.push(session.day.to_string());
            } else if session.early_close {
                let idle = session.close.micros_since(last) / 60_000_000;
                assert!(idle <= 90, "{file} {}: {idle}", session.day);
            } else {
                let end = last.plus_seconds(3_600);
                assert_eq!(end, session.close, "{file} {}", session.day);
            }
        }
        // gold alone, for an hour
        let expected: &[&str] = if file.starts_with("XAU") {
            &["2026-01-19"]
        } else {
            &[]
        };
        assert_eq!(late, expected, "{file}");
        assert_eq!(sessions.len(), 2_105, "{file}");
    }
}
