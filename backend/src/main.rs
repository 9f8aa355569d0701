//! The binary `atrium`.

use std::io::Write;
use std::process::ExitCode;

use atrium_backend::commands::{Cli, Failure};
use atrium_backend::config::Surroundings;
use clap::Parser;

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_output() => ExitCode::SUCCESS,
        Err(failure) => {
            // where even stderr is closed there is nobody to tell
            let _ = writeln!(std::io::stderr(), "Error: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let surroundings = Surroundings::of_process()?;
    let mut out = std::io::stdout().lock();
    cli.run(&surroundings, &mut out)?;
    Ok(out.flush()?)
}
