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
        let expected = if said == "two splits" { 3 } else { line };
        assert_eq!(refused.line, expected, "{text:?}");
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

#[test]
fn a_change_of_basis_is_found_and_nothing_else_is() {
    let prices = [645.57, 646.2, 644.9, 640.0, 651.3];
    let old = bars(0, &prices);
    let new = |ratio: f64| {
        bars(
            60,
            &prices[1..]
                .iter()
                .map(|price| price * ratio)
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(
        detect_rebase(&old, &new(1.0), 0.01),
        Rebase::Same { bars: 4 }
    );
    for (ratio, expected) in [(1.0 / 7.0, 7.0), (0.1, 10.0), (10.0, 0.1), (2.0 / 3.0, 1.5)] {
        let found = detect_rebase(&old, &new(ratio), 0.01);
        let Rebase::Changed {
            bars: 4, action, ..
        } = found
        else {
            panic!("{ratio}: {found:?}");
        };
        assert_eq!(action, ActionKind::Split { ratio: expected });
    }
    let Rebase::Changed {
        action: ActionKind::Dividend { factor },
        ..
    } = detect_rebase(&old, &new(0.9944), 0.01)
    else {
        panic!("a dividend is found");
    };
    assert!((factor - 0.9944).abs() < 1e-4);
    let mut changed = prices;
    changed[2] = 600.0;
    let other = bars(0, &changed);
    assert_eq!(
        detect_rebase(&old, &other, 0.01),
        Rebase::Inconsistent { bars: 5, unlike: 1 }
    );
    assert_eq!(
        detect_rebase(&old, &bars(6_000, &prices), 0.01),
        Rebase::NoOverlap
    );
    // a constant factor over which one bar differs is no split
    let mut divided: Vec<f64> = prices.iter().map(|price| price / 7.0).collect();
    divided[1] = 600.0;
    let found = detect_rebase(&old, &bars(0, &divided), 0.01);
    assert_eq!(found, Rebase::Inconsistent { bars: 5, unlike: 1 });
}
