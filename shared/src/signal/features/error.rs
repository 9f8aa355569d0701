//! Why features are refused.

use crate::base::digest::{Digest, NotFinite};
use crate::base::units::OutOfBounds;
use crate::signal::indicators::BuildError;

/// A list of features that makes no sense, or that these bars cannot fill.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FeatureError {
    /// No feature has the name.
    #[error(
        "there is no feature {text:?}; there are {known}, with parameters as in sma_7 or bb_upper_20_2, and another column than the close as in sma_20:volume"
    )]
    Unknown {
        /// What was asked for.
        text: String,
        /// The names that exist.
        known: String,
    },
    /// No set has the name.
    #[error("there is no feature set {text:?}; there are {known}")]
    UnknownSet {
        /// What was asked for.
        text: String,
        /// The names that exist.
        known: String,
    },
    /// A name carries more numbers than the feature has parameters.
    #[error("{text:?} has {given} parameters, but {feature} takes {known}")]
    TooManyParameters {
        /// What was asked for.
        text: String,
        /// The feature's name alone.
        feature: &'static str,
        /// How many numbers the name carries.
        given: usize,
        /// The parameters that it takes.
        known: String,
    },
    /// A name is followed by a column that no indicator can run on.
    #[error("{text:?}: {source_name:?} is no column; there are {known}")]
    UnknownSource {
        /// What was asked for.
        text: String,
        /// The column that was asked for.
        source_name: String,
        /// The columns that exist.
        known: String,
    },
    /// A column was chosen for a feature that always reads the same ones.
    #[error("{text:?}: {feature} always reads {inputs}: leave out the column")]
    NoSource {
        /// What was asked for.
        text: String,
        /// The feature's name alone.
        feature: &'static str,
        /// What it reads.
        inputs: &'static str,
    },
    /// An indicator refuses its parameters.
    #[error("{text:?}: {reason}")]
    Build {
        /// What was asked for.
        text: String,
        /// Why.
        reason: BuildError,
    },
    /// A parameter is out of its bounds.
    #[error("{text:?}: {reason}")]
    Bounds {
        /// What was asked for.
        text: String,
        /// Which one, its value and its bounds.
        reason: OutOfBounds,
    },
    /// A value that no truncated history can give.
    #[error(
        "{0} cannot be a feature: its level depends on every bar since the first, so that a model that is fed recent bars would see other values than it was trained on"
    )]
    NoStableHistory(String),
    /// A feature is asked for twice.
    #[error("the feature {0} is in the list more than once")]
    Twice(String),
    /// Nothing is asked for.
    #[error(
        "the list of features is empty: name some, such as close,sma_7,rsi_14, or a set, such as A"
    )]
    Empty,
    /// A stored list was computed by other rules.
    #[error(
        "the stored features ({names}) have the hash {stored}, but this program computes {computed} for them: their formulas have changed since; compute and train anew"
    )]
    OtherHash {
        /// The names.
        names: String,
        /// The hash that was stored.
        stored: String,
        /// The hash as this program computes it.
        computed: String,
    },
    /// There are not enough bars for a single row.
    #[error(
        "the {bars} bars give no row: {features} needs {needed} bars before its first value ({undefined} rows after that had no value)"
    )]
    NoRows {
        /// How many bars there are.
        bars: usize,
        /// The feature that needs most.
        features: String,
        /// How many it needs.
        needed: usize,
        /// Rows after the warm-up that were dropped.
        undefined: usize,
    },
    /// A value is too large for the 32-bit numbers of models.
    #[error(
        "{feature} is {value} in the row of {row}, which is beyond 32-bit numbers: a model cannot take it"
    )]
    BeyondF32 {
        /// The feature.
        feature: String,
        /// The row's index.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A number is not finite.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
}

impl FeatureError {
    /// The refusal of a stored list.
    pub(super) fn other_hash(names: String, stored: Digest, computed: Digest) -> Self {
        Self::OtherHash {
            names,
            stored: stored.short(),
            computed: computed.short(),
        }
    }
}
