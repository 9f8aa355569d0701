//! The pages, one a folder or file, and the part of the address that names them.

pub(crate) mod backtest;
pub(crate) mod data;
pub(crate) mod data_host;
pub(crate) mod sweep;
pub(crate) mod unknown;

/// What an address names. Pages live behind the `#`, so that every address is the same file to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Page {
    /// One backtest, rerun while its parameters change.
    Backtest,
    /// Many backtests at once.
    Sweep,
    /// What is stored, how complete and how good it is, and what comes in.
    Data,
    /// No page of this name.
    Unknown(String),
}

impl Page {
    /// Reads the address after the `#`.
    pub(crate) fn from_hash(hash: &str) -> Self {
        match path(hash) {
            "" | "backtest" => Self::Backtest,
            "sweep" => Self::Sweep,
            "data" => Self::Data,
            other if other.starts_with("data/") => Self::Data,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// The data set that an address of the data page names.
    pub(crate) fn data_set(hash: &str) -> Option<String> {
        let name = path(hash).strip_prefix("data/")?;
        let name = js_sys::decode_uri_component(name).ok()?;
        Some(String::from(name)).filter(|name| !name.is_empty())
    }

    /// The address of the data page on a data set.
    pub(crate) fn of_data_set(key: &str) -> String {
        format!("{}/{}", Self::DATA, js_sys::encode_uri_component(key))
    }

    /// The address of the backtest page.
    pub(crate) const BACKTEST: &'static str = "#/backtest";
    /// The address of the sweep page.
    pub(crate) const SWEEP: &'static str = "#/sweep";
    /// The address of the data page.
    pub(crate) const DATA: &'static str = "#/data";
}

/// What stands between the `#` and a `?`.
fn path(hash: &str) -> &str {
    let path = hash.trim_start_matches('#').split('?').next().unwrap_or("");
    path.trim_matches('/')
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
        for hash in ["#/data", "#/data/", "#/data/SPY-1min", "#/data/a%2Fb"] {
            assert_eq!(Page::from_hash(hash), Page::Data, "{hash}");
        }
        for hash in ["#/sweep", "#/sweep/", "#/sweep?c=1.x"] {
            assert_eq!(Page::from_hash(hash), Page::Sweep, "{hash}");
        }
        assert_eq!(
            Page::from_hash("#/sweeps"),
            Page::Unknown("sweeps".to_owned())
        );
    }
}
