//! What is printed and written, read back.

use std::fs::{self, File};

use atrium_shared::base::digest::{Digest, Hasher};
use polars::prelude::{DataFrame, ParquetReader, SerReader};
use serde_json::Value;

use super::*;
use crate::outputs::features::{METADATA_KEY, START};
use crate::testing::{Sandbox, set};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.store().put(&set("SIM", 60, 1), false).unwrap();
    sandbox
}

fn printed(sandbox: &Sandbox, words: &[&str]) -> Value {
    serde_json::from_str(&sandbox.run(words).unwrap()).unwrap()
}

/// The matrix digest of row keys and values that were read from a file.
fn digest_of(manifest: &Manifest, start: &[i64], rows: &[Vec<f64>]) -> Digest {
    let mut hasher = Hasher::new("atrium/feature-matrix/1");
    hasher.digest(&manifest.features.hash());
    hasher.u64(u64::from(manifest.interval.seconds()));
    hasher.i64_column(start.iter().copied());
    hasher.f64_column(&rows.concat());
    hasher.finish().unwrap()
}

fn read_parquet(path: &Path) -> (Manifest, Vec<i64>, Vec<Vec<f64>>) {
    let mut reader = ParquetReader::new(File::open(path).unwrap());
    let metadata = reader
        .get_metadata()
        .unwrap()
        .key_value_metadata()
        .clone()
        .unwrap();
    let found = metadata
        .iter()
        .find(|pair| pair.key == METADATA_KEY)
        .unwrap();
    let manifest: Manifest = serde_json::from_str(found.value.as_ref().unwrap()).unwrap();
    let frame: DataFrame = reader.finish().unwrap();
    let start = frame.column(START).unwrap().datetime().unwrap().physical();
    let start: Vec<i64> = start.iter().map(Option::unwrap).collect();
    let names: Vec<&str> = manifest.features.names().collect();
    let mut rows = vec![Vec::new(); start.len()];
    for name in names {
        let column = frame.column(name).unwrap().f64().unwrap();
        for (row, value) in rows.iter_mut().zip(column.iter()) {
            row.push(value.unwrap());
        }
    }
    (manifest, start, rows)
}

fn read_csv(path: &Path) -> (Manifest, Vec<i64>, Vec<Vec<f64>>) {
    let beside = format!("{}.json", path.display());
    let manifest: Manifest = serde_json::from_str(&fs::read_to_string(beside).unwrap()).unwrap();
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = manifest.features.names().collect();
    assert_eq!(
        lines.next(),
        Some(format!("start,{}", names.join(",")).as_str())
    );
    let (mut start, mut rows) = (Vec::new(), Vec::new());
    for line in lines {
        let (at, values) = line.split_once(',').unwrap();
        let at: Timestamp = serde_json::from_value(at.into()).unwrap();
        start.push(at.0);
        rows.push(
            values
                .split(',')
                .map(|value| value.parse().unwrap())
                .collect(),
        );
    }
    (manifest, start, rows)
}

#[test]
fn what_is_written_is_read_back_bit_for_bit() {
    let sandbox = sandbox();
    for (ending, read) in [
        ("parquet", read_parquet as fn(&Path) -> _),
        ("csv", read_csv),
    ] {
        let path = sandbox.file(&format!("table.{ending}"), "to be replaced");
        let words = path.display().to_string();
        let said = printed(
            &sandbox,
            &[
                "features",
                "SIM",
                "--interval",
                "60min",
                "--out",
                &words,
                "--json",
            ],
        );
        let table = &said["tables"][0];
        let (manifest, start, rows) = read(&path);
        assert_eq!(
            digest_of(&manifest, &start, &rows),
            manifest.matrix_digest,
            "{ending}"
        );
        for (key, value) in [
            (
                "matrix_digest",
                serde_json::to_value(manifest.matrix_digest).unwrap(),
            ),
            (
                "bars_digest",
                serde_json::to_value(manifest.bars_digest).unwrap(),
            ),
            ("rows", manifest.rows.into()),
            ("data_set", "SIM-1min".into()),
            ("simulated", true.into()),
        ] {
            assert_eq!(table[key], value, "{key}");
        }
        assert_eq!(
            (manifest.features.name(), manifest.rows),
            ("A", start.len())
        );
        assert_eq!(
            (table["dropped"]["warm_up"].as_u64(), start.len() as u64),
            (Some(20), table["cut"]["bars"].as_u64().unwrap() - 20)
        );
        assert!(
            table["written"][0]
                .as_str()
                .unwrap()
                .ends_with(&format!("table.{ending}"))
        );
    }
    let stored = sandbox.store().load("SIM-1min").unwrap();
    let said = printed(&sandbox, &["features", "SIM-1min", "--json"]);
    assert_eq!(
        said["tables"][0]["bars_digest"],
        serde_json::to_value(stored.bars.digest().unwrap()).unwrap()
    );
    assert_eq!(said["tables"][0]["interval"], "1min");
}

#[test]
fn every_data_set_gets_a_table_named_by_what_it_holds() {
    let sandbox = sandbox();
    sandbox.store().put(&set("SIM2", 40, 2), false).unwrap();
    let folder = sandbox.base().join("features");
    let words = folder.display().to_string();
    let run = |more: &[&str]| {
        let all = ["features", "--all", "--interval", "30min", "--out", &words];
        sandbox.run(&[&all[..], more].concat())
    };
    let said = run(&["--format", "csv", "--features", "close,rsi_14"]).unwrap();
    assert!(
        said.contains("SIM-1min (simulated)") && said.contains("SIM2-1min (simulated)"),
        "{said}"
    );
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(names[0].starts_with("SIM-30min-custom-") && names[0].ends_with(".csv"));
    assert!(names[1].ends_with(".csv.json") && names[2].starts_with("SIM2-30min-custom-"));

    // one that cannot be cut does not keep the others from being written, but it is no success
    let daily = crate::testing::first(&set("DAY", 5, 1).bars, 30, BarInterval::Day);
    let daily = crate::store::NewSet {
        bars: daily,
        ..set("DAY", 5, 1)
    };
    sandbox.store().put(&daily, false).unwrap();
    let error = run(&[]).unwrap_err();
    assert!(
        error.starts_with("1 of 3 data sets gave no features: DAY-1day: 30min bars cannot be cut"),
        "{error}"
    );
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 6);
}

#[test]
fn the_checks_say_what_they_compared() {
    let said = printed(
        &sandbox(),
        &[
            "features",
            "SIM",
            "--interval",
            "60min",
            "--check-look-ahead",
            "--check-history",
            "--json",
        ],
    );
    let table = &said["tables"][0];
    assert!(
        table["look_ahead"]["points"].as_u64().unwrap() >= 12,
        "{table}"
    );
    assert!(table["look_ahead"]["values"].as_u64().unwrap() > 10_000);
    assert!(table["history"]["values"].as_u64().unwrap() > 500);
    assert!(table["history"]["largest_difference"].as_f64().unwrap() < 1e-6);
    let features = table["described"].as_array().unwrap();
    assert_eq!(features[6]["name"], "rsi_14");
    assert_eq!(
        (&features[6]["lookback_bars"], &features[6]["unit"]),
        (&14.into(), &"index".into())
    );
    let text = sandbox()
        .run(&[
            "features",
            "SIM",
            "--interval",
            "60min",
            "--check-look-ahead",
        ])
        .unwrap();
    assert!(
        text.contains("look-ahead none: ") && text.contains("20 bars of warm-up"),
        "{text}"
    );
}

#[test]
fn the_list_names_every_feature() {
    let sandbox = Sandbox::new();
    let all = printed(&sandbox, &["features", "--list", "--json"]);
    assert_eq!(all.as_array().unwrap().len(), every_feature().len());
    let text = sandbox.run(&["features", "--list"]).unwrap();
    assert!(
        text.contains("log_return") && text.contains("ln(x_t / x_{t−n})"),
        "{text}"
    );
}

#[test]
fn a_request_that_cannot_be_met_is_told_why_and_writes_nothing() {
    let sandbox = sandbox();
    let before = sandbox.content();
    let other = sandbox.file("notes.txt", "mine").display().to_string();
    let error = |words: &[&str]| sandbox.run(&[&["features"], words].concat()).unwrap_err();
    for (words, said) in [
        (
            &["SIM", "--features", "smma_3"][..],
            "there is no feature \"smma_3\"",
        ),
        (
            &["SIM", "--set", "Z"],
            "there is no feature set \"Z\"; there are A",
        ),
        (&["SPY"], "there is no data set SPY"),
        (&["SIM", "--interval", "90s"], "must be a multiple of 1min"),
        (
            &["SIM", "--interval", "1day", "--features", "sma_500"],
            "sma_500 needs 499 bars before its first value",
        ),
        (
            &["--all", "--out", "x.csv"],
            "several data sets need a folder, not a file",
        ),
        (
            &["SIM", "--out", "x.csv", "--format", "parquet"],
            "say different kinds",
        ),
        (
            &["SIM", "--out", &other],
            "is a file that ends neither in .parquet nor in .csv",
        ),
        (
            &["SIM", "--out", &format!("{other}/x.csv")],
            "choose another folder with --out",
        ),
        (
            &["--set", "A", "--features", "close", "SIM"],
            "cannot be used with",
        ),
        (&[], "required arguments were not provided"),
    ] {
        let found = error(words);
        assert!(found.contains(said), "{words:?}: {found}");
    }
    assert_eq!(sandbox.content(), before);
    assert!(
        Sandbox::new()
            .run(&["features", "--all"])
            .unwrap_err()
            .starts_with("nothing is stored yet")
    );
}
