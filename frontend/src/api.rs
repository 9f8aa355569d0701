//! The server's HTTP interface, as the page uses it.

use atrium_shared::base::time::BarInterval;
use atrium_shared::surface::api::{DataSet, Health, Problem};
use gloo::net::http::{Request, Response};
use serde::de::DeserializeOwned;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    /// No connection.
    #[error("The server does not answer.")]
    Away,
    /// The server refused, and says why.
    #[error("{0}")]
    Refused(String),
    /// The answer is not what was asked for.
    #[error(
        "The server's answer cannot be read: page and server may be of different versions, reload the page."
    )]
    Unreadable,
}

/// Whether the server is there, and which engine it has.
pub(crate) async fn health() -> Result<Health, ApiError> {
    json("/health").await
}

/// The stored data sets.
pub(crate) async fn data_sets() -> Result<Vec<DataSet>, ApiError> {
    json("/api/datasets").await
}

/// The bars of a data set at an interval, in wire form.
pub(crate) async fn bars(data_set: &str, interval: BarInterval) -> Result<Vec<u8>, ApiError> {
    let name = js_sys::encode_uri_component(data_set);
    let response = get(&format!("/api/datasets/{name}/bars?interval={interval}")).await?;
    response.binary().await.map_err(|_| ApiError::Away)
}

async fn json<T: DeserializeOwned>(url: &str) -> Result<T, ApiError> {
    let text = get(url).await?.text().await.map_err(|_| ApiError::Away)?;
    serde_json::from_str(&text).map_err(|_| ApiError::Unreadable)
}

async fn get(url: &str) -> Result<Response, ApiError> {
    let response = Request::get(url).send().await.map_err(|_| ApiError::Away)?;
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    let text = response.text().await.map_err(|_| ApiError::Away)?;
    Err(ApiError::Refused(match serde_json::from_str(&text) {
        Ok(Problem { title, detail, .. }) if detail.is_empty() => title,
        Ok(Problem { detail, .. }) => detail,
        Err(_) => format!("The server answered with status {status}."),
    }))
}
