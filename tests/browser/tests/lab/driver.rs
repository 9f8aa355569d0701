//! Chromium's driver, by the WebDriver protocol.

use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{PATIENCE, Process, from_environment};

/// A driver with one session, which end together.
pub(crate) struct Driver {
    /// The session's address.
    session: String,
    _process: Process,
    /// What the driver says: one that cannot say anything any more ends.
    _said: BufReader<ChildStdout>,
}

impl Driver {
    /// Starts a driver on a port that it finds, and a browser with a fresh profile.
    pub(crate) fn start() -> Self {
        let mut driver = Command::new(from_environment("CHROMEDRIVER"));
        let driver = driver
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut driver = driver.spawn().unwrap();
        let mut said = BufReader::new(driver.stdout.take().unwrap());
        let process = Process(driver);
        let port = port_of(&mut said);
        Self {
            session: new_session(&format!("http://127.0.0.1:{port}/session")),
            _process: process,
            _said: said,
        }
    }

    /// What a command without a body answers.
    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = ureq::get(format!("{}/{path}", self.session)).call();
        answer.and_then(value_of).unwrap()
    }

    /// What a command answers.
    ///
    /// # Errors
    /// What the driver says went wrong, or that it does not answer.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, ureq::Error> {
        post(&format!("{}/{path}", self.session), body)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // the process ends right after; without this its browser would stay
        ureq::delete(&self.session).call().ok();
    }
}

/// The port that a driver says it took.
fn port_of(said: &mut impl BufRead) -> u16 {
    let mut all = String::new();
    loop {
        let begin = all.len();
        let read = said.read_line(&mut all).unwrap();
        assert!(read > 0, "the driver said {all:?}");
        let line = all.get(begin..).unwrap_or_default();
        // the line before says which one it was told to take, which is 0 for any
        let port = line
            .trim_end()
            .trim_end_matches('.')
            .rsplit("on port ")
            .next()
            .and_then(|port| port.parse().ok());
        if let Some(port) = port.filter(|port| *port > 0) {
            return port;
        }
    }
}

/// The address of a new session, as soon as the driver answers.
fn new_session(sessions: &str) -> String {
    let arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--hide-scrollbars",
        // whatever is not this machine does not resolve
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ];
    let wanted = json!({"capabilities": {"alwaysMatch": {
        // axe-core goes through every parameter
        "timeouts": {"script": 2 * PATIENCE.as_millis()},
        "goog:chromeOptions": {"binary": from_environment("CHROMIUM"), "args": arguments},
        "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
    }}});
    let since = Instant::now();
    loop {
        match post(sessions, &wanted) {
            Ok(value) => {
                return format!(
                    "{sessions}/{}",
                    value.get("sessionId").and_then(Value::as_str).unwrap()
                );
            }
            Err(error) if since.elapsed() > PATIENCE => panic!("no session at {sessions}: {error}"),
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

fn post(url: &str, body: &Value) -> Result<Value, ureq::Error> {
    let config = ureq::post(url).config().http_status_as_error(false).build();
    value_of(config.send_json(body)?)
}

/// The value of an answer of the driver; an error of its own is one.
fn value_of(mut response: ureq::http::Response<ureq::Body>) -> Result<Value, ureq::Error> {
    let answer: Value = response
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_json()?;
    let value = answer.get("value").cloned().unwrap_or_default();
    match value.get("message").and_then(Value::as_str) {
        Some(message) if value.get("error").is_some() => {
            Err(ureq::Error::Io(std::io::Error::other(message.to_owned())))
        }
        _ => Ok(value),
    }
}
