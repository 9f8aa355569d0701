use super::*;
use crate::base::time::BarInterval;
use crate::market::bars::{BarColumns, BarSeries};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn split(first_day: &str, ratio: f64) -> CorporateAction {
    CorporateAction {
        first_day: day(first_day),
        kind: ActionKind::Split { ratio },
    }
}

fn dividend(first_day: &str, factor: f64) -> CorporateAction {
    CorporateAction {
        first_day: day(first_day),
        kind: ActionKind::Dividend { factor },
    }
}

#[test]
fn factors_multiply_backwards_in_time() {
    let actions = Actions::new(vec![
        split("2020-08-31", 4.0),
        dividend("2014-08-07", 0.9),
        split("2014-06-09", 7.0),
    ])
    .unwrap();
    let close = |value: f64, expected: f64| (value - expected).abs() < 1e-15;
    assert!(close(actions.factor(day("2014-06-08")), 0.9 / 28.0));
    assert!(close(actions.factor(day("2014-06-09")), 0.9 / 4.0));
    assert!(close(actions.factor(day("2014-08-07")), 0.25));
    assert!(close(actions.split_factor(day("2014-06-06")), 1.0 / 28.0));
    assert_eq!(actions.factor(day("2020-08-31")).to_bits(), 1f64.to_bits());
    let text = serde_json::to_string(&actions).unwrap();
    assert!(text.starts_with(r#"[{"first_day":"2014-06-09","kind":{"split":{"ratio":7.0}}}"#));
    assert_eq!(serde_json::from_str::<Actions>(&text).unwrap(), actions);
    let bytes = postcard::to_allocvec(&actions).unwrap();
    assert_eq!(postcard::from_bytes::<Actions>(&bytes).unwrap(), actions);
}

#[test]
fn nonsense_is_refused() {
    for ratio in [0.0, -2.0, f64::NAN, f64::INFINITY, 1e7] {
        let refused = Actions::new(vec![split("2020-08-31", ratio)]).unwrap_err();
        assert!(refused.to_string().starts_with("2020-08-31: "), "{refused}");
    }
    let twice = vec![split("2020-08-31", 2.0), split("2020-08-31", 2.0)];
    assert_eq!(
        Actions::new(twice),
        Err(BadAction::Twice(day("2020-08-31")))
    );
    // a split and a dividend may share a day
    let both = vec![split("2020-08-31", 2.0), dividend("2020-08-31", 0.5)];
    let bases = Actions::new(both)
        .unwrap()
        .bases(Calendar::Nyse, BarInterval::minutes(1));
    assert_eq!(bases.len(), 1);
    assert_eq!(bases[0].price_factor.to_bits(), 0.25f64.to_bits());
    assert_eq!(bases[0].until.to_string(), "2020-08-31T04:00:00Z");
}

#[test]
fn bases_of_daily_bars_begin_with_the_first_stamp_of_a_date() {
    let actions = Actions::new(vec![split("2014-06-09", 7.0)]).unwrap();
    let until = |calendar| {
        let bases = actions.bases(calendar, BarInterval::Day);
        bases[0].until.to_string()
    };
    assert_eq!(until(Calendar::Nyse), "2014-06-09T00:00:00Z");
    assert_eq!(until(Calendar::Forex), "2014-06-08T21:00:00Z");
}

#[test]
fn the_later_of_two_actions_of_a_day_counts() {
    let one = Actions::new(vec![split("2014-06-09", 6.0), dividend("2014-08-07", 0.9)]).unwrap();
    let later = Actions::new(vec![split("2014-06-09", 7.0)]).unwrap();
    let expected = vec![split("2014-06-09", 7.0), dividend("2014-08-07", 0.9)];
    assert_eq!(one.joined(&later).list(), expected);
}

const FACTORS: &str = "20140507,0.8961764,0.0357143,592.33\n20140606,0.9011818,0.0357143,645.57\n20140806,0.9011818,0.25,94.97\n20200828,0.9011818,0.25,499.23\n20201105,0.9967882,1,119.03\n20501231,1,1,0\n";

#[test]
fn a_factor_file_gives_whole_splits_on_the_session_after_its_date() {
    let actions = parse_factor_file(FACTORS, Calendar::Nyse).unwrap();
    let splits: Vec<String> = actions
        .list()
        .iter()
        .filter(|action| matches!(action.kind, ActionKind::Split { .. }))
        .map(ToString::to_string)
        .collect();
    // 2014-06-06 and 2020-08-28 are Fridays
    assert_eq!(
        splits,
        ["split 7:1 on 2014-06-09", "split 4:1 on 2020-08-31"]
    );
    assert_eq!(actions.list().len(), 5);
    assert_eq!(
        actions.list()[0],
        dividend("2014-05-08", 0.8961764 / 0.9011818)
    );
}

#[test]
fn a_bad_factor_file_is_refused_with_its_line() {
    for (text, line, said) in [
        ("20140606,0.9,0.5\n20140605,0.9,1", 2, "dates must increase"),
        ("20140606,0.9,0.5\n20140606,0.9,1", 2, "dates must increase"),
        ("20140606,0.9", 1, "expected date,price_factor"),
        ("\n2014-06-06,0.9,1", 2, "yyyymmdd"),
        ("20141306,0.9,1", 1, "yyyymmdd"),
        ("20140606,x,1", 1, "above 0"),
        ("20140606,0.9,0", 1, "above 0"),
        ("20140606,0.9,0.00000001\n20501231,1,1000000", 1, "ratio"),
        ("20140606,1,1\n20140607,1,2\n20140608,1,1", 2, "two splits"),
    ] {
        let refused = parse_factor_file(text, Calendar::Nyse).unwrap_err();
        assert!(refused.to_string().contains(said), "{text:?}: {refused}");
        assert_eq!(refused.line, line, "{text:?}");
    }
    assert!(parse_factor_file("", Calendar::Nyse).unwrap().is_empty());
}

/// Bars of prices that are rounded to cents.
fn bars(from: i64, prices: &[f64]) -> BarSeries {
    let cents = |price: f64| (price * 100.0).round() / 100.0;
    let mut columns = BarColumns::default();
    for (index, &price) in prices.iter().enumerate() {
        columns.push(
            Timestamp::from_seconds(from + index as i64 * 60),
            [price, price * 1.01, price * 0.99, price * 1.005].map(cents),
            1.0,
        );
    }
    BarSeries::new(BarInterval::minutes(1), columns).unwrap()
}

/// What a comparison says of bars with the same starts. `actions` are known.
fn compared(old: &BarSeries, new: &BarSeries, actions: &Actions, shares: bool) -> Rebase {
    let bases = actions.bases(Calendar::Nyse, old.interval());
    let mut comparison = Comparison::new(0.01, shares);
    for ((start, before, volume), (again, now, traded)) in old.rows().zip(new.rows()) {
        assert_eq!(start, again);
        comparison.push(&CommonBar {
            start,
            stored: (before, volume),
            received: (now, traded),
            factors: factors_at(&bases, start),
            is_last: false,
            is_sum: false,
        });
    }
    comparison.finish()
}

fn times(prices: &[f64], ratio: f64) -> BarSeries {
    let scaled: Vec<f64> = prices.iter().map(|price| price * ratio).collect();
    bars(0, &scaled)
}

fn walk(count: usize) -> Vec<f64> {
    let price = |index: usize| 640.0 + (index * 7 % 23) as f64 + (index % 10) as f64 / 10.0;
    (0..count).map(price).collect()
}

#[test]
fn a_split_is_found_and_nothing_else_is() {
    let prices = walk(40);
    let old = bars(0, &prices);
    let none = Actions::default();
    let found = |new: &BarSeries| compared(&old, new, &none, true);
    assert!(matches!(found(&old), Rebase::Known { bases } if bases[0] == PriceBasis::Raw));
    for (ratio, expected) in [(1.0 / 7.0, 7.0), (0.1, 10.0), (10.0, 0.1), (2.0 / 3.0, 1.5)] {
        let found = found(&times(&prices, ratio));
        let Rebase::Split {
            bars: 40, ratio, ..
        } = found
        else {
            panic!("{ratio}: {found:?}");
        };
        assert!(
            (ratio - expected).abs() <= f64::EPSILON * expected,
            "{ratio} is not {expected}"
        );
        // what is no share is not split
        let new = times(&prices, 1.0 / expected);
        let other = compared(&old, &new, &none, false);
        assert!(matches!(other, Rebase::Other(_)), "{other:?}");
    }
    // a dividend, and ratios that no split has
    for ratio in [0.9944, 1.003, 0.95, 37.0 / 29.0] {
        let found = found(&times(&prices, ratio));
        assert!(
            matches!(
                found,
                Rebase::Other(Difference {
                    bars: 40,
                    unlike: 40,
                    ..
                })
            ),
            "{ratio}: {found:?}"
        );
    }
    // the last stored session may be one bar: then the ratio must be a usual one
    let over = |count: usize, ratio: f64| {
        let part = &prices[..count];
        compared(&bars(0, part), &times(part, ratio), &none, true)
    };
    for count in [1, 2, 4, 19] {
        for (ratio, expected) in [(0.25, 4.0), (10.0, 0.1), (2.0 / 3.0, 1.5)] {
            let Rebase::Split { ratio, .. } = over(count, ratio) else {
                panic!("{count} {ratio}: {:?}", over(count, ratio));
            };
            assert!((ratio - expected).abs() < 1e-9, "{ratio}");
        }
        for ratio in [7.0 / 8.0, 3.0 / 7.0, 0.9944] {
            let found = over(count, ratio);
            assert!(matches!(found, Rebase::Other(_)), "{count}: {found:?}");
        }
    }
    // one price that is repeated could be anything
    let one = |price: f64| {
        let mut columns = BarColumns::default();
        columns.push(Timestamp(0), [price; 4], 1.0);
        BarSeries::new(BarInterval::minutes(1), columns).unwrap()
    };
    let single = compared(&one(100.0), &one(25.0), &none, true);
    assert!(matches!(single, Rebase::Other(_)), "{single:?}");
    let flat = compared(
        &bars(0, &[100.0; 40]),
        &times(&[100.0; 40], 0.25),
        &none,
        true,
    );
    assert!(matches!(flat, Rebase::Other(_)), "{flat:?}");
    // a bar that differs from the constant ratio
    let mut divided: Vec<f64> = prices.iter().map(|price| price / 7.0).collect();
    divided[1] = 600.0;
    let found = found(&bars(0, &divided));
    assert!(matches!(found, Rebase::Other(_)), "{found:?}");
    let nothing = Comparison::new(0.01, true).finish();
    assert_eq!(nothing, Rebase::NoOverlap);
}

#[test]
fn a_correction_is_a_correction_and_a_drift_is_another_basis() {
    let prices = walk(400);
    let old = bars(0, &prices);
    let changed = |count: usize| {
        let mut changed = prices.clone();
        for price in changed.iter_mut().skip(7).step_by(40).take(count) {
            *price *= 0.95;
        }
        compared(&old, &bars(0, &changed), &Actions::default(), true)
    };
    assert!(matches!(changed(4), Rebase::Known { .. }));
    let Rebase::Other(found) = changed(5) else {
        panic!("one of a hundred at most");
    };
    assert_eq!((found.bars, found.unlike), (400, 5));
    assert!((found.ratios.0 - 0.95).abs() < 1e-4 && (found.ratios.1 - 0.95).abs() < 1e-4);
    assert_eq!(found.first.0.0, 7 * 60_000_000);
    assert_eq!(found.columns, [5; 4]);
    let one = |ratio: f64, shares| {
        let (old, new) = (bars(0, &[100.0]), bars(0, &[100.0 * ratio]));
        compared(&old, &new, &Actions::default(), shares)
    };
    // one bar alone says nothing of a basis where nothing is split; of a share it may be a dividend, and far away it is none
    assert!(matches!(one(1.003, false), Rebase::Known { .. }));
    assert!(matches!(one(1.003, true), Rebase::Other(_)));
    assert!(matches!(one(0.8, false), Rebase::Other(_)));
    // bars at one ratio from the first on are a stretch, not corrections
    let mut stretch = prices.clone();
    for price in stretch.iter_mut().take(4) {
        *price *= 0.95;
    }
    let drift = compared(&old, &bars(0, &stretch), &Actions::default(), true);
    assert!(matches!(drift, Rebase::Other(_)), "{drift:?}");
}

#[test]
fn the_last_received_counts_where_a_bar_keeps_its_level() {
    let prices = walk(20);
    let old = bars(0, &prices);
    let with = |count: usize, change: &dyn Fn([f64; 4]) -> [f64; 4]| {
        let mut columns = BarColumns::default();
        for (index, (start, prices, volume)) in old.rows().enumerate() {
            let prices = if index < count {
                change(prices)
            } else {
                prices
            };
            columns.push(start, prices, volume);
        }
        let new = BarSeries::new(old.interval(), columns).unwrap();
        compared(&old, &new, &Actions::default(), true)
    };
    // highs alone, however many, and bars that were not complete
    let higher = |[open, high, low, close]: [f64; 4]| [open, high + 40.0, low, close];
    for count in [1, 2, 20] {
        assert!(matches!(with(count, &higher), Rebase::Known { .. }));
    }
    let longer = |[open, high, low, close]: [f64; 4]| [open, high * 1.02, low * 0.97, close * 0.98];
    assert!(matches!(with(1, &longer), Rebase::Known { .. }));
    // a bad print of a bar is no other basis, a bar far away is
    let print = |[open, high, _, close]: [f64; 4]| [open, high, 90.0, close];
    assert!(matches!(with(1, &print), Rebase::Known { .. }));
    let far = |prices: [f64; 4]| prices.map(|price| price / 4.0);
    assert!(matches!(with(1, &far), Rebase::Other(_)));
    let drift = |prices: [f64; 4]| prices.map(|price| price * 1.01);
    assert!(matches!(with(1, &drift), Rebase::Known { .. }));
    let Rebase::Other(found) = with(20, &drift) else {
        panic!("all bars at one ratio");
    };
    assert!(
        found
            .shared
            .is_some_and(|ratio| (ratio - 1.01).abs() < 1e-5)
    );
}

#[test]
fn a_bar_of_another_length_is_no_correction_though_its_open_is_the_same() {
    let hour = ([100.0, 101.0, 99.5, 100.5], 227.0);
    let day = ([100.0, 107.0, 96.0, 104.0], 10_399.0);
    type Bar = ([f64; 4], f64);
    let said = |bars: &[(Bar, Bar)], last: bool| {
        let mut comparison = Comparison::new(0.01, false);
        for (index, &(stored, received)) in bars.iter().enumerate() {
            comparison.push(&CommonBar {
                start: Timestamp::from_seconds(index as i64 * 3_600),
                stored,
                received,
                factors: (1.0, 1.0),
                is_last: last && index + 1 == bars.len(),
                is_sum: false,
            });
        }
        comparison.finish()
    };
    let same = (hour, hour);
    for (change, is_asked) in [
        ((hour, day), true),
        ((day, hour), true),
        // without volumes the range tells, where it is larger
        (((hour.0, 0.0), (day.0, 0.0)), true),
        (((day.0, 0.0), (hour.0, 0.0)), false),
        // a print taken out, and a volume that was not complete
        (((day.0, 227.0), hour), false),
        ((hour, (hour.0, 10_399.0)), false),
        ((hour, ([100.0, 101.5, 99.5, 100.8], 400.0)), false),
    ] {
        for bars in [vec![change], vec![same, change, same]] {
            let asked = matches!(said(&bars, false), Rebase::Other(_));
            assert_eq!(asked, is_asked, "{change:?} among {}", bars.len());
        }
        // the last one that is stored may not have been complete
        let other = said(&[same, change], true);
        assert!(matches!(other, Rebase::Known { .. }), "{change:?}");
    }
    // one of many is a correction
    let mut many = vec![same; 200];
    many[3] = (hour, day);
    assert!(matches!(said(&many, false), Rebase::Known { .. }));
}

#[test]
fn bars_that_are_one_bar_off_or_of_another_source_are_asked_for() {
    // within a thousandth of each other, as the bars of a currency are
    let close = |index: usize| 100.0 + (index * 7 % 23) as f64 / 500.0;
    let bar = |index: usize| {
        let (open, close) = (close(index), close(index + 1));
        let wide = (index % 5) as f64 / 1_000.0 + 0.001;
        let (low, high) = match open < close {
            true => (open, close),
            false => (close, open),
        };
        [open, high + wide, low - wide, close]
    };
    let said = |count: usize, received: &dyn Fn(usize) -> [f64; 4]| {
        let mut comparison = Comparison::new(0.00001, false);
        for index in 1..=count {
            comparison.push(&CommonBar {
                start: Timestamp::from_seconds(index as i64 * 60),
                stored: (bar(index), 0.0),
                received: (received(index), 0.0),
                factors: (1.0, 1.0),
                is_last: index == count,
                is_sum: false,
            });
        }
        comparison.finish()
    };
    for count in [3, 12, 200] {
        for (by, beside) in [(0, Beside::Before), (2, Beside::After)] {
            let Rebase::Other(found) = said(count, &|index| bar(index + by - 1)) else {
                panic!("{count} bars that are one bar off");
            };
            assert_eq!(found.beside, Some(beside));
        }
        assert!(matches!(said(count, &bar), Rebase::Known { .. }));
    }
    // of another source, and a few that are corrected; a last bar that was not complete may be anything
    let other = |index: usize| {
        let [open, high, low, close] = bar(index);
        let more = (index % 3) as f64 / 1_000.0 + 0.002;
        [open, high + more, low - more, close]
    };
    for (count, all, is_asked) in [
        (10, 40, false),
        (11, 40, true),
        (41, 200, true),
        (40, 200, false),
    ] {
        let received = |index: usize| match index <= count {
            true => other(index),
            false => bar(index),
        };
        let said = said(all, &received);
        assert_eq!(
            matches!(said, Rebase::Other(_)),
            is_asked,
            "{count}: {said:?}"
        );
    }
}

#[test]
fn volumes_that_are_not_adjusted_are_told() {
    let prices = walk(30);
    let volumes = |of: f64| {
        let mut comparison = Comparison::new(0.01, true);
        for (start, stored, _) in bars(0, &prices).rows() {
            comparison.push(&CommonBar {
                start,
                stored: (stored, 1_000.0),
                received: (stored.map(|price| price / 4.0), of),
                factors: (1.0, 1.0),
                is_last: false,
                is_sum: false,
            });
        }
        comparison.are_volumes_plain()
    };
    assert!(volumes(1_000.0) && !volumes(4_000.0));
    assert!(is_same_volume(1_001.0, 4_006.0, 0.25) && !is_same_volume(1_001.0, 4_100.0, 0.25));
}

#[test]
fn known_actions_explain_what_they_did() {
    let prices = walk(60);
    // from the thirtieth minute on the next day, and a dividend after all of them
    let mut columns = BarColumns::default();
    for (index, (start, prices, volume)) in bars(0, &prices).rows().enumerate() {
        let day = if index < 30 { 0 } else { 86_400_000_000 };
        columns.push(Timestamp(start.0 + day + 43_200_000_000), prices, volume);
    }
    let old = BarSeries::new(BarInterval::minutes(1), columns).unwrap();
    let known = Actions::new(vec![split("1970-01-02", 4.0), dividend("1970-01-05", 0.99)]).unwrap();
    let bases = known.bases(Calendar::Nyse, old.interval());
    for basis in [
        PriceBasis::Raw,
        PriceBasis::Splits,
        PriceBasis::SplitsAndDividends,
    ] {
        let mut columns = BarColumns::default();
        for (start, prices, volume) in old.rows() {
            let factor = basis.factors(factors_at(&bases, start)).0;
            let adjusted = prices.map(|price| (price * factor * 10_000.0).round() / 10_000.0);
            columns.push(start, adjusted, volume);
        }
        let new = BarSeries::new(old.interval(), columns).unwrap();
        let expected = Rebase::Known { bases: vec![basis] };
        assert_eq!(compared(&old, &new, &known, true), expected);
    }
}

#[test]
fn a_basis_covers_what_it_says() {
    let (split, dividend) = (
        split("2020-08-31", 4.0).kind,
        dividend("2020-08-31", 0.9).kind,
    );
    let covers = |basis: PriceBasis| (basis.covers(split), basis.covers(dividend));
    assert_eq!(covers(PriceBasis::Unstated), (false, false));
    assert_eq!(covers(PriceBasis::Raw), (false, false));
    assert_eq!(covers(PriceBasis::Splits), (true, false));
    assert_eq!(covers(PriceBasis::SplitsAndDividends), (true, true));
}

#[test]
fn a_history_that_was_adjusted_anew_is_no_correction() {
    let prices = walk(80);
    let old = bars(0, &prices);
    let said = |count: usize, shares: bool, factor: &dyn Fn(usize) -> f64| {
        let new = prices.iter().enumerate().take(count);
        let new: Vec<f64> = new.map(|(index, price)| price * factor(index)).collect();
        let old = bars(0, &prices[..count]);
        compared(&old, &bars(0, &new), &Actions::default(), shares)
    };
    // a dividend of less than a thousandth, over many bars and over two, of shares or not
    for (count, shares) in [(80, true), (5, true), (2, true), (80, false)] {
        let Rebase::Other(found) = said(count, shares, &|_| 0.9991) else {
            panic!("{count} bars are taken for corrections");
        };
        assert!(
            found
                .shared
                .is_some_and(|ratio| (ratio - 0.9991).abs() < 1e-5)
        );
        assert_eq!(found.unlike, count as u64);
    }
    // before a day that both have, and a last bar that was not complete
    let before = |index: usize| if index < 60 { 0.9991 } else { 1.0 };
    assert!(matches!(said(80, true, &before), Rebase::Other(_)));
    let but_last = |index: usize| if index == 79 { 0.9975 } else { 0.9991 };
    assert!(matches!(said(80, true, &but_last), Rebase::Other(_)));
    // some bars, each in its own way, or by one ratio here and there; one bar; what rounding does
    let own = |index: usize| {
        if index.is_multiple_of(9) {
            1.0 - index as f64 / 1e5
        } else {
            1.0
        }
    };
    let here_and_there = |index: usize| if index % 9 == 4 { 0.9991 } else { 1.0 };
    let first = |index: usize| if index < 2 { 0.9991 } else { 1.0 };
    for factor in [
        &own as &dyn Fn(usize) -> f64,
        &here_and_there,
        &first,
        &|_| 1.000_005,
    ] {
        let said = said(80, true, factor);
        assert!(matches!(said, Rebase::Known { .. }), "{said:?}");
    }
    assert!(matches!(said(1, true, &|_| 0.9991), Rebase::Known { .. }));
    // what a known dividend leaves by its own rounding
    let known = Actions::new(vec![dividend("1970-01-05", 0.95)]).unwrap();
    let new = times(&prices, 0.95 * 1.0003);
    let said = compared(&old, &new, &known, true);
    let bases = vec![PriceBasis::SplitsAndDividends];
    assert_eq!(said, Rebase::Known { bases });
}

#[test]
fn bars_that_are_sums_by_chance_are_corrections() {
    // of 200 quotes 40 are corrected by a step at one end, and some of these are the sum of those after them
    let said = |sums: usize, volume: f64| {
        let mut comparison = Comparison::new(0.00001, false);
        for index in 0..200 {
            let open = 1.08 + (index * 7 % 23) as f64 / 1e5;
            let high = open + 0.00005;
            let is_corrected = index % 5 == 0;
            let again = if is_corrected { high + 0.00003 } else { high };
            comparison.push(&CommonBar {
                start: Timestamp::from_seconds(index as i64 * 60),
                stored: ([open, high, open - 0.00004, open], volume),
                received: ([open, again, open - 0.00004, open], volume),
                factors: (1.0, 1.0),
                is_last: false,
                is_sum: is_corrected && index / 5 < sums,
            });
        }
        comparison.finish()
    };
    for (sums, volume, is_asked) in [
        (0, 0.0, false),
        (3, 0.0, false),
        (4, 0.0, true),
        // a volume that is the sum too is hardly chance
        (0, 50.0, false),
        (1, 50.0, true),
    ] {
        let found = said(sums, volume);
        let first = match &found {
            Rebase::Other(difference) => difference.sum,
            _ => None,
        };
        let at = is_asked.then_some(Timestamp::from_seconds(0));
        assert_eq!(first, at, "{sums} sums of {volume}: {found:?}");
    }
}
