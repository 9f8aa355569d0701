//! The columns of the bar.

use super::FeatureBar;
use super::registry::{Build, Entry, StreamingFeature, Unit};
use crate::base::units::OutOfBounds;
use crate::signal::indicators::{History, Source};

pub(super) const OPEN: Entry = column("open", "Open", Unit::Price, "first price", |_| {
    built(Source::Open)
});
pub(super) const HIGH: Entry = column("high", "High", Unit::Price, "highest price", |_| {
    built(Source::High)
});
pub(super) const LOW: Entry = column("low", "Low", Unit::Price, "lowest price", |_| {
    built(Source::Low)
});
pub(super) const CLOSE: Entry = column("close", "Close", Unit::Price, "last price", |_| {
    built(Source::Close)
});
pub(super) const VOLUME: Entry =
    column("volume", "Volume", Unit::Volume, "traded quantity", |_| {
        built(Source::Volume)
    });

const fn column(
    name: &'static str,
    title: &'static str,
    unit: Unit,
    formula: &'static str,
    build: Build,
) -> Entry {
    Entry {
        name,
        aliases: &[],
        title,
        inputs: name,
        unit,
        formula,
        parameters: &[],
        build,
    }
}

fn built(source: Source) -> Result<Box<dyn StreamingFeature>, OutOfBounds> {
    Ok(Box::new(Column(source)))
}

/// A column of the bar itself, adjusted. No lookback.
struct Column(Source);

impl StreamingFeature for Column {
    fn update(&mut self, bar: &FeatureBar) -> Option<f64> {
        Some(self.0.of(&bar.bar))
    }

    fn lookback_bars(&self) -> usize {
        0
    }

    fn history(&self) -> History {
        History::Bars(1)
    }
}
