//! Bars of hours of a market that trades on from day to day, and bars that are stored.

use super::{bars, found, written};
use crate::base::time::{BarInterval, Day, Timestamp};
use crate::market::calendar::Calendar;
use crate::market::intake::{
    Certainty, Detection, Feed as _, Habit, Kept, Labels, Limits, Reading, Scout, Zone, misplaced,
    read_all,
};

/// Four hours of currencies as they are cut from 17:00 in New York on, over so many weeks from a Monday on.
fn four_hours(first: &str, weeks: i32) -> Vec<i64> {
    let first: Day = first.parse().unwrap();
    let days = (first.0..first.0 + weeks * 7).map(Day);
    let sessions = days.filter_map(|day| Calendar::Forex.session(day).unwrap());
    let bars = |open: i64| (0..6).map(move |bar| open + bar * 4 * 3_600);
    sessions
        .flat_map(|session| bars(session.open.0 / 1_000_000))
        .collect()
}

/// The same bars as they are cut by the clock of UTC, so that they reach over the openings and closings of weeks.
fn by_utc(starts: &[i64]) -> Vec<i64> {
    let length = 4 * 3_600;
    let ends = starts.iter().flat_map(|at| [*at, at + length - 1]);
    let mut starts: Vec<i64> = ends.map(|at| at - at.rem_euclid(length)).collect();
    starts.dedup();
    starts
}

#[test]
fn bars_of_four_hours_are_told_by_the_weeks_that_they_fill() {
    let length = 4 * 3_600;
    // in winter, in summer, over Christmas and the change of clocks
    for (first, weeks) in [
        ("2024-11-11", 1),
        ("2024-11-11", 6),
        ("2024-11-11", 17),
        ("2024-06-03", 8),
        ("2024-09-02", 21),
    ] {
        let starts = four_hours(first, weeks);
        for (zone, by) in [
            ("America/New_York", length),
            ("America/New_York", 0),
            ("America/New_York+7h", 0),
            ("America/New_York+7h", length),
            ("UTC", 0),
            ("UTC", length),
        ] {
            let times: Vec<i64> = starts.iter().map(|at| at + by).collect();
            let text = written(Calendar::Forex, &times, Some(zone));
            let files = [("file.csv", text.as_bytes())];
            let reading = Reading::detect(Calendar::Forex);
            let (found, kept) =
                read_all(&files, &reading, Limits::default(), Kept::default()).unwrap();
            let read = kept.rows.bars.start.iter();
            let read: Vec<i64> = read.map(|start| start.0 / 1_000_000).collect();
            let told = (&found.zone, &found.labels, &found.warnings);
            assert_eq!(read, starts, "{first} {weeks} {zone} {by}: {told:?}");
            // what is not plain is said, with the flags
            let zone = found.zone.as_ref().unwrap();
            let is_said = found.warnings.iter().any(|it| it.contains("--time-zone"));
            let is_plain = zone.value == Zone::UTC && found.labels.value == Labels::Start;
            let is_sure = zone.certainty == Certainty::Sure;
            assert_ne!(is_said, is_plain || is_sure, "{first} {weeks} {told:?}");
        }
    }
}

#[test]
fn where_weeks_do_not_tell_the_clock_of_four_hours_it_is_said() {
    for (first, weeks) in [("2024-11-11", 3), ("2024-06-03", 8), ("2024-09-02", 21)] {
        let starts = by_utc(&four_hours(first, weeks));
        let found = found(Calendar::Forex, &starts, Some("UTC"));
        let told = (&found.zone, &found.labels, &found.warnings);
        assert_eq!(found.zone.as_ref().unwrap().value, Zone::UTC, "{told:?}");
        assert_eq!(found.labels.value, Labels::Start, "{told:?}");
        let says = |it: &String| {
            [
                "assumed",
                "--time-zone",
                "--labels",
                "would lie in the sessions as well",
            ]
            .iter()
            .all(|part| it.contains(part))
        };
        assert!(found.warnings.iter().any(says), "{told:?}");
    }
}

/// What is found in a file after an import that was read so.
fn next(before: &Detection, times: &[i64], zone: &str) -> Detection {
    let habit = Habit::of(&before.reading, Some(before)).unwrap();
    let text = written(before.reading.calendar, times, Some(zone));
    let given = Reading::detect(before.reading.calendar);
    let mut scout = Scout::new(given, Limits::default()).with_habits(vec![habit]);
    scout.open("file.csv").unwrap();
    scout.push(text.as_bytes()).unwrap();
    scout.close().unwrap();
    scout.finish().unwrap().detection().clone()
}

#[test]
fn a_zone_that_was_only_assumed_gives_way_to_the_weeks_that_are_filled() {
    let ends = |first, weeks| -> Vec<i64> {
        let starts = four_hours(first, weeks);
        starts.iter().map(|at| at + 4 * 3_600).collect()
    };
    // in summer ends in New York are starts in UTC
    let zone = "America/New_York";
    let before = found(Calendar::Forex, &ends("2024-06-03", 8), Some(zone));
    assert_eq!(before.zone.as_ref().unwrap().value, Zone::UTC);
    let found = next(&before, &ends("2024-11-11", 3), zone);
    let told = (
        found.zone.as_ref().unwrap().value.clone(),
        found.labels.value,
    );
    assert_eq!(told, (Zone::EXCHANGE, Labels::End));
    let is_said = |it: &String| it.contains("not in UTC") && it.contains("0 of 3 weeks");
    assert!(found.warnings.iter().any(is_said), "{:?}", found.warnings);
}

#[test]
fn one_row_after_stored_minutes_is_said_to_be_taken_for_one_of_them() {
    let first = 1_711_670_400;
    let minutes: Vec<i64> = (first..first + 7_200).step_by(60).collect();
    let before = found(Calendar::Crypto, &minutes, Some("UTC"));
    let found = next(&before, &[first + 7_500], "UTC");
    assert_eq!(found.interval.value, BarInterval::minutes(1));
    let is_said = |it: &String| it.contains("a single row") && it.contains("--interval");
    assert!(found.warnings.iter().any(is_said), "{:?}", found.warnings);
}

#[test]
fn an_hour_that_a_clock_skips_is_said_where_a_market_never_closes() {
    // from Friday 2024-03-29 on, over the last Sunday of March
    let first = 1_711_670_400;
    for minutes in [1, 15, 60] {
        let starts: Vec<i64> = (first..first + 5 * 86_400).step_by(minutes * 60).collect();
        for (zone, is_said) in [
            ("Europe/London", true),
            ("UTC", false),
            ("Asia/Tokyo", false),
        ] {
            let found = found(Calendar::Crypto, &starts, Some(zone));
            assert_eq!(found.zone.as_ref().unwrap().value, Zone::UTC);
            let says = |it: &String| it.contains("2024-03-31T01:00:00") && it.contains(zone);
            let said = found
                .warnings
                .iter()
                .any(|it| says(it) && it.contains("--time-zone"));
            assert_eq!(said, is_said, "{minutes} {zone} {:?}", found.warnings);
        }
        // some bars are missing about the hour
        let holed = |at: &&i64| !(49 * 3_600..50 * 3_600).contains(&(**at - first + 3_600));
        let holed: Vec<i64> = starts.iter().filter(holed).copied().collect();
        let found = found(Calendar::Crypto, &holed, Some("Europe/London"));
        let is_said = found.warnings.iter().any(|it| it.contains("set forward"));
        assert!(!is_said, "{minutes} {:?}", found.warnings);
    }
}

#[test]
fn stored_bars_that_stand_where_none_of_the_market_do_are_told() {
    let told = |calendar, minutes: u32, seconds: &[i64]| {
        let starts = seconds.iter().map(|at| Timestamp(at * 1_000_000));
        misplaced(calendar, BarInterval::minutes(minutes), starts)
    };
    let later = |starts: &[i64], by: i64| -> Vec<i64> { starts.iter().map(|at| at + by).collect() };
    let shares = bars(Calendar::Nyse, 20, 5, 0);
    assert_eq!(told(Calendar::Nyse, 5, &shares), None);
    let said = told(Calendar::Nyse, 5, &later(&shares, 300)).unwrap();
    assert!(said.contains("begin where bars of 5min end"), "{said}");
    let pairs = four_hours("2024-11-11", 4);
    assert_eq!(told(Calendar::Forex, 240, &pairs), None);
    let said = told(Calendar::Forex, 240, &later(&pairs, -3_600)).unwrap();
    assert!(
        said.contains("0 of 4 weeks") && said.contains("4 would"),
        "{said}"
    );
    assert_eq!(told(Calendar::Forex, 240, &by_utc(&pairs)), None);
    assert_eq!(told(Calendar::Crypto, 5, &later(&shares, 300)), None);
}
