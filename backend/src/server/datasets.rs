//! `GET /api/datasets` and `GET /api/datasets/{name}/bars`.

use atrium_shared::base::digest::Digest;
use atrium_shared::base::time::BarInterval;
use atrium_shared::market::bars::BarSeries;
use atrium_shared::market::curate::{ResampleReport, resample};
use atrium_shared::surface::api::DataSets;
use atrium_shared::surface::wire;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::problem::Failure;
use super::reports::{asked, named};
use super::{App, AppState, blocking};
use crate::store::{Store, StoreError};

/// The media type of encoded bars.
pub(super) const BINARY: &str = "application/octet-stream";

/// The digest of the stored bars that an answer was cut from, so that a page knows whether its list is up to date.
const STORED: HeaderName = HeaderName::from_static("x-atrium-stored");
const LEFT_OUT: HeaderName = HeaderName::from_static("x-atrium-left-out");
const FOLDED: HeaderName = HeaderName::from_static("x-atrium-folded");

/// Which bars are asked for: the content, the interval and the calendar that cuts it.
pub(super) type Wanted = (Digest, BarInterval, &'static str);

/// Bars as they are sent.
#[derive(Debug, Clone)]
pub(super) struct Encoded {
    body: Bytes,
    tag: HeaderValue,
    stored: HeaderValue,
    report: ResampleReport,
}

impl Encoded {
    /// Bars that were made of stored ones with a digest.
    fn new(series: &BarSeries, stored: Digest, report: ResampleReport) -> Result<Self, Failure> {
        let body = wire::encode(series);
        // the magic of the encoding is its version, so that a new version is never mistaken for an old answer
        let version = String::from_utf8_lossy(body.get(..4).unwrap_or_default()).into_owned();
        let content = series.digest().map_err(StoreError::from)?;
        let tag = format!("\"{version}-{content}\"");
        Ok(Self {
            body: body.into(),
            tag: HeaderValue::try_from(tag).map_err(|_| Failure::internal())?,
            stored: HeaderValue::try_from(stored.to_string()).map_err(|_| Failure::internal())?,
            report,
        })
    }
}

/// The data sets that can be used, and what is wrong with the others.
pub(super) async fn list(State(state): App) -> Result<Json<DataSets>, Failure> {
    Ok(Json(blocking(move || listed(&state.store)).await?))
}

/// What is in the store.
pub(super) fn listed(store: &Store) -> Result<DataSets, Failure> {
    let listing = store.list()?;
    Ok(DataSets {
        sets: listing.sets,
        damaged: listing.damaged.iter().map(ToString::to_string).collect(),
    })
}

/// The query of `bars`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BarsQuery {
    interval: Option<String>,
    hours: Option<Hours>,
}

/// Which bars of a day are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Hours {
    /// Those of regular hours, cut to an interval.
    Regular,
    /// All, as they are stored: what shows the path inside longer bars, closing prints among them.
    All,
}

/// The bars of a data set, cut to an interval (default: as stored) in regular hours; or all real ones as they are stored.
pub(super) async fn bars(
    State(state): App,
    name: Result<Path<String>, PathRejection>,
    query: Result<Query<BarsQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let name = named(name)?;
    let query = asked(
        query,
        "the parameters are interval, as in ?interval=60min, and hours, which is regular or all, as in ?hours=all",
    )?;
    let interval = match query.interval {
        Some(text) => {
            let parsed = text.parse::<BarInterval>();
            Some(parsed.map_err(|bad| Failure::bad_request(bad.to_string()))?)
        }
        None => None,
    };
    let whole = query.hours == Some(Hours::All);
    if whole && interval.is_some() {
        return Err(Failure::bad_request(
            "bars of all hours are sent as they are stored: leave interval out, or hours",
        ));
    }
    let encoded = blocking(move || match whole {
        true => stored_whole(&state, &name),
        false => encoded(&state, &name, interval),
    })
    .await?;
    Ok(answer(&encoded, &headers))
}

/// The real bars of a data set as they are stored.
fn stored_whole(state: &AppState, name: &str) -> Result<Encoded, Failure> {
    let card = state.store.card(name)?;
    // no calendar cuts them, and none is called so
    let wanted = |digest| (digest, card.interval, "");
    if let Some(encoded) = state.caches.encoded.get(&wanted(card.digest)) {
        return Ok(encoded);
    }
    let (digest, stored) = state.caches.bars(&state.store, card.clone())?;
    let encoded = Encoded::new(&stored, digest, ResampleReport::default())?;
    state.caches.encoded.insert(wanted(digest), encoded.clone());
    Ok(encoded)
}

fn encoded(
    state: &AppState,
    name: &str,
    interval: Option<BarInterval>,
) -> Result<Encoded, Failure> {
    let card = state.store.card(name)?;
    let interval = interval.unwrap_or(card.interval);
    let calendar = card.instrument.calendar;
    let wanted = (card.digest, interval, calendar.name());
    if let Some(encoded) = state.caches.encoded.get(&wanted) {
        return Ok(encoded);
    }
    let (digest, stored) = state.caches.bars(&state.store, card)?;
    let cut = resample(&stored, interval, calendar)?;
    let encoded = Encoded::new(cut.bars.series(), digest, cut.report)?;
    let wanted = (digest, interval, calendar.name());
    state.caches.encoded.insert(wanted, encoded.clone());
    Ok(encoded)
}

fn answer(encoded: &Encoded, asked: &HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, encoded.tag.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(STORED, encoded.stored.clone());
    headers.insert(LEFT_OUT, HeaderValue::from(encoded.report.left_out));
    headers.insert(FOLDED, HeaderValue::from(encoded.report.folded));
    if is_known(&encoded.tag, asked) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(BINARY));
    (headers, encoded.body.clone()).into_response()
}

/// Whether the browser has the answer already (`If-None-Match`).
fn is_known(tag: &HeaderValue, asked: &HeaderMap) -> bool {
    let tags = asked.get_all(header::IF_NONE_MATCH).into_iter();
    let tags = tags.filter_map(|value| value.to_str().ok());
    tags.flat_map(|value| value.split(',')).any(|candidate| {
        let candidate = candidate.trim();
        let strong = candidate.strip_prefix("W/").unwrap_or(candidate);
        strong == "*" || strong.as_bytes() == tag.as_bytes()
    })
}
