//! Tests of telling zone and side.

use crate::base::time::{BarInterval, Timestamp};
use crate::market::calendar::Calendar;
use crate::market::intake::{
    Certainty, Detection, Feed, Kept, Labels, Limits, Reading, Scout, Zone, clock::WallClock,
    read_all,
};

/// 2024-03-31, a Sunday: noon in UTC.
const SUNDAY: i64 = 1_711_886_400;

/// What is detected of bars that begin at these seconds since 1970, written by the clock of a zone, or in UTC with its mark.
fn found(calendar: Calendar, starts: &[i64], zone: Option<&str>) -> Detection {
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
