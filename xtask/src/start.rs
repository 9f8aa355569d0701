//! `cargo xtask start`: from a fresh clone to a running server.

use crate::{
    args::StartOptions,
    frontend::{self, FrontendTools, Profile},
    paths::Paths,
    step::{Failure, Steps, bold},
    tools,
};

/// Installs what is missing, builds both halves, and becomes the server.
///
/// # Errors
/// The first step that cannot be done, with what mends it.
pub(crate) fn run(paths: &Paths, options: &StartOptions) -> Result<(), Failure> {
    let profile = if options.release {
        Profile::Release
    } else {
        Profile::Lab
    };
    tell_line!(
        "{}",
        bold(&format!("Atrium: building (profile {})", profile.name()))
    );
    paths.claim_target()?;
    let mut steps = Steps::new(7 + usize::from(options.release));
    steps.run("Rust", |_| Ok(((), tools::check_rust(paths)?)))?;
    steps.run("WASM target", |steps| {
        Ok(((), tools::ensure_wasm_target(paths, steps)?.to_owned()))
    })?;
    let mut install = |tool: &tools::Tool| {
        steps.run(&tool.title(), |steps| {
            let installed = tool.ensure(paths, steps)?;
            let outcome = installed.outcome.to_owned();
            Ok((installed, outcome))
        })
    };
    let trunk = install(&tools::TRUNK)?;
    let wasm_bindgen = install(&tools::WASM_BINDGEN)?;
    let wasm_split = match profile {
        Profile::Lab => None,
        Profile::Release => Some(install(&tools::WASM_SPLIT)?),
    };
    steps.run("dependencies", |_| fetch(paths))?;
    steps.run("server and command line", |steps| {
        build_backend(paths, profile, steps)
    })?;
    steps.run("front end", |steps| {
        let built_by = FrontendTools {
            trunk,
            wasm_bindgen,
            wasm_split,
        };
        let outcome = frontend::build(paths, profile, &built_by, steps)?;
        Ok(((), outcome))
    })?;
    tell_line!("{}", bold(&format!("Built in {}.", steps.total())));
    if options.no_serve {
        Ok(())
    } else {
        serve(paths, profile, options.port)
    }
}

/// Downloads every package of the lock file, so that what follows needs no network.
fn fetch(paths: &Paths) -> Result<((), String), Failure> {
    paths
        .cargo()
        .args(["fetch", "--quiet"])
        .inherit()
        .map_err(|_| {
            Failure::new("the dependencies could not be downloaded; cargo says why above")
                .mend("connect to the network once, then: cargo fetch")
        })?;
    Ok(((), "at hand".to_owned()))
}

fn build_backend(
    paths: &Paths,
    profile: Profile,
    steps: &mut Steps,
) -> Result<((), String), Failure> {
    steps.say("building with cargo");
    paths
        .cargo()
        .args([
            "build",
            "--profile",
            profile.name(),
            "--package",
            "atrium-backend",
            "--bin",
            "atrium",
        ])
        .inherit()?;
    Ok(((), "built".to_owned()))
}

/// Becomes the server, so that Ctrl-C reaches it and its exit code is ours. Without a port it chooses one and prints it.
fn serve(paths: &Paths, profile: Profile, port: Option<u16>) -> Result<(), Failure> {
    let program = paths
        .target
        .join(profile.name())
        .join(format!("atrium{}", std::env::consts::EXE_SUFFIX));
    let run = paths.run(program).args(["serve", "--frontend-dir", "dist"]);
    match port {
        Some(port) => run.args(["--port", &port.to_string()]).replace(),
        None => run.replace(),
    }
}
