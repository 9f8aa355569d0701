//! `cargo xtask test`: every check in order, going on after a failed one, with one summary.

use std::{
    env, fs,
    io::Write,
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::{
    args::TestOptions,
    browser,
    frontend::{self, FrontendTools, Profile},
    paths::Paths,
    process::Run,
    step::{Failure, Steps, bold, seconds},
    tidy, tools,
};

/// A part of the checks that `--only` can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suite {
    Fmt,
    Tidy,
    Clippy,
    Native,
    Wasm,
    Browser,
}

impl Suite {
    /// All suites: cheap ones first, so that a slip is reported before the long builds.
    pub(crate) const ALL: [Self; 6] = [
        Self::Fmt,
        Self::Tidy,
        Self::Clippy,
        Self::Native,
        Self::Wasm,
        Self::Browser,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Tidy => "tidy",
            Self::Clippy => "clippy",
            Self::Native => "native",
            Self::Wasm => "wasm",
            Self::Browser => "browser",
        }
    }
}

const WASM: &str = "wasm32-unknown-unknown";

/// What is built for this machine, always as one selection: cargo unites the features of what it builds at once, so another
/// selection would compile polars a second time. The front end stays out for the same reason, and because it runs in a
/// browser only.
const NATIVE: &str =
    "--workspace --exclude atrium-frontend --exclude atrium-browser-tests --exclude atrium-bench";

/// Runs the suites.
///
/// # Errors
/// When anything failed; the summary above it says what.
pub(crate) fn run(paths: &Paths, options: &TestOptions) -> Result<(), Failure> {
    let mut paths = paths.clone();
    if env::var("CI").is_ok_and(|value| value == "true")
        && env::var_os("CARGO_TARGET_DIR").is_none()
    {
        // The clone of a CI run is thrown away; what is compiled should outlive it.
        paths.target = paths.cache.join("ci-target");
    }
    paths.claim_target()?;
    let session = Session {
        paths: &paths,
        data: test_data(&paths),
    };
    let mut tally = Tally::default();
    for suite in Suite::ALL {
        if options.only.is_empty() || options.only.contains(&suite) {
            session.run(suite, &mut tally);
        }
    }
    tally.report()
}

/// `$ATRIUM_TEST_DATA`, or the folder beside the clone; absolute, because tests run in the folder of their crate.
fn test_data(paths: &Paths) -> Option<PathBuf> {
    let chosen = env::var_os("ATRIUM_TEST_DATA").map(|folder| paths.root.join(folder));
    let folder = chosen.unwrap_or_else(|| paths.root.join("../shared/data"));
    folder.canonicalize().ok()
}

/// One run of the command.
struct Session<'a> {
    paths: &'a Paths,
    data: Option<PathBuf>,
}

impl Session<'_> {
    fn run(&self, suite: Suite, tally: &mut Tally) {
        let paths = self.paths;
        match suite {
            Suite::Fmt => tally.check("formatting", |_| {
                let run = paths.cargo().words("fmt --all --check");
                run.inherit().map_err(|_| {
                    Failure::new("some files are not formatted").mend("cargo fmt --all")
                })
            }),
            Suite::Tidy => tally.check("tidy", |_| tidy::run(&paths.root)),
            Suite::Clippy => {
                tally.check("clippy, native", |_| {
                    clippy(paths, &format!("{NATIVE} --all-targets"))
                });
                tally.check("clippy, browser tests and benches", |_| {
                    clippy(
                        paths,
                        "-p atrium-browser-tests -p atrium-bench --all-targets",
                    )
                });
                tally.check("clippy, WASM", |_| {
                    tools::ensure_wasm_target(paths, &mut Steps::new(1))?;
                    clippy(
                        paths,
                        &format!("--target {WASM} -p atrium-shared -p atrium-frontend"),
                    )?;
                    clippy(
                        paths,
                        &format!("--target {WASM} -p atrium-bench --examples"),
                    )
                });
                tally.check("clippy, front end's tests", |_| {
                    clippy(
                        paths,
                        &format!("--target {WASM} -p atrium-frontend --all-targets"),
                    )
                });
            }
            Suite::Native => {
                let run = self.cargo_test().words(NATIVE);
                tally.check("native tests", |counts| counts.watch(run));
                if self.front_end_has("#[test]") {
                    let run = self.cargo_test().words("-p atrium-frontend");
                    tally.check("front end, native", |counts| counts.watch(run));
                }
            }
            Suite::Wasm => {
                self.in_node("WASM tests in Node", "atrium-tests", tally);
                if self.front_end_has("#[wasm_bindgen_test]") {
                    self.in_node("front end in Node", "atrium-frontend", tally);
                }
            }
            Suite::Browser => self.browser(tally),
        }
    }

    /// Whether the front end has tests of a kind; it is built only for the kinds that it has.
    fn front_end_has(&self, attribute: &str) -> bool {
        let files =
            frontend::files_under(&self.paths.root.join("frontend/src")).unwrap_or_default();
        files
            .iter()
            .any(|file| fs::read_to_string(file).is_ok_and(|text| text.contains(attribute)))
    }

    fn in_node(&self, name: &'static str, package: &str, tally: &mut Tally) {
        tally.check(name, |counts| {
            browser::ensure_node(self.paths)?;
            // What was configured for a browser alone is left to the browser suite.
            counts.watch(
                self.wasm_tests(package)?
                    .env("WASM_BINDGEN_TEST_ONLY_NODE", "1"),
            )
        });
    }

    fn browser(&self, tally: &mut Tally) {
        let paths = self.paths;
        tally.check("WASM tests in Chromium", |counts| {
            let browser = browser::ensure(paths)?;
            let run = self
                .wasm_tests("atrium-tests")?
                .env("WASM_BINDGEN_USE_BROWSER", "1")
                .env("WASM_BINDGEN_TEST_TIMEOUT", "120")
                .env("CHROMEDRIVER", &browser.driver)
                // The runner would prefer another browser's driver that the environment names.
                .without_env("GECKODRIVER")
                .without_env("GECKODRIVER_REMOTE")
                .args(["--", "browser_subset"]);
            counts.watch(run)
        });
        let run = self.cargo_test().words("-p atrium-browser-tests");
        tally.check("pages in Chromium", |counts| {
            let browser = browser::ensure(paths)?;
            let built_by = build_tools(paths)?;
            let mut steps = Steps::new(2);
            steps.run("server", |steps| {
                steps.say("building with cargo");
                let run = paths
                    .cargo()
                    .words("build --profile lab --bins --tests")
                    .words(NATIVE);
                run.inherit().map(|()| ((), "built".to_owned()))
            })?;
            steps.run("front end", |steps| {
                frontend::build(paths, Profile::Lab, &built_by, steps).map(|outcome| ((), outcome))
            })?;
            let server = paths
                .target
                .join("lab")
                .join(format!("atrium{}", env::consts::EXE_SUFFIX));
            let run = run
                .env("ATRIUM_FRONTEND_DIST", &paths.dist)
                .env("ATRIUM_BIN", server)
                .env("CHROMEDRIVER", &browser.driver)
                .env("CHROMIUM", &browser.chromium);
            let run = match tools::find_axe(paths, &mut steps) {
                Some(axe) => run.env("ATRIUM_AXE", axe),
                None => run,
            };
            counts.watch(run)
        });
    }

    /// `cargo test` in profile lab, with the test data's place.
    fn cargo_test(&self) -> Run {
        let run = self
            .paths
            .cargo()
            .words("test --profile lab --no-fail-fast");
        match &self.data {
            Some(folder) => run.env("ATRIUM_TEST_DATA", folder),
            None => run,
        }
    }

    /// The tests of a package, compiled to WASM and run by wasm-bindgen's runner.
    fn wasm_tests(&self, package: &str) -> Result<Run, Failure> {
        tools::ensure_wasm_target(self.paths, &mut Steps::new(1))?;
        let installed = tools::WASM_BINDGEN.ensure(self.paths, &mut Steps::new(1))?;
        let runner = installed.program("wasm-bindgen-test-runner");
        let run = self
            .cargo_test()
            .args(["--target", WASM, "--package", package, "--tests"]);
        Ok(run.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner))
    }
}

fn build_tools(paths: &Paths) -> Result<FrontendTools, Failure> {
    let mut steps = Steps::new(1);
    Ok(FrontendTools {
        trunk: tools::TRUNK.ensure(paths, &mut steps)?,
        wasm_bindgen: tools::WASM_BINDGEN.ensure(paths, &mut steps)?,
        wasm_split: None,
    })
}

fn clippy(paths: &Paths, what: &str) -> Result<(), Failure> {
    let run = paths
        .cargo()
        .words("clippy --profile lab")
        .words(what)
        .words("-- -D warnings");
    run.inherit()
        .map_err(|_| Failure::new("clippy found something; it says what above"))
}

/// What a check counted.
#[derive(Debug, Default)]
struct Counts {
    passed: u32,
    failed: u32,
    skipped: u32,
}

impl Counts {
    /// Runs tests and counts what they print. A run without any test is an error: it could not fail.
    fn watch(&mut self, run: Run) -> Result<(), Failure> {
        self.watch_into(&mut std::io::stdout(), run)
    }

    fn watch_into(&mut self, out: &mut dyn Write, run: Run) -> Result<(), Failure> {
        let line = run.line();
        let ended_well = run.watch(out, |line| self.read(line))?;
        if !ended_well || self.failed > 0 {
            return Err(Failure::new(format!("`{line}` failed; it says why above")));
        }
        if self.passed == 0 {
            return Err(Failure::new(format!("`{line}` ran no test")));
        }
        Ok(())
    }

    /// Counts a line of a test program: `test result: ok. 12 passed; 0 failed; …`, or `SKIPPED name: reason`, which a
    /// test prints when its data is not there (after `test name ... ` if the tests run one by one).
    fn read(&mut self, line: &str) {
        if line.starts_with("SKIPPED ") || line.contains("... SKIPPED ") {
            self.skipped += 1;
        } else if let Some((_, result)) = line.split_once("test result: ") {
            self.passed += number_before(result, " passed");
            self.failed += number_before(result, " failed");
        }
    }
}

/// The number that stands right before `word`, or 0.
fn number_before(text: &str, word: &str) -> u32 {
    let before = text.split_once(word).map_or("", |(before, _)| before);
    let digits = before
        .rsplit(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap_or_default();
    digits.parse().unwrap_or(0)
}

/// One line of the summary.
#[derive(Debug)]
struct Record {
    name: &'static str,
    time: Duration,
    counts: Counts,
    failure: Option<Failure>,
}

/// The results so far.
#[derive(Debug, Default)]
struct Tally {
    records: Vec<Record>,
}

impl Tally {
    fn check(&mut self, name: &'static str, work: impl FnOnce(&mut Counts) -> Result<(), Failure>) {
        tell_line!("\n{}", bold(&format!("── {name}")));
        let started = Instant::now();
        let mut counts = Counts::default();
        let failure = work(&mut counts).err();
        if let Some(failure) = &failure {
            tell_line!("error: {failure}");
        }
        self.records.push(Record {
            name,
            time: started.elapsed(),
            counts,
            failure,
        });
    }

    /// The totals as CI reads them: tests and checks that passed, tests and checks that failed. A failed check without a
    /// failed test (a lint, a crash, a build that broke) counts as one.
    fn totals(&self) -> (u32, u32) {
        let passed = self.records.iter().map(|record| record.passed()).sum();
        let failed = self.records.iter().map(|record| record.failed()).sum();
        (passed, failed)
    }

    fn report(&self) -> Result<(), Failure> {
        tell_line!("\n{}", bold("── summary"));
        for record in &self.records {
            tell_line!("{}", record.line());
        }
        let skipped: u32 = self
            .records
            .iter()
            .map(|record| record.counts.skipped)
            .sum();
        if skipped > 0 {
            tell_line!(
                "\n{skipped} skipped: their data is not here (set ATRIUM_TEST_DATA to the folder that has it)"
            );
        }
        let (passed, failed) = self.totals();
        tell_line!("\n{passed} passed, {failed} failed");
        if failed == 0 {
            Ok(())
        } else {
            Err(Failure::new(format!("{failed} failed")).mend(self.mending()))
        }
    }

    /// What to run again for the first thing that failed.
    fn mending(&self) -> String {
        let first = self.records.iter().find(|record| record.failure.is_some());
        format!(
            "see “{}” above; `cargo xtask test --only …` runs one suite",
            first.map_or("", |record| record.name)
        )
    }
}

impl Record {
    fn is_test(&self) -> bool {
        self.counts.passed + self.counts.failed > 0
    }

    fn passed(&self) -> u32 {
        if self.is_test() {
            self.counts.passed
        } else {
            u32::from(self.failure.is_none())
        }
    }

    fn failed(&self) -> u32 {
        self.counts.failed.max(u32::from(self.failure.is_some()))
    }

    fn line(&self) -> String {
        let mark = if self.failure.is_none() {
            "pass"
        } else {
            "FAIL"
        };
        let mut line = format!("  {mark}  {:<24} {:>13}", self.name, seconds(self.time));
        if self.is_test() {
            line += &format!(
                "   {} passed, {} failed",
                self.counts.passed, self.counts.failed
            );
        }
        if self.counts.skipped > 0 {
            line += &format!(", {} skipped", self.counts.skipped);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: &[&str]) -> (u32, u32, u32) {
        let mut counts = Counts::default();
        lines.iter().for_each(|line| counts.read(line));
        (counts.passed, counts.failed, counts.skipped)
    }

    #[test]
    fn results_of_all_test_programs_add_up() {
        let lines = [
            "running 3 tests",
            "test a::passed ... ok",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.02s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
            "no tests to run!",
            "SKIPPED spy_bars: no test data",
            "test real_bars ... SKIPPED real_bars: no test data",
            "a note about SKIPPED things",
        ];
        assert_eq!(counted(&lines), (15, 2, 2));
    }

    #[test]
    fn a_check_without_tests_counts_as_one() {
        let mut tally = Tally::default();
        tally.check("formatting", |_| Ok(()));
        tally.check("clippy", |_| Err(Failure::new("a lint")));
        tally.check("native", |counts| {
            counts.read("test result: FAILED. 7 passed; 2 failed; 0 ignored");
            Err(Failure::new("failed"))
        });
        tally.check("crashed after its tests", |counts| {
            counts.read("test result: ok. 5 passed; 0 failed; 0 ignored");
            Err(Failure::new("a later program crashed"))
        });
        assert_eq!(tally.totals(), (1 + 7 + 5, 1 + 2 + 1));
        assert!(tally.report().is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_run_without_tests_fails() {
        let run = |script: &str| {
            let run = Run::new("sh", std::path::Path::new("/")).args(["-c", script]);
            Counts::default()
                .watch_into(&mut Vec::new(), run)
                .map_err(|failure| failure.to_string())
        };
        assert!(run("true").is_err_and(|message| message.contains("ran no test")));
        assert_eq!(run("echo 'test result: ok. 1 passed; 0 failed'"), Ok(()));
        assert!(run("echo 'test result: ok. 1 passed; 0 failed'; exit 1").is_err());
    }
}
