//! The body of an upload, written to its file as it arrives.

use std::future::poll_fn;
use std::io::{self, Write};
use std::mem;
use std::pin::Pin;

use axum::body::{Body, HttpBody};
use axum::http::StatusCode;

use super::super::blocking;
use super::super::problem::{Failure, is_full};
use super::uploads::{Limits, Sink};
use crate::temporary::plain;

/// So much is gathered before it is written.
const CHUNK: usize = 1 << 20;

/// Writes a body to a file; how many bytes it has.
pub(super) async fn receive(
    mut body: Body,
    mut file: Sink,
    limits: &Limits,
) -> Result<u64, Failure> {
    let (mut total, mut gathered) = (0u64, Vec::new());
    loop {
        let frame = poll_fn(|context| Pin::new(&mut body).poll_frame(context));
        let Ok(frame) = tokio::time::timeout(limits.silence, frame).await else {
            let detail = "the upload stopped in the middle: nothing was kept; send the file again";
            return Err(Failure::new(
                StatusCode::REQUEST_TIMEOUT,
                "Upload stopped",
                detail,
            ));
        };
        let data = match frame {
            None => break,
            Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            Some(Err(error)) => {
                return Err(Failure::bad_request(format!(
                    "the upload was cut off ({error}): nothing was kept; send the file again"
                )));
            }
        };
        total += data.len() as u64;
        if total > limits.bytes {
            return Err(too_large(limits.bytes));
        }
        gathered.extend_from_slice(&data);
        if gathered.len() >= CHUNK {
            file = write(file, mem::take(&mut gathered)).await?;
        }
    }
    if total == 0 {
        return Err(Failure::unprocessable(
            "the file is empty: there is nothing to import",
        ));
    }
    write(file, gathered).await?;
    Ok(total)
}

async fn write(mut file: Sink, bytes: Vec<u8>) -> Result<Sink, Failure> {
    blocking(move || match file.write_all(&bytes) {
        Ok(()) => Ok(file),
        Err(error) => Err(unwritable(error)),
    })
    .await
}

/// The upload's file cannot be written.
pub(super) fn unwritable(error: io::Error) -> Failure {
    let error = plain(error);
    let detail = format!(
        "the upload cannot be written to the folder of the data sets: {error}; make room there, or allow writing to it, and send the file again"
    );
    let (status, title) = match is_full(&error) {
        true => (StatusCode::INSUFFICIENT_STORAGE, "No room"),
        false => (StatusCode::INTERNAL_SERVER_ERROR, "Store not usable"),
    };
    Failure::new(status, title, detail)
}

/// The upload is larger than what is taken.
pub(super) fn too_large(most: u64) -> Failure {
    let detail = format!(
        "the file has more than {most} bytes, the most that is taken through the page: import it with `atrium import`"
    );
    Failure::of_body(StatusCode::PAYLOAD_TOO_LARGE, detail)
}
