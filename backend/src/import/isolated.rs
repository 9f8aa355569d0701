//! Decoding files of tables in a process of their own.
//!
//! A file that is damaged, or made to do harm, can make a decoder of Parquet crash or ask for all memory, and that of SQLite
//! is not written in a safe language; no error handling in the same process survives that. Here only the child dies, and the
//! user reads a sentence. The child writes frames, each after its length, the last one saying how it went.

use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use super::ImportError;
use super::tables::{self, Request};

/// The hidden command that the child runs.
pub(crate) const COMMAND: &str = "decode-file";

/// So often whoever waits for the child is asked whether to go on.
const BEAT: Duration = Duration::from_millis(200);
/// So many frames wait for whoever takes them.
const AHEAD: usize = 2;

/// No frame is longer.
const LONGEST: usize = 1 << 28;

const DONE: u8 = b'D';
const REFUSED: u8 = b'X';

/// A child, which ends with this value.
struct Decoder(Child);

impl Drop for Decoder {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Who takes frames, and is asked while none comes.
type Take<'t> = dyn FnMut(Option<&[u8]>) -> Result<(), ImportError> + 't;

/// Decodes a file as [`tables::decode`] does, in a child of `program`, which is this program. `take` is given each frame, and
/// nothing while none comes, however long that takes; where it fails, the child is ended.
///
/// # Errors
/// [`ImportError`] as there, or saying that the child stopped.
pub(super) fn decode(
    program: &Path,
    path: &Path,
    request: &Request,
    take: &mut Take<'_>,
) -> Result<(), ImportError> {
    let stopped = |reason: String| ImportError::Decoder {
        name: request.name.clone(),
        reason,
    };
    let text = serde_json::to_string(request).map_err(|error| stopped(error.to_string()))?;
    // the child's input stays open until it is done: it closes when this process ends, however it ends, and the child with it
    let child = Command::new(program)
        .args([COMMAND, &text])
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| stopped(format!("it could not be started, {error}")))?;
    let mut child = Decoder(child);
    let Some(output) = child.0.stdout.take() else {
        return Err(stopped("it has no output".to_owned()));
    };
    let frames = frames_of(output);
    loop {
        let frame = match frames.recv_timeout(BEAT) {
            Ok(frame) => frame,
            Err(RecvTimeoutError::Timeout) => {
                take(None)?;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => {
                let reason = match child.0.wait() {
                    Ok(status) if !status.success() => status.to_string(),
                    Ok(_) => "its answer was not complete".to_owned(),
                    Err(error) => error.to_string(),
                };
                return Err(stopped(reason));
            }
        };
        match frame.split_first() {
            Some((&DONE, [])) => return Ok(()),
            Some((&REFUSED, reason)) => {
                let reason = String::from_utf8_lossy(reason).into_owned();
                return Err(ImportError::table(&request.name, reason));
            }
            _ => take(Some(&frame))?,
        }
    }
}

/// The frames that a child writes, up to its end, or up to what is none.
fn frames_of(output: ChildStdout) -> Receiver<Vec<u8>> {
    let (sender, receiver) = sync_channel(AHEAD);
    // it ends with the child, or when nobody takes frames any more
    thread::spawn(move || {
        let mut output = BufReader::with_capacity(1 << 16, output);
        let mut frame = Vec::new();
        while let Ok(true) = next_frame(&mut output, &mut frame) {
            if sender.send(std::mem::take(&mut frame)).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Reads a frame; `false` where there is none.
fn next_frame(input: &mut impl Read, frame: &mut Vec<u8>) -> io::Result<bool> {
    let mut length = [0; 4];
    if input.read_exact(&mut length).is_err() {
        return Ok(false);
    }
    let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    frame.clear();
    let read = input.take(length as u64).read_to_end(frame)?;
    Ok(read == length)
}

/// Ends this process, the child, as soon as its input ends, which is when the process that waits for it is gone.
pub(crate) fn end_with_parent() {
    std::thread::spawn(|| {
        // whatever the outcome, nobody is left who writes
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(1);
    });
}

/// What the child does: decodes the file and writes frames.
pub(crate) fn answer(request: &str, path: &Path, out: &mut impl Write) -> io::Result<()> {
    let request: Request = serde_json::from_str(request)?;
    let mut unwritten = None;
    let mut emit = |frame: &[u8]| {
        write_frame(out, &[], frame).map_err(|error| {
            unwritten = Some(error);
            ImportError::Cancelled
        })
    };
    let decoded = tables::decode(path, &request, &mut emit);
    match (unwritten, decoded) {
        (Some(error), _) => return Err(error),
        (None, Ok(())) => write_frame(out, &[DONE], &[])?,
        (None, Err(ImportError::Table { reason, .. })) => {
            write_frame(out, &[REFUSED], reason.as_bytes())?;
        }
        (None, Err(error)) => {
            write_frame(
                out,
                &[REFUSED],
                format!("cannot be decoded: {error}").as_bytes(),
            )?;
        }
    }
    out.flush()
}

fn write_frame(out: &mut impl Write, head: &[u8], frame: &[u8]) -> io::Result<()> {
    let length = u32::try_from(head.len() + frame.len()).map_err(io::Error::other)?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(head)?;
    out.write_all(frame)
}
