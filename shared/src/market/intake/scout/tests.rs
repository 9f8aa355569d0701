//! Tests of zones, sides and intervals that are chosen beside those of imports before, by whole files.

use crate::base::time::{BarInterval, Day, Timestamp};
use crate::market::calendar::Calendar;
use crate::market::intake::clock::WallClock;
use crate::market::intake::{
    Certainty, Detection, Feed, Habit, IntakeError, Kept, Labels, Limits, Reader, Reading, Scout,
    Zone,
};

/// 2023-01-01, a Sunday.
const JANUARY: i32 = 19_358;

/// The starts of the bars of so many days, in seconds since 1970.
fn bars(calendar: Calendar, first: i32, days: i32, minutes: i64) -> Vec<i64> {
    let mut starts = Vec::new();
    for day in first..first + days {
        let session = match calendar {
            Calendar::Crypto => Some((day, day + 1)).map(|(open, close)| {
                let at = |day: i32| Day(day).midnight_utc().0;
                (at(open), at(close))
            }),
            _ => {
                let session = calendar.session(Day(day)).ok().flatten();
                session.map(|session| (session.open.0, session.close.0))
            }
        };
        let Some((open, close)) = session else {
            continue;
        };
        starts.extend((open / 1_000_000..close / 1_000_000).step_by(minutes as usize * 60));
    }
    starts
}

/// How times are written: by the clock of a zone, or as points in time, and how many minutes after the start.
#[derive(Debug, Clone, Copy)]
struct Written {
    zone: Option<&'static str>,
    after: i64,
}

const fn by(zone: &'static str) -> Written {
    Written {
        zone: Some(zone),
        after: 0,
    }
}

const POINTS: Written = Written {
    zone: None,
    after: 0,
};

fn text(calendar: Calendar, starts: &[i64], written: Written) -> String {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    let clock = written.zone.map(|zone| {
        let (rules, shift) = zone.parse::<Zone>().unwrap().rules(calendar).unwrap();
        WallClock::new(rules, shift)
    });
    for start in starts {
        let at = (start + written.after * 60) * 1_000_000;
        let shown = clock.as_ref().map_or(at, |clock| clock.shows(at));
        let mark = if clock.is_some() { "" } else { "Z" };
        let shown = Timestamp(shown).to_string();
        text += &format!("{}{mark},1,2,1,2,5\n", shown.trim_end_matches('Z'));
    }
    text
}

fn read(
    calendar: Calendar,
    text: &str,
    habits: &[Habit],
) -> Result<(Detection, Vec<i64>), IntakeError> {
    read_by(&Reading::detect(calendar), text, habits)
}

fn read_by(
    reading: &Reading,
    text: &str,
    habits: &[Habit],
) -> Result<(Detection, Vec<i64>), IntakeError> {
    let feed = |to: &mut dyn Feed| {
        to.open("file.csv")?;
        to.push(text.as_bytes())?;
        to.close()
    };
    let scout = Scout::new(reading.clone(), Limits::default());
    let mut scout = scout.with_habits(habits.to_vec());
    feed(&mut scout)?;
    let mut reader = Reader::new(&scout.finish()?, Kept::default())?;
    feed(&mut reader)?;
    let (detection, kept) = reader.finish()?;
    let starts = kept.rows.bars.start.iter().map(|at| at.0 / 1_000_000);
    Ok((detection, starts.collect()))
}

/// How a file was read, as it is remembered.
fn habit(calendar: Calendar, text: &str) -> Habit {
    let (found, _) = read(calendar, text, &[]).unwrap();
    Habit::of(&found.reading, Some(&found)).unwrap()
}

fn zone(found: &Detection) -> String {
    let zone = found.zone.as_ref();
    zone.map_or_else(|| "none".to_owned(), |zone| zone.value.to_string())
}

#[test]
fn a_zone_taken_before_gives_way_where_another_fits_better() {
    let cases = [
        (Calendar::Nyse, 5, "America/New_York", "UTC"),
        (Calendar::Nyse, 5, "UTC", "America/New_York"),
        (Calendar::Nyse, 5, "Europe/Berlin", "America/New_York"),
        (Calendar::Nyse, 5, "America/New_York", "America/Chicago"),
        (Calendar::Nyse, 60, "UTC", "America/New_York"),
        (Calendar::Nyse, 60, "America/Chicago", "America/New_York"),
        (Calendar::Forex, 60, "UTC", "America/New_York+7h"),
        (Calendar::Forex, 60, "America/New_York+7h", "UTC"),
        (Calendar::Forex, 5, "America/Chicago", "UTC-5h"),
        (Calendar::Metals, 5, "UTC", "America/New_York+7h"),
    ];
    for (calendar, minutes, first, then) in cases {
        let whole = bars(calendar, JANUARY + 60, 70, minutes);
        let habit = habit(calendar, &text(calendar, &whole, by(first)));
        // 2023-10-29 to 11-12: with a change of clocks in Europe and in New York
        for days in [1, 2, 3, 5, 14] {
            let first_day = match (calendar, days) {
                // single days in the midst of a week tell nothing where trading goes on
                (Calendar::Forex, ..5) => continue,
                (Calendar::Forex, 5) => JANUARY + 364 - 49,
                _ => JANUARY + 302,
            };
            let days = if calendar == Calendar::Forex {
                days.max(7)
            } else {
                days
            };
            let starts = bars(calendar, first_day, days + 1, minutes);
            let tail = text(calendar, &starts, by(then));
            let (found, stored) = read(calendar, &tail, std::slice::from_ref(&habit)).unwrap();
            let told = format!(
                "{calendar:?} {minutes} min {first} then {then}, {days} days: {} {:?} {:?}",
                zone(&found),
                found.warnings,
                found.refusal
            );
            if found.refusal.is_none() {
                assert!(stored == starts, "{told}");
            }
            assert!(found.refusal.is_none(), "{told}");
        }
    }
}

#[test]
fn tails_that_are_written_like_the_file_before_are_read_like_it() {
    let zones = [
        "America/New_York",
        "America/New_York+7h",
        "UTC",
        "UTC-5h",
        "Europe/Berlin",
    ];
    for calendar in [Calendar::Nyse, Calendar::Forex, Calendar::Metals] {
        for (minutes, after) in [(15, 0), (15, 15), (60, 0)] {
            let all = bars(calendar, JANUARY + 165, 50, minutes);
            let split = all.partition_point(|at| *at < i64::from(JANUARY + 200) * 86_400);
            let (whole, rest) = all.split_at(split);
            for name in zones {
                let written = Written {
                    zone: Some(name),
                    after,
                };
                let (found, stored) = read(calendar, &text(calendar, whole, written), &[]).unwrap();
                assert!(
                    stored == whole,
                    "{calendar:?} {minutes} {after} {name} {}",
                    zone(&found)
                );
                let habit = Habit::of(&found.reading, Some(&found)).unwrap();
                for (skip, days) in [(0, 1), (2, 2), (4, 3)] {
                    let from = i64::from(JANUARY + 201 + skip) * 86_400;
                    let to = from + days * 86_400;
                    let part = |keep: &dyn Fn(usize) -> bool| -> Vec<i64> {
                        let part = rest.iter().copied().filter(|at| (from..to).contains(at));
                        let part = part.enumerate().filter(|(index, _)| keep(*index));
                        part.map(|(_, at)| at).collect()
                    };
                    for tail in [part(&|_| true), part(&|index| index % 3 != 0)] {
                        if tail.len() < 3 {
                            continue;
                        }
                        let file = text(calendar, &tail, written);
                        let read = read(calendar, &file, std::slice::from_ref(&habit));
                        let (found, stored) = match read {
                            Ok(read) => read,
                            // half an hour's bars without a step of their own
                            Err(IntakeError::FewSteps { .. }) => continue,
                            Err(other) => panic!("{other}"),
                        };
                        if found.interval.value != BarInterval::minutes(minutes as u32) {
                            continue;
                        }
                        assert!(
                            stored == tail,
                            "{calendar:?} {minutes} {after} {name} {skip}+{days}: {} {:?} {:?}",
                            zone(&found),
                            found.labels,
                            found.warnings
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn extended_hours_go_on_in_the_zone_of_the_file_before() {
    let opens = bars(Calendar::Nyse, JANUARY + 90, 60, 390);
    let day = |open: &i64, from: i64, to: i64| (open + from * 60..open + to * 60).step_by(300);
    let whole: Vec<i64> = opens.iter().flat_map(|open| day(open, -330, 630)).collect();
    let written = by("America/New_York");
    let habit = habit(Calendar::Nyse, &text(Calendar::Nyse, &whole, written));
    let open = bars(Calendar::Nyse, JANUARY + 170, 1, 390);
    // whole days, mornings, afternoons, and sessions alone
    for (from, to) in [(-330, 630), (-330, 90), (150, 630), (0, 390), (-330, 390)] {
        let tail: Vec<i64> = open.iter().flat_map(|open| day(open, from, to)).collect();
        let file = text(Calendar::Nyse, &tail, written);
        let (found, stored) = read(Calendar::Nyse, &file, std::slice::from_ref(&habit)).unwrap();
        assert_eq!(
            (&found.refusal, stored),
            (&None, tail),
            "{from} {to} {}",
            zone(&found)
        );
    }
    // a session alone by another clock
    let tail: Vec<i64> = open.iter().flat_map(|open| day(open, 0, 390)).collect();
    let file = text(Calendar::Nyse, &tail, by("UTC"));
    let (found, stored) = read(Calendar::Nyse, &file, std::slice::from_ref(&habit)).unwrap();
    assert!(stored == tail, "{}", zone(&found));
    assert!(
        found
            .warnings
            .iter()
            .any(|it| it.contains("not in exchange")),
        "{:?}",
        found.warnings
    );
}

#[test]
fn a_first_file_is_not_read_in_utc_where_that_closes_markets() {
    let cases = [
        (Calendar::Forex, 1, "UTC-5h", JANUARY + 151, 30),
        (Calendar::Forex, 60, "America/New_York+7h", JANUARY, 31),
        (Calendar::Forex, 60, "America/New_York+7h", JANUARY, 7),
        (
            Calendar::Forex,
            60,
            "America/New_York+7h",
            JANUARY + 161,
            14,
        ),
        (Calendar::Metals, 5, "America/New_York+7h", JANUARY + 7, 14),
        (Calendar::Nyse, 5, "Europe/Berlin", JANUARY + 151, 3),
        (Calendar::Nyse, 60, "Europe/Berlin", JANUARY + 1, 89),
    ];
    for (calendar, minutes, name, first, days) in cases {
        let starts = bars(calendar, first, days, minutes);
        let file = text(calendar, &starts, by(name));
        let (found, stored) = read(calendar, &file, &[]).unwrap();
        let told = format!(
            "{calendar:?} {minutes} {name} {days}: {:?} {:?}",
            found.zone, found.warnings
        );
        assert!(stored == starts, "{told}");
        let certainty = found.zone.as_ref().map(|zone| zone.certainty);
        let is_said = found.warnings.iter().any(|it| it.contains("is assumed"));
        assert_eq!(is_said, certainty == Some(Certainty::Assumed), "{told}");
    }
}

#[test]
fn rows_that_may_be_days_are_no_shorter_bars() {
    let day = JANUARY + 157;
    let at = |days: i32, seconds: i64| i64::from(day + days) * 86_400 + seconds;
    let cases = [Calendar::Nyse, Calendar::Crypto, Calendar::Forex];
    for calendar in cases {
        for minutes in [5, 60] {
            let whole = bars(calendar, JANUARY + 60, 5, minutes);
            for written in [POINTS, by("UTC"), by("America/New_York")] {
                let habit = habit(calendar, &text(calendar, &whole, written));
                // midnights, opens, closes and the last second of a day, of a day, of a weekend and of three days
                for seconds in [0, 14_400, 48_600, 72_000, 75_600, 86_399] {
                    for days in [vec![0], vec![2, 5], vec![2, 5, 6]] {
                        let rows: Vec<i64> = days.iter().map(|day| at(*day, seconds)).collect();
                        let file = text(calendar, &rows, written);
                        let told = format!("{calendar:?} {minutes} {written:?} {seconds} {days:?}");
                        match read(calendar, &file, std::slice::from_ref(&habit)) {
                            Ok((found, _)) => {
                                assert_eq!(found.interval.value, BarInterval::Day, "{told}");
                            }
                            Err(IntakeError::MaybeDaily { stored }) => {
                                assert_eq!(stored, habit.interval, "{told}");
                            }
                            Err(other) => panic!("{told}: {other}"),
                        }
                    }
                }
                // a minute that no day begins or ends with
                if minutes < 60 {
                    let file = text(calendar, &[at(0, 52_500)], written);
                    let (found, _) = read(calendar, &file, std::slice::from_ref(&habit)).unwrap();
                    assert_eq!(found.interval.value, habit.interval);
                }
            }
        }
    }
}

#[test]
fn weeks_and_months_are_refused_whatever_interval_is_given() {
    for step in [7, 30] {
        let rows: Vec<i64> = (0..40)
            .map(|row| i64::from(JANUARY + row * step) * 86_400)
            .collect();
        let file = text(Calendar::Nyse, &rows, POINTS);
        for interval in [None, Some(BarInterval::Day)] {
            let reading = Reading {
                interval,
                ..Reading::detect(Calendar::Nyse)
            };
            let said = read_by(&reading, &file, &[]).unwrap_err().to_string();
            assert!(said.contains("weekly or monthly"), "{said}");
            assert!(!said.contains("give the interval"), "{said}");
        }
    }
}

#[test]
fn tails_with_missing_minutes_have_the_interval_of_stored_bars() {
    let whole = bars(Calendar::Nyse, JANUARY + 60, 30, 1);
    let habit = habit(Calendar::Nyse, &text(Calendar::Nyse, &whole, POINTS));
    let open = bars(Calendar::Nyse, JANUARY + 157, 1, 390)[0];
    let tail = |minutes: &[i64]| -> String {
        let starts: Vec<i64> = minutes.iter().map(|minute| open + minute * 60).collect();
        text(Calendar::Nyse, &starts, POINTS)
    };
    let one = [habit];
    for minutes in [
        &[3, 11][..],
        &[3, 11, 19],
        &[3, 11, 19, 24],
        &[0, 12, 24, 29, 36, 40, 55],
        &[1, 3, 5, 12, 14, 21, 30, 44, 47],
    ] {
        let (found, stored) = read(Calendar::Nyse, &tail(minutes), &one).unwrap();
        let told = (found.interval.value, found.interval.certainty);
        assert_eq!(
            told,
            (BarInterval::minutes(1), Certainty::Assumed),
            "{minutes:?}"
        );
        assert_eq!(stored.len(), minutes.len());
    }
    // rows enough that are even are of their own interval
    for minutes in [5, 15] {
        let even: Vec<i64> = (0..12).map(|row| row * minutes).collect();
        let (found, _) = read(Calendar::Nyse, &tail(&even), &one).unwrap();
        assert_eq!(found.interval.value, BarInterval::minutes(minutes as u32));
    }
    // without stored bars, a step of few rows of which others are no multiples is none
    let file = tail(&[0, 2, 5, 7, 12, 19, 32, 43, 60, 79, 102, 131]);
    let said = read(Calendar::Nyse, &file, &[]).unwrap_err().to_string();
    assert!(said.contains("as they happen to be"), "{said}");
    assert!(said.contains("give that interval, 1min"), "{said}");
}

#[test]
fn the_edges_of_one_session_tell_more_than_the_side_of_the_file_before() {
    for calendar in [Calendar::Nyse, Calendar::Metals] {
        let whole = bars(calendar, JANUARY + 60, 90, 5);
        let written = |after| Written {
            zone: Some("America/New_York"),
            after,
        };
        for (before, now) in [(0, 5), (5, 0), (0, 0), (5, 5)] {
            let habit = habit(calendar, &text(calendar, &whole, written(before)));
            for days in [1, 2, 3] {
                let starts = bars(calendar, JANUARY + 156, days, 5);
                let file = text(calendar, &starts, written(now));
                let (found, stored) = read(calendar, &file, std::slice::from_ref(&habit)).unwrap();
                assert!(
                    stored == starts,
                    "{calendar:?} {before} {now} {days}: {:?}",
                    found.labels
                );
            }
        }
    }
}

#[test]
fn ends_are_told_where_first_or_last_bars_are_missing() {
    for (calendar, minutes) in [
        (Calendar::Nyse, 5),
        (Calendar::Metals, 5),
        (Calendar::Nyse, 1),
    ] {
        for zone in [None, Some("America/New_York")] {
            let all = bars(calendar, JANUARY + 60, 90, minutes);
            let follows = |one: Option<&i64>, other: Option<&i64>| match (one, other) {
                (Some(one), Some(other)) => other - one == minutes * 60,
                _ => false,
            };
            let before = |index: usize| index.checked_sub(1).and_then(|it| all.get(it));
            let kept = |keep: &dyn Fn(usize) -> bool| -> Vec<i64> {
                (0..all.len())
                    .filter(|index| keep(*index))
                    .filter_map(|it| all.get(it).copied())
                    .collect()
            };
            let first_missing = kept(&|it| follows(before(it), all.get(it)));
            let many_missing = kept(&|it| it * 7919 % 10 < 6);
            for starts in [first_missing, many_missing] {
                for (after, side) in [(0, Labels::Start), (minutes, Labels::End)] {
                    let file = text(calendar, &starts, Written { zone, after });
                    let (found, stored) = read(calendar, &file, &[]).unwrap();
                    assert_eq!(
                        found.labels.value, side,
                        "{calendar:?} {zone:?} {:?}",
                        found.labels
                    );
                    assert!(stored == starts, "{calendar:?} {zone:?}");
                }
            }
        }
    }
}

#[test]
fn the_same_file_is_read_as_it_was() {
    let starts = bars(Calendar::Crypto, JANUARY, 20, 60);
    let file = text(Calendar::Crypto, &starts, by("UTC"));
    let then = habit(Calendar::Crypto, &file);
    let other = Habit {
        zone: Some("America/New_York".parse().unwrap()),
        labels: Labels::End,
        ..then.clone()
    };
    let (found, _) = read(Calendar::Crypto, &file, std::slice::from_ref(&other)).unwrap();
    assert_eq!(
        (zone(&found).as_str(), found.labels.value),
        ("America/New_York", Labels::End)
    );
    let same = Habit {
        is_same_file: true,
        ..then
    };
    let (found, stored) = read(Calendar::Crypto, &file, &[same]).unwrap();
    assert!(stored == starts, "{}", zone(&found));
    // of another form no zone is taken where nothing tells
    let file = file.replace('-', "").replace('T', " ");
    let (found, stored) = read(Calendar::Crypto, &file, &[other]).unwrap();
    assert!(stored == starts, "{}", zone(&found));
}

/// Minutes of a market in which so many of a thousand have a bar, the same each time.
fn few_minutes(of_a_thousand: u64, minutes: i64) -> Vec<i64> {
    let is_there = |minute: &i64| {
        let mixed = (*minute as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40 < of_a_thousand * 16_777
    };
    let start = i64::from(JANUARY) * 86_400;
    let there = (0..minutes).filter(is_there);
    there.map(|minute| start + minute * 60).collect()
}

#[test]
fn a_market_in_which_most_minutes_are_missing_is_of_minutes() {
    for of_a_thousand in [15, 30, 60, 120, 300] {
        let starts = few_minutes(of_a_thousand, 30_000);
        let file = text(Calendar::Crypto, &starts, POINTS);
        let (found, stored) = read(Calendar::Crypto, &file, &[]).unwrap();
        assert_eq!(
            found.interval.value,
            BarInterval::minutes(1),
            "{of_a_thousand}"
        );
        assert_eq!(found.interval.certainty, Certainty::Assumed);
        assert_eq!(stored, starts);
    }
    // by the second nothing tells bars from trades
    let starts = few_minutes(60, 30_000);
    let seconds: Vec<i64> = starts.iter().map(|at| at + at / 60 % 53).collect();
    let file = text(Calendar::Crypto, &seconds, POINTS);
    let said = read(Calendar::Crypto, &file, &[]).unwrap_err().to_string();
    assert!(said.contains("check which column is the time"), "{said}");
}

#[test]
fn a_few_rows_that_may_be_longer_bars_are_asked_for() {
    let whole = bars(Calendar::Nyse, JANUARY + 60, 30, 1);
    let habit = habit(Calendar::Nyse, &text(Calendar::Nyse, &whole, POINTS));
    let open = bars(Calendar::Nyse, JANUARY + 157, 1, 390)[0];
    let one = [habit];
    for (minutes, longer) in [
        (&[375, 380, 385][..], "5min"),
        (&[0, 5], "5min"),
        (&[0, 15, 45], "15min"),
        (&[0, 60, 120], "60min"),
        (&[20, 25, 40, 65, 70], "5min"),
    ] {
        let starts: Vec<i64> = minutes.iter().map(|minute| open + minute * 60).collect();
        let file = text(Calendar::Nyse, &starts, POINTS);
        let said = read(Calendar::Nyse, &file, &one).unwrap_err().to_string();
        let choice = format!("give the interval, {longer} or 1min");
        assert!(said.contains(&choice), "{minutes:?}: {said}");
        // each answer is taken
        for interval in [longer, "1min"] {
            let reading = Reading {
                interval: Some(interval.parse().unwrap()),
                ..Reading::detect(Calendar::Nyse)
            };
            let (_, stored) = read_by(&reading, &file, &one).unwrap();
            assert_eq!(stored, starts);
        }
    }
    // off the grid of longer bars they are minutes
    let starts = [open + 60, open + 360, open + 660];
    let file = text(Calendar::Nyse, &starts, POINTS);
    let (found, _) = read(Calendar::Nyse, &file, &one).unwrap();
    assert_eq!(found.interval.value, BarInterval::minutes(1));
}
