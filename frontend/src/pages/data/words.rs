//! What the data page says of days, gaps and findings.

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::actions::PriceBasis;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::{DayCoverage, DayState, ExtendedHours, GapKind, OffenderKind};
use atrium_shared::surface::api::DataSet;
use atrium_shared::surface::charts::stamp;
use atrium_shared::surface::report::count;

/// The markets that a calendar is known for, with what they are called.
pub(super) const CALENDARS: [(Calendar, &str); 4] = [
    (Calendar::Nyse, "US shares (NYSE sessions)"),
    (Calendar::Forex, "Forex (24 hours, 5 days)"),
    (Calendar::Metals, "Gold and silver (23 hours, 5 days)"),
    (Calendar::Crypto, "Crypto (24 hours, 7 days)"),
];

/// What a calendar is called.
pub(super) fn calendar_words(calendar: Calendar) -> &'static str {
    CALENDARS
        .iter()
        .find(|(known, _)| *known == calendar)
        .map_or("", |(_, words)| words)
}

/// The same without its hours.
pub(super) fn market_words(calendar: Calendar) -> &'static str {
    let words = calendar_words(calendar);
    words.split_once(" (").map_or(words, |(market, _)| market)
}

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A day with its weekday: "Wed 2024-07-03".
pub(super) fn day_words(day: Day) -> String {
    // 1970-01-01 was a Thursday
    let weekday = usize::try_from((day.0 + 3).rem_euclid(7)).unwrap_or(0);
    format!("{} {day}", WEEKDAYS.get(weekday).copied().unwrap_or(""))
}

/// A number of things: "1 bar", "1,200 bars".
pub(super) fn many(number: u64, one: &str, more: &str) -> String {
    format!(
        "{} {}",
        count(number as f64),
        if number == 1 { one } else { more }
    )
}

/// What is stored of a day.
pub(super) fn coverage_words(coverage: &DayCoverage) -> String {
    let &DayCoverage {
        expected,
        real,
        synthetic,
        extended,
        ..
    } = coverage;
    let early = if coverage.early_close {
        "early close, "
    } else {
        ""
    };
    let of = |number: u32| count(f64::from(number));
    let session = match coverage.state {
        DayState::Closed => "closed".to_owned(),
        DayState::Complete => format!("{early}complete, {} of {} bars", of(real), of(expected)),
        DayState::Partial => format!("{early}partial, {} of {} bars", of(real), of(expected)),
        DayState::Missing => format!("{early}missing, 0 of {} bars", of(expected)),
    };
    let synthetic = match synthetic {
        0 => String::new(),
        number => format!(", {} filled in", of(number)),
    };
    let extended = match extended {
        0 => String::new(),
        number => format!(", {} outside regular hours", of(number)),
    };
    format!("{session}{synthetic}{extended}")
}

/// Where in the session a gap is.
pub(super) fn gap_words(kind: GapKind) -> &'static str {
    match kind {
        GapKind::Inside => "Inside a session",
        GapKind::LateOpen => "Begins after the open",
        GapKind::EarlyEnd => "Ends before the close",
        GapKind::MissingSessions => "Whole sessions",
    }
}

/// What is wrong at an offender.
pub(super) fn offender_words(kind: OffenderKind) -> &'static str {
    match kind {
        OffenderKind::MissingSessions => "Missing sessions",
        OffenderKind::Gap => "Gap",
        OffenderKind::BadPrint => "Bad print",
        OffenderKind::PossibleSplit => "Possible split",
        OffenderKind::OutlierReturn => "Outlier return",
        OffenderKind::StaleRun => "Stale price",
        OffenderKind::Conflict => "Two bars at one time",
        OffenderKind::ClosedDay => "Bars on a closed day",
    }
}

/// So many offenders of a kind.
pub(super) fn offenders_words(kind: OffenderKind, number: u64) -> String {
    let (one, more) = match kind {
        OffenderKind::MissingSessions => ("run of missing sessions", "runs of missing sessions"),
        OffenderKind::Gap => ("long gap", "long gaps"),
        OffenderKind::BadPrint => ("bad print", "bad prints"),
        OffenderKind::PossibleSplit => ("possible split", "possible splits"),
        OffenderKind::OutlierReturn => ("outlier return", "outlier returns"),
        OffenderKind::StaleRun => ("stale price", "stale prices"),
        OffenderKind::Conflict => ("time with two bars", "times with two bars"),
        OffenderKind::ClosedDay => ("closed day with bars", "closed days with bars"),
    };
    many(number, one, more)
}

/// Where the bars outside the regular hours lie.
pub(super) fn outside_words(extended: &ExtendedHours) -> String {
    let all = extended.before_open + extended.after_close + extended.no_session;
    if all == 0 {
        return String::new();
    }
    let number = |number: u64| count(number as f64);
    format!(
        "{} outside the regular hours: {} before the open, {} after the close ({}), {} on days without a session.",
        many(all, "bar lies", "bars lie"),
        number(extended.before_open),
        number(extended.after_close),
        many(extended.closing_prints, "closing print", "closing prints"),
        number(extended.no_session)
    )
}

/// How long something is: "80 min", "6 h 30 min", "3 days".
pub(super) fn length_words(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    match (seconds, hours) {
        (0..60, _) => format!("{seconds} s"),
        (_, 0..2) => format!("{minutes} min"),
        (_, 2..48) if minutes % 60 == 0 => format!("{hours} h"),
        (_, 2..48) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{} days", count((hours / 24) as f64)),
    }
}

/// From when to when, as short as it can be told.
pub(super) fn span_words(first: Timestamp, last: Timestamp) -> String {
    format!("{} – {}", first.utc_day(), last.utc_day())
}

/// A time in UTC, to the minute, or a date for daily bars.
pub(super) fn time_words(at: Timestamp, interval: BarInterval) -> String {
    stamp(at, interval)
}

/// What a data set's prices are adjusted for.
pub(super) fn basis_words(set: &DataSet) -> String {
    let source = basis_choice(set.basis);
    match set.actions.list().len() as u64 {
        0 => source.to_owned(),
        actions => format!("{source}, {} here", many(actions, "action", "actions")),
    }
}

/// What prices may be adjusted for.
pub(super) fn basis_choice(basis: PriceBasis) -> &'static str {
    match basis {
        PriceBasis::Unstated => "Not stated",
        PriceBasis::Raw => "Raw",
        PriceBasis::Splits => "Adjusted for splits",
        PriceBasis::SplitsAndDividends => "Adjusted for splits and dividends",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_lengths_read_well() {
        assert_eq!(day_words(Day(0)), "Thu 1970-01-01");
        assert_eq!(day_words(Day(19_907)), "Wed 2024-07-03");
        for (seconds, text) in [
            (30, "30 s"),
            (60, "1 min"),
            (4_800, "80 min"),
            (7_200, "2 h"),
            (23_400, "6 h 30 min"),
            (259_200, "3 days"),
        ] {
            assert_eq!(length_words(seconds), text);
        }
        assert_eq!(many(1, "bar", "bars"), "1 bar");
        assert_eq!(many(1_200, "bar", "bars"), "1,200 bars");
    }

    #[test]
    fn counts_say_one_and_several_and_where_bars_outside_lie() {
        let words = |number| offenders_words(OffenderKind::OutlierReturn, number);
        assert_eq!(
            (words(1), words(2)),
            (
                "1 outlier return".to_owned(),
                "2 outlier returns".to_owned()
            )
        );
        let extended = ExtendedHours {
            before_open: 10,
            after_close: 300,
            no_session: 1,
            closing_prints: 1,
            days: 4,
        };
        assert_eq!(
            outside_words(&extended),
            "311 bars lie outside the regular hours: 10 before the open, 300 after the close (1 closing print), 1 on days without a session."
        );
        assert_eq!(outside_words(&ExtendedHours::default()), "");
    }

    #[test]
    fn a_day_says_what_is_there() {
        let day = DayCoverage {
            day: Day(0),
            state: DayState::Partial,
            early_close: true,
            expected: 210,
            real: 200,
            synthetic: 3,
            extended: 30,
        };
        assert_eq!(
            coverage_words(&day),
            "early close, partial, 200 of 210 bars, 3 filled in, 30 outside regular hours"
        );
        let closed = DayCoverage {
            state: DayState::Closed,
            early_close: false,
            synthetic: 0,
            extended: 0,
            ..day
        };
        assert_eq!(coverage_words(&closed), "closed");
    }
}
