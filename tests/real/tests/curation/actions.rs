//! AAPL over its split of 2014-06-09, adjusted from LEAN's factor file, and rows of another interval in a file.

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::actions::{ActionKind, parse_factor_file};
use atrium_shared::market::bars::BarSeries;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::{Curated, clean, resample};
use atrium_shared::market::intake::Rows;
use serde_json::{Value, json};

use super::{golden, minute, source};

fn aapl(rows: &Rows, interval: BarInterval) -> Option<Curated> {
    let path = atrium_tests::test_data("lean/Data/equity/usa/factor_files/aapl.csv")?;
    let text = std::fs::read_to_string(path).unwrap();
    let actions = parse_factor_file(&text, Calendar::Nyse).unwrap();
    let cleaned = clean(interval, rows).unwrap();
    Some(cleaned.bars.with_actions(actions))
}

fn jumps(bars: &BarSeries) -> Value {
    let closes = bars.close().iter().zip(bars.close().iter().skip(1));
    let changes = closes.map(|(before, close)| close / before - 1.0);
    let large = bars.start().iter().skip(1).zip(changes);
    large
        .filter(|(_, change)| change.abs() > 0.5)
        .map(|(start, change)| json!([start, (change * 1e4).round() / 1e4]))
        .collect()
}

#[test]
fn splits_of_the_factor_file_leave_no_jump() {
    let Some(daily) = source::lean_daily("aapl") else {
        return;
    };
    let Some(daily) = aapl(&daily, BarInterval::Day) else {
        return;
    };
    let golden = golden().aapl;
    assert_eq!(golden["daily_rows"], daily.bars().len());
    assert_eq!(jumps(&daily.real()), golden["daily_raw"]);
    let adjusted = daily.adjusted(Calendar::Nyse).unwrap();
    assert_eq!(jumps(&adjusted), golden["daily_adjusted"]);
    assert_eq!(golden["daily_adjusted"].as_array().unwrap().len(), 1);

    let splits: Vec<String> = daily
        .actions()
        .list()
        .iter()
        .filter(|action| matches!(action.kind, ActionKind::Split { .. }))
        .map(ToString::to_string)
        .collect();
    let expected = [
        "split 2:1 on 2000-06-21",
        "split 2:1 on 2005-02-28",
        "split 7:1 on 2014-06-09",
        "split 4:1 on 2020-08-31",
    ];
    assert_eq!(splits, expected);
    // the shares traded grow as the prices shrink
    let mut volumes = daily.bars().volume().iter().zip(adjusted.volume());
    let (raw, split) = volumes.clone().next().unwrap();
    assert!((split / raw - 112.0).abs() < 1e-9);
    let (raw, last) = volumes.next_back().unwrap();
    assert_eq!(raw.to_bits(), last.to_bits());
}

#[test]
fn minutes_over_the_split_leave_no_jump() {
    let dates = ["20140605", "20140606", "20140609"];
    let Some(minutes) = source::lean_minutes("aapl", &dates) else {
        return;
    };
    let Some(minutes) = aapl(&minutes, minute()) else {
        return;
    };
    let golden = golden().aapl;
    assert_eq!(golden["minute_rows"], minutes.bars().len());
    let regular = |bars: &BarSeries| resample(bars, minute(), Calendar::Nyse).unwrap().bars;
    // the closing prints fold, which pandas does not do: they change no close by half
    let raw = regular(&minutes.real());
    assert_eq!(golden["regular_rows"], raw.series().len());
    assert_eq!(jumps(raw.series()), golden["minutes_raw"]);
    let adjusted = regular(&minutes.adjusted(Calendar::Nyse).unwrap());
    assert_eq!(jumps(adjusted.series()), golden["minutes_adjusted"]);
    assert!(golden["minutes_adjusted"].as_array().unwrap().is_empty());
    let first: f64 = golden["first_close_adjusted"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    // splits are whole here and rounded to seven digits in the file
    assert!((adjusted.series().close()[0] / first - 1.0).abs() < 1e-5);
    // what is before the open of 2014-06-09 is on the new basis already
    let factors = minutes.factors(Calendar::Nyse);
    let starts = minutes.bars().start();
    let midnight: Timestamp = Timestamp::from_seconds(1_402_286_400);
    let at = starts.partition_point(|start| *start < midnight);
    assert!((factors[at] / factors[at - 1] - 7.0).abs() < 1e-9);
    assert_eq!(starts[at].to_string(), "2014-06-09T08:00:00Z");
}
