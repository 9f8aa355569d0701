//! Curated bars: raw prices, synthetic bars flagged in place, spreads where quoted, and the corporate actions.

use crate::base::time::BarInterval;
use crate::market::actions::Actions;
use crate::market::bars::BarSeries;

/// Curated bars. Prices are raw; [`Curated::actions`] says how to adjust them.
#[derive(Debug, Clone, PartialEq)]
pub struct Curated {
    bars: BarSeries,
    synthetic: Vec<bool>,
    spread: Option<Vec<f64>>,
    actions: Actions,
}

/// Why columns make no curated bars.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadCurated {
    /// A column has another length than the bars.
    #[error("the column {column} has {found} values for {bars} bars")]
    Ragged {
        /// Which column.
        column: &'static str,
        /// Its length.
        found: usize,
        /// How many bars there are.
        bars: usize,
    },
    /// A spread is negative or not finite.
    #[error("the spread of bar {index} is {value}, but it must be a number of at least 0")]
    Spread {
        /// The bar's index, from 0.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A synthetic bar that does not repeat the close before it.
    #[error(
        "bar {index} is flagged synthetic, but does not carry the close before it with no volume"
    )]
    Synthetic {
        /// The bar's index, from 0.
        index: usize,
    },
}

impl Curated {
    /// Bars as they are: nothing synthetic, no spreads, no actions.
    pub fn plain(bars: BarSeries) -> Self {
        Self {
            synthetic: vec![false; bars.len()],
            bars,
            spread: None,
            actions: Actions::default(),
        }
    }

    /// Curated bars of their columns. `synthetic` and `spread` (ask less bid at the close, in price units) have a value a bar.
    ///
    /// # Errors
    /// [`BadCurated`] for a column of another length, a spread that is no spread and a synthetic bar that is none.
    pub fn new(
        bars: BarSeries,
        synthetic: Vec<bool>,
        spread: Option<Vec<f64>>,
        actions: Actions,
    ) -> Result<Self, BadCurated> {
        let count = bars.len();
        let ragged = |column, found| BadCurated::Ragged {
            column,
            found,
            bars: count,
        };
        if synthetic.len() != count {
            return Err(ragged("synthetic", synthetic.len()));
        }
        if let Some(spread) = &spread {
            if spread.len() != count {
                return Err(ragged("spread", spread.len()));
            }
            let bad = |value: &f64| !value.is_finite() || *value < 0.0;
            if let Some((index, &value)) = spread.iter().enumerate().find(|(_, value)| bad(value)) {
                return Err(BadCurated::Spread { index, value });
            }
        }
        let mut previous_close = None;
        for (index, ((_, prices, volume), &flagged)) in bars.rows().zip(&synthetic).enumerate() {
            let bits = |price: f64| Some(price.to_bits());
            let repeats = prices.iter().all(|&price| bits(price) == previous_close);
            if flagged && !(repeats && volume.to_bits() == 0) {
                return Err(BadCurated::Synthetic { index });
            }
            let [_, _, _, close] = prices;
            previous_close = Some(close.to_bits());
        }
        Ok(Self {
            bars,
            synthetic,
            spread,
            actions,
        })
    }

    /// The same bars with other actions.
    #[must_use]
    pub fn with_actions(self, actions: Actions) -> Self {
        Self { actions, ..self }
    }

    /// All bars, raw, synthetic ones in their places.
    pub fn bars(&self) -> &BarSeries {
        &self.bars
    }

    /// The nominal length of the bars.
    pub fn interval(&self) -> BarInterval {
        self.bars.interval()
    }

    /// Whether each bar is synthetic: made by filling a gap.
    pub fn synthetic(&self) -> &[bool] {
        &self.synthetic
    }

    /// Ask less bid at each bar's close in price units, where the source quotes both sides.
    pub fn spread(&self) -> Option<&[f64]> {
        self.spread.as_deref()
    }

    /// The corporate actions; prices are not adjusted for them.
    pub fn actions(&self) -> &Actions {
        &self.actions
    }
}
