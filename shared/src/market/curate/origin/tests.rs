//! Tests of bars that are cut by another clock than that of their sessions.

use super::*;
use crate::market::bars::{BarColumns, BarSeries};
use crate::market::calendar::Calendar;
use crate::market::curate::{FillRule, Filler, QualityRule, fill, quality};

/// How bars are cut: the calendar, minutes a bar, and by which clock, from which hour of it on.
type Cut = (Calendar, i64, Zone, i64);

/// Bars of a market, of brokers whose days begin at 17:00 in New York or at midnight in eastern Europe, and of UTC.
const CUTS: [Cut; 14] = [
    (Calendar::Metals, 240, Zone::NewYork, 17),
    (Calendar::Metals, 120, Zone::NewYork, 17),
    (Calendar::Metals, 240, Zone::Prague, 23),
    (Calendar::Metals, 240, Zone::Utc, 0),
    (Calendar::Metals, 180, Zone::Utc, 1),
    (Calendar::Forex, 240, Zone::NewYork, 17),
    (Calendar::Forex, 240, Zone::Prague, 23),
    (Calendar::Forex, 240, Zone::Utc, 0),
    (Calendar::Forex, 60, Zone::Utc, 0),
    (Calendar::Crypto, 240, Zone::Utc, 0),
    (Calendar::Crypto, 240, Zone::NewYork, 17),
    (Calendar::Nyse, 60, Zone::Utc, 0),
    (Calendar::Nyse, 120, Zone::NewYork, 0),
    (Calendar::Nyse, 240, Zone::NewYork, 8),
];

const HOUR: i64 = 3_600;

/// The starts of all cells that reach into a session, over both changes of the clocks.
fn cells((calendar, minutes, zone, hour): Cut) -> Vec<Timestamp> {
    let days: [Day; 2] = ["2024-02-05", "2024-12-20"].map(|day| day.parse().unwrap());
    let sessions = calendar.sessions(days[0], days[1]).unwrap();
    let offset = |at: i64| i64::from(zone.offset_seconds(Timestamp::from_seconds(at)));
    // what the clock shows once more when it is set back begins nothing
    let begins = |at: i64| {
        let is_begin = (at + offset(at) - hour * HOUR).rem_euclid(minutes * 60) == 0;
        is_begin && offset(at - HOUR) <= offset(at)
    };
    let mut starts: Vec<Timestamp> = Vec::new();
    for session in sessions {
        let (open, close) = (session.open.0 / SECOND, session.close.0 / SECOND);
        // the last cell that begins up to the open, and those after it
        let first = (0..).map(|half| open / 1_800 * 1_800 - half * 1_800);
        let first = first.into_iter().find(|at| begins(*at)).unwrap();
        let all = (first..close).step_by(1_800).filter(|at| begins(*at));
        starts.extend(all.map(Timestamp::from_seconds));
    }
    starts.dedup();
    // the first may be the last one of the day before
    let before = calendar.session(Day(days[0].0 - 1)).unwrap();
    starts.retain(|at| before.is_none_or(|before| before.close <= *at));
    starts
}

fn bars(starts: &[Timestamp], minutes: i64) -> Curated {
    let mut columns = BarColumns::default();
    for (index, start) in starts.iter().enumerate() {
        let price = 100.0 + (index % 7) as f64;
        columns.push(*start, [price, price + 1.0, price - 1.0, price], 5.0);
    }
    let interval = BarInterval::minutes(minutes as u32);
    Curated::plain(BarSeries::new(interval, columns).unwrap())
}

/// Synthetic bars that begin within a real one, or within which a real one begins.
fn within_real(filled: &Curated, schedule: &Schedule) -> Vec<Timestamp> {
    let rows: Vec<_> = filled
        .bars()
        .start()
        .iter()
        .zip(filled.synthetic())
        .collect();
    let length = i64::from(filled.interval().seconds()) * SECOND;
    // what is made up ends with its session
    let close = |at: Timestamp| {
        let session = schedule.session(schedule.calendar().local_day(at)).unwrap();
        session.map_or(Timestamp::MAX, |session| session.close)
    };
    let pairs = rows.iter().zip(rows.iter().skip(1));
    let bad = pairs.filter_map(|((at, made), (next, next_made))| {
        let end = Timestamp(at.0 + length);
        let is_within = match (made, next_made) {
            (false, true) => **next < end,
            (true, false) => **next < end.min(close(**at)),
            _ => false,
        };
        is_within.then_some(**at)
    });
    bad.collect()
}

#[test]
fn bars_of_any_clock_are_whole_by_their_own_grid() {
    for cut in CUTS {
        let (calendar, minutes, ..) = cut;
        let bars = bars(&cells(cut), minutes);
        let schedule = Schedule::from(calendar);
        let rule = QualityRule::default();
        let (report, _) = quality(&bars, &schedule, rule, None).unwrap();
        let gaps = &report.gaps;
        let found = (gaps.missing(), gaps.off_grid, gaps.partial, gaps.extended);
        let whole = (0, 0, 0, Default::default());
        assert_eq!(
            found,
            whole,
            "{cut:?} {:?} {:?}",
            gaps.align,
            gaps.gaps.first()
        );
        assert_eq!(report.score, Some(1.0), "{cut:?}");
        let (_, filled) = fill(&bars, &schedule, FillRule::FORTY_EIGHT_HOURS).unwrap();
        assert_eq!((filled.bars_added, filled.bars_left), (0, 0), "{cut:?}");
    }
}

#[test]
fn what_is_filled_is_what_is_missing() {
    for cut in CUTS {
        let (calendar, minutes, ..) = cut;
        let all = cells(cut);
        let some: Vec<Timestamp> = (0..)
            .zip(&all)
            .filter(|(index, _)| index % 11 != 5)
            .map(|(_, at)| *at)
            .collect();
        let schedule = Schedule::from(calendar);
        let (filled, report) = fill(
            &bars(&some, minutes),
            &schedule,
            FillRule::FORTY_EIGHT_HOURS,
        )
        .unwrap();
        assert_eq!(within_real(&filled, &schedule), [], "{cut:?}");
        assert!(report.bars_added > 20, "{cut:?} {}", report.bars_added);
        let mut starts = filled.bars().start().iter();
        assert!(starts.all(|at| all.contains(at)), "{cut:?}");
    }
}

#[test]
fn nothing_is_put_into_a_real_bar_whatever_the_grid() {
    for cut in CUTS {
        let (calendar, minutes, ..) = cut;
        let some: Vec<Timestamp> = (0..)
            .zip(cells(cut))
            .filter(|(index, _)| index % 5 != 3)
            .map(|(_, at)| at)
            .collect();
        let schedule = Schedule::from(calendar);
        let interval = BarInterval::minutes(minutes as u32);
        let origins = [
            GridOrigin::Session,
            GridOrigin::Clock,
            GridOrigin::Local {
                zone: Zone::NewYork,
                seconds: 1_800,
            },
        ];
        for origin in origins {
            let rule = FillRule::FORTY_EIGHT_HOURS;
            let mut filler = Filler::new(&schedule, interval, origin, rule);
            let filled = filler.push(&bars(&some, minutes)).unwrap();
            assert_eq!(within_real(&filled, &schedule), [], "{cut:?} {origin:?}");
        }
    }
}

#[test]
fn strays_do_not_make_a_grid() {
    // hours from the open, one of six beside them at one time
    let cut = (Calendar::Nyse, 60, Zone::NewYork, 0);
    let clock = cells(cut);
    let schedule = Schedule::from(Calendar::Nyse);
    let mut starts = Vec::new();
    for (index, at) in clock.iter().enumerate() {
        let beside = if index % 6 == 4 { 10 } else { 30 };
        starts.push(at.plus_seconds(beside * 60));
    }
    let of = |starts: &[Timestamp]| {
        GridOrigin::among(starts, BarInterval::minutes(60), &schedule).unwrap()
    };
    assert_eq!(of(&starts), GridOrigin::Session);
    assert_eq!(of(&clock), GridOrigin::Clock);
    assert_eq!(of(&[]), GridOrigin::Session);
    // minutes that begin with the half
    let halves: Vec<Timestamp> = (0..300)
        .map(|minute| clock[1].plus_seconds(minute * 60 + 30))
        .collect();
    let found = GridOrigin::among(&halves, BarInterval::minutes(1), &schedule).unwrap();
    let (zone, seconds) = (Zone::NewYork, 30);
    assert_eq!(found, GridOrigin::Local { zone, seconds });
}
