//! Errors as RFC 9457 problem details.

use std::io;

use atrium_shared::market::curate::ResampleError;
use atrium_shared::market::intake::Seen;
use atrium_shared::surface::api::Problem;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::import::ImportError;
use crate::store::StoreError;

/// Whoever asked went away, or gave the file up.
const GIVEN_UP: &str = "Given up";
/// Somebody else is at the data set, or was meanwhile.
const BUSY: &str = "Busy";

/// A request that is answered with a problem.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    title: &'static str,
    detail: String,
    may_accept: bool,
    asks_for_more: bool,
    seen: Option<Box<Seen>>,
    upload: Option<String>,
}

impl Failure {
    pub(super) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            title,
            detail: detail.into(),
            may_accept: false,
            asks_for_more: false,
            seen: None,
            upload: None,
        }
    }

    /// Whether a file may be read if somebody says more of it.
    pub(super) fn asks_for_more(&self) -> bool {
        self.asks_for_more
    }

    /// The same, with what the upload is known by that waits to be read otherwise.
    pub(super) fn of_upload(self, id: &str) -> Self {
        Self {
            upload: Some(id.to_owned()),
            ..self
        }
    }

    /// Whether that is a question, which the same request with `accept` answers.
    pub(super) fn may_accept(&self) -> bool {
        self.may_accept
    }

    /// Whether it is what storing would be answered by, not that the server cannot try it now.
    pub(super) fn is_of_the_file(&self) -> bool {
        !self.status.is_server_error() && ![GIVEN_UP, BUSY].contains(&self.title)
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Bad request", detail)
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found", detail)
    }

    pub(super) fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Cannot be used", detail)
    }

    /// A body that cannot be used.
    pub(super) fn of_body(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = match status {
            StatusCode::PAYLOAD_TOO_LARGE => "Too large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "Wrong kind of content",
            _ => "Bad request",
        };
        Self::new(status, title, detail)
    }

    /// What is wrong, and what to do.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    /// A defect of the program; what exactly is for the log, not for the page.
    pub(super) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal error",
            "the server failed on this request, which is a defect of the program: please report what you did",
        )
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        use StoreError as E;
        let (status, title) = match &error {
            E::Name(_) | E::Symbol(_) | E::Ambiguous { .. } => {
                (StatusCode::BAD_REQUEST, "Bad request")
            }
            E::Unknown { .. } => (StatusCode::NOT_FOUND, "Unknown data set"),
            E::Damaged { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "Damaged data set"),
            E::Meanwhile(_) | E::Busy(_) => (StatusCode::CONFLICT, BUSY),
            E::GivenUp => (StatusCode::CONFLICT, GIVEN_UP),
            E::Exists { .. }
            | E::Mixed { .. }
            | E::OtherCalendar { .. }
            | E::OtherCase { .. }
            | E::OtherBasis { .. } => (StatusCode::CONFLICT, "Does not fit what is stored"),
            E::Empty
            | E::Closures { .. }
            | E::TwoOfASession { .. }
            | E::Series(_)
            | E::Merge(_)
            | E::Action(_)
            | E::Instrument(_)
            | E::Description(_)
            | E::NotFinite(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Cannot be stored"),
            E::Io { source, .. } if is_full(source) => {
                (StatusCode::INSUFFICIENT_STORAGE, "No room")
            }
            E::Io { .. } | E::Write { .. } => {
                (StatusCode::INTERNAL_SERVER_ERROR, "Store not usable")
            }
        };
        Self {
            may_accept: error.may_accept(),
            ..Self::new(status, title, error.to_string())
        }
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Store(error) => error.into(),
            ImportError::Cancelled => Self::new(StatusCode::CONFLICT, GIVEN_UP, error.to_string()),
            error => Self {
                asks_for_more: error.asks_for_more(),
                seen: error.seen().cloned().map(Box::new),
                ..Self::unprocessable(error.to_string())
            },
        }
    }
}

impl From<JsonRejection> for Failure {
    fn from(bad: JsonRejection) -> Self {
        Self::of_body(bad.status(), bad.body_text())
    }
}

/// Whether there is no room on the disk.
pub(super) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge
    )
}

impl From<ResampleError> for Failure {
    fn from(error: ResampleError) -> Self {
        let title = "Bars cannot be cut";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, title, error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::error!("{}: {}", self.title, self.detail);
        }
        let problem = Problem {
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            may_accept: self.may_accept,
            seen: self.seen,
            upload: self.upload,
        };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let content_type = HeaderValue::from_static("application/problem+json");
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, content_type);
        let no_store = HeaderValue::from_static("no-store");
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, no_store);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_set_that_others_write_is_no_fault_of_a_file() {
        let name = || "SPY-1min".to_owned();
        for busy in [StoreError::Busy(name()), StoreError::Meanwhile(name())] {
            let failure = Failure::from(busy);
            assert!(!failure.is_of_the_file(), "{}", failure.detail());
            assert_eq!(failure.status, StatusCode::CONFLICT);
        }
        assert!(!Failure::from(ImportError::Cancelled).is_of_the_file());
        assert!(Failure::from(StoreError::Empty).is_of_the_file());
    }
}
