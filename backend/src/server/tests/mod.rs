//! Every route, asked as a page would ask it and as an attacker would.

mod api;
mod changes;
mod gone;
mod guard;
mod imports;
mod pages;
mod reports;
mod runs;
mod sweeps;

use std::fs;

use atrium_shared::surface::api::Problem;
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

    /// What was sent as JSON.
    fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        assert!(self.status.is_success(), "{} {}", self.status, self.text());
        serde_json::from_slice(&self.body).unwrap()
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
        Self::with_limits(super::imports::Limits::default())
    }

    fn with_limits(limits: super::imports::Limits) -> Self {
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
        let app = app(AppState::new(store, dist, None).with_limits(limits));
        Self { sandbox, app }
    }

    async fn send(&self, method: Method, uri: &str, headers: &[(&str, &str)]) -> Answer {
        self.send_body(method, uri, headers, Body::empty()).await
    }

    async fn send_body(
        &self,
        method: Method,
        uri: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(uri);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "localhost:8080");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        let request = request.body(body).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await.unwrap().to_vec(),
        }
    }

    /// Sends a value as JSON.
    async fn send_json(&self, method: Method, uri: &str, value: &impl serde::Serialize) -> Answer {
        let body = Body::from(serde_json::to_vec(value).unwrap());
        let headers = [("content-type", "application/json")];
        self.send_body(method, uri, &headers, body).await
    }

    async fn get(&self, uri: &str) -> Answer {
        self.send(Method::GET, uri, &[]).await
    }
}
