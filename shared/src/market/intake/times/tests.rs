//! Tests of reading times.

use super::*;

fn shown_as(text: &str, order: DateOrder) -> Result<(String, TimeForm), BadTime> {
    let (moment, form) = moment(text.as_bytes(), order)?;
    let utc = |micros: i64| Timestamp(micros).to_string();
    let text = match moment {
        Moment::Utc(at) | Moment::Zoned { at, .. } => utc(at),
        Moment::Wall(at) => utc(at).trim_end_matches('Z').replace('T', " "),
        Moment::Date(at) => utc(at).chars().take(10).collect(),
        Moment::Clock(micros) => format!("{micros}"),
    };
    Ok((text, form))
}

#[test]
fn years_of_two_digits_and_numbers_of_days_are_said_to_be_that() {
    let said = |text: &str| shown_as(text, DateOrder::Month).unwrap_err().to_string();
    for text in [
        "3/26/24",
        "26.03.24",
        "03/26/24 09:30",
        "26-Mar-24",
        "Mar 26, 24",
        "26-Mar-24 09:30:00",
        "1/2/24 9:30",
    ] {
        let said = said(text);
        assert!(said.contains("two digits"), "{said}");
    }
    assert!(said("45377").contains("2024-03-26 00:00"));
    assert!(said("45377.3958333333").contains("2024-03-26 09:30"));
    for text in [
        "930",
        "12.5",
        "99999",
        "2024-03",
        "3/26",
        "yesterday",
        "521.36",
    ] {
        let bad = shown_as(text, DateOrder::Month).unwrap_err();
        assert!(matches!(bad, BadTime::Unreadable(_)), "{bad}");
    }
}

#[test]
fn every_form_is_read_and_named() {
    use TimeForm::*;
    let wall = "2024-03-26 09:30:00";
    let instant = "2024-03-26T13:30:00Z";
    let date = "2024-03-26";
    for (text, expected, form) in [
        ("2024-03-26 09:30:00", wall, DateTime),
        ("2024-03-26T09:30", wall, DateTime),
        ("2024/03/26 09:30", wall, DateTime),
        ("2024.03.26 9:30", wall, DateTime),
        ("2024-3-26  9:30:00.000", wall, DateTime),
        ("2024-03-26 09:30:00 AM", wall, DateTime),
        ("3/26/2024 9:30", wall, ShortDateTime),
        ("03/26/2024 09:30:00", wall, ShortDateTime),
        ("3/26/2024, 9:30:00 AM", wall, ShortDateTime),
        ("3-26-2024 9:30am", wall, ShortDateTime),
        ("20240326 09:30", wall, CompactDateTime),
        ("20240326  09:30:00", wall, CompactDateTime),
        ("20240326-09:30:00", wall, CompactDateTime),
        ("20240326 093000", wall, CompactDateTime),
        ("20240326T0930", wall, CompactDateTime),
        ("202403260930", wall, CompactDateTime),
        ("20240326093000", wall, CompactDateTime),
        ("26-Mar-2024 09:30", wall, NamedMonth),
        ("Mar 26, 2024 09:30", wall, NamedMonth),
        ("26 March 2024 09:30", wall, NamedMonth),
        ("2024-03-26", date, Date),
        ("2024.03.26", date, Date),
        ("20240326", date, CompactDate),
        ("3/26/2024", date, ShortDate),
        ("Mar 26, 2024", date, NamedMonth),
        ("2024-03-26T13:30:00Z", instant, DateTimeZoned),
        ("2024-03-26 13:30:00+00:00", instant, DateTimeZoned),
        ("2024-03-26T09:30:00-0400", instant, DateTimeZoned),
        ("2024-03-26T19:00:00+05:30", instant, DateTimeZoned),
        ("2024-03-26 09:30:00 -04:00", instant, DateTimeZoned),
        ("2024-03-26 13:30 UTC", instant, DateTimeZoned),
        ("2024-03-26 15:30 GMT+2", instant, DateTimeZoned),
        (
            "2024-03-26T09:30:00-04:00[America/New_York]",
            instant,
            DateTimeZoned,
        ),
        ("20240326 09:30:00 US/Eastern", instant, DateTimeZoned),
        (
            "2024-03-26 06:30:00 America/Los_Angeles",
            instant,
            DateTimeZoned,
        ),
        ("2024-03-26 09:30 EDT", instant, DateTimeZoned),
        (
            "03.26.2024 15:30:00.000 GMT+0200",
            instant,
            ShortDateTimeZoned,
        ),
        ("3/26/2024 13:30:00 Z", instant, ShortDateTimeZoned),
        ("1711459800", instant, EpochSeconds),
        ("1711459800.0", instant, EpochSeconds),
        ("1711459800000", instant, EpochMillis),
        ("1711459800000.0", instant, EpochMillis),
        ("1711459800000000", instant, EpochMicros),
        ("1711459800000000000", instant, EpochNanos),
        ("1.7114598000E+9", instant, EpochSeconds),
        ("1711459800.25", "2024-03-26T13:30:00.25Z", EpochSeconds),
        ("1711459800123.5", "2024-03-26T13:30:00.1235Z", EpochMillis),
        (
            "2024-03-26 09:30:00.123456789",
            "2024-03-26 09:30:00.123456",
            DateTime,
        ),
        ("2024-03-26 24:00", "2024-03-27 00:00:00", DateTime),
        ("2024-03-26 12:05 am", "2024-03-26 00:05:00", DateTime),
        ("2024-03-26 12:05 PM", "2024-03-26 12:05:00", DateTime),
    ] {
        let read = shown_as(text, DateOrder::Month);
        assert_eq!(read, Ok((expected.to_owned(), form)), "{text}");
    }
    assert_eq!(
        shown_as("26/3/2024 9:30", DateOrder::Day),
        Ok((wall.to_owned(), ShortDateTime))
    );
    assert_eq!(
        shown_as("26.03.2024", DateOrder::Day),
        Ok((date.to_owned(), ShortDate))
    );
    assert_eq!(shown_as("9:30", DateOrder::Month).unwrap().0, "34200000000");
}

#[test]
fn what_names_no_time_is_refused() {
    for text in [
        "",
        "soon",
        "12",
        "Mar",
        "2024-13-01 10:00",
        "2024-02-30",
        "2023-02-29",
        "2024-03-26 25:00",
        "2024-03-26 09:60",
        "2024-03-26 9",
        "2024-03-26T",
        "2024-03-26 13:00 pm",
        "26/3/2024",
        "2024-03-26 09:30 Mars/Olympus",
        "99999999999999999999",
        "202413260930",
        "1.2.3",
        "1711459800.1.2",
        "2024-03-26 09:30:00+25:00",
        "0000-01-01",
        "-1711459800",
    ] {
        let read = moment(text.as_bytes(), DateOrder::Month);
        assert!(
            matches!(read, Err(BadTime::Unreadable(_))),
            "{text:?}: {read:?}"
        );
    }
    for text in ["1.64E+12", "1.643812E+12", "1.6E9"] {
        let read = moment(text.as_bytes(), DateOrder::Month);
        assert!(
            matches!(read, Err(BadTime::LostDigits(_))),
            "{text:?}: {read:?}"
        );
    }
}

#[test]
fn days_count_as_the_calendar_library_counts_them() {
    let mut date = jiff::civil::date(1899, 12, 30);
    while date < jiff::civil::date(2201, 1, 2) {
        let expected = crate::base::time::Day::from_date(date).midnight_utc().0;
        let (year, month, day) = (date.year(), date.month(), date.day());
        assert_eq!(
            days(year.into(), month.into(), day.into()),
            Some(expected),
            "{date}"
        );
        date = date.tomorrow().unwrap();
    }
}

#[test]
fn every_form_reads_as_the_same_minute() {
    let exchange = TimeZoneChoice::Exchange(Calendar::Nyse);
    for (text, zone) in [
        ("2024-03-26T13:30:00Z", exchange),
        ("2024-03-26T09:30:00-04:00", TimeZoneChoice::Utc),
        ("2024-03-26 13:30:00+00:00", exchange),
        ("2024-03-26 13:30", TimeZoneChoice::Utc),
        ("2024-03-26 09:30:00", exchange),
        ("2024-03-26T09:30", exchange),
        ("3/26/2024 9:30", exchange),
        ("1711459800", exchange),
        ("1711459800000", exchange),
        ("1711459800000000", exchange),
        ("1711459800000000000", exchange),
    ] {
        let read = parse_time(text, zone).map(|time| time.to_string());
        assert_eq!(read.as_deref(), Ok("2024-03-26T13:30:00Z"), "{text}");
    }
}

#[test]
fn a_time_in_a_change_of_clocks_is_refused() {
    let exchange = TimeZoneChoice::Exchange(Calendar::Nyse);
    for text in ["2024-03-10 02:30", "2024-11-03 01:30"] {
        let read = parse_time(text, exchange);
        assert!(
            matches!(read, Err(BadTime::Ambiguous(_))),
            "{text:?} was read"
        );
    }
    let zoned = parse_time("2024-11-03 01:30 America/New_York", TimeZoneChoice::Utc);
    assert!(matches!(zoned, Err(BadTime::Ambiguous(_))));
}
