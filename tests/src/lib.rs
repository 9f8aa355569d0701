//! What the tests that cross crates share: where the test data is, the corpora of the parity suite, generated cases and
//! rows, a second driver, and a venue with faults.

pub mod corpus;
pub mod curation;
pub mod draws;
pub mod drive;
pub mod fake_venue;
pub mod generate;
pub mod received;

#[cfg(not(target_arch = "wasm32"))]
mod data {
    use std::io::Write;
    use std::path::{Path, PathBuf};

    /// The repository's root.
    pub fn repository_root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_default()
    }

    /// A file of the real market data, which lies outside the repository: below `ATRIUM_TEST_DATA`, or `../shared/data`.
    ///
    /// `None` where the folder is absent, after saying so on standard output (`cargo xtask test` counts these lines).
    ///
    /// # Panics
    /// Where it is absent although `ATRIUM_REQUIRE_TEST_DATA` is 1.
    pub fn test_data(file: &str) -> Option<PathBuf> {
        let folder = std::env::var_os("ATRIUM_TEST_DATA")
            .map_or_else(|| repository_root().join("../shared/data"), PathBuf::from);
        let path = folder.join(file);
        if path.exists() {
            return Some(path);
        }
        let required =
            std::env::var_os("ATRIUM_REQUIRE_TEST_DATA").is_some_and(|value| value == "1");
        assert!(
            !required,
            "{} is absent, but ATRIUM_REQUIRE_TEST_DATA is 1",
            path.display()
        );
        // standard output itself: the test harness would keep a `println!` to itself
        let note = format!(
            "SKIPPED a test that needs {file}: set ATRIUM_TEST_DATA to the folder that holds it
"
        );
        std::io::stdout().write_all(note.as_bytes()).ok();
        None
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub use data::{repository_root, test_data};
