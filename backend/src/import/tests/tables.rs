//! Parquet and SQLite, in this process; the program's own tests have the process that decodes.

use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::{
    AnyValue, Column, DataFrame, IntoSeries, NamedFrom, ParquetWriter, Series, TimeUnit, TimeZone,
};
use sqlx::{Connection, SqliteConnection};

use super::{GOOD, assert_says, imported, refused};
use crate::testing::Sandbox;

fn parquet(sandbox: &Sandbox, name: &str, columns: Vec<Column>) -> PathBuf {
    let path = sandbox.file(name, "");
    let mut frame = DataFrame::new(columns[0].len(), columns).unwrap();
    ParquetWriter::new(File::create(&path).unwrap())
        .finish(&mut frame)
        .unwrap();
    path
}

fn column<T, P: AsRef<[T]>>(name: &str, values: P) -> Column
where
    Series: NamedFrom<P, [T]>,
{
    Column::from(Series::new(name.into(), values))
}

/// The prices and volumes of the good file.
fn prices() -> Vec<Column> {
    let rows: Vec<Vec<f64>> = GOOD
        .lines()
        .skip(1)
        .map(|line| {
            line.split(',')
                .skip(1)
                .map(|text| text.parse().unwrap())
                .collect()
        })
        .collect();
    let names = ["open", "high", "low", "close", "volume"]
        .iter()
        .enumerate();
    names
        .map(|(index, name)| {
            column(
                name,
                rows.iter().map(|row| row[index]).collect::<Vec<f64>>(),
            )
        })
        .collect()
}

fn with(time: Column) -> Vec<Column> {
    let mut all = vec![time];
    all.extend(prices());
    all
}

const FIRST: i64 = 1_711_459_800;

#[test]
fn every_type_of_time_gives_the_bars_of_the_text() {
    let sandbox = Sandbox::new();
    let digest = imported(&sandbox, &sandbox.file("X_1.csv", GOOD), &["--symbol", "T"])["done"]["set"]["digest"].clone();
    let seconds: Vec<i64> = (0..5).map(|minute| FIRST + 60 * minute).collect();
    let times = |unit: TimeUnit, scale: i64, zone: Option<TimeZone>| {
        let counts: Vec<i64> = seconds.iter().map(|at| at * scale).collect();
        let series = Series::new("time".into(), counts);
        Column::from(
            series
                .i64()
                .unwrap()
                .clone()
                .into_datetime(unit, zone)
                .into_series(),
        )
    };
    let text: Vec<String> = seconds
        .iter()
        .map(|at| atrium_shared::base::time::Timestamp::from_seconds(*at).to_string())
        .collect();
    let columns = [
        times(TimeUnit::Milliseconds, 1_000, Some(TimeZone::UTC)),
        times(TimeUnit::Microseconds, 1_000_000, Some(TimeZone::UTC)),
        times(TimeUnit::Nanoseconds, 1_000_000_000, Some(TimeZone::UTC)),
        times(TimeUnit::Microseconds, 1_000_000, None),
        column("ts", seconds.clone()),
        column(
            "ts_ms",
            seconds.iter().map(|at| at * 1_000).collect::<Vec<i64>>(),
        ),
        column(
            "epoch",
            seconds.iter().map(|at| *at as f64).collect::<Vec<f64>>(),
        ),
        column("date", text),
    ];
    for (number, time) in columns.into_iter().enumerate() {
        let path = parquet(&sandbox, "bars.parquet", with(time));
        let symbol = format!("T{number}");
        let done = imported(
            &sandbox,
            &path,
            &[
                "--symbol",
                &symbol,
                "--time-zone",
                "utc",
                "--calendar",
                "nyse",
            ],
        );
        assert_eq!(done["done"]["set"]["digest"], digest, "{number}");
        assert_eq!(done["detection"]["format"], "parquet");
    }
}

#[test]
fn columns_that_no_bar_has_do_no_harm_and_bad_values_are_named() {
    let sandbox = Sandbox::new();
    let mut columns = with(column(
        "ts",
        (0..5)
            .map(|minute| FIRST + 60 * minute)
            .collect::<Vec<i64>>(),
    ));
    columns.push(column("flag", [true, false, true, false, true]));
    let closes = [100.5, f64::NAN, 100.75, 100.75, 102.0].map(AnyValue::Float64);
    let mut closes = closes.to_vec();
    closes[3] = AnyValue::Null;
    columns[4] = Column::from(Series::from_any_values("close".into(), &closes, true).unwrap());
    let done = imported(
        &sandbox,
        &parquet(&sandbox, "X_1.parquet", columns.clone()),
        &[],
    );
    assert_eq!(
        (&done["done"]["clean"]["kept"], &done["done"]["rejected"]),
        (&3.into(), &2.into())
    );
    let first = &done["done"]["quarantine"];
    assert_says(&first[0]["reason"].to_string(), &["close"]);
    assert_says(&first[1]["reason"].to_string(), &["close is empty"]);
    assert_eq!(
        (&first[0]["line"], &first[1]["line"]),
        (&2.into(), &4.into())
    );
    let said = refused(
        &sandbox,
        &parquet(&sandbox, "X_2.parquet", columns),
        &["--column", "close=flag"],
    );
    assert_says(
        &said,
        &["none of the 5 rows can be used", "a value of type Boolean"],
    );
    let empty = parquet(
        &sandbox,
        "X_3.parquet",
        with(column("ts", vec![FIRST; 5]))
            .iter()
            .map(|it| it.head(Some(0)))
            .collect(),
    );
    assert_says(&refused(&sandbox, &empty, &[]), &["it has no rows"]);
    let cut = std::fs::read(sandbox.file("X_4.parquet", "PAR1 and no more")).unwrap();
    let cut = sandbox.file("X_4.parquet", cut);
    assert_says(
        &refused(&sandbox, &cut, &[]),
        &["X_4.parquet is not a Parquet file that can be read"],
    );
}

/// Makes a database by statements.
fn database(path: &Path, statements: &[&str]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        for statement in statements {
            sqlx::query(statement)
                .execute(&mut connection)
                .await
                .unwrap();
        }
        connection.close().await.unwrap();
    });
}

#[test]
fn tables_of_databases_are_found_or_named_and_read_whole() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("x", "").with_file_name("prices.db");
    let fill = |table: &str, first: i64| {
        format!(
            "INSERT INTO \"{table}\" WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) SELECT {first} + 60 * i, 100, 101, 99, 100.5, i FROM n"
        )
    };
    let columns = "(ts INTEGER, open REAL, high REAL, low REAL, close REAL, volume INTEGER)";
    let make = format!("CREATE TABLE \"min\"\"utes\" {columns}");
    let fill_one = fill("min\"\"utes", FIRST);
    database(
        &path,
        &[
            "CREATE TABLE notes (text TEXT)",
            &make,
            &fill_one,
            "INSERT INTO \"min\"\"utes\" VALUES (1712459800, 'x', 1, 1, 1, x'00')",
        ],
    );
    let before = std::fs::read(&path).unwrap();
    let done = imported(&sandbox, &path, &["--symbol", "X", "--crypto"]);
    assert_eq!(
        (&done["done"]["set"]["rows"], &done["done"]["rejected"]),
        (&10_000.into(), &1.into())
    );
    assert_eq!(done["detection"]["table"]["value"], "min\"utes");
    assert_eq!(done["detection"]["format"], "sqlite");
    assert_says(
        &done["done"]["quarantine"][0]["reason"].to_string(),
        &["open is \\\"x\\\""],
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let more = "CREATE TABLE hours (ts INTEGER, open, high, low, close, volume, PRIMARY KEY (ts)) WITHOUT ROWID";
    database(&path, &[more, &fill("hours", FIRST)]);
    let said = refused(&sandbox, &path, &[]);
    assert_says(
        &said,
        &[
            "several tables with columns of bars",
            "hours, min\"utes",
            "--table",
        ],
    );
    let named = imported(
        &sandbox,
        &path,
        &["--symbol", "Y", "--crypto", "--table", "hours"],
    );
    assert_eq!(named["done"]["set"]["rows"], 10_000);
    assert_says(
        &refused(&sandbox, &path, &["--table", "days"]),
        &["has no table \"days\"", "hours"],
    );
    let mut damaged = before;
    damaged.truncate(5_000);
    let damaged = sandbox.file("damaged.db", damaged);
    assert_says(
        &refused(&sandbox, &damaged, &[]),
        &["damaged.db is not a SQLite database that can be read"],
    );
}

#[test]
fn generated_columns_of_databases_are_read_at_their_place() {
    let sandbox = Sandbox::new();
    for (rows, symbol) in [(5, "FEW"), (10_000, "MANY")] {
        let (plain, generated) = (format!("{symbol}_P"), format!("{symbol}_G"));
        let digests = [
            (plain.as_str(), "ts INTEGER, open, high, low, close, volume"),
            (
                generated.as_str(),
                "ts INTEGER, double REAL GENERATED ALWAYS AS (open * 2) VIRTUAL, open, high, mid REAL AS ((high + low) / 2) STORED, low, close, volume, one INTEGER AS (1)",
            ),
        ]
        .map(|(symbol, columns)| {
            let path = sandbox.file("x", "").with_file_name(format!("{symbol}.db"));
            let make = format!("CREATE TABLE bars ({columns})");
            let last = rows - 1;
            let fill = format!(
                "INSERT INTO bars (ts, open, high, low, close, volume) WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last}) SELECT {FIRST} + 60 * i, 100, 101, 99, 100.5, i FROM n"
            );
            database(&path, &[&make, &fill]);
            let done = imported(&sandbox, &path, &["--symbol", symbol, "--crypto"]);
            assert_eq!(done["done"]["set"]["rows"], rows, "{done}");
            done["done"]["set"]["digest"].clone()
        });
        assert_eq!(digests[0], digests[1]);
    }
}

#[test]
fn decimals_are_named_with_what_to_do_and_volumes_without_a_value_are_none() {
    let sandbox = Sandbox::new();
    let good = sandbox.file("X_0.csv", GOOD);
    imported(&sandbox, &good, &["--symbol", "OLD"]);
    let decimals = sandbox.file("X_1.parquet", include_bytes!("decimal.parquet"));
    assert_says(
        &refused(&sandbox, &decimals, &[]),
        &["open is \"a Decimal: save open as float64 (pandas: .astype(float))\""],
    );
    let nothing = sandbox.file("X_2.parquet", include_bytes!("no_volume.parquet"));
    let mut empty = with(column(
        "ts",
        (0..5)
            .map(|minute| FIRST + 60 * minute)
            .collect::<Vec<i64>>(),
    ));
    let nulls = vec![AnyValue::Null; 5];
    empty[5] = Column::from(Series::from_any_values("volume".into(), &nulls, true).unwrap());
    let empty = parquet(&sandbox, "X_3.parquet", empty);
    for path in [nothing, empty] {
        let done = imported(&sandbox, &path, &["--symbol", "X", "--replace"]);
        assert_eq!(
            (&done["done"]["set"]["rows"], &done["done"]["rejected"]),
            (&5.into(), &0.into())
        );
        let warnings = done["detection"]["warnings"].to_string();
        assert_says(&warnings, &["no column of volumes"]);
    }
}

#[test]
fn views_are_read_where_no_table_holds_bars() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("x", "").with_file_name("views.db");
    let fill = format!(
        "INSERT INTO ticks WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) SELECT {FIRST} + 60 * i, 10050 + i % 7 FROM n"
    );
    let view = "CREATE VIEW minutes AS SELECT at AS ts, price / 100.0 AS open, price / 100.0 + 1 AS high, price / 100.0 - 1 AS low, price / 100.0 AS close, 5 AS volume FROM ticks";
    let no_view = "CREATE VIEW broken AS SELECT * FROM missing";
    database(
        &path,
        &[
            "CREATE TABLE ticks (at INTEGER, price INTEGER)",
            &fill,
            view,
            no_view,
        ],
    );
    let done = imported(&sandbox, &path, &["--symbol", "X", "--crypto"]);
    assert_eq!(done["detection"]["table"]["value"], "minutes");
    assert_eq!(
        (&done["done"]["set"]["rows"], &done["done"]["rejected"]),
        (&10_000.into(), &0.into())
    );
    // a table of bars comes before a view of them
    database(
        &path,
        &["CREATE TABLE bars AS SELECT * FROM minutes LIMIT 100"],
    );
    let done = imported(&sandbox, &path, &["--symbol", "Y", "--crypto"]);
    assert_eq!(done["detection"]["table"]["value"], "bars");
    let view = &["--symbol", "Z", "--crypto", "--table", "minutes"];
    assert_eq!(
        imported(&sandbox, &path, view)["done"]["set"]["rows"],
        10_000
    );
}

#[test]
fn a_view_without_an_order_gives_each_row_once() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("x", "").with_file_name("shuffled.db");
    let fill = format!(
        "INSERT INTO kept WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999) SELECT {FIRST} + 60 * i, 100, 101, 99, 100.5, i FROM n"
    );
    database(
        &path,
        &[
            "CREATE TABLE kept (t INTEGER, o REAL, h REAL, l REAL, c REAL, v INTEGER)",
            &fill,
            "CREATE VIEW bars AS SELECT t AS ts, o AS open, h AS high, l AS low, c AS close, v AS volume FROM kept ORDER BY random()",
        ],
    );
    let flags = [
        "--symbol",
        "X",
        "--crypto",
        "--table",
        "bars",
        "--interval",
        "1min",
    ];
    let done = imported(&sandbox, &path, &flags);
    let clean = &done["done"]["clean"];
    assert_eq!(
        (&done["done"]["set"]["rows"], &clean["exact_duplicates"]),
        (&20_000.into(), &0.into())
    );
}

#[test]
fn a_database_that_is_being_written_is_not_read_in_between() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("x", "").with_file_name("busy.db");
    database(
        &path,
        &["CREATE TABLE bars (ts INTEGER, open, high, low, close, volume)"],
    );
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let writer = runtime.block_on(async {
        let mut writer = SqliteConnection::connect_with(&options).await.unwrap();
        let begin = sqlx::query("BEGIN EXCLUSIVE").execute(&mut writer);
        begin.await.unwrap();
        writer
    });
    let said = refused(&sandbox, &path, &[]);
    assert_says(&said, &["busy.db", "database is locked"]);
    drop(writer);
}

/// Programs that do not answer as a decoder does, as after a crash.
#[cfg(unix)]
#[test]
fn a_decoder_that_stops_is_reported() {
    use super::super::{Input, preview};
    use atrium_shared::market::calendar::Calendar;
    use atrium_shared::market::intake::Reading;
    use std::ops::ControlFlow;
    let sandbox = Sandbox::new();
    let path = parquet(
        &sandbox,
        "X_1.parquet",
        with(column(
            "ts",
            (0..5)
                .map(|minute| FIRST + 60 * minute)
                .collect::<Vec<i64>>(),
        )),
    );
    for (program, reason) in [
        ("false", "exit status: 1"),
        ("true", "its answer was not complete"),
        ("echo", "its answer was not complete"),
        ("/missing/atrium", "it could not be started"),
    ] {
        let input = Input::file(&path, "X_1.parquet", Some(Path::new(program))).unwrap();
        let reading = Reading::detect(Calendar::Nyse);
        let seen = preview(&input, &reading, ("X", true), &|_| Vec::new(), &mut |_| {
            ControlFlow::Continue(())
        });
        let said = seen.unwrap_err().to_string();
        assert_says(
            &said,
            &[
                "X_1.parquet cannot be imported",
                "the process that decodes it stopped",
                reason,
            ],
        );
    }
}

#[test]
fn symbols_that_are_categories_are_read_as_texts() {
    let sandbox = Sandbox::new();
    let good = sandbox.file("X_0.csv", GOOD);
    imported(&sandbox, &good, &["--symbol", "OLD"]);
    let both = sandbox.file("both.parquet", include_bytes!("category.parquet"));
    assert_says(
        &refused(&sandbox, &both, &[]),
        &["2 symbols by the column symbol: AAPL (30), SPY (30)"],
    );
    let done = imported(&sandbox, &both, &["--symbol", "SPY"]);
    let set = &done["done"]["set"];
    assert_eq!(
        (&set["name"], &set["rows"]),
        (&"SPY-1min".into(), &30.into())
    );
    let card = sandbox.store().card("SPY-1min").unwrap();
    // New York's time, as the file says by its zone or as it is counted
    assert_eq!(card.first.to_string(), "2024-03-26T17:30:00Z");
}
