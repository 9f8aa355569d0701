use super::*;

/// Runs of rows at these seconds, a line each.
fn of(times: &[i64]) -> Runs {
    let mut runs = Runs::default();
    let mut previous = None;
    for (line, &seconds) in (1..).zip(times) {
        let at = seconds * SECOND;
        let step = previous.replace(at).map(|previous| at - previous);
        runs.add(at, step, 0, line);
    }
    runs.finish();
    runs
}

fn foreign(times: &[i64], step: i64) -> Vec<(u64, u64, u64, String)> {
    let found = of(times).foreign(step * SECOND, &|_, _| false);
    found
        .iter()
        .map(|s| (s.first_line, s.last_line, s.rows, s.interval.to_string()))
        .collect()
}

const D: i64 = 86_400;

#[test]
fn daily_rows_before_and_after_hours_are_found_to_the_line() {
    let days = |from: i64, count: i64| (0..count).map(move |day| (from + day) * D);
    let hours = |from: i64, count: i64| (0..count).map(move |hour| from * D + 3_600 + hour * 3_600);
    let before: Vec<i64> = days(0, 50).chain(hours(60, 900)).collect();
    assert_eq!(foreign(&before, 3_600), [(1, 50, 50, "1day".to_owned())]);
    let joined: Vec<i64> = days(0, 50).chain(hours(50, 900)).collect();
    assert_eq!(foreign(&joined, 3_600), [(1, 50, 50, "1day".to_owned())]);
    let after: Vec<i64> = hours(0, 900).chain(days(100, 30)).collect();
    assert_eq!(foreign(&after, 3_600), [(901, 930, 30, "1day".to_owned())]);
    // a weekend now and then makes no stretch, nor do rows that are merely rare
    let weeks: Vec<i64> = (0..30).flat_map(|week| hours(week * 7, 110)).collect();
    assert_eq!(foreign(&weeks, 3_600), []);
    let rare: Vec<i64> = (0..2_000).map(|row| row * 60 * (1 + row % 7)).collect();
    assert_eq!(foreign(&rare, 60), []);
}

#[test]
fn daily_rows_at_two_times_of_day_are_found() {
    // of two clocks, then of one, and from a day on hours, which begin with the row of the day
    let first = [10_800, D + 10_800].into_iter();
    let both = (2..40).flat_map(|day| [day * D, day * D + 10_800]);
    let one = (40..90).map(|day| day * D);
    let days: Vec<i64> = first.chain(both).chain(one).collect();
    let hours = (0..900).map(|hour| 90 * D + hour * 3_600);
    let times: Vec<i64> = days.iter().copied().chain(hours).collect();
    assert_eq!(foreign(&times, 3_600), [(1, 128, 128, "1day".to_owned())]);
    // two bars of each day are those of the file, and so are an opening and a close
    let four: Vec<i64> = (0..60)
        .flat_map(|day| [day * D, day * D + 14_400])
        .collect();
    assert_eq!(foreign(&four, 14_400), []);
    let edges = (0..60).flat_map(|day| [day * D, day * D + 23_400]);
    let minutes = (0..9_000).map(|minute| 90 * D + minute * 60);
    let times: Vec<i64> = edges.chain(minutes).collect();
    assert_eq!(
        foreign(&times, 60)
            .iter()
            .filter(|it| it.3 == "1day")
            .count(),
        0
    );
}

#[test]
fn a_few_rows_of_days_are_found_at_the_beginning_and_at_the_end() {
    let edges = |times: &[i64], step: i64| {
        let found = of(times).edges(step * SECOND, &|_, _| false);
        let lines = found.iter().map(|it| (it.first_line, it.last_line));
        lines.collect::<Vec<_>>()
    };
    let minutes = |day: i64| (0..390).map(move |minute| day * D + 48_600 + minute * 60);
    let sessions = || (0..5).flat_map(minutes);
    let midnights = |from: i64, count: i64| (from..from + count).map(|day| day * D);
    let after: Vec<i64> = sessions().chain(midnights(5, 3)).collect();
    assert_eq!(edges(&after, 60), [(1_951, 1_953)]);
    let before: Vec<i64> = midnights(-4, 4).chain(sessions()).collect();
    assert_eq!(edges(&before, 60), [(1, 4)]);
    // of a market that never closes the last minute is at midnight as well
    let always: Vec<i64> = (0..=2_880).map(|minute| minute * 60).collect();
    let days: Vec<i64> = always.iter().copied().chain(midnights(3, 2)).collect();
    assert_eq!(edges(&days, 60), [(2_882, 2_883)]);
    // the last of those at the beginning is at the time of a first bar
    let two: Vec<i64> = midnights(-2, 2)
        .chain((-1..900).map(|hour| hour * 3_600 + 7_200 - D))
        .collect();
    assert_eq!(edges(&two, 3_600), [(1, 1)]);
    // a first bar after a gap, as far from their time of day as a second row of each may be
    for first in [0, 1, 2, 3, 4, 20, 21, 23] {
        for count in [2, 3, 4] {
            let hours = (0..900).map(|hour| 2 * D + (first + hour) * 3_600);
            let times: Vec<i64> = midnights(-count, count).chain(hours).collect();
            let lines = [(1, count as u64)];
            assert_eq!(edges(&times, 3_600), lines, "{first} {count}");
        }
    }
    // sessions alone, and a single row
    let one: Vec<i64> = sessions().chain(midnights(5, 1)).collect();
    for none in [sessions().collect::<Vec<i64>>(), always, one] {
        assert_eq!(edges(&none, 60), []);
    }
}

#[test]
fn the_last_bar_before_rows_of_days_is_none_of_them() {
    let hours = |until: i64| (0..=until).map(|hour| hour * 3_600);
    let days = |from: i64, count: i64| (from..from + count).map(|day| day * D);
    // up to 20:00 to 23:00 and to midnight, as far from the days as a second row of each may be
    for until in [476, 477, 478, 479, 480] {
        let first = until as u64 + 2;
        for (count, gap) in [(5, 2), (15, 2), (20, 2), (40, 2), (40, 10)] {
            let times: Vec<i64> = hours(until).chain(days(19 + gap, count)).collect();
            let (last, what) = (first + count as u64 - 1, "1day".to_owned());
            let found = foreign(&times, 3_600);
            let runs = of(&times).edges(3_600 * SECOND, &|_, _| false);
            let edges = runs.iter().map(|it| (it.first_line, it.last_line, it.rows));
            match count >= LEAST as i64 {
                true => assert_eq!(found, [(first, last, count as u64, what)], "{until}"),
                false => assert_eq!(found, [], "{until}"),
            }
            assert_eq!(
                edges.collect::<Vec<_>>(),
                [(first, last, count as u64)],
                "{until}"
            );
        }
        // two rows of each day after them
        let both = days(21, 40).flat_map(|day| [day, day + 10_800]);
        let times: Vec<i64> = hours(until).chain(both).collect();
        let known = foreign(&times, 3_600);
        assert_eq!(known, [(first, first + 79, 80, "1day".to_owned())]);
    }
    // without a gap only what it says tells what the first one is
    let times: Vec<i64> = hours(479).chain(days(20, 40)).collect();
    assert_eq!(foreign(&times, 3_600), [(482, 520, 39, "1day".to_owned())]);
    let found = of(&times).foreign(3_600 * SECOND, &|_, line| line == 481);
    assert_eq!((found[0].first_line, found[0].rows), (481, 40));
}

#[test]
fn minutes_in_a_file_of_hours_are_found() {
    let hours = (0..500).map(|hour| hour * 3_600);
    let minutes = (0..120).map(|minute| 600 * 3_600 + minute * 60);
    let times: Vec<i64> = hours.chain(minutes).collect();
    assert_eq!(foreign(&times, 3_600), [(501, 620, 120, "1min".to_owned())]);
}
