//! Files read without a word about them, cleaned: what pandas makes of them knowing how they are written.

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::{Cleaned, clean};
use atrium_shared::market::intake::{
    Certainty, Detection, Kept, Limits, Reading, TimeForm, read_all,
};

use super::{canonical_text, golden, minute, sha256, source};

fn read(file: &str, reading: Reading) -> Option<(Detection, Kept)> {
    let path = atrium_tests::test_data(file)?;
    let bytes = std::fs::read(path).unwrap();
    let read = read_all(
        &[(file, &bytes)],
        &reading,
        Limits::default(),
        Kept::default(),
    );
    let (detection, kept) = read.unwrap();
    assert_eq!(detection.refusal, None);
    Some((detection, kept))
}

/// Reads and cleans a file, and holds it against the golden file.
fn read_as_pandas(file: &str, name: &str, calendar: Calendar) -> Option<(Detection, Cleaned)> {
    let (detection, kept) = read(file, Reading::detect(calendar))?;
    let cleaned = clean(detection.interval.value, &kept.rows).unwrap();
    let expected = &golden().files[name];
    assert_eq!(expected["interval"], detection.interval.value.seconds());
    let text = canonical_text(&cleaned.bars, false);
    assert_eq!(sha256(&text), expected["sha256"], "{name}");
    let found = &cleaned.report;
    assert_eq!(found.rows, expected["cleaning"]["rows"], "{name}");
    assert_eq!(
        found.exact_duplicates, expected["cleaning"]["exact_duplicates"],
        "{name}"
    );
    Some((detection, cleaned))
}

#[test]
fn shares_of_the_west_coast_are_read_as_pandas_reads_them() {
    for symbol in ["NVDA", "SPY", "QQQ", "TSLA", "AAPL", "MSFT"] {
        let file = format!("us_5m_stratback/{symbol}_5m.csv");
        let name = format!("{symbol}_5m");
        let Some((detection, _)) = read_as_pandas(&file, &name, Calendar::Nyse) else {
            return;
        };
        assert_eq!(detection.counts.rejected, 0, "{symbol}");
        assert_eq!(detection.labels.value.to_string(), "start", "{symbol}");
        let column = |field: &str| {
            let found = detection.fields.iter();
            let mut found = found.filter(|found| found.field.name() == field);
            found.next().unwrap().column.clone()
        };
        // the dates alone tell the zone as well
        let mut by_date = Reading::detect(Calendar::Nyse);
        by_date.columns.time = Some("date".to_owned());
        let dates = read(&file, by_date).unwrap().0.zone.unwrap();
        assert_eq!(dates.value.to_string(), "America/Los_Angeles", "{symbol}");
        assert_eq!(dates.certainty, Certainty::Sure, "{symbol}");
        if symbol != "AAPL" {
            assert_eq!(column("time"), "datetime");
            continue;
        }
        // the epochs lost their digits
        assert_eq!(column("time"), "date");
        assert_eq!(detection.zone, Some(dates));
        let passed_over = detection
            .passed_over
            .iter()
            .find(|other| other.column == "datetime");
        assert!(passed_over.unwrap().times < passed_over.unwrap().rows);
        assert_eq!(
            detection.time_forms,
            [
                (TimeForm::DateTime, 18_564 - 14_898),
                (TimeForm::ShortDateTime, 14_898)
            ]
        );
    }
}

#[test]
fn packed_minutes_of_crypto_are_read_as_pandas_reads_them() {
    let file = "binance_1m/BTCUSDT_1m_2023.csv.gz";
    let read = read_as_pandas(file, "BTCUSDT_2023", Calendar::Crypto);
    let Some((detection, _)) = read else { return };
    assert_eq!(detection.time_forms, [(TimeForm::EpochMillis, 525_520)]);
}

#[test]
fn days_among_the_hours_of_silver_are_noticed_and_set_aside() {
    let Some((detection, kept)) = read(
        "xagusd_simom1/XAGUSD_H1.csv",
        Reading::detect(Calendar::Metals),
    ) else {
        return;
    };
    let silver = golden().silver;
    assert_eq!(silver["rows"], detection.counts.rows);
    assert_eq!(detection.interval.value, BarInterval::minutes(60));
    let [days] = &detection.foreign[..] else {
        panic!("{:?}", detection.foreign);
    };
    assert_eq!(days.interval, BarInterval::Day);
    assert_eq!(silver["daily_rows"], days.rows);
    let last_day = silver["last_daily"].as_str().unwrap();
    assert!(
        last_day.starts_with(&days.last[..10]),
        "{last_day}: {}",
        days.last
    );
    assert_eq!(silver["daily_rows"], detection.counts.rejected);
    // 2018-03-19 01:00 of the broker's clock is 18:00 of the day before in New York
    let first = kept.rows.bars.start[0].to_string();
    assert_eq!(first, "2018-03-18T22:00:00Z");
    let zone = detection.zone.unwrap();
    assert_eq!(zone.value.to_string(), "America/New_York+7h");
}

#[test]
fn a_packed_day_of_lean_is_read_as_by_hand() {
    let file = "lean/Data/equity/usa/minute/aapl/20140609_trade.zip";
    let Some((detection, kept)) = read(file, Reading::detect(Calendar::Nyse)) else {
        return;
    };
    let Some(by_hand) = source::lean_minutes("aapl", &["20140609"]) else {
        return;
    };
    assert_eq!(detection.interval.value, minute());
    assert_eq!(kept.rows.bars, by_hand.bars);
    // the bad print of 4:00
    let bars = &kept.rows.bars;
    assert_eq!(
        (
            bars.start[0].to_string().as_str(),
            bars.open[0],
            bars.low[0]
        ),
        ("2014-06-09T08:00:00Z", 645.57, 92.23)
    );
}
