//! Files whose decoders are not ours, damaged byte by byte: an import gives bars or a sentence, and what was stored stays.

#![allow(clippy::unwrap_used)] // the helpers of an integration test are tests too, which clippy.toml cannot tell

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use support::{OPEN, atrium, json, output, text};

/// Bars of three a minute.
const EVERY: i64 = 20;
const BARS: i64 = 90;

/// Time, open, high, low, close and volume of a bar.
fn bar(index: i64) -> String {
    let price = 30 + index / 3;
    let at = OPEN + EVERY * index;
    format!(
        "{at},{price}.5,{price}.75,{price},{price}.25,{}",
        index % 3 * 20
    )
}

/// A base directory in which there are bars of another symbol, and what is told of them.
fn with_other(base: &Path) -> Value {
    let file = base.join("other.csv");
    let rows: Vec<String> = (0..BARS).map(bar).collect();
    let rows = rows.join("\n");
    fs::write(&file, format!("time,open,high,low,close,volume\n{rows}\n")).unwrap();
    let words = ["import", file.to_str().unwrap(), "--symbol", "OTHER"];
    assert!(output(base, &words).status.success());
    stored(base)
}

/// What is told of the data sets, which are read for it.
fn stored(base: &Path) -> Value {
    json(base, &["data", "list"])
}

/// What became of the imports of damaged files.
#[derive(Debug, Default)]
struct Outcomes {
    accepted: u32,
    refused: u32,
    /// Of these, where the decoder crashed.
    crashed: u32,
}

/// Imports a file again and again, of which each time another byte is damaged.
fn import_damaged(name: &str, intact: &[u8], places: impl Iterator<Item = usize>) -> Outcomes {
    let base = tempfile::tempdir().unwrap();
    let store = base.path().join("store");
    let anew = || {
        fs::create_dir_all(&store).unwrap();
        with_other(&store)
    };
    let known = anew();
    let file = base.path().join(name);
    let words = ["import", file.to_str().unwrap(), "--symbol", "X", "--json"];
    let mut outcomes = Outcomes::default();
    for (at, flipped) in places.zip([0x01, 0x10, 0x80, 0xff].into_iter().cycle()) {
        let mut bytes = intact.to_vec();
        *bytes.get_mut(at).unwrap() ^= flipped;
        fs::write(&file, &bytes).unwrap();
        let out = output(&store, &words);
        let said = text(&out.stderr);
        assert!(
            !said.contains("panicked") && !said.contains("allocation"),
            "byte {at}: {said}"
        );
        match out.status.code() {
            Some(0) => {
                outcomes.accepted += 1;
                let told: Value = serde_json::from_slice(&out.stdout).unwrap();
                let rows = told.pointer("/done/set/rows").and_then(Value::as_u64);
                assert!(rows > Some(0), "byte {at}");
                fs::remove_dir_all(&store).unwrap();
                assert_eq!(
                    anew().pointer("/sets/0/digest"),
                    known.pointer("/sets/0/digest")
                );
            }
            Some(1) => {
                outcomes.refused += 1;
                let is_crash = said.contains("the process that decodes it stopped");
                outcomes.crashed += u32::from(is_crash);
                let first = said.lines().next();
                assert!(
                    first.is_some_and(|line| line.starts_with("Error: ")),
                    "{said}"
                );
                let digests = |listed: &Value| -> Vec<Value> {
                    let sets = listed["sets"].as_array().unwrap();
                    sets.iter().map(|set| set["digest"].clone()).collect()
                };
                assert_eq!(digests(&stored(&store)), digests(&known), "byte {at}");
            }
            code => panic!("byte {at}: {code:?} {said}"),
        }
    }
    println!("{name}: {outcomes:?}");
    outcomes
}

/// Flipping bits of a Parquet file makes its decoder fail in every way it can, crashes included.
#[test]
fn a_damaged_parquet_file_gives_bars_or_a_sentence_but_never_a_crash() {
    let base = tempfile::tempdir().unwrap();
    with_other(base.path());
    let intact = fs::read(base.path().join("data/OTHER-20s/bars.parquet")).unwrap();
    // where the pages begin, and the structure at the end
    let places = (4..80).step_by(2).chain((80..intact.len()).step_by(17));
    let outcomes = import_damaged("damaged.parquet", &intact, places);
    assert!(outcomes.refused > 20, "{outcomes:?}");
}

/// A database of a table with an index and of another one, in small pages, so that there are several.
fn database(path: &Path) -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(path).page_size(512);
        let options = options.create_if_missing(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let rows: Vec<String> = (0..BARS).map(|index| format!("({})", bar(index))).collect();
        let rows = format!("INSERT INTO bars VALUES {}", rows.join(", "));
        for statement in [
            "CREATE TABLE bars (time INTEGER, open REAL, high REAL, low REAL, close REAL, volume INTEGER)",
            "CREATE TABLE notes (text TEXT)",
            "CREATE INDEX times ON bars (time)",
            rows.as_str(),
        ] {
            let done = sqlx::query(statement).execute(&mut connection).await;
            done.unwrap();
        }
        connection.close().await.unwrap();
    });
    fs::read(path).unwrap()
}

#[test]
fn a_damaged_database_gives_bars_or_a_sentence_but_never_a_crash() {
    let base = tempfile::tempdir().unwrap();
    let path = base.path().join("intact.db");
    let intact = database(&path);
    let mut command = atrium(base.path());
    command.args(["import", path.to_str().unwrap(), "--symbol", "X"]);
    assert!(command.status().unwrap().success());
    assert!(intact.len() > 8 * 512, "{}", intact.len());
    // the head of the file, the list of its tables, then the heads of pages and what is in them
    let places = (0..120).step_by(3).chain((120..intact.len()).step_by(43));
    let outcomes = import_damaged("damaged.db", &intact, places);
    assert!(
        outcomes.refused > 20 && outcomes.accepted > 20,
        "{outcomes:?}"
    );
}
