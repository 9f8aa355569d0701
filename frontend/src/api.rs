//! The server's HTTP interface, as the page uses it.

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::curate::{Coverage, QualityReport};
use atrium_shared::market::instrument::Instrument;
use atrium_shared::surface::api::{
    DataSetDetail, DataSets, Health, ImportOrder, ImportPreview, ImportStatus, Instruments,
    Problem, Rehearsal, StoredRows,
};
use atrium_shared::surface::kept_sweep::{KeptSummary, KeptSweeps};
use atrium_shared::surface::saved_runs::{SaveRun, SavedRun, SavedRuns};
use gloo::net::http::{Request, Response};
use serde::de::DeserializeOwned;
use web_sys::{AbortSignal, Blob, File};

use crate::data_protocol::Unread;
use crate::state::entries::Sets;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    /// No connection.
    #[error("The server does not answer.")]
    Away,
    /// The server refused, and says why.
    #[error("{0}")]
    Refused(String),
    /// It is at something that it cannot stop, and says so.
    #[error("{0}")]
    Busy(String),
    /// The server asks whether prices are to be taken as they are.
    #[error("{0}")]
    Question(String),
    /// The server cannot read a file as it is: why, what it found in it, and what it knows the upload by, if that waits for more
    /// to be said.
    #[error("{}", unread.words)]
    Unread {
        unread: Unread,
        upload: Option<String>,
    },
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
pub(crate) async fn data_sets() -> Result<Sets, ApiError> {
    let text = text(get("/api/datasets", None).await?).await?;
    Sets::try_from(text).map_err(|_| ApiError::Unreadable)
}

/// The instruments that the server knows.
pub(crate) async fn instruments() -> Result<Instruments, ApiError> {
    json("/api/instruments").await
}

/// Bars as they were sent.
pub(crate) struct Bars {
    /// The bars in wire form.
    pub(crate) wire: Vec<u8>,
    /// The digest of the stored bars that they were cut from.
    pub(crate) stored: String,
    /// How many stored bars were left out, because they lie outside the regular hours.
    pub(crate) left_out: u64,
    /// How many closing prints were folded into the last bar of their session.
    pub(crate) folded: u64,
}

/// The bars of a data set at an interval.
pub(crate) async fn bars(
    data_set: &str,
    interval: BarInterval,
    abort: Option<&AbortSignal>,
) -> Result<Bars, ApiError> {
    let url = format!("{}?interval={interval}", of(data_set, "bars"));
    let response = get(&url, abort).await?;
    let said = |name| response.headers().get(name).unwrap_or_default();
    let count = |name| said(name).parse().unwrap_or(0);
    Ok(Bars {
        stored: said("x-atrium-stored"),
        left_out: count("x-atrium-left-out"),
        folded: count("x-atrium-folded"),
        wire: response.binary().await.map_err(|_| ApiError::Away)?,
    })
}

/// All real bars of a data set as they are stored, in wire form, with the digest of what is stored.
pub(crate) async fn stored_bars(data_set: &str) -> Result<(Vec<u8>, String), ApiError> {
    let url = format!("{}?hours=all", of(data_set, "bars"));
    let response = get(&url, None).await?;
    let stored = response.headers().get("x-atrium-stored");
    let wire = response.binary().await.map_err(|_| ApiError::Away)?;
    Ok((wire, stored.unwrap_or_default()))
}

/// How complete each day of a data set is.
pub(crate) async fn coverage(data_set: &str) -> Result<Coverage, ApiError> {
    json(&of(data_set, "coverage")).await
}

/// What is missing of a data set and what is odd.
pub(crate) async fn quality(data_set: &str) -> Result<QualityReport, ApiError> {
    json(&of(data_set, "quality")).await
}

/// The stored bars of a data set from one time on and before another, as they are.
pub(crate) async fn rows(
    data_set: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<StoredRows, ApiError> {
    json(&format!("{}?from={from}&to={to}", of(data_set, "rows"))).await
}

/// All that is known of a data set but its bars.
pub(crate) async fn detail(data_set: &str) -> Result<DataSetDetail, ApiError> {
    let name = js_sys::encode_uri_component(data_set);
    json(&format!("/api/datasets/{name}")).await
}

/// Removes a data set with all its imports from the store.
pub(crate) async fn remove(data_set: &str) -> Result<(), ApiError> {
    let name = js_sys::encode_uri_component(data_set);
    let url = format!("/api/datasets/{name}?confirm={name}");
    answered(Request::delete(&url).send().await).await.map(drop)
}

/// Changes an instrument in all stored data sets of its symbol.
pub(crate) async fn describe(instrument: &Instrument) -> Result<DataSets, ApiError> {
    let text = serde_json::to_string(instrument).map_err(|_| ApiError::Unreadable)?;
    let request = Request::put(&of_symbol(&instrument.symbol, ""))
        .header("content-type", "application/json")
        .body(text);
    send(request).await
}

/// Gives all stored data sets of a symbol the closures of a file; an empty one takes them away.
pub(crate) async fn set_closures(symbol: &str, text: &str) -> Result<DataSets, ApiError> {
    let request = Request::put(&of_symbol(symbol, "/closures"))
        .header("content-type", "text/csv; charset=utf-8")
        .body(text);
    send(request).await
}

/// Gives all stored data sets of a symbol the splits and dividends of a file, beside those known or in place of them.
pub(crate) async fn adjust(
    symbol: &str,
    text: &str,
    replace: bool,
    accept: bool,
) -> Result<DataSets, ApiError> {
    let url = of_symbol(symbol, "/factors");
    let request = Request::post(&format!("{url}?replace={replace}&accept={accept}"))
        .header("content-type", "text/csv; charset=utf-8")
        .body(text);
    send(request).await
}

/// The address of something of a symbol.
fn of_symbol(symbol: &str, what: &str) -> String {
    let symbol = js_sys::encode_uri_component(symbol);
    format!("/api/instruments/{symbol}{what}")
}

async fn send<T: DeserializeOwned>(
    request: Result<Request, gloo::net::Error>,
) -> Result<T, ApiError> {
    let request = request.map_err(|_| ApiError::Unreadable)?;
    read(answered(request.send().await).await?).await
}

/// The address of a data set as a file.
pub(crate) fn export_address(data_set: &str, format: &str) -> String {
    format!("{}?format={format}", of(data_set, "export"))
}

/// Hands a file to the server, which looks into it and stores nothing yet.
pub(crate) async fn upload(
    file: &File,
    abort: Option<&AbortSignal>,
) -> Result<ImportPreview, ApiError> {
    let name = js_sys::encode_uri_component(&file.name());
    let request = Request::post(&format!("/api/imports?name={name}"))
        .header("content-type", "application/octet-stream")
        .abort_signal(abort)
        .body(file.clone());
    send(request).await
}

/// Has the server look into an upload by other choices.
pub(crate) async fn preview_import(
    id: &str,
    order: &ImportOrder,
) -> Result<ImportPreview, ApiError> {
    post(id, order).await
}

/// Has the server try to store an upload.
pub(crate) async fn rehearse_import(
    id: &str,
    order: &ImportOrder,
    abort: Option<&AbortSignal>,
) -> Result<Rehearsal, ApiError> {
    ordered(id, order, abort).await
}

/// Has the server store an upload.
pub(crate) async fn order_import(id: &str, order: &ImportOrder) -> Result<ImportStatus, ApiError> {
    post(id, order).await
}

/// How far an import is.
pub(crate) async fn import_status(id: &str) -> Result<ImportStatus, ApiError> {
    json(&format!("/api/imports/{id}")).await
}

/// Has the server give up an import and forget the upload.
pub(crate) async fn cancel_import(id: &str) -> Result<(), ApiError> {
    let request = Request::delete(&format!("/api/imports/{id}"));
    answered(request.send().await).await.map(drop)
}

async fn post<T: DeserializeOwned>(id: &str, order: &ImportOrder) -> Result<T, ApiError> {
    ordered(id, order, None).await
}

async fn ordered<T: DeserializeOwned>(
    id: &str,
    order: &ImportOrder,
    abort: Option<&AbortSignal>,
) -> Result<T, ApiError> {
    let text = serde_json::to_string(order).map_err(|_| ApiError::Unreadable)?;
    let request = Request::post(&format!("/api/imports/{id}"))
        .header("content-type", "application/json")
        .abort_signal(abort)
        .body(text);
    send(request).await
}

/// The runs that the server keeps, the latest first.
pub(crate) async fn saved_runs() -> Result<SavedRuns, ApiError> {
    json(RUNS).await
}

/// The sweeps of a data set that the server keeps.
pub(crate) async fn kept_sweeps(data_set: &str) -> Result<KeptSweeps, ApiError> {
    let name = js_sys::encode_uri_component(data_set);
    json(&format!("{SWEEPS}?set={name}")).await
}

/// Has the server keep a sweep.
pub(crate) async fn keep_sweep(sweep: Blob) -> Result<KeptSummary, ApiError> {
    let request = Request::post(SWEEPS)
        .header("content-type", "application/octet-stream")
        .body(sweep);
    send(request).await
}

/// Has the server keep a run.
pub(crate) async fn save_run(run: &SaveRun) -> Result<SavedRun, ApiError> {
    let text = serde_json::to_string(run).map_err(|_| ApiError::Unreadable)?;
    let request = Request::post(RUNS)
        .header("content-type", "application/json")
        .body(text);
    send(request).await
}

/// Has the server forget a run.
pub(crate) async fn forget_run(id: &str) -> Result<(), ApiError> {
    let id = js_sys::encode_uri_component(id);
    let request = Request::delete(&format!("{RUNS}/{id}"));
    answered(request.send().await).await.map(drop)
}

const RUNS: &str = "/api/runs";
const SWEEPS: &str = "/api/sweeps";

/// The address of something of a data set.
fn of(data_set: &str, what: &str) -> String {
    let name = js_sys::encode_uri_component(data_set);
    format!("/api/datasets/{name}/{what}")
}

async fn json<T: DeserializeOwned>(url: &str) -> Result<T, ApiError> {
    read(get(url, None).await?).await
}

async fn get(url: &str, abort: Option<&AbortSignal>) -> Result<Response, ApiError> {
    answered(Request::get(url).abort_signal(abort).send().await).await
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ApiError> {
    serde_json::from_str(&text(response).await?).map_err(|_| ApiError::Unreadable)
}

async fn text(response: Response) -> Result<String, ApiError> {
    response.text().await.map_err(|_| ApiError::Away)
}

/// An answer that is what was asked for; else what the server says against it.
async fn answered(response: Result<Response, gloo::net::Error>) -> Result<Response, ApiError> {
    let response = response.map_err(|_| ApiError::Away)?;
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    let said = text(response).await?;
    let why = match serde_json::from_str(&said) {
        Ok(Problem { title, detail, .. }) if detail.is_empty() => title,
        Ok(Problem {
            detail,
            may_accept: true,
            ..
        }) => return Err(ApiError::Question(detail)),
        Ok(Problem {
            detail: words,
            seen,
            upload,
            ..
        }) if seen.is_some() || upload.is_some() => {
            let unread = Unread { words, seen };
            return Err(ApiError::Unread { unread, upload });
        }
        Ok(Problem { detail, .. }) => detail,
        Err(_) => format!("The server answered with status {status}."),
    };
    Err(match status {
        409 => ApiError::Busy(why),
        _ => ApiError::Refused(why),
    })
}
