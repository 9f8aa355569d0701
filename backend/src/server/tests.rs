use std::fs;

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::resample;
use atrium_shared::surface::api::{DataSet, Problem};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use tower::ServiceExt;

use super::*;
use crate::testing::{Sandbox, set};

/// A server over two small data sets, with a front end.
struct House {
    sandbox: Sandbox,
    app: Router,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Checks that this is a problem of that status; its detail.
    fn problem(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, status);
        assert!(!problem.title.is_empty());
        problem.detail
    }
}

const PAGE: &str = "<!doctype html><script type=\"module\">alert(1)</script>";

impl House {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let store = sandbox.store();
        store.put(&set("SPY", 3, 1), false).unwrap();
        store.put(&set("QQQ", 3, 2), false).unwrap();
        let dist = sandbox.base().join("dist");
        fs::create_dir_all(&dist).unwrap();
        let big = "let a = 1;\n".repeat(1_000);
        for (name, content) in [
            ("index.html", PAGE),
            ("app-0123456789abcdef.js", big.as_str()),
            ("engine_worker.js", big.as_str()),
            ("packed.js", "plain"),
            ("packed.js.br", "brotli, it says"),
        ] {
            fs::write(dist.join(name), content).unwrap();
        }
        let app = app(AppState::new(store, dist));
        Self { sandbox, app }
    }

    async fn send(&self, method: Method, uri: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(uri);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "localhost:8080");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await.unwrap().to_vec(),
        }
    }

    async fn get(&self, uri: &str) -> Answer {
        self.send(Method::GET, uri, &[]).await
    }
}

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
    let listed = |answer: Answer| serde_json::from_slice::<Vec<DataSet>>(&answer.body).unwrap();
    let sets = listed(house.get("/api/datasets").await);
    assert_eq!(sets, house.sandbox.store().list().unwrap().sets);
    assert_eq!(sets.len(), 2);
    fs::write(house.sandbox.base().join("data/QQQ-1min/set.json"), "{").unwrap();
    let sets = listed(house.get("/api/datasets").await);
    assert_eq!(
        sets.iter().map(|set| set.name.as_str()).collect::<Vec<_>>(),
        ["SPY-1min"]
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
        (bars("SPY-1min"), 404, "the server has no"),
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
async fn only_this_machine_and_its_own_pages_are_answered() {
    let house = House::new();
    for host in [
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1",
        "127.0.0.1:8080",
        "[::1]",
        "[::1]:8080",
    ] {
        let answer = house.send(Method::GET, "/health", &[("host", host)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{host}");
        let origin = format!("http://{host}");
        let answer = house
            .send(
                Method::GET,
                "/health",
                &[("host", host), ("origin", &origin)],
            )
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{origin}");
    }
    for host in [
        "",
        "evil.example",
        "localhost.evil.example",
        "evil.example:8080",
        "127.0.0.1.nip.io",
        "0.0.0.0",
        "user@localhost",
        "127.0.0.2",
        "localhost:80:80",
        "[::2]",
        "a b",
    ] {
        let detail = house
            .send(Method::GET, "/health", &[("host", host)])
            .await
            .problem(403);
        assert!(detail.contains("127.0.0.1"), "{detail}");
    }
    let twice = [("host", "localhost"), ("host", "evil.example")];
    house
        .send(Method::GET, "/health", &twice)
        .await
        .problem(403);
    house
        .send(Method::GET, "http://evil.example/health", &[])
        .await
        .problem(403);
    for origin in [
        "null",
        "http://evil.example",
        "https://localhost:8080",
        "http://localhost",
        "http://localhost:8081",
        "http://localhost:8080.evil.example",
        "http://127.0.0.1:8080",
    ] {
        for uri in [
            "/health",
            "/",
            "/api/datasets",
            "/api/datasets/SPY-1min/bars",
            "/missing",
        ] {
            house
                .send(Method::GET, uri, &[("origin", origin)])
                .await
                .problem(403);
        }
    }
    let twice = [
        ("origin", "http://localhost:8080"),
        ("origin", "http://evil.example"),
    ];
    house
        .send(Method::GET, "/health", &twice)
        .await
        .problem(403);
}

#[tokio::test]
async fn nothing_but_reading_is_allowed() {
    let house = House::new();
    let before = house.sandbox.content();
    for method in [
        "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "HACK",
    ] {
        for uri in [
            "/",
            "/health",
            "/api/datasets",
            "/api/datasets/SPY-1min/bars",
            "/engine_worker.js",
            "/x",
        ] {
            let answer = house.send(method.parse().unwrap(), uri, &[]).await;
            answer.problem(405);
            assert_eq!(answer.header("allow"), "GET, HEAD", "{method} {uri}");
        }
    }
    for uri in ["/", "/health", "/api/datasets", "/engine_worker.js"] {
        assert_eq!(
            house.send(Method::HEAD, uri, &[]).await.status,
            StatusCode::OK,
            "{uri}"
        );
    }
    assert_eq!(house.sandbox.content(), before);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let house = House::new();
    for uri in [
        "/",
        "/health",
        "/api/datasets/SPY-1min/bars",
        "/engine_worker.js",
        "/missing",
        "/api/x",
    ] {
        let answer = house.get(uri).await;
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'self';",
            "'wasm-unsafe-eval';",
            "object-src 'none';",
            "base-uri 'none';",
            "frame-ancestors 'none'",
            "connect-src 'self';",
            "worker-src 'self' blob:;",
        ] {
            assert!(policy.contains(part), "{uri}: {policy}");
        }
        assert!(
            !policy.contains("script-src 'self' 'unsafe-inline'"),
            "{uri}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{uri}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{uri}");
    }
    let refused = house
        .send(Method::GET, "/", &[("host", "evil.example")])
        .await;
    assert_eq!(refused.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn the_page_allows_its_own_inline_scripts_as_they_are_now() {
    let house = House::new();
    for uri in ["/", "/index.html"] {
        let answer = house.get(uri).await;
        assert_eq!(answer.text(), PAGE);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "no-cache");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("script-src 'self' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=' 'wasm-unsafe-eval'"), "{policy}");
        assert!(
            !house
                .get("/health")
                .await
                .header("content-security-policy")
                .contains("sha256")
        );
    }
    // built again while the server runs
    fs::write(
        house.sandbox.base().join("dist/index.html"),
        "<script>alert(2)</script>",
    )
    .unwrap();
    let policy = house
        .get("/")
        .await
        .header("content-security-policy")
        .to_owned();
    assert!(
        policy.contains("'sha256-") && !policy.contains("bhHHL3z2"),
        "{policy}"
    );
}

#[tokio::test]
async fn files_are_kept_for_good_only_if_their_name_has_a_hash() {
    let house = House::new();
    let hashed = house.get("/app-0123456789abcdef.js").await;
    assert_eq!(
        hashed.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert!(hashed.header("content-type").contains("javascript"));
    let worker = house.get("/engine_worker.js").await;
    assert_eq!(worker.header("cache-control"), "no-cache");
    let tag = worker.header("etag").to_owned();
    assert!(!tag.is_empty() && !worker.header("last-modified").is_empty());
    let again = house
        .send(Method::GET, "/engine_worker.js", &[("if-none-match", &tag)])
        .await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn answers_are_compressed_once() {
    let house = House::new();
    let plain = house.get("/engine_worker.js").await;
    assert_eq!(plain.header("content-encoding"), "");
    for encoding in ["br", "gzip"] {
        let accept = [("accept-encoding", encoding)];
        let packed = house.send(Method::GET, "/engine_worker.js", &accept).await;
        assert_eq!(packed.header("content-encoding"), encoding);
        assert!(
            packed.body.len() < plain.body.len() / 10,
            "{}",
            packed.body.len()
        );
        let bars = house
            .send(Method::GET, "/api/datasets/SPY-1min/bars", &accept)
            .await;
        assert_eq!(bars.header("content-encoding"), "");
    }
    let ready = house
        .send(Method::GET, "/packed.js", &[("accept-encoding", "br")])
        .await;
    assert_eq!(
        (ready.header("content-encoding"), ready.text()),
        ("br", "brotli, it says")
    );
    assert!(ready.header("content-type").contains("javascript"));
    assert_eq!(house.get("/packed.js").await.text(), "plain");
}

#[tokio::test]
async fn without_a_front_end_the_page_says_what_builds_it() {
    let sandbox = Sandbox::new();
    let app = app(AppState::new(sandbox.store(), sandbox.base().join("dist")));
    let house = House { sandbox, app };
    let answer = house.get("/").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text().contains("cargo xtask start"));
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    house.get("/app.js").await.problem(404);
    assert_eq!(house.get("/health").await.status, StatusCode::OK);
    assert_eq!(house.get("/api/datasets").await.text(), "[]");
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
