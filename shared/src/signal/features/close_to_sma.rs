//! Where the close stands to its average.

use super::FeatureBar;
use super::registry::{Entry, StreamingFeature, Unit};
use crate::signal::indicators::{History, Indicator, Parameter, Sma};

const PERIOD: Parameter = Parameter::bars("period", 21, 1);

pub(super) const ENTRY: Entry = Entry {
    name: "close_to_sma",
    aliases: &[],
    title: "Close to simple moving average",
    inputs: "close",
    unit: Unit::Ratio,
    formula: "close / SMA_n(close)",
    parameters: &[PERIOD],
    build: |given| {
        let period = given.first().copied().unwrap_or(PERIOD.default);
        Ok(Box::new(CloseToSma(Sma::new(period as usize)?)))
    },
};

/// The close over its simple moving average: `close_t / SMA_n(close)_t`, 1 where they are equal. Lookback n − 1 bars.
struct CloseToSma(Sma);

impl StreamingFeature for CloseToSma {
    fn update(&mut self, bar: &FeatureBar) -> Option<f64> {
        let average = self.0.update(bar.bar.close)?;
        Some(bar.bar.close / average)
    }

    fn lookback_bars(&self) -> usize {
        self.0.lookback_bars()
    }

    fn history(&self) -> History {
        self.0.history()
    }
}
