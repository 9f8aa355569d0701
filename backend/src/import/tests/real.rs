//! Files of real market data, and the process that decodes files.

use std::path::Path;

use atrium_shared::market::bars::Instrument;

use super::super::*;
use super::{GOOD, assert_says, refused};
use crate::testing::{Sandbox, test_data};

#[test]
fn a_year_of_real_minutes_gives_the_known_counts() {
    let Some(file) = test_data("a_year_of_real_minutes", "spy_1m_admf/SPY_1m.parquet") else {
        return;
    };
    let sandbox = Sandbox::new();
    let file = file.display().to_string();
    let said = sandbox
        .run(&["import", &file, "--symbol", "SPY", "--json"])
        .unwrap();
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(json["data_set"]["rows"], 102_236);
    assert_eq!(json["data_set"]["first"], "2024-03-26T13:30:00Z");
    let preview =
        serde_json::json!({"interval": "60min", "bars": 1_782, "left_out": 2_717, "folded": 255});
    assert_eq!(json["preview"], preview);
}

#[test]
fn dirty_real_files_are_refused_with_their_first_bad_line() {
    let expected = [
        (
            "us_5m_stratback/AAPL_5m.csv",
            "line 2: time \"1.64E+12\" is no time",
        ),
        ("us_5m_stratback/NVDA_5m.csv", "503 of "),
        (
            "xagusd_simom1/XAGUSD_H1.csv",
            "no column for volume was found",
        ),
        ("binance_1m/BTCUSDT_1m_2023.csv.gz", "is compressed"),
    ];
    for (file, message) in expected {
        let Some(path) = test_data("dirty_real_files", file) else {
            return;
        };
        assert_says(&refused(&Sandbox::new(), &path, &[]), &[message]);
    }
}

/// Programs that do not answer as a decoder does, as after a crash.
#[cfg(unix)]
#[test]
fn a_decoder_that_stops_is_reported() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("good.csv", GOOD);
    let options = ImportOptions {
        columns: ColumnFlags::default(),
        zone: Zone::Utc,
        labels: Labels::Start,
        interval: None,
        instrument: Instrument::us_share("SPY"),
    };
    for (program, reason) in [
        ("false", "exit status: 1"),
        ("true", "its answer was not complete"),
        ("echo", "its answer was not complete"),
        ("/missing/atrium", "it could not be started"),
    ] {
        let error = read_file_isolated(Path::new(program), &path, &options);
        let error = error.unwrap_err().to_string();
        assert_says(
            &error,
            &[
                "good.csv cannot be imported",
                "the process that decodes it stopped",
                reason,
            ],
        );
    }
}

#[test]
fn the_answer_of_a_decoder_is_what_was_read() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("good.csv", GOOD);
    let options = r#"{"columns": [null, null, null, null, null, null], "zone": "utc", "labels": "start", "interval": null,
        "instrument": {"symbol": "SPY", "currency": "USD", "tick_size": 0.01, "lot_size": 1, "multiplier": 1,
            "min_quantity": 1, "min_notional": 0, "calendar": "nyse"}}"#;
    let mut out = Vec::new();
    decode(options, &path, &mut out).unwrap();
    let end_of_line = out.iter().position(|&byte| byte == b'\n').unwrap();
    let bars = atrium_shared::surface::wire::decode(&out[end_of_line + 1..]).unwrap();
    let read = read_file(&path, &serde_json::from_str(options).unwrap()).unwrap();
    assert_eq!(bars, read.bars);
}
