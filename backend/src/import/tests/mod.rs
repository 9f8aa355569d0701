//! Good and hostile files: the message says what, where and what to do, and the store is as it was.

mod files;
mod older;
mod real;
mod tables;
mod text;
mod turns;

use std::path::Path;

use serde_json::Value;

use crate::testing::Sandbox;

/// 9:30 to 9:34 New York time on a Tuesday.
const GOOD: &str = "timestamp,open,high,low,close,volume
2024-03-26T13:30:00Z,100,101,99,100.5,10
2024-03-26T13:31:00Z,100.5,102,100,101,20
2024-03-26T13:32:00Z,101,101.5,100.25,100.75,0
2024-03-26T13:33:00Z,100.75,100.75,100.75,100.75,5
2024-03-26T13:34:00Z,100.75,103,100,102,7
";

/// Imports a file and gives the error; the store must be as it was, and usable.
fn refused(sandbox: &Sandbox, path: &Path, flags: &[&str]) -> String {
    let before = sandbox.content();
    let path = path.display().to_string();
    let words = [&["import", &path, "--symbol", "BAD"], flags].concat();
    let error = sandbox.run(&words).unwrap_err();
    assert_eq!(sandbox.content(), before, "{error}");
    let dry = [&words[..], &["--dry-run"]].concat();
    let _ = sandbox.run(&dry);
    assert_eq!(sandbox.content(), before);
    error
}

fn refused_text(content: impl AsRef<[u8]>, flags: &[&str]) -> String {
    let sandbox = Sandbox::new();
    let good = sandbox.file("good.csv", GOOD).display().to_string();
    sandbox.run(&["import", &good, "--symbol", "OLD"]).unwrap();
    let path = sandbox.file("bad.csv", content);
    refused(&sandbox, &path, flags)
}

fn assert_says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

/// Imports a file as JSON.
fn imported(sandbox: &Sandbox, path: &Path, flags: &[&str]) -> Value {
    let path = path.display().to_string();
    let words = [&["import", &path, "--json"], flags].concat();
    serde_json::from_str(
        &sandbox
            .run(&words)
            .unwrap_or_else(|bad| panic!("{path}: {bad}")),
    )
    .unwrap()
}

/// The good file with line `line` (the header is 1) replaced.
fn with_line(line: usize, text: &str) -> String {
    let lines = GOOD.lines().enumerate();
    let replaced = lines.map(|(index, old)| if index + 1 == line { text } else { old });
    replaced.collect::<Vec<_>>().join("\n")
}
