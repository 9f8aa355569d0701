//! Tests of telling month and day, and of telling the column of times.

use crate::base::time::{BarInterval, Day};
use crate::market::calendar::Calendar;
use crate::market::intake::{
    Certainty, DateOrder, Detection, Feed, Habit, Kept, Labels, Limits, Reader, Reading, Scout,
    TimeForm,
};

/// 2023-06-01, a Thursday.
const JUNE: i32 = 19_509;

fn read(text: &str, reading: Reading, habits: Vec<Habit>) -> (Detection, Kept) {
    fn hand_over(feed: &mut impl Feed, text: &str) {
        feed.open("file.csv").unwrap();
        feed.push(text.as_bytes()).unwrap();
        feed.close().unwrap();
    }
    let mut scout = Scout::new(reading, Limits::default()).with_habits(habits);
    hand_over(&mut scout, text);
    let plan = scout.finish().unwrap_or_else(|bad| panic!("{bad}"));
    let mut reader = Reader::new(&plan, Kept::default()).unwrap();
    hand_over(&mut reader, text);
    reader.finish().unwrap()
}

fn detect(calendar: Calendar, text: &str) -> (Detection, Kept) {
    read(text, Reading::detect(calendar), vec![])
}

/// Rows of these days, at these minutes of each or without a time of day; `form` has `%D`, `%M`, `%Y` and `%T` for the parts.
fn rows(days: impl Iterator<Item = i32>, minutes: &[u32], form: &str) -> String {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for day in days {
        let date = Day(day).to_string();
        let mut parts = date.split('-');
        let [year, month, day] = [(); 3].map(|()| parts.next().unwrap());
        let form = form
            .replace("%D", day)
            .replace("%M", month)
            .replace("%Y", year);
        for minute in minutes {
            let clock = format!("{:02}:{:02}", minute / 60, minute % 60);
            text += &format!("{},10,11,9,10,5\n", form.replace("%T", &clock));
        }
    }
    text
}

fn weekdays(days: std::ops::Range<i32>) -> impl Iterator<Item = i32> {
    days.filter(|day| (day + 3).rem_euclid(7) < 5)
}

fn hours() -> Vec<u32> {
    (0..1_440).step_by(60).collect()
}

fn told(detection: &Detection) -> (DateOrder, Certainty) {
    let order = detection.date_order.as_ref().unwrap();
    (order.value, order.certainty)
}

/// What is said of the order.
fn doubts(detection: &Detection) -> String {
    let of_order = |text: &&String| text.contains("order of dates");
    let said = detection.warnings.iter().filter(of_order);
    said.cloned().collect::<Vec<_>>().join("; ")
}

fn habit(interval: BarInterval, order: DateOrder) -> Habit {
    Habit {
        is_zone_sure: false,
        is_wide: false,
        is_by_clock: false,
        is_same_file: false,
        interval,
        zone: None,
        labels: Labels::Start,
        date_order: Some(order),
        clock: None,
        forms: vec![TimeForm::ShortDateTimeZoned, TimeForm::ShortDateTime],
        daily: None,
    }
}

#[test]
fn dates_with_an_offset_are_read_by_either_order() {
    let written = "%D.%M.%Y %T:00.000 GMT+0300";
    let text = rows(weekdays(JUNE..JUNE + 20), &hours(), written);
    let (detection, kept) = detect(Calendar::Forex, &text);
    assert_eq!(told(&detection), (DateOrder::Day, Certainty::Sure));
    assert_eq!((kept.rows.len(), detection.counts.rejected), (336, 0));
    let first = kept.rows.bars.start[0].to_string();
    assert_eq!(first, "2023-05-31T21:00:00Z");
    // hours of the five days of a clock whose midnight is an hour after the opening of the week
    let cut = rows(
        weekdays(JUNE - 31..JUNE + 6),
        &hours(),
        "%D.%M.%Y %T:00.000 GMT+0200",
    );
    let (detection, kept) = detect(Calendar::Forex, &cut);
    let labels = &detection.labels;
    assert_eq!(
        (labels.value, labels.certainty),
        (Labels::Start, Certainty::Assumed)
    );
    let first = kept.rows.bars.start[0].to_string();
    assert_eq!(first, "2023-04-30T22:00:00Z");
    // a single day, a Wednesday as well by the other order a Thursday
    for (form, expected) in [
        (written, DateOrder::Day),
        ("%D/%M/%Y %T +03:00", DateOrder::Month),
        ("%D-%M-%Y %T UTC", DateOrder::Month),
    ] {
        let text = rows(JUNE + 6..JUNE + 7, &hours(), form);
        let (detection, _) = detect(Calendar::Forex, &text);
        assert_eq!(told(&detection), (expected, Certainty::Assumed), "{form}");
        let said = doubts(&detection);
        assert!(
            said.contains("2023-06-07") && said.contains("2023-07-06"),
            "{said}"
        );
        let usual = habit(BarInterval::minutes(60), DateOrder::Day);
        let (detection, _) = read(&text, Reading::detect(Calendar::Forex), vec![usual]);
        assert_eq!(told(&detection), (DateOrder::Day, Certainty::Assumed));
        assert_eq!(doubts(&detection), "", "{form}");
    }
}

#[test]
fn gaps_and_closed_days_tell_the_order() {
    let session: Vec<u32> = (570..960).step_by(5).collect();
    for (day_first, expected) in [(true, DateOrder::Day), (false, DateOrder::Month)] {
        let form = if day_first { "%D/%M/%Y" } else { "%M/%D/%Y" };
        let sure = (expected, Certainty::Sure);
        let timed = format!("{form} %T");
        // bars of hours in a row, of two days only, of the sessions of shares, from the last to the first
        for (calendar, text) in [
            (Calendar::Crypto, rows(JUNE..JUNE + 12, &hours(), &timed)),
            (Calendar::Crypto, rows(JUNE..JUNE + 2, &hours(), &timed)),
            (
                Calendar::Nyse,
                rows(weekdays(JUNE..JUNE + 12), &session, &timed),
            ),
            (
                Calendar::Nyse,
                rows(weekdays(JUNE..JUNE + 12).rev_all(), &[0], form),
            ),
        ] {
            let (detection, kept) = detect(calendar, &text);
            assert_eq!(told(&detection), sure, "{calendar:?} {form}");
            assert_eq!(doubts(&detection), "");
            let first = kept.rows.bars.start.iter().min().unwrap();
            assert!(first.to_string().starts_with("2023-06-01T"), "{first}");
        }
        // days of a market that never closes could be months: it is said
        let (detection, _) = detect(Calendar::Crypto, &rows(JUNE..JUNE + 4, &[0], form));
        assert_eq!(told(&detection), (expected, Certainty::Assumed));
        assert_ne!(doubts(&detection), "");
    }
    // what tells is believed, and said where it was otherwise before
    let text = rows(JUNE..JUNE + 12, &hours(), "%D/%M/%Y %T");
    let usual = habit(BarInterval::minutes(60), DateOrder::Month);
    let (detection, _) = read(&text, Reading::detect(Calendar::Crypto), vec![usual]);
    assert_eq!(told(&detection), (DateOrder::Day, Certainty::Sure));
    let said = doubts(&detection);
    assert!(
        said.contains("imported before had the month first"),
        "{said}"
    );
}

trait RevAll: Iterator<Item = i32> + Sized {
    fn rev_all(self) -> std::vec::IntoIter<i32> {
        let mut all: Vec<i32> = self.collect();
        all.reverse();
        all.into_iter()
    }
}

impl<I: Iterator<Item = i32>> RevAll for I {}

#[test]
fn rows_in_two_orders_are_a_question() {
    let by_month = rows(weekdays(JUNE - 150..JUNE), &[0], "%M/%D/%Y");
    let by_day = rows(weekdays(JUNE..JUNE + 28), &[0], "%D/%M/%Y");
    let text = by_month.clone() + by_day.split_once('\n').unwrap().1;
    let (detection, _) = detect(Calendar::Nyse, &text);
    let said = detection.refusal.unwrap();
    // 2023-06-13 is the ninth of its rows
    let line = by_month.lines().count() + 9;
    assert!(
        said.contains("12 only with the day first") && said.contains(&format!("line {line}")),
        "{said}"
    );
    let given = Reading {
        date_order: Some(DateOrder::Month),
        ..Reading::detect(Calendar::Nyse)
    };
    let (detection, _) = read(&text, given, vec![]);
    assert_eq!((detection.refusal, detection.counts.rejected), (None, 12));
    // a date that neither order reads is none
    let (detection, _) = detect(Calendar::Nyse, &(by_month + "13/13/2023,10,11,9,10,5\n"));
    assert_eq!(
        (detection.refusal.as_ref(), detection.counts.rejected),
        (None, 1)
    );
    assert_eq!(told(&detection), (DateOrder::Month, Certainty::Sure));
}

#[test]
fn the_time_of_a_download_is_not_that_of_a_bar() {
    let stamped = |stamp: &dyn Fn(i64, i64) -> i64| {
        let mut text = "Date,Open,High,Low,Close,Volume,timestamp\n".to_owned();
        for (row, day) in (0..).zip(weekdays(JUNE..JUNE + 200)) {
            let stamp = stamp(row, i64::from(day));
            text += &format!("{},10,11,9,10,5,{stamp}\n", Day(day));
        }
        text
    };
    let in_a_row = stamped(&|row, _| 1_700_000_000 + row);
    let scattered = |row: i64, day: i64| (day + 3) * 86_400 + row * row * 7_919 % 80_000;
    for text in [in_a_row, stamped(&scattered)] {
        let (detection, kept) = detect(Calendar::Nyse, &text);
        assert_eq!(detection.interval.value, BarInterval::Day);
        assert_eq!(detection.reading.columns.time.as_deref(), Some("Date"));
        assert!(detection.passed_over[0].why.contains("a day apart"));
        let first = kept.rows.bars.start[0].to_string();
        assert_eq!(first, "2023-06-01T00:00:00Z");
    }
    // of bars within the day the column with times of day is taken
    let mut text = "Date,Open,High,Low,Close,Volume,timestamp\n".to_owned();
    for day in weekdays(JUNE..JUNE + 20) {
        for minute in (810..1_200).step_by(5) {
            let stamp = i64::from(day) * 86_400 + minute * 60;
            text += &format!("{},10,11,9,10,5,{stamp}\n", Day(day));
        }
    }
    let (detection, _) = detect(Calendar::Nyse, &text);
    assert_eq!(detection.interval.value, BarInterval::minutes(5));
    // alone it is no column of bars
    let mut text = "timestamp,open,high,low,close\n".to_owned();
    for (row, day) in (0..).zip(weekdays(JUNE..JUNE + 200)) {
        text += &format!("{},10,11,9,10\n", scattered(row, i64::from(day)));
    }
    let mut scout = Scout::new(Reading::detect(Calendar::Nyse), Limits::default());
    scout.open("file.csv").unwrap();
    scout.push(text.as_bytes()).unwrap();
    scout.close().unwrap();
    let said = scout.finish().unwrap_err().to_string();
    assert!(said.contains("no multiple of it"), "{said}");
}
