//! What a person can choose beside parameters, and what was chosen last.

use atrium_shared::base::time::BarInterval;
use atrium_shared::research::run_config::RunConfig;
use gloo::storage::{LocalStorage, Storage};
use serde::{Deserialize, Serialize};

/// Intervals offered, where they are multiples of the stored one.
const INTERVALS: [BarInterval; 7] = [
    BarInterval::minutes(1),
    BarInterval::minutes(5),
    BarInterval::minutes(15),
    BarInterval::minutes(30),
    BarInterval::minutes(60),
    BarInterval::minutes(240),
    BarInterval::Day,
];

const KEY: &str = "atrium.backtest.1";

/// What a person had chosen last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// The name of the data set.
    pub(crate) data_set: Option<String>,
    /// The parameters.
    pub(crate) config: RunConfig,
}

impl Remembered {
    /// Reads it from the browser's store; the defaults where there is nothing that makes sense.
    pub(crate) fn load() -> Self {
        let remembered: Option<Self> = LocalStorage::get(KEY).ok();
        remembered
            .filter(|remembered| remembered.config.validate().is_ok())
            .unwrap_or_default()
    }

    /// Writes it to the browser's store, unless the parameters contradict one another.
    pub(crate) fn save(&self) {
        if self.config.validate().is_ok() {
            // a browser that stores nothing begins with the defaults next time
            drop(LocalStorage::set(KEY, self));
        }
    }
}

/// The intervals that can be cut from bars of `stored`.
pub(crate) fn offered_intervals(stored: BarInterval) -> Vec<BarInterval> {
    let fits = |interval: &BarInterval| match (stored, interval) {
        (_, BarInterval::Day) => true,
        (BarInterval::Day, _) => false,
        (BarInterval::Seconds(stored), BarInterval::Seconds(wanted)) => {
            wanted.is_multiple_of(stored)
        }
    };
    let mut offered: Vec<BarInterval> = INTERVALS.into_iter().filter(fits).collect();
    if !offered.contains(&stored) {
        offered.insert(0, stored);
    }
    offered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_multiples_of_what_is_stored_are_offered() {
        assert_eq!(offered_intervals(BarInterval::minutes(1)), INTERVALS);
        let names = |stored| -> Vec<String> {
            offered_intervals(stored)
                .iter()
                .map(ToString::to_string)
                .collect()
        };
        assert_eq!(
            names(BarInterval::minutes(15)),
            ["15min", "30min", "60min", "240min", "1day"]
        );
        assert_eq!(names(BarInterval::minutes(7)), ["7min", "1day"]);
        assert_eq!(names(BarInterval::Day), ["1day"]);
    }
}
