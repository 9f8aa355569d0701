//! Tests of reading predictions.

use proptest::prelude::*;

use super::*;
use crate::base::time::{BarInterval, Timestamp};
use crate::market::bars::{BarColumns, BarSeries};
use crate::market::calendar::Calendar;

/// Forty 60-minute bars from 2023-11-15T00:00:00Z on.
fn bars() -> SessionBars {
    let mut columns = BarColumns::default();
    for hour in 0..40 {
        columns.push(time(hour), [100.0, 101.0, 99.0, 100.0], 1.0);
    }
    let series = BarSeries::new(BarInterval::minutes(60), columns).unwrap();
    SessionBars::new(series, Calendar::Crypto).unwrap()
}

fn time(hour: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_006_400 + hour * 3_600)
}

fn usual() -> PredictionFile {
    PredictionFile::of(TargetField::Close, 3)
}

fn read(text: &str) -> Result<Imported<PredictionSeries>, String> {
    usual()
        .read(text.as_bytes(), &bars())
        .map_err(|bad| bad.to_string())
}

#[test]
fn a_file_of_prices_is_read_with_flags_and_confidence() {
    let text = "timestamp,close,Prediction,is_oos,confidence\n\
                2023-11-15T02:00:00Z,100,104.5,true,0.75\n\
                2023-11-15 01:00,100,99,0,\n\
                2023-11-15T03:00:00Z,100,NaN,1,0.9\n\
                2023-11-15T03:30:00Z,100,101,1,0.9\n";
    let Imported { series, report } = read(text).unwrap();
    let target = Target {
        field: TargetField::Close,
        kind: TargetKind::Price,
        horizon_bars: 3,
    };
    assert_eq!(series.target(), target);
    let row = |hour, value, in_sample, confidence| PredictionRow {
        for_bar: time(hour),
        value,
        in_sample,
        confidence,
    };
    let expected = [row(1, 99.0, true, None), row(2, 104.5, false, Some(0.75))];
    assert_eq!(series.rows(), expected);
    assert_eq!((report.rows, report.empty, report.unmatched), (3, 1, 1));
    assert_eq!(report.first_unmatched.map(|row| row.line), Some(5));
    // as spreadsheets save it as "Unicode text"
    let units = core::iter::once(0xfeff).chain(text.encode_utf16());
    let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    let again = usual().read(&bytes, &bars()).unwrap();
    assert_eq!(again.series.rows(), expected);
}

#[test]
fn without_a_flag_the_whole_series_is_in_sample() {
    let series = read("time;log_return\n1700006400;-0.01\n1700010000;0.02\n")
        .unwrap()
        .series;
    assert_eq!(series.target().kind, TargetKind::LogReturn);
    assert_eq!(series.rows().len(), 2);
    assert!(
        series
            .rows()
            .iter()
            .all(|row| row.in_sample && row.confidence.is_none())
    );
    let flagged = read("time,r,in_sample\n1700006400,0.1,no\n")
        .unwrap()
        .series;
    assert!(!flagged.rows()[0].in_sample);
}

#[test]
fn columns_zone_and_labels_are_as_the_user_says() {
    let file = PredictionFile {
        row_time: RowTime::BarEnd,
        zone: TimeZoneChoice::Exchange(Calendar::Nyse),
        columns: PredictionColumns {
            time: Some("when".to_owned()),
            value: Some("yhat".to_owned()),
            kind: Some(TargetKind::LogReturn),
            out_of_sample: Some("test".to_owned()),
            confidence: Some("p".to_owned()),
            ..PredictionColumns::default()
        },
        ..usual()
    };
    // 21:00 in New York is 02:00 UTC of the next day, the end of the bar from 01:00
    let text = "when,time,yhat,price,test,p\n2023-11-14 21:00,0,0.5,7,yes,1\n";
    let series = file.read(text.as_bytes(), &bars()).unwrap().series;
    let expected = PredictionRow {
        for_bar: time(1),
        value: 0.5,
        in_sample: false,
        confidence: Some(1.0),
    };
    assert_eq!(series.rows(), [expected]);
    let unsaid = PredictionFile {
        columns: PredictionColumns {
            kind: None,
            ..file.columns.clone()
        },
        ..file
    };
    let refused = unsaid.read(text.as_bytes(), &bars()).unwrap_err();
    assert!(refused.to_string().contains("a price or a log return"));
}

#[test]
fn what_cannot_be_read_is_named_with_its_line_and_column() {
    for (text, words) in [
        (
            "time,close\n1700006400,5\n",
            "no column is called prediction or pred",
        ),
        (
            "when,pred\n1700006400,5\n",
            "no column is called time or timestamp",
        ),
        (
            "time,pred,r\n1700006400,5,0\n",
            "pred and r could each be the prediction",
        ),
        (
            "time,pred,in_sample,is_oos\n1700006400,5,1,0\n",
            "in_sample and is_oos could each",
        ),
        (
            "time,pred\n1700006400,5\n1700010000,five\n",
            "line 3, column \"pred\": \"five\" is no finite number",
        ),
        (
            "time,pred\n1700006400,-5\n",
            "line 2, column \"pred\": \"-5\" is no price",
        ),
        (
            "time,pred\n1700006400,1e300\n",
            "line 2, column \"pred\": \"1e300\" is no price",
        ),
        (
            "time,r\n1700006400,104.2\n",
            "line 2, column \"r\": \"104.2\" is no log return",
        ),
        (
            "time,pred,confidence\n1700006400,5,75\n",
            "line 2, column \"confidence\": \"75\" is no confidence",
        ),
        (
            "time,pred,in_sample\n1700006400,5,\n",
            "line 2, column \"in_sample\": \"\" is neither",
        ),
        (
            "time,pred\nyesterday,5\n",
            "line 2, column \"time\": \"yesterday\" is no time",
        ),
        (
            "time,pred\n1700006400,5\n1700010000,5\n1700006400,6\n",
            "lines 2 and 4 both belong",
        ),
        ("time,pred\n", "the file has no row"),
        ("time,pred\n1700006400,\n", "the file has no row"),
        (
            "time,pred\n1700006401,5\n",
            "none of the 1 rows belongs to a bar: the first is for 2023-11-15T00:00:01Z (line 2)",
        ),
    ] {
        let refused = read(text).unwrap_err();
        assert!(refused.starts_with(words), "{refused}");
    }
    let blind = PredictionFile::of(TargetField::Close, 0);
    let refused = blind.read(b"time,pred\n1700006400,5\n", &bars());
    assert!(refused.unwrap_err().to_string().contains("horizon"));
}

/// A table that is right, to be damaged.
fn table() -> String {
    let row = |hour: i64| format!("{},{},{},0.5\n", time(hour), 100 + hour, hour % 2);
    let rows: String = (0..40).map(row).collect();
    format!("time,pred,is_oos,confidence\n{rows}")
}

proptest! {
    #[test]
    fn nothing_panics_whatever_the_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(usual().read(&bytes, &bars()));
    }

    #[test]
    fn nothing_panics_however_a_table_is_damaged(
        damage in proptest::collection::vec((0usize..1_300, any::<u8>()), 1..20),
        cut in 0usize..1_300,
    ) {
        let mut bytes = table().into_bytes();
        for (at, byte) in damage {
            if let Some(slot) = bytes.get_mut(at) {
                *slot = byte;
            }
        }
        bytes.truncate(cut);
        if let Ok(read) = usual().read(&bytes, &bars()) {
            prop_assert!(read.series.rows().len() as u64 + read.report.unmatched == read.report.rows);
        }
    }

    #[test]
    fn the_order_of_the_lines_does_not_matter(seed in any::<u64>()) {
        let text = table();
        let mut lines: Vec<&str> = text.lines().skip(1).collect();
        let mut random = crate::base::random::Random::new(seed, 0);
        for index in (1..lines.len()).rev() {
            lines.swap(index, (random.uniform() * (index + 1) as f64) as usize);
        }
        let shuffled = format!("time,pred,is_oos,confidence\n{}\n", lines.join("\n"));
        prop_assert_eq!(read(&shuffled).unwrap().series.digest(), read(&text).unwrap().series.digest());
    }
}
