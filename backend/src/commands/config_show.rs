//! `atrium config show`: the configuration, each value with its source.

use std::io::Write;

use serde_json::{Map, Value, json};

use super::{Failure, print_json};
use crate::config::Loaded;

/// Print the configuration and where each value comes from
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  ATRIUM_PORT=9000 atrium config show")]
pub struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the configuration.
///
/// # Errors
/// [`Failure::Output`] where it cannot be printed.
pub fn run(args: &Args, loaded: &Loaded, out: &mut impl Write) -> Result<(), Failure> {
    if args.json {
        let entry = |setting: &crate::config::Setting| {
            // a number stays a number
            let value = serde_json::from_str::<u64>(&setting.value)
                .map_or_else(|_| Value::from(setting.value.as_str()), Value::from);
            let entry = json!({ "value": value, "source": setting.source });
            (setting.key.to_owned(), entry)
        };
        let all: Map<String, Value> = loaded.settings.iter().map(entry).collect();
        return print_json(out, &all);
    }
    let width = |text: fn(&crate::config::Setting) -> usize| {
        loaded.settings.iter().map(text).max().unwrap_or_default()
    };
    let keys = width(|setting| setting.key.len());
    let values = width(|setting| setting.value.chars().count());
    for setting in &loaded.settings {
        let (key, value, source) = (setting.key, &setting.value, &setting.source);
        writeln!(out, "{key:keys$}  {value:values$}  {source}")?;
    }
    Ok(())
}
