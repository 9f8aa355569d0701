//! The list of features that a model is trained on, by which it refuses other input.

use serde::{Deserialize, Serialize};

use super::bar::feature_bars;
use super::look_ahead::BarColumn;
use super::sets::SETS;
use super::stream::{FeatureStream, StableHistory};
use super::{Feature, FeatureError};
use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::market::actions::Actions;
use crate::market::bars::SessionBars;

/// The name of a list that is none of [`SETS`].
const CUSTOM: &str = "custom";

/// A named, ordered list of features, each once, with its hash.
///
/// The hash is of the canonical names in their order and of the version of the formulas: two lists with the same hash give the
/// same columns. The list's own name is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Record", into = "Record")]
pub struct FeatureSpec {
    name: String,
    features: Vec<Feature>,
    hash: Digest,
}

/// How a list is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    name: String,
    features: Vec<String>,
    hash: Digest,
}

impl FeatureSpec {
    /// A list of features under a name.
    ///
    /// # Errors
    /// [`FeatureError`] for an empty list and for a feature that is in it twice.
    pub fn new(name: &str, features: Vec<Feature>) -> Result<Self, FeatureError> {
        if features.is_empty() {
            return Err(FeatureError::Empty);
        }
        for (index, feature) in features.iter().enumerate() {
            if features.iter().take(index).any(|before| before == feature) {
                return Err(FeatureError::Twice(feature.name().to_owned()));
            }
        }
        let hash = hash_of(&features)?;
        Ok(Self {
            name: name.to_owned(),
            features,
            hash,
        })
    }

    /// A list from names with commas between them, in the order of the columns. It has the name of the set that it equals, or
    /// else "custom".
    ///
    /// # Errors
    /// [`FeatureError`] with the name that makes no sense.
    pub fn parse(list: &str) -> Result<Self, FeatureError> {
        let words = list.split(',').filter(|word| !word.trim().is_empty());
        Self::of_names(words)
    }

    /// A list from names.
    ///
    /// # Errors
    /// As [`FeatureSpec::parse`].
    pub fn of_names<'a>(names: impl Iterator<Item = &'a str>) -> Result<Self, FeatureError> {
        let features: Vec<Feature> = names.map(str::parse).collect::<Result<_, _>>()?;
        let equals = |set: &[&str]| {
            set.len() == features.len()
                && features
                    .iter()
                    .zip(set)
                    .all(|(feature, name)| feature.name() == *name)
        };
        let set = SETS.iter().find(|set| equals(set.features));
        let name = set.map_or(CUSTOM, |set| set.name);
        Self::new(name, features)
    }

    /// The list of a named set.
    ///
    /// # Errors
    /// [`FeatureError::UnknownSet`] with the names that exist.
    pub fn set(name: &str) -> Result<Self, FeatureError> {
        let found = SETS
            .iter()
            .find(|set| set.name.eq_ignore_ascii_case(name.trim()));
        let set = found.ok_or_else(|| FeatureError::UnknownSet {
            text: name.chars().take(60).collect(),
            known: SETS
                .iter()
                .map(|set| set.name)
                .collect::<Vec<_>>()
                .join(", "),
        })?;
        Self::of_names(set.features.iter().copied())
    }

    /// What the list is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The features, in the order of the columns.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// The canonical names, in the order of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.features.iter().map(Feature::name)
    }

    /// The hash by which models know their input.
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// How many bars pass before the first row: the longest lookback of all.
    pub fn lookback_bars(&self) -> usize {
        self.features
            .iter()
            .map(Feature::lookback_bars)
            .max()
            .unwrap_or_default()
    }

    /// How many bars must be loaded, so that the last row is what the full history gives, to 1e-6.
    pub fn stable_history(&self) -> StableHistory {
        self.features
            .iter()
            .map(|feature| StableHistory::of(feature.history()))
            .fold(StableHistory::default(), StableHistory::and)
    }

    /// The state machine that computes the rows, before its first bar.
    ///
    /// # Errors
    /// [`FeatureError`] never occurs for features that were parsed.
    pub fn stream(&self) -> Result<FeatureStream, FeatureError> {
        FeatureStream::new(&self.features)
    }

    /// Every feature over a series, one value for each bar, warm-up included as `None`: for charts and for
    /// [`check_look_ahead`](super::check_look_ahead). What models are fed is a [`FeatureMatrix`](super::FeatureMatrix).
    ///
    /// # Errors
    /// As [`FeatureSpec::stream`].
    pub fn columns(
        &self,
        bars: &SessionBars,
        actions: &Actions,
    ) -> Result<Vec<BarColumn>, FeatureError> {
        let mut stream = self.stream()?;
        let empty = |name: &str| BarColumn {
            name: name.to_owned(),
            values: Vec::with_capacity(bars.series().len()),
        };
        let mut columns: Vec<BarColumn> = self.names().map(empty).collect();
        for bar in feature_bars(bars, actions) {
            for (column, value) in columns.iter_mut().zip(stream.update(&bar)) {
                column.values.push(*value);
            }
        }
        Ok(columns)
    }
}

/// The domain carries the version of the formulas: it changes whenever a feature would have other values.
fn hash_of(features: &[Feature]) -> Result<Digest, NotFinite> {
    let mut hasher = Hasher::new("atrium/features/2");
    hasher.count(features.len());
    for feature in features {
        hasher.text(feature.name());
    }
    hasher.finish()
}

impl From<FeatureSpec> for Record {
    fn from(spec: FeatureSpec) -> Self {
        Self {
            features: spec.names().map(str::to_owned).collect(),
            name: spec.name,
            hash: spec.hash,
        }
    }
}

impl TryFrom<Record> for FeatureSpec {
    type Error = FeatureError;

    fn try_from(record: Record) -> Result<Self, FeatureError> {
        let names = record.features.iter().map(String::as_str);
        let features: Vec<Feature> = names.map(str::parse).collect::<Result<_, _>>()?;
        let spec = Self::new(&record.name, features)?;
        if spec.hash != record.hash {
            let names = record.features.join(", ");
            return Err(FeatureError::other_hash(names, record.hash, spec.hash));
        }
        Ok(spec)
    }
}
