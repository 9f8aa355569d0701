//! What changes the store: `DELETE /api/datasets/{name}`, instruments, corporate actions.

use atrium_shared::market::actions::parse_actions;
use atrium_shared::market::calendar::Closures;
use atrium_shared::market::instrument::Instrument;
use atrium_shared::surface::api::{DataSets, Instruments};
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection, StringRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::datasets::listed;
use super::problem::Failure;
use super::reports::{asked, named};
use super::{App, blocking};

/// The query of a removal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmed {
    #[serde(default)]
    confirm: String,
}

/// Removes a data set with all its imports, if its name is repeated.
pub(super) async fn remove(
    State(state): App,
    name: Result<Path<String>, PathRejection>,
    query: Result<Query<Confirmed>, QueryRejection>,
) -> Result<StatusCode, Failure> {
    let name = named(name)?;
    let hint = "repeat the name as ?confirm=NAME";
    if asked(query, hint)?.confirm != name {
        return Err(Failure::bad_request(format!(
            "nothing was removed: there is no way back, so {hint}"
        )));
    }
    blocking(move || Ok(state.store.remove(&name)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Every instrument known.
pub(super) async fn instruments(State(state): App) -> Result<Json<Instruments>, Failure> {
    Ok(Json(
        blocking(move || Ok(state.store.instruments()?)).await?,
    ))
}

/// Changes an instrument in all data sets of its symbol.
pub(super) async fn describe(
    State(state): App,
    symbol: Result<Path<String>, PathRejection>,
    instrument: Result<Json<Instrument>, JsonRejection>,
) -> Result<Json<DataSets>, Failure> {
    let symbol = named(symbol)?;
    let Json(instrument) = instrument.map_err(Failure::from)?;
    if instrument.symbol != symbol {
        return Err(Failure::bad_request(format!(
            "the instrument is {}, not {symbol}: the symbol of a data set does not change",
            instrument.symbol
        )));
    }
    let work = move || {
        state
            .store
            .describe(&symbol, None, |_| instrument.clone())?;
        listed(&state.store)
    };
    Ok(Json(blocking(work).await?))
}

/// The user's own closures of a symbol: the file as it was given, empty where there is none.
pub(super) async fn closures(
    State(state): App,
    symbol: Result<Path<String>, PathRejection>,
) -> Result<Response, Failure> {
    let symbol = named(symbol)?;
    let work = move || Ok(state.store.closures_of_symbol(&symbol)?);
    let text = blocking(work).await?.text().to_owned();
    let media_type = HeaderValue::from_static("text/csv; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, media_type)], text).into_response())
}

/// Gives all data sets of a symbol the closures of a file, which is the body, and fills them anew; an empty one takes them away.
pub(super) async fn set_closures(
    State(state): App,
    symbol: Result<Path<String>, PathRejection>,
    text: Result<String, StringRejection>,
) -> Result<Json<DataSets>, Failure> {
    let symbol = named(symbol)?;
    let text = text.map_err(|bad| Failure::of_body(bad.status(), bad.body_text()))?;
    let closures = Closures::parse(&text);
    let closures = closures.map_err(|bad| {
        Failure::unprocessable(format!("the closures of {symbol} cannot be used: {bad}"))
    })?;
    let work = move || {
        let same = Instrument::clone;
        state.store.describe(&symbol, Some(&closures), same)?;
        listed(&state.store)
    };
    Ok(Json(blocking(work).await?))
}

/// The query of corporate actions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Adjust {
    #[serde(default)]
    replace: bool,
    #[serde(default)]
    accept: bool,
}

/// Adjusts all data sets of a symbol for the corporate actions of a file, which is the body.
pub(super) async fn adjust(
    State(state): App,
    symbol: Result<Path<String>, PathRejection>,
    query: Result<Query<Adjust>, QueryRejection>,
    text: Result<String, StringRejection>,
) -> Result<Json<DataSets>, Failure> {
    let symbol = named(symbol)?;
    let hint = "the parameters are replace and accept, as in ?replace=true";
    let Adjust { replace, accept } = asked(query, hint)?;
    let text = text.map_err(|bad| Failure::of_body(bad.status(), bad.body_text()))?;
    let work = move || {
        let read = |calendar| {
            let actions = parse_actions(&text, calendar).map_err(|bad| {
                Failure::unprocessable(format!("the corporate actions cannot be used: {bad}"))
            })?;
            Ok::<_, Failure>(actions)
        };
        state.store.adjust(&symbol, replace, accept, read)?;
        listed(&state.store)
    };
    Ok(Json(blocking(work).await?))
}
