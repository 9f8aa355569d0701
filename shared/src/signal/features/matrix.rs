//! The table that models are fed.

use serde::{Deserialize, Serialize};

use super::bar::feature_bars;
use super::{Feature, FeatureError, FeatureSpec};
use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::base::time::{BarInterval, Timestamp};
use crate::market::actions::Actions;
use crate::market::bars::SessionBars;

/// So many bars are computed at a time, so that what is between stays in the processor's cache.
const BLOCK: usize = 256;

/// Values of features, shape `[rows, features]`, row by row: a row for each bar at which every feature has a value.
///
/// There is no NaN and no infinity in it, and no row without its values: this is the one place where rows are dropped, and
/// [`FeatureMatrix::dropped`] says how many.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureMatrix {
    spec: FeatureSpec,
    interval: BarInterval,
    start: Vec<Timestamp>,
    bar: Vec<usize>,
    values: Vec<f64>,
    dropped: Dropped,
}

/// The bars that gave no row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Bars before the first at which every feature can have a value.
    pub warm_up: usize,
    /// Bars after that at which a formula gave no value, such as %b where the bands meet.
    pub undefined: usize,
    /// Which features gave none in the latter, and how often.
    pub by_feature: Vec<Undefined>,
}

/// A feature without a value after the warm-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undefined {
    /// The feature.
    pub feature: String,
    /// At how many bars.
    pub bars: usize,
}

impl FeatureMatrix {
    /// The features of a series. Its prices are raw; features run on prices and volumes that `actions` carry to the basis of the
    /// first bar.
    ///
    /// # Errors
    /// [`FeatureError::NoRows`] where there are fewer bars than the features need.
    pub fn compute(
        spec: &FeatureSpec,
        bars: &SessionBars,
        actions: &Actions,
    ) -> Result<Self, FeatureError> {
        let mut stream = spec.stream()?;
        let (count, width) = (bars.series().len(), spec.features().len());
        let warm_up = spec.lookback_bars().min(count);
        let mut matrix = Self {
            spec: spec.clone(),
            interval: bars.series().interval(),
            start: Vec::with_capacity(count - warm_up),
            bar: Vec::with_capacity(count - warm_up),
            values: Vec::with_capacity((count - warm_up) * width),
            dropped: Dropped {
                warm_up,
                ..Dropped::default()
            },
        };
        let mut missing = vec![0usize; width];
        let mut coming = feature_bars(bars, actions);
        let mut block = Vec::with_capacity(BLOCK);
        let mut index = 0;
        loop {
            block.clear();
            block.extend(coming.by_ref().take(BLOCK));
            if block.is_empty() {
                break;
            }
            let rows = stream.update_each(&block).chunks_exact(width);
            for (bar, row) in block.iter().zip(rows) {
                index += 1;
                if index <= warm_up {
                    continue;
                }
                if row.iter().all(|value| value.is_finite()) {
                    matrix.start.push(bar.bar.start);
                    matrix.bar.push(index - 1);
                    matrix.values.extend_from_slice(row);
                } else {
                    matrix.dropped.undefined += 1;
                    for (missing, value) in missing.iter_mut().zip(row) {
                        *missing += usize::from(!value.is_finite());
                    }
                }
            }
        }
        matrix.dropped.by_feature = named(spec, &missing);
        matrix.checked(count)
    }

    fn checked(self, bars: usize) -> Result<Self, FeatureError> {
        if !self.start.is_empty() {
            return Ok(self);
        }
        let features = self.spec.features();
        let slowest = features
            .iter()
            .max_by_key(|feature| feature.lookback_bars());
        Err(FeatureError::NoRows {
            bars,
            features: slowest.map_or_else(String::new, |feature| feature.name().to_owned()),
            needed: slowest.map_or(0, Feature::lookback_bars),
            undefined: self.dropped.undefined,
        })
    }

    /// The features, in the order of the columns.
    pub fn spec(&self) -> &FeatureSpec {
        &self.spec
    }

    /// The interval of the bars.
    pub fn interval(&self) -> BarInterval {
        self.interval
    }

    /// How many rows there are, at least 1.
    pub fn rows(&self) -> usize {
        self.start.len()
    }

    /// The start of each row's bar; the row is known at that bar's end.
    pub fn start(&self) -> &[Timestamp] {
        &self.start
    }

    /// The index of each row's bar in the series. Neighbours differ by more than 1 where bars between them gave no row.
    pub fn bar_index(&self) -> &[usize] {
        &self.bar
    }

    /// Shape `[rows, features]`, row by row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// One row, in the order of the columns.
    pub fn row(&self, row: usize) -> Option<&[f64]> {
        let width = self.spec.features().len();
        let first = row.checked_mul(width)?;
        self.values.get(first..first.checked_add(width)?)
    }

    /// One column; empty where there is none of that index.
    pub fn column(&self, column: usize) -> impl Iterator<Item = f64> + '_ {
        let width = self.spec.features().len();
        let skipped = if column < width {
            column
        } else {
            self.values.len()
        };
        self.values.iter().skip(skipped).step_by(width).copied()
    }

    /// The bars that gave no row.
    pub fn dropped(&self) -> &Dropped {
        &self.dropped
    }

    /// The values as models take them, shape `[rows, features]`.
    ///
    /// # Errors
    /// [`FeatureError::BeyondF32`] for a value that no 32-bit number holds.
    pub fn to_f32(&self) -> Result<Vec<f32>, FeatureError> {
        let narrow = |(index, &value): (usize, &f64)| {
            let narrow = value as f32;
            if narrow.is_finite() {
                return Ok(narrow);
            }
            let width = self.spec.features().len();
            let feature = self.spec.names().nth(index % width).unwrap_or_default();
            Err(FeatureError::BeyondF32 {
                feature: feature.to_owned(),
                row: index / width,
                value,
            })
        };
        self.values.iter().enumerate().map(narrow).collect()
    }

    /// The content hash: of the features, the interval, the row keys and the values.
    ///
    /// # Errors
    /// [`NotFinite`] never occurs: the matrix holds finite numbers only.
    pub fn digest(&self) -> Result<Digest, NotFinite> {
        let mut hasher = Hasher::new("atrium/feature-matrix/1");
        hasher.digest(&self.spec.hash());
        hasher.u64(u64::from(self.interval.seconds()));
        hasher.i64_column(self.start.iter().map(|start| start.0));
        hasher.f64_column(&self.values);
        hasher.finish()
    }
}

/// The features that were without a value, with how often.
fn named(spec: &FeatureSpec, missing: &[usize]) -> Vec<Undefined> {
    let all = spec.names().zip(missing);
    all.filter(|(_, bars)| **bars > 0)
        .map(|(feature, &bars)| Undefined {
            feature: feature.to_owned(),
            bars,
        })
        .collect()
}
