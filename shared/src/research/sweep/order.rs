//! The order in which trials are run where somebody looks on: from coarse to fine, so that the whole is seen early.

use core::ops::Range;

use super::spec::{Method, SweepSpec};

/// The trials of a sweep, each once.
///
/// On a grid level by level: first the places that are multiples of the largest power of two on every axis, then those of the next
/// smaller one that did not come before, down to all. Within a level by number, so that neighbours share what is costly. Drawn trials
/// come by number, as each of them may lie anywhere. Memory is that of the axes.
#[derive(Debug, Clone)]
pub struct Order {
    left: Left,
}

#[derive(Debug, Clone)]
enum Left {
    Drawn(Range<u64>),
    Grid(Grid),
}

/// A grid that is gone through.
#[derive(Debug, Clone)]
struct Grid {
    /// How many values each axis has.
    counts: Vec<u64>,
    /// The next place to look at; `None` before the first of a level.
    at: Option<Vec<u64>>,
    /// What places of this level are multiples of; 0 after the last level.
    step: u64,
    /// Whether a coarser level came before.
    is_finer: bool,
}

impl Order {
    /// All trials of a sweep.
    pub fn new(spec: &SweepSpec) -> Self {
        let left = match spec.method() {
            Method::Random { .. } | Method::LatinHypercube { .. } => Left::Drawn(0..spec.trials()),
            Method::Grid => {
                let counts = spec.axes().iter().map(|axis| axis.values.len() as u64);
                let counts: Vec<u64> = counts.collect();
                let longest = counts.iter().copied().max().unwrap_or(1);
                Left::Grid(Grid {
                    step: longest.next_power_of_two(),
                    counts,
                    at: None,
                    is_finer: false,
                })
            }
        };
        Self { left }
    }
}

impl Iterator for Order {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        match &mut self.left {
            Left::Drawn(trials) => trials.next(),
            Left::Grid(grid) => grid.next(),
        }
    }
}

impl Iterator for Grid {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        while self.step > 0 {
            if !self.advance() {
                (self.step, self.at, self.is_finer) = (self.step / 2, None, true);
                continue;
            }
            let at = self.at.as_ref()?;
            let came_before = at.iter().all(|place| place % (2 * self.step) == 0);
            if !(self.is_finer && came_before) {
                let number = |number, (place, count)| number * count + place;
                return Some(at.iter().zip(&self.counts).fold(0, number));
            }
        }
        None
    }
}

impl Grid {
    /// Goes to the next place of the level; whether there is one.
    fn advance(&mut self) -> bool {
        let Some(at) = &mut self.at else {
            self.at = Some(vec![0; self.counts.len()]);
            return true;
        };
        for (place, count) in at.iter_mut().zip(&self.counts).rev() {
            *place += self.step;
            if *place < *count {
                return true;
            }
            *place = 0;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::axis::Axis;
    use super::*;
    use crate::research::run_config::RunConfig;

    fn order(axes: &[&str], method: Method) -> Vec<u64> {
        let axes = axes.iter().map(|text| Axis::read(text).unwrap()).collect();
        let spec = SweepSpec::new(RunConfig::default(), axes, method).unwrap();
        Order::new(&spec).collect()
    }

    #[test]
    fn a_grid_is_gone_through_from_coarse_to_fine() {
        // 5 by 3 trials, the last axis fastest
        let axes = ["k_sigma_err=0:4:1", "reward_risk_ratio=1,2,3"];
        assert_eq!(
            order(&axes, Method::Grid),
            [0, 12, 2, 6, 8, 14, 1, 3, 4, 5, 7, 9, 10, 11, 13]
        );
        assert_eq!(order(&["k_sigma_err=1"], Method::Grid), [0]);
        assert_eq!(order(&[], Method::Grid), [0]);
    }

    #[test]
    fn each_trial_comes_once() {
        for axes in [
            &["k_sigma_err=0:20:1"][..],
            &["k_sigma_err=0:15:1", "reward_risk_ratio=1"],
            &[
                "k_sigma_err=0:6:1",
                "reward_risk_ratio=1:9:1",
                "max_hold_bars=none,2",
            ],
            &["horizon_bars=2:5:1", "k_sigma_err=0:1:0.1"],
        ] {
            let mut all = order(axes, Method::Grid);
            all.sort_unstable();
            let count = all.len() as u64;
            assert_eq!(all, (0..count).collect::<Vec<_>>(), "{axes:?}");
        }
        let drawn = Method::Random { trials: 7, seed: 1 };
        let axes = ["k_sigma_err=0:6:1"];
        assert_eq!(order(&axes, drawn), (0..7).collect::<Vec<_>>());
    }
}
