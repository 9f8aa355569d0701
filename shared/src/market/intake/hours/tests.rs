//! Tests of telling zone and side.

mod coarse;
mod filled;
mod thin;

use crate::base::time::{BarInterval, Timestamp};
use crate::market::calendar::Calendar;
use crate::market::intake::{
    Certainty, Detection, Feed, Habit, Kept, Labels, Limits, Reader, Reading, Scout, Zone,
    clock::WallClock, read_all,
};

/// 2024-03-31, a Sunday: noon in UTC.
const SUNDAY: i64 = 1_711_886_400;

/// A file of bars that begin at these seconds since 1970, written by the clock of a zone, or in UTC with its mark.
fn written(calendar: Calendar, starts: &[i64], zone: Option<&str>) -> String {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    let clock = zone.map(|zone| {
        let zone: Zone = zone.parse().unwrap();
        let (rules, shift) = zone.rules(calendar).unwrap();
        WallClock::new(rules, shift)
    });
    for at in starts {
        let shown = match &clock {
            Some(clock) => Timestamp(clock.shows(at * 1_000_000)).to_string(),
            None => Timestamp(at * 1_000_000).to_string(),
        };
        let mark = if zone.is_some() { "" } else { "Z" };
        text += &format!("{}{mark},1,2,1,2,5\n", shown.trim_end_matches('Z'));
    }
    text
}

/// What the first pass detects of such bars.
fn found(calendar: Calendar, starts: &[i64], zone: Option<&str>) -> Detection {
    let text = written(calendar, starts, zone);
    let mut scout = Scout::new(Reading::detect(calendar), Limits::default());
    scout.open("file.csv").unwrap();
    scout.push(text.as_bytes()).unwrap();
    scout.close().unwrap();
    scout.finish().unwrap().detection().clone()
}

/// The starts of bars in sessions over so many days, of minutes from the open of each, but for those cut off at its beginning.
fn bars(calendar: Calendar, days: i64, minutes: i64, cut: i64) -> Vec<i64> {
    let mut starts = Vec::new();
    let mut closed = i64::MIN;
    let first = Timestamp(SUNDAY * 1_000_000).utc_day().0;
    for day in first..first + days as i32 {
        let Ok(Some(session)) = calendar.session(crate::base::time::Day(day)) else {
            continue;
        };
        let (open, close) = (session.open.0 / 1_000_000, session.close.0 / 1_000_000);
        let skipped = if open > closed { cut * 60 } else { 0 };
        closed = close;
        starts.extend((open + skipped..close).step_by(minutes as usize * 60));
    }
    starts
}

#[test]
fn a_first_bar_that_is_late_does_not_make_ends_of_starts() {
    for (minutes, weeks) in [(1, 3), (5, 6), (15, 12), (60, 12)] {
        let starts = bars(Calendar::Forex, weeks * 7, minutes, minutes);
        for zone in [None, Some("America/New_York+7h")] {
            let found = found(Calendar::Forex, &starts, zone);
            assert_eq!(found.interval.value, BarInterval::minutes(minutes as u32));
            assert_eq!(
                (found.labels.value, found.labels.certainty),
                (Labels::Start, Certainty::Assumed),
                "{minutes} min {zone:?}: {}",
                found.labels.evidence
            );
        }
    }
    // ends of all bars are told, and so are starts
    let starts = bars(Calendar::Forex, 84, 5, 0);
    let ends: Vec<i64> = starts.iter().map(|at| at + 300).collect();
    for (times, expected) in [(&starts, Labels::Start), (&ends, Labels::End)] {
        let labels = found(Calendar::Forex, times, None).labels;
        assert_eq!(
            (labels.value, labels.certainty),
            (expected, Certainty::Sure)
        );
    }
}

#[test]
fn bars_in_sessions_tell_more_than_openings() {
    let broker = "America/New_York+7h";
    for (calendar, days, minutes, zone) in [
        (Calendar::Metals, 120, 5, broker),
        (Calendar::Metals, 200, 60, broker),
        (Calendar::Forex, 200, 60, broker),
        (Calendar::Nyse, 60, 5, "Europe/Berlin"),
        (Calendar::Nyse, 60, 5, "America/New_York"),
        (Calendar::Nyse, 90, 30, "UTC"),
        (Calendar::Nyse, 90, 15, "America/Los_Angeles"),
    ] {
        for cut in [0, 1] {
            let mut starts = bars(calendar, days, minutes, minutes * cut);
            if calendar == Calendar::Metals && minutes == 5 {
                // a vendor that goes on where the exchange closes early
                for early in [1_716_834_600_i64, 1_718_821_800, 1_720_117_800] {
                    starts.extend((early..early + 9_000).step_by(minutes as usize * 60));
                }
                starts.sort_unstable();
                starts.dedup();
            }
            let found = found(calendar, &starts, Some(zone));
            assert_eq!(
                found.labels.value,
                Labels::Start,
                "{calendar:?} {minutes} min"
            );
            let found = found.zone.unwrap();
            // the exchange's own zone is called so
            let is_right = found.value.to_string() == zone
                || found.value == Zone::EXCHANGE && zone == "America/New_York";
            assert!(
                is_right,
                "{calendar:?} {minutes} min in {zone} without {cut}: {} ({})",
                found.value, found.evidence
            );
        }
    }
}

#[test]
fn a_week_that_begins_late_and_extended_hours_are_in_the_exchanges_time() {
    let with_cut = |from: i64, to: i64, first: i64| -> Vec<i64> {
        let days = bars(Calendar::Nyse, 40, 390, 0);
        let mut starts: Vec<i64> = Vec::new();
        for open in days {
            starts.extend((open + from * 60..open + to * 60).step_by(300));
        }
        let begin = starts[0] + first * 60;
        starts.retain(|at| *at >= begin);
        starts
    };
    for (from, to, first) in [
        (0, 390, 5),
        (0, 390, 90),
        (5, 390, 0),
        (-330, 630, 0),
        (-120, 450, 0),
        (-150, 390, 0),
        (-30, 405, 0),
    ] {
        let starts = with_cut(from, to, first);
        let found = found(Calendar::Nyse, &starts, Some("America/New_York"));
        let zone = found.zone.unwrap();
        assert_eq!(
            zone.value,
            Zone::EXCHANGE,
            "{from} {to} {first}: {}",
            zone.evidence
        );
        assert_eq!(found.labels.value, Labels::Start);
    }
}

#[test]
fn a_zone_in_the_name_of_the_column_is_taken() {
    // minutes of New York's clock from a Tuesday on
    let rows = |name: &str, minutes: std::ops::Range<i64>| {
        let mut text = format!("{name},open,high,low,close,volume\n");
        for minute in minutes {
            let at = Timestamp((SUNDAY + 129_600 + minute * 60) * 1_000_000).to_string();
            text += &format!("{},10,11,9,10,5\n", at.trim_end_matches('Z'));
        }
        text
    };
    let read = |calendar, text: &str| {
        let files = [("file.csv", text.as_bytes())];
        let reading = Reading::detect(calendar);
        read_all(&files, &reading, Limits::default(), Kept::default())
            .unwrap()
            .0
    };
    // the midst of a week, which tells nothing else
    for (name, expected) in [("time", "UTC"), ("Gmt time", "UTC"), ("Time (EET)", "EET")] {
        let zone = read(Calendar::Forex, &rows(name, 0..2_880)).zone.unwrap();
        let told = (zone.value.to_string(), zone.certainty);
        assert_eq!(told, (expected.to_owned(), Certainty::Assumed));
        let is_named = zone.evidence == format!("the column is called {name}");
        assert_eq!(is_named, name != "time", "{}", zone.evidence);
    }
    // where nearly all bars are out of hours by it, it is asked
    let said = read(Calendar::Nyse, &rows("Gmt time", 0..480))
        .refusal
        .unwrap();
    assert!(said.contains("the column is called Gmt time"), "{said}");
}

/// Bars of so many minutes of shares, in every session from and up to so many minutes after its open, of which some are missing.
fn extended(
    minutes: i64,
    from: i64,
    to: i64,
    days: i64,
    is_there: &dyn Fn(i64) -> bool,
) -> Vec<i64> {
    let opens = bars(Calendar::Nyse, days, 390, 0);
    let all = opens
        .iter()
        .flat_map(|open| (open + from * 60..open + to * 60).step_by(minutes as usize * 60));
    all.filter(|at| is_there(*at)).collect()
}

#[test]
fn the_edges_of_extended_hours_tell_starts_from_ends() {
    let all = |_: i64| true;
    // four of ten minutes, the same each time
    let some = |at: i64| ((at / 60) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40 < 6_710_886;
    type Case<'a> = (i64, i64, i64, i64, &'a dyn Fn(i64) -> bool);
    // minutes a bar, from and to in minutes from the open, days, which bars are there
    let cases: [Case<'_>; 9] = [
        (1, -330, 630, 20, &all),
        (1, -330, 630, 6, &all),
        (1, -330, 630, 40, &some),
        (5, -330, 630, 20, &all),
        (30, -330, 630, 40, &all),
        (60, -330, 630, 40, &all),
        // before the session only, and other hours of trading
        (5, -330, 390, 20, &all),
        (5, -150, 450, 20, &all),
        (1, -90, 390, 20, &all),
    ];
    for (minutes, from, to, days, is_there) in cases {
        let starts = extended(minutes, from, to, days, is_there);
        for (by, expected) in [(0, Labels::Start), (minutes * 60, Labels::End)] {
            let times: Vec<i64> = starts.iter().map(|at| at + by).collect();
            for zone in [None, Some("America/New_York")] {
                // a zone is not told by a few bars of each session, and hours are as well starts an hour to the east
                if zone.is_some() && (days == 40 && minutes == 1 || minutes == 60) {
                    continue;
                }
                let found = found(Calendar::Nyse, &times, zone);
                let told = (found.labels.value, found.labels.certainty);
                let case = format!(
                    "{minutes} min {from}..{to} of {days} days {zone:?}: {}",
                    found.labels.evidence
                );
                assert_eq!(told, (expected, Certainty::Sure), "{case}");
                assert_eq!(found.warnings, Vec::<String>::new(), "{case}");
            }
        }
    }
}

#[test]
fn a_side_that_is_given_against_all_sessions_is_said() {
    let starts = bars(Calendar::Nyse, 30, 1, 0);
    let ends: Vec<i64> = starts.iter().map(|at| at + 60).collect();
    for (times, side) in [(&starts, Labels::Start), (&ends, Labels::End)] {
        for given in [Labels::Start, Labels::End] {
            let reading = Reading {
                labels: Some(given),
                ..Reading::detect(Calendar::Nyse)
            };
            let text = written(Calendar::Nyse, times, None);
            let files = [("file.csv", text.as_bytes())];
            let read = read_all(&files, &reading, Limits::default(), Kept::default());
            let found = read.unwrap().0;
            assert_eq!(found.labels.value, given);
            let is_said = |it: &String| it.contains("as given, but look like");
            let said = found.warnings.iter().any(is_said);
            assert_eq!(said, given != side, "{:?}", found.warnings);
        }
    }
}

#[test]
fn where_nothing_tells_the_side_it_is_said() {
    // a few bars before and after every session, at no time in particular
    let is_there = |at: i64| {
        let minute = at.rem_euclid(86_400) / 60 - 810;
        (0..390).contains(&minute)
            || at / 60 % 37 == at / 86_400 % 31 && (-200..500).contains(&minute)
            || minute == -1
    };
    let starts = extended(1, -330, 630, 20, &is_there);
    for by in [0, 60] {
        let times: Vec<i64> = starts.iter().map(|at| at + by).collect();
        let found = found(Calendar::Nyse, &times, None);
        let told = (found.labels.value, found.labels.certainty);
        assert_eq!(
            told,
            (Labels::Start, Certainty::Assumed),
            "{}",
            found.labels.evidence
        );
        let said = found.warnings.iter().any(|it| it.contains("--labels end"));
        assert!(said, "{:?}", found.warnings);
        // as the last import was read; of starts nothing is said twice
        let text = written(Calendar::Nyse, &times, None);
        for (labels, is_said) in [(Labels::End, true), (Labels::Start, false)] {
            let habit = Habit {
                labels,
                ..Habit::of(&found.reading, Some(&found)).unwrap()
            };
            let scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
            let mut scout = scout.with_habits(vec![habit]);
            scout.open("file.csv").unwrap();
            scout.push(text.as_bytes()).unwrap();
            scout.close().unwrap();
            let found = scout.finish().unwrap().detection().clone();
            assert_eq!(found.labels.value, labels);
            let said = found
                .warnings
                .iter()
                .any(|it| it.contains("--labels start"));
            assert_eq!(said, is_said, "{:?}", found.warnings);
        }
    }
}

/// What is stored of ends of bars, in seconds since 1970, that are written as points in time.
fn stored(calendar: Calendar, ends: &[i64]) -> Vec<i64> {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for at in ends {
        text += &format!("{},1,2,1,2,5\n", Timestamp(at * 1_000_000));
    }
    let files = [("file.csv", text.as_bytes())];
    let reading = Reading::detect(calendar);
    let (found, kept) = read_all(&files, &reading, Limits::default(), Kept::default()).unwrap();
    assert_eq!(found.labels.value, Labels::End, "{}", found.labels.evidence);
    let starts = kept.rows.bars.start.iter();
    starts.map(|start| start.0 / 1_000_000).collect()
}

#[test]
fn the_last_end_of_a_session_is_on_the_grid_of_the_others() {
    for minutes in [60, 240] {
        let length = minutes * 60;
        let opens = bars(Calendar::Nyse, 60, 390, 0);
        // by the clock from 8:00 on, and by sessions, the last one as long as it is
        let by_clock: Vec<i64> = opens
            .iter()
            .flat_map(|open| {
                let first = if minutes == 60 {
                    open - 1_800
                } else {
                    open - 5_400
                };
                (first..open + 390 * 60).step_by(length as usize)
            })
            .collect();
        let ends: Vec<i64> = by_clock.iter().map(|at| at + length).collect();
        assert_eq!(stored(Calendar::Nyse, &ends), by_clock, "{minutes}");
        if minutes == 60 {
            let by_session: Vec<i64> = opens
                .iter()
                .flat_map(|open| (*open..open + 390 * 60).step_by(length as usize))
                .collect();
            let end =
                |at: &i64| (at + length).min(at - (at - opens[0]).rem_euclid(86_400) + 390 * 60);
            let ends: Vec<i64> = by_session.iter().map(end).collect();
            assert_eq!(stored(Calendar::Nyse, &ends), by_session);
        }
    }
    // longer than the pause of a market: from when it closes on
    let week: Vec<i64> = bars(Calendar::Metals, 84, 60, 0);
    let mut starts: Vec<i64> = week
        .iter()
        .map(|at| at - (at - SUNDAY - 32_400).rem_euclid(14_400))
        .collect();
    starts.dedup();
    let ends: Vec<i64> = starts.iter().map(|at| at + 14_400).collect();
    assert_eq!(stored(Calendar::Metals, &ends), starts);
}

#[test]
fn ends_in_utc_with_bars_before_the_session_are_ends() {
    // all minutes of the session, six of ten about it, and two of ten else
    let is_there = |at: i64| {
        let minute = at.rem_euclid(86_400) / 60 - 810;
        let mixed = (at as u64 / 60).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let drawn = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40;
        let of_ten = match minute {
            0..390 => 10,
            -90..450 => 6,
            _ => 2,
        };
        drawn < of_ten * 1_677_722
    };
    for days in 8..40 {
        let starts = extended(1, -330, 630, days, &is_there);
        let ends: Vec<i64> = starts.iter().map(|at| at + 60).collect();
        let found = found(Calendar::Nyse, &ends, Some("UTC"));
        let zone = found.zone.unwrap().value;
        let told = (zone.to_string(), found.labels.value);
        assert_eq!(
            told,
            ("UTC".to_owned(), Labels::End),
            "{days} days: {:?}",
            found.warnings
        );
    }
}

/// What is stored of hours of shares, written by the clock of a zone or as points in time, after imports that were read so.
fn after(habits: &[Habit], times: &[i64], zone: Option<&str>) -> (Detection, Vec<i64>) {
    let text = written(Calendar::Nyse, times, zone);
    let given = Reading {
        interval: Some(BarInterval::minutes(60)),
        ..Reading::detect(Calendar::Nyse)
    };
    let feed = |to: &mut dyn Feed| {
        to.open("file.csv").unwrap();
        to.push(text.as_bytes()).unwrap();
        to.close().unwrap();
    };
    let mut scout = Scout::new(given, Limits::default()).with_habits(habits.to_vec());
    feed(&mut scout);
    let mut reader = Reader::new(&scout.finish().unwrap(), Kept::default()).unwrap();
    feed(&mut reader);
    let (found, kept) = reader.finish().unwrap();
    let starts = kept.rows.bars.start.iter();
    (found, starts.map(|start| start.0 / 1_000_000).collect())
}

#[test]
fn the_last_ends_of_a_day_alone_are_cut_as_those_before_were() {
    let opens = bars(Calendar::Nyse, 60, 390, 0);
    let (last, before) = opens.split_last().unwrap();
    let ends = |open: &i64| (open + 1_800..=open + 390 * 60).step_by(3_600);
    let clock: Vec<i64> = before.iter().flat_map(ends).collect();
    let by_session = |open: &i64| {
        (1..=7)
            .map(|hour| open + (hour * 60).min(390) * 60)
            .collect::<Vec<_>>()
    };
    let sessions: Vec<i64> = before.iter().flat_map(by_session).collect();
    let close = last + 390 * 60;
    for (times, hours_before) in [(&clock, 1), (&sessions, 0)] {
        let (found, _) = after(&[], times, None);
        assert_eq!(
            (found.labels.value, found.is_by_clock),
            (Labels::End, hours_before == 1)
        );
        let habit = Habit::of(&found.reading, Some(&found)).unwrap();
        // the bar that ends at the close, and with those of the evening after it
        for hours in [0, 4] {
            let tail: Vec<i64> = (0..=hours).map(|hour| close + hour * 3_600).collect();
            let (found, stored) = after(std::slice::from_ref(&habit), &tail, None);
            assert_eq!(found.labels.value, Labels::End);
            let first = if hours_before == 1 {
                close - 3_600
            } else {
                close - 1_800
            };
            assert_eq!(stored[0], first, "{hours}");
            assert_eq!(stored[1..], tail[..tail.len() - 1], "{hours}");
        }
    }
}

#[test]
fn bars_of_hours_lie_where_any_part_of_them_does() {
    let length = 4 * 3_600;
    let read = |calendar, starts: &[i64], zone| {
        let text = written(calendar, starts, zone);
        let files = [("file.csv", text.as_bytes())];
        let reading = Reading::detect(calendar);
        let read = read_all(&files, &reading, Limits::default(), Kept::default());
        read.unwrap().0
    };
    for calendar in [Calendar::Forex, Calendar::Metals] {
        // by UTC, and from 17:00 in New York on
        for from in [0, 21 * 3_600] {
            let hours = bars(calendar, 84, 60, 0);
            let mut starts: Vec<i64> = hours
                .iter()
                .map(|at| at - (at - from).rem_euclid(length))
                .collect();
            starts.dedup();
            let found = read(calendar, &starts, Some("UTC"));
            let hours = found.hours;
            let all = (hours.regular, hours.extended, hours.closed);
            assert_eq!(all, (starts.len() as u64, 0, 0), "{calendar:?} {from}");
            assert_eq!(found.labels.value, Labels::Start);
            let is_odd = |it: &&String| it.contains("calendar");
            assert_eq!(found.warnings.iter().find(is_odd), None);
        }
    }
    // hours of shares that hold the open, and those before it
    let opens = bars(Calendar::Nyse, 40, 390, 0);
    let hours = |open: &i64| (open - 5_400..open + 390 * 60).step_by(3_600);
    let starts: Vec<i64> = opens.iter().flat_map(hours).collect();
    let found = read(Calendar::Nyse, &starts, None);
    let days = opens.len() as u64;
    assert_eq!(
        (found.hours.regular, found.hours.extended),
        (7 * days, days)
    );
}
