//! `atrium serve`: the web application on this machine.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub use crate::server::ServeError;

use super::{Failure, demo};
use crate::config::{Config, FILE_NAME, Flags};
use crate::server::{self, Ports};
use crate::store::Store;

/// Serve the web application on this machine
///
/// Listens on 127.0.0.1 only. When nothing is stored yet, simulated bars of several instruments are stored first, which takes some seconds.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  atrium serve --port 9000")]
pub struct Args {
    /// The port, which must be free (default: 8080 or what is configured, or the next free one)
    #[arg(long)]
    port: Option<u16>,
    /// The folder of the built front end (default: `dist` in the base directory, or what is configured)
    #[arg(long, value_name = "DIR")]
    frontend_dir: Option<PathBuf>,
    /// Store no simulated bars when nothing is stored
    #[arg(long)]
    no_demo: bool,
}

impl Args {
    /// What is a setting among the arguments.
    pub(super) fn set(&self, flags: &mut Flags) {
        flags.port = self.port;
        flags.frontend_dir.clone_from(&self.frontend_dir);
    }
}

/// Serves until it is told to stop. `linked` is the port that links name which other commands print.
///
/// # Errors
/// [`Failure`] where the demo cannot be stored or the port not be had.
pub fn run(
    args: &Args,
    config: &Config,
    linked: u16,
    program: Option<&Path>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let store = Store::open(&config.base_dir)?;
    let listing = store.list()?;
    for damage in &listing.damaged {
        tracing::error!("{damage}");
    }
    if !args.no_demo && listing.sets.is_empty() && listing.damaged.is_empty() {
        // another server may be storing the same demo right now
        for stored in demo::store_demo(&store, &[]) {
            let (_, card, _) = stored?;
            tracing::info!("stored {}, simulated bars for a first look", card.name);
        }
    }
    let ports = match args.port {
        Some(port) => Ports::Only(port),
        None => Ports::From(config.port),
    };
    let state = server::AppState::new(store, config.frontend_dir.clone(), program);
    server::serve(state, ports, |address| {
        // at once: who reads the first line alone may be gone by a second one
        out.write_all(greeting(address, linked).as_bytes())?;
        out.flush()
    })?;
    Ok(())
}

/// Where the lab is, and what to set where links that other commands print would lead elsewhere.
fn greeting(address: SocketAddr, linked: u16) -> String {
    let port = address.port();
    let mut text = format!("Atrium is at http://{address}\n");
    if port != linked {
        text += &format!(
            "Links that commands print name port {linked}: set ATRIUM_PORT={port}, or port = {port} in {FILE_NAME}, for those of this address\n"
        );
    }
    text
}
