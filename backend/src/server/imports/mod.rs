//! Files that come in by the page: `POST /api/imports?name=` takes one and looks into it, `POST /api/imports/{id}` looks
//! again, tries what storing it would do, or stores it, `GET` tells how far that is, `DELETE` gives it up.

mod asker;
mod job;
mod receive;
mod uploads;

use std::sync::Arc;

use atrium_shared::surface::api::{ImportOrder, ImportPreview, ImportState, ImportStatus};
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

pub(super) use uploads::{Limits, Uploads, clear_abandoned};

use super::problem::Failure;
use super::reports::{asked, named};
use super::{App, blocking, datasets};
use asker::Asker;
use uploads::check_name;

/// The query of an upload.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    name: String,
}

/// Takes a file and looks into it. Nothing is stored. Where the client goes away before it has the answer, which names the
/// upload, nothing is kept either. A file that may be read if more is said of it waits for that: the problem names the upload.
pub(super) async fn upload(
    State(state): App,
    query: Result<Query<Named>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<ImportPreview>), Failure> {
    let name = asked(query, "give the name of the file as ?name=SPY.csv")?.name;
    check_name(&name)?;
    check_type(&headers)?;
    let most = state.uploads.limits().bytes;
    let told = headers.get(header::CONTENT_LENGTH);
    let told = told.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|length| length > most) {
        return Err(receive::too_large(most));
    }
    let uploads = Arc::clone(&state.uploads);
    let (upload, file) = blocking(move || uploads.begin(&name)).await?;
    let bytes = receive::receive(body, file, &state.uploads.limits()).await?;
    upload.received(bytes);
    let asker = Asker::default();
    let (waiting, uploads) = (asker.waiting(), Arc::clone(&state.uploads));
    let looked =
        blocking(
            move || match job::first_look(&state.store, &upload, &waiting, state.decoder()) {
                Err(failure) if !failure.asks_for_more() => Err(failure),
                looked => Ok((upload, looked)),
            },
        );
    let (upload, looked) = looked.await?;
    let upload = uploads.keep(upload);
    match looked {
        Ok(preview) => Ok((StatusCode::CREATED, Json(preview))),
        Err(failure) => Err(failure.of_upload(upload.id())),
    }
}

/// The body is the file itself. A form of another site cannot send this type unasked.
fn check_type(headers: &HeaderMap) -> Result<(), Failure> {
    let given = headers.get(header::CONTENT_TYPE);
    if given.is_some_and(|given| given.as_bytes() == datasets::BINARY.as_bytes()) {
        return Ok(());
    }
    let detail = format!("send the file itself as the body, as {}", datasets::BINARY);
    Err(Failure::of_body(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

/// Looks into an upload again, tries to store it, or begins to.
pub(super) async fn order(
    State(state): App,
    id: Result<Path<String>, PathRejection>,
    order: Result<Json<ImportOrder>, JsonRejection>,
) -> Result<Response, Failure> {
    let upload = state.uploads.get(&named(id)?)?;
    let Json(order) = order.map_err(Failure::from)?;
    job::check(&order)?;
    if order.dry_run {
        // who goes away may have changed a choice, and asks again: the upload stays
        let asker = Asker::default();
        let waiting = asker.waiting();
        let work = move || job::preview(&state.store, &upload, &order, &waiting, state.decoder());
        let preview = blocking(work).await?;
        return Ok(Json(preview).into_response());
    }
    if order.rehearse {
        let asker = Asker::default();
        let waiting = asker.waiting();
        let work = move || job::rehearse(&state.store, &upload, order, &waiting, state.decoder());
        return Ok(Json(blocking(work).await?).into_response());
    }
    upload.start()?;
    let status = upload.status();
    let stored = Arc::clone(&upload);
    let work = blocking(move || job::store(&state.store, &stored, order, state.decoder()));
    // it goes on when nobody waits for this answer any more
    tokio::spawn(async move {
        let state = match work.await {
            Ok(done) => ImportState::Done(Box::new(done)),
            Err(failure) => ImportState::Failed {
                detail: failure.detail().to_owned(),
                may_accept: failure.may_accept(),
            },
        };
        upload.end(state);
    });
    Ok((StatusCode::ACCEPTED, Json(status)).into_response())
}

/// How far an import is.
pub(super) async fn status(
    State(state): App,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<ImportStatus>, Failure> {
    Ok(Json(state.uploads.get(&named(id)?)?.status()))
}

/// Gives an import up and forgets the upload; 409 where its bars are being stored. What was stored stays as it is.
pub(super) async fn cancel(
    State(state): App,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Failure> {
    let upload = state.uploads.get(&named(id)?)?;
    blocking(move || {
        upload.give_up()?;
        state.uploads.forget(upload.id());
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::super::AppState;
    use super::*;
    use crate::testing::{Sandbox, order};

    const FILE: &str = "timestamp,open,high,low,close,volume
2024-01-02T14:30:00Z,10,11,9,10.5,100
2024-01-02T14:31:00Z,10.5,11,10,10.75,100
2024-01-02T14:32:00Z,10.75,11,10,10.5,100
";

    /// A server with an upload whose storing was ordered.
    fn ordered(sandbox: &Sandbox) -> (AppState, Arc<uploads::Upload>) {
        let state = AppState::new(sandbox.store(), sandbox.base(), None);
        let (upload, mut file) = state.uploads.begin("IWM_1m.csv").unwrap();
        std::io::Write::write_all(&mut file, FILE.as_bytes()).unwrap();
        upload.received(FILE.len() as u64);
        let upload = state.uploads.keep(upload);
        upload.start().unwrap();
        (state, upload)
    }

    async fn give_up(state: &AppState, upload: &uploads::Upload) -> Result<StatusCode, Failure> {
        let id = upload.id().to_owned();
        cancel(State(state.clone()), Ok(Path(id))).await
    }

    #[tokio::test]
    async fn what_is_being_stored_is_not_said_to_be_given_up() {
        let sandbox = Sandbox::new();
        let (state, upload) = ordered(&sandbox);
        let done = job::store(&state.store, &upload, order("IWM"), None).unwrap();
        // its end has not been told yet
        let refused = give_up(&state, &upload).await.unwrap_err();
        assert!(refused.detail().contains("are being stored"));
        assert_eq!(refused.into_response().status(), StatusCode::CONFLICT);
        upload.end(ImportState::Done(Box::new(done)));
        assert!(state.uploads.get(upload.id()).is_ok());
        let given_up = give_up(&state, &upload).await;
        assert_eq!(given_up.unwrap(), StatusCode::NO_CONTENT);
        assert!(sandbox.store().card("IWM-1min").is_ok());
    }

    #[tokio::test]
    async fn what_was_given_up_before_is_not_stored() {
        let sandbox = Sandbox::new();
        let (state, upload) = ordered(&sandbox);
        let given_up = give_up(&state, &upload).await;
        assert_eq!(given_up.unwrap(), StatusCode::NO_CONTENT);
        assert!(job::store(&state.store, &upload, order("IWM"), None).is_err());
        assert!(!upload.begin_storing());
        assert!(sandbox.store().card("IWM-1min").is_err());
    }
}
