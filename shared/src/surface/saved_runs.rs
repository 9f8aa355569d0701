//! Runs that were saved on the server: a link with a name and a note.

use serde::{Deserialize, Serialize};

use super::share::{BadLink, Link};
use crate::base::time::Timestamp;

/// The longest name, in characters.
pub const MAX_NAME: usize = 120;
/// The longest note, in characters.
pub const MAX_NOTE: usize = 4_000;

/// `POST /api/runs`: a run to be saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaveRun {
    /// Its name, one line.
    pub name: String,
    /// What somebody wants to remember of it.
    #[serde(default)]
    pub note: String,
    /// The link to it: a URL, its fragment, or the text alone.
    pub link: String,
}

/// A saved run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedRun {
    /// What the server knows it by.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its note.
    pub note: String,
    /// The link to it, the text alone.
    pub link: String,
    /// When it was saved.
    pub created: Timestamp,
}

/// `GET /api/runs`: the saved runs, the latest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedRuns {
    /// The runs.
    pub runs: Vec<SavedRun>,
}

/// A run that cannot be saved.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadSave {
    /// Its name is none.
    #[error("the name has {0} characters: write one line of 1 to {MAX_NAME}")]
    Name(usize),
    /// Its name has more than one line.
    #[error("the name has a line break or another control character: write one line")]
    Control,
    /// Its note is too long.
    #[error("the note has {0} characters, at most {MAX_NOTE} are kept")]
    Note(usize),
    /// Its link cannot be opened.
    #[error(transparent)]
    Link(#[from] BadLink),
}

impl SaveRun {
    /// The run with blanks around its name left out and its link as the text alone, if all of it makes sense.
    ///
    /// # Errors
    /// [`BadSave`] says what does not.
    pub fn checked(&self) -> Result<Self, BadSave> {
        let name = self.name.trim();
        let length = name.chars().count();
        if length == 0 || length > MAX_NAME {
            return Err(BadSave::Name(length));
        }
        if name.chars().any(char::is_control) {
            return Err(BadSave::Control);
        }
        let length = self.note.chars().count();
        if length > MAX_NOTE {
            return Err(BadSave::Note(length));
        }
        Ok(Self {
            name: name.to_owned(),
            note: self.note.clone(),
            link: Link::read(&self.link)?.text()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest::Hasher;
    use crate::research::run_config::RunConfig;
    use crate::surface::share::{DataSetId, Window};

    #[test]
    fn names_notes_and_links_are_checked() {
        let link = Link {
            data: DataSetId {
                name: "SPY-1min".to_owned(),
                symbol: "SPY".to_owned(),
                content: (&Hasher::new("test").finish().unwrap()).into(),
            },
            config: RunConfig::default(),
            window: Window::default(),
            seal: None,
            view: None,
        };
        let good = SaveRun {
            name: " first try ".to_owned(),
            note: "with\nlines".to_owned(),
            link: link.fragment().unwrap(),
        };
        let kept = good.checked().unwrap();
        assert_eq!(
            (kept.name.as_str(), kept.link),
            ("first try", link.text().unwrap())
        );
        let with = |change: &dyn Fn(&mut SaveRun)| {
            let mut run = good.clone();
            change(&mut run);
            run.checked()
        };
        assert_eq!(
            with(&|run| run.name = "  ".to_owned()),
            Err(BadSave::Name(0))
        );
        assert_eq!(
            with(&|run| run.name = "ä".repeat(121)),
            Err(BadSave::Name(121))
        );
        assert!(with(&|run| run.name = "ä".repeat(120)).is_ok());
        assert_eq!(
            with(&|run| run.name = "a\nb".to_owned()),
            Err(BadSave::Control)
        );
        assert_eq!(
            with(&|run| run.note = "x".repeat(4_001)),
            Err(BadSave::Note(4_001))
        );
        assert_eq!(
            with(&|run| run.link = "no link".to_owned()),
            Err(BadSave::Link(BadLink::NoLink))
        );
    }
}
