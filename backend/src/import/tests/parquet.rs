//! Parquet files.

use std::fs::File;
use std::path::Path;

use atrium_shared::base::time::Timestamp;
use polars::prelude::{
    Column, DataFrame, DataType, Int64Chunked, IntoSeries, NamedFrom, NewChunkedArray,
    ParquetWriter, Series, TimeUnit, TimeZone,
};

use super::{assert_says, refused};
use crate::testing::Sandbox;

fn frame(time: Column, price: &str, values: Column) -> DataFrame {
    let named = |name: &str| values.clone().with_name(name.into());
    let mut columns = vec![time];
    columns.extend(["open", "high", "low", price, "volume"].map(named));
    DataFrame::new_infer_height(columns).unwrap()
}

fn parquet(sandbox: &Sandbox, mut frame: DataFrame) -> String {
    let path = sandbox.file("bars.parquet", "");
    ParquetWriter::new(File::create(&path).unwrap())
        .finish(&mut frame)
        .unwrap();
    path.display().to_string()
}

const START: i64 = 1_711_459_800;

fn counted(unit: TimeUnit, per_second: i64, zone: Option<TimeZone>) -> Column {
    let values = (0..5).map(|i| (START + 60 * i) * per_second);
    let values = Int64Chunked::from_iter_values("time".into(), values);
    Column::from(values.into_datetime(unit, zone).into_series())
}

#[test]
fn parquet_times_of_every_kind_are_the_same_times() {
    let sandbox = Sandbox::new();
    let prices = Column::from(Series::new("p".into(), [10.0; 5]));
    let whole = (0..5).map(|i| START + 60 * i);
    let texts: Vec<String> = whole
        .clone()
        .map(|at| Timestamp::from_seconds(at).to_string())
        .collect();
    let seconds = Int64Chunked::from_iter_values("time".into(), whole);
    let millis =
        Int64Chunked::from_iter_values("time".into(), (0..5).map(|i| (START + 60 * i) * 1_000));
    let times = [
        counted(TimeUnit::Milliseconds, 1_000, None),
        counted(TimeUnit::Microseconds, 1_000_000, Some(TimeZone::UTC)),
        counted(TimeUnit::Nanoseconds, 1_000_000_000, Some(TimeZone::UTC)),
        Column::from(seconds.into_series()),
        Column::from(millis.into_series()),
        Column::from(Series::new("time".into(), texts)),
    ];
    for time in times {
        let kind = time.dtype().to_string();
        let path = parquet(&sandbox, frame(time, "close", prices.clone()));
        let said = sandbox
            .run(&["import", &path, "--symbol", "SPY", "--replace"])
            .unwrap();
        assert_says(&said, &["as Parquet"]);
        let stored = sandbox.store().load("SPY-1min").unwrap();
        assert_eq!(
            stored.bars.start()[0],
            Timestamp::from_seconds(START),
            "{kind}"
        );
        assert_eq!(stored.bars.len(), 5, "{kind}");
    }
    // without a zone they are read in the zone that is asked for: 13:30 in New York is 17:30 UTC
    let naive = counted(TimeUnit::Microseconds, 1_000_000, None);
    let path = parquet(&sandbox, frame(naive, "close", prices));
    let words = [
        "import",
        &path,
        "--symbol",
        "SPY",
        "--replace",
        "--time-zone",
        "exchange",
    ];
    assert_says(&sandbox.run(&words).unwrap(), &["read as exchange time"]);
    let stored = sandbox.store().load("SPY-1min").unwrap();
    assert_eq!(stored.bars.start()[0].to_string(), "2024-03-26T17:30:00Z");
}

#[test]
fn parquet_columns_of_other_types_are_converted_or_refused() {
    let sandbox = Sandbox::new();
    let time = || counted(TimeUnit::Microseconds, 1_000_000, Some(TimeZone::UTC));
    for values in [
        Column::from(Series::new("p".into(), [10i64; 5])),
        Column::from(Series::new("p".into(), [10.0f32; 5])),
        Column::from(Series::new("p".into(), ["10.0"; 5])),
    ] {
        let path = parquet(&sandbox, frame(time(), "close", values));
        sandbox.run(&["import", &path, "--symbol", "SPY"]).unwrap();
        assert_eq!(
            sandbox.store().load("SPY-1min").unwrap().bars.close(),
            [10.0; 5]
        );
    }
    let said = |frame: DataFrame| {
        let path = parquet(&sandbox, frame);
        refused(&sandbox, Path::new(&path), &[])
    };
    let flags = Column::from(Series::new("p".into(), [true; 5]));
    assert_says(
        &said(frame(time(), "close", flags)),
        &["the column open is of type bool", "a number or text"],
    );
    let ten = Column::from(Series::new("p".into(), [10.0; 5]));
    let fraction = ten.clone().with_name("time".into());
    assert_says(
        &said(frame(fraction, "close", ten.clone())),
        &["the column time is of type f64"],
    );
    assert_says(
        &said(frame(time(), "last", ten.clone())),
        &["no column for close was found", "last"],
    );
    let gap = Column::from(Series::new(
        "p".into(),
        [Some(10.0), None, Some(10.0), None, Some(10.0)],
    ));
    assert_says(
        &said(frame(time(), "close", gap)),
        &["2 of 5 rows", "row 2: open is empty", "row 4"],
    );
    let days = Column::from(Series::new("time".into(), [1, 2, 3, 4, 5]))
        .cast(&DataType::Date)
        .unwrap();
    assert_says(
        &said(frame(days, "close", ten.clone())),
        &["outside the nyse calendar"],
    );
    let none = frame(time(), "close", ten).clear();
    assert_says(&said(none), &["has no rows"]);
}

#[test]
fn a_truncated_parquet_file_is_refused() {
    let sandbox = Sandbox::new();
    let prices = Column::from(Series::new("p".into(), [10.0; 5]));
    let time = counted(TimeUnit::Microseconds, 1_000_000, None);
    let path = parquet(&sandbox, frame(time, "close", prices));
    let whole = std::fs::read(&path).unwrap();
    for length in (4..whole.len()).step_by(7) {
        let cut = sandbox.file("cut.parquet", &whole[..length]);
        assert_says(
            &refused(&sandbox, &cut, &[]),
            &["cut.parquet is not a Parquet file", "get it again"],
        );
    }
}
