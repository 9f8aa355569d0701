//! What is told of a data set.

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::bars::{BarColumns, BarSeries};
use atrium_shared::market::calendar::{Calendar, Schedule};
use atrium_shared::market::curate::{
    Cleaning, Coverage, GapReport, QualityReport, QualityRule, coverage, gaps, quality,
};
use atrium_shared::surface::api::{DataSetDetail, StoredRows};

use super::*;
use crate::store::{ExportFormat, write_bars};

#[tokio::test]
async fn reports_are_those_of_the_shared_rules() {
    let house = House::new();
    let store = house.sandbox.store();
    let (_, bars) = store.load_curated("SPY-1min").unwrap();
    let schedule = Schedule::from(Calendar::Nyse);
    let of = |what: &str| format!("/api/datasets/SPY-1min{what}");
    let detail: DataSetDetail = house.get(&of("")).await.json();
    assert_eq!(detail, store.detail("SPY-1min").unwrap());
    assert_eq!((detail.imports.len(), detail.bytes > 10_000), (1, true));
    let found: Coverage = house.get(&of("/coverage")).await.json();
    assert_eq!(found, coverage(&bars, &schedule).unwrap());
    let found: GapReport = house.get(&of("/gaps")).await.json();
    assert_eq!(found, gaps(&bars, &schedule).unwrap());
    let (report, duplicated) = store.cleaning("SPY-1min").unwrap().unwrap();
    let cleaning = Cleaning {
        report: &report,
        duplicated: &duplicated,
    };
    let expected = quality(&bars, &schedule, QualityRule::default(), Some(cleaning));
    for round in ["made", "kept"] {
        let found: QualityReport = house.get(&of("/quality")).await.json();
        assert_eq!(found, expected.as_ref().unwrap().0, "{round}");
    }
}

#[tokio::test]
async fn rows_are_those_of_the_stretch() {
    let house = House::new();
    let (card, bars) = house.sandbox.store().load_curated("SPY-1min").unwrap();
    let start = bars.bars().start();
    let (from, to) = (start[10], start[13]);
    let uri =
        |from: Timestamp, to: Timestamp| format!("/api/datasets/SPY-1min/rows?from={from}&to={to}");
    let found: StoredRows = house.get(&uri(from, to)).await.json();
    let times: Vec<Timestamp> = found.rows.iter().map(|row| row.start).collect();
    assert_eq!((times.as_slice(), found.more), (&start[10..13], false));
    assert_eq!(
        found.rows[0].prices[3].to_bits(),
        bars.bars().close()[10].to_bits()
    );
    let one = |row: &atrium_shared::surface::api::StoredRow| {
        (row.synthetic, row.spread, row.factor.to_bits())
    };
    assert_eq!(one(&found.rows[0]), (false, None, 1.0f64.to_bits()));
    let all: StoredRows = house
        .get(&uri(card.first, Timestamp(card.last.0 + 1)))
        .await
        .json();
    assert_eq!(all.rows.len(), StoredRows::MOST.min(start.len()));
    assert_eq!(all.more, start.len() > StoredRows::MOST);
    let none: StoredRows = house.get(&uri(from, from)).await.json();
    assert_eq!(none, StoredRows::default());
}

#[tokio::test]
async fn an_export_is_what_the_command_writes() {
    let house = House::new();
    let raw = house.sandbox.store().load("SPY-1min").unwrap().bars;
    let day = raw.start().last().unwrap().utc_day();
    let split = Body::from(format!("date,kind,value\n{day},split,4:1\n"));
    let uri = "/api/instruments/SPY/factors?accept=true";
    let answer = house.send_body(Method::POST, uri, &[], split).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let mut columns = BarColumns::with_capacity(raw.len());
    for (start, prices, volume) in raw.rows() {
        let old = start.utc_day() < day;
        let factor = if old { 0.25 } else { 1.0 };
        columns.push(start, prices.map(|price| price * factor), volume / factor);
    }
    let adjusted = BarSeries::new(raw.interval(), columns).unwrap();
    for (query, bars, format, name, kind) in [
        (
            "format=csv",
            &raw,
            ExportFormat::Csv,
            "SPY-1min.csv",
            "text/csv; charset=utf-8",
        ),
        (
            "format=parquet",
            &raw,
            ExportFormat::Parquet,
            "SPY-1min.parquet",
            "application/octet-stream",
        ),
        (
            "format=csv&adjusted=true",
            &adjusted,
            ExportFormat::Csv,
            "SPY-1min-adjusted.csv",
            "text/csv; charset=utf-8",
        ),
        (
            "format=parquet&adjusted=true",
            &adjusted,
            ExportFormat::Parquet,
            "SPY-1min-adjusted.parquet",
            "application/octet-stream",
        ),
    ] {
        let answer = house
            .get(&format!("/api/datasets/SPY-1min/export?{query}"))
            .await;
        let mut file = Vec::new();
        write_bars(bars, format, &mut file).unwrap();
        assert_eq!(
            (answer.status, answer.body == file),
            (StatusCode::OK, true),
            "{query}"
        );
        assert_eq!(answer.header("content-type"), kind);
        let disposition = format!("attachment; filename=\"{name}\"");
        assert_eq!(answer.header("content-disposition"), disposition);
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_explained() {
    let house = House::new();
    let damaged = house.sandbox.base().join("data/QQQ-1min/bars.parquet");
    fs::write(damaged, "PAR1").unwrap();
    let good = "from=2024-01-02T14:30:00Z&to=2024-01-02T15:30:00Z";
    for (rest, status, part) in [
        ("", 400, "is no name of a data set"),
        ("/coverage", 400, "is no name of a data set"),
        ("/gaps", 400, "is no name of a data set"),
        ("/quality", 400, "is no name of a data set"),
        ("/export?format=csv", 400, "is no name of a data set"),
        (&format!("/rows?{good}"), 400, "is no name of a data set"),
    ] {
        for name in [
            "..%2fSPY-1min",
            "SPY",
            "SPY-1min%00",
            ".hidden-1min",
            "%2e%2e",
        ] {
            let detail = house
                .get(&format!("/api/datasets/{name}{rest}"))
                .await
                .problem(status);
            assert!(detail.contains(part), "{name}{rest}: {detail}");
        }
        let detail = house
            .get(&format!("/api/datasets/IWM-1min{rest}"))
            .await
            .problem(404);
        assert!(
            detail.contains("stored are QQQ-1min, SPY-1min"),
            "{rest}: {detail}"
        );
        if !rest.is_empty() {
            let detail = house
                .get(&format!("/api/datasets/QQQ-1min{rest}"))
                .await
                .problem(500);
            assert!(
                detail.contains("the data set QQQ-1min is damaged"),
                "{rest}: {detail}"
            );
        }
    }
    for (rest, part) in [
        ("rows", "missing field `from`"),
        ("rows?from=yesterday&to=today", "from: failed"),
        (
            "rows?from=2024-01-03T00:00:00Z&to=2024-01-02T00:00:00Z",
            "ends before it begins",
        ),
        (
            "rows?from=2024-01-03T00:00:00Z&to=2024-01-03T00:00:00Z&x=1",
            "unknown field `x`",
        ),
        ("export", "missing field `format`"),
        ("export?format=xlsx", "unknown variant `xlsx`"),
        (
            "export?format=csv&adjusted=maybe",
            "provided string was not `true` or `false`",
        ),
    ] {
        let detail = house
            .get(&format!("/api/datasets/SPY-1min/{rest}"))
            .await
            .problem(400);
        assert!(detail.contains(part), "{rest}: {detail}");
    }
}
