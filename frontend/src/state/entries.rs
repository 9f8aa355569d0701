//! What can be chosen: data sets of the server's store and of this browser. The app and the data page both know it.

use atrium_shared::surface::api::{DataSet, DataSets};
use serde::{Deserialize, Serialize};

/// Where the server stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Server {
    /// Not asked yet.
    Unknown,
    /// It answers.
    Connected,
    /// It does not answer; work in the browser goes on.
    Away,
}

/// The list of data sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Catalogue {
    /// Asked for.
    Loading,
    /// Known; possibly empty.
    Known(Sets),
    /// Not to be had.
    Failed(String),
}

/// A list of data sets with the text that it was read from, which is what is handed on: a program reads it by the code that
/// reads the server's answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Sets {
    pub(crate) list: Vec<DataSet>,
    /// What is wrong with data sets that cannot be listed.
    pub(crate) damaged: Vec<String>,
    text: String,
}

impl Sets {
    /// A list that is handed on; empty where it cannot be written, which no list that exists can cause.
    pub(crate) fn of(sets: Vec<DataSet>) -> Self {
        let damaged = Vec::new();
        let all = DataSets { sets, damaged };
        let text = serde_json::to_string(&all).unwrap_or_default();
        Self {
            list: all.sets,
            damaged: all.damaged,
            text,
        }
    }
}

impl PartialEq for Sets {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl From<Sets> for String {
    fn from(sets: Sets) -> Self {
        sets.text
    }
}

impl TryFrom<String> for Sets {
    type Error = serde_json::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let DataSets { sets, damaged } = serde_json::from_str(&text)?;
        Ok(Self {
            list: sets,
            damaged,
            text,
        })
    }
}

/// Where a data set is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the server's store.
    Server,
    /// In this browser, for as long as the page is open.
    Browser,
}

/// A data set that can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// What it is chosen by: its name, and for one of this browser a prefix that no stored name has.
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) set: DataSet,
}

impl Entry {
    /// A data set of the server's store.
    pub(crate) fn stored(set: DataSet) -> Self {
        Self {
            key: set.name.clone(),
            place: Place::Server,
            set,
        }
    }

    /// A data set of this browser.
    pub(crate) fn local(set: DataSet) -> Self {
        Self {
            key: format!("browser:{}", set.name),
            place: Place::Browser,
            set,
        }
    }
}

/// What can be chosen: what is stored, then what is in this browser.
pub(crate) fn entries(catalogue: &Catalogue, locals: impl Iterator<Item = Entry>) -> Vec<Entry> {
    let stored = match catalogue {
        Catalogue::Known(sets) => sets.list.as_slice(),
        _ => &[],
    };
    let stored = stored.iter().cloned().map(Entry::stored);
    stored.chain(locals).collect()
}
