//! What is told of one data set: `GET /api/datasets/{name}` and, below it, `/rows`, `/coverage`, `/gaps`, `/quality`, `/export`.

use atrium_shared::base::time::Timestamp;
use atrium_shared::market::bars::BadSeries;
use atrium_shared::market::curate::{Coverage, GapReport, QualityReport, coverage, gaps};
use atrium_shared::surface::api::{DataSetDetail, StoredRows};
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::problem::Failure;
use super::{App, blocking, datasets};
use crate::store::{ExportFormat, StoreError, write_bars};

/// The name in a path.
pub(super) fn named(name: Result<Path<String>, PathRejection>) -> Result<String, Failure> {
    let Path(name) = name.map_err(|bad| Failure::bad_request(bad.body_text()))?;
    Ok(name)
}

/// A query; `hint` says what it may be.
pub(super) fn asked<T>(query: Result<Query<T>, QueryRejection>, hint: &str) -> Result<T, Failure> {
    let Query(query) =
        query.map_err(|bad| Failure::bad_request(format!("{}; {hint}", bad.body_text())))?;
    Ok(query)
}

/// All that is known of a data set but its bars.
pub(super) async fn detail(
    State(state): App,
    name: Result<Path<String>, PathRejection>,
) -> Result<Json<DataSetDetail>, Failure> {
    let name = named(name)?;
    Ok(Json(
        blocking(move || Ok(state.store.detail(&name)?)).await?,
    ))
}

/// The query of `rows`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stretch {
    from: Timestamp,
    to: Timestamp,
}

/// The bars of a stretch of time as they are stored.
pub(super) async fn rows(
    State(state): App,
    name: Result<Path<String>, PathRejection>,
    query: Result<Query<Stretch>, QueryRejection>,
) -> Result<Json<StoredRows>, Failure> {
    let name = named(name)?;
    let hint = "give the stretch as ?from=2024-03-26T13:30:00Z&to=2024-03-26T14:30:00Z";
    let Stretch { from, to } = asked(query, hint)?;
    if to < from {
        return Err(Failure::bad_request(format!(
            "the stretch from {from} to {to} ends before it begins"
        )));
    }
    let work = move || {
        let (card, bars) = state.caches.curated(&state.store, &name)?;
        let calendar = card.instrument.calendar;
        Ok(StoredRows::of(&bars, calendar, from, to))
    };
    Ok(Json(blocking(work).await?))
}

/// How complete each day is.
pub(super) async fn day_by_day(
    State(state): App,
    name: Result<Path<String>, PathRejection>,
) -> Result<Json<Coverage>, Failure> {
    let name = named(name)?;
    let work = move || {
        let (_, bars) = state.caches.curated(&state.store, &name)?;
        let found = coverage(&bars, &state.store.schedule(&name)?);
        Ok(found.map_err(|error| StoreError::Series(BadSeries::from(error)))?)
    };
    Ok(Json(blocking(work).await?))
}

/// What the calendar expects and the data set does not hold.
pub(super) async fn missing(
    State(state): App,
    name: Result<Path<String>, PathRejection>,
) -> Result<Json<GapReport>, Failure> {
    let name = named(name)?;
    let work = move || {
        let (_, bars) = state.caches.curated(&state.store, &name)?;
        let found = gaps(&bars, &state.store.schedule(&name)?);
        Ok(found.map_err(|error| StoreError::Series(BadSeries::from(error)))?)
    };
    Ok(Json(blocking(work).await?))
}

/// How good the bars are.
pub(super) async fn quality(
    State(state): App,
    name: Result<Path<String>, PathRejection>,
) -> Result<Json<QualityReport>, Failure> {
    let name = named(name)?;
    Ok(Json(
        blocking(move || Ok(state.store.quality(&name, None)?.1)).await?,
    ))
}

/// The query of `export`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Export {
    format: Form,
    #[serde(default)]
    adjusted: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    Csv,
    Parquet,
}

/// The real bars as a file: raw, or adjusted for the corporate actions.
pub(super) async fn export(
    State(state): App,
    name: Result<Path<String>, PathRejection>,
    query: Result<Query<Export>, QueryRejection>,
) -> Result<Response, Failure> {
    let name = named(name)?;
    let hint = "give ?format=csv or ?format=parquet, and &adjusted=true for adjusted prices";
    let Export { format, adjusted } = asked(query, hint)?;
    let (format, media_type) = match format {
        Form::Csv => (ExportFormat::Csv, "text/csv; charset=utf-8"),
        Form::Parquet => (ExportFormat::Parquet, datasets::BINARY),
    };
    let work = move || {
        let mut file = Vec::new();
        let (card, bars) = state.caches.curated(&state.store, &name)?;
        let bars = if adjusted {
            let adjusted = bars.adjusted_for_files(card.instrument.calendar);
            std::borrow::Cow::Owned(adjusted.map_err(StoreError::Series)?)
        } else {
            bars.real()
        };
        write_bars(&bars, format, &mut file).map_err(|_| Failure::internal())?;
        // names of data sets are letters, digits, '.', '_' and '-': they need no quoting
        let suffix = if adjusted { "-adjusted" } else { "" };
        let ending = format.extension();
        Ok((
            format!("attachment; filename=\"{name}{suffix}.{ending}\""),
            file,
        ))
    };
    let (disposition, file) = blocking(work).await?;
    let mut headers = HeaderMap::new();
    let disposition = HeaderValue::try_from(disposition).map_err(|_| Failure::internal())?;
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok((headers, file).into_response())
}
