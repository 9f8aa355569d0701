//! Health, data sets and bars.

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::bars::{BarColumns, BarSeries, Instrument};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::resample;
use atrium_shared::surface::api::DataSets;

use super::*;
use crate::store::NewSet;

#[tokio::test]
async fn health_names_the_engine() {
    let answer = House::new().get("/health").await;
    let health: Health = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (health.status.as_str(), health.engine.as_str()),
        ("ok", ENGINE_VERSION)
    );
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn data_sets_are_listed_and_a_damaged_one_hides_no_other() {
    let house = House::new();
    let listed = |answer: Answer| serde_json::from_slice::<DataSets>(&answer.body).unwrap();
    let DataSets { sets, damaged } = listed(house.get("/api/datasets").await);
    assert_eq!(sets, house.sandbox.store().list().unwrap().sets);
    assert_eq!((sets.len(), damaged.len()), (2, 0));
    fs::write(house.sandbox.base().join("data/QQQ-1min/set.json"), "{").unwrap();
    let DataSets { sets, damaged } = listed(house.get("/api/datasets").await);
    assert_eq!(
        sets.iter().map(|set| set.name.as_str()).collect::<Vec<_>>(),
        ["SPY-1min"]
    );
    assert_eq!(damaged.len(), 1);
    assert!(
        damaged[0].contains("QQQ-1min") && damaged[0].contains("--replace"),
        "{damaged:?}"
    );
}

#[tokio::test]
async fn bars_are_those_of_the_store_cut_by_the_shared_rules() {
    let house = House::new();
    let stored = house.sandbox.store().load("SPY-1min").unwrap();
    for (query, interval) in [
        ("?interval=60min", BarInterval::minutes(60)),
        ("?interval=1h", BarInterval::minutes(60)),
        ("?interval=1day", BarInterval::Day),
        ("", BarInterval::minutes(1)),
    ] {
        let expected = resample(&stored.bars, interval, Calendar::Nyse).unwrap();
        for round in ["cold", "cached"] {
            let answer = house
                .get(&format!("/api/datasets/SPY-1min/bars{query}"))
                .await;
            assert_eq!(answer.status, StatusCode::OK, "{query} {round}");
            assert_eq!(answer.header("content-type"), "application/octet-stream");
            let bars = atrium_shared::surface::wire::decode(&answer.body).unwrap();
            assert_eq!(&bars, expected.bars.series(), "{query} {round}");
            let digest = bars.digest().unwrap().to_string();
            assert!(
                answer.header("etag").contains(&digest),
                "{}",
                answer.header("etag")
            );
            assert_eq!(
                answer.header("x-atrium-stored"),
                stored.card.digest.to_string()
            );
            assert_eq!(
                answer.header("x-atrium-left-out"),
                expected.report.left_out.to_string()
            );
            assert_eq!(
                answer.header("x-atrium-folded"),
                expected.report.folded.to_string()
            );
            assert_eq!(answer.header("cache-control"), "no-cache");
        }
    }
}

#[tokio::test]
async fn bars_of_all_hours_are_the_stored_ones_to_the_last_bit() {
    let house = House::new();
    let stored = house.sandbox.store().load("SPY-1min").unwrap();
    for round in ["cold", "cached"] {
        let answer = house.get("/api/datasets/SPY-1min/bars?hours=all").await;
        assert_eq!(answer.status, StatusCode::OK, "{round}");
        let bars = atrium_shared::surface::wire::decode(&answer.body).unwrap();
        assert_eq!(bars, stored.bars, "{round}");
        assert_eq!(
            answer.header("x-atrium-stored"),
            stored.card.digest.to_string()
        );
        assert_eq!(answer.header("x-atrium-left-out"), "0");
    }
    // those of regular hours are kept apart from them
    let regular = house.get("/api/datasets/SPY-1min/bars?hours=regular").await;
    let bars = atrium_shared::surface::wire::decode(&regular.body).unwrap();
    let cut = resample(&stored.bars, stored.card.interval, Calendar::Nyse).unwrap();
    assert_eq!(&bars, cut.bars.series());
    for (query, part) in [
        ("hours=all&interval=60min", "leave interval out"),
        ("hours=night", "regular or all"),
    ] {
        let answer = house
            .get(&format!("/api/datasets/SPY-1min/bars?{query}"))
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(said.contains(part), "{said}");
    }
}

#[tokio::test]
async fn bars_that_the_browser_has_are_not_sent_again() {
    let house = House::new();
    let uri = "/api/datasets/SPY-1min/bars?interval=30min";
    let tag = house.get(uri).await.header("etag").to_owned();
    for known in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"x\", {tag}"),
        "*".to_owned(),
    ] {
        let answer = house
            .send(Method::GET, uri, &[("if-none-match", &known)])
            .await;
        assert_eq!(
            (answer.status, answer.body.len()),
            (StatusCode::NOT_MODIFIED, 0),
            "{known}"
        );
        assert_eq!(answer.header("etag"), tag);
    }
    let stale = house
        .send(Method::GET, uri, &[("if-none-match", "\"x\"")])
        .await;
    assert_eq!(stale.status, StatusCode::OK);
    // another data set under the name is another answer, without a restart
    house.sandbox.store().put(&set("SPY", 3, 9), true).unwrap();
    let replaced = house
        .send(Method::GET, uri, &[("if-none-match", &tag)])
        .await;
    assert_eq!(replaced.status, StatusCode::OK);
    assert_ne!(replaced.header("etag"), tag);
}

#[tokio::test]
async fn what_cannot_be_answered_is_explained() {
    let house = House::new();
    let bars = |rest: &str| format!("/api/datasets/{rest}");
    for (uri, status, part) in [
        (
            bars("SPY-1min/bars?interval=soon"),
            400,
            "\"soon\" is no bar interval",
        ),
        (bars("SPY-1min/bars?interval="), 400, "is no bar interval"),
        (
            bars("SPY-1min/bars?interval=-5min"),
            400,
            "is no bar interval",
        ),
        (
            bars("SPY-1min/bars?interval=99999999999min"),
            400,
            "is no bar interval",
        ),
        (
            bars("SPY-1min/bars?interval=%FF"),
            400,
            "is no bar interval",
        ),
        (
            bars("SPY-1min/bars?interval=1min&interval=2min"),
            400,
            "duplicate field",
        ),
        (
            bars("SPY-1min/bars?intervall=1min"),
            400,
            "unknown field `intervall`",
        ),
        (
            bars("SPY-1min/bars?interval=90s"),
            422,
            "must be a multiple of 1min",
        ),
        (bars("IWM-1min/bars"), 404, "stored are QQQ-1min, SPY-1min"),
        (bars("SPY-5min/bars"), 404, "there is no data set SPY-5min"),
        (bars("SPY/bars"), 400, "is no name of a data set"),
        (bars("..%2f..%2fetc/bars"), 400, "is no name of a data set"),
        (bars("%2e%2e/bars"), 400, "is no name of a data set"),
        (
            bars("..%5c..%5cetc-1min/bars"),
            400,
            "is no name of a data set",
        ),
        (bars("SPY-1min%00/bars"), 400, "is no name of a data set"),
        (bars("%ff-1min/bars"), 400, "UTF-8"),
        (bars("../../etc/passwd"), 404, "the server has no"),
        (bars("SPY"), 400, "is no name of a data set"),
        (bars("SPY-1min/bars/"), 404, "the server has no"),
        ("/api".to_owned(), 404, "the server has no /api"),
        ("/api/../index.html".to_owned(), 404, "the server has no"),
        (
            "/missing.js".to_owned(),
            404,
            "the server has no /missing.js",
        ),
        ("/../Cargo.toml".to_owned(), 404, "the server has no"),
        ("/..%2f..%2fCargo.toml".to_owned(), 404, "the server has no"),
        (
            "/%2e%2e/data/SPY-1min/set.json".to_owned(),
            404,
            "the server has no",
        ),
        (
            "/..\\data\\SPY-1min\\set.json".replace('\\', "%5c"),
            404,
            "the server has no",
        ),
        ("//etc/passwd".to_owned(), 404, "the server has no"),
        ("/%00".to_owned(), 404, "the server has no"),
        (format!("/{}", "a".repeat(3_000)), 414, "at most 2048"),
        (
            bars(&format!("SPY-1min/bars?interval={}", "1".repeat(3_000))),
            414,
            "at most 2048",
        ),
    ] {
        let detail = house.get(&uri).await.problem(status);
        assert!(detail.contains(part), "{uri}: {detail}");
        assert!(detail.len() < 600, "{uri}: {detail}");
    }
}

#[tokio::test]
async fn a_damaged_set_is_a_problem_and_stays_one_once_it_was_read() {
    let house = House::new();
    let file = house.sandbox.base().join("data/SPY-1min/bars.parquet");
    let intact = fs::read(&file).unwrap();
    fs::write(&file, &intact[..intact.len() / 2]).unwrap();
    let uri = "/api/datasets/SPY-1min/bars?interval=60min";
    let detail = house.get(uri).await.problem(500);
    assert!(
        detail.contains("the data set SPY-1min is damaged") && detail.contains("--replace"),
        "{detail}"
    );
    fs::write(&file, &intact).unwrap();
    assert_eq!(house.get(uri).await.status, StatusCode::OK);
}

#[tokio::test]
async fn many_at_once_are_answered_alike() {
    let house = House::new();
    let uri = "/api/datasets/SPY-1min/bars?interval=5min";
    let expected = house.get(uri).await.body;
    house.sandbox.store().put(&set("SPY", 3, 9), true).unwrap();
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let app = house.app.clone();
            tokio::spawn(async move {
                let request = Request::builder().uri(uri).header("host", "localhost");
                let response = app
                    .oneshot(request.body(Body::empty()).unwrap())
                    .await
                    .unwrap();
                to_bytes(response.into_body(), usize::MAX).await.unwrap()
            })
        })
        .collect();
    let mut bodies = Vec::new();
    for task in tasks {
        bodies.push(task.await.unwrap());
    }
    assert!(
        bodies
            .iter()
            .all(|body| *body == bodies[0] && *body != expected)
    );
}

#[tokio::test]
async fn bars_that_fit_no_session_are_a_problem_that_says_so() {
    let house = House::new();
    let mut columns = BarColumns::default();
    // 10:00 to 15:00 New York time, on the hour
    for hour in 0..6 {
        let start = Timestamp::from_seconds(1_711_461_600 + 3_600 * hour);
        columns.push(start, [100.0; 4], 1.0);
    }
    let set = NewSet {
        instrument: Instrument::us_share("CLOCK"),
        bars: BarSeries::new(BarInterval::minutes(60), columns).unwrap(),
        actions: Default::default(),
        simulated: false,
        source: "made by a test".to_owned(),
    };
    house.sandbox.store().put(&set, false).unwrap();
    for query in ["", "?interval=60min"] {
        let uri = format!("/api/datasets/CLOCK-60min/bars{query}");
        let detail = house.get(&uri).await.problem(422);
        assert!(
            detail.contains("2024-03-26T14:00:00Z reaches across a boundary of 60min bars"),
            "{detail}"
        );
    }
}
