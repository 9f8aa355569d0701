//! The binary `atrium`.

use std::io::Write;

use anyhow::Context;
use atrium_backend::commands::Cli;
use atrium_backend::config::Surroundings;
use clap::Parser;

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let surroundings = Surroundings::of_process()?;
    let mut out = std::io::stdout().lock();
    match cli.run(&surroundings, &mut out) {
        Err(failure) if failure.is_closed_output() => Ok(()),
        Err(failure) => Err(failure.into()),
        Ok(()) => out.flush().context("the result cannot be printed"),
    }
}
