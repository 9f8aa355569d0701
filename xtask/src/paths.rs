//! Where things are: the repository, the target folder, the cache of tools.

use std::{
    env,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{process::Run, step::Failure};

/// The folders that the commands work in, all absolute.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    /// The clone.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// What trunk builds.
    pub dist: PathBuf,
    /// Outside the clone: installed tools.
    pub cache: PathBuf,
}

impl Paths {
    /// Finds the folders of this clone and this user.
    ///
    /// # Errors
    /// When there is no home folder for the cache, or cargo does not know the workspace.
    pub(crate) fn find() -> Result<Self, Failure> {
        let root = repository_root()?;
        let target = target_folder(&root)?;
        let cache = cache_folder(|name| env::var_os(name).map(PathBuf::from), env::consts::OS)?;
        Ok(Self {
            dist: root.join("dist"),
            root,
            target,
            cache,
        })
    }

    /// A program in the root of the clone; a cargo that it runs uses the same target folder.
    pub(crate) fn run(&self, program: impl AsRef<OsStr>) -> Run {
        Run::new(program, &self.root).env("CARGO_TARGET_DIR", &self.target)
    }

    /// Cargo in the root of the clone.
    pub(crate) fn cargo(&self) -> Run {
        Run::cargo(&self.root).env("CARGO_TARGET_DIR", &self.target)
    }

    /// Makes the target folder this clone's: what another clone built of the workspace in it counts as out of date.
    ///
    /// Cargo tells the packages of two clones apart by nothing but the age of their files, so without this the programs of a
    /// newer clone would be run as if they were an older one's, and would look for their files in that clone.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub(crate) fn claim_target(&self) -> Result<(), Failure> {
        claim(&self.target, &self.root).map_err(|error| {
            Failure::new(format!(
                "the target folder {} cannot be used: {error}",
                self.target.display()
            ))
            .mend("make the folder writable, or name another one in CARGO_TARGET_DIR")
        })
    }
}

/// The file in a target folder that names the clone whose workspace is built in it.
const OWNER: &str = "atrium-clone";

fn claim(target: &Path, root: &Path) -> io::Result<()> {
    fs::create_dir_all(target)?;
    let owner = target.join(OWNER);
    let name = root.as_os_str().as_encoded_bytes();
    if fs::read(&owner).is_ok_and(|named| named == name) {
        return Ok(());
    }
    // profiles lie in the folder, and those of another platform one deeper
    for folder in folders(target)? {
        forget_members(&folder)?;
        for deeper in folders(&folder)? {
            forget_members(&deeper)?;
        }
    }
    fs::write(owner, name)
}

fn folders(of: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(of)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Removes cargo's records of the workspace's packages in the folder of a profile, so that they are compiled again.
fn forget_members(profile: &Path) -> io::Result<()> {
    let records = profile.join(".fingerprint");
    if !records.is_dir() {
        return Ok(());
    }
    for record in folders(&records)? {
        let name = record.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("atrium-") || name.starts_with("xtask-") {
            fs::remove_dir_all(&record)?;
        }
    }
    Ok(())
}

/// The folder of the workspace manifest: that of the working folder if there is one above it, else where xtask was built.
///
/// # Errors
/// When the clone was moved after xtask was built.
pub(crate) fn repository_root() -> Result<PathBuf, Failure> {
    let manifest_dir = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = manifest_dir
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default();
    if root.join("Cargo.toml").is_file() {
        Ok(root)
    } else {
        Err(
            Failure::new(format!("{} is not a clone of Atrium", root.display()))
                .mend("run it through cargo, inside the clone: cargo xtask"),
        )
    }
}

/// Cargo's target folder, which a variable or the user's own configuration may have moved.
fn target_folder(root: &Path) -> Result<PathBuf, Failure> {
    let text = Run::cargo(root)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .capture()
        .map_err(|failure| failure.mend("see what cargo says: cargo metadata --no-deps"))?;
    json_string(&text, "target_directory")
        .map(PathBuf::from)
        .ok_or_else(|| {
            Failure::new("`cargo metadata` named no target folder").mend("cargo metadata --no-deps")
        })
}

/// The string under `key` in the text of a JSON object, without a parser: keys of cargo's metadata are unique enough.
fn json_string(text: &str, key: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("\"{key}\":\""))?;
    let mut value = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '"' => return Some(value),
            '\\' => value.push(chars.next()?),
            other => value.push(other),
        }
    }
}

/// `$ATRIUM_CACHE_DIR`, or the platform's cache folder plus `atrium`.
fn cache_folder(variable: impl Fn(&str) -> Option<PathBuf>, os: &str) -> Result<PathBuf, Failure> {
    let set = |name: &str| variable(name).filter(|path| !path.as_os_str().is_empty());
    if let Some(own) = set("ATRIUM_CACHE_DIR") {
        return std::path::absolute(&own)
            .map_err(|error| Failure::new(format!("ATRIUM_CACHE_DIR={}: {error}", own.display())));
    }
    let platform = match os {
        "windows" => set("LOCALAPPDATA"),
        "macos" => set("HOME").map(|home| home.join("Library/Caches")),
        _ => set("XDG_CACHE_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| set("HOME").map(|home| home.join(".cache"))),
    };
    platform.map(|folder| folder.join("atrium")).ok_or_else(|| {
        Failure::new("there is no home folder to keep build tools in")
            .mend("name a folder: ATRIUM_CACHE_DIR=/some/folder cargo xtask …")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    fn cache(os: &str, variables: &[(&str, &str)]) -> Result<PathBuf, Failure> {
        let find = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| PathBuf::from(value))
        };
        cache_folder(find, os)
    }

    #[test]
    fn the_cache_follows_the_platform_and_the_variable() {
        assert_eq!(
            cache("linux", &[("HOME", "/home/ada")]).unwrap(),
            PathBuf::from("/home/ada/.cache/atrium")
        );
        assert_eq!(
            cache("linux", &[("HOME", "/home/ada"), ("XDG_CACHE_HOME", "/c")]).unwrap(),
            PathBuf::from("/c/atrium")
        );
        assert_eq!(
            cache("linux", &[("HOME", "/h"), ("XDG_CACHE_HOME", "")]).unwrap(),
            PathBuf::from("/h/.cache/atrium")
        );
        assert_eq!(
            cache("macos", &[("HOME", "/Users/ada")]).unwrap(),
            PathBuf::from("/Users/ada/Library/Caches/atrium")
        );
        assert_eq!(
            cache("linux", &[("HOME", "/h"), ("ATRIUM_CACHE_DIR", "/own")]).unwrap(),
            PathBuf::from("/own")
        );
        assert!(
            cache("linux", &[])
                .unwrap_err()
                .to_string()
                .contains("ATRIUM_CACHE_DIR")
        );
    }

    #[test]
    fn what_another_clone_built_counts_as_out_of_date() {
        let target = env::temp_dir().join(format!("atrium-claim-{}", std::process::id()));
        let records = [
            "lab/.fingerprint/atrium-shared-1",
            "wasm32-unknown-unknown/lab/.fingerprint/xtask-2",
            "lab/.fingerprint/serde-3",
        ];
        let there = || records.map(|record| target.join(record).is_dir());
        let build = || {
            for record in records {
                fs::create_dir_all(target.join(record)).unwrap();
            }
        };
        build();
        claim(&target, Path::new("/a")).unwrap();
        assert_eq!(there(), [false, false, true]);
        build();
        claim(&target, Path::new("/a")).unwrap();
        assert_eq!(there(), [true, true, true]);
        claim(&target, Path::new("/b")).unwrap();
        assert_eq!(there(), [false, false, true]);
        fs::remove_dir_all(target).unwrap();
    }

    #[test]
    fn a_string_is_read_out_of_json_with_its_escapes() {
        let text = r#"{"a":1,"target_directory":"C:\\work\\target","b":""}"#;
        assert_eq!(
            json_string(text, "target_directory").unwrap(),
            r"C:\work\target"
        );
        assert_eq!(json_string(text, "b").unwrap(), "");
        assert_eq!(json_string(text, "missing"), None);
    }
}
