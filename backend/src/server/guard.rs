//! What every request passes and every answer carries.
//!
//! The server listens on this machine only, but a page of another site runs on this machine, too: it could make the
//! browser send requests here, or point a name of its own at 127.0.0.1. So the Host must be this machine's own name, an
//! Origin must be this very server, data goes to no request that a browser says another site made, and what changes
//! anything is done for requests under `/api/` only that no other site can have made.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Failure;

/// The longest path and query, in bytes.
const MAX_URI: usize = 2_048;

/// What a page may load: only what this server sends.
pub(super) const CONTENT_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self'; worker-src 'self'; connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Lets a request pass or answers it with a problem; adds the headers that every answer carries.
pub(super) async fn check(request: Request, next: Next) -> Response {
    let asked = format!("{} {}", request.method(), request.uri().path());
    let mut response = match refusal(&request) {
        Some(failure) => failure.into_response(),
        None => next.run(request).await,
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        // what refused it knows the path's methods, or it is a page
        let allowed = response.headers_mut().remove(header::ALLOW);
        let allowed = allowed.unwrap_or(HeaderValue::from_static("GET,HEAD"));
        let detail = format!(
            "{asked} is not possible: use {}",
            allowed.to_str().unwrap_or("GET")
        );
        let status = StatusCode::METHOD_NOT_ALLOWED;
        response = Failure::new(status, "Method not allowed", detail).into_response();
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    tracing::debug!("{asked}: {}", response.status());
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

fn is_reading(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn refusal(request: &Request) -> Option<Failure> {
    let uri = request.uri();
    let for_data = uri.path() == "/api" || uri.path().starts_with("/api/");
    let reads = is_reading(request.method());
    if !reads && !for_data {
        let detail = "pages are only read: use GET";
        let status = StatusCode::METHOD_NOT_ALLOWED;
        return Some(Failure::new(status, "Method not allowed", detail));
    }
    let length = uri.path_and_query().map_or(0, |path| path.as_str().len());
    if length > MAX_URI {
        let detail = format!("the address has {length} bytes, at most {MAX_URI} are read");
        return Some(Failure::new(
            StatusCode::URI_TOO_LONG,
            "Address too long",
            detail,
        ));
    }
    let forbidden = |detail: &str| Failure::new(StatusCode::FORBIDDEN, "Forbidden", detail);
    let Some(host) = local_host(request.headers(), uri.authority()) else {
        return Some(forbidden(
            "this server answers to the names localhost, 127.0.0.1 and [::1] only: open it by the address that it printed",
        ));
    };
    let headers = request.headers();
    if is_foreign(headers, host)
        || for_data && is_cross_site(headers)
        || !reads && is_typed(headers)
    {
        return Some(forbidden("this server answers its own pages only"));
    }
    None
}

/// The one Host of a request, if it is a name of this machine.
fn local_host<'a>(headers: &'a HeaderMap, target: Option<&Authority>) -> Option<&'a str> {
    let mut hosts = headers.get_all(header::HOST).into_iter();
    let host = hosts.next()?.to_str().ok()?;
    let authority: Authority = host.parse().ok()?;
    let is_local = |authority: &Authority| {
        let name = authority.host();
        let known = ["localhost", "127.0.0.1", "[::1]"];
        known.iter().any(|local| local.eq_ignore_ascii_case(name))
            && !authority.as_str().contains('@')
    };
    let only = hosts.next().is_none();
    (only && is_local(&authority) && target.is_none_or(is_local)).then_some(host)
}

/// Whether the request comes from a page of another server.
fn is_foreign(headers: &HeaderMap, host: &str) -> bool {
    let own = format!("http://{host}");
    let is_own = |origin: &HeaderValue| {
        let origin = origin.to_str().unwrap_or_default();
        origin.eq_ignore_ascii_case(&own)
    };
    !headers.get_all(header::ORIGIN).iter().all(is_own)
}

/// Whether a browser says that no page made the request, which can be so for what is read only.
fn is_typed(headers: &HeaderMap) -> bool {
    let mut told = headers.get_all("sec-fetch-site").into_iter();
    told.any(|site| site.as_bytes() == b"none")
}

/// Whether a browser says that a page of another site, or of another port, made the request. An image or a script of such a
/// page asks without an Origin. `none` is a person who typed the address; programs that are no browsers say nothing.
fn is_cross_site(headers: &HeaderMap) -> bool {
    let told = headers.get_all("sec-fetch-site").into_iter();
    let mut told = told.map(HeaderValue::as_bytes);
    told.any(|site| site != b"same-origin" && site != b"none")
}
