//! Who is answered, and what every answer carries.

use super::*;

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
async fn data_is_not_sent_into_pages_of_other_sites() {
    let house = House::new();
    for uri in ["/api/datasets", "/api/datasets/SPY-1min/bars", "/api"] {
        for site in ["cross-site", "same-site", "odd"] {
            let answer = house
                .send(Method::GET, uri, &[("sec-fetch-site", site)])
                .await;
            answer.problem(403);
        }
    }
    for site in ["same-origin", "none"] {
        let answer = house
            .send(Method::GET, "/api/datasets", &[("sec-fetch-site", site)])
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{site}");
    }
    // a link on another site may lead to the page
    let answer = house
        .send(Method::GET, "/", &[("sec-fetch-site", "cross-site")])
        .await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_path_has_only_its_own_methods() {
    let house = House::new();
    let before = house.sandbox.content();
    for (uri, own) in [
        ("/", "GET,HEAD"),
        ("/health", "GET,HEAD"),
        ("/engine_worker.js", "GET,HEAD"),
        ("/x", "GET,HEAD"),
        ("/api/datasets", "GET,HEAD"),
        ("/api/datasets/SPY-1min/bars", "GET,HEAD"),
        ("/api/datasets/SPY-1min", "GET,HEAD,DELETE"),
        ("/api/instruments/SPY", "PUT"),
        ("/api/imports", "POST"),
    ] {
        for method in [
            "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "SEARCH",
        ] {
            if own.contains(method) {
                continue;
            }
            let answer = house.send(method.parse().unwrap(), uri, &[]).await;
            answer.problem(405);
            assert_eq!(answer.header("allow"), own, "{method} {uri}");
            assert_eq!(answer.header("access-control-allow-origin"), "");
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
async fn nothing_is_changed_for_a_page_of_another_site() {
    let house = House::new();
    let before = house.sandbox.content();
    let requests = [
        (Method::DELETE, "/api/datasets/SPY-1min?confirm=SPY-1min"),
        (Method::POST, "/api/imports?name=IWM.csv"),
        (Method::POST, "/api/imports/0123"),
        (Method::DELETE, "/api/imports/0123"),
        (Method::PUT, "/api/instruments/SPY"),
        (Method::POST, "/api/instruments/SPY/factors"),
    ];
    for (method, uri) in requests {
        for foreign in [
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("origin", "http://localhost:8081"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            // an address that was typed is only read
            ("sec-fetch-site", "none"),
            ("host", "evil.example"),
        ] {
            let headers = [foreign, ("content-type", "application/octet-stream")];
            let answer = house.send(method.clone(), uri, &headers).await;
            answer.problem(403);
        }
    }
    assert_eq!(house.sandbox.content(), before);
    let own = [
        ("origin", "http://localhost:8080"),
        ("sec-fetch-site", "same-origin"),
    ];
    let answer = house
        .send(
            Method::DELETE,
            "/api/datasets/SPY-1min?confirm=SPY-1min",
            &own,
        )
        .await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
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
            "worker-src 'self';",
            "img-src 'self';",
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
