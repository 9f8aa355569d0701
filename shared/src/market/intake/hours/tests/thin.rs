//! Shares of which bars are missing, before and after the sessions most of them.

use super::{after, bars, found, written};
use crate::base::random::Random;
use crate::base::time::{BarInterval, Day};
use crate::market::calendar::Calendar;
use crate::market::intake::{
    Certainty, Detection, Habit, Kept, Labels, Limits, Reading, Zone, read_all,
};

/// Bars of so many minutes of shares over some weeks about the change of clocks, from 4:00 to 20:00 in New York: of the minutes before
/// the session, in it and after it these shares are traded, but for the first and the last one of it, which always are.
fn traded(seed: u64, days: i64, minutes: i64, shares: [f64; 3]) -> Vec<i64> {
    let mut random = Random::new(seed, 0);
    let mut starts = Vec::new();
    // 2024-10-07
    let first = 1_728_259_200;
    let mut sessions = 0;
    for day in 0.. {
        let day = crate::base::time::Day(first / 86_400 + day);
        let Some(session) = Calendar::Nyse.session(day).unwrap() else {
            continue;
        };
        let open = session.open.0 / 1_000_000;
        for minute in -330..630 {
            let share = match minute {
                ..0 => shares[0],
                0 | 389 => 1.0,
                1..389 => shares[1],
                _ => shares[2],
            };
            if random.uniform() < share {
                let of_day = minute + 570;
                starts.push(open + (of_day - of_day % minutes - 570) * 60);
            }
        }
        sessions += 1;
        if sessions == days {
            break;
        }
    }
    starts.dedup();
    starts
}

const THIN: [f64; 3] = [0.02, 0.7, 0.03];
const USUAL: [f64; 3] = [0.15, 0.98, 0.2];
const LIQUID: [f64; 3] = [0.9, 1.0, 0.9];

#[test]
fn the_print_of_an_auction_at_each_close_makes_no_ends_of_starts() {
    for (seed, share, minutes) in [(1, 0.1, 1), (2, 0.15, 1), (3, 0.3, 1), (4, 0.2, 5)] {
        for days in [5, 20, 60] {
            let mut random = Random::new(seed, 0);
            let mut starts: Vec<i64> = Vec::new();
            let sessions = (19_700..).filter_map(|day| Calendar::Nyse.session(Day(day)).ok()?);
            for session in sessions.take(days) {
                let (open, close) = (session.open.0 / 1_000_000, session.close.0 / 1_000_000);
                let all = (open..close).step_by(minutes as usize * 60);
                starts.extend(all.filter(|_| random.uniform() < share));
                starts.push(close);
            }
            let labels = found(Calendar::Nyse, &starts, None).labels;
            assert_eq!(
                labels.value,
                Labels::Start,
                "{share} {minutes} {days}: {}",
                labels.evidence
            );
        }
    }
}

#[test]
fn half_hours_by_chance_do_not_outvote_the_edges_of_trading() {
    for seed in 0..12 {
        for days in [10, 25] {
            let starts = traded(seed, days, 15, THIN);
            let ends: Vec<i64> = starts.iter().map(|at| at + 900).collect();
            for (times, side) in [(&ends, Labels::End), (&starts, Labels::Start)] {
                let found = found(Calendar::Nyse, times, None);
                assert_eq!(found.labels.value, side, "{seed} {days} {:?}", found.labels);
                let is_said = found.warnings.iter().any(|it| it.contains("--labels end"));
                let is_sure = found.labels.certainty == Certainty::Sure;
                assert!(is_sure || is_said, "{seed} {days} {:?}", found.labels);
            }
        }
    }
}

#[test]
fn where_sessions_have_no_edges_the_side_is_said_to_be_assumed() {
    let all = traded(1, 25, 1, [0.006, 0.25, 0.01]);
    let opens = bars(Calendar::Nyse, 400, 390, 0);
    let is_edge = |at: &i64| opens.iter().any(|open| (at - open) % 86_400 == 0);
    let times: Vec<i64> = all.into_iter().filter(|at| !is_edge(at)).collect();
    let found = found(Calendar::Nyse, &times, None);
    let told = (found.labels.value, found.labels.certainty);
    assert_eq!(told, (Labels::Start, Certainty::Assumed));
    let is_said = |it: &String| it.contains("no bar at their open") && it.contains("--labels end");
    assert!(found.warnings.iter().any(is_said), "{:?}", found.warnings);
}

/// What is read of times that are written by the clock of a zone.
fn read(times: &[i64], zone: &str) -> (Detection, Vec<i64>) {
    let text = written(Calendar::Nyse, times, Some(zone));
    let files = [("file.csv", text.as_bytes())];
    let reading = Reading::detect(Calendar::Nyse);
    let (found, kept) = read_all(&files, &reading, Limits::default(), Kept::default()).unwrap();
    let starts = kept.rows.bars.start.iter();
    (found, starts.map(|start| start.0 / 1_000_000).collect())
}

#[test]
fn extended_hours_tell_the_zone_where_all_bars_lie_in_them_by_one_alone() {
    for (minutes, days, shares) in [
        (1, 25, LIQUID),
        (15, 25, USUAL),
        (30, 5, LIQUID),
        (30, 10, LIQUID),
        (30, 10, USUAL),
    ] {
        let starts = traded(5, days, minutes, shares);
        for (zone, by) in [
            ("UTC", minutes * 60),
            ("America/New_York", minutes * 60),
            ("UTC", 0),
            ("America/New_York", 0),
        ] {
            let times: Vec<i64> = starts.iter().map(|at| at + by).collect();
            let (found, read) = read(&times, zone);
            let told = format!("{minutes} min {days} {zone} {by}: {:?}", found.zone);
            assert_eq!(found.refusal, None, "{told}");
            assert_eq!(read, starts, "{told} {:?}", found.labels);
            let zone = found.zone.unwrap();
            let is_said = found.warnings.iter().any(|it| it.contains("the time zone"));
            let is_told = zone.certainty == Certainty::Sure || zone.value == Zone::EXCHANGE;
            assert!(is_told || is_said, "{told}");
        }
    }
    // from 6:00 on several zones do
    let mut starts = traded(5, 5, 30, LIQUID);
    starts.retain(|at| (at - 14_400).rem_euclid(86_400) >= 6 * 3_600);
    let (found, _) = read(&starts, "UTC");
    assert!(found.refusal.is_some(), "{:?}", found.zone);
}

#[test]
fn a_few_rows_are_no_whole_session_of_another_zone() {
    let starts = traded(3, 20, 60, LIQUID);
    let (of_before, _) = after(&[], &starts[..200], Some("America/New_York"));
    let habit = Habit::of(&of_before.reading, Some(&of_before)).unwrap();
    assert!(habit.is_wide);
    // seven hours, as many as a session has, at each time of the day
    for from in 200..216 {
        let tail = &starts[from..from + 7];
        let (found, read) = after(std::slice::from_ref(&habit), tail, Some("America/New_York"));
        assert_eq!(found.interval.value, BarInterval::minutes(60));
        assert_eq!(read, tail, "{from}: {:?} {:?}", found.zone, found.labels);
    }
}
