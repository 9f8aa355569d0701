//! The hour of the day.

use super::FeatureBar;
use super::registry::{Entry, StreamingFeature, Unit};
use crate::signal::indicators::History;

pub(super) const ENTRY: Entry = Entry {
    name: "hour",
    aliases: &[],
    title: "Hour",
    inputs: "start",
    unit: Unit::Hour,
    formula: "hour of the bar's start by the exchange's clock",
    parameters: &[],
    build: |_| Ok(Box::new(Hour)),
};

/// The hour of the exchange's clock in which the bar begins, 0 to 23: 9 for a bar from 9:30.
///
/// Of the start, because a bar is known by its start: it is what a table of bars in exchange time gives for its index. It is
/// known even before the bar is. No lookback.
struct Hour;

impl StreamingFeature for Hour {
    fn update(&mut self, bar: &FeatureBar) -> Option<f64> {
        Some(f64::from(bar.hour))
    }

    fn lookback_bars(&self) -> usize {
        0
    }

    fn history(&self) -> History {
        History::Bars(1)
    }
}
