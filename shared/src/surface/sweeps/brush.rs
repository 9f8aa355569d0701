//! Trials that are picked out by stretches of their axes and of their results.

use crate::research::sweep::{Measure, Results};

/// Stretches that a trial has to lie in; an axis without one lets every trial pass.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Brush {
    /// By axis: the first and the last place.
    places: Vec<Option<(u32, u32)>>,
    /// By measure: the least and the most.
    values: Vec<(Measure, f64, f64)>,
}

impl Brush {
    /// Whether every trial passes.
    pub fn is_open(&self) -> bool {
        self.values.is_empty() && self.places.iter().all(Option::is_none)
    }

    /// The places of an axis that are picked out, if not all are.
    pub fn places(&self, axis: usize) -> Option<(u32, u32)> {
        self.places.get(axis).copied().flatten()
    }

    /// The values of a measure that are picked out, if not all are.
    pub fn values(&self, measure: Measure) -> Option<(f64, f64)> {
        let mut values = self.values.iter();
        let of = values.find(|(of, ..)| *of == measure);
        of.map(|(_, low, high)| (*low, *high))
    }

    /// Picks places of an axis, in either order; `None` lets all pass.
    pub fn pick_places(&mut self, axis: usize, places: Option<(u32, u32)>) {
        if self.places.len() <= axis {
            self.places.resize(axis + 1, None);
        }
        if let Some(slot) = self.places.get_mut(axis) {
            *slot = places.map(|(a, b)| (a.min(b), a.max(b)));
        }
    }

    /// Picks values of a measure, in either order; `None` lets all pass. What is no number picks nothing.
    pub fn pick_values(&mut self, measure: Measure, values: Option<(f64, f64)>) {
        self.values.retain(|(of, ..)| *of != measure);
        if let Some((a, b)) = values.filter(|(a, b)| a.is_finite() && b.is_finite()) {
            let (low, high) = if a <= b { (a, b) } else { (b, a) };
            self.values.push((measure, low, high));
        }
    }

    /// Whether a trial at places passes. One without a value does not pass a stretch of values.
    pub fn holds(&self, places: &[u32], results: &Results, trial: u64) -> bool {
        let stretches = self.places.iter().zip(places);
        let mut inside = stretches.filter_map(|(stretch, place)| stretch.map(|of| (of, *place)));
        inside.all(|((low, high), place)| (low..=high).contains(&place))
            && self.values.iter().all(|(measure, low, high)| {
                let value = results.stat(*measure, trial).and_then(|stat| stat.value());
                value.is_some_and(|value| (*low..=*high).contains(&value))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::super::places::Places;
    use super::super::tests::{grid, results};
    use super::*;

    #[test]
    fn a_trial_passes_where_all_stretches_hold_it() {
        let spec = grid(&["k_sigma_err=0:2:1", "reward_risk_ratio=1:4:1"]);
        let places = Places::new(&spec);
        let results = results(&spec, |trial| (trial != 6).then_some(trial as f64));
        let held = |brush: &Brush| -> Vec<u64> {
            let holds = |trial: &u64| brush.holds(&places.of(&spec, *trial), &results, *trial);
            (0..spec.trials()).filter(holds).collect()
        };
        let mut brush = Brush::default();
        assert!(brush.is_open());
        assert_eq!(held(&brush).len(), 12);
        brush.pick_places(1, Some((2, 1)));
        assert_eq!(held(&brush), [1, 2, 5, 6, 9, 10]);
        brush.pick_values(Measure::Sharpe, Some((9.0, 2.0)));
        assert_eq!(held(&brush), [2, 5, 9]);
        assert_eq!(brush.values(Measure::Sharpe), Some((2.0, 9.0)));
        brush.pick_places(1, None);
        brush.pick_values(Measure::Sharpe, Some((f64::NAN, 1.0)));
        assert!(brush.is_open());
    }
}
