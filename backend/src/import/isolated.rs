//! Decoding files from outside in a process of their own.
//!
//! A file that is damaged, or made to do harm, can make a decoder crash or ask for all memory, which no error handling in
//! the same process survives. Here only the child dies, and the user reads a sentence.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use atrium_shared::surface::wire;
use serde::{Deserialize, Serialize};

use super::{ImportError, ImportOptions, Imported, Preview, Understood, read_file};

/// The hidden command that the child runs.
pub(crate) const COMMAND: &str = "decode-file";

/// What the child says before the bars: one line of JSON.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Read {
        understood: Understood,
        preview: Preview,
    },
    Refused(String),
}

/// Reads a file as [`read_file`] does, in a child of `program`, which is this program.
///
/// # Errors
/// [`ImportError`] as [`read_file`], or saying that the child stopped.
pub fn read_file_isolated(
    program: &Path,
    path: &Path,
    options: &ImportOptions,
) -> Result<Imported, ImportError> {
    let stopped = |reason: String| ImportError::Decoder {
        path: path.to_path_buf(),
        reason,
    };
    let options = serde_json::to_string(options).map_err(|error| stopped(error.to_string()))?;
    let mut child = Command::new(program)
        .args([COMMAND, &options])
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| stopped(format!("it could not be started, {error}")))?;
    // held until the answer is there: it closes when this process ends, however it ends, and the child ends with it
    let lifeline = child.stdin.take();
    let child = child
        .wait_with_output()
        .map_err(|error| stopped(error.to_string()))?;
    drop(lifeline);
    tracing::debug!("decoder: {}", String::from_utf8_lossy(&child.stderr));
    if !child.status.success() {
        return Err(stopped(child.status.to_string()));
    }
    let incomplete = || stopped("its answer was not complete".to_owned());
    let line = child.stdout.iter().position(|&byte| byte == b'\n');
    let (line, bars) = line
        .and_then(|at| child.stdout.split_at_checked(at + 1))
        .ok_or_else(incomplete)?;
    match serde_json::from_slice(line).map_err(|_| incomplete())? {
        Answer::Refused(reason) => Err(ImportError::Refused(reason)),
        Answer::Read {
            understood,
            preview,
        } => Ok(Imported {
            bars: wire::decode(bars).map_err(|_| incomplete())?,
            understood,
            preview,
        }),
    }
}

/// Ends this process, the child, as soon as its input ends, which is when the process that waits for it is gone.
pub(crate) fn end_with_parent() {
    std::thread::spawn(|| {
        // whatever the outcome, nobody is left who writes
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(1);
    });
}

/// What the child does: reads the file and writes the answer.
pub(crate) fn answer(options: &str, path: &Path, out: &mut impl Write) -> io::Result<()> {
    let options: ImportOptions = serde_json::from_str(options)?;
    let (answer, bars) = match read_file(path, &options) {
        Ok(imported) => {
            let Imported {
                bars,
                understood,
                preview,
            } = imported;
            let answer = Answer::Read {
                understood,
                preview,
            };
            (answer, wire::encode(&bars))
        }
        Err(error) => (Answer::Refused(error.to_string()), Vec::new()),
    };
    writeln!(out, "{}", serde_json::to_string(&answer)?)?;
    out.write_all(&bars)
}
