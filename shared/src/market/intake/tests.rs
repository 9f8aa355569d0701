//! Tests of reading whole files.

use super::*;
use crate::base::time::BarInterval;
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
        labels: Labels::End,
    };
    let assumed = ("Europe/Berlin".to_owned(), Certainty::Assumed);
    for (calendar, text) in [
        (Calendar::Forex, local(1..3, 0..1_440, 1)),
        (Calendar::Crypto, local(0..3, 0..1_440, 1)),
        (Calendar::Nyse, local(0..2, 630..900, 1)),
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
