//! The program itself: what reaches stdout and stderr, exit codes, imports that end early, the server's life.

#![allow(clippy::unwrap_used)] // the helpers of an integration test are tests too, which clippy.toml cannot tell

mod support;

use std::fs;
use std::io::{BufRead, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::{PROGRAM, Server, atrium, output, text};

const BARS: &str = "timestamp,open,high,low,close,volume
2024-03-26T13:30:00Z,100,101,99,100.5,10
2024-03-26T13:31:00Z,100.5,102,100,101,20
";

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
    let commands: [&[&str]; 18] = [
        &["import"],
        &["backtest"],
        &["link"],
        &["explain"],
        &["features"],
        &["data", "list"],
        &["data", "show"],
        &["data", "export"],
        &["data", "remove"],
        &["instrument", "show"],
        &["instrument", "set"],
        &["factors", "import"],
        &["gaps"],
        &["quality"],
        &["resample"],
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
fn import_stores_a_file_and_says_where_what_is_bad_lies() {
    let base = tempfile::tempdir().unwrap();
    let file = base.path().join("spy.csv");
    fs::write(&file, BARS).unwrap();
    let file = file.to_str().unwrap();
    let stored = output(base.path(), &["import", file, "--symbol", "SPY"]);
    assert!(
        text(&stored.stdout).contains("Stored spy.csv as SPY-1min"),
        "{}",
        text(&stored.stderr)
    );
    assert!(stored.stderr.is_empty());
    let bad = base.path().join("bad.csv");
    fs::write(&bad, BARS.replace("101,20", "x,20")).unwrap();
    let bad = bad.to_str().unwrap();
    let words = ["import", bad, "--symbol", "BAD", "--interval", "1min"];
    let stored = output(base.path(), &words);
    assert!(stored.status.success(), "{}", text(&stored.stderr));
    let said = text(&stored.stdout);
    assert!(said.contains("line 3: close is \"x\""), "{said}");
    assert!(said.contains("BAD-1min/raw/0001/quarantine.csv"), "{said}");
    fs::write(
        base.path().join("bad.csv"),
        BARS.replace(",20\n", "\n").replace(",10\n", "\n"),
    )
    .unwrap();
    let refused = output(base.path(), &words);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stderr).contains("line 2: the line has 5 fields, but there are 6 columns"),
        "{}",
        text(&refused.stderr)
    );
}

/// What a decoder is asked for, as an import asks.
const REQUEST: &str = r#"{"format": "parquet", "name": "large.parquet", "table": null}"#;

#[test]
fn a_decoder_ends_when_the_import_is_gone() {
    let base = tempfile::tempdir().unwrap();
    assert!(output(base.path(), &["demo", "SIM"]).status.success());
    let file = base.path().join("data/SIM-1min/bars.parquet");
    let decoder = || {
        let mut command = atrium(base.path());
        command.args(["decode-file", REQUEST]).arg(&file);
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
    assert!(end.status.success() && end.stdout.len() > 1_000_000);
    drop(input);
    // the import was killed, which closes the decoder's input
    let mut child = decoder();
    drop(child.stdin.take());
    let killed = child.wait_with_output().unwrap();
    assert_eq!(killed.status.code(), Some(1));
    assert!(killed.stdout.len() < end.stdout.len());
    // an import keeps the input open, however long it takes
    let file = file.to_str().unwrap();
    let import = output(base.path(), &["import", file, "--symbol", "X"]);
    assert!(import.status.success(), "{}", text(&import.stderr));
}

/// A file of so many minutes.
fn minutes(path: &Path, count: i64, close: &str) {
    let mut bars = "timestamp,open,high,low,close,volume\n".to_owned();
    for minute in 0..count {
        bars.push_str(&format!(
            "{},100,101,99,{close},10\n",
            1_711_459_800 + 60 * minute
        ));
    }
    fs::write(path, bars).unwrap();
}

/// The digest that the store has of a data set, whose bars are read and checked against it.
fn digest(base: &Path, name: &str) -> String {
    let out = base.join("out.csv");
    let words = [
        "data",
        "export",
        name,
        "--out",
        out.to_str().unwrap(),
        "--force",
    ];
    let exported = output(base, &words);
    assert!(exported.status.success(), "{}", text(&exported.stderr));
    let shown = output(base, &["data", "list", "--json"]);
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let set = shown.pointer("/sets/0").unwrap();
    assert_eq!(set["name"], name);
    set["digest"].as_str().unwrap().to_owned()
}

#[test]
fn an_import_that_is_killed_leaves_what_was_stored() {
    let base = tempfile::tempdir().unwrap();
    let file = base.path().join("bars.csv");
    let words = [
        "import",
        file.to_str().unwrap(),
        "--symbol",
        "X",
        "--crypto",
    ];
    minutes(&file, 60_000, "100.5");
    assert!(output(base.path(), &words).status.success());
    let before = digest(base.path(), "X-1min");
    minutes(&file, 200_000, "100.5");
    let mut killed = 0;
    let mut pause = std::time::Duration::from_millis(5);
    // each time a little later, until one is too quick
    loop {
        let mut child = atrium(base.path())
            .args(words)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(pause);
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        assert_ne!(ended.code(), Some(1), "the import was refused");
        if ended.success() || digest(base.path(), "X-1min") != before {
            break;
        }
        killed += 1;
        pause = pause.mul_f64(1.25);
    }
    assert!(killed > 5, "{killed}");
    println!("killed {killed} times, the last after {pause:?}");
    let last = output(base.path(), &words);
    assert!(last.status.success(), "{}", text(&last.stderr));
    assert_ne!(digest(base.path(), "X-1min"), before);
    let left = fs::read_dir(base.path().join("data")).unwrap().flatten();
    let left: Vec<String> = left
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert!(
        !left
            .iter()
            .any(|name| name.starts_with(".tmp") || name.starts_with(".old")),
        "{left:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_leaves_what_was_stored() {
    let base = tempfile::tempdir().unwrap();
    let file = base.path().join("bars.csv");
    minutes(&file, 1_000, "100.5");
    let words = [
        "import",
        file.to_str().unwrap(),
        "--symbol",
        "X",
        "--crypto",
    ];
    assert!(output(base.path(), &words).status.success());
    let before = digest(base.path(), "X-1min");
    // volumes that do not compress, so that the bars need room
    let mut bars = "timestamp,open,high,low,close,volume\n".to_owned();
    for minute in 0..100_000_u64 {
        let volume = minute.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        bars.push_str(&format!(
            "{},100,101,99,100.5,{volume}\n",
            1_711_459_800 + 60 * minute
        ));
    }
    fs::write(&file, bars).unwrap();
    // no file may grow beyond 100 blocks of half or a whole kibibyte, which a write meets as it meets a full disk
    let program = format!("trap '' XFSZ; ulimit -f 100; exec {PROGRAM} \"$@\"");
    let mut limited = Command::new("sh");
    limited
        .args(["-c", &program, "sh"])
        .args(words)
        .env("ATRIUM_BASE_DIR", base.path());
    let out = limited.output().unwrap();
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(
        said.contains("cannot be written") && said.contains("make room on the disk"),
        "{said}"
    );
    assert_eq!(digest(base.path(), "X-1min"), before);
    assert!(output(base.path(), &words).status.success());
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
    let mut server = Server::start(base.path(), &["--no-demo"]);
    assert!(
        (1..50).contains(&(server.port() - port)),
        "{} after {port}",
        server.port()
    );
    // links of other commands would lead to what has that port
    let mut told = String::new();
    server.output.read_line(&mut told).unwrap();
    let port_set = format!("set ATRIUM_PORT={}", server.port());
    assert!(
        told.contains(&format!("name port {port}: ")) && told.contains(&port_set),
        "{told}"
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
        // links of other commands lead to it: nothing is to be said of them
        let port = format!("port = {}\n", free_port());
        fs::write(base.path().join("atrium.toml"), port).unwrap();
        let mut server = Server::start(base.path(), &["--no-demo"]);
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
