//! Chromium and its driver: found, or installed where that can be done without asking.

use std::path::{Path, PathBuf};

use crate::{
    paths::Paths,
    process::{Run, find_on_path},
    step::Failure,
};

/// The programs that a browser test needs.
#[derive(Debug)]
pub(crate) struct Browser {
    pub chromium: PathBuf,
    pub driver: PathBuf,
}

const CHROMIUM: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
const DRIVER: [&str; 2] = ["chromedriver", "chromium.chromedriver"];
const CHROMIUM_ELSEWHERE: [&str; 3] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
];
/// Where Debian-like systems put the driver without putting it on PATH.
const DRIVER_ELSEWHERE: [&str; 2] = [
    "/usr/lib/chromium-browser/chromedriver",
    "/usr/lib/chromium/chromedriver",
];

/// Finds Chromium and its driver, on a Debian-like system as root after installing them.
///
/// # Errors
/// When one is missing and cannot be installed; the message names the command that installs it.
pub(crate) fn ensure(paths: &Paths) -> Result<Browser, Failure> {
    if let Some(browser) = find() {
        return Ok(browser);
    }
    apt_install(paths, &["chromium", "chromium-driver"])
        .map_err(|failure| failure.mend(install_hint("Chromium and chromedriver")))?;
    find().ok_or_else(|| {
        Failure::new("Chromium or chromedriver is still missing after installing chromium and chromium-driver")
            .mend(install_hint("Chromium and chromedriver"))
    })
}

/// Finds Node, on a Debian-like system as root after installing it.
///
/// # Errors
/// When it is missing and cannot be installed; the message names the command that installs it.
pub(crate) fn ensure_node(paths: &Paths) -> Result<PathBuf, Failure> {
    const NAMES: [&str; 2] = ["node", "nodejs"];
    if let Some(node) = find_on_path(&NAMES) {
        return Ok(node);
    }
    apt_install(paths, &["nodejs"])
        .map_err(|failure| failure.mend(install_hint("Node 20 or newer")))?;
    find_on_path(&NAMES).ok_or_else(|| {
        Failure::new("Node is still missing after installing nodejs")
            .mend(install_hint("Node 20 or newer"))
    })
}

fn find() -> Option<Browser> {
    let elsewhere = |places: &[&str]| places.iter().map(PathBuf::from).find(|path| path.is_file());
    Some(Browser {
        chromium: find_on_path(&CHROMIUM).or_else(|| elsewhere(&CHROMIUM_ELSEWHERE))?,
        driver: find_on_path(&DRIVER).or_else(|| elsewhere(&DRIVER_ELSEWHERE))?,
    })
}

/// Installs packages with apt-get where that needs no password.
fn apt_install(paths: &Paths, packages: &[&str]) -> Result<(), Failure> {
    let missing = packages.join(" and ");
    let Some(apt) = find_on_path(&["apt-get"]) else {
        return Err(Failure::new(format!(
            "{missing}: not found, and this system has no apt-get to install from"
        )));
    };
    if !is_root() {
        return Err(
            Failure::new(format!("{missing}: not found, and installing needs root"))
                .mend(format!("sudo apt-get install -y {}", packages.join(" "))),
        );
    }
    tell_line!("{missing}: not found; installing with apt-get");
    let apt = || {
        paths
            .run(&apt)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["-qq"])
    };
    let install = || {
        apt()
            .args(["install", "-y", "--no-install-recommends"])
            .args(packages)
            .inherit()
    };
    // On a cold machine the list of packages is empty or old.
    apt().args(["update"]).inherit().and_then(|()| install())
}

fn is_root() -> bool {
    Run::new("id", Path::new("/"))
        .args(["-u"])
        .capture()
        .is_ok_and(|id| id.trim() == "0")
}

fn install_hint(what: &str) -> String {
    match std::env::consts::OS {
        "macos" => format!("install {what}, e.g. brew install chromium chromedriver node"),
        "windows" => format!("install {what}, e.g. with winget, and put both on PATH"),
        _ => format!(
            "install {what} from your distribution (Debian: apt-get install chromium chromium-driver nodejs)"
        ),
    }
}
