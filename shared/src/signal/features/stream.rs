//! A list of features as one state machine, of which the matrix is made: live and training cannot differ.

use serde::Serialize;

use super::feature::{Built, Feature};
use super::{FeatureBar, FeatureError};
use crate::signal::indicators::{History, SessionBar};

/// How many bars must be loaded, so that the last row is what the full history gives, to 1e-6.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct StableHistory {
    /// At least so many bars, the row's own included.
    pub bars: usize,
    /// Whether they must also reach back to the first bar of the row's session.
    pub whole_session: bool,
}

impl StableHistory {
    /// What a value with this history needs.
    pub fn of(history: History) -> Self {
        match history {
            History::Bars(bars) | History::Fading(bars) => Self {
                bars,
                whole_session: false,
            },
            History::Session | History::Everything => Self {
                bars: 1,
                whole_session: true,
            },
        }
    }

    /// What both need.
    pub fn and(self, other: Self) -> Self {
        Self {
            bars: self.bars.max(other.bars),
            whole_session: self.whole_session || other.whole_session,
        }
    }
}

/// Features that take bars one by one. An indicator with several outputs in the list runs once.
pub struct FeatureStream {
    nodes: Vec<Node>,
    row: Vec<Option<f64>>,
    block: Block,
}

/// What is needed to take many bars at a time.
#[derive(Default)]
struct Block {
    bars: Vec<SessionBar>,
    /// The values of one state machine.
    values: Vec<Option<f64>>,
    /// Row by row; what is not finite is no value.
    rows: Vec<f64>,
}

struct Node {
    state: Built,
    /// Pairs of an output and the column that it goes to.
    outputs: Vec<(usize, usize)>,
}

impl FeatureStream {
    /// The state machine of a list, before its first bar.
    ///
    /// # Errors
    /// [`FeatureError`] never occurs for features that were parsed.
    pub(super) fn new(features: &[Feature]) -> Result<Self, FeatureError> {
        let mut nodes: Vec<(&Feature, Node)> = Vec::new();
        for (column, feature) in features.iter().enumerate() {
            let place = (feature.output_index(), column);
            let shared = nodes
                .iter_mut()
                .find(|(first, _)| first.shares_state_with(feature));
            match shared {
                Some((_, node)) => node.outputs.push(place),
                None => nodes.push((
                    feature,
                    Node {
                        state: feature.build()?,
                        outputs: vec![place],
                    },
                )),
            }
        }
        Ok(Self {
            nodes: nodes.into_iter().map(|(_, node)| node).collect(),
            row: vec![None; features.len()],
            block: Block::default(),
        })
    }

    /// Takes a finished bar; the row as of its end, in the order of the list, `None` where a feature has no value: while it
    /// warms up, and where its formula gives none. Never NaN or infinite.
    pub fn update(&mut self, bar: &FeatureBar) -> &[Option<f64>] {
        let finite = |value: &f64| value.is_finite();
        for node in &mut self.nodes {
            match &mut node.state {
                Built::Own(feature) => {
                    let value = feature.update(bar).filter(finite);
                    for (_, column) in &node.outputs {
                        if let Some(cell) = self.row.get_mut(*column) {
                            *cell = value;
                        }
                    }
                }
                Built::Indicator(indicator) => {
                    let values = indicator.update(&bar.bar);
                    for (output, column) in &node.outputs {
                        if let Some(cell) = self.row.get_mut(*column) {
                            *cell = values.get(*output).copied().flatten().filter(finite);
                        }
                    }
                }
            }
        }
        &self.row
    }

    /// Takes bars one after the other; their rows, one behind the other, NaN or infinite where [`FeatureStream::update`] has `None`.
    ///
    /// Each state machine takes all of them in turn, by the same step that it takes a single one by.
    pub(super) fn update_each(&mut self, bars: &[FeatureBar]) -> &[f64] {
        let width = self.row.len();
        let Block {
            bars: session_bars,
            values,
            rows,
        } = &mut self.block;
        session_bars.clear();
        session_bars.extend(bars.iter().map(|bar| bar.bar));
        rows.clear();
        rows.resize(bars.len() * width, f64::NAN);
        for node in &mut self.nodes {
            values.clear();
            let outputs = match &mut node.state {
                Built::Own(feature) => {
                    feature.update_each(bars, values);
                    1
                }
                Built::Indicator(indicator) => indicator.update_each(session_bars, values),
            };
            for (output, column) in &node.outputs {
                let cells = rows.iter_mut().skip(*column).step_by(width);
                let values = values.iter().skip(*output).step_by(outputs.max(1));
                for (cell, value) in cells.zip(values) {
                    *cell = value.unwrap_or(f64::NAN);
                }
            }
        }
        rows
    }
}
