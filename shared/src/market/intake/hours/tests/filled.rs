//! Rows that go on while the market is closed, filled by the vendor or of days by the clock of UTC, and files that begin within
//! a session.

use super::found;
use crate::base::time::{Day, Timestamp};
use crate::market::calendar::Calendar;
use crate::market::intake::{Certainty, Detection, Labels};

const DAY: i64 = 86_400;

/// Starts from one date on and before another, in seconds since 1970.
fn all(from: &str, to: &str, minutes: i64) -> Vec<i64> {
    let at = |date: &str| date.parse::<Day>().unwrap().midnight_utc().0 / 1_000_000;
    let step = minutes as usize * 60;
    (at(from)..at(to)).step_by(step).collect()
}

fn weekday(at: i64) -> i64 {
    // 1970-01-01 was a Thursday
    (at.div_euclid(DAY) + 4).rem_euclid(7)
}

fn assert_starts(found: &Detection, of: &str) {
    assert_eq!(
        found.labels.value,
        Labels::Start,
        "{of}: {}",
        found.labels.evidence
    );
}

#[test]
fn rows_of_weekends_make_no_ends_of_starts() {
    for calendar in [Calendar::Forex, Calendar::Metals] {
        for (from, to, minutes) in [
            ("2024-02-01", "2024-03-01", 5),
            ("2024-03-01", "2024-04-01", 5),
            ("2024-08-01", "2024-09-01", 15),
            ("2024-03-06", "2024-03-20", 30),
            ("2024-03-06", "2024-03-20", 60),
            ("2024-01-01", "2024-12-01", 60),
            ("2024-04-03", "2024-04-06", 5),
        ] {
            for zone in [None, Some("UTC")] {
                let found = found(calendar, &all(from, to, minutes), zone);
                assert_starts(
                    &found,
                    &format!("{calendar:?} {from} {to} {minutes} {zone:?}"),
                );
            }
        }
    }
}

#[test]
fn days_by_utc_begin_and_end_within_weeks() {
    // Monday to Friday, over the change to summer time and after it
    for (from, to) in [("2024-03-06", "2024-03-20"), ("2024-05-01", "2024-07-01")] {
        for minutes in [5, 15, 30, 60] {
            let mut starts = all(from, to, minutes);
            starts.retain(|&at| (1..=5).contains(&weekday(at)));
            let found = found(Calendar::Forex, &starts, None);
            assert_starts(&found, &format!("{from} {minutes}"));
        }
    }
}

#[test]
fn a_week_by_utc_is_one_of_starts() {
    // from Sunday 22:00 to Friday 22:00, in summer an hour late
    let is_open = |at: i64| match (weekday(at), at.rem_euclid(DAY) / 3_600) {
        (0, hour) => hour >= 22,
        (5, hour) => hour < 22,
        (day, _) => day < 5,
    };
    for minutes in [5, 60] {
        for (from, to) in [("2024-05-01", "2024-07-01"), ("2024-01-01", "2024-12-01")] {
            let mut starts = all(from, to, minutes);
            starts.retain(|&at| is_open(at));
            let found = found(Calendar::Forex, &starts, None);
            assert_starts(&found, &format!("{from} {minutes}"));
        }
    }
    // ends of hours of whole weeks are ends, in winter as well
    let ends: Vec<i64> = super::bars(Calendar::Forex, 300, 60, 0);
    let ends: Vec<i64> = ends.iter().map(|at| at + 3_600).collect();
    let labels = found(Calendar::Forex, &ends, None).labels;
    assert_eq!(labels.value, Labels::End, "{}", labels.evidence);
}

#[test]
fn ends_that_go_on_past_the_close_are_ends_where_the_first_comes_after_the_open() {
    let session = |day: i32| Calendar::Nyse.session(Day(day)).unwrap();
    let first = "2024-04-01".parse::<Day>().unwrap().0;
    let sessions = (first..first + 12).filter_map(session);
    // up to an hour after the close, as a vendor has them who knows no bars before the open
    let ends: Vec<i64> = sessions
        .flat_map(|it| {
            let second = |at: Timestamp| at.0 / 1_000_000;
            (second(it.open) + 60..=second(it.close) + 3_600).step_by(60)
        })
        .collect();
    let labels = found(Calendar::Nyse, &ends, None).labels;
    assert_eq!(
        (labels.value, labels.certainty),
        (Labels::End, Certainty::Sure),
        "{}",
        labels.evidence
    );
}

#[test]
fn a_session_that_begins_late_makes_no_ends_of_starts() {
    let session = Calendar::Nyse
        .session("2024-05-06".parse().unwrap())
        .unwrap()
        .unwrap();
    let second = |at: Timestamp| at.0 / 1_000_000;
    let (open, close) = (second(session.open), second(session.close));
    for minutes in [1, 5, 15, 30] {
        let step = minutes as usize * 60;
        // with the print of the close, with an hour after it, and with neither
        for last in [0, 60, -1] {
            let starts: Vec<i64> = (open + 5_400..=close + last * 60).step_by(step).collect();
            let found = found(Calendar::Nyse, &starts, None);
            assert_starts(&found, &format!("{minutes} {last}"));
        }
        // ends of the whole session are ends
        let ends: Vec<i64> = (open..close)
            .step_by(step)
            .map(|at| at + minutes * 60)
            .collect();
        let labels = found(Calendar::Nyse, &ends, None).labels;
        assert_eq!(labels.value, Labels::End, "{minutes}: {}", labels.evidence);
    }
}
