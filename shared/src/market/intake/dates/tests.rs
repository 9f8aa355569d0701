//! Tests of the dates of daily bars, by whole files.

use jiff::tz::TimeZoneDatabase;

use super::*;
use crate::base::time::BarInterval;
use crate::market::intake::{Detection, Kept, Limits, Reading, read_all};

/// The days of 2023 with a session.
fn days(calendar: Calendar) -> Vec<Day> {
    let all = (19_358..19_723).map(Day);
    all.filter(|day| has_session(calendar, day.midnight_utc().0))
        .collect()
}

/// How a stamp is written.
#[derive(Clone, Copy)]
enum Written {
    Utc,
    Epoch,
    Offset,
    Naive,
}

/// The stamp of a day's bar: at so many minutes of that day's clock in a zone.
fn stamp(day: Day, zone: &str, minutes: i64, written: Written) -> String {
    let rules = TimeZoneDatabase::bundled().get(zone).unwrap();
    let wall = day.midnight_utc().0 + minutes * MINUTE;
    let Local::One(at) = WallClock::new(rules, 0).local(wall) else {
        panic!("{day} has no such time in {zone}");
    };
    let text = |micros: i64| {
        Timestamp(micros)
            .to_string()
            .replace('T', " ")
            .replace('Z', "")
    };
    match written {
        Written::Utc => format!("{}", Timestamp(at)),
        Written::Epoch => (at / 1_000).to_string(),
        Written::Naive => text(wall),
        Written::Offset => {
            let minutes = (wall - at) / MINUTE;
            let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("{}{sign}{hours:02}:{rest:02}", text(wall))
        }
    }
}

fn read(stamps: &[String], reading: &Reading) -> (Detection, Vec<Day>) {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for stamp in stamps {
        text += &format!("{stamp},10,11,9,10,5\n");
    }
    let files = [("file.csv", text.as_bytes())];
    let read = read_all(&files, reading, Limits::default(), Kept::default());
    let (detection, kept) = read.unwrap_or_else(|bad| panic!("{bad}"));
    assert_eq!(detection.interval.value, BarInterval::Day);
    let starts = kept.rows.bars.start;
    assert!(starts.iter().all(|at| at.utc_day().midnight_utc() == *at));
    (detection, starts.iter().map(|at| at.utc_day()).collect())
}

fn of(days: &[Day], zone: &str, minutes: i64, written: Written) -> Vec<String> {
    let stamp = |day: &Day| stamp(*day, zone, minutes, written);
    days.iter().map(stamp).collect()
}

const MIDNIGHT: i64 = 0;

#[test]
fn daily_bars_have_the_dates_of_their_own_midnights() {
    let zones = [
        "Europe/Berlin",
        "Europe/London",
        "Asia/Tokyo",
        "Asia/Kolkata",
        "Asia/Singapore",
        "Australia/Sydney",
        "Pacific/Auckland",
        "America/New_York",
        "America/Chicago",
        "America/Los_Angeles",
        "UTC",
    ];
    for calendar in [Calendar::Nyse, Calendar::Crypto, Calendar::Forex] {
        let days = days(calendar);
        for zone in zones {
            for written in [
                Written::Offset,
                Written::Utc,
                Written::Epoch,
                Written::Naive,
            ] {
                let stamps = of(&days, zone, MIDNIGHT, written);
                let (found, dates) = read(&stamps, &Reading::detect(calendar));
                assert_eq!(dates, days, "{calendar:?} {zone} {}", stamps[0]);
                assert_eq!(found.warnings, [""; 0], "{calendar:?} {zone} {}", stamps[0]);
                assert_eq!(found.labels.value, Labels::Start);
            }
        }
    }
}

#[test]
fn times_of_trading_are_of_their_session() {
    let nyse = days(Calendar::Nyse);
    // open, close, the ends of extended hours, one minute before midnight
    for minutes in [570, 960, 240, 1_200, 1_439] {
        for written in [Written::Offset, Written::Utc, Written::Epoch] {
            let stamps = of(&nyse, "America/New_York", minutes, written);
            let (found, dates) = read(&stamps, &Reading::detect(Calendar::Nyse));
            assert_eq!(dates, nyse, "{}", stamps[0]);
            assert_eq!(found.warnings, [""; 0], "{}", stamps[0]);
        }
    }
    // a week of closes in summer is a week of midnights in Dubai
    let week: Vec<Day> = nyse
        .iter()
        .copied()
        .filter(|day| (19_513..19_517).contains(&day.0))
        .collect();
    let closes = of(&week, "America/New_York", 960, Written::Utc);
    let (found, dates) = read(&closes, &Reading::detect(Calendar::Nyse));
    assert_eq!((dates, found.warnings), (week, Vec::new()));
    // a forex day begins at 17:00 the day before, or ends at 17:00, which its Sundays and Fridays tell
    let forex = days(Calendar::Forex);
    for (minutes, labels) in [(-420, Labels::Start), (1_020, Labels::End)] {
        for written in [Written::Offset, Written::Utc, Written::Naive] {
            let stamps = of(&forex, "America/New_York", minutes, written);
            let (found, dates) = read(&stamps, &Reading::detect(Calendar::Forex));
            assert_eq!(dates, forex, "{}", stamps[0]);
            // without a zone, noon in New York is as good
            if !matches!(written, Written::Naive) {
                assert_eq!(found.labels.value, labels, "{}", stamps[0]);
            }
        }
    }
}

#[test]
fn midnights_at_the_end_are_those_of_the_day_before() {
    let end = |calendar| Reading {
        labels: Some(Labels::End),
        ..Reading::detect(calendar)
    };
    for calendar in [Calendar::Nyse, Calendar::Crypto] {
        let days = days(calendar);
        for zone in ["UTC", "America/New_York", "Europe/Berlin"] {
            for written in [Written::Utc, Written::Offset, Written::Naive] {
                let stamps = of(&days, zone, 1_440, written);
                let (found, dates) = read(&stamps, &end(calendar));
                assert_eq!(dates, days, "{calendar:?} {}", stamps[0]);
                assert_eq!(found.warnings, [""; 0], "{calendar:?} {}", stamps[0]);
                if calendar == Calendar::Nyse {
                    // sessions from Monday to Friday tell it, too
                    let (found, dates) = read(&stamps, &Reading::detect(calendar));
                    assert_eq!(dates, days, "{}", stamps[0]);
                    assert_eq!(found.warnings, [""; 0], "{}", stamps[0]);
                }
            }
        }
        // the last microsecond, and dates, which are dates
        let stamps: Vec<String> = days
            .iter()
            .map(|day| format!("{day}T23:59:59.999Z"))
            .collect();
        assert_eq!(read(&stamps, &end(calendar)).1, days);
        let stamps: Vec<String> = days.iter().map(Day::to_string).collect();
        assert_eq!(read(&stamps, &end(calendar)).1, days);
    }
    let nyse = days(Calendar::Nyse);
    // 16:00 ends the session of the same date
    let stamps = of(&nyse, "America/New_York", 960, Written::Utc);
    assert_eq!(read(&stamps, &end(Calendar::Nyse)).1, nyse);
    // given against what the dates tell
    let stamps = of(&nyse, "UTC", MIDNIGHT, Written::Naive);
    let (found, _) = read(&stamps, &end(Calendar::Nyse));
    assert!(
        found.warnings[0].starts_with("as ends of bars, as given, 19"),
        "{:?}",
        found.warnings
    );
}

#[test]
fn few_bars_that_do_not_tell_are_told_and_a_zone_that_is_given_tells() {
    // Tuesday to Thursday
    let days: Vec<Day> = (19_514..19_517).map(Day).collect();
    let stamps = of(&days, "Europe/Berlin", MIDNIGHT, Written::Utc);
    let (found, _) = read(&stamps, &Reading::detect(Calendar::Nyse));
    let zone = found.zone.unwrap();
    assert_eq!(zone.certainty, Certainty::Assumed);
    assert!(
        found.warnings[0].contains("give the time zone"),
        "{:?}",
        found.warnings
    );
    let given = |zone: &str| Reading {
        zone: Some(zone.parse().unwrap()),
        ..Reading::detect(Calendar::Nyse)
    };
    let (found, dates) = read(&stamps, &given("Europe/Berlin"));
    assert_eq!(dates, days);
    assert_eq!(
        (found.warnings, found.zone.unwrap().certainty),
        (Vec::new(), Certainty::Given)
    );
    // whose midnights they are not, it does not matter for points in time
    let plain = of(&days, "UTC", MIDNIGHT, Written::Utc);
    assert_eq!(read(&plain, &given("exchange")).1, days);
}

#[test]
fn dates_a_day_off_are_told() {
    let days = days(Calendar::Nyse);
    let stamps: Vec<String> = days.iter().map(|day| Day(day.0 + 1).to_string()).collect();
    let (found, dates) = read(&stamps, &Reading::detect(Calendar::Nyse));
    assert_eq!(dates[0], Day(days[0].0 + 1));
    assert!(
        found.warnings[0].contains("if each were a day earlier"),
        "{:?}",
        found.warnings
    );
}
