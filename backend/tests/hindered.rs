//! What is left when a command is hindered: killed, at work twice, without room, cut off.

#![allow(clippy::unwrap_used)] // the helpers of an integration test are tests too, which clippy.toml cannot tell

mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use support::{OPEN, Server, atrium, bars, json, refused, said, stored, text};

/// A file of so many minute bars of a 24x7 market.
fn large(base: &Path, name: &str, count: i64, shift: f64) -> PathBuf {
    let mut bars = "timestamp,open,high,low,close,volume\n".to_owned();
    for minute in 0..count {
        let price = 100.0 + (minute % 97) as f64 + shift;
        bars += &format!(
            "{},{price},{price},{price},{price},10\n",
            OPEN + 60 * minute
        );
    }
    let path = base.join(name);
    fs::write(&path, bars).unwrap();
    path
}

/// What is below a folder of data sets, but for locks and the metadata database.
fn left(base: &Path) -> Vec<String> {
    let entries = fs::read_dir(base.join("data")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter(|name| !name.starts_with(".lock") && !name.starts_with("atrium.db"))
        .collect();
    names.sort();
    names
}

#[test]
fn an_import_that_is_killed_leaves_what_was_stored() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    let small = large(base, "small.csv", 2_000, 0.0);
    let big = large(base, "big.csv", 400_000, 0.0);
    let import = |file: &Path| {
        let mut command = atrium(base);
        command.args([
            "import",
            file.to_str().unwrap(),
            "--symbol",
            "X",
            "--crypto",
        ]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    assert!(import(&small).status().unwrap().success());
    let before = json(base, &["data", "show", "X"]);
    let (mut killed, mut done) = (0, 0);
    for round in 0u64..12 {
        let mut child = import(&big).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20 + 130 * round));
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        let now = json(base, &["data", "show", "X"]);
        let out = base.join("out.csv");
        said(
            base,
            &[
                "data",
                "export",
                "X",
                "--out",
                out.to_str().unwrap(),
                "--force",
            ],
        );
        if now["set"] == before["set"] {
            killed += 1;
            assert!(!ended.success());
        } else {
            // it was through already, or the kill came after the last rename
            done += 1;
            assert_eq!(now["set"]["rows"], 400_000);
            break;
        }
    }
    println!("killed {killed} times, {done} came through");
    assert!(killed > 2, "{killed}");
    assert!(import(&big).status().unwrap().success());
    assert_eq!(json(base, &["data", "show", "X"])["set"]["rows"], 400_000);
    assert_eq!(left(base), ["X-1min"]);
}

#[test]
fn two_programs_that_import_one_data_set_do_not_mix() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    let file = large(base, "x.csv", 60_000, 0.0);
    let words = [
        "import",
        file.to_str().unwrap(),
        "--symbol",
        "X",
        "--crypto",
    ];
    let children: Vec<_> = (0..4)
        .map(|_| {
            let mut command = atrium(base);
            let command = command
                .args(words)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    let mut stored = 0;
    for child in children {
        let out = child.wait_with_output().unwrap();
        let said = text(&out.stderr);
        match out.status.code() {
            Some(0) => stored += usize::from(text(&out.stdout).contains("Stored x.csv as X-1min")),
            Some(1) => assert!(
                said.contains("is being written by another program"),
                "{said}"
            ),
            code => panic!("{code:?} {said}"),
        }
    }
    assert_eq!(stored, 1);
    let shown = json(base, &["data", "show", "X"]);
    assert_eq!(
        (
            &shown["set"]["rows"],
            shown["imports"].as_array().map(Vec::len)
        ),
        (&60_000.into(), Some(1))
    );
    assert_eq!(left(base), ["X-1min"]);
}

#[test]
fn a_place_that_cannot_be_written_is_said_and_nothing_is_lost() {
    let base = stored();
    let base = base.path();
    let before = json(base, &["data", "show", "SPY"]);
    // a file where the folder should be
    let odd = tempfile::tempdir().unwrap();
    fs::write(odd.path().join("data"), "").unwrap();
    let file = base.join("spy.csv");
    let said_there = refused(
        odd.path(),
        &["import", file.to_str().unwrap(), "--symbol", "SPY"],
    );
    assert!(said_there.contains("data"), "{said_there}");
    let more = base.join("more.csv");
    fs::write(&more, bars(0..0)).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        use std::process::Command;
        let data = base.join("data");
        let allow =
            |mode: u32| fs::set_permissions(&data, fs::Permissions::from_mode(mode)).unwrap();
        allow(0o555);
        let words = [
            "import",
            more.to_str().unwrap(),
            "--symbol",
            "SPY",
            "--max-fill",
            "0",
        ];
        if fs::write(data.join("probe"), "").is_ok() {
            // who may write everywhere cannot be refused by a folder
            fs::remove_file(data.join("probe")).unwrap();
            println!("SKIPPED the read-only folder: this user may write to it");
        } else {
            let said = refused(base, &words);
            assert!(said.contains("allow writing to it"), "{said}");
            assert_eq!(json(base, &["data", "show", "SPY"]), before);
        }
        allow(0o755);
        // a disk that fills up: no file may be larger than 4 KiB
        let big = large(base, "big.csv", 100_000, 0.0);
        let script = format!(
            "trap '' XFSZ; ulimit -f 8; exec {} import {} --symbol SPY --calendar nyse --replace",
            atrium(base).get_program().to_str().unwrap(),
            big.display()
        );
        let mut command = Command::new("sh");
        let out = command
            .args(["-c", &script])
            .env("ATRIUM_BASE_DIR", base)
            .output()
            .unwrap();
        let said = text(&out.stderr);
        assert_eq!(out.status.code(), Some(1), "{said}");
        assert!(said.contains("make room on the disk"), "{said}");
    }
    assert_eq!(json(base, &["data", "show", "SPY"]), before);
    said(
        base,
        &[
            "data",
            "export",
            "SPY",
            "--out",
            base.join("kept.csv").to_str().unwrap(),
        ],
    );
    assert_eq!(left(base), ["SPY-1min"]);
}

#[test]
fn an_upload_that_is_cut_off_leaves_nothing() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    let server = Server::start(base, &["--port", "0", "--no-demo"]);
    let body = bars(0..0);
    let head = |length: usize| {
        format!(
            "POST /api/imports?name=SPY.csv HTTP/1.1\r\nHost: {}\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
            server.address
        )
    };
    for sent in [0, 1, body.len() / 2, body.len() - 1] {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        stream.write_all(head(body.len()).as_bytes()).unwrap();
        stream.write_all(&body.as_bytes()[..sent]).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("send the file again"), "{answer}");
    }
    let files = || {
        let mut found = Vec::new();
        gather(&base.join("data"), &mut found);
        found.retain(|path| path.ends_with("SPY.csv"));
        found
    };
    // the server may learn of it a moment later
    for _ in 0..500 {
        if files().is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(files(), Vec::<PathBuf>::new());
    let whole = server.send(&[head(body.len()).as_bytes(), body.as_bytes()].concat());
    assert!(text(&whole).starts_with("HTTP/1.1 201"), "{}", text(&whole));
    assert_eq!(files().len(), 1);
    drop(server);
    // the server was killed; the next one clears away what it left
    let server = Server::start(base, &["--port", "0", "--no-demo"]);
    assert_eq!(files(), Vec::<PathBuf>::new());
    drop(server);
    assert_eq!(left(base), Vec::<String>::new());
}

fn gather(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => gather(&path, found),
            path => found.push(path),
        }
    }
}
