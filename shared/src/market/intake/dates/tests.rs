//! Tests of the dates of daily bars, by whole files.

use jiff::tz::TimeZoneDatabase;

use super::choosing::can_be;
use super::*;
use crate::base::time::BarInterval;
use crate::base::time::Day;
use crate::market::intake::clock::Local;
use crate::market::intake::{
    Certainty, Detection, Feed, Habit, Kept, Limits, Reader, Reading, Scout,
};

/// The days of 2023 with a session.
fn days(calendar: Calendar) -> Vec<Day> {
    let all = (19_358..19_723).map(Day);
    all.filter(|day| calendar.session(*day).ok().flatten().is_some())
        .collect()
}

/// The weekdays of 2023 but for the holidays of Tokyo.
fn tokyo() -> Vec<Day> {
    const CLOSED: [&str; 14] = [
        "2023-01-02",
        "2023-01-03",
        "2023-01-09",
        "2023-02-23",
        "2023-03-21",
        "2023-05-03",
        "2023-05-04",
        "2023-05-05",
        "2023-07-17",
        "2023-08-11",
        "2023-09-18",
        "2023-10-09",
        "2023-11-03",
        "2023-11-23",
    ];
    let all = (19_358..19_723).map(Day);
    let is_open = |day: &Day| can_be(Calendar::Nyse, day.midnight_utc().0);
    all.filter(|day| is_open(day) && !CLOSED.contains(&day.to_string().as_str()))
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
    stamp_by(day, (zone, minutes), zone, written)
}

/// The same, written by the clock of another zone.
fn stamp_by(day: Day, (zone, minutes): (&str, i64), clock: &str, written: Written) -> String {
    let rules = |zone| TimeZoneDatabase::bundled().get(zone).unwrap();
    let wall = day.midnight_utc().0 + minutes * MINUTE;
    let Local::One(at) = WallClock::new(rules(zone), 0).local(wall) else {
        panic!("{day} has no such time in {zone}");
    };
    let wall = WallClock::new(rules(clock), 0).shows(at);
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
    read_after(stamps, reading, Vec::new())
}

fn read_after(stamps: &[String], reading: &Reading, habits: Vec<Habit>) -> (Detection, Vec<Day>) {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for stamp in stamps {
        text += &format!("{stamp},10,11,9,10,5\n");
    }
    let feed = |to: &mut dyn Feed| {
        to.open("file.csv")?;
        to.push(text.as_bytes())?;
        to.close()
    };
    let mut scout = Scout::new(reading.clone(), Limits::default()).with_habits(habits);
    feed(&mut scout).unwrap();
    let plan = scout.finish().unwrap_or_else(|bad| panic!("{bad}"));
    let mut reader = Reader::new(&plan, Kept::default()).unwrap();
    feed(&mut reader).unwrap();
    let (detection, kept) = reader.finish().unwrap();
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
    for minutes in [-420, 1_020] {
        for written in [Written::Offset, Written::Utc, Written::Naive] {
            let stamps = of(&forex, "America/New_York", minutes, written);
            let (_, dates) = read(&stamps, &Reading::detect(Calendar::Forex));
            assert_eq!(dates, forex, "{}", stamps[0]);
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
        found.warnings[0].starts_with("as ends of bars, as given, 205 of 250"),
        "{:?}",
        found.warnings
    );
}

#[test]
fn few_bars_are_told_and_a_zone_that_is_given_tells() {
    // Tuesday to Thursday
    let days: Vec<Day> = (19_514..19_517).map(Day).collect();
    for zone in [
        "Europe/Berlin",
        "Asia/Tokyo",
        "Asia/Kolkata",
        "Australia/Sydney",
    ] {
        let stamps = of(&days, zone, MIDNIGHT, Written::Utc);
        let (found, dates) = read(&stamps, &Reading::detect(Calendar::Nyse));
        assert_eq!(dates, days, "{zone}");
        assert_eq!(found.zone.unwrap().certainty, Certainty::Assumed, "{zone}");
        assert!(
            found.warnings[0].contains("give the time zone"),
            "{:?}",
            found.warnings
        );
        let (found, dates) = read(&stamps, &given(zone));
        assert_eq!(dates, days);
        assert_eq!(
            (found.warnings, found.zone.unwrap().certainty),
            (Vec::new(), Certainty::Given)
        );
    }
    // midnights of UTC are dates, whatever zone is named
    let plain = of(&days, "UTC", MIDNIGHT, Written::Utc);
    assert_eq!(read(&plain, &given("exchange")).1, days);
}

fn given(zone: &str) -> Reading {
    Reading {
        zone: Some(zone.parse().unwrap()),
        ..Reading::detect(Calendar::Nyse)
    }
}

/// Bars of exchanges elsewhere, stamped at their midnights or opens, with their own holidays.
#[test]
fn bars_of_other_exchanges_have_their_own_dates() {
    let days = tokyo();
    for (zone, minutes) in [
        ("Asia/Tokyo", 0),
        ("Asia/Tokyo", 540),
        ("Asia/Hong_Kong", 570),
        ("Asia/Kolkata", 555),
        ("Asia/Singapore", 540),
        ("Australia/Sydney", 600),
        ("Europe/Berlin", 540),
        ("Europe/Berlin", 1_050),
        ("Europe/London", 480),
    ] {
        for written in [
            Written::Utc,
            Written::Epoch,
            Written::Offset,
            Written::Naive,
        ] {
            let stamps = of(&days, zone, minutes, written);
            let (found, dates) = read(&stamps, &Reading::detect(Calendar::Nyse));
            assert_eq!(dates, days, "{zone} {minutes} {}", stamps[0]);
            assert_eq!(found.labels.value, Labels::Start, "{zone} {}", stamps[0]);
            assert_eq!(
                read(&stamps, &given(zone)).1,
                days,
                "given {zone} {minutes} {}",
                stamps[0]
            );
        }
    }
    // what is written in UTC without saying so
    for zone in ["Asia/Tokyo", "Europe/Berlin"] {
        let stamps = of(&days, zone, MIDNIGHT, Written::Utc);
        let naive: Vec<String> = stamps
            .iter()
            .map(|text| text.replace('Z', "").replace('T', " "))
            .collect();
        assert_eq!(read(&naive, &given("utc")).1, days, "{zone}");
        assert_eq!(
            read(&naive, &Reading::detect(Calendar::Nyse)).1,
            days,
            "{zone}"
        );
    }
}

/// What comes after is read as what came before, unless the days of the week say otherwise.
#[test]
fn tails_are_read_as_the_last_import_was() {
    for (zone, minutes) in [
        ("Asia/Tokyo", 0),
        ("Asia/Hong_Kong", 570),
        ("Europe/Berlin", 0),
        ("America/New_York", 960),
    ] {
        for written in [
            Written::Utc,
            Written::Epoch,
            Written::Offset,
            Written::Naive,
        ] {
            let days = tokyo();
            let stamps = of(&days, zone, minutes, written);
            let (found, _) = read(&stamps, &Reading::detect(Calendar::Nyse));
            let habit = Habit::of(&found.reading, Some(&found)).unwrap();
            for from in (0..days.len() - 4).step_by(7) {
                for count in 1..=4 {
                    let tail = &stamps[from..from + count];
                    let (_, dates) =
                        read_after(tail, &Reading::detect(Calendar::Nyse), vec![habit.clone()]);
                    assert_eq!(dates, days[from..from + count], "{zone} {minutes} {tail:?}");
                }
            }
        }
    }
    // two days of which the second is a holiday in New York
    let thanksgiving: Vec<Day> = [19_683, 19_684].map(Day).to_vec();
    for written in [Written::Offset, Written::Naive] {
        let stamps = of(&thanksgiving, "Europe/Berlin", MIDNIGHT, written);
        let (found, dates) = read(&stamps, &Reading::detect(Calendar::Nyse));
        assert_eq!(
            (dates, found.labels.value),
            (thanksgiving.clone(), Labels::Start)
        );
    }
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

/// Whatever rule the whole file told, its rows are of the same dates when they come alone; also where the zone was given.
#[test]
fn rows_that_come_alone_have_the_dates_that_they_have_in_the_whole_file() {
    let york = "America/New_York";
    let mut right = 0;
    for (calendar, times) in [
        (
            Calendar::Nyse,
            [(york, 960), (york, 1_200), ("Asia/Tokyo", 0)],
        ),
        (Calendar::Forex, [(york, 960), (york, 1_020), (york, 1_439)]),
    ] {
        let days = days(calendar);
        for (zone, minutes) in times {
            for clock in ["UTC", york, "Asia/Tokyo", "Australia/Sydney"] {
                for written in [Written::Epoch, Written::Offset, Written::Naive] {
                    for given in [None, Some(clock)] {
                        let by = |day: &Day| stamp_by(*day, (zone, minutes), clock, written);
                        let stamps: Vec<String> = days.iter().map(by).collect();
                        let reading = Reading {
                            zone: given.map(|zone| zone.parse().unwrap()),
                            ..Reading::detect(calendar)
                        };
                        let (found, dates) = read(&stamps, &reading);
                        if dates != days {
                            continue;
                        }
                        right += 1;
                        let habit = Habit::of(&found.reading, Some(&found)).unwrap();
                        for from in [41, 123, 126, 170] {
                            for count in [1, 3] {
                                let tail = &stamps[from..from + count];
                                let (_, dates) = read_after(tail, &reading, vec![habit.clone()]);
                                assert_eq!(
                                    dates,
                                    days[from..from + count],
                                    "{calendar:?} {zone} {minutes} by {clock}, {given:?}: {tail:?}"
                                );
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(right >= 100, "{right} of 144");
}
