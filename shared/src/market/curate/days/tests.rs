use super::*;

/// Hours of a day from one hour on, and their sum at another.
fn hours(day: i64, from: i64, count: i64) -> Vec<Bar> {
    let bar = |index: i64| {
        let open = 1_300.0 + (index * 7 % 11) as f64;
        Bar {
            start: Timestamp::from_seconds(day * DAY + (from + index) * 3_600),
            prices: [open, open + 2.0, open - 1.5, open + 0.5],
            volume: 100.0 + (index % 5) as f64,
        }
    };
    (0..count).map(bar).collect()
}

fn sum(bars: &[Bar], start: Timestamp, volume: f64) -> Bar {
    let high = bars.iter().map(|bar| bar.prices[1]).max_by(f64::total_cmp);
    let low = bars.iter().map(|bar| bar.prices[2]).min_by(f64::total_cmp);
    let (open, close) = (bars[0].prices[0], bars[bars.len() - 1].prices[3]);
    Bar {
        start,
        prices: [open, high.unwrap(), low.unwrap(), close],
        volume,
    }
}

fn found(bars: &[Bar], odd: Bar) -> Vec<(usize, usize)> {
    let mut all = bars.to_vec();
    all.push(odd);
    all.sort_by_key(|bar| bar.start);
    days_among(BarInterval::minutes(60), all.len(), |at| all[at])
}

#[test]
fn a_row_of_a_day_is_found_wherever_it_stands() {
    let mut bars = hours(19_800, 1, 23);
    bars.extend(hours(19_801, 1, 23));
    let day = &bars[..23];
    let at = |hours: i64| Timestamp::from_seconds(19_800 * DAY + hours * 3_600);
    // before its hours, at the time of the first and of the last one, and after them
    assert_eq!(found(&bars, sum(day, at(0), 250.0)), [(0, 23)]);
    assert_eq!(found(&bars, sum(day, at(1), 250.0)), [(1, 23)]);
    assert_eq!(found(&bars, sum(day, at(23), 250.0)), [(23, 23)]);
    assert_eq!(found(&bars, sum(day, at(24), 250.0)), [(23, 23)]);
    // a bar that moved as much as all others, but not as they did together, or of which no more was traded
    let mut other = sum(day, at(0), 250.0);
    other.prices[3] += 0.25;
    assert_eq!(found(&bars, other), []);
    assert_eq!(found(&bars, sum(day, at(0), 104.0)), []);
    // of part of a day
    assert_eq!(found(&bars, sum(&day[..9], at(0), 250.0)), []);
    // of what there is of a day, and over the end of a month in UTC
    let month = hours(19_814, 1, 20);
    let end = Timestamp::from_seconds(19_814 * DAY - 3_600);
    assert_eq!(found(&month, sum(&month, end, 250.0)), [(0, 20)]);
}

#[test]
fn a_row_of_a_day_that_comes_twice_is_found_twice() {
    let mut bars = hours(19_800, 1, 23);
    let at = |hours: i64| Timestamp::from_seconds(19_800 * DAY + hours * 3_600);
    for hour in [0, 1, 9, 23, 24] {
        let day = sum(&bars[..23], at(hour), 250.0);
        let both = |bars: &[Bar]| {
            let mut all: Vec<Bar> = bars.iter().copied().chain([day, day]).collect();
            all.sort_by_key(|bar| bar.start);
            days_among(BarInterval::minutes(60), all.len(), |at| all[at])
        };
        let known: Vec<usize> = both(&bars).iter().map(|it| it.1).collect();
        assert_eq!(
            known,
            if hour == 9 { vec![] } else { vec![23, 23] },
            "{hour}"
        );
    }
    // all of the file twice, and a bar that another one corrects: the last row of a time counts
    let day = sum(&bars, at(1), 250.0);
    bars.extend([day]);
    let mut twice: Vec<Bar> = bars.iter().chain(&bars).copied().collect();
    twice.sort_by_key(|bar| bar.start);
    let places = |all: &[Bar]| days_among(BarInterval::minutes(60), all.len(), |at| all[at]);
    assert_eq!(places(&twice), [(1, 23), (3, 23)]);
    let mut wider = twice[12];
    wider.prices[1] += 100.0;
    twice.insert(12, wider);
    assert_eq!(places(&twice), [(1, 23), (3, 23)]);
    twice.insert(15, wider);
    assert_eq!(places(&twice), []);
}

/// What [`days_among`] finds of rows that have each a time of their own, row by row.
fn one_by_one(all: &[Bar]) -> Vec<(usize, usize)> {
    let of = |at: usize| {
        let day = all[at];
        let turned = |bars: &[Bar]| -> Option<usize> {
            let size = |bar: &Bar| bar.prices[1] - bar.prices[2];
            let (first, last) = (bars.first()?, bars.last()?);
            let high = bars.iter().map(|bar| bar.prices[1]).fold(0.0, larger);
            let low = bars.iter().map(|bar| bar.prices[2]).fold(1e9, smaller);
            let volume = bars.iter().map(|bar| bar.volume).fold(0.0, larger);
            let traded: f64 = bars.iter().map(|bar| bar.volume).sum();
            let is_expected = all.iter().any(|bar| {
                (bar.start.0 - day.start.0).abs() == DAY * 1_000_000 && bar.volume < 1.5 * volume
            });
            let mut sizes: Vec<f64> = bars.iter().map(size).collect();
            sizes.sort_by(f64::total_cmp);
            let usual = sizes[sizes.len() / 2];
            let sum = [first.prices[0], high, low, last.prices[3]];
            let is_sum = sum.map(f64::to_bits) == day.prices.map(f64::to_bits)
                && sizes.iter().all(|it| *it < size(&day))
                && (volume == 0.0 || day.volume >= 1.5 * volume)
                && (volume == 0.0 || !is_expected || day.volume >= 0.9 * traded)
                && usual > 0.0
                && size(&day) > usual * if volume > 0.0 { 2.0 } else { 3.0 } * (1.0 + 1e-6);
            (bars.len() >= 4 && is_sum).then_some(bars.len())
        };
        let is_near = |bar: &&Bar| (bar.start.0 - day.start.0).abs() < DAY * 1_000_000;
        let after: Vec<Bar> = all[at + 1..].iter().filter(is_near).copied().collect();
        let before: Vec<Bar> = all[..at].iter().filter(is_near).copied().collect();
        turned(&after)
            .or_else(|| turned(&before))
            .map(|bars| (at, bars))
    };
    (0..all.len()).filter_map(of).collect()
}

#[test]
fn what_is_found_is_what_every_row_held_against_its_day_tells() {
    // bars around sums of those after or before them, within each other as well
    let mut seed = 1_u64;
    let mut draw = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % below
    };
    let mut known = 0;
    for round in 0..300 {
        let mut all = Vec::new();
        let step = [600, 3_600, 14_400][round % 3];
        for at in 0..200 {
            let open = 100.0 + draw(6) as f64;
            let close = open + draw(3) as f64 - 1.0;
            let (high, low) = (
                larger(open, close) + draw(2) as f64,
                smaller(open, close) - draw(2) as f64,
            );
            all.push(Bar {
                start: Timestamp::from_seconds(19_800 * DAY + at * step),
                prices: [open, high, low, close],
                volume: (round % 2) as f64 * (1 + draw(3)) as f64,
            });
        }
        for _ in 0..12 {
            let at = draw(200) as usize;
            let day = all[at].start;
            let is_near = |bar: &&Bar| (bar.start.0 - day.0).abs() < DAY * 1_000_000;
            let side = match draw(2) {
                0 => &all[(at + 1).min(199)..],
                _ => &all[..at],
            };
            let bars: Vec<Bar> = side.iter().filter(is_near).copied().collect();
            if !bars.is_empty() {
                // as much as all of them, or less
                all[at] = sum(&bars, day, [9.0, 1_000.0][draw(2) as usize]);
            }
        }
        let expected = one_by_one(&all);
        known += expected.len();
        assert_eq!(
            days_among(BarInterval::minutes(1), all.len(), |at| all[at]),
            expected
        );
    }
    assert!(known > 500, "{known}");
}

#[test]
fn rows_that_are_all_days_within_days_take_no_longer_than_others() {
    // each of three is the sum of all that follow: as many looks at a row as a tree is high
    let looks = |bars: usize| {
        let of = |at: usize| {
            let (turn, size) = (at % 3, (bars - at / 3 * 3) as f64);
            let (high, low) = [(size, -size), (size, 0.0), (0.0, -size)][turn];
            Bar {
                start: Timestamp::from_seconds(at as i64),
                prices: [1e6, 1e6 + high, 1e6 + low, 1e6],
                volume: size * size,
            }
        };
        let count = core::cell::Cell::new(0_usize);
        let row = |at: usize| {
            count.set(count.get() + 1);
            of(at)
        };
        let _ = days_among(BarInterval::Seconds(1), bars, row);
        count.get() / bars
    };
    let (few, many) = (looks(3_000), looks(48_000));
    assert!(many < 2 * few && many < 400, "{few} {many}");
}

#[test]
fn the_opening_bar_of_a_price_that_hardly_moves_is_no_day() {
    // sessions of seven hours of a fund, of which the first one moves by four cents and all others together as far
    let session = |day: i64, volume: f64| {
        let bars = [
            [91.50, 91.52, 91.48, 91.50],
            [91.50, 91.50, 91.49, 91.49],
            [91.49, 91.50, 91.48, 91.50],
            [91.50, 91.52, 91.50, 91.51],
            [91.51, 91.51, 91.50, 91.50],
            [91.50, 91.51, 91.50, 91.51],
            [91.51, 91.51, 91.50, 91.50],
        ];
        (0..).zip(bars).map(move |(hour, prices)| Bar {
            start: Timestamp::from_seconds(day * DAY + 52_200 + hour * 3_600),
            prices,
            volume: if hour == 0 { volume } else { 400.0 },
        })
    };
    let count = |volumes: [f64; 3]| {
        let days = (19_800..).zip(volumes);
        let bars: Vec<Bar> = days
            .flat_map(|(day, volume)| session(day, volume))
            .collect();
        let found = days_among(BarInterval::minutes(60), bars.len(), |at| bars[at]);
        found.iter().map(|it| it.0).collect::<Vec<_>>()
    };
    // twice as much is traded in it as in any other, but not in that of the day before or after
    let none: [usize; 0] = [];
    assert_eq!(count([500.0, 800.0, 500.0]), none);
    assert_eq!(count([800.0, 500.0, 800.0]), none);
    // as much as in all others: in its place stands the day
    assert_eq!(count([500.0, 2_400.0, 500.0]), [7]);
    // no bar is there at other days: what is, are rows of days as well, however their ticks are counted
    assert_eq!(count([800.0, 800.0, 800.0]), [0, 7, 14]);
}

#[test]
fn no_bar_of_a_price_that_hardly_moves_is_a_day() {
    let flat = |index: i64| Bar {
        start: Timestamp::from_seconds(19_800 * DAY + index * 3_600),
        prices: [1.0, 1.0001, 1.0, 1.0001],
        volume: 5.0,
    };
    let bars: Vec<Bar> = (0..23).map(flat).collect();
    let mut odd = flat(0);
    odd.start = Timestamp::from_seconds(19_800 * DAY - 3_600);
    (odd.prices, odd.volume) = ([1.0, 1.0001, 0.9999, 1.0001], 20.0);
    assert_eq!(found(&bars, odd), []);
}
