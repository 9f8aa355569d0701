//! Kept sweeps: `GET /api/sweeps?set=`, `POST /api/sweeps`.

use std::sync::PoisonError;

use atrium_shared::surface::kept_sweep::{KeptSummary, KeptSweep, KeptSweeps};
use atrium_shared::surface::share::Fingerprint;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::problem::Failure;
use super::reports::asked;
use super::{App, AppState, blocking};
use crate::sweeps::{SweepFileError, SweepFiles};

/// The most that is taken at once: more than the page's two million trials come to.
pub(super) const MOST_BYTES: usize = 192 * 1_024 * 1_024;

/// The query of a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Of {
    set: String,
}

/// The sweeps of a data set that are kept, the latest first.
pub(super) async fn list(
    State(state): App,
    query: Result<Query<Of>, QueryRejection>,
) -> Result<Json<KeptSweeps>, Failure> {
    let Of { set } = asked(query, "name a data set, as in ?set=SPY-1min")?;
    let work = move || {
        state.store.card(&set)?;
        files(&state).list(&set).map_err(unusable)
    };
    Ok(Json(blocking(work).await?))
}

/// Keeps a sweep of a data set that is stored, together with what is kept of it already.
pub(super) async fn keep(
    State(state): App,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<KeptSummary>), Failure> {
    let bytes = body.map_err(|bad| Failure::of_body(bad.status(), bad.body_text()))?;
    let work = move || keep_now(&state, &bytes);
    Ok((StatusCode::CREATED, Json(blocking(work).await?)))
}

fn keep_now(state: &AppState, bytes: &[u8]) -> Result<KeptSummary, Failure> {
    let refused = |bad: &dyn ToString| {
        Failure::unprocessable(format!("the sweep cannot be kept: {}", bad.to_string()))
    };
    let mut sweep = KeptSweep::decode(bytes).map_err(|bad| refused(&bad))?;
    let set = sweep.link.data.name.clone();
    let card = state.store.card(&set)?;
    if Fingerprint::from(&card.digest) != sweep.link.data.content {
        return Err(Failure::new(
            StatusCode::CONFLICT,
            "Does not fit what is stored",
            format!("{set} was changed since the sweep was run: run it again"),
        ));
    }
    // one after the other, so that none is lost that another one has read
    let _turn = state.keeping.lock().unwrap_or_else(PoisonError::into_inner);
    let (files, identity) = (files(state), sweep.head.identity);
    match files.read(&set, &identity) {
        Ok(Some(known)) => {
            sweep.take(&known).map_err(|bad| refused(&bad))?;
        }
        Ok(None) => {}
        // what cannot be used is no reason to lose what can
        Err(SweepFileError::Bad { path, reason }) => {
            tracing::warn!("{} is written anew: {reason}", path.display());
        }
        Err(error) => return Err(unusable(error)),
    }
    let bytes = sweep.encode().map_err(|bad| refused(&bad))?;
    files.write(&set, &identity, &bytes).map_err(unusable)?;
    let listed = files.list(&set).map_err(unusable)?;
    let mut sweeps = listed.sweeps.into_iter();
    sweeps
        .find(|kept| kept.identity == identity)
        .ok_or_else(Failure::internal)
}

fn files(state: &AppState) -> SweepFiles {
    SweepFiles::of(state.store.base_dir())
}

fn unusable(error: SweepFileError) -> Failure {
    Failure::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Kept sweeps not usable",
        error.to_string(),
    )
}
