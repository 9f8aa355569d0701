//! Bars off the grid and outside the hours, long gaps, and what the quality report counts.

use std::collections::BTreeSet;

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::{
    Cleaning, FillRule, GridOrigin, LongGap, OffenderKind, QualityRule, clean, fill, gaps, quality,
};

use super::expected::{Slot, beyond, slots};
use super::*;

/// The place that a bar stands in.
fn place_of(places: &[Slot], start: Timestamp) -> Option<&Slot> {
    let after = places.partition_point(|place| place.begins <= start);
    let place = places.get(after.checked_sub(1)?)?;
    (start < place.to).then_some(place)
}

/// Bars beside their place or not alone in it are off the grid; the others are regular or outside the hours.
#[test]
fn bars_are_on_the_grid_off_it_or_outside() {
    for_all(dirt::ALL, |_, received| {
        let (bars, schedule) = (bars_of(received), schedule_of(received));
        if received.interval == BarInterval::Day {
            return Ok(());
        }
        let report = gaps(&bars, &schedule).unwrap();
        let places = slots(&bars, received.calendar, report.align);
        let length = i64::from(received.interval.seconds());
        let mut seen = BTreeSet::new();
        let (mut off_grid, mut outside) = (0, Vec::new());
        for &start in bars.bars().start() {
            let Some(place) = place_of(&places, start) else {
                outside.push(start);
                continue;
            };
            let by_clock =
                report.align != GridOrigin::Session && beyond(report.align, start, length) == 0;
            let again = !seen.insert(place.begins);
            off_grid +=
                u64::from(again || !(start == place.from || start == place.begins || by_clock));
        }
        prop_assert_eq!(report.off_grid, off_grid);
        prop_assert_eq!(report.real, seen.len() as u64);
        let found = report.extended;
        let sum = found.before_open + found.after_close + found.no_session;
        prop_assert_eq!(sum, outside.len() as u64);
        if received.calendar != Calendar::Nyse {
            return Ok(());
        }
        let (mut before, mut after, mut none, mut prints) = (0, 0, 0, 0);
        let mut days = BTreeSet::new();
        for start in outside {
            let day = Calendar::Nyse.local_day(start);
            let session = Calendar::Nyse.session(day).unwrap();
            let minute = received.interval.seconds() <= 60;
            let print = minute && session.is_some_and(|session| session.close == start);
            match session {
                None => none += 1,
                Some(session) if start < session.open => before += 1,
                Some(_) => after += 1,
            }
            prints += u64::from(print);
            if !print {
                days.insert(day);
            }
        }
        prop_assert_eq!((found.before_open, found.after_close), (before, after));
        prop_assert_eq!((found.no_session, found.closing_prints), (none, prints));
        prop_assert_eq!(found.days, days.len() as u32);
        Ok(())
    });
}

/// Whole hours of Monday to Friday by the exchange's clock, half a minute at a time.
fn weekday_hours(calendar: Calendar, from: Timestamp, to: Timestamp) -> u32 {
    let clock = match calendar {
        Calendar::Crypto => Calendar::Crypto,
        _ => Calendar::Nyse,
    };
    let halves = (from.0..to.0).step_by(30_000_000);
    // 1970-01-01 was a Thursday
    let weekday = |at: &i64| (clock.local_day(Timestamp(*at)).0 + 3).rem_euclid(7) < 5;
    (halves.filter(weekday).count() / 120) as u32
}

/// More than a day of weekday time between two bars is listed, and explained where the calendar expects nothing in it.
#[test]
fn long_gaps_on_weekdays_are_listed() {
    for_all(dirt::ALL & !dirt::CLOCK & !dirt::OFF_GRID, |_, received| {
        let (bars, schedule) = (bars_of(received), schedule_of(received));
        let length = match received.interval {
            BarInterval::Day => return Ok(()),
            BarInterval::Seconds(seconds) => i64::from(seconds),
        };
        let report = gaps(&bars, &schedule).unwrap();
        let places = slots(&bars, received.calendar, report.align);
        let mut expected = Vec::new();
        for pair in bars.bars().start().windows(2) {
            let (from, to) = (pair[0].plus_seconds(length), pair[1]);
            if to.micros_since(from) <= 86_400_000_000 {
                continue;
            }
            let weekday_hours = weekday_hours(received.calendar, from, to);
            if weekday_hours >= 24 {
                let within = |place: &Slot| place.from >= from && place.from < to;
                expected.push(LongGap {
                    from,
                    to,
                    weekday_hours,
                    explained: !places.iter().any(within),
                });
            }
        }
        if report.align == GridOrigin::Session {
            prop_assert_eq!(report.long_weekday, expected);
        }
        Ok(())
    });
}

/// What is counted is what is there.
#[test]
fn quality_counts_what_is_there() {
    for_all(dirt::ALL, |_, received| {
        let schedule = schedule_of(received);
        let cleaned = clean(received.interval, &received.rows).unwrap();
        let bars = cleaned.bars.with_actions(received.actions.clone());
        let filled = fill(&bars, &schedule, FillRule::default()).unwrap().0;
        let cleaning = Cleaning {
            report: &cleaned.report,
            duplicated: &cleaned.duplicated,
        };
        let rule = QualityRule::default();
        let (report, _) = quality(&filled, &schedule, rule, Some(cleaning)).unwrap();
        let align = report.gaps.align;
        let places = slots(&bars, received.calendar, align);
        let daily = received.interval == BarInterval::Day;
        let day = |start: Timestamp| match start.utc_day() {
            day if day.midnight_utc() == start => day,
            _ => received.calendar.local_day(start),
        };
        let days: BTreeSet<Day> = places.iter().map(|place| place.day).collect();
        let regular = |start: Timestamp| {
            if daily {
                days.contains(&day(start))
            } else {
                place_of(&places, start).is_some()
            }
        };
        let (mut flat, mut idle, mut again) = (0, 0, 0);
        let mut runs: Vec<(f64, u64)> = Vec::new();
        let mut still = false;
        for (start, [_, high, low, close], volume) in bars.bars().rows() {
            flat += u64::from(high == low);
            idle += u64::from(volume == 0.0);
            if !regular(start) {
                continue;
            }
            again += u64::from(cleaned.duplicated.contains(&start));
            match runs.last_mut() {
                Some((price, count)) if still && high == low && *price == close => *count += 1,
                _ if high == low => runs.push((close, 1)),
                _ => {}
            }
            still = high == low;
        }
        let seconds = u64::from(received.interval.seconds());
        let limit = if daily {
            3
        } else {
            1_800u64.div_ceil(seconds).max(3)
        };
        let long: Vec<u64> = runs
            .iter()
            .map(|run| run.1)
            .filter(|run| *run >= limit)
            .collect();
        prop_assert_eq!(report.rows, filled.bars().len() as u64);
        prop_assert_eq!((report.zero_range, report.zero_volume), (flat, idle));
        prop_assert_eq!(
            (report.stale_runs, report.stale_bars),
            (long.len() as u64, long.iter().sum::<u64>())
        );
        prop_assert_eq!(report.duplicated, again);
        prop_assert_eq!(report.first, filled.bars().start().first().copied());
        prop_assert_eq!(report.last, filled.bars().start().last().copied());
        if report.rows > 0 {
            let share = filled.synthetic_count() as f64 / report.rows as f64;
            prop_assert_eq!(report.synthetic_share, share);
        }
        let sound = |doubtful: u64| {
            let sound = report.gaps.real.saturating_sub(doubtful);
            sound as f64 / report.gaps.expected as f64
        };
        match report.score {
            None => prop_assert_eq!(report.gaps.expected, 0),
            Some(score) => {
                let odd = again + report.gaps.off_grid;
                prop_assert!(score <= sound(odd) && score >= sound(odd + report.bad_prints))
            }
        }
        let count = |kind| report.offenders_by_kind.get(&kind).copied().unwrap_or(0);
        prop_assert_eq!(count(OffenderKind::StaleRun), report.stale_runs);
        prop_assert_eq!(count(OffenderKind::BadPrint), report.bad_prints);
        prop_assert_eq!(
            count(OffenderKind::Conflict),
            cleaned.report.conflicting_duplicates
        );
        prop_assert_eq!(
            count(OffenderKind::OutlierReturn) + count(OffenderKind::PossibleSplit),
            report.outlier_returns
        );
        let missing = report.gaps.counts[3];
        prop_assert_eq!(count(OffenderKind::MissingSessions), missing);
        let long = report.gaps.gaps.iter().filter(|gap| {
            gap.kind != atrium_shared::market::curate::GapKind::MissingSessions
                && gap.seconds >= 1_800
        });
        prop_assert_eq!(count(OffenderKind::Gap), long.count() as u64);
        let all: u64 = report.offenders_by_kind.values().sum();
        prop_assert_eq!(
            report.worst.len() as u64,
            all.min(50).min(report.worst.len() as u64)
        );
        prop_assert!(
            report
                .worst
                .windows(2)
                .all(|pair| pair[0].severity >= pair[1].severity)
        );
        Ok(())
    });
}
