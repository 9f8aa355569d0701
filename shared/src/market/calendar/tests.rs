//! Sessions of every calendar at the hours and in the weeks where they differ.

use super::*;

fn day(text: &str) -> Day {
    Day::from_date(text.parse().unwrap())
}

fn time(text: &str) -> Timestamp {
    let time: jiff::Timestamp = text.parse().unwrap();
    Timestamp(time.as_microsecond())
}

/// Open and close of a day's session, "closed" without one.
fn hours(calendar: Calendar, on: &str) -> String {
    match calendar.session(day(on)).unwrap() {
        None => "closed".to_owned(),
        Some(session) => {
            assert_eq!(session.day, day(on));
            let early = if session.early_close { " early" } else { "" };
            format!("{} {}{early}", session.open, session.close)
        }
    }
}

#[test]
fn sessions_that_begin_on_the_evening_before_follow_the_clocks_of_new_york() {
    for (calendar, on, expected) in [
        // Monday begins on Sunday
        (
            Calendar::Forex,
            "2024-01-08",
            "2024-01-07T22:00:00Z 2024-01-08T22:00:00Z",
        ),
        (
            Calendar::Metals,
            "2024-01-08",
            "2024-01-07T23:00:00Z 2024-01-08T22:00:00Z",
        ),
        // the weeks before and after the clocks change, on Sunday morning
        (
            Calendar::Forex,
            "2024-03-08",
            "2024-03-07T22:00:00Z 2024-03-08T22:00:00Z",
        ),
        (
            Calendar::Forex,
            "2024-03-11",
            "2024-03-10T21:00:00Z 2024-03-11T21:00:00Z",
        ),
        (
            Calendar::Metals,
            "2024-03-11",
            "2024-03-10T22:00:00Z 2024-03-11T21:00:00Z",
        ),
        (
            Calendar::Forex,
            "2024-11-01",
            "2024-10-31T21:00:00Z 2024-11-01T21:00:00Z",
        ),
        (
            Calendar::Forex,
            "2024-11-04",
            "2024-11-03T22:00:00Z 2024-11-04T22:00:00Z",
        ),
        (
            Calendar::Nyse,
            "2024-03-08",
            "2024-03-08T14:30:00Z 2024-03-08T21:00:00Z",
        ),
        (
            Calendar::Nyse,
            "2024-03-11",
            "2024-03-11T13:30:00Z 2024-03-11T20:00:00Z",
        ),
        // clocks once changed on the last Sundays of April and October
        (
            Calendar::Forex,
            "1999-04-05",
            "1999-04-04T21:00:00Z 1999-04-05T21:00:00Z",
        ),
        (Calendar::Forex, "2024-03-09", "closed"),
        (Calendar::Metals, "2024-03-10", "closed"),
    ] {
        assert_eq!(hours(calendar, on), expected, "{calendar:?} {on}");
    }
}

#[test]
fn what_happens_in_the_evening_belongs_to_the_next_trade_date() {
    for (calendar, at, expected) in [
        (Calendar::Forex, "2024-03-07T21:59:59.999999Z", "2024-03-07"),
        (Calendar::Forex, "2024-03-07T22:00:00Z", "2024-03-08"),
        (Calendar::Forex, "2024-03-08T05:00:00Z", "2024-03-08"),
        (Calendar::Metals, "2024-03-07T22:30:00Z", "2024-03-07"),
        (Calendar::Metals, "2024-03-07T23:00:00Z", "2024-03-08"),
        (Calendar::Forex, "2024-07-04T21:00:00Z", "2024-07-05"),
        (Calendar::Nyse, "2024-03-08T04:59:00Z", "2024-03-07"),
        (Calendar::Crypto, "2024-03-08T00:00:00Z", "2024-03-08"),
    ] {
        assert_eq!(
            calendar.local_day(time(at)),
            day(expected),
            "{calendar:?} {at}"
        );
    }
    // every minute of a session is of its trade date
    for calendar in Calendar::ALL {
        for session in calendar
            .sessions(day("2024-03-01"), day("2024-03-15"))
            .unwrap()
        {
            let mut at = session.open;
            while at < session.close {
                assert_eq!(
                    calendar.local_day(at),
                    session.day,
                    "{} {at}",
                    calendar.name()
                );
                at = at.plus_seconds(60);
            }
        }
    }
}

#[test]
fn sessions_are_in_order_and_their_number_is_that_of_the_year() {
    for calendar in Calendar::ALL {
        let sessions = calendar
            .sessions(day("1990-01-01"), day("2035-12-31"))
            .unwrap();
        for (one, next) in sessions.iter().zip(sessions.iter().skip(1)) {
            assert!(one.open < one.close && one.close <= next.open, "{next:?}");
        }
        let a_year = sessions.len() as f64 / 46.0;
        assert!(
            (a_year - calendar.sessions_per_year()).abs() < 0.6,
            "{}: {a_year}",
            calendar.name()
        );
    }
}

/// Weekdays without a session, and early closes, of some years.
fn kept(calendar: Calendar, from: &str, to: &str) -> (Vec<String>, Vec<String>) {
    let (mut closed, mut early) = (Vec::new(), Vec::new());
    for on in day(from).0..=day(to).0 {
        let date = Day(on).date().unwrap();
        match calendar.session(Day(on)).unwrap() {
            Some(session) if session.early_close => early.push(date.to_string()),
            Some(_) => {}
            None if date.weekday().to_monday_one_offset() > 5 => {}
            None => closed.push(date.to_string()),
        }
    }
    (closed, early)
}

/// As the exchange announced on 2024-11-08 (2025 to 2027) and 2025-12-23 (2028), and the day of mourning of 2025-01-09.
#[test]
fn nyse_keeps_what_it_announced_for_2025_to_2028() {
    let (closed, early) = kept(Calendar::Nyse, "2025-01-01", "2028-12-31");
    assert_eq!(
        closed.join(" "),
        "2025-01-01 2025-01-09 2025-01-20 2025-02-17 2025-04-18 2025-05-26 2025-06-19 2025-07-04 2025-09-01 2025-11-27 2025-12-25 \
         2026-01-01 2026-01-19 2026-02-16 2026-04-03 2026-05-25 2026-06-19 2026-07-03 2026-09-07 2026-11-26 2026-12-25 \
         2027-01-01 2027-01-18 2027-02-15 2027-03-26 2027-05-31 2027-06-18 2027-07-05 2027-09-06 2027-11-25 2027-12-24 \
         2028-01-17 2028-02-21 2028-04-14 2028-05-29 2028-06-19 2028-07-04 2028-09-04 2028-11-23 2028-12-25"
    );
    assert_eq!(
        early.join(" "),
        "2025-07-03 2025-11-28 2025-12-24 2026-11-27 2026-12-24 2027-11-26 2028-07-03 2028-11-24"
    );
}

#[test]
fn metals_close_and_shorten_as_globex_does() {
    let (closed, early) = kept(Calendar::Metals, "2021-11-01", "2023-01-31");
    // Christmas on a Saturday moves to Friday, on a Sunday to Monday; New Year's Day only from Sunday
    assert_eq!(
        closed.join(" "),
        "2021-12-24 2022-04-15 2022-12-26 2023-01-02"
    );
    assert_eq!(
        early.join(" "),
        "2021-11-25 2021-11-26 2022-01-17 2022-02-21 2022-05-30 2022-06-20 2022-07-04 2022-09-05 2022-11-24 2022-11-25 2023-01-16"
    );
    for (on, close) in [
        ("2021-11-25", "18:00"),
        ("2021-11-26", "18:45"),
        ("2022-01-17", "19:30"),
        ("2025-07-04", "17:00"),
        ("2025-11-28", "19:45"),
        ("2025-12-24", "18:45"),
    ] {
        let expected = format!("{on}T{close}:00Z early");
        assert!(
            hours(Calendar::Metals, on).ends_with(&expected),
            "{} {on}",
            hours(Calendar::Metals, on)
        );
    }
    let (closed, early) = kept(Calendar::Forex, "2021-11-01", "2023-01-31");
    assert!(
        closed.is_empty() && early.is_empty(),
        "{closed:?} {early:?}"
    );
}

#[test]
fn a_day_without_rules_is_an_error_that_says_which_there_are() {
    let said = Calendar::Nyse.session(day("2036-01-01")).unwrap_err();
    assert!(
        said.to_string().starts_with(
            "2036-01-01 is outside the nyse calendar, which covers 1990-01-01 to 2035-12-31"
        ),
        "{said}"
    );
    for calendar in [Calendar::Forex, Calendar::Metals, Calendar::Crypto] {
        for on in [Timestamp::MIN, Timestamp::MAX] {
            assert!(calendar.session(calendar.local_day(on)).is_ok());
        }
    }
}

#[test]
fn names_are_read_as_they_are_written() {
    for calendar in Calendar::ALL {
        let written = serde_json::to_string(&calendar).unwrap();
        assert_eq!(written, format!("\"{}\"", calendar.name()));
        assert_eq!(
            serde_json::from_str::<Calendar>(&written).unwrap(),
            calendar
        );
    }
}

#[test]
fn trade_dates_of_many_times_are_those_of_each() {
    // every 17 minutes over two years with all their clock changes, and once backwards
    let times: Vec<Timestamp> = (0..61_836)
        .map(|step| time("2023-01-01T00:00:00Z").plus_seconds(step * 1_020))
        .chain([time("2023-06-01T12:00:00Z")])
        .collect();
    for calendar in Calendar::ALL {
        let each: Vec<Day> = times.iter().map(|at| calendar.local_day(*at)).collect();
        assert!(calendar.local_days(&times) == each, "{}", calendar.name());
    }
}
