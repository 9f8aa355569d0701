//! What a calendar expects, place by place, and what gap analysis makes of it.

use std::collections::BTreeSet;

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::calendar::{Calendar, Session};
use atrium_shared::market::curate::{DayState, GapKind, GapReport, GridOrigin, coverage, gaps};

use super::*;

/// A place where a bar is expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slot {
    pub(super) day: Day,
    /// From where on a bar stands in it; before the open where a bar by the clock reaches over it.
    pub(super) begins: Timestamp,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Whether it is the first, and the last, of its session.
    pub(super) edge: (bool, bool),
    /// Whether a bar stands in it.
    pub(super) held: bool,
}

/// Sessions of the days from the first to the last bar, each with its places.
pub(super) fn slots(bars: &Curated, calendar: Calendar, origin: GridOrigin) -> Vec<Slot> {
    let starts = bars.bars().start();
    let (Some(&first), Some(&last)) = (starts.first(), starts.last()) else {
        return Vec::new();
    };
    let daily = bars.interval() == BarInterval::Day;
    let date = |at: Timestamp| match at.utc_day() {
        day if daily && day.midnight_utc() == at => day,
        _ => calendar.local_day(at),
    };
    let days: BTreeSet<Day> = starts.iter().map(|&start| date(start)).collect();
    let mut places = Vec::new();
    let mut until = date(last);
    if origin != GridOrigin::Session {
        // the last bar may reach over the open of a later day
        let length = i64::from(bars.interval().seconds());
        let end = last.plus_seconds(length);
        let later = calendar.local_day(Timestamp(end.0 - 1));
        let opens = calendar.session(later).unwrap();
        let now = calendar.session(until).unwrap();
        let open_now = now.is_some_and(|session| session.close > last);
        let from = opens
            .map(|session| first_place(session, origin, length, closed_before(calendar, later)));
        if later > until && !open_now && from.is_some_and(|from| from <= last) {
            until = later;
        }
    }
    for number in date(first).0..=until.0 {
        let day = Day(number);
        let Some(session) = calendar.session(day).unwrap() else {
            continue;
        };
        let closed = closed_before(calendar, day);
        if daily {
            places.push(Slot {
                day,
                begins: session.open,
                from: session.open,
                to: session.close,
                edge: (true, true),
                held: days.contains(&day),
            });
        } else {
            places.extend(of_session(bars, session, origin, closed));
        }
    }
    places
}

/// When the session of the day before closed.
fn closed_before(calendar: Calendar, day: Day) -> Timestamp {
    let before = calendar.session(Day(day.0 - 1)).unwrap();
    before.map_or(Timestamp(i64::MIN), |before| before.close)
}

/// How far a time is after the begin of a place of a grid without a break, for bars of so many seconds.
pub(super) fn beyond(origin: GridOrigin, at: Timestamp, length: i64) -> i64 {
    let by_clock = match origin {
        GridOrigin::Session | GridOrigin::Clock => at.0,
        GridOrigin::Local { zone, seconds } => {
            at.plus_seconds(i64::from(zone.offset_seconds(at)) - i64::from(seconds))
                .0
        }
    };
    by_clock.rem_euclid(length * 1_000_000)
}

/// Where the first place of a session begins, for bars of so many seconds.
fn first_place(session: Session, origin: GridOrigin, length: i64, closed: Timestamp) -> Timestamp {
    if origin == GridOrigin::Session {
        return session.open;
    }
    let from = Timestamp(session.open.0 - beyond(origin, session.open, length));
    if from < closed {
        from.plus_seconds(length)
    } else {
        from
    }
}

/// The places of a session; `closed`: when that of the day before closed, up to which a bar belongs to it.
fn of_session(
    bars: &Curated,
    session: Session,
    origin: GridOrigin,
    closed: Timestamp,
) -> Vec<Slot> {
    let length = i64::from(bars.interval().seconds()) * 1_000_000;
    let mut from = first_place(session, origin, length / 1_000_000, closed);
    let starts = bars.bars().start();
    let mut places = Vec::new();
    while from < session.close {
        let to = Timestamp((from.0 + length).min(session.close.0));
        let begins = if places.is_empty() {
            from.min(session.open)
        } else {
            from
        };
        let first = starts.partition_point(|start| *start < begins);
        places.push(Slot {
            day: session.day,
            begins,
            from: from.max(session.open),
            to,
            edge: (places.is_empty(), to == session.close),
            held: starts.get(first).is_some_and(|start| *start < to),
        });
        from = to;
    }
    places
}

/// Real bars and missing ones are all that is expected, day by day, and the gaps cover what is missing and nothing else.
#[test]
fn gaps_and_real_bars_are_what_is_expected() {
    for_all(dirt::ALL, |source, received| {
        let (bars, schedule) = (bars_of(received), schedule_of(received));
        let report = gaps(&bars, &schedule).unwrap();
        // where sessions follow one another, a bar after the close lies in the next one, and not on its grid
        let strays = dirt::CALENDAR | dirt::EXTENDED;
        if source.dirt & (dirt::CLOCK | dirt::OFF_GRID) == 0 && source.dirt & strays != strays {
            // also where they fit the clock as well
            prop_assert_eq!(report.align, GridOrigin::Session);
        }
        let days = coverage(&bars, &schedule).unwrap();
        let places = slots(&bars, received.calendar, report.align);
        let missing: Vec<&Slot> = places.iter().filter(|place| !place.held).collect();
        prop_assert_eq!(report.expected, places.len() as u64);
        prop_assert_eq!(report.missing(), missing.len() as u64);
        prop_assert_eq!(report.real + report.missing(), report.expected);
        prop_assert_eq!(report.synthetic, 0);

        let sums = days.days.iter().map(|day| (day.expected, day.real));
        let sums = sums.fold((0, 0), |sum, day| {
            (sum.0 + u64::from(day.0), sum.1 + u64::from(day.1))
        });
        prop_assert_eq!(sums, (report.expected, report.real));
        for day in &days.days {
            let of_day = || places.iter().filter(|place| place.day == day.day);
            let real = of_day().filter(|place| place.held).count() as u32;
            prop_assert_eq!((day.expected, day.real), (of_day().count() as u32, real));
            let state = match (day.expected, real) {
                (0, _) => DayState::Closed,
                (_, 0) => DayState::Missing,
                (expected, real) if expected == real => DayState::Complete,
                _ => DayState::Partial,
            };
            prop_assert_eq!(day.state, state, "{}", day.day);
            prop_assert_eq!(day.missing(), day.expected - day.real);
        }
        let of_state = |state| days.days.iter().filter(|day| day.state == state).count() as u32;
        let states = [DayState::Complete, DayState::Partial, DayState::Missing].map(of_state);
        prop_assert_eq!(
            states,
            [report.complete, report.partial, report.missing_sessions]
        );
        prop_assert_eq!(report.sessions, states.iter().sum::<u32>());
        check_gaps(&report, &places)
    });
}

fn check_gaps(report: &GapReport, places: &[Slot]) -> TestCaseResult {
    let mut counts = [0; 4];
    for gap in &report.gaps {
        counts[gap.kind as usize] += 1;
        let inside = || {
            places
                .iter()
                .filter(|place| place.from >= gap.from && place.to <= gap.to)
        };
        prop_assert!(inside().all(|place| !place.held), "{gap:?}");
        prop_assert_eq!(inside().count() as u64, gap.bars, "{:?}", gap);
        let seconds: i64 = inside()
            .map(|place| place.to.micros_since(place.from))
            .sum();
        prop_assert_eq!(gap.seconds, seconds as u64 / 1_000_000);
        let first = inside().next().unwrap();
        let last = inside().next_back().unwrap();
        prop_assert_eq!(
            (gap.day, gap.from, gap.to),
            (first.day, first.from, last.to)
        );
        let opens = inside().filter(|place| place.edge.0).map(|place| place.day);
        let whole = opens.filter(|day| {
            let mut of_day = places.iter().filter(|place| place.day == *day);
            of_day.all(|place| place.from >= gap.from && place.to <= gap.to)
        });
        let whole = whole.count() as u32;
        prop_assert_eq!(gap.sessions, whole);
        let all_whole = first.edge.0 && last.edge.1 && {
            let days: BTreeSet<Day> = inside().map(|place| place.day).collect();
            days.len() as u32 == whole
        };
        prop_assert_eq!(gap.kind == GapKind::MissingSessions, all_whole, "{:?}", gap);
        match gap.kind {
            GapKind::LateOpen => prop_assert!(first.edge.0),
            GapKind::EarlyEnd => prop_assert!(last.edge.1),
            GapKind::Inside => {
                // between two real bars: a session's edge is inside only where sessions join
                let joined = |edge: bool| !edge || first.day != last.day;
                prop_assert!(joined(first.edge.0) && joined(last.edge.1), "{gap:?}");
            }
            GapKind::MissingSessions => {}
        }
    }
    prop_assert_eq!(counts, report.counts);
    prop_assert_eq!(report.unlisted, 0);
    let listed: u64 = report.gaps.iter().map(|gap| gap.bars).sum();
    prop_assert_eq!(listed, report.missing());
    for pair in report.gaps.windows(2) {
        // what runs on over a close that is the next open is one gap
        prop_assert!(pair[0].to < pair[1].from, "{pair:?}");
        let between = |place: &&Slot| place.from >= pair[0].to && place.to <= pair[1].from;
        let whole = |kind| kind == GapKind::MissingSessions;
        if whole(pair[0].kind) && whole(pair[1].kind) {
            prop_assert!(
                places.iter().filter(between).any(|place| place.held),
                "{pair:?}"
            );
        }
    }
    // what no real bar comes before is late, what none comes after ends early
    let first = places.iter().find(|place| place.held);
    let last = places.iter().rfind(|place| place.held);
    if let (Some(first), Some(last)) = (first, last) {
        for gap in &report.gaps {
            let late = matches!(gap.kind, GapKind::LateOpen | GapKind::MissingSessions);
            let early = matches!(gap.kind, GapKind::EarlyEnd | GapKind::MissingSessions);
            prop_assert!(gap.from > first.from || late, "{gap:?}");
            prop_assert!(gap.from < last.from || early, "{gap:?}");
        }
    }
    Ok(())
}

/// Every bar is in the regular hours or outside them.
#[test]
fn every_bar_is_counted_once() {
    for_all(dirt::ALL, |_, received| {
        let (bars, schedule) = (bars_of(received), schedule_of(received));
        let report = gaps(&bars, &schedule).unwrap();
        let days = coverage(&bars, &schedule).unwrap();
        let found = report.extended;
        let outside = found.before_open + found.after_close + found.no_session;
        let of_days: u64 = days.days.iter().map(|day| u64::from(day.extended)).sum();
        prop_assert_eq!(of_days, outside);
        prop_assert!(found.closing_prints <= found.after_close);
        let count = bars.bars().len() as u64;
        // bars off the grid count as real where they are alone in their place
        prop_assert!(report.real + outside <= count);
        prop_assert!(report.real + outside + report.off_grid >= count);
        if report.off_grid == 0 {
            prop_assert_eq!(report.real + outside, count);
        }
        Ok(())
    });
}
