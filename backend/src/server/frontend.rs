//! The built front end: its page and its files.

use std::path::{Path, PathBuf};
use std::{fs, io};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use tower_http::services::ServeDir;

use super::guard::CONTENT_POLICY;
use super::problem::Failure;
use super::{App, blocking};

/// Where the front end is.
#[derive(Debug)]
pub(super) struct Frontend {
    folder: PathBuf,
    files: ServeDir,
}

impl Frontend {
    pub(super) fn new(folder: PathBuf) -> Self {
        let files = ServeDir::new(&folder)
            .append_index_html_on_directories(false)
            .precompressed_br()
            .precompressed_gzip();
        Self { folder, files }
    }
}

/// What is shown where the front end has not been built.
const NOT_BUILT: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>Atrium</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 4rem auto; max-width: 36rem; padding: 0 1rem; color-scheme: light dark }
</style>
<h1>The front end is not built yet</h1>
<p>The server runs, but the folder of its pages holds no index.html. Stop it and run</p>
<pre>cargo xtask start</pre>
<p>in the clone, which builds the pages and starts the server again.</p>
</html>
";

/// The page. It is read anew each time, so that a rebuilt front end needs no restart; it is small.
pub(super) async fn page(State(state): App) -> Result<Response, Failure> {
    let folder = state.frontend.folder.clone();
    let read = blocking(
        move || match inside(&folder, "index.html").and_then(fs::read_to_string) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(
                Failure::not_found("the server has no index.html that it may read"),
            ),
            Err(error) => {
                tracing::error!("index.html of {} cannot be read: {error}", folder.display());
                Err(Failure::internal())
            }
        },
    );
    let Some(text) = read.await? else {
        return Ok((StatusCode::SERVICE_UNAVAILABLE, no_cache(), Html(NOT_BUILT)).into_response());
    };
    let mut headers = no_cache();
    let policy = HeaderValue::try_from(policy_for(&text)).map_err(|_| Failure::internal())?;
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok((headers, Html(text)).into_response())
}

/// The content policy of a page: its own inline scripts are allowed by their hashes, and no others.
fn policy_for(page: &str) -> String {
    // a browser reads every line break as a line feed, also for the hash
    let page = page.replace("\r\n", "\n");
    let hashes = inline_scripts(&page).map(|script| {
        let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
        format!(" 'sha256-{hash}'")
    });
    let own = "script-src 'self'";
    CONTENT_POLICY.replacen(own, &format!("{own}{}", hashes.collect::<String>()), 1)
}

/// The texts of `<script>` elements without `src`.
fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (text, _) = rest.split_once("</script")?;
        let has_source = attributes
            .split_whitespace()
            .any(|word| word.starts_with("src="));
        (!has_source && !text.is_empty()).then_some(text)
    })
}

/// The pages of the app, whose addresses stand behind a `#`.
const PAGES: [&str; 3] = ["backtest", "data", "sweep"];

/// Where an address of a page leads that was written without its `#`, if a browser opens it.
fn with_hash(request: &Request) -> Option<Redirect> {
    let uri = request.uri();
    let page = uri.path().strip_prefix('/')?.split('/').next()?;
    let accepted = request.headers().get(header::ACCEPT)?.to_str().ok()?;
    let mut kinds = accepted.split(',');
    let is_visit = kinds.any(|kind| kind.trim_start().starts_with("text/html"));
    let address = uri.path_and_query()?.as_str();
    (is_visit && PAGES.contains(&page)).then(|| Redirect::temporary(&format!("/#{address}")))
}

/// Any other file of the front end.
pub(super) async fn file(State(state): App, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if path == "/api" || path.starts_with("/api/") {
        return Failure::not_found(format!("the server has no {path}")).into_response();
    }
    if let Some(redirect) = with_hash(&request) {
        return redirect.into_response();
    }
    let mut files = state.frontend.files.clone();
    let not_found = || Failure::not_found(format!("the server has no {path}")).into_response();
    let (folder, asked) = (state.frontend.folder.clone(), path.clone());
    match blocking(move || Ok(is_inside(&folder, &asked))).await {
        Ok(true) => {}
        Ok(false) => return not_found(),
        Err(failure) => return failure.into_response(),
    }
    let response = match files.try_call(request).await {
        Ok(response) if response.status() == StatusCode::NOT_FOUND => return not_found(),
        Ok(response) => response,
        Err(error) if names_no_file(&error) => return not_found(),
        Err(error) => {
            tracing::error!("{path} of the front end cannot be read: {error}");
            return Failure::internal().into_response();
        }
    };
    let mut response = response.into_response();
    let cache = if is_hashed(&path) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let cache = HeaderValue::from_static(cache);
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    response
}

/// Whether what a request asks for is inside the folder once links are followed, packed variants included.
fn is_inside(folder: &Path, asked: &str) -> bool {
    let Some(name) = decoded(asked.trim_start_matches('/')) else {
        return false;
    };
    let is_missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let packed = [".br", ".gz"].map(|ending| inside(folder, &format!("{name}{ending}")));
    inside(folder, &name).is_ok()
        && packed
            .iter()
            .all(|variant| variant.as_ref().map_or_else(is_missing, |_| true))
}

/// The file of that name in the folder, links followed.
///
/// # Errors
/// Those of the system, and `PermissionDenied` where a link leads out of the folder.
fn inside(folder: &Path, name: &str) -> io::Result<PathBuf> {
    let (folder, path) = (fs::canonicalize(folder)?, folder.join(name));
    let path = fs::canonicalize(path)?;
    if path.starts_with(&folder) {
        return Ok(path);
    }
    tracing::warn!(
        "{name:?} of {} leads out of that folder and is not served",
        folder.display()
    );
    Err(io::ErrorKind::PermissionDenied.into())
}

/// The path of an address with its `%` sequences replaced; `None` where that is no text.
fn decoded(path: &str) -> Option<String> {
    let mut parts = path.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        match part.split_at_checked(2) {
            Some((code, rest)) if code.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                bytes.push(u8::from_str_radix(code, 16).ok()?);
                bytes.extend_from_slice(rest.as_bytes());
            }
            _ => return None,
        }
    }
    String::from_utf8(bytes).ok()
}

fn names_no_file(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound};
    matches!(
        error.kind(),
        NotFound | NotADirectory | InvalidInput | InvalidFilename
    )
}

/// Whether the name of a file contains the hash of its content, as the build gives it: `app-0123456789abcdef_bg.wasm`.
/// Such a file never changes. The hash is a 64-bit number without leading zeros, so it may have fewer than 16 digits.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split('-').skip(1).any(|part| {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        let rest = part.get(digits..).unwrap_or_default();
        (10..=16).contains(&digits) && rest.starts_with(['.', '_'])
    })
}

fn no_cache() -> HeaderMap {
    HeaderMap::from_iter([(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_allowed_by_hash_and_others_are_not() {
        let page = "<head><script type=\"module\">alert(1)</script><script src=\"/a.js\"></script></head>\
                    <script type=module nonce=\"x\">\nlet a = '<b>';\n</script>";
        let scripts: Vec<&str> = inline_scripts(page).collect();
        assert_eq!(scripts, ["alert(1)", "\nlet a = '<b>';\n"]);
        let policy = policy_for(page);
        // the hash of "alert(1)" as any browser prints it when it refuses the script
        assert!(
            policy.contains(
                "script-src 'self' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=' 'sha256-"
            ),
            "{policy}"
        );
        assert_eq!(policy.matches("'sha256-").count(), 2);
        assert_eq!(policy_for(&page.replace('\n', "\r\n")), policy);
        assert_eq!(policy_for("<p>none</p>"), CONTENT_POLICY);
    }

    #[test]
    fn addresses_are_decoded_as_they_are_served() {
        assert_eq!(decoded("a%20b/%C3%A9.js").as_deref(), Some("a b/\u{e9}.js"));
        assert_eq!(decoded("").as_deref(), Some(""));
        for none in ["%", "%4", "%zz", "%+1", "%ff", "a%\u{e9}"] {
            assert_eq!(decoded(none), None, "{none}");
        }
    }

    #[test]
    fn only_names_with_a_hash_are_kept_for_good() {
        for hashed in [
            "/app-0123456789abcdef.js",
            "/app-8cff4cfd8eccb00.js",
            "/app-0123456789abcdef_bg.wasm",
            "/a/b-c-00ff00ff00ff00ff.css",
        ] {
            assert!(is_hashed(hashed), "{hashed}");
        }
        for plain in [
            "/engine_worker.js",
            "/engine_worker_bg.wasm",
            "/index.html",
            "/app-012345678.js",
            "/app-0123456789abcdef0.js",
            "/0123456789abcdef.js",
            "/x-0123456789abcdef/y.js",
        ] {
            assert!(!is_hashed(plain), "{plain}");
        }
    }
}
