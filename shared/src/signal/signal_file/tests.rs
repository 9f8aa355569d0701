//! Tests of reading signals.

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

fn read(text: &str) -> Result<Imported<SignalSeries>, String> {
    let read = SignalFile::default().read(text.as_bytes(), &bars());
    read.map_err(|bad| bad.to_string())
}

/// A text as spreadsheets save it as "Unicode text".
fn in_utf16(text: &str) -> Vec<u8> {
    let mark = '\u{feff}'.to_string() + text;
    mark.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn signal(direction: Direction) -> Signal {
    Signal {
        direction,
        size: None,
        target: None,
        stop: None,
    }
}

#[test]
fn a_file_of_signals_is_known_by_its_column_of_sides() {
    for head in [
        "time,side\n",
        "\u{feff}Time;Side;Size\n2024-01-02;long",
        "\n\"time\"\t\"Signal\"\n",
        "time,direction,tp",
    ] {
        assert!(names_a_side(head.as_bytes()), "{head}");
    }
    for head in [
        "",
        "\n\n",
        "Date,Open,High,Low,Close,Volume\n6/27/2024 9:30,1,1,1,1,1",
        "2024-01-02T14:30:00Z,long\n",
        "PK\u{3}\u{4}side,",
        "time,sidereal,open\n",
    ] {
        assert!(!names_a_side(head.as_bytes()), "{head}");
    }
    assert!(!names_a_side(&[0x1f, 0x8b, 0x08, 0xff, 0x2c]));
    assert!(names_a_side(&in_utf16("time\tside\n")));
}

#[test]
fn a_file_of_signals_is_read_with_sizes_and_levels() {
    let text = "date,side,size,tp,sl,note\n\
                2023-11-15T03:00:00Z,exit,,,,done\n\
                2023-11-15T01:00:00Z,Long,10.5,104,98,\n\
                2023-11-15T02:00:00Z,,,,,nothing here\n\
                2023-11-15T05:00:00Z,-1,,,104,\"short, no target\"\n\
                2023-11-25T05:00:00Z,1,,,,later than the bars\n";
    let Imported { series, report } = read(text).unwrap();
    let expected = [
        SignalRow {
            for_bar: time(1),
            signal: Signal {
                direction: Direction::Long,
                size: Some(10.5),
                target: Some(104.0),
                stop: Some(98.0),
            },
        },
        SignalRow {
            for_bar: time(3),
            signal: signal(Direction::Flat),
        },
        SignalRow {
            for_bar: time(5),
            signal: Signal {
                stop: Some(104.0),
                ..signal(Direction::Short)
            },
        },
    ];
    assert_eq!(series.rows(), expected);
    assert_eq!((report.rows, report.empty, report.unmatched), (4, 1, 1));
    assert_eq!(report.first_unmatched.map(|row| row.line), Some(6));
    assert_eq!(report.passed_over, ["note"]);
    let again = SignalFile::default().read(&in_utf16(text), &bars());
    assert_eq!(again.unwrap().series.rows(), expected);
}

#[test]
fn signals_of_another_instrument_are_refused() {
    let file = SignalFile {
        symbol: Some("BTCUSDT".to_owned()),
        ..SignalFile::default()
    };
    let text = |symbols: [&str; 3]| {
        let mut text = "time,Ticker,side,weight,price\n".to_owned();
        for (hour, symbol) in symbols.into_iter().enumerate() {
            text += &format!("{},{symbol},long,1,2\n", time(hour as i64));
        }
        text
    };
    let read = |file: &SignalFile, symbols| {
        let read = file.read(text(symbols).as_bytes(), &bars());
        read.map_err(|bad| bad.to_string())
    };
    let right = read(&file, ["BTCUSDT", "BINANCE:btc/usdt", ""]).unwrap();
    assert_eq!(right.series.rows().len(), 3);
    assert_eq!(right.report.passed_over, ["weight", "price"]);
    let refused = read(&file, ["BTCUSDT", "BTCUSDT", "ETHUSDT"]).unwrap_err();
    assert!(
        refused.starts_with(
            "line 4, column \"Ticker\": \"ETHUSDT\" is another instrument than BTCUSDT"
        ) && refused.contains("keep the rows of BTCUSDT alone"),
        "{refused}"
    );
    assert!(
        read(&file, ["ETHUSDT"; 3])
            .unwrap_err()
            .starts_with("line 2")
    );
    // of bars that nothing is known of, they are of one instrument all the same
    assert!(read(&SignalFile::default(), ["ETHUSDT"; 3]).is_ok());
    let refused = read(&SignalFile::default(), ["ETH", "BTC", "ETH"]).unwrap_err();
    assert!(refused.starts_with("line 3"), "{refused}");
}

#[test]
fn every_word_for_a_side_is_known() {
    for (words, direction) in [
        ("long LONG buy Buy 1 +1 1.0", Direction::Long),
        ("short sell SELL -1 -1.0", Direction::Short),
        ("flat exit close 0 0.0", Direction::Flat),
    ] {
        for word in words.split(' ') {
            let series = read(&format!("time,signal\n1700006400,{word}\n"))
                .unwrap()
                .series;
            assert_eq!(series.rows()[0].signal, signal(direction), "{word}");
        }
    }
}

#[test]
fn a_signal_is_decided_at_the_first_end_of_a_bar_after_it_is_known() {
    let file = SignalFile {
        row_time: RowTime::KnownAt,
        ..SignalFile::default()
    };
    let text = "time,side\n2023-11-15T00:59:59Z,buy\n2023-11-15T02:00:00Z,sell\n2023-11-15T02:00:01Z,exit\n";
    let series = file.read(text.as_bytes(), &bars()).unwrap().series;
    let decided: Vec<Timestamp> = series.rows().iter().map(|row| row.for_bar).collect();
    assert_eq!(decided, [time(0), time(1), time(2)]);
    let text = "time,side\n2023-11-15T00:10:00Z,buy\n2023-11-15T00:20:00Z,exit\n";
    let refused = file.read(text.as_bytes(), &bars()).unwrap_err().to_string();
    assert!(refused.starts_with("lines 2 and 3 both belong to the bar of 2023-11-15T00:00:00Z"));
}

#[test]
fn what_cannot_be_read_is_named_with_its_line_and_column() {
    for (text, words) in [
        (
            "time,size\n1700006400,5\n",
            "no column is called side or signal",
        ),
        (
            "time,side\n1700006400,up\n",
            "line 2, column \"side\": \"up\" is no side",
        ),
        (
            "time,side\n1700006400,none\n",
            "line 2, column \"side\": \"none\" is no side",
        ),
        (
            "time,side\n1700006400,buy\n1700010000,sell\n1700006400,exit\n",
            "lines 2 and 4 both",
        ),
        (
            "time,side,size\n1700006400,buy,ten\n",
            "line 2, column \"size\": \"ten\" is no finite number",
        ),
        (
            "time,side,size\n1700006400,buy,0\n",
            "line 2, column \"side\": \"buy\" cannot stand: size is 0",
        ),
        (
            "time,side,tp,sl\n1700006400,buy,98,104\n",
            "line 2, column \"side\": \"buy\" cannot stand: a long signal has its target at 98",
        ),
        (
            "time,side,tp\n1700006400,flat,98\n",
            "line 2, column \"side\": \"flat\" cannot stand: a flat signal has a target",
        ),
        (
            "time,side\n1700000000,buy\n",
            "none of the 1 rows belongs to a bar",
        ),
    ] {
        let refused = read(text).unwrap_err();
        assert!(refused.starts_with(words), "{refused}");
    }
}

proptest! {
    #[test]
    fn nothing_panics_whatever_the_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(SignalFile::default().read(&bytes, &bars()));
    }

    #[test]
    fn nothing_panics_however_a_table_is_damaged(
        damage in proptest::collection::vec((0usize..900, any::<u8>()), 1..20),
        known_at in any::<bool>(),
    ) {
        let row = |hour: i64| format!("{},{},1,104,98\n", time(hour), if hour % 2 == 0 { "long" } else { "1" });
        let mut bytes = format!("time,side,size,tp,sl\n{}", (0..20).map(row).collect::<String>()).into_bytes();
        for (at, byte) in damage {
            if let Some(slot) = bytes.get_mut(at) {
                *slot = byte;
            }
        }
        let row_time = if known_at { RowTime::KnownAt } else { RowTime::BarStart };
        let file = SignalFile { row_time, ..SignalFile::default() };
        if let Ok(read) = file.read(&bytes, &bars()) {
            prop_assert!(read.series.rows().iter().all(|row| row.signal.validate().is_ok()));
        }
    }
}
