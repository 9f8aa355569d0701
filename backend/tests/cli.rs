//! The program itself: what reaches stdout and stderr, exit codes, files that make a decoder crash, the server's life.

#![allow(clippy::unwrap_used)] // the helpers of an integration test are tests too, which clippy.toml cannot tell

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_atrium");

const BARS: &str = "timestamp,open,high,low,close,volume
2024-03-26T13:30:00Z,100,101,99,100.5,10
2024-03-26T13:31:00Z,100.5,102,100,101,20
";

/// The program with a base directory of its own and no variables that configure it.
fn atrium(base: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    for name in ["BASE_DIR", "PORT", "FRONTEND_DIR", "LOG_LEVEL"] {
        command.env_remove(format!("ATRIUM_{name}"));
    }
    command.env_remove("LOG_LEVEL").env("ATRIUM_BASE_DIR", base);
    command
}

fn output(base: &Path, words: &[&str]) -> Output {
    atrium(base).args(words).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn results_go_to_stdout_and_failures_to_stderr() {
    let base = tempfile::tempdir().unwrap();
    let good = output(
        base.path(),
        &["config", "show", "--json", "--log-level", "trace"],
    );
    assert!(good.status.success());
    let shown: serde_json::Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!(shown["port"]["value"], 8080);
    assert_eq!(
        shown["base_dir"]["source"],
        "environment variable ATRIUM_BASE_DIR"
    );
    assert_eq!(shown["log_level"]["source"], "flag --log-level");
    let bad = output(base.path(), &["backtest", "--data", "SPY", "--json"]);
    assert_eq!((bad.status.code(), text(&bad.stdout)), (Some(1), ""));
    assert!(
        text(&bad.stderr).contains("there is no data set SPY"),
        "{}",
        text(&bad.stderr)
    );
    assert_eq!(
        text(&bad.stderr).lines().count(),
        1,
        "{}",
        text(&bad.stderr)
    );
    let usage = output(base.path(), &["backtest"]);
    assert_eq!((usage.status.code(), text(&usage.stdout)), (Some(2), ""));
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let base = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 7] = [
        &["import"],
        &["backtest"],
        &["features"],
        &["data", "list"],
        &["demo"],
        &["serve"],
        &["config", "show"],
    ];
    for command in commands {
        for flag in ["-h", "--help"] {
            let help = output(base.path(), &[command, &[flag]].concat());
            let example = format!("atrium {}", command.join(" "));
            assert!(text(&help.stdout).contains(&example), "{example} {flag}");
            assert!(text(&help.stdout).contains("Example"), "{example} {flag}");
        }
    }
    let all = output(base.path(), &["--help"]);
    assert!(
        !text(&all.stdout).contains("decode-file"),
        "{}",
        text(&all.stdout)
    );
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let base = tempfile::tempdir().unwrap();
    let mut child = atrium(base.path())
        .args(["backtest", "--help"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    child.wait().unwrap();
    assert!(!said.contains("panicked"), "{said}");
    assert!(output(base.path(), &["demo", "SIM"]).status.success());
    let mut child = atrium(base.path())
        .args(["backtest", "--data", "SIM", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let end = child.wait_with_output().unwrap();
    assert_eq!((end.status.code(), text(&end.stderr)), (Some(0), ""));
}

#[test]
fn the_files_of_a_run_are_written_and_stdout_is_the_report_alone() {
    let base = tempfile::tempdir().unwrap();
    assert!(output(base.path(), &["demo", "SIM"]).status.success());
    let out = output(
        base.path(),
        &["backtest", "--data", "SIM", "--json", "--save"],
    );
    assert!(out.status.success() && out.stderr.is_empty());
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let written = report["written"].as_array().unwrap();
    let chart = written[3].as_str().unwrap();
    let run = report["digests"]["run"].as_str().unwrap();
    let name = format!(
        "SIM-60min-0.5-1.5-0.01-2-20240102-20251231-{}-chart.png",
        &run[..12]
    );
    assert!(chart.ends_with(&name), "{chart}");
    assert!(fs::read(chart).unwrap().starts_with(b"\x89PNG\r\n"));
    assert_eq!(
        fs::read_dir(base.path().join("backtests")).unwrap().count(),
        4
    );
}

#[test]
fn import_works_through_the_process_that_decodes() {
    let base = tempfile::tempdir().unwrap();
    let file = base.path().join("spy.csv");
    fs::write(&file, BARS).unwrap();
    let file = file.to_str().unwrap();
    let stored = output(base.path(), &["import", file, "--symbol", "SPY"]);
    assert!(
        text(&stored.stdout).contains("Stored as SPY-1min"),
        "{}",
        text(&stored.stderr)
    );
    assert!(stored.stderr.is_empty());
    fs::write(base.path().join("bad.csv"), BARS.replace("101,20", "x,20")).unwrap();
    let bad = base.path().join("bad.csv");
    let refused = output(
        base.path(),
        &["import", bad.to_str().unwrap(), "--symbol", "BAD"],
    );
    assert_eq!(
        (refused.status.code(), text(&refused.stdout)),
        (Some(1), "")
    );
    assert!(
        text(&refused.stderr).contains("line 3: close is \"x\""),
        "{}",
        text(&refused.stderr)
    );
}

/// The options of a decoder, as an import hands them over.
const OPTIONS: &str = r#"{"columns": [null, null, null, null, null, null], "zone": "utc", "labels": "start", "interval": null,
    "instrument": {"symbol": "SPY", "currency": "USD", "tick_size": 0.01, "lot_size": 1, "multiplier": 1,
        "min_quantity": 1, "min_notional": 0, "calendar": "crypto"}}"#;

#[test]
fn a_decoder_ends_when_the_import_is_gone() {
    let base = tempfile::tempdir().unwrap();
    let mut bars = "timestamp,open,high,low,close,volume\n".to_owned();
    for minute in 0..300_000 {
        bars.push_str(&format!(
            "{},100,101,99,100.5,10\n",
            1_711_459_800 + 60 * minute
        ));
    }
    let file = base.path().join("large.csv");
    fs::write(&file, bars).unwrap();
    let decoder = || {
        let mut command = atrium(base.path());
        command.args(["decode-file", OPTIONS]).arg(&file);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    // the import lives
    let mut child = decoder();
    let input = child.stdin.take();
    let end = child.wait_with_output().unwrap();
    assert!(end.status.success() && end.stdout.len() > 300_000);
    drop(input);
    // the import was killed, which closes the decoder's input
    let mut child = decoder();
    drop(child.stdin.take());
    let end = child.wait_with_output().unwrap();
    assert_eq!((end.status.code(), end.stdout.len()), (Some(1), 0));
    // an import keeps the input open, however long it takes
    let file = file.to_str().unwrap();
    let import = output(base.path(), &["import", file, "--symbol", "X", "--crypto"]);
    assert!(import.status.success(), "{}", text(&import.stderr));
}

/// Flipping bits of a Parquet file makes its decoder fail in every way it can, crashes included.
#[test]
fn a_damaged_parquet_file_gives_bars_or_a_sentence_but_never_a_crash() {
    let base = tempfile::tempdir().unwrap();
    let mut bars = BARS.to_owned();
    for minute in 32..60 {
        for second in ["00", "20", "40"] {
            bars.push_str(&format!("2024-03-26T13:{minute}:{second}Z,{minute}.5,{minute}.75,{minute},{minute}.25,{second}\n"));
        }
    }
    let file = base.path().join("intact.csv");
    fs::write(&file, bars).unwrap();
    let words = [
        "import",
        file.to_str().unwrap(),
        "--symbol",
        "X",
        "--interval",
        "20s",
    ];
    assert!(output(base.path(), &words).status.success());
    let intact = fs::read(base.path().join("data/X-20s/bars.parquet")).unwrap();
    let target = base.path().join("store");
    let file = base.path().join("damaged.parquet");
    let end = intact.len();
    // where the pages begin, and the structure at the end
    let places = (4..80).step_by(2).chain((80..end).step_by(17));
    let (mut accepted, mut refused, mut crashed) = (0, 0, 0);
    for (round, at) in places.enumerate() {
        let mut bytes = intact.clone();
        bytes[at] ^= [0x01, 0x10, 0x80, 0xff][round % 4];
        fs::write(&file, &bytes).unwrap();
        let words = [
            "import",
            file.to_str().unwrap(),
            "--symbol",
            "X",
            "--time-column",
            "start",
        ];
        let out = output(&target, &words);
        let said = text(&out.stderr);
        assert!(
            !said.contains("panicked") && !said.contains("allocation"),
            "byte {at}: {said}"
        );
        match out.status.code() {
            Some(0) => {
                accepted += 1;
                fs::remove_dir_all(&target).unwrap();
            }
            Some(1) => {
                refused += 1;
                crashed += usize::from(said.contains("the process that decodes it stopped"));
                assert_eq!(
                    said.lines().next().map(|line| line.starts_with("Error: ")),
                    Some(true)
                );
                assert!(!target.join("data/X-20s").exists(), "byte {at}");
            }
            code => panic!("byte {at}: {code:?} {said}"),
        }
    }
    println!("{accepted} accepted, {refused} refused, of them {crashed} by a crash of the decoder");
    assert!(refused > 20, "{refused}");
}

/// A running server, stopped when it goes out of scope.
struct Server {
    child: Child,
    address: String,
    output: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start(base: &Path, words: &[&str]) -> Self {
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

    fn port(&self) -> u16 {
        self.address.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// Sends bytes and reads until the server closes.
    fn send(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // a server that refuses early may close before everything is sent
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    fn get(&self, path: &str) -> String {
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

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn the_server_says_where_it_is_and_stores_the_demo_when_there_is_nothing() {
    let base = tempfile::tempdir().unwrap();
    let server = Server::start(base.path(), &["--port", "0"]);
    assert!(server.address.starts_with("127.0.0.1:"));
    assert!(server.get("/health").starts_with("HTTP/1.1 200"));
    let sets = server.get("/api/datasets");
    assert!(
        sets.contains("\"SIM-1min\"") && !sets.contains("\"simulated\":false"),
        "{sets}"
    );
    assert_eq!(sets.matches("\"simulated\":true").count(), 5, "{sets}");
    drop(server);
    let without = tempfile::tempdir().unwrap();
    let server = Server::start(without.path(), &["--port", "0", "--no-demo"]);
    assert!(server.get("/api/datasets").contains("\"sets\":[]"));
    assert!(!without.path().join("data").exists());
}

#[test]
fn a_taken_port_is_passed_over_unless_it_was_asked_for() {
    let base = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let words = ["serve", "--no-demo", "--port", &port.to_string()];
    let refused = output(base.path(), &words);
    assert_eq!(
        (refused.status.code(), text(&refused.stdout)),
        (Some(1), "")
    );
    assert!(text(&refused.stderr).contains(&format!("port {port} of 127.0.0.1 cannot be used")));
    fs::write(base.path().join("atrium.toml"), format!("port = {port}\n")).unwrap();
    let server = Server::start(base.path(), &["--no-demo"]);
    assert!(
        (1..50).contains(&(server.port() - port)),
        "{} after {port}",
        server.port()
    );
}

#[test]
fn what_is_no_request_does_not_harm_the_server() {
    let base = tempfile::tempdir().unwrap();
    let server = Server::start(base.path(), &["--port", "0", "--no-demo"]);
    let long_header = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n",
        "a".repeat(1 << 20)
    );
    let long_path = format!(
        "GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "a".repeat(1 << 20)
    );
    let garbage: [&[u8]; 6] = [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET http://[::1/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        long_header.as_bytes(),
        long_path.as_bytes(),
    ];
    for request in garbage {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        let _ = stream.write_all(request);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(
            !answer.starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
        assert!(server.get("/health").starts_with("HTTP/1.1 200"));
    }
    let traversal = server.get("/../../../../etc/passwd");
    assert!(
        traversal.starts_with("HTTP/1.1 404") && !traversal.contains("root:"),
        "{traversal}"
    );
}

#[cfg(unix)]
#[test]
fn it_stops_when_it_is_told_to_and_prints_nothing_else() {
    for signal in ["-TERM", "-INT"] {
        let base = tempfile::tempdir().unwrap();
        let port = free_port().to_string();
        let mut server = Server::start(base.path(), &["--port", &port, "--no-demo"]);
        // an open connection does not hold it up
        let idle = TcpStream::connect(&server.address).unwrap();
        let pid = server.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(server.child.wait().unwrap().code(), Some(0), "{signal}");
        let mut rest = String::new();
        server.output.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
        let mut complaints = String::new();
        server
            .child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut complaints)
            .unwrap();
        assert_eq!(complaints, "");
        drop(idle);
    }
}

#[test]
fn the_configuration_of_the_repository_is_found_from_below() {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = atrium(&root);
    command.env_remove("ATRIUM_BASE_DIR");
    let shown = command
        .current_dir(root.join("backend/src"))
        .args(["config", "show"])
        .output()
        .unwrap();
    let shown = text(&shown.stdout);
    assert!(
        shown.contains("the folder of ") && shown.contains("atrium.toml"),
        "{shown}"
    );
}
