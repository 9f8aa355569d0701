//! The pages, one a folder or file, and the part of the address that names them.

pub(crate) mod backtest;
pub(crate) mod unknown;

/// What an address names. Pages live behind the `#`, so that every address is the same file to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Page {
    /// One backtest, rerun while its parameters change.
    Backtest,
    /// No page of this name.
    Unknown(String),
}

impl Page {
    /// Reads the address after the `#`.
    pub(crate) fn from_hash(hash: &str) -> Self {
        let path = hash.trim_start_matches('#').split('?').next().unwrap_or("");
        match path.trim_matches('/') {
            "" | "backtest" => Self::Backtest,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// The address of the page.
    pub(crate) const BACKTEST: &'static str = "#/backtest";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_pages() {
        for hash in [
            "",
            "#",
            "#/",
            "#/backtest",
            "#/backtest/",
            "#/backtest?c=1.x",
        ] {
            assert_eq!(Page::from_hash(hash), Page::Backtest, "{hash}");
        }
        assert_eq!(
            Page::from_hash("#/sweeps"),
            Page::Unknown("sweeps".to_owned())
        );
    }
}
