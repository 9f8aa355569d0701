//! The program, run as a user runs it.

#![allow(dead_code)] // each of the test programs uses a part of it

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_atrium");

/// The program with a base directory of its own and no variables that configure it.
pub(crate) fn atrium(base: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    for name in ["BASE_DIR", "PORT", "FRONTEND_DIR", "LOG_LEVEL"] {
        command.env_remove(format!("ATRIUM_{name}"));
    }
    command.env_remove("LOG_LEVEL").env("ATRIUM_BASE_DIR", base);
    command
}

pub(crate) fn output(base: &Path, words: &[&str]) -> Output {
    atrium(base).args(words).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// 2024-03-26T13:30:00Z, the open of a Tuesday in New York.
pub(crate) const OPEN: i64 = 1_711_459_800;

/// Minute bars of the session of `OPEN`: the minutes `missing` left out, one row sent twice, one without volume.
pub(crate) fn bars(missing: std::ops::Range<i64>) -> String {
    let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
    for minute in (0..390).filter(|minute| !missing.contains(minute)) {
        let price = 100.0 + (minute % 7) as f64 / 4.0;
        let volume = if minute == 5 { 0 } else { 100 + minute };
        let (high, low) = (price + 0.5, price - 0.5);
        let row = format!(
            "{},{price},{high},{low},{price},{volume}\n",
            OPEN + 60 * minute
        );
        text += &row;
        if minute == 9 {
            text += &row;
        }
    }
    text
}

/// A base directory with such bars as SPY-1min, no gap filled.
pub(crate) fn stored() -> tempfile::TempDir {
    let base = tempfile::tempdir().unwrap();
    let file = base.path().join("spy.csv");
    fs::write(&file, bars(100..160)).unwrap();
    let file = file.to_str().unwrap();
    let words = ["import", file, "--symbol", "SPY", "--max-fill", "0"];
    let done = output(base.path(), &words);
    assert!(done.status.success(), "{}", text(&done.stderr));
    base
}

pub(crate) fn json(base: &Path, words: &[&str]) -> Value {
    let out = output(base, &[words, &["--json"]].concat());
    assert!(out.status.success(), "{words:?}: {}", text(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

/// What a command says that is refused, with nothing on stdout.
pub(crate) fn refused(base: &Path, words: &[&str]) -> String {
    let out = output(base, words);
    assert_eq!(
        (out.status.code(), text(&out.stdout)),
        (Some(1), ""),
        "{words:?}"
    );
    let said = text(&out.stderr).to_owned();
    assert!(
        said.starts_with("Error: ") && said.lines().count() == 1,
        "{said}"
    );
    said
}

pub(crate) fn said(base: &Path, words: &[&str]) -> String {
    let out = output(base, words);
    assert!(out.status.success(), "{words:?}: {}", text(&out.stderr));
    assert_eq!(text(&out.stderr), "", "{words:?}");
    text(&out.stdout).to_owned()
}

/// A running server, stopped when it goes out of scope.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
    pub(crate) output: BufReader<std::process::ChildStdout>,
}

impl Server {
    pub(crate) fn start(base: &Path, words: &[&str]) -> Self {
        let mut child = atrium(base)
            .arg("serve")
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("Atrium is at http://");
        let address = address.unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self {
            child,
            address,
            output,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// Sends bytes and reads until the server closes.
    pub(crate) fn send(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // a server that refuses early may close before everything is sent
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    pub(crate) fn get(&self, path: &str) -> String {
        let host = &self.address;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        String::from_utf8_lossy(&self.send(request.as_bytes())).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
