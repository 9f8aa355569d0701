//! The front end's page and files.

use super::*;

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
async fn an_address_of_a_page_without_its_hash_leads_to_the_page() {
    let house = House::new();
    let visit = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    for (asked, page) in [
        ("/data", "/#/data"),
        ("/data/SPY-1min", "/#/data/SPY-1min"),
        ("/backtest?c=1.x.00000000", "/#/backtest?c=1.x.00000000"),
        ("/sweep/", "/#/sweep/"),
    ] {
        let answer = house.send(Method::GET, asked, &visit).await;
        assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT, "{asked}");
        assert_eq!(answer.header("location"), page);
        // who does not ask for a page is told that there is none
        assert!(house.get(asked).await.problem(404).contains("has no"));
    }
    for none in ["/database", "/datasets/data", "//data", "/api/data", "/api"] {
        let answer = house.send(Method::GET, none, &visit).await;
        assert!(answer.problem(404).contains("has no"), "{none}");
    }
    // a file stays a file
    let worker = house.send(Method::GET, "/engine_worker.js", &visit).await;
    assert_eq!(worker.status, StatusCode::OK);
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
    let app = app(AppState::new(
        sandbox.store(),
        sandbox.base().join("dist"),
        None,
    ));
    let house = House { sandbox, app };
    let answer = house.get("/").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text().contains("cargo xtask start"));
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    house.get("/app.js").await.problem(404);
    assert_eq!(house.get("/health").await.status, StatusCode::OK);
    assert_eq!(
        house.get("/api/datasets").await.text(),
        r#"{"sets":[],"damaged":[]}"#
    );
}

#[cfg(unix)]
#[tokio::test]
async fn links_out_of_the_folder_are_not_followed() {
    use std::os::unix::fs::symlink;

    let house = House::new();
    let dist = house.sandbox.base().join("dist");
    let secret = house.sandbox.file("secret.txt", "secret");
    let outside = secret.parent().unwrap();
    fs::create_dir_all(dist.join("real dir")).unwrap();
    fs::write(dist.join("real dir/a.js"), "own").unwrap();
    fs::write(dist.join("b.js"), "own").unwrap();
    symlink(outside, dist.join("out")).unwrap();
    symlink(&secret, dist.join("secret.txt")).unwrap();
    symlink(&secret, dist.join("b.js.br")).unwrap();
    symlink(dist.join("real dir"), dist.join("in")).unwrap();
    for uri in [
        "/out/secret.txt",
        "/%6Fut/secret.txt",
        "/secret.txt",
        "//out/secret.txt",
        "/out",
        "/in/../out/secret.txt",
    ] {
        house.get(uri).await.problem(404);
    }
    let packed = [("accept-encoding", "br")];
    let packed = house.send(Method::GET, "/b.js", &packed).await;
    assert_eq!(packed.status, StatusCode::NOT_FOUND);
    for uri in ["/in/a.js", "/real%20dir/a.js"] {
        assert_eq!(house.get(uri).await.text(), "own", "{uri}");
    }
    fs::remove_file(dist.join("index.html")).unwrap();
    symlink(&secret, dist.join("index.html")).unwrap();
    house.get("/").await.problem(404);
    // the folder itself may be a link
    let link = outside.join("link");
    symlink(&dist, &link).unwrap();
    let app = app(AppState::new(house.sandbox.store(), link, None));
    let sandbox = house.sandbox;
    let house = House { sandbox, app };
    assert_eq!(house.get("/real%20dir/a.js").await.text(), "own");
}
