//! Errors as RFC 9457 problem details.

use atrium_shared::market::curate::ResampleError;
use atrium_shared::surface::api::Problem;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::store::StoreError;

/// A request that is answered with a problem.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    title: &'static str,
    detail: String,
}

impl Failure {
    pub(super) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            title,
            detail: detail.into(),
        }
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Bad request", detail)
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found", detail)
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
        let (status, title) = match &error {
            StoreError::Name(_) | StoreError::Symbol(_) | StoreError::Ambiguous { .. } => {
                (StatusCode::BAD_REQUEST, "Bad request")
            }
            StoreError::Unknown { .. } => (StatusCode::NOT_FOUND, "Unknown data set"),
            StoreError::Damaged { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "Damaged data set"),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "Store not readable"),
        };
        Self::new(status, title, error.to_string())
    }
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
