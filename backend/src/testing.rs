//! What the tests of this crate share: small data, and a base directory of their own to run commands in.

pub(crate) mod coin;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use atrium_shared::base::time::{BarInterval, Day};
use atrium_shared::market::bars::{BarColumns, BarSeries, Instrument};
use atrium_shared::market::intake::Reading;
use atrium_shared::market::simulate::{SAMPLE, Simulation, simulate};
use atrium_shared::surface::api::ImportOrder;
use clap::Parser;
use tempfile::TempDir;

use crate::commands::Cli;
use crate::config::{Config, LogLevel, Surroundings};
use crate::store::{NewSet, Store};

/// Simulated minute bars of about `days` calendar days.
pub(crate) fn bars(days: i32, seed: u64) -> BarSeries {
    let to = Day(SAMPLE.from.0 + days);
    simulate(&Simulation { seed, to, ..SAMPLE }).unwrap()
}

/// A data set of such bars.
pub(crate) fn set(symbol: &str, days: i32, seed: u64) -> NewSet {
    NewSet {
        instrument: Instrument::us_share(symbol),
        bars: bars(days, seed),
        actions: Default::default(),
        simulated: true,
        source: "made by a test".to_owned(),
    }
}

/// An order to store a file of a share as it is read.
pub(crate) fn order(symbol: &str) -> ImportOrder {
    let instrument = Instrument::us_share(symbol);
    ImportOrder {
        reading: Reading::detect(instrument.calendar),
        instrument,
        symbol_given: false,
        step_given: false,
        basis: Default::default(),
        fill: Default::default(),
        replace: false,
        accept: false,
        dry_run: false,
        rehearse: false,
    }
}

/// The first `count` bars of a series, each of `interval`.
pub(crate) fn first(series: &BarSeries, count: usize, interval: BarInterval) -> BarSeries {
    let mut columns = BarColumns::default();
    for (start, prices, volume) in series.rows().take(count) {
        columns.push(start, prices, volume);
    }
    BarSeries::new(interval, columns).unwrap()
}

/// A base directory of its own, gone with the value.
pub(crate) struct Sandbox {
    dir: TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn base(&self) -> PathBuf {
        self.dir.path().join("base")
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&self.base()).unwrap()
    }

    /// The settings of the commands that are run here.
    pub(crate) fn config(&self) -> Config {
        Config {
            base_dir: self.base(),
            port: 8_080,
            frontend_dir: self.base(),
            log_level: LogLevel::Off,
        }
    }

    /// Writes a file outside the base directory.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Runs a command: its output, or its error message.
    pub(crate) fn run(&self, words: &[&str]) -> Result<String, String> {
        let (out, outcome) = self.told(words);
        outcome.map(|()| out)
    }

    /// Runs a command: its output, and how it ended.
    pub(crate) fn told(&self, words: &[&str]) -> (String, Result<(), String>) {
        let base = self.base().display().to_string();
        let all = ["atrium", "--base-dir", &base];
        let cli = match Cli::try_parse_from(all.iter().chain(words)) {
            Ok(cli) => cli,
            Err(error) => return (String::new(), Err(error.to_string())),
        };
        let surroundings = Surroundings {
            working_dir: self.dir.path().to_path_buf(),
            ..Surroundings::default()
        };
        let mut out = Vec::new();
        let ended = cli.run(&surroundings, &mut out);
        let out = String::from_utf8(out).unwrap();
        (out, ended.map_err(|failure| failure.to_string()))
    }

    /// Every file below the base directory with its content, but for the locks.
    pub(crate) fn content(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        gather(&self.base(), &mut found);
        found
    }
}

/// The words of a command line as a shell takes them; of its quotes, single ones.
pub(crate) fn shell_words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            _ if quoted => word.get_or_insert_default().push(letter),
            '\\' => word.get_or_insert_default().extend(letters.next()),
            ' ' => words.extend(word.take()),
            _ => {
                let is_plain = letter.is_ascii_alphanumeric() || "-_./=:+,@%".contains(letter);
                assert!(
                    is_plain,
                    "a shell does not take {letter} for itself: {line}"
                );
                word.get_or_insert_default().push(letter);
            }
        }
    }
    assert!(!quoted, "{line}");
    words.extend(word);
    words
}

fn gather(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.insert(path.clone(), Vec::new());
            gather(&path, found);
        } else if !is_lock(&path) {
            let content = fs::read(&path).unwrap();
            found.insert(path, content);
        }
    }
}

fn is_lock(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(".lock"))
}

/// A file of real market data; `None`, said on stdout, where there is none and it is not required.
pub(crate) fn test_data(test: &str, file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("ATRIUM_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(file);
    if path.is_file() {
        return Some(path);
    }
    let required = std::env::var("ATRIUM_REQUIRE_TEST_DATA").is_ok_and(|value| value == "1");
    assert!(
        !required,
        "{test}: {} is missing, and ATRIUM_REQUIRE_TEST_DATA is set",
        path.display()
    );
    println!("SKIPPED {test}: no test data");
    None
}
