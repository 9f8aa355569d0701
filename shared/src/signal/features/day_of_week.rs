//! The day of the week.

use super::FeatureBar;
use super::registry::{Entry, StreamingFeature, Unit};
use crate::signal::indicators::History;

pub(super) const ENTRY: Entry = Entry {
    name: "day_of_week",
    aliases: &["dayofweek", "weekday"],
    title: "Day of week",
    inputs: "start",
    unit: Unit::Weekday,
    formula: "weekday of the bar's start by the exchange's clock, Monday = 0",
    parameters: &[],
    build: |_| Ok(Box::new(DayOfWeek)),
};

/// The weekday on which the bar begins by the exchange's clock, Monday = 0 to Sunday = 6.
///
/// It is the day of the clock, not of the session: where Monday's session opens on Sunday evening, its first bars have 6. No
/// lookback.
struct DayOfWeek;

impl StreamingFeature for DayOfWeek {
    fn update(&mut self, bar: &FeatureBar) -> Option<f64> {
        Some(f64::from(bar.weekday))
    }

    fn lookback_bars(&self) -> usize {
        0
    }

    fn history(&self) -> History {
        History::Bars(1)
    }
}
