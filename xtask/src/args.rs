//! What was typed, parsed into what it means.

use crate::test::Suite;

/// One command with its options.
#[derive(Debug, PartialEq)]
pub(crate) enum Task {
    /// Print this text.
    Help(&'static str),
    Start(StartOptions),
    Test(TestOptions),
    Bench(BenchOptions),
    Tidy,
}

/// Options of `start`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct StartOptions {
    /// Build at full speed (slow to build) instead of the `lab` profile.
    pub release: bool,
    /// Build, but do not start the server.
    pub no_serve: bool,
    /// The port asked for; without one the server takes 8080 or the next free port.
    pub port: Option<u16>,
}

/// Options of `test`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct TestOptions {
    /// The suites to run; empty means all.
    pub only: Vec<Suite>,
}

/// Options of `bench`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct BenchOptions {
    /// Run only benches whose name contains this.
    pub filter: Option<String>,
    /// Instead, time one backtest beside the tools that this Python has.
    pub peers: Option<String>,
    /// Instead, only print what a browser downloads.
    pub download: bool,
}

const HELP: &str = "\
Builds, starts, checks and measures Atrium.

Usage: cargo xtask <COMMAND> [OPTIONS]

Commands:
  start   install what is missing, build both halves, serve on 127.0.0.1:8080 or the next free port
  test    formatting, lints, tidy rules and every test: native, WASM in Node, Chromium
  bench   run the criterion benches and print the download sizes of a release build
  tidy    check the rules that no compiler knows (order of wings and rooms, forbidden calls, …)

`cargo xtask <COMMAND> --help` tells more about one of them.

Tools are installed into a cache outside the clone: $ATRIUM_CACHE_DIR, or the platform's cache folder plus `atrium`.";

const START_HELP: &str = "\
Installs what is missing, builds both halves and serves them on this machine only.

Usage: cargo xtask start [OPTIONS]

Options:
  --release    the full-speed build (LTO, wasm-opt, precompressed files); slow to build
  --port <N>   listen on this port or fail; without it 8080 or the next free port is taken
  --no-serve   build, but do not start the server
  -h, --help   this text

The first run compiles two build tools and all dependencies: expect some minutes for each. Ctrl-C ends the server.";

const TEST_HELP: &str = "\
Runs every check, goes on after a failed one, and ends with a summary.

Usage: cargo xtask test [--only <SUITE>[,<SUITE>…]]…

Suites, in order:
  fmt      cargo fmt --check
  tidy     the rules of `cargo xtask tidy`
  clippy   lints, native and WASM, warnings are errors
  native   unit, integration and documentation tests
  wasm     the parity tests as WebAssembly in Node
  browser  a subset of them in headless Chromium, then the pages against the real server

Environment:
  ATRIUM_TEST_DATA           folder with the real data sets (default: ../shared/data beside the clone, if it exists)
  ATRIUM_REQUIRE_TEST_DATA   set to 1, a test that misses its data fails instead of skipping
  ATRIUM_LAG_PAGE            up to so many milliseconds late, by chance, a page of the browser tests is answered
  ATRIUM_LAG_TEST            up to so many milliseconds late, by chance, each step of a browser test is made
  ATRIUM_CACHE_DIR           where tools are kept
  CI=true                    build in the cache instead of in ./target";

const BENCH_HELP: &str = "\
Runs the criterion benches at full speed, then prints the download sizes if ./dist holds a release build.

Usage: cargo xtask bench [FILTER]
       cargo xtask bench --peers <PYTHON>
       cargo xtask bench --download

  FILTER             run only benches whose name contains this
  --peers <PYTHON>   instead, time importing, cleaning, gaps, resampling and features beside pandas and polars, one backtest
                     natively, as WebAssembly in Node, and in vectorbt and backtesting.py, and sweeps natively and in those two; this
                     Python has to have them all (tests/bench/peers/*.py say which versions)
  --download         instead, only print the download sizes, against their budgets";

const TIDY_HELP: &str = "\
Checks the rules that no compiler knows, on every source file:

  order      a wing of `shared` imports only from wings above it in src/lib.rs, a room only from rooms above it in mod.rs
  calls      nothing in `shared` that sees the outside world or gives other bits on another machine
  size       no Rust file over 600 lines
  markers    no left-over markers of unfinished work
  docs       every wing says what it is for

Usage: cargo xtask tidy

The same checks run inside `cargo test -p xtask`.";

/// Parses the words after `cargo xtask`.
///
/// # Errors
/// A sentence that names the word that was not understood and what is possible.
pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Task, String> {
    let mut words = words.peekable();
    let Some(command) = words.next() else {
        return Ok(Task::Help(HELP));
    };
    let rest: Vec<String> = words.collect();
    let wants_help = rest.iter().any(|word| word == "-h" || word == "--help");
    match command.as_str() {
        "-h" | "--help" | "help" => Ok(Task::Help(HELP)),
        "start" if wants_help => Ok(Task::Help(START_HELP)),
        "test" if wants_help => Ok(Task::Help(TEST_HELP)),
        "bench" if wants_help => Ok(Task::Help(BENCH_HELP)),
        "tidy" if wants_help => Ok(Task::Help(TIDY_HELP)),
        "start" => parse_start(rest).map(Task::Start),
        "test" => parse_test(rest).map(Task::Test),
        "bench" => parse_bench(rest).map(Task::Bench),
        "tidy" => match rest.first() {
            None => Ok(Task::Tidy),
            Some(word) => Err(not_understood("tidy", word)),
        },
        other => Err(format!(
            "there is no command `{other}`; there are start, test, bench and tidy (`cargo xtask --help`)"
        )),
    }
}

fn parse_start(words: Vec<String>) -> Result<StartOptions, String> {
    let mut options = StartOptions::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match split_value(&word) {
            ("--release", None) => options.release = true,
            ("--no-serve", None) => options.no_serve = true,
            ("--port", inline) => {
                let value = inline
                    .map(str::to_owned)
                    .or_else(|| words.next())
                    .unwrap_or_default();
                let port = value.parse().ok().filter(|port| *port != 0);
                options.port = Some(port.ok_or_else(|| {
                    format!("`--port {value}` is not a port: give a number from 1 to 65535")
                })?);
            }
            _ => return Err(not_understood("start", &word)),
        }
    }
    Ok(options)
}

fn parse_test(words: Vec<String>) -> Result<TestOptions, String> {
    let mut options = TestOptions::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let ("--only", inline) = split_value(&word) else {
            return Err(not_understood("test", &word));
        };
        let value = inline
            .map(str::to_owned)
            .or_else(|| words.next())
            .unwrap_or_default();
        for name in value.split(',') {
            let suite = Suite::ALL.into_iter().find(|suite| suite.name() == name);
            options.only.push(suite.ok_or_else(|| {
                let names: Vec<_> = Suite::ALL.iter().map(|suite| suite.name()).collect();
                format!(
                    "`--only {name}`: there is no such suite; there are {}",
                    names.join(", ")
                )
            })?);
        }
    }
    Ok(options)
}

fn parse_bench(words: Vec<String>) -> Result<BenchOptions, String> {
    let mut options = BenchOptions::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match split_value(&word) {
            ("--peers", inline) if options.filter.is_none() && !options.download => {
                let python = inline.map(str::to_owned).or_else(|| words.next());
                let missing =
                    "`--peers` needs the Python that has the tools, as in --peers venv/bin/python";
                options.peers = Some(python.ok_or(missing)?);
            }
            ("--download", None) if options == BenchOptions::default() => options.download = true,
            _ if word.starts_with('-') || options != BenchOptions::default() => {
                return Err(not_understood("bench", &word));
            }
            _ => options.filter = Some(word),
        }
    }
    Ok(options)
}

/// `--name=value` → (`--name`, value).
fn split_value(word: &str) -> (&str, Option<&str>) {
    match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    }
}

fn not_understood(command: &str, word: &str) -> String {
    format!("`{command}` does not know `{word}` (`cargo xtask {command} --help`)")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    fn typed(line: &str) -> Result<Task, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_understood_in_both_spellings() {
        let expected = StartOptions {
            release: true,
            no_serve: false,
            port: Some(9000),
        };
        assert_eq!(
            typed("start --release --port 9000"),
            Ok(Task::Start(expected))
        );
        let expected = StartOptions {
            release: false,
            no_serve: true,
            port: Some(9000),
        };
        assert_eq!(
            typed("start --port=9000 --no-serve"),
            Ok(Task::Start(expected))
        );
        let expected = TestOptions {
            only: vec![Suite::Fmt, Suite::Wasm, Suite::Tidy],
        };
        assert_eq!(
            typed("test --only fmt,wasm --only=tidy"),
            Ok(Task::Test(expected))
        );
        assert_eq!(
            typed("bench sweep"),
            Ok(Task::Bench(BenchOptions {
                filter: Some("sweep".into()),
                ..BenchOptions::default()
            }))
        );
        assert_eq!(
            typed("bench --peers venv/bin/python"),
            Ok(Task::Bench(BenchOptions {
                peers: Some("venv/bin/python".into()),
                ..BenchOptions::default()
            }))
        );
        assert_eq!(
            typed("bench --download"),
            Ok(Task::Bench(BenchOptions {
                download: true,
                ..BenchOptions::default()
            }))
        );
    }

    #[test]
    fn help_is_there_for_every_command() {
        for line in [
            "",
            "--help",
            "help",
            "start -h",
            "test --only fmt --help",
            "bench --help",
            "tidy --help",
        ] {
            assert!(matches!(typed(line), Ok(Task::Help(_))), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, part) in [
            ("strat", "no command `strat`"),
            ("start --prot 1", "--prot"),
            ("start --port 70000", "70000"),
            ("start --port 0", "not a port"),
            ("start --port", "not a port"),
            ("start --release=yes", "--release=yes"),
            ("test --only wsam", "wsam"),
            ("test fmt", "fmt"),
            ("bench a b", "`b`"),
            ("bench --save", "--save"),
            ("bench --peers", "needs the Python"),
            ("bench --peers python sweep", "sweep"),
            ("bench --download sweep", "sweep"),
            ("bench sweep --download", "--download"),
            ("tidy now", "now"),
        ] {
            let message = typed(line).unwrap_err();
            assert!(message.contains(part), "{line}: {message}");
        }
    }
}
