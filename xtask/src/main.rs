//! `cargo xtask …`: builds, starts, checks and measures Atrium. Plain Rust without dependencies, so that it is ready in
//! about a second on a fresh clone.
//!
//! | file | what it does |
//! |---|---|
//! | `args.rs` | what was typed → [`args::Task`] |
//! | `start.rs` | `start`: tools, both halves, serve |
//! | `frontend.rs` | the front end: trunk, its stamp, wasm-opt, precompression |
//! | `test.rs` | `test`: every check in order, one summary |
//! | `bench.rs` | `bench`: criterion, download sizes |
//! | `tidy/` | `tidy`: the rules that no compiler knows |
//! | `tools.rs` | finds and installs tools in a cache outside the clone |
//! | `browser.rs` | finds and installs Chromium and its driver |
//! | `process.rs`, `step.rs`, `paths.rs` | running a child, telling about a step, where things are |

/// Prints to stdout. Unlike `print!` it does not panic where nobody reads any more, as behind `| head`.
macro_rules! tell {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = write!(std::io::stdout(), $($text)*);
    }};
}

/// [`tell!`] with the end of a line.
macro_rules! tell_line {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

/// [`tell_line!`] to stderr.
macro_rules! tell_error {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod args;
mod bench;
mod browser;
mod frontend;
mod paths;
mod process;
mod split;
mod start;
mod step;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use args::Task;
use step::Failure;

fn main() -> ExitCode {
    let task = match args::parse(std::env::args().skip(1)) {
        Ok(task) => task,
        Err(message) => {
            tell_error!("error: {message}");
            return ExitCode::from(2);
        }
    };
    match run(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell_error!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<(), Failure> {
    match task {
        Task::Help(text) => {
            tell_line!("{text}");
            Ok(())
        }
        Task::Start(options) => start::run(&paths::Paths::find()?, &options),
        Task::Test(options) => test::run(&paths::Paths::find()?, &options),
        Task::Bench(options) => bench::run(&paths::Paths::find()?, &options),
        Task::Tidy => tidy::run(&paths::repository_root()?),
    }
}
