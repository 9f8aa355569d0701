//! Curated bars: raw prices, synthetic bars flagged in place, spreads where quoted, and the corporate actions.

use std::borrow::Cow;

use crate::base::digest::{Digest, Hasher, NotFinite};
use crate::base::digits::without_noise;
use crate::base::time::{BarInterval, Timestamp};
use crate::market::actions::{Actions, Basis};
use crate::market::bars::{BadSeries, BarColumns, BarSeries};
use crate::market::calendar::Calendar;

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
            let [_, _, _, close] = prices;
            // what the first bar repeats is not here
            let repeated: f64 = previous_close.unwrap_or(close);
            let repeats = prices
                .iter()
                .all(|price| price.to_bits() == repeated.to_bits());
            if flagged && !(repeats && volume.to_bits() == 0) {
                return Err(BadCurated::Synthetic { index });
            }
            previous_close = Some(close);
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
    /// Columns that are known to fit each other.
    pub(super) fn of_parts(
        bars: BarSeries,
        synthetic: Vec<bool>,
        spread: Option<Vec<f64>>,
        actions: Actions,
    ) -> Self {
        Self {
            bars,
            synthetic,
            spread,
            actions,
        }
    }

    /// How many bars are synthetic.
    pub fn synthetic_count(&self) -> usize {
        self.synthetic.iter().filter(|&&flagged| flagged).count()
    }

    /// The raw bars without the synthetic ones: what is decided on, filled against and computed from.
    pub fn real(&self) -> Cow<'_, BarSeries> {
        if self.synthetic_count() == 0 {
            return Cow::Borrowed(&self.bars);
        }
        let real: Vec<bool> = self.synthetic.iter().map(|&flagged| !flagged).collect();
        Cow::Owned(self.bars.filtered(&real))
    }

    /// [`Curated::real`], without a copy where there is nothing to leave out.
    pub fn into_real(self) -> BarSeries {
        if self.synthetic_count() == 0 {
            return self.bars;
        }
        self.real().into_owned()
    }

    /// The real bars adjusted as in [`Curated::adjusted`], as they are written to files: prices and volumes of at most twelve
    /// significant digits, since what a factor leaves beyond is noise of binary fractions. Raw bars are written exactly.
    ///
    /// # Errors
    /// As [`Curated::adjusted`].
    pub fn adjusted_for_files(&self, calendar: Calendar) -> Result<BarSeries, BadSeries> {
        let adjusted = self.adjusted(calendar)?;
        let mut columns = BarColumns::with_capacity(adjusted.len());
        for (start, prices, volume) in adjusted.rows() {
            columns.push(start, prices.map(without_noise), without_noise(volume));
        }
        BarSeries::new(adjusted.interval(), columns)
    }

    /// The real bars as signals see them: prices times the factor of their day, volumes over its split factor.
    ///
    /// Orders, ticks and commissions stay on [`Curated::real`]; [`Curated::factors`] leads from one to the other.
    ///
    /// # Errors
    /// [`BadSeries`] where a price is too small or too large to be adjusted.
    pub fn adjusted(&self, calendar: Calendar) -> Result<Cow<'_, BarSeries>, BadSeries> {
        let bases = self.actions.bases(calendar, self.interval());
        if bases.is_empty() {
            return Ok(self.real());
        }
        let mut columns = BarColumns::with_capacity(self.bars.len());
        let mut walk = Bases::new(&bases);
        for (start, prices, volume, _) in self.real_rows() {
            let (factor, split) = walk.at(start);
            columns.push(start, prices.map(|price| price * factor), volume / split);
        }
        BarSeries::new(self.interval(), columns).map(Cow::Owned)
    }

    /// [`Curated::adjusted`], without a copy where there is nothing to adjust or to leave out.
    ///
    /// # Errors
    /// As [`Curated::adjusted`].
    pub fn into_adjusted(self, calendar: Calendar) -> Result<BarSeries, BadSeries> {
        if self.actions.is_empty() && self.synthetic_count() == 0 {
            return Ok(self.bars);
        }
        self.adjusted(calendar).map(Cow::into_owned)
    }

    /// The factor of each real bar: `adjusted price = raw price · factor`.
    pub fn factors(&self, calendar: Calendar) -> Vec<f64> {
        let bases = self.actions.bases(calendar, self.interval());
        let mut walk = Bases::new(&bases);
        self.real_rows().map(|row| walk.at(row.0).0).collect()
    }

    /// The content hash: that of the bars alone, where nothing else is known of them; else of bars, flags, spreads and
    /// actions together.
    ///
    /// # Errors
    /// [`NotFinite`] never occurs for bars that were constructed.
    pub fn digest(&self) -> Result<Digest, NotFinite> {
        let bars = self.bars.digest()?;
        if self.synthetic_count() == 0 && self.spread.is_none() && self.actions.is_empty() {
            return Ok(bars);
        }
        let mut hasher = Hasher::new("atrium/curated/1");
        hasher.digest(&bars);
        hasher.count(self.synthetic.len());
        for &flagged in &self.synthetic {
            hasher.code(u8::from(flagged));
        }
        hasher.code(u8::from(self.spread.is_some()));
        hasher.f64_column(self.spread.as_deref().unwrap_or_default());
        self.actions.feed(&mut hasher);
        hasher.finish()
    }

    /// All rows: start, prices, volume, spread, whether synthetic.
    pub(super) fn rows(&self) -> impl Iterator<Item = CuratedRow> + '_ {
        let spread = self.spread.as_deref();
        self.bars.rows().zip(&self.synthetic).enumerate().map(
            move |(index, ((start, prices, volume), &synthetic))| CuratedRow {
                start,
                prices,
                volume,
                spread: spread.and_then(|column| column.get(index)).copied(),
                synthetic,
            },
        )
    }

    /// Real rows: start, prices, volume, spread.
    pub(super) fn real_rows(
        &self,
    ) -> impl Iterator<Item = (Timestamp, [f64; 4], f64, Option<f64>)> + '_ {
        self.rows()
            .filter(|row| !row.synthetic)
            .map(|row| (row.start, row.prices, row.volume, row.spread))
    }
}

/// One bar of [`Curated`].
#[derive(Debug, Clone, Copy)]
pub(super) struct CuratedRow {
    pub(super) start: Timestamp,
    pub(super) prices: [f64; 4],
    pub(super) volume: f64,
    pub(super) spread: Option<f64>,
    pub(super) synthetic: bool,
}

/// Goes through the bases of an instrument with times that do not decrease.
pub(super) struct Bases<'a> {
    left: &'a [Basis],
}

impl<'a> Bases<'a> {
    pub(super) fn new(bases: &'a [Basis]) -> Self {
        Self { left: bases }
    }

    /// The price factor and split factor at a time.
    pub(super) fn at(&mut self, start: Timestamp) -> (f64, f64) {
        while let Some((basis, later)) = self.left.split_first() {
            if start < basis.until {
                return (basis.price_factor, basis.split_factor);
            }
            self.left = later;
        }
        (1.0, 1.0)
    }
}
