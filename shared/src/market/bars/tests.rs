//! What is refused as a bar or as a series, and where bars end.

use super::*;

fn one_bar(prices: [f64; 4], volume: f64) -> Result<BarSeries, BadSeries> {
    let mut columns = BarColumns::default();
    columns.push(Timestamp::from_seconds(0), prices, volume);
    BarSeries::new(BarInterval::minutes(1), columns)
}

#[test]
fn nonsense_is_refused_with_its_values() {
    let said = |prices, volume| one_bar(prices, volume).unwrap_err().to_string();
    assert!(said([1.0, f64::NAN, 1.0, 1.0], 0.0).contains("high is NaN"));
    assert!(said([1.0, 2.0, 0.0, 1.0], 0.0).contains("low is 0"));
    assert!(said([1.0, 2.0, 0.5, 1.0], -1.0).contains("volume is -1"));
    assert!(said([3.0, 2.0, 0.5, 1.0], 0.0).contains("open 3, high 2"));
    assert!(said([1.0, 2.0, 1.5, 1.6], 0.0).contains("low 1.5"));
    assert!(one_bar([1.0; 4], 0.0).is_ok());
}

#[test]
fn times_must_increase() {
    let mut columns = BarColumns::default();
    for seconds in [60, 120, 120] {
        columns.push(Timestamp::from_seconds(seconds), [1.0; 4], 1.0);
    }
    let said = BarSeries::new(BarInterval::minutes(1), columns)
        .unwrap_err()
        .to_string();
    assert!(
        said.starts_with("bar 2 starts at 1970-01-01T00:02:00Z"),
        "{said}"
    );
}

#[test]
fn a_bar_ends_at_the_close_of_its_session_at_the_latest() {
    let mut columns = BarColumns::default();
    let open = Timestamp::from_seconds(1_711_459_800); // Tuesday 2024-03-26, 9:30 in New York
    for index in 0..7 {
        columns.push(open.plus_seconds(index * 3_600), [1.0; 4], 1.0);
    }
    let series = BarSeries::new(BarInterval::minutes(60), columns.clone()).unwrap();
    let bars = SessionBars::new(series, Calendar::Nyse).unwrap();
    assert_eq!(bars.end()[0].to_string(), "2024-03-26T14:30:00Z");
    assert_eq!(bars.end()[6].to_string(), "2024-03-26T20:00:00Z");
    assert_eq!(
        bars.closes_session().collect::<Vec<_>>(),
        [false, false, false, false, false, false, true]
    );
    assert_eq!(bars.session_closes(), [6]);
    columns.push(open.plus_seconds(7 * 3_600), [1.0; 4], 1.0);
    let late = BarSeries::new(BarInterval::minutes(60), columns).unwrap();
    assert!(matches!(
        SessionBars::new(late, Calendar::Nyse),
        Err(BadSeries::OutsideSession(_))
    ));
}

#[test]
fn bars_that_overlap_and_prices_beyond_any_market_are_refused() {
    let series = |starts: &[i64]| {
        let mut columns = BarColumns::default();
        for &start in starts {
            columns.push(Timestamp::from_seconds(start), [1.0; 4], 1.0);
        }
        BarSeries::new(BarInterval::minutes(60), columns).unwrap()
    };
    assert!(SessionBars::new(series(&[0, 3_600, 10_800]), Calendar::Crypto).is_ok());
    let said = SessionBars::new(series(&[0, 3_600, 7_199]), Calendar::Crypto)
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("1970-01-01T01:59:59Z begins before"),
        "{said}"
    );
    let priced = |price| check_bar(Timestamp(0), [price; 4], 1.0);
    assert_eq!(priced(MAX_PRICE), Ok(()));
    assert!(matches!(priced(1.1e15), Err(BadBar::TooHigh { .. })));
}
