//! What the browser keeps for the page. One that keeps nothing, or lets no page at what it keeps, is none to be told of.

use gloo::utils::window;
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::Storage;

/// Where something is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Memory {
    /// In this tab, for as long as it is open.
    Tab,
    /// In the browser, for every tab.
    Browser,
}

impl Memory {
    fn storage(self) -> Option<Storage> {
        let storage = match self {
            Self::Tab => window().session_storage(),
            Self::Browser => window().local_storage(),
        };
        storage.ok().flatten()
    }

    /// What is kept under a key; `None` where that is nothing, or makes no sense.
    pub(crate) fn get<T: DeserializeOwned>(self, key: &str) -> Option<T> {
        let text = self.storage()?.get_item(key).ok()??;
        serde_json::from_str(&text).ok()
    }

    /// Keeps something under a key; says whether it is kept.
    pub(crate) fn set<T: Serialize + ?Sized>(self, key: &str, value: &T) -> bool {
        let kept = || {
            let text = serde_json::to_string(value).ok()?;
            self.storage()?.set_item(key, &text).ok()
        };
        kept().is_some()
    }

    /// Forgets what is kept under a key.
    pub(crate) fn delete(self, key: &str) {
        if let Some(storage) = self.storage() {
            // what cannot be forgotten could not be kept
            drop(storage.remove_item(key));
        }
    }
}
