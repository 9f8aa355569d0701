//! Running a child process, with messages that say what was run.

use std::{
    env,
    ffi::{OsStr, OsString},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::step::Failure;

/// A command about to be run.
#[derive(Debug)]
pub(crate) struct Run {
    command: Command,
}

impl Run {
    /// `program`, in the folder `folder`.
    pub(crate) fn new(program: impl AsRef<OsStr>, folder: &Path) -> Self {
        let mut command = Command::new(program);
        command.current_dir(folder);
        // What `cargo run` set for xtask itself would look to a build script like a changed environment.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
                .iter()
                .any(|prefix| text.starts_with(prefix))
            {
                command.env_remove(&name);
            }
        }
        Self { command }
    }

    /// The cargo that runs xtask.
    pub(crate) fn cargo(folder: &Path) -> Self {
        Self::new(
            env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            folder,
        )
    }

    pub(crate) fn args<T: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = T>) -> Self {
        self.command.args(args);
        self
    }

    /// The words of a line without quotes.
    pub(crate) fn words(self, line: &str) -> Self {
        self.args(line.split_whitespace())
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Puts folders before the others in which the child looks for programs.
    pub(crate) fn path_first(self, folders: &[PathBuf]) -> Self {
        let old = env::var_os("PATH").unwrap_or_default();
        match env::join_paths(folders.iter().cloned().chain(env::split_paths(&old))) {
            Ok(path) => self.env("PATH", path),
            // A folder with the separator in its name cannot be on PATH; the program is then not found, and named.
            Err(_) => self,
        }
    }

    /// The command as one would type it.
    pub(crate) fn line(&self) -> String {
        let program = Path::new(self.command.get_program());
        let name = program
            .file_stem()
            .unwrap_or(program.as_os_str())
            .to_string_lossy()
            .into_owned();
        let words = self
            .command
            .get_args()
            .map(|word| quoted(&word.to_string_lossy()));
        std::iter::once(name)
            .chain(words)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Runs with the terminal's input and output.
    ///
    /// # Errors
    /// When it cannot be started or ends with another code than 0.
    pub(crate) fn inherit(mut self) -> Result<(), Failure> {
        let line = self.line();
        let status = self
            .command
            .status()
            .map_err(|error| cannot_start(&line, &error))?;
        if status.success() {
            Ok(())
        } else {
            Err(Failure::new(format!("`{line}` failed ({status})")).mend(line))
        }
    }

    /// Runs silently and returns what it wrote to standard output.
    ///
    /// # Errors
    /// When it cannot be started or ends with another code than 0; the message carries the end of its standard error.
    pub(crate) fn capture(mut self) -> Result<String, Failure> {
        let line = self.line();
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .map_err(|error| cannot_start(&line, &error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let mut last: Vec<&str> = said.lines().rev().take(12).collect();
        last.reverse();
        Err(Failure::new(format!(
            "`{line}` failed ({}):\n{}",
            output.status,
            last.join("\n")
        )))
    }

    /// Runs with standard error on the terminal, passing standard output on to `out` while `read` sees each line of it.
    /// Returns whether it ended well.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn watch(
        mut self,
        out: &mut dyn Write,
        mut read: impl FnMut(&str),
    ) -> Result<bool, Failure> {
        let line = self.line();
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| cannot_start(&line, &error))?;
        if let Some(stdout) = child.stdout.take() {
            let mut reader = BufReader::new(stdout);
            let mut bytes = Vec::new();
            // Bytes, not `lines()`: a test may print what is not UTF-8.
            while reader
                .read_until(b'\n', &mut bytes)
                .is_ok_and(|count| count > 0)
            {
                let text = String::from_utf8_lossy(&bytes);
                read(text.trim_end_matches(['\r', '\n']));
                // A closed pipe (`| head`) must not stop the tests.
                let _ = out.write_all(&bytes);
                bytes.clear();
            }
        }
        let status = child.wait().map_err(|error| cannot_start(&line, &error))?;
        Ok(status.success())
    }

    /// Becomes this command, so that Ctrl-C reaches it alone; returns only where that is not possible.
    ///
    /// # Errors
    /// When it cannot be started (or, where a process cannot be replaced, when it ends with another code than 0).
    pub(crate) fn replace(self) -> Result<(), Failure> {
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            let mut this = self;
            let line = this.line();
            let error = this.command.exec();
            Err(cannot_start(&line, &error))
        }
        #[cfg(not(unix))]
        self.inherit()
    }
}

fn cannot_start(line: &str, error: &std::io::Error) -> Failure {
    Failure::new(format!("`{line}` cannot be run: {error}"))
}

/// A word as a shell would need it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{word}'")
    }
}

/// The first of the programs `names` that PATH has.
pub(crate) fn find_on_path(names: &[&str]) -> Option<PathBuf> {
    find_in(names, env::var_os("PATH").as_ref())
}

fn find_in(names: &[&str], path: Option<&OsString>) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(path?).collect();
    names.iter().find_map(|name| {
        let file = format!("{name}{}", env::consts::EXE_SUFFIX);
        folders
            .iter()
            .map(|folder| folder.join(&file))
            .find(|path| is_program(path))
    })
}

fn is_program(path: &Path) -> bool {
    let Ok(metadata) = path.metadata() else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    metadata.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    fn shell(script: &str) -> Run {
        Run::new("sh", Path::new("/")).args(["-c", script])
    }

    #[test]
    fn every_line_of_the_output_is_seen_even_what_is_not_utf_8() {
        let (mut seen, mut out) = (Vec::new(), Vec::new());
        let ended_well = shell(r"printf 'one\n\377\nlast without end'; exit 3")
            .watch(&mut out, |line| seen.push(line.to_owned()));
        assert!(!ended_well.unwrap());
        assert_eq!(seen, ["one", "\u{fffd}", "last without end"]);
        assert_eq!(out, b"one\n\xff\nlast without end", "passed on as it came");
    }

    #[test]
    fn a_failure_says_what_was_run_and_what_it_said() {
        let message = shell("echo no such thing >&2; exit 2")
            .capture()
            .unwrap_err()
            .to_string();
        assert!(message.contains("sh -c 'echo no such thing"), "{message}");
        assert!(message.contains("\nno such thing"), "{message}");
        let message = Run::new("/no/such/program", Path::new("/"))
            .capture()
            .unwrap_err()
            .to_string();
        assert!(message.contains("`program` cannot be run"), "{message}");
    }

    #[test]
    fn only_what_can_be_run_counts_as_a_program() {
        use std::{fs, os::unix::fs::PermissionsExt};
        let folder = env::temp_dir().join(format!("atrium-xtask-path-{}", std::process::id()));
        fs::create_dir_all(folder.join("folder")).unwrap();
        for (name, mode) in [("program", 0o755), ("text", 0o644)] {
            fs::write(folder.join(name), "").unwrap();
            fs::set_permissions(folder.join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        let path = env::join_paths([Path::new("/nowhere"), &folder]).unwrap();
        let found = find_in(&["folder", "text", "program"], Some(&path));
        let nothing = find_in(&["folder", "text", "missing"], Some(&path));
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found, Some(folder.join("program")));
        assert_eq!(nothing, None);
    }
}
