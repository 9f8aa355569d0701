use super::*;
use crate::market::bars::BarColumns;

/// Minute bars of the NYSE session of 2024-07-03 (early close at 13:00), from 4:00 to 20:00 New York time.
fn early_close_day() -> BarSeries {
    let mut columns = BarColumns::default();
    let four = Timestamp::from_seconds(1_719_993_600);
    for minute in 0..960i32 {
        let price = 100.0 + f64::from(minute) / 100.0;
        columns.push(
            four.plus_seconds(i64::from(minute) * 60),
            [price, price + 0.5, price - 0.5, price + 0.25],
            10.0,
        );
    }
    BarSeries::new(BarInterval::minutes(1), columns).unwrap()
}

#[test]
fn bars_align_to_the_open_and_stop_at_an_early_close() {
    let Resampled { bars, report } =
        resample(&early_close_day(), BarInterval::minutes(60), Calendar::Nyse).unwrap();
    let starts: Vec<String> = bars
        .series()
        .start()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        starts,
        [
            "2024-07-03T13:30:00Z",
            "2024-07-03T14:30:00Z",
            "2024-07-03T15:30:00Z",
            "2024-07-03T16:30:00Z"
        ]
    );
    assert_eq!(bars.end()[3].to_string(), "2024-07-03T17:00:00Z");
    // 330 minutes before the open and 419 after the closing print of 13:00
    assert_eq!(
        report,
        ResampleReport {
            left_out: 330 + 419,
            folded: 1
        }
    );
    let volumes = bars.series().volume();
    assert_eq!(volumes, [600.0, 600.0, 600.0, 310.0]);
    // the first bar opens with minute 330 and peaks with minute 389; the last one closes with the closing print, minute 540
    assert_eq!(bars.series().open()[0].to_bits(), 103.3f64.to_bits());
    assert_eq!(
        bars.series().high()[0].to_bits(),
        (100.0f64 + 3.89 + 0.5).to_bits()
    );
    assert_eq!(
        bars.series().close()[3].to_bits(),
        (100.0f64 + 5.4 + 0.25).to_bits()
    );
}

#[test]
fn a_daily_bar_starts_at_the_open_and_a_wrong_multiple_is_refused() {
    let day = resample(&early_close_day(), BarInterval::Day, Calendar::Nyse)
        .unwrap()
        .bars;
    assert_eq!(
        (day.series().len(), day.end()[0].to_string().as_str()),
        (1, "2024-07-03T17:00:00Z")
    );
    let half = resample(&early_close_day(), BarInterval::Seconds(90), Calendar::Nyse);
    assert!(half.unwrap_err().to_string().contains("multiple of 1min"));
}

/// Bars of one price each, `step` seconds apart from `first` on.
fn steps(first: i64, step: i64, prices: &[f64]) -> BarSeries {
    let mut columns = BarColumns::default();
    for (index, &price) in prices.iter().enumerate() {
        columns.push(
            Timestamp::from_seconds(first + index as i64 * step),
            [price; 4],
            1.0,
        );
    }
    BarSeries::new(BarInterval::Seconds(step as u32), columns).unwrap()
}

#[test]
fn a_market_that_never_closes_loses_and_folds_nothing() {
    for minutes in [1, 5, 60] {
        let count = 3 * 1_440 / minutes;
        let prices: Vec<f64> = (0..count).map(|index| 100.0 + f64::from(index)).collect();
        let base = steps(1_704_067_200, i64::from(minutes) * 60, &prices);
        let Resampled { bars, report } =
            resample(&base, BarInterval::minutes(60), Calendar::Crypto).unwrap();
        assert_eq!(
            (bars.series().len(), report),
            (72, ResampleReport::default())
        );
        // the bar of midnight opens its own day
        let per_hour = 60 / minutes as usize;
        assert_eq!(
            bars.series().open()[24].to_bits(),
            prices[24 * per_hour].to_bits()
        );
        assert_eq!(
            bars.series().close()[23].to_bits(),
            prices[24 * per_hour - 1].to_bits()
        );
    }
}

#[test]
fn a_closing_print_without_its_bar_is_left_out() {
    // minutes of 2024-03-26 up to 15:49 New York time, then the print of 16:00
    let open = 1_711_459_800;
    let mut columns = BarColumns::default();
    for minute in 0..380 {
        columns.push(Timestamp::from_seconds(open + minute * 60), [100.0; 4], 1.0);
    }
    columns.push(Timestamp::from_seconds(open + 390 * 60), [150.0; 4], 1.0);
    let base = BarSeries::new(BarInterval::minutes(1), columns).unwrap();
    for (interval, folded) in [
        (BarInterval::minutes(10), 0),
        (BarInterval::minutes(30), 1),
        (BarInterval::Day, 1),
    ] {
        let cut = resample(&base, interval, Calendar::Nyse).unwrap();
        assert_eq!(
            (cut.report.folded, cut.report.left_out),
            (folded, 1 - folded),
            "{interval}"
        );
    }
}

#[test]
fn bars_aligned_to_the_clock_are_refused_not_relabelled() {
    let clock_hours = steps(1_711_461_600, 3_600, &[100.0; 5]);
    let said = resample(&clock_hours, BarInterval::minutes(60), Calendar::Nyse)
        .unwrap_err()
        .to_string();
    assert!(
        said.starts_with("the 60min bar at 2024-03-26T14:00:00Z reaches across"),
        "{said}"
    );
    // half hours fit both grids
    let half_hours = steps(1_711_461_600, 1_800, &[100.0; 10]);
    assert!(resample(&half_hours, BarInterval::minutes(30), Calendar::Nyse).is_ok());
}

#[test]
fn a_daily_bar_belongs_to_the_session_of_its_date() {
    for (first, zone) in [(1_711_411_200, "UTC"), (1_711_425_600, "New York")] {
        let mut columns = BarColumns::default();
        // Tuesday 2024-03-26 to Monday, at midnight; Good Friday and the weekend have no session
        for day in 0..7 {
            columns.push(
                Timestamp::from_seconds(first + day * 86_400),
                [100.0; 4],
                1.0,
            );
        }
        let base = BarSeries::new(BarInterval::Day, columns).unwrap();
        let cut = resample(&base, BarInterval::Day, Calendar::Nyse).unwrap();
        assert_eq!(
            (cut.bars.series().len(), cut.report.left_out),
            (4, 3),
            "{zone}"
        );
        assert_eq!(
            cut.bars.series().start()[0].to_string(),
            "2024-03-26T13:30:00Z",
            "{zone}"
        );
    }
}
