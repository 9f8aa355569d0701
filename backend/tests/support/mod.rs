//! The program, run as a user runs it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_atrium");

/// The program with a base directory of its own and no variables that configure it.
pub fn atrium(base: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    for name in ["BASE_DIR", "PORT", "FRONTEND_DIR", "LOG_LEVEL"] {
        command.env_remove(format!("ATRIUM_{name}"));
    }
    command.env_remove("LOG_LEVEL").env("ATRIUM_BASE_DIR", base);
    command
}

pub fn output(base: &Path, words: &[&str]) -> Output {
    atrium(base).args(words).output().unwrap()
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A running server, stopped when it goes out of scope.
pub struct Server {
    pub child: Child,
    pub address: String,
    pub output: BufReader<std::process::ChildStdout>,
}

impl Server {
    pub fn start(base: &Path, words: &[&str]) -> Self {
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

    pub fn port(&self) -> u16 {
        self.address.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// Sends bytes and reads until the server closes.
    pub fn send(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // a server that refuses early may close before everything is sent
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    pub fn get(&self, path: &str) -> String {
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
