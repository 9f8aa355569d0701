//! Files and folders under temporary names: what goes wrong with them is told with the names that people know.

use std::io;
use std::path::{Component, Path, PathBuf};

/// How temporary names begin.
pub(crate) const PREFIX: &str = ".tmp-";

/// The error of the file system alone: `tempfile` adds the temporary path, of which nobody knows, and hides the error in words.
pub(crate) fn plain(error: io::Error) -> io::Error {
    let words = error.to_string();
    match words.split_once(" at path \"") {
        Some((said, _)) if error.raw_os_error().is_none() => {
            io::Error::new(error.kind(), said.to_owned())
        }
        _ => error,
    }
}

/// A path by what it is to be called: `.tmp-SPY-1min-x7Ab3Q` becomes `SPY-1min`, what has no such part is as it was.
pub(crate) fn as_meant(path: &Path) -> PathBuf {
    let meant = |part: Component<'_>| {
        let name = part.as_os_str().to_str()?.strip_prefix(PREFIX)?;
        let (name, _) = name.rsplit_once('-')?;
        Some(PathBuf::from(name))
    };
    path.components()
        .map(|part| meant(part).unwrap_or_else(|| PathBuf::from(part.as_os_str())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_paths_do_not_name_temporary_files() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("no/such");
        let refused = tempfile::Builder::new().prefix(PREFIX).tempfile_in(&folder);
        let error = refused.unwrap_err();
        assert!(error.to_string().contains(PREFIX), "{error}");
        let plain = plain(error);
        assert_eq!(plain.kind(), io::ErrorKind::NotFound);
        assert!(!plain.to_string().contains(PREFIX), "{plain}");
        for (path, meant) in [
            (
                "data/.tmp-SPY-1min-x7Ab3Q/bars.parquet",
                "data/SPY-1min/bars.parquet",
            ),
            ("/a/data/.tmp-BTC-USD-60min-0", "/a/data/BTC-USD-60min"),
            ("/a/.tmp-odd/b", "/a/.tmp-odd/b"),
            ("data/SPY-1min", "data/SPY-1min"),
        ] {
            assert_eq!(as_meant(Path::new(path)), Path::new(meant));
        }
        let other = io::Error::other("words");
        assert_eq!(super::plain(other).to_string(), "words");
    }
}
