//! Build tools at exact versions, in a cache outside the clone: found there or on PATH, else compiled with `cargo install`.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use crate::{
    paths::Paths,
    process::{Run, find_on_path},
    step::{Failure, Steps},
};

/// A tool that `cargo install` can provide.
#[derive(Debug)]
pub(crate) struct Tool {
    /// The package, also the name of its folder in the cache.
    package: &'static str,
    version: &'static str,
    /// The programs it brings; the first says its version.
    programs: &'static [&'static str],
    /// What `cargo install` needs beside package and version.
    install: &'static [&'static str],
    /// How much to optimise: compiling the tool against running it.
    opt_level: &'static str,
    /// Whether it says its version; one that does not is taken from the cache only.
    says_version: bool,
}

/// Builds the front end. 0.22 needs a newer compiler than the pinned one. Without its features it has no TLS, hence cannot
/// download anything, and compiles in half the time, as it does without optimisation; it only calls other programs.
pub(crate) const TRUNK: Tool = Tool {
    package: "trunk",
    version: "0.21.14",
    programs: &["trunk"],
    install: &["--locked", "--no-default-features"],
    opt_level: "0",
    says_version: true,
};

/// Must be the very version of the `wasm-bindgen` crate in Cargo.lock. Its own lock file names a package that may not
/// resolve, hence no `--locked`.
pub(crate) const WASM_BINDGEN: Tool = Tool {
    package: "wasm-bindgen-cli",
    version: "0.2.130",
    programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
    install: &[],
    opt_level: "2",
    says_version: true,
};

/// Cuts the app's program into files, as the `wasm_split_helpers` in Cargo.lock marks it; for a release build only.
pub(crate) const WASM_SPLIT: Tool = Tool {
    package: "wasm_split_cli_support",
    version: "0.2.3",
    programs: &["wasm-split-cli"],
    install: &["--locked", "--features", "build-binary"],
    opt_level: "1",
    says_version: false,
};

/// Where a tool's programs are.
#[derive(Debug)]
pub(crate) struct Installed {
    /// The folder to put on PATH.
    pub bin: PathBuf,
    /// Whether it was compiled just now, for the step's line.
    pub outcome: &'static str,
}

impl Installed {
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.bin
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}

impl Tool {
    /// For titles: "trunk 0.21.14".
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.package, self.version)
    }

    /// Finds the tool, or installs it into the cache.
    ///
    /// # Errors
    /// When the cache cannot be written or `cargo install` fails; the message names the command to run by hand.
    pub(crate) fn ensure(&self, paths: &Paths, steps: &mut Steps) -> Result<Installed, Failure> {
        let home = paths
            .cache
            .join("tools")
            .join(format!("{}-{}", self.package, self.version));
        if let Some(bin) = self.found(&home.join("bin")) {
            return Ok(Installed {
                bin,
                outcome: "found",
            });
        }
        let first = self.programs.first().filter(|_| self.says_version);
        let on_path = first.and_then(|name| find_on_path(&[name]));
        if let Some(bin) = on_path
            .as_deref()
            .and_then(Path::parent)
            .and_then(|folder| self.found(folder))
        {
            return Ok(Installed {
                bin,
                outcome: "found on PATH",
            });
        }
        self.install(paths, &home, steps)
    }

    /// `bin`, if every program is there and the first one says the right version, where it says one.
    fn found(&self, bin: &Path) -> Option<PathBuf> {
        let programs: Vec<PathBuf> = self
            .programs
            .iter()
            .map(|name| bin.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
            .collect();
        if !programs.iter().all(|program| program.is_file()) {
            return None;
        }
        if !self.says_version {
            return Some(bin.to_path_buf());
        }
        let said = Run::new(programs.first()?, bin)
            .args(["--version"])
            .without_env("NO_COLOR")
            .capture()
            .ok()?;
        (said.split_whitespace().nth(1) == Some(self.version)).then(|| bin.to_path_buf())
    }

    /// Compiles into a folder of its own and renames it when it is whole, so that an interrupted install is never taken
    /// for a finished one. A lock makes a second xtask wait and then find the tool.
    fn install(&self, paths: &Paths, home: &Path, steps: &mut Steps) -> Result<Installed, Failure> {
        let tools = paths.cache.join("tools");
        let io = |error: std::io::Error| {
            Failure::new(format!("the tool cache {} cannot be written: {error}", tools.display()))
                .mend("make it writable, or name another folder: ATRIUM_CACHE_DIR=/some/folder cargo xtask …")
        };
        fs::create_dir_all(&tools).map_err(io)?;
        let lock = File::create(tools.join(format!(".{}.lock", self.package))).map_err(io)?;
        if lock.try_lock().is_err() {
            steps.say("another xtask is installing it; waiting");
            lock.lock().map_err(io)?;
        }
        if let Some(bin) = self.found(&home.join("bin")) {
            return Ok(Installed {
                bin,
                outcome: "found",
            });
        }

        let name = format!("{}-{}", self.package, self.version);
        let partial = tools.join(format!(".{name}.partial"));
        // Kept when the install is interrupted: the next attempt goes on from there.
        let build = tools.join(format!(".{name}.build"));
        steps.say(&format!(
            "not found; compiling it into {} (once, some minutes)",
            home.display()
        ));
        remove(&partial).map_err(io)?;
        let command = paths
            .cargo()
            .args(["install", self.package, "--version", self.version])
            .args(self.install)
            .args(["--root"])
            .args([&partial]);
        // Quick to compile matters more here than quick to run.
        let built = command
            .env("CARGO_TARGET_DIR", &build)
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.opt_level)
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .inherit();
        built.map_err(|_| {
            Failure::new(format!(
                "{} could not be compiled; cargo says why above",
                self.title()
            ))
            .mend(self.by_hand(home))
        })?;
        if self.found(&partial.join("bin")).is_none() {
            let what = format!(
                "{} was compiled, but does not say version {}",
                self.package, self.version
            );
            return Err(Failure::new(what).mend(self.by_hand(home)));
        }
        remove(home).map_err(io)?;
        fs::rename(&partial, home).map_err(io)?;
        remove(&build).map_err(io)?;
        Ok(Installed {
            bin: home.join("bin"),
            outcome: "installed",
        })
    }

    fn by_hand(&self, home: &Path) -> String {
        let options: String = self.install.iter().map(|word| format!(" {word}")).collect();
        format!(
            "cargo install {} --version {}{options} --root {}",
            self.package,
            self.version,
            home.display()
        )
    }
}

/// wasm-opt from PATH, or from the npm package in the cache (installed there if npm is at hand); `None` where neither is
/// possible: it only makes the download smaller.
pub(crate) fn find_wasm_opt(paths: &Paths, steps: &mut Steps) -> Option<PathBuf> {
    const PROGRAM: &str = if cfg!(windows) {
        "node_modules/.bin/wasm-opt.cmd"
    } else {
        "node_modules/.bin/wasm-opt"
    };
    find_on_path(&["wasm-opt"]).or_else(|| npm_file(paths, steps, ("binaryen", "132"), PROGRAM))
}

/// axe-core, which looks for barriers in a page, from the npm package in the cache (installed there if npm is at hand).
pub(crate) fn find_axe(paths: &Paths, steps: &mut Steps) -> Option<PathBuf> {
    let file = "node_modules/axe-core/axe.min.js";
    npm_file(paths, steps, ("axe-core", "4.14.1"), file)
}

/// A file of an npm package of an exact version in the cache; `None` where npm is absent or cannot install it.
fn npm_file(
    paths: &Paths,
    steps: &mut Steps,
    (package, version): (&str, &str),
    file: &str,
) -> Option<PathBuf> {
    let folder = format!("{package}-{version}");
    let tools = paths.cache.join("tools");
    let home = tools.join(&folder);
    if !home.join(file).exists() {
        let npm = find_on_path(&["npm"])?;
        steps.say(&format!(
            "{package} {version}: not found; npm installs it into {}",
            home.display()
        ));
        let partial = tools.join(format!(".{folder}.{}.partial", std::process::id()));
        fs::create_dir_all(&partial).ok()?;
        let installed = Run::new(npm, &partial)
            .args([
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefix",
            ])
            .args([&partial])
            .args([format!("{package}@{version}")])
            .capture();
        if let Err(failure) = installed {
            steps.say(&failure.to_string());
        }
        // Another xtask may have been quicker; then its copy stays.
        let _ = fs::rename(&partial, &home);
        let _ = remove(&partial);
    }
    Some(home.join(file)).filter(|path| path.exists())
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Checks the compiler against `rust-toolchain.toml`; returns what to print.
///
/// # Errors
/// When the compiler is older than the workspace needs.
pub(crate) fn check_rust(paths: &Paths) -> Result<String, Failure> {
    let said = paths.run("rustc").args(["--version"]).capture();
    let said = said.map_err(|failure| failure.mend("rustup toolchain install 1.95.0"))?;
    let found = said
        .split_whitespace()
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let needed = env!("CARGO_PKG_RUST_VERSION");
    match (minor(&found), minor(needed)) {
        (Some(has), Some(needs)) if has >= needs => Ok(format!("found {found}")),
        _ => Err(Failure::new(format!("Rust {needed} is needed; `rustc` is {found}"))
            .mend(format!("rustup toolchain install {needed}.0, and run this in the clone without `+toolchain`"))),
    }
}

/// (major, minor) of a version.
fn minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Finds the standard library for WASM, or has rustup install it.
///
/// # Errors
/// When it is missing and there is no rustup, or rustup fails.
pub(crate) fn ensure_wasm_target(
    paths: &Paths,
    steps: &mut Steps,
) -> Result<&'static str, Failure> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let sysroot = paths.run("rustc").args(["--print", "sysroot"]).capture()?;
    let library = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib");
    if library.is_dir() {
        return Ok("found");
    }
    if find_on_path(&["rustup"]).is_none() {
        return Err(Failure::new(format!("the target {TARGET} is not installed for the Rust in {}", sysroot.trim()))
            .mend("install Rust through rustup, or your distribution's package of this target (Debian: libstd-rust-dev-wasm32)"));
    }
    steps.say("not found; asking rustup for it");
    paths
        .run("rustup")
        .args(["target", "add", TARGET])
        .inherit()?;
    Ok("installed")
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn program(bin: &Path, name: &str, says: &str) {
        fs::create_dir_all(bin).unwrap();
        let path = bin.join(name);
        fs::write(
            &path,
            format!("#!/bin/sh\n[ -z \"$NO_COLOR\" ] && echo '{says}'\n"),
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn only_a_whole_install_of_the_exact_version_counts() {
        let bin = std::env::temp_dir().join(format!("atrium-xtask-tools-{}", std::process::id()));
        assert_eq!(WASM_BINDGEN.found(&bin), None);
        program(&bin, "wasm-bindgen", "wasm-bindgen 0.2.130");
        assert_eq!(WASM_BINDGEN.found(&bin), None, "its test runner is missing");
        program(&bin, "wasm-bindgen-test-runner", "");
        assert_eq!(WASM_BINDGEN.found(&bin).as_deref(), Some(bin.as_path()));
        program(&bin, "wasm-bindgen", "wasm-bindgen 0.2.129");
        assert_eq!(WASM_BINDGEN.found(&bin), None, "another version");
        fs::remove_dir_all(&bin).unwrap();
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(minor("1.100.0") > minor("1.95.0"));
        assert_eq!(minor("1.95"), Some((1, 95)));
        assert_eq!(minor("nightly"), None);
    }

    #[test]
    fn wasm_bindgen_is_the_version_that_the_workspace_pins() {
        let manifest =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))
                .unwrap();
        assert!(manifest.contains(&format!("wasm-bindgen = \"={}\"", WASM_BINDGEN.version)));
    }
}
