//! Folders that the version before wrote, folders of a later version, what an interruption leaves.

use atrium_shared::market::bars::Instrument;
use polars::prelude::{ParquetReader, ParquetWriter, SerReader};

use super::imports::{Import, SPY, rows, take};
use super::*;
use crate::testing::bars;

/// Turns a stored folder into what the version before wrote: two files, without what was added since.
fn as_before(folder: &Path) {
    let path = folder.join(BARS_FILE);
    let frame = ParquetReader::new(fs::File::open(&path).unwrap())
        .finish()
        .unwrap();
    let mut frame = frame
        .select(["start", "open", "high", "low", "close", "volume"])
        .unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    fs::write(&path, &bytes).unwrap();
    let card = fs::read_to_string(folder.join(CARD_FILE)).unwrap();
    let mut card: serde_json::Value = serde_json::from_str(&card).unwrap();
    let map = card.as_object_mut().unwrap();
    for field in [
        "layout",
        "synthetic",
        "spread",
        "basis",
        "actions",
        "fill",
        "imports",
        "rejected",
    ] {
        map.remove(field);
    }
    map.insert(
        "bars_sha256".to_owned(),
        frames::checksum(&path).unwrap().into(),
    );
    let instrument = map.get_mut("instrument").unwrap().as_object_mut().unwrap();
    instrument.remove("security_type");
    fs::write(folder.join(CARD_FILE), card.to_string()).unwrap();
    fs::remove_dir_all(folder.join("raw")).unwrap();
}

#[test]
fn a_data_set_of_the_version_before_opens_works_and_gets_a_raw_layer() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = bars(40, 1);
    let half = all.len() / 2;
    take(&store, &SPY, vec![rows(&all, 0, half)]).unwrap();
    let folder = sandbox.base().join("data/SPY-1min");
    let digest = store.card("SPY-1min").unwrap().digest;
    as_before(&folder);
    let before = sandbox.content();
    let card = store.card("SPY-1min").unwrap();
    assert_eq!(
        (card.digest, card.imports, card.fill.max_fill_minutes),
        (digest, 0, 0)
    );
    assert_eq!(card.instrument, Instrument::us_share("SPY"));
    assert_eq!(store.load("SPY-1min").unwrap().bars.len(), half);
    assert!(store.detail("SPY-1min").unwrap().imports.is_empty());
    assert!(store.cleaning("SPY-1min").unwrap().is_none());
    // looking at it changes nothing
    assert_eq!(sandbox.content(), before);
    let two = Import { file: "two", ..SPY };
    let done = take(&store, &two, vec![rows(&all, half - 10, all.len())]).unwrap();
    assert_eq!(
        (done.merge.unchanged, done.merge.kept),
        (10, half as u64 - 10)
    );
    assert_eq!(store.load("SPY-1min").unwrap().bars, all);
    let imports = store.detail("SPY-1min").unwrap().imports;
    let numbers: Vec<u32> = imports.iter().map(|import| import.number).collect();
    assert_eq!(numbers, [1, 2]);
    let first = folder.join("raw/0001/2024-01.parquet");
    let frame = ParquetReader::new(fs::File::open(first).unwrap())
        .finish()
        .unwrap();
    assert!(frame.height() > 1_000);
}

#[test]
fn a_layout_of_a_later_version_is_not_touched() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = bars(3, 1);
    take(&store, &SPY, vec![rows(&all, 0, 100)]).unwrap();
    let path = sandbox.base().join("data/SPY-1min").join(CARD_FILE);
    let card = fs::read_to_string(&path)
        .unwrap()
        .replace("\"layout\": 2", "\"layout\": 3");
    fs::write(&path, card).unwrap();
    let before = sandbox.content();
    let two = Import { file: "two", ..SPY };
    let refused = take(&store, &two, vec![rows(&all, 0, 200)])
        .unwrap_err()
        .to_string();
    assert!(refused.contains("newer version"), "{refused}");
    assert_eq!(sandbox.content(), before);
}

#[test]
fn what_an_interruption_left_is_cleared_away_by_the_next_writer_of_the_set() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let all = bars(3, 1);
    let data = sandbox.base().join("data");
    for name in [
        ".tmp-SPY-1min-abcDEF",
        ".tmp-SPY-1min-5min-abcDEF",
        ".tmp-QQQ-1min-abcDEF",
    ] {
        fs::create_dir_all(data.join(name).join("raw")).unwrap();
        fs::write(data.join(name).join("raw/rows"), "half").unwrap();
    }
    take(&store, &SPY, vec![rows(&all, 0, 100)]).unwrap();
    assert!(!data.join(".tmp-SPY-1min-abcDEF").exists());
    assert!(data.join(".tmp-SPY-1min-5min-abcDEF").exists());
    assert!(data.join(".tmp-QQQ-1min-abcDEF").exists());
    let names: Vec<String> = store
        .list()
        .unwrap()
        .sets
        .into_iter()
        .map(|set| set.name)
        .collect();
    assert_eq!(names, ["SPY-1min"]);
}
