//! The front end: trunk builds it into `dist`, unless a stamp says that nothing it is made of has changed.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use crate::{
    paths::Paths,
    process::find_on_path,
    split,
    step::{Failure, Steps},
    tools::{self, Installed},
};

/// How the halves are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build.
    Lab,
    /// Quick to run: LTO, wasm-opt, precompressed.
    Release,
}

impl Profile {
    /// Cargo's name for it, also that of its folder under the target folder.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lab => "lab",
            Self::Release => "release",
        }
    }

    /// Cargo's name for the one that the front end is built by.
    fn of_front_end(self) -> &'static str {
        match self {
            Self::Lab => "lab",
            Self::Release => split::PROFILE,
        }
    }
}

/// What builds it.
#[derive(Debug)]
pub(crate) struct FrontendTools {
    pub trunk: Installed,
    pub wasm_bindgen: Installed,
    /// Where the app is to be cut in two.
    pub wasm_split: Option<Installed>,
}

/// The folders and files that the front end is made of.
const INPUTS: [&str; 7] = [
    "frontend",
    "shared",
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
    "rust-toolchain.toml",
    ".cargo/config.toml",
];

/// Builds `dist` if it is not the one that the sources would give. Returns the outcome to print.
///
/// # Errors
/// When trunk fails, or `dist` or the target folder cannot be written.
pub(crate) fn build(
    paths: &Paths,
    profile: Profile,
    tools: &FrontendTools,
    steps: &mut Steps,
) -> Result<String, Failure> {
    let stamps = paths.target.join("xtask");
    let io = |error: std::io::Error| {
        Failure::new(format!(
            "{} or {}: {error}",
            paths.dist.display(),
            stamps.display()
        ))
        .mend("make both folders writable")
    };
    fs::create_dir_all(&stamps).map_err(io)?;
    // Two builds at once would mix their files in `dist`.
    let lock = File::create(stamps.join("dist.lock")).map_err(io)?;
    lock.lock().map_err(io)?;

    let inputs = inputs_line(&paths.root, profile).map_err(io)?;
    let stamp = stamps.join("dist.stamp");
    if is_current(&stamp, &inputs, &paths.dist) {
        return Ok("nothing changed".to_owned());
    }
    remove_file(&stamp).map_err(io)?;
    check_page(&paths.root)?;
    steps.say("building with trunk");
    run_trunk(paths, profile, tools)?;
    if let Some(wasm_split) = &tools.wasm_split {
        steps.say("cutting the app in two");
        split::split(paths, wasm_split, &tools.wasm_bindgen)?;
    }
    if profile == Profile::Release {
        optimise(paths, steps)?;
        precompress(paths, steps)?;
    }
    let listing = listing(&paths.dist).map_err(io)?;
    if !listing.iter().any(|line| line.starts_with("index.html ")) {
        return Err(Failure::new(format!(
            "trunk left no index.html in {}",
            paths.dist.display()
        ))
        .mend("see Trunk.toml"));
    }
    let text = std::iter::once(inputs)
        .chain(listing)
        .collect::<Vec<_>>()
        .join("\n");
    fs::write(&stamp, text).map_err(io)?;
    Ok("built".to_owned())
}

/// Trunk would stop where wasm-opt is missing; here it is only a line that says so, see [`optimise`].
fn check_page(root: &Path) -> Result<(), Failure> {
    let page = root.join("frontend/index.html");
    let text = fs::read_to_string(&page)
        .map_err(|error| Failure::new(format!("{}: {error}", page.display())))?;
    if text.matches("rel=\"rust\"").count() <= text.matches("data-wasm-opt=\"0\"").count() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{}: a link with rel=\"rust\" leaves wasm-opt to trunk",
        page.display()
    ))
    .mend("add data-wasm-opt=\"0\" to it: `cargo xtask start --release` runs wasm-opt itself"))
}

fn run_trunk(paths: &Paths, profile: Profile, tools: &FrontendTools) -> Result<(), Failure> {
    let features: &[&str] = match tools.wasm_split {
        None => &[],
        Some(_) => &["--features", "split"],
    };
    let (trunk, wasm_bindgen) = (&tools.trunk, &tools.wasm_bindgen);
    let run = paths
        .run(trunk.program("trunk"))
        .path_first(&[trunk.bin.clone(), wasm_bindgen.bin.clone()])
        // Trunk takes NO_COLOR=1 for a malformed option and stops.
        .without_env("NO_COLOR")
        .without_env("RUST_BACKTRACE")
        // It would download a tool that is not on PATH; everything it needs was installed before.
        .args(["--offline", "true", "build"]);
    run.args(["--cargo-profile", profile.of_front_end()])
        .args(features)
        .inherit()
        .map_err(|_| {
            Failure::new("the front end could not be built; trunk says why above").mend(
                "correct what it names; if a package is missing, run `cargo fetch` while connected",
            )
        })
}

/// What the sources, the profile and the flags hash to: contents rather than dates, so that a checkout back and forth
/// changes nothing.
fn inputs_line(root: &Path, profile: Profile) -> std::io::Result<String> {
    let mut hasher = DefaultHasher::new();
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        std::env::var_os(name).hash(&mut hasher);
    }
    for input in INPUTS {
        let path = root.join(input);
        let files = if path.is_dir() {
            files_under(&path)?
        } else {
            vec![path]
        };
        for file in files {
            file.strip_prefix(root).unwrap_or(&file).hash(&mut hasher);
            // A file that does not exist is part of the state, too.
            fs::read(&file).ok().hash(&mut hasher);
        }
    }
    Ok(format!("{} {:016x}", profile.name(), hasher.finish()))
}

/// Whether the stamp was made from these inputs and `dist` still holds exactly what was built then.
fn is_current(stamp: &Path, inputs: &str, dist: &Path) -> bool {
    let (Ok(text), Ok(listing)) = (fs::read_to_string(stamp), listing(dist)) else {
        return false;
    };
    let mut lines = text.lines();
    lines.next() == Some(inputs) && lines.eq(listing.iter().map(String::as_str))
}

/// One line for each file: path, size, date.
fn listing(dist: &Path) -> std::io::Result<Vec<String>> {
    files_under(dist)?
        .iter()
        .map(|file| {
            let metadata = file.metadata()?;
            let date = metadata
                .modified()?
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_nanos());
            let name = file.strip_prefix(dist).unwrap_or(file).display();
            Ok(format!("{name} {} {date}", metadata.len()))
        })
        .collect()
}

/// Every file under a folder, sorted.
pub(crate) fn files_under(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path())
            } else {
                files.push(entry.path())
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Runs wasm-opt over each WASM file in `dist`; without wasm-opt they stay as they are.
fn optimise(paths: &Paths, steps: &mut Steps) -> Result<(), Failure> {
    let Some(wasm_opt) = tools::find_wasm_opt(paths, steps) else {
        steps.say("wasm-opt: skipped, neither wasm-opt nor npm is on PATH; the download is about a tenth larger");
        return Ok(());
    };
    let files = files_under(&paths.dist)
        .map_err(|error| Failure::new(format!("{}: {error}", paths.dist.display())))?;
    for file in files.iter().filter(|file| {
        file.extension()
            .is_some_and(|extension| extension == "wasm")
    }) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // The application is judged by its download, the worker by its speed.
        let level = if name.contains("worker") {
            "-O3"
        } else {
            "-Oz"
        };
        steps.say(&format!("wasm-opt {level} {name}"));
        let smaller = file.with_extension("wasm.smaller");
        paths
            .run(&wasm_opt)
            .args([level])
            .args(WASM_FEATURES.map(|feature| format!("--enable-{feature}")))
            .args([file.as_path(), Path::new("-o"), &smaller])
            .inherit()
            .and_then(|()| {
                fs::rename(&smaller, file)
                    .map_err(|error| Failure::new(format!("{}: {error}", file.display())))
            })?;
    }
    Ok(())
}

/// What rustc emits for wasm32-unknown-unknown, and SIMD for the worker.
const WASM_FEATURES: [&str; 7] = [
    "bulk-memory",
    "multivalue",
    "mutable-globals",
    "nontrapping-float-to-int",
    "reference-types",
    "sign-ext",
    "simd",
];

/// Writes a `.br` and a `.gz` beside each file in `dist`, with the compressors that Node carries.
fn precompress(paths: &Paths, steps: &mut Steps) -> Result<(), Failure> {
    let Some(node) = find_on_path(&["node", "nodejs"]) else {
        steps
            .say("precompressing: skipped, Node is not on PATH; the server compresses as it sends");
        return Ok(());
    };
    steps.say("precompressing with brotli and gzip");
    paths
        .run(node)
        .args(["-e", PRECOMPRESS])
        .args([&paths.dist])
        .capture()
        .map(drop)
}

const PRECOMPRESS: &str = "
const { readdirSync, readFileSync, writeFileSync } = require('fs'), path = require('path'), zlib = require('zlib');
const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
const walk = folder => readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
  const full = path.join(folder, entry.name);
  return entry.isDirectory() ? walk(full) : [full];
});
for (const file of walk(process.argv[1])) {
  if (/\\.(br|gz|png|jpg|webp|avif|woff2)$/.test(file)) continue;
  const bytes = readFileSync(file);
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(file + '.br', zlib.brotliCompressSync(bytes, { params }));
  writeFileSync(file + '.gz', zlib.gzipSync(bytes, { level: 9 }));
}";

/// The files of a precompressed `dist` with their sizes: (name, bytes, bytes as brotli). Empty for another build.
pub(crate) fn download_sizes(dist: &Path) -> Vec<(String, u64, u64)> {
    let size = |path: &Path| path.metadata().map(|metadata| metadata.len()).ok();
    let files = files_under(dist).unwrap_or_default();
    files
        .iter()
        .filter_map(|file| {
            let compressed = PathBuf::from(format!("{}.br", file.display()));
            let name = file
                .strip_prefix(dist)
                .unwrap_or(file)
                .display()
                .to_string();
            Some((name, size(file)?, size(&compressed)?))
        })
        .collect()
}

fn remove_file(file: &Path) -> std::io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    /// A fake clone with a source and a built `dist`.
    fn clone(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("atrium-xtask-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        for (file, text) in [
            ("frontend/src/main.rs", "fn main() {}"),
            ("shared/src/lib.rs", ""),
            ("dist/index.html", "<p>"),
        ] {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn the_stamp_holds_until_a_source_the_profile_or_dist_changes() {
        let root = clone("stamp");
        let (stamp, dist) = (root.join("stamp"), root.join("dist"));
        let inputs = inputs_line(&root, Profile::Lab).unwrap();
        assert!(!is_current(&stamp, &inputs, &dist), "there is no stamp yet");
        let text = std::iter::once(inputs.clone())
            .chain(listing(&dist).unwrap())
            .collect::<Vec<_>>()
            .join("\n");
        fs::write(&stamp, text).unwrap();
        assert!(is_current(&stamp, &inputs, &dist));

        assert!(
            !is_current(
                &stamp,
                &inputs_line(&root, Profile::Release).unwrap(),
                &dist
            ),
            "another profile"
        );
        fs::write(root.join("shared/src/lib.rs"), "// changed").unwrap();
        assert!(
            !is_current(&stamp, &inputs_line(&root, Profile::Lab).unwrap(), &dist),
            "a source changed"
        );
        fs::write(root.join("shared/src/lib.rs"), "").unwrap();
        assert!(
            is_current(&stamp, &inputs_line(&root, Profile::Lab).unwrap(), &dist),
            "and changed back"
        );
        fs::write(root.join("shared/src/more.rs"), "").unwrap();
        assert!(
            !is_current(&stamp, &inputs_line(&root, Profile::Lab).unwrap(), &dist),
            "an empty file was added"
        );

        fs::write(dist.join("index.html"), "<p>other").unwrap();
        assert!(
            !is_current(&stamp, &inputs, &dist),
            "dist is not what was built"
        );
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn a_page_that_leaves_wasm_opt_to_trunk_is_refused() {
        let root = clone("page");
        let page = root.join("frontend/index.html");
        assert!(check_page(&root).is_err(), "there is no page");
        fs::write(
            &page,
            r#"<link rel="rust" data-wasm-opt="0"><link rel="rust">"#,
        )
        .unwrap();
        assert!(
            check_page(&root)
                .unwrap_err()
                .to_string()
                .contains("data-wasm-opt")
        );
        fs::write(
            &page,
            r#"<link rel="rust" data-wasm-opt="0"><link rel="css">"#,
        )
        .unwrap();
        assert!(check_page(&root).is_ok());
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn sizes_are_those_of_files_with_a_compressed_twin() {
        let root = clone("sizes");
        let dist = root.join("dist");
        assert_eq!(download_sizes(&dist), []);
        fs::write(dist.join("index.html.br"), "b").unwrap();
        assert_eq!(download_sizes(&dist), [("index.html".to_owned(), 3, 1)]);
        fs::remove_dir_all(&root).unwrap();
    }
}
