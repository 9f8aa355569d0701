//! Files that are none, are too large or are no lines, and columns that are not told apart.

use std::fs::File;

use super::{GOOD, assert_says, refused, refused_text};
use crate::testing::Sandbox;

#[cfg(unix)]
#[test]
fn only_regular_files_are_read() {
    use std::path::Path;
    use std::process::Command;

    let sandbox = Sandbox::new();
    let pipe = sandbox.file("x", "").with_file_name("pipe.csv");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let socket = pipe.with_file_name("socket.csv");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for path in [
        &pipe,
        &socket,
        Path::new("/dev/zero"),
        Path::new("/dev/null"),
    ] {
        let error = refused(&sandbox, path, &[]);
        assert_says(
            &error,
            &[
                &path.display().to_string(),
                "is not a regular file",
                "write its content to a file first",
            ],
        );
    }
    let link = pipe.with_file_name("link.csv");
    std::os::unix::fs::symlink(sandbox.file("good.csv", GOOD), &link).unwrap();
    let link = link.display().to_string();
    sandbox.run(&["import", &link, "--symbol", "SPY"]).unwrap();
}

#[test]
fn a_file_beyond_the_limit_is_refused_unread() {
    let sandbox = Sandbox::new();
    let path = sandbox.file("large.csv", GOOD);
    // a hole, which takes no space on the disk
    let file = File::options().write(true).open(&path).unwrap();
    file.set_len((8 << 30) + 1).unwrap();
    assert_says(
        &refused(&sandbox, &path, &[]),
        &["large.csv is larger than 8 GiB", "split it by time"],
    );
}

#[test]
fn lines_that_end_in_carriage_returns_alone_are_named() {
    for text in [GOOD.replace('\n', "\r"), GOOD.replace('\n', "\r") + "\n"] {
        assert_says(
            &refused_text(text, &[]),
            &["carriage returns (CR) alone", "save it with line feeds"],
        );
    }
}

#[test]
fn a_column_name_that_repeats_is_refused_until_one_is_named() {
    let twice = GOOD
        .replace("volume", "volume,Close")
        .replace("Z,", "Z;")
        .lines()
        .map(|line| match line.contains("Z;") {
            true => format!("{},1\n", line.replace("Z;", "Z,")),
            false => format!("{line}\n"),
        })
        .collect::<String>();
    assert_says(
        &refused_text(&twice, &[]),
        &["2 columns could be close: close, Close;", "--close-column"],
    );
    assert_says(
        &refused_text(twice.replace("Close", "close"), &[]),
        &["2 columns could be close: close, close_duplicated_0;"],
    );
    let sandbox = Sandbox::new();
    let path = sandbox.file("twice.csv", &twice).display().to_string();
    let words = [
        "import",
        &path,
        "--symbol",
        "SPY",
        "--close-column",
        "close",
    ];
    sandbox.run(&words).unwrap();
    let stored = sandbox.store().load("SPY-1min").unwrap();
    assert_eq!(stored.bars.close(), [100.5, 101.0, 100.75, 100.75, 102.0]);
}
