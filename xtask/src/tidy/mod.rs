//! `cargo xtask tidy`: the rules of this repository that no compiler knows. Each complaint says where, what, why, and what
//! to do instead. The rules look at text, so they are quick and need no build; what needs types is left to clippy.

mod calls;
mod code;
mod files;
mod order;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use crate::step::Failure;
use code::Source;

/// One broken rule.
#[derive(Debug)]
struct Complaint {
    /// Relative to the root, with `/`.
    file: String,
    /// From 1; 0 for the file as a whole.
    line: usize,
    /// What is wrong.
    what: String,
    /// Why that is a rule, and what to do instead.
    advice: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}\n    {}", self.what, self.advice)
    }
}

/// Checks the repository and prints every complaint.
///
/// # Errors
/// When there is a complaint, or a file cannot be read.
pub(crate) fn run(root: &Path) -> Result<(), Failure> {
    let sources = read(root)?;
    let complaints = check(&sources);
    for complaint in &complaints {
        tell_line!("{complaint}");
    }
    match complaints.len() {
        0 => {
            tell_line!("{} files, no complaint", sources.len());
            Ok(())
        }
        1 => Err(Failure::new(
            "1 complaint; it says above what to do instead",
        )),
        count => Err(Failure::new(format!(
            "{count} complaints; each says above what to do instead"
        ))),
    }
}

fn check(sources: &[Source]) -> Vec<Complaint> {
    let mut complaints = order::check(sources);
    complaints.extend(calls::check(sources));
    complaints.extend(files::check(sources));
    complaints.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    complaints
}

/// Folders of the root that hold no source.
const NO_SOURCES: [&str; 4] = ["target", "dist", "data", "models"];
/// Folders with a leading dot that do.
const DOTTED: [&str; 2] = [".ci", ".cargo"];
const EXTENSIONS: [&str; 7] = ["rs", "toml", "html", "css", "js", "mjs", "sh"];

/// Every source file of the repository.
fn read(root: &Path) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", folder.display()));
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = entry.path();
            if entry.file_type().map_err(failed)?.is_dir() {
                let at_root = folder == root && NO_SOURCES.contains(&name.as_str());
                let hidden = name.starts_with('.') && !DOTTED.contains(&name.as_str());
                if !at_root && !hidden && name != "node_modules" {
                    folders.push(path);
                }
            } else if is_source(&path) {
                let text = fs::read_to_string(&path).map_err(failed)?;
                sources.push(Source::new(relative(root, &path), text));
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

fn is_source(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    EXTENSIONS.iter().any(|known| extension == *known) || path.ends_with(".ci/run")
}

/// The path below the root, with `/` on every system.
fn relative(root: &Path, path: &Path) -> String {
    let below: PathBuf = path.strip_prefix(root).unwrap_or(path).to_path_buf();
    below
        .iter()
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn this_repository_is_tidy() {
        let sources = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
        assert!(
            sources
                .iter()
                .any(|source| source.path == "shared/src/lib.rs"),
            "the walk misses what it is for"
        );
        let complaints: Vec<String> = check(&sources).iter().map(ToString::to_string).collect();
        assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    }

    #[test]
    fn a_complaint_reads_file_line_what_and_advice() {
        let complaint = Complaint {
            file: "shared/src/lib.rs".into(),
            line: 7,
            what: "a".into(),
            advice: "b".into(),
        };
        assert_eq!(complaint.to_string(), "shared/src/lib.rs:7: a\n    b");
    }

    #[test]
    fn only_sources_are_read() {
        let root = std::env::temp_dir().join(format!("atrium-xtask-tidy-{}", std::process::id()));
        for file in [
            "a/b.rs",
            "target/t.rs",
            "a/target/u.rs",
            ".git/g.rs",
            ".ci/run",
            "data/d.rs",
            "README.md",
            "Cargo.toml",
        ] {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let paths: Vec<String> = read(&root)
            .unwrap()
            .into_iter()
            .map(|source| source.path)
            .collect();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(paths, [".ci/run", "Cargo.toml", "a/b.rs", "a/target/u.rs"]);
    }
}
