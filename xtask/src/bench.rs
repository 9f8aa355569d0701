//! `cargo xtask bench`: criterion, then the download sizes and the page of a release build; or bars, one backtest and sweeps beside
//! other tools.

use std::env;
use std::path::PathBuf;

use crate::{
    args::BenchOptions,
    browser, frontend,
    paths::Paths,
    step::{Failure, Steps},
    tools,
};

/// Runs the benches of every member that has some.
///
/// # Errors
/// When a bench does not build or fails.
pub(crate) fn run(paths: &Paths, options: &BenchOptions) -> Result<(), Failure> {
    paths.claim_target()?;
    if let Some(python) = &options.peers {
        bars_beside_peers(paths, python)?;
        beside_peers(paths, python)?;
        return sweeps_beside_peers(paths, python);
    }
    if options.download {
        print_download_sizes(paths);
        return Ok(());
    }
    // `--bench *` leaves out unit tests, which would not understand criterion's options.
    paths
        .cargo()
        .args(["bench", "--package", "atrium-bench", "--bench", "*"])
        .args(options.filter.iter().flat_map(|filter| ["--", filter]))
        .inherit()?;
    if print_download_sizes(paths) {
        bench_page(paths)?;
    }
    Ok(())
}

/// Times importing, cleaning, gap analysis, resampling and features of a million bars here and in the tools of a Python, in one run.
fn bars_beside_peers(paths: &Paths, python: &str) -> Result<(), Failure> {
    let program = "build --release --package atrium-backend";
    paths.cargo().words(program).inherit()?;
    let build = "build --release --package atrium-bench --example bars_peer";
    paths.cargo().words(build).inherit()?;
    let program = release_program(paths);
    let examples = paths.target.join("release").join("examples");
    let ours = examples.join(format!("bars_peer{}", env::consts::EXE_SUFFIX));
    let bars = examples.join("bars-peer.csv");
    paths.run(&ours).args(["write"]).args([&bars]).inherit()?;
    let script = paths.root.join("tests/bench/peers/bars.py");
    paths
        .run(python)
        .args([script, bars])
        .args(["--ours"])
        .args([ours])
        .args(["--atrium"])
        .args([program])
        .inherit()
}

/// The program of the release build.
fn release_program(paths: &Paths) -> PathBuf {
    let name = format!("atrium{}", env::consts::EXE_SUFFIX);
    paths.target.join("release").join(name)
}

/// Times one backtest natively, as WASM in Node, and in the tools of a Python, in one run.
fn beside_peers(paths: &Paths, python: &str) -> Result<(), Failure> {
    let node = browser::ensure_node(paths)?;
    let build = "build --release --package atrium-bench --example peer";
    paths.cargo().words(build).inherit()?;
    let examples = paths.target.join("release").join("examples");
    let native = examples.join(format!("peer{}", env::consts::EXE_SUFFIX));
    let bars = examples.join("peer-bars.csv");
    let package = bind_wasm(paths, "nodejs")?;
    paths.run(&native).args(["write"]).args([&bars]).inherit()?;
    let peers = paths.root.join("tests/bench/peers");
    let quoted = |path: &std::path::Path| format!("'{}'", path.display());
    let by_node = format!(
        "{} {} {} {{bars}}",
        quoted(&node),
        quoted(&peers.join("wasm.cjs")),
        quoted(&package.join("peer_wasm.js"))
    );
    paths
        .run(python)
        .args([peers.join("peers.py"), bars])
        .args(["--ours", &format!("{} time {{bars}}", quoted(&native))])
        .args(["--ours", &by_node])
        .inherit()
}

/// Times sweeps here and in the tools of a Python, in one run, then as WASM in Node.
fn sweeps_beside_peers(paths: &Paths, python: &str) -> Result<(), Failure> {
    let build = "build --release --package atrium-bench --example sweep";
    paths.cargo().words(build).inherit()?;
    let examples = paths.target.join("release").join("examples");
    let ours = examples.join(format!("sweep{}", env::consts::EXE_SUFFIX));
    let script = paths.root.join("tests/bench/peers/sweeps.py");
    paths
        .run(python)
        .args([script, examples.join("sweeps")])
        .args(["--ours"])
        .args([ours])
        .inherit()?;
    let node = browser::ensure_node(paths)?;
    let script = paths.root.join("tests/bench/peers/sweeps.cjs");
    let folder = bind_wasm(paths, "no-modules")?;
    paths.run(&node).args([script, folder]).inherit()
}

/// Builds the example `peer_wasm`, and what a target of wasm-bindgen makes of it; the folder of that.
fn bind_wasm(paths: &Paths, target: &str) -> Result<PathBuf, Failure> {
    const WASM: &str = "wasm32-unknown-unknown";
    tools::ensure_wasm_target(paths, &mut Steps::new(1))?;
    let wasm_bindgen = tools::WASM_BINDGEN.ensure(paths, &mut Steps::new(1))?;
    let build = "build --release --package atrium-bench --example peer_wasm --target";
    paths.cargo().words(build).args([WASM]).inherit()?;
    let examples = paths.target.join("release").join("examples");
    let package = examples.join(format!("peer_wasm_{target}"));
    let wasm = paths
        .target
        .join(WASM)
        .join("release/examples/peer_wasm.wasm");
    paths
        .run(wasm_bindgen.program("wasm-bindgen"))
        .args(["--target", target, "--out-dir"])
        .args([&package, &wasm])
        .inherit()?;
    Ok(package)
}

/// Drags a slider in Chromium, on the release build.
fn bench_page(paths: &Paths) -> Result<(), Failure> {
    let browser = browser::ensure(paths)?;
    let sweeps = bind_wasm(paths, "no-modules")?;
    let server = release_program(paths);
    tell_line!();
    paths
        .cargo()
        .words("bench --package atrium-browser-tests --bench page --bench sweep")
        .env("ATRIUM_FRONTEND_DIST", &paths.dist)
        .env("ATRIUM_BIN", server)
        .env("ATRIUM_SWEEP_WASM", sweeps)
        .env("CHROMEDRIVER", &browser.driver)
        .env("CHROMIUM", &browser.chromium)
        .inherit()
}

/// Prints the sizes; whether there is a release build to tell them of.
fn print_download_sizes(paths: &Paths) -> bool {
    let sizes = frontend::download_sizes(&paths.dist);
    if sizes.is_empty() {
        tell_line!(
            "\ndownload sizes: dist holds no release build; make one with: cargo xtask start --release --no-serve"
        );
        return false;
    }
    tell_line!(
        "\n{:<44} {:>10} {:>10}",
        "download sizes (KB)",
        "raw",
        "brotli"
    );
    for (name, bytes, compressed) in &sizes {
        tell_line!(
            "{name:<44} {:>10} {:>10}",
            kilobytes(*bytes),
            kilobytes(*compressed)
        );
    }
    tell_line!("");
    for part in PARTS {
        let (bytes, compressed) = part_size(part, &sizes);
        let verdict = match part.budget {
            None => String::new(),
            Some(budget) if compressed <= budget => format!("of {}", kilobytes(budget)),
            Some(budget) => format!(
                "OVER {} by {}",
                kilobytes(budget),
                kilobytes(compressed - budget)
            ),
        };
        tell_line!(
            "{:<44} {:>10} {:>10} {verdict}",
            part.name,
            kilobytes(bytes),
            kilobytes(compressed)
        );
    }
    true
}

/// What is downloaded together.
#[derive(Clone, Copy)]
struct Part {
    name: &'static str,
    /// How its files begin; those of no other part are the app's.
    files: &'static str,
    /// What it may take as brotli, in bytes.
    budget: Option<u64>,
}

const PARTS: [Part; 7] = [
    Part {
        name: "app: WASM, script, page, styles",
        files: "",
        budget: Some(350_000),
    },
    Part {
        name: "what comes after the first picture",
        files: "late-",
        budget: None,
    },
    Part {
        name: "engine worker, with the app",
        files: "engine_worker",
        budget: Some(150_000),
    },
    Part {
        name: "study worker, after the first run",
        files: "study_worker",
        budget: None,
    },
    Part {
        name: "worker of sweeps, when one is run",
        files: "sweep_worker",
        budget: None,
    },
    Part {
        name: "data page, afterwards or when it is opened",
        files: "data_page",
        budget: None,
    },
    Part {
        name: "data worker, after the data page",
        files: "data_worker",
        budget: None,
    },
];

/// The bytes of a part: as they are, as brotli.
fn part_size(part: Part, sizes: &[(String, u64, u64)]) -> (u64, u64) {
    let is_of = |name: &str, part: &Part| !part.files.is_empty() && name.starts_with(part.files);
    let of_part = sizes.iter().filter(|(name, ..)| match part.files {
        "" => !PARTS.iter().any(|other| is_of(name, other)),
        _ => is_of(name, &part),
    });
    of_part.fold((0, 0), |(bytes, compressed), size| {
        (bytes + size.1, compressed + size.2)
    })
}

/// Thousands of bytes with one decimal.
fn kilobytes(bytes: u64) -> String {
    let tenths = (bytes + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_counts_in_one_part() {
        let file = |name: &str, bytes| (name.to_owned(), bytes, bytes / 2);
        let sizes = [
            file("app-0123456789abcdef_bg.wasm", 1_000),
            file("index.html", 100),
            file("late-0123456789abcdef.wasm", 40),
            file("data_page_bg.wasm", 20),
            file("data_worker_loader.js", 4),
            file("engine_worker_bg.wasm", 2),
            file("study_worker_bg.wasm", 6),
            file("sweep_worker_bg.wasm", 8),
        ];
        let by_part = PARTS.map(|part| part_size(part, &sizes));
        assert_eq!(
            by_part,
            [
                (1_100, 550),
                (40, 20),
                (2, 1),
                (6, 3),
                (8, 4),
                (20, 10),
                (4, 2),
            ]
        );
    }

    #[test]
    fn sizes_are_rounded_to_a_tenth_of_a_kilobyte() {
        assert_eq!(kilobytes(0), "0.0");
        assert_eq!(kilobytes(149), "0.1");
        assert_eq!(kilobytes(349_950), "350.0");
    }
}
