//! The app's program in two files of one memory: what the first picture needs, and `late-…`, which comes after it.
//!
//! Trunk binds the whole program; here its WASM is cut at the function that `frontend/src/main.rs` marks, bound again and put
//! in place of it, under the names that Trunk gave.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{paths::Paths, step::Failure, tools::Installed};

/// Cargo's name of the profile by which a front end is built that is cut.
pub(crate) const PROFILE: &str = "web";

/// What the tool calls the script that loads the second file, and the second file.
const LOADER: &str = "./__wasm_split.js";
const SECOND: &str = "./split_late.wasm";

/// Cuts the app of `dist`.
///
/// # Errors
/// When a tool fails, or what it leaves is not what is expected of it.
pub(crate) fn split(
    paths: &Paths,
    wasm_split: &Installed,
    wasm_bindgen: &Installed,
) -> Result<(), Failure> {
    let io = |error: std::io::Error| Failure::new(format!("cutting the app in two: {error}"));
    let name = app_name(&paths.dist).map_err(io)?.ok_or_else(|| {
        Failure::new("trunk left no app-….js in dist").mend("see frontend/index.html")
    })?;
    let work = paths.target.join("xtask").join("split");
    if work.exists() {
        fs::remove_dir_all(&work).map_err(io)?;
    }
    fs::create_dir_all(&work).map_err(io)?;
    let built = paths.target.join("wasm32-unknown-unknown").join(PROFILE);
    paths
        .run(wasm_split.program("wasm-split-cli"))
        .args(["--target", "web", "--out-name", &name])
        .args([built.join("app.wasm"), work.clone()])
        .capture()?;
    let bound = work.join("bound");
    paths
        .run(wasm_bindgen.program("wasm-bindgen"))
        .args(["--target", "web", "--no-typescript", "--keep-lld-exports"])
        .args(["--out-name", &name])
        .args(["--out-dir"])
        .args([&bound])
        .args([work.join(format!("{name}.wasm"))])
        .capture()?;
    let late = name.replacen("app", "late", 1);
    let put = |from: PathBuf, to: String| fs::copy(from, paths.dist.join(to)).map(drop);
    let rewrite = |from: PathBuf, to: String, (before, after): (String, String)| {
        let text = fs::read_to_string(&from)?;
        if !text.contains(&before) {
            let what = format!("{}: {before} is not in it", from.display());
            return Err(std::io::Error::other(what));
        }
        fs::write(paths.dist.join(to), text.replace(&before, &after))
    };
    let script = format!("{name}.js");
    // the name by which the program asks for it stays
    let import = (
        format!("from \"{LOADER}\""),
        format!("from \"./{late}.js\""),
    );
    rewrite(bound.join(&script), script, import).map_err(io)?;
    let loader = (SECOND.to_owned(), format!("./{late}.wasm"));
    rewrite(work.join(LOADER), format!("{late}.js"), loader).map_err(io)?;
    put(work.join(SECOND), format!("{late}.wasm")).map_err(io)?;
    let program = format!("{name}_bg.wasm");
    put(bound.join(&program), program).map_err(io)
}

/// The name of the app's files in `dist`: `app-` and the hash of its content.
fn app_name(dist: &Path) -> std::io::Result<Option<String>> {
    for entry in fs::read_dir(dist)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if let Some(stem) = name.strip_suffix(".js")
            && stem.starts_with("app-")
        {
            return Ok(Some(stem.to_owned()));
        }
    }
    Ok(None)
}
