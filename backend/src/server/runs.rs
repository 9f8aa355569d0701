//! Saved runs: `GET /api/runs`, `POST /api/runs`, `DELETE /api/runs/{id}`.

use atrium_shared::surface::saved_runs::{SaveRun, SavedRun, SavedRuns};
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::problem::Failure;
use super::reports::named;
use super::{App, blocking};
use crate::store::DatabaseError;

/// The saved runs, the latest first.
pub(super) async fn list(State(state): App) -> Result<Json<SavedRuns>, Failure> {
    let work = move || {
        let runs = state.store.saved_runs().map_err(unusable)?;
        Ok(SavedRuns { runs })
    };
    Ok(Json(blocking(work).await?))
}

/// Saves a run.
pub(super) async fn save(
    State(state): App,
    run: Result<Json<SaveRun>, JsonRejection>,
) -> Result<(StatusCode, Json<SavedRun>), Failure> {
    let Json(run) = run.map_err(Failure::from)?;
    let run = run
        .checked()
        .map_err(|bad| Failure::unprocessable(bad.to_string()))?;
    let work = move || state.store.save_run(run).map_err(unusable);
    Ok((StatusCode::CREATED, Json(blocking(work).await?)))
}

/// Forgets a saved run.
pub(super) async fn forget(
    State(state): App,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Failure> {
    let id = named(id)?;
    let work = move || match state.store.forget_run(&id).map_err(unusable)? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Failure::not_found(
            "there is no such saved run: it may have been removed in another window, so reload the list",
        )),
    };
    blocking(work).await
}

fn unusable(error: DatabaseError) -> Failure {
    let status = match error {
        DatabaseError::Locked(_) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Failure::new(status, "Saved runs not usable", error.to_string())
}
