//! Why a text is no link.

use super::MAX_BYTES;
use crate::research::parameters::BadValue;
use crate::research::run_config::BadConfig;
use crate::research::sweep::BadSweep;

/// Why a text is no link that can be opened.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadLink {
    /// It is too long to be one.
    #[error(
        "the link has {bytes} bytes, but no link has more than {MAX_BYTES}: copy the link alone"
    )]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It does not look like one.
    #[error(
        "this is no link of Atrium: it has the form 1.…, or is a URL that ends in #/backtest?c=1.…"
    )]
    NoLink,
    /// It is of a form that is not known yet.
    #[error(
        "the link has form {version}, and this Atrium reads up to {known}: it was made by a newer one, so update Atrium, or reload the page"
    )]
    Newer {
        /// The form of the link.
        version: u32,
        /// The last form that is known.
        known: u32,
    },
    /// It was changed on its way.
    #[error(
        "the link was damaged on its way ({what}; {characters} characters arrived): copy it again, whole and without line breaks"
    )]
    Damaged {
        /// What shows it.
        what: &'static str,
        /// How many characters arrived.
        characters: usize,
    },
    /// Its checksum is right, but it is not what Atrium writes.
    #[error("the link is whole, but says what no Atrium writes: {0}")]
    Malformed(&'static str),
    /// It sets an option that is not known.
    #[error(
        "the link sets option {id}, which this Atrium does not know: it was made by a newer one, so update Atrium, or reload the page"
    )]
    NewerOption {
        /// The id of the option.
        id: u16,
    },
    /// It sets an option to what it cannot be.
    #[error("the link sets {0}")]
    Value(#[from] BadValue),
    /// What it varies makes no sense.
    #[error("the sweep of the link: {0}")]
    Sweep(#[from] BadSweep),
    /// Its configuration makes no sense.
    #[error("the configuration of the link makes no sense: {0}")]
    Config(#[from] BadConfig),
}
